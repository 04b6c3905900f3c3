r"""Through a protocol: adaptive steps of the coupled cell, cut-offs met to a tolerance instead of passed.

The length of a step follows the estimated error of the filling and what mechanics can take. When a step ends beyond a
limit (voltage of a charge or discharge, current of a hold) it is taken again with another length, found by
regula falsi with the Illinois change of weights, until the limit is met. A rest or a time ends exactly.
"""

from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np

from chemomech.models.chemical_parts import NO_PATH, Drive
from chemomech.simulation.chemistry import stoichiometry_error
from chemomech.simulation.coupled import (
    Conditions,
    CoupledState,
    CouplingOptions,
    coupled_step,
    extrapolated,
)
from chemomech.simulation.energy import EnergyAccount, contact_error
from chemomech.simulation.stepping import FURTHER, NoConvergence, error_scale


@dataclass(frozen=True)
class RunOptions:
    """Lengths in seconds. filling_tolerance: root mean square error of x allowed in a step, by an upper bound.

    voltage_tolerance [V] and current_tolerance (relative) of a cut-off; first, largest and smallest length.
    energy_tolerance, energy_budget, accuracy_cuts: as in `stepping.SteppingOptions`. ramp: time in which a new stack
    pressure or temperature is reached, in RAMP_STEPS or more; half of a step that is shorter than twice that.
    """

    coupling: CouplingOptions = CouplingOptions()
    first: float = 60.0
    largest: float = 1800.0
    smallest: float = 1e-3
    stoichiometry_tolerance: float = 2e-3
    voltage_tolerance: float = 1e-4
    current_tolerance: float = 1e-3
    most_trials: int = 30
    ramp: float = 60.0
    energy_tolerance: float = 3e-3
    energy_budget: float = 0.01
    accuracy_cuts: int = 8


class Imposed(NamedTuple):
    """Stack pressure [Pa] and temperature [K] that the instrument has set; nan before it sets any."""

    pressure: float = float("nan")
    temperature: float = float("nan")


@dataclass(frozen=True)
class RunState:
    """Where a run stands: state, energies [J/m], charge [C/m2] passed since the start (positive on discharge), counts.

    throughput [C/m2]: charge passed either way. through: junction -> charge out of its electrode [C/m]. cycle, number:
    of the protocol's step; reason: how its last step ended ("limit", "time", "no path": all contact is lost and the
    rest of the step is left out), "" while it goes on. energy_scale [J/m]: largest size of the account so far.
    skipped: cycles jumped over; done: last cycle that is over, -1 for none. splitting_filling, splitting_voltage [V]:
    largest change in the last round of a step.
    """

    state: CoupledState
    energy: EnergyAccount = EnergyAccount()
    energy_scale: float = 0.0
    charge: float = 0.0
    throughput: float = 0.0
    through: dict = field(default_factory=dict)
    cycle: int = 0
    number: int = 0
    reason: str = ""
    steps: int = 0
    cuts: int = 0
    imposed: Imposed = Imposed()
    splitting_stoichiometry: float = 0.0
    splitting_voltage: float = 0.0
    skipped: int = 0
    done: int = -1
    counts: dict = field(default_factory=dict)

    @property
    def energy_error(self):
        """Energy balance error relative to `stepping.error_scale`."""
        scale = error_scale(self.energy, self.energy_scale)
        return abs(self.energy.residual) / scale if scale > 0 else 0.0

    @property
    def words(self):
        """Where the run stands, for people."""
        return f"cycle {self.cycle}, step {self.number} of the protocol, {self.state.chemical.voltage:.3f} V"

    @property
    def seconds(self):
        """Time since the start of the run [s]."""
        return self.state.around.seconds


def run_protocol(
    coupling,
    run_state,
    schedule,
    capacity,
    pressure,
    temperature,
    options=RunOptions(),
    record=lambda run_state: None,
):
    """Follow the Scheduled steps of a protocol; returns the last Walk.

    capacity [C/m2]: what 1C means. pressure [Pa], temperature [K]: where a step names none. record(walk) is called
    after every accepted step. Raises NoConvergence.
    """
    for cycle, number, entry in schedule:
        run_state = replace(run_state, cycle=cycle, number=number, reason="")
        target = Imposed(
            pressure if entry.pressure is None else entry.pressure,
            temperature if entry.temperature is None else entry.temperature,
        )
        run_state = run_step(coupling, run_state, entry, target, capacity, options, record)
    return run_state


