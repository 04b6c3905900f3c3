r"""Real contact with memory: unloading keeps it, creep makes it grow in time.

Asperities flattened under the largest pressure p_m so far recover elastically when it falls:

    f(p, p_m) = max over p' in [p, p_m] of f_load(p') (p/p')^n,     0 < p < p_m,

which is f_load(p_m) (p/p_m)^n until p_m nears full contact. Beyond that a higher pressure flattens
nothing more, and the largest over p' keeps it from making less contact. n = 1/2, the default of the
plastic laws: elastic recovery of plastically flattened asperities (dagger: Mikic, J. Lubr. Technol.
93 (1971), on previous loading, read second-hand); n = 0: contact stays until the faces open; n = 1:
no hysteresis, the default of the elastic law. Reloading retraces the same curve up to p_m.

Creep of the softer metal, eps' = eps0 (sigma/sigma0)^m. Material that leaves a spot has to go into
the gaps beside it, so that spots get harder as gaps fill: x = f/(1 - f) = p/H, a graded approach to
full contact (Pullen, Williamson, Proc. R. Soc. A 327 (1972), measured on plastic faces up to
x = 10). x so is the area that spots would have if they never met; under the constraint of an
indentation they carry sigma = p/(3x) (Tabor, The Hardness of Metals, 1951), and grow with it:

    dx/dt = beta x eps'(p/(3x)),   at constant p  x(t)^m = x(0)^m + m beta eps0 t (p/(3 sigma0))^m,

never below p/H; f = x/(1 + x). So f ~ p t^(1/m) while spots are few, and the gaps close as
1 - f ~ t^(-1/m)/p. When the pressure falls spots recover elastically as above: the memory is
k = x/u^n with u = p/(3 sigma0), x = max(k u^n, p/H), which without time is the plastic memory.
beta is the relative growth of area per unit of creep strain. A spot of radius a of an asperity of
curvature R strains by 0.2 a/R (Tabor), and that grows with a, so beta = 2/(0.2 a/R): about 10 for
steep (a/R = 1), 100 for flat asperities. An estimate, to be fitted to one dwell; f only sees its
m-th root. sigma0 is that of the spots, far above bulk lithium's (`roughness`).

Adhesion presses too, by p_a (`roughness`), on faces within its reach: p stands for p + s p_a above.
Faces are open where nothing presses: f = 0 there. By default the memory is lost: stripping takes
the flattened lithium away, and a face that slips by more than a spot meets other asperities, so
recontact starts afresh on the loading curve. That states the least contact. With keeps_registry the
flattened asperities meet again, which states the most.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import erf

from chemomech.physics.interfaces.contact.loading import MIKIC_EXPONENT, first_loading
from chemomech.physics.thermal import arrhenius_factor
from chemomech.physics.values import Values

CONSTRAINT = 3.0  # mean pressure of an indentation over the uniaxial flow stress
OWN_UNLOADING = 0.5  # of laws of one's own
DEFAULT_UNLOADING = {"plastic": 0.5, "mikic": 0.5, "persson": 1.0, "creep": 0.5}


@dataclass(frozen=True)
class RoughContact:
    """Parameters of all laws of rough contact: numbers, or arrays that broadcast to the points.

    Attributes
    ----------
    conforming_pressure : (...) array
        Hardness H, or E* h' for "persson" [Pa], > 0.
    unloading_exponent : float, optional
        Exponent n of unloading, 0 to 1; None for the law's default.
    keeps_registry : bool
        Whether faces that were open fit again when they meet.
    creep_rate : (...) array, optional
        eps0 [1/s]; like the next three for the law "creep" alone.
    creep_stress : (...) array, optional
        sigma0 [Pa], > 0.
    creep_exponent : (...) array, optional
        m, > 0.
    growth_per_strain : (...) array, optional
        beta, relative growth of area per creep strain.
    activation_energy : float
        Activation energy of the creep rate, given at 25 degC [J/mol].
    adhesive_pressure : (...) array
        p_a [Pa], >= 0.
    """

    conforming_pressure: Any
    unloading_exponent: float | None = None
    keeps_registry: bool = False
    creep_rate: Any = None
    creep_stress: Any = None
    creep_exponent: Any = None
    growth_per_strain: Any = None
    activation_energy: float = 0.0
    adhesive_pressure: Any = 0.0

    def at(self, temperature: float) -> "RoughContact":
        """Return the same at a temperature [K]: creep follows Arrhenius, hardness stays."""
        if not self.activation_energy:
            return self
        factor, _ = arrhenius_factor(self.activation_energy, temperature)
        return replace(self, creep_rate=self.creep_rate * factor, activation_energy=0.0)

    def __post_init__(self):
        if self.unloading_exponent is not None and not 0.0 <= self.unloading_exponent <= 1.0:
            raise ValueError(
                f"unloading_exponent: given {self.unloading_exponent}, accepted 0 to 1"
            )


def initial_memory(shape: tuple[int, ...]) -> NDArray:
    """Return the memory (*shape, 1) of faces that never touched."""
    return np.zeros((*shape, 1))


def advance(
    law: str | Callable,
    pressure: NDArray,
    memory: NDArray,
    dt: float,
    parameters: RoughContact,
    reach: Values = 1.0,
) -> tuple[NDArray, NDArray]:
    """Return the real contact fraction (...) at the end of a step and the new memory (..., 1).

    Parameters
    ----------
    law : str or function
        A name of CONTACT_LAWS, or a law of one's own as `first_loading` takes it.
    pressure : (...) array
        Contact pressure at the step's end [Pa], >= 0.
    memory : (..., 1) array
        Largest pressure so far [Pa]; for "creep" k, the area of spots per power of the pressure.
    dt : float
        Length of the step [s], >= 0; it matters to "creep" alone.
    parameters : RoughContact
        Parameters of the law.
    reach : (...) array
        Share s of the adhesion that acts, 1 where the faces touch, 0 where they are apart.

    Raises
    ------
    ValueError
        For an unknown law, or when "creep" lacks a parameter.
    """
    first_loading(law)
    pressure = np.asarray(pressure, dtype=float) + parameters.adhesive_pressure * reach
    previous = memory[..., 0]
    if law == "creep":
        fraction, remembered = creep_contact_fraction(pressure, previous, dt, parameters)
    else:
        fraction, remembered = hysteretic_contact_fraction(law, pressure, previous, parameters)
    closed = pressure > 0
    after = np.where(closed, remembered, previous if parameters.keeps_registry else 0.0)
    return np.where(closed, fraction, 0.0), after[..., None]


def hysteretic_contact_fraction(
    law: str | Callable, pressure: NDArray, largest: NDArray, parameters: RoughContact
) -> tuple[NDArray, NDArray]:
    """Return f(p, p_m) (...), 0 to 1, and the new largest pressure (...) [Pa].

    Parameters
    ----------
    law : str
        A name of CONTACT_LAWS other than "creep".
    pressure, largest : (...) array
        Contact pressure p now and the largest so far p_m [Pa].
    parameters : RoughContact
        Parameters of the law.
    """
    exponent = _unloading_exponent(law, parameters)
    pressure = np.maximum(pressure, 0.0)
    largest = np.maximum(pressure, largest)
    best = saturation(law, exponent) * parameters.conforming_pressure
    source = np.minimum(np.maximum(best, pressure), largest)
    share = (pressure / np.where(source > 0, source, 1.0)) ** exponent
    fraction = first_loading(law)(source, parameters.conforming_pressure) * share
    return np.where(pressure > 0, fraction, 0.0), largest


def _unloading_exponent(law: str | Callable, parameters: RoughContact) -> float:
    """Exponent n of a law: its parameters', else its own."""
    if parameters.unloading_exponent is not None:
        return parameters.unloading_exponent
    return OWN_UNLOADING if callable(law) else DEFAULT_UNLOADING[law]


