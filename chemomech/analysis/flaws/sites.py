"""Where flaws of the electrolyte meet the lithium: what drives them, and the stress below them."""

import numpy as np

from chemomech.fem.operators import facet_normals, local_frames
from chemomech.fem.probe import locate
from chemomech.physics.bulk.elasticity import largest_principal, tensor

PROFILE_POINTS = 24


class FlawSites:
    """The points of the lithium's interface of a cell, each with a line into the electrolyte.

    Attributes
    ----------
    cell : Cell
        The cell.
    depth : (z,) array
        PROFILE_POINTS depths along a line [m].
    profile_cells : (x, z) array
        Cells that hold the lines' points.
    tangents : (x, d - 1, d) array
        Unit vectors along the interface.
    """

    def __init__(self, cell, profile_depth):
        """profile_depth [m]: how deep below the lithium the lateral stress is sampled."""
        self.cell = cell
        domain = cell.domain
        self.depth = np.linspace(0.0, profile_depth, PROFILE_POINTS)
        facets = domain.interfaces[cell.anode.interface]
        normal = facet_normals(domain, facets)
        inward = (
            normal
            if domain.regions[cell.anode.electrolyte] == domain.region[facets.cells[0, 1]]
            else -normal
        )
        points = cell.mechanics.jump.points[cell.anode.rows]
        k, q, d = points.shape
        # Start just inside, so that the first sample lies in the electrolyte.
        line = (
            points[:, :, None]
            + (self.depth + 1e-4 * profile_depth)[:, None] * inward[:, None, None]
        )
        found = locate(
            domain, line.reshape(-1, d), domain.cells_of(cell.anode.electrolyte)
        ).reshape(k * q, PROFILE_POINTS)
        self.profile_cells = _fill_forward(found)
        self.tangents = np.repeat(local_frames(inward)[:, 1:], q, axis=0)

    def lateral_stress(self, mechanical):
        """Return the stress along the interface below each site, (x, z) [Pa], from cell means.

        In 2D along its tangent in the plane; in 3D the largest of all directions along the
        interface, at each depth for itself: what a flaw feels that lies across it, and no less than
        what any feels where it turns with depth.
        """
        mean = mechanical.stress.mean(axis=1)[self.profile_cells]
        along = np.einsum(
            "xai,xzij,xbj->xzab",
            self.tangents,
            tensor(mean, self.tangents.shape[-1]),
            self.tangents,
        )
        return largest_principal(along)

    def at(self, state, overpotential):
        """Return one time of `penetration.Sites`.

        In the order of its fields: contact_pressure, conducting_fraction, overpotential,
        lateral_stress, current_density.

        Parameters
        ----------
        state : CoupledState
            State of the cell.
        overpotential : (k, q) array
            Of plating at the lithium [V].
        """
        rows, current = self.cell.anode.rows, state.chemical.current_density
        plates = current < 0.0
        pressure = np.maximum(-state.mechanical.traction[rows][..., 0], 0.0)
        plating = overpotential if plates else 0.0 * overpotential
        return (
            pressure.ravel(),
            state.around.conducting[rows].ravel(),
            plating.ravel(),
            self.lateral_stress(state.mechanical),
            np.array(-current if plates else 0.0),
        )

    def weight(self):
        """Return the share of the anode's interface that each site stands for, (x,)."""
        weights = self.cell.mechanics.jump.weights[self.cell.anode.rows].ravel()
        return weights / weights.sum()


def _fill_forward(cells):
    """Beyond the electrolyte's far side a line keeps its last cell."""
    filled = cells.copy()
    for column in range(1, cells.shape[1]):
        filled[:, column] = np.where(
            filled[:, column] < 0, filled[:, column - 1], filled[:, column]
        )
    if np.any(filled < 0):
        raise ValueError("flaw sites do not lie on the electrolyte")
    return filled
