"""Reads the results folder of a study: its table, what it says about itself, and the files of each case.

Nothing is computed anew. Values keep the units of the table's column names (MPa, ohm cm2, mA cm-2, um).
"""

import hashlib
import json
import math
import re
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from chemomech.case.keys import split_key
from chemomech.report.losses import PARTS, with_losses
from chemomech.study.errors import ResultError
from chemomech.units.quantity import QuantityError, split, to_si

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
    *(
        f"p{share}_{name}"
        for name in ("max_K_over_KIc", "penetration_risk", "critical_current_density_mA_cm2")
        for share in (10, 50, 90)
    ),
)
RESULT_KEYS = ("case", "summary", "materials", "cycle", "solver")
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
class Axis:
    """One varied key: its name and unit for people, the values as written and where they lie on an axis."""

    key: str
    name: str
    unit: str
    values: tuple
    places: tuple
    numeric: bool

    @property
    def logarithmic(self):
        """Whether the places span so much that a logarithmic axis suits them."""
        low, high = min(self.places), max(self.places)
        return self.numeric and low > 0.0 and high / low >= 10.0

    @property
    def label(self):
        """Axis label with its unit in brackets."""
        return f"{self.name} [{self.unit}]" if self.unit else self.name

    def place(self, value):
        """Where a value as written lies on the axis."""
        return self.places[self.values.index(value)]

    def text(self, value):
        """A value for people, with its unit."""
        return f"{self.place(value):g} {self.unit}".strip() if self.numeric else str(value)


@dataclass(frozen=True)
class CaseResult:
    """One case: its label, folder, varied values, title for people, exit code, message, result (or None)."""

    label: str
    folder: Path
    values: dict
    title: str
    exit_code: int
    message: str
    result: dict | None

    def file(self, *parts):
        """Path of one of the case's files, or None when it was not written."""
        path = self.folder.joinpath(*parts)
        return path if path.is_file() else None

    def timeseries(self):
        """The time series as a table, or None when it was not written; ResultError when it is another's."""
        path = self.file("timeseries.csv")
        if path is None:
            return None
        table = pd.read_csv(path)
        lacking = [name for name in SERIES_COLUMNS if name not in table]
        if lacking:
            raise ResultError(f"{path}: has no column {', '.join(lacking)}; run the study again")
        return table.assign(step_ended=table["step_ended"].fillna(""))

    def plated_um(self, charge):
        """Thickness of lithium [um] plated evenly once a charge [mAh/cm2] has passed, positive on discharge."""
        cycle = self.result["cycle"]
        capacity = cycle.get("capacity_mAh_cm2") or 0.0
        return -charge * (cycle.get("plated_lithium_um", 0.0) / capacity if capacity > 0.0 else 0.0)

    def cycles(self):
        """Cycle by cycle, without the rows before the first; None when that was not written."""
        path = self.file("cycles.csv")
        table = None if path is None else pd.read_csv(path)
        return None if table is None else table[table["cycle"] > 0]


@dataclass(frozen=True)
class Results:
    """A study as found on disk; `table` has one row per case, in the order of `cases`, indexed by label."""

    folder: Path
    name: str
    description: str
    window: dict | None
    axes: tuple
    cases: tuple
    table: pd.DataFrame

    @property
    def finished(self):
        """Cases with a result, in the study's order."""
        return [case for case in self.cases if case.result is not None]

    @property
    def failed(self):
        """Cases without a result, in the study's order."""
        return [
            case for case in self.cases if math.isnan(self.table.loc[case.label, "max_K_over_KIc"])
        ]

    def curve(self):
        """Rows of the finished cases along the first axis, ascending, with the column "place".

        With a window those of its cases alone, along the stack pressure.
        """
        axis = self.axes[0]
        if self.window is not None:
            axis = next((each for each in self.axes if each.key == "stack.pressure"), axis)
        places = [axis.place(case.values[axis.key]) for case in self.cases]
        rows = self.table.assign(place=places).dropna(subset=["max_K_over_KIc"])
        if self.window is not None and self.window.get("cases"):
            rows = rows[rows.index.isin(self.window["cases"])]
        return rows.sort_values("place")

    def shown_cases(self):
        """Up to three finished cases: lowest, middle of the window (or of the cases) and highest."""
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

    def mesh(self, case):
        """Mesh file of a case, or None: the study's shared mesh of its geometry, else the case's own."""
        text = json.dumps(case.result["case"]["geometry"], sort_keys=True)
        shared = self.folder / "mesh" / hashlib.sha256(text.encode()).hexdigest()[:12] / "mesh.msh"
        return shared if shared.is_file() else case.file("mesh.msh")


