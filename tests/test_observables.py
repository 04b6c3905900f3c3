"""Observables of saved states: means, focusing, crack drive and its uncertainty, on made-up
arrays."""

from dataclasses import replace

import numpy as np
import pytest

from chemomech.analysis.contact import contact_by_part, contact_fraction, current_focusing
from chemomech.analysis.penetration import Sites, penetration_summary, worst_times
from chemomech.analysis.scatter import draws, penetration_band
from chemomech.physics.lithium import penetration
from chemomech.physics.lithium.extrusion import Creep, plated_pressure
from chemomech.runs.result import _thinned
from compare import approx
from edge_flaws import INPUTS, certain, changed, edge, sites


def test_means_are_weighted_by_length():
    """Breaks when points count instead of lengths."""
    fraction, weights = np.array([[1.0, 0.5], [0.0, 0.0]]), np.array([[1.0, 1.0], [3.0, 3.0]])
    assert contact_fraction(fraction, weights) == approx(1.5 / 8)
    by_part = contact_by_part(fraction, weights, np.array([7, 2]))
    assert by_part == {2: 0.0, 7: approx(0.75)}
    assert current_focusing(np.array([[4.0, 0.0], [1.0, 1.0]]), weights) == approx(4.0 / (10 / 8))
    assert current_focusing(np.full((2, 2), 3.0), weights) == approx(1.0)
    assert current_focusing(np.zeros((2, 2)), weights) == np.inf


def test_worst_site_and_time_set_the_drive():
    """Breaks when static and plating drive are not added at one place and time, or the worst one is
    missed."""
    summary = penetration_summary(sites(), INPUTS)
    plating = penetration.plating_pressure(2e-3, 13e-6)
    assert summary["max_K_over_KIc"] == approx(edge(5e6 + plating) / 0.23e6, rel=3e-3)
    assert summary["max_K_static_over_KIc"] == approx(edge(5e6) / 0.23e6, rel=3e-3)
    assert summary["max_G_over_Gc"] == approx(summary["max_K_over_KIc"] ** 2, rel=1e-9)
    assert (summary["worst_time_index"], summary["worst_site_index"]) == (0, 0)
    assert summary["plating_pressure"] == approx(plating)
    expected = 10.0 * (0.23e6 - edge(5e6)) / edge(plating)
    assert summary["critical_current_density"] == approx(expected, rel=1e-2)


def test_the_smallest_critical_current_of_all_times_counts():
    """Breaks when the limit is taken at the time of the largest drive, or with the current of
    another time."""

    def limit(static, plating, current):
        return (
            current * (0.23e6 - edge(static)) / edge(penetration.plating_pressure(plating, 13e-6))
        )

    # The first time drives harder; which one ends earlier is a matter of the current.
    pair = ((5e6, 1e6), (9e6, 1e6)), ((2e-3, 1e-3), (1.2e-3, 1e-3))
    for current in ((10.0, 5.0), (5.0, 10.0)):
        summary = penetration_summary(sites(*pair, current=current), INPUTS)
        limits = [limit(5e6, 2e-3, current[0]), limit(9e6, 1.2e-3, current[1])]
        assert summary["critical_current_density"] == approx(min(limits), rel=1e-2)
        assert summary["worst_time_index"] == 0


def test_worst_times_are_of_the_drive_and_of_the_critical_current():
    """Breaks when a run forgets the time that sets one of its two numbers."""
    still = sites(
        pressure=((20e6, 1e6), (2e6, 1e6)),
        overpotential=((0.0, 0.0), (1e-3, 1e-3)),
        current=(0.0, 4.0),
    )
    assert worst_times(still, INPUTS) == (0, 1)
    assert worst_times(sites(), INPUTS) == (0, 0)
    rest = sites(overpotential=((0.0, 0.0), (0.0, 0.0)), current=(0.0, 0.0))
    assert penetration_summary(rest, INPUTS)["critical_current_density"] == np.inf


def test_fewer_times_keep_what_belongs_together():
    """Breaks when thinning takes the current or the clock of another time than the stress."""
    one = sites().at(np.array([1]))
    assert one.contact_pressure.tolist() == [[2e6, 1e6]] and one.overpotential.tolist() == [
        [0.0, 0.0]
    ]
    assert (one.current_density.tolist(), one.time.tolist()) == ([0.0], [120.0])
    assert np.array_equal(one.weight, sites().weight) and one.lateral_stress.shape == (1, 2, 5)


def test_thinned_times_keep_the_worst():
    """Breaks when the sampled uncertainty of a long run leaves out the time that sets a number of
    the summary."""
    count = 40
    pressure, plating = np.full((count, 1), 1e6), np.full((count, 1), 1e-3)
    pressure[7], plating[11] = 5e6, 1.5e-3
    current = np.where(np.arange(count) == 11, 1.0, 10.0)
    weight, depth, stress = np.ones(1), np.linspace(0, 60e-6, 5), np.zeros((count, 1, 5))
    long = Sites(
        weight,
        depth,
        pressure,
        np.ones((count, 1)),
        plating,
        stress,
        current,
        60.0 * np.arange(count),
    )
    few = _thinned(long, INPUTS)
    assert len(few.time) <= 11 and {7 * 60.0, 11 * 60.0} <= set(few.time)
    one, two = (penetration_summary(each, INPUTS) for each in (long, few))
    for name in ("max_K_over_KIc", "critical_current_density", "penetration_risk"):
        assert two[name] == approx(one[name], rel=1e-9), name


def test_lateral_compression_closes_the_flaw():
    """Breaks when compression opens flaws."""
    free = penetration_summary(sites(), INPUTS)
    closed = penetration_summary(sites(lateral=-4e6), INPUTS)
    gap = (free["max_K_over_KIc"] - closed["max_K_over_KIc"]) * 0.23e6
    assert gap == approx(edge(4e6), rel=3e-3)
    assert closed["penetration_risk"] <= free["penetration_risk"]
    assert closed["critical_current_density"] > free["critical_current_density"]


