"""The cell's mechanics: uniform blocks by hand, fixtures, plated lithium, value semantics of a
step, invariances."""

from dataclasses import fields, replace

import numpy as np
import pytest

from bodies import bulk_of, damage_of, face_nodes, laws_of
from chemomech.fem.domain import build_domain
from chemomech.models.mechanics import Load, Mechanics
from chemomech.models.supports import Fixture
from chemomech.simulation.newton import NewtonOptions, step
from compare import approx
from meshes import box, moved, permuted

YOUNG, POISSON, STIFFNESS = 20e9, 0.3, 1e15
WIDTH, HEIGHT = 8e-6, 5e-6
OEDOMETRIC = YOUNG * (1 - POISSON) / ((1 + POISSON) * (1 - 2 * POISSON))
BULK = YOUNG / (3 * (1 - 2 * POISSON))
# Platen travel per pressure: the block in uniaxial strain and one elastic interface in series.
COMPLIANCE = HEIGHT / OEDOMETRIC + 1 / STIFFNESS
TIGHT = NewtonOptions(1e-11, 20)


def block(degree=2, swelling=("low", "high")):
    """One material on both sides of an interface that never breaks."""
    region = lambda x: "low" if x[1] < 0.5 * HEIGHT else "high"
    domain = build_domain(permuted(box((5, 4), (WIDTH, HEIGHT), region, jiggle=0.2)))
    bulk, laws = bulk_of(domain, YOUNG, POISSON, swelling=swelling), laws_of(domain, STIFFNESS)
    return Mechanics(domain, bulk, laws, damage_of(domain), degree)


def platen_place(mechanics, state):
    """Place of the platen as the displacement has it: the top face is flat, and the state says the
    same."""
    top = face_nodes(mechanics.domain, mechanics.space, "top")
    heights = state.displacement.reshape(-1, 2)[top, 1]
    assert np.ptp(heights) == 0.0
    assert state.position == heights[0]
    return heights[0]


def solved(mechanics, load, start=None, options=TIGHT):
    result = step(mechanics, mechanics.initial_state() if start is None else start, load, options)
    assert result.converged, result.reason
    return result


@pytest.mark.parametrize("degree", [1, 2])
def test_uniaxial_strain_under_constant_pressure(degree):
    """Breaks when the platen's force, the rollers or plane strain is wrong: s_yy = -P, s_xx = s_zz
    = -nu/(1-nu) P."""
    pressure = 50e6
    mechanics = block(degree=degree)
    state = solved(mechanics, Load(pressure)).state
    lateral = -POISSON / (1 - POISSON) * pressure
    expected = np.broadcast_to([lateral, -pressure, lateral, 0.0], state.stress.shape)
    assert state.stress == approx(expected, rel=1e-9, abs=1e-9 * pressure)
    assert state.traction[..., 0] == approx(-pressure, rel=1e-9)
    assert state.opening[..., 0] == approx(-pressure / STIFFNESS, rel=1e-9)
    assert platen_place(mechanics, state) == approx(-pressure * COMPLIANCE, rel=1e-9)
    assert state.pressure == pressure


def test_swelling_under_constant_pressure():
    """Breaks when the chemical strain has the wrong sign or misses an axis: s_xx = -E e/(1 - nu) -
    nu/(1 - nu) P."""
    pressure, strain = 10e6, 0.003
    mechanics = block()
    state = solved(mechanics, Load(pressure, strain)).state
    lateral = -YOUNG * strain / (1 - POISSON) - POISSON / (1 - POISSON) * pressure
    expected = np.broadcast_to([lateral, -pressure, lateral, 0.0], state.stress.shape)
    assert state.stress == approx(expected, rel=1e-8, abs=1e-8 * pressure)
    rise = HEIGHT * 3 * BULK * strain / OEDOMETRIC
    assert platen_place(mechanics, state) == approx(rise - pressure * COMPLIANCE, rel=1e-9)


def preloaded(fixture_kind, spring=0.0):
    """Mechanics and state after a preload, with the fixture that holds the platen from then on."""
    mechanics = block()
    state = solved(mechanics, Load(5e6)).state
    fixture = Fixture(fixture_kind, spring, platen_place(mechanics, state))
    return mechanics.with_fixture(fixture), state


@pytest.mark.parametrize("spring", [1e12, 1e15, 1e17])
def test_spring_fixture(spring):
    """Breaks when the spring's force or stiffness is wrong: dP = k H 3K e/M / (1 + k (H/M +
    1/K_i))."""
    strain = 0.002
    mechanics, state = preloaded("spring", spring)
    end = solved(mechanics, Load(5e6, strain), state).state
    rise = HEIGHT * 3 * BULK * strain / OEDOMETRIC
    assert end.pressure == approx(5e6 + spring * rise / (1 + spring * COMPLIANCE), rel=1e-8)
    assert end.stress[..., 1] == approx(-end.pressure, rel=1e-8)
    travel = platen_place(mechanics, end) - mechanics.supports.rest
    assert end.pressure == approx(5e6 + spring * travel, rel=1e-10)


