r"""Electrochemical strain of active material from its tabulated volume change.

    eps_chem = (((1 + dV(x)) / (1 + dV(x_ref)))^(1/3) - 1) 1,

x the stoichiometry, dV the relative volume change against the discharged state; isotropic.
Between the table's points dV is a monotone cubic (PCHIP), so it invents no extrema.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.interpolate import CubicSpline, PchipInterpolator

from chemomech.physics.values import Values


def volume_change(
    stoichiometry: ArrayLike, table_stoichiometry: ArrayLike, table_value: ArrayLike
) -> NDArray:
    """Return the relative volume change dV (...) at a stoichiometry.

    Parameters
    ----------
    stoichiometry : (...) array
        x, inside the table's range.
    table_stoichiometry, table_value : (n,) array
        Table of x and dV, in any order.

    Raises
    ------
    ValueError
        For a stoichiometry outside the table.
    """
    x = np.asarray(stoichiometry, dtype=float)
    low, high = np.min(table_stoichiometry), np.max(table_stoichiometry)
    if np.any(x < low - 1e-9) or np.any(x > high + 1e-9):
        raise ValueError(
            f"stoichiometry {x} is outside the volume-change table, {low:g} to {high:g}"
        )
    order = np.argsort(table_stoichiometry)
    curve = PchipInterpolator(
        np.asarray(table_stoichiometry)[order], np.asarray(table_value)[order]
    )
    return curve(np.clip(x, low, high))


def linear_strain(relative_volume: Values, relative_volume_reference: Values = 0.0) -> Values:
    """Return the isotropic linear strain ((1 + dV)/(1 + dV_ref))^(1/3) - 1.

    Parameters
    ----------
    relative_volume, relative_volume_reference : (...) array
        dV and dV_ref, > -1.

    Examples
    --------
    >>> round(linear_strain(0.03), 5)
    0.0099
    """
    return ((1.0 + relative_volume) / (1.0 + relative_volume_reference)) ** (1.0 / 3.0) - 1.0


SMOOTHING = 0.01  # standard deviation, in x, by which a table of volume change is smoothed
SPACING = 0.001


class FreeStrain:
    """Linear strain eps(x) of a table against a reference stoichiometry.

    Beyond its ends the table goes on along its tangents. The monotone cubic through the table has
    kinks in its slope's slope at the table's points, and the flux under stress depends on that: it
    is smoothed by a Gaussian of standard deviation SMOOTHING, which keeps it monotone.
    """

    def __init__(
        self, table_stoichiometry: ArrayLike, table_value: ArrayLike, reference: float
    ) -> None:
        """Smooth a table.

        Parameters
        ----------
        table_stoichiometry, table_value : (n,) array
            Table of x and dV, in any order.
        reference : float
            Stoichiometry without strain.
        """
        order = np.argsort(table_stoichiometry)
        x = np.asarray(table_stoichiometry, dtype=float)[order]
        table = PchipInterpolator(x, np.asarray(table_value, dtype=float)[order])
        reach = int(np.ceil(5 * SMOOTHING / SPACING))
        count = int(np.ceil((x[-1] - x[0]) / SPACING)) + 1
        grid = x[0] + SPACING * np.arange(-2 * reach, count + 2 * reach)
        inside = np.clip(grid, x[0], x[-1])
        values = table(inside) + table.derivative()(inside) * (grid - inside)
        kernel = np.exp(-0.5 * (SPACING * np.arange(-reach, reach + 1) / SMOOTHING) ** 2)
        smooth = CubicSpline(
            grid[reach:-reach], np.convolve(values, kernel / kernel.sum(), "valid")
        )
        self.x = grid[[reach, -reach - 1]]
        # Of the cubic between two points of the grid, highest power first.
        self.coefficients = smooth.c.T.copy()
        self.reference = self._volumes(np.asarray(reference, dtype=float))[0]

    def _volumes(self, x):
        """Return V = 1 + dV and its three derivatives."""
        inside = np.clip(x, *self.x)
        # All derivatives from one look into the even grid: several times faster than four splines.
        part = np.minimum(((inside - self.x[0]) / SPACING).astype(int), len(self.coefficients) - 1)
        d = inside - self.x[0] - SPACING * part
        a, b, c, here = np.moveaxis(self.coefficients[part], -1, 0)
        value = ((a * d + b) * d + c) * d + here
        first = (3 * a * d + 2 * b) * d + c
        second, third = 6 * a * d + 2 * b, 6 * a
        within = inside == x
        return (
            1.0 + value + first * (x - inside),
            first,
            np.where(within, second, 0.0),
            np.where(within, third, 0.0),
        )

    def __call__(self, x: NDArray) -> NDArray:
        """Return eps (...) at a stoichiometry (...)."""
        return (self._volumes(x)[0] / self.reference) ** (1.0 / 3.0) - 1.0

    def derivatives(self, x: NDArray) -> tuple[NDArray, NDArray, NDArray, NDArray]:
        """Return eps and its first three derivatives at a stoichiometry (...)."""
        volume, *slopes = self._volumes(x)
        one, two, three = (slope / volume for slope in slopes)
        stretch = (volume / self.reference) ** (1.0 / 3.0)
        second = two / 3.0 - 2.0 / 9.0 * one**2
        third = three / 3.0 - 7.0 / 9.0 * one * two + 4.0 / 9.0 * one**3
        return (
            stretch - 1.0,
            stretch * one / 3.0,
            stretch * second,
            stretch * (third + one / 3.0 * second),
        )


@dataclass(frozen=True)
class StressOnLithium:
    """What stress takes from the chemical potential of lithium, s = Omega sigma_h [J/mol].

        Omega(x) = (3/c_max) d eps/dx             work-conjugate: sigma_h 3 d eps = Omega sigma_h dc
        sigma_h  = a - k eps(x),  k = 2 E/(3 (1 - nu))

    In a homogeneous elastic body a is harmonic (thermoelasticity with the concentration for the
    temperature): it comes from the borders, and changes little when lithium moves inside. The
    stress at fixed x, a, is what mechanics hands over.

    Attributes
    ----------
    strain : FreeStrain
        Linear strain of the stoichiometry.
    maximum_concentration : float
        c_max [mol/m3], > 0.
    stiffness : float
        k [Pa].
    """

    strain: FreeStrain
    maximum_concentration: float
    stiffness: float

    def stress_at_fixed_x(self, stress: NDArray, x: NDArray) -> NDArray:
        """Return a (...) [Pa] of a hydrostatic stress.

        Parameters
        ----------
        stress : (...) array
            Hydrostatic stress sigma_h [Pa], tension positive.
        x : (...) array
            Stoichiometry at which it stands.
        """
        return stress + self.stiffness * self.strain(x)

    def potential(self, x: NDArray, stress_at_fixed_x: NDArray) -> tuple[NDArray, NDArray]:
        """Return s [J/mol] and ds/dx at fixed a, each (...).

        Parameters
        ----------
        x : (...) array
            Stoichiometry.
        stress_at_fixed_x : (...) array
            a [Pa].
        """
        s, follows, _, _ = self._parts(x, stress_at_fixed_x)
        return s, follows

    def gradient(
        self,
        x: NDArray,
        slope: NDArray,
        stress_at_fixed_x: NDArray,
        stress_at_fixed_x_slope: NDArray,
    ) -> tuple[NDArray, NDArray, NDArray]:
        """Return grad s (..., d), its derivative by x (..., d) and by grad x, a scalar (...).

        Parameters
        ----------
        x : (...) array
            Stoichiometry.
        slope : (..., d) array
            Its gradient [1/m].
        stress_at_fixed_x : (...) array
            a [Pa].
        stress_at_fixed_x_slope : (..., d) array
            Its gradient [Pa/m].
        """
        _, follows, volume, (curvature, change) = self._parts(x, stress_at_fixed_x)
        value = follows[..., None] * slope + volume[..., None] * stress_at_fixed_x_slope
        return (
            value,
            curvature[..., None] * slope + change[..., None] * stress_at_fixed_x_slope,
            follows,
        )

    def _parts(self, x, stress_at_fixed_x):
        """Return s, ds/dx, Omega, (d2s/dx2, dOmega/dx)."""
        eps, first, second, third = self.strain.derivatives(x)
        share, k = 3.0 / self.maximum_concentration, self.stiffness
        stress = stress_at_fixed_x - k * eps
        follows = share * (second * stress - k * first**2)
        curvature = share * (third * stress - 3.0 * k * first * second)
        return share * first * stress, follows, share * first, (curvature, share * second)
