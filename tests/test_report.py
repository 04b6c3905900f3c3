"""The report: its words follow the numbers, it survives failed cases and missing files, is one
whole file."""

import hashlib
import json
import math
import re
from dataclasses import asdict
from types import SimpleNamespace

import meshio
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.image import imread

from chemomech.geometry import GeometryError, read_msh
from chemomech.geometry.mesh.write import write_msh
from chemomech.materials import load_material
from chemomech.report import ResultError, write_report
from chemomech.report.axes import build_axis, pretty_unit
from chemomech.report.figures.cutaway import cut_surface
from chemomech.report.figures.fields import (
    exaggeration,
    nice_below,
    outlines,
    plated_at,
    read_field,
)
from chemomech.report.figures.mesh import (
    cell_colours,
    region_colours,
    region_texts,
    round_length,
    save_mesh_picture,
)
from chemomech.report.figures.series import (
    discharges,
    shown_part,
    timeseries_figure,
    without_plated,
)
from chemomech.report.figures.stoichiometry import hosts, largest, near, uneven
from chemomech.report.figures.style import spread
from chemomech.report.figures.voltage import drawn_cycles, voltage_figure
from chemomech.report.inputs import study_inputs
from chemomech.report.losses import CAUSES, PARTS, missing, worst_instant
from chemomech.report.pages.answer import answer_of
from chemomech.report.pages.facts import protocol_text
from chemomech.report.pages.flaws import flaw_rows
from chemomech.report.pages.mechanism import at_pressure
from chemomech.report.reading import read_results
from chemomech.report.words import number, percent
from chemomech.study.window import Limit, safe_window
from compare import approx
from meshes import box

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
        "lithium|separator": ["contact_hardness", "film_resistance", "initial_damage"],
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
    """A mesh file of two squares of 10 um, regions "lower" and "upper", face "bottom", written by
    meshio."""
    points = (
        np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0], [1, 2, 0], [0, 2, 0]]) * 10.0 * UM
    )
    cells = [
        ("line", np.array([[0, 1]])),
        ("triangle", np.array([[0, 1, 2], [0, 2, 3], [3, 2, 4], [3, 4, 5]])),
    ]
    tags = [np.array([3]), np.array([1, 1, 2, 2])]
    names = {"lower": np.array([1, 2]), "upper": np.array([2, 2]), "bottom": np.array([3, 1])}
    mesh = meshio.Mesh(
        points, cells, cell_data={"gmsh:physical": tags, "gmsh:geometrical": tags}, field_data=names
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    meshio.write(path, mesh, file_format="gmsh22", binary=False)


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
    grid = [dict(zip(vary, combination, strict=True)) for combination in _product(vary)]
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


def _product(vary):
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


# --- the words follow the numbers ----------------------------------------------------------------


def test_a_window_names_its_edges_and_what_limits_each_side(tmp_path):
    """Would fail if the sides' mechanisms were hard-wired, swapped, or their shares not read at the
    edge."""
    answer, text = answer_for(tmp_path)
    assert (answer.low, answer.high) == approx((math.sqrt(10.0), math.sqrt(1e5)))
    assert answer.headline.startswith("Safe between 3.2 and 316 MPa")
    assert answer.left == "loses contact: plating through few spots"
    assert answer.right == "lithium pressed into flaws"
    # Static over total at the low edge: sqrt(0.1 * 0.01) over 1; at the high edge sqrt(0.09 * 9)
    # over 1.
    assert "97 % of the crack drive, stack pressure itself 3 %" in text
    assert "about 90 % of the crack drive, plating overpressure 10 %" in text
    assert "only 3 % of the face conducts" in text


def test_plating_at_full_contact_is_not_called_poor_contact(tmp_path):
    """Would fail if a plating-driven side always blamed the contact."""
    answer, text = answer_for(tmp_path, changes={"contact_fraction_anode": (0.95, 1.0, 1.0, 1.0)})
    assert answer.left == "plating overpressure at full contact"
    assert "poor lithium contact" not in text


def test_mechanisms_follow_the_static_share_on_either_side(tmp_path):
    """Would fail if the low side were always plating and the high side always the stack."""
    answer, _ = answer_for(
        tmp_path,
        changes={
            "max_K_static_over_KIc": (9.0, 0.09, 0.01, 0.1),
            "contact_fraction_anode": (0.5, 0.5, 0.5, 0.5),
        },
    )
    assert answer.left == "lithium pressed into flaws"
    assert answer.right == "loses contact: plating through few spots"


@pytest.mark.parametrize(
    ("part", "contact", "label", "words"),
    [
        ("contact", 0.1, "cathode loses contact", "the cathode's lost contact"),
        ("transfer", 1.0, "cathode's charge transfer", "charge transfer at the cathode"),
        ("film", 1.0, "film on the cathode resists", "the film on the cathode"),
        ("lithium", 0.1, "lithium loses contact", "the lithium interface"),
        ("lithium", 1.0, "lithium interface resists", "the lithium interface"),
        ("ionic", 0.1, "electrolyte resists", "the electrolyte"),
        ("electronic", 0.1, "electrons' way resists", "the way of the electrons"),
    ],
)
def test_voltage_loss_names_the_part_that_takes_it(tmp_path, part, contact, label, words):
    """Would fail if the part with the largest share at the worst instant were not the one named."""
    answer, text = answer_for(
        tmp_path,
        limits=(LOSS_LIMIT,),
        changes={
            "voltage_loss_mV": (400.0, 25.0, 10.0, 5.0),
            "contact_fraction_cathode": (contact,) * 4,
            "contact_fraction_anode": (contact,) * 4,
        },
        series={"shares": dict.fromkeys(PARTS, 1.0) | {part: 995.0}},
    )
    assert answer.left == label
    assert answer.low == approx(math.sqrt(10.0))
    assert answer.right is None
    assert f"100 % of the voltage loss at its worst instant goes to {words}" in text
    assert "None of the limits depends on the inputs that were sampled" in text


def test_voltage_loss_names_a_second_part_that_counts(tmp_path):
    """Would fail if the shares were of another sum than that of the parts, or a large second part
    were kept quiet."""
    _, text = answer_for(
        tmp_path, limits=(LOSS_LIMIT,), changes={"voltage_loss_mV": (400.0, 25.0, 10.0, 5.0)}
    )
    assert (
        "40 % of the voltage loss at its worst instant goes to the cathode's lost contact, 30 % to "
        "the lithium interface and 20 % to charge transfer at the cathode; 12 % of the cathode "
        "interface conducts"
    ) in text


@pytest.mark.parametrize(
    ("series", "label", "words"),
    [
        (
            {},
            "cathode loses contact",
            "40 % through the cathode's lost contact, 30 % through the lithium interface",
        ),
        (
            {"concentration": 2000.0},
            "uneven stoichiometry",
            "99 % through the particles' uneven stoichiometry",
        ),
        ({"ended": "time"}, "steps end by time", "100 % through steps that end by their time"),
        ({"ended": ""}, "all contact is lost", "100 % through contact that is lost altogether"),
    ],
)
def test_missing_capacity_names_what_keeps_it_out(tmp_path, series, label, words):
    """Would fail if stress in particles were blamed on contact, or time on either; 0.1/0.6 is
    missing at both ends."""
    answer, text = answer_for(
        tmp_path,
        limits=(SHARE_LIMIT,),
        changes={"capacity_share": (0.49, 1.0, 1.0, 1.0)},
        series=series,
    )
    assert answer.left == label and answer.low == approx(math.sqrt(10.0))
    assert "Capacity share ≥ 0.7 is no longer met" in text
    assert f"33 % of what fits between the voltages stays unused, of that {words}" in text
    assert (
        "of what the active material holds at equilibrium between the protocol's voltages" in text
    )


def test_an_open_window_says_so(tmp_path):
    """Would fail if an edge at the end of the range were given as a limit."""
    answer, text = answer_for(tmp_path, changes={"max_K_over_KIc": (0.5,) * 4})
    assert answer.headline.startswith("Safe at every stack pressure computed, 1 to 1000 MPa")
    assert answer.left is answer.right is None
    answer, text = answer_for(tmp_path / "half", changes={"max_K_over_KIc": (10.0, 0.1, 0.1, 0.1)})
    assert "open at the high end, 1000 MPa" in answer.headline
    assert "High side: Open: every limit still holds at 1000 MPa" in text


def test_an_empty_window_names_the_limit_that_blocks_and_its_best_value(tmp_path):
    """Would fail if the report claimed a window that the study does not have."""
    answer, text = answer_for(tmp_path, changes={"max_K_over_KIc": (10.0, 3.0, 2.0, 10.0)})
    assert answer.empty
    assert answer.headline == (
        "No safe stack pressure between 1 and 1000 MPa, with best values of the inputs: "
        "K/K_Ic ≤ 1 for the named flaw is met nowhere."
    )
    assert "at best 2, at 100 MPa" in text
    assert answer.left == "loses contact: plating through few spots"
    assert answer.right == "lithium pressed into flaws"


def test_limits_that_hold_only_apart_are_told_from_one_that_never_holds(tmp_path):
    """Would fail if an empty window were always blamed on a single limit."""
    answer, text = answer_for(
        tmp_path,
        changes={
            "max_K_over_KIc": (0.1, 0.1, 10.0, 10.0),
            "voltage_loss_mV": (1000.0, 1000.0, 10.0, 10.0),
        },
    )
    assert "each limit holds somewhere, but never all at one pressure" in answer.headline
    assert "K/K_Ic ≤ 1 for the named flaw alone holds up to 32 MPa" in text
    assert "Voltage loss ≤ 100 mV alone holds from 32 MPa up" in text


def test_how_sure_takes_the_percentiles_against_the_limit(tmp_path):
    """Would fail if the 10th and 90th percentile were swapped or the best value used for both."""
    answer, text = answer_for(tmp_path)
    assert "in at least nine draws of ten: 32 to 154 MPa" in text  # 2 -> 0.5 and 0.5 -> 20 across 1
    assert "in at least one draw of ten: 2.2 to 447 MPa" in text
    assert "32 to 154 MPa in nine draws of ten" in answer.headline
    answer, text = answer_for(
        tmp_path / "never", changes={"p90_max_K_over_KIc": (20.0, 3.0, 1.7, 20.0)}
    )
    assert "no pressure is safe in nine draws of ten" in answer.headline
    assert "nowhere (K/K_Ic at that percentile is at best 1.7, at 100 MPa)" in text


def test_a_risk_that_is_no_limit_is_told_with_what_was_computed_and_what_interpolated(tmp_path):
    """Would fail if an interpolated risk were passed off as a computed one, or a risk were kept
    quiet."""
    _, text = answer_for(tmp_path, changes={"penetration_risk": (1.0, 0.04, 0.01, 1.0)})
    assert (
        "at most 4 % in the cases inside the window and, interpolated, up to 20 % at its edges"
        in text
    )


def test_values_between_cases_are_interpolated_in_logarithms():
    """Would fail with linear interpolation, or if a zero were taken to its logarithm."""
    rows = pd.DataFrame({"place": [1.0, 100.0], "a": [1.0, 100.0], "b": [0.0, 1.0]})
    assert at_pressure(rows, "a", 10.0) == approx(10.0)
    assert at_pressure(rows, "b", 10.0) == approx(0.5)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (17.79, "18"),
        (0.1, "0.1"),
        (623.9, "624"),
        (0.0994, "0.099"),
        (0.0996, "0.1"),
        (0.0, "0"),
        (2.04e-5, "2·10⁻⁵"),
        (1e-6, "1·10⁻⁶"),
        (-3.25, "−3.2"),
        (float("nan"), "–"),
        (float("inf"), "∞"),
        (None, "–"),
        (100.0, "100"),
    ],
)
def test_numbers_keep_two_digits_and_no_programmer_notation(value, text):
    """Would fail if a reader met 1e+02 or more digits than the number carries."""
    assert number(value) == text


