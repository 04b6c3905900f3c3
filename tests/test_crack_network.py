"""Networks of cohesive facets: what they spend, the paths found in them, their artificial
compliance, conduction."""

import itertools
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import cumulative_trapezoid
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

from bodies import body_of, bulk_of, face_nodes, laws_of, reaction
from chemomech.analysis.crack_paths import crack_lengths, crack_paths, polylines
from chemomech.analysis.effective_conductivity import THIN, conduction
from chemomech.fem.domain import build_domain
from chemomech.geometry.recipes.polycrystal import build_polycrystal
from chemomech.models.mechanics import Load
from chemomech.physics.interfaces.cohesive import COHESIVE_LAWS
from chemomech.simulation.newton import NewtonOptions, step
from chemomech.simulation.run_state import RunState
from chemomech.simulation.step_control import StepControl
from chemomech.simulation.stepping import follow
from compare import approx
from networks import CRACKS, clamped_strip, random_mesh, structured

YOUNG, POISSON, ENERGY = 15e9, 0.3, 1.0

# What is dissipated -------------------------------------------------------------------------------


@pytest.mark.parametrize("law", ["bilinear", "exponential"])
@pytest.mark.parametrize("mode", [(1.0, 0.0), (0.0, 1.0), (0.6, 0.8)])
def test_share_spent_is_the_energy_dissipated(law, mode):
    """Breaks when a crack is counted by stiffness lost, which depends on the penalty, and not by
    energy."""
    cohesion = COHESIVE_LAWS[law](4e15, 20e6, 30e6, 1.0, 3.0)
    sizes = np.linspace(0.0, 1200e-9, 1501)
    history, dissipated_fraction, tractions = cohesion.initial_history(np.zeros(())), [], []
    for size in sizes:
        response = cohesion(size * np.array(mode), history, np.inf)
        history = response.history
        dissipated_fraction.append(float(cohesion.dissipated_fraction(history)))
        tractions.append(response.traction @ np.array(mode))
    total = (
        (1.0 if mode[1] == 0.0 else 3.0)
        if 0.0 in mode
        else float(cohesion.parameters.mode_mixity(0.64, 1.0, 3.0, 2.0)[0])
    )
    dissipated = (
        cumulative_trapezoid(tractions, sizes, initial=0.0) - 0.5 * np.array(tractions) * sizes
    )
    assert np.array(dissipated_fraction) == approx(dissipated / total, abs=2e-3)
    assert dissipated_fraction[0] < 1e-12 and dissipated_fraction[-1] == approx(1.0, abs=1e-4)


# Lengths and paths --------------------------------------------------------------------------------


def test_lengths_by_mode():
    """Breaks when a threshold, a weight or the measure of a mode is wrong: three facets of 1, 2 and
    4 um."""
    weights = np.outer([1.0, 2.0, 4.0], [0.5, 0.5])
    dissipated_fraction = np.array([[1.0, 0.6], [0.5, 0.5], [0.49, 0.0]])
    opening = np.zeros((3, 2, 2))
    opening[0] = [3.0, 1.0]
    opening[1] = [-5.0, 1.0]
    found = crack_lengths(dissipated_fraction, opening, weights)
    assert found == approx((7.0, 3.0, 1.0, 2.0, 0.5, 0.8 + 1.0 + 0.98))


def staircase(count):
    """Vertices and facets of a stair of `count` steps to the right and up, one each."""
    corner = [(i // 2 + i % 2, i // 2) for i in range(2 * count + 1)]
    return np.array(corner, dtype=float), np.array([(i, i + 1) for i in range(2 * count)])


@pytest.mark.parametrize("count", [1, 2, 7])
def test_a_staircase_is_the_square_root_of_two_too_long(count):
    """Breaks when a path's length or its extent is wrong."""
    points, ends = staircase(count)
    (path,) = crack_paths(ends, points, np.ones(len(ends), dtype=bool))
    assert path.length == approx(2.0 * count) and path.tortuosity == approx(np.sqrt(2.0), rel=4e-4)
    (chain,) = polylines(ends, path.facets)
    assert np.array_equal(chain, np.arange(2 * count + 1)) or np.array_equal(
        chain, np.arange(2 * count + 1)[::-1]
    )


def test_cracks_apart_are_two_and_none_is_none():
    """Breaks when facets that do not touch are taken for one crack, or an uncracked body for a
    cracked one."""
    points, ends = staircase(5)
    cracked = np.ones(10, dtype=bool)
    cracked[3] = False
    assert [len(path.facets) for path in crack_paths(ends, points, cracked)] == [6, 3]
    assert crack_paths(ends, points, np.zeros(10, dtype=bool)) == []


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000))
def test_every_cracked_facet_stands_in_one_chain(seed):
    """Breaks when a branch, a loop or an end is lost or walked twice."""
    random = np.random.default_rng(seed)
    mesh = structured((4, 4), (1.0, 1.0))
    ends = mesh.interfaces[CRACKS]
    paths = crack_paths(ends, mesh.points, random.random(len(ends)) < random.random())
    for path in paths:
        walked = [
            tuple(sorted(pair))
            for chain in polylines(ends, path.facets)
            for pair in itertools.pairwise(chain)
        ]
        assert sorted(walked) == sorted(tuple(sorted(map(int, pair))) for pair in ends[path.facets])


