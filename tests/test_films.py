"""Interphases as a state of the coupled cell: thickness, resistance and opening against closed
forms.

See `flat.py` for the cell of layers.
"""

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from chemomech.case.protocol import parse_protocol
from chemomech.materials import MaterialError, load_material
from chemomech.models.chemical_parts import Surroundings
from chemomech.physics.electrochemistry.equilibrium import nmc811_chen2020
from chemomech.physics.interfaces import interphase
from chemomech.setup.interface_terms import film_of
from chemomech.simulation.films import Films, film_resistance, films_of
from chemomech.simulation.protocol_steps import RunOptions, run_protocol
from chemomech.simulation.run_state import Conditions, RunState
from compare import approx
from flat import (
    PRESSED_LITHIUM,
    PRESSURE,
    activated,
    flat_cell,
    kinetic_loss,
    stepped,
    surface_filling,
)

WARM, BARRIER, HOUR = 333.15, 40e3, 3600.0
PARABOLIC, LINEAR = 2e-10, 1e-13  # m/s^0.5, m/s
CATHODE = {
    "interphase_parabolic_rate": f"{PARABOLIC} m/s^0.5",
    "interphase_activation_energy": f"{BARRIER} J/mol",
    "interphase_conductivity": "1e-6 S/m",
    "interphase_volume_change": 0.25,
    "film_activation_energy": "50 kJ/mol",
    "film_resistance": "1e-3 ohm*m^2",
}
ANODE = {
    "interphase_linear_rate": f"{LINEAR} m/s",
    "interphase_conductivity": "1e-5 S/m",
    "interphase_volume_change": -0.2,
    "film_resistance": "0 ohm*m^2",
}


@pytest.fixture(scope="module")
def flat():
    """Cell with a passivating interphase at the cathode and a mixed-conducting one at the
    lithium."""
    return flat_cell(cathode=CATHODE, anode=ANODE)


def walked(coupling, run_state, sentences, skip=0):
    """RunStates of a protocol under PRESSURE."""
    every = [run_state]
    schedule = list(parse_protocol(sentences))[skip:]
    at_once = RunOptions(ramp=0.0)
    run_protocol(coupling, run_state, schedule, 1.0, Conditions(PRESSURE), at_once, every.append)
    return every


def thicknesses(cell, state):
    """(cathode's, anode's) thickness [m]."""
    film = state.around.film
    assert film.shape == (len(cell.mechanics.facets), 1)
    return float(film[cell.cathode.rows].item()), float(film[cell.anode.rows].item())


def test_thickness_when_the_temperature_changes_on_the_way(flat):
    """Breaks when a film forgets what has grown, grows at another temperature than the step's, or
    its rates mix up."""
    cell, coupling, first = flat
    assert thicknesses(cell, first) == (0.0, 0.0)
    sentences = ["Rest for 6 minutes", "Rest for 9 minutes at 60 degC", "Rest for 3 minutes"]
    run_states = walked(coupling, RunState(first), sentences)
    assert len(run_states) > 6
    factor = activated(BARRIER, WARM)
    for number, minutes, warm in ((1, 6, 0), (2, 6, 9), (3, 9, 9)):
        state = [run_state for run_state in run_states[1:] if run_state.number == number][-1].state
        passivating, mixed = thicknesses(cell, state)
        assert passivating == approx(
            PARABOLIC * np.sqrt(60 * (minutes + factor**2 * warm)), rel=1e-12
        )
        assert mixed == approx(LINEAR * 60 * (minutes + warm), rel=1e-12)


def test_a_passivating_film_slows_down_and_a_mixed_conducting_one_does_not(flat):
    """Breaks when the growth of one is taken for that of the other, or starts anew in every
    step."""
    cell, coupling, state = flat
    grown = [thicknesses(cell, state)]
    for _ in range(4):
        state = stepped(coupling, state, HOUR)
        grown.append(thicknesses(cell, state))
    passivating, mixed = np.diff(np.array(grown), axis=0).T
    assert passivating / passivating[0] == approx(np.diff(np.sqrt(np.arange(5))), rel=1e-12)
    assert mixed == approx(mixed[0], rel=1e-12)


