"""Time and memory of one Newton iteration against the number of unknowns, on one microstructure.

The 20 particles of studies/interface_robustness.toml, meshed evenly and ever finer; preload, then
all particles shrink evenly by a tenth of what a full charge takes. Each size is a process of its
own, so that its peak memory is its own. The exponents are fitted to all sizes: a direct solver in
2D has n^1.5 in time and n log n in memory ahead of it.
"""

import resource
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from sizes import exponent, rows_of

from chemomech.geometry import build_microstructure
from chemomech.models.body import by_cell
from chemomech.models.mechanics import Load
from chemomech.setup.cell import build_cell
from chemomech.setup.electrodes import check_case, stoichiometries
from chemomech.simulation.newton import NewtonOptions
from chemomech.simulation.run_state import RunState
from chemomech.simulation.step_control import StepControl
from chemomech.simulation.stepping import follow
from chemomech.study.plan import load_study

STUDY = Path(__file__).parents[1] / "studies" / "interface_robustness.toml"
UNKNOWNS = (
    10_000,
    40_000,
    160_000,
    640_000,
)  # asked for; gaps of 0.3 um between particles force 27,000
MESH_SIZE, GIVES = 0.714e-6, 40_000  # an even mesh of this size [m] has about so many unknowns


def measure(wanted):
    """Dict of counts, seconds and peak memory for about `wanted` unknowns."""
    case = load_study(STUDY).cases[0].case
    size = MESH_SIZE * (GIVES / wanted) ** 0.5
    mesh = case.geometry.mesh.model_copy(update={"size_interface": size, "size_bulk": size})
    case = case.model_copy(update={"geometry": case.geometry.model_copy(update={"mesh": mesh})})
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        microstructure = build_microstructure(case.geometry, folder)
    meshed = time.perf_counter()
    cell = build_cell(case, check_case(case), microstructure)
    built = time.perf_counter()
    mechanics = cell.mechanics
    newton = NewtonOptions(case.solver.tolerance, case.solver.maximum_iterations)
    preload = StepControl(0.5, 0.5, 1e-4)
    loaded = follow(
        mechanics,
        RunState(mechanics.initial_state()),
        lambda t, dt: Load(case.stack.pressure * t),
        1.0,
        preload,
        newton=newton,
    )
    shrinking = by_cell(cell.domain, {cell.cathode.region: shrinkage(case, cell)})

    def load_at(time, dt):
        return Load(
            case.stack.pressure,
            chemical_strain=time * shrinking,
            step_over_viscosity=dt / case.solver.viscosity,
        )

    options = StepControl(0.05, 0.05, 1e-4)
    after = time.perf_counter()
    last = follow(mechanics, replace(loaded, time=0.0), load_at, 0.1, options, newton=newton)
    seconds = time.perf_counter() - after
    iterations = last.iterations - loaded.iterations
    return {
        "unknowns": mechanics.constraint.size,
        "cells": len(cell.domain.region),
        "meshing": meshed - began,
        "building": built - meshed,
        "iterations": iterations,
        "per_iteration": seconds / iterations,
        "memory": 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
    }


def shrinkage(case, cell):
    """Linear strain of the active material from the start to the end of the charge."""
    limits = stoichiometries(case, cell.materials[cell.cathode.region])
    table = cell.materials[cell.cathode.region].volume_change
    start, end = np.interp([limits.start, limits.charged], table.stoichiometry, table.value)
    return ((1 + end) / (1 + start)) ** (1 / 3) - 1


HEAD = "unknowns    cells  meshing s  building s  iterations  s/iteration  peak memory MB"


def main():
    rows = []
    for row in rows_of(__file__, __doc__, measure, UNKNOWNS):
        print(
            f"{'' if rows else HEAD + chr(10)}"
            f"{row['unknowns']:8d} {row['cells']:8d} {row['meshing']:10.2f} "
            f"{row['building']:11.2f} {row['iterations']:11d} {row['per_iteration']:12.3f} "
            f"{row['memory'] / 1e6:15.0f}",
            flush=True,
        )
        rows.append(row)
    if len(rows) > 1:
        print(
            f"exponents: time {exponent(rows, 'per_iteration'):.2f}, "
            f"memory {exponent(rows, 'memory'):.2f}"
        )


if __name__ == "__main__":
    main()
