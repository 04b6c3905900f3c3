"""Files of others: nothing that they say is executed, and no other file is read because of them.

Every attack leaves a marker when it works; none may appear, whichever way the file comes in.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import h5py
import meshio
import numpy as np
import pytest
from PIL import Image

from chemomech import cli
from chemomech.case import CaseError, case_hash, parse_case
from chemomech.case.geometry import read_labels
from chemomech.geometry import GeometryError, build_microstructure, read_msh
from chemomech.geometry.mesh.msh import gmsh_session, read_own_msh
from chemomech.geometry.mesh.write import write_msh
from chemomech.received import ENDINGS, ReceivedError, private_copy
from chemomech.report import write_report
from chemomech.study.folder import shared_mesh
from compare import approx
from meshes import box, moved, permuted
from report_studies import GEOMETRY, make_study
from small import SHORT_CYCLE, tiny_case, write_toml

UM = 1e-6
ROOT = Path(__file__).parents[1]
DRAWING = """
Point(1) = {{0, 0, 0, 1}}; Point(2) = {{2, 0, 0, 1}}; Point(3) = {{2, 1, 0, 1}};
Point(4) = {{0, 1, 0, 1}};
Line(1) = {{1, 2}}; Line(2) = {{2, 3}}; Line(3) = {{3, 4}}; Line(4) = {{4, 1}};
Curve Loop(1) = {{1, 2, 3, 4}}; Plane Surface(1) = {{1}}; Physical Surface("a") = {{1}};
{more}
"""


def attacks(folder):
    """Lines of a script of gmsh, each of which leaves a file in the folder when it is run."""
    marker = folder / "marker"
    marker.mkdir(exist_ok=True)
    other = folder / "other.geo"
    other.write_text(f'SystemCall "touch {marker}/included";\n')
    return {
        "shell": f'SystemCall "touch {marker}/shell";',
        "background": f'NonBlockingSystemCall "touch {marker}/background";',
        "printed": f'Printf("x") > "{marker}/printed";',
        "appended": f'Printf("x") >> "{marker}/appended";',
        "included": f'Include "{other}";',
        "merged": f'Merge "{other}";',
        "saved": f'Mesh 2; Save "{marker}/saved.msh";',
        "created": f'CreateDir "{marker}/created";',
    }


def script(folder, path=None):
    """A script with all attacks, at a path."""
    path = folder / "script.geo" if path is None else path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(DRAWING.format(more="\n".join(attacks(folder).values())))
    return path


def untouched(folder):
    """Whether no attack has left its marker; the background gets time for it."""
    subprocess.run(["sleep", "0.2"], check=True)
    return not list((folder / "marker").iterdir())


def options_beside(path, folder, monkeypatch):
    """Options files that gmsh runs: beside a mesh, in the current folder and in the home folder."""
    names = [f"{path.name}.opt", "default.opt", ".gmshrc", ".gmsh-options", ".gmsh-errors"]
    for each in names:
        script(folder, path.parent / each)
    monkeypatch.chdir(path.parent)
    monkeypatch.setenv("HOME", str(path.parent))


@pytest.fixture(scope="module")
def layers(tmp_path_factory):
    """The mesh of the tiny cell in a file, and the folder of a run of it."""
    folder = tmp_path_factory.mktemp("layers")
    case = write_toml(folder / "case.toml", tiny_case(cycle__protocol=SHORT_CYCLE))
    assert cli.main(["run", str(case), "--out", str(folder / "out")]) == 0
    return folder


def call(*words):
    """The exit code of the command line."""
    return cli.main([str(each) for each in words])


def on_file(path, folder, **keys):
    """A case file on a mesh file."""
    table = tiny_case(cycle__protocol=SHORT_CYCLE)
    table["geometry"] = {"recipe": "file", "path": str(path), **keys}
    return write_toml(folder / "case.toml", table)


OTHERS = [".geo", ".GEO", ".geo_unrolled", ".opt", ".pos", ".stl", ".xml", ".pro"]


@pytest.mark.parametrize(
    ("command", "ending"),
    [("mesh", ".msh"), ("mesh", ".geo"), *(("run", each) for each in (*ENDINGS, *OTHERS))],
)
def test_a_script_by_any_name_is_refused(command, ending, tmp_path, capsys):
    """A failure means that a case file received from somebody runs commands."""
    path = script(tmp_path, tmp_path / f"cell{ending}")
    code = call(command, on_file(path, tmp_path), "--out", tmp_path / "out")
    assert code in (2, 4) and f"cell{ending}" in capsys.readouterr().err
    assert untouched(tmp_path) and not (tmp_path / "out").exists()


def test_a_drawing_says_why_it_is_refused(tmp_path, capsys):
    """A failure means a user who does not learn what to do with a .geo file, or an exit code of
    another kind."""
    code = call("run", on_file(script(tmp_path), tmp_path), "--out", tmp_path / "out")
    said = capsys.readouterr().err
    assert code == 2 and "geometry.path" in said and "geometry.trusted = true" in said
    geometry = SimpleNamespace(recipe="file", path=tmp_path / "script.geo")
    with pytest.raises(GeometryError, match=r"script.geo.*trusted = true"):
        build_microstructure(geometry, tmp_path / "out")
    assert untouched(tmp_path) and not (tmp_path / "out").exists()


@pytest.mark.parametrize("attack", ["shell", "background", "printed", "appended", "included",
                                    "merged", "saved", "created", "deleted"])  # fmt: skip
def test_a_trusted_drawing_writes_nowhere_else(attack, tmp_path):
    """A failure means that a drawing that was thought to be harmless changes a user's files."""
    kept = tmp_path / "kept.txt"
    kept.write_text("kept")
    lines = attacks(tmp_path) | {"deleted": f'SystemCall "rm {kept}; chmod 0 {tmp_path}";'}
    path = tmp_path / "cell.geo"
    path.write_text(DRAWING.format(more=lines[attack]))
    geometry = SimpleNamespace(recipe="file", path=path, trusted=True, length_unit=UM)
    try:
        mesh = build_microstructure(geometry, tmp_path / "out")
    except GeometryError:
        mesh = None
    assert untouched(tmp_path) and kept.read_text() == "kept"
    # Where gmsh itself may not write it fails; a command of the shell may, and the drawing goes on.
    assert mesh is None or mesh.region_measure("a") == approx(2 * UM**2)
    assert mesh is not None or attack in ("printed", "appended", "saved")


