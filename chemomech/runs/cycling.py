"""The run of a cell through its protocol.

Results of a case, in its folder: result.json, timeseries.csv, cycles.csv, particles.csv, flaws.csv
and flaw_growth.csv of [[flaws]], meshed_flaws.csv, sites.npz, shorts.npz, voids.npz, mesh.msh
(unless a mesh was given and taken as it is), fields/*.vtu with .pvd collections, checkpoints/*.npz
at the ends of cycles when the protocol has several, and of where a run is asked to stop.
"""

import time as clock
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from chemomech.analysis.cracks import lengths_by_interface
from chemomech.case.schema import Case
from chemomech.geometry.mesh.microstructure import Microstructure
from chemomech.runs.cautions import (
    Caution,
    of_creep,
    of_ends,
    of_fixture,
    of_flaws,
    of_overlap,
    of_range,
    of_strains,
    tables,
)
from chemomech.runs.cycles_table import cycles_table
from chemomech.runs.masses import masses
from chemomech.runs.observers.face import SiteRecord, VoidRecord
from chemomech.runs.observers.fields import FieldRecord, FieldWriter
from chemomech.runs.observers.flaws import FamilyRecord, MeshedFlawRecord
from chemomech.runs.observers.series import CellView, Particles, TimeSeries
from chemomech.runs.observers.strain import Strains
from chemomech.runs.outputs import write_arrays
from chemomech.runs.record import Job, Milestone, Notifier, Observer, Record, Recorder, Watched
from chemomech.runs.result import failed_gates, summarise, uncertainties, uncertainty_band, work_of
from chemomech.runs.shorts import Shorts
from chemomech.runs.stated import state, statements
from chemomech.setup.cell import Cell, build_cell, unreached
from chemomech.setup.conditions import attached_of, conditions_of, fixture_of
from chemomech.setup.coupling import coupling_of, first_state
from chemomech.setup.electrodes import Parts
from chemomech.setup.flaws import families_of, flaw_cautions, flaw_inputs, flaw_sites, tips_of
from chemomech.setup.plan import Plan, bounds_of, plan_of
from chemomech.simulation.contact import initial_memory
from chemomech.simulation.coupled import Coupling, CouplingOptions
from chemomech.simulation.cycles import run_cycles
from chemomech.simulation.newton import NewtonOptions
from chemomech.simulation.protocol_steps import RunOptions
from chemomech.simulation.run_state import Motion, RunState
from chemomech.simulation.stepping import preload
from chemomech.units.field import HOUR, MA_CM2, MICROMETRE, MILLIVOLT, crack_unit, energy_unit

PRELOAD_STEPS = 5
STEM = "cycle"  # what the numbers of checkpoints count


def build(case: Case, parts: Parts, microstructure: Microstructure) -> Watched:
    """Return the cell of a case and its flaws.

    Parameters
    ----------
    case : Case
        The case.
    parts : Parts
        Its materials and electrodes.
    microstructure : Microstructure
        Its mesh.

    Raises
    ------
    CaseError, MaterialError
        For what this mesh cannot give.
    """
    cell = build_cell(case, parts, microstructure)
    cautions = (*flaw_cautions(case, cell), *unreached(cell))
    families, tips = families_of(case, cell), tips_of(case, cell)
    return Watched(cell, families, tips, tuple(Caution(*each) for each in cautions))


def prepare(
    case: Case, watched: Watched, folder: Path, notify: Callable[[RunState, float], Any]
) -> Job:
    """Return the Job of a case whose cell is cycled, preloaded.

    Parameters
    ----------
    case : Case
        The case.
    watched : Watched
        Its cell and flaws.
    folder : Path
        Of its results.
    notify : callable
        (RunState, share of the run that is over) after every accepted step.
    """
    plan = plan_of(case, watched.cell)
    coupling = coupling_of(case, watched.cell, case.solver.viscosity * plan.half_cycle)
    coupling, start = _preload(case, watched.cell, coupling)
    # What is read of the cell's mechanics from here on has the fixture.
    cell = replace(watched.cell, mechanics=coupling.mechanics)
    anode, _ = cell.electrodes()
    last, rows, flaws = plan.protocol.cycles, anode.rows, flaw_sites(case, cell)
    jump = cell.mechanics.jump
    series = TimeSeries(case, cell, coupling, plan.capacity)
    particles, strains = Particles(cell, coupling, plan), Strains(cell)
    sites = SiteRecord(flaws, flaw_inputs(case, cell), last)
    voids = VoidRecord(jump.points[rows], jump.weights[rows], anode.interface, last)
    observers: list[Observer] = [series, particles, strains, sites, voids]
    families = FamilyRecord(watched.families, cell, last) if watched.families else None
    observers += [] if families is None else [families]
    observers += [MeshedFlawRecord(watched.tips, families, last)] if watched.tips else []
    if case.output.fields != "none":
        writer = FieldWriter(cell, folder, coupling)
        observers.append(FieldRecord(writer, case.output.fields, last))
    observers.append(Notifier(notify, lambda run_state: _share(run_state, plan)))

    def follow(run_state: RunState, record: Record, milestone: Milestone) -> RunState:
        def cycle_ended(run_state: RunState) -> None:
            record.cycle_ended(run_state)
            if last > 1:
                milestone(run_state, run_state.done)

        return run_cycles(
            coupling,
            run_state,
            plan.protocol,
            plan.capacity,
            conditions_of(case),
            _options(case, cell, plan),
            record,
            cycle_ended,
            case.cycle.jump,
        )

    return Job(
        cell=cell,
        start=start,
        recorder=Recorder(lambda run_state: CellView(run_state, cell, coupling, flaws), observers),
        follow=follow,
        stem=STEM,
        place=lambda run_state: run_state.cycle,
        result=lambda run_state: _result(
            case, watched, cell, coupling, plan, series, strains, sites, run_state, folder
        ),
    )


