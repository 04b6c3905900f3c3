"""Numbers and limits as words: rounding for readers and what a limit of the window means."""

import math

LIMITS = {
    "voltage_loss_mV": "voltage loss {} {:g} mV",
    "capacity_share": "capacity share {} {:g}",
    "max_K_over_KIc": "K/K_Ic {} {:g} for the named flaw",
    "penetration_risk": "penetration risk {} {:g}",
    "contact_fraction_cathode": "cathode contact {} {:g}",
    "contact_fraction_anode": "lithium contact {} {:g}",
}


def number(value, digits=2):
    """A number with so many significant digits, without exponent between 1e-3 and 1e5: 17.79 -> "18"."""
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


def percent(share):
    """A share from 0 to 1 in per cent: "76 %"; below one per cent with one digit."""
    return f"{100 * share:.1f} %" if 0.0005 <= share < 0.0095 else f"{100 * share:.0f} %"


def limit_text(limit):
    """A limit of the study's window as a condition: "voltage loss ≤ 100 mV"."""
    sign = "≤" if limit["above"] else "≥"
    return LIMITS[limit["column"]].format(sign, limit["bound"])


def limit_name(limit):
    """What a limit bounds: "voltage loss"."""
    return LIMITS[limit["column"]].split(" {")[0]


def span(values, digits=2):
    """Smallest to largest of some values, "0.11 to 0.2", or one number when they round to the same."""
    low, high = number(min(values), digits), number(max(values), digits)
    return low if low == high else f"{low} to {high}"


def joined(parts):
    """Parts as a sentence joins them: "a, b and c"."""
    parts = list(parts)
    return "".join(parts) if len(parts) < 2 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def sentence(text):
    """A text with a capital letter in front."""
    return text[:1].upper() + text[1:]
