"""Microstructures from labelled images: what the image shows is what the mesh holds."""

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.image import imsave
from PIL import Image
from scipy.ndimage import gaussian_filter

from chemomech import cli
from chemomech.case import CaseError, case_hash, parse_case
from chemomech.case.geometry import read_labels
from chemomech.geometry import GeometryError, PercolationError, build_microstructure, pack_discs
from chemomech.geometry.drawing.sampling import crossings, sample
from chemomech.geometry.images.chains import Chain, smooth, trace
from chemomech.geometry.images.pixels import join_corners, number_components, remove_islands
from chemomech.geometry.mesh.facets import build_facet_table
from compare import approx
from small import SHORT_CYCLE, tiny_case, write_toml

UM = 1e-6


def geometry(
    path, pixel=0.2, size=0.5, layers=(None, None, None), labels=None, island=None, bulk=3.0
):
    """An image geometry; lengths in um; layers: lithium, separator, collector."""
    thick = [None if each is None else each * UM for each in layers]
    return SimpleNamespace(
        recipe="image",
        path=path,
        pixel_size=pixel * UM,
        labels=labels or {"0": "electrolyte", "1": "active"},
        smallest_island=None if island is None else island * UM,
        lithium_thickness=thick[0],
        separator_thickness=thick[1],
        collector_thickness=thick[2],
        mesh=SimpleNamespace(size_interface=size * UM, size_bulk=bulk * UM),
    )


def meshed(folder, picture, **changes):
    """The microstructure of a picture (rows from the top)."""
    np.save(folder / "picture.npy", picture)
    return build_microstructure(geometry(folder / "picture.npy", **changes), folder)


def rasterised(centres, radii, sides, pixel):
    """A picture (rows from the top) with 1 where the middle of a pixel lies in a disc."""
    x, y = ((np.arange(round(side / pixel)) + 0.5) * pixel for side in sides)
    inside = np.zeros((len(y), len(x)), dtype=np.uint8)
    for (a, b), radius in zip(centres, radii, strict=True):
        inside[(x[None] - a) ** 2 + (y[:, None] - b) ** 2 < radius**2] = 1
    return inside[::-1]


def boundary(mesh, one, other):
    """Length [um] of the boundary between two regions."""
    return (
        mesh.with_interfaces({"i": mesh.interface_between(one, other)}).interface_measure("i") / UM
    )


# The whole recipe


@pytest.mark.parametrize(
    ("fraction", "gap", "pixel", "periodic"),
    [(0.42, 0.5, 0.2, False), (0.55, 0.4, 0.1, True), (0.62, 0.3, 0.1, True)],
)
def test_round_trip_of_a_packing(tmp_path, fraction, gap, pixel, periodic):
    """A failure means that a mesh of an image has other phases, other particles or another
    interface than it shows."""
    centres, radii = pack_discs(
        30.0,
        24.0,
        radius_mean=2.5,
        radius_standard_deviation=0.4,
        radius_minimum=1.8,
        radius_maximum=3.2,
        area_fraction=fraction,
        minimum_gap=gap,
        seed=1,
        periodic=periodic,
    )
    if periodic:
        centres, radii = (
            np.concatenate([centres, centres + [30.0, 0.0], centres - [30.0, 0.0]]),
            np.tile(radii, 3),
        )
    mesh = meshed(
        tmp_path,
        rasterised(centres, radii, (30.0, 24.0), pixel),
        pixel=pixel,
        layers=(5.0, 8.0, 2.0),
    )
    assert mesh.region_measure("active") / UM**2 / 720.0 == approx(fraction, abs=0.005)
    angle = np.linspace(0.0, 2.0 * np.pi, 4001)[:-1]
    x = centres[:, :1] + radii[:, None] * np.cos(angle)
    inside = (x > 0.0) & (x < 30.0)
    assert boundary(mesh, "active", "electrolyte") == approx(
        np.sum(2.0 * np.pi * radii * inside.mean(axis=1)), rel=0.02
    )
    particles = np.count_nonzero(inside.any(axis=1))
    active = mesh.region_cells("active")
    assert mesh.components("active")[0] == particles == len(set(mesh.cell_particle[active]))
    assert mesh.components("electrolyte")[0] == 1 and np.all(mesh.cell_particle[~active] == -1)
    assert mesh.quality()[0] > 0.4 and mesh.quality()[1] > 0.93
    heights = {"lithium": 5.0, "separator": 8.0, "collector": 2.0}
    for name, height in heights.items():
        assert mesh.region_measure(name) / UM**2 == approx(30.0 * height, rel=1e-9)
    assert set(mesh.boundaries) == {"left", "right", "bottom", "top"}
    for name, length in (("left", 39.0), ("right", 39.0), ("bottom", 30.0), ("top", 30.0)):
        assert mesh.boundary_measure(name) / UM == approx(length, rel=1e-9)
    assert boundary(mesh, "lithium", "separator") == approx(30.0, rel=1e-9)
    assert mesh.points[mesh.cells[mesh.region_cells("lithium")], 1].max() == approx(5 * UM)


