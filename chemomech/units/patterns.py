"""Patterns of quantities as texts: what an editor holds a text with a unit against.

A pattern knows the usual units of its dimension with every prefix, as symbols and as words, in the
order of the SI unit: "0.2 mA/cm^2", "0.2 mA cm^-2", "0.2 milliampere/cm**2". The program reads more
than that: any product of units that has the dimension.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

NUMBER = r"[-+−]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,5})?"
PREFIX = (
    "(?:da|[YZEPTGMkhdcmuµμnpfazy]|yotta|zetta|exa|peta|tera|giga|mega|kilo|hecto|deci|centi|milli"
    "|micro|nano|pico|femto|atto)?"
)
METRE = (
    rf"(?:{PREFIX}(?:m|met(?:er|re)s?)|micron|[\u00c5\u212b]|angstroms?"
    "|in|inch|inches|ft|foot|feet)"
)
SYMBOLS = {
    "m": METRE,
    "rad": rf"(?:deg|degrees?|°|{PREFIX}rad|radians?|turns?)",
    "V": rf"{PREFIX}(?:V|volts?)",
    "K": rf"(?:deg[CKF]|degrees?[_ ]?(?:[CKF]|[cC]elsius|[fF]ahrenheit)|[°º˚]\s*[CF]|℃|celsius"
    rf"|{PREFIX}(?:K|kelvins?))",
    "A": rf"{PREFIX}(?:A|amp|amperes?)",
    "S": rf"{PREFIX}(?:S|siemens)",
    "ohm": rf"{PREFIX}(?:ohms?|Ohm|[\u03a9\u2126])",
    "J": rf"(?:{PREFIX}(?:J|joules?|eV|cal)|{PREFIX}N\s*[*·⋅ ]?\s*m)",
    "mol": rf"{PREFIX}(?:mol|moles?|particles?)",
    "kg": rf"(?:{PREFIX}(?:g|grams?)|lb|pounds?|t)",
    "s": rf"(?:{PREFIX}(?:s|sec|seconds?)|min|minutes?|h|hr|hours?|d|days?|weeks?|a|yr|years?)",
    "N": rf"(?:{PREFIX}(?:N|newtons?)|kgf|lbf)",
}
TIMES, OVER = r"\s*[*·⋅∙•×]?\s*", r"\s*[/\u2044\u2215]\s*"
RAISED = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


def _power(symbol: str, exponent: str) -> str:
    """Return the pattern of a unit to a power, a text: "1", "-2", "0.5"."""
    plain = exponent.replace("-", "[-−–⁻]").replace(".", r"\.")
    if exponent == "1":
        return symbol
    if exponent == "0.5":
        half = rf"(?:\^|\*\*)\s*(?:{plain}|\(\s*1\s*/\s*2\s*\))"
        return rf"(?:{symbol}\s*{half}|sqrt\s*\(\s*{symbol}\s*\)|√\s*\(?\s*{symbol}\s*\)?)"
    return rf"{symbol}\s*(?:(?:\^|\*\*)?\s*{plain}|{exponent.translate(RAISED)})"


@lru_cache(maxsize=64)
def _unit(unit: str) -> str:
    """Return the pattern of an SI unit, "A/m^2"."""
    above, _, below = unit.partition("/")
    found = ""
    for factor in above.split("*") if above != "1" else ():
        base, _, exponent = factor.partition("^")
        found += (TIMES if found else "") + _power(_base(base), exponent or "1")
    if below:
        base, _, exponent = below.partition("^")
        over, times = _power(_base(base), exponent or "1"), _power(_base(base), f"-{exponent or 1}")
        found = rf"(?:{found}{OVER}{over}|{found}{TIMES}{times})" if found else (
            rf"(?:1?{OVER}{over}|{times})"
        )  # fmt: skip
    return f"(?:{'|'.join([found, *_others(unit)])})"


def _base(base: str) -> str:
    """Return the pattern of a base unit; that of a pressure is one over an area too."""
    if base != "Pa":
        return SYMBOLS[base]
    return rf"(?:{PREFIX}(?:Pa|pascals?|bar|torr)|psi|atm|mmHg|{_unit('N/m^2')}|{_unit('J/m^3')})"


def _others(unit: str) -> Iterator[str]:
    """Yield patterns of what else is written for an SI unit."""
    if unit == "J/mol":
        yield rf"{PREFIX}eV"
    if unit == "J/m^2":
        yield rf"{SYMBOLS['N']}{OVER}{METRE}"
    if unit == "S/m":
        ohm = SYMBOLS["ohm"]
        yield rf"1?{OVER}\(?\s*{ohm}(?:{TIMES}|{OVER}){METRE}\s*\)?"
        yield _power(ohm, "-1") + TIMES + _power(METRE, "-1")
    if unit == "V":
        yield rf"{SYMBOLS['J']}{OVER}{PREFIX}C"


@lru_cache(maxsize=64)
def text_pattern(unit: str) -> str:
    """Return the regular expression of a JSON Schema for texts with a unit.

    Parameters
    ----------
    unit : str
        SI unit of the dimension, a key of chemomech.units.quantity.DIMENSIONS.
    """
    try:
        pattern = rf"^\s*{NUMBER}\s*{_unit(unit)}\s*$"
    except KeyError:
        return rf"^\s*{NUMBER}\s*\S"
    re.compile(pattern)
    return pattern
