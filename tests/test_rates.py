r"""Steps see everything that has a rate: creep, rough contacts, interphases, vacancies, fatigue.

A film of lithium between faces that hold its sides creeps under a constant pressure P until its
stress is hydrostatic, whatever the current: its von Mises stress q falls from P (1 - 2 nu)/(1 - nu)
by dq/dt = -E/(2 (1 - nu)) p0' (q/s0)^m.
"""

import json
from dataclasses import replace

import numpy as np
import pytest

from chemomech.case import parse_case
from chemomech.case.errors import CaseError
from chemomech.case.identity import case_hash
from chemomech.case.protocol import parse_protocol
from chemomech.materials import load_material
from chemomech.models.chemical_parts import Drive
from chemomech.physics.bulk.elasticity import von_mises
from chemomech.physics.lithium import vacancies
from chemomech.runs.run import run
from chemomech.simulation.coupled import coupled_step
from chemomech.simulation.errors import NoConvergence, OutOfWork
from chemomech.simulation.lithium_face import LithiumFace
from chemomech.simulation.protocol_steps import RunOptions, run_protocol
from chemomech.simulation.rates import errors_of_step
from chemomech.simulation.run_state import Conditions, RunState
from compare import approx
from flat import PRESSURE, activated, flat_cell
from rates import check_order
from small import tiny_case

GROWING = {"contact_law": "creep", "contact_hardness": "1 GPa", "contact_creep_growth": 1e-9}
YOUNG, POISSON, BARRIER = 7.82e9, 0.38, 37e3
HOUR = 3600.0


@pytest.fixture(scope="module")
def film():
    """A flat cell whose lithium creeps."""
    return flat_cell({"lithium": {"flow": "creep", "yield_strength": "0.8 MPa"}})


def walked(flat, *sentences, **options):
    """All RunStates of a protocol from the first under PRESSURE, 1C being 36 kC/m2."""
    _, coupling, first = flat
    every = [RunState(first, energy_scale=1e-3)]  # J/m, of the preload
    conditions, options = Conditions(PRESSURE), RunOptions(**options)
    protocol = parse_protocol(list(sentences))
    run_protocol(coupling, every[0], protocol, 36e3, conditions, options, every.append)
    return every


def mises(flat, run_state):
    """Von Mises stress of the film [Pa]."""
    mechanics = flat[0].mechanics
    cells = mechanics.yielding[mechanics.bulk_model.creeping]
    return float(von_mises(run_state.state.mechanical.stress[cells]).mean())


def relaxed(seconds):
    """Von Mises stress [Pa] of the film after times at 25 degC by the closed form."""
    lithium = load_material("lithium")
    over, scale = lithium.creep_exponent - 1.0, lithium.creep_stress
    rate = over * YOUNG / (2.0 * (1.0 - POISSON)) * lithium.creep_rate / scale
    start = PRESSURE * (1 - 2 * POISSON) / (1 - POISSON) / scale
    return scale * (start**-over + rate * seconds) ** (-1.0 / over)


@pytest.mark.parametrize("sentence", ["Rest for 10 s", "Charge at 0.01C for 10 s"])
def test_creep_is_resolved_at_rest_and_under_current(film, sentence):
    """Breaks when a step is not limited by the error of creep: the default is within 2 % of the von
    Mises stress all the way, and the error falls with the tolerance."""
    tolerances, errors = (0.04, 0.02, 0.01), []
    for tolerance in tolerances:
        every = walked(film, sentence, rate_tolerance=tolerance)
        found = np.array([mises(film, each) for each in every])
        errors.append(np.abs(found / relaxed(np.array([each.time for each in every])) - 1.0).max())
        if tolerance == RunOptions().rate_tolerance:
            assert errors[-1] < 0.02 and len(every) < 80
            strain = every[-1].mechanical.plastic_strain
            exact = (relaxed(0.0) - relaxed(10.0)) * 2 * (1 - POISSON) / YOUNG
            assert np.abs(strain).max() == approx(exact, rel=2e-3)
    check_order("creep by tolerance", tolerances, errors)


