"""How a command ends: its exit code, and the last words of one that failed.

Errors that are the user's to mend carry an exit code; a file that cannot be read or written is told
on one line; anything else is a bug, whose traceback is kept in a file.
"""

import platform
import shlex
import tempfile
import traceback
from collections.abc import Sequence

from chemomech import __version__

FINE, FAILED, BAD_INPUT, FILES, UNEXPECTED = 0, 1, 2, 5, 70
INTERRUPTED, PIPE_CLOSED = 130, 141  # 128 + SIGINT, 128 + SIGPIPE
EXIT_CODES = {
    "0": "fine",
    "1": "a gate failed",
    "2": "bad input",
    "3": "no convergence",
    "4": "the geometry cannot be made, meshed or used",
    "5": "a file cannot be read or written",
    "70": "an unexpected error",
    "128 + n": "ended by signal n (130: Ctrl-C)",
}
EPILOG = "exit codes: " + ", ".join(f"{code} {meaning}" for code, meaning in EXIT_CODES.items())
STACK = (
    "dolfinx", "petsc4py", "mpi4py", "ufl", "ffcx", "basix", "gmsh", "h5netcdf", "h5py", "jinja2",
    "matplotlib", "meshio", "numpy", "pandas", "pint", "pydantic", "rich", "scipy", "tomli_w",
    "xarray",
)  # fmt: skip


def _lacks_stack(error: Exception) -> bool:
    """Say whether a library that the program needs is not installed."""
    return isinstance(error, ModuleNotFoundError) and str(error.name).split(".")[0] in STACK


def code_of(error: Exception) -> int:
    """Return the exit code of an error."""
    given = getattr(error, "exit_code", None)
    if given is not None:
        return int(given)
    return FILES if isinstance(error, OSError) or _lacks_stack(error) else UNEXPECTED


def last_words(error: Exception, arguments: Sequence[object]) -> str:
    """Return what is said of an error.

    Parameters
    ----------
    error : Exception
        Why the command failed.
    arguments : sequence
        What the command was given, for the report of a bug.
    """
    code = code_of(error)
    if _lacks_stack(error):
        return (
            f"a library is missing: {error}; `environment/run chemomech` or conda "
            "brings it, `chemomech doctor` says what is there"
        )
    if code == FILES and isinstance(error, OSError):
        why = error.strerror or " ".join(str(error).split()) or type(error).__name__
        return f"{error.filename or 'a file'}: cannot be read or written: {why}"
    return _unexpected(error, arguments) if code == UNEXPECTED else str(error)


def _unexpected(error: Exception, arguments: Sequence[object]) -> str:
    """Return the line that asks for a report of a bug; the traceback is written to a file."""
    command = shlex.join(["chemomech", *map(str, arguments)])
    head = f"chemomech {__version__}, Python {platform.python_version()}\n{command}\n\n"
    text = "".join(traceback.format_exception(error))
    try:
        with tempfile.NamedTemporaryFile(
            "w", prefix="chemomech-", suffix=".txt", delete=False, encoding="utf-8"
        ) as file:
            file.write(head + text)
        where = f"the traceback lies in {file.name}"
    except OSError:
        where = f"the traceback:\n{text}"
    said = " ".join(str(error).split())[:300]
    return (
        f"unexpected error, {type(error).__name__}: {said}; this is a fault of chemomech and not "
        f"yours, please report it: {where}"
    )
