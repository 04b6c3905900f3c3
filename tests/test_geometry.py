"""Geometry: packings keep their promises, meshes conform and carry the right names, bad input is
refused."""

from dataclasses import replace
from types import SimpleNamespace

import gmsh
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chemomech.geometry import (
    GeometryError,
    Microstructure,
    PackingError,
    build_microstructure,
    check_electrolyte,
    pack_discs,
    read_msh,
)
from chemomech.geometry.drawing.packing import pack_spheres, sphere_measures
from chemomech.geometry.drawing.room import keeps_gap
from chemomech.geometry.mesh.facets import (
    build_facet_table,
    facet_keys,
    shared_facets,
    single_facets,
)
from chemomech.geometry.mesh.write import write_msh
from compare import approx
from meshes import box

UM = 1e-6
RADII = {
    "radius_mean": 2.5,
    "radius_standard_deviation": 0.4,
    "radius_minimum": 1.8,
    "radius_maximum": 3.2,
    "minimum_gap": 0.2,
}


def layered_cell(
    seed=0,
    area_fraction=0.42,
    minimum_gap=0.2,
    size_interface=0.5,
    size_bulk=2.5,
    sides="walls",
    **radii,
):
    """The demo cell: 30 µm wide, layers of 8, 30, 30 and 4 µm."""
    lengths = {
        key: value * UM for key, value in {**RADII, "minimum_gap": minimum_gap, **radii}.items()
    }
    return SimpleNamespace(
        recipe="layered_cell",
        width=30 * UM,
        lithium_thickness=8 * UM,
        separator_thickness=30 * UM,
        cathode_thickness=30 * UM,
        collector_thickness=4 * UM,
        seed=seed,
        particles=SimpleNamespace(area_fraction=area_fraction, sides=sides, **lengths),
        mesh=SimpleNamespace(size_interface=size_interface * UM, size_bulk=size_bulk * UM),
    )


@pytest.fixture(scope="module")
def cell(tmp_path_factory):
    """The demo cell's microstructure."""
    return build_microstructure(layered_cell(), tmp_path_factory.mktemp("cell"))


def grid(region_of, size=6):
    """A unit square of size x size squares, each cut in two; region_of(column, row) names a
    square's region."""
    column, row = (index.ravel() for index in np.meshgrid(range(size), range(size), indexing="ij"))
    axis = np.linspace(0.0, 1.0, size + 1)
    points = np.stack(np.meshgrid(axis, axis, indexing="ij"), axis=-1).reshape(-1, 2)
    corner = column * (size + 1) + row
    a, b, c, d = corner, corner + size + 1, corner + size + 2, corner + 1
    cells = np.concatenate([np.column_stack([a, b, c]), np.column_stack([a, c, d])])
    names = np.array([region_of(i, j) for i, j in zip(column, row, strict=True)])
    regions = {name: number for number, name in enumerate(sorted(set(names)))}
    ids = np.array([regions[name] for name in names])
    mesh = Microstructure(points, cells, np.tile(ids, 2), regions, np.full(len(cells), -1))
    outer = mesh.outer_facets()
    height = points[outer][:, :, 1]
    faces = {
        name: outer[np.all(height == y, axis=1)] for name, y in (("bottom", 0.0), ("top", 1.0))
    }
    return replace(mesh, boundaries=faces).validate()


# Packing


def closest(centres, radii):
    """Smallest distance between two discs' edges, by the plain double loop."""
    return min(
        np.hypot(*(centres[i] - centres[j])) - radii[i] - radii[j]
        for i in range(len(radii))
        for j in range(i)
    )


@pytest.mark.parametrize("fraction", [0.1, 0.42, 0.5, 0.6])
@pytest.mark.parametrize("seed", range(4))
def test_packing_keeps_gaps_walls_radii_and_fraction(fraction, seed):
    """A failure means overlapping particles, or another composition than the one asked for."""
    centres, radii = pack_discs(30.0, 30.0, area_fraction=fraction, seed=seed, **RADII)
    assert closest(centres, radii) >= 0.2 - 1e-12
    assert np.min(centres - radii[:, None]) >= 0.2 - 1e-12
    assert np.max(centres + radii[:, None]) <= 29.8 + 1e-12
    assert np.all((radii >= 1.8) & (radii <= 3.2))
    assert np.pi * np.sum(radii**2) / 900.0 == approx(fraction, rel=1e-9)


