"""Flaws that are meshed: the list [[meshed_flaws]] of a case file.

A meshed flaw is a straight crack in the section, open from the start: its faces press on each other
without friction but do not hold. Its tips get their energy release rate and stress intensities at
every recorded state. An end on the border of its region (a face, an interface, a grain's boundary)
is a mouth, one inside a tip; the mesh is made fine at both. In a mesh of the user's own a flaw
without start, end and size is the inner curve of the same name.

    [[meshed_flaws]]
    name = "between the particles"
    region = "electrolyte"
    start = ["5 um", "9 um"]            # x to the right, y up from the section's lower left corner
    end = ["5 um", "11 um"]
    size = "0.05 um"
"""

from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
    model_validator,
)

from chemomech.case.errors import nearest, problem
from chemomech.case.table import Table
from chemomech.units.patterns import text_pattern
from chemomech.units.quantity import PositiveLength, Stiffness, Toughness, shown, to_si

RESERVED = "cracks"  # interface of all facets of a region


def _point(value: Any) -> Any:
    """Read a point, a list of two lengths as text."""
    if value is None:
        return None
    if not isinstance(value, list) or len(value) != 2:
        raise problem(f'given {shown(value)}; write x and y, for example ["5 um", "9 um"]')
    return [to_si(each, "m") for each in value]


POINT_SCHEMA = {
    "type": "array",
    "items": {"type": "string", "pattern": text_pattern("m"), "x-unit": "m"},
    "minItems": 2,
    "maxItems": 2,
    "examples": [["5 um", "9 um"]],
}
Point = Annotated[
    list[float] | None, BeforeValidator(_point), WithJsonSchema(POINT_SCHEMA, mode="validation")
]


class MeshedFlaw(Table):
    """A straight crack in one region, meshed and open."""

    name: str = Field(min_length=1, description="of the flaw, in results and report")
    region: str = Field(description="region that it is in")
    start: Point = Field(
        default=None, description='x and y of an end, ["5 um", "9 um"]; left out: the mesh has it'
    )
    end: Point = Field(default=None, description="x and y of the other end")
    size: PositiveLength | None = Field(
        default=None, description="edge length of the mesh at its ends"
    )
    toughness: Toughness | None = Field(
        default=None, description="left out: of the region's material"
    )
    contact_stiffness: Stiffness | None = Field(
        default=None,
        description="of faces that press on each other; left out: 100 E over the facets' size",
    )

    @field_validator("name", "region")
    @classmethod
    def _written(cls, value: str) -> str:
        if not value.strip() or value != value.strip() or "|" in value or value == RESERVED:
            text = f'write a name without "|" and without blanks around it, not "{RESERVED}"'
            raise problem(f"given {shown(value)}; {text}")
        return value

    @model_validator(mode="after")
    def _whole(self) -> "MeshedFlaw":
        given = [name for name in ("start", "end", "size") if getattr(self, name) is not None]
        if given and len(given) < 3:
            missing = next(name for name in ("start", "end", "size") if name not in given)
            raise problem("is required: start, end and size come together", at=missing)
        return self

    @property
    def interface(self) -> str:
        """Name of the flaw's interface."""
        return f"{self.region}|{self.region}|{self.name}"


def check_meshed_flaws(value: list[MeshedFlaw], info: ValidationInfo) -> list[MeshedFlaw]:
    """Refuse flaws of one name, in 3D, in unknown regions or where other cracks run.

    Parameters
    ----------
    value : list of MeshedFlaw
        The flaws of a case.
    info : ValidationInfo
        Knows the sections of the case before them.
    """
    materials, geometry = info.data.get("materials"), info.data.get("geometry")
    cracks, field = info.data.get("cracks") or {}, info.data.get("phase_field")
    recipe = getattr(geometry, "recipe", "file")
    if value and recipe.endswith("_3d"):
        raise problem(f'are for sections in 2D; geometry.recipe is "{recipe}"')
    names: set[str] = {each.name for each in info.data.get("flaws") or ()}
    for number, each in enumerate(value):
        if each.name in names:
            raise problem(
                f"given {shown(each.name)}; another flaw or family has that name",
                at=f"{number}.name",
            )
        names.add(each.name)
        if materials is not None and each.region not in materials:
            raise problem(
                f"given {shown(each.region)}; {nearest(each.region, materials)}",
                at=f"{number}.region",
            )
        both = (
            (each.region in cracks, "[cracks]"),
            (field and each.region in field.regions, "[phase_field]"),
        )
        for used, key in both:
            if used:
                text = f"{key} has it, where cracks run by themselves; leave one of them out"
                raise problem(f"given {shown(each.region)}; {text}", at=f"{number}.region")
        if each.start is None and recipe != "file":
            text = (
                f'is required; only a mesh of recipe = "file" has curves with names, not "{recipe}"'
            )
            raise problem(text, at=f"{number}.start")
    return value


OPEN_CRACK = {"base": "crack", "initial_damage": 1.0}  # interface material of a meshed flaw
MeshedFlaws = Annotated[list[MeshedFlaw], AfterValidator(check_meshed_flaws)]


def meshed_flaw_materials(flaws: list[MeshedFlaw]) -> dict[str, Any]:
    """Return the interface material of every meshed flaw: a crack that is open from the start."""
    given = {each.interface: each.contact_stiffness for each in flaws}
    return {
        name: OPEN_CRACK if value is None else OPEN_CRACK | {"contact_stiffness": f"{value!r} Pa/m"}
        for name, value in given.items()
    }
