"""How a cell is held and cycled: the sections [stack], [cycle] and [swelling] of a case file.

With a section [swelling] no current flows and [cycle] counts for nothing. Cracks then run along
named interfaces, or along every facet of the mesh inside a region that has an interface material in
[cracks], whose fracture_energy is that of the region's fracture_toughness where it is left out, and
whose stiffness then is 100 E/size:

    [cracks]
    electrolyte = { base = "crack", strength = "50 MPa" }

    [swelling]
    region = "active"
    volume_change = 0.05
    back = false
    sides = "held"
"""

from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationInfo, field_validator, model_validator

from chemomech.case.errors import problem
from chemomech.case.protocol import HIGHEST, Current, Protocol, Repeat, Step, c_rate
from chemomech.case.table import Table, as_written
from chemomech.units.quantity import (
    NonNegativePressure,
    PositivePressure,
    PositiveTime,
    PositiveVoltage,
    Stiffness,
    Temperature,
    Unit,
)

C_RATE = r"^\s*(?:[Cc]\s*/\s*[0-9.]+|[0-9.]+\s*[Cc])\s*$"  # of a JSON Schema
SHORT = ("charge_voltage", "discharge_voltage", "current_density", "count")


@dataclass(frozen=True)
class CurrentOrRate(Unit):
    """Pydantic metadata: a current density as any quantity, held as a float, or a C-rate."""

    def read(self, value: Any) -> Any:
        """Return A/m^2, or the Current of a C-rate; QuantityError says what to write instead."""
        rate = c_rate(value.strip()) if isinstance(value, str) else None
        return Current(rate, "1/h") if rate and rate > 0.0 else super().read(value)

    def __get_pydantic_json_schema__(self, schema: Any, handler: Any) -> dict[str, Any]:
        """Tell an editor that a C-rate may stand here too."""
        found = super().__get_pydantic_json_schema__(schema, handler)
        either = rf"{found['pattern']}|{C_RATE}"
        return found | {"pattern": either, "examples": [*found["examples"], "C/5"]}


CycledCurrent = Annotated[float | Current, CurrentOrRate("A/m^2", "positive")]


class Stack(Table):
    """How the stack is held."""

    fixture: Literal["constant_pressure", "fixed_gap", "spring"] = Field(
        description="what the fixture keeps: the pressure, the height after preload, or neither"
    )
    pressure: PositivePressure = Field(
        description="stack pressure, or preload, positive in compression"
    )
    stiffness: Stiffness | None = Field(
        default=None, description="stiffness per area, with a spring only"
    )
    out_of_plane: Literal["plane_strain", "free", "particles"] = Field(
        default="plane_strain",
        description="what strains along the axis of a section: nothing, the whole cell evenly, or "
        "each particle by itself; the mean axial stress of what does is zero",
    )
    assembly_pressure: NonNegativePressure = Field(
        default=as_written("25 MPa"),
        description="under which lithium was attached; published cells: 1 to 25 MPa; 0: not at all",
    )
    assembly_time: PositiveTime = Field(
        default=as_written("1 min"), description="for how long, at 25 degC; an estimate"
    )

    @field_validator("pressure")
    @classmethod
    def _of_a_press(cls, value: float) -> float:
        if value > HIGHEST:
            raise problem(
                f"given {value / 1e9:g} GPa; must be at most {HIGHEST / 1e9:g} GPa: no press gives "
                "more, and strains would not be small"
            )
        return value

    @field_validator("stiffness")
    @classmethod
    def _with_spring(cls, value: float | None, info: ValidationInfo) -> float | None:
        fixture = info.data.get("fixture")
        if fixture == "spring" and value is None:
            raise problem('is required with fixture = "spring", for example "20 MPa/um"')
        if fixture is not None and fixture != "spring" and value is not None:
            raise problem(f'is only for fixture = "spring"; leave it out with "{fixture}"')
        return value


class Swelling(Table):
    """Mechanics alone: a region swells evenly, no current flows."""

    region: str = Field(description="region that swells")
    volume_change: float = Field(
        gt=-0.9, lt=9.0, description="relative, at the end; negative shrinks"
    )
    back: bool = Field(default=False, description="and back to nothing")
    sides: Literal["held", "plane"] = Field(
        default="held",
        description="left and right on rollers, or the right one moves as a plane without force",
    )

    @field_validator("volume_change")
    @classmethod
    def _some(cls, value: float) -> float:
        if value == 0.0:
            raise problem("given 0; must be greater or less than zero")
        return value


class Cycle(Table):
    """What the instrument does: a protocol, or in short charges and discharges at one current."""

    protocol: Protocol | None = Field(
        default=None,
        description="list of sentences and { repeat, steps } tables; instead of the next four keys",
    )
    charge_voltage: PositiveVoltage = Field(
        default=as_written("4.3 V"), description="cell voltage where the charge ends"
    )
    discharge_voltage: PositiveVoltage = Field(
        default=as_written("3.5 V"), description="cell voltage where the discharge ends"
    )
    current_density: CycledCurrent = Field(
        default=as_written("0.2 mA/cm^2"), description="per area of the cell, or a C-rate: C/5"
    )
    count: int = Field(default=1, ge=1, le=100_000, description="number of charges and discharges")
    initial_stoichiometry: float = Field(
        default=0.9, gt=0.0, le=1.0, description="of the discharged state"
    )
    temperature: Temperature = Field(
        default=as_written("25 degC"), description="of the whole cell, where a step names none"
    )
    jump: float = Field(
        default=0.0,
        ge=0.0,
        le=0.5,
        description="fatigue damage that skipped cycles may add at a point; 0 skips none",
    )

    @model_validator(mode="after")
    def _one_way(self) -> "Cycle":
        if self.protocol is not None:
            for name in SHORT:
                if name in self.model_fields_set:
                    raise problem("is only for a cycle without protocol; leave it out", at=name)
        elif not self.discharge_voltage < self.charge_voltage:
            raise problem(
                f"given {self.discharge_voltage:g} V; must be less than charge_voltage, "
                f"{self.charge_voltage:g} V",
                at="discharge_voltage",
            )
        return self

    @property
    def steps(self) -> Protocol:
        """The protocol, written out where it was given in short."""
        if self.protocol is not None:
            return self.protocol
        given = self.current_density
        current = given if isinstance(given, Current) else Current(given, "A/m^2")
        charge = Step(
            "current", replace(current, value=-current.value), until_voltage=self.charge_voltage
        )
        discharge = Step("current", current, until_voltage=self.discharge_voltage)
        return Protocol((Repeat(self.count, (charge, discharge)),))

    def canonical(self) -> dict[str, Any]:
        """Return the section with its protocol written out, equal for equal meaning."""
        plain = self.model_dump(mode="python")
        return {name: each for name, each in plain.items() if name not in SHORT} | {
            "protocol": self.steps.canonical()
        }
