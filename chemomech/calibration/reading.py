"""Reads the data sets of a calibration file: texts with units, bounds, and CSV files."""

import csv
import re
from pathlib import Path
from typing import Any

import numpy as np

from chemomech.calibration.file import Data
from chemomech.calibration.likelihood import Observations
from chemomech.calibration.models import Conditions
from chemomech.case.errors import CaseError
from chemomech.units.quantity import QuantityError, shown, split, to_si

UNITS = {
    "resistance": "ohm*m^2",
    "time_to_short": "s",
    "critical_current": "A/m^2",
    "critical_stripping_current": "A/m^2",
}
SHOWN_UNITS = {"ohm*m^2": "ohm*cm^2", "s": "h", "A/m^2": "mA/cm^2"}
COLUMNS = ("pressure", "value", "current_density", "dwell")
HEADER = re.compile(r"\s*(\w+)\s*\[([^\]]+)\]\s*")
LARGEST_TABLE = 10_000  # rows


def read_observations(
    data: Data, where: str, base_folder: Path, area: float | None, contact_law: str
) -> tuple[Conditions, Observations]:
    """Return what cells of a data set were measured at, and what was measured.

    Parameters
    ----------
    data : Data
        The set.
    where : str
        Its place in the file, for messages.
    base_folder : path
        Where the path of a CSV file starts.
    area : float or None
        Of the cell [m2], for resistances in ohm.
    contact_law : str
        Of its faces.

    Raises
    ------
    CaseError
        Names the key and what is accepted.
    """
    given = _table(data, where, base_folder)
    pressures, values = (_listed(given, key, where) for key in ("pressure", "value"))
    if len(pressures) != len(values):
        raise CaseError(f"{where}.value: {len(values)} values at {len(pressures)} pressures")
    pressure = _numbers(pressures, "Pa", f"{where}.pressure")
    current = _repeated(given, "current_density", "A/m^2", len(values), where)
    if data.kind == "time_to_short" and not np.all(current > 0.0):
        raise CaseError(
            f'{where}.current_density: is required with time_to_short; write "75 uA/cm^2"'
        )
    dwell = _repeated(given, "dwell", "s", len(values), where)
    ends = [_interval(text, data.kind, area, f"{where}.value") for text in values]
    low, high = np.array(ends).T
    if np.any(pressure <= 0.0):
        raise CaseError(f"{where}.pressure: every pressure must be greater than zero")
    conditions = Conditions(pressure, current, dwell, data.faces, contact_law)
    return conditions, Observations(low, high)


def _table(data: Data, where: str, base_folder: Path) -> dict[str, Any]:
    """Return the lists of a set, those of its CSV file where it has one."""
    inline = {key: getattr(data, key) for key in COLUMNS if getattr(data, key) is not None}
    if data.file is None:
        return inline
    for key in ("pressure", "value"):
        if key in inline:
            raise CaseError(f"{where}.{key}: stands in {data.file} already; leave out one of both")
    return inline | _read_csv(base_folder / data.file, f"{where}.file")


def _read_csv(path: Path, where: str) -> dict[str, list[str]]:
    """Return the columns of a CSV file, every cell with the unit of its header."""
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            rows = [row for row in csv.reader(file) if row and not row[0].startswith("#")]
    except OSError as error:
        raise CaseError(f"{where}: {path} cannot be read: {error.strerror}") from None
    except (UnicodeDecodeError, csv.Error):
        raise CaseError(f"{where}: {path} is not a CSV text in UTF-8") from None
    if not 2 <= len(rows) <= LARGEST_TABLE:
        raise CaseError(f"{where}: {path} needs a header and 1 to {LARGEST_TABLE} rows")
    found: dict[str, list[str]] = {}
    for number, cell in enumerate(rows[0]):
        header = HEADER.fullmatch(cell)
        if header is None or header[1] not in COLUMNS:
            raise CaseError(
                f'{where}: {path}: header {shown(cell)}; write "name [unit]" of '
                + ", ".join(COLUMNS)
            )
        if any(len(row) != len(rows[0]) for row in rows):
            raise CaseError(f"{where}: {path}: rows of different length")
        found[header[1]] = [f"{row[number].strip()} {header[2]}" for row in rows[1:]]
    return found


def _listed(given: dict[str, Any], key: str, where: str) -> list[str]:
    """Return a list that must not be empty."""
    if not given.get(key):
        raise CaseError(f"{where}.{key}: is required; write a list of texts with units")
    listed: list[str] = given[key]
    return listed


def _repeated(given: dict[str, Any], key: str, unit: str, count: int, where: str) -> Any:
    """Return one number a value (n,): a column, the same for all, or 0."""
    text = given.get(key, [])
    texts = [text] * count if isinstance(text, str) else text
    return _numbers(texts, unit, f"{where}.{key}") if texts else np.zeros(count)


def _numbers(texts: list[str], unit: str, where: str) -> Any:
    """Return numbers in SI, >= 0."""
    found = np.array([_quantity(text, unit, where) for text in texts])
    if np.any(found < 0.0):
        raise CaseError(f"{where}: a value is negative")
    return found


def _quantity(text: str, unit: str, where: str) -> float:
    """Return a number in SI; raise CaseError for what is none of this unit."""
    try:
        return to_si(text, unit, where)
    except QuantityError as error:
        raise CaseError(str(error)) from None


def _measured(text: str, kind: str, area: float | None, where: str) -> float:
    """Return a measured number in SI, > 0; a resistance in ohm times the cell's area."""
    if kind == "resistance":
        try:
            found = to_si(text, "ohm")
        except QuantityError:
            found = _quantity(text, UNITS[kind], where)
        else:
            if area is None:
                raise CaseError(f"{where}: {shown(text)} needs inputs.area of the cell beside it")
            found *= area
    else:
        found = _quantity(text, UNITS[kind], where)
    if not found > 0.0:
        raise CaseError(f"{where}: {shown(text)} must be greater than zero")
    return found


def _interval(text: str, kind: str, area: float | None, where: str) -> tuple[float, float]:
    """Return both ends of "v", "> v", "< v" or "v to v" in SI."""
    plain = text.strip()
    if plain[:1] in "<>" and plain:
        bound = _measured(plain[1:].strip(), kind, area, where)
        return (0.0, bound) if plain[0] == "<" else (bound, np.inf)
    first, to, second = plain.partition(" to ")
    if not to:
        value = _measured(plain, kind, area, where)
        return value, value
    try:
        units = [split(each)[1] for each in (first, second)]
    except QuantityError as error:
        raise CaseError(f"{where}: {shown(text)} {error}") from None
    low = first if units[0] else f"{first} {units[1]}"
    ends = _measured(low, kind, area, where), _measured(second, kind, area, where)
    if not ends[0] < ends[1]:
        raise CaseError(f"{where}: {shown(text)}; write the smaller end first")
    return ends
