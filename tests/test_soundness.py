"""No mesh is believed: points in one place, cells over cells, parts unjoined, a stack on its
side."""

import json
from dataclasses import replace
from types import SimpleNamespace

import meshio
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chemomech import cli
from chemomech.case import parse_case
from chemomech.geometry import GeometryError, Microstructure, build_microstructure, sound
from chemomech.geometry.mesh.facets import cell_measures, cut_quadrilaterals, joined_points, orient
from chemomech.geometry.mesh.msh import gmsh_session
from chemomech.geometry.mesh.statistics import interfaces
from chemomech.geometry.mesh.structured import box_mesh
from chemomech.geometry.mesh.write import write_msh
from chemomech.setup.mesh import build_mesh
from compare import approx
from meshes import box, disc_in_square, moved, permuted, quarter_ring, rotation
from small import tiny_case, write_toml

UM = 1e-6
GEO = """
SetFactory("OpenCASCADE");
Rectangle(1) = {{0, 0, 0, 10, 20}};
Rectangle(2) = {{{place}, 0, 0, 10, 20}};
{then}
Physical Surface("active") = {{1}};
Physical Surface("electrolyte") = {{2}};
Mesh.MeshSizeMax = {size}; Mesh.MeshSizeMin = {size};
"""


def together(*meshes, regions=None):
    """Meshes in one, none of their points joined, with the regions a, b, ... or those of a dict."""
    shift = np.cumsum([0, *(len(each.points) for each in meshes)])
    names = regions or {name: number for number, name in enumerate("abcd"[: len(meshes)], 1)}
    cells = np.concatenate([each.cells + by for each, by in zip(meshes, shift, strict=False)])
    region = np.repeat(np.arange(len(meshes)) + 1, [len(each.cells) for each in meshes])
    points = np.concatenate([each.points for each in meshes])
    return Microstructure(points, cells, region, names, np.full(len(cells), -1)).validate()


def block(counts, size, at=0.0):
    """A box of some size [um] with a corner somewhere [um]."""
    dimension = len(counts)
    mesh = box_mesh(counts, UM * np.asarray(size, dtype=float))
    return moved(mesh, np.eye(dimension), UM * np.broadcast_to(at, dimension))


def side_by_side(dimension, at, counts=2, other=2):
    """Two boxes of 1 x 1 (x 1) um, the second moved along x."""
    one, two = [counts] * dimension, [other] * dimension
    place = np.zeros(dimension)
    place[0] = at
    return together(block(one, np.ones(dimension)), block(two, np.ones(dimension), place))


@pytest.mark.parametrize("dimension", [2, 3])
def test_parts_drawn_apart_are_joined_with_a_note(dimension):
    """A failure means that parts in contact slide and run through each other unseen."""
    mesh = sound(side_by_side(dimension, 1.0))
    assert len(mesh.points) == (5 if dimension == 2 else 15) * 3 ** (dimension - 1) // (
        1 if dimension == 2 else 3
    )
    assert interfaces(mesh)["a|b"].surface == approx(UM ** (dimension - 1))
    assert mesh.notes == (
        f"{3 ** (dimension - 1)} points in the place of others joined with them, of a and b, the "
        f"first at {'x = 1 um, y = 0 um' + (', z = 0 um' if dimension == 3 else '')}",
    )


@pytest.mark.parametrize("dimension", [2, 3])
def test_names_stay_where_parts_are_joined(dimension):
    """A failure means that a wall between two parts loses its name, is held twice, or stays a
    boundary inside the body."""
    mesh = side_by_side(dimension, 1.0)
    outer = mesh.outer_facets()
    inner = np.all(np.abs(mesh.points[outer, 0] - UM) < 1e-9 * UM, axis=1)
    named = replace(mesh, boundaries={"wall": outer[inner], "outside": outer[~inner]})
    found = sound(named)
    assert found.interface_measure("wall") == approx(UM ** (dimension - 1))
    assert len(found.interfaces["wall"]) == inner.sum() // 2
    assert set(found.boundaries) == {"outside"}
    with pytest.raises(GeometryError, match=r"joined, .*'all' lies partly inside .*: split it"):
        sound(replace(mesh, boundaries={"all": outer}))


