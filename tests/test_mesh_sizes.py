"""Sizes of meshes by region and by growth, the same in every recipe, and which quality is
refused."""

from types import SimpleNamespace

import numpy as np
import pytest

from chemomech.case import CaseError, parse_case
from chemomech.cli import main
from chemomech.geometry import GeometryError, Microstructure, build_microstructure
from chemomech.geometry.mesh.statistics import interfaces
from chemomech.geometry.recipes import layers as layers_recipe
from compare import approx
from recipes import layer, layers
from small import small_case, write_toml

LAYERED = small_case()["geometry"]
GRAINS = {
    "recipe": "polycrystal", "width": "20 um", "height": "15 um", "grain_size": "6 um", "seed": 1,
    "lithium_thickness": "5 um", "mesh": {"size_interface": "0.8 um", "size_bulk": "3 um"},
}  # fmt: skip


def built(folder, geometry, **mesh):
    """The mesh of a geometry's table with more keys of [geometry.mesh]."""
    table = small_case()
    table["geometry"] = {**geometry, "mesh": {**geometry["mesh"], **mesh}}
    if geometry is GRAINS:
        table |= {"materials": {"lithium": "lithium", "electrolyte": "Li6PS5Cl"}, "interfaces": {}}
    return build_microstructure(parse_case(table).geometry, folder)


def mean_edge(mesh, region):
    """Edge [um] of the equilateral triangle of a region's mean cell."""
    return 1e6 * np.sqrt(
        4.0 / np.sqrt(3.0) * mesh.region_measure(region) / mesh.region_cells(region).sum()
    )


@pytest.mark.parametrize(
    ("geometry", "region", "size"),
    [(LAYERED, "active", 0.2), (LAYERED, "separator", 0.5), (GRAINS, "lithium", 0.4)],
)
def test_size_of_a_region(geometry, region, size, tmp_path):
    """A failure means that a region's size is not reached, or that it reaches far into others."""
    plain, fine = (
        built(tmp_path, geometry),
        built(tmp_path, geometry, size_by_region={region: f"{size} um"}),
    )
    assert mean_edge(fine, region) == approx(size, rel=0.25)
    assert mean_edge(fine, region) < 0.7 * mean_edge(plain, region)
    assert fine.region_measure(region) == approx(plain.region_measure(region), rel=0.02)
    far = {"active": "lithium", "separator": "collector", "lithium": "electrolyte"}[region]
    assert mean_edge(fine, far) == approx(mean_edge(plain, far), rel=0.25)
    assert interfaces(fine).keys() == interfaces(plain).keys()


@pytest.mark.parametrize("geometry", [LAYERED, GRAINS], ids=["layered", "grains"])
def test_growth(geometry, tmp_path):
    """A failure means that the mesh grows as before, whatever is asked for."""
    counts = [len(built(tmp_path, geometry, growth=growth).cells) for growth in (0.15, 0.4, 1.0)]
    assert counts[0] > 1.2 * counts[1] and counts[1] > 1.03 * counts[2]
    assert len(built(tmp_path, geometry).cells) == counts[1]


def test_wrong_sizes(tmp_path):
    """A failure means that a misspelt region or an impossible quality is taken without a word."""
    with pytest.raises(
        GeometryError, match=r"size_by_region.activ: no region of this name; there is: active"
    ):
        built(tmp_path / "out", LAYERED, size_by_region={"activ": "0.3 um"})
    with pytest.raises(GeometryError, match=r"below 0.99"):
        built(tmp_path / "out", LAYERED, lowest_quality=0.99)
    assert not (tmp_path / "out").exists()
    for key, value in (
        ("growth", -1.0),
        ("lowest_quality", 1.5),
        ("size_by_region", {"active": "3 s"}),
    ):
        with pytest.raises(CaseError, match=f"geometry.mesh.{key}"):
            built(tmp_path, LAYERED, **{key: value})


