"""The user's own meshes and drawings: the same body in any format is the same microstructure and
runs the main job."""

import json
import re
from dataclasses import replace
from types import SimpleNamespace

import gmsh
import meshio
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chemomech import cli
from chemomech.case import CaseError, parse_case
from chemomech.geometry import GeometryError, build_microstructure, read_msh
from chemomech.geometry.mesh.facets import cell_qualities
from chemomech.geometry.mesh.msh import gmsh_session
from chemomech.geometry.mesh.sliver_removal import _tetrahedra, remove_slivers_of_drawing
from chemomech.geometry.mesh.statistics import interfaces
from chemomech.geometry.mesh.write import write_msh
from compare import approx
from meshes import box, moved, permuted
from small import SHORT_CYCLE, tiny_case, write_toml

UM = 1e-6
# Lithium, separator, electrolyte with a square particle, collector; in um.
GEO = """
h = {size};
y[] = {{0, 3, 9, 15, 16}};
For i In {{0:4}}
  Point(2 * i + 1) = {{0, y[i], 0, h}};
  Point(2 * i + 2) = {{6, y[i], 0, h}};
  Line(i + 1) = {{2 * i + 1, 2 * i + 2}};
EndFor
For i In {{0:3}}
  Line(10 + i) = {{2 * i + 1, 2 * i + 3}};
  Line(20 + i) = {{2 * i + 2, 2 * i + 4}};
  Curve Loop(i + 1) = {{i + 1, 20 + i, -(i + 2), -(10 + i)}};
EndFor
Point(21) = {{2, 11, 0, h}}; Point(22) = {{4, 11, 0, h}};
Point(23) = {{4, 13, 0, h}}; Point(24) = {{2, 13, 0, h}};
Line(31) = {{21, 22}}; Line(32) = {{22, 23}}; Line(33) = {{23, 24}}; Line(34) = {{24, 21}};
Curve Loop(9) = {{31, 32, 33, 34}};
Plane Surface(1) = {{1}}; Plane Surface(2) = {{2}};
Plane Surface(3) = {{3, 9}}; Plane Surface(4) = {{4}};
Plane Surface(5) = {{9}};
Physical Surface("lithium") = {{1}};
Physical Surface("separator") = {{2}}; Physical Surface("electrolyte") = {{3}};
Physical Surface("collector") = {{4}}; Physical Surface("active") = {{5}};
"""


def file_case(path, **geometry):
    """The tiny case on a mesh file, as a table."""
    table = tiny_case(cycle__protocol=SHORT_CYCLE)
    drawn = {"trusted": True} if str(path).endswith(".geo") else {}
    table["geometry"] = {"recipe": "file", "path": str(path), **drawn, **geometry}
    return table


def own(path, **keys):
    """A geometry of the recipe "file"; a drawing is trusted."""
    keys = {"length_unit": keys.pop("unit", None), "trusted": str(path).endswith(".geo")} | keys
    return SimpleNamespace(recipe="file", path=path, **keys)


def cell(folder, **sizes):
    """The cell of GEO as a .geo file."""
    path = folder / "cell.geo"
    path.write_text(GEO.format(size=sizes.get("size", 1.2)))
    return path


def as_meshio(mesh, **changes):
    """A microstructure as meshio holds it: points in space, whole numbers "region"; in um."""
    points = np.column_stack([mesh.points / UM, np.zeros((len(mesh.points), 3 - mesh.dimension))])
    kind = "triangle" if mesh.dimension == 2 else "tetra"
    keys = {"cell_data": {"region": [mesh.cell_region.astype(np.int64)]}} | changes
    return meshio.Mesh(points, [(kind, mesh.cells)], **keys)


def names_of(mesh):
    """What region_names has to say about a mesh of as_meshio."""
    return {str(number): name for name, number in mesh.regions.items()}


def same_body(one, other):
    """Whether two meshes have the same cells in the same regions, whatever their order and
    numbers."""

    def rows(mesh):
        names = {number: name for name, number in mesh.regions.items()}
        corners = np.sort(np.round(mesh.points[mesh.cells].mean(axis=1) / UM, 9), axis=1)
        pairs = zip(corners.tolist(), mesh.cell_region, strict=True)
        return sorted((*corner, names[region]) for corner, region in pairs)

    return rows(one) == rows(other)


