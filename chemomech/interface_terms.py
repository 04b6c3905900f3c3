"""From the material of an interface to the terms of its law; no mesh is needed, so a wrong case is refused early.

Every function raises ValueError (or MaterialError, where a property is missing) with a text for the user.
"""

import numpy as np

from chemomech.materials import MaterialError
from chemomech.physics import contact
from chemomech.physics.cohesive import COHESIVE_LAWS, MODE_MIXING
from chemomech.physics.cohesive.none import separated
from chemomech.physics.fatigue import FatigueParameters

CREEP = ("creep_rate", "creep_stress", "creep_exponent")


def named(face, key, default, choices):
    """A name among choices; raises MaterialError that lists them."""
    name = face.get(key, default)
    if name not in choices:
        raise MaterialError(f'{face.name}.{key}: given "{name}"; known: {", ".join(choices)}')
    return name


def is_separated(face):
    """Whether a material's interface was never bonded: its initial damage is 1."""
    return face.get("initial_damage", 0.0) == 1.0


def cohesion_of(face, strength_factor=1.0, energy_factor=1.0):
    """CohesiveLaw of a material; factors: numbers or arrays over points that multiply strengths and energies."""
    if is_separated(face):
        return separated(face.stiffness)
    make = COHESIVE_LAWS[named(face, "cohesive_law", "bilinear", COHESIVE_LAWS)]
    own = {}
    if face.get("softening_shape") is not None:
        if face.get("cohesive_law") != "ppr":
            raise MaterialError(f'{face.name}.softening_shape: is only for cohesive_law = "ppr"; leave it out')
        own["shape"] = face.softening_shape
    return make(
        face.stiffness,
        np.asarray(face.strength * strength_factor),
        np.asarray(face.get("shear_strength", face.strength) * strength_factor),
        np.asarray(face.fracture_energy * energy_factor),
        np.asarray(face.get("fracture_energy_shear", face.fracture_energy) * energy_factor),
        face.get("mixed_mode_exponent", 2.0),
        named(face, "mode_mixing", "benzeggagh_kenane", MODE_MIXING),
        **own,
    )


def fatigue_of(face):
    """FatigueParameters of a material, or None when it has none."""
    given = [key for key in ("fatigue_length", "fatigue_endurance", "fatigue_threshold") if face.get(key) is not None]
    if not given:
        return None
    if "fatigue_length" not in given:
        raise MaterialError(f"{face.name}.{given[0]}: needs fatigue_length beside it")
    return FatigueParameters(
        face.fatigue_length, face.get("fatigue_endurance", 0.0), face.get("fatigue_threshold", 0.0)
    )


def rough_contact_of(name, face, bulk):
    """(law's name, contact.RoughContact) of an interface "region|region" between materials of `bulk`."""
    law = named(face, "contact_law", "plastic", contact.CONTACT_LAWS)
    sides = [bulk[region] for region in name.split("|")]
    if law == "persson":
        one, two = sides
        modulus = contact.contact_modulus(
            one.young_modulus, one.poisson_ratio, two.young_modulus, two.poisson_ratio
        )
        scale = modulus * face.rms_slope
    else:
        scale = face.contact_hardness
    creep = {}
    if law == "creep":
        softer = [side for side in sides if all(side.get(key) is not None for key in CREEP)]
        if len(softer) != 1:
            raise MaterialError(f"interfaces.{name}: contact_law creep needs {', '.join(CREEP)} of one of its regions")
        creep = {key: softer[0].get(key) for key in CREEP} | {"growth_per_strain": face.contact_creep_growth}
    return law, contact.RoughContact(scale, face.get("unloading_exponent"), **creep)