@settings(max_examples=30, deadline=None, derandomize=True)
@given(fraction=st.floats(0.05, 0.5), seed=st.integers(0, 10**6), ratio=st.floats(0.5, 2.0))
def test_packing_in_any_rectangle(fraction, seed, ratio):
    """A failure means that width and height are mixed up, or a fraction below 0.5 is refused."""
    centres, radii = pack_discs(30.0 * ratio, 30.0, area_fraction=fraction, seed=seed, **RADII)
    assert keeps_gap(centres, radii, 0.2 - 1e-12)
    assert np.all(centres + radii[:, None] <= np.array([30.0 * ratio, 30.0]) - 0.2 + 1e-12)
    assert np.sum(np.pi * radii**2) == approx(900.0 * ratio * fraction, rel=0.01)


def test_packing_is_determined_by_its_seed():
    """A failure means that a case cannot be repeated, or that all its realisations are the same."""
    first, again, other = (
        pack_discs(30.0, 30.0, area_fraction=0.5, seed=n, **RADII) for n in (3, 3, 4)
    )
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert not np.array_equal(first[0][:5], other[0][:5])


def test_packing_is_independent_of_the_unit():
    """A failure means an absolute length in the packing."""
    small = {key: value * UM for key, value in RADII.items()}
    in_metres, radii_in_metres = pack_discs(30 * UM, 30 * UM, area_fraction=0.58, seed=1, **small)
    centres, radii = pack_discs(30.0, 30.0, area_fraction=0.58, seed=1, **RADII)
    assert np.allclose(in_metres / UM, centres, rtol=1e-6)
    assert np.allclose(radii_in_metres / UM, radii, rtol=1e-9)


def test_radii_follow_the_truncated_normal():
    """A failure means another distribution of radii; the common factor may shift the mean a
    little."""
    _, radii = pack_discs(250.0, 250.0, area_fraction=0.3, seed=0, **RADII)
    assert len(radii) > 800
    assert radii.mean() == approx(2.5, abs=0.03)
    # Normal of deviation 0.4 cut at ±1.75 deviations: 0.4 sqrt(1 - 2·1.75·φ(1.75)/(2Φ(1.75) - 1)) =
    # 0.3301.
    assert radii.std() == approx(0.3301, abs=0.02)


def test_spheres_in_three_dimensions():
    """A failure means that the packing holds for discs only."""
    box = np.array([20.0, 20.0, 30.0])
    centres, radii = pack_spheres(box, (2.5, 0.4, 1.8, 3.2), 0.4, 0.2, 0)
    assert keeps_gap(centres, radii, 0.2)
    assert sphere_measures(radii, 3).sum() / box.prod() == approx(0.4, rel=1e-9)


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"area_fraction": 0.8}, "area_fraction: 0.8 was not reached"),
        ({"area_fraction": 1.2}, "area_fraction must lie"),
        ({"radius_minimum": 2.6}, "radius_minimum <= radius_mean"),
        ({"radius_standard_deviation": -0.1}, "radius_standard_deviation"),
        ({"minimum_gap": -0.1}, "minimum_gap"),
        ({"minimum_gap": 13.0}, "does not fit"),
        (
            {"radius_minimum": 2.5, "radius_maximum": 2.5, "area_fraction": 0.033},
            "nearest .* is 0.04363",
        ),
    ],
)
def test_packing_says_what_is_wrong(change, word):
    """A failure means a user is not told which key to change."""
    with pytest.raises(PackingError, match=word):
        pack_discs(30.0, 30.0, **{**RADII, "area_fraction": 0.42, "seed": 0, **change})


# The layered cell


def test_layers_have_exact_areas(cell):
    """A failure means layers in the wrong place, or lengths not in metres."""
    for name, thickness in (("lithium", 8.0), ("separator", 30.0), ("collector", 4.0)):
        assert cell.region_measure(name) == approx(30.0 * thickness * UM**2, rel=1e-9)
    cathode = cell.region_measure("active") + cell.region_measure("electrolyte")
    assert cathode == approx(900.0 * UM**2, rel=1e-9)
    height = {
        name: cell.points[cell.cells[cell.region_cells(name)], 1].mean() for name in cell.regions
    }
    assert height["lithium"] < height["separator"] < height["electrolyte"] < height["collector"]


