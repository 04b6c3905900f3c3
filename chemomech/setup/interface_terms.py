"""From the material of an interface to the terms of its law; no mesh is needed, so a wrong case is refused early.

Every function raises ValueError (or MaterialError, where a property is missing) with a text for the
user.
"""

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from chemomech.case.choices import sides_of
from chemomech.materials import MaterialError, Property
from chemomech.materials.records import DERIVED
from chemomech.physics.fracture.energy import fracture_energy
from chemomech.physics.interfaces import contact
from chemomech.physics.interfaces.cohesive import COHESIVE_LAWS, MODE_MIXITY
from chemomech.physics.interfaces.cohesive.debonded import debonded_law
from chemomech.physics.interfaces.fatigue import FatigueParameters
from chemomech.setup.laws import LIBRARY_LAWS

GROWTH_RATES = ("interphase_parabolic_rate", "interphase_linear_rate")
CREEP = ("creep_rate", "creep_stress", "creep_exponent")


def named(face, key, default, choices):
    """A name among choices; raises MaterialError that lists them."""
    name = face.get(key, default)
    if name not in choices:
        raise MaterialError(f'{face.name}.{key}: given "{name}"; known: {", ".join(choices)}')
    return name


def is_debonded(face):
    """Whether a material's interface was never bonded: its initial damage is 1."""
    return face.get("initial_damage", 0.0) == 1.0


class Bond(NamedTuple):
    """What holds an interface: strength [Pa] and fracture energy [J/m2] of opening, and both of shear."""

    strength: float
    fracture_energy: float
    shear_strength: float
    fracture_energy_shear: float


def bond_of(face):
    """Bond of a material where its crack runs, the face or its coating.

    Opening: coating_strength and coating_fracture_energy together where that energy is less than
    fracture_energy, else strength and fracture_energy. Shear: what is given as shear_strength or
    fracture_energy_shear, and what is not given as in opening, after that choice.
    """
    energy, coating = face.fracture_energy, face.get("coating_fracture_energy", np.inf)
    # Only what holds is read: the other strength has no say.
    strength = face.coating_strength if coating < energy else face.strength
    energy = min(energy, coating)
    return Bond(
        strength,
        energy,
        face.get("shear_strength", strength),
        face.get("fracture_energy_shear", energy),
    )


def cohesion_of(face, strength_factor=1.0, energy_factor=1.0, laws=LIBRARY_LAWS):
    """CohesiveLaw of a material; factors: numbers or arrays over points that multiply strengths and energies."""
    if is_debonded(face):
        return debonded_law(face.stiffness)
    law = laws.of(face, "cohesive_law")
    make = law if callable(law) else COHESIVE_LAWS[law]
    own = {}
    if face.has("softening_shape"):
        if face.get("cohesive_law") != "ppr":
            raise MaterialError(
                f'{face.name}.softening_shape: is only for cohesive_law = "ppr"; leave it out'
            )
        own["shape"] = face.softening_shape
    bond = bond_of(face)
    return make(
        face.stiffness,
        np.asarray(bond.strength * strength_factor),
        np.asarray(bond.shear_strength * strength_factor),
        np.asarray(bond.fracture_energy * energy_factor),
        np.asarray(bond.fracture_energy_shear * energy_factor),
        face.get("mixed_mode_exponent", 2.0),
        named(face, "mode_mixing", "benzeggagh_kenane", MODE_MIXITY),
        **own,
    )


def crack_face(face, material):
    """The interface material of cracks inside a material, with that one's K_Ic^2 (1 - nu^2)/E where it has no energy.

    Raises MaterialError when neither is given.
    """
    if face.has("fracture_energy"):
        return face
    if not material.has("fracture_toughness"):
        raise MaterialError(
            f"{face.name}: needs fracture_energy, as {material.name} has no fracture_toughness"
        )
    energy = fracture_energy(
        material.fracture_toughness, material.young_modulus, material.poisson_ratio
    )
    return with_value(
        face, "fracture_energy", energy, "J/m^2", f"K_Ic^2 (1 - nu^2)/E of {material.name}"
    )