def test_a_drawing_that_ends_gmsh_is_a_failure(tmp_path):
    """A failure means that a drawing ends the run, or is taken for a mesh."""
    path = tmp_path / "cell.geo"
    geometry = SimpleNamespace(recipe="file", path=path, trusted=True, length_unit=UM)
    for more in ("Exit;", 'SystemCall "kill -9 $PPID";'):
        path.write_text(DRAWING.format(more=more))
        with pytest.raises(GeometryError, match=r"cell.geo: gmsh (was ended|ended with)"):
            build_microstructure(geometry, tmp_path / "out")


def test_permission_does_not_change_a_case(tmp_path):
    """A failure means that a finished case is run again because a drawing is trusted now."""
    write_msh(moved(box((2, 2)), UM * np.eye(2)), tmp_path / "cell.msh")
    tables = [tiny_case() for _ in range(2)]
    for table, keys in zip(tables, ({}, {"trusted": True}), strict=True):
        table["geometry"] = {"recipe": "file", "path": "cell.msh", **keys}
    one, other = (parse_case(table, tmp_path) for table in tables)
    assert case_hash(one) == case_hash(other)


def test_options_beside_a_mesh_are_not_run(layers, tmp_path, monkeypatch):
    """A failure means that an unpacked folder with a good mesh and a good case runs commands."""
    path = shutil.copy(layers / "out" / "mesh.msh", tmp_path / "cell.msh")
    options_beside(path, tmp_path, monkeypatch)
    case = on_file(path, tmp_path)
    assert call("mesh", case, "--out", tmp_path / "mesh") == 0
    plain = write_toml(tmp_path / "plain.toml", tiny_case(cycle__protocol=SHORT_CYCLE))
    assert call("run", plain, "--mesh", path, "--out", tmp_path / "out") == 0
    assert untouched(tmp_path)


