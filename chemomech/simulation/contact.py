"""How much of each electrode's and each electronic contact's interface conducts, with the memory
of its rough contacts.
"""

import numpy as np

from chemomech.physics.interfaces import contact
from chemomech.physics.thermal import REFERENCE_TEMPERATURE


def initial_memory(cell):
    """Memory (k, q, 1) of contacts that have felt their assembly pressure, if any, and nothing
    else.
    """
    weights = cell.mechanics.jump.weights
    memory = contact.initial_memory(weights.shape)
    for electrode in cell.conducting_interfaces:
        before = np.full(
            weights[electrode.rows].shape, electrode.material.get("assembly_pressure", 0.0)
        )
        _, memory[electrode.rows] = contact.advance(
            electrode.contact_law, before, memory[electrode.rows], 0.0, electrode.contact
        )
    return memory


def contacts(cell, pressure, damage, memory, dt, temperature=REFERENCE_TEMPERATURE):
    """Conducting fraction (k, q) of all interface points, one where nothing passes, and their
    contacts' memory (k, q, 1).

    pressure (k, q) [Pa] >= 0; memory at the start of a step of dt [s] at a temperature [K].
    """
    conducting, memory = np.ones_like(pressure), memory.copy()
    for electrode in cell.conducting_interfaces:
        rows = electrode.rows
        rough = electrode.contact.at(temperature)
        real, memory[rows] = contact.advance(
            electrode.contact_law, pressure[rows], memory[rows], dt, rough
        )
        conducting[rows] = contact.conducting_fraction(damage[rows], real)
    return conducting, memory