@pytest.mark.parametrize("dimension", [2, 3])
@pytest.mark.parametrize(
    ("at", "counts", "other", "words"),
    [
        (1.0, 2, 3, "'a' and 'b' meet without sharing points at x = 1 um"),
        (1.0, 2, 4, "'a' and 'b' meet without sharing points at x = 1 um"),
        (0.9, 2, 3, "'a' and 'b' overlap at x = 1 um"),
        (0.5, 2, 2, "'a' and 'b' lie in one place"),
        (0.0, 2, 3, "'a' and 'b' overlap"),
        (0.0, 2, 2, "'a' and 'b' lie in one place"),
        (0.25, 2, 2, "'a' and 'b' (overlap|meet without)"),
        (0.999, 1, 1, "'a' and 'b' (overlap|meet without)"),
    ],
)
def test_what_overlaps_or_touches_unjoined_is_refused(dimension, at, counts, other, words):
    """A failure means that charge and forces do not pass where the drawing shows contact, or that
    an area is counted twice."""
    with pytest.raises(GeometryError, match=words):
        sound(side_by_side(dimension, at, counts, other))


@pytest.mark.parametrize("dimension", [2, 3])
def test_a_part_inside_another_is_refused(dimension):
    """A failure means that an inclusion laid on an uncut body is meshed twice: the parts add up to
    more than the whole."""
    size = np.ones(dimension)
    whole, part = block([3] * dimension, 20 * size), block([2] * dimension, 3 * size, 8.3)
    for mesh in (together(whole, part), together(part, whole)):
        with pytest.raises(GeometryError, match="'a' and 'b' overlap at x = "):
            sound(mesh)


def test_a_cross_of_two_needles_is_refused():
    """A failure means that only corners are looked for in cells: here none lies in another."""
    needle = Microstructure(
        UM * np.array([[-9.0, -0.5], [9.0, -0.5], [0.0, 0.6]]), np.array([[0, 1, 2]]),
        np.array([0]), {"a": 0}, np.array([-1]),
    )  # fmt: skip
    across = moved(needle, np.array([[0.0, -1.0], [1.0, 0.0]]))
    with pytest.raises(GeometryError, match="'a' and 'b' overlap"):
        sound(together(needle, across))


@pytest.mark.parametrize("dimension", [2, 3])
def test_pieces_apart_are_noted(dimension):
    """A failure means that a loose piece goes unseen, or that a gap is taken for an overlap."""
    gap = sound(side_by_side(dimension, 1.01, 2, 3))
    assert len(gap.notes) == 1 and gap.notes[0].startswith(
        "the mesh has 2 pieces that share no side: beside the largest "
    )
    assert " cells of a about x = 0.5 um, y = 0.5 um" in gap.notes[0]


@settings(max_examples=60, deadline=None)
@given(
    dimension=st.sampled_from([2, 3]),
    seed=st.integers(0, 10**6),
    scale=st.sampled_from([1e-9, 1e-6, 1.0]),
)
def test_any_good_mesh_passes(dimension, seed, scale):
    """A failure means that a mesh is refused or changed that has nothing wrong: turned, moved,
    renumbered, uneven, with a hole."""
    random = np.random.default_rng(seed)
    counts = random.integers(2, 6, dimension)
    mesh = permuted(box(counts, jiggle=0.15, seed=seed), seed)
    hole = random.random(len(mesh.cells)) < 0.3
    if not hole.all():
        used, cells = np.unique(mesh.cells[~hole], return_inverse=True)
        region = mesh.cell_region[~hole]
        mesh = Microstructure(
            mesh.points[used], cells.reshape(-1, dimension + 1), region, mesh.regions,
            np.full(len(region), -1),
        )  # fmt: skip
    mesh = moved(
        mesh, scale * rotation(dimension, random.uniform(0, 6)), scale * random.random(dimension)
    )
    found = sound(mesh)
    assert np.array_equal(found.points, mesh.points) and np.array_equal(found.cells, mesh.cells)


