"""Calibration: what measured cells say of the inputs."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chemomech.calibration import Posterior
    from chemomech.materials.posteriors import PosteriorCard


def calibrate(
    path: str | Path,
    folder: str | Path,
    *,
    progress: Callable[[float, str], None] | None = None,
    report: bool = True,
) -> "Posterior":
    """Fit the inputs of a calibration file to its data, and write what came out.

    Ctrl-C ends the chain; what there is then is written and returned, with `chain.interrupted`.

    Parameters
    ----------
    path : path
        The TOML file; docs/calibration.md has its keys.
    folder : path
        Where posterior.nc, tables, report and card are written.
    progress : callable, optional
        Called with the share done, 0 to 1, and words.
    report : bool
        Write report.html and figures.

    Raises
    ------
    CaseError
        One line per problem of the file.

    Examples
    --------
    >>> import chemomech as cm
    >>> found = cm.calibrate("calibration.toml", "results/calibration", report=False)
    >>> sorted(found.samples)
    ['face_resistance', 'scatter of resistance']
    """
    from chemomech.calibration import load_problem, posterior_of, sample, write_posterior
    from chemomech.files import try_folder

    problem = load_problem(path)
    try_folder(folder)
    found = posterior_of(problem, sample(problem, progress))
    write_posterior(found, folder)
    if report:
        from chemomech.report.pages.calibration import write_calibration_report

        write_calibration_report(found, folder)
    return found


def load_posterior(name: str, base_folder: str | Path = ".") -> "PosteriorCard":
    """Return a card of calibrated inputs, from which studies draw.

    Parameters
    ----------
    name : str
        A name of the library, or a path ending in .toml.
    base_folder : path
        Where a relative path starts.

    Raises
    ------
    MaterialError
        There is no such card, or it is damaged.

    Examples
    --------
    >>> import chemomech as cm
    >>> cm.load_posterior("Li|LLZO").draw(3, seed=0)["spot_radius"].shape
    (3,)
    """
    from chemomech.materials.posteriors import load_posterior as load

    return load(name, base_folder)
