"""Linear maps from dofs to values at quadrature points, built once per mesh.

A `PointOperator` is a bundle of small dense blocks, one per entity (cell or facet):

    value[e, q, c] = sum_l  block[e, q, c, l] u[dofs[e, l]]

e entity, q quadrature point, c component, l local dof. With weights w (quadrature weight times
Jacobian) it gives the three things a nonlinear problem needs from a point law (value -> flux, D):

    force = B^T (w flux),      K_e = B_e^T diag(w D) B_e,      energy = sum w psi.

Strains are Voigt vectors with engineering shear: (xx, yy, zz, xy) in two dimensions and
(xx, yy, zz, xy, yz, xz) in three. Jumps are plus side minus minus side, in the local frame
(normal, tangent[, tangent]) of the interface: a positive first component is an opening.
"""

from dataclasses import dataclass
from typing import Any

import basix
import numpy as np
from numpy.typing import NDArray

from chemomech.fem.domain import Facets
from chemomech.fem.normals import corner_normals, least_rotation
from chemomech.fem.split_space import facet_closure


@dataclass(frozen=True)
class PointOperator:
    """A linear map from dofs to values at points, block by block.

    Attributes
    ----------
    blocks : (e, q, c, l) array
        Dense blocks.
    dofs : (e, l) array
        Numbers of the scalar dofs.
    weights : (e, q) array
        Quadrature weights times Jacobian [m2; m3 in 3D, one power less on facets].
    points : (e, q, d) array
        Positions of the points [m].
    """

    blocks: NDArray
    dofs: NDArray
    weights: NDArray
    points: NDArray

    def __call__(self, u: NDArray) -> NDArray:
        """Values at the points, (e, q, c), of a vector of dofs."""
        return np.einsum("eqcl,el->eqc", self.blocks, u[self.dofs])

    def subset(self, entities: NDArray | slice) -> "PointOperator":
        """Take the operator on some of its entities."""
        return PointOperator(
            self.blocks[entities],
            self.dofs[entities],
            self.weights[entities],
            self.points[entities],
        )

    def forces(self, flux: NDArray, size: int) -> NDArray:
        """Assemble B^T (w flux) into a vector of `size` dofs; flux (e, q, c)."""
        entities, points, components, dofs = self.blocks.shape
        weighted = (self.weights[..., None] * flux).reshape(entities, 1, points * components)
        local = np.matmul(weighted, self.blocks.reshape(entities, points * components, dofs))
        return np.bincount(self.dofs.ravel(), weights=local.ravel(), minlength=size)

    def matrices(self, tangent: NDArray) -> NDArray:
        """Element matrices B_e^T diag(w D) B_e, (e, l, l); tangent (e, q, c, c)."""
        entities, points, components, dofs = self.blocks.shape
        flux = np.matmul(self.weights[..., None, None] * tangent, self.blocks)
        flat = self.blocks.reshape(entities, points * components, dofs)
        return np.matmul(np.swapaxes(flat, 1, 2), flux.reshape(entities, points * components, dofs))

    def integral(self, density: NDArray) -> float:
        """Integral of a point density (e, q)."""
        return float(np.sum(self.weights * density))

    def revolve(self) -> "PointOperator":
        """Make the operator one of a body of revolution about x = 0."""
        return PointOperator(
            self.blocks, self.dofs, around_the_axis(self.weights, self.points), self.points
        )


def _vector_dofs(nodes: NDArray, block_size: int) -> NDArray:
    """Scalar dof numbers (e, l * block_size), component fastest."""
    dofs = nodes[..., None] * block_size + np.arange(block_size)
    return dofs.reshape(*nodes.shape[:-1], nodes.shape[-1] * block_size)


def _tabulate(space: Any, reference_points: NDArray, derivatives: int) -> NDArray:
    """Scalar basis at reference points (n, d): (1 + d*derivatives, n, l)."""
    element = space.ufl_element()
    scalar = element.sub_elements[0] if element.block_size > 1 else element
    table = scalar.basix_element.tabulate(derivatives, reference_points)
    return table[..., 0]


