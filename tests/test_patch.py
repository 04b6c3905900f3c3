"""Patch tests: uniform strain is reproduced exactly on distorted meshes, through whole and cut
interfaces."""

import numpy as np
import pytest

from bodies import elastic_tangent, face_nodes, fill, solve_linear, vector_dofs
from chemomech.fem.domain import build_domain
from chemomech.fem.operators import jump_operator, strain_operator
from chemomech.fem.split_space import split_space
from compare import approx
from meshes import box, moved, permuted, rotation

CASES = pytest.mark.parametrize(("dimension", "degree"), [(2, 1), (2, 2), (3, 1), (3, 2)])
YOUNG, POISSON = 2.0, 0.3


def two_blocks(dimension, seed=1):
    mesh = box(
        (4,) * dimension,
        region_of=lambda x: "low" if x[-1] < 0.5 else "high",
        jiggle=0.25,
        seed=seed,
    )
    turn = rotation(dimension)
    return build_domain(permuted(moved(mesh, turn), seed)), turn


def outer_dofs(domain, space):
    nodes = np.unique(
        np.concatenate([face_nodes(domain, space, face) for face in domain.boundaries])
    )
    return vector_dofs(nodes, domain.dimension)


def gradient(dimension):
    return 1e-3 * np.random.default_rng(7).standard_normal((dimension, dimension))


def tensor_stress(matrix):
    """Stress tensor (3, 3) of a displacement gradient, by Hooke's law written out."""
    d = len(matrix)
    strain = np.zeros((3, 3))
    strain[:d, :d] = 0.5 * (matrix + matrix.T)
    lame = YOUNG * POISSON / ((1 + POISSON) * (1 - 2 * POISSON))
    return lame * np.trace(strain) * np.eye(3) + YOUNG / (1 + POISSON) * strain


@CASES
def test_uniform_strain_through_a_whole_interface(dimension, degree):
    """Breaks when strain or assembly is inconsistent, or an interface that is not broken weakens
    the body."""
    domain, _ = two_blocks(dimension)
    space = split_space(domain, degree, (dimension,), interfaces=())
    matrix = gradient(dimension)
    exact = fill(domain, space, {name: lambda x: x @ matrix.T for name in domain.regions})
    operator = strain_operator(domain, space, np.arange(len(domain.region)), 2 * (degree - 1))
    values = np.where(np.isin(np.arange(len(exact)), outer_dofs(domain, space)), exact, 0.0)
    tangent = elastic_tangent(operator, YOUNG, POISSON)
    u = solve_linear(outer_dofs(domain, space), values, [(operator, tangent)])
    assert u == approx(exact, abs=1e-14)
    stress = np.einsum("eqcd,eqd->eqc", tangent, operator(u))
    pairs = [(0, 0), (1, 1), (2, 2), (0, 1), (1, 2), (0, 2)][: stress.shape[-1]]
    expected = np.array([tensor_stress(matrix)[pair] for pair in pairs])
    assert stress == approx(np.broadcast_to(expected, stress.shape), abs=1e-14)


@CASES
@pytest.mark.parametrize("stiffness", [10.0, 1e5])
def test_traction_jump_relation_through_a_cut_interface(dimension, degree, stiffness):
    """Breaks when the interface force and the opening do not match: opening must be traction /
    stiffness."""
    domain, turn = two_blocks(dimension)
    space = split_space(domain, degree, (dimension,))
    matrix, normal = gradient(dimension), turn[:, -1]
    opening = tensor_stress(matrix)[:dimension, :dimension] @ normal / stiffness
    exact = fill(
        domain, space, {"low": lambda x: x @ matrix.T, "high": lambda x: x @ matrix.T + opening}
    )
    operator = strain_operator(domain, space, np.arange(len(domain.region)), 2 * (degree - 1))
    jump = jump_operator(domain, space, domain.all_interfaces(), 2 * degree)
    fixed = outer_dofs(domain, space)
    values = np.where(np.isin(np.arange(len(exact)), fixed), exact, 0.0)
    tangents = (elastic_tangent(operator, YOUNG, POISSON), stiffness * np.eye(dimension))
    u = solve_linear(fixed, values, list(zip((operator, jump), tangents, strict=True)))
    assert u == approx(exact, abs=1e-13)
    assert jump(u)[..., 0] == approx(opening @ normal, rel=1e-6, abs=1e-14)
