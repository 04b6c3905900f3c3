"""No cell lies over another, and none touches another without sharing its points.

Where the two cells of every inner facet lie on its two sides, the number of cells over a place
changes at outer facets only. If all of these lie on the sides of the bounding box, the cells cover
it equally often everywhere, which is the ratio of their measure to that of the box: nothing else is
looked at. Otherwise the outer facets inside the box are: where cells overlap, an edge of one of
these facets runs through the inside of a cell; where parts touch that share no points, a place
just outside such a facet lies in a cell.
"""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from chemomech.geometry.errors import GeometryError
from chemomech.geometry.mesh.facets import cell_measures, facet_measures, place_of
from chemomech.geometry.mesh.microstructure import Microstructure

FLAT = 1e-9  # of the extent: a facet lies on a side of the bounding box
SAME_MEASURE = 1e-6  # of the box: cells that fill it once
DEPTH = 1e-6  # of a cell's height: an edge this deep in it runs through its inside
BESIDE = 1e-5  # of a facet's size: how far outside of it is looked
INSIDE = 1e-9  # of a cell's height: a place this deep lies in it
CHUNK = 4096  # segments at once
UNEVEN = {2: (0.37, 0.63), 3: (0.23, 0.31, 0.46)}  # a place on a facet that is no middle of another


class Segments(NamedTuple):
    """Straight lines to look for in cells.

    Attributes
    ----------
    start, end : (n, dimension) array
        Their ends [m]; equal for a place.
    owner : (n,) int array
        The cell that each belongs to.
    """

    start: NDArray
    end: NDArray
    owner: NDArray


def check_cover(mesh: Microstructure) -> None:
    """Raise GeometryError, with the place, where cells overlap or touch without being joined.

    Parameters
    ----------
    mesh : Microstructure
        A consistent mesh, see `Microstructure.validate`.
    """
    _check_folds(mesh)
    table = mesh.facet_table
    low, high = mesh.points.min(axis=0), mesh.points.max(axis=0)
    outer = np.flatnonzero(~table.interior)
    corners = mesh.points[table.facets[outer]]
    within = FLAT * (high - low).max()
    on_side = np.zeros(len(outer), dtype=bool)
    for plane in (low, high):
        on_side |= (np.abs(corners - plane) <= within).all(axis=1).any(axis=1)
    loose = outer[~on_side]
    if len(loose):
        edges, places = _edges_of(mesh, loose), _places_beside(mesh, loose)
        found = _first_in_cells(mesh, edges, DEPTH)
        if found is not None:
            _refuse(mesh, found, "overlap", "cut one by the other")
        found = _first_in_cells(mesh, places, INSIDE)
        if found is not None:
            _refuse(mesh, found, "meet without sharing points", "let them share their points")
    total, box = cell_measures(mesh.points, mesh.cells).sum(), (high - low).prod()
    if total > (1.0 + SAME_MEASURE) * box:
        middle = mesh.points[mesh.cells].mean(axis=1)
        found = _first_in_cells(mesh, Segments(middle, middle, np.arange(len(middle))), INSIDE)
        if found is not None:
            _refuse(mesh, found, "overlap", "cut one by the other")
        raise GeometryError(f"cells overlap: together they have {total / box:.6g} times their box")


def _refuse(mesh: Microstructure, found: tuple[int, int, NDArray], what: str, how: str) -> None:
    """Raise GeometryError for two cells and the place where they meet."""
    raise GeometryError(
        f"cells of {_regions_of(mesh, found[:2])} {what} at {place_of(found[2])}: {how} (Coherence "
        "or BooleanFragments in gmsh, merged nodes in other programs)"
    )


def _regions_of(mesh: Microstructure, cells: Iterable[int]) -> str:
    """Return the regions of two cells as words, "'active' and 'electrolyte'"."""
    names = {number: name for name, number in mesh.regions.items()}
    return " and ".join(f"'{each}'" for each in sorted({names[mesh.cell_region[c]] for c in cells}))


def _check_folds(mesh: Microstructure) -> None:
    """Raise GeometryError where the two cells of a facet lie on one side of it."""
    table = mesh.facet_table
    facets, cells = table.facets[table.interior], table.cells[table.interior]
    if not len(facets):
        return
    # The corner of each cell that is not of the facet.
    tips = mesh.cells[cells].sum(axis=2) - facets.sum(axis=1)[:, None]
    one, other = (cell_measures(mesh.points, np.column_stack([facets, tip])) for tip in tips.T)
    folded = np.flatnonzero(one * other >= 0.0)
    if len(folded):
        place = mesh.points[facets[folded[0]]].mean(axis=0)
        raise GeometryError(
            f"cells of {_regions_of(mesh, cells[folded[0]])} overlap at {place_of(place)}: two lie "
            f"on the same side of what they share ({len(folded)} such pairs)"
        )


