"""The one room that knows dolfinx and PETSc: split spaces, point operators, solvers, output."""
