"""From the material of an interface to the terms of its law.

No mesh is needed, so a wrong case is refused early. Every function raises ValueError (or
MaterialError, where a property is missing) with a text for the user.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from chemomech.case.choices import sides_of
from chemomech.case.errors import CaseError
from chemomech.materials import MaterialError, Property
from chemomech.materials.records import DERIVED, Material
from chemomech.physics.electrochemistry.scaled_kinetics import SITE_DEPENDENCE
from chemomech.physics.fracture.energy import fracture_energy
from chemomech.physics.interfaces import contact
from chemomech.physics.interfaces.cohesive import COHESIVE_LAWS, MODE_MIXITY, CohesiveLaw
from chemomech.physics.interfaces.cohesive.debonded import debonded_law
from chemomech.physics.interfaces.fatigue import FatigueParameters
from chemomech.setup.laws import LIBRARY_LAWS, Laws

GROWTH_RATES = ("interphase_parabolic_rate", "interphase_linear_rate")
CREEP = ("creep_rate", "creep_stress", "creep_exponent")


def is_debonded(material: Material) -> bool:
    """Whether a material's interface was never bonded: its initial damage is 1."""
    return material.get("initial_damage", 0.0) == 1.0


class Bond(NamedTuple):
    """What holds an interface.

    Attributes
    ----------
    strength, fracture_energy : float
        Of opening [Pa, J/m2].
    shear_strength, fracture_energy_shear : float
        Of shear [Pa, J/m2].
    """

    strength: float
    fracture_energy: float
    shear_strength: float
    fracture_energy_shear: float


def bond_of(material: Material) -> Bond:
    """Find what holds an interface where its crack runs: along the materials or their coating.

    Opening: coating_strength and coating_fracture_energy together where that energy is less than
    fracture_energy, else strength and fracture_energy. Shear: what is given as shear_strength or
    fracture_energy_shear, and what is not given as in opening, after that choice.
    """
    energy, coating = material.fracture_energy, material.get("coating_fracture_energy", np.inf)
    # Only what holds is read: the other strength has no say.
    strength = material.coating_strength if coating < energy else material.strength
    energy = min(energy, coating)
    return Bond(
        strength,
        energy,
        material.get("shear_strength", strength),
        material.get("fracture_energy_shear", energy),
    )


def cohesion_of(
    material: Material,
    strength_factor: float | NDArray = 1.0,
    energy_factor: float | NDArray = 1.0,
    laws: Laws = LIBRARY_LAWS,
) -> CohesiveLaw:
    """Make the cohesive law of an interface.

    Parameters
    ----------
    material : Material
        Of the interface.
    strength_factor, energy_factor : float or array
        What multiplies strengths and energies; arrays over its points (k, q) or (k, 1).
    laws : Laws
        What it may name.

    Raises
    ------
    MaterialError, ValueError
        For unknown names, and for numbers with which the law could not be.
    """
    if is_debonded(material):
        return debonded_law(material.stiffness)
    law = laws.of(material, "cohesive_law")
    make = law if callable(law) else COHESIVE_LAWS[law]
    own = {}
    if material.has("softening_shape"):
        if material.get("cohesive_law") != "ppr":
            raise MaterialError(
                f'{material.name}.softening_shape: is only for cohesive_law = "ppr"; leave it out'
            )
        own["shape"] = material.softening_shape
    rule = material.get("mode_mixing", "benzeggagh_kenane")
    if rule not in MODE_MIXITY:
        known = ", ".join(MODE_MIXITY)
        raise MaterialError(f'{material.name}.mode_mixing: given "{rule}"; known: {known}')
    bond = bond_of(material)
    made = make(
        material.stiffness,
        np.asarray(bond.strength * strength_factor),
        np.asarray(bond.shear_strength * strength_factor),
        np.asarray(bond.fracture_energy * energy_factor),
        np.asarray(bond.fracture_energy_shear * energy_factor),
        material.get("mixed_mode_exponent", 2.0),
        rule,
        **own,
    )
    if not isinstance(made, CohesiveLaw):
        name = material.get("cohesive_law")
        raise MaterialError(f"laws.{name}: gives {made!r}; a cohesive law is a CohesiveLaw")
    return made


