"""The doctor: says what would run and what is missing, and never breaks itself."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from chemomech import cli
from chemomech.door import doctor

ROOT = Path(__file__).parents[1]


def states(findings):
    """Name -> state of every finding."""
    return {each.name: each.state for each in findings}


def test_the_stack_of_the_tests_is_fine():
    """Breaks when the doctor finds fault with a stack that runs, or does not see a part of it."""
    found = doctor.examine()
    assert "missing" not in states(found).values()
    assert {"Python", "dolfinx", "PETSc", "gmsh", "BLAS", "numpy", "C compiler"} <= set(
        states(found)
    )
    assert all(each.version for each in found if each.name in ("dolfinx", "PETSc", "gmsh"))
    assert all(each.place for each in found)


@pytest.mark.parametrize(
    ("name", "version", "place", "state", "words"),
    [
        ("dolfinx", None, "ModuleNotFoundError: No module", "missing", "environment"),
        ("dolfinx", "0.8.0", "/here", "missing", "0.9"),
        ("dolfinx", "0.12.0", "/here", "missing", "0.12"),
        ("dolfinx", "0.11.0.post0", "/here", "fine", ""),
        ("PETSc", "3.22.5", "complex numbers, /here", "missing", "real"),
        ("BLAS", "", "/usr/lib/blas/libblas.so.3", "note", "libopenblas0-serial"),
        ("BLAS", "", "/usr/lib/openblas-serial/libblas.so.3", "fine", ""),
        ("gmsh", None, "OSError: libGL.so.1", "missing", "environment"),
    ],
)
def test_what_a_part_says_is_judged(name, version, place, state, words):
    """Breaks when a version, a kind of numbers or a slow library is judged wrongly."""
    found = doctor._judge(name, version, place)
    assert found.state == state and words in found.advice and bool(words) == bool(found.advice)


@pytest.mark.parametrize("output", ["", "Segmentation fault", None])
def test_a_stack_that_breaks_is_told(monkeypatch, capsys, output):
    """Breaks when a stack that crashes, prints nonsense or hangs takes the doctor with it."""

    def run(*arguments, **options):
        if output is None:
            raise subprocess.TimeoutExpired("python", 1.0)
        return subprocess.CompletedProcess(arguments, -11, output, "")

    monkeypatch.setattr(doctor.subprocess, "run", run)
    assert cli.main(["doctor"]) == 1
    captured = capsys.readouterr()
    assert "dolfinx" in captured.err and "! dolfinx" in captured.out


def test_a_missing_package_is_told(monkeypatch):
    """Breaks when a package that is not there is overlooked, or an optional one stops a run."""
    monkeypatch.setattr(doctor.util, "find_spec", lambda name: None)
    assert doctor._package("pandas").state == "missing"
    assert doctor._package("skimage", "images").state == "note"


def test_what_is_needed_is_what_the_package_asks_for():
    """Breaks when a new dependency is one that the doctor does not look for."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = {re.split(r"[<>=]", each)[0].replace("-", "_") for each in project["dependencies"]}
    # gmsh is loaded by the probe.
    assert set(doctor.NEEDED) == asked - {"gmsh"}
