"""Cycling protocols: sentences read in SI, written back, counted in cycles, and errors that name
the text."""

import json
import re
import tomllib
from itertools import islice
from random import Random
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

import chemomech.case.protocol as protocol_module
from chemomech.case.errors import CaseError, explain
from chemomech.case.protocol import (
    DEEPEST_NESTING,
    LONGEST_SENTENCE,
    MOST_STEPS,
    Current,
    Protocol,
    Step,
    parse_protocol,
    parse_step,
    sentence,
)
from chemomech.units.quantity import shown
from compare import approx

DOCSTRING = protocol_module.__doc__ or ""
DENSITY, RATE = "A/m^2", "1/h"


def error_of(text: Any) -> str:
    """Return the message of the CaseError that a sentence raises."""
    with pytest.raises(CaseError) as error:
        parse_step(text)
    return str(error.value)


def protocol_error_of(entries: Any) -> str:
    """Return the message of the CaseError that a list of entries raises."""
    with pytest.raises(CaseError) as error:
        parse_protocol(entries)
    return str(error.value)


MEANINGS = [
    ("Charge at C/10 until 4.3 V", Step("current", Current(-0.1, RATE), until_voltage=4.3)),
    ("Charge at 1C for 30 minutes", Step("current", Current(-1.0, RATE), duration=1800.0)),
    (
        "Charge at 0.5 mA/cm2 for 30 minutes or until 4.3 V",
        Step("current", Current(-5.0, DENSITY), duration=1800.0, until_voltage=4.3),
    ),
    ("Hold at 4.3 V until C/50", Step("voltage", voltage=4.3, until_current=Current(0.02, RATE))),
    ("Hold at 4.3 V for 10 minutes", Step("voltage", voltage=4.3, duration=600.0)),
    (
        "Hold at 4300 mV until 0.01 mA/cm^2",
        Step("voltage", voltage=4.3, until_current=Current(0.1, DENSITY)),
    ),
    (
        "Hold at 4.3 V until C/50 or for 1 h",
        Step("voltage", voltage=4.3, until_current=Current(0.02, RATE), duration=3600.0),
    ),
    ("Rest for 1 hour", Step("rest", duration=3600.0)),
    ("Discharge at 1C until 2.8 V", Step("current", Current(1.0, RATE), until_voltage=2.8)),
    (
        "Discharge at 0.5 mA/cm2 until 2.8 V",
        Step("current", Current(5.0, DENSITY), until_voltage=2.8),
    ),
    (
        "Discharge at C/5 until 2.8 V under 50 MPa at 60 degC",
        Step("current", Current(0.2, RATE), until_voltage=2.8, pressure=50e6, temperature=333.15),
    ),
    (
        "discharge AT -10 °C Under 5 bar UNTIL 2.8 V at 2 C Or For 90 s",
        Step(
            "current",
            Current(2.0, RATE),
            until_voltage=2.8,
            duration=90.0,
            pressure=5e5,
            temperature=263.15,
        ),
    ),
]


@pytest.mark.parametrize(("text", "step"), MEANINGS)
def test_sentences_are_read_in_si(text: str, step: Step) -> None:
    """Would fail for a charge that discharges, a wrong unit, or a clause read as another."""
    assert parse_step(text) == step
    assert parse_step(text).text == text


@pytest.mark.parametrize(
    ("text", "current"),
    [
        ("C/3", Current(1 / 3, RATE)),
        ("C / 2.5", Current(0.4, RATE)),
        ("0.2C", Current(0.2, RATE)),
        ("2 C", Current(2.0, RATE)),
        ("2C/3", Current(2 / 3, RATE)),
        ("1e-1c", Current(0.1, RATE)),
        ("3 A/m2", Current(3.0, DENSITY)),
        ("3 A/m²", Current(3.0, DENSITY)),
        ("1e3 uA cm-2", Current(10.0, DENSITY)),
        ("0.3 mA / cm^2", Current(3.0, DENSITY)),
    ],
)
def test_spellings_of_a_current(text: str, current: Current) -> None:
    """Would fail if a usual way to write a current were refused or taken for another number."""
    assert parse_step(f"Discharge at {text} for 1 h").current == current
    assert parse_step(f"Hold at 4 V until {text}").until_current == current


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1 hour", 3600.0),
        ("2 hours", 7200.0),
        ("1 h", 3600.0),
        ("1 minute", 60.0),
        ("3 minutes", 180.0),
        ("3 min", 180.0),
        ("1 second", 1.0),
        ("5 seconds", 5.0),
        ("5 s", 5.0),
        ("0.5h", 1800.0),
    ],
)
def test_spellings_of_a_time(text: str, seconds: float) -> None:
    """Would fail if a plural or a short form were refused."""
    assert parse_step(f"Rest for {text}").duration == seconds


