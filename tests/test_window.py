"""The window of safe values: where limits are crossed, which one sets an edge, and what is never
extrapolated."""

import math
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chemomech.study.window import Edge, Limit, crossing, limits_of, safe_window
from compare import approx

LOSS = Limit("loss", 20.0, True, "loss")
CONTACT = Limit("contact", 0.5, False, "contact")
X = [1.0, 2.0, 4.0, 8.0, 16.0]


def test_both_edges_are_where_the_limits_are_crossed():
    """Breaks when an edge is put on a case, on the wrong limit, or interpolated on a linear
    scale."""
    columns = {"loss": [80.0, 40.0, 10.0, 10.0, 10.0], "contact": [0.9, 0.9, 0.8, 0.8, 0.2]}
    window = safe_window(X, columns, [LOSS, CONTACT])
    assert not window.empty and window.blocking == ()
    # 40 to 10 over one octave: a power law of exponent -2 meets 20 in its middle.
    assert window.low.value == approx(2 * math.sqrt(2))
    assert window.low.limit == "loss"
    share = math.log(0.5 / 0.8) / math.log(0.2 / 0.8)
    assert window.high.value == approx(8 * 2**share)
    assert window.high.limit == "contact"


def test_power_laws_are_met_exactly():
    """Breaks when the interpolation is not linear in the logarithms of both axes."""
    assert crossing(2.0, 5.0, 3 * 2.0**1.7, 3 * 5.0**1.7, 3 * 3.3**1.7) == approx(3.3)
    assert crossing(5.0, 2.0, 3 * 5.0**1.7, 3 * 2.0**1.7, 3 * 3.3**1.7) == approx(3.3)


def test_values_without_a_logarithm_are_interpolated_linearly():
    """Breaks when a zero or a negative value crashes or bends the crossing."""
    assert crossing(1.0, 4.0, 0.0, 2.0, 1.0) == approx(2.0)
    assert crossing(1.0, 4.0, -1.0, 1.0, 0.0) == approx(2.0)


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_values_that_are_not_finite_end_the_window_at_the_last_safe_case(value):
    """Breaks when a failed or infinite case widens the window."""
    assert crossing(1.0, 4.0, 0.5, value, 1.0) == 1.0
    window = safe_window(X, {"loss": [10.0, 10.0, 10.0, value, value]}, [LOSS])
    assert window.high == Edge(4.0, "loss")


def test_open_ends():
    """Breaks when an edge is invented beyond the range."""
    window = safe_window(X, {"loss": [1.0] * 5}, [LOSS])
    assert window.low == window.high == Edge(None, None)
    assert not window.empty
    one = safe_window([3.0], {"loss": [1.0]}, [LOSS])
    assert not one.empty and one.low == one.high == Edge(None, None)


def test_empty_window_names_what_blocks():
    """Breaks when a window without a safe case looks safe, or the wrong limit is blamed."""
    columns = {"loss": [50.0] * 5, "contact": [0.9] * 5}
    window = safe_window(X, columns, [LOSS, CONTACT])
    assert window.empty and window.blocking == ("loss",)
    conflict = {"loss": [50.0, 50.0, 50.0, 1.0, 1.0], "contact": [0.9, 0.9, 0.9, 0.1, 0.1]}
    window = safe_window(X, conflict, [LOSS, CONTACT])
    assert window.empty and window.blocking == ()


def test_widest_run_is_taken():
    """Breaks when the first of several safe runs wins over a wider one (widths on the logarithmic
    axis)."""
    window = safe_window(
        [1.0, 10.0, 100.0, 150.0, 200.0, 250.0], {"loss": [1, 1, 90, 1, 1, 1]}, [LOSS]
    )
    assert window.low == Edge(None, None)
    assert 10 < window.high.value < 100


def test_first_limit_on_the_way_out_sets_the_edge():
    """Breaks when two limits fall in one gap and the later one is reported."""
    columns = {"loss": [10.0, 10.0, 10.0, 10.0, 40.0], "contact": [0.9, 0.9, 0.9, 0.9, 0.45]}
    window = safe_window(X, columns, [LOSS, CONTACT])
    assert window.high.limit == "loss"
    assert window.high.value == approx(8 * math.sqrt(2))


