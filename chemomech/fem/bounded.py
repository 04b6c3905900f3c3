r"""Minimum of a convex quadratic between bounds.

    min  x^T H x/2 - f^T x   with   lower <= x <= upper,      H symmetric, positive definite.

Projected Newton (Bertsekas, SIAM J. Control Optim. 20 (1982) 221): unknowns that stand at a bound
and are pushed against it stay, the others take a Newton step, which is bent along the bounds and
shortened until the energy falls. On a quadratic the set of those that stay settles after finitely
many steps, and the next step is exact. At the minimum

    x = P(x - r/diag H),   r = H x - f,   P the projection on the bounds:

r = 0 between the bounds, r >= 0 at the lower and r <= 0 at the upper one (Karush, Kuhn, Tucker).
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from chemomech.fem.linear import Constraints, DirectSolver

SUFFICIENT = 1e-4  # share of the decrease that the slope promises
HALVINGS = 30


class NoMinimum(Exception):
    """The iterations ended before the conditions of a minimum were met."""


class Minimum(NamedTuple):
    """A minimum.

    Attributes
    ----------
    point : (n,) array
        Where it is.
    optimality : float
        Largest departure of x from P(x - r/diag H).
    iterations : int
        How many it took.
    """

    point: NDArray
    optimality: float
    iterations: int


class BoundedQuadratic:
    """One pattern of H, from element matrices as a DirectSolver takes them, and its factors."""

    def __init__(self, constraint: Constraints, dof_sets: Sequence[NDArray]):
        """Make the pattern; parameters are those of a DirectSolver."""
        self.solver = DirectSolver(constraint, dof_sets, symmetric=True)
        indptr, self.columns, _ = self.solver.matrix.getValuesCSR()
        self.indptr = indptr
        self.rows = np.repeat(np.arange(constraint.size), np.diff(indptr))
        self.on_diagonal = self.rows == self.columns

    def keep(self, element_matrices: Sequence[Any]) -> None:
        """Set the part of H that stays."""
        self.solver.keep(element_matrices)

    def minimise(
        self,
        element_matrices: Sequence[Any],
        linear: NDArray,
        lower: NDArray,
        upper: NDArray,
        start: NDArray,
        tolerance: float = 1e-10,
        maximum_iterations: int = 200,
    ) -> Minimum:
        """Find the minimum.

        Parameters
        ----------
        element_matrices : sequence
            What adds to the part of H that stays.
        linear : (n,) array
            f.
        lower, upper : (n,) arrays
            Bounds.
        start : (n,) array
            Where to begin.
        tolerance : float
            Largest departure from the conditions of a minimum.
        maximum_iterations : int
            Of projected Newton.

        Raises
        ------
        NoMinimum, SingularMatrix
            Where the iterations end before.
        """
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

    def _factorise(self, values: NDArray, diagonal: NDArray, stays: NDArray) -> None:
        """Factorise H with the rows and columns of what stays replaced by their diagonal."""
        cut = np.where(stays[self.rows] | stays[self.columns], 0.0, values)
        cut[self.on_diagonal] = diagonal
        self.solver.values[:] = cut
        self.solver.matrix.assemble()
        self.solver.factorise_again()


def _search(
    matrix: csr_array,
    linear: NDArray,
    lower: NDArray,
    upper: NDArray,
    x: NDArray,
    slope: NDArray,
    direction: NDArray,
) -> NDArray:
    """Find the first of the points P(x + s d), s = 1, 1/2, ... of low enough energy."""
    for halving in range(HALVINGS):
        moved = np.clip(x + 0.5**halving * direction, lower, upper)
        step = moved - x
        change = slope @ step + 0.5 * step @ (matrix @ step)
        if change <= SUFFICIENT * (slope @ step) or not np.any(step):
            return moved
    return moved