def test_a_rate_needs_the_capacity() -> None:
    """Would fail if 1C did not pass the capacity in an hour, or changed its sign on the way."""
    assert Current(-0.5, RATE).density(capacity=7200.0) * 7200.0 == approx(-7200.0)
    assert Current(-0.5, DENSITY).density(capacity=7200.0) == -0.5


def test_the_docstring_is_the_grammar() -> None:
    """Would fail if a sentence or the protocol that a user reads in the documentation were
    refused."""
    lines = re.findall(r"^    ((?:Charge|Discharge|Hold|Rest) [a-z]+ .*)$", DOCSTRING, re.MULTILINE)
    assert len(lines) == 7
    for line in lines:
        assert parse_step(line).text == line
    listed = re.search(r"^    protocol = \[.*?^    \]", DOCSTRING, re.MULTILINE | re.DOTALL)
    assert listed
    assert len(parse_protocol(tomllib.loads(listed[0])["protocol"])) == 101


WRONG = [
    (5, '"Rest for 1 hour"'),
    (None, "sentence"),
    (["Rest for 1 hour"], "sentence"),
    ("", "sentence"),
    ("  ", "sentence"),
    ("Rest for 1 hour" + " " * LONGEST_SENTENCE, f"at most {LONGEST_SENTENCE}"),
    ("Chrage at 1C until 4.3 V", '"Chrage" is not a verb of a protocol; did you mean "Charge"'),
    ("1C until 4.3 V", 'known: "Charge", "Discharge", "Hold", "Rest"'),
    ("Charge", "needs a current"),
    ("Charge until 4.3 V", "needs a current"),
    ("Charge at 1C", "Charge needs an end"),
    ("Charge at 60 degC until 4.3 V", "needs a current"),
    ("Charge at 1C untill 4.3 V", '"untill" begins no clause; did you mean "until"'),
    ("Charge at 1C until 4.3 V undr 5 MPa", '"undr" begins no clause; did you mean "under"'),
    ("Charge 1C until 4.3 V", '"1C" begins no clause'),
    ("Charge at C until 4.3 V", 'not "C"'),
    ("Charge at C/0 until 4.3 V", 'not "C/0"'),
    ("Charge at 1e999C until 4.3 V", 'not "1e999C"'),
    ("Charge at 0C until 4.3 V", '"at 0C" must be greater than zero'),
    ("Charge at -1C until 4.3 V", '"at -1C" must be greater than zero'),
    ("Charge at −1C until 4.3 V", '"at -1C" must be greater than zero'),
    ("Charge at C/-3 until 4.3 V", '"at C/-3" must be greater than zero'),
    ("Charge at -0.5 mA/cm^2 until 4.3 V", '"at -0.5 mA/cm^2" must be greater than zero'),
    ("Charge at 1C until -4.3 V", '"until -4.3 V" must be greater than zero'),
    ("Charge at 5 mA until 4.3 V", '"at" takes a current per area "0.5 mA/cm^2", a C-rate "C/10"'),
    (
        "Charge at 4.3 V until C/50",
        '"at 4.3 V" is only for Hold; write for example "Charge at C/10 until 4.3 V"',
    ),
    ("Charge at 1C until C/50", '"until C/50" is only for Hold'),
    ("Charge at 1C until 30 minutes", '"until" takes a voltage "4.3 V"'),
    ("Charge at 1C for 4.3 V", '"for" takes a time "30 minutes"; not "4.3 V"'),
    ("Charge at 0,2 mA/cm2 for 1 h", "a decimal point is read, no comma"),
    ("Charge at 1C at C/10 until 4.3 V", '"at C/10" gives a second current'),
    (
        "Charge at 1C until 4.3 V at 60 C",
        'a second current; give one; a temperature is written "60 degC"',
    ),
    ("Charge at 1C until 4.3 V or until 4.2 V", '"until 4.2 V" gives a second voltage'),
    ("Charge at 1C for 1 h until 4.3 V", '"or" stands before a second end'),
    ("Charge at 1C or until 4.3 V", '"or" stands before a second end'),
    ("Charge at 1C until 4.3 V or", '"or" stands before a second end'),
    ("Charge at 1C for 1 h or at 60 degC", '"or" stands before a second end'),
    ("Charge at 1C for 1 h or or until 4.3 V", '"or" stands before a second end'),
    ("Charge at 1C until 4.3 V or 30 minutes", '"30" begins no clause'),
    ("Discharge at 1C until", '"until" takes a voltage'),
    ("Discharge at 1C until 2.8", '"until" takes a voltage "4.3 V"'),
    ("Hold until C/50", "Hold needs a voltage"),
    ("Hold at 4.3 V", "Hold needs an end"),
    ("Hold at 1C for 1 h", '"at 1C" is only for Charge and Discharge'),
    ("Hold at 4.3 V until 4.2 V", '"until 4.2 V" is only for Charge and Discharge'),
    ("Hold at 4.3 V until -C/50", 'not "-C/50"'),
    ("Hold at 4.3 V until -0.02C", '"until -0.02C" must be greater than zero'),
    ("Hold at 0 V until C/50", '"at 0 V" must be greater than zero'),
    ("Rest", "Rest needs an end"),
    (
        "Rest at 1C for 1 hour",
        '"at 1C" is only for Charge and Discharge; write for example "Rest for 1 hour"',
    ),
    ("Rest for 1 hour at 60 C", 'a temperature is written "60 degC"'),
    ("Rest until 3 V", '"until 3 V" is only for Charge and Discharge'),
    ("Rest at 4.3 V for 1 h", '"at 4.3 V" is only for Hold'),
    ("Rest for 0 s", '"for 0 s" must be greater than zero'),
    ("Rest for 1 hour 30 minutes", 'not "1 hour 30 minutes"'),
    ("Rest for 1 hour please", '"please" begins no clause'),
    ("Rest for 1 mintue", 'not "1 mintue"'),
    ("Rest for 1 h at -300 degC", '"at -300 degC" must be above absolute zero'),
    ("Rest for 1 h under 0 MPa", '"under 0 MPa" must be greater than zero'),
    ("Rest for 1 h under 5 MPa under 6 MPa", '"under 6 MPa" gives a second pressure'),
    ("Rest for 1 h under 60 degC", '"under" takes a pressure "10 MPa"; not "60 degC"'),
]


