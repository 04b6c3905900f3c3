"""The steps of a protocol in SI units, and how they are repeated."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from chemomech.units.field import HOUR


@dataclass(frozen=True)
class Current:
    """A current per area, or a C-rate.

    Attributes
    ----------
    value : float
        Positive on discharge.
    unit : {"A/m^2", "1/h"}
        Which of the two it is.
    """

    value: float
    unit: Literal["A/m^2", "1/h"]

    def density(self, capacity: float) -> float:
        """Return the current density [A/m^2], C-rate * capacity / 3600 s; capacity [C/m^2] > 0."""
        return self.value if self.unit == "A/m^2" else self.value * capacity / HOUR


# Longest time of a step [s]: a thousand years, beyond the life of any cell.
LONGEST = 1000 * 365.25 * 24 * HOUR
# Highest stack pressure [Pa]: beyond every press, and strains are of the order of one there.
HIGHEST = 5e9


@dataclass(frozen=True)
class Step:
    """One step of a protocol; steps are equal when they mean the same.

    What is None is not prescribed. The step is over when the first of until_voltage, until_current
    and duration is met.

    Attributes
    ----------
    kind : {"current", "voltage", "rest"}
        Galvanostatic, potentiostatic, or without current.
    current : Current
        Positive on discharge.
    voltage : float
        Held [V].
    until_voltage : float
        Of the cell [V].
    until_current : Current
        A magnitude.
    duration : float
        At most [s].
    pressure : float
        Of the stack [Pa], for this step only.
    temperature : float
        Of the cell [K], for this step only.
    text : str
        The sentence.
    """

    kind: Literal["current", "voltage", "rest"]
    current: Current | None = None
    voltage: float | None = None
    until_voltage: float | None = None
    until_current: Current | None = None
    duration: float | None = None
    pressure: float | None = None
    temperature: float | None = None
    text: str = field(default="", compare=False)


@dataclass(frozen=True)
class Repeat:
    """Steps gone through again and again.

    Attributes
    ----------
    count : int
        How often, at least 1.
    steps : tuple of Step or Repeat
        In their order.
    """

    count: int
    steps: tuple["Step | Repeat", ...]


class Scheduled(NamedTuple):
    """A step in its place.

    Attributes
    ----------
    cycle : int
        Its cycle, as chemomech.case.protocol counts them.
    number : int
        Its number in the whole protocol, from 1.
    step : Step
        What is done.
    """

    cycle: int
    number: int
    step: Step


def flatten(entries: tuple[Step | Repeat, ...]) -> Iterator[Step]:
    """Yield the steps of entries with their repeats."""
    for entry in entries:
        if isinstance(entry, Step):
            yield entry
        else:
            for _ in range(entry.count):
                yield from flatten(entry.steps)


def length(entries: tuple[Step | Repeat, ...]) -> int:
    """Return the number of steps with their repeats."""
    return sum(
        each.count * length(each.steps) if isinstance(each, Repeat) else 1 for each in entries
    )


def extreme_voltages(entries: tuple[Step | Repeat, ...]) -> tuple[float | None, float | None]:
    """Return the highest voltage [V] of charges and holds, and the lowest of discharges and holds.

    Either is None where there is none.
    """
    upper: list[float] = []
    lower: list[float] = []
    for step in distinct_steps(entries):
        held = [step.voltage] if step.voltage is not None else []
        if step.until_voltage is not None and step.current is not None:
            (upper if step.current.value < 0 else lower).append(step.until_voltage)
        upper, lower = upper + held, lower + held
    return max(upper, default=None), min(lower, default=None)


def distinct_steps(entries: tuple[Step | Repeat, ...]) -> Iterator[Step]:
    """Yield every step as it is written, once."""
    for each in entries:
        if isinstance(each, Repeat):
            yield from distinct_steps(each.steps)
        else:
            yield each
