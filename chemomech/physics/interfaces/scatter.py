r"""Scatter of strength in space that no mesh changes, and strength that depends on direction.

    z(x) = M^(-1/2) sum_j A_j cos(k_j . x) + B_j sin(k_j . x),    A, B ~ N(0, 1),  k ~ N(0, 2/l^2),

is for fixed k a Gaussian process with variance 1 at every point, and with many k its correlation is
exp(-|x - y|^2/l^2) (random Fourier features: Rahimi, Recht, NeurIPS 2007). It is a function of the
point and the seed alone. Mapped by its probability it becomes a Weibull factor of mean 1 and
modulus m,

    F = (-ln(1 - Phi(z)))^(1/m)/Gamma(1 + 1/m).

Mean and modulus are those over seeds, or over an area of many l^2; one small body is strong or weak
as a whole.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import gamma, log_ndtr

from chemomech.physics.values import Values

FEATURES = 512
_CHUNK = 4096


def gaussian_field(points: ArrayLike, correlation_length: float, seed: int) -> NDArray:
    """Return z (...) at points: mean 0, variance 1, correlation exp(-r^2/l^2).

    The same seed gives the same field in the plane as on the plane z = 0 of space.

    Parameters
    ----------
    points : (..., d) array
        Points [m], d 1 to 3.
    correlation_length : float
        l [m], > 0.
    seed : int
        Seed of the draw.

    Raises
    ------
    ValueError
        For a length that is not positive.
    """
    if correlation_length <= 0:
        raise ValueError(f"correlation_length: given {correlation_length}, must be positive")
    generator = np.random.default_rng(seed)
    waves = generator.standard_normal((FEATURES, 3)) * np.sqrt(2.0) / correlation_length
    cosine, sine = generator.standard_normal((2, FEATURES)) / np.sqrt(FEATURES)
    points = np.asarray(points, dtype=float)
    flat = points.reshape(-1, points.shape[-1])
    field = np.empty(len(flat))
    for start in range(0, len(flat), _CHUNK):
        phase = flat[start : start + _CHUNK] @ waves[:, : flat.shape[1]].T
        field[start : start + _CHUNK] = np.cos(phase) @ cosine + np.sin(phase) @ sine
    return field.reshape(points.shape[:-1])


def weibull_factor(field: ArrayLike, modulus: float) -> NDArray:
    """Return the factor F of mean 1 and Weibull modulus m.

    Parameters
    ----------
    field : (...) array
        Standard normal field z.
    modulus : float
        Weibull modulus m, > 0.
    """
    return (-log_ndtr(-np.asarray(field))) ** (1.0 / modulus) / gamma(1.0 + 1.0 / modulus)


def strength_factor(
    points: ArrayLike, modulus: float, correlation_length: float, seed: int
) -> NDArray:
    """Return the Weibull factor (...) of strength at points.

    Parameters
    ----------
    points : (..., d) array
        Points [m], d 1 to 3.
    modulus : float
        Weibull modulus m, > 0.
    correlation_length : float
        Correlation length l [m], > 0.
    seed : int
        Seed of the draw.

    Raises
    ------
    ValueError
        For a modulus or a length that is not positive.
    """
    if modulus <= 0:
        raise ValueError(f"modulus: given {modulus}, must be positive")
    return weibull_factor(gaussian_field(points, correlation_length, seed), modulus)


def anisotropy(normal: ArrayLike, axis: ArrayLike, ratio: Values) -> NDArray:
    """Return the factor ratio cos^2 + sin^2 (...) by which a strength depends on direction.

    It is 1 for facets whose normal is perpendicular to the axis and `ratio` along it. A ratio below
    1 makes cleavage planes across the axis weak, as between the layers of a layered oxide (axis c).

    Parameters
    ----------
    normal : (..., d) array
        Normals of the facets, of any length and sense but zero.
    axis : (d,) or (..., d) array
        The axis, of any length and sense but zero.
    ratio : float
        Strength along the axis over that across it, > 0.
    """
    normal, axis = np.asarray(normal, dtype=float), np.asarray(axis, dtype=float)
    cosine = np.sum(normal * axis, axis=-1) / (
        np.linalg.norm(normal, axis=-1) * np.linalg.norm(axis, axis=-1)
    )
    return 1.0 + (ratio - 1.0) * cosine**2
