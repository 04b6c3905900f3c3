"""Helpers of the finite element tests: fields on split spaces, linear problems, bodies driven by
displacement."""

import numpy as np

from chemomech.fem.linear import DirectSolver, constraints
from chemomech.fem.split_space import facet_nodes
from chemomech.models.body import Solid, bond, bulk_parameters, touch
from chemomech.models.mechanics import Mechanics
from chemomech.models.supports import Supports
from chemomech.physics.bulk import elasticity


def _reference_table(space, reference):
    """Scalar basis of the space at reference points (n, d): (n, l)."""
    element = space.ufl_element()
    scalar = element.sub_elements[0] if element.block_size > 1 else element
    return scalar.basix_element.tabulate(0, reference)[0, ..., 0]


def node_positions(domain, space):
    """Position of every cell's nodes, (m, l, d)."""
    element = space.ufl_element()
    scalar = element.sub_elements[0] if element.block_size > 1 else element
    reference = scalar.basix_element.points
    corner = domain.points[domain.vertices]
    share = np.column_stack([1.0 - reference.sum(axis=1), reference])
    return np.einsum("lv,mvd->mld", share, corner)


def fill(domain, space, functions):
    """Dof vector of a field given by region: name -> function(x (n, d)) -> (n,) or (n, d)."""
    positions, table, bs = node_positions(domain, space), space.dofmap.list, space.dofmap.bs
    u = np.full((space.dofmap.index_map.size_local, bs), np.nan)
    for name, function in functions.items():
        cells = domain.cells_of(name)
        x = positions[cells].reshape(-1, domain.dimension)
        u[table[cells].ravel()] = np.asarray(function(x)).reshape(len(x), bs)
    return u.ravel()


def nodes_where(domain, space, test):
    """Nodes whose position passes test(x (n, d)) -> (n,) bool."""
    positions = node_positions(domain, space)
    passed = np.asarray(test(positions.reshape(-1, domain.dimension))).reshape(positions.shape[:2])
    return np.unique(space.dofmap.list[passed]).astype(np.int64)


def face_nodes(domain, space, face):
    """Nodes on a named outer face."""
    return facet_nodes(space, domain.boundaries[face])


def vector_dofs(nodes, dimension):
    """All components of nodes."""
    return (nodes[:, None] * dimension + np.arange(dimension)).ravel()


def _cell_table(domain, space, operator):
    """Scalar basis at the points of a cell operator over all cells, (m, q, l)."""
    origin = domain.points[domain.vertices[:, 0]]
    inverse = np.linalg.inv(domain.jacobians())
    reference = np.einsum("mij,mqj->mqi", inverse, operator.points - origin[:, None])
    m, q, d = reference.shape
    return _reference_table(space, reference.reshape(-1, d)).reshape(m, q, -1)


def cell_values(domain, space, operator, u):
    """Values of a field at the points of a cell operator over all cells, (m, q, bs)."""
    table = _cell_table(domain, space, operator)
    return np.einsum("mql,mlc->mqc", table, u.reshape(-1, space.dofmap.bs)[space.dofmap.list])


def body_force(domain, space, operator, density):
    """int f . v dx for a force density (m, q, bs) at the operator's points."""
    table = _cell_table(domain, space, operator)
    local = np.einsum("mq,mql,mqc->mlc", operator.weights, table, density)
    force = np.zeros((space.dofmap.index_map.size_local, space.dofmap.bs))
    np.add.at(force, space.dofmap.list, local)
    return force.ravel()


def solve_linear(fixed, values, parts, load=0.0):
    """Solution with dofs `fixed` at `values` (n,); parts: (operator, tangent (e, q, c, c)); load
    (n,)."""
    constraint = constraints(len(values), fixed)
    solver = DirectSolver(constraint, [operator.dofs for operator, _ in parts], symmetric=True)
    start = constraint.expand(np.zeros(constraint.size), values)
    residual = np.zeros(len(values)) - load
    for operator, tangent in parts:
        flux = np.einsum("...cd,...d->...c", tangent, operator(start))
        residual = residual + operator.forces(flux, len(values))
    solver.factorise([operator.matrices(tangent) for operator, tangent in parts])
    return constraint.expand(solver.solve(-constraint.gather(residual)), values)


def elastic_tangent(operator, young_modulus, poisson_ratio):
    """C for every point of a strain operator."""
    e, q, c = operator.blocks.shape[:3]
    stiffness = elasticity.stiffness(
        elasticity.shear_modulus(young_modulus, poisson_ratio),
        elasticity.bulk_modulus(young_modulus, poisson_ratio),
        c,
    )
    return np.broadcast_to(stiffness, (e, q, c, c))


def bulk_of(
    domain,
    young_modulus,
    poisson_ratio,
    yield_strength=np.inf,
    hardening=0.0,
    swelling=(),
    flow=None,
):
    """BulkParameters; each of the first four a number or a dict region -> number; swelling: regions
    that swell; flow: viscoplasticity.Flow of numbers for all, or a dict region -> Flow for those
    that creep."""

    def of(value, name):
        return value[name] if isinstance(value, dict) else value

    given = young_modulus, poisson_ratio, yield_strength, hardening
    flows = flow if isinstance(flow, dict) else dict.fromkeys(domain.regions, flow)
    solids = {
        name: Solid(*(of(each, name) for each in given), name in swelling, flows.get(name))
        for name in domain.regions
    }
    return bulk_parameters(domain, solids)


def laws_of(
    domain,
    stiffness,
    strength=None,
    energy=None,
    shear_energy=None,
    exponent=2.0,
    shear_strength=None,
    law="bilinear",
    residual=1e-6,
    debonded=(),
    friction=0.0,
    **own,
):
    """The same law at every interface, those named in `debonded` without cohesion: name ->
    InterfaceLaw.

    Without a strength it yields at an opening of 1 only: never.
    """
    strength = stiffness if strength is None else strength
    energy = stiffness if energy is None else energy
    bonded = bond(
        stiffness,
        strength,
        energy,
        law=law,
        shear_strength=shear_strength,
        fracture_energy_shear=shear_energy,
        mode_mixity_exponent=exponent,
        residual=residual,
        friction=friction,
        **own,
    )
    loose = touch(stiffness, friction, residual)
    return {name: loose if name in debonded else bonded for name in domain.interfaces}


def damage_of(domain, debonded=()):
    """Initial damage (k, 1): 1 at the named interfaces, 0 elsewhere."""
    damage = np.zeros((len(domain.all_interfaces()), 1))
    for name in debonded:
        damage[domain.interface_slices()[name]] = 1.0
    return damage


def body_of(domain, bulk, laws, held_of, debonded=(), degree=2, axisymmetric=False):
    """Mechanics whose prescribed displacements are factor * the load's on chosen dofs.

    held_of(space) -> dict dof -> factor. The work is that of force = sum factor * reaction [N/m],
    which stands as -pressure * area in the state.
    """

    def supports(domain, space):
        held = held_of(space)
        return Supports(
            np.array(list(held), dtype=np.int64), factor=np.array(list(held.values()), dtype=float)
        )

    damage = damage_of(domain, debonded)
    return Mechanics(domain, bulk, laws, damage, degree, supports, axisymmetric)


def reaction(body, state):
    """Force on the handle [N/m]."""
    return -state.pressure * body.area