def by_openings(face):
    """The interface material with strength 2 G_c/final_opening and stiffness strength/onset_opening, where given.

    Raises MaterialError when it gives an opening and what follows from it, or a law that is not
    bilinear.
    """
    given = {"final_opening": "strength", "onset_opening": "stiffness"}
    for name, other in given.items():
        if face.has(name) and face.has(other):
            raise MaterialError(
                f"{face.name}.{name}: is given beside {other}; leave one of them out"
            )
        if face.has(name) and face.get("cohesive_law", "bilinear") != "bilinear":
            raise MaterialError(
                f'{face.name}.{name}: is only for cohesive_law = "bilinear"; leave it out'
            )
    if face.has("final_opening"):
        strength = 2.0 * face.fracture_energy / face.final_opening
        face = with_value(face, "strength", strength, "Pa", "2 fracture_energy/final_opening")
    if face.has("onset_opening"):
        face = with_value(
            face, "stiffness", face.strength / face.onset_opening, "Pa/m", "strength/onset_opening"
        )
    return face


def with_value(face, name, value, unit, source):
    """A material with another value of one property, in SI units."""
    entry = Property(name, float(value), f"{value:.4g} {unit}", unit, source, DERIVED)
    return replace(face, properties={**face.properties, name: entry})


class Film(NamedTuple):
    """What ions cross beside the interface itself.

    resistance [ohm m2] of film and coating and conductivity [S/m] of the interphase (inf where none
    grows) at 25 degC; activation energy [J/mol] of conduction through all of them.
    """

    resistance: float
    conductivity: float
    activation_energy: float


def film_of(face):
    """Film of a material; raises MaterialError for an interphase without interphase_conductivity."""
    resistance = face.get("film_resistance", 0.0)
    if face.has("coating_thickness"):
        resistance += face.coating_thickness / face.coating_conductivity
    grows = [key for key in GROWTH_RATES if face.has(key)]
    if grows and not face.has("interphase_conductivity"):
        raise MaterialError(
            f"{face.name}.{grows[0]}: at an electrode needs interphase_conductivity in S/m beside it"
        )
    return Film(
        resistance,
        face.interphase_conductivity if grows else np.inf,
        face.get("film_activation_energy", 0.0),
    )


def fatigue_of(face):
    """FatigueParameters of a material, or None when it has none."""
    given = [
        key for key in ("fatigue_length", "fatigue_endurance", "fatigue_threshold") if face.has(key)
    ]
    if not given:
        return None
    if "fatigue_length" not in given:
        raise MaterialError(f"{face.name}.{given[0]}: needs fatigue_length beside it")
    return FatigueParameters(
        face.fatigue_length, face.get("fatigue_endurance", 0.0), face.get("fatigue_threshold", 0.0)
    )


def _hardness(name, face, sides):
    """Contact hardness [Pa] of an interface: its own, else that of the softer of its two sides."""
    if face.has("contact_hardness"):
        return face.contact_hardness
    lacking = [side.name for side in sides if not side.has("hardness")]
    if lacking:
        raise MaterialError(
            f'{face.name} has no "contact_hardness" and {", ".join(lacking)} no "hardness"; '
            f"interfaces.{name} needs the first, or the second of both its regions"
        )
    return min(side.hardness for side in sides)


def rough_contact_of(name, face, bulk, bare=False, laws=LIBRARY_LAWS):
    """(law's name or function, contact.RoughContact) of an interface "region|region" between materials of `bulk`.

    bare: without contact_hardness nothing touches once it is broken; else it is the least hardness
    of the two sides, the softer of which flows (Tabor 1951, The Hardness of Metals).
    """
    law = laws.of(face, "contact_law")
    sides = [bulk[region] for region in sides_of(name)]
    if law == "persson":
        one, two = sides
        modulus = contact.contact_modulus(
            one.young_modulus, one.poisson_ratio, two.young_modulus, two.poisson_ratio
        )
        scale = modulus * face.rms_slope
    else:
        scale = face.get("contact_hardness", np.inf) if bare else _hardness(name, face, sides)
    creep = {}
    if law == "creep":
        softer = [side for side in sides if all(side.has(key) for key in CREEP)]
        if len(softer) != 1:
            raise MaterialError(
                f"interfaces.{name}: contact_law creep needs {', '.join(CREEP)} of one of its regions"
            )
        creep = {key: softer[0].get(key) for key in CREEP} | {
            "growth_per_strain": face.contact_creep_growth
        }
        creep["activation_energy"] = softer[0].get("creep_activation_energy", 0.0)
    return law, contact.RoughContact(scale, face.get("unloading_exponent"), **creep)
