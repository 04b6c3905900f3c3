"""Split spaces: the right number of copies of every dof, and forms on them that dolfinx itself
confirms."""

import numpy as np
import pytest
import ufl
from dolfinx import fem, mesh

from bodies import elastic_tangent, node_positions
from chemomech.fem.domain import build_domain
from chemomech.fem.operators import gradient_operator, jump_operator, strain_operator
from chemomech.fem.split_space import split_space
from compare import approx
from meshes import box, moved, permuted, rotation

DEGREES = pytest.mark.parametrize("degree", [1, 2])
DIMENSIONS = pytest.mark.parametrize("dimension", [2, 3])
N = 4  # intervals per axis


def copies(domain, space, decimals=6):
    """Number of dofs at every node position: rounded position -> count."""
    position = node_positions(domain, space).reshape(-1, domain.dimension)
    pairs = np.unique(
        np.column_stack([position.round(decimals) + 0.0, space.dofmap.list.ravel()]), axis=0
    )
    places, counts = np.unique(pairs[:, :-1], axis=0, return_counts=True)
    return {tuple(place): int(count) for place, count in zip(places, counts, strict=True)}


def side(x, axis):
    return "low" if x[axis] < 0.5 else "high"


def sectors(x):
    """One region for every quadrant or octant."""
    return "".join("l" if value < 0.5 else "h" for value in x)


def nodes(degree, *intervals):
    return int(np.prod([degree * n + 1 for n in intervals]))


def on_crack(x):
    return abs(x[1] - 0.5) < 1e-9 and x[0] < 0.5


