"""Cycle by cycle from the time series: capacities, health, efficiencies, resistance, contact."""

import numpy as np
import pandas as pd

from chemomech.setup.electrodes import Limits

INTERFACES = tuple(f"interfacial_resistance_{side}_ohm_cm2" for side in ("cathode", "anode"))


def cycles_table(table: pd.DataFrame) -> pd.DataFrame:
    """Return one row per cycle of a run's time series.

    state_of_health: discharge capacity over that of the first full cycle. Capacities count the
    charge that passed in each direction. efficiency_coulombic: discharge over charge capacity of
    the same cycle, above one where the cell was not full at first. resistance: median loss over
    current while it flows.
    """
    steps = pd.DataFrame({
        "cycle": table["cycle"], "charge": table["charge_mAh_cm2"].diff().fillna(0.0),
        "volt": 0.5 * (table["voltage_V"] + table["voltage_V"].shift()).fillna(table["voltage_V"]),
    })  # fmt: skip
    rows = []
    for cycle, part in table.groupby("cycle"):
        if cycle == 0 and len(part) == 1 < len(table):
            continue  # the state before the first step
        passed = steps[steps["cycle"] == cycle]
        inward, outward = -passed["charge"].clip(upper=0.0), passed["charge"].clip(lower=0.0)
        flows = part[part["current_density_mA_cm2"] != 0.0]
        resistance = flows["voltage_loss_mV"] / flows["current_density_mA_cm2"].abs()
        energy = (passed["volt"] * outward).sum(), (passed["volt"] * inward).sum()
        rows.append({
            "cycle": int(cycle), "time_h": part["time_h"].iloc[-1],
            "charge_capacity_mAh_cm2": inward.sum(), "discharge_capacity_mAh_cm2": outward.sum(),
            "efficiency_coulombic": _share(outward.sum(), inward.sum()),
            "efficiency_energy": _share(*energy),
            "resistance_ohm_cm2": resistance.median(),
            **{name: flows[name].median() for name in INTERFACES},
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


def _share(part: float, whole: float) -> float:
    """Return part over whole, nan of nothing."""
    return part / whole if whole > 0 else np.nan


def utilisation(particles: pd.DataFrame, cycle: int, limits: Limits) -> dict[int, float]:
    """Return particle -> share of the stoichiometries that it went through in a cycle.

    It is of what lies between the protocol's limits, by the states at its steps' ends.

    Parameters
    ----------
    particles : DataFrame
        Rows of particles.csv.
    cycle : int
        Number of the cycle.
    limits : Limits
        Stoichiometries of the protocol.
    """
    last = particles[particles["cycle"] == cycle]
    before = particles[particles["time_h"] < last["time_h"].min()]
    last = pd.concat([before[before["time_h"] == before["time_h"].max()], last])
    spread = last.groupby("particle")["stoichiometry"].agg(np.ptp)
    return {
        int(number): float(value) / (limits.discharged - limits.charged)
        for number, value in spread.items()
    }
