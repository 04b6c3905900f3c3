"""Every property of every material of a study, with value, source, sureness, and whether the models take it.

Materials are read again by the names (or files) in the cases' own case.toml.
"""

import itertools
import json
import tomllib
from dataclasses import dataclass

from chemomech.materials import MaterialError, load_material
from chemomech.report.results import pretty_unit

MECHANICS = {"young_modulus", "poisson_ratio", "yield_strength", "hardening_modulus"}
CONDUCTION = {"ionic_conductivity", "ionic_activation_energy"}
ACTIVE = {"volume_change", "equilibrium_potential", "maximum_concentration"}
BOND = {"strength", "fracture_energy", "fracture_energy_shear", "mixed_mode_exponent"}
FACE = {"stiffness", "initial_damage", "exchange_current_density", "film_resistance"}
SURE_WORDS = {"paper": "paper", "digest": "second-hand †", "estimate": "estimate", "user": "case file"}


@dataclass(frozen=True)
class InputRow:
    """One property, its value as written; owner: material and where it stands; taken: the models read it."""

    owner: str
    name: str
    value: str
    sureness: str
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
        return [(owner, list(rows)) for owner, rows in itertools.groupby(self.rows, lambda row: row.owner)]

    def count(self, sureness=None):
        """Number of values that the models take, all or those of one sureness."""
        return sum(row.taken and sureness in (None, row.sureness) for row in self.rows)


def taken_properties(bulk, faces):
    """Names of the properties that the models read, for each region and interface."""
    taken = {name: set(MECHANICS) for name in bulk}
    for name, material in bulk.items():
        if material.get("ionic_conductivity") is not None:
            taken[name] |= CONDUCTION
        if material.get("volume_change") is not None:
            taken[name] |= ACTIVE
    for interface, face in faces.items():
        first, second = interface.split("|")
        for metal, other in ((first, second), (second, first)):
            if metal not in bulk or other not in bulk or bulk[metal].get("molar_volume") is None:
                continue
            if bulk[other].get("ionic_conductivity") is not None:
                taken[metal].add("molar_volume")
                taken[other].add("fracture_toughness")
        law = {"contact_law", "rms_slope" if face.get("contact_law") == "persson" else "contact_hardness"}
        taken[interface] = FACE | law | (set() if face.get("initial_damage") == 1.0 else BOND)
    return taken


def case_choices(case):
    """(regions, interfaces) of a case with the material choice of each, from its case.toml or its result."""
    path = case.file("case.toml")
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8")) if path else case.result["case"]
        return table["materials"], table["interfaces"]
    except (ValueError, KeyError):
        return case.result["case"]["materials"], case.result["case"]["interfaces"]


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
        text = json.dumps(choices, sort_keys=True)
        if text in seen:
            continue
        seen.add(text)
        bulk, faces = (_load(part, case, problems) for part in choices)
        taken = taken_properties(bulk, faces)
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
                spread = f" ± {entry.standard_deviation_text}" if entry.standard_deviation_text else ""
                value = pretty_unit(text + spread)
                yield InputRow(
                    owner, name.replace("_", " "), value, entry.sureness, source, entry.note, taken
                )
