"""Jumps, traces, normals and interface measures on turned, jiggled meshes, exact for polynomials."""

import numpy as np
import pytest
from bodies import fill
from meshes import box, moved, permuted, rotation

from chemomech.fem.domain import build_domain
from chemomech.fem.operators import facet_normals, jump_operator, trace_operator
from chemomech.fem.split_space import split_space

CASES = pytest.mark.parametrize(("dimension", "degree"), [(2, 1), (2, 2), (3, 1), (3, 2)])
NAMES = pytest.mark.parametrize("name", ["first|second", "second|first"])


def turned(dimension, name="first|second", seed=4):
    """Two regions, below ("first", smaller id) and above a flat interface, turned and renumbered; and the
    rotation."""
    mesh = box(
        (4,) * dimension,
        size=(2.0,) + (1.0,) * (dimension - 1),
        region_of=lambda x: "first" if x[-1] < 0.5 else "second",
        interfaces={name: lambda x: abs(x[-1] - 0.5) < 1e-9},
        jiggle=0.25,
    )
    turn = rotation(dimension)
    return build_domain(permuted(moved(mesh, turn, np.arange(1.0, dimension + 1)), seed)), turn


def polynomial(dimension, degree, seed):
    """A random vector polynomial of the space's degree."""
    random = np.random.default_rng(seed)
    constant, matrix = random.standard_normal(dimension), random.standard_normal((dimension, dimension))
    square = random.standard_normal((dimension,) * 3) * (degree == 2)
    return lambda x: constant + x @ matrix.T + np.einsum("ijk,...j,...k->...i", square, x, x)


@CASES
@NAMES
def test_jump_is_exact_and_opening_is_positive(dimension, degree, name):
    """Breaks when the sign, the side order of a name, the frame or the trace of a jump is wrong."""
    domain, turn = turned(dimension, name)
    space = split_space(domain, degree, (dimension,))
    below, above = polynomial(dimension, degree, 1), polynomial(dimension, degree, 2)
    u = fill(domain, space, {"first": below, "second": above})
    operator = jump_operator(domain, space, domain.interfaces[name], 3)
    # Whichever region the name starts with is the minus side; the normal leaves it.
    sign = 1.0 if name.startswith("first") else -1.0
    normal = sign * turn[:, -1]
    jump = sign * (above(operator.points) - below(operator.points))
    found = operator(u)
    assert found[..., 0] == pytest.approx(jump @ normal, abs=1e-12)
    across = jump - (jump @ normal)[..., None] * normal
    if dimension == 2:
        tangent = np.array([-normal[1], normal[0]])
        assert found[..., 1] == pytest.approx(jump @ tangent, abs=1e-12)
    sliding = np.linalg.norm(found[..., 1:], axis=-1)
    assert sliding == pytest.approx(np.linalg.norm(across, axis=-1), abs=1e-12)
    apart = fill(
        domain,
        space,
        {
            "first": lambda x: 0 * x - 0.1 * turn[:, -1],
            "second": lambda x: 0 * x + 0.2 * turn[:, -1],
        },
    )
    assert operator(apart)[..., 0] == pytest.approx(0.3, abs=1e-13)


@CASES
def test_local_frame_is_orthonormal(dimension, degree):
    """Breaks when a tangent is not of unit length or not perpendicular: shear tractions would be scaled."""
    domain, _ = turned(dimension)
    space = split_space(domain, degree, (dimension,))
    operator = jump_operator(domain, space, domain.all_interfaces(), 2)
    frame = np.stack(
        [
            operator(fill(domain, space, {"first": lambda x: 0 * x, "second": lambda x, e=e: 0 * x + e}))
            for e in np.eye(dimension)
        ],
        axis=-1,
    )
    product = np.einsum("kqci,kqdi->kqcd", frame, frame)
    assert product == pytest.approx(np.broadcast_to(np.eye(dimension), product.shape), abs=1e-12)