@settings(max_examples=60, deadline=None)
@given(dimension=st.sampled_from([2, 3]), seed=st.integers(0, 10**6))
def test_any_moved_corner_is_found_or_harmless(dimension, seed):
    """A failure means that cells that were folded over their neighbours pass: their measures no
    longer add up to the box."""
    random = np.random.default_rng(seed)
    mesh = box([4] * dimension, jiggle=0.1, seed=seed)
    inner = np.flatnonzero(((mesh.points > 0.01) & (mesh.points < 0.99)).all(axis=1))
    points = mesh.points.copy()
    points[random.choice(inner)] += random.normal(0.0, 0.3, dimension)
    folded = np.any(cell_measures(points, mesh.cells) <= 0.0)
    cells = orient(points, mesh.cells)
    try:
        sound(replace(mesh, points=points, cells=cells, boundaries={}).validate())
    except GeometryError as error:
        assert folded and "overlap" in str(error)
    else:
        assert not folded


@settings(max_examples=60, deadline=None)
@given(dimension=st.sampled_from([2, 3]), seed=st.integers(0, 10**6))
def test_two_bodies_anywhere_are_told_apart(dimension, seed):
    """A failure means that an overlap is missed or made up: two boxes with sides along the axes
    overlap where all their extents do."""
    random = np.random.default_rng(seed)
    size, at = random.uniform(0.2, 3.0, dimension), random.uniform(-1.0, 2.0, dimension)
    one = block(random.integers(1, 5, dimension), np.ones(dimension))
    two = block(random.integers(1, 5, dimension), size, at)
    depth = (np.minimum(1.0, at + size) - np.maximum(0.0, at)).min()
    try:
        sound(permuted(together(one, two), seed))
    except GeometryError as error:
        assert depth > 0.0 and "overlap" in str(error)
    else:
        assert depth < 1e-3


def test_rings_and_discs_pass():
    """A failure means that a curved outline or an outer boundary inside the box is taken for an
    overlap."""
    for mesh in (quarter_ring(0.5, 1.0, 6, 9), disc_in_square(0.3, 1.0, 0.1)):
        assert sound(mesh).notes == mesh.notes


def test_points_that_digits_part_are_one():
    """A failure means that a file of seven digits falls apart along a line of its grid."""
    random = np.random.default_rng(0)
    points = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    points = np.vstack([points, points + 3e-7 * random.uniform(-1, 1, (3, 2))])
    cells = np.array([[0, 1, 2], [3, 4, 5]])
    kept, new = joined_points(points, cells)
    assert kept.tolist() == [0, 1, 2] and new.tolist() == [0, 1, 2, 0, 1, 2]
    near = points[:3] * [1.0, 1e-6]  # no tolerance may flatten a thin cell
    assert len(joined_points(near, cells[:1])[0]) == 3


def test_quadrilaterals_are_cut_where_they_can_be():
    """A failure means that a dented quadrilateral counts an area twice, or a crossed one passes."""
    points = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0], [0.2, 0.2], [0.8, 0.8]])
    for quad, area in (
        ([0, 1, 2, 3], 1.0),
        ([1, 2, 3, 4], 0.8),
        ([4, 1, 2, 3], 0.8),
        ([3, 4, 1, 2], 0.8),
        ([5, 3, 0, 1], 0.8),
    ):
        found, rows = cut_quadrilaterals(points, np.array([quad]))
        assert rows.tolist() == [0, 0]
        assert cell_measures(points, found).sum() == approx(area)
        assert np.all(cell_measures(points, found) > 0.0)
        turned, _ = cut_quadrilaterals(points, np.array([quad[::-1]]))
        assert cell_measures(points, turned).sum() == approx(-area)
    with pytest.raises(GeometryError, match="1 quadrilateral crosses itself"):
        cut_quadrilaterals(points, np.array([[0, 2, 1, 3]]))


def test_a_quadrilateral_with_a_corner_twice_is_a_triangle():
    """A failure means that the triangles of a mesh of quadrilaterals, written as these with a
    corner twice, are refused."""
    points = np.array([*SQUARE, (0.0, 1.0)], dtype=float)
    for turn in range(4):
        for corner in (3, 4):  # one point, or two in one place
            quads = np.array([np.roll([0, 1, 3, corner], turn), [0, 1, 2, 3]])
            found, rows = cut_quadrilaterals(points, quads)
            assert rows.tolist() == [0, 1, 1]
            assert cell_measures(points, found) == approx(np.full(3, 0.5))
    for flat in ([0, 1, 0, 3], [0, 0, 1, 1], [0, 0, 0, 1], [0, 3, 3, 4]):
        with pytest.raises(GeometryError, match=r"crosses? (itself|themselves) or (is|are) flat"):
            cut_quadrilaterals(points, np.array([flat]))


