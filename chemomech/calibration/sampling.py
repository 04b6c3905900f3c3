"""Draws the posterior with emcee, an ensemble of walkers, until the chain is long enough.

Walkers move by differential evolution (ter Braak, Vrugt 2008, as emcee has it), which takes the
scale and the direction of every step from the ensemble; all of them are evaluated at once. A chain
is long enough when it has 50 autocorrelation times after what is thrown away as burn-in.
Goodman, Weare 2010; Foreman-Mackey et al., Publ. Astron. Soc. Pac. 125 (2013) 306.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chemomech.calibration.problem import Problem
from chemomech.case.errors import CaseError

LENGTH = 50  # autocorrelation times that a chain must have
BURN_IN = 0.2  # share of the steps that is thrown away
CHUNK = 500  # steps between looks at the autocorrelation time
TRIED = 4000  # draws of the prior from which walkers start


@dataclass(frozen=True)
class Chain:
    """What walkers drew.

    Attributes
    ----------
    z : (s, d) array
        Samples in the priors' coordinates, thinned, of all walkers.
    log_probability : (s,) array
        Of these samples.
    best : (d,) array
        The most probable of all samples, not only of the thinned ones.
    steps : int
        Of every walker, burn-in included.
    autocorrelation : (d,) array
        Autocorrelation times [steps]; nan where a chain is too short to tell.
    acceptance : float
        Share of the moves that were taken.
    interrupted : bool
        Whether the chain was ended before it was long enough or at its maximum.
    """

    z: NDArray
    log_probability: NDArray
    best: NDArray
    steps: int
    autocorrelation: NDArray
    acceptance: float
    interrupted: bool

    @property
    def lengths(self) -> float:
        """Autocorrelation times of the slowest parameter that the chain has after burn-in."""
        return float((1.0 - BURN_IN) * self.steps / np.max(self.autocorrelation))

    @property
    def converged(self) -> bool:
        """Whether the chain has LENGTH autocorrelation times in every parameter."""
        return bool(self.lengths >= LENGTH)


def sample(problem: Problem, progress: Callable[[float, str], Any] | None = None) -> Chain:
    """Draw the posterior of a problem; Ctrl-C ends the chain and keeps what there is.

    Parameters
    ----------
    problem : Problem
        What is sampled.
    progress : callable, optional
        Called with the share done, 0 to 1, and words.

    Raises
    ------
    CaseError
        No draw of the priors agrees with the data at all.
    KeyboardInterrupt
        Interrupted before there is anything to keep.
    """
    import emcee

    settings = problem.file.sampler
    generator = np.random.default_rng(settings.seed)
    start = _start(problem, generator)
    walkers, dimension = start.shape
    sampler = emcee.EnsembleSampler(
        walkers, dimension, problem.log_probability, vectorize=True,
        moves=[(emcee.moves.DEMove(), 0.8), (emcee.moves.DESnookerMove(), 0.2)],
    )  # fmt: skip
    state = emcee.State(start, random_state=np.random.RandomState(settings.seed).get_state())
    interrupted = False
    try:
        while sampler.iteration < settings.maximum_steps:
            chunk = min(CHUNK, settings.maximum_steps - sampler.iteration)
            # A state that is handed on keeps the random numbers going.
            state = sampler.run_mcmc(state, chunk, skip_initial_state_check=True)
            times = _autocorrelation(sampler)
            lengths = (1.0 - BURN_IN) * sampler.iteration / np.max(times)
            if progress:
                share = min(1.0, max(lengths / LENGTH, sampler.iteration / settings.maximum_steps))
                progress(share, f"{sampler.iteration} steps, {lengths:.0f} autocorrelation times")
            if lengths >= LENGTH:
                break
    except KeyboardInterrupt:
        if sampler.iteration < CHUNK:
            raise
        interrupted = True
    steps = sampler.iteration
    burn = int(BURN_IN * steps)
    z, probability = sampler.get_chain()[burn:], sampler.get_log_prob()[burn:]
    flat, probability = z.reshape(-1, dimension), probability.reshape(-1)
    kept = np.linspace(0, len(flat) - 1, min(settings.samples, len(flat))).astype(int)
    best = flat[np.argmax(probability)]
    return Chain(
        flat[kept], probability[kept], best, steps, _autocorrelation(sampler),
        float(np.mean(sampler.acceptance_fraction)), interrupted,
    )  # fmt: skip


def _autocorrelation(sampler: Any) -> NDArray:
    """Return the autocorrelation times (d,) [steps] after burn-in; nan where none can be told."""
    with np.errstate(divide="ignore", invalid="ignore"):
        found: NDArray = sampler.get_autocorr_time(
            discard=int(BURN_IN * sampler.iteration), tol=0, quiet=True
        )
    return found


def _start(problem: Problem, generator: np.random.Generator) -> NDArray:
    """Return where walkers begin (w, d): draws of the prior, resampled by their likelihood.

    Weights are flattened until enough of the draws count.
    """
    count = problem.file.sampler.walkers
    z = problem.prior_samples(TRIED, generator)
    likelihood = problem.log_probability(z) - problem.log_prior(z)
    finite = np.flatnonzero(np.isfinite(likelihood))
    if len(finite) < count:
        raise CaseError(
            f"data: only {len(finite)} of {TRIED} draws of the priors can have given these data; "
            "widen the priors, or see whether a value and its unit are right"
        )
    likelihood = likelihood[finite] - likelihood[finite].max()
    power = 1.0
    while np.sum(np.exp(power * likelihood)) ** 2 < 2 * count * np.sum(
        np.exp(2.0 * power * likelihood)
    ):
        power *= 0.8
    weight = np.exp(power * likelihood)
    chosen = generator.choice(finite, size=count, replace=False, p=weight / weight.sum())
    found: NDArray = z[chosen]
    return found
