"""The one door for files that others have made."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from chemomech.received.headers import HDF5, ReceivedError, check_header
from chemomech.received.links import companions, refuse_links

SCRIPTS = (".geo", ".geo_unrolled")  # without a header; only `run_confined` may open them


@contextmanager
def private_copy(path: str | Path) -> Iterator[Path]:
    """Give a checked copy of a file, `received` with its ending, in a folder of its own.

    Nothing else is in the folder, but for the HDF5 files that an XDMF file names in its own. The
    copy is what is checked, so that nobody can change the file in between.

    Parameters
    ----------
    path : path
        The file.

    Raises
    ------
    ReceivedError
        The file cannot be read, is not what its ending says, or asks for files elsewhere.
    """
    source = Path(path)
    ending = source.suffix.lower()
    with tempfile.TemporaryDirectory(prefix="chemomech-", ignore_cleanup_errors=True) as folder:
        copy = Path(folder) / f"received{ending}"
        _copy(source, copy)
        if ending not in SCRIPTS:
            check_header(copy)
        if ending in (".xdmf", ".xmf"):
            for name in companions(copy):
                _copy(source.parent / name, copy.parent / name)
                check_header(copy.parent / name)
        for each in copy.parent.iterdir():
            with each.open("rb") as file:
                linked = file.read(len(HDF5)) == HDF5
            if linked:
                refuse_links(each)
        yield copy


def _copy(source: Path, target: Path) -> None:
    """Copy the bytes of a file."""
    try:
        shutil.copyfile(source, target)
    except OSError as error:
        raise ReceivedError(f"{source.name} cannot be read: {error.strerror or error}") from None
