"""Images as careless programs and people save them: each is refused with its reason, or has the
phases that it was drawn with.

Every file is of one picture with one fault, or none; what comes of it is known by construction.
"""

import json
import re
import resource

import numpy as np
import pytest
from PIL import Image

from chemomech import cli
from compare import approx
from pictures import png, tiff
from small import write_toml

UM = 1e-6
MOST_MEMORY = 2**20  # kilobytes that any of these small files may take
NO_GREY = "colours|palette"
FLOATS = "float"
KINDS = ("u1", "u2", "i1", "i2", "i4", "u4", "i8", "u8")


def picture(random, pages=1):
    """Labels 0 and 1 (pages, rows, columns): a disc or a ball in a matrix, round enough to mesh."""
    side = int(random.integers(24, 34))
    radius = side * random.uniform(0.25, 0.35)
    y, x = np.mgrid[:side, :side] - (side - 1) / 2
    depth = np.arange(pages)[:, None, None] - (pages - 1) / 2
    return (x**2 + y**2 + depth**2 < radius**2).astype(np.uint8)


def stack_of(random):
    """Labels of several pages, each of them wide enough to be seen as depth."""
    return picture(random, int(random.integers(5, 8)))


# Each fault takes random numbers and a folder, and gives the file, the labels that it holds
# (pages, rows, columns), the two levels that stand for them, and the words of the refusal: None
# where the phases have to come out as they are.


def as_it_is(random, folder):
    """Whole numbers of any depth, sign and order of bytes."""
    labels = stack_of(random) if random.random() < 0.2 else picture(random)
    kind = str(random.choice(KINDS))
    top = int(random.choice([1, 100, np.iinfo(kind).max if kind != "u8" else 2**62]))
    pages = [np.where(page == 1, top, 0).astype(kind) for page in labels]
    order = str(random.choice(["<", ">"]))
    return tiff(folder / "a.tif", pages, order=order), labels, (0, top), None


def white_is_zero(random, folder):
    """Photometric interpretation 0: a viewer shows it inverted, the levels are as stored."""
    labels = picture(random)
    bits = random.choice([None, 1, 2, 4])
    top = 255 if bits is None else 2**bits - 1
    page = (top * labels[0]).astype("u1" if random.random() < 0.7 or bits else "u2")
    path = tiff(folder / "a.tif", [page], white_is_zero=True, bits=bits)
    return path, labels, (0, top), None


def few_bits(random, folder):
    """PNG of 1 to 16 bits."""
    labels, bits = picture(random), int(random.choice([1, 2, 4, 8, 16]))
    return (
        png(folder / "a.png", (2**bits - 1) * labels[0].astype(int), bits),
        labels,
        (0, 2**bits - 1),
        None,
    )


def array(random, folder):
    """NPY of whole numbers or truth values."""
    labels = picture(random)
    kind = str(random.choice(["?", *KINDS]))
    np.save(folder / "a.npy", labels[0].astype(kind))
    return folder / "a.npy", labels, (0, 1), None


def packed_pages(random, folder):
    """A stack as Pillow compresses it."""
    labels = stack_of(random)
    frames = [Image.fromarray(255 * page) for page in labels]
    how = str(random.choice(["tiff_lzw", "tiff_adobe_deflate", "packbits", "raw"]))
    frames[0].save(folder / "a.tif", save_all=True, append_images=frames[1:], compression=how)
    return folder / "a.tif", labels, (0, 255), None


def colours(random, folder):
    """Colours, a palette, transparency."""
    labels = picture(random)
    mode = str(random.choice(["RGB", "RGBA", "LA", "P", "PA", "CMYK", "YCbCr"]))
    ending = "png" if mode in ("RGB", "RGBA", "LA", "P") and random.random() < 0.5 else "tif"
    shown = Image.fromarray(255 * labels[0]).convert("L" if mode in ("PA", "LA") else "RGB")
    shown = shown.convert("LA").convert(mode) if mode == "PA" else shown.convert(mode)
    shown.save(folder / f"a.{ending}")
    return folder / f"a.{ending}", labels, (0, 255), NO_GREY