def _share(run_state: RunState, plan: Plan) -> float:
    """Return how much of the run is over, 0 to 1."""
    steps = len(plan.protocol)
    if run_state.number == steps and run_state.reason:
        return 1.0
    return min(max(run_state.time / plan.expected, (run_state.number - 1) / steps, 0.0), 0.99)


def _options(case: Case, cell: Cell, plan: Plan) -> RunOptions:
    """Return tolerances, step lengths [s] and bounds of a case."""
    solver, longest = case.solver, plan.half_cycle / case.solver.steps_per_half_cycle
    newton = NewtonOptions(solver.tolerance, solver.maximum_iterations)
    smallest = solver.minimum_step * plan.half_cycle
    control = replace(
        RunOptions().control, first=0.1 * longest, largest=longest, smallest=smallest,
        maximum_steps=solver.maximum_steps, deadline=clock.monotonic() + solver.maximum_time,
    )  # fmt: skip
    return RunOptions(
        CouplingOptions(newton),
        control,
        rate_tolerance=solver.rate_tolerance,
        bounds=bounds_of(cell),
    )


def _preload(case: Case, cell: Cell, coupling: Coupling) -> tuple[Coupling, RunState]:
    """Return the cell's models held by their fixture, and the RunState at rest under pressure."""
    newton = NewtonOptions(case.solver.tolerance, case.solver.maximum_iterations)
    mechanics, run_state = preload(
        coupling.mechanics, conditions_of(case), fixture_of(case), newton, PRELOAD_STEPS,
        case.solver.minimum_step, coupling.face.profile,
    )  # fmt: skip
    coupling = replace(coupling, mechanics=mechanics)
    first = first_state(
        case, cell, coupling, run_state.state, initial_memory(cell, attached_of(case))
    )
    # Of the shape that a RunState has on its way: what is taken up is put into it.
    motion, under = Motion(first, 0.0), run_state.conditions
    return coupling, replace(run_state, state=first, motion=motion, began_under=under)


def _result(
    case: Case,
    watched: Watched,
    cell: Cell,
    coupling: Coupling,
    plan: Plan,
    series: TimeSeries,
    strains: Strains,
    sites: SiteRecord,
    run_state: RunState,
    folder: Path,
) -> dict[str, Any]:
    """Return what result.json says of the run beside what its observers say.

    What shorts are made of is left in the folder.
    """
    _, cathode = cell.electrodes()
    table = series.table()
    uncertain = uncertainties(case, cell)
    shorts = Shorts(sites, uncertain)
    write_arrays(folder / "shorts.npz", shorts.arrays())
    computed = summarise(case, plan, table, cycles_table(table), sites)
    computed |= shorts.summary() | strains.worst()
    summary = state(computed)
    return {
        "summary": summary,
        "band_10_50_90": state(uncertainty_band(sites, uncertain) | shorts.band()),
        "stated": statements(computed),
        "cracks": _cracks(cell, run_state.mechanical, series.inner),
        "gates_failed": failed_gates(case, summary),
        "cautions": tables(
            [
                *watched.cautions,
                *of_ends(table),
                *of_range(cathode.region, cell.materials[cathode.region], table),
                *of_creep(summary),
                *of_overlap(summary),
                *of_flaws(sites.inputs),
                *of_strains(strains.table()),
                *of_fixture(case, run_state.energy),
            ]
        ),
        "mass": masses(cell, plan.capacity),
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
        **work_of(run_state.energy, energy_unit(cell)),
        "solver": {
            "steps": run_state.steps,
            "cycles_skipped": run_state.skipped,
            "cuts": run_state.cuts,
            "rounds": run_state.counts.get("rounds", 0),
            "splitting_stoichiometry": run_state.splitting_stoichiometry,
            "splitting_mV": run_state.splitting_voltage / MILLIVOLT,
            "newton_iterations": run_state.iterations,
            "newton_iterations_electrochemistry": run_state.counts.get("chemical", 0),
            "unknowns": cell.mechanics.constraint.size,
            "unknowns_electrochemistry": coupling.chemistry.constraint.size,
            "cells": len(cell.domain.region),
            "interface_stiffness_K_h_over_E": cell.relative_stiffness(),
            "contact_stiffness_K_R_over_4G": cell.contact_ratio(),
        },
    }


def _cracks(cell: Cell, mechanical: Any, names: list[str]) -> dict[str, dict[str, float]]:
    """Return lengths [um], in 3D areas [um2], of the interfaces that are no electrodes, by name."""
    found = lengths_by_interface(cell.mechanics, mechanical) if names else {}
    unit, size = crack_unit(cell.domain.dimension)
    return {
        name: {f"{key}_{unit}": value / size for key, value in found[name]._asdict().items()}
        for name in names
    }
