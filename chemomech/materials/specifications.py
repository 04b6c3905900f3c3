"""What a property may be: a quantity in a physical range, a name, or a table over stoichiometry."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from chemomech.units.quantity import shown, to_si


class MaterialError(ValueError):
    """What is wrong with a material: its name, the property, the value and what is accepted."""

    exit_code = 2


@dataclass(frozen=True)
class Curve:
    """A tabulated function of stoichiometry.

    Attributes
    ----------
    stoichiometry : tuple of float
        Lithium per site, strictly increasing between 0 and 1 [1].
    value : tuple of float
        One value for each stoichiometry.
    """

    stoichiometry: tuple[float, ...]
    value: tuple[float, ...]


@dataclass(frozen=True)
class Quantity:
    """A property with a unit and its physical range.

    Attributes
    ----------
    unit : str
        SI unit; "1" for plain numbers.
    meaning : str
        What the property is, for people.
    low, high : float
        Bounds in the SI unit.
    closed : bool
        Whether the bounds themselves are allowed.
    """

    unit: str
    meaning: str
    low: float = 0.0
    high: float = float("inf")
    closed: bool = False

    def read(self, value: Any) -> float:
        """Return the SI float of a value as written; raise ValueError when it is out of range."""
        number = _number(value) if self.unit == "1" else to_si(value, self.unit)
        inside = self.low <= number <= self.high if self.closed else self.low < number < self.high
        if not inside:
            bounds = f"from {self.low:g} to {self.high:g}" if self.closed else self._open_bounds()
            raise ValueError(
                f"{shown(value)} is out of range; write a value {bounds} in {self.unit}"
            )
        return number

    def _open_bounds(self) -> str:
        """Return the open range in words."""
        if self.high == float("inf"):
            return f"greater than {self.low:g}"
        return f"greater than {self.low:g} and less than {self.high:g}"


@dataclass(frozen=True)
class Name:
    """A property that is the name of a function known to the physics."""

    meaning: str
    unit: str = "name"

    def read(self, value: Any) -> str:
        """Return the name; raise ValueError for anything but a text."""
        if not isinstance(value, str) or not value.strip():
            raise ValueError(
                f"{shown(value)} is not a name; write a text in quotes: {self.meaning}"
            )
        return value


@dataclass(frozen=True)
class Tabulated:
    """A property that is a table over stoichiometry."""

    meaning: str
    unit: str = "1"

    def read(self, value: Any) -> Curve:
        """Return the curve; raise ValueError when the lists do not make a function."""
        curve = _curve(value, "1")
        if min(curve.value) <= -1.0:
            raise ValueError("a volume change must be greater than -1")
        return curve


@dataclass(frozen=True)
class Potential:
    """A property that is the name of a function, or a table in volts over stoichiometry."""

    meaning: str
    unit: str = "V"

    def read(self, value: Any) -> str | Curve:
        """Return the name or the curve; raise ValueError for neither, or where it does not fall."""
        if not isinstance(value, dict):
            return Name(self.meaning).read(value)
        curve = _curve(value, self.unit)
        for (x, here), (_, after) in pairwise(zip(curve.stoichiometry, curve.value, strict=True)):
            if not after < here:
                raise ValueError(f"must fall with lithium; from {here:g} V at {x:g} it does not")
        return curve


Specification = Quantity | Name | Tabulated | Potential


def _curve(value: Any, unit: str) -> Curve:
    """Return a curve over stoichiometry; raise ValueError when the lists do not make a function."""
    if not isinstance(value, dict) or set(value) != {"stoichiometry", "value"}:
        raise ValueError("needs two lists, stoichiometry = [...] and value = [...]")
    abscissae, ordinates = _numbers("stoichiometry", value["stoichiometry"]), value["value"]
    if unit == "1":
        ordinates = _numbers("value", ordinates)
    elif not isinstance(ordinates, list):
        raise ValueError(f'value = {shown(ordinates)} is not a list; write ["4.2 {unit}", ...]')
    else:
        ordinates = tuple(to_si(each, unit) for each in ordinates)
    if len(abscissae) != len(ordinates) or len(abscissae) < 2:
        raise ValueError("stoichiometry and value need the same number of entries, at least two")
    increases = all(a < b for a, b in pairwise(abscissae))
    if not increases or abscissae[0] < 0.0 or abscissae[-1] > 1.0:
        raise ValueError("stoichiometry must increase strictly and lie between 0 and 1")
    return Curve(abscissae, ordinates)


def _number(value: Any) -> float:
    """Return a plain finite number; raise ValueError for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{shown(value)} is not a plain number; write for example 0.3")
    if not abs(value) < 1e300:
        raise ValueError(f"{shown(value)} is not a finite number")
    return float(value)


def _numbers(name: str, values: Any) -> tuple[float, ...]:
    """Return a list of plain numbers as floats."""
    if not isinstance(values, list):
        raise ValueError(f"{name} = {shown(values)} is not a list of numbers")
    found = []
    for number, each in enumerate(values):
        try:
            found.append(_number(each))
        except ValueError as error:
            raise ValueError(f"{name}.{number}: {error}") from None
    return tuple(found)
