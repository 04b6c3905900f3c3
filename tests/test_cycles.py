"""Ten cycles of a tiny cell, every one computed and with jumps over some, and the order in which
cycles are walked."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from chemomech.case import parse_case
from chemomech.case.protocol import parse_protocol
from chemomech.physics.interfaces.fatigue import CycleJump
from chemomech.runs.run import run
from chemomech.simulation import cycles
from chemomech.simulation.coupled import CoupledState
from chemomech.simulation.cycles import run_cycles
from chemomech.simulation.run_state import Conditions, RunState
from compare import approx
from small import HOLDS, tiny_case

# It holds, so that wear alone takes it; an interphase grows beside.
FACE = {
    **HOLDS,
    "fatigue_length": "20 nm",
    "interphase_parabolic_rate": "2e-11 m/s^0.5",
    "interphase_conductivity": "1e-6 S/m",
}


def ten(folder, jump):
    """(result, time series, cycles by number) of ten cycles."""
    protocol = [
        {"repeat": 10, "steps": ["Charge at 1C until 4.15 V", "Discharge at 1C until 3.7 V"]}
    ]
    table = tiny_case(cycle__protocol=protocol, cycle__jump=jump)
    table["interfaces"]["active|electrolyte"] = FACE
    result = run(parse_case(table), folder)
    return (
        result,
        pd.read_csv(folder / "timeseries.csv"),
        pd.read_csv(folder / "cycles.csv").set_index("cycle"),
    )


@pytest.fixture(scope="module")
def every(tmp_path_factory):
    return ten(tmp_path_factory.mktemp("every"), 0.0)


@pytest.fixture(scope="module")
def jumped(tmp_path_factory):
    return ten(tmp_path_factory.mktemp("jumped"), 0.05)


def test_balances_over_ten_cycles(every):
    """Breaks when lithium, charge, power or energy is lost little by little, or a cycle is left
    out."""
    result, series, table = every
    assert series["lithium_balance_error"].max() < 1e-10
    assert series["charge_balance_error"].max() < 1e-8
    assert series["power_balance_error"].max() < 1e-8
    assert result["summary"]["energy_balance_error"] < 0.01 and result["gates_failed"] == []
    assert table.index.tolist() == list(range(1, 11))
    assert (series.groupby("protocol_step")["step_ended"].last().iloc[1:] == "limit").all()
    assert series["protocol_step"].max() == 20 and np.all(np.diff(series["protocol_step"]) >= 0)


def test_wear_takes_contact_and_capacity_cycle_by_cycle(every):
    """Breaks when damage of one cycle does not reach the next one's currents."""
    _, _, table = every
    assert np.all(np.diff(table["contact_fraction_cathode"]) < 0)
    assert np.all(np.diff(table["mean_damage_cathode"]) > 0)
    assert np.all(np.diff(table["resistance_ohm_cm2"].iloc[1:]) > 0)
    assert np.all(np.diff(table["discharge_capacity_mAh_cm2"].iloc[1:]) < 0)
    health = table["discharge_capacity_mAh_cm2"] / table["discharge_capacity_mAh_cm2"][1]
    assert table["state_of_health"].to_numpy() == approx(health.to_numpy(), rel=1e-6)


def test_jumps_land_where_cycles_would(every, jumped):
    """Breaks when skipped cycles are lost, miscounted, or carry wear on at a wrong rate."""
    _, _, exact = every
    result, series, table = jumped
    skipped = result["solver"]["cycles_skipped"]
    assert skipped >= 4 and len(table) == 10 - skipped and table.index[-1] == 10
    assert result["gates_failed"] == []
    for name in ("contact_fraction_cathode", "mean_damage_cathode"):
        grown = exact[name][10] - exact[name][1]
        same = approx(exact[name][table.index].to_numpy(), abs=0.01 * abs(grown))
        assert table[name].to_numpy() == same, name
    assert (
        series["charge_balance_error"].max() < 1e-8
        and series["lithium_balance_error"].max() < 1e-10
    )