@pytest.mark.parametrize(("version", "binary"), [(2.2, 0), (2.2, 1), (4.0, 0), (4.1, 0), (4.1, 1)])
def test_meshes_of_every_version_are_read_the_same(version, binary, tmp_path, monkeypatch):
    """A failure means that another version of a file is another mesh, or runs what lies beside."""
    with gmsh_session() as session:
        occ = session.model.occ
        occ.fragment(
            [(2, occ.addRectangle(0, 0, 0, 2, 1))], [(2, occ.addDisk(1, 0.5, 0, 0.3, 0.3))]
        )
        occ.synchronize()
        disc, rest = sorted(tag for _, tag in session.model.getEntities(2))
        session.model.addPhysicalGroup(2, [disc], 7, name="a")
        session.model.addPhysicalGroup(2, [rest], 3, name="the rest")
        session.model.mesh.generate(2)
        session.write(str(tmp_path / "plain.msh"))
        session.option.setNumber("Mesh.MshFileVersion", version)
        session.option.setNumber("Mesh.Binary", binary)
        session.write(str(tmp_path / "other.msh"))
    options_beside(tmp_path / "other.msh", tmp_path, monkeypatch)
    plain, other = read_own_msh(tmp_path / "plain.msh"), read_msh(tmp_path / "other.msh")
    assert plain.regions == other.regions == {"a": 7, "the rest": 3}
    # gmsh numbers the points of the version 2.2 anew.
    assert np.array_equal(plain.cell_region, other.cell_region)
    places = [mesh.points[mesh.cells].mean(axis=1) for mesh in (plain, other)]
    assert np.allclose(*places, rtol=1e-14, atol=0.0)
    assert untouched(tmp_path)


@pytest.mark.parametrize("dimension", [2, 3])
def test_our_reader_gives_what_gmsh_gives(dimension, tmp_path):
    """A failure means that a mesh changes with the program that reads it: points, cells and facets
    in their order."""
    mesh = permuted(box((4,) * dimension, region_of=lambda x: "a" if x[-1] < 0.4 else "b"))
    write_msh(moved(mesh, UM / 3 * np.eye(dimension)), tmp_path / "a.msh")
    found = read_own_msh(tmp_path / "a.msh")
    with gmsh_session() as session:
        session.open(str(tmp_path / "a.msh"))
        tags, points, _ = session.model.mesh.getNodes()
        row = np.argsort(tags)
        cells = [
            nodes.reshape(-1, dimension + 1)
            for _, tag in session.model.getPhysicalGroups(dimension)
            for entity in session.model.getEntitiesForPhysicalGroup(dimension, tag)
            for nodes in session.model.mesh.getElements(dimension, entity)[2]
        ]
    assert np.array_equal(found.points, points.reshape(-1, 3)[:, :dimension])
    expected = row[np.concatenate(cells).astype(int) - 1]
    assert np.array_equal(np.sort(found.cells), np.sort(expected))


def test_a_mesh_in_a_folder_of_results_is_not_run(layers, tmp_path, monkeypatch, capsys):
    """A failure means that going on with a received run, or its mesh, runs commands."""
    folder = tmp_path / "received"
    shutil.copytree(layers / "out", folder)
    case = write_toml(tmp_path / "case.toml", tiny_case(cycle__protocol=SHORT_CYCLE))
    options_beside(folder / "mesh.msh", tmp_path, monkeypatch)
    assert call("run", case, "--out", folder, "--resume") == 0
    assert untouched(tmp_path)
    # Without a checkpoint the mesh is made anew; with one, whatever it is, the kept one is read.
    script(tmp_path, folder / "mesh.msh")
    assert call("run", case, "--out", folder, "--resume") == 0
    assert untouched(tmp_path)
    script(tmp_path, folder / "mesh.msh")
    (folder / "checkpoints").mkdir()
    (folder / "checkpoints" / "cycle_00001.npz").write_bytes(b"PK")
    assert call("run", case, "--out", folder, "--resume") in (2, 4)
    assert call("run", case, "--out", tmp_path / "new", "--mesh", folder / "mesh.msh") in (2, 4)
    assert "begins with $MeshFormat" in capsys.readouterr().err
    assert untouched(tmp_path) and not (tmp_path / "new").exists()


def test_a_mesh_that_a_study_shares_is_not_run(tmp_path):
    """A failure means that a study in a received folder runs commands in each of its processes."""
    table = {"name": "s", "base": "case.toml", "vary": {"stack.pressure": ["1 MPa", "2 MPa"]}}
    case = parse_case(tiny_case(cycle__protocol=SHORT_CYCLE), tmp_path)
    write_toml(tmp_path / "case.toml", tiny_case(cycle__protocol=SHORT_CYCLE))
    study = write_toml(tmp_path / "study.toml", table)
    script(tmp_path, shared_mesh(tmp_path / "out", case.canonical()["geometry"]))
    # What is no mesh is made anew.
    assert call("study", study, "--out", tmp_path / "out", "--no-report") == 0
    assert untouched(tmp_path)


