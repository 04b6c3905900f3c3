r"""Growth of a flaw under cycles below its toughness: the laws of Paris and of Forman.

    da/dN = C (dK/K_Ic)^m   where dK > dK_th, 0 else (Paris),   failure once K_max >= K_Ic,
    da/dN = C (dK/K_Ic)^m / (1 - K_max/K_Ic)      accelerated (Forman),

dK = max(K_max, 0) - max(K_min, 0) of a cycle [Pa sqrt(m)]: a closed flaw does not feel how hard it
is pressed. C [m] is the advance per cycle at dK = K_Ic. For dK = y S sqrt(pi a) at a constant range
S, from a_0 to a:

    N = (a^(1-m/2) - a_0^(1-m/2)) / ((1 - m/2) B),   N = ln(a/a_0)/B for m = 2,
    B = C (y S sqrt(pi)/K_Ic)^m,

accelerated from K = 0 to K_max = dK: less N_1 k, with N_1 that of the exponent m - 1 at B,
k = y S sqrt(pi)/K_Ic.

A law for many cycles each of which moves the flaw little; it holds for one plane of growth.
Sources: Paris, Erdogan, J. Basic Eng. 85 (1963) 528; Forman, Kearney, Engle, J. Basic Eng. 89
(1967) 459, the same for K from 0.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chemomech.physics.values import Values


def intensity_range(largest: Values, smallest: Values) -> Values:
    """Return dK = <K_max> - <K_min> (...) [Pa sqrt(m)].

    Parameters
    ----------
    largest, smallest : (...) array
        K_max and K_min of a cycle [Pa sqrt(m)].
    """
    return np.maximum(largest, 0.0) - np.maximum(smallest, 0.0)


def advance(
    span: Values,
    toughness: Values,
    rate: Values,
    exponent: Values,
    threshold: Values = 0.0,
    largest: Values | None = None,
) -> Values:
    """Return da/dN (...) [m] of a range of the intensity.

    Parameters
    ----------
    span : (...) array
        dK [Pa sqrt(m)].
    toughness : (...) array
        K_Ic [Pa sqrt(m)], > 0.
    rate : (...) array
        C [m], > 0.
    exponent : (...) array
        m, > 0.
    threshold : (...) array
        dK_th [Pa sqrt(m)], >= 0.
    largest : (...) array, optional
        K_max < K_Ic, with which growth is accelerated [Pa sqrt(m)].
    """
    speed = np.where(span > threshold, rate * (np.maximum(span, 0.0) / toughness) ** exponent, 0.0)
    if largest is None:
        return speed
    return speed / np.maximum(1.0 - np.maximum(largest, 0.0) / toughness, 1e-6)


def cycles_to(
    size: Values,
    start: Values,
    stress_range: Values,
    geometry: Values,
    toughness: Values,
    rate: Values,
    exponent: float,
    accelerated: bool = False,
) -> Values:
    """Return N (...) that a flaw takes to grow at a constant stress range, dK = y S sqrt(pi a).

    Parameters
    ----------
    size, start : (...) array
        Sizes a at the end and a_0 at the start [m], > 0.
    stress_range : (...) array
        S [Pa], > 0.
    geometry : (...) array
        y [-], > 0.
    toughness : (...) array
        K_Ic [Pa sqrt(m)], > 0.
    rate : (...) array
        C [m], > 0.
    exponent : float
        m, > 0.
    accelerated : bool
        Whether growth is accelerated as K_max nears K_Ic, from K = 0.
    """
    unit = geometry * stress_range * np.sqrt(np.pi) / toughness
    less = unit * _integral(size, start, exponent - 1.0) if accelerated else 0.0
    return (_integral(size, start, exponent) - less) / (rate * unit**exponent)


def _integral(size, start, exponent):
    """Return int a^(-m/2) da."""
    power = 1.0 - 0.5 * exponent
    return np.log(size / start) if abs(power) < 1e-12 else (size**power - start**power) / power


def critical_size(largest_stress: Values, geometry: Values, toughness: Values) -> Values:
    """Return a_c = (K_Ic/(y S_max))^2/pi [m].

    Parameters
    ----------
    largest_stress : (...) array
        S_max [Pa], > 0.
    geometry : (...) array
        y [-], > 0.
    toughness : (...) array
        K_Ic [Pa sqrt(m)], > 0.
    """
    return (toughness / (geometry * largest_stress)) ** 2 / np.pi


def grow(
    size: ArrayLike,
    cycles: float,
    sizes: NDArray,
    largest: NDArray,
    smallest: NDArray,
    toughness: Values,
    rate: Values,
    exponent: Values,
    threshold: Values = 0.0,
    accelerated: bool = False,
    most: float = 0.01,
) -> tuple[NDArray, NDArray]:
    """Return (size, life) (x,) of flaws after equal cycles, with intensities from a table.

    A step of the midpoint rule moves no flaw by more than `most` of its size, and cuts none of the
    cycles off.

    Parameters
    ----------
    size : (x,) array
        Sizes at the start [m].
    cycles : float
        Number of cycles.
    sizes : (a,) array
        Sizes of the table [m], ascending.
    largest, smallest : (x, a) array
        K of a cycle at these sizes [Pa sqrt(m)], linear in between.
    toughness, rate, exponent, threshold
        As in `advance`.
    accelerated : bool
        Whether growth is accelerated as K_max nears K_Ic.
    most : float
        Largest advance of a step over the size.

    Returns
    -------
    size : (x,) array
        Sizes at the end [m].
    life : (x,) array
        Cycles until K_max >= K_Ic or until the table ends; inf where neither comes.
    """
    size, left = np.array(size, dtype=float), np.full(len(size), float(cycles))
    life = np.full(len(size), np.inf)
    gone = np.zeros(len(size))

    def speed_at(size):
        peak, span = _at(size, sizes, largest), _span(size, sizes, largest, smallest)
        return advance(span, toughness, rate, exponent, threshold, peak if accelerated else None)

    while True:
        broken = (_at(size, sizes, largest) >= toughness) | (size >= sizes[-1] * (1 - 1e-12))
        life = np.where(broken & np.isinf(life), gone, life)
        speed = speed_at(size)
        going = (left > 0) & np.isinf(life) & (speed > 0)
        if not going.any():
            return size, life
        step = np.where(going, np.minimum(left, most * size / np.where(speed > 0, speed, 1.0)), 0.0)
        middle = np.minimum(size + 0.5 * step * speed, sizes[-1])
        ahead = speed_at(middle)
        size = np.minimum(size + step * ahead, sizes[-1])
        # A flaw that runs out of drive within the step has come to rest.
        left = np.where(going & (ahead < 1e-6 * speed), 0.0, left - step)
        gone = gone + step


def _at(size, sizes, table):
    """Return rows of a table (x, a) at sizes (x,)."""
    place = np.clip(np.searchsorted(sizes, size) - 1, 0, len(sizes) - 2)
    share = np.clip((size - sizes[place]) / (sizes[place + 1] - sizes[place]), 0.0, 1.0)
    rows = np.arange(len(size))
    return (1 - share) * table[rows, place] + share * table[rows, place + 1]


def _span(size, sizes, largest, smallest):
    return intensity_range(_at(size, sizes, largest), _at(size, sizes, smallest))
