"""Labelled images: a file -> an array of whole numbers, one label per pixel, the upper row first.

NPY: an array of whole numbers or truth values, of rows and columns, or of pages, rows and columns:
a stack. PNG, through matplotlib, and TIFF of one or several pages: grey levels as stored, 0..255 or
0..65535; pictures with colours or a palette are refused, since a colour is no label.
"""

from pathlib import Path

import numpy as np

IMAGE_SUFFIXES = (".npy", ".png", ".tif", ".tiff")
MOST_PIXELS = 16_000_000
PNG_BIT_DEPTH, PNG_COLOUR_TYPE = 24, 25  # offsets in the file's header (PNG specification, IHDR)


def read_labels(path: str | Path) -> np.ndarray:
    """Return the labels (rows, columns) of an image file or (pages, rows, columns) of a stack.

    Raises ValueError with what is wrong with it.
    """
    path = Path(path)
    if path.suffix.lower() not in IMAGE_SUFFIXES:
        raise ValueError(f"write a file that ends in {', '.join(IMAGE_SUFFIXES)}")
    try:
        labels = (
            np.load(path, allow_pickle=False) if path.suffix.lower() == ".npy" else _picture(path)
        )
    except (OSError, SyntaxError, EOFError) as error:
        raise ValueError(f"the image cannot be read: {error}") from None
    if isinstance(labels, np.ndarray) and labels.ndim == 3 and labels.shape[2] in (3, 4):
        raise ValueError(
            "its last axis looks like colours; a stack is pages, rows and columns, five or more of "
            "these"
        )
    if not isinstance(labels, np.ndarray) or labels.ndim not in (2, 3):
        shape = " x ".join(map(str, getattr(labels, "shape", ())))
        raise ValueError(
            "one number per pixel in rows and columns, or pages, rows and columns, is needed; the "
            f"image is {shape}"
        )
    if labels.dtype.kind not in "biu":
        raise ValueError(f"labels are whole numbers; the image holds {labels.dtype}")
    if min(labels.shape) < 2:
        raise ValueError(
            "at least two rows, two columns and, in a stack, two pages of pixels are needed"
        )
    if labels.size > MOST_PIXELS:
        raise ValueError(
            f"the image has {labels.size} pixels, more than {MOST_PIXELS}; crop or coarsen it"
        )
    if labels.dtype.kind == "u" and labels.max() > np.iinfo(np.int64).max:
        raise ValueError("labels must be below 2^63")
    return labels.astype(np.int64)


def _picture(path: Path) -> np.ndarray:
    """Return the grey levels of a PNG or TIFF as stored."""
    from matplotlib.image import imread

    picture = _pages(path) if path.suffix.lower() in (".tif", ".tiff") else None
    if picture is not None:
        return picture
    picture = imread(path)
    if picture.ndim != 2:
        raise ValueError(
            "the picture has colours or a palette; save it as grey levels, one per label"
        )
    if picture.dtype.kind != "f":
        return picture
    header = path.read_bytes()[:26]
    if not header.startswith(b"\x89PNG") or header[PNG_COLOUR_TYPE] != 0:
        raise ValueError("its pixels are not whole numbers; save it as grey levels, one per label")
    # matplotlib gives a PNG's levels as shares of the largest one.
    return np.rint(picture.astype(float) * (2 ** int(header[PNG_BIT_DEPTH]) - 1)).astype(np.int64)


def _pages(path: Path) -> np.ndarray | None:
    """Return the grey levels of a TIFF of several pages, None for one of a single page."""
    from PIL import Image, ImageSequence

    with Image.open(path) as picture:
        if getattr(picture, "n_frames", 1) == 1:
            return None
        pages = []
        for page in ImageSequence.Iterator(picture):
            if page.mode not in ("1", "L", "I", "I;16", "I;16B"):
                raise ValueError(
                    "its pages have colours or a palette; save them as grey levels, one per label"
                )
            pages.append(np.asarray(page))
    if len({page.shape for page in pages}) > 1:
        raise ValueError("its pages differ in size")
    return np.stack(pages)
