r"""Priors of inputs, in a coordinate in which each is a plain distribution.

    normal       x ~ N(mean, deviation)            z = x
    lognormal    ln x ~ N(ln median, ln factor)    z = ln x
    uniform      x between low and high            z = x
    loguniform   ln x uniform between them         z = ln x

`low` and `high` cut the first two. Chains walk in z, so that the prior of a positive input is the
same in whatever unit it is written, and shrinkage is measured in z too.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import truncnorm

LARGEST = 600.0  # of a logarithm, whose number a float still holds
KINDS = ("normal", "lognormal", "uniform", "loguniform")


@dataclass(frozen=True)
class Prior:
    """A prior in its coordinate z.

    Attributes
    ----------
    logarithmic : bool
        Whether z is ln x.
    middle, width : float
        Mean and standard deviation of the normal law before it is cut; width inf: uniform.
    low, high : float
        Ends in z, -inf and inf where there are none.
    text : str
        As a reader sees it.
    """

    logarithmic: bool
    middle: float
    width: float
    low: float
    high: float
    text: str = ""

    def to_z(self, value: ArrayLike) -> NDArray:
        """Return z of values x."""
        value = np.asarray(value, dtype=float)
        return np.log(value) if self.logarithmic else value

    def to_value(self, z: ArrayLike) -> NDArray:
        """Return the values x of z."""
        z = np.asarray(z, dtype=float)
        return np.exp(z) if self.logarithmic else z

    def log_density(self, z: ArrayLike) -> NDArray:
        """Return the logarithm of the density by z, up to a constant; -inf outside the ends."""
        z = np.asarray(z, dtype=float)
        inside = (z >= self.low) & (z <= self.high)
        if self.logarithmic:
            inside = inside & (np.abs(z) < LARGEST)
        return np.where(inside, -0.5 * ((z - self.middle) / self.width) ** 2, -np.inf)

    def quantile(self, share: ArrayLike) -> NDArray:
        """Return z below which a share of the prior lies, 0 to 1."""
        share = np.asarray(share, dtype=float)
        if np.isinf(self.width):
            return self.low + share * (self.high - self.low)
        ends = (np.array([self.low, self.high]) - self.middle) / self.width
        return self.middle + self.width * truncnorm.ppf(share, *ends)

    @property
    def deviation(self) -> float:
        """Standard deviation of z."""
        if np.isinf(self.width):
            return float((self.high - self.low) / np.sqrt(12.0))
        ends = (np.array([self.low, self.high]) - self.middle) / self.width
        return float(self.width * truncnorm.std(*ends))


def make_prior(
    kind: str,
    middle: float = 0.0,
    width: float = np.inf,
    low: float = -np.inf,
    high: float = np.inf,
    text: str = "",
) -> Prior:
    """Return the Prior of numbers in SI as a user states them.

    Parameters
    ----------
    kind : str
        One of KINDS.
    middle : float
        Mean, or median of a lognormal prior.
    width : float
        Standard deviation, or factor of one standard deviation of a lognormal prior.
    low, high : float
        Ends of x.
    text : str
        As a reader sees it.

    Raises
    ------
    ValueError
        Says which number is missing or out of range.
    """
    logarithmic = kind in ("lognormal", "loguniform")
    if not low < high:
        raise ValueError("low must be less than high")
    if kind in ("uniform", "loguniform"):
        if not (np.isfinite(low) and np.isfinite(high)):
            raise ValueError(f"a {kind} prior needs low and high")
        if logarithmic and not low > 0.0:
            raise ValueError("low must be greater than zero")
        ends = np.log([low, high]) if logarithmic else np.array([low, high])
        first, last = float(ends[0]), float(ends[1])
        return Prior(logarithmic, 0.5 * (first + last), np.inf, first, last, text)
    if not logarithmic:
        if not (np.isfinite(width) and width > 0.0):
            raise ValueError("a normal prior needs mean, and deviation greater than zero")
        return Prior(False, middle, width, low, high, text)
    if not middle > 0.0:
        raise ValueError("a lognormal prior needs a median greater than zero")
    if not (np.isfinite(width) and width > 1.0):
        raise ValueError("a lognormal prior needs a factor greater than 1")
    least = float(np.log(low)) if low > 0.0 else -np.inf
    return Prior(
        True, float(np.log(middle)), float(np.log(width)), least, float(np.log(high)), text
    )
