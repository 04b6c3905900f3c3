"""What a kind of run brings, and what is kept of it.

Observers each take down something of every accepted state; a recorder hands the states to them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from chemomech.analysis.flaws.family import Family
from chemomech.analysis.flaws.meshed import Tip
from chemomech.runs.cautions import Caution
from chemomech.setup.cell import Cell
from chemomech.simulation.run_state import RunState

Arrays = dict[str, NDArray]
Rows = list[dict[str, Any]]


class Observer:
    """One that takes down something of a run; the base does nothing.

    Attributes
    ----------
    name : str
        Before the names of its arrays in a checkpoint.
    """

    name = ""

    def observe(self, seen: Any) -> None:
        """Take down an accepted state.

        seen: what the kind of run evaluates of it, once for all observers.
        """

    def cycle_ended(self, run_state: RunState) -> None:
        """Thin out what is kept of a cycle that is over."""

    def arrays(self) -> Arrays:
        """Return everything taken down so far as arrays, for a checkpoint."""
        return {}

    def restore(self, arrays: Arrays) -> None:
        """Go on from what `arrays` returned."""

    def save(self, folder: Path) -> None:
        """Write the files of the run that is over."""

    def summary(self) -> dict[str, Any]:
        """Return what result.json says of it."""
        return {}


class Recorder:
    """Hands every accepted state of a run to its observers, in their order."""

    def __init__(self, evaluate: Callable[[RunState], Any], observers: Sequence[Observer]):
        """Join the observers.

        Parameters
        ----------
        evaluate : callable
            RunState -> what observers see of it.
        observers : sequence of Observer
            Their names are unique.
        """
        self.evaluate, self.observers = evaluate, list(observers)

    def __call__(self, run_state: RunState) -> None:
        """Hand over one accepted state."""
        seen = self.evaluate(run_state)
        for observer in self.observers:
            observer.observe(seen)

    def cycle_ended(self, run_state: RunState) -> None:
        """Tell that a cycle is over."""
        for observer in self.observers:
            observer.cycle_ended(run_state)

    def arrays(self) -> Arrays:
        """Return everything taken down so far as arrays, for a checkpoint."""
        return {
            f"{observer.name}.{key}": each
            for observer in self.observers
            for key, each in observer.arrays().items()
        }

    def restore(self, arrays: Arrays) -> None:
        """Go on from what `arrays` returned."""
        for observer in self.observers:
            observer.restore(part_of(arrays, observer.name))

    def save(self, folder: Path) -> None:
        """Write the files of all observers."""
        for observer in self.observers:
            observer.save(folder)

    def summary(self) -> dict[str, Any]:
        """Return what result.json says of all observers."""
        found: dict[str, Any] = {}
        for observer in self.observers:
            found |= observer.summary()
        return found


@dataclass(frozen=True)
class Watched:
    """A cell and the flaws that its run is watched for.

    Attributes
    ----------
    cell : Cell
        Not yet preloaded.
    families : list of Family
        Of flaws that are not meshed.
    tips : list of Tip
        Of meshed flaws.
    cautions : tuple of Caution
        What to know of them before anything is solved.
    """

    cell: Cell
    families: list[Family]
    tips: list[Tip]
    cautions: tuple[Caution, ...] = ()


class Record(Protocol):
    """What takes down a run."""

    def __call__(self, run_state: RunState) -> None:
        """Take down an accepted state."""

    def cycle_ended(self, run_state: RunState) -> None:
        """Tell that a cycle is over."""


Milestone = Callable[[RunState, int], Any]


class Follow(Protocol):
    """How a run goes on from a RunState to its end."""

    def __call__(self, run_state: RunState, record: Record, milestone: Milestone) -> RunState:
        """Follow the run to its end.

        Parameters
        ----------
        run_state : RunState
            Where to start.
        record : Record
            It takes every accepted state.
        milestone : callable
            (RunState, number) at every place from which the run may be taken up.
        """


@dataclass(frozen=True)
class Job:
    """One run that is ready to start.

    Attributes
    ----------
    cell : Cell
        Held by its fixture.
    start : RunState
        At rest under the stack pressure.
    recorder : Recorder
        With the observers of this kind of run.
    follow : Follow
        How the run goes on.
    stem : str
        Of the names of its checkpoints.
    place : callable
        RunState -> number of the cycle or part that it is in.
    result : callable
        Last RunState -> what result.json says beside the case and versions.
    save : callable
        (folder, last RunState) writes files that belong to the whole run.
    """

    cell: Cell
    start: RunState
    recorder: Recorder
    follow: Follow
    stem: str
    place: Callable[[RunState], int]
    result: Callable[[RunState], dict[str, Any]]
    save: Callable[[Path, RunState], None] = lambda folder, run_state: None


class Notifier(Observer):
    """Tells a caller how far the run is."""

    name = "notifier"

    def __init__(
        self, notify: Callable[[RunState, float], Any], share: Callable[[RunState], float]
    ):
        """Tell a caller of every state.

        Parameters
        ----------
        notify : callable
            (RunState, share).
        share : callable
            RunState -> how much of the run is over, 0 to 1.
        """
        self.notify, self.share = notify, share

    def observe(self, seen: Any) -> None:
        """Tell of an accepted state."""
        self.notify(seen.run_state, self.share(seen.run_state))


class CycleRows:
    """Rows of a table through a run.

    Of cycles that are over, but for the last of the run, only the rows at the ends of the
    protocol's steps are kept, and of every group the one with the largest value so far: a run keeps
    as many rows as it has steps of its protocol, whatever number of time steps these take.
    """

    def __init__(self, group: Callable[[dict[str, Any]], Any], value: str):
        """Start without rows.

        Parameters
        ----------
        group : callable
            Row -> which rows compete.
        value : str
            Column that decides.
        """
        self.group, self.value = group, value
        self.rows: Rows = []
        self.ended: list[bool] = []

    def add(self, row: dict[str, Any], ended: bool) -> None:
        """Take down a row.

        ended: whether it is of the end of a step of the protocol, or of the start of the run.
        """
        self.rows.append(row)
        self.ended.append(ended)

    def largest(self) -> dict[Any, dict[str, Any]]:
        """Return the row with the largest value of every group, the first of equal ones."""
        found: dict[Any, dict[str, Any]] = {}
        for row in self.rows:
            group = self.group(row)
            if np.isfinite(row[self.value]) and (
                group not in found or row[self.value] > found[group][self.value]
            ):
                found[group] = row
        return found

    def thin(self) -> None:
        """Keep what is kept of cycles that are over."""
        peaks = {id(row) for row in self.largest().values()}
        kept = [
            (row, ended)
            for row, ended in zip(self.rows, self.ended, strict=True)
            if ended or id(row) in peaks
        ]
        self.rows, self.ended = [row for row, _ in kept], [ended for _, ended in kept]

    def arrays(self) -> Arrays:
        """Return rows as columns, for a checkpoint."""
        return to_columns(self.rows) | {"step_ended": np.array(self.ended, dtype=bool)}

    def restore(self, arrays: Arrays) -> None:
        """Go on from what `arrays` returned."""
        columns = dict(arrays)
        self.ended = columns.pop("step_ended").tolist()
        self.rows = to_rows(columns)


def part_of(arrays: Arrays, name: str) -> Arrays:
    """Return those arrays whose names begin with a name and a dot, without these."""
    start = f"{name}."
    return {key.removeprefix(start): each for key, each in arrays.items() if key.startswith(start)}


def to_columns(rows: Rows) -> Arrays:
    """Return the columns of rows that have the same keys."""
    return {key: np.array([row[key] for row in rows]) for key in (rows[0] if rows else ())}


def to_rows(columns: Arrays) -> Rows:
    """Return the rows of columns of the same length."""
    values = [each.tolist() for each in columns.values()]
    return [dict(zip(columns, row, strict=True)) for row in zip(*values, strict=True)]
