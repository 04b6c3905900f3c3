"""Jumps, traces, normals and interface measures on turned, jiggled meshes, exact for
polynomials."""

import numpy as np
import pytest

from bodies import fill
from chemomech.fem.domain import build_domain
from chemomech.fem.operators import (
    PointOperator,
    facet_normals,
    jump_operator,
    strain_operator,
    trace_operator,
)
from chemomech.fem.split_space import split_space
from compare import approx
from meshes import box, moved, permuted, rotation
from rates import fitted_order

CASES = pytest.mark.parametrize(("dimension", "degree"), [(2, 1), (2, 2), (3, 1), (3, 2)])
NAMES = pytest.mark.parametrize("name", ["first|second", "second|first"])


def turned(dimension, name="first|second", seed=4):
    """Two regions, below ("first", smaller id) and above a flat interface, turned and renumbered;
    and the rotation."""
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
    constant, matrix = (
        random.standard_normal(dimension),
        random.standard_normal((dimension, dimension)),
    )
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
    assert found[..., 0] == approx(jump @ normal, abs=1e-12)
    across = jump - (jump @ normal)[..., None] * normal
    if dimension == 2:
        tangent = np.array([-normal[1], normal[0]])
        assert found[..., 1] == approx(jump @ tangent, abs=1e-12)
    sliding = np.linalg.norm(found[..., 1:], axis=-1)
    assert sliding == approx(np.linalg.norm(across, axis=-1), abs=1e-12)
    apart = fill(
        domain,
        space,
        {
            "first": lambda x: 0 * x - 0.1 * turn[:, -1],
            "second": lambda x: 0 * x + 0.2 * turn[:, -1],
        },
    )
    assert operator(apart)[..., 0] == approx(0.3, abs=1e-13)


@CASES
def test_local_frame_is_orthonormal(dimension, degree):
    """Breaks when a tangent is not of unit length or not perpendicular: shear tractions would be
    scaled."""
    domain, _ = turned(dimension)
    space = split_space(domain, degree, (dimension,))
    operator = jump_operator(domain, space, domain.all_interfaces(), 2)
    frame = np.stack(
        [
            operator(
                fill(domain, space, {"first": lambda x: 0 * x, "second": lambda x, e=e: 0 * x + e})
            )
            for e in np.eye(dimension)
        ],
        axis=-1,
    )
    product = np.einsum("kqci,kqdi->kqcd", frame, frame)
    assert product == approx(np.broadcast_to(np.eye(dimension), product.shape), abs=1e-12)


@CASES
@NAMES
def test_scalar_jump_and_traces(dimension, degree, name):
    """Breaks when a trace takes the wrong side or a scalar jump the wrong sign: the name's first
    region is minus."""
    domain, _ = turned(dimension, name)
    scalar = split_space(domain, degree)
    vector = split_space(domain, degree, (dimension,))
    below, above = polynomial(dimension, degree, 1), polynomial(dimension, degree, 2)
    phi = fill(
        domain, scalar, {"first": lambda x: below(x)[:, 0], "second": lambda x: above(x)[:, 0]}
    )
    u = fill(domain, vector, {"first": below, "second": above})
    facets = domain.all_interfaces()
    minus, plus = (below, above) if name.startswith("first") else (above, below)
    jump = jump_operator(domain, scalar, facets, 3)
    expected = plus(jump.points)[..., 0] - minus(jump.points)[..., 0]
    assert jump(phi)[..., 0] == approx(expected, abs=1e-12)
    for number, field in ((0, minus), (1, plus)):
        trace = trace_operator(domain, vector, facets, 3, side=number)
        assert trace(u) == approx(field(trace.points), abs=1e-12)
        assert trace_operator(domain, scalar, facets, 3, side=number)(phi)[..., 0] == approx(
            field(trace.points)[..., 0], abs=1e-12
        )
    sides = np.arange(len(facets)) % 2
    mixed = trace_operator(domain, vector, facets, 3, side=sides)
    expected = np.where(sides[:, None, None] == 0, minus(mixed.points), plus(mixed.points))
    assert mixed(u) == approx(expected, abs=1e-12)


