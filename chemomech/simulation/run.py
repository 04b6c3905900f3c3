"""One case from its file to its results: mesh, preload, charge, discharge, observables, balances.

Results of a case, in its folder: result.json, timeseries.csv, sites.npz, mesh.msh (unless a mesh was
given), fields/*.vtu with .pvd collections.
"""

import shutil
import tempfile
import time as clock
from dataclasses import replace
from pathlib import Path

import numpy as np

from chemomech.electrodes import check_case
from chemomech.fem import compat
from chemomech.geometry import build_microstructure, read_msh
from chemomech.models.cell import build_cell
from chemomech.models.mechanics import Load
from chemomech.models.supports import Fixture
from chemomech.simulation.cycle import load_path, plan_cycle
from chemomech.simulation.cycling import cycle_through
from chemomech.simulation.record import Recorder
from chemomech.simulation.response import Electrochemistry
from chemomech.simulation.result import save_run
from chemomech.simulation.step import NewtonOptions
from chemomech.simulation.stepping import Progress, SteppingOptions, follow

PRELOAD_STEPS = 5


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
    deepest = max(case.flaw.depth, case.flaw.depth_scale * np.log(1e6) ** (1.0 / case.flaw.depth_shape))
    chemistry = Electrochemistry(cell, case.cycle.current_density, deepest)
    recorder = Recorder(case, cell, cycle, chemistry, notify)
    last = _walk(case, cell, cycle, recorder)
    return save_run(case, cell, cycle, recorder, last, folder, lambda: clock.perf_counter() - began)


def _walk(case, cell, cycle, recorder):
    """Preload, then charge and discharge; returns the last Progress."""
    solver, mechanics = case.solver, cell.mechanics
    newton = NewtonOptions(solver.tolerance, solver.maximum_iterations)
    preload = SteppingOptions(newton, 1.0 / PRELOAD_STEPS, 1.0 / PRELOAD_STEPS, solver.minimum_step)
    progress = Progress(0.0, mechanics.initial_state())
    progress = follow(mechanics, progress, lambda t, dt: Load(case.stack.pressure * t), 1.0, preload)
    place = progress.state.place
    if case.stack.fixture != "constant_pressure":
        mechanics.with_fixture(Fixture(case.stack.fixture, case.stack.stiffness or 0.0, place))
    progress = replace(progress, time=0.0)
    recorder(progress)

    load_at = load_path(case, cell, cycle)
    length = 1.0 / solver.steps_per_half_cycle
    options = SteppingOptions(newton, length, length, solver.minimum_step)
    return cycle_through(mechanics, progress, load_at, case.cycle.count, options, recorder, case.cycle.jump)
