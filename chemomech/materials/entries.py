"""Reads the tables of a material file, or of a case's override, into properties."""

from dataclasses import replace
from typing import Any

from chemomech.case.errors import nearest
from chemomech.materials.properties import KINDS, REFUSED
from chemomech.materials.records import (
    GIVEN_BY_USER,
    PROVENANCE,
    Alternative,
    Property,
    unknown_property,
)
from chemomech.materials.specifications import (
    MaterialError,
    Name,
    Potential,
    Specification,
    Tabulated,
)
from chemomech.units.quantity import shown

VALUE_KEYS = {"value", "stoichiometry", "source", "provenance", "note"}
ALTERNATIVE_KEYS = VALUE_KEYS | {"name"}
ENTRY_KEYS = VALUE_KEYS | {"standard_deviation", "alternatives"}
# Words of older files.
OLD_KEY = "sureness"
OLD_PROVENANCE = {"paper": "primary source", "digest": "secondary source"}


def read_properties(
    table: dict[str, Any], kind: str, owner: str, by_user: bool = False
) -> dict[str, Property]:
    """Read all property tables of a file or of an override.

    Parameters
    ----------
    table : dict
        Table of each property by its name; in an override a bare value is a table's `value`.
    kind : str
        "bulk" or "interface".
    owner : str
        File or material, for messages.
    by_user : bool
        Whether it is a case that gives the values, which then need neither source nor provenance.

    Returns
    -------
    dict of str to Property
        Properties by name, in the table's order.

    Raises
    ------
    MaterialError
        For the first property that is unknown, refused or wrong.
    """
    found: dict[str, Property] = {}
    for name, entry in table.items():
        if name in REFUSED[kind]:
            raise MaterialError(f"{owner}: {name}: no model can use it; {REFUSED[kind][name]}")
        if name not in KINDS[kind]:
            raise unknown_property(name, kind, owner)
        if by_user and not isinstance(entry, dict):
            entry = {"value": entry}
        if not isinstance(entry, dict):
            expected = "write a table with value, source and provenance"
            raise MaterialError(f'{owner}: "{name}" = {shown(entry)}; {expected}')
        try:
            found[name] = _property(name, entry, KINDS[kind][name], by_user)
        except ValueError as error:
            raise MaterialError(f"{owner}: {name}: {error}") from None
    return found


def read_text(entry: dict[str, Any], key: str, default: str | None) -> str:
    """Return a text of a table; raise ValueError when it is required and missing, or no text.

    Parameters
    ----------
    entry : dict
        The table.
    key : str
        Where the text stands in it.
    default : str or None
        What stands for a missing text; None: it is required.
    """
    value = entry.get(key, default)
    if not isinstance(value, str) or (default is None and not value.strip()):
        raise ValueError(f"{key} = {shown(value)}: write a text in quotes")
    return value


def _property(
    name: str, entry: dict[str, Any], specification: Specification, by_user: bool
) -> Property:
    """Read one property's table; raise ValueError that says what is wrong with it."""
    _refuse_unknown(entry, ENTRY_KEYS)
    raw = _raw_value(entry, specification)
    value = specification.read(raw)
    deviation = None
    if "standard_deviation" in entry:
        if isinstance(specification, Name | Tabulated | Potential):
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
        source=read_text(entry, "source", "the case file" if by_user else None),
        provenance=_provenance(entry, GIVEN_BY_USER if by_user else None),
        standard_deviation=deviation,
        standard_deviation_text=_as_written(entry.get("standard_deviation", "")),
        note=read_text(entry, "note", ""),
        alternatives=tuple(_alternative(each, specification) for each in alternatives),
    )


def _alternative(entry: Any, specification: Specification) -> Alternative:
    """Read what another source gives."""
    if not isinstance(entry, dict):
        raise ValueError(f"alternatives: {shown(entry)} is not a table")
    _refuse_unknown(entry, ALTERNATIVE_KEYS)
    raw = _raw_value(entry, specification)
    value = specification.read(raw)
    source, provenance = read_text(entry, "source", None), _provenance(entry, None)
    note, name = read_text(entry, "note", ""), read_text(entry, "name", "")
    return Alternative(value, _as_written(raw), source, provenance, note, name)


def _raw_value(entry: dict[str, Any], specification: Specification) -> Any:
    """Return what stands for the value: the entry itself for a curve, else its `value`."""
    tabulated = isinstance(specification, Potential) and "stoichiometry" in entry
    if tabulated or isinstance(specification, Tabulated):
        return {name: entry[name] for name in ("stoichiometry", "value") if name in entry}
    if "stoichiometry" in entry:
        if isinstance(specification, Name):
            raise ValueError(f"a table of one's own is not read yet; write {specification.meaning}")
        raise ValueError("is a single value; remove the key stoichiometry")
    if "value" not in entry:
        raise ValueError("has no value; write value = ...")
    return entry["value"]


def _provenance(entry: dict[str, Any], default: str | None) -> str:
    """Return where a value was seen; an estimate must say why in its note."""
    provenance = read_text(entry, "provenance", default)
    if provenance in OLD_PROVENANCE:
        now = OLD_PROVENANCE[provenance]
        raise ValueError(f'provenance {shown(provenance)} has another name now; write "{now}"')
    if provenance not in (*PROVENANCE, GIVEN_BY_USER):
        raise ValueError(
            f"provenance {shown(provenance)} is unknown; write one of {', '.join(PROVENANCE)}"
        )
    if provenance == "estimate" and not str(entry.get("note", "")).strip():
        raise ValueError("is an estimate; say in its note why this order of magnitude")
    return provenance


def _refuse_unknown(entry: dict[str, Any], known: set[str]) -> None:
    """Raise ValueError for the first key that is not known."""
    for key in entry:
        if key == OLD_KEY:
            raise ValueError(
                f'"{OLD_KEY}" has another name now; write provenance = "primary source" for '
                '"paper", "secondary source" for "digest", "estimate" and "user" as before'
            )
        if key not in known:
            raise ValueError(f"{shown(str(key))} is not a known key; {nearest(str(key), known)}")


def _as_written(value: Any) -> str:
    """Return the text of a value as it stands in the file."""
    if isinstance(value, dict):
        pairs = zip(value["stoichiometry"], value["value"], strict=True)
        return ", ".join(f"{_as_written(ordinate)} at {abscissa:g}" for abscissa, ordinate in pairs)
    return value if isinstance(value, str) else f"{value:g}"
