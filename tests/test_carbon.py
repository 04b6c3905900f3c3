"""Cases whose electrons are resolved: a layer of carbon between the active material and the
collector, bonded or not.

Lithium | separator | active | carbon | collector, a column with closed forms.
"""

import pandas as pd
import pytest

from chemomech.case import CaseError, parse_case
from chemomech.runs.run import run
from column import ACTIVE, CARBON, CONTACT, column_case
from compare import approx
from small import small_case

OHM_CM2 = 1e-4


def test_electronic_resistance_by_hand(tmp_path):
    """Breaks when a case's carbon, the active material's own conductivity or the contact between
    them miss the voltage."""
    steps = ["Charge at 0.2 mA/cm2 for 10 minutes"]
    result = run(column_case(tmp_path, cycle__protocol=steps), tmp_path / "out")
    table = pd.read_csv(tmp_path / "out" / "timeseries.csv")
    by_hand = 3e-6 / ACTIVE + 1e-6 / CARBON + CONTACT
    assert table["electronic_resistance_ohm_cm2"].iloc[-1] == approx(by_hand / OHM_CM2, rel=1e-3)
    assert (
        result["summary"]["power_balance_error"] < 1e-8
        and result["summary"]["charge_balance_error"] < 1e-8
    )
    wired = run(column_case(tmp_path, "wired", cycle__protocol=steps), tmp_path / "wired")
    assert wired["summary"]["electronic_resistance_ohm_cm2"] == 0.0
    other = pd.read_csv(tmp_path / "wired" / "timeseries.csv")["voltage_V"].iloc[-1]
    assert table["voltage_V"].iloc[-1] - other == approx(2.0 * by_hand, rel=0.01)


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
    assert flows.iloc[0] == approx(by_hand / OHM_CM2, rel=0.02)


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
