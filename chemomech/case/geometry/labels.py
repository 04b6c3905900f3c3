"""Labelled images: a file -> an array of whole numbers, one label per pixel, the upper row first.

NPY: an array of whole numbers or truth values, of rows and columns, or of pages, rows and columns:
a stack. PNG and TIFF of one or several pages: grey levels as stored, see `pictures`; pictures with
colours or a palette are refused, since a colour is no label.
"""

from pathlib import Path

import numpy as np

from chemomech.case.geometry.pictures import MOST_PIXELS, read_picture
from chemomech.received import ReceivedError, check_header

IMAGE_SUFFIXES = (".npy", ".png", ".tif", ".tiff")


def read_labels(path: str | Path) -> np.ndarray:
    """Return the labels (rows, columns) of an image file or (pages, rows, columns) of a stack.

    Raises ValueError with what is wrong with it.
    """
    path = Path(path)
    if path.suffix.lower() not in IMAGE_SUFFIXES:
        raise ValueError(f"write a file that ends in {', '.join(IMAGE_SUFFIXES)}")
    try:
        check_header(path)
        labels = _array(path) if path.suffix.lower() == ".npy" else read_picture(path)
    except (OSError, SyntaxError, EOFError, ReceivedError) as error:
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
    if labels.dtype.kind == "u" and labels.max() > np.iinfo(np.int64).max:
        raise ValueError("labels must be below 2^63")
    return labels.astype(np.int64)


def _array(path: Path) -> np.ndarray:
    """Return the array of an .npy file, which is no larger than the file and not too large."""
    try:
        mapped = np.load(path, mmap_mode="r", allow_pickle=False)
    except Exception as error:  # numpy reads the head of the file with a parser of Python
        raise ValueError(f"the image cannot be read: {error or type(error).__name__}") from None
    if mapped.size > MOST_PIXELS:
        raise ValueError(
            f"the image has {mapped.size} pixels, more than {MOST_PIXELS}; crop or coarsen it"
        )
    return np.array(mapped)
