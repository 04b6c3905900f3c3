"""The bilinear cohesive law at single points: energies, irreversibility, contact and the consistent
tangent."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rates import EXPECTED, taylor_order

from chemomech.physics.cohesion import (
    BilinearParameters,
    bilinear,
    fracture_dissipation,
    overshoot,
    stored_energy,
)

STIFFNESS, STRENGTH, SHEAR_STRENGTH, ENERGY, SHEAR_ENERGY, EXPONENT = 1e3, 30.0, 45.0, 2.0, 5.0, 1.8
LAW = BilinearParameters(STIFFNESS, STRENGTH, ENERGY, SHEAR_ENERGY, EXPONENT, SHEAR_STRENGTH)
ONSET, FINAL = STRENGTH / STIFFNESS, 2 * ENERGY / STRENGTH
ONSET_SHEAR, FINAL_SHEAR = SHEAR_STRENGTH / STIFFNESS, 2 * SHEAR_ENERGY / SHEAR_STRENGTH


def mixed_energy(share):
    """Benzeggagh and Kenane."""
    return ENERGY + (SHEAR_ENERGY - ENERGY) * share**EXPONENT


def direction(share, components=2):
    """Unit opening with a share of shear."""
    unit = np.zeros(components)
    unit[0], unit[-1] = np.sqrt(1 - share), np.sqrt(share)
    return unit


def pulled(path, damage=0.0, rate=np.inf):
    """Tractions, damages along a path (n, d) of openings."""
    tractions, damages = [], []
    for opening in path:
        response = bilinear(opening, np.asarray(damage), rate, LAW)
        damage = response.damage
        tractions.append(response.traction)
        damages.append(float(damage))
    return np.array(tractions), np.array(damages)


def pulled_once(path):
    """The same for a path that only opens, in one call: the history is the current point's own damage."""
    response = bilinear(path, np.zeros(len(path)), np.inf, LAW)
    return response.traction, response.damage


def work(path, tractions):
    """Cumulative trapezoidal work along a path, (n,)."""
    mean = 0.5 * (tractions[1:] + tractions[:-1])
    return np.concatenate([[0.0], np.cumsum(np.einsum("nd,nd->n", mean, np.diff(path, axis=0)))])


@pytest.mark.parametrize("share", [0.0, 0.2, 0.5, 0.8, 1.0])
@pytest.mark.parametrize("components", [2, 3])
def test_work_of_separation_is_the_mixed_mode_energy(share, components):
    """Breaks when the law dissipates anything but Gc(B) per area in any fixed mode."""
    path = np.linspace(0, 1.05 * max(FINAL, FINAL_SHEAR), 20001)[:, None] * direction(share, components)
    tractions, damages = pulled_once(path)
    assert damages[-1] == 1.0
    assert work(path, tractions)[-1] == pytest.approx(mixed_energy(share), rel=1e-4)
    dissipated = fracture_dissipation(np.array(0.0), np.array(1.0), path[-1], LAW)
    assert dissipated == pytest.approx(mixed_energy(share), rel=1e-10)


def test_dissipation_between_two_damages():
    """Breaks when the closed form of a partial dissipation is not work minus stored energy."""
    path = np.linspace(0, 0.8 * FINAL, 2001)[:, None] * direction(0.3)
    tractions, damages = pulled(path)
    assert damages == pytest.approx(pulled_once(path)[1], abs=1e-14)
    middle = 1200
    closed = fracture_dissipation(damages[middle], damages[-1], path[-1], LAW)
    spent = work(path, tractions) - np.array(
        [stored_energy(o, d, LAW) for o, d in zip(path, damages, strict=True)]
    )
    assert 0.1 < damages[middle] < damages[-1] < 1
    assert closed == pytest.approx(spent[-1] - spent[middle], rel=1e-4)


@pytest.mark.parametrize(("share", "strength"), [(0.0, STRENGTH), (1.0, SHEAR_STRENGTH)])
def test_strength_and_initial_slope(share, strength):
    """Breaks when the peak traction is not the strength or the first slope not the stiffness."""
    path = np.linspace(0, FINAL, 40001)[:, None] * direction(share)
    size = np.linalg.norm(pulled_once(path)[0], axis=1)
    assert size.max() == pytest.approx(strength, rel=2e-3)
    assert size[10] == pytest.approx(STIFFNESS * path[10] @ direction(share), rel=1e-12)


