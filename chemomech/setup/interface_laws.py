"""From the material of an interface to its law, with values at every point.

Strength and toughness of one interface may depend on direction (the facet's normal against an axis)
and scatter in space; both factors multiply the library's values point by point.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from chemomech.fem.domain import Domain, Facets
from chemomech.fem.operators import facet_normals
from chemomech.materials.records import Material
from chemomech.models.body import by_cell
from chemomech.physics.interfaces import scatter
from chemomech.physics.interfaces.interface import InterfaceLaw
from chemomech.setup.interface_terms import bond_of, cohesion_of, fatigue_of, is_debonded
from chemomech.setup.laws import LIBRARY_LAWS, Laws

# K_c h/E of closed faces: they overlap by a hundredth of what a layer one facet thick gives way.
CONTACT_STIFFNESS = 100.0


def interface_law(
    domain: Domain,
    facets: Facets,
    material: Material,
    bulk: Mapping[str, Material],
    points: NDArray,
    laws: Laws = LIBRARY_LAWS,
) -> InterfaceLaw:
    """Make the law of an interface: cohesion, contact, friction and fatigue.

    Parameters
    ----------
    domain : Domain
        The mesh.
    facets : Facets
        The k facets of the interface.
    material : Material
        Its material.
    bulk : mapping of str to Material
        Of the regions.
    points : (k, q, d) array
        Its quadrature points [m].
    laws : Laws
        What it may name.

    Raises
    ------
    ValueError
        For numbers with which the law could not be.
    """
    stiffness = contact_stiffness(domain, facets, material, bulk)
    friction = material.get("friction_coefficient", 0.0)
    if is_debonded(material):
        return InterfaceLaw(cohesion_of(material), stiffness, friction)
    strength, energy = factors(domain, facets, material, points)
    return InterfaceLaw(
        cohesion_of(material, strength, energy, laws),
        stiffness,
        friction,
        fatigue_of(material),
        bond_of(material).strength * strength,
    )


def contact_stiffness(
    domain: Domain, facets: Facets, material: Material, bulk: Mapping[str, Material]
) -> float | NDArray:
    """Find what closed faces resist overlap with [Pa/m]: the material's own, else 100 E/h, (k, 1).

    h is the facet's size, E the harmonic mean of Young's modulus on its two sides: the overlap is
    part of the mesh's error, not of the interface. The bond's stiffness has no say.

    Parameters
    ----------
    domain, facets
        The mesh and the k facets of the interface.
    material : Material
        Of the interface.
    bulk : mapping of str to Material
        Of the regions.
    """
    if material.has("contact_stiffness"):
        return material.contact_stiffness
    young = by_cell(domain, {name: each.young_modulus for name, each in bulk.items()})
    compliance = np.mean(1.0 / young[facets.cells], axis=1)
    return CONTACT_STIFFNESS / (compliance * facet_sizes(domain, facets)[:, None])


def relative_stiffness(
    domain: Domain, facets: Facets, stiffness: float, young_modulus: Mapping[str, float]
) -> float:
    """Find the largest K h/E of an interface.

    From about 1 on tractions swing from point to point in front of a crack (docs/interfaces.md).

    Parameters
    ----------
    domain : Domain
        The mesh.
    facets : Facets
        The interface; their size is h.
    stiffness : float
        K of its bond [Pa/m].
    young_modulus : mapping of str to float
        Of every region [Pa]; E is that of the softer side.
    """
    size, modulus = facet_sizes(domain, facets), np.zeros(len(domain.region))
    for name, value in young_modulus.items():
        modulus[domain.cells_of(name)] = value
    return float(np.max(stiffness * size / modulus[facets.cells].min(axis=1)))


def facet_sizes(domain: Domain, facets: Facets) -> NDArray:
    """Longest edge from one corner of each facet, (k,) [m]."""
    vertices = facets.of_first_cell(domain.vertices)
    edges = domain.points[vertices[:, 1:]] - domain.points[vertices[:, :1]]
    return np.linalg.norm(edges, axis=2).max(axis=1)


def factors(
    domain: Domain, facets: Facets, material: Material, points: NDArray
) -> tuple[NDArray, NDArray]:
    """Find the factors of strength and of fracture energy at the points, (k, q) or (k, 1) each.

    The strength scatters, the energy does not; direction changes both, so that the final opening
    stays.

    Parameters
    ----------
    domain, facets
        The mesh and the k facets of the interface.
    material : Material
        Its material.
    points : (k, q, d) array
        Its quadrature points [m].
    """
    direction = np.ones((len(facets), 1))
    if material.has("anisotropy_ratio"):
        angle = material.get("anisotropy_angle", 0.0)
        axis = np.zeros(domain.dimension)
        # From the width towards the height, which is the last axis.
        axis[[0, -1]] = np.cos(angle), np.sin(angle)
        normals = facet_normals(domain, facets)
        direction = scatter.anisotropy(normals, axis, material.anisotropy_ratio)[:, None]
    if not material.has("weibull_modulus"):
        return direction, direction
    modulus, length = material.weibull_modulus, material.correlation_length
    seed = int(material.get("scatter_seed", 0))
    return direction * scatter.strength_factor(points, modulus, length, seed), direction
