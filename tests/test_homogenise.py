"""Effective conductivity: laminates, Maxwell's limits, lattices, checkerboard, duality, bounds,
TauFactor."""

import json
import tempfile
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chemomech.analysis.effective_conductivity import effective_by_axis, effective_conductivity
from chemomech.geometry import GeometryError, build_microstructure, read_msh
from chemomech.geometry.mesh.msh import gmsh_session
from compare import approx
from meshes import box, disc_in_square, mapped, moved
from rates import check_order, fitted_order
from references import taufactor_packings as packings

STORED = json.loads((Path(__file__).parent / "references/taufactor_packings.json").read_text())


def grid(pattern, times=1):
    """A square or cube of side 1 with the region "1" or "0" of a pattern (axes x, y[, z]), each
    cell cut `times`."""
    counts = np.array(pattern.shape)
    inside = lambda x: tuple(np.minimum((x * counts).astype(int), counts - 1))
    return box(times * counts, region_of=lambda x: str(int(pattern[inside(x)])))


@pytest.mark.parametrize("dimension", [2, 3])
@pytest.mark.parametrize("degree", [1, 2])
def test_laminates(dimension, degree):
    """A failure means that layers one after the other or side by side do not add up as resistors,
    in metres too."""
    mesh = moved(
        box((4,) * dimension, region_of=lambda x: "a" if x[-1] < 0.5 else "b"),
        1e-6 * np.eye(dimension),
    )
    found = effective_by_axis(mesh, {"a": 2.0, "b": 0.5}, degree=degree)
    across = found.pop("xyz"[dimension - 1])
    assert across.conductivity == approx(1.0 / (0.5 / 2.0 + 0.5 / 0.5), rel=1e-10)
    assert across.tortuosity == approx(1.25 / 0.8, rel=1e-10)
    for along in found.values():
        assert along.conductivity == approx(1.25, rel=1e-10)
        assert along.tortuosity == approx(1.0, rel=1e-10)


@pytest.mark.parametrize("dimension", [2, 3])
def test_contact_between_layers(dimension):
    """A failure means that a contact's conductance is lost, counted twice, or not in its unit of
    S/m2."""
    size = 1e-5
    mesh = box((3, 4, 4)[-dimension:], region_of=lambda x: "a" if x[-1] < 0.5 else "b")
    mesh = moved(mesh, size * np.eye(dimension))
    found = effective_conductivity(mesh, {"a": 2.0, "b": 0.5}, contacts={"a|b": 7e4})
    assert found.conductivity == approx(
        size / (0.5 * size / 2.0 + 0.5 * size / 0.5 + 1 / 7e4), rel=1e-10
    )


def test_contact_between_the_parts_of_a_region():
    """A failure means that grain boundaries of one region cannot resist."""
    mesh = box((2, 4))
    mesh.cell_particle[:] = (mesh.points[mesh.cells].mean(axis=1)[:, 1] > 0.5).astype(int)
    found = effective_conductivity(mesh, {"block": 3.0}, contacts={"block|block": 6.0})
    assert found.conductivity == approx(1.0 / (1 / 3.0 + 1 / 6.0), rel=1e-10)


def test_what_does_not_percolate():
    """A failure means that blind pockets or vertex contacts conduct, or that nothing at all
    raises."""
    corner = grid(np.array([[1, 0], [0, 1]]), 3)
    none = effective_conductivity(corner, {"1": 1.0})
    assert (none.conductivity, none.tortuosity, none.fraction) == (0.0, np.inf, approx(0.5))
    bar = np.zeros((5, 5), dtype=int)
    bar[0] = bar[2, :2] = bar[4, 3] = 1
    found = effective_conductivity(grid(bar), {"1": 2.0})
    assert found.conductivity == approx(2.0 / 5.0, rel=1e-10)
    assert found.tortuosity == approx(8.0 / 5.0, rel=1e-10)
    assert found.connected == approx(5.0 / 8.0)
    assert effective_conductivity(grid(bar), {}).conductivity == 0.0


