"""Unilateral contact and Coulomb friction at single points: the cone, tangents, energies.

Works are computed from tractions and slides alone; D, the separated share, grows between steps as in the
interface law. Lengths and stresses of the order of one: penalty stiffness 50, coefficient 0.4.
"""

import numpy as np
import pytest
from rates import EXPECTED, check_order, taylor_order

from chemomech.physics.unilateral import contact, coulomb, friction_energy

STIFFNESS, COEFFICIENT = 50.0, 0.4
COMPONENTS = pytest.mark.parametrize("tangents", [1, 2])


def walked(path, damage, pressure, coefficient=COEFFICIENT, stiffness=STIFFNESS):
    """Friction, work, stored energy and slip energy of every step along slides.

    path (n + 1, ..., t) [m]: tangential openings; damage (n + 1, ...): of each step's end; pressure (n + 1, ...).
    Returns friction (n + 1, ..., t), backward and trapezoidal work of each step, stored (n + 1, ...) after
    the step's damage joined, slip (n, ...) with what joining area gives up.
    """
    friction, stored, slips, backward, trapezoidal = [np.zeros(path.shape[1:])], [], [], [], []
    stored.append(np.zeros(path.shape[1:-1]))
    for before, now, share, next_share, p in zip(path, path[1:], damage, damage[1:], pressure[1:], strict=False):
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
    """Slides, damages and pressures of random paths: steps within and beyond the elastic slip, times apart."""
    random = np.random.default_rng(seed)
    path = np.cumsum(0.05 * random.standard_normal((steps + 1, points, tangents)), axis=0)
    damage = np.sort(random.uniform(0, 1, (steps + 1, points)), axis=0)
    damage[:, ::5] = np.floor(1.5 * damage[:, ::5])  # some are whole, then separate at once
    pressure = np.maximum(random.uniform(-2, 5, (steps + 1, points)), 0.0)
    return path, damage, pressure


def test_contact_only_pushes():
    """Breaks when an open face carries a traction, or a closed one another than K d_n, with energy K d_n^2/2."""
    traction, slope, stored = contact(np.array([-0.2, -0.1, 0.0, 0.1, 3.0]), STIFFNESS)
    assert traction == pytest.approx([-10.0, -5.0, 0.0, 0.0, 0.0])
    assert slope == pytest.approx([50.0, 50.0, 50.0, 0.0, 0.0])
    assert stored == pytest.approx([1.0, 0.25, 0.0, 0.0, 0.0])


def test_contact_traction_is_the_slope_of_its_energy():
    """Breaks when traction, tangent and stored energy of contact do not belong together, by point or stiffness."""
    opening, h = np.array([-0.3, -0.01, 0.02]), 1e-6
    stiffness = np.array([50.0, 400.0, 50.0])
    traction, slope, _ = contact(opening, stiffness)
    low, high = (contact(opening + s * h, stiffness) for s in (-1, 1))
    assert (high[2] - low[2]) / (2 * h) == pytest.approx(traction, rel=1e-7, abs=1e-9)
    assert (high[0] - low[0]) / (2 * h) == pytest.approx(slope, rel=1e-7, abs=1e-9)


@COMPONENTS
def test_stick_then_slip_by_hand(tangents):
    """Breaks when sticking is not D K_t times the slide, or slipping is not mu D p along it."""
    along = np.array([0.6, 0.8])[:tangents] / np.linalg.norm(np.array([0.6, 0.8])[:tangents])
    damage, pressure = np.array(0.5), np.array(2.0)
    limit = COEFFICIENT * 0.5 * 2.0
    elastic = limit / (0.5 * STIFFNESS)
    for slide, expected in ((0.5 * elastic, 0.5 * limit), (elastic, limit), (3 * elastic, limit)):
        friction, _, _, slip = coulomb(slide * along, np.zeros(tangents), damage, pressure, COEFFICIENT, STIFFNESS)
        assert friction == pytest.approx(expected * along, rel=1e-12)
        assert slip == pytest.approx(limit * max(slide - elastic, 0.0), abs=1e-15)
        assert friction_energy(friction, damage, STIFFNESS) == pytest.approx(
            expected**2 / (2 * 0.5 * STIFFNESS), rel=1e-12
        )


@COMPONENTS
def test_reversal_takes_twice_the_elastic_slip(tangents):
    """Breaks when friction turns round at once: going back, it sticks over 2 mu p/K before it slips again."""
    along, limit = np.eye(tangents)[0], COEFFICIENT * 2.0
    elastic = limit / STIFFNESS
    whole = np.array(1.0)
    back = coulomb(-elastic * along, limit * along, whole, np.array(2.0), COEFFICIENT, STIFFNESS)
    assert back[0] == pytest.approx(np.zeros(tangents), abs=1e-14) and back[3] == 0.0
    far = coulomb(-5.0 * elastic * along, limit * along, whole, np.array(2.0), COEFFICIENT, STIFFNESS)
    assert far[0] == pytest.approx(-limit * along)
    assert far[3] == pytest.approx(limit * 3.0 * elastic)


@COMPONENTS
def test_friction_stays_in_its_cone_along_random_paths(tangents):
    """Breaks when friction exceeds mu D p, at any point of any path, or is there where the faces are open."""
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
    """Breaks when friction gives energy: neither what it reports nor work less stored energy may fall below zero."""
    path, damage, pressure = random_paths(10_000, 12, tangents, 30 + tangents)
    _, backward, _, stored, slips = walked(path, damage, pressure)
    assert slips.min() >= -1e-14
    assert stored.min() >= 0.0
    spent = backward - np.diff(stored, axis=0)
    assert spent.min() >= -1e-13
    assert slips.max() > 0.1 and spent.max() > 0.1


def smooth_paths(steps, tangents):
    """Slides of a few turns over ten points, damage that grows, pressure that rises, falls and rests at zero."""
    t, phase = np.linspace(0, 1, steps + 1)[:, None], np.linspace(0, 3, 10)[None]
    path = np.stack([np.sin(5 * t + phase), 0.5 * np.cos(7 * t * t + phase)], axis=-1)[..., :tangents]
    pressure = np.maximum(2.0 + 3.0 * np.sin(6 * t + 2 * phase), 0.0)
    return path, np.broadcast_to(0.3 + 0.6 * t**2, pressure.shape), pressure


def imbalance(path, damage, pressure):
    """Largest |work - stored change - slip| of the points, over the energy that all slip takes."""
    _, _, work, stored, slips = walked(path, damage, pressure)
    gap = work.sum(axis=0) - (stored[-1] - stored[0]) - slips.sum(axis=0)
    return np.abs(gap).max() / slips.sum(axis=0).mean()


@COMPONENTS
@pytest.mark.parametrize("case", ["steady pressure", "falling pressure"])
def test_energy_identity(tangents, case):
    """Breaks when slip is misjudged: trapezoidal work = stored change + slip, of second order in the step."""
    found, counts = [], (800, 1600, 3200, 6400)
    for steps in counts:
        path, damage, pressure = smooth_paths(steps, tangents)
        t = np.linspace(0, 1, steps + 1)[:, None]
        pressure = np.broadcast_to(2.0 if case == "steady pressure" else 4.0 - 3.0 * t, pressure.shape)
        found.append(imbalance(path, np.full_like(damage, 0.7), pressure))
    check_order("energy balance friction", 1.0 / np.array(counts), found)
    assert found[-1] < 1e-4
