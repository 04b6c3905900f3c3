"""Grey levels of PNG and TIFF files as they are stored, and what such a file says of itself.

What a viewer does to show a picture is undone: white that counts as zero, few bits that are spread
over 0..255, signs that are lost. Pages are one stack along the depth, so a file that says that it
holds channels, frames or more images than pages is refused.
"""

import json
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from chemomech.units.field import MICROMETRE

MOST_PIXELS = 16_000_000
KINDS = ("PNG", "TIFF")
GREY = ("1", "L", "I", "I;16", "I;16B", "I;16L", "I;16N", "F")
LEVELS_OF_BITS = {"L;2": 85, "L;4": 17}  # Pillow spreads them over 0..255
# Tags of TIFF 6.0.
SUBFILE, BITS, PHOTOMETRIC, DESCRIPTION, X_RESOLUTION = 254, 258, 262, 270, 282
UNIT, PAGE_NUMBER, SAMPLE_FORMAT = 296, 297, 339
NO_PAGE_OF_ITS_OWN = 0b101  # of SUBFILE: a smaller copy, a mask
SIGNED, CENTIMETRE = 2, 3
UNITS = {"micron": 1.0, "um": 1.0, "µm": 1.0, "μm": 1.0, "\\u00b5m": 1.0, "nm": 1e-3, "mm": 1e3}
SMALLEST_SCREEN_DOT = 50e-6  # metres: coarser is the resolution of a printer or a screen
SAVE_PLAIN = "save it as unsigned grey levels of 8 or 16 bits, black as zero"


class Page(NamedTuple):
    """One page of a picture.

    Attributes
    ----------
    levels : (rows, columns) array
        Grey levels as stored.
    subfile : int
        Bits that say what kind of page it is, see NO_PAGE_OF_ITS_OWN.
    number : int
        What it says of its place.
    """

    levels: np.ndarray
    subfile: int
    number: int


def read_picture(path: Path) -> np.ndarray:
    """Return the stored grey levels (rows, columns), or (pages, rows, columns) of several pages.

    Raises ValueError with what is wrong with the file; OSError when there is none.
    """
    from PIL import Image, UnidentifiedImageError

    try:
        with _opened(path) as picture:
            return _stored(picture)
    except UnidentifiedImageError:
        return _rare(path)
    except Image.DecompressionBombError:
        raise ValueError(
            f"the image has more than {MOST_PIXELS} pixels; crop or coarsen it"
        ) from None
    except (ValueError, FileNotFoundError, IsADirectoryError, PermissionError):
        raise
    except Exception as error:  # a broken file meets errors of every kind in a decoder
        raise ValueError(f"the image cannot be read: {error or type(error).__name__}") from None


def said_pixel(path: Path) -> tuple[float | None, float | None]:
    """Return width of a pixel and distance of pages [m] that a TIFF states, None where it does not.

    ImageJ's unit and spacing count, OME's PhysicalSizeX and -Z, and pixels per centimetre; what is
    coarser than SMALLEST_SCREEN_DOT is the resolution of a screen and no length.
    """
    if path.suffix.lower() not in (".tif", ".tiff"):
        return None, None
    try:
        with _opened(path) as picture:
            tags = getattr(picture, "tag_v2", {})
            words = _description(tags)
            per_unit = float(tags.get(X_RESOLUTION, 0.0) or 0.0)
            unit = int(tags.get(UNIT, 0) or 0)
    except Exception:  # what cannot be read states nothing
        return None, None
    imagej = _imagej(words)
    scale = UNITS.get(imagej.get("unit", "").lower())
    if scale is not None and per_unit > 0.0:
        spacing = _number(imagej.get("spacing"))
        return _sane(scale * MICROMETRE / per_unit), _sane(spacing and spacing * scale * MICROMETRE)
    if "<OME" in words:
        sizes = [_number(_attribute(words, f"PhysicalSize{axis}")) for axis in "XZ"]
        units = [_attribute(words, f"PhysicalSize{axis}Unit") or "um" for axis in "XZ"]
        return tuple(  # type: ignore[return-value]
            _sane(size and size * UNITS.get(each, 0.0) * MICROMETRE)
            for size, each in zip(sizes, units, strict=True)
        )
    return (_sane(0.01 / per_unit) if unit == CENTIMETRE and per_unit > 0.0 else None), None


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    """Give Pillow's picture of a file, without its warnings.

    Files of other kinds Pillow may hand to interpreters. It gets an open file, no name: Pillow maps
    a named one, and some that are broken then end the process.
    """
    from PIL import Image

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with path.open("rb") as file, Image.open(file, formats=KINDS) as picture:
            yield picture


