"""One adaptive stepper, for a body on a load path and for a cell in its protocol.

A step that fails is tried again a quarter as long. One that came out is cut where its estimated
error in time or its energy error is too large. What a step may grow by follows both errors and the
work that it took. Every accepted step is handed to a recorder. `Path` says what a step is:
`LoadPath` here, a protocol's step in `protocol_steps`.
"""

from dataclasses import dataclass, field, replace
from time import monotonic
from typing import Any, NamedTuple, Protocol

from chemomech.simulation.energy import EnergyAccount
from chemomech.simulation.errors import NoConvergence, OutOfWork
from chemomech.simulation.newton import NewtonOptions
from chemomech.simulation.phase_field_step import mechanical_step as step
from chemomech.simulation.run_state import RunState
from chemomech.simulation.step_control import StepControl


class Attempt(NamedTuple):
    """One step that was tried.

    Attributes
    ----------
    length : float
        Its length.
    converged : bool
        Whether there is a new state.
    reason : str
        Why there is none.
    energy : EnergyAccount
        What the step took.
    counts : dict
        Work by name.
    easy : bool
        Whether it took so little work that the next may be longer.
    error : float
        Error in time over what is allowed; 0 where none is estimated.
    error_floor : float or None
        Length down to which it is cut for that error; None: what the StepControl says.
    result : object
        What the Path makes the new state of.
    """

    length: float
    converged: bool
    reason: str
    energy: EnergyAccount
    counts: dict
    easy: bool = True
    error: float = 0.0
    error_floor: float | None = None
    result: Any = None


class Path(Protocol):
    """What `advance` follows: how a step is tried, accepted and given up.

    longest: length of any step at most.
    """

    control: StepControl
    end: float
    longest: float

    def attempt(self, run_state: RunState, length: float, before: Any) -> Attempt:
        """Try a step of at most this length.

        before: what `accept` returned of the last one, None after a cut.
        """

    def where(self, run_state: RunState) -> str:
        """Return where a RunState stands, for people."""

    def shortest(self, run_state: RunState, tried: Attempt) -> tuple[float, float]:
        """Return the length down to which this step is cut for its energy, and the least length."""

    def accept(
        self, run_state: RunState, tried: Attempt, left: float
    ) -> tuple[RunState, Any, Attempt]:
        """Return the RunState after a step, what the next gets as `before`, and the step taken.

        left: of the path before the step.
        """

    def give_up(self, run_state: RunState, tried: Attempt) -> RunState:
        """Return the RunState that ends the path where no step is short enough, or raise."""


def advance(run_state: RunState, path: Path, record=lambda run_state: None) -> RunState:
    """Follow a Path from a RunState and return the last one; its reason says how the path ended.

    Parameters
    ----------
    run_state : RunState
        Where to start: at the path's begin, or at any accepted step of it.
    path : Path
        What a step is, and how long steps are.
    record : callable
        It is called with the RunState after every accepted step.

    Raises
    ------
    NoConvergence
        Where no step is short enough, or the work that is allowed is done.
    """
    control, tries = path.control, run_state.steps + run_state.cuts
    length, before = run_state.next_length or control.first, run_state.motion
    smallest = control.smallest if length >= control.smallest else control.deeper * length
    while not run_state.reason:
        left = path.end - run_state.time
        _check_work(run_state, path, run_state.steps + run_state.cuts - tries)
        tried = path.attempt(run_state, min(length, left, path.longest), before)
        run_state = run_state.with_counts(tried.counts)
        cut = _cut(run_state, path, tried)
        if cut is not None:
            run_state, length = (
                replace(run_state, cuts=run_state.cuts + 1),
                cut.factor * tried.length,
            )
            before = before if cut.keeps_motion else None
            if tried.converged:
                smallest = min(smallest, control.deeper * length)
            elif length < smallest:
                run_state = path.give_up(run_state, tried)
                record(run_state)
            continue
        energy_error = control.energy_error(run_state, tried.energy)
        run_state, before, taken = path.accept(run_state, tried, left)
        length = taken.length * control.next_growth(tried.error, energy_error, taken.easy)
        smallest = min(control.smallest, max(smallest, control.deeper * length))
        # Everything that the next step starts from: a run may be taken up after any step.
        motion = None if run_state.reason else before
        run_state = replace(run_state, next_length=length, motion=motion)
        record(run_state)
    return run_state


def _check_work(run_state, path, tries):
    """Raise OutOfWork where a path has taken all the steps or the time that it may."""
    control = path.control
    if tries >= control.maximum_steps:
        spent = f"{tries} steps were tried, as many as solver.maximum_steps allows"
    elif monotonic() >= control.deadline:
        spent = "the time that solver.maximum_time allows is over"
    else:
        return
    raise OutOfWork(f"{path.where(run_state)}: {spent}")


def is_over(time: float, left: float, length: float) -> bool:
    """Return whether a step of a length from a time ends a path of which so much is left."""
    return left - length <= 1e-9 * max(1.0, time)


class _Cut(NamedTuple):
    """What is tried after a step that is not accepted.

    factor: of its length; keeps_motion: whether the next start still follows the motion before.
    """

    factor: float
    keeps_motion: bool


