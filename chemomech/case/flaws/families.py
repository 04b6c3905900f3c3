"""Families of flaws: the list [[flaws]] of a case file.

A family is many flaws of one kind in one region: where they sit, how large they are, how they lie.
The drive of the named flaw (its `depth`) is followed at every place through the run; a density adds
the probability that one of all runs, paris_rate its growth. `depth` is that of a flaw from a face,
half the length of a slit inside, the radius of a disc ("penny").

    [[flaws]]
    name = "pores of the separator"
    region = "separator"
    place = "interior"
    shape = "penny"
    depth = "2 um"
    depth_scale = "1 um"
    depth_shape = 2.0
    volume_density = "1e8 cm^-3"
    angle = "random"
    toughness_deviation = 0.17
"""

import math
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, GetJsonSchemaHandler, ValidationInfo, field_validator, model_validator
from pydantic_core import core_schema

from chemomech.case.choices import interface_key
from chemomech.case.errors import nearest, problem
from chemomech.case.table import Table, some_scatter
from chemomech.units.quantity import (
    AreaDensity,
    PositiveLength,
    Toughness,
    Unit,
    VolumeDensity,
    shown,
)

STEEPEST = 45.0  # degrees from the normal of a face, of physics.fracture.weight_functions.edge_rule
FROM_A_FACE = ("surface", "particle edge", "pore")
PARIS = ("paris_rate", "paris_exponent", "paris_threshold")


class AngleOrRandom(Unit):
    """An angle as text with a unit, held in rad, or the word random."""

    def read(self, value: Any) -> Any:
        """Return the angle in rad, or "random"."""
        return value if value == "random" else super().read(value)

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Tell an editor both ways to write it."""
        angle = super().__get_pydantic_json_schema__(schema, handler)
        return {"anyOf": [angle, {"const": "random"}]}


class FlawFamily(Table):
    """Flaws of one kind in one region."""

    name: str = Field(min_length=1, description="of the family, in results and report")
    region: str = Field(description="region that the flaws are in")
    place: Literal["surface", "grain boundary", "particle edge", "pore", "interior"] = Field(
        description="from the region's face to the lithium, along boundaries of its grains, from "
        "its faces to "
        "particles, from its free surfaces inside, or anywhere in it"
    )
    interface: str | None = Field(
        default=None,
        description='"region|region" from whose face they start; left out: the electrode\'s',
    )
    shape: Literal["slit", "penny"] = Field(
        default="slit", description="inside a region: long through the section, or a disc"
    )
    depth: PositiveLength = Field(description="of the named flaw")
    depth_scale: PositiveLength | None = Field(
        default=None, description="scale of the depths' Weibull law; left out: all as the named one"
    )
    depth_shape: float | None = Field(
        default=None, gt=0.0, description="shape of the depths' Weibull law"
    )
    density: AreaDensity | None = Field(
        default=None, description="flaws per area of face or boundary; left out: no probability"
    )
    volume_density: VolumeDensity | None = Field(
        default=None, description="flaws per volume, inside a region"
    )
    angle: Annotated[Any, AngleOrRandom("rad")] = Field(
        default="0 deg",
        description='from the face\'s normal, the boundary or x, counter-clockwise, or "random"',
    )
    filled: bool = Field(
        default=False, description="with lithium, at its pressure: at the lithium's face only"
    )
    toughness: Toughness | None = Field(
        default=None, description="left out: of the region's material"
    )
    toughness_deviation: float = Field(
        default=0.0, ge=0.0, lt=1.0, description="relative standard deviation of the toughness"
    )
    toughness_law: Literal["weibull", "normal"] = Field(
        default="weibull", description="how the toughness scatters"
    )
    paris_rate: PositiveLength | None = Field(
        default=None, description="growth per cycle at a range of K_Ic; left out: none"
    )
    paris_exponent: float | None = Field(
        default=None, gt=0.0, le=60.0, description="of the growth law"
    )
    paris_threshold: Toughness | None = Field(
        default=None, description="range below which a flaw does not grow"
    )
    paris_acceleration: bool = Field(
        default=False, description="growth over 1 - K/K_Ic: faster towards the toughness"
    )

    @field_validator("name", "region")
    @classmethod
    def _written(cls, value: str) -> str:
        if not value.strip():
            raise problem(f"given {shown(value)}; write a text")
        return value

    @field_validator("angle")
    @classmethod
    def _from_a_face(cls, value: Any, info: ValidationInfo) -> Any:
        steep = info.data.get("place") in FROM_A_FACE and value != "random"
        if steep and abs(value) > math.radians(STEEPEST) * (1 + 1e-9):
            given = f"given {math.degrees(value):g} deg"
            raise problem(
                f"{given}; a flaw from a face is at most {STEEPEST:g} deg from its normal"
            )
        return value

    @field_validator("toughness_deviation")
    @classmethod
    def _some_scatter(cls, value: float) -> float:
        return some_scatter(value)

    @model_validator(mode="after")
    def _whole(self) -> "FlawFamily":
        inside = self.place in ("interior", "grain boundary")
        if self.shape == "penny" and not inside:
            raise problem('"penny" is for a place inside a region; leave it out', at="shape")
        if self.interface is not None and self.place not in ("surface", "particle edge"):
            raise problem("is only for a surface or a particle edge; leave it out", at="interface")
        if (self.depth_scale is None) != (self.depth_shape is None):
            at = "depth_shape" if self.depth_shape is None else "depth_scale"
            raise problem("is required: depth_scale and depth_shape come together", at=at)
        if self.place == "interior" and self.density is not None:
            raise problem("is per area; inside a region write volume_density", at="density")
        if self.place != "interior" and self.volume_density is not None:
            raise problem("is only for the place interior; write density", at="volume_density")
        if self.filled and self.place != "surface":
            raise problem("true is only for a surface at the lithium; leave it out", at="filled")
        given = [name for name in PARIS if getattr(self, name) is not None]
        if self.paris_acceleration and not given:
            raise problem("is only for a growing flaw; leave it out", at="paris_acceleration")
        if given and len(given) < len(PARIS):
            missing = next(name for name in PARIS if name not in given)
            raise problem(f"is required: {', '.join(PARIS)} come together", at=missing)
        return self


def check_flaws(
    flaws: Iterable[FlawFamily], materials: Mapping | None, interfaces: Mapping | None
) -> None:
    """Refuse families of one name, in regions or at interfaces that the case does not have.

    Parameters
    ----------
    flaws : iterable of FlawFamily
        The families of a case.
    materials : mapping, optional
        Region -> material; None where they are wrong themselves.
    interfaces : mapping, optional
        Interface -> material.
    """
    names: set[str] = set()
    for number, each in enumerate(flaws):
        if each.name in names:
            raise problem(
                f"given {shown(each.name)}; another family has that name", at=f"{number}.name"
            )
        names.add(each.name)
        if materials is not None and each.region not in materials:
            raise problem(
                f"given {shown(each.region)}; {nearest(each.region, materials)}",
                at=f"{number}.region",
            )
        if each.interface is None or materials is None or interfaces is None:
            continue
        key = interface_key(each.interface, materials)
        if key not in interfaces or each.region not in key.split("|"):
            known = [name for name in interfaces if each.region in name.split("|")]
            raise problem(
                f"given {shown(each.interface)}; of {shown(each.region)} the case has: "
                f"{', '.join(known) or 'none'}",
                at=f"{number}.interface",
            )