def saturation(law: str | Callable, exponent: float) -> float:
    """Return p'/conforming pressure where f_load(p')/p'^n is largest.

    There d ln f_load/d ln p' = n; the result is 0 when n is never reached.

    Parameters
    ----------
    law : str
        A name of CONTACT_LAWS other than "creep".
    exponent : float
        Exponent n of unloading, 0 to 1.
    """
    if callable(law):
        return _own_saturation(law, exponent)
    if law != "persson":
        return 1.0 if exponent < (MIKIC_EXPONENT if law == "mikic" else 1.0) else 0.0
    if exponent >= 1.0:
        return 0.0
    if exponent <= 0.0:
        return np.inf

    def slope(x):
        return x * np.sqrt(8.0 / np.pi) * np.exp(-2.0 * x**2) / erf(np.sqrt(2.0) * x) - exponent

    return brentq(slope, 1e-9, 20.0)


def _own_saturation(law: Callable, exponent: float) -> float:
    """Find `saturation` for a law of one's own, from samples over eight decades of the pressure."""
    ratio = np.logspace(-6.0, 2.0, 2001)
    share = law(ratio, 1.0) / ratio**exponent
    best = int(np.argmax(share >= share.max() * (1.0 - 1e-9)))
    return {0: 0.0, len(ratio) - 1: np.inf}.get(best, ratio[best])


def creep_contact_fraction(
    pressure: NDArray, memory: NDArray, dt: float, parameters: RoughContact
) -> tuple[NDArray, NDArray]:
    """Return the contact fraction (...) after a time at constant pressure, and the new memory.

    Parameters
    ----------
    pressure : (...) array
        Contact pressure [Pa].
    memory : (...) array
        k at the start, >= 0; 0 for faces that never touched.
    dt : float
        Time [s], >= 0.
    parameters : RoughContact
        Parameters, those of creep included.

    Raises
    ------
    ValueError
        When a parameter of creep is missing.
    """
    p = parameters
    names = ("creep_rate", "creep_stress", "creep_exponent", "growth_per_strain")
    missing = [name for name in names if getattr(p, name) is None]
    if missing:
        raise ValueError(f"contact law 'creep' needs {', '.join(missing)}")
    stress = np.maximum(pressure, 0.0) / (CONSTRAINT * p.creep_stress)
    pressed = stress > 0
    recovered = np.where(pressed, stress, 1.0) ** _unloading_exponent("creep", p)
    start = np.maximum(memory * recovered, np.maximum(pressure, 0.0) / p.conforming_pressure)
    m = p.creep_exponent
    # As a share of the larger of the two, so that high powers neither overflow nor vanish.
    crept = stress * (m * p.growth_per_strain * p.creep_rate * dt) ** (1.0 / m)
    largest = np.maximum(np.maximum(start, crept), np.finfo(float).tiny)
    grown = largest * ((start / largest) ** m + (crept / largest) ** m) ** (1.0 / m)
    spots = np.maximum(grown, start)
    fraction = np.where(pressed, spots / (1.0 + spots), 0.0)
    return fraction, np.where(pressed, np.maximum(memory, spots / recovered), memory)
