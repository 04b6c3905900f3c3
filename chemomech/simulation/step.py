"""One load step as a value: from a state and a load to a new state, or to the reason why not."""

from dataclasses import dataclass

import numpy as np

from chemomech.fem.linear import SingularMatrix
from chemomech.simulation.energy import EnergyAccount, energy_of_step


@dataclass(frozen=True)
class NewtonOptions:
    """tolerance: residual over force scale; maximum_iterations per step."""

    tolerance: float = 1e-6
    maximum_iterations: int = 15


@dataclass(frozen=True)
class StepResult:
    """converged; reason when not; state: the new state, None when not converged; energy of the step; iterations."""

    converged: bool
    reason: str
    state: object
    energy: EnergyAccount
    iterations: int


FREE_ITERATIONS = 5  # so long the residual may grow a little: debonding often has to pass a hump
PATIENCE = 5  # iterations without a new smallest residual before a step is given up


def step(mechanics, state, load, options=NewtonOptions(), guess=None):
    """Solve equilibrium under `load` from the history in `state` by Newton's method with backtracking.

    guess: displacement to start from (default: the state's). `state` is never changed.
    """
    constraint, fixed = mechanics.constraint, mechanics.fixed_values()
    q = constraint.restrict(state.displacement if guess is None else guess)
    current = mechanics.evaluate(constraint.expand(q, fixed), state, load)
    norms = [float(np.linalg.norm(current.residual))]
    for iteration in range(1, options.maximum_iterations + 1):
        try:
            mechanics.solver.factorise(current.matrices)
            correction = mechanics.solver.solve(-current.residual)
        except SingularMatrix as error:
            return _failed(f"singular tangent: {error}", iteration)
        growth = 1.5 if iteration <= FREE_ITERATIONS else 1.0
        q, current = _backtrack(mechanics, q, correction, fixed, state, load, current, growth)
        norms.append(float(np.linalg.norm(current.residual)))
        if not np.isfinite(norms[-1]):
            return _failed("the residual is not finite", iteration)
        if norms[-1] <= options.tolerance * current.scale:
            energy = energy_of_step(mechanics, state, current.state, current.plastic_work)
            return StepResult(True, "", current.state, energy, iteration)
        if iteration > PATIENCE and min(norms[-PATIENCE:]) >= min(norms[1:-PATIENCE]):
            break
    return _failed(f"residual {norms[-1] / current.scale:.1e} after {iteration} iterations", iteration)


def _failed(reason, iterations):
    return StepResult(False, reason, None, EnergyAccount(), iterations)


def _backtrack(mechanics, q, correction, fixed, state, load, current, growth, tries=4):
    """Full step unless the residual grows by more than `growth`; then the best of a few shorter ones."""
    norm = np.linalg.norm(current.residual)
    best = None
    for attempt in range(tries):
        trial_q = q + 0.5**attempt * correction
        trial = mechanics.evaluate(mechanics.constraint.expand(trial_q, fixed), state, load)
        trial_norm = np.linalg.norm(trial.residual)
        if best is None or trial_norm < best[0]:
            best = (trial_norm, trial_q, trial)
        if trial_norm <= growth * norm:
            break
    return best[1], best[2]
