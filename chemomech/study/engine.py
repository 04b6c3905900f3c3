"""Runs the cases of a study as subprocesses of this machine and gathers their results.

A folder of a study: summary.csv, study.nc, study.json, mesh/ (shared meshes by geometry),
cases/<label>/ with each case's files. A case whose result.json carries the hash of its inputs is
done and is not run again, wherever it stands in the list: an interrupted study goes on where it
stopped, and one that got more values runs these alone.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomli_w

from chemomech.files import try_folder, write_text
from chemomech.geometry import GeometryError, build_microstructure, read_msh
from chemomech.received import python_apart
from chemomech.study.folder import read_result, shared_mesh
from chemomech.study.plan import PlannedCase, Study

NOT_RUN, BAD_INPUT, UNREADABLE, SIGNALLED = -1, 2, 5, 128  # exit codes
KEPT_EVERY = 10.0  # seconds between tables of a study that runs
# Sections that choose materials.
CHOICES = {"materials", "interfaces", "cracks"}
Report = Callable[[str, float], None]  # label of a case, share done


@dataclass(frozen=True)
class Outcome:
    """What became of a case.

    Attributes
    ----------
    label : str
        Name of its folder.
    code : int
        Exit code: -1 not run yet, 0 fine, 1 a gate failed, else it failed; 128 + n: ended by
        signal n.
    seconds : float
        How long it ran [s]; 0 when it was done already.
    message : str
        What it said, "" when all is well.
    result : dict or None
        What stands in its result.json; None when it failed.
    """

    label: str
    code: int
    seconds: float
    message: str
    result: dict[str, Any] | None


def finished_result(folder: Path, inputs_hash: str) -> dict[str, Any] | None:
    """Return the result of a case that is already done with these inputs, else None.

    Parameters
    ----------
    folder : Path
        Of the case.
    inputs_hash : str
        Hash of everything that its result depends on.
    """
    result = read_result(folder)
    return result if result is not None and result["inputs_hash"] == inputs_hash else None


def _absolute(table: dict[str, Any], base_folder: Path) -> dict[str, Any]:
    """Return the case's table with absolute file names, so that it can stand in another folder.

    The key path of the geometry names a file, and a choice of a material that ends in .toml; any
    other text that ends so is a text.
    """

    def at(name: str) -> str:
        return str((base_folder / name).resolve())

    def chosen(choice: Any) -> Any:
        if isinstance(choice, dict) and "base" in choice:
            return choice | {"base": chosen(choice["base"])}
        return at(choice) if isinstance(choice, str) and choice.endswith(".toml") else choice

    found = dict(table)
    if isinstance(path := table["geometry"].get("path"), str):
        found["geometry"] = table["geometry"] | {"path": at(path)}
    for section in CHOICES & table.keys():
        found[section] = {name: chosen(choice) for name, choice in table[section].items()}
    return found


def shared_meshes(
    folder: Path, cases: Iterable[PlannedCase]
) -> tuple[dict[str, Path], dict[str, GeometryError]]:
    """Mesh every distinct geometry of some cases once.

    Parameters
    ----------
    folder : Path
        Of the study; meshes stand in its folder mesh/.
    cases : iterable of PlannedCase
        The cases.

    Returns
    -------
    meshes : dict
        Label of a case -> its mesh file.
    refused : dict
        Label of a case -> why its geometry cannot be made or meshed.
    """
    meshes: dict[str, Path] = {}
    refused: dict[str, GeometryError] = {}
    seen: dict[Path, GeometryError | None] = {}
    for planned in cases:
        mesh = shared_mesh(folder, planned.case.canonical()["geometry"])
        if mesh not in seen:
            seen[mesh] = _mesh_or_refusal(planned, mesh)
        refusal = seen[mesh]
        if refusal is None:
            meshes[planned.label] = mesh
        else:
            refused[planned.label] = refusal
    return meshes, refused


def _mesh_or_refusal(planned: PlannedCase, mesh: Path) -> GeometryError | None:
    """Mesh a case's geometry where no good mesh of it stands; return why it cannot be done."""
    try:
        if mesh.is_file():
            read_msh(mesh)
            return None
    except GeometryError:
        # A file that is cut off or spoilt is made anew.
        mesh.unlink()
    try:
        build_microstructure(planned.case.geometry, mesh.parent)
    except GeometryError as error:
        return error
    return None


def _find_moved(study: Study, folder: Path) -> None:
    """Give finished cases that have another place in the study's list their new names.

    A value put into the list in front of others changes the number of every case behind it, but
    none of their inputs.
    """
    places = {planned.label: folder / "cases" / planned.label for planned in study.cases}
    at_home = {
        planned.label: finished_result(places[planned.label], planned.hash) is not None
        for planned in study.cases
    }
    home = {places[label] for label, there in at_home.items() if there}
    found: dict[str, Path] = {}
    for place in sorted((folder / "cases").glob("*/")):
        result = None if place in home else read_result(place)
        if result is not None:
            found.setdefault(result["inputs_hash"], place)
    moved: list[tuple[Path, Path]] = []
    for planned in study.cases:
        if not at_home[planned.label] and planned.hash in found:
            place, label = found.pop(planned.hash), planned.label
            moved.append((place.rename(place.with_name(f".moved.{label}")), places[label]))
    for place, target in moved:
        # What else stands there is of other inputs, and would be run over.
        shutil.rmtree(target, ignore_errors=True)
        place.rename(target)


