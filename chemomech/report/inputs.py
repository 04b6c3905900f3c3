"""Every property of every material of a study, with its source and whether a run read it.

What a run read of its materials stands in its result (`read`). The values are read again by the
names, or from the files, in the cases' own case.toml.
"""

import itertools
import json
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from chemomech.case.choices import cracks_in
from chemomech.case.flaws import OPEN_CRACK
from chemomech.materials import Material, MaterialError, Property, load_material
from chemomech.report.axes import pretty_unit
from chemomech.report.results import CaseResult

PROVENANCE_WORDS = {
    "primary source": "primary source",
    "secondary source": "secondary source †",
    "estimate": "estimate",
    "user": "case file",
}


@dataclass(frozen=True)
class InputRow:
    """One property of one material.

    Attributes
    ----------
    owner : str
        Name of the material and where it stands.
    name : str
        The property, in words.
    value : str
        Value as written.
    provenance : str
        How its source was read, a key of PROVENANCE_WORDS.
    source : str
        Where it comes from.
    note : str
        What else is to be known of it.
    taken : bool or None
        Whether a run read the value; None: no result says.
    """

    owner: str
    name: str
    value: str
    provenance: str
    source: str
    note: str
    taken: bool | None


@dataclass(frozen=True)
class Inputs:
    """The material values of a study.

    Attributes
    ----------
    rows : tuple of InputRow
        The values, in the materials' order.
    problems : tuple of str
        Materials that could not be read again.
    unrecorded : int
        Number of results that do not say what they read: those of older versions.
    """

    rows: tuple[InputRow, ...]
    problems: tuple[str, ...]
    unrecorded: int = 0

    @property
    def groups(self) -> list[tuple[str, list[InputRow]]]:
        """The rows of each owner, in order."""
        by_owner = itertools.groupby(self.rows, lambda row: row.owner)
        return [(owner, list(rows)) for owner, rows in by_owner]

    def takes(self, name: str) -> bool:
        """Return whether a run read a property of this name, as far as results say."""
        return any(row.taken is not False and row.name == name for row in self.rows)

    def count(self, provenance: str | None = None) -> int:
        """Return the number of values that were read, all or those of one provenance."""
        return sum(bool(row.taken) and provenance in (None, row.provenance) for row in self.rows)


def study_inputs(results: Any) -> Inputs:
    """Return the inputs of all finished cases of a study, every value once."""
    table = _Table()
    for case in results.finished:
        table.add(case)
    return Inputs(tuple(table.rows()), tuple(table.problems), table.unrecorded)


def case_choices(case: CaseResult) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the material choices of a case by region and by interface.

    They are those of its case.toml, or of its result where there is no such file.
    """
    path = case.file("case.toml")
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8")) if path else case.result["case"]
        return table["materials"], _interfaces(table)
    except (ValueError, KeyError):
        return case.result["case"]["materials"], _interfaces(case.result["case"])


def _interfaces(table: dict[str, Any]) -> dict[str, Any]:
    """Return the choices of interfaces, of cracks and of meshed flaws, by the interface's name."""
    named = {_key(name): choice for name, choice in table["interfaces"].items()}
    cracks = {cracks_in(region): choice for region, choice in table.get("cracks", {}).items()}
    flaws = {}
    for each in table.get("meshed_flaws", ()):
        stiffness = each.get("contact_stiffness")
        if isinstance(stiffness, float):  # of a result, in SI units
            stiffness = f"{stiffness!r} Pa/m"
        given = {} if stiffness is None else {"contact_stiffness": stiffness}
        flaws[f"{each['region']}|{each['region']}|{each['name']}"] = OPEN_CRACK | given
    return named | cracks | flaws


def _key(name: str) -> str:
    """Return an interface's name as results write it: its two regions in alphabetical order."""
    return "|".join(sorted(part.strip() for part in name.split("|")))


class _Table:
    """Values of the cases added so far, each once, and whether any of them was read."""

    def __init__(self) -> None:
        """Begin without a value."""
        self.values: dict[tuple[str, str, str, str], tuple[Property, bool | None]] = {}
        self.owners: dict[str, dict[str, None]] = {}
        self.problems: dict[str, None] = {}
        self.seen: set[str] = set()
        self.unrecorded = 0

    def add(self, case: CaseResult) -> None:
        """Take the values of a finished case."""
        choices, read = case_choices(case), case.result.get("read")
        self.unrecorded += read is None
        text = json.dumps([choices, read], sort_keys=True, default=str)
        if text in self.seen:
            return
        self.seen.add(text)
        for part, kind in zip(choices, ("bulk", "interfaces"), strict=True):
            for place, choice in part.items():
                try:
                    material = load_material(choice, case.folder)
                except MaterialError as error:
                    self.problems[f"{place}: {error}"] = None
                    continue
                self._note(place, material, None if read is None else read[kind].get(place, ()))

    def _note(self, place: str, material: Material, read: Iterable[str] | None) -> None:
        """Take the values of a material at a place; read: names that were read of it there."""
        self.owners.setdefault(material.name, {})[place] = None
        for name, entry in material.properties.items():
            key = (material.name, name, entry.text, entry.source)
            before = self.values.get(key, (entry, None))[1]
            now = None if read is None else name in read
            self.values[key] = entry, before if now is None else bool(before) or now

    def rows(self) -> Iterator[InputRow]:
        """Yield the rows, grouped by material."""
        for material, places in self.owners.items():
            owner = f"{material} ({', '.join(places)})"
            for (name_of, name, text, source), (entry, taken) in self.values.items():
                if name_of != material:
                    continue
                deviation = entry.standard_deviation_text
                value = pretty_unit(f"{text} ± {deviation}" if deviation else text)
                yield InputRow(
                    owner,
                    name.replace("_", " "),
                    value,
                    entry.provenance,
                    source,
                    entry.note,
                    taken,
                )
