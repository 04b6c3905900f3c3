"""Constraints as an index map, and the direct solver on element matrices, against dense linear algebra."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chemomech.fem.linear import DirectSolver, SingularMatrix, constraints


def transformation(constraint):
    """Dense T of u = u_fixed + T q."""
    dense = np.zeros((len(constraint.reduced), constraint.size))
    free = np.flatnonzero(constraint.reduced >= 0)
    dense[free, constraint.reduced[free]] = 1.0
    return dense


def random_system(seed, symmetric, size=12, elements=9, local=4):
    """Element matrices that overlap, their dofs, and the assembled dense matrix."""
    random = np.random.default_rng(seed)
    dofs = np.stack([random.choice(size, local, replace=False) for _ in range(elements)])
    matrices = random.standard_normal((elements, local, local))
    if symmetric:
        matrices = matrices + np.swapaxes(matrices, 1, 2)
    dense = np.zeros((size, size))
    for element, matrix in zip(dofs, matrices, strict=True):
        dense[np.ix_(element, element)] += matrix
    return dofs, matrices, dense


@pytest.mark.parametrize("symmetric", [True, False])
@pytest.mark.parametrize("seed", range(4))
def test_constrained_solution_is_the_dense_one(symmetric, seed):
    """Breaks when an entry goes to a wrong place, ties do not add up, or an indefinite matrix is not
    factorised."""
    dofs, matrices, dense = random_system(seed, symmetric)
    constraint = constraints(12, [0, 5], [np.array([2, 7, 9])])
    t = transformation(constraint)
    right = np.random.default_rng(seed + 10).standard_normal(constraint.size)
    solver = DirectSolver(constraint, [dofs[:5], dofs[5:]], symmetric)
    # Twice, with other numbers first: the pattern is reused.
    solver.factorise([2.0 * matrices[:5] + (0.0 if symmetric else 1.0), matrices[5:]])
    solver.factorise([matrices[:5], matrices[5:]])
    expected = np.linalg.solve(t.T @ dense @ t, right)
    assert solver.solve(right) == pytest.approx(expected, rel=1e-9, abs=1e-9 * np.abs(expected).max())


def test_singular_matrix_is_reported():
    """Breaks when a body that floats gives numbers instead of a reason."""
    constraint = constraints(2)
    solver = DirectSolver(constraint, [np.array([[0, 1]])], True)
    with pytest.raises(SingularMatrix):
        solver.factorise([np.zeros((1, 2, 2))])
        solver.solve(np.ones(2))


def test_a_group_with_a_fixed_member_is_fixed():
    """Breaks when a rigid platen on a fixed dof can still move."""
    constraint = constraints(6, [4], [np.array([1, 3, 4])])
    assert constraint.size == 3
    assert np.array_equal(constraint.reduced < 0, [False, True, False, True, True, False])


@settings(deadline=None)
@given(st.sets(st.integers(0, 9), max_size=4), st.sets(st.integers(0, 9), min_size=2, max_size=4))
def test_expand_restrict_and_gather_belong_together(fixed, tied):
    """Breaks when values are lost between full and reduced vectors, or gather is not the transpose of
    expand."""
    constraint = constraints(10, sorted(fixed), [np.array(sorted(tied))])
    random = np.random.default_rng(1)
    q, values, force = (
        random.standard_normal(constraint.size),
        random.standard_normal(10),
        random.standard_normal(10),
    )
    u = constraint.expand(q, values)
    is_fixed = constraint.reduced < 0
    assert np.array_equal(constraint.restrict(u), q)
    assert np.array_equal(u[is_fixed], values[is_fixed])
    assert fixed <= set(np.flatnonzero(is_fixed).tolist())
    if not fixed & tied:
        assert len(set(u[sorted(tied)])) == 1
    assert constraint.gather(force) @ q == pytest.approx(force @ np.where(is_fixed, 0.0, u))
