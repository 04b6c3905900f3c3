"""The report's first paragraph: where the cell is safe, what limits each side, and how sure that is.

Every sentence is chosen from the study's numbers; nothing is said that the table does not show.
"""

from dataclasses import dataclass

import numpy as np

from chemomech.report.pages.mechanism import (
    at_pressure,
    best_of,
    limits_text,
    mechanism_of,
    worst_at,
)
from chemomech.report.words import joined, limit_name, limit_text, number, percent, sentence, span
from chemomech.study.window import Edge, Limit, SafeWindow, safe_window
from chemomech.units.field import MICROMETRE

SAMPLED = ("max_K_over_KIc", "penetration_risk")
PROVENANCE = (
    (10, "in at least one draw of ten"),
    (50, "in at least half of the draws"),
    (90, "in at least nine draws of ten"),
)


@dataclass(frozen=True)
class Answer:
    """What the report says first.

    points: (title, text) in reading order. low, high [MPa]: the window to shade, None where it is open.
    left, right: what fails beyond it, or None. empty: there is a window to look for, but none was found.
    """

    headline: str
    points: tuple
    low: float | None = None
    high: float | None = None
    left: str | None = None
    right: str | None = None
    empty: bool = False


def shown_window(window):
    """A window in words: "18 to 47 MPa", "from 18 MPa (open above)", "at every pressure computed"."""
    low, high = window.low.value, window.high.value
    if low is None and high is None:
        return "at every pressure computed"
    if low is None:
        return f"up to {number(high)} MPa"
    return f"from {number(low)} MPa up" if high is None else f"{number(low)} to {number(high)} MPa"


def quantile_windows(rows, limits):
    """(share, words, SafeWindow): where every limit holds at a percentile of the sampled inputs."""
    found = []
    for share, words in PROVENANCE:
        columns = {
            limit["column"]: rows[
                f"p{share}_{limit['column']}" if limit["column"] in SAMPLED else limit["column"]
            ].tolist()
            for limit in limits
        }
        checked = [
            Limit(limit["column"], limit["bound"], limit["above"], limit["label"])
            for limit in limits
        ]
        found.append((share, words, safe_window(rows["place"].tolist(), columns, checked)))
    return found


def uncertainty_text(results, rows, limits):
    """What the sampled inputs do to the window."""
    sampled = [limit for limit in limits if limit["column"] in SAMPLED]
    if not sampled:
        return "None of the limits depends on the inputs that were sampled, so there is no band."
    parts = []
    for share, words, window in quantile_windows(rows, limits):
        place = nowhere_text(rows, sampled, share) if window.empty else shown_window(window)
        parts.append(f"{words}: {place}")
    samples = {str(case.result["case"]["uncertainty"]["samples"]) for case in results.finished}
    others = [limit_name(limit) for limit in limits if limit not in sampled]
    flows = any(case.result["case"]["flaw"].get("width") is not None for case in results.finished)
    creep = ", its creep rate" if flows else ""
    fixed = (
        f"; {joined(others)} stand{'' if len(others) > 1 else 's'} at the best value"
        if others
        else ""
    )
    return (
        f"Safe {'; '.join(parts)}. The {joined(sorted(samples))} draws vary the electrolyte's toughness, the "
        f"lithium interface's resistance, lithium's hardness{creep} and the flaws' depth{fixed}."
    )


def nowhere_text(rows, sampled, share):
    """That no pressure is safe at a percentile, and the best value of each limit that is never met there."""
    found = []
    for limit in sampled:
        values = rows[f"p{share}_{limit['column']}"]
        if not (values <= limit["bound"]).any():
            place = number(rows.loc[values.idxmin(), "place"])
            best = number(values.min())
            found.append(
                f"{limit_name(limit)} at that percentile is at best {best}, at {place} MPa"
            )
    return f"nowhere ({joined(found)})" if found else "nowhere"


def fixed_text(results):
    """What no band covers, and what the run's own checks say."""
    seeds = {case.result["case"]["geometry"].get("seed") for case in results.finished}
    text = "Not in these percentiles: the cathode interface's values"
    text += ", the one microstructure computed" if len(seeds) == 1 else ""
    text += " and the effects listed as not modelled."
    if results.failed:
        text += f" {len(results.failed)} of {len(results.cases)} cases failed and are left out."
    gates = [case for case in results.finished if case.exit_code == 1]
    if gates:
        text += f" In {len(gates)} cases a balance missed its gate."
    return text


