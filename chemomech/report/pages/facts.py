"""Numbers and texts of "How it was computed": protocol, flaws, mesh, iterations, versions."""

import statistics
from collections.abc import Iterable
from typing import Any

from chemomech.report.axes import pretty_unit
from chemomech.report.results import Results
from chemomech.report.words import joined, number
from chemomech.units.field import CENTIMETRE, MICROMETRE

FIXTURES = {
    "constant_pressure": "constant pressure",
    "fixed_gap": "fixed gap after preload",
    "spring": "spring",
}
FEEDBACK = {
    "contact": "contact, not stress",
    "stress": "stress, not contact",
    "none": "neither contact nor stress",
}
PLATING = {"even": "evenly", "local": "where the current passes"}
DEGREES = {1: "linear", 2: "quadratic"}
MOST_PROTOCOLS = 3  # that are written out


def all_of(results: Results, *keys: str, scale: float = 1.0, digits: int = 3) -> str:
    """Write a value of the results that may differ between cases: one number, a range or texts.

    Parameters
    ----------
    results : Results
        The study.
    *keys : str
        Where the value is in result.json.
    scale : float
        Factor on a number.
    digits : int
        Significant digits.
    """
    found: set[Any] = set()
    for case in results.finished:
        value: Any = case.result
        for key in keys:
            value = value.get(key) if isinstance(value, dict) else None
        if isinstance(value, int | float) and not isinstance(value, bool):
            found.add(value * scale)
        elif value is not None:
            found.add(str(value))
    numbers = [value for value in found if not isinstance(value, str)]
    if numbers:
        low, high = number(min(numbers), digits), number(max(numbers), digits)
        return low if low == high else f"{low} to {high}"
    return ", ".join(sorted(found)) or "–"


def protocol_text(entries: Iterable[Any]) -> str:
    """Write a protocol on one line: "Rest for 1 h; 50 × (Charge ...; Discharge ...)"."""
    parts = []
    for entry in entries:
        if isinstance(entry, dict):
            inside = protocol_text(entry["steps"])
            parts.append(inside if entry["repeat"] == 1 else f"{entry['repeat']} × ({inside})")
        else:
            parts.append(pretty_unit(entry))
    return "; ".join(parts)


def protocols_of(results: Results) -> str:
    """Write the protocols of the finished cases, each once, those beyond MOST_PROTOCOLS counted."""
    cases = [case.result["case"] for case in results.finished]
    texts = list(dict.fromkeys(protocol_text(case["cycle"]["protocol"]) for case in cases))
    shown = [f"“{text}”" for text in texts[:MOST_PROTOCOLS]]
    rest = len(texts) - len(shown)
    return joined([*shown, *([f"{rest} more that differ in what varies"] if rest else [])])


def celsius_of(results: Results) -> str:
    """Write the temperature [°C] of the cells where the protocol names none, or its range."""
    found = {case.result["case"]["cycle"]["temperature"] - 273.15 for case in results.finished}
    low, high = number(min(found), 4), number(max(found), 4)
    return low if low == high else f"{low} to {high}"


def facts_of(results: Results) -> dict[str, Any] | None:
    """Give everything that the section needs for cases with a protocol; None without results."""
    if not results.finished:
        return None
    cases = [case.result["case"] for case in results.finished]

    def of(*keys: str, **style: Any) -> str:
        return all_of(results, *keys, **style)

    feedback = {case["solver"].get("feedback", "contact_and_stress") for case in cases}
    plating = {case.get("plating", "even") for case in cases}
    electrons = {case.get("electrons", "wired") for case in cases}
    return shared_facts(results) | {
        "feedback": ", or ".join(FEEDBACK[name] for name in sorted(feedback) if name in FEEDBACK),
        "wired": "wired" in electrons,
        "resolved": "resolved" in electrons,
        "even": "even" in plating,
        "plating": " or ".join(PLATING[name] for name in sorted(plating)),
        "voids": any((case.get("voids") or {}).get("depth") is not None for case in cases),
        "protocols": protocols_of(results),
        "jumps": of("solver", "cycles_skipped") not in ("0", "–"),
        "jump": of("case", "cycle", "jump"),
        "skipped": of("solver", "cycles_skipped"),
        "start": of("cycle", "stoichiometry_start"),
        "charged": of("cycle", "stoichiometry_charged"),
        "discharged": of("cycle", "stoichiometry_discharged"),
        "capacity": of("cycle", "capacity_mAh_cm2"),
        "hours": of("cycle", "half_cycle_h"),
        "current": of("cycle", "current_density_mA_cm2"),
        "temperature": celsius_of(results),
        **_flaw_facts(of),
        "shorts": bool(results.table["time_to_short_h"].notna().any()),
        "chemical_unknowns": of("solver", "unknowns_electrochemistry", digits=6),
        "splitting_stoichiometry": of("solver", "splitting_stoichiometry", digits=2),
        "splitting_voltage": of("solver", "splitting_mV", digits=2),
        "rounds": of("solver", "rounds"),
        "chemical_newton": of("solver", "newton_iterations_electrochemistry", digits=4),
        "charge_gate": of("case", "gates", "charge_balance"),
        "lithium_gate": of("case", "gates", "lithium_balance"),
        **{
            f"{name}_error": number(results.table[f"{name}_balance_error"].max())
            for name in ("charge", "lithium", "power")
        },
    }


