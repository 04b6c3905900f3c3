"""Limits of what a result states of lithium in flaws: beyond them a number means nothing.

K/K_Ic above 10: a flaw runs at 1 and is not the same flaw any more. Plating pressures above 1 GPa:
the hardness of a sulfide, which lithium cannot exceed where it is. Critical currents above 100 mA
cm-2, a hundred times those of any cell that was measured, and times above 1e5 h (eleven years): the
flaw does not run. Times below 36 s: each state is taken to last, and a current needs longer to
settle; the time is then at most that.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

DOES_NOT_RUN = "does not run"


class Limit(NamedTuple):
    """Between which numbers a column is stated.

    Attributes
    ----------
    least, most : float
        Both ends, in the column's unit.
    never : bool
        Whether more than the most counts as never (inf), not as the most.
    """

    least: float
    most: float
    never: bool = False


SHORT_TIMES = (
    "short_time_h",
    "short_time_10_h",
    "short_time_90_h",
    *(f"short_time_{clock}_h" for clock in ("filled_flaw", "creep", "pressed_flaw", "voids")),
)
LIMITS = {
    "max_K_over_KIc": Limit(0.0, 10.0),
    "max_K_static_over_KIc": Limit(0.0, 10.0),
    "max_K_bound_over_KIc": Limit(0.0, 10.0),
    "max_G_over_Gc": Limit(0.0, 100.0),
    "plating_pressure_MPa": Limit(0.0, 1000.0),
    "critical_current_density_mA_cm2": Limit(0.0, 100.0, True),
    "flaw_filling_time_h": Limit(0.01, 1e5, True),
    "time_to_short_h": Limit(0.01, 1e5, True),
    **dict.fromkeys(SHORT_TIMES, Limit(0.01, 1e5, True)),
}
NEVER = (
    "critical_current_density_mA_cm2",
    "time_to_short_h",
    "short_time_h",
)  # of which inf is DOES_NOT_RUN


def within(name: str, value: Any) -> Any:
    """Return a value of a column, or a list of them, within its limits; nan stays.

    Parameters
    ----------
    name : str
        Of the column; one without limits is returned as it is.
    value : float or list of float
        In the column's unit.

    Examples
    --------
    >>> within("max_K_over_KIc", 109.0), within("time_to_short_h", [1e-4, 2e5])
    (10.0, [0.01, inf])
    """
    if name not in LIMITS:
        return value
    limit = LIMITS[name]
    given = np.asarray(value, dtype=float)
    most = np.where(given > limit.most, np.inf, given) if limit.never else given
    found = np.maximum(most if limit.never else np.minimum(most, limit.most), limit.least)
    return [float(each) for each in found] if given.ndim else float(found)


def state(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return columns, or their quantiles, each within its limits."""
    return {name: within(name, each) for name, each in values.items()}


def statements(values: Mapping[str, float]) -> list[str]:
    """Return a text for every value that is stated as its limit or as never.

    Parameters
    ----------
    values : mapping of str to float
        Columns as computed.
    """
    found = []
    for name, value in values.items():
        stated = within(name, value)
        if name in NEVER and np.isinf(stated):
            found.append(f"{name}: {DOES_NOT_RUN}")
        elif stated != value and not np.isnan(value):
            side = "at most" if stated > value else "at least"
            label = "never" if np.isinf(stated) else f"{side} {stated:g}"
            found.append(f"{name}: {label} ({value:.3g} computed, beyond what the model can mean)")
    return found
