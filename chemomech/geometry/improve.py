"""Slivers mended: corners of the worst cells are moved a little where that makes the worst cell around them better.

A mesher that must keep the given surfaces cannot mend a cell with all its corners on them.
"""

import numpy as np

from .facets import cell_measures, cell_qualities

AIM = 0.2  # mean ratio
ROUNDS, TRIALS = 12, 48


def improved(points: np.ndarray, cells: np.ndarray, free: np.ndarray, reach: float) -> np.ndarray:
    """Return points (n, 3) of which those at cells (m, 4) below AIM have moved; the worst quality never falls.

    free (n, 3): along which axes they may move, by no more than `reach` from where they are.
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
            corners = np.broadcast_to(points[cells[around]], (len(places), len(around), 4, 3)).copy()
            corners[:, cells[around] == node] = places[:, None]
            tried = cell_qualities(corners.reshape(-1, 3), np.arange(corners.size // 3).reshape(-1, 4))
            tried = tried.reshape(len(places), len(around))
            best = int(np.argmax(tried.min(axis=1))) if len(places) else 0
            if len(places) and tried[best].min() > worst:
                points[node], qualities[around], moved = places[best], tried[best], True
        if not moved:
            break
    return points


def improve(gmsh, reach: float, planes: list[list[float]], held: tuple[int, ...] = ()) -> None:
    """Mend the slivers of the current model's tetrahedra.

    planes: by axis, the places of planes that nodes keep to; held: axes at whose planes nodes do not move at all.
    """
    tags, coordinates, _ = gmsh.model.mesh.getNodes()
    row = np.zeros(int(tags.max()) + 1, dtype=np.int64)
    row[tags] = np.arange(len(tags))
    points, cells = coordinates.reshape(-1, 3), row[gmsh.model.mesh.getElementsByType(4)[1]].reshape(-1, 4)
    negative = cell_measures(points, cells) < 0.0
    cells[negative, -2:] = cells[negative, :-3:-1]
    free = np.column_stack([
        np.abs(points[:, axis, None] - np.array(at)).min(axis=1) > 1e-6 * reach for axis, at in enumerate(planes)
    ])
    for axis in held:
        free[~free[:, axis]] = False
    better = improved(points, cells, free, reach)
    for index in np.flatnonzero((better != points).any(axis=1)):
        gmsh.model.mesh.setNode(int(tags[index]), better[index].tolist(), [])
