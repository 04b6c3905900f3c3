"""Leaves a posterior in a folder: netCDF, tables, a summary, and a card that studies draw from."""

import csv
import io
import textwrap
from pathlib import Path
from typing import Any

import numpy as np
import tomli_w

from chemomech.calibration.inputs import INPUTS
from chemomech.calibration.posterior import QUANTILES, Posterior
from chemomech.calibration.problem import SCATTER
from chemomech.calibration.reading import UNITS
from chemomech.files import replacing, write_json, write_text
from chemomech.materials.posteriors import SHOWN
from chemomech.units.quantity import from_si
from chemomech.version import __version__


def in_shown(value: Any, unit: str) -> Any:
    """Return values in SI in the unit in which tables show them, `shown_unit`."""
    return value if unit == "1" else value / _one(unit)


def _one(unit: str) -> float:
    """Return one of the shown unit in SI."""
    return 1.0 / from_si(1.0, shown_unit(unit)) if unit in SHOWN else 1.0


def shown_unit(unit: str) -> str:
    """Return the unit in which tables show an SI unit."""
    return SHOWN.get(unit, unit)


def write_posterior(found: Posterior, folder: str | Path) -> list[Path]:
    """Write posterior.nc, summary.json, summary.csv, predictive.csv, and the card; return them.

    Parameters
    ----------
    found : Posterior
        What was calibrated.
    folder : path
        Where they are written.
    """
    folder = Path(folder)
    names = ("posterior.nc", "summary.json", "summary.csv", "predictive.csv", "card.toml")
    paths = [folder / name for name in names]
    with replacing(paths[0]) as beside:
        dataset(found).to_netcdf(beside, engine="h5netcdf")
    write_json(paths[1], summary(found))
    write_text(paths[2], _table(_summary_rows(found)))
    write_text(paths[3], _table(_predictive_rows(found)))
    write_text(paths[4], tomli_w.dumps(card(found)) + _samples(found))
    return paths


def dataset(found: Posterior) -> Any:
    """Return the samples as an xarray Dataset, every variable with its unit and meaning."""
    import xarray as xr

    variables = {
        name.replace(" ", "_"): (
            "sample",
            values,
            {"units": found.problem.units[name], "long_name": _meaning(name),
             "prior": found.problem.priors[name].text},
        )
        for name, values in found.samples.items()
    }  # fmt: skip
    variables["log_probability"] = ("sample", found.chain.log_probability, {"units": "1"})
    file = found.problem.file
    return xr.Dataset(
        variables,
        attrs={
            "title": file.name, "description": file.description, "card_version": file.version,
            "made_with": f"chemomech {__version__}", "seed": file.sampler.seed,
            "sources": "; ".join(each.source for each in file.data),
        },
    )  # fmt: skip


def _meaning(name: str) -> str:
    """Return what a parameter is."""
    if name in INPUTS:
        return INPUTS[name].meaning
    return f"in ln of what {name.removeprefix(SCATTER)} measured"


def _finite(value: float) -> float | None:
    """Return a number, or None for JSON where it is none."""
    return float(value) if np.isfinite(value) else None


def summary(found: Posterior) -> dict[str, Any]:
    """Return nested tables of what came out, in SI."""
    chain = found.chain
    return {
        "name": found.problem.file.name,
        "version": found.problem.file.version,
        "made_with": f"chemomech {__version__}",
        "converged": chain.converged,
        "interrupted": chain.interrupted,
        "steps": chain.steps,
        "autocorrelation_times": _finite(chain.lengths),
        "acceptance": chain.acceptance,
        "words": list(found.words),
        "parameters": {
            row.name: {
                "unit": row.unit,
                "prior": row.prior,
                **{f"q{100 * q:g}": v for q, v in zip(QUANTILES, row.quantiles, strict=True)},
                "best": row.best,
                "shrinkage": row.shrinkage,
            }
            for row in found.rows
        },
        "fixed": {
            name: {"value": value, "unit": INPUTS[name].unit, "from": found.problem.origins[name]}
            for name, value in found.problem.fixed.items()
        },
        "data": [
            {
                "name": each.set.data.name,
                "kind": each.set.data.kind,
                "inside_80": int(each.inside.sum()),
                "count": len(each.inside),
                "source": each.set.data.source,
                "provenance": each.set.data.provenance,
            }
            for each in found.checks
        ],
    }


