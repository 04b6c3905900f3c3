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

from chemomech.case import CaseError
from chemomech.materials import MaterialError
from chemomech.physics.electrochemistry.butler_volmer import KINETICS
from chemomech.physics.interfaces.cohesive import COHESIVE_LAWS
from chemomech.physics.interfaces.contact import CONTACT_LAWS

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
        """Raise CaseError for own laws that no interface of a case names."""
        named = {material.get(key) for material in materials.values() for key in LIBRARY}
        for name in self.own:
            if name not in named:
                keys = ", ".join(LIBRARY)
                raise CaseError(f"laws.{name}: no interface of the case names it under {keys}")

    def sources(self) -> dict[str, str]:
        """Own laws by name, each as a text that changes when the law does."""
        return {name: source_of(function) for name, function in self.own.items()}


LIBRARY_LAWS = Laws()  # of a case without laws of its own


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