def test_bounds_are_inclusive():
    """Breaks when a case exactly on its bound counts as unsafe."""
    assert LOSS.holds(20.0) and not LOSS.holds(20.0001)
    assert CONTACT.holds(0.5) and not CONTACT.holds(0.4999)
    assert not LOSS.holds(math.nan) and not LOSS.holds(-math.inf)


@given(
    st.lists(st.tuples(st.floats(0.01, 1e3), st.floats(0.01, 1.0)), min_size=1, max_size=8),
    st.floats(1.0, 1e3),
    st.floats(0.05, 0.9),
    st.floats(1e-6, 1e6),
)
def test_edges_lie_next_to_safe_cases(values, loss_bound, contact_bound, unit):
    """Breaks when an edge leaves the gap it belongs to, skips a bad case, or depends on the unit of
    x."""
    # Uneven spacing: no two runs are equally wide but for round-off.
    x = [1.5 ** (k + 0.03 * k**2) for k in range(len(values))]
    columns = {"loss": [v[0] for v in values], "contact": [v[1] for v in values]}
    limits = [
        Limit("loss", loss_bound, True, "loss"),
        Limit("contact", contact_bound, False, "contact"),
    ]
    window = safe_window(x, columns, limits)
    good = [loss <= loss_bound and contact >= contact_bound for loss, contact in values]
    assert window.empty == (not any(good))
    if window.empty:
        return
    low = x[0] if window.low.value is None else window.low.value
    high = x[-1] if window.high.value is None else window.high.value
    inside = [
        flag
        for place, flag in zip(x, good, strict=True)
        if low * (1 + 1e-9) <= place <= high * (1 - 1e-9)
    ]
    assert all(inside)
    assert low <= high * (1 + 1e-12)
    for edge, end in ((window.low, 0), (window.high, -1)):
        assert (edge.value is None) == (edge.limit is None)
        if edge.value is None:
            assert good[end]
    scaled = safe_window([unit * place for place in x], columns, limits)
    for edge, other in ((window.low, scaled.low), (window.high, scaled.high)):
        assert edge.limit == other.limit
        if edge.value is not None:
            assert other.value == approx(unit * edge.value, rel=1e-9)


@given(st.floats(0.2, 3.0), st.floats(1.0, 15.0))
def test_finer_cases_do_not_move_an_edge_of_a_power_law(exponent, bound_at):
    """Breaks when an edge depends on where the cases happen to stand."""
    limit = Limit("loss", bound_at**exponent, True, "loss")
    edges = []
    for count in (5, 9, 33):
        x = np.geomspace(0.9, 16.0, count)
        edges.append(safe_window(list(x), {"loss": list(x**exponent)}, [limit]).high.value)
    assert edges == approx([bound_at] * 3, rel=1e-9)


def test_limits_come_in_the_units_of_the_table():
    """Breaks when a bound in volts is compared with a column in millivolts, or a bound changes its
    direction."""
    window = SimpleNamespace(
        maximum_voltage_loss=0.05,
        maximum_K_over_KIc=1.0,
        maximum_risk=None,
        maximum_penetration_risk=None,
        minimum_capacity_share=0.7,
        minimum_contact_fraction_cathode=0.8,
        minimum_contact_fraction_anode=None,
    )
    limits = {limit.column: limit for limit in limits_of(window)}
    assert set(limits) == {
        "voltage_loss_mV",
        "max_K_over_KIc",
        "capacity_share",
        "contact_fraction_cathode",
    }
    assert limits["voltage_loss_mV"].bound == approx(50.0)
    assert limits["voltage_loss_mV"].above and limits["max_K_over_KIc"].above
    assert not limits["contact_fraction_cathode"].above and not limits["capacity_share"].above
    assert limits["capacity_share"].bound == 0.7
    assert "50 mV" in limits["voltage_loss_mV"].label
