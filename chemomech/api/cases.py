"""Cases: read, made from Python values, meshed, and what may stand in their files."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chemomech.api.stack import stack_needed

if TYPE_CHECKING:
    from chemomech.case import Case
    from chemomech.case.describe import SchemaRow
    from chemomech.door.meshes import Mesh

RECIPES = ("image", "layered_cell", "layered_cell_3d", "layers")  # of which `new_case` has one


def load_case(path: str | Path) -> "Case":
    """Read and check a case file.

    Parameters
    ----------
    path : path
        A TOML file; `describe_schema` lists its keys. Of a study file it is the base case, without
        what [vary] names.

    Raises
    ------
    CaseError
        The file is missing or not TOML, or one line per wrong key.

    Examples
    --------
    >>> import chemomech as cm
    >>> case = cm.load_case("cell.toml")
    >>> case.geometry.recipe, case.stack.pressure
    ('layered_cell', 5000000.0)
    """
    from chemomech.case.reading import case_in
    from chemomech.case.reading import parse_case as parse
    from chemomech.progress import note

    table, folder, of_study = case_in(path)
    case = parse(table, folder)
    if of_study:
        note(f"{path} is a study: this is its base case, [vary] belongs to `chemomech study`")
    return case


def parse_case(table: Mapping[str, Any], base_folder: str | Path = ".") -> "Case":
    """Check a case given as nested tables, as they stand in a case file.

    `Case(**table)` does the same with the working folder as base.

    Parameters
    ----------
    table : mapping
        Section -> keys; quantities are texts with their unit ("5 MPa").
    base_folder : path
        Where the relative paths in the case start.

    Raises
    ------
    CaseError
        One line per wrong key.

    Examples
    --------
    >>> import chemomech as cm
    >>> table = cm.new_case()
    >>> case = cm.parse_case(table).with_values({"stack.pressure": "10 MPa"})
    >>> case.stack.pressure
    10000000.0
    >>> case.with_values({"stack.presure": "10 MPa"})
    Traceback (most recent call last):
    chemomech.case.errors.CaseError: stack.presure: is not a known key; did you mean "pressure"?
    """
    from chemomech.case import parse_case as parse

    return parse(dict(table) if isinstance(table, Mapping) else table, base_folder)


def new_case(path: str | Path | None = None, recipe: str = "layered_cell") -> dict[str, Any]:
    """Return a case to start from, and write it, with comments, where a path is given.

    Parameters
    ----------
    path : path, optional
        Where the TOML file is written, with what it needs beside it; an existing file is refused.
    recipe : str
        What its geometry is: one of chemomech.api.RECIPES.

    Raises
    ------
    CaseError
        There is no such recipe, or the file exists.

    Examples
    --------
    >>> import chemomech as cm
    >>> cm.new_case(recipe="layered_cell")["stack"]
    {'fixture': 'constant_pressure', 'pressure': '5 MPa'}
    """
    from chemomech.door.starters import table_of, write

    return table_of(recipe) if path is None else write(Path(path), recipe)


def build_mesh(case: "Case | str | Path", folder: str | Path | None = None) -> "Mesh":
    """Build the mesh of a case, to measure, draw or save it.

    Parameters
    ----------
    case : Case or path
        The case, or a file of which only the geometry is needed.
    folder : path, optional
        Where mesh.msh is left; without it nothing stays on disk.

    Raises
    ------
    CaseError, GeometryError
        The file is wrong; the geometry cannot be made or meshed.

    Examples
    --------
    >>> import chemomech as cm
    >>> mesh = cm.build_mesh("cell.toml")
    >>> mesh.microstructure.dimension, mesh.measure()["quality"]["slivers"]
    (2, 0)
    """
    from chemomech.case import load_drawing
    from chemomech.door.meshes import build

    with stack_needed():
        known = load_drawing(case) if isinstance(case, str | Path) else case
        check_is_case(known)
        return build(known, folder)


def check_is_case(given: object) -> None:
    """Raise CaseError for what is neither a case nor a drawing."""
    from chemomech.case.errors import CaseError
    from chemomech.case.table import Table
    from chemomech.units.quantity import shown

    if not isinstance(given, Table):
        raise CaseError(
            f"case: given {shown(given)}; give a case file, or what load_case or parse_case returns"
        )


def describe_schema() -> "list[SchemaRow]":
    """Return one row for every key of a case file: its path, unit, default and meaning.

    Examples
    --------
    >>> import chemomech as cm
    >>> {row.key: row.unit for row in cm.describe_schema()}["stack.pressure"]
    'Pa'
    """
    from chemomech.case import describe_schema as describe

    return describe()


def case_schema() -> dict[str, Any]:
    """Return the JSON Schema of a case file, with units, defaults and meanings for an editor.

    Examples
    --------
    >>> import chemomech as cm
    >>> sorted(cm.case_schema()["required"])
    ['geometry', 'interfaces', 'materials', 'name', 'stack']
    """
    from chemomech.case.describe import json_schema
    from chemomech.case.schema import Case

    return json_schema(Case, "chemomech case")


def study_schema() -> dict[str, Any]:
    """Return the JSON Schema of a study file; its [case] is that of `case_schema`.

    Examples
    --------
    >>> import chemomech as cm
    >>> cm.study_schema()["properties"]["case"]["$ref"]
    '#/$defs/Case'
    """
    from chemomech.study.json_schema import study_schema as schema

    return schema()


def file_schema() -> dict[str, Any]:
    """Return one JSON Schema for case files, study files and geometries alone.

    Examples
    --------
    >>> import chemomech as cm
    >>> cm.file_schema()["then"]
    {'$ref': '#/$defs/Study'}
    """
    from chemomech.study.json_schema import file_schema as schema

    return schema()