def inside_text(rows, low, high, limits):
    """What the cell is like inside the window: contact, current margin, risk."""
    low, high = low or rows["place"].min(), high or rows["place"].max()
    inside = rows[(rows["place"] >= low) & (rows["place"] <= high)]

    def values(column, scale=1.0):
        edges = [at_pressure(rows, column, edge) for edge in (low, high)]
        return [scale * value for value in (*inside[column], *edges)]

    best = inside.loc[inside["max_K_over_KIc"].idxmin()]
    cathode, lithium = (
        span(values(f"contact_fraction_{side}", 100.0)) for side in ("cathode", "anode")
    )
    text = (
        f"Most margin at {number(best['place'])} MPa, where K/K_Ic is {number(best['max_K_over_KIc'])}. "
        f"In their worst state {cathode} % of the cathode interface and {lithium} % of the lithium face "
        "conduct. "
        f"The critical current density is {span(values('critical_current_density_mA_cm2'))} mA cm⁻²."
    )
    overpotential, stripping = (
        inside[name].dropna()
        for name in ("critical_overpotential_mV", "critical_stripping_current_density_mA_cm2")
    )
    if len(overpotential):
        text += f" The named flaw runs at {span(overpotential)} mV of overpotential."
    if len(stripping):
        text += f" Stripping outruns bulk creep at voids above {span(stripping)} mA cm⁻²."
    shorts = inside["time_to_short_h"].replace(np.inf, np.nan).dropna()
    if len(shorts):
        text += f" Where the named flaw or a channel shorts, it takes {span(shorts)} h of plating."
    if inside["capacity_share"].notna().any():
        text += f" {span(values('capacity_share', 100.0))} % of what fits between the voltages are discharged."
    risk, at_edge = inside["penetration_risk"].max(), max(values("penetration_risk"))
    if at_edge > 0.01 and all(limit["column"] != "penetration_risk" for limit in limits):
        text += (
            " The risk that some flaw of the whole population runs is no limit of this study; it is at most "
            f"{percent(risk)} in the cases inside the window and, interpolated, up to {percent(at_edge)} "
            "at its edges."
        )
    return text


def alone_text(results, rows, limit):
    """Where one limit holds on its own, and what sets its edges."""
    each = results.window["each"][limit["label"]]
    if each["empty"]:
        value, place = best_of(rows, limit)
        clause = mechanism_of(rows, limit, place).clause
        best = f"at best {number(value)}, at {number(place)} MPa, where {clause}"
        return f"{sentence(limit_text(limit))} is met nowhere: {best}."
    edges = [each[side]["value"] for side in ("low", "high")]
    clauses = [
        f"at {number(edge)} MPa {mechanism_of(rows, limit, edge).clause}"
        for edge in edges
        if edge is not None
    ]
    window = SafeWindow(*(Edge(edge, None) for edge in edges), False, ())
    text = f"{sentence(limit_text(limit))} alone holds {shown_window(window)}"
    return f"{'; '.join([text, *clauses])}."


def side_point(rows, limits, window, side):
    """(title, text, label for the figure) of one end of the window."""
    value = window[side]["value"]
    if value is None:
        end, word = (
            (rows["place"].min(), "lowest") if side == "low" else (rows["place"].max(), "highest")
        )
        text = f"Open: every limit still holds at {number(end)} MPa, the {word} pressure computed."
        return f"{side.capitalize()} side", text, None
    limit = next(limit for limit in limits if limit["label"] == window[side]["limit"])
    mechanism = mechanism_of(rows, limit, value)
    beyond = "Below" if side == "low" else "Above"
    text = f"{sentence(limit_text(limit))} is no longer met: {mechanism.clause}."
    return f"{beyond} {number(value)} MPa", text, mechanism.label


