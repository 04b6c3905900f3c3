"""The stack runs along the last axis, from lithium up to the collector: told from the regions."""

import numpy as np
from numpy.typing import NDArray

from chemomech.geometry.errors import GeometryError
from chemomech.geometry.mesh.microstructure import Microstructure

RANKS = {"lithium": 0, "separator": 1, "electrolyte": 2, "active": 2, "collector": 3}
SIDES = (("bottom", "top"), ("front", "back"), ("left", "right"))
ABOVE = 0.1  # of the extent: by what a side lies beyond the one opposite to it
BESIDE = 0.5  # of the shorter height: regions that share less of an axis lie apart along it


def check_stack(mesh: Microstructure) -> None:
    """Raise GeometryError for a cell on its side or upside down, or sides with swapped names.

    Two layers follow one another along an axis when their extents along it overlap by less than
    half of the shorter one. Layers that lie within one another say nothing.

    Parameters
    ----------
    mesh : Microstructure
        The mesh; its regions of the names in RANKS are looked at.
    """
    _check_sides(mesh)
    names = sorted((name for name in RANKS if name in mesh.regions), key=RANKS.__getitem__)
    bounds = {name: _bounds(mesh, name) for name in names}
    axes = "xyz"[: mesh.dimension]
    for number, lower in enumerate(names):
        for upper in names[number + 1 :]:
            if RANKS[lower] == RANKS[upper]:
                continue
            apart = _apart(bounds[lower], bounds[upper])
            if apart[-1] > 0:
                continue
            wanted = f"the stack runs along {axes[-1]}, from lithium at the bottom to the collector"
            if apart[-1] < 0:
                raise GeometryError(
                    f"region '{upper}' lies below '{lower}': {wanted}; turn the mesh over"
                )
            beside = np.flatnonzero(apart)
            if len(beside):
                raise GeometryError(
                    f"region '{upper}' follows '{lower}' along {axes[beside[0]]}: {wanted}; turn "
                    "the mesh"
                )


def _check_sides(mesh: Microstructure) -> None:
    """Raise GeometryError where named sides do not lie opposite to each other along their axis."""
    extent = np.ptp(mesh.points, axis=0)
    last = mesh.dimension - 1
    axis_of = {"bottom": last, "front": 1, "left": 0}
    for low, high in SIDES:
        if low not in mesh.boundaries or high not in mesh.boundaries or (low, last) == ("front", 1):
            continue
        axis = axis_of[low]
        below, above = (mesh.points[mesh.boundaries[name], axis].mean() for name in (low, high))
        if above - below < ABOVE * extent[axis]:
            name = "xyz"[axis]
            raise GeometryError(
                f"boundary '{high}' does not lie beyond '{low}' along {name}: '{low}' is the side "
                f"of the lowest {name}, '{high}' that of the highest; rename them or turn the mesh"
            )


def _bounds(mesh: Microstructure, name: str) -> NDArray:
    """Return the lowest and the highest coordinates (2, dimension) of a region [m]."""
    points = mesh.points[mesh.cells[mesh.region_cells(name)]].reshape(-1, mesh.dimension)
    return np.array([points.min(axis=0), points.max(axis=0)])


def _apart(lower: NDArray, upper: NDArray) -> NDArray:
    """Return per axis 1 where the second region lies beyond the first, -1 before it, else 0."""
    shared = np.minimum(lower[1], upper[1]) - np.maximum(lower[0], upper[0])
    shorter = np.minimum(lower[1] - lower[0], upper[1] - upper[0])
    way = np.sign(upper.sum(axis=0) - lower.sum(axis=0)).astype(np.int64)
    return np.where(shared < BESIDE * shorter, way, 0)
