"""Adaptive stepping along a load path, with every accepted step handed to a recorder."""

from dataclasses import dataclass, replace

from chemomech.models.mechanics import Load
from chemomech.models.supports import Fixture
from chemomech.simulation.energy import EnergyAccount
from chemomech.simulation.errors import NoConvergence
from chemomech.simulation.newton import NewtonOptions
from chemomech.simulation.phase_field_step import mechanical_step as step

FURTHER = 4  # times shorter than accuracy_cuts allows


@dataclass(frozen=True)
class SteppingOptions:
    """Lengths are fractions of a half cycle.

    energy_tolerance: allowed energy error of one step over what the run has dissipated; a step is cut
    for it down to `largest`/accuracy_cuts only, since a particle that lets go at once has no path to resolve,
    and FURTHER below that while the run's own balance is off by more than energy_budget.
    """

    newton: NewtonOptions = NewtonOptions()
    first: float = 0.05
    largest: float = 0.05
    smallest: float = 1e-4
    energy_tolerance: float = 3e-3
    energy_budget: float = 0.01
    accuracy_cuts: int = 8
    few_iterations: int = 5


@dataclass(frozen=True)
class Progress:
    """Where a run stands: time [half cycles], mechanical state, energies and counts so far.

    energy_scale [J/m] is the largest size of the account so far: what energy errors are relative to; skipped:
    cycles jumped over.
    """

    time: float
    state: object
    energy: EnergyAccount = EnergyAccount()
    energy_scale: float = 0.0
    iterations: int = 0
    steps: int = 0
    cuts: int = 0
    skipped: int = 0

    @property
    def energy_error(self):
        """Energy balance error relative to `error_scale`."""
        scale = error_scale(self.energy, self.energy_scale)
        return abs(self.energy.residual) / scale if scale > 0 else 0.0


def error_scale(energy, largest_size):
    """What energy errors are measured against [J/m]: what was dissipated, plus a fiftieth of the largest size.

    Against the whole stored energy errors of the dissipation would look small; the second term keeps
    runs that dissipate nothing from being judged by round-off.
    """
    return energy.dissipated + 0.02 * largest_size


def follow(mechanics, progress, load_at, end, options, record=lambda progress: None):
    """Walk from progress.time to `end` along load_at(time, dt) -> Load; returns the last Progress.

    A step is cut to a quarter when Newton fails and in half when its energy error is too large, and
    doubles after easy steps. Raises NoConvergence below the smallest step.
    """
    dt, velocity = options.first, None
    while progress.time < end - 1e-12:
        length = min(dt, end - progress.time)
        load = load_at(progress.time + length, length)
        guess = None if velocity is None else progress.state.displacement + length * velocity
        result = step(mechanics, progress.state, load, options.newton, guess)
        energy = progress.energy + result.energy
        scale = max(progress.energy_scale, energy.size)
        allowed = options.energy_tolerance * error_scale(energy, scale)
        error = abs(result.energy.residual) / allowed if allowed > 0 else 0.0
        too_coarse = (
            result.converged and error > 1.0 and length > 1.01 * _shortest(options, progress)
        )
        if not result.converged or too_coarse:
            progress = replace(
                progress, iterations=progress.iterations + result.iterations, cuts=progress.cuts + 1
            )
            dt, velocity = (0.5 if result.converged else 0.25) * length, None
            if dt < options.smallest:
                raise NoConvergence(
                    f"at {progress.time:.4f} half cycles, step {length:.1e}: {result.reason}; "
                    "a larger solver.viscosity or a finer mesh at the interface helps"
                )
            continue
        velocity = (result.state.displacement - progress.state.displacement) / length
        progress = replace(
            progress,
            time=progress.time + length,
            state=result.state,
            energy=energy,
            energy_scale=scale,
            iterations=progress.iterations + result.iterations,
            steps=progress.steps + 1,
        )
        record(progress)
        easy = result.iterations <= options.few_iterations and error < 0.25
        dt = min(2.0 * length if easy else length, options.largest)
    return progress


def _shortest(options, progress):
    """Length down to which a step is cut for its energy error."""
    over_budget = progress.energy_error > options.energy_budget
    return options.largest / (options.accuracy_cuts * (FURTHER if over_budget else 1))


def preloaded(mechanics, stack, newton, steps, smallest, growth=0.0):
    """(Mechanics, Progress) of a body at rest under its stack pressure, reached in this many even steps.

    The Mechanics is the given one held by the stack's fixture, for all that follows. stack: of a case; smallest: step over
    the whole way; growth [m] as in Load.
    """
    fixed = stack.fixture != "constant_pressure"
    # A copy of its own: its factors need not outlive the preload.
    body = mechanics.with_supports(mechanics.supports) if fixed else mechanics
    options = SteppingOptions(newton, 1.0 / steps, 1.0 / steps, smallest)
    progress = Progress(0.0, body.initial_state())
    progress = follow(
        body, progress, lambda t, dt: Load(stack.pressure * t, imposed_opening=growth), 1.0, options
    )
    if fixed:
        position = progress.state.position
        body = mechanics.with_fixture(Fixture(stack.fixture, stack.stiffness or 0.0, position))
    return body, progress
