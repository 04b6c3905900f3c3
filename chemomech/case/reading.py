"""Cases from files and tables, and a table of all their keys."""

from pathlib import Path
from typing import Any, Self

from pydantic import (
    Field,
    PrivateAttr,
    ValidationError,
    ValidationInfo,
    create_model,
    field_validator,
    model_validator,
)

from chemomech.case.choices import MaterialChoice, base_folder, check_file, check_region_name
from chemomech.case.describe import SchemaRow, describe_model
from chemomech.case.errors import CaseError, explain, read_toml
from chemomech.case.keys import Changes, split_key, stands_in
from chemomech.case.schema import Case
from chemomech.case.table import Table, Text

# What a study file has at its top and a case file does not.
STUDY_KEYS = {"vary", "case", "base", "window", "run"}
# What a mesh and its measures need of a case.
DRAWING_KEYS = {"name", "geometry", "materials"}


class Materials(Table):
    """The materials of a drawing, which need not be those of all its regions."""

    materials: dict[str, MaterialChoice] | None = Field(
        default=None, description="region -> material, for the measures of conduction"
    )
    _base_folder: Path = PrivateAttr(default_factory=Path)

    @property
    def base_folder(self) -> Path:
        """Folder of the file, from which its relative paths start."""
        return self._base_folder

    @field_validator("materials")
    @classmethod
    def _named(cls, value: dict[str, Any] | None, info: ValidationInfo) -> dict[str, Any] | None:
        for name, choice in (value or {}).items():
            check_region_name(name)
            check_file(choice, name, info)
        return value

    @model_validator(mode="after")
    def _keep_folder(self, info: ValidationInfo) -> Self:
        """Keep the folder from which relative paths start."""
        self._base_folder = base_folder(info)
        return self


Drawing = create_model(
    "Drawing",
    __base__=Materials,
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
        A Drawing - geometry, name and materials - when the file has no other section.

    Raises
    ------
    CaseError
        As `load_case` does.
    """
    table, folder, of_study = case_in(path)
    if of_study or set(table) - DRAWING_KEYS:
        return parse_case(table, folder)
    try:
        return Drawing.model_validate(table, context={"base_folder": folder})
    except ValidationError as failure:
        raise explain(failure, Drawing) from None


def case_in(path: str | Path) -> tuple[dict[str, Any], Path, bool]:
    """Read the case of a file: all of it, or the base case of a study.

    Keys of [vary] that the base needs and does not have get the first of their values.

    Returns
    -------
    table : dict
        Section -> keys, not checked yet.
    folder : Path
        Where the relative paths of the case start.
    of_study : bool
        Whether the file is a study.

    Raises
    ------
    CaseError
        A file is missing or not TOML, or a study has no case.
    """
    table, folder = read_toml(path), Path(path).parent
    if "geometry" not in table and "kind" in table:
        raise CaseError(f"{path}: is a material; a case names it under [materials] or [interfaces]")
    if "geometry" in table or not STUDY_KEYS & table.keys():
        return table, folder, False
    found, base = table.get("case"), table.get("base")
    if found is None and isinstance(base, str):
        found, folder = read_toml(folder / base), (folder / base).parent
    if not isinstance(found, dict):
        raise CaseError(
            f'{path}: is a study without a case; give base = "case.toml" or the case under [case]'
        )
    try:
        parse_case(found, folder)
    except CaseError:
        vary = table.get("vary")
        first = {
            key: values[0]
            for key, values in (vary.items() if isinstance(vary, dict) else ())
            if isinstance(values, list) and values and not stands_in(found, split_key(key, key))
        }
        found = Changes(first, "vary").apply(found)
    return found, folder, True


def load_case(path: str | Path) -> Case:
    """Read and check a case file; of a study file the base case.

    Raises
    ------
    CaseError
        The file is missing or not TOML (with its line), or one line per wrong key.
    """
    table, folder, _ = case_in(path)
    return parse_case(table, folder)


def describe_schema() -> list[SchemaRow]:
    """Return one row (key, unit, default, meaning) for every key of a case file."""
    return list(describe_model(Case))