@pytest.mark.parametrize("dimension", [2, 3])
@NAMES
def test_weights_points_and_normals(dimension, name):
    """Breaks when a facet's measure, its points or its normal is wrong."""
    domain, turn = turned(dimension, name)
    space = split_space(domain, 1)
    operator = jump_operator(domain, space, domain.all_interfaces(), 4)
    assert operator.integral(1.0) == approx(2.0, rel=1e-13)
    local = (operator.points - np.arange(1.0, dimension + 1)) @ turn
    assert local[..., -1] == approx(0.5, abs=1e-13)
    # int x^4 over the interface (length 2 along x): exact for quadrature of degree 4.
    assert operator.integral(local[..., 0] ** 4) == approx(2.0**5 / 5, rel=1e-12)
    normals, sign = (
        facet_normals(domain, domain.all_interfaces()),
        1.0 if name.startswith("first") else -1.0,
    )
    assert normals == approx(np.broadcast_to(sign * turn[:, -1], normals.shape), abs=1e-13)
    outward = {"left": (0, -1), "right": (0, 1), "bottom": (-1, -1), "top": (-1, 1)}
    lengths = {"left": 1.0, "right": 1.0, "bottom": 2.0, "top": 2.0}
    for face, (axis, sign) in outward.items():
        normals = facet_normals(domain, domain.boundaries[face])
        assert normals == approx(np.broadcast_to(sign * turn[:, axis], normals.shape), abs=1e-13)
        assert trace_operator(domain, space, domain.boundaries[face], 1).integral(1.0) == approx(
            lengths[face]
        )
        assert domain.boundary_measure(face) == approx(lengths[face], rel=1e-13)


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
    assert centre == approx(mesh.points[mesh.cells[domain.input_cell]].mean(axis=1), abs=1e-14)
    assert len(domain.interfaces["low|high"]) == 4
    assert set(domain.interface_slices()) == {"low|high"}


INNER, OUTER, HEIGHT = 0.5, 2.0, 3.0


def tube(counts=(4, 5), inner=INNER, jiggle=0.2, seed=2):
    """Half a section of a tube about x = 0: "core" inside a cylinder at its middle radius, "shell"
    outside."""
    middle = inner + 0.5 * (OUTER - inner)
    mesh = box(
        counts,
        (OUTER - inner, HEIGHT),
        lambda x: "core" if x[0] < middle - inner else "shell",
        jiggle=jiggle,
    )
    return build_domain(permuted(moved(mesh, shift=[inner, 0.0]), seed))


def every_cell(domain):
    return np.arange(len(domain.region))


@pytest.mark.parametrize("inner", [0.0, INNER])
def test_axisymmetric_weights_are_volumes_and_areas(inner):
    """Breaks when 2 pi r is missing, doubled or taken anywhere else: tube and inner cylinder by
    hand."""
    domain = tube((4, 4), inner)
    space = split_space(domain, 2, (2,))
    operator = strain_operator(domain, space, every_cell(domain), 3, axisymmetric=True)
    assert operator.integral(1.0) == approx(np.pi * (OUTER**2 - inner**2) * HEIGHT, rel=1e-13)
    r = operator.points[..., 0]
    assert operator.integral(r**2) == approx(
        0.5 * np.pi * (OUTER**4 - inner**4) * HEIGHT, rel=1e-12
    )
    facets, middle = domain.all_interfaces(), 0.5 * (inner + OUTER)
    jump = jump_operator(domain, space, facets, 2, axisymmetric=True)
    assert jump.integral(1.0) == approx(2 * np.pi * middle * HEIGHT, rel=1e-13)
    flat = jump_operator(domain, space, facets, 2)
    assert jump.weights == approx(2 * np.pi * flat.points[..., 0] * flat.weights, rel=1e-14)
    assert np.array_equal(jump.blocks, flat.blocks)


@pytest.mark.parametrize("degree", [1, 2])
def test_axisymmetric_strain_is_exact_for_polynomials(degree):
    """Breaks when the hoop strain is not u_r/r, or another component is touched by the axis."""
    domain = tube()
    space = split_space(domain, degree, (2,), interfaces=())
    operator = strain_operator(domain, space, every_cell(domain), 2 * degree, axisymmetric=True)
    field = polynomial(2, degree, 3)
    u = fill(domain, space, {name: field for name in domain.regions})
    found, flat = operator(u), strain_operator(domain, space, every_cell(domain), 2 * degree)(u)
    assert found[..., 2] == approx(
        field(operator.points)[..., 0] / operator.points[..., 0], abs=1e-12
    )
    assert found[..., [0, 1, 3]] == approx(flat[..., [0, 1, 3]], abs=1e-13)
    assert np.all(flat[..., 2] == 0.0)


