"""The units of the field in SI: the one place where they are defined."""

from typing import Any

OHM_CM2 = 1e-4  # ohm m2
MA_CM2 = 10.0  # A/m2
CM2 = 1e-4  # m2
MPA = 1e6  # Pa
MICROMETRE = 1e-6  # m
CENTIMETRE = 1e-2  # m
MILLIVOLT = 1e-3  # V
HOUR = 3600.0  # s


def crack_unit(dimension: int) -> tuple[str, float]:
    """Return the unit of the size of cracks, a length or in 3D an area, by name and in SI."""
    return ("um2", MICROMETRE**2) if dimension == 3 else ("um", MICROMETRE)


def energy_unit(cell: Any) -> str:
    """Return the unit of a cell's energies in names of results: per metre of depth in 2D."""
    return "J" if cell.domain.dimension == 3 else "J_per_m"
