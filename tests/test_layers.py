"""The recipe "layers": what is meshed is what was asked, in area, length, thickness, roughness and
number."""

import itertools
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from scipy.special import ellipe

from chemomech.case import CaseError, case_hash, load_case, parse_case, read_toml
from chemomech.case.geometry import LayersGeometry
from chemomech.case.keys import Changes
from chemomech.geometry import (
    GeometryError,
    Microstructure,
    PackingError,
    build_microstructure,
    check_quality,
)
from chemomech.geometry.drawing.mosaic import polygon_area
from chemomech.geometry.drawing.scene import Item, Scene, partition
from chemomech.geometry.drawing.shapes import Below, Disc, Either, Ellipse, Polygon
from chemomech.geometry.recipes.layers import draw
from chemomech.models.mechanics import Load
from chemomech.models.supports import stack_supports
from chemomech.setup.cell import build_cell
from chemomech.setup.electrodes import check_case
from chemomech.simulation.newton import NewtonOptions
from chemomech.simulation.run_state import RunState
from chemomech.simulation.step_control import StepControl
from chemomech.simulation.stepping import follow
from compare import approx
from rates import fitted_order
from recipes import discs, layer, layers, random_table, um

UM = 1e-6


def outlines(geometry, kind):
    """The particles' own shapes of one class, without their images."""
    shapes = [item.shape for item in draw(geometry)[0].items]
    first = [shape.shapes[0] if type(shape) is Either else shape for shape in shapes]
    return [shape for shape in first if type(shape) is kind]


def area(mesh, name):
    """Area of a region in um2, 0 when there is none."""
    return mesh.region_measure(name) / UM**2 if name in mesh.regions else 0.0


def length(mesh, one, other):
    """Length of the boundary between two regions in um."""
    facets = mesh.interface_between(one, other)
    return np.linalg.norm(mesh.points[facets[:, 1]] - mesh.points[facets[:, 0]], axis=1).sum() / UM


@pytest.mark.parametrize("axes", [(2.0, 2.0), (3.0, 1.0), (1.0, 0.2)])
def test_distance_to_an_ellipse(axes):
    """A failure means coatings of ellipses that are not equally thick."""
    shape = Ellipse(np.array([1.0, -2.0]), axes, 0.7)
    t = np.linspace(0.0, 2.0 * np.pi, 20001)
    turn = np.array([[np.cos(0.7), -np.sin(0.7)], [np.sin(0.7), np.cos(0.7)]])
    edge = shape.centre + np.column_stack([axes[0] * np.cos(t), axes[1] * np.sin(t)]) @ turn.T
    points = np.random.default_rng(0).uniform(-5.0, 5.0, (300, 2)) + shape.centre
    found, exact = (
        shape.distance(points),
        np.min(np.linalg.norm(points[:, None] - edge, axis=2), axis=1),
    )
    assert np.abs(found) == approx(exact, abs=2e-3 * axes[1])
    local = (points - shape.centre) @ turn
    assert np.array_equal(found < 0.0, np.hypot(local[:, 0] / axes[0], local[:, 1] / axes[1]) < 1.0)
    assert np.all((edge >= shape.box[0] - 1e-9) & (edge <= shape.box[1] + 1e-9))
    assert np.ptp(edge, axis=0) == approx(np.diff(shape.box, axis=0)[0], rel=1e-6)


def test_distance_to_polygons_and_lines():
    """A failure means particles or faces painted in the wrong place."""
    square = Polygon(np.array([[0.0, 0.0], [2.0, 0.0], [2.0, 2.0], [0.0, 2.0]]))
    points = np.array([[1.0, 0.5], [3.0, 1.0], [3.0, 3.0], [-1.0, 1.0]])
    assert square.distance(points) == approx([-0.5, 1.0, np.sqrt(2.0), 1.0])
    tooth = Below(np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [2.0, 1.0]]))
    points = np.array([[0.5, -0.25], [1.5, 0.75], [0.9, 0.5], [1.1, 0.6]])
    assert tooth.distance(points) == approx([-0.25, -0.25, 0.1, -0.1])
    assert len(tooth.corners) == 2


def one_disc(size):
    """A cell with one particle of radius 3 um."""
    part = discs(3.0, np.pi * 9.0 / 144.0, radius_minimum="3 um", radius_maximum="3 um")
    return layers(
        layer("electrolyte", 12.0, particles=[part]),
        width=12.0,
        size=size,
        bulk=3 * size,
        sides="walls",
    )


def test_area_and_perimeter_of_a_disc(tmp_path):
    """A failure means a fraction or an interface that is not the asked one, or that does not tend
    to it."""
    sizes, errors = [1.0, 0.5, 0.25, 0.125], []
    for size in sizes:
        mesh = build_microstructure(one_disc(size), tmp_path)
        assert area(mesh, "active") == approx(9.0 * np.pi, rel=2e-3)
        errors.append(length(mesh, "active", "electrolyte") / (6.0 * np.pi) - 1.0)
    # A polygon of n edges with the area of a disc is longer by (π/n)²/3 - (π/n)²/6... of second
    # order in any case.
    assert fitted_order(sizes, np.abs(errors)) == approx(2.0, abs=0.35)
    assert abs(errors[-1]) < 2e-3


