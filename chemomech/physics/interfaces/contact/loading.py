r"""Real contact of rough faces pressed together for the first time, and what conducts.

    f(p) = min(p/H, 1)                 plastic asperities (Bowden, Tabor 1950)
    f(p) = min((p/H)^0.95, 1)          plastic asperities whose spots conduct
                                       (Cooper, Mikic, Yovanovich, Int. J. Heat Mass Transf. 12 (1969) 279)
    f(p) = erf(sqrt(2) p/(E* h'))      elastic asperities (Persson, J. Chem. Phys. 115 (2001) 3840)
    chi  = (1 - D) + D f(p)            bonded part conducts fully, the debonded part through asperities

p >= 0 contact pressure, H hardness of the softer face, E* plane-strain contact modulus, h' root
mean square slope of the faces, D damage of the interface.
"""

import numpy as np
from scipy.special import erf

MIKIC_EXPONENT = 0.95


def plastic_contact_fraction(pressure, hardness):
    """Real over apparent contact area of plastically flattened asperities; pressure, hardness [Pa], 0 to 1."""
    return np.clip(pressure / hardness, 0.0, 1.0)


def mikic_contact_fraction(pressure, hardness):
    """Share of the full conductance of plastically flattened spots; pressure, hardness [Pa], 0 to 1."""
    return np.clip(np.maximum(pressure, 0.0) / hardness, 0.0, 1.0) ** MIKIC_EXPONENT


def persson_contact_fraction(pressure, contact_modulus, rms_slope):
    """Real over apparent contact area of elastic rough faces; pressure, contact_modulus [Pa], 0 to 1."""
    return erf(np.sqrt(2.0) * np.maximum(pressure, 0.0) / (contact_modulus * rms_slope))


def contact_modulus(young_one, poisson_one, young_two, poisson_two):
    """1/E* = (1 - nu1^2)/E1 + (1 - nu2^2)/E2 [Pa]."""
    return 1.0 / ((1.0 - poisson_one**2) / young_one + (1.0 - poisson_two**2) / young_two)


def _persson_by_product(pressure, product):
    return persson_contact_fraction(pressure, product, 1.0)


# First loading by the name a user writes: f(pressure, conforming pressure), the latter H, or E* h' for "persson".
# What "creep" adds to plastic contact takes time: contact.advance.
CONTACT_LAWS = {
    "plastic": plastic_contact_fraction, "mikic": mikic_contact_fraction, "persson": _persson_by_product,
    "creep": plastic_contact_fraction,
}  # fmt: skip


def conducting_fraction(damage, real_contact):
    """chi = (1 - D) + D f; damage and real_contact (...), 0 to 1."""
    return (1.0 - damage) + damage * real_contact
