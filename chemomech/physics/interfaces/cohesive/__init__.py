"""How does an interface lose its hold? Traction, damage and energies from its opening."""

from chemomech.physics.interfaces.cohesive.effective import (
    EffectiveParameters,
    bilinear,
    exponential,
)
from chemomech.physics.interfaces.cohesive.law import CohesiveLaw, CohesiveResponse
from chemomech.physics.interfaces.cohesive.mode_mixity import (
    MODE_MIXITY,
    benzeggagh_kenane,
    power_law,
)
from chemomech.physics.interfaces.cohesive.ppr import PPRParameters, ppr, ppr_law
from chemomech.physics.interfaces.cohesive.pressed import pressed_law

# Makers by the name a user writes: maker(stiffness, strength, shear_strength, fracture_energy,
# fracture_energy_shear, mode_mixity_exponent, mode_mixity, residual, **own) -> CohesiveLaw.
COHESIVE_LAWS = {"bilinear": bilinear, "exponential": exponential, "ppr": ppr}

__all__ = [
    "COHESIVE_LAWS",
    "MODE_MIXITY",
    "CohesiveLaw",
    "CohesiveResponse",
    "EffectiveParameters",
    "PPRParameters",
    "benzeggagh_kenane",
    "bilinear",
    "exponential",
    "power_law",
    "ppr",
    "ppr_law",
    "pressed_law",
]
