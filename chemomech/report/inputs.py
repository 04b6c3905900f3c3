"""Every property of every material of a study, with value, source, sureness, and whether the models take it.

Materials are read again by the names (or files) in the cases' own case.toml.
"""

import itertools
import json
import tomllib
from dataclasses import dataclass

from chemomech.case.choices import cracks_in, sides_of
from chemomech.materials import MaterialError, load_material
from chemomech.report.results import pretty_unit

MECHANICS = {"young_modulus", "poisson_ratio", "thermal_expansion", "flow"}
YIELD = {"yield_strength", "hardening_modulus"}
CONDUCTION = {"ionic_conductivity", "ionic_activation_energy"}
ACTIVE = {
    "volume_change",
    "equilibrium_potential",
    "maximum_concentration",
    "diffusivity",
    "diffusion_activation_energy",
}
ELECTRONS = {"electronic_conductivity", "electronic_activation_energy"}
CREEP = {"creep_rate", "creep_stress", "creep_exponent"}
FACE = {"stiffness", "contact_stiffness", "friction_coefficient", "initial_damage"}
BOND = {
    *(
        "strength",
        "fracture_energy",
        "shear_strength",
        "fracture_energy_shear",
        "coating_fracture_energy",
    ),
    *("coating_strength", "cohesive_law", "softening_shape", "mode_mixing", "mixed_mode_exponent"),
    *(
        "anisotropy_ratio",
        "anisotropy_angle",
        "weibull_modulus",
        "correlation_length",
        "scatter_seed",
    ),
    *("fatigue_length", "fatigue_endurance", "fatigue_threshold"),
}
GROWTH = {
    *("interphase_parabolic_rate", "interphase_linear_rate", "interphase_activation_energy"),
    "interphase_volume_change",
}
ELECTRODE = {
    *(
        "exchange_current_density",
        "exchange_current_activation_energy",
        "film_resistance",
        "film_activation_energy",
    ),
    *("coating_thickness", "coating_conductivity", "interphase_conductivity"),
}
TOUCH = {"contact_law", "unloading_exponent", "assembly_pressure"}
SURE_WORDS = {
    "paper": "paper",
    "digest": "second-hand †",
    "estimate": "estimate",
    "user": "case file",
}


@dataclass(frozen=True)
class InputRow:
    """One property, its value as written; owner: material and where it stands; taken: the models read it."""

    owner: str
    name: str
    value: str
    provenance: str
    source: str
    note: str
    taken: bool


@dataclass(frozen=True)
class Inputs:
    """rows in the materials' order; problems: materials that could not be read again."""

    rows: tuple
    problems: tuple

    @property
    def groups(self):
        """(owner, rows) of each material, in order."""
        return [
            (owner, list(rows))
            for owner, rows in itertools.groupby(self.rows, lambda row: row.owner)
        ]

    def takes(self, name):
        """Whether the models take a property of this name from any material."""
        return any(row.taken and row.name == name for row in self.rows)

    def count(self, provenance=None):
        """Number of values that the models take, all or those of one sureness."""
        return sum(row.taken and provenance in (None, row.provenance) for row in self.rows)


def taken_properties(bulk, faces, resolved=False, creeping=False):
    """Names of the properties that the models read, by region and interface; resolved: electrons have a way to go.

    creeping: flaws, channels or voids ask for the creep of lithium.

    Activation energies and thermal expansion are read at any temperature, and change nothing at 25 degC. Of the
    conductors of electrons one is the terminal and conducts perfectly; which one only the mesh tells.
    """
    taken = {name: MECHANICS | _flow(material) for name, material in bulk.items()}
    for name, material in bulk.items():
        if material.get("molar_volume") is not None:
            continue
        if material.get("volume_change") is not None:
            taken[name] |= ACTIVE
        elif material.get("ionic_conductivity") is not None:
            taken[name] |= CONDUCTION
            continue
        if resolved:
            taken[name] |= ELECTRONS
    for interface, face in faces.items():
        bonded = face.get("initial_damage") != 1.0
        taken[interface] = FACE | GROWTH | (BOND if bonded else set())
        ions = all(side in bulk and _conducts_ions(bulk[side]) for side in sides_of(interface))
        if ions or resolved and face.get("contact_resistance") is not None:
            taken[interface] |= (
                {"contact_resistance"} | TOUCH | _contact(interface, face, bulk, taken)
            )
        for host, other in _electrodes(interface, bulk):
            taken[interface] |= ELECTRODE | TOUCH | _contact(interface, face, bulk, taken)
            if bulk[host].get("molar_volume") is not None:
                taken[host] |= {"molar_volume"} | (
                    CREEP | {"creep_activation_energy"} if creeping else set()
                )
                taken[other].add("fracture_toughness")
    return taken


