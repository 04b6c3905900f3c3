r"""Current through electrode | electrolyte by Butler-Volmer, and through a contact by Ohm's law.

    i   = chi i_l                                        current per area of the interface
    i_l = i0 [exp(a F eta/RT) - exp(-(1 - a) F eta/RT)]  on the share chi that conducts
    eta = phi_electrode - phi_electrolyte - U_eff - R_film i_l

i [A/m2] is anodic: positive from the electrode into the electrolyte, lithium leaves the electrode,
at i/F [mol/(m2 s)]. U_eff is the equilibrium potential under stress,

    intercalation   U_eff = U(x) + Omega sigma_h/F      mean stress at the surface
    lithium metal   U_eff = U + V sigma_n/F             normal traction on the metal's surface

both with tension positive: tension lowers the chemical potential of lithium and raises U_eff, so
that at given potentials less lithium leaves; pressed metal dissolves. What stress does to ions
inside the electrolyte is left out. R_film [ohm m2] (interphase, coating) is in series with the
conducting share alone. The implicit equation for i_l is solved at each point; all derivatives are
exact, by implicit differentiation.

    i0 = i0_half 2 sqrt(x (1 - x)) exp(-E_a/R (1/T - 1/T_ref))                intercalation

with the square root replaced, where s = x (1 - x) < e = 1e-6, by
sqrt(e) (2.5 (s/e)^2 - 1.5 (s/e)^3), and by 0 outside 0 < x < 1: the current that would empty or
overfill the surface ends with zero slope. Exponentials go on along their tangents beyond exponents
of 200 (10 V for a = 1/2), far outside any physics, so that no trial of a solver overflows.

Sources: Newman, Thomas-Alyea, Electrochemical Systems (kinetics); Doyle, Fuller, Newman, J.
Electrochem. Soc. 140 (1993) 1526 (site dependence); Monroe, Newman, J. Electrochem. Soc. 151 (2004)
A880 (metal under stress).
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from chemomech.physics.electrochemistry.equilibrium import stress_shift
from chemomech.physics.electrochemistry.own_kinetics import (
    Kinetics,
    overpotential_of,
    series_overpotential,
)
from chemomech.physics.electrochemistry.scaled_kinetics import (
    scaled_current,
    site_dependence,
    solve,
)
from chemomech.physics.thermal import REFERENCE_TEMPERATURE, arrhenius_factor
from chemomech.physics.values import Values
from chemomech.units.constants import FARADAY, GAS_CONSTANT

INVERSE = 1e13  # film over kinetics with which `solve` inverts: a relative error of 1e-13 at most
# Laws of charge transfer by the name a user writes; None: Butler and Volmer's, solved here.
KINETICS = {"butler_volmer": None}


class LocalCurrent(NamedTuple):
    """Current on the conducting share, and its derivatives.

    Attributes
    ----------
    current : (...) array
        i_l [A/m2], anodic positive.
    overpotential : (...) array
        eta [V].
    by_drive : (...) array
        Derivative by the drive jump - U_eff [S/m2].
    by_exchange : (...) array
        Derivative by i0 [1].
    """

    current: NDArray
    overpotential: NDArray
    by_drive: NDArray
    by_exchange: NDArray


class InterfaceCurrent(NamedTuple):
    """Current per area of the interface, and its derivatives.

    Attributes
    ----------
    current : (...) array
        i [A/m2], anodic positive.
    by_jump : (...) array
        Derivative by the jump of the potential [S/m2].
    by_concentration : (...) array
        Derivative by the concentration at the surface [A m/mol].
    by_stress : (...) array
        Derivative by the stress at the surface [A/(m2 Pa)].
    by_conducting : (...) array
        Derivative by the conducting share chi [A/m2].
    """

    current: NDArray
    by_jump: NDArray
    by_concentration: NDArray
    by_stress: NDArray
    by_conducting: NDArray


@dataclass(frozen=True)
class Intercalation:
    """Kinetics of active material | electrolyte; numbers, or arrays that broadcast to the points.

    ValueError for what is out of range.

    Attributes
    ----------
    exchange_current_density : (...) array
        i0_half: half filled, at the reference temperature [A/m2], > 0.
    equilibrium : callable
        x -> Potential.
    maximum_concentration : (...) array
        c_max [mol/m3], > 0.
    alpha : (...) array
        Anodic transfer coefficient, 0 to 1.
    partial_molar_volume : (...) array or callable
        Omega [m3/mol], or x -> (Omega, dOmega/dx).
    temperature : (...) array
        T [K], > 0.
    activation_energy : (...) array
        E_a of i0 [J/mol].
    kinetics, sites : callables
        Another g (`own_kinetics`); how i0 depends on x (`scaled_kinetics.SITE_DEPENDENCE`).
    """

    exchange_current_density: Any
    equilibrium: Any
    maximum_concentration: Any
    alpha: Any = 0.5
    partial_molar_volume: Any = 0.0
    temperature: Any = REFERENCE_TEMPERATURE
    activation_energy: Any = 0.0
    kinetics: Any = None
    sites: Any = site_dependence

    def __post_init__(self):
        _check(self, "exchange_current_density", "maximum_concentration", "temperature")


@dataclass(frozen=True)
class Metal:
    """Kinetics of a metal electrode | electrolyte, lithium by default.

    ValueError for what is out of range.

    Attributes
    ----------
    exchange_current_density : (...) array
        i0 at the reference temperature [A/m2], > 0; it does not depend on how much metal is left.
    equilibrium : (...) array
        Potential U against lithium [V].
    molar_volume : (...) array
        V, molar volume of lithium in it [m3/mol].
    alpha, temperature, activation_energy, kinetics
        As in Intercalation.
    """

    exchange_current_density: Any
    alpha: Any = 0.5
    equilibrium: Any = 0.0
    molar_volume: Any = 0.0
    temperature: Any = REFERENCE_TEMPERATURE
    activation_energy: Any = 0.0
    kinetics: Any = None

    def __post_init__(self):
        _check(self, "exchange_current_density", "temperature")


def _check(law, *positive):
    for name in positive:
        if not np.all(np.asarray(getattr(law, name)) > 0):
            raise ValueError(f"{name}: given {getattr(law, name)}, accepted greater than 0")
    if not np.all((np.asarray(law.alpha) > 0) & (np.asarray(law.alpha) < 1)):
        raise ValueError(f"alpha: given {law.alpha}, accepted between 0 and 1")


def intercalation_current(
    law: Intercalation,
    jump: NDArray,
    concentration: NDArray,
    hydrostatic_stress: NDArray,
    conducting: Values,
    film_resistance: Values,
) -> InterfaceCurrent:
    """Return the InterfaceCurrent out of active material.

    Parameters
    ----------
    law : Intercalation
        Kinetics.
    jump : (...) array
        Potential of the active material less that of the electrolyte [V].
    concentration : (...) array
        Lithium at the surface [mol/m3].
    hydrostatic_stress : (...) array
        Mean stress at the surface [Pa], tension positive.
    conducting : (...) array
        chi, 0 to 1; 0 gives exactly no current and no derivative but by_conducting.
    film_resistance : (...) array
        R_film [ohm m2], >= 0.
    """
    x = concentration / law.maximum_concentration
    potential = law.equilibrium(x)
    volume, volume_slope = law.partial_molar_volume, 0.0
    if callable(volume):
        volume, volume_slope = volume(x)
    activation, _ = arrhenius_factor(law.activation_energy, law.temperature)
    sites, sites_slope = law.sites(x)
    reference = law.exchange_current_density * activation
    drive = jump - potential.value - stress_shift(hydrostatic_stress, volume)
    local = local_current(
        drive, reference * sites, film_resistance, law.alpha, law.temperature, law.kinetics
    )
    shift = potential.slope + stress_shift(hydrostatic_stress, volume_slope)
    by_x = local.by_exchange * reference * sites_slope - local.by_drive * shift
    return InterfaceCurrent(
        conducting * local.current,
        conducting * local.by_drive,
        conducting * by_x / law.maximum_concentration,
        -conducting * local.by_drive * volume / FARADAY,
        local.current,
    )


def metal_current(
    law: Metal, jump: NDArray, normal_traction: NDArray, conducting: Values, film_resistance: Values
) -> InterfaceCurrent:
    """Return the InterfaceCurrent out of a metal; by_concentration is zero, metal has none.

    Parameters
    ----------
    law : Metal
        Kinetics.
    jump : (...) array
        Potential of the metal less that of the electrolyte [V].
    normal_traction : (...) array
        Traction on the metal's surface [Pa], compression negative.
    conducting, film_resistance : (...) array
        As in intercalation_current.
    """
    drive = jump - law.equilibrium - stress_shift(normal_traction, law.molar_volume)
    exchange = exchange_current(law, None)
    local = local_current(
        drive, exchange, film_resistance, law.alpha, law.temperature, law.kinetics
    )
    by_jump = conducting * local.by_drive
    by_stress = -by_jump * law.molar_volume / FARADAY
    return InterfaceCurrent(
        conducting * local.current, by_jump, np.zeros_like(by_jump), by_stress, local.current
    )


def exchange_current(law: Intercalation | Metal, concentration: NDArray | None) -> Values:
    """Return i0 (...) [A/m2].

    Parameters
    ----------
    law : Intercalation or Metal
        Kinetics.
    concentration : (...) array
        Lithium at the surface [mol/m3]; a Metal has none.
    """
    activation, _ = arrhenius_factor(law.activation_energy, law.temperature)
    reference = law.exchange_current_density * activation
    if isinstance(law, Metal):
        return reference
    return reference * law.sites(concentration / law.maximum_concentration)[0]


def overpotential(
    current_density: Values,
    exchange: Values,
    alpha: Values,
    temperature: Values,
    kinetics: Kinetics | None = None,
) -> NDArray:
    """Return eta (...) [V] that drives a current density: the inverse of `current`.

    Parameters
    ----------
    current_density : (...) array
        i_l [A/m2].
    exchange : (...) array
        i0 [A/m2], >= 0; where it is zero, so is eta.
    alpha : (...) array
        Anodic transfer coefficient, 0 to 1.
    temperature : (...) array
        T [K], > 0.
    kinetics : callable, optional
        Another g than that of Butler and Volmer, see `own_kinetics`.
    """
    per_volt = FARADAY / (GAS_CONSTANT * temperature)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(exchange > 0, current_density / exchange, 0.0)
    if kinetics is not None:
        return overpotential_of(share, kinetics, temperature)
    # In series with a film that takes nearly all of the voltage, the current is given.
    return solve(INVERSE * share, INVERSE, alpha) / per_volt


def ohmic_current(jump: NDArray, conducting: Values, resistance: Values) -> InterfaceCurrent:
    """Return the InterfaceCurrent i = chi jump/R between two conductors of one kind.

    Parameters
    ----------
    jump : (...) array
        Potential of the first less that of the second [V].
    conducting : (...) array
        chi, 0 to 1.
    resistance : (...) array
        R [ohm m2], > 0.

    Raises
    ------
    ValueError
        For a resistance that is not positive.
    """
    if not np.all(np.asarray(resistance) > 0):
        raise ValueError(
            f"the resistance of an ohmic contact must exceed 0 ohm m2; given {np.min(resistance):g}"
        )
    local = jump / resistance
    nothing = np.zeros_like(local * conducting)
    return InterfaceCurrent(
        conducting * local, conducting / resistance + nothing, nothing, nothing, local + nothing
    )


def current(
    overpotential: Values, exchange: Values, alpha: Values, temperature: Values
) -> tuple[Values, Values]:
    """Return i0 [exp(a F eta/RT) - exp(-(1 - a) F eta/RT)] [A/m2] and its slope by eta [S/m2].

    Parameters
    ----------
    overpotential : (...) array
        eta [V].
    exchange : (...) array
        i0 [A/m2], >= 0.
    alpha : (...) array
        Anodic transfer coefficient a, 0 to 1.
    temperature : (...) array
        T [K], > 0.

    Examples
    --------
    >>> value, slope = current(0.0, 10.0, 0.5, 298.15)
    >>> float(value), round(float(slope), 2)
    (0.0, 389.22)
    """
    per_volt = FARADAY / (GAS_CONSTANT * temperature)
    value, slope = scaled_current(per_volt * np.asarray(overpotential, dtype=float), alpha)
    return exchange * value, exchange * per_volt * slope


def local_current(
    drive: Values,
    exchange: Values,
    film_resistance: Values,
    alpha: Values,
    temperature: Values,
    kinetics: Kinetics | None = None,
) -> LocalCurrent:
    """Return the LocalCurrent under a drive, across kinetics and film in series.

    Parameters
    ----------
    drive : (...) array
        jump - U_eff [V].
    exchange : (...) array
        i0 [A/m2], >= 0.
    film_resistance : (...) array
        R_film [ohm m2], >= 0.
    alpha : (...) array
        Anodic transfer coefficient, 0 to 1.
    temperature : (...) array
        T [K], > 0.
    kinetics : callable, optional
        Another g than that of Butler and Volmer, see `own_kinetics`.
    """
    if kinetics is not None:
        eta = series_overpotential(drive, exchange, film_resistance, kinetics, temperature)
        value, slope = kinetics(eta, temperature)
        softened = 1.0 + exchange * film_resistance * slope
        return LocalCurrent(exchange * value, eta, exchange * slope / softened, value / softened)
    per_volt = FARADAY / (GAS_CONSTANT * temperature)
    film = per_volt * exchange * film_resistance
    scaled = solve(per_volt * drive, film, alpha)
    value, slope = scaled_current(scaled, alpha)
    softened = 1.0 + film * slope
    return LocalCurrent(
        exchange * value,
        scaled / per_volt,
        exchange * per_volt * slope / softened,
        value / softened,
    )
