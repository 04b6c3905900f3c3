"""What makes two cases the same: values that do not depend on how they are written; a hash."""

import hashlib
import json
from typing import Any

from chemomech.case.choices import canonical_choice, file_content
from chemomech.case.geometry import FileGeometry

# What came later stands only where it is used: the hashes of older cases stay.
LATER = ("cracks", "swelling", "flaws", "phase_field", "meshed_flaws", "crystals")
LATER_KEYS = (
    ("gates", "linear_strain"),
    ("solver", "rate_tolerance"),
    ("stack", "out_of_plane"),
    ("stack", "assembly_pressure"),
    ("stack", "assembly_time"),
    ("uncertainty", "posterior"),
)
LATER_TABLES = ("pores", "life")
WORK = ("maximum_steps", "maximum_time")


def canonical(case: Any) -> dict[str, Any]:
    """Return a case as plain SI values and text, equal for equal meaning.

    Units, key order and defaults left out do not matter; a file is represented by its content.
    """
    plain = case.model_dump(mode="python")
    plain["cycle"] = case.cycle.canonical()
    plain = {name: each for name, each in plain.items() if each or name not in LATER}
    # How much work is allowed changes nothing that is computed.
    plain["solver"] = {name: each for name, each in plain["solver"].items() if name not in WORK}
    for section, key in LATER_KEYS:
        if plain[section][key] == type(getattr(case, section)).model_fields[key].default:
            del plain[section][key]
    for name in LATER_TABLES:
        if getattr(case, name) == type(case).model_fields[name].get_default(
            call_default_factory=True
        ):
            del plain[name]
    for section in {"materials", "interfaces", "cracks"} & plain.keys():
        choices = plain[section].items()
        plain[section] = {name: canonical_choice(each, case.base_folder) for name, each in choices}
    if isinstance(case.geometry, FileGeometry):
        plain["geometry"]["path"] = file_content(case.geometry.path)
        del plain["geometry"]["trusted"]  # it permits, and changes nothing that is computed
    found: dict[str, Any] = _rounded(plain)
    return found


def _rounded(value: Any) -> Any:
    """Sort keys, and round floats to 12 digits: the conversion of a unit leaves no trace."""
    if isinstance(value, dict):
        return {name: _rounded(value[name]) for name in sorted(value)}
    if isinstance(value, list):
        return [_rounded(entry) for entry in value]
    return float(f"{value:.12g}") if isinstance(value, float) else value


def case_hash(case: Any) -> str:
    """Return 16 hexadecimal digits that are equal for cases of equal meaning.

    They begin the SHA-256 of `canonical`.
    """
    text = json.dumps(canonical(case), sort_keys=True, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
