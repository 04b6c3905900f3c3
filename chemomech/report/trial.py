"""Tries out table, figures and page of a study before anything of it is solved.

What would fail in the end for a name or a value that was written, fails before the first case runs.
"""

import tempfile
from pathlib import Path

from matplotlib.figure import Figure

from chemomech.case.errors import CaseError
from chemomech.report.axes import Axis
from chemomech.report.figures.overview import map_figure
from chemomech.report.figures.style import new_figure, png_bytes, styled, svg_bytes, typeset
from chemomech.report.figures.window import window_figure
from chemomech.report.pages.answer import answer_of
from chemomech.report.pages.page import write_report
from chemomech.report.reading import read_results
from chemomech.report.results import Results
from chemomech.study.engine import NOT_RUN, Outcome
from chemomech.study.plan import Study
from chemomech.study.table import write_study

MOST_VALUES = 40  # of an axis, that are drawn


def try_report(study: Study) -> None:
    """Make table and report of a study whose cases have no results, and forget them.

    Parameters
    ----------
    study : Study
        The checked study.

    Raises
    ------
    CaseError
        They cannot be made: says why.
    """
    outcomes = [Outcome(planned.label, NOT_RUN, 0.0, "", None) for planned in study.cases]
    with tempfile.TemporaryDirectory() as folder:
        try:
            write_study(study, outcomes, folder)
            results = read_results(folder)
            with styled():
                for figure in (_words(results), *_main(results)):
                    png_bytes(figure)
                    svg_bytes(figure)
            write_report(Path(folder))
        except ValueError as error:
            raise CaseError(
                f"{study.file.name}: its table or report cannot be made: {error}"
            ) from None


def _main(results: Results) -> list[Figure]:
    """Return the main figure, without a case in it."""
    if len(results.axes) == 1:
        return [window_figure(results, results.curve(), answer_of(results))]
    return [map_figure(results)] if len(results.axes) == 2 else []


def _words(results: Results) -> Figure:
    """Return a figure of everything in words that figures may show."""
    figure = new_figure(4.0)
    texts = [results.name, *(each for axis in results.axes for each in _texts(axis))]
    for number, text in enumerate(texts):
        figure.text(0.05, (number % 30) / 30, typeset(text))
    return figure


def _texts(axis: Axis) -> list[str]:
    """Return what is said of an axis and its values."""
    return [axis.label, *(axis.text(value) for value in axis.values[:MOST_VALUES])]
