"""Numbers of every cycle and the share that every particle takes, from made-up tables."""

import numpy as np
import pandas as pd

from chemomech.runs.cycles_table import cycles_table, utilisation
from chemomech.setup.electrodes import Limits
from compare import approx

NAN = np.nan


def series(rows):
    """Time series from (cycle, current, charge, volt, loss, contact) in an hour's steps."""
    names = (
        "cycle current_density_mA_cm2 charge_mAh_cm2 voltage_V voltage_loss_mV "
        "contact_fraction_cathode"
    )
    table = pd.DataFrame(rows, columns=names.split())
    number = np.arange(len(table), dtype=float)
    return table.assign(
        time_h=number,
        contact_fraction_anode=0.5 - 0.01 * number,
        mean_damage_cathode=0.01 * number,
        thickness_change_um=0.1 * number,
        interfacial_resistance_cathode_ohm_cm2=10.0 * number,
        interfacial_resistance_anode_ohm_cm2=20.0 * number,
    )


TWO = series([
    (0, 0.0, 0.0, 3.6, NAN, 1.0),
    (1, -0.2, -0.2, 3.8, 20.0, 1.0),
    (1, -0.2, -0.4, 4.2, 24.0, 0.7),
    (1, 0.0, -0.4, 4.1, NAN, 0.65),
    (1, 0.2, -0.2, 3.7, 22.0, 0.8),
    (1, 0.2, 0.1, 3.5, 30.0, 0.9),
    (2, -0.2, -0.1, 3.9, 28.0, 0.9),
    (2, -0.2, -0.3, 4.2, 32.0, 0.6),
    (2, 0.2, 0.0, 3.5, 40.0, 0.8),
])  # fmt: skip


def test_two_cycles_by_hand():
    """Breaks when a charge is counted to the wrong cycle or direction, or a number is that of
    another time."""
    one, two = cycles_table(TWO).to_dict("records")
    assert (one["cycle"], two["cycle"]) == (1, 2)
    assert (one["time_h"], two["time_h"]) == (5.0, 8.0)
    for name, capacities in (("charge", (0.4, 0.4)), ("discharge", (0.5, 0.3))):
        assert [each[f"{name}_capacity_mAh_cm2"] for each in (one, two)] == approx(capacities)
    assert one["efficiency_coulombic"] == approx(1.25) and two["efficiency_coulombic"] == approx(
        0.75
    )
    assert one["state_of_health"] == 1.0 and two["state_of_health"] == approx(0.6)
    # Trapezoids of charge and voltage: in 0.2 * 3.7 + 0.2 * 4.0, out 0.2 * 3.9 + 0.3 * 3.6.
    assert one["efficiency_energy"] == approx((0.78 + 1.08) / (0.74 + 0.8))
    # 100, 120, 110, 150 ohm cm2 while current flows.
    assert one["resistance_ohm_cm2"] == approx(115.0) and two["resistance_ohm_cm2"] == approx(160.0)
    assert one["interfacial_resistance_cathode_ohm_cm2"] == approx(30.0)
    assert two["interfacial_resistance_anode_ohm_cm2"] == approx(140.0)
    assert one["contact_fraction_cathode"] == 0.65 and two["contact_fraction_cathode"] == 0.6
    assert one["contact_fraction_anode"] == approx(0.45)
    assert (one["mean_damage_cathode"], two["mean_damage_cathode"]) == approx((0.05, 0.08))
    assert (one["thickness_change_um"], two["thickness_change_um"]) == approx((0.5, 0.8))


def test_what_comes_before_the_first_cycle_has_a_row_only_when_it_is_a_step():
    """Breaks when the state before the first step looks like a cycle, or a formation outside the
    cycles is dropped."""
    assert cycles_table(TWO)["cycle"].tolist() == [1, 2]
    formed = series(
        [
            (0, 0.0, 0.0, 3.6, NAN, 1.0),
            (0, -0.2, -0.2, 4.0, 20.0, 1.0),
            (1, 0.2, 0.0, 3.6, 20.0, 1.0),
        ]
    )
    found = cycles_table(formed)
    assert found["cycle"].tolist() == [0, 1]
    assert found["charge_capacity_mAh_cm2"].tolist() == approx([0.2, 0.0])
    assert np.isnan(found["state_of_health"][0]) or found["state_of_health"][0] == 0.0
    assert found["state_of_health"][1] == 1.0


def test_a_charge_alone_has_no_efficiency():
    """Breaks when a division by no charge becomes a number, or raises."""
    found = cycles_table(series([(1, 0.0, 0.0, 3.6, NAN, 1.0), (1, 0.2, 0.2, 3.4, 20.0, 1.0)]))
    assert np.isnan(found["efficiency_coulombic"][0]) and np.isnan(found["efficiency_energy"][0])
    rest = cycles_table(series([(1, 0.0, 0.0, 3.6, NAN, 1.0), (1, 0.0, 0.0, 3.6, NAN, 1.0)]))
    assert rest["discharge_capacity_mAh_cm2"][0] == 0.0 and np.isnan(rest["state_of_health"][0])
    assert np.isnan(rest["resistance_ohm_cm2"][0])


def test_utilisation_of_particles():
    """Breaks when a particle's share is that of another or of another cycle, or the cycle's start
    is left out."""
    rows = [
        (0.0, 0, 4, 0.9), (0.0, 0, 7, 0.9),
        (1.0, 1, 4, 0.3), (1.0, 1, 7, 0.7), (2.0, 1, 4, 0.8), (2.0, 1, 7, 0.85),
        (3.0, 2, 4, 0.4), (3.0, 2, 7, 0.75),
    ]  # fmt: skip
    particles = pd.DataFrame(rows, columns=["time_h", "cycle", "particle", "stoichiometry"])
    limits = Limits(0.9, 0.25, 1.0)
    assert utilisation(particles, 1, limits) == {4: approx(0.8), 7: approx(0.2 / 0.75)}
    assert utilisation(particles, 2, limits) == {4: approx(0.4 / 0.75), 7: approx(0.1 / 0.75)}
