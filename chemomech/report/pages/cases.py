"""The table of all cases: headings, values as text, limits that are missed, messages."""

from math import isfinite
from typing import Any

import pandas as pd

from chemomech.report.axes import PRESSURE
from chemomech.report.results import Results
from chemomech.report.words import joined, limit_name, number
from chemomech.runs.columns import column
from chemomech.runs.stated import DOES_NOT_RUN, NEVER


def headings(results: Results) -> list[tuple[str, str]]:
    """Give (short name, unit) of every column that the table shows."""
    found = [column(name) for name in results.columns]
    return [(each.label, each.shown_unit) for each in found]


def verdict(results: Results, row: pd.Series) -> str:
    """Name the limits that a case misses: "none", or "" for a study without limits.

    Parameters
    ----------
    results : Results
        The study.
    row : Series
        The case's row of its table.
    """
    if results.window is None:
        return ""
    missed = []
    for limit in results.window["limits"]:
        value = row[limit["column"]]
        if not (value <= limit["bound"] if limit["above"] else value >= limit["bound"]):
            missed.append(limit_name(limit).removesuffix(" loss"))
    return ", ".join(missed) or "none"


def case_rows(results: Results) -> list[dict[str, Any]]:
    """Make the rows of the table, one dictionary per case."""
    rows, failed = [], {case.label for case in results.failed}
    waiting = {case.label for case in results.waiting}
    varied = [axis for axis in results.axes if axis.key != PRESSURE]
    for index, case in enumerate(results.cases):
        row = results.table.loc[case.label]
        left_out = case.label in failed | waiting
        values = [
            DOES_NOT_RUN
            if name in NEVER and not left_out and not isfinite(row[name])
            else number(row[name], 1 if name.endswith("error") else 3)
            for name in results.columns
        ]
        rows.append(
            {
                "index": index,
                "label": case.label,
                "failed": case.label in failed,
                "waiting": case.label in waiting,
                "message": case.message.strip(),
                "values": values,
                "varied": [axis.text(case.values[axis.key]) for axis in varied],
                "verdict": verdict(results, row),
                "exit_code": case.exit_code,
                "hash": case.result.get("inputs_hash", "–") if case.result else "–",
            }
        )
    return rows


MOST_CASES = 3  # that are named beside a caution


def caution_lines(results: Results) -> list[str]:
    """List the cautions of all finished cases, each once, with the numbers of its cases."""
    found: dict[str, list[str]] = {}
    for index, case in enumerate(results.cases):
        for line in case.cautions:
            found.setdefault(line, []).append(f"no. {index}")
    if len(results.cases) == 1:
        return list(found)
    return [
        f"{joined(numbers[:MOST_CASES])}"
        + (f" and {len(numbers) - MOST_CASES} more" if len(numbers) > MOST_CASES else "")
        + f": {line}"
        for line, numbers in found.items()
    ]
