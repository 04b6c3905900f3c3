"""A protocol: a list of sentences and of tables that repeat a list."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import InitErrorDetails, ValidationError, core_schema

from chemomech.case.errors import CaseError, nearest, problem
from chemomech.case.protocol.sentences import VERBS, parse_step, sentence
from chemomech.case.protocol.steps import Repeat, Scheduled, Step, flatten, length
from chemomech.units.quantity import shown

DEEPEST_NESTING = 10
MOST_STEPS = 10_000_000  # of a protocol, repeats written out


@dataclass(frozen=True)
class Protocol:
    """A protocol, kept as it is written; iterating over it yields every Scheduled step.

    As the type of a pydantic field it reads the list of a case file and is dumped as canonical().
    """

    entries: tuple[Step | Repeat, ...]

    def __iter__(self) -> Iterator[Scheduled]:
        cycle, number = 0 if any(isinstance(entry, Repeat) for entry in self.entries) else 1, 0
        for entry in self.entries:
            table = entry if isinstance(entry, Repeat) else Repeat(1, (entry,))
            for _ in range(table.count):
                cycle += table is entry
                for step in flatten(table.steps):
                    number += 1
                    yield Scheduled(cycle, number, step)

    def __len__(self) -> int:
        return length(self.entries)

    @property
    def cycles(self) -> int:
        """Number of the last cycle."""
        return sum(entry.count for entry in self.entries if isinstance(entry, Repeat)) or 1

    @property
    def last_cycles(self) -> dict[int, int]:
        """Cycle -> last cycle of the repeated table that it belongs to."""
        found: dict[int, int] = {}
        cycle = 0
        for entry in self.entries:
            if isinstance(entry, Repeat):
                last = cycle + entry.count
                found |= dict.fromkeys(range(cycle + 1, last + 1), last)
                cycle = last
        return found

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

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Tell an editor what a protocol looks like, down to tables in tables."""
        return _entries_schema(DEEPEST_NESTING)


def _entries_schema(depth: int) -> dict[str, Any]:
    """Return the JSON Schema of a list of entries that may hold tables to a depth."""
    # The words may be in capitals, and a JSON Schema's patterns know no flags.
    verbs = "|".join("".join(f"[{c.upper()}{c.lower()}]" for c in name) for name in VERBS)
    sentence_schema = {
        "type": "string",
        "pattern": rf"^\s*({verbs})\s",
        "examples": [verb.example for verb in VERBS.values()],
    }
    kinds: list[dict[str, Any]] = [sentence_schema]
    if depth:
        kinds.append({
            "type": "object",
            "required": ["repeat", "steps"],
            "additionalProperties": False,
            "properties": {
                "repeat": {"type": "integer", "minimum": 1},
                "steps": _entries_schema(depth - 1),
            },
        })  # fmt: skip
    return {"type": "array", "minItems": 1, "items": {"anyOf": kinds}}


def parse_protocol(entries: Any, key: str = "protocol") -> Protocol:
    """Return the Protocol of a list of sentences and { repeat, steps } tables.

    Parameters
    ----------
    entries : list
        As it stands in a case file.
    key : str
        Where the list stands in the user's file.

    Raises
    ------
    CaseError
        One line per problem, each beginning with the entry's path, "protocol[2].steps[0]".
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
    if length(protocol.entries) > MOST_STEPS:
        problems.append(
            ("", f"has more than {MOST_STEPS} steps with its repeats; repeat less often")
        )
    return protocol, problems


def _read_entries(
    entries: Any, at: str, depth: int, problems: list[tuple[str, str]]
) -> tuple[Step | Repeat, ...]:
    """Return the entries of a list that can be read; append path and problem of the others."""
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
