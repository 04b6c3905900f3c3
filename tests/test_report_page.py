"""The page of a study: whole in one file, with failed cases and missing files said."""

import json
import re
from dataclasses import asdict
from types import SimpleNamespace

import pandas as pd
import pytest
from matplotlib.figure import Figure

from chemomech.api import run_cases
from chemomech.case import CaseError
from chemomech.report import ResultError, trial, write_report
from chemomech.report.figures.series import shown_part
from chemomech.report.figures.style import as_written, plain_number, typeset
from chemomech.report.figures.voltage import drawn_cycles
from chemomech.report.pages.answer import answer_of
from chemomech.report.pages.facts import protocol_text
from chemomech.report.pages.flaws import flaw_rows
from chemomech.report.reading import read_results
from chemomech.report.trial import try_report
from chemomech.study import engine
from chemomech.study.folder import shared_mesh
from chemomech.study.plan import load_study
from chemomech.study.window import safe_window
from compare import approx
from report_studies import (
    GEOMETRY,
    K_LIMIT,
    LOSS_LIMIT,
    PRESSURES,
    USUAL,
    make_study,
    product_of,
    square_mesh,
    time_table,
)
from small import small_case, write_toml


def test_the_page_is_one_whole_file_with_its_figures_beside_it(tmp_path, capsys):
    """Would fail if the page needed another file, an address or a script, or a figure were not
    saved."""
    folder = make_study(tmp_path / "study", fields=True)
    square_mesh(shared_mesh(folder, GEOMETRY))
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
    assert page.count("<tr><td>") >= len(product_of(vary))
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


def changed_page(folder, **changes):
    """Page of a study whose cases have other values, and a lithium that creeps."""
    make_study(folder)
    for path in folder.glob("cases/*/result.json"):
        result = json.loads(path.read_text())
        result["case"] |= changes
        result["read"]["bulk"]["lithium"].append("flow")
        path.write_text(json.dumps(result))
        (path.parent / "case.toml").write_text(
            '[materials]\nlithium = { base = "lithium", flow = "creep" }\nactive = "NMC811"\n'
            'separator = "Li6PS5Cl"\n[interfaces]\n"lithium|separator" = "lithium|Li6PS5Cl"\n'
        )
    return write_report(folder).read_text(encoding="utf-8")


def test_what_a_case_models_is_not_listed_as_left_out(tmp_path):
    """Would fail if "not modelled" named local plating, cracks or creep of a case that has them."""
    plain = write_report(make_study(tmp_path / "plain")).read_text(encoding="utf-8")
    assert "plated and stripped evenly" in plain and "lithium comes and goes evenly" in plain
    assert "cracks inside particles" in plain and "Creep of lithium" in plain
    width = {"depth": 1e-5, "width": 5e-7}
    page = changed_page(
        tmp_path / "rich", plating="local", cracks={"separator": "crack"}, flaw=width
    )
    assert "plated and stripped where the current passes" in page
    assert "lithium comes and goes evenly" not in page and "cracks inside particles" not in page
    assert "Separator may crack along every facet" in page and "Extrusion of lithium" not in page
    assert "power-law creep where" in page and "Creep of lithium and of the sulfide" not in page


@pytest.mark.parametrize(
    "vary",
    [
        {"name": ["$\\frac{1$", "$5$ and $6$"]},
        {"name": ["$\\frac{1$", "b"], "stack.pressure": ["1 MPa", "2 MPa"]},
        {"name": ["$\\frac{1$", "b"], "a.b": ["$\\x$", "c"], "stack.pressure": ["1 MPa"]},
    ],
    ids=["curve", "map", "many"],
)
def test_a_dollar_in_a_value_is_drawn_as_text(tmp_path, vary):
    """Would fail if a text of the user were read as a formula, after all solving."""
    folder = make_study(tmp_path / "study", vary=vary, fields=True)
    assert "$\\frac{1$" in write_report(folder).read_text(encoding="utf-8")


def test_formulas_of_ours_stay_formulas():
    """Would fail if K_Ic and powers of ten were drawn with their dollars."""
    figure = Figure()
    axis = figure.subplots()
    ours = [typeset("K/K_Ic of the named flaw"), typeset("G_c"), plain_number(1e-5), "$G_c$"]
    for text in (*ours, "a $ b", "$\\frac{1$", "$x$"):
        axis.text(0.5, 0.5, text)
    as_written(figure)
    assert [text.get_parse_math() for text in axis.texts] == [True] * 4 + [False] * 3


STRANGE = ["$\\frac{1$", "a_b^c", "<b>&amp;", "=1+1", "Ω⋅m", "x" * 200, "%s {} \\N"]


@pytest.mark.parametrize(
    "vary",
    [
        {"name": STRANGE},
        {"name": STRANGE, "flaw.depth": ["1 um", "2 um"]},
        {"name": STRANGE, "flaw.depth": ["1 um"], "stack.pressure": ["1 MPa", "2 MPa"]},
    ],
)
def test_table_and_report_are_tried_before_anything_runs(tmp_path, monkeypatch, vary):
    """Breaks when a name or a value that was written fails in the end, after hours of solving."""
    monkeypatch.setattr(engine, "Children", lambda *given: pytest.fail("a case was run"))
    table = {"name": "$ & {x", "description": "<i>$", "case": small_case(), "vary": vary}
    study = load_study(write_toml(tmp_path / "s.toml", table))
    try_report(study)
    monkeypatch.setattr(trial, "png_bytes", lambda figure: int("no figure"))
    with pytest.raises(CaseError, match=r"its table or report cannot be made: .*no figure"):
        run_cases(study, tmp_path / "out", reported=True)
    assert not (tmp_path / "out").exists()
