"""Tetrahedra between the surfaces of a net.

There is one gmsh volume for each component, and one discrete surface for each pair of them.
"""

import tempfile
from collections import defaultdict
from pathlib import Path

import numpy as np
from scipy.spatial import cKDTree

from chemomech.geometry.errors import GeometryError
from chemomech.geometry.images.surface_nets import OUTSIDE, Net
from chemomech.geometry.mesh.microstructure import Microstructure
from chemomech.geometry.mesh.msh import gmsh_session, read_msh, write_scaled
from chemomech.geometry.mesh.size_grid import set_sizes
from chemomech.geometry.mesh.sliver_removal import remove_slivers
from chemomech.units.field import MICROMETRE

HXT = 10
REACH = 0.2  # of the net's edges: how far a node may move to mend a sliver


def mesh_net(
    net: Net,
    places: np.ndarray,
    names: list[str],
    first_layer: int,
    size: float,
    size_bulk: float,
    size_gradient: float,
    path: Path,
) -> Microstructure:
    """Mesh what a net encloses, write it to `path` (.msh 4.1, metres) and return it.

    Parameters
    ----------
    net : Net
        The surfaces.
    places : (n, 3) array
        Positions of the net's points [um], in a box from the origin.
    names : list of str
        Region of each component.
    first_layer : int
        Component from which on they are layers.
    size : float
        Length of the net's edges [um].
    size_bulk : float
        Largest edge length [um].
    size_gradient : float
        Growth of the edge length per unit of distance from the surfaces.
    path : Path
        The file.

    Raises
    ------
    GeometryError
        gmsh cannot mesh the volumes.
    """
    pairs, pair = np.unique(net.sides, axis=0, return_inverse=True)
    order = np.argsort(pair.ravel(), kind="stable")
    groups = np.split(order, np.cumsum(np.bincount(pair.ravel()))[:-1])
    box = places.max(axis=0)
    with tempfile.TemporaryDirectory() as beside, gmsh_session() as gmsh:
        around: dict[int, list[int]] = defaultdict(list)
        known = np.zeros(len(places), dtype=bool)
        for tag, (sides, rows) in enumerate(zip(pairs.tolist(), groups, strict=True), start=1):
            gmsh.model.addDiscreteEntity(2, tag)
            corners = net.triangles[rows]
            new = np.unique(corners)
            new = new[~known[new]]
            known[new] = True
            gmsh.model.mesh.addNodes(2, tag, (new + 1).tolist(), places[new].ravel())
            gmsh.model.mesh.addElementsByType(tag, 2, [], (corners + 1).ravel())
            for side in sides:
                around[side].append(tag)
        volumes: dict[str, list[int]] = defaultdict(list)
        for component, name in enumerate(names):
            loop = gmsh.model.geo.addSurfaceLoop(around[component])
            volumes[name].append(gmsh.model.geo.addVolume([loop]))
        gmsh.model.geo.synchronize()
        for name, tags in volumes.items():
            gmsh.model.addPhysicalGroup(3, tags, name=name)
        for name, side in OUTSIDE.items():
            gmsh.model.addPhysicalGroup(2, around[side], name=name)
        tree = cKDTree(places)
        set_sizes(
            gmsh,
            Path(beside) / "sizes.txt",
            box,
            size,
            size_bulk,
            lambda at: size + size_gradient * tree.query(at)[0],
        )
        gmsh.option.setNumber("Mesh.Algorithm3D", HXT)
        try:
            gmsh.model.mesh.generate(3)
        except Exception as error:
            raise GeometryError(
                f"the volumes between the surfaces cannot be meshed ({error}): filter the image, "
                "or change geometry.mesh.size_interface"
            ) from error
        layers = np.unique(
            places[
                np.unique(net.triangles[(net.sides[:, 0] >= 0) & (net.sides[:, 1] >= first_layer)]),
                2,
            ]
        )
        remove_slivers(gmsh, REACH * size, [[0.0, box[0]], [0.0, box[1]], [0.0, box[2], *layers]])
        write_scaled(gmsh, path, MICROMETRE)
    return read_msh(path)
