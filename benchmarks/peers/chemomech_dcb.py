"""The double cantilever beam in chemomech: bilinear law, contact and history on, Newton at given
openings.

From the project's root: environment/run python3 benchmarks/peers/chemomech_dcb.py --refinement 2
"""

import time

import dcb
import numpy as np

import chemomech
from chemomech.fem.domain import build_domain
from chemomech.geometry import Microstructure
from chemomech.models.mechanics import BulkParameters, Load, Mechanics
from chemomech.models.supports import Supports, boundary_dofs
from chemomech.physics.bulk import elasticity
from chemomech.physics.interfaces.cohesive import COHESIVE_LAWS
from chemomech.physics.interfaces.cohesive.debonded import debonded_law
from chemomech.physics.interfaces.interface import InterfaceLaw
from chemomech.simulation.newton import NewtonOptions
from chemomech.simulation.run_state import RunState
from chemomech.simulation.step_control import StepControl
from chemomech.simulation.stepping import follow

GLUE, NOTCH = "glue", "notch"
# Stiffness left after separation over the initial one; slender arms feel the default 1e-6.
RESIDUAL = 1e-11


def domain_of(refinement):
    """The specimen's triangles, with the notch as an interface without cohesion."""
    specimen = dcb.Specimen(refinement, split=False)
    # The notch's doubled points become one again: a domain splits its interfaces itself.
    corners, triangles = np.unique(specimen.cells[:, :3], return_inverse=True)
    points, first = np.unique(np.round(specimen.points[corners], 12), axis=0, return_inverse=True)
    cells = first.reshape(-1)[triangles].reshape(-1, 3)
    regions, parts = np.where(specimen.upper, 2, 1), np.full(len(cells), -1)
    mesh = Microstructure(points, cells, regions, {"lower": 1, "upper": 2}, parts)
    outer = mesh.outer_facets()
    x, y = points[outer].mean(axis=1).T
    faces = {
        "lower end": (x < 1e-9) & (y < dcb.ARM_HEIGHT),
        "upper end": (x < 1e-9) & (y > dcb.ARM_HEIGHT),
        "held": x > dcb.LENGTH - 1e-9,
    }
    between = mesh.interface_between("lower", "upper")
    joined = points[between].mean(axis=1)[:, 0] > dcb.NOTCH
    faces = {name: outer[chosen] for name, chosen in faces.items()}
    mesh = Microstructure(points, cells, regions, mesh.regions, parts, faces=faces)
    return build_domain(
        mesh.with_interfaces({GLUE: between[joined], NOTCH: between[~joined]}).validate()
    )


def build(refinement):
    """Mechanics of the specimen; the arms' ends move apart by Load.travel."""
    domain = domain_of(refinement)
    everywhere = np.ones((len(domain.region), 1))
    bulk = BulkParameters(
        shear=elasticity.shear_modulus(dcb.YOUNG, dcb.POISSON) * everywhere,
        bulk=elasticity.bulk_modulus(dcb.YOUNG, dcb.POISSON) * everywhere,
        yield_strength=np.inf * everywhere, hardening=0 * everywhere, swells=0 * everywhere,
    )  # fmt: skip

    def supports(domain, space):
        parts = [(boundary_dofs(domain, space, "held", component), 0.0) for component in (0, 1)]
        parts += [
            (boundary_dofs(domain, space, "lower end", 1), -0.5),
            (boundary_dofs(domain, space, "upper end", 1), 0.5),
        ]
        dofs = np.concatenate([dofs for dofs, _ in parts])
        return Supports(
            dofs, factor=np.concatenate([np.full(len(dofs), share) for dofs, share in parts])
        )

    strengths, energies = (dcb.STRENGTH, dcb.STRENGTH), (dcb.FRACTURE_ENERGY, dcb.FRACTURE_ENERGY)
    glue = COHESIVE_LAWS["bilinear"](
        dcb.INTERFACE_STIFFNESS, *strengths, *energies, residual=RESIDUAL
    )
    # As in the other programs the notch, which opens at once, takes no contact.
    loose = debonded_law(dcb.INTERFACE_STIFFNESS, RESIDUAL)
    laws = {
        GLUE: InterfaceLaw(glue, dcb.INTERFACE_STIFFNESS),
        NOTCH: InterfaceLaw(loose, RESIDUAL * dcb.INTERFACE_STIFFNESS),
    }
    damage = np.zeros((len(domain.all_interfaces()), 1))
    damage[domain.interface_slices()[NOTCH]] = 1.0
    return Mechanics(domain, bulk, laws, damage, supports=supports)


def main():
    parser = dcb.arguments(__doc__.splitlines()[0], steps=100)
    parser.add_argument("--threshold", type=float, default=1e-6, help="residual over force scale")
    parser.add_argument("--iterations", type=int, default=150, help="at most, per step")
    options = parser.parse_args()
    body = build(options.refinement)
    curve = [(0.0, 0.0, 0.0)]

    def record(progress):
        state = progress.state
        curve.append(
            (
                progress.time * dcb.LAST_OPENING,
                -state.pressure * body.area,
                progress.energy.fracture,
            )
        )

    length = 1 / options.steps
    newton = NewtonOptions(options.threshold, options.iterations)
    stepping = StepControl(length, length, 1e-3 * length, energy_tolerance=np.inf)
    began = time.perf_counter()
    start = RunState(body.initial_state())
    end = follow(
        body,
        start,
        lambda t, dt: Load(prescribed_displacement=t * dcb.LAST_OPENING),
        1.0,
        stepping,
        record,
        newton,
    )
    seconds = time.perf_counter() - began
    counts = {"iterations": end.iterations, "wasted": 0, "steps": end.steps, "cuts": end.cuts}
    sizes = {
        "nodes": body.size // 2,
        "triangles": len(body.domain.region),
        "cohesive": len(body.domain.interfaces[GLUE]),
        "unknowns": body.constraint.size,
    }
    settings = {name: value for name, value in vars(options).items() if name != "output"}
    dcb.report(
        options.output, "chemomech", chemomech.__version__, settings, sizes, curve, counts, seconds
    )


if __name__ == "__main__":
    main()
