"""Small meshes for tests: structured grids with named regions, moved and renumbered ones, and round
ones from gmsh.

Axes: x from left to right, the last axis from bottom to top, in 3D y from front to back.
"""

import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np

from chemomech.geometry import Microstructure, read_msh
from chemomech.geometry.mesh.facets import orient
from chemomech.geometry.mesh.msh import gmsh_session
from chemomech.geometry.mesh.structured import box_mesh


def box(counts, size=None, region_of=None, interfaces=None, jiggle=0.0, seed=0):
    """`box_mesh` with a random move of the inner vertices that lie on no interface and no border of
    regions; jiggle: its size as a share of the spacing."""
    mesh = box_mesh(counts, size, region_of, interfaces)
    spacing = np.min((1.0 if size is None else np.asarray(size)) / np.asarray(counts))
    return _jiggled(mesh, jiggle * spacing, seed).validate()


def _jiggled(mesh, length, seed):
    if not length:
        return mesh
    table = mesh.facet_table
    border = table.interior & (
        mesh.cell_region[table.cells[:, 0]] != mesh.cell_region[table.cells[:, 1]]
    )
    kept = [mesh.outer_facets(), table.facets[border], *mesh.interfaces.values()]
    move = length * np.random.default_rng(seed).uniform(-1, 1, mesh.points.shape)
    move[np.concatenate([facets.ravel() for facets in kept])] = 0.0
    return replace(mesh, points=mesh.points + move)


def permuted(mesh, seed=0):
    """The same mesh with cells, points and the corners of each cell in another order."""
    random = np.random.default_rng(seed)
    order, new_row = random.permutation(len(mesh.cells)), random.permutation(len(mesh.points))
    points = np.empty_like(mesh.points)
    points[new_row] = mesh.points
    cells = new_row[mesh.cells[order]]
    turns = random.integers(0, 3, len(cells))
    # Turning the first three corners keeps the orientation.
    cells[:, :3] = np.take_along_axis(cells[:, :3], (np.arange(3) + turns[:, None]) % 3, axis=1)
    groups = [
        {name: new_row[facets] for name, facets in group.items()}
        for group in (mesh.interfaces, mesh.boundaries)
    ]
    return Microstructure(
        points, cells, mesh.cell_region[order], mesh.regions, mesh.cell_particle[order], *groups
    ).validate()


def rotation(dimension, angle=0.7):
    """A rotation matrix: by `angle` in the plane, about a skew axis in space."""
    if dimension == 2:
        return np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    axis = np.array([2.0, -1.0, 2.0]) / 3.0
    cross = np.array([[0, -axis[2], axis[1]], [axis[2], 0, -axis[0]], [-axis[1], axis[0], 0]])
    return np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross


def moved(mesh, matrix=None, shift=None):
    """The mesh with points x -> matrix x + shift; a reflection turns the cells."""
    points = mesh.points if matrix is None else mesh.points @ np.asarray(matrix).T
    points = points if shift is None else points + np.asarray(shift)
    return replace(mesh, points=points, cells=orient(points, mesh.cells)).validate()


def mapped(mesh, function):
    """The mesh with points function(points)."""
    points = function(mesh.points)
    return replace(mesh, points=points, cells=orient(points, mesh.cells)).validate()


def quarter_ring(inner, outer, radial, circumferential, region_of=None):
    """A quarter annulus of straight cells; faces inner, outer, bottom (y = 0) and left (x = 0).

    region_of(r): region name by radius.
    """
    regions = None if region_of is None else lambda x: region_of(inner + x[0] * (outer - inner))
    grid = box((radial, circumferential), region_of=regions)

    def bend(x):
        r, angle = inner + x[:, 0] * (outer - inner), 0.5 * np.pi * x[:, 1]
        return np.stack([r * np.cos(angle), r * np.sin(angle)], axis=1)

    ring = mapped(grid, bend)
    names = {"left": "inner", "right": "outer", "bottom": "bottom", "top": "left"}
    return replace(
        ring, boundaries={names[name]: facets for name, facets in ring.boundaries.items()}
    )


