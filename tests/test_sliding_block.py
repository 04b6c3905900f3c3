r"""A block pressed on its base and dragged along it: Coulomb friction on debonded faces.

Pressed by d and dragged by x, with blocks so stiff that only the faces give (penalty K per area,
width W):

    N = K d W,   T = min(K x W, mu N),   stored T^2/(2 K W),   rubbed mu N (x - mu N/(K W)).

A spring k whose far end moves by b drags it by y = k b/(k + K W) until k (b - y) = mu N, then y = b
- mu N/k.
"""

import numpy as np

from bodies import bulk_of, damage_of, face_nodes, laws_of
from chemomech.fem.domain import build_domain
from chemomech.models.mechanics import Load, Mechanics
from chemomech.models.supports import Supports
from chemomech.simulation.energy import EnergyAccount
from chemomech.simulation.newton import NewtonOptions, step
from compare import approx
from meshes import box
from rates import check_order

WIDTH, HEIGHT, PENALTY, FRICTION, PRESS = 4e-6, 1e-6, 1e15, 0.3, 20e-9
STIFF, SOFT = 22e14, 1e9
STIFF_TOLERANCE = 1e-7  # rounding of blocks so much stiffer than their faces
NORMAL = PENALTY * PRESS * WIDTH  # N of stiff blocks
ELASTIC = FRICTION * PRESS  # x at which stiff blocks slip


def block(young, friction=FRICTION, spring=None):
    """A block on a base, its top held down by PRESS and dragged by the travel, or by a spring
    [N/m2]."""
    domain = build_domain(
        box((8, 4), (WIDTH, 2 * HEIGHT), lambda x: "base" if x[1] < HEIGHT else "block")
    )
    faces = tuple(domain.interfaces)

    def supports(domain, space):
        bottom, top = (face_nodes(domain, space, name) * 2 for name in ("bottom", "top"))
        fixed, offset = np.concatenate([bottom, bottom + 1, top + 1]), np.zeros(3 * len(top))
        offset[-len(top) :] = -PRESS
        if spring is not None:
            return Supports(fixed, offset, tied=(top,), control_dof=top[:1], stiffness=spring)
        factor = np.concatenate([0 * offset, np.ones(len(top))])
        return Supports(np.append(fixed, top), np.append(offset, 0 * top), factor)

    laws = laws_of(domain, PENALTY, residual=0.0, debonded=faces, friction=friction)
    return Mechanics(
        domain, bulk_of(domain, young, 0.3), laws, damage_of(domain, faces), supports=supports
    )


def forces(body, state):
    """Normal force N and tangential force T on the interface, towards +x on the base [N/m]."""
    tangent = np.sign(
        body.jump.blocks[0, 0, 1, 0]
    )  # the frame's tangent may point either way; minus side's sign
    return -body.jump.integral(state.traction[..., 0]), -tangent * body.jump.integral(
        state.traction[..., 1]
    )


def dragged(
    body, places, load_of=lambda place: Load(prescribed_displacement=place), tolerance=1e-10
):
    """States after pressing and then dragging through places, and the energies since the
    pressing."""
    states, total, totals = [], EnergyAccount(), []
    state = body.initial_state()
    for number, place in enumerate([0.0, *places]):
        result = step(body, state, load_of(place), NewtonOptions(tolerance, 30))
        assert result.converged, result.reason
        state = result.state
        if number:
            total = total + result.energy
            states.append(state)
            totals.append(total)
    return states, totals


def test_stiff_block_sticks_then_slips():
    """Breaks when the threshold is not mu N, slip starts early or late, or friction is lost on the
    way back."""
    body = block(STIFF)
    places = ELASTIC * np.array([0.5, 0.99, 1.01, 2.0, 4.0, 3.0, 2.05, 1.95, 0.0, -3.0])
    expected = np.array([0.5, 0.99, 1, 1, 1, 0, -0.95, -1, -1, -1]) * FRICTION * NORMAL
    states, totals = dragged(body, places, tolerance=STIFF_TOLERANCE)
    normal, tangential = np.array([forces(body, state) for state in states]).T
    assert normal == approx(NORMAL, rel=1e-4)
    assert tangential == approx(expected, abs=2e-4 * FRICTION * NORMAL)
    handle = np.array([-state.pressure * body.area for state in states])
    assert handle == approx(tangential, abs=1e-6 * NORMAL)
    rubbed = np.array([total.friction for total in totals]) / (FRICTION * NORMAL * ELASTIC)
    assert rubbed == approx([0, 0, 0.01, 1, 3, 3, 3, 3.05, 5, 8], abs=5e-4)
    stored = np.array([total.interface + total.elastic for total in totals]) / (
        FRICTION * NORMAL * ELASTIC
    )
    assert stored == approx(0.5 * (expected / (FRICTION * NORMAL)) ** 2, abs=5e-4)


