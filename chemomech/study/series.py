"""The time series of all cases in one dataset: timeseries.nc of a study.

Along the varied keys it is a grid, as study.nc; along the dimension "state" every case has as many
states as it took steps, and nan behind them. "states" says how many those are.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from chemomech.runs.columns import attributes
from chemomech.study.axes import coordinates, typed
from chemomech.study.engine import Outcome
from chemomech.study.plan import Study

MOST = 50_000_000  # numbers in the dataset, 0.4 GB


def series_dataset(study: Study, outcomes: Sequence[Outcome], folder: Path) -> xr.Dataset | None:
    """Return the time series of the cases that have a result.

    Parameters
    ----------
    study : Study
        What varies.
    outcomes : sequence of Outcome
        What became of its cases, in the same order.
    folder : Path
        Of the study.

    Returns
    -------
    Dataset or None
        None where there would be more than MOST numbers: such a study is read case by case.
    """
    tables = [_table(folder, outcome) for outcome in outcomes]
    names = list(dict.fromkeys(name for table in tables for name in table))
    longest = max((len(table) for table in tables), default=0)
    if len(tables) * longest * len(names) > MOST:
        return None
    axes = coordinates(study.file.vary)
    dims, shape = [each.name for each in axes], [len(each.values) for each in axes]
    data = xr.Dataset(
        coords={each.name: (each.name, each.values, each.attributes) for each in axes}
    )
    for name in names:
        columns = [typed(name, table[name]) if name in table else None for table in tables]
        text = any(each is not None and each.dtype.kind == "U" for each in columns)
        padded = np.full((len(tables), longest), "" if text else np.nan, object if text else float)
        for row, column in zip(padded, columns, strict=True):
            if column is not None:
                row[: len(column)] = column
        whole = padded.astype(np.str_) if text else padded
        data[name] = ([*dims, "state"], whole.reshape(*shape, longest), attributes(name))
    counts = np.reshape([len(table) for table in tables], shape)
    data["states"] = (dims, counts, {"long_name": "states of the case", "units": "1"})
    data.attrs = {"Conventions": "CF-1.11", "title": study.file.name}
    return data.set_coords([name for name in ("time_h", "time") if name in data])


def _table(folder: Path, outcome: Outcome) -> pd.DataFrame:
    """Return the time series of one case, empty where it has none."""
    path = folder / "cases" / outcome.label / "timeseries.csv"
    if outcome.result is None or not path.is_file():
        return pd.DataFrame()
    return pd.read_csv(path)
