"""The recipe "layers": a cell as a list of layers from lithium (bottom) to collector (top).

    [geometry]
    recipe = "layers"
    width = "20 um"
    seed = 1
    sides = "periodic"
    empty = ["pore"]

    [[geometry.layers]]
    region = "lithium"
    thickness = "4 um"
    top = { roughness = "0.2 um", correlation_length = "2 um", hurst = 0.8 }

    [[geometry.layers]]
    region = "separator"
    thickness = "8 um"
    grains = { size = "2 um" }
    flaws = [{ depth = "2 um", width = "0.3 um", at = "bottom", region = "lithium" }]

    [[geometry.layers]]
    region = "electrolyte"
    thickness = "20 um"
    minimum_gap = "0.2 um"

    [[geometry.layers.particles]]
    region = "active"
    shape = "disc"
    radius_mean = "2 um"
    area_fraction = 0.5
    coating = { region = "coating", thickness = "0.2 um" }

    [[geometry.layers]]
    region = "collector"
    thickness = "2 um"

    [geometry.mesh]
    size_interface = "0.5 um"
    size_bulk = "2 um"

Each layer says what stands in it: particles, grains, flaws, a binder. Thicknesses are those between
the mean heights of the layers' faces.
"""

from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator, model_validator

from chemomech.case.choices import check_region_name
from chemomech.case.errors import problem
from chemomech.case.geometry.cells import MeshSize, Polycrystal
from chemomech.case.geometry.files import ImageGeometry
from chemomech.case.table import Seed, Table, as_written, micrometres
from chemomech.units.quantity import Angle, NonNegativeLength, PositiveLength

Share = Annotated[float, Field(gt=0.0, lt=0.95)]


class Profile(Table):
    """What the upper face of a layer looks like: rough, or a wave or teeth."""

    roughness: PositiveLength | None = Field(
        default=None, description="root mean square of the height of a rough face"
    )
    correlation_length: PositiveLength | None = Field(
        default=None, description="of a rough face: longest waves that matter"
    )
    hurst: float = Field(
        default=0.8,
        gt=0.0,
        le=1.0,
        description="of a rough face: spectrum falls as q^-(1 + 2 hurst)",
    )
    amplitude: PositiveLength | None = Field(
        default=None, description="of a wave or of teeth, from the mean height"
    )
    wavelength: PositiveLength | None = Field(default=None, description="of a wave or of teeth")
    shape: Literal["sine", "square"] = Field(
        default="sine", description="wave, or teeth (interdigitated)"
    )

    @model_validator(mode="after")
    def _one_kind(self) -> "Profile":
        rough, wave = (self.roughness, self.correlation_length), (self.amplitude, self.wavelength)
        other = rough if None not in wave else wave
        if (None in rough) == (None in wave) or any(each is not None for each in other):
            raise problem(
                "write either roughness and correlation_length, or amplitude and wavelength"
            )
        return self


class Grains(Table):
    """Grains of a layer or of a particle."""

    size: PositiveLength = Field(description="diameter of a disc of the mean grain's area")
    spread: float = Field(
        default=0.0, ge=0.0, le=1.0, description="of sizes: 0 for Voronoi cells of even size"
    )


class Coating(Table):
    """A conformal layer on particles."""

    region: str = Field(description="region of the coating")
    thickness: PositiveLength = Field(description="thickness of the coating")


class Neck(Table):
    """How touching discs are joined."""

    width: PositiveLength = Field(description="length over which two particles are joined")
    reach: PositiveLength = Field(description="particles that are closer than this are joined")