def _flow(material):
    """What the law by which a material flows reads of it."""
    flow = material.get("flow") or "plastic"
    if flow == "creep":
        return CREEP | {"creep_activation_energy"}
    if flow == "anand":
        return {name for name in material.properties if name.startswith("anand_")}
    return YIELD if flow == "plastic" else set()


def _electrodes(interface, bulk):
    """(region of lithium metal or active material, region of the electrolyte), where an interface passes current."""
    first, second = sides_of(interface)
    for host, other in ((first, second), (second, first)):
        if host in bulk and other in bulk and bulk[other].get("ionic_conductivity") is not None:
            if any(bulk[host].get(mark) is not None for mark in ("molar_volume", "volume_change")):
                yield host, other


def _conducts_ions(material):
    """Whether a material conducts ions and neither is lithium nor takes it up."""
    marks = ("molar_volume", "volume_change")
    return material.get("ionic_conductivity") is not None and all(
        material.get(mark) is None for mark in marks
    )


def _contact(interface, face, bulk, taken):
    """What the law of rough contact of an interface reads of its face; of a side that creeps it reads more."""
    law = face.get("contact_law")
    if law != "creep":
        return {"rms_slope" if law == "persson" else "contact_hardness"}
    for side in sides_of(interface):
        if side in bulk and all(bulk[side].get(key) is not None for key in CREEP):
            taken[side] |= CREEP
    return {"contact_hardness", "contact_creep_growth"}


def case_choices(case):
    """(regions, interfaces) of a case with the material choice of each, from its case.toml or its result."""
    path = case.file("case.toml")
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8")) if path else case.result["case"]
        return table["materials"], _cohesive(table)
    except (ValueError, KeyError):
        return case.result["case"]["materials"], _cohesive(case.result["case"])


def _cohesive(table):
    """Choices of interfaces and of cracks, by the interface's name."""
    return table["interfaces"] | {
        cracks_in(region): choice for region, choice in table.get("cracks", {}).items()
    }


def _load(choices, case, problems):
    """Material of each choice that can be read; the others leave a message in `problems`."""
    found = {}
    for place, choice in choices.items():
        try:
            found[place] = load_material(choice, case.folder)
        except MaterialError as error:
            problems[f"{place}: {error}"] = None
    return found


def study_inputs(results):
    """Inputs of all finished cases of a study, every value once."""
    values, owners, problems, seen = {}, {}, {}, set()
    for case in results.finished:
        choices = case_choices(case)
        flaw, electrons = case.result["case"].get("flaw", {}), case.result["case"].get("electrons")
        creeping = any(
            flaw.get(name) is not None for name in ("width", "channel_width", "void_radius")
        )
        text = json.dumps([choices, electrons, creeping], sort_keys=True)
        if text in seen:
            continue
        seen.add(text)
        bulk, faces = (_load(part, case, problems) for part in choices)
        taken = taken_properties(bulk, faces, electrons == "resolved", creeping)
        for place, material in {**bulk, **faces}.items():
            owners.setdefault(material.name, {})[place] = None
            for name, entry in material.properties.items():
                key = (material.name, name, entry.text, entry.source)
                values[key] = (entry, values.get(key, (None, False))[1] or name in taken[place])
    return Inputs(tuple(_rows(values, owners)), tuple(problems))


def _rows(values, owners):
    """InputRows grouped by material."""
    for material, places in owners.items():
        owner = f"{material} ({', '.join(places)})"
        for (name_of, name, text, source), (entry, taken) in values.items():
            if name_of == material:
                spread = (
                    f" ± {entry.standard_deviation_text}" if entry.standard_deviation_text else ""
                )
                value = pretty_unit(text + spread)
                yield InputRow(
                    owner,
                    name.replace("_", " "),
                    value,
                    entry.provenance,
                    source,
                    entry.note,
                    taken,
                )
