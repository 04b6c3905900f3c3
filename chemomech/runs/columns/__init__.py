"""The one table of columns: what the files of results hold, in which unit, and where it is from.

Headers of the CSV files, attributes of netCDF, labels of the report and docs/columns.md read it. A
name in angle brackets is a family: `cracked_um <interface>` stands for one column per interface.

    >>> column("voltage_loss_mV").unit
    'mV'
    >>> column("crack_length_electrolyte_um").meaning
    'length of the cracks in a region that may crack'
"""

import re
from dataclasses import replace

from chemomech.runs.columns.entries import COLUMNS
from chemomech.runs.columns.entry import FILES, WORST, Column

__all__ = ["COLUMNS", "FILES", "WORST", "Column", "attributes", "column", "columns_of", "worst"]

_BY_NAME = {each.name: each for each in COLUMNS}


def column(name: str) -> Column:
    """Find the entry of a column by its header; raises KeyError for one that is not in the table.

    A percentile of a column (p10_, p50_, p90_) has that column's unit and label.
    """
    if name in _BY_NAME:
        return _BY_NAME[name]
    if found := re.fullmatch(r"(p10|p50|p90)_(.+)", name):
        of, family = column(found[2]), _BY_NAME[f"{found[1]}_<column>"]
        return replace(of, name=name, meaning=f"{of.meaning}: {family.meaning}", worst="none")
    for each in COLUMNS:
        if each.is_family and each.pattern.fullmatch(name):
            return each
    raise KeyError(f"{name}: no column of the results")


def attributes(name: str) -> dict[str, str]:
    """Give long_name and units of a column as the CF conventions want them.

    A column that is not in the table, as a key that a study varies, is a plain number with its own
    name.
    """
    try:
        found = column(name)
    except KeyError:
        return {"long_name": name.replace("_", " "), "units": "1"}
    return {"long_name": found.meaning, "units": found.unit or "1"}


def columns_of(file: str, swelling: bool = False) -> tuple[Column, ...]:
    """Give the entries of a file.

    Parameters
    ----------
    file : str
        Key of FILES.
    swelling : bool
        Of a run of a case with [swelling], else of a run of a protocol.
    """
    return tuple(each for each in COLUMNS if file in (each.swelling if swelling else each.cycling))


def worst(how: str) -> tuple[str, ...]:
    """Give the names of the columns of which the summary takes the worst value in this way.

    Parameters
    ----------
    how : str
        Key of WORST.
    """
    return tuple(each.name for each in COLUMNS if each.worst == how)
