"""Operating pressures of published solid-state cells, read second-hand, behind a window."""

import csv
from functools import cache
from pathlib import Path

PRESSURES = Path(__file__).parent / "data" / "operating_pressures.csv"
SOURCE = "Li Q. et al. 2025, Nat. Energy 10, 1064, read second-hand"
USUAL = (5.0, 10.0)  # MPa, where cells with lithium are run most


@cache
def operating_pressures() -> tuple[tuple[float, str], ...]:
    """Return pressure [MPa] and source of each published cell, ascending."""
    with open(PRESSURES, encoding="utf-8", newline="") as file:
        rows = csv.DictReader(line for line in file if not line.startswith("#"))
        return tuple(sorted((float(row["MPa"]), row["source"]) for row in rows))
