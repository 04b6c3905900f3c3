"""Texts about a safe window: where it is, what bounds it, how uncertain it is."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from chemomech.report.pages.mechanism import at_pressure, best_of, limits_text, mechanism_of
from chemomech.report.results import Results
from chemomech.report.words import joined, limit_name, limit_text, number, percent, sentence, span
from chemomech.study.window import Edge, Limit, SafeWindow, safe_window
from chemomech.units.field import MICROMETRE

SAMPLED = ("short_risk", "max_K_over_KIc", "penetration_risk")
PERCENTILES = (
    (10, "in at least one draw of ten"),
    (50, "in at least half of the draws"),
    (90, "in at least nine draws of ten"),
)


def shown_window(window: SafeWindow) -> str:
    """Write a window in words.

    For example "18 to 47 MPa", "from 18 MPa up" or "at every pressure computed".
    """
    low, high = window.low.value, window.high.value
    if low is None and high is None:
        return "at every pressure computed"
    if low is None:
        return f"up to {number(high)} MPa"
    return f"from {number(low)} MPa up" if high is None else f"{number(low)} to {number(high)} MPa"


def quantile_windows(
    rows: pd.DataFrame, limits: Sequence[Mapping[str, Any]]
) -> list[tuple[int, str, SafeWindow]]:
    """Find where every limit holds at percentiles of the sampled inputs.

    Parameters
    ----------
    rows : DataFrame
        Its finished cases, ascending, with the column "place" [MPa].
    limits : sequence of mapping
        Limits as study.json has them.

    Returns
    -------
    list of (int, str, SafeWindow)
        Percentile, its words, the window.
    """
    found = []
    for share, words in PERCENTILES:
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


def uncertainty_text(
    results: Results, rows: pd.DataFrame, limits: Sequence[Mapping[str, Any]]
) -> str:
    """Tell what the sampled inputs do to the window.

    Parameters
    ----------
    results : Results
        The study.
    rows : DataFrame
        Its finished cases, ascending, with the column "place" [MPa].
    limits : sequence of mapping
        Limits as study.json has them.
    """
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
    risky = any(limit["column"] == "short_risk" for limit in limits)
    pores = ", lithium's diffusional flow and the pores' width" if risky else ""
    fixed = (
        f"; {joined(others)} stand{'' if len(others) > 1 else 's'} at the best value"
        if others
        else ""
    )
    return (
        f"Safe {'; '.join(parts)}. The {joined(sorted(samples))} draws vary the electrolyte's "
        f"toughness, the lithium interface's resistance, lithium's hardness{creep}{pores} and the "
        f"flaws' depth{fixed}."
    )


def nowhere_text(rows: pd.DataFrame, sampled: Sequence[Mapping[str, Any]], share: int) -> str:
    """Tell that no pressure is safe at a percentile.

    The best value of each limit that is never met there stands with it.

    Parameters
    ----------
    rows : DataFrame
        Its finished cases, ascending, with the column "place" [MPa].
    sampled : sequence of mapping
        Limits whose columns were sampled.
    share : int
        The percentile.
    """
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


def fixed_text(results: Results) -> str:
    """Tell what no band covers, and what the run's own checks say."""
    seeds = {case.result["case"]["geometry"].get("seed") for case in results.finished}
    text = "Not in these percentiles: the cathode interface's values"
    text += ", the one microstructure computed" if len(seeds) == 1 else ""
    text += " and the effects listed as not modelled."
    if results.failed:
        text += f" {results.left_out} and are left out."
    gates = [case for case in results.finished if case.exit_code == 1]
    if gates:
        text += f" In {len(gates)} cases a balance missed its gate."
    return text


