"""A calibration file as it is written, in TOML; docs/calibration.md explains every key."""

from typing import Any, Literal

from pydantic import Field

from chemomech.case.table import Seed, Table, Text


class Parameter(Table):
    """A prior: what is known of an input before the data are looked at."""

    prior: Literal["normal", "lognormal", "uniform", "loguniform"] = Field(
        description="law of the prior"
    )
    mean: Any = Field(default=None, description="of a normal prior")
    deviation: Any = Field(default=None, description="standard deviation of a normal prior")
    median: Any = Field(default=None, description="of a lognormal prior")
    factor: float | None = Field(
        default=None, gt=1.0, le=1e6, description="of one standard deviation, lognormal"
    )
    low: Any = Field(default=None, description="where the prior ends below")
    high: Any = Field(default=None, description="where the prior ends above")
    reason: Text = Field(description="why this prior: a source, or what is assumed")


class Scatter(Table):
    """The lognormal prior of a set's scatter, in ln of what is measured."""

    median: float = Field(default=0.2, gt=0.0, le=10.0, description="0.2: about 20 %")
    factor: float = Field(default=2.0, gt=1.0, le=100.0, description="of one standard deviation")


class Data(Table):
    """Measured numbers of one kind from one source."""

    name: Text = Field(description="title of the set")
    kind: Literal[
        "resistance", "time_to_short", "critical_current", "critical_stripping_current"
    ] = Field(description="what was measured")
    source: Text = Field(description="where the numbers come from")
    provenance: Literal["primary source", "secondary source", "estimate", "user"] = Field(
        description="how that source was read"
    )
    note: str = Field(default="", description="what else is to be known of them")
    file: Text | None = Field(
        default=None, description="CSV with units in its header, instead of the lists below"
    )
    pressure: list[str] | None = Field(
        default=None, description="stack pressures, in the order of loading"
    )
    value: list[str] | None = Field(
        default=None, description='measured: "50 ohm", "> 1000 h", "< 1 h", "0.4 to 2 mA/cm^2"'
    )
    current_density: str | None = Field(default=None, description="of times to short")
    dwell: str | None = Field(
        default=None, description="at each pressure before measuring; contact law creep"
    )
    faces: int = Field(default=2, ge=1, le=2, description="of lithium in the resistance")
    error: float | None = Field(
        default=None, gt=0.0, le=10.0, description="measured relative error; left out: fitted"
    )
    scatter: Scatter = Field(default_factory=Scatter, description="prior of the fitted scatter")


class Sampler(Table):
    """How the posterior is drawn."""

    walkers: int = Field(default=48, ge=4, le=10_000, description="of the ensemble, even")
    maximum_steps: int = Field(default=40_000, ge=100, le=10_000_000, description="of every walker")
    samples: int = Field(default=1000, ge=100, le=100_000, description="kept of the chain")
    seed: Seed = Field(default=0, description="the same chain for the same seed")


class CalibrationFile(Table):
    """A calibration."""

    name: Text = Field(description="of the card, by which studies call it")
    description: str = Field(default="", description="what it is")
    version: int = Field(default=1, ge=1, description="of the card")
    contact_law: Literal["plastic", "mikic", "creep"] = Field(
        default="creep", description="of rough contact"
    )
    materials: dict[Literal["lithium", "electrolyte", "face"], Any] = Field(
        default_factory=dict, description="materials by role, from which inputs come"
    )
    inputs: dict[str, Any] = Field(default_factory=dict, description="inputs that are not fitted")
    parameters: dict[str, Parameter] = Field(min_length=1, description="inputs that are fitted")
    data: list[Data] = Field(default_factory=list, description="measured numbers")
    sampler: Sampler = Field(default_factory=Sampler, description="how the posterior is drawn")