def test_points_on_the_outline(tmp_path):
    """A failure means boundaries of pixels where boundaries of particles were asked."""
    geometry = layers(layer("electrolyte", 12.0, particles=[discs(1.8, 0.4)]), width=12.0, size=0.4)
    mesh = build_microstructure(geometry, tmp_path)
    places = mesh.points[np.unique(mesh.interface_between("active", "electrolyte"))] / UM
    shapes = outlines(geometry, Disc)
    away = [
        np.hypot(*(places - s.centre - [by, 0.0]).T) - s.radius
        for s in shapes
        for by in (-12.0, 0.0, 12.0)
    ]
    # The edges' polygon keeps the disc's area, so that its corners stand out by h²/(12 r).
    assert np.max(np.min(np.abs(away), axis=0)) < 0.4**2 / (12.0 * 1.8) * 2.0


@pytest.mark.parametrize("aspect", [1.5, 2.5])
def test_ellipses(tmp_path, aspect):
    """A failure means ellipses of another area, perimeter or number than drawn, or overlapping
    ones."""
    kind = discs(1.6, 0.5, shape="ellipse", aspect_ratio=aspect)
    geometry = layers(layer("electrolyte", 16.0, particles=[kind]), width=16.0, size=0.4, seed=3)
    mesh, shapes = build_microstructure(geometry, tmp_path), outlines(geometry, Ellipse)
    assert area(mesh, "active") == approx(0.5 * 256.0, rel=3e-3)
    assert sum(np.pi * np.prod(shape.axes) for shape in shapes) == approx(0.5 * 256.0, rel=1e-9)
    expected = sum(4.0 * s.axes[0] * ellipe(1.0 - (s.axes[1] / s.axes[0]) ** 2) for s in shapes)
    assert length(mesh, "active", "electrolyte") == approx(expected, rel=5e-3)
    assert all(shape.axes[0] / shape.axes[1] == approx(aspect) for shape in shapes)


def test_orientation_of_ellipses():
    """A failure means that grains asked to lie along the layers stand up."""
    kind = discs(1.5, 0.4, shape="ellipse", aspect_ratio=2.0, orientation="90 deg")
    shapes = outlines(layers(layer("electrolyte", 16.0, particles=[kind])), Ellipse)
    assert all(shape.angle == approx(np.pi / 2.0) for shape in shapes)
    assert all(np.diff(shape.box, axis=0)[0][1] == approx(2.0 * shape.axes[0]) for shape in shapes)
    del kind["orientation"]
    loose = outlines(layers(layer("electrolyte", 30.0, particles=[kind]), width=30.0), Ellipse)
    assert abs(np.mean(np.exp(2j * np.array([shape.angle for shape in loose])))) < 0.4


@pytest.mark.parametrize("share", [0.35, 0.8])
def test_polygons(tmp_path, share):
    """A failure means polygons of another area or perimeter than drawn, with round corners, or too
    close."""
    kind = discs(1.8, share, shape="polygon")
    geometry = layers(
        layer("electrolyte", 18.0, minimum_gap="0.25 um", particles=[kind]), width=18.0, size=0.4
    )
    mesh, shapes = build_microstructure(geometry, tmp_path), outlines(geometry, Polygon)
    assert area(mesh, "active") == approx(share * 324.0, rel=3e-3)
    assert sum(polygon_area(shape.corners) for shape in shapes) == approx(share * 324.0, rel=6e-3)
    around = sum(
        np.linalg.norm(np.roll(s.corners, 1, axis=0) - s.corners, axis=1).sum() for s in shapes
    )
    assert length(mesh, "active", "electrolyte") == approx(around, rel=5e-3)
    for one, other in itertools.combinations(shapes, 2):
        for by in (-18.0, 0.0, 18.0):
            assert one.distance(other.corners + [by, 0.0]).min() > 0.25 - 1e-9


def test_a_single_polygon(tmp_path):
    """A failure means that a particle without neighbours is not drawn."""
    kind = discs(
        2.5,
        np.pi * 2.5**2 / 100.0,
        shape="polygon",
        radius_minimum="2.4 um",
        radius_maximum="2.6 um",
    )
    mesh = build_microstructure(
        layers(layer("electrolyte", 10.0, particles=[kind]), width=10.0, sides="walls"), tmp_path
    )
    assert area(mesh, "active") == approx(np.pi * 2.5**2, rel=1e-3)


def test_gaps_between_grains_stay_open(tmp_path):
    """A failure means that a narrow gap closes where a grain boundary of the matrix crosses it."""
    mesh = build_microstructure(LayersGeometry.model_validate(random_table(9)), tmp_path)
    assert mesh.components("electrolyte")[0] == 1


