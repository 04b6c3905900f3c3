"""Where the files of a study are in its folder, and the one reader of a case's result."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

# What every result has.
RESULT_KEYS = {"inputs_hash": str, "summary": dict, "gates_failed": list}


def shared_mesh(folder: Path, geometry: Mapping[str, Any]) -> Path:
    """Give the file of the mesh that all cases of one geometry share.

    Parameters
    ----------
    folder : Path
        Of the study.
    geometry : mapping
        The geometry as the canonical form of a case has it.
    """
    text = json.dumps(geometry, sort_keys=True)
    return folder / "mesh" / hashlib.sha256(text.encode()).hexdigest()[:12] / "mesh.msh"


def read_result(folder: Path) -> dict[str, Any] | None:
    """Return what stands in a case's result.json, None where no whole result stands there.

    Whatever else the file is - missing, cut off, a list, of another program - is no result.

    Parameters
    ----------
    folder : Path
        Of the case.
    """
    try:
        found = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    whole = isinstance(found, dict) and all(
        isinstance(found.get(key), kind) for key, kind in RESULT_KEYS.items()
    )
    return found if whole else None


def cautions_of(result: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return the cautions of a result: code, text, where and when; of an older one its warnings.

    Parameters
    ----------
    result : mapping
        What stands in a result.json.
    """
    old = [{"code": "warning", "text": text} for text in result.get("warnings", ())]
    blank = {"code": "", "text": "", "where": "", "when": ""}
    return [blank | each for each in (*old, *result.get("cautions", ()))]


def caution_line(caution: Mapping[str, str]) -> str:
    """Return a caution on one line: when and where, then what."""
    place = ", ".join(caution[key] for key in ("where", "when") if caution[key])
    return f"{place}: {caution['text']}" if place else caution["text"]
