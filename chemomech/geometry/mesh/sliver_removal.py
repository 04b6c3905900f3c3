"""Removal of slivers: corners of the worst cells move a little where that makes these better.

A mesher that must keep the given surfaces cannot remove a sliver with all its corners on them.
"""

from typing import Any

import numpy as np

from chemomech.geometry.mesh.facets import cell_measures, cell_qualities, orient

AIM = 0.2  # mean ratio
ROUNDS, TRIALS = 12, 48
TETRAHEDRON = 4  # gmsh's type
SHARE = 0.1  # of the edges of a drawing's mesh: how far a node may move


def move_nodes(points: np.ndarray, cells: np.ndarray, free: np.ndarray, reach: float) -> np.ndarray:
    """Move points at cells below AIM so that the worst quality around them rises.

    It never falls. The moved points (n, 3) are returned.

    Parameters
    ----------
    points : (n, 3) array
        Coordinates.
    cells : (m, 4) int array
        Tetrahedra.
    free : (n, 3) bool array
        Along which axes each point may move.
    reach : float
        Distance from where it is that no point exceeds, in the unit of the points.
    """
    points, origin = points.copy(), points
    generator = np.random.default_rng(0)
    qualities = cell_qualities(points, cells)
    if qualities.min() >= AIM:
        return points
    order = np.argsort(cells.ravel(), kind="stable")
    starts = np.searchsorted(cells.ravel()[order], np.arange(len(points) + 1))
    for _ in range(ROUNDS):
        bad = np.flatnonzero(qualities < AIM)
        bad = bad[np.argsort(qualities[bad], kind="stable")]
        moved = False
        for node in dict.fromkeys(cells[bad].ravel().tolist()):
            around = order[starts[node] : starts[node + 1]] // 4
            worst = qualities[around].min()
            if not free[node].any() or worst >= AIM:
                continue
            places = points[node] + generator.normal(0.0, 0.3 * reach, (TRIALS, 3)) * free[node]
            places = places[np.linalg.norm(places - origin[node], axis=1) <= reach]
            corners = np.broadcast_to(
                points[cells[around]], (len(places), len(around), 4, 3)
            ).copy()
            corners[:, cells[around] == node] = places[:, None]
            tried = cell_qualities(
                corners.reshape(-1, 3), np.arange(corners.size // 3).reshape(-1, 4)
            )
            tried = tried.reshape(len(places), len(around))
            best = int(np.argmax(tried.min(axis=1))) if len(places) else 0
            if len(places) and tried[best].min() > worst:
                points[node], qualities[around], moved = places[best], tried[best], True
        if not moved:
            break
    return points


def remove_slivers(
    gmsh: Any, reach: float, planes: list[list[float]], held: tuple[int, ...] = ()
) -> None:
    """Move nodes of the current model's tetrahedra so that slivers vanish.

    Parameters
    ----------
    gmsh : module
        gmsh, in a session with a mesh.
    reach : float
        How far a node may move, in units of the model.
    planes : list of list of float
        By axis, the positions of planes that nodes keep to.
    held : tuple of int
        Axes at whose planes nodes do not move at all.
    """
    tags, points, cells = _tetrahedra(gmsh)
    free = np.column_stack(
        [
            np.abs(points[:, axis, None] - np.array(at)).min(axis=1) > 1e-6 * reach
            for axis, at in enumerate(planes)
        ]
    )
    for axis in held:
        free[~free[:, axis]] = False
    _move(gmsh, tags, points, move_nodes(points, cells, free, reach))


def remove_slivers_of_drawing(gmsh: Any) -> None:
    """Remove slivers where nothing is known of the surfaces but what gmsh says.

    Nodes of outer surfaces, of edges and of inclined planes stay; those of planes across an axis
    stay in them; those of curved surfaces between two volumes move by a tenth of the smaller edges
    at most.
    """
    if set(gmsh.model.mesh.getElementTypes(3)) != {TETRAHEDRON}:
        return
    tags, points, cells = _tetrahedra(gmsh)
    row = dict(zip(tags.tolist(), range(len(tags)), strict=True))
    # Edge of the regular tetrahedron of a volume: (6 √2 V)^(1/3)
    edges = np.cbrt(6.0 * np.sqrt(2.0) * np.abs(cell_measures(points, cells)))
    reach = SHARE * float(np.quantile(edges, 0.1))
    free = np.ones(points.shape, dtype=bool)
    for dimension in range(3):
        for _, tag in gmsh.model.getEntities(dimension):
            own = [
                row[node]
                for node in gmsh.model.mesh.getNodes(dimension, tag)[0].tolist()
                if node in row
            ]
            if not own:
                continue
            flat = np.ptp(points[own], axis=0) < 1e-6 * reach
            inside = dimension == 2 and len(gmsh.model.getAdjacencies(2, tag)[0]) > 1
            if inside and gmsh.model.getType(2, tag) != "Plane":
                continue
            free[own] = ~flat if inside and flat.sum() == 1 else False
    _move(gmsh, tags, points, move_nodes(points, cells, free, reach))


def _tetrahedra(gmsh: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the tags of all nodes, their places and the tetrahedra with positive orientation."""
    tags, coordinates, _ = gmsh.model.mesh.getNodes()
    row = np.zeros(int(tags.max()) + 1, dtype=np.int64)
    row[tags] = np.arange(len(tags))
    points = coordinates.reshape(-1, 3)
    cells = row[gmsh.model.mesh.getElementsByType(TETRAHEDRON)[1]].reshape(-1, 4)
    return tags, points, orient(points, cells)


def _move(gmsh: Any, tags: np.ndarray, points: np.ndarray, better: np.ndarray) -> None:
    """Put the nodes that have moved into gmsh's mesh."""
    for index in np.flatnonzero((better != points).any(axis=1)):
        gmsh.model.mesh.setNode(int(tags[index]), better[index].tolist(), [])