def crack_material(cracks: Material, material: Material) -> Material:
    """Complete the interface material of cracks by K_Ic^2 (1 - nu^2)/E of the material that cracks.

    Parameters
    ----------
    cracks : Material
        Of the cracks; with a fracture_energy it stays as it is.
    material : Material
        Of the region.

    Raises
    ------
    MaterialError
        When neither a fracture energy nor a fracture toughness is given.
    """
    if cracks.has("fracture_energy"):
        return cracks
    if not material.has("fracture_toughness"):
        raise MaterialError(
            f"{cracks.name}: needs fracture_energy, as {material.name} has no fracture_toughness"
        )
    energy = float(
        fracture_energy(material.fracture_toughness, material.young_modulus, material.poisson_ratio)
    )
    return with_value(
        cracks, "fracture_energy", energy, "J/m^2", f"K_Ic^2 (1 - nu^2)/E of {material.name}"
    )


def by_openings(material: Material) -> Material:
    """Complete an interface material by what its openings say, where it gives some.

    strength = 2 fracture_energy/final_opening, stiffness = strength/onset_opening.

    Raises
    ------
    MaterialError
        When it gives an opening and what follows from it, or a law that is not bilinear.
    """
    given = {"final_opening": "strength", "onset_opening": "stiffness"}
    for name, other in given.items():
        if material.has(name) and material.has(other):
            raise MaterialError(
                f"{material.name}.{name}: is given beside {other}; leave one of them out"
            )
        if material.has(name) and material.get("cohesive_law", "bilinear") != "bilinear":
            raise MaterialError(
                f'{material.name}.{name}: is only for cohesive_law = "bilinear"; leave it out'
            )
    if material.has("final_opening"):
        strength = 2.0 * material.fracture_energy / material.final_opening
        material = with_value(
            material, "strength", strength, "Pa", "2 fracture_energy/final_opening"
        )
    if material.has("onset_opening"):
        material = with_value(
            material,
            "stiffness",
            material.strength / material.onset_opening,
            "Pa/m",
            "strength/onset_opening",
        )
    return material


def with_value(material: Material, name: str, value: float, unit: str, source: str) -> Material:
    """Give a material another value of one property, in SI units, with where it comes from."""
    entry = Property(name, float(value), f"{value:.4g} {unit}", unit, source, DERIVED)
    return replace(material, properties={**material.properties, name: entry})


class Film(NamedTuple):
    """What ions cross beside the interface itself.

    Attributes
    ----------
    resistance : float
        Of film and coating at 25 degC [ohm m2].
    conductivity : float
        Of the interphase at 25 degC [S/m], infinite where none grows.
    activation_energy : float
        Of conduction through all of them [J/mol].
    """

    resistance: float
    conductivity: float
    activation_energy: float


def film_of(material: Material) -> Film:
    """Find an electrode's film; MaterialError for an interphase without conductivity."""
    resistance = material.get("film_resistance", 0.0)
    if material.has("coating_thickness"):
        resistance += material.coating_thickness / material.coating_conductivity
    grows = [key for key in GROWTH_RATES if material.has(key)]
    if grows and not material.has("interphase_conductivity"):
        raise MaterialError(
            f"{material.name}.{grows[0]}: at an electrode needs interphase_conductivity in S/m "
            "beside it"
        )
    return Film(
        resistance,
        material.interphase_conductivity if grows else np.inf,
        material.get("film_activation_energy", 0.0),
    )


def fatigue_of(material: Material) -> FatigueParameters | None:
    """Find the parameters of fatigue of an interface, None when it has none."""
    given = [
        key
        for key in ("fatigue_length", "fatigue_endurance", "fatigue_threshold")
        if material.has(key)
    ]
    if not given:
        return None
    if "fatigue_length" not in given:
        raise MaterialError(f"{material.name}.{given[0]}: needs fatigue_length beside it")
    return FatigueParameters(
        material.fatigue_length,
        material.get("fatigue_endurance", 0.0),
        material.get("fatigue_threshold", 0.0),
    )


def _first_hardness(name: str, material: Material, sides: list[Material], bare: bool) -> float:
    """Contact hardness [Pa] of an interface: its own, else infinite if bare, else the softer's."""
    if bare or material.has("contact_hardness"):
        return material.get("contact_hardness", np.inf)
    lacking = [side.name for side in sides if not side.has("hardness")]
    if lacking:
        raise MaterialError(
            f'{material.name} has no "contact_hardness" and {", ".join(lacking)} no "hardness"; '
            f"interfaces.{name} needs the first, or the second of both its regions"
        )
    return min(side.hardness for side in sides)


