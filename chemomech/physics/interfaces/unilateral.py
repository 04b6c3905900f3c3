r"""Unilateral contact and Coulomb friction of the separated part of an interface.

    p    = K_c <-d_n>,   t_n = -p                    contact of bonded and of separated faces alike
    |f| <= mu D p                                    friction of the separated share D of the area
    f'   = D K_t (d_t' - s'),   s' parallel to f,    no slip while |f| < mu D p

d_n, d_t normal and tangential opening, f the friction traction on the whole area [Pa], s the slip.
Area that separates within a step joins without friction stress: the step's friction uses the damage of
its start. So friction and damage meet through the state only, each step's energy is never
negative, and f^2/(2 K_t D) is what friction stores. Penalty stiffnesses K_c, K_t [Pa/m].

Source: Alfano, Sacco, Int. J. Numer. Meth. Eng. 68 (2006) 542 (friction on the damaged share of the area).
"""

import numpy as np


def contact(opening, stiffness):
    """Normal traction [Pa], its slope [Pa/m] and stored energy [J/m2] of closed faces; opening (...) is the normal one."""
    overlap = np.minimum(opening, 0.0)
    traction = stiffness * overlap
    return traction, np.where(opening <= 0.0, stiffness, 0.0), 0.5 * traction * overlap


def coulomb(slide, friction, damage, pressure, coefficient, stiffness):
    """Friction at the end of a step by return to the Coulomb cone.

    slide (..., t) [m]: tangential opening gained in the step. friction (..., t) [Pa]: at its start. damage (...): at
    its start. pressure (...) [Pa]: at its end, >= 0. coefficient >= 0, stiffness [Pa/m]: broadcast to (...).
    Returns friction (..., t), its derivatives by slide (..., t, t) and by pressure (..., t), slip energy (...) [J/m2].
    """
    held = damage * stiffness
    trial = friction + held[..., None] * slide
    size = np.sqrt(np.einsum("...t,...t->...", trial, trial))
    limit = coefficient * damage * pressure
    slips = size > limit
    safe = np.where(size > 0, size, 1.0)
    share = np.where(slips, limit / safe, 1.0)
    direction = trial / safe[..., None]
    stick = held[..., None, None] * np.eye(trial.shape[-1])
    along = (
        np.where(slips, held, 0.0)[..., None, None]
        * direction[..., :, None]
        * direction[..., None, :]
    )
    by_slide = share[..., None, None] * (stick - along)
    by_pressure = np.where(slips, coefficient * damage, 0.0)[..., None] * direction
    distance = (1.0 - share) * size / np.where(held > 0, held, 1.0)
    # Where the pressure fell, friction followed the cone down from its start.
    start = np.sqrt(np.einsum("...t,...t->...", friction, friction))
    mean = 0.5 * (np.maximum(start, share * size) + share * size)
    return share[..., None] * trial, by_slide, by_pressure, mean * distance


def friction_energy(friction, damage, stiffness):
    """|f|^2/(2 K_t D), what friction stores [J/m2]; friction (..., t) [Pa], damage (...)."""
    held = damage * stiffness
    square = np.einsum("...t,...t->...", friction, friction)
    return np.where(held > 0, 0.5 * square / np.where(held > 0, held, 1.0), 0.0)
