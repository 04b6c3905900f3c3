"""Supports alone and under a body: prescribed dofs, ties, a handle of several weighted dofs,
reactions and work."""

from dataclasses import replace

import numpy as np
import pytest

from bodies import bulk_of, damage_of, face_nodes, laws_of, nodes_where
from chemomech.fem.domain import build_domain
from chemomech.fem.split_space import split_space
from chemomech.models.mechanics import Load, Mechanics
from chemomech.models.supports import Fixture, Supports, boundary_dofs, stack_supports
from chemomech.physics.bulk.viscoplasticity import Flow
from chemomech.simulation.newton import NewtonOptions, step
from compare import approx
from meshes import box

YOUNG, POISSON, STIFFNESS = 20e9, 0.3, 1e15
WIDTH, HEIGHT = 8e-6, 4e-6
TIGHT = NewtonOptions(1e-11, 20)


def block():
    """Two layers of one material joined by an interface that never breaks."""
    return build_domain(
        box((4, 4), (WIDTH, HEIGHT), lambda x: "low" if x[1] < 0.5 * HEIGHT else "high")
    )


def body(supports, **law):
    """Mechanics of the block with supports(domain, space)."""
    domain = block()
    bulk = bulk_of(domain, YOUNG, POISSON, swelling=("low", "high"))
    return Mechanics(
        domain, bulk, laws_of(domain, STIFFNESS, **law), damage_of(domain), supports=supports
    )


def solved(mechanics, load, start=None):
    result = step(mechanics, mechanics.initial_state() if start is None else start, load, TIGHT)
    assert result.converged, result.reason
    return result


def clamped_bottom(domain, space):
    return np.concatenate([boundary_dofs(domain, space, "bottom", axis) for axis in (0, 1)])


def lever(weights=(0.7, -0.2, 0.5), stiffness=0.0, rest=0.0):
    """supports(domain, space): the bottom is clamped, a handle takes hold of three top corners'
    dofs."""

    def supports(domain, space):
        top = face_nodes(domain, space, "top")
        handle = np.array([2 * top[0] + 1, 2 * top[2], 2 * top[-1] + 1])
        weight = np.array(weights)
        return Supports(
            clamped_bottom(domain, space),
            control_dof=handle,
            weight=weight,
            stiffness=stiffness,
            rest=rest,
        )

    return supports


def test_prescribed_values():
    """Breaks when offset and factor meet other dofs, or the travel does not start from the rest
    place."""
    fixed = np.array([4, 1, 6])
    held = Supports(
        fixed, offset=np.array([0.1, 0.2, 0.3]), factor=np.array([1.0, 0.0, -2.0]), rest=0.5
    )
    assert held.values(8, 0.25) == approx([0, 0.2, 0, 0, 0.1 + 0.75, 0, 0.3 - 1.5, 0])
    assert np.all(Supports(fixed).values(8, 3.0) == 0.0)
    assert held.position(np.full(8, 9.0), 0.25) == 0.75
    assert held.force(100.0, np.zeros(8), np.arange(8.0)) == approx(4.0 - 2.0 * 6.0)


def test_handle_by_hand():
    """Breaks when place, force or applied forces take a weight twice or not at all, or the spring
    pulls outwards."""
    handle = Supports(
        control_dof=np.array([1, 5]), weight=np.array([2.0, -0.5]), stiffness=3.0, rest=0.4
    )
    u = np.arange(8.0)
    assert handle.position(u) == 2.0 * 1 - 0.5 * 5
    assert handle.force(10.0, u, u) == approx(10.0 - 3.0 * (-0.5 - 0.4))
    assert handle.applied(8, 7.0) == approx([0, 14.0, 0, 0, 0, -3.5, 0, 0])
    assert handle.matrix() == approx(3.0 * np.array([[[4.0, -1.0], [-1.0, 0.25]]]))
    one = Supports(control_dof=np.array([1, 5]), stiffness=3.0)
    assert one.position(u) == 6.0 and one.matrix() == approx(np.full((1, 2, 2), 3.0))


@pytest.mark.parametrize("stiffness", [0.0, 40.0])
def test_applied_forces_derive_from_the_handles_energy(stiffness):
    """Breaks when force, place and spring matrix do not belong together: slope and curvature of
    F_0 y - k (y - y_0)^2/2."""
    random = np.random.default_rng(4)
    handle = Supports(
        control_dof=np.array([7, 0, 3]),
        weight=random.standard_normal(3),
        stiffness=stiffness,
        rest=0.3,
    )
    u, along, dead = random.standard_normal(9), random.standard_normal(9), 5.0

    def energy(v):
        return dead * handle.position(v) - 0.5 * stiffness * (handle.position(v) - 0.3) ** 2

    def applied(v):
        return handle.applied(9, handle.force(dead, v, None))

    h = 1e-3
    assert (energy(u + h * along) - energy(u - h * along)) / (2 * h) == approx(
        applied(u) @ along, rel=1e-9
    )
    curvature = np.zeros((9, 9))
    curvature[np.ix_(handle.control_dof, handle.control_dof)] = handle.matrix()[0]
    assert applied(u + along) - applied(u) == approx(-curvature @ along, abs=1e-12)