@pytest.mark.parametrize("dimension", [2, 3])
def test_what_is_written_is_read_again(dimension, tmp_path):
    """A failure means that a mesh in the results folder is not the mesh that ran."""
    mesh = permuted(box((3,) * dimension, region_of=lambda x: "a" if x[-1] < 0.4 else "b"))
    mesh = moved(mesh, 1e-5 / 3 * np.eye(dimension))
    part = np.where(
        mesh.region_cells("b"), (mesh.points[mesh.cells].mean(axis=1)[:, 0] > 1e-6).astype(int), -1
    )
    mesh = replace(mesh, cell_particle=part)
    write_msh(mesh, tmp_path / "a.msh")
    again = read_msh(tmp_path / "a.msh")
    assert np.allclose(again.points, mesh.points, rtol=1e-15, atol=0.0)
    assert again.regions == mesh.regions
    assert set(again.cell_particle) == {-1, 0, 1}
    assert {n: len(f) for n, f in again.boundaries.items()} == {
        n: len(f) for n, f in mesh.boundaries.items()
    }
    assert again.interface_measure("a|b") == approx(mesh.interface_measure("a|b"), rel=1e-14)
    for name in mesh.regions:
        assert again.region_measure(name) == approx(mesh.region_measure(name), rel=1e-13)
    write_msh(again, tmp_path / "b.msh")
    twice = read_msh(tmp_path / "b.msh")
    assert np.array_equal(twice.points, again.points) and np.array_equal(twice.cells, again.cells)


@pytest.mark.parametrize("ending", ["vtu", "xdmf", "inp", "med", "vtk"])
@pytest.mark.parametrize("dimension", [2, 3])
def test_formats(ending, dimension, tmp_path):
    """A failure means that a format loses regions, sides or the unit of length, or puts them
    elsewhere."""
    mesh = box((3,) * dimension, region_of=lambda x: "a" if x[-1] < 0.4 else "b")
    mesh = moved(mesh, UM * np.diag([1.0, 2.0, 3.0][:dimension]))
    path, keys = tmp_path / f"body.{ending}", {"region_names": names_of(mesh)}
    if ending == "inp":
        sets = {name: [np.flatnonzero(mesh.region_cells(name))] for name in mesh.regions}
        as_meshio(mesh, cell_sets=sets, cell_data={}).write(path)
        keys = {}
    elif ending == "med":
        data = {"cell_tags": [-mesh.cell_region.astype(np.int64)]}
        written = as_meshio(mesh, cell_data=data)
        written.cell_tags = {-number: [name] for name, number in mesh.regions.items()}
        written.write(path)
        keys = {}
    else:
        as_meshio(mesh).write(path)
    found = build_microstructure(own(path, unit=UM, **keys), tmp_path / "out")
    assert same_body(found, mesh)
    assert set(found.boundaries) == set(mesh.boundaries)
    for name in mesh.boundaries:
        assert found.boundary_measure(name) == approx(mesh.boundary_measure(name))
    assert interfaces(found)["a|b"].surface == approx(mesh.interface_measure("a|b"))
    assert same_body(read_msh(tmp_path / "out" / "mesh.msh"), mesh)


def run(folder, name, table):
    """The result of a case through the command line; wall times left out."""
    case = write_toml(folder / f"{name}.toml", table)
    assert cli.main(["run", str(case), "--out", str(folder / name), "--progress", "lines"]) == 0
    return json.loads((folder / name / "result.json").read_text())["summary"]


def test_the_main_job_on_a_drawing_and_on_foreign_meshes(tmp_path):
    """A failure means that the same body ages differently when it comes from a .geo, a .vtu or a
    .msh file."""
    drawn = run(tmp_path, "drawn", file_case(cell(tmp_path), length_unit="1 um"))
    mesh = read_msh(tmp_path / "drawn" / "mesh.msh")
    again = build_microstructure(own(tmp_path / "drawn" / "mesh.msh"), tmp_path / "again")
    for name in ("points", "cells", "cell_region", "cell_particle"):
        assert np.array_equal(getattr(again, name), getattr(mesh, name)), name
    assert again.boundaries.keys() == mesh.boundaries.keys() == {"bottom", "top", "left", "right"}
    as_meshio(permuted(mesh, 4)).write(tmp_path / "cell.vtu")
    keys = {"region_names": names_of(mesh), "region_data": "region"}
    foreign = run(tmp_path, "foreign", file_case(tmp_path / "cell.vtu", length_unit="1 um", **keys))
    assert drawn.keys() == foreign.keys()
    for name, value in drawn.items():
        if isinstance(value, float) and not name.startswith("wall_time") and "balance" not in name:
            assert foreign[name] == approx(value, rel=1e-5, abs=1e-9), name


