"""Edge lengths of a mesh through gmsh's background fields, the same for all recipes.

Size: `size_interface` where two regions meet, growing by `growth` per unit of distance to
`size_bulk`, and in a region with a size of its own at most that, growing by the same rate beyond
its boundary. Drawings also get at least ROUND edges around a circle.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from chemomech.geometry.errors import GeometryError

SIZE_GRADIENT = 0.4
ROUND = 16  # edges around a full circle of a drawing, where size_interface would give fewer
SMALLEST_SHARE = 0.2  # of size_interface: no curvature asks for less
LOWEST_QUALITY = 0.1  # mean ratio below which a mesh that a recipe makes is refused
SAMPLES = 200  # points on a curve or along each direction of a surface from which distances count


@dataclass(frozen=True)
class MeshControl:
    """size_interface, size_bulk [m] or None: as the drawing says; by_region: region -> largest size
    there [m]; growth > 0 per unit of distance; lowest_quality: mean ratio below which a mesh is
    refused, None: as usual."""

    size_interface: float | None = None
    size_bulk: float | None = None
    by_region: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    size_gradient: float = SIZE_GRADIENT
    lowest_quality: float | None = None

    @classmethod
    def from_settings(cls, mesh) -> "MeshControl":
        """Return the control that geometry.mesh asks for; what it does not have is left as it
        is."""
        size_gradient = getattr(mesh, "growth", None)
        return cls(
            getattr(mesh, "size_interface", None),
            getattr(mesh, "size_bulk", None),
            getattr(mesh, "size_by_region", None) or {},
            SIZE_GRADIENT if size_gradient is None else size_gradient,
            getattr(mesh, "lowest_quality", None),
        )


def region_fields(
    gmsh,
    dimension: int,
    entities: Mapping[str, list[int]],
    by_region: Mapping[str, float],
    bulk: float,
    size_gradient: float,
    samples: int = SAMPLES,
) -> list[int]:
    """Return background fields that hold regions to sizes of their own; sizes and bulk in units of
    the model.

    entities: region -> its entities of `dimension`; samples: see `distance_field`. Raises
    GeometryError for a region that is not among them.
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
    gmsh,
    dimension: int,
    boundaries: list[int],
    size: float,
    bulk: float,
    size_gradient: float,
    samples: int = SAMPLES,
) -> int:
    """Return a field that is `size` on boundaries (curves in a plane, surfaces in space) and grows
    to `bulk`.

    samples: on each curve, or along each direction of a surface; distances count from them.
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


def use_fields(gmsh, fields: list[int]) -> None:
    """Take the smallest of the fields as the size everywhere, and no other source of sizes."""
    smallest = gmsh.model.mesh.field.add("Min")
    gmsh.model.mesh.field.setNumbers(smallest, "FieldsList", fields)
    gmsh.model.mesh.field.setAsBackgroundMesh(smallest)
    for option in ("ExtendFromBoundary", "FromPoints", "FromCurvature"):
        gmsh.option.setNumber(f"Mesh.MeshSize{option}", 0)


def set_sizes(gmsh, dimension: int, control: MeshControl, scale: float) -> None:
    """Set the sizes of a drawing with physical groups; scale: metres per unit of the model.

    Without size_bulk the drawing's own sizes stay. Raises GeometryError.
    """
    if control.size_bulk is None:
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


def _extent(gmsh, dimension: int, tag: int) -> float:
    """Return the largest side of an entity's bounding box."""
    bounds = gmsh.model.getBoundingBox(dimension, tag)
    return max(high - low for low, high in zip(bounds[:3], bounds[3:], strict=True))