def a_colour_map(random, folder):
    """A TIFF that says how its levels are shown in colours."""
    labels = picture(random)
    kind = int(random.choice([3, 2, 5, 6, 8, 32803]))
    more = {"t320": [0] * 768} if kind == 3 else {}
    path = tiff(folder / "a.tif", [255 * labels[0]], t262=kind, **more)
    return path, labels, (0, 255), f"{NO_GREY}|rare kind"


def floats(random, folder):
    """Levels that a program has calculated with."""
    labels = picture(random)
    kind = str(random.choice(["f4", "f8"]))
    page = labels[0].astype(kind) * random.choice([1.0, 0.5, np.nan, 1e300 if kind == "f8" else 1])
    if random.random() < 0.5:
        np.save(folder / "a.npy", page)
        return folder / "a.npy", labels, (0, 1), FLOATS
    return tiff(folder / "a.tif", [page]), labels, (0, 1), FLOATS


def channels(random, folder):
    """Channels or frames as pages."""
    labels = stack_of(random)
    count = len(labels)
    key = str(random.choice(["channels", "frames"]))
    words = random.choice([
        f"ImageJ=1.54f\nimages={count}\n{key}={count}\nhyperstack=true\n",
        f'<?xml version="1.0"?><OME><Image><Pixels SizeC="{count if key == "channels" else 1}" '
        f'SizeT="{count if key == "frames" else 1}" SizeZ="1"/></Image></OME>',
        json.dumps({"shape": [count, *labels.shape[1:]], "axes": f"{key[0].upper()[0]}YX"
                    if key == "channels" else "TYX"}),
    ])  # fmt: skip
    path = tiff(folder / "a.tif", list(255 * labels), description=str(words))
    return path, labels, (0, 255), "save one channel and one frame"


def lost_pages(random, folder):
    """Fewer pages than the file says."""
    labels = stack_of(random)
    words = f"ImageJ=1.54f\nimages={len(labels) + 3}\nslices={len(labels) + 3}\n"
    path = tiff(folder / "a.tif", list(255 * labels), description=words)
    return path, labels, (0, 255), "images and has"


def odd_pages(random, folder):
    """A page of another size, a smaller copy, pages out of order."""
    labels = stack_of(random)
    pages, keys = list(255 * labels), {}
    which = random.integers(3)
    if which == 0:
        pages[2] = pages[2][:-3]
    elif which == 1:
        keys["t254"] = lambda page: int(page == 3)
    else:
        keys["t297"] = lambda page: [[1, 0, *range(2, len(pages))][page], len(pages)]
    path = tiff(folder / "a.tif", pages, **keys)
    return path, labels, (0, 255), "differ in size|smaller copy|ascending"


