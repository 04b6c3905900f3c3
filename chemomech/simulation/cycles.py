"""A whole protocol, cycle by cycle: every one computed, or with jumps over those in which only fatigue and films go on.

After three computed cycles of one repeated table the weakening of every interface point is carried on along a parabola
for as many cycles as let no point gain more than `jump` (`physics.fatigue.cycle_jump`); interphases grow on by their own
law for as long as these cycles would take, and the clock goes on. Then cycles are computed again; the last of a table
always is. Energies, charge passed and counts cover the computed cycles alone.

A run may go on from any Walk at a cycle's end. What it had computed since its last jump is not remembered: with
jumps, three cycles are computed anew, and the jumps may fall elsewhere.
"""

from dataclasses import replace
from itertools import groupby

import numpy as np

from chemomech.case.protocol import Repeat
from chemomech.physics.interfaces.fatigue import FatigueParameters, cycle_jump
from chemomech.simulation.coupled import Conditions, load_of, surroundings
from chemomech.simulation.protocol_steps import RunOptions, run_protocol

BETWEEN = 3  # cycles computed before a jump: the parabola needs three


def run_cycles(coupling, run_state, protocol, settings, options=RunOptions(), record=lambda run_state: None,
                cycle_ended=lambda run_state: None, jump=0.0):  # fmt: skip
    """Follow a Protocol to its end from a Walk at its start or at the end of a cycle; returns the last Walk.

    settings: (capacity [C/m2], pressure [Pa], temperature [K]) as `walk.walk_protocol` takes them. record(walk) after
    every accepted step, cycle_ended(walk) after every cycle. jump: damage by fatigue that skipped cycles may add at a
    point, 0 skips none. Raises NoConvergence.
    """
    ends, begun, last_of = [], run_state.seconds, _last_cycles(protocol)
    for cycle, schedule in groupby(protocol, key=lambda scheduled: scheduled.cycle):
        if cycle <= run_state.done:
            continue
        if last_of.get(cycle - 1) != last_of.get(cycle):
            ends = []
        begun = run_state.seconds
        run_state = replace(
            run_protocol(coupling, run_state, schedule, *settings, options, record), done=cycle
        )
        ends = [*ends, run_state.state.mechanical.interface][-BETWEEN:]
        left = last_of.get(cycle, cycle) - cycle - 1
        if jump > 0.0 and len(ends) == BETWEEN and left > 0:
            run_state, ends = _jumped(
                coupling, run_state, ends, jump, left, run_state.seconds - begun, settings
            )
        cycle_ended(run_state)
    return run_state


def _last_cycles(protocol):
    """Cycle -> last cycle of the repeated table that it belongs to."""
    found, cycle = {}, 0
    for entry in protocol.entries:
        if isinstance(entry, Repeat):
            found |= dict.fromkeys(range(cycle + 1, cycle + entry.count + 1), cycle + entry.count)
            cycle += entry.count
    return found


def _thresholds(mechanics):
    """FatigueParameters of all interface points, of which a jump needs the threshold; (k, 1)."""
    threshold = np.zeros((len(mechanics.facets), 1))
    for name, law in mechanics.laws.items():
        if law.fatigue is not None:
            threshold[mechanics.rows[name]] = law.fatigue.threshold
    return FatigueParameters(1.0, 0.0, threshold)


def _jumped(coupling, run_state, ends, jump, left, length, settings):
    """Walk after as many of the `left` cycles of `length` [s] as may be skipped, and the cycles' ends that still count."""
    skip = cycle_jump(
        np.stack([end.weakening for end in ends]), np.stack([end.travelled for end in ends]),
        jump, left, _thresholds(coupling.mechanics),
    )  # fmt: skip
    if skip.cycles == 0:
        return run_state, ends
    state, dt = run_state.state, skip.cycles * length
    _, pressure, temperature = settings
    film = (
        state.around.film
        if coupling.films is None
        else coupling.films.grown(state.around.film, dt, temperature)
    )
    load = load_of(
        coupling,
        state.chemical.stoichiometry,
        state.plated,
        film,
        Conditions(None, pressure, temperature),
        dt,
    )
    mechanical = coupling.mechanics.weakened(state.mechanical, load, skip.damage, skip.accumulated)
    around, memory = surroundings(
        coupling,
        mechanical,
        state.chemical.stoichiometry,
        state.memory,
        0.0,
        state.around.temperature,
        run_state.seconds + dt,
        film,
    )
    # What weakening frees at this opening goes to fatigue.
    freed = state.mechanical.stored - mechanical.stored
    energy = replace(
        run_state.energy,
        interface=run_state.energy.interface - freed,
        fatigue=run_state.energy.fatigue + freed,
    )
    state = replace(state, mechanical=mechanical, around=around, memory=memory)
    return replace(
        run_state,
        state=state,
        energy=energy,
        skipped=run_state.skipped + skip.cycles,
        done=run_state.done + skip.cycles,
    ), []
