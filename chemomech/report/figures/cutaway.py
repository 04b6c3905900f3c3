"""The visible surface of a body of tetrahedra with an octant cut out of it.

It is the octant of large x, small y and large z. The surface is convex polygons, each with the cell
behind it and the normal that points to the eye's side: pieces of the outer facets, and sections of
the cells through the three planes.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from chemomech.geometry.mesh.facets import FacetTable

OUTWARD = np.array([1.0, -1.0, 1.0])  # of the octant, along each axis
OFFSET = 1e-6 * np.pi  # of the extent, so that the planes pass beside the points of the mesh


class Surface(NamedTuple):
    """Convex polygons of the visible surface.

    Attributes
    ----------
    polygons : list of (k, 3) array
        Corners of each.
    owner : (n,) array
        Cell behind each.
    normal : (n, 3) array
        Unit normal of each, to the eye's side.
    """

    polygons: list
    owner: np.ndarray
    normal: np.ndarray


def cut_surface(points: NDArray[Any], cells: NDArray[Any], table: FacetTable) -> Surface:
    """Make the surface of what is left when the octant is cut out.

    Parameters
    ----------
    points : (n, 3) array
        Points of the mesh.
    cells : (m, 4) array
        Tetrahedra.
    table : FacetTable
        The mesh's facets.
    """
    low, high = points.min(axis=0), points.max(axis=0)
    middle = 0.5 * (low + high) + OFFSET * (high - low) * np.array([1.0, 0.7, 1.3])
    inside = (points - middle) * OUTWARD  # all three positive in the octant
    polygons, owner, normal = _outer(points, cells, table, middle, inside)
    for axis in range(3):
        for polygon, cell in _sections(points, cells, middle, inside, axis):
            polygons.append(polygon)
            owner.append(cell)
            normal.append(OUTWARD[axis] * np.eye(3)[axis])
    return Surface(polygons, np.array(owner), np.array(normal))


def _outer(points: Any, cells: Any, table: Any, middle: Any, inside: Any) -> Any:
    """Give the outer facets without what of them lies in the octant."""
    rows = np.flatnonzero(~table.interior)
    facets, behind = table.facets[rows], table.cells[rows, 0]
    corner = points[facets]
    normal = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
    normal /= np.linalg.norm(normal, axis=1)[:, None]
    inward = points[cells[behind]].mean(axis=1) - corner.mean(axis=1)
    normal *= -np.sign(np.sum(normal * inward, axis=1))[:, None]
    away = (inside[facets] <= 0.0).all(axis=1).any(axis=1)
    polygons, owner = list(corner[away]), list(behind[away])
    kept = list(normal[away])
    for row in np.flatnonzero(~away):
        rest = corner[row]
        for axis in range(3):
            piece = clip(rest, axis, middle[axis], -OUTWARD[axis])
            rest = clip(rest, axis, middle[axis], OUTWARD[axis])
            if len(piece):
                polygons.append(piece)
                owner.append(behind[row])
                kept.append(normal[row])
            if not len(rest):
                break
    return polygons, owner, kept


def _sections(points: Any, cells: Any, middle: Any, inside: Any, axis: int) -> Iterator[Any]:
    """Yield the sections of the cells through the plane across one axis, with their cells.

    They are cut off where they no longer bound the octant.
    """
    side, position = inside[cells, axis] > 0.0, middle[axis]
    others = [each for each in range(3) if each != axis]
    near = (inside[cells][:, :, others] > 0.0).any(axis=1).all(axis=1)
    for cell in np.flatnonzero(side.any(axis=1) & ~side.all(axis=1) & near):
        corner, above = points[cells[cell]], side[cell]
        ends = [(a, b) for a in np.flatnonzero(above) for b in np.flatnonzero(~above)]
        # Two corners on either side: in this order the four points go round.
        ends = [ends[i] for i in (0, 1, 3, 2)] if len(ends) == 4 else ends
        cuts = []
        for a, b in ends:
            share = (position - corner[a, axis]) / (corner[b, axis] - corner[a, axis])
            cuts.append(corner[a] + share * (corner[b] - corner[a]))
        polygon = np.array(cuts)
        for each in others:
            polygon = clip(polygon, each, middle[each], OUTWARD[each])
            if not len(polygon):
                break
        else:
            yield polygon, cell


def clip(polygon: NDArray[Any], axis: int, position: float, sign: float) -> NDArray[Any]:
    """Keep the part of a convex polygon where sign (x_axis - position) >= 0.

    Parameters
    ----------
    polygon : (n, 3) array
        Its corners.
    axis : int
        Number of the coordinate.
    position : float
        Its value on the plane.
    sign : float
        Of the side that is kept.

    Returns
    -------
    (k, 3) array
        The corners of what is kept; k may be 0.
    """
    distance = sign * (polygon[:, axis] - position)
    if (distance >= 0.0).all():
        return polygon
    if (distance < 0.0).all():
        return polygon[:0]
    found = []
    for here, there, d, e in zip(
        polygon, np.roll(polygon, -1, axis=0), distance, np.roll(distance, -1), strict=True
    ):
        if d >= 0.0:
            found.append(here)
        if (d >= 0.0) != (e >= 0.0):
            found.append(here + d / (d - e) * (there - here))
    return np.array(found)
