"""One case from its file to its results: mesh, preload, charge, discharge, observables, balances.

Results of a case, in its folder: result.json (written last: its presence says that the run is
whole), timeseries.csv, sites.npz, mesh.msh, fields/*.vtu with .pvd collections.
"""

import json
import os
import platform
import shutil
import tempfile
import time as clock
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

import chemomech
from chemomech import observables
from chemomech.constants import FARADAY
from chemomech.electrodes import check_case, stoichiometries
from chemomech.fem import compat
from chemomech.geometry import build_microstructure, read_msh
from chemomech.materials.fingerprint import inputs_hash
from chemomech.models.cell import build_cell
from chemomech.models.mechanics import Fixture, Load
from chemomech.physics import swelling
from chemomech.simulation.fields import FieldWriter
from chemomech.simulation.response import Electrochemistry
from chemomech.simulation.step import NewtonOptions
from chemomech.simulation.stepping import Progress, SteppingOptions, follow

PRELOAD_STEPS = 5
OHM_CM2, MA_CM2, MPA, MICROMETRE, HOUR = 1e-4, 10.0, 1e6, 1e-6, 3600.0


@dataclass(frozen=True)
class Cycle:
    """Charge from stoichiometry `start` to `end` at constant current, and back.

    half_cycle [s]: time from one end to the other; capacity [C/m2]; plated [m]: lithium thickness
    that the capacity makes, spread evenly. Time is counted in half cycles: 0 to 1 is the charge
    (lithium plates), 1 to 2 the discharge.
    """

    start: float
    end: float
    half_cycle: float
    capacity: float
    plated: float

    def share(self, time):
        """How much of the charge stands at a time, 0 to 1."""
        return time if time <= 1.0 else 2.0 - time

    def stoichiometry(self, time):
        """Stoichiometry of the active material."""
        return self.start + (self.end - self.start) * self.share(time)

    def growth(self, time):
        """Plated lithium [m]."""
        return self.plated * self.share(time)


def plan_cycle(case, cell):
    """Cycle of a case from its voltages and the amount of active material in the mesh; raises CaseError."""
    material = cell.materials[cell.cathode.region]
    start, end = stoichiometries(case, material)
    amount = material.maximum_concentration * abs(start - end)
    area = cell.mechanics.strain.weights[cell.domain.cells_of(cell.cathode.region)].sum()
    capacity = FARADAY * amount * area / cell.mechanics.area
    plated = capacity / FARADAY * cell.materials[cell.anode.region].molar_volume
    return Cycle(start, end, capacity / case.cycle.current_density, capacity, plated)


class Recorder:
    """Turns accepted steps into time-series rows and flaw sites, and keeps the states that fields are written of."""

    def __init__(self, case, cell, cycle, chemistry, notify):
        self.case, self.cell, self.cycle, self.chemistry, self.notify = case, cell, cycle, chemistry, notify
        self.rows, self.sites, self.progress, self.states = [], [], [], []
        self.place = None

    def __call__(self, progress):
        """Evaluate one accepted state."""
        state, x = progress.state, self.cycle.stoichiometry(progress.time)
        response = self.chemistry.respond(state, x)
        plates = progress.time <= 1.0 + 1e-9
        if self.place is None:
            self.place = self.cell.mechanics.platen_place(state.displacement)
        self.rows.append(self._row(progress, x, response))
        self.sites.append(self.chemistry.site(state, response, plates))
        self.states.append((progress.time, state, response) if self._keep(progress) else None)
        self.notify(progress)

    def _keep(self, progress):
        every = self.case.output.fields == "all"
        return every or abs(progress.time - 1.0) < 1e-9 or abs(progress.time - 2.0) < 1e-9

    def _row(self, progress, x, response):
        cell, state, s = self.cell, progress.state, self.chemistry.summary(response)
        opening = state.opening[cell.cathode.rows][..., 0]
        travel = cell.mechanics.platen_place(state.displacement) - self.place
        row = {
            "time_h": progress.time * self.cycle.half_cycle / HOUR,
            "half_cycles": progress.time,
            "stoichiometry": x,
            "stack_pressure_MPa": state.pressure / MPA,
            "thickness_change_um": travel / MICROMETRE,
            "contact_fraction_cathode": s["contact_fraction_cathode"],
            "contact_fraction_anode": s["contact_fraction_anode"],
            "interfacial_resistance_cathode_ohm_cm2": s["interfacial_resistance_cathode"] / OHM_CM2,
            "interfacial_resistance_anode_ohm_cm2": s["interfacial_resistance_anode"] / OHM_CM2,
            "ionic_resistance_ohm_cm2": s["ionic_resistance"] / OHM_CM2,
            "current_focusing_cathode": s["current_focusing_cathode"],
            "current_focusing_anode": s["current_focusing_anode"],
            "mean_damage_cathode": observables.contact_fraction(
                state.damage[cell.cathode.rows], self.chemistry.weights[cell.cathode.rows]
            ),
            "largest_opening_um": float(opening.max()) / MICROMETRE,
            "charge_balance_error": response.conduction.charge_error,
            "energy_balance_error": progress.energy_error,
            "newton_iterations": progress.iterations,
        }
        return row | {f"energy_{name}_J_per_m": value for name, value in asdict(progress.energy).items()}

    def all_sites(self):
        columns = [np.stack(column) for column in zip(*self.sites, strict=True)]
        return observables.Sites(self.chemistry.site_weight(), self.chemistry.depth, *columns)