def _stored(picture: Any) -> np.ndarray:
    """Return the grey levels of an open picture as stored."""
    count = getattr(picture, "n_frames", 1)
    tiff = picture.format == "TIFF"
    if not tiff and count > 1:
        raise ValueError(f"the picture moves, it has {count} frames; save one")
    _check_size(count * picture.width * picture.height)
    if tiff:
        _check_axes(_description(picture.tag_v2), count)
    pages: list[Page] = []
    for number in range(count):
        picture.seek(number)
        tags = picture.tag_v2 if tiff else {}
        # Of a single sample Pillow makes grey levels even where the file calls it a colour.
        if picture.mode not in GREY or tags.get(PHOTOMETRIC, 1) > 1:
            what = "the picture has" if count == 1 else "its pages have"
            raise ValueError(f"{what} colours or a palette; save it as grey levels, one per label")
        told = tags.get(PAGE_NUMBER, (number,))[0]
        pages.append(Page(_levels(picture), int(tags.get(SUBFILE, 0)), told))
    return _stack(pages)


def _rare(path: Path) -> np.ndarray:
    """Return the grey levels of a TIFF whose kind of pixels Pillow does not know, as stored.

    These are 16 bits and more with white as zero, 32 bits in the other order of bytes, 64 bits.
    """
    try:
        import tifffile

        with path.open("rb") as file, tifffile.TiffFile(file) as picture:
            first = picture.pages.first
            _check_size(len(picture.pages) * first.imagewidth * first.imagelength)
            _check_axes(str(first.description or ""), len(picture.pages))
            pages: list[Page] = []
            # Not every release of tifffile types its pages, nor alike.
            series: Any = picture.pages
            for number, page in enumerate(series):
                tags = page.tags
                if int(tags[PHOTOMETRIC].value) > 1 or page.samplesperpixel > 1:
                    raise ValueError("the picture has colours; save it as grey levels")
                subfile, told = tags.get(SUBFILE), tags.get(PAGE_NUMBER)
                pages.append(
                    Page(
                        page.asarray(),
                        int(subfile.value) if subfile else 0,
                        told.value[0] if told else number,
                    )
                )
            return _stack(pages)
    except Exception as error:  # not there, no TIFF, or broken
        said = f" ({error})" if isinstance(error, ValueError) else ""
        raise ValueError(
            f"the image cannot be read: no picture, or pixels of a rare kind{said}; {SAVE_PLAIN}"
        ) from None


def _check_size(pixels: int) -> None:
    """Raise ValueError for more pixels than are meshed."""
    if pixels > MOST_PIXELS:
        raise ValueError(
            f"the image has {pixels} pixels, more than {MOST_PIXELS}; crop or coarsen it"
        )


def _stack(pages: list[Page]) -> np.ndarray:
    """Return the levels of pages as one array, of a single page without an axis for it."""
    for number, page in enumerate(pages, 1):
        if page.subfile & NO_PAGE_OF_ITS_OWN:
            raise ValueError(f"page {number} is a smaller copy or a mask; leave it out")
        if page.levels.shape != pages[0].levels.shape:
            raise ValueError("its pages differ in size")
    numbers = [page.number for page in pages]
    if numbers != sorted(numbers):
        raise ValueError(f"its pages are numbered {numbers[:6]}; save them in ascending order")
    return pages[0].levels if len(pages) == 1 else np.stack([page.levels for page in pages])


