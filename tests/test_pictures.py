"""Grey levels of PNG and TIFF count as stored, and a file that is no plain stack is refused."""

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from chemomech import cli
from chemomech.case.geometry import ImageGeometry, read_labels, said_pixel
from chemomech.case.geometry.pictures import MOST_PIXELS
from chemomech.geometry.recipes.image import length_notes
from compare import approx
from pictures import png, tiff

UM = 1e-6
LEVELS = np.random.default_rng(0).integers(0, 2, (7, 9))
PAGES = [255 * LEVELS.astype(np.uint8)] * 6


@pytest.mark.parametrize("pages", [1, 3])
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("white", [False, True])
@pytest.mark.parametrize("kind", ["u1", "u2", "i2", "u4", "1", "2", "4"])
def test_levels_are_those_of_the_file(kind, white, order, pages, tmp_path):
    """A failure means that phases are exchanged where white counts as zero, or that few bits are
    spread over 0..255."""
    bits = int(kind) if kind.isdigit() else None
    top = 2**bits - 1 if bits else 255
    page = (top * LEVELS).astype("u1" if bits else kind)
    path = tiff(tmp_path / "a.tif", [page] * pages, white_is_zero=white, bits=bits, order=order)
    expected = page if pages == 1 else np.stack([page] * pages)
    assert np.array_equal(read_labels(path), expected)


@pytest.mark.parametrize("pages", [1, 3])
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(
    ("kind", "low", "high"),
    [
        ("i8", -1, 2**40),
        ("u8", 0, 2**62),
        ("i1", -1, 5),
        ("i2", -3, 255),
        ("i4", -(2**30), 7),
        ("u4", 0, 2**32 - 1),
        ("u2", 0, 65535),
    ],
)
def test_every_depth_and_sign_of_whole_numbers(kind, low, high, order, pages, tmp_path):
    """A failure means that numbers lose their sign or their upper half, or that a single page is
    refused where a stack of the same is read."""
    page = np.where(LEVELS == 1, high, low).astype(kind)
    labels = read_labels(tiff(tmp_path / "a.tif", [page] * pages, order=order))
    assert np.array_equal(labels, page if pages == 1 else np.stack([page] * pages))


@pytest.mark.parametrize("bits", [1, 2, 4, 8, 16])
def test_levels_of_a_png(bits, tmp_path):
    """A failure means that a PNG of few bits gives other numbers than it holds."""
    page = np.random.default_rng(1).integers(0, 2**bits, (5, 9))
    assert np.array_equal(read_labels(png(tmp_path / "a.png", page, bits)), page)


def ome(c=1, t=1, z=6, series=1):
    """A description in OME's XML."""
    pixels = f'<Pixels SizeX="9" SizeY="7" SizeC="{c}" SizeT="{t}" SizeZ="{z}"/>'
    return '<?xml version="1.0"?><OME>' + series * f"<Image>{pixels}</Image>" + "</OME>"


@pytest.mark.parametrize(
    ("description", "words"),
    [
        ("ImageJ=1.54f\nimages=6\nframes=2\nslices=3\nhyperstack=true\n", "2 frames of 6 pages"),
        ("ImageJ=1.54f\nimages=6\nchannels=3\nslices=2\n", "3 channels of 6 pages"),
        ("ImageJ=1.54f\nimages=40\nslices=40\n", "40 images and has 6 pages"),
        (ome(c=2, z=3), "2 channels"),
        (ome(t=3, z=2), "3 frames"),
        (ome(z=3, series=2), "2 images"),
        (ome(z=60), "60 images and has 6 pages"),
        ('{"shape": [2, 3, 7, 9]}', "2 stacks"),
        ('{"shape": [6, 7, 9], "axes": "CYX"}', "6 channels"),
    ],
)
def test_what_is_no_plain_stack_is_refused(description, words, tmp_path):
    """A failure means that channels or frames are meshed as if they were slices."""
    with pytest.raises(ValueError, match=words):
        read_labels(tiff(tmp_path / "a.tif", PAGES, description=description))


