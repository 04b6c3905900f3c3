r"""Unilateral contact and Coulomb friction of the debonded part of an interface.

    p    = K_c <-d_n>,   t_n = -p                    contact of bonded and debonded faces alike
    |f| <= mu D p                                    friction of the debonded share D of the area
    f'   = D K_t (d_t' - s'),   s' parallel to f,    no slip while |f| < mu D p

d_n, d_t normal and tangential opening, f the friction traction on the whole area [Pa], s the slip.
Area that debonds within a step joins without friction stress: the step's friction uses the damage
of its start. So friction and damage meet through the state only, each step's energy is never
negative, and f^2/(2 K_t D) is what friction stores. Penalty stiffnesses K_c, K_t [Pa/m].

Source: Alfano, Sacco, Int. J. Numer. Meth. Eng. 68 (2006) 542 (friction on the damaged share of the
area).
"""

import numpy as np
from numpy.typing import NDArray

from chemomech.physics.values import Values


def contact(opening: NDArray, stiffness: Values) -> tuple[NDArray, NDArray, NDArray]:
    """Return normal traction [Pa], its slope [Pa/m] and stored energy [J/m2] of closed faces.

    Parameters
    ----------
    opening : (...) array
        Normal opening d_n [m].
    stiffness : (...) array
        Penalty K_c [Pa/m], > 0.
    """
    overlap = np.minimum(opening, 0.0)
    traction = stiffness * overlap
    return traction, np.where(opening <= 0.0, stiffness, 0.0), 0.5 * traction * overlap


def coulomb(
    slide: NDArray,
    friction: NDArray,
    damage: NDArray,
    pressure: NDArray,
    coefficient: Values,
    stiffness: Values,
) -> tuple[NDArray, NDArray, NDArray, NDArray]:
    """Return the friction at the end of a step by return to the Coulomb cone.

    Parameters
    ----------
    slide : (..., t) array
        Tangential opening gained in the step [m].
    friction : (..., t) array
        Friction traction at the step's start [Pa].
    damage : (...) array
        Damage D at the step's start, 0 to 1.
    pressure : (...) array
        Contact pressure at the step's end [Pa], >= 0.
    coefficient : (...) array
        Coulomb coefficient mu [-], >= 0.
    stiffness : (...) array
        Penalty K_t [Pa/m], > 0.

    Returns
    -------
    friction : (..., t) array
        Friction traction at the step's end [Pa].
    by_slide : (..., t, t) array
        Its derivative by the slide [Pa/m].
    by_pressure : (..., t) array
        Its derivative by the pressure [-].
    energy : (...) array
        Energy that slip dissipates in the step [J/m2], >= 0.
    """
    shear_stiffness = damage * stiffness
    trial = friction + shear_stiffness[..., None] * slide
    size = np.sqrt(np.einsum("...t,...t->...", trial, trial))
    limit = coefficient * damage * pressure
    slips = size > limit
    safe = np.where(size > 0, size, 1.0)
    share = np.where(slips, limit / safe, 1.0)
    direction = trial / safe[..., None]
    stick = shear_stiffness[..., None, None] * np.eye(trial.shape[-1])
    along = (
        np.where(slips, shear_stiffness, 0.0)[..., None, None]
        * direction[..., :, None]
        * direction[..., None, :]
    )
    by_slide = share[..., None, None] * (stick - along)
    by_pressure = np.where(slips, coefficient * damage, 0.0)[..., None] * direction
    distance = (1.0 - share) * size / np.where(shear_stiffness > 0, shear_stiffness, 1.0)
    # Where the pressure fell, friction followed the cone down from its start.
    start = np.sqrt(np.einsum("...t,...t->...", friction, friction))
    mean = 0.5 * (np.maximum(start, share * size) + share * size)
    return share[..., None] * trial, by_slide, by_pressure, mean * distance


def friction_energy(friction: NDArray, damage: NDArray, stiffness: Values) -> NDArray:
    """Return what friction stores, |f|^2/(2 K_t D) [J/m2].

    Parameters
    ----------
    friction : (..., t) array
        Friction traction [Pa].
    damage : (...) array
        Damage D, 0 to 1.
    stiffness : (...) array
        Penalty K_t [Pa/m], > 0.
    """
    shear_stiffness = damage * stiffness
    square = np.einsum("...t,...t->...", friction, friction)
    return np.where(
        shear_stiffness > 0, 0.5 * square / np.where(shear_stiffness > 0, shear_stiffness, 1.0), 0.0
    )
