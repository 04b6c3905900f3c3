"""Timings as ratios, side by side in one run: `make bench`. Machines differ; the ratios are what to
compare.

Prints, for the cell of studies/stack_pressure.toml: point operators against compiled forms for the
elastic stiffness, L D L^T against L U, a refactorisation against a first one, and what one Newton
iteration spends where.
"""

import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
import ufl
from dolfinx import fem
from petsc4py import PETSc

from chemomech.fem.linear import DirectSolver
from chemomech.geometry import build_microstructure
from chemomech.models.mechanics import Load
from chemomech.physics.bulk import elasticity
from chemomech.setup.cell import build_cell
from chemomech.setup.electrodes import check_case
from chemomech.study.plan import load_study

STUDY = Path(__file__).parents[1] / "studies" / "stack_pressure.toml"


def median_time(call, repeats=7):
    """Median seconds of a call after one warm-up."""
    call()
    times = []
    for _ in range(repeats):
        began = time.perf_counter()
        call()
        times.append(time.perf_counter() - began)
    return statistics.median(times)


def refactorise(solver):
    """One numeric factorisation, nothing else; the matrix is touched so that PETSc does not skip
    it."""
    solver.matrix.assemble()
    solver.factorise_again()


def row(name, seconds, reference=None):
    """Print one line; the ratio says how many times the reference takes."""
    ratio = f"{reference / seconds:6.2f} x" if reference else ""
    print(f"{name:58s} {1e3 * seconds:9.2f} ms {ratio}")


def native_stiffness(cell):
    """Elastic stiffness by a compiled form into a PETSc matrix, as a callable."""
    mechanics, domain = cell.mechanics, cell.domain
    constants = fem.functionspace(domain.mesh, ("DG", 0))
    shear, bulk = fem.Function(constants), fem.Function(constants)
    shear.x.array[:], bulk.x.array[:] = mechanics.bulk.shear[:, 0], mechanics.bulk.bulk[:, 0]
    u, v = ufl.TrialFunction(mechanics.space), ufl.TestFunction(mechanics.space)

    def strain(w):
        return ufl.sym(ufl.grad(w))

    stress = (bulk - 2 / 3 * shear) * ufl.tr(strain(u)) * ufl.Identity(2) + 2 * shear * strain(u)
    form = fem.form(ufl.inner(stress, strain(v)) * ufl.dx(metadata={"quadrature_degree": 2}))
    from dolfinx.fem import petsc

    matrix = petsc.create_matrix(form)

    def assemble():
        matrix.zeroEntries()
        petsc.assemble_matrix(matrix, form)
        matrix.assemble()

    return assemble


def main():
    """Build the demo's cell and time its parts."""
    case = load_study(STUDY).cases[0].case
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        microstructure = build_microstructure(case.geometry, folder)
        meshing = time.perf_counter() - began
    began = time.perf_counter()
    cell = build_cell(case, check_case(case), microstructure)
    building = time.perf_counter() - began
    mechanics = cell.mechanics
    print(f"{len(cell.domain.region)} cells, {mechanics.constraint.size} unknowns")
    row("packing and meshing", meshing)
    row("domain, spaces, operators, patterns", building)

    state, load = mechanics.initial_state(), Load(pressure=5e6)
    zero = np.zeros(mechanics.size)
    trial = mechanics.evaluate(zero, state, load)
    b, points = mechanics.bulk, mechanics.strain.weights.shape
    elastic = elasticity.stiffness(
        np.broadcast_to(b.shear, points), np.broadcast_to(b.bulk, points), 4
    )
    native = median_time(native_stiffness(cell))
    row("elastic stiffness: compiled form into PETSc (reference)", native)
    alone = DirectSolver(mechanics.constraint, [mechanics.strain.dofs], True)
    point = median_time(lambda: alone.insert([mechanics.strain.matrices(elastic)]))
    row("elastic stiffness: point operator into PETSc", point, native)

    residual = median_time(lambda: mechanics.evaluate(zero, state, load))
    row("laws and residual", residual)
    row("tangent of laws", median_time(lambda: mechanics.tangent(trial)))

    sets = [mechanics.strain.dofs, mechanics.jump.dofs, mechanics.supports.control_dof[None]]
    times = {}
    for symmetric in (False, True):
        began = time.perf_counter()
        solver = DirectSolver(mechanics.constraint, sets, symmetric)
        solver.keep([mechanics.bulk_model.elastic_matrices, None, None])
        solver.factorise(mechanics.tangent(trial))
        first = time.perf_counter() - began
        times[symmetric] = (first, median_time(lambda s=solver: refactorise(s)))
        solve = median_time(lambda s=solver: s.solve(trial.residual))

    def iteration():
        mechanics.solver.factorise(mechanics.tangent(trial))
        direction = mechanics.solver.solve(-trial.residual)
        mechanics.evaluate(mechanics.constraint.expand(direction, zero), state, load)

    whole, bare = median_time(iteration), times[mechanics.solver.symmetric][1] + solve
    row("one Newton iteration, one residual", whole)
    print(f"  over one numeric factorisation and solve: {whole / bare:.2f}")
    row("L U: pattern, symbolic and first factorisation (reference)", times[False][0])
    row("L U: refactorisation", times[False][1], times[False][0])
    row("L D L^T: refactorisation, against L U's", times[True][1], times[False][1])
    row("forward and back substitution", solve)
    print(f"PETSc {'.'.join(map(str, PETSc.Sys.getVersion()))}")


if __name__ == "__main__":
    main()