STACK = ("lithium", "separator", "electrolyte", "collector")


def stacked(axis, dimension, names=STACK):
    """Layers of 1 um along an axis, in a box of 2 um across."""
    size, counts = np.full(dimension, 2.0), [2] * dimension
    size[axis], counts[axis] = len(names), len(names)
    return box_mesh(counts, UM * size, lambda x: names[min(int(x[axis] / UM), len(names) - 1)], {})


@pytest.mark.parametrize("dimension", [2, 3])
def test_a_stack_on_its_side_is_refused(dimension):
    """A failure means that the current runs along the layers, or from collector to lithium."""
    axes = "xyz"[:dimension]
    for names in (STACK, STACK[:2], STACK[1:3], ("lithium", "active"), ("separator", "collector")):
        assert not sound(stacked(dimension - 1, dimension, names)).notes
        with pytest.raises(GeometryError, match=r"'\w+' lies below .*turn the mesh over"):
            sound(stacked(dimension - 1, dimension, names[::-1]))
        for axis in range(dimension - 1):
            with pytest.raises(GeometryError, match=f" along {axes[axis]}: .* along {axes[-1]}, "):
                sound(stacked(axis, dimension, names))
    assert not sound(stacked(0, dimension, ("active", "electrolyte"))).notes


@pytest.mark.parametrize("dimension", [2, 3])
def test_sides_with_the_names_of_others_are_refused(dimension):
    """A failure means that pressure and current act along the layers as a file has named its
    sides, or push from above what is called the bottom."""
    mesh = stacked(dimension - 1, dimension)
    sides = mesh.boundaries
    turned = {"bottom": sides["left"], "top": sides["right"]}
    for wrong, words in (
        ({"bottom": sides["top"], "top": sides["bottom"]}, "'top' does not lie beyond 'bottom'"),
        (turned, "'top' does not lie beyond 'bottom'"),
        ({"left": sides["right"], "right": sides["left"]}, "'right' does not lie beyond 'left'"),
    ):
        with pytest.raises(GeometryError, match=words):
            sound(replace(mesh, boundaries=wrong))
    assert not sound(replace(mesh, boundaries={"top": sides["top"]})).notes


def own(path, unit=UM):
    """A geometry of the recipe "file"."""
    return SimpleNamespace(recipe="file", path=path, length_unit=unit, trusted=True)


def msh(path, points, elements):
    """A .msh 2.2 of one region with elements as (type, corners from 0)."""
    lines = ["$MeshFormat", "2.2 0 8", "$EndMeshFormat", "$PhysicalNames", "1"]
    lines += ['2 1 "electrolyte"', "$EndPhysicalNames", "$Nodes", str(len(points))]
    lines += [f"{row} {x} {y} 0" for row, (x, y) in enumerate(points, 1)]
    lines += ["$EndNodes", "$Elements", str(len(elements))]
    for row, (kind, corners) in enumerate(elements, 1):
        lines.append(f"{row} {kind} 2 1 1 {' '.join(str(each + 1) for each in corners)}")
    path.write_text("\n".join([*lines, "$EndElements", ""]))
    return path


SQUARE = [(0, 0), (1, 0), (1, 1), (0, 1)]


def test_files_with_cells_over_cells_are_refused_with_the_place(tmp_path, capsys):
    """A failure means that a file's mesh counts an area twice, or that something is left behind."""
    corners = [*SQUARE, (0.9, 0.1)]
    over = msh(tmp_path / "over.msh", corners, [(2, (0, 1, 2)), (2, (0, 1, 3)), (2, (0, 4, 2))])
    bow = msh(tmp_path / "bow.msh", SQUARE, [(3, (0, 2, 1, 3))])
    for path, words in (
        (over, "x = 0.5 um, y = 0 um"),
        (bow, "crosses itself.* x = 0.5 um, y = 0.5 um"),
    ):
        with pytest.raises(GeometryError, match=words):
            build_microstructure(own(path), tmp_path / "out")
    assert not (tmp_path / "out").exists()
    case = tiny_case()
    case["geometry"] = {"recipe": "file", "path": str(over), "length_unit": "1 um"}
    folder = tmp_path / "out"
    assert (
        cli.main(["mesh", str(write_toml(tmp_path / "case.toml", case)), "--out", str(folder)]) == 4
    )
    assert "overlap" in capsys.readouterr().err and not folder.exists()


