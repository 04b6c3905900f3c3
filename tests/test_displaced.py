"""The updated geometry: a block pressed to half its height, turned bodies and interfaces, and what
it is made from."""

from dataclasses import replace

import numpy as np
import pytest

from bodies import body_of, bulk_of, face_nodes, fill, laws_of, node_positions, reaction
from chemomech.fem.domain import build_domain
from chemomech.models.displaced import displace, shape_of
from chemomech.models.mechanics import Load
from chemomech.physics.bulk import elasticity
from chemomech.simulation.newton import NewtonOptions, step
from compare import approx
from creep import POISSON, ROY, YOUNG
from cylinders import rollers
from meshes import box, rotation
from rates import check_order

WIDTH, HEIGHT, SPEED = 2.0, 1.0, 1e-3


def block(flow=ROY, held_of=None, axisymmetric=False, dimension=2):
    """Two halves, of which one can swell, joined by a stiff upright interface; by default pressed
    down between plates without friction."""
    counts, sizes = (
        ((4, 3), (WIDTH, HEIGHT)) if dimension == 2 else ((2, 2, 2), (WIDTH, HEIGHT, HEIGHT))
    )
    domain = build_domain(box(counts, sizes, lambda x: "in" if x[0] < 0.5 * WIDTH else "out"))

    def pressed(space):
        plate = 2 * face_nodes(domain, space, "top") + 1
        return dict.fromkeys(rollers(domain, space).tolist(), 0.0) | dict.fromkeys(
            plate.tolist(), -1.0
        )

    bulk = bulk_of(domain, YOUNG, POISSON, flow=flow, swelling=("in",))
    return body_of(
        domain, bulk, laws_of(domain, 1e4 * YOUNG), held_of or pressed, axisymmetric=axisymmetric
    )


def pressed_down(body, end, count, moves=True):
    """Force after the plate has come down to `end` at SPEED in equal steps."""
    state, seconds = body.initial_state(), (HEIGHT - end) / SPEED / count
    for number in range(1, count + 1):
        load = Load(prescribed_displacement=SPEED * seconds * number, seconds=seconds)
        result = step(body, state, load, NewtonOptions(1e-8))
        assert result.converged, result.reason
        before, state = state.displacement, result.state
        if moves and number < count:
            body, state = displace(body, state, before)
    return reaction(body, state), state


@pytest.mark.parametrize("axisymmetric", [False, True])
def test_block_pressed_to_half_its_height(axisymmetric):
    """Breaks when strains do not add up in the shape that is there, or forces act on the width as
    built: the true rate V/h and the width W0 h0/h give the force of an incompressible block, with
    an error of first order; at small strain it is off by a factor."""
    end, n = 0.5 * HEIGHT, ROY.sensitivity
    rate = SPEED / end
    if axisymmetric:
        expected = ROY.resistance * (rate / ROY.rate) ** n * np.pi * WIDTH**2 * HEIGHT / end
    else:
        constraint = 2 / np.sqrt(3)
        expected = (
            constraint * ROY.resistance * (constraint * rate / ROY.rate) ** n * WIDTH * HEIGHT / end
        )
    counts = (10, 20, 40)
    body = block(axisymmetric=axisymmetric)
    forces = np.array([pressed_down(body, end, count)[0] for count in counts])
    check_order("creep of a body that moves", 1.0 / np.array(counts), np.abs(forces / expected - 1))
    assert forces[-1] == approx(expected, rel=0.05)
    assert 2 * forces[-1] - forces[-2] == approx(expected, rel=0.005)
    small = pressed_down(body, end, 10, moves=False)[0]
    assert small / expected == approx(0.5 ** (1 + n), rel=0.01)


def turned_by(body, angle):
    """Displacement of a rigid turn about the origin."""
    turn = rotation(2, angle)
    return fill(
        body.domain,
        body.space,
        {name: lambda x: x @ (turn - np.eye(2)).T for name in body.domain.regions},
    )


