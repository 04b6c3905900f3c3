"""The pieces of a plane mesh, the borders between them, and where flaws end in them.

A piece is a connected set of cells of one region and one particle or grain. Its border is made of
the edges that bound it and of those of interfaces inside it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from chemomech.geometry.errors import GeometryError
from chemomech.geometry.mesh.microstructure import Microstructure
from chemomech.units.field import MICROMETRE

# Of the edge length per distance from an end: the spread between circles is below 0.2 %.
SIZE_GRADIENT = 0.15
COARSE = 0.7  # an edge this much longer than the size at its middle is divided
SNAP = 0.1  # of the size: a mouth so close to a vertex of the border takes its place


@dataclass(frozen=True)
class Line:
    """A flaw to embed.

    Attributes
    ----------
    key : str
        Where it stands in the case, for messages.
    name : str
        Name of its interface.
    region : str
        The region that it lies in.
    start, end : (2,) array
        Its two ends [m].
    size : float
        Edge length about its ends [m].
    """

    key: str
    name: str
    region: str
    start: np.ndarray
    end: np.ndarray
    size: float


class End(NamedTuple):
    """An end of a flaw.

    Attributes
    ----------
    position : (2,) array
        Where it lies [m].
    border : int
        Row of the facet table of the border edge that it lies on, a mouth; -1 for a tip.
    vertex : int
        Vertex of that edge whose place it takes, -1 for none.
    """

    position: NDArray
    border: int
    vertex: int


class Pieces:
    """The pieces of a mesh, the edges around and inside them, and where flaws end.

    Attributes
    ----------
    mesh : Microstructure
        The mesh, 2D.
    table : FacetTable
        Its facets.
    component : (m,) int array
        Piece of each cell.
    border : (b,) int array
        Rows of the facet table that bound a piece or belong to an interface.
    edges : (b, 2, 2) array
        Their end points [m].
    ends : list of (int, list of End)
        Of each flaw its piece and its two ends.
    affected : (pieces,) bool array
        Which pieces are meshed again.
    free : set of int
        Border rows that are divided.
    """

    def __init__(self, mesh: Microstructure, lines: Sequence[Line]) -> None:
        """Find the pieces and the ends of the flaws; GeometryError where a flaw cannot be."""
        self.mesh, self.table = mesh, mesh.facet_table
        first, second = self.table.cells.T
        alike = self.table.interior.copy()
        pair = first[alike], second[alike]
        same = (mesh.cell_region[pair[0]] == mesh.cell_region[pair[1]]) & (
            mesh.cell_particle[pair[0]] == mesh.cell_particle[pair[1]]
        )
        alike[alike] = same
        size = len(mesh.cells)
        graph = coo_matrix(
            (np.ones(alike.sum()), (first[alike], second[alike])), shape=(size, size)
        )
        self.component = connected_components(graph, directed=False)[1]
        border = ~alike
        for facets in mesh.interfaces.values():
            border[self.table.find(facets)] = True
        self.border = np.flatnonzero(border)
        self.edges = mesh.points[self.table.facets[self.border]]
        self.ends = [self._place_ends(line) for line in lines]
        self._check_apart(lines)
        self.affected, self.free = self._affected(lines)

    def _place_ends(self, line: Line) -> tuple[int, list[End]]:
        """Return the piece of a flaw and its two ends; GeometryError where it cannot lie."""
        way = line.end - line.start
        length = float(np.hypot(*way))
        if not length > 4.0 * line.size:
            raise GeometryError(
                f"{line.key}: the flaw is {length / MICROMETRE:.4g} um long; at least four times "
                f"its size, {line.size / MICROMETRE:.4g} um, is needed"
            )
        way, middle = way / length, 0.5 * (line.start + line.end)
        cell = _cell_at(self.mesh, middle)
        names = {number: name for name, number in self.mesh.regions.items()}
        found = None if cell is None else names[self.mesh.cell_region[cell]]
        if found != line.region:
            raise GeometryError(
                f"{line.key}: its middle, {_um(middle)}, lies "
                f"{f'in {found}' if found else 'outside the mesh'}, not in {line.region}"
            )
        crossing, rows = _crossings(self.edges, middle, way)
        half, ends = 0.5 * length, []
        for sign, given in ((-1.0, line.start), (1.0, line.end)):
            beyond = np.flatnonzero(sign * crossing > 0.0)
            nearest = beyond[np.argmin(np.abs(crossing[beyond]))] if len(beyond) else None
            reach = np.inf if nearest is None else abs(crossing[nearest])
            if reach < half - line.size:
                place = middle + sign * reach * way
                raise GeometryError(
                    f"{line.key}: crosses a border of {line.region} at {_um(place)}; it must stay "
                    "in one piece of its region, and an end on its border within the mesh size "
                    "of it"
                )
            if reach > half + line.size:
                self._check_room(line, given)
                ends.append(End(given, -1, -1))
                continue
            place, row = middle + sign * reach * way, self.border[rows[nearest]]
            corner = self.table.facets[row]
            apart = np.linalg.norm(self.mesh.points[corner] - place, axis=1)
            snapped = apart.min() < SNAP * line.size
            vertex = corner[np.argmin(apart)] if snapped else -1
            ends.append(End(self.mesh.points[vertex] if snapped else place, int(row), int(vertex)))
        if all(row >= 0 for _, row, _ in ends):
            raise GeometryError(
                f"{line.key}: cuts {line.region} from border to border; a flaw has a tip inside it"
            )
        return self.component[cell], ends

    def _check_room(self, line: Line, tip: NDArray) -> None:
        """Raise GeometryError for a tip closer to a border than four sizes."""
        away = _distance(self.edges, tip).min()
        if away < 4.0 * line.size:
            raise GeometryError(
                f"{line.key}: its tip at {_um(tip)} is {away / MICROMETRE:.3g} um from a border; "
                f"at least four times its size, {line.size / MICROMETRE:.3g} um, is needed, or an "
                "end on the border"
            )

    def _check_apart(self, lines: Sequence[Line]) -> None:
        """Raise GeometryError for flaws that meet or come closer than four sizes."""
        for i, line in enumerate(lines):
            for j in range(i):
                one, two = (np.array([place for place, _, _ in self.ends[k][1]]) for k in (i, j))
                least = 4.0 * max(line.size, lines[j].size)
                pairs = (one, two[0]), (one, two[1]), (two, one[0]), (two, one[1])
                away = min(_distance(each[None], end).min() for each, end in pairs)
                cross, _ = _crossings(two[None], one[0], one[1] - one[0])
                if away < least or np.any((cross >= 0.0) & (cross <= 1.0)):
                    raise GeometryError(
                        f"{line.key}: meets or comes close to {lines[j].key}; they must keep apart"
                    )

    def sizes_at(self, places: NDArray, lines: Sequence[Line]) -> NDArray:
        """Return the largest edge length (n,) [m] that the flaws allow at places.

        Parameters
        ----------
        places : (n, 2) array
            Points [m].
        lines : sequence of Line
            The flaws, in the order of `ends`.
        """
        found = np.full(len(places), np.inf)
        for line, (_, ends) in zip(lines, self.ends, strict=True):
            for place, _, _ in ends:
                found = np.minimum(
                    found, line.size + SIZE_GRADIENT * np.linalg.norm(places - place, axis=1)
                )
        return found

    def _affected(self, lines: Sequence[Line]) -> tuple[NDArray, set[int]]:
        """Return which pieces are meshed again, and which border rows are divided."""
        middle = self.edges.mean(axis=1)
        long = np.linalg.norm(self.edges[:, 1] - self.edges[:, 0], axis=1) * COARSE > self.sizes_at(
            middle, lines
        )
        affected = np.zeros(self.component.max() + 1, dtype=bool)
        affected[[component for component, _ in self.ends]] = True
        free = set(self.border[long].tolist())
        free |= {row for _, ends in self.ends for _, row, vertex in ends if row >= 0 and vertex < 0}
        beside = self.table.cells[sorted(free)].ravel() if free else np.empty(0, dtype=int)
        affected[self.component[beside[beside >= 0]]] = True
        return affected, free


def _cell_at(mesh: Microstructure, place: NDArray) -> int | None:
    """Return the cell that holds a point (2,), None outside."""
    corner = mesh.points[mesh.cells]
    edge = np.roll(corner, -1, axis=1) - corner
    to = place - corner
    inside = edge[..., 0] * to[..., 1] - edge[..., 1] * to[..., 0] >= 0.0
    found = np.flatnonzero(inside.all(axis=1))
    return int(found[0]) if len(found) else None


def _crossings(edges: NDArray, origin: NDArray, way: NDArray) -> tuple[NDArray, NDArray]:
    """Return where the line origin + t way crosses edges (k, 2, 2), as t, and the edges' rows."""
    normal = np.array([-way[1], way[0]])
    height = (edges - origin) @ normal
    along = (edges - origin) @ way / (way @ way)
    rows = np.flatnonzero(
        (height.min(axis=1) <= 0.0) & (height.max(axis=1) >= 0.0) & (np.ptp(height, axis=1) > 0.0)
    )
    share = -height[rows, 0] / (height[rows, 1] - height[rows, 0])
    return along[rows, 0] + share * (along[rows, 1] - along[rows, 0]), rows


def _distance(edges: NDArray, place: NDArray) -> NDArray:
    """Return the distance (k,) of a point from edges (k, 2, 2)."""
    along = edges[:, 1] - edges[:, 0]
    square = np.maximum(np.einsum("ki,ki->k", along, along), np.finfo(float).tiny)
    share = np.clip(np.einsum("ki,ki->k", place - edges[:, 0], along) / square, 0.0, 1.0)
    return np.linalg.norm(edges[:, 0] + share[:, None] * along - place, axis=1)


def _um(place: NDArray) -> str:
    """Return a place in micrometres, for a message."""
    return f"({place[0] / MICROMETRE:.4g} um, {place[1] / MICROMETRE:.4g} um)"
