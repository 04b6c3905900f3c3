"""The surfaces between the components of a 3D image: faces of voxels moved off the lattice.

Surface nets (S. F. F. Gibson, MICCAI 1998†) on connected components, smoothed after Taubin as in
`chains`, with each node drawn to nodes of its own kind only: on a surface to all around it; on a
line, where three or more components meet or a surface meets the box, to the two beside it on the
line; where lines meet it stays. So nodes on the box keep to its planes and edges by themselves. No
node leaves its place by more than FURTHEST of the lattice's step, which keeps two surfaces that are
one voxel apart from crossing. Smoothing makes round particles thicker by some per cent: the
surfaces are then moved along their normals, each by one distance, until every component has the
volume of its voxels again. Coordinates are in steps of the lattice.
"""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.linalg import lsqr

from chemomech.geometry.images.chains import FURTHEST, GROW, SHRINK

PASSES = 30  # 15 leave a sphere's area 1 % larger
VOLUME_ROUNDS = 4
UNFOLDINGS, SMALLEST_TRIANGLE = 40, 0.1  # of the square of the lattice's step
OUTSIDE = {"left": -1, "right": -2, "front": -3, "back": -4, "bottom": -5, "top": -6}


@dataclass(frozen=True)
class Net:
    """Triangles between components of voxels.

    Attributes
    ----------
    points : (n, 3) array
        Nodes, in steps of the lattice.
    triangles : (t, 3) int array
        Their nodes; the normal points from the first side to the second.
    sides : (t, 2) int array
        The components there, the lower one first, a negative one for what lies OUTSIDE.
    """

    points: np.ndarray
    triangles: np.ndarray
    sides: np.ndarray


def surface_net(
    components: np.ndarray, volumes: np.ndarray | None = None, passes: int = PASSES
) -> Net:
    """Return the smoothed net of components of voxels.

    Parameters
    ----------
    components : (nx, ny, nz) int array
        Component of each voxel, counted from 0.
    volumes : (count,) array, optional
        Volumes of the first components, in voxels; those of their voxels by default. Components
        beyond are layers, whose flat surfaces are not moved.
    passes : int
        Passes of the smoothing.
    """
    padded = np.pad(components, 1)
    for axis in range(3):
        face = np.moveaxis(padded, axis, 0)
        face[0], face[-1] = -1 - 2 * axis, -2 - 2 * axis
    quads, sides = _quads(padded)
    nodes, quads = np.unique(quads, return_inverse=True)
    quads = quads.reshape(-1, 4)
    shape = np.array(components.shape) + 1
    origin = np.column_stack(np.unravel_index(nodes, shape)).astype(float)
    edges, kind, on_line = _links(padded, nodes, quads, shape)
    points = _unfold(_smooth_nodes(origin, edges, kind, on_line, passes), origin, quads, sides)
    net = Net(points, *_split(points, quads, sides))
    if volumes is None:
        volumes = np.bincount(components.ravel()).astype(float)
    for _ in range(VOLUME_ROUNDS if passes else 0):
        found = enclosed_volumes(points, net, int(components.max()) + 1)[: len(volumes)]
        points = points + _push(net, volumes - found, kind == 1)
        points = _unfold(
            np.clip(points, origin - FURTHEST, origin + FURTHEST), origin, quads, sides
        )
        net = Net(points, net.triangles, net.sides)
    return Net(points, *_split(points, quads, sides))


