"""Folders of studies as the report reads them, written on the spot without a run."""

import json
from dataclasses import asdict

import meshio
import numpy as np
import pandas as pd

from chemomech.geometry import Microstructure
from chemomech.geometry.mesh.write import write_msh
from chemomech.report.losses import PARTS
from chemomech.report.pages.answer import answer_of
from chemomech.report.reading import read_results
from chemomech.study.window import Limit, safe_window

UM = 1e-6


PRESSURES = (1.0, 10.0, 100.0, 1000.0)


K_LIMIT = Limit("max_K_over_KIc", 1.0, True, "K")


LOSS_LIMIT = Limit("voltage_loss_mV", 100.0, True, "loss")


SHARE_LIMIT = Limit("capacity_share", 0.7, False, "share")


MATERIALS = {"lithium": "lithium", "separator": "Li6PS5Cl", "active": "NMC811"}


INTERFACES = {"active|separator": "NMC811|Li6PS5Cl", "lithium|separator": "lithium|Li6PS5Cl"}


PROTOCOL = [
    {
        "repeat": 1,
        "steps": ["Charge at 0.2 mA/cm^2 until 4.3 V", "Discharge at 0.2 mA/cm^2 until 3.5 V"],
    }
]


GEOMETRY = {"recipe": "layered_cell", "seed": 1, "width": 2e-5}


READ = {
    "bulk": {
        "lithium": ["molar_volume", "yield_strength", "young_modulus"],
        "separator": ["fracture_toughness", "ionic_conductivity", "young_modulus"],
        "active": ["diffusivity", "volume_change", "young_modulus"],
    },
    "interfaces": {
        "active|separator": ["exchange_current_density", "stiffness", "strength"],
        "lithium|separator": ["film_resistance", "initial_damage", "roughness"],
    },
}


# A window from 10 to 100 MPa: plating drives the flaw below it, the stack pressure above.
USUAL = {
    "max_K_over_KIc": (10.0, 0.1, 0.1, 10.0),
    "max_K_static_over_KIc": (0.1, 0.01, 0.09, 9.0),
    "contact_fraction_anode": (0.01, 0.1, 1.0, 1.0),
    "contact_fraction_cathode": (0.1, 0.15, 0.2, 0.25),
    "interfacial_resistance_cathode_ohm_cm2": (400.0, 300.0, 200.0, 100.0),
    "interfacial_resistance_anode_ohm_cm2": (40.0, 30.0, 20.0, 10.0),
    "ionic_resistance_ohm_cm2": (4.0,) * 4,
    "voltage_loss_mV": (88.8, 66.8, 44.8, 22.8),
    "discharge_capacity_mAh_cm2": (1.2, 1.25, 1.3, 1.35),
    "capacity_share": (0.8, 0.83, 0.87, 0.9),
    "penetration_risk": (1.0, 0.0, 0.0, 1.0),
    "critical_current_density_mA_cm2": (0.02, 2.0, 2.0, 0.0),
    "plating_pressure_MPa": (150.0, 20.0, 10.0, 9.0),
    "p10_max_K_over_KIc": (5.0, 0.05, 0.05, 5.0),
    "p50_max_K_over_KIc": (10.0, 0.1, 0.1, 10.0),
    "p90_max_K_over_KIc": (20.0, 2.0, 0.5, 20.0),
    "energy_balance_error": (1e-3,) * 4,
    "charge_balance_error": (1e-11,) * 4,
    "lithium_balance_error": (1e-15,) * 4,
    "wall_time_s": (5.0,) * 4,
    "max_G_over_Gc": (100.0, 0.01, 0.01, 100.0),
}


def square_field(folder, opening=0.05, plated=0.0):
    """Fields of two squares of 10 um, one on the other; the upper is lifted by opening and plating
    [um]."""
    x = np.array([[0, 0], [1, 0], [1, 1], [0, 1], [0, 1], [1, 1], [1, 2], [0, 2]]) * 10 * UM
    points = np.pad(x, ((0, 0), (0, 1)))
    displacement = np.zeros_like(points)
    displacement[4:, 1] = (opening + plated) * UM
    triangles = np.array([[0, 1, 2], [0, 2, 3], [4, 5, 6], [4, 6, 7]])
    data = {
        "region": [1, 1, 2, 2],
        "particle": [0, 0, -1, -1],
        "stress_xx_Pa": [2e6] * 4,
        "stress_yy_Pa": [4e6] * 4,
    }
    folder.mkdir(parents=True)
    stoichiometry = np.array([0.3, 0.3, 0.3, 0.6, 0, 0, 0, 0])
    face = {"conducting_fraction": 0.3, "opening_m": opening * UM, "overpotential_V": -0.02}
    for state in ("charged", "discharged"):
        meshio.Mesh(
            points,
            [("triangle", triangles)],
            {"displacement_m": displacement, "stoichiometry": stoichiometry},
            {name: [np.array(values)] for name, values in data.items()},
        ).write(folder / f"cell_{state}.vtu")
        meshio.Mesh(
            points[2:4],
            [("line", np.array([[0, 1]]))],
            {"displacement_m": displacement[2:4]},
            {name: [np.array([value])] for name, value in face.items()},
        ).write(folder / f"interfaces_{state}.vtu")