def _flaw_facts(of: Any) -> dict[str, Any]:
    """Give the flaws and their scatter; `of` writes a value of the results."""
    flaw, uncertainty = ("case", "flaw"), ("case", "uncertainty")
    return {
        "flaw_depth": of(*flaw, "depth", scale=1.0 / MICROMETRE),
        "flaw_scale": of(*flaw, "depth_scale", scale=1.0 / MICROMETRE),
        "flaw_shape": of(*flaw, "depth_shape"),
        "flaw_density": of(*flaw, "density", scale=CENTIMETRE**2),
        "flaw_area": of(*flaw, "area", scale=1.0 / CENTIMETRE**2),
        "flaw_width": of(*flaw, "width", scale=1.0 / MICROMETRE),
        "width_factor": of(*flaw, "width_factor"),
        "flows_back": of(*flaw, "backflow") != "False",
        "flaw_aspect": of(*flaw, "aspect"),
        "toughness_scatter": of(*flaw, "toughness_deviation", scale=100.0),
        "spot_distance": of(*flaw, "spot_distance", scale=1.0 / MICROMETRE),
        "samples": of(*uncertainty, "samples"),
        "toughness_spread": of(*uncertainty, "fracture_toughness", scale=100.0),
        "resistance_factor": of(*uncertainty, "anode_resistance"),
        "hardness_factor": of(*uncertainty, "lithium_hardness"),
        "depth_factor": of(*uncertainty, "flaw_depth"),
        "creep_factor": of(*uncertainty, "creep_rate"),
    }


def shared_facts(results: Results) -> dict[str, Any]:
    """Give what the section needs of any kind of case: load, cracks, mesh, solver, balance."""
    found = [case.result for case in results.finished]
    cases = [result["case"] for result in found]

    def of(*keys: str, **style: Any) -> str:
        return all_of(results, *keys, **style)

    fixtures = of("case", "stack", "fixture").split(", ")
    degrees = sorted({case["solver"]["displacement_degree"] for case in cases})
    ratios = [result.get("viscous_over_fracture", 0.0) for result in found]
    dimensions = {result.get("dimension", 2) for result in found}
    cracks = {region for case in cases for region in case.get("cracks") or ()}
    phase_field = {r for case in cases for r in (case.get("phase_field") or {}).get("regions", ())}
    return {
        "fixture": ", ".join(FIXTURES.get(name, name) for name in fixtures),
        "degree": " or ".join(DEGREES[degree] for degree in degrees),
        "plane": 2 in dimensions,
        "spatial": 3 in dimensions,
        "simplices": " or ".join(
            word for size, word in ((2, "triangles"), (3, "tetrahedra")) if size in dimensions
        ),
        "cracks": joined(sorted(cracks)),
        "phase_field": joined(sorted(phase_field)),
        "meshed_flaws": any(case.get("meshed_flaws") for case in cases),
        "viscosity": of("case", "solver", "viscosity", scale=100.0),
        "unknowns": of("solver", "unknowns", digits=6),
        "cells": of("solver", "cells", digits=6),
        "steps": of("solver", "steps"),
        "newton": of("solver", "newton_iterations"),
        "energy_gate": of("case", "gates", "energy_balance"),
        "energy_error": number(results.table["energy_balance_error"].max()),
        "viscous": number(100 * max(ratios)),
        "viscous_median": number(100 * statistics.median(ratios)),
        "versions": {
            "chemomech": of("chemomech"),
            "dolfinx": of("dolfinx"),
            "Python": of("python"),
        },
    }


def swelling_facts(results: Results) -> dict[str, Any] | None:
    """Give everything that the section needs for cases that only swell; None without results."""
    if not results.finished:
        return None
    swelling = [case.result["case"]["swelling"] for case in results.finished]
    return shared_facts(results) | {
        "swells": joined(sorted({each["region"] for each in swelling})),
        "change": all_of(results, "case", "swelling", "volume_change"),
        "back": any(each.get("back") for each in swelling),
    }
