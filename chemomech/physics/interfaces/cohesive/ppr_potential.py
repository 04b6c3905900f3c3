r"""Curves of the potential-based law of Park, Paulino and Roesler (PPR), intrinsic form.

Mode I has the strength, fracture energy phi_n, shape alpha and slope indicator lambda_n (opening at
the strength over final opening), mode II phi_t, beta, lambda_t. With x = d_n/delta_n and
y = |d_t|/delta_t,

    Psi = phi_t - (phi_n a(x) + phi_t - phi_n) b(y)  for phi_n >= phi_t, else modes exchanged,
    T_n = -a'(x) <phi_n - M (1 - b(y))>/delta_n,    T_t = -b'(y) <phi_t - M (1 - a(x))>/delta_t,
    M = max(phi_n, phi_t),
    a(x) = (1 - x)^alpha (1 + alpha x/m)^m,  a(0) = 1, a(1) = 0;  b likewise,
    m = alpha (alpha - 1) lambda_n^2/(1 - alpha lambda_n^2).

This is the published law with its energy constants Gamma written out. The <..> make the
conjugate final openings: where the energies differ, the weaker mode's traction ends, and the
stronger mode's at its own final opening. Then -a'(x) = k x s(x) with k = alpha (1 + alpha/m) and
s(x) = (1 - x)^(alpha - 1) (1 + alpha x/m)^(m - 1), so T/(K d) = s(x) <..>/phi_n has no 0/0.

Source: Park, Paulino, Roesler, J. Mech. Phys. Solids 57 (2009) 891.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from chemomech.physics.values import Values


class Mode(NamedTuple):
    """Constants of one mode, arrays (...).

    Attributes
    ----------
    shape : (...) array
        Shape alpha (beta) of the curve, > 1.
    power : (...) array
        Exponent m (n).
    final : (...) array
        Final opening delta [m].
    stiffness : (...) array
        Initial slope K of the traction [Pa/m].
    slope : (...) array
        K delta^2/phi [-].
    energy : (...) array
        Fracture energy phi [J/m2].
    """

    shape: Values
    power: Values
    final: Values
    stiffness: Values
    slope: Values
    energy: Values

    def bond(self, position: NDArray) -> tuple[NDArray, NDArray]:
        """Return a(x) and a'(x) at x (...), opening over final opening, 0 to 1."""
        left, rise = 1.0 - position, 1.0 + self.shape * position / self.power
        slope = -self.slope * position * self.secant(position)[0]
        return left**self.shape * rise**self.power, slope

    def secant(self, position: NDArray) -> tuple[NDArray, NDArray]:
        """Return s(x) = T/(K d) of the pure mode and its slope; both vanish from x = 1 on."""
        ratio = self.shape / self.power
        whole = position < 1.0
        left, rise = np.where(whole, 1.0 - position, 1.0), 1.0 + ratio * position
        value = whole * left ** (self.shape - 1.0) * rise ** (self.power - 1.0)
        return value, value * ((self.power - 1.0) * ratio / rise - (self.shape - 1.0) / left)

    def dissipated(self, position: NDArray) -> NDArray:
        """Return what the pure mode dissipates until x, over its energy: 1 - a(x) + x a'(x)/2."""
        value, slope = self.bond(position)
        return 1.0 - value + 0.5 * position * slope


def _power(shape, indicator):
    return shape * (shape - 1.0) * indicator**2 / (1.0 - shape * indicator**2)


def mode_of(strength: Values, energy: Values, shape: Values, indicator: Values) -> Mode:
    """Return the Mode with given strength, energy, shape and slope indicator.

    Parameters
    ----------
    strength : (...) array
        Largest traction of the pure mode [Pa], > 0.
    energy : (...) array
        Fracture energy phi [J/m2], > 0.
    shape : (...) array
        Shape of the curve, > 1.
    indicator : (...) array
        Slope indicator: opening at the strength over final opening, 0 to `largest_indicator`.
    """
    power = _power(shape, indicator)
    slope = shape * (1.0 + shape / power)
    peak = (
        indicator
        * (1.0 - indicator) ** (shape - 1.0)
        * (1.0 + shape * indicator / power) ** (power - 1.0)
    )
    final = energy / strength * slope * peak
    return Mode(shape, power, final, energy * slope / final**2, slope, energy)