def test_small_shares_do_not_vanish():
    """Would fail if half a per cent were shown as nothing."""
    assert [percent(share) for share in (0.0, 0.005, 0.756, 1.0)] == [
        "0 %",
        "0.5 %",
        "76 %",
        "100 %",
    ]


# --- the page -------------------------------------------------------------------------------------


def test_the_page_is_one_whole_file_with_its_figures_beside_it(tmp_path, capsys):
    """Would fail if the page needed another file, an address or a script, or a figure were not
    saved."""
    folder = make_study(tmp_path / "study", fields=True)
    geometry = hashlib.sha256(json.dumps(GEOMETRY, sort_keys=True).encode()).hexdigest()[:12]
    square_mesh(folder / "mesh" / geometry / "mesh.msh")
    shares = []
    path = write_report(folder, lambda share, what: shares.append(share))
    page = path.read_text(encoding="utf-8")
    assert path == folder / "report.html"
    assert capsys.readouterr() == ("", "")
    assert shares == sorted(shares) and shares[-1] == 1.0
    assert "http" not in page and "<script" not in page
    assert all(address.startswith("data:image/") for address in re.findall(r'src="([^"]*)"', page))
    assert all(address.startswith("#") for address in re.findall(r'href="([^"]*)"', page))
    names = ("window", "voltage", "timeseries", "fields", "stoichiometry", "particles", "mesh")
    assert len(re.findall("<img ", page)) == len(names)
    assert re.findall(r"<b>Figure (\d+)", page) == [str(i + 1) for i in range(len(names))]
    for name in names:
        picture = (folder / "figures" / f"{name}.png").read_bytes()
        assert picture[:8] == b"\x89PNG\r\n\x1a\n"
        assert int.from_bytes(picture[16:20]) == 1125  # 7.5 inches at 150 dpi
    assert "A &lt;study&gt;" in page and "<study>" not in page
    assert page.index("Safe between 3.2 and 316 MPa") < page.index("<img ")


