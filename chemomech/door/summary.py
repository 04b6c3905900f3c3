"""What a run says at its end: its numbers in groups of the field's words, and a verdict."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from chemomech.case.errors import CaseError, read_toml
from chemomech.door.results import Result
from chemomech.runs.columns import column
from chemomech.study.plan import Window
from chemomech.study.window import Limit, limits_of

# Group -> what the names of its columns match; the first that does has the column.
GROUPS = {
    "pressure": r"stack_pressure|measured_stack_pressure|thickness_change|volume_change",
    "cracks": r"crack|longest_crack|opened|sheared|broken|equivalent|largest_opening|tortuosity",
    "penetration": r"max_[KG]_|plating_pressure|penetration|critical_|flaw_|time_to_|short_|first_|"
    r"life",
    "contact": r"contact_|interfacial_|film_|current_focusing|void_",
    "electrochemistry": r"voltage|charge_(transfer|capacity)|discharge|capacity|state_of_health|"
    r"ionic|electronic|relative_conductivity|reached",
    "strains": r"lithium_creep_strain|linear_strain",
    "checks": r"",
}
# Where a case names no limits: a named flaw runs beyond it.
USUAL = (Limit("max_K_over_KIc", 1.0, True, "K/K_Ic 1 of the named flaw"),)


def summary_lines(result: Result, limits: Sequence[Limit] = USUAL) -> list[str]:
    """Return the numbers of a run in groups, its verdict and its folder, one line each.

    Parameters
    ----------
    result : Result
        Of the run.
    limits : sequence of Limit
        What the verdict holds it against.
    """
    found: dict[str, list[str]] = {group: [] for group in GROUPS}
    missing = []
    for name, value in result.summary.items():
        label, unit = _words(name)
        if value is None:
            missing.append(label)
            continue
        group = next(group for group, words in GROUPS.items() if re.match(words, name))
        shown = f"{value:>10}" if isinstance(value, str) else f"{value:>10.5g}"
        found[group].append(f"  {label:44s} {shown} {unit}".rstrip())
    lines = [line for group, rows in found.items() if rows for line in (group, *rows)]
    lines += [f"not known or never: {', '.join(missing)}"] if missing else []
    return [*lines, verdict(result, limits), f"results: {result.folder}"]


def _words(name: str) -> tuple[str, str]:
    """Return the label and the unit of a column, for people."""
    try:
        found = column(name)
    except KeyError:
        return name, ""
    # A member of a family goes by its own name.
    label = name.replace("_", " ") if found.is_family else found.label
    return label, "" if found.shown_unit == "–" else found.shown_unit


def verdict(result: Result, limits: Sequence[Limit] = USUAL) -> str:
    """Return in one line whether a run keeps its limits, with the values that decide it.

    Parameters
    ----------
    result : Result
        Of the run.
    limits : sequence of Limit
        Those of a column that the run lacks do not count.
    """
    held: dict[bool, list[str]] = {True: [], False: []}
    for limit in limits:
        if limit.column in result.summary:
            value = result.summary[limit.column]
            number = float("nan") if value is None else value
            said = f"{limit.label} (it is {'not known' if value is None else f'{value:.3g}'})"
            held[limit.holds(number)].append(said)
    parts = [f"misses the limit {'; '.join(held[False])}"] if held[False] else []
    parts += [f"keeps the limit {'; '.join(held[True])}"] if held[True] else []
    parts += [f"failed its check {'; '.join(result.gates_failed)}"] if result.gates_failed else []
    if result.stopped is not None:
        parts.insert(0, "was stopped short, what follows is until then")
    return f"verdict: {', and '.join(parts) or 'no limit applies to this run'}"


def limits_in(path: str | Path) -> Sequence[Limit]:
    """Return the limits under [window] of a study file, the usual one where it has none.

    Parameters
    ----------
    path : path
        A case or study file that could be read.
    """
    try:
        window: Any = read_toml(path).get("window")
        found = limits_of(Window.model_validate(window)) if isinstance(window, Mapping) else []
    except (CaseError, ValueError):
        found = []
    return found or USUAL
