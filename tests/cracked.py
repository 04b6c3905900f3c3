"""Cracked bodies for tests: plates meshed finely at the tips, closed forms around a crack, and
bodies to put in them.

Infinite plate, crack |x| < a on y = 0, face pressure p0 + p1 x and shear s: Westergaard's
functions, plane strain,

    Z = p0 (z/R - 1) + p1 ((z^2 - a^2/2)/R - z),   Z' its primitive,   R = sqrt(z^2 - a^2),
    2 mu u = ((kappa - 1)/2 Re Z' - y Im Z, (kappa + 1)/2 Im Z' - y Re Z) normal,
    2 mu u = ((kappa + 1)/2 Im Z' + y Re Z, -(kappa - 1)/2 Re Z' - y Im Z) shear.

Source: Tada, Paris, Irwin, Stress Analysis of Cracks Handbook (2000), part II.
"""

import tempfile
from pathlib import Path

import numpy as np

from bodies import bulk_of, damage_of, face_nodes, laws_of, node_positions, vector_dofs
from chemomech.fem.domain import build_domain
from chemomech.fem.operators import trace_operator
from chemomech.geometry import read_msh
from chemomech.geometry.mesh.msh import gmsh_session
from chemomech.models.mechanics import Load, Mechanics
from chemomech.models.supports import Supports, boundary_dofs
from chemomech.physics.bulk import elasticity
from chemomech.physics.interfaces.cohesive.filled import filled_law
from chemomech.physics.interfaces.interface import InterfaceLaw
from chemomech.simulation.newton import step

YOUNG, POISSON = 22.1e9, 0.37
SHEAR, BULK = elasticity.shear_modulus(YOUNG, POISSON), elasticity.bulk_modulus(YOUNG, POISSON)
PLANE = YOUNG / (1 - POISSON**2)
GLUE = 1e20  # Pa/m
SOFT_CONTACT = 1e-3  # Pa/m: faces may pass through each other, so that loads can be added


def plate(lower, upper, cracks, tips, finest, growth=0.2, discs=(), coarsest=np.inf):
    """Rectangle of triangles; cracks: straight lines (p, q), interface "crack"; cells of `finest`
    at each of `tips`, growing by `growth` of the distance. discs: (x, y, r), region "inclusion"
    without an interface; else "matrix"."""
    lower, upper = np.asarray(lower, float), np.asarray(upper, float)
    size = np.max(upper - lower)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "mesh.msh"
        with gmsh_session() as gmsh:
            _build(
                gmsh,
                lower / size,
                upper / size,
                np.asarray(cracks) / size,
                np.asarray(discs) / size,
            )
            fields = []
            for x, y in np.asarray(tips, float) / size:
                fields.append(gmsh.model.mesh.field.add("MathEval"))
                text = f"{finest / size:.9f}+{growth}*Sqrt((x-({x:.9f}))^2+(y-({y:.9f}))^2)"
                gmsh.model.mesh.field.setString(fields[-1], "F", text)
            field = gmsh.model.mesh.field.add("Min")
            gmsh.model.mesh.field.setNumbers(field, "FieldsList", fields)
            gmsh.model.mesh.field.setAsBackgroundMesh(field)
            for name in ("FromPoints", "FromCurvature", "ExtendFromBoundary"):
                gmsh.option.setNumber(f"Mesh.MeshSize{name}", 0)
            gmsh.option.setNumber("Mesh.MeshSizeMax", min(coarsest / size, 0.25))
            gmsh.model.mesh.generate(2)
            gmsh.option.setNumber("Mesh.MshFileVersion", 4.1)
            gmsh.write(str(path))
        return read_msh(path, scale=float(size))


