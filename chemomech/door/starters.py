"""Cases to start from: one commented file per recipe, small enough to run while one reads it."""

from pathlib import Path
from typing import Any

from chemomech.case import CaseError, read_toml
from chemomech.case.errors import nearest
from chemomech.files import copy_file

FOLDER = Path(__file__).with_name("starters")
IMAGE = "microstructure.png"


def recipes() -> list[str]:
    """Return the recipes that there is a case to start from for."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def _file(recipe: str) -> Path:
    """Return the file of a recipe; raises CaseError when there is none."""
    if recipe not in recipes():
        raise CaseError(f'recipe: given "{recipe}"; {nearest(recipe, recipes())}')
    return FOLDER / f"{recipe}.toml"


def table_of(recipe: str) -> dict[str, Any]:
    """Return the case of a recipe as a table; an image is named by its full path."""
    table = read_toml(_file(recipe))
    if "path" in table["geometry"]:
        table["geometry"]["path"] = str(FOLDER / table["geometry"]["path"])
    return table


def write(path: Path, recipe: str) -> dict[str, Any]:
    """Write the case of a recipe, and its image beside it.

    Parameters
    ----------
    path : Path
        The new file; its folder is made.
    recipe : str
        One of `recipes`.

    Returns
    -------
    dict
        The case as a table.

    Raises
    ------
    CaseError
        There is no such recipe, or a file is there already.
    OSError
        A file cannot be written.
    """
    source = _file(recipe)
    table = read_toml(source)
    files = {path: source}
    if table["geometry"].get("path") == IMAGE:
        files[path.with_name(IMAGE)] = FOLDER / IMAGE
    for new in files:
        if new.exists():
            raise CaseError(f"{new}: is there already; name another file")
    for new, old in files.items():
        copy_file(old, new)
    return table
