"""Cases from files and tables, and a table of all their keys."""

from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError, create_model

from chemomech.case.describe import SchemaRow, describe_model
from chemomech.case.errors import explain, read_toml
from chemomech.case.schema import Case
from chemomech.case.table import Table, Text

# A case of which only the geometry is known: what a mesh needs.
Drawing = create_model(
    "Drawing",
    __base__=Table,
    name=(Text, Field(default="mesh", description="title of the case")),
    geometry=(Case.__annotations__["geometry"], Case.model_fields["geometry"]),
)


def parse_case(table: Any, base_folder: str | Path = ".") -> Case:
    """Check a case given as nested tables, as read from TOML, and return it.

    Parameters
    ----------
    table : dict
        Section -> keys.
    base_folder : path
        Where the relative paths in it start.

    Raises
    ------
    CaseError
        One line per problem.
    """
    return Case.from_table(table, base_folder)


def load_drawing(path: str | Path) -> Any:
    """Read and check a case file of which only the geometry is needed.

    Returns
    -------
    Case or Drawing
        A Drawing, name and geometry, when the file has no other section.

    Raises
    ------
    CaseError
        As `load_case` does.
    """
    table = read_toml(path)
    if set(table) - {"name", "geometry"}:
        return parse_case(table, Path(path).parent)
    try:
        return Drawing.model_validate(table, context={"base_folder": Path(path).parent})
    except ValidationError as failure:
        raise explain(failure, Drawing) from None


def load_case(path: str | Path) -> Case:
    """Read and check a case file.

    Raises
    ------
    CaseError
        The file is missing or not TOML (with its line), or one line per wrong key.
    """
    return parse_case(read_toml(path), Path(path).parent)


def describe_schema() -> list[SchemaRow]:
    """Return one row (key, unit, default, meaning) for every key of a case file."""
    return list(describe_model(Case))