def test_interphases_enter_the_voltage(flat):
    """Breaks when a resistance misses the voltage, counts at the wrong electrode, or ignores the
    temperature."""
    _cell, coupling, first = flat
    state = stepped(coupling, first, 100 * HOUR)
    passivating, mixed = PARABOLIC * np.sqrt(100 * HOUR), LINEAR * 100 * HOUR
    assert passivating / 1e-6 > 0.1
    touching, current = PRESSURE / 43e6, 0.1
    at_lithium = load_material("lithium|Li6PS5Cl").exchange_current_density
    for temperature in (298.15, WARM):
        # So short that nothing grows.
        end = stepped(coupling, state, 1e-2, current, temperature)
        x = surface_filling(coupling, end)
        face = load_material("NMC811|Li6PS5Cl")
        exchange = (
            2
            * np.sqrt(x * (1 - x))
            * activated(face.exchange_current_activation_energy, temperature)
        )
        sulfide = load_material("Li6PS5Cl")
        ions = activated(sulfide.ionic_activation_energy, temperature) * 298.15 / temperature
        ions *= sulfide.ionic_conductivity
        loss = (
            kinetic_loss(current, exchange, temperature)
            + kinetic_loss(current / touching, at_lithium, temperature)
            + current * 3e-6 / ions
            + current * (1e-3 + passivating / 1e-6) / activated(50e3, temperature)
            + current / touching * mixed / 1e-5
        )
        rest = float(nmc811_chen2020(np.array(x)).value) + PRESSED_LITHIUM
        assert end.chemical.voltage == approx(rest - loss, rel=0, abs=2e-5 * loss)


def test_opening_by_the_change_of_volume(flat):
    """Breaks when the opening does not reach mechanics, has the wrong sign, or belongs to another
    interface."""
    cell, coupling, first = flat
    end = stepped(coupling, first, 4 * HOUR)
    passivating, mixed = PARABOLIC * np.sqrt(4 * HOUR), LINEAR * 4 * HOUR
    cathode, anode = passivating * 0.25 / 1.25, -mixed * 0.2 / 0.8
    grown = coupling.films.opening(end.around.film)
    assert grown[cell.cathode.rows] == approx(cathode, rel=1e-12)
    assert grown[cell.anode.rows] == approx(anode, rel=1e-12)
    # At rest lithium plates what passes by rounding: 2e-16 V for 4 h over 4 ohm cm2, 1e-18 m.
    assert np.abs(end.plated).max() < 1e-18
    assert end.mechanical.imposed_opening == approx(grown, rel=0, abs=1e-18)
    assert end.mechanical.position - first.mechanical.position == approx(cathode + anode, rel=1e-5)
    assert end.mechanical.traction[..., 0] == approx(-PRESSURE, rel=1e-6)


def test_a_saved_run_keeps_its_films(flat):
    """Breaks when a film is not part of what a RunState holds."""
    _, coupling, first = flat
    sentences = ["Rest for 3 minutes at 60 degC", "Rest for 2 minutes"]
    whole = walked(coupling, RunState(first), sentences)
    saved = pickle.dumps([run_state for run_state in whole if run_state.number == 1][-1])
    again = walked(coupling, pickle.loads(saved), sentences, skip=1)
    assert np.array_equal(again[-1].state.around.film, whole[-1].state.around.film)


def test_films_of_interfaces():
    """Breaks when an interface gets another's growth, or facets of one without an interphase
    grow."""
    given = {
        "a|b": CATHODE,
        "c|d": {},
        "e|f": {**ANODE, "interphase_activation_energy": "30 kJ/mol"},
    }
    faces = {
        name: load_material({"base": "NMC811|Li6PS5Cl", **each}) for name, each in given.items()
    }
    films = films_of(faces, {"a|b": slice(3, 5), "c|d": slice(0, 3), "e|f": slice(5, 6)}, 7)
    passivating, mixed = (
        10 * PARABOLIC * activated(BARRIER, WARM),
        100 * LINEAR * activated(30e3, WARM),
    )
    grown = films.grow(None, 100.0, WARM)
    assert grown == approx(
        np.array([0, 0, 0, passivating, passivating, mixed, 0])[:, None], rel=1e-12
    )
    share = np.array([0, 0, 0, 0.2, 0.2, -0.25, 0])[:, None]
    assert films.opening(grown) == approx(share * grown, rel=1e-12)
    assert films.grow(grown, 0.0, WARM) == approx(grown)


def test_resistance_of_an_interphase_and_a_film():
    """Breaks when the parts are not in series, or the energy acts the wrong way round."""
    film = film_of(load_material({"base": "NMC811|Li6PS5Cl", **CATHODE}))
    thickness = np.array([[0.0], [1e-8]])
    assert film_resistance(film, thickness, 298.15) == approx(1e-3 + thickness / 1e-6)
    assert film_resistance(film, thickness, WARM) == approx(
        (1e-3 + thickness / 1e-6) / activated(50e3, WARM)
    )
    bare = film_of(load_material("NMC811|Li6PS5Cl"))
    assert film_resistance(bare, 1e-8, WARM) == 0.0


