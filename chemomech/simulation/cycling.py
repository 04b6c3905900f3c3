"""Many cycles: every one computed, or with jumps over those in which only fatigue goes on.

After three computed cycles the weakening of every interface point is carried on along a parabola for as many
cycles as let no point gain more than `jump` (`physics.fatigue.cycle_jump`); then cycles are computed again. The
last cycle is always computed. The energy account covers the computed cycles alone.

A walk may go on from any Progress of an earlier one. What it had computed since its last jump is not remembered:
with jumps, three cycles are computed anew, and the jumps may fall elsewhere.
"""

from dataclasses import replace

import numpy as np

from chemomech.physics.fatigue import FatigueParameters, cycle_jump
from chemomech.simulation.stepping import follow

BETWEEN = 3  # cycles computed before a jump: the parabola needs three


def cycle_through(mechanics, progress, load_at, count, options, record=lambda progress: None, jump=0.0):
    """Walk to the end of `count` cycles along load_at(time, dt), which repeats every two; returns the last Progress.

    progress: where to begin, at time 0 or on the way. jump: damage by fatigue that skipped cycles may add at a
    point, 0 skips none. Raises NoConvergence.
    """
    parameters, ends, done = _thresholds(mechanics), [], _whole_cycles(progress.time)
    while done < count:
        for end in (2.0 * done + 1.0, 2.0 * done + 2.0):
            if progress.time < end:
                # The sum of many steps ends beside `end`; left there, it would grow to a step of its own.
                progress = replace(follow(mechanics, progress, load_at, end, options, record), time=end)
        done += 1
        ends = [*ends, progress.state.interface][-BETWEEN:]
        if jump > 0.0 and len(ends) == BETWEEN and count - done > 1:
            skip = cycle_jump(
                np.stack([end.weakening for end in ends]), np.stack([end.travelled for end in ends]),
                jump, count - done - 1, parameters,
            )  # fmt: skip
            if skip.cycles > 0:
                progress, done, ends = _jumped(mechanics, progress, load_at, skip), done + skip.cycles, []
    return progress


def _whole_cycles(time):
    """Cycles that are over at a time [half cycles]."""
    return int((time + 1e-9) // 2.0)


def _thresholds(mechanics):
    """FatigueParameters of all interface points, of which a jump needs the threshold; (k, 1)."""
    threshold = np.zeros((len(mechanics.facets), 1))
    for name, law in mechanics.laws.items():
        if law.fatigue is not None:
            threshold[mechanics.rows[name]] = law.fatigue.threshold
    return FatigueParameters(1.0, 0.0, threshold)


def _jumped(mechanics, progress, load_at, skip):
    """Progress after skipped cycles: what weakening frees at this opening goes to fatigue."""
    time = progress.time + 2.0 * skip.cycles
    state = mechanics.weakened(progress.state, load_at(time, 1.0), skip.damage, skip.accumulated)
    energy = progress.energy
    freed = progress.state.stored - state.stored
    energy = replace(energy, interface=energy.interface - freed, fatigue=energy.fatigue + freed)
    return replace(progress, time=time, state=state, energy=energy, skipped=progress.skipped + skip.cycles)
