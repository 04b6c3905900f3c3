"""The part of JSON Schema that the schemas of chemomech use: what a file has against a schema."""

import re

KINDS = {
    "object": dict,
    "array": (list, tuple),
    "string": str,
    "boolean": bool,
    "integer": int,
    "number": (int, float),
}
BOUNDS = {
    "minimum": lambda value, bound: value >= bound,
    "maximum": lambda value, bound: value <= bound,
    "exclusiveMinimum": lambda value, bound: value > bound,
    "exclusiveMaximum": lambda value, bound: value < bound,
    "minLength": lambda value, bound: len(value) >= bound,
    "minItems": lambda value, bound: len(value) >= bound,
    "maxItems": lambda value, bound: len(value) <= bound,
    "minProperties": lambda value, bound: len(value) >= bound,
    "pattern": lambda value, bound: re.search(bound, value),
    "enum": lambda value, bound: value in bound,
    "const": lambda value, bound: value == bound,
}
PLAIN = {"title", "description", "default", "examples", "discriminator", "format", "x-unit"}
STRUCTURE = {
    "$schema", "$defs", "$ref", "anyOf", "oneOf", "type", "properties", "required", "items",
    "additionalProperties", "allOf", "if", "then", "else", "propertyNames",
}  # fmt: skip


def problems(value, schema, root, at="file"):
    """Texts of what a value has against a schema; a word that is not known here is an error."""
    unknown = schema.keys() - PLAIN - STRUCTURE - BOUNDS.keys()
    assert not unknown, f"{at}: {unknown}"
    found = []
    if "$ref" in schema:
        name = schema["$ref"].removeprefix("#/$defs/")
        found += problems(value, root["$defs"][name], root, at)
    for word, wanted in (("anyOf", range(1, 99)), ("oneOf", range(1, 2))):
        if word in schema:
            each = [problems(value, kind, root, at) for kind in schema[word]]
            if sum(not texts for texts in each) not in wanted:
                found += [f"{at}: none or several of {word}", *min(each, key=len)]
    for each in schema.get("allOf", ()):
        found += problems(value, each, root, at)
    if "if" in schema:
        way = "else" if problems(value, schema["if"], root, at) else "then"
        found += problems(value, schema.get(way, {}), root, at)
    if "propertyNames" in schema:
        found += [each for name in value for each in problems(name, schema["propertyNames"], root)]
    kind = schema.get("type")
    if kind is not None and (
        not isinstance(value, KINDS[kind]) or (isinstance(value, bool) and kind != "boolean")
    ):
        return [*found, f"{at}: {value!r} is no {kind}"]
    found += [f"{at}: {value!r} against {word}" for word, holds in BOUNDS.items()
              if word in schema and not holds(value, schema[word])]  # fmt: skip
    if isinstance(value, dict):
        found += [f"{at}: lacks {name}" for name in schema.get("required", ()) if name not in value]
        for name, entry in value.items():
            inside = schema.get("properties", {}).get(name, schema.get("additionalProperties", {}))
            if inside is False:
                found.append(f"{at}: {name} is not known")
            elif inside is not True:
                found += problems(entry, inside, root, f"{at}.{name}")
    if isinstance(value, list):
        for number, entry in enumerate(value):
            found += problems(entry, schema.get("items", {}), root, f"{at}[{number}]")
    return found