def test_families_of_flaws_have_a_table_and_a_figure(tmp_path):
    """Would fail if a case's governing flaw were not marked, a case number were another's or a
    missing value a number."""
    folder = make_study(tmp_path / "study", failed=(0,))
    family = {
        "place": "interior",
        "region": "separator",
        "depth_um": 0.5,
        "max_G_over_Gc": 0.3,
        "K_I_MPa_sqrt_m": 0.1,
        "K_II_MPa_sqrt_m": -0.02,
        "time_h": 2.5,
        "x_um": 1.0,
        "y_um": 12.0,
        "angle_deg": 30.0,
        "warnings": ["partly shut"],
    }
    families = [
        family
        | {
            "name": "A <flaw>",
            "max_K_over_KIc": 0.55,
            "failure_probability": None,
            "life_cycles": None,
        },
        family
        | {"name": "b", "max_K_over_KIc": 0.15, "failure_probability": 0.25, "life_cycles": 1234.0},
    ]
    for place in sorted((folder / "cases").iterdir()):
        result = json.loads((place / "result.json").read_text()) | {
            "flaws": {"governs": "A <flaw>", "families": families}
        }
        (place / "result.json").write_text(json.dumps(result))
        rows = [
            {"time_h": t, "family": f["name"], "K_over_KIc": f["max_K_over_KIc"]}
            for t in (0, 1)
            for f in families
        ]
        pd.DataFrame(rows).to_csv(place / "flaws.csv", index=False)
    page = write_report(folder).read_text(encoding="utf-8")
    assert (folder / "figures" / "flaws.png").is_file()
    part = page[page.index("Which flaw governs") : page.index("Mesh and regions")]
    assert part.count('<tr class="safe"><td>') == 3 and part.count("A &lt;flaw&gt;") == 3
    assert re.findall(r"<tr[^>]*><td>(\d+)</td>", part) == ["1", "1", "2", "2", "3", "3"]
    first, second = re.findall(r"<tr.*</tr>", part)[1:3]
    assert "<td></td><td></td>" in first and "<td>0.25</td><td>1200</td>" in second.replace(
        "1234", "1200"
    )
    assert "Which flaw governs" not in write_report(make_study(tmp_path / "other")).read_text(
        encoding="utf-8"
    )


