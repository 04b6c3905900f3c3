"""Measures of a mesh: fractions, surfaces, coverage of particles, quality, bodies and shortest
paths."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chemomech.geometry import GeometryError, Microstructure
from chemomech.geometry.mesh import statistics as measures
from chemomech.geometry.mesh.paths import bodies, shortest_paths
from compare import approx
from meshes import box, disc_in_square, moved, permuted, rotation


def blocks(pattern, times=1, size=None):
    """A box whose cells along x, y[, z] have the region named by a pattern of letters."""
    counts = np.array(pattern.shape)
    extent = np.ones(len(counts)) if size is None else np.asarray(size, dtype=float)

    def region(x):
        return str(pattern[tuple(np.minimum((x / extent * counts).astype(int), counts - 1))])

    return box(times * counts, extent, region_of=region)


def stack(letters, across):
    """A pattern of layers along the last axis."""
    return np.broadcast_to(np.array(list(letters)), (*across, len(letters)))


@pytest.mark.parametrize("across", [(2,), (2, 3)])
def test_layers(across):
    """A failure means wrong fractions, or a specific surface for layers that merely lie on each
    other."""
    mesh = blocks(stack("aaab", across), size=(*[3.0] * len(across), 4.0))
    assert measures.fractions(mesh) == {"a": approx(0.75), "b": approx(0.25)}
    found = measures.interfaces(mesh)
    assert list(found) == ["a|b"]
    assert found["a|b"].surface == approx(3.0 ** len(across))
    assert found["a|b"].per_section == approx(1.0)
    assert found["a|b"].specific is None
    assert measures.heights(mesh, "b") == approx((3.0, 4.0))


@pytest.mark.parametrize("dimension", [2, 3])
def test_a_cube_in_a_cube(dimension):
    """A failure means wrong sizes, surfaces or neighbours of a particle."""
    pattern = np.full((4,) * dimension, "e")
    pattern[(slice(1, 3),) * dimension] = "p"
    low = np.full((*(4,) * (dimension - 1), 2), "s")
    mesh = blocks(np.concatenate([low, pattern], axis=-1), size=(*[4.0] * (dimension - 1), 6.0))
    found = measures.particles(mesh, "p")
    surface = 2.0 * dimension * 2.0 ** (dimension - 1)
    assert found.measure == approx([2.0**dimension])
    assert found.surface == approx([surface])
    assert found.centre[0] == approx([2.0] * (dimension - 1) + [4.0])
    ball = np.pi / 4.0 * found.diameter**2 if dimension == 2 else np.pi / 6.0 * found.diameter**3
    assert ball == approx(found.measure)
    assert found.mean_coverage() == {"e": approx(1.0)}
    between = measures.interfaces(mesh)["e|p"]
    assert between.surface == approx(surface)
    assert between.specific == approx(surface / 4.0**dimension)
    around = measures.layer(mesh, "e")
    assert set(around.regions) == {"e", "p"}
    assert set(around.boundaries) == set(mesh.boundaries)
    assert around.validate().region_measure("e") == approx(4.0**dimension - 2.0**dimension)


def test_coverage_tells_neighbours_apart():
    """A failure means that particles touching each other, the outside or two regions count as one
    thing."""
    pattern = np.array([list("ssss"), list("seps"), list("sepp"), list("ssss")]).T
    mesh = blocks(pattern, size=(4.0, 4.0))
    column = mesh.points[mesh.cells].mean(axis=1)
    mesh.cell_particle[:] = np.where(mesh.region_cells("p"), 10 + (column[:, 0] > 3.0), -1)
    found = measures.particles(mesh, "p")
    assert found.number.tolist() == [10, 11]
    assert found.surface == approx([6.0, 4.0])
    assert found.coverage["s"] == approx([3.0 / 6.0, 2.0 / 4.0])
    assert found.coverage["e"] == approx([2.0 / 6.0, 0.0])
    assert found.coverage["p"] == approx([1.0 / 6.0, 1.0 / 4.0])
    assert found.coverage["outside"] == approx([0.0, 1.0 / 4.0])
    assert found.mean_coverage()["e"] == approx(0.2)
    assert measures.interfaces(mesh)["p|p"].surface == approx(1.0)
    assert "s|s" not in measures.interfaces(mesh)
    assert found.quantiles((0.3, 0.5, 0.9)) == approx(
        np.sqrt(4.0 / np.pi * np.array([1.0, 2.0, 2.0]))
    )


def test_particles_without_parts_are_components():
    """A failure means that two particles of an unnumbered region count as one."""
    mesh = blocks(np.array([list("pep"), list("eee")]))
    assert measures.particles(mesh, "p").measure == approx([1.0 / 6.0, 1.0 / 6.0])
    assert len(measures.particles(mesh, "e").measure) == 1


@pytest.mark.parametrize("dimension", [2, 3])
def test_scaled_jacobian(dimension):
    """A failure means that regular cells are not 1, flat ones not 0, or that size and orientation
    count."""
    root = np.sqrt(3.0)
    regular = {
        2: np.array([[0, 0], [1, 0], [0.5, 0.5 * root]]),
        3: np.array(
            [[0, 0, 0], [1, 0, 0], [0.5, 0.5 * root, 0], [0.5, root / 6.0, np.sqrt(2.0 / 3.0)]]
        ),
    }[dimension]
    cell = np.arange(dimension + 1)[None]
    assert measures.scaled_jacobians(1e-6 * regular @ rotation(dimension).T, cell) == approx([1.0])
    turned = cell[:, ::-1] if dimension == 2 else cell[:, [1, 0, 2, 3]]
    assert measures.scaled_jacobians(regular, turned) == approx([-1.0])
    flat = regular.copy()
    flat[-1, -1] *= 0.01
    assert 0.0 < measures.scaled_jacobians(flat, cell)[0] < 0.03
    right = np.vstack([np.zeros(dimension), np.eye(dimension)])
    # At a right corner J = 1; of the products of edges that meet in a corner sqrt(2)^(d - 1) is the
    # largest.
    expected = {2: 2.0 / root / np.sqrt(2.0), 3: np.sqrt(2.0) / 2.0}[dimension]
    assert measures.scaled_jacobians(right, cell) == approx([expected])


def test_quality_names_the_place():
    """A failure means that a bad cell cannot be found, or that slivers are not counted."""
    mesh = moved(box((4, 4), region_of=lambda x: "a" if x[1] < 0.5 else "b"), 1e-6 * np.eye(2))
    points = mesh.points.copy()
    worst = np.flatnonzero(np.isclose(points, [0.75e-6, 0.75e-6]).all(axis=1))[0]
    points[worst] = [0.98e-6, 0.735e-6]
    bad = Microstructure(
        points, mesh.cells, mesh.cell_region, mesh.regions, mesh.cell_particle
    ).validate()
    good, found = measures.quality(mesh), measures.quality(bad)
    assert good.slivers == 0 and good.scaled_jacobian == approx(np.sqrt(2.0 / 3.0))
    assert found.slivers >= 1 and found.scaled_jacobian < 0.1
    assert found.region == "b" and np.linalg.norm(found.position - points[worst]) < 0.2e-6
    assert found.mean_ratio == approx(bad.quality()[0])
    assert good.edges == approx((0.25e-6, 0.25e-6 * np.sqrt(2.0)))


@pytest.mark.parametrize("dimension", [2, 3])
def test_bodies(dimension):
    """A failure means that an island is not seen, or that bodies joined in a vertex count as
    one."""
    plane = np.array([list("eeeee"), list("aaaaa"), list("eeaae"), list("aaeaa")])
    pattern = plane if dimension == 2 else np.repeat(plane[:, None], 2, axis=1)
    found = bodies(blocks(pattern), "e", "bottom", "top")
    assert found.measure * 20.0 == approx([5.0, 2.0, 1.0, 1.0])
    assert found.through.tolist() == [True, False, False, False]
    assert found.at_start.tolist()[:2] == [True, True]
    assert found.share(found.through) == approx(5.0 / 9.0)
    island = np.flatnonzero(found.isolated)
    assert len(island) == 1 and found.centre[island[0], [0, -1]] == approx([3.5 / 4.0, 0.5])
    with pytest.raises(GeometryError, match="no boundary 'roof'"):
        bodies(blocks(pattern), "e", "bottom", "roof")
    with pytest.raises(GeometryError, match="no region 'x'"):
        bodies(blocks(pattern), ["e", "x"], "bottom", "top")


@pytest.mark.parametrize("dimension", [2, 3])
def test_straight_paths(dimension):
    """A failure means paths that are not straight where nothing is in the way."""
    mesh = moved(box((4,) * dimension, size=[2.0] * dimension), 1e-6 * np.eye(dimension))
    assert shortest_paths(mesh, "block", "bottom", "top").tortuosity == approx(1.0)
    assert shortest_paths(mesh, "block", "left", "right").distance == approx(2e-6)


def test_path_around_a_plate():
    """A failure means a path through what does not conduct, or one longer than need be by more than
    1.5 %."""
    pattern = np.full((20, 20), "e")
    pattern[:12, 10] = (
        "a"  # a plate from the left side over 0.6 of the width, at heights 0.50 to 0.55
    )
    mesh = blocks(pattern, 2)
    found = shortest_paths(mesh, "e", "bottom", "top")
    x = found.points[:, 0]
    above = np.hypot(np.maximum(0.6 - x, 0.0), 0.45) + 0.55
    assert np.all(found.length >= above - 1e-12)
    assert np.all(found.length <= 1.015 * above)
    assert found.length.mean() <= 1.006 * above.mean()
    coarse = shortest_paths(mesh, "e", "bottom", "top", cuts=0)
    assert np.mean(coarse.length) >= np.mean(found.length)
    assert shortest_paths(mesh, ["e", "a"], "bottom", "top").tortuosity == approx(1.0)


def test_no_path():
    """A failure means that a blocked region has a path."""
    mesh = blocks(stack("eae", (2,)))
    assert shortest_paths(mesh, "e", "bottom", "top").tortuosity == np.inf
    assert shortest_paths(mesh, "a", "bottom", "top").tortuosity == np.inf


@settings(max_examples=20, deadline=None)
@given(letters=st.lists(st.sampled_from("abc"), min_size=12, max_size=12), seed=st.integers(0, 99))
def test_balances(letters, seed):
    """A failure means surfaces that are counted twice or lost, or results that depend on the order
    of cells."""
    mesh = blocks(np.array(letters).reshape(3, 4), size=(3.0, 4.0))
    assert sum(measures.fractions(mesh).values()) == approx(1.0)
    shuffled, every = permuted(mesh, seed), measures.interfaces(mesh)
    for name in mesh.regions:
        here, there = measures.particles(mesh, name), measures.particles(shuffled, name)
        assert sum(here.coverage.values()) == approx(np.ones(len(here.number)))
        assert np.sort(here.measure) == approx(np.sort(there.measure))
        for other in set(mesh.regions) - {name}:
            touched = (
                here.coverage.get(other, np.zeros(1)) @ here.surface
                if other in here.coverage
                else 0.0
            )
            key = "|".join(sorted((name, other)))
            assert touched == approx(every[key].surface if key in every else 0.0)
        one, two = (bodies(each, name, "bottom", "top") for each in (mesh, shuffled))
        assert one.measure == approx(two.measure)
        lengths = [
            shortest_paths(each, name, "bottom", "top").tortuosity for each in (mesh, shuffled)
        ]
        assert lengths[0] == approx(lengths[1], rel=1e-9)
        assert (lengths[0] < np.inf) == bool(one.through.any())


def test_disc():
    """A failure means that a round particle has not a disc's diameter and surface."""
    found = measures.particles(disc_in_square(0.3, 1.0, 0.03), "inclusion")
    assert found.diameter == approx([0.6], rel=2e-3)
    assert found.surface == approx([0.6 * np.pi], rel=1e-3)
    assert found.mean_coverage() == {"matrix": approx(1.0)}
