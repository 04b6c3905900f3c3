r"""What holds and drives a body: fixed dofs, dofs that move as one, and one handle.

    u_i = offset_i + factor_i (y_0 + Y)    on fixed dofs, Y [m] the prescribed travel, y = sum_j
    weight_j u_j                 place of the handle on free dofs, F = F_0 - k (y - y_0)
    force along it [N/m], from a dead load F_0 and a spring k.

A handle is driven either by its place (factors; then y = y_0 + Y and F = sum factor_i f_i is the
reaction) or by force and spring (weights). Work done from outside is F dy. Forces are per metre of
depth in plane strain, whole ones in 3D: [N/m] then reads [N].
"""

from dataclasses import dataclass, field

import numpy as np

from chemomech.fem.split_space import facet_nodes


def _none():
    return np.empty(0, dtype=np.int64)


@dataclass(frozen=True)
class Supports:
    """fixed (f,) dofs; offset (f,) [m] and factor (f,), 0 unless given; tied: groups of dofs; handle (h,) dofs and
    weight (h,), empty when driven by place; stiffness k [N/m per m] and rest place y_0 [m] of its
    spring.
    """

    fixed: np.ndarray = field(default_factory=_none)
    offset: np.ndarray | float = 0.0
    factor: np.ndarray | float = 0.0
    tied: tuple = ()
    control_dof: np.ndarray = field(default_factory=_none)
    weight: np.ndarray | float = 1.0
    stiffness: float = 0.0
    rest: float = 0.0

    def values(self, size, prescribed_displacement):
        """Prescribed values of the fixed dofs in a vector of `size` dofs."""
        values = np.zeros(size)
        values[self.fixed] = self.offset + np.asarray(self.factor) * (
            self.rest + prescribed_displacement
        )
        return values

    def position(self, displacement, prescribed_displacement=0.0):
        """y of a displacement [m], under a prescribed travel where there is no free handle."""
        return (
            float(np.sum(self.weight * displacement[self.control_dof]))
            if len(self.control_dof)
            else self.rest + prescribed_displacement
        )

    def force(self, load, displacement, internal):
        """F on the handle [N/m]; internal: nodal forces of the body, from which a reaction is read."""
        if not len(self.control_dof):
            return float(np.sum(self.factor * internal[self.fixed]))
        return load - self.stiffness * (self.position(displacement) - self.rest)

    def applied(self, size, force):
        """Nodal forces of F on the handle, (size,)."""
        applied = np.zeros(size)
        applied[self.control_dof] = self.weight * force
        return applied

    def matrix(self):
        """Stiffness of the handle's spring, (1, h, h)."""
        weight = np.broadcast_to(self.weight, self.control_dof.shape)
        return self.stiffness * np.outer(weight, weight)[None]


def boundary_dofs(domain, space, boundary, component, region=None):
    """Dofs of one displacement component on a named outer boundary, or on what of it belongs to a region."""
    facets = domain.boundaries[boundary]
    if region is not None:
        inside = domain.region[facets.cells[:, 0]] == domain.regions[region]
        facets = facets.subset(inside)
    return facet_nodes(space, facets) * domain.dimension + component


@dataclass(frozen=True)
class Fixture:
    """kind: constant_pressure, spring or fixed_gap; stiffness [Pa/m] of a spring; place U_0 [m] after preload."""

    kind: str = "constant_pressure"
    stiffness: float = 0.0
    position: float = 0.0


def free_sides(domain, space):
    """Supports of a cell in its stack under constant pressure whose right face moves as a plane, without force."""
    up = domain.dimension - 1
    held = np.concatenate(
        [boundary_dofs(domain, space, "bottom", up), boundary_dofs(domain, space, "left", 0)]
    )
    if up == 2:
        held = np.concatenate([held, boundary_dofs(domain, space, "front", 1)])
    platen, planes = (
        boundary_dofs(domain, space, "top", up),
        [boundary_dofs(domain, space, "right", 0)],
    )
    planes += [boundary_dofs(domain, space, "back", 1)] if up == 2 else []
    return Supports(np.unique(held), tied=(platen, *planes), control_dof=platen[:1])


def stack_supports(domain, space, fixture=Fixture()):
    """Supports of a cell in its stack: bottom and lateral faces on rollers, a rigid platen on top."""
    up = domain.dimension - 1
    held = [boundary_dofs(domain, space, "bottom", up)]
    held += [boundary_dofs(domain, space, face, 0) for face in ("left", "right")]
    if up == 2:
        held += [boundary_dofs(domain, space, face, 1) for face in ("front", "back")]
    fixed, platen = np.unique(np.concatenate(held)), boundary_dofs(domain, space, "top", up)
    if fixture.kind == "fixed_gap":
        factor = np.concatenate([np.zeros(len(fixed)), np.ones(len(platen))])
        return Supports(np.concatenate([fixed, platen]), factor=factor, rest=fixture.position)
    stiffness = (
        fixture.stiffness * domain.boundary_measure("top") if fixture.kind == "spring" else 0.0
    )
    return Supports(
        fixed, tied=(platen,), control_dof=platen[:1], stiffness=stiffness, rest=fixture.position
    )
