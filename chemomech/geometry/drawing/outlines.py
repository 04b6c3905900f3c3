"""Boundaries traced along pixels, moved onto the outlines of the shapes that they part.

A point between two shapes goes to the zero of the upper one's distance; one where several
boundaries meet to the zero of all of them, by Gauss-Newton steps. Boundaries too short to be meshed
vanish first. Lengths are in micrometres.
"""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from chemomech.geometry.drawing.sampling import crossings
from chemomech.geometry.drawing.shapes import Either
from chemomech.geometry.errors import GeometryError
from chemomech.geometry.images.chains import Chain, arc

STEPS, DAMPING = 10, 1e-4
CORNER_REACH = 1.6  # pixels from a boundary to a corner that belongs on it


def drop_short_chains(
    raw: list[Chain], smoothed: list[Chain], least: np.ndarray
) -> tuple[list[Chain], list[Chain]]:
    """Return the chains, raw and smoothed, without short ones, whose two ends are joined.

    Parameters
    ----------
    raw, smoothed : list of Chain
        Along the pixels, before and after smoothing.
    least : (c,) array
        Length below which each chain is left out.
    """
    leader: dict[int, int] = {}

    def root(node: int) -> int:
        while leader.get(node, node) != node:
            node = leader[node]
        return node

    elsewhere = np.min(least[least > 0.0], initial=np.inf)
    short = [
        not c.outer and not c.closed and arc(c.points)[-1] < a
        for c, a in zip(smoothed, least, strict=True)
    ]
    sides = {node for c in smoothed if c.outer for node in (c.start, c.end)}
    for number, chain in enumerate(smoothed):
        if short[number]:
            one, other = sorted(
                (root(chain.start), root(chain.end)), key=lambda node: node not in sides
            )
            held = len({one, other} & sides)
            short[number] = (
                one != other and held < 2 and not (held and arc(chain.points)[-1] > elsewhere)
            )
            if short[number]:
                leader[other] = one
    groups: dict[int, list[int]] = {}
    for node in leader:
        groups.setdefault(root(node), []).append(node)
    found: list[list[Chain]] = []
    near: list[np.ndarray] = []
    for chains in (smoothed, raw):
        places = {node: c.points[at] for c in chains for node, at in ((c.start, 0), (c.end, -1))}
        for node, others in groups.items():
            if node not in sides:
                places[node] = np.mean([places[each] for each in (node, *others)], axis=0)
        kept = []
        for number, (chain, gone) in enumerate(zip(chains, short, strict=True)):
            start, end = root(chain.start), root(chain.end)
            points = chain.points.copy()
            points[0], points[-1] = places[start], places[end]
            if chains is smoothed:
                near.append(_overtaken_points(chain.points, points))
            if not gone:
                kept.append(replace(chain, points=points[~near[number]], start=start, end=end))
        found.append(kept)
    return found[1], found[0]


