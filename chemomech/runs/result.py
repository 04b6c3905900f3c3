"""Results of a case: one row of numbers, the uncertainty band, gates, and the files that hold them.

result.json is written last, beside its name and then renamed: its presence says that the run is whole.
"""

import json
import math
import os
import platform
from dataclasses import asdict

import numpy as np
import pandas as pd

import chemomech
from chemomech.analysis import penetration
from chemomech.analysis.cracks import lengths_by_interface
from chemomech.analysis.limits import (
    limiting_times,
    limits_band,
    lithium_limits,
    separator_thickness,
)
from chemomech.fem import compat
from chemomech.materials import names_read
from chemomech.materials.fingerprint import inputs_hash
from chemomech.runs.columns import worst
from chemomech.runs.cycles_table import cycles_table, utilisation
from chemomech.runs.masses import masses
from chemomech.setup.bulk_terms import creep_of
from chemomech.setup.conditions import conditions_of
from chemomech.setup.electrodes import range_warnings
from chemomech.units.field import HOUR, MA_CM2, MICROMETRE, MILLIVOLT, MPA, crack_unit, energy_unit


def flaw_inputs(case, cell):
    """FlawInputs of a case: the electrolyte at the lithium supplies toughness and elasticity."""
    electrolyte, lithium = cell.materials[cell.anode.electrolyte], cell.materials[cell.anode.region]
    flaw = case.flaw
    return penetration.FlawInputs(
        flaw.depth,
        flaw.depth_scale,
        flaw.depth_shape,
        flaw.density,
        flaw.area,
        electrolyte.fracture_toughness,
        electrolyte.young_modulus,
        electrolyte.poisson_ratio,
        lithium.molar_volume,
        flaw.width or 0.0,
        creep_of(case, lithium),
        conditions_of(case).temperature,
        separator_thickness(cell),
    )


VOIDS = (
    "void_volume_um", "void_depth_um", "void_share", "lithium_creep_strain_largest", "lithium_creep_strain_mean",
)  # fmt: skip


def summarise(case, plan, table, cycles, sites, inputs):
    """One row of the study's table from a run's time series, cycles and flaw sites; worst values over the run."""
    drive = penetration.penetration_summary(sites, inputs)
    contact, flows = "contact_fraction_{}", table[table["current_density_mA_cm2"] != 0.0]
    discharged = flows[flows["current_density_mA_cm2"] > 0.0]
    last = cycles.iloc[-1]
    return {
        "stack_pressure_MPa": conditions_of(case).stack_pressure / MPA,
        **{
            contact.format(side): float(table[contact.format(side)].min())
            for side in ("cathode", "anode")
        },
        **{name: float(flows[name].max()) for name in worst("largest")},
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
        **lithium_limits(case, sites, inputs, drive["max_K_static_over_KIc"]),
        "stack_pressure_minimum_MPa": float(table["stack_pressure_MPa"].min()),
        "stack_pressure_maximum_MPa": float(table["stack_pressure_MPa"].max()),
        "thickness_change_um": float(np.ptp(table["thickness_change_um"])),
        **{f"{name}_maximum": float(table[name].max()) for name in VOIDS},
    }


def uncertainty_band(case, cell, sites, inputs):
    """10, 50 and 90 % quantiles of the penetration chain over the case's uncertain inputs."""
    u = case.uncertainty
    uncertain = penetration.UncertaintyInputs(
        u.samples,
        u.fracture_toughness,
        u.anode_resistance,
        u.lithium_hardness,
        u.flaw_depth,
        u.seed,
        cell.anode.contact_law,
        cell.anode.contact.conforming_pressure,
        u.creep_rate,
    )
    few = _thinned(sites, inputs)
    band = penetration.penetration_band(few, inputs, uncertain)
    band["critical_current_density_mA_cm2"] = [
        value / MA_CM2 for value in band.pop("critical_current_density")
    ]
    return band | limits_band(case, few, inputs, uncertain)


def _thinned(sites, inputs, most=9):
    """At most `most` of the recorded times, spread evenly, and those that set the summary."""
    count = len(sites.contact_pressure)
    spread = np.linspace(0, count - 1, min(most, count)).astype(int)
    return sites.at(
        np.union1d(
            spread, [*penetration.worst_times(sites, inputs), *limiting_times(sites, inputs)]
        )
    )


def artificial_share(energy):
    """What damage viscosity and the time steps dissipated, over what the materials and interfaces did.

    A body that lets go at once frees more than the new faces take; that share stays as the viscosity vanishes.
    """
    physical = energy.dissipated - energy.viscous
    return (energy.viscous + abs(energy.residual)) / physical if physical > 0 else 0.0


def failed_gates(case, summary):
    """One text per gate that the summary does not pass; not a number never passes."""
    gates = (
        ("energy_balance", "energy_balance_error", case.gates.energy_balance),
        ("charge_balance", "charge_balance_error", case.gates.charge_balance),
        ("lithium_balance", "lithium_balance_error", case.gates.lithium_balance),
        (
            "lithium_creep_strain",
            "lithium_creep_strain_largest_maximum",
            case.gates.lithium_creep_strain,
        ),
    )
    return [
        f"{name} {summary[column]:.2e} above {limit:g}"
        for name, column, limit in gates
        if not summary[column] <= limit
    ]


LARGEST_STRAIN, MEAN_STRAIN = 0.2, 0.04


