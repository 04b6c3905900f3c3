"""Cycling protocols as sentences: "Charge at C/10 until 4.3 V" becomes a Step in SI units.

A step is a verb and clauses, one blank or more between words. The words of the grammar may be written in
capitals; units are written as everywhere, and mA/cm2 is also read as mA/cm^2.

    step     = verb clause clause ...
    verb     = "Charge" | "Discharge" | "Hold" | "Rest"
    clause   = "at" current | "at" voltage | end | "or" end | "under" pressure | "at" temperature
    end      = "for" time | "until" voltage | "until" current
    current  = C-rate | number and unit per area;    C-rate = "1C", "0.2C", "2 C", "C/10", "2C/3"

The clauses may stand in any order. Each verb has its own:

    Charge, Discharge   at a current; ends: for a time, until a voltage
    Hold                at a voltage; ends: for a time, until a current
    Rest                no current;   end:  for a time
    all                 under a stack pressure and at a temperature, for this step only

A second end is joined by "or", and the step is over when one of them is met. A charge ends at a voltage
at or above its limit, a discharge at or below, a hold at a current of at most this magnitude, whichever way
it flows. 1C empties or fills the cell's capacity in an hour. All numbers are positive (a temperature
in degC may be negative): the verb has the sign, and a Step's current is positive on discharge.

    Charge at C/10 until 4.3 V
    Charge at 0.5 mA/cm2 for 30 minutes or until 4.3 V
    Hold at 4.3 V until C/50
    Hold at 4.3 V until 0.01 mA/cm^2
    Rest for 1 hour
    Discharge at 1C until 2.8 V
    Discharge at C/5 until 2.8 V under 50 MPa at 60 degC

A protocol is a list of sentences and of tables that repeat a list, which may hold tables again:

    protocol = [
        "Rest for 1 hour",
        { repeat = 50, steps = ["Charge at C/3 until 4.3 V", "Discharge at C/3 until 2.8 V"] },
    ]

Cycles are counted from 1: every pass of an outermost table is a cycle, and the count goes on from one such
table to the next. A step outside the tables has the number of the cycle before it, 0 before the first
cycle. A protocol without tables is cycle 1.

Anything else raises CaseError: what was given and what is accepted, in a protocol one line per problem.
"""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Literal, NamedTuple

from pydantic import GetCoreSchemaHandler
from pydantic_core import InitErrorDetails, ValidationError, core_schema

from chemomech.case.errors import CaseError, nearest, problem
from chemomech.units.quantity import NUMBER, QuantityError, from_si, shown, to_si

LONGEST_SENTENCE = 300  # characters
DEEPEST_NESTING = 10
MOST_STEPS = 10_000_000  # of a protocol, repeats written out
RATE_PATTERN = re.compile(rf"({NUMBER})?\s*[Cc]\s*(?:/\s*({NUMBER}))?")


@dataclass(frozen=True)
class Current:
    """A current per area [A/m^2] or a C-rate [1/h]."""

    value: float
    unit: Literal["A/m^2", "1/h"]

    def density(self, capacity: float) -> float:
        """Return the current density [A/m^2]; i = C-rate * capacity / 3600 s, capacity [C/m^2] > 0."""
        return self.value if self.unit == "A/m^2" else self.value * capacity / 3600.0


