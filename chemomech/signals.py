"""How a command is asked to stop: by Ctrl-C or SIGTERM, told as one exception at a fit moment."""

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, Self

ASKING = (signal.SIGINT, signal.SIGTERM)
# A terminal and a study that ends both tell a case, one after the other, and mean the same.
ONCE_IN = 3.0  # seconds


class Stopped(KeyboardInterrupt):
    """Asked to stop by a signal.

    Attributes
    ----------
    exit_code : int
        128 + the signal's number.
    """

    def __init__(self, number: int) -> None:
        """Take the number of the signal."""
        super().__init__(signal.strsignal(number) or f"signal {number}")
        self.exit_code = 128 + number


class Stops:
    """While it is entered, SIGINT and SIGTERM raise Stopped, but not inside `held`.

    Signals reach the main thread alone; in another one, and where they are ignored, all stays as
    it is.

    Examples
    --------
    >>> with Stops() as stops:
    ...     with stops.held():
    ...         pass  # a signal that comes here is told at the end of this block
    """

    def __init__(self) -> None:
        """Start without a signal."""
        self._depth, self._pending, self._told = 0, 0, -ONCE_IN
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            for number in ASKING:
                if signal.getsignal(number) is not signal.SIG_IGN:
                    self._before[number] = signal.signal(number, self._asked)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep what happens inside whole: a signal is told when it is over."""
        self._depth += 1
        try:
            yield
        finally:
            self._depth -= 1
        if self._pending and not self._depth:
            self._tell(self._pending)

    def _asked(self, number: int, frame: FrameType | None) -> None:
        """Take a signal."""
        if time.monotonic() - self._told < ONCE_IN:
            return
        if self._depth:
            self._pending = number
        else:
            self._tell(number)

    def _tell(self, number: int) -> None:
        """Raise Stopped."""
        self._pending, self._told = 0, time.monotonic()
        raise Stopped(number)