def _build(gmsh, lower, upper, cracks, discs):
    occ = gmsh.model.occ
    body = occ.addRectangle(*lower, 0, *(upper - lower))
    lines = [(1, occ.addLine(*(occ.addPoint(x, y, 0) for x, y in ends))) for ends in cracks]
    rounds = [(2, occ.addDisk(x, y, 0, r, r)) for x, y, r in discs]
    _, children = occ.fragment([(2, body)], lines + rounds)
    occ.synchronize()
    inside = sorted({tag for group in children[1 + len(lines) :] for _, tag in group})
    rest = [tag for _, tag in gmsh.model.getEntities(2) if tag not in inside]
    gmsh.model.addPhysicalGroup(2, rest, name="matrix")
    if inside:
        gmsh.model.addPhysicalGroup(2, inside, name="inclusion")
    crack = [tag for group in children[1 : 1 + len(lines)] for _, tag in group]
    if crack:
        gmsh.model.addPhysicalGroup(1, crack, name="crack")
    ends = {
        "left": (0, lower[0]),
        "right": (0, upper[0]),
        "bottom": (1, lower[1]),
        "top": (1, upper[1]),
    }
    for name, (axis, place) in ends.items():
        boxes = {tag: gmsh.model.getBoundingBox(1, tag) for _, tag in gmsh.model.getEntities(1)}
        tags = [
            tag
            for tag, box in boxes.items()
            if all(abs(box[axis + k] - place) < 1e-6 for k in (0, 3))
        ]
        gmsh.model.addPhysicalGroup(1, tags, name=name)


def open_crack(points, half_length, pressure=0.0, slope=0.0, shear=0.0):
    """Displacement (n, 2) of the infinite plate with pressure + slope x and shear on its crack's
    faces."""
    a, (x, y) = half_length, points.T
    z, kappa = x + 1j * y, 3 - 4 * POISSON
    root = np.sqrt(z - a) * np.sqrt(z + a)
    normal = pressure * (z / root - 1) + slope * ((z**2 - a**2 / 2) / root - z)
    primitive = pressure * (root - z) + 0.5 * slope * (z * root - z**2)
    less, more = (kappa - 1) / 2, (kappa + 1) / 2
    u = np.stack([less * primitive.real - y * normal.imag, more * primitive.imag - y * normal.real])
    sliding, primitive = shear * (z / root - 1), shear * (root - z)
    u += [more * primitive.imag + y * sliding.real, -less * primitive.real - y * sliding.imag]
    return u.T / (2 * SHEAR)


def homogeneous(points, stress):
    """Displacement (n, 2) of a uniform in-plane stress (xx, yy, xy) under plane strain."""
    xx, yy, xy = stress
    trace = POISSON * (xx + yy)
    strain = np.array([[xx - trace, xy], [xy, yy - trace]]) * (1 + POISSON) / YOUNG
    return points @ strain


def on_boundary(function):
    """Supports that give every outer face the displacement function(points (n, 2))."""

    def supports(domain, space):
        nodes = np.unique(
            np.concatenate([face_nodes(domain, space, face) for face in domain.boundaries])
        )
        place = np.empty((space.dofmap.index_map.size_local, 2))
        place[space.dofmap.list] = node_positions(domain, space)
        return Supports(vector_dofs(nodes, 2), offset=function(place[nodes]).ravel())

    return supports


def pressed(face, rollers=(("bottom", 1), ("left", 0), ("right", 0)), axisymmetric=False):
    """Supports that spread the stack pressure evenly over one horizontal face, with rollers (face,
    component)."""

    def supports(domain, space):
        operator = trace_operator(domain, space, domain.boundaries[face], 4)
        operator = operator.revolve() if axisymmetric else operator
        up = np.broadcast_to([0.0, 1.0], (*operator.weights.shape, 2))
        share = operator.forces(up, space.dofmap.index_map.size_local * 2)
        fixed = np.unique(
            np.concatenate([boundary_dofs(domain, space, *roller) for roller in rollers])
        )
        handle = np.setdiff1d(np.flatnonzero(share), fixed)
        # The body's `area` is the plain length of its top.
        return Supports(
            fixed, control_dof=handle, weight=share[handle] / domain.boundary_measure("top")
        )

    return supports


def cracked_body(mesh, supports, pressure=0.0, axisymmetric=False, bulk=None, contact=SOFT_CONTACT):
    """Mechanics of one elastic material whose crack is filled at a pressure; bulk(domain) ->
    BulkParameters."""
    domain = build_domain(mesh)
    laws = {name: InterfaceLaw(filled_law(pressure), contact) for name in domain.interfaces}
    material = bulk_of(domain, YOUNG, POISSON) if bulk is None else bulk(domain)
    return Mechanics(domain, material, laws, damage_of(domain, laws), 2, supports, axisymmetric)