def test_disc_polygons_converge_to_discs(tmp_path):
    """A failure means other radii than asked, or particles that the mesh size does not resolve."""
    sizes = np.array([1.0, 0.5, 0.25])
    areas, lengths = [], []
    for size in sizes:
        case = layered_cell(
            area_fraction=0.12, minimum_gap=2.5, size_interface=size, radius_standard_deviation=0.0
        )
        mesh = build_microstructure(case, tmp_path)
        mesh = mesh.with_interfaces(
            {"active|electrolyte": mesh.interface_between("active", "electrolyte")}
        )
        areas.append(mesh.region_measure("active"))
        lengths.append(mesh.interface_measure("active|electrolyte"))
    count = mesh.cell_particle.max() + 1
    exact_area, exact_length = (
        0.12 * 900.0 * UM**2,
        count * np.sqrt(4.0 * np.pi * 0.12 * 900.0 / count) * UM,
    )
    for values, exact, bound in ((areas, exact_area, 2.5e-3), (lengths, exact_length, 6e-4)):
        errors = 1.0 - np.array(values) / exact
        assert np.all(errors > 0.0) and errors[-1] < bound
        assert np.polyfit(np.log(sizes), np.log(errors), 1)[0] == approx(2.0, abs=0.2)


@pytest.mark.parametrize("which", ["cells", "interface"])
def test_shared_and_single_facets_are_those_of_the_table(cell, which):
    """A failure means cells or facets of an interface that miss a neighbour or have a wrong one."""
    simplices = cell.cells
    if which == "interface":
        simplices = cell.interface_between("active", "electrolyte")
    table = build_facet_table(simplices, len(cell.points))
    shared, (single, owner) = shared_facets(simplices), single_facets(simplices)
    rows = table.find(shared.facets)
    assert np.array_equal(np.sort(rows), np.flatnonzero(table.interior))
    assert np.array_equal(shared.owners, table.cells[rows])
    for side in (0, 1):
        corners = np.take_along_axis(simplices[shared.owners[:, side]], shared.corners[:, side], 1)
        assert np.array_equal(corners, shared.facets)
    rows = table.find(single)
    assert np.array_equal(np.sort(rows), np.flatnonzero(~table.interior))
    assert np.array_equal(owner, table.cells[rows, 0]) and np.all(np.diff(owner) >= 0)


def test_where_three_facets_meet_each_has_a_neighbour():
    """A failure means an interface that branches, which is refused or loses a neighbour."""
    star = np.array([[0, 1], [2, 0], [0, 3]])
    assert shared_facets(star).owners.tolist() == [[0, 1], [1, 2]]
    assert single_facets(star)[0].ravel().tolist() == [1, 2, 3]


def test_faces_are_the_whole_outer_boundary(cell):
    """A failure means a boundary condition would miss part of the boundary."""
    assert set(cell.boundaries) == {"bottom", "top", "left", "right"}
    keys = np.concatenate(
        [facet_keys(facets, len(cell.points)) for facets in cell.boundaries.values()]
    )
    assert np.array_equal(np.sort(keys), np.sort(facet_keys(cell.outer_facets(), len(cell.points))))
    for name, axis, value in (
        ("bottom", 1, 0.0),
        ("top", 1, 72.0),
        ("left", 0, 0.0),
        ("right", 0, 30.0),
    ):
        assert np.allclose(
            cell.points[cell.boundaries[name], axis], value * UM, rtol=0.0, atol=1e-12
        )
        assert cell.boundary_measure(name) == approx((30.0 if axis else 72.0) * UM, rel=1e-9)


def test_interfaces_separate_their_regions(cell):
    """A failure means that a cohesive law would act in the wrong place."""
    facets = {
        "lithium|separator": cell.interface_between("lithium", "separator"),
        "separator|electrolyte": cell.interface_between("electrolyte", "separator"),
        "active|electrolyte": cell.interface_between("active", "electrolyte"),
    }
    mesh = cell.with_interfaces(facets).validate()
    assert cell.interfaces == {}
    for name, height in (("lithium|separator", 8.0), ("separator|electrolyte", 38.0)):
        assert np.allclose(mesh.points[mesh.interfaces[name], 1], height * UM, rtol=0.0, atol=1e-12)
        assert mesh.interface_measure(name) == approx(30.0 * UM, rel=1e-9)
    table = mesh.facet_table
    sides = mesh.cell_region[table.cells[table.find(facets["active|electrolyte"])]]
    pair = sorted([mesh.regions["active"], mesh.regions["electrolyte"]])
    assert np.all(np.sort(sides, axis=1) == pair)
    assert len(cell.interface_between("lithium", "active")) == 0


