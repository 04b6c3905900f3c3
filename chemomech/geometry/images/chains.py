"""The boundaries between the components of an image, as chains of points between junctions.

A junction is a point where more than two boundaries meet, or a corner of the box. Smoothing after
G. Taubin, "A signal processing approach to fair surface design", SIGGRAPH 1995
(doi:10.1145/218380.218473): passes of x ← x + λ Δx and x ← x + μ Δx with Δx = mean of the
neighbours − x, which take away the steps of the pixels and leave wavelengths above about 13 pixels
alone, without shrinking. Lengths are in pixels, y points up.
"""

from dataclasses import dataclass, replace

import numpy as np

SHRINK, GROW, PASSES = 0.5, -0.53, 15
FURTHEST = 0.45  # pixels that an end on the box may slide: two ends keep their order
LEFT, RIGHT, BOTTOM, TOP = -1, -2, -3, -4  # what lies beyond the box


@dataclass(frozen=True)
class Chain:
    """A boundary between two components.

    Attributes
    ----------
    points : (n, 2) array
        Its points in order; of a closed chain the first is also the last.
    left, right : int
        The components on the two sides of its direction.
    start, end : int
        Numbers of its end nodes, equal for a closed chain.
    """

    points: np.ndarray
    left: int
    right: int
    start: int
    end: int

    @property
    def closed(self) -> bool:
        """Whether it ends where it starts."""
        return self.start == self.end

    @property
    def outer(self) -> bool:
        """Whether it lies on the box."""
        return min(self.left, self.right) < 0


def trace(components: np.ndarray) -> list[Chain]:
    """Return the chains between the components (rows, columns) of pixels and around them."""
    rows, columns = components.shape
    ends, sides = _edges(components)
    around: dict[int, list[int]] = {}
    for edge, (first, last) in enumerate(ends.tolist()):
        around.setdefault(first, []).append(edge)
        around.setdefault(last, []).append(edge)
    width = columns + 1
    corners = {0, columns, rows * width, rows * width + columns}
    junctions = [node for node, edges in around.items() if len(edges) != 2 or node in corners]
    pairs, used = ends.tolist(), np.zeros(len(ends), dtype=bool)
    chains: list[Chain] = []

    def follow(node: int, edge: int) -> None:
        nodes, forward = [node], pairs[edge][0] == node
        left, right = sides[edge] if forward else sides[edge][::-1]
        while True:
            used[edge] = True
            node = pairs[edge][0] + pairs[edge][1] - node
            nodes.append(node)
            if node in stops or node == nodes[0]:
                break
            edge = sum(around[node]) - edge
        points = np.column_stack(np.divmod(np.array(nodes), width)[::-1]).astype(float)
        chains.append(Chain(points, int(left), int(right), nodes[0], nodes[-1]))

    stops = set(junctions)
    for node in sorted(junctions):
        for edge in around[node]:
            if not used[edge]:
                follow(node, edge)
    for edge in range(len(ends)):
        if not used[edge]:
            follow(pairs[edge][0], edge)
    return chains


def _edges(components: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the lattice nodes (k, 2) of every edge between two components, and the components.

    These stand left and right of the edge (k, 2).
    """
    columns = components.shape[1]
    padded = np.pad(components, 1)
    padded[:, 0], padded[:, -1], padded[0], padded[-1] = LEFT, RIGHT, BOTTOM, TOP
    beside, below = padded[1:-1], padded[:, 1:-1]
    y, x = np.nonzero(beside[:, :-1] != beside[:, 1:])
    node = y * (columns + 1) + x
    upward = np.column_stack([node, node + columns + 1])
    upward_sides = np.column_stack([beside[y, x], beside[y, x + 1]])
    y, x = np.nonzero(below[:-1] != below[1:])
    node = y * (columns + 1) + x
    along = np.column_stack([node, node + 1])
    along_sides = np.column_stack([below[y + 1, x], below[y, x]])
    return np.concatenate([upward, along]), np.concatenate([upward_sides, along_sides])


def smooth(chains: list[Chain], box: np.ndarray) -> list[Chain]:
    """Return the chains after Taubin's passes.

    Junctions stay; those on the box's sides slide along them.

    Parameters
    ----------
    chains : list of Chain
        As traced along the pixels.
    box : (2,) array
        Width and height of the image, in pixels.
    """
    nodes: dict[tuple[float, float], int] = {}
    index = [
        np.array([nodes.setdefault(tuple(p), len(nodes)) for p in c.points.tolist()])
        for c in chains
    ]
    origin = np.array(list(nodes))
    first, last = np.full(len(origin), -1), np.full(len(origin), -1)
    sliding = np.zeros((len(origin), 2), dtype=bool)
    degree = np.zeros(len(origin), dtype=int)
    for chain, own in zip(chains, index, strict=True):
        np.add.at(degree, own[[0, -1]], 0 if chain.outer else 1)
        if chain.outer:
            continue
        if chain.closed:
            first[own[:-1]], last[own[:-1]] = np.roll(own[:-1], 1), np.roll(own[:-1], -1)
        else:
            first[own[1:-1]], last[own[1:-1]] = own[:-2], own[2:]
            for end, beside in ((own[0], own[1]), (own[-1], own[-2])):
                first[end] = last[end] = beside
    at_side = (origin == 0.0) | (origin == box)
    inner = first >= 0
    sliding[inner & (at_side.sum(axis=1) == 0) & (degree == 0)] = True
    ends = inner & (at_side.sum(axis=1) == 1) & (degree == 1)
    sliding[ends] = ~at_side[ends]
    for chain, own in zip(chains, index, strict=True):
        if chain.closed and not chain.outer:
            junction = degree[own[0]] > 2 or at_side[own[0]].any()
            sliding[own[0]] = not junction
    moving = np.flatnonzero(sliding.any(axis=1))
    points = origin.copy()
    for _ in range(PASSES):
        for share in (SHRINK, GROW):
            mean = 0.5 * (points[first[moving]] + points[last[moving]])
            points[moving] += share * sliding[moving] * (mean - points[moving])
            held = ends[moving]
            at = moving[held]
            points[at] = np.clip(points[at], origin[at] - FURTHEST, origin[at] + FURTHEST)
    return [replace(chain, points=points[own]) for chain, own in zip(chains, index, strict=True)]


def arc(points: np.ndarray) -> np.ndarray:
    """Return the length (n,) along a polyline (n, 2) up to each of its points."""
    return np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])


def along(points: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Return the places (k, 2) at some lengths along a polyline.

    Parameters
    ----------
    points : (n, 2) array
        The polyline.
    at : (k,) array
        Lengths from its first point.
    """
    length = arc(points)
    return np.column_stack([np.interp(at, length, points[:, axis]) for axis in range(2)])
