"""Runs the cases of a study as subprocesses of this machine and gathers their results.

A folder of a study: summary.csv, study.nc, study.json, mesh/ (shared meshes by geometry),
cases/<label>/ with each case's files. The first case of a geometry makes its mesh. A case whose
result.json carries the hash of its inputs is done and is not run again, wherever it stands in the
list: an interrupted study goes on where it stopped, and one that got more values runs these alone.
"""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomli_w

from chemomech.files import only_one, try_folder, write_text
from chemomech.received import python_apart
from chemomech.study.folder import read_result, shared_mesh
from chemomech.study.plan import PlannedCase, Study

NOT_RUN, BAD_INPUT, UNREADABLE, SIGNALLED = -1, 2, 5, 128  # exit codes
KEPT_EVERY = 10.0  # seconds between tables of a study that runs, at least
KEPT_SHARE = 20.0  # and times what writing the last one took
LOCK = ".lock"
OWN_CORE = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1"}
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
    if result is None or result["inputs_hash"] != inputs_hash or result.get("stopped"):
        return None
    return result


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


def _finished(study: Study, folder: Path) -> dict[str, dict[str, Any]]:
    """Return label -> result of the cases that are done, each moved to where it now stands.

    A value put into the list in front of others changes the number of every case behind it, but
    none of their inputs.
    """
    places = {planned.label: folder / "cases" / planned.label for planned in study.cases}
    found: dict[str, list[tuple[Path, dict[str, Any]]]] = {}
    for place in sorted((folder / "cases").glob("*/")):
        result = read_result(place)
        # One that was stopped short is run on, where it stands.
        if result is not None and not result.get("stopped"):
            found.setdefault(result["inputs_hash"], []).append((place, result))
    done: dict[str, dict[str, Any]] = {}
    moves: list[tuple[Path, Path]] = []
    for at_home in (True, False):
        for planned in study.cases:
            target, those = places[planned.label], found.get(planned.hash, [])
            fit = [each for each in those if not at_home or each[0] == target]
            if planned.label in done or not fit:
                continue
            place, done[planned.label] = fit[0]
            those.remove(fit[0])
            if place != target:
                moves.append((place.rename(place.with_name(f".moved.{planned.label}")), target))
    for place, target in moves:
        # What else stands there is of other inputs, and would be run over.
        shutil.rmtree(target, ignore_errors=True)
        place.rename(target)
    return done


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
    elif code < 0 or code > SIGNALLED:
        number = -code if code < 0 else code - SIGNALLED
        name = signal.strsignal(number) or "unknown"
        advice = ": out of memory?" if number == signal.SIGKILL else ""
        code, said = (
            SIGNALLED + number,
            f"ended by signal {number} ({name}){advice}\n{said}".strip(),
        )
    return Outcome(planned.label, code, seconds, said, None)


class Children:
    """Runs cases as processes of their own, and ends them all when it is told to."""

    def __init__(self, study: Study, folder: Path, report: Report) -> None:
        """Start without a process.

        Parameters
        ----------
        study : Study
            Of the cases.
        folder : Path
            Of the study.
        report : callable
            Told how far every case is.
        """
        self.study, self.folder, self.report = study, folder, report
        self.running: set[subprocess.Popen[str]] = set()
        self.ended = threading.Event()

    def end(self) -> None:
        """Ask all that run to stop, each keeping where it is; none is started any more."""
        self.ended.set()
        for process in list(self.running):
            process.terminate()

    def run(self, planned: PlannedCase) -> Outcome:
        """Run one case to its end.

        A run of it that an ended study has left behind is waited for: it holds the lock too.
        """
        place = self.folder / "cases" / planned.label
        with only_one(place / LOCK, self.ended.is_set) as lock:
            result = finished_result(place, planned.hash)
            if result is not None:
                return _done(planned.label, result)
            return self._run(planned, place, lock)

    def _run(self, planned: PlannedCase, place: Path, lock: int) -> Outcome:
        """Run one case whose folder is locked."""
        began = time.perf_counter()
        resume = _prepare(planned, place, self.study.base_folder)
        mesh = shared_mesh(self.folder, planned.case.canonical()["geometry"])
        command = [sys.executable, "-m", "chemomech", "run", str(place / "case.toml")]
        command += ["--out", str(place), "--shared-mesh", str(mesh), "--progress", "lines"]
        command += ["--resume", "--set-aside"] if resume else []
        with (
            open(place / "log.txt", "wb") as log,
            subprocess.Popen(
                command,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env={**os.environ, **python_apart(), **OWN_CORE},
                pass_fds=[lock],
            ) as process,
        ):
            self.running.add(process)
            if self.ended.is_set():
                process.terminate()
            for line in process.stdout or ():
                if line.startswith("progress "):
                    self.report(planned.label, float(line.split()[1]))
            code = process.wait()
            self.running.discard(process)
        return _outcome(planned, place, code, time.perf_counter() - began)


def _done(label: str, result: dict[str, Any]) -> Outcome:
    """Return the outcome of a case that was done already."""
    failed = result["gates_failed"]
    return Outcome(label, 1 if failed else 0, 0.0, "; ".join(failed), result)


def run_study(
    study: Study,
    folder: str | Path,
    report: Report = lambda label, share: None,
    keep: Callable[[list[Outcome]], Any] = lambda outcomes: None,
) -> list[Outcome]:
    """Run what is not yet done and return what became of every case, in the grid's order.

    An interrupt stops the running cases, which keep where they are, and leaves the finished ones.

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
    done = _finished(study, folder)
    outcomes = {label: _done(label, result) for label, result in done.items()}
    for label in outcomes:
        report(label, 1.0)
    # What cannot be written as a table is told before anything is solved.
    keep(_known(study, outcomes))
    # The hardest cases tend to stand at the end of a grid; starting there evens out the load.
    waiting = [planned for planned in reversed(study.cases) if planned.label not in outcomes]
    children = Children(study, folder, report)
    workers = study.file.run.workers or len(os.sched_getaffinity(0))
    with ThreadPoolExecutor(max_workers=workers) as pool:
        futures = [pool.submit(children.run, planned) for planned in waiting]
        due = time.perf_counter() + KEPT_EVERY
        try:
            for future in as_completed(futures):
                outcome = future.result()
                outcomes[outcome.label] = outcome
                report(outcome.label, 1.0)
                began = time.perf_counter()
                if began > due:
                    keep(_known(study, outcomes))
                    ended = time.perf_counter()
                    due = ended + max(KEPT_EVERY, KEPT_SHARE * (ended - began))
        except BaseException:
            for future in futures:
                future.cancel()
            children.end()
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
