"""A study as found on disk: its table, what it says about itself, and its cases.

Nothing is computed anew. Values keep the units of the table's column names (MPa, ohm cm2, mA cm-2,
um).
"""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from chemomech.report.axes import PRESSURE, Axis
from chemomech.report.losses import PARTS
from chemomech.study.engine import NOT_RUN
from chemomech.study.errors import ResultError
from chemomech.study.folder import caution_line, cautions_of, shared_mesh
from chemomech.study.table import columns_of

ENDED_EARLY = "the step ended early"  # how a caution of a step begins
MAIN_COLUMNS = (
    "stack_pressure_MPa",
    "contact_fraction_cathode",
    "contact_fraction_anode",
    "interfacial_resistance_cathode_ohm_cm2",
    "interfacial_resistance_anode_ohm_cm2",
    "voltage_loss_mV",
    "discharge_capacity_mAh_cm2",
    "capacity_share",
    "max_K_over_KIc",
    "critical_current_density_mA_cm2",
    "penetration_risk",
    "energy_balance_error",
    "charge_balance_error",
    "lithium_balance_error",
    "wall_time_s",
)
OTHER_COLUMNS = (
    "ionic_resistance_ohm_cm2",
    "max_K_static_over_KIc",
    "plating_pressure_MPa",
    "power_balance_error",
    "critical_overpotential_mV",
    "critical_stripping_current_density_mA_cm2",
    "time_to_short_h",
    "short_risk",
    "safe_share",
    "short_time_h",
    *(
        f"short_{what}"
        for clock in ("filled_flaw", "creep", "pressed_flaw", "voids")
        for what in (f"risk_{clock}", f"time_{clock}_h")
    ),
    *(
        f"p{share}_{name}"
        for name in (
            "short_risk",
            "max_K_over_KIc",
            "penetration_risk",
            "critical_current_density_mA_cm2",
        )
        for share in (10, 50, 90)
    ),
)
SWELLING_COLUMNS = (
    "stack_pressure_MPa",
    "cracked_um",
    "opened_um",
    "sheared_um",
    "broken_um",
    "equivalent_um",
    "longest_crack_um",
    "tortuosity",
    "relative_conductivity_before",
    "relative_conductivity_after",
    "energy_balance_error",
    "wall_time_s",
)
SERIES_COLUMNS = (
    "time_h",
    "cycle",
    "step_ended",
    "voltage_V",
    "current_density_mA_cm2",
    "charge_mAh_cm2",
    "stoichiometry",
    "equilibrium_potential_V",
    "voltage_loss_mV",
    "concentration_mV",
    "stress_mV",
    *PARTS.values(),
)


@dataclass(frozen=True)
class CaseResult:
    """One case of a study.

    Attributes
    ----------
    label : str
        Name of its folder.
    folder : Path
        Where its files are.
    values : dict
        Varied key -> value as written.
    title : str
        The values for people.
    exit_code : int
        0 for a finished case, 1 where it missed a gate, 3 where it was stopped short, else why it
        has no result.
    message : str
        What was said of it.
    result : dict or None
        Content of result.json; None where there is none.
    partial : dict or None
        The same of a run that was stopped short.
    """

    label: str
    folder: Path
    values: dict[str, Any]
    title: str
    exit_code: int
    message: str
    result: Any
    partial: Any = None

    @property
    def ended_early(self) -> bool:
        """Whether it was stopped short, or a step of its protocol ended before its own limit."""
        if self.partial is not None or (self.result or {}).get("stopped"):
            return True
        found = cautions_of(self.result) if self.result else []
        return any(each["text"].startswith(ENDED_EARLY) for each in found)

    @property
    def cautions(self) -> list[str]:
        """What a reader should know of the result, each on one line."""
        return [caution_line(each) for each in cautions_of(self.result)] if self.result else []

    @property
    def swells(self) -> bool:
        """Whether the case has a result and only swells."""
        return bool(self.result and self.result["case"].get("swelling"))

    def file(self, *parts: str) -> Path | None:
        """Path of one of the case's files, or None when it was not written."""
        path = self.folder.joinpath(*parts)
        return path if path.is_file() else None

    def timeseries(self) -> pd.DataFrame | None:
        """Read the time series of a protocol, or None when it was not written.

        Raises
        ------
        ResultError
            A column is missing.
        """
        path = self.file("timeseries.csv")
        if path is None:
            return None
        table = pd.read_csv(path)
        lacking = [name for name in SERIES_COLUMNS if name not in table]
        if lacking:
            raise ResultError(f"{path}: has no column {', '.join(lacking)}; run the study again")
        # Before the two were told apart, the one column was the measured pressure.
        if "measured_stack_pressure_MPa" not in table and "stack_pressure_MPa" in table:
            table = table.assign(measured_stack_pressure_MPa=table["stack_pressure_MPa"])
        return table.assign(step_ended=table["step_ended"].fillna(""))

    def plated_um(self, charge: Any) -> Any:
        """Thickness [um] of lithium plated evenly by a charge [mAh/cm2], positive on discharge."""
        cycle = self.result["cycle"]
        capacity = cycle.get("capacity_mAh_cm2") or 0.0
        return -charge * (cycle.get("plated_lithium_um", 0.0) / capacity if capacity > 0.0 else 0.0)

    def cycles(self) -> pd.DataFrame | None:
        """Read cycles.csv without the rows before the first cycle; None where there is none."""
        path = self.file("cycles.csv")
        table = None if path is None else pd.read_csv(path)
        return None if table is None else table[table["cycle"] > 0]


