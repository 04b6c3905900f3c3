r"""Equilibrium potentials of lithium in active materials, and what stress does to them.

    mu = -F U(x) - Omega sigma_h                chemical potential of lithium, against lithium metal
    U_eff = -mu/F = U(x) + Omega sigma_h/F      equilibrium potential under stress
    Theta = (x/RT) (1 - x) dmu/dx = -(F/RT) x (1 - x) dU/dx
                                                thermodynamic factor, 1 for an ideal solution

x stoichiometry, 0 (no lithium) to 1 (full); U [V] against lithium, falling with x; sigma_h [Pa]
mean stress, tension positive; Omega [m3/mol] partial molar volume. Tension makes room: it lowers mu
and raises the potential. Stress enters to first order (elastic constants that do not depend on x).

A potential is a function of x (...) that returns a Potential: U, dU/dx and d2U/dx2, finite for any
x. Outside 0 to 1 it is a continuation that only serves a solver on its way.

Sources: Larche, Cahn, Acta Metall. 21 (1973) 1051 (stress); Chen et al., J. Electrochem. Soc. 167
(2020) 080534.
"""

from collections.abc import Callable
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.interpolate import PchipInterpolator
from scipy.optimize import brentq

from chemomech.physics.thermal import REFERENCE_TEMPERATURE
from chemomech.physics.values import Values
from chemomech.units.constants import FARADAY, GAS_CONSTANT

SMALLEST_SHARE = 1e-6  # of sites filled or empty, below which logarithms go on along their tangent


class Potential(NamedTuple):
    """Equilibrium potential against lithium metal, and its derivatives.

    Attributes
    ----------
    value : (...) array
        U [V].
    slope : (...) array
        dU/dx [V].
    curvature : (...) array
        d2U/dx2 [V].
    """

    value: NDArray
    slope: NDArray
    curvature: NDArray


def nmc811_chen2020(x: ArrayLike) -> Potential:
    """Return the Potential of LiNi0.8Mn0.1Co0.1O2 at a stoichiometry x (...); Chen et al. 2020.

        U = 4.4875 - 0.8090 x + sum_k a_k tanh(b_k (x - c_k))

    It falls for every x; beyond FITTED_RANGES, the window of the paper's cell (0.266 to 0.908) and
    a little more, up to 4.3 V, the fit stays finite at both ends (4.68 and 3.49 V), where a real
    potential would not.

    Examples
    --------
    >>> round(float(nmc811_chen2020(0.5).value), 3)
    3.972
    """
    x = np.asarray(x, dtype=float)
    value, slope, curvature = 4.4875 - 0.8090 * x, np.full_like(x, -0.8090), np.zeros_like(x)
    for height, rate, centre in (
        (-0.0428, 18.5138, 0.5542),
        (-17.7326, 15.7890, 0.3117),
        (17.5842, 15.9308, 0.3120),
    ):
        bend = np.tanh(rate * (x - centre))
        steep = height * rate * (1.0 - bend**2)
        value, slope = value + height * bend, slope + steep
        curvature = curvature - 2.0 * rate * bend * steep
    return Potential(value, slope, curvature)


def plateau(
    level: float, cooperativity: float = 10.0, temperature: float = REFERENCE_TEMPERATURE
) -> Callable[[ArrayLike], Potential]:
    """Return an idealised two-phase material: U = level + R T/(n F) ln((1 - x)/x).

    Sites fill and empty in independent groups of n. n = 1 is the ideal solution; the larger n, the
    flatter the plateau (R T/(n F) per e-fold) and the later its ends. Theta = 1/n. There is no
    miscibility gap and no hysteresis. Beyond 1e-6 from either end it goes on along its tangent.

    Parameters
    ----------
    level : float
        Potential of the plateau [V].
    cooperativity : float
        n, >= 1.
    temperature : float
        T [K], > 0.

    Raises
    ------
    ValueError
        Unless n >= 1.
    """
    if not cooperativity >= 1.0:
        raise ValueError(f"cooperativity: given {cooperativity}, accepted 1 and more")
    scale = GAS_CONSTANT * temperature / (FARADAY * cooperativity)

    def potential(x):
        x = np.asarray(x, dtype=float)
        empty, filled = _logarithm(1.0 - x), _logarithm(x)
        return Potential(
            level + scale * (empty[0] - filled[0]),
            -scale * (empty[1] + filled[1]),
            scale * (empty[2] - filled[2]),
        )

    return potential


def _logarithm(share):
    """Return ln, its slope and curvature; below SMALLEST_SHARE its tangent there."""
    safe = np.maximum(share, SMALLEST_SHARE)
    inverse = 1.0 / safe
    within = share >= SMALLEST_SHARE
    return np.log(safe) + (share - safe) * inverse, inverse, np.where(within, -(inverse**2), 0.0)


