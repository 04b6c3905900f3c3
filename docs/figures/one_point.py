"""One interface point pulled open, pressed and pulled again: what simpler laws miss.

Three laws see the same normal openings:
- chemomech's: cohesion with damage, contact of closed faces, conduction b + (1 - b) f(p), whose b
  is 1 - D of a bond that has not opened beyond an ion's reach;
- `without_recontact`: t = (1 - D) K d for both signs, damage driven by |d|, conduction 1 - D.
  Compression damages, and faces that came loose carry nothing when they are pressed together again;
- `without_toughness`: t = K min(d, 0), conduction f(p). Faces only touch: opening costs no energy,
  and a point without pressure conducts nothing although it was bonded.

Run as `python docs/figures/one_point.py` to draw docs/images/one_point.png.
"""

import itertools
from pathlib import Path

import numpy as np

from chemomech.physics.interfaces import contact
from chemomech.physics.interfaces import interface as interfacial
from chemomech.physics.interfaces.cohesive import bilinear

STIFFNESS, STRENGTH, ENERGY, HARDNESS = 4e15, 20e6, 1.0, 600e6
ONSET, FINAL = STRENGTH / STIFFNESS, 2 * ENERGY / STRENGTH
# nm: half broken, pressed at 200 MPa, broken, pressed, opened again, closed
CORNERS = np.array([0.0, 20.0, -50.0, 130.0, -50.0, 130.0, 0.0]) * 1e-9


def openings(points=400):
    """Make the common path (n,) [m]."""
    pieces = [np.linspace(a, b, points, endpoint=False) for a, b in itertools.pairwise(CORNERS)]
    return np.concatenate([*pieces, CORNERS[-1:]])


def real_contact(pressure):
    """Give f(p) on the plastic loading curve.

    It has no memory here, so that the three laws differ in one thing only.
    """
    return contact.plastic_contact_fraction(np.maximum(pressure, 0.0), HARDNESS)


def one_law(path):
    """Give traction [Pa], damage and conducting fraction of chemomech's law along a path (n,)."""
    law = interfacial.InterfaceLaw(
        bilinear(STIFFNESS, STRENGTH, STRENGTH, ENERGY, ENERGY), STIFFNESS
    )
    state, rows, kept = interfacial.initial_state(law, np.zeros(()), 2), [], np.ones(())
    for opening in path:
        response = interfacial.respond(law, np.array([opening, 0.0]), state, np.inf)
        state = response.state
        traction, damage = float(response.traction[0]), float(state.damage)
        bonded, kept = contact.bonded_share(
            np.array(opening), state.damage, kept, contact.CONDUCTION_OPENING
        )
        chi = contact.conducting_fraction(bonded, real_contact(-traction))
        rows.append((traction, damage, float(chi)))
    return np.array(rows).T


def damage_at(size):
    """Give D of the bilinear curve."""
    size = np.maximum(size, ONSET)
    return np.minimum(FINAL * (size - ONSET) / (size * (FINAL - ONSET)), 1.0)


def without_recontact(path):
    """Give the same columns for one damage law that knows no sign."""
    damage = damage_at(np.maximum.accumulate(np.abs(path)))
    return np.array([(1.0 - damage) * STIFFNESS * path, damage, 1.0 - damage])


def without_toughness(path):
    """Give the same columns for faces that only touch."""
    traction = STIFFNESS * np.minimum(path, 0.0)
    return np.array([traction, np.ones_like(path), real_contact(-traction)])


LAWS = {
    "one law": one_law,
    "without recontact": without_recontact,
    "without toughness": without_toughness,
}


def work(path, traction):
    """Give the work done on the point along the path [J/m2], (n,)."""
    mean = 0.5 * (traction[1:] + traction[:-1])
    return np.concatenate([[0.0], np.cumsum(mean * np.diff(path))])


def draw(target):
    """Draw traction against opening, and the conducting fraction and work along the path."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    path = openings()
    along = np.arange(len(path)) / 400
    figure, axes = plt.subplots(
        3, 3, figsize=(10, 8), sharex="row", sharey="row", layout="constrained"
    )
    for column, (name, law) in zip(axes.T, LAWS.items(), strict=True):
        traction, _, conducting = law(path)
        column[0].plot(path * 1e9, traction / 1e6, color="C0", lw=1.2)
        column[0].set(title=name, xlabel="opening / nm")
        column[1].plot(along, conducting, color="C1")
        column[2].plot(along, work(path, traction), color="C2")
        column[2].axhline(ENERGY, color="0.6", lw=0.8, ls="--")
        for axis in column[1:]:
            axis.set_xticks(
                range(7),
                ["start", "open", "pressed", "open", "pressed", "open", "closed"],
                rotation=45,
            )
    for axis, label in zip(
        axes[:, 0], ("traction / MPa", "conducting fraction", "work / (J/m²)"), strict=True
    ):
        axis.set_ylabel(label)
    axes[0, 0].set_ylim(-220, 40)
    axes[2, 2].annotate(
        "fracture energy",
        (4.3, ENERGY),
        (0, 3),
        textcoords="offset points",
        fontsize=8,
        color="0.4",
    )
    figure.savefig(target, dpi=110)


if __name__ == "__main__":
    draw(Path(__file__).parents[1] / "images" / "one_point.png")
