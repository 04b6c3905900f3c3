"""What is kept of flaws inside the solids: families by weight functions, and meshed ones."""

from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from chemomech.analysis.flaws.family import Family, History, Peak
from chemomech.analysis.flaws.meshed import Tip, governing
from chemomech.physics.fracture import weakest_link
from chemomech.physics.lithium import penetration
from chemomech.runs.outputs import write_table
from chemomech.runs.record import Arrays, CycleRows, Observer, Rows, part_of, to_columns, to_rows
from chemomech.runs.stated import within
from chemomech.setup.cell import Cell
from chemomech.simulation.run_state import RunState
from chemomech.units.field import HOUR, MICROMETRE, MPA

DRIVES = ("K_over_KIc", "G_over_Gc", "K_bound_over_KIc")
PLACE = ("x_um", "y_um", "angle_deg")


class FamilyRecord(Observer):
    """Families of flaws through a run: rows of flaws.csv and flaw_growth.csv, and a summary.

    Of the rows of flaws.csv those stay that `record.CycleRows` keeps, by family and K/K_Ic.
    """

    name = "flaws"

    def __init__(self, families: list[Family], cell: Cell, last_cycle: int):
        """Start without rows; last_cycle: number of the run's last cycle."""
        self.families, self.last_cycle = families, last_cycle
        self.anode, _ = cell.electrodes()
        self.molar_volume = cell.materials[self.anode.region].molar_volume
        self.history: list[History] = [each.begin() for each in families]
        self.table = CycleRows(lambda row: row["family"], "K_over_KIc")
        self.growth: Rows = []

    @property
    def rows(self) -> Rows:
        """Rows of flaws.csv."""
        return self.table.rows

    def observe(self, seen: Any) -> None:
        """Take down an accepted state."""
        pressure, history = self.pressure(seen.sites), []
        for family, before in zip(self.families, self.history, strict=True):
            drives = family.drives(seen.run_state.mechanical, seen.run_state.time, pressure)
            history.append(family.see(before, drives))
            peak = drives.peak._asdict()
            row = (
                seen.when | {"family": family.settings.name} | {name: peak[name] for name in DRIVES}
            )
            row |= {"K_I_MPa_sqrt_m": peak["K_I"] / MPA, "K_II_MPa_sqrt_m": peak["K_II"] / MPA}
            self.table.add(row | {name: peak[name] for name in PLACE}, seen.step_ended)
        self.history = history

    def pressure(self, sites: tuple[NDArray, ...]) -> NDArray:
        """Return the mean pressure of the lithium at the facets of its interface (f,) [Pa].

        sites: contact pressure and overpotential at the points, in the order of `FlawSites.at`.
        """
        pressure = sites[0] + penetration.plating_pressure(sites[2], self.molar_volume)
        rows = self.anode.rows
        return pressure.reshape(rows.stop - rows.start, -1).mean(axis=1)

    def cycle_ended(self, run_state: RunState) -> None:
        """Let the flaws grow by the cycle that is over and those jumped after it."""
        history = []
        for family, before in zip(self.families, self.history, strict=True):
            after, row = family.end_cycle(before, run_state.done)
            history.append(after)
            if row is not None:
                self.growth.append({"cycle": run_state.done, "family": family.settings.name, **row})
        self.history = history
        if run_state.done < self.last_cycle:
            self.table.thin()

    def arrays(self) -> Arrays:
        """Return histories and rows."""
        found = {
            f"history.{i}.{field.name}": np.asarray(getattr(each, field.name))
            for i, each in enumerate(self.history)
            for field in fields(each)
        }
        found |= {f"rows.{key}": each for key, each in self.table.arrays().items()}
        return found | {f"growth.{key}": each for key, each in to_columns(self.growth).items()}

    def restore(self, arrays: Arrays) -> None:
        """Go on from what `arrays` returned."""
        history = []
        for i, each in enumerate(self.history):
            parts: dict[str, Any] = part_of(arrays, f"history.{i}")
            parts |= {name: parts[name].item() for name in ("cycles", "expected")}
            history.append(replace(each, **parts | {"peak": Peak(*parts["peak"].tolist())}))
        self.history = history
        self.table.restore(part_of(arrays, "rows"))
        self.growth = to_rows(part_of(arrays, "growth"))

    def save(self, folder: Path) -> None:
        """Write flaws.csv, and flaw_growth.csv where flaws grow."""
        for name, rows in (("flaws", self.rows), ("flaw_growth", self.growth)):
            if rows:
                write_table(folder / f"{name}.csv", pd.DataFrame(rows))

    def summary(self) -> dict[str, Any]:
        """Return which flaw governs, every family at its largest drive, and the odds of failure."""
        found, expected = [], []
        for family, history in zip(self.families, self.history, strict=True):
            settings, peak = family.settings, history.peak._asdict()
            expected.append(family.failures(history))
            found.append({
                "name": settings.name, "region": settings.region, "place": settings.place,
                "depth_um": settings.depth / MICROMETRE,
                "toughness_MPa_sqrt_m": family.toughness / MPA,
                **{f"max_{name}": within(f"max_{name}", peak[name]) for name in DRIVES},
                "K_I_MPa_sqrt_m": peak["K_I"] / MPA, "K_II_MPa_sqrt_m": peak["K_II"] / MPA,
                "time_h": peak["time"] / HOUR, **{name: peak[name] for name in PLACE},
                "failure_probability": weakest_link.failure_probability(expected[-1]),
                "sites": len(family.lines.points), "sites_in_mesh": family.lines.found,
                "life_cycles": history.expected if family.grows else None,
                "warnings": family.warnings(history.peak),
            })  # fmt: skip
        largest = found[int(np.argmax([each.peak.K_over_KIc for each in self.history]))]
        probability = weakest_link.failure_probability(np.sum(expected))
        whole = {
            "governs": largest["name"], "max_K_over_KIc": largest["max_K_over_KIc"],
            "failure_probability": probability, "families": found,
        }  # fmt: skip
        return {"flaws": whole}


