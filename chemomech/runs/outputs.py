"""How a run writes its files."""

import contextlib
import math
import platform
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from chemomech.case.schema import Case
from chemomech.fem import compat
from chemomech.files import write_atomically, write_text
from chemomech.materials import names_read
from chemomech.materials.fingerprint import code_version, inputs_hash
from chemomech.setup.cell import Cell
from chemomech.version import __version__


def write_table(path: Path, table: pd.DataFrame, digits: int = 9) -> None:
    """Write a table as CSV with so many digits."""
    text = table.to_csv(index=False, float_format=f"%.{digits}g")
    write_text(path, text)


def write_arrays(path: Path, arrays: dict[str, Any]) -> None:
    """Write named arrays as a compressed .npz."""
    write_atomically(path, lambda file: np.savez_compressed(file, **arrays))


# What runs leave in their folder, beside mesh and checkpoints.
WRITTEN = (
    *("result.json", "timeseries.csv", "cycles.csv", "particles.csv", "cracks.csv", "flaws.csv"),
    *("flaw_growth.csv", "meshed_flaws.csv", "sites.npz", "shorts.npz", "voids.npz"),
)


def clear(folder: Path) -> None:
    """Remove what an earlier run left in a folder, but for its mesh and checkpoints.

    A reader would take it for results of the run that follows.
    """
    for path in (folder / name for name in WRITTEN):
        path.unlink(missing_ok=True)
    fields = folder / "fields"
    for path in (*fields.glob("*.vtu"), *fields.glob("*.pvd")):
        path.unlink()
    with contextlib.suppress(OSError):
        fields.rmdir()


def clear_mesh(folder: Path) -> None:
    """Remove the mesh in a folder, and what was said of it: the run that follows has another."""
    for ending in ("msh", "txt", "json", "png"):
        (folder / f"mesh.{ending}").unlink(missing_ok=True)


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
        "code": code_version(),
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
