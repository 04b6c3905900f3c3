"""A study whose runner, case or both are killed at any moment ends, run once more, as if nothing
had been."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

from small import tiny_case, write_toml

PROJECT = Path(__file__).parents[1]
MOMENTS = 30
WHO = ("runner", "child", "group", "asked")
pytestmark = pytest.mark.slow


def study_in(folder):
    """Write a study of six cases of two short cycles on two meshes."""
    steps = ["Charge at 1C for 1 minute", "Discharge at 1C for 1 minute"]
    case = tiny_case(cycle__protocol=[{"repeat": 2, "steps": steps}])
    vary = {"geometry.seed": [1, 2], "stack.pressure": ["1 MPa", "5 MPa", "20 MPa"]}
    table = {"name": "six", "case": case, "vary": vary, "run": {"workers": 2}}
    return write_toml(folder / "study.toml", table)


def start(file, out):
    """Start a study as a session of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "chemomech", "study", str(file), "--out", str(out), "--no-report"],
        cwd=PROJECT,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def children_of(process):
    """Numbers of the processes that a process has started."""
    found = Path(f"/proc/{process.pid}/task").glob("*/children")
    return [int(each) for path in found for each in path.read_text().split()]


def kill(process, who):
    """End the runner, one of its cases, all of them, or ask all of them to stop; say whom."""
    if who == "child":
        cases = children_of(process)
        if not cases:
            return None
        os.kill(cases[0], signal.SIGKILL)
    elif who == "runner":
        process.kill()
    else:
        os.killpg(process.pid, signal.SIGINT if who == "asked" else signal.SIGKILL)
    return who


def tables(out):
    """The table and the time series of a study, without how long anything took."""
    found = {"summary": pd.read_csv(out / "summary.csv").drop(columns="wall_time_s")}
    for path in sorted(out.glob("cases/*/timeseries.csv")):
        found[path.parent.name] = pd.read_csv(path)
    return found


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """(study file, its tables, seconds) in one go."""
    folder = tmp_path_factory.mktemp("whole")
    file, began = study_in(folder), time.monotonic()
    process = start(file, folder / "out")
    assert process.wait() == 0, process.stderr.read()
    return file, tables(folder / "out"), time.monotonic() - began


@pytest.mark.parametrize("moment", range(MOMENTS))
def test_killed_at_a_moment(whole, tmp_path, moment):
    """Breaks when a kill costs a result or changes one, blocks the study, or passes for success."""
    file, wanted, seconds = whole
    who, out = WHO[moment % len(WHO)], tmp_path / "out"
    process = start(file, out)
    try:
        process.wait((moment + 0.5) / MOMENTS * seconds)
    except subprocess.TimeoutExpired:
        who = kill(process, who)
        said = process.communicate()[1]
        code = {"runner": -9, "group": -9, "child": 137, "asked": 130}.get(who, 0)
        # A process that ended just before it was killed has done its work.
        assert process.returncode in (code, 0), said
        if process.returncode == 137:
            assert "ended by signal 9 (Killed)" in said
        if process.returncode == 130:
            assert "the same command goes on from there" in said
    again = start(file, out)
    said = again.communicate()[1]
    assert again.returncode == 0, said
    found = tables(out)
    assert found.keys() == wanted.keys()
    for name, table in wanted.items():
        pd.testing.assert_frame_equal(found[name], table, rtol=1e-6, atol=1e-12, obj=name)
    assert not [each for each in out.rglob(".*") if each.name != ".lock"]
