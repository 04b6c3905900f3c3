"""What is kept of a body whose region swells: a row per accepted step, and its cracks."""

from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from chemomech.analysis.contact import overlap_share
from chemomech.analysis.crack_paths import CRACKED, CrackPath, crack_paths, polylines
from chemomech.analysis.cracks import bulk_columns, columns, dissipated_fractions
from chemomech.analysis.effective_conductivity import Conduction, conduction
from chemomech.case.cycle import Swelling
from chemomech.case.schema import Case
from chemomech.models.phase_field import CrackingMechanics
from chemomech.physics.interfaces.contact import CONDUCTION_OPENING, bonded_share
from chemomech.runs.outputs import write_table
from chemomech.runs.record import Arrays, Observer, Rows, part_of, to_columns, to_rows
from chemomech.setup.cell import Cell
from chemomech.simulation.run_state import Conditions, RunState
from chemomech.units.field import MICROMETRE, MPA


def swelling_of(case: Case) -> Swelling:
    """Return the section [swelling] of a case that has one; ValueError without."""
    if case.swelling is None:
        raise ValueError("the case has no [swelling]")
    return case.swelling


def volume_change(case: Case, time: float) -> float:
    """Return the volume change of the swelling region at a time of the run.

    The time goes from 0 to 1 there and on to 2 back.

    Parameters
    ----------
    case : Case
        With its [swelling].
    time : float
        0 to 2.
    """
    return swelling_of(case).volume_change * (time if time <= 1.0 else 2.0 - time)


@dataclass(frozen=True)
class BodyView:
    """What observers see of one state of a body whose region swells.

    Attributes
    ----------
    run_state : RunState
        The accepted state.
    case : Case
        The case.
    cell : Cell
        Its cell.
    """

    run_state: RunState
    case: Case
    cell: Cell

    @property
    def when(self) -> dict[str, float]:
        """Columns that say at which time of a run the state is."""
        time = self.run_state.time
        return {"time": time, "volume_change": volume_change(self.case, time)}

    @property
    def step_ended(self) -> bool:
        """Whether the way there or back ends here, or the run starts."""
        return bool(self.run_state.reason) or not self.run_state.steps

    @cached_property
    def dissipated_fraction(self) -> NDArray:
        """Share of the fracture energy that is dissipated at all interface points (k, q)."""
        return dissipated_fractions(self.cell.mechanics, self.run_state.mechanical)


class SwellingSeries(Observer):
    """A row per accepted step: timeseries.csv."""

    name = "series"

    def __init__(self, case: Case, cell: Cell):
        """Start without rows."""
        self.cell, self.cracks = cell, case.phase_field is not None
        self.rows: Rows = []
        shape = cell.mechanics.jump.weights.shape
        self.limit, self.kept = np.zeros(shape), np.ones(shape)
        for name, material in cell.interface_materials.items():
            limit = material.get("conduction_opening", CONDUCTION_OPENING)
            self.limit[cell.mechanics.rows[name]] = limit
        # Of the first and of the last state, None where nothing conducts.
        self.conductions: list[Conduction | None] = []
        self.conductors = [
            name
            for name, material in cell.materials.items()
            if material.has("ionic_conductivity") and name != swelling_of(case).region
        ]

    def table(self) -> pd.DataFrame:
        """Return the time series."""
        return pd.DataFrame(self.rows)

    def observe(self, seen: BodyView) -> None:
        """Take down an accepted state."""
        run_state, mechanics, state = seen.run_state, self.cell.mechanics, seen.run_state.mechanical
        found = self._conduction(state, seen.dissipated_fraction)
        self.conductions = [*self.conductions[:1], found]
        conditions = run_state.conditions or Conditions(np.nan, np.nan)
        opening = float(state.opening[..., 0].max(initial=0.0))
        self.rows.append({
            **seen.when,
            "stack_pressure_MPa": conditions.stack_pressure / MPA,
            "measured_stack_pressure_MPa": state.pressure / MPA,
            "newton_iterations": run_state.iterations,
            **columns(mechanics, state, mechanics.rows, seen.dissipated_fraction),
            **(bulk_columns(mechanics, state) if self.cracks else {}),
            "relative_conductivity": np.nan if found is None else found.relative,
            "largest_opening_um": opening / MICROMETRE,
            "overlap_share": overlap_share(mechanics, state),
            "energy_balance_error": run_state.energy_error,
            **{f"energy_{name}_J_per_m": value for name, value in asdict(run_state.energy).items()},
        })  # fmt: skip

    def _conduction(self, state: Any, dissipated_fraction: NDArray) -> Conduction | None:
        """Return the Conduction of ions in a state; None without conductor.

        dissipated_fraction: of the fracture energy (k, q); it is debonded and does not conduct.
        """
        if not self.conductors:
            return None
        mechanics = self.cell.mechanics
        bonded, self.kept = bonded_share(
            state.opening[..., 0], dissipated_fraction, self.kept, self.limit
        )
        intact = None
        if isinstance(mechanics, CrackingMechanics):
            intact = mechanics.damage.conducting_share(state.phase)
        return conduction(
            self.cell.domain, self.conductors, bonded, 2 * mechanics.degree, intact=intact
        )

    def arrays(self) -> Arrays:
        """Return rows, what conducts and what of the bonds has never opened."""
        found = {"kept": self.kept} | {
            f"rows.{key}": each for key, each in to_columns(self.rows).items()
        }
        for number, each in enumerate(self.conductions):
            if each is not None:
                found[f"conduction.{number}.relative"] = np.array(each.relative)
                found[f"conduction.{number}.reached"] = each.reached
        return found | {"conductions": np.array(len(self.conductions))}

    def restore(self, arrays: Arrays) -> None:
        """Go on from what `arrays` returned."""
        self.rows, self.conductions = to_rows(part_of(arrays, "rows")), []
        self.kept = arrays["kept"]
        for number in range(arrays["conductions"].item()):
            part = part_of(arrays, f"conduction.{number}")
            known = Conduction(part["relative"].item(), part["reached"]) if part else None
            self.conductions.append(known)

    def save(self, folder: Path) -> None:
        """Write timeseries.csv."""
        write_table(folder / "timeseries.csv", self.table())


def paths_of(cell: Cell, dissipated_fraction: NDArray) -> list[CrackPath]:
    """Return the crack paths of a state, the longest first; 3D has none.

    Parameters
    ----------
    cell : Cell
        The cell.
    dissipated_fraction : (k, q) array
        Share of the fracture energy that is dissipated at all interface points.
    """
    domain, weights = cell.domain, cell.mechanics.jump.weights
    if domain.dimension != 2:
        return []
    mean = np.einsum("kq,kq->k", dissipated_fraction, weights) / weights.sum(axis=1)
    ends = cell.mechanics.facets.of_first_cell(domain.vertices)
    return crack_paths(ends, domain.points, mean >= CRACKED)


def write_paths(folder: Path, cell: Cell, paths: list[CrackPath]) -> None:
    """Write cracks.csv: crack, chain, x [um], y [um]."""
    domain, rows = cell.domain, []
    ends = cell.mechanics.facets.of_first_cell(domain.vertices)
    for number, path in enumerate(paths):
        for chain, vertices in enumerate(polylines(ends, path.facets)):
            rows += [(number, chain, *(domain.points[vertex] / MICROMETRE)) for vertex in vertices]
    table = pd.DataFrame(rows, columns=["crack", "chain", "x_um", "y_um"])
    write_table(folder / "cracks.csv", table, digits=6)
