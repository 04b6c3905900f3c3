"""The report: its words follow the numbers, it survives failed cases and missing files, is one whole file."""

import hashlib
import json
import math
import re
from dataclasses import asdict

import meshio
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chemomech.geometry import GeometryError, read_msh
from chemomech.materials import load_material
from chemomech.report import ResultError, write_report
from chemomech.report.answer import answer_of
from chemomech.report.fields import exaggeration, nice_below, outlines, read_field
from chemomech.report.figures import region_texts, save_mesh_picture, without_plated
from chemomech.report.inputs import study_inputs
from chemomech.report.mechanism import at_pressure
from chemomech.report.results import build_axis, pretty_unit, read_results
from chemomech.report.style import spread
from chemomech.report.words import number, percent
from chemomech.study.window import Limit, safe_window

UM = 1e-6
PRESSURES = (1.0, 10.0, 100.0, 1000.0)
K_LIMIT = Limit("max_K_over_KIc", 1.0, True, "K")
LOSS_LIMIT = Limit("voltage_loss_mV", 100.0, True, "loss")
MATERIALS = {"lithium": "lithium", "separator": "Li6PS5Cl", "active": "NMC811"}
INTERFACES = {"active|separator": "NMC811|Li6PS5Cl", "lithium|separator": "lithium|Li6PS5Cl"}
GEOMETRY = {"recipe": "layered_cell", "seed": 1, "width": 2e-5}

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
    "penetration_risk": (1.0, 0.0, 0.0, 1.0),
    "critical_current_density_mA_cm2": (0.02, 2.0, 2.0, 0.0),
    "plating_pressure_MPa": (150.0, 20.0, 10.0, 9.0),
    "p10_max_K_over_KIc": (5.0, 0.05, 0.05, 5.0),
    "p50_max_K_over_KIc": (10.0, 0.1, 0.1, 10.0),
    "p90_max_K_over_KIc": (20.0, 2.0, 0.5, 20.0),
    "energy_balance_error": (1e-3,) * 4,
    "charge_balance_error": (1e-11,) * 4,
    "wall_time_s": (5.0,) * 4,
    "max_G_over_Gc": (100.0, 0.01, 0.01, 100.0),
}


def square_field(folder, opening=0.05, plated=0.0):
    """Fields of two squares of 10 um, one on the other; the upper is lifted by opening and plating [um]."""
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
    meshio.Mesh(
        points,
        [("triangle", triangles)],
        {"displacement_m": displacement},
        {name: [np.array(values)] for name, values in data.items()},
    ).write(folder / "cell_charged.vtu")
    meshio.Mesh(
        points[2:4],
        [("line", np.array([[0, 1]]))],
        {"displacement_m": displacement[2:4]},
        {"conducting_fraction": [np.array([0.3])], "opening_m": [np.array([opening * UM])]},
    ).write(folder / "interfaces_charged.vtu")


def square_mesh(path):
    """A mesh file of two squares of 10 um, regions "lower" and "upper", face "bottom", written by meshio."""
    points = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0], [1, 2, 0], [0, 2, 0]]) * 10.0 * UM
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


