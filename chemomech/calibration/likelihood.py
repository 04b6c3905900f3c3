r"""How likely measured numbers are, given what a model predicts.

    ln y ~ N(ln mu, s)                               a value
    P(y > b) = Phi((ln mu - ln b)/s)                 "more than b"
    P(y < b) = Phi((ln b - ln mu)/s)                 "less than b"
    P(b < y < c)                                     "b to c"

mu the prediction, s the scatter of the set in ln y, Phi the normal distribution function: what is
not seen exactly counts with all the probability that it leaves. A prediction of inf (it never
happens) has "more than" for certain and a value never; one of 0 the other way round.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr

LOG_TWO_PI = float(np.log(2.0 * np.pi))


@dataclass(frozen=True)
class Observations:
    """Measured numbers, all as intervals; a value has both ends alike.

    Attributes
    ----------
    low, high : (n,) array
        In SI, > 0; low 0: "less than high", high inf: "more than low".
    """

    low: NDArray
    high: NDArray

    @property
    def exact(self) -> NDArray:
        """Whether each is a value (n,)."""
        found: NDArray = self.low == self.high
        return found

    def log_likelihood(self, predicted: NDArray, scatter: NDArray) -> NDArray:
        """Return the logarithm of the likelihood (w,).

        Parameters
        ----------
        predicted : (w, n) array
            mu [SI], 0 to inf.
        scatter : (w, 1) or (w, n) array
            s, > 0.
        """
        with np.errstate(divide="ignore", invalid="ignore"):
            middle = np.log(predicted)
            below, above = ((np.log(end) - middle) / scatter for end in (self.low, self.high))
            below = np.where(self.low == 0.0, -np.inf, below)
            above = np.where(np.isinf(self.high), np.inf, above)
            value = -0.5 * (above**2 + LOG_TWO_PI) - np.log(scatter)
            interval = _log_between(below, above)
        each = np.where(self.exact, value, interval)
        return np.sum(np.where(np.isnan(each), -np.inf, each), axis=-1)

    def covered(self, low: NDArray, high: NDArray) -> NDArray:
        """Say whether a band low to high (n,) holds each value, or meets each interval (n,)."""
        found: NDArray = (self.low <= high) & (self.high >= low)
        return found


def _log_between(below: NDArray, above: NDArray) -> NDArray:
    """Return ln(Phi(above) - Phi(below)), exact in both tails."""
    flip = below > 0.0
    first, second = np.where(flip, -above, below), np.where(flip, -below, above)
    far, near = log_ndtr(first), log_ndtr(second)
    share = np.where(np.isneginf(far), 0.0, np.exp(far - near))
    found: NDArray = near + np.log1p(-share)
    return found