def test_fixed_gap_fixture():
    """Breaks when the reaction of a held platen is wrong: dP = H 3K e/M / (H/M + 1/K_i)."""
    strain = 0.002
    mechanics, state = preloaded("fixed_gap")
    end = solved(mechanics, Load(5e6, strain), state).state
    expected = 5e6 + HEIGHT * 3 * BULK * strain / OEDOMETRIC / COMPLIANCE
    assert end.pressure == approx(expected, rel=1e-8)
    assert end.stress[..., 1] == approx(-end.pressure, rel=1e-8)
    assert platen_place(mechanics, end) == mechanics.supports.rest


def test_plated_lithium_lifts_a_free_platen_and_loads_a_held_one():
    """Breaks when growth does not act as an imposed opening: travel g at constant pressure, dP =
    g/(H/M + 1/K_i)."""
    growth = 0.01e-6
    mechanics, state = preloaded("constant_pressure")
    end = solved(mechanics, Load(5e6, imposed_opening=growth), state).state
    assert platen_place(mechanics, end) == approx(growth - 5e6 * COMPLIANCE, rel=1e-9)
    assert end.traction[..., 0] == approx(-5e6, rel=1e-8)
    mechanics, state = preloaded("fixed_gap")
    end = solved(mechanics, Load(5e6, imposed_opening=growth), state).state
    assert end.pressure == approx(5e6 + growth / COMPLIANCE, rel=1e-8)


def cell_mesh():
    """A swelling rectangle off the middle of a matrix, on a layer of its own kind."""

    def region(x):
        inside = abs(x[0] - 3e-6) < 1.6e-6 and abs(x[1] - 2.6e-6) < 1.1e-6
        return "particle" if inside else "matrix"

    return box((16, 10), (WIDTH, HEIGHT), region)


def cell(mesh):
    """A stiff particle that lets go of a softer matrix when it shrinks."""
    domain = build_domain(mesh)
    bulk = bulk_of(
        domain,
        {"particle": 140e9, "matrix": 22e9},
        {"particle": 0.3, "matrix": 0.37},
        yield_strength={"particle": np.inf, "matrix": 60e6},
        hardening={"particle": 0.0, "matrix": 1e9},
        swelling=("particle",),
    )
    laws = laws_of(domain, 1e15, 20e6, 0.5, 1.0, 2.0, 20e6)
    return Mechanics(domain, bulk, laws, damage_of(domain))


def shrunk(mechanics, steps=8, strain=-0.018, pressure=2e6):
    """States while the particle shrinks, and the energies of the steps."""
    states, energies = [mechanics.initial_state()], []
    for number in range(1, steps + 1):
        share = number / steps
        load = Load(pressure, strain * share, step_over_viscosity=1.0 / steps / 0.1)
        result = step(mechanics, states[-1], load, NewtonOptions(1e-10, 40))
        assert result.converged, result.reason
        states.append(result.state)
        energies.append(result.energy)
    return states, energies


def test_force_balance_of_an_uneven_cell():
    """Breaks when equilibrium is not solved: against v = y e_y, int s_yy dx = -P W H; the platen
    stays flat."""
    mechanics = cell(cell_mesh())
    states, _ = shrunk(mechanics)
    assert states[-1].damage.max() > 0.5
    assert states[-1].accumulated.max() > 0
    for state in states[1:]:
        vertical = mechanics.strain.integral(state.stress[..., 1])
        # The interface carries nothing against a field without a jump.
        assert vertical == approx(-2e6 * WIDTH * HEIGHT, rel=1e-6)
        u = state.displacement.reshape(-1, 2)
        for face, axis in (("bottom", 1), ("left", 0), ("right", 0)):
            assert np.all(u[face_nodes(mechanics.domain, mechanics.space, face), axis] == 0.0)
        top = u[face_nodes(mechanics.domain, mechanics.space, "top"), 1]
        assert np.ptp(top) == 0.0
        assert top[0] == platen_place(mechanics, state)


def remembered(state):
    """Everything in a state by name, the interfaces' memory too."""
    inner = {
        ("interface opening" if name == "opening" else name): v
        for name, v in state.interface._asdict().items()
    }
    gain = {("gain", name): value for name, value in state.gain._asdict().items()}
    own = (f.name for f in fields(state) if f.name not in ("interface", "gain"))
    return {name: getattr(state, name) for name in own} | inner | gain


