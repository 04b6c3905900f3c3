"""Fatigue of the cathode's interface in a small cell: contact lost over cycles, and jumps over most of them."""

import importlib.util
import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from chemomech.electrodes import check_case
from chemomech.geometry import build_microstructure
from chemomech.models.cell import build_cell
from chemomech.models.mechanics import Load
from chemomech.simulation.cycle import load_path, plan_cycle
from chemomech.simulation.cycling import cycle_through
from chemomech.simulation.stepping import Progress, SteppingOptions, follow

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


def errors(run, reference, name):
    """Difference of every computed cycle but the first over what the reference lost since the first, (n - 1,)."""
    values, exact = getattr(run, name), getattr(reference, name)
    off, grown = values - exact[run.cycle - 1], exact[run.cycle - 1] - exact[0]
    return np.abs(off[1:] / grown[1:])


@pytest.mark.slow
def test_jumps_agree_with_cycle_by_cycle(every, jumped):
    """Breaks when a skipped cycle is lost, miscounted or carried on at a wrong rate: 2 % of what fatigue opens."""
    assert list(every.cycle) == list(range(1, 31)) and every.result["solver"]["cycles_skipped"] == 0
    assert every.lost[-1] - every.lost[0] > 0.05
    for jump, allowed, most in ((0.05, 0.02, 8), (0.02, 0.01, 15)):
        run = jumped[jump]
        assert run.cycle[-1] == 30 and len(run.cycle) <= most
        assert run.result["solver"]["cycles_skipped"] == 30 - len(run.cycle)
        for name in ("lost", "damage"):
            assert errors(run, every, name).max() < allowed
        assert run.result["gates_failed"] == []


@pytest.mark.slow
def test_jumps_agree_on_every_particle(every, jumped):
    """Breaks when jumps move damage from one particle to another while the mean stays right."""
    name = "contact_fraction_by_particle_charged"
    exact = every.result[name]
    assert len(exact) == 3 and max(exact.values()) - min(exact.values()) > 0.1
    for particle, fraction in jumped[0.05].result[name].items():
        assert fraction == pytest.approx(exact[particle], abs=1e-3)


@pytest.mark.slow
def test_a_smaller_tolerance_is_more_exact_and_computes_more(every, jumped):
    """Breaks when the tolerance does not bound the jumps, or the error does not follow it."""
    worst = [errors(jumped[jump], every, "lost").max() for jump in TOLERANCES]
    computed = [len(jumped[jump].cycle) for jump in TOLERANCES]
    assert worst[0] > 1.5 * worst[1] > 1.5**2 * worst[2] > 0
    assert worst[0] > 4 * worst[2]
    assert computed == sorted(set(computed)) and computed[0] < computed[-1] < 30


@pytest.mark.slow
def test_two_hundred_cycles_lose_contact_steadily(every, long):
    """Breaks when a long run with jumps stops, heals, computes most of its cycles or leaves its short version."""
    assert long.cycle[-1] == 200
    assert len(long.cycle) + long.result["solver"]["cycles_skipped"] == 200
    assert 20 <= len(long.cycle) <= 60
    assert np.all(np.diff(long.lost) > 0) and np.all(np.diff(long.damage) > 0)
    rates = np.diff(long.lost) / np.diff(long.cycle)
    assert rates[2:] == pytest.approx(np.median(rates), rel=0.1)
    assert long.lost[-1] > 3 * long.lost[0]
    both = long.cycle[long.cycle <= 30]
    assert long.lost[: len(both)] == pytest.approx(every.lost[both - 1], abs=0.02 * (every.lost[-1] - every.lost[0]))


@pytest.mark.slow
def test_without_fatigue_contact_is_lost_in_the_first_cycle_only(every):
    """Breaks when something else than fatigue opens the interface over cycles, or an endurance of 1 lets it."""
    none, high = figure.history(8, fatigue={}), figure.history(8, fatigue=figure.FATIGUE | {"fatigue_endurance": 1.0})
    for run in (none, high):
        assert run.lost[0] == pytest.approx(every.lost[0], rel=0.02)
        assert run.lost[1] - run.lost[0] < 0.02 * run.lost[0]
        assert np.ptp(run.lost[2:]) < 1e-4
    assert high.lost == pytest.approx(none.lost, rel=1e-9)
    assert every.lost[7] - every.lost[2] > 0.009


class Interrupted(Exception):
    """The run is stopped here."""


