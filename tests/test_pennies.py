"""Penny-shaped flaws of a layered cell in 3D: size, place and filling, against closed forms."""

import numpy as np
import pytest
from pydantic import ValidationError

from chemomech.case import parse_case
from chemomech.case.geometry import PennyFlaws
from chemomech.geometry import GeometryError, build_microstructure
from chemomech.geometry.recipes.pennies import Penny, place_pennies
from chemomech.setup.cell import build_cell
from chemomech.setup.electrodes import check_case
from compare import approx
from rates import fitted_order
from space import spheres

UM = 1e-6
RADIUS, WIDTH = 1.2, 0.4


def cell(size=0.8, sides="walls", separator=5.0, **flaw):
    """A cell of one sphere with flaws in its separator."""
    rule = {"depth": f"{RADIUS} um", "width": f"{WIDTH} um", **flaw}
    return parse_case(
        spheres(
            **{
                "geometry__flaws": [rule],
                "geometry__mesh": {"size_interface": f"{size} um", "size_bulk": "2 um"},
                "geometry__separator_thickness": f"{separator} um",
                "geometry__width": "10 um",
                "geometry__depth": "10 um",
                "geometry__particles__volume_fraction": 0.1,
                "geometry__particles__sides": sides,
            }
        )
    )


def volume():
    """Volume of a disc with a round rim [um3]: flat part, and half a disc of radius h around the
    rest (Guldin)."""
    half = 0.5 * WIDTH
    flat = RADIUS - half
    return np.pi * flat**2 * WIDTH + np.pi**2 * half**2 * flat + 4.0 / 3.0 * np.pi * half**3


def rim(mesh):
    """Points of the surface of holes [um]."""
    table = mesh.facet_table.facets[~mesh.facet_table.interior]
    named = np.concatenate(list(mesh.boundaries.values()))
    keys = {tuple(each) for each in np.sort(named, axis=1).tolist()}
    return (
        mesh.points[
            np.unique([each for each in np.sort(table, axis=1).tolist() if tuple(each) not in keys])
        ]
        / UM
    )


@pytest.mark.parametrize("sides", ["walls", "periodic"])
@pytest.mark.parametrize("region", ["lithium", "empty"])
@pytest.mark.parametrize("at", ["bottom", "inside"])
def test_a_flaw_has_its_volume_and_is_where_it_belongs(tmp_path, at, region, sides):
    """A failure means a flaw of another size or filling, one that takes lithium away, or sides that
    do not match."""
    case = cell(at=at, region=region, sides=sides)
    mesh = build_microstructure(case.geometry, tmp_path)
    share = 0.5 * volume() if at == "bottom" else volume()
    lithium, separator = (mesh.region_measure(name) / UM**3 for name in ("lithium", "separator"))
    assert 500.0 - separator == approx(share, rel=0.1) and 500.0 - separator < share
    assert lithium - 200.0 == approx(500.0 - separator if region == "lithium" else 0.0, abs=1e-6)
    assert mesh.components("lithium")[0] == (2 if (at, region) == ("inside", "lithium") else 1)
    assert mesh.quality()[0] >= 0.2
    assert {name: mesh.boundary_measure(name) / UM**2 for name in mesh.boundaries} == approx(
        {"bottom": 100, "top": 100, "left": 130, "right": 130, "front": 130, "back": 130}, rel=1e-9
    )
    (penny,) = place_pennies(
        case.geometry.flaws,
        np.array([10.0, 10.0, 5.0]),
        np.array([0.0, 2.0, 7.0, 12.0, 13.0]),
        0.8,
        case.geometry.seed,
    )
    if region == "empty":
        places = rim(mesh)
    else:
        inside = mesh.points[np.unique(mesh.interface_between("lithium", "separator"))] / UM
        places = inside[inside[:, 2] > 2.0 + 1e-6]
    assert len(places) > 30
    if at == "bottom":
        assert places[:, 2].max() == approx(2.0 + RADIUS, abs=0.02)
        places = places[places[:, 2] > 2.0 + 1e-6]
    # Nodes lie on the true surface, but for those that were moved to mend slivers, by a tenth of
    # the size at most.
    assert (
        np.median(np.abs(penny.distance(places))) < 1e-6
        and np.abs(penny.distance(places)).max() < 0.08
    )


