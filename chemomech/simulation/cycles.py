"""A whole protocol, cycle by cycle, with jumps over cycles in which only fatigue and films go on.

After three computed cycles of one repeated table the weakening of every interface point is carried
on along a parabola for as many cycles as let no point gain more than `jump`
(`physics.interfaces.fatigue.cycle_jump`). Interphases grow on by their own law as they would in
these cycles: cycle after cycle, at each of the last computed cycle's temperatures for as long as it
held there. The clock goes on, and the load is that of the end of the cycle. Then cycles are
computed again; the last of a table always is. Without jumps every cycle is computed. Energies,
charge passed and counts cover the computed cycles alone.

A run may go on from any RunState. What it had computed since its last jump is not remembered: with
jumps, three cycles are computed anew, and the jumps may fall elsewhere.
"""

from dataclasses import replace
from itertools import groupby

import numpy as np

from chemomech.physics.interfaces.fatigue import FatigueParameters, cycle_jump
from chemomech.simulation.coupled import load_of, surroundings
from chemomech.simulation.protocol_steps import RunOptions, run_protocol

BETWEEN = 3  # cycles computed before a jump: the parabola needs three


def run_cycles(
    coupling,
    run_state,
    protocol,
    capacity,
    conditions,
    options=RunOptions(),
    record=lambda run_state: None,
    cycle_ended=lambda run_state: None,
    jump=0.0,
):
    """Follow a Protocol to its end and return the last RunState.

    Parameters
    ----------
    coupling : Coupling
        The cell.
    run_state : RunState
        Where it stands: at the protocol's start, or after any step on the way.
    protocol : case.protocol.Protocol
        Scheduled steps in their order, and `last_cycles` of its tables.
    capacity : float
        What 1C means [C/m2].
    conditions : Conditions
        What holds where a step names nothing else.
    options : RunOptions
        How long steps are and how well cut-offs are met.
    record, cycle_ended : callable
        They are called with the RunState after every accepted step and after every cycle.
    jump : float
        Damage by fatigue that skipped cycles may add at a point; 0 skips none.

    Raises
    ------
    NoConvergence
        Where no step is short enough.
    """
    ends, last_of = [], protocol.last_cycles
    for cycle, schedule in groupby(protocol, key=lambda scheduled: scheduled.cycle):
        if cycle <= run_state.done:
            continue
        if last_of.get(cycle - 1) != last_of.get(cycle):
            ends = []
        spans = _TemperatureSpans(run_state.time, record)
        left = [each for each in schedule if not _is_over(run_state, each)]
        run_state = run_protocol(coupling, run_state, left, capacity, conditions, options, spans)
        run_state = replace(run_state, done=cycle)
        ends = [*ends, run_state.mechanical.interface][-BETWEEN:]
        most = last_of.get(cycle, cycle) - cycle - 1
        if jump > 0.0 and len(ends) == BETWEEN and most > 0:
            run_state, ends = _jump(coupling, run_state, ends, jump, most, spans.spans)
        cycle_ended(run_state)
    return run_state


def _is_over(run_state, scheduled):
    """Whether a run that was taken up within a cycle has a step of that cycle behind it."""
    if run_state.cycle != scheduled.cycle or run_state.done >= scheduled.cycle:
        return False
    passed = run_state.number - scheduled.number
    return passed > 0 or (passed == 0 and run_state.reason != "")


class _TemperatureSpans:
    """Recorder that notes for how long which temperature held.

    spans: (temperature [K], time [s]) in their order.
    """

    def __init__(self, time, record):
        self.time, self.record, self.spans = time, record, []

    def __call__(self, run_state):
        temperature, dt = run_state.conditions.temperature, run_state.time - self.time
        self.time = run_state.time
        if self.spans and self.spans[-1][0] == temperature:
            dt += self.spans.pop()[1]
        self.spans.append((temperature, dt))
        self.record(run_state)


def _thresholds(mechanics):
    """Return the FatigueParameters of all interface points (k, 1): a jump needs the threshold."""
    threshold = np.zeros((len(mechanics.facets), 1))
    for name, law in mechanics.laws.items():
        if law.fatigue is not None:
            threshold[mechanics.rows[name]] = law.fatigue.threshold
    return FatigueParameters(1.0, 0.0, threshold)


def film_after(films, film, spans, cycles):
    """Return the thickness of the interphases after a number of cycles alike.

    Parameters
    ----------
    films : Films or None
        How they grow; None where none does.
    film : (k, 1) array or None
        Thickness before [m].
    spans : list of (float, float)
        Temperatures of a cycle [K] and how long each holds [s], in their order.
    cycles : int
        How many.
    """
    if films is None:
        return film
    if len(spans) == 1:
        ((temperature, dt),) = spans
        return films.grow(film, cycles * dt, temperature)
    for _ in range(cycles):
        for temperature, dt in spans:
            film = films.grow(film, dt, temperature)
    return film


def _jump(coupling, run_state, ends, jump, left, spans):
    """Return the RunState after the cycles that may be skipped, and the ends that still count.

    left: cycles that may be skipped at most. spans: temperatures and times of the last computed
    cycle, see `film_after`.
    """
    weakening = np.stack([end.weakening for end in ends])
    travelled = np.stack([end.travelled for end in ends])
    skip = cycle_jump(weakening, travelled, jump, left, _thresholds(coupling.mechanics))
    if skip.cycles == 0:
        return run_state, ends
    state, dt = run_state.state, skip.cycles * sum(span for _, span in spans)
    x, time = state.chemical.stoichiometry, run_state.time + dt
    film = film_after(coupling.films, state.around.film, spans, skip.cycles)
    load = load_of(coupling, x, state.plated, film, run_state.conditions, dt)
    mechanical = coupling.mechanics.weaken(state.mechanical, load, skip.damage, skip.accumulated)
    around, memory = surroundings(
        coupling, mechanical, x, state.memory, 0.0, state.around.temperature, time, film
    )
    # What weakening frees at this opening goes to fatigue.
    freed = state.mechanical.stored - mechanical.stored
    energy = replace(
        run_state.energy,
        interface=run_state.energy.interface - freed,
        fatigue=run_state.energy.fatigue + freed,
    )
    state = replace(state, mechanical=mechanical, around=around, memory=memory)
    skipped, done = run_state.skipped + skip.cycles, run_state.done + skip.cycles
    return replace(run_state, state=state, time=time, energy=energy, skipped=skipped, done=done), []