def test_sizes_of_a_drawing(tmp_path):
    """A failure means that sizes of the case do not reach a drawing, or that they are not in
    metres."""
    coarse = build_microstructure(own(cell(tmp_path), unit=UM), tmp_path / "coarse")
    keys = {"size_interface": 0.4 * UM, "size_bulk": 2.0 * UM}
    fine = build_microstructure(
        own(cell(tmp_path), unit=UM, mesh=SimpleNamespace(**keys)), tmp_path / "fine"
    )
    regional = SimpleNamespace(**keys, size_by_region={"collector": 0.2 * UM}, growth=1.0)
    local = build_microstructure(own(cell(tmp_path), unit=UM, mesh=regional), tmp_path / "local")

    def size(mesh, name):
        return np.sqrt(mesh.region_measure(name) / mesh.region_cells(name).sum()) / UM

    assert size(coarse, "active") == approx(0.55, rel=0.1)
    assert size(fine, "active") == approx(0.3, rel=0.25)
    assert size(fine, "lithium") < 1.2
    assert size(local, "collector") == approx(0.14, rel=0.2)
    assert size(local, "lithium") > size(fine, "lithium")
    wrong = SimpleNamespace(**keys, size_by_region={"activ": 0.2 * UM})
    with pytest.raises(GeometryError, match=r"size_by_region.activ: no region.*active"):
        build_microstructure(own(cell(tmp_path), unit=UM, mesh=wrong), tmp_path / "wrong")
    with pytest.raises(GeometryError, match="is a mesh already"):
        build_microstructure(
            own(tmp_path / "fine" / "mesh.msh", mesh=SimpleNamespace(**keys)), tmp_path / "wrong"
        )
    assert not (tmp_path / "wrong").exists()


def test_round_outlines_of_a_drawing_stay_round(tmp_path):
    """A failure means that a particle smaller than the mesh becomes a triangle, or that a speck is
    meshed finely."""
    path = tmp_path / "discs.geo"
    path.write_text(
        'SetFactory("OpenCASCADE"); Rectangle(1) = {0, 0, 0, 20, 20};'
        "Disk(2) = {6, 6, 0, 1.5}; Disk(3) = {14, 14, 0, 0.05};"
        "BooleanFragments { Surface{1}; Delete; } { Surface{2, 3}; Delete; }"
        'Physical Surface("active") = {2}; Physical Surface("speck") = {3}; '
        'Physical Surface("electrolyte") = {4};\n'
    )
    sizes = SimpleNamespace(size_interface=3 * UM, size_bulk=5 * UM)
    mesh = build_microstructure(own(path, unit=UM, mesh=sizes), tmp_path / "out")
    whole = path.read_text()
    path.write_text(whole.rstrip())  # gmsh drops such a file's last line without a word
    with pytest.raises(GeometryError, match=r"discs.geo.*line break"):
        build_microstructure(own(path, unit=UM, mesh=sizes), tmp_path / "cut")
    path.write_text(whole.replace("Disk(2)", "Disc(2)"))
    with pytest.raises(GeometryError, match=r"discs.geo.*syntax error"):
        build_microstructure(own(path, unit=UM, mesh=sizes), tmp_path / "cut")
    assert not (tmp_path / "cut").exists()
    path.write_text(whole)
    again = build_microstructure(own(path, unit=UM, mesh=sizes), tmp_path / "again")
    assert np.array_equal(again.points, mesh.points)
    polygon = np.sin(2 * np.pi / 16) / (2 * np.pi / 16)
    assert mesh.region_measure("active") == approx(polygon * np.pi * 2.25 * UM**2, rel=1e-3)
    assert mesh.region_cells("speck").sum() < 8


def solids(path, names):
    """A cube of 20 um below one of 20 x 20 x 10 um, with names unless None, in a STEP file in
    millimetres."""
    with gmsh_session() as session:
        occ = session.model.occ
        occ.addBox(0, 0, 0, 0.02, 0.02, 0.02)
        occ.addBox(0, 0, 0.02, 0.02, 0.02, 0.01)
        occ.synchronize()
        session.write(str(path))
    text = path.read_text()
    for number, name in enumerate(names or (), 1):
        # The kernel's version, then how many files this process has written.
        unnamed = rf"'Open CASCADE STEP translator [\d.]+ \d+\.{number}'"
        assert re.search(unnamed, text)
        text = re.sub(unnamed, f"'{name}'", text)
    path.write_text(text)
    return path