def _overtaken_points(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Return which inner points (n,) lie within twice the way that an end of their chain moved."""
    near = np.zeros(len(before), dtype=bool)
    for end in (0, -1):
        way = np.linalg.norm(after[end] - before[end])
        if way > 0.0:
            near |= np.linalg.norm(before - before[end], axis=1) < 2.0 * way
    near[[0, -1]] = False
    return near


def move_to_outlines(
    scene: Any,
    raw: list[Chain],
    smoothed: list[Chain],
    painted: np.ndarray,
    step: np.ndarray,
    furthest: float,
) -> list[Chain]:
    """Return the chains moved onto the outlines of the shapes that they part.

    Those that then cross others are only smoothed, or left to the pixels.

    Parameters
    ----------
    scene : Scene
        The shapes.
    raw, smoothed : list of Chain
        Along the pixels, before and after smoothing.
    painted : (c, 2) int array
        Item and grain of each component.
    step : (2,) array
        Width and height of a pixel.
    furthest : float
        How far a point may move, in pixels.

    Raises
    ------
    GeometryError
        Boundaries cross even along the pixels.
    """
    pixels, index = _shared_points(raw)
    origin, _ = _shared_points(smoothed)
    moved, corner = _snap(scene, smoothed, origin, index, painted, step, furthest)
    places, level = (moved, origin, pixels), np.zeros(len(raw), dtype=int)
    box = np.array([scene.width, scene.height])
    while True:
        rank = np.zeros(len(origin), dtype=int)
        for own, each in zip(index, level, strict=True):
            rank[own] = np.maximum(rank[own], each)
        points = np.choose(rank[:, None], places)
        chains, source = _cut(smoothed, points, index, corner & (rank == 0), step)
        if scene.periodic:
            chains = _same_ends(chains, scene.width)
        crossing = {source[n] for n in crossings(chains, box)}
        if not crossing:
            return chains
        if all(level[n] == len(places) - 1 for n in crossing):
            raise GeometryError("boundaries cross")
        for n in crossing:
            level[n] = min(level[n] + 1, len(places) - 1)


def _snap(
    scene: Any,
    chains: list[Chain],
    origin: NDArray,
    index: list[NDArray],
    painted: NDArray,
    step: NDArray,
    furthest: float,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the shared points (n, 2) on the outlines, and which of them are corners of these.

    painted (c, 2): item and grain of each component.
    """
    box = np.array([scene.width, scene.height])
    held = (origin == 0.0) | (np.abs(origin - box) < 1e-9 * box)
    inner = [n for n, chain in enumerate(chains) if not chain.outer]
    if not inner:
        return origin, np.zeros(len(origin), dtype=bool)
    rows = np.concatenate([index[n] for n in inner])
    sides = np.concatenate(
        [
            np.tile([*painted[chains[n].left], *painted[chains[n].right]], (len(index[n]), 1))
            for n in inner
        ]
    )
    points = origin.copy()
    limit = furthest * step.min()
    for _ in range(STEPS):
        value, slope = _outline(scene, points[rows], sides, 1e-3 * step.min())
        slope[held[rows]] = 0.0
        a, b, d = (
            np.bincount(rows, slope[:, i] * slope[:, j], len(points))
            for i, j in ((0, 0), (0, 1), (1, 1))
        )
        p, q = (-np.bincount(rows, value * slope[:, i], len(points)) for i in range(2))
        # Damped: one outline alone leaves the system singular.
        m, n = a + DAMPING, d + DAMPING
        move = np.column_stack([n * p - b * q, m * q - b * p]) / (m * n - b * b)[:, None]
        length = np.maximum(np.linalg.norm(move, axis=1), 1e-300)
        points += move * np.minimum(1.0, 0.5 * step.min() / length)[:, None]
    far = np.linalg.norm(points - origin, axis=1) > limit
    points[far] = origin[far]
    # What has come too near to a side makes a sliver there.
    points = np.where(held, origin, np.clip(points, 0.6 * step, box - 0.6 * step))
    return _with_corners(scene, points, rows, sides, step, index)


def _shared_points(chains: list[Chain]) -> tuple[np.ndarray, list[np.ndarray]]:
    """Return all points (n, 2), the ends of chains once, and the rows of each chain's points."""
    nodes: dict[int, int] = {}
    places: list[np.ndarray] = []
    index: list[np.ndarray] = []
    for chain in chains:
        own = np.empty(len(chain.points), dtype=int)
        for at, node in ((0, chain.start), (-1, chain.end)):
            if node not in nodes:
                nodes[node] = len(places)
                places.append(chain.points[at])
            own[at] = nodes[node]
        own[1:-1] = len(places) + np.arange(len(chain.points) - 2)
        places.extend(chain.points[1:-1])
        index.append(own)
    return np.array(places), index


def _outline(
    scene: Any, points: np.ndarray, sides: np.ndarray, small: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return distance (n,) and slope (n, 2) of the outline that parts items and grains at points.

    sides (n, 4): item and grain on the left and on the right of each point (n, 2).
    """
    value, slope = np.zeros(len(points)), np.zeros((len(points), 2))
    upper, same = np.maximum(sides[:, 0], sides[:, 2]), sides[:, 0] == sides[:, 2]
    for number in np.unique(upper):
        item = scene.items[number]
        at = np.flatnonzero((upper == number) & ~same)
        if len(at) and item.shape is not None:
            value[at] = item.shape.distance(points[at])
            for axis in range(2):
                ahead = small * np.eye(2)[axis]
                rise = item.shape.distance(points[at] + ahead) - item.shape.distance(
                    points[at] - ahead
                )
                slope[at, axis] = rise / (2.0 * small)
        at = np.flatnonzero((upper == number) & same)
        if len(at) and item.seeds is not None:
            first, second = (
                scene.wrap(points[at] - item.seeds[sides[at, column]]) for column in (1, 3)
            )
            weights = np.zeros(len(item.seeds)) if item.weights is None else item.weights
            apart = second - first
            length = np.maximum(np.linalg.norm(apart, axis=1), 1e-300)
            excess = (
                np.sum(first**2 - second**2, axis=1) - weights[sides[at, 1]] + weights[sides[at, 3]]
            )
            value[at], slope[at] = 0.5 * excess / length, -apart / length[:, None]
    return value, slope


def _with_corners(
    scene: Any, points: NDArray, rows: NDArray, sides: NDArray, step: NDArray, index: list[NDArray]
) -> tuple[np.ndarray, np.ndarray]:
    """Return the points, those nearest to corners of their outline moved there, and which."""
    points, corner = points.copy(), np.zeros(len(points), dtype=bool)
    # The first point of a boundary that closes on itself, where nothing else begins, is a point
    # like any other.
    ends = np.array([own[[0, -1]] for own in index])
    junction = (
        np.bincount(
            np.concatenate([ends[:, 0], ends[ends[:, 0] != ends[:, 1], 1]]), minlength=len(points)
        )
        > 1
    )
    junction[ends[ends[:, 0] != ends[:, 1]]] = True
    inside = ~junction
    upper = np.where(sides[:, 0] == sides[:, 2], -1, np.maximum(sides[:, 0], sides[:, 2]))
    for number in np.unique(upper[upper >= 0]):
        shape = scene.items[number].shape
        shapes = shape.shapes if type(shape) is Either else (shape,)
        places = np.concatenate(
            [each.corners for each in shapes if each is not None] or [np.empty((0, 2))]
        )
        candidates = np.unique(rows[upper == number])
        if not len(places) or not len(candidates):
            continue
        distance, nearest = cKDTree(points[candidates]).query(places)
        for place, away, at in zip(places, distance, candidates[nearest], strict=True):
            if away < CORNER_REACH * step.max() and inside[at] and not corner[at]:
                points[at], corner[at] = place, True
    return points, corner


def _cut(
    chains: list[Chain], points: NDArray, index: list[NDArray], corner: NDArray, step: NDArray
) -> tuple[list[Chain], list[int]]:
    """Return the chains with their new points, cut in two at corners.

    Beside them stands the number of the chain that each piece is of.
    """
    fresh = 1 + max(max(chain.start, chain.end) for chain in chains)
    found, source = [], []
    for number, (chain, own) in enumerate(zip(chains, index, strict=True)):
        at = np.flatnonzero(corner[own])
        if not len(at):
            found.append(replace(chain, points=points[own]))
            source.append(number)
            continue
        keep = np.ones(len(own), dtype=bool)
        for each in at:
            near = np.linalg.norm(points[own] - points[own[each]], axis=1) < 0.6 * step.min()
            near[[0, -1]] = False
            near[at] = False
            keep &= ~near
        own = own[keep]
        stops = np.unique([0, *np.flatnonzero(corner[own]), len(own) - 1])
        nodes = [chain.start, *range(fresh, fresh + len(stops) - 2), chain.end]
        fresh += len(stops) - 2
        for one in range(len(stops) - 1):
            piece = points[own[stops[one] : stops[one + 1] + 1]]
            found.append(replace(chain, points=piece, start=nodes[one], end=nodes[one + 1]))
            source.append(number)
    return found, source


def _same_ends(chains: list[Chain], width: float) -> list[Chain]:
    """Return chains whose ends on the right stand as high as those on the left."""
    heights = {}
    for side, x in (("left", 0.0), ("right", width)):
        ends = {}
        for chain in chains:
            for node, place in ((chain.start, chain.points[0]), (chain.end, chain.points[-1])):
                if abs(place[0] - x) < 1e-9 * width:
                    ends[node] = float(place[1])
        heights[side] = sorted(ends.items(), key=lambda pair: pair[1])
    if len(heights["left"]) != len(heights["right"]):
        raise GeometryError(
            "geometry.sides: what leaves on one side does not come in on the other; take "
            "another seed"
        )
    height = {
        right: y for (_, y), (right, _) in zip(heights["left"], heights["right"], strict=True)
    }
    found = []
    for chain in chains:
        points = chain.points.copy()
        for node, at in ((chain.start, 0), (chain.end, -1)):
            if node in height:
                points[at, 1] = height[node]
        found.append(replace(chain, points=points))
    return found
