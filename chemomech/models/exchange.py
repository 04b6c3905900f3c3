r"""What mechanics and electrochemistry hand each other through the bulk.

From the filling x to the free strain eps(x) at the points of mechanics; from the stress at these
points to a continuous field a on the space of x, by the projection int a w dx = int still(sigma_h,
x) w dx over the hosts.
"""

import numpy as np

from chemomech.fem.linear import DirectSolver, constraints
from chemomech.fem.operators import value_operator


class Exchange:
    """Maps between the points of a Mechanics and the fields of an Electrochemistry of the same domain."""

    def __init__(self, mechanics, chemistry, strains, stresses_at_fixed_x=None):
        """strains: host region -> function of x that gives the linear free strain; stills: host region -> function of
        (hydrostatic stress [Pa], x), see `physics.swelling.StressOnLithium.still`; default: the
        stress itself.
        """
        self.chemistry, self.strains, self.stresses_at_fixed_x = (
            chemistry,
            strains,
            stresses_at_fixed_x or {},
        )
        domain, degree = mechanics.domain, mechanics.space.ufl_element().degree
        self.shape = mechanics.strain.weights.shape
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

    def free_strain(self, stoichiometry, thermal=0.0):
        """Linear free strain at the points of mechanics, (m, q); thermal: strain of all cells, (m, 1) or a number."""
        strain = np.zeros(self.shape) + thermal
        x = self.at_strain(stoichiometry)[..., 0]
        for name, rows in self.chemistry.host_rows.items():
            strain[self.chemistry.host_cells[rows]] += self.strains[name](x[rows])
        return strain

    def stress_at_fixed_x(self, stress, stoichiometry):
        """a (n,) on the space of x, zero outside the hosts; stress (m, q, c) as a mechanical state has it."""
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


def _linear(domain, cell, points, degree):
    """Polynomials of degree - 1 at points (q, d) of one cell in its own coordinates, (q, p); degree 1 or 2."""
    local = np.linalg.solve(
        domain.jacobians([cell])[0], (points - domain.points[domain.vertices[cell, 0]]).T
    ).T
    return (
        np.column_stack([np.ones(len(points)), local]) if degree == 2 else np.ones((len(points), 1))
    )
