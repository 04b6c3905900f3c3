"""Grain boundaries named in a case: series resistance when whole, contact when broken, and where
they may stand.

A column of layers one cell wide; the separator is two grains, one on the other, and so is the
active material.
"""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from chemomech.analysis.effective_conductivity import THIN
from chemomech.analysis.losses import drops_of, losses
from chemomech.case import CaseError, parse_case
from chemomech.models.chemical_parts import Drive, NoStage
from chemomech.models.mechanics import Load
from chemomech.runs.run import run
from chemomech.setup.cell import build_cell
from chemomech.setup.coupling import coupling_of, first_state
from chemomech.setup.electrodes import check_case
from chemomech.simulation.contact import initial_memory
from chemomech.simulation.newton import NewtonOptions, step
from compare import approx
from flat import BASES, ELASTIC, FACES, HEIGHTS, PRESSURE, STILL
from meshes import box
from small import small_case

BOUNDARY = "separator|separator"
CURRENT = -2.0  # A/m2
BOND = {
    "base": "crack",
    "strength": "50 MPa",
    "fracture_energy": "2 J/m^2",
    "stiffness": "1e16 Pa/m",
}


def column(tmp_path, interfaces, parts=(2e-6, 5e-6), **changes):
    """(case, cell) of the column; parts: heights at which separator and active material are parted
    into grains."""
    (tmp_path / "cell.msh").touch()
    table = small_case(output__fields="none", **changes)
    table["geometry"] = {"recipe": "file", "path": str(tmp_path / "cell.msh")}
    table["materials"] = {name: {"base": base, **ELASTIC} for name, base in BASES.items()}
    table["materials"]["active"] |= STILL
    table["interfaces"] = FACES | interfaces
    case = parse_case(table)
    tops, names = np.cumsum(list(HEIGHTS.values())), list(HEIGHTS)
    mesh = box((1, 14), (1e-6, tops[-1]), lambda x: names[int(np.searchsorted(tops, x[1]))], {})
    middle = mesh.points[mesh.cells].mean(axis=1)[:, 1]
    grain = np.full(len(mesh.cells), -1)
    for number, (name, height) in enumerate(zip(("separator", "active"), parts, strict=True)):
        inside = mesh.region_cells(name)
        grain[inside] = 2 * number + (middle[inside] > height)
    mesh = replace(mesh, cell_particle=grain if parts else mesh.cell_particle)
    return case, build_cell(case, check_case(case), mesh)


def state_of(case, cell):
    """(Coupling, CoupledState) under PRESSURE, at rest."""
    pressed = step(
        cell.mechanics,
        cell.mechanics.initial_state(),
        Load(PRESSURE),
        NewtonOptions(tolerance=1e-10),
    )
    assert pressed.converged
    coupling = coupling_of(case, cell, damage_time=10.0)
    memory = initial_memory(cell)
    return coupling, first_state(case, cell, coupling, pressed.state, memory)


def ionic_resistance(case, cell):
    """What ions meet between the electrodes [ohm m2], from the split of the voltage."""
    coupling, state = state_of(case, cell)
    start = state.chemical
    drive = Drive(current_density=CURRENT)
    end = coupling.chemistry.solve(
        start, start.stoichiometry, 1.0, state.around, drive, 1e-12
    ).state
    now = replace(state, chemical=end)
    drops = {
        each.interface: drops_of(coupling.chemistry, end, state.around, each.interface)
        for each in (cell.anode, cell.cathode)
    }
    lost = losses(coupling, now, drops, 0.0)
    assert lost.imbalance < 1e-9
    return lost.ionic / abs(CURRENT)


def test_a_whole_boundary_is_a_resistor_in_series(tmp_path):
    """Breaks when a grain boundary blocks ions, or its resistance is counted twice or as that of
    electrons."""
    bare = ionic_resistance(*column(tmp_path, {}))
    thickness = sum(HEIGHTS[name] for name in ("separator", "electrolyte"))
    sigma = column(tmp_path, {})[1].materials["separator"].ionic_conductivity
    assert bare == approx(thickness / sigma, rel=1e-5)
    whole = ionic_resistance(*column(tmp_path, {BOUNDARY: BOND}))
    assert whole - bare == approx(THIN * 1e-6 / sigma, rel=1e-2)
    given = ionic_resistance(
        *column(tmp_path, {BOUNDARY: BOND | {"contact_resistance": "0.5 ohm*cm^2"}})
    )
    assert given - bare == approx(0.5e-4, rel=1e-6)
    # A contact so good that rounding of its potentials is more than the solver's tolerance.
    good = ionic_resistance(
        *column(tmp_path, {BOUNDARY: BOND | {"contact_resistance": "1e-8 ohm*cm^2"}})
    )
    assert good == approx(bare, rel=1e-4)


def test_a_broken_boundary_conducts_by_its_contact(tmp_path):
    """Breaks when damage or pressure does not reach the ions' way: R/(p/H), and no way where
    nothing touches."""
    broken = BOND | {"contact_resistance": "0.5 ohm*cm^2", "initial_damage": 1.0}
    bare = ionic_resistance(*column(tmp_path, {}))
    pressed = ionic_resistance(
        *column(tmp_path, {BOUNDARY: broken | {"contact_hardness": "500 MPa"}})
    )
    # The column is held at its sides: the pressure on the boundary is that of the stack.
    assert pressed - bare == approx(0.5e-4 * 500e6 / PRESSURE, rel=1e-6)
    with pytest.raises(NoStage, match="no path"):
        ionic_resistance(*column(tmp_path, {BOUNDARY: broken}))


