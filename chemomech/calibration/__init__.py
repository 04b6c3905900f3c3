"""What do measured cells say of the inputs? Bayesian fit of named inputs to measured numbers.

    problem = load_problem("calibration.toml")       # priors, data with sources, models
    chain = sample(problem)                          # emcee, until long enough
    found = posterior_of(problem, chain)             # samples, summary, predictive check
    write_posterior(found, "results/calibration")    # netCDF, tables, and a card for studies

The models are those that runs use: contact with memory, the clocks of a short, critical currents.
"""

from chemomech.calibration.posterior import Posterior, posterior_of
from chemomech.calibration.problem import Problem, load_problem
from chemomech.calibration.sampling import Chain, sample
from chemomech.calibration.writing import write_posterior

__all__ = [
    "Chain",
    "Posterior",
    "Problem",
    "load_problem",
    "posterior_of",
    "sample",
    "write_posterior",
]