def _cell_geometry(
    domain: Any, cells: NDArray, degree: int
) -> tuple[NDArray, NDArray, NDArray, NDArray]:
    """Quadrature on affine cells: reference points, weights, inverse Jacobians, points [m]."""
    kind = {2: basix.CellType.triangle, 3: basix.CellType.tetrahedron}[domain.dimension]
    reference, weight = basix.make_quadrature(kind, degree)
    jacobian = domain.jacobians(cells)
    origin = domain.points[domain.vertices[cells, 0]]
    weights = np.abs(np.linalg.det(jacobian))[:, None] * weight
    points = origin[:, None] + np.einsum("eij,qj->eqi", jacobian, reference)
    return reference, weights, np.linalg.inv(jacobian), points


def gradient_operator(
    domain: Any, space: Any, cells: NDArray, quadrature_degree: int
) -> PointOperator:
    """Make the gradient of a scalar field at the points of cells: components (d).

    Parameters
    ----------
    domain : Domain, or a displaced shape of it
        The mesh.
    space : dolfinx function space
        Of the field, maybe split.
    cells : array
        Numbers of the cells.
    quadrature_degree : int
        Degree up to which the points integrate exactly.
    """
    reference, weights, inverse, points = _cell_geometry(domain, cells, quadrature_degree)
    slopes = _tabulate(space, reference, 1)[1:]
    blocks = np.einsum("jqn,eji->eqin", slopes, inverse)
    return PointOperator(blocks, space.dofmap.list[cells].astype(np.int64), weights, points)


def value_operator(
    domain: Any, space: Any, cells: NDArray, quadrature_degree: int
) -> PointOperator:
    """Make the value of a scalar field at the points of cells: components (1).

    Parameters are those of `gradient_operator`.
    """
    reference, weights, _, points = _cell_geometry(domain, cells, quadrature_degree)
    table = _tabulate(space, reference, 0)[0]
    blocks = np.broadcast_to(table[None, :, None, :], (len(cells), len(table), 1, table.shape[1]))
    return PointOperator(blocks, space.dofmap.list[cells].astype(np.int64), weights, points)


def around_the_axis(weights: NDArray, points: NDArray) -> NDArray:
    """Give weights a turn about x = 0: times 2 pi r, r the first coordinate.

    Raises
    ------
    ValueError
        Where r is negative.
    """
    if np.any(points[..., 0] < 0):
        raise ValueError(
            "an axisymmetric body must lie at x >= 0: its first coordinate is the radius"
        )
    return 2.0 * np.pi * points[..., 0] * weights


def strain_operator(
    domain: Any, space: Any, cells: NDArray, quadrature_degree: int, axisymmetric: bool = False
) -> PointOperator:
    """Make the small strain of a vector field at cell points, Voigt with engineering shear.

    2D: plane strain, or axisymmetric about x = 0 with x the radius, y the axis and the hoop strain
    u_x/x as third component.
    """
    gradient = gradient_operator(domain, space, cells, quadrature_degree)
    d = domain.dimension
    pairs: dict[int, list[tuple[int, int] | None]] = {
        2: [(0, 0), (1, 1), None, (0, 1)],
        3: [(0, 0), (1, 1), (2, 2), (0, 1), (1, 2), (0, 2)],
    }
    rows = pairs[d]
    entities, count, _, nodes = gradient.blocks.shape
    blocks = np.zeros((entities, count, len(rows), nodes, d))
    for row, pair in enumerate(rows):
        if pair is None:
            continue
        i, j = pair
        blocks[:, :, row, :, i] = gradient.blocks[:, :, j]
        if i != j:
            blocks[:, :, row, :, j] = gradient.blocks[:, :, i]
    weights = gradient.weights
    if axisymmetric:
        weights = around_the_axis(weights, gradient.points)
        reference = _cell_geometry(domain, cells[:1], quadrature_degree)[0]
        blocks[:, :, 2, :, 0] = _tabulate(space, reference, 0)[0] / gradient.points[..., :1]
    return PointOperator(
        blocks.reshape(entities, count, len(rows), nodes * d),
        _vector_dofs(gradient.dofs, d),
        weights,
        gradient.points,
    )


