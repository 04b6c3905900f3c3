"""The report's first paragraph: where the cell is safe, what limits it, and how uncertain that is.

Every sentence is chosen from the study's numbers; nothing is said that the table does not show.
"""

from dataclasses import dataclass

import pandas as pd

from chemomech.report.pages.mechanism import limits_text, mechanism_of, worst_at
from chemomech.report.pages.short_texts import band_headline, has_shorts, short_points
from chemomech.report.pages.window_texts import (
    alone_text,
    current_text,
    fixed_text,
    inside_text,
    meaning_text,
    robustness,
    side_point,
    uncertainty_text,
    window_headline,
)
from chemomech.report.results import Results
from chemomech.report.words import joined, limit_name, number, sentence, span


@dataclass(frozen=True)
class Answer:
    """What the report says first.

    Attributes
    ----------
    headline : str
        The answer in one sentence.
    points : tuple of (str, str)
        Titles and texts in reading order.
    low, high : float or None
        The window to shade [MPa], None where it is open.
    left, right : str or None
        What fails beyond it.
    empty : bool
        There is a window to look for, but none was found.
    """

    headline: str
    points: tuple
    low: float | None = None
    high: float | None = None
    left: str | None = None
    right: str | None = None
    empty: bool = False


def open_window(results: Results, rows: pd.DataFrame) -> Answer:
    """Make the answer of a study with a window.

    Parameters
    ----------
    results : Results
        The study.
    rows : DataFrame
        Its finished cases, ascending, with the column "place" [MPa].
    """
    window, limits = results.window, results.window["limits"]
    low, high = (window[side]["value"] for side in ("low", "high"))
    sides = [side_point(rows, limits, window, side) for side in ("low", "high")]
    setting = {window[side]["limit"] for side in ("low", "high")}
    apart = [limit for limit in limits if limit["label"] not in setting and len(limits) > 1]
    others = " ".join(alone_text(results, rows, limit) for limit in apart)
    points = (
        *((title, text) for title, text, _ in sides),
        *([("Other limits", others)] if others else []),
        ("Uncertainty", f"{uncertainty_text(results, rows, limits)} {fixed_text(results)}"),
        *short_points(results, rows),
        ("Inside", inside_text(rows, low, high, limits)),
        ("Safe means", meaning_text(results, rows, limits)),
    )
    headline = (
        f"{window_headline(rows, low, high)}{current_text(results)}, with best values of the "
        f"inputs{robustness(rows, limits)}."
    )
    headline = band_headline(results) if has_shorts(results) else headline
    return Answer(headline, points, low, high, sides[0][2], sides[1][2])


def empty_window(results: Results, rows: pd.DataFrame) -> Answer:
    """Make the answer of a study in which no pressure meets every limit.

    Parameters
    ----------
    results : Results
        The study.
    rows : DataFrame
        Its finished cases, ascending, with the column "place" [MPa].
    """
    limits = results.window["limits"]
    blocking = [limit for limit in limits if limit["label"] in results.window["blocking"]]
    ends = rows["place"].min(), rows["place"].max()
    labels = []
    for place in ends:
        worst = worst_at(rows, limits, place)
        labels.append(mechanism_of(rows, worst, place).label if worst else None)
    headline = (
        f"No safe stack pressure between {number(ends[0])} and {number(ends[1])} MPa"
        f"{current_text(results)}, with best values of the inputs: "
    )
    headline += (
        f"{limits_text(blocking)} is met nowhere."
        if blocking
        else ("each limit holds somewhere, but never all at one pressure.")
    )
    words = tuple(
        (sentence(limit_name(limit)), alone_text(results, rows, limit)) for limit in limits
    )
    sure = ("Uncertainty", f"{uncertainty_text(results, rows, limits)} {fixed_text(results)}")
    headline = f"{band_headline(results)} {headline}" if has_shorts(results) else headline
    safe = ("Safe means", meaning_text(results, rows, limits))
    return Answer(
        headline,
        (*words, sure, *short_points(results, rows), safe),
        left=labels[0],
        right=labels[1],
        empty=True,
    )


def plain_answer(results: Results, rows: pd.DataFrame) -> Answer:
    """Make the answer of a study without a window: the range of the main results.

    Parameters
    ----------
    results : Results
        The study.
    rows : DataFrame
        Its finished cases, ascending, with the column "place" [MPa].
    """
    names = joined(axis.name for axis in results.axes)
    if rows.empty:
        all_failed = f"all {len(results.cases)} failed"
        return Answer(
            f"No case finished: {results.left_out if results.waiting else all_failed}.",
            (("What to do", "The messages of the cases stand in the table below."),),
        )
    parts = []
    for column, text in (
        ("contact_fraction_cathode", "cathode contact in its worst state {}"),
        ("contact_fraction_anode", "lithium contact {}"),
        ("voltage_loss_mV", "voltage loss {} mV"),
        ("capacity_share", "capacity share {}"),
        ("max_K_over_KIc", "K/K_Ic of the named flaw {}"),
        ("penetration_risk", "penetration risk {}"),
        ("critical_current_density_mA_cm2", "critical current density {} mA cm⁻²"),
        ("critical_overpotential_mV", "critical overpotential {} mV"),
        (
            "critical_stripping_current_density_mA_cm2",
            "critical stripping current density {} mA cm⁻²",
        ),
        ("time_to_short_h", "time to short, where there is one, {} h"),
    ):
        known = rows[column].dropna()
        if len(known):
            parts.append(text.format(span(known)))
    failed = f" {results.left_out}." if results.failed else ""
    count = "One case" if len(rows) == 1 else f"{len(rows)} cases"
    return Answer(
        f"{count} over {names}: K/K_Ic of the named flaw {span(rows['max_K_over_KIc'])}.",
        (
            ("Range", f"{sentence('; '.join(parts))}.{failed}"),
            (
                "Window",
                "None is stated: a window is found when the stack pressure alone varies, or beside "
                "it the current and window.current_density names the wanted one, and limits are "
                "set.",
            ),
        ),
    )


def answer_of(results: Results) -> Answer:
    """Make the answer of a study."""
    rows = results.curve()
    if results.window is None or rows.empty:
        return plain_answer(results, rows)
    return empty_window(results, rows) if results.window["empty"] else open_window(results, rows)