def test_dense_mixes():
    """A failure means that dense packings are not reached, or overlap, or are not what was asked in
    sum."""
    mix = [discs(2.5, 0.5), discs(0.9, 0.16, region="carbon")]
    shapes = outlines(
        layers(layer("electrolyte", 30.0, minimum_gap="0.1 um", particles=mix), width=30.0), Disc
    )
    radii = np.array([shape.radius for shape in shapes])
    assert np.pi * np.sum(radii**2) / 900.0 == approx(0.66, rel=1e-6)
    assert np.pi * np.sum(radii[radii > 1.5] ** 2) / 900.0 == approx(0.5, rel=1e-6)
    centres = np.array([shape.centre for shape in shapes])
    apart = centres[:, None] - centres
    apart[..., 0] -= 30.0 * np.round(apart[..., 0] / 30.0)
    gaps = np.linalg.norm(apart, axis=2) - radii - radii[:, None] + 1e3 * np.eye(len(radii))
    assert gaps.min() >= 0.1 - 1e-6
    assert np.min(centres[:, 1] - radii) >= 0.1 - 1e-6


def test_gap_in_the_mesh(tmp_path):
    """A failure means that particles come closer in the mesh than in the packing."""
    matrix = layer("electrolyte", 14.0, minimum_gap="0.3 um", particles=[discs(1.6, 0.58)])
    geometry = layers(matrix, width=14.0, size=0.5)
    mesh = build_microstructure(geometry, tmp_path)
    active = mesh.region_cells("active")
    numbers = set(mesh.cell_particle[active])
    parts = [
        mesh.points[np.unique(mesh.cells[active & (mesh.cell_particle == n)])] / UM for n in numbers
    ]
    apart = [
        np.min(np.linalg.norm(a[:, None] - b, axis=2)) for a, b in itertools.combinations(parts, 2)
    ]
    assert 0.27 < min(apart) < 0.45


@pytest.mark.parametrize("width", [0.6, 1.0])
def test_necks(tmp_path, width):
    """A failure means particles joined over another width than asked, or fused into one."""
    geometry = layers(
        layer(
            "electrolyte",
            12.0,
            neck={"width": um(width), "reach": "0.2 um"},
            particles=[discs(1.6, 0.55)],
        ),
        layer("collector", 1.0),
        width=12.0,
        size=0.4,
        sides="walls",
        cut_off="isolated",
    )
    mesh = build_microstructure(geometry, tmp_path)
    pairs = int(next(note for note in mesh.notes if "joined" in note).split()[1])
    assert pairs > 3
    assert length(mesh, "active", "active") / pairs == approx(width, rel=0.03)
    assert mesh.components("active")[0] < len(set(mesh.cell_particle[mesh.region_cells("active")]))
    core = [getattr(item.shape, "shapes", (item.shape,))[0] for item in draw(geometry)[0].items[2:]]
    assert all(disc.box[0, 1] >= 0.2 - 1e-6 and disc.box[1, 1] <= 11.8 + 1e-6 for disc in core)


@pytest.mark.parametrize("shape", ["disc", "ellipse"])
def test_coatings(tmp_path, shape):
    """A failure means a coating of another or of uneven thickness."""
    more = {"aspect_ratio": 2.0} if shape == "ellipse" else {}
    kind = discs(
        1.8, 0.35, shape=shape, coating={"region": "coating", "thickness": "0.2 um"}, **more
    )
    geometry = layers(
        layer("electrolyte", 14.0, particles=[kind]), width=14.0, size=0.4, sides="walls"
    )
    mesh = build_microstructure(geometry, tmp_path)
    shapes = outlines(geometry, Disc if shape == "disc" else Ellipse)
    places = mesh.points[np.unique(mesh.interface_between("coating", "electrolyte"))] / UM
    away = np.min([one.distance(places) for one in shapes], axis=0)
    assert away == approx(0.2, abs=0.01)
    axes = [(s.radius, s.radius) if shape == "disc" else s.axes for s in shapes]
    around = [4.0 * a * ellipe(1.0 - (b / a) ** 2) for a, b in axes]
    # Steiner: perimeter times thickness and π t².
    assert area(mesh, "coating") == approx(sum(0.2 * p + np.pi * 0.04 for p in around), rel=0.01)
    assert not len(mesh.interface_between("active", "electrolyte"))


