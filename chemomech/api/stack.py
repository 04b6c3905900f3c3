"""Say what to do where the stack of a run is missing."""

from collections.abc import Iterator
from contextlib import contextmanager


class StackError(ImportError):
    """A library that computing needs is not installed: says which and how to get it."""

    exit_code = 2


@contextmanager
def stack_needed() -> Iterator[None]:
    """Raise StackError for a library that is missing."""
    try:
        yield
    except ModuleNotFoundError as error:
        name = error.name or ""
        if name.startswith("chemomech"):
            raise
        raise StackError(
            f"{error}; `chemomech doctor` says what is missing here, environment/README.md how to "
            "get it, and environment/run CMD brings it along",
            name=name,
        ) from error