def _quads(padded: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the lattice nodes (q, 4) around every face between two components, in order.

    Beside them stand both sides (q, 2).
    """
    shape = np.array(padded.shape) - 1
    stride = np.array([shape[1] * shape[2], shape[2], 1])
    quads, sides = [], []
    for axis in range(3):
        one, other = (axis + 1) % 3, (axis + 2) % 3
        inner = [slice(1, -1)] * 3
        inner[axis] = slice(None)
        view = padded[tuple(inner)]
        low, high = (
            np.take(view, range(view.shape[axis] - 1), axis),
            np.take(view, range(1, view.shape[axis]), axis),
        )
        place = np.argwhere(low != high)
        pair = np.column_stack([low[tuple(place.T)], high[tuple(place.T)]])
        # The face after `low` along the axis starts at the node of the same indices.
        node = place @ stride
        quad = np.column_stack(
            [node, node + stride[one], node + stride[one] + stride[other], node + stride[other]]
        )
        turned = pair[:, 0] > pair[:, 1]
        quad[turned], pair[turned] = quad[turned, ::-1], pair[turned, ::-1]
        quads.append(quad)
        sides.append(pair)
    return np.concatenate(quads), np.concatenate(sides)


def _links(
    padded: np.ndarray, nodes: np.ndarray, quads: np.ndarray, shape: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the edges (e, 2) of faces, the kind (n,) of the nodes, and which edges lie on lines.

    Kind: 0 fixed, 1 on a surface, 2 on a line.
    """
    edges = np.sort(np.concatenate([quads[:, [i, (i + 1) % 4]] for i in range(4)]), axis=1)
    edges = np.unique(edges, axis=0)
    start = np.column_stack(np.unravel_index(nodes[edges[:, 0]], shape))
    axis = np.argmax(np.column_stack(np.unravel_index(nodes[edges[:, 1]], shape)) - start, axis=1)
    around = np.empty((len(edges), 4), dtype=padded.dtype)
    for number in range(4):
        # The four voxels around an edge: those before and after its start along the two other axes.
        at = start + 1
        for k, turn in enumerate((1, 2)):
            at[np.arange(len(at)), (axis + turn) % 3] -= number >> k & 1
        around[:, number] = padded[tuple(at.T)]
    around.sort(axis=1)
    on_line = 1 + np.count_nonzero(np.diff(around, axis=1), axis=1) > 2
    lines = np.bincount(edges[on_line].ravel(), minlength=len(nodes))
    return edges, np.where(lines == 0, 1, np.where(lines == 2, 2, 0)), on_line


def _smooth_nodes(
    origin: np.ndarray, edges: np.ndarray, kind: np.ndarray, on_line: np.ndarray, passes: int
) -> np.ndarray:
    """Return the nodes (n, 3) after Taubin's passes.

    kind (n,): 0 fixed, 1 on a surface, 2 on a line.
    """
    ends = np.concatenate([edges, edges[:, ::-1]])
    line = np.concatenate([on_line, on_line])
    kept = np.where(line, kind[ends[:, 0]] == 2, False) | (kind[ends[:, 0]] == 1)
    rows, columns = ends[kept].T
    degree = np.maximum(np.bincount(rows, minlength=len(origin)), 1)
    mean = coo_array(
        (1.0 / degree[rows], (rows, columns)), shape=(len(origin), len(origin))
    ).tocsr()
    moves = (kind > 0)[:, None]
    points = origin.copy()
    for _ in range(passes):
        for share in (SHRINK, GROW):
            points = np.where(moves, points + share * (mean @ points - points), points)
        points = np.clip(points, origin - FURTHEST, origin + FURTHEST)
    return points


def _split(
    points: np.ndarray, quads: np.ndarray, sides: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the triangles (2 q, 3) of quadrilaterals cut along their better diagonals.

    Beside them stand their sides (2 q, 2).
    """
    cut = np.where(_shapes(points, quads)[1][:, None], quads, np.roll(quads, -1, axis=1))
    return np.concatenate([cut[:, [0, 1, 2]], cut[:, [0, 2, 3]]]), np.concatenate([sides, sides])


def _shapes(
    points: np.ndarray, quads: np.ndarray, normal: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Return the smaller of both triangles' areas (q,), and whether it is the first diagonal's.

    The area is taken along a normal (q, 3), by default the quadrilateral's own. Of the two
    diagonals that one is taken which makes it larger.
    """
    corner = points[quads]
    if normal is None:
        normal = np.cross(corner[:, 2] - corner[:, 0], corner[:, 3] - corner[:, 1])
        normal /= np.maximum(np.linalg.norm(normal, axis=1), np.finfo(float).tiny)[:, None]

    def area(a: int, b: int, c: int) -> np.ndarray:
        return 0.5 * np.einsum(
            "qi,qi->q", np.cross(corner[:, b] - corner[:, a], corner[:, c] - corner[:, a]), normal
        )

    first, second = (
        np.minimum(area(0, 1, 2), area(0, 2, 3)),
        np.minimum(area(1, 2, 3), area(1, 3, 0)),
    )
    return np.maximum(first, second), first >= second


def _unfold(
    points: np.ndarray, origin: np.ndarray, quads: np.ndarray, sides: np.ndarray
) -> np.ndarray:
    """Return the nodes drawn back to the lattice where a quadrilateral is folded.

    On the box also where it is turned over. Inside, faces of a slope turn by up to a right angle,
    and a little more is no harm.
    """
    face = origin[quads]
    normal = np.cross(face[:, 1] - face[:, 0], face[:, 3] - face[:, 0])
    points = points.copy()
    for _ in range(UNFOLDINGS):
        along = _shapes(points, quads, normal)[0] + np.where(
            sides[:, 0] < 0, 0.0, 2.0 * SMALLEST_TRIANGLE
        )
        folded = np.minimum(along, _shapes(points, quads)[0]) < SMALLEST_TRIANGLE
        if not folded.any():
            return points
        back = np.unique(quads[folded])
        points[back] = origin[back] + 0.5 * (points[back] - origin[back])
    return origin


def _push(net: Net, missing: np.ndarray, free: np.ndarray) -> np.ndarray:
    """Return shifts (n, 3) along the normals that add missing volumes to the first components.

    Least squares over one distance for each surface between two of them. missing (count,): volumes;
    free (n,): nodes that may move.
    """
    inner = np.flatnonzero((net.sides[:, 0] >= 0) & (net.sides[:, 1] < len(missing)))
    if not len(inner):
        return np.zeros_like(net.points)
    pairs, pair = np.unique(net.sides[inner], axis=0, return_inverse=True)
    pair = pair.ravel()
    corner = net.points[net.triangles[inner]]
    normal = 0.5 * np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
    at_node, of_node = np.zeros_like(net.points), np.zeros(len(net.points), dtype=np.int64)
    for number in range(3):
        np.add.at(at_node, net.triangles[inner, number], normal / 3.0)
        of_node[net.triangles[inner, number]] = pair
    size = np.linalg.norm(at_node, axis=1)
    moving = free & (size > 0.0)
    swept = np.bincount(of_node[moving], size[moving], len(pairs))
    rows = np.concatenate([pairs[:, 0], pairs[:, 1]])
    columns = np.tile(np.arange(len(pairs)), 2)
    # A surface that moves along its normal adds to its first side what its second one loses.
    values = np.concatenate([swept, -swept])
    system = coo_array((values, (rows, columns)), shape=(len(missing), len(pairs))).tocsr()
    distance = lsqr(system, missing, damp=1e-9, atol=1e-9, btol=1e-9)[0]
    shift = np.zeros_like(net.points)
    shift[moving] = (distance[of_node[moving]] / size[moving])[:, None] * at_node[moving]
    return shift


def enclosed_volumes(points: np.ndarray, net: Net, count: int) -> np.ndarray:
    """Return the volume of every component inside a net's triangles.

    Parameters
    ----------
    points : (n, 3) array
        Where the net's nodes are.
    net : Net
        The triangles.
    count : int
        Number of components, from the first.

    Returns
    -------
    (count,) array
    """
    a, b, c = (points[net.triangles[:, corner]] for corner in range(3))
    flux = np.einsum("ti,ti->t", a, np.cross(b, c)) / 6.0
    volumes = np.zeros(count)
    for side, sign in ((0, 1.0), (1, -1.0)):
        inside = net.sides[:, side] >= 0
        volumes += sign * np.bincount(net.sides[inside, side], flux[inside], count)
    return volumes