@pytest.mark.parametrize(("kind", "marked"), [("meshed", "slit"), ("family", "A")])
def test_meshed_flaws_stand_beside_the_families(kind, marked):
    """Would fail if the marked row were not the largest of families and meshed flaws, or a tip had
    another's values."""
    tip = {
        "name": "slit",
        "region": "separator",
        "length_um": 3.0,
        "max_K_over_KIc": 0.7,
        "max_G_over_Gc": 0.49,
        "K_I_MPa_sqrt_m": 0.16,
        "K_II_MPa_sqrt_m": 0.0,
        "time_h": 1.0,
        "x_um": 1.0,
        "y_um": 2.0,
        "angle_deg": 90.0,
        "warnings": [],
    }
    empty = tip | dict.fromkeys(
        ("max_K_over_KIc", "max_G_over_Gc", "K_I_MPa_sqrt_m", "K_II_MPa_sqrt_m", "time_h")
    )
    family = tip | {
        "name": "A",
        "place": "interior",
        "depth_um": 0.5,
        "failure_probability": None,
        "life_cycles": None,
    }
    found = {
        "governs": "slit",
        "max_K_over_KIc": 0.7,
        "tips": [tip, empty],
        "of_all": {"kind": kind},
    }
    rows = flaw_rows(
        [
            SimpleNamespace(
                result={"flaws": {"governs": "A", "families": [family]}, "meshed_flaws": found}
            )
        ]
    )
    assert [row["name"] for row in rows] == ["A", "slit", "slit"]
    assert [row["name"] for row in rows if row["governs"]] == [marked]
    assert rows[1]["place"] == "meshed, separator" and rows[1]["values"][:3] == [
        "1.5",
        "0.7",
        "0.49",
    ]
    assert rows[2]["values"][1:6] == [""] * 5 and len(rows[2]["values"]) == len(rows[0]["values"])


def test_failed_cases_stand_in_the_table_with_their_message(tmp_path):
    """Would fail if a failed case vanished, took part in the window or broke the page."""
    folder = make_study(tmp_path / "study", failed=(3,))
    page = write_report(folder).read_text(encoding="utf-8")
    assert "<b>failed</b>, exit code 3" in page
    assert "no convergence at 0.5 &lt;b&gt;" in page
    assert "1 of 4 cases failed and are left out" in page
    assert "open at the high end, 100 MPa" in page


def test_a_study_without_any_finished_case_still_has_a_page(tmp_path):
    """Would fail if the report assumed that something finished."""
    folder = make_study(tmp_path / "study", failed=(0, 1, 2, 3))
    page = write_report(folder).read_text(encoding="utf-8")
    assert "No case finished: all 4 failed" in page
    assert not list((folder / "figures").glob("*.png"))


def test_missing_fields_and_mesh_are_said_and_old_pictures_go(tmp_path):
    """Would fail if a report without fields showed those of an earlier one."""
    folder = make_study(tmp_path / "study")
    (folder / "figures").mkdir()
    (folder / "figures" / "fields.png").write_bytes(b"old")
    page = write_report(folder).read_text(encoding="utf-8")
    assert "No fields were saved by these cases" in page and "No mesh file was found" in page
    found = sorted(p.stem for p in (folder / "figures").iterdir())
    assert found == ["particles", "timeseries", "voltage", "window"]


def test_the_page_tells_the_protocol_and_what_the_run_took(tmp_path):
    """Would fail if the protocol, iterations or balances of a run were those of another time, or
    left out."""
    page = write_report(make_study(tmp_path / "study")).read_text(encoding="utf-8")
    assert (
        "“Charge at 0.2 mA/cm² until 4.3 V; Discharge at 0.2 mA/cm² until 3.5 V”, at 25 °C" in page
    )
    assert "1000 mechanical and 500 electrochemical unknowns" in page
    assert "40 steps, 120 rounds, 150 mechanical and 700 electrochemical iterations" in page
    assert "lithium in the active material against the charge 1·10⁻¹⁵ (gate 1·10⁻⁸)" in page
    assert "cycles were skipped" not in page and "Handed back from mechanics" not in page
    assert "every particle is wired to the terminal without resistance" in page
    nested = [
        "Rest for 1 h",
        {"repeat": 50, "steps": ["Charge at C/3 until 4.3 V", "Discharge at 1C until 3 V"]},
    ]
    assert (
        protocol_text(nested)
        == "Rest for 1 h; 50 × (Charge at C/3 until 4.3 V; Discharge at 1C until 3 V)"
    )


def test_many_cycles_get_a_figure_of_their_own(tmp_path):
    """Would fail if fifty cycles were drawn into one time series, or a single cycle over cycles."""
    folder = make_study(tmp_path / "study", series={"cycles": 5})
    page = write_report(folder).read_text(encoding="utf-8")
    assert (folder / "figures" / "cycles.png").is_file() and "Cycle by cycle" in page
    assert (
        "the last cycle from its start" in page
        and "in the first cycle (dashed) and the last" in page
    )
    rows, cycle = shown_part(time_table(cycles=5))
    assert cycle == 5 and rows["time_h"].tolist() == approx([0.0, 3.5, 7.0, 10.5, 14.0])
    assert [part["cycle"].max() for part, _ in drawn_cycles(time_table(cycles=5))] == [1, 5]
    write_report(make_study(tmp_path / "other", series={"cycles": 2}))
    assert not (tmp_path / "other" / "figures" / "cycles.png").exists()


def test_a_time_series_of_another_kind_is_refused_by_name(tmp_path):
    """Would fail if results written before the charge and discharge were computed ended in a
    traceback."""
    folder = make_study(tmp_path / "study")
    path = folder / "cases" / "001_case" / "timeseries.csv"
    pd.read_csv(path).drop(columns="voltage_V").to_csv(path, index=False)
    with pytest.raises(
        ResultError, match=r"001_case.timeseries.csv: has no column voltage_V; run the study again"
    ):
        write_report(folder)