@pytest.mark.parametrize(("text", "words"), WRONG)
def test_wrong_sentences_are_named(text: Any, words: str) -> None:
    """Would fail if a contradiction were accepted, or its message lost what was given or what is
    accepted."""
    message = error_of(text)
    assert message.startswith(f"given {shown(text)}; ")
    assert words in message
    assert "\n" not in message


def rounded(low: float, high: float) -> st.SearchStrategy[float]:
    """Return positive numbers as text can hold them, with 1 to 15 digits."""
    exact = st.tuples(st.floats(low, high), st.integers(0, 14))
    return exact.map(lambda pair: float(f"{pair[0]:.{pair[1]}e}"))


RATES = st.one_of(
    st.floats(1e-6, 1e6), st.integers(1, 10**6).map(lambda n: 1.0 / n), st.floats(5e-324, 1e300)
)
MAGNITUDES = st.builds(Current, RATES, st.just(RATE)) | st.builds(
    Current, rounded(1e-9, 1e9), st.just(DENSITY)
)
SIGNED = st.tuples(MAGNITUDES, st.sampled_from([1.0, -1.0])).map(
    lambda p: Current(p[0].value * p[1], p[0].unit)
)
TIMES = rounded(1e-6, 1e9) | st.integers(1, 100).map(lambda n: 60.0 * n)
SURROUNDINGS = {
    "pressure": st.none() | rounded(1.0, 5e9) | st.integers(1, 1000).map(lambda n: n * 1e5),
    "temperature": st.none()
    | rounded(1e-3, 1e4)
    | st.integers(-100, 100).map(lambda n: float(f"{n + 273.15:.15g}")),
}


