"""Edge lengths of a mesh through gmsh's background fields, the same for all recipes.

Size: `size_interface` where two regions meet, growing by `growth` per unit of distance to
`size_bulk`, and in a region with a size of its own at most that, growing by the same rate beyond
its boundary. Drawings also get at least ROUND edges around a circle.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from chemomech.geometry.errors import GeometryError

SIZE_GRADIENT = 0.4
ROUND = 16  # edges around a full circle of a drawing, where size_interface would give fewer
SMALLEST_SHARE = 0.2  # of size_interface: no curvature asks for less
LOWEST_QUALITY = 0.1  # mean ratio below which a mesh that a recipe makes is refused
SAMPLES = 200  # points on a curve or along each direction of a surface from which distances count


@dataclass(frozen=True)
class MeshControl:
    """What is asked of the edge lengths of a mesh.

    Attributes
    ----------
    size_interface, size_bulk : float or None
        Edge length [m] where two regions meet and far from there; None: as the drawing says.
    by_region : mapping of str to float
        Region -> largest edge length there [m].
    size_gradient : float
        Growth of the edge length per unit of distance, > 0.
    lowest_quality : float or None
        Mean ratio below which a mesh is refused; None: as usual.
    """

    size_interface: float | None = None
    size_bulk: float | None = None
    by_region: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    size_gradient: float = SIZE_GRADIENT
    lowest_quality: float | None = None

    @classmethod
    def from_settings(cls, mesh: Any) -> "MeshControl":
        """Return the control that geometry.mesh asks for; what it lacks is left as it is."""
        size_gradient = getattr(mesh, "growth", None)
        return cls(
            getattr(mesh, "size_interface", None),
            getattr(mesh, "size_bulk", None),
            getattr(mesh, "size_by_region", None) or {},
            SIZE_GRADIENT if size_gradient is None else size_gradient,
            getattr(mesh, "lowest_quality", None),
        )


def region_fields(
    gmsh: Any,
    dimension: int,
    entities: Mapping[str, list[int]],
    by_region: Mapping[str, float],
    bulk: float,
    size_gradient: float,
    samples: int = SAMPLES,
) -> list[int]:
    """Return background fields that hold regions to sizes of their own.

    Parameters
    ----------
    gmsh : module
        gmsh, in a session with a model.
    dimension : int
        Of the regions, 2 or 3.
    entities : mapping of str to list of int
        Region -> its entities of this dimension.
    by_region : mapping of str to float
        Region -> its largest edge length, in units of the model.
    bulk : float
        Edge length far from interfaces, in units of the model.
    size_gradient : float
        Growth of the edge length per unit of distance.
    samples : int
        See `distance_field`.

    Raises
    ------
    GeometryError
        A region is not among the entities.
    """
    field, fields = gmsh.model.mesh.field, []
    kind = {2: "SurfacesList", 3: "VolumesList"}[dimension]
    for name, size in by_region.items():
        if name not in entities:
            raise GeometryError(
                f"geometry.mesh.size_by_region.{name}: no region of this name; there is: "
                f"{', '.join(sorted(entities))}"
            )
        inside = field.add("Constant")
        field.setNumbers(inside, kind, entities[name])
        field.setNumber(inside, "VIn", size)
        field.setNumber(inside, "VOut", bulk)
        fields.append(inside)
        if size < bulk:
            body = [(dimension, tag) for tag in entities[name]]
            around = gmsh.model.getBoundary(body, combined=False, oriented=False)
            boundaries = sorted({tag for _, tag in around})
            fields.append(
                distance_field(gmsh, dimension, boundaries, size, bulk, size_gradient, samples)
            )
    return fields


def distance_field(
    gmsh: Any,
    dimension: int,
    boundaries: list[int],
    size: float,
    bulk: float,
    size_gradient: float,
    samples: int = SAMPLES,
) -> int:
    """Return a field that is `size` on some boundaries and grows with the distance to `bulk`.

    Parameters
    ----------
    gmsh : module
        gmsh, in a session with a model.
    dimension : int
        Of the model, 2 or 3.
    boundaries : list of int
        Curves in a plane, surfaces in space.
    size, bulk : float
        Edge lengths on the boundaries and far from them, in units of the model.
    size_gradient : float
        Growth of the edge length per unit of distance.
    samples : int
        Points on each curve, or along each direction of a surface, from which distances count.
    """
    field = gmsh.model.mesh.field
    distance, threshold = field.add("Distance"), field.add("Threshold")
    field.setNumbers(distance, {2: "CurvesList", 3: "SurfacesList"}[dimension], boundaries)
    field.setNumber(distance, "Sampling", samples)
    numbers = {
        "InField": distance,
        "SizeMin": size,
        "SizeMax": bulk,
        "DistMin": 0.0,
        "DistMax": max((bulk - size) / size_gradient, 1e-3 * size),
    }
    for option, value in numbers.items():
        field.setNumber(threshold, option, value)
    return threshold


def use_fields(gmsh: Any, fields: list[int]) -> None:
    """Take the smallest of the fields as the size everywhere, and no other source of sizes.

    Parameters
    ----------
    gmsh : module
        gmsh, in a session with a model.
    fields : list of int
        Tags of the fields.
    """
    smallest = gmsh.model.mesh.field.add("Min")
    gmsh.model.mesh.field.setNumbers(smallest, "FieldsList", fields)
    gmsh.model.mesh.field.setAsBackgroundMesh(smallest)
    for option in ("ExtendFromBoundary", "FromPoints", "FromCurvature"):
        gmsh.option.setNumber(f"Mesh.MeshSize{option}", 0)


def set_sizes(gmsh: Any, dimension: int, control: MeshControl, scale: float) -> None:
    """Set the sizes of a drawing with physical groups; without size_bulk its own sizes stay.

    Parameters
    ----------
    gmsh : module
        gmsh, in a session with the drawing.
    dimension : int
        Of the drawing, 2 or 3.
    control : MeshControl
        What is asked for [m].
    scale : float
        Metres per unit of the model.

    Raises
    ------
    GeometryError
        A region with a size of its own is unknown, or there is no size_bulk beside it.
    """
    if control.size_bulk is None or control.size_interface is None:
        if control.by_region:
            raise GeometryError(
                "geometry.mesh.size_by_region: needs size_interface and size_bulk beside it"
            )
        return
    fine, bulk = control.size_interface / scale, control.size_bulk / scale
    entities = {
        gmsh.model.getPhysicalName(dimension, tag): list(
            gmsh.model.getEntitiesForPhysicalGroup(dimension, tag)
        )
        for _, tag in gmsh.model.getPhysicalGroups(dimension)
    }
    between = [
        tag
        for _, tag in gmsh.model.getEntities(dimension - 1)
        if len(gmsh.model.getAdjacencies(dimension - 1, tag)[0]) > 1
    ]
    constant = gmsh.model.mesh.field.add("MathEval")
    gmsh.model.mesh.field.setString(constant, "F", f"{bulk:.12g}")
    by_region = {name: size / scale for name, size in control.by_region.items()}
    fields = [
        constant,
        *region_fields(gmsh, dimension, entities, by_region, bulk, control.size_gradient),
    ]
    if between:
        longest = max(_extent(gmsh, dimension - 1, tag) for tag in between)
        samples = min(max(math.ceil(longest / fine) + 1, 2), 2000 if dimension == 2 else SAMPLES)
        fields.append(
            distance_field(gmsh, dimension, between, fine, bulk, control.size_gradient, samples)
        )
    use_fields(gmsh, fields)
    gmsh.option.setNumber("Mesh.MeshSizeFromCurvature", ROUND)
    gmsh.option.setNumber("Mesh.MeshSizeMin", SMALLEST_SHARE * fine)


def _extent(gmsh: Any, dimension: int, tag: int) -> float:
    """Return the largest side of an entity's bounding box."""
    bounds = gmsh.model.getBoundingBox(dimension, tag)
    return max(high - low for low, high in zip(bounds[:3], bounds[3:], strict=True))
