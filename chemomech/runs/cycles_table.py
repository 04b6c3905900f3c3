"""Cycle by cycle from the time series: capacities, state of health, efficiencies, resistance,
contact.
"""

import numpy as np
import pandas as pd


def cycles_table(table):
    """One row per cycle of a run's time series; state_of_health: discharge capacity over that of
    the first full cycle.

    Capacities count the charge that passed in each direction. efficiency_coulombic: discharge over
    charge capacity of the same cycle, above one where the cell was not full at first. resistance:
    median loss over current while it flows.
    """
    steps = pd.DataFrame({
        "cycle": table["cycle"], "charge": table["charge_mAh_cm2"].diff().fillna(0.0),
        "volt": 0.5 * (table["voltage_V"] + table["voltage_V"].shift()).fillna(table["voltage_V"]),
    })  # fmt: skip
    rows = []
    for cycle, part in table.groupby("cycle"):
        if cycle == 0 and len(part) == 1:
            continue  # the state before the first step
        passed = steps[steps["cycle"] == cycle]
        inward, outward = -passed["charge"].clip(upper=0.0), passed["charge"].clip(lower=0.0)
        flows = part[part["current_density_mA_cm2"] != 0.0]
        resistance = flows["voltage_loss_mV"] / flows["current_density_mA_cm2"].abs()
        rows.append({
            "cycle": int(cycle), "time_h": part["time_h"].iloc[-1],
            "charge_capacity_mAh_cm2": inward.sum(), "discharge_capacity_mAh_cm2": outward.sum(),
            "efficiency_coulombic": _share(outward.sum(), inward.sum()),
            "efficiency_energy": _share((outward * passed["volt"]).sum(), (inward * passed["volt"]).sum()),
            "resistance_ohm_cm2": resistance.median(),
            "interfacial_resistance_cathode_ohm_cm2": flows["interfacial_resistance_cathode_ohm_cm2"].median(),
            "interfacial_resistance_anode_ohm_cm2": flows["interfacial_resistance_anode_ohm_cm2"].median(),
            "contact_fraction_cathode": part["contact_fraction_cathode"].min(),
            "contact_fraction_anode": part["contact_fraction_anode"].min(),
            "mean_damage_cathode": part["mean_damage_cathode"].iloc[-1],
            "thickness_change_um": part["thickness_change_um"].iloc[-1],
        })  # fmt: skip
    found = pd.DataFrame(rows)
    full = found["discharge_capacity_mAh_cm2"]
    first = full[full > 0].iloc[0] if (full > 0).any() else np.nan
    found.insert(4, "state_of_health", full / first)
    return found


def _share(part, whole):
    return part / whole if whole > 0 else np.nan


def utilisation(particles, cycle, limits):
    """Particle -> share of the filling between the protocol's limits that it went through in a
    cycle, at its steps' ends.
    """
    last = particles[particles["cycle"] == cycle]
    before = particles[particles["time_h"] < last["time_h"].min()]
    last = pd.concat([before[before["time_h"] == before["time_h"].max()], last])
    spread = last.groupby("particle")["stoichiometry"].agg(np.ptp)
    return {
        int(number): float(value) / (limits.discharged - limits.charged)
        for number, value in spread.items()
    }
