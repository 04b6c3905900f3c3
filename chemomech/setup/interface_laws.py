"""From the material of an interface to its law: cohesion, contact, friction and fatigue with values at every point.

Strength and toughness of one interface may depend on direction (the facet's normal against an axis)
and scatter in space; both factors multiply the library's values point by point.
"""

import numpy as np

from chemomech.fem.operators import facet_normals
from chemomech.physics.interfaces import scatter
from chemomech.physics.interfaces.interface import InterfaceLaw
from chemomech.setup.interface_terms import bond_of, cohesion_of, fatigue_of, is_debonded
from chemomech.setup.laws import LIBRARY_LAWS


def interface_law(domain, facets, face, points, laws=LIBRARY_LAWS):
    """InterfaceLaw of a material `face` on facets (k) with points (k, q, d) [m]; raises ValueError."""
    stiffness = face.get("contact_stiffness", face.stiffness)
    friction = face.get("friction_coefficient", 0.0)
    if is_debonded(face):
        return InterfaceLaw(cohesion_of(face), stiffness, friction)
    strength, energy = factors(domain, facets, face, points)
    return InterfaceLaw(
        cohesion_of(face, strength, energy, laws),
        stiffness,
        friction,
        fatigue_of(face),
        bond_of(face).strength * strength,
    )


def relative_stiffness(domain, facets, stiffness, young_modulus):
    """Largest K h/E of an interface: h the facets' size, E of the softer side; young_modulus: region -> E [Pa].

    From about 1 on tractions swing from point to point in front of a crack (docs/interfaces.md).
    """
    size, modulus = facet_sizes(domain, facets), np.zeros(len(domain.region))
    for name, value in young_modulus.items():
        modulus[domain.cells_of(name)] = value
    return float(np.max(stiffness * size / modulus[facets.cells].min(axis=1)))


def facet_sizes(domain, facets):
    """Longest edge from one corner of each facet, (k,) [m]."""
    vertices = facets.of_first_cell(domain.vertices)
    edges = domain.points[vertices[:, 1:]] - domain.points[vertices[:, :1]]
    return np.linalg.norm(edges, axis=2).max(axis=1)


def factors(domain, facets, face, points):
    """Factors of strength and of fracture energy at the points, (k, q) or (k, 1) each.

    The strength scatters, the energy does not; direction changes both, so that the final opening
    stays.
    """
    direction = np.ones((len(facets), 1))
    if face.has("anisotropy_ratio"):
        angle = face.get("anisotropy_angle", 0.0)
        axis = np.zeros(domain.dimension)
        # From the width towards the height, which is the last axis.
        axis[[0, -1]] = np.cos(angle), np.sin(angle)
        direction = scatter.anisotropy(facet_normals(domain, facets), axis, face.anisotropy_ratio)[
            :, None
        ]
    strength = direction
    if face.has("weibull_modulus"):
        strength = direction * scatter.strength_factor(
            points, face.weibull_modulus, face.correlation_length, int(face.get("scatter_seed", 0))
        )
    return strength, direction
