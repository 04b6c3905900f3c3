r"""Ion conduction through the electrolyte between two electrodes with imperfect interfaces.

Unknown phi in the electrolyte on the split space, for a unit voltage across the cell:

    div(kappa grad phi) = 0,
    -kappa grad phi . n = g_c phi        at active material | electrolyte  (active material at 0),
    -kappa grad phi . n = g_a (phi - V)  at lithium | electrolyte          (lithium at V = 1 V),

n out of the electrolyte, g = chi/(R_ct + R_film) the conductance of an interface that conducts
over the fraction chi; all other faces block ions. The active material is taken as electronically
wired everywhere (its network of carbon is not resolved). The dissipation of each part over I^2
is its share of the cell's resistance, and the shares add up to V A/I.
"""

from typing import NamedTuple

import numpy as np

from chemomech.fem.linear import DirectSolver, constraints
from chemomech.fem.operators import gradient_operator, trace_operator
from chemomech.fem.split_space import split_space

class ConductionResult(NamedTuple):
    """Linear response to one volt.

    potential (n,) [V], zero outside the electrolyte. current [A/m]: per depth, through the anode.
    anode_current, cathode_current (k, q) [A/m2]: normal current density at the interface points.
    anode_jump (k, q) [V]: overpotential at the lithium. resistance: name -> [ohm m2] for
    "anode", "ionic", "cathode". charge_error: mismatch of the two electrodes' currents, relative.
    """

    potential: np.ndarray
    current: float
    anode_current: np.ndarray
    cathode_current: np.ndarray
    anode_jump: np.ndarray
    resistance: dict
    charge_error: float


class Conduction:
    """Operators of the ion conduction problem of one cell."""

    def __init__(self, domain, conductivity, anode, cathode, area, degree=2):
        """conductivity (m,) [S/m], zero where no ions move; anode, cathode: Facets, name order free; area [m2/m]."""
        self.area = area
        cells = np.flatnonzero(conductivity > 0)
        self.space = split_space(domain, degree)
        self.size = self.space.dofmap.index_map.size_local
        self.kappa = conductivity[cells][:, None, None, None]
        self.gradient = gradient_operator(domain, self.space, cells, 2 * (degree - 1))
        self.anode = self._trace(domain, anode, conductivity, degree)
        self.cathode = self._trace(domain, cathode, conductivity, degree)
        outside = np.setdiff1d(np.arange(self.size), self.gradient.dofs)
        self.constraint = constraints(self.size, outside)
        self.solver = DirectSolver(self.constraint, [self.gradient.dofs, self.anode.dofs, self.cathode.dofs], True)
        self.bulk_matrices = self.gradient.matrices(self.kappa * np.eye(domain.dimension))

    def _trace(self, domain, facets, conductivity, degree):
        """Trace of the potential on the electrolyte's side of an interface."""
        side = np.where(conductivity[facets.cells[:, 0]] > 0, 0, 1)
        if np.any(conductivity[facets.cells[np.arange(len(facets)), side]] <= 0):
            raise ValueError("an electrode interface has no ion conductor on either side")
        return trace_operator(domain, self.space, facets, 2 * degree, side)

    def solve(self, anode_conductance, cathode_conductance):
        """Response to one volt; conductances g (k, q) > 0 [S/m2] at the interface points, else ValueError."""
        g_a, g_c = anode_conductance, cathode_conductance
        if min(g_a.min(), g_c.min()) <= 0:
            raise ValueError("interface conductances must be positive")
        self.solver.factorise(
            [self.bulk_matrices, self.anode.matrices(g_a[..., None, None]), self.cathode.matrices(g_c[..., None, None])]
        )
        source = self.constraint.gather(self.anode.forces(g_a[..., None], self.size))
        potential = self.constraint.expand(self.solver.solve(source), np.zeros(self.size))
        anode_jump = 1.0 - self.anode(potential)[..., 0]
        cathode_jump = self.cathode(potential)[..., 0]
        entering = self.anode.integral(g_a * anode_jump)
        leaving = self.cathode.integral(g_c * cathode_jump)
        slope = self.gradient(potential)
        joule = self.gradient.integral(self.kappa[..., 0, 0] * np.einsum("eqd,eqd->eq", slope, slope))
        per_current = self.area / entering**2
        return ConductionResult(
            potential=potential,
            current=entering,
            anode_current=g_a * anode_jump,
            cathode_current=g_c * cathode_jump,
            anode_jump=anode_jump,
            resistance={
                "anode": per_current * self.anode.integral(g_a * anode_jump**2),
                "ionic": per_current * joule,
                "cathode": per_current * self.cathode.integral(g_c * cathode_jump**2),
            },
            charge_error=abs(entering - leaving) / abs(entering),
        )
