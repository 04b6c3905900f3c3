"""The table of a study: summary.csv, one row per case, study.nc for xarray, and study.json."""

import itertools
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from chemomech.files import replacing, write_text
from chemomech.received import private_copy
from chemomech.runs.columns import attributes
from chemomech.study.axes import PRESSURE, coordinates, typed
from chemomech.study.engine import Outcome
from chemomech.study.errors import ResultError
from chemomech.study.plan import Study, has_current
from chemomech.study.series import series_dataset
from chemomech.study.shorts import CaseShorts, read_shorts, sources, with_shorts
from chemomech.study.window import Limit, limits_of, safe_window
from chemomech.units.field import CM2, HOUR, MA_CM2, MPA
from chemomech.version import __version__

CURRENT = "cycle.current_density"
TABLE, SERIES = "study.nc", "timeseries.nc"
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # with these a spreadsheet begins a formula
FIRST_COLUMNS = (
    "stack_pressure_MPa",
    "contact_fraction_cathode",
    "contact_fraction_anode",
    "interfacial_resistance_cathode_ohm_cm2",
    "interfacial_resistance_anode_ohm_cm2",
    "voltage_loss_mV",
    "discharge_capacity_mAh_cm2",
    "capacity_share",
    "max_G_over_Gc",
    "max_K_over_KIc",
    "critical_current_density_mA_cm2",
    "critical_overpotential_mV",
    "critical_stripping_current_density_mA_cm2",
    "short_risk",
    "safe_share",
    "life_h",
    "area_cm2",
    "plating_current_density_mA_cm2",
    "first_clock",
    "short_time_h",
    "penetration_risk",
    "time_to_short_h",
    "energy_balance_error",
    "charge_balance_error",
    "lithium_balance_error",
    "wall_time_s",
)


def columns_of(result: Mapping[str, Any]) -> dict[str, Any]:
    """Return the observables of a result and their bands as columns of the table."""
    found = dict(result["summary"])
    for name, band in result.get("band_10_50_90", {}).items():
        found |= {
            f"{quantile}_{name}": value
            for quantile, value in zip(("p10", "p50", "p90"), band, strict=True)
        }
    return found


def summary_table(study: Study, outcomes: Sequence[Outcome]) -> pd.DataFrame:
    """Return one row per case: label, varied values, observables and their bands.

    Parameters
    ----------
    study : Study
        Its cases.
    outcomes : sequence of Outcome
        What became of them, in the same order; a case that failed has empty observables.
    """
    rows = []
    axes = coordinates(study.file.vary)
    places = itertools.product(*(each.values for each in axes))
    for planned, outcome, place in zip(study.cases, outcomes, places, strict=True):
        row: dict[str, Any] = {"case": planned.label, "exit_code": outcome.code}
        row |= {each.header: value for each, value in zip(axes, place, strict=True)}
        row["stack_pressure_MPa"] = planned.case.stack.pressure / MPA
        if outcome.result is not None:
            row |= columns_of(outcome.result)
        rows.append(row)
    return _ordered(pd.DataFrame(rows))