def result_of(pressure, current=2.0):
    """What a run writes into result.json, as far as the report reads it."""
    return {
        "inputs_hash": f"{int(pressure * 1000):016d}",
        "chemomech": "0.1.0",
        "dolfinx": "0.9",
        "python": "3.13",
        "summary": {},
        "contact_fraction_by_particle_charged": {"0": 0.2, "1": 0.3},
        "viscous_over_fracture": 0.2,
        "materials": {},
        "gates_failed": [],
        "cycle": {
            "stoichiometry_discharged": 0.9,
            "stoichiometry_charged": 0.26,
            "capacity_mAh_cm2": 1.4,
            "half_cycle_h": 7.0,
        },
        "solver": {"steps": 40, "unknowns": 1000, "cells": 300},
        "case": {
            "geometry": GEOMETRY,
            "materials": MATERIALS,
            "interfaces": INTERFACES,
            "cycle": {"charge_voltage": 4.3, "current_density": current, "temperature": 298.15},
            "flaw": {"depth": 1e-5, "depth_scale": 3.8e-6, "depth_shape": 2.0, "density": 1e7, "area": 1e-4},
            "gates": {"energy_balance": 0.02, "charge_balance": 1e-6},
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


def time_table():
    """A time series of one charge and discharge."""
    half = np.linspace(0.0, 2.0, 5)
    names = (
        "contact_fraction_cathode",
        "contact_fraction_anode",
        "interfacial_resistance_cathode_ohm_cm2",
        "interfacial_resistance_anode_ohm_cm2",
        "ionic_resistance_ohm_cm2",
        "stack_pressure_MPa",
        "thickness_change_um",
        "largest_opening_um",
    )
    return pd.DataFrame({"time_h": 7 * half, "half_cycles": half, **{name: 0.5 + half for name in names}})


def make_study(
    folder, changes=None, limits=(K_LIMIT, LOSS_LIMIT), failed=(), fields=False, vary=None, window=True
):
    """Write a study's folder. changes: column -> values by case; failed: indices; vary: key -> values."""
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
            time_table().to_csv(place / "timeseries.csv", index=False)
            if fields:
                square_field(place / "fields")
        rows.append(row)
    folder.mkdir(exist_ok=True)
    table = pd.DataFrame(rows)
    table.to_csv(folder / "summary.csv", index=False)
    found = None
    if window and list(vary) == ["stack.pressure"] and len(failed) < len(grid):
        good = table.dropna(subset=["max_K_over_KIc"])
        x, values = good["stack_pressure_MPa"].tolist(), {name: good[name].tolist() for name in columns}
        found = asdict(safe_window(x, values, limits)) | {
            "limits": [asdict(limit) for limit in limits],
            "each": {limit.label: asdict(safe_window(x, values, [limit])) for limit in limits},
        }
    manifest = {"name": "A <study>", "description": "d", "vary": vary, "window": found, "cases": cases}
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
    return answer, " ".join([answer.headline, *(f"{title}: {text}" for title, text in answer.points)])


# --- the words follow the numbers ----------------------------------------------------------------


def test_a_window_names_its_edges_and_what_limits_each_side(tmp_path):
    """Would fail if the sides' mechanisms were hard-wired, swapped, or their shares not read at the edge."""
    answer, text = answer_for(tmp_path)
    assert (answer.low, answer.high) == pytest.approx((math.sqrt(10.0), math.sqrt(1e5)))
    assert answer.headline.startswith("Safe between 3.2 and 316 MPa")
    assert answer.left == "loses contact: plating through few spots"
    assert answer.right == "lithium pressed into flaws"
    # Static over total at the low edge: sqrt(0.1 * 0.01) over 1; at the high edge sqrt(0.09 * 9) over 1.
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
    ("resistances", "contact", "label"),
    [
        ((900.0, 1.0, 1.0), 0.1, "cathode loses contact"),
        ((900.0, 1.0, 1.0), 1.0, "cathode interface resists"),
        ((1.0, 900.0, 1.0), 0.1, "lithium loses contact"),
        ((1.0, 1.0, 900.0), 0.1, "electrolyte resists"),
    ],
)
def test_voltage_loss_names_the_part_that_takes_it(tmp_path, resistances, contact, label):
    """Would fail if the part with the largest resistance were not the one named."""
    names = (
        "interfacial_resistance_cathode_ohm_cm2",
        "interfacial_resistance_anode_ohm_cm2",
        "ionic_resistance_ohm_cm2",
    )
    answer, text = answer_for(
        tmp_path,
        limits=(LOSS_LIMIT,),
        changes={
            "voltage_loss_mV": (400.0, 25.0, 10.0, 5.0),
            **{n: (value,) * 4 for n, value in zip(names, resistances, strict=True)},
            "contact_fraction_cathode": (contact,) * 4,
            "contact_fraction_anode": (contact,) * 4,
        },
    )
    assert answer.left == label
    assert answer.low == pytest.approx(math.sqrt(10.0))
    assert answer.right is None
    assert "100 % of the voltage loss" in text
    assert "None of the limits depends on the inputs that were sampled" in text


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
        changes={"max_K_over_KIc": (0.1, 0.1, 10.0, 10.0), "voltage_loss_mV": (1000.0, 1000.0, 10.0, 10.0)},
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
    answer, text = answer_for(tmp_path / "never", changes={"p90_max_K_over_KIc": (20.0, 3.0, 1.7, 20.0)})
    assert "no pressure is safe in nine draws of ten" in answer.headline
    assert "nowhere (K/K_Ic at that percentile is at best 1.7, at 100 MPa)" in text


def test_a_risk_that_is_no_limit_is_told_with_what_was_computed_and_what_interpolated(tmp_path):
    """Would fail if an interpolated risk were passed off as a computed one, or a risk were kept quiet."""
    _, text = answer_for(tmp_path, changes={"penetration_risk": (1.0, 0.04, 0.01, 1.0)})
    assert "at most 4 % in the cases inside the window and, interpolated, up to 20 % at its edges" in text


def test_values_between_cases_are_interpolated_in_logarithms():
    """Would fail with linear interpolation, or if a zero were taken to its logarithm."""
    rows = pd.DataFrame({"place": [1.0, 100.0], "a": [1.0, 100.0], "b": [0.0, 1.0]})
    assert at_pressure(rows, "a", 10.0) == pytest.approx(10.0)
    assert at_pressure(rows, "b", 10.0) == pytest.approx(0.5)


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
    assert [percent(share) for share in (0.0, 0.005, 0.756, 1.0)] == ["0 %", "0.5 %", "76 %", "100 %"]


# --- the page --------------------------------------------------------------------------------------


def test_the_page_is_one_whole_file_with_its_figures_beside_it(tmp_path, capsys):
    """Would fail if the page needed another file, an address or a script, or a figure were not saved."""
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
    assert len(re.findall("<img ", page)) == 5
    for name in ("window", "fields", "mesh", "timeseries", "particles"):
        picture = (folder / "figures" / f"{name}.png").read_bytes()
        assert picture[:8] == b"\x89PNG\r\n\x1a\n"
        assert int.from_bytes(picture[16:20]) == 1125  # 7.5 inches at 150 dpi
    assert "A &lt;study&gt;" in page and "<study>" not in page
    assert page.index("Safe between 3.2 and 316 MPa") < page.index("<img ")


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
    assert sorted(p.stem for p in (folder / "figures").iterdir()) == ["particles", "timeseries", "window"]


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
    assert pictures - {"timeseries", "particles"} == ({picture} if picture else set())
    assert page.count("<tr><td>") >= len(_product(vary))
    assert "a window is found when the stack pressure alone varies" in page
    assert "limits missed" not in page


def test_axes_convert_to_the_first_unit():
    """Would fail if values in mixed units were drawn by their bare numbers."""
    axis = build_axis("cycle.current_density", ["0.1 mA/cm^2", "5 A/m^2"])
    assert axis.places == pytest.approx((0.1, 0.5)) and axis.label == "current density [mA/cm²]"
    pressure = build_axis("stack.pressure", ["500 kPa", "10 MPa"])
    assert pressure.places == pytest.approx((0.5, 10.0)) and pressure.logarithmic and pressure.unit == "MPa"
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


# --- inputs -----------------------------------------------------------------------------------------


def test_inputs_are_those_of_the_library_and_only_taken_ones_are_counted(tmp_path):
    """Would fail if a value were lost, counted twice, or an unused one counted."""
    inputs = study_inputs(read_results(make_study(tmp_path / "study")))
    names = [*MATERIALS.values(), *INTERFACES.values()]
    assert len(inputs.rows) == sum(len(load_material(name).properties) for name in names)
    taken = {(row.owner.split(" (")[0], row.name) for row in inputs.rows if row.taken}
    assert ("Li6PS5Cl", "fracture toughness") in taken and ("NMC811", "fracture toughness") not in taken
    assert ("lithium", "molar volume") in taken and ("lithium", "creep rate") not in taken
    assert ("NMC811|Li6PS5Cl", "strength") in taken and ("lithium", "hardness") not in taken
    assert inputs.count() == sum(inputs.count(word) for word in ("paper", "digest", "estimate", "user"))
    assert inputs.count() == len(taken) < len(inputs.rows)
    toughness = next(row for row in inputs.rows if row.name == "fracture toughness" and row.taken)
    assert toughness.sureness == "estimate" and toughness.value.startswith("0.23 MPa √m ± 0.04")


def test_second_hand_values_carry_a_dagger_and_overrides_their_origin(tmp_path):
    """Would fail if a value read in a digest looked like one seen in its paper."""
    folder = make_study(tmp_path / "study")
    for place in (folder / "cases").iterdir():
        (place / "case.toml").write_text(
            '[materials]\nlithium = "lithium"\nactive = "no such thing"\n'
            'separator = { base = "Li6PS5Cl", young_modulus = "30 GPa" }\n'
            '[interfaces]\n"lithium|separator" = "lithium|Li6PS5Cl"\n'
        )
    page = write_report(folder).read_text(encoding="utf-8")
    assert re.search(r">contact hardness</td><td[^>]*>43 MPa †</td><td[^>]*>second-hand †</td>", page)
    assert re.search(r">young modulus</td><td[^>]*>30 GPa</td><td[^>]*>case file</td>", page)
    assert "Could not be read again: active:" in page
    assert "1 are the case file" in page


# --- figures ----------------------------------------------------------------------------------------


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


def test_fields_are_in_micrometres_and_megapascals_and_gaps_are_exaggerated(tmp_path):
    """Would fail if a unit slipped, the stress were not the in-plane mean, or the gap did not open."""
    case = read_results(make_study(tmp_path / "study", fields=True)).cases[0]
    field = read_field(case)
    assert np.ptp(field.points, axis=0) == pytest.approx((10.0, 20.0))
    assert field.stress == pytest.approx(3.0)
    assert field.opening == pytest.approx(0.05)
    factor = exaggeration([field])
    assert factor == 5.0  # 0.04 * 10 um over 0.05 um is 8
    moved = field.deformed(factor)
    assert moved[4, 1] - moved[3, 1] == pytest.approx(0.25)
    # Every edge but the two diagonals: four of each square, the interface's two sides apart.
    assert len(outlines(field)) == 8
    assert field.centres() == {0: pytest.approx((5.0, 5.0))}
    assert len(field.plated) == 0


def test_plated_lithium_is_drawn_to_scale(tmp_path):
    """Would fail if micrometres of plated lithium were exaggerated with the gaps, or left as a gap."""
    case = read_results(make_study(tmp_path / "study")).cases[0]
    case.result["cycle"]["plated_lithium_um"] = 6.0
    square_field(case.folder / "fields", plated=6.0)
    field = read_field(case)
    assert field.carried == pytest.approx([0, 0, 0, 0, 6, 6, 6, 6])
    assert exaggeration([field]) == 5.0
    moved = field.deformed(5.0)
    assert moved[4, 1] - moved[3, 1] == pytest.approx(6.25)
    assert field.deformed_ends(5.0)[0, :, 1] == pytest.approx(10.0)
    assert field.plated.tolist() == [[2, 3, 4, 5]]
    table = pd.DataFrame({"half_cycles": [0.0, 0.5, 1.0, 2.0], "thickness_change_um": [0.0, 3.0, 5.9, 0.1]})
    assert without_plated(table, case)["thickness_change_um"].tolist() == pytest.approx([0.0, 0.0, -0.1, 0.1])


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