class MeshedFlawRecord(Observer):
    """Meshed flaws through a run: rows of meshed_flaws.csv, and what result.json says of them.

    Of the rows those stay that `record.CycleRows` keeps, by tip and K/K_Ic.
    """

    name = "meshed_flaws"

    def __init__(
        self, tips: list[Tip], families: FamilyRecord | None = None, last_cycle: int | None = None
    ):
        """Start without rows.

        Parameters
        ----------
        tips : list of Tip
            Tips of all meshed flaws.
        families : FamilyRecord or None
            With which the largest drive of all flaws is told.
        last_cycle : int or None
            Number of the run's last cycle; None where there are no cycles.
        """
        self.tips, self.families, self.last_cycle = tips, families, last_cycle
        self.table = CycleRows(lambda row: (row["name"], row["tip"]), "K_over_KIc")
        self.states, self.evaluated = 0, [0] * len(tips)

    @property
    def rows(self) -> Rows:
        """Rows of meshed_flaws.csv."""
        return self.table.rows

    def observe(self, seen: Any) -> None:
        """Take down an accepted state."""
        self.states += 1
        for number, tip in enumerate(self.tips):
            row = seen.when | tip.row(seen.run_state.mechanical)
            self.evaluated[number] += bool(np.isfinite(row["K_over_KIc"]))
            self.table.add(row, seen.step_ended)

    def cycle_ended(self, run_state: RunState) -> None:
        """Thin out the cycle that is over, unless it is the last of the run."""
        if self.last_cycle is not None and run_state.done < self.last_cycle:
            self.table.thin()

    def arrays(self) -> Arrays:
        """Return rows and counts."""
        rows = {f"rows.{key}": each for key, each in self.table.arrays().items()}
        return rows | {"states": np.array(self.states), "evaluated": np.array(self.evaluated)}

    def restore(self, arrays: Arrays) -> None:
        """Go on from what `arrays` returned."""
        self.table.restore(part_of(arrays, "rows"))
        self.states, self.evaluated = arrays["states"].item(), arrays["evaluated"].tolist()

    def save(self, folder: Path) -> None:
        """Write meshed_flaws.csv."""
        write_table(folder / "meshed_flaws.csv", pd.DataFrame(self.rows))

    def summary(self) -> dict[str, Any]:
        """Return which meshed flaw governs, every tip at its largest drive."""
        peaks = self.table.largest()
        when = tuple(n for n in ("time_h", "time", "volume_change") if n in self.rows[0])
        found = [
            tip.peak(peaks.get((tip.flaw, tip.number)), when, self.states, evaluated)
            for tip, evaluated in zip(self.tips, self.evaluated, strict=True)
        ]
        families = None if self.families is None else self.families.summary()["flaws"]
        return {"meshed_flaws": governing(found, families)}
