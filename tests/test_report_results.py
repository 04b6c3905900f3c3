"""A study as the report reads it: axes, cases, losses, and folders that hold none."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chemomech.report import ResultError, write_report
from chemomech.report.axes import build_axis, pretty_unit
from chemomech.report.figures.window import window_figure
from chemomech.report.losses import CAUSES, PARTS, missing, worst_instant
from chemomech.report.pages.answer import answer_of
from chemomech.report.reading import read_results
from chemomech.study.folder import shared_mesh
from compare import approx
from report_studies import GEOMETRY, PRESSURES, make_study, result_of, square_mesh, time_table


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


def test_a_case_with_meshed_flaws_has_its_own_mesh(tmp_path):
    """Would fail if the shared mesh, which has no flaws, were drawn for a case that has some."""
    folder = make_study(tmp_path / "study")
    shared = shared_mesh(folder, GEOMETRY)
    square_mesh(shared)
    path = folder / "cases" / "001_case" / "result.json"
    result = json.loads(path.read_text())
    result["case"]["meshed_flaws"] = [{"name": "slit"}]
    path.write_text(json.dumps(result))
    square_mesh(path.parent / "mesh.msh")
    results = read_results(folder)
    found = [results.mesh(case) for case in results.cases]
    assert found == [shared, path.parent / "mesh.msh", shared, shared]
    (path.parent / "mesh.msh").unlink()
    assert results.mesh(results.cases[1]) is None


def test_a_study_that_is_not_finished_has_a_report(tmp_path):
    """Would fail if what has not run yet were told as failed, or kept the page from being
    written."""
    folder = make_study(tmp_path / "study", failed=(1,))
    manifest = json.loads((folder / "study.json").read_text())
    manifest["cases"][1] |= {"exit_code": -1, "message": "not run yet"}
    (folder / "study.json").write_text(json.dumps(manifest))
    results = read_results(folder)
    assert [case.label for case in results.waiting] == ["001_case"]
    assert results.left_out == "1 of 4 cases have not run yet"
    page = write_report(folder).read_text()
    assert "not run yet" in page and "<b>failed</b>" not in page


def test_a_study_of_which_nothing_has_run_has_a_report(tmp_path):
    """Would fail if a table without a single number could not be drawn after all solving."""
    folder = make_study(tmp_path / "study", failed=(0, 1, 2, 3))
    manifest = json.loads((folder / "study.json").read_text())
    for case in manifest["cases"]:
        case |= {"exit_code": -1, "message": "not run yet"}
    (folder / "study.json").write_text(json.dumps(manifest | {"window": None}))
    page = write_report(folder).read_text()
    assert "4 of 4 cases have not run yet" in page


def test_cases_that_ended_early_are_drawn_hollow(tmp_path):
    """Breaks when a run that was stopped short looks like one that came to its end, counts in the
    window, or is not shown at all."""
    folder = make_study(tmp_path / "study", failed=(3,))
    place = folder / "cases" / "003_case"
    place.mkdir()
    early = read_results(folder).early()
    assert early.empty
    stopped = result_of(PRESSURES[3]) | {"stopped": {"where": "cycle 1", "why": "out of steps"}}
    stopped |= {"summary": {"contact_fraction_cathode": 0.4, "voltage_loss_mV": 50.0}}
    (place / "result.json").write_text(json.dumps(stopped))
    case = folder / "cases" / "000_case" / "result.json"
    caution = {"code": "no_path", "text": "the step ended early: all contact is lost"}
    case.write_text(json.dumps(result_of(PRESSURES[0]) | {"cautions": [caution]}))
    results = read_results(folder)
    rows, early = results.curve(), results.early()
    assert "003_case" not in rows.index and early["place"].tolist() == [PRESSURES[0], PRESSURES[3]]
    figure = window_figure(results, rows, answer_of(results))
    hollow = [line for line in figure.axes[0].lines if line.get_markerfacecolor() == "white"]
    assert next(line.get_ydata().tolist()[1] for line in hollow) == 0.4
    assert any("hollow: ended early" in text.get_text() for text in figure.texts)
    whole = read_results(make_study(tmp_path / "whole"))
    assert not window_figure(whole, whole.curve(), answer_of(whole)).texts
