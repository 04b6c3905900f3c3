"""What a run would use: versions and places of the stack, and what of it is missing or broken.

The heavy packages are loaded in a process of their own, so that one that breaks is told, not met.
"""

import json
import os
import platform
import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib import metadata, util
from pathlib import Path
from typing import Literal

from chemomech.received import python_apart
from chemomech.version import __version__

NEEDED = (
    "numpy", "scipy", "pandas", "xarray", "h5netcdf", "h5py", "pydantic", "pint", "matplotlib",
    "meshio", "jinja2", "rich", "tomli_w", "emcee",
)  # fmt: skip
OPTIONAL = {"skimage": "images"}
PACKAGES = {"skimage": "scikit-image"}  # where the names differ
OLDEST, TOO_NEW = (0, 9), (0, 12)  # of dolfinx
LONGEST = 300  # seconds that loading the stack may take

# Run by another Python: what each part says of itself once it is loaded, or how it breaks.
PROBE = """
import json
found = {}
def look(name, say):
    try:
        found[name] = say()
    except BaseException as error:
        found[name] = [None, f"{type(error).__name__}: {error}"]
def dolfinx():
    import dolfinx
    return [dolfinx.__version__, dolfinx.__file__]
def petsc():
    from petsc4py import PETSc
    kind = "complex" if issubclass(PETSc.ScalarType, complex) else "real"
    return [".".join(map(str, PETSc.Sys.getVersion())), f"{kind} numbers, {PETSc.__file__}"]
def gmsh():
    import gmsh
    return [gmsh.__version__, gmsh.__file__]
def blas():
    import re, scipy.linalg
    libraries = {line.split()[-1] for line in open("/proc/self/maps") if "/" in line}
    kind = re.compile(r"/lib(openblas|mkl|blis|blas)[^/]*$")
    names = sorted(each for each in libraries if kind.search(each))
    return ["", ", ".join(names) or "no library of that kind is loaded"]
try:
    import petsc4py
    petsc4py.init(["-skip_petscrc"])  # as chemomech.fem does
except Exception:
    pass  # said below
for name, say in (("dolfinx", dolfinx), ("PETSc", petsc), ("gmsh", gmsh), ("BLAS", blas)):
    look(name, say)
print(json.dumps(found))
"""
WAYS = "environment/README.md names the ways to get the stack; environment/run CMD brings it along"


@dataclass(frozen=True)
class Finding:
    """One part of the stack.

    Attributes
    ----------
    name : str
        What it is.
    version : str
        Its version, "" where it has none or is missing.
    place : str
        Where it comes from, or what is wrong with it.
    state : {"fine", "note", "missing"}
        "note": a run works, but slower or not for every case; "missing": a run cannot work.
    advice : str
        What to do, "" where nothing is to be done.
    """

    name: str
    version: str
    place: str
    state: Literal["fine", "note", "missing"] = "fine"
    advice: str = ""


def examine() -> list[Finding]:
    """Return what a run would use, part by part; it never fails itself."""
    here = Path(__file__).parents[1]
    found = [Finding("chemomech", __version__, str(here)), _python()]
    found += _stack()
    found += [_package(name) for name in NEEDED]
    found += [_package(name, purpose) for name, purpose in OPTIONAL.items()]
    return [*found, _compiler()]


def _python() -> Finding:
    """Return the Python that runs this."""
    new_enough = sys.version_info >= (3, 11)
    state: Literal["fine", "missing"] = "fine" if new_enough else "missing"
    advice = "" if new_enough else "Python 3.11 or newer is needed"
    return Finding("Python", platform.python_version(), sys.executable, state, advice)


def _stack() -> list[Finding]:
    """Return finite elements, solver, mesher and linear algebra as another process finds them."""
    try:
        done = subprocess.run(
            [sys.executable, "-c", PROBE],
            capture_output=True,
            text=True,
            timeout=LONGEST,
            env={**os.environ, **python_apart()},
            check=False,
        )
        told = json.loads(done.stdout.strip().splitlines()[-1])
    except (OSError, ValueError, IndexError, subprocess.TimeoutExpired) as error:
        text = f"loading it ended with {type(error).__name__}"
        return [Finding("dolfinx", "", text, "missing", WAYS)]
    return [_judge(name, version, place) for name, (version, place) in told.items()]


def _judge(name: str, version: str | None, place: str) -> Finding:
    """Return what a part of the stack said of itself, judged."""
    if name == "BLAS":
        if "openblas" in place or "mkl" in place or "blis" in place:
            return Finding(name, "", place)
        advice = "an optimised one (Debian: libopenblas0-serial) solves 3 to 10 times faster"
        return Finding(name, "", place, "note", advice)
    if version is None:
        return Finding(name, "", place, "missing", WAYS)
    if name == "dolfinx":
        release = tuple(int(part) for part in version.split(".")[:2] if part.isdecimal())
        if not OLDEST <= release < TOO_NEW:
            low, high = (".".join(map(str, each)) for each in (OLDEST, TOO_NEW))
            return Finding(
                name, version, place, "missing", f"{low} or newer, below {high}, is needed"
            )
    if name == "PETSc" and place.startswith("complex"):
        return Finding(name, version, place, "missing", "a build with real numbers is needed")
    return Finding(name, version, place)


def _package(name: str, purpose: str = "") -> Finding:
    """Return a package of Python; one with a purpose may be missing."""
    spec = util.find_spec(name)
    if spec is None:
        if purpose:
            return Finding(name, "", "not installed", "note", f"only for {purpose}")
        return Finding(name, "", "not installed", "missing", WAYS)
    try:
        version = metadata.version(PACKAGES.get(name, name))
    except metadata.PackageNotFoundError:
        version = ""
    return Finding(name, version, str(Path(spec.origin).parent) if spec.origin else "")


def _compiler() -> Finding:
    """Return the C compiler, which turns weak forms into machine code."""
    path = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if path is None:
        advice = "a C compiler is needed, unless every form is in the cache already"
        return Finding("C compiler", "", "not found", "note", advice)
    return Finding("C compiler", "", path)