def test_compression_never_damages_and_is_always_carried():
    """Breaks when compression drives damage or a broken interface lets its faces pass through each other."""
    for damage in (0.0, 0.4, 1.0):
        response = bilinear(np.array([-50 * FINAL, 0.0]), np.array(damage), np.inf, LAW)
        assert response.damage == damage
        assert response.traction == pytest.approx([-50 * FINAL * STIFFNESS, 0.0])
        assert response.tangent[0] == pytest.approx([STIFFNESS, 0.0])
    pressed, free = (bilinear(np.array([n, 0.1]), np.array(0.0), np.inf, LAW) for n in (-FINAL, 0.0))
    assert pressed.damage == free.damage > 0


def test_unloading_goes_to_the_origin():
    """Breaks when unloading leaves an opening, or reloading is not on the same line."""
    opening = 0.5 * FINAL * direction(0.3)
    loaded = bilinear(opening, np.array(0.0), np.inf, LAW)
    assert 0 < loaded.damage < 1
    for share in (0.7, 0.1, 0.0):
        response = bilinear(share * opening, loaded.damage, np.inf, LAW)
        assert response.damage == loaded.damage
        assert response.traction == pytest.approx(share * loaded.traction, rel=1e-14)


def test_shear_direction_does_not_matter():
    """Breaks when the two tangents of a 3D interface are treated differently."""
    base = bilinear(np.array([0.05, 0.1, 0.0]), np.array(0.1), np.inf, LAW)
    angle = 0.8
    turned = bilinear(np.array([0.05, 0.1 * np.cos(angle), -0.1 * np.sin(angle)]), np.array(0.1), np.inf, LAW)
    flat = bilinear(np.array([0.05, 0.1]), np.array(0.1), np.inf, LAW)
    assert 0.1 < float(base.damage) < 1
    assert float(turned.damage) == pytest.approx(float(base.damage), rel=1e-13)
    assert float(flat.damage) == pytest.approx(float(base.damage), rel=1e-13)
    shear = base.traction[1]
    assert turned.traction == pytest.approx([base.traction[0], shear * np.cos(angle), -shear * np.sin(angle)])
    assert flat.traction == pytest.approx(base.traction[:2])


def test_viscous_damage_follows_by_backward_euler():
    """Breaks when dt/tau enters the damage evolution with a wrong factor."""
    opening = 0.5 * FINAL * direction(0.3)
    instant = bilinear(opening, np.array(0.2), np.inf, LAW).damage
    for rate in (1e-3, 0.5, 20.0):
        slow = bilinear(opening, np.array(0.2), rate, LAW).damage
        assert slow == pytest.approx((0.2 + rate * instant) / (1 + rate), rel=1e-13)
    assert bilinear(opening, np.array(0.2), 1e9, LAW).damage == pytest.approx(instant, rel=1e-8)


openings = st.lists(
    st.tuples(st.floats(-0.3, 0.6), st.floats(-0.6, 0.6), st.floats(-0.6, 0.6)), min_size=1, max_size=8
)


@settings(max_examples=60, deadline=None)
@given(openings, st.sampled_from([0.3, 3.0, np.inf]), st.floats(0.0, 1.0))
def test_damage_never_heals_and_dissipation_is_never_negative(corners, rate, start):
    """Breaks when a path can heal the interface or create energy."""
    corners = np.array([[0.0, 0.0, 0.0], *corners])
    path = np.concatenate([np.linspace(a, b, 60) for a, b in zip(corners[:-1], corners[1:], strict=True)])
    tractions, damages = pulled(path, start, rate)
    assert np.all(np.diff(np.concatenate([[start], damages])) >= 0)
    assert damages[-1] <= 1.0
    stored = np.array([stored_energy(o, d, LAW) for o, d in zip(path, damages, strict=True)])
    dissipated = np.diff(work(path, tractions)) - np.diff(stored)
    # Trapezoidal work is exact where damage stands still, except where contact closes within a step.
    kink = (path[1:, 0] > 0) != (path[:-1, 0] > 0)
    allowed = 1e-12 * STIFFNESS + kink * 0.5 * STIFFNESS * np.diff(path[:, 0]) ** 2
    assert np.all(dissipated >= -allowed)


