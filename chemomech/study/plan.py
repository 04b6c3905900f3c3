"""A study file: a base case, the keys that vary, and what counts as connected and as safe.

    name = "Stack pressure"
    description = "..."
    base = "case.toml"            # or the whole case inline under [case]

    [vary]                        # every combination is one case; keys are paths into the case
    "stack.pressure" = ["0.1 MPa", "1 MPa", "10 MPa"]

    [window]                      # limits that a safe case meets; each may be left out
    maximum_voltage_loss = "100 mV"
    maximum_K_over_KIc = 1.0
    maximum_penetration_risk = 0.5
    minimum_capacity_share = 0.8
    minimum_contact_fraction_cathode = 0.2
    current_density = "0.2 mA/cm^2"   # the wanted current, where cycle.current_density varies beside stack.pressure

    [run]
    workers = 0                   # processes at once; 0: one per core

Every case is checked before anything runs. Errors are CaseError, one line per problem.
"""

import itertools
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from chemomech.case import Case, CaseError, Changes, parse_case, read_toml
from chemomech.case.errors import explain
from chemomech.case.keys import split_key
from chemomech.case.table import Table
from chemomech.materials import MaterialError
from chemomech.materials.fingerprint import inputs_hash
from chemomech.setup.electrodes import check_case
from chemomech.units.quantity import PositiveCurrentDensity, PositiveVoltage, shown


class Window(Table):
    """Limits of a safe case."""

    maximum_voltage_loss: PositiveVoltage | None = Field(
        default=None, description="of ions, kinetics and contact, at worst"
    )
    minimum_capacity_share: float | None = Field(
        default=None,
        gt=0.0,
        description="discharged, of what the active material holds between the voltages",
    )
    maximum_K_over_KIc: float | None = Field(
        default=None, gt=0.0, description="drive of the named flaw"
    )
    maximum_penetration_risk: float | None = Field(
        default=None, gt=0.0, le=1.0, description="of the electrode area"
    )
    minimum_contact_fraction_cathode: float | None = Field(
        default=None, gt=0.0, le=1.0, description="worst state"
    )
    minimum_contact_fraction_anode: float | None = Field(
        default=None, gt=0.0, le=1.0, description="worst state"
    )
    current_density: PositiveCurrentDensity | None = Field(
        default=None, description="wanted: the window is that of the cases with it"
    )


class Run(Table):
    """How the cases run."""

    workers: int = Field(default=0, ge=0, le=1024, description="processes at once; 0: one per core")


class StudyFile(Table):
    """The study file as written."""

    name: str = Field(min_length=1, description="title of the study")
    description: str = Field(default="", description="what it asks")
    base: str | None = Field(default=None, description="case file, relative to the study file")
    case: dict[str, Any] | None = Field(default=None, description="the case, inline")
    vary: dict[str, list[Any]] = Field(min_length=1, description="case key -> values")
    window: Window = Field(default_factory=Window)
    run: Run = Field(default_factory=Run)


@dataclass(frozen=True)
class PlannedCase:
    """One case of a study: its folder's name, the values it got, its table, the checked case, its inputs' hash."""

    label: str
    values: dict
    table: dict
    case: Case
    hash: str


@dataclass(frozen=True)
class Study:
    """A checked study: file content, its folder and the planned cases in the grid's order."""

    file: StudyFile
    base_folder: Path
    cases: tuple


def _label(index, values):
    """Folder name of a case: its number and the last part of each varied key with its value."""
    words = [f"{split_key(key)[-1]}={value}" for key, value in values.items()]
    text = "_".join(words).replace(" ", "")
    return f"{index:03d}_" + "".join(c if c.isalnum() or c in "._=-" else "-" for c in text)[:80]


def load_study(path):
    """Read a study file, expand its grid and check every case; raises CaseError."""
    path = Path(path)
    try:
        file = StudyFile.model_validate(read_toml(path))
    except ValidationError as failure:
        raise explain(failure, StudyFile) from None
    if (file.base is None) == (file.case is None):
        raise CaseError(
            'base: give either base = "case.toml" or the case inline under [case], not both or none'
        )
    folder = path.parent
    if file.base is not None:
        table, folder = read_toml(folder / file.base), (folder / file.base).parent
    else:
        table = file.case
    for key, values in file.vary.items():
        if not values:
            raise CaseError(f"vary.{key}: the list is empty; give at least one value")
    planned = []
    for index, combination in enumerate(itertools.product(*file.vary.values())):
        values = dict(zip(file.vary, combination, strict=True))
        one = Changes(values, "vary").apply(table)
        try:
            case = parse_case(one, folder)
            check_case(case)
            planned.append(PlannedCase(_label(index, values), values, one, case, inputs_hash(case)))
        except (CaseError, MaterialError) as error:
            raise CaseError(f"case {_label(index, values)}: {error}") from None
    wanted = file.window.current_density
    if wanted is not None and not any(has_current(each, wanted) for each in planned):
        given = sorted({each.case.cycle.current_density for each in planned})
        raise CaseError(
            f"window.current_density: given {shown(wanted)} A/m^2; the cases have {', '.join(f'{i:g}' for i in given)}"
        )
    return Study(file, folder, tuple(planned))


def has_current(planned, wanted):
    """Whether a planned case cycles at a wanted current density [A/m2]; None wants any."""
    return wanted is None or abs(planned.case.cycle.current_density - wanted) <= 1e-9 * wanted