def steps() -> st.SearchStrategy[Step]:
    """Return steps that can be written as a sentence: with an end, or with two."""
    voltage = rounded(1e-3, 10.0)
    time, limit = st.none() | TIMES, st.none() | voltage
    driven = st.builds(
        Step, st.just("current"), current=SIGNED, duration=time, until_voltage=limit, **SURROUNDINGS
    )  # fmt: skip
    held = st.builds(
        Step,
        st.just("voltage"),
        voltage=voltage,
        duration=time,
        until_current=st.none() | MAGNITUDES,
        **SURROUNDINGS,
    )
    rest = st.builds(Step, st.just("rest"), duration=TIMES, **SURROUNDINGS)
    return (driven | held | rest).filter(
        lambda step: step.duration or step.until_voltage or step.until_current
    )


@settings(max_examples=300, deadline=None)
@given(steps(), st.randoms(use_true_random=False))
def test_every_step_has_its_sentence(step: Step, random: Any) -> None:
    """Would fail if writing and reading disagreed on a number, a unit or a sign, or the order of
    clauses mattered."""
    text = sentence(step)
    assert parse_step(text) == step
    clauses = re.findall(r"(?:at|for|until|under) .*?(?= (?:or|at|for|until|under) |$)", text)
    random.shuffle(clauses)
    ends = [clause for clause in clauses if clause.startswith(("for", "until"))]
    joined = [f"or {clause}" if clause in ends[1:] else clause for clause in clauses]
    assert parse_step(" ".join([text.split()[0], *joined])) == step


def test_no_digit_is_lost() -> None:
    """Would fail if a number were written in a unit, or a C-rate as its inverse, that rounds its
    last digit."""
    random = Random(0)
    for _ in range(200):
        numbers = [float(f"{random.uniform(1.0, 1e4):.14e}") for _ in range(5)]
        voltage, duration, pressure, temperature, density = numbers
        surroundings = {"duration": duration, "pressure": pressure, "temperature": temperature}
        held = Step(
            "voltage", voltage=voltage, until_current=Current(density, DENSITY), **surroundings
        )
        driven = Step(
            "current",
            Current(random.uniform(0.01, 10.0), RATE),
            until_voltage=voltage,
            **surroundings,
        )
        assert parse_step(sentence(held)) == held
        assert parse_step(sentence(driven)) == driven


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("Charge at 5 A/m2 for 1800 s", "Charge at 0.5 mA/cm^2 for 0.5 h"),
        ("Rest for 600 s under 50 bar at 298.15 K", "Rest for 10 min under 5 MPa at 25 degC"),
        ("Discharge at 0.2C until 2800 mV", "Discharge at C/5 until 2.8 V"),
        ("Hold at 4.30 V until 1C/50", "Hold at 4.3 V until C/50"),
        ("Charge at C/0.5 until 4.3 V", "Charge at 2C until 4.3 V"),
        ("Discharge at 1 C until 2.8 V", "Discharge at 1C until 2.8 V"),
        ("Hold at 4.3 V until C/49", "Hold at 4.3 V until C/49"),
        ("Rest for 90 min", "Rest for 1.5 h"),
        ("Rest for 100 s", "Rest for 100 s"),
    ],
)
def test_sentences_are_written_in_the_units_of_the_field(text: str, written: str) -> None:
    """Would fail if equal steps gave unequal sentences, or a sentence no one would write."""
    assert sentence(parse_step(text)) == written


VOCABULARY = [
    "Charge",
    "Discharge",
    "Hold",
    "Rest",
    "at",
    "for",
    "until",
    "under",
    "or",
    "1C",
    "C/10",
    "C",
    "/",
    "4.3",
    "V",
    "4.3 V",
    "30 minutes",
    "-1",
    "nan",
    "1e999",
    "60 degC",
    "10 MPa",
    "0.5 mA/cm2",
    "A/m2",
    "\n",
    "^",
    "()",
    "°",
]
GARBAGE = st.one_of(
    st.text(max_size=40), st.lists(st.sampled_from(VOCABULARY), max_size=12).map(" ".join)
)


