"""The [geometry] section of a case file in 3D; z points from the lithium to the collector."""

from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator

from chemomech.case.choices import check_region_name
from chemomech.case.errors import problem
from chemomech.case.geometry.cells import LayeredCell, Polycrystal, Radii
from chemomech.case.table import Table, micrometres
from chemomech.units.quantity import PositiveLength


class Spheres(Radii):
    """Spheres, or ellipsoids that lie flat or stand; radii are those across the height."""

    volume_fraction: float = Field(
        gt=0.0, lt=0.74, description="share of the cathode layer's volume"
    )
    aspect_ratio: float = Field(
        default=1.0, ge=0.3, le=3.0, description="height over width; other than 1: ellipsoids"
    )


class PennyFlaws(Table):
    """Penny-shaped flaws of the separator, placed by rule."""

    depth: PositiveLength = Field(
        description="radius of the penny: of one at the bottom from the face to the tip"
    )
    width: PositiveLength = Field(description="between its faces; at most depth")
    at: Literal["bottom", "inside"] = Field(
        default="bottom",
        description="half a penny on the lithium, or anywhere inside the separator",
    )
    count: Annotated[int, Field(ge=1, le=200)] = Field(default=1, description="number of flaws")
    region: Literal["lithium", "empty"] = Field(
        default="lithium", description='what fills it; "empty": a hole'
    )

    @field_validator("width")
    @classmethod
    def _thin(cls, value: float, info: ValidationInfo) -> float:
        depth = info.data.get("depth")
        if depth is not None and value > depth:
            raise problem(
                f"given {micrometres(value)}; must be at most depth = {micrometres(depth)}"
            )
        return value


class LayeredCell3D(LayeredCell):
    """The layered cell with spheres; all else as in 2D."""

    # A body in space takes another word and other particles than the section it is like.
    recipe: Literal["layered_cell_3d"] = Field(  # type: ignore[assignment]
        description="the layered cell in 3D, with spheres"
    )
    particles: Spheres  # type: ignore[assignment]
    depth: PositiveLength = Field(description="extent along the layers, across the width")
    flaws: list[PennyFlaws] = Field(default=[], max_length=20, description="flaws of the separator")

    @field_validator("depth")
    @classmethod
    def _room(cls, value: float, info: ValidationInfo) -> float:
        particles = info.data.get("particles")
        if particles is not None:
            times = 4.0 if particles.sides == "periodic" else 2.0
            needed = times * (particles.radius_maximum + particles.minimum_gap)
            if needed > value:
                raise problem(
                    f"given {micrometres(value)}; diameter and gaps need {micrometres(needed)}"
                )
        return value


class Polycrystal3D(Polycrystal):
    """Grains in 3D, side by side or apart in a matrix; all else as in 2D."""

    recipe: Literal["polycrystal_3d"] = Field(  # type: ignore[assignment]
        description="Voronoi grains of one region in 3D"
    )
    depth: PositiveLength = Field(description="extent along the layers, across the width")
    grain_size: PositiveLength = Field(
        description="diameter of a ball of the mean grain's volume, before it shrinks"
    )
    matrix: str | None = Field(
        default=None, description="region between the grains; left out: they touch"
    )
    volume_fraction: float | None = Field(
        default=None,
        gt=0.0,
        lt=0.9,
        description="share of the grains in a matrix; they are convex, with even gaps",
    )

    @field_validator("matrix")
    @classmethod
    def _another(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is not None:
            check_region_name(value)
            if value == info.data.get("region"):
                raise problem(f'given "{value}"; must be another region than that of the grains')
        return value

    @field_validator("volume_fraction")
    @classmethod
    def _with_matrix(cls, value: float | None, info: ValidationInfo) -> float | None:
        if "matrix" in info.data and (value is None) != (info.data["matrix"] is None):
            raise problem("matrix and volume_fraction belong together; write both or none")
        return value

    @property
    def targets(self) -> dict[str, float]:
        """Return the share of the grains where one is asked for."""
        return {} if self.volume_fraction is None else {self.region: self.volume_fraction}

    def regions(self) -> tuple[str, ...]:
        """Return the regions of the mesh."""
        return tuple(sorted({*super().regions(), *([] if self.matrix is None else [self.matrix])}))


GeometryIn3D = LayeredCell3D | Polycrystal3D