def flaw_inputs(case, cell):
    """FlawInputs of a case: the electrolyte at the lithium supplies toughness and elasticity."""
    electrolyte, lithium = cell.materials[cell.anode.electrolyte], cell.materials[cell.anode.region]
    flaw = case.flaw
    return observables.FlawInputs(
        flaw.depth, flaw.depth_scale, flaw.depth_shape, flaw.density, flaw.area,
        electrolyte.fracture_toughness, electrolyte.young_modulus, electrolyte.poisson_ratio,
        lithium.molar_volume, case.cycle.current_density,
    )


def run_case(case, folder, mesh=None, notify=lambda progress: None):
    """Run a case into `folder` and return its result as written to result.json.

    mesh: an existing .msh in metres for the case's geometry. notify(progress) is called after every
    accepted step. Raises CaseError, MaterialError, GeometryError, NoConvergence.
    """
    began = clock.perf_counter()
    compat.check_version()
    folder = Path(folder)
    parts = check_case(case)
    with tempfile.TemporaryDirectory() as beside:
        microstructure = build_microstructure(case.geometry, beside) if mesh is None else read_msh(mesh)
        cell = build_cell(case, parts, microstructure)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "result.json").unlink(missing_ok=True)
        if mesh is None:
            shutil.copy(Path(beside) / "mesh.msh", folder / "mesh.msh")
    cycle = plan_cycle(case, cell)
    inputs = flaw_inputs(case, cell)
    deepest = max(case.flaw.depth, case.flaw.depth_scale * np.log(1e6) ** (1.0 / case.flaw.depth_shape))
    chemistry = Electrochemistry(cell, case.cycle.current_density, deepest)
    recorder = Recorder(case, cell, cycle, chemistry, notify)
    last = _walk(case, cell, cycle, recorder)
    return _save(case, cell, cycle, recorder, last, inputs, folder, began)


def _walk(case, cell, cycle, recorder):
    """Preload, then charge and discharge; returns the last Progress."""
    solver, mechanics = case.solver, cell.mechanics
    newton = NewtonOptions(solver.tolerance, solver.maximum_iterations)
    preload = SteppingOptions(newton, 1.0 / PRELOAD_STEPS, 1.0 / PRELOAD_STEPS, solver.minimum_step)
    progress = Progress(0.0, mechanics.initial_state())
    progress = follow(
        mechanics, progress, lambda t, dt: Load(case.stack.pressure * t), 1.0, preload
    )
    place = mechanics.platen_place(progress.state.displacement)
    if case.stack.fixture != "constant_pressure":
        mechanics.with_fixture(Fixture(case.stack.fixture, case.stack.stiffness or 0.0, place))
    progress = replace(progress, time=0.0)
    recorder(progress)

    table = cell.materials[cell.cathode.region].volume_change
    reference = float(swelling.volume_change(cycle.start, table.stoichiometry, table.value))

    def load_at(time, dt):
        volume = float(swelling.volume_change(cycle.stoichiometry(time), table.stoichiometry, table.value))
        rate = dt / solver.viscosity if solver.viscosity > 0 else np.inf
        return Load(case.stack.pressure, swelling.linear_strain(volume, reference), cycle.growth(time), rate)

    length = 1.0 / solver.steps_per_half_cycle
    options = SteppingOptions(newton, length, length, solver.minimum_step)
    for end in (1.0, 2.0):
        progress = follow(mechanics, progress, load_at, end, options, recorder)
    return progress


