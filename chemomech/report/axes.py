"""What a study varies, as axes of figures: names, units and places of the values."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from chemomech.case.keys import split_key
from chemomech.units.quantity import QuantityError, split, to_si

PRESSURE = "stack.pressure"
_TYPESET = (
    (r"\bm\^0\.5", "√m"),
    (r"\^2\b", "²"),
    (r"\^3\b", "³"),
    (r"\bohm\b", "Ω"),
    (r"\bum\b", "µm"),
    (r"\bdegC\b", "°C"),
    (r"\*", " "),
)


@dataclass(frozen=True)
class Axis:
    """One varied key of a study.

    Attributes
    ----------
    key : str
        Dotted key of the case.
    name : str
        Name for people.
    unit : str
        Unit of the places; empty for plain numbers and names.
    values : tuple
        The values as written.
    places : tuple of float
        Where they lie on an axis.
    numeric : bool
        Whether the places are the values; else they count from 0.
    """

    key: str
    name: str
    unit: str
    values: tuple[Any, ...]
    places: tuple[float, ...]
    numeric: bool

    @property
    def logarithmic(self) -> bool:
        """Whether the places span so much that a logarithmic axis suits them."""
        low, high = min(self.places), max(self.places)
        return self.numeric and low > 0.0 and high / low >= 10.0

    @property
    def label(self) -> str:
        """Axis label with its unit in brackets."""
        return f"{self.name} [{self.unit}]" if self.unit else self.name

    def place(self, value: Any) -> float:
        """Find where a value as written lies on the axis."""
        return self.places[self.values.index(value)]

    def text(self, value: Any) -> str:
        """Write a value for people, with its unit."""
        return f"{self.place(value):g} {self.unit}".strip() if self.numeric else str(value)


def pretty_unit(unit: str) -> str:
    """Typeset a unit, alone or behind a number: "ohm*cm^2" becomes "Ω cm²"."""
    for plain, typeset in _TYPESET:
        unit = re.sub(plain, typeset, unit)
    return unit


def build_axis(key: str, values: Sequence[Any]) -> Axis:
    """Make the axis of one varied key.

    Quantities are given in the unit of the first value, the pressure of the stack in MPa.

    Parameters
    ----------
    key : str
        Dotted key of the case.
    values : sequence
        The values as written in the study.
    """
    name = "stack pressure" if key == PRESSURE else split_key(key)[-1].replace("_", " ")
    if all(isinstance(value, int | float) and not isinstance(value, bool) for value in values):
        return Axis(key, name, "", tuple(values), tuple(float(value) for value in values), True)
    try:
        unit = "MPa" if key == PRESSURE else split(values[0])[1]
        places = tuple(to_si(value, unit) for value in values)
    except (QuantityError, AttributeError, TypeError):
        counted = tuple(float(i) for i in range(len(values)))
        return Axis(key, name, "", tuple(values), counted, False)
    return Axis(key, name, pretty_unit(unit), tuple(values), places, True)
