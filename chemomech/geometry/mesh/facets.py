"""Facets of a simplex mesh (edges or triangles), and the cells beside them.

A facet is known by its sorted vertex indices. Sorted vertices are packed into one integer key, so
that facets are found by a binary search instead of a loop. What two facets of an interface share, a
vertex in a plane or an edge in space, is found by the same functions.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from chemomech.geometry.errors import GeometryError
from chemomech.units.field import MICROMETRE
from chemomech.units.words import counted

COINCIDENT = 1e-9  # of the extent: points this close are one
ROUNDED = 1e-6  # of the extent: as far as seven digits may part two points of one place
FARTHEST = 1e100  # squares of larger coordinates are not finite
OF_AN_EDGE = 0.01  # of the shortest edge: no point is moved further


@dataclass(frozen=True, eq=False)
class FacetTable:
    """All facets of a mesh, ordered by key.

    Attributes
    ----------
    facets : (k, dimension) int array
        Vertices of each facet, ascending.
    cells : (k, 2) int array
        The cells on both sides; the second is -1 on the outer boundary.
    keys : (k,) int array
        Ascending integer keys of the facets, see `facet_keys`.
    point_count : int
        Number of points of the mesh.
    """

    facets: np.ndarray
    cells: np.ndarray
    keys: np.ndarray
    point_count: int

    @property
    def interior(self) -> np.ndarray:
        """Mask (k,): True where a facet has a cell on both sides."""
        return self.cells[:, 1] >= 0

    def find(self, facets: np.ndarray) -> np.ndarray:
        """Return the row of each facet (n, dimension), -1 where the mesh has no such facet."""
        keys = facet_keys(facets, self.point_count)
        rows = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        return np.where(self.keys[rows] == keys, rows, -1)


def facet_keys(facets: np.ndarray, point_count: int) -> np.ndarray:
    """Return one integer per facet, the same for every order of its vertices.

    Parameters
    ----------
    facets : (n, dimension) int array
        Vertices of the facets.
    point_count : int
        Number of points of the mesh.

    Raises
    ------
    GeometryError
        A vertex is outside 0..point_count - 1, or the keys would not fit 64 bits.
    """
    vertices = np.sort(np.asarray(facets, dtype=np.int64), axis=1)
    if point_count ** vertices.shape[1] > np.iinfo(np.int64).max:
        raise GeometryError(f"a mesh of {point_count} points is too large for integer facet keys")
    if vertices.size and (vertices.min() < 0 or vertices.max() >= point_count):
        raise GeometryError(f"a facet has a vertex index outside 0..{point_count - 1}")
    keys = vertices[:, 0]
    for column in range(1, vertices.shape[1]):
        keys = keys * point_count + vertices[:, column]
    return keys


def facet_corners(corners: int) -> NDArray[np.int64]:
    """Return the local vertices (corners, corners - 1) of the facet opposite to each corner."""
    every = np.arange(corners)
    return np.stack([np.delete(every, corner) for corner in every])


def simplex_facets(simplices: NDArray) -> tuple[NDArray, NDArray]:
    """Return every facet of every simplex, those of one simplex after each other.

    Parameters
    ----------
    simplices : (m, c) int array
        Vertices of intervals, triangles or tetrahedra: of cells, or of facets in space.

    Returns
    -------
    facets : (m c, c - 1) int array
        Vertices in ascending order; row i belongs to simplex i // c, opposite to its corner i % c.
    corners : (m c, c - 1) int array
        Where in the simplex these vertices stand.
    """
    count = simplices.shape[1]
    local = np.broadcast_to(facet_corners(count), (len(simplices), count, count - 1))
    facets = simplices[:, local[0]] if len(simplices) else np.empty(local.shape, dtype=np.int64)
    order = np.argsort(facets, axis=2, kind="stable")
    facets, local = (np.take_along_axis(each, order, axis=2) for each in (facets, local))
    return facets.reshape(-1, count - 1), local.reshape(-1, count - 1)


class SharedFacets(NamedTuple):
    """Facets that two simplices have in common, ordered by their last vertex, then by the others.

    Attributes
    ----------
    facets : (k, c - 1) int array
        Vertices in ascending order.
    owners : (k, 2) int array
        The two simplices, the lower number first.
    corners : (k, 2, c - 1) int array
        Where in each of the two these vertices stand.
    """

    facets: NDArray
    owners: NDArray
    corners: NDArray


def shared_facets(simplices: NDArray) -> SharedFacets:
    """Return the facets that two simplices (m, c) share.

    A facet that n > 2 of them have, where surfaces branch, makes n - 1 pairs.
    """
    facets, corners = simplex_facets(simplices)
    order = np.lexsort(facets.T)
    twice = np.flatnonzero(np.all(facets[order[1:]] == facets[order[:-1]], axis=1))
    pair = np.stack([order[twice], order[twice + 1]], axis=1)
    return SharedFacets(facets[pair[:, 0]], pair // simplices.shape[1], corners[pair])


def single_facets(simplices: NDArray) -> tuple[NDArray, NDArray]:
    """Return the facets (k, c - 1) that one simplex alone has, and which one that is (k,).

    They stand in the order of their simplices, and of the corners opposite to them.
    """
    facets, _ = simplex_facets(simplices)
    keys = facet_keys(facets, int(facets.max(initial=0)) + 1)
    _, inverse, count = np.unique(keys, return_inverse=True, return_counts=True)
    rows = np.flatnonzero(count[inverse] == 1)
    return facets[rows], rows // simplices.shape[1]


def build_facet_table(
    cells: NDArray, point_count: int, points: NDArray | None = None
) -> FacetTable:
    """Return all facets of a mesh with the cells on their sides.

    Parameters
    ----------
    cells : (m, dimension + 1) int array
        Vertices of the simplices.
    point_count : int
        Number of points of the mesh.
    points : (n, dimension) array, optional
        Coordinates [m], for the place in messages.

    Raises
    ------
    GeometryError
        Three cells share a facet.
    """
    corners = cells.shape[1]
    facets, _ = simplex_facets(cells)
    keys, inverse, counts = np.unique(
        facet_keys(facets, point_count), return_inverse=True, return_counts=True
    )
    if counts.max(initial=0) > 2:
        bad = facets[np.flatnonzero(counts[inverse] > 2)[0]]
        where = "" if points is None else f" at {place_of(points[bad].mean(axis=0))}"
        raise GeometryError(
            f"more than two cells share the facet with vertices {bad.tolist()}{where}: they overlap"
        )
    order = np.argsort(inverse, kind="stable")
    first = np.cumsum(counts) - counts
    owner = order // corners
    second = np.full(len(keys), -1)
    second[counts == 2] = owner[first[counts == 2] + 1]
    sides = np.column_stack([owner[first], second])
    return FacetTable(facets[order[first]], sides, keys, point_count)


def place_of(point: NDArray) -> str:
    """Return a point (dimension,) [m] as words, "x = 1 um, y = 2 um"."""
    return ", ".join(
        f"{axis} = {value / MICROMETRE:.4g} um" for axis, value in zip("xyz", point, strict=False)
    )


def facet_measures(points: np.ndarray, facets: np.ndarray) -> np.ndarray:
    """Return the length [m] (2D) or area [m²] (3D) of each facet.

    Parameters
    ----------
    points : (n, dimension) array
        Coordinates [m].
    facets : (k, dimension) int array
        Vertices of the facets.
    """
    if facets.shape[1] == 2:
        return np.linalg.norm(points[facets[:, 1]] - points[facets[:, 0]], axis=1)
    first, second = (
        points[facets[:, 1]] - points[facets[:, 0]],
        points[facets[:, 2]] - points[facets[:, 0]],
    )
    return 0.5 * np.linalg.norm(np.cross(first, second), axis=1)


def cell_measures(points: np.ndarray, cells: np.ndarray) -> np.ndarray:
    """Return the signed area [m²] or volume [m³] of each simplex, negative when it is inverted.

    Parameters
    ----------
    points : (n, dimension) array
        Coordinates [m].
    cells : (m, dimension + 1) int array
        Vertices of the simplices.
    """
    edges = points[cells[:, 1:]] - points[cells[:, :1]]
    return np.linalg.det(edges) / (2.0 if cells.shape[1] == 3 else 6.0)


def cell_qualities(points: np.ndarray, cells: np.ndarray) -> np.ndarray:
    """Return the mean-ratio quality of each simplex: 1 equilateral, 0 flat, negative inverted.

    Triangle: 4 √3 A / Σ l²; tetrahedron: 12 (3 V)^(2/3) / Σ l², sums over the edge lengths l.

    Parameters
    ----------
    points : (n, dimension) array
        Coordinates [m].
    cells : (m, dimension + 1) int array
        Vertices of the simplices.
    """
    first, second = np.triu_indices(cells.shape[1], 1)
    edges = points[cells[:, first]] - points[cells[:, second]]
    squares = np.sum(edges**2, axis=(1, 2))
    measures = cell_measures(points, cells)
    if cells.shape[1] == 3:
        return 4.0 * np.sqrt(3.0) * measures / squares
    return 12.0 * np.sign(measures) * np.abs(3.0 * measures) ** (2.0 / 3.0) / squares


def cut_quadrilaterals(points: NDArray, quads: NDArray) -> tuple[NDArray, NDArray]:
    """Return the triangles (m, 3) that quadrilaterals are cut into, and of which each is (m,).

    The cut runs from the first corner, from the second where only that one lies inside. One with
    two neighbouring corners in one place is a triangle already.

    Parameters
    ----------
    points : (n, 2) array
        Coordinates.
    quads : (k, 4) int array
        Corners, one after another around each.

    Raises
    ------
    GeometryError
        The outline of one crosses itself.
    """
    ways = np.array([[[0, 1, 2], [0, 2, 3]], [[0, 1, 3], [1, 2, 3]]])
    halves = quads[:, ways]
    area = cell_measures(points, halves.reshape(-1, 3)).reshape(-1, 2, 2)
    whole = area[:, :, 0] * area[:, :, 1] > 0.0
    found = halves[np.arange(len(quads)), np.where(whole[:, 0], 0, 1)]
    corners = points[quads]
    doubled = np.all(corners == np.roll(corners, -1, axis=1), axis=2)
    three = doubled.sum(axis=1) == 1
    found[three, 0] = quads[three][~doubled[three]].reshape(-1, 3)
    flat = cell_measures(points, found[:, 0]) == 0.0
    crossed = np.flatnonzero(np.where(three, flat, ~whole.any(axis=1)))
    if len(crossed):
        one = "quadrilateral crosses itself or is flat"
        several = "quadrilaterals cross themselves or are flat"
        raise GeometryError(
            f"{counted(len(crossed), one, several)}, the first at "
            f"{place_of(points[quads[crossed[0]]].mean(axis=0))}: cells overlap"
        )
    kept = np.column_stack([np.ones(len(quads), dtype=bool), ~three])
    return found[kept], np.nonzero(kept)[0]


def orient(points: NDArray, cells: NDArray) -> NDArray:
    """Return the cells, those of negative measure turned over.

    Parameters
    ----------
    points : (n, dimension) array
        Coordinates [m].
    cells : (m, dimension + 1) int array
        Vertices of the simplices.
    """
    turned, negative = cells.copy(), cell_measures(points, cells) < 0.0
    turned[negative, -2:] = cells[negative][:, [-1, -2]]
    return turned


def check_places(points: NDArray) -> None:
    """Raise GeometryError where a coordinate is not finite, or so large that distances are not."""
    if not np.all(np.abs(points) < FARTHEST):
        raise GeometryError(f"a point has a coordinate that is not finite, or beyond {FARTHEST:g}")


def joined_points(points: NDArray, cells: NDArray) -> tuple[NDArray, NDArray]:
    """Return the rows (k,) of the points that stay, and of each point (n,) its place in them.

    Points nearer than the larger of COINCIDENT of the extent and OF_AN_EDGE of the shortest edge,
    at most ROUNDED of the extent, are one; the first of them stays. The order is kept.

    Parameters
    ----------
    points : (n, dimension) array
        Coordinates, in any unit.
    cells : (m, dimension + 1) int array
        Vertices of the cells.

    Raises
    ------
    GeometryError
        A coordinate is not finite, or so large that distances are not.
    """
    check_places(points)
    extent = float(np.ptp(points, axis=0).max())
    first, second = np.triu_indices(cells.shape[1], 1)
    edges = np.linalg.norm(points[cells[:, first]] - points[cells[:, second]], axis=2)
    within = max(COINCIDENT * extent, min(ROUNDED * extent, OF_AN_EDGE * float(edges.min())))
    pairs = cKDTree(points).query_pairs(within, output_type="ndarray")
    count = len(points)
    if not len(pairs):
        return np.arange(count), np.arange(count)
    graph = coo_matrix((np.ones(len(pairs), dtype=bool), tuple(pairs.T)), shape=(count, count))
    label = connected_components(graph, directed=False)[1]
    _, kept, group = np.unique(label, return_index=True, return_inverse=True)
    order = np.argsort(kept)
    rank = np.empty(len(kept), dtype=np.int64)
    rank[order] = np.arange(len(kept))
    return kept[order], rank[group.ravel()]
