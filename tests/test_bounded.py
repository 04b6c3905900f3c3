"""The minimum of a quadratic between bounds, against its own conditions and against another
method."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import lsq_linear

from chemomech.fem.bounded import BoundedQuadratic, NoMinimum
from chemomech.fem.linear import constraints


def problem(size, seed, conditioning=1.0):
    """A dense positive definite H as one element matrix, f, bounds that meet some unknowns, and
    their root A of H."""
    random = np.random.default_rng(seed)
    root = random.standard_normal((size, size)) + conditioning * np.eye(size)
    matrix = root.T @ root + 1e-3 * np.eye(size)
    lower = random.uniform(-1, 0.5, size)
    upper = lower + random.uniform(0.0, 1.5, size)
    return matrix, random.standard_normal(size) * 3, lower, upper


def minimise(matrix, linear, lower, upper, start=None, **options):
    quadratic = BoundedQuadratic(constraints(len(linear)), [np.arange(len(linear))[None]])
    start = np.zeros(len(linear)) if start is None else start
    return quadratic.minimise([matrix[None]], linear, lower, upper, start, **options)


@settings(max_examples=40, deadline=None)
@given(
    size=st.integers(1, 25),
    seed=st.integers(0, 10_000),
    conditioning=st.sampled_from([0.0, 2.0, 20.0]),
)
def test_conditions_of_the_minimum(size, seed, conditioning):
    """Between the bounds the slope vanishes, at the lower it is >= 0, at the upper <= 0, and no
    bound is passed: what irreversibility rests on. Matrices are no M-matrices, which active-set
    methods need to be sure to end."""
    matrix, linear, lower, upper = problem(size, seed, conditioning)
    found = minimise(matrix, linear, lower, upper)
    x, slope = found.point, matrix @ found.point - linear
    assert np.all(x >= lower) and np.all(x <= upper)
    inside, scale = (x > lower) & (x < upper), np.diag(matrix)
    assert np.abs(slope / scale)[inside].max(initial=0.0) <= 1e-9
    assert np.min((slope / scale)[(x == lower) & (x < upper)], initial=0.0) >= -1e-9
    assert np.max((slope / scale)[(x == upper) & (x > lower)], initial=0.0) <= 1e-9


@pytest.mark.parametrize("seed", range(5))
def test_agrees_with_least_squares_between_bounds(seed):
    """The same point as an independent solver's, wherever the search starts."""
    matrix, linear, lower, upper = problem(12, seed)
    root = np.linalg.cholesky(matrix).T
    other = lsq_linear(
        root, np.linalg.solve(root.T, linear), (lower, upper + 1e-12), method="bvls", tol=1e-14
    ).x
    for start in (lower, upper, 0.5 * (lower + upper), np.full(12, 9.0)):
        np.testing.assert_allclose(
            minimise(matrix, linear, lower, upper, start).point, other, atol=1e-6
        )


def test_without_bounds_it_is_the_solution():
    """One Newton step."""
    matrix, linear, _, _ = problem(10, 1)
    found = minimise(matrix, linear, np.full(10, -1e9), np.full(10, 1e9), tolerance=1e-8)
    np.testing.assert_allclose(matrix @ found.point, linear, atol=1e-6)
    assert found.iterations <= 2


def test_says_when_it_has_not_arrived():
    """An iteration that is cut off must not pass for a minimum."""
    matrix, linear, lower, upper = problem(10, 2)
    with pytest.raises(NoMinimum, match="after 0 iterations"):
        minimise(matrix, linear, lower, upper, maximum_iterations=0)


def test_fixed_unknowns_stay_out():
    """Dofs that the constraints fix have no row; the others see the kept part of the matrix."""
    constraint = constraints(3, [1])
    quadratic = BoundedQuadratic(constraint, [np.array([[0, 1, 2]])])
    quadratic.keep([np.diag([1.0, 5.0, 1.0])[None]])
    found = quadratic.minimise(
        [np.eye(3)[None]], np.array([4.0, -4.0]), np.zeros(2), np.ones(2) * 9, np.zeros(2)
    )
    np.testing.assert_allclose(
        constraint.expand(found.point, np.zeros(3)), [2.0, 0.0, 0.0], atol=1e-12
    )


@pytest.mark.parametrize("seed", [441, 640, 936, 1020])
def test_steps_that_would_go_in_circles_are_shortened(seed):
    """With these matrices full steps along the bounds never settle, as those of active sets need
    not where H is no M-matrix; the search on the energy must end all the same."""
    random = np.random.default_rng(seed)
    size = int(random.integers(3, 6))
    root = random.standard_normal((size, size))
    matrix, linear = root.T @ root + 1e-2 * np.eye(size), random.standard_normal(size)
    start = np.zeros(size) if seed % 2 else random.uniform(0, 2, size)
    found = minimise(matrix, linear, np.zeros(size), np.full(size, 1e9), start)
    slope = matrix @ found.point - linear
    assert np.all(np.minimum(found.point, slope) > -1e-9) and abs(found.point @ slope) < 1e-8
