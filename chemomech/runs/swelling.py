"""The run of a case with [swelling]: one region swells evenly, and cracks are counted.

It is mechanics alone. Time runs from 0 to 1 while the volume grows to 1 + volume_change, to 2 where
it goes back; linear in the volume. Ions cross a cracked facet by the share of G_c that is not
dissipated where it is not open (`physics.interfaces.contact.conduction`); debonded faces do not
touch.

Results in the case's folder: result.json, timeseries.csv, cracks.csv (the last state's paths),
meshed_flaws.csv, mesh.msh, fields/*.vtu, checkpoints/*.npz at every tenth of the way.
"""

import time as clock
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from chemomech.analysis.cracks import dissipated_fractions, lengths_by_interface
from chemomech.analysis.effective_conductivity import Conduction
from chemomech.case import CaseError
from chemomech.case.choices import sides_of
from chemomech.case.schema import Case
from chemomech.geometry.mesh.microstructure import Microstructure
from chemomech.models.body import by_cell
from chemomech.models.mechanics import Load
from chemomech.models.supports import free_sides
from chemomech.runs.cautions import of_overlap, of_strains, tables
from chemomech.runs.masses import masses
from chemomech.runs.observers.fields import FieldWriter
from chemomech.runs.observers.flaws import MeshedFlawRecord
from chemomech.runs.observers.strain import Strains
from chemomech.runs.observers.swelling import (
    BodyView,
    SwellingSeries,
    paths_of,
    swelling_of,
    volume_change,
    write_paths,
)
from chemomech.runs.record import Job, Milestone, Notifier, Observer, Record, Recorder, Watched
from chemomech.runs.result import failed_gates, work_of
from chemomech.setup.cell import Cell, build_cell
from chemomech.setup.conditions import conditions_of, fixture_of
from chemomech.setup.electrodes import Parts
from chemomech.setup.flaws import tips_of
from chemomech.simulation.newton import NewtonOptions
from chemomech.simulation.run_state import RunState
from chemomech.simulation.step_control import StepControl
from chemomech.simulation.stepping import follow, preload
from chemomech.units.field import MICROMETRE, MPA

PRELOAD_STEPS = 2
STEM = "part"  # what the numbers of checkpoints count
MILESTONES = 10  # checkpoints on the way there, and as many on the way back


def free_strain(change: float) -> float:
    """Return the linear strain of a volume change, (1 + dV)^(1/3) - 1."""
    return float(np.cbrt(1.0 + change) - 1.0)


def build(case: Case, parts: Parts, microstructure: Microstructure) -> Watched:
    """Return the cell of a case whose region swells, held as its sides ask, and its flaws.

    Parameters
    ----------
    case : Case
        The case.
    parts : Parts
        Its materials.
    microstructure : Microstructure
        Its mesh.

    Raises
    ------
    CaseError, MaterialError
        For what this mesh cannot give.
    """
    if microstructure.dimension != 2:
        raise CaseError(
            "geometry: with [swelling] a mesh in 2D is needed: "
            "cracks are counted as lengths of a section"
        )
    cell = build_cell(case, parts, microstructure)
    if not len(cell.domain.cells_of(swelling_of(case).region)):
        raise CaseError(f"swelling.region: the mesh has no cells of {swelling_of(case).region}")
    if swelling_of(case).sides == "plane" and case.stack.fixture != "constant_pressure":
        raise CaseError('swelling.sides: given "plane"; needs stack.fixture = "constant_pressure"')
    mechanics = cell.mechanics
    swells = by_cell(cell.domain, {swelling_of(case).region: 1.0})
    mechanics = mechanics.with_bulk(replace(mechanics.bulk, swells=swells))
    if swelling_of(case).sides == "plane":
        mechanics = mechanics.with_supports(free_sides(mechanics.domain, mechanics.space))
    cell = replace(cell, mechanics=mechanics)
    return Watched(cell, [], tips_of(case, cell))