def largest_indicator(shape: Values) -> Values:
    """Return 1/sqrt(2 alpha - 1), up to which the secant falls from the origin on."""
    return 1.0 / np.sqrt(2.0 * np.asarray(shape) - 1.0)


class Equilibrium(NamedTuple):
    """State of one mode in equilibrium with the largest openings (kappa_n, kappa_t).

    Attributes
    ----------
    damage : (...) array
        1 - T/(K kappa), 0 to 1.
    slopes : pair of (...) arrays
        Derivatives of the damage by kappa_n and kappa_t [1/m].
    position : (...) array
        x, own opening over final opening, 0 to 1.
    secant : (...) array
        s(x).
    weight : (...) array
        <phi - M (1 - b)>, what the other mode leaves of the energy [J/m2].
    """

    damage: NDArray
    slopes: tuple
    position: NDArray
    secant: NDArray
    weight: NDArray


def equilibrium(largest: NDArray, modes: tuple[Mode, Mode]) -> list[Equilibrium]:
    """Return the Equilibrium of mode I and of mode II.

    Parameters
    ----------
    largest : (..., 2) array
        Largest openings kappa_n and kappa_t [m].
    modes : pair of Mode
        Mode I and mode II.
    """
    places = [np.minimum(largest[..., i] / modes[i].final, 1.0) for i in (0, 1)]
    total = np.maximum(modes[0].energy, modes[1].energy)
    both = []
    for i, other in ((0, 1), (1, 0)):
        bond, bond_slope = modes[other].bond(places[other])
        weight = np.maximum(modes[i].energy - total * (1.0 - bond), 0.0)
        secant, secant_slope = modes[i].secant(places[i])
        share = weight / modes[i].energy
        slopes: list = [None, None]
        slopes[i] = -secant_slope * share / modes[i].final
        slopes[other] = (
            -secant * (weight > 0) * total * bond_slope / (modes[i].energy * modes[other].final)
        )
        both.append(Equilibrium(1.0 - secant * share, tuple(slopes), places[i], secant, weight))
    return both


def slope_indicator(
    stiffness: Values, strength: Values, fracture_energy: Values, shape: Values
) -> NDArray:
    """Return the slope indicator (...) with which a mode's initial slope is the stiffness.

    With q = alpha/m it is the root l of

        K phi/strength^2 = 1/(alpha l^2 (1 + q) (1 - l)^(2 alpha - 2) (1 + q l)^(2 m - 2)),

    whose right side falls with l.

    Parameters
    ----------
    stiffness : (...) array
        Initial slope K [Pa/m], > 0.
    strength : (...) array
        Strength [Pa], > 0.
    fracture_energy : (...) array
        Fracture energy phi [J/m2], > 0.
    shape : (...) array
        Shape alpha of the curve, > 1.

    Raises
    ------
    ValueError
        Where no l up to 1/sqrt(2 alpha - 1) has this slope, the stiffness being too low.
    """
    wanted, shape = np.broadcast_arrays(
        np.asarray(stiffness) * fracture_energy / np.asarray(strength) ** 2.0,
        np.asarray(shape, float),
    )
    sets, position = np.unique(
        np.stack([wanted.ravel(), shape.ravel()]), axis=1, return_inverse=True
    )

    def ratio(indicator):
        return mode_of(1.0, 1.0, sets[1], indicator).stiffness

    low, high = np.full(sets.shape[1], -16.0), np.log(largest_indicator(sets[1]))
    least = ratio(np.exp(high))
    if np.any(sets[0] < least):
        worst = np.argmin(sets[0] / least)
        raise ValueError(
            "cohesive law: no PPR curve has this initial slope: stiffness * fracture_energy / "
            f"strength^2 is {sets[0][worst]:.4g} and must be at least {least[worst]:.4g} for the "
            f"shape {sets[1][worst]:g}; "
            "raise the stiffness or lower the strength"
        )
    for _ in range(80):
        middle = 0.5 * (low + high)
        stiffer = ratio(np.exp(middle)) > sets[0]
        low, high = np.where(stiffer, middle, low), np.where(stiffer, high, middle)
    return np.exp(high)[np.ravel(position)].reshape(wanted.shape)