def test_gradient():
    """A failure means a composition that does not change across the layer as asked."""
    found = []
    kind = {"region": "active", "radius_mean": "1.2 um", "gradient": [0.15, 0.55]}
    bands = np.array([[12.0, 24.0], [24.0, 36.0], [36.0, 48.0]])
    for seed in range(8):
        geometry = layers(
            layer("electrolyte", 60.0, particles=[kind]), width=40.0, size=0.6, seed=seed,
        )  # fmt: skip
        shapes = outlines(geometry, Disc)
        assert sum(np.pi * shape.radius**2 for shape in shapes) / 2400.0 == approx(0.35, rel=1e-6)
        y = np.linspace(0.0, 60.0, 1201)
        chord = (
            sum(
                2.0 * np.sqrt(np.maximum(s.radius**2 - (y - s.centre[1]) ** 2, 0.0)) for s in shapes
            )
            / 40.0
        )
        found.append([chord[(y > low) & (y < high)].mean() for low, high in bands])
    # All particles stand between the faces, a radius and a gap off: what they leave there is more
    # in between.
    expected = (0.15 + 0.4 * bands.mean(axis=1) / 60.0) * 60.0 / (60.0 - 2.0 * (1.2 + 0.24))
    assert np.mean(found, axis=0) == approx(expected, abs=0.02)


def interface_heights(mesh, one, other, width, count):
    """Heights [um] of an interface at equally spaced places."""
    places = mesh.points[np.unique(mesh.interface_between(one, other))] / UM
    order = np.argsort(places[:, 0])
    return np.interp(np.arange(count) * width / count, *places[order].T)


def test_roughness_and_its_spectrum(tmp_path):
    """A failure means a lithium face of another roughness, or of another spectrum, than asked."""
    rough = {"roughness": "0.4 um", "correlation_length": "12 um"}
    for hurst in (0.4, 0.9):
        slopes = []
        for seed in range(1):
            geometry = layers(
                layer("lithium", 3.0, top={**rough, "hurst": hurst}),
                layer("separator", 3.0),
                width=120.0,
                size=0.4,
                seed=seed,
                bulk=3.0,
            )
            mesh = build_microstructure(geometry, tmp_path)
            height = interface_heights(mesh, "lithium", "separator", 120.0, 1024)
            assert height.mean() == approx(3.0, abs=0.01)
            assert height.std() == approx(0.4, rel=0.01)
            power = np.abs(np.fft.rfft(height)) ** 2
            wave = 2.0 * np.pi / 120.0 * np.arange(len(power))
            kept = (wave * 12.0 > 5.0) & (wave < 2.0 * np.pi / (6.0 * 0.4))
            slopes.append(np.polyfit(np.log(wave[kept]), np.log(power[kept]), 1)[0])
        # Above 1/ξ the spectrum falls as q^-(1 + 2 H); at 5/ξ and more by no more than 4 % less.
        assert np.mean(slopes) == approx(-(1.0 + 2.0 * hurst), abs=0.12)


def test_teeth_and_waves(tmp_path):
    """A failure means fingers of another height or width, or round corners."""
    square = {"amplitude": "3 um", "wavelength": "10 um", "shape": "square"}
    mesh = build_microstructure(
        layers(
            layer("separator", 6.0, top=square), layer("electrolyte", 6.0), width=20.0, size=0.7
        ),
        tmp_path,
    )
    assert area(mesh, "separator") == approx(120.0, rel=1e-6)
    assert length(mesh, "electrolyte", "separator") == approx(20.0 + 4 * 6.0, rel=1e-6)
    sine = {"amplitude": "1 um", "wavelength": "10 um"}
    mesh = build_microstructure(
        layers(layer("separator", 6.0, top=sine), layer("electrolyte", 6.0), width=20.0, size=0.4),
        tmp_path,
    )
    k = 2.0 * np.pi / 10.0
    assert area(mesh, "separator") == approx(120.0, rel=1e-4)
    # ∫ √(1 + (k sin kx)²) dx = 4/k E(-k²) over a wave
    assert length(mesh, "electrolyte", "separator") == approx(
        2.0 * 4.0 / k * ellipe(-(k**2)), rel=3e-3
    )


def test_particles_between_teeth(tmp_path):
    """A failure means that particles stay out of fingers or leave them."""
    square = {"amplitude": "5 um", "wavelength": "20 um", "shape": "square"}
    geometry = layers(
        layer("separator", 8.0, top=square),
        layer("electrolyte", 14.0, minimum_gap="0.2 um", particles=[discs(1.2, 0.45)]), width=20.0,
    )  # fmt: skip
    shapes = outlines(geometry, Disc)
    face = draw(geometry)[0].items[1].shape
    assert max(face.distance(s.centre[None])[0] + s.radius for s in shapes) < -0.19
    low = [s for s in shapes if s.centre[1] < 12.0]
    assert sum(np.pi * s.radius**2 for s in low) / 90.0 > 0.25
    mesh = build_microstructure(geometry, tmp_path)
    assert area(mesh, "separator") == approx(160.0, rel=1e-6)


