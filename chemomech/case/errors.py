"""Errors of a case file in the user's words: the key, what was given, what would be accepted.

pydantic finds what is wrong; this module says it in one line per problem and suggests the nearest
key.
"""

import difflib
import re
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails, PydanticCustomError

from chemomech.case.describe import kind_of, nested_models, quantity_unit
from chemomech.units.quantity import DIMENSIONS, shown
from chemomech.units.words import with_article

LARGEST_FILE = 1_000_000  # bytes: what is larger takes minutes to check
DEEPEST_TABLE = 30
# Before it is parsed, which takes the square of a key's parts.
DEEP_KEY = re.compile(r"""(?<![\w"'-])(?:[\w"'-]++[ \t]*+\.[ \t]*+)""" + f"{{{DEEPEST_TABLE}}}")
MOST_LINES = 20  # of what is wrong with one file


class CaseError(ValueError):
    """What is wrong with a case: one line per problem, each beginning with the key's path."""

    exit_code = 2


def problem(message: str, at: str = "") -> PydanticCustomError:
    """Return an error for a validator to raise.

    Parameters
    ----------
    message : str
        What was given and what would be accepted.
    at : str
        The key below the validated field that it is about.
    """
    return PydanticCustomError("case", "{text}", {"text": message, "at": at})


def nearest(word: str, known: Iterable[str]) -> str:
    """Return 'did you mean "x"?' for the closest known word, or the list of all known ones.

    Parameters
    ----------
    word : str
        What was written.
    known : iterable of str
        What would be accepted.
    """
    names = sorted(known)
    folded = {name.casefold(): name for name in names}
    close = difflib.get_close_matches(word.casefold(), folded, n=1, cutoff=0.6)
    if close:
        return f'did you mean "{folded[close[0]]}"?'
    return "known: " + ", ".join(f'"{name}"' for name in names)


def _union_tags(model: type[BaseModel], discriminator: str) -> tuple[str, ...]:
    """Return the values of the discriminating key that select this model."""
    return get_args(model.model_fields[discriminator].annotation)


def _run(
    model: type[BaseModel], location: tuple[int | str, ...]
) -> tuple[list[str], dict[str, FieldInfo]]:
    """Return the key path of an error and the fields known to the innermost table on it.

    pydantic puts the tag of a union's member in the location; the user never wrote that level.
    """
    path: list[str] = []
    current: type[BaseModel] | None = model
    known: dict[str, FieldInfo] = {}
    steps = [str(step) for step in location]
    while steps:
        step = steps.pop(0)
        path.append(step)
        # The number of an entry in a list of tables is no key of the table.
        if current is None or (step.isdigit() and step not in current.model_fields):
            continue
        known = dict(current.model_fields)
        field = current.model_fields.get(step)
        models = nested_models(field) if field else []
        current = models[0] if models else None
        if field and field.discriminator and steps:
            tag = steps.pop(0)
            current = next(
                each for each in models if tag in _union_tags(each, str(field.discriminator))
            )
    return path, known


def _expected(field: FieldInfo) -> str:
    """Return what to write for a required key: its kind of value, an example and its meaning."""
    if nested_models(field):
        return "write this section"
    meaning = f": {field.description}" if field.description else ""
    unit = quantity_unit(field)
    if unit:
        return f'write {DIMENSIONS[unit].name}, for example "{DIMENSIONS[unit].example}"{meaning}'
    kind = kind_of(field)
    named = with_article(kind) if kind.isalpha() or kind == "whole number" else kind
    return f"write {named}{meaning}"


def _explain(error: ErrorDetails, path: list[str], known: dict[str, FieldInfo]) -> str:
    """Return what is wrong and what would be accepted, for one pydantic error."""
    kind, context = error["type"], error.get("ctx", {})
    given = shown(error.get("input"))
    limits = {
        "greater_than": "gt",
        "greater_than_equal": "ge",
        "less_than": "lt",
        "less_than_equal": "le",
    }
    signs = {"gt": "greater than", "ge": "at least", "lt": "less than", "le": "at most"}
    kinds = {
        "float_type": "a number", "int_type": "a whole number", "string_type": "a text in quotes",
        "bool_type": "true or false", "list_type": "a list in brackets (a list of tables: [[...]])",
        "model_type": "a table", "dict_type": "a table", "model_attributes_type": "a table",
        "finite_number": "a finite number",
        "int_parsing_size": "a smaller whole number",
    }  # fmt: skip
    if kind == "missing":
        return f"is required; {_expected(known[path[-1]])}"
    if kind == "extra_forbidden":
        return f"is not a known key; {nearest(path[-1], known)}"
    if kind == "literal_error":
        return f"given {given}; write {context['expected']}".replace("'", '"')
    if kind in limits:
        limit = limits[kind]
        return f"given {given}; must be {signs[limit]} {context[limit]:g}"
    if kind == "value_error":
        return str(context["error"])
    if kind == "case":
        return str(context["text"])
    if kind in kinds:
        return f"given {given}; write {kinds[kind]}"
    return f"given {given}; {error['msg']}"


