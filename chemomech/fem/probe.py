"""Which cell of a Domain holds a point: for sampling cell fields along lines."""

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from chemomech.fem.domain import Domain

CANDIDATES = {2: 16, 3: 96}  # by dimension
AT_ONCE = 20_000


def locate(domain: Domain, points: NDArray, cells: NDArray) -> NDArray:
    """Find the cell that holds each point, -1 where none does.

    Tries the cells with the nearest centroids; on a conforming mesh of fair quality the right one
    is among them.

    Parameters
    ----------
    domain : Domain
        The mesh.
    points : (n, d) array
        Positions [m].
    cells : array
        Numbers of the cells to look in.

    Returns
    -------
    (n,) array
        Numbers of the cells found.
    """
    corner = domain.points[domain.vertices[cells]]
    inverse = np.linalg.inv(domain.jacobians(cells))
    count = min(CANDIDATES[domain.dimension], len(cells))
    tree, found = cKDTree(corner.mean(axis=1)), np.empty(len(points), dtype=np.int64)
    for start in range(0, len(points), AT_ONCE):
        some = slice(start, start + AT_ONCE)
        near = tree.query(points[some], k=count)[1].reshape(-1, count)
        local = np.einsum("ncij,ncj->nci", inverse[near], points[some][:, None] - corner[near, 0])
        inside = np.minimum(local.min(axis=2), 1.0 - local.sum(axis=2))
        best, rows = np.argmax(inside, axis=1), np.arange(len(near))
        found[some] = np.where(inside[rows, best] > -1e-6, cells[near[rows, best]], -1)
    return found
