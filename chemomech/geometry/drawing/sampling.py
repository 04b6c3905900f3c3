"""Chains of points cut into edges of the mesh: how long they may be where, without crossings.

An edge is as long as asked, and half the distance to another boundary where that is less, so that
two elements lie across; never below SMALLEST_SHARE of what is asked. Along a boundary and across a
gap it grows by SIZE_GRADIENT per unit of length. The areas of the components stay those of their
pixels.
"""

from collections import Counter
from dataclasses import replace

import numpy as np
from scipy.spatial import cKDTree

from chemomech.geometry.images.chains import Chain, along, arc
from chemomech.geometry.mesh.sizes import SIZE_GRADIENT

SMALLEST_SHARE = 0.2
FINE = 6  # points per edge from which distances are measured
# Two places of one boundary are apart when the way along it is longer than this times the distance.
DETOUR = 2.0
FINER = (1.0, 0.5, 0.25, 0.125)
NO_LENGTH = 1e-6  # of the box
# Tangent of the angle between two edges at a point, below which they count as crossing.
SHARPEST = 0.04
AREA_ROUNDS, LARGEST_PUSH = 3, 0.25  # of an edge in each round


def sample(
    chains: list[Chain], raw: list[Chain], size: float, smallest: float | None = None
) -> list[Chain]:
    """Return the chains with their points `size` apart or less.

    Those on the box keep their two ends only. A chain that crosses another one even when it is cut
    FINER takes its raw points.

    Parameters
    ----------
    chains : list of Chain
        After smoothing.
    raw : list of Chain
        The same before smoothing, which do not cross.
    size : float
        Largest edge length.
    smallest : float, optional
        Edge length that is never undercut; left out: SMALLEST_SHARE of size.
    """
    sizes = edge_sizes(chains, size, smallest)
    ends = [frozenset((chain.start, chain.end)) for chain in chains]
    alike = Counter(ends)
    level, box = (
        np.zeros(len(chains), dtype=int),
        np.max([chain.points.max(axis=0) for chain in chains], axis=0),
    )
    cut = list(chains)
    changed = list(range(len(chains)))
    while True:
        for number in changed:
            chain = chains[number]
            if chain.outer:
                cut[number] = replace(chain, points=chain.points[[0, -1]])
            elif level[number] < len(FINER):
                fewest = 3 if chain.closed else 1 + (alike[ends[number]] > 1)
                divided = _divide(chain, *sizes[number], FINER[level[number]], fewest)
                cut[number] = _with_area(divided, raw[number].points)
            else:
                points = raw[number].points.copy()
                points[[0, -1]] = chain.points[[0, -1]]
                cut[number] = replace(chain, points=points)
        crossing = [n for n in crossings(cut, box) if level[n] < len(FINER)]
        if not crossing:
            return cut
        level[crossing] += 1
        changed = crossing


