"""The steps of a protocol in SI units, and how they are repeated."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from chemomech.units.field import HOUR


@dataclass(frozen=True)
class Current:
    """A current per area [A/m^2] or a C-rate [1/h]."""

    value: float
    unit: Literal["A/m^2", "1/h"]

    def density(self, capacity: float) -> float:
        """Return the current density [A/m^2]; i = C-rate * capacity / 3600 s, capacity [C/m^2] > 0."""
        return self.value if self.unit == "A/m^2" else self.value * capacity / HOUR


@dataclass(frozen=True)
class Step:
    """One step of a protocol. What is None is not prescribed; steps are equal when they mean the same.

    kind: "current" (galvanostatic), "voltage" (potentiostatic) or "rest". current: positive on
    discharge. voltage [V]: held. until_voltage [V], until_current (a magnitude), duration [s]: the
    step is over when the first of those given is met. pressure [Pa] of the stack and temperature
    [K]: for this step only.
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
    """Steps gone through `count` times."""

    count: int
    steps: tuple["Step | Repeat", ...]


class Scheduled(NamedTuple):
    """A step in its place: its cycle (see the module's text) and its number in the whole protocol, from 1."""

    cycle: int
    number: int
    step: Step


def flat(entries: tuple[Step | Repeat, ...]) -> Iterator[Step]:
    """Yield the steps of entries with their repeats."""
    for entry in entries:
        if isinstance(entry, Step):
            yield entry
        else:
            for _ in range(entry.count):
                yield from flat(entry.steps)


def length(entries: tuple[Step | Repeat, ...]) -> int:
    """Return the number of steps with their repeats."""
    return sum(
        each.count * length(each.steps) if isinstance(each, Repeat) else 1 for each in entries
    )


def extreme_voltages(protocol):
    """Highest voltage of charges and holds, lowest of discharges and holds [V]; None where there is none."""
    upper, lower = [], []
    for step in distinct_steps(protocol.entries):
        held = [step.voltage] if step.voltage is not None else []
        if step.until_voltage is not None:
            (upper if step.current.value < 0 else lower).append(step.until_voltage)
        upper, lower = upper + held, lower + held
    return max(upper, default=None), min(lower, default=None)


def distinct_steps(entries):
    """Every step of a protocol as it is written, once."""
    for each in entries:
        if isinstance(each, Repeat):
            yield from distinct_steps(each.steps)
        else:
            yield each
