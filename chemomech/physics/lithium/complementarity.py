"""Fluxes as wanted, unless that leaves bounds: a linear complementarity problem with two bounds.

    x = x_0 + G t,    low <= x <= high,
    t = wanted between the bounds,  t <= wanted at high,  t >= wanted at low,

and any t where low = high. With the inverse of G an M-matrix (diffusion) there is one solution.

Sets of points that are free or on a bound are changed all at once, which ends after a few rounds;
should that go in circles, only the first point that disagrees is changed, which ends for every
P-matrix (Judice, Pires, Comput. Oper. Res. 21 (1994) 587, dagger: recalled).
"""

import numpy as np
from numpy.typing import NDArray

ROUNDING = 1e-13  # of the largest bound: less beyond it is not a violation
PATIENCE = 20  # rounds in which all points are changed at once


def bounded_fluxes(
    start: NDArray, response: NDArray, wanted: NDArray, low: NDArray, high: NDArray
) -> NDArray:
    """Return the fluxes t (k,) that are as wanted where that keeps x between its bounds.

    Parameters
    ----------
    start : (k,) array
        x_0, what x is without fluxes.
    response : (k, k) array
        G, whose inverse is an M-matrix.
    wanted : (k,) array
        Fluxes wanted.
    low, high : (k,) array
        Bounds of x, low <= high.

    Raises
    ------
    ArithmeticError
        When no set of points on their bounds agrees, which a G of diffusion rules out.
    """
    pinned, side = low == high, np.where(low == high, 1, 0)
    slack = ROUNDING * max(np.abs(low).max(), np.abs(high).max())
    for number in range(PATIENCE + 50 * len(start)):
        on = side != 0
        bound, given = np.where(side > 0, high, low), wanted.copy()
        if on.any():
            beyond = bound[on] - start[on] - response[np.ix_(on, ~on)] @ wanted[~on]
            given[on] = np.linalg.solve(response[np.ix_(on, on)], beyond)
        x = start + response @ given
        # By how much a bounded flux is on the wrong side of the wanted one, as a change of x.
        wrong = side * (given - wanted) * np.diag(response)
        free = np.where(x > high + slack, 1, np.where(x < low - slack, -1, 0))
        new = np.where(pinned, side, np.where(on, np.where(wrong > slack, 0, side), free))
        changed = np.flatnonzero(new != side)
        if not changed.size:
            return given
        if number >= PATIENCE:
            changed = changed[:1]
        side[changed] = new[changed]
    raise ArithmeticError(
        "no set of points on their bounds agrees with them; the response is not that of diffusion"
    )
