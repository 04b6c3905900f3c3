"""What is known of materials, and of the stack on this machine."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chemomech.door.doctor import Finding
    from chemomech.materials import Material, PropertyRow


def load_material(name: str | Mapping[str, Any], base_folder: str | Path = ".") -> "Material":
    """Return a material or an interface material of the library, its values in SI.

    Parameters
    ----------
    name : str or mapping
        A name of the library, a path ending in .toml, or a table with a base and values of one's
        own.
    base_folder : path
        Where a relative path starts.

    Raises
    ------
    MaterialError
        There is no such material, or a value of it is wrong.

    Examples
    --------
    >>> import chemomech as cm
    >>> cm.load_material("Li6PS5Cl").kind
    'bulk'
    >>> cm.load_material("Li6PS5Cl").properties["ionic_conductivity"].unit
    'S/m'
    """
    from chemomech.materials import load_material as load

    return load(name if isinstance(name, str) else dict(name), Path(base_folder))


def list_materials() -> list[str]:
    """Return the names of the material library, interface materials included.

    Examples
    --------
    >>> import chemomech as cm
    >>> "Li6PS5Cl" in cm.list_materials()
    True
    """
    from chemomech.materials import list_materials as names

    return list(names())


def describe_material(name: str) -> "list[PropertyRow]":
    """Return one row per property of a material, as text: value, source, how sure, note.

    Parameters
    ----------
    name : str
        A name of the library.

    Examples
    --------
    >>> import chemomech as cm
    >>> rows = {row.property: row for row in cm.describe_material("Li6PS5Cl")}
    >>> rows["young_modulus"].value
    '22.1 GPa'
    """
    from chemomech.materials import describe_material as describe

    return list(describe(name))


def doctor() -> "list[Finding]":
    """Return what a run would use - versions and places of the stack - and what is missing.

    Examples
    --------
    >>> import chemomech as cm
    >>> [each.name for each in cm.doctor()][:2]
    ['chemomech', 'Python']
    """
    from chemomech.door.doctor import examine

    return examine()
