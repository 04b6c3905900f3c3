r"""Bodies that creep: thick tubes and thin films against closed form, relaxation in a cell,
energies, and materials.

Thick tube, bores a and b, plane strain, steady creep p' = p0 (q/s0)^m (Norton, Bailey; e.g. Boyle
and Spence, Stress Analysis for Creep, 1983): the bore moving out at U, p' = 2 U a/(sqrt(3) r^2), so
that

    q = s0 (p'/p0)^(1/m) ~ r^(-2/m), P = m/sqrt(3) q(a) (1 - (a/b)^(2/m)), sigma_r = -m/sqrt(3)
      (q(r) - q(b)).

Film of thickness h and half-width L between rigid plates that stick and near at V, lubrication
theory for h/L -> 0 (power-law fluid, shear stress k g^n, n = 1/m, k = s0/(sqrt(3) (sqrt(3) p0)^n);
e.g. Bird, Armstrong, Hassager, Dynamics of Polymeric Liquids, 1987):

    F = 2 k (V (2 n + 1)/(2 n))^n (h/2)^-(2 n + 1) L^(n + 2)/(n + 2).
"""

from dataclasses import replace

import numpy as np
import pytest

from blocks import HEIGHT, WIDTH, held_in
from bodies import (
    body_of,
    bulk_of,
    damage_of,
    elastic_tangent,
    face_nodes,
    laws_of,
    node_positions,
    reaction,
)
from chemomech.case import parse_case
from chemomech.fem.domain import build_domain
from chemomech.materials import MaterialError, load_material
from chemomech.models.body import bulk_parameters
from chemomech.models.mechanics import Load, Mechanics
from chemomech.models.supports import Fixture
from chemomech.physics.bulk import elasticity, plasticity, viscoplasticity
from chemomech.physics.bulk.viscoplasticity import power_law
from chemomech.runs.checkpoint import leaves, restore
from chemomech.runs.run import run
from chemomech.setup.cell import solids_of
from chemomech.simulation.energy import EnergyAccount
from chemomech.simulation.newton import NewtonOptions, step
from compare import approx
from creep import ARRHENIUS, LITHIUM, MASIAS, POISSON, ROY, SHEAR, WARM, YOUNG
from cylinders import rollers
from flat import flat_cell, stepped
from meshes import box, mapped, quarter_ring
from rates import EXPECTED, check_order, taylor_order
from small import tiny_case

INNER, OUTER, SPEED = 1.0, 2.0, 1e-4


def parameters_of(domain, materials, degree=2):
    """BulkParameters of materials by region."""
    return bulk_parameters(domain, solids_of(materials, degree))


def crept(body, speed, lengths, tolerance=1e-9):
    """Last state after steps of these lengths [s], the handle driven at a speed."""
    state, time = body.initial_state(), 0.0
    for length in lengths:
        time += length
        result = step(
            body,
            state,
            Load(prescribed_displacement=speed * time, seconds=length),
            NewtonOptions(tolerance, 40),
        )
        assert result.converged, result.reason
        state = result.state
    return state


def quarter(count, flow):
    """(body, area of the bore): a quarter ring in plane strain whose bore moves out."""
    domain = build_domain(
        quarter_ring(INNER, OUTER, count, count, lambda r: "near" if r < 1.5 else "far")
    )

    def held(space):
        dofs = dict.fromkeys(rollers(domain, space).tolist(), 0.0)
        position = np.zeros((space.dofmap.index_map.size_local, 2))
        position[space.dofmap.list.ravel()] = node_positions(domain, space).reshape(-1, 2)
        for node in face_nodes(domain, space, "inner"):
            for axis in range(2):
                dofs[2 * node + axis] = position[node, axis] / np.linalg.norm(position[node])
        return {dof: 0.0 if abs(factor) < 1e-12 else factor for dof, factor in dofs.items()}

    return body_of(
        domain, bulk_of(domain, YOUNG, POISSON, flow=flow), laws_of(domain, 1e3 * YOUNG), held
    ), np.pi / 2


