"""Cracks of a cohesive network: how long they are, how they opened, and the paths they take.

A point of an interface is cracked when at least CRACKED of its fracture energy is dissipated.
Lengths are areas in 3D. Pure functions of a saved state.
"""

from typing import NamedTuple

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

CRACKED, BROKEN = 0.5, 0.99


class CrackLengths(NamedTuple):
    """Lengths of an interface [m], in 3D areas [m2].

    Attributes
    ----------
    total : float
        All of it.
    cracked : float
        Where at least CRACKED of the fracture energy is dissipated.
    opened, sheared : float
        Of that, where it opened more than it slid, and the rest.
    broken : float
        Where at least BROKEN is dissipated.
    equivalent : float
        Length that would have dissipated all of G_c: int dissipated fraction ds.
    """

    total: float
    cracked: float
    opened: float
    sheared: float
    broken: float
    equivalent: float


def crack_lengths(dissipated_fraction, opening, weights):
    """Return the CrackLengths of points.

    Parameters
    ----------
    dissipated_fraction : (k, q) array
        Share of the fracture energy that is dissipated.
    opening : (k, q, d) array
        Normal opening first [m].
    weights : (k, q) array
        What the points stand for [m], in 3D [m2].
    """
    cracked = dissipated_fraction >= CRACKED
    opened = np.maximum(opening[..., 0], 0.0) >= np.linalg.norm(opening[..., 1:], axis=-1)
    shares = CrackLengths(
        total=np.ones_like(dissipated_fraction),
        cracked=cracked,
        opened=cracked & opened,
        sheared=cracked & ~opened,
        broken=dissipated_fraction >= BROKEN,
        equivalent=dissipated_fraction,
    )
    return CrackLengths(*(float(np.sum(weights * share)) for share in shares))


class CrackPath(NamedTuple):
    """One crack in 2D.

    Attributes
    ----------
    facets : (f,) array
        Its facets.
    length : float
        Along its facets [m].
    extent : float
        Between its farthest ends [m].
    """

    facets: np.ndarray
    length: float
    extent: float

    @property
    def tortuosity(self):
        """Length over extent, 1 for a straight crack without branches."""
        return self.length / self.extent


def crack_paths(ends, points, cracked):
    """Return the CrackPaths, the longest first: facets that are cracked and hang together.

    Parameters
    ----------
    ends : (k, 2) array
        Vertices of the facets.
    points : (n, 2) array
        Of the mesh [m].
    cracked : (k,) array of bool
        Which facets are cracked.
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
    """Return the largest distance between points (n, 2).

    It is that of their extent in 64 directions, 0.03 % too small at most.
    """
    angle = np.pi * np.arange(64) / 64
    along = points @ np.stack([np.cos(angle), np.sin(angle)])
    return float(np.ptp(along, axis=0).max())


def polylines(ends, facets):
    """Return chains of vertices (each (v,)) that follow the facets of a crack.

    A new one begins at every branch.

    Parameters
    ----------
    ends : (k, 2) array
        Vertices of all facets.
    facets : (f,) array
        Facets of the crack.
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