class ParticleKind(Table):
    """One kind of particles in a layer; several kinds make a mix."""

    region: str = Field(description="region of the particles")
    shape: Literal["disc", "ellipse", "polygon"] = Field(default="disc", description="outline")
    radius_mean: PositiveLength = Field(description="mean radius of a disc of the particle's area")
    radius_standard_deviation: NonNegativeLength = Field(
        default=as_written("0 um"), description="standard deviation of that radius"
    )
    radius_minimum: PositiveLength | None = Field(
        default=None,
        description="smallest; left out: the mean less two standard deviations, at most 0.85 of "
        "the mean",
    )
    radius_maximum: PositiveLength | None = Field(
        default=None,
        description="largest; left out: the mean and two standard deviations, at least 1.15 of the "
        "mean",
    )
    area_fraction: Share | None = Field(
        default=None, description="share of the layer's area; or give gradient"
    )
    gradient: list[float] | None = Field(
        default=None,
        min_length=2,
        max_length=2,
        description="share of the layer's area at its bottom and at its top",
    )
    aspect_ratio: float = Field(
        default=1.0, ge=1.0, le=6.0, description="of an ellipse: long axis over short one"
    )
    orientation: Angle | None = Field(
        default=None, description="of an ellipse's long axis to the layers; left out: random"
    )
    coating: Coating | None = Field(default=None, description="layer around each particle")
    grains: Grains | None = Field(
        default=None, description="grains inside each particle, each a part"
    )

    @model_validator(mode="after")
    def _consistent(self) -> "ParticleKind":
        if (self.area_fraction is None) == (self.gradient is None):
            raise problem("write either area_fraction or gradient")
        low, high = sorted(self.gradient or (0.0, 0.5))
        if not 0.0 <= low <= high < 0.95 or high == 0.0:
            raise problem(
                f"given {self.gradient}; shares from 0 to 0.95, not both 0, are needed",
                at="gradient",
            )
        if self.shape != "ellipse" and (self.aspect_ratio != 1.0 or self.orientation is not None):
            key = "aspect_ratio" if self.aspect_ratio != 1.0 else "orientation"
            raise problem('is for shape = "ellipse" only', at=key)
        low, mean, high = self.radii[2], self.radius_mean, self.radii[3]
        if not low <= mean <= high:
            raise problem(
                f"radius_minimum <= radius_mean <= radius_maximum is needed, not "
                f"{', '.join(map(micrometres, (low, mean, high)))}"
            )
        check_region_name(self.region)
        return self

    @property
    def radii(self) -> tuple[float, float, float, float]:
        """Mean, standard deviation, smallest and largest radius [m]."""
        mean, spread = self.radius_mean, 2.0 * self.radius_standard_deviation
        low = (
            max(0.2 * mean, min(0.85 * mean, mean - spread))
            if self.radius_minimum is None
            else self.radius_minimum
        )
        high = (
            max(1.15 * mean, mean + spread) if self.radius_maximum is None else self.radius_maximum
        )
        return mean, self.radius_standard_deviation, low, high

    @property
    def share(self) -> float:
        """Share of the layer's area."""
        if self.gradient is not None:
            return 0.5 * sum(self.gradient)
        return self.area_fraction or 0.0


class Binder(Table):
    """A phase that gathers where particles come closest, as a carbon-binder phase does."""

    region: str = Field(description="region of the binder")
    area_fraction: Share = Field(description="share of the layer's area")


class LayerFlaw(Table):
    """Flaws placed by rule."""

    shape: Literal["slit", "ellipse"] = Field(
        default="slit", description="with parallel faces and a round tip, or an ellipse"
    )
    depth: PositiveLength = Field(
        description="from the face to the tip; of a flaw inside: its length"
    )
    width: PositiveLength = Field(
        description="between the faces; of an ellipse at its mouth or its middle"
    )
    angle: Angle = Field(default=as_written("0 deg"), description="to the normal of the layers")
    at: Literal["bottom", "top", "inside", "grain boundary"] = Field(
        default="bottom",
        description="face of the layer from which it starts, anywhere inside, or along a grain "
        "boundary",
    )
    count: Annotated[int, Field(ge=1, le=1000)] = Field(default=1, description="number of flaws")
    region: str = Field(description="region that fills it; one of geometry.empty for an open flaw")


