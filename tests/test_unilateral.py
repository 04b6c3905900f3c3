"""Unilateral contact and Coulomb friction at single points: the cone, tangents, energies.

Works are computed from tractions and slides alone; D, the debonded share, grows between steps as
in the interface law. Lengths and stresses of the order of one: penalty stiffness 50, coefficient
0.4.
"""

import numpy as np
import pytest

from chemomech.physics.interfaces.unilateral import contact, coulomb, friction_energy
from compare import approx
from rates import EXPECTED, fitted_order, taylor_order

STIFFNESS, COEFFICIENT = 50.0, 0.4
COMPONENTS = pytest.mark.parametrize("tangents", [1, 2])


def walked(path, damage, pressure, coefficient=COEFFICIENT, stiffness=STIFFNESS):
    """Friction, work, stored energy and slip energy of every step along slides.

    path (n + 1, ..., t) [m]: tangential openings; damage (n + 1, ...): of each step's end; pressure
    (n + 1, ...). Returns friction (n + 1, ..., t), backward and trapezoidal work of each step,
    stored (n + 1, ...) after the step's damage joined, slip (n, ...) with what joining area gives
    up.
    """
    friction, stored, slips, backward, trapezoidal = [np.zeros(path.shape[1:])], [], [], [], []
    stored.append(np.zeros(path.shape[1:-1]))
    for before, now, share, next_share, p in zip(
        path, path[1:], damage, damage[1:], pressure[1:], strict=False
    ):
        slide = now - before
        after, _, _, slip = coulomb(slide, friction[-1], share, p, coefficient, stiffness)
        joined = friction_energy(after, next_share, stiffness)
        slips.append(slip + friction_energy(after, share, stiffness) - joined)
        backward.append((after * slide).sum(axis=-1))
        trapezoidal.append((0.5 * (after + friction[-1]) * slide).sum(axis=-1))
        friction.append(after)
        stored.append(joined)
    return tuple(np.array(each) for each in (friction, backward, trapezoidal, stored, slips))


def random_paths(points, steps, tangents, seed):
    """Slides, damages and pressures of random paths: steps within and beyond the elastic slip,
    times apart."""
    random = np.random.default_rng(seed)
    path = np.cumsum(0.05 * random.standard_normal((steps + 1, points, tangents)), axis=0)
    damage = np.sort(random.uniform(0, 1, (steps + 1, points)), axis=0)
    damage[:, ::5] = np.floor(1.5 * damage[:, ::5])  # some are whole, then separate at once
    pressure = np.maximum(random.uniform(-2, 5, (steps + 1, points)), 0.0)
    return path, damage, pressure


def test_contact_only_pushes():
    """Breaks when an open face carries a traction, or a closed one another than K d_n, with energy
    K d_n^2/2."""
    traction, slope, stored = contact(np.array([-0.2, -0.1, 0.0, 0.1, 3.0]), STIFFNESS)
    assert traction == approx([-10.0, -5.0, 0.0, 0.0, 0.0])
    assert slope == approx([50.0, 50.0, 50.0, 0.0, 0.0])
    assert stored == approx([1.0, 0.25, 0.0, 0.0, 0.0])


def test_contact_traction_is_the_slope_of_its_energy():
    """Breaks when traction, tangent and stored energy of contact do not belong together, by point
    or stiffness."""
    opening, h = np.array([-0.3, -0.01, 0.02]), 1e-6
    stiffness = np.array([50.0, 400.0, 50.0])
    traction, slope, _ = contact(opening, stiffness)
    low, high = (contact(opening + s * h, stiffness) for s in (-1, 1))
    assert (high[2] - low[2]) / (2 * h) == approx(traction, rel=1e-7, abs=1e-9)
    assert (high[0] - low[0]) / (2 * h) == approx(slope, rel=1e-7, abs=1e-9)


