"""Studies: many cases, their table and their report."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import xarray as xr

    from chemomech.study.engine import Outcome
    from chemomech.study.plan import Study


def load_study(path: str | Path) -> "Study":
    """Read a study file, expand its grid and check every case.

    Parameters
    ----------
    path : path
        A study file; its header in chemomech.study.plan shows the keys.

    Raises
    ------
    CaseError
        One line per problem; of a case with its label in front.

    Examples
    --------
    >>> import chemomech as cm
    >>> [each.label for each in cm.load_study("study.toml").cases]
    ['000_pressure=1MPa', '001_pressure=40MPa']
    """
    from chemomech.study.plan import load_study as load

    return load(path)


def run_cases(
    study: "Study",
    folder: str | Path,
    progress: Callable[[str, float], None] | None = None,
    *,
    reported: bool = False,
) -> "list[Outcome]":
    """Run every case of a study that is not done yet, as subprocesses, and write the table.

    Parameters
    ----------
    study : Study
        As `load_study` gives it.
    folder : path
        Where the results are written; cases that are done there are not run again.
    progress : callable, optional
        Called with (label of a case, share done).
    reported : bool
        Try out the report before anything runs: what it cannot show is refused then.

    Returns
    -------
    list of Outcome
        What became of every case, in the grid's order.

    Examples
    --------
    >>> import chemomech as cm
    >>> study = cm.load_study("study.toml")
    >>> [each.code for each in cm.run_cases(study, "results/study")]
    [0, 0]
    """
    from chemomech.study.engine import run_study as run_all
    from chemomech.study.table import write_series, write_study

    if reported:
        from chemomech.report.trial import try_report

        try_report(study)
    given: dict[str, Any] = {"report": progress} if progress else {}
    outcomes = run_all(
        study, folder, keep=lambda known: write_study(study, known, Path(folder)), **given
    )
    write_series(study, outcomes, folder)
    return outcomes


def run_study(
    study: "Study | str | Path", folder: str | Path, *, progress: bool = False, report: bool = True
) -> "xr.Dataset":
    """Run a study and return its table; `run_cases` tells what became of every case.

    Parameters
    ----------
    study : Study or path
        The study, or its file.
    folder : path
        Where the results are written; cases that are done there are not run again.
    progress : bool
        Show a bar, or a line now and then where there is no terminal.
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

    Examples
    --------
    >>> import chemomech as cm
    >>> table = cm.run_study("study.toml", "results/study")
    >>> bool(table["contact_fraction_anode"].diff("stack_pressure_MPa") > 0.0)
    True
    """
    from chemomech.progress import StudyProgress

    planned = load_study(study) if isinstance(study, str | Path) else study
    if progress:
        labels = [each.label for each in planned.cases]
        with StudyProgress(planned.file.name, labels) as tell:
            run_cases(planned, folder, tell, reported=report)
    else:
        run_cases(planned, folder, reported=report)
    if report:
        write_report(folder)
    return open_study(folder)


def open_study(folder: str | Path, *, series: bool = False) -> "xr.Dataset":
    """Return the table of a study as an xarray Dataset over its varied keys.

    Parameters
    ----------
    folder : path
        The results folder of a study.
    series : bool
        Return the time series of all its cases instead, over the varied keys and the dimension
        "state"; nan stands behind the last state of a case.

    Raises
    ------
    ResultError
        The folder holds no study.

    Examples
    --------
    >>> import chemomech as cm
    >>> cm.open_study("results/study")["stack_pressure_MPa"].values.tolist()
    [1.0, 40.0]
    >>> cm.open_study("results/study", series=True)["voltage_V"].dims
    ('stack_pressure_MPa', 'state')
    """
    from chemomech.study.table import SERIES, TABLE, read_dataset

    return read_dataset(folder, SERIES if series else TABLE)


def write_report(folder: str | Path) -> Path:
    """Write report.html of a study, finished or not, or of a single run, and return its path.

    Parameters
    ----------
    folder : path
        The results folder of a study or a run.

    Raises
    ------
    ResultError
        The folder holds neither.

    Examples
    --------
    >>> import chemomech as cm
    >>> cm.write_report("results/study").name
    'report.html'
    """
    from chemomech.report import write_report as write

    return Path(write(folder))
