"""What meets a limit at a stack pressure: which contribution dominates there.

The crack drive K of the named flaw has a static part (the stack presses lithium into the flaw) and
a plating part (overpotential times F/V_Li). Shares at a pressure between two cases are interpolated
in log-log; the static part is the largest over all sites, so its share is an upper estimate. The
parts of the voltage loss are those at each case's worst instant; what capacity is lost to is told
by `losses.missing`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from chemomech.report.losses import CAUSES, PARTS
from chemomech.report.words import joined, limit_text, percent

FULL_CONTACT = 0.9  # above this share of conducting face, poor contact is not what limits
WORTH_NAMING = 0.1  # share of a second cause from which it is named beside the first
CAUSE_WORDS = {  # (label for the figure, clause)
    "ionic": ("electrolyte resists", "the electrolyte"),
    "electronic": ("electrons' way resists", "the way of the electrons"),
    "transfer": ("cathode's charge transfer", "charge transfer at the cathode"),
    "contact": ("cathode loses contact", "the cathode's lost contact"),
    "film": ("film on the cathode resists", "the film on the cathode"),
    "lithium": ("lithium interface resists", "the lithium interface"),
    "concentration": ("uneven stoichiometry", "the particles' uneven stoichiometry"),
    "stress": ("stress in the particles", "stress in the particles"),
    "path": ("all contact is lost", "contact that is lost altogether"),
    "time": ("steps end by time", "steps that end by their time, not at a voltage"),
}


SHORT_WORDS = {  # (label for the figure, clause, inputs that would have to differ)
    "filled_flaw": (
        "plating drives filled flaws",
        "a flaw that plating fills and drives shorts first",
        "the flaws' depth and width or the lithium interface's resistance",
    ),
    "creep": (
        "lithium creeps through pores",
        "lithium that creeps through the widest pore shorts first",
        "the width of the widest pore over its length or the grains of lithium in it",
    ),
    "pressed_flaw": (
        "stack drives full flaws",
        "a flaw that the stack pressure alone drives shorts first",
        "the flaws' depth or the electrolyte's toughness",
    ),
    "voids": (
        "voids leave few spots",
        "stripping leaves voids and with them too few spots for plating",
        "the size of voids or how lithium creeps",
    ),
}


@dataclass(frozen=True)
class Mechanism:
    """What dominates at a limit.

    Attributes
    ----------
    label : str
        A short text for the figure.
    clause : str
        A clause for the text.
    """

    label: str
    clause: str


def at_pressure(rows: pd.DataFrame, column: str, pressure: float) -> float:
    """Interpolate a column of the finished cases at a stack pressure; constant beyond the range.

    Parameters
    ----------
    rows : DataFrame
        Finished cases, ascending, with the column "place" [MPa].
    column : str
        Name of the column; positive ones are interpolated in log-log.
    pressure : float
        Stack pressure [MPa].
    """
    x, y = np.log(rows["place"].to_numpy()), rows[column].to_numpy(dtype=float)
    known = np.isfinite(y)
    if not known.any():
        return float("nan")
    x, y = x[known], y[known]
    if (y > 0).all():
        return float(np.exp(np.interp(np.log(pressure), x, np.log(y))))
    return float(np.interp(np.log(pressure), x, y))


def drive_mechanism(rows: pd.DataFrame, pressure: float) -> Mechanism:
    """Tell whether plating overpressure or the stack pressure itself drives the named flaw.

    Parameters
    ----------
    rows : DataFrame
        As in `at_pressure`.
    pressure : float
        Stack pressure [MPa].
    """
    total, static = (
        at_pressure(rows, f"max_K{part}_over_KIc", pressure) for part in ("", "_static")
    )
    contact = at_pressure(rows, "contact_fraction_anode", pressure)
    if not total > 0.0:
        return Mechanism("no crack drive", "the flaw is closed")
    stack = min(max(static / total, 0.0), 1.0)
    if stack > 0.5:
        return Mechanism(
            "lithium pressed into flaws",
            f"stack pressure itself pressing lithium into the flaw makes about {percent(stack)} "
            f"of the crack drive, plating overpressure {percent(1 - stack)} ({percent(contact)} of "
            "the lithium face conducts)",
        )
    if contact < FULL_CONTACT:
        return Mechanism(
            "loses contact: plating through few spots",
            f"plating overpressure through poor lithium contact (only {percent(contact)} of the "
            f"face conducts) makes about {percent(1 - stack)} of the crack drive, stack pressure "
            f"itself {percent(stack)}",
        )
    return Mechanism(
        "plating overpressure at full contact",
        f"plating overpressure makes about {percent(1 - stack)} of the crack drive although "
        f"{percent(contact)} of the lithium face conducts: the interface's own resistance; stack "
        f"pressure itself {percent(stack)}",
    )


def shares_at(
    rows: pd.DataFrame, columns: Mapping[str, Any], pressure: float
) -> tuple[float, dict[str, float]]:
    """Give the sum of columns at a pressure and the share of each, the largest first.

    The sum is nan and there are no shares where they are not known.

    Parameters
    ----------
    rows : DataFrame
        As in `at_pressure`.
    columns : mapping
        Name -> column.
    pressure : float
        Stack pressure [MPa].
    """
    values = {
        name: max(at_pressure(rows, column, pressure), 0.0) for name, column in columns.items()
    }
    total = sum(value for value in values.values())
    if not total > 0.0:
        return float("nan"), {}
    return total, {
        name: values[name] / total for name in sorted(values, key=lambda name: -values[name])
    }


def cause_label(cause: str, rows: pd.DataFrame, pressure: float) -> str:
    """Label the largest cause: a lithium interface that resists may do so for want of contact.

    Parameters
    ----------
    cause : str
        Key of CAUSE_WORDS.
    rows : DataFrame
        As in `at_pressure`.
    pressure : float
        Stack pressure [MPa].
    """
    lithium = at_pressure(rows, "contact_fraction_anode", pressure)
    return (
        "lithium loses contact"
        if cause == "lithium" and lithium < FULL_CONTACT
        else CAUSE_WORDS[cause][0]
    )


def causes_text(shares: Mapping[str, float], word: str, whole: str = "") -> str:
    """Name the largest cause and those worth naming.

    For example "70 % goes to the cathode's lost contact and 17 % to the electrolyte".

    Parameters
    ----------
    shares : mapping
        Cause -> share, the largest first.
    word : str
        "to".
    whole : str
        What stands behind the first share, " goes".
    """
    first, *others = shares.items()
    named = [
        (f"{percent(share)} {word} {CAUSE_WORDS[cause][1]}")
        for cause, share in others
        if share >= WORTH_NAMING
    ]
    return joined([f"{percent(first[1])}{whole} {word} {CAUSE_WORDS[first[0]][1]}", *named])


def contact_text(cause: str, rows: pd.DataFrame, pressure: float) -> str:
    """Tell how much of the interface behind a cause conducts, or nothing.

    Parameters
    ----------
    cause : str
        Key of CAUSE_WORDS.
    rows : DataFrame
        As in `at_pressure`.
    pressure : float
        Stack pressure [MPa].
    """
    side = {"contact": "cathode", "transfer": "cathode", "lithium": "anode"}.get(cause)
    if side is None:
        return ""
    word = "cathode interface" if side == "cathode" else "lithium face"
    share = percent(at_pressure(rows, f"contact_fraction_{side}", pressure))
    return f"; {share} of the {word} conducts in its worst state"


def loss_mechanism(rows: pd.DataFrame, pressure: float) -> Mechanism:
    """Tell which part of the cell takes the largest share of the voltage loss at the worst instant.

    Parameters
    ----------
    rows : DataFrame
        As in `at_pressure`.
    pressure : float
        Stack pressure [MPa].
    """
    _, shares = shares_at(rows, {part: f"loss_{part}_mV" for part in PARTS}, pressure)
    if not shares:
        return Mechanism(
            "voltage loss", "what takes the voltage is not known without a time series"
        )
    first = next(iter(shares))
    causes = causes_text(shares, "to", " of the voltage loss at its worst instant goes")
    clause = f"{causes}{contact_text(first, rows, pressure)}"
    return Mechanism(cause_label(first, rows, pressure), clause)


def capacity_mechanism(rows: pd.DataFrame, pressure: float) -> Mechanism:
    """Tell what keeps the discharge short of what fits between the voltages.

    Parameters
    ----------
    rows : DataFrame
        As in `at_pressure`.
    pressure : float
        Stack pressure [MPa].
    """
    total, shares = shares_at(rows, {cause: f"missing_{cause}" for cause in CAUSES}, pressure)
    if not shares:
        return Mechanism("capacity stays out", "what keeps the capacity out is not known")
    first = next(iter(shares))
    clause = (
        f"{percent(total)} of what fits between the voltages stays unused, of that "
        f"{causes_text(shares, 'through')}{contact_text(first, rows, pressure)}"
    )
    return Mechanism(cause_label(first, rows, pressure), clause)


def short_clock(rows: pd.DataFrame, pressure: float) -> str:
    """Find which clock brings most shorts, the soonest of those that are certain.

    Parameters
    ----------
    rows : DataFrame
        As in `at_pressure`.
    pressure : float
        Stack pressure [MPa].
    """
    risks = {name: at_pressure(rows, f"short_risk_{name}", pressure) for name in SHORT_WORDS}
    largest = max((risk for risk in risks.values() if np.isfinite(risk)), default=float("nan"))
    times = {name: at_pressure(rows, f"short_time_{name}_h", pressure) for name in SHORT_WORDS}
    first = [name for name, risk in risks.items() if risk >= 0.99 * largest]
    finite = {name: times[name] if np.isfinite(times[name]) else np.inf for name in first}
    return min(finite, key=lambda name: finite[name], default="filled_flaw")


def short_mechanism(rows: pd.DataFrame, pressure: float) -> Mechanism:
    """Tell what shorts the cell first.

    Parameters
    ----------
    rows : DataFrame
        As in `at_pressure`.
    pressure : float
        Stack pressure [MPa].
    """
    clock = short_clock(rows, pressure)
    label, clause, _ = SHORT_WORDS[clock]
    risk = at_pressure(rows, f"short_risk_{clock}", pressure)
    return Mechanism(label, f"{clause} (by it alone a chance of {percent(risk)})")


def mechanism_of(rows: pd.DataFrame, limit: Mapping[str, Any], pressure: float) -> Mechanism:
    """Find the mechanism behind a limit of the window.

    Parameters
    ----------
    rows : DataFrame
        As in `at_pressure`.
    limit : mapping
        A limit as study.json has it.
    pressure : float
        Stack pressure [MPa].
    """
    column = limit["column"]
    if column == "voltage_loss_mV":
        return loss_mechanism(rows, pressure)
    if column == "capacity_share":
        return capacity_mechanism(rows, pressure)
    if column.startswith("contact_fraction"):
        word = "lithium" if column.endswith("anode") else "cathode"
        share = percent(at_pressure(rows, column, pressure))
        return Mechanism(
            f"{word} loses contact", f"{share} of the {word} interface conducts in its worst state"
        )
    if column == "short_risk":
        return short_mechanism(rows, pressure)
    drive = drive_mechanism(rows, pressure)
    if column == "penetration_risk":
        return Mechanism(drive.label, f"for the named flaw, {drive.clause}")
    return drive


def excess(rows: pd.DataFrame, limit: Mapping[str, Any], pressure: float) -> float:
    """Tell how far a value is beyond a limit, as a ratio: above 1 where the limit is not met.

    Parameters
    ----------
    rows : DataFrame
        As in `at_pressure`.
    limit : mapping
        A limit as study.json has it.
    pressure : float
        Stack pressure [MPa].
    """
    value = at_pressure(rows, limit["column"], pressure)
    ratio = value / limit["bound"] if limit["above"] else limit["bound"] / max(value, 1e-300)
    return ratio if np.isfinite(ratio) else float("inf")


def worst_at(
    rows: pd.DataFrame, limits: Sequence[Mapping[str, Any]], pressure: float
) -> Mapping[str, Any] | None:
    """Find the limit that is exceeded most at a pressure, or None when all are met.

    Parameters
    ----------
    rows : DataFrame
        As in `at_pressure`.
    limits : sequence of mapping
        Limits as study.json has them.
    pressure : float
        Stack pressure [MPa].
    """
    worst = max(limits, key=lambda limit: excess(rows, limit, pressure))
    return worst if excess(rows, worst, pressure) > 1.0 else None


def best_of(rows: pd.DataFrame, limit: Mapping[str, Any]) -> tuple[float, float]:
    """Find the best value of a limit's column over the cases, and its pressure [MPa].

    Parameters
    ----------
    rows : DataFrame
        As in `at_pressure`.
    limit : mapping
        A limit as study.json has it.
    """
    values = rows[limit["column"]]
    label = values.idxmin() if limit["above"] else values.idxmax()
    return float(values[label]), float(rows.loc[label, "place"])


def limits_text(limits: Iterable[Mapping[str, Any]]) -> str:
    """Write all limits in words."""
    return joined(limit_text(limit) for limit in limits)
