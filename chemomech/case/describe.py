"""What a model of a section asks for: as a table to read, and as a JSON Schema for an editor."""

from collections.abc import Iterator
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from chemomech.units.quantity import Unit

DIALECT = "https://json-schema.org/draft/2020-12/schema"


class SchemaRow(NamedTuple):
    """One line of the table of keys.

    Attributes
    ----------
    key : str
        Its dotted path; "[]" stands for the entries of a list.
    unit : str
        SI unit of a quantity, else what kind of value is written.
    default : str
        As written, "required" or "none".
    meaning : str
        What it is.
    """

    key: str
    unit: str
    default: str
    meaning: str


def nested_models(field: FieldInfo) -> list[type[BaseModel]]:
    """Return the models that a field, a union or a list of it holds; [] for plain values."""
    found: list[type[BaseModel]] = []
    waiting = [field.annotation]
    while waiting:
        annotation = waiting.pop(0)
        if get_origin(annotation) in (Union, UnionType, Annotated, list):
            waiting.extend(get_args(annotation))
        elif isinstance(annotation, type) and issubclass(annotation, BaseModel):
            found.append(annotation)
    return found


def quantity_unit(field: FieldInfo) -> str:
    """Return the SI unit of a field that holds a quantity, or "" for other fields."""
    marks = [
        *field.metadata,
        *(mark for part in get_args(field.annotation) for mark in get_args(part)[1:]),
    ]
    return next((mark.unit for mark in marks if isinstance(mark, Unit)), "")


def kind_of(field: FieldInfo) -> str:
    """Return the column "unit": the SI unit of a quantity, else what kind of value is written."""
    annotation, unit = field.annotation, quantity_unit(field)
    if unit:
        return unit
    if any(getattr(each, "__name__", "") == "Protocol" for each in get_args(annotation)):
        return "list"
    if get_origin(annotation) in (Union, UnionType):  # one that may be left out
        annotation = next(each for each in get_args(annotation) if each is not NoneType)
    if get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    if get_origin(annotation) is Literal:
        choices = get_args(annotation)
        return " or ".join(str(each) if isinstance(each, int) else f'"{each}"' for each in choices)
    kinds: dict[Any, str] = {
        float: "number",
        int: "whole number",
        str: "text",
        bool: "true or false",
    }
    tables: dict[Any, str] = {dict: "table", list: "list"}
    origin: Any = get_origin(annotation)
    return kinds.get(annotation) or tables.get(origin, "path")


def _default(field: FieldInfo) -> str:
    """Return the default as a user would write it, "required" or "-" for none."""
    if field.default_factory is dict:
        return "none"
    if isinstance(field.default, bool):
        return str(field.default).lower()
    if field.default is PydanticUndefined:
        return "required"
    if field.default is None:
        return "none"
    if isinstance(field.default, list):
        return "[" + ", ".join(map(str, field.default)) + "]"
    return f'"{field.default}"' if isinstance(field.default, str) else f"{field.default:g}"


def describe_model(model: type[BaseModel], prefix: str = "") -> Iterator[SchemaRow]:
    """Yield one row per key of a model, tables inside it included.

    Parameters
    ----------
    model : model
        Of a section, or of a whole file.
    prefix : str
        Path of the section, with its dot.
    """
    for name, field in model.model_fields.items():
        models = nested_models(field)
        inside = "[]." if get_origin(field.annotation) is list else "."
        for each in models:
            yield from describe_model(each, f"{prefix}{name}{inside}")
        if not models:
            yield SchemaRow(prefix + name, kind_of(field), _default(field), field.description or "")


def json_schema(model: type[BaseModel], title: str) -> dict[str, Any]:
    """Return the JSON Schema of a model as its user writes it: quantities are texts with a unit.

    Parameters
    ----------
    model : model
        Of a case file or a study file.
    title : str
        What a file of it is called.

    Returns
    -------
    dict
        Draft 2020-12. A quantity has its SI unit under "x-unit" and in its description; what may be
        left out has its default, where there is one.
    """
    plain = _without_null(model.model_json_schema(mode="validation"))
    return {"$schema": DIALECT, **plain, "title": title}


def _by_tag(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema in which a key picks one of several tables.

    What is wrong is told of that one: an editor cannot say which of several alternatives was meant.
    """
    if "discriminator" not in schema:
        return schema
    key, tables = schema["discriminator"]["propertyName"], schema["discriminator"]["mapping"]
    rest = {name: each for name, each in schema.items() if name not in ("discriminator", "oneOf")}
    chosen = [
        {"if": {"properties": {key: {"const": tag}}, "required": [key]}, "then": {"$ref": table}}
        for tag, table in tables.items()
    ]
    tags = {"type": "string", "enum": list(tables), "description": "which table this is"}
    return rest | {
        "type": "object", "required": [key], "properties": {key: tags}, "allOf": chosen,
    }  # fmt: skip


def _without_null(value: Any) -> Any:
    """Return a schema without null, unknown to TOML, and with units in the descriptions."""
    if isinstance(value, list):
        return [_without_null(each) for each in value]
    if not isinstance(value, dict):
        return value
    found = {name: _without_null(each) for name, each in _by_tag(value).items()}
    if "anyOf" in found:
        kinds = [each for each in found.pop("anyOf") if each != {"type": "null"}]
        found = {**kinds[0], **found} if len(kinds) == 1 else {"anyOf": kinds, **found}
        if found.get("default", "") is None:
            del found["default"]
    if isinstance(unit := found.get("x-unit"), str):
        described = found.get("description", "")
        found["description"] = f"{described} [{unit}]".strip()
    return found
