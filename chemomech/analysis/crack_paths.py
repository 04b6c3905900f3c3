"""Cracks of a cohesive network: how long they are, how they opened, and the paths they take.

A point of an interface is cracked when at least CRACKED of its fracture energy is spent. Lengths
are areas in 3D. Pure functions of a saved state.
"""

from typing import NamedTuple

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

CRACKED, BROKEN = 0.5, 0.99


class CrackLengths(NamedTuple):
    """Of an interface [m], areas [m2] in 3D: total; cracked; of that opened (more normal than
    tangential opening) and sheared; broken; and equivalent, the length that would have spent all of
    G_c: int spent ds.
    """

    total: float
    cracked: float
    opened: float
    sheared: float
    broken: float
    equivalent: float


def crack_lengths(dissipated_fraction, opening, weights):
    """CrackLengths of points: spent (k, q) share of G_c, opening (k, q, d) [m], normal first,
    weights (k, q).
    """
    cracked = dissipated_fraction >= CRACKED
    opened = np.maximum(opening[..., 0], 0.0) >= np.linalg.norm(opening[..., 1:], axis=-1)
    return CrackLengths(*(
        float(np.sum(weights * share))
        for share in (np.ones_like(dissipated_fraction), cracked, cracked & opened, cracked & ~opened, dissipated_fraction >= BROKEN, dissipated_fraction)
    ))  # fmt: skip


class CrackPath(NamedTuple):
    """One crack in 2D: facets (f,), length along its facets [m], extent [m] between its farthest
    ends.
    """

    facets: np.ndarray
    length: float
    extent: float

    @property
    def tortuosity(self):
        """Length over extent, 1 for a straight crack without branches."""
        return self.length / self.extent


def crack_paths(ends, points, cracked):
    """CrackPaths, the longest first: facets that are cracked and hang together at their ends.

    ends (k, 2): vertices of the facets; points (n, 2) [m]; cracked (k,) bool.
    """
    chosen = np.flatnonzero(cracked)
    if not len(chosen):
        return []
    vertices, place = np.unique(ends[chosen], return_inverse=True)
    place = place.reshape(-1, 2)
    graph = coo_array((np.ones(len(chosen)), tuple(place.T)), shape=(len(vertices),) * 2)
    label = connected_components(graph, directed=False)[1][place[:, 0]]
    paths = []
    for number in range(label.max() + 1):
        facets = chosen[label == number]
        first, second = points[ends[facets]].transpose(1, 0, 2)
        length = float(np.linalg.norm(second - first, axis=1).sum())
        paths.append(CrackPath(facets, length, _extent(np.concatenate([first, second]))))
    return sorted(paths, key=lambda path: -path.length)


def _extent(points):
    """Largest distance between points (n, 2), by their extent in 64 directions (0.03 % too small
    at most).
    """
    angle = np.pi * np.arange(64) / 64
    along = points @ np.stack([np.cos(angle), np.sin(angle)])
    return float(np.ptp(along, axis=0).max())


def polylines(ends, facets):
    """Chains of vertices (each (v,)) that follow the facets (f,) of a crack; a new one begins at
    every branch.
    """
    pairs = ends[facets]
    at = {}
    for row, pair in enumerate(pairs):
        for vertex in pair:
            at.setdefault(int(vertex), []).append(row)
    free, chains = set(range(len(pairs))), []
    starts = [v for v, rows in at.items() if len(rows) != 2] + list(at)
    for start in starts:
        for row in at[start]:
            if row not in free:
                continue
            chain, vertex = [start], start
            while row is not None:
                free.discard(row)
                one, other = (int(each) for each in pairs[row])
                vertex = other if vertex == one else one
                chain.append(vertex)
                row = (
                    next((each for each in at[vertex] if each in free), None)
                    if len(at[vertex]) == 2
                    else None
                )
            chains.append(np.array(chain))
    return chains