def test_up_is_up_and_left_is_left(tmp_path):
    """A failure means that the image is meshed upside down or mirrored."""
    picture = np.zeros((20, 30), dtype=int)
    picture[2:8, 3:9] = 1
    mesh = meshed(tmp_path, picture, pixel=1.0, size=1.0)
    middle = mesh.points[mesh.cells[mesh.region_cells("active")]].mean(axis=(0, 1)) / UM
    assert middle == approx([6.0, 15.0], abs=0.2)


def test_layers_are_optional_and_named_once(tmp_path):
    """A failure means that a cell without a separator cannot be built, or that two layers share a
    name."""
    picture = np.zeros((10, 10), dtype=int)
    picture[3:7, 3:7] = 1
    mesh = meshed(tmp_path, picture, pixel=1.0, size=1.0, layers=(2.0, None, None))
    assert set(mesh.regions) == {"lithium", "electrolyte", "active"}
    assert boundary(mesh, "lithium", "electrolyte") == approx(10.0)
    assert not list(mesh.interface_between("lithium", "active"))
    assert 5 <= len(mesh.interface_between("lithium", "electrolyte")) <= 7
    with pytest.raises(
        GeometryError, match=r"geometry.collector_thickness: 'collector' is a region"
    ):
        meshed(
            tmp_path,
            picture,
            labels={"0": "electrolyte", "1": "collector"},
            layers=(None, None, 1.0),
        )


def test_three_phases_meet_in_one_point(tmp_path):
    """A failure means that triple points wander, or that boundaries between three phases leave
    gaps."""
    picture = np.full((20, 20), 2)
    picture[10:, :10], picture[10:, 10:] = 0, 1
    labels = {"0": "electrolyte", "1": "active", "2": "binder"}
    mesh = meshed(tmp_path, picture, pixel=0.5, size=0.5, labels=labels)
    for name, area in (("electrolyte", 25.0), ("active", 25.0), ("binder", 50.0)):
        assert mesh.region_measure(name) / UM**2 == approx(area, rel=1e-9)
    for pair in (("electrolyte", "active"), ("active", "binder"), ("electrolyte", "binder")):
        assert boundary(mesh, *pair) == approx(5.0, rel=1e-9)
        edges = mesh.points[mesh.interface_between(*pair)]
        assert np.linalg.norm(edges[:, 0] - edges[:, 1], axis=1).min() > 0.9 * 0.5 * UM
    at = np.argmin(np.linalg.norm(mesh.points - 5 * UM, axis=1))
    assert mesh.points[at] == approx([5 * UM, 5 * UM], rel=1e-9)
    assert len(set(mesh.cell_region[np.any(mesh.cells == at, axis=1)])) == 3


def test_bad_cells_are_refused(tmp_path, monkeypatch):
    """A failure means that a mesh with slivers reaches the solver."""
    monkeypatch.setattr("chemomech.geometry.LOWEST_QUALITY", 0.99)
    picture = np.zeros((10, 10), dtype=int)
    picture[3:7, 3:7] = 1
    with pytest.raises(
        GeometryError,
        match=r"cells of a quality below 0.99, .* at x = .*geometry.mesh.size_interface",
    ) as error:
        meshed(tmp_path, picture, pixel=1.0, size=1.0)
    assert error.value.exit_code == 4 and not (tmp_path / "mesh.msh").exists()


def test_thin_films_hold_two_elements(tmp_path):
    """A failure means a single element across a film that is thinner than the mesh size."""
    picture = np.zeros((60, 60), dtype=int)
    picture[5:55, 4:29], picture[5:55, 32:56] = 1, 1
    mesh = meshed(tmp_path, picture, pixel=0.2, size=1.0)
    owner = np.full(len(mesh.points), -1)
    active = mesh.region_cells("active")
    owner[mesh.cells[active]] = mesh.cell_particle[active][:, None]
    ends = owner[
        build_facet_table(mesh.cells[mesh.region_cells("electrolyte")], len(mesh.points)).facets
    ]
    assert not np.any((ends >= 0).all(axis=1) & (ends[:, 0] != ends[:, 1]))
    assert mesh.quality()[0] > 0.3