def test_a_dented_quadrilateral_keeps_its_area(tmp_path):
    """A failure means that a quadrilateral of a file is cut outside of itself."""
    dented = msh(tmp_path / "a.msh", [*SQUARE[1:], (0.6, 0.6)], [(3, (0, 1, 2, 3))])
    mesh = build_microstructure(own(dented), tmp_path / "out")
    assert mesh.region_measure("electrolyte") == approx(0.4 * UM**2)


def test_a_given_mesh_is_checked_too(tmp_path):
    """A failure means that --mesh is believed where the same file as a geometry is not."""
    scaled = [(x * UM, y * UM) for x, y in [*SQUARE, SQUARE[0], SQUARE[2]]]
    twice = msh(tmp_path / "twice.msh", scaled, [(2, (0, 1, 2)), (2, (4, 5, 3))])
    case = SimpleNamespace(geometry=own(twice))
    mesh, file = build_mesh(case, tmp_path / "out", twice)
    assert len(mesh.points) == 4 and "2 points in the place of others" in mesh.notes[0]
    assert file is not None and len(build_mesh(case, tmp_path / "again", file)[0].points) == 4
    large = msh(tmp_path / "large.msh", SQUARE, [(2, (0, 1, 2)), (2, (0, 2, 3))])
    with pytest.raises(GeometryError, match=r"large.msh: the mesh is 1 m across; .* in metres"):
        build_mesh(case, tmp_path / "none", large)
    over = msh(tmp_path / "over.msh", scaled, [(2, (0, 1, 2)), (2, (0, 1, 3))])
    with pytest.raises(GeometryError, match="overlap"):
        build_mesh(case, tmp_path / "none", over)
    assert not (tmp_path / "none").exists()


COLUMNS = """
name = "two columns"
[geometry]
recipe = "file"
path = "{path}"
[materials]
a = {{ base = "NMC811", young_modulus = "20 GPa", poisson_ratio = 0.3 }}
b = {{ base = "Li6PS5Cl", flow = "elastic", young_modulus = "20 GPa", poisson_ratio = 0.3 }}
[interfaces]
[cracks]
b = {{ base = "crack", strength = "3 GPa", fracture_energy = "100 J/m^2" }}
[swelling]
region = "a"
volume_change = 0.03
[stack]
fixture = "constant_pressure"
pressure = "1 MPa"
[output]
fields = "none"
"""


def test_columns_with_points_of_their_own_are_one_body(tmp_path, capsys):
    """A failure means that parts that touch slide freely in the results, or that a run says nothing
    of points that it has joined: bonded columns under a rigid platen hold 5.6e-4 J/m, loose ones
    3.8e-4."""
    energy = {}
    apart = together(block((5, 10), (10, 20)), block((5, 10), (10, 20), (10.0, 0.0)))
    for name, mesh in (("apart", apart), ("whole", sound(apart))):
        write_msh(mesh, tmp_path / f"{name}.msh")
        case = tmp_path / f"{name}.toml"
        case.write_text(COLUMNS.format(path=f"{name}.msh"))
        assert cli.main(["run", str(case), "--out", str(tmp_path / name)]) == 0
        said = capsys.readouterr().err
        assert ("11 points in the place of others joined with them, of a and b" in said) == (
            name == "apart"
        )
        result = json.loads((tmp_path / name / "result.json").read_text())
        energy[name] = result["energies_J_per_m"]["elastic"]
    assert energy["apart"] == approx(energy["whole"], rel=1e-9)
    assert energy["apart"] == approx(5.602e-4, rel=0.02)


def test_drawings_that_are_not_conforming(tmp_path):
    """A failure means that two columns drawn side by side are not the body that Coherence makes of
    them, or that sizes that do not fit pass as contact."""

    def drawn(name, place=10, then="", size=2):
        path = tmp_path / f"{name}.geo"
        path.write_text(GEO.format(place=place, then=then, size=size))
        return build_microstructure(own(path), tmp_path / name)

    whole, apart = drawn("whole", then="Coherence;"), drawn("apart")
    assert len(apart.points) == len(whole.points) and "of active and electrolyte" in apart.notes[0]
    assert interfaces(apart)["active|electrolyte"].surface == approx(20 * UM)
    assert interfaces(whole)["active|electrolyte"].surface == approx(20 * UM)
    with pytest.raises(GeometryError, match="'active' and 'electrolyte' overlap"):
        drawn("over", place=7)
    with pytest.raises(GeometryError, match="meet without sharing points at x = 10 um"):
        drawn("uneven", then="Transfinite Curve {6, 8} = 18;")


