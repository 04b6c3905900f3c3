r"""One load step as a value: from a state and a load to a new state, or to the reason why not.

Newton's method on R(q) = 0, where R is the slope of the step's incremental energy (without friction
and with equal modes exactly so, else nearly). A debonding body has saddles: there the tangent is
indefinite and Newton's direction d leads uphill, R . d > 0. Then the way back, -d, is taken: it
leaves the saddle along the direction of negative curvature. Along d the slope R(q + s d) . d is
brought near zero: a step past the valley's bottom is cut back, one that still falls steeply from a
saddle is stretched. So points of contact that open and close in turn settle, and a particle that
lets go falls to its next stable state at a fixed load. Only residuals are used; energies would
cancel to nothing.

With unequal modes or friction the tangent K is not symmetric, and R . d > 0 does not yet make a
saddle: stable equilibria, all eigenvalues of K positive, can have it too. There a negative
determinant tells the saddle. Where it is positive and d leads uphill all the same, d is right and R
. d the wrong measure: the search then brings d . K^-1 R(q + s d) near zero, what is left of the
Newton correction along d (K as at s = 0; Deuflhard's natural level function, Newton Methods for
Nonlinear Problems, 2004). It starts at -|d|^2. In a step's first iterations the way back is taken
all the same: with friction that is mostly the shorter one.
"""

from dataclasses import dataclass

import numpy as np

from chemomech.fem.linear import SingularMatrix
from chemomech.simulation.energy import EnergyAccount, energy_of_step


@dataclass(frozen=True)
class NewtonOptions:
    """When a step has converged.

    Attributes
    ----------
    tolerance : float
        Residual over the force scale.
    maximum_iterations : int
        Iterations after which a step has failed.
    """

    tolerance: float = 1e-6
    maximum_iterations: int = 40


@dataclass(frozen=True)
class StepResult:
    """Outcome of one step of mechanics.

    Attributes
    ----------
    converged : bool
        Whether there is a new state.
    reason : str
        Why there is none.
    state : MechanicalState or None
        At the end.
    energy : EnergyAccount
        What the step took.
    iterations : int
        Of Newton's method.
    """

    converged: bool
    reason: str
    state: object
    energy: EnergyAccount
    iterations: int


PATIENCE = 8  # iterations in which R . d > 0 counts as a saddle without a look at the determinant
STRETCHES = 6  # doublings of a direction that leaves a saddle
SEARCHES = 8  # points tried between two slopes of opposite sign
FLAT = 0.5  # slope, relative to the first, that counts as the bottom


def step(mechanics, state, load, options=NewtonOptions(), guess=None):
    """Solve equilibrium under a load from the history in a state, which is not changed.

    Parameters
    ----------
    mechanics : Mechanics
        The body.
    state : MechanicalState
        At the start.
    load : Load
        At the end.
    options : NewtonOptions
        When the step has converged.
    guess : (n,) array or None
        Displacement to start from [m]; None: the state's.
    """
    constraint, fixed = mechanics.constraint, mechanics.fixed_values(load)

    def evaluate(q):
        return mechanics.evaluate(constraint.expand(q, fixed), state, load)

    q = constraint.restrict(state.displacement if guess is None else guess)
    trial = evaluate(q)
    for iteration in range(1, options.maximum_iterations + 1):
        try:
            mechanics.solver.factorise(mechanics.tangent(trial))
            direction = mechanics.solver.solve(-trial.residual)
            probe = (
                direction
                if iteration <= PATIENCE
                else _probe(mechanics.solver, direction, trial.residual)
            )
        except SingularMatrix as error:
            return _failed(f"singular tangent: {error}", iteration)
        q, trial = _search(evaluate, q, direction, probe, float(trial.residual @ probe))
        size = float(np.linalg.norm(trial.residual))
        if not np.isfinite(size):
            return _failed("the residual is not finite", iteration)
        if size <= options.tolerance * trial.scale:
            end = mechanics.state(trial, load)
            return StepResult(
                True, "", end, energy_of_step(mechanics, state, end, trial), iteration
            )
    return _failed(
        f"mechanics: residual {size / trial.scale:.1e}, above solver.tolerance "
        f"{options.tolerance:.0e}, after {iteration} iterations",
        iteration,
    )


def _failed(reason, iterations):
    return StepResult(False, reason, None, EnergyAccount(), iterations)


def _probe(solver, direction, residual):
    """Return the vector p (size,) of the slope R . p: the direction d, or K^-T d.

    The latter where R . d > 0 is no sign of a saddle.
    """
    if residual @ direction <= 0 or solver.symmetric or solver.determinant_sign() < 0:
        return direction
    return solver.solve(direction, transposed=True)


def _search(evaluate, q, direction, probe, slope):
    """Return unknowns and Trial near the first zero of R . probe along a direction.

    slope: its value at q.
    """
    uphill = slope > 0
    if uphill:
        direction, probe, slope = -direction, -probe, -slope
    low, low_slope, high = 0.0, slope, 1.0
    trial = evaluate(q + direction)
    high_slope = float(trial.residual @ probe)
    stretches = 0
    while stretches < STRETCHES and high_slope < (FLAT if uphill else 1.0) * slope:
        low, low_slope, high = high, high_slope, 2.0 * high
        trial = evaluate(q + high * direction)
        high_slope = float(trial.residual @ probe)
        stretches += 1
    length = high
    # The comparison is so turned that a residual that is not finite is searched back from.
    if not high_slope <= -FLAT * slope:
        for _ in range(SEARCHES):
            guess = (
                low - low_slope * (high - low) / (high_slope - low_slope)
                if np.isfinite(high_slope)
                else 0.0
            )
            margin = 0.1 * (high - low)
            length = min(max(guess, low + margin), high - margin)
            trial = evaluate(q + length * direction)
            here = float(trial.residual @ probe)
            if abs(here) <= 0.3 * abs(slope):
                break
            if here < 0:
                low, low_slope = length, here
            else:
                high, high_slope = length, here
    return q + length * direction, trial
