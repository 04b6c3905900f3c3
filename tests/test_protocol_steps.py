"""A small coupled cell through protocols: cut-offs, durations, balances, what a step of a protocol
imposes, going on from a saved run, and what cannot be done.

Lithium | sulfide | NMC | collector, one column of layers. Capacity: half of the host's lithium.
"""

import itertools
import pickle
from dataclasses import fields, is_dataclass, replace

import numpy as np
import pytest

from bodies import bulk_of, damage_of, laws_of
from chemomech.case.protocol import parse_protocol
from chemomech.fem.domain import build_domain
from chemomech.models.chemical_parts import ELECTRONIC, IONIC, METAL, Conductor, Host, Surroundings
from chemomech.models.electrochemistry import Electrochemistry
from chemomech.models.exchange import Exchange
from chemomech.models.mechanics import Mechanics
from chemomech.physics.bulk.swelling import FreeStrain, StressOnLithium
from chemomech.physics.electrochemistry import butler_volmer, diffusion
from chemomech.physics.electrochemistry.equilibrium import nmc811_chen2020
from chemomech.simulation import coupled
from chemomech.simulation.coupled import CoupledState, Coupling
from chemomech.simulation.errors import NoConvergence
from chemomech.simulation.protocol_steps import RunOptions, run_protocol
from chemomech.simulation.run_state import Conditions, RunState
from chemomech.units.constants import FARADAY
from compare import approx
from meshes import box

C_MAX, THICKNESS, WIDTH, START = 63104.0, 2e-6, 1e-6, 0.85
MOLAR_VOLUME = 13e-6  # of lithium
CAPACITY = 0.5 * FARADAY * C_MAX * THICKNESS  # C/m2
PRESSURE, TEMPERATURE = 1e6, 298.15
TOPS = {"lithium": 1e-6, "separator": 3e-6, "active": 5e-6, "collector": 6e-6}
YOUNG = {"lithium": 5e9, "separator": 22e9, "active": 140e9, "collector": 70e9}


def coupling_of(swelling=1.0):
    """Coupling of the cell, too tough to debond; swelling: share of what its active material
    does."""

    def region(x):
        return next(name for name, top in TOPS.items() if x[1] < top)

    heights = {"lithium|separator": 1e-6, "separator|active": 3e-6}
    interfaces = {name: (lambda x, y=y: abs(x[1] - y) < 1e-12) for name, y in heights.items()}
    domain = build_domain(box((1, 12), (WIDTH, 6e-6), region, interfaces))
    table = [0.0, 0.3, 0.6, 1.0], swelling * np.array([0.0, 0.03, 0.05, 0.06])
    stressed = StressOnLithium(FreeStrain(*table, START), C_MAX, 2 * YOUNG["active"] / (3 * 0.7))

    def flux(x, slope, stress_at_fixed_x, stress_at_fixed_x_slope, temperature):
        law = diffusion.Diffusion(1e-14, C_MAX, partial_molar_volume=1.0, temperature=temperature)
        pull, by_x, by_slope = stressed.gradient(
            x, slope, stress_at_fixed_x, stress_at_fixed_x_slope
        )
        here, d_c, d_slope, d_pull = diffusion.flux(law, C_MAX * x, C_MAX * slope, pull)
        drift = np.einsum("...ij,...j->...i", d_pull, by_x)
        return here, C_MAX * d_c + drift, C_MAX * d_slope + by_slope[..., None, None] * d_pull

    def cathode(jump, x, stress_at_fixed_x, conducting, around):
        law = butler_volmer.Intercalation(2.0, nmc811_chen2020, C_MAX, 0.5, 1.0, around.temperature)
        stress, by_x = stressed.potential(x, stress_at_fixed_x)
        here = butler_volmer.intercalation_current(law, jump, C_MAX * x, stress, conducting, 1e-3)
        return here.current, here.by_jump, C_MAX * here.by_concentration + here.by_stress * by_x

    def anode(jump, x, stress_at_fixed_x, conducting, around):
        law = butler_volmer.Metal(10.0, temperature=around.temperature)
        return butler_volmer.metal_current(law, jump, 0.0 * jump, conducting, 1e-3)[:3]

    def conductivity(temperature):
        return 0.05 * np.exp(0.02 * (temperature - TEMPERATURE))

    conductors = {
        "lithium": Conductor(METAL),
        "active": Conductor(ELECTRONIC),
        "collector": Conductor(ELECTRONIC),
        "separator": Conductor(IONIC, conductivity),
    }
    laws = {"lithium|separator": ("lithium", anode), "separator|active": ("active", cathode)}
    chemistry = Electrochemistry(
        domain, conductors, {"active": Host(C_MAX, flux)}, laws, "collector", WIDTH
    )
    bonds = laws_of(domain, 1e15, 50e6, 1e3)
    mechanics = Mechanics(domain, bulk_of(domain, YOUNG, 0.3), bonds, damage_of(domain))
    exchange = Exchange(
        mechanics, chemistry, {"active": stressed.strain}, {"active": stressed.stress_at_fixed_x}
    )
    return Coupling(
        mechanics,
        chemistry,
        exchange,
        lambda traction, opening, damage, memory, dt, temperature: (1.0 - damage, memory),
        {"lithium|separator": MOLAR_VOLUME},
        thermal=lambda temperature: 1e-5 * (temperature - TEMPERATURE),
    )