def test_geometries_without_the_new_keys(tmp_path):
    """A failure means that an object with sizes alone, as earlier recipes take it, is no geometry
    any more."""
    geometry = parse_case(small_case()).geometry
    keys = {name: getattr(geometry, name) for name in type(geometry).model_fields if name != "mesh"}
    sizes = SimpleNamespace(
        size_interface=geometry.mesh.size_interface, size_bulk=geometry.mesh.size_bulk
    )
    mesh = build_microstructure(SimpleNamespace(**keys, mesh=sizes), tmp_path)
    assert len(mesh.cells) == len(built(tmp_path, LAYERED).cells)


def test_command_refuses_what_a_run_refuses(tmp_path, capsys):
    """A failure means that `chemomech mesh` shows a mesh whose flaw makes slivers, which a run then
    refuses."""
    # The mouth of this flaw meets the border of its region at three degrees.
    flaw = {
        "name": "slit",
        "region": "separator",
        "size": "0.05 um",
        "start": ["2 um", "4 um"],
        "end": ["7 um", "4.25 um"],
    }
    case = write_toml(tmp_path / "case.toml", small_case(meshed_flaws=[flaw]))
    said = []
    for command in ("run", "mesh"):
        assert main([command, str(case), "--out", str(tmp_path / command)]) == 4
        said.append(capsys.readouterr().err)
        assert not (tmp_path / command).exists()
    assert "2 cells of a quality below 0.1" in said[0]
    assert said[0] == said[1]


def triangle(quality):
    """One triangle of this mean ratio, and thus of no cell of another shape."""
    # Of height h over a base of 1: 2 sqrt(3) h / (3/2 + 2 h^2).
    height = np.roots([2.0 * quality, -2.0 * np.sqrt(3.0), 1.5 * quality]).min()
    points = np.array([[0.0, 0.0], [1.0, 0.0], [0.5, height]]) * 1e-6
    cells, regions = np.array([[0, 1, 2]]), {"electrolyte": 1}
    return Microstructure(points, cells, np.ones(1, dtype=int), regions, np.full(1, -1))


@pytest.mark.parametrize(
    ("asked", "qualities", "best", "tries"),
    [
        (None, (0.03, 0.08, 0.05, None, 0.02), 1, 5),
        (None, (0.05, 0.2, 0.6, 0.6, 0.6), 1, 2),
        (0.4, (0.2, 0.3, 0.5, 0.6, 0.6), 2, 3),
        (0.4, (0.2, 0.3, 0.1, None, None), 1, 5),
        (0.02, (0.03, 0.5, 0.5, 0.5, 0.5), 0, 1),
    ],
)
def test_the_best_of_several_tries_is_kept(monkeypatch, tmp_path, asked, qualities, best, tries):
    """A failure means that layers end with the last try's mesh, file or note, or stop at a quality
    nobody asked for."""
    done = []

    def draw(*_):
        done.append(len(done))
        return SimpleNamespace(removed=f"try {done[-1]}")

    def mesh(drawn, scene, geometry, size, shortest, path):
        quality = qualities[done[-1]]
        path.write_text(drawn.removed)
        if quality is None:
            raise GeometryError("it crosses itself")
        return triangle(quality)

    monkeypatch.setattr(layers_recipe, "partition", draw)
    monkeypatch.setattr(layers_recipe, "_mesh", mesh)
    geometry = layers(layer("electrolyte", 7.0), width=14.0)
    geometry = geometry.model_copy(
        update={"mesh": geometry.mesh.model_copy(update={"lowest_quality": asked})}
    )
    found = layers_recipe.build_layers(geometry, tmp_path / "mesh.msh")
    assert found.quality()[0] == approx(qualities[best])
    assert found.notes == (f"try {best}",)
    assert (tmp_path / "mesh.msh").read_text() == f"try {best}"
    assert len(done) == tries and [each.name for each in tmp_path.iterdir()] == ["mesh.msh"]
