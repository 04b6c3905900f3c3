r"""What mechanics and electrochemistry hand each other through the bulk.

From the stoichiometry x to the free strain eps(x) at the points of mechanics; from the stress at
these points to a continuous field a on the space of x, the stress at fixed composition, by the
projection

    int a w dx = int s(sigma_h, x) w dx     over the hosts.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chemomech.fem.domain import Domain
from chemomech.fem.linear import DirectSolver, constraints
from chemomech.fem.operators import value_operator
from chemomech.models.electrochemistry import Electrochemistry
from chemomech.models.mechanics import Mechanics
from chemomech.physics.bulk.elasticity import unit_tensor


class Exchange:
    """Maps between the points of a Mechanics and the fields of an Electrochemistry."""

    def __init__(
        self,
        mechanics: Mechanics,
        chemistry: Electrochemistry,
        strains: Mapping[str, Callable],
        stresses_at_fixed_x: Mapping[str, Callable] | None = None,
        axial: Mapping[str, Callable] | None = None,
    ):
        """Build the maps.

        Parameters
        ----------
        mechanics, chemistry
            Both models of one cell.
        strains : mapping of str to function (x) -> linear free strain
            By host region.
        stresses_at_fixed_x : mapping of str to function (hydrostatic stress [Pa], x) -> s [Pa]
            By host region, see `physics.bulk.swelling.StressOnLithium.stress_at_fixed_x`; default:
            the stress itself.
        axial : mapping of str to function (x (r, q), cells (r,)) -> (r, q, c) strain
            By host region, what adds to the linear free strain along the axes of its grains.
        """
        self.chemistry, self.strains = chemistry, strains
        self.stresses_at_fixed_x, self.axial = stresses_at_fixed_x or {}, axial or {}
        domain, degree = mechanics.domain, mechanics.space.ufl_element().degree
        self.shape = mechanics.strain.weights.shape
        self.components = mechanics.strain.blocks.shape[2]
        self.at_strain = value_operator(
            domain, chemistry.space, chemistry.host_cells, mechanics.quadrature_degree
        )
        value = chemistry.value
        # sigma_h is a polynomial of degree - 1 in a cell: its values at the points of mechanics
        # give those elsewhere.
        cell = chemistry.host_cells[0]
        here, there = (
            _linear(domain, cell, operator.points[0], degree)
            for operator in (self.at_strain, value)
        )
        self.carry = there @ np.linalg.pinv(here)
        every = np.arange(chemistry.size)
        self.constraint = constraints(chemistry.size, np.setdiff1d(every, value.dofs))
        self.mass = DirectSolver(self.constraint, [value.dofs], symmetric=True)
        self.mass.factorise([value.matrices(np.ones((*value.weights.shape, 1, 1)))])

    def free_strain(self, stoichiometry: NDArray, thermal: float | NDArray = 0.0) -> NDArray:
        """Free strain at the points of mechanics: (m, q) linear, (m, q, c) along axes of grains.

        Parameters
        ----------
        stoichiometry : (n,) array
            Field x.
        thermal : float or (m, 1) array
            Thermal strain of all cells.
        """
        strain = np.zeros(self.shape) + thermal
        x = self.at_strain(stoichiometry)[..., 0]
        for name, rows in self.chemistry.host_rows.items():
            strain[self.chemistry.host_cells[rows]] += self.strains[name](x[rows])
        if not self.axial:
            return strain
        tensor = strain[..., None] * unit_tensor(self.components)
        for name, along in self.axial.items():
            rows = self.chemistry.host_rows[name]
            cells = self.chemistry.host_cells[rows]
            tensor[cells] += along(x[rows], cells)
        return tensor

    def stress_at_fixed_x(self, stress: NDArray, stoichiometry: NDArray) -> NDArray:
        """Field a (n,) on the space of x [Pa], zero outside the hosts.

        Parameters
        ----------
        stress : (m, q, c) array
            Stress as a mechanical state has it [Pa].
        stoichiometry : (n,) array
            Field x.
        """
        mean = stress[self.chemistry.host_cells][..., :3].sum(axis=-1) / 3.0
        x = self.at_strain(stoichiometry)[..., 0]
        for name, stress_at_fixed_x in self.stresses_at_fixed_x.items():
            rows = self.chemistry.host_rows[name]
            mean[rows] = stress_at_fixed_x(mean[rows], x[rows])
        value = self.chemistry.value
        force = value.forces((mean @ self.carry.T)[..., None], self.chemistry.size)
        return self.constraint.expand(
            self.mass.solve(self.constraint.gather(force)), np.zeros(self.chemistry.size)
        )


def _linear(domain: Domain, cell: Any, points: NDArray, degree: int) -> NDArray:
    """Polynomials of degree - 1, 0 or 1, at points (q, d) of one cell, (q, p)."""
    local = np.linalg.solve(
        domain.jacobians([cell])[0], (points - domain.points[domain.vertices[cell, 0]]).T
    ).T
    return (
        np.column_stack([np.ones(len(points)), local]) if degree == 2 else np.ones((len(points), 1))
    )