def first_state(coupling):
    """A RunState at rest before anything happened."""
    mechanical, chemistry = coupling.mechanics.initial_state(), coupling.chemistry
    chemical = chemistry.initial_state({"active": START}, float(nmc811_chen2020(START).value))
    shape = coupling.mechanics.jump.weights.shape
    around = Surroundings(
        np.ones(shape),
        coupling.exchange.stress_at_fixed_x(mechanical.stress, chemical.stoichiometry),
        TEMPERATURE,
    )
    return RunState(CoupledState(mechanical, chemical, around, np.zeros((shape[0], 1)), None))


def walked(coupling, sentences, options=RunOptions(), run_state=None, pressure=PRESSURE, skip=0):
    """All RunStates of a protocol from the first; skip: number of its steps that are done
    already."""
    every = [first_state(coupling) if run_state is None else run_state]
    schedule = list(parse_protocol(sentences))[skip:]
    conditions = Conditions(pressure, TEMPERATURE)
    last = run_protocol(coupling, every[0], schedule, CAPACITY, conditions, options, every.append)
    return [*every[:-1], last]


CHARGE, DISCHARGE = "Charge at 1C until 4.25 V", "Discharge at 1C until 3.5 V"
CYCLE = [CHARGE, "Hold at 4.25 V until C/10", "Rest for 10 minutes", DISCHARGE]
OPTIONS = RunOptions(
    control=replace(RunOptions().control, first=200.0), stoichiometry_tolerance=1e-2
)


@pytest.fixture(scope="module")
def cell():
    return coupling_of()


@pytest.fixture(scope="module")
def ten_cycles(cell):
    """All RunStates of ten cycles."""
    return walked(cell, [{"repeat": 10, "steps": CYCLE}], OPTIONS)


def steps_of(run_states):
    """Number of a protocol's step -> its RunStates, with the last one of the step before as the
    first."""
    numbers = sorted({run_state.number for run_state in run_states[1:]})
    ends = {
        number: max(k for k, run_state in enumerate(run_states) if run_state.number == number)
        for number in (0, *numbers)
    }
    return {number: run_states[ends[number - 1] : ends[number] + 1] for number in numbers}


def lithium(coupling, run_state):
    """Charge of the lithium in the host [C/m2]."""
    return coupling.chemistry.lithium(run_state.state.chemical.stoichiometry) / WIDTH


