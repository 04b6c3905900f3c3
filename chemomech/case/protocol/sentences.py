"""Sentences of a protocol: read as Steps, and written from them."""

import math
import re
from dataclasses import replace
from typing import Any, Literal, NamedTuple

from chemomech.case.errors import CaseError, nearest
from chemomech.case.protocol.steps import HIGHEST, LONGEST, Current, Step
from chemomech.units.quantity import NUMBER, QuantityError, from_si, shown, to_si
from chemomech.units.words import with_article

LONGEST_SENTENCE = 300  # characters
RATE_PATTERN = re.compile(rf"({NUMBER})?\s*[Cc]\s*(?:/\s*({NUMBER}))?")


class Verb(NamedTuple):
    """What a verb's step is.

    Attributes
    ----------
    driven_by : str
        Field of Step that drives it.
    ends : tuple of str
        Fields of Step that may end it.
    example : str
        A sentence.
    """

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
    """Return the Step that a sentence describes.

    Raises
    ------
    CaseError
        What was given and what is accepted.
    """
    try:
        return _step(text)
    except CaseError as error:
        raise CaseError(f"given {shown(text)}; {error}") from None


def _step(text: Any) -> Step:
    """Return the Step of a sentence; an error does not name the sentence yet."""
    words = text.replace("−", "-").split() if isinstance(text, str) else []
    if not words or len(text) > LONGEST_SENTENCE:
        raise CaseError(
            f'write a sentence of at most {LONGEST_SENTENCE} characters, for example "Rest for 1 '
            'hour"'
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
                f'"{word} {measure}" gives a second {target.removeprefix("until_")}; give '
                f"one{meant}"
            )
        fields[target] = value
    if verb.driven_by and verb.driven_by not in fields:
        raise CaseError(f"{name} needs {with_article(verb.driven_by)}; {advice}")
    if not fields.keys() & set(verb.ends):
        raise CaseError(f"{name} needs an end; {advice}")
    if name == "Charge":
        fields["current"] = replace(fields["current"], value=-fields["current"].value)
    return Step(verb.driven_by or "rest", **fields, text=text)


def _clauses(words: list[str]) -> list[tuple[str, str]]:
    """Split the words after the verb into clauses (word, measure); "or" joins ends, no more."""
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


# Field of a Step -> the most that it may be, and that in words.
MOST = {
    "duration": (LONGEST, "at most 1000 years, no cell lives longer"),
    "pressure": (HIGHEST, "at most 5 GPa: no press gives more, and strains would not be small"),
}


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
        comma = "; a decimal point is read, no comma" if re.search(r"\d*,\d", measure) else ""
        raise CaseError(f'"{word}" takes {accepted}; not {shown(measure)}{comma}')
    if not (read[1].value if isinstance(read[1], Current) else read[1]) > 0.0:
        limit = "above absolute zero" if read[0] == "temperature" else "greater than zero"
        raise CaseError(f'"{word} {measure}" must be {limit}')
    highest, why = MOST.get(read[0], (math.inf, ""))
    if not isinstance(read[1], Current) and read[1] > highest:
        raise CaseError(f'"{word} {measure}" must be {why}')
    return read


def _measure(word: str, text: str) -> tuple[str, Any] | None:
    """Return the field and the value of a clause, None when the word does not take the text."""
    text = re.sub(r"m(-?2)\b", r"m^\1", text)
    for target, unit, _ in CLAUSES[word]:
        if unit == "A/m^2" and (rate := c_rate(text)) is not None:
            return target, Current(rate, "1/h")
        try:
            value = to_si(text, unit)
        except QuantityError:
            continue
        return target, Current(value, "A/m^2") if unit == "A/m^2" else value
    return None


def c_rate(text: str) -> float | None:
    """Return the C-rate [1/h] of "2C", "C/10" or "2C/3", or None when the text is none."""
    found = RATE_PATTERN.fullmatch(text)
    if found is None or not (found[1] or found[2]):
        return None
    number, divisor = float(found[1] or "1"), float(found[2] or "1")
    rate = number / divisor if divisor else math.inf
    return rate if math.isfinite(rate) else None


def sentence(step: Step) -> str:
    """Return a sentence that parse_step reads as this step, quantities to 15 digits."""
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
    """Write the magnitude of a current; a C-rate as "0.2C" or "C/5", the shorter exact one."""
    value = abs(current.value)
    if current.unit == "A/m^2":
        return _shortest(value, "A/m^2", "mA/cm^2")
    texts = [f"{_digits(value)}C", f"C/{_digits(float(f'{1.0 / value:.15g}'))}"]
    return min((text for text in texts if c_rate(text) == value), key=len)


def _shortest(value: float, unit: str, *others: str) -> str:
    """Write a quantity in the first other unit that takes few digits and is read as the same."""
    texts = [f"{_digits(from_si(value, other))} {other}" for other in others]
    exact = [text for text in texts if to_si(text, unit) == value]
    return min([*exact, f"{_digits(value)} {unit}"], key=lambda text: max(6, text.index(" ")))


def _digits(number: float) -> str:
    """Write a number with the digits it needs."""
    return repr(number).removesuffix(".0")
