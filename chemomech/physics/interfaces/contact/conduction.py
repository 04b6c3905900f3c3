r"""What of an interface conducts: faces that touch, not tractions that have yet to soften.

    chi = b + (1 - b) f(p),    b = (1 - D) min(s(d_n), m)

Ions pass where the faces are bonded and still within reach of each other, or pressed. b is that
bonded share, f the real contact fraction of the rest (`loading`, `memory`), D the damage and d_n
the normal opening. A traction law goes on for tens to hundreds of nm; an ion's hop is some tenths
of one. So the bond conducts up to an opening d_c of its own, smoothly,

    s = 1 for d_n <= d_c/2,   0 for d_n >= d_c,   1 - 3 z^2 + 2 z^3 between, z = 2 d_n/d_c - 1,

or until it debonds where that is earlier: a bond so stiff that it softens within d_c conducts by
1 - D. An elastic opening closes again and conducts as before; what has opened once damaged never
does: m is the smallest s since D > 0, and recontact is f(p) alone.
"""

import numpy as np
from numpy.typing import NDArray

from chemomech.physics.values import Values

# Opening [m] at which ions no longer cross, where an interface does not give its own: two to three
# distances of lithium and sulfur (0.24 nm); ions hop over 0.3 to 0.4 nm. An estimate.
CONDUCTION_OPENING = 1e-9


def within_reach(opening: Values, conduction_opening: Values) -> NDArray:
    """Return the share s (...) of a bond that still conducts at an opening, 1 to 0.

    Parameters
    ----------
    opening : (...) array
        Normal opening d_n [m].
    conduction_opening : (...) array
        Opening d_c at which nothing is left [m], > 0.

    Examples
    --------
    >>> within_reach([0.0, 0.5e-9, 0.75e-9, 1e-9], 1e-9).tolist()
    [1.0, 1.0, 0.5, 0.0]
    """
    z = np.clip(2.0 * np.asarray(opening) / conduction_opening - 1.0, 0.0, 1.0)
    return 1.0 - z**2 * (3.0 - 2.0 * z)


def bonded_share(
    opening: NDArray, damage: NDArray, kept: NDArray, conduction_opening: Values
) -> tuple[NDArray, NDArray]:
    """Return the share b (...) that conducts as bonded, 0 to 1, and the new memory m (...).

    Parameters
    ----------
    opening : (...) array
        Normal opening d_n at the step's end [m].
    damage : (...) array
        Damage D at the step's end, 0 to 1.
    kept : (...) array
        Memory m of the step's start; 1 where nothing has opened yet.
    conduction_opening : (...) array
        Opening d_c at which nothing is left [m], > 0.
    """
    reach = np.minimum(within_reach(opening, conduction_opening), kept)
    return (1.0 - damage) * reach, np.where(damage > 0.0, reach, kept)


def conducting_fraction(bonded: Values, real_contact: Values) -> Values:
    """Return chi = b + (1 - b) f, the share of the area that conducts, 0 to 1.

    Parameters
    ----------
    bonded : (...) array
        Share b that conducts as bonded, 0 to 1.
    real_contact : (...) array
        Real contact fraction f, 0 to 1.
    """
    return bonded + (1.0 - bonded) * real_contact
