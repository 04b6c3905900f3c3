"""Cylinders in plane strain: internal pressure (Lame), a misfitting core, and the plastic limit
load."""

import numpy as np
import pytest

from bodies import (
    body_of,
    bulk_of,
    elastic_tangent,
    face_nodes,
    fill,
    laws_of,
    node_positions,
    reaction,
    solve_linear,
)
from chemomech.fem.domain import build_domain
from chemomech.fem.operators import facet_normals, jump_operator, strain_operator, trace_operator
from chemomech.fem.split_space import split_space
from chemomech.models.mechanics import Load
from chemomech.physics.bulk.elasticity import unit_tensor
from chemomech.simulation.newton import NewtonOptions, step
from compare import approx
from cylinders import INNER, OUTER, POISSON, YOUNG, lame, rollers
from meshes import disc_in_disc, gmsh_ring, quarter_ring
from rates import check_order


def pressurised(domain, degree, pressure):
    """Displacement of a ring under internal pressure: (space, u)."""
    space = split_space(domain, degree, (2,), interfaces=())
    operator = strain_operator(domain, space, np.arange(len(domain.region)), 2 * (degree - 1))
    inside = domain.boundaries["inner"]
    trace = trace_operator(domain, space, inside, 2 * degree)
    push = np.broadcast_to(
        -pressure * facet_normals(domain, inside)[:, None], (*trace.weights.shape, 2)
    )
    load = trace.forces(push, space.dofmap.index_map.size_local * 2)
    tangent = elastic_tangent(operator, YOUNG, POISSON)
    return space, solve_linear(
        rollers(domain, space), np.zeros(len(load)), [(operator, tangent)], load
    )


@pytest.mark.parametrize("degree", [1, 2])
def test_ring_under_internal_pressure(degree):
    """Breaks when plane strain, tractions on faces or symmetry rollers are wrong."""
    pressure, errors, counts = 0.01, [], (6, 12, 24)
    for count in counts:
        domain = build_domain(quarter_ring(INNER, OUTER, count, 2 * count))
        space, u = pressurised(domain, degree, pressure)

        def radial(x):
            r = np.linalg.norm(x, axis=1, keepdims=True)
            return lame(r, pressure, INNER, OUTER) * x / r

        exact = fill(domain, space, {"block": radial})
        errors.append(np.linalg.norm(u - exact) / np.linalg.norm(exact))
    check_order(f"thick cylinder P{degree} displacement", 1.0 / np.array(counts), errors)
    assert errors[-1] < {1: 4e-3, 2: 2e-3}[degree]