def test_orientation_and_order_do_not_matter():
    """A failure means that the current depends on which face is first, or on how the body lies."""
    pattern = np.random.default_rng(3).integers(0, 2, (5, 5))
    mesh, sigma = grid(pattern), {"0": 1.0, "1": 9.0}
    one, other = (
        effective_conductivity(mesh, sigma, faces)
        for faces in (("bottom", "top"), ("top", "bottom"))
    )
    assert one.conductivity == approx(other.conductivity, rel=1e-12)
    turned = moved(mesh, np.array([[0.0, -1.0], [1.0, 0.0]]))
    assert effective_conductivity(turned, sigma).conductivity == approx(one.conductivity, rel=1e-10)


def lattice_of_discs(fraction, ratio):
    """sigma_eff of a square lattice of discs in a matrix of 1; ratio: the discs' conductivity.

    Perrins, McKenzie, McPhedran, Proc. R. Soc. A 369 (1979) 207, three terms†.
    """
    t = (1.0 + ratio) / (1.0 - ratio)
    third = 0.305827 * fraction**4 * t / (t**2 - 1.402958 * fraction**8)
    return 1.0 - 2.0 * fraction / (t + fraction - third - 0.013362 * fraction**8 / t)


@pytest.mark.parametrize("ratio", [0.0, 20.0])
def test_lattice_of_discs(ratio):
    """A failure means a wrong field around inclusions.

    The error falls as the polygons become discs, at order 2; with the polygon's own area it is 25
    times smaller.
    """
    sizes, errors = np.array([0.16, 0.08, 0.04]), []
    for size in sizes:
        mesh = disc_in_square(0.3, 1.0, size)
        found = effective_conductivity(mesh, {"matrix": 1.0, "inclusion": ratio}).conductivity
        errors.append(abs(found - lattice_of_discs(np.pi * 0.09, ratio)))
    check_order("lattice of discs", sizes, errors)
    assert found == approx(lattice_of_discs(mesh.region_measure("inclusion"), ratio), abs=1e-4)


@pytest.mark.parametrize("ratio", [0.0, 0.2, 5.0])
def test_dilute_discs(ratio):
    """A failure means that few inclusions do not act as 2 f (s - 1)/(s + 1), Maxwell's limit in the
    plane."""
    mesh = disc_in_square(0.08, 1.0, 0.02)
    share = mesh.region_measure("inclusion")
    found = effective_conductivity(mesh, {"matrix": 1.0, "inclusion": ratio}).conductivity
    slope = (found - 1.0) / (2.0 * share)
    assert slope == approx((ratio - 1.0) / (ratio + 1.0), rel=0.025)