def test_grains_are_parts(tmp_path):
    """A failure means grain boundaries that are lost, or grains of another size."""
    kind = discs(3.0, 0.35, grains={"size": "1.6 um"})
    geometry = layers(
        layer("separator", 10.0, grains={"size": "2.5 um", "spread": 0.3}),
        layer("electrolyte", 18.0, particles=[kind]), width=18.0, size=0.5,
    )  # fmt: skip
    mesh = build_microstructure(geometry, tmp_path)
    grains = set(mesh.cell_particle[mesh.region_cells("separator")])
    # Those that a side cuts count twice.
    assert 180.0 / (np.pi / 4.0 * 2.5**2) == approx(len(grains), rel=0.35)
    assert length(mesh, "separator", "separator") > 60.0
    inner = set(mesh.cell_particle[mesh.region_cells("active")])
    assert len(inner) >= 0.35 * 324.0 / (np.pi / 4.0 * 1.6**2) * 0.8
    assert not inner & grains
    assert length(mesh, "active", "active") > 20.0


def test_grain_boundaries_are_those_of_a_power_diagram(tmp_path):
    """A failure means grain boundaries that follow pixels, or grains whose sizes are not those
    drawn."""
    grains = {"size": "3 um", "spread": 0.3}
    geometry = layers(
        layer("separator", 14.0, grains=grains),
        layer("collector", 1.0),
        width=14.0,
        size=0.5,
        seed=2,
    )
    mesh, scene = build_microstructure(geometry, tmp_path), draw(geometry)[0]
    item = scene.items[0]
    assert np.ptp(item.weights) > 1.0
    places = mesh.points[np.unique(mesh.interface_between("separator", "separator"))] / UM
    apart = scene.wrap(places[:, None] - item.seeds)
    power = np.sum(apart**2, axis=2) - item.weights
    first, second = np.argsort(power, axis=1)[:, :2].T
    row = np.arange(len(places))
    between = np.linalg.norm(scene.wrap(item.seeds[first] - item.seeds[second]), axis=1)
    away = 0.5 * (power[row, second] - power[row, first]) / between
    # Only where a short edge has vanished does a boundary leave its line.
    assert np.mean(away < 2e-3) > 0.85


def test_binder_and_pores(tmp_path):
    """A failure means a binder of another share, or pores that are meshed."""
    kinds = [discs(1.8, 0.4), discs(1.0, 0.08, region="pore")]
    geometry = layers(
        layer("lithium", 3.0),
        layer(
            "electrolyte", 16.0, particles=kinds, binder={"region": "carbon", "area_fraction": 0.08}
        ),
        width=16.0,
        size=0.4,
        empty=["pore"],
        sides="walls",
    )
    mesh = build_microstructure(geometry, tmp_path)
    assert "pore" not in mesh.regions and "pore" not in geometry.regions()
    assert area(mesh, "carbon") == approx(0.08 * 256.0, rel=0.05)
    assert area(mesh, "active") == approx(0.4 * 256.0, rel=3e-3)
    assert sum(area(mesh, name) for name in mesh.regions) == approx(
        16.0 * 19.0 - 0.08 * 256.0, rel=3e-3
    )
    named = sum(len(facets) for facets in mesh.boundaries.values())
    assert len(mesh.outer_facets()) > named
    assert mesh.boundary_measure("bottom") == approx(16 * UM)
    assert mesh.boundary_measure("left") == approx(19 * UM)


@pytest.mark.parametrize(
    ("shape", "share"),
    [("slit", 0.4 * 2.8 + np.pi * 0.2**2 / 2.0), ("ellipse", np.pi / 2.0 * 0.2 * 3.0)],
)
def test_flaws_at_a_face(tmp_path, shape, share):
    """A failure means flaws of another depth, width or number, or that stand where they were not
    asked for."""
    flaw = {"shape": shape, "depth": "3 um", "width": "0.4 um", "count": 2, "region": "lithium"}
    geometry = layers(
        layer("lithium", 3.0), layer("separator", 9.0, flaws=[flaw]), width=14.0, size=0.4
    )
    mesh = build_microstructure(geometry, tmp_path)
    filled = mesh.points[np.unique(mesh.cells[mesh.region_cells("lithium")])] / UM
    assert filled[:, 1].max() == approx(6.0, abs=0.005)
    assert area(mesh, "lithium") - 42.0 == approx(2.0 * share, rel=0.02)
    assert mesh.components("lithium")[0] == 1
    tilted = layers(
        layer("lithium", 3.0),
        layer("separator", 9.0, flaws=[{**flaw, "angle": "60 deg", "at": "top", "region": "void"}]),
        layer("electrolyte", 3.0), width=14.0, size=0.4, empty=["void"],
    )  # fmt: skip
    mesh = build_microstructure(tilted, tmp_path)
    table = mesh.facet_table.facets[~mesh.facet_table.interior]
    named = np.concatenate(list(mesh.boundaries.values()))
    rim = mesh.points[np.setdiff1d(np.unique(table), np.unique(named))] / UM
    assert rim[:, 1].max() == approx(12.0, abs=1e-6)
    # The deepest point of the tip, 60 degrees to the normal: of a slit its round end, of an ellipse
    # the tangent.
    deepest = 2.8 * 0.5 + 0.2 if shape == "slit" else np.hypot(3.0 * 0.5, 0.2 * np.sqrt(0.75))
    assert 12.0 - rim[:, 1].min() == approx(deepest, abs=0.03)


