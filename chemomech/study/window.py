"""The window of safe values of one varied quantity: where every limit holds, and what ends it.

A limit is crossed between two neighbouring cases; where it is crossed is interpolated linearly in
the logarithm of the quantity and of the measured value (linearly in the value where it is zero or
not finite on one side). Nothing is extrapolated: an edge at the end of the range is "open".
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chemomech.units.field import MILLIVOLT


@dataclass(frozen=True)
class Limit:
    """One criterion.

    Attributes
    ----------
    column : str
        Column of the study's table that it is about.
    bound : float
        Its value, in the column's unit.
    above : bool
        Whether it bounds from above.
    label : str
        Its name for people.
    """

    column: str
    bound: float
    above: bool
    label: str

    def holds(self, value: float) -> bool:
        """Say whether a value keeps the limit; one that is not finite never does."""
        return math.isfinite(value) and (value <= self.bound if self.above else value >= self.bound)


@dataclass(frozen=True)
class Edge:
    """One end of the window.

    Attributes
    ----------
    value : float or None
        Where it is; None when open at the end of the range.
    limit : str or None
        Label of the limit that sets it.
    """

    value: float | None
    limit: str | None


@dataclass(frozen=True)
class SafeWindow:
    """Where every limit holds.

    Attributes
    ----------
    low, high : Edge
        Its ends.
    empty : bool
        Whether no case meets every limit.
    blocking : tuple of str
        Labels of limits that no case meets on its own.
    """

    low: Edge
    high: Edge
    empty: bool
    blocking: tuple[str, ...]


def limits_of(window: Any) -> list[Limit]:
    """Return the limits of a study's section [window], in the units of the table's columns."""
    known = (
        ("maximum_voltage_loss", "voltage_loss_mV", 1.0 / MILLIVOLT, True, "voltage loss {:g} mV"),
        ("minimum_capacity_share", "capacity_share", 1.0, False, "capacity share {:g}"),
        ("maximum_K_over_KIc", "max_K_over_KIc", 1.0, True, "K/K_Ic {:g} of the named flaw"),
        ("maximum_risk", "short_risk", 1.0, True, "chance of a short {:g}"),
        ("maximum_penetration_risk", "penetration_risk", 1.0, True, "penetration risk {:g}"),
        (
            "minimum_contact_fraction_cathode",
            "contact_fraction_cathode",
            1.0,
            False,
            "cathode contact {:g}",
        ),
        (
            "minimum_contact_fraction_anode",
            "contact_fraction_anode",
            1.0,
            False,
            "anode contact {:g}",
        ),
    )
    found = []
    for name, column, factor, above, label in known:
        bound = getattr(window, name)
        if bound is not None:
            found.append(Limit(column, bound * factor, above, label.format(bound * factor)))
    return found


def crossing(x_in: float, x_out: float, value_in: float, value_out: float, bound: float) -> float:
    """Return where a value that keeps a limit at one case and not at its neighbour meets the bound.

    Parameters
    ----------
    x_in, x_out : float
        The varied quantity, above 0, of the case that keeps the limit and of its neighbour.
    value_in, value_out : float
        The limited value there.
    bound : float
        The limit.
    """
    if not (math.isfinite(value_in) and math.isfinite(value_out)) or value_in == value_out:
        return x_in
    if value_in > 0 and value_out > 0 and bound > 0:
        share = math.log(bound / value_in) / math.log(value_out / value_in)
    else:
        share = (bound - value_in) / (value_out - value_in)
    return math.exp(math.log(x_in) + share * (math.log(x_out) - math.log(x_in)))


def _edge(
    x: Sequence[float],
    columns: Mapping[str, Sequence[float]],
    limits: Sequence[Limit],
    inside: int,
    outside: int | None,
) -> Edge:
    """Return the edge between a case inside and its neighbour: the limit crossed first."""
    if outside is None:
        return Edge(None, None)
    crossings = []
    for limit in limits:
        values = columns[limit.column]
        if not limit.holds(values[outside]):
            where = crossing(x[inside], x[outside], values[inside], values[outside], limit.bound)
            crossings.append((abs(math.log(where / x[inside])), where, limit.label))
    _, where, label = min(crossings)
    return Edge(where, label)


def safe_window(
    x: Sequence[float], columns: Mapping[str, Sequence[float]], limits: Sequence[Limit]
) -> SafeWindow:
    """Return the widest run of neighbouring cases that meet every limit.

    Parameters
    ----------
    x : (n,) sequence
        The varied quantity, above 0 and ascending.
    columns : mapping
        Column of every limit -> its values (n,).
    limits : sequence of Limit
        What a case must meet.
    """
    good = [all(limit.holds(columns[limit.column][i]) for limit in limits) for i in range(len(x))]
    runs: list[tuple[float, int, int]] = []
    start: int | None = None
    for i, flag in enumerate([*good, False]):
        if flag and start is None:
            start = i
        elif not flag and start is not None:
            runs.append((math.log(x[i - 1] / x[start]), start, i - 1))
            start = None
    if not runs:
        blocking = tuple(
            limit.label
            for limit in limits
            if not any(limit.holds(value) for value in columns[limit.column])
        )
        return SafeWindow(Edge(None, None), Edge(None, None), True, blocking)
    _, first, last = max(runs)
    low = _edge(x, columns, limits, first, first - 1 if first > 0 else None)
    high = _edge(x, columns, limits, last, last + 1 if last + 1 < len(x) else None)
    return SafeWindow(low, high, False, ())
