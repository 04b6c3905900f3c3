"""Adaptive stepping with a stand-in for the step: where it goes, when it cuts and what it
reports."""

from types import SimpleNamespace

import numpy as np
import pytest

from chemomech.simulation import stepping
from chemomech.simulation.energy import EnergyAccount
from chemomech.simulation.errors import NoConvergence
from chemomech.simulation.newton import StepResult
from chemomech.simulation.run_state import RunState
from chemomech.simulation.step_control import StepControl
from chemomech.simulation.stepping import follow
from compare import approx

OPTIONS = StepControl(first=0.1, largest=0.1, smallest=1e-3)


class Script:
    """Stands in for `step`: works when `works(state, load)`; the state is the time it stands
    for."""

    def __init__(
        self,
        works,
        energy=lambda length: EnergyAccount(external=length, elastic=length),
        iterations=3,
    ):
        self.works, self.energy, self.iterations, self.calls = works, energy, iterations, []

    def __call__(self, mechanics, state, load, options, guess=None):
        self.calls.append((state.displacement[0], load, guess))
        length = load - state.displacement[0]
        if not self.works(state.displacement[0], load):
            return StepResult(False, "said no", None, EnergyAccount(), 7)
        reached = SimpleNamespace(displacement=np.array([load]))
        return StepResult(True, "", reached, self.energy(length), self.iterations)


def run_state(monkeypatch, script, options=OPTIONS, end=1.0):
    monkeypatch.setattr(stepping, "step", script)
    recorded = []
    start = RunState(SimpleNamespace(displacement=np.zeros(1)))
    last = follow(None, start, lambda time, dt: time, end, options, recorded.append)
    return last, recorded


def test_it_arrives_exactly_and_records_every_accepted_step(monkeypatch):
    """Breaks when the end is overshot, missed, or a step is not recorded once."""
    script = Script(lambda start, end: True)
    last, recorded = run_state(monkeypatch, script, end=0.95)
    assert last.time == approx(0.95, abs=1e-12)
    times = [progress.time for progress in recorded]
    assert times == sorted(times) and times[-1] == last.time
    assert len(recorded) == last.steps == len(script.calls) == 10
    assert last.energy.external == approx(0.95) and last.iterations == 30 and last.cuts == 0
    assert np.diff([0.0, *times]).max() <= OPTIONS.largest + 1e-12


def test_failed_steps_are_quartered_from_the_same_state(monkeypatch):
    """Breaks when a failed step changes the state, is recorded, or its iterations are not
    counted."""
    script = Script(lambda start, end: not (0.3 - 1e-9 < start < 0.4 and end - start > 0.03))
    last, recorded = run_state(monkeypatch, script)
    assert last.time == approx(1.0) and last.cuts > 0
    assert last.iterations == 3 * last.steps + 7 * last.cuts
    starts = [call[0] for call in script.calls]
    assert starts[3] == starts[4] == approx(0.3)
    assert script.calls[4][1] - script.calls[4][0] == approx(0.025)
    assert [p.state.displacement[0] for p in recorded] == approx([p.time for p in recorded])


def test_the_first_guess_after_a_step_continues_its_motion(monkeypatch):
    """Breaks when the extrapolated guess goes too far, or a guess survives a cut."""
    script = Script(lambda start, end: not (0.3 - 1e-9 < start < 0.4 and end - start > 0.06))
    run_state(monkeypatch, script)
    assert script.calls[0][2] is None
    assert script.calls[1][2] == approx([0.2])
    assert script.calls[4][2] is None


def test_it_stops_below_the_smallest_step(monkeypatch):
    """Breaks when a run that cannot go on loops for ever or hides the reason."""
    script = Script(lambda start, end: end < 0.5)
    with pytest.raises(NoConvergence, match=r"at 0.49.* of the path.*said no") as caught:
        run_state(monkeypatch, script)
    assert caught.value.exit_code == 3


def test_steps_with_a_large_energy_error_are_cut(monkeypatch):
    """Breaks when an inaccurate step is accepted: the error here falls with the square of the
    length."""
    coarse = Script(
        lambda start, end: True, lambda h: EnergyAccount(external=h + 0.5 * h**2, fracture=h)
    )
    last, recorded = run_state(monkeypatch, coarse)
    assert last.cuts > 0
    lengths = np.diff([0.0, *(p.time for p in recorded)])
    assert lengths.max() < 0.1
    fine = Script(
        lambda start, end: True, lambda h: EnergyAccount(external=h + 1e-6 * h**2, fracture=h)
    )
    assert run_state(monkeypatch, fine)[0].cuts == 0


def test_balance_errors_are_measured_against_what_was_dissipated():
    """Breaks when stored energy hides the error of the dissipation, or round-off of an elastic run
    counts in full."""
    progress = RunState(
        None, energy=EnergyAccount(external=10.0, elastic=6.0, fracture=3.0), energy_scale=12.0
    )
    assert progress.energy_error == approx(1.0 / (3.0 + 0.02 * 12.0))
    elastic = RunState(None, energy=EnergyAccount(external=1.01, elastic=1.0), energy_scale=1.0)
    assert elastic.energy_error == approx(0.5)
    assert RunState(None).energy_error == 0.0
