"""Runs the cases of a study as subprocesses of this machine and gathers their results.

A folder of a study: summary.csv, study.nc, study.json, mesh/ (shared meshes by geometry),
cases/<label>/ with each case's files. A case whose result.json carries the hash of its inputs is done
and is not run again: an interrupted study goes on where it stopped.
"""

import hashlib
import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import tomli_w

from chemomech.geometry import build_microstructure


@dataclass(frozen=True)
class Outcome:
    """What became of a case: label, exit code (0 fine, 1 gate failed, else failed), seconds, message, result or None."""

    label: str
    code: int
    seconds: float
    message: str
    result: dict | None


def finished_result(folder, inputs_hash):
    """The result of a case that is already done with these inputs, else None."""
    try:
        result = json.loads((folder / "result.json").read_text())
    except (OSError, ValueError):
        return None
    return result if result.get("inputs_hash") == inputs_hash else None


def _absolute(table, base_folder):
    """The case's table with file names made absolute, so that it can stand in another folder."""

    def fix(key, value):
        if isinstance(value, dict):
            return {name: fix(name, entry) for name, entry in value.items()}
        names_file = isinstance(value, str) and (key == "path" or value.endswith(".toml"))
        return str((Path(base_folder) / value).resolve()) if names_file else value

    return fix("", table)


def shared_meshes(study, folder):
    """Mesh every distinct geometry of the study once; returns label -> mesh file."""
    meshes, found = {}, {}
    for planned in study.cases:
        text = json.dumps(planned.case.canonical()["geometry"], sort_keys=True)
        key = hashlib.sha256(text.encode()).hexdigest()[:12]
        if key not in found:
            target = folder / "mesh" / key
            if not (target / "mesh.msh").exists():
                build_microstructure(planned.case.geometry, target)
            found[key] = target / "mesh.msh"
        meshes[planned.label] = found[key]
    return meshes


def _run_one(planned, folder, mesh, base_folder, report, running):
    """Run one case in its folder; report(fraction done)."""
    began = time.perf_counter()
    folder.mkdir(parents=True, exist_ok=True)
    case_file, text = folder / "case.toml", tomli_w.dumps(_absolute(planned.table, base_folder))
    interrupted = (
        case_file.is_file()
        and case_file.read_text() == text
        and any(folder.glob("checkpoints/*.npz"))
    )
    case_file.write_text(text)
    command = [
        sys.executable,
        "-m",
        "chemomech",
        "run",
        str(case_file),
        "--out",
        str(folder),
        "--mesh",
        str(mesh),
        "--progress",
        "lines",
        *(["--resume"] if interrupted else []),
    ]
    environment = os.environ | {
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "PYTHONUNBUFFERED": "1",
    }
    with (
        open(folder / "log.txt", "w") as log,
        subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=log, text=True, env=environment
        ) as process,
    ):
        running.add(process)
        for line in process.stdout:
            if line.startswith("progress "):
                report(float(line.split()[1]))
        code = process.wait()
        running.discard(process)
    result = finished_result(folder, planned.hash)
    message = "" if code == 0 else (folder / "log.txt").read_text().strip()[-2000:]
    return Outcome(
        planned.label,
        code,
        time.perf_counter() - began,
        message,
        result if code in (0, 1) else None,
    )


def run_study(study, folder, report=lambda label, share: None):
    """Run what is not yet done; report(label, share) from 0 to 1. Returns Outcomes in the grid's order.

    An interrupt stops the running cases and leaves the finished ones in place.
    """
    folder = Path(folder)
    meshes = shared_meshes(study, folder)
    outcomes, waiting, running = {}, [], set()
    for planned in study.cases:
        result = finished_result(folder / "cases" / planned.label, planned.hash)
        if result is None:
            waiting.append(planned)
        else:
            report(planned.label, 1.0)
            code = 1 if result["gates_failed"] else 0
            outcomes[planned.label] = Outcome(
                planned.label, code, 0.0, "; ".join(result["gates_failed"]), result
            )
    # The hardest cases tend to stand at the end of a grid; starting there evens out the load.
    waiting.reverse()
    workers = study.file.run.workers or len(os.sched_getaffinity(0))

    def work(planned):
        place = folder / "cases" / planned.label
        return _run_one(
            planned,
            place,
            meshes[planned.label],
            study.base_folder,
            lambda share: report(planned.label, share),
            running,
        )

    with ThreadPoolExecutor(max_workers=workers) as pool:
        futures = [pool.submit(work, planned) for planned in waiting]
        try:
            for future in futures:
                outcome = future.result()
                outcomes[outcome.label] = outcome
                report(outcome.label, 1.0)
        except BaseException:
            for future in futures:
                future.cancel()
            for process in list(running):
                process.terminate()
            raise
    return [outcomes[planned.label] for planned in study.cases]