def test_a_study_without_time_series_still_has_a_page(tmp_path):
    """Would fail if the report took the time series for granted, or made up what they would
    tell."""
    changes = {"voltage_loss_mV": (400.0, 25.0, 10.0, 5.0)}
    folder = make_study(tmp_path / "study", changes=changes, limits=(LOSS_LIMIT,))
    for path in folder.glob("cases/*/*.csv"):
        path.unlink()
    page = write_report(folder).read_text(encoding="utf-8")
    assert "No time series was found" in page
    assert "what takes the voltage is not known without a time series" in page


@pytest.mark.parametrize(
    ("vary", "picture"),
    [
        ({"cycle.current_density": ["0.1 mA/cm^2", "1 A/m^2", "0.5 mA/cm^2"]}, "window"),
        ({"materials.separator": ["Li6PS5Cl", "LLZO"]}, "window"),
        ({"cycle.temperature": ["25 degC", "60 degC"], "geometry.seed": [1, 2]}, "map"),
        ({"a.one": [1, 2], "a.two": [1, 2], "a.three": [1, 2]}, None),
    ],
)
def test_other_studies_get_panels_a_map_or_the_table(tmp_path, vary, picture):
    """Would fail if the report only knew studies of the stack pressure."""
    folder = make_study(tmp_path / "study", vary=vary)
    page = write_report(folder).read_text(encoding="utf-8")
    pictures = {path.stem for path in (folder / "figures").iterdir()}
    assert pictures - {"timeseries", "voltage", "particles"} == ({picture} if picture else set())
    assert page.count("<tr><td>") >= len(_product(vary))
    assert "a window is found when the stack pressure alone varies" in page
    assert "limits missed" not in page


def test_window_for_a_wanted_current(tmp_path):
    """Would fail if cases at other currents stood in the curve of the window, or the current were
    not named."""
    vary = {
        "cycle.current_density": ["0.2 mA/cm^2", "1 mA/cm^2"],
        "stack.pressure": [f"{p:g} MPa" for p in PRESSURES],
    }
    folder = make_study(tmp_path / "study", vary=vary)
    manifest = json.loads((folder / "study.json").read_text())
    columns = {"max_K_over_KIc": list(USUAL["max_K_over_KIc"])}
    window = asdict(safe_window(list(PRESSURES), columns, [K_LIMIT]))
    labels = [case["label"] for case in manifest["cases"]][4:]
    manifest["window"] = window | {
        "limits": [asdict(K_LIMIT)],
        "each": {K_LIMIT.label: window},
        "cases": labels,
        "current_density_mA_cm2": 1.0,
    }
    (folder / "study.json").write_text(json.dumps(manifest))
    results = read_results(folder)
    assert results.curve().index.tolist() == labels and results.curve()["place"].tolist() == list(
        PRESSURES
    )
    answer = answer_of(results)
    assert answer.headline.startswith("Safe between 3.2 and 316 MPa of stack pressure at 1 mA cm⁻²")
    assert "over 4 cases from 1 to 1000 MPa at 1 mA cm⁻²" in answer.points[-1][1]
    assert "at 1 mA cm⁻²" in write_report(folder).read_text(encoding="utf-8")


def test_axes_convert_to_the_first_unit():
    """Would fail if values in mixed units were drawn by their bare numbers."""
    axis = build_axis("cycle.current_density", ["0.1 mA/cm^2", "5 A/m^2"])
    assert axis.places == approx((0.1, 0.5)) and axis.label == "current density [mA/cm²]"
    pressure = build_axis("stack.pressure", ["500 kPa", "10 MPa"])
    assert (
        pressure.places == approx((0.5, 10.0)) and pressure.logarithmic and pressure.unit == "MPa"
    )
    names = build_axis("materials.separator", ["Li6PS5Cl", "LLZO"])
    assert not names.numeric and names.text("LLZO") == "LLZO"
    assert pretty_unit("0.23 MPa*m^0.5") == "0.23 MPa √m"


def test_shown_cases_are_the_ends_and_the_middle_of_the_window(tmp_path):
    """Would fail if the middle case were picked by its number instead of the window."""
    changes = {"max_K_over_KIc": (10.0, 0.5, 10.0, 10.0)}
    results = read_results(make_study(tmp_path / "study", changes=changes))
    assert [case.title for case in results.shown_cases()] == ["1 MPa", "10 MPa", "1000 MPa"]


@pytest.mark.parametrize(
    "harm", ["folder", "study", "json", "list", "cut", "table", "rows", "result", "keys"]
)
def test_a_folder_that_holds_no_study_is_refused_by_name(tmp_path, harm):
    """Would fail if a user met a traceback, or a half-written page."""
    folder = make_study(tmp_path / "study")
    target = {
        "folder": "",
        "study": "study.json",
        "json": "study.json",
        "list": "study.json",
        "cut": "study.json",
        "table": "summary.csv",
        "rows": "summary.csv",
    }.get(harm, "cases/000_case/result.json")
    if harm == "folder":
        folder = tmp_path / "nothing"
    elif harm in ("study", "table"):
        (folder / target).unlink()
    else:
        (folder / target).write_text(
            {
                "json": "{",
                "list": "[]",
                "cut": '{"vary": {"a": [1]}}',
                "rows": "case\nother\n",
                "result": "{",
                "keys": "{}",
            }[harm]
        )
    with pytest.raises(ResultError) as refused:
        write_report(folder)
    assert refused.value.exit_code == 2
    assert str(folder if harm in ("folder", "study") else folder / target) in str(refused.value)
    assert not (folder / "report.html").exists()


# --- inputs ---------------------------------------------------------------------------------------