def test_rests_grow_their_steps(film):
    """Breaks when rests go on in steps as short as those of a charge, or as those at their begin:
    ten hours take tens of steps, and their error does not grow with them."""
    every = walked(film, "Rest for 10 hours")
    assert len(every) < 100
    assert np.diff([each.time for each in every]).max() > HOUR
    assert mises(film, every[-1]) == approx(relaxed(10 * HOUR), rel=0.02)
    still = walked(flat_cell(), "Rest for 10 hours")
    assert len(still) < 20


def test_temperature_speeds_creep_up_on_the_way(film):
    """Breaks when a ramp of the temperature is not seen: at 60 degC lithium goes on to the stress
    that an Arrhenius clock gives."""
    every = walked(film, "Rest for 2 minutes", "Rest for 10 minutes at 60 degC")
    clock = 120.0 + np.mean(activated(BARRIER, 298.15 + 35.0 * np.linspace(0, 1, 2001))) * 60.0
    clock += activated(BARRIER, 333.15) * 540.0
    assert mises(film, every[-1]) == approx(relaxed(clock), rel=0.02)


def test_rough_contacts_grow_under_a_changing_pressure():
    """Breaks when spots that creep are taken to have been under the end's pressure all the time."""
    flat = flat_cell(anode=GROWING)
    rows = flat[0].anode.rows
    debonded = replace(flat[1], debonded=lambda mechanical: np.ones_like(mechanical.damage))

    def conducting(state):
        return float(state.around.conducting[rows].mean())

    # Slope of s^m by p^m, the pressure on a straight way in the minute of the ramp; f = s/(1 + s).
    every = walked((flat[0], debonded, flat[2]), "Rest for 1 s", "Rest for 2 minutes under 50 MPa")
    rough = flat[0].anode.contact
    m = rough.creep_exponent
    pressures = np.array([PRESSURE, *PRESSURE * (1 + 4 * (np.arange(20000) + 0.5) / 20000), 5e7])
    seconds = np.array([1.0, *np.full(20000, 60.0 / 20000), 60.0])
    rate = m * rough.growth_per_strain * rough.creep_rate
    grown = rate * np.sum(seconds * (pressures / (3.0 * rough.creep_stress)) ** m)
    first = PRESSURE / rough.conforming_pressure
    spots = (first**m + grown) ** (1 / m)
    assert conducting(every[-1].state) == approx(spots / (1.0 + spots), rel=0.02)
    assert len(every) < 60


def test_interphases_grow_while_the_temperature_changes():
    """Breaks when a film is taken to have grown at the end's temperature all the time:
    L^2 = int k(T)^2 dt."""
    passivating = {
        "interphase_parabolic_rate": "2e-10 m/s^0.5",
        "interphase_activation_energy": "80 kJ/mol",
        "interphase_conductivity": "1e-6 S/m",
    }
    flat = flat_cell(cathode=passivating)
    rows = flat[0].cathode.rows
    every = walked(flat, "Rest for 1 s", "Rest for 2 minutes at 100 degC")
    ramp = activated(80e3, 298.15 + 75.0 * np.linspace(0, 1, 20001)) ** 2
    square = 1.0 + 60.0 * ramp.mean() + 60.0 * ramp[-1]
    found = float(every[-1].state.around.film[rows].mean())
    assert found == approx(2e-10 * np.sqrt(square), rel=0.02)


def test_vacancies_are_resolved():
    """Breaks when a step of the vacancies below the face may be as long as one of the cell: what is
    below it decides how far it has receded."""
    cell, coupling, first = flat_cell()
    depth, rows = 2e-6, cell.anode.rows
    column = vacancies.graded_column(depth, 1e-15, 0.05)
    weights = cell.mechanics.jump.weights
    columns = vacancies.join_columns(column, weights[rows].sum(axis=1))
    coupling = replace(coupling, face=LithiumFace(0.0, columns, True))
    first = replace(first, vacancies=coupling.face.first(len(weights))[1])
    every = walked((cell, coupling, first), "Discharge at 0.3C for 25 s")
    # Stripped by i V/F = 0.404 nm/s. 1.968 nm have receded by 8000 even steps of the columns alone.
    receded = -float(every[-1].state.plated[rows].mean())
    assert receded == approx(1.96798e-9, rel=0.03)
    assert len(every) < 70


