"""How the materials of a case flow, and what that needs of them: checked without a mesh."""

from chemomech.materials import MaterialError
from chemomech.physics.lithium.extrusion import Creep

CREEP = ("creep_rate", "creep_stress", "creep_exponent")
ANAND = (
    *(
        "anand_prefactor",
        "anand_activation_energy",
        "anand_rate_sensitivity",
        "anand_resistance",
        "anand_hardening",
    ),
    *("anand_saturation", "anand_hardening_exponent", "anand_saturation_exponent"),
)
FLOWS = {"elastic": (), "plastic": ("yield_strength",), "creep": CREEP, "anand": ANAND}


def flow_of(material):
    """How a material flows, a name of FLOWS: as it says, else plastic when it has a yield strength, else elastic."""
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


def flows_of(materials, degree):
    """Region -> flow_of; raises MaterialError for materials that creep while displacements are of degree 1."""
    flows = {name: flow_of(material) for name, material in materials.items()}
    locked = [
        f'{materials[name].name}.flow "{flow}"'
        for name, flow in flows.items()
        if flow in ("creep", "anand")
    ]
    if locked and degree < 2:
        raise MaterialError(
            f"{', '.join(locked)}: linear displacements lock in creep; write displacement_degree = 2"
        )
    return flows


def creep_of(case, lithium):
    """Creep of lithium where flaw.width, flaw.channel_width or flaw.void_radius ask for it, else None.

    Raises MaterialError where the material has none.
    """
    keys = ("width", "channel_width", "void_radius")
    asked = [f"flaw.{key}" for key in keys if getattr(case.flaw, key) is not None]
    if not asked:
        return None
    missing = [name for name in CREEP if not lithium.has(name)]
    if missing:
        need = f"with {', '.join(asked)} it needs {', '.join(missing)}"
        raise MaterialError(f"{lithium.name}: {need}; add it to its table")
    return Creep(
        *(lithium.get(name) for name in CREEP), lithium.get("creep_activation_energy", 0.0)
    )
