"""Texts about the chance of a short: its band first, what dominates it, what cells are run at."""

import math
from collections.abc import Mapping
from statistics import median
from typing import Any

import pandas as pd

from chemomech.report.pages.mechanism import SHORT_WORDS, mechanism_of, short_clock, worst_at
from chemomech.report.pages.window_texts import shown_window
from chemomech.report.published import SOURCE, USUAL, operating_pressures
from chemomech.report.results import Results
from chemomech.report.words import joined, limit_text, number, percent
from chemomech.study.window import Edge, SafeWindow

INPUT_WORDS = {
    "fracture_toughness": "the electrolyte's toughness",
    "anode_resistance": "the lithium interface's resistance",
    "lithium_hardness": "lithium's hardness",
    "flaw_depth": "the flaws' depth",
    "creep_rate": "lithium's creep rate",
    "diffusional_flow": "lithium's flow by diffusion (its grains)",
    "pore_width": "the width of the widest pore",
}


def has_shorts(results: Results) -> bool:
    """Say whether the study's window bounds the chance of a short and knows its samples."""
    return results.window is not None and "unsure_of" in results.window


def _window_of(found: Mapping[str, Any]) -> str:
    """Write a window of study.json in words."""
    if found["empty"]:
        return "nowhere"
    low, high = (Edge(found[side]["value"], None) for side in ("low", "high"))
    return shown_window(SafeWindow(low, high, False, ()))


def wanted_text(results: Results) -> str:
    """Name life, current and area of a window: "for 100 h at 0.2 mA cm⁻² on 1 cm²"."""
    currents = {
        round(float(case.result["summary"]["plating_current_density_mA_cm2"]), 4)
        for case in results.finished
        if case.result["summary"].get("plating_current_density_mA_cm2")
    }
    at = f" at {number(currents.pop())} mA cm⁻²" if len(currents) == 1 else ""
    window = results.window
    return f"for {number(window['life_h'])} h{at} on {number(window['area_cm2'])} cm²"


def band_headline(results: Results) -> str:
    """Write the answer in one sentence, its band first."""
    window = results.window
    sure, half, best = (
        _window_of(found) for found in (window["bands"]["p90"], window["bands"]["p50"], window)
    )
    first = (
        "At 90 % confidence no pressure is safe"
        if sure == "nowhere"
        else f"Safe {sure} at 90 % confidence"
    )
    return (
        f"{first} {wanted_text(results)}; in at least half of the draws {half}; with best values "
        f"of the inputs {best}."
    )


def dominating_text(results: Results) -> str:
    """Tell what the chance of a short is unsure of: what measuring removes, which input leads."""
    found = results.window["unsure_of"]
    named = [
        f"{INPUT_WORDS.get(name, name)} ({percent(share)})"
        for name, share in found["ranks"].items()
        if share >= 0.05
    ]
    text = (
        f"At {number(found['stack_pressure_MPa'])} MPa, where it is least decided whether a cell "
        f"shorts (chance {percent(found['mean_risk'])} over the draws), {percent(found['chance'])} "
        "of that is which flaws and pores a cell happens to have; measuring the inputs would "
        f"remove {percent(found['measurable'])}"
    )
    leads = f", first of all {joined(named)} of the ranks of shorts" if named else ""
    shares = results.window["safe_share"]
    safe = "; ".join(f"{place} MPa {percent(share)}" for place, share in shares.items())
    return f"{text}{leads}. Shares of the draws in which a pressure is safe: {safe}."


def beside_text(results: Results) -> str:
    """Tell the window of the other areas, "" without any."""
    parts = [
        f"On {number(found['area_cm2'])} cm² it is {_window_of(found)} with best values and "
        f"{_window_of(found['bands']['p90'])} at 90 % confidence."
        for found in results.window.get("beside", [])
    ]
    return " ".join(parts)


def operated_text(results: Results, rows: pd.DataFrame) -> str:
    """Set the window beside the pressures at which published cells are run.

    Where it excludes 5 to 10 MPa, which limit does that and which input would have to change.

    Parameters
    ----------
    results : Results
        The study.
    rows : DataFrame
        Its finished cases, ascending, with the column "place" [MPa].
    """
    known = [pressure for pressure, _ in operating_pressures()]
    text = (
        f"Published solid-state cells are run at {number(min(known))} to {number(max(known))} MPa, "
        f"median {number(median(known))} ({SOURCE})."
    )
    window = results.window
    low, high = (window[side]["value"] for side in ("low", "high"))
    inside = not window["empty"] and (low or 0.0) <= USUAL[0] and (high or math.inf) >= USUAL[1]
    if inside or rows["place"].max() < USUAL[0] or rows["place"].min() > USUAL[1]:
        return text
    place = math.sqrt(USUAL[0] * USUAL[1])
    limit = worst_at(rows, window["limits"], place)
    if limit is None:
        return text
    said = (
        f"{text} Cells with lithium are run at {number(USUAL[0])} to {number(USUAL[1])} MPa, which "
        f"this window leaves out, wholly or in part: at {number(place)} MPa {limit_text(limit)} is "
        f"not met, as {mechanism_of(rows, limit, place).clause}."
    )
    if limit["column"] != "short_risk":
        return f"{said} What takes that share would have to be smaller."
    return (
        f"{said} For it to be safe {SHORT_WORDS[short_clock(rows, place)][2]} would have to differ."
    )


def short_points(results: Results, rows: pd.DataFrame) -> list[tuple[str, str]]:
    """Return titles and texts about the chance of a short, none without it.

    Parameters
    ----------
    results : Results
        The study.
    rows : DataFrame
        Its finished cases, ascending, with the column "place" [MPa].
    """
    if not has_shorts(results):
        return []
    beside = beside_text(results)
    return [
        ("What dominates", dominating_text(results)),
        *([("Other areas", beside)] if beside else []),
        ("Cells in use", operated_text(results, rows)),
        (
            "A short",
            "The first of four: a flaw that plating fills and drives, lithium that creeps through "
            "pores, a flaw that the stack alone drives, voids that leave few spots. The recorded "
            "states are taken to last: lithium plates in life.plating_share of the life, half "
            "of it by default, the stack presses in all of it.",
        ),
    ]