@pytest.mark.parametrize("stiffness", [0.0, 3e8])
def test_residual_of_a_body_with_a_lever_is_linear_with_the_solvers_matrix(stiffness):
    """Breaks when the handle's spring is not in the tangent with the weights of its force: no
    elastic body may need a second iteration."""
    mechanics = body(lever(stiffness=stiffness, rest=1e-9))
    start, load, q = mechanics.initial_state(), Load(5e5), np.zeros(mechanics.constraint.size)
    fixed = mechanics.fixed_values(load)

    def residual(p):
        return mechanics.evaluate(mechanics.constraint.expand(p, fixed), start, load)

    trial = residual(q)
    mechanics.solver.factorise(mechanics.tangent(trial))
    # Faces stay shut or open alike, without cohesive onset: contact and cohesion are equally stiff.
    after = residual(mechanics.solver.solve(-trial.residual))
    assert np.linalg.norm(after.residual) < 1e-11 * after.scale


def test_a_lever_lets_its_force_do_the_work_of_its_place():
    """Breaks when work is not F dy: in an elastic body a dead load ends with half its work
    stored."""
    mechanics = body(lever())
    pressure = 5e5
    result = solved(mechanics, Load(pressure))
    state, energy = result.state, result.energy
    force = -pressure * mechanics.area
    supports = mechanics.supports
    assert state.position == approx(
        supports.weight @ state.displacement[supports.control_dof], rel=1e-14
    )
    assert state.pressure == pressure
    assert energy.external == approx(0.5 * force * state.position, rel=1e-12)
    assert energy.elastic + energy.interface == approx(energy.external, rel=1e-9)
    assert energy.external > 0


def test_a_lever_on_a_spring():
    """Breaks when the spring does not share the load: y = (F_0 + k y_0) c/(1 + k c) for a body of
    compliance c."""
    pressure, rest, spring = 5e5, -3e-9, 3e9
    free = solved(body(lever()), Load(pressure))
    force = -pressure * body(lever()).area
    compliance = free.state.position / force
    mechanics = body(lever(stiffness=spring, rest=rest))
    state = solved(mechanics, Load(pressure)).state
    expected = (force + spring * rest) * compliance / (1 + spring * compliance)
    assert 0.1 < spring * compliance < 10
    assert state.position == approx(expected, rel=1e-9)
    assert -state.pressure * mechanics.area == approx(force - spring * (expected - rest), rel=1e-9)
    assert state.position / (force - spring * (state.position - rest)) == approx(
        compliance, rel=1e-9
    )


def test_reactions_of_places_and_forces_of_handles_agree():
    """Breaks when the reaction of prescribed dofs has another sign or scale than a force that moves
    them as far."""
    along = np.array([0.7, -0.2, 0.5])

    def driven(domain, space):
        free = lever()(domain, space)
        clamped = free.fixed
        factor = np.concatenate([np.zeros(len(clamped)), along])
        return Supports(np.concatenate([clamped, free.control_dof]), factor=factor)

    held = body(driven)
    travel = -4e-9
    state = solved(held, Load(prescribed_displacement=travel)).state
    # The same displacements under the reactions: each dof's force times its travel is F Y.
    reaction = -state.pressure * held.area
    trial = held.evaluate(
        state.displacement, held.initial_state(), Load(prescribed_displacement=travel)
    )
    dofs = held.supports.fixed[held.supports.factor != 0]
    assert state.displacement[dofs] == approx(along * travel, rel=1e-14)
    assert reaction == approx(along @ trial.internal[dofs], rel=1e-12)
    stored = solved(held, Load(prescribed_displacement=travel)).energy
    assert 0.5 * reaction * travel == approx(stored.elastic + stored.interface, rel=1e-9)
    assert stored.external == approx(0.5 * reaction * travel, rel=1e-12)


def test_offsets_are_held_and_do_no_work():
    """Breaks when an offset is lost in a solve or counts as travel."""

    def supports(domain, space):
        clamped, top = clamped_bottom(domain, space), boundary_dofs(domain, space, "top", 1)
        offset = np.concatenate([np.zeros(len(clamped)), np.full(len(top), -2e-9)])
        return Supports(np.concatenate([clamped, top]), offset=offset)

    mechanics = body(supports)
    result = solved(mechanics, Load())
    top = face_nodes(mechanics.domain, mechanics.space, "top")
    assert np.all(result.state.displacement.reshape(-1, 2)[top, 1] == -2e-9)
    assert result.energy.external == 0.0 and result.state.pressure == 0.0
    assert result.state.stress[..., 1].max() < 0


