"""Constraints as an index map, and the direct solver on element matrices, against dense linear
algebra."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chemomech.fem.linear import DirectSolver, SingularMatrix, constraints
from compare import approx


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
    return dofs, matrices, assembled(dofs, matrices, size)


def assembled(dofs, matrices, size=12):
    """Dense sum of element matrices."""
    dense = np.zeros((size, size))
    for element, matrix in zip(dofs, matrices, strict=True):
        dense[np.ix_(element, element)] += matrix
    return dense


@pytest.mark.parametrize("symmetric", [True, False])
@pytest.mark.parametrize("seed", range(4))
def test_constrained_solution_is_the_dense_one(symmetric, seed):
    """Breaks when an entry goes to a wrong place, ties do not add up, or an indefinite matrix is
    not factorised."""
    dofs, matrices, dense = random_system(seed, symmetric)
    constraint = constraints(12, [0, 5], [np.array([2, 7, 9])])
    t = transformation(constraint)
    right = np.random.default_rng(seed + 10).standard_normal(constraint.size)
    solver = DirectSolver(constraint, [dofs[:5], dofs[5:]], symmetric)
    # Twice, with other numbers first: the pattern is reused.
    solver.factorise([2.0 * matrices[:5] + (0.0 if symmetric else 1.0), matrices[5:]])
    solver.factorise([matrices[:5], matrices[5:]])
    expected = np.linalg.solve(t.T @ dense @ t, right)
    assert solver.solve(right) == approx(expected, rel=1e-9, abs=1e-9 * np.abs(expected).max())


@pytest.mark.parametrize("symmetric", [True, False])
@pytest.mark.parametrize("given", ["all", "rows", "no rows", "nothing"])
def test_kept_part_and_partial_entries_add_up(symmetric, given):
    """Breaks when the kept part is lost, counted twice or kept from a factorisation, or rows go to
    other places."""
    dofs, matrices, _ = random_system(3, symmetric)
    _, changes, _ = random_system(5, symmetric)
    rows = {
        "all": np.arange(4),
        "rows": np.array([3, 1]),
        "no rows": np.array([], dtype=int),
        "nothing": None,
    }[given]
    constraint = constraints(12, [4, 11], [np.array([0, 8])])
    t = transformation(constraint)
    solver = DirectSolver(constraint, [dofs[:5], dofs[5:]], symmetric)
    solver.keep([matrices[:5], None])
    right = np.random.default_rng(8).standard_normal(constraint.size)
    everything = {"all": changes[5:], "nothing": None}
    entry = everything[given] if given in everything else (rows, changes[5:][rows])
    bare = assembled(dofs, matrices)
    dense = bare if rows is None else bare + assembled(dofs[5:][rows], changes[5:][rows])
    # What a first factorisation added, here everywhere, must be gone in the second.
    solver.factorise([3.0 * changes[:5] + np.eye(4), changes[5:]])
    solver.keep([matrices[:5], matrices[5:]])
    solver.factorise([None, entry])
    expected = np.linalg.solve(t.T @ dense @ t, right)
    assert solver.solve(right) == approx(expected, rel=1e-9, abs=1e-9 * np.abs(expected).max())
    # The same solver once more, from the kept part alone.
    solver.factorise([None, None])
    alone = np.linalg.solve(t.T @ bare @ t, right)
    assert solver.solve(right) == approx(alone, rel=1e-9, abs=1e-9 * np.abs(alone).max())


@pytest.mark.parametrize("seed", range(8))
def test_transposed_solution_and_sign_of_the_determinant(seed):
    """Breaks when the transposed system is the plain one, or a saddle is told from the wrong sign
    or a scaled one."""
    dofs, matrices, dense = random_system(seed, False)
    solver, right = (
        DirectSolver(constraints(12), [dofs], False),
        np.random.default_rng(seed).standard_normal(12),
    )
    for scale in (1e-9, 1e12):
        solver.factorise([scale * matrices])
        expected = np.linalg.solve(scale * dense.T, right)
        assert solver.solve(right, transposed=True) == approx(expected, rel=1e-9, abs=0)
        assert solver.determinant_sign() == np.linalg.slogdet(dense)[0]


def test_entries_must_match_the_groups():
    """Breaks when a group too few or too many is silently left out."""
    dofs, matrices, _ = random_system(1, True)
    solver = DirectSolver(constraints(12), [dofs[:5], dofs[5:]], True)
    for entries in ([matrices[:5]], [matrices[:5], matrices[5:], None]):
        with pytest.raises(ValueError):
            solver.factorise(entries)
        with pytest.raises(ValueError):
            solver.keep(entries)


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
    """Breaks when values are lost between full and reduced vectors, or gather is not the transpose
    of expand."""
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
    assert constraint.gather(force) @ q == approx(force @ np.where(is_fixed, 0.0, u))