def test_risk_grows_with_area_and_stays_a_probability():
    """Breaks when the weakest link is not counted over the whole area."""
    small, large = (
        penetration_summary(sites(), changed(INPUTS, area=area, depth_scale=20e-6))[
            "penetration_risk"
        ]
        for area in (1e-10, 1e-9)
    )
    assert 0 < small < large < 1
    assert np.log1p(-large) == approx(10 * np.log1p(-small), rel=1e-6)


def test_band_without_uncertainty_is_the_summary():
    """Breaks when the sampled chain differs from the deterministic one."""
    band = penetration_band(sites(), INPUTS, certain())
    summary = penetration_summary(sites(), INPUTS)
    for name, values in band.items():
        assert values == approx([summary[name]] * 3, rel=1e-9)


@pytest.mark.parametrize(
    "source",
    [
        {"fracture_toughness": 0.2},
        {"anode_resistance": 1.5},
        {"lithium_hardness": 1.5},
        {"flaw_depth": 1.3},
    ],
)
def test_band_widens_around_the_summary(source):
    """Breaks when an uncertain input has no effect or its samples are biased."""
    band = penetration_band(sites(), INPUTS, certain(samples=400, **source))
    middle = penetration_summary(sites(), INPUTS)["max_K_over_KIc"]
    low, median, high = band["max_K_over_KIc"]
    assert low < median < high
    assert median == approx(middle, rel=0.05)
    again = penetration_band(sites(), INPUTS, certain(samples=400, **source))
    assert again == band


def test_flaw_depth_acts_with_its_square_root():
    """Breaks when sampled depths act linearly: under uniform stress K grows with sqrt(a)."""
    band = penetration_band(sites(), INPUTS, certain(samples=4000, flaw_depth=1.3))[
        "max_K_over_KIc"
    ]
    middle = penetration_summary(sites(), INPUTS)["max_K_over_KIc"]
    # The 90 % quantile of a log-normal factor m: 1.2816 standard deviations.
    assert band[2] / middle == approx(1.3 ** (0.5 * 1.2816), rel=0.02)


def test_lithium_that_flows_back_caps_the_drive():
    """Breaks when a wide flaw is pressed as hard as a narrow one, or the critical current does not
    follow the cap."""
    creep = Creep(0.01, 1e6, 5.0)
    free, narrow, wide = (changed(INPUTS, width=width, creep=creep) for width in (0.0, 2e-8, 1e-6))
    high = sites(pressure=np.zeros((2, 2)), overpotential=((20e-3, 10e-3), (0.0, 0.0)))
    found = {
        name: penetration_summary(high, each)
        for name, each in {"free": free, "narrow": narrow, "wide": wide}.items()
    }
    assert (
        found["free"]["plating_pressure"]
        == found["narrow"]["plating_pressure"]
        == approx(148.4e6, rel=1e-2)
    )
    velocity = 13e-6 * high.current_density[0] / 96485.33212
    cap = plated_pressure(velocity, 10e-6, 0.5e-6, creep)
    assert found["wide"]["plating_pressure"] == approx(cap, rel=1e-9) and cap < 20e6
    # Where the cap decides, i grows to the power of the exponent: K_Ic is met at i (K_Ic/K)^5.
    ratio = found["wide"]["max_K_over_KIc"]
    assert ratio < 1.0
    expected = high.current_density[0] * ratio**-5.0
    assert found["wide"]["critical_current_density"] == approx(expected, rel=1e-6)
    capped = penetration_summary(replace(high, current_density=np.array([expected, 0.0])), wide)
    assert capped["max_K_over_KIc"] == approx(1.0, rel=1e-6)


def test_band_of_a_flaw_that_lithium_flows_back_from():
    """Breaks when the creep rate does not scatter, acts on a flaw that nothing flows back from, or
    a deeper flaw keeps the pressure of a shallower one. Where backflow decides, p ~ rate^(-1/m),
    and of depths p ~ (1 + a/r)^(1 + 1/m) - 1.
    """
    creep = Creep(0.01, 1e6, 5.0)
    wide, high = (
        changed(INPUTS, width=1e-6, creep=creep),
        sites(pressure=np.zeros((2, 2)), overpotential=((40e-3, 40e-3), (0.0, 0.0))),
    )
    middle = penetration_summary(high, wide)["max_K_over_KIc"]
    band = penetration_band(high, wide, certain(samples=1000, creep_rate=3.0))
    low, _, top = band["max_K_over_KIc"]
    spread = 3.0 ** (1.2816 / creep.exponent)
    assert (top / middle, middle / low) == (approx(spread, rel=0.02), approx(spread, rel=0.02))
    one = certain(samples=1, creep_rate=3.0)
    (draw,) = draws(high, wide, one)
    drawn = penetration_band(high, wide, one)["max_K_over_KIc"][1]
    assert (
        drawn / middle == approx(draw.rate ** (-1 / creep.exponent), rel=1e-9)
        and abs(draw.rate - 1) > 0.1
    )
    free = penetration_band(high, INPUTS, certain(creep_rate=3.0))["max_K_over_KIc"]
    assert free[0] == free[2]
    deep = penetration_band(high, wide, certain(samples=1000, flaw_depth=1.1))["max_K_over_KIc"][2]
    size = 1.1**1.2816
    pressure = lambda a: (1 + a / 0.5e-6) ** 1.2 - 1
    assert deep / middle == approx(
        np.sqrt(size) * pressure(size * 10e-6) / pressure(10e-6), rel=0.01
    )
