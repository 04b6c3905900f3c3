"""Tables of results as an xarray Dataset with units, long names and provenance (CF style)."""

from typing import TYPE_CHECKING, Any

import numpy as np

from chemomech.runs.columns import attributes
from chemomech.study.axes import typed

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

CONVENTIONS = "CF-1.11"


def variables_of(
    table: "pd.DataFrame", dimension: str, prefix: str = ""
) -> dict[str, tuple[str, np.ndarray, dict[str, str]]]:
    """Return the columns of a table as variables along one dimension.

    Parameters
    ----------
    table : DataFrame
        One row per point of the dimension.
    dimension : str
        Name of the dimension.
    prefix : str
        Put in front of a variable's name, so that two tables can stand in one Dataset.

    Returns
    -------
    dict
        Name of the variable -> (dimension, values (n,), attributes).
    """
    return {
        f"{prefix}{name}": (dimension, typed(str(name), table[name]), attributes(str(name)))
        for name in table
    }


def result_dataset(tables: "dict[str, pd.DataFrame]", provenance: dict[str, str]) -> "xr.Dataset":
    """Return the tables of one case as a Dataset.

    Parameters
    ----------
    tables : dict
        Name -> table. The columns of "timeseries" keep their names, along the dimension "state";
        those of another table, "cycles", stand as "cycles_<column>" along a dimension of that
        table's name.
    provenance : dict
        What the result was made of and by: attributes of the Dataset.
    """
    import xarray as xr

    variables: dict[str, Any] = {}
    for name, table in tables.items():
        first = name == "timeseries"
        dimension, prefix = ("state", "") if first else (name, f"{name}_")
        variables |= variables_of(table, dimension, prefix)
    times = [name for name in ("time_h", "time") if name in variables]
    return xr.Dataset(variables, attrs=provenance).set_coords(times)