@dataclass(frozen=True)
class Step:
    """One step of a protocol. What is None is not prescribed; steps are equal when they mean the same.

    kind: "current" (galvanostatic), "voltage" (potentiostatic) or "rest". current: positive on discharge.
    voltage [V]: held. until_voltage [V], until_current (a magnitude), duration [s]: the step is over when
    the first of those given is met. pressure [Pa] of the stack and temperature [K]: for this step only.
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


@dataclass(frozen=True)
class Protocol:
    """A protocol, kept as it is written; iterating over it yields every Scheduled step, one at a time.

    As the type of a pydantic field it reads the list of a case file and is dumped as canonical().
    """

    entries: tuple[Step | Repeat, ...]

    def __iter__(self) -> Iterator[Scheduled]:
        cycle, number = 0 if any(isinstance(entry, Repeat) for entry in self.entries) else 1, 0
        for entry in self.entries:
            table = entry if isinstance(entry, Repeat) else Repeat(1, (entry,))
            for _ in range(table.count):
                cycle += table is entry
                for step in _flat(table.steps):
                    number += 1
                    yield Scheduled(cycle, number, step)

    def __len__(self) -> int:
        return _length(self.entries)

    @property
    def cycles(self) -> int:
        """Number of the last cycle."""
        return sum(entry.count for entry in self.entries if isinstance(entry, Repeat)) or 1

    def canonical(self) -> list[Any]:
        """Return the protocol as parse_protocol reads it, equal for equal meaning."""
        found: list[Any] = []
        for each in self.entries:
            if isinstance(each, Step):
                found.append(sentence(each))
            else:
                found.append({"repeat": each.count, "steps": Protocol(each.steps).canonical()})
        return found

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> Any:
        """Tell pydantic how to read a protocol, with one error per problem, and how to dump it."""
        dumped = core_schema.plain_serializer_function_ser_schema(cls.canonical)
        return core_schema.no_info_plain_validator_function(_validated, serialization=dumped)


def _flat(entries: tuple[Step | Repeat, ...]) -> Iterator[Step]:
    """Yield the steps of entries with their repeats."""
    for entry in entries:
        if isinstance(entry, Step):
            yield entry
        else:
            for _ in range(entry.count):
                yield from _flat(entry.steps)


def _length(entries: tuple[Step | Repeat, ...]) -> int:
    """Return the number of steps with their repeats."""
    return sum(
        each.count * _length(each.steps) if isinstance(each, Repeat) else 1 for each in entries
    )


class Verb(NamedTuple):
    """What drives a step and what may end it (fields of Step), and an example."""

    driven_by: Literal["current", "voltage", ""]
    ends: tuple[str, ...]
    example: str


VERBS = {
    "Charge": Verb("current", ("duration", "until_voltage"), "Charge at C/10 until 4.3 V"),
    "Discharge": Verb("current", ("duration", "until_voltage"), "Discharge at C/10 until 2.8 V"),
    "Hold": Verb("voltage", ("duration", "until_current"), "Hold at 4.3 V until C/50"),
    "Rest": Verb("", ("duration",), "Rest for 1 hour"),
}
# What may follow the word of a clause: the field of Step that it sets, its SI unit and an example.
CLAUSES = {
    "at": (
        ("current", "A/m^2", 'a current per area "0.5 mA/cm^2", a C-rate "C/10"'),
        ("voltage", "V", 'a voltage "4.3 V"'),
        ("temperature", "K", 'a temperature "60 degC"'),
    ),
    "for": (("duration", "s", 'a time "30 minutes"'),),
    "until": (
        ("until_voltage", "V", 'a voltage "4.3 V"'),
        ("until_current", "A/m^2", 'a current per area "0.01 mA/cm^2", a C-rate "C/50"'),
    ),
    "under": (("pressure", "Pa", 'a pressure "10 MPa"'),),
}


def parse_step(text: Any) -> Step:
    """Return the Step that a sentence describes; raises CaseError with the sentence and what is accepted."""
    try:
        return _step(text)
    except CaseError as error:
        raise CaseError(f"given {shown(text)}; {error}") from None


def _step(text: Any) -> Step:
    """Return the Step of a sentence; an error does not name the sentence yet."""
    words = text.replace("−", "-").split() if isinstance(text, str) else []
    if not words or len(text) > LONGEST_SENTENCE:
        raise CaseError(
            f'write a sentence of at most {LONGEST_SENTENCE} characters, for example "Rest for 1 hour"'
        )
    name = words[0].capitalize()
    if name not in VERBS:
        raise CaseError(
            f"{shown(words[0])} is not a verb of a protocol; {nearest(words[0], VERBS)}"
        )
    verb = VERBS[name]
    advice = f'write for example "{verb.example}"'
    fields: dict[str, Any] = {}
    for word, measure in _clauses(words[1:]):
        target, value = _value(word, measure.split())
        meant = (
            '; a temperature is written "60 degC"'
            if target == "current" and measure[-1] in "Cc"
            else ""
        )
        if target not in ("pressure", "temperature", verb.driven_by, *verb.ends):
            owners = [
                each for each, other in VERBS.items() if target in (other.driven_by, *other.ends)
            ]
            raise CaseError(
                f'"{word} {measure}" is only for {" and ".join(owners)}; {advice}{meant}'
            )
        if target in fields:
            raise CaseError(
                f'"{word} {measure}" gives a second {target.removeprefix("until_")}; give one{meant}'
            )
        fields[target] = value
    if verb.driven_by and verb.driven_by not in fields:
        raise CaseError(f"{name} needs a {verb.driven_by}; {advice}")
    if not fields.keys() & set(verb.ends):
        raise CaseError(f"{name} needs an end; {advice}")
    if name == "Charge":
        fields["current"] = replace(fields["current"], value=-fields["current"].value)
    return Step(verb.driven_by or "rest", **fields, text=text)


def _clauses(words: list[str]) -> list[tuple[str, str]]:
    """Split the words after the verb into clauses (word, measure); "or" must join ends and is dropped."""
    groups: list[list[str]] = []
    for word in words:
        if word.casefold() in (*CLAUSES, "or"):
            groups.append([word.casefold()])
        elif not groups or groups[-1] == ["or"]:
            raise _unknown(word)
        else:
            groups[-1].append(word)
    ends = 0
    for before, group in zip([[], *groups], [*groups, [""]], strict=True):
        is_end = group[0] in ("for", "until")
        if (before == ["or"]) != (is_end and ends > 0):
            raise CaseError(
                '"or" stands before a second end and nowhere else: "for 30 minutes or until 4.3 V"'
            )
        ends += is_end
    return [(group[0], " ".join(group[1:])) for group in groups if group != ["or"]]


def _unknown(word: str) -> CaseError:
    """Return the error of a word that stands where a clause should begin."""
    return CaseError(f"{shown(word)} begins no clause; {nearest(word, CLAUSES)}")


def _value(word: str, parts: list[str]) -> tuple[str, Any]:
    """Return which field of Step a clause sets, and its positive value."""
    measure = " ".join(parts)
    read = _measure(word, measure)
    if read is None:
        for end in range(1, len(parts)):
            if parts[end][0].isalpha() and _measure(word, " ".join(parts[:end])):
                raise _unknown(parts[end])
        accepted = ", ".join(example for _, _, example in CLAUSES[word])
        raise CaseError(f'"{word}" takes {accepted}; not {shown(measure)}')
    if not (read[1].value if isinstance(read[1], Current) else read[1]) > 0.0:
        limit = "above absolute zero" if read[0] == "temperature" else "greater than zero"
        raise CaseError(f'"{word} {measure}" must be {limit}')
    return read


def _measure(word: str, text: str) -> tuple[str, Any] | None:
    """Return the field and the value of a clause, or None when the text is none of what the word takes."""
    text = re.sub(r"m(-?2)\b", r"m^\1", text)
    for target, unit, _ in CLAUSES[word]:
        if unit == "A/m^2" and (rate := _rate(text)) is not None:
            return target, Current(rate, "1/h")
        try:
            value = to_si(text, unit)
        except QuantityError:
            continue
        return target, Current(value, unit) if unit == "A/m^2" else value
    return None


def _rate(text: str) -> float | None:
    """Return the C-rate [1/h] of "2C", "C/10" or "2C/3", or None when the text is none."""
    found = RATE_PATTERN.fullmatch(text)
    if found is None or not (found[1] or found[2]):
        return None
    number, divisor = float(found[1] or "1"), float(found[2] or "1")
    rate = number / divisor if divisor else math.inf
    return rate if math.isfinite(rate) else None


def parse_protocol(entries: Any, key: str = "protocol") -> Protocol:
    """Return the Protocol of a list of sentences and { repeat, steps } tables.

    key: where the list stands in the user's file. Raises CaseError with one line per problem, each beginning
    with the entry's path, "protocol[2].steps[0]".
    """
    protocol, problems = _read_protocol(entries)
    if problems:
        raise CaseError("\n".join(f"{key}{at}: {message}" for at, message in problems))
    return protocol


def _validated(value: Any) -> Protocol:
    """Return the Protocol of a pydantic field; every problem becomes an error of its own."""
    protocol, problems = (value, []) if isinstance(value, Protocol) else _read_protocol(value)
    if problems:
        errors = [
            InitErrorDetails(type=problem(message, at), input=value) for at, message in problems
        ]
        raise ValidationError.from_exception_data("protocol", errors)
    return protocol


def _read_protocol(entries: Any) -> tuple[Protocol, list[tuple[str, str]]]:
    """Return the protocol without its wrong entries, and their (path, problem)."""
    problems: list[tuple[str, str]] = []
    protocol = Protocol(_read_entries(entries, "", 0, problems))
    if _length(protocol.entries) > MOST_STEPS:
        problems.append(
            ("", f"has more than {MOST_STEPS} steps with its repeats; repeat less often")
        )
    return protocol, problems


def _read_entries(
    entries: Any, at: str, depth: int, problems: list[tuple[str, str]]
) -> tuple[Step | Repeat, ...]:
    """Return the entries of a list that can be read; append the path and the problem of the others."""
    found: list[Step | Repeat] = []
    if not isinstance(entries, (list, tuple)) or not entries:
        problems.append((at, f"given {shown(entries)}; write a list of steps"))
        return ()
    for index, entry in enumerate(entries):
        here = f"{at}[{index}]"
        try:
            found.append(
                _read_table(entry, here, depth, problems)
                if isinstance(entry, dict)
                else parse_step(entry)
            )
        except CaseError as error:
            problems.append((here, str(error)))
    return tuple(found)


def _read_table(
    table: dict[Any, Any], at: str, depth: int, problems: list[tuple[str, str]]
) -> Repeat:
    """Return a { repeat, steps } table; raises CaseError when it is none."""
    if depth == DEEPEST_NESTING:
        raise CaseError(f"is nested too deep; nest at most {DEEPEST_NESTING} tables")
    for name in table:
        if name not in ("repeat", "steps"):
            raise CaseError(
                f"{shown(name)} is not a known key; {nearest(shown(name), ('repeat', 'steps'))}"
            )
    if len(table) < 2:
        raise CaseError('needs both keys, for example { repeat = 50, steps = ["Rest for 1 hour"] }')
    count = table["repeat"]
    if type(count) is not int or count < 1:
        problems.append((f"{at}.repeat", f"given {shown(count)}; write a whole number, at least 1"))
        count = 1
    return Repeat(count, _read_entries(table["steps"], f"{at}.steps", depth + 1, problems))


def sentence(step: Step) -> str:
    """Return a sentence that parse_step reads as this step (quantities with a unit to 15 digits)."""
    words = ["Rest"]
    if step.current:
        words = [
            "Charge at" if step.current.value < 0.0 else "Discharge at",
            _current(step.current),
        ]
    elif step.voltage:
        words = ["Hold at", _shortest(step.voltage, "V")]
    ends = [f"for {_shortest(step.duration, 's', 'h', 'min')}"] if step.duration else []
    ends += [f"until {_shortest(step.until_voltage, 'V')}"] if step.until_voltage else []
    ends += [f"until {_current(step.until_current)}"] if step.until_current else []
    words.append(" or ".join(ends))
    words += ["under", _shortest(step.pressure, "Pa", "MPa")] if step.pressure else []
    words += ["at", _shortest(step.temperature, "K", "degC")] if step.temperature else []
    return " ".join(words)


def _current(current: Current) -> str:
    """Write the magnitude of a current; a C-rate as "0.2C" or "C/5", whichever is shorter and exact."""
    value = abs(current.value)
    if current.unit == "A/m^2":
        return _shortest(value, "A/m^2", "mA/cm^2")
    texts = [f"{_digits(value)}C", f"C/{_digits(float(f'{1.0 / value:.15g}'))}"]
    return min((text for text in texts if _rate(text) == value), key=len)


def _shortest(value: float, unit: str, *others: str) -> str:
    """Write a quantity in the first of the other units that takes few digits and is read as the same number."""
    texts = [f"{_digits(from_si(value, other))} {other}" for other in others]
    exact = [text for text in texts if to_si(text, unit) == value]
    return min([*exact, f"{_digits(value)} {unit}"], key=lambda text: max(6, text.index(" ")))


def _digits(number: float) -> str:
    """Write a number with the digits it needs."""
    return repr(number).removesuffix(".0")
