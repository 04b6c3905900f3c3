"""What a mechanical state does to the electrochemistry of a cell, with the memory of its rough contacts."""

from dataclasses import dataclass

import numpy as np

from chemomech import observables
from chemomech.fem.operators import facet_normals
from chemomech.fem.probe import locate
from chemomech.physics import contact, growth, kinetics
from chemomech.simulation.cycle import interphase_thickness

PROFILE_POINTS = 24
LEAK = 1e-9  # least conducting fraction, so that a cut-off electrode has a large resistance, not an infinite one


@dataclass(frozen=True)
class Response:
    """Interface and cell quantities at one state, SI.

    conducting (k, q): conducting fraction of all interfaces. pressure (k, q) [Pa]: contact pressure.
    memory (k, q, 1): what the rough contacts remember.
    conduction: ConductionResult for one volt. scale [V]: voltage that drives the case's current.
    """

    conducting: np.ndarray
    pressure: np.ndarray
    memory: np.ndarray
    conduction: object
    scale: float

    def overpotential(self):
        """Overpotential at the lithium (k, q) [V] at the case's current density."""
        return self.scale * self.conduction.anode_jump


class Electrochemistry:
    """Linearised interfaces and flaw sites of a cell."""

    def __init__(self, cell, current_density, profile_depth):
        """profile_depth [m]: how deep below the lithium the lateral stress is sampled."""
        self.cell, self.current_density = cell, current_density
        domain = cell.domain
        self.weights = cell.mechanics.jump.weights
        self.depth = np.linspace(0.0, profile_depth, PROFILE_POINTS)
        facets = domain.interfaces[cell.anode.interface]
        normal = facet_normals(domain, facets)
        inward = normal if domain.regions[cell.anode.electrolyte] == domain.region[facets.cells[0, 1]] else -normal
        points = cell.mechanics.jump.points[cell.anode.rows]
        k, q, d = points.shape
        # Start just inside, so that the first sample lies in the electrolyte.
        line = points[:, :, None] + (self.depth + 1e-4 * profile_depth)[:, None] * inward[:, None, None]
        found = locate(domain, line.reshape(-1, d), domain.cells_of(cell.anode.electrolyte)).reshape(k * q, PROFILE_POINTS)
        self.profile_cells = _fill_forward(found)
        tangent = np.stack([-inward[:, 1], inward[:, 0]], axis=1)
        self.tangent = np.repeat(tangent, q, axis=0)

    def initial_memory(self):
        """Memory (k, q, 1) of contacts that have felt their assembly pressure, if any, and nothing else."""
        memory = contact.initial_memory(self.weights.shape)
        for electrode in (self.cell.anode, self.cell.cathode):
            before = np.full(self.weights[electrode.rows].shape, electrode.material.get("assembly_pressure", 0.0))
            _, memory[electrode.rows] = contact.advance(
                electrode.contact_law, before, memory[electrode.rows], 0.0, electrode.contact
            )
        return memory

    def respond(self, state, stoichiometry, memory, seconds, dt):
        """Contact, conduction and overpotentials of a mechanical state.

        stoichiometry of the active material; memory (k, q, 1) of the contacts at the step's start; seconds since
        the start of the run, dt [s]: length of the step.
        """
        cell = self.cell
        pressure = np.maximum(-state.traction[..., 0], 0.0)
        conducting, memory = contacts(cell, pressure, state.damage, memory, dt)
        conductance = {}
        for electrode in (cell.anode, cell.cathode):
            rows, material = electrode.rows, electrode.material
            factor = kinetics.site_dependence(stoichiometry) if electrode is cell.cathode else 1.0
            resistance = kinetics.charge_transfer_resistance(
                material.exchange_current_density * factor, cell.temperature
            ) + film_resistance(material, seconds)
            conductance[electrode.interface] = np.maximum(conducting[rows], LEAK) / resistance
        result = cell.conduction.solve(conductance[cell.anode.interface], conductance[cell.cathode.interface])
        scale = self.current_density * cell.mechanics.area / result.current
        return Response(conducting, pressure, memory, result, scale)

    def lateral_stress(self, state):
        """Stress along the interface's tangent below each site, (x, z) [Pa], from cell means."""
        mean = state.stress.mean(axis=1)[self.profile_cells]
        t = self.tangent[:, None]
        return mean[..., 0] * t[..., 0] ** 2 + mean[..., 1] * t[..., 1] ** 2 + 2 * mean[..., 3] * t[..., 0] * t[..., 1]

    def site(self, state, response, plates):
        """One time of `observables.Sites`: (contact_pressure, conducting_fraction, overpotential, lateral_stress)."""
        rows = self.cell.anode.rows
        overpotential = response.overpotential() if plates else np.zeros_like(response.pressure[rows])
        return (
            response.pressure[rows].ravel(), response.conducting[rows].ravel(),
            overpotential.ravel(), self.lateral_stress(state),
        )

    def site_weight(self):
        """Share of the anode's interface that each site stands for, (x,)."""
        weights = self.weights[self.cell.anode.rows].ravel()
        return weights / weights.sum()

    def summary(self, response):
        """Numbers of one state, SI: contact fractions, resistances [ohm m2], focusing."""
        cell, values = self.cell, {}
        for name, electrode, current in (
            ("cathode", cell.cathode, response.conduction.cathode_current),
            ("anode", cell.anode, response.conduction.anode_current),
        ):
            weights = self.weights[electrode.rows]
            values[f"contact_fraction_{name}"] = observables.contact_fraction(response.conducting[electrode.rows], weights)
            values[f"interfacial_resistance_{name}"] = response.conduction.resistance[name]
            values[f"current_focusing_{name}"] = observables.current_focusing(current, weights)
        values["ionic_resistance"] = response.conduction.resistance["ionic"]
        return values


def contacts(cell, pressure, damage, memory, dt):
    """Conducting fraction (k, q) of all interface points, one where no electrode is, and their contacts' memory (k, q, 1).

    pressure (k, q) [Pa] >= 0; memory at the start of a step of dt [s].
    """
    conducting, memory = np.ones_like(pressure), memory.copy()
    for electrode in (cell.anode, cell.cathode):
        rows = electrode.rows
        real, memory[rows] = contact.advance(electrode.contact_law, pressure[rows], memory[rows], dt, electrode.contact)
        conducting[rows] = contact.conducting_fraction(damage[rows], real)
    return conducting, memory


def film_resistance(face, seconds):
    """Area resistance [ohm m2] of an interface's film and of the interphase grown in `seconds`."""
    film = face.get("film_resistance", 0.0)
    thickness = interphase_thickness(face, seconds)
    return film + growth.series_resistance(thickness, face.interphase_conductivity) if thickness > 0 else film


def _fill_forward(cells):
    """Beyond the electrolyte's far side a line keeps its last cell."""
    filled = cells.copy()
    for column in range(1, cells.shape[1]):
        filled[:, column] = np.where(filled[:, column] < 0, filled[:, column - 1], filled[:, column])
    if np.any(filled < 0):
        raise ValueError("flaw sites do not lie on the electrolyte")
    return filled