def with_axial_strain(strain: PointOperator, group: NDArray, first: int) -> PointOperator:
    """Give groups of cells a uniform axial strain each, as one more dof.

    The strain of group g is u_{first + g}/L_g with L_g the square root of its area, so that the dof
    is a length like the others and its force int sigma_zz dA/L_g is one like theirs.

    Parameters
    ----------
    strain : PointOperator
        Strains of all cells in two dimensions.
    group : (m,) array of int
        Group of every cell from 0 on; -1: no axial strain.
    first : int
        Number of the first group's dof.
    """
    taken, count = group >= 0, int(group.max()) + 1
    area = np.bincount(group[taken], strain.weights.sum(axis=1)[taken], count)
    blocks = np.concatenate([strain.blocks, np.zeros((*strain.blocks.shape[:3], 1))], axis=3)
    blocks[taken, :, 2, -1] = 1.0 / np.sqrt(area[group[taken]])[:, None]
    # A cell of no group repeats a dof of its own, with nothing in it.
    dof = np.where(taken, first + group, strain.dofs[:, 0])
    dofs = np.concatenate([strain.dofs, dof[:, None]], axis=1)
    return PointOperator(blocks, dofs, strain.weights, strain.points)


def _facet_geometry(
    domain: Any, facets: Facets, quadrature_degree: int
) -> tuple[NDArray, NDArray, NDArray]:
    """Points (k, q, d), weights (k, q) and normals (k, d) of facets, out of the first cell."""
    d = domain.dimension
    kind = {2: basix.CellType.interval, 3: basix.CellType.triangle}[d]
    reference, weight = basix.make_quadrature(kind, quadrature_degree)
    first, local = facets.cells[:, 0], facets.local[:, 0]
    corner = domain.points[facets.of_first_cell(domain.vertices)]
    edges = corner[:, 1:] - corner[:, :1]
    points = corner[:, :1] + np.einsum("qj,kji->kqi", reference, edges)
    if d == 2:
        normal = np.stack([edges[:, 0, 1], -edges[:, 0, 0]], axis=1)
    else:
        normal = np.cross(edges[:, 0], edges[:, 1])
    measure = np.linalg.norm(normal, axis=1)
    opposite = domain.points[domain.vertices[first, local]]
    outward = np.einsum("kd,kd->k", normal, corner[:, 0] - opposite)
    normal = normal * (np.sign(outward) / measure)[:, None]
    return points, measure[:, None] * weight, normal


def _trace_tables(domain: Any, space: Any, cells: NDArray, points: NDArray) -> NDArray:
    """Scalar basis of `cells` at physical points (k, q, d): (k, q, l)."""
    origin = domain.points[domain.vertices[cells, 0]]
    inverse = np.linalg.inv(domain.jacobians(cells))
    reference = np.einsum("kij,kqj->kqi", inverse, points - origin[:, None])
    k, q, d = reference.shape
    table = _tabulate(space, reference.reshape(-1, d), 0)[0]
    return table.reshape(k, q, table.shape[1])


def _side(
    domain: Any, space: Any, facets: Facets, side: NDArray, points: NDArray
) -> tuple[NDArray, NDArray]:
    """Basis (k, q, c) at facet points and nodes (k, c), seen from one side (k,) of facets.

    Only nodes on the facet count: the others' Lagrange functions vanish there.
    """
    every = np.arange(len(facets))
    cells, local = facets.cells[every, side], facets.local[every, side]
    closure = facet_closure(space)[local]
    table = _trace_tables(domain, space, cells, points)
    nodes = np.take_along_axis(space.dofmap.list[cells], closure, axis=1).astype(np.int64)
    return np.take_along_axis(table, closure[:, None, :], axis=2), nodes


def local_frames(normal: NDArray) -> NDArray:
    """Local frames (k, d, d): rows are the normal and the tangents."""
    _k, d = normal.shape
    if d == 2:
        return np.stack([normal, np.stack([-normal[:, 1], normal[:, 0]], axis=1)], axis=1)
    helper = np.eye(3)[np.argmin(np.abs(normal), axis=1)]
    tangent = np.cross(normal, helper)
    tangent /= np.linalg.norm(tangent, axis=1)[:, None]
    return np.stack([normal, tangent, np.cross(normal, tangent)], axis=1)


