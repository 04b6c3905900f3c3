"""The double cantilever beam in Akantu: intrinsic cohesive elements, bilinear law, static Newton.

Steps are cut in half when Newton fails and grow again, as Akantu itself has no step control.
"""

import tempfile
import time
from pathlib import Path

import akantu
import dcb
import numpy as np

MATERIALS = """
model solid_mechanics_model_cohesive [
  cohesive_inserter [
    cohesive_surfaces = [interface]
  ]
  material elastic [
    name = arm
    rho = 1.0
    E = {young}
    nu = {poisson}
  ]
  material cohesive_bilinear [
    name = glue
    sigma_c = {strength}
    G_c = {energy}
    delta_0 = {onset}
    beta = 1.0
    kappa = 1.0
    penalty = {penalty}
    contact_after_breaking = true
  ]
]
"""


def build(refinement, penalty, folder):
    """The model with cohesive elements on the interface."""
    specimen = dcb.Specimen(refinement, split=False)
    mesh_file, material_file = str(Path(folder) / "dcb.msh"), Path(folder) / "material.dat"
    specimen.write_msh(mesh_file)
    material_file.write_text(
        MATERIALS.format(
            young=dcb.YOUNG,
            poisson=dcb.POISSON,
            strength=dcb.STRENGTH,
            energy=dcb.FRACTURE_ENERGY,
            onset=dcb.STRENGTH / dcb.INTERFACE_STIFFNESS,
            penalty=penalty,
        )
    )
    akantu.parseInput(str(material_file))
    mesh = akantu.Mesh(2)
    mesh.read(mesh_file)
    model = akantu.SolidMechanicsModelCohesive(mesh)
    model.initFull(_analysis_method=akantu._static, _is_extrinsic=False)
    return specimen, mesh, model


def give_history(model):
    """Let a failed step take back its damage.

    In this version the largest opening of the bilinear law is not among the fields that a failed
    step restores, so that damage from the iterations of a step that was given up would stay.
    """
    largest = model.getMaterial("glue").getInternalReal("delta max")
    if not largest.hasHistory():
        largest.initializeHistory()
    return largest


class FromStart(akantu.InterceptSolverCallback):
    """Judges damage from the start of the step at every iteration; Akantu keeps the iterations'
    maximum."""

    def __init__(self, model, largest):
        super().__init__(model)
        self.largest = largest

    def assembleResidual(self):
        kind = akantu._cohesive_2d_6
        self.largest(kind)[:] = self.largest.previous(kind)
        super().assembleResidual()


class Pull:
    """Drives the arms apart; knows which nodes Akantu gave the ends after it had doubled the
    interface's."""

    def __init__(self, mesh, model, upper_nodes):
        self.model = model
        x = mesh.getNodes()
        right, left = x[:, 0] > dcb.LENGTH - 1e-9, x[:, 0] < 1e-9
        upper = np.zeros(len(x), dtype=bool)
        upper[upper_nodes] = True
        self.upper, self.lower = np.flatnonzero(left & upper), np.flatnonzero(left & ~upper)
        blocked = model.getBlockedDOFs()
        blocked[right] = True
        blocked[self.upper, 1] = blocked[self.lower, 1] = True

    def to(self, opening):
        u = self.model.getDisplacement()
        u[self.upper, 1], u[self.lower, 1] = 0.5 * opening, -0.5 * opening

    def load(self):
        return -float(self.model.getInternalForce()[self.upper, 1].sum())


def dissipated(model, interface):
    """Gc times the integral of the damage of the bilinear law, which is linear in the largest
    opening [J/m].

    interface: number of cohesive elements, all of one length. Akantu's own account integrates
    traction over opening by the trapezoidal rule and so depends on the steps.
    """
    damage = np.asarray(model.getMaterial("glue").getInternalReal("damage")(akantu._cohesive_2d_6))
    damage = damage.reshape(interface, -1)
    weights = np.polynomial.legendre.leggauss(damage.shape[1])[1] / 2
    return float(
        dcb.FRACTURE_ENERGY * (dcb.LENGTH - dcb.NOTCH) / interface * (damage @ weights).sum()
    )