def edge_sizes(
    chains: list[Chain], size: float, smallest: float | None = None
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return for each chain lengths along it, `size` / FINE apart, and the edge lengths there.

    Parameters
    ----------
    chains : list of Chain
        The chains.
    size : float
        Largest edge length.
    smallest : float, optional
        As in `sample`.
    """
    fine = size if smallest is None else min(size, smallest / SMALLEST_SHARE)
    at = [
        np.linspace(0.0, length, max(5, int(np.ceil(FINE * length / fine)) + 1))
        for length in (arc(chain.points)[-1] for chain in chains)
    ]
    places = np.concatenate(
        [along(chain.points, each) for chain, each in zip(chains, at, strict=True)]
    )
    counts = [len(each) for each in at]
    owner, way = np.repeat(np.arange(len(chains)), counts), np.concatenate(at)
    first, second = cKDTree(places).query_pairs(2.0 * size, output_type="ndarray").T
    outer = np.array([chain.outer for chain in chains])
    kept = ~(outer[owner[first]] & outer[owner[second]])
    first, second = first[kept], second[kept]
    distance = np.linalg.norm(places[first] - places[second], axis=1)
    apart = DETOUR * distance < _ways(chains, owner, way, first, second)
    wanted = np.full(len(places), size)
    for one in (first, second):
        np.minimum.at(wanted, one[apart], 0.5 * distance[apart])
    wanted = np.maximum(wanted, SMALLEST_SHARE * size if smallest is None else smallest)
    for _ in range(2):
        for one, other in ((first, second), (second, first)):
            np.minimum.at(wanted, one, wanted[other] + SIZE_GRADIENT * distance)
    return list(zip(at, np.split(wanted, np.cumsum(counts)[:-1]), strict=True))


def _ways(
    chains: list[Chain], owner: np.ndarray, way: np.ndarray, first: np.ndarray, second: np.ndarray
) -> np.ndarray:
    """Return the way along boundaries between two places, infinite when they share no end."""
    length = np.array([arc(chain.points)[-1] for chain in chains])
    nodes = np.array([(chain.start, chain.end) for chain in chains])
    closed = np.array([chain.closed for chain in chains])
    a, b = owner[first], owner[second]
    direct = np.abs(way[first] - way[second])
    found = np.where(a == b, direct, np.inf)
    found = np.where((a == b) & closed[a], np.minimum(direct, length[a] - direct), found)
    for i in range(2):
        for j in range(2):
            around = np.abs(way[first] - i * length[a]) + np.abs(way[second] - j * length[b])
            found = np.where(
                (a != b) & (nodes[a, i] == nodes[b, j]), np.minimum(found, around), found
            )
    return found


def _divide(chain: Chain, at: np.ndarray, wanted: np.ndarray, share: float, fewest: int) -> Chain:
    """Return a chain cut into at least `fewest` edges.

    They are a share of the lengths wanted at the places `at` along it.
    """
    density = 1.0 / (share * wanted)
    done = np.concatenate([[0.0], np.cumsum(0.5 * (density[1:] + density[:-1]) * np.diff(at))])
    count = max(fewest, round(done[-1]))
    points = along(chain.points, np.interp(np.linspace(0.0, done[-1], count + 1), done, at))
    points[[0, -1]] = chain.points[[0, -1]]
    return replace(chain, points=points)


def _with_area(chain: Chain, raw: np.ndarray) -> Chain:
    """Return a chain moved along its normals until the areas beside it are those of the pixels."""
    points = chain.points.copy()
    last = 0 if chain.closed else 1
    for _ in range(AREA_ROUNDS):
        loop = np.concatenate([points, raw[::-1]])
        missing = _area(loop)
        # The area grows by a node's shift times half the distance between its neighbours.
        along_chain = points[2:] - points[:-2]
        if chain.closed:
            along_chain = np.concatenate([points[1:2] - points[-2:-1], along_chain])
        outward = 0.5 * np.column_stack([along_chain[:, 1], -along_chain[:, 0]])
        weight = np.linalg.norm(outward, axis=1)
        if not weight.sum() > 0.0:
            break
        limit = LARGEST_PUSH * np.linalg.norm(np.diff(points, axis=0), axis=1).mean()
        shift = np.clip(-missing / weight.sum(), -limit, limit)
        points[last : len(points) - 1] += shift * outward / np.maximum(weight, 1e-30)[:, None]
        if chain.closed:
            points[-1] = points[0]
    return replace(chain, points=points)


def _area(loop: np.ndarray) -> float:
    """Return the signed area inside a polygon (n, 2), positive when it runs counter-clockwise."""
    x, y = (loop - loop[0]).T
    return 0.5 * float(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y))


def crossings(chains: list[Chain], box: np.ndarray) -> list[int]:
    """Return the numbers of the chains that gmsh cannot mesh.

    They cross another one, themselves or the box, nearly touch one along an edge from a common
    point, or have an edge on a side of the box or of no length.

    Parameters
    ----------
    chains : list of Chain
        The chains, with their final points.
    box : (2,) array
        Upper corner of the box from (0, 0).
    """
    inner = [n for n, chain in enumerate(chains) if not chain.outer]
    if not inner:
        return []
    outside = [n for n in inner if _unusable(chains[n].points, box)]
    start = np.concatenate([chains[n].points[:-1] for n in inner])
    end = np.concatenate([chains[n].points[1:] for n in inner])
    owner = np.repeat(inner, [len(chains[n].points) - 1 for n in inner])
    reach = np.linalg.norm(end - start, axis=1).max()
    first, second = cKDTree(0.5 * (start + end)).query_pairs(reach, output_type="ndarray").T
    p, q, r, s = start[first], end[first], start[second], end[second]
    meets = np.zeros(len(first), dtype=bool)
    for one in (p, q):
        for other in (r, s):
            meets |= np.all(one == other, axis=1)
    between = (_turn(p, q, r) * _turn(p, q, s) <= 0.0) & (_turn(r, s, p) * _turn(r, s, q) <= 0.0)
    # Pieces of one straight line turn nowhere: what does not lie side by side does not meet.
    low, high = (
        np.maximum(np.minimum(p, q), np.minimum(r, s)),
        np.minimum(np.maximum(p, q), np.maximum(r, s)),
    )
    hit = (between & ~meets & np.all(low <= high, axis=1)) | (meets & _are_folded(p, q, r, s))
    return sorted({*outside, *owner[first[hit]].tolist(), *owner[second[hit]].tolist()})


def _unusable(points: np.ndarray, box: np.ndarray) -> bool:
    """Return whether a boundary touches or leaves the box, or has an edge on it or of no length.

    Its ends may touch the box. gmsh would look for an edge along a side of the box forever.
    """
    if np.linalg.norm(np.diff(points, axis=0), axis=1).min() < NO_LENGTH * np.max(box):
        return True
    for beyond in (points <= 0.0, points >= box):
        if beyond[1:-1].any() or np.any(beyond[1:] & beyond[:-1]):
            return True
    return False


def _are_folded(p: np.ndarray, q: np.ndarray, r: np.ndarray, s: np.ndarray) -> np.ndarray:
    """Return whether segments pq and rs (k, 2) leave a common end at an angle below SHARPEST."""
    folded = np.zeros(len(p), dtype=bool)
    for a, b in ((p, q), (q, p)):
        for c, d in ((r, s), (s, r)):
            one, other = b - a, d - c
            sine = one[:, 0] * other[:, 1] - one[:, 1] * other[:, 0]
            cosine = np.sum(one * other, axis=1)
            folded |= np.all(a == c, axis=1) & (cosine > 0.0) & (np.abs(sine) < SHARPEST * cosine)
    return folded


def _turn(a: np.ndarray, b: np.ndarray, c: np.ndarray) -> np.ndarray:
    """Return twice the signed area of the triangles a, b, c."""
    return (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])