def test_time_and_interphase_go_on_through_a_jump(every, jumped):
    """Breaks when a jump stops the clock or the growth of interphases, or grows them twice."""
    (_, whole, exact), (result, series, table) = every, jumped
    assert table["time_h"].to_numpy() == approx(exact["time_h"][table.index].to_numpy(), rel=5e-3)
    # One film covers the cathode: its resistance follows the thickness at the ends of both runs.
    film = "film_resistance_cathode_ohm_cm2"
    end, other = whole[film].iloc[-1], series[film].iloc[-1]
    thickness = 2e-11 * np.sqrt(3600.0 * whole["time_h"].iloc[-1])
    # Per area of the cell; the one particle's face is about as large.
    by_hand = 1e4 * thickness / 1e-6
    assert other == approx(end, rel=2e-3)
    assert 0.5 < end / by_hand < 2
    assert result["cycle"]["time_h"] == approx(series["time_h"].iloc[-1])


def test_a_jump_keeps_the_energy_account(jumped):
    """Breaks when what skipped weakening frees is not counted as fatigue, or not taken from the
    interface."""
    result, series, table = jumped
    before = series[series["cycle"] == 3].iloc[-1]
    after = series[series["cycle"] == table.index[3]].iloc[0]
    assert after["cycle"] - before["cycle"] > 4
    freed = after["energy_fatigue_J_per_m"] - before["energy_fatigue_J_per_m"]
    assert freed > 0

    def residual(row):
        parts = {name: row[f"energy_{name}_J_per_m"] for name in result["energies_J_per_m"]}
        return parts.pop("external") + parts.pop("chemical") - sum(parts.values())

    assert abs(residual(after) - residual(before)) < 0.4 * freed


@pytest.fixture
def script(monkeypatch):
    """Stands in for walk_protocol and jumps: every cycle takes a second, a jump skips `skip` of
    them."""
    seen = SimpleNamespace(cycles=[], steps=[], ended=[], skip=0, jumps=[])

    def run_protocol(coupling, run_state, schedule, *rest):
        here = list(schedule)
        seen.cycles.append(here[0].cycle)
        seen.steps.append([scheduled.number for scheduled in here])
        return state_at(run_state, time=run_state.time + 1.0, number=here[-1].number)

    def cycle_jump(weakening, travelled, most, left, parameters):
        seen.jumps.append((seen.cycles[-1], left, weakening.ravel().tolist()))
        return CycleJump(min(seen.skip, left), 0.0, 0.0)

    monkeypatch.setattr(cycles, "run_protocol", run_protocol)
    monkeypatch.setattr(cycles, "cycle_jump", cycle_jump)
    return seen


def state_at(run_state, time, number=0):
    """RunState at a time, whose interface remembers nothing but that time."""
    interface = SimpleNamespace(weakening=np.array(time), travelled=np.array(time))
    state = SimpleNamespace(mechanical=SimpleNamespace(interface=interface))
    return RunState(state, time=time, number=number, done=run_state.done if run_state else -1)


SETTINGS = 1.0, Conditions(1e6, 300.0)
COUPLING = SimpleNamespace(mechanics=SimpleNamespace(facets=[], laws={}, rows={}))
TABLES = parse_protocol([
    "Rest for 1 s", {"repeat": 6, "steps": ["Rest for 1 s", "Rest for 1 s"]},
    "Rest for 2 s", {"repeat": 5, "steps": ["Rest for 1 s"]},
])  # fmt: skip


def test_cycles_in_their_order(script):
    """Breaks when a cycle is run twice, left out, or taken apart."""
    last = run_cycles(
        COUPLING,
        state_at(None, 0.0),
        TABLES,
        *SETTINGS,
        cycle_ended=lambda run_state: script.ended.append(run_state.done),
    )
    assert script.cycles == list(range(12)) and script.ended == list(range(12)) and last.done == 11
    assert (
        script.steps[:3] == [[1], [2, 3], [4, 5]]
        and script.steps[6] == [12, 13, 14]
        and script.steps[-1] == [19]
    )
    assert script.jumps == []


def test_going_on_from_a_cycles_end(script):
    """Breaks when a run that has done cycles starts over, or skips the next."""
    start = state_at(None, 0.0)
    start = RunState(start.state, number=7, done=3)
    run_cycles(COUPLING, start, TABLES, *SETTINGS)
    assert script.cycles == list(range(4, 12))