def test_size_of_the_mesh_is_what_is_asked(tmp_path):
    """A failure means edges at an interface that are longer or much shorter than asked."""
    centre, radius = np.array([[10.0, 10.0]]), np.array([6.0])
    picture = rasterised(centre, radius, (20.0, 20.0), 0.1)
    for size in (0.4, 0.8, 1.6):
        mesh = meshed(tmp_path, picture, pixel=0.1, size=size)
        edges = mesh.points[mesh.interface_between("active", "electrolyte")]
        length = np.linalg.norm(edges[:, 0] - edges[:, 1], axis=1) / UM
        assert np.all(length > 0.75 * size) and np.all(length < 1.25 * size)
        # A polygon with the corners on the circle would lack (size / radius)² / 6 of its area: 1.2
        # % at the last size.
        assert mesh.region_measure("active") / UM**2 == approx(36.0 * np.pi, rel=2e-3)


def test_islands_are_removed_and_reported(tmp_path):
    """A failure means specks that force a mesh of specks, or a removal that nobody is told of."""
    picture = np.zeros((50, 50), dtype=int)
    picture[10:30, 10:30], picture[40, 40], picture[20, 20], picture[3:7, 3:7] = 1, 1, 0, 1
    mesh = meshed(tmp_path, picture, pixel=0.2, size=0.4)
    assert mesh.components("active")[0] == 2 and mesh.components("electrolyte")[0] == 1
    assert mesh.notes[0].startswith("2 islands (2 pixels) removed")
    assert (tmp_path / "mesh.txt").read_text().splitlines() == list(mesh.notes)
    # 16 pixels of 0.04 um2 are a disc of 0.903 um.
    mesh = meshed(tmp_path, picture, pixel=0.2, size=0.4, island=0.9)
    assert mesh.components("active")[0] == 2
    mesh = meshed(tmp_path, picture, pixel=0.2, size=0.4, island=0.91)
    assert mesh.components("active")[0] == 1 and mesh.notes[0].startswith(
        "3 islands (18 pixels) removed"
    )
    picture[:, ::2] = 0
    with pytest.raises(
        GeometryError,
        match=r"mesh has 0.00 % of active, the image 8.* give geometry.smallest_island",
    ):
        meshed(tmp_path, picture, pixel=0.2, size=5.0)


def test_labels_of_one_region_are_its_grains(tmp_path, table):
    """A failure means that a map of grains is meshed as one body, or that its labels must be listed
    one by one."""
    picture = np.ones((40, 60), dtype=int)
    picture[:, 20:], picture[20:, 35:], picture[5:12, 5:12] = 2, 7, 0
    labels = {"0": "active", "1": "electrolyte", "2": "electrolyte", "7": "electrolyte"}
    mesh = meshed(tmp_path, picture, pixel=0.5, size=0.8, labels=labels)
    assert set(mesh.regions) == {"active", "electrolyte"}
    assert len(set(mesh.cell_particle[mesh.region_cells("electrolyte")])) == 3
    assert boundary(mesh, "electrolyte", "electrolyte") == approx(20.0 + 10.0 + 12.5, rel=0.01)
    table["geometry"] |= {"path": "picture.npy", "labels": {"0": "active", "1..9": "electrolyte"}}
    assert parse_case(table, tmp_path).geometry.labels == labels


def test_cut_off_electrolyte_is_refused_with_what_helps(tmp_path):
    """A failure means electrolyte that no ion can reach, or advice that does not belong to an
    image."""
    picture = np.zeros((40, 40), dtype=int)
    picture[10:30, 10:30], picture[15:25, 15:25] = 1, 0
    with pytest.raises(
        PercolationError, match=r"1 islands of electrolyte .*geometry.smallest_island"
    ):
        meshed(tmp_path, picture, layers=(None, 2.0, None))
    assert not (tmp_path / "mesh.msh").exists()


