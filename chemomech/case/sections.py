"""The sections of a case file beside cell and protocol.

They are flaws, pores, the wanted life, cracks in the bulk, uncertainty, solver, gates and output.

Cracks grow in the bulk where a section says so. The keys regions and length are required, the rest
stands at its default; toughness = "2 J/m^2" may be given too:

    [phase_field]
    regions = ["separator", "electrolyte"]
    length = "0.5 um"
    model = "AT1"
    split = "volumetric_deviatoric"
    corrected = true                    # toughness is that of the materials, unless given
"""

from typing import Literal

from pydantic import Field, field_validator

from chemomech.case.table import Seed, Table, Text, as_written, some_scatter
from chemomech.units.quantity import (
    Area,
    AreaDensity,
    FractureEnergy,
    NonNegativeLength,
    PositiveLength,
    PositiveTime,
)


class Flaw(Table):
    """Flaws of the electrolyte at the lithium; P(depth > a) = exp(-(a/scale)^shape).

    The defaults of depths, widths, density and spot_distance are estimates (docs/lithium.md).
    """

    depth: PositiveLength = Field(
        default=as_written("10 um"), description="depth of the named flaw"
    )
    width: PositiveLength = Field(
        default=as_written("0.5 um"),
        description="median of the flaws: lithium flows back through it",
    )
    width_factor: float = Field(
        default=1.5, ge=1.0, le=10.0, description="of the width, log-normal, one-sigma factor"
    )
    backflow: bool = Field(
        default=True, description="lithium flows back out of flaws as it creeps; false: none does"
    )
    aspect: float = Field(
        default=0.83,
        ge=0.0,
        le=1.0,
        description="depth over half the length along the face: 0 through the section, 1 half a "
        "disc; 0.83 is where K is the same all along the front",
    )
    toughness_deviation: float = Field(
        default=0.17,
        ge=0.0,
        lt=1.0,
        description="relative standard deviation of the toughness from flaw to flaw",
    )
    spot_distance: NonNegativeLength = Field(
        default=as_written("5 um"),
        description="of the spots where rough faces touch: larger flaws see the means of pressure "
        "and current, smaller ones those of a spot",
    )
    channel_width: PositiveLength | None = Field(
        default=None,
        description="of a channel through the separator, for lithium to creep along; left out: "
        "none",
    )
    void_radius: PositiveLength | None = Field(
        default=None,
        description="of voids on the lithium's face, for the critical stripping current; left out: "
        "not stated",
    )
    void_distance: PositiveLength = Field(
        default=as_written("10 um"),
        description="of the middles of voids, one of 1 um each where no void_radius is given, for "
        "the time in which stripping leaves too few spots",
    )
    depth_scale: PositiveLength = Field(
        default=as_written("3.8 um"), description="scale of the depth's Weibull law"
    )
    depth_shape: float = Field(
        default=2.0,
        ge=0.5,
        description="shape of the depth's Weibull law; at 0.5 one flaw in a million is 190 times "
        "the scale deep, deeper than any separator",
    )
    density: AreaDensity = Field(
        default=as_written("1e3 cm^-2"), description="number of flaws per area"
    )
    area: Area = Field(
        default=as_written("1 cm^2"),
        description="electrode area for the probability of penetration",
    )

    @field_validator("toughness_deviation")
    @classmethod
    def _some_scatter(cls, value: float) -> float:
        return some_scatter(value)


class Pores(Table):
    """Paths through the separator along which lithium creeps; the widest in the area decides.

    Of the width only its ratio to the length counts, and only that was fitted, to published times
    to short (docs/lithium.md). Shape and tortuosity are estimates.
    """

    dense: bool = Field(default=False, description="no path goes through: a crystal, a glass")
    width: PositiveLength | None = Field(
        default=None,
        description="median of the widest path through 1 cm2; left out: the fitted share of the "
        "separator's thickness, 6.8 um of 138 um; flaw.channel_width, where given, stands in its "
        "place",
    )
    shape: float = Field(
        default=8.0,
        ge=1.0,
        le=100.0,
        description="P(widest > w) = 1 - exp(-ln 2 area/cm2 (w/width)^-shape)",
    )
    tortuosity: float = Field(
        default=1.0, ge=1.0, description="length of a path over the separator's thickness"
    )


class Life(Table):
    """For how long, and in what share of it lithium plates; the recorded states are repeated."""

    duration: PositiveTime = Field(
        default=as_written("100 h"), description="wanted, for the chance of a short within it"
    )
    plating_share: float = Field(
        default=0.5, gt=0.0, lt=1.0, description="of the life; the stack presses in all of it"
    )


