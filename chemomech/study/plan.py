"""A study file: a base case, the keys that vary, and what counts as connected and as safe.

    name = "Stack pressure"
    description = "..."
    base = "case.toml"            # or the whole case inline under [case]

    [vary]                        # every combination is one case; keys are paths into the case
    "stack.pressure" = ["0.1 MPa", "1 MPa", "10 MPa"]

    [window]                      # limits that a safe case meets; each may be left out
    maximum_voltage_loss = "100 mV"
    minimum_capacity_share = 0.8
    minimum_contact_fraction_cathode = 0.2
    maximum_risk = 0.1            # of a short within the life on the area
    life = "100 h"                # left out: life.duration and flaw.area of the cases
    area = "1 cm^2"
    areas_beside = ["100 cm^2"]   # for which the window is stated too
    current_density = "0.2 mA/cm^2"   # wanted, where it varies beside stack.pressure
    maximum_K_over_KIc = 1.0      # of the named flaw, a diagnostic
    maximum_penetration_risk = 0.5

    [run]
    workers = 0                   # processes at once; 0: one per core

Every case is checked before anything runs. Errors are CaseError, one line per problem.
"""

import itertools
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from chemomech.case import Case, CaseError, Changes, parse_case, read_toml
from chemomech.case.errors import explain
from chemomech.case.keys import split_key, stands_in
from chemomech.case.reading import STUDY_KEYS
from chemomech.case.table import Table, Text
from chemomech.materials import MaterialError
from chemomech.materials.fingerprint import inputs_hash
from chemomech.setup.electrodes import check_case
from chemomech.units.quantity import (
    Area,
    PositiveCurrentDensity,
    PositiveTime,
    PositiveVoltage,
    shown,
)
from chemomech.units.words import counted