def bonded_body(mesh, supports, bulk=None):
    """The same body, uncracked: what was the crack is glued stiffly."""
    domain = build_domain(mesh)
    material = bulk_of(domain, YOUNG, POISSON) if bulk is None else bulk(domain)
    return Mechanics(domain, material, laws_of(domain, GLUE), damage_of(domain), 2, supports)


def solved(body, load=None):
    """Equilibrium under a Load."""
    result = step(body, body.initial_state(), Load() if load is None else load)
    assert result.converged, result.reason
    return result.state


def line_stress(body, state):
    """Depth below the top (n,) [m] and stress (n,) [Pa] across a vertical crack's line, means of
    the cells beside."""
    facets, domain = body.domain.interfaces["crack"], body.domain
    depth = domain.points[:, 1].max() - domain.points[facets.of_first_cell(domain.vertices)][
        ..., 1
    ].mean(axis=1)
    order = np.argsort(depth)
    return depth[order], state.stress[facets.cells, :, 0].mean(axis=(1, 2))[order]


def penny_block(finest, size=8.0, core=0.2, growth=0.5):
    """A quarter of a block of half width `size` with a disc-shaped crack of radius 1 in its middle,
    in 3D: cells of `finest` within `core` of the front, growing beyond."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "mesh.msh"
        with gmsh_session() as gmsh:
            occ = gmsh.model.occ
            body = occ.addBox(0, 0, -size, size, size, 2 * size)
            quarter = occ.intersect(
                [(2, occ.addDisk(0, 0, 0, 1, 1))], [(3, occ.addBox(0, 0, -1, 2, 2, 2))]
            )[0]
            crack = occ.fragment([(3, body)], quarter)[1][1]
            occ.synchronize()
            gmsh.model.addPhysicalGroup(
                3, [tag for _, tag in gmsh.model.getEntities(3)], name="matrix"
            )
            gmsh.model.addPhysicalGroup(2, [tag for _, tag in crack], name="crack")
            boxes = {tag: gmsh.model.getBoundingBox(2, tag) for _, tag in gmsh.model.getEntities(2)}
            for number, name in enumerate(("left", "right", "front", "back", "bottom", "top")):
                axis, end = divmod(number, 2)
                place = (end * size, end * size, (2 * end - 1) * size)[axis]
                tags = [
                    tag
                    for tag, box in boxes.items()
                    if all(abs(box[axis + k] - place) < 1e-4 for k in (0, 3))
                ]
                gmsh.model.addPhysicalGroup(2, tags, name=name)
            field, r = gmsh.model.mesh.field.add("MathEval"), "Sqrt((Sqrt(x*x+y*y)-1)^2+z*z)"
            gmsh.model.mesh.field.setString(
                field, "F", f"{finest}+{0.5 * growth}*({r}-{core}+Abs({r}-{core}))"
            )
            gmsh.model.mesh.field.setAsBackgroundMesh(field)
            for name in ("FromPoints", "FromCurvature", "ExtendFromBoundary"):
                gmsh.option.setNumber(f"Mesh.MeshSize{name}", 0)
            gmsh.model.mesh.generate(3)
            gmsh.option.setNumber("Mesh.MshFileVersion", 4.1)
            gmsh.write(str(path))
        return read_msh(path)


def without(mesh, region):
    """The mesh with a region cut out; its border becomes an outer boundary without a name."""
    kept = ~mesh.region_cells(region)
    used = np.unique(mesh.cells[kept])
    row = np.full(len(mesh.points), -1)
    row[used] = np.arange(len(used))
    regions = {name: number for name, number in mesh.regions.items() if name != region}
    groups = [
        {name: row[facets] for name, facets in group.items()}
        for group in (mesh.interfaces, mesh.boundaries)
    ]
    cells, parts = mesh.cell_region[kept], mesh.cell_particle[kept]
    return type(mesh)(
        mesh.points[used], row[mesh.cells[kept]], cells, regions, parts, *groups
    ).validate()