def pretty_unit(unit):
    """A unit, alone or behind a number, as typeset: "ohm*cm^2" becomes "Ω cm²"."""
    for plain, typeset in (
        (r"\bm\^0\.5", "√m"),
        (r"\^2\b", "²"),
        (r"\^3\b", "³"),
        (r"\bohm\b", "Ω"),
        (r"\bum\b", "µm"),
        (r"\bdegC\b", "°C"),
        (r"\*", " "),
    ):
        unit = re.sub(plain, typeset, unit)
    return unit


def build_axis(key, values):
    """Axis of one varied key; quantities in the unit of the first, the pressure of the stack in MPa."""
    name = "stack pressure" if key == "stack.pressure" else split_key(key)[-1].replace("_", " ")
    if all(isinstance(value, int | float) and not isinstance(value, bool) for value in values):
        return Axis(key, name, "", tuple(values), tuple(float(value) for value in values), True)
    try:
        unit = "MPa" if key == "stack.pressure" else split(values[0])[1]
        places = tuple(to_si(value, unit) for value in values)
    except (QuantityError, AttributeError, TypeError):
        return Axis(
            key, name, "", tuple(values), tuple(float(i) for i in range(len(values))), False
        )
    return Axis(key, name, pretty_unit(unit), tuple(values), places, True)


def read_json(path):
    """Content of a JSON file as a table; ResultError when it is missing or malformed."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ResultError(f"{path}: cannot be read: {error.strerror or error}") from None
    except ValueError as error:
        raise ResultError(f"{path}: is not valid JSON: {error}") from None
    if not isinstance(content, dict):
        raise ResultError(f"{path}: is not a table of results")
    return content


def read_table(path, labels):
    """The study's table with one row per label and every column that the report uses; ResultError."""
    try:
        table = pd.read_csv(path)
    except OSError as error:
        raise ResultError(f"{path}: cannot be read: {error.strerror or error}") from None
    except ValueError as error:
        raise ResultError(f"{path}: is not a table: {error}") from None
    if "case" not in table or sorted(table["case"].astype(str)) != sorted(labels):
        raise ResultError(f"{path}: its cases are not those of study.json")
    table = table.set_index(table["case"].astype(str)).loc[labels]
    missing = [name for name in (*MAIN_COLUMNS, *OTHER_COLUMNS) if name not in table]
    table = table.reindex(columns=[*table.columns, *missing])
    for name in (*MAIN_COLUMNS, *OTHER_COLUMNS):
        table[name] = pd.to_numeric(table[name], errors="coerce")
    return table


def read_case(folder, entry, axes):
    """One case from its entry in study.json and its folder; a case that failed has no result."""
    label = entry["label"]
    place = folder / "cases" / label
    result = None
    if entry["exit_code"] in (0, 1) and (place / "result.json").is_file():
        result = read_json(place / "result.json")
        for key in RESULT_KEYS:
            if key not in result:
                raise ResultError(f"{place / 'result.json'}: has no '{key}'; run the study again")
    texts = [(axis.name, axis.text(entry["values"][axis.key])) for axis in axes]
    title = texts[0][1] if len(texts) == 1 else ", ".join(f"{name} {text}" for name, text in texts)
    return CaseResult(
        label, place, entry["values"], title, entry["exit_code"], entry["message"], result
    )


def read_results(folder):
    """Read a study's folder. Raises ResultError when it holds no study or a file of it cannot be read."""
    folder = Path(folder)
    if not folder.is_dir():
        raise ResultError(f"{folder}: is not a folder; give the results folder of a study")
    if not (folder / "study.json").is_file():
        raise ResultError(
            f"{folder}: holds no study (there is no study.json); `chemomech study` writes one"
        )
    manifest = read_json(folder / "study.json")
    try:
        vary = {
            key: values for key, values in manifest["vary"].items() if len(values) > 1
        } or manifest["vary"]
        axes = tuple(build_axis(key, values) for key, values in vary.items())
        cases = tuple(read_case(folder, entry, axes) for entry in manifest["cases"])
        table = with_losses(
            read_table(folder / "summary.csv", [case.label for case in cases]), cases
        )
        return Results(
            folder,
            manifest["name"],
            manifest["description"],
            manifest["window"],
            axes,
            cases,
            table,
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ResultError(
            f"{folder / 'study.json'}: is not complete ({error}); run the study again"
        ) from None
