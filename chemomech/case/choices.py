"""The entries of [materials] and [interfaces]: which material a region or an interface is made of.

A choice is a name from the library, a path ending in .toml, or a table with a base (one of the
former) and properties that replace those of the base. This module checks the form; what the names
and the properties mean is known to chemomech.materials. An interface key "a|b" names two regions in
any order and is held in alphabetical order; "a|a" is the boundaries between the parts of one
region, its grains.
"""

import hashlib
import math
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, ValidationInfo, WithJsonSchema

from chemomech.case.errors import nearest, problem
from chemomech.units.quantity import in_base_units, shown


def _checked_choice(value: Any) -> Any:
    """Check that a material choice is a name, a path or a table with a base and plain values."""
    if isinstance(value, str):
        if not value.strip():
            raise problem(
                f"given {shown(value)}; write a name from the library or a path ending in .toml"
            )
        return value
    if not isinstance(value, dict):
        raise problem(
            f'given {shown(value)}; write a name, a path ending in .toml or a table with a "base"'
        )
    if not isinstance(value.get("base"), str) or not value["base"].strip():
        raise problem(
            "is required in a table: the name or the path that the table starts from", at="base"
        )
    for name, entry in value.items():
        if not _is_plain(entry):
            expected = "write a text with a unit, a number or a table"
            raise problem(f"given {shown(entry)}; {expected}", at=str(name))
    return value


def _is_plain(value: Any) -> bool:
    """Return whether a value is text, a finite number, or a list or table of those."""
    if isinstance(value, dict):
        return all(isinstance(key, str) and _is_plain(entry) for key, entry in value.items())
    if isinstance(value, list):
        return all(_is_plain(entry) for entry in value)
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, int):
        return not isinstance(value, bool) and abs(value) < 2**63
    return isinstance(value, str)


CHOICE_SCHEMA = {
    "anyOf": [
        {"type": "string", "minLength": 1},
        {"type": "object", "required": ["base"], "properties": {"base": {"type": "string"}}},
    ],
    "description": "a name from the library, a path ending in .toml, or a table with a base",
    "examples": ["Li6PS5Cl", {"base": "Li6PS5Cl", "young_modulus": "25 GPa"}],
}
MaterialChoice = Annotated[
    Any, BeforeValidator(_checked_choice), WithJsonSchema(CHOICE_SCHEMA, mode="validation")
]


def base_folder(info: ValidationInfo) -> Path:
    """Return the folder from which the relative paths of the case start."""
    return Path((info.context or {}).get("base_folder", "."))


def is_file(path: Path) -> bool:
    """Return whether a file exists; a name that the system cannot hold does not."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def check_region_name(name: str) -> None:
    """Refuse a region name that could not stand in an interface key."""
    if not name.strip() or name != name.strip() or "|" in name or not name.isprintable():
        raise problem(
            'is not a region name; write a name without "|" and blanks around it, on one line',
            at=name,
        )


def check_file(choice: Any, name: str, info: ValidationInfo) -> None:
    """Refuse a material choice that is a path to a file that does not exist.

    Parameters
    ----------
    choice : str or dict
        As it stands in the case.
    name : str
        Its key, for the message.
    info : ValidationInfo
        Knows the folder from which a path starts.
    """
    text, at = (choice, name) if isinstance(choice, str) else (choice["base"], f"{name}.base")
    if text.endswith(".toml"):
        path = base_folder(info) / text
        if not is_file(path):
            raise problem(
                f'given {shown(text)}; there is no such file in "{path.parent.absolute()}"', at=at
            )


def sides_of(interface: str) -> tuple[str, str]:
    """Return the regions on the two sides of an interface, "a|b", "a|a" or cracks_in("a")."""
    first, second = interface.split("|")[:2]
    return first, second


def cracks_in(region: str) -> str:
    """Return the name of the interface of all facets inside a region that no other has."""
    return f"{region}|{region}|cracks"


def interface_key(name: str, regions: Iterable[str] | None) -> str:
    """Return "a|b" in alphabetical order, "a|a" for the boundaries between a region's grains.

    Parameters
    ----------
    name : str
        The key as written.
    regions : iterable of str, optional
        Known regions; without them any two names will do.

    Raises
    ------
    PydanticCustomError
        The key does not name two known regions.
    """
    pair = [part.strip() for part in name.split("|")]
    if len(pair) != 2 or not all(pair):
        raise problem('does not name two regions; write for example "active|electrolyte"', at=name)
    for part in pair:
        if regions is not None and part not in regions:
            raise problem(
                f"{shown(part)} is not a region of [materials]; {nearest(part, regions)}", at=name
            )
    return "|".join(sorted(pair))


def file_content(path: Path) -> dict[str, str]:
    """Return a file's name and the hash of its bytes."""
    return {"file": path.name, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}


def canonical_choice(choice: Any, folder: Path) -> Any:
    """Return a material choice in base units, with a file's content in place of its path.

    Parameters
    ----------
    choice : str or dict
        As it stands in the case.
    folder : Path
        Where a relative path starts.
    """
    if isinstance(choice, str):
        return file_content(folder / choice) if choice.endswith(".toml") else choice
    changed = {name: _in_base_units(value) for name, value in choice.items() if name != "base"}
    return {**changed, "base": canonical_choice(choice["base"], folder)}


def _in_base_units(value: Any) -> Any:
    """Write every quantity inside a property override in base units."""
    if isinstance(value, dict):
        return {name: _in_base_units(entry) for name, entry in value.items()}
    if isinstance(value, list):
        return [_in_base_units(entry) for entry in value]
    return in_base_units(value) if isinstance(value, str) else value