def facet_normals(domain: Any, facets: Facets) -> NDArray:
    """Compute unit normals (k, d), from minus to plus or out of an outer boundary."""
    return _facet_geometry(domain, facets, 1)[2]


def facet_frames(domain: Any, facets: Facets) -> NDArray:
    """Local frames (k, d, d) of jumps and tractions: rows are the normal and the tangents."""
    return local_frames(facet_normals(domain, facets))


def facet_points(domain: Any, facets: Facets, quadrature_degree: int) -> NDArray:
    """Quadrature points of facets, (k, q, d) [m]."""
    return _facet_geometry(domain, facets, quadrature_degree)[0]


def jump_operator(
    domain: Any, space: Any, facets: Facets, quadrature_degree: int, axisymmetric: bool = False
) -> PointOperator:
    """Make the jump plus - minus at the points of an interface.

    Components are (1) of a scalar field, and (d) in the local frame, normal first, of a vector. The
    frames turn along curved interfaces (`normals`).

    Parameters
    ----------
    domain : Domain, or a displaced shape of it
        The mesh.
    space : dolfinx function space
        Of the field, split at the interface.
    facets : Facets
        The interface.
    quadrature_degree : int
        Degree up to which the points integrate exactly.
    axisymmetric : bool
        Whether the plane mesh is one of a body of revolution about x = 0.
    """
    points, weights, _ = _facet_geometry(domain, facets, quadrature_degree)
    if axisymmetric:
        weights = around_the_axis(weights, points)
    sides = [_side(domain, space, facets, np.full(len(facets), side), points) for side in (0, 1)]
    table = np.concatenate([-sides[0][0], sides[1][0]], axis=2)
    nodes = np.concatenate([sides[0][1], sides[1][1]], axis=1)
    frames = np.empty(0) if space.dofmap.bs == 1 else _frames(domain, facets, quadrature_degree)
    return _facet_operator(space, table, nodes, weights, points, frames)


def _frames(domain: Any, facets: Facets, quadrature_degree: int) -> NDArray:
    """Local frames (k, q, d, d) at the points: those of the facets, turned to the smooth normal."""
    flat = facet_normals(domain, facets)
    kind = {2: basix.CellType.interval, 3: basix.CellType.triangle}[domain.dimension]
    reference, _ = basix.make_quadrature(kind, quadrature_degree)
    share = np.column_stack([1.0 - reference.sum(axis=1), reference])
    normal = np.einsum("qc,kcd->kqd", share, corner_normals(domain, facets, flat))
    normal /= np.linalg.norm(normal, axis=2)[..., None]
    turn = least_rotation(np.broadcast_to(flat[:, None], normal.shape), normal)
    return np.einsum("kqij,kcj->kqci", turn, local_frames(flat))


def trace_operator(
    domain: Any, space: Any, facets: Facets, quadrature_degree: int, side: Any = 0
) -> PointOperator:
    """Make the value of a field on one side of facets, in the global frame.

    side: 0 minus, 1 plus, or one per facet (k,). Other parameters are those of `jump_operator`.
    """
    points, weights, _ = _facet_geometry(domain, facets, quadrature_degree)
    table, nodes = _side(domain, space, facets, np.broadcast_to(side, len(facets)), points)
    d = domain.dimension
    frames = np.broadcast_to(np.eye(d), (*weights.shape, d, d))
    return _facet_operator(space, table, nodes, weights, points, frames)


def _facet_operator(
    space: Any, table: NDArray, nodes: NDArray, weights: NDArray, points: NDArray, frames: NDArray
) -> PointOperator:
    """Operator of a basis (k, q, n) at the points of facets, a vector's in frames (k, q, d, d)."""
    block_size = space.dofmap.bs
    if block_size == 1:
        return PointOperator(table[:, :, None, :], nodes, weights, points)
    k, q, n = table.shape
    blocks = np.einsum("kqn,kqcd->kqcnd", table, frames).reshape(k, q, block_size, n * block_size)
    return PointOperator(blocks, _vector_dofs(nodes, block_size), weights, points)
