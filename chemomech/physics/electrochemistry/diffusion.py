r"""Flux of lithium in active material, driven by its chemical potential.

    J = -M c (1 - x) grad mu,   mu = -F U(x) - Omega sigma_h,   x = c/c_max,   M = D/(R T)

which in the gradients of concentration and mean stress reads

    fick           J = -D(x)        grad c + D(x)/(R T) c (1 - x) Omega grad sigma_h, ideal solution
    thermodynamic  J = -D(x) Theta_+ grad c + D(x)/(R T) c (1 - x) Omega grad sigma_h
    chemical       J = -D(x)        grad c + D(x)/(R T Theta_+) c (1 - x) Omega grad sigma_h

c [mol/m3] lithium per volume of the undeformed material; D [m2/s] that of "fick" and "chemical" as
measured by relaxation, that of "thermodynamic" the tracer's; sigma_h [Pa] tension positive: lithium
moves to where the material is stretched. Theta is the thermodynamic factor (equilibrium.py). Where
it falls below twice a floor > 0 the smooth maximum

    Theta_+ = Theta, Theta >= 2 f;    f (1 + (Theta/2f)^2), 0 < Theta < 2 f;    f, Theta <= 0

keeps diffusion positive: outside 0 < x < 1, at the ends of a fitted U and where a table is nearly
flat. With "fick" stress is balanced by the ideal solution's mu, whatever U the interface uses:
Theta times too strongly. "thermodynamic" and "chemical" come to rest, above 2 f, where the
equilibrium potential under stress is uniform.

Valid for 0 <= c <= c_max. Slightly outside, on a solver's way, D keeps its end values, the drift is
zero, and the flux stays continuous. For Omega that varies with c give partial_molar_volume = 1 and
grad(Omega sigma_h), which is what drives lithium then. D(T) = D_ref exp(-E_a/R (1/T - 1/T_ref)).

Source: Zhang, Shyy, Sastry, J. Electrochem. Soc. 154 (2007) A910 (flux under stress, there
for few lithium, without 1 - x).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.interpolate import PchipInterpolator

from chemomech.physics.electrochemistry.equilibrium import thermodynamic_factor
from chemomech.physics.thermal import REFERENCE_TEMPERATURE, arrhenius_factor
from chemomech.units.constants import GAS_CONSTANT

MOBILITIES = ("fick", "thermodynamic", "chemical")


@dataclass(frozen=True)
class Diffusion:
    """How lithium moves in one material; numbers, or arrays that broadcast to the points.

    ValueError for what is missing, unused or out of range.

    Attributes
    ----------
    diffusivity : (...) array or callable
        D at the reference temperature [m2/s], > 0, or x -> (D, dD/dx) like diffusivity_table.
    maximum_concentration : (...) array
        c_max [mol/m3], > 0.
    mobility : str
        A name of MOBILITIES.
    partial_molar_volume : (...) array
        Omega [m3/mol].
    temperature : (...) array
        T [K], > 0.
    activation_energy : (...) array
        E_a of D [J/mol].
    equilibrium : callable, optional
        x -> Potential; not used by "fick".
    floor : float, optional
        Smallest thermodynamic factor, > 0; not used by "fick".
    """

    diffusivity: Any
    maximum_concentration: Any
    mobility: str = "fick"
    partial_molar_volume: Any = 0.0
    temperature: Any = REFERENCE_TEMPERATURE
    activation_energy: Any = 0.0
    equilibrium: Any = None
    floor: float | None = None

    def __post_init__(self):
        if self.mobility not in MOBILITIES:
            raise ValueError(f"no mobility '{self.mobility}'; known: {', '.join(MOBILITIES)}")
        for name in ("equilibrium", "floor"):
            given, used = getattr(self, name) is not None, self.mobility != "fick"
            if given != used:
                raise ValueError(
                    f"{name}: {'missing for' if used else 'not used by'} mobility '{self.mobility}'"
                )
        for name in ("diffusivity", "maximum_concentration", "temperature", "floor"):
            value = getattr(self, name)
            if value is not None and not callable(value) and not np.all(np.asarray(value) > 0):
                raise ValueError(f"{name}: given {value}, accepted greater than 0")


class Flux(NamedTuple):
    """Flux of lithium and its derivatives.

    Attributes
    ----------
    flux : (..., d) array
        J [mol/(m2 s)].
    by_concentration : (..., d) array
        Derivative by the concentration [m/s].
    by_gradient : (..., d, d) array
        Derivative by its gradient [m2/s].
    by_stress_gradient : (..., d, d) array
        Derivative by the gradient of the mean stress [mol s/kg].
    """

    flux: NDArray
    by_concentration: NDArray
    by_gradient: NDArray
    by_stress_gradient: NDArray


def diffusivity_table(
    stoichiometry: ArrayLike, diffusivity: ArrayLike
) -> Callable[[NDArray], tuple[NDArray, NDArray]]:
    """Return the function x -> (D, dD/dx) through a table, constant beyond its ends.

    It is a monotone cubic (PCHIP) in ln D.

    Parameters
    ----------
    stoichiometry : (n,) array
        x, rising.
    diffusivity : (n,) array
        D [m2/s], > 0.

    Raises
    ------
    ValueError
        For a table that is not so.
    """
    x, values = np.asarray(stoichiometry, dtype=float), np.asarray(diffusivity, dtype=float)
    if x.ndim != 1 or x.shape != values.shape or len(x) < 2:
        raise ValueError(
            "needs two or more stoichiometries with one diffusivity each; "
            f"got {x.shape}, {values.shape}"
        )
    if not np.all(np.diff(x) > 0.0):
        raise ValueError(f"stoichiometries must rise: {stoichiometry}")
    if not np.all((values > 0.0) & np.isfinite(values)):
        raise ValueError(f"diffusivities must be positive and finite: {diffusivity}")
    curve = PchipInterpolator(x, np.log(values))
    slope = curve.derivative()

    def read(at):
        inside = np.clip(at, x[0], x[-1])
        value = np.exp(curve(inside))
        return value, np.where(inside == at, value * slope(inside), 0.0)

    return read


def flux(
    law: Diffusion, concentration: NDArray, gradient: NDArray, stress_gradient: NDArray
) -> Flux:
    """Return the Flux of lithium.

    Parameters
    ----------
    law : Diffusion
        How lithium moves.
    concentration : (...) array
        c [mol/m3].
    gradient : (..., d) array
        grad c [mol/m4].
    stress_gradient : (..., d) array
        grad sigma_h [Pa/m], tension positive.
    """
    c_max, thermal_energy = law.maximum_concentration, GAS_CONSTANT * law.temperature
    x = concentration / c_max
    value, slope = diffusivity(law, x)
    share, share_slope = _free_sites(x)
    drift = law.partial_molar_volume * c_max / thermal_energy
    push, push_slope = value * drift * share, drift * (slope * share + value * share_slope)
    if law.mobility != "fick":
        factor, factor_slope = _raise_to_floor(
            thermodynamic_factor(law.equilibrium(x), x, law.temperature), law.floor
        )
        if law.mobility == "thermodynamic":
            value, slope = value * factor, slope * factor + value * factor_slope
        else:
            push, push_slope = push / factor, (push_slope - push * factor_slope / factor) / factor
    unit = np.eye(gradient.shape[-1])
    return Flux(
        push[..., None] * stress_gradient - value[..., None] * gradient,
        (push_slope[..., None] * stress_gradient - slope[..., None] * gradient)
        / np.asarray(c_max)[..., None],
        -value[..., None, None] * unit,
        push[..., None, None] * unit,
    )


def diffusivity(law: Diffusion, x: NDArray) -> tuple[NDArray, NDArray]:
    """Return D(x, T) [m2/s] before any thermodynamic factor, and dD/dx, each (...).

    Parameters
    ----------
    law : Diffusion
        How lithium moves.
    x : (...) array
        Stoichiometry; outside 0 to 1 D keeps its end values.
    """
    factor, _ = arrhenius_factor(law.activation_energy, law.temperature)
    if not callable(law.diffusivity):
        return law.diffusivity * factor + np.zeros_like(x), np.zeros_like(x)
    inside = np.clip(x, 0.0, 1.0)
    value, slope = law.diffusivity(inside)
    return value * factor, np.where(inside == x, slope * factor, 0.0)


def _free_sites(x):
    """Return x (1 - x) and its derivative, zero outside 0 to 1."""
    inside = (x > 0.0) & (x < 1.0)
    return np.where(inside, x * (1.0 - x), 0.0), np.where(inside, 1.0 - 2.0 * x, 0.0)


def _raise_to_floor(factor, floor):
    """Return the smooth maximum Theta_+ and its derivative, of a (value, derivative)."""
    value, slope = factor
    part = np.clip(0.5 * value / floor, 0.0, 1.0)
    above = value > 2.0 * floor
    return np.where(above, value, floor * (1.0 + part**2)), np.where(above, 1.0, part) * slope
