"""The named inputs of calibrations: unit, meaning, where an input comes from that none gives."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chemomech.case.sections import Flaw
from chemomech.materials import Material


@dataclass(frozen=True)
class Input:
    """One input of the models.

    Attributes
    ----------
    unit : str
        SI unit; "1" for a plain number.
    meaning : str
        What it is.
    default : float, tuple of str, or None
        A number in SI, (role, property) of a material, ("flaw", key) of a case's [flaw], or None:
        it must be given.
    draws : bool
        Whether a calibration may draw it; the rest are one number.
    """

    unit: str
    meaning: str
    default: Any = None
    draws: bool = True


INPUTS = {
    "contact_hardness": Input(
        "Pa", "pressure of full contact, of laws without time", ("face", "contact_hardness")
    ),
    "roughness": Input("m", "of the face, root mean square", ("face", "roughness")),
    "work_of_adhesion": Input("J/m^2", "of the face", ("face", "work_of_adhesion")),
    "size_strength": Input(
        "N/m", "strength times size of small lithium", ("lithium", "size_strength")
    ),
    "yield_strength": Input("Pa", "of bulk lithium", ("lithium", "yield_strength")),
    "unloading_exponent": Input("1", "of contact that is unloaded", 0.5, False),
    "contact_creep_growth": Input(
        "1", "growth of spots' area per creep strain", ("face", "contact_creep_growth")
    ),
    "face_resistance": Input("ohm*m^2", "of one face in full contact"),
    "series_resistance": Input("ohm*m^2", "of the cell, whatever the pressure", 0.0),
    "spot_radius": Input("m", "of spots of contact, for their constriction", 0.0),
    "ionic_conductivity": Input("S/m", "of the electrolyte", ("electrolyte", "ionic_conductivity")),
    "creep_factor": Input("1", "on the library's creep rate of lithium", 1.0),
    "confined_creep_factor": Input(
        "1", "on that rate, of lithium in voids and flaws of about a micrometre", 1.0
    ),
    "creep_rate": Input("1/s", "of lithium at creep_stress", ("lithium", "creep_rate")),
    "creep_stress": Input("Pa", "where creep_rate is", ("lithium", "creep_stress")),
    "creep_exponent": Input("1", "of lithium's creep", ("lithium", "creep_exponent"), False),
    "creep_activation_energy": Input(
        "J/mol", "of lithium's creep", ("lithium", "creep_activation_energy"), False
    ),
    "self_diffusivity": Input("m^2/s", "of lithium, for diffusional flow; 0: none", 0.0),
    "grain_size": Input("m", "of lithium that flows by diffusion", 1e-6),
    "molar_volume": Input("m^3/mol", "of lithium", ("lithium", "molar_volume")),
    "temperature": Input("K", "of the cell", 298.15, False),
    "area": Input("m^2", "of the cell", None, False),
    "separator_thickness": Input("m", "that lithium crosses", None),
    "channel_width": Input("m", "diameter of a pore through the separator; 0: none", 0.0),
    "void_radius": Input("m", "of voids on the lithium's face", 1e-6),
    "void_distance": Input("m", "of their middles", 10e-6),
    "contact_left": Input("1", "share of contact at which voids short a cell", 0.5, False),
    "fracture_toughness": Input(
        "Pa*m^0.5", "of the electrolyte", ("electrolyte", "fracture_toughness")
    ),
    "young_modulus": Input("Pa", "of the electrolyte", ("electrolyte", "young_modulus")),
    "poisson_ratio": Input("1", "of the electrolyte", ("electrolyte", "poisson_ratio"), False),
    "flaw_depth_scale": Input("m", "of the depths' Weibull law", ("flaw", "depth_scale")),
    "flaw_depth_shape": Input("1", "of the depths' Weibull law", ("flaw", "depth_shape"), False),
    "flaw_density": Input("1/m^2", "flaws per area", ("flaw", "density"), False),
    "flaw_width": Input("m", "median of the flaws", ("flaw", "width")),
    "flaw_aspect": Input("1", "depth over half the length", ("flaw", "aspect"), False),
    "spot_distance": Input("m", "of the spots where faces touch", ("flaw", "spot_distance"), False),
}
NOTHING = ("creep_activation_energy", "work_of_adhesion")  # 0 where a material has none
# What each kind of data reads, for what has to be given and what may be fitted.
_CONTACT = ("unloading_exponent", "face_resistance")
CONTACT = {
    "plastic": ("contact_hardness",),
    "mikic": ("contact_hardness",),
    "creep": (
        "roughness", "work_of_adhesion", "size_strength", "yield_strength", "contact_creep_growth",
    ),
}  # fmt: skip
_CREEP = (
    "creep_factor", "confined_creep_factor", "creep_rate", "creep_stress", "creep_exponent",
    "creep_activation_energy", "self_diffusivity", "grain_size", "molar_volume", "temperature",
)  # fmt: skip
_FLAW = (
    "area", "separator_thickness", "fracture_toughness", "young_modulus", "poisson_ratio",
    "flaw_depth_scale", "flaw_depth_shape", "flaw_density", "flaw_width", "flaw_aspect",
    "spot_distance",
)  # fmt: skip
READS = {
    "resistance": (*_CONTACT, *_CREEP, "series_resistance", "spot_radius", "ionic_conductivity"),
    "time_to_short": (
        *_CONTACT, *_CREEP, *_FLAW, "channel_width", "void_radius", "void_distance", "contact_left",
    ),
    "critical_current": (*_CONTACT, *_CREEP, *_FLAW),
    "critical_stripping_current": (*_CREEP, "void_radius"),
}  # fmt: skip


def reads(kind: str, contact_law: str) -> tuple[str, ...]:
    """Return the names of the inputs that a kind of data reads, with a law of contact."""
    contact = CONTACT[contact_law] if "face_resistance" in READS[kind] else ()
    return (*READS[kind], *contact)


def default_value(name: str, materials: Mapping[str, Material]) -> tuple[float, str] | None:
    """Return the value [SI] of an input that a file does not give, and where it comes from.

    None where there is no such value.

    Parameters
    ----------
    name : str
        A name of INPUTS.
    materials : mapping
        Materials by their role: lithium, electrolyte, face.
    """
    default = INPUTS[name].default
    if name == "contact_hardness" and not _has(materials, default):
        default = ("lithium", "hardness")
    if default is None:
        return None
    if not isinstance(default, tuple):
        return float(default), "default"
    role, key = default
    if role == "flaw":
        return float(getattr(Flaw(), key)), f"default of flaw.{key}"
    if not _has(materials, default):
        return (0.0, "default") if key in NOTHING else None
    return float(materials[role].get(key)), f"{materials[role].name}, {key}"


def _has(materials: Mapping[str, Material], place: tuple[str, str]) -> bool:
    """Say whether a material of a role has a property."""
    return place[0] in materials and materials[place[0]].has(place[1])
