r"""Probability that one of many flaws runs: toughness that scatters, weakest link over flaws, places and sizes.

    P = 1 - exp(-N),   N = rho int sum_a p_a F(K(x, a)) dx,

rho the number of flaws per area or volume, p_a the share of a size, F(K) = P(K_Ic <= K) of a single flaw. Flaws are
spread by a Poisson process and fail one by one. F is a Weibull or a normal law of given mean and relative standard
deviation s; the Weibull modulus m follows from s^2 = Gamma(1 + 2/m)/Gamma(1 + 1/m)^2 - 1 (s = 0.17: m = 6.9), the
scale from the mean. Two-parameter Weibull strength: P = 1 - exp(-int (s/s_0)^m dV/V_0). Source: Weibull, J. Appl.
Mech. 18 (1951) 293.
"""

from functools import lru_cache

import numpy as np
from scipy.optimize import brentq
from scipy.special import gammaln, ndtr

LAWS = ("weibull", "normal")


@lru_cache(maxsize=None)
def weibull_modulus(deviation):
    """m of a relative standard deviation s, 0.01 < s < 10."""
    if not 0.01 < deviation < 10.0:
        raise ValueError(
            f"relative standard deviation of a Weibull law: given {deviation:g}, between 0.01 and 10"
        )
    return brentq(
        lambda m: gammaln(1 + 2 / m) - 2 * gammaln(1 + 1 / m) - np.log1p(deviation**2), 0.1, 200.0
    )


def weibull_scale(mean, modulus):
    """Scale of a Weibull law of this mean."""
    return mean / np.exp(gammaln(1 + 1 / modulus))


def failing_share(intensity, toughness, deviation=0.0, law="weibull"):
    """F(K) (...): share of flaws whose toughness is at most K; toughness: the mean [Pa sqrt(m)]; deviation s >= 0, 0:
    no scatter. The normal law is cut at zero toughness. ValueError for a law not in LAWS."""
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


def draw_toughness(toughness, deviation, law, generator, count):
    """`count` toughnesses of the law, for checks by drawing."""
    if law == "weibull":
        modulus = weibull_modulus(float(deviation))
        return weibull_scale(toughness, modulus) * generator.weibull(modulus, count)
    value = np.full(count, -1.0)
    while (bad := value <= 0.0).any():
        value[bad] = toughness * (1.0 + deviation * generator.standard_normal(bad.sum()))
    return value


def expected_failures(share, probability, density, measure, weight):
    """N: share (x, a) of failing flaws at places x of size a; probability (a,); density [1/m^d] of flaws; measure
    [m^d] of the whole place; weight (x,): share of it that each place stands for, adding up to 1."""
    return float(density * measure * (weight @ share @ probability))


def failure_probability(expected):
    """P = 1 - exp(-N)."""
    return float(-np.expm1(-expected))


def weibull_failure(stress, weight, volume, scale, modulus, reference):
    """P of two-parameter Weibull strength: stress (x,) [Pa], weight (x,) adding up to 1, volume and reference V_0
    [m3]."""
    return failure_probability(
        volume / reference * np.dot(weight, (np.maximum(stress, 0.0) / scale) ** modulus)
    )


def size_classes(scale, shape, count=60):
    """Sizes (n,) [m] and probabilities (n,) of P(size > a) = exp(-(a/scale)^shape): classes even in the exponent, down
    to the largest 1e-6 of the flaws; the sizes are the classes' medians."""
    edges = np.append(np.linspace(0.0, np.log(1e6), count), np.inf)
    survival = np.exp(-edges)
    middle = -np.log(0.5 * (survival[1:] + survival[:-1]))
    return scale * middle ** (1.0 / shape), survival[:-1] - survival[1:]