class Layer(Table):
    """One layer."""

    region: str = Field(description="region of the layer, the matrix around its particles")
    thickness: PositiveLength = Field(description="thickness of the layer")
    top: Profile | None = Field(default=None, description="upper face; left out: flat")
    grains: Grains | None = Field(default=None, description="grains of the matrix, each a part")
    minimum_gap: NonNegativeLength | None = Field(
        default=None,
        description="smallest gap between particles and to the boundaries of the layer; left out: "
        "0.4 of size_interface",
    )
    neck: Neck | None = Field(default=None, description="joins particles that touch; discs only")
    particles: list[ParticleKind] = Field(
        default=[], max_length=10, description="kinds of particles"
    )
    binder: Binder | None = Field(
        default=None, description="phase that gathers between the particles"
    )
    flaws: list[LayerFlaw] = Field(default=[], max_length=20, description="flaws of the layer")

    @model_validator(mode="after")
    def _consistent(self) -> "Layer":
        shapes = {kind.shape for kind in self.particles}
        if self.neck is not None and shapes != {"disc"}:
            raise problem(
                "joins discs only; leave it out, or give the layer discs alone", at="neck"
            )
        if {"polygon", "ellipse"} <= shapes:
            raise problem(
                "polygons and ellipses in one layer are not packed together", at="particles"
            )
        if sum(kind.share for kind in self.particles) > 0.95:
            raise problem("the shares of all kinds add up to more than 0.95", at="particles")
        if self.binder is not None and not self.particles:
            raise problem("needs particles to gather between", at="binder")
        if any(flaw.at == "grain boundary" for flaw in self.flaws) and self.grains is None:
            raise problem('a flaw at a "grain boundary" needs grains of the layer', at="flaws")
        for name in self.regions():
            check_region_name(name)
        return self

    def regions(self) -> list[str]:
        """Return all regions named in the layer, itself the first."""
        found = [
            self.region,
            *(kind.region for kind in self.particles),
            *(flaw.region for flaw in self.flaws),
        ]
        found += [kind.coating.region for kind in self.particles if kind.coating is not None]
        return found + ([self.binder.region] if self.binder is not None else [])


class LayersGeometry(Table):
    """A cell as a list of layers from lithium to collector."""

    recipe: Literal["layers"] = Field(description="a list of layers, particles and flaws")
    width: PositiveLength = Field(description="extent along the layers")
    seed: Seed = Field(description="seed of everything random")
    sides: Literal["walls", "periodic"] = Field(
        default="walls",
        description="left and right: particles keep off, or go on at the other side",
    )
    empty: list[str] = Field(default=[], max_length=20, description="regions that are holes")
    cut_off: str | None = Field(
        default=None,
        description="region of the pieces of a layer that do not rest on the layer below, enclosed "
        "by particles; "
        "one of geometry.empty for holes; left out: the layer's own",
    )
    layers: list[Layer] = Field(
        min_length=1, max_length=50, description="layers from bottom to top"
    )
    mesh: MeshSize

    @field_validator("layers")
    @classmethod
    def _stacked(cls, value: list[Layer], info: ValidationInfo) -> list[Layer]:
        empty, width = info.data.get("empty", []), info.data.get("width")
        for number, layer in enumerate(value):
            if layer.region in empty:
                raise problem("a layer cannot be a hole", at=f"{number}.region")
            if layer.top is None or width is None:
                continue
            if number == len(value) - 1:
                raise problem(
                    "the last layer's upper face is the cell's, which is flat", at=f"{number}.top"
                )
            wavelength = layer.top.wavelength
            waves = 1.0 if wavelength is None else width / wavelength
            if wavelength is not None and (
                abs(waves - round(waves)) > 1e-3 * waves or round(waves) < 1
            ):
                raise problem(
                    f"given {micrometres(wavelength)}; a whole number of waves must fit the width, "
                    f"{micrometres(width)}",
                    at=f"{number}.top.wavelength",
                )
        return value

    def regions(self) -> tuple[str, ...]:
        """Return the regions of the mesh."""
        named = {name for layer in self.layers for name in layer.regions()}
        named |= set() if self.cut_off is None else {self.cut_off}
        return tuple(sorted(named - set(self.empty)))


def check_regions(geometry: object, named: Iterable[str]) -> None:
    """Refuse names of [materials] that are not the regions of a geometry that knows them.

    Parameters
    ----------
    geometry : model
        One whose regions are known only once it is meshed lets every name pass.
    named : iterable of str
        The keys of [materials].
    """
    if not isinstance(geometry, LayersGeometry | ImageGeometry | Polycrystal):
        return
    regions, names = set(geometry.regions()), set(named)
    missing, extra = (
        ", ".join(f'"{name}"' for name in sorted(each))
        for each in (regions - names, names - regions)
    )
    told = [f"no material for {missing}" if missing else "", f"no region {extra}" if extra else ""]
    if any(told):
        known = ", ".join(f'"{name}"' for name in sorted(regions))
        raise problem(f"{'; '.join(filter(None, told))}; the regions of this geometry are {known}")