def test_each_particle_is_one_part(cell):
    """A failure means particles that touch or fall apart, or parts in regions without particles."""
    active = cell.region_cells("active")
    count, labels = cell.components("active")
    assert np.all(cell.cell_particle[~active] == -1)
    assert set(cell.cell_particle[active]) == set(range(count))
    assert (
        len(set(zip(labels[active].tolist(), cell.cell_particle[active].tolist(), strict=True)))
        == count
    )
    assert cell.components("electrolyte")[0] == 1


def spanning_edges(mesh):
    """Number of mesh edges of the electrolyte that bridge a gap: from a particle to another or to a
    layer."""
    owner = np.full(len(mesh.points), -1)
    for layer, mark in (("separator", -2), ("collector", -3)):
        owner[mesh.cells[mesh.region_cells(layer)]] = mark
    active = mesh.region_cells("active")
    owner[mesh.cells[active]] = mesh.cell_particle[active][:, None]
    ends = owner[
        build_facet_table(mesh.cells[mesh.region_cells("electrolyte")], len(mesh.points)).facets
    ]
    return int(
        np.sum((ends != -1).all(axis=1) & (ends[:, 0] != ends[:, 1]) & (ends >= 0).any(axis=1))
    )


@pytest.mark.parametrize(
    ("seed", "fraction"), [(0, 0.42), (1, 0.42), (2, 0.42), (3, 0.42), (0, 0.6)]
)
def test_quality_and_gaps_resolved(seed, fraction, tmp_path):
    """A failure means slivers, or a single element across a narrow gap."""
    mesh = build_microstructure(layered_cell(seed=seed, area_fraction=fraction), tmp_path)
    smallest, mean = mesh.quality()
    assert smallest >= 0.3 and mean >= 0.9
    assert spanning_edges(mesh) == 0
    assert len(mesh.cells) < (12_000 if fraction < 0.5 else 32_000)
    check_electrolyte(mesh)


def test_same_seed_same_mesh(cell, tmp_path):
    """A failure means that a result cannot be repeated."""
    again = build_microstructure(layered_cell(), tmp_path)
    other = build_microstructure(layered_cell(seed=1), tmp_path)
    assert np.array_equal(again.points, cell.points) and np.array_equal(again.cells, cell.cells)
    assert len(other.cells) != len(cell.cells)


@pytest.mark.parametrize(
    ("case", "word"),
    [
        (
            layered_cell(size_interface=3.0, size_bulk=2.0),
            "size_interface <= geometry.mesh.size_bulk",
        ),
        (layered_cell(size_interface=2.0), "must not exceed geometry.particles.radius_minimum"),
        (layered_cell(minimum_gap=0.0), "geometry.particles.minimum_gap must be positive"),
        (layered_cell(seed=-1), "geometry.seed"),
        (layered_cell(area_fraction=0.9), "geometry.particles.area_fraction"),
        (SimpleNamespace(recipe="cube"), "geometry.recipe.*'cube'"),
    ],
)
def test_recipe_says_what_is_wrong(case, word, tmp_path):
    """A failure means bad input is meshed, or leaves a file behind."""
    with pytest.raises(GeometryError, match=word):
        build_microstructure(case, tmp_path)
    assert list(tmp_path.iterdir()) == []


# Grains


def polycrystal(
    width=30.0, height=20.0, grain_size=4.0, size=0.8, seed=1, region="electrolyte", lithium=3.0
):
    """A layer of grains on lithium; lengths in um."""
    return SimpleNamespace(
        recipe="polycrystal",
        region=region,
        width=width * UM,
        height=height * UM,
        grain_size=grain_size * UM,
        seed=seed,
        lithium_thickness=lithium * UM,
        separator_thickness=None,
        collector_thickness=None,
        mesh=SimpleNamespace(size_interface=size * UM, size_bulk=3 * size * UM),
    )


