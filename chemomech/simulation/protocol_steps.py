"""Through a protocol: adaptive steps of the coupled cell, cut-offs met to a tolerance.

The length of a step follows the estimated error of the stoichiometry and what mechanics can take.
When a step ends beyond a cut-off (voltage of a charge or discharge, current of a hold) it is taken
again with another length, found by regula falsi with the Illinois change of weights, until the
cut-off is met instead of passed. A rest or a time ends exactly.
"""

from dataclasses import dataclass, replace
from typing import Any

from chemomech.models.chemical_parts import NO_PATH, Drive
from chemomech.simulation.chemistry import stoichiometry_error
from chemomech.simulation.coupled import CouplingOptions, coupled_step, extrapolate
from chemomech.simulation.energy import contact_error
from chemomech.simulation.errors import NoConvergence
from chemomech.simulation.run_state import Conditions, add
from chemomech.simulation.stepping import Attempt, StepControl, advance, is_over


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
    """

    coupling: CouplingOptions = CouplingOptions()
    control: StepControl = StepControl(first=60.0, largest=1800.0, smallest=1e-3, far_off=4.0)
    stoichiometry_tolerance: float = 2e-3
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
        Where it stands.
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
        run_state = replace(run_state.begin(), cycle=cycle, number=number)
        target = conditions.of_step(entry)
        run_state = run_step(coupling, run_state, entry, target, capacity, options, record)
    return run_state


def drive_of(entry, capacity):
    """Return what the instrument drives during a step of a protocol.

    Parameters
    ----------
    entry : Step
        The protocol's step.
    capacity : float
        What 1C means [C/m2].
    """
    if entry.kind == "voltage":
        return Drive(voltage=entry.voltage)
    return Drive(current_density=0.0 if entry.current is None else entry.current.density(capacity))


def cut_off(entry, capacity):
    """Return the function of a CoupledState that tells where a step's cut-off is; None without one.

    It is negative before the cut-off and positive beyond, in units of the tolerances: volts, or the
    share of the current.

    Parameters
    ----------
    entry : Step
        The protocol's step.
    capacity : float
        What 1C means [C/m2].
    """
    if entry.kind == "voltage" and entry.until_current is not None:
        limit = entry.until_current.density(capacity)
        return lambda state: 1.0 - abs(state.chemical.current_density) / limit
    if entry.until_voltage is not None:
        sign = 1.0 if drive_of(entry, capacity).current_density > 0 else -1.0
        return lambda state: sign * (entry.until_voltage - state.chemical.voltage)
    return None


def run_step(coupling, run_state, entry, target, capacity, options, record=lambda run_state: None):
    """Follow one step of a protocol to its end and return the last RunState.

    Parameters
    ----------
    coupling : Coupling
        The cell.
    run_state : RunState
        Where it stands.
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
    begin = run_state.time
    end = float("inf") if entry.duration is None else begin + entry.duration
    start = target if run_state.conditions is None else run_state.conditions
    holds = entry.kind == "voltage"
    path = _ProtocolStep(
        coupling=coupling,
        options=options,
        end=end,
        begin=begin,
        drive=drive_of(entry, capacity),
        start=start,
        target=target,
        ramp=min(options.ramp, 0.5 * (end - begin)) if start != target else 0.0,
        limit=cut_off(entry, capacity),
        tolerance=options.current_tolerance if holds else options.voltage_tolerance,
    )
    return advance(run_state, path, record)


@dataclass(frozen=True)
class _ProtocolStep:
    """The `stepping.Path` of one step of a protocol, from a time [s] to another.

    limit: `cut_off` of the step.
    """

    coupling: Any
    options: RunOptions
    end: float
    begin: float
    drive: Drive
    start: Conditions
    target: Conditions
    ramp: float
    limit: Any
    tolerance: float

    @property
    def control(self):
        """How long steps are."""
        return self.options.control

    def attempt(self, run_state, length, before):
        """Try a step of at most this length [s].

        before: CoupledState before the last step, and that step's length.
        """
        options = self.options
        if self._ramps(run_state):
            left = self.begin + self.ramp - run_state.time
            length = min(length, self.ramp / options.ramp_steps, left)
        guess = None
        if before is not None:
            guess = extrapolate(before[0], run_state.state, length / before[1])
        conditions = self._conditions(run_state.time + length - self.begin)
        result = coupled_step(
            self.coupling, run_state.state, length, self.drive, conditions, options.coupling, guess
        )
        error = 0.0
        if result.converged:
            error = stoichiometry_error(self.coupling.chemistry, result.chemical.error)
            error /= options.stoichiometry_tolerance
        return self._attempt(length, result, error)

    def _attempt(self, length, result, error=0.0):
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
            error,
            result,
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
        before, met = run_state.state, False
        conditions = self._conditions(run_state.time + tried.length - self.begin)
        if self.limit is not None:
            if self.limit(tried.result.state) > self.tolerance:
                tried, run_state = self._meet(run_state, tried, conditions)
            met = self.limit(tried.result.state) >= -self.tolerance
        over = is_over(run_state.time, left, tried.length)
        run_state = self._taken(run_state, tried.result, "limit" if met else "time" if over else "")
        return replace(run_state, conditions=conditions), (before, tried.length), tried

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

    def _meet(self, run_state, tried, conditions):
        """Return the Attempt that ends on the cut-off, and the RunState with the work counted.

        Where the cut-off is passed at once, however short the step (an overpotential that is too
        large), the shortest is taken.
        """
        options, limit = self.options, self.limit
        low, high = 0.0, tried.length
        low_value, high_value = limit(run_state.state), limit(tried.result.state)
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
                break
            guess = extrapolate(best.result.state, run_state.state, -middle / best.length)
            trial = coupled_step(
                self.coupling,
                run_state.state,
                middle,
                self.drive,
                conditions,
                options.coupling,
                guess,
            )
            run_state = run_state.with_counts(trial.counts)
            if not trial.converged:
                break
            value = limit(trial.state)
            if value >= -self.tolerance or middle > self.control.smallest:
                best = self._attempt(middle, trial)
            if abs(value) <= self.tolerance:
                break
            # An end that stays for the second time counts half: else it would stay for good.
            share = 0.5 if value * last > 0 else 1.0
            if value > 0:
                high, high_value, low_value = middle, value, share * low_value
            else:
                low, low_value, high_value = middle, value, share * high_value
            last = value
        return best, run_state

    def give_up(self, run_state, tried):
        """Return the RunState at rest where all contact is lost; else raise NoConvergence."""
        if NO_PATH in tried.reason:
            at_rest = replace(run_state.state.chemical, current_density=0.0)
            return replace(
                run_state, state=replace(run_state.state, chemical=at_rest), reason="no path"
            )
        advice = "a larger solver.viscosity or a finer mesh at the interface helps"
        if tried.reason.startswith("electrochemistry"):
            helps = "a smaller current or a larger stack pressure helps"
            advice = f"its contacts may not pass this current: {helps}"
        where = f"cycle {run_state.cycle}, step {run_state.number} of the protocol"
        raise NoConvergence(f"{where}, {run_state.time:.0f} s: {tried.reason}; {advice}")
