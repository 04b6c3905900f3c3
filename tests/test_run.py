"""A whole run: balances, files, fixtures, and what the physics must do whatever the numbers."""

import json

import meshio
import numpy as np
import pandas as pd
import pytest
from small import small_case

from chemomech.case import parse_case
from chemomech.simulation.run import run_case


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """One run of the small cell: (result, folder)."""
    folder = tmp_path_factory.mktemp("run")
    return run_case(parse_case(small_case(output__fields="all")), folder), folder


def test_balances(run):
    """External + chemical work = stored + dissipated, and the electrodes pass the same current."""
    result, _ = run
    energies = result["energies_J_per_m"]
    taken = sum(energies[name] for name in ("elastic", "interface", "plastic", "fracture", "viscous"))
    given = energies["external"] + energies["chemical"]
    assert given == pytest.approx(taken, rel=0.03)
    assert result["summary"]["energy_balance_error"] < 0.03
    assert result["summary"]["charge_balance_error"] < 1e-8
    assert min(energies["plastic"], energies["fracture"], energies["viscous"]) >= 0
    assert not result["gates_failed"]


def test_files(run):
    """Every promised file is there and opens with common tools."""
    result, folder = run
    assert json.loads((folder / "result.json").read_text())["summary"] == result["summary"]
    table = pd.read_csv(folder / "timeseries.csv")
    assert table["half_cycles"].iloc[0] == 0
    assert table["half_cycles"].iloc[-1] == pytest.approx(2.0)
    assert {p.name for p in folder.iterdir()} == {"result.json", "timeseries.csv", "sites.npz", "mesh.msh", "fields"}
    cell = meshio.read(folder / "fields" / "cell_charged.vtu")
    assert {"displacement_m", "overpotential_V"} <= set(cell.point_data)
    assert {"region", "particle", "stress_xx_Pa", "von_mises_Pa"} <= set(cell.cell_data)
    faces = meshio.read(folder / "fields" / "interfaces_charged.vtu")
    assert {"opening_m", "damage", "conducting_fraction", "traction_normal_Pa"} <= set(faces.cell_data)
    assert len(list((folder / "fields").glob("cell_*.vtu"))) == len(table)


def test_recorded_ranges(run):
    """Fractions stay fractions, damage never heals, the closed cycle returns to its stoichiometry."""
    _, folder = run
    table = pd.read_csv(folder / "timeseries.csv")
    for column in ("contact_fraction_cathode", "contact_fraction_anode", "mean_damage_cathode"):
        assert table[column].between(0, 1).all()
    assert np.all(np.diff(table["mean_damage_cathode"]) >= -1e-9)
    assert table["stoichiometry"].iloc[0] == pytest.approx(table["stoichiometry"].iloc[-1])
    assert (table[["current_focusing_cathode", "current_focusing_anode"]] >= 1 - 1e-9).all().all()
    assert table["stack_pressure_MPa"].to_numpy() == pytest.approx(10.0)


def test_anode_contact_by_hand(run):
    """Lithium under a held pressure: real contact p/H and area resistance R H/p, by the library's numbers."""
    result, _ = run
    assert result["summary"]["contact_fraction_anode"] == pytest.approx(10 / 43, rel=2e-2)
    assert result["summary"]["interfacial_resistance_anode_ohm_cm2"] == pytest.approx(7.5 * 43 / 10, rel=2e-2)


def test_plated_lithium_by_hand(run):
    """4.85 um of lithium per mAh/cm2 lift the platen on charge."""
    result, folder = run
    cycle = result["cycle"]
    assert cycle["plated_lithium_um"] == pytest.approx(4.85 * cycle["capacity_mAh_cm2"], rel=2e-3)
    table = pd.read_csv(folder / "timeseries.csv")
    assert table["thickness_change_um"].max() == pytest.approx(cycle["plated_lithium_um"], rel=0.05)


def test_without_swelling_nothing_breaks(tmp_path):
    """Zero swelling: no damage, full cathode contact, at any stack pressure the same cathode resistance."""
    found = []
    for pressure in ("1 MPa", "20 MPa"):
        table = small_case(stack__pressure=pressure, output__fields="none")
        still = {"stoichiometry": [0.2613, 0.9], "value": [0.0, 0.0]}
        table["materials"]["active"] = {"base": "NMC811", "volume_change": still}
        summary = run_case(parse_case(table), tmp_path / pressure)["summary"]
        assert summary["contact_fraction_cathode"] > 0.999
        found.append(summary["interfacial_resistance_cathode_ohm_cm2"])
    assert found[0] == pytest.approx(found[1], rel=1e-3)


def test_contact_laws_by_hand(tmp_path):
    """A user picks the law of rough contact by name: the lithium's contact fraction follows it."""
    from math import erf, sqrt

    modulus = 1 / ((1 - 0.38**2) / 7.82e9 + (1 - 0.37**2) / 22.1e9)
    slope = 0.01
    for law, expected in (("mikic", (10 / 43) ** 0.95), ("persson", erf(sqrt(2) * 10e6 / (modulus * slope)))):
        table = small_case(output__fields="none", solver__steps_per_half_cycle=2, gates__energy_balance=1.0)
        table["interfaces"]["lithium|separator"] = {
            "base": "lithium|Li6PS5Cl", "contact_law": law, "rms_slope": slope
        }
        summary = run_case(parse_case(table), tmp_path / law)["summary"]
        assert summary["contact_fraction_anode"] == pytest.approx(expected, rel=2e-2)


@pytest.mark.parametrize("fixture", ["spring", "fixed_gap"])
def test_other_fixtures_gain_pressure_by_plating(tmp_path, fixture):
    """Plated lithium compresses a held stack: the pressure is an output and rises far above the preload."""
    changes = {"stack__fixture": fixture, "output__fields": "none"}
    if fixture == "spring":
        changes["stack__stiffness"] = "5 MPa/um"
    result = run_case(parse_case(small_case(**changes)), tmp_path)
    summary = result["summary"]
    assert summary["energy_balance_error"] < 0.03
    if fixture == "spring":
        table = pd.read_csv(tmp_path / "timeseries.csv")
        rise = table["stack_pressure_MPa"] - table["stack_pressure_MPa"].iloc[0]
        assert rise.to_numpy() == pytest.approx(5.0 * table["thickness_change_um"].to_numpy(), abs=1e-4)
        assert 10 < summary["stack_pressure_maximum_MPa"] < 10 + 5 * 1.02 * result["cycle"]["plated_lithium_um"]
    else:
        assert summary["stack_pressure_maximum_MPa"] > 100
        assert summary["thickness_change_um"] == 0