@settings(max_examples=30, deadline=None, derandomize=True)
@given(
    seed=st.integers(0, 2**32 - 1),
    rows=st.integers(12, 70),
    columns=st.integers(12, 70),
    grain=st.floats(0.0, 8.0),
    kinds=st.integers(2, 4),
    size=st.floats(0.2, 1.0),
    island=st.sampled_from([None, 0.0, 0.5, 1.0]),
    first=st.sampled_from(["electrolyte", "matrix"]),
)
def test_any_image_is_meshed_or_refused(
    tmp_path_factory, seed, rows, columns, grain, kinds, size, island, first
):
    """A failure means a mesh with slivers or lost phases, or an image that ends in anything but a
    message."""
    folder = tmp_path_factory.mktemp("image")
    generator = np.random.default_rng(seed)
    field = gaussian_filter(generator.normal(size=(rows, columns)), grain)
    limits = np.quantile(field, np.sort(generator.uniform(0.1, 0.9, kinds - 1)))
    labels = {str(n): name for n, name in enumerate([first, "active", "binder", "carbon"][:kinds])}
    try:
        picture = np.digitize(field, limits)
        mesh = meshed(
            folder, picture, size=size, island=island, labels=labels, layers=(2.0, 3.0, 1.0)
        )
    except GeometryError as error:
        assert error.exit_code in (2, 4) and len(str(error)) > 40
        assert [file.name for file in folder.iterdir()] == ["picture.npy"]
    else:
        assert mesh.quality()[0] >= 0.1
        area = sum(mesh.region_measure(name) for name in mesh.regions) / UM**2
        assert area == approx(0.2 * columns * (0.2 * rows + 6.0), rel=1e-9)


# Its steps


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    seed=st.integers(0, 2**32 - 1),
    rows=st.integers(2, 30),
    columns=st.integers(2, 30),
    kinds=st.integers(2, 6),
)
def test_no_pixels_meet_in_a_corner_only(seed, rows, columns, kinds):
    """A failure means components that hang together in a point, or a repair that never ends."""
    picture = np.random.default_rng(seed).integers(0, kinds, (rows, columns))
    found = join_corners(picture)
    a, b, c, d = found[:-1, :-1], found[:-1, 1:], found[1:, :-1], found[1:, 1:]
    assert not np.any((a == d) & (a != b) & (a != c)) and not np.any((b == c) & (b != a) & (b != d))
    assert set(found.ravel()) <= set(picture.ravel())
    # Every edge between components is in one chain, and no chain crosses another.
    components, _ = number_components(found)
    chains = trace(components)
    edges = np.sum(components[1:] != components[:-1]) + np.sum(
        components[:, 1:] != components[:, :-1]
    )
    assert sum(len(chain.points) - 1 for chain in chains) == edges + 2 * (rows + columns)
    assert (
        crossings(
            sample(smooth(chains, np.array([columns, rows])), chains, 2.0),
            np.array([columns, rows]),
        )
        == []
    )


def test_the_matrix_stays_connected_where_corners_meet():
    """A failure means that two particles that touch in a corner become one."""
    picture = np.zeros((8, 8), dtype=int)
    picture[1:4, 1:4], picture[4:7, 4:7] = 1, 1
    _components, owners = number_components(join_corners(picture))
    assert sorted(owners) == [0, 1, 1]


def test_islands_take_the_label_of_their_neighbour():
    """A failure means that islands become holes of some other phase."""
    picture = np.zeros((9, 9), dtype=int)
    picture[:, 5:], picture[1, 1], picture[4, 7] = 1, 2, 0
    found, islands, pixels = remove_islands(picture, 3)
    assert (islands, pixels) == (2, 2) and found[1, 1] == 0 and found[4, 7] == 1
    with pytest.raises(GeometryError, match="every component"):
        remove_islands(picture, 1000)


def test_sides_of_a_chain():
    """A failure means that left and right are exchanged, so that a mesh has its phases swapped."""
    picture = np.array([[0, 0, 1], [0, 0, 1]])
    inner = [chain for chain in trace(picture) if not chain.outer]
    assert len(inner) == 1
    way = inner[0].points[-1] - inner[0].points[0]
    assert np.all(inner[0].points[:, 0] == 2.0)
    assert (inner[0].left, inner[0].right) == ((0, 1) if way[1] > 0 else (1, 0))
    flat = next(c for c in trace(np.array([[0, 0], [1, 1]])) if not c.outer)
    assert (flat.left, flat.right) == ((1, 0) if flat.points[-1, 0] > flat.points[0, 0] else (0, 1))
    loop = next(c for c in trace(np.pad([[1]], 1)) if not c.outer)
    x, y = loop.points.T
    area = 0.5 * np.sum(x[:-1] * y[1:] - x[1:] * y[:-1])
    assert loop.closed and area == approx(1.0 if loop.left == 1 else -1.0)