@pytest.mark.parametrize("names", [("active", "electrolyte"), None])
def test_solids(names, tmp_path):
    """A failure means that solids lose names or their own unit, or do not share the facets between
    them."""
    path = solids(tmp_path / "two.step", names)
    sizes = SimpleNamespace(size_interface=4 * UM, size_bulk=8 * UM)
    mesh = build_microstructure(own(path, mesh=sizes), tmp_path / "out")
    lower, upper = names or ("solid 1", "solid 2")
    assert set(mesh.regions) == {lower, upper}
    assert mesh.region_measure(lower) == approx(8000 * UM**3, rel=1e-5)
    assert mesh.region_measure(upper) == approx(4000 * UM**3, rel=1e-5)
    assert interfaces(mesh)["|".join(sorted((lower, upper)))].surface == approx(
        400 * UM**2, rel=1e-5
    )
    assert set(mesh.boundaries) == {"left", "right", "front", "back", "bottom", "top"}
    sizes = SimpleNamespace(size_interface=40 * UM, size_bulk=80 * UM)
    scaled = build_microstructure(own(path, unit=1e-2, mesh=sizes), tmp_path / "scaled")
    assert scaled.region_measure(lower) == approx(
        8e-12, rel=1e-5
    )  # 0.02 mm, a millimetre meaning 1 cm


def test_slivers_of_a_drawing_are_mended():
    """A failure means flat cells at a curved surface that stay, or planes and outer sides bent to
    mend them."""
    with gmsh_session() as session:
        occ = session.model.occ
        lower, upper = (3, occ.addBox(0, 0, 0, 4, 4, 4)), (3, occ.addBox(0, 0, 4, 4, 4, 1))
        occ.fragment([lower, upper], [(3, occ.addSphere(2, 2, 2, 1))])
        occ.synchronize()
        session.option.setNumber("Mesh.MeshSizeMax", 0.8)
        session.model.mesh.generate(3)
        tags, points, cells = _tetrahedra(session)
        ball = next(
            n for _, n in session.model.getEntities(2) if session.model.getType(2, n) == "Sphere"
        )
        node = int(session.model.mesh.getNodes(2, ball)[0][0])
        row = int(np.flatnonzero(tags == node)[0])
        worst = np.flatnonzero((cells == row).any(axis=1))[0]
        others = points[cells[worst][cells[worst] != row]]
        session.model.mesh.setNode(
            node, (0.02 * points[row] + 0.98 * others.mean(axis=0)).tolist(), []
        )
        _, spoilt, _ = _tetrahedra(session)
        remove_slivers_of_drawing(session)
        _, better, again = _tetrahedra(session)
    assert np.array_equal(np.sort(cells), np.sort(again))
    before, after = (cell_qualities(each, again).min() for each in (spoilt, better))
    assert 0.0 < 1.3 * before < after and before < 0.15
    outer = np.any((points < 1e-9) | (points > np.array([4.0, 4.0, 5.0]) - 1e-9), axis=1)
    assert np.array_equal(better[outer], spoilt[outer])
    plane = np.abs(points[:, 2] - 4.0) < 1e-9
    assert plane.any() and np.array_equal(better[plane, 2], spoilt[plane, 2])


def test_names_that_do_not_match_are_listed_at_once(tmp_path, capsys):
    """A failure means a user who mends one name per run."""
    table = file_case(cell(tmp_path), length_unit="1 um")
    table["materials"]["carbon"] = table["materials"].pop("collector")
    code = cli.main(
        ["run", str(write_toml(tmp_path / "case.toml", table)), "--out", str(tmp_path / "out")]
    )
    error = capsys.readouterr().err
    assert code == 2
    assert "without a material: collector" in error and "not in the mesh: carbon" in error
    assert not (tmp_path / "out").exists()
    slanted = moved(read_msh_of(tmp_path), np.array([[1.0, 0.1], [0.1, 1.0]]))
    write_msh(replace(slanted, boundaries={}), tmp_path / "slanted.msh")
    table["geometry"] = {"recipe": "file", "path": "slanted.msh"}
    assert (
        cli.main(
            ["run", str(write_toml(tmp_path / "case.toml", table)), "--out", str(tmp_path / "out")]
        )
        == 2
    )
    error = capsys.readouterr().err
    assert "without a material: collector" in error and "bottom, left, right, top" in error