@DEGREES
@DIMENSIONS
def test_crossing_interfaces_separate_every_sector(dimension, degree):
    """Breaks when crossings leak: the cross's centre must have one copy per sector, its arms two
    (2D)."""
    domain = build_domain(box((N,) * dimension, region_of=sectors))
    space = split_space(domain, degree)
    assert space.dofmap.index_map.size_local == 2**dimension * nodes(degree, *(N // 2,) * dimension)
    count = copies(domain, space)
    assert count[(0.5,) * dimension] == 2**dimension
    assert count[(0.5,) + (0.25,) * (dimension - 1)] == 2
    assert count[(0.25,) * dimension] == 1
    assert count[(0.5,) + (0.0,) * (dimension - 1)] == 2


@DEGREES
@DIMENSIONS
def test_checkerboard_of_two_regions_keeps_diagonal_sectors_apart(dimension, degree):
    """Breaks when dofs are joined by region instead of through shared facets."""
    domain = build_domain(
        box((N,) * dimension, region_of=lambda x: "ab"[sectors(x).count("l") % 2])
    )
    space = split_space(domain, degree)
    assert list(domain.interfaces) in (["a|b"], ["b|a"])
    assert copies(domain, space)[(0.5,) * dimension] == 2**dimension


@DEGREES
@DIMENSIONS
def test_interface_that_ends_inside_has_a_single_tip(dimension, degree):
    """Breaks when every vertex of an interface is doubled: the tip must be shared, the mouth
    double."""
    domain = build_domain(box((N,) * dimension, interfaces={"crack": on_crack}))
    space = split_space(domain, degree)
    rest = (0.25,) * (dimension - 2)
    count = copies(domain, space)
    assert count[(0.5, 0.5, *rest)] == 1
    assert count[(0.0, 0.5, *rest)] == 2
    assert count[(0.25, 0.5, *rest)] == 2
    doubled = nodes(degree, N // 2, *(N,) * (dimension - 2)) - nodes(
        degree, *(N,) * (dimension - 2)
    )
    assert space.dofmap.index_map.size_local == nodes(degree, *(N,) * dimension) + doubled


@DEGREES
@DIMENSIONS
def test_closed_loop_frees_the_inclusion(dimension, degree):
    """Breaks when a closed interface leaves a shared dof: matrix and inclusion must share none."""
    inside = lambda x: "inclusion" if np.all(np.abs(x - 0.5) < 0.25) else "matrix"
    domain = build_domain(box((N,) * dimension, region_of=inside))
    space = split_space(domain, degree)
    dofs = [
        set(space.dofmap.list[domain.cells_of(name)].ravel()) for name in ("inclusion", "matrix")
    ]
    assert not dofs[0] & dofs[1]
    inner = nodes(degree, *(N // 2,) * dimension)
    assert len(dofs[0]) == inner
    # The matrix is the box without what lies strictly inside the inclusion.
    assert len(dofs[1]) == nodes(degree, *(N,) * dimension) - (degree * (N // 2) - 1) ** dimension


@DEGREES
@DIMENSIONS
def test_without_interfaces_it_is_the_lagrange_space(dimension, degree):
    """Breaks when the split renumbers or splits anything on its own."""
    domain = build_domain(
        permuted(box((N,) * dimension, region_of=lambda x: side(x, 0), jiggle=0.2))
    )
    space = split_space(domain, degree, (dimension,), interfaces=())
    plain = fem.functionspace(domain.mesh, ("Lagrange", degree, (dimension,)))
    assert np.array_equal(space.dofmap.list, plain.dofmap.list)
    assert space.dofmap.index_map.size_local == nodes(degree, *(N,) * dimension)


@DIMENSIONS
def test_numbering_keeps_the_order_of_the_lagrange_space(dimension):
    """Breaks when copies of one dof get far-away numbers: the factorisation would fill up."""
    domain = build_domain(permuted(box((N,) * dimension, region_of=sectors)))
    plain = fem.functionspace(domain.mesh, ("Lagrange", 2)).dofmap.list.ravel()
    split = split_space(domain, 2).dofmap.list.ravel()
    assert np.all(np.diff(plain[np.argsort(split, kind="stable")]) >= 0)


@DEGREES
@DIMENSIONS
def test_triple_point_has_three_copies(dimension, degree):
    """Breaks when three regions that meet in a T share a dof there, or are split once too often."""
    domain = build_domain(
        box((N,) * dimension, region_of=lambda x: "left" if x[0] < 0.5 else f"right {side(x, 1)}")
    )
    count = copies(domain, split_space(domain, degree))
    rest = (0.25,) * (dimension - 2)
    assert count[(0.5, 0.5, *rest)] == 3
    assert count[(0.5, 0.25, *rest)] == 2
    assert count[(0.25, 0.5, *rest)] == 1


@DEGREES
def test_crack_that_meets_an_interface_opens_it_only_when_both_are_broken(degree):
    """Breaks when a T-junction with a crack inside one region is joined wrongly."""
    interfaces = {
        "low|high": lambda x: abs(x[1] - 0.5) < 1e-9,
        "crack": lambda x: abs(x[0] - 0.5) < 1e-9 and x[1] > 0.5,
    }
    domain = build_domain(box((N, N), region_of=lambda x: side(x, 1), interfaces=interfaces))
    assert copies(domain, split_space(domain, degree))[(0.5, 0.5)] == 3
    assert copies(domain, split_space(domain, degree, interfaces=["crack"]))[(0.5, 0.5)] == 1
    assert copies(domain, split_space(domain, degree, interfaces=["low|high"]))[(0.5, 0.5)] == 2


@DEGREES
@DIMENSIONS
def test_copies_do_not_depend_on_numbering_or_orientation(dimension, degree):
    """Breaks when the result depends on cell order, corner order or the axes."""

    def material(x):
        return "ab"[sectors(x).count("l") % 2] if x[0] < 0.75 else "c"

    first = box((N,) * dimension, region_of=material, jiggle=0.2)
    domain = build_domain(first)
    space = split_space(domain, degree)
    expected = copies(domain, space)
    turn = rotation(dimension)
    for seed in (1, 2):
        other = build_domain(permuted(moved(first, turn, np.ones(dimension)), seed))
        space = split_space(other, degree)
        position = (node_positions(other, space) - 1.0) @ turn
        pairs = np.unique(
            np.column_stack(
                [position.reshape(-1, dimension).round(6) + 0.0, space.dofmap.list.ravel()]
            ),
            axis=0,
        )
        places, counts = np.unique(pairs[:, :-1], axis=0, return_counts=True)
        found = dict(zip(map(tuple, places), counts.tolist(), strict=True))
        assert found == expected


@DIMENSIONS
def test_forms_of_dolfinx_agree_with_point_operators(dimension):
    """Breaks when the split dof map is not a valid dolfinx space or an operator differs from the
    UFL form."""
    first = box(
        (3,) * dimension if dimension == 3 else (4, 4),
        region_of=lambda x: side(x, 1) if dimension == 2 else ("low" if x[1] < 0.4 else "high"),
        jiggle=0.2,
    )
    domain = build_domain(permuted(moved(first, rotation(dimension))))
    space = split_space(domain, 2, (dimension,))
    scalar = split_space(domain, 2)
    random = np.random.default_rng(3)
    shear, bulk = 0.7, 1.9

    u = fem.Function(space)
    u.x.array[:] = random.standard_normal(len(u.x.array))
    strain = strain_operator(domain, space, np.arange(len(domain.region)), 2)
    young, poisson = (
        9 * bulk * shear / (3 * bulk + shear),
        (3 * bulk - 2 * shear) / (6 * bulk + 2 * shear),
    )
    tangent = elastic_tangent(strain, young, poisson)
    local = u.x.array[strain.dofs]
    energy = np.einsum("el,elk,ek->", local, strain.matrices(tangent), local)
    eps = ufl.sym(ufl.grad(u))
    stress_power = 2 * shear * ufl.inner(eps, eps) + (bulk - 2 * shear / 3) * ufl.tr(eps) ** 2
    assert energy == approx(fem.assemble_scalar(fem.form(stress_power * ufl.dx)), rel=1e-12)
    force = strain.forces(np.einsum("eqcd,eqd->eqc", tangent, strain(u.x.array)), len(u.x.array))
    assert force @ u.x.array == approx(energy, rel=1e-12)

    phi = fem.Function(scalar)
    phi.x.array[:] = random.standard_normal(len(phi.x.array))
    gradient = gradient_operator(domain, scalar, np.arange(len(domain.region)), 2)
    slope = gradient(phi.x.array)
    native = fem.assemble_scalar(fem.form(ufl.inner(ufl.grad(phi), ufl.grad(phi)) * ufl.dx))
    assert gradient.integral((slope**2).sum(axis=-1)) == approx(native, rel=1e-12)
    assert gradient.integral(1.0) == approx(1.0, rel=1e-12)

    facets = domain.all_interfaces()
    order = np.argsort(facets.facet)
    tags = mesh.meshtags(
        domain.mesh, dimension - 1, facets.facet[order], np.ones(len(facets), dtype=np.int32)
    )
    ds = ufl.Measure("dS", domain=domain.mesh, subdomain_data=tags)
    jump, normal = ufl.jump(u), ufl.FacetNormal(domain.mesh)
    operator = jump_operator(domain, space, facets, 4)
    gap = operator(u.x.array)
    squares = fem.assemble_scalar(fem.form(ufl.inner(jump, jump) * ds(1)))
    assert operator.integral((gap**2).sum(axis=-1)) == approx(squares, rel=1e-12)
    # (u+ - u-).n+ is minus the opening whichever side dolfinx calls plus.
    opening = fem.assemble_scalar(fem.form(-ufl.inner(jump, normal("+")) * ds(1)))
    assert operator.integral(gap[..., 0]) == approx(opening, rel=1e-12)


def test_more_than_one_process_is_refused(monkeypatch):
    """Breaks when a parallel run silently gets a wrong space."""
    domain = build_domain(box((2, 2)))

    class Parallel:
        comm = type("Comm", (), {"size": 2})()

    object.__setattr__(domain, "mesh", Parallel())
    with pytest.raises(NotImplementedError, match="one MPI rank"):
        split_space(domain, 1)
