"""Reads material files: the library's and the user's, and the overrides of a case.

A file has `name`, `description`, `kind` and one table per property: `value` as written with its
unit, `source`, `provenance` and, where known, `standard_deviation`, `note` and `alternatives`
(values that other sources give). Provenance: a "primary source" was seen itself, a "secondary
source" is a text about it, an "estimate" is this library's own and its note says why. A value that
a case overrides has the provenance "user".
"""

from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from chemomech.case.errors import CaseError, nearest, parse_toml, read_bytes, read_toml
from chemomech.materials.entries import read_properties, read_text
from chemomech.materials.properties import KINDS, PAIRS
from chemomech.materials.records import Material
from chemomech.materials.specifications import MaterialError
from chemomech.units.quantity import shown

FOLDERS = tuple(Path(__file__).parent / name for name in ("library", "interfaces"))


class PropertyRow(NamedTuple):
    """One property as the command line prints it.

    Attributes
    ----------
    property : str
        Name of the property.
    value : str
        Value as written, with its spread where known.
    source : str
        Where it comes from.
    provenance : str
        How that source was read.
    note : str
        What else is to be known of it.
    alternatives : tuple of str
        What other sources give, one text each.
    """

    property: str
    value: str
    source: str
    provenance: str
    note: str
    alternatives: tuple[str, ...]


def load_material(
    choice: Any, base_folder: str | Path | None = None, kind: str | None = None
) -> Material:
    """Return the material that a case's choice means.

    >>> load_material("Li6PS5Cl").ionic_conductivity  # S/m
    0.16
    >>> load_material({"base": "Li6PS5Cl", "ionic_conductivity": "3 mS/cm"}).ionic_conductivity
    0.3
    >>> load_material({"base": "lithium", "alternatives": "Roy 2021"}).creep_exponent
    5.0

    Parameters
    ----------
    choice : str or dict
        A name of the library, a path ending in .toml, or a table
        {base = ..., property = value, ...} of another choice with other values; under
        `alternatives` the name of what another source gives, or a list of such names.
    base_folder : path, optional
        Where relative paths start: the folder of the case file.
    kind : str, optional
        "bulk" or "interface" when only one of them makes sense.

    Returns
    -------
    Material
        A new one at every call: what is read of it is its own.

    Raises
    ------
    MaterialError
        For an unknown name (with the nearest ones), property, value or kind.
    """
    if isinstance(choice, dict) and "base" in choice:
        base = load_material(choice["base"], base_folder, kind)
        base = _with_alternatives(base, choice.get("alternatives", []))
        overrides = {
            key: entry for key, entry in choice.items() if key not in ("base", "alternatives")
        }
        changed = read_properties(overrides, base.kind, base.name, by_user=True)
        return _check_together(replace(base, properties={**base.properties, **changed}))
    if not isinstance(choice, str):
        expected = "write a name, a path ending in .toml or a table with a base"
        raise MaterialError(f"{shown(choice)} is not a material; {expected}")
    if choice.endswith(".toml"):
        material = read_material(Path(base_folder or ".") / choice)
    elif choice in library():
        material = read_material(library()[choice])
    else:
        raise MaterialError(f"{shown(choice)} is not in the library; {nearest(choice, library())}")
    if kind is not None and material.kind != kind:
        raise MaterialError(
            f'"{choice}" is of the kind "{material.kind}"; a "{kind}" is needed here'
        )
    return material


def read_material(file: Path) -> Material:
    """Read a material file; raise MaterialError naming file, property and what is accepted."""
    try:
        # What comes with the package stays as it is.
        content = _library_bytes(file) if file.parent in FOLDERS else read_bytes(file)
        read = _material_in(file, content)
    except CaseError as error:
        raise MaterialError(str(error)) from None
    return Material(read.name, read.kind, read.description, dict(read.properties))


@lru_cache(maxsize=256)
def _library_bytes(file: Path) -> bytes:
    """Return the content of a file of the library."""
    return read_bytes(file)