def _save(case, cell, cycle, recorder, last, inputs, folder, began):
    """Write every file of a run, result.json last, and return the result."""
    table = pd.DataFrame(recorder.rows)
    sites = recorder.all_sites()
    table.to_csv(folder / "timeseries.csv", index=False, float_format="%.9g")
    np.savez_compressed(folder / "sites.npz", **{name: getattr(sites, name) for name in sites.__dataclass_fields__})
    if case.output.fields != "none":
        writer = FieldWriter(cell, folder)
        for index, kept in enumerate(recorder.states):
            if kept is not None:
                time, state, response = kept
                label = {1.0: "charged", 2.0: "discharged"}.get(round(time, 9), f"{index:04d}")
                writer.write(label, time * cycle.half_cycle, state, response)
    summary = summarise(case, table, sites, inputs)
    u = case.uncertainty
    band = observables.penetration_band(
        _thinned(sites), inputs,
        observables.UncertaintyInputs(
            u.samples, u.fracture_toughness, u.anode_resistance, u.lithium_hardness, u.flaw_depth, u.seed,
            cell.anode.material.contact_hardness,
        ),
    )
    band["critical_current_density_mA_cm2"] = [v / MA_CM2 for v in band.pop("critical_current_density")]
    part = cell.domain.part[cell.domain.interfaces[cell.cathode.interface].cells[:, _side(cell)]]
    charged = next(kept for kept in recorder.states if kept is not None and abs(kept[0] - 1.0) < 1e-9)
    by_particle = observables.contact_by_part(
        charged[2].conducting[cell.cathode.rows], recorder.chemistry.weights[cell.cathode.rows], part
    )
    failed = [
        f"{name} {summary[column]:.2e} above {limit:g}"
        for name, column, limit in (
            ("energy_balance", "energy_balance_error", case.gates.energy_balance),
            ("charge_balance", "charge_balance_error", case.gates.charge_balance),
        )
        if not summary[column] <= limit
    ]
    result = {
        "name": case.name,
        "inputs_hash": inputs_hash(case),
        "chemomech": chemomech.__version__,
        "dolfinx": ".".join(map(str, compat.dolfinx_version())),
        "python": platform.python_version(),
        "summary": summary | {"wall_time_s": round(clock.perf_counter() - began, 3)},
        "band_10_50_90": band,
        "contact_fraction_by_particle_charged": by_particle,
        "gates_failed": failed,
        "cycle": {
            "stoichiometry_discharged": cycle.start,
            "stoichiometry_charged": cycle.end,
            "plated_lithium_um": cycle.plated / MICROMETRE,
            "capacity_mAh_cm2": cycle.capacity / HOUR / MA_CM2,
            "half_cycle_h": cycle.half_cycle / HOUR,
        },
        "energies_J_per_m": asdict(last.energy),
        "viscous_over_fracture": last.energy.viscous / last.energy.fracture if last.energy.fracture > 0 else 0.0,
        "solver": {"steps": last.steps, "newton_iterations": last.iterations, "cuts": last.cuts,
                   "unknowns": cell.mechanics.constraint.size, "cells": len(cell.domain.region)},
        "materials": {region: material.name for region, material in cell.materials.items()},
        "case": case.canonical(),
    }
    beside = folder / ".result.json.part"
    beside.write_text(json.dumps(result, indent=1, allow_nan=True))
    os.replace(beside, folder / "result.json")
    return result


def _side(cell):
    """Which side of the cathode's facets is the active material: 0 minus, 1 plus."""
    facets = cell.domain.interfaces[cell.cathode.interface]
    return 0 if cell.domain.region[facets.cells[0, 0]] == cell.domain.regions[cell.cathode.region] else 1


def _thinned(sites, most=9):
    """At most `most` of the recorded times, spread evenly, for the sampled uncertainty."""
    count = len(sites.contact_pressure)
    return sites.at(np.unique(np.linspace(0, count - 1, min(most, count)).astype(int)))


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
        "ionic_resistance_ohm_cm2": float(table["ionic_resistance_ohm_cm2"].iloc[0]),
        "current_focusing_cathode": float(table["current_focusing_cathode"].max()),
        "current_focusing_anode": float(table["current_focusing_anode"].max()),
        "max_K_static_over_KIc": drive["max_K_static_over_KIc"],
        "plating_pressure_MPa": drive["plating_pressure"] / MPA,
        "stack_pressure_minimum_MPa": float(table["stack_pressure_MPa"].min()),
        "stack_pressure_maximum_MPa": float(table["stack_pressure_MPa"].max()),
        "thickness_change_um": float(np.ptp(table["thickness_change_um"])),
    }
