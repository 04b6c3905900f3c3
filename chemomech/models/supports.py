r"""What holds and drives a body: fixed dofs, dofs that move as one, and one control dof.

    u_i = offset_i + factor_i (y_0 + Y)   on fixed dofs, Y [m] the prescribed displacement,
    y = sum_j weight_j u_j                position of the control on free dofs,
    F = F_0 - k (y - y_0)                 force along it [N/m], dead load F_0 and spring k.

A body is driven either by the position of its control (factors; then y = y_0 + Y and
F = sum factor_i f_i is the reaction) or by force and spring (weights). Work done from outside is
F dy. Forces are per metre of depth in plane strain, whole ones in 3D: [N/m] then reads [N].
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chemomech.fem.domain import Domain
from chemomech.fem.split_space import facet_nodes


def _none() -> NDArray:
    """No dofs."""
    return np.empty(0, dtype=np.int64)


@dataclass(frozen=True)
class Supports:
    """Prescribed, tied and driven dofs of a body.

    Attributes
    ----------
    fixed : (f,) array
        Dofs whose displacement is prescribed.
    offset, factor : (f,) arrays or numbers
        Their displacement [m] and their share of the prescribed displacement.
    tied : tuple of arrays
        Groups of dofs that move as one.
    control_dof : (h,) array
        Dofs of the control, none where its position is prescribed.
    weight : (h,) array or number
        Their weights in its position.
    stiffness : float
        k of its spring [N/m per m; N/m in 3D].
    rest : float
        Position y_0 where the spring is at rest [m].
    """

    fixed: NDArray = field(default_factory=_none)
    offset: NDArray | float = 0.0
    factor: NDArray | float = 0.0
    tied: tuple[NDArray, ...] = ()
    control_dof: NDArray = field(default_factory=_none)
    weight: NDArray | float = 1.0
    stiffness: float = 0.0
    rest: float = 0.0

    def values(self, size: int, prescribed_displacement: float) -> NDArray:
        """Prescribed values [m] of the fixed dofs in a vector of `size` dofs."""
        values = np.zeros(size)
        position = self.rest + prescribed_displacement
        values[self.fixed] = self.offset + np.asarray(self.factor) * position
        return values

    def position(self, displacement: NDArray, prescribed_displacement: float = 0.0) -> float:
        """Position y [m] of the control, under a prescribed displacement where it is not free."""
        if not len(self.control_dof):
            return self.rest + prescribed_displacement
        return float(np.sum(self.weight * displacement[self.control_dof]))

    def force(self, load: float, displacement: NDArray, internal: NDArray) -> float:
        """Force F on the control [N/m; N in 3D].

        Parameters
        ----------
        load : float
            Dead load F_0 [N/m; N in 3D].
        displacement : (n,) array
            Displacement of the body [m].
        internal : (n,) array
            Its nodal forces, from which a reaction is read.
        """
        if not len(self.control_dof):
            return float(np.sum(self.factor * internal[self.fixed]))
        return load - self.stiffness * (self.position(displacement) - self.rest)

    def applied(self, size: int, force: float) -> NDArray:
        """Nodal forces of F on the control, (size,)."""
        applied = np.zeros(size)
        applied[self.control_dof] = self.weight * force
        return applied

    def matrix(self) -> NDArray:
        """Stiffness of the control's spring, (1, h, h)."""
        weight = np.broadcast_to(self.weight, self.control_dof.shape)
        return self.stiffness * np.outer(weight, weight)[None]


def boundary_dofs(
    domain: Domain, space: Any, boundary: str, component: int, region: str | None = None
) -> NDArray:
    """Find the dofs of one displacement component on an outer boundary.

    Parameters
    ----------
    domain : Domain
        The mesh.
    space : dolfinx function space
        Of the displacements.
    boundary : str
        Name of the outer boundary.
    component : int
        Direction, 0 to d - 1.
    region : str, optional
        Only on what of the boundary belongs to this region.
    """
    facets = domain.boundaries[boundary]
    if region is not None:
        facets = facets.subset(domain.region[facets.cells[:, 0]] == domain.regions[region])
    return facet_nodes(space, facets) * domain.dimension + component


@dataclass(frozen=True)
class Fixture:
    """How a stack is held after its preload.

    Attributes
    ----------
    kind : str
        "constant_pressure", "spring" or "fixed_gap".
    stiffness : float
        Of a spring [Pa/m].
    position : float
        Position of the platen at the end of the preload [m].
    """

    kind: str = "constant_pressure"
    stiffness: float = 0.0
    position: float = 0.0


def free_sides(domain: Domain, space: Any) -> Supports:
    """Hold a cell in its stack under constant pressure while its sides may move.

    The right side, in 3D the back too, moves as a plane without force.
    """
    up = domain.dimension - 1
    held = [boundary_dofs(domain, space, "bottom", up), boundary_dofs(domain, space, "left", 0)]
    platen = boundary_dofs(domain, space, "top", up)
    planes = [boundary_dofs(domain, space, "right", 0)]
    if up == 2:
        held.append(boundary_dofs(domain, space, "front", 1))
        planes.append(boundary_dofs(domain, space, "back", 1))
    fixed = np.unique(np.concatenate(held))
    return Supports(fixed, tied=(platen, *planes), control_dof=platen[:1])


def stack_supports(domain: Domain, space: Any, fixture: Fixture = Fixture()) -> Supports:
    """Hold a cell in its stack: bottom and sides on rollers, a rigid platen on top.

    Parameters
    ----------
    domain : Domain
        The mesh, with its sides as boundaries.
    space : dolfinx function space
        Of the displacements.
    fixture : Fixture
        What the platen meets.
    """
    up = domain.dimension - 1
    held = [boundary_dofs(domain, space, "bottom", up)]
    held += [boundary_dofs(domain, space, side, 0) for side in ("left", "right")]
    if up == 2:
        held += [boundary_dofs(domain, space, side, 1) for side in ("front", "back")]
    fixed, platen = np.unique(np.concatenate(held)), boundary_dofs(domain, space, "top", up)
    if fixture.kind == "fixed_gap":
        factor = np.concatenate([np.zeros(len(fixed)), np.ones(len(platen))])
        return Supports(np.concatenate([fixed, platen]), factor=factor, rest=fixture.position)
    spring = fixture.stiffness if fixture.kind == "spring" else 0.0
    return Supports(
        fixed,
        tied=(platen,),
        control_dof=platen[:1],
        stiffness=spring * domain.boundary_measure("top"),
        rest=fixture.position,
    )