@COMPONENTS
def test_stick_then_slip_by_hand(tangents):
    """Breaks when sticking is not D K_t times the slide, or slipping is not mu D p along it."""
    along = np.array([0.6, 0.8])[:tangents] / np.linalg.norm(np.array([0.6, 0.8])[:tangents])
    damage, pressure = np.array(0.5), np.array(2.0)
    limit = COEFFICIENT * 0.5 * 2.0
    elastic = limit / (0.5 * STIFFNESS)
    for slide, expected in ((0.5 * elastic, 0.5 * limit), (elastic, limit), (3 * elastic, limit)):
        friction, _, _, slip = coulomb(
            slide * along, np.zeros(tangents), damage, pressure, COEFFICIENT, STIFFNESS
        )
        assert friction == approx(expected * along, rel=1e-12)
        assert slip == approx(limit * max(slide - elastic, 0.0), abs=1e-15)
        assert friction_energy(friction, damage, STIFFNESS) == approx(
            expected**2 / (2 * 0.5 * STIFFNESS), rel=1e-12
        )


@COMPONENTS
def test_reversal_takes_twice_the_elastic_slip(tangents):
    """Breaks when friction turns round at once: going back, it sticks over 2 mu p/K before it slips
    again."""
    along, limit = np.eye(tangents)[0], COEFFICIENT * 2.0
    elastic = limit / STIFFNESS
    whole = np.array(1.0)
    back = coulomb(-elastic * along, limit * along, whole, np.array(2.0), COEFFICIENT, STIFFNESS)
    assert back[0] == approx(np.zeros(tangents), abs=1e-14) and back[3] == 0.0
    far = coulomb(
        -5.0 * elastic * along, limit * along, whole, np.array(2.0), COEFFICIENT, STIFFNESS
    )
    assert far[0] == approx(-limit * along)
    assert far[3] == approx(limit * 3.0 * elastic)


@COMPONENTS
def test_friction_stays_in_its_cone_along_random_paths(tangents):
    """Breaks when friction exceeds mu D p, at any point of any path, or is there where the faces
    are open."""
    path, damage, pressure = random_paths(10_000, 12, tangents, 3 + tangents)
    friction = walked(path, damage, pressure)[0]
    size = np.linalg.norm(friction, axis=-1)
    limit = COEFFICIENT * damage[:-1] * pressure[1:]
    assert np.all(size[1:] <= limit * (1 + 1e-12))
    assert np.all(friction[1:][pressure[1:] == 0.0] == 0.0)
    slips = size[1:] >= limit * (1 - 1e-12)
    closed = limit > 0
    assert 0.2 < slips[closed].mean() < 0.95  # both regimes are met


@COMPONENTS
def test_dissipation_is_never_negative_along_random_paths(tangents):
    """Breaks when friction gives energy: neither what it reports nor work less stored energy may
    fall below zero."""
    path, damage, pressure = random_paths(10_000, 12, tangents, 30 + tangents)
    _, backward, _, stored, slips = walked(path, damage, pressure)
    assert slips.min() >= -1e-14
    assert stored.min() >= 0.0
    dissipated_fraction = backward - np.diff(stored, axis=0)
    assert dissipated_fraction.min() >= -1e-13
    assert slips.max() > 0.1 and dissipated_fraction.max() > 0.1


def smooth_paths(steps, tangents):
    """Slides of a few turns over ten points, damage that grows, pressure that rises, falls and
    rests at zero."""
    t, phase = np.linspace(0, 1, steps + 1)[:, None], np.linspace(0, 3, 10)[None]
    path = np.stack([np.sin(5 * t + phase), 0.5 * np.cos(7 * t * t + phase)], axis=-1)[
        ..., :tangents
    ]
    pressure = np.maximum(2.0 + 3.0 * np.sin(6 * t + 2 * phase), 0.0)
    return path, np.broadcast_to(0.3 + 0.6 * t**2, pressure.shape), pressure