REGIMES = {
    # name: (opening, damage at the start, dt/tau, tangent is constant around it)
    "elastic": ([0.01, 0.01], 0.0, np.inf, True),
    "closed": ([-0.01, 0.01], 0.0, np.inf, True),
    "closed and broken": ([-0.01, 0.9], 1.0, np.inf, True),
    "unloading": ([0.04, 0.02], 0.9, np.inf, True),
    "broken": ([0.3, 0.2], 1.0, np.inf, True),
    "beyond the end, viscous": ([0.3, 0.2], 0.5, 0.5, True),
    "softening in mode I": ([0.08, 0.0], 0.1, np.inf, False),
    "softening in mode II": ([0.004, 0.12], 0.1, np.inf, False),
    "softening, mixed": ([0.06, 0.05], 0.1, np.inf, False),
    "softening, mixed, viscous": ([0.06, -0.05], 0.1, 0.7, False),
    # In two dimensions the branch of a single mode is a straight line.
    "sliding under pressure": ([-0.02, 0.12], 0.1, np.inf, True),
    "elastic, 3D": ([0.01, 0.01, -0.01], 0.0, np.inf, True),
    "softening, mixed, 3D": ([0.06, 0.04, -0.05], 0.1, np.inf, False),
    "softening, mixed, viscous, 3D": ([0.06, 0.04, 0.05], 0.1, 0.4, False),
    "sliding under pressure, 3D": ([-0.02, 0.1, 0.07], 0.1, np.inf, False),
}


@pytest.mark.parametrize("regime", REGIMES)
def test_tangent_is_consistent(regime):
    """Breaks when the tangent is not the derivative of the traction in a regime."""
    opening, damage, rate, linear = REGIMES[regime]
    opening, damage = np.array(opening), np.array(damage)
    random = np.random.default_rng(len(regime))
    for _ in range(3):
        along = random.standard_normal(len(opening))
        along *= 0.02 / np.linalg.norm(along)
        response = bilinear(opening, damage, rate, LAW)
        if "softening" in regime or "sliding" in regime:
            assert damage < response.damage < 1
        derivative = response.tangent @ along

        def traction(h, along=along):
            return bilinear(opening + h * along, damage, rate, LAW).traction

        if linear:
            assert traction(0.1) - traction(0.0) == pytest.approx(0.1 * derivative, abs=1e-12)
            continue
        order = taylor_order(traction, derivative, 0.2 / 2.0 ** np.arange(2, 8))
        expected, distance = EXPECTED["Taylor remainder"]
        assert abs(order - expected) <= distance


def test_tractions_and_driving_force_derive_from_the_stored_energy():
    """Breaks when traction, stored energy and release rate do not belong together."""
    opening, damage, h = np.array([0.06, 0.05]), 0.9, 1e-6
    response = bilinear(opening, np.array(damage), np.inf, LAW)
    assert response.damage == damage
    for axis in range(2):
        shift = h * np.eye(2)[axis]
        slope = (
            stored_energy(opening + shift, damage, LAW) - stored_energy(opening - shift, damage, LAW)
        ) / (2 * h)
        assert slope == pytest.approx(response.traction[axis], rel=1e-8)
    assert overshoot(opening, damage, LAW) == 0.0
    # Held at less than its equilibrium damage, the point is driven by more than the rate-independent law needs.
    less = 0.5 * float(bilinear(opening, np.array(0.0), np.inf, LAW).damage)
    drive = (stored_energy(opening, less - h, LAW) - stored_energy(opening, less + h, LAW)) / (2 * h)
    needed = fracture_dissipation(less - h, less + h, opening, LAW) / (2 * h)
    assert drive > 1.1 * needed
    assert overshoot(opening, less, LAW) == pytest.approx(drive - needed, rel=1e-5)
    closed = np.array([-0.05, 0.0])
    assert stored_energy(closed, 1.0, LAW) == pytest.approx(0.5 * STIFFNESS * 0.05**2)
    assert overshoot(closed, 0.0, LAW) == 0.0


def test_overshoot_of_the_rate_independent_law_is_zero():
    """Breaks when a law without viscosity is charged with viscous dissipation, also after it has broken."""
    for opening in (np.array([0.03, 0.01]), np.array([0.2, 0.1]), np.array([5.0, 3.0])):
        damage = bilinear(opening, np.array(0.0), np.inf, LAW).damage
        assert overshoot(opening, damage, LAW) <= 1e-9 * STIFFNESS * np.sum(opening**2)


@pytest.mark.parametrize("bad", [{"strength": 64.0}, {"shear_strength": 101.0}, {"stiffness": 200.0}])
def test_parameters_without_softening_branch_are_refused(bad):
    """Breaks when a snap-back of the law itself goes unnoticed, in either mode."""
    good = dict(
        stiffness=STIFFNESS,
        strength=STRENGTH,
        fracture_energy=ENERGY,
        fracture_energy_shear=SHEAR_ENERGY,
        mixed_mode_exponent=EXPONENT,
        shear_strength=SHEAR_STRENGTH,
    )
    BilinearParameters(**good)
    with pytest.raises(ValueError, match="softening branch"):
        BilinearParameters(**{**good, **bad})