LONGEST_LABEL = 80  # bytes after the number of the case


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
    maximum_risk: float | None = Field(
        default=None, gt=0.0, lt=1.0, description="chance of a short within the life on the area"
    )
    life: PositiveTime | None = Field(
        default=None, description="wanted; left out: life.duration of the cases"
    )
    area: Area | None = Field(
        default=None, description="of the electrode; left out: flaw.area of the cases"
    )
    areas_beside: list[Area] = Field(
        default_factory=list, description="for which the window is stated beside"
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

    name: Text = Field(description="title of the study")
    description: str = Field(default="", description="what it asks")
    base: str | None = Field(default=None, description="case file, relative to the study file")
    case: dict[str, Any] | None = Field(default=None, description="the case, inline")
    vary: dict[str, list[Any]] = Field(min_length=1, description="case key -> values")
    window: Window = Field(default_factory=Window)
    run: Run = Field(default_factory=Run)


@dataclass(frozen=True)
class PlannedCase:
    """One case of a study.

    Attributes
    ----------
    label : str
        Name of its folder.
    values : dict
        Dotted path -> the value that it got.
    table : dict
        The case as written, with these values.
    case : Case
        The case, checked.
    hash : str
        Of everything that its result depends on.
    """

    label: str
    values: dict[str, Any]
    table: dict[str, Any]
    case: Case
    hash: str

    @property
    def current_density(self) -> float | None:
        """Current density [A/m2] at which it cycles.

        None where a protocol, a C-rate or no current runs.
        """
        cycles = self.case.swelling is None and self.case.cycle.protocol is None
        given = self.case.cycle.current_density
        return given if cycles and isinstance(given, float) else None


@dataclass(frozen=True)
class Study:
    """A checked study.

    Attributes
    ----------
    file : StudyFile
        Its content as written.
    base_folder : Path
        Where the relative paths of its cases start.
    cases : tuple of PlannedCase
        In the grid's order: the last key of [vary] changes first.
    """

    file: StudyFile
    base_folder: Path
    cases: tuple[PlannedCase, ...]

    def __repr__(self) -> str:
        """Return title, number of cases and how many values each key has."""
        varied = ", ".join(f"{key} ({len(values)})" for key, values in self.file.vary.items())
        return f'<study "{self.file.name}": {counted(len(self.cases), "case")} over {varied}>'


def _label(index: int, values: dict[str, Any]) -> str:
    """Return the folder name of a case: its number and the last part of each varied key."""
    words = [f"{split_key(key)[-1]}={value}" for key, value in values.items()]
    text = "_".join(words).replace(" ", "")
    plain = "".join(c if c.isalnum() or c in "._=-" else "-" for c in text)
    # A file system counts bytes, and a sign may have four.
    return f"{index:03d}_{plain.encode(errors='ignore')[:LONGEST_LABEL].decode(errors='ignore')}"


def load_study(path: str | Path) -> Study:
    """Read a study file, expand its grid and check every case.

    Parameters
    ----------
    path : path
        The study file.

    Raises
    ------
    CaseError
        One line per problem; of a case with its label in front.
    """
    path = Path(path)
    written = read_toml(path)
    if "geometry" in written and not STUDY_KEYS & written.keys():
        raise CaseError(f"{path}: is a case, not a study; run it with: chemomech run {path}")
    try:
        file = StudyFile.model_validate(written)
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
        table = file.case or {}
    for key, values in file.vary.items():
        if not values:
            raise CaseError(f"vary.{key}: the list is empty; give at least one value")
    _check_base(file, table, folder)
    combinations = enumerate(itertools.product(*file.vary.values()))
    planned = tuple(
        _planned(index, dict(zip(file.vary, values, strict=True)), table, folder)
        for index, values in combinations
    )
    _check_wanted_current(file.window.current_density, planned)
    return Study(file, folder, planned)


def _check_base(file: StudyFile, table: dict[str, Any], folder: Path) -> None:
    """Refuse a value of the base that no case uses, because its key varies, and that is wrong."""
    paths = Changes(file.vary, "vary").paths()
    varied = [parts for parts in paths.values() if stands_in(table, parts)]
    keys = tuple(end for parts in varied for end in (f"{'.'.join(parts)}:", f"{'.'.join(parts)}."))
    try:
        check_case(parse_case(table, folder))
    except CaseError as error:
        wrong = [line for line in str(error).splitlines() if line.startswith(keys)]
    except MaterialError as error:
        properties = {parts[-1] for parts in varied if len(parts) > 2}
        wrong = [str(error)] if properties & set(re.findall(r"\w+", str(error))) else []
    else:
        return
    if wrong:
        where = "case" if file.base is None else file.base
        raise CaseError("\n".join(f"{where}: {line}" for line in wrong))


def _planned(
    index: int, values: dict[str, Any], table: dict[str, Any], folder: Path
) -> PlannedCase:
    """Return one checked case of the grid; raises CaseError that begins with its label."""
    own, label = Changes(values, "vary").apply(table), _label(index, values)
    try:
        case = parse_case(own, folder)
        check_case(case)
        return PlannedCase(label, values, own, case, inputs_hash(case))
    except (CaseError, MaterialError) as error:
        raise CaseError(f"case {label}: {error}") from None


def _check_wanted_current(wanted: float | None, planned: tuple[PlannedCase, ...]) -> None:
    """Refuse a wanted current [A/m2] that no case cycles at or that the cases ignore."""
    if wanted is None:
        return
    currents = [each.current_density for each in planned]
    if None in currents:
        raise CaseError(
            "window.current_density: is only for cases that cycle at cycle.current_density; "
            "these have a protocol or a C-rate, or swell; leave it out"
        )
    if not any(has_current(each, wanted) for each in planned):
        given = ", ".join(f"{each:g}" for each in sorted(filter(None, set(currents))))
        raise CaseError(
            f"window.current_density: given {shown(wanted)} A/m^2; the cases have {given}"
        )


def has_current(planned: PlannedCase, wanted: float | None) -> bool:
    """Say whether a planned case cycles at a wanted current density.

    Parameters
    ----------
    planned : PlannedCase
        A case of a study.
    wanted : float or None
        Current density [A/m2], compared to 1e-9 of it; None wants any.
    """
    given = planned.current_density
    return wanted is None or (given is not None and abs(given - wanted) <= 1e-9 * wanted)
