r"""Minimum of a convex quadratic between bounds:

    min  x^T H x/2 - f^T x   with   lower <= x <= upper,      H symmetric, positive definite.

Projected Newton (Bertsekas, SIAM J. Control Optim. 20 (1982) 221): unknowns that stand at a bound
and are pushed against it stay, the others take a Newton step, which is bent along the bounds and
shortened until the energy falls. On a quadratic the set of those that stay settles after finitely
many steps, and the next step is exact. At the minimum

    x = P(x - r/diag H),   r = H x - f,   P the projection on the bounds:

r = 0 between the bounds, r >= 0 at the lower and r <= 0 at the upper one (Karush, Kuhn, Tucker).
"""

from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_array

from chemomech.fem.linear import DirectSolver

SUFFICIENT = 1e-4  # share of the decrease that the slope promises
HALVINGS = 30


class NoMinimum(Exception):
    """The iterations ended before the conditions of a minimum were met."""


class Minimum(NamedTuple):
    """point (n,); optimality: largest departure of x from P(x - r/diag H); iterations."""

    point: np.ndarray
    optimality: float
    iterations: int


class BoundedQuadratic:
    """One pattern of H, from element matrices on dof_sets as a DirectSolver takes them, and its factorisations."""

    def __init__(self, constraint, dof_sets):
        self.solver = DirectSolver(constraint, dof_sets, symmetric=True)
        indptr, self.columns, _ = self.solver.matrix.getValuesCSR()
        self.indptr = indptr
        self.rows = np.repeat(np.arange(constraint.size), np.diff(indptr))
        self.on_diagonal = self.rows == self.columns

    def keep(self, element_matrices):
        """Set the part of H that stays."""
        self.solver.keep(element_matrices)

    def minimise(
        self, element_matrices, linear, lower, upper, start, tolerance=1e-10, maximum_iterations=200
    ):
        """Minimum from a start (n,); linear: f (n,), lower, upper (n,). Raises NoMinimum, SingularMatrix."""
        self.solver.insert(element_matrices)
        values = self.solver.values.copy()
        matrix = csr_array((values, self.columns, self.indptr), shape=(len(linear),) * 2)
        diagonal = values[self.on_diagonal]
        x, last = np.clip(start, lower, upper), None
        for iteration in range(maximum_iterations + 1):
            slope = matrix @ x - linear
            optimality = float(
                np.max(np.abs(x - np.clip(x - slope / diagonal, lower, upper)), initial=0.0)
            )
            if optimality <= tolerance:
                return Minimum(x, optimality, iteration)
            stays = ((x <= lower) & (slope > 0)) | ((x >= upper) & (slope < 0))
            if last is None or not np.array_equal(stays, last):
                self._factorise(values, diagonal, stays)
            last = stays
            direction = self.solver.solve(np.where(stays, 0.0, -slope))
            x = _search(matrix, linear, lower, upper, x, slope, direction)
        raise NoMinimum(
            f"departure {optimality:.1e} from the minimum after {maximum_iterations} iterations"
        )

    def _factorise(self, values, diagonal, stays):
        """Factorise H with the rows and columns of what stays replaced by their diagonal."""
        cut = np.where(stays[self.rows] | stays[self.columns], 0.0, values)
        cut[self.on_diagonal] = diagonal
        self.solver.values[:] = cut
        self.solver.matrix.assemble()
        self.solver.factorise_again()


def _search(matrix, linear, lower, upper, x, slope, direction):
    """The first of the points P(x + s d), s = 1, 1/2, ... whose energy is low enough."""
    for halving in range(HALVINGS):
        moved = np.clip(x + 0.5**halving * direction, lower, upper)
        step = moved - x
        change = slope @ step + 0.5 * step @ (matrix @ step)
        if change <= SUFFICIENT * (slope @ step) or not np.any(step):
            return moved
    return moved