def test_every_step_ends_at_its_limit_and_not_beyond(ten_cycles):
    """Breaks when a cut-off is passed or missed, a rest lasts too long, or the steps are taken in
    another order."""
    steps = steps_of(ten_cycles)
    assert list(steps) == list(range(1, 41))
    near = OPTIONS.voltage_tolerance
    for number, (_, *run_states) in steps.items():
        voltage = np.array([run_state.state.chemical.voltage for run_state in run_states])
        current = np.array([run_state.state.chemical.current_density for run_state in run_states])
        assert all(run_state.cycle == (number + 3) // 4 for run_state in run_states)
        assert all(run_state.reason == "" for run_state in run_states[:-1])
        kind = (number - 1) % 4
        if kind != 2:
            assert run_states[-1].reason == "limit"
        if kind == 0:
            assert voltage.max() <= 4.25 + near and voltage[-1] >= 4.25 - near
            assert np.all(current == -CAPACITY / 3600.0)
        elif kind == 1:
            ends = CAPACITY / 36000.0
            assert voltage == approx(4.25 + current / 1e6, rel=0, abs=1e-12)
            assert np.all(np.diff(current) > 0.0)
            assert -current[-1] == approx(ends, rel=OPTIONS.current_tolerance)
        elif kind == 2:
            assert np.all(current == 0.0)
            assert run_states[-1].time - steps[number][0].time == approx(600.0, rel=0, abs=1e-6)
        else:
            assert voltage.min() >= 3.5 - near and voltage[-1] <= 3.5 + near
            assert np.all(current == CAPACITY / 3600.0)


def test_lithium_charge_and_energy_balance_over_ten_cycles(cell, ten_cycles):
    """Breaks when lithium or charge is lost, plating does not follow charge, or works and energies
    do not sum up."""
    first, content = ten_cycles[0], lithium(cell, ten_cycles[0])
    rows = cell.chemistry.junctions["lithium|separator"].rows
    for run_state in ten_cycles:
        assert lithium(cell, run_state) - content == approx(
            run_state.charge, rel=0, abs=1e-10 * content
        )
        plated = np.mean(run_state.state.plated[rows]) * FARADAY / MOLAR_VOLUME
        assert plated == approx(-run_state.charge, rel=0, abs=1e-8 * CAPACITY)
        energy = run_state.energy
        assert abs(energy.residual) <= 1e-6 * (energy.elastic + energy.interface)
    assert first.charge == 0.0 and max(abs(run_state.charge) for run_state in ten_cycles) > CAPACITY
    assert energy.elastic > 1e-8 and energy.dissipated == 0.0


def test_cycles_repeat(ten_cycles):
    """Breaks when a step of a protocol starts from something else than the state that the one
    before has left."""
    steps = steps_of(ten_cycles)
    capacities = [steps[number][-1].charge - steps[number][0].charge for number in range(4, 41, 4)]
    assert np.ptp(capacities[1:]) < 1e-4 * CAPACITY
    assert all(one.steps + 1 == two.steps for one, two in itertools.pairwise(ten_cycles))


def test_the_time_of_a_cut_off_is_met_as_well(cell):
    """Breaks when the step that ends on the limit is not the one whose time and charge are
    booked."""
    tight = replace(OPTIONS, voltage_tolerance=1e-6)
    ends = {}
    for options in (OPTIONS, replace(OPTIONS, voltage_tolerance=1e-3), tight):
        *_, before, last = walked(cell, [CHARGE], options)
        slope = (last.state.chemical.voltage - before.state.chemical.voltage) / (
            last.time - before.time
        )
        ends[options.voltage_tolerance] = last.time
        assert last.charge == approx(-CAPACITY / 3600.0 * last.time, rel=1e-12)
    for tolerance, seconds in ends.items():
        assert abs(seconds - ends[1e-6]) <= 1.2 * (tolerance + 1e-6) / slope


def test_half_the_tolerances_change_little(cell):
    """Breaks when the capacity depends on how long the steps are."""
    half = RunOptions(stoichiometry_tolerance=1e-3, voltage_tolerance=5e-5, current_tolerance=5e-4)
    capacities = []
    for options in (OPTIONS, RunOptions(), half):
        steps = steps_of(walked(cell, CYCLE, options))
        capacities.append(
            [(steps[number][-1].charge - steps[number][0].charge) / CAPACITY for number in (1, 4)]
        )
    change = np.abs(np.diff(capacities, axis=0))
    assert change[0].max() < 1e-4 and change[1].max() < 5e-5


def test_without_swelling_the_stack_pressure_does_nothing(cell):
    """Breaks when pressure reaches lithium or potentials other than through swelling and lost
    contact."""
    capacities = {}
    for swelling, coupling in ((1.0, cell), (0.0, coupling_of(swelling=0.0))):
        for pressure in (1e6, 1e8):
            last = walked(coupling, [CHARGE, DISCHARGE], OPTIONS, pressure=pressure)[-1]
            capacities[swelling, pressure] = last.charge
            assert last.state.mechanical.pressure == approx(pressure, rel=1e-9)
    assert capacities[0.0, 1e6] == approx(capacities[0.0, 1e8], rel=1e-9)
    assert abs(capacities[1.0, 1e6] - capacities[1.0, 1e8]) > 1e-4 * CAPACITY


def test_pressure_and_temperature_of_a_step(cell):
    """Breaks when a step runs under the run's pressure or temperature instead of its own, or the
    next keeps them."""
    plain = "Discharge at C/3 for 60 s"
    sentences = [plain, f"{plain} under 30 MPa at 60 degC", plain]
    steps = steps_of(walked(cell, sentences))
    ions = np.unique(cell.chemistry.space.dofmap.list[cell.chemistry.domain.cells_of("separator")])
    collector = cell.chemistry.domain.cells_of("collector")
    for number, pressure, temperature in ((1, 1e6, 298.15), (2, 3e7, 333.15), (3, 1e6, 298.15)):
        state = steps[number][-1].state
        assert state.mechanical.pressure == approx(pressure, rel=1e-9)
        assert state.around.temperature == approx(temperature, rel=1e-12)
        assert state.mechanical.chemical_strain[collector] == approx(
            1e-5 * (temperature - 298.15), abs=1e-12
        )
        drop = CAPACITY / 10800.0 * 2e-6 / (0.05 * np.exp(0.02 * (temperature - 298.15)))
        assert np.ptp(state.chemical.potential[ions]) == approx(drop, rel=1e-3)


def leaves(value):
    """All numbers and arrays of a state."""
    if is_dataclass(value):
        value = [getattr(value, each.name) for each in fields(value)]
    return (
        [leaf for each in value for leaf in leaves(each)]
        if isinstance(value, (list, tuple))
        else [value]
    )


def test_a_saved_run_goes_on_as_if_nothing_had_been(cell):
    """Breaks when a run remembers what its RunState does not hold: bits differ after a pickle, or
    in a cell built anew."""
    sentences = [
        "Discharge at C/3 for 60 s",
        "Charge at 1C for 30 minutes",
        "Rest for 5 minutes",
        "Hold at 3.7 V for 2 minutes",
    ]
    whole = walked(cell, sentences)
    saved = pickle.dumps(steps_of(whole)[2][-1])
    for coupling in (cell, coupling_of()):
        again = walked(coupling, sentences, run_state=pickle.loads(saved), skip=2)
        assert again[-1].state.chemical.voltage == whole[-1].state.chemical.voltage
        for one, other in zip(leaves(again[-1].state), leaves(whole[-1].state), strict=True):
            assert np.array_equal(one, other)
        for name in ("charge", "energy", "steps", "cuts", "counts"):
            assert getattr(again[-1], name) == getattr(whole[-1], name), name


@pytest.mark.parametrize(
    "sentence",
    ["Charge at C/3 until 3.5 V", "Discharge at C/3 until 3.7 V", "Hold at 3.62 V until 1C"],
)
def test_a_limit_that_is_passed_at_once_ends_the_step(cell, sentence):
    """Breaks when a step whose limit lies behind its start goes on for good, or leaves a state that
    the overpotential has emptied instead of that before it."""
    _, first, second = walked(cell, [sentence, "Rest for 10 s"])
    assert (first.number, first.reason, first.time) == (1, "limit at once", 0.0)
    assert first.charge == 0.0 and first.state.chemical.current_density == 0.0
    assert (second.number, second.reason) == (2, "time")
    assert second.time == approx(first.time + 10.0, rel=1e-12)


def test_an_impossible_step_says_where(cell):
    """Breaks when a run that cannot go on ends without a word, or without saying in which cycle and
    step."""
    last = ["Rest for 60 s", "Discharge at 2C for 5 hours"]
    protocol = [{"repeat": 2, "steps": ["Rest for 60 s"]}, {"repeat": 1, "steps": last}]
    with pytest.raises(NoConvergence, match="cycle 3, step 4 of the protocol"):
        walked(cell, protocol)


def test_what_is_plated_is_computed_once_a_round(cell, monkeypatch):
    """Breaks when a round of the coupled step moves the lithium's face twice, which is slow with
    vacancies."""
    calls = []

    def counted(*given):
        calls.append(given)
        return plated_by(*given)

    plated_by = coupled.plated_by
    monkeypatch.setattr(coupled, "plated_by", counted)
    last = walked(cell, ["Charge at 1C for 2 minutes"])[-1]
    assert len(calls) == last.counts["rounds"] > last.steps