def prepare(
    case: Case, watched: Watched, folder: Path, notify: Callable[[RunState, float], Any]
) -> Job:
    """Return the Job of a case whose region swells, preloaded.

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
    solver, conditions = case.solver, conditions_of(case)
    newton = NewtonOptions(solver.tolerance, solver.maximum_iterations)
    body, smallest = watched.cell.mechanics, solver.minimum_step
    mechanics, start = preload(body, conditions, fixture_of(case), newton, PRELOAD_STEPS, smallest)
    cell = replace(watched.cell, mechanics=mechanics)
    ends = (1.0, 2.0) if swelling_of(case).back else (1.0,)
    series = SwellingSeries(case, cell)
    strains = Strains(cell)
    observers: list[Observer] = [series, strains]
    observers += [MeshedFlawRecord(watched.tips)] if watched.tips else []
    observers.append(Notifier(notify, lambda run_state: min(run_state.time / ends[-1], 1.0)))
    largest = 1.0 / solver.steps_per_half_cycle
    control = StepControl(
        0.25 * largest, largest, solver.minimum_step, maximum_steps=solver.maximum_steps,
        deadline=clock.monotonic() + solver.maximum_time,
    )  # fmt: skip

    def load_at(time: float, dt: float) -> Load:
        rate = dt / solver.viscosity if solver.viscosity > 0 else np.inf
        strain = free_strain(volume_change(case, time))
        return conditions.load(chemical_strain=strain, step_over_viscosity=rate)

    def follow_all(run_state: RunState, record: Record, milestone: Milestone) -> RunState:
        last = _milestone(run_state)

        def take_down(run_state: RunState) -> None:
            nonlocal last
            record(run_state)
            if _milestone(run_state) > last:
                last = _milestone(run_state)
                milestone(run_state, last)

        for end in ends:
            run_state = follow(mechanics, run_state, load_at, end, control, take_down, newton)
        return run_state

    def save(folder: Path, run_state: RunState) -> None:
        write_paths(folder, cell, paths_of(cell, dissipated_fractions(mechanics, run_state.state)))
        if case.output.fields != "none":
            FieldWriter(cell, folder).write("end", run_state)

    return Job(
        cell=cell,
        start=start,
        recorder=Recorder(lambda run_state: BodyView(run_state, case, cell), observers),
        follow=follow_all,
        stem=STEM,
        place=lambda run_state: _milestone(run_state) + 1,
        result=lambda run_state: _result(case, cell, series, strains, run_state),
        save=save,
    )


def _milestone(run_state: RunState) -> int:
    """Return how many tenths of the way there and back are over."""
    return int(MILESTONES * run_state.time + 1e-6)


def _result(
    case: Case, cell: Cell, series: SwellingSeries, strains: Strains, run_state: RunState
) -> dict[str, Any]:
    """Return what result.json says of the run beside what its observers say."""
    mechanics = cell.mechanics
    dissipated_fraction = dissipated_fractions(mechanics, run_state.state)
    cracks = {
        name: {f"{key}_um": value / MICROMETRE for key, value in lengths._asdict().items()}
        for name, lengths in lengths_by_interface(
            mechanics, run_state.state, dissipated_fraction
        ).items()
    }
    summary = {
        "volume_change": swelling_of(case).volume_change,
        **_lengths(cell, series, cracks),
        **_paths(cell, dissipated_fraction),
        **_conduction(case, cell, series),
        **_ends(case, series, run_state),
        **strains.worst(),
    }
    return {
        "summary": summary,
        "band_10_50_90": {},
        "cracks": cracks,
        "gates_failed": failed_gates(case, summary),
        "cautions": tables([*of_strains(strains.table()), *of_overlap(summary)]),
        "cycle": {},
        "mass": masses(cell),
        **work_of(run_state.energy, "J_per_m"),
        "solver": {
            "steps": run_state.steps,
            "cuts": run_state.cuts,
            "newton_iterations": run_state.iterations,
            "unknowns": mechanics.constraint.size,
            "cells": len(cell.domain.region),
            "facets": {name: len(f) for name, f in cell.domain.interfaces.items()},
            "interface_stiffness_K_h_over_E": cell.relative_stiffness(),
            "contact_stiffness_K_R_over_4G": cell.contact_ratio(),
        },
    }


def _lengths(cell: Cell, series: SwellingSeries, cracks: dict) -> dict[str, float]:
    """Return cracked lengths of all interfaces together, and of what conducts, per area too."""
    mechanics, conductors = cell.mechanics, set(series.conductors)
    broken = [name for name in mechanics.rows if set(sides_of(name)) <= conductors]
    inside = sum(cracks[name]["cracked_um"] for name in broken)
    rest = sum(each["cracked_um"] for name, each in cracks.items() if name not in broken)
    weights = mechanics.strain.weights
    area = sum(np.sum(weights[cell.domain.cells_of(name)]) for name in conductors)
    # Cracks per area of what conducts: 1/um in 2D.
    density = inside * MICROMETRE / area if area else 0.0
    names = ("cracked", "opened", "sheared", "broken", "equivalent")
    return {
        **{f"{name}_um": sum(each[f"{name}_um"] for each in cracks.values()) for name in names},
        "cracked_um_electrolyte": inside,
        "cracked_um_interfaces": rest,
        "crack_density_per_um": density * MICROMETRE,
    }


def _paths(cell: Cell, dissipated_fraction: np.ndarray) -> dict[str, float]:
    """Return number, length and tortuosity of the crack paths."""
    paths = paths_of(cell, dissipated_fraction)
    return {
        "cracks": len(paths),
        "longest_crack_um": max((path.length for path in paths), default=0.0) / MICROMETRE,
        "tortuosity": paths[0].tortuosity if paths else float("nan"),
    }


def _conduction(case: Case, cell: Cell, series: SwellingSeries) -> dict[str, float]:
    """Return how well ions pass before and after."""
    before, after = series.conductions[0], series.conductions[-1]
    names = "relative_conductivity_before", "relative_conductivity_after", "reached_share"
    if before is None or after is None:
        return dict.fromkeys(names, float("nan"))
    reached = _reached_share(case, cell, before, after)
    return dict(zip(names, (before.relative, after.relative, reached), strict=True))


def _ends(case: Case, series: SwellingSeries, run_state: RunState) -> dict[str, float]:
    """Return cracks in the bulk, opening, pressures and balance at the end."""
    table, state = series.table(), run_state.state
    bulk = [name for name in table if name.startswith("crack_length_")]
    return {
        **{name: float(table[name].iloc[-1]) for name in bulk},
        "largest_opening_um": float(state.opening[..., 0].max(initial=0.0)) / MICROMETRE,
        "overlap_share": float(table["overlap_share"].max()),
        "stack_pressure_MPa": conditions_of(case).stack_pressure / MPA,
        "measured_stack_pressure_MPa": state.pressure / MPA,
        "energy_balance_error": run_state.energy_error,
    }


def _reached_share(case: Case, cell: Cell, before: Conduction, after: Conduction) -> float:
    """Return the share of the swelling region's surface that a path joins to the bottom.

    It is of what one joined before cracking.
    """
    domain = cell.domain
    connection = domain.mesh.topology.connectivity(domain.dimension - 1, domain.dimension)
    interior = np.flatnonzero(np.diff(connection.offsets) == 2)
    pairs = connection.array[connection.offsets[interior][:, None] + np.arange(2)]
    host = domain.region[pairs] == domain.regions[swelling_of(case).region]
    border = pairs[host[:, 0] != host[:, 1]]
    was, now = (np.count_nonzero(each.reached[border].any(axis=1)) for each in (before, after))
    return now / was if was else float("nan")
