r"""Real contact of rough faces pressed together for the first time, and what conducts.

    f(p) = min(p/H, 1)            plastic asperities (Bowden, Tabor 1950)
    f(p) = min((p/H)^0.95, 1)     plastic asperities whose spots conduct (Cooper, Mikic, Yovanovich,
                                  Int. J. Heat Mass Transf. 12 (1969) 279)
    f(p) = p/(p + H)              the same, harder as the gaps beside them fill (Pullen, Williamson,
                                  Proc. R. Soc. A 327 (1972) 159): where creep begins
    f(p) = erf(sqrt(2) p/(E* h')) elastic asperities (Persson, J. Chem. Phys. 115 (2001) 3840)

p >= 0 contact pressure, H hardness of the softer face, E* plane-strain contact modulus, h' root
mean square slope of the faces. What conducts of bonded and debonded faces together is `conduction`.
"""

from collections.abc import Callable

import numpy as np
from scipy.special import erf

from chemomech.physics.values import Values

MIKIC_EXPONENT = 0.95


def plastic_contact_fraction(pressure: Values, hardness: Values) -> Values:
    """Return real over apparent contact area of plastically flattened asperities, 0 to 1.

    Parameters
    ----------
    pressure : (...) array
        Contact pressure p [Pa].
    hardness : (...) array
        Hardness H of the softer face [Pa], > 0.

    Examples
    --------
    >>> float(plastic_contact_fraction(5e6, 50e6))
    0.1
    """
    return np.clip(pressure / hardness, 0.0, 1.0)


def graded_contact_fraction(pressure: Values, hardness: Values) -> Values:
    """Return real contact of plastically flattened asperities whose material fills the gaps.

    f = p/(p + H), 0 to 1.

    Parameters
    ----------
    pressure : (...) array
        Contact pressure p [Pa].
    hardness : (...) array
        Hardness H of the softer face [Pa], > 0.
    """
    ratio = np.maximum(pressure, 0.0) / hardness
    return ratio / (1.0 + ratio)


def mikic_contact_fraction(pressure: Values, hardness: Values) -> Values:
    """Return the share of the full conductance that plastically flattened spots have, 0 to 1.

    Parameters
    ----------
    pressure : (...) array
        Contact pressure p [Pa].
    hardness : (...) array
        Hardness H of the softer face [Pa], > 0.
    """
    return np.clip(np.maximum(pressure, 0.0) / hardness, 0.0, 1.0) ** MIKIC_EXPONENT


def persson_contact_fraction(
    pressure: Values, contact_modulus: Values, rms_slope: Values
) -> Values:
    """Return real over apparent contact area of elastic rough faces, 0 to 1.

    Parameters
    ----------
    pressure : (...) array
        Contact pressure p [Pa].
    contact_modulus : (...) array
        E* of both faces [Pa], > 0.
    rms_slope : (...) array
        Root mean square slope h' of the faces [-], > 0.
    """
    return erf(np.sqrt(2.0) * np.maximum(pressure, 0.0) / (contact_modulus * rms_slope))


def contact_modulus(
    young_one: Values, poisson_one: Values, young_two: Values, poisson_two: Values
) -> Values:
    """Return E* [Pa] with 1/E* = (1 - nu1^2)/E1 + (1 - nu2^2)/E2.

    Parameters
    ----------
    young_one, young_two : (...) array
        Young's moduli of the two bodies [Pa], > 0.
    poisson_one, poisson_two : (...) array
        Their Poisson's ratios [-].
    """
    return 1.0 / ((1.0 - poisson_one**2) / young_one + (1.0 - poisson_two**2) / young_two)


def _persson_by_product(pressure, product):
    return persson_contact_fraction(pressure, product, 1.0)


def first_loading(law: str | Callable) -> Callable:
    """Look up a law of first loading, by its name or as a function of one's own.

    Parameters
    ----------
    law : str or function (pressure, conforming_pressure) -> real contact fraction
        A name of CONTACT_LAWS, or a function of the ratio of both pressures alone.

    Raises
    ------
    ValueError
        For an unknown name.
    """
    if callable(law):
        return law
    if law not in CONTACT_LAWS:
        raise ValueError(f"contact law '{law}'; known: {', '.join(CONTACT_LAWS)}")
    return CONTACT_LAWS[law]


# First loading by the name a user writes: f(pressure, conforming pressure), the latter H, or E* h'
# for "persson". What "creep" adds takes time: contact.advance.
CONTACT_LAWS = {
    "plastic": plastic_contact_fraction,
    "mikic": mikic_contact_fraction,
    "persson": _persson_by_product,
    "creep": graded_contact_fraction,
}