@pytest.mark.parametrize(
    "description",
    [
        "ImageJ=1.54f\nimages=6\nslices=6\nunit=micron\nspacing=0.5\n",
        ome(),
        '{"shape": [6, 7, 9]}',
        '{"shape": [1, 6, 7, 9]}',
        "{of no meaning",
        "ImageJ, said somebody",
    ],
)
def test_a_plain_stack_is_read(description, tmp_path):
    """A failure means that a stack is refused for what a program writes beside it."""
    labels = read_labels(tiff(tmp_path / "a.tif", PAGES, description=description))
    assert np.array_equal(labels, np.stack(PAGES))


def test_pages_that_are_no_slices_are_refused(tmp_path):
    """A failure means that thumbnails, masks or pages out of order become slices."""
    swapped = tiff(tmp_path / "a.tif", PAGES, t297=lambda page: [[0, 2, 1, 3, 4, 5][page], 6])
    with pytest.raises(ValueError, match="ascending"):
        read_labels(swapped)
    with pytest.raises(ValueError, match="page 2 is a smaller copy"):
        read_labels(tiff(tmp_path / "b.tif", PAGES[:2], t254=lambda page: page))
    with pytest.raises(ValueError, match="differ in size"):
        read_labels(tiff(tmp_path / "c.tif", [PAGES[0], PAGES[0][:5]]))
    frames = [Image.fromarray(PAGES[0]), Image.fromarray(255 - PAGES[0])]
    frames[0].save(tmp_path / "d.png", save_all=True, append_images=frames[1:])
    with pytest.raises(ValueError, match="moves"):
        read_labels(tmp_path / "d.png")


@pytest.mark.parametrize(
    ("page", "keys", "words"),
    [
        (PAGES[0].astype("f4"), {}, "float32"),
        (PAGES[0].astype("f8"), {"white_is_zero": True}, "float64"),
        (PAGES[0], {"t259": 34712}, "black as zero"),
        (PAGES[0], {"t262": 3, "t320": [0] * 768}, "palette"),
        (PAGES[0], {"t262": 6}, "colours"),  # YCbCr of one sample
    ],
)
def test_other_pixels_are_named(page, keys, words, tmp_path):
    """A failure means that grey levels are called colours, or that floats are read as labels."""
    with pytest.raises(ValueError, match=words):
        read_labels(tiff(tmp_path / "a.tif", [page], **keys))


def test_a_case_names_the_image_that_cannot_be_used(tmp_path, capsys):
    """A failure means that the labels are blamed for what the file is, or that a folder is left."""
    words = "ImageJ=1.54f\nimages=6\nframes=2\nslices=3\nhyperstack=true\n"
    tiff(tmp_path / "time.tif", PAGES, description=words)
    (tmp_path / "case.toml").write_text(
        '[geometry]\nrecipe = "image"\npath = "time.tif"\npixel_size = "0.1 um"\n'
        'labels = { "0" = "electrolyte", "255" = "active" }\n'
        '[geometry.mesh]\nsize_interface = "0.3 um"\nsize_bulk = "1 um"\n'
    )
    folder = tmp_path / "out"
    assert cli.main(["mesh", str(tmp_path / "case.toml"), "--out", str(folder)]) == 2
    error = capsys.readouterr().err
    assert 'geometry.path: "time.tif": the file holds 2 frames of 6 pages' in error
    assert not folder.exists()


def test_arrays_that_say_what_they_are_not(tmp_path):
    """A failure means a traceback for a few wrong bytes, or memory taken for numbers that the file
    does not hold."""
    np.save(tmp_path / "a.npy", np.ones((7, 9), dtype=np.int64))
    good = (tmp_path / "a.npy").read_bytes()
    for wrong, words in (
        (good.replace(b"'descr'", b"'descr "), "cannot be read"),
        (good.replace(b"(7, 9), }" + 8 * b" ", b"(7777777, 9), }  "), "."),
        (good[:-8], "."),
        (good.replace(b"<i8", b"|O8"), "."),
    ):
        assert wrong != good
        (tmp_path / "a.npy").write_bytes(wrong)
        with pytest.raises(ValueError, match=words):
            read_labels(tmp_path / "a.npy")
    np.save(tmp_path / "a.npy", np.zeros((4001, 4000), dtype=bool))
    with pytest.raises(ValueError, match="crop or coarsen"):
        read_labels(tmp_path / "a.npy")