def test_grains_fill_their_layer(tmp_path):
    """A failure means gaps between grains, other grains than asked, or boundaries that are no
    interface."""
    mesh = build_microstructure(polycrystal(), tmp_path)
    assert mesh.region_measure("electrolyte") == approx(600 * UM**2, rel=1e-9)
    assert mesh.region_measure("lithium") == approx(90 * UM**2, rel=1e-9)
    count = round(600.0 / (np.pi * 4.0))
    grains = mesh.region_cells("electrolyte")
    assert set(mesh.cell_particle[grains]) == set(range(count)) and np.all(
        mesh.cell_particle[~grains] == -1
    )
    facets = mesh.interface_between("electrolyte", "electrolyte")
    split = mesh.with_interfaces({"electrolyte|electrolyte": facets}).validate()
    sides = mesh.cell_particle[mesh.facet_table.cells[mesh.facet_table.find(facets)]]
    assert np.all(sides[:, 0] != sides[:, 1]) and np.all(sides >= 0)
    # A tiling by regular hexagons of area A has boundaries of length sqrt(2 sqrt(3) / A) per area,
    # the least there is.
    least = np.sqrt(2.0 * np.sqrt(3.0) / (600.0 / count)) * 600.0
    assert (
        1.0 < (split.interface_measure("electrolyte|electrolyte") / UM + 0.5 * 100.0) / least < 1.15
    )
    assert mesh.quality()[0] > 0.5
    assert mesh.boundary_measure("bottom") == approx(30 * UM)
    assert mesh.boundary_measure("left") == approx(23 * UM)


def test_grains_follow_their_seed(tmp_path):
    """A failure means that grains cannot be repeated, or are always the same."""
    first, again, other = (build_microstructure(polycrystal(seed=n), tmp_path) for n in (2, 2, 3))
    assert np.array_equal(first.points, again.points) and first.points.shape != other.points.shape


@settings(max_examples=12, deadline=None, derandomize=True)
@given(
    seed=st.integers(0, 10**6), width=st.floats(8.0, 30.0), height=st.floats(8.0, 30.0),
    grain_size=st.floats(2.0, 7.0), share=st.floats(0.1, 0.5),
)  # fmt: skip
def test_any_grains_are_meshed(tmp_path_factory, seed, width, height, grain_size, share):
    """A failure means short edges between grains that spoil the mesh."""
    case = polycrystal(width, height, grain_size, share * grain_size, seed)
    mesh = build_microstructure(case, tmp_path_factory.mktemp("grains"))
    assert mesh.quality()[0] > 0.3
    assert mesh.region_measure("electrolyte") == approx(width * height * UM**2, rel=1e-9)


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"grain_size": 60.0}, "geometry.grain_size: 0 grains"),
        ({"grain_size": 0.05, "size": 0.01}, "size_interface: about .* cells or more"),
        ({"size": 2.5}, "size_interface: must be at most half"),
        ({"region": "lithium"}, "lithium_thickness: 'lithium' is a region"),
    ],
)
def test_grains_that_cannot_be(change, word, tmp_path):
    """A failure means that a user is not told which key to change."""
    with pytest.raises(GeometryError, match=word):
        build_microstructure(polycrystal(**change), tmp_path)
    assert not list(tmp_path.iterdir())


# Microstructure


def test_percolation():
    """A failure means that cut-off electrolyte counts as connected, or the reverse."""
    open_path = grid(lambda i, j: "solid" if i in (1, 3) and j != 2 else "electrolyte")
    assert open_path.percolates("electrolyte", "bottom", "top")
    assert open_path.components("electrolyte")[0] == 1
    barrier = grid(lambda i, j: "solid" if j == 3 else "electrolyte")
    assert not barrier.percolates("electrolyte", "bottom", "top")
    assert barrier.percolates(["electrolyte", "solid"], "bottom", "top")
    assert barrier.components("electrolyte")[0] == 2
    corner_only = grid(lambda i, j: "electrolyte" if i == j else "solid")
    assert not corner_only.percolates("electrolyte", "bottom", "top")


def test_check_electrolyte_finds_islands():
    """A failure means that electrolyte no ion can reach is accepted."""

    def cathode(active):
        return grid(
            lambda i, j: "separator" if j == 0 else "active" if (i, j) in active else "electrolyte"
        )

    check_electrolyte(cathode({(2, 3)}))
    with pytest.raises(GeometryError, match=r"does not percolate.*area_fraction.*minimum_gap"):
        check_electrolyte(cathode({(i, 3) for i in range(6)}))
    with pytest.raises(GeometryError, match="1 islands of electrolyte"):
        check_electrolyte(cathode({(1, 2), (2, 1), (3, 2), (2, 3)}))


