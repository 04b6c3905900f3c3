"""The Python front door: everything that the command line does, and what it has no words for.

    import chemomech as cm

    case = cm.load_case("cell.toml").with_values({"stack.pressure": "10 MPa"})
    result = cm.run(case, "results/one", progress=True)
    result.summary, result.timeseries, result.cycles, result.particles
    result.fields("charged").values["stress_xx_Pa"]
    result.plot().savefig("one.png")

    study = cm.run_study("study.toml", "results/study")
    study["max_K_over_KIc"].sel(stack_pressure_MPa=10.0)

    cm.load_material("Li6PS5Cl").ionic_conductivity
    cm.build_mesh(case).measure()["quality"]

A function loads what it needs when it is called: a case can be read, checked and changed, and a
result read, where there are no finite elements. Errors that are the user's to mend have an
attribute `exit_code`: CaseError, MaterialError and ResultError 2, NoConvergence 3, GeometryError 4.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import xarray as xr

    from chemomech.case import Case
    from chemomech.case.describe import SchemaRow
    from chemomech.door.doctor import Finding
    from chemomech.door.meshes import Mesh
    from chemomech.door.results import Result
    from chemomech.materials import Material, PropertyRow

Notify = Callable[[Any, float], None]


def load_case(path: str | Path) -> "Case":
    """Read and check a case file.

    Parameters
    ----------
    path : path
        A TOML file; `describe_schema` lists its keys.

    Raises
    ------
    CaseError
        The file is missing or not TOML, or one line per wrong key.
    """
    from chemomech.case import load_case as load

    return load(path)


def parse_case(table: Mapping[str, Any], base_folder: str | Path = ".") -> "Case":
    """Check a case given as nested tables, as they stand in a case file.

    `Case(**table)` does the same with the working folder as base.

    Parameters
    ----------
    table : mapping
        Section -> keys; quantities are texts with their unit ("5 MPa").
    base_folder : path
        Where the relative paths in the case start.

    Raises
    ------
    CaseError
        One line per wrong key.

    Examples
    --------
    >>> import chemomech as cm
    >>> table = cm.new_case()
    >>> case = cm.parse_case(table).with_values({"stack.pressure": "10 MPa"})
    >>> case.stack.pressure
    10000000.0
    >>> case.with_values({"stack.presure": "10 MPa"})
    Traceback (most recent call last):
    chemomech.case.errors.CaseError: stack.presure: is not a known key; did you mean "pressure"?
    """
    from chemomech.case import parse_case as parse

    return parse(dict(table), base_folder)


def run(
    case: "Case | str | Path",
    folder: str | Path,
    *,
    progress: bool | Notify = False,
    mesh: str | Path | None = None,
    resume: int | Literal["last"] | None = None,
    laws: Mapping[str, Callable[..., Any]] | None = None,
) -> "Result":
    """Run a case - cycling or swelling, in 2D or 3D - and return its results.

    Parameters
    ----------
    case : Case or path
        The case, or its file.
    folder : path
        Where the results are written; result.json is written last.
    progress : bool or callable
        True prints a line now and then; a callable is called with (state of the run, share done)
        after every step.
    mesh : path, optional
        A .msh in metres for the case's geometry, instead of building one.
    resume : int or "last", optional
        Cycle at whose end an interrupted run is taken up; "last" for the last one saved.
    laws : mapping, optional
        Name -> function: laws of one's own, which the case calls by that name.

    Raises
    ------
    CaseError, MaterialError, GeometryError, NoConvergence
        Before anything is written where a wrong case is the reason.
    """
    from chemomech.progress import run_progress
    from chemomech.runs.run import run as run_into

    checked = load_case(case) if isinstance(case, str | Path) else case
    notify = run_progress(checked.name, "bar") if progress is True else progress
    given: dict[str, Any] = {"notify": notify} if notify else {}
    if laws:
        given["laws"] = dict(laws)
    run_into(checked, folder, mesh=mesh, resume=resume, **given)
    return load_result(folder)


def load_result(folder: str | Path) -> "Result":
    """Return the results of one case as an object that reads its files when they are asked for.

    Parameters
    ----------
    folder : path
        The results folder of a case.

    Raises
    ------
    ResultError
        The folder holds no finished run.
    """
    from chemomech.door.results import Result

    result = Result(Path(folder))
    _ = result.data  # a folder without a result is refused here, not at first use
    return result


def open_result(folder: str | Path) -> "xr.Dataset":
    """Return the tables of one case as an xarray Dataset with units, long names and provenance.

    Parameters
    ----------
    folder : path
        The results folder of a case. The time series lies along the dimension "state"; cycles and
        particles have dimensions and prefixes of their own.

    Raises
    ------
    ResultError
        The folder holds no finished run.
    """
    return load_result(folder).dataset


def open_study(folder: str | Path) -> "xr.Dataset":
    """Return the table of a study as an xarray Dataset over its varied keys.

    Parameters
    ----------
    folder : path
        The results folder of a study.

    Raises
    ------
    ResultError
        The folder holds no study.
    """
    from chemomech.study.table import read_dataset

    return read_dataset(folder)


def run_study(
    study: str | Path,
    folder: str | Path,
    *,
    progress: bool | Callable[[str, float], None] = False,
    report: bool = True,
) -> "xr.Dataset":
    """Run every case of a study that is not done yet, as subprocesses, and return its table.

    Parameters
    ----------
    study : path
        A study file.
    folder : path
        Where the results are written.
    progress : bool or callable
        True shows a bar; a callable is called with (label of a case, share done).
    report : bool
        Write report.html.

    Returns
    -------
    Dataset
        As `open_study` gives it; exit_code is 0 or 1 of cases that have a result.

    Raises
    ------
    CaseError
        A case of the study is wrong; nothing has run.
    """
    from contextlib import nullcontext

    from chemomech.progress import StudyProgress
    from chemomech.study.engine import run_study as run_cases
    from chemomech.study.plan import load_study
    from chemomech.study.table import write_study

    planned = load_study(study)
    labels = [each.label for each in planned.cases]
    shown = StudyProgress(planned.file.name, labels) if progress is True else nullcontext(progress)
    with shown as tell:
        outcomes = run_cases(planned, folder, tell) if tell else run_cases(planned, folder)
    write_study(planned, outcomes, folder)
    if report:
        write_report(folder)
    return open_study(folder)


def write_report(folder: str | Path) -> Path:
    """Write report.html of a finished study and return its path.

    Parameters
    ----------
    folder : path
        The results folder of a study.

    Raises
    ------
    ResultError
        The folder holds no study.
    """
    from chemomech.report import write_report as write

    return Path(write(folder))


def build_mesh(case: "Case | str | Path", folder: str | Path | None = None) -> "Mesh":
    """Build the mesh of a case, to measure, draw or save it.

    Parameters
    ----------
    case : Case or path
        The case, or a file of which only the geometry is needed.
    folder : path, optional
        Where mesh.msh is left; without it nothing stays on disk.

    Raises
    ------
    CaseError, GeometryError
        The file is wrong; the geometry cannot be made or meshed.
    """
    from chemomech.case import load_drawing
    from chemomech.door.meshes import build

    return build(load_drawing(case) if isinstance(case, str | Path) else case, folder)


def load_material(name: str | Mapping[str, Any], base_folder: str | Path = ".") -> "Material":
    """Return a material or an interface material of the library, its values in SI.

    Parameters
    ----------
    name : str or mapping
        A name of the library, a path ending in .toml, or a table with a base and values of one's
        own.
    base_folder : path
        Where a relative path starts.

    Raises
    ------
    MaterialError
        There is no such material, or a value of it is wrong.

    Examples
    --------
    >>> import chemomech as cm
    >>> cm.load_material("Li6PS5Cl").kind
    'bulk'
    >>> cm.load_material("Li6PS5Cl").properties["ionic_conductivity"].unit
    'S/m'
    """
    from chemomech.materials import load_material as load

    return load(name if isinstance(name, str) else dict(name), Path(base_folder))


def list_materials() -> list[str]:
    """Return the names of the material library, interface materials included.

    Examples
    --------
    >>> import chemomech as cm
    >>> "Li6PS5Cl" in cm.list_materials()
    True
    """
    from chemomech.materials import list_materials as names

    return list(names())


def describe_material(name: str) -> "list[PropertyRow]":
    """Return one row per property of a material, as text: value, source, how sure, note.

    Parameters
    ----------
    name : str
        A name of the library.
    """
    from chemomech.materials import describe_material as describe

    return list(describe(name))


def describe_schema() -> "list[SchemaRow]":
    """Return one row for every key of a case file: its path, unit, default and meaning.

    Examples
    --------
    >>> import chemomech as cm
    >>> {row.key: row.unit for row in cm.describe_schema()}["stack.pressure"]
    'Pa'
    """
    from chemomech.case import describe_schema as describe

    return describe()


def case_schema() -> dict[str, Any]:
    """Return the JSON Schema of a case file, with units, defaults and meanings for an editor.

    Examples
    --------
    >>> import chemomech as cm
    >>> sorted(cm.case_schema()["required"])
    ['geometry', 'interfaces', 'materials', 'name', 'stack']
    """
    from chemomech.case.describe import json_schema
    from chemomech.case.schema import Case

    return json_schema(Case, "chemomech case")


def study_schema() -> dict[str, Any]:
    """Return the JSON Schema of a study file; its [case] is that of `case_schema`."""
    from chemomech.case.describe import json_schema
    from chemomech.study.plan import StudyFile

    return json_schema(StudyFile, "chemomech study")


def new_case(path: str | Path | None = None, recipe: str = "layered_cell") -> dict[str, Any]:
    """Return a case to start from, and write it, with comments, where a path is given.

    Parameters
    ----------
    path : path, optional
        Where the TOML file is written, with what it needs beside it; an existing file is refused.
    recipe : str
        What its geometry is: "layered_cell", "layered_cell_3d", "layers", "image" or "polycrystal".

    Raises
    ------
    CaseError
        There is no such recipe, or the file exists.

    Examples
    --------
    >>> import chemomech as cm
    >>> cm.new_case(recipe="layered_cell")["stack"]
    {'fixture': 'constant_pressure', 'pressure': '5 MPa'}
    """
    from chemomech.door.starters import table_of, write

    return table_of(recipe) if path is None else write(Path(path), recipe)


def doctor() -> "list[Finding]":
    """Return what a run would use - versions and places of the stack - and what is missing.

    Examples
    --------
    >>> import chemomech as cm
    >>> [each.name for each in cm.doctor()][:2]
    ['chemomech', 'Python']
    """
    from chemomech.door.doctor import examine

    return examine()