def test_a_report_of_a_received_folder_runs_nothing(tmp_path, monkeypatch):
    """A failure means that looking at somebody's results runs commands, or that one bad file hides
    the rest."""
    folder = make_study(tmp_path / "study", fields=True)
    mesh = shared_mesh(folder, GEOMETRY)
    script(tmp_path, mesh)
    options_beside(mesh, tmp_path, monkeypatch)
    for field in sorted(folder.rglob("*.vtu"))[:4]:
        script(tmp_path, field)
    page = write_report(folder).read_text(encoding="utf-8")
    assert "Safe between 3.2 and 316 MPa" in page
    assert untouched(tmp_path)
    with monkeypatch.context() as patched:
        patched.setitem(sys.modules, "gmsh", None)  # a report does without it
        assert write_report(folder).is_file()


def external(path, kind):
    """An HDF5 file that takes its values from another one."""
    other = path.with_name("other.h5")
    with h5py.File(other, "w") as file:
        file["secret"] = np.arange(4.0)
    with h5py.File(path, "w") as file:
        if kind == "link":
            file["deep/down"] = h5py.ExternalLink(str(other), "/secret")
        elif kind == "storage":
            raw = path.with_name("raw.bin")
            raw.write_bytes(bytes(32))
            file.create_dataset("deep/down", (4,), "f8", external=[(str(raw), 0, 32)])
        else:
            layout = h5py.VirtualLayout((4,), "f8")
            layout[:] = h5py.VirtualSource(str(other), "secret", (4,))
            file.create_virtual_dataset("deep/down", layout)
    return path


@pytest.mark.parametrize("ending", ["med", "cgns", "h5m", "hmf", "nc"])
@pytest.mark.parametrize("kind", ["link", "storage", "virtual"])
def test_hdf5_that_reads_other_files_is_refused(ending, kind, tmp_path):
    """A failure means that a mesh file shows what stands in other files of its reader."""
    path = external(tmp_path / f"cell.{ending}", kind)
    with pytest.raises(ReceivedError, match=r"/deep/down .*another file"), private_copy(path):
        pass


XDMF = """<?xml version="1.0"?>{before}
<Xdmf Version="3.0"><Domain><Grid Name="Grid">
<Geometry GeometryType="XY"><DataItem DataType="Float" Dimensions="3 2" Precision="8"
{points}</DataItem></Geometry>
<Topology TopologyType="Triangle" NumberOfElements="1"><DataItem DataType="Int" Dimensions="1 3"
Precision="8" Format="XML">0 1 2</DataItem></Topology>
<Attribute Name="region" AttributeType="Scalar" Center="Cell"><DataItem DataType="Int"
Dimensions="1" Precision="8" Format="XML">1</DataItem></Attribute>
</Grid></Domain></Xdmf>
"""


@pytest.mark.parametrize(
    ("points", "before", "words"),
    [
        ('Format="Binary">{folder}/raw.bin', "", "format Binary"),
        ('Format="HDF">{folder}/elsewhere.h5:/x', "", "in its own folder"),
        ('Format="HDF">../elsewhere.h5:/x', "", "in its own folder"),
        ('Format="HDF">linked.h5:/deep/down', "", "another file"),
        ('Format="HDF">none.h5:/x', "", "none.h5 cannot be read"),
        (
            'Format="XML">&x;',
            '<!DOCTYPE Xdmf [<!ENTITY x SYSTEM "file://{folder}/text">]>',
            "without definitions",
        ),
        (
            'Format="XML">&x;',
            '<!-- x --><!DOCTYPE Xdmf [<!ENTITY x "0 0 1 0 0 1">]>',
            "without definitions",
        ),
    ],
)
def test_xdmf_reads_only_arrays_beside_it(points, before, words, tmp_path):
    """A failure means that a mesh file chooses which files of its reader are read."""
    external(tmp_path / "linked.h5", "link")
    np.array([0.0, 0, 1, 0, 0, 1]).tofile(tmp_path / "raw.bin")
    (tmp_path / "text").write_text("0 0 1 0 0 1")
    text = XDMF.format(points=points, before=before).replace("{folder}", str(tmp_path))
    (tmp_path / "cell.xdmf").write_text(text)
    geometry = SimpleNamespace(
        recipe="file", path=tmp_path / "cell.xdmf", length_unit=UM, region_names={"1": "a"}
    )
    with pytest.raises(GeometryError, match=rf"cell.xdmf.*{words}"):
        build_microstructure(geometry, tmp_path / "out")


