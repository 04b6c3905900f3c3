r"""Electrochemical strain of a grain of layered oxide, whose axes do not change alike.

    eps = eps_V(x) 1 + delta(x) (n x n - 1/3),   delta = eps_c - eps_a

n the grain's c axis, across its layers; eps_V the isotropic strain of the volume change, delta the
strain along c less that along the layers. The second part has no trace: the volume is that of the
table, and grains of all orientations together change as an isotropic body. To first order in both.

Voigt vectors are (xx, yy, zz, xy[, yz, xz]) with engineering shear. In a section the shears across
it, yz and xz, have no place and are left out.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.interpolate import PchipInterpolator


class AxisDifference:
    """delta(x) of a table against a reference stoichiometry, a monotone cubic (PCHIP).

    Beyond its ends the table goes on along its tangents.
    """

    def __init__(
        self, table_stoichiometry: ArrayLike, table_value: ArrayLike, reference: float
    ) -> None:
        """Read a table.

        Parameters
        ----------
        table_stoichiometry, table_value : (n,) array
            Table of x and delta, x rising.
        reference : float
            Stoichiometry without strain.
        """
        self.ends = np.asarray(table_stoichiometry, dtype=float)[[0, -1]]
        self.table = PchipInterpolator(table_stoichiometry, table_value)
        self.slope = self.table.derivative()
        self.reference = float(self._value(np.asarray(reference, dtype=float)))

    def _value(self, x: NDArray) -> NDArray:
        inside = np.clip(x, *self.ends)
        value: NDArray = self.table(inside) + self.slope(inside) * (x - inside)
        return value

    def __call__(self, x: NDArray) -> NDArray:
        """Return delta (...) at a stoichiometry (...)."""
        return self._value(x) - self.reference


def axis_tensor(axis: NDArray, components: int) -> NDArray:
    """Return n x n - 1/3 as Voigt strains, (..., components).

    Parameters
    ----------
    axis : (..., 3) array
        n, of length 1.
    components : int
        4 in a section, 6 in space.

    Examples
    --------
    >>> axis_tensor(np.array([0.0, 0.0, 1.0]), 4).round(3).tolist()
    [-0.333, -0.333, 0.667, 0.0]
    """
    x, y, z = np.moveaxis(axis, -1, 0)
    every = (x * x - 1 / 3, y * y - 1 / 3, z * z - 1 / 3, 2 * x * y, 2 * y * z, 2 * x * z)
    return np.stack(every[:components], axis=-1)


def random_axes(count: int, seed: int) -> NDArray:
    """Return axes (count, 3) of length 1 without a preferred direction; equal for equal seeds.

    Parameters
    ----------
    count : int
        How many.
    seed : int
        Of the generator.
    """
    drawn = np.random.default_rng(seed).standard_normal((count, 3))
    axes: NDArray = drawn / np.linalg.norm(drawn, axis=1, keepdims=True)
    return axes
