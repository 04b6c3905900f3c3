"""What is kept of the lithium's face: what drives flaws there, and the shape of its voids."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chemomech.analysis import penetration
from chemomech.analysis.flaws.sites import FlawSites
from chemomech.analysis.limits import limiting_times
from chemomech.analysis.penetration import FlawInputs, Sites
from chemomech.runs.observers.series import CellView
from chemomech.runs.outputs import write_arrays
from chemomech.runs.record import Arrays, Observer
from chemomech.simulation.run_state import RunState


class SiteRecord(Observer):
    """What drives flaws at the lithium, at the recorded times of a run: sites.npz.

    Of the cycles that are over, but for the last of the run, seven times are kept at most in all:
    those of the largest drive, of the smallest critical current density, of the soonest short, of
    the least and the largest mean contact pressure, of the largest contact pressure anywhere, and
    of the largest drive without current. They set the limits of the run, so the rest of the times
    adds nothing to these. The largest drive of every site and depth, which the risk is made of, is
    carried on beside them.
    """

    name = "sites"

    def __init__(self, flaws: FlawSites, inputs: FlawInputs, last_cycle: int):
        """Start without times; last_cycle: number of the run's last cycle."""
        self.flaws, self.inputs, self.last_cycle = flaws, inputs, last_cycle
        self.times: list[tuple[Any, ...]] = []
        self.worst: NDArray | None = None

    def observe(self, seen: CellView) -> None:
        """Take down an accepted state."""
        self.times.append((seen.run_state.time, *seen.sites))

    def sites(self) -> Sites:
        """Return the Sites of all times that were kept."""
        time, *columns = (np.stack(column) for column in zip(*self.times, strict=True))
        timed = dict(zip(penetration.TIMED, (*columns, time), strict=True))
        return Sites(self.flaws.weight(), self.flaws.depth, **timed)

    def cycle_ended(self, run_state: RunState) -> None:
        """Forget what sets no limit of the run."""
        if run_state.done >= self.last_cycle:
            return
        sites = self.sites()
        self.worst = penetration.largest_drive(sites, self.inputs, self.worst)
        kept = {*penetration.worst_times(sites, self.inputs), *limiting_times(sites, self.inputs)}
        self.times = [self.times[row] for row in sorted(kept)]

    def arrays(self) -> Arrays:
        """Return all times as columns."""
        found = {str(i): np.stack(each) for i, each in enumerate(zip(*self.times, strict=True))}
        return found if self.worst is None else found | {"worst": self.worst}

    def restore(self, arrays: Arrays) -> None:
        """Go on from what `arrays` returned."""
        columns = [arrays[str(i)] for i in range(len(arrays) - ("worst" in arrays))]
        self.times, self.worst = list(zip(*columns, strict=True)), arrays.get("worst")

    def save(self, folder: Path) -> None:
        """Write sites.npz."""
        sites = self.sites()
        fields = {name: getattr(sites, name) for name in sites.__dataclass_fields__}
        write_arrays(folder / "sites.npz", fields)


class VoidRecord(Observer):
    """Opening of the voids and current beside them, at the recorded times of a run: voids.npz.

    Rows (time [s], charge [C/m2], opening (x,) [m], current density (x,) [A/m2], whether a step of
    the protocol ended). Of cycles that are over, but for the last of the run, only the ends of the
    protocol's steps are kept: as many rows as the protocol has steps, whatever number of time steps
    these take.
    """

    name = "voids"
    NAMES = ("time", "charge", "opening", "current_density", "step_ended")

    def __init__(self, points: NDArray, weights: NDArray, interface: str, last_cycle: int):
        """Start without rows.

        Parameters
        ----------
        points, weights : (f, q, d) and (f, q) array
            Points of the lithium's face [m], and what they stand for.
        interface : str
            Its name.
        last_cycle : int
            Number of the run's last cycle.
        """
        place = points[..., :-1].reshape(-1, points.shape[-1] - 1)
        self.order = np.lexsort(place.T[::-1])
        self.position, self.weight = place[self.order], weights.ravel()[self.order]
        self.interface, self.last_cycle = interface, last_cycle
        self.rows: list[tuple[Any, ...]] = []

    def observe(self, seen: CellView) -> None:
        """Take down an accepted state."""
        run_state, current = seen.run_state, seen.drops[self.interface].current
        opening, current = (each.ravel()[self.order] for each in (seen.void_shape.opening, current))
        self.rows.append((run_state.time, run_state.charge, opening, current, seen.step_ended))

    def cycle_ended(self, run_state: RunState) -> None:
        """Thin out the cycle that is over, unless it is the last of the run."""
        if run_state.done < self.last_cycle:
            self.rows = [row for row in self.rows if row[-1]]

    def arrays(self) -> Arrays:
        """Return everything as name -> array, time first.

        (t,), (t, x); position (x, d - 1) [m], weight (x,).
        """
        columns = zip(self.NAMES, zip(*self.rows, strict=True), strict=True)
        found = {name: np.array(each) for name, each in columns}
        return found | {"position": self.position, "weight": self.weight}

    def restore(self, arrays: Arrays) -> None:
        """Go on from what `arrays` returned."""
        self.rows = list(zip(*(list(arrays[name]) for name in self.NAMES), strict=True))

    def save(self, folder: Path) -> None:
        """Write voids.npz."""
        write_arrays(folder / "voids.npz", self.arrays())
