"""How the materials of a case flow, and what that needs of them: checked without a mesh."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from chemomech.case.protocol import distinct_steps
from chemomech.materials import MaterialError
from chemomech.materials.records import Material
from chemomech.physics.lithium.extrusion import Creep, diffusional_creep

if TYPE_CHECKING:
    from chemomech.case.schema import Case

CREEP = ("creep_rate", "creep_stress", "creep_exponent")
ANAND = (
    "anand_prefactor",
    "anand_activation_energy",
    "anand_rate_sensitivity",
    "anand_resistance",
    "anand_hardening",
    "anand_saturation",
    "anand_hardening_exponent",
    "anand_saturation_exponent",
)
FLOWS: dict[str, tuple[str, ...]] = {
    "elastic": (),
    "plastic": ("yield_strength",),
    "creep": CREEP,
    "anand": ANAND,
}


def flow_of(material: Material) -> str:
    """Find how a material flows, a name of FLOWS.

    It is as the material says, else plastic when it has a yield strength, else elastic.

    Raises
    ------
    MaterialError
        For an unknown name, and for what such a flow needs and the material lacks.
    """
    flow = material.get("flow", "plastic" if material.has("yield_strength") else "elastic")
    if flow not in FLOWS:
        raise MaterialError(
            f'{material.name}.flow: given "{flow}"; write one of {", ".join(FLOWS)}'
        )
    missing = [name for name in FLOWS[flow] if not material.has(name)]
    if missing:
        raise MaterialError(
            f'{material.name}: flow "{flow}" needs {", ".join(missing)}; add it to its table'
        )
    return flow


def flows_of(materials: Mapping[str, Material], degree: int) -> dict[str, str]:
    """Find how the material of every region flows.

    Parameters
    ----------
    materials : mapping of str to Material
        By region.
    degree : int
        Of the displacements.

    Raises
    ------
    MaterialError
        For materials that creep while displacements are of degree 1.
    """
    flows = {name: flow_of(material) for name, material in materials.items()}
    locked = [
        f'{materials[name].name}.flow "{flow}"'
        for name, flow in flows.items()
        if flow in ("creep", "anand")
    ]
    if locked and degree < 2:
        raise MaterialError(
            f"{', '.join(locked)}: linear displacements lock in creep; "
            "write displacement_degree = 2"
        )
    return flows


def check_thermal(case: "Case", bulk: Mapping[str, Material]) -> None:
    """Raise MaterialError where a case changes temperature and a material's expansion is unknown.

    Parameters
    ----------
    case : Case
        Its cycle's temperature is that without thermal strain; steps may name others.
    bulk : mapping of str to Material
        Materials by region.
    """
    given = {step.temperature for step in distinct_steps(case.cycle.steps.entries)}
    if given <= {None, case.cycle.temperature}:
        return
    lacking = [name for name, each in bulk.items() if not each.has("thermal_expansion")]
    if lacking:
        raise MaterialError(
            f"materials.{lacking[0]}: {bulk[lacking[0]].name} has no thermal_expansion and the "
            'protocol changes the temperature; add it to its table, for example "20e-6 1/K"'
        )


def creep_of(case: "Case", lithium: Material) -> Creep | None:
    """Find the creep of lithium, None where it has none and no flaw asks for it.

    Parameters
    ----------
    case : Case
        Asks by flaw.width where it is written, flaw.channel_width or flaw.void_radius.
    lithium : Material
        The metal.

    Raises
    ------
    MaterialError
        Where the material has none.
    """
    flaw, keys = case.flaw, ("channel_width", "void_radius")
    asked = [f"flaw.{key}" for key in keys if getattr(flaw, key) is not None]
    if flaw.backflow and "width" in flaw.model_fields_set:
        asked.insert(0, "flaw.width")
    missing = [name for name in CREEP if not lithium.has(name)]
    if missing and not asked:
        return None
    if missing:
        need = f"with {', '.join(asked)} it needs {', '.join(missing)}"
        raise MaterialError(f"{lithium.name}: {need}; add it to its table")
    rate, stress, exponent = (lithium.get(name) for name in CREEP)
    return Creep(rate, stress, exponent, lithium.get("creep_activation_energy", 0.0))


def diffusion_of(lithium: Material, temperature: float) -> Creep | None:
    """Find the flow of lithium by diffusion through its grains, None where no grain is known.

    Parameters
    ----------
    lithium : Material
        The metal.
    temperature : float
        [K]; the diffusivity is taken as it stands at every temperature.
    """
    if not (lithium.has("self_diffusivity") and lithium.has("grain_size")):
        return None
    return diffusional_creep(
        lithium.self_diffusivity, lithium.grain_size, lithium.molar_volume, temperature
    )