def test_inputs_are_those_of_the_library_and_only_taken_ones_are_counted(tmp_path):
    """Would fail if a value were lost, counted twice, or an unused one counted."""
    inputs = study_inputs(read_results(make_study(tmp_path / "study")))
    names = [*MATERIALS.values(), *INTERFACES.values()]
    assert len(inputs.rows) == sum(len(load_material(name).properties) for name in names)
    taken = {(row.owner.split(" (")[0], row.name) for row in inputs.rows if row.taken}
    assert ("Li6PS5Cl", "fracture toughness") in taken and (
        "NMC811",
        "fracture toughness",
    ) not in taken
    assert ("lithium", "molar volume") in taken and ("lithium", "creep rate") not in taken
    assert ("NMC811|Li6PS5Cl", "strength") in taken and ("lithium", "hardness") not in taken
    assert inputs.count() == sum(
        inputs.count(word) for word in ("primary source", "secondary source", "estimate", "user")
    )
    lists = [names for part in READ.values() for names in part.values()]
    assert inputs.count() == len(taken) == sum(len(names) for names in lists)
    assert inputs.unrecorded == 0
    toughness = next(row for row in inputs.rows if row.name == "fracture toughness" and row.taken)
    assert toughness.provenance == "estimate" and toughness.value.startswith("0.23 MPa √m ± 0.04")


def test_second_hand_values_carry_a_dagger_and_overrides_their_origin(tmp_path):
    """Would fail if a value of a secondary source looked like one seen in its paper."""
    folder = make_study(tmp_path / "study")
    for place in (folder / "cases").iterdir():
        (place / "case.toml").write_text(
            '[materials]\nlithium = "lithium"\nactive = "no such thing"\n'
            'separator = { base = "Li6PS5Cl", young_modulus = "30 GPa" }\n'
            '[interfaces]\n"lithium|separator" = "lithium|Li6PS5Cl"\n'
        )
    page = write_report(folder).read_text(encoding="utf-8")
    assert re.search(
        r">contact hardness</td><td[^>]*>43 MPa †</td><td[^>]*>secondary source †</td>", page
    )
    assert re.search(r">young modulus</td><td[^>]*>30 GPa</td><td[^>]*>case file</td>", page)
    assert "Could not be read again: active:" in page
    assert "1 are the case file" in page


# --- figures --------------------------------------------------------------------------------------


def test_a_mesh_picture_is_written_with_names_and_heights(tmp_path):
    """Would fail if regions lost their names or heights were not in micrometres."""
    square_mesh(tmp_path / "mesh.msh")
    save_mesh_picture(tmp_path / "mesh.msh", tmp_path / "mesh.png")
    assert (tmp_path / "mesh.png").read_bytes()[:4] == b"\x89PNG"
    assert region_texts(read_msh(tmp_path / "mesh.msh")) == {
        "lower": "lower, 10 µm high",
        "upper": "upper, 10 µm high",
    }
    with pytest.raises(GeometryError):
        save_mesh_picture(tmp_path / "none.msh", tmp_path / "none.png")


def test_the_cut_surface_closes_what_the_octant_opened():
    """Would fail if pieces were lost, doubled, left in the octant, or shown in the colour of
    another region."""
    mesh = box((3, 4, 3), size=(1.0, 2.0, 3.0), region_of=lambda x: "low" if x[2] < 1.0 else "high")
    surface = cut_surface(mesh.points, mesh.cells, mesh.facet_table)
    areas, normals = [], []
    for polygon in surface.polygons:
        corner = np.cross(polygon[1:-1] - polygon[0], polygon[2:] - polygon[0]).sum(axis=0)
        areas.append(0.5 * np.linalg.norm(corner))
        normals.append(corner / np.linalg.norm(corner))
        middle = polygon.mean(axis=0)
        assert not (middle[0] > 0.501 and middle[1] < 0.999 and middle[2] > 1.501)
    assert np.abs(np.sum(np.array(normals) * surface.normal, axis=1)) == approx(np.ones(len(areas)))
    # An octant cut out of a box takes away as much surface as it lays open.
    assert np.sum(areas) == approx(2.0 * (2.0 + 3.0 + 6.0), rel=1e-9)
    assert np.array(areas) @ surface.normal == approx(np.zeros(3), abs=1e-9)
    low = np.isin(surface.owner, np.flatnonzero(mesh.region_cells("low")))
    assert np.sum(np.array(areas)[low]) == approx(2.0 + 2.0 * (1.0 + 2.0), rel=1e-9)


def test_a_body_in_space_is_drawn_without_a_screen(tmp_path):
    """Would fail if three dimensions could not be drawn, or if grains were all of one colour."""
    mesh = box(
        (3, 3, 3),
        size=(1e-5, 1e-5, 1e-5),
        region_of=lambda x: "active" if x[0] < 0.4e-5 else "electrolyte",
    )
    mesh.cell_particle[:] = mesh.points[mesh.cells].mean(axis=1)[:, 2] > 0.5e-5
    write_msh(mesh, tmp_path / "mesh.msh")
    save_mesh_picture(tmp_path / "mesh.msh", tmp_path / "mesh.png")
    pixels = np.round(imread(tmp_path / "mesh.png")[..., :3] * 255).astype(int).reshape(-1, 3)
    _colours, counts = np.unique(pixels, axis=0, return_counts=True)
    assert np.sum(counts > 3000) >= 6  # white, and the regions in different lights
    shades = cell_colours(mesh, region_colours(list(mesh.regions)))
    assert len(np.unique(shades, axis=0)) == 4  # two regions of two grains each
    mesh.cell_particle[:] = 0
    assert len(np.unique(cell_colours(mesh, region_colours(list(mesh.regions))), axis=0)) == 2