def drive_of(entry, capacity):
    """What the instrument imposes during a step of a protocol."""
    if entry.kind == "voltage":
        return Drive(voltage=entry.voltage)
    return Drive(current_density=0.0 if entry.current is None else entry.current.density(capacity))


def beyond(entry, capacity):
    """Function of a CoupledState that is negative before the limit of a step and positive beyond; None without limit.

    In units of the tolerances: volts, or the share of the current.
    """
    if entry.kind == "voltage" and entry.until_current is not None:
        limit = entry.until_current.density(capacity)
        return lambda state: 1.0 - abs(state.chemical.current_density) / limit
    if entry.until_voltage is not None:
        sign = 1.0 if drive_of(entry, capacity).current_density > 0 else -1.0
        return lambda state: sign * (entry.until_voltage - state.chemical.voltage)
    return None


def run_step(coupling, run_state, entry, target, capacity, options, record):
    """Follow one step of a protocol to its end; target: what it imposes."""
    drive, begin, start = drive_of(entry, capacity), run_state.seconds, run_state.imposed
    limit = beyond(entry, capacity)
    tolerance = options.current_tolerance if entry.kind == "voltage" else options.voltage_tolerance
    end = float("inf") if entry.duration is None else begin + entry.duration
    ramp = (
        min(options.ramp, 0.5 * (end - begin))
        if start != target and not np.isnan(start.pressure)
        else 0.0
    )
    dt, before, last = options.first, None, 0.0
    while not run_state.reason:
        left = end - run_state.seconds
        length = min(dt, left, options.largest)
        shortest, resolved = (
            _shortest(run_state, options),
            max(options.largest / CONTACT_CUTS, options.smallest),
        )
        if run_state.seconds < begin + ramp * (1.0 - 1e-9):
            length = min(length, ramp / RAMP_STEPS, begin + ramp - run_state.seconds)
            shortest = min(shortest, ramp / RAMP_STEPS / options.accuracy_cuts)
            resolved = min(resolved, shortest)
        guess = None if before is None else extrapolated(before, run_state.state, length / last)
        conditions = Conditions(
            drive, *_ramped(start, target, run_state.seconds + length - begin, ramp)
        )
        result = coupled_step(
            coupling, run_state.state, length, conditions, options.coupling, guess
        )
        run_state = replace(run_state, counts=_added(run_state.counts, result.counts))
        if not result.converged:
            run_state, dt, before = replace(run_state, cuts=run_state.cuts + 1), 0.25 * length, None
            if dt < options.smallest and NO_PATH in result.reason:
                at_rest = replace(run_state.state.chemical, current_density=0.0)
                run_state = replace(
                    run_state, state=replace(run_state.state, chemical=at_rest), reason="no path"
                )
                record(run_state)
                return run_state
            _check(dt, options, run_state, result.reason)
            continue
        error = (
            stoichiometry_error(coupling.chemistry, result.chemical.error)
            / options.stoichiometry_tolerance
        )
        if error > 1.0 and length > 4 * options.smallest:
            run_state, dt = (
                replace(run_state, cuts=run_state.cuts + 1),
                length * max(0.2, 0.8 * error**-0.5),
            )
            continue
        coarse = _energy_error(run_state, result.energy, options)
        if coarse > 1.0 and length > 1.01 * (
            resolved if _parts_or_closes(coupling, run_state, result) else shortest
        ):
            cut = max(0.5 if coarse < 4.0 else 0.25, resolved / length)
            run_state, dt, before = replace(run_state, cuts=run_state.cuts + 1), cut * length, None
            continue
        if limit is not None and limit(result.state) > tolerance:
            result, length, run_state = _meet(
                coupling, run_state, length, result, conditions, limit, tolerance, options
            )
        met = limit is not None and limit(result.state) >= -tolerance
        over = left - length <= 1e-9 * max(1.0, run_state.seconds)
        before, last = run_state.state, length
        run_state = _taken(coupling, run_state, result, "limit" if met else "time" if over else "")
        run_state = replace(run_state, imposed=Imposed(conditions.pressure, conditions.temperature))
        record(run_state)
        growth = min(2.0, 0.8 * error**-0.5) if error > 0 else 2.0
        growth = (
            min(growth, 1.0)
            if coarse > 0.25 or result.counts["rounds"] > (6 if coupling.face.even else 15)
            else growth
        )
        dt = length * max(growth, 0.5)
    return run_state


