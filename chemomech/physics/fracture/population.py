r"""Flaws at the face of an electrolyte as one population: how many, how deep, how wide, how tough.

    P(depth > a) = exp(-(a/scale)^shape),   width = median g^z, z standard normal,
    K_Ic of mean K_c and relative standard deviation s, flaw by flaw,

all independent, and `density` flaws per area spread at random. All flaws have one aspect, see
`edge_flaw`. Few numbers, so that a fit to times to short or critical currents can draw them; they
have not been measured together for a cold-pressed sulfide, see docs/lithium.md.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from chemomech.physics.fracture.edge_flaw import EQUILIBRIUM
from chemomech.physics.values import Values

SPREAD = np.linspace(-4.2, 4.2, 11)  # standard normal values at which widths are taken


@dataclass(frozen=True)
class FlawPopulation:
    """Flaws at a face.

    Attributes
    ----------
    density : float
        Flaws per area [1/m2], >= 0.
    depth_scale, depth_shape : float
        Weibull law of the depths [m], [-], > 0.
    width : float
        Median width [m]; 0: lithium does not flow back out of a flaw.
    width_factor : float
        g, of one standard deviation of the width, >= 1.
    aspect : float
        Depth over half the length along the face: 0 through the section, 1 half a disc.
    toughness_deviation : float
        s, relative, of the toughness from flaw to flaw.
    toughness_law : str
        A name of weakest_link.LAWS.
    """

    density: float
    depth_scale: float
    depth_shape: float
    width: float = 0.0
    width_factor: float = 1.0
    aspect: float = EQUILIBRIUM
    toughness_deviation: float = 0.0
    toughness_law: str = "weibull"

    def with_factors(self, depth: float = 1.0, width: float = 1.0) -> "FlawPopulation":
        """Return the same with other sizes.

        Parameters
        ----------
        depth, width : float
            Factors on all depths and widths, > 0.
        """
        return replace(self, depth_scale=depth * self.depth_scale, width=width * self.width)

    def survival(self, depth: Values) -> Values:
        """Return the share of flaws deeper than a depth (...) [m]."""
        return np.exp(-((depth / self.depth_scale) ** self.depth_shape))

    def deepest(self, area: float) -> float:
        """Return the depth [m] that the deepest on an area [m2] exceeds with even odds.

        There density area P(depth > a) = ln 2; 0 where there may well be no flaw.
        """
        number = max(self.density * area / np.log(2.0), 1.0)
        return float(self.depth_scale * np.log(number) ** (1.0 / self.depth_shape))

    def widths(self) -> tuple[NDArray, NDArray]:
        """Return widths (w,) [m] and the share of flaws (w,) that each stands for.

        One width where none scatters or none matters.
        """
        if self.width_factor == 1.0 or not self.width > 0.0:
            return np.array([self.width]), np.ones(1)
        edges = np.concatenate([[-np.inf], 0.5 * (SPREAD[1:] + SPREAD[:-1]), [np.inf]])
        return self.width * self.width_factor**SPREAD, np.diff(ndtr(edges))