def test_xdmf_as_dolfinx_writes_it(tmp_path):
    """A failure means that the usual reference to Xdmf.dtd, or an array in the .h5 beside, is taken
    for an attack."""
    with h5py.File(tmp_path / "my cell.h5", "w") as file:
        file["Mesh/geometry"] = np.array([[0.0, 0], [1, 0], [0, 1]])
    text = XDMF.format(
        points='Format="HDF">my cell.h5:/Mesh/geometry',
        before='<!DOCTYPE Xdmf SYSTEM "Xdmf.dtd" []>',
    )
    (tmp_path / "my cell.xdmf").write_text(text)
    geometry = SimpleNamespace(
        recipe="file", path=tmp_path / "my cell.xdmf", length_unit=UM, region_names={"1": "a"}
    )
    mesh = build_microstructure(geometry, tmp_path / "out")
    assert mesh.region_measure("a") == approx(0.5 * UM**2)


@pytest.mark.parametrize("line", ["*INCLUDE, INPUT={}", "*include,input={}", "*IN*CLUDE,INPUT={}",
                                  "INCLUDE, INPUT={}", "*INCLUDE,\nINPUT={}"])  # fmt: skip
def test_abaqus_files_include_nothing(line, tmp_path):
    """A failure means that an .inp opens other files, by whatever reads those."""
    mesh = meshio.Mesh(np.eye(3), [("triangle", np.array([[0, 1, 2]]))])
    mesh.write(tmp_path / "other.inp")
    (tmp_path / "cell.inp").write_text(f"*HEADING\n{line.format(tmp_path / 'other.inp')}\n")
    geometry = SimpleNamespace(recipe="file", path=tmp_path / "cell.inp", length_unit=UM)
    with pytest.raises(GeometryError, match=r"cell.inp: .*(INCLUDE|no \*NODE)"):
        build_microstructure(geometry, tmp_path / "out")


def test_the_copy_stands_alone_and_goes(tmp_path):
    """A failure means that companions come along, that the file's own name decides how it is read,
    or that copies pile up."""
    write_msh(box((2, 2)), tmp_path / "strange name.MSH.msh")
    (tmp_path / "strange name.MSH.msh.opt").write_text("x")
    with private_copy(tmp_path / "strange name.MSH.msh") as copy:
        assert [each.name for each in copy.parent.iterdir()] == ["received.msh"]
        assert copy.read_bytes() == (tmp_path / "strange name.MSH.msh").read_bytes()
    assert not copy.parent.exists()


