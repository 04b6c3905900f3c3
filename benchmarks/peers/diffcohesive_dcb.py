"""The double cantilever beam in diffcohesive: displacement control with cut steps, or arc length.

Units are mm, N, MPa: the law of version 0.1.2 adds 1e-12 to the squared sliding, a micrometre in SI
units. The cohesive elements are linear; on quadratic triangles every side of the interface carries
two of them.
"""

import contextlib
import itertools
import time
from importlib.metadata import version

import dcb
import numpy as np
import torch
from diffcohesive.assembly import CohesiveMeshModel
from diffcohesive.laws import BilinearMixedModeTSL
from diffcohesive.mesh import build_double_cantilever_mesh
from diffcohesive.solvers import adaptive_displacement_solve, arc_length_solve

MM, MPA = 1e-3, 1e6
STIFFNESS = dcb.INTERFACE_STIFFNESS / MPA * MM  # MPa/mm
STRENGTH = dcb.STRENGTH / MPA
ENERGY = dcb.FRACTURE_ENERGY / (MPA * MM)  # N/mm


class Reached(Exception):
    """The last opening is passed or the time is up: the arc-length solver itself knows a number of
    steps only."""


class Watched(CohesiveMeshModel):
    """Counts tangents (one per linear solve) and keeps the state that every arc-length step starts
    from."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.tangents, self.states, self.pattern, self.deadline = 0, [], None, np.inf

    def tangent(self, u, kappa_state, law_params=None):
        if time.perf_counter() > self.deadline:
            raise Reached
        self.tangents += 1
        if self.pattern is not None and (not self.states or self.states[-1][1] is not kappa_state):
            self.states.append((u.clone(), kappa_state))
            if float(self.pattern @ u) > dcb.LAST_OPENING / MM:
                raise Reached
        return super().tangent(u, kappa_state, law_params)


def quadratic(refinement):
    """Points [mm], cells, cohesive connectivity and end nodes of the quadratic mesh of dcb.py."""
    specimen = dcb.Specimen(refinement, split=True)
    low, up = specimen.interface, specimen.opposite
    halves = [np.column_stack([low[:, [i, j]], up[:, [j, i]]]) for i, j in ((0, 2), (2, 1))]
    return (
        torch.tensor(specimen.points / MM),
        {"triangle6": torch.tensor(specimen.cells)},
        torch.tensor(np.stack(halves, axis=1).reshape(-1, 4)),
        specimen.left_lower,
        specimen.left_upper,
        specimen.right,
    )


def linear(refinement, kind):
    """The same for the package's own grid of linear elements, with half the spacing (as many
    nodes)."""
    nx, ny = 2 * round(dcb.LENGTH / dcb.ARM_HEIGHT) * refinement, 2 * refinement
    mesh = build_double_cantilever_mesh(
        dcb.LENGTH / MM, dcb.ARM_HEIGHT / MM, dcb.NOTCH / MM, nx=nx, ny=ny, element_type=kind
    )
    left = np.flatnonzero(mesh.points[:, 0].numpy() < 1e-9)
    rows = mesh.elements.numpy()
    upper = mesh.points.numpy()[rows].mean(axis=1)[:, 1] > dcb.ARM_HEIGHT / MM
    return (
        mesh.points,
        {mesh.cell_type: mesh.elements},
        mesh.cohesive_connectivity,
        np.intersect1d(left, rows[~upper]),
        np.intersect1d(left, rows[upper]),
        mesh.right_edge_nodes.numpy(),
    )


def build(options):
    """The model, the fixed dofs and the pulled dofs of the lower and of the upper arm."""
    if options.element == "triangle6":
        points, cells, cohesive, lower, upper, right = quadratic(options.refinement)
    else:
        points, cells, cohesive, lower, upper, right = linear(options.refinement, options.element)
    law = BilinearMixedModeTSL(
        STRENGTH, STRENGTH, ENERGY, ENERGY, K=STIFFNESS, viscosity=options.viscosity
    )
    model = Watched(points, cells, cohesive, law, E=dcb.YOUNG / MPA, nu=dcb.POISSON)
    vertical = lambda nodes: torch.tensor(2 * nodes + 1)
    return model, model.dof_indices(torch.tensor(right)), vertical(lower), vertical(upper)


def dissipated(model, kappa):
    """Gc times the integral of (opening - onset)/(final - onset) of the largest openings [J/m]."""
    largest = kappa[..., 0] if kappa.ndim == 3 else kappa
    onset, final = STRENGTH / STIFFNESS, 2 * ENERGY / STRENGTH
    share = ((largest - onset) / (final - onset)).clamp(0.0, 1.0)
    ends = model.points[model.cohesive_connectivity[:, :2]]
    lengths = torch.linalg.norm(ends[:, 1] - ends[:, 0], dim=1)
    return float(ENERGY * (share.mean(dim=1) * lengths).sum()) * MPA * MM**2


def pull_apart(model, fixed, lower, upper, options):
    """Displacement control: `steps` equal openings, each cut in half as often as needed."""
    dofs = torch.cat([fixed, lower, upper])

    def prescribed(opening):
        values = torch.zeros(len(dofs), dtype=torch.float64)
        values[len(fixed) : -len(upper)], values[-len(upper) :] = -0.5 * opening, 0.5 * opening
        return dofs, values

    u, kappa = torch.zeros(model.n_dof, dtype=torch.float64), model.init_history()
    openings = np.linspace(0.0, dcb.LAST_OPENING / MM, options.steps + 1)
    curve = [(0.0, 0.0, 0.0)]
    for before, after in itertools.pairwise(openings):
        try:
            outcome = adaptive_displacement_solve(
                model,
                prescribed,
                kappa,
                u,
                before,
                after,
                tol=options.tolerance,
                max_iter=options.iterations,
                linear_solver="sparse" if options.sparse else "dense",
            )
        except Reached:
            break
        if outcome is None or outcome[3] < after - 1e-9:
            break
        result, u, kappa, _ = outcome
        curve.append(
            (
                after * MM,
                float(result.reaction[-len(upper) :].sum()) * MPA * MM,
                dissipated(model, kappa),
            )
        )
        if options.verbose:
            print(*curve[-1], model.tangents, flush=True)
    return curve


def follow_arc(model, fixed, lower, upper, options):
    """Arc length under equal and opposite loads on the ends, spread as a uniform shear stress."""
    pattern = torch.zeros(model.n_dof, dtype=torch.float64)
    for dofs, sign in ((lower, -1.0), (upper, 1.0)):
        y = model.points[(dofs - 1) // 2, 1].numpy()
        order = np.argsort(y)
        simpson = options.element == "triangle6"
        weights = np.tile([2.0, 4.0] if simpson else [1.0], len(y))[: len(y)]
        weights[[0, -1]] = 1.0 if simpson else 0.5
        pattern[dofs[order]] = sign * torch.tensor(weights / weights.sum())
    free = np.setdiff1d(np.arange(model.n_dof), fixed.numpy())
    stiffness = model.tangent(torch.zeros(model.n_dof, dtype=torch.float64), model.init_history())
    unit = torch.linalg.solve(stiffness[free][:, free], pattern[free])
    arc = float(unit.norm() / (pattern[free] @ unit)) * dcb.LAST_OPENING / MM / options.steps
    model.pattern, model.tangents = pattern, 0
    with contextlib.suppress(Reached):
        arc_length_solve(
            model,
            fixed,
            pattern,
            model.init_history(),
            ds=arc,
            n_steps=20 * options.steps,
            tol=options.tolerance,
            max_iter=options.iterations,
        )
    curve = []
    for u, kappa in model.states:
        load = model.residual(u, kappa)[0] @ pattern / (pattern @ pattern)
        curve.append((float(pattern @ u) * MM, float(load) * MPA * MM, dissipated(model, kappa)))
        if options.verbose:
            print(*curve[-1])
    return curve


def main():
    parser = dcb.arguments(__doc__.splitlines()[0], steps=100)
    parser.add_argument("--element", choices=("triangle6", "triangle", "quad"), default="triangle6")
    parser.add_argument("--control", choices=("displacement", "arc"), default="displacement")
    parser.add_argument(
        "--tolerance", type=float, default=1e-6, help="residual over the reactions' size"
    )
    parser.add_argument("--iterations", type=int, default=30, help="at most, per step")
    parser.add_argument("--viscosity", type=float, default=0.0, help="of the damage, in steps")
    parser.add_argument(
        "--sparse", action="store_true", help="sparse LU (displacement control only)"
    )
    parser.add_argument("--limit", type=float, default=np.inf, help="seconds after which to stop")
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(1)
    model, *ends = build(options)
    began = time.perf_counter()
    model.deadline = began + options.limit
    with torch.no_grad():
        curve = (follow_arc if options.control == "arc" else pull_apart)(model, *ends, options)
    seconds = time.perf_counter() - began
    sizes = {"nodes": model.n_points, "cells": len(model.mesh.elements()), "cohesive": model.n_coh}
    settings = {
        name: value for name, value in vars(options).items() if name not in ("output", "verbose")
    }
    counts = {"iterations": model.tangents, "steps": len(curve) - 1}
    packages = ", ".join(
        f"{name} {version(name)}" for name in ("diffcohesive", "tensormesh-fem", "torch")
    )
    dcb.report(options.output, "diffcohesive", packages, settings, sizes, curve, counts, seconds)


if __name__ == "__main__":
    main()
