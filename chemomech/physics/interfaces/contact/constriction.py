r"""Resistance of the current's constriction into the spots where rough faces touch.

One side only: lithium and other metals conduct so much better that the electrolyte takes it all.

    one spot on a half space     R = 1/(4 kappa a)                  (Holm, Electric Contacts, 1967)
    many spots of one radius     ASR = pi a (1 - sqrt f)^1.5/(4 kappa f)
                                               (Cooper, Mikic, Yovanovich, as in `loading`, 1969)
    strips of half-width a at distances 2b     ASR = (2b/(pi kappa)) ln(1/sin(pi a/(2b)))

The second is n = f/(pi a^2) spots per area in parallel, each in its own channel. The third is
exact: with w = sin(pi z/(2b)) the half channel |x| < b, y > 0 becomes a half plane that the current
enters through |w| < s = sin(pi a/(2b)), and arcsin(w/s) makes the flow uniform; far away it lags by
ln(1/s)/(pi kappa) per channel and depth, twice that per half channel. Fewer or more spots of one
size: ASR ~ 1/f. Spots that grow at a fixed number, a ~ sqrt f: ASR ~ f^-1/2. kappa conductivity
[S/m], f real contact fraction.
"""

import numpy as np

from chemomech.physics.values import Values


def single_spot_resistance(radius: Values, conductivity: Values) -> Values:
    """Return R = 1/(4 kappa a) of one spot on a half space [ohm].

    Parameters
    ----------
    radius : (...) array
        Radius a of the spot [m], > 0.
    conductivity : (...) array
        Conductivity kappa of the half space [S/m], > 0.
    """
    return 1.0 / (4.0 * conductivity * radius)


def spot_resistance(radius: Values, fraction: Values, conductivity: Values) -> Values:
    """Return the area resistance of many equal spots [ohm m2], one side.

    It is inf without contact and 0 in full contact.

    Parameters
    ----------
    radius : (...) array
        Radius a of the spots [m], > 0.
    fraction : (...) array
        Real contact fraction f, 0 to 1.
    conductivity : (...) array
        Conductivity kappa [S/m], > 0.
    """
    fraction = np.asarray(fraction, dtype=float)
    with np.errstate(divide="ignore"):
        return np.pi * radius * (1.0 - np.sqrt(fraction)) ** 1.5 / (4.0 * conductivity * fraction)


def spot_radius(fraction: Values, density: Values) -> Values:
    """Return a = sqrt(f/(pi n)) [m] of spots that grow at a fixed number per area.

    Parameters
    ----------
    fraction : (...) array
        Real contact fraction f, 0 to 1.
    density : (...) array
        Number n of spots per area [1/m2], > 0.

    Examples
    --------
    >>> f"{spot_radius(0.01, 1e12):.2e}"
    '5.64e-08'
    """
    return np.sqrt(fraction / (np.pi * density))


def strip_resistance(half_width: Values, half_spacing: Values, conductivity: Values) -> Values:
    """Return the area resistance of parallel strips of contact [ohm m2], one side.

    Parameters
    ----------
    half_width : (...) array
        Half the width of a strip, a [m], 0 < a <= half_spacing.
    half_spacing : (...) array
        Half the distance of the strips' middles, b [m].
    conductivity : (...) array
        Conductivity kappa [S/m], > 0.
    """
    sine = np.sin(0.5 * np.pi * half_width / half_spacing)
    return -2.0 * half_spacing / (np.pi * conductivity) * np.log(sine)