def _cut(run_state, path, tried):
    """Return the _Cut of a step that is not accepted, None where it is."""
    control = path.control
    if not tried.converged:
        return _Cut(control.cutback_failed, False)
    floor = tried.error_floor
    floor = control.error_floor * control.smallest if floor is None else floor
    if tried.error > 1.0 and tried.length > floor:
        return _Cut(control.cut_for_error(tried.error), True)
    error = control.energy_error(run_state, tried.energy)
    if error > 1.0:
        shortest, floor = path.shortest(run_state, tried)
        if tried.length > 1.01 * shortest:
            return _Cut(max(control.cut_for_energy(error), floor / tried.length), False)
    return None


@dataclass(frozen=True)
class LoadPath:
    """A body along load_at(time, dt) -> Load up to a time; see `follow`."""

    mechanics: Any
    load_at: Any
    end: float
    control: StepControl = StepControl()
    newton: NewtonOptions = field(default_factory=NewtonOptions)

    @property
    def longest(self):
        """Length of any step at most."""
        return self.control.largest

    def where(self, run_state):
        """Where a RunState stands."""
        return f"at {run_state.time:.4f} of the path"

    def attempt(self, run_state, length, before):
        """Try a step that starts where the motion before would lead; before: velocity (n,)."""
        load = self.load_at(run_state.time + length, length)
        guess = None if before is None else run_state.state.displacement + length * before
        result = step(self.mechanics, run_state.state, load, self.newton, guess)
        easy = result.iterations <= self.control.few_iterations
        counts = {"mechanical": result.iterations}
        return Attempt(
            length,
            result.converged,
            result.reason,
            result.energy,
            counts,
            easy,
            result=result.state,
        )

    def shortest(self, run_state, tried):
        """Length down to which a step is cut for its energy error."""
        return self.control.shortest(run_state), 0.0

    def accept(self, run_state, tried, left):
        """RunState after a step."""
        over = is_over(run_state.time, left, tried.length)
        velocity = (tried.result.displacement - run_state.state.displacement) / tried.length
        run_state = replace(
            run_state.with_energy(tried.energy),
            time=run_state.time + tried.length, state=tried.result, steps=run_state.steps + 1,
            reason="time" if over else "",
        )  # fmt: skip
        return run_state, velocity, tried

    def give_up(self, run_state, tried):
        """Raise NoConvergence, which says where and why."""
        raise NoConvergence(
            f"{self.where(run_state)}, step {tried.length:.1e}: {tried.reason}; "
            "a larger solver.viscosity or a finer mesh at the interface helps"
        )


def follow(
    mechanics,
    run_state: RunState,
    load_at,
    end: float,
    control: StepControl = StepControl(),
    record=lambda run_state: None,
    newton: NewtonOptions = NewtonOptions(),
) -> RunState:
    """Follow a load path to a time and return the last RunState.

    Parameters
    ----------
    mechanics : Mechanics
        The body.
    run_state : RunState
        Where it stands, its state a MechanicalState; on the way along this path, or at its begin.
    load_at : callable
        (time, dt) -> Load at the end of a step.
    end : float
        Time at which the path ends.
    control : StepControl
        How long steps are.
    record : callable
        It is called with the RunState after every accepted step.
    newton : NewtonOptions
        Of each step.

    Raises
    ------
    NoConvergence
        Where no step is short enough.
    """
    if run_state.time >= end - 1e-12:
        return run_state
    run_state = run_state.begin() if run_state.reason else run_state
    return advance(run_state, LoadPath(mechanics, load_at, end, control, newton), record)


def preload(mechanics, conditions, fixture, newton, steps, smallest, imposed_opening=0.0):
    """Return a body held by its fixture, and its RunState at rest under the stack pressure.

    Parameters
    ----------
    mechanics : Mechanics
        The body, under constant pressure.
    conditions : Conditions
        What is imposed at the end.
    fixture : Fixture
        Kind and stiffness of what holds the stack afterwards; its position is that under the
        preload.
    newton : NewtonOptions
        Of each step.
    steps : int
        Number of even steps.
    smallest : float
        Smallest step over the whole way.
    imposed_opening : (k, q) array or float
        As in Load [m]: where the lithium's face stands.

    Returns
    -------
    mechanics : Mechanics
        The given body, held by the fixture for all that follows.
    run_state : RunState
        Its energies and counts start from here.
    """
    fixed = fixture.kind != "constant_pressure"
    # A copy of its own: its factors need not outlive the preload.
    body = mechanics.with_supports(mechanics.supports) if fixed else mechanics

    def load_at(time, dt):
        here = replace(conditions, stack_pressure=conditions.stack_pressure * time)
        return here.load(imposed_opening=imposed_opening)

    control = StepControl(1.0 / steps, 1.0 / steps, smallest)
    end = follow(body, RunState(body.initial_state()), load_at, 1.0, control, newton=newton)
    if fixed:
        body = mechanics.with_fixture(replace(fixture, position=end.state.position))
    return body, RunState(end.state, conditions=conditions, energy_scale=end.energy_scale)
