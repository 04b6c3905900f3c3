"""From the material of an interface to its law: cohesion, contact, friction and fatigue with values at every point.

Strength and toughness of one interface may depend on direction (the facet's normal against an axis) and scatter
in space; both factors multiply the library's values point by point.
"""

import numpy as np

from chemomech.fem.operators import facet_normals
from chemomech.physics import scatter
from chemomech.physics.cohesive import COHESIVE_LAWS
from chemomech.physics.cohesive.none import separated
from chemomech.physics.fatigue import FatigueParameters
from chemomech.physics.interface import InterfaceLaw

WHOLE = 0.999  # an initial damage from here on leaves nothing to separate


def interface_law(domain, facets, face, points):
    """InterfaceLaw of a material `face` on facets (k) with points (k, q, d) [m]; raises ValueError.

    A face that was never bonded (initial_damage 1) needs a stiffness only.
    """
    stiffness = face.stiffness
    contact_stiffness = face.get("contact_stiffness", stiffness)
    friction = face.get("friction_coefficient", 0.0)
    if face.get("initial_damage", 0.0) >= WHOLE:
        return InterfaceLaw(separated(stiffness), contact_stiffness, friction)
    strength_factor, energy_factor = factors(domain, facets, face, points)
    strength, energy = face.strength * strength_factor, face.fracture_energy * energy_factor
    own = {"shape": face.softening_shape} if face.get("softening_shape") is not None else {}
    cohesion = COHESIVE_LAWS[face.get("cohesive_law", "bilinear")](
        stiffness,
        strength,
        face.get("shear_strength", face.strength) * strength_factor,
        energy,
        face.get("fracture_energy_shear", face.fracture_energy) * energy_factor,
        face.get("mixed_mode_exponent", 2.0),
        face.get("mode_mixing", "benzeggagh_kenane"),
        **own,
    )
    return InterfaceLaw(cohesion, contact_stiffness, friction, fatigue_of(face), strength)


def factors(domain, facets, face, points):
    """Factors of strength and of fracture energy at the points, (k, q) each.

    The strength scatters, the energy does not; direction changes both, so that the final opening stays.
    """
    direction = np.ones(points.shape[:2])
    if face.get("anisotropy_ratio") is not None:
        angle = face.get("anisotropy_angle", 0.0)
        axis = np.zeros(domain.dimension)
        axis[:2] = np.cos(angle), np.sin(angle)
        direction = direction * scatter.anisotropy(facet_normals(domain, facets), axis, face.anisotropy_ratio)[:, None]
    strength = direction
    if face.get("weibull_modulus") is not None:
        strength = direction * scatter.strength_factor(
            points, face.weibull_modulus, face.correlation_length, int(face.get("scatter_seed", 0))
        )
    return strength, direction


def fatigue_of(face):
    """FatigueParameters of a material, or None when it has none."""
    if face.get("fatigue_length") is None:
        return None
    return FatigueParameters(
        face.fatigue_length, face.get("fatigue_endurance", 0.0), face.get("fatigue_threshold", 0.0)
    )
