"""Reads the results folder of a study; nothing is computed anew."""

import json
from pathlib import Path
from typing import Any

import pandas as pd

from chemomech.report.axes import PRESSURE, Axis, build_axis
from chemomech.report.losses import with_losses
from chemomech.report.results import (
    MAIN_COLUMNS,
    OTHER_COLUMNS,
    SWELLING_COLUMNS,
    CaseResult,
    Results,
)
from chemomech.study.errors import ResultError
from chemomech.study.folder import read_result
from chemomech.study.table import columns_of
from chemomech.units.field import MPA

STOPPED = 3  # exit code of a run that was stopped short
RESULT_KEYS = ("case", "summary", "materials", "cycle", "solver")


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON file that holds a table; raises ResultError when it is missing or malformed."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ResultError(f"{path}: cannot be read: {error.strerror or error}") from None
    except (ValueError, RecursionError) as error:
        raise ResultError(f"{path}: is not valid JSON: {error}") from None
    if not isinstance(content, dict):
        raise ResultError(f"{path}: is not a table of results")
    return content


def read_table(path: Path, labels: list[str]) -> pd.DataFrame:
    """Read the study's table with every column that the report uses.

    Parameters
    ----------
    path : Path
        summary.csv.
    labels : list of str
        Labels of the cases; the rows come in this order.

    Raises
    ------
    ResultError
        It cannot be read, or its cases are others.
    """
    try:
        table = pd.read_csv(path)
    except OSError as error:
        raise ResultError(f"{path}: cannot be read: {error.strerror or error}") from None
    except ValueError as error:
        raise ResultError(f"{path}: is not a table: {error}") from None
    if "case" not in table or sorted(table["case"].astype(str)) != sorted(labels):
        raise ResultError(f"{path}: its cases are not those of study.json")
    return _with_all_columns(table.set_index(table["case"].astype(str)).loc[labels])


def _with_all_columns(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table with every column that the report uses, as numbers."""
    used = dict.fromkeys((*MAIN_COLUMNS, *OTHER_COLUMNS, *SWELLING_COLUMNS))
    table = table.reindex(columns=[*table.columns, *(name for name in used if name not in table)])
    for name in used:
        table[name] = pd.to_numeric(table[name], errors="coerce")
    return table


def _whole(path: Path) -> dict[str, Any]:
    """Read a result.json that has everything the report needs; raises ResultError."""
    result = read_json(path)
    for key in RESULT_KEYS:
        if key not in result:
            raise ResultError(f"{path}: has no '{key}'; run it again")
    return result


def read_case(folder: Path, entry: dict[str, Any], axes: tuple[Axis, ...]) -> CaseResult:
    """Read one case; a case that failed has no result.

    Parameters
    ----------
    folder : Path
        Of the study.
    entry : dict
        What study.json says of the case.
    axes : tuple of Axis
        What the study varies.

    Raises
    ------
    ResultError
        Its result cannot be read or is not whole.
    """
    label = entry["label"]
    place = folder / "cases" / label
    result = None
    if entry["exit_code"] in (0, 1) and (place / "result.json").is_file():
        result = _whole(place / "result.json")
    stopped = read_result(place) if entry["exit_code"] == STOPPED else None
    partial = stopped if stopped is not None and stopped.get("stopped") else None
    texts = [(axis.name, axis.text(entry["values"][axis.key])) for axis in axes]
    title = texts[0][1] if len(texts) == 1 else ", ".join(f"{name} {text}" for name, text in texts)
    return CaseResult(
        label, place, entry["values"], title, entry["exit_code"], entry["message"], result, partial
    )


def read_results(folder: str | Path) -> Results:
    """Read the folder of a study, finished or not, or of a single run.

    Parameters
    ----------
    folder : path
        With study.json, summary.csv and cases/, or with the result.json of a single run.

    Raises
    ------
    ResultError
        It holds neither, or a file of it cannot be read.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise ResultError(f"{folder}: is not a folder; give the results folder of a study")
    if not (folder / "study.json").is_file():
        if (folder / "result.json").is_file():
            return _single(folder)
        raise ResultError(
            f"{folder}: holds no study and no finished run (there is no study.json and no "
            "result.json); `chemomech study` and `chemomech run` write them"
        )
    manifest = read_json(folder / "study.json")
    try:
        every = manifest["vary"]
        vary = {key: values for key, values in every.items() if len(values) > 1} or every
        axes = tuple(build_axis(key, values) for key, values in vary.items())
        cases = tuple(read_case(folder, entry, axes) for entry in manifest["cases"])
        table = read_table(folder / "summary.csv", [case.label for case in cases])
        if not any(case.swells for case in cases):
            table = with_losses(table, cases)
        texts = manifest["name"], manifest["description"]
        return Results(folder, *texts, manifest["window"], axes, cases, table)
    except (KeyError, TypeError, AttributeError) as error:
        raise ResultError(
            f"{folder / 'study.json'}: is not complete ({error}); run the study again"
        ) from None


def _single(folder: Path) -> Results:
    """Read the folder of a single run as a study of one case, over its stack pressure."""
    result = _whole(folder / "result.json")
    try:
        pressure = result["case"]["stack"]["pressure"] / MPA
        value, label = f"{pressure:.6g} MPa", folder.resolve().name
        failed, stopped = result["gates_failed"], result.get("stopped")
        axes = (build_axis(PRESSURE, [value]),)
        code, said = int(bool(failed)), "; ".join(failed)
        if stopped:
            code, said = STOPPED, f"stopped at {stopped['where']}: {stopped['why']}"
        case = CaseResult(label, folder, {PRESSURE: value}, value, code, said, result)
        row = {"case": label, "exit_code": case.exit_code, "stack_pressure_MPa": pressure}
        table = _with_all_columns(pd.DataFrame([row | columns_of(result)], index=[label]))
        if not case.swells:
            table = with_losses(table, (case,))
        words = f"A single run, {said}" if stopped else "A single run."
        return Results(folder, result["name"], words, None, axes, (case,), table)
    except (KeyError, TypeError, AttributeError) as error:
        raise ResultError(
            f"{folder / 'result.json'}: is not complete ({error}); run the case again"
        ) from None
