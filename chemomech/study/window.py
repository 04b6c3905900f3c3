"""The window of safe values of one varied quantity: where every limit holds, and what ends it.

A limit is crossed between two neighbouring cases; the place is interpolated linearly in the
logarithm of the quantity and of the measured value (linearly in the value where it is zero or not
finite on one side). Nothing is extrapolated: an edge at the end of the range is "open".
"""

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Limit:
    """One criterion: the table's column, the bound, whether it bounds from above, and its name for people."""

    column: str
    bound: float
    above: bool
    label: str

    def holds(self, value):
        return math.isfinite(value) and (value <= self.bound if self.above else value >= self.bound)


@dataclass(frozen=True)
class Edge:
    """One end of the window: value (None when open at the end of the range) and the limit that sets it."""

    value: float | None
    limit: str | None


@dataclass(frozen=True)
class SafeWindow:
    """low and high edges; empty: no case meets every limit; blocking: limits that no case meets on its own."""

    low: Edge
    high: Edge
    empty: bool
    blocking: tuple


def limits_of(window):
    """Limits of a study's [window] table, in SI or the table's units."""
    known = (
        ("maximum_voltage_loss", "voltage_loss_mV", 1e3, True, "voltage loss {:g} mV"),
        ("minimum_capacity_share", "capacity_share", 1.0, False, "capacity share {:g}"),
        ("maximum_K_over_KIc", "max_K_over_KIc", 1.0, True, "K/K_Ic {:g} of the named flaw"),
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


def crossing(x_in, x_out, value_in, value_out, bound):
    """Where a value that holds at x_in and not at x_out meets the bound."""
    if not (math.isfinite(value_in) and math.isfinite(value_out)) or value_in == value_out:
        return x_in
    if value_in > 0 and value_out > 0 and bound > 0:
        share = math.log(bound / value_in) / math.log(value_out / value_in)
    else:
        share = (bound - value_in) / (value_out - value_in)
    return math.exp(math.log(x_in) + share * (math.log(x_out) - math.log(x_in)))


def _edge(x, columns, limits, inside, outside):
    """The edge between a case inside and its neighbour outside: the limit that is crossed first on the way out."""
    if outside is None:
        return Edge(None, None)
    crossings = []
    for limit in limits:
        values = columns[limit.column]
        if not limit.holds(values[outside]):
            place = crossing(x[inside], x[outside], values[inside], values[outside], limit.bound)
            crossings.append((abs(math.log(place / x[inside])), place, limit.label))
    _, place, label = min(crossings)
    return Edge(place, label)


def safe_window(x, columns, limits):
    """Widest run of neighbouring cases that meet every limit; x > 0 ascending, columns name -> values."""
    good = [all(limit.holds(columns[limit.column][i]) for limit in limits) for i in range(len(x))]
    runs, start = [], None
    for i, flag in enumerate([*good, False]):
        if flag and start is None:
            start = i
        elif not flag and start is not None:
            runs.append((math.log(x[i - 1] / x[start]), start, i - 1))
            start = None
    if not runs:
        blocking = tuple(l.label for l in limits if not any(l.holds(v) for v in columns[l.column]))
        return SafeWindow(Edge(None, None), Edge(None, None), True, blocking)
    _, first, last = max(runs)
    low = _edge(x, columns, limits, first, first - 1 if first > 0 else None)
    high = _edge(x, columns, limits, last, last + 1 if last + 1 < len(x) else None)
    return SafeWindow(low, high, False, ())