def from_table(stoichiometry: ArrayLike, potential: ArrayLike) -> Callable[[ArrayLike], Potential]:
    """Return the Potential through measured points by a monotone cubic (PCHIP).

    Beyond the points it goes on along its end tangents.

    Parameters
    ----------
    stoichiometry : (n,) array
        x, 0 to 1, in rising or falling order.
    potential : (n,) array
        U [V].

    Raises
    ------
    ValueError
        Unless n >= 2, all are finite, every stoichiometry stands once, and U falls from each point
        to the next higher x.
    """
    x, values = np.asarray(stoichiometry, dtype=float), np.asarray(potential, dtype=float)
    if x.ndim != 1 or x.shape != values.shape or len(x) < 2:
        raise ValueError(
            "needs two or more stoichiometries with one potential each; "
            f"got {x.shape}, {values.shape}"
        )
    if not (np.all(np.isfinite(x)) and np.all(np.isfinite(values))):
        raise ValueError("a table of potentials holds a number that is not finite")
    if x.min() < 0.0 or x.max() > 1.0:
        raise ValueError(f"stoichiometries from {x.min():g} to {x.max():g}; accepted 0 to 1")
    order = np.argsort(x)
    x, values = x[order], values[order]
    if np.any(np.diff(x) == 0.0):
        raise ValueError(
            f"stoichiometry {x[:-1][np.diff(x) == 0.0][0]:g} stands twice in the table"
        )
    rising = np.flatnonzero(np.diff(values) >= 0.0)
    if len(rising):
        k = rising[0]
        pair = f"{values[k]:g} V at x = {x[k]:g}, {values[k + 1]:g} V at {x[k + 1]:g}"
        raise ValueError(f"the potential must fall with lithium: {pair}")
    curve = PchipInterpolator(x, values)
    first, second = curve.derivative(1), curve.derivative(2)

    def read(at):
        at = np.asarray(at, dtype=float)
        inside = np.clip(at, x[0], x[-1])
        slope = np.minimum(first(inside), 0.0)  # an end tangent may be flat, but for rounding
        return Potential(
            curve(inside) + slope * (at - inside),
            slope,
            np.where(at == inside, second(inside), 0.0),
        )

    return read


# Potentials by the name a user writes. "idealised": a plateau at the usual potential, no measured
# curve.
EQUILIBRIUM_POTENTIALS = {
    "NMC811 Chen 2020": nmc811_chen2020,
    "LFP plateau (idealised)": plateau(3.42),
    "LTO plateau (idealised)": plateau(1.55),
    "Li-In plateau (idealised)": plateau(0.62),
}

# Least and largest stoichiometry that a potential was fitted to; one not named here holds from 0 to
# 1.
FITTED_RANGES = {"NMC811 Chen 2020": (0.2613, 0.9084)}


class Table(Protocol):
    """What `from_table` takes, as a material's card has it."""

    @property
    def stoichiometry(self) -> tuple[float, ...]:
        """Stoichiometries, 0 to 1."""
        ...

    @property
    def value(self) -> tuple[float, ...]:
        """Potentials [V]."""
        ...


def fitted_range(given: str | Table) -> tuple[float, float]:
    """Return the least and the largest stoichiometry at which a potential is known."""
    if not isinstance(given, str):
        return min(given.stoichiometry), max(given.stoichiometry)
    return FITTED_RANGES.get(given, (0.0, 1.0))


def equilibrium_potential(name: str | Table) -> Callable[[ArrayLike], Potential]:
    """Return the function x -> Potential of a named electrode or of a table.

    Raises ValueError that lists the names.
    """
    if not isinstance(name, str):
        return from_table(name.stoichiometry, name.value)
    if name not in EQUILIBRIUM_POTENTIALS:
        raise ValueError(
            f"no equilibrium potential '{name}'; known: {', '.join(EQUILIBRIUM_POTENTIALS)}"
        )
    return EQUILIBRIUM_POTENTIALS[name]


def stoichiometry_at(
    voltage: float, potential: Callable[[ArrayLike], Potential], low: float, high: float
) -> float:
    """Return x in [low, high] with U(x) = voltage.

    Parameters
    ----------
    voltage : float
        U [V].
    potential : callable
        x -> Potential.
    low, high : float
        Bounds of the stoichiometry.

    Raises
    ------
    ValueError
        Where the voltage is not reached; the message states the reachable range [V].
    """

    def value(x):
        return float(potential(x).value)

    top, bottom = value(low), value(high)
    if not bottom <= voltage <= top:
        raise ValueError(
            f"{voltage:g} V is outside the electrode's equilibrium range, {bottom:.4g} V at "
            f"x = {high:g} to {top:.4g} V at x = {low:g}"
        )
    return brentq(lambda x: value(x) - voltage, low, high, xtol=1e-12)


def stress_shift(hydrostatic_stress: Values, partial_molar_volume: Values) -> Values:
    """Return what stress adds to U, Omega sigma_h/F [V]; 1 V per 96.5 GPa at 1e-6 m3/mol.

    Parameters
    ----------
    hydrostatic_stress : (...) array
        sigma_h [Pa], tension positive.
    partial_molar_volume : (...) array
        Omega [m3/mol].
    """
    return partial_molar_volume * hydrostatic_stress / FARADAY


def thermodynamic_factor(
    potential: Potential, x: NDArray, temperature: Values
) -> tuple[NDArray, NDArray]:
    """Return Theta = -(F/RT) x (1 - x) dU/dx and its derivative by x, each (...).

    It is positive inside, negative outside 0 to 1.

    Parameters
    ----------
    potential : Potential
        The potential at x.
    x : (...) array
        Stoichiometry.
    temperature : (...) array
        T [K], > 0.
    """
    scale = -FARADAY / (GAS_CONSTANT * np.asarray(temperature, dtype=float))
    share = x * (1.0 - x)
    return scale * share * potential.slope, scale * (
        (1.0 - 2.0 * x) * potential.slope + share * potential.curvature
    )
