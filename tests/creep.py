"""Creep laws of lithium as published, and an elastic frame for them."""

import numpy as np

from chemomech.physics.bulk import elasticity
from chemomech.physics.bulk.viscoplasticity import anand, power_law
from chemomech.units.constants import GAS_CONSTANT

YOUNG, POISSON = 7.82e9, 0.38
SHEAR, BULK = elasticity.shear_modulus(YOUNG, POISSON), elasticity.bulk_modulus(YOUNG, POISSON)
ROOM, WARM, BARRIER = 298.15, 333.15, 37e3
ROY = power_law(0.01, 1e6, 5.0, BARRIER)
MASIAS = power_law(2.0e-7, 0.2e6, 6.56, BARRIER)
LITHIUM = anand(4.25e4, BARRIER, 0.15, 0.95e6, 10e6, 2e6, 2.0, 0.05)
ARRHENIUS = np.exp(-BARRIER / GAS_CONSTANT * (1 / WARM - 1 / ROOM))
