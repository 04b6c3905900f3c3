"""Scatter of strength: distribution, correlation, mesh independence; direction dependence."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm, weibull_min

from chemomech.physics.interfaces import scatter
from compare import approx
from meshes import rotation

LENGTH = 2e-6
SEEDS = range(60)


def far_apart(count, dimension=2):
    """A grid of points 6 lengths apart: as good as independent."""
    axes = [6.0 * LENGTH * np.arange(count)] * dimension
    return np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, dimension)


@pytest.mark.parametrize("modulus", [2.0, 5.0, 12.0])
def test_transform_is_exact(modulus):
    """Breaks when the factor's mean is not 1 or its distribution not Weibull."""
    mean, _ = quad(lambda z: scatter.weibull_factor(z, modulus) * norm.pdf(z), -12, 12, limit=200)
    assert mean == approx(1.0, abs=1e-9)
    z = np.array([-6.0, -1.0, 0.0, 2.0, 9.0])
    scale = 1.0 / weibull_min(modulus).mean()
    # Upper tails by survival probabilities, lower ones by probabilities: each is exact where the
    # other is not.
    weibull = weibull_min(modulus, scale=scale)
    expected = np.where(z < 0, weibull.ppf(norm.cdf(z)), weibull.isf(norm.sf(z)))
    assert scatter.weibull_factor(z, modulus) == approx(expected, rel=1e-9)


@pytest.mark.parametrize("modulus", [3.0, 8.0])
def test_sampled_distribution(modulus):
    """Breaks when the field's mean, variance or the modulus fitted to independent patches is off,
    either way."""
    points = far_apart(20)
    field = np.concatenate([scatter.gaussian_field(points, LENGTH, seed) for seed in SEEDS])
    assert abs(field.mean()) < 0.02
    assert field.std() == approx(1.0, abs=0.02)
    factor = np.concatenate(
        [scatter.strength_factor(points, modulus, LENGTH, seed) for seed in SEEDS]
    )
    assert factor.mean() == approx(1.0, abs=0.01)
    fitted, _, _ = weibull_min.fit(factor, floc=0)
    assert fitted == approx(modulus, rel=0.03)


@pytest.mark.parametrize("dimension", [1, 2, 3])
def test_correlation_by_distance(dimension):
    """Breaks when the length is scaled wrongly or depends on direction: exp(-(r/l)^2)."""
    base = far_apart({1: 400, 2: 16, 3: 7}[dimension], dimension)
    steps = np.concatenate([distance * np.eye(dimension) for distance in (0.3, 1.0, 2.0)]) * LENGTH
    moved = np.concatenate([base[None], base + steps[:, None]])
    field = np.concatenate([scatter.gaussian_field(moved, LENGTH, seed) for seed in SEEDS], axis=1)
    correlation = np.mean(field[0] * field[1:], axis=1)
    expected = np.exp(-(np.linalg.norm(steps, axis=1) ** 2) / LENGTH**2)
    assert correlation == approx(expected, abs=0.03)


def test_field_is_a_function_of_the_point():
    """Breaks when the field depends on the mesh, the order or number of points, or the run."""
    points = np.random.default_rng(3).uniform(0, 50e-6, (30, 7, 2))
    whole = scatter.strength_factor(points, 6.0, LENGTH, 11)
    assert whole.shape == (30, 7)
    assert np.array_equal(scatter.strength_factor(points, 6.0, LENGTH, 11), whole)
    assert scatter.strength_factor(points[::-3, 2], 6.0, LENGTH, 11) == approx(
        whole[::-3, 2], rel=1e-12
    )
    many = np.concatenate([points.reshape(-1, 2)] * 40)
    assert scatter.strength_factor(many, 6.0, LENGTH, 11)[-210:] == approx(whole.ravel(), rel=1e-12)
    in_space = np.concatenate([points, np.zeros((30, 7, 1))], axis=-1)
    assert scatter.strength_factor(in_space, 6.0, LENGTH, 11) == approx(whole, rel=1e-12)
    assert np.abs(scatter.strength_factor(points, 6.0, LENGTH, 12) - whole).max() > 0.1


def test_field_is_smooth_within_its_length():
    """Breaks when neighbours scatter independently: the slope's variance is 2/l^2 per direction."""
    points, h = far_apart(20), 1e-3 * LENGTH
    slopes = [
        (
            scatter.gaussian_field(points + [h, 0], LENGTH, s)
            - scatter.gaussian_field(points, LENGTH, s)
        )
        / h
        for s in SEEDS
    ]
    assert np.var(slopes) * LENGTH**2 == approx(2.0, rel=0.05)


def test_bad_scatter_is_refused():
    """Breaks when a length or modulus of zero gives numbers."""
    with pytest.raises(ValueError, match="correlation_length"):
        scatter.gaussian_field(np.zeros((1, 2)), 0.0, 1)
    with pytest.raises(ValueError, match="modulus"):
        scatter.strength_factor(np.zeros((1, 2)), -1.0, LENGTH, 1)


def test_anisotropy_of_a_facet():
    """Breaks when along and across are swapped, the sense of a normal matters, or the turn between
    is not cos^2."""
    axis, ratio = np.array([0.0, 0.0, 2.0]), 0.3
    angle = np.linspace(0, np.pi, 13)
    normal = np.stack([np.sin(angle), 0 * angle, np.cos(angle)], axis=-1)
    expected = ratio * np.cos(angle) ** 2 + np.sin(angle) ** 2
    assert scatter.anisotropy(normal, axis, ratio) == approx(expected, rel=1e-12)
    assert scatter.anisotropy(-5 * normal, axis, ratio) == approx(expected, rel=1e-12)
    turn = rotation(3)
    assert scatter.anisotropy(normal @ turn.T, turn @ axis, ratio) == approx(expected, rel=1e-12)
    axes = np.broadcast_to(axis, normal.shape)
    assert scatter.anisotropy(normal, axes, ratio) == approx(expected, rel=1e-12)
    assert np.all(scatter.anisotropy(normal, axis, 1.0) == 1.0)