def test_the_mesh_of_a_flaw_tends_to_the_true_one(tmp_path):
    """A failure means a flaw whose volume does not converge with the mesh."""
    particles = {
        "radius_mean": "1 um", "radius_standard_deviation": "0.1 um", "radius_minimum": "0.8 um",
        "radius_maximum": "1.2 um", "volume_fraction": 0.028, "minimum_gap": "0.3 um",
    }  # fmt: skip
    sizes, errors = [0.2, 0.14, 0.1], []
    for size in sizes:
        case = parse_case(
            spheres(
                **{
                    "geometry__flaws": [{"depth": f"{RADIUS} um", "width": f"{WIDTH} um"}],
                    "geometry__particles": particles,
                    "geometry__mesh": {"size_interface": f"{size} um", "size_bulk": "2 um"},
                }
            )
        )
        mesh = build_microstructure(case.geometry, tmp_path)
        errors.append(1.0 - (mesh.region_measure("lithium") / UM**3 - 60.0) / (0.5 * volume()))
    assert max(errors) < 0.04
    assert fitted_order(sizes, np.abs(errors)) == approx(2.0, abs=0.35)


def test_flaws_keep_off_each_other_the_sides_and_the_faces():
    """A failure means flaws that overlap or leave the separator, or that change from run to run."""
    rules = [
        PennyFlaws(depth="1.5 um", width="0.4 um", count=6),
        PennyFlaws(depth="1 um", width="0.4 um", count=6, at="inside"),
    ]  # fmt: skip
    given = rules, np.array([20.0, 16.0, 9.0]), np.array([0.0, 3.0, 9.0, 18.0, 19.0]), 0.5
    found, again, other = (place_pennies(*given, seed) for seed in (1, 1, 2))
    assert [tuple(each.centre) for each in found] == [tuple(each.centre) for each in again]
    assert not np.allclose(found[0].centre, other[0].centre)
    assert sum(each.stands for each in found) == 6 == sum(each.centre[2] == 3.0 for each in found)
    for i, one in enumerate(found):
        assert np.all(one.centre[:2] >= one.radius + 0.5)
        assert np.all(one.centre[:2] <= np.array([19.5, 15.5]) - one.radius)
        assert one.stands or 3.5 + one.radius <= one.centre[2] <= 8.5 - one.radius
        for two in found[:i]:
            assert np.linalg.norm(one.centre - two.centre) >= one.radius + two.radius + 0.5


def test_distance_to_a_flaw():
    """A failure means edges of the mesh that are short in the wrong place."""
    penny = Penny(np.array([1.0, 2.0, 3.0]), 0.5 * np.pi, 1.2, 0.4, True, False)
    places = penny.centre + np.array(
        [[0, 0, 0], [0, 0.5, 0], [1.2, 0, 0], [0, 0, 1.5], [1.0, 0.2, 0.0]]
    )
    assert penny.distance(places) == approx([-0.2, 0.3, 0.0, 0.3, 0.0], abs=1e-12)


@pytest.mark.parametrize(
    ("flaw", "words"),
    [
        ({"width": "0.1 um"}, "flaws.0.width: 0.1 um is less than a fifth"),
        ({"depth": "4.5 um"}, "flaws.0.depth: .*do not fit into the separator, 10 x 10 x 5 um"),
        ({"depth": "2 um", "at": "inside"}, "flaws.0.depth: .*do not fit"),
        ({"count": 40}, "flaws.0.count: there is no room for flaw"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_key(tmp_path, flaw, words):
    """A failure means a flaw that is left out or cut off without a word, or a search without an
    end."""
    with pytest.raises(GeometryError, match=words):
        build_microstructure(cell(**flaw).geometry, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_schema():
    """A failure means that a width beyond the depth, or an unknown filling, reaches the mesher."""
    for wrong in (
        {"width": "2 um"},
        {"width": "0.1 um", "region": "active"},
        {"width": "0.1 um", "at": "top"},
    ):
        with pytest.raises(ValidationError):
            PennyFlaws.model_validate({"depth": "1 um", **wrong})


@pytest.mark.parametrize("flaw", [{}, {"region": "empty"}, {"at": "inside", "region": "empty"}])
def test_a_cell_with_flaws_is_a_cell(tmp_path, flaw):
    """A failure means that the models do not take holes or filled flaws in space."""
    case = cell(**flaw)
    mesh = build_microstructure(case.geometry, tmp_path)
    domain = build_cell(case, check_case(case), mesh).domain
    assert len(domain.points) >= len(mesh.points)
