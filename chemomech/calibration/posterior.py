"""What a chain says: medians and bands, what the data identify, and data against predictions."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chemomech.calibration.problem import DataSet, Problem
from chemomech.calibration.sampling import LENGTH, Chain

QUANTILES = (0.025, 0.1, 0.5, 0.9, 0.975)
LITTLE = 0.3  # shrinkage below which the data say little
TOGETHER = 0.8  # correlation above which only a combination of two parameters is known


@dataclass(frozen=True)
class Row:
    """One parameter.

    Attributes
    ----------
    name, unit : str
        With its SI unit.
    prior : str
        As written.
    quantiles : tuple of float
        At QUANTILES [SI]: 95 % and 80 % bands and the median.
    best : float
        Of the most probable sample [SI].
    shrinkage : float
        1 - posterior over prior standard deviation, in the prior's coordinate.
    """

    name: str
    unit: str
    prior: str
    quantiles: tuple[float, ...]
    best: float
    shrinkage: float

    @property
    def identified(self) -> bool:
        """Whether the data say something of it by itself."""
        return self.shrinkage >= LITTLE


@dataclass(frozen=True)
class Check:
    """Data of one set against what the posterior predicts of a cell.

    Attributes
    ----------
    set : DataSet
        The data.
    quantiles : (5, n) array
        Of a measurement, scatter included, at QUANTILES [SI].
    middle : (n,) array
        Median of the prediction itself, without scatter.
    best : (n,) array
        Prediction of the most probable sample.
    inside : (n,) array of bool
        Whether the 80 % band holds each datum.
    """

    set: DataSet
    quantiles: NDArray
    middle: NDArray
    best: NDArray
    inside: NDArray


@dataclass(frozen=True)
class Posterior:
    """Result of a calibration.

    Attributes
    ----------
    problem : Problem
        What was asked.
    chain : Chain
        What was drawn.
    samples : dict of str to (s,) array
        Joint samples by parameter [SI].
    rows : tuple of Row
        Summary of the parameters.
    checks : tuple of Check
        Predictive check of each data set.
    words : tuple of str
        What the data do not identify, and what is to be known of the chain.
    """

    problem: Problem
    chain: Chain
    samples: Mapping[str, NDArray]
    rows: tuple[Row, ...]
    checks: tuple[Check, ...]
    words: tuple[str, ...]

    def lines(self) -> list[str]:
        """Return the summary as lines of text, in SI."""
        found = [f"{'input':32s} {'unit':10s} {'10 %':>10s} {'50 %':>10s} {'90 %':>10s}  narrower"]
        for row in self.rows:
            numbers = " ".join(f"{row.quantiles[k]:10.4g}" for k in (1, 2, 3))
            found.append(f"{row.name:32s} {row.unit:10s} {numbers}  {100 * row.shrinkage:.0f} %")
        found += [
            f"{each.set.data.name}: {int(each.inside.sum())} of {len(each.inside)} inside 80 %"
            for each in self.checks
        ]
        return [*found, *self.words]


def posterior_of(problem: Problem, chain: Chain) -> Posterior:
    """Return the Posterior that a chain of a problem amounts to.

    Parameters
    ----------
    problem : Problem
        What was sampled.
    chain : Chain
        The samples.
    """
    values = problem.values(chain.z)
    samples = {name: np.asarray(values[name])[:, 0] for name in problem.names}
    rows = tuple(
        Row(
            name,
            problem.units[name],
            prior.text,
            tuple(float(each) for each in np.quantile(samples[name], QUANTILES)),
            float(prior.to_value(chain.best[k])),
            float(1.0 - np.std(chain.z[:, k]) / prior.deviation),
        )
        for k, (name, prior) in enumerate(problem.priors.items())
    )
    generator = np.random.default_rng(problem.file.sampler.seed)
    checks = tuple(_check(problem, each, values, chain, generator) for each in problem.sets)
    return Posterior(problem, chain, samples, rows, checks, _words(problem, chain, rows))


def _check(
    problem: Problem,
    each: DataSet,
    values: dict[str, Any],
    chain: Chain,
    generator: np.random.Generator,
) -> Check:
    """Return the predictive check of a set: the prediction of every sample, with its scatter."""
    spread = problem.scatter_of(values, each.data)
    rows = (len(spread), len(each.conditions.pressure))
    predicted = np.broadcast_to(each.predict(values), rows)
    best = np.broadcast_to(each.predict(problem.values(chain.best[None])), (1, rows[1]))[0]
    measured = predicted * np.exp(spread * generator.standard_normal(rows))
    found, middle = _quantiles(measured, QUANTILES), _quantiles(predicted, (0.5,))[0]
    inside = each.observations.covered(found[1], found[3])
    return Check(each, found, middle, best, inside)


def _quantiles(values: NDArray, shares: tuple[float, ...]) -> NDArray:
    """Return quantiles (q, n) that may be inf, without interpolation between two infinities."""
    return np.quantile(values, shares, axis=0, method="inverted_cdf")


def _words(problem: Problem, chain: Chain, rows: tuple[Row, ...]) -> tuple[str, ...]:
    """Say what is not identified, and whether the chain is long enough."""
    found = []
    if chain.interrupted:
        found.append(f"The chain was interrupted after {chain.steps} steps.")
    if not chain.converged:
        found.append(
            f"The chain is too short: {chain.lengths:.0f} autocorrelation times of {LENGTH} "
            f"needed. Raise sampler.maximum_steps ({problem.file.sampler.maximum_steps})."
        )
    loose = [each.name for each in rows if not each.identified]
    if loose:
        found.append(
            f"The data say little of {_and(loose)}: less than {100 * LITTLE:.0f} % narrower than "
            "before."
        )
    normal = np.corrcoef(chain.z.T).reshape(len(rows), len(rows))
    for i, first in enumerate(rows):
        for j in range(i + 1, len(rows)):
            if abs(normal[i, j]) >= TOGETHER:
                kind = "product" if normal[i, j] < 0.0 else "ratio"
                found.append(
                    f"Of {first.name} and {rows[j].name} a combination is known better than "
                    f"either (their {kind}, correlation {normal[i, j]:.2f})."
                )
    return tuple(found)


def _and(names: list[str]) -> str:
    """Join names to words."""
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1]