class Walk:
    """Cycles of the small cell without its electrochemistry, which can be stopped and taken up again."""

    def __init__(self, microstructure, steps=5):
        self.case = figure.cell_case(1, steps=steps)
        cell = build_cell(self.case, check_case(self.case), microstructure)
        self.mechanics, self.rows = cell.mechanics, cell.cathode.rows
        self.load_at = load_path(self.case, cell, plan_cycle(self.case, cell))
        self.options = SteppingOptions(first=1.0 / steps, largest=1.0 / steps)
        first, pressure = Progress(0.0, self.mechanics.initial_state()), self.case.stack.pressure
        loaded = follow(self.mechanics, first, lambda t, dt: Load(pressure * t), 1.0, self.options)
        self.start = replace(loaded, time=0.0)

    def go(self, progress, count, jump=0.0, record=lambda progress: None):
        """The last Progress after a number of cycles."""
        return cycle_through(self.mechanics, progress, self.load_at, count, self.options, record, jump)

    def until(self, time, count, jump=0.0):
        """Progress as it was saved when a run from the start was stopped, at a time [half cycles]."""
        saved = []

        def record(progress):
            saved[:] = [pickle.dumps(progress)]
            if progress.time > time - 1e-9:
                raise Interrupted

        with pytest.raises(Interrupted):
            self.go(self.start, count, jump, record)
        return pickle.loads(saved[0])

    def damage(self, progress):
        """Of the cathode's interface, (k, q)."""
        return progress.state.damage[self.rows]


@pytest.fixture(scope="module")
def microstructure(tmp_path_factory):
    return build_microstructure(figure.cell_case(1).geometry, tmp_path_factory.mktemp("mesh"))


@pytest.fixture(scope="module")
def walk(microstructure):
    return Walk(microstructure)


@pytest.fixture(scope="module")
def later(microstructure):
    """The same cell built again, for going on."""
    return Walk(microstructure)


@pytest.fixture(scope="module")
def three(walk):
    """Three cycles in one go."""
    return walk.go(walk.start, 3)


@pytest.mark.parametrize("time", [2.0, 2.6, 3.4])
def test_a_run_goes_on_from_where_it_stopped(walk, later, three, time):
    """Breaks when a state forgets something, or cycles done are walked again or counted twice."""
    stopped = walk.until(time, 3)
    assert stopped.time == pytest.approx(time)
    resumed = later.go(stopped, 3)
    assert resumed.time == three.time == 6.0 and resumed.steps == three.steps
    assert resumed.state.damage == pytest.approx(three.state.damage, abs=1e-7)
    assert resumed.energy.fatigue == pytest.approx(three.energy.fatigue, rel=1e-5)
    assert three.energy.fatigue > 0


@pytest.fixture(scope="module")
def nine(walk):
    """Nine cycles with jumps: the last Progress, and every one."""
    steps = []
    return walk.go(walk.start, 9, 0.03, steps.append), steps


def test_a_run_with_jumps_goes_on_from_where_it_stopped(walk, later, three, nine):
    """Breaks when a restart takes one state for three cycles' ends and jumps at once, or a jump leaves the way out."""
    whole, _ = nine
    assert whole.skipped >= 4
    way, in_three = (each.state.interface.travelled[walk.rows].mean() for each in (whole, three))
    assert way == pytest.approx(3 * in_three, rel=0.05)
    grown = (walk.damage(whole) - walk.damage(three)).mean()
    for time, same in ((3.0, 0.02), (6.4 + 2.0 * whole.skipped, 1e-5)):
        stopped = walk.until(time, 9, 0.03)
        resumed = later.go(stopped, 9, 0.03)
        assert resumed.time == whole.time == 18.0
        assert np.abs(walk.damage(resumed) - walk.damage(whole)).mean() < same * grown


def test_a_jump_keeps_the_energy_account(nine):
    """Breaks when what skipped weakening frees is not counted as fatigue, or not taken from the interface."""
    last, steps = nine
    before, after = next(pair for pair in zip(steps[:-1], steps[1:], strict=True) if pair[1].skipped > pair[0].skipped)
    freed = after.energy.fatigue - before.energy.fatigue
    assert freed > 0
    assert abs(after.energy.residual - before.energy.residual) < 0.4 * freed
    assert last.energy.interface == pytest.approx(last.state.stored, rel=1e-9)


def test_the_rate_does_not_hang_on_the_step(microstructure, walk):
    """Breaks when a long step wears by the traction at its end, so that the cut of a half cycle sets the rate."""
    grown = []
    for each in (walk, Walk(microstructure, 20)):
        first = each.go(each.start, 1)
        second = each.go(first, 2)
        grown.append(float((second.state.interface.weakening - first.state.interface.weakening)[each.rows].mean()))
    assert grown[0] > 1e-3
    assert grown[0] == pytest.approx(grown[1], rel=0.01)