def test_measures_do_not_depend_on_numbering_or_place(cell):
    """A failure means that order or orientation of the axes enters a measure."""
    generator = np.random.default_rng(0)
    order, renumbered = (
        generator.permutation(len(cell.cells)),
        generator.permutation(len(cell.points)),
    )
    turn = np.array([[0.6, -0.8], [0.8, 0.6]])
    moved = Microstructure(
        (cell.points @ turn.T)[np.argsort(renumbered)],
        renumbered[cell.cells][order],
        cell.cell_region[order],
        cell.regions,
        cell.cell_particle[order],
        boundaries={name: renumbered[facets] for name, facets in cell.boundaries.items()},
    ).validate()
    for name in cell.regions:
        assert moved.region_measure(name) == approx(cell.region_measure(name), rel=1e-12)
        assert moved.components(name)[0] == cell.components(name)[0]
    assert moved.quality() == approx(cell.quality(), rel=1e-9)
    counts = [len(mesh.interface_between("active", "electrolyte")) for mesh in (moved, cell)]
    assert counts[0] == counts[1] > 0


def test_quality_of_known_cells():
    """A failure means another scale of quality."""

    def quality(points, cells):
        region = np.zeros(len(cells), dtype=int)
        return Microstructure(
            np.array(points), np.array(cells), region, {"a": 0}, region - 1
        ).quality()

    assert quality([[0, 0], [1, 0], [0.5, np.sqrt(0.75)]], [[0, 1, 2]]) == approx((1.0, 1.0))
    assert quality([[0.0, 0], [1, 0], [0, 1]], [[0, 1, 2]])[0] == approx(np.sqrt(0.75))
    regular = [[1.0, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]]
    assert quality(regular, [[0, 1, 3, 2]])[0] == approx(-quality(regular, [[0, 1, 2, 3]])[0])
    assert abs(quality(regular, [[0, 1, 2, 3]])[0]) == approx(1.0)


def halves():
    """A grid of two regions, one above the other."""
    return grid(lambda i, j: "a" if j < 3 else "b")


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        (lambda m: {"cells": m.cells[:, ::-1]}, "inverted"),
        (
            lambda m: {"points": np.vstack([m.points, [[2.0, 2.0]]])},
            "1 of 50 points belong to no cell",
        ),
        (lambda m: {"points": np.full_like(m.points, np.nan)}, "not finite"),
        (lambda m: {"cells": m.cells + 1}, "outside 0..48"),
        (lambda m: {"regions": {**m.regions, "c": 7}}, "regions without cells: c"),
        (lambda m: {"regions": {"a": 0}}, "belong to no named region"),
        (lambda m: {"regions": {"a": 0, "b": 1, "c": 1}}, "same id"),
        (lambda m: {"cell_particle": m.cell_particle[1:]}, "cell_particle"),
        (lambda m: {"interfaces": {"i": np.array([[0, 48]])}}, "'i': 1 facet is not in the mesh"),
        (
            lambda m: {"interfaces": {"i": m.outer_facets()[:2]}},
            "'i': 2 of 2 facets lie on the outer",
        ),
        (
            lambda m: {"boundaries": {"f": m.interface_between("a", "b")}},
            "'f': 6 of 6 facets lie inside",
        ),
        (lambda m: {"interfaces": {"i": np.empty((0, 2), int)}}, "shape"),
        (
            lambda m: {"interfaces": {"i": np.repeat(m.interface_between("a", "b"), 2, axis=0)}},
            "twice",
        ),
        (
            lambda m: {"interfaces": {n: m.interface_between("a", "b") for n in "ij"}},
            "'j' and 'i' share",
        ),
        (
            lambda m: {"interfaces": {"top": m.interface_between("a", "b")}},
            "interface and for a boundary",
        ),
        (
            lambda m: {
                "cells": np.vstack([m.cells, m.cells[:1]]),
                "cell_region": np.append(m.cell_region, 0),
                "cell_particle": np.append(m.cell_particle, -1),
            },
            "more than two cells",
        ),
    ],
)
def test_validate_names_the_fault(changes, word):
    """A failure means that an inconsistent mesh reaches the solver."""
    mesh = halves()
    mesh.validate()
    with pytest.raises(GeometryError, match=word):
        replace(mesh, **changes(mesh)).validate()


@pytest.mark.parametrize(
    "ask",
    [
        lambda m: m.region_measure("c"),
        lambda m: m.interface_measure("c"),
        lambda m: m.boundary_measure("c"),
        lambda m: m.interface_between("a", "c"),
        lambda m: m.percolates("a", "bottom", "c"),
    ],
)
def test_unknown_names_are_errors(ask):
    """A failure means that a misspelt name counts as something empty."""
    with pytest.raises(GeometryError, match=r"no .* 'c'; there is: "):
        ask(halves())
    with pytest.raises(GeometryError, match="two different regions"):
        halves().interface_between("a", "a")