def test_lengths_of_scale_bars():
    """Would fail if a bar had a length that nobody reads off."""
    assert [round_length(each) for each in (0.99, 1.0, 4.9, 5.0, 73.0)] == approx(
        [0.5, 1.0, 2.0, 5.0, 50.0]
    )


def test_fields_are_in_micrometres_and_megapascals_and_gaps_are_exaggerated(tmp_path):
    """Would fail if a unit slipped, the stress were not the in-plane mean, or the gap did not
    open."""
    case = read_results(make_study(tmp_path / "study", fields=True)).cases[0]
    field = read_field(case)
    assert np.ptp(field.points, axis=0) == approx((10.0, 20.0))
    assert field.stress == approx(3.0)
    assert field.opening == approx(0.05)
    factor = exaggeration([field])
    assert factor == 5.0  # 0.04 * 10 um over 0.05 um is 8
    moved = field.deformed(factor)
    assert moved[4, 1] - moved[3, 1] == approx(0.25)
    # Every edge but the two diagonals: four of each square, the interface's two sides apart.
    assert len(outlines(field)) == 8
    assert field.centres() == {0: approx((5.0, 5.0))}
    assert len(field.plated) == 0


def test_plated_lithium_is_drawn_to_scale(tmp_path):
    """Would fail if micrometres of plated lithium were exaggerated with the gaps, or left as a
    gap."""
    case = read_results(make_study(tmp_path / "study")).cases[0]
    case.result["cycle"]["plated_lithium_um"] = (
        7.2  # of 1.4 mAh/cm2; five sixths of it pass in the charge
    )
    square_field(case.folder / "fields", plated=6.0)
    assert plated_at(case, "charged") == approx(6.0)
    assert plated_at(case, "discharged") == approx(7.2 / 6.0)
    field = read_field(case)
    assert field.carried == approx([0, 0, 0, 0, 6, 6, 6, 6])
    assert exaggeration([field]) == 5.0
    moved = field.deformed(5.0)
    assert moved[4, 1] - moved[3, 1] == approx(6.25)
    assert field.deformed_ends(5.0)[0, :, 1] == approx(10.0)
    assert field.plated.tolist() == [[2, 3, 4, 5]]


def test_exaggeration_steps_are_nice():
    """Would fail if a caption stated a factor such as 13.37."""
    assert [nice_below(value) for value in (0.3, 1.0, 4.9, 5.0, 19.0, 250.0)] == [
        1.0,
        1.0,
        2.0,
        5.0,
        10.0,
        200.0,
    ]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(-0.5, 1.5), min_size=1, max_size=8))
def test_labels_move_apart_and_stay_inside(places):
    """Would fail if two labels overlapped, changed their order or left the panel."""
    moved = spread(places, 0.1)
    ordered = moved[np.argsort(places, kind="stable")]
    assert np.all(np.diff(ordered) >= 0.1 - 1e-12)
    assert ordered[0] >= -1e-12 and ordered[-1] <= 1.0 + 1e-12


# --- charge and discharge -------------------------------------------------------------------------


def test_the_worst_instant_is_the_one_with_the_largest_loss():
    """Would fail if the first, the last or a resting row were taken, or each part's own worst mixed
    into one bar."""
    table = time_table()
    assert worst_instant(table).name == 4  # the end of the discharge, where resistances double
    assert worst_instant(table.iloc[:4]).name == 1
    assert worst_instant(table.iloc[:1]) is None


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.floats(0.0, 100.0), min_size=len(PARTS), max_size=len(PARTS)).filter(
        lambda parts: sum(parts) > 1e-9
    ),
    st.floats(-50.0, 50.0),
    st.sampled_from(["limit", "time"]),
)
def test_causes_add_up_to_what_is_missing(values, concentration, ended):
    """Would fail if a cause were lost, counted twice or negative: 0.1 of 0.6 is missing at either
    end."""
    table = time_table(
        shares=dict(zip(PARTS, values, strict=True)), ended=ended, concentration=concentration
    )
    found = missing(table, result_of(1.0)["cycle"])
    assert set(found) == set(CAUSES) and min(found.values()) >= 0.0
    assert sum(found.values()) == approx(0.2 / 0.6)
    assert found["time"] == approx(0.2 / 0.6 if ended == "time" else 0.0)
    assert concentration > 0.0 or found["concentration"] == 0.0


def test_missing_capacity_is_told_apart_by_end():
    """Would fail if charge and discharge were swapped, or the sign of the concentration of one of
    them."""
    table = time_table(concentration=19.2)  # 0.2 mA/cm2 times 100 ohm cm2 less 0.8 mV on charge
    table.loc[2, "stoichiometry"] = 0.3  # charged to the end: nothing is missing there
    found = missing(table, result_of(1.0)["cycle"])
    assert sum(found.values()) == approx(0.1 / 0.6)
    # Discharge: 40 mV of parts and 19.2 mV.
    assert found["concentration"] == approx(0.1 / 0.6 * 19.2 / 59.2)
    assert found["contact"] == approx(0.1 / 0.6 * 16.0 / 59.2)


def test_missing_capacity_is_that_of_the_last_cycle():
    """Would fail if the first cycle's ends were taken: here the third alone is full at both
    ends."""
    table = time_table(cycles=3)
    table.loc[table["cycle"] == 3, "stoichiometry"] = [0.6, 0.3, 0.6, 0.9]
    assert sum(missing(table, result_of(1.0)["cycle"]).values()) == approx(0.0, abs=1e-12)
    assert sum(missing(table[table["cycle"] < 3], result_of(1.0)["cycle"]).values()) == approx(
        0.2 / 0.6
    )