def test_jumps_only_inside_a_table_and_never_over_its_last_cycle(script):
    """Breaks when a jump leaves its table, skips the last cycle, or takes its rate from another
    table's ends."""
    run_cycles(COUPLING, state_at(None, 0.0), TABLES, *SETTINGS, jump=0.1)
    # Cycles 1 to 6 and 7 to 11: three ends of the same table, and more than one cycle left.
    assert [(cycle, left) for cycle, left, _ in script.jumps] == [(3, 2), (4, 1), (9, 1)]
    for cycle, _, ends in script.jumps:
        assert ends == [cycle - 1.0, cycle, cycle + 1.0]


class Squares:
    """Stands in for Films: an interphase whose square grows by the temperature times the time."""

    def __init__(self):
        self.grown_by = []

    def grow(self, film, dt, temperature):
        self.grown_by.append((temperature, dt))
        return np.sqrt(film**2 + temperature * dt)


def test_interphases_of_skipped_cycles_have_their_steps_temperatures():
    """Breaks when a jump grows interphases at one temperature although the steps of a cycle have
    their own, or not for as long as these hold."""
    spans, film = [(300.0, 10.0), (330.0, 5.0), (300.0, 2.0)], np.array([[1.0]])
    by_hand = np.sqrt(1.0 + 4 * (300.0 * 12.0 + 330.0 * 5.0))
    films = Squares()
    assert cycles.film_after(films, film, spans, 4) == approx(by_hand, rel=1e-12)
    assert films.grown_by == 4 * [(temperature, dt) for temperature, dt in spans]
    alike = Squares()
    cycles.film_after(alike, film, [(300.0, 17.0)], 4)
    assert alike.grown_by == [(300.0, 68.0)]
    assert cycles.film_after(None, film, spans, 4) is film


def test_a_jump_takes_pressure_and_temperature_of_the_cycle(monkeypatch):
    """Breaks when a jump goes back to the case's stack pressure and temperature although the
    steps set their own."""
    films, loads = Squares(), []

    def run_protocol(coupling, run_state, schedule, capacity, conditions, options, record):
        for step in schedule:
            here = conditions.of_step(step.step)
            run_state = replace(
                run_state, time=run_state.time + step.step.duration, conditions=here
            )
            record(run_state)
        return run_state

    def load_of(coupling, stoichiometry, plated, film, conditions, dt):
        loads.append((conditions, dt))

    monkeypatch.setattr(cycles, "run_protocol", run_protocol)
    monkeypatch.setattr(cycles, "load_of", load_of)
    monkeypatch.setattr(cycles, "cycle_jump", lambda *given: CycleJump(3, 0.0, 0.0))
    monkeypatch.setattr(
        cycles,
        "surroundings",
        lambda *given: (SimpleNamespace(film=given[-1], temperature=0.0), None),
    )
    interface = SimpleNamespace(weakening=np.zeros(1), travelled=np.zeros(1))
    mechanical = SimpleNamespace(interface=interface, stored=0.0)
    mechanics = SimpleNamespace(
        facets=[], laws={}, rows={}, weaken=lambda state, *given: mechanical
    )
    around = SimpleNamespace(film=np.array([[0.0]]), temperature=0.0)
    chemical = SimpleNamespace(stoichiometry=None)
    state = CoupledState(mechanical, chemical, around, None, None)
    protocol = parse_protocol([
        {"repeat": 7, "steps": ["Rest for 10 s at 30 degC", "Rest for 20 s under 5 MPa at 60 degC"]}
    ])  # fmt: skip
    coupling = SimpleNamespace(mechanics=mechanics, films=films)
    last = run_cycles(coupling, RunState(state), protocol, *SETTINGS, jump=0.1)
    assert last.done == 7 and last.skipped == 3 and last.time == approx(7 * 30.0)
    assert films.grown_by == 3 * [(approx(303.15), 10.0), (approx(333.15), 20.0)]
    ((conditions, dt),) = loads
    assert (conditions.stack_pressure, conditions.temperature) == (5e6, approx(333.15))
    assert dt == approx(90.0)