class Attack:
    """Leaves a marker when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), "w")


def test_images_are_what_their_endings_say(tmp_path):
    """A failure means that an image is unpickled, or that PostScript is handed to an interpreter
    because Pillow looks inside."""
    marker = tmp_path / "marker"
    marker.mkdir()
    objects = np.empty((3, 3), dtype=object)
    objects[:] = Attack(marker / "unpickled")
    np.save(tmp_path / "objects.npy", objects, allow_pickle=True)
    with open(tmp_path / "bare.npy", "wb") as file:
        file.write(objects.dumps())
    grey = Image.fromarray(np.arange(100, dtype=np.uint8).reshape(10, 10))
    grey.save(tmp_path / "script.eps")
    for ending in ("tif", "tiff", "png", "npy"):
        shutil.copy(tmp_path / "script.eps", tmp_path / f"script.{ending}")
    grey.save(tmp_path / "other.bmp")
    shutil.copy(tmp_path / "other.bmp", tmp_path / "other.tif")
    names = ["objects.npy", "bare.npy", "other.tif"]
    for name in [*names, *(f"script.{each}" for each in ("tif", "tiff", "png", "npy"))]:
        with pytest.raises(ValueError, match=r"cannot be read|allow_pickle"):
            read_labels(tmp_path / name)
        table = tiny_case()
        table["geometry"] = {"recipe": "image", "path": name, "pixel_size": "1 um", "labels": {}}
        table["geometry"]["mesh"] = {"size_interface": "1 um", "size_bulk": "2 um"}
        with pytest.raises(CaseError, match=r"geometry.(path|labels)"):
            parse_case(table, tmp_path)
    assert untouched(tmp_path)


FORMAT = "$MeshFormat\n4.1 0 8\n$EndMeshFormat\n"
CALL = 'SystemCall "touch {marker}/x";\n'


@pytest.mark.parametrize(
    "text",
    [
        FORMAT + "$Nodes\n9 9 1 9\n2 1 0 999999999999\n$EndNodes\n",
        FORMAT + "$Nodes\n1 1 1 1\n2 1 0 1\n1\n0 nan 0\n$EndNodes\n",
        FORMAT + "$Nodes\n1 1 1 1\n2 1 0 1\n1\n0 x 0\n$EndNodes\n",
        FORMAT + "$Nodes\n1 1 1 1\n2 1 0 -1\n1\n0 0 0\n$EndNodes\n",
        FORMAT + "$Nodes\n1 2 1 2\n2 1 0 2\n1\n1\n0 0 0\n1 0 0\n$EndNodes\n",
        FORMAT + "$Elements\n1 1 1 1\n2 1 2 1\n1 5 6 7\n$EndElements\n",
        FORMAT + "$Elements\n1 1 1 1\n2 1 99 1\n1 5\n$EndElements\n",
        FORMAT + "$Nodes\n$EndNodes\n$Nodes\n$EndNodes\n",
        FORMAT + "$Elements\n1 1\n",
        FORMAT + CALL,
        FORMAT.replace("4.1", "2.2") + "$Nodes\n1\nx\n$EndNodes\n",
        FORMAT.replace("4.1", "2.2") + CALL,
        FORMAT.replace("4.1 0", "4.1 1") + CALL,
        "$MeshFormat\n" + CALL,
        " " + FORMAT + CALL,
        FORMAT.replace("Format\n4", "Formatx\n4") + CALL,
        "$Comments\n$EndComments\n" + CALL,
        "\x1f\x8b" + CALL,
    ],
)
def test_broken_meshes_are_refused(text, tmp_path):
    """A failure means a crash, memory without bound, a mesh of what is none, or a script behind a
    header."""
    marker = tmp_path / "marker"
    marker.mkdir()
    (tmp_path / "bad.msh").write_text(text.replace("{marker}", str(marker)))
    with pytest.raises(GeometryError, match=r"bad\.msh: "):
        read_msh(tmp_path / "bad.msh")
    assert untouched(tmp_path)


def modules_beside(folder):
    """Modules of the names of libraries, and options files of PETSc, in a folder."""
    marker = folder / "marker"
    marker.mkdir(exist_ok=True)
    for name in ("numpy", "scipy", "pandas", "meshio", "h5py", "pint", "gmsh", "json", "dolfinx"):
        (folder / f"{name}.py").write_text(f"open({str(marker / name)!r}, 'w')\n")
    (folder / "matplotlibrc").write_text("text.usetex: True\nbackend: module://meshio\n")
    latex = folder / "bin" / "latex"
    latex.parent.mkdir()
    latex.write_text(f"#!/bin/sh\ntouch {marker}/latex\n")
    latex.chmod(0o755)
    for name in (".petscrc", "petscrc"):
        (folder / name).write_text(f"-log_view :{marker}/petsc\n")


def test_the_current_folder_is_no_library(tmp_path):
    """A failure means that a command given inside a received folder runs what lies in it."""
    modules_beside(tmp_path)
    table = {"name": "s", "base": "case.toml", "vary": {"stack.pressure": ["1 MPa"]}}
    write_toml(tmp_path / "case.toml", tiny_case(cycle__protocol=SHORT_CYCLE))
    write_toml(tmp_path / "study.toml", table)
    command = ROOT / "environment" / "bin" / "chemomech"
    path = f"{tmp_path / 'bin'}:{os.environ['PATH']}"
    environment = os.environ | {"PYTHONPATH": str(ROOT), "HOME": str(tmp_path), "PATH": path}
    for words in (["doctor"], ["study", "study.toml", "--out", "out"], ["report", "out"]):
        done = subprocess.run(
            [command, *words],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert untouched(tmp_path), words


def test_the_cases_of_a_study_do_not_take_modules_from_the_current_folder(tmp_path, monkeypatch):
    """A failure means that a study started by an installed command runs modules of a received
    folder in its processes."""
    modules_beside(tmp_path)
    table = {"name": "s", "base": "case.toml", "vary": {"stack.pressure": ["1 MPa"]}}
    write_toml(tmp_path / "case.toml", tiny_case(cycle__protocol=SHORT_CYCLE))
    study = write_toml(tmp_path / "study.toml", table)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", ":.:")
    assert call("study", study, "--out", tmp_path / "out", "--no-report") == 0
    assert untouched(tmp_path)
