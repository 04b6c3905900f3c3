"""The only room that knows dolfinx and PETSc: split spaces, point operators, solvers, field output."""
