r"""Chances of a short of a study's cases, for any life and area, and what they are unsure of.

Of samples of the uncertain inputs with chances r_s, the variance of "short or not" has two parts,

    p (1 - p) = mean r (1 - r) + var r,      p = mean r:

the first is chance, which of the flaws and pores a cell happens to have; the second is what
measuring the inputs would remove. Which input that is, the squared rank correlation of each with
the number of shorts says.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import spearmanr

from chemomech.physics.lithium.first_short import ShortCurve
from chemomech.runs.columns.shorts import short_columns
from chemomech.study.errors import ResultError
from chemomech.study.window import Limit
from chemomech.units.field import CM2, HOUR

QUANTILES = {"p10": 0.1, "p50": 0.5, "p90": 0.9}
LEAST_SHORTS = 1e-30  # that count when they are ranked


@dataclass(frozen=True)
class CaseShorts:
    """Shorts per area of one case over time.

    Attributes
    ----------
    best : ShortCurve
        Of the best values.
    drawn : ShortCurve
        Of s samples.
    inputs : tuple of str
        What was uncertain.
    scores : (s, d) array
        Logarithms of the samples over the best values.
    """

    best: ShortCurve
    drawn: ShortCurve
    inputs: tuple[str, ...]
    scores: NDArray


def read_shorts(path: Path) -> CaseShorts | None:
    """Read shorts.npz of a run; None where there is none.

    Parameters
    ----------
    path : Path
        The file.

    Raises
    ------
    ResultError
        It cannot be read.
    """
    if not path.is_file():
        return None
    try:
        with open(path, "rb") as opened, np.load(opened, allow_pickle=False) as found:
            time, best, drawn = (found[name] for name in ("time", "expected", "drawn"))
            inputs = tuple(str(name) for name in found["inputs"])
            return CaseShorts(
                ShortCurve(time, best), ShortCurve(time, drawn.astype(float)), inputs,
                found["scores"],
            )  # fmt: skip
    except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
        raise ResultError(f"{path}: cannot be read: {error}") from None


def shorts_columns(
    shorts: CaseShorts,
    row: Mapping[str, Any],
    limits: Sequence[Limit],
    life: float | None,
    area: float | None,
) -> dict[str, Any]:
    """Return the columns of a case that a life and an area decide, with their bands.

    Parameters
    ----------
    shorts : CaseShorts
        Of the case.
    row : mapping
        Its other columns; life_h and area_cm2 hold where none is given.
    limits : sequence of Limit
        Of the window; safe_share is of all of them.
    life, area : float or None
        [s], [m2].
    """
    life = HOUR * row["life_h"] if life is None else life
    area = CM2 * row["area_cm2"] if area is None else area
    risks = shorts.drawn.risk(life, area)
    found = short_columns(shorts.best, life, area)
    found |= {f"{name}_short_risk": float(np.quantile(risks, q)) for name, q in QUANTILES.items()}
    holds = np.ones(len(risks), bool)
    for limit in limits:
        if limit.column == "short_risk":
            holds &= risks <= limit.bound
        elif not limit.holds(row.get(limit.column, np.nan)):
            holds[:] = False
    return found | {"safe_share": float(holds.mean())}


def with_shorts(
    table: pd.DataFrame,
    shorts: Mapping[str, CaseShorts],
    limits: Sequence[Limit],
    life: float | None,
    area: float | None,
) -> pd.DataFrame:
    """Return a study's table with the columns of shorts for a life and an area.

    Parameters
    ----------
    table : DataFrame
        As `summary_table` gives it.
    shorts : mapping of str to CaseShorts
        By label of the case.
    limits, life, area
        As in `shorts_columns`.
    """
    rows = [
        row | shorts_columns(shorts[row["case"]], row, limits, life, area)
        if row["case"] in shorts
        else row
        for row in table.to_dict("records")
    ]
    return pd.DataFrame(rows)


def sources(shorts: CaseShorts, life: float, area: float) -> dict[str, Any]:
    """Return what the chance of a short is unsure of: `chance`, `measurable` and `ranks`.

    Shares of the variance of "short or not", and the squared rank correlation of every uncertain
    input that varies with the number of shorts, the largest first.

    Parameters
    ----------
    shorts : CaseShorts
        Of a case.
    life, area : float
        [s], [m2].
    """
    risks = shorts.drawn.risk(life, area)
    mean = float(risks.mean())
    whole = mean * (1.0 - mean)
    number = np.log(np.maximum(shorts.drawn.by(life).sum(axis=-1), LEAST_SHORTS))
    varies = np.ptp(number) > 0.0
    ranks = {
        name: float(spearmanr(values, number).statistic ** 2)
        for name, values in zip(shorts.inputs, shorts.scores.T, strict=True)
        if varies and np.ptp(values) > 0.0
    }
    return {
        "mean_risk": mean,
        "measurable": float(risks.var() / whole) if whole > 0.0 else 0.0,
        "chance": float((risks * (1.0 - risks)).mean() / whole) if whole > 0.0 else 0.0,
        "ranks": dict(sorted(ranks.items(), key=lambda item: -item[1])),
    }
