"""Through a protocol: adaptive steps of the coupled cell, cut-offs met to a tolerance.

The length of a step follows the estimated error of the stoichiometry and what mechanics can take.
When a step ends beyond a cut-off (voltage of a charge or discharge, current of a hold) it is taken
again with another length, found by regula falsi with the Illinois change of weights, until the
cut-off is met instead of passed. A rest or a time ends exactly.
"""

from dataclasses import dataclass, field, replace
from typing import Any

from chemomech.models import chemical_parts
from chemomech.models.chemical_parts import Drive
from chemomech.simulation.chemistry import drive_of, stoichiometry_error
from chemomech.simulation.coupled import CouplingOptions, coupled_step, extrapolate
from chemomech.simulation.energy import contact_error
from chemomech.simulation.errors import (
    FEW_SITES,
    LEAST_SITES,
    LIMIT_AT_ONCE,
    NO_PATH,
    Bounds,
    Event,
    NoConvergence,
    cut_off,
)
from chemomech.simulation.rates import errors_of_step
from chemomech.simulation.run_state import Conditions, Motion, add, at_rest
from chemomech.simulation.step_control import StepControl
from chemomech.simulation.stepping import Attempt, advance, is_over

# Sound crosses micrometres of lithium in this time [s]: below it no body is in equilibrium, and no
# step is cut for a rate.
INSTANT = 1e-9


@dataclass(frozen=True)
class RunOptions:
    """How a cell is taken through its protocol.

    Attributes
    ----------
    coupling : CouplingOptions
        Of each step.
    control : StepControl
        How long steps are [s].
    stoichiometry_tolerance : float
        Root mean square error of x that a step may make, by an upper bound.
    rate_tolerance : float
        Relative error that a step may make of anything else that has a rate, see `rates`.
    voltage_tolerance, current_tolerance : float
        How well a cut-off is met: [V], and relative.
    most_trials : int
        Steps tried at most until a cut-off is met.
    probe_after : int
        Trials, all beyond the cut-off, after which the shortest step is tried: it may be too.
    least_advance : float
        Share of the bracket of a cut-off by which a trial stays away from its ends.
    ramp, ramp_steps : float, int
        Time [s] in which a new stack pressure or temperature is reached, half of a step that is
        shorter than twice that, and the steps that it takes at least.
    few_rounds, few_rounds_local : int
        Rounds of coupling up to which a step is an easy one, where lithium plates evenly and where
        it plates locally.
    contact_cuts : int
        Times shorter than the largest step that one may be in which creeping faces close or part.
    bounds : Bounds
        Where states stop to mean something.
    """

    coupling: CouplingOptions = CouplingOptions()
    control: StepControl = StepControl(first=60.0, largest=1800.0, smallest=1e-3, far_off=4.0)
    stoichiometry_tolerance: float = 2e-3
    rate_tolerance: float = 0.02
    voltage_tolerance: float = 1e-4
    current_tolerance: float = 1e-3
    most_trials: int = 30
    probe_after: int = 3
    least_advance: float = 0.02
    ramp: float = 60.0
    ramp_steps: int = 10
    few_rounds: int = 6
    few_rounds_local: int = 15
    contact_cuts: int = 256
    bounds: Bounds = field(default_factory=Bounds)


def run_protocol(
    coupling,
    run_state,
    schedule,
    capacity,
    conditions,
    options=RunOptions(),
    record=lambda run_state: None,
):
    """Follow the Scheduled steps of a protocol and return the last RunState.

    Parameters
    ----------
    coupling : Coupling
        The cell.
    run_state : RunState
        Where it stands; on the way through the first step of the schedule that step goes on.
    schedule : iterable of Scheduled
        Cycle, number and Step.
    capacity : float
        What 1C means [C/m2].
    conditions : Conditions
        What holds where a step names nothing else.
    options : RunOptions
        How long steps are and how well cut-offs are met.
    record : callable
        It is called with the RunState after every accepted step.

    Raises
    ------
    NoConvergence
        Where no step is short enough.
    """
    for cycle, number, entry in schedule:
        if not run_state.is_within(cycle, number):
            run_state = replace(run_state.begin(), cycle=cycle, number=number)
        target = conditions.of_step(entry)
        run_state = run_step(coupling, run_state, entry, target, capacity, options, record)
    return run_state


