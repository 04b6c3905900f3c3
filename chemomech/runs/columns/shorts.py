"""Columns that say when a cell shorts: chance within a life, times, what comes first."""

from typing import Any

from chemomech.physics.lithium.clocks import CLOCKS
from chemomech.physics.lithium.first_short import ShortCurve
from chemomech.units.field import CM2, HOUR

NAMES = tuple(clock.replace(" ", "_") for clock in CLOCKS)
NONE = "none"  # the first clock where none runs
SHARES = {"short_time_10_h": 0.1, "short_time_h": 0.5, "short_time_90_h": 0.9}


def short_columns(curve: ShortCurve, life: float, area: float) -> dict[str, Any]:
    """Return columns of the summary that a life and an area decide.

    Parameters
    ----------
    curve : ShortCurve
        Of the best values.
    life : float
        Wanted [s].
    area : float
        Of the electrode [m2].
    """
    first, risks = curve.first(area, life), curve.risks(life, area)
    alone = [
        ShortCurve(curve.time, curve.expected[k : k + 1]).time_at(0.5, area)
        for k in range(len(NAMES))
    ]
    times = curve.time_at(list(SHARES.values()), area)
    return {
        "short_risk": float(curve.risk(life, area)),
        "life_h": life / HOUR,
        "area_cm2": area / CM2,
        "first_clock": NONE if first < 0 else CLOCKS[first],
        **{name: float(t) / HOUR for name, t in zip(SHARES, times, strict=True)},
        **{f"short_risk_{name}": float(r) for name, r in zip(NAMES, risks, strict=True)},
        **{f"short_time_{name}_h": float(t) / HOUR for name, t in zip(NAMES, alone, strict=True)},
    }
