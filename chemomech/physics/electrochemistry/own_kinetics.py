r"""Charge transfer by any rising function g, in series with a film.

    i_l = i0 g(eta, T),     eta + R_film i_l = drive,     g(0, T) = 0,   dg/deta > 0.

g has no more structure than that, so the equation is solved by Newton's method inside a bracket
that halves where a step would leave it. Butler and Volmer's law has a solution of its own
(`butler_volmer`), faster and safe from overflow.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

FIRST = 1e-3  # V: the first bracket of an overpotential, doubled until it holds it
DOUBLINGS, ITERATIONS = 40, 100
TOLERANCE = 1e-14

Kinetics = Callable[[NDArray, Any], tuple[NDArray, NDArray]]


def series_overpotential(
    drive: NDArray,
    exchange: NDArray,
    film_resistance: NDArray,
    kinetics: Kinetics,
    temperature: Any,
) -> NDArray:
    """Return the overpotential under a drive across kinetics and film in series.

    Parameters
    ----------
    drive : (...) array
        Jump less equilibrium potential [V].
    exchange : (...) array
        Exchange current density i0 [A/m2], at least 0.
    film_resistance : (...) array
        Resistance of the film [ohm m2], at least 0.
    kinetics : function (overpotential, temperature) -> (g, dg/doverpotential)
        Current density over i0 and its slope [1/V].
    temperature : number
        Temperature [K].

    Returns
    -------
    (...) array
        eta [V].
    """
    return _solve(1.0, np.asarray(exchange * film_resistance), drive, kinetics, temperature)


def overpotential_of(share: NDArray, kinetics: Kinetics, temperature: Any) -> NDArray:
    """Return the overpotential (...) [V] of a current density over the exchange current density.

    Parameters
    ----------
    share : (...) array
        i_l/i0.
    kinetics : function (overpotential, temperature) -> (g, dg/doverpotential)
        Current density over i0 and its slope [1/V].
    temperature : number
        Temperature [K].
    """
    return _solve(0.0, np.ones(()), share, kinetics, temperature)


def _solve(own, weight, value, kinetics, temperature):
    """Return y of own y + weight g(y) = value at every point."""
    weight, value = np.broadcast_arrays(weight, np.asarray(value, dtype=float))

    def excess(y):
        rise, slope = kinetics(y, temperature)
        return own * y + weight * rise - value, own + weight * slope

    sign, far = np.sign(value), np.sign(value) * FIRST
    for _ in range(DOUBLINGS):
        with np.errstate(over="ignore"):
            short = sign * excess(far)[0] < 0
        if not short.any():
            break
        far = np.where(short, 2.0 * far, far)
    low, high = np.minimum(far, 0.0), np.maximum(far, 0.0)
    y = far
    for _ in range(ITERATIONS):
        miss, slope = excess(y)
        low, high = np.where(miss < 0, y, low), np.where(miss > 0, y, high)
        new = y - miss / np.where(slope > 0, slope, 1.0)
        new = np.where((new < low) | (new > high), 0.5 * (low + high), new)
        moved = np.abs(new - y) > TOLERANCE * (np.abs(y) + FIRST)
        y = new
        if not moved.any():
            break
    return y
