"""Fatigue of the cathode's interface in a small cell: contact lost over cycles, and jumps over most
of them."""

import importlib.util
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from chemomech.case import parse_case
from chemomech.runs.run import run
from compare import approx
from small import HOLDS, tiny_case

SCRIPT = Path(__file__).parents[1] / "docs" / "figures" / "fatigue.py"
specification = importlib.util.spec_from_file_location("fatigue_figure", SCRIPT)
figure = importlib.util.module_from_spec(specification)
specification.loader.exec_module(figure)

TOLERANCES = (0.1, 0.05, 0.02)


@pytest.fixture(scope="module")
def every():
    """30 cycles, every one computed."""
    return figure.history(30)


@pytest.fixture(scope="module")
def jumped():
    """The same with jumps: tolerance -> History."""
    return {jump: figure.history(30, jump) for jump in TOLERANCES}


@pytest.fixture(scope="module")
def long():
    """200 cycles with jumps."""
    return figure.history(200, 0.05)


def errors(outcome, reference, name):
    """Difference of every computed cycle but the first over what the reference lost since the
    first, (n - 1,)."""
    values, exact = getattr(outcome, name), getattr(reference, name)
    off, grown = values - exact[outcome.cycle - 1], exact[outcome.cycle - 1] - exact[0]
    return np.abs(off[1:] / grown[1:])


@pytest.mark.slow
def test_jumps_agree_with_cycle_by_cycle(every, jumped):
    """Breaks when a skipped cycle is lost, miscounted or carried on at a wrong rate: 2 % of what
    fatigue opens."""
    assert list(every.cycle) == list(range(1, 31)) and every.result["solver"]["cycles_skipped"] == 0
    assert every.lost[-1] - every.lost[0] > 0.03
    for jump, allowed, most in ((0.05, 0.02, 8), (0.02, 0.012, 15)):
        outcome = jumped[jump]
        assert outcome.cycle[-1] == 30 and len(outcome.cycle) <= most
        assert outcome.result["solver"]["cycles_skipped"] == 30 - len(outcome.cycle)
        for name in ("lost", "damage"):
            assert errors(outcome, every, name).max() < allowed
        assert outcome.result["gates_failed"] == []


@pytest.mark.slow
def test_jumps_agree_on_every_particle(every, jumped):
    """Breaks when jumps move damage from one particle to another while the mean stays right."""
    name = "contact_fraction_by_particle_charged"
    exact = every.result[name]
    assert len(exact) == 3 and max(exact.values()) - min(exact.values()) > 0.05
    for particle, fraction in jumped[0.05].result[name].items():
        assert fraction == approx(exact[particle], abs=1e-3)


@pytest.mark.slow
def test_a_smaller_tolerance_is_more_exact_and_computes_more(every, jumped):
    """Breaks when the tolerance does not bound the jumps, or the error does not follow it."""
    worst = [errors(jumped[jump], every, "lost")[-1] for jump in TOLERANCES]
    computed = [len(jumped[jump].cycle) for jump in TOLERANCES]
    assert worst[0] > 1.5 * worst[1] > 1.5**2 * worst[2] > 0
    assert worst[0] > 4 * worst[2]
    assert computed == sorted(set(computed)) and computed[0] < computed[-1] < 30


@pytest.mark.slow
def test_two_hundred_cycles_lose_contact_steadily(every, long):
    """Breaks when a long run with jumps stops, heals, computes most of its cycles or leaves its
    short version."""
    assert long.cycle[-1] == 200
    assert len(long.cycle) + long.result["solver"]["cycles_skipped"] == 200
    assert 20 <= len(long.cycle) <= 60
    assert np.all(np.diff(long.lost) > 0) and np.all(np.diff(long.damage) > 0)
    # The first cycles after a jump settle; every third of three computed in a row has done so.
    settled = np.isin(long.cycle - 2, long.cycle)
    rates = np.diff(long.lost[settled]) / np.diff(long.cycle[settled])
    assert len(rates) > 8 and rates == approx(np.median(rates), rel=0.05)
    assert long.lost[-1] > 3 * long.lost[0]
    both = long.cycle[long.cycle <= 30]
    assert long.lost[: len(both)] == approx(
        every.lost[both - 1], abs=0.02 * (every.lost[-1] - every.lost[0])
    )


