r"""Probability that one of many flaws runs: weakest link over flaws, places and sizes.

    P = 1 - exp(-N),   N = rho int int F(K(x, a)) d(1 - S(a)) dx,

rho the number of flaws per area or volume, S(a) the share that is larger than a, F(K) = P(K_Ic <=
K) of a single flaw. Flaws are spread by a Poisson process and fail one by one. F is a Weibull or a
normal law of given mean and relative standard deviation s; the Weibull modulus m follows from s^2 =
Gamma(1 + 2/m)/Gamma(1 + 1/m)^2 - 1 (s = 0.17: m = 6.9), the scale from the mean. Two-parameter
Weibull strength: P = 1 - exp(-int (s/s_0)^m dV/V_0). Source: Weibull, J. Appl. Mech. 18 (1951) 293.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import gammaln, ndtr

from chemomech.physics.values import Values

LAWS = ("weibull", "normal")
DEEPEST = 60.0  # -ln of the share of flaws deeper than the deepest that is looked at
BETWEEN = 4  # places at which the share of failing flaws is taken from one size to the next


@cache
def weibull_modulus(deviation: float) -> float:
    """Return the modulus m of a relative standard deviation s, 0.01 < s < 10.

    Raises
    ------
    ValueError
        For a deviation out of range.

    Examples
    --------
    >>> round(weibull_modulus(0.17), 1)
    6.9
    """
    if not 0.01 < deviation < 10.0:
        raise ValueError(
            f"relative standard deviation of a Weibull law: given {deviation:g}, "
            "between 0.01 and 10"
        )
    return brentq(
        lambda m: gammaln(1 + 2 / m) - 2 * gammaln(1 + 1 / m) - np.log1p(deviation**2), 0.1, 200.0
    )


def weibull_scale(mean: Values, modulus: Values) -> Values:
    """Return the scale of a Weibull law of a mean, mean/Gamma(1 + 1/m).

    Parameters
    ----------
    mean : (...) array
        Mean, of any unit.
    modulus : (...) array
        Weibull modulus m, > 0.
    """
    return mean / np.exp(gammaln(1 + 1 / modulus))


def failing_share(
    intensity: Values, toughness: Values, deviation: float = 0.0, law: str = "weibull"
) -> NDArray:
    """Return F(K) (...): the share of flaws whose toughness is at most K.

    Parameters
    ----------
    intensity : (...) array
        K [Pa sqrt(m)].
    toughness : (...) array
        Mean toughness [Pa sqrt(m)], > 0.
    deviation : float
        Relative standard deviation s, >= 0; 0: no scatter.
    law : str
        A name of LAWS; the normal law is cut at zero toughness.

    Raises
    ------
    ValueError
        For an unknown law.
    """
    if law not in LAWS:
        raise ValueError(f"law of the toughness: given {law!r}, write one of {', '.join(LAWS)}")
    intensity = np.maximum(intensity, 0.0)
    if deviation == 0.0:
        return (intensity >= toughness).astype(float)
    if law == "weibull":
        modulus = weibull_modulus(float(deviation))
        return -np.expm1(-((intensity / weibull_scale(toughness, modulus)) ** modulus))
    below = ndtr(-1.0 / deviation)
    return (ndtr((intensity / toughness - 1.0) / deviation) - below) / (1.0 - below)


def draw_toughness(
    toughness: float, deviation: float, law: str, generator: np.random.Generator, count: int
) -> NDArray:
    """Return `count` toughnesses of a law (count,) [Pa sqrt(m)], for checks by drawing.

    Parameters
    ----------
    toughness : float
        Mean [Pa sqrt(m)], > 0.
    deviation : float
        Relative standard deviation, > 0.
    law : str
        A name of LAWS.
    generator : numpy.random.Generator
        Source of chance.
    count : int
        How many.
    """
    if law == "weibull":
        modulus = weibull_modulus(float(deviation))
        return weibull_scale(toughness, modulus) * generator.weibull(modulus, count)
    value = np.full(count, -1.0)
    while (bad := value <= 0.0).any():
        value[bad] = toughness * (1.0 + deviation * generator.standard_normal(bad.sum()))
    return value


def expected_failures(share: NDArray, density: float, measure: float, weight: NDArray) -> float:
    """Return N, the expected number of failing flaws.

    Parameters
    ----------
    share : (x,) array
        Share of failing flaws at places x, 0 to 1.
    density : float
        Flaws per measure [1/m^d].
    measure : float
        Measure of the whole place [m^d].
    weight : (x,) array
        Share of it that each place stands for, adding up to 1.
    """
    return float(density * measure * (weight @ share))


def failure_probability(expected: float) -> float:
    """Return P = 1 - exp(-N) of an expected number N >= 0 of failures."""
    return float(-np.expm1(-expected))


def weibull_failure(
    stress: NDArray, weight: NDArray, volume: float, scale: float, modulus: float, reference: float
) -> float:
    """Return P of two-parameter Weibull strength.

    Parameters
    ----------
    stress : (x,) array
        Stress at places [Pa]; compression counts as 0.
    weight : (x,) array
        Share of the volume that each place stands for, adding up to 1.
    volume, reference : float
        Volume of the body and reference volume V_0 [m3], > 0.
    scale : float
        s_0 [Pa], > 0.
    modulus : float
        m, > 0.
    """
    return failure_probability(
        volume / reference * np.dot(weight, (np.maximum(stress, 0.0) / scale) ** modulus)
    )


def size_nodes(scale: float, shape: float, count: int = 24) -> NDArray:
    """Return sizes (n,) [m], ascending, at which `running_share` wants K.

    They are quantiles of P(size > a) = exp(-u), u = (a/scale)^shape, from u = DEEPEST/n^2 to
    DEEPEST: the share beyond, 1e-26, is none on any area.

    Parameters
    ----------
    scale : float
        Weibull scale of the sizes [m], > 0.
    shape : float
        Weibull shape, > 0.
    count : int
        Number n of sizes.
    """
    return scale * (DEEPEST * (np.arange(1, count + 1) / count) ** 2) ** (1.0 / shape)


def running_share(
    intensity: NDArray,
    size: NDArray,
    scale: float,
    shape: float,
    toughness: Values,
    deviation: float = 0.0,
    law: str = "weibull",
) -> NDArray:
    r"""Return the share (...) of flaws of Weibull sizes that run, the sum of `running_shares`.

    Parameters
    ----------
    intensity, size, scale, shape, toughness, deviation, law
        As there.
    """
    found: NDArray = running_shares(intensity, size, scale, shape, toughness, deviation, law).sum(
        axis=-1
    )
    return found


def running_shares(
    intensity: NDArray,
    size: NDArray,
    scale: float,
    shape: float,
    toughness: Values,
    deviation: float = 0.0,
    law: str = "weibull",
) -> NDArray:
    r"""Return the shares (..., a) of flaws that run and end at each size, int F(K(a)) d(1 - S(a)).

    S(a) = exp(-u), u = (a/scale)^shape, is the survival function. K goes from 0 at a = 0 linearly
    in sqrt(a) between the sizes; a share is that of the flaws from the size before to its own, that
    of the last without end. Without scatter of the toughness flaws run where K >= K_Ic, on one side
    of a critical size; with it F is linear in u between BETWEEN places a step, each of which has

        F_k exp(-u_k) - F_{k+1} exp(-u_{k+1})
        + (F_{k+1} - F_k)/(u_{k+1} - u_k) (exp(-u_k) - exp(-u_{k+1})).

    No share is rounded away, however small.

    Parameters
    ----------
    intensity : (..., a) array
        K at the sizes [Pa sqrt(m)].
    size : (a,) array
        Sizes, ascending [m], see `size_nodes`.
    scale, shape : float
        Of the sizes' Weibull law [m], [-].
    toughness : float
        Mean toughness [Pa sqrt(m)], > 0.
    deviation, law
        As in failing_share.
    """
    blank = np.zeros((*intensity.shape[:-1], 1))
    intensity = np.concatenate([blank, intensity], axis=-1)
    size = np.append(0.0, size)
    root, over = np.sqrt(size), intensity >= toughness
    low, high = intensity[..., :-1], intensity[..., 1:]
    if deviation > 0.0:
        part = np.arange(BETWEEN) / BETWEEN
        fine = low[..., None] + part * (high - low)[..., None]
        fine = np.append(fine.reshape(*low.shape[:-1], -1), intensity[..., -1:], axis=-1)
        places = np.append((root[:-1, None] + part * np.diff(root)[:, None]).ravel(), root[-1])
        exponent = (np.square(places) / scale) ** shape
        share = failing_share(fine, toughness, deviation, law)
        beyond = np.exp(-exponent)
        slope = -np.diff(beyond) / np.diff(exponent)
        found = -np.diff(share * beyond, axis=-1) + np.diff(share, axis=-1) * slope
        found = found.reshape(*low.shape, BETWEEN).sum(axis=-1)
        last = share[..., -1] * beyond[-1]
    else:
        crossed = over[..., :-1] != over[..., 1:]
        part = np.where(crossed, (toughness - low) / np.where(crossed, high - low, 1.0), 0.0)
        critical = np.square(root[:-1] + part * np.diff(root))
        ends = np.exp(-((size / scale) ** shape))
        at_critical = np.exp(-((critical / scale) ** shape))
        start = np.where(over[..., :-1], ends[:-1], np.where(crossed, at_critical, 0.0))
        stop = np.where(over[..., 1:], ends[1:], np.where(crossed, at_critical, 0.0))
        found = start - stop
        last = np.where(over[..., -1], ends[-1], 0.0)
    found[..., -1] += last
    return found