@pytest.mark.parametrize("slope", [1.0, 0.5, 1.0 / 3.0])
def test_smoothing_takes_the_steps_away(slope):
    """A failure means stairs at an inclined boundary: the raw pixels are up to 41 % longer than the
    line."""
    y, x = np.mgrid[0:60, 0:60] + 0.5
    chain = next(
        c
        for c in smooth(trace((y > 20.0 + slope * x).astype(int)), np.array([60, 60]))
        if not c.outer
    )
    way = np.ptp(chain.points, axis=0)
    length = np.linalg.norm(np.diff(chain.points, axis=0), axis=1).sum()
    assert length == approx(np.hypot(*way), rel=0.01)


def test_smoothing_does_not_shrink():
    """A failure means that particles lose area with every pass."""
    picture = rasterised(np.array([[15.0, 15.0]]), np.array([6.0]), (30.0, 30.0), 1.0).astype(int)
    chains = smooth(trace(picture), np.array([30, 30]))
    x, y = next(c for c in chains if not c.outer).points.T
    area = abs(0.5 * np.sum(x[:-1] * y[1:] - x[1:] * y[:-1]))
    assert area == approx(picture.sum(), rel=0.01)
    length = np.hypot(np.diff(x), np.diff(y)).sum()
    assert length == approx(12.0 * np.pi, rel=0.02)


def test_a_crossing_is_found():
    """A failure means that boundaries that cross reach gmsh."""
    picture = np.zeros((30, 30), dtype=int)
    picture[:, 10:], picture[:, 20:] = 1, 2
    chains = trace(picture)
    assert crossings(chains, np.array([30, 30])) == []
    number = next(n for n, c in enumerate(chains) if not c.outer and c.points[0, 0] == 10.0)
    chains[number].points[5, 0] = 22.0
    assert len(crossings(chains, np.array([30, 30]))) == 2
    chains[number].points[5, 0] = -1.0
    assert number in crossings(chains, np.array([30, 30]))


@pytest.mark.parametrize(
    "edge", [[[0.0, 4.0], [0.0, 6.0]], [[4.0, 30.0], [6.0, 30.0]], [[7.0, 7.0], [7.0, 7.0]]]
)
def test_an_edge_on_a_side_or_of_no_length_is_found(edge):
    """A failure means a degenerate boundary for which gmsh's search of its edges never ends."""
    chains = [
        Chain(np.array(edge), 0, 1, 5, 6),
        Chain(np.array([[0.0, 9.0], [9.0, 30.0]]), 1, 2, 7, 8),
    ]
    assert crossings(chains, np.array([30, 30])) == [0]


# Files and cases


def test_every_format_gives_the_labels(tmp_path):
    """A failure means that a format scales, mirrors or truncates labels."""
    labels = np.random.default_rng(0).integers(0, 200, (7, 9)).astype(np.uint8)
    np.save(tmp_path / "a.npy", labels.astype(np.int32))
    Image.fromarray(labels).save(tmp_path / "a.png")
    Image.fromarray(labels).save(tmp_path / "a.tif")
    for name in ("a.npy", "a.png", "a.tif"):
        assert np.array_equal(read_labels(tmp_path / name), labels)
    deep = labels.astype(np.uint16) * 300
    for name in ("b.png", "b.tiff"):
        Image.fromarray(deep).save(tmp_path / name)
        assert np.array_equal(read_labels(tmp_path / name), deep)
    Image.fromarray(labels > 100).save(tmp_path / "c.png")
    assert np.array_equal(read_labels(tmp_path / "c.png"), labels > 100)


def test_useless_files_are_refused(tmp_path):
    """A failure means that colours or broken files are read as labels, or end in a traceback."""
    imsave(tmp_path / "colour.png", np.random.default_rng(0).random((5, 5, 3)))
    (tmp_path / "text.png").write_text("no picture")
    (tmp_path / "text.npy").write_text("no array")
    (tmp_path / "picture.jpg").write_text("")
    np.save(tmp_path / "floats.npy", np.ones((4, 4)))
    np.save(tmp_path / "solid.npy", np.ones((2, 5, 5, 5), dtype=int))
    np.save(tmp_path / "thin.npy", np.ones((4, 4, 4), dtype=int))
    np.save(tmp_path / "line.npy", np.ones((1, 4), dtype=int))
    np.save(tmp_path / "objects.npy", np.array([[{}]]), allow_pickle=True)
    words = {
        "colour.png": "colours",
        "text.png": "cannot be read",
        "text.npy": "",
        "picture.jpg": "ends in",
        "floats.npy": "float64",
        "solid.npy": "2 x 5 x 5 x 5",
        "thin.npy": "colours",
        "line.npy": "two rows",
        "objects.npy": "",
        "none.npy": "cannot be read",
    }
    for name, word in words.items():
        with pytest.raises(ValueError, match=word):
            read_labels(tmp_path / name)


