"""Numbers and limits as words: rounding for readers and what a limit of the window means."""

import math
from collections.abc import Iterable, Mapping
from typing import Any

from chemomech.runs.columns import column

SUFFIXES = {"max_K_over_KIc": " for the named flaw"}  # of limits, behind the bound


def number(value: float | None, digits: int = 2) -> str:
    """Write a number with so many significant digits, as a reader wants it: 17.79 becomes "18".

    Between 1e-3 and 1e5 it has no exponent; what is not a number is a dash.

    Parameters
    ----------
    value : float or None
        The number.
    digits : int
        Significant digits.
    """
    if value is None or not math.isfinite(value):
        return "–" if value is None or math.isnan(value) else ("∞" if value > 0 else "−∞")
    if value == 0.0:
        return "0"
    size = abs(value)
    if not 1e-3 <= size < 1e5:
        mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
        mantissa = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
        raised = str(int(exponent)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
        return f"{mantissa}·10{raised}".replace("-", "−")
    places = max(digits - 1 - math.floor(math.log10(float(f"{size:.{digits - 1}e}"))), 0)
    text = f"{value:.{places}f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text).replace("-", "−")


def percent(share: float) -> str:
    """Write a share from 0 to 1 in per cent: "76 %"; below one per cent with one digit."""
    return f"{100 * share:.1f} %" if 0.0005 <= share < 0.0095 else f"{100 * share:.0f} %"


def limit_text(limit: Mapping[str, Any]) -> str:
    """Write a limit of the study's window as a condition: "voltage loss ≤ 100 mV"."""
    sign, found = "≤" if limit["above"] else "≥", column(limit["column"])
    unit = "" if found.unit == "1" else f" {found.shown_unit}"
    return f"{found.label} {sign} {limit['bound']:g}{unit}{SUFFIXES.get(found.name, '')}"


def limit_name(limit: Mapping[str, Any]) -> str:
    """Name what a limit bounds: "voltage loss"."""
    return column(limit["column"]).label


def with_unit(text: str, name: str) -> str:
    """Put the unit of a column in brackets where a text has {}.

    Parameters
    ----------
    text : str
        As "voltage {}"; a text without {} stays as it is.
    name : str
        Name of the column.
    """
    return text.format(f"[{column(name).shown_unit}]") if "{}" in text else text


def span(values: Iterable[float], digits: int = 2) -> str:
    """Write the smallest to the largest of some values, "0.11 to 0.2".

    They are one number when they round to the same.

    Parameters
    ----------
    values : iterable of float
        At least one.
    digits : int
        Significant digits.
    """
    values = list(values)
    low, high = number(min(values), digits), number(max(values), digits)
    return low if low == high else f"{low} to {high}"


def joined(parts: Iterable[str]) -> str:
    """Join parts as a sentence does: "a, b and c"."""
    parts = list(parts)
    return "".join(parts) if len(parts) < 2 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def sentence(text: str) -> str:
    """Put a capital letter in front of a text."""
    return text[:1].upper() + text[1:]
