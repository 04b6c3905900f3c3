"""Curved interfaces of straight facets: normals, and what a thickness imposed on a bond does."""

import numpy as np
import pytest

from bodies import bulk_of, damage_of
from chemomech.fem.domain import build_domain
from chemomech.fem.normals import corner_normals
from chemomech.fem.operators import facet_normals
from chemomech.models.body import bond
from chemomech.models.mechanics import Load, Mechanics
from chemomech.models.supports import Supports
from chemomech.simulation.newton import NewtonOptions, step
from compare import approx
from cylinders import lame, rollers
from meshes import box, mapped, quarter_ring
from rates import check_order

INNER, MIDDLE, OUTER = 1.0, 1.5, 2.0
YOUNG, POISSON = 3.0, 0.3
GROWN = 1e-4


def tubes(count):
    """Two tubes that fit, a quarter of them, with `count` facets along their face."""
    mesh = quarter_ring(
        INNER, OUTER, 2 * max(count // 3, 1), count,
        region_of=region_of,
    )  # fmt: skip
    return build_domain(mesh)


def shrink_fit(count):
    """Relative error of the pressure, and largest shear over it, of a bonded shrink fit.

    The bond is as stiff against its tubes as a library's interface on its mesh, K h/E = 0.1.
    """
    domain = tubes(count)
    (name,) = domain.interfaces
    size = 0.5 * np.pi * MIDDLE / count
    law = bond(0.1 * YOUNG / size, 1e4, 1e9, contact_stiffness=100.0 * YOUNG / size)
    body = Mechanics(
        domain,
        bulk_of(domain, YOUNG, POISSON),
        {name: law},
        damage_of(domain),
        supports=lambda domain, space: Supports(rollers(domain, space)),
    )
    load = Load(imposed_opening=GROWN)
    state = step(body, body.initial_state(), load, NewtonOptions(1e-10, 20)).state
    give = lame(MIDDLE, 1.0, MIDDLE, OUTER) - lame_outside(MIDDLE, 1.0, INNER, MIDDLE)
    give += size / (100.0 * YOUNG)
    pressure, shear = -state.traction[..., 0], np.abs(state.traction[..., 1])
    mean = body.jump.integral(pressure) / body.jump.integral(1.0)
    exact = GROWN / give
    return abs(mean / exact - 1.0), shear.max() / exact


def lame_outside(r, pressure, inner, outer):
    """Radial displacement of a ring under external pressure, plane strain."""
    factor = (1 + POISSON) / YOUNG * pressure * outer**2 / (outer**2 - inner**2)
    return -factor * ((1 - 2 * POISSON) * r + inner**2 / r)


def test_a_shrink_fit_makes_no_shear():
    """Breaks when the facets' own normals ask a corner for two jumps: shear of 0.22 of the pressure
    on any mesh, and a pressure that is 2 % off with six facets."""
    counts = (6, 12, 24)
    errors, shears = np.array([shrink_fit(count) for count in counts]).T
    check_order("shrink fit pressure", 1.0 / np.array(counts), errors)
    assert np.all(errors < 0.12 / np.array(counts) ** 2)
    assert np.all(np.diff(shears) < 0.0) and shears[0] < 2e-3


def test_normals_are_exact_on_a_circle_of_uneven_facets():
    """Breaks when long facets weigh more at a corner, or the ends of an arc keep a facet's own."""
    domain = build_domain(mapped(quarter_ring(INNER, OUTER, 2, 8, region_of), uneven))
    (facets,) = domain.interfaces.values()
    normals = corner_normals(domain, facets, facet_normals(domain, facets))
    corners = domain.points[facets.of_first_cell(domain.vertices)]
    radial = corners / np.linalg.norm(corners, axis=2, keepdims=True)
    assert np.abs(np.einsum("kcd,kcd->kc", normals, radial)).min() == approx(1.0, rel=1e-12)
    assert np.linalg.norm(normals, axis=2) == approx(1.0, rel=1e-12)


def region_of(radius):
    """Name of the tube at a radius."""
    return "inner" if radius < MIDDLE else "outer"


def uneven(x):
    """The same circles with facets of 8 to 14 degrees."""
    radius, angle = np.linalg.norm(x, axis=1), np.arctan2(x[:, 1], x[:, 0])
    angle = angle + 0.1 * np.sin(4.0 * angle)
    return radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)


def test_normals_are_exact_on_a_sphere():
    """Breaks when triangles of a sphere are weighed in another way than their corners need."""

    def onto_a_cap(x):
        ray = np.column_stack([x[:, :2] - 0.5, np.ones(len(x))])
        return ray / np.linalg.norm(ray, axis=1)[:, None] * (1.0 + x[:, 2:])

    domain = build_domain(
        mapped(box((6, 5, 2), region_of=lambda x: "low" if x[2] < 0.5 else "up"), onto_a_cap)
    )
    (facets,) = domain.interfaces.values()
    vertices = facets.of_first_cell(domain.vertices)
    normals = corner_normals(domain, facets, facet_normals(domain, facets))
    corners = domain.points[vertices]
    radial = corners / np.linalg.norm(corners, axis=2, keepdims=True)
    along = np.einsum("kcd,kcd->kc", normals, radial)
    share = np.abs(corners[..., :2] / corners[..., 2:])
    assert along[share.max(axis=2) < 0.499] == approx(1.0, rel=1e-12)
    assert along.min() > 0.99


@pytest.mark.parametrize("dimension", [2, 3])
def test_corners_of_a_body_and_cracks_inside_one_keep_the_facets_own(dimension):
    """Breaks when the normals of an edge, or of a network of cracks, are smoothed away."""
    counts = (4,) * dimension

    def region(x):
        return "core" if np.all(np.abs(x - 0.5) < 0.25) else "shell"

    cube = build_domain(box(counts, (1.0,) * dimension, region))
    cracked = build_domain(box(counts, (1.0,) * dimension, interfaces={"block|block": np.any}))
    for domain in (cube, cracked):
        (facets,) = domain.interfaces.values()
        own = facet_normals(domain, facets)
        found = corner_normals(domain, facets, own)
        assert np.array_equal(found, np.repeat(own[:, None], dimension, axis=1))
