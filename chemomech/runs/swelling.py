"""A case with [swelling]: one region swells evenly, mechanics alone, and cracks are counted.

Time runs from 0 to 1 while the volume grows to 1 + volume_change, to 2 where it goes back; linear in the volume. Ions
cross a cracked facet by the share of G_c that is not spent: what is not torn conducts, torn faces do not touch.

Results in the case's folder: result.json, timeseries.csv, cracks.csv (the last state's paths), meshed_flaws.csv,
mesh.msh, fields/*.vtu.
"""

import json
import os
import platform
import shutil
import tempfile
import time as clock
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pandas as pd

import chemomech
from chemomech.analysis.crack_paths import CRACKED, crack_paths, polylines
from chemomech.analysis.cracks import (
    bulk_columns,
    columns,
    dissipated_fractions,
    lengths_by_interface,
)
from chemomech.analysis.effective_conductivity import conduction
from chemomech.analysis.meshed_flaws import MeshedFlaws
from chemomech.case import CaseError
from chemomech.case.choices import sides_of
from chemomech.fem import compat, output
from chemomech.materials import names_read
from chemomech.materials.fingerprint import inputs_hash
from chemomech.models.body import by_cell
from chemomech.models.supports import free_sides
from chemomech.physics.bulk.elasticity import von_mises
from chemomech.runs.masses import masses
from chemomech.runs.result import artificial_share, finite
from chemomech.setup.cell import build_cell
from chemomech.setup.conditions import conditions_of, fixture_of
from chemomech.setup.electrodes import check_case
from chemomech.setup.laws import LIBRARY_LAWS
from chemomech.setup.mesh import build_mesh
from chemomech.simulation.newton import NewtonOptions
from chemomech.simulation.stepping import StepControl, follow, preload
from chemomech.units.field import MICROMETRE, MPA

PRELOAD_STEPS = 2


class CrackRecorder:
    """A row per accepted step."""

    def __init__(self, case, cell, notify, meshed=None):
        self.case, self.cell, self.notify, self.meshed = case, cell, notify, meshed
        self.rows, self.conductions = [], []
        self.end = 2.0 if case.swelling.back else 1.0
        self.conductors = [
            name
            for name, material in cell.materials.items()
            if material.has("ionic_conductivity") and name != case.swelling.region
        ]

    def __call__(self, run_state):
        """Take down one accepted Progress."""
        cell, state = self.cell, run_state.state
        dissipated_fraction = dissipated_fractions(cell.mechanics, state)
        row = {
            "time": run_state.time, "volume_change": volume_change(self.case, run_state.time),
            "stack_pressure_MPa": state.pressure / MPA, "newton_iterations": run_state.iterations,
        }  # fmt: skip
        row |= columns(cell.mechanics, state, cell.mechanics.rows, dissipated_fraction)
        if self.case.phase_field is not None:
            row |= bulk_columns(cell.mechanics, state)
        self.conductions = [*self.conductions[:1], self.conduction(state, dissipated_fraction)]
        found = self.conductions[-1]
        row |= {"relative_conductivity": np.nan if found is None else found.relative}
        row |= {"largest_opening_um": float(state.opening[..., 0].max(initial=0.0)) / MICROMETRE}
        row |= {"energy_balance_error": run_state.energy_error}
        row |= {f"energy_{name}_J_per_m": value for name, value in asdict(run_state.energy).items()}
        self.rows.append(row)
        if self.meshed is not None:
            self.meshed(state, time=row["time"], volume_change=row["volume_change"])
        self.notify(run_state, min(run_state.time / self.end, 1.0))

    def conduction(self, state, dissipated_fraction):
        """Conduction of ions in a state of which this share (k, q) is dissipated; None where nothing conducts."""
        if not self.conductors:
            return None
        mechanics = self.cell.mechanics
        intact = (
            None
            if self.case.phase_field is None
            else mechanics.damage.conducting_share(state.phase)
        )
        return conduction(
            self.cell.domain,
            self.conductors,
            1.0 - dissipated_fraction,
            2 * mechanics.degree,
            intact=intact,
        )


def volume_change(case, time):
    """Volume change at a time of the run."""
    return case.swelling.volume_change * (time if time <= 1.0 else 2.0 - time)


def free_strain(change):
    """Linear strain of a volume change, (1 + dV)^(1/3) - 1."""
    return np.cbrt(1.0 + change) - 1.0


def run_swelling(case, folder, mesh=None, notify=lambda run_state, share: None, laws=LIBRARY_LAWS):
    """Run a case with [swelling] into `folder` and return its result as written to result.json.

    mesh: an existing .msh in metres. notify(run_state, share) is called after every accepted step. Raises CaseError,
    MaterialError, GeometryError, NoConvergence.
    """
    began = clock.perf_counter()
    compat.check_version()
    folder, parts = Path(folder), check_case(case, laws)
    with tempfile.TemporaryDirectory() as beside:
        microstructure, made = build_mesh(case, beside, mesh)
        cell = swelling_cell(case, parts, microstructure)
        meshed = MeshedFlaws(case, cell) if case.meshed_flaws else None
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "result.json").unlink(missing_ok=True)
        if made is not None:
            shutil.copy(made, folder / "mesh.msh")
    recorder = CrackRecorder(case, cell, notify, meshed)
    cell, run_state = run_swelling_steps(case, cell, recorder)
    return save_swelling(
        case, cell, recorder, run_state, folder, lambda: clock.perf_counter() - began
    )