def imbalance(path, damage, pressure):
    """Largest |work - stored change - slip| of the points, over the energy that all slip takes."""
    _, _, work, stored, slips = walked(path, damage, pressure)
    gap = work.sum(axis=0) - (stored[-1] - stored[0]) - slips.sum(axis=0)
    return np.abs(gap).max() / slips.sum(axis=0).mean()


# Where the limit mu D p falls or stays, slip is known to second order; where it grows, all of a
# step's slip is charged with the step's last friction.
CASES = {
    "steady pressure": (2.0, 0.1),
    "falling pressure": (2.0, 0.1),
    "rising pressure": (1.0, 0.05),
    "growing damage": (1.0, 0.05),
    "everything": (1.0, 0.05),
}


@COMPONENTS
@pytest.mark.parametrize("case", CASES)
def test_energy_identity(tangents, case):
    """Breaks when slip is misjudged: trapezoidal work = stored change + slip in the limit of small
    steps."""
    found, counts = [], (800, 1600, 3200, 6400)
    for steps in counts:
        path, damage, pressure = smooth_paths(steps, tangents)
        t = np.linspace(0, 1, steps + 1)[:, None]
        ramps = {"falling pressure": 4.0 - 3.0 * t, "rising pressure": 1.0 + 3.0 * t}
        if case != "everything":
            pressure = np.broadcast_to(ramps.get(case, 2.0), pressure.shape)
            damage = damage if case == "growing damage" else np.full_like(damage, 0.7)
        found.append(imbalance(path, damage, pressure))
    order, (expected, distance) = fitted_order(1.0 / np.array(counts), found), CASES[case]
    assert abs(order - expected) <= distance, f"{order:.3f}: {found}"
    assert found[-1] < 1e-5 if expected == 2.0 else found[-1] < 5e-4


def test_slip_of_one_large_step_is_that_of_the_end():
    """Breaks when a single long slide from rest is charged less than mu p times its slip."""
    slide, limit = np.array([1.0]), COEFFICIENT * 2.0
    slip = coulomb(slide, np.zeros(1), np.array(1.0), np.array(2.0), COEFFICIENT, STIFFNESS)[3]
    assert slip == approx(limit * (1.0 - limit / STIFFNESS))


@COMPONENTS
def test_parting_turns_what_friction_stored_into_slip(tangents):
    """Breaks when the stored energy of sticking faces vanishes without a trace as they part."""
    held = np.array([0.3, -0.2])[:tangents]
    friction, by_slide, _, slip = coulomb(
        np.zeros(tangents), held, np.array(0.6), np.array(0.0), COEFFICIENT, STIFFNESS
    )
    assert np.all(friction == 0.0) and np.all(by_slide == 0.0)
    assert slip == approx(friction_energy(held, np.array(0.6), STIFFNESS), rel=1e-12)
    # Touching again, it starts without memory of the old friction.
    again = coulomb(
        np.zeros(tangents), friction, np.array(0.6), np.array(5.0), COEFFICIENT, STIFFNESS
    )
    assert np.all(again[0] == 0.0) and again[3] == 0.0


def test_whole_faces_and_smooth_faces_do_not_rub():
    """Breaks when bonded area rubs, or a coefficient of zero leaves a traction."""
    slide, before = np.array([[0.3, -0.1]]), np.zeros((1, 2))
    for damage, coefficient in ((0.0, COEFFICIENT), (1.0, 0.0)):
        friction, _, by_pressure, slip = coulomb(
            slide, before, np.array([damage]), np.array([3.0]), coefficient, 50.0
        )
        assert np.all(friction == 0.0) and np.all(by_pressure == 0.0) and np.all(slip == 0.0)
    assert friction_energy(before, np.array([0.0]), STIFFNESS) == 0.0


