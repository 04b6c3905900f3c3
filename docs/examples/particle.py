"""Debonding particle: a cylinder that shrinks in a matrix pulls on its bond until this breaks.

Particle of radius a in a ring of radius b, plane strain; the traction t at the bond of stiffness K:
    t (C_p + C_m + 1/K) = -(1 + nu_p) a e,     e < 0 the free strain of the particle (Lame),
until it is the strength. Debonded, the gap is (1 + nu_p) a |e|, the cost G times the bond's length.
"""

from dataclasses import replace

import numpy as np

from chemomech.geometry.mesh.structured import box_mesh
from chemomech.models.body import Held, Solid, bond, hold, make_body
from chemomech.models.mechanics import Load
from chemomech.simulation.newton import step

A, B, NU_P, NU_M = 2e-6, 6e-6, 0.3, 0.35  # m
SOLIDS = {"particle": Solid(140e9, NU_P, swells=True), "matrix": Solid(20e9, NU_M)}
STIFFNESS, STRENGTH, ENERGY = 1e16, 40e6, 1.5  # Pa/m, Pa, J/m2
square = box_mesh((30, 30), (B, B), lambda x: "particle" if max(x) < A else "matrix")
# Squares around the corner become quarter circles.
points = square.points * square.points.max(axis=1, keepdims=True)
points[1:] /= np.linalg.norm(square.points[1:], axis=1, keepdims=True)
laws = {"particle|matrix": bond(STIFFNESS, STRENGTH, ENERGY)}
mesh, sides = replace(square, points=points), hold(Held("left", 0), Held("bottom", 1))
body = make_body(mesh.validate(), SOLIDS, laws, sides)

particle = A * (1 + NU_P) * (1 - 2 * NU_P) / 140e9
matrix = A * (1 + NU_M) * ((1 - 2 * NU_M) * A**2 + B**2) / (20e9 * (B**2 - A**2))
critical = STRENGTH * (particle + matrix + 1 / STIFFNESS) / ((1 + NU_P) * A)  # |e| at the strength
state, dissipated, tractions, gaps = body.initial_state(), 0.0, [], []
for share in (0.99, 3.0, 10.0):
    result = step(body, state, Load(chemical_strain=-share * critical))
    state, dissipated = result.state, dissipated + result.energy.fracture
    tractions.append(float(state.traction[..., 0].mean()))
    gaps.append(float(state.opening[..., 0].mean()))
print(f"tractions {tractions} Pa, gaps {gaps} m, dissipated {dissipated} J/m")
assert np.isclose(tractions[0], 0.99 * STRENGTH, rtol=2e-3) and abs(tractions[2]) < 1e-4 * STRENGTH
assert np.isclose(gaps[2], (1 + NU_P) * A * 10.0 * critical, rtol=2e-3)
assert np.isclose(dissipated, ENERGY * np.pi * A / 2, rtol=2e-3)