def square_mesh(path):
    """A mesh file of two squares of 10 um, regions "lower" and "upper", face "bottom"."""
    points = np.array([[0, 0], [1, 0], [1, 1], [0, 1], [1, 2], [0, 2]]) * 10.0 * UM
    mesh = Microstructure(
        points,
        np.array([[0, 1, 2], [0, 2, 3], [3, 2, 4], [3, 4, 5]]),
        np.array([1, 1, 2, 2]),
        {"lower": 1, "upper": 2},
        np.full(4, -1),
        {},
        {"bottom": np.array([[0, 1]])},
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    write_msh(mesh, path)


def result_of(pressure):
    """What a run writes into result.json, as far as the report reads it."""
    return {
        "inputs_hash": f"{int(pressure * 1000):016d}",
        "chemomech": "0.1.0",
        "dolfinx": "0.9",
        "python": "3.13",
        "summary": {},
        "contact_fraction_by_particle_charged": {"0": 0.2, "1": 0.3},
        "utilisation_by_particle": {"0": 0.8, "1": 0.9},
        "viscous_over_fracture": 0.2,
        "materials": {},
        "read": READ,
        "gates_failed": [],
        "cycle": {
            "stoichiometry_start": 0.9,
            "stoichiometry_discharged": 0.9,
            "stoichiometry_charged": 0.3,
            "capacity_mAh_cm2": 1.4,
            "half_cycle_h": 7.0,
            "current_density_mA_cm2": 0.2,
        },
        "solver": {
            "steps": 40,
            "rounds": 120,
            "newton_iterations": 150,
            "newton_iterations_electrochemistry": 700,
            "unknowns": 1000,
            "unknowns_electrochemistry": 500,
            "cells": 300,
            "cycles_skipped": 0,
        },
        "case": {
            "geometry": GEOMETRY,
            "materials": MATERIALS,
            "interfaces": INTERFACES,
            "cycle": {
                "protocol": PROTOCOL,
                "temperature": 298.15,
                "initial_stoichiometry": 0.9,
                "jump": 0.0,
            },
            "flaw": {
                "depth": 1e-5,
                "depth_scale": 3.8e-6,
                "depth_shape": 2.0,
                "density": 1e7,
                "area": 1e-4,
            },
            "gates": {"energy_balance": 0.02, "charge_balance": 1e-6, "lithium_balance": 1e-8},
            "solver": {"displacement_degree": 2, "viscosity": 0.01},
            "stack": {"fixture": "constant_pressure", "pressure": pressure * 1e6},
            "uncertainty": {
                "samples": 400,
                "fracture_toughness": 0.17,
                "anode_resistance": 2.0,
                "lithium_hardness": 1.5,
                "flaw_depth": 1.3,
            },
        },
    }


# Parts of the resistance [ohm cm2] in time_table: at rest, through the charge and through the
# discharge.
SHARES = {
    "ionic": 4.0,
    "electronic": 0.0,
    "transfer": 20.0,
    "contact": 40.0,
    "film": 6.0,
    "lithium": 30.0,
}


def time_table(cycles=1, shares=SHARES, ended="limit", concentration=0.0):
    """A time series: rest, then cycles: charge from 0.9 to 0.4, discharge to 0.8; resistance
    doubles at the end."""
    rows = [
        {
            "cycle": 0 if cycles > 1 else 1,
            "step_ended": "",
            "x": 0.9,
            "current": 0.0,
            "size": np.nan,
        }
    ]
    for cycle in range(1, cycles + 1):
        for sign, start, end in ((-1.0, 0.9, 0.4), (1.0, 0.4, 0.8)):
            for share, size in ((0.5, 1.0), (1.0, 1.0 if sign < 0 else 2.0)):
                rows.append(
                    {
                        "cycle": cycle,
                        "step_ended": ended if share == 1.0 else "",
                        "x": start + share * (end - start),
                        "current": 0.2 * sign,
                        "size": size,
                    }
                )
    table = pd.DataFrame(rows).rename(
        columns={"x": "stoichiometry", "current": "current_density_mA_cm2"}
    )
    size, current = table.pop("size"), table["current_density_mA_cm2"]
    resistances = {column: shares[part] * size for part, column in PARTS.items()}
    equilibrium = 4.5 - table["stoichiometry"]
    loss = sum(resistances.values()) * current.abs()
    steps = np.diff(table["stoichiometry"], prepend=0.9)
    return table.assign(
        time_h=3.5 * np.arange(len(table)),
        charge_mAh_cm2=1.4 / 0.6 * np.cumsum(steps),
        equilibrium_potential_V=equilibrium,
        concentration_mV=np.where(current != 0.0, -concentration * np.sign(current), np.nan),
        stress_mV=np.where(current != 0.0, 0.0, np.nan),
        voltage_loss_mV=loss,
        voltage_V=equilibrium - np.sign(current) * (loss.fillna(0.0) + concentration) * 1e-3,
        stack_pressure_MPa=5.0,
        contact_fraction_cathode=0.5,
        contact_fraction_anode=0.4,
        thickness_change_um=0.5,
        largest_opening_um=0.05,
        **resistances,
    )


def cycle_table(count=1):
    """What a run writes into cycles.csv."""
    names = (
        "state_of_health",
        "discharge_capacity_mAh_cm2",
        "resistance_ohm_cm2",
        "efficiency_energy",
        "contact_fraction_cathode",
        "contact_fraction_anode",
        "mean_damage_cathode",
        "thickness_change_um",
    )
    cycle = np.arange(count + 1)
    return pd.DataFrame({"cycle": cycle, **{name: 1.0 / (1 + cycle) for name in names}})


def make_study(
    folder,
    changes=None,
    limits=(K_LIMIT, LOSS_LIMIT),
    failed=(),
    fields=False,
    vary=None,
    window=True,
    series=None,
):
    """Write a study's folder. changes: column -> values by case; failed: indices; vary: key ->
    values.

    series: what time_table takes.
    """
    vary = vary or {"stack.pressure": [f"{p:g} MPa" for p in PRESSURES]}
    grid = [dict(zip(vary, combination, strict=True)) for combination in product_of(vary)]
    columns = USUAL | (changes or {})
    rows, cases = [], []
    for i, values in enumerate(grid):
        label, code = f"{i:03d}_case", 3 if i in failed else 0
        pressure = PRESSURES[i] if "stack.pressure" in vary and len(vary) == 1 else 5.0
        row = {"case": label, "exit_code": code, "stack_pressure_MPa": pressure}
        cases.append(
            {
                "label": label,
                "exit_code": code,
                "message": "no convergence at 0.5 <b>" if code else "",
                "values": values,
            }
        )
        if not code:
            row |= {name: column[i % 4] for name, column in columns.items()}
            row |= {
                f"p{share}_{name}": row[name]
                for name in ("penetration_risk", "critical_current_density_mA_cm2")
                for share in (10, 50, 90)
            }
            place = folder / "cases" / label
            place.mkdir(parents=True)
            (place / "result.json").write_text(json.dumps(result_of(pressure)))
            time_table(**(series or {})).to_csv(place / "timeseries.csv", index=False)
            cycle_table((series or {}).get("cycles", 1)).to_csv(place / "cycles.csv", index=False)
            if fields:
                square_field(place / "fields")
        rows.append(row)
    folder.mkdir(exist_ok=True)
    table = pd.DataFrame(rows)
    table.to_csv(folder / "summary.csv", index=False)
    found = None
    if window and list(vary) == ["stack.pressure"] and len(failed) < len(grid):
        good = table.dropna(subset=["max_K_over_KIc"])
        x, values = (
            good["stack_pressure_MPa"].tolist(),
            {name: good[name].tolist() for name in columns},
        )
        found = asdict(safe_window(x, values, limits)) | {
            "limits": [asdict(limit) for limit in limits],
            "each": {limit.label: asdict(safe_window(x, values, [limit])) for limit in limits},
        }
    manifest = {
        "name": "A <study>",
        "description": "d",
        "vary": vary,
        "window": found,
        "cases": cases,
    }
    (folder / "study.json").write_text(json.dumps(manifest))
    return folder


def product_of(vary):
    combinations = [()]
    for values in vary.values():
        combinations = [(*head, value) for head in combinations for value in values]
    return combinations


def answer_for(folder, **choices):
    """Answer and all its text of a study that is written on the spot."""
    answer = answer_of(read_results(make_study(folder / "study", **choices)))
    return answer, " ".join(
        [answer.headline, *(f"{title}: {text}" for title, text in answer.points)]
    )
