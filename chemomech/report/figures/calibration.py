"""A calibration drawn: priors and posteriors with their pairs, and predictions with the data."""

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from chemomech.calibration import Posterior
from chemomech.calibration.inputs import INPUTS
from chemomech.calibration.posterior import Check
from chemomech.calibration.reading import UNITS
from chemomech.calibration.writing import in_shown, shown_unit
from chemomech.report.figures.style import (
    BLUE,
    GREY,
    PAGE_WIDTH,
    VERMILLION,
    new_figure,
    plain_logarithm,
)

TITLES = {
    "resistance": "resistance of the cell",
    "time_to_short": "time to short",
    "critical_current": "critical current density",
    "critical_stripping_current": "critical stripping current density",
}
MOST_DOTS = 400


def marginals_figure(found: Posterior) -> Figure:
    """Draw the distribution of every fitted input beside its prior, and all pairs below."""
    rows = [row for row in found.rows if row.name in INPUTS]
    count = len(rows)
    size = max(PAGE_WIDTH, 0.95 * count + 1.0)
    figure = new_figure(size, size)
    axes = figure.subplots(
        count, count, squeeze=False,
        gridspec_kw={"left": 0.1, "right": 0.99, "bottom": 0.95 / size, "top": 0.97,
                     "wspace": 0.08, "hspace": 0.08},
    )  # fmt: skip
    priors = found.problem.priors
    z = [priors[row.name].to_z(found.samples[row.name]) for row in rows]
    ends = [(each.min(), each.max()) for each in z]
    step = max(1, len(z[0]) // MOST_DOTS)
    for i, row in enumerate(rows):
        for j in range(count):
            axis = axes[i, j]
            axis.tick_params(labelbottom=False, labelleft=False, length=0)
            if j > i:
                axis.set_axis_off()
            elif j < i:
                axis.plot(z[j][::step], z[i][::step], ".", color=BLUE, ms=1, alpha=0.4)
                axis.set_xlim(*_wider(ends[j]))
                axis.set_ylim(*_wider(ends[i]))
            else:
                _draw_marginal(axis, priors[row.name], z[i], _wider(ends[i]))
    for i, row in enumerate(rows):
        _name_ends(axes[-1, i], axes[i, 0] if i else None, row, priors[row.name])
    return figure


def _wider(ends: tuple[Any, Any]) -> tuple[float, float]:
    """Return ends with a margin."""
    margin = 0.05 * (ends[1] - ends[0]) or 1.0
    return float(ends[0] - margin), float(ends[1] + margin)


def _draw_marginal(axis: Any, prior: Any, z: Any, ends: tuple[float, float]) -> None:
    """Draw a histogram of samples and the prior's density, both of area one."""
    axis.hist(z, bins=24, density=True, color=BLUE, alpha=0.5)
    place = np.linspace(*ends, 200)
    whole = prior.quantile(np.linspace(0.0005, 0.9995, 1000))
    fine = np.linspace(whole[0], whole[-1], 2000)
    height = np.exp(prior.log_density(fine))
    total = float(np.sum(height) * (fine[1] - fine[0]))
    axis.plot(place, np.exp(prior.log_density(place)) / total, color=GREY, lw=1)
    axis.set_xlim(*ends)


def _name_ends(below: Any, left: Any, row: Any, prior: Any) -> None:
    """Write an input's name, and its 10 and 90 % quantiles as ticks, at the figure's rims."""
    label = row.name.replace("_", "\n")
    unit = shown_unit(row.unit)
    label = label if unit == "1" else f"{label}\n[{unit}]"
    places = [float(prior.to_z(row.quantiles[k])) for k in (1, 3)]
    texts = [f"{in_shown(row.quantiles[k], row.unit):.3g}" for k in (1, 3)]
    below.set_xlabel(label, fontsize=6.5)
    below.tick_params(axis="x", labelbottom=True, length=2)
    below.set_xticks(places, texts, fontsize=6, rotation=45)
    if left is not None:
        left.set_ylabel(label, fontsize=6.5, rotation=0, ha="right", va="center")


def predictive_figure(found: Posterior) -> Figure:
    """Draw every data set against its 80 and 95 % bands."""
    checks = found.checks
    columns = min(len(checks), 2)
    rows = -(-len(checks) // columns)
    figure = new_figure(2.9 * rows)
    axes = figure.subplots(
        rows, columns, squeeze=False,
        gridspec_kw={"left": 0.09, "right": 0.98, "bottom": 0.45 / (2.9 * rows),
                     "top": 1.0 - 0.35 / (2.9 * rows), "wspace": 0.28, "hspace": 0.42},
    )  # fmt: skip
    for axis in axes.ravel()[len(checks) :]:
        axis.set_axis_off()
    for axis, check in zip(axes.ravel(), checks, strict=False):
        _draw_check(axis, check)
    return figure


def _draw_check(axis: Any, check: Check) -> None:
    """Draw one set: bands as bars at each datum, values as dots, bounds as arrows."""
    unit = UNITS[check.set.data.kind]
    observed, pressure = check.set.observations, in_shown(check.set.conditions.pressure, "Pa")
    # A pressure that comes again is drawn beside the first.
    again = np.array([int(np.sum(pressure[:k] == p)) for k, p in enumerate(pressure)])
    place = pressure * np.exp(0.06 * again)
    q = in_shown(check.quantiles, unit)
    middle = in_shown(check.middle, unit)
    finite = np.isfinite(q)
    top = np.max(np.concatenate([q[finite], in_shown(observed.low, unit)])) * 10.0
    bars = np.where(finite, q, top)
    axis.vlines(place, bars[0], bars[4], color=BLUE, alpha=0.25, lw=5)
    axis.vlines(place, bars[1], bars[3], color=BLUE, alpha=0.5, lw=5)
    axis.plot(place, np.where(np.isfinite(middle), middle, top), "_", color=BLUE, ms=9)
    low, high = in_shown(observed.low, unit), in_shown(observed.high, unit)
    exact = observed.exact
    axis.plot(place[exact], low[exact], "o", color=VERMILLION)
    for x, least, most in zip(place[~exact], low[~exact], high[~exact], strict=True):
        if least > 0.0 and np.isfinite(most):
            axis.plot([x, x], [least, most], "-", color=VERMILLION, lw=1.2)
        else:
            more = least > 0.0
            axis.plot(x, least if more else most, "^" if more else "v", color=VERMILLION, ms=5)
    axis.set(xscale="log", yscale="log", xlabel="stack pressure [MPa]",
             ylabel=f"{TITLES[check.set.data.kind]} [{shown_unit(unit)}]")  # fmt: skip
    for each in (axis.xaxis, axis.yaxis):
        plain_logarithm(each)
    axis.set_title(f"{check.set.data.name}: {int(check.inside.sum())} of {len(place)} inside 80 %")
