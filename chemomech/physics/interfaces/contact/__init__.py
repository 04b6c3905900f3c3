"""How much of two faces touches? Bond, first loading, memory, creep, constriction."""

from chemomech.physics.interfaces.contact.constriction import (
    single_spot_resistance,
    spot_radius,
    spot_resistance,
    strip_resistance,
)
from chemomech.physics.interfaces.contact.loading import (
    CONTACT_LAWS,
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
from chemomech.physics.interfaces.contact.touching import (
    CONDUCTION_OPENING,
    bonded_share,
    conducting_fraction,
    within_reach,
)

__all__ = [
    "CONDUCTION_OPENING",
    "CONTACT_LAWS",
    "RoughContact",
    "advance",
    "bonded_share",
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
    "within_reach",
]