RAMP_STEPS = 10
CONTACT_CUTS = (
    256  # times shorter than the largest step that one may be in which creeping faces close or part
)


def _ramped(start, target, elapsed, ramp):
    """What is imposed some time [s] after a step began."""
    if elapsed >= ramp * (1.0 - 1e-9):
        return target
    return Imposed(
        *(one + (other - one) * elapsed / ramp for one, other in zip(start, target, strict=True))
    )


def _taken(coupling, run_state, result, reason):
    """Walk after an accepted step."""
    energy = run_state.energy + result.energy
    through = {
        name: coupling.chemistry.junctions[name].operator.integral(passed)
        for name, passed in result.chemical.passed.items()
    }  # fmt: skip
    return replace(
        run_state, state=result.state, energy=energy, energy_scale=max(run_state.energy_scale, energy.size),
        charge=run_state.charge + result.chemical.charge, throughput=run_state.throughput + abs(result.chemical.charge),
        through=_added(run_state.through, through), steps=run_state.steps + 1, reason=reason,
        splitting_stoichiometry=max(run_state.splitting_stoichiometry, result.splitting[0]),
        splitting_voltage=max(run_state.splitting_voltage, result.splitting[1]),
    )  # fmt: skip


def _energy_error(run_state, energy, options):
    """Energy error of a step over what is allowed."""
    total = run_state.energy + energy
    allowed = options.energy_tolerance * error_scale(total, max(run_state.energy_scale, total.size))
    return abs(energy.residual) / allowed if allowed > 0 else 0.0


def _parts_or_closes(coupling, run_state, result):
    """Whether most of a step's energy error is that of faces that close or part: beside lithium that creeps they have a
    path in time that a shorter step resolves."""
    mechanics = coupling.mechanics
    if not mechanics.creeps.any():
        return False
    missed = contact_error(mechanics, run_state.state.mechanical, result.state.mechanical)
    return abs(missed) > 0.5 * abs(result.energy.residual)


def _shortest(run_state, options):
    """Length down to which a step is cut for its energy error."""
    return options.largest / (
        options.accuracy_cuts * (FURTHER if run_state.energy_error > options.energy_budget else 1)
    )


def _meet(coupling, run_state, length, result, conditions, limit, tolerance, options):
    """The step that ends on the limit, its length, and the Walk with the work counted.

    Where the limit is passed at once, however short the step (an overpotential that is too large), the shortest is
    taken.
    """
    low, high = 0.0, length
    low_value, high_value = limit(run_state.state), limit(result.state)
    if low_value >= 0.0:
        # The step before ran under another drive: what it says about the limit does not count.
        low_value = -high_value
    best, last = (result, length), 0.0
    for _ in range(options.most_trials):
        middle = high - high_value * (high - low) / (high_value - low_value)
        middle = min(max(middle, low + 0.02 * (high - low)), high - 0.02 * (high - low))
        if middle < options.smallest:
            break
        trial, span = best
        guess = extrapolated(trial.state, run_state.state, -middle / span)
        trial = coupled_step(coupling, run_state.state, middle, conditions, options.coupling, guess)
        run_state = replace(run_state, counts=_added(run_state.counts, trial.counts))
        if not trial.converged:
            break
        value = limit(trial.state)
        best = (trial, middle)
        if abs(value) <= tolerance:
            break
        # An end that stays for the second time counts half: else it would stay for good.
        share = 0.5 if value * last > 0 else 1.0
        if value > 0:
            high, high_value, low_value = middle, value, share * low_value
        else:
            low, low_value, high_value = middle, value, share * high_value
        last = value
    return *best, run_state


def _check(dt, options, run_state, reason):
    if dt < options.smallest:
        advice = "a larger solver.viscosity or a finer mesh at the interface helps"
        if reason.startswith("electrochemistry"):
            advice = "its contacts may not pass this current: a smaller current or a larger stack pressure helps"
        raise NoConvergence(
            f"cycle {run_state.cycle}, step {run_state.number} of the protocol, {run_state.seconds:.0f} s: {reason}; {advice}"
        )


def _added(one, other):
    return {name: one.get(name, 0) + other.get(name, 0) for name in {*one, *other}}