REGIMES = {
    # name: (normal opening, slide, friction at the start, damage, linear around it)
    "stick": (-0.2, [0.01], [0.5], 0.8, True),
    "slip": (-0.1, [0.3], [0.4], 0.8, True),
    "slip back": (-0.1, [-0.3], [0.4], 0.8, True),
    "open": (0.1, [0.3], [0.4], 0.8, True),
    "whole": (-0.1, [0.3], [0.0], 0.0, True),
    "stick, 3D": (-0.2, [0.01, -0.02], [0.5, 0.3], 0.8, True),
    "slip, 3D": (-0.1, [0.1, 0.15], [0.4, -0.8], 0.8, False),
    "slip from rest, 3D": (-0.1, [0.1, 0.15], [0.0, 0.0], 1.0, False),
    "open, 3D": (0.1, [0.3, 0.2], [0.4, 0.1], 0.8, True),
}


def friction_of(opening, start_friction, damage, derivatives=False):
    """Normal and friction traction of an opening (d,) gained in one step, with their tangent on
    request."""
    normal, slope, _ = contact(opening[0], STIFFNESS)
    friction, by_slide, by_pressure, slip = coulomb(
        opening[1:], np.array(start_friction), np.array(damage), -normal, COEFFICIENT, STIFFNESS
    )
    traction = np.concatenate([[normal], friction])
    if not derivatives:
        return traction
    tangent = np.zeros((len(opening), len(opening)))
    tangent[0, 0], tangent[1:, 1:], tangent[1:, 0] = slope, by_slide, -by_pressure * slope
    return traction, tangent, slip


@pytest.mark.parametrize("regime", REGIMES)
def test_tangents(regime):
    """Breaks when a derivative by slide or by pressure is wrong while sticking, slipping or
    open."""
    normal, slide, before, damage, linear = REGIMES[regime]
    opening = np.array([normal, *slide])
    _, tangent, slip = friction_of(opening, before, damage, derivatives=True)
    assert (slip > 0) == ("slip" in regime or "open" in regime)
    random = np.random.default_rng(len(regime))
    for _ in range(3):
        along = random.standard_normal(len(opening))
        along *= 0.01 / np.linalg.norm(along)
        derivative = tangent @ along

        def traction(h, along=along):
            return friction_of(opening + h * along, before, damage)

        if linear:
            assert traction(0.2) - traction(0.0) == approx(0.2 * derivative, abs=1e-12)
            continue
        order = taylor_order(traction, derivative, 1.0 / 2.0 ** np.arange(2, 8))
        expected, distance = EXPECTED["Taylor remainder"]
        assert abs(order - expected) <= distance


def test_points_are_independent_and_the_direction_does_not_matter():
    """Breaks when a point sees another's numbers, parameters do not broadcast, or a turned slide
    rubs otherwise."""
    random = np.random.default_rng(2)
    slide, before = 0.1 * random.standard_normal((2, 6, 4, 2))
    damage, pressure = random.uniform(0, 1, (2, 6, 4))
    coefficient, stiffness = random.uniform(0.1, 0.9, (6, 1)), random.uniform(10, 90, (6, 4))
    all_of_them = coulomb(slide, before, damage, pressure, coefficient, stiffness)
    turn = np.array([[0.6, -0.8], [0.8, 0.6]])
    turned = coulomb(slide @ turn.T, before @ turn.T, damage, pressure, coefficient, stiffness)
    assert turned[0] == approx(all_of_them[0] @ turn.T, abs=1e-13)
    assert turned[1] == approx(turn @ all_of_them[1] @ turn.T, abs=1e-11)
    assert turned[3] == approx(all_of_them[3], abs=1e-13)
    for i, j in np.ndindex(6, 4):
        one = coulomb(
            slide[i, j],
            before[i, j],
            damage[i, j],
            pressure[i, j],
            coefficient[i, 0],
            stiffness[i, j],
        )
        for part, whole in zip(one, all_of_them, strict=True):
            assert part == approx(whole[i, j], abs=1e-14)
