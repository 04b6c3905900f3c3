r"""Butler and Volmer's law in scaled form, and its solution in series with a film.

    y + w g(y) = v,    g(y) = exp(a y) - exp(-(1 - a) y),
    y = F eta/RT,      v = F drive/RT,      w = F i0 R_film/RT,

and how the exchange current density depends on the share of sites that are filled.
"""

import numpy as np
from numpy.typing import NDArray

from chemomech.physics.values import Values

SMALLEST_SITES = 1e-6
LARGEST_EXPONENT = 200.0
MAXIMUM_ITERATIONS = 60
BLOCK = 4096  # points solved together: they stay in the cache, and each block stops on its own


def site_dependence(x: NDArray) -> tuple[NDArray, NDArray]:
    """Return i0/i0_half = 2 sqrt(x (1 - x)) and its slope, smooth and finite for any x (...)."""
    sites = np.maximum(x * (1.0 - x), 0.0)
    part = sites / SMALLEST_SITES
    root = np.sqrt(np.maximum(sites, SMALLEST_SITES))
    few = part < 1.0
    value = np.where(few, root * part**2 * (2.5 - 1.5 * part), root)
    slope = np.where(few, root / SMALLEST_SITES * part * (5.0 - 4.5 * part), 0.5 / root)
    return 2.0 * value, 2.0 * slope * (1.0 - 2.0 * x)


def even(x: NDArray) -> tuple[NDArray, NDArray]:
    """Return 1 and its slope 0 for any x (...): an i0 that does not depend on x."""
    return np.ones_like(x), np.zeros_like(x)


# How an exchange current density depends on the stoichiometry, by the name a user writes.
SITE_DEPENDENCE = {"sites": site_dependence, "constant": even}


def scaled_current(y: Values, alpha: Values) -> tuple[Values, Values]:
    """Return g(y) = exp(a y) - exp(-(1 - a) y) and g'(y), without cancellation nor overflow.

    Parameters
    ----------
    y : (...) array
        F eta/RT.
    alpha : (...) array
        Anodic transfer coefficient a, 0 to 1.
    """
    forward, forward_slope = _exponential_less_one(alpha * y)
    backward, backward_slope = _exponential_less_one(-(1.0 - alpha) * y)
    return forward - backward, alpha * forward_slope + (1.0 - alpha) * backward_slope


def _exponential_less_one(exponent):
    """Return exp(z) - 1 and its slope, along the tangent beyond LARGEST_EXPONENT."""
    bounded = np.minimum(exponent, LARGEST_EXPONENT)
    value = np.expm1(bounded)
    slope = value + 1.0
    return value + slope * (exponent - bounded), slope


def solve(drive: Values, film: Values, alpha: Values) -> NDArray:
    """Return y of y + w g(y) = v; any shapes will do, and what is not a number stays so.

    Parameters
    ----------
    drive : (...) array
        v = F drive/RT.
    film : (...) array
        w = F i0 R_film/RT, >= 0.
    alpha : (...) array
        Anodic transfer coefficient a, 0 to 1.
    """
    given = np.broadcast_arrays(drive, film, alpha)
    v, w, a = (each.ravel() for each in given)
    y = np.empty(v.shape)
    for first in range(0, len(y), BLOCK):
        block = slice(first, first + BLOCK)
        y[block] = _newton(v[block], w[block], a[block])
    return y.reshape(given[0].shape)


def _newton(drive: NDArray, film: NDArray, alpha: NDArray) -> NDArray:
    """Solve for points (n,).

    The left side rises, so 0 <= |y| <= |v|, and from g(y) >= exp(a y) - 1 >= a y both starting
    bounds below: Newton from above, monotone where g is convex, halving the bracket where it would
    leave it. On its tangents g is less than the first bound says, which then gives way to |v|.
    """
    v, a = np.abs(drive), np.where(drive < 0, 1.0 - alpha, alpha)
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        exponent = np.log1p(v / film)
    tafel = np.where(exponent < LARGEST_EXPONENT, exponent / a, v)
    low, high = np.zeros_like(v), np.minimum(tafel, v / (1.0 + a * film))
    y = high
    for _ in range(MAXIMUM_ITERATIONS):
        value, slope = scaled_current(y, a)
        excess = y + film * value - v
        low, high = np.where(excess < 0, y, low), np.where(excess > 0, y, high)
        new = y - excess / (1.0 + film * slope)
        new = np.where((new < low) | (new > high), 0.5 * (low + high), new)
        # The error after a Newton step is less than the step's square.
        moving = np.abs(new - y) > 1e-7 * np.minimum(y, 1.0)
        y = new
        if not np.any(moving):
            break
    return np.copysign(y, drive)
