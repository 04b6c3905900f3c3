"""What result.json says of a cell that is cycled: summary, band and gates."""

import math
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

from chemomech.analysis import penetration, scatter
from chemomech.analysis.limits import limiting_times, limits_band, lithium_limits
from chemomech.analysis.shorts import representative
from chemomech.case.schema import Case
from chemomech.runs.columns import worst
from chemomech.runs.observers.face import SiteRecord
from chemomech.setup.cell import Cell
from chemomech.setup.conditions import conditions_of
from chemomech.setup.flaws import calibrated_factors
from chemomech.setup.plan import Plan
from chemomech.simulation.energy import EnergyAccount
from chemomech.units.field import HOUR, MA_CM2, MPA

VOIDS = (
    "void_volume_um",
    "void_depth_um",
    "void_share",
    "lithium_creep_strain_largest",
    "lithium_creep_strain_mean",
)


BALANCES = ("lithium_balance_error", "charge_balance_error", "power_balance_error")


def summarise(
    case: Case, plan: Plan, table: pd.DataFrame, cycles: pd.DataFrame, record: SiteRecord
) -> dict[str, float]:
    """Return one row of the study's table: worst values over the run.

    Where nothing flows no resistance is known (nan), and the balances of what passes are zero.

    Parameters
    ----------
    case : Case
        The case.
    plan : Plan
        Its protocol and capacity.
    table, cycles : DataFrame
        Time series, and what `cycles_table` makes of it.
    record : SiteRecord
        What drove flaws at the lithium.
    """
    sites, inputs = record.sites(), record.inputs
    drive = penetration.penetration_summary(sites, inputs, record.worst)
    contact, flows = "contact_fraction_{}", table[table["current_density_mA_cm2"] != 0.0]
    discharged = flows[flows["current_density_mA_cm2"] > 0.0]
    last = cycles.iloc[-1]
    return {
        "stack_pressure_MPa": conditions_of(case).stack_pressure / MPA,
        "measured_stack_pressure_MPa": float(table["measured_stack_pressure_MPa"].iloc[-1]),
        **{
            contact.format(side): float(table[contact.format(side)].min())
            for side in ("cathode", "anode")
        },
        **{name: float(flows[name].max()) for name in worst("largest")},
        **({} if len(flows) else dict.fromkeys(BALANCES, 0.0)),
        "max_G_over_Gc": drive["max_G_over_Gc"],
        "max_K_over_KIc": drive["max_K_over_KIc"],
        "critical_current_density_mA_cm2": drive["critical_current_density"] / MA_CM2,
        "penetration_risk": drive["penetration_risk"],
        "energy_balance_error": float(table["energy_balance_error"].iloc[-1]),
        "charge_capacity_mAh_cm2": float(last["charge_capacity_mAh_cm2"]),
        "discharge_capacity_mAh_cm2": float(last["discharge_capacity_mAh_cm2"]),
        "capacity_share": float(last["discharge_capacity_mAh_cm2"])
        / (plan.capacity / HOUR / MA_CM2),
        "state_of_health": float(last["state_of_health"]),
        "contact_fraction_cathode_discharged": float(table[contact.format("cathode")].iloc[-1]),
        "interfacial_resistance_cathode_discharged_ohm_cm2": (
            float(discharged["interfacial_resistance_cathode_ohm_cm2"].iloc[-1])
            if len(discharged)
            else math.nan
        ),
        **{
            name: float(table[name].iloc[-1])
            for name in table
            if name.startswith(("crack_length_", "crack_area_"))
        },
        "max_K_static_over_KIc": drive["max_K_static_over_KIc"],
        "plating_pressure_MPa": drive["plating_pressure"] / MPA,
        **lithium_limits(sites, inputs, drive["max_K_static_over_KIc"]),
        "stack_pressure_minimum_MPa": float(table["measured_stack_pressure_MPa"].min()),
        "stack_pressure_maximum_MPa": float(table["measured_stack_pressure_MPa"].max()),
        "thickness_change_um": float(np.ptp(table["thickness_change_um"])),
        **{f"{name}_maximum": float(table[name].max()) for name in VOIDS},
    }


