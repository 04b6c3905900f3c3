"""Compile one form, so that dolfinx's compiler and cache are known to work before they are
needed."""

import dolfinx
import ufl
from dolfinx import fem, mesh
from mpi4py import MPI

square = mesh.create_unit_square(MPI.COMM_WORLD, 2, 2)
area = fem.assemble_scalar(fem.form(fem.Constant(square, 1.0) * ufl.dx))
if abs(area - 1.0) > 1e-12:
    raise SystemExit(f"dolfinx {dolfinx.__version__} found {area} for the area of the unit square")
print(f"dolfinx {dolfinx.__version__} compiles and runs")
