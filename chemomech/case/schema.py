"""The schema of a case file: what a user writes in TOML, checked and held in SI units.

Every number with a dimension is a text with its unit ("5 MPa"); a bare number is an error.
Pressures are positive in compression, currents positive on discharge (a case gives magnitudes).
Stoichiometry counts lithium in the active material: 0.9 is discharged, 0.26 is charged. An unknown
key, a wrong value or a contradiction raises CaseError with one line per problem: key path, value
given, what is accepted.

A complete case. The keys electrons and plating and the sections from cycle on may be left out,
whole or key by key: what stands here is their default.

    name = "NMC811 | Li6PS5Cl | lithium"
    electrons = "wired"
    plating = "even"

    [geometry]
    recipe = "layered_cell"
    width = "30 um"
    lithium_thickness = "8 um"
    separator_thickness = "30 um"
    cathode_thickness = "30 um"
    collector_thickness = "4 um"
    seed = 1
    [geometry.particles]
    radius_mean = "2.5 um"
    radius_standard_deviation = "0.4 um"
    radius_minimum = "1.8 um"
    radius_maximum = "3.2 um"
    area_fraction = 0.42
    minimum_gap = "0.2 um"
    [geometry.mesh]
    size_interface = "0.5 um"
    size_bulk = "2.5 um"
    [materials]
    lithium = "lithium"
    separator = "Li6PS5Cl"
    electrolyte = "Li6PS5Cl"
    active = "NMC811"
    collector = "aluminium"
    [interfaces]
    "active|electrolyte" = "NMC811|Li6PS5Cl"
    "lithium|separator" = "lithium|Li6PS5Cl"
    [stack]
    fixture = "constant_pressure"
    pressure = "5 MPa"
    [cycle]
    charge_voltage = "4.3 V"
    discharge_voltage = "3.5 V"
    current_density = "0.2 mA/cm^2"
    count = 1
    initial_stoichiometry = 0.9
    temperature = "25 degC"
    jump = 0.0
    [flaw]
    depth = "10 um"
    depth_scale = "3.8 um"
    depth_shape = 2.0
    width = "0.5 um"
    width_factor = 1.5
    backflow = true
    aspect = 0.83
    toughness_deviation = 0.17
    spot_distance = "5 um"
    density = "1e3 cm^-2"
    area = "1 cm^2"                     # channel_width and void_radius have no default
    void_distance = "10 um"
    [pores]
    dense = false                       # width: a share of the separator's thickness
    shape = 8.0
    tortuosity = 1.0
    [life]
    duration = "100 h"
    plating_share = 0.5
    [uncertainty]
    samples = 400
    fracture_toughness = 0.05
    anode_resistance = 2.0
    lithium_hardness = 1.5
    flaw_depth = 1.3
    creep_rate = 2.0
    diffusional_flow = 2.0
    pore_width = 1.3
    seed = 0
    [solver]
    displacement_degree = 2
    tolerance = 1e-6
    maximum_iterations = 25
    steps_per_half_cycle = 20
    minimum_step = 1e-7
    viscosity = 0.001
    feedback = "contact_and_stress"
    [gates]
    energy_balance = 0.05
    charge_balance = 1e-6
    lithium_balance = 1e-8
    lithium_creep_strain = 1.0
    [output]
    fields = "worst"
    checkpoints = "last"

Instead of charge_voltage, discharge_voltage, current_density and count, [cycle] may have a protocol
of sentences (grammar: chemomech.case.protocol):

    protocol = [
        "Rest for 1 hour",
        { repeat = 50, steps = ["Charge at C/5 until 4.3 V", "Hold at 4.3 V until C/20",
            "Discharge at C/5 until 3.5 V"] },
    ]

The other geometry is the user's own mesh or drawing: recipe = "file" with path = "cell.msh" (or
.step, .vtu; .geo with trusted = true, as gmsh runs it), relative to the case file, and length_unit
= "1 um" when it was not drawn in metres; its region names are then the keys of [materials]. The
same cell in 3D is recipe = "layered_cell_3d", with depth = "30 um" beside width, and
volume_fraction in place of area_fraction; layers of any kind: chemomech.case.geometry.layers. A
material or interface is a name from the library, a path ending in .toml, or a table
{ base = "Li6PS5Cl", young_modulus = "25 GPa" }.

The interface "electrolyte|electrolyte" is the boundaries between the grains of that region, where
the geometry has grains. Sections that stand only where they are used:

    [cracks]          region = interface material: cracks may run along every facet inside it
    [swelling]        a region swells, no current flows, no electrodes (chemomech.case.cycle)
    [voids]           voids on the lithium's face, vacancies in lithium (chemomech.case.voids)
    [[flaws]]         families of flaws whose drive is followed (chemomech.case.flaws.families)
    [phase_field]     cracks that grow in the bulk (chemomech.case.sections)
    [[meshed_flaws]]  straight cracks that are meshed, open at first (chemomech.case.flaws.meshed)
"""

