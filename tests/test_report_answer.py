"""The report's words follow the numbers: windows, what limits them, numbers as texts."""

import math

import pandas as pd
import pytest

from chemomech.report.losses import PARTS
from chemomech.report.pages.mechanism import at_pressure
from chemomech.report.words import number, percent
from compare import approx
from report_studies import LOSS_LIMIT, SHARE_LIMIT, answer_for


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
    assert "32 to 154 MPa at 90 % confidence" in answer.headline
    answer, text = answer_for(
        tmp_path / "never", changes={"p90_max_K_over_KIc": (20.0, 3.0, 1.7, 20.0)}
    )
    assert "at 90 % confidence no pressure is safe" in answer.headline
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