def window_headline(rows, low, high):
    """The window in one clause."""
    lowest, highest = number(rows["place"].min()), number(rows["place"].max())
    if low is None and high is None:
        return f"Safe at every stack pressure computed, {lowest} to {highest} MPa"
    if low is None:
        return f"Safe up to {number(high)} MPa of stack pressure; open at the low end, {lowest} MPa"
    if high is None:
        return f"Safe from {number(low)} MPa of stack pressure; open at the high end, {highest} MPa"
    return f"Safe between {number(low)} and {number(high)} MPa of stack pressure"


def open_window(results, rows):
    """Answer of a study with a window."""
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
        ("Inside", inside_text(rows, low, high, limits)),
        ("Safe means", meaning_text(results, rows, limits)),
    )
    headline = (
        f"{window_headline(rows, low, high)}{current_text(results)}, with best values of the "
        f"inputs{robustness(rows, limits)}."
    )
    return Answer(headline, points, low, high, sides[0][2], sides[1][2])


def robustness(rows, limits):
    """The headline's second half: whether nine draws of ten leave a window."""
    if not any(limit["column"] in SAMPLED for limit in limits):
        return ""
    window = quantile_windows(rows, limits)[-1][2]
    drawn = "; when they are drawn within their uncertainty, "
    return drawn + (
        "no pressure is safe in nine draws of ten"
        if window.empty
        else f"{shown_window(window)} in nine draws of ten"
    )


def meaning_text(results, rows, limits):
    """What counts as safe, and how the edges were found."""
    low, high = number(rows["place"].min()), number(rows["place"].max())
    text = (
        f"{sentence(limits_text(limits))}, over {len(rows)} cases from {low} to {high} MPa"
        f"{current_text(results)}; edges are interpolated between cases."
    )
    depths = {case.result["case"]["flaw"]["depth"] / MICROMETRE for case in results.finished}
    if depths:
        text += f" The named flaw is {span(depths)} µm deep."
    if any(limit["column"] == "voltage_loss_mV" for limit in limits):
        text += (
            " Voltage loss: what ions, electrons, kinetics, film and lost contact take at the worst instant of the "
            "run; stress in the particles and their uneven stoichiometry do not count."
        )
    if any(limit["column"] == "capacity_share" for limit in limits):
        text += (
            " Capacity share: discharged in the last cycle, of what the active material holds at equilibrium "
            "between the protocol's voltages."
        )
    return text


def current_text(results):
    """The wanted current, where the study names one."""
    wanted = results.window.get("current_density_mA_cm2")
    return "" if wanted is None else f" at {number(wanted)} mA cm⁻²"


def empty_window(results, rows):
    """Answer of a study in which no pressure meets every limit."""
    limits = results.window["limits"]
    blocking = [limit for limit in limits if limit["label"] in results.window["blocking"]]
    ends = rows["place"].min(), rows["place"].max()
    labels = []
    for place in ends:
        worst = worst_at(rows, limits, place)
        labels.append(mechanism_of(rows, worst, place).label if worst else None)
    headline = (
        f"No safe stack pressure between {number(ends[0])} and {number(ends[1])} MPa{current_text(results)}, "
        "with best values of the inputs: "
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
    return Answer(
        headline,
        (*words, sure, ("Safe means", meaning_text(results, rows, limits))),
        left=labels[0],
        right=labels[1],
        empty=True,
    )


def plain_answer(results, rows):
    """Answer of a study without a window: the range of the main results."""
    names = joined(axis.name for axis in results.axes)
    if rows.empty:
        return Answer(
            f"No case finished: all {len(results.cases)} failed.",
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
    failed = (
        f" {len(results.failed)} of {len(results.cases)} cases failed." if results.failed else ""
    )
    return Answer(
        f"{len(rows)} cases over {names}: K/K_Ic of the named flaw {span(rows['max_K_over_KIc'])}.",
        (
            ("Range", f"{sentence('; '.join(parts))}.{failed}"),
            (
                "Window",
                "None is stated: a window is found when the stack pressure alone varies, or beside it the current and "
                "window.current_density names the wanted one, and limits are set.",
            ),
        ),
    )


def answer_of(results):
    """The Answer of a study."""
    rows = results.curve()
    if results.window is None or rows.empty:
        return plain_answer(results, rows)
    return empty_window(results, rows) if results.window["empty"] else open_window(results, rows)
