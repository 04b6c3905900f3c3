r"""The first short of an area: pores that lithium creeps through, and the survival of all clocks.

Pores. Of all paths through the separator the widest decides. The number of them whose throats are
wider than w is a power law, so that the widest of an area A is of Frechet's law,

    n(w) = ln 2/A_0 (w/w_0)^-k,   P(widest > w) = 1 - exp(-A n(w)),   A_0 = 1 cm2,

w_0 the median of the widest in 1 cm2; an area A has A/A_0 to the power of 1/k times that. Lithium
creeps along a path of length tortuosity x thickness in `shorting.channel_time`.

Survival. Each clock c has a number of shorts n_c(t) per area that are over by t; all are
independent and spread at random, so

    P(short by t) = 1 - exp(-A sum_c n_c(t)),

for any area, however small the chance. Power laws are taken between the times of the table.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chemomech.physics.lithium.extrusion import Creep
from chemomech.physics.lithium.shorting import channel_time
from chemomech.physics.thermal import REFERENCE_TEMPERATURE
from chemomech.physics.values import Values

REFERENCE_AREA = 1e-4  # A_0 [m2]
WIDTHS = np.geomspace(0.05, 20.0, 160)  # over w_0, at which the time to creep through is taken
CERTAIN = 1e30  # shorts per area [1/m2] that stand for certainty


class PorePopulation(NamedTuple):
    """Paths through a separator.

    Attributes
    ----------
    width : (...) array
        w_0, median of the widest through 1 cm2 [m], > 0.
    shape : float
        k, > 0; the larger, the less the widest scatters.
    tortuosity : float
        Length of a path over the separator's thickness, >= 1.
    """

    width: Values
    shape: float
    tortuosity: float = 1.0

    def wider(self, width: Values) -> NDArray:
        """Return n(w) (...) [1/m2], paths per area with throats wider than a width (...) [m]."""
        share = np.asarray(width, dtype=float) / self.width
        return np.log(2.0) / REFERENCE_AREA * share**-self.shape

    def widest(self, area: float, share: float = 0.5) -> NDArray:
        """Return the width [m] that the widest of an area stays below with a chance.

        Parameters
        ----------
        area : float
            A [m2], > 0.
        share : float
            The chance, in (0, 1).
        """
        number = -np.log(share) * REFERENCE_AREA / (area * np.log(2.0))
        return np.asarray(self.width * number ** (-1.0 / self.shape))


def crept_through(
    time: NDArray,
    pressure: float,
    thickness: float,
    pores: PorePopulation,
    creeps: list[Creep],
    temperature: float = REFERENCE_TEMPERATURE,
) -> NDArray:
    """Return the number (s, n) [1/m2] of paths that lithium has crept through by times (n,) [s].

    Parameters
    ----------
    time : (n,) array
        [s], > 0.
    pressure : float
        That presses lithium in [Pa]; 0 brings nothing.
    thickness : float
        Of the separator [m], > 0.
    pores : PorePopulation
        With widths (s, 1).
    creeps : list of Creep
        Mechanisms that act at once, with rates (s, 1).
    temperature : float
        T [K], > 0.
    """
    widths = np.atleast_2d(pores.width) * WIDTHS
    if not pressure > 0.0 or not creeps:
        return np.zeros((len(widths), len(time)))
    times = channel_time(pressure, pores.tortuosity * thickness, 0.5 * widths, creeps, temperature)
    # Time falls as the width grows, nearly as a power of it.
    needed = np.array([
        np.interp(np.log(time), np.log(row[::-1]), np.log(WIDTHS[::-1]), np.inf, np.log(WIDTHS[0]))
        for row in np.atleast_2d(times)
    ])  # fmt: skip
    return np.asarray(np.log(2.0) / REFERENCE_AREA * np.exp(-pores.shape * needed))


class ShortCurve(NamedTuple):
    """Shorts per area that are over by a time, of every clock.

    Attributes
    ----------
    time : (n,) array
        [s], ascending.
    expected : (..., c, n) array
        n_c [1/m2], not falling with time.
    """

    time: NDArray
    expected: NDArray

    def by(self, life: float) -> NDArray:
        """Return n_c (..., c) [1/m2] at a life [s]; constant beyond the table's ends."""
        place = np.clip(np.searchsorted(self.time, life), 1, len(self.time) - 1)
        low, high = self.expected[..., place - 1], self.expected[..., place]
        part = np.log(life / self.time[place - 1]) / np.log(self.time[place] / self.time[place - 1])
        part = np.clip(part, 0.0, 1.0)
        power = (low > 0.0) & (high > 0.0)
        safe = np.where(power, low, 1.0), np.where(power, high, 1.0)
        between = safe[0] * (safe[1] / safe[0]) ** part
        return np.where(power, between, low + part * (high - low))

    def risks(self, life: float, area: float) -> NDArray:
        """Return the chance (..., c) of a short by each clock alone within a life.

        Parameters
        ----------
        life : float
            [s], > 0.
        area : float
            A [m2].
        """
        return np.asarray(-np.expm1(-area * self.by(life)))

    def risk(self, life: float, area: float) -> NDArray:
        """Return the chance (...) of a short by any clock within a life.

        Parameters
        ----------
        life : float
            [s], > 0.
        area : float
            A [m2].
        """
        return np.asarray(-np.expm1(-area * self.by(life).sum(axis=-1)))

    def time_at(self, share: ArrayLike, area: float) -> NDArray:
        """Return the times (...) [s] by which shares of areas are short; inf: never.

        Of one curve, its `expected` (c, n).

        Parameters
        ----------
        share : (...) array
            Of all areas, in [0, 1).
        area : float
            A [m2].
        """
        number = area * self.expected.sum(axis=0)
        wanted = -np.log1p(-np.asarray(share, dtype=float))
        known = np.flatnonzero(np.append(True, np.diff(number) > 0.0) & (number > 0.0))
        if not len(known):
            return np.full(wanted.shape, np.inf)
        before = known[0] - 1  # no short yet: the first may be over by any time until then
        if before >= 0 and number[known[0]] >= wanted.min():
            first = np.where(wanted <= number[known[0]], self.time[known[0]], 0.0)
        else:
            first = np.zeros(wanted.shape)
        found = np.exp(np.interp(np.log(wanted), np.log(number[known]), np.log(self.time[known])))
        return np.where(wanted > number[-1], np.inf, np.maximum(found, first))

    def first(self, area: float, life: float) -> int:
        """Return the clock that is most likely first, -1 where none runs.

        It is the one with most shorts at the median time, or at the life where there is no median.
        Of one curve.

        Parameters
        ----------
        area : float
            A [m2].
        life : float
            [s], > 0.
        """
        median = float(self.time_at(0.5, area))
        numbers = self.by(median if np.isfinite(median) else life)
        return int(np.argmax(numbers)) if numbers.sum() > 0.0 else -1
