"""Krauskopf et al. 2019, in Eckhardt et al. 2023 †: resistance of Li | LLZO against pressure.

Plastic contact in spots of one radius, and the constriction of the current into them
(physics.contact).

Run as `python studies/published/krauskopf2019.py` to draw docs/images/krauskopf2019.png.
"""

import numpy as np
from system import MPA, OHM_CM2, canvas, load, save

from chemomech.physics.interfaces import contact

PUBLISHED = np.array([[10, 300], [41, 50]])  # MPa, ohm cm2 †
BOUND = 400.0, 0.1  # MPa, ohm cm2: less than that †


def resistance(system, pressures, hardness=None):
    """Resistance [ohm cm2] of one face at pressures [MPa]; hardness [Pa] instead of the
    system's."""
    rough = contact.RoughContact(system.contact_hardness if hardness is None else hardness)
    pressures = np.asarray(pressures, dtype=float) * MPA
    fraction, _ = contact.advance(
        "plastic", pressures, contact.initial_memory(pressures.shape), 0.0, rough
    )
    conductivity = system.materials["electrolyte"].ionic_conductivity
    return contact.spot_resistance(system.spot_radius, fraction, conductivity) / OHM_CM2


def claims():
    """Numbers of the text; asserts what it says of them."""
    system = load("li_llzo")
    found = resistance(system, PUBLISHED[:, 0])
    ratio = found / PUBLISHED[:, 1]
    assert ratio.min() > 0.5 and ratio.max() < 2.0
    highest = float(resistance(system, BOUND[0]))
    assert highest < BOUND[1]
    soft = resistance(system, PUBLISHED[:, 0], system.materials["lithium"].hardness)
    # With one radius the hardness of small indents bends the curve far too early.
    assert soft[0] / soft[1] > 20 * PUBLISHED[0, 1] / PUBLISHED[1, 1]
    return {"at 10 and 41 MPa": found, "at 400 MPa": highest, "at 43 MPa hardness": soft}


def draw():
    """One panel."""
    system = load("li_llzo")
    figure, (axis,) = canvas(1, width=5.2)
    pressure = np.geomspace(5, 310, 120)
    axis.loglog(pressure, resistance(system, pressure), color="C0", label="plastic spots, 315 MPa")
    soft = np.geomspace(5, 42.5, 80)
    axis.loglog(
        soft,
        resistance(system, soft, system.materials["lithium"].hardness),
        ":",
        color="C7",
        label="the same at 43 MPa hardness",
    )
    axis.loglog(*PUBLISHED.T, "ko", label="Krauskopf 2019 †")
    axis.loglog(*BOUND, "k", marker=r"$\downarrow$", ls="", ms=9, label="less than †")
    axis.set(
        title="Li | LLZO: one radius fitted, 75 µm",
        xlabel="pressure [MPa]",
        ylabel="resistance [Ω cm²]",
        ylim=(0.02, 2e3),
        xlim=(4, 600),
    )
    save(figure, "krauskopf2019")


if __name__ == "__main__":
    print(claims())
    draw()