@dataclass(frozen=True)
class Results:
    """A study.

    Attributes
    ----------
    folder : Path
        Where it was written.
    name, description : str
        What it says of itself.
    window : dict or None
        The safe window of its stack pressure, where one was asked for.
    axes : tuple of Axis
        What it varies.
    cases : tuple of CaseResult
        Its cases, in its own order.
    table : DataFrame
        One row per case, in the order of `cases`, indexed by label.
    """

    folder: Path
    name: str
    description: str
    window: Any
    axes: tuple[Axis, ...]
    cases: tuple[CaseResult, ...]
    table: pd.DataFrame

    @property
    def swells(self) -> bool:
        """Whether the cases only swell: the first finished one tells."""
        return bool(self.finished) and self.finished[0].swells

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns that the table of all cases shows."""
        return SWELLING_COLUMNS if self.swells else MAIN_COLUMNS

    @property
    def _always(self) -> str:
        """A column that every finished case has."""
        return "cracked_um" if self.swells else "max_K_over_KIc"

    @property
    def finished(self) -> list[CaseResult]:
        """Cases with a result, in the study's order."""
        return [case for case in self.cases if case.result is not None]

    @property
    def failed(self) -> list[CaseResult]:
        """Cases without a result, in the study's order."""
        return [case for case in self.cases if math.isnan(self.table.loc[case.label, self._always])]

    @property
    def waiting(self) -> list[CaseResult]:
        """Cases that have not run yet, in the study's order."""
        return [case for case in self.failed if case.exit_code == NOT_RUN]

    @property
    def left_out(self) -> str:
        """Say how many cases have no result and why, "" where all have one."""
        failed, waiting = len(self.failed) - len(self.waiting), len(self.waiting)
        parts = [f"{failed} of {len(self.cases)} cases failed"] if failed else []
        parts += [f"{waiting} of {len(self.cases)} cases have not run yet"] if waiting else []
        return ", ".join(parts)

    @property
    def _along(self) -> Axis:
        """The axis of the main figure: the first, with a window the stack pressure."""
        found = [each for each in self.axes if each.key == PRESSURE and self.window is not None]
        return found[0] if found else self.axes[0]

    def curve(self) -> pd.DataFrame:
        """Rows of the finished cases along the first axis, ascending, with the column "place".

        With a window those of its cases alone, along the stack pressure.
        """
        axis = self._along
        places = [axis.place(case.values[axis.key]) for case in self.cases]
        rows = self.table.assign(place=places).dropna(subset=[self._always])
        if self.window is not None and self.window.get("cases"):
            rows = rows[rows.index.isin(self.window["cases"])]
        return rows.sort_values("place")

    def early(self) -> pd.DataFrame:
        """Rows, with the column "place", of the cases that ended early: what there is until then.

        A window counts those alone that came to their end; these are drawn beside them.
        """
        axis, rows = self._along, []
        for case in self.cases:
            if case.ended_early:
                known = self.table.loc[case.label].to_dict()
                known |= {} if case.partial is None else columns_of(case.partial)
                rows.append(known | {"place": axis.place(case.values[axis.key])})
        return pd.DataFrame(rows)

    def shown_cases(self) -> list[CaseResult]:
        """Pick up to three finished cases: lowest, middle of the window (or of all) and highest."""
        by_label = {case.label: case for case in self.finished}
        rows = self.curve()
        rows = rows[rows.index.isin(by_label)]
        if rows.empty:
            return []
        places = rows["place"].to_numpy()
        middle = len(rows) // 2
        if self.window is not None and not self.window["empty"]:
            low, high = (self.window[side]["value"] for side in ("low", "high"))
            centre = math.sqrt((low or places[0]) * (high or places[-1]))
            middle = min(range(len(places)), key=lambda i: abs(math.log(places[i] / centre)))
        picked = sorted({0, middle, len(rows) - 1})
        return [by_label[rows.index[i]] for i in picked]

    def mesh(self, case: CaseResult) -> Path | None:
        """Find the mesh file that a case was computed on, or None.

        It is the study's shared mesh of its geometry, else the case's own. Meshed flaws are put in
        by the case, so a shared mesh does not have them.
        """
        own = case.file("mesh.msh")
        if case.result["case"].get("meshed_flaws"):
            return own
        shared = shared_mesh(self.folder, case.result["case"]["geometry"])
        return shared if shared.is_file() else own