def rough_contact_of(
    name: str,
    material: Material,
    bulk: Mapping[str, Material],
    bare: bool = False,
    laws: Laws = LIBRARY_LAWS,
) -> tuple[str | Callable, contact.RoughContact]:
    """Find the law of rough contact of an interface, a name or a function, and its parameters.

    Parameters
    ----------
    name : str
        The interface, "region|region".
    material : Material
        Its material.
    bulk : mapping of str to Material
        Of the regions.
    bare : bool
        Whether nothing conducts through a broken interface without contact_hardness; else that is
        the least hardness of the two sides, the softer of which flows (Tabor 1951, The Hardness of
        Metals).
    laws : Laws
        What it may name.

    Raises
    ------
    MaterialError
        For what the law needs and the materials lack.
    """
    law = laws.of(material, "contact_law")
    sides = [bulk[region] for region in sides_of(name)]
    adhesion = 0.0
    if material.get("work_of_adhesion", 0.0):
        adhesion = contact.adhesive_pressure(material.work_of_adhesion, material.roughness)
    if law == "creep":
        return law, _creeping_contact(name, material, sides, bare, adhesion)
    if law == "persson":
        one, two = sides
        modulus = contact.contact_modulus(
            one.young_modulus, one.poisson_ratio, two.young_modulus, two.poisson_ratio
        )
        scale = modulus * material.rms_slope
    else:
        scale = _first_hardness(name, material, sides, bare)
    exponent = material.get("unloading_exponent")
    return law, contact.RoughContact(scale, exponent, adhesive_pressure=adhesion)


def _creeping_contact(
    name: str, material: Material, sides: list[Material], bare: bool, adhesion: float
) -> contact.RoughContact:
    """Parameters of contact that creeps: asperities as strong as bodies of the roughness's size.

    Without a roughness they are as strong as the bulk.
    """
    soft = [side for side in sides if all(side.has(key) for key in CREEP)]
    if len(soft) != 1:
        raise MaterialError(
            f"interfaces.{name}: contact_law creep needs {', '.join(CREEP)} of one of its regions; "
            'write contact_law = "plastic" for an instant\'s contact'
        )
    (metal,), factor = soft, 1.0
    if material.has("roughness"):
        yields = metal.yield_strength
        factor = contact.strengthening(metal.size_strength, material.roughness, yields)
        hardness = material.get("contact_hardness", contact.CONSTRAINT * factor * yields)
    else:
        hardness = _first_hardness(name, material, sides, bare)
    return contact.RoughContact(
        hardness,
        material.get("unloading_exponent"),
        creep_rate=metal.creep_rate,
        creep_stress=factor * metal.creep_stress,
        creep_exponent=metal.creep_exponent,
        growth_per_strain=material.contact_creep_growth,
        activation_energy=metal.get("creep_activation_energy", 0.0),
        adhesive_pressure=adhesion,
    )


def site_dependence_of(interface: Material) -> Callable:
    """Look up how an interface's exchange current depends on x; MaterialError lists the names."""
    name = interface.get("exchange_current_dependence", "sites")
    if name not in SITE_DEPENDENCE:
        raise MaterialError(
            f'{interface.name}.exchange_current_dependence: given "{name}"; known: '
            + ", ".join(SITE_DEPENDENCE)
        )
    return SITE_DEPENDENCE[name]


LONGEST_SOFTENING = 1e-3  # m


def check_softening(name: str, material: Material, laws: Laws = LIBRARY_LAWS) -> None:
    """Raise CaseError unless a traction law can soften.

    It can where stiffness > strength^2 / (2 fracture energy) in both modes, and where it ends at an
    opening within a cell. A law of one's own checks itself.
    """
    if callable(laws.of(material, "cohesive_law")):
        return
    bond = bond_of(material)
    modes = [
        (bond.strength, bond.fracture_energy),
        (bond.shear_strength, bond.fracture_energy_shear),
    ]
    longest = max(2.0 * energy / strength for strength, energy in modes)
    if longest > LONGEST_SOFTENING:
        raise CaseError(
            f'interfaces."{name}".strength: with this fracture_energy the faces would pull on each '
            f"other up to {longest:.2g} m apart (2 fracture_energy/strength); at most "
            f"{LONGEST_SOFTENING:g} m, wider than any gap; without a bond write initial_damage = 1"
        )
    least = max(strength**2 / (2.0 * energy) for strength, energy in modes)
    if not material.stiffness > least:
        raise CaseError(
            f'interfaces."{name}".stiffness: given {material.stiffness:.3g} Pa/m; must be greater '
            f"than strength^2 / (2 fracture_energy) = {least:.3g} Pa/m, "
            "or the interface could not soften"
        )
