"""What a file of each ending begins with.

A file that is not what its ending says is refused before any reader sees it: programs choose by
what they find inside, and take what they do not know for a script.
"""

import re
from collections.abc import Callable
from pathlib import Path

HEAD = 65536  # bytes in which a header has to stand
HDF5 = b"\x89HDF\r\n\x1a\n"
ENCODINGS = (b"utf-8", b"us-ascii", b"ascii", b"iso-8859-1")
# Comments and the usual reference to a list of elements; nothing that defines or fetches anything.
PROLOG = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml(?P<declared>[^<>]*)\?>)?\s*(?:<!--(?:(?!--).)*-->\s*)*"
    rb"(?:<!DOCTYPE\s+Xdmf\s+SYSTEM\s+[\"']Xdmf\.dtd[\"']\s*(?:\[\s*\])?\s*>\s*)?"
    rb"(?:<!--(?:(?!--).)*-->\s*)*<(?P<root>\w+)[\s>]",
    re.DOTALL,
)


class ReceivedError(ValueError):
    """A file is not what its ending says, or reaches for others."""


def _first_word(head: bytes, comment: bytes) -> bytes:
    """Return the first line that is neither empty nor a comment."""
    lines = (line.strip() for line in head.splitlines())
    return next((line for line in lines if line and not line.startswith(comment)), b"")


def _msh(head: bytes) -> bool:
    return re.match(rb"\$MeshFormat[ \t]*\r?\n\s*\d", head) is not None


def _xml(root: bytes) -> Callable[[bytes], bool]:
    """Return the test for an XML file of this root without definitions of its own."""

    def test(head: bytes) -> bool:
        found = PROLOG.match(head)
        if found is None or found["root"] != root:
            return False
        said = re.search(rb"encoding\s*=\s*[\"']([^\"']*)[\"']", found["declared"] or b"")
        return said is None or said[1].lower() in ENCODINGS

    return test


def _begins(*starts: bytes) -> Callable[[bytes], bool]:
    return lambda head: head.startswith(starts)


def _iges(head: bytes) -> bool:
    return re.match(rb"[^\r\n]{72}S {0,6}0*1\s", head) is not None


def _avs(head: bytes) -> bool:
    return re.fullmatch(rb"\d+(\s+\d+){4}", _first_word(head, b"#")) is not None


# Ending -> what its files begin with in words, and the test of their first bytes.
ENDINGS: dict[str, tuple[str, Callable[[bytes], bool]]] = {
    ".msh": ("$MeshFormat and the version of the format", _msh),
    **dict.fromkeys(
        (".step", ".stp"),
        ("ISO-10303-21;", lambda head: head.lstrip().startswith(b"ISO-10303-21;")),
    ),
    ".brep": (
        "DBRep_DrawableShape or CASCADE Topology",
        lambda head: head.lstrip().startswith((b"DBRep_DrawableShape", b"CASCADE Topology V")),
    ),
    **dict.fromkeys((".igs", ".iges"), ("a start section, S in column 73", _iges)),
    ".vtu": ("an XML element VTKFile, without definitions before it", _xml(b"VTKFile")),
    **dict.fromkeys(
        (".xdmf", ".xmf"), ("an XML element Xdmf, without definitions before it", _xml(b"Xdmf"))
    ),
    ".vtk": ("# vtk DataFile Version", _begins(b"# vtk DataFile Version")),
    **dict.fromkeys(
        (".med", ".cgns", ".h5m", ".hmf", ".h5", ".hdf5", ".nc"),
        ("the signature of HDF5", _begins(HDF5)),
    ),
    ".inp": ("a keyword of Abaqus, *", lambda head: _first_word(head, b"**").startswith(b"*")),
    **dict.fromkeys(
        (".bdf", ".nas", ".fem"), ("BEGIN BULK in its first lines", lambda h: b"BEGIN BULK" in h)
    ),
    ".mesh": (
        "MeshVersionFormatted",
        lambda head: _first_word(head, b"#").startswith(b"MeshVersionFormatted"),
    ),
    ".meshb": ("the number 1 in four bytes", _begins(b"\1\0\0\0", b"\0\0\0\1")),
    ".su2": ("NDIME=", lambda head: _first_word(head, b"%").startswith(b"NDIME")),
    ".vol": ("mesh3d", lambda head: _first_word(head, b"#").startswith(b"mesh3d")),
    ".avs": ("five whole numbers", _avs),
    ".mdpa": ("Begin", lambda head: _first_word(head, b"//").startswith(b"Begin ")),
    ".npy": ("the signature of NumPy", _begins(b"\x93NUMPY")),
    ".png": ("the signature of PNG", _begins(b"\x89PNG\r\n\x1a\n")),
    **dict.fromkeys(
        (".tif", ".tiff"),
        ("the signature of TIFF", _begins(b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")),
    ),
}


def check_header(path: Path, ending: str | None = None) -> None:
    """Raise ReceivedError unless a file begins as its ending says.

    Parameters
    ----------
    path : Path
        The file.
    ending : str, optional
        What it is taken for, ".msh"; left out: its own ending. One of ENDINGS.
    """
    ending = path.suffix.lower() if ending is None else ending
    if ending not in ENDINGS:
        raise ReceivedError(f"files that end in '{ending}' are not read")
    words, test = ENDINGS[ending]
    with path.open("rb") as file:
        head = file.read(HEAD)
    if not test(head):
        raise ReceivedError(f"it is no {ending} file: such a file begins with {words}")
