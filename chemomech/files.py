"""How files come onto the disk: whole or not at all, in folders that were tried before.

A file is written beside its name first and then renamed, so that no reader meets half of one and a
full disk, a signal or an error leaves what stood there before. What cannot be written is an OSError
that names the file.
"""

import errno
import json
import os
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

POLLED_EVERY = 0.05  # seconds


@contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """Give a place beside a file to write to, which takes the file's name when all went well.

    It ends as the file does, for writers that go by the ending; the folder is made where it is
    missing.

    Parameters
    ----------
    path : path
        The file's name.

    Raises
    ------
    OSError
        It cannot be written; the file's name is in it, and what stood there stands.
    """
    path = Path(path)
    beside = path.with_name(f".part.{path.name}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield beside
        os.replace(beside, path)
    except BaseException as error:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
        if isinstance(error, OSError):
            # A full disk is told without a name, and HDF5 puts the reason into a long text.
            told = " ".join(str(error).split())
            inner = re.search(r"error message = '([^']+)'", told)
            why = error.strerror or (inner[1] if inner else told)
            raise OSError(error.errno or errno.EIO, why, str(path)) from error
        raise


def write_atomically(path: str | Path, write: Callable[[IO[bytes]], Any]) -> None:
    """Let write(file) fill a file that appears under its name when it is whole.

    Parameters
    ----------
    path : path
        The file's name; its folder is made where it is missing.
    write : callable
        It is called with the open binary file.
    """
    with replacing(path) as beside, open(beside, "wb") as file:
        write(file)
        file.flush()


def write_bytes(path: str | Path, content: bytes) -> None:
    """Write bytes."""
    write_atomically(path, lambda file: file.write(content))


def write_text(path: str | Path, text: str) -> None:
    """Write a text in UTF-8."""
    write_atomically(path, lambda file: file.write(text.encode()))


def write_json(path: str | Path, value: Any) -> None:
    """Write nested tables and lists of finite numbers as JSON."""
    write_text(path, json.dumps(value, indent=1, allow_nan=False))


def copy_file(source: str | Path, path: str | Path) -> None:
    """Copy the content of a file to another name."""
    with replacing(path) as beside:
        shutil.copyfile(source, beside)


def try_folder(folder: str | Path) -> None:
    """Raise OSError where nothing could be written into a folder; nothing is left there.

    Parameters
    ----------
    folder : path
        It need not be there: the nearest folder above it that is there is tried.
    """
    folder = Path(folder).absolute()
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise OSError(error.errno or errno.EIO, error.strerror, str(folder)) from None


@contextmanager
def only_one(path: str | Path, given_up: Callable[[], bool] = lambda: False) -> Iterator[int]:
    """Let one process at a time into what follows; others wait until it is over or has died.

    It gives the lock's file descriptor: a process that inherits it holds the lock too. Where a file
    system has no locks nobody waits.

    Parameters
    ----------
    path : path
        File that is locked; it stays, empty, and its folder is made where it is missing.
    given_up : callable
        Asked while waiting; the lock is no longer waited for when it says so.
    """
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    with open(path, "ab") as lock:
        while not _taken(lock) and not given_up():
            time.sleep(POLLED_EVERY)
        yield lock.fileno()


def _taken(lock: IO[bytes]) -> bool:
    """Try to lock a file; say whether nobody else holds it."""
    try:
        import fcntl

        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except (ImportError, OSError):
        return True
    return True