def gmsh_ring(inner, outer, size):
    """A full annulus meshed by gmsh; region ring, faces inner and outer."""

    def build(gmsh):
        hole, disc = (gmsh.model.occ.addDisk(0, 0, 0, radius, radius) for radius in (inner, outer))
        gmsh.model.occ.cut([(2, disc)], [(2, hole)])
        gmsh.model.occ.synchronize()
        gmsh.model.addPhysicalGroup(2, [tag for _, tag in gmsh.model.getEntities(2)], name="ring")
        radius = {tag: gmsh.model.getBoundingBox(1, tag)[3] for _, tag in gmsh.model.getEntities(1)}
        middle = 0.5 * (inner + outer)
        gmsh.model.addPhysicalGroup(
            1, [tag for tag, r in radius.items() if r < middle], name="inner"
        )
        gmsh.model.addPhysicalGroup(
            1, [tag for tag, r in radius.items() if r > middle], name="outer"
        )

    return _from_gmsh(build, size)


def disc_in_disc(radius, outer, size):
    """A quarter of a disc in a larger disc: regions inclusion and matrix, faces bottom, left,
    outer."""

    def build(gmsh):
        occ = gmsh.model.occ
        discs = [(2, occ.addDisk(0, 0, 0, r, r)) for r in (radius, outer)]
        pieces, _ = occ.fragment(discs, [])
        quarter = [(2, occ.addRectangle(0, 0, 0, 2 * outer, 2 * outer))]
        occ.intersect(pieces, quarter)
        _name_inclusion(gmsh, radius)
        lines = {"bottom": [], "left": [], "outer": []}
        for _, tag in gmsh.model.getEntities(1):
            _x0, _y0, _, x1, y1, _ = gmsh.model.getBoundingBox(1, tag)
            if y1 < 1e-6 * outer:
                lines["bottom"].append(tag)
            elif x1 < 1e-6 * outer:
                lines["left"].append(tag)
            elif x1 > 0.5 * (radius + outer):
                lines["outer"].append(tag)
        for name, tags in lines.items():
            gmsh.model.addPhysicalGroup(1, tags, name=name)

    return _with_touching(_from_gmsh(build, size))


def disc_in_square(radius, width, size):
    """A disc in the middle of a square with its lower left corner at the origin; regions inclusion
    and matrix."""

    def build(gmsh):
        occ = gmsh.model.occ
        square = occ.addRectangle(0, 0, 0, width, width)
        disc = occ.addDisk(0.5 * width, 0.5 * width, 0, radius, radius)
        occ.fragment([(2, square)], [(2, disc)])
        _name_inclusion(gmsh, radius)
        ends = {"left": (0, 0.0), "right": (0, width), "bottom": (1, 0.0), "top": (1, width)}
        for name, (axis, place) in ends.items():
            tags = [
                tag
                for _, tag in gmsh.model.getEntities(1)
                if all(
                    abs(gmsh.model.getBoundingBox(1, tag)[axis + k] - place) < 1e-6 * width
                    for k in (0, 3)
                )
            ]
            gmsh.model.addPhysicalGroup(1, tags, name=name)

    return _with_touching(_from_gmsh(build, size))


def _name_inclusion(gmsh, radius):
    """Regions: what fits into a square of the disc's diameter is the inclusion."""
    gmsh.model.occ.synchronize()
    groups = {"inclusion": [], "matrix": []}
    for _, tag in gmsh.model.getEntities(2):
        bounds = gmsh.model.getBoundingBox(2, tag)
        groups["inclusion" if bounds[3] - bounds[0] < 2.001 * radius else "matrix"].append(tag)
    for name, tags in groups.items():
        gmsh.model.addPhysicalGroup(2, tags, name=name)


def _from_gmsh(build, size):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "mesh.msh"
        with gmsh_session() as gmsh:
            build(gmsh)
            gmsh.option.setNumber("Mesh.MeshSizeMax", size)
            gmsh.option.setNumber("Mesh.MeshSizeMin", size)
            gmsh.model.mesh.generate(2)
            gmsh.option.setNumber("Mesh.MshFileVersion", 4.1)
            gmsh.write(str(path))
        return read_msh(path)


def _with_touching(mesh):
    return mesh.with_interfaces(
        {"inclusion|matrix": mesh.interface_between("inclusion", "matrix")}
    ).validate()