@lru_cache(maxsize=256)
def _material_in(file: Path, content: bytes) -> Material:
    """Return the material that a file of this content gives.

    A study reads the same few files for every case: each content is taken apart once.
    """
    table = parse_toml(content, file)
    header: dict[str, str] = {}
    for key in ("name", "description", "kind"):
        try:
            header[key] = read_text(table, key, None)
        except ValueError as error:
            raise MaterialError(f"{file}: {error}") from None
    if header["kind"] not in KINDS:
        raise MaterialError(f'{file}: kind = {shown(header["kind"])}; write "bulk" or "interface"')
    entries = {key: entry for key, entry in table.items() if key not in header}
    properties = read_properties(entries, header["kind"], str(file))
    material = Material(header["name"], header["kind"], header["description"], properties)
    return _check_together(material)


def read_table(file: Path) -> dict[str, Any]:
    """Return a TOML file's content; raise MaterialError when it cannot be read."""
    try:
        return read_toml(file)
    except CaseError as error:
        raise MaterialError(str(error)) from None


@lru_cache(maxsize=1)
def library() -> dict[str, Path]:
    """Return the library's files by the name a user writes."""
    files = sorted(file for folder in FOLDERS for file in folder.glob("*.toml"))
    return {str(read_table(file)["name"]): file for file in files}


def list_materials() -> list[str]:
    """Return the names of the library's materials and interfaces, in alphabetical order."""
    return sorted(library(), key=str.casefold)


def describe_material(name: str) -> list[PropertyRow]:
    """Return one row per property of a material of the library."""
    rows = []
    for each in load_material(name).properties.values():
        spread = f" +- {each.standard_deviation_text}" if each.standard_deviation_text else ""
        others = tuple(
            f"{other.text} ({other.source}, {other.provenance}"
            + (f'; alternatives = "{other.name}")' if other.name else ")")
            for other in each.alternatives
        )
        rows.append(
            PropertyRow(
                each.name, each.text + spread, each.source, each.provenance, each.note, others
            )
        )
    return rows


def _with_alternatives(material: Material, names: Any) -> Material:
    """Return a material with the values of its alternatives of these names, each with its source.

    Raises
    ------
    MaterialError
        For a name that none of its alternatives has; the message lists those that it has.
    """
    listed = [names] if isinstance(names, str) else names
    if not isinstance(listed, list):
        raise MaterialError(
            f"{material.name}: alternatives = {shown(names)}; write a name or a list of names"
        )
    properties = dict(material.properties)
    for name in listed:
        chosen = {
            each.name: other
            for each in properties.values()
            for other in each.alternatives
            if other.name and other.name == name
        }
        if not chosen:
            known = {o.name for p in properties.values() for o in p.alternatives if o.name}
            hint = nearest(str(name), known) if known else "it has none with a name"
            raise MaterialError(f"{material.name}: alternatives: {shown(name)} is unknown; {hint}")
        for key, other in chosen.items():
            properties[key] = replace(
                properties[key],
                value=other.value,
                text=other.text,
                source=other.source,
                provenance=other.provenance,
                note=other.note,
                standard_deviation=None,
                standard_deviation_text="",
            )
    return replace(material, properties=properties)


def _check_together(material: Material) -> Material:
    """Raise MaterialError when a range is upside down, or half of a pair is missing."""
    ends = [material.properties.get(f"stoichiometry_{end}") for end in ("minimum", "maximum")]
    low, high = (None if end is None else float(str(end.value)) for end in ends)
    if low is not None and high is not None and not low < high:
        raise MaterialError(
            f"{material.name}: stoichiometry_minimum must be less than stoichiometry_maximum"
        )
    for pair in PAIRS:
        given = [name for name in pair if name in material.properties]
        if len(given) == 1:
            (missing,) = set(pair) - set(given)
            unit = KINDS[material.kind][missing].unit
            raise MaterialError(
                f"{material.name}: {given[0]} needs {missing} beside it; give {missing} in {unit}, "
                "or leave out both"
            )
    return material
