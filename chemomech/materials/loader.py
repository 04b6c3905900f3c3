"""Reads material files: the library's and the user's, and the overrides of a case.

A file has `name`, `description`, `kind` and one table per property: `value` as written with its unit,
`source`, `sureness` and, where known, `standard_deviation`, `note` and `alternatives` (values that other
sources give). Sureness: "paper" was seen in the source, "digest" in a text about it, "estimate" is ours
and its note says why. A value overridden in a case file has the sureness "user".
"""

import tomllib
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from chemomech.case.errors import nearest
from chemomech.materials.properties import (
    GIVEN_BY_USER,
    KINDS,
    PAIRS,
    PROVENANCE,
    MaterialError,
    Name,
    Specification,
    Tabulated,
)
from chemomech.materials.records import Alternative, Material, Property, unknown_property
from chemomech.units.quantity import shown

FOLDERS = tuple(Path(__file__).parent / name for name in ("library", "interfaces"))
ENTRY_KEYS = {
    "value",
    "stoichiometry",
    "source",
    "sureness",
    "standard_deviation",
    "note",
    "alternatives",
}


class PropertyRow(NamedTuple):
    """One property as the command line prints it; every field is text, alternatives one text each."""

    property: str
    value: str
    source: str
    provenance: str
    note: str
    alternatives: tuple[str, ...]


def _as_written(value: Any) -> str:
    """Return the text of a value as it stands in the file."""
    if isinstance(value, dict):
        pairs = zip(value["stoichiometry"], value["value"], strict=True)
        return ", ".join(f"{ordinate:g} at {abscissa:g}" for abscissa, ordinate in pairs)
    return value if isinstance(value, str) else f"{value:g}"


def _raw_value(entry: dict[str, Any], specification: Specification) -> Any:
    """Return what stands for the value: the entry itself for a curve, else its `value`."""
    if isinstance(specification, Tabulated):
        return {name: entry[name] for name in ("stoichiometry", "value") if name in entry}
    if "value" not in entry:
        raise ValueError("has no value; write value = ...")
    if "stoichiometry" in entry:
        raise ValueError("is a single value; remove the key stoichiometry")
    return entry["value"]


def _text(entry: dict[str, Any], key: str, default: str | None) -> str:
    """Return a text of an entry; raise ValueError when it is required and missing, or not a text."""
    value = entry.get(key, default)
    if not isinstance(value, str) or (default is None and not value.strip()):
        raise ValueError(f"{key} = {shown(value)}: write a text in quotes")
    return value


def _provenance(entry: dict[str, Any], default: str | None) -> str:
    """Return how sure a value is; an estimate must say why in its note."""
    provenance = _text(entry, "sureness", default)
    if provenance not in (*PROVENANCE, GIVEN_BY_USER):
        raise ValueError(
            f"sureness {shown(provenance)} is unknown; write one of {', '.join(PROVENANCE)}"
        )
    if provenance == "estimate" and not str(entry.get("note", "")).strip():
        raise ValueError("is an estimate; say in its note why this order of magnitude")
    return provenance


def _alternative(entry: Any, specification: Specification) -> Alternative:
    """Read what another source gives."""
    if not isinstance(entry, dict):
        raise ValueError(f"alternative {shown(entry)} is not a table")
    _refuse_unknown(entry, ENTRY_KEYS - {"alternatives", "standard_deviation"})
    raw = _raw_value(entry, specification)
    value = specification.read(raw)
    source, provenance = _text(entry, "source", None), _provenance(entry, None)
    return Alternative(value, _as_written(raw), source, provenance, _text(entry, "note", ""))


def _refuse_unknown(entry: dict[str, Any], known: set[str]) -> None:
    """Raise ValueError for the first key that is not known."""
    for key in entry:
        if key not in known:
            raise ValueError(f'"{key}" is not a known key; {nearest(str(key), known)}')


def _property(
    name: str, entry: dict[str, Any], specification: Specification, by_user: bool
) -> Property:
    """Read one property's table; raise ValueError that says what is wrong with it."""
    _refuse_unknown(entry, ENTRY_KEYS)
    raw = _raw_value(entry, specification)
    value = specification.read(raw)
    deviation = None
    if "standard_deviation" in entry:
        if isinstance(specification, Name | Tabulated):
            raise ValueError("cannot have a standard_deviation")
        anything_positive = replace(specification, low=0.0, high=float("inf"), closed=False)
        deviation = anything_positive.read(entry["standard_deviation"])
    alternatives = entry.get("alternatives", [])
    if not isinstance(alternatives, list):
        raise ValueError("alternatives is not a list of tables")
    return Property(
        name=name,
        value=value,
        text=_as_written(raw),
        unit=specification.unit,
        source=_text(entry, "source", "the case file" if by_user else None),
        provenance=_provenance(entry, GIVEN_BY_USER if by_user else None),
        standard_deviation=deviation,
        standard_deviation_text=_as_written(entry.get("standard_deviation", "")),
        note=_text(entry, "note", ""),
        alternatives=tuple(_alternative(each, specification) for each in alternatives),
    )