def inside_text(
    rows: pd.DataFrame, low: float | None, high: float | None, limits: Sequence[Mapping[str, Any]]
) -> str:
    """Tell what the cell is like inside the window: contact, current margin, risk.

    Parameters
    ----------
    rows : DataFrame
        Its finished cases, ascending, with the column "place" [MPa].
    low, high : float or None
        Ends of the window [MPa]; None: of the range.
    limits : sequence of mapping
        Limits as study.json has them.
    """
    low, high = low or rows["place"].min(), high or rows["place"].max()
    inside = rows[(rows["place"] >= low) & (rows["place"] <= high)]

    def values(column: str, scale: float = 1.0) -> list[float]:
        edges = [at_pressure(rows, column, edge) for edge in (low, high)]
        return [scale * value for value in (*inside[column], *edges)]

    best = inside.loc[inside["max_K_over_KIc"].idxmin()]
    cathode, lithium = (
        span(values(f"contact_fraction_{side}", 100.0)) for side in ("cathode", "anode")
    )
    text = (
        f"Most margin at {number(best['place'])} MPa, where K/K_Ic is "
        f"{number(best['max_K_over_KIc'])}. In their worst state {cathode} % of the cathode "
        f"interface and {lithium} % of the lithium face conduct. The critical current density is "
        f"{span(values('critical_current_density_mA_cm2'))} mA cm⁻²."
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
        share = span(values("capacity_share", 100.0))
        text += f" {share} % of what fits between the voltages are discharged."
    risk, at_edge = inside["penetration_risk"].max(), max(values("penetration_risk"))
    if at_edge > 0.01 and all(limit["column"] != "penetration_risk" for limit in limits):
        text += (
            " The risk that some flaw of the whole population runs is no limit of this study; it "
            f"is at most {percent(risk)} in the cases inside the window and, interpolated, up to "
            f"{percent(at_edge)} at its edges."
        )
    return text


def alone_text(results: Results, rows: pd.DataFrame, limit: Mapping[str, Any]) -> str:
    """Tell where one limit holds on its own, and what sets its edges.

    Parameters
    ----------
    results : Results
        The study.
    rows : DataFrame
        Its finished cases, ascending, with the column "place" [MPa].
    limit : mapping
        A limit as study.json has it.
    """
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
    low, high = (Edge(edge, None) for edge in edges)
    window = SafeWindow(low, high, False, ())
    text = f"{sentence(limit_text(limit))} alone holds {shown_window(window)}"
    return f"{'; '.join([text, *clauses])}."


def side_point(
    rows: pd.DataFrame, limits: Sequence[Mapping[str, Any]], window: Mapping[str, Any], side: str
) -> tuple[str, str, str | None]:
    """Tell what happens at one end of the window.

    Parameters
    ----------
    rows : DataFrame
        Its finished cases, ascending, with the column "place" [MPa].
    limits : sequence of mapping
        Limits as study.json has them.
    window : mapping
        The window as study.json has it.
    side : str
        "low" or "high".

    Returns
    -------
    title, text, label
        The label is for the figure, None where the window is open.
    """
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


def window_headline(rows: pd.DataFrame, low: float | None, high: float | None) -> str:
    """Write the window in one clause.

    Parameters
    ----------
    rows : DataFrame
        Its finished cases, ascending, with the column "place" [MPa].
    low, high : float or None
        Its ends [MPa].
    """
    lowest, highest = number(rows["place"].min()), number(rows["place"].max())
    if low is None and high is None:
        return f"Safe at every stack pressure computed, {lowest} to {highest} MPa"
    if low is None:
        return f"Safe up to {number(high)} MPa of stack pressure; open at the low end, {lowest} MPa"
    if high is None:
        return f"Safe from {number(low)} MPa of stack pressure; open at the high end, {highest} MPa"
    return f"Safe between {number(low)} and {number(high)} MPa of stack pressure"


def robustness(rows: pd.DataFrame, limits: Sequence[Mapping[str, Any]]) -> str:
    """Write the headline's second half: whether a window is left at 90 % confidence.

    Parameters
    ----------
    rows : DataFrame
        Its finished cases, ascending, with the column "place" [MPa].
    limits : sequence of mapping
        Limits as study.json has them.
    """
    if not any(limit["column"] in SAMPLED for limit in limits):
        return ""
    window = quantile_windows(rows, limits)[-1][2]
    drawn = "; when they are drawn within their uncertainty, "
    return drawn + (
        "at 90 % confidence no pressure is safe"
        if window.empty
        else f"{shown_window(window)} at 90 % confidence"
    )


def meaning_text(results: Results, rows: pd.DataFrame, limits: Sequence[Mapping[str, Any]]) -> str:
    """Tell what counts as safe, and how the edges were found.

    Parameters
    ----------
    results : Results
        The study.
    rows : DataFrame
        Its finished cases, ascending, with the column "place" [MPa].
    limits : sequence of mapping
        Limits as study.json has them.
    """
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
            " Voltage loss: what ions, electrons, kinetics, film and lost contact take at the "
            "worst instant of the run; stress in the particles and their uneven stoichiometry do "
            "not count."
        )
    if any(limit["column"] == "capacity_share" for limit in limits):
        text += (
            " Capacity share: discharged in the last cycle, of what the active material holds at "
            "equilibrium between the protocol's voltages."
        )
    return text


def current_text(results: Results) -> str:
    """Name the wanted current, where the study names one."""
    wanted = results.window.get("current_density_mA_cm2")
    return "" if wanted is None else f" at {number(wanted)} mA cm⁻²"