# Stiffness ----------------------------------------------------------------------------------------


def pulled(mesh, stiffness, strength=None, energy=None, degree=1):
    """Body on rollers at the left and below whose right face moves by the travel."""
    domain = build_domain(mesh)

    def held(space):
        found = {2 * node: 0.0 for node in face_nodes(domain, space, "left")}
        found |= {2 * node + 1: 0.0 for node in face_nodes(domain, space, "bottom")}
        return found | {2 * node: 1.0 for node in face_nodes(domain, space, "right")}

    return body_of(
        domain,
        bulk_of(domain, YOUNG, POISSON),
        laws_of(domain, stiffness, strength, energy),
        held,
        degree=degree,
    )


def compliance(mesh, stiffness, size):
    """Strain over stress along x."""
    body, travel = pulled(mesh, stiffness), 1e-4 * size[0]
    result = step(
        body, body.initial_state(), Load(prescribed_displacement=travel), NewtonOptions(1e-10, 5)
    )
    assert result.converged
    return 1e-4 / (reaction(body, result.state) / size[1])


@pytest.mark.parametrize("ratio", [0.1, 1.0, 100.0])
def test_artificial_compliance_of_a_regular_network(ratio):
    """Breaks when facets are missed, doubled or too stiff: 1/E_eff = 1/E' + sum L n_x^2/(K A),
    exact in a single row, where every facet may part as it likes."""
    size, counts = (3e-6, 0.5e-6), (6, 1)
    mesh = structured(counts, size)
    stiffness = ratio * YOUNG / 0.5e-6
    ends = mesh.points[mesh.interfaces[CRACKS]]
    along = ends[:, 1] - ends[:, 0]
    length = np.linalg.norm(along, axis=1)
    network = np.sum(along[:, 1] ** 2 / length) / (stiffness * size[0] * size[1])
    assert compliance(mesh, stiffness, size) == approx((1 - POISSON**2) / YOUNG + network, rel=1e-8)


def test_artificial_compliance_of_a_random_network():
    """Breaks when the estimate that sets the default stiffness is wrong: E_eff/E' = 1/(1 + sqrt(3)
    E'/(K h))."""
    size, h, ratio = (4e-6, 4e-6), 0.4e-6, 20.0
    mesh = random_mesh(size, h)
    facets = mesh.points[mesh.interfaces[CRACKS]]
    mean = np.linalg.norm(facets[:, 1] - facets[:, 0], axis=1).mean()
    plane = YOUNG / (1 - POISSON**2)
    found = compliance(mesh, ratio * plane / mean, size) * plane
    assert found - 1.0 == approx(np.sqrt(3.0) / ratio, rel=0.1)


# Fracture energy ----------------------------------------------------------------------------------

SIZE, NOTCH, STRENGTH = (12e-6, 4e-6), 3e-6, 60e6