def test_columns_of_the_worst_instant_stand_in_the_table(tmp_path):
    """Would fail if parts were not in mV, or did not add up to the loss of the time series."""
    row = read_results(make_study(tmp_path / "study", failed=(1,))).table
    assert row.loc["000_case", "loss_contact_mV"] == approx(16.0)  # 80 ohm cm2 at 0.2 mA/cm2
    assert sum(row.loc["000_case", f"loss_{part}_mV"] for part in PARTS) == approx(40.0)
    assert row.loc["000_case", "resistance_ohm_cm2"] == approx(200.0)
    assert row.loc["001_case"].filter(like="loss_").isna().all()


def test_plated_lithium_is_taken_off_the_thickness(tmp_path):
    """Would fail if lithium that is stripped were counted as plated, or the capacity left out of
    its thickness."""
    case = read_results(make_study(tmp_path / "study")).cases[0]
    case.result["cycle"] |= {"plated_lithium_um": 7.0, "capacity_mAh_cm2": 1.4}
    table = pd.DataFrame(
        {"charge_mAh_cm2": [0.0, -0.6, -1.2, 0.02], "thickness_change_um": [0.0, 3.0, 5.9, 0.0]}
    )
    table = table.assign(stress_mV=1.0, concentration_mV=0.5)
    assert without_plated(table, case)["thickness_change_um"].tolist() == approx(
        [0.0, 0.0, -0.1, 0.1]
    )
    assert without_plated(table, case)["uneven_mV"].tolist() == [1.5] * 4


def test_discharges_are_shaded_where_current_flows_out():
    """Would fail if a step's interval began at its end, or charge and rest were shaded."""
    assert discharges(time_table()) == [(7.0, 14.0)]
    assert discharges(time_table(cycles=2)) == [(7.0, 14.0), (21.0, 28.0)]


def drawn(axis):
    """Lines of an axes as (x, y) lists."""
    return [(list(line.get_xdata()), list(line.get_ydata())) for line in axis.get_lines()]


def test_voltage_is_drawn_against_the_charge_put_in_and_bars_add_up(tmp_path):
    """Would fail if the charge ran the wrong way, the equilibrium were missing, or a part had no
    bar."""
    results = read_results(make_study(tmp_path / "study"))
    left, right = voltage_figure(results, results.shown_cases(), results.curve()).axes
    table = time_table()
    assert drawn(left)[0][0] == approx(list(-table["charge_mAh_cm2"]))
    assert max(drawn(left)[0][0]) == approx(1.4 / 0.6 * 0.5)
    assert drawn(left)[0][1] == approx(list(table["voltage_V"]))
    assert drawn(left)[1][1] == approx(list(table["equilibrium_potential_V"]))
    heights = [[bar.get_height() for bar in bars] for bars in right.containers]
    assert np.sum(heights, axis=0) == approx([100.0] * 4)
    assert heights[0] == approx([40.0] * 4) and len(heights) == 5  # no electrons' way here
    assert {text.get_text() for text in right.texts} == {"40"}
    assert [text.get_text() for text in right.get_xticklabels()] == ["1", "10", "100", "1000"]


def test_resistances_that_are_zero_have_no_panel(tmp_path):
    """Would fail if a film that is not there took room, or one that is there had no panel."""
    case = read_results(make_study(tmp_path / "study")).cases[0]
    labels = {axis.get_ylabel() for axis in timeseries_figure([case])[0].axes}
    assert "cathode film\n[Ω cm²]" in labels and "electrons\n[Ω cm²]" not in labels
    assert {"voltage [V]", "current density\n[mA cm⁻²]", "cathode lost contact\n[Ω cm²]"} <= labels


def test_filling_is_shown_against_its_mean_in_the_active_material_alone(tmp_path):
    """Would fail if the electrolyte's zeros entered the mean, triangles did not weigh by area, or
    volts were drawn."""
    case = read_results(make_study(tmp_path / "study", fields=True)).cases[0]
    field = read_field(case, "discharged")
    assert hosts(field).tolist() == [True, True, False, False]
    mean, parts = uneven(field)
    assert mean == approx(0.35) and parts == approx([-5.0, 5.0])  # corners 0.3, 0.3, 0.3 or 0.6
    assert near(field, np.array([-1.0, -1.0]), np.array([11.0, 11.0]))[1] == approx([20.0])
    assert len(near(field, np.array([-1.0, -1.0]), np.array([11.0, 9.0]))[1]) == 0
    assert largest([np.linspace(0.0, 0.031, 100)], 100) == approx(0.04)


def test_creep_counts_where_a_flaw_asks_for_it(tmp_path):
    """Would fail if the creep of lithium stood grey in a study whose flaws have a width."""
    folder = make_study(tmp_path / "study")
    for path in folder.glob("cases/*/result.json"):
        result = json.loads(path.read_text())
        result["case"]["flaw"]["width"] = 5e-7
        result["read"]["bulk"]["lithium"] += ["creep_activation_energy", "creep_rate"]
        path.write_text(json.dumps(result))
    inputs = study_inputs(read_results(folder))
    assert inputs.takes("creep rate") and inputs.takes("creep activation energy")
    assert "lithium's hardness, its creep rate and the flaws' depth" in answer_for_folder(folder)


def answer_for_folder(folder):
    """All text of the answer of a study that is there."""
    return " ".join(text for _, text in answer_of(read_results(folder)).points)