class PhaseField(Table):
    """Cracks that grow in the bulk of regions (chemomech.physics.bulk.phase_field)."""

    regions: list[str] = Field(
        min_length=1, description="regions that may crack; their materials must be elastic"
    )
    length: PositiveLength = Field(
        description="of regularisation; cells must be half as large where cracks run"
    )
    toughness: FractureEnergy | None = Field(
        default=None,
        description="energy per area of a crack; left out: K_Ic^2 (1 - nu^2)/E of each region's "
        "material",
    )
    model: Literal["AT1", "AT2"] = Field(
        default="AT1", description="AT1 has an elastic limit, AT2 has none"
    )
    split: Literal["none", "volumetric_deviatoric", "spectral"] = Field(
        default="volumetric_deviatoric", description="what of the elastic energy drives cracks"
    )
    corrected: bool = Field(
        default=True, description="less the mesh's share, so that a crack costs the toughness"
    )


class Crystals(Table):
    """Every grain of active material strains along its own c axis, drawn at random."""

    seed: Seed = Field(default=0, description="seed of the axes")


class Uncertainty(Table):
    """How uncertain the inputs of the penetration chain are."""

    samples: int = Field(default=400, ge=1, le=10_000_000, description="number of samples")
    fracture_toughness: float = Field(
        default=0.05,
        ge=0.0,
        lt=1.0,
        description="relative standard deviation of the mean, an estimate: that of single values, "
        "0.17, over the root of a dozen; their scatter is flaw.toughness_deviation",
    )
    anode_resistance: float = Field(default=2.0, ge=1.0, description="log-normal, one-sigma factor")
    lithium_hardness: float = Field(default=1.5, ge=1.0, description="log-normal, one-sigma factor")
    flaw_depth: float = Field(default=1.3, ge=1.0, description="log-normal, one-sigma factor")
    creep_rate: float = Field(
        default=2.0,
        ge=1.0,
        description="log-normal, one-sigma factor; for flaw.width, channel_width and void_radius",
    )
    diffusional_flow: float = Field(
        default=2.0,
        ge=1.0,
        description="log-normal, one-sigma factor of self_diffusivity/grain_size^2 of lithium",
    )
    pore_width: float = Field(
        default=1.3, ge=1.0, description="log-normal, one-sigma factor of pores.width"
    )
    posterior: Text | None = Field(
        default=None,
        description="card of calibrated inputs, of the library or a path ending in .toml: its "
        "joint samples stand in place of the factors above that it knows",
    )
    seed: Seed = Field(default=0, description="seed of the samples")


class Solver(Table):
    """How the equations are solved."""

    displacement_degree: Literal[1, 2] = Field(
        default=2, description="polynomial degree of the displacement"
    )
    tolerance: float = Field(
        default=1e-6, gt=0.0, lt=1.0, description="relative residual at convergence"
    )
    maximum_iterations: int = Field(default=25, ge=1, le=10_000, description="before a step is cut")
    steps_per_half_cycle: int = Field(
        default=20,
        ge=1,
        le=1_000_000,
        description="in which nominal capacity / largest current is cut at least",
    )
    minimum_step: float = Field(
        default=1e-7,
        gt=0.0,
        le=1.0,
        description="smallest step over nominal capacity / largest current",
    )
    rate_tolerance: float = Field(
        default=0.02,
        gt=0.0,
        le=1.0,
        description="relative error that a step may make of what has a rate of its own: creep, "
        "rough contacts, interphases, vacancies, fatigue",
    )
    maximum_steps: int = Field(
        default=5000,
        ge=1,
        le=1_000_000_000,
        description="steps tried in one step of the protocol (or one way of a swelling), after "
        "which the run stops",
    )
    maximum_time: PositiveTime = Field(
        default=as_written("168 h"),
        description="wall-clock time of one session, after which the run stops",
    )
    viscosity: float = Field(
        default=0.001,
        ge=0.0,
        le=1.0,
        description="of damage, as a time over nominal capacity / largest current",
    )
    feedback: Literal["contact_and_stress", "contact", "stress", "none"] = Field(
        default="contact_and_stress", description="what mechanics hands back to electrochemistry"
    )


class Gates(Table):
    """Largest relative imbalance and largest creep strain of lithium that a result may have."""

    energy_balance: float = Field(default=0.05, gt=0.0, description="of the energy dissipated")
    charge_balance: float = Field(default=1e-6, gt=0.0, description="of the charge passed")
    lithium_balance: float = Field(
        default=1e-8, gt=0.0, description="of the lithium in the active material"
    )
    lithium_creep_strain: float = Field(
        default=1.0,
        gt=0.0,
        description="equivalent, at the worst point of the lithium; beyond 0.2 a result carries a "
        "caution",
    )
    linear_strain: float = Field(
        default=0.2,
        gt=0.0,
        description="largest of any region, by lithium, temperature or elastic; small strains are "
        "meant, at 0.2 measures of strain differ by 10 %; beyond 0.05 a result carries a caution",
    )


class Output(Table):
    """What is written."""

    fields: Literal["none", "worst", "cycles", "all"] = Field(
        default="worst",
        description="states saved as fields: ends of the last cycle's steps, of all steps, or "
        "every state",
    )
    checkpoints: Literal["last", "all"] = Field(
        default="last", description="cycles from which a run can go on"
    )
