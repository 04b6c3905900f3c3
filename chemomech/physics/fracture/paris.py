r"""Growth of a flaw under cycles below its toughness: Paris' law with a threshold, and Forman's faster end.

    da/dN = C (dK/K_Ic)^m   where dK > dK_th,     da/dN = 0   else,     failure once K_max >= K_Ic,
    da/dN = C (dK/K_Ic)^m / (1 - K_max/K_Ic)      accelerated,

dK = max(K_max, 0) - max(K_min, 0) of a cycle [Pa sqrt(m)]: a closed flaw does not feel how hard it is pressed. C [m]
is the advance per cycle at dK = K_Ic. For dK = y S sqrt(pi a) at a constant range S, from a_0 to a:

    N = (a^(1-m/2) - a_0^(1-m/2)) / ((1 - m/2) B),   B = C (y S sqrt(pi)/K_Ic)^m,      N = ln(a/a_0)/B for m = 2,

accelerated from K = 0 to K_max = dK: less N_1 k, with N_1 that of the exponent m - 1 at B, k = y S sqrt(pi)/K_Ic.

A law for many cycles each of which moves the flaw little; it holds for one plane of growth. Sources: Paris, Erdogan,
J. Basic Eng. 85 (1963) 528; Forman, Kearney, Engle, J. Basic Eng. 89 (1967) 459, the same for K from 0.
"""

import numpy as np


def intensity_range(largest, smallest):
    """dK = <K_max> - <K_min> (...) [Pa sqrt(m)]."""
    return np.maximum(largest, 0.0) - np.maximum(smallest, 0.0)


def advance(span, toughness, rate, exponent, threshold=0.0, largest=None):
    """da/dN (...) [m] of a range `span` [Pa sqrt(m)]; toughness > 0, rate C > 0 [m], exponent m > 0, threshold >= 0.

    largest: K_max (...) < K_Ic, with which growth is accelerated.
    """
    speed = np.where(span > threshold, rate * (np.maximum(span, 0.0) / toughness) ** exponent, 0.0)
    return (
        speed
        if largest is None
        else speed / np.maximum(1.0 - np.maximum(largest, 0.0) / toughness, 1e-6)
    )


def cycles_to(size, start, stress_range, geometry, toughness, rate, exponent, accelerated=False):
    """N that a flaw takes from `start` to `size` (...) [m] at a constant stress range [Pa], dK = geometry S sqrt(pi
    a)."""
    unit = geometry * stress_range * np.sqrt(np.pi) / toughness
    less = unit * _integral(size, start, exponent - 1.0) if accelerated else 0.0
    return (_integral(size, start, exponent) - less) / (rate * unit**exponent)


def _integral(size, start, exponent):
    """int a^(-m/2) da."""
    power = 1.0 - 0.5 * exponent
    return np.log(size / start) if abs(power) < 1e-12 else (size**power - start**power) / power


def critical_size(largest_stress, geometry, toughness):
    """a_c = (K_Ic/(y S_max))^2/pi [m]."""
    return (toughness / (geometry * largest_stress)) ** 2 / np.pi


def grow(
    size,
    cycles,
    sizes,
    largest,
    smallest,
    toughness,
    rate,
    exponent,
    threshold=0.0,
    accelerated=False,
    most=0.01,
):
    """(size, life) (x,) of flaws after `cycles` equal cycles, with the intensities of each taken from a table.

    size (x,) [m] at the start; sizes (a,) [m], ascending; largest, smallest (x, a): K of a cycle at these sizes,
    linear in between. life: cycles until K_max >= K_Ic or until the table ends, inf where neither comes. A step of the
    midpoint rule moves no flaw by more than `most` of its size, and cuts none of the `cycles` off.
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
    """Rows of a table (x, a) at sizes (x,)."""
    place = np.clip(np.searchsorted(sizes, size) - 1, 0, len(sizes) - 2)
    share = np.clip((size - sizes[place]) / (sizes[place + 1] - sizes[place]), 0.0, 1.0)
    rows = np.arange(len(size))
    return (1 - share) * table[rows, place] + share * table[rows, place + 1]


def _span(size, sizes, largest, smallest):
    return intensity_range(_at(size, sizes, largest), _at(size, sizes, smallest))
