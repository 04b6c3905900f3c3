"""How a run writes its files.

Each is written beside its name first and then renamed, so that what stands there is whole.
"""

import json
import math
import os
import platform
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import numpy as np
import pandas as pd

from chemomech.case.schema import Case
from chemomech.fem import compat
from chemomech.materials import names_read
from chemomech.materials.fingerprint import inputs_hash
from chemomech.setup.cell import Cell
from chemomech.version import __version__


def write_atomically(path: Path, write: Callable[[IO[bytes]], Any]) -> None:
    """Let write(file) fill a file that appears under its name when it is whole.

    Parameters
    ----------
    path : Path
        The file's name; its folder is made where it is missing.
    write : callable
        It is called with the open binary file.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.part")
    with open(beside, "wb") as file:
        write(file)
    os.replace(beside, path)


def write_json(path: Path, value: Any) -> None:
    """Write nested tables and lists of finite numbers as JSON."""
    text = json.dumps(value, indent=1, allow_nan=False)
    write_atomically(path, lambda file: file.write(text.encode()))


def write_table(path: Path, table: pd.DataFrame, digits: int = 9) -> None:
    """Write a table as CSV with so many digits."""
    text = table.to_csv(index=False, float_format=f"%.{digits}g")
    write_atomically(path, lambda file: file.write(text.encode()))


def write_arrays(path: Path, arrays: dict[str, Any]) -> None:
    """Write named arrays as a compressed .npz."""
    write_atomically(path, lambda file: np.savez_compressed(file, **arrays))


def finite(value: Any) -> Any:
    """Return nested tables and lists with null in place of numbers that are not finite.

    JSON knows no infinity.
    """
    if isinstance(value, dict):
        return {str(name): finite(entry) for name, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [finite(entry) for entry in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def result_of(case: Case, cell: Cell, found: dict[str, Any]) -> dict[str, Any]:
    """Return the content of result.json.

    It says which case it is of, by which versions, what was found, and from what.

    Parameters
    ----------
    case : Case
        The case.
    cell : Cell
        Its cell.
    found : dict
        What the kind of run has to say; numbers that are not finite become null.
    """
    head = {
        "name": case.name,
        "inputs_hash": inputs_hash(case, cell.laws.sources()),
        "chemomech": __version__,
        "dolfinx": ".".join(map(str, compat.dolfinx_version())),
        "python": platform.python_version(),
        "dimension": cell.domain.dimension,
    }
    tail = {
        "materials": {region: material.name for region, material in cell.materials.items()},
        "read": {
            "bulk": names_read(cell.materials),
            "interfaces": names_read(cell.interface_materials),
        },
        **({"laws": cell.laws.sources()} if cell.laws.own else {}),
        "case": case.canonical(),
    }
    return finite(head | found | tail)