def swelling_cell(case, parts, microstructure):
    """Cell of a case with [swelling] whose region swells, held as its sides ask."""
    if microstructure.dimension != 2:
        raise CaseError(
            "geometry: with [swelling] a mesh in 2D is needed: cracks are counted as lengths of a section"
        )
    cell = build_cell(case, parts, microstructure)
    if not len(cell.domain.cells_of(case.swelling.region)):
        raise CaseError(f"swelling.region: the mesh has no cells of {case.swelling.region}")
    mechanics = cell.mechanics
    swells = by_cell(cell.domain, {case.swelling.region: 1.0})
    mechanics = mechanics.with_bulk(replace(mechanics.bulk, swells=swells))
    if case.swelling.sides == "plane" and case.stack.fixture != "constant_pressure":
        raise CaseError('swelling.sides: given "plane"; needs stack.fixture = "constant_pressure"')
    if case.swelling.sides == "plane":
        mechanics = mechanics.with_supports(free_sides(mechanics.domain, mechanics.space))
    return replace(cell, mechanics=mechanics)


def run_swelling_steps(case, cell, record):
    """Preload and swell; returns (Cell held by its fixture, last RunState)."""
    solver, conditions = case.solver, conditions_of(case)
    newton = NewtonOptions(solver.tolerance, solver.maximum_iterations)
    mechanics, run_state = preload(
        cell.mechanics, conditions, fixture_of(case), newton, PRELOAD_STEPS, solver.minimum_step
    )
    record(run_state)

    def load_at(time, dt):
        rate = dt / solver.viscosity if solver.viscosity > 0 else np.inf
        strain = float(free_strain(volume_change(case, time)))
        return conditions.load(chemical_strain=strain, step_over_viscosity=rate)

    largest = 1.0 / solver.steps_per_half_cycle
    control = StepControl(0.25 * largest, largest, solver.minimum_step)
    for end in (1.0, 2.0) if case.swelling.back else (1.0,):
        run_state = follow(mechanics, run_state, load_at, end, control, record, newton)
    return replace(cell, mechanics=mechanics), run_state


def save_swelling(case, cell, recorder, run_state, folder, seconds):
    """Write every file, result.json last, and return the result."""
    table, state = pd.DataFrame(recorder.rows), run_state.state
    mechanics, energy = cell.mechanics, run_state.energy
    dissipated_fraction = dissipated_fractions(mechanics, state)
    table.to_csv(folder / "timeseries.csv", index=False, float_format="%.9g")
    measure = sum(
        np.sum(mechanics.strain.weights[cell.domain.cells_of(n)]) for n in recorder.conductors
    )
    by_interface = {}
    for name, lengths in lengths_by_interface(mechanics, state, dissipated_fraction).items():
        by_interface[name] = {
            f"{key}_um": value / MICROMETRE for key, value in lengths._asdict().items()
        }
    paths = _paths(cell, dissipated_fraction, folder)
    before, after = recorder.conductions[0], recorder.conductions[-1]
    broken = [name for name in mechanics.rows if set(sides_of(name)) <= set(recorder.conductors)]
    summary = {
        "volume_change": case.swelling.volume_change,
        **{f"{key}_um": sum(each[f"{key}_um"] for each in by_interface.values())
           for key in ("cracked", "opened", "sheared", "broken", "equivalent")},
        "cracked_um_electrolyte": sum(by_interface[name]["cracked_um"] for name in broken),
        "cracked_um_interfaces": sum(e["cracked_um"] for name, e in by_interface.items() if name not in broken),
        "cracks": len(paths), "longest_crack_um": max((p.length for p in paths), default=0.0) / MICROMETRE,
        "tortuosity": paths[0].tortuosity if paths else float("nan"),
        "relative_conductivity_before": float("nan") if before is None else before.relative,
        "relative_conductivity_after": float("nan") if after is None else after.relative,
        "reached_share": float("nan") if after is None else _reached_share(case, cell, before, after),
        **{name: float(table[name].iloc[-1]) for name in table if name.startswith("crack_length_")},
        "largest_opening_um": float(state.opening[..., 0].max(initial=0.0)) / MICROMETRE,
        "stack_pressure_MPa": state.pressure / MPA,
        "energy_balance_error": run_state.energy_error,
        "wall_time_s": round(seconds(), 3),
    }  # fmt: skip
    # Cracks per area of what conducts: 1/um in 2D.
    density = summary["cracked_um_electrolyte"] * MICROMETRE / measure if measure else 0.0
    summary["crack_density_per_um"] = density * MICROMETRE
    flaws = {}
    if recorder.meshed is not None:
        recorder.meshed.save(folder)
        flaws = {"meshed_flaws": recorder.meshed.summary()}
    error, limit = summary["energy_balance_error"], case.gates.energy_balance
    result = finite({
        "name": case.name, "inputs_hash": inputs_hash(case, cell.laws.sources()), "chemomech": chemomech.__version__,
        "dolfinx": ".".join(map(str, compat.dolfinx_version())), "python": platform.python_version(),
        "summary": summary, "band_10_50_90": {}, "cracks": by_interface, **flaws,
        "gates_failed": [] if error <= limit else [f"energy_balance {error:.2e} above {limit:g}"],
        "cycle": {}, "energies_J_per_m": asdict(energy),
        "viscous_over_fracture": energy.viscous / energy.fracture if energy.fracture > 0 else 0.0,
        "artificial_over_physical": artificial_share(energy),
        "solver": {
            "steps": run_state.steps, "cuts": run_state.cuts, "newton_iterations": run_state.iterations,
            "unknowns": mechanics.constraint.size, "cells": len(cell.domain.region),
            "facets": {name: len(f) for name, f in cell.domain.interfaces.items()},
            "interface_stiffness_K_h_over_E": cell.relative_stiffness(),
        },
        "materials": {region: material.name for region, material in cell.materials.items()},
        "mass": masses(cell),
        "read": {"bulk": names_read(cell.materials), "interfaces": names_read(cell.interface_materials)},
        **({"laws": cell.laws.sources()} if cell.laws.own else {}),
        "case": case.canonical(),
    })  # fmt: skip
    if case.output.fields != "none":
        write_fields(folder, cell, state, dissipated_fraction)
    beside = folder / ".result.json.part"
    beside.write_text(json.dumps(result, indent=1, allow_nan=False))
    os.replace(beside, folder / "result.json")
    return result


