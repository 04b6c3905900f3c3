"""Stations along a crack front, and the tents over them that weigh an integral along it."""

import numpy as np
from numpy.typing import NDArray

from chemomech.analysis.crack_integrals.fronts import CrackFront


def place_stations(front: CrackFront, reach: float, count: int | None = None) -> NDArray:
    """Return the arc lengths of stations (n,) [m], which lie on the front's own vertices.

    Parameters
    ----------
    front : CrackFront
        The front.
    reach : float
        Radius of the widest tube [m].
    count : int, optional
        Number of stations; default: as many as keep their tents as wide as the tubes.

    Raises
    ------
    ValueError
        For more stations than the front's edges take.
    """
    edges = len(front.points) - (not front.closed)
    if count is None:
        wide = int(front.length / reach) + (not front.closed)
        count = max(min(wide, edges // 2 + 1), 3 if front.closed else 2)
    gaps = count if front.closed else count - 1
    if gaps < 1 or gaps > edges:
        most = edges + (not front.closed)
        raise ValueError(f"stations: given {count}, a front of {edges} edges takes up to {most}")
    # On the front's own vertices, so that the tents add up to one there.
    wanted = np.arange(count) * front.length / gaps
    ends = np.append(front.arc, front.length) if front.closed else front.arc
    near = np.unique(np.abs(ends[:, None] - wanted).argmin(axis=0) % len(front.arc))
    return front.arc[near]


def tents(front: CrackFront, stations: NDArray, arc: NDArray) -> NDArray:
    """Return the tents of stations (n, k): 1 at a station, 0 from its neighbours on.

    Parameters
    ----------
    front : CrackFront
        The front.
    stations : (n,) array
        Arc lengths of the stations [m].
    arc : (k,) array
        Arc lengths at which the tents are asked for [m].
    """
    if not front.closed:
        return np.array([np.interp(arc, stations, row) for row in np.eye(len(stations))])
    period = front.length
    places = np.concatenate([[stations[-1] - period], stations, [stations[0] + period]])
    return np.array(
        [
            np.interp(arc, places[i : i + 3], [0, 1, 0])
            + np.interp(arc - period, places[i : i + 3], [0, 1, 0])
            for i in range(len(stations))
        ]
    )
