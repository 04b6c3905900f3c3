"""Runs of one case, and their results."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from chemomech.api.cases import check_is_case, load_case
from chemomech.api.stack import stack_needed
from chemomech.case.errors import CaseError

if TYPE_CHECKING:
    import xarray as xr

    from chemomech.case import Case
    from chemomech.door.results import Result

Notify = Callable[[Any, float], None]


def run(
    case: "Case | str | Path",
    folder: str | Path,
    *,
    progress: bool | Notify = False,
    mesh: str | Path | None = None,
    resume: int | Literal["last"] | None = None,
    laws: Mapping[str, Callable[..., Any]] | None = None,
    set_aside: bool = False,
    shared_mesh: str | Path | None = None,
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
        Cycle at whose end an interrupted run is taken up; "last" for the last one saved. More
        cycles of the same protocol may be added.
    laws : mapping, optional
        Name -> function: laws of one's own, which an interface's material names under
        cohesive_law, contact_law or kinetics; chemomech.setup.laws says what each must be.
    set_aside : bool
        With `resume`: a checkpoint that is damaged or of another case gets another name, and the
        run starts anew; it is an error otherwise.

    shared_mesh : path, optional
        A file named mesh.msh that several runs of this geometry take, at the same time if need be;
        the first one makes it.

    Raises
    ------
    CaseError, MaterialError, GeometryError, NoConvergence
        Before anything is written where a wrong case is the reason.
    StackError
        A library that a run needs is not installed.
    CheckpointError
        The checkpoint to go on from is missing, damaged or of another case.

    Examples
    --------
    >>> import chemomech as cm
    >>> case = cm.load_case("cell.toml").with_values({"stack.pressure": "20 MPa"})
    >>> result = cm.run(case, "results/another")
    >>> result.summary["stack_pressure_MPa"], result.gates_failed
    (20.0, [])
    """
    with stack_needed():
        from chemomech.progress import note, run_progress
        from chemomech.runs.run import run as run_into

    checked = load_case(case) if isinstance(case, str | Path) else case
    check_is_case(checked)
    notify = run_progress(checked.name, "bar") if progress is True else progress
    given: dict[str, Any] = {"notify": notify} if notify else {}
    if laws is not None and not isinstance(laws, Mapping):
        raise CaseError(f"laws: given {laws!r}; write a mapping, name -> function")
    if laws:
        given["laws"] = dict(laws)
    given |= {"set_aside": set_aside, "tell": note, "shared": shared_mesh}
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

    Examples
    --------
    >>> import chemomech as cm
    >>> result = cm.load_result("results/one")
    >>> bool(result.timeseries["voltage_V"].max() < 4.3)
    True
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

    Examples
    --------
    >>> import chemomech as cm
    >>> table = cm.open_result("results/one")
    >>> table["voltage_V"].attrs["units"], table["voltage_V"].dims
    ('V', ('state',))
    """
    return load_result(folder).dataset


def summarise(result: "Result", case_file: str | Path | None = None) -> list[str]:
    """Return what a run says at its end: its numbers in groups, a verdict, its folder.

    Parameters
    ----------
    result : Result
        As `run` or `load_result` gives it.
    case_file : path, optional
        A study file: the verdict holds the run against the limits under its [window]; else a named
        flaw must not run, K/K_Ic at most 1.

    Examples
    --------
    >>> import chemomech as cm
    >>> lines = cm.summarise(cm.load_result("results/one"))
    >>> lines[-2].startswith("verdict: "), lines[-1]
    (True, 'results: results/one')
    """
    from chemomech.door.summary import USUAL, limits_in, summary_lines

    return summary_lines(result, USUAL if case_file is None else limits_in(case_file))
