"""Packings of spheres and the layered cell around them in 3D, against closed forms."""

import itertools
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chemomech.case import CaseError, parse_case
from chemomech.geometry import GeometryError, build_microstructure
from chemomech.geometry.drawing.packing import pack_spheres
from chemomech.geometry.drawing.room import DEEPEST_CUT, DEEPEST_EDGE, Room, relax
from compare import approx
from small import small_case

UM = 1e-6
RADII = (2.5, 0.3, 1.9, 3.1)


def closest(centres, radii, box, periodic):
    """Smallest distance between the surfaces of two spheres or their copies."""
    shifts = (
        [np.append(each, 0) * box for each in itertools.product((-1, 0, 1), repeat=2)]
        if periodic
        else [0.0]
    )
    i, j = np.triu_indices(len(radii), 1)
    apart = centres[i] - centres[j]
    return min(
        np.min(np.linalg.norm(apart + shift, axis=1) - radii[i] - radii[j]) for shift in shifts
    )


def test_dense_packing_between_periodic_sides():
    """A failure means that 55 % is not reached, spheres overlap, or a side or an edge leaves
    slivers of them."""
    box = np.full(3, (200 * 4 / 3 * np.pi * 2.5**3 / 0.55) ** (1 / 3))
    centres, radii = pack_spheres(box, RADII, 0.55, 0.1, 0, True)
    assert len(radii) > 150
    assert np.sum(4 / 3 * np.pi * radii**3) == approx(0.55 * box.prod(), rel=1e-9)
    assert closest(centres, radii, box, True) >= 0.1 - 1e-12
    assert np.all((centres[:, :2] >= 0.0) & (centres[:, :2] < box[:2]))
    assert np.all(
        (centres[:, 2] >= radii + 0.1 - 1e-12) & (centres[:, 2] <= box[2] - radii - 0.1 + 1e-12)
    )
    aside = np.minimum(centres[:, :2], box[:2] - centres[:, :2])
    tight = 1e-12 + np.zeros((len(radii), 1))
    assert np.all(
        (aside <= DEEPEST_CUT * radii[:, None] + tight) | (aside >= radii[:, None] + 0.1 - tight)
    )
    edge, both = np.linalg.norm(aside, axis=1), np.all(aside < radii[:, None], axis=1)
    assert both.any() and np.all(edge[both] <= DEEPEST_EDGE * radii[both] + 1e-12)


@pytest.mark.parametrize("periodic", [False, True])
def test_packing_is_determined_by_its_seed_and_not_by_the_unit(periodic):
    """A failure means that a case cannot be repeated, or an absolute length in the relaxation."""
    box = np.array([14.0, 15.0, 12.0])
    first, again, other = (
        pack_spheres(box, RADII, 0.35, 0.2, seed, periodic)[0] for seed in (3, 3, 4)
    )
    assert np.array_equal(first, again)
    assert first.shape != other.shape or not np.allclose(first, other)
    small, _ = pack_spheres(
        box * UM, tuple(UM * each for each in RADII), 0.35, 0.2 * UM, 3, periodic
    )
    assert np.allclose(small / UM, first, atol=1e-4)


def test_relaxation_parts_two_spheres():
    """A failure means a slope of the energy with a wrong sign or factor: the minimum is then not
    found."""
    room = Room(np.full(3, 12.0), 0.2, True)
    radii = np.array([2.0, 2.0])
    centres = relax(np.array([[0.5, 6.0, 5.0], [11.0, 6.5, 6.0]]), radii, room)
    apart = np.linalg.norm(room.apart(centres[0], centres[1]))
    assert 4.2 <= apart < 5.0
    assert np.all(np.abs(np.minimum(centres[:, :2], 12.0 - centres[:, :2]) - 1.8) > 0.399)
    assert np.all((centres[:, 2] >= 2.2) & (centres[:, 2] <= 9.8))