def test_a_change_gives_a_new_body_and_leaves_the_old_one():
    """Breaks when a body given other supports, laws, damage or moduli changes itself, or makes anew
    what stays."""
    mechanics = body(lever())
    before = {name: id(value) for name, value in vars(mechanics).items()}
    first = solved(mechanics, Load(5e5)).state
    bulk = replace(mechanics.bulk, shear=2.0 * mechanics.bulk.shear)
    changes = {
        "supports": mechanics.with_fixture(Fixture("fixed_gap", position=-1e-9)),
        "laws": mechanics.with_laws(mechanics.laws),
        "initial_damage": mechanics.with_initial_damage(mechanics.initial_damage + 0.5),
        "bulk_model": mechanics.with_bulk(bulk),
    }
    assert {name: id(value) for name, value in vars(mechanics).items() if name in before} == before
    assert np.array_equal(solved(mechanics, Load(5e5)).state.displacement, first.displacement)
    for name, new in changes.items():
        assert getattr(new, name) is not getattr(mechanics, name), name
        shared = set(before) - {name, "laws", "constraint", "solver"}
        assert all(getattr(new, key) is getattr(mechanics, key) for key in shared), name
    assert changes["supports"].constraint.size != mechanics.constraint.size
    assert changes["laws"].solver is mechanics.solver
    assert changes["bulk_model"].solver is not mechanics.solver
    with pytest.raises(AttributeError, match="supports"):
        mechanics.supports = changes["supports"].supports
    creep = Flow(*(np.full(bulk.shear.shape, 1.0) for _ in Flow._fields))
    with pytest.raises(ValueError, match="build the body anew"):
        mechanics.with_bulk(replace(bulk, flow=creep))


def test_held_again_the_same_body_takes_other_supports():
    """Breaks when the solver, the unknowns or the matrix of earlier supports survive a change of
    supports."""
    mechanics = body(lever())
    first = solved(mechanics, Load(5e5)).state
    held = mechanics.with_fixture(Fixture("fixed_gap", position=-1e-9))
    top = solved(held, Load(0.0)).state.displacement.reshape(-1, 2)
    assert np.all(top[face_nodes(mechanics.domain, mechanics.space, "top"), 1] == -1e-9)
    back = held.with_supports(lever()(mechanics.domain, mechanics.space))
    again = solved(back, Load(5e5)).state
    assert np.array_equal(again.displacement, first.displacement)


@pytest.mark.parametrize("dimension", [2, 3])
def test_stack_supports_hold_what_a_stack_holds(dimension):
    """Breaks when a roller holds another face or direction, or a fixture's handle is not the
    platen."""
    domain = build_domain(
        box((2,) * dimension, region_of=lambda x: "low" if x[-1] < 0.5 else "high")
    )
    space = split_space(domain, 2, (dimension,))
    up = dimension - 1
    rollers = {"bottom": up, "left": 0, "right": 0} | (
        {"front": 1, "back": 1} if dimension == 3 else {}
    )
    expected = np.unique(np.concatenate([
        face_nodes(domain, space, face) * dimension + axis for face, axis in rollers.items()
    ]))  # fmt: skip
    top = face_nodes(domain, space, "top") * dimension + up
    free = stack_supports(domain, space)
    assert np.array_equal(np.sort(free.fixed), expected)
    (platen,) = free.tied
    assert (
        np.array_equal(np.sort(platen), top)
        and len(free.control_dof) == 1
        and free.control_dof[0] in top
    )
    assert free.stiffness == 0.0
    spring = stack_supports(domain, space, Fixture("spring", 7.0, 0.2))
    assert spring.stiffness == approx(7.0) and spring.rest == 0.2  # on a top face of measure 1
    gap = stack_supports(domain, space, Fixture("fixed_gap", position=0.2))
    values = gap.values(space.dofmap.index_map.size_local * dimension, 0.0)
    assert not len(gap.control_dof) and not gap.tied
    assert np.array_equal(np.sort(np.flatnonzero(values)), top) and np.all(values[top] == 0.2)


@pytest.mark.parametrize("dimension", [2, 3])
@pytest.mark.parametrize("degree", [1, 2])
def test_face_dofs_are_the_faces_nodes(dimension, degree):
    """Breaks when a face's dofs miss a node, take one off the face or another component."""
    domain = build_domain(
        box((3,) * dimension, region_of=lambda x: "low" if x[0] < 0.5 else "high")
    )
    space = split_space(domain, degree, (dimension,))
    ends = {
        "left": (0, 0.0),
        "right": (0, 1.0),
        "bottom": (dimension - 1, 0.0),
        "top": (dimension - 1, 1.0),
    }
    for face, (axis, place) in ends.items():
        nodes = nodes_where(domain, space, lambda x, a=axis, p=place: np.abs(x[:, a] - p) < 1e-9)
        for component in range(dimension):
            assert np.array_equal(
                boundary_dofs(domain, space, face, component), nodes * dimension + component
            )
    if dimension == 2:
        # The interface that ends on the top has a node on either side.
        assert len(boundary_dofs(domain, space, "top", 0)) == 3 * degree + 1 + 1