def revolved(count, flow):
    """(body, area of the bore): a slice of the tube about its axis, held at both ends."""
    height = 0.25
    grid = box(
        (count, count // 4), (OUTER - INNER, height), lambda x: "near" if x[0] < 0.5 else "far"
    )
    domain = build_domain(mapped(grid, lambda x: x + np.array([INNER, 0.0])))

    def held(space):
        dofs = {}
        for face in ("bottom", "top"):
            dofs |= dict.fromkeys((2 * face_nodes(domain, space, face) + 1).tolist(), 0.0)
        return dofs | dict.fromkeys((2 * face_nodes(domain, space, "left")).tolist(), 1.0)

    bulk, laws = bulk_of(domain, YOUNG, POISSON, flow=flow), laws_of(domain, 1e3 * YOUNG)
    return body_of(domain, bulk, laws, held, axisymmetric=True), 2 * np.pi * INNER * height


def radial_stress(body, stress):
    """Distance from the tube's axis and the stress along it at all points."""
    x = body.strain.points
    if "left" in body.domain.boundaries and "inner" not in body.domain.boundaries:
        return x[..., 0], stress[..., 0]
    r = np.linalg.norm(x, axis=-1)
    cosine, sine = x[..., 0] / r, x[..., 1] / r
    return r, stress[..., 0] * cosine**2 + stress[..., 1] * sine**2 + 2 * stress[
        ..., 3
    ] * cosine * sine


@pytest.mark.parametrize("flow", [ROY, MASIAS], ids=["Roy", "Masias"])
@pytest.mark.parametrize("tube", [quarter, revolved])
def test_thick_tube_in_steady_creep(tube, flow):
    """Breaks when creep flows in a wrong direction, at a wrong rate, or locks: pressure, von Mises
    and radial stress of the steady state."""
    counts, errors, m = (4, 8, 16), [], 1 / flow.sensitivity
    mises = lambda r: (
        flow.resistance * (2 * SPEED * INNER / (np.sqrt(3) * flow.rate * r**2)) ** (1 / m)
    )
    for count in counts:
        body, area = tube(count, flow)
        state = crept(body, SPEED, (1.0, 10.0, 100.0, 1000.0))
        pressure = m / np.sqrt(3) * mises(INNER) * (1 - (INNER / OUTER) ** (2 / m))
        errors.append(abs(reaction(body, state) / area / pressure - 1))
    check_order("thick cylinder in creep", 1.0 / np.array(counts), errors)
    assert errors[-1] < 1.2e-3
    r, radial = radial_stress(body, state.stress)
    found = elasticity.von_mises(state.stress)
    assert np.sqrt(np.mean((found / mises(r) - 1) ** 2)) < 0.01
    # Mean stresses are one per cell, of which two share a place between the walls: their mean is
    # compared.
    lack, weights = radial + m / np.sqrt(3) * (mises(r) - mises(OUTER)), body.strain.weights
    place = np.clip((counts[-1] * (r.mean(axis=1) - INNER)).astype(int), 0, counts[-1] - 1)
    across = np.bincount(place, np.sum(weights * lack, axis=1)) / np.bincount(
        place, weights.sum(axis=1)
    )
    assert np.abs(across).max() < 0.01 * pressure


def film(half_width, refinement, flow, jiggle=0.0):
    """Quarter of a film of thickness 1 um between rigid plates that stick to it; its plate is
    driven down."""
    length, across = half_width * 1e-6, 0.5e-6
    counts = (2 * half_width * refinement, refinement)
    domain = build_domain(
        box(counts, (length, across), lambda x: "in" if x[0] < length / 2 else "out", jiggle=jiggle)
    )

    def held(space):
        dofs = dict.fromkeys((2 * face_nodes(domain, space, "left")).tolist(), 0.0)
        dofs |= dict.fromkeys((2 * face_nodes(domain, space, "bottom") + 1).tolist(), 0.0)
        plate = face_nodes(domain, space, "top")
        return (
            dofs
            | dict.fromkeys((2 * plate).tolist(), 0.0)
            | dict.fromkeys((2 * plate + 1).tolist(), -1.0)
        )

    return body_of(
        domain,
        bulk_of(domain, YOUNG, POISSON, flow=flow),
        laws_of(domain, 1e3 * YOUNG / 1e-6),
        held,
    )


def squeezed(half_width, refinement, flow, **other):
    """(body, state, force over that of lubrication theory) of a film in steady creep, the plates
    nearing at 1 nm/s."""
    body = film(half_width, refinement, flow, **other)
    state = crept(body, 0.5e-9, np.geomspace(1e-2, 1e3, 6), 1e-7)
    n, length, gap, speed = flow.sensitivity, half_width * 1e-6, 1e-6, 1e-9
    k = flow.resistance / np.sqrt(3) / (np.sqrt(3) * flow.rate) ** n
    slope = k * (speed * length * (2 * n + 1) / (2 * n)) ** n * (gap / 2) ** -(2 * n + 1)
    return body, state, reaction(body, state) / (slope * length**2 / (n + 2))


def test_squeezed_film():
    """Breaks when nearly incompressible flow locks or shear creeps at a wrong rate: the force of
    thin films nears that of lubrication theory, which leaves out that the film is stretched too: 5
    % at L/h = 10, 2 % at 20, 0.6 % at 40."""
    excess = [squeezed(half_width, 3, ROY)[2] - 1 for half_width in (10, 20, 40)]
    assert excess == approx([0.0475, 0.0176, 0.0059], abs=3e-3)


@pytest.mark.parametrize("jiggle", [0.0, 0.2])
def test_long_steps_do_not_lock(jiggle):
    """Breaks when the dilatation is not one per cell: two cells across half a film must give the
    force of four within 0.5 % (7 % too much without), and mean stresses must not oscillate (by
    their own size on the regular mesh)."""
    forces = []
    for refinement in (2, 4):
        body, state, force = squeezed(10, refinement, ROY, jiggle=jiggle)
        forces.append(force)
        here = np.abs(body.strain.points[..., 0] - 4e-6) < 1e-6
        x, mean = body.strain.points[..., 0][here] * 1e6, state.stress[..., :3].mean(axis=-1)[here]
        around = mean - np.polyval(np.polyfit(x, mean, 2), x)
        assert np.std(around) < 0.03 * abs(np.mean(mean))
    assert forces[0] == approx(forces[1], rel=5e-3)


def test_linear_displacements_are_refused(tmp_path):
    """Breaks when elements that lock (a film a hundred times too stiff) are let through."""
    domain = build_domain(box((2, 2), region_of=lambda x: "a" if x[0] < 0.5 else "b"))
    with pytest.raises(ValueError, match="lock"):
        bulk = bulk_of(domain, YOUNG, POISSON, flow=ROY)
        Mechanics(domain, bulk, laws_of(domain, 1e15), damage_of(domain), degree=1)
    lithium = {"base": "lithium", "flow": "creep"}
    with pytest.raises(MaterialError, match=r'lithium.flow "creep".*displacement_degree = 2'):
        parameters_of(
            domain, {"a": load_material(lithium), "b": load_material("Li6PS5Cl")}, degree=1
        )
    with pytest.raises(MaterialError, match="displacement_degree = 2"):
        run(parse_case(tiny_case(materials__lithium=lithium)), tmp_path)


def column(flow, fixture=Fixture(), yield_strength=np.inf):
    """Two layers in a stack of which the lower creeps, the right half of the upper one swells."""

    def region(x):
        if x[1] < 0.5 * HEIGHT:
            return "low"
        return "still" if x[0] < 0.5 * WIDTH else "swelling"

    flat = {"low|high": lambda x: abs(x[1] - 0.5 * HEIGHT) < 1e-12}
    domain = build_domain(box((6, 4), (WIDTH, HEIGHT), region, interfaces=flat))
    bulk = bulk_of(domain, YOUNG, POISSON, yield_strength, 1e8, ("swelling",), {"low": flow})
    return held_in(fixture, domain, bulk, laws_of(domain, 1e15))


def test_confined_lithium_relaxes_to_a_hydrostatic_stress():
    """Breaks when seconds or temperature do not reach the law: under constant pressure between
    fixed walls q^(1-k) = q0^(1-k) + (k - 1) p0' E/(2 (1 - nu)) t/s0^k, with warmth in p0'."""
    mechanics, pressure, k = column(ROY), 2e6, 5.0
    first = step(mechanics, mechanics.initial_state(), Load(pressure), NewtonOptions(1e-10)).state
    low = mechanics.bulk_model.creeping
    start = pressure * (1 - 2 * POISSON) / (1 - POISSON)
    cells = mechanics.yielding[low]
    assert elasticity.von_mises(first.stress[cells]) == approx(start, rel=1e-8)
    for temperature, factor in ((298.15, 1.0), (WARM, ARRHENIUS)):
        rate = (k - 1) * 0.01 * factor * YOUNG / (2 * (1 - POISSON)) / 1e6**k
        end = start ** (1 - k) / rate * 50
        expected, errors, counts = start * 51 ** (1 / (1 - k)), [], (10, 20, 40)
        for count in counts:
            state, before = first, 0.0
            for time in np.geomspace(1e-3 * end, end, count):
                load = Load(pressure, seconds=time - before, temperature=temperature)
                result = step(mechanics, state, load, NewtonOptions(1e-10))
                assert result.converged, result.reason
                state, before = result.state, time
            errors.append(abs(elasticity.von_mises(state.stress[cells]).mean() / expected - 1))
        check_order("creep of a body", 1.0 / np.array(counts), errors)
        assert errors[-1] < 0.01
    assert state.stress[cells][..., 1] == approx(-pressure, rel=1e-6)


@pytest.mark.parametrize("flow", [ROY, LITHIUM], ids=["Roy", "Anand"])
def test_energy_balance_of_creep(flow):
    """Breaks when the work of creep is left out, doubled or not trapezoidal: the balance closes in
    any step, with loads that turn round, and the work nears the dissipation int q dp with the
    step."""
    mechanics, end = column(flow, Fixture("spring", 2e15)), 100.0

    def load_at(t, dt):
        return Load(5e6 * t, 0.004 * np.sin(4 * t), seconds=dt * end, temperature=298.15 + 20 * t)

    works = []
    for count in (6, 24, 96):
        state, total, dissipated = mechanics.initial_state(), EnergyAccount(), 0.0
        for number in range(1, count + 1):
            result = step(
                mechanics, state, load_at(number / count, 1 / count), NewtonOptions(1e-11)
            )
            assert result.converged, result.reason
            gained = result.state.accumulated - state.accumulated
            mises = elasticity.von_mises(result.state.stress[mechanics.yielding])
            dissipated += mechanics.bulk_model.yielding_strain.integral(mises * gained)
            state, total = result.state, total + result.energy
        assert total.plastic > 0.02 * total.size
        assert abs(total.residual) < 1e-8 * total.size
        works.append(abs(dissipated / total.plastic - 1))
    assert works[1] < 0.5 * works[0] and works[2] < 0.5 * works[1] and works[2] < 0.05


def test_laws_stand_beside_each_other():
    """Breaks when cells take each other's law, parameters or history: a plastic, a creeping and an
    elastic region."""
    domain = build_domain(
        box((6, 2), region_of=lambda x: ("creeps", "yields", "elastic")[int(3 * x[0])])
    )
    strengths = {"creeps": 1e5, "yields": 2e6, "elastic": np.inf}
    bulk = bulk_of(domain, YOUNG, POISSON, strengths, 1e8, flow={"creeps": LITHIUM})
    body = body_of(domain, bulk, laws_of(domain, 1e13), lambda space: {0: 0.0, 1: 0.0})
    start = body.initial_state()
    load = Load(seconds=2.0, temperature=WARM)
    moved = [1e-3 * np.random.default_rng(seed).standard_normal(body.size) for seed in (1, 2)]
    first = body.state(body.evaluate(moved[0], start, load), load)
    # Longer than twice the step before: one of its own.
    load = replace(load, seconds=5.0)
    second = body.state(body.evaluate(moved[1], first, load), load)
    assert first.resistance.max() > LITHIUM.resistance
    creeps, yields = domain.cells_of("creeps"), domain.cells_of("yields")
    rows = {int(cell): row for row, cell in enumerate(body.yielding)}
    assert sorted(body.yielding) == sorted([*creeps, *yields])
    shear, bulk_modulus = (
        np.array([[each]]) for each in (SHEAR, elasticity.bulk_modulus(YOUNG, POISSON))
    )
    row = [rows[cell] for cell in creeps]
    point = viscoplasticity.creep(
        body.strain(moved[1])[creeps],
        first.plastic_strain[row],
        first.accumulated[row],
        first.resistance[row],
        first.stress[creeps],
        shear,
        bulk_modulus,
        LITHIUM,
        5.0,
        WARM,
    )
    assert second.stress[creeps] == approx(point.stress, rel=1e-12)
    for name in ("plastic_strain", "accumulated", "resistance"):
        assert getattr(second, name)[row] == approx(getattr(point, name), rel=1e-12), name
    row = [rows[cell] for cell in yields]
    point = plasticity.radial_return(
        body.strain(moved[1])[yields],
        first.plastic_strain[row],
        first.accumulated[row],
        shear,
        bulk_modulus,
        2e6,
        1e8,
    )
    assert second.stress[yields] == approx(point.stress, rel=1e-12)
    assert second.accumulated[row] == approx(point.accumulated, rel=1e-12)
    assert np.all(second.resistance[row] == 0)
    hooke = elastic_tangent(body.strain, YOUNG, POISSON)[domain.cells_of("elastic")]
    strain = body.strain(moved[1])[domain.cells_of("elastic")]
    assert second.stress[domain.cells_of("elastic")] == approx(
        np.einsum("mqij,mqj->mqi", hooke, strain)
    )
    again = restore(start, leaves(second))
    assert np.array_equal(again.resistance, second.resistance)


@pytest.mark.parametrize("flow", [ROY, LITHIUM], ids=["Roy", "Anand"])
def test_tangent_of_a_body(flow):
    """Breaks when the matrix that is factorised is not the derivative of the residual: Taylor
    remainder of a body of which a part creeps, from a state that has crept."""
    mechanics = column(flow, yield_strength={"low": np.inf, "still": 3e6, "swelling": np.inf})
    load = Load(3e6, 2e-3, seconds=5.0)
    start = step(mechanics, mechanics.initial_state(), load, NewtonOptions(1e-10)).state
    assert start.accumulated.max() > 1e-3
    random = np.random.default_rng(3)
    at, along = 1e-9 * random.standard_normal((2, mechanics.constraint.size))
    at += mechanics.constraint.restrict(start.displacement)
    fixed = mechanics.fixed_values(load)

    def trial(h):
        return mechanics.evaluate(mechanics.constraint.expand(at + h * along, fixed), start, load)

    here = trial(0.0)
    mechanics.solver.factorise(mechanics.tangent(here))
    solved = mechanics.solver.solve(here.residual)
    # K is symmetric: (K d) . K^-1 f = d . f for every f, here the residual.
    assert mechanics.solver.symmetric
    steps = 1.0 / 2.0 ** np.arange(3, 8)
    order = taylor_order(lambda h: trial(h).residual @ solved, along @ here.residual, steps)
    expected, distance = EXPECTED["Taylor remainder"]
    assert abs(order - expected) <= distance


def test_materials_choose_their_flow():
    """Breaks when a material flows by another law than it says, or goes without what its law
    needs."""
    domain = build_domain(box((2, 2), region_of=lambda x: "a" if x[0] < 0.5 else "b"))
    here, sulfide = domain.cells_of("a"), load_material("Li6PS5Cl")

    def parameters(**given):
        return parameters_of(
            domain, {"a": load_material({"base": "lithium", **given}), "b": sulfide}
        )

    plastic, elastic = parameters(), parameters(flow="elastic")
    assert plastic.flow is None and np.all(plastic.yield_strength[here] == 0.8e6)
    assert elastic.flow is None and np.all(np.isinf(elastic.yield_strength[here]))
    creep, hardens = parameters(flow="creep"), parameters(flow="anand")
    roy = parameters(flow="creep", alternatives="Roy 2021")
    fitted = power_law(1.9e-5, 0.4e6, 6.56, 37e3)
    for bulk, expected in ((creep, fitted), (roy, ROY), (hardens, LITHIUM)):
        assert np.all(np.isinf(bulk.yield_strength[here]))
        for name, column_of in bulk.flow._asdict().items():
            assert column_of[here] == approx(getattr(expected, name)), name
        assert np.all(bulk.flow.rate[domain.cells_of("b")] == 0)
    graphite = load_material("graphite")
    assert np.all(
        np.isinf(parameters_of(domain, {"a": graphite, "b": sulfide}).yield_strength[here])
    )
    with pytest.raises(
        MaterialError, match=r'lithium.flow: given "viscous"; write one of elastic, plastic'
    ):
        parameters(flow="viscous")
    for flow, named in (
        ("creep", "creep_rate, creep_stress, creep_exponent"),
        ("anand", "anand_prefactor, "),
    ):
        with pytest.raises(MaterialError, match=f'flow "{flow}" needs {named}'):
            parameters_of(
                domain, {"a": load_material({"base": "graphite", "flow": flow}), "b": sulfide}
            )
    with pytest.raises(MaterialError, match='flow "plastic" needs yield_strength'):
        parameters_of(
            domain, {"a": load_material({"base": "graphite", "flow": "plastic"}), "b": sulfide}
        )


def test_lithium_of_a_cell_creeps_in_time():
    """Breaks when a run does not hand the time and the temperature on: at rest under pressure the
    lithium of a cell relaxes, faster when warm, as the same steps of mechanics alone."""
    lithium = {"flow": "creep", "yield_strength": "0.8 MPa"}
    found = {}
    for temperature in (298.15, WARM):
        cell, coupling, state = flat_cell({"lithium": lithium}, temperature=f"{temperature} K")
        mechanics = cell.mechanics
        cells = mechanics.yielding[mechanics.bulk_model.creeping]
        start = elasticity.von_mises(state.mechanical.stress[cells]).mean()
        alone = state.mechanical
        for seconds in (1e-3, 1.0):
            state = stepped(coupling, state, seconds, temperature=temperature)
            held = Load(
                10e6,
                state.mechanical.chemical_strain,
                step_over_viscosity=seconds / 10.0,
                seconds=seconds,
                temperature=temperature,
            )
            alone = step(mechanics, alone, held, NewtonOptions(1e-9)).state
        assert alone.stress[cells] == approx(state.mechanical.stress[cells], rel=1e-5, abs=10.0)
        found[temperature] = elasticity.von_mises(state.mechanical.stress[cells]).mean()
        assert found[temperature] < 0.5 * start
    assert found[WARM] / found[298.15] == approx(ARRHENIUS**-0.2, rel=0.1)