def cell(**changes):
    """A layered cell with spheres; changes in um, or other keys."""
    given = {
        "seed": 0,
        "volume_fraction": 0.2,
        "minimum_gap": 0.4,
        "size_interface": 1.0,
        "sides": "walls",
        "width": 8.0,
        "depth": 9.0,
        "cathode": 7.0,
        "radius": 1.8,
        "size_bulk": 3.0,
        "aspect": 1.0,
        **changes,
    }
    return SimpleNamespace(
        recipe="layered_cell_3d",
        width=given["width"] * UM,
        depth=given["depth"] * UM,
        lithium_thickness=2 * UM,
        separator_thickness=3 * UM,
        cathode_thickness=given["cathode"] * UM,
        collector_thickness=1 * UM,
        seed=given["seed"],
        particles=SimpleNamespace(
            volume_fraction=given["volume_fraction"],
            aspect_ratio=given["aspect"],
            minimum_gap=given["minimum_gap"] * UM,
            sides=given["sides"],
            radius_mean=given["radius"] * UM,
            radius_standard_deviation=0.1 * UM,
            radius_minimum=(given["radius"] - 0.4) * UM,
            radius_maximum=(given["radius"] + 0.4) * UM,
        ),
        mesh=SimpleNamespace(
            size_interface=given["size_interface"] * UM, size_bulk=given["size_bulk"] * UM
        ),
    )


def area_between(mesh, one, other):
    """Area [um2] of the boundary between two regions."""
    return (
        mesh.with_interfaces({"i": mesh.interface_between(one, other)}).interface_measure("i")
        / UM**2
    )


def test_layered_cell_against_closed_forms(tmp_path):
    """A failure means a layer, a face or a sphere of another size, or meshes that do not approach
    the true spheres."""
    short, sizes = [], (1.0, 0.5)
    for size in sizes:
        case = cell(size_interface=size)
        mesh = build_microstructure(case, tmp_path)
        volumes = {name: mesh.region_measure(name) / UM**3 for name in mesh.regions}
        assert volumes["lithium"] == approx(72 * 2, rel=1e-9)
        assert volumes["separator"] == approx(72 * 3, rel=1e-9)
        assert volumes["active"] + volumes["electrolyte"] == approx(72 * 7, rel=1e-9)
        faces = {name: mesh.boundary_measure(name) / UM**2 for name in mesh.boundaries}
        assert faces == approx(
            {
                "bottom": 72,
                "top": 72,
                "left": 9 * 13,
                "right": 9 * 13,
                "front": 8 * 13,
                "back": 8 * 13,
            },
            rel=1e-9,
        )
        assert np.ptp(mesh.points, axis=0) == approx(np.array([8, 9, 13]) * UM)
        assert area_between(mesh, "lithium", "separator") == approx(72.0, rel=1e-9)
        # About two equilateral triangles of twice the size per its square.
        assert 72.0 / len(mesh.interface_between("lithium", "separator")) < 0.6 * (2.0 * size) ** 2
        _, radii = pack_spheres(np.array([8.0, 9.0, 7.0]), (1.8, 0.1, 1.4, 2.2), 0.2, 0.4, 0)
        count, _ = mesh.components("active")
        assert count == len(radii) == len(set(mesh.cell_particle[mesh.region_cells("active")]))
        short.append(1.0 - volumes["active"] / (0.2 * 504))
        area = area_between(mesh, "active", "electrolyte") / (4 * np.pi * np.sum(radii**2))
        assert 1.0 - 0.7 * short[-1] < area + 0.01 and area < 1.0
        assert mesh.quality()[0] >= 0.1
        assert short[-1] == approx(0.4 * (size / 1.8) ** 2, rel=0.25)
    rate = np.log(short[0] / short[1]) / np.log(2.0)
    assert 1.6 < rate < 2.4