def read_msh_of(folder):
    """The cell of GEO as a microstructure."""
    return build_microstructure(own(cell(folder), unit=UM), folder / "built")


def test_given_sides_stay_and_the_others_are_found(tmp_path):
    """A failure means that a user's sides are overwritten, or that "outside" keeps the sides from
    being found."""
    mesh = moved(box((3, 3)), UM * np.eye(2))
    left = mesh.boundaries["left"]
    given = {
        "left": left[:2],
        "outside": np.concatenate([mesh.boundaries["top"], mesh.boundaries["right"]]),
    }
    write_msh(replace(mesh, boundaries=given), tmp_path / "own.msh")
    found = build_microstructure(own(tmp_path / "own.msh"), tmp_path / "out")
    assert set(found.boundaries) == {"left", "right", "bottom", "top"}
    assert len(found.boundaries["left"]) == 2
    assert any("'outside'" in note for note in found.notes)
    assert "found by the bounding box" in (tmp_path / "out" / "mesh.txt").read_text()


def test_quadrilaterals_doubled_points_and_orphans(tmp_path):
    """A failure means that cells cut in two lose area, that parts drawn apart do not touch, or
    stray points stay."""
    x, y = np.meshgrid([0.0, 1.0, 2.0], [0.0, 1.0], indexing="ij")
    points = np.column_stack([x.ravel(), y.ravel(), np.zeros(6)])
    points = np.vstack([points, points[2:4], [[9.0, 9.0, 0.0]]])
    quads = np.array([[0, 2, 3, 1], [6, 7, 5, 4]])
    meshio.Mesh(points, [("quad", quads)], cell_data={"region": [np.array([7, 8])]}).write(
        tmp_path / "quads.vtu"
    )
    quads = own(tmp_path / "quads.vtu", unit=UM, region_names={"7": "a", "8": "b"})
    found = build_microstructure(quads, tmp_path / "out")
    assert len(found.points) == 6 and len(found.cells) == 4
    assert found.region_measure("a") == found.region_measure("b") == approx(UM**2)
    assert interfaces(found)["a|b"].surface == approx(UM)
    assert len(found.notes) == 3 + 4
    with gmsh_session() as session:
        square = session.model.occ.addRectangle(0, 0, 0, 2, 1)
        session.model.occ.synchronize()
        session.model.addPhysicalGroup(2, [square], name="a")
        session.option.setNumber("Mesh.RecombineAll", 1)
        session.option.setNumber("Mesh.MeshSizeMax", 0.3)
        session.model.mesh.generate(2)
        session.write(str(tmp_path / "quads.msh"))
    mesh = build_microstructure(own(tmp_path / "quads.msh", unit=UM), tmp_path / "q")
    assert mesh.region_measure("a") == approx(2 * UM**2)


