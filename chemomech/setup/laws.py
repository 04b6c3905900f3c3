r"""Take in laws of one's own: functions by a name that an interface's material uses.

They are handed in from the door with the case.

    [interfaces."active|electrolyte"]
    base = "NMC811|Li6PS5Cl"
    cohesive_law = "mine"              # or contact_law, or kinetics

    chemomech.run(case, folder, laws={"mine": function})

What a function must be depends on the property that names it. All work on arrays of points and
never change them.

cohesive_law
    mine(stiffness, strength, shear_strength, fracture_energy, fracture_energy_shear,
    mode_mixity_exponent, mode_mixity) -> physics.interfaces.cohesive.CohesiveLaw, from what the
    material says [Pa/m, Pa, J/m2] (arrays where these scatter or depend on direction). The
    CohesiveLaw's `evaluate(opening, history, step_over_viscosity, parameters)` gives traction,
    tangent, history and energies: see physics.interfaces.cohesive.law.
contact_law
    mine(pressure, conforming_pressure) -> real contact fraction, 0 to 1, of faces pressed together
    for the first time; pressures [Pa], and only their ratio may count. conforming_pressure is the
    material's contact_hardness. What it keeps when the pressure falls follows from
    unloading_exponent (1/2 unless given).
kinetics
    mine(overpotential, temperature) -> (g, dg/d overpotential) with i = i0 g the current density of
    what conducts [A/m2], positive out of the electrode, i0 the exchange current density;
    overpotential [V], temperature [K]. g is 0 at 0 V and rises everywhere. Film, stress and contact
    act as they do with Butler and Volmer's law.

In what identifies a result, an own law stands by its name, its source text and the values that it
closes over.
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from chemomech.case import CaseError
from chemomech.materials import MaterialError
from chemomech.physics.electrochemistry.butler_volmer import KINETICS
from chemomech.physics.interfaces.cohesive import COHESIVE_LAWS
from chemomech.physics.interfaces.contact import CONTACT_LAWS
from chemomech.physics.thermal import REFERENCE_TEMPERATURE

# Property of an interface's material that names a law -> the laws that every case knows.
LIBRARY: dict[str, Mapping[str, Any]] = {
    "cohesive_law": COHESIVE_LAWS,
    "contact_law": CONTACT_LAWS,
    "kinetics": KINETICS,
}
DEFAULTS = {"cohesive_law": "bilinear", "contact_law": "plastic", "kinetics": "butler_volmer"}


@dataclass(frozen=True)
class Laws:
    """Laws that a case's interfaces may name.

    Attributes
    ----------
    own : mapping of str to function
        Laws of one's own by their names; those of the library are known anyway.
    """

    own: Mapping[str, Callable] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Raise CaseError for what is no function, and for names that the library has."""
        for name, function in self.own.items():
            if not callable(function):
                raise CaseError(f"laws.{name}: given {function!r}; write a function")
            for key, known in LIBRARY.items():
                if name in known:
                    raise CaseError(f"laws.{name}: is a {key} of the library; take another name")

    def of(self, material: Any, key: str) -> str | Callable:
        """Look up the law that a material names under `key`: a name of the library, or a function.

        Raises MaterialError, listing the known names.
        """
        name = material.get(key, DEFAULTS[key])
        if name in self.own:
            return self.own[name]
        if name not in LIBRARY[key]:
            known = ", ".join([*LIBRARY[key], *self.own])
            raise MaterialError(f'{material.name}.{key}: given "{name}"; known: {known}')
        return name

    def check_used(self, materials: Mapping[str, Any]) -> None:
        """Raise CaseError for own laws that no interface of a case names, or that are no laws."""
        used = {(material.get(key), key) for material in materials.values() for key in LIBRARY}
        named = {name for name, _ in used}
        for name, function in self.own.items():
            if name not in named:
                keys = ", ".join(LIBRARY)
                raise CaseError(f"laws.{name}: no interface of the case names it under {keys}")
            for key, wrong in (("contact_law", _wrong_contact), ("kinetics", _wrong_kinetics)):
                problem = wrong(function) if (name, key) in used else ""
                if problem:
                    raise CaseError(f"laws.{name}: is no {key}: {problem}")

    def sources(self) -> dict[str, str]:
        """Own laws by name, each as a text that changes when the law does."""
        return {name: source_of(function) for name, function in self.own.items()}


LIBRARY_LAWS = Laws()  # of a case without laws of its own


def _wrong_contact(function: Callable) -> str:
    """Say why a function is no law of first loading, from samples; "" where nothing is wrong."""
    pressure = np.concatenate([[0.0], np.logspace(-6.0, 2.0, 81)])
    found = function(pressure.copy(), 1.0)
    problem = _no_numbers(found, pressure)
    if problem:
        return problem
    if np.min(found) < 0.0 or np.max(found) > 1.0:
        return f"its fractions go from {np.min(found):.3g} to {np.max(found):.3g}; write 0 to 1"
    return "its fraction falls where the pressure rises" if np.min(np.diff(found)) < 0.0 else ""


def _wrong_kinetics(function: Callable) -> str:
    """Say why a function is no law of charge transfer, from samples; "" where nothing is wrong."""
    voltage = np.linspace(-0.2, 0.2, 81)
    found = function(voltage.copy(), REFERENCE_TEMPERATURE)
    if not isinstance(found, (tuple, list)) or len(found) != 2:
        return "it returns no pair; write g and its slope"
    for each in found:
        problem = _no_numbers(each, voltage)
        if problem:
            return problem
    current, slope = found
    if abs(current[40]) > 1e-9 * np.max(np.abs(current)):
        return f"g is {current[40]:.3g} at 0 V; it must be 0"
    if np.min(np.diff(current)) < 0.0 or np.min(slope) < 0.0:
        return "g falls where the overpotential rises"
    width = 1e-6
    above, below = (function(voltage + side, REFERENCE_TEMPERATURE)[0] for side in (width, -width))
    away = np.abs((above - below) / (2.0 * width) - slope)
    # Single points may be the kinks of a law in pieces.
    if np.mean(away > 1e-2 * np.abs(slope) + 1e-6 * np.max(slope)) > 0.1:
        return "what it gives as the slope is not that of its g"
    return ""


def _no_numbers(found: Any, like: np.ndarray) -> str:
    """Say why a value is no array of finite numbers with one for each sample; "" where it is."""
    if not isinstance(found, np.ndarray) or found.shape != like.shape:
        return f"it gives {type(found).__name__} {np.shape(found)} for an array {like.shape}"
    if found.dtype.kind not in "fiu" or not np.all(np.isfinite(found)):
        return "it gives what is not a finite number"
    return ""


def source_of(function: Callable) -> str:
    """Write a function as a text: its source, or else its code, and the values it closes over."""
    parts: list[Any] = []
    while isinstance(function, partial):
        parts.append((function.args, sorted(function.keywords.items())))
        function = function.func
    try:
        parts.append(inspect.getsource(function))
    except (OSError, TypeError):
        code = getattr(function, "__code__", None)
        parts.append(repr(function) if code is None else (code.co_code, code.co_consts))
    closure = getattr(function, "__closure__", None) or ()
    parts += [getattr(function, "__defaults__", None), *(cell.cell_contents for cell in closure)]
    return "\n".join(each if isinstance(each, str) else repr(each) for each in parts if each)