def run_step(coupling, run_state, entry, target, capacity, options, record=lambda run_state: None):
    """Follow one step of a protocol to its end and return the last RunState.

    Parameters
    ----------
    coupling : Coupling
        The cell.
    run_state : RunState
        Where it stands, at the step's beginning or on the way through it.
    entry : Step
        The protocol's step.
    target : Conditions
        What the step imposes, after a ramp from what was imposed before.
    capacity : float
        What 1C means [C/m2].
    options : RunOptions
        How long steps are and how well cut-offs are met.
    record : callable
        It is called with the RunState after every accepted step.
    """
    begin = run_state.began
    end = float("inf") if entry.duration is None else begin + entry.duration
    start = target if run_state.began_under is None else run_state.began_under
    drive = drive_of(entry, capacity)
    tolerance = options.current_tolerance if entry.kind == "voltage" else options.voltage_tolerance
    limit = cut_off(entry, capacity, tolerance)
    bounds = options.bounds.events(
        coupling, entry, drive.current_density or 0.0, target.temperature
    )
    path = _ProtocolStep(
        coupling=coupling,
        options=options,
        end=end,
        begin=begin,
        drive=drive,
        start=start,
        target=target,
        ramp=min(options.ramp, 0.5 * (end - begin)) if start != target else 0.0,
        events=(*limit, *bounds),
        bounds=tuple(bounds),
    )
    reason = path.bound_at(run_state.state)
    if reason:
        run_state = replace(run_state, reason=reason)
        record(run_state)
        return run_state
    return advance(run_state, path, record)