def _edges_of(mesh: Microstructure, rows: NDArray) -> Segments:
    """Return the edges of outer facets."""
    facets, owner = mesh.facet_table.facets[rows], mesh.facet_table.cells[rows, 0]
    first, second = np.triu_indices(mesh.dimension, 1)
    ends = np.stack([facets[:, first].ravel(), facets[:, second].ravel()], axis=1)
    _, single = np.unique(ends, axis=0, return_index=True)
    start, end = mesh.points[ends[single]].transpose(1, 0, 2)
    return Segments(start, end, np.repeat(owner, len(first))[single])


def _places_beside(mesh: Microstructure, rows: NDArray) -> Segments:
    """Return a place just outside of each outer facet."""
    facets, owner = mesh.facet_table.facets[rows], mesh.facet_table.cells[rows, 0]
    corners = mesh.points[facets]
    if mesh.dimension == 2:
        way = corners[:, 1] - corners[:, 0]
        normal = np.column_stack([way[:, 1], -way[:, 0]])
    else:
        normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normal /= np.linalg.norm(normal, axis=1)[:, None]
    inward = mesh.points[mesh.cells[owner]].mean(axis=1) - corners.mean(axis=1)
    normal *= -np.sign(np.sum(normal * inward, axis=1))[:, None]
    size = facet_measures(mesh.points, facets) ** (1.0 / (mesh.dimension - 1))
    place = np.tensordot(corners, UNEVEN[mesh.dimension], axes=(1, 0))
    place = place + BESIDE * size[:, None] * normal
    return Segments(place, place, owner)


def _first_in_cells(
    mesh: Microstructure, segments: Segments, depth: float
) -> tuple[int, int, NDArray] | None:
    """Return owner, cell and deepest place of a segment that runs through the inside of a cell.

    depth: share of the cell's height from which on a place counts as inside.
    """
    corners = mesh.points[mesh.cells]
    middle = corners.mean(axis=1)
    radius = np.linalg.norm(corners - middle[:, None], axis=2).max(axis=1)
    inverse = np.linalg.inv((corners[:, 1:] - corners[:, :1]).transpose(0, 2, 1))
    low, high = corners.min(axis=1), corners.max(axis=1)
    size = np.frexp(radius)[1]
    classes = [np.flatnonzero(size == each) for each in np.unique(size)]
    trees = [(rows, cKDTree(middle[rows]), radius[rows].max()) for rows in classes]
    for begin in range(0, len(segments.start), CHUNK):
        start, end = segments.start[begin : begin + CHUNK], segments.end[begin : begin + CHUNK]
        half = 0.5 * np.linalg.norm(end - start, axis=1)
        for rows, tree, reach in trees:
            near = tree.query_ball_point(0.5 * (start + end), half + reach, return_sorted=False)
            count = np.fromiter(map(len, near), dtype=np.int64, count=len(near))
            if not count.any():
                continue
            line = np.repeat(np.arange(len(near)), count)
            cell = rows[np.concatenate([each for each in near if each]).astype(np.int64)]
            owner = segments.owner[begin : begin + CHUNK][line]
            boxed = (cell != owner) & np.all(
                (np.minimum(start, end)[line] < high[cell])
                & (np.maximum(start, end)[line] > low[cell]),
                axis=1,
            )
            line, cell = line[boxed], cell[boxed]
            ends = [_shares(inverse[cell], each[line] - corners[cell, 0]) for each in (start, end)]
            deepest, at = _deepest(*ends)
            hit = np.flatnonzero(deepest > depth)
            if len(hit):
                best = hit[np.argmax(deepest[hit])]
                one, along = line[best], at[best]
                place = (1.0 - along) * start[one] + along * end[one]
                return int(segments.owner[begin + one]), int(cell[best]), place
    return None


def _shares(inverse: NDArray, offset: NDArray) -> NDArray:
    """Return the barycentric coordinates (n, d + 1) of places relative to the first corners."""
    others = np.einsum("nij,nj->ni", inverse, offset)
    return np.column_stack([1.0 - others.sum(axis=1), others])


def _deepest(start: NDArray, end: NDArray) -> tuple[NDArray, NDArray]:
    """Return the largest smallest barycentric coordinate on lines, and where in 0..1 it is.

    It lies at an end or where two coordinates are equal, as all are linear along the line.
    """
    slope = end - start
    first, second = np.triu_indices(start.shape[1], 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        meet = (start[:, second] - start[:, first]) / (slope[:, first] - slope[:, second])
    meet = np.where((meet > 0.0) & (meet < 1.0), meet, 0.0)
    along = np.column_stack([meet, np.ones(len(start))])
    value = (start[:, None] + along[:, :, None] * slope[:, None]).min(axis=2)
    best = np.argmax(value, axis=1)
    every = np.arange(len(start))
    return value[every, best], along[every, best]