def follow(model, pull, interface, options):
    """Open the beam; the curve, the counts and the energy dissipated by Akantu's own account."""
    solver = model.getNonLinearSolver()
    solver.set("max_iterations", options.iterations)
    solver.set("threshold", options.threshold)
    solver.set("convergence_type", getattr(akantu.SolveConvergenceCriteria, options.criterion))
    largest = dcb.LAST_OPENING / options.steps
    smallest, step, opening, velocity = largest / 2**options.cuts, largest, 0.0, None
    largest_opening = give_history(model) if options.history != "shipped" else None
    callback = [FromStart(model, largest_opening)] if options.history == "start" else []
    curve, counts = [(0.0, 0.0, 0.0)], {"iterations": 0, "wasted": 0, "steps": 0, "cuts": 0}
    while opening < dcb.LAST_OPENING * (1 - 1e-9):
        start = model.getDisplacement().copy()
        step = min(step, dcb.LAST_OPENING - opening)
        if options.guess and velocity is not None:
            model.getDisplacement()[:] += step * velocity
        pull.to(opening + step)
        try:
            model.solveStep(*callback)
        except Exception as error:  # the binding maps its exceptions to several classes
            dissipated_fraction = solver.getInt("nb_iterations")
            counts["iterations"] += dissipated_fraction
            counts["wasted"] += dissipated_fraction
            counts["cuts"] += 1
            model.getDisplacement()[:] = start
            velocity = None
            step *= 0.5
            if step < smallest:
                print(f"stopped at {opening:.4e} m: {error}")
                break
            continue
        velocity = (model.getDisplacement() - start) / step
        opening += step
        dissipated_fraction = solver.getInt("nb_iterations")
        counts["iterations"] += dissipated_fraction
        counts["steps"] += 1
        curve.append((opening, pull.load(), dissipated(model, interface)))
        if options.verbose:
            print(
                *(f"{value:.5e}" for value in curve[-1]),
                dissipated_fraction,
                solver.getReal("error"),
                flush=True,
            )
        if dissipated_fraction <= options.iterations // 2:
            step = min(1.5 * step, largest)
    return curve, {**counts, "dissipated_own_account": model.getEnergy("dissipated")}


def main():
    parser = dcb.arguments(__doc__.splitlines()[0], steps=100)
    parser.add_argument(
        "--penalty", type=float, default=100 * dcb.INTERFACE_STIFFNESS, help="in contact [Pa/m]"
    )
    parser.add_argument("--threshold", type=float, default=1e-9, help="of Newton, see --criterion")
    parser.add_argument("--criterion", choices=("residual", "solution"), default="residual")
    parser.add_argument("--iterations", type=int, default=30, help="at most, per step")
    parser.add_argument("--cuts", type=int, default=10, help="halvings of a step before giving up")
    parser.add_argument(
        "--history",
        choices=("shipped", "step", "start"),
        default="start",
        help="shipped: as it comes; step: failed steps take their damage back; "
        "start: so do iterations",
    )
    parser.add_argument(
        "--guess", action="store_true", help="start a step from the last one's extrapolation"
    )
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        specimen, mesh, model = build(options.refinement, options.penalty, folder)
    pull = Pull(mesh, model, specimen.left_upper)
    began = time.perf_counter()
    curve, counts = follow(model, pull, len(specimen.interface), options)
    seconds = time.perf_counter() - began
    sizes = {
        "nodes": int(mesh.getNbNodes()),
        "triangles": int(mesh.getNbElement(type=akantu._triangle_6)),
        "cohesive": int(mesh.getNbElement(type=akantu._cohesive_2d_6)),
    }
    settings = {
        name: value for name, value in vars(options).items() if name not in ("output", "verbose")
    }
    dcb.report(
        options.output, "Akantu", akantu.__version__, settings, sizes, curve, counts, seconds
    )


if __name__ == "__main__":
    main()