@pytest.mark.parametrize("aspect", [0.6, 1.5])
def test_ellipsoids_against_closed_forms(tmp_path, aspect):
    """A failure means ellipsoids of another shape, place or volume, or closer to each other than
    asked."""
    case = cell(aspect=aspect, volume_fraction=0.12, size_interface=0.6)
    mesh = build_microstructure(case, tmp_path)
    inside = mesh.region_cells("active")
    assert mesh.region_measure("active") / UM**3 == approx(0.12 * 504, rel=0.11)
    for part in np.unique(mesh.cell_particle[inside]):
        points = mesh.points[np.unique(mesh.cells[mesh.cell_particle == part])] / UM
        x, y, z = np.ptp(points, axis=0)
        assert z / x == approx(aspect, rel=0.06) and y / x == approx(1.0, rel=0.06)
        assert points[:, 2].min() > 5.39 and points[:, 2].max() < 11.61
    assert mesh.quality()[0] >= 0.1
    with pytest.raises(GeometryError, match=r"size_interface.*aspect_ratio"):
        build_microstructure(cell(aspect=0.4), tmp_path)


def test_periodic_sides_match_node_for_node(tmp_path):
    """A failure means a mesh that cannot be continued on the other side, or that is not the same
    every time."""
    case = cell(sides="periodic", width=10.0, depth=11.0, minimum_gap=0.3, volume_fraction=0.3)
    mesh = build_microstructure(case, tmp_path)
    for axis, (one, other), length in ((0, ("left", "right"), 10.0), (1, ("front", "back"), 11.0)):
        shift = np.zeros(3)
        shift[axis] = length
        first, second = (
            mesh.points[np.unique(mesh.boundaries[name])] / UM + move
            for name, move in ((one, shift), (other, 0.0))
        )
        first, second = (np.array(sorted(np.round(each, 4).tolist())) for each in (first, second))
        assert first.shape == second.shape and np.abs(first - second).max() < 2e-4
    cut = mesh.region_cells("active")[
        mesh.facet_table.cells[mesh.facet_table.find(mesh.boundaries["left"]), 0]
    ]
    assert cut.any()
    again = build_microstructure(case, tmp_path)
    assert np.array_equal(mesh.points, again.points) and np.array_equal(mesh.cells, again.cells)


@settings(max_examples=5, deadline=None, derandomize=True)
@given(
    seed=st.integers(0, 10**6),
    volume_fraction=st.floats(0.05, 0.5),
    minimum_gap=st.floats(0.1, 0.5),
    size_interface=st.floats(0.9, 1.5),
    sides=st.sampled_from(["walls", "periodic"]),
    width=st.floats(6.0, 11.0),
)
def test_any_recipe_is_meshed_or_refused(tmp_path_factory, **changes):
    """A failure means a mesh with slivers, or a recipe that ends in anything but a message."""
    folder = tmp_path_factory.mktemp("recipe")
    try:
        mesh = build_microstructure(cell(**changes), folder)
    except GeometryError as error:
        assert error.exit_code in (2, 4) and "geometry." in str(error)
        assert not any(folder.iterdir())
    else:
        assert mesh.quality()[0] >= 0.1


def space_case(**changes):
    """A 3D case as a table."""
    particles = {**small_case()["geometry"]["particles"], "volume_fraction": 0.3}
    del particles["area_fraction"]
    return small_case(
        **{
            "geometry__recipe": "layered_cell_3d",
            "geometry__depth": "10 um",
            "geometry__particles": particles,
            **changes,
        }
    )


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"geometry__depth": "10"}, "geometry.depth: .*length"),
        (
            {"geometry__depth": "3 um"},
            "geometry.depth: given .3 um.; diameter and gaps need .4.8 um.",
        ),
        ({"geometry__particles__volume_fraction": 0.8}, "volume_fraction: .*less than 0.74"),
        ({"geometry__particles__area_fraction": 0.3}, "area_fraction: is not a known key"),
        (
            {"geometry__particles__sides": "periodic", "geometry__depth": "9 um"},
            "geometry.depth: .*need .9.6 um.",
        ),
        ({"materials__active": "absent.toml"}, "materials.active"),
        ({"interfaces__active|lithium": "x"}, "do not touch"),
    ],
)
def test_wrong_keys_are_named(changes, words):
    """A failure means that a 3D case is read like a 2D one, or its message lost the key."""
    assert parse_case(space_case()).geometry.depth == approx(10 * UM)
    with pytest.raises(CaseError, match=words):
        parse_case(space_case(**changes))
    with pytest.raises(CaseError, match=r"geometry.depth"):
        parse_case(small_case(geometry__depth="10 um"))