def grown(mesh, h, size=SIZE, longest=0.02):
    """Rows (cracked length, external work less what is stored, both per depth) while a crack grows
    in a strip."""
    body = clamped_strip(mesh, size, YOUNG, POISSON, 50 * YOUNG / h, STRENGTH, ENERGY, NOTCH)
    fresh = body.initial_damage[:, 0] == 0.0
    confined = YOUNG * (1 - POISSON) / ((1 + POISSON) * (1 - 2 * POISSON))
    travel = 4.0 * np.sqrt(2 * ENERGY * size[1] / confined)
    law, weights, rows = body.laws[CRACKS], body.jump.weights[fresh], []

    def record(progress):
        lengths = crack_lengths(
            law.cohesion.dissipated_fraction(progress.state.interface.history)[fresh],
            progress.state.opening[fresh],
            weights,
        )
        energy = progress.energy
        rows.append(
            (
                lengths.cracked,
                energy.external - energy.elastic - energy.interface,
                energy.viscous,
                energy.fracture,
            )
        )

    options = StepControl(longest, longest, 1e-6, energy_tolerance=1e-2)
    end = follow(
        body,
        RunState(body.initial_state()),
        lambda t, dt: Load(prescribed_displacement=t * travel, step_over_viscosity=dt / 1e-3),
        0.95,
        options,
        record,
        NewtonOptions(1e-6, 40),
    )
    return body, end.state, np.array(rows), fresh


def test_an_aligned_network_takes_its_fracture_energy():
    """Breaks when a network dissipates more or less than G_c per length of a crack that finds a
    straight way: what the clamps put in less what is stored, over the growth, which needs no energy
    account of the law."""
    size, h = (18e-6, 4e-6), 0.5e-6
    body, state, rows, fresh = grown(structured((36, 8), size), h, size, 0.01)
    grows = (rows[:, 0] > 1.5e-6) & (rows[:, 0] < 9e-6)
    dissipated, by_law = (
        np.polyfit(rows[grows, 0], rows[grows, column], 1)[0] for column in (1, 3)
    )
    assert dissipated == approx(ENERGY, rel=0.03)
    assert by_law == approx(ENERGY, rel=0.02)
    assert rows[-1, 2] < 0.02 * rows[-1, 3]
    ends = body.facets.of_first_cell(body.domain.vertices)
    dissipated_fraction = (
        body.laws[CRACKS].cohesion.dissipated_fraction(state.interface.history).mean(axis=1)
    )
    (path,) = crack_paths(ends, body.domain.points, (dissipated_fraction >= 0.5) & fresh)
    assert path.tortuosity == approx(1.0, abs=1e-3)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_random_network_overestimates_by_its_path(seed):
    """Breaks when the price of a crooked path is not the longer path: per projected length the
    network takes G_c times the tortuosity, and up to a fifth more for facets beside it that open a
    little."""
    h = 0.25e-6
    body, state, rows, fresh = grown(random_mesh(SIZE, h, seed), h)
    ends = body.facets.of_first_cell(body.domain.vertices)
    dissipated_fraction = (
        body.laws[CRACKS].cohesion.dissipated_fraction(state.interface.history).mean(axis=1)
    )
    path = crack_paths(ends, body.domain.points, (dissipated_fraction >= 0.5) & fresh)[0]
    per_length = rows[-1, 3] / ENERGY / path.extent
    assert 1.02 < path.tortuosity < 1.15
    assert path.tortuosity < per_length < 1.3 * path.tortuosity


@pytest.mark.parametrize("seed", [1, 2])
def test_strength_of_a_network_in_tension(seed):
    """Breaks when a pulled body is stronger than its facets lie askew: strength of the facets
    across the load, 1/cos(30 deg) of it where none lies nearer than that."""
    size, h = (3e-6, 2e-6), 0.4e-6
    body = pulled(random_mesh(size, h, seed), 100 * YOUNG / h, STRENGTH, 100.0)
    peak = 0.0
    state = body.initial_state()
    for travel in np.linspace(0.5, 2.0, 16) * STRENGTH * (1 - POISSON**2) / YOUNG * size[0]:
        result = step(body, state, Load(prescribed_displacement=travel), NewtonOptions(1e-6, 40))
        assert result.converged
        state, peak = result.state, max(peak, reaction(body, result.state) / size[1])
    assert STRENGTH < peak < 1.2 * STRENGTH


# Conduction ---------------------------------------------------------------------------------------


def column(counts=(4, 8), size=(1e-6, 2e-6)):
    domain = build_domain(structured(counts, size))
    ends = domain.points[domain.interfaces[CRACKS].of_first_cell(domain.vertices)]
    return domain, ends, np.ones((len(ends), 2))