def _paths(cell, dissipated_fraction, folder):
    """Crack paths of the last state, also as cracks.csv: crack, chain, x [um], y [um]; 3D has none."""
    domain, facets = cell.domain, cell.mechanics.facets
    if domain.dimension != 2:
        return []
    weights = cell.mechanics.jump.weights
    cracked = np.einsum("kq,kq->k", dissipated_fraction, weights) / weights.sum(axis=1) >= CRACKED
    ends = facets.of_first_cell(domain.vertices)
    paths, rows = crack_paths(ends, domain.points, cracked), []
    for number, path in enumerate(paths):
        for chain, vertices in enumerate(polylines(ends, path.facets)):
            rows += [(number, chain, *(domain.points[vertex] / MICROMETRE)) for vertex in vertices]
    table = pd.DataFrame(rows, columns=["crack", "chain", "x_um", "y_um"])
    table.to_csv(folder / "cracks.csv", index=False, float_format="%.6g")
    return paths


def _reached_share(case, cell, before, after):
    """Share of the swelling region's surface that a path joins to the bottom, of what one joined before cracking."""
    domain = cell.domain
    connection = domain.mesh.topology.connectivity(domain.dimension - 1, domain.dimension)
    interior = np.flatnonzero(np.diff(connection.offsets) == 2)
    pairs = connection.array[connection.offsets[interior][:, None] + np.arange(2)]
    host = domain.region[pairs] == domain.regions[case.swelling.region]
    border = pairs[host[:, 0] != host[:, 1]]
    was, now = (np.count_nonzero(each.reached[border].any(axis=1)) for each in (before, after))
    return now / was if was else float("nan")


def write_fields(folder, cell, state, dissipated_fraction):
    """fields/cell_end.vtu and fields/interfaces_end.vtu of a MechanicalState."""
    (folder / "fields").mkdir(exist_ok=True)
    domain, mechanics = cell.domain, cell.mechanics
    stress, nodes = state.stress.mean(axis=1), state.displacement.reshape(-1, domain.dimension)
    names = ("xx", "yy", "zz", "xy", "yz", "xz")
    output.write_cells(
        folder / "fields" / "cell_end.vtu", domain, mechanics.space, {"displacement_m": output.as_vector(nodes)},
        {
            "region": domain.region, "particle": domain.particle, "von_mises_Pa": von_mises(stress),
            **({"crack_damage": mechanics.damage.of_cells(state.phase)} if hasattr(state, "phase") else {}),
            **{f"stress_{names[i]}_Pa": stress[:, i] for i in range(stress.shape[1])},
        },
    )  # fmt: skip
    weights = mechanics.jump.weights / mechanics.jump.weights.sum(axis=1, keepdims=True)
    number = np.concatenate([np.full(len(f), i) for i, f in enumerate(domain.interfaces.values())])
    each = {
        "dissipated_fraction": dissipated_fraction, "damage": state.damage, "opening_m": state.opening[..., 0], "sliding_m": state.opening[..., 1],
        "traction_normal_Pa": state.traction[..., 0],
    }  # fmt: skip
    output.write_facets(
        folder / "fields" / "interfaces_end.vtu",
        domain,
        mechanics.space,
        mechanics.facets,
        nodes,
        {
            "interface": number,
            **{name: np.einsum("kq,kq->k", values, weights) for name, values in each.items()},
        },
    )