def test_flaws_on_grain_boundaries(tmp_path):
    """A failure means that flaws asked to follow grain boundaries cut through grains."""
    flaw = {
        "depth": "1.2 um",
        "width": "0.2 um",
        "at": "grain boundary",
        "count": 3,
        "region": "void",
    }
    geometry = layers(
        layer("lithium", 2.0),
        layer("separator", 10.0, grains={"size": "3 um"}, flaws=[flaw]),
        width=14.0,
        size=0.4,
        seed=1,
        empty=["void"],
    )
    scene = draw(geometry)[0]
    seeds = scene.items[1].seeds
    slits = [item.shape.shapes[0] for item in scene.items if item.region is None]
    for slit in slits:
        slit = getattr(slit, "shape", slit)
        middle = 0.5 * (slit.start + slit.end)
        apart = np.sort(np.linalg.norm(scene.wrap(middle - seeds), axis=1))
        assert apart[0] == approx(apart[1], rel=1e-6)
    mesh = build_microstructure(geometry, tmp_path)
    lost = 14.0 * 12.0 - sum(area(mesh, name) for name in mesh.regions)
    assert lost == approx(3.0 * (0.2 * 1.0 + np.pi * 0.01), rel=0.35)


def test_periodic_sides_match(tmp_path):
    """A failure means nodes of the two sides that do not face each other."""
    geometry = layers(
        layer("lithium", 3.0, top={"roughness": "0.2 um", "correlation_length": "3 um"}),
        layer("separator", 6.0, grains={"size": "2 um"}),
        layer("electrolyte", 14.0, particles=[discs(1.8, 0.5)]),
        width=14.0,
        size=0.5,
        seed=4,
    )
    mesh = build_microstructure(geometry, tmp_path)
    left, right = (
        np.sort(mesh.points[np.unique(mesh.boundaries[side]), 1]) for side in ("left", "right")
    )
    assert len(left) == len(right) > 30
    assert left == approx(right, abs=1e-12)


def test_same_seed_same_mesh(tmp_path):
    """A failure means that a mesh cannot be made again, or that its seed does not matter."""

    def built(seed):
        rough = {"roughness": "0.2 um", "correlation_length": "2 um"}
        flaw = {"depth": "1 um", "width": "0.3 um", "at": "grain boundary", "region": "lithium"}
        kinds = [
            discs(1.2, 0.25, shape="polygon", radius_standard_deviation="0.2 um"),
            discs(0.9, 0.2),
        ]
        geometry = layers(
            layer("lithium", 2.0, top=rough),
            layer("separator", 4.0, grains={"size": "2 um"}, flaws=[flaw]),
            layer("electrolyte", 8.0, particles=kinds),
            width=9.0,
            size=0.6,
            seed=seed,
        )
        return build_microstructure(geometry, tmp_path)

    first, again, other = built(1), built(1), built(2)
    assert np.array_equal(first.points, again.points) and np.array_equal(first.cells, again.cells)
    assert first.points.shape != other.points.shape or not np.allclose(first.points, other.points)


def test_pieces_cut_off(tmp_path):
    """A failure means that electrolyte that no ion reaches stays electrolyte."""
    kinds = [discs(1.6, 0.6)]
    given = {"neck": {"width": "0.7 um", "reach": "0.3 um"}, "particles": kinds}
    cell = (layer("separator", 2.0), layer("electrolyte", 11.0, **given))
    with pytest.raises(GeometryError, match=r"(cut off|percolate).*geometry.cut_off"):
        build_microstructure(layers(*cell, width=11.0, size=0.6), tmp_path)
    mesh = build_microstructure(layers(*cell, width=11.0, size=0.6, cut_off="isolated"), tmp_path)
    assert mesh.components("electrolyte")[0] == 1 and area(mesh, "isolated") > 0.5
    # What stays is what stands on the separator, not what is largest.
    assert length(mesh, "separator", "electrolyte") > 5.0 > length(mesh, "separator", "isolated")


def test_the_piece_on_the_layer_below_stays():
    """A failure means that the electrolyte at the separator is given up for a larger piece that no
    ion reaches."""
    bar = Polygon(np.array([[-1.0, 4.0], [7.0, 4.0], [7.0, 5.0], [-1.0, 5.0]]))
    above = Below(np.array([[0.0, 2.0], [6.0, 2.0]]), -1.0)
    items = [
        Item("separator"),
        Item("electrolyte", above, strays="isolated"),
        Item("active", bar, True),
    ]
    found = partition(Scene(6.0, 12.0, False, items), 0.1, 0.01)
    beside = [
        {found.regions[chain.left], found.regions[chain.right]}
        for chain in found.chains
        if not chain.outer
    ]
    assert sorted(map(sorted, beside)) == [
        ["active", "electrolyte"],
        ["active", "isolated"],
        ["electrolyte", "separator"],
    ]


