"""Plane-strain elasticity against a manufactured displacement: orders in the L2 norm of
displacement and strain."""

import numpy as np
import pytest

from bodies import (
    body_force,
    cell_values,
    elastic_tangent,
    face_nodes,
    fill,
    solve_linear,
    vector_dofs,
)
from chemomech.fem.domain import build_domain
from chemomech.fem.operators import strain_operator
from chemomech.fem.split_space import split_space
from meshes import box, moved, rotation
from rates import check_order

YOUNG, POISSON = 1.0, 0.35
LAME = YOUNG * POISSON / ((1 + POISSON) * (1 - 2 * POISSON))
SHEAR = YOUNG / (2 * (1 + POISSON))
TURN = rotation(2, 0.4)
PI = np.pi


def displacement(x):
    """u = (sin(pi x) sin(pi y), y^2 sin(pi x)) in the body's axes, turned with the mesh."""
    a, b = np.moveaxis(x @ TURN, -1, 0)
    return np.stack([np.sin(PI * a) * np.sin(PI * b), b**2 * np.sin(PI * a)], axis=-1) @ TURN.T


def strain(x):
    """Voigt strain of the displacement in the global axes."""
    a, b = np.moveaxis(x @ TURN, -1, 0)
    slope = np.empty((*a.shape, 2, 2))
    slope[..., 0, 0] = PI * np.cos(PI * a) * np.sin(PI * b)
    slope[..., 0, 1] = PI * np.sin(PI * a) * np.cos(PI * b)
    slope[..., 1, 0] = PI * b**2 * np.cos(PI * a)
    slope[..., 1, 1] = 2 * b * np.sin(PI * a)
    slope = TURN @ slope @ TURN.T
    return np.stack(
        [slope[..., 0, 0], slope[..., 1, 1], 0 * a, slope[..., 0, 1] + slope[..., 1, 0]], axis=-1
    )


def force(x):
    """f = -(lambda + mu) grad div u - mu laplace u, derived by hand."""
    a, b = np.moveaxis(x @ TURN, -1, 0)
    div_a = -(PI**2) * np.sin(PI * a) * np.sin(PI * b) + 2 * PI * b * np.cos(PI * a)
    div_b = PI**2 * np.cos(PI * a) * np.cos(PI * b) + 2 * np.sin(PI * a)
    laplace_a = -2 * PI**2 * np.sin(PI * a) * np.sin(PI * b)
    laplace_b = (2 - PI**2 * b**2) * np.sin(PI * a)
    grad_div, laplace = np.stack([div_a, div_b], axis=-1), np.stack([laplace_a, laplace_b], axis=-1)
    return -((LAME + SHEAR) * grad_div + SHEAR * laplace) @ TURN.T


def errors(count, degree):
    """L2 errors of displacement and strain on a turned, slightly distorted mesh."""
    domain = build_domain(moved(box((count, count), jiggle=0.1), TURN))
    space = split_space(domain, degree, (2,))
    cells = np.arange(len(domain.region))
    operator, fine = (strain_operator(domain, space, cells, k) for k in (2 * (degree - 1), 6))
    exact = fill(domain, space, {"block": displacement})
    fixed = vector_dofs(
        np.unique(np.concatenate([face_nodes(domain, space, f) for f in domain.boundaries])), 2
    )
    values = np.where(np.isin(np.arange(len(exact)), fixed), exact, 0.0)
    load = body_force(domain, space, fine, force(fine.points))
    u = solve_linear(fixed, values, [(operator, elastic_tangent(operator, YOUNG, POISSON))], load)
    gap = cell_values(domain, space, fine, u) - displacement(fine.points)
    return (
        np.sqrt(fine.integral((gap**2).sum(axis=-1))),
        np.sqrt(fine.integral(((fine(u) - strain(fine.points)) ** 2).sum(axis=-1))),
    )


@pytest.mark.parametrize(
    ("degree", "counts", "bounds"), [(1, (8, 16, 32), (4e-3, 0.25)), (2, (4, 8, 16), (1e-4, 2e-2))]
)
def test_orders_of_convergence(degree, counts, bounds):
    """Breaks when strain, stiffness or assembly is wrong by any factor, or a degree does not reach
    its order."""
    found = np.array([errors(count, degree) for count in counts])
    sizes = 1.0 / np.array(counts)
    check_order(f"elasticity P{degree} displacement", sizes, found[:, 0])
    check_order(f"elasticity P{degree} strain", sizes, found[:, 1])
    assert found[-1, 0] < bounds[0]
    assert found[-1, 1] < bounds[1]
