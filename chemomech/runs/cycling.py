"""One case from its file to its results: mesh, preload, protocol, observables, balances.

Results of a case, in its folder: result.json, timeseries.csv, cycles.csv, particles.csv, flaws.csv and flaw_growth.csv of
[[flaws]], meshed_flaws.csv, sites.npz, voids.npz, mesh.msh (unless a mesh was given and taken as
it is), fields/*.vtu with .pvd collections, checkpoints/*.npz at the ends of cycles when the protocol has several.
"""

import shutil
import tempfile
import time as clock
from dataclasses import replace
from pathlib import Path

import numpy as np

from chemomech.analysis.flaw_family import FlawFamilies
from chemomech.analysis.flaw_sites import FlawSites
from chemomech.analysis.meshed_flaws import MeshedFlaws
from chemomech.fem import compat
from chemomech.materials.fingerprint import inputs_hash
from chemomech.runs import checkpoint
from chemomech.runs.fields import FieldWriter
from chemomech.runs.record import Recorder
from chemomech.runs.result import flaw_inputs, save_run
from chemomech.setup.cell import build_cell
from chemomech.setup.conditions import conditions_of, fixture_of
from chemomech.setup.coupling import coupling_of, first_state
from chemomech.setup.electrodes import check_case
from chemomech.setup.laws import LIBRARY_LAWS
from chemomech.setup.mesh import build_mesh
from chemomech.setup.plan import plan_of
from chemomech.simulation.contact import initial_memory
from chemomech.simulation.coupled import CouplingOptions
from chemomech.simulation.cycles import run_cycles
from chemomech.simulation.newton import NewtonOptions
from chemomech.simulation.protocol_steps import RunOptions
from chemomech.simulation.stepping import preload

PRELOAD_STEPS = 5


def run_case(
    case, folder, mesh=None, notify=lambda run_state, share: None, resume=None, laws=LIBRARY_LAWS
):
    """Run a case into `folder` and return its result as written to result.json.

    mesh: an existing .msh in metres for the case's geometry. notify(walk, share) is called after every accepted step.
    resume: cycle at whose end to take up an interrupted run, "last" for the last one saved; None starts anew.
    Raises CaseError, MaterialError, GeometryError, NoConvergence, CheckpointError.
    """
    began = clock.perf_counter()
    compat.check_version()
    folder = Path(folder)
    parts = check_case(case, laws)
    with tempfile.TemporaryDirectory() as beside:
        kept = folder / "mesh.msh"
        if resume is not None and mesh is None and kept.is_file():
            mesh = kept
        microstructure, made = build_mesh(case, beside, mesh)
        cell = build_cell(case, parts, microstructure)
        # A family without a place in this mesh is refused before anything is written.
        families = FlawFamilies(case, cell) if case.flaws else None
        meshed = MeshedFlaws(case, cell) if case.meshed_flaws else None
        folder.mkdir(parents=True, exist_ok=True)
        if made is not None:
            shutil.copy(made, kept)
    plan = plan_of(case, cell)
    coupling = coupling_of(case, cell, case.solver.viscosity * plan.half_cycle)
    coupling, run_state = _preloaded(case, cell, coupling)
    # What is read of the cell's mechanics from here on has the fixture.
    cell = replace(cell, mechanics=coupling.mechanics)
    deepest = max(
        case.flaw.depth, case.flaw.depth_scale * np.log(1e6) ** (1.0 / case.flaw.depth_shape)
    )
    writer = FieldWriter(cell, coupling, folder) if case.output.fields != "none" else None
    flaws = FlawSites(cell, deepest)
    recorder = Recorder(
        case, cell, coupling, plan, flaws, flaw_inputs(case, cell), notify, writer, families, meshed
    )
    run_state = _run(
        case, cell, coupling, run_state, plan, recorder, folder / "checkpoints", resume
    )
    return save_run(
        case, cell, plan, recorder, run_state, folder, lambda: clock.perf_counter() - began
    )


def _run(case, cell, coupling, run_state, plan, recorder, saved, resume):
    """Run the protocol from the preloaded state; returns the last RunState."""
    identity = f"{inputs_hash(case, cell.laws.sources())} {len(cell.domain.region)}"
    path = None if resume is None else _checkpoint(saved, resume)
    taken = None if path is None else checkpoint.load(path, run_state, identity)
    # Not before a checkpoint has been found good: a refused one leaves the folder as it is.
    (saved.parent / "result.json").unlink(missing_ok=True)
    if taken is not None:
        run_state, recorded = taken
        recorder.take_up(recorded)
    else:
        shutil.rmtree(saved, ignore_errors=True)
        recorder(run_state)

    def cycle_ended(run_state):
        recorder.cycle_ended(run_state)
        if plan.protocol.cycles > 1:
            checkpoint.save(
                saved / f"cycle_{run_state.done:05d}.npz", run_state, recorder.saved(), identity
            )
            if case.output.checkpoints == "last":
                for older in sorted(saved.glob("cycle_*.npz"))[:-1]:
                    older.unlink()

    return run_cycles(
        coupling,
        run_state,
        plan.protocol,
        plan.capacity,
        conditions_of(case),
        _options(case, plan),
        recorder,
        cycle_ended,
        case.cycle.jump,
    )


def _options(case, plan):
    """Step lengths of a case [s]."""
    solver, longest = case.solver, plan.half_cycle / case.solver.steps_per_half_cycle
    coupling = CouplingOptions(NewtonOptions(solver.tolerance, solver.maximum_iterations))
    smallest = solver.minimum_step * plan.half_cycle
    control = replace(RunOptions().control, first=0.1 * longest, largest=longest, smallest=smallest)
    return RunOptions(coupling, control)


def _preloaded(case, cell, coupling):
    """(Coupling, RunState) at rest under the stack pressure, its energies at zero; the fixture holds from here on."""
    newton = NewtonOptions(case.solver.tolerance, case.solver.maximum_iterations)
    mechanics, run_state = preload(
        coupling.mechanics, conditions_of(case), fixture_of(case), newton, PRELOAD_STEPS,
        case.solver.minimum_step, coupling.face.profile,
    )  # fmt: skip
    coupling = replace(coupling, mechanics=mechanics)
    first = first_state(case, cell, coupling, run_state.state, initial_memory(cell))
    return coupling, replace(run_state, state=first)


def _checkpoint(saved, resume):
    """Path of the checkpoint to go on from; None when nothing was saved yet and the last one is asked for."""
    found = sorted(saved.glob("cycle_*.npz"))
    if resume == "last":
        return found[-1] if found else None
    path = saved / f"cycle_{int(resume):05d}.npz"
    if path not in found:
        known = ", ".join(str(int(each.stem.removeprefix("cycle_"))) for each in found) or "none"
        raise checkpoint.CheckpointError(f"resume: no checkpoint of cycle {resume}; saved: {known}")
    return path
