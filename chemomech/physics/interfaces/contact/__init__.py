"""How much of two rough faces touches? First loading, memory, creep, constriction."""

from chemomech.physics.interfaces.contact.constriction import (
    single_spot_resistance,
    spot_radius,
    spot_resistance,
    strip_resistance,
)
from chemomech.physics.interfaces.contact.loading import (
    CONTACT_LAWS,
    conducting_fraction,
    contact_modulus,
    first_loading,
    mikic_contact_fraction,
    persson_contact_fraction,
    plastic_contact_fraction,
)
from chemomech.physics.interfaces.contact.memory import (
    RoughContact,
    advance,
    creep_contact_fraction,
    hysteretic_contact_fraction,
    initial_memory,
)

__all__ = [
    "CONTACT_LAWS",
    "RoughContact",
    "advance",
    "conducting_fraction",
    "contact_modulus",
    "creep_contact_fraction",
    "first_loading",
    "hysteretic_contact_fraction",
    "initial_memory",
    "mikic_contact_fraction",
    "persson_contact_fraction",
    "plastic_contact_fraction",
    "single_spot_resistance",
    "spot_radius",
    "spot_resistance",
    "strip_resistance",
]