def _table(rows: list[list[Any]]) -> str:
    """Return rows as CSV, numbers with six digits."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([[f"{x:.6g}" if isinstance(x, float) else x for x in row] for row in rows])
    return text.getvalue()


def _summary_rows(found: Posterior) -> list[list[Any]]:
    """Return the summary's rows, in shown units."""
    head = ["parameter", "unit", *(f"q{100 * q:g}" for q in QUANTILES), "shrinkage", "prior"]
    return [
        head,
        *(
            [row.name, shown_unit(row.unit),
             *(float(in_shown(value, row.unit)) for value in row.quantiles),
             float(row.shrinkage), row.prior]
            for row in found.rows
        ),
    ]  # fmt: skip


def _predictive_rows(found: Posterior) -> list[list[Any]]:
    """Return a row per datum: what was measured, and what the posterior predicts."""
    rows: list[list[Any]] = [
        ["data", "pressure_MPa", "unit", "measured_low", "measured_high",
         *(f"q{100 * q:g}" for q in QUANTILES), "prediction", "best", "inside_80"]
    ]  # fmt: skip
    for check in found.checks:
        unit, observed = UNITS[check.set.data.kind], check.set.observations
        for k, pressure in enumerate(check.set.conditions.pressure):
            numbers = (
                observed.low[k],
                observed.high[k],
                *check.quantiles[:, k],
                check.middle[k],
                check.best[k],
            )
            shown = [float(in_shown(value, unit)) for value in numbers]
            rows.append([check.set.data.name, float(in_shown(pressure, "Pa")), shown_unit(unit),
                         *shown, bool(check.inside[k])])  # fmt: skip
    return rows


def _inputs(found: Posterior) -> list[Any]:
    """Return the summary of the fitted inputs, without scatters."""
    return [row for row in found.rows if row.name in INPUTS]


def _samples(found: Posterior) -> str:
    """Return the joint samples of the fitted inputs as lines of a card, in shown units."""
    lines = ["", "[samples]"]
    for row in _inputs(found):
        values = ", ".join(f"{x:.5g}" for x in in_shown(found.samples[row.name], row.unit))
        lines += [f"{row.name} = [", *textwrap.wrap(values, 100), "]"]
    return "\n".join(lines) + "\n"


def card(found: Posterior) -> dict[str, Any]:
    """Return the card as nested tables, without its samples."""
    file = found.problem.file
    return {
        "name": file.name,
        "description": file.description or file.name,
        "version": file.version,
        "made_with": f"chemomech {__version__}",
        "converged": found.chain.converged,
        "words": list(found.words),
        "inputs": {
            row.name: {
                "unit": shown_unit(row.unit),
                "meaning": INPUTS[row.name].meaning,
                "prior": row.prior,
                "reason": file.parameters[row.name].reason,
                "median": _digits(in_shown(row.quantiles[2], row.unit)),
                "band_80": [_digits(in_shown(row.quantiles[k], row.unit)) for k in (1, 3)],
                "best": _digits(in_shown(row.best, row.unit)),
                "shrinkage": _digits(row.shrinkage),
            }
            for row in _inputs(found)
        },
        "fixed": {
            name: _as_text(value, INPUTS[name].unit) for name, value in found.problem.fixed.items()
        },
        "data": [
            {
                "name": each.set.data.name,
                "kind": each.set.data.kind,
                "count": len(each.inside),
                "inside": int(each.inside.sum()),
                "source": each.set.data.source,
                "provenance": each.set.data.provenance,
            }
            for each in found.checks
        ],
    }


def _digits(value: float) -> float:
    """Return a number with four digits."""
    return float(f"{value:.4g}")


def _as_text(value: float, unit: str) -> str:
    """Return an input as text with its unit."""
    number = f"{in_shown(value, unit):.6g}"
    return number if unit == "1" else f"{number} {shown_unit(unit)}"
