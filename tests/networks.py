"""Bodies whose every inner facet may crack: structured and random meshes of a strip."""

import numpy as np
from scipy.spatial import Delaunay

from bodies import body_of, bulk_of, face_nodes, laws_of
from chemomech.fem.domain import build_domain
from chemomech.geometry.mesh.facets import cell_measures
from chemomech.geometry.mesh.microstructure import Microstructure
from meshes import box

CRACKS = "block|block|cracks"


def structured(counts, size):
    """Rectangle of right-angled triangles: rows of facets lie at every height i size/counts."""
    mesh = box(counts, size, lambda x: "block", {})
    return named(mesh.points, mesh.cells, size)


def random_mesh(size, h, seed=0):
    """Rectangle of Delaunay triangles around random points, evened out by three Lloyd-like steps;
    edges of about h."""
    random = np.random.default_rng(seed)
    count = round(1.1547 * size[0] * size[1] / h**2)
    sides = [np.linspace(0.0, length, round(length / h) + 1) for length in size]
    edge = np.concatenate(
        [
            [(x, y) for x in sides[0] for y in (0.0, size[1])],
            [(x, y) for y in sides[1][1:-1] for x in (0.0, size[0])],
        ]
    )
    inner = random.uniform(0.3 * h, np.array(size) - 0.3 * h, (count - len(edge) // 2, 2))
    for _ in range(12):
        points = np.concatenate([edge, inner])
        cells = Delaunay(points).simplices
        area, middle = np.abs(cell_measures(points, cells)), points[cells].mean(axis=1)
        weight = np.bincount(cells.ravel(), np.repeat(area, 3), len(points))
        place = np.stack(
            [
                np.bincount(cells.ravel(), np.repeat(area * middle[:, i], 3), len(points))
                for i in (0, 1)
            ],
            axis=1,
        )
        inner = (place / weight[:, None])[len(edge) :]
    points = np.concatenate([edge, inner])
    cells = Delaunay(points).simplices
    cells = cells[np.abs(cell_measures(points, cells)) > 1e-6 * h**2]
    negative = cell_measures(points, cells) < 0
    cells[negative, 1:] = cells[negative, :0:-1]
    return named(points, cells, size)


def named(points, cells, size):
    """Microstructure of one region, its sides named, every inner facet in CRACKS."""
    mesh = Microstructure(
        points, cells, np.ones(len(cells), dtype=int), {"block": 1}, np.full(len(cells), -1)
    )
    outer = mesh.outer_facets()
    middle, faces = mesh.points[outer].mean(axis=1), {}
    for name, axis, end in (
        ("left", 0, 0.0),
        ("right", 0, size[0]),
        ("bottom", 1, 0.0),
        ("top", 1, size[1]),
    ):
        faces[name] = outer[np.abs(middle[:, axis] - end) < 1e-9 * size[axis]]
    table = mesh.facet_table
    mesh = Microstructure(
        mesh.points, mesh.cells, mesh.cell_region, mesh.regions, mesh.cell_particle, {}, faces
    )
    return mesh.with_interfaces({CRACKS: table.facets[table.interior]}).validate()


def clamped_strip(mesh, size, young, poisson, stiffness, strength, energy, notch):
    """Strip whose clamps at bottom and top part by travel (1 - x/L): a crack from the notch, x <
    notch at half the height, grows stably. Facets that cross the notch are broken from the
    start."""
    domain = build_domain(mesh)

    def held(space):
        found = {}
        for face, sign in (("bottom", -0.5), ("top", 0.5)):
            nodes = face_nodes(domain, space, face)
            place = _place(domain, space)
            for node in nodes:
                found[2 * node], found[2 * node + 1] = 0.0, sign * (1.0 - place[node, 0] / size[0])
        return found

    body = body_of(
        domain,
        bulk_of(domain, young, poisson),
        laws_of(domain, stiffness, strength, energy),
        held,
        degree=1,
    )
    ends = domain.points[body.facets.of_first_cell(domain.vertices)]
    low, high = np.sort(ends[..., 1] - 0.5 * size[1], axis=1).T
    tolerance = 1e-9 * size[1]
    along = (np.abs(low) < tolerance) & (np.abs(high) < tolerance)
    crossing = along if along.any() else (low <= tolerance) & (high >= -tolerance)
    damage = np.where(crossing & (ends[..., 0].max(axis=1) <= notch * (1 + 1e-9)), 1.0, 0.0)[
        :, None
    ]
    return body.with_initial_damage(damage)


def _place(domain, space):
    """Place (n, 2) of every node of a linear space."""
    place = np.empty((space.dofmap.index_map.size_local, 2))
    place[space.dofmap.list] = domain.points[domain.vertices]
    return place