def _levels(page: Any) -> np.ndarray:
    """Return the numbers of one page as they stand in the file."""
    raw = page.tile[0][3] if page.tile else page.mode
    raw = str(raw if isinstance(raw, str) else raw[0])
    inverted = re.search(r";\d?IR?$", raw) is not None  # "L;I": white is zero, turned over
    tags = getattr(page, "tag_v2", {})
    bits, signed = tags.get(BITS, (1,))[0], tags.get(SAMPLE_FORMAT, (1,))[0] == SIGNED
    unsigned = page.format == "TIFF" and bits == 32 and not signed
    levels = np.asarray(page)
    if levels.dtype == np.bool_:
        return ~levels if inverted else levels
    if inverted:
        levels = 255 - levels
    for kind, step in LEVELS_OF_BITS.items():
        if raw.startswith(kind):
            return levels // step
    if levels.dtype == np.uint8 and bits == 8 and signed:
        return levels.view(np.int8)
    if levels.dtype == np.int32 and unsigned:
        return np.ascontiguousarray(levels).view(np.uint32)
    return levels


def _check_axes(words: str, pages: int) -> None:
    """Raise ValueError when a description says that pages are not the slices of one stack."""
    imagej = _imagej(words)
    sizes = {name: _number(imagej.get(name)) or 1.0 for name in ("channels", "frames")}
    held = _number(imagej.get("images")) or float(pages)
    if "<OME" in words:
        sizes = {
            name: _number(_attribute(words, f"Size{axis}")) or 1.0
            for name, axis in (("channels", "C"), ("frames", "T"))
        }
        sizes["images"] = float(len(re.findall(r"<(?:\w+:)?Pixels\b", words)) or 1)
        held = _number(_attribute(words, "SizeZ")) or float(pages)
    elif words.startswith("{"):
        sizes, held = _shaped(words), float(pages)
    for name, size in sizes.items():
        if size > 1.0:
            raise ValueError(
                f"the file holds {size:g} {name} of {pages} pages in all; save one channel and one "
                "frame, so that the pages are the slices of one stack"
            )
    if held != pages:
        raise ValueError(
            f"the file says that it holds {held:g} images and has {pages} pages; save it as a "
            "plain stack of pages"
        )


def _shaped(words: str) -> dict[str, float]:
    """Return what a description in JSON, {"shape": [2, 6, 60, 60]}, holds beside one stack."""
    try:
        said = json.loads(words)
        shape = [int(each) for each in said.get("shape", [])]
        axes = str(said.get("axes", ""))
    except (ValueError, TypeError, AttributeError):
        return {}
    if len(axes) == len(shape):
        found = dict(zip(axes, shape, strict=True))
        return {"channels": float(found.get("C", 1)), "frames": float(found.get("T", 1))}
    several = [each for each in shape[:-2] if each > 1]
    return {"stacks": float(several[0])} if len(several) > 1 else {}


def _description(tags: Any) -> str:
    """Return the description of a TIFF's first page."""
    words = tags.get(DESCRIPTION, "")
    return words.decode("utf-8", "replace") if isinstance(words, bytes) else str(words or "")


def _imagej(words: str) -> dict[str, str]:
    """Return the keys of a description that ImageJ wrote."""
    if not words.startswith("ImageJ="):
        return {}
    pairs = (line.partition("=") for line in words.splitlines())
    return {key.strip(): value.strip() for key, _, value in pairs}


def _attribute(words: str, name: str) -> str | None:
    """Return the first value of an attribute of XML."""
    found = re.search(rf'\b{name}\s*=\s*"([^"]*)"', words)
    return found.group(1) if found else None


def _number(words: str | None) -> float | None:
    """Return the number in some words, None where there is none."""
    try:
        return None if words is None else float(words)
    except ValueError:
        return None


def _sane(length: float | None) -> float | None:
    """Return a length [m] that a pixel may have, else None."""
    return length if length and 0.0 < length < SMALLEST_SCREEN_DOT else None