def cut_off(random, folder):
    """A file that ends too early."""
    path, labels, levels, _ = (as_it_is, few_bits, array)[random.integers(3)](random, folder)
    data = path.read_bytes()
    path.write_bytes(data[: random.integers(len(data) - len(data) // 10)])
    return path, labels, levels, ""


def bytes_changed(random, folder):
    """A file with a few wrong bytes."""
    path, labels, levels, _ = (as_it_is, few_bits, array)[random.integers(3)](random, folder)
    data = bytearray(path.read_bytes())
    for place in random.integers(0, min(len(data), 200), 3):
        data[place] = random.integers(256)
    path.write_bytes(bytes(data))
    return path, labels, levels, ""


def one_phase(random, folder):
    """A picture of one level."""
    labels = np.zeros_like(picture(random)) + random.integers(2)
    return tiff(folder / "a.tif", [255 * labels[0]]), labels, (0, 255), "no pixel belongs to"


def few_pixels(random, folder):
    """A picture of one pixel, of one row, or of none."""
    rows, columns = random.choice([(1, 1), (1, 9), (9, 1)])
    page = np.zeros((rows, columns), dtype=np.uint8)
    if random.random() < 0.3:
        np.save(folder / "a.npy", page[:0])
        return folder / "a.npy", page[None], (0, 255), "at least two rows"
    return tiff(folder / "a.tif", [page]), page[None], (0, 255), "at least two rows"


def more_levels(random, folder):
    """Edges smoothed, or lossy compression: levels between the phases."""
    labels = picture(random)
    page = (255 * labels[0]).astype(np.uint8)
    page[3, 3:6] = [7, 130, 254]
    return tiff(folder / "a.tif", [page]), labels, (0, 255), "geometry.labels.*(7|130)"


def another_ending(random, folder):
    """A picture under the ending of another format."""
    labels = picture(random)
    ending, form = random.choice(
        [
            ("tif", "PNG"),
            ("png", "TIFF"),
            ("tif", "BMP"),
            ("png", "JPEG"),
            ("npy", "PNG"),
            ("jpg", "JPEG"),
            ("bmp", "BMP"),
            ("gif", "GIF"),
        ]
    )
    Image.fromarray(255 * labels[0]).save(folder / f"a.{ending}", format=form)
    return folder / f"a.{ending}", labels, (0, 255), "cannot be read|ends in"


FAULTS = (as_it_is, white_is_zero, few_bits, array, packed_pages, colours, a_colour_map, floats,
          channels, lost_pages, odd_pages, cut_off, bytes_changed, one_phase, few_pixels,
          more_levels, another_ending)  # fmt: skip


def check(seed, folder, capsys):
    """Send one careless image through the door, and compare what comes of it."""
    random = np.random.default_rng(seed)
    fault = FAULTS[random.integers(len(FAULTS))]
    path, labels, (low, high), words = fault(random, folder)
    geometry = {"recipe": "image", "path": path.name, "pixel_size": "0.5 um",
                "labels": {str(low): "electrolyte", str(high): "active"},
                "mesh": {"size_interface": "1 um", "size_bulk": "3 um"}}  # fmt: skip
    case, out = write_toml(folder / "case.toml", {"geometry": geometry}), folder / "out"
    label = f"seed {seed}, {path.name}, {fault.__name__}"
    capsys.readouterr()
    code = cli.main(["mesh", str(case), "--out", str(out)])
    error = capsys.readouterr().err
    if code == 0:
        assert not words, f"{label}: accepted"
        found = json.loads((out / "mesh.json").read_text())
        if words is None:
            share, size = labels.mean(), 0.5 * UM * np.array(labels.shape)[[2, 0, 1]]
            box = size if len(labels) > 1 else size[[0, 2]]
            assert found["box"] == approx(box, rel=1e-6), label
            fractions = {name: each["fraction"] for name, each in found["regions"].items()}
            expected = {"active": share, "electrolyte": 1.0 - share}
            assert fractions == {
                name: approx(each, abs=0.005) for name, each in expected.items()
            }, label
    else:
        assert code in (2, 4), f"{label}: {code} {error}"
        assert words is not None, f"{label}: {error}"
        assert "geometry." in error and "Traceback" not in error, f"{label}: {error}"
        assert re.search(words, error), f"{label}: {error}"
        assert not out.exists(), label


def send(seeds, tmp_path, capsys):
    """Send many."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for seed in seeds:
        folder = tmp_path / str(seed)
        folder.mkdir()
        check(seed, folder, capsys)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < MOST_MEMORY


def test_careless_images(tmp_path, capsys):
    """A failure means that phases or pages of an image are others than those it was drawn with, or
    that it is refused without its reason, or leaves something behind."""
    send(range(30), tmp_path, capsys)


@pytest.mark.slow
@pytest.mark.parametrize("part", range(6))
def test_many_careless_images(part, tmp_path, capsys):
    """A failure means the same for a rarer fault."""
    send(range(100 + 50 * part, 150 + 50 * part), tmp_path, capsys)