def sphere_in_cube(radius, size):
    """An eighth of a sphere about the origin in a cube of side 1."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sphere.msh"
        with gmsh_session() as gmsh:
            occ = gmsh.model.occ
            cube, ball = occ.addBox(0, 0, 0, 1, 1, 1), occ.addSphere(0, 0, 0, radius)
            pieces, owners = occ.fragment([(3, cube)], [(3, ball)])
            inside = {tag for _, tag in owners[0]} & {tag for _, tag in owners[1]}
            occ.remove([piece for piece in pieces if piece not in owners[0]], recursive=True)
            occ.synchronize()
            gmsh.model.addPhysicalGroup(3, sorted(inside), name="inclusion")
            gmsh.model.addPhysicalGroup(
                3, [t for _, t in owners[0] if t not in inside], name="matrix"
            )
            for name, axis, place in (("bottom", 2, 0.0), ("top", 2, 1.0)):
                bounds = [0.0, 0.0, 0.0, 1.0, 1.0, 1.0]
                bounds[axis] = bounds[axis + 3] = place
                bounds = [b - 1e-3 for b in bounds[:3]] + [b + 1e-3 for b in bounds[3:]]
                tags = gmsh.model.getEntitiesInBoundingBox(*bounds, 2)
                gmsh.model.addPhysicalGroup(2, [tag for _, tag in tags], name=name)
            gmsh.option.setNumber("Mesh.MeshSizeMax", 0.2)
            gmsh.option.setNumber("Mesh.MeshSizeFromCurvature", round(2 * np.pi * radius / size))
            gmsh.model.mesh.generate(3)
            gmsh.write(str(path))
        return read_msh(path)


@pytest.mark.parametrize("ratio", [0.0, 10.0])
def test_dilute_spheres(ratio):
    """A failure means that a cubic lattice of spheres is not Maxwell's 1 + 3 f b/(1 - f b), b = (s
    - 1)/(s + 2)."""
    mesh = sphere_in_cube(0.4, 0.08)
    share, strength = mesh.region_measure("inclusion"), (ratio - 1.0) / (ratio + 2.0)
    assert share == approx(np.pi / 6.0 * 0.064, rel=0.03)
    found = effective_conductivity(mesh, {"matrix": 1.0, "inclusion": ratio}).conductivity
    maxwell = 1.0 + 3.0 * share * strength / (1.0 - share * strength)
    assert (found - 1.0) / (maxwell - 1.0) == approx(1.0, abs=0.012)


def quadrants(count, grading=1.0):
    """The piece of a checkerboard from the middle of a square to that of its diagonal neighbour."""
    mesh = box((count, count), region_of=lambda x: "a" if (x[0] < 0.5) == (x[1] < 0.5) else "b")
    stretch = lambda x: 0.5 + 0.5 * np.sign(x - 0.5) * np.abs(2.0 * x - 1.0) ** grading
    return mapped(mesh, stretch)


@pytest.mark.parametrize("contrast", [4.0, 10.0])
def test_checkerboard(contrast):
    """A failure means that current through corners is wrong: sqrt(s1 s2) (Dykhne), approached from
    above.

    The potential goes as r^a at a corner, a = (4/pi) atan(sqrt(s2/s1)), so the error of even meshes
    falls as h^(2a).
    """
    sigma, counts = {"a": contrast, "b": 1.0}, np.array([8, 16, 32])
    errors = [
        effective_conductivity(quadrants(n), sigma).conductivity / contrast**0.5 - 1.0
        for n in counts
    ]
    power = 4.0 / np.pi * np.arctan(contrast**-0.5)
    assert min(errors) > 0.0
    assert fitted_order(1.0 / counts, errors) == approx(2.0 * power, abs=0.05)
    graded = effective_conductivity(quadrants(24, 5.0), sigma).conductivity
    assert graded / contrast**0.5 == approx(1.0, abs=1.5e-3)


patterns = st.lists(st.integers(0, 1), min_size=15, max_size=15).filter(
    lambda bits: 0 < sum(bits) < 15
)


@settings(max_examples=25, deadline=None)
@given(bits=patterns, contrast=st.floats(1.2, 4.0))
def test_bounds_and_duality(bits, contrast):
    """A failure means numbers outside of what any medium that is alike along both axes can have.

    A pattern with a mirror line along the diagonal, and by its insulated sides at all edges,
    conducts alike along x and y: Hashin-Shtrikman, and s(s1, s2) s(s2, s1) = s1 s2 (Keller), both
    approached from above. Of all patterns the checkerboard has most corners: on this mesh and at
    contrast 4 its product is 5.1 % too large.
    """
    pattern = np.zeros((5, 5), dtype=int)
    rows, columns = np.triu_indices(5)
    pattern[rows, columns] = pattern[columns, rows] = bits
    mesh, share = grid(pattern, 2), pattern.mean()
    one = effective_conductivity(mesh, {"1": contrast, "0": 1.0}).conductivity
    along = effective_conductivity(mesh, {"1": contrast, "0": 1.0}, ("left", "right")).conductivity
    other = effective_conductivity(mesh, {"1": 1.0, "0": contrast}).conductivity
    assert one == approx(along, rel=1e-9)
    assert contrast <= one * other * (1 + 1e-9) and one * other < contrast * 1.051
    lower = 1.0 + share / (1.0 / (contrast - 1.0) + 0.5 * (1.0 - share))
    upper = contrast + (1.0 - share) / (1.0 / (1.0 - contrast) + 0.5 * share / contrast)
    assert lower * (1 - 1e-9) <= one <= upper * 1.025
    assert (
        1.0 / (share / contrast + 1.0 - share)
        <= one * (1 + 1e-9)
        <= (share * contrast + 1.0 - share) * (1 + 2e-9)
    )


@settings(max_examples=15, deadline=None)
@given(
    bits=st.lists(st.integers(0, 1), min_size=8, max_size=8),
    first=st.floats(0.0, 1e6),
    second=st.floats(1e-6, 1e3),
)
def test_more_conductivity_carries_more(bits, first, second):
    """A failure means that raising a conductivity lowers the current, or that units of conductivity
    matter."""
    mesh = grid(np.array(bits).reshape(2, 2, 2))
    sigma = {
        name: value for name, value in {"0": first, "1": second}.items() if name in mesh.regions
    }
    here = effective_conductivity(mesh, sigma).conductivity
    more = effective_conductivity(
        mesh, {**sigma, next(iter(sigma)): 2.0 * next(iter(sigma.values())) + 1e-3}
    )
    assert more.conductivity >= here * (1 - 1e-9)
    doubled = effective_conductivity(
        mesh, {name: 7.0 * value for name, value in sigma.items()}
    ).conductivity
    assert doubled == approx(7.0 * here, rel=1e-9)


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        (({"c": 1.0},), GeometryError, "no region 'c'"),
        (({"block": -1.0},), ValueError, "not negative"),
        (({"block": np.nan},), ValueError, "finite"),
        (({"block": 1.0}, ("bottom", "roof")), GeometryError, "no boundary 'roof'"),
        (({"block": 1.0}, ("bottom", "left")), GeometryError, "not plane and parallel"),
        (({"block": 1.0}, ("top", "top")), GeometryError, "not plane and parallel"),
        (({"block": 1.0}, ("bottom", "top"), {"block|sea": 1.0}), GeometryError, "block\\|sea"),
        (({"block": 1.0}, ("bottom", "top"), {"block|block": 0.0}), ValueError, "positive"),
    ],
)
def test_bad_questions(arguments, error, words):
    """A failure means that a misspelt name or a negative number gives a conductivity."""
    with pytest.raises(error, match=words):
        effective_conductivity(box((2, 2)), *arguments)


def limit(values):
    """Limit of three values of equal steps in refinement, whatever the order (Aitken)."""
    first, second, third = values
    return third - (third - second) ** 2 / (third - 2 * second + first)


def corner_limit(coarse, fine):
    """Limit of two values on a mesh and on one twice as fine, where edges of 270 degrees leave
    errors of h^(4/3)."""
    return fine + (fine - coarse) / (2.0 ** (4.0 / 3.0) - 1.0)


def on_pixels(pixels, faces, cuts=(1, 2)):
    """Tortuosity of the conducting pixels or voxels on a mesh of them, and with each cut in two
    along every axis."""
    return [
        effective_conductivity(grid(pixels, times), {"1": 1.0}, faces).tortuosity for times in cuts
    ]


def test_discs_on_pixels_beside_taufactor():
    """A failure means that our tortuosity of the same pixels is not TauFactor's: within 0.8 % on
    one mesh."""
    pixels, stored = packings.conducting(packings.DISCS, packings.SIDE, 120), STORED["discs 120"]
    assert pixels.mean() == approx(stored["fraction"])
    (coarse,) = on_pixels(pixels, ("bottom", "top"), (1,))
    assert 0.992 < coarse / limit(stored["tortuosity"]) < 1.0


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "balls", "side", "faces", "within"),
    [
        ("discs 120", packings.DISCS, packings.SIDE, ("bottom", "top"), 1e-3),
        ("spheres", packings.SPHERES, 1.0, ("left", "right"), 4e-3),
    ],
)
def test_refined_pixels_and_voxels_beside_taufactor(name, balls, side, faces, within):
    """A failure means that our tortuosity and TauFactor's of the same pixels or voxels do not have
    one limit.

    Quadratic potentials conduct too well, so ours comes from below; TauFactor's differences come
    from above.
    """
    stored = STORED[name]
    picture = packings.conducting(balls, side, packings.VOXELS if name == "spheres" else 120)
    assert picture.mean() == approx(stored["fraction"])
    coarse, fine = on_pixels(picture, faces)
    assert (
        coarse < fine < stored["tortuosity"][2] < stored["tortuosity"][1] < stored["tortuosity"][0]
    )
    assert corner_limit(coarse, fine) == approx(limit(stored["tortuosity"]), rel=within)


def discs(folder, size):
    """The packing of DISCS itself, drawn with circles."""
    with gmsh_session() as gmsh:
        occ, side = gmsh.model.occ, packings.SIDE
        square = occ.addRectangle(0, 0, 0, side, side)
        round_ones = [(2, occ.addDisk(x, y, 0, r, r)) for x, y, r in packings.DISCS]
        _, owners = occ.fragment([(2, square)], round_ones)
        occ.synchronize()
        inside = {tag for owner in owners[1:] for _, tag in owner}
        gmsh.model.addPhysicalGroup(2, sorted(inside), name="active")
        gmsh.model.addPhysicalGroup(
            2, [tag for _, tag in owners[0] if tag not in inside], name="electrolyte"
        )
        gmsh.option.setNumber("Mesh.MeshSizeMax", size)
        gmsh.model.mesh.generate(2)
        gmsh.write(str(folder / "discs.msh"))
    geometry = SimpleNamespace(recipe="file", path=folder / "discs.msh", length_unit=1e-6)
    return build_microstructure(geometry, folder / "drawn")


def imaged(folder, count):
    """The packing of DISCS through the recipe for images."""
    pixels = packings.conducting(packings.DISCS, packings.SIDE, count)
    np.save(folder / "discs.npy", pixels.T[::-1].astype(np.uint8))
    return build_microstructure(
        SimpleNamespace(
            recipe="image",
            path=folder / "discs.npy",
            pixel_size=packings.SIDE / count * 1e-6,
            labels={"1": "electrolyte", "0": "active"},
            smallest_island=None,
            lithium_thickness=None,
            separator_thickness=None,
            collector_thickness=None,
            mesh=SimpleNamespace(size_interface=0.3e-6, size_bulk=1e-6),
        ),
        folder / "imaged",
    )


def test_an_image_of_discs_conducts_as_the_discs_do(tmp_path):
    """A failure means that the mesh of an image has other ways for ions than what the image shows.

    Stairs of pixels are a rough wall: TauFactor on pixels of 0.2 and 0.1 um is 5.6 and 2.7 % above
    the discs themselves, in proportion to the pixels; the smoothed boundaries of the image's mesh
    are 0.2 % above them.
    """
    coarse, fine = (
        effective_conductivity(discs(tmp_path, size), {"electrolyte": 1.0}).tortuosity
        for size in (0.6, 0.3)
    )
    true = fine + (fine - coarse) / 3.0  # polygons for circles: h^2
    stairs = [limit(STORED[f"discs {count}"]["tortuosity"]) for count in packings.PIXELS]
    assert stairs[0] / true - 1.0 == approx(0.056, abs=0.003)
    assert stairs[1] / true - 1.0 == approx(0.027, abs=0.003)
    assert 2.0 * stairs[1] - stairs[0] == approx(true, rel=0.004)
    smooth = effective_conductivity(imaged(tmp_path, 240), {"electrolyte": 1.0}).tortuosity
    assert smooth / true - 1.0 == approx(0.002, abs=0.002)
