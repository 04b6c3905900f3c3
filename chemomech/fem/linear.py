"""Sparse linear algebra on constrained dofs: assembly of element matrices and a direct solver.

Constraints are an index map: every dof is either free (a reduced unknown of its own), tied to
others (they share one reduced unknown: rigid platens, periodic faces) or fixed (-1). Element
matrices go straight into the reduced matrix, so no product with a constraint matrix is needed:

    u = u_fixed + T q,   (T)_{i, reduced[i]} = 1.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from petsc4py import PETSc


@dataclass(frozen=True)
class Constraints:
    """Which reduced unknown each dof is.

    Attributes
    ----------
    reduced : (n,) array
        Reduced unknown of every dof, -1 when fixed.
    size : int
        Number of reduced unknowns.
    """

    reduced: NDArray
    size: int

    def expand(self, q: NDArray, fixed: NDArray) -> NDArray:
        """Full vector (n,) of reduced unknowns; `fixed` (n,) has the values of fixed dofs."""
        return np.where(self.reduced < 0, fixed, q[self.reduced])

    def restrict(self, u: NDArray) -> NDArray:
        """Reduced unknowns of a full vector that satisfies the ties."""
        q = np.empty(self.size)
        free = self.reduced >= 0
        q[self.reduced[free]] = u[free]
        return q

    def gather(self, force: NDArray) -> NDArray:
        """Sum up forces (n,) on the reduced unknowns, T^T f, (size,)."""
        free = self.reduced >= 0
        return np.bincount(self.reduced[free], weights=force[free], minlength=self.size)


def constraints(size: int, fixed: Any = (), tied: Sequence[NDArray] = ()) -> Constraints:
    """Make the index map of constrained dofs.

    Parameters
    ----------
    size : int
        Number of dofs.
    fixed : (f,) array
        Numbers of the fixed ones.
    tied : sequence of arrays
        Groups of dofs that share one value; with one fixed member a group is fixed as a whole.

    Raises
    ------
    ValueError
        For a dof in two groups.
    """
    leader = np.arange(size)
    members = np.concatenate([np.empty(0, dtype=np.int64), *tied])
    if len(np.unique(members)) < len(members):
        raise ValueError("a dof stands in two tied groups; join the groups")
    for group in tied:
        leader[group] = np.min(group)
    is_fixed = np.zeros(size, dtype=bool)
    is_fixed[np.asarray(fixed, dtype=np.int64)] = True
    # A group with one fixed member is fixed as a whole.
    is_fixed = np.isin(leader, leader[is_fixed])
    free = (leader == np.arange(size)) & ~is_fixed
    number = np.cumsum(free) - 1
    return Constraints(np.where(is_fixed, -1, number[leader]), int(free.sum()))


MUMPS_SCALING, DIAGONAL = 8, 1
MUMPS_DETERMINANT, REAL_PART = 33, 12
MUMPS_ORDERING, MINIMUM_FILL = 7, 2
SMALL = 40_000  # unknowns up to which minimum fill beats nested dissection, by a tenth


class SingularMatrix(Exception):
    """The factorisation met a zero pivot or gave non-finite numbers."""


def _pattern(
    reduced: NDArray, size: int, dof_sets: Sequence[NDArray]
) -> tuple[NDArray, NDArray, list[NDArray]]:
    """CSR pattern (indptr, indices) and the place of every entry; the last is of fixed dofs."""
    keys = []
    for dofs in dof_sets:
        number = reduced[dofs].astype(np.int64)
        pair = number[:, :, None] * size + number[:, None, :]
        fixed = (number[:, :, None] < 0) | (number[:, None, :] < 0)
        keys.append(np.where(fixed, size * size, pair).ravel())
    # The diagonal is always present, so that every row exists.
    diagonal = np.arange(size, dtype=np.int64) * (size + 1)
    unique, place = np.unique(np.concatenate([*keys, diagonal, [size * size]]), return_inverse=True)
    rows, columns = np.divmod(unique[:-1], size)
    indptr = np.searchsorted(rows, np.arange(size + 1)).astype(np.int32)
    ends = np.cumsum([len(each) for each in keys])
    parts = zip(np.split(place, ends), dof_sets, strict=False)
    places = [part.reshape(len(dofs), dofs.shape[1] ** 2) for part, dofs in parts]
    return indptr, columns.astype(np.int32), places


class DirectSolver:
    """Reduced sparse matrix of a fixed pattern, factorised by MUMPS: L D L^T if symmetric, or L U.

    dof_sets: for each group of element matrices their dofs (e, l). The pattern, the place of every
    element entry in it and the symbolic factorisation are made once; `factorise` only changes
    numbers. Element matrices are given as a list in the order of dof_sets: (e, l, l), a pair (rows,
    matrices of these rows), or None for a group that adds nothing.
    """

    def __init__(self, constraint: Constraints, dof_sets: Sequence[NDArray], symmetric: bool):
        """Make the pattern.

        Parameters
        ----------
        constraint : Constraints
            Which dofs are unknowns.
        dof_sets : sequence of (e, l) arrays
            Dofs of each group of element matrices.
        symmetric : bool
            Whether the matrix always is.
        """
        self.size, self.symmetric = constraint.size, symmetric
        indptr, indices, self.places = _pattern(constraint.reduced, self.size, dof_sets)
        self.values = np.zeros(len(indices))
        self.constant = np.zeros(len(indices))
        self.matrix = PETSc.Mat().createAIJWithArrays(
            (self.size, self.size), (indptr, indices, self.values), comm=PETSc.COMM_SELF
        )
        self.matrix.setOption(PETSc.Mat.Option.SYMMETRIC, symmetric)
        self._prepare()
        self.right, self.left = self.matrix.createVecs()

    def _prepare(self) -> None:
        """Make a solver without factors."""
        self.solver = PETSc.KSP().create(PETSc.COMM_SELF)
        self.solver.setOperators(self.matrix)
        self.solver.setType("preonly")
        preconditioner = self.solver.getPC()
        # A softening tangent is indefinite: MUMPS' L D L^T takes it, CHOLMOD's L L^T would not.
        preconditioner.setType("cholesky" if self.symmetric else "lu")
        preconditioner.setFactorSolverType("mumps")
        preconditioner.setFactorSetUpSolverType()
        # The default scaling iterates over the whole matrix at every factorisation: a fifth of its
        # time.
        self.factors = preconditioner.getFactorMatrix()
        self.factors.setMumpsIcntl(MUMPS_SCALING, DIAGONAL)
        self.factors.setMumpsIcntl(MUMPS_DETERMINANT, 1)
        if self.size < SMALL:
            self.factors.setMumpsIcntl(MUMPS_ORDERING, MINIMUM_FILL)

    def keep(self, element_matrices: Sequence[Any]) -> None:
        """Set the part of the matrix that stays: it is added to every later `factorise`."""
        self.constant = self._sum(element_matrices)

    def _sum(self, element_matrices: Sequence[Any]) -> NDArray:
        """Values of the pattern from element matrices."""
        values = np.zeros(len(self.values))
        for place, entry in zip(self.places, element_matrices, strict=True):
            if entry is None:
                continue
            rows, matrices = entry if isinstance(entry, tuple) else (slice(None), entry)
            # The last bin collects what belongs to fixed dofs.
            values += np.bincount(place[rows].ravel(), matrices.ravel(), len(values) + 1)[:-1]
        return values

    def factorise(self, element_matrices: Sequence[Any]) -> None:
        """Factorise the constant part plus these element matrices; raises SingularMatrix."""
        self.insert(element_matrices)
        self.factorise_again()

    def insert(self, element_matrices: Sequence[Any]) -> None:
        """Fill the matrix with the constant part plus these element matrices."""
        # PETSc's matrix shares the memory of `values`.
        self.values[:] = self.constant + self._sum(element_matrices)
        self.matrix.assemble()

    def factorise_again(self) -> None:
        """Factorise the matrix as it stands; raises SingularMatrix."""
        self.solver.setOperators(self.matrix)
        try:
            self.solver.setUp()
            status = self.factors.getMumpsInfog(1)
        except PETSc.Error as error:
            self._prepare()
            raise SingularMatrix(str(error)) from error
        if status < 0:
            # PETSc only notes that MUMPS failed; it would raise in the next solve, and never
            # factorise again.
            self._prepare()
            raise SingularMatrix(f"MUMPS: INFOG(1) = {status}")

    def determinant_sign(self) -> float:
        """Sign of the determinant: -1 where the number of negative eigenvalues is odd."""
        return float(np.sign(self.factors.getMumpsRinfog(REAL_PART)))

    def solve(self, right_hand_side: NDArray, transposed: bool = False) -> NDArray:
        """Solve the factorised system or its transpose, (size,).

        Raises
        ------
        SingularMatrix
            Where there is no finite solution.
        """
        self.right.array[:] = right_hand_side
        (self.solver.solveTranspose if transposed else self.solver.solve)(self.right, self.left)
        solution = self.left.array.copy()
        if not np.all(np.isfinite(solution)) or self.solver.getConvergedReason() < 0:
            raise SingularMatrix("the direct solver returned no finite solution")
        return solution