# Mesh files


@pytest.fixture
def model():
    """An empty gmsh model in a session of the test's own; write(path) meshes, writes and ends the
    session."""
    gmsh.initialize(["gmsh"], readConfigFiles=False, interruptible=False)
    gmsh.option.setNumber("General.Terminal", 0)

    def write(path, dimension=2):
        gmsh.option.setNumber("Mesh.MeshSizeMax", 0.4)
        gmsh.model.mesh.generate(dimension)
        gmsh.write(str(path))
        gmsh.finalize()
        return path

    yield SimpleNamespace(occ=gmsh.model.occ, group=gmsh.model.addPhysicalGroup, write=write)
    if gmsh.isInitialized():
        gmsh.finalize()


def two_grains(model):
    """Two unit squares side by side; return their surfaces and the curve between them."""
    surfaces = [(2, model.occ.addRectangle(x, 0, 0, 1, 1)) for x in (0, 1)]
    model.occ.fragment(surfaces[:1], surfaces[1:])
    model.occ.synchronize()
    curves = [
        {tag for _, tag in gmsh.model.getBoundary([surface], oriented=False)}
        for surface in surfaces
    ]
    return [tag for _, tag in surfaces], list(curves[0] & curves[1]), list(curves[0] ^ curves[1])


def test_read_grains_and_their_boundary(model, tmp_path):
    """A failure means that grains, interior curves or the file's unit of length are lost."""
    grains, between, outer = two_grains(model)
    model.group(2, grains, name="ceramic")
    model.group(1, between, name="grain boundary")
    model.group(1, outer, name="outside")
    mesh = read_msh(model.write(tmp_path / "grains.msh"), scale=1e-3)
    found = mesh.interface_between("ceramic", "ceramic")
    assert np.array_equal(
        np.sort(found, axis=0), np.sort(mesh.interfaces["grain boundary"], axis=0)
    )
    assert list(mesh.regions) == ["ceramic"] and set(mesh.cell_particle) == {0, 1}
    assert list(mesh.interfaces) == ["grain boundary"] and list(mesh.boundaries) == ["outside"]
    assert mesh.interface_measure("grain boundary") == approx(1e-3)
    assert mesh.boundary_measure("outside") == approx(6e-3)
    assert mesh.region_measure("ceramic") == approx(2e-6)
    table = mesh.facet_table
    sides = table.cells[table.find(mesh.interfaces["grain boundary"])]
    assert np.all(np.sort(mesh.cell_particle[sides], axis=1) == [0, 1])


@pytest.mark.parametrize("version", [2.2, 4.1])
def test_file_recipe_leaves_metres(model, version, tmp_path):
    """A failure means that the mesh beside the results has another unit, or that a flaw is lost on
    the way."""
    square, flaw = (
        model.occ.addRectangle(0, 0, 0, 2, 1),
        model.occ.addLine(model.occ.addPoint(0.5, 0.5, 0), model.occ.addPoint(1.5, 0.5, 0)),
    )
    model.occ.synchronize()
    gmsh.model.mesh.embed(1, [flaw], 2, square)
    model.group(2, [square], name="electrolyte")
    model.group(1, [flaw], name="flaw")
    gmsh.option.setNumber("Mesh.MshFileVersion", version)
    source = model.write(tmp_path / "user.msh")
    mesh = build_microstructure(
        SimpleNamespace(recipe="file", path=source, length_unit=UM), tmp_path / "run"
    )
    in_metres = SimpleNamespace(recipe="file", path=tmp_path / "run" / "mesh.msh", length_unit=1.0)
    again = build_microstructure(in_metres, tmp_path / "again")
    assert np.array_equal(again.points, mesh.points) and np.array_equal(again.cells, mesh.cells)
    assert mesh.region_measure("electrolyte") == approx(2.0 * UM**2)
    assert mesh.interface_measure("flaw") == approx(1.0 * UM)
    assert np.all(mesh.cell_particle == -1)