@pytest.mark.slow
def test_without_fatigue_contact_is_lost_in_the_first_cycle_only(every):
    """Breaks when something else than fatigue opens the interface over cycles, or an endurance of 1
    lets it."""
    none, high = (
        figure.history(8, fatigue={}),
        figure.history(8, fatigue=figure.FATIGUE | {"fatigue_endurance": 1.0}),
    )
    for outcome in (none, high):
        assert outcome.lost[0] == approx(every.lost[0], rel=0.1)
        assert outcome.lost[1] - outcome.lost[0] < 0.02 * outcome.lost[0]
        assert np.ptp(outcome.lost[2:]) < 1e-4
    assert high.lost == approx(none.lost, rel=1e-9)
    assert every.lost[7] - every.lost[2] > 0.006


STEPS = ["Charge at 1C until 4.15 V", "Discharge at 1C until 3.7 V"]
# Strong, so that all its damage is wear.
STRONG = {**HOLDS, "fatigue_length": "50 nm"}


def outcome(folder, count, jump=0.0, resume=None, **changes):
    """(result, cycles by number) of a tiny cell that wears."""
    protocol = [{"repeat": count, "steps": STEPS}]
    table = tiny_case(
        cycle__protocol=protocol, cycle__jump=jump, output__checkpoints="all", **changes
    )
    table["interfaces"]["active|electrolyte"] = STRONG
    result = run(parse_case(table), folder, resume=resume)
    return result, pd.read_csv(folder / "cycles.csv").set_index("cycle")


def travelled(folder, cycle):
    """Way that the interfaces' faces have gone at the end of a cycle, summed over their points
    [m]."""
    with np.load(folder / "checkpoints" / f"cycle_{cycle:05d}.npz") as file:
        return float(file["run_state.state.mechanical.interface.travelled"].sum())


@pytest.fixture(scope="module")
def nine(tmp_path_factory):
    """(folder, result, cycles) of nine cycles with jumps."""
    folder = tmp_path_factory.mktemp("nine")
    return folder, *outcome(folder, 9, 0.05)


def test_the_way_goes_on_through_a_jump(nine):
    """Breaks when a jump leaves out the way that skipped cycles would have gone, or counts it
    twice."""
    folder, result, table = nine
    assert result["solver"]["cycles_skipped"] >= 4 and table.index[-1] == 9
    per_cycle = travelled(folder, 2) - travelled(folder, 1)
    assert per_cycle > 0
    assert travelled(folder, 9) == approx(travelled(folder, 2) + 7 * per_cycle, rel=0.05)


@pytest.mark.parametrize("last", [2, None])
def test_a_run_with_jumps_goes_on_from_where_it_stopped(nine, tmp_path, last):
    """Breaks when a restart takes one state for three cycles' ends and jumps at once, or forgets
    cycles skipped."""
    folder, _result, table = nine
    after = (
        table.index[3] - 1
    )  # what the checkpoint after the first jump is called: the last cycle skipped
    assert (folder / "checkpoints" / f"cycle_{after:05d}.npz").exists() and after > 6
    again = shutil.copytree(folder, tmp_path / "run")
    other, resumed = outcome(again, 9, 0.05, last or int(after))
    assert resumed.index[-1] == 9
    assert len(resumed) + other["solver"]["cycles_skipped"] == 9
    assert set(range(1, (last or 3) + 1)) <= set(resumed.index)
    grown = table["mean_damage_cathode"][9] - table["mean_damage_cathode"][3]
    assert resumed["mean_damage_cathode"][9] == approx(
        table["mean_damage_cathode"][9], abs=0.02 * grown
    )
    assert resumed["time_h"][9] == approx(table["time_h"][9], rel=5e-3)


def test_the_rate_does_not_hang_on_the_step(nine, tmp_path):
    """Breaks when a long step wears by the traction at its end, so that the cut of a half cycle
    sets the rate."""
    _, fine = outcome(tmp_path, 2, solver__steps_per_half_cycle=20)
    grown = [
        table["mean_damage_cathode"][2] - table["mean_damage_cathode"][1]
        for table in (nine[2], fine)
    ]
    assert grown[0] > 1e-3
    assert grown[0] == approx(grown[1], rel=0.01)