@CASES
@NAMES
def test_scalar_jump_and_traces(dimension, degree, name):
    """Breaks when a trace takes the wrong side or a scalar jump the wrong sign: the name's first region is
    minus."""
    domain, _ = turned(dimension, name)
    scalar = split_space(domain, degree)
    vector = split_space(domain, degree, (dimension,))
    below, above = polynomial(dimension, degree, 1), polynomial(dimension, degree, 2)
    phi = fill(domain, scalar, {"first": lambda x: below(x)[:, 0], "second": lambda x: above(x)[:, 0]})
    u = fill(domain, vector, {"first": below, "second": above})
    facets = domain.all_interfaces()
    minus, plus = (below, above) if name.startswith("first") else (above, below)
    jump = jump_operator(domain, scalar, facets, 3)
    expected = plus(jump.points)[..., 0] - minus(jump.points)[..., 0]
    assert jump(phi)[..., 0] == pytest.approx(expected, abs=1e-12)
    for number, field in ((0, minus), (1, plus)):
        trace = trace_operator(domain, vector, facets, 3, side=number)
        assert trace(u) == pytest.approx(field(trace.points), abs=1e-12)
        assert trace_operator(domain, scalar, facets, 3, side=number)(phi)[..., 0] == pytest.approx(
            field(trace.points)[..., 0], abs=1e-12
        )
    sides = np.arange(len(facets)) % 2
    mixed = trace_operator(domain, vector, facets, 3, side=sides)
    expected = np.where(sides[:, None, None] == 0, minus(mixed.points), plus(mixed.points))
    assert mixed(u) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("dimension", [2, 3])
@NAMES
def test_weights_points_and_normals(dimension, name):
    """Breaks when a facet's measure, its points or its normal is wrong."""
    domain, turn = turned(dimension, name)
    space = split_space(domain, 1)
    operator = jump_operator(domain, space, domain.all_interfaces(), 4)
    assert operator.integral(1.0) == pytest.approx(2.0, rel=1e-13)
    local = (operator.points - np.arange(1.0, dimension + 1)) @ turn
    assert local[..., -1] == pytest.approx(0.5, abs=1e-13)
    # int x^4 over the interface (length 2 along x): exact for quadrature of degree 4.
    assert operator.integral(local[..., 0] ** 4) == pytest.approx(2.0**5 / 5, rel=1e-12)
    normals, sign = facet_normals(domain, domain.all_interfaces()), 1.0 if name.startswith("first") else -1.0
    assert normals == pytest.approx(np.broadcast_to(sign * turn[:, -1], normals.shape), abs=1e-13)
    outward = {"left": (0, -1), "right": (0, 1), "bottom": (-1, -1), "top": (-1, 1)}
    lengths = {"left": 1.0, "right": 1.0, "bottom": 2.0, "top": 2.0}
    for face, (axis, sign) in outward.items():
        normals = facet_normals(domain, domain.faces[face])
        assert normals == pytest.approx(np.broadcast_to(sign * turn[:, axis], normals.shape), abs=1e-13)
        assert trace_operator(domain, space, domain.faces[face], 1).integral(1.0) == pytest.approx(
            lengths[face]
        )
        assert domain.face_measure(face) == pytest.approx(lengths[face], rel=1e-13)


def test_facets_that_are_not_in_the_mesh_are_refused():
    """Breaks when a wrong facet list is matched to some other facet."""
    mesh = box((2, 2))
    bad = mesh.with_interfaces({"wrong": np.array([[0, 8]])})
    with pytest.raises(ValueError, match="not in the mesh"):
        build_domain(bad)


def test_names_survive_renumbering():
    """Breaks when regions, parts, interfaces or faces lose their cells in dolfinx's numbering."""
    mesh = permuted(box((4, 4), region_of=lambda x: "low" if x[1] < 0.5 else "high"))
    domain = build_domain(mesh)
    centre = domain.points[domain.vertices].mean(axis=1)
    assert np.array_equal(domain.region == domain.regions["low"], centre[:, 1] < 0.5)
    assert centre == pytest.approx(mesh.points[mesh.cells[domain.input_cell]].mean(axis=1), abs=1e-14)
    assert len(domain.interfaces["low|high"]) == 4
    assert set(domain.interface_slices()) == {"low|high"}