@pytest.fixture
def table(tmp_path):
    """A tiny case of two particles in an image, as a table; its image stands in tmp_path."""
    picture = rasterised(np.array([[2.0, 2.2], [5.5, 5.0]]), np.array([1.3, 1.6]), (8.0, 8.0), 0.1)
    Image.fromarray(255 * picture).save(tmp_path / "slice.png")
    case = tiny_case(cycle__protocol=SHORT_CYCLE)
    case["geometry"] = {
        "recipe": "image", "path": "slice.png", "pixel_size": "0.1 um",
        "labels": {"0": "electrolyte", "255": "active"}, "lithium_thickness": "3 um",
        "separator_thickness": "6 um", "collector_thickness": "1 um",
        "mesh": {"size_interface": "0.8 um", "size_bulk": "3 um"},
    }  # fmt: skip
    return case


def test_a_case_with_an_image_is_meshed_and_run(tmp_path, table, capsys):
    """A failure means that an image cannot be used as the geometry of a cell."""
    case = write_toml(tmp_path / "case.toml", table)
    assert cli.main(["mesh", str(case), "--out", str(tmp_path / "mesh")]) == 0
    assert "active" in capsys.readouterr().out and (tmp_path / "mesh" / "mesh.png").exists()
    assert "of its mesh" in (tmp_path / "mesh" / "mesh.txt").read_text()
    assert cli.main(["run", str(case), "--out", str(tmp_path / "run"), "--progress", "lines"]) == 0


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"labels": {"0..9": "electrolyte"}}, ['geometry.labels: name a region for "255"']),
        (
            {"labels": {"0": "electrolyte", "0..255": "active"}},
            ["geometry.labels.0..255", "label 0 is given twice"],
        ),
        ({"labels": {"0": "electrolyte"}}, ['geometry.labels: name a region for "255"']),
        ({"labels": {}}, ["geometry.labels", '"0", "255"']),
        (
            {"labels": {"0": "electrolyte", "255": "active", "white": "a"}},
            ["geometry.labels.white", "whole number"],
        ),
        (
            {"labels": {"0": "electrolyte", "255": "active", "00": "a"}},
            ["geometry.labels.00", "twice"],
        ),
        ({"labels": {"0": "electrolyte", "255": "a|b"}}, ["geometry.labels.a|b", "region name"]),
        (
            {"labels": {"0": "electrolyte", "255": "lithium"}},
            ["lithium_thickness", '"lithium" is a region'],
        ),
        ({"path": "none.png"}, ["geometry.path", "no such file"]),
        ({"path": "case.toml"}, ["geometry.path", ".npy, .png"]),
        ({"pixel_size": 0.1}, ["geometry.pixel_size", "unit"]),
        ({"pixel_size": "0 um"}, ["geometry.pixel_size"]),
        ({"smallest_island": "-1 um"}, ["geometry.smallest_island"]),
    ],
)
def test_a_wrong_image_case_says_what_is_wrong(tmp_path, table, change, words):
    """A failure means that a user is not told which key to change."""
    write_toml(tmp_path / "case.toml", table)
    table["geometry"].update(change)
    with pytest.raises(CaseError) as error:
        parse_case(table, tmp_path)
    for word in words:
        assert word in str(error.value)


def test_the_hash_sees_the_image_and_not_its_place(tmp_path, table):
    """A failure means that results of one image are taken for those of another."""
    first = case_hash(parse_case(table, tmp_path))
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "slice.png").write_bytes((tmp_path / "slice.png").read_bytes())
    assert case_hash(parse_case(table, tmp_path / "other")) == first
    picture = read_labels(tmp_path / "slice.png").astype(np.uint8)
    picture[0, 0] = 255
    Image.fromarray(picture).save(tmp_path / "slice.png")
    assert case_hash(parse_case(table, tmp_path)) != first