def test_labels_of_every_size_have_regions(tmp_path):
    """A failure means that the largest numbers of an image cannot be named."""
    top = 2**63 - 1
    np.save(tmp_path / "a.npy", np.where(LEVELS == 1, top, -top - 1))
    table = {
        "recipe": "image", "path": "a.npy", "pixel_size": "1 um",
        "labels": {str(-top - 1): "electrolyte", f"0..{top}": "active"},
        "mesh": {"size_interface": "1 um", "size_bulk": "2 um"},
    }  # fmt: skip
    labels = ImageGeometry.model_validate(table, context={"base_folder": tmp_path}).labels
    assert labels == {str(-top - 1): "electrolyte", str(top): "active"}


def test_a_large_picture_is_refused_before_it_is_unpacked(tmp_path):
    """A failure means that a small file fills the memory, or ends in Pillow's own alarm."""
    side = 20_000
    assert side**2 > MOST_PIXELS
    Image.new("1", (side, side)).save(tmp_path / "a.png")
    with pytest.raises(ValueError, match="crop or coarsen"):
        read_labels(tmp_path / "a.png")


def test_lengths_that_an_image_states_are_compared(tmp_path):
    """A failure means that a pixel of another size than the file's passes without a word, or that
    the dots of a screen are taken for pixels of a microscope."""
    words = "ImageJ=1.54f\nimages=6\nslices=6\nunit={}\nspacing={}\n"
    path = tiff(tmp_path / "a.tif", PAGES, description=words.format("micron", 0.5), t282=(4, 1))
    assert said_pixel(path) == approx((0.25 * UM, 0.5 * UM))
    given = SimpleNamespace(path=path, pixel_size=0.1 * UM, page_distance=0.5 * UM)
    assert length_notes(given, stack=True) == [
        "geometry.pixel_size is 0.1 um; the image states 0.25"
    ]
    given = SimpleNamespace(path=path, pixel_size=0.25 * UM, page_distance=None)
    assert length_notes(given, stack=True) == [
        "geometry.page_distance is 0.25 um; the image states 0.5"
    ]
    assert not length_notes(given, stack=False)
    path = tiff(tmp_path / "b.tif", PAGES, description=words.format("nm", 20), t282=(1, 50))
    assert said_pixel(path) == approx((0.05 * UM, 0.02 * UM))
    path = tiff(tmp_path / "c.tif", PAGES[:1], t282=(100_000, 1), t296=3)
    assert said_pixel(path) == (approx(0.1 * UM), None)
    path = tiff(tmp_path / "d.tif", PAGES[:1], t282=(72, 1), t296=2)
    assert said_pixel(path) == (None, None)


@settings(max_examples=300, deadline=None)
@given(seed=st.integers(0, 10**6), kind=st.sampled_from(["tif", "png"]))
def test_any_bytes_are_read_or_refused(seed, kind, tmp_path_factory):
    """A failure means that a broken image ends in a traceback."""
    folder = tmp_path_factory.mktemp("broken")
    random = np.random.default_rng(seed)
    good = (
        tiff(folder / "good", PAGES[:3], description="ImageJ=1.54f\nimages=3\nslices=3\n")
        if kind == "tif"
        else png(folder / "good", LEVELS, 8)
    ).read_bytes()
    broken = bytearray(good)
    for place in random.integers(0, len(good), random.integers(1, 6)):
        broken[place] = random.integers(0, 256)
    if random.random() < 0.2:
        del broken[random.integers(1, len(good)) :]
    path = folder / f"a.{kind}"
    path.write_bytes(bytes(broken))
    said_pixel(path)
    try:
        labels = read_labels(path)
    except ValueError as error:
        assert str(error)
    else:
        assert labels.ndim in (2, 3) and labels.dtype == np.int64
