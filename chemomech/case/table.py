"""What every section of a case file is: a table that refuses unknown keys and never changes."""

import unicodedata
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from chemomech.case.errors import CaseError, problem
from chemomech.units.quantity import from_si, shown

LARGEST_SEED = 2**32 - 1
NOT_SHOWN = ("Cc", "Cs", "Zl", "Zp")  # control characters, halves of a pair, ends of lines

Seed = Annotated[int, Field(ge=0, le=LARGEST_SEED)]


class Table(BaseModel):
    """A section of the case file: unknown keys are refused, values never change."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, allow_inf_nan=False, validate_default=True
    )

    def __setattr__(self, name: str, value: Any) -> None:
        """Set what is private; raise CaseError for a key, which never changes."""
        if not name.startswith("_"):
            raise CaseError(
                f"{name}: given {shown(value)}; a case never changes, and "
                'case.with_values({"stack.pressure": "10 MPa"}) gives another one'
            )
        super().__setattr__(name, value)

    def __delattr__(self, name: str) -> None:
        """Raise CaseError: a case never changes."""
        raise CaseError(f"{name}: a case never changes, and case.with_values gives another one")


def micrometres(value: float) -> str:
    """Return a length for a message, in micrometres."""
    return f'"{from_si(value, "um"):.6g} um"'


def as_written(text: str) -> Any:
    """Return a default that is read like what a user writes, for a field that holds a number."""
    return text


def some_scatter(value: float) -> float:
    """Refuse a relative standard deviation that no Weibull law can be found for."""
    if 0.0 < value <= 0.01:
        raise problem(f"given {value:g}; write 0 for none, or more than 0.01")
    return value


def _not_blank(value: str) -> str:
    """Refuse a text of blanks only."""
    if not value.strip():
        raise problem(f"given {shown(value)}; write a text")
    if any(unicodedata.category(each) in NOT_SHOWN for each in value):
        raise problem(f"given {ascii(value)[:60]}; write a text on one line, of signs that show")
    return value


Text = Annotated[str, AfterValidator(_not_blank)]


@dataclass(frozen=True)
class AsWritten:
    """The table that a case was read from; two cases are equal whatever it says.

    Attributes
    ----------
    table : dict
        Section -> keys, quantities as texts.
    """

    table: dict[str, Any] = field(default_factory=dict, compare=False)
