"""The exponential cohesive law: energies in every mode, tail of the curve and its inverse."""

import itertools

import numpy as np
import pytest

from chemomech.physics.interfaces.cohesive.softening import BILINEAR, EXPONENTIAL
from cohesive import (
    ENERGY,
    ONSET,
    SHEAR_ENERGY,
    SHEAR_ONSET,
    STIFFNESS,
    STRENGTH,
    directions,
    dissipated_along,
    equal,
    mixed,
    there_and_back,
    unequal,
)
from compare import approx
from rates import EXPECTED, taylor_order

CURVES = {"bilinear": BILINEAR, "exponential": EXPONENTIAL}


def tail(energy, onset):
    """Length of the tail, from the area under the curve."""
    return (energy - 0.5 * STIFFNESS * onset**2) / (STIFFNESS * onset)


@pytest.mark.parametrize("residual", [0.0, 1e-3])
def test_separation_dissipates_the_fracture_energy_on_any_path_with_equal_modes(residual):
    """Breaks when a mixed path, with closing, sliding back and unloading, spends anything but
    G_c."""
    law, points = equal("exponential", residual), 200
    corners = np.random.default_rng(2).uniform(-0.2, 0.2, (9, points, 3))
    corners[0], corners[-1] = 0.0, [0.2, 0.1, 0.1]
    outwards = np.array([[0.7, 0.1, 0.1], [2.5, 0.1, 0.1]])[:, None] * np.ones((1, points, 1))
    corners = np.concatenate([corners, outwards])
    dissipated, fracture, last = dissipated_along(law, corners, np.full((points, 1), ONSET))
    assert np.all(last.history[:, 0] == 1.0)
    assert dissipated == approx(ENERGY, rel=1e-10)
    assert fracture == approx(ENERGY, rel=1e-12)


@pytest.mark.parametrize("rule", ["benzeggagh_kenane", "power_law"])
def test_separation_dissipates_the_mixed_energy_at_any_fixed_share(rule):
    """Breaks when a fixed mode share, with unloading and reloading, spends anything but G_c(B)."""
    law, share = unequal("exponential", rule, residual=0.0), np.linspace(0.0, 1.0, 41)
    energy = mixed(rule, share, ENERGY, SHEAR_ENERGY)
    onset = np.sqrt(mixed(rule, share, ONSET**2, SHEAR_ONSET**2))
    length = tail(energy, onset)
    sizes = np.concatenate(
        [there_and_back(41, onset + 4 * length, 7), [onset + 15 * length, onset + 50 * length]]
    )
    dissipated, fracture, last = dissipated_along(
        law, sizes[..., None] * directions(share, 3, 1), onset[:, None]
    )
    assert np.all(last.history[:, 0] == 1.0)
    assert dissipated == approx(energy, rel=1e-10)
    assert fracture == approx(energy, rel=1e-12)


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_the_curve(share):
    """Breaks when the softening branch is not the exponential from the strength on."""
    law = unequal("exponential", residual=0.0)
    onset = np.sqrt(mixed("benzeggagh_kenane", share, ONSET**2, SHEAR_ONSET**2))
    length = tail(mixed("benzeggagh_kenane", share, ENERGY, SHEAR_ENERGY), onset)
    sizes = np.linspace(0, 1.0, 80)
    path = sizes[:, None] * np.array([np.sqrt(1 - share), np.sqrt(share)])
    traction = np.linalg.norm(law(path, law.initial_history(np.zeros(80)), np.inf).traction, axis=1)
    expected = STIFFNESS * np.where(sizes < onset, sizes, onset * np.exp(-(sizes - onset) / length))
    assert traction == approx(expected, abs=1e-12 * STRENGTH)


def test_what_is_left_conducts_as_it_carries():
    """Breaks when 1 - D, which conduction uses, is not the remaining secant stiffness all along the
    tail."""
    law, length = equal("exponential", 0.0), tail(ENERGY, ONSET)
    sizes = ONSET + length * np.array([1.0, 3.0, 9.3, 20.0, 30.0])
    response = law(sizes[:, None] * [1.0, 0.0], law.initial_history(np.zeros(5)), np.inf)
    left = 1.0 - response.history[:, 0]
    carried = STRENGTH * np.exp(-(sizes - ONSET) / length)
    assert left * sizes * STIFFNESS == approx(carried, abs=1e-12 * STRENGTH)
    assert left[2] < 1e-4 and np.all(np.diff(left) < 0)


@pytest.mark.parametrize("curve", CURVES.values(), ids=CURVES)
@pytest.mark.parametrize("energy", [0.51, 2.0, 1e3])
def test_inverse_and_primitive(curve, energy):
    """Breaks when a curve's opening is not the inverse of its damage, or its dissipation not int
    lambda^2/2 dD.

    From a law that is almost brittle (energy hardly above that of the linear part) to a very tough
    one; d_0 = 1.
    """
    damage = np.concatenate([np.linspace(0.0, 0.99, 23), 1 - 10.0 ** -np.arange(3, 7)])
    opening = curve.opening(damage, 1.0, energy)
    assert curve.equilibrium(opening, 1.0, energy).damage == approx(damage, abs=1e-12)
    nodes, weights = np.polynomial.legendre.leggauss(40)
    ends = np.linspace(0.0, 0.8, 5)
    for a, b in itertools.pairwise(ends):
        inner = a + 0.5 * (b - a) * (1 + nodes)
        integral = 0.25 * (b - a) * np.sum(weights * curve.opening(inner, 1.0, energy) ** 2)
        closed = curve.dissipated(b, 1.0, energy) - curve.dissipated(a, 1.0, energy)
        assert closed == approx(integral, rel=1e-11)
    assert curve.dissipated(np.array([0.0, 1.0]), 1.0, energy) == approx(
        [0.0, energy], abs=1e-12 * energy
    )


@pytest.mark.parametrize("curve", CURVES.values(), ids=CURVES)
@pytest.mark.parametrize("name", ["by_size", "by_onset", "by_energy"])
def test_derivatives_of_a_curve(curve, name):
    """Breaks when one of the slopes of the equilibrium damage is wrong."""
    place = {"by_size": 0, "by_onset": 1, "by_energy": 2}[name]
    shift = np.eye(3)[place]
    base = np.array([0.08, 0.03, 2e-3])
    slope = getattr(curve.equilibrium(*base), name) * base[place]

    def damage(h):
        return curve.equilibrium(*(base * (1 + h * shift))).damage

    order = taylor_order(damage, slope, 0.05 / 2.0 ** np.arange(1, 7))
    expected, distance = EXPECTED["Taylor remainder"]
    assert abs(order - expected) <= distance
