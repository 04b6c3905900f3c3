"""Progress: a bar per case where there is a terminal, a line now and then elsewhere."""

import sys
import time
from collections.abc import Callable, Iterable
from typing import Any, Literal, Self

from chemomech.units.words import counted

LINE_EVERY = 5.0  # seconds between lines without a terminal


def run_progress(name: str, style: Literal["bar", "lines"]) -> Callable[[Any, float], None]:
    """Return what a run calls with its state and its share done.

    Parameters
    ----------
    name : str
        Title of the case.
    style : {"bar", "lines"}
        "lines" prints every share for a program that reads it, "bar" a line per some seconds.
    """
    began, last = time.perf_counter(), [0.0]

    def lines(run_state: Any, share: float) -> None:
        print(f"progress {share:.4f}", flush=True)

    def bar(run_state: Any, share: float) -> None:
        now = time.perf_counter()
        if now - last[0] >= LINE_EVERY or share >= 1.0:
            last[0] = now
            text = (
                f"chemomech: {name}: {100 * share:.0f} % ({run_state.words}), {now - began:.0f} s"
            )
            print(text, file=sys.stderr, flush=True)

    return lines if style == "lines" else bar


def share_progress(name: str) -> Callable[[float, str], None]:
    """Return what is called with a share done and words; a line every few seconds.

    Parameters
    ----------
    name : str
        Title of what is done.
    """
    began, last = time.perf_counter(), [0.0]

    def line(share: float, words: str) -> None:
        now = time.perf_counter()
        if now - last[0] >= LINE_EVERY or share >= 1.0:
            last[0] = now
            text = f"chemomech: {name}: {100 * share:.0f} % ({words}), {now - began:.0f} s"
            print(text, file=sys.stderr, flush=True)

    return line


def note(text: str) -> None:
    """Say on standard error what a reader should know."""
    print(f"chemomech: note: {text}", file=sys.stderr, flush=True)


class StudyProgress:
    """Progress of a study, called with (label, share done); used in a with statement."""

    def __init__(self, name: str, labels: Iterable[str]) -> None:
        """Take the title of the study and the labels of its cases."""
        self.name, self.shares = name, dict.fromkeys(labels, 0.0)
        self.began, self.last = time.perf_counter(), 0.0
        self.display: Any = None
        self.tasks: dict[str, Any] = {}

    def __enter__(self) -> Self:
        if sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

            self.display = Progress(
                TextColumn("{task.description}"),
                BarColumn(),
                TextColumn("{task.percentage:>3.0f} %"),
                TimeElapsedColumn(),
                console=Console(stderr=True),
            )
            self.display.start()
            self.tasks = {
                label: self.display.add_task(label, total=1.0, start=False) for label in self.shares
            }
        else:
            print(
                f"chemomech: {self.name}: {counted(len(self.shares), 'case')}",
                file=sys.stderr,
                flush=True,
            )
        return self

    def __call__(self, label: str, share: float) -> None:
        """Show how far a case is."""
        self.shares[label] = max(share, self.shares[label])
        if self.display is not None:
            if not self.display.tasks[self.tasks[label]].started:
                self.display.start_task(self.tasks[label])
            self.display.update(self.tasks[label], completed=self.shares[label])
            if share >= 1.0:
                self.display.stop_task(self.tasks[label])
            return
        now = time.perf_counter()
        if now - self.last >= LINE_EVERY or all(share >= 1.0 for share in self.shares.values()):
            self.last = now
            done = sum(share >= 1.0 for share in self.shares.values())
            mean = sum(self.shares.values()) / len(self.shares)
            print(
                f"chemomech: {self.name}: {100 * mean:.0f} %, {done} of {len(self.shares)} cases "
                f"done, {now - self.began:.0f} s",
                file=sys.stderr,
                flush=True,
            )

    def __exit__(self, *_: object) -> None:
        if self.display is not None:
            self.display.stop()