def _properties(
    table: dict[str, Any], kind: str, owner: str, by_user: bool = False
) -> dict[str, Property]:
    """Read all property tables of a file or of an override (where a bare value is a table's `value`)."""
    found: dict[str, Property] = {}
    for name, entry in table.items():
        if name not in KINDS[kind]:
            raise unknown_property(name, kind, owner)
        if by_user and not isinstance(entry, dict):
            entry = {"value": entry}
        if not isinstance(entry, dict):
            expected = "write a table with value, source and sureness"
            raise MaterialError(f'{owner}: "{name}" = {shown(entry)}; {expected}')
        try:
            found[name] = _property(name, entry, KINDS[kind][name], by_user)
        except ValueError as error:
            raise MaterialError(f"{owner}: {name}: {error}") from None
    return found


def _check_together(material: Material) -> Material:
    """Raise MaterialError when the stoichiometry's ends are in the wrong order, or half of a pair is missing."""
    low, high = (material.properties.get(f"stoichiometry_{end}") for end in ("minimum", "maximum"))
    if low is not None and high is not None and not float(str(low.value)) < float(str(high.value)):
        raise MaterialError(
            f"{material.name}: stoichiometry_minimum must be less than stoichiometry_maximum"
        )
    for pair in PAIRS:
        given = [name for name in pair if name in material.properties]
        if len(given) == 1:
            (missing,) = set(pair) - set(given)
            unit = KINDS[material.kind][missing].unit
            raise MaterialError(
                f"{material.name}: {given[0]} needs {missing} beside it; give {missing} in {unit}, or leave out both"
            )
    return material


def read_table(file: Path) -> dict[str, Any]:
    """Return a TOML file's content; raise MaterialError when it cannot be read."""
    try:
        return tomllib.loads(file.read_bytes().decode("utf-8"))
    except OSError as error:
        raise MaterialError(f"{file}: cannot be read: {error.strerror or error}") from None
    except (ValueError, RecursionError) as error:
        raise MaterialError(f"{file}: is not valid TOML: {error}") from None


def read_material(file: Path) -> Material:
    """Read a material file.

    Raises MaterialError naming the file, the property and what is accepted.
    """
    table = read_table(file)
    header: dict[str, str] = {}
    for key in ("name", "description", "kind"):
        try:
            header[key] = _text(table, key, None)
        except ValueError as error:
            raise MaterialError(f"{file}: {error}") from None
    if header["kind"] not in KINDS:
        raise MaterialError(f'{file}: kind = {shown(header["kind"])}; write "bulk" or "interface"')
    entries = {key: entry for key, entry in table.items() if key not in header}
    properties = _properties(entries, header["kind"], str(file))
    return _check_together(Material(properties=properties, **header))


@lru_cache(maxsize=1)
def library() -> dict[str, Path]:
    """Return the library's files by the name a user writes."""
    files = sorted(file for folder in FOLDERS for file in folder.glob("*.toml"))
    return {str(read_table(file)["name"]): file for file in files}


def load_material(
    choice: Any, base_folder: str | Path | None = None, kind: str | None = None
) -> Material:
    """Return the material that a case's choice means.

    choice: a library name, a path ending in .toml, or a table {base = ..., property = value, ...}.
    base_folder: where relative paths start (the case file's folder).
    kind: "bulk" or "interface" when only one of them makes sense.
    Raises MaterialError for an unknown name (with the nearest ones), property, value or kind.
    """
    if isinstance(choice, dict) and "base" in choice:
        base = load_material(choice["base"], base_folder, kind)
        overrides = {key: entry for key, entry in choice.items() if key != "base"}
        changed = _properties(overrides, base.kind, base.name, by_user=True)
        return _check_together(replace(base, properties={**base.properties, **changed}))
    if not isinstance(choice, str):
        expected = "write a name, a path ending in .toml or a table with a base"
        raise MaterialError(f"{shown(choice)} is not a material; {expected}")
    if choice.endswith(".toml"):
        material = read_material(Path(base_folder or ".") / choice)
    elif choice in library():
        material = read_material(library()[choice])
    else:
        raise MaterialError(f'"{choice}" is not in the library; {nearest(choice, library())}')
    if kind is not None and material.kind != kind:
        raise MaterialError(
            f'"{choice}" is of the kind "{material.kind}"; a "{kind}" is needed here'
        )
    return material


def list_materials() -> list[str]:
    """Return the names of the library's materials and interfaces, in alphabetical order."""
    return sorted(library(), key=str.casefold)


def describe_material(name: str) -> list[PropertyRow]:
    """Return one row per property of a material: value as written, source, sureness, note, alternatives."""
    rows = []
    for each in load_material(name).properties.values():
        spread = f" +- {each.standard_deviation_text}" if each.standard_deviation_text else ""
        others = tuple(
            f"{other.text} ({other.source}, {other.provenance})" for other in each.alternatives
        )
        rows.append(
            PropertyRow(
                each.name, each.text + spread, each.source, each.provenance, each.note, others
            )
        )
    return rows
