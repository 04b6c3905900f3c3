"""What a report says of the chance of a short: its band first, what dominates, cells in use."""

from types import SimpleNamespace

import pandas as pd

from chemomech.report.pages.mechanism import mechanism_of, short_clock
from chemomech.report.pages.short_texts import band_headline, short_points
from chemomech.report.published import USUAL, operating_pressures

RISK = {"column": "short_risk", "bound": 0.1, "above": True, "label": "chance of a short 0.1"}


def window(low, high):
    """A window of study.json; both None: empty."""
    sides = {"low": {"value": low}, "high": {"value": high}}
    return sides | {"empty": low is None and high is None, "blocking": []}


def study(best, sure):
    """Results and rows: voids short below 1 MPa, creep above 3 MPa."""
    case = {"summary": {"plating_current_density_mA_cm2": 0.2}}
    found = window(*best) | {
        "limits": [RISK],
        "bands": {"p10": window(*best), "p50": window(*best), "p90": window(*sure)},
        "life_h": 100.0,
        "area_cm2": 1.0,
        "safe_share": {"1": 0.8, "7": 0.0},
        "unsure_of": {
            "stack_pressure_MPa": 3.0,
            "mean_risk": 0.5,
            "measurable": 0.7,
            "chance": 0.3,
            "ranks": {"pore_width": 0.6, "flaw_depth": 0.2, "creep_rate": 0.01},
        },
        "beside": [window(*sure) | {"area_cm2": 100.0, "bands": {"p90": window(None, None)}}],
    }
    rows = pd.DataFrame({
        "place": [0.3, 1.0, 3.0, 7.0, 20.0],
        "short_risk": [0.9, 0.02, 0.05, 1.0, 1.0],
        "short_risk_filled_flaw": [0.01, 0.01, 0.01, 0.02, 1.0],
        "short_risk_creep": [0.0, 0.001, 0.04, 1.0, 1.0],
        "short_risk_pressed_flaw": [0.0] * 5,
        "short_risk_voids": [0.9, 0.01, 0.0, 0.0, 0.0],
        "short_time_filled_flaw_h": [float("nan")] * 4 + [1.0],
        "short_time_creep_h": [1e4, 1e3, 3e2, 9.0, 0.01],
        "short_time_pressed_flaw_h": [float("nan")] * 5,
        "short_time_voids_h": [5.0, 200.0, *[float("nan")] * 3],
    })  # fmt: skip
    return SimpleNamespace(window=found, finished=[SimpleNamespace(result=case)]), rows


def test_the_band_comes_first():
    """Breaks when best values lead the answer, or no confidence in any pressure is not said."""
    results, _ = study((0.7, 4.0), (1.0, 2.0))
    assert band_headline(results).startswith(
        "Safe 1 to 2 MPa at 90 % confidence for 100 h at 0.2 mA cm⁻² on 1 cm²"
    )
    none, _ = study((0.7, 4.0), (None, None))
    assert band_headline(none).startswith("At 90 % confidence no pressure is safe")
    assert "with best values of the inputs 0.7 to 4 MPa" in band_headline(none)


def test_what_dominates_and_what_cells_are_run_at():
    """Breaks when the input that leads is not named, another area is left out, or a window without
    5 to 10 MPa does not say that cells are run there and what would have to differ."""
    results, rows = study((0.7, 4.0), (1.0, 2.0))
    points = dict(short_points(results, rows))
    assert (
        "remove 70 %, first of all the width of the widest pore (60 %)"
        in (points["What dominates"])
    )
    assert "creep rate" not in points["What dominates"]
    assert "On 100 cm²" in points["Other areas"] and "nowhere" in points["Other areas"]
    in_use = points["Cells in use"]
    assert "5 to 400 MPa, median 45" in in_use and "read second-hand" in in_use
    assert "5 to 10 MPa" in in_use and "the width of the widest pore over its length" in in_use
    wide, _ = study((0.7, 40.0), (1.0, 2.0))
    assert "would have to" not in dict(short_points(wide, rows))["Cells in use"]
    assert not short_points(SimpleNamespace(window=None), rows)


def test_the_clock_that_limits_a_side():
    """Breaks when the limit of a side names another clock, or of two that are certain the later."""
    _, rows = study((0.7, 4.0), (1.0, 2.0))
    assert [short_clock(rows, place) for place in (0.3, 7.0, 20.0)] == ["voids", "creep", "creep"]
    assert mechanism_of(rows, RISK, 0.3).label == "voids leave few spots"
    assert "creeps through the widest pore" in mechanism_of(rows, RISK, 7.0).clause


def test_published_pressures_are_solid_state_alone():
    """Breaks when cells with liquid electrolytes stand among them, or one is lost."""
    pressures = [pressure for pressure, _ in operating_pressures()]
    assert len(pressures) == 13 and min(pressures) == USUAL[0] and max(pressures) == 400.0