def test_fatigue_is_bounded_in_a_step():
    """Breaks when an interface may lose more of its strength in a step than the next one sees: half
    of the gain is the error."""
    cell, coupling, first = flat_cell(
        cathode={"fatigue_length": "1 um", "fatigue_endurance": 0.1, "fatigue_threshold": "0 um"}
    )
    worn = np.zeros_like(first.mechanical.interface.weakening)
    worn[cell.cathode.rows] = 0.3
    interface = first.mechanical.interface._replace(weakening=worn)
    end = replace(first, mechanical=replace(first.mechanical, interface=interface))
    errors = errors_of_step(coupling, first, end, {}, 1.0)
    assert errors["fatigue"] == approx(0.15)
    assert not any(error for name, error in errors.items() if name != "fatigue")


def test_work_is_bounded(film, tmp_path):
    """Breaks when a run may go on for ever: the steps of a step of the protocol and the time of the
    run have an end, with exit 3 and words; neither is a part of what a case is."""
    control = replace(RunOptions().control, maximum_steps=7)
    with pytest.raises(OutOfWork, match=r"cycle 1, step 1 .* 7 steps .* solver.maximum_steps"):
        walked(film, "Rest for 10 s", control=control)
    with pytest.raises(OutOfWork, match=r"step 1 of the protocol, 0 s: .* solver.maximum_time"):
        walked(film, "Rest for 10 s", control=replace(control, deadline=0.0))
    assert issubclass(OutOfWork, NoConvergence) and OutOfWork.exit_code == 3
    few = parse_case(tiny_case(solver__maximum_steps=2, solver__maximum_time="1 h"))
    assert case_hash(few) == case_hash(parse_case(tiny_case()))
    assert case_hash(parse_case(tiny_case(solver__rate_tolerance=0.02))) == case_hash(few)
    assert case_hash(parse_case(tiny_case(solver__rate_tolerance=0.01))) != case_hash(few)
    with pytest.raises(OutOfWork, match="2 steps were tried"):
        run(few, tmp_path)
    # What was computed is kept, and the same case goes on from there with more.
    with pytest.raises(OutOfWork, match="7 steps were tried"):
        run(parse_case(tiny_case(solver__maximum_steps=7)), tmp_path)
    assert (
        "solver.maximum_steps"
        in json.loads((tmp_path / "result.json").read_text())["stopped"]["why"]
    )
    assert "stopped" not in run(parse_case(tiny_case()), tmp_path, resume="last")


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"cycle__protocol": ["Rest for 1e300 s"]}, '"for 1e300 s" must be at most 1000 years'),
        (
            {"cycle__protocol": ["Rest for 1 h under 10 GPa"]},
            '"under 10 GPa" must be at most 5 GPa',
        ),
        ({"stack__pressure": "1e4 MPa"}, "stack.pressure.*given 10 GPa; must be at most 5 GPa"),
    ],
)
def test_what_no_cell_sees_is_refused(changes, named):
    """Breaks when a time or a pressure beyond physics is computed, for ever."""
    with pytest.raises(CaseError, match=named):
        parse_case(tiny_case(**changes))


def test_a_step_of_a_microsecond(film):
    """Breaks when rounding of the stoichiometry over a short step counts as an error of the
    current: steps at the begin of creep are as short."""
    _, coupling, first = film
    for dt in (1e-3, 1e-6, 1e-8):
        drive, conditions = Drive(current_density=-1.0), Conditions(PRESSURE)
        result = coupled_step(coupling, first, dt, drive, conditions)
        assert result.converged, result.reason
        assert result.chemical.charge == approx(-dt, rel=1e-9)
