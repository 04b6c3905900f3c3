"""The visible surface of a body of tetrahedra when the octant of large x, small y and large z is cut out of it.

Convex polygons, each with the cell behind it and the normal that points to the eye's side: pieces of the outer
facets, and sections of the cells through the three planes.
"""

from typing import NamedTuple

import numpy as np

OUTWARD = np.array([1.0, -1.0, 1.0])  # of the octant, along each axis
APART = 1e-6 * np.pi  # of the extent, so that the planes pass beside the points of the mesh


class Surface(NamedTuple):
    """polygons: corners (k, 3) each; owner (n,): cell of each; normal (n, 3)."""

    polygons: list
    owner: np.ndarray
    normal: np.ndarray


def cut_surface(points, cells, table):
    """Surface of what is left; points (n, 3), cells (m, 4), table: the mesh's facets.FacetTable."""
    low, high = points.min(axis=0), points.max(axis=0)
    middle = 0.5 * (low + high) + APART * (high - low) * np.array([1.0, 0.7, 1.3])
    inside = (points - middle) * OUTWARD  # all three positive in the octant
    polygons, owner, normal = _outer(points, cells, table, middle, inside)
    for axis in range(3):
        for polygon, cell in _sections(points, cells, middle, inside, axis):
            polygons.append(polygon)
            owner.append(cell)
            normal.append(OUTWARD[axis] * np.eye(3)[axis])
    return Surface(polygons, np.array(owner), np.array(normal))


def _outer(points, cells, table, middle, inside):
    """Outer facets without what of them lies in the octant."""
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


def _sections(points, cells, middle, inside, axis):
    """Sections of the cells through the plane across one axis, as far as they bound the octant, with their cells."""
    side, place = inside[cells, axis] > 0.0, middle[axis]
    others = [each for each in range(3) if each != axis]
    near = (inside[cells][:, :, others] > 0.0).any(axis=1).all(axis=1)
    for cell in np.flatnonzero(side.any(axis=1) & ~side.all(axis=1) & near):
        corner, above = points[cells[cell]], side[cell]
        ends = [(a, b) for a in np.flatnonzero(above) for b in np.flatnonzero(~above)]
        # Two corners on either side: in this order the four points go round.
        ends = [ends[i] for i in (0, 1, 3, 2)] if len(ends) == 4 else ends
        polygon = np.array([
            corner[a] + (place - corner[a, axis]) / (corner[b, axis] - corner[a, axis]) * (corner[b] - corner[a])
            for a, b in ends
        ])  # fmt: skip
        for each in others:
            polygon = clip(polygon, each, middle[each], OUTWARD[each])
            if not len(polygon):
                break
        else:
            yield polygon, cell


def clip(polygon, axis, place, sign):
    """The part (k, 3) of a convex polygon where sign (x_axis - place) >= 0; k may be 0."""
    distance = sign * (polygon[:, axis] - place)
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
