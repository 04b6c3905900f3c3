"""One point of a bonded interface pulled open: what a cohesive law costs, with numpy alone.

The bilinear law rises with its stiffness K to the strength s and falls to zero at 2 G/s; the work
is the fracture energy G. A point that is let go half way comes back along a straight line to zero.
"""

import numpy as np

from chemomech.physics.interfaces.cohesive import bilinear

STIFFNESS, STRENGTH, ENERGY = 1e15, 50e6, 2.0  # Pa/m, Pa, J/m2
ONSET, FINAL = STRENGTH / STIFFNESS, 2 * ENERGY / STRENGTH  # m

law = bilinear(STIFFNESS, STRENGTH, STRENGTH, ENERGY, ENERGY)


def pull(openings, history):
    """Tractions [Pa] along openings [m], dissipated energies [J/m2], and the last history."""
    tractions, dissipated = [], []
    for opening in openings:
        response = law(np.array([opening, 0.0]), history, np.inf)
        history = response.history
        tractions.append(response.traction[0])
        dissipated.append(response.fracture)
    return np.array(tractions), np.array(dissipated), history


# The path has a point at the onset of damage and goes a little beyond the final opening.
openings = np.concatenate([np.linspace(0, ONSET, 11), np.linspace(ONSET, 1.01 * FINAL, 2001)[1:]])
bonded = law.initial_history(np.array(0.0))
tractions, dissipated, history = pull(openings, bonded)
work = np.sum(0.5 * (tractions[1:] + tractions[:-1]) * np.diff(openings))
assert np.isclose(tractions.max(), STRENGTH, rtol=1e-12)
assert np.isclose(work, ENERGY, rtol=1e-3) and np.isclose(dissipated.sum(), ENERGY, rtol=1e-12)
assert history[0] == 1.0 and abs(tractions[-1]) < 1e-5 * STRENGTH

half = 0.5 * (ONSET + FINAL)
(peak, back), _, history = pull([half, 0.5 * half], bonded)
assert np.isclose(peak, 0.5 * STRENGTH, rtol=1e-5) and np.isclose(back, 0.5 * peak, rtol=1e-9)
print(f"strength {tractions.max():.3g} Pa, work {work:.4f} J/m2, half way back {back:.3g} Pa")