def unreadable(folder, kind):
    """A file that cannot be used, and keys that go with it."""
    mesh = moved(box((2, 2), region_of=lambda x: "a" if x[0] < 0.5 else "b"), UM * np.eye(2))
    names = {"1": "a", "2": "b"}
    path = folder / "bad.vtu"
    if kind == "hexahedra":
        square = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]])
        corners = np.concatenate([square, square + [0, 0, 1]]).astype(float)
        meshio.Mesh(
            corners, [("hexahedron", np.arange(8)[None])], cell_data={"region": [np.array([1])]}
        ).write(path)
        return path, {"region_names": {"1": "a"}}
    if kind == "curved":
        corners = np.array(
            [[0, 0, 0], [1, 0, 0], [0, 1, 0], [0.5, 0, 0], [0.5, 0.5, 0], [0, 0.5, 0]]
        )
        meshio.Mesh(
            corners, [("triangle6", np.arange(6)[None])], cell_data={"region": [np.array([1])]}
        ).write(path)
        return path, {"region_names": {"1": "a"}}
    if kind == "lines":
        meshio.Mesh(np.eye(3), [("line", np.array([[0, 1]]))]).write(path)
        return path, {}
    if kind == "warped":
        written = as_meshio(mesh)
        written.points[0, 2] = 0.3
        written.write(path)
        return path, {"region_names": names}
    if kind == "two arrays":
        as_meshio(mesh, cell_data={each: [mesh.cell_region] for each in ("one", "other")}).write(
            path
        )
        return path, {"region_names": names}
    if kind == "flat cells":
        written = as_meshio(mesh)
        written.points[:, 1] = 0.0
        written.write(path)
        return path, {"region_names": names}
    if kind == "sets share":
        path = folder / "bad.inp"
        as_meshio(
            mesh, cell_data={}, cell_sets={"all": [np.arange(8)], "some": [np.arange(3)]}
        ).write(path)
        return path, {}
    as_meshio(mesh).write(path)
    keys = {
        "no names": {}, "a name too many": {"region_names": {**names, "9": "c"}},
        "half the names": {"region_names": {"1": "a"}},
        "no such data": {"region_names": names, "region_data": "phase"},
        "a unit too large": {"region_names": names, "unit": 1.0},
    }  # fmt: skip
    return path, keys[kind]


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("hexahedra", "hexahedron.*tetrahedra"),
        ("curved", "triangle6.*first order"),
        ("lines", "no triangles"),
        ("warped", "plane z = const"),
        ("two arrays", "region_data.*one, other"),
        ("flat cells", "flat|plane"),
        ("sets share", "'all' and 'some' share"),
        ("no names", "region_names: no name for 1, 2"),
        ("a name too many", "names for 9"),
        ("half the names", "no name for 2"),
        ("no such data", "no whole numbers 'phase'; there is: region"),
        ("a unit too large", "length_unit"),
    ],
)
def test_what_cannot_be_used_is_refused(kind, words, tmp_path):
    """A failure means a crash, a guess, or a folder with half a mesh."""
    path, keys = unreadable(tmp_path, kind)
    with pytest.raises(GeometryError, match=words):
        build_microstructure(own(path, **({"unit": UM} | keys)), tmp_path / "out")
    assert not (tmp_path / "out").exists()
    assert not gmsh.isInitialized()


@settings(max_examples=40, deadline=None)
@given(
    ending=st.sampled_from(
        ["msh", "geo", "vtu", "xdmf", "inp", "med", "vtk", "stl", "xyz", "step"]
    ),
    content=st.binary(max_size=60)
    | st.text('$MeshFormat4.1 0\n{}()=;,Point<>/"', max_size=60).map(str.encode),
)
def test_any_content_is_refused_with_a_message(ending, content, tmp_path_factory):
    """A failure means that a broken file ends in anything but a GeometryError that names it."""
    folder = tmp_path_factory.mktemp("content")
    path = folder / f"broken.{ending}"
    path.write_bytes(content)
    with pytest.raises(GeometryError, match="broken"):
        build_microstructure(own(path, unit=UM), folder / "out")
    assert not (folder / "out").exists() and not gmsh.isInitialized()


@pytest.mark.parametrize(
    ("geometry", "words"),
    [
        (
            {"mesh": {"size_interface": "1 um"}},
            "mesh.size_bulk: size_interface and size_bulk belong together",
        ),
        ({"mesh": {"size_interface": "2 um", "size_bulk": "1 um"}}, "at least size_interface"),
        ({"mesh": {"lowest_quality": 2.0}}, "geometry.mesh.lowest_quality"),
        ({"mesh": {"growth": 0.0}}, "geometry.mesh.growth"),
        ({"mesh": {"size_by_region": {"active": "0 um"}}}, "geometry.mesh.size_by_region.active"),
        ({"region_names": {"1": "a|b"}}, "a region name"),
    ],
)
def test_keys_of_the_recipe(geometry, words, tmp_path):
    """A failure means that a wrong key is taken."""
    with pytest.raises(CaseError, match=words.replace("|", r"\|")):
        parse_case(file_case(cell(tmp_path), **geometry), tmp_path)


def test_lowest_quality(tmp_path):
    """A failure means that a user's mesh is refused unasked, or not refused when a quality is asked
    for."""
    mesh = moved(box((3, 3)), np.diag([10 * UM, UM]))
    write_msh(mesh, tmp_path / "thin.msh")
    least = mesh.quality()[0]
    build_microstructure(own(tmp_path / "thin.msh"), tmp_path / "out")
    below, above = (SimpleNamespace(lowest_quality=times * least) for times in (0.9, 1.1))
    build_microstructure(own(tmp_path / "thin.msh", mesh=below), tmp_path / "out")
    with pytest.raises(GeometryError, match="quality"):
        build_microstructure(own(tmp_path / "thin.msh", mesh=above), tmp_path / "no")
    assert not (tmp_path / "no").exists()