def test_axisymmetric_strain_of_lames_field():
    """Breaks when strains of u_r = a r + b/r are not (a - b/r^2, 0, a + b/r^2, 0): exact for b = 0,
    else order 2."""
    a, b = 0.3, -0.2
    errors, sizes = [], np.array([4, 8, 16])
    for count in sizes:
        domain = tube((count, count), jiggle=0.0)
        space = split_space(domain, 2, (2,), interfaces=())
        operator = strain_operator(domain, space, every_cell(domain), 4, axisymmetric=True)
        r, fields = operator.points[..., 0], []
        for share in (0.0, 1.0):
            radial = lambda x, s=share: np.stack(
                [a * x[:, 0] + s * b / x[:, 0], 0 * x[:, 0]], axis=1
            )
            fields.append(operator(fill(domain, space, {name: radial for name in domain.regions})))
        uniform, lame = fields
        assert uniform == approx(np.broadcast_to([a, 0.0, a, 0.0], uniform.shape), abs=1e-12)
        exact = np.stack([a - b / r**2, 0 * r, a + b / r**2, 0 * r], axis=-1)
        gap = np.abs(lame - exact)
        assert gap[..., [1, 3]].max() < 1e-11
        errors.append(np.sqrt(operator.integral((gap**2).sum(axis=-1)) / operator.integral(1.0)))
    assert abs(fitted_order(1.0 / sizes, errors) - 2.0) < 0.2, errors
    assert errors[-1] < 2e-3


def test_axisymmetric_forces_do_the_work_of_the_stresses():
    """Breaks when forces do not carry the hoop stress: under a uniform stress they work s : eps
    times the volume."""
    domain = tube(inner=0.0)
    space = split_space(domain, 2, (2,), interfaces=())
    operator = strain_operator(domain, space, every_cell(domain), 3, axisymmetric=True)
    stress, (a, c) = np.array([2.0, -1.0, 5.0, 0.7]), (0.02, 0.05)
    stretch = lambda x: np.stack([a * x[:, 0], c * x[:, 1] + 0.01 * x[:, 0]], axis=1)
    u = fill(domain, space, {name: stretch for name in domain.regions})
    forces = operator.forces(np.broadcast_to(stress, (*operator.weights.shape, 4)), len(u))
    work = stress @ [a, c, a, 0.01] * np.pi * OUTER**2 * HEIGHT
    assert forces @ u == approx(work, rel=1e-12)


@pytest.mark.parametrize("of", ["cells", "facets"])
def test_negative_radius_is_refused(of):
    """Breaks when a body across the axis gets negative volumes instead of an error."""
    domain = tube(inner=-OUTER)
    space = split_space(domain, 2, (2,))
    with pytest.raises(ValueError, match="x >= 0"):
        if of == "cells":
            strain_operator(domain, space, every_cell(domain), 3, axisymmetric=True)
        else:
            moved_left = build_domain(
                moved(box((4, 4), region_of=lambda x: str(x[0] < 0.5)), shift=[-0.9, 0.0])
            )
            jump_operator(
                moved_left, split_space(moved_left, 2, (2,)), moved_left.all_interfaces(), 3, True
            )


@CASES
def test_an_operator_on_some_entities_is_the_same_there(dimension, degree):
    """Breaks when a part of an operator takes blocks, dofs, weights or points of other entities."""
    domain, _ = turned(dimension)
    space = split_space(domain, degree, (dimension,))
    whole = jump_operator(domain, space, domain.all_interfaces(), 2)
    rows = np.array([3, 0, 2])
    part = whole.subset(rows)
    u = np.random.default_rng(1).standard_normal(space.dofmap.index_map.size_local * dimension)
    assert isinstance(part, PointOperator)
    assert np.array_equal(part(u), whole(u)[rows])
    assert np.array_equal(part.points, whole.points[rows])
    flux = np.random.default_rng(2).standard_normal(whole(u).shape)
    elsewhere = flux.copy()
    elsewhere[rows] = 0.0
    expected = whole.forces(flux, len(u)) - whole.forces(elsewhere, len(u))
    assert part.forces(flux[rows], len(u)) == approx(expected, abs=1e-12)


@CASES
def test_facet_operators_use_the_nodes_of_the_facet_only(dimension, degree):
    """Breaks when nodes off the facet, where the basis vanishes, enter the pattern, or one on it is
    dropped."""
    domain, _ = turned(dimension)
    space = split_space(domain, degree, (dimension,))
    facets = domain.all_interfaces()
    nodes = {(2, 1): 2, (2, 2): 3, (3, 1): 3, (3, 2): 6}[dimension, degree]
    jump, trace = jump_operator(domain, space, facets, 3), trace_operator(domain, space, facets, 3)
    assert jump.dofs.shape == (len(facets), 2 * nodes * dimension)
    assert trace.dofs.shape == (len(facets), nodes * dimension)
    for operator in (jump, trace):
        assert np.all(np.abs(operator.blocks).max(axis=(0, 1, 2)) > 1e-3)
