"""Where the voltage and the capacity of a run went, as its time series says.

A resistance [ohm cm2] times the current density [mA/cm2] is a voltage [mV]. With I positive on
discharge

    V = U(x) + concentration + stress
        - sign(I) (ionic + electronic + transfer + contact + film + lithium),

concentration and stress: what the particles' uneven stoichiometry and the stress in them add to U
of the mean stoichiometry. So at the end of a charge or discharge parts, concentration and stress
add up to what U(x) lacks to the voltage there. What the last cycle leaves unused between the
protocol's voltages is divided in that proportion: an estimate, since the slope of U is not the same
all the way. Where a step ended by its time, or for want of a path for the current, they are not to
blame.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

PARTS = {
    "ionic": "ionic_resistance_ohm_cm2",
    "electronic": "electronic_resistance_ohm_cm2",
    "transfer": "charge_transfer_resistance_cathode_ohm_cm2",
    "contact": "contact_resistance_cathode_ohm_cm2",
    "film": "film_resistance_cathode_ohm_cm2",
    "lithium": "interfacial_resistance_anode_ohm_cm2",
}
INSIDE = ("concentration", "stress")  # the active material
AT_LIMIT = ("limit", "face full", "face empty")  # ends of steps that the voltage's parts explain
CAUSES = (*PARTS, *INSIDE, "time", "path")
LOSS_COLUMNS = tuple(f"loss_{part}_mV" for part in PARTS)
MISSING_COLUMNS = tuple(f"missing_{cause}" for cause in CAUSES)
ADDED = ("resistance_ohm_cm2", *LOSS_COLUMNS, *MISSING_COLUMNS)


def flowing(table: pd.DataFrame) -> pd.DataFrame:
    """Select the rows of a time series in which current flows."""
    return table[table["current_density_mA_cm2"].abs() > 0.0]


def parts_of(row: pd.Series) -> dict[str, float]:
    """Give the voltage [mV] that each of PARTS takes in a row of a time series."""
    current = abs(row["current_density_mA_cm2"])
    return {part: float(row[column] * current) for part, column in PARTS.items()}


def worst_instant(table: pd.DataFrame) -> pd.Series | None:
    """Find the row with the largest voltage loss; None when no current ever flowed."""
    losses = flowing(table)["voltage_loss_mV"].dropna()
    return None if losses.empty else table.loc[losses.idxmax()]


def ends(table: pd.DataFrame) -> Iterator[tuple[pd.Series, int]]:
    """Yield the ends of the last cycle's charge and discharge, as far as there are any.

    Each is a row of the time series and a sign, -1 for the charge.
    """
    last = flowing(table[table["cycle"] == table["cycle"].max()])
    for sign in (-1, 1):
        rows = last[np.sign(last["current_density_mA_cm2"]) == sign]
        if len(rows):
            yield rows.iloc[-1], sign


def missing(table: pd.DataFrame, cycle: Mapping[str, float]) -> dict[str, float]:
    """Divide what the last cycle left unused of what fits between the protocol's voltages by cause.

    Parameters
    ----------
    table : DataFrame
        The time series.
    cycle : mapping
        `cycle` of result.json with the stoichiometries at equilibrium with these voltages.

    Returns
    -------
    dict
        Cause (of CAUSES) -> share of the capacity, 0 to 1.
    """
    charged, discharged = cycle["stoichiometry_charged"], cycle["stoichiometry_discharged"]
    found = dict.fromkeys(CAUSES, 0.0)
    for row, sign in ends(table):
        unused = row["stoichiometry"] - charged if sign < 0 else discharged - row["stoichiometry"]
        unused = max(float(unused) / (discharged - charged), 0.0)
        if row["step_ended"] not in AT_LIMIT:
            found["time" if row["step_ended"] == "time" else "path"] += unused
            continue
        gap = parts_of(row) | {name: max(-sign * float(row[f"{name}_mV"]), 0.0) for name in INSIDE}
        total = sum(gap.values())
        for cause, value in gap.items():
            found[cause] += unused * value / total if total > 0.0 else 0.0
    return found


def added_columns(case: Any) -> dict[str, float]:
    """Compute ADDED of one finished case; empty without a time series."""
    table = case.timeseries()
    worst = None if table is None else worst_instant(table)
    if worst is None:
        return {}
    rows = flowing(table)
    resistance = rows["voltage_loss_mV"] / rows["current_density_mA_cm2"].abs()
    values = [
        resistance.max(),
        *parts_of(worst).values(),
        *missing(table, case.result["cycle"]).values(),
    ]
    return dict(zip(ADDED, values, strict=True))


def with_losses(table: pd.DataFrame, cases: Sequence[Any]) -> pd.DataFrame:
    """Add the columns ADDED to the study's table.

    Parameters
    ----------
    table : DataFrame
        One row per case, indexed by label.
    cases : sequence of CaseResult
        In the same order; the columns are empty for those without a result.
    """
    rows = [added_columns(case) if case.result is not None else {} for case in cases]
    more = (
        pd.DataFrame(rows, index=[case.label for case in cases])
        .reindex(columns=list(ADDED))
        .astype(float)
    )
    return table.join(more)
