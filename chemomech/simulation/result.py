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
from chemomech import observables
from chemomech.fem import compat
from chemomech.materials.fingerprint import inputs_hash
from chemomech.simulation.fields import FieldWriter
from chemomech.simulation.units import HOUR, MA_CM2, MICROMETRE, MPA


def flaw_inputs(case, cell):
    """FlawInputs of a case: the electrolyte at the lithium supplies toughness and elasticity."""
    electrolyte, lithium = cell.materials[cell.anode.electrolyte], cell.materials[cell.anode.region]
    flaw = case.flaw
    return observables.FlawInputs(
        flaw.depth, flaw.depth_scale, flaw.depth_shape, flaw.density, flaw.area,
        electrolyte.fracture_toughness, electrolyte.young_modulus, electrolyte.poisson_ratio,
        lithium.molar_volume, case.cycle.current_density,
    )


def summarise(case, table, sites, inputs):
    """One row of the study's table from a run's time series and flaw sites; worst values over the cycle."""
    drive = observables.penetration_summary(sites, inputs)
    contact, resistance = "contact_fraction_{}", "interfacial_resistance_{}_ohm_cm2"
    return {
        "stack_pressure_MPa": case.stack.pressure / MPA,
        **{contact.format(side): float(table[contact.format(side)].min()) for side in ("cathode", "anode")},
        **{resistance.format(side): float(table[resistance.format(side)].max()) for side in ("cathode", "anode")},
        "max_G_over_Gc": drive["max_G_over_Gc"],
        "max_K_over_KIc": drive["max_K_over_KIc"],
        "critical_current_density_mA_cm2": drive["critical_current_density"] / MA_CM2,
        "penetration_risk": drive["penetration_risk"],
        "energy_balance_error": float(table["energy_balance_error"].iloc[-1]),
        "charge_balance_error": float(table["charge_balance_error"].max()),
        "contact_fraction_cathode_discharged": float(table[contact.format("cathode")].iloc[-1]),
        "interfacial_resistance_cathode_discharged_ohm_cm2": float(table[resistance.format("cathode")].iloc[-1]),
        "ionic_resistance_ohm_cm2": float(table["ionic_resistance_ohm_cm2"].max()),
        "current_focusing_cathode": float(table["current_focusing_cathode"].max()),
        "current_focusing_anode": float(table["current_focusing_anode"].max()),
        "max_K_static_over_KIc": drive["max_K_static_over_KIc"],
        "plating_pressure_MPa": drive["plating_pressure"] / MPA,
        "stack_pressure_minimum_MPa": float(table["stack_pressure_MPa"].min()),
        "stack_pressure_maximum_MPa": float(table["stack_pressure_MPa"].max()),
        "thickness_change_um": float(np.ptp(table["thickness_change_um"])),
    }


def uncertainty_band(case, cell, sites, inputs):
    """10, 50 and 90 % quantiles of the penetration chain over the case's uncertain inputs."""
    u = case.uncertainty
    uncertain = observables.UncertaintyInputs(
        u.samples, u.fracture_toughness, u.anode_resistance, u.lithium_hardness, u.flaw_depth, u.seed,
        cell.anode.contact_law, cell.anode.contact.conforming_pressure,
    )
    band = observables.penetration_band(_thinned(sites), inputs, uncertain)
    band["critical_current_density_mA_cm2"] = [value / MA_CM2 for value in band.pop("critical_current_density")]
    return band


def _thinned(sites, most=9):
    """At most `most` of the recorded times, spread evenly, for the sampled uncertainty."""
    count = len(sites.contact_pressure)
    return sites.at(np.unique(np.linspace(0, count - 1, min(most, count)).astype(int)))


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
    )
    return [f"{name} {summary[column]:.2e} above {limit:g}" for name, column, limit in gates
            if not summary[column] <= limit]


def contact_by_particle(cell, recorder):
    """Conducting fraction of every particle when charged: particle number -> fraction."""
    facets, last = cell.domain.interfaces[cell.cathode.interface], 2.0 * recorder.case.cycle.count
    side = 0 if cell.domain.region[facets.cells[0, 0]] == cell.domain.regions[cell.cathode.region] else 1
    charged = next(response for time, _, response in recorder.states if abs(time - last + 1.0) < 1e-9)
    rows = cell.cathode.rows
    return observables.contact_by_part(
        charged.conducting[rows], recorder.chemistry.weights[rows], cell.domain.part[facets.cells[:, side]]
    )


def save_run(case, cell, cycle, recorder, last, folder, seconds):
    """Write every file of a run, result.json last, and return the result; seconds() is the wall time so far."""
    table, sites, inputs = pd.DataFrame(recorder.rows), recorder.all_sites(), flaw_inputs(case, cell)
    table.to_csv(folder / "timeseries.csv", index=False, float_format="%.9g")
    np.savez_compressed(folder / "sites.npz", **{name: getattr(sites, name) for name in sites.__dataclass_fields__})
    if case.output.fields != "none":
        writer = FieldWriter(cell, folder)
        for index, (time, state, response) in enumerate(recorder.states):
            end = 2.0 * case.cycle.count
            label = {end - 1.0: "charged", end: "discharged"}.get(round(time, 9), f"{index:04d}")
            writer.write(label, time * cycle.half_cycle, state, response)
    summary = summarise(case, table, sites, inputs)
    energy = last.energy
    result = {
        "name": case.name,
        "inputs_hash": inputs_hash(case),
        "chemomech": chemomech.__version__,
        "dolfinx": ".".join(map(str, compat.dolfinx_version())),
        "python": platform.python_version(),
        "summary": summary | {"wall_time_s": round(seconds(), 3)},
        "band_10_50_90": uncertainty_band(case, cell, sites, inputs),
        "contact_fraction_by_particle_charged": contact_by_particle(cell, recorder),
        "gates_failed": failed_gates(case, summary),
        "cycle": {
            "stoichiometry_discharged": cycle.start,
            "stoichiometry_charged": cycle.end,
            "plated_lithium_um": cycle.plated / MICROMETRE,
            "capacity_mAh_cm2": cycle.capacity / HOUR / MA_CM2,
            "half_cycle_h": cycle.half_cycle / HOUR,
        },
        "energies_J_per_m": asdict(energy),
        "viscous_over_fracture": energy.viscous / energy.fracture if energy.fracture > 0 else 0.0,
        "artificial_over_physical": artificial_share(energy),
        "solver": {
            "steps": last.steps, "cycles_skipped": last.skipped, "newton_iterations": last.iterations, "cuts": last.cuts,
            "unknowns": cell.mechanics.constraint.size, "cells": len(cell.domain.region),
            "interface_stiffness_K_h_over_E": cell.relative_stiffness(),
        },
        "materials": {region: material.name for region, material in cell.materials.items()},
        "case": case.canonical(),
    }
    result = _finite(result)
    beside = folder / ".result.json.part"
    beside.write_text(json.dumps(result, indent=1, allow_nan=False))
    os.replace(beside, folder / "result.json")
    return result


def _finite(value):
    """JSON knows no infinity: numbers that are not finite become null."""
    if isinstance(value, dict):
        return {str(name): _finite(entry) for name, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(entry) for entry in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
