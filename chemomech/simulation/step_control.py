"""How long steps are: what cuts one, and what the next may grow by."""

from dataclasses import dataclass

import numpy as np

from chemomech.simulation.energy import EnergyAccount, error_scale
from chemomech.simulation.run_state import RunState


@dataclass(frozen=True)
class StepControl:
    """How long steps are; lengths in the unit of the path's time.

    A step is cut for its energy error down to `largest`/`accuracy_cuts` only, since a particle that
    lets go at once has no path to resolve, and `further_cuts` below that while the run's own
    balance is off by more than `energy_budget`.

    Attributes
    ----------
    first, largest, smallest : float
        Length of the first step, of any step at most; below the smallest a step that fails ends the
        run.
    growth : float
        Largest lengthening from one step to the next.
    least_growth : float
        Smallest factor from an accepted step to the next.
    cutback_failed : float
        Factor after a step that did not converge.
    cutback : float
        Factor after a step whose energy error is too large.
    cutback_far, far_off : float
        The factor instead of `cutback` where the energy error is `far_off` times the allowed one or
        more.
    safety : float
        Share of the length at which the error in time would just be allowed.
    cutback_least : float
        Smallest factor after a step whose error in time is too large.
    error_floor : float
        Times the smallest length down to which a step is cut for its error in time, unless the
        Attempt names a length.
    deeper : float
        Share of a step that was cut below the smallest for its error in time, down to which one
        that fails is cut further.
    easy_error : float
        Energy error over the allowed one above which the next step is not longer.
    few_iterations : int
        Newton iterations of mechanics up to which a step of a load path is an easy one.
    energy_tolerance : float
        Energy error of a step that is allowed, over `energy.error_scale` of the run.
    energy_budget : float
        Energy error of the run, over the same, above which steps are cut further.
    accuracy_cuts, further_cuts : int
        Times shorter than `largest` that a step is cut for its energy error, and times more beyond
        the budget.
    maximum_steps : float
        Steps of one path, those in vain included, after which it is given up.
    deadline : float
        Reading of `time.monotonic` [s] from which on no further step is tried.
    """

    first: float = 0.05
    largest: float = 0.05
    smallest: float = 1e-4
    growth: float = 2.0
    least_growth: float = 0.5
    cutback_failed: float = 0.25
    cutback: float = 0.5
    cutback_far: float = 0.25
    far_off: float = np.inf
    safety: float = 0.8
    cutback_least: float = 1e-4
    error_floor: float = 4.0
    deeper: float = 0.01
    easy_error: float = 0.25
    few_iterations: int = 5
    energy_tolerance: float = 3e-3
    energy_budget: float = 0.01
    accuracy_cuts: int = 8
    further_cuts: int = 4
    maximum_steps: float = np.inf
    deadline: float = np.inf

    def energy_error(self, run_state: RunState, energy: EnergyAccount) -> float:
        """Energy error of a step from a RunState over what is allowed."""
        end = run_state.with_energy(energy)
        allowed = self.energy_tolerance * error_scale(end.energy, end.energy_scale)
        return abs(energy.residual) / allowed if allowed > 0 else 0.0

    def shortest(self, run_state: RunState) -> float:
        """Length down to which a step from a RunState is cut for its energy error."""
        over_budget = run_state.energy_error > self.energy_budget
        return self.largest / (self.accuracy_cuts * (self.further_cuts if over_budget else 1))

    def cut_for_error(self, error: float) -> float:
        """Factor after a step whose error in time is this much over what is allowed."""
        return max(self.cutback_least, self.safety * error**-0.5)

    def cut_for_energy(self, error: float) -> float:
        """Factor after a step whose energy error is this much over what is allowed."""
        return self.cutback if error < self.far_off else self.cutback_far

    def next_growth(self, error: float, energy_error: float, easy: bool) -> float:
        """Factor from an accepted step to the next; both errors over what is allowed."""
        growth = min(self.growth, self.safety * error**-0.5) if error > 0 else self.growth
        if energy_error > self.easy_error or not easy:
            growth = min(growth, 1.0)
        return max(growth, self.least_growth)