def uncertainty_band(
    record: SiteRecord, uncertain: scatter.UncertaintyInputs
) -> dict[str, list[float]]:
    """Return 10, 50 and 90 % quantiles of the penetration chain over the uncertain inputs.

    Parameters
    ----------
    record : SiteRecord
        What drove flaws at the lithium.
    uncertain : UncertaintyInputs
        What scatters, and how.
    """
    sites, inputs = record.sites(), record.inputs
    few = representative(_thinned(sites, inputs), inputs)
    band = scatter.penetration_band(few, inputs, uncertain)
    band["critical_current_density_mA_cm2"] = [
        value / MA_CM2 for value in band.pop("critical_current_density")
    ]
    return band | limits_band(few, inputs, uncertain)


def uncertainties(case: Case, cell: Cell) -> scatter.UncertaintyInputs:
    """Return what scatters in a case, and how.

    Parameters
    ----------
    case : Case
        With its uncertainty.
    cell : Cell
        Its cell.
    """
    anode, _ = cell.electrodes()
    u = case.uncertainty
    return scatter.UncertaintyInputs(
        samples=u.samples,
        fracture_toughness=u.fracture_toughness,
        anode_resistance=u.anode_resistance,
        lithium_hardness=u.lithium_hardness,
        flaw_depth=u.flaw_depth,
        seed=u.seed,
        contact_law=anode.contact_law,
        conforming_pressure=anode.contact.conforming_pressure,
        creep_rate=u.creep_rate,
        diffusional_flow=u.diffusional_flow,
        pore_width=u.pore_width,
        joint=calibrated_factors(case, cell),
    )


def _thinned(sites: penetration.Sites, inputs: penetration.FlawInputs, most: int = 9) -> Any:
    """At most `most` of the recorded times, spread evenly, and those that set the summary."""
    count = len(sites.contact_pressure)
    spread = np.linspace(0, count - 1, min(most, count)).astype(int)
    return sites.at(
        np.union1d(
            spread, [*penetration.worst_times(sites, inputs), *limiting_times(sites, inputs)]
        )
    )


def artificial_share(energy: EnergyAccount) -> float:
    """Return what damage viscosity and time steps dissipated, over what the materials did.

    A body that lets go at once frees more than the new faces take; that share stays as the
    viscosity vanishes.
    """
    physical = energy.dissipated - energy.viscous
    return (energy.viscous + abs(energy.residual)) / physical if physical > 0 else 0.0


def work_of(energy: EnergyAccount, unit: str) -> dict[str, Any]:
    """Return the energies of a run by name, and how much of what was dissipated is not physical.

    Parameters
    ----------
    energy : EnergyAccount
        Since the start.
    unit : str
        Of energies.
    """
    return {
        f"energies_{unit}": asdict(energy),
        "viscous_over_fracture": energy.viscous / energy.fracture if energy.fracture > 0 else 0.0,
        "artificial_over_physical": artificial_share(energy),
    }


def failed_gates(case: Case, summary: dict[str, float]) -> list[str]:
    """Return one text per gate that the summary does not pass; not a number never passes."""
    gates = (
        ("energy_balance", "energy_balance_error", case.gates.energy_balance),
        ("charge_balance", "charge_balance_error", case.gates.charge_balance),
        ("lithium_balance", "lithium_balance_error", case.gates.lithium_balance),
        (
            "lithium_creep_strain",
            "lithium_creep_strain_largest_maximum",
            case.gates.lithium_creep_strain,
        ),
        ("linear_strain", "linear_strain_largest", case.gates.linear_strain),
    )
    return [
        f"{name} {summary[column]:.2e} above {limit:g}"
        for name, column, limit in gates
        if column in summary and not summary[column] <= limit
    ]