def _short(part: str) -> str:
    """Return a key as it stands in a message: nobody reads thousands of signs."""
    return part if len(part) <= 60 else part[:56] + " ..."


def _explain_union(error: ErrorDetails, discriminator: str, tags: list[str]) -> str:
    """Return the line for a union whose discriminating key is missing or has an unknown value."""
    choices = " or ".join(f'"{tag}"' for tag in tags)
    table = error["input"]
    if discriminator not in table:
        return f"is required; write {choices}"
    return f"given {shown(table[discriminator])}; write {choices}"


def explain(failure: ValidationError, model: type[BaseModel]) -> CaseError:
    """Turn a pydantic error into a CaseError with one line per problem.

    Parameters
    ----------
    failure : ValidationError
        What pydantic found.
    model : model
        What the table was checked against.
    """
    lines: list[str] = []
    errors = failure.errors(include_url=False)
    for error in errors[:MOST_LINES]:
        path, known = _run(model, error["loc"])
        if error["type"].startswith("union_tag"):
            field = model.model_fields[path[0]]
            discriminator = str(field.discriminator)
            tags = [
                tag for each in nested_models(field) for tag in _union_tags(each, discriminator)
            ]
            line = _explain_union(error, discriminator, tags)
            path = [*path, discriminator]
        else:
            line = _explain(error, path, known)
        at = _short(error.get("ctx", {}).get("at", ""))
        key = (
            ".".join(map(_short, path))
            + ("" if at.startswith("[") or not (at and path) else ".")
            + at
        )
        lines.append(f"{key or 'case'}: {line}")
    if len(errors) > MOST_LINES:
        lines.append(f"and {len(errors) - MOST_LINES} more problems")
    return CaseError("\n".join(lines))


def read_toml(path: str | Path) -> dict[str, Any]:
    """Return the content of a TOML file.

    A byte order mark in front, as editors of Windows write it, is no part of the text.

    Raises
    ------
    CaseError
        The file is missing, malformed (with its line), larger than LARGEST_FILE, or its tables
        stand more than DEEPEST_TABLE inside each other.
    """
    return parse_toml(read_bytes(path), path)


def read_bytes(path: str | Path) -> bytes:
    """Return the content of a file that a user wrote; raises CaseError as `read_toml` does."""
    file = Path(path)
    try:
        if not file.is_file() and file.exists():
            raise CaseError(f"{file}: is no file that can be read")
        if file.stat().st_size > LARGEST_FILE:
            raise CaseError(f"{file}: is larger than {LARGEST_FILE // 1_000_000} MB")
        return file.read_bytes()
    except CaseError:
        raise
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise CaseError(f"{file}: cannot be read: {why}") from None


def parse_toml(content: bytes, path: str | Path) -> dict[str, Any]:
    """Return the content of a TOML file given its bytes; raises CaseError as `read_toml` does.

    Parameters
    ----------
    content : bytes
        What stands in the file.
    path : path
        The file, for messages.
    """
    file = Path(path)
    try:
        text = content.decode("utf-8-sig")
        if deep := DEEP_KEY.search(text):
            raise CaseError(f"{file}: {_short(deep[0])}: a key of more than {DEEPEST_TABLE} parts")
        found = tomllib.loads(text)
    except CaseError:
        raise
    except UnicodeDecodeError as error:
        raise CaseError(f"{file}: is not UTF-8 text (byte {error.start})") from None
    except (ValueError, RecursionError) as error:
        raise CaseError(f"{file}: is not valid TOML: {error}") from None
    if not found:
        raise CaseError(f"{file}: has no keys; `chemomech new` writes a case to start from")
    _check_depth(found, file)
    return found


def _check_depth(table: dict[str, Any], file: Path) -> None:
    """Refuse tables inside tables to a depth at which nothing could walk through them."""
    level: list[tuple[str, Any]] = [("", table)]
    for _ in range(DEEPEST_TABLE):
        level = [
            (f"{path}.{name}" if path else str(name), below)
            for path, found in level
            for name, below in (found.items() if isinstance(found, dict) else enumerate(found))
            if isinstance(below, dict | list)
        ]
        if not level:
            return
    at = _short(level[0][0])
    raise CaseError(f"{file}: {at}: tables stand more than {DEEPEST_TABLE} inside each other")