REFUSED = [
    ({"particles": [discs(9.0, 0.3)]}, "radius_maximum|nearest to"),
    ({"particles": [discs(1.5, 0.3)], "minimum_gap": "0 um"}, "minimum_gap.*neck"),
    (
        {"particles": [discs(1.5, 0.3, coating={"region": "coating", "thickness": "0.01 um"})]},
        "coating.thickness",
    ),
    ({"flaws": [{"depth": "20 um", "width": "0.3 um", "region": "lithium"}]}, "flaws.0.depth"),
    ({"top": {"amplitude": "8 um", "wavelength": "7 um"}}, "faces of the layer"),
    (
        {"particles": [discs(1.5, 0.5)], "binder": {"region": "carbon", "area_fraction": 0.6}},
        "binder.area_fraction",
    ),
]


@pytest.mark.parametrize(("given", "words"), REFUSED)
def test_refused_with_the_key(tmp_path, given, words):
    """A failure means a recipe that hangs or ends without saying which key to change."""
    geometry = layers(layer("electrolyte", 7.0, **given), layer("collector", 2.0), width=14.0)
    with pytest.raises(GeometryError, match=words) as error:
        build_microstructure(geometry, tmp_path / "out")
    assert "geometry." in str(error.value) and error.value.exit_code in (2, 4)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"particles": [discs(1.5, 0.5, gradient=[0.1, 0.2])]}, "either area_fraction or gradient"),
        ({"particles": [discs(1.5, 0.5, aspect_ratio=2.0)]}, "ellipse"),
        (
            {"particles": [discs(1.5, 0.5, shape="ellipse"), discs(1.5, 0.2, shape="polygon")]},
            "polygons and ellipses",
        ),
        (
            {
                "particles": [discs(1.5, 0.5, shape="polygon")],
                "neck": {"width": "1 um", "reach": "1 um"},
            },
            "discs only",
        ),
        ({"top": {"amplitude": "1 um", "wavelength": "3 um"}}, "whole number of waves"),
        ({"top": {"amplitude": "1 um"}}, "amplitude and wavelength"),
        (
            {"flaws": [{"depth": "1 um", "width": "1 um", "at": "grain boundary", "region": "x"}]},
            "needs grains",
        ),
        ({"binder": {"region": "carbon", "area_fraction": 0.1}}, "needs particles"),
    ],
)
def test_schema_refuses_contradictions(given, words):
    """A failure means that a contradiction reaches the mesher."""
    with pytest.raises(ValidationError, match=words):
        layers(layer("electrolyte", 7.0, **given), layer("collector", 2.0), width=14.0)


def test_a_hopeless_fraction_says_what_was_reached():
    """A failure means a packing error that does not help."""
    with pytest.raises(
        PackingError, match=r"geometry.layers.0.particles: .* of 0.9 .* not reached, but 0\.\d+ was"
    ):
        draw(layers(layer("electrolyte", 12.0, particles=[discs(1.5, 0.9)]), width=12.0))


def check_recipe(seed, folder):
    """Mesh a random recipe; True when it was meshed, False when it was refused in words."""
    geometry = LayersGeometry.model_validate(random_table(seed))
    try:
        mesh = build_microstructure(geometry, folder)
    except GeometryError as error:
        assert error.exit_code in (2, 4) and ("geometry." in str(error)), error
        assert not any(folder.iterdir())
        mesh = None
    if mesh is None:
        return False
    least, mean = mesh.quality()
    assert least >= 0.1 and mean > 0.8
    assert set(mesh.regions) <= set(geometry.regions()) and set(mesh.boundaries) == {
        "bottom",
        "top",
        "left",
        "right",
    }
    assert mesh.components(list(mesh.regions))[0] == 1
    return True


def test_random_recipes(tmp_path_factory):
    """A failure means slivers, a crash, a message without a key, or a mesher that mostly
    refuses."""
    assert sum(check_recipe(seed, tmp_path_factory.mktemp("recipe")) for seed in range(8)) >= 5


def test_a_particle_close_to_one_periodic_side(tmp_path):
    """A failure means that the mesh of a side does not know what stands close to the other one."""
    geometry = layers(
        layer("electrolyte", 7.0, particles=[discs(1.6, 0.3)]),
        width=9.0,
        size=0.4,
        bulk=3.0,
        seed=3,
    )
    assert build_microstructure(geometry, tmp_path).quality()[0] > 0.4


@pytest.mark.slow
@settings(max_examples=500, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10**9))
def test_many_random_recipes(tmp_path_factory, seed):
    """A failure means slivers, a crash, or a message without a key, for some recipe."""
    check_recipe(seed, tmp_path_factory.mktemp("recipe"))


MESHES = Path(__file__).parents[1] / "meshes"
CASES = sorted(path for path in MESHES.glob("*.toml") if "materials" in read_toml(path))


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_shipped_cells_are_whole_cases(path):
    """A failure means a shipped case that is refused before it is meshed."""
    case = load_case(path)
    check_case(case)
    assert case_hash(case) == case_hash(load_case(path))


