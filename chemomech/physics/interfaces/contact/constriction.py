r"""Resistance of the current's constriction into the spots where rough faces touch.

One side only: lithium and other metals conduct so much better that the electrolyte takes it all.

    one spot on a half space        R = 1/(4 kappa a)                          (Holm, Electric Contacts, 1967)
    many spots of one radius        ASR = pi a (1 - sqrt f)^1.5/(4 kappa f)    (Cooper, Mikic, Yovanovich 1969)
    strips of half-width a, 2b apart   ASR = (2b/(pi kappa)) ln(1/sin(pi a/(2b)))

The second is n = f/(pi a^2) spots per area in parallel, each in its own channel. The third is exact: with
w = sin(pi z/(2b)) the half channel |x| < b, y > 0 becomes a half plane that the current enters through
|w| < s = sin(pi a/(2b)), and arcsin(w/s) makes the flow uniform; far away it lags by ln(1/s)/(pi kappa) per
channel and depth, twice that per half channel. Fewer or more spots of one size: ASR ~ 1/f. Spots that grow
at a fixed number, a ~ sqrt f: ASR ~ f^-1/2. kappa conductivity [S/m], f real contact fraction.
"""

import numpy as np


def single_spot_resistance(radius, conductivity):
    """R = 1/(4 kappa a) of one spot on a half space [ohm]; radius [m], conductivity [S/m]."""
    return 1.0 / (4.0 * conductivity * radius)


def spot_resistance(radius, fraction, conductivity):
    """ASR of many equal spots [ohm m2], inf without contact, 0 in full contact; radius [m], fraction 0 to 1."""
    fraction = np.asarray(fraction, dtype=float)
    with np.errstate(divide="ignore"):
        return np.pi * radius * (1.0 - np.sqrt(fraction)) ** 1.5 / (4.0 * conductivity * fraction)


def spot_radius(fraction, density):
    """a = sqrt(f/(pi n)) [m]: spots that grow at a fixed number per area; density n [1/m2]."""
    return np.sqrt(fraction / (np.pi * density))


def strip_resistance(half_width, half_spacing, conductivity):
    """ASR of parallel strips, one side [ohm m2]; 0 < half_width <= half_spacing [m]: from middle to middle 2b."""
    sine = np.sin(0.5 * np.pi * half_width / half_spacing)
    return -2.0 * half_spacing / (np.pi * conductivity) * np.log(sine)