@settings(max_examples=500, deadline=None)
@given(
    st.one_of(
        GARBAGE, GARBAGE.map(lambda text: f"Charge {text}"), st.sampled_from([w for w, _ in WRONG])
    )
)
@example("Charge at 5 A^9^9 until 4.3 V")
@example("Rest for 1 h()")
@example("Rest for 1 h under 5 Pa**1000000")
@example("Rest for " + "9" * 200 + " s")
@example("Hold at \ud800")
def test_any_text_is_a_step_or_named(text: Any) -> None:
    """Would fail if a text raised anything but CaseError with the text, or gave a step that cannot
    be written."""
    try:
        step = parse_step(text)
    except CaseError as error:
        assert str(error).startswith(f"given {shown(text)}; ")
    else:
        assert parse_step(sentence(step)) == step


ANYTHING = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    GARBAGE,
    st.binary(max_size=5),
    st.just(10**400),
    st.just("Rest for 1 s"),
)
TREES = st.recursive(
    ANYTHING,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["repeat", "steps", "step"]) | st.integers(), inner, max_size=3
        )
        | st.fixed_dictionaries(
            {"repeat": st.integers(-1, 10**9), "steps": st.lists(inner, max_size=3)}
        )
    ),
)


@settings(max_examples=300, deadline=None)
@given(TREES | st.lists(TREES, max_size=3))
def test_any_document_is_a_protocol_or_named(entries: Any) -> None:
    """Would fail if the shape of a document could raise anything but CaseError with a path on every
    line."""
    try:
        protocol = parse_protocol(entries)
    except CaseError as error:
        path = r"protocol(\[\d+\](\.steps\[\d+\])*(\.steps|\.repeat)?)?: "
        assert all(re.match(path, line) for line in str(error).split("\n"))
    else:
        assert parse_protocol(json.loads(json.dumps(protocol.canonical()))) == protocol


REST, CHARGE, DISCHARGE = (
    "Rest for 1 h",
    "Charge at C/3 until 4.3 V",
    "Discharge at C/3 until 2.8 V",
)


def test_cycles_are_passes_of_the_outermost_tables() -> None:
    """Would fail if an inner table counted as a cycle, or the count began anew in a second
    table."""
    inner = {"repeat": 2, "steps": [REST]}
    protocol = parse_protocol(
        [
            REST,
            {"repeat": 2, "steps": [CHARGE, inner]},
            DISCHARGE,
            {"repeat": 1, "steps": [DISCHARGE]},
            REST,
        ]
    )
    walked = [(each.cycle, each.number, each.step.text) for each in protocol]
    first = [
        (0, 1, REST),
        (1, 2, CHARGE),
        (1, 3, REST),
        (1, 4, REST),
        (2, 5, CHARGE),
        (2, 6, REST),
        (2, 7, REST),
    ]
    assert walked == [*first, (2, 8, DISCHARGE), (3, 9, DISCHARGE), (3, 10, REST)]
    assert (len(protocol), protocol.cycles) == (10, 3)


def test_a_plain_list_is_the_first_cycle() -> None:
    """Would fail if a protocol without tables had no cycle."""
    protocol = parse_protocol([CHARGE, DISCHARGE])
    assert [each.cycle for each in protocol] == [1, 1]
    assert protocol.cycles == 1


