"""Meshes of Abaqus: flat ones are read with every set, others are refused with the keyword."""

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chemomech.geometry import GeometryError, build_microstructure
from chemomech.geometry.formats.abaqus import read_abaqus
from compare import approx

UM = 1e-6
NODES = """*Heading
 two layers
** a comment
*Node
 1, 0., 0.
 2, 10., 0.
 3, 10., 10.
 4, 0., 10.
 5, 10., 20.
 6, 0., 20.
"""
SETS = """*Elset, elset=separator, generate
 11, 12, 1
*Elset, elset=electrolyte
 13, 14
"""
TRIANGLES = "11, 1, 2, 3\n12, 1, 3, 4\n13, 4, 3, 5\n14, 4, 5, 6\n"
CELL = NODES + "*Element, type=CPE3\n" + TRIANGLES + SETS


def built(folder, text, **keys):
    """The microstructure in a file of this text; its unit is 1 um."""
    path = folder / "cell.inp"
    path.write_text(text)
    asked = SimpleNamespace(recipe="file", path=path, length_unit=UM, **keys)
    return build_microstructure(asked, folder / "out")


def areas(mesh):
    """Region -> area [um2]."""
    return {name: mesh.region_measure(name) / UM**2 for name in mesh.regions}


HALVES = {"separator": 100.0, "electrolyte": 100.0}


@pytest.mark.parametrize(
    "kind",
    ["CPE3", "CPS3", "CPEG3", "CPE3H", "CPE3T", "S3", "S3R", "STRI3", "M3D3", "DC2D3", "cpe3"],
)
def test_triangles_of_every_name(kind, tmp_path):
    """A failure means that the elements of plane strain, which such a model has, are not known."""
    assert areas(built(tmp_path, CELL.replace("CPE3", kind))) == approx(HALVES)


@pytest.mark.parametrize("kind", ["CPE4", "CPE4R", "CPS4", "S4R5", "CPE4RH", "CPE4I"])
def test_quadrilaterals_of_every_name(kind, tmp_path):
    """A failure means that quadrilaterals of one kind are not read, or lose area."""
    text = NODES + f"*ELEMENT, TYPE={kind}, ELSET=separator\n1, 1, 2, 3, 4\n"
    text += f"*ELEMENT, TYPE={kind}, ELSET=electrolyte\n2, 4, 3, 5, 6\n"
    assert areas(built(tmp_path, text)) == approx(HALVES)


@pytest.mark.parametrize(
    "text",
    [
        # A set in parts, in two element blocks, of names, with other letters, over lines.
        CELL.replace("*Elset, elset=electrolyte\n 13, 14", "*Elset, elset=electrolyte\n 13\n"
                     "*Elset, elset=Electrolyte\n 14"),
        NODES + "*Element, type=CPE3, elset=separator\n11, 1, 2, 3\n"
        "*Element, type=CPE3, elset=electrolyte\n13, 4, 3, 5\n14, 4, 5, 6\n"
        "*Element, type=CPE3, elset=separator\n12, 1, 3, 4\n",
        CELL.replace("*Element, type=CPE3", "*Element,\n type=CPE3"),
        CELL.replace(" 5, 10., 20.", "*Node, nset=upper\n 5, 10., 20."),
        "*Part, name=Cell\n" + CELL + "*End Part\n*Assembly, name=A\n"
        "*Instance, name=Cell-1, part=Cell\n*End Instance\n*End Assembly\n",
        CELL.replace("11, 12, 1", "11, 12"),
        CELL.replace(", 0.\n 2", ", 0., 0.\n 2"),
        CELL.replace("\n", "\r\n"),
    ],
)  # fmt: skip
def test_sets_are_whole(text, tmp_path):
    """A failure means that a region loses cells for how a program writes it."""
    assert areas(built(tmp_path, text)) == approx(HALVES)


