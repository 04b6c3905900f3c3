"""One case from its file to its results: mesh, cell, preload, steps, files."""

import shutil
import tempfile
import time as clock
from collections.abc import Callable
from pathlib import Path
from typing import Any

from chemomech.case.schema import Case
from chemomech.fem import compat
from chemomech.files import copy_file, try_folder, write_json
from chemomech.runs import checkpoint, cycling, swelling
from chemomech.runs.cautions import of_mesh, tables
from chemomech.runs.identity import Identity, identity_of
from chemomech.runs.keeper import Keeper
from chemomech.runs.outputs import clear, clear_mesh, result_of
from chemomech.runs.record import Job
from chemomech.setup.electrodes import check_case
from chemomech.setup.laws import Laws
from chemomech.setup.mesh import build_mesh, shared_mesh
from chemomech.signals import Stops
from chemomech.simulation.errors import NoConvergence
from chemomech.simulation.run_state import RunState


def run(
    case: Case,
    folder: str | Path,
    mesh: str | Path | None = None,
    notify: Callable[[RunState, float], Any] = lambda run_state, share: None,
    resume: int | str | None = None,
    laws: dict[str, Callable] | None = None,
    set_aside: bool = False,
    tell: Callable[[str], Any] = lambda text: None,
    shared: str | Path | None = None,
) -> dict[str, Any]:
    """Run a case into a folder and return its result as written to result.json.

    The file result.json is written last: its presence says that the run has ended. Of a run that
    was stopped short it has "stopped", where and why, beside what there is until then, and the last
    good state is a checkpoint.

    Parameters
    ----------
    case : Case
        What to compute.
    folder : str or Path
        Of the results; it is made where it is missing.
    mesh : str, Path or None
        An existing .msh in metres for the case's geometry; None builds it.
    notify : callable
        notify(run_state, share) is called after every accepted step; share: of the run that is
        over, 0 to 1.
    resume : int, str or None
        Number of the checkpoint at which to take up an interrupted run (a cycle, or a tenth of the
        way of a region that swells), "last" for the last one saved; None starts anew.
    laws : dict or None
        Name -> function: laws of one's own that the case's interfaces name; see `setup.laws`.
    set_aside : bool
        Whether a checkpoint that is refused gets another name and the run starts anew.
    tell : callable
        tell(text) is called with what a reader should know before the first step.

    shared : str, Path or None
        A mesh file that several runs of this geometry take; it is made where it is missing.

    Raises
    ------
    CaseError, MaterialError, GeometryError
        For a case that cannot be run.
    CheckpointError
        For a checkpoint that is missing, damaged or of another case, unless it is set aside; the
        folder stays as it is. A longer protocol that begins like that of the checkpoint goes on.
    OSError
        For a folder that cannot be written.
    NoConvergence
        Where no step is short enough.
    """
    began = clock.perf_counter()
    compat.check_version()
    folder, kind = Path(folder), cycling if case.swelling is None else swelling
    parts, kept = check_case(case, Laws(laws or {})), Path(folder) / "mesh.msh"
    path = None
    if resume is not None:
        path = checkpoint.find(folder, kind.STEM, resume)
    try_folder(folder)
    mesh = given = mesh if shared is None else shared_mesh(case.geometry, shared)
    with tempfile.TemporaryDirectory() as beside:
        # The mesh that was kept belongs to the checkpoint: without one it may be another case's.
        if path is not None and mesh is None and kept.is_file():
            mesh = kept
        microstructure, made = build_mesh(case, beside, mesh)
        # What has no place in this mesh is refused before anything is written.
        watched = kind.build(case, parts, microstructure)
        folder.mkdir(parents=True, exist_ok=True)
        if path is None:
            clear(folder)
        if made is not None:
            copy_file(made, kept)
        elif path is None and mesh is not None and Path(mesh).resolve() != kept.resolve():
            clear_mesh(folder)
    for caution in microstructure.cautions:
        tell(caution)
    job = kind.prepare(case, watched, folder, notify)
    identity = identity_of(case, job.cell)
    if resume is not None and path is None:
        tell(
            f"{folder} holds no checkpoint to resume from, the run starts anew; they are saved at "
            "the ends of cycles of a protocol of several, and where a run is interrupted"
        )
    try:
        taken = None if path is None else _taken(job, path, identity)
    except checkpoint.CheckpointError as error:
        if not set_aside:
            raise
        tell(f"{error}: set aside as {checkpoint.set_aside(folder)}, the run starts anew")
        # From the start: the mesh that was kept belongs to the checkpoint.
        return run(case, folder, given, notify, None, laws, tell=tell)
    stopped: NoConvergence | None = None
    with Stops() as stops:
        keeper = Keeper(job, folder, identity, case.output.checkpoints == "all", stops)
        try:
            run_state = _start(keeper, taken)
            try:
                run_state = job.follow(run_state, keeper, keeper.milestone)
            except NoConvergence as error:
                stopped, run_state = error, keeper.last or run_state
                if run_state.steps == 0:
                    raise  # before its first step: there is nothing to keep
                keeper.keep_place()
            job.recorder.save(folder)
            job.save(folder, run_state)
            found = job.result(run_state) | job.recorder.summary()
        except (KeyboardInterrupt, BrokenPipeError):
            # Asked to stop, or nobody listens any more.
            keeper.keep_place()
            raise
    found["cautions"] = tables(of_mesh(microstructure.cautions)) + found["cautions"]
    if stopped is not None:
        found["stopped"] = {"where": run_state.words, "why": str(stopped)}
    seconds = round(clock.perf_counter() - began, 3)
    found["summary"] = found["summary"] | {"wall_time_s": seconds}
    result = result_of(case, job.cell, found)
    write_json(folder / "result.json", result)
    if stopped is not None:
        resumes = ", and --resume goes on there" if checkpoint.found_in(folder, job.stem) else ""
        raise type(stopped)(f"{stopped}; what was computed until then lies in {folder}{resumes}")
    keeper.finish()
    return result


def _taken(job: Job, path: Path, identity: Identity) -> RunState:
    """Return the RunState of the checkpoint to go on from, its record restored."""
    run_state, recorded = checkpoint.load(path, job.start, identity)
    job.recorder.restore(recorded)
    if checkpoint.gets_cycles(path, identity) and run_state.done >= run_state.cycle:
        # What was the last cycle no longer is.
        job.recorder.cycle_ended(run_state)
    return run_state


def _start(keeper: Keeper, taken: RunState | None) -> RunState:
    """Return the RunState to go on from: the one that was taken up, or the start, recorded."""
    job, folder = keeper.job, keeper.folder
    # Not before a checkpoint has been found good: a refused one leaves the folder as it is.
    (folder / "result.json").unlink(missing_ok=True)
    if taken is not None:
        return taken
    found = checkpoint.found_in(folder, job.stem)
    if not any(checkpoint.is_of(path, keeper.identity) for path in found):
        shutil.rmtree(checkpoint.folder_in(folder), ignore_errors=True)
    keeper(job.start)
    return job.start
