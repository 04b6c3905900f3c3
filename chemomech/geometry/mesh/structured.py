"""Structured meshes with named regions, interfaces and boundaries: specimens without a mesher.

Axes: x from left to right, the last axis from bottom to top, in 3D y from front to back.
"""

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chemomech.geometry.mesh.facets import orient
from chemomech.geometry.mesh.microstructure import Microstructure

BOUNDARIES = {
    2: ("left", "right", "bottom", "top"),
    3: ("left", "right", "front", "back", "bottom", "top"),
}


def box_mesh(
    counts: Sequence[int],
    size: ArrayLike | None = None,
    region_of: Callable[[NDArray], str] | None = None,
    interfaces: Mapping[str, Callable[[NDArray], bool]] | None = None,
) -> Microstructure:
    """Mesh a rectangle by triangles or a box by tetrahedra, its lower corner at the origin.

    Parameters
    ----------
    counts : 2 or 3 integers
        Intervals per axis.
    size : 2 or 3 numbers, optional
        Lengths per axis [m]; default 1 each.
    region_of : function (d,) -> str, optional
        Region of a cell from its centroid [m]; default "block" everywhere.
    interfaces : mapping of str to function (d,) -> bool, optional
        Which inner facets, by their midpoints [m], belong to an interface of this name. Default:
        every pair of regions that touch, as "first|second" in the order of their first appearance.

    Returns
    -------
    Microstructure
        Its outer boundaries are left, right, bottom and top, in 3D also front and back.
    """
    d = len(counts)
    lengths = np.ones(d) if size is None else np.asarray(size, dtype=float)
    index = np.stack(np.meshgrid(*[np.arange(n + 1) for n in counts], indexing="ij"), axis=-1)
    points = index.reshape(-1, d) / np.asarray(counts) * lengths
    cells = orient(points, _simplices(counts))
    names = ["block" if region_of is None else region_of(x) for x in points[cells].mean(axis=1)]
    regions = {name: number + 1 for number, name in enumerate(dict.fromkeys(names))}
    region = np.array([regions[name] for name in names])
    mesh = Microstructure(points, cells, region, regions, np.full(len(cells), -1))
    mesh = mesh.with_interfaces(_interfaces(mesh, interfaces))
    return replace(mesh, boundaries=_boundaries(mesh, lengths)).validate()


def _simplices(counts: Sequence[int]) -> NDArray:
    """Cells of a grid by Kuhn's subdivision: one simplex for every order of the axes."""
    d = len(counts)
    stride = np.array([int(np.prod([n + 1 for n in counts[axis + 1 :]])) for axis in range(d)])
    grid = np.stack(np.meshgrid(*[np.arange(n) for n in counts], indexing="ij"), axis=-1)
    corner = grid.reshape(-1, d) @ stride
    paths = [np.cumsum([0, *stride[list(order)]]) for order in itertools.permutations(range(d))]
    return (corner[:, None, None] + np.array(paths)[None]).reshape(-1, d + 1)


def _interfaces(
    mesh: Microstructure, tests: Mapping[str, Callable[[NDArray], bool]] | None
) -> dict[str, NDArray]:
    """Facets of the interfaces by name."""
    if tests is None:
        pairs = itertools.combinations(mesh.regions, 2)
        found = {f"{a}|{b}": mesh.interface_between(a, b) for a, b in pairs}
        return {name: facets for name, facets in found.items() if len(facets)}
    inner = mesh.facet_table.facets[mesh.facet_table.interior]
    middle = mesh.points[inner].mean(axis=1)
    return {name: inner[[bool(test(x)) for x in middle]] for name, test in tests.items()}


def _boundaries(mesh: Microstructure, size: NDArray) -> dict[str, NDArray]:
    """Facets of the sides by name."""
    outer = mesh.outer_facets()
    middle = mesh.points[outer].mean(axis=1)
    sides = {}
    for number, name in enumerate(BOUNDARIES[mesh.dimension]):
        axis, end = divmod(number, 2)
        sides[name] = outer[np.abs(middle[:, axis] - end * size[axis]) < 1e-9 * size[axis]]
    return sides