@dataclass(frozen=True)
class _ProtocolStep:
    """The `stepping.Path` of one step of a protocol, from a time [s] to another.

    events: what ends it beside time; bounds: those of them that are no limit of the step itself.
    """

    coupling: Any
    options: RunOptions
    end: float
    begin: float
    drive: Drive
    start: Conditions
    target: Conditions
    ramp: float
    events: tuple[Event, ...] = ()
    bounds: tuple[Event, ...] = ()

    @property
    def control(self):
        """How long steps are."""
        return self.options.control

    @property
    def longest(self):
        """Length of any step at most [s]; what settles at rest is resolved by its errors alone."""
        rests = self.drive.current_density == 0.0
        return self.end - self.begin if rests else self.control.largest

    def where(self, run_state):
        """Where a RunState stands."""
        place = f"cycle {run_state.cycle}, step {run_state.number} of the protocol"
        return f"{place}, {run_state.time:.4g} s"

    def attempt(self, run_state, length, before):
        """Try a step of at most this length [s].

        before: the Motion of the last step.
        """
        options = self.options
        if self._ramps(run_state):
            left = self.begin + self.ramp - run_state.time
            length = min(length, self.ramp / options.ramp_steps, left)
        guess = None
        if before is not None:
            guess = extrapolate(before.before, run_state.state, length / before.length)
        conditions = self._conditions(run_state.time + length - self.begin)
        result = coupled_step(
            self.coupling, run_state.state, length, self.drive, conditions, options.coupling, guess
        )
        tried = self._attempt(length, result)
        return self._with_error(tried, run_state.state) if result.converged else tried

    def _with_error(self, tried, start):
        """Return an Attempt with its error in time over what is allowed, the worst of all."""
        result, options = tried.result, self.options
        missed = stoichiometry_error(self.coupling.chemistry, result.chemical.error)
        missed /= options.stoichiometry_tolerance
        passed = result.chemical.passed
        rates = errors_of_step(self.coupling, start, result.state, passed, tried.length)
        rate = max(rates.values()) / options.rate_tolerance
        return tried._replace(error=max(missed, rate), error_floor=INSTANT if rate > 1.0 else None)

    def _attempt(self, length, result):
        """Return the Attempt of a CoupledStep."""
        few = self.options.few_rounds if self.coupling.face.even else self.options.few_rounds_local
        easy = result.counts["rounds"] <= few
        return Attempt(
            length,
            result.converged,
            result.reason,
            result.energy,
            result.counts,
            easy,
            result=result,
        )

    def _ramps(self, run_state):
        """Whether conditions are still on their way to what the step imposes."""
        return run_state.time < self.begin + self.ramp * (1.0 - 1e-9)

    def _conditions(self, elapsed):
        """Return the Conditions some time [s] after the step began."""
        if elapsed >= self.ramp * (1.0 - 1e-9):
            return self.target
        return self.start.towards(self.target, elapsed, self.ramp)

    def shortest(self, run_state, tried):
        """Return the length [s] to which a step is cut for its energy, and the least length."""
        options = self.options
        shortest = self.control.shortest(run_state)
        resolved = max(self.control.largest / options.contact_cuts, self.control.smallest)
        if self._ramps(run_state):
            shortest = min(shortest, self.ramp / options.ramp_steps / self.control.accuracy_cuts)
            resolved = min(resolved, shortest)
        return resolved if self._parts_or_closes(run_state, tried.result) else shortest, resolved

    def _parts_or_closes(self, run_state, result):
        """Whether most of a step's energy error is that of faces that close or part.

        Beside lithium that creeps they have a path in time that a shorter step resolves.
        """
        mechanics = self.coupling.mechanics
        if not mechanics.creeps.any():
            return False
        missed = contact_error(mechanics, run_state.state.mechanical, result.state.mechanical)
        return abs(missed) > 0.5 * abs(result.energy.residual)

    def accept(self, run_state, tried, left):
        """Return the RunState after a step, the motion in it and the Attempt that was taken."""
        before, reason = run_state.state, ""
        for event in self.events:
            if event.value(tried.result.state) > event.tolerance:
                tried, run_state, at_once = self._meet(run_state, tried, event)
                if at_once:
                    return at_rest(run_state, LIMIT_AT_ONCE), None, tried
            if event.value(tried.result.state) >= -event.tolerance:
                reason = event.reason
        if not reason and is_over(run_state.time, left, tried.length):
            reason = "time"
        reason = reason or self._exhausted(tried.result.state, LEAST_SITES)
        conditions = self._conditions(run_state.time + tried.length - self.begin)
        run_state = self._taken(run_state, tried.result, reason)
        return replace(run_state, conditions=conditions), Motion(before, tried.length), tried

    def bound_at(self, state):
        """Return what ends the step before it has begun, "" for nothing."""
        met = (event.reason for event in self.bounds if event.value(state) >= -event.tolerance)
        return next(met, "") or self._exhausted(state, LEAST_SITES)

    def _exhausted(self, state, least):
        """Return why the given current finds no sites in a state, "" while there are any."""
        current = self.drive.current_density or 0.0
        return self.options.bounds.exhausted(self.coupling, state, current, least)

    def _taken(self, run_state, result, reason):
        """Return the RunState after an accepted CoupledStep."""
        junctions, chemical = self.coupling.chemistry.junctions, result.chemical
        through = {
            name: junctions[name].operator.integral(passed)
            for name, passed in chemical.passed.items()
        }
        return replace(
            run_state.with_energy(result.energy),
            state=result.state,
            time=result.state.around.seconds,
            reason=reason,
            steps=run_state.steps + 1,
            charge=run_state.charge + chemical.charge,
            throughput=run_state.throughput + abs(chemical.charge),
            through=add(run_state.through, through),
            splitting_stoichiometry=max(run_state.splitting_stoichiometry, result.splitting[0]),
            splitting_voltage=max(run_state.splitting_voltage, result.splitting[1]),
        )

    def _meet(self, run_state, tried, event):
        """Return the Attempt that ends on an Event, the RunState with the work counted, at_once.

        at_once: the step's first, of however short a length, is beyond the event, as where the
        overpotential alone passes a cut-off.
        """
        options, value_at, tolerance = self.options, event.value, event.tolerance
        low, high = 0.0, tried.length
        low_value, high_value = value_at(run_state.state), value_at(tried.result.state)
        if low_value >= 0.0:
            # The step before ran under another drive: what it says about the cut-off does not
            # count.
            low_value = -high_value
        best, last = tried, 0.0
        for number in range(options.most_trials):
            middle = high - high_value * (high - low) / (high_value - low_value)
            margin = options.least_advance * (high - low)
            middle = min(max(middle, low + margin), high - margin)
            if low == 0.0 and number == options.probe_after and high > self.control.smallest:
                middle = self.control.smallest
            if middle < self.control.smallest:
                return best, run_state, low == 0.0 and run_state.time == self.begin
            guess = extrapolate(best.result.state, run_state.state, -middle / best.length)
            trial = coupled_step(
                self.coupling,
                run_state.state,
                middle,
                self.drive,
                self._conditions(run_state.time + middle - self.begin),
                options.coupling,
                guess,
            )
            run_state = run_state.with_counts(trial.counts)
            if not trial.converged:
                break
            value = value_at(trial.state)
            if value >= -tolerance or middle > self.control.smallest:
                best = self._attempt(middle, trial)
            if abs(value) <= tolerance:
                break
            # An end that stays for the second time counts half: else it would stay for good.
            share = 0.5 if value * last > 0 else 1.0
            if value > 0:
                high, high_value, low_value = middle, value, share * low_value
            else:
                low, low_value, high_value = middle, value, share * high_value
            last = value
        return best, run_state, False

    def give_up(self, run_state, tried):
        """Return the RunState at rest where nothing can pass any more; else raise NoConvergence."""
        lost = NO_PATH if chemical_parts.NO_PATH in tried.reason else ""
        electric = tried.reason.startswith("electrochemistry")
        if electric and not lost:
            lost = self._exhausted(run_state.state, FEW_SITES)
        if lost:
            return at_rest(run_state, lost)
        advice = "a larger solver.viscosity or a finer mesh at the interface helps"
        if electric and self.drive.current_density:
            advice = (
                "its contacts may not pass this current: a smaller current or a larger stack "
                "pressure helps"
            )
        elif electric:
            advice = "a finer mesh at the electrodes helps, or smaller steps before this one"
        raise NoConvergence(f"{self.where(run_state)}: {tried.reason}; {advice}")