def test_step_never_changes_the_state_it_was_given():
    """Breaks when a trial writes into the start's arrays: a rejected step could then not be
    repeated."""
    mechanics = cell(cell_mesh())
    states, _ = shrunk(mechanics, 4)
    start = states[2]
    held = remembered(start)
    before = {name: np.copy(value) for name, value in held.items()}
    for value in held.values():
        if isinstance(value, np.ndarray):
            value.setflags(write=False)
    load = Load(2e6, -0.0135, step_over_viscosity=2.5)
    once, again = (step(mechanics, start, load, NewtonOptions(1e-10, 40)) for _ in range(2))
    assert once.converged
    for name, value in before.items():
        assert np.array_equal(remembered(start)[name], value)
    assert np.array_equal(once.state.displacement, again.state.displacement)
    after = remembered(once.state)
    fresh = (
        "displacement",
        "plastic_strain",
        "accumulated",
        "history",
        "interface opening",
        "traction",
        "stress",
    )
    for name in fresh:
        assert not np.shares_memory(after[name], held[name]), name
    failed = step(mechanics, start, load, NewtonOptions(1e-14, 1))
    assert not failed.converged and failed.state is None and failed.reason
    for name, value in before.items():
        assert np.array_equal(remembered(start)[name], value)


def by_place(points, values):
    """Point values in the order of their places, whatever the order of facets and points."""
    return values.ravel()[np.lexsort(np.round(points.reshape(-1, 2) / HEIGHT, 7).T)]


@pytest.mark.parametrize("change", ["cells permuted", "mirrored"])
def test_debonding_does_not_depend_on_numbering_or_handedness(change):
    """Breaks when results depend on cell order, on the side names of an interface or on left and
    right."""
    mesh = cell_mesh()
    mirror = lambda m: moved(m, np.diag([-1.0, 1.0]), [WIDTH, 0.0])
    other = permuted(mesh, 3) if change == "cells permuted" else permuted(mirror(mesh), 4)
    one, two = cell(mesh), cell(other)
    (states_one, energies_one), (states_two, energies_two) = shrunk(one), shrunk(two)
    end, other_end = states_one[-1], states_two[-1]
    assert end.damage.max() > 0.5 and end.damage.min() < 0.9 * end.damage.max()
    assert platen_place(two, other_end) == approx(platen_place(one, end), rel=1e-7)
    points = one.jump.points, two.jump.points
    if change == "mirrored":
        points = points[0], points[1] * [-1.0, 1.0] + [WIDTH, 0.0]
    damages = by_place(points[0], end.damage), by_place(points[1], other_end.damage)
    assert damages[1] == approx(damages[0], abs=1e-6)
    for first, second in zip(energies_one, energies_two, strict=True):
        assert second.elastic == approx(first.elastic, rel=1e-6)
        assert second.fracture == approx(first.fracture, rel=1e-5, abs=1e-9 * first.elastic)


def test_interface_named_the_other_way_round_gives_the_same_result():
    """Breaks when the order of the regions in an interface's name changes the physics."""
    mesh = cell_mesh()
    ((name, facets),) = mesh.interfaces.items()
    turned = replace(mesh, interfaces={"|".join(reversed(name.split("|"))): facets})
    cells = [cell(m) for m in (mesh, turned)]
    ends = [shrunk(c, 4)[0][-1] for c in cells]
    assert ends[1].displacement == approx(ends[0].displacement, rel=1e-6, abs=1e-15)
    for component in range(2):
        tractions = [
            by_place(c.jump.points, e.traction[..., component])
            for c, e in zip(cells, ends, strict=True)
        ]
        assert tractions[1] == approx(tractions[0], rel=1e-5, abs=10.0)


def test_accepted_states_meet_the_tolerance():
    """Breaks when a step is accepted before its residual is small."""
    mechanics = cell(cell_mesh())
    start, load = shrunk(mechanics, 4)[0][2], Load(2e6, -0.018, step_over_viscosity=5.0)
    iterations = []
    for tolerance in (1e-1, 1e-2, 1e-3, 1e-4, 1e-6, 1e-8):
        result = step(mechanics, start, load, NewtonOptions(tolerance, 40))
        assert result.converged
        check = mechanics.evaluate(result.state.displacement, start, load)
        assert np.linalg.norm(check.residual) <= tolerance * check.scale
        iterations.append(result.iterations)
    assert iterations == sorted(iterations) and iterations[0] < iterations[-1]


def test_free_swelling_without_stack_pressure():
    """Breaks when the force scale of the convergence test vanishes with the pressure."""
    mechanics = block()
    end = solved(mechanics, Load(0.0, 1e-3), options=NewtonOptions()).state
    assert end.stress[..., 0] == approx(-YOUNG * 1e-3 / (1 - POISSON), rel=1e-6)