import copy
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import (
    Field,
    ModelWrapValidatorHandler,
    PrivateAttr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

import chemomech.case.sections as sections
from chemomech.case.choices import (
    MaterialChoice,
    check_file,
    check_region_name,
    cracks_in,
    interface_key,
)
from chemomech.case.cycle import Cycle, Stack, Swelling
from chemomech.case.errors import CaseError, explain, nearest, problem
from chemomech.case.flaws import FlawFamily, MeshedFlaws, check_flaws, meshed_flaw_materials
from chemomech.case.geometry import (
    LAYERED_CELL_BOUNDARIES,
    LAYERED_CELL_REGIONS,
    FileGeometry,
    GeometryIn3D,
    ImageGeometry,
    LayeredCell,
    LayersGeometry,
    Polycrystal,
    check_regions,
)
from chemomech.case.identity import canonical
from chemomech.case.keys import Changes
from chemomech.case.sections import Crystals, PhaseField
from chemomech.case.table import AsWritten, Table, Text
from chemomech.case.voids import Voids
from chemomech.units.quantity import from_si, shown


class Case(Table):
    """A case: everything that a run needs to know, in SI units; it never changes."""

    name: Text = Field(description="title of the case")
    geometry: (
        LayeredCell | FileGeometry | ImageGeometry | Polycrystal | LayersGeometry | GeometryIn3D
    ) = Field(discriminator="recipe")
    materials: dict[str, MaterialChoice] = Field(description="region -> material")
    interfaces: dict[str, MaterialChoice] = Field(
        description='"region|region" -> interface material; other boundaries are bonded for good'
    )
    stack: Stack
    electrons: Literal["wired", "resolved"] = Field(
        default="wired",
        description="active material at the terminal's potential, or electrons through what "
        "conducts them",
    )
    plating: Literal["even", "local"] = Field(
        default="even",
        description="lithium spreads over its face, or comes and goes where the current passes",
    )
    cracks: dict[str, MaterialChoice] = Field(
        default_factory=dict, description="region -> interface material of every facet inside it"
    )
    swelling: Swelling | None = Field(default=None, description="instead of a cycle")
    crystals: Crystals | None = Field(
        default=None,
        description="axes of the grains of active material; left out: alike in all directions",
    )
    cycle: Cycle = Field(default_factory=Cycle)
    voids: Voids = Field(default_factory=Voids)
    flaw: sections.Flaw = Field(default_factory=sections.Flaw)
    flaws: list[FlawFamily] = Field(default_factory=list, description="families of flaws")
    phase_field: PhaseField | None = Field(
        default=None, description="cracks in the bulk; left out: none grow"
    )
    meshed_flaws: MeshedFlaws = Field(default_factory=list, description="flaws that are meshed")
    pores: sections.Pores = Field(default_factory=sections.Pores)
    life: sections.Life = Field(default_factory=sections.Life)
    uncertainty: sections.Uncertainty = Field(default_factory=sections.Uncertainty)
    solver: sections.Solver = Field(default_factory=sections.Solver)
    gates: sections.Gates = Field(default_factory=sections.Gates)
    output: sections.Output = Field(default_factory=sections.Output)
    _base_folder: Path = PrivateAttr(default_factory=Path)
    _written: AsWritten = PrivateAttr(default_factory=AsWritten)

    @field_validator("materials")
    @classmethod
    def _one_per_region(cls, value: dict[str, Any], info: ValidationInfo) -> dict[str, Any]:
        if isinstance(info.data.get("geometry"), LayeredCell):
            for name in value:
                if name not in LAYERED_CELL_REGIONS:
                    raise problem(
                        f"is not a region; {nearest(name, LAYERED_CELL_REGIONS)}", at=name
                    )
            for name in LAYERED_CELL_REGIONS:
                if name not in value:
                    raise problem("is required: a material for this region", at=name)
        check_regions(info.data.get("geometry"), value)
        if not value:
            raise problem("needs a material for every region")
        for name, choice in value.items():
            check_region_name(name)
            check_file(choice, name, info)
        return value

    @field_validator("interfaces")
    @classmethod
    def _between_regions(cls, value: dict[str, Any], info: ValidationInfo) -> dict[str, Any]:
        regions = info.data.get("materials")
        layered = isinstance(info.data.get("geometry"), LayeredCell)
        ordered: dict[str, Any] = {}
        for name, choice in value.items():
            key = interface_key(name, regions)
            if key in ordered:
                raise problem("names the same two regions as another key", at=name)
            if layered and key not in LAYERED_CELL_BOUNDARIES:
                hint = nearest(key, LAYERED_CELL_BOUNDARIES)
                raise problem(f"do not touch in this geometry; {hint}", at=name)
            check_file(choice, name, info)
            ordered[key] = choice
        return ordered

    @field_validator("cracks")
    @classmethod
    def _in_regions(cls, value: dict[str, Any], info: ValidationInfo) -> dict[str, Any]:
        regions = info.data.get("materials")
        for name, choice in value.items():
            if regions is not None and name not in regions:
                raise problem(f"is not a region of [materials]; {nearest(name, regions)}", at=name)
            check_file(choice, name, info)
        return value

    @field_validator("swelling")
    @classmethod
    def _of_region(cls, value: Swelling | None, info: ValidationInfo) -> Swelling | None:
        regions = info.data.get("materials")
        if value is not None and regions is not None and value.region not in regions:
            hint = nearest(value.region, regions)
            raise problem(
                f"given {shown(value.region)}; is not a region of [materials]; {hint}", at="region"
            )
        return value

    @field_validator("crystals")
    @classmethod
    def _of_a_cycle(cls, value: Crystals | None, info: ValidationInfo) -> Crystals | None:
        if value is not None and info.data.get("swelling") is not None:
            raise problem("follow stoichiometry through a cycle; leave them out with [swelling]")
        return value

    @field_validator("phase_field")
    @classmethod
    def _known_regions(cls, value: PhaseField | None, info: ValidationInfo) -> PhaseField | None:
        known = info.data.get("materials")
        for name in value.regions if value else ():
            if known and name not in known:
                raise problem(
                    f'"{name}" is not a region of [materials]; {nearest(name, known)}', at="regions"
                )
        return value

    @property
    def cohesive(self) -> dict[str, Any]:
        """Material choice by interface: [interfaces], then [cracks] and [[meshed_flaws]]."""
        inside = {cracks_in(region): choice for region, choice in self.cracks.items()}
        return self.interfaces | inside | meshed_flaw_materials(self.meshed_flaws)

    @field_validator("flaws")
    @classmethod
    def _known_places(cls, value: list[FlawFamily], info: ValidationInfo) -> list[FlawFamily]:
        if value and info.data.get("swelling") is not None:
            raise problem("are followed through a cycle; leave them out with [swelling]")
        check_flaws(value, info.data.get("materials"), info.data.get("interfaces"))
        return value

    def __init__(self, /, **sections: Any) -> None:
        """Check a case given section by section, as nested tables; raises CaseError."""
        try:
            super().__init__(**sections)
        except ValidationError as failure:
            raise explain(failure, type(self)) from None

    # pydantic then goes on to validate tables without this method, with its context.
    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined]

    @model_validator(mode="wrap")
    @classmethod
    def _keep_table(
        cls, value: Any, handler: ModelWrapValidatorHandler[Self], info: ValidationInfo
    ) -> Self:
        """Keep the table as written, and the folder from which its relative paths start."""
        case = handler(value)
        if case is not value:
            case._written = AsWritten(copy.deepcopy(value))
            case._base_folder = Path((info.context or {}).get("base_folder", "."))
        return case

    @classmethod
    def from_table(cls, table: Any, base_folder: str | Path = ".") -> "Case":
        """Check a case given as nested tables, as read from TOML, and return it.

        Parameters
        ----------
        table : dict
            Section -> keys.
        base_folder : path
            Where the relative paths in it start.

        Raises
        ------
        CaseError
            One line per problem.
        """
        if not isinstance(table, dict) or not all(isinstance(key, str) for key in table):
            raise CaseError(f"case: given {shown(table)}; write a table of sections")
        try:
            return cls.model_validate(table, context={"base_folder": Path(base_folder)})
        except ValidationError as failure:
            raise explain(failure, cls) from None

    def __repr__(self) -> str:
        """Return title, recipe, regions with their materials, stack pressure and what it does."""
        regions = ", ".join(
            f"{name}: {choice if isinstance(choice, str) else choice['base']}"
            for name, choice in self.materials.items()
        )
        pressure = from_si(self.stack.pressure, "MPa")
        does = "swells" if self.swelling is not None else "cycles"
        return (
            f'<case "{self.name}": {self.geometry.recipe} of {regions}; {does} under {pressure:g} '
            f"MPa, {self.stack.fixture}>"
        )

    @property
    def base_folder(self) -> Path:
        """Folder of the case file: give it to load_material with a choice of this case."""
        return self._base_folder

    def canonical(self) -> dict[str, Any]:
        """Return the case as plain SI values and text, equal for equal meaning."""
        return canonical(self)

    def with_values(self, values: Mapping[str, Any]) -> "Case":
        """Return a case with some of its keys changed, checked as a whole.

        Parameters
        ----------
        values : mapping
            Dotted path of a key -> new value as it stands in a case file, as under [vary] of a
            study: {"stack.pressure": "10 MPa", "materials.active.young_modulus": "150 GPa"}.

        Raises
        ------
        CaseError
            A path that leads nowhere or a value that does not fit, by its key. What a material says
            is read when the case is run: MaterialError then.

        Examples
        --------
        >>> import chemomech as cm
        >>> case = cm.Case(**cm.new_case())
        >>> case.with_values({"stack.pressure": "10 MPa"}).stack.pressure, case.stack.pressure
        (10000000.0, 5000000.0)
        """
        return Case.from_table(Changes(values).apply(self._written.table), self._base_folder)