def warnings_of(summary):
    """What a reader should know of a result that passes its gates.

    Geometry is that of the mesh as built. A void that closes is right to 5 % of its volume up to a creep strain of 0.2 at
    the worst point (tests/test_lithium_face.py); a layer that thins by e is too soft by (1 - e)^(1 + 1/m), 5 % at 0.04.
    """
    found, largest, mean = (
        [],
        summary["lithium_creep_strain_largest_maximum"],
        summary["lithium_creep_strain_mean_maximum"],
    )
    if not largest <= LARGEST_STRAIN or not mean <= MEAN_STRAIN:
        found.append(
            f"lithium crept by {largest:.2g} at the worst point and {mean:.2g} in the mean; beyond {LARGEST_STRAIN:g} and "
            f"{MEAN_STRAIN:g} the geometry as built is more than 5 % off"
        )
    return found


def charged_contact(particles, cycle):
    """Particle -> conducting fraction at the end of a cycle's last charge; empty where it has none."""
    charged = particles[(particles["cycle"] == cycle) & (particles["current_density_mA_cm2"] < 0.0)]
    charged = charged[charged["time_h"] == charged["time_h"].max()]
    return {
        int(number): float(value)
        for number, value in zip(charged["particle"], charged["contact_fraction"], strict=True)
    }


def save_run(case, cell, plan, recorder, run_state, folder, seconds):
    """Write every file of a run, result.json last, and return the result; seconds() is the wall time so far."""
    table, particles = recorder.table(), pd.DataFrame(recorder.particles)
    sites, inputs, cycles = recorder.all_sites(), recorder.inputs, cycles_table(table)
    save_tables(folder, table, cycles, particles)
    np.savez_compressed(
        folder / "sites.npz", **{name: getattr(sites, name) for name in sites.__dataclass_fields__}
    )
    np.savez_compressed(folder / "voids.npz", **recorder.voids.arrays())
    summary = summarise(case, plan, table, cycles, sites, inputs)
    energy = run_state.energy
    families = {}
    if recorder.families is not None:
        recorder.families.save(folder)
        families = {"flaws": recorder.families.summary()}
    if recorder.meshed is not None:
        recorder.meshed.save(folder)
        families["meshed_flaws"] = recorder.meshed.summary(families.get("flaws"))
    result = {
        "name": case.name,
        "inputs_hash": inputs_hash(case, cell.laws.sources()),
        "chemomech": chemomech.__version__,
        "dolfinx": ".".join(map(str, compat.dolfinx_version())),
        "python": platform.python_version(),
        "dimension": cell.domain.dimension,
        "summary": summary | {"wall_time_s": round(seconds(), 3)},
        "band_10_50_90": uncertainty_band(case, cell, sites, inputs),
        "contact_fraction_by_particle_charged": charged_contact(particles, run_state.cycle),
        "utilisation_by_particle": utilisation(particles, run_state.cycle, plan.limits),
        "cracks": _cracks(cell, run_state.state.mechanical, recorder.inner),
        "gates_failed": failed_gates(case, summary),
        "warnings": [
            *warnings_of(summary),
            *range_warnings(cell.materials[cell.cathode.region], table["stoichiometry"]),
        ],
        **families,
        "cycle": {
            "stoichiometry_start": plan.limits.start,
            "stoichiometry_discharged": plan.limits.discharged,
            "stoichiometry_charged": plan.limits.charged,
            "plated_lithium_um": plan.plated / MICROMETRE,
            "capacity_mAh_cm2": plan.capacity / HOUR / MA_CM2,
            "half_cycle_h": plan.half_cycle / HOUR,
            "current_density_mA_cm2": plan.current_density / MA_CM2,
            "cycles": plan.protocol.cycles,
            "time_h": run_state.time / HOUR,
        },
        f"energies_{energy_unit(cell)}": asdict(energy),
        "viscous_over_fracture": energy.viscous / energy.fracture if energy.fracture > 0 else 0.0,
        "artificial_over_physical": artificial_share(energy),
        "solver": {
            "steps": run_state.steps,
            "cycles_skipped": run_state.skipped,
            "cuts": run_state.cuts,
            "rounds": run_state.counts.get("rounds", 0),
            "splitting_stoichiometry": run_state.splitting_stoichiometry,
            "splitting_mV": run_state.splitting_voltage / MILLIVOLT,
            "newton_iterations": run_state.counts.get("mechanical", 0),
            "newton_iterations_electrochemistry": run_state.counts.get("chemical", 0),
            "unknowns": cell.mechanics.constraint.size,
            "unknowns_electrochemistry": recorder.coupling.chemistry.constraint.size,
            "cells": len(cell.domain.region),
            "interface_stiffness_K_h_over_E": cell.relative_stiffness(),
        },
        "materials": {region: material.name for region, material in cell.materials.items()},
        "mass": masses(cell, plan.capacity),
        "read": {
            "bulk": names_read(cell.materials),
            "interfaces": names_read(cell.interface_materials),
        },
        **({"laws": cell.laws.sources()} if cell.laws.own else {}),
        "case": case.canonical(),
    }
    result = finite(result)
    beside = folder / ".result.json.part"
    beside.write_text(json.dumps(result, indent=1, allow_nan=False))
    os.replace(beside, folder / "result.json")
    return result


def _cracks(cell, state, names):
    """Lengths [um], in 3D areas [um2], at the end of a run of the interfaces that are no electrodes, by name."""
    found = lengths_by_interface(cell.mechanics, state) if names else {}
    unit, size = crack_unit(cell.domain.dimension)
    return {
        name: {f"{key}_{unit}": value / size for key, value in found[name]._asdict().items()}
        for name in names
    }


def save_tables(folder, table, cycles, particles):
    """Write timeseries.csv, cycles.csv and particles.csv."""
    for name, each in (("timeseries", table), ("cycles", cycles), ("particles", particles)):
        each.to_csv(folder / f"{name}.csv", index=False, float_format="%.9g")


def finite(value):
    """JSON knows no infinity: numbers that are not finite become null."""
    if isinstance(value, dict):
        return {str(name): finite(entry) for name, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [finite(entry) for entry in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
