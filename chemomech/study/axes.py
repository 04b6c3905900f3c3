"""What a study varies as coordinates with units, and columns of tables as arrays of one kind."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from chemomech.case.keys import split_key
from chemomech.runs.columns import attributes, column
from chemomech.units.quantity import QuantityError, split, to_si

if TYPE_CHECKING:
    import pandas as pd

PRESSURE = "stack.pressure"
PRESSURE_COLUMN, PRESSURE_UNIT = "stack_pressure_MPa", "MPa"
# Columns of whole numbers; all others with a unit or "1" are numbers, those with "" texts.
WHOLE = {"cycle", "protocol_step", "particle", "skipped"}
TEXTS = {"case", "inputs_hash"}
# What a unit is called at the end of a column's name, where it is not its own text.
ENDINGS = {"MPa*m^0.5": "MPa_sqrt_m", "A/m^2": "A_m2", "mA/cm^2": "mA_cm2", "ohm*cm^2": "ohm_cm2"}


@dataclass(frozen=True)
class Coordinate:
    """One varied key.

    Attributes
    ----------
    key : str
        Dotted key of the case.
    name : str
        Name of its dimension; unique in a study.
    values : list
        Numbers in `unit`, or texts.
    unit : str
        "1" for texts and plain numbers.
    """

    key: str
    name: str
    values: list[Any]
    unit: str

    @property
    def attributes(self) -> dict[str, str]:
        """What netCDF says of it."""
        if self.key == PRESSURE:
            return attributes(self.name) | {"units": self.unit}
        return {"long_name": self.key, "units": self.unit}

    @property
    def header(self) -> str:
        """Name of its column in summary.csv, the unit at the end."""
        if self.key == PRESSURE:
            return self.name
        plain = ENDINGS.get(self.unit) or re.sub(r"\W+", "_", self.unit.replace("/", "_per_"))
        ending = "" if self.unit == "1" else f"_{plain}"
        name = f"{self.name}{ending}"
        return f"{self.key}{ending}" if _is_observable(name) else name


def _is_observable(name: str) -> bool:
    """Say whether a name is that of a column of summary.csv that a result fills."""
    try:
        return name in {*TEXTS, "exit_code"} or "summary" in column(name).files
    except KeyError:
        return False


def coordinates(vary: dict[str, list[Any]]) -> list[Coordinate]:
    """Return the coordinates of the varied keys, in their order.

    A name is the last part of the key, and all of it where two would be one. Quantities are numbers
    in the unit of the first value, which a reader can sort, select and draw.

    Parameters
    ----------
    vary : dict
        Key -> values as written in the study.
    """
    parts = {key: split_key(key) for key in vary}
    last = [each[-1] for each in parts.values()]
    found: list[Coordinate] = []
    for key, values in vary.items():
        own = parts[key]
        name = own[-1] if last.count(own[-1]) == 1 else "_".join(own).replace("|", "_")
        name = PRESSURE_COLUMN if key == PRESSURE else name
        taken = {each.name for each in found}
        while name in taken:
            name += "_"
        found.append(Coordinate(key, name, *_numbers(key, values)))
    return found


def _numbers(key: str, values: Sequence[Any]) -> tuple[list[Any], str]:
    """Return values as numbers in one unit, or as texts, and the unit."""
    if all(isinstance(each, int | float) and not isinstance(each, bool) for each in values):
        return list(values), "1"
    try:
        unit = PRESSURE_UNIT if key == PRESSURE else split(values[0])[1]
        return [to_si(value, unit) for value in values], unit
    except (QuantityError, AttributeError, TypeError):
        return [str(each) for each in values], "1"


def typed(name: str, values: "pd.Series[Any]") -> NDArray[Any]:
    """Return a column as an array whose kind its name decides, whatever its values are.

    Parameters
    ----------
    name : str
        Of the column.
    values : Series
        As read from a file or made of results; what is missing is nan or "".
    """
    import pandas as pd

    try:
        text = name in TEXTS or column(name).unit == ""
    except KeyError:
        text = not pd.api.types.is_numeric_dtype(values)
    if text:
        return values.fillna("").astype(str).to_numpy().astype(np.str_)
    numbers = pd.to_numeric(values, errors="coerce").to_numpy(dtype=float)
    return numbers.astype(np.int64) if name in WHOLE else numbers