def test_a_crack_across_is_a_resistor():
    """Breaks when a facet's conductance or share is wrong: one row of facets across the current
    conducts a share of it."""
    domain, ends, shares = column()
    row = np.all(np.abs(ends[..., 1] - 1e-6) < 1e-12, axis=1)
    resistance = 1e-9
    assert row.sum() == 4
    whole = conduction(domain, ["block"], shares, 2, resistance).relative
    shares[row] = 0.01
    cracked = conduction(domain, ["block"], shares, 2, resistance).relative
    assert 1 / cracked - 1 / whole == approx((resistance / 0.01 - resistance) / 2e-6, rel=1e-6)
    # Across the current lie 7 rows of facets, and the diagonals.
    assert 1 / whole - 1 > 7 * resistance / 2e-6
    assert conduction(domain, ["block"], np.ones_like(shares), 2).relative == approx(
        1.0, abs=4 * THIN
    )


def test_a_torn_row_leaves_no_path_and_what_lies_beyond_unreached():
    """Breaks when a body in two pieces conducts, or the pieces are not told apart."""
    domain, ends, shares = column()
    shares[np.all(np.abs(ends[..., 1] - 1e-6) < 1e-12, axis=1)] = 0.0
    found = conduction(domain, ["block"], shares, 2)
    height = domain.points[domain.vertices].mean(axis=1)[:, 1]
    assert found.relative == 0.0
    assert np.array_equal(found.reached, height < 1e-6)


def test_cracks_along_the_current_cost_little():
    """Breaks when a crack blocks what flows along it."""
    domain, ends, shares = column()
    shares[np.all(np.abs(ends[..., 0] - 0.5e-6) < 1e-12, axis=1)] = 0.0
    whole = conduction(domain, ["block"], np.ones_like(shares), 2).relative
    assert conduction(domain, ["block"], shares, 2).relative == approx(whole, rel=1e-2)


# Grain boundaries ---------------------------------------------------------------------------------


def test_strength_and_energy_of_a_polycrystal_in_tension(tmp_path):
    """Breaks when grain boundaries hold more or less than their askew lie explains, or a bar broken
    in two has paid for less than the shortest way between its grains, the least that any cut
    takes."""
    size, energy = (12e-6, 6e-6), 5.0
    mesh = build_polycrystal(
        SimpleNamespace(
            width=size[0],
            height=size[1],
            grain_size=2.5e-6,
            region="block",
            seed=3,
            lithium_thickness=None,
            separator_thickness=None,
            collector_thickness=None,
            mesh=SimpleNamespace(size_interface=0.6e-6, size_bulk=0.8e-6),
        ),
        tmp_path / "mesh.msh",
    )
    mesh = mesh.with_interfaces({CRACKS: mesh.interface_between("block", "block")})
    body, peak = pulled(mesh, 3 * YOUNG / 0.6e-6, STRENGTH, energy, degree=2), [0.0]
    law = body.laws[CRACKS]

    def record(progress):
        peak[0] = max(peak[0], reaction(body, progress.state) / size[1])

    options = StepControl(0.02, 0.05, 1e-6, energy_tolerance=1e-2)
    end = follow(
        body,
        RunState(body.initial_state()),
        lambda t, dt: Load(prescribed_displacement=t * 0.4e-6, step_over_viscosity=dt / 1e-3),
        1.0,
        options,
        record,
        NewtonOptions(1e-6, 40),
    )
    assert STRENGTH < peak[0] < 1.35 * STRENGTH
    assert reaction(body, end.state) / size[1] < 0.02 * STRENGTH
    dissipated_fraction = law.cohesion.dissipated_fraction(end.state.interface.history)
    assert end.energy.fracture == approx(energy * body.jump.integral(dissipated_fraction), rel=1e-3)
    ends, weights = body.facets.of_first_cell(body.domain.vertices), body.jump.weights
    path = crack_paths(
        ends,
        body.domain.points,
        (dissipated_fraction * weights).sum(axis=1) >= 0.5 * weights.sum(axis=1),
    )[0]
    assert path.extent >= 0.95 * size[1]
    points, count = body.domain.points, len(body.domain.points)
    lengths = np.linalg.norm(points[ends[:, 1]] - points[ends[:, 0]], axis=1)
    graph = coo_array((lengths, tuple(ends.T)), shape=(count, count))
    low, high = (np.flatnonzero(np.abs(points[:, 1] - y) < 1e-12) for y in (0.0, size[1]))
    shortest = dijkstra(graph, directed=False, indices=low, min_only=True)[high].min()
    assert 1.0 < shortest / size[1] < np.sqrt(2.0)
    assert (
        shortest < end.energy.fracture / energy < 1.25 * shortest
        and end.energy.viscous < 0.05 * end.energy.fracture
    )
