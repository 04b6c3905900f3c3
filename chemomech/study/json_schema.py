"""The JSON Schema of a study file, and of every file that chemomech reads: for editors."""

from typing import Any

from chemomech.case import Case, describe_schema
from chemomech.case.describe import DIALECT, json_schema
from chemomech.case.reading import DRAWING_KEYS, STUDY_KEYS
from chemomech.study.plan import StudyFile


def _definitions() -> dict[str, Any]:
    """Return the definitions of a case and a study, with those of all their sections."""
    case = json_schema(Case, "chemomech case")
    study = json_schema(StudyFile, "chemomech study")
    found = {**case.pop("$defs"), **study.pop("$defs")}
    for each in (case, study):
        del each["$schema"]
    study["properties"]["case"] = {"$ref": "#/$defs/Case", "description": "the case, inline"}
    study["properties"]["vary"]["properties"] = {
        row.key: {"type": "array", "minItems": 1, "description": f"{row.meaning} [{row.unit}]"}
        for row in describe_schema()
        if "[]" not in row.key
    }
    study["oneOf"] = [{"required": ["base"]}, {"required": ["case"]}]
    drawing = {
        "type": "object",
        "title": "chemomech geometry",
        "description": "A geometry alone, to mesh.",
        "required": ["geometry"],
        "additionalProperties": False,
        "properties": {name: case["properties"][name] for name in sorted(DRAWING_KEYS)},
    }
    return found | {"Case": case, "Study": study, "Drawing": drawing}


def study_schema() -> dict[str, Any]:
    """Return the JSON Schema of a study file; [vary] knows the keys of a case."""
    found = _definitions()
    return {"$schema": DIALECT, **found.pop("Study"), "$defs": found}


def file_schema() -> dict[str, Any]:
    """Return one JSON Schema for case files, study files and geometries alone.

    Which of them a file is follows from its keys, so that an editor tells what is wrong with that
    kind and not that it is none of three.
    """
    case, study, drawing = ({"$ref": f"#/$defs/{name}"} for name in ("Case", "Study", "Drawing"))
    of_study = {"anyOf": [{"required": [key]} for key in sorted(STUDY_KEYS)]}
    of_mesh = {"required": ["geometry"], "propertyNames": {"enum": sorted(DRAWING_KEYS)}}
    return {
        "$schema": DIALECT,
        "title": "chemomech",
        "type": "object",
        "if": of_study,
        "then": study,
        "else": {"if": of_mesh, "then": drawing, "else": case},
        "$defs": _definitions(),
    }
