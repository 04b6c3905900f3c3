"""How much of two faces touches? Bond, first loading, memory, creep, constriction."""

from chemomech.physics.interfaces.contact.conduction import (
    CONDUCTION_OPENING,
    bonded_share,
    conducting_fraction,
    within_reach,
)
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
    graded_contact_fraction,
    mikic_contact_fraction,
    persson_contact_fraction,
    plastic_contact_fraction,
)
from chemomech.physics.interfaces.contact.memory import (
    CONSTRAINT,
    RoughContact,
    advance,
    creep_contact_fraction,
    hysteretic_contact_fraction,
    initial_memory,
)
from chemomech.physics.interfaces.contact.roughness import adhesive_pressure, strengthening

__all__ = [
    "CONDUCTION_OPENING",
    "CONSTRAINT",
    "CONTACT_LAWS",
    "RoughContact",
    "adhesive_pressure",
    "advance",
    "bonded_share",
    "conducting_fraction",
    "contact_modulus",
    "creep_contact_fraction",
    "first_loading",
    "graded_contact_fraction",
    "hysteretic_contact_fraction",
    "initial_memory",
    "mikic_contact_fraction",
    "persson_contact_fraction",
    "plastic_contact_fraction",
    "single_spot_resistance",
    "spot_radius",
    "spot_resistance",
    "strengthening",
    "strip_resistance",
    "within_reach",
]