def test_without_a_field_the_film_is_none_at_all(flat):
    """Breaks when Surroundings without a film make a law fail or invent a thickness."""
    _cell, coupling, _first = flat
    law, shape = coupling.chemistry.junctions["lithium|separator"].law, (1, 3)
    currents = [
        law(np.full(shape, 0.01), None, None, np.ones(shape), Surroundings(None, None, film=film))[
            0
        ]
        for film in (None, np.zeros((2, 1)))
    ]
    assert np.array_equal(*currents) and np.all(currents[0] > 0)


def test_an_interphase_of_an_electrode_needs_its_conductivity():
    """Breaks when a film grows that has no resistance, or the message does not say what is
    missing."""
    for key, value in (
        ("interphase_parabolic_rate", "1e-12 m/s^0.5"),
        ("interphase_linear_rate", "1e-15 m/s"),
    ):
        with pytest.raises(MaterialError, match=f"{key}: .* needs interphase_conductivity in S/m"):
            flat_cell(cathode={key: value})


TIMES = st.lists(st.floats(0.1, 1e6), min_size=1, max_size=8)
RATES = st.one_of(st.just(0.0), st.floats(-14, -9).map(lambda power: 10.0**power))


@given(st.one_of(st.just(0.0), st.floats(1e-12, 1e-6)), TIMES, RATES, RATES)
def test_both_ways_of_growth_do_not_depend_on_the_step(start, steps, parabolic, linear):
    """Breaks when the sum of both depends on how time is cut, or leaves what each and both in a row
    would give."""
    linear = 1e-3 * linear
    thickness = start
    for dt in steps:
        thickness = interphase.interphase_thickness(thickness, dt, parabolic, linear)
    time = sum(steps)
    once = interphase.interphase_thickness(start, time, parabolic, linear)
    assert thickness == approx(once, rel=1e-12)
    alone = (
        interphase.passivating_thickness(start, time, parabolic),
        interphase.mixed_conducting_thickness(start, time, linear),
    )
    assert max(alone) * (1 - 1e-12) <= once <= (alone[0] + linear * time) * (1 + 1e-12)


@pytest.mark.parametrize("start", [0.0, 1e-9, 1e-7])
@pytest.mark.parametrize("linear", [1e-20, 1e-16, 1e-14, 1e-12])
def test_both_ways_of_growth_obey_the_sum_of_their_rates(start, linear):
    """Breaks when dL/dt is not k_p^2/(2 L) + k_m."""
    parabolic, time = 1e-11, 1e5
    known = start or interphase.interphase_thickness(0.0, 1.0, parabolic, linear)
    lasts = time - (0.0 if start else 1.0)

    def rate(t, length):
        return parabolic**2 / (2 * length) + linear

    solved = solve_ivp(rate, (0.0, lasts), [known], method="DOP853", rtol=1e-12, atol=1e-24)
    assert interphase.interphase_thickness(start, time, parabolic, linear) == approx(
        solved.y[0, -1], rel=1e-9
    )
    soon = interphase.interphase_thickness(0.0, 1e-6, parabolic, linear)
    assert soon == approx(1e-14 + 2 / 3 * 1e-6 * linear, rel=1e-8)


def test_a_film_that_does_not_grow():
    """Breaks when no time or no rate gives growth, or numbers stop being numbers at the ends of
    their range."""
    films = Films(*(np.array([[0.0], [rate]]) for rate in (1e-11, 1e-14, 0.0, 0.0)))
    old = np.array([[1e-9], [1e-9]])
    assert np.array_equal(films.grow(old, 0.0, WARM), old)
    assert films.grow(old, 1e5, WARM)[0] == 1e-9 < films.grow(old, 1e5, WARM)[1]
    assert np.all(films.initial() == 0.0) and np.all(films.opening(old) == 0.0)
    rates = (1e-200, 1e-200), (1e-160, 1e-300), (1e-11, 1e-310), (1e3, 1e-320), (1e-150, 1.0)
    extreme = [(start, *each) for start in (0.0, 1e-9) for each in rates]
    for start, parabolic, linear in extreme:
        grown = interphase.interphase_thickness(start, 1.0, parabolic, linear)
        assert np.isfinite(grown) and grown >= max(start, linear)