def test_sets_of_sets(tmp_path):
    """A failure means that a set of named sets holds the first of them only, or none."""
    text = NODES + "*Element, type=CPE3, elset=one\n11, 1, 2, 3\n12, 1,\n3, 4\n"
    text += "*Element, type=CPE3, elset=two\n13, 4, 3, 5\n*Element, type=CPE3\n14, 4, 5, 6\n"
    text += "*Elset, elset=lower\nONE\n*Elset, elset=upper\n two, 14\n*Elset, elset=all\none, two\n"
    names = {"lower": "separator", "upper": "electrolyte"}
    assert areas(built(tmp_path, text, region_names=names)) == approx(HALVES)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("*Part, name=a\n" + CELL + "*End Part\n*Part, name=b\n" + CELL, "instances are not read"),
        (
            CELL + "*Instance, name=a, part=a\n 0., 10., 0.\n*End Instance\n",
            "INSTANCE moves a part",
        ),
        (CELL + "*Instance, name=a\n*End Instance\n*Instance, name=b\n", "instances are not read"),
        (CELL + "*Node\n 6, 5., 5.\n", "node 6 is defined twice, in two places"),
        (CELL + "*Element, type=CPE3\n11, 2, 3, 4\n", "element 11 is defined twice"),
        (CELL.replace("CPE3", "CAX3"), "'CAX3' are not read; write plane ones as CPS3"),
        (CELL.replace("CPE3", "COH2D4"), "'COH2D4' are not read"),
        (CELL.replace("CPE3", "CPE4"), "'CPE4' have 4 nodes each"),
        (CELL.replace("14, 4, 5, 6", "14, 4, 5, 7"), "element 14 has node 7, which is not there"),
        (CELL.replace("14, 4, 5, 6", "14, 4, 5, x"), "'x' is no whole number"),
        (CELL.replace(" 13, 14", " 13, upper"), "no set 'upper'"),
        (CELL.replace(" 13, 14", " 13"), "1 cells are in none of the sets"),
        (CELL.replace(" 13, 14", " 12, 13, 14"), "share cells"),
        (CELL.replace("11, 12, 1", "1, 999999999, 1"), "GENERATE: more than"),
        (CELL.replace("11, 12, 1", "11"), "first, last and step"),
        (CELL + "*Include, input=other.inp\n", "INCLUDE: what it makes or reads"),
        (CELL.replace("*Node\n", "*Node, input=nodes.txt\n"), "NODE: what it makes or reads"),
        (CELL.replace("*Node\n", "*Node, system=C\n"), "not rectangular"),
        (CELL.replace("10., 20.", "ten, 20."), "node 5 has no numbers"),
        ("no keyword at all\n", "begins with a keyword"),
        ("*Heading\n", r"no \*NODE and \*ELEMENT"),
        (NODES + "*Element, type=CPE6\n1, 1, 2, 3, 4, 5, 6\n", "triangle6.*first order"),
    ],
)
def test_what_is_no_flat_mesh_is_refused(text, words, tmp_path):
    """A failure means that parts are read in one another's place, or that a reason is lost."""
    with pytest.raises(GeometryError, match=words):
        built(tmp_path, text)
    assert not (tmp_path / "out").exists()


def test_solids_and_their_faces(tmp_path):
    """A failure means that tetrahedra, or sets of them, are not those of the file."""
    path = tmp_path / "solid.inp"
    path.write_text(
        "*NODE\n1,0,0,0\n2,1,0,0\n3,0,1,0\n4,0,0,1\n5,1,1,1\n"
        "*ELEMENT, TYPE=C3D4, ELSET=a\n1,1,2,3,4\n*ELEMENT, TYPE=C3D4, ELSET=b\n7,2,3,4,5\n"
    )
    raw = read_abaqus(path)
    assert [block.type for block in raw.cells] == ["tetra", "tetra"]
    assert [each.tolist() for each in raw.cell_sets["b"]] == [[], [0]]
    assert np.array_equal(raw.points[4], [1, 1, 1])


def test_a_library_s_reason_is_passed_on(tmp_path):
    """A failure means that a file is refused with a number in place of the reason."""
    path = tmp_path / "cell.su2"
    path.write_text("NDIME= 7\n")
    with pytest.raises(GeometryError, match=r"cannot be read \(Invalid dimension value NDIME= 7\)"):
        build_microstructure(SimpleNamespace(recipe="file", path=path, length_unit=UM), tmp_path)


@settings(max_examples=200, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_any_text_is_read_or_refused(seed, tmp_path_factory):
    """A failure means that a broken file ends in a traceback."""
    random = np.random.default_rng(seed)
    lines = CELL.splitlines()
    for _ in range(random.integers(1, 4)):
        row = random.integers(len(lines))
        if random.random() < 0.5:
            lines[row] = lines[random.integers(len(lines))]
        else:
            at = random.integers(len(lines[row]) + 1)
            sign = "0123456789,*=.- xE\x00é"[random.integers(19)]
            lines[row] = lines[row][:at] + sign + lines[row][at + 1 :]
    path = tmp_path_factory.mktemp("broken") / "cell.inp"
    path.write_text("\n".join(lines), encoding="utf-8")
    asked = SimpleNamespace(recipe="file", path=path, length_unit=UM)
    try:
        build_microstructure(asked, path.parent / "out")
    except GeometryError as error:
        assert str(error)
