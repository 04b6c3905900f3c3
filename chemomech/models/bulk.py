r"""What the cells of a body answer to a displacement: elasticity, swelling, yield and creep.

The elastic stiffness is made once. What a step adds is the stress that plastic strain takes away,

    sigma = C : (eps - eps_chem) - C : eps_p,

in the cells that can flow. Plastic cells have a yield surface and no clock; creeping ones flow
under any stress, for the seconds of a step. Creep keeps the volume, and in a long step little shear
stiffness is left: in cells that creep the dilatation is the mean over the cell (B-bar), without
which mean stresses oscillate by their own size on regular meshes. In time creep is of second order
and L-stable: with the gain d of the step before and w, the ratio of both lengths,

    eps_p = eps_p0 + w^2/(1 + 2 w) d + (1 + w)/(1 + 2 w) dt eps_p'(end)        (BDF2),

a step of backward Euler of another length from another start; so is a first step, and one more than
LONGEST_RATIO times as long as that before it, where two steps are not stable.

References
----------
Nagtegaal, Parks, Rice, Comput. Methods Appl. Mech. Eng. 4 (1974) 153 (B-bar). Hairer, Norsett,
Wanner, Solving Ordinary Differential Equations I (1993), ch. III.5 (BDF2: stable up to w = 2.41).
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array

from chemomech.fem.operators import PointOperator
from chemomech.physics.bulk import elasticity, plasticity, viscoplasticity
from chemomech.physics.bulk.viscoplasticity import FlowResponse

LONGEST_RATIO = 2.0


class Gain(NamedTuple):
    """What creep has changed in the last step, from which the next starts.

    Attributes
    ----------
    strain : (y, q, c) array
        Of the plastic strain of the cells that can flow.
    accumulated, resistance : (y, q) arrays
        Of their accumulated strain and of their resistance [Pa].
    seconds : float
        Length of that step [s]; 0: there was none.
    """

    strain: NDArray
    accumulated: NDArray
    resistance: NDArray
    seconds: float = 0.0


@dataclass(frozen=True)
class BulkParameters:
    """Constants of elasticity and flow of every cell.

    Attributes
    ----------
    shear, bulk : (m, 1) arrays
        Shear and bulk modulus [Pa].
    yield_strength, hardening : (m, 1) arrays
        Yield strength, infinite where nothing yields, and hardening modulus [Pa].
    swells : (m, 1) array
        Share of a uniform chemical strain that the cell takes, 0 or 1.
    flow : viscoplasticity.Flow or None
        Creep, with a rate of 0 in cells that do not; None when none does.
    """

    shear: NDArray
    bulk: NDArray
    yield_strength: NDArray
    hardening: NDArray
    swells: NDArray
    flow: viscoplasticity.Flow | None = None

    def subset(self, cells: NDArray | slice) -> "BulkParameters":
        """Take the parameters of some cells."""
        return BulkParameters(
            self.shear[cells],
            self.bulk[cells],
            self.yield_strength[cells],
            self.hardening[cells],
            self.swells[cells],
            None if self.flow is None else self.flow.subset(cells),
        )

    @property
    def creeps(self) -> NDArray:
        """Cells that creep, (m,) bool."""
        if self.flow is None:
            return np.zeros(len(self.shear), dtype=bool)
        return np.asarray(self.flow.rate)[:, 0] > 0


class Flowing(NamedTuple):
    """Flow of the cells that can.

    Attributes
    ----------
    response : FlowResponse
        What their laws say.
    taken : (y, q, c) array
        Stress that plastic strain takes away [Pa].
    gain : Gain
        What the step changes.
    """

    response: FlowResponse
    taken: NDArray
    gain: Gain


@dataclass(frozen=True)
class BulkModel:
    """Operators and parameters of all cells, with what is made of them once.

    Attributes
    ----------
    parameters : BulkParameters
        Of every cell.
    strain : PointOperator
        From displacements to strains at the points of the cells (m, q, c).
    offset : (m, q, c) or (m, 1, 1) array
        Strain that adds to that of the displacement.
    size : int
        Number of displacement dofs n.
    elastic_matrices : (m, l, l) array
        Elastic element matrices.
    stiffness : (n, n) csr_array
        Their sum over the body.
    swelling : (n, m q) csr_array
        Forces of a unit of free strain at each point.
    uniform_swelling : (n,) array
        Forces of a unit of chemical strain in the cells that swell.
    locked : (n,) array
        Forces of the offset's stress.
    yielding : (y,) array
        Cells that can flow: first the plastic ones, then the creeping ones.
    plastic, creeping : slices
        Of both among the cells that can flow.
    yielding_bulk, yielding_strain, yielding_stiffness
        Parameters, strain operator and elastic stiffness (y, 1, c, c) of the cells that can flow.
    """

    parameters: BulkParameters
    strain: PointOperator
    offset: NDArray
    size: int
    elastic_matrices: NDArray
    stiffness: csr_array
    swelling: csr_array
    uniform_swelling: NDArray
    locked: NDArray
    yielding: NDArray
    plastic: slice
    creeping: slice
    yielding_bulk: BulkParameters
    yielding_strain: PointOperator
    yielding_stiffness: NDArray

    @classmethod
    def from_parameters(
        cls, parameters: BulkParameters, strain: PointOperator, offset: NDArray, size: int
    ) -> "BulkModel":
        """Make the elastic stiffness, the forces of a swelling, and the set of cells that can flow.

        Parameters
        ----------
        parameters : BulkParameters
            Of all cells (m, 1).
        strain : PointOperator
            Strains of all cells, with the mean dilatation where they creep.
        offset : array that broadcasts to (m, q, c)
            Strain that adds to that of the displacement.
        size : int
            Number of displacement dofs.
        """
        components, points = strain.blocks.shape[2], strain.weights.shape
        stiffness = elasticity.stiffness(parameters.shear, parameters.bulk, components)
        matrices = strain.matrices(np.broadcast_to(stiffness, (*points, components, components)))
        rows, columns = np.broadcast_arrays(strain.dofs[:, :, None], strain.dofs[:, None, :])
        swelling = _swelling_forces(parameters, strain, size)
        offset_stress = np.einsum(
            "mqij,mqj->mqi", stiffness, np.broadcast_to(offset, (*points, components))
        )
        creeps = parameters.creeps
        plastic = np.flatnonzero(np.isfinite(parameters.yield_strength[:, 0]) & ~creeps)
        yielding = np.concatenate([plastic, np.flatnonzero(creeps)])
        return cls(
            parameters=parameters,
            strain=strain,
            offset=offset,
            size=size,
            elastic_matrices=matrices,
            stiffness=_sum_entries(matrices, rows, columns, (size, size)),
            swelling=swelling,
            uniform_swelling=swelling @ np.broadcast_to(parameters.swells, points).ravel(),
            locked=strain.forces(offset_stress, size),
            yielding=yielding,
            plastic=slice(0, len(plastic)),
            creeping=slice(len(plastic), None),
            yielding_bulk=parameters.subset(yielding),
            yielding_strain=strain.subset(yielding),
            yielding_stiffness=stiffness[yielding],
        )

    def free_strain(self, chemical_strain: float | NDArray) -> NDArray:
        """Strain that no stress holds back, (m, 1 or q, c), of a chemical strain."""
        if np.ndim(chemical_strain) == 3:
            return np.asarray(chemical_strain)
        linear = (
            chemical_strain
            if np.ndim(chemical_strain)
            else self.parameters.swells * chemical_strain
        )
        return np.asarray(linear)[..., None] * elasticity.unit_tensor(self.strain.blocks.shape[2])

    def swelling_force(self, chemical_strain: float | NDArray) -> NDArray:
        """Give the forces int (C : eps) : eps(v) dx of a chemical strain, (n,)."""
        if not np.ndim(chemical_strain):
            return chemical_strain * self.uniform_swelling
        if np.ndim(chemical_strain) == 3:
            b, components = self.parameters, self.strain.blocks.shape[2]
            stiffness = elasticity.stiffness(b.shear, b.bulk, components)
            return self.strain.forces(
                np.einsum("mqij,mqj->mqi", stiffness, chemical_strain), self.size
            )
        return self.swelling @ np.broadcast_to(chemical_strain, self.strain.weights.shape).ravel()

    def first_resistance(self) -> NDArray:
        """First resistance to creep of the cells that can flow, (y, q) [Pa], 0 in plastic ones."""
        resistance = np.zeros((len(self.yielding), self.strain.weights.shape[1]))
        if self.yielding_bulk.flow is not None:
            first = np.asarray(self.yielding_bulk.flow.resistance)
            resistance[self.creeping] = first[self.creeping]
        return resistance

    def flow(self, displacement: NDArray, start: Any, load: Any) -> Flowing | None:
        """Flow of the cells that can, or None where there is no such cell.

        Parameters
        ----------
        displacement : (n,) array
            Displacement [m] at the end of the step.
        start : MechanicalState
            State at the start of the step.
        load : Load
            Load at its end.
        """
        if not len(self.yielding):
            return None
        strain = self.yielding_strain(displacement) + self.offset[self.yielding]
        strain -= self.free_strain(load.chemical_strain)[self.yielding]
        parts = []
        if self.plastic.stop:
            parts.append(self._plastic_flow(self.plastic, strain, start))
        if self.plastic.stop < len(self.yielding):
            parts.append(self._creep_flow(self.creeping, strain, start, load))
        columns = zip(*parts, strict=True)
        response = FlowResponse(*(np.concatenate(column) for column in columns))
        taken = np.einsum("mqij,mqj->mqi", self.yielding_stiffness, response.plastic_strain)
        gain = Gain(
            response.plastic_strain - start.plastic_strain,
            response.accumulated - start.accumulated,
            response.resistance - start.resistance,
            load.seconds,
        )
        return Flowing(response, taken, gain)

    def _plastic_flow(self, rows: slice, strain: NDArray, start: Any) -> FlowResponse:
        """FlowResponse of the plastic cells."""
        b = self.yielding_bulk.subset(rows)
        history = start.plastic_strain[rows], start.accumulated[rows]
        constants = b.shear, b.bulk, b.yield_strength, b.hardening
        response = plasticity.radial_return(strain[rows], *history, *constants)
        return FlowResponse(*response, resistance=start.resistance[rows])

    def _creep_flow(self, rows: slice, strain: NDArray, start: Any, load: Any) -> FlowResponse:
        """FlowResponse of the cells that creep."""
        b, before = self.yielding_bulk.subset(rows), start.stress[self.yielding[rows]]
        if b.flow is None:
            raise ValueError("cells creep without a law of creep")
        history = start.plastic_strain[rows], start.accumulated[rows], start.resistance[rows]
        gain, ratio = start.gain, np.inf
        if start.gain.seconds > 0.0:
            ratio = load.seconds / start.gain.seconds
        if ratio > LONGEST_RATIO:
            return viscoplasticity.creep(
                strain[rows], *history, before, b.shear, b.bulk, b.flow, load.seconds,
                load.temperature,
            )  # fmt: skip
        share = ratio**2 / (1.0 + 2.0 * ratio)
        ahead = share * gain.strain[rows]
        found = viscoplasticity.creep(
            strain[rows],
            history[0] + ahead,
            history[1] + share * gain.accumulated[rows],
            np.maximum(history[2] + share * gain.resistance[rows], 0.5 * history[2]),
            before, b.shear, b.bulk, b.flow,
            load.seconds * (1.0 + ratio) / (1.0 + 2.0 * ratio),
            load.temperature,
        )  # fmt: skip
        work = found.work + 0.5 * np.einsum("yqc,yqc->yq", before + found.stress, ahead)
        return found._replace(work=work)

    def tangent(self, flowing: Flowing | None) -> tuple | None:
        """Cells and matrices that flow adds to the elastic stiffness; None: nothing flows."""
        if flowing is None:
            return None
        flows = np.flatnonzero((flowing.response.multiplier > 0).any(axis=1))
        if not len(flows):
            return None
        change = flowing.response.tangent[flows] - self.yielding_stiffness[flows]
        return self.yielding[flows], self.yielding_strain.subset(flows).matrices(change)

    def stress(
        self, displacement: NDArray, chemical_strain: float | NDArray, flowing: Flowing | None
    ) -> NDArray:
        """Stress at the points of all cells, (m, q, c) [Pa].

        Parameters
        ----------
        displacement : (n,) array
            Displacement [m].
        chemical_strain : float, (m, q) or (m, q, c) array
            As a Load has it.
        flowing : Flowing or None
            What `flow` has said of that displacement.
        """
        strain = self.strain(displacement) + self.offset
        strain -= self.free_strain(chemical_strain)
        stiffness = elasticity.stiffness(
            self.parameters.shear, self.parameters.bulk, strain.shape[-1]
        )
        stress = np.einsum("mqij,mqj->mqi", stiffness, strain)
        if flowing is not None:
            stress[self.yielding] = flowing.response.stress
        return stress

    def history(self, flowing: Flowing | None) -> dict[str, Any]:
        """List what the cells that can flow remember, as a MechanicalState names it."""
        names = ("plastic_strain", "accumulated", "resistance")
        if flowing is not None:
            return {
                **{name: getattr(flowing.response, name) for name in names},
                "gain": flowing.gain,
            }
        none = np.zeros((0, *self.strain.blocks.shape[1:3]))
        parts = none, none[..., 0], none[..., 0]
        return {**dict(zip(names, parts, strict=True)), "gain": Gain(*parts)}

    def elastic_density(self, stress: NDArray) -> NDArray:
        """Compute the stored energy sigma : eps_elastic/2 at all points, (m, q) [J/m3]."""
        b, one = self.parameters, elasticity.unit_tensor(stress.shape[-1])
        mean = stress[..., :3].sum(axis=-1) / 3.0
        deviator = stress - mean[..., None] * one
        twice = np.where(one > 0, 1.0, 2.0)
        shear_part = np.einsum("mqc,c,mqc->mq", deviator, twice, deviator) / (4.0 * b.shear)
        return shear_part + mean**2 / (2.0 * b.bulk)


def _swelling_forces(parameters: BulkParameters, strain: PointOperator, size: int) -> csr_array:
    """Force of a unit of free strain at each point, B^T w 3 K 1, as a matrix (n, m q)."""
    one, points = elasticity.unit_tensor(strain.blocks.shape[2]), strain.weights.shape
    scaled = 3.0 * parameters.bulk * strain.weights
    force = np.einsum("mq,mqcl,c->mql", scaled, strain.blocks, one)
    rows = np.broadcast_to(strain.dofs[:, None, :], force.shape)
    columns = np.broadcast_to(np.arange(points[0] * points[1]).reshape(*points, 1), force.shape)
    return _sum_entries(force, rows, columns, (size, points[0] * points[1]))


def _sum_entries(
    values: NDArray, rows: NDArray, columns: NDArray, shape: tuple[int, int]
) -> csr_array:
    """Sparse matrix of entries that add up where they meet."""
    return coo_array((values.ravel(), (rows.ravel(), columns.ravel())), shape=shape).tocsr()


def with_mean_dilatation(strain: PointOperator, cells: NDArray) -> PointOperator:
    """Take one dilatation per cell, its mean, in these cells: B + 1 (mean(tr B) - tr B)/3."""
    blocks = strain.blocks.copy()
    dilatation, weights = blocks[cells][:, :, :3].sum(axis=2), strain.weights[cells]
    mean = np.einsum("mq,mql->ml", weights, dilatation) / weights.sum(axis=1)[:, None]
    blocks[cells, :, :3] += ((mean[:, None] - dilatation) / 3.0)[:, :, None]
    return PointOperator(blocks, strain.dofs, strain.weights, strain.points)