def test_full_ring_from_gmsh():
    """Breaks when a mesh from gmsh loses faces or orientation: a full ring, held against rigid
    motion only."""
    mesh = gmsh_ring(INNER, OUTER, 0.15)
    domain = build_domain(mesh)
    pressure = 0.01
    space = split_space(domain, 2, (2,))
    operator = strain_operator(domain, space, np.arange(len(domain.region)), 2)
    inside = domain.boundaries["inner"]
    trace = trace_operator(domain, space, inside, 4)
    push = np.broadcast_to(
        -pressure * facet_normals(domain, inside)[:, None], (*trace.weights.shape, 2)
    )
    load = trace.forces(push, space.dofmap.index_map.size_local * 2)
    assert load.reshape(-1, 2).sum(axis=0) == approx([0.0, 0.0], abs=1e-15)
    # Three dofs take away the rigid motion: any three that do; the mean radial displacement is
    # unaffected.
    position = np.zeros((len(load) // 2, 2))
    position[space.dofmap.list.ravel()] = node_positions(domain, space).reshape(-1, 2)
    east, west = np.argmax(position[:, 0]), np.argmin(position[:, 0])
    fixed = [2 * east, 2 * east + 1, 2 * west + 1]
    u = solve_linear(
        fixed, np.zeros(len(load)), [(operator, elastic_tangent(operator, YOUNG, POISSON))], load
    )
    radius = np.linalg.norm(position, axis=1)
    # Points of the middle: away from the polygons' corners.
    middle = np.abs(radius - 1.5) < 0.1
    moved = u.reshape(-1, 2)
    moved = moved - moved.mean(axis=0)
    radial = np.einsum("nd,nd->n", moved, position) / radius
    assert radial[middle].mean() == approx(lame(1.5, pressure, INNER, OUTER), rel=6e-3)


def misfit_pressure(core, shell, strain, inner, outer, stiffness):
    """Pressure between a core that swells by `strain` (linear, all axes) and its shell, joined by
    springs.

    Plane strain turns the swelling into (1 + nu) strain in the plane; under the pressure P the core
    gives way by P (1 - 2 nu)(1 + nu)/E, the spring by P/K, and the shell by Lame: the three close
    the misfit.
    """
    (young, poisson), (young_shell, poisson_shell) = core, shell
    give = inner * (1 + poisson) * (1 - 2 * poisson) / young
    give += lame(inner, 1.0, inner, outer, young_shell, poisson_shell) + 1.0 / stiffness
    return (1 + poisson) * strain * inner / give


def test_misfitting_core_in_a_matrix():
    """Breaks when the eigenstrain's sign, its out-of-plane part or the interface's compliance is
    wrong."""
    core, shell, strain, outer, stiffness = (140.0, 0.3), (22.0, 0.37), 0.004, 5.0, 400.0
    expected = misfit_pressure(core, shell, strain, 1.0, outer, stiffness)
    errors, sizes = [], (0.5, 0.25, 0.125)
    for size in sizes:
        domain = build_domain(disc_in_disc(1.0, outer, size))
        space = split_space(domain, 2, (2,))
        cells = np.arange(len(domain.region))
        operator = strain_operator(domain, space, cells, 2)
        jump = jump_operator(domain, space, domain.all_interfaces(), 4)
        tangent = np.empty((len(cells), operator.blocks.shape[1], 4, 4))
        for name, (young, poisson) in (("inclusion", core), ("matrix", shell)):
            tangent[domain.cells_of(name)] = elastic_tangent(operator, young, poisson)[0]
        swells = (domain.region == domain.regions["inclusion"])[:, None, None]
        eigenstrain = strain * swells * np.broadcast_to(unit_tensor(4), operator.blocks.shape[:3])
        locked = np.einsum("mqcd,mqd->mqc", tangent, eigenstrain)
        size_of_u = space.dofmap.index_map.size_local * 2
        load = operator.forces(locked, size_of_u)
        parts = [(operator, tangent), (jump, stiffness * np.eye(2))]
        u = solve_linear(rollers(domain, space), np.zeros(size_of_u), parts, load)
        pressure = -stiffness * jump.integral(jump(u)[..., 0]) / jump.integral(1.0)
        errors.append(abs(pressure / expected - 1.0))
        stress = np.einsum("mqcd,mqd->mqc", tangent, operator(u) - eigenstrain)[
            domain.cells_of("inclusion")
        ]
        mean = np.average(
            stress.mean(axis=1),
            axis=0,
            weights=operator.weights[domain.cells_of("inclusion")].sum(1),
        )
        out_of_plane = -2 * core[1] * pressure - core[0] * strain
        assert mean == approx(
            [-pressure, -pressure, out_of_plane, 0.0], rel=0.02, abs=0.02 * pressure
        )
    assert expected > 0
    # The error changes its sign on the way, so it has a bound of second order, but no order.
    assert np.all(np.array(errors) < 0.035 * np.array(sizes) ** 2)


def yielding_ring(radial, strength=0.01, yield_strength=1e-3):
    """A quarter ring of perfectly plastic material, its inner wall pushed outwards by the
    travel."""
    middle = 0.5 * (INNER + OUTER)
    mesh = quarter_ring(
        INNER, OUTER, radial, radial, region_of=lambda r: "near" if r < middle else "far"
    )
    domain = build_domain(mesh)

    def held(space):
        dofs = dict.fromkeys(rollers(domain, space).tolist(), 0.0)
        position = np.zeros((space.dofmap.index_map.size_local, 2))
        position[space.dofmap.list.ravel()] = node_positions(domain, space).reshape(-1, 2)
        for node in face_nodes(domain, space, "inner"):
            for axis in range(2):
                dofs[2 * node + axis] = position[node, axis] / np.linalg.norm(position[node])
        return {dof: 0.0 if abs(factor) < 1e-12 else factor for dof, factor in dofs.items()}

    bulk = bulk_of(domain, YOUNG, POISSON, yield_strength=yield_strength)
    return body_of(domain, bulk, laws_of(domain, 1e4), held)


def test_limit_pressure_of_a_plastic_ring():
    """Breaks when the yield surface, the plane-strain constraint or the return is wrong: p =
    2/sqrt(3) s_y ln(b/a)."""
    yield_strength = 1e-3
    body = yielding_ring(8, yield_strength=yield_strength)
    state, pressures = body.initial_state(), []
    first_yield = 4e-4
    for travel in first_yield * np.array([0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 10.0, 14.0]):
        result = step(body, state, Load(prescribed_displacement=travel), NewtonOptions(1e-8, 20))
        assert result.converged, result.reason
        state = result.state
        pressures.append(reaction(body, state) / (0.5 * np.pi * INNER))
    limit = 2 / np.sqrt(3) * yield_strength * np.log(OUTER / INNER)
    elastic = lame(INNER, 1.0, INNER, OUTER)
    assert pressures[0] == approx(0.5 * first_yield / elastic, rel=0.01)
    assert pressures[-1] == approx(limit, rel=0.01)
    assert pressures[-1] == approx(pressures[-2], rel=2e-3)
    assert state.accumulated.min() > 0
