"""A plane section through simplices in space.

With it a saved state in space is drawn like one in the plane. A cut edge of the mesh gives one
point, so that cells that share it share the point, and the two sides of an interface, which have
edges of their own, do not.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray


class Section(NamedTuple):
    """Cut edges of a mesh, and cells between them one dimension lower than those cut.

    Attributes
    ----------
    ends : (s, 2) array
        Points of the mesh at both ends of every cut edge.
    share : (s,) array
        Share of the second end in the point where the edge is cut.
    cells : (c, d) array
        Cut edges at the corners of every cell of the section.
    owner : (c,) array
        The cell that was cut.
    """

    ends: np.ndarray
    share: np.ndarray
    cells: np.ndarray
    owner: np.ndarray

    def of(self, values: NDArray[Any]) -> NDArray[Any]:
        """Interpolate values (p, ...) at the mesh's points to the cut edges, (s, ...)."""
        share = self.share.reshape(-1, *[1] * (values.ndim - 1))
        return (1.0 - share) * values[self.ends[:, 0]] + share * values[self.ends[:, 1]]


def cut(points: NDArray[Any], cells: NDArray[Any], axis: int, position: float) -> Section:
    """Cut simplices by a plane x_axis = position.

    Parameters
    ----------
    points : (p, 3) array
        Points of the mesh.
    cells : (m, 4) or (m, 3) array
        Tetrahedra or triangles.
    axis : int
        Number of the coordinate that the plane fixes.
    position : float
        Its value.
    """
    height = points[:, axis] - position
    above = height[cells] >= 0.0
    count = above.sum(axis=1)
    corners = cells.shape[1]
    pieces, owners = [], []
    for number in range(1, corners):
        found = np.flatnonzero(count == number)
        order = np.argsort(~above[found], axis=1, kind="stable")
        node = np.take_along_axis(cells[found], order, axis=1)
        pairs = [(i, j) for i in range(number) for j in range(number, corners)]
        if len(pairs) == 4:
            # Around the quadrilateral, neighbours share a corner.
            pairs = [pairs[k] for k in (0, 1, 3, 2)]
            parts = [[pairs[k] for k in (0, 1, 2)], [pairs[k] for k in (0, 2, 3)]]
        else:
            parts = [pairs]
        for part in parts:
            pieces.append(np.stack([np.sort(node[:, list(pair)], axis=1) for pair in part], axis=1))
            owners.append(found)
    pieces, owner = np.concatenate(pieces), np.concatenate(owners)
    ends, place_of = np.unique(pieces.reshape(-1, 2), axis=0, return_inverse=True)
    low, high = height[ends].T
    return Section(ends, low / (low - high), place_of.reshape(pieces.shape[:2]), owner)