def _prepare(planned: PlannedCase, folder: Path, base_folder: Path) -> bool:
    """Write the case file into its folder; say whether the same case was interrupted there."""
    case_file, text = folder / "case.toml", tomli_w.dumps(_absolute(planned.table, base_folder))
    interrupted = (
        case_file.is_file()
        and case_file.read_bytes() == text.encode()
        and any(folder.glob("checkpoints/*.npz"))
    )
    write_text(case_file, text)
    return interrupted


def _outcome(planned: PlannedCase, folder: Path, code: int, seconds: float) -> Outcome:
    """Return what became of a case whose process has ended.

    Parameters
    ----------
    planned : PlannedCase
        The case.
    folder : Path
        Its folder, with what it said in log.txt.
    code : int
        As the process left it: minus a signal that ended it.
    seconds : float
        How long it ran [s].
    """
    said = (folder / "log.txt").read_text(encoding="utf-8", errors="replace").strip()[-2000:]
    if code in (0, 1):
        result = finished_result(folder, planned.hash)
        if result is not None:
            return Outcome(planned.label, code, seconds, said if code else "", result)
        found = read_result(folder)
        why = (
            "its inputs have changed while it ran (a material, a file or the program); run it again"
            if found is not None
            else f"{folder / 'result.json'}: cannot be read"
        )
        code, said = (UNREADABLE if found is None else BAD_INPUT), f"{why}\n{said}".strip()
    elif code < 0:
        name = signal.strsignal(-code) or "unknown"
        advice = ": out of memory?" if -code == signal.SIGKILL else ""
        code, said = SIGNALLED - code, f"ended by signal {-code} ({name}){advice}\n{said}".strip()
    return Outcome(planned.label, code, seconds, said, None)


def _run_one(
    planned: PlannedCase,
    folder: Path,
    mesh: Path,
    base_folder: Path,
    report: Report,
    running: set[subprocess.Popen[str]],
) -> Outcome:
    """Run one case in its folder as a process of its own, which stands in `running` meanwhile."""
    began = time.perf_counter()
    resume = ["--resume", "--set-aside"] if _prepare(planned, folder, base_folder) else []
    command = [sys.executable, "-m", "chemomech", "run", str(folder / "case.toml")]
    command += ["--out", str(folder), "--mesh", str(mesh), "--progress", "lines", *resume]
    environment = {**os.environ, **python_apart()} | {
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "PYTHONUNBUFFERED": "1",
    }
    with (
        open(folder / "log.txt", "wb") as log,
        subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=log, text=True, env=environment
        ) as process,
    ):
        running.add(process)
        for line in process.stdout or ():
            if line.startswith("progress "):
                report(planned.label, float(line.split()[1]))
        code = process.wait()
        running.discard(process)
    return _outcome(planned, folder, code, time.perf_counter() - began)


def run_study(
    study: Study,
    folder: str | Path,
    report: Report = lambda label, share: None,
    keep: Callable[[list[Outcome]], Any] = lambda outcomes: None,
) -> list[Outcome]:
    """Run what is not yet done and return what became of every case, in the grid's order.

    An interrupt stops the running cases and leaves the finished ones in place.

    Parameters
    ----------
    study : Study
        The checked study.
    folder : path
        Where its results are written.
    report : callable
        Called with (label, share done from 0 to 1).
    keep : callable
        Called with what is known of every case, in the grid's order: before anything runs, now and
        then, and when the study ends or is ended.
    """
    folder = Path(folder)
    try_folder(folder)
    outcomes: dict[str, Outcome] = {}
    waiting: list[PlannedCase] = []
    running: set[subprocess.Popen[str]] = set()
    _find_moved(study, folder)
    for planned in study.cases:
        result = finished_result(folder / "cases" / planned.label, planned.hash)
        if result is None:
            waiting.append(planned)
        else:
            report(planned.label, 1.0)
            failed = result["gates_failed"]
            outcomes[planned.label] = Outcome(
                planned.label, 1 if failed else 0, 0.0, "; ".join(failed), result
            )
    # What cannot be written as a table is told before anything is solved.
    keep(_known(study, outcomes))
    meshes, refused = shared_meshes(folder, waiting)
    for label, error in refused.items():
        report(label, 1.0)
        outcomes[label] = Outcome(label, error.exit_code, 0.0, str(error), None)
    waiting = [planned for planned in waiting if planned.label in meshes]
    # The hardest cases tend to stand at the end of a grid; starting there evens out the load.
    waiting.reverse()
    workers = study.file.run.workers or len(os.sched_getaffinity(0))

    def work(planned: PlannedCase) -> Outcome:
        own = folder / "cases" / planned.label
        mesh = meshes[planned.label]
        return _run_one(planned, own, mesh, study.base_folder, report, running)

    with ThreadPoolExecutor(max_workers=workers) as pool:
        futures = [pool.submit(work, planned) for planned in waiting]
        kept = time.perf_counter()
        try:
            for future in as_completed(futures):
                outcome = future.result()
                outcomes[outcome.label] = outcome
                report(outcome.label, 1.0)
                if time.perf_counter() - kept > KEPT_EVERY:
                    keep(_known(study, outcomes))
                    kept = time.perf_counter()
        except BaseException:
            for future in futures:
                future.cancel()
            for process in list(running):
                process.terminate()
            keep(_known(study, outcomes))
            raise
    keep(_known(study, outcomes))
    return [outcomes[planned.label] for planned in study.cases]


def _known(study: Study, outcomes: Mapping[str, Outcome]) -> list[Outcome]:
    """Return what is known of every case, in the grid's order."""
    waiting = {
        planned.label: Outcome(planned.label, NOT_RUN, 0.0, "not run yet", None)
        for planned in study.cases
    }
    return list((waiting | dict(outcomes)).values())
