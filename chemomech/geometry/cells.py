"""How many cells a geometry would have at least: told before anything is drawn.

Where edges grow by g per unit of distance, from h at an interface to H far from it, an interface of
length L in a plane has 2 L (1/h - 1/H) / (c g) cells beside it, c = √3/4 being the area of a
triangle of unit edge, and the area A has A / (c H²) cells anyway; in space, with a surface S and
the volume V of a tetrahedron, S (1/h² - 1/H²) / (c g) and V / (c H³), c = √2/12.
"""

import math
from typing import Any

from chemomech.geometry.errors import GeometryError
from chemomech.geometry.mesh.sizes import SIZE_GRADIENT

MOST_CELLS = 500_000  # more take hours to mesh and to solve, and tens of gigabytes
UNIT_SIMPLEX = {2: math.sqrt(3.0) / 4.0, 3: math.sqrt(2.0) / 12.0}


def check_cells(geometry: Any) -> None:
    """Raise GeometryError for a geometry whose mesh would have more cells than MOST_CELLS.

    Parameters
    ----------
    geometry : object
        The section [geometry] of a case, of a recipe that draws.
    """
    count = least_cells(geometry)
    if count > MOST_CELLS:
        raise GeometryError(
            f"geometry.mesh.size_interface: about {count:.2g} cells or more, and "
            f"{MOST_CELLS:,} are the most: give larger edges in geometry.mesh, or a "
            "smaller geometry.width"
        )


def least_cells(geometry: Any) -> float:
    """Return about how many cells the mesh of a recipe has at least; inf where it cannot be told.

    Parameters
    ----------
    geometry : object
        As for `check_cells`, lengths in metres.
    """
    dimension = 3 if hasattr(geometry, "depth") else 2
    along = geometry.width * (geometry.depth if dimension == 3 else 1.0)
    layers = _layers(geometry)
    body = along * sum(thickness for thickness, _ in layers)
    # Of every layer one face, and what lies inside it.
    interface = sum(along * (1.0 + thickness * inside) for thickness, inside in layers)
    mesh, power = geometry.mesh, dimension - 1
    fine, bulk = mesh.size_interface, mesh.size_bulk
    growth = getattr(mesh, "growth", None) or SIZE_GRADIENT
    try:
        near = 2.0 / power * interface * (fine**-power - bulk**-power) / growth
        return (near + body * bulk**-dimension) / UNIT_SIMPLEX[dimension]
    except OverflowError:
        return math.inf


def _layers(geometry: Any) -> list[tuple[float, float]]:
    """Return thickness [m] and interface per volume [1/m] of every layer."""
    if geometry.recipe == "layers":
        return [
            (each.thickness, sum(2.0 * (kind.area_fraction or 0.0) / kind.radius_mean
                                 for kind in each.particles))
            for each in geometry.layers
        ]  # fmt: skip
    if geometry.recipe.startswith("polycrystal"):
        return [(geometry.height, 2.0 / geometry.grain_size)]
    kind = geometry.particles
    share = getattr(kind, "area_fraction", None)
    inside = (2.0 * share if share is not None else 3.0 * kind.volume_fraction) / kind.radius_mean
    plain = ("lithium_thickness", "separator_thickness", "collector_thickness")
    return [*((getattr(geometry, key), 0.0) for key in plain), (geometry.cathode_thickness, inside)]
