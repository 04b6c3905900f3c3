"""Ways through a region: its connected bodies and the shortest paths between two sides.

Two cells hang together through a common facet. Paths run along straight pieces inside the cells,
from one point of a cell's edges to another: `cuts` points stand on every edge between its ends. The
length found is never below the true one, and above it by 1.5 % at most with cuts = 3 on right
triangles, 0.5 % on average in the verification.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components, dijkstra

from chemomech.geometry.mesh.facets import cell_measures
from chemomech.geometry.mesh.microstructure import Microstructure

CUTS = {2: 3, 3: 1}


@dataclass(frozen=True)
class Bodies:
    """Connected bodies of some regions between two sides, the largest first.

    Attributes
    ----------
    measure : (b,) array
        Area [m²] or volume [m³] of each body.
    centre : (b, dimension) array
        Centroid [m].
    at_start, at_end : (b,) bool array
        Whether the body reaches that side.
    """

    measure: np.ndarray
    centre: np.ndarray
    at_start: np.ndarray
    at_end: np.ndarray

    def share(self, which: np.ndarray) -> float:
        """Return the share of the measure that is in these bodies."""
        return float(self.measure[which].sum() / self.measure.sum())

    @property
    def through(self) -> np.ndarray:
        """Mask (b,) of the bodies that reach both sides."""
        return self.at_start & self.at_end

    @property
    def isolated(self) -> np.ndarray:
        """Mask (b,) of the bodies that reach neither side."""
        return ~self.at_start & ~self.at_end


def bodies(mesh: Microstructure, regions: str | Sequence[str], start: str, end: str) -> Bodies:
    """Return the connected bodies of some regions and which of two boundaries they reach.

    Parameters
    ----------
    mesh : Microstructure
        The mesh.
    regions : str or sequence of str
        Names of one region or several.
    start, end : str
        Names of the two outer boundaries.

    Raises
    ------
    GeometryError
        A region or boundary is unknown.
    """
    count, labels = mesh.components(regions)
    inside = labels >= 0
    size = cell_measures(mesh.points, mesh.cells)[inside]
    measure = np.bincount(labels[inside], size, count)
    middle = mesh.points[mesh.cells[inside]].mean(axis=1)
    centre = np.column_stack(
        [np.bincount(labels[inside], size * x, count) / measure for x in middle.T]
    )
    reached = [
        np.isin(np.arange(count), labels[cells_at(mesh, boundary)]) for boundary in (start, end)
    ]
    order = np.argsort(-measure, kind="stable")
    return Bodies(measure[order], centre[order], reached[0][order], reached[1][order])


def cells_at(mesh: Microstructure, boundary: str) -> np.ndarray:
    """Return the cells that have a facet on an outer boundary; GeometryError for an unknown one."""
    mesh.boundary_measure(boundary)
    return mesh.facet_table.cells[mesh.facet_table.find(mesh.boundaries[boundary]), 0]


@dataclass(frozen=True)
class Paths:
    """Shortest paths through regions from one outer boundary to another.

    Attributes
    ----------
    points : (k, dimension) array
        Points of the end boundary that can be reached [m].
    length : (k,) array
        Length of the path from the start boundary to each of them [m].
    distance : float
        Distance between the two boundaries [m].
    """

    points: np.ndarray
    length: np.ndarray
    distance: float

    @property
    def tortuosity(self) -> float:
        """Geometric tortuosity: mean length over the distance; infinite when nothing is reached."""
        return float(self.length.mean() / self.distance) if len(self.length) else float("inf")


def shortest_paths(
    mesh: Microstructure,
    regions: str | Sequence[str],
    start: str,
    end: str,
    cuts: int | None = None,
) -> Paths:
    """Return the shortest paths inside some regions from any point of one boundary to another's.

    A path does not pass where cells touch in a vertex only.

    Parameters
    ----------
    mesh : Microstructure
        The mesh.
    regions : str or sequence of str
        Names of one region or several.
    start, end : str
        Names of the two outer boundaries.
    cuts : int, optional
        Points on an edge between its ends (see the module), 3 in a plane and 1 in space unless
        given.

    Raises
    ------
    GeometryError
        A region or boundary is unknown.
    """
    inside = mesh.region_cells(regions)
    cuts = CUTS[mesh.dimension] if cuts is None else cuts
    graph = _Graph(mesh, np.flatnonzero(inside), cuts)
    begin, finish = (graph.nodes_on(boundary) for boundary in (start, end))
    between = abs(_height(mesh, end, start) - _height(mesh, start, start))
    if not len(begin) or not len(finish):
        return Paths(np.empty((0, mesh.dimension)), np.empty(0), between)
    found = dijkstra(graph.lengths(), directed=False, indices=begin, min_only=True)[finish]
    reached = np.isfinite(found)
    return Paths(graph.places[finish[reached]], found[reached], between)


class _Graph:
    """Vertices and points on the edges of some cells, joined by straight pieces in each cell.

    nodes (c, n): of every cell; places (p, dimension). As in a split space, two cells have their
    copies of a node in common when they are joined through facets around it.
    """

    def __init__(self, mesh: Microstructure, cells: np.ndarray, cuts: int):
        self.mesh, self.row = mesh, np.full(len(mesh.cells), -1)
        self.row[cells] = np.arange(len(cells))
        corner = mesh.cells[cells]
        corners = corner.shape[1]
        edge = np.array(list(combinations(range(corners), 2)))
        ends = np.sort(corner[:, edge], axis=2)
        edges, number = np.unique(ends.reshape(-1, 2), axis=0, return_inverse=True)
        share = (np.arange(cuts) + 1.0) / (cuts + 1.0)
        first, second = mesh.points[edges[:, 0], None], mesh.points[edges[:, 1], None]
        on_edges = (first + share[None, :, None] * (second - first)).reshape(-1, mesh.dimension)
        middle = len(mesh.points) + (
            cuts * number.reshape(len(cells), -1)[:, :, None] + np.arange(cuts)
        )
        shared = np.concatenate([corner, middle.reshape(len(cells), -1)], axis=1)
        vertices = [[v for v in range(corners) if v != i] for i in range(corners)]
        inner = [
            [
                corners + cuts * e + k
                for e in range(len(edge))
                if i not in edge[e]
                for k in range(cuts)
            ]
            for i in range(corners)
        ]
        self.on_facet = np.array([a + b for a, b in zip(vertices, inner, strict=True)])
        self.nodes, copies = self._split(shared)
        place = np.concatenate([mesh.points, on_edges])
        self.places = np.empty((copies, mesh.dimension))
        self.places[self.nodes] = place[shared]

    def _local(self, rows: np.ndarray, cells: np.ndarray) -> np.ndarray:
        """Return the local vertex that each of these cells has beside this facet."""
        inside = (
            self.mesh.cells[cells][:, :, None] == self.mesh.facet_table.facets[rows][:, None, :]
        ).any(axis=2)
        return np.argmin(inside, axis=1)

    def _split(self, shared: np.ndarray) -> tuple[np.ndarray, int]:
        """Return the nodes (c, n), with a number of their own where no facets join the cells.

        Beside them stands how many there are.
        """
        pair = self.mesh.facet_table.cells
        rows = np.flatnonzero(self.mesh.facet_table.interior & (self.row[pair] >= 0).all(axis=1))
        slots = []
        for side in (0, 1):
            cells = pair[rows, side]
            local, mine = self.on_facet[self._local(rows, cells)], self.row[cells][:, None]
            order = np.argsort(shared[mine, local], axis=1)
            slots.append(np.take_along_axis(mine * shared.shape[1] + local, order, axis=1).ravel())
        graph = coo_matrix(
            (np.ones(len(slots[0]), dtype=bool), tuple(slots)), shape=(shared.size,) * 2
        )
        count, label = connected_components(graph, directed=False)
        return label.reshape(shared.shape), count

    def lengths(self) -> coo_matrix:
        """Return the matrix (p, p) of the lengths of the straight pieces [m]."""
        ends = [self.nodes[:, list(each)] for each in combinations(range(self.nodes.shape[1]), 2)]
        pairs = np.unique(np.sort(np.concatenate(ends), axis=1), axis=0)
        length = np.linalg.norm(self.places[pairs[:, 0]] - self.places[pairs[:, 1]], axis=1)
        return coo_matrix((length, pairs.T), shape=(len(self.places),) * 2).tocsr()

    def nodes_on(self, boundary: str) -> np.ndarray:
        """Return the nodes that lie on an outer boundary with a facet of their cell."""
        cells, rows = (
            cells_at(self.mesh, boundary),
            self.mesh.facet_table.find(self.mesh.boundaries[boundary]),
        )
        kept = self.row[cells] >= 0
        local = self.on_facet[self._local(rows[kept], cells[kept])]
        return np.unique(np.take_along_axis(self.nodes[self.row[cells[kept]]], local, axis=1))


def _height(mesh: Microstructure, boundary: str, across: str) -> float:
    """Return the mean coordinate of a boundary along the axis across another."""
    axis = int(
        np.argmin(np.ptp(mesh.points[mesh.boundaries[across]].reshape(-1, mesh.dimension), axis=0))
    )
    return float(mesh.points[mesh.boundaries[boundary]][..., axis].mean())
