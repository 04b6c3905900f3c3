r"""The body where it has moved to: an updated geometry between steps, for strains not small.

A step of `models.mechanics` is one of small strain. Between two steps the body can be put where it
has moved to:

    x = X + u_n,    eps(u) = eps_n + B_n (u - u_n),    opening(u) = frame_n [u] - g,

B_n on the cells at x, the total strain eps_n so far, stress and plastic strain turned with the
material by the rotation of the step, R = (I - W/2)^-1 (I + W/2), W the spin of its displacement
(Hughes, Winget, Int. J. Numer. Methods Eng. 15 (1980) 1862). Strains then add up to logarithmic
ones, and forces act on the width that is there.

Without it, a block thinned by the strain e at a given speed is too soft by (1 - e)^(1 + 1/m): 5 %
at e = 0.04, 12 % at 0.1, 56 % at 0.5 for a creep exponent m = 5; a film between plates that stick
by (1 - e)^(3 + 3/m), 7 % at e = 0.02.

What is left: the geometry is that of the step's start, so the error is of the first order in the
strain of one step (a turn by the angle a in one step also strains by a^2/2); the sides of cells
stay straight; an interface turns with its first side and its two sides stay opposite each other,
which does not hold for sliding by more than a cell; what is plated is in the jump and not in the
mesh, so that lithium which fills an imposed gap would overlap by it, which is why no run moves its
mesh (tests/test_lithium_face.py measures what that costs); cells are never remeshed; and
electrochemistry stays on the mesh as built. The stored energy is one of the new volumes, which the
sum of the steps' energies does not know.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from chemomech.fem.domain import jacobians
from chemomech.fem.normals import least_rotation
from chemomech.fem.operators import (
    PointOperator,
    around_the_axis,
    facet_normals,
    gradient_operator,
    trace_operator,
)
from chemomech.models.mechanics import MechanicalState, Mechanics
from chemomech.physics.bulk.elasticity import unit_tensor

PAIRS = ((0, 0), (1, 1), (2, 2), (0, 1), (1, 2), (0, 2))


@dataclass(frozen=True)
class Shape:
    """Cells that have moved apart from each other.

    Attributes
    ----------
    points : (m (d + 1), d) array
        Corners of every cell [m].
    vertices : (m, d + 1) array
        Their numbers.
    """

    points: NDArray
    vertices: NDArray

    @property
    def dimension(self) -> int:
        """Number of space dimensions, 2 or 3."""
        return self.points.shape[1]

    def jacobians(self, cells: NDArray | None = None) -> NDArray:
        """Jacobian dx/dX of every (named) cell, (m, d, d)."""
        return jacobians(self, cells)


def shape_of(mechanics: Mechanics, displacement: NDArray) -> Shape:
    """Find where a displacement (n,) [m] puts the cells.

    Raises
    ------
    ValueError
        When a cell is turned inside out.
    """
    domain, d = mechanics.domain, mechanics.domain.dimension
    nodes = mechanics.space.dofmap.list[:, : d + 1]
    corner = domain.points[domain.vertices] + mechanics.nodal(displacement)[nodes]
    shape = Shape(corner.reshape(-1, d), np.arange(corner.shape[0] * (d + 1)).reshape(-1, d + 1))
    volumes = np.linalg.det(shape.jacobians()) / np.linalg.det(domain.jacobians())
    if not volumes.min() > 0:
        raise ValueError(
            f"{np.sum(volumes <= 0)} cells are turned inside out: remesh, or load less"
        )
    return shape


def displace(
    mechanics: Mechanics, state: MechanicalState, before: NDArray | None = None
) -> tuple[Mechanics, MechanicalState]:
    """Put a body where the state's displacement has moved it, for the next steps.

    Parameters
    ----------
    mechanics : Mechanics
        The body; it stays as it is, and may itself stand anywhere.
    state : MechanicalState
        Its state.
    before : (n,) array, optional
        Displacement [m] at which the state's stress and plastic strain were last turned with the
        material. None: they need no turn (a state taken from a file, or a negligible rotation).

    Raises
    ------
    ValueError
        When a cell is turned inside out, or where an axial strain is free, which no shape follows.

    Returns
    -------
    (Mechanics, MechanicalState)
        The displaced body, and the state in its frames.
    """
    if mechanics.axial is not None:
        raise ValueError("a body with a free axial strain stays in its first shape")
    shape = shape_of(mechanics, state.displacement)
    if before is not None:
        turn = _rotation(mechanics, shape_of(mechanics, before), state.displacement - before)
        yielding = turn[mechanics.yielding]
        state = replace(
            state,
            stress=_turn(state.stress, turn, 1.0),
            plastic_strain=_turn(state.plastic_strain, yielding, 0.5),
            gain=state.gain._replace(strain=_turn(state.gain.strain, yielding, 0.5)),
        )
    strain = mechanics.strain_on(shape)
    offset = _strain_so_far(mechanics, state) - strain(state.displacement)
    return mechanics.with_shape(strain, _jump(mechanics, shape), offset), state


def _strain_so_far(mechanics: Mechanics, state: MechanicalState) -> NDArray:
    """Total strain (m, q, c) of a state: of its stress, its plastic and its chemical strain."""
    stress, b = state.stress, mechanics.bulk
    one = unit_tensor(stress.shape[-1])
    mean = stress[..., :3].mean(axis=-1, keepdims=True)
    elastic = (stress - mean * one) * np.where(one > 0, 1.0, 2.0) / (2.0 * b.shear[..., None])
    strain = elastic + (mean / (3.0 * b.bulk[..., None]) + np.zeros(stress.shape)) * one
    strain += mechanics.free_strain(state.chemical_strain)
    strain[mechanics.yielding] += state.plastic_strain
    return strain


def _rotation(mechanics: Mechanics, shape: Shape, change: NDArray) -> NDArray:
    """Rotation (m, q, 3, 3) of the material by a displacement from a shape."""
    d = shape.dimension
    gradient = gradient_operator(
        shape, mechanics.space, np.arange(len(shape.vertices)), mechanics.quadrature_degree
    )
    spin = np.zeros((*gradient.weights.shape, 3, 3))
    spin[..., :d, :d] = np.einsum(
        "mqjn,mni->mqij", gradient.blocks, mechanics.nodal(change)[gradient.dofs]
    )
    spin = 0.25 * (spin - np.swapaxes(spin, -1, -2))
    return np.linalg.solve(np.eye(3) - spin, np.eye(3) + spin)


def _turn(voigt: NDArray, turn: NDArray, share: float) -> NDArray:
    """Turn Voigt tensors (m, q, c) by (m, q, 3, 3).

    share: that of an off-diagonal entry in the Voigt one.
    """
    full = np.zeros((*voigt.shape[:-1], 3, 3))
    pairs = PAIRS[: voigt.shape[-1]]
    for column, (i, j) in enumerate(pairs):
        full[..., i, j] = full[..., j, i] = voigt[..., column] * (1.0 if i == j else share)
    full = turn @ full @ np.swapaxes(turn, -1, -2)
    return np.stack([full[..., i, j] / (1.0 if i == j else share) for i, j in pairs], axis=-1)


def _jump(mechanics: Mechanics, shape: Shape) -> PointOperator:
    """Jump operator with the weights of a shape and its frames, turned by the least rotation."""
    domain, facets = mechanics.domain, mechanics.facets
    old, new = facet_normals(domain, facets), facet_normals(shape, facets)
    turn = least_rotation(old, new)
    trace = trace_operator(shape, mechanics.space, facets, 2 * mechanics.degree)
    weights = trace.weights
    if mechanics.axisymmetric:
        weights = around_the_axis(weights, trace.points)
    blocks = _in_frames(mechanics, turn)
    return PointOperator(blocks, mechanics.built_jump.dofs, weights, trace.points)


def _in_frames(mechanics: Mechanics, turn: NDArray) -> NDArray:
    """Blocks of the jump as built, in frames turned by (k, d, d) in space."""
    blocks = mechanics.built_jump.blocks
    k, q, d, n = blocks.shape
    # A node's columns are its shape function times the frame: rows f -> R f turn the columns by R^T
    # from the right.
    split = blocks.reshape(k, q, d, n // d, d)
    return np.einsum("kqcnj,kij->kqcni", split, turn).reshape(k, q, d, n)
