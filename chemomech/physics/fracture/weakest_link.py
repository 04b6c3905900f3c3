r"""Probability that one of many flaws runs: weakest link over flaws, places and sizes.

    P = 1 - exp(-N),   N = rho int sum_a p_a F(K(x, a)) dx,

rho the number of flaws per area or volume, p_a the share of a size, F(K) = P(K_Ic <= K) of a single
flaw. Flaws are spread by a Poisson process and fail one by one. F is a Weibull or a normal law of
given mean and relative standard deviation s; the Weibull modulus m follows from s^2 = Gamma(1 +
2/m)/Gamma(1 + 1/m)^2 - 1 (s = 0.17: m = 6.9), the scale from the mean. Two-parameter Weibull
strength: P = 1 - exp(-int (s/s_0)^m dV/V_0). Source: Weibull, J. Appl. Mech. 18 (1951) 293.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import gammaln, ndtr

from chemomech.physics.values import Values

LAWS = ("weibull", "normal")


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


def expected_failures(
    share: NDArray, probability: NDArray, density: float, measure: float, weight: NDArray
) -> float:
    """Return N, the expected number of failing flaws.

    Parameters
    ----------
    share : (x, a) array
        Share of failing flaws at places x of size a, 0 to 1.
    probability : (a,) array
        Probability of each size.
    density : float
        Flaws per measure [1/m^d].
    measure : float
        Measure of the whole place [m^d].
    weight : (x,) array
        Share of it that each place stands for, adding up to 1.
    """
    return float(density * measure * (weight @ share @ probability))


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


def size_classes(scale: float, shape: float, count: int = 60) -> tuple[NDArray, NDArray]:
    """Return sizes (n,) [m] and probabilities (n,) of P(size > a) = exp(-(a/scale)^shape).

    The classes are even in the exponent, down to the largest 1e-6 of the flaws; the sizes are the
    classes' medians.

    Parameters
    ----------
    scale : float
        Weibull scale of the sizes [m], > 0.
    shape : float
        Weibull shape, > 0.
    count : int
        Number n of classes.
    """
    edges = np.append(np.linspace(0.0, np.log(1e6), count), np.inf)
    survival = np.exp(-edges)
    middle = -np.log(0.5 * (survival[1:] + survival[:-1]))
    return scale * middle ** (1.0 / shape), survival[:-1] - survival[1:]
