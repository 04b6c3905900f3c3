"""What a case's protocol means: fillings at its voltages, capacity, time scale, expected time."""

import numpy as np
import pytest

from chemomech.case import CaseError, parse_case
from chemomech.case.protocol import parse_protocol
from chemomech.physics.electrochemistry.equilibrium import nmc811_chen2020
from chemomech.setup.electrodes import check_case
from chemomech.setup.plan import expected_time, plan_of
from chemomech.units.constants import FARADAY
from compare import approx
from flat import flat_cell
from small import small_case

C_MAX, THICKNESS = 48830.0, 2e-6


@pytest.fixture(scope="module")
def cell():
    return flat_cell()[0]


def case_of(**cycle):
    """The small case with a section [cycle]."""
    return parse_case({**small_case(), "cycle": cycle})


def potential(x):
    return float(nmc811_chen2020(np.array(x)).value)


def test_capacity_by_hand(cell):
    """Breaks when 1C is not the lithium between the fillings at the extreme voltages, per area of
    the cell."""
    plan = plan_of(case_of(charge_voltage="4.2 V", discharge_voltage="3.6 V"), cell)
    limits = plan.limits
    assert limits.start == 0.9
    assert potential(limits.charged) == approx(4.2, abs=1e-6)
    assert potential(limits.discharged) == approx(3.6, abs=1e-6)
    assert cell.materials["active"].maximum_concentration == C_MAX
    capacity = FARADAY * C_MAX * THICKNESS * (limits.discharged - limits.charged)
    assert plan.capacity == approx(capacity, rel=1e-9)
    assert plan.current_density == 2.0 and plan.half_cycle == approx(capacity / 2.0)
    assert plan.plated == approx(capacity / FARADAY * cell.materials["lithium"].molar_volume)
    assert plan.protocol.cycles == 1


def test_the_largest_current_sets_the_time_scale(cell):
    """Breaks when a slow step makes the steps of a fast one long, or a rate is not of the
    capacity."""
    slow = "Charge at C/10 until 4.2 V", "Discharge at 2C until 3.6 V", "Hold at 4.1 V for 1 h"
    plan = plan_of(case_of(protocol=list(slow)), cell)
    assert plan.half_cycle == approx(1800.0)
    assert plan.current_density == approx(plan.capacity / 1800.0)
    assert plan_of(case_of(protocol=["Hold at 4.2 V for 1 h"]), cell).half_cycle == approx(36000.0)
    assert plan_of(case_of(protocol=["Rest for 1 h"]), cell).half_cycle == approx(36000.0)


INNER = ["Charge at 1C until 4.1 V", "Discharge at 1C until 3.7 V"]


@pytest.mark.parametrize(
    ("protocol", "charged", "discharged"),
    [
        (
            [
                "Charge at C/3 until 4.2 V",
                "Hold at 4.25 V until C/20",
                "Discharge at C/3 until 3.6 V",
            ],
            4.25,
            3.6,
        ),
        (
            [
                "Charge at C/3 until 4.2 V",
                "Discharge at C/3 until 3.7 V",
                "Hold at 3.6 V until C/20",
            ],
            4.2,
            3.6,
        ),
        # No discharge ends at a voltage: the start counts as discharged.
        (["Charge at C/3 until 4.2 V", "Discharge at C/3 for 1 hour"], 4.2, None),
        (
            [
                "Charge at C/3 until 4.2 V",
                "Hold at 4.2 V until C/20",
                "Discharge at C/3 for 1 hour",
            ],
            4.2,
            None,
        ),
        (["Charge at C/3 for 1 h", "Hold at 3.9 V for 1 h"], 3.9, None),
        ([{"repeat": 2, "steps": [{"repeat": 2, "steps": INNER}]}], 4.1, 3.7),
    ],
)
def test_extreme_voltages(cell, protocol, charged, discharged):
    """Breaks when a voltage of a hold or an inner table is overlooked, or a capacity comes out as
    nothing."""
    plan = plan_of(case_of(protocol=protocol), cell)
    assert potential(plan.limits.charged) == approx(charged, abs=1e-6)
    if discharged is None:
        assert plan.limits.discharged == 0.9
    else:
        assert potential(plan.limits.discharged) == approx(discharged, abs=1e-6)
    assert plan.capacity > 0 and np.isfinite(plan.half_cycle)


def test_without_an_upper_voltage_the_known_swelling_ends_the_charge(cell):
    """Breaks when a protocol of times alone has no capacity."""
    plan = plan_of(
        case_of(protocol=["Charge at 1C for 10 minutes", "Discharge at 1C for 10 minutes"]), cell
    )
    assert plan.limits.charged == approx(0.2613) and plan.limits.discharged == 0.9


def test_a_discharge_ends_where_its_material_is_known(cell):
    """Breaks when a low cut-off counts lithium that the first charge never took, from beyond the
    fit of the potential and the table of volume change."""
    for low in ("3.5 V", "2 V"):
        limits = plan_of(case_of(discharge_voltage=low), cell).limits
        assert limits.discharged == approx(0.9, abs=1e-9) and limits.start == 0.9


@pytest.mark.parametrize(
    ("cycle", "words"),
    [
        ({"charge_voltage": "5 V"}, "cycle.charge_voltage: .*5 V"),
        ({"protocol": ["Charge at 1C until 5 V"]}, "cycle.protocol: .*5 V"),
        (
            {"protocol": ["Charge at 1C until 4.2 V"], "initial_stoichiometry": 0.2},
            "cycle.initial_stoichiometry",
        ),
    ],
)
def test_voltages_that_the_material_does_not_reach(cycle, words):
    """Breaks when a wrong voltage reaches the run, or its message names a key that is not there."""
    with pytest.raises(CaseError, match=words):
        check_case(case_of(**cycle))


def test_a_step_under_pressure_needs_a_held_pressure():
    """Breaks when the fixture silently overrules a step's own pressure."""
    table = small_case(stack__fixture="fixed_gap")
    table["cycle"] = {"protocol": [{"repeat": 2, "steps": ["Rest for 1 h under 20 MPa"]}]}
    with pytest.raises(CaseError, match=r'cycle.protocol: .*"under".*fixed_gap'):
        check_case(parse_case(table))


def test_expected_time():
    """Breaks when the progress bar runs ahead because repeats, rests or times are counted
    wrongly."""
    end = "Discharge at 1C for 10 minutes or until 3 V"
    steps = ["Charge at C/2 until 4.2 V", "Hold at 4.2 V until C/20", "Rest for 2 h", end]
    protocol = parse_protocol(["Rest for 600 s", {"repeat": 3, "steps": steps}])
    assert expected_time(protocol.entries, 3600.0) == approx(600 + 3 * (7200 + 3600 + 7200 + 600))
