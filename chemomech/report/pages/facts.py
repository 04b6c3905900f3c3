"""Numbers and texts of "How it was computed": protocol, flaws, mesh, iterations, balances, versions."""

import statistics

from chemomech.report.results import pretty_unit
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
DEGREES = {1: "linear", 2: "quadratic"}
MOST_PROTOCOLS = 3  # that are written out


def all_of(results, *keys, scale=1.0, digits=3):
    """A value of the results that may differ between cases, as text: one number or a range."""
    found = set()
    for case in results.finished:
        value = case.result
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


def protocol_text(entries):
    """A protocol as it is written, on one line: "Rest for 1 h; 50 × (Charge ...; Discharge ...)"."""
    parts = []
    for entry in entries:
        if isinstance(entry, dict):
            inside = protocol_text(entry["steps"])
            parts.append(inside if entry["repeat"] == 1 else f"{entry['repeat']} × ({inside})")
        else:
            parts.append(pretty_unit(entry))
    return "; ".join(parts)


def protocols_of(results):
    """The protocols of the finished cases, each once, those beyond MOST_PROTOCOLS as a count."""
    texts = list(
        dict.fromkeys(
            protocol_text(case.result["case"]["cycle"]["protocol"]) for case in results.finished
        )
    )
    shown = [f"“{text}”" for text in texts[:MOST_PROTOCOLS]]
    rest = len(texts) - len(shown)
    return joined([*shown, *([f"{rest} more that differ in what varies"] if rest else [])])


def celsius_of(results):
    """Temperature of the cell [degC] where the protocol names none, or its range."""
    found = {case.result["case"]["cycle"]["temperature"] - 273.15 for case in results.finished}
    low, high = number(min(found), 4), number(max(found), 4)
    return low if low == high else f"{low} to {high}"


def facts_of(results):
    """Everything that the page's section needs, or None without results."""
    if not results.finished:
        return None
    cases = [case.result for case in results.finished]

    def of(*keys, **style):
        return all_of(results, *keys, **style)

    ratios = [result.get("viscous_over_fracture", 0.0) for result in cases]
    flaw, cycle, solver = ("case", "flaw"), ("case", "cycle"), ("case", "solver")
    feedback = {result["case"]["solver"].get("feedback", "contact_and_stress") for result in cases}
    return {
        "fixture": ", ".join(
            FIXTURES.get(name, name) for name in of("case", "stack", "fixture").split(", ")
        ),
        "degree": " or ".join(
            DEGREES[d] for d in sorted({r["case"]["solver"]["displacement_degree"] for r in cases})
        ),
        "feedback": ", or ".join(FEEDBACK[name] for name in sorted(feedback) if name in FEEDBACK),
        "plane": any(result.get("dimension", 2) == 2 for result in cases),
        "spatial": any(result.get("dimension", 2) == 3 for result in cases),
        "wired": any(result["case"].get("electrons", "wired") == "wired" for result in cases),
        "resolved": any(result["case"].get("electrons", "wired") == "resolved" for result in cases),
        "protocols": protocols_of(results),
        "jumps": of("solver", "cycles_skipped") not in ("0", "–"),
        "jump": of(*cycle, "jump"),
        "skipped": of("solver", "cycles_skipped"),
        "start": of("cycle", "stoichiometry_start"),
        "charged": of("cycle", "stoichiometry_charged"),
        "discharged": of("cycle", "stoichiometry_discharged"),
        "capacity": of("cycle", "capacity_mAh_cm2"),
        "hours": of("cycle", "half_cycle_h"),
        "current": of("cycle", "current_density_mA_cm2"),
        "temperature": celsius_of(results),
        "viscosity": of(*solver, "viscosity", scale=100.0),
        "flaw_depth": of(*flaw, "depth", scale=1.0 / MICROMETRE),
        "flaw_scale": of(*flaw, "depth_scale", scale=1.0 / MICROMETRE),
        "flaw_shape": of(*flaw, "depth_shape"),
        "flaw_density": of(*flaw, "density", scale=CENTIMETRE**2),
        "flaw_area": of(*flaw, "area", scale=1.0 / CENTIMETRE**2),
        "samples": of("case", "uncertainty", "samples"),
        "toughness_spread": of("case", "uncertainty", "fracture_toughness", scale=100.0),
        "resistance_factor": of("case", "uncertainty", "anode_resistance"),
        "hardness_factor": of("case", "uncertainty", "lithium_hardness"),
        "depth_factor": of("case", "uncertainty", "flaw_depth"),
        "creep_factor": of("case", "uncertainty", "creep_rate"),
        "flaw_width": of(*flaw, "width", scale=1.0 / MICROMETRE),
        "shorts": bool(results.table["time_to_short_h"].notna().any()),
        "unknowns": of("solver", "unknowns", digits=6),
        "chemical_unknowns": of("solver", "unknowns_electrochemistry", digits=6),
        "cells": of("solver", "cells", digits=6),
        "steps": of("solver", "steps"),
        "splitting_filling": of("solver", "splitting_stoichiometry", digits=2),
        "splitting_voltage": of("solver", "splitting_mV", digits=2),
        "rounds": of("solver", "rounds"),
        "newton": of("solver", "newton_iterations"),
        "chemical_newton": of("solver", "newton_iterations_electrochemistry", digits=4),
        "energy_gate": of("case", "gates", "energy_balance"),
        "charge_gate": of("case", "gates", "charge_balance"),
        "lithium_gate": of("case", "gates", "lithium_balance"),
        **{
            f"{name}_error": number(results.table[f"{name}_balance_error"].max())
            for name in ("energy", "charge", "lithium", "power")
        },
        "viscous": number(100 * max(ratios)),
        "viscous_median": number(100 * statistics.median(ratios)),
        "plating": number(results.table["plating_pressure_MPa"].max()),
        "versions": {
            "chemomech": of("chemomech"),
            "dolfinx": of("dolfinx"),
            "Python": of("python"),
        },
    }