def test_many_cycles_are_not_written_out() -> None:
    """Would fail if a protocol held every repeat: its steps are the same objects, made one at a
    time."""
    protocol = parse_protocol([{"repeat": MOST_STEPS // 2, "steps": [CHARGE, DISCHARGE]}])
    assert (len(protocol), protocol.cycles) == (MOST_STEPS, MOST_STEPS // 2)
    one, _, two = islice(protocol, 3)
    assert one.step is two.step
    assert (two.cycle, two.number) == (2, 3)
    assert len(protocol.entries) == 1


def nested(depth: int) -> Any:
    """Return a list of tables inside tables."""
    entries: list[Any] = [REST]
    for _ in range(depth):
        entries = [{"repeat": 1, "steps": entries}]
    return entries


WRONG_LISTS = [
    (REST, f'protocol: given "{REST}"; write a list'),
    ([], "protocol: given []; write a list"),
    (None, "protocol: given None; write a list"),
    ([REST, 5], "protocol[1]: given 5; write a sentence"),
    ([REST, [REST]], "protocol[1]: given ['Rest for 1 h']; write a sentence"),
    (
        [REST, {"repeat": 2, "steps": ["Rest"]}],
        'protocol[1].steps[0]: given "Rest"; Rest needs an end',
    ),
    ([{"repeat": 2, "steps": []}], "protocol[0].steps: given []; write a list"),
    ([{"repeat": 2, "steps": REST}], f'protocol[0].steps: given "{REST}"; write a list'),
    (
        [{"repeat": 2, "step": [REST]}],
        'protocol[0]: "step" is not a known key; did you mean "steps"',
    ),
    ([{"repeat": 2, "steps": [REST], "until": 1}], 'protocol[0]: "until" is not a known key'),
    ([{"steps": [REST]}], "protocol[0]: needs both keys"),
    ([{}], "protocol[0]: needs both keys"),
    (
        [{"repeat": 0, "steps": [REST]}],
        "protocol[0].repeat: given 0; write a whole number, at least 1",
    ),
    ([{"repeat": True, "steps": [REST]}], "protocol[0].repeat: given true; write a whole number"),
    ([{"repeat": 2.0, "steps": [REST]}], "protocol[0].repeat: given 2.0; write a whole number"),
    ([{"repeat": 10**5000, "steps": [REST]}], f"protocol: has more than {MOST_STEPS} steps"),
    (
        [{10**5000: 1, "repeat": 2, "steps": [REST]}],
        "protocol[0]: a number with thousands of digits is not a known",
    ),
    ([10**5000], "protocol[0]: given a number with thousands of digits; write a sentence"),
    (
        [{"repeat": MOST_STEPS, "steps": [REST]}, REST],
        f"protocol: has more than {MOST_STEPS} steps",
    ),
    (
        nested(DEEPEST_NESTING + 1),
        "protocol" + "[0].steps" * DEEPEST_NESTING + "[0]: is nested too deep",
    ),
]


@pytest.mark.parametrize(("entries", "start"), WRONG_LISTS)
def test_wrong_entries_are_named_by_their_path(entries: Any, start: str) -> None:
    """Would fail if a malformed list or table were accepted, or the error named another place."""
    message = protocol_error_of(entries)
    assert message.startswith(start)
    assert "\n" not in message


def test_the_deepest_nesting_and_the_most_steps_are_accepted() -> None:
    """Would fail if the limits were stricter than they say."""
    assert len(parse_protocol(nested(DEEPEST_NESTING))) == 1
    assert len(parse_protocol([{"repeat": MOST_STEPS, "steps": [REST]}])) == MOST_STEPS


def test_every_problem_gets_its_line() -> None:
    """Would fail if only the first problem were told."""
    lines = protocol_error_of(["Rest", {"repeat": 0, "steps": [REST, "Hold"]}, REST, 5]).split("\n")
    paths = [line.split(": ")[0] for line in lines]
    assert paths == ["protocol[0]", "protocol[1].repeat", "protocol[1].steps[1]", "protocol[3]"]
    with pytest.raises(CaseError, match=r"^cycle\.protocol\[0\]: given"):
        parse_protocol(["Rest"], key="cycle.protocol")


class Cell(BaseModel):
    """A table with a protocol, as a case file may have one."""

    protocol: Protocol


def test_a_protocol_is_a_field_of_a_case() -> None:
    """Would fail if a case could not hold a protocol, lost a problem's path, or hashed spellings
    apart."""
    table = {
        "protocol": [REST, {"repeat": 3, "steps": ["charge at 5 A/m2 until 4300 mV", DISCHARGE]}]
    }
    cell = Cell.model_validate(table)
    same = {
        "protocol": [
            "Rest for 60 min",
            {"repeat": 3, "steps": ["Charge at 0.5 mA/cm^2 until 4.3 V", DISCHARGE]},
        ]
    }
    assert cell == Cell.model_validate(same) == Cell(protocol=cell.protocol)
    dumped = cell.model_dump(mode="python")
    assert json.dumps(dumped) == json.dumps(Cell.model_validate(same).model_dump(mode="python"))
    assert Cell.model_validate(dumped) == cell
    wrong = {"protocol": ["Rest", {"repeat": 3, "steps": [REST, "Hold"]}]}
    with pytest.raises(ValidationError) as failure:
        Cell.model_validate(wrong)
    lines = str(explain(failure.value, Cell)).replace(".[", "[").split("\n")
    assert [line.split(" given")[0] for line in lines] == ["protocol[0]:", "protocol[1].steps[1]:"]
