"""Cells in three dimensions: the same as in 2D where both say the same, and the same however the
axes are named."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from bodies import bulk_of, damage_of, laws_of, node_positions
from chemomech.analysis.flaws.sites import FlawSites
from chemomech.case import parse_case
from chemomech.fem.domain import build_domain
from chemomech.geometry import Microstructure, build_microstructure
from chemomech.materials import load_material
from chemomech.models.mechanics import Load, Mechanics
from chemomech.models.supports import Supports, boundary_dofs
from chemomech.runs.run import run
from chemomech.setup import mesh as case_mesh
from chemomech.setup.cell import build_cell
from chemomech.setup.electrodes import check_case
from chemomech.simulation.newton import NewtonOptions, step
from chemomech.simulation.run_state import RunState
from chemomech.simulation.step_control import StepControl
from chemomech.simulation.stepping import follow
from compare import approx
from meshes import box, orient
from small import small_case
from space import SHORT, spheres

UM = 1e-6
SAME = (
    "voltage_V",
    "stack_pressure_MPa",
    "thickness_change_um",
    "stoichiometry",
    "contact_fraction_anode",
    "contact_fraction_cathode",
    "interfacial_resistance_cathode_ohm_cm2",
    "voltage_loss_mV",
)


def swapped(mesh):
    """The mesh with its first two axes exchanged."""
    names = {"left": "front", "front": "left", "right": "back", "back": "right"}
    points = mesh.points[:, [1, 0, 2]]
    return replace(
        mesh, points=points, cells=orient(points, mesh.cells),
        boundaries={names.get(name, name): facets for name, facets in mesh.boundaries.items()},
    )  # fmt: skip


@pytest.fixture(scope="module")
def one_sphere(tmp_path_factory):
    """(case, mesh, result, folder) of a short charge and discharge around one sphere."""
    folder = tmp_path_factory.mktemp("sphere")
    case = parse_case(spheres())
    mesh = build_microstructure(case.geometry, folder)
    return case, mesh, run(case, folder / "run", folder / "mesh.msh"), folder / "run"


def test_short_charge_around_a_sphere(one_sphere):
    """Breaks when a length stands where an area is meant: balances, capacity, plated lithium,
    energies."""
    _case, mesh, result, folder = one_sphere
    summary = result["summary"]
    assert not result["gates_failed"]
    assert summary["charge_balance_error"] < 1e-8 and summary["lithium_balance_error"] < 1e-10
    assert summary["power_balance_error"] < 1e-8
    area, volume = 30 * UM**2, mesh.region_measure("active")
    concentration = load_material("NMC811").maximum_concentration
    stored = (
        96485.33212
        * concentration
        * (0.9 - result["cycle"]["stoichiometry_charged"])
        * volume
        / area
        / 36000.0
    )
    assert result["cycle"]["capacity_mAh_cm2"] == approx(stored, rel=1e-6)
    table = pd.read_csv(folder / "timeseries.csv")
    assert {"energy_elastic_J", "energy_external_J"} <= set(table) and "energies_J" in result
    # Lithium lifts the platen by what is plated, less what the particle shrinks by.
    top = table.loc[table["charge_mAh_cm2"].idxmin()]
    plated = -top["charge_mAh_cm2"] * 36000.0 * 13.02e-6 / 96485.33212 / UM
    assert 0.5 * plated < top["thickness_change_um"] < plated
    assert json.loads((folder / "result.json").read_text())["solver"]["cells"] == len(mesh.cells)


def test_names_of_the_axes_do_not_matter(one_sphere, tmp_path, monkeypatch):
    """Breaks when a lateral face is not held, or a law, a flaw or a record knows the first axes
    only."""
    case, mesh, result, folder = one_sphere
    monkeypatch.setattr(case_mesh, "read_msh", lambda path: swapped(mesh))
    other = run(case, tmp_path, "swapped")
    for name, value in result["summary"].items():
        if isinstance(value, float) and not name.endswith("error") and name != "wall_time_s":
            assert other["summary"][name] == approx(value, rel=2e-5, abs=1e-9), name
    one, two = (pd.read_csv(each / "timeseries.csv") for each in (folder, tmp_path))
    for name in SAME:
        assert two[name].to_numpy() == approx(
            one[name].to_numpy(), rel=1e-6, abs=1e-7, nan_ok=True
        ), name


def column(counts, materials):
    """A flat cell of layers, one cell of the mesh wide, in 2D or 3D."""
    tops, names = np.array([2.0, 8.0, 10.0, 14.0, 15.0]) * UM, materials
    size = np.append(np.full(len(counts) - 1, 2 * UM), tops[-1])
    return box(counts, size, lambda x: names[int(np.searchsorted(tops, x[-1]))], {})


def test_flat_cell_is_the_same_in_2d_and_3d(tmp_path, monkeypatch):
    """Breaks when pressure, strain, plating, current or the flaws' stress take another factor in
    3D."""
    table = small_case(
        cycle={"protocol": SHORT},
        output__fields="none",
        flaw__depth="1.5 um",
        uncertainty__samples=5,
        solver__steps_per_half_cycle=4,
        solver__tolerance=1e-9,
    )
    table["materials"]["active"] = {"base": "NMC811", "diffusivity": "1e-10 m^2/s"}
    case = parse_case(table)
    order = ["lithium", "separator", "electrolyte", "active", "collector"]
    results, series = [], []
    for counts in ((1, 15), (1, 1, 15)):
        mesh = column(counts, order)
        monkeypatch.setattr(case_mesh, "read_msh", lambda path, mesh=mesh: mesh)
        folder = tmp_path / f"{len(counts)}"
        results.append(run(case, folder, "given")["summary"])
        series.append(pd.read_csv(folder / "timeseries.csv"))
    for name in SAME:
        plane, space = (each[name].to_numpy() for each in series)
        assert space == approx(plane, rel=1e-6, abs=1e-7, nan_ok=True), name
    for name in (
        "max_K_over_KIc",
        "max_K_static_over_KIc",
        "critical_current_density_mA_cm2",
        "plating_pressure_MPa",
    ):
        assert results[1][name] == approx(results[0][name], rel=1e-6), name


# A plane section drawn out in depth


def extruded(mesh, depth):
    """A 2D mesh drawn out along y between the faces front and back, each prism cut into three
    tetrahedra."""
    n = len(mesh.points)
    flat = np.zeros((n, 3))
    flat[:, [0, 2]] = mesh.points
    back = flat + [0.0, depth, 0.0]
    # Corners in ascending order: the diagonals of a face shared by two prisms agree.
    a, b, c = np.sort(mesh.cells, axis=1).T
    cells = np.stack([[a, b, c, c + n], [a, b, b + n, c + n], [a, a + n, b + n, c + n]])
    cells = cells.transpose(2, 0, 1).reshape(-1, 4)
    points = np.concatenate([flat, back])
    first, second = np.sort(
        np.concatenate([mesh.boundaries[name] for name in mesh.boundaries]), axis=1
    ).T
    ends = np.cumsum([0, *(len(facets) for facets in mesh.boundaries.values())])
    sides = np.stack([[first, second, second + n], [first, first + n, second + n]]).transpose(
        2, 0, 1
    )
    faces = {
        name: sides[ends[i] : ends[i + 1]].reshape(-1, 3) for i, name in enumerate(mesh.boundaries)
    }
    faces |= {"front": mesh.cells.copy(), "back": mesh.cells + n}
    region, part = np.repeat(mesh.cell_region, 3), np.repeat(mesh.cell_particle, 3)
    made = Microstructure(points, orient(points, cells), region, mesh.regions, part, {}, faces)
    interfaces = {name: made.interface_between(*name.split("|")) for name in mesh.interfaces}
    return made.with_interfaces(interfaces).validate()


def along_depth(domain, space):
    """Number (n,) that nodes share which lie behind each other in one piece of the body."""
    places, table = node_positions(domain, space), space.dofmap.list
    key = np.round(places[..., [0, 2]] / (1e-3 * UM)).astype(np.int64)
    prism = domain.input_cell // 3
    rows = np.column_stack([np.repeat(prism, table.shape[1]), key.reshape(-1, 2)])
    group = np.unique(rows, axis=0, return_inverse=True)[1].ravel()
    size, nodes = space.dofmap.index_map.size_local, table.ravel()
    graph = coo_array(
        (np.ones(len(nodes)), (nodes, size + group)), shape=(size + group.max() + 1,) * 2
    )
    return connected_components(graph, directed=False)[1][:size]


@pytest.mark.parametrize("degree", [1, 2])
def test_section_drawn_out_is_plane_strain(degree):
    """Breaks when interfaces, swelling, the platen or the rollers act otherwise in 3D: all unknowns
    agree with 2D's.

    Nodes behind each other move as one, and the faces front and back are on rollers.
    """

    def region(x):
        return "active" if np.all(np.abs(x - [3 * UM, 4 * UM]) < 1.1 * UM) else "electrolyte"

    plane = box((6, 8), (6 * UM, 8 * UM), region)
    found = []
    for mesh in (plane, extruded(plane, 1.5 * UM)):
        domain = build_domain(mesh)
        bulk = bulk_of(domain, 20e9, 0.3, swelling=("active",))
        made = Mechanics(domain, bulk, laws_of(domain, 1e15), damage_of(domain), degree)
        if mesh.dimension == 3:
            group, size = along_depth(domain, made.space), made.space.dofmap.index_map.size_local
            platen = boundary_dofs(domain, made.space, "top", 2)
            own = np.where(np.isin(np.arange(size), platen // 3), -1, group)
            dofs = [np.flatnonzero(group == each) * 3 for each in np.unique(group)]
            dofs += [np.flatnonzero(own == each) * 3 + 2 for each in np.unique(own[own >= 0])]
            fixed = made.supports.fixed
            made = made.with_supports(Supports(fixed, tied=(platen, *dofs), control_dof=platen[:1]))
        result = step(
            made, made.initial_state(), Load(10e6, chemical_strain=2e-3), NewtonOptions(1e-11, 20)
        )
        assert result.converged
        state = result.state
        u = np.zeros((len(mesh.points), 2))
        nodes, inside = (
            made.space.dofmap.list[:, : mesh.dimension + 1],
            domain.cells_of("electrolyte"),
        )
        corner = domain.points[domain.vertices[inside]].reshape(-1, mesh.dimension)
        moved = state.displacement.reshape(-1, mesh.dimension)[nodes[inside]].reshape(
            -1, mesh.dimension
        )
        order = np.lexsort(np.round(corner[:, [0, -1]] / (1e-3 * UM)).T)
        key, first = np.unique(
            np.round(corner[order][:, [0, -1]] / (1e-3 * UM)), axis=0, return_index=True
        )
        u = moved[order][first][:, [0, -1]]
        traction = (state.traction[..., 0] * made.jump.weights).sum() / made.jump.weights.sum()
        found.append((state.position, state.pressure, traction, key, u))
    (place, pressure, traction, key, u), (place_3d, pressure_3d, traction_3d, key_3d, u_3d) = found
    assert place_3d == approx(place, rel=1e-8) and pressure_3d == approx(pressure, rel=1e-8)
    assert traction_3d == approx(traction, rel=1e-7) and abs(traction) > 1e6
    assert np.array_equal(key, key_3d)
    assert u_3d == approx(u, abs=1e-8 * np.abs(u).max())


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_sixty_spheres_shrink(tmp_path):
    """Breaks when a dense packing in 3D is not meshed, or its mechanics does not carry through
    sudden debonding."""
    side = (60 * 4 / 3 * np.pi * 2.5**3 / 0.45) ** (1 / 3)
    table = spheres(
        geometry__width=f"{side} um",
        geometry__depth=f"{side} um",
        geometry__cathode_thickness=f"{side} um",
        geometry__lithium_thickness="5 um",
        geometry__separator_thickness="10 um",
        geometry__particles={
            "radius_mean": "2.5 um",
            "radius_standard_deviation": "0.3 um",
            "radius_minimum": "1.9 um",
            "radius_maximum": "3.1 um",
            "volume_fraction": 0.45,
            "minimum_gap": "0.15 um",
            "sides": "periodic",
        },
        geometry__mesh={"size_interface": "1 um", "size_bulk": "3 um"},
    )
    case = parse_case(table)
    cell = build_cell(case, check_case(case), build_microstructure(case.geometry, tmp_path))
    mechanics = cell.mechanics
    # How the spheres come loose is not resolved in time here, only that every step is carried
    # through.
    options = StepControl(0.25, 0.25, 1e-4, energy_tolerance=1e3, energy_budget=1e3)
    damage = []

    def load_at(time, dt):
        return Load(10e6, chemical_strain=-0.012 * time, step_over_viscosity=dt / 0.001)

    pressed = step(mechanics, mechanics.initial_state(), Load(10e6))
    assert pressed.converged and pressed.state.pressure == approx(10e6, rel=1e-6)
    start = RunState(pressed.state)
    weights = mechanics.jump.weights[cell.cathode.rows]

    def record(progress):
        damage.append(
            float((progress.state.damage[cell.cathode.rows] * weights).sum() / weights.sum())
        )

    end = follow(mechanics, start, load_at, 1.0, options, record, NewtonOptions(1e-6, 30))
    assert end.time == 1.0 and end.state.pressure == approx(10e6, rel=1e-6)
    assert np.all(np.diff(damage) >= -1e-12) and damage[-1] > 0.5
    # The height of the electrode's skeleton follows what shrinks: down, but by no more than the
    # spheres do freely.
    assert -0.012 * side * UM < end.state.position - pressed.state.position < 0.0


def test_stress_along_the_lithium_in_every_direction(one_sphere):
    """Breaks when the flaws feel one direction only, or a component from another place of the Voigt
    vector."""
    _case, _mesh, _, _ = one_sphere

    class Frozen:
        """FlawSites with one cell below every site, on an interface whose normal is the third
        axis."""

        profile_cells = np.array([[0]])
        tangents = np.array([[[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]])

    class State:
        stress = np.array([[[3.0, -1.0, 50.0, 1.5, 20.0, -30.0]]])

    found = FlawSites.lateral_stress(Frozen, State)
    assert found == approx(np.linalg.eigvalsh([[3.0, 1.5], [1.5, -1.0]])[-1])