def test_faces_without_friction_slide_freely():
    """Breaks when debonded faces resist sliding, or friction acts where its coefficient is
    zero."""
    body = block(SOFT, friction=0.0)
    states, _ = dragged(body, [1e-7, -1e-7])
    for state in states:
        normal, tangential = forces(body, state)
        assert normal > 0.1 * NORMAL and abs(tangential) < 1e-9 * normal


def test_elastic_block_slips_point_by_point():
    """Breaks when a point passes its cone: some stick while others slip, and all together T = mu N,
    both ways."""
    body = block(SOFT)
    places = np.concatenate([np.linspace(1e-9, 40e-9, 40), np.linspace(39e-9, -40e-9, 80)])
    states, totals = dragged(body, places)
    for state in states:
        ratio = np.abs(state.interface.friction[..., 0]) / np.maximum(-state.traction[..., 0], 1e-3)
        assert ratio.max() < FRICTION * (1 + 1e-9)
    normal, tangential = np.array([forces(body, state) for state in states]).T
    share = tangential / (FRICTION * normal)
    assert share[[39, -1]] == approx([1.0, -1.0], rel=1e-8)
    cone = [
        np.abs(s.interface.friction[..., 0]) / -s.traction[..., 0] > FRICTION * (1 - 1e-6)
        for s in states
    ]
    partly = [
        0 < each.mean() < 1 and abs(whole) < 0.99 for each, whole in zip(cone, share, strict=True)
    ]
    assert sum(partly) >= 3, share
    assert np.all(np.diff(share[:40]) > -1e-9) and np.all(np.diff(share[40:]) < 1e-9)
    assert totals[-1].friction > 0 and np.all(np.diff([total.friction for total in totals]) >= 0)


def test_energy_of_an_elastic_block():
    """Breaks when the work of friction is counted twice, not at all, or at the wrong place; second
    order in steps."""
    counts, errors = (8, 16, 32, 64), []
    body = block(SOFT)
    for count in counts:
        time = np.arange(1, count + 1) / count
        _, totals = dragged(body, 60e-9 * np.sin(1.5 * np.pi * time))
        assert totals[-1].friction > 0.3 * totals[-1].external > 0
        errors.append(abs(totals[-1].residual) / totals[-1].dissipated)
    check_order("sliding block energy", 1 / np.array(counts), errors)
    assert errors[-1] < 5e-3


def test_spring_drags_the_block_over_the_threshold():
    """Breaks when the force of a handle's spring, or the threshold under it, is off: y = b - mu N/k
    once it slips."""
    spring = 0.25 * PENALTY * WIDTH
    body = block(STIFF, spring=spring)
    slips = FRICTION * NORMAL / spring + ELASTIC  # far end at which k (b - y) = mu N
    ends = slips * np.array([0.5, 0.98, 1.02, 1.5, 3.0, 2.9])
    states, totals = dragged(
        body, ends, lambda end: Load(pressure=-spring * end / body.area), STIFF_TOLERANCE
    )
    stuck = ends * spring / (spring + PENALTY * WIDTH)
    back = (ends[4] - FRICTION * NORMAL / spring) - 0.1 * slips * spring / (
        spring + PENALTY * WIDTH
    )
    expected = np.concatenate([stuck[:2], ends[2:5] - FRICTION * NORMAL / spring, [back]])
    assert [state.position for state in states] == approx(expected, abs=3e-4 * slips)
    tangential = np.array([forces(body, state)[1] for state in states]) / (FRICTION * NORMAL)
    assert tangential[:5] == approx([0.5, 0.98, 1.0, 1.0, 1.0], abs=3e-4)
    assert tangential[5] < 0.95
    assert totals[4].friction == approx(FRICTION * NORMAL * (expected[4] - ELASTIC), rel=1e-3)
