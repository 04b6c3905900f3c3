"""Edge lengths of a 3D mesh on a grid over its box, from which gmsh interpolates."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from chemomech.geometry.errors import GeometryError
from chemomech.geometry.mesh.sizes import MeshControl, use_fields

MOST_GRID_POINTS = 1_500_000
AT_ONCE = 200_000


def set_sizes(
    gmsh: Any,
    path: Path,
    box: np.ndarray,
    size_interface: float,
    size_bulk: float,
    wanted: Callable[[np.ndarray], np.ndarray],
) -> None:
    """Set the background field of the current model on a grid: min(wanted(places), size_bulk).

    Parameters
    ----------
    gmsh : module
        gmsh, in a session with a model.
    path : Path
        File for the table, which has to stay until the mesh is made.
    box : (3,) array
        Extent of the grid, from 0, in units of the model.
    size_interface, size_bulk : float
        Smallest usual and largest edge length, in units of the model.
    wanted : function
        Places (n, 3) -> edge length (n,).
    """
    step = max(0.7 * size_interface, float(np.cbrt(box.prod() / MOST_GRID_POINTS)))
    counts = np.ceil(box / step).astype(int) + 1
    spacing = box / (counts - 1)
    axes = [distance * np.arange(count) for distance, count in zip(spacing, counts, strict=True)]
    grid = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)
    values = np.concatenate(
        [wanted(grid[start : start + AT_ONCE]) for start in range(0, len(grid), AT_ONCE)]
    )
    with path.open("wb") as file:
        file.write(np.zeros(3).tobytes() + spacing.tobytes() + counts.astype(np.int32).tobytes())
        file.write(np.minimum(values, size_bulk).tobytes())
    field = gmsh.model.mesh.field.add("Structured")
    gmsh.model.mesh.field.setString(field, "FileName", str(path))
    gmsh.model.mesh.field.setNumber(field, "TextFormat", 0)
    use_fields(gmsh, [field])


def size_gradient_of(mesh: Any) -> float:
    """Return the size gradient that geometry.mesh asks for.

    Raises GeometryError for sizes by region, which 3D does not have.
    """
    control = MeshControl.from_settings(mesh)
    if control.by_region:
        raise GeometryError(
            "geometry.mesh.size_by_region: in 3D only size_interface, size_bulk and growth "
            "are taken"
        )
    return control.size_gradient
