"""Convex polygons that share a strip with each other and with discs: cells of a power diagram.

Each polygon starts as the cell of its centre in the power diagram of all bodies (weights r²), cut
back so that every gap is kept, and is then shrunk about its centroid to the area it has to have.
Where a cell is too small, the others make up for it. So the polygons reach shares that no
relaxation of outlines reaches: only the gaps are lost.
"""

import numpy as np
from scipy.spatial import cKDTree

from chemomech.geometry.drawing.bodies import Strip

NEIGHBOURS = 30


def polygon_area(corners: np.ndarray) -> float:
    """Return the area of a polygon (k, 2) whose corners run counter-clockwise."""
    x, y = (corners - corners[0]).T
    return 0.5 * float(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y))


def centroid(corners: np.ndarray) -> np.ndarray:
    """Return the centroid (2,) of a polygon (k, 2)."""
    x, y = (corners - corners[0]).T
    cross = x * np.roll(y, -1) - np.roll(x, -1) * y
    moments = [np.sum((each + np.roll(each, -1)) * cross) for each in (x, y)]
    return corners[0] + np.array(moments) / (3.0 * cross.sum())


def clip(corners: np.ndarray, normal: np.ndarray, level: float) -> np.ndarray:
    """Return the part (k, 2) of a convex polygon where x · normal <= level.

    Parameters
    ----------
    corners : (n, 2) array
        Corners in order.
    normal : (2,) array
        Direction in which the polygon is cut off.
    level : float
        Where it is cut off.

    Returns
    -------
    (k, 2) array
        k = 0 when nothing is left.
    """
    height = corners @ normal - level
    if not len(corners) or np.all(height <= 0.0):
        return corners
    found = []
    for here, there, a, b in zip(
        corners, np.roll(corners, -1, axis=0), height, np.roll(height, -1), strict=True
    ):
        if a <= 0.0:
            found.append(here)
        if (a < 0.0 < b) or (b < 0.0 < a):
            found.append(here + a / (a - b) * (there - here))
    return np.array(found).reshape(-1, 2)


def cells(
    centres: np.ndarray,
    radii: np.ndarray,
    coats: np.ndarray,
    polygon: np.ndarray,
    strip: Strip,
    shortest: float,
) -> list[np.ndarray]:
    """Return the largest polygon (k, 2) that each marked body may fill.

    Parameters
    ----------
    centres : (n, 2) array
        Positions of all bodies.
    radii : (n,) array
        Radii of all bodies.
    coats : (n,) array
        Thickness of what lies around them; the strip's gap is kept outside it.
    polygon : (n,) bool array
        Marks the bodies that are polygons.
    strip : Strip
        Their room.
    shortest : float
        Edges below this are joined with the next.
    """
    number, gap = np.arange(len(centres)), strip.gap
    every, owner = centres, number
    if strip.periodic:
        aside = np.array([strip.width, 0.0])
        every, owner = (
            np.concatenate([centres, centres - aside, centres + aside]),
            np.tile(number, 3),
        )
    tree, found = cKDTree(every), []
    for body in np.flatnonzero(polygon):
        here = centres[body]
        own = gap + coats[body]
        half = 0.5 * strip.width - own + 0.5 * gap if strip.periodic else strip.width
        x = np.array([here[0] - half, here[0] + half])
        if not strip.periodic:
            x = np.clip(x, own, strip.width - own)
        near = np.mod(
            np.linspace(here[0] - 1.5 * radii[body], here[0] + 1.5 * radii[body], 21), strip.width
        )
        low = np.interp(near, *strip.lower.T).max() + own
        high = np.interp(near, *strip.upper.T).min() - own
        corners = np.array([[x[0], low], [x[1], low], [x[1], high], [x[0], high]])
        for other in np.atleast_1d(tree.query(here, min(NEIGHBOURS, len(every)))[1])[1:]:
            way, radius = every[other] - here, radii[owner[other]]
            length = np.linalg.norm(way)
            level = (length**2 + radii[body] ** 2 - radius**2) / (2.0 * length) - own + 0.5 * gap
            if not polygon[owner[other]]:
                level = min(level, length - radius - coats[owner[other]] - own)
            corners = clip(corners, way / length, level + here @ way / length)
        found.append(_without_short_edges(corners, shortest) if low < high else np.empty((0, 2)))
    return found


def _without_short_edges(corners: np.ndarray, shortest: float) -> np.ndarray:
    """Return the corners, of each edge below the shortest length one; at least a triangle stays."""
    while len(corners) > 3:
        length = np.linalg.norm(np.roll(corners, -1, axis=0) - corners, axis=1)
        first = int(np.argmin(length))
        if length[first] >= shortest:
            break
        second = (first + 1) % len(corners)
        corners[first] = 0.5 * (corners[first] + corners[second])
        corners = np.delete(corners, second, axis=0)
    return corners


def shrink_to_areas(
    polygons: list[np.ndarray], areas: np.ndarray
) -> tuple[list[np.ndarray], float]:
    """Return polygons of the asked areas, and which share of their sum they reach.

    Parameters
    ----------
    polygons : list of (k, 2) array
        The largest polygons.
    areas : (n,) array
        Areas asked for.

    Returns
    -------
    polygons : list of (k, 2) array
        Polygons about the same centroids.
    reached : float
        1 but where the polygons are too small.
    """
    largest = np.array([polygon_area(each) if len(each) > 2 else 0.0 for each in polygons])
    low, high = 0.0, 1e6
    for _ in range(100):
        factor = 0.5 * (low + high) if high < 1e6 else 2.0 * max(low, 0.5)
        low, high = (
            (factor, high)
            if np.minimum(factor * areas, largest).sum() < areas.sum()
            else (low, factor)
        )
        if low > 1e5:
            break
    kept = np.minimum(high * areas, largest)
    found = []
    for corners, area, most in zip(polygons, kept, largest, strict=True):
        if most > 0.0:
            middle = centroid(corners)
            found.append(middle + np.sqrt(area / most) * (corners - middle))
    return found, float(kept.sum() / areas.sum())
