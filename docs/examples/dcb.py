"""Double cantilever beam: the bond of two arms breaks, and the force falls as beam theory says.

Arms of height h, E' = E/(1 - nu^2), crack of effective length A: opening 8 P A^3/(E' h^3), energy
release rate 12 P^2 A^2/(E' h^3) = G while it grows (ISO 15024).
"""

import numpy as np

from chemomech.geometry.mesh.structured import box_mesh
from chemomech.models.body import Held, Solid, bond, hold, make_body, touch
from chemomech.models.mechanics import Load
from chemomech.simulation.newton import NewtonOptions, step

LENGTH, NOTCH, ARM = 40e-3, 15e-3, 1e-3  # m
YOUNG, POISSON, ENERGY, STRENGTH, STIFFNESS = 70e9, 0.3, 250.0, 30e6, 5e14

middle = lambda x: abs(x[1] - ARM) < 1e-9
lines = {
    "bond": lambda x: middle(x) and x[0] > NOTCH,
    "notch": lambda x: middle(x) and x[0] < NOTCH,
}
mesh = box_mesh((160, 8), (LENGTH, 2 * ARM), lambda x: "low" if x[1] < ARM else "high", lines)
solids = dict.fromkeys(("low", "high"), Solid(YOUNG, POISSON))
# Slender arms feel even a millionth of the bond's stiffness over the open crack.
bonded = bond(STIFFNESS, STRENGTH, ENERGY, residual=1e-11)
laws = {"bond": bonded, "notch": touch(STIFFNESS, residual=1e-11)}
pulled = [Held("left", 1, factor=0.5, region="high"), Held("left", 1, factor=-0.5, region="low")]
body = make_body(mesh, solids, laws, hold(Held("right"), *pulled))

state, forces, openings = body.initial_state(), [], np.linspace(0.1e-3, 1.6e-3, 16)
for opening in openings:
    load = Load(prescribed_displacement=opening)
    state = step(body, state, load, NewtonOptions(1e-7, 150)).state
    forces.append(-state.pressure * body.area)  # N per metre of width

bending = YOUNG / (1 - POISSON**2) * ARM**3
moment = np.sqrt(ENERGY * bending / 12)  # P A while the crack grows
theory = moment / np.sqrt(openings * bending / (8 * moment))
print(np.column_stack([openings, forces, theory])[openings > 1.2e-3])
assert np.allclose(np.array(forces)[openings > 1.2e-3], theory[openings > 1.2e-3], rtol=3e-3)
