r"""Cracks in the bulk as a field of damage, in a body that may have interfaces as well.

Unknowns u and d of `physics.bulk.phase_field`: u as in `models.mechanics`, d on linear elements in
the regions that have a toughness. Displacement at a given damage: `CrackingMechanics`; damage at a
given energy: `damage_field.DamageField`. Named interfaces break the field of damage: a crack goes
through one by opening it. Where a cracking region meets another one without an interface, grad d
has no normal component. What cracks must be elastic; other regions may flow.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from chemomech.fem.domain import Domain
from chemomech.fem.operators import PointOperator
from chemomech.models.bulk import BulkParameters
from chemomech.models.damage_field import DamageField, Fracture
from chemomech.models.mechanical_parts import Load, MechanicalState, Trial
from chemomech.models.mechanics import Mechanics
from chemomech.models.supports import Supports
from chemomech.physics.bulk import elasticity, phase_field
from chemomech.physics.interfaces.interface import InterfaceLaw

__all__ = ["Cracked", "CrackedState", "CrackingMechanics", "Fracture"]


@dataclass(frozen=True)
class CrackedState(MechanicalState):
    """MechanicalState with `phase` (p,): damage of the nodes of DamageField.space."""

    phase: NDArray | float = 0.0


class Cracked(NamedTuple):
    """What the phase field says of a trial.

    Attributes
    ----------
    phase : (p,) array
        Damage of the nodes.
    factor : (m, q) array
        Degradation g of the cells that crack.
    split : phase_field.Split
        Their energy's parts.
    taken : (m, q, c) array
        Stress that damage takes [Pa].
    force : (n,) array
        Its nodal forces [N/m; N in 3D].
    """

    phase: NDArray
    factor: NDArray
    split: phase_field.Split
    taken: NDArray
    force: NDArray


class CrackingMechanics(Mechanics):
    """Mechanics of a body that cracks in its bulk.

    The damage is that of the state a step starts from.

    Attributes
    ----------
    damage : DamageField
        The field of damage.
    cracking : (m,) array
        Cells that crack.
    cracking_strain : PointOperator
        Their strains.
    cracking_stiffness : (m, 1, c, c) array
        Their elastic stiffness [Pa].
    """

    damage: DamageField
    cracking: NDArray
    cracking_strain: PointOperator
    cracking_stiffness: NDArray

    def __init__(
        self,
        domain: Domain,
        bulk: BulkParameters,
        laws: dict[str, InterfaceLaw],
        initial_damage: NDArray,
        fracture: Fracture,
        degree: int = 1,
        supports: Callable[..., Supports] | None = None,
        axisymmetric: bool = False,
        axial: NDArray | None = None,
    ):
        """Build a body with a Fracture; all else as of Mechanics.

        Raises
        ------
        ValueError
            Where a region that cracks can flow.
        """
        super().__init__(domain, bulk, laws, initial_damage, degree, supports, axisymmetric, axial)
        damage = DamageField(domain, fracture, self.quadrature_degree, axisymmetric)
        self._set(damage=damage, **self._cracking_part(damage.cells))

    def _cracking_part(self, cracking: NDArray) -> dict[str, Any]:
        """Parts of the cells that crack; raises ValueError where one can flow."""
        domain, bulk = self.domain, self.bulk
        flows = np.unique(domain.region[np.intersect1d(cracking, self.yielding)])
        if len(flows):
            names = [name for name, number in domain.regions.items() if number in flows]
            raise ValueError(
                f"{', '.join(names)}: a region with a toughness must be elastic, it can flow"
            )
        stiffness = elasticity.stiffness(
            bulk.shear[cracking], bulk.bulk[cracking], self.strain.blocks.shape[2]
        )
        return {
            "cracking": cracking,
            "cracking_strain": self.strain.subset(cracking),
            "cracking_stiffness": stiffness,
        }

    def with_bulk(self, bulk: BulkParameters) -> Self:
        """Body with other constants; ValueError where a cell that cracks could flow."""
        new = super().with_bulk(bulk)
        return new._changed(**new._cracking_part(self.cracking))

    def with_shape(self, strain: PointOperator, jump: PointOperator, offset: NDArray) -> Self:
        """Refuse other operators with ValueError: the phase field is one of small strain."""
        raise ValueError("a body with a phase field stays in its first shape")

    def initial_state(self, seed: Callable[[NDArray], NDArray] | None = None) -> CrackedState:
        """Make the unloaded state.

        Parameters
        ----------
        seed : function (p, d) -> (p,) bool, optional
            Which nodes are cracked from the start, by their positions [m]; around them the damage
            takes the shape that costs least.
        """
        phase = np.zeros(self.damage.size)
        if seed is not None:
            inside = np.intersect1d(self.damage.dofs, np.flatnonzero(seed(self.damage.nodes())))
            phase[inside] = 1.0
            phase = self.damage.minimise(np.zeros(self.damage.value.weights.shape), phase, phase)
        return _with_phase(super().initial_state(), phase)

    def split(
        self, displacement: NDArray, load: Load | MechanicalState
    ) -> tuple[phase_field.Split, NDArray]:
        """Split the energy of the cells that crack, and give their elastic strain (m, q, c).

        Parameters
        ----------
        displacement : (n,) array
            Displacement [m].
        load : Load or MechanicalState
            What has the chemical strain.
        """
        strain = self.cracking_strain(displacement)
        strain -= self.free_strain(load.chemical_strain)[self.cracking]
        shear, bulk = self.bulk.shear[self.cracking], self.bulk.bulk[self.cracking]
        return phase_field.split_energy(strain, shear, bulk, self.damage.fracture.split), strain

    def _crack(self, displacement: NDArray, start: Any, load: Load) -> Cracked:
        """Say what damage takes from the cells that crack."""
        split, strain = self.split(displacement, load)
        factor = phase_field.degradation(
            self.damage.at_points(start.phase), self.damage.fracture.residual
        )
        intact = np.einsum("mqij,mqj->mqi", self.cracking_stiffness, strain)
        taken = intact - factor[..., None] * split.degraded - split.undegraded
        force = self.cracking_strain.forces(taken, self.size)
        return Cracked(start.phase, factor, split, taken, force)

    def tangent(self, trial: Trial) -> list[Any]:
        """List what the tangent adds, as Mechanics.tangent, with what damage takes away."""
        flowing, *others = super().tangent(trial)
        cracked = trial.cracked
        change = (
            cracked.factor[..., None, None] * cracked.split.degraded_tangent
            + cracked.split.undegraded_tangent
        )
        entry = (self.cracking, self.cracking_strain.matrices(change - self.cracking_stiffness))
        if flowing is not None:
            cells, matrices = flowing
            entry = np.concatenate([cells, entry[0]]), np.concatenate([matrices, entry[1]])
        return [entry, *others]

    def state(self, trial: Trial, load: Load) -> CrackedState:
        """State of a trial that is in equilibrium."""
        state = super().state(trial, load)
        state.stress[self.cracking] -= trial.cracked.taken
        return _with_phase(state, trial.cracked.phase)

    def elastic_density(self, state: Any) -> NDArray:
        """Compute the stored energy, (m, q) [J/m3]: g psi_+ + psi_- in the cells that crack."""
        density = super().elastic_density(state)
        split, _ = self.split(state.displacement, state)
        factor = phase_field.degradation(
            self.damage.at_points(state.phase), self.damage.fracture.residual
        )
        density[self.cracking] = factor * split.active + split.passive
        return density


def _with_phase(state: MechanicalState, phase: NDArray | float) -> CrackedState:
    """Give a state a field of damage."""
    values = {each.name: getattr(state, each.name) for each in fields(MechanicalState)}
    return CrackedState(**values, phase=phase)