@pytest.mark.parametrize("dimension", [2, 3])
def test_nothing_drawn_is_lost(dimension, tmp_path):
    """A failure means that a particle without a group becomes a pore."""
    path = tmp_path / "cell.geo"
    group, shape = ("Surface", "Rectangle") if dimension == 2 else ("Volume", "Box")
    depth = "" if dimension == 2 else ", 10"
    drawn = f"""SetFactory("OpenCASCADE");
{shape}(1) = {{0, 0, 0, 10, 20{depth}}};
{shape}(2) = {{10, 0, 0, 10, 20{depth}}};
Coherence;
Mesh.MeshSizeMax = 5;
Physical {group}("active") = {{1}};
"""
    path.write_text(drawn)
    words = (
        f"cells of {group.lower()} 2 have no region: give every {group.lower()} a physical group"
    )
    with pytest.raises(GeometryError, match=words):
        build_microstructure(own(path), tmp_path / "out")
    assert not (tmp_path / "out").exists()
    path.write_text(drawn + f'Physical {group}("electrolyte") = {{2}};\n')
    assert set(build_microstructure(own(path), tmp_path / "out").regions) == {
        "active",
        "electrolyte",
    }


@pytest.mark.parametrize(
    ("then", "words"),
    [
        ("", "surface 9 bounds no volume and has no physical group"),
        ('Physical Surface("sheet") = {9};', "'sheet' has facets that belong to no cell"),
        ("Surface{9} In Volume{1};", None),
        ("Recursive Delete { Surface{9}; }", None),
    ],
)
def test_a_loose_surface_in_space_is_not_lost(then, words, tmp_path):
    """A failure means that a sheet drawn in space, as a flaw or a current collector, is left out
    without a word, or that one inside a volume is taken for loose."""
    at = "0.3, 0.3, 0.5" if "In" in then else "3, 0, 0"
    (tmp_path / "cell.geo").write_text(
        'SetFactory("OpenCASCADE"); Box(1) = {0, 0, 0, 1, 1, 1};\n'
        f"Rectangle(9) = {{{at}, 0.3, 0.3}};\n{then}\n"
        'Physical Volume("active") = {1};\n'
    )
    if words is None:
        mesh = build_microstructure(own(tmp_path / "cell.geo"), tmp_path / "out")
        assert mesh.region_measure("active") == approx(UM**3)
        return
    with pytest.raises(GeometryError, match=words):
        build_microstructure(own(tmp_path / "cell.geo"), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_mesh_beside_a_case_is_checked_as_the_recipe_checks_its_own(tmp_path):
    """A failure means that cells below the asked quality, or electrolyte that no ion reaches, pass
    where a mesh is given instead of built."""
    fine = box_mesh([4, 6], UM * np.array([4.0, 6.0]), lambda x: STACK[min(int(x[1] / UM), 2)], {})
    apart = fine.points[fine.cells].mean(axis=1)[:, 1] > 4 * UM
    region = np.where(apart, fine.regions["electrolyte"], fine.cell_region)
    region[np.abs(fine.points[fine.cells].mean(axis=1)[:, 1] - 3.5 * UM) < 0.5 * UM] = 9
    cut = replace(fine, cell_region=region, regions={**fine.regions, "active": 9}, boundaries={})
    for name, mesh in (("fine", fine), ("cut", cut)):
        write_msh(mesh, tmp_path / f"{name}.msh")
    least = float(fine.quality()[0])
    for name, lowest, words in (
        ("fine", 0.99 * least, None),
        ("fine", 1.01 * least, "cells of a quality below"),
        ("cut", 0.0, "does not percolate"),
    ):
        table = tiny_case()
        table["geometry"]["mesh"]["lowest_quality"] = lowest
        case = parse_case(table)
        if words is None:
            assert build_mesh(case, tmp_path / "out", tmp_path / f"{name}.msh")[1] is None
            continue
        with pytest.raises(GeometryError, match=words):
            build_mesh(case, tmp_path / "out", tmp_path / f"{name}.msh")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("ending", ["vtu", "vtk"])
@pytest.mark.parametrize("far", [np.nan, np.inf, 1e200])
def test_places_that_are_none_are_refused(far, ending, tmp_path):
    """A failure means a traceback for a coordinate that is no length."""
    points = np.array([[0.0, 0.0, 0.0], [far, 0.0, 0.0], [0.0, 1.0, 0.0]])
    cells, data = [("triangle", np.array([[0, 1, 2]]))], {"region": [np.array([1])]}
    meshio.Mesh(points, cells, cell_data=data).write(tmp_path / f"a.{ending}")
    given = own(tmp_path / f"a.{ending}")
    given.region_names = {"1": "a"}
    with pytest.raises(GeometryError, match="not finite"):
        build_microstructure(given, tmp_path / "out")


@pytest.mark.parametrize("ending", ["step", "brep"])
def test_faces_and_solids_of_one_file(ending, tmp_path):
    """A failure means that a face beside solids is lost unseen, that a solid alone is refused, or
    that two apart are one body."""

    def drawn(name, build):
        path = tmp_path / f"{name}.{ending}"
        with gmsh_session() as session:
            build(session.model.occ)
            session.model.occ.synchronize()
            session.write(str(path))
        return build_microstructure(own(path), tmp_path / name)

    def two(occ, at):
        occ.addBox(0, 0, 0, 1, 1, 1)
        occ.addBox(at, 0, 0, 1, 1, 1)

    def mixed(occ):
        occ.addBox(0, 0, 0, 1, 1, 1)
        occ.addRectangle(3, 0, 0, 1, 1)

    alone = drawn("alone", lambda occ: occ.addBox(0, 0, 0, 1, 1, 1))
    assert alone.region_measure("solid 1") == approx(UM**3)
    face = drawn("face", lambda occ: occ.addRectangle(0, 0, 0, 1, 1))
    assert face.region_measure("face 1") == approx(UM**2)
    with pytest.raises(GeometryError, match="1 faces beside its solids bound none of them"):
        drawn("mixed", mixed)
    with pytest.raises(GeometryError, match="overlap: cut one by the other"):
        drawn("over", lambda occ: two(occ, 0.5))
    assert "2 pieces that share no side" in drawn("apart", lambda occ: two(occ, 2.0)).notes[0]
    whole = drawn("beside", lambda occ: two(occ, 1.0))
    assert interfaces(whole)["solid 1|solid 2"].surface == approx(UM**2)


def mutated(text, random):
    """A text with a few of its lines or signs changed."""
    lines = text.splitlines()
    for _ in range(random.integers(1, 4)):
        row = random.integers(len(lines))
        kind = random.random()
        if kind < 0.3:
            lines[row] = lines[random.integers(len(lines))]
        elif kind < 0.4:
            del lines[row]
        elif lines[row]:
            at = random.integers(len(lines[row]))
            lines[row] = (
                lines[row][:at] + random.choice(list("0123456789.- e$x")) + lines[row][at + 1 :]
            )
        if not lines:
            break
    return "\n".join(lines) + "\n"


@settings(max_examples=250, deadline=None)
@given(seed=st.integers(0, 10**6), dimension=st.sampled_from([2, 3]))
def test_any_mesh_file_is_believed_with_reason(seed, dimension, tmp_path_factory):
    """A failure means a traceback, a folder left behind, or a mesh whose cells do not add up: with
    all outer facets on its box, the cells fill the box once."""
    folder = tmp_path_factory.mktemp("broken")
    mesh = moved(box([3] * dimension, jiggle=0.1, seed=seed), UM * np.eye(dimension))
    write_msh(mesh, folder / "good.msh")
    text = (folder / "good.msh").read_text()
    path = folder / "cell.msh"
    path.write_text(mutated(text, np.random.default_rng(seed)))
    try:
        found = build_microstructure(own(path, 1.0), folder / "out")
    except GeometryError as error:
        assert str(error) and not (folder / "out").exists()
    else:
        measures = cell_measures(found.points, found.cells)
        assert measures.min() > 0.0
        assert measures.sum() <= np.ptp(found.points, axis=0).prod() * (1.0 + 1e-6)
