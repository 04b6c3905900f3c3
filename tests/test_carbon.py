"""Cases whose electrons are resolved: a layer of carbon between the active material and the
collector, bonded or not.

Lithium | separator | active | carbon | collector, a column with closed forms.
"""

import pandas as pd
import pytest

from chemomech.case import CaseError, parse_case
from chemomech.geometry.mesh.msh import gmsh_session
from chemomech.runs.run import run
from small import small_case

TOPS = {"lithium": 1.0, "separator": 6.0, "active": 9.0, "carbon": 10.0, "collector": 11.0}  # um
ACTIVE, CARBON, CONTACT = 2e-2, 5.0, 3e-3  # S/m, S/m, ohm m2
OHM_CM2 = 1e-4


def write_column(path):
    """Mesh of the column in um, with named layers and outer faces."""
    with gmsh_session() as gmsh:
        make, below, sides = gmsh.model.geo, 0.0, {"left": [], "right": []}
        corners = [[make.addPoint(x, y, 0) for x in (0, 1)] for y in (0.0, *TOPS.values())]
        across = [make.addLine(*pair) for pair in corners]
        surfaces = []
        for low, high, line, next_line in zip(
            corners, corners[1:], across, across[1:], strict=False
        ):
            right, left = make.addLine(low[1], high[1]), make.addLine(low[0], high[0])
            sides["right"].append(right)
            sides["left"].append(left)
            surfaces.append(
                make.addPlaneSurface([make.addCurveLoop([line, right, -next_line, -left])])
            )
        make.synchronize()
        for line in across:
            gmsh.model.mesh.setTransfiniteCurve(line, 2)
        for i, top in enumerate(TOPS.values()):
            for side in sides.values():
                gmsh.model.mesh.setTransfiniteCurve(side[i], 1 + int(2 * (top - below)))
            gmsh.model.mesh.setTransfiniteSurface(surfaces[i])
            below = top
        groups = {**sides, "bottom": across[:1], "top": across[-1:]}
        for name, lines in groups.items():
            gmsh.model.addPhysicalGroup(1, lines, name=name)
        for name, surface in zip(TOPS, surfaces, strict=True):
            gmsh.model.addPhysicalGroup(2, [surface], name=name)
        gmsh.model.mesh.generate(2)
        gmsh.write(str(path))


def column_case(folder, electrons="resolved", carbon=None, **changes):
    """The case of the column; carbon: properties of the interface active|carbon."""
    write_column(folder / "column.msh")
    table = small_case(electrons=electrons, output__fields="none", flaw__depth="2 um", **changes)
    table["geometry"] = {
        "recipe": "file",
        "path": str(folder / "column.msh"),
        "length_unit": "1 um",
    }
    table["materials"] = {
        "lithium": "lithium",
        "separator": "Li6PS5Cl",
        "collector": "aluminium",
        "active": {"base": "NMC811", "electronic_conductivity": f"{ACTIVE} S/m"},
        "carbon": {"base": "aluminium", "electronic_conductivity": f"{CARBON} S/m"},
    }
    face = {"base": "NMC811|Li6PS5Cl", "contact_resistance": f"{CONTACT} ohm*m^2", **(carbon or {})}
    table["interfaces"] = {
        "active|separator": {
            "base": "NMC811|Li6PS5Cl",
            "strength": "500 MPa",
            "fracture_energy": "100 J/m^2",
        },
        "active|carbon": face,
        "lithium|separator": "lithium|Li6PS5Cl",
    }
    return parse_case(table)


def test_electronic_resistance_by_hand(tmp_path):
    """Breaks when a case's carbon, the active material's own conductivity or the contact between
    them miss the voltage."""
    steps = ["Charge at 0.2 mA/cm2 for 10 minutes"]
    result = run(column_case(tmp_path, cycle__protocol=steps), tmp_path / "out")
    table = pd.read_csv(tmp_path / "out" / "timeseries.csv")
    by_hand = 3e-6 / ACTIVE + 1e-6 / CARBON + CONTACT
    assert table["electronic_resistance_ohm_cm2"].iloc[-1] == pytest.approx(
        by_hand / OHM_CM2, rel=1e-3
    )
    assert (
        result["summary"]["power_balance_error"] < 1e-8
        and result["summary"]["charge_balance_error"] < 1e-8
    )
    wired = run(column_case(tmp_path, "wired", cycle__protocol=steps), tmp_path / "wired")
    assert wired["summary"]["electronic_resistance_ohm_cm2"] == 0.0
    other = pd.read_csv(tmp_path / "wired" / "timeseries.csv")["voltage_V"].iloc[-1]
    assert table["voltage_V"].iloc[-1] - other == pytest.approx(2.0 * by_hand, rel=0.01)


def test_active_material_that_leaves_its_carbon_is_cut_off(tmp_path):
    """Breaks when debonding from carbon does not reach the current: then the cell would go on as if
    bonded."""
    steps = [
        "Charge at 0.2 mA/cm2 for 10 minutes",
        "Discharge at 0.2 mA/cm2 for 5 minutes",
        "Rest for 1 minute",
    ]
    changes = {"cycle__protocol": steps, "stack__pressure": "0.1 MPa"}
    loose = column_case(tmp_path, carbon={"initial_damage": 1.0}, **changes)
    run(loose, tmp_path / "out")
    table = pd.read_csv(tmp_path / "out" / "timeseries.csv")
    fraction = 1e5 / 600e6
    flows = table["electronic_resistance_ohm_cm2"].dropna()
    by_hand = 3e-6 / ACTIVE + 1e-6 / CARBON + CONTACT / fraction
    assert flows.iloc[0] == pytest.approx(by_hand / OHM_CM2, rel=0.02)


def test_a_cell_without_a_way_for_electrons_rests(tmp_path):
    """Breaks when a case whose particles reach no collector ends in a failure instead of a cell
    that cannot be charged."""
    steps = ["Charge at 0.2 mA/cm2 until 4.3 V", "Rest for 1 minute"]
    case = column_case(tmp_path, cycle__protocol=steps)
    table = case.canonical()
    assert table["electrons"] == "resolved"
    blocked = parse_case(small_case(
        electrons="resolved", output__fields="none", cycle__protocol=steps,
        materials__active={"base": "NMC811"}, solver__steps_per_half_cycle=2,
    ))  # fmt: skip
    result = run(blocked, tmp_path / "out")
    assert (
        result["summary"]["charge_capacity_mAh_cm2"] == 0.0
        and result["summary"]["capacity_share"] == 0.0
    )


def test_the_key_is_checked(tmp_path):
    """Breaks when a wrong word passes."""
    with pytest.raises(CaseError, match='electrons: given "none"; write "wired" or "resolved"'):
        column_case(tmp_path, "none")