def test_boundaries_inside_a_host_let_lithium_pass(tmp_path):
    """Breaks when a grain boundary in an active material cuts its outer grains off from the
    current."""
    case, cell = column(tmp_path, {"active|active": BOND})
    chemistry = coupling_of(case, cell, damage_time=10.0).chemistry
    plain = coupling_of(*column(tmp_path, {}), damage_time=10.0).chemistry
    assert "active|active" in cell.mechanics.laws and "active|active" not in chemistry.junctions
    assert (chemistry.size, len(chemistry.network.anchors)) == (
        plain.size,
        len(plain.network.anchors),
    )


def test_a_region_without_grains_is_named(tmp_path):
    """Breaks when a region of one piece silently gets no boundaries, or a traceback."""
    with pytest.raises(CaseError, match=r"interfaces.collector|collector: .*'collector' has none"):
        column(tmp_path, {"collector|collector": BOND})
    with pytest.raises(CaseError, match="parts of this region do not touch"):
        column(tmp_path, {BOUNDARY: BOND}, parts=(9e-6, 5e-6))


@pytest.mark.parametrize(
    ("key", "words"),
    [("active|active", "do not touch"), ("electrolyte|electrolyte", "do not touch")],
)
def test_the_layered_cell_has_no_grains(key, words):
    """Breaks when a key that can never be met is refused only after meshing."""
    table = small_case()
    table["interfaces"][key] = BOND
    with pytest.raises(CaseError, match=words):
        parse_case(table)


GRAINS = {
    "recipe": "polycrystal",
    "region": "electrolyte",
    "width": "6 um",
    "height": "6 um",
    "grain_size": "3 um",
    "seed": 1,
    "lithium_thickness": "2 um",
    "collector_thickness": "2 um",
    "mesh": {"size_interface": "1 um", "size_bulk": "2 um"},
}


def test_a_polycrystalline_cell_from_file_to_result(tmp_path):
    """Breaks when grain boundaries of a meshed polycrystal stop a run, or are not in its results: a
    film of active material on grains whose boundaries are half debonded, and stay so, as nothing
    stretches them."""
    table = small_case(
        geometry=GRAINS,
        output__fields="none",
        solver__displacement_degree=1,
        solver__steps_per_half_cycle=5,
        flaw__depth="1 um",
        cycle__protocol=["Charge at 1C for 30 minutes"],
        materials={"lithium": "lithium", "electrolyte": "Li6PS5Cl", "collector": "NMC811"},
        interfaces={
            "electrolyte|lithium": "lithium|Li6PS5Cl",
            "collector|electrolyte": "NMC811|Li6PS5Cl",
            "electrolyte|electrolyte": BOND | {"initial_damage": 0.5},
        },
    )
    result = run(parse_case(table), tmp_path)
    series = pd.read_csv(tmp_path / "timeseries.csv")
    cracks = result["cracks"]["electrolyte|electrolyte"]
    assert result["gates_failed"] == [] and result["cracks"].keys() == {"electrolyte|electrolyte"}
    assert series["power_balance_error"].max() < 1e-6
    equivalent = series["equivalent_um electrolyte|electrolyte"]
    assert equivalent.iloc[-1] == approx(cracks["equivalent_um"]) and np.ptp(equivalent) < 1e-9
    # D = 1/2 of this law is at lambda = 2 d_0 d_f/(d_f + d_0): (d_f - d_0) d_0/(d_f + d_0)/(d_f -
    # d_0) of G_c is dissipated.
    onset, final = 50e6 / 1e16, 2 * 2.0 / 50e6
    assert 10.0 < cracks["total_um"] < 40.0
    assert cracks["equivalent_um"] / cracks["total_um"] == approx(onset / (final + onset), rel=1e-3)


def test_cracks_leave_the_grain_boundaries_alone(tmp_path):
    """Breaks when a facet is a grain boundary and a crack at once, or one inside a region is
    neither."""
    case, cell = column(
        tmp_path, {BOUNDARY: BOND}, cracks={"separator": {"base": "crack", "strength": "50 MPa"}}
    )
    facets = cell.domain.interfaces
    boundary, cracks = set(facets[BOUNDARY].facet), set(facets["separator|separator|cracks"].facet)
    # Four rows of two triangles: three rows of facets between them, one of which is the boundary,
    # and four diagonals.
    assert len(boundary) == 1 and len(cracks) == 6 and not boundary & cracks
    assert len(facets[BOUNDARY]) + len(facets["separator|separator|cracks"]) == 7
    # Whole, they cost ions a few hundredths; and what is debonded of them is the energy dissipated,
    # not the stiffness lost.
    bare = ionic_resistance(*column(tmp_path, {}))
    assert bare < ionic_resistance(case, cell) < 1.1 * bare
    coupling, state = state_of(case, cell)
    history = state.mechanical.interface.history.copy()
    history[..., 0] = 0.9
    softened = replace(
        state.mechanical, interface=state.mechanical.interface._replace(history=history)
    )
    debonded, rows = coupling.debonded(softened), cell.mechanics.rows
    assert (
        debonded[rows[BOUNDARY]] == approx(0.9)
        and debonded[rows["separator|separator|cracks"]].max() < 0.01
    )