def test_a_shipped_cell_is_a_cell(tmp_path):
    """A failure means that pores, flaws or grains make a mesh that the models do not take."""
    case = load_case(CASES[0].with_name("rough_lithium.toml"))
    mesh = build_microstructure(case.geometry, tmp_path)
    cell = build_cell(case, check_case(case), mesh)
    supports = stack_supports(cell.domain, cell.mechanics.space)
    x = cell.domain.points
    assert len(mesh.outer_facets()) > sum(len(facets) for facets in mesh.boundaries.values())
    assert len(supports.fixed) and np.ptp(x, axis=0)[0] == approx(14e-6)
    # Under pressure the open flaw gives way, and nothing else is loose: a solution that is finite
    # and small.
    options = StepControl(1.0, 1.0, 1e-3)
    begun = RunState(cell.mechanics.initial_state())
    done = follow(
        cell.mechanics,
        begun,
        lambda t, dt: Load(1e6 * t),
        1.0,
        options,
        newton=NewtonOptions(1e-6, 25),
    )
    assert 0.0 < np.abs(done.state.displacement).max() < 0.1e-6


def materials_of(drop, add):
    """The table of a shipped case with changed materials."""
    table = read_toml(CASES[0].with_name("coated.toml"))
    if drop:
        del table["materials"][drop]
    if add:
        table["materials"][add] = "Li6PS5Cl"
    return table


@pytest.mark.parametrize(
    ("drop", "add", "words"),
    [
        ("coating", None, 'no material for "coating"'),
        (None, "coatng", 'no region "coatng"'),
        ("coating", "coatng", "coatng"),
    ],
)
def test_materials_and_regions_are_compared_before_meshing(drop, add, words):
    """A failure means that a forgotten material shows only after the mesh is made."""
    table = materials_of(drop, add)
    table["interfaces"] = {"lithium|separator": "lithium|Li6PS5Cl"}
    with pytest.raises(CaseError, match=f"materials: .*{words}.*the regions of this geometry are"):
        parse_case(table)


def test_regions_of_an_image_are_compared_too(tmp_path):
    """A failure means that a label without a material shows only after the image is meshed."""
    np.save(tmp_path / "labels.npy", np.array([[0, 1], [1, 0]]))
    table = read_toml(CASES[0].with_name("coated.toml"))
    table["geometry"] = {
        "recipe": "image",
        "path": str(tmp_path / "labels.npy"),
        "pixel_size": "1 um",
        "lithium_thickness": "1 um",
        "labels": {"0": "electrolyte", "1": "active"},
        "mesh": {"size_interface": "1 um", "size_bulk": "1 um"},
    }
    with pytest.raises(CaseError, match='materials: no region "coating", "collector", "separator"'):
        parse_case(table)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"thickness": "3 MPa"}, "geometry.layers.2.thickness: .*length"),
        ({"thicknes": "3 um"}, 'geometry.layers.2.thicknes: .*did you mean "thickness"'),
        (
            {"particles": [{"region": "active", "radius_mean": 3}]},
            "geometry.layers.2.particles.0.radius_mean: .*unit",
        ),
        (
            {"particles": [{"region": "active"}]},
            "geometry.layers.2.particles.0.radius_mean: is required",
        ),
        ({"particles": 3}, "geometry.layers.2.particles: "),
    ],
)
def test_errors_in_a_list_name_the_place(change, words):
    """A failure means an error in a list of layers whose place the user cannot find."""
    table = read_toml(CASES[0].with_name("coated.toml"))
    table["geometry"]["layers"][2] |= change
    with pytest.raises(CaseError, match=words):
        parse_case(table)


def test_a_study_varies_what_stands_in_a_list():
    """A failure means that no study can vary a particle's share."""
    table = read_toml(CASES[0].with_name("coated.toml"))
    found = Changes({"geometry.layers.2.particles.0.area_fraction": 0.3}).apply(table)
    assert found["geometry"]["layers"][2]["particles"][0]["area_fraction"] == 0.3
    assert table["geometry"]["layers"][2]["particles"][0]["area_fraction"] == 0.4
    with pytest.raises(CaseError, match=r"vary.geometry.layers.9.thickness: .*0 to 3"):
        Changes({"geometry.layers.9.thickness": "1 um"}, "vary").apply(table)


def test_a_bad_cell_is_named_by_its_place():
    """A failure means a refusal for quality that does not say where to look."""
    points = np.array([[0.0, 0.0], [1.0, 0.0], [0.5, 1.0], [0.5, -0.001]]) * 10.0 * UM
    mesh = Microstructure(
        points, np.array([[0, 1, 2], [0, 3, 1]]), np.zeros(2, dtype=int), {"a": 0}, np.full(2, -1)
    )
    with pytest.raises(
        GeometryError, match=r"1 cell of a quality below 0.1, .*x = 5 um, y = -0.0033"
    ):
        check_quality(mesh)
