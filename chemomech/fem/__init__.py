"""The one room that knows dolfinx and PETSc: split spaces, point operators, solvers, output."""

import petsc4py

# PETSc obeys files of options in the current folder, which load libraries and write files.
petsc4py.init(["-skip_petscrc"])