def test_read_tetrahedra(model, tmp_path):
    """A failure means that the third dimension is not read, measured or searched as the second
    is."""
    boxes = [(3, model.occ.addBox(x, 0, 0, 1, 1, 1)) for x in (0, 1)]
    model.occ.fragment(boxes[:1], boxes[1:])
    model.occ.synchronize()
    for (_, tag), name in zip(boxes, ("active", "electrolyte"), strict=True):
        model.group(3, [tag], name=name)
    for x, name in ((0.0, "left"), (2.0, "right")):
        surfaces = gmsh.model.getEntitiesInBoundingBox(x - 0.01, -1, -1, x + 0.01, 2, 2, 2)
        model.group(2, [tag for _, tag in surfaces], name=name)
    mesh = read_msh(model.write(tmp_path / "boxes.msh", 3))
    mesh = mesh.with_interfaces({"i": mesh.interface_between("electrolyte", "active")}).validate()
    assert mesh.dimension == 3 and mesh.quality()[0] > 0.2
    assert mesh.region_measure("active") == approx(1.0)
    assert mesh.interface_measure("i") == approx(1.0)
    assert np.allclose(mesh.points[mesh.interfaces["i"], 0], 1.0)
    assert mesh.percolates(["active", "electrolyte"], "left", "right")
    assert mesh.percolates("active", "left", "i") and not mesh.percolates("active", "left", "right")


def test_reading_turns_clockwise_triangles(model, tmp_path):
    """A failure means that negative areas reach the solver."""
    surface = model.occ.addRectangle(0, 0, 0, 1, 1)
    model.occ.synchronize()
    model.group(2, [surface], name="a")
    gmsh.model.mesh.generate(2)
    gmsh.model.mesh.reverse([(2, surface)])
    gmsh.write(str(tmp_path / "a.msh"))
    gmsh.finalize()
    assert read_msh(tmp_path / "a.msh").region_measure("a") == approx(1.0)


def unnamed_region(model):
    grains, _, _ = two_grains(model)
    model.group(2, grains[:1], name="a")
    model.group(2, grains[1:])


def missing_region(model):
    grains, _, _ = two_grains(model)
    model.group(2, grains[:1], name="a")
    gmsh.option.setNumber("Mesh.SaveAll", 1)


def mixed_curves(model):
    grains, between, outer = two_grains(model)
    model.group(2, grains, name="a")
    model.group(1, between + outer, name="all curves")


def overlapping_regions(model):
    grains, _, _ = two_grains(model)
    model.group(2, grains, name="a")
    model.group(2, grains[:1], name="b")


def second_order(model):
    grains, _, _ = two_grains(model)
    model.group(2, grains, name="a")
    gmsh.option.setNumber("Mesh.ElementOrder", 2)


def lines_only(model):
    _, _, outer = two_grains(model)
    model.group(1, outer, name="a")


@pytest.mark.parametrize(
    ("draw", "word"),
    [
        (unnamed_region, "has no name"),
        (missing_region, "have no region"),
        (mixed_curves, "'all curves' lies partly inside"),
        (overlapping_regions, "'a' and 'b' share cells"),
        (second_order, "'Triangle 6' found"),
        (lines_only, "no triangles and no tetrahedra"),
    ],
)
def test_unusable_files_are_refused(model, draw, word, tmp_path):
    """A failure means that part of a user's mesh is silently dropped or misread."""
    draw(model)
    path = model.write(tmp_path / "bad.msh")
    with pytest.raises(GeometryError, match=word) as error:
        read_msh(path)
    assert "bad.msh" in str(error.value)
    assert not gmsh.isInitialized()


def test_missing_unreadable_and_busy(tmp_path):
    """A failure means a message that does not name the file, or a gmsh session of the caller that
    is destroyed."""
    with pytest.raises(GeometryError, match=r"none.msh does not exist"):
        read_msh(tmp_path / "none.msh")
    (tmp_path / "empty.msh").write_text("")
    for text in (
        "this is no mesh\n",
        "$MeshFormat\n4.1 0 8\n$EndMeshFormat\n$Nodes\n1 3 1 3\n2 1 0 3\n1\n",
    ):
        (tmp_path / "text.msh").write_text(text)
        with pytest.raises(GeometryError, match=r"mesh file .*text.msh"):
            read_msh(tmp_path / "text.msh")
    with pytest.raises(GeometryError, match=r"empty.msh.*begins with \$MeshFormat"):
        read_msh(tmp_path / "empty.msh")
    with pytest.raises(GeometryError, match="scale must be positive"):
        read_msh(tmp_path / "text.msh", scale=0.0)
    gmsh.initialize(["gmsh"], readConfigFiles=False, interruptible=False)
    try:
        with pytest.raises(GeometryError, match="already in use"):
            write_msh(box((2, 2)), tmp_path / "box.msh")
        assert gmsh.isInitialized()
    finally:
        gmsh.finalize()