def test_turned_body():
    """Breaks when stress and plastic strain do not turn with the material, or the wrong way: a
    block under shear and tension, crept and turned by half a radian. The turn itself strains by
    a^2/2 per step, alike in the plane."""
    angle, counts = 0.5, (20, 40, 80)
    strain = np.array([[2e-3, 1e-3], [1e-3, -1e-3]])
    body = block(held_of=lambda space: {0: 0.0, 1: 0.0})
    stretch = fill(
        body.domain, body.space, {name: lambda x: x @ strain.T for name in body.domain.regions}
    )
    load = Load(seconds=1e-3)
    first = body.state(body.evaluate(stretch, body.initial_state(), load), load)
    turn = np.eye(3)
    turn[:2, :2] = rotation(2, angle)
    assert first.accumulated.min() > 1e-4

    def full(voigt, share):
        tensor = np.diag([*voigt[:3]])
        tensor[0, 1] = tensor[1, 0] = share * voigt[3]
        return tensor

    for count in counts:
        moved, state, before = body, first, np.zeros(body.size)
        for number in range(count + 1):
            if number:
                turned = stretch + turned_by(body, angle * number / count)
                # The stretched body turns: R (x + stretch) - x.
                rest = rotation(2, angle * number / count) - np.eye(2)
                turned += (stretch.reshape(-1, 2) @ rest.T).ravel()
                state = moved.state(moved.evaluate(turned, state, Load()), Load())
            moved, state = displace(moved, state, before)
            before = state.displacement
        found, expected = (
            [full(each.stress[0, 0], 1.0), full(each.plastic_strain[0, 0], 0.5)]
            for each in (state, first)
        )
        expected = [turn @ each @ turn.T for each in expected]
        assert found[1] == approx(expected[1], abs=0.01 * np.abs(expected[1]).max())
        wrong = found[0] - expected[0]
        modulus = (
            2 * elasticity.bulk_modulus(YOUNG, POISSON)
            + 2 * elasticity.shear_modulus(YOUNG, POISSON) / 3
        )
        assert wrong[0, 0] == approx(-modulus * angle**2 / (2 * count), rel=0.02)
        assert (
            abs(wrong[0, 0] - wrong[1, 1]) + 2 * abs(wrong[0, 1]) < 0.01 * np.abs(expected[0]).max()
        )


@pytest.mark.parametrize("dimension", [2, 3])
def test_interface_turns_with_the_body(dimension):
    """Breaks when frames or weights stay behind: a parted, turned and stretched body opens along
    its own normal."""
    body = block(flow=None, held_of=lambda space: {0: 0.0, 1: 0.0}, dimension=dimension)
    turn, stretch = rotation(dimension, 0.6), 1.3
    gap = np.array([0.02, 0.01, -0.015])[:dimension]
    move = {
        "in": lambda x: (stretch * x) @ turn.T - x,
        "out": lambda x: (stretch * x + gap) @ turn.T - x,
    }
    u = fill(body.domain, body.space, move)
    start = body.initial_state()
    moved, _ = displace(body, replace(start, displacement=u))
    assert moved.jump(u)[..., 0] == approx(gap[0], rel=1e-9)
    along = np.linalg.norm(moved.jump(u)[..., 1:], axis=-1)
    assert along == approx(np.linalg.norm(gap[1:]), rel=1e-9)
    assert moved.jump.weights.sum() == approx(
        stretch ** (dimension - 1) * body.jump.weights.sum(), rel=1e-9
    )
    assert moved.strain.weights.sum() == approx(
        stretch**dimension * body.strain.weights.sum(), rel=1e-9
    )
    # Moving twice to the same place changes nothing.
    again, _ = displace(moved, replace(start, displacement=u), u)
    assert again.jump.blocks == approx(moved.jump.blocks, abs=1e-12)
    assert again.strain.blocks == approx(moved.strain.blocks, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("flow", [ROY, None], ids=["creep", "elastic"])
def test_the_state_keeps_its_stress(flow):
    """Breaks when the strain so far is lost, doubled, or lacks its plastic or free part: at the
    displacement it was made at, the displaced body has the stress it had, and the body as built is
    not changed."""
    body = block(flow)
    result = step(
        body,
        body.initial_state(),
        Load(prescribed_displacement=0.05, seconds=10.0, chemical_strain=0.01),
    )
    blocks = body.strain.blocks.copy()
    moved, state = displace(body, result.state)
    here = Load(prescribed_displacement=0.05, chemical_strain=0.01)
    again = moved.state(moved.evaluate(state.displacement, state, here), here)
    assert again.stress == approx(result.state.stress, rel=1e-6, abs=1.0)
    twice, state = displace(moved, again, state.displacement)
    last = twice.state(twice.evaluate(state.displacement, state, here), here)
    assert last.stress == approx(result.state.stress, rel=1e-6, abs=1.0)
    assert np.array_equal(body.strain.blocks, blocks) and np.all(body.bulk_model.offset == 0)


def test_cells_inside_out_are_refused():
    """Breaks when a shape with negative volumes is computed with."""
    body = block()
    position = np.zeros((body.size // 2, 2))
    position[body.space.dofmap.list.ravel()] = node_positions(body.domain, body.space).reshape(
        -1, 2
    )
    with pytest.raises(ValueError, match="turned inside out"):
        shape_of(body, (position * [0.0, -1.5]).ravel())
