"""The section [voids] of a case file: dents in the lithium's face, and vacancies in lithium."""

from typing import Literal

from pydantic import Field, ValidationInfo, field_validator, model_validator

from chemomech.case.errors import problem
from chemomech.case.table import Table
from chemomech.units.quantity import Diffusivity, PositiveLength, shown

SEEDED = ("depth", "width")
VACANCY = ("vacancy_diffusivity", "vacancy_limit", "vacancy_depth")


class Voids(Table):
    """Voids at the lithium's face at the start, all alike, and how lithium takes up vacancies."""

    depth: PositiveLength | None = Field(
        default=None, description="of voids in their middle; left out: a flat face"
    )
    width: PositiveLength | None = Field(
        default=None, description="of the voids along the face; needed with depth"
    )
    count: int = Field(
        default=1, ge=1, le=10_000, description="number of voids, evenly spaced; in two dimensions"
    )
    positions: list[float | list[float]] | None = Field(
        default=None,
        description="middles as shares of the face, 0 to 1, instead of count; in three dimensions "
        "pairs",
    )
    shape: Literal["parabola", "ellipse", "cap"] = Field(
        default="parabola",
        description="of a void's floor; cap: an arc, in three dimensions of a sphere",
    )
    vacancy_diffusivity: Diffusivity | None = Field(
        default=None,
        description="of vacancies in lithium; left out: stripping takes the face back at once",
    )
    vacancy_limit: float | None = Field(
        default=None,
        gt=0.0,
        lt=1.0,
        description="share of empty sites at which the face recedes; needed with it",
    )
    vacancy_depth: PositiveLength | None = Field(
        default=None, description="below the face where vacancies vanish; needed with it"
    )

    @field_validator("positions")
    @classmethod
    def _shares(cls, value: list | None, info: ValidationInfo) -> list | None:
        if value is None:
            return None
        if not value:
            raise problem(
                "given []; write shares of the face from 0 to 1, for example [0.25, 0.75]"
            )
        for each in value:
            pair = each if isinstance(each, list) else [each]
            if len(pair) != (2 if isinstance(each, list) else 1) or not all(
                0.0 <= share <= 1.0 for share in pair
            ):
                raise problem(
                    f"given {shown(each)}; write shares of the face, 0 to 1, in three dimensions "
                    "pairs of them"
                )
        if len({isinstance(each, list) for each in value}) > 1:
            raise problem(
                "mixes numbers and pairs; write numbers in two dimensions, pairs in three"
            )
        return value

    @model_validator(mode="after")
    def _whole(self) -> "Voids":
        for names in (SEEDED, VACANCY):
            given = [name for name in names if getattr(self, name) is not None]
            for name in names:
                if given and name not in given:
                    raise problem(f"is required with {given[0]}", at=name)
        for name in ("count", "positions", "shape"):
            if self.depth is None and name in self.model_fields_set:
                raise problem(
                    "is only for voids with a depth; give depth and width or leave it out", at=name
                )
        if "count" in self.model_fields_set and self.positions is not None:
            raise problem("is instead of positions; leave one of them out", at="count")
        return self

    @property
    def seeded(self) -> bool:
        """Whether the face has voids from the start."""
        return self.depth is not None

    @property
    def middles(self) -> list:
        """Shares of the face where voids have their middle."""
        if self.positions is not None:
            return self.positions
        return [(number + 0.5) / self.count for number in range(self.count)]