def _ordered(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table with the columns that a reader looks for first in front."""
    first = [name for name in FIRST_COLUMNS if name in table]
    leading = ["case", *first]
    return table[[*leading, *(name for name in table if name not in leading)]]


def study_window(
    study: Study, table: pd.DataFrame, shorts: Mapping[str, CaseShorts] | None = None
) -> dict[str, Any] | None:
    """Return the window along the stack pressure for study.json, where there is one.

    It is stated where the stack pressure alone varies, or beside it the current density and
    window.current_density says which one is wanted. "bands" is the window at the 10th, 50th and
    90th percentile of the columns that were sampled.

    Parameters
    ----------
    study : Study
        Its limits and what varies.
    table : DataFrame
        As `summary_table` gives it.
    shorts : mapping of str to CaseShorts
        By label of the case, for the areas beside and what the chance of a short is unsure of.
    """
    varied, wanted = set(study.file.vary), study.file.window.current_density
    limits = limits_of(study.file.window)
    along = varied == {PRESSURE} or (varied == {PRESSURE, CURRENT} and wanted is not None)
    if not along or not limits:
        return None
    cases = [planned.label for planned in study.cases if has_current(planned, wanted)]
    good = (
        table[table["case"].isin(cases)]
        .dropna(subset=["max_K_over_KIc"])
        .sort_values("stack_pressure_MPa")
    )
    found = _windows(good, limits) | {
        "limits": [asdict(limit) for limit in limits],
        "each": {limit.label: _window_of(good, [limit]) for limit in limits},
        "cases": cases,
        "current_density_mA_cm2": None if wanted is None else wanted / MA_CM2,
    }
    return found | _of_shorts(study, good, limits, shorts or {})


def _window_of(rows: pd.DataFrame, limits: Sequence[Limit], share: str = "") -> dict[str, Any]:
    """Return the window along the stack pressure, of a percentile where its columns are there."""
    names = {limit.column: f"{share}{limit.column}" for limit in limits}
    columns = {
        name: rows[drawn if drawn in rows else name].tolist() for name, drawn in names.items()
    }
    return asdict(safe_window(rows["stack_pressure_MPa"].tolist(), columns, limits))


def _windows(rows: pd.DataFrame, limits: Sequence[Limit]) -> dict[str, Any]:
    """Return the window of the best values and, as "bands", those of the percentiles."""
    shares = ("p10", "p50", "p90")
    bands = {share: _window_of(rows, limits, f"{share}_") for share in shares}
    return _window_of(rows, limits) | {"bands": bands}


def _of_shorts(
    study: Study, rows: pd.DataFrame, limits: Sequence[Limit], shorts: Mapping[str, CaseShorts]
) -> dict[str, Any]:
    """Return life and area of the window, the windows of other areas, and what dominates.

    The last is of the pressure at which the chance of a short is most undecided.
    """
    rows = rows[rows["case"].isin(list(shorts))]
    if rows.empty or all(limit.column != "short_risk" for limit in limits):
        return {}
    wanted = study.file.window
    life, area = HOUR * rows["life_h"].iloc[0], CM2 * rows["area_cm2"].iloc[0]
    found = {name: sources(shorts[name], life, area) for name in rows["case"]}
    unsure = max(found, key=lambda name: -abs(found[name]["mean_risk"] - 0.5))
    place = float(rows.set_index("case").loc[unsure, "stack_pressure_MPa"])
    beside = [
        {"area_cm2": other / CM2}
        | _windows(with_shorts(rows, shorts, limits, wanted.life, other), limits)
        for other in wanted.areas_beside
    ]
    return {
        "life_h": life / HOUR,
        "area_cm2": area / CM2,
        "safe_share": dict(
            zip(rows["stack_pressure_MPa"].map("{:g}".format), rows["safe_share"], strict=True)
        ),
        "unsure_of": {"stack_pressure_MPa": place} | found[unsure],
        "beside": beside,
    }


def study_dataset(study: Study, table: pd.DataFrame) -> xr.Dataset:
    """Return the table over the varied keys, with units, long names and provenance (CF style).

    Parameters
    ----------
    study : Study
        What varies.
    table : DataFrame
        As `summary_table` gives it.
    """
    axes = coordinates(study.file.vary)
    names, shape = [each.name for each in axes], [len(each.values) for each in axes]
    data = xr.Dataset(
        coords={each.name: (each.name, each.values, each.attributes) for each in axes}
    )
    for column in table:
        if column in {*names, *(each.header for each in axes)}:
            continue
        values = np.reshape(typed(str(column), table[column]), shape)
        data[column] = (names, values, attributes(str(column)))
    hashes = np.reshape([planned.hash for planned in study.cases], shape)
    data["inputs_hash"] = (names, hashes, attributes("inputs_hash"))
    data.attrs = {
        "Conventions": "CF-1.11",
        "title": study.file.name,
        "comment": study.file.description,
        "chemomech": __version__,
    }
    return data


def _no_formula(value: Any) -> Any:
    """Return a text with a ' in front where a spreadsheet would take it for a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value


def write_series(study: Study, outcomes: Sequence[Outcome], folder: str | Path) -> Path | None:
    """Write timeseries.nc, the time series of all cases, and return its path.

    Parameters
    ----------
    study : Study
        The checked study.
    outcomes : sequence of Outcome
        What became of its cases, in the same order.
    folder : path
        Of the study.

    Returns
    -------
    Path or None
        None where they are too many for one dataset; none of an earlier study is left then.
    """
    path, data = Path(folder) / SERIES, series_dataset(study, outcomes, Path(folder))
    if data is None:
        path.unlink(missing_ok=True)
        return None
    packed = {name: {"zlib": True, "complevel": 1} for name in data if data[name].dtype.kind == "f"}
    with replacing(path) as beside:
        data.to_netcdf(beside, engine="h5netcdf", encoding=packed)
    return path


def write_study(
    study: Study, outcomes: Sequence[Outcome], folder: str | Path
) -> tuple[pd.DataFrame, dict[str, Any] | None]:
    """Write summary.csv, study.nc and study.json, and return the table and the window.

    Parameters
    ----------
    study : Study
        The checked study.
    outcomes : sequence of Outcome
        What became of its cases, in the same order.
    folder : path
        Where the files are written.
    """
    folder = Path(folder)
    wanted, table = study.file.window, summary_table(study, outcomes)
    read = {o.label: read_shorts(folder / "cases" / o.label / "shorts.npz") for o in outcomes}
    shorts = {label: each for label, each in read.items() if each is not None}
    if "life_h" in table:
        limits = limits_of(wanted)
        table = _ordered(with_shorts(table, shorts, limits, wanted.life, wanted.area))
    window = study_window(study, table, shorts) if "max_K_over_KIc" in table else None
    manifest = {
        "name": study.file.name,
        "description": study.file.description,
        "vary": study.file.vary,
        "window": window,
        "cases": [
            {"label": o.label, "exit_code": o.code, "message": o.message, "values": p.values}
            for p, o in zip(study.cases, outcomes, strict=True)
        ],
    }
    plain = table.map(_no_formula).rename(columns=_no_formula)
    write_text(folder / "summary.csv", plain.to_csv(index=False, float_format="%.7g"))
    with replacing(folder / TABLE) as beside:
        study_dataset(study, table).to_netcdf(beside, engine="h5netcdf")
    write_text(folder / "study.json", json.dumps(manifest, indent=1))
    return table, window


def read_dataset(folder: str | Path, name: str = TABLE) -> xr.Dataset:
    """Read what `write_study` or `write_series` left in a folder.

    Parameters
    ----------
    folder : path
        The results folder of a study.
    name : str
        TABLE or SERIES.

    Raises
    ------
    ResultError
        There is none, or it cannot be read.
    """
    path = Path(folder) / name
    if not path.is_file():
        raise ResultError(
            f"{folder}: holds no study (there is no {name}); `chemomech study` writes one"
        )
    try:
        with (
            private_copy(path) as copy,
            xr.open_dataset(copy, engine="h5netcdf", decode_timedelta=False) as data,
        ):
            return data.load()
    except (OSError, ValueError) as error:
        raise ResultError(f"{path}: cannot be read: {error}") from None
