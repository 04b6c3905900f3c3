"""Columns that say what ends plating and stripping: times to short of made-up sites, their bands,
and bad input."""

import math
import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import chemomech
from chemomech.analysis.limits import (
    limiting_times,
    limits_band,
    lithium_limits,
    running,
    time_to_short,
)
from chemomech.analysis.penetration import Flaws, local_current, penetration_summary, worst_times
from chemomech.analysis.scatter import draws
from chemomech.case import parse_case
from chemomech.materials import MaterialError
from chemomech.physics.lithium import extrusion, shorting, voids
from chemomech.physics.lithium.extrusion import Creep
from chemomech.setup.bulk_terms import creep_of
from chemomech.setup.electrodes import check_case
from compare import approx
from edge_flaws import INPUTS, certain, changed, edge, sites
from small import tiny_case, write_toml

CREEP = Creep(0.01, 1e6, 5.0)
CROSSED = changed(INPUTS, thickness=60e-6, density=0.0)
HARD = sites(
    overpotential=((4e-3, 1e-3), (0.0, 0.0))
)  # 29.7 and 7.4 MPa; the named flaw runs at 36.7 MPa


def limits(at, inputs, static=0.0):
    return lithium_limits(at, inputs, static)


def test_local_current_keeps_the_mean():
    """Breaks when sites do not share the cell's current by contact and overpotential."""
    uneven = replace(HARD, conducting_fraction=np.array([[0.5, 1.0], [1.0, 1.0]]))
    current = local_current(uneven)
    assert np.sum(uneven.weight * uneven.conducting_fraction[0] * current[0]) == approx(
        10.0, rel=1e-12
    )
    assert current[0, 0] == approx(4 * current[0, 1], rel=1e-12)
    assert not current[1].any()


def test_flaw_that_runs_bridges_after_its_volume_is_plated():
    """Breaks when a flaw longer than the spots' distance is fed with the spots' current (1/chi too
    short), a shorter one with the mean, or filling does not count where lithium flows back."""
    modulus = INPUTS.young_modulus / (1 - INPUTS.poisson_ratio**2)
    running = lambda current: shorting.running_time(
        10e-6, 60e-6, 13e-6 / 96485.33212 * current, INPUTS.toughness, modulus
    )
    higher = replace(HARD, overpotential=np.array([[5e-3, 1e-3], [0.0, 0.0]]))
    assert limits(HARD, CROSSED)["time_to_short_h"] == math.inf
    mean, spot = 10.0, local_current(higher)[0, 0]
    assert spot == approx(2.5 * mean, rel=1e-12)
    for distance, current in ((0.0, mean), (20e-6, mean), (28e-6, 1.96 * mean), (1e-3, spot)):
        found = limits(higher, changed(CROSSED, spot_distance=distance))["time_to_short_h"]
        assert found == approx(running(current) / 3600, rel=1e-9), distance
    # Nothing is said where the way is not known.
    assert limits(higher, changed(CROSSED, thickness=np.inf))["time_to_short_h"] == math.inf
    narrow = changed(CROSSED, width=2e-8, creep=CREEP)
    fills = shorting.filling_time(10e-6, 2e-8, 13e-6 / 96485.33212 * mean, 5e6, (CREEP,))
    found = limits(higher, narrow)["time_to_short_h"]
    assert found == approx((fills + running(mean)) / 3600, rel=1e-9)
    # Of a wide one lithium flows back: it never runs.
    assert limits(higher, changed(CROSSED, width=2e-6, creep=CREEP))["time_to_short_h"] == math.inf


def test_small_flaws_feel_a_spot():
    """Breaks when pressure and current of a spot are not averaged alike over a flaw: both are 1/chi
    times the mean below the spot's size, neither above the spots' distance."""
    rough = replace(HARD, conducting_fraction=np.full((2, 2), 0.2))
    inputs = changed(INPUTS, spot_distance=5e-6)
    flaws = Flaws(rough, inputs, np.array([0.1e-6, 2e-6, 10e-6]), 0.0)
    mean = rough.contact_pressure[..., None]
    assert flaws.pressure() == approx(np.array([5.0, 1.5625, 1.0]) * mean, rel=1e-12)
    current = flaws.current()[0] / 10.0
    assert current[:, 2] == approx([1.0, 1.0], rel=1e-12)
    assert current[0] == approx([1 / 0.2 * 4 / 1.75, 1.5625, 1.0], rel=1e-12)
    assert not flaws.current()[1].any()


def test_deepest_flaw_of_the_area_counts():
    """Breaks when the risk is near one and no time is stated because the named flaw is shallow, or
    the depth is not that of even odds: 1 - exp(-number P(depth > a)) = 1/2.
    """
    many = changed(CROSSED, density=1e9, area=1e-4, depth=1e-6)
    deepest = many.population.deepest(1e-4)
    assert 1e5 * many.population.survival(deepest) == approx(np.log(2), rel=1e-12)
    assert many.population.deepest(0.5e-9) == 0.0
    driven = sites(overpotential=((9e-3, 9e-3), (0.0, 0.0)))
    found = limits(driven, many)["time_to_short_h"]
    assert found == approx(
        limits(driven, changed(CROSSED, depth=deepest))["time_to_short_h"], rel=1e-12
    )
    assert (
        found < math.inf
        and limits(driven, changed(CROSSED, depth=1e-6))["time_to_short_h"] == math.inf
    )
    assert penetration_summary(driven, many)["penetration_risk"] > 0.5


def test_compression_deeper_down_holds_a_flaw():
    """Breaks when only the stress at the flaw's own depth counts: what runs at first is stopped at
    20 to 40 um."""
    driven = sites(overpotential=((6e-3, 6e-3), (0.0, 0.0)))
    stress = np.zeros((2, 2, 5))
    assert time_to_short(driven, CROSSED, running(driven, CROSSED)) < math.inf
    stress[..., 2:4] = -120e6  # at 30 and 45 um
    held = replace(driven, lateral_stress=stress)
    assert time_to_short(held, CROSSED, running(held, CROSSED)) == math.inf


def test_channel_and_void_columns():
    """Breaks when the channel does not take the largest mean pressure, the void the least, or the
    soonest way loses."""
    inputs = changed(CROSSED, creep=CREEP)
    found = limits(HARD, changed(inputs, channel_width=4e-6, void_radius=1e-6))
    mean = HARD.contact_pressure @ HARD.weight
    along = shorting.channel_time(mean.max(), 60e-6, 2e-6, (CREEP,))
    assert along == approx(extrusion.filling_time(mean.max(), 60e-6, 2e-6, CREEP), rel=1e-12)
    assert found["time_to_short_h"] == approx(along / 3600, rel=1e-12)
    current = voids.critical_stripping_current(mean.min(), 1e-6, CREEP, 13e-6)
    assert found["critical_stripping_current_density_mA_cm2"] == approx(current / 10, rel=1e-12)
    assert math.isnan(limits(HARD, CROSSED)["critical_stripping_current_density_mA_cm2"])
    margin = INPUTS.toughness / edge(1.0) * 13e-6 / 96485.33212 * 1e3
    assert limits(HARD, CROSSED, 0.25)["critical_overpotential_mV"] == approx(
        0.75 * margin, rel=3e-3
    )
    assert limits(HARD, CROSSED, 1.25)["critical_overpotential_mV"] == 0.0


def test_times_that_set_the_limits_are_kept():
    """Breaks when a thinned run loses the state that shorts soonest, has the least or the largest
    mean pressure, the largest drive without current, or the largest pressure anywhere: here four
    times, of which the second has the largest drive.
    """
    pressure = np.array([[5.0, 5.0], [4.0, 4.0], [6.0, 6.0], [16.0, 1.0], [3.0, 3.0]]) * 1e6
    overpotential = np.array([[6.0], [9.0], [0.0], [0.0], [0.0]]) * 1e-3 * np.ones(2)
    current, weight = np.array([50.0, 1.0, 0.0, 0.0, 0.0]), np.array([0.25, 0.75])
    at = replace(
        HARD,
        weight=weight,
        contact_pressure=pressure,
        overpotential=overpotential,
        current_density=current,
        conducting_fraction=np.ones((5, 2)),
        lateral_stress=np.zeros((5, 2, 5)),
        time=np.arange(5.0),
    )
    assert worst_times(at, CROSSED)[0] == 1
    assert limiting_times(at, CROSSED) == (0, 4, 2, 3, 3)


def test_band_of_the_limits():
    """Breaks when a sampled limit is not that of the drawn inputs: none without uncertainty, or
    powers with one."""
    inputs = changed(CROSSED, creep=CREEP, channel_width=4e-6, void_radius=1e-6)
    static = edge(5e6) / INPUTS.toughness
    best = lithium_limits(HARD, inputs, static)
    for name, band in limits_band(HARD, inputs, certain()).items():
        assert band == approx([best[name]] * 3, rel=3e-3), name
    band = limits_band(HARD, inputs, certain(samples=4000, creep_rate=2.0))
    factor = 2.0**1.2816
    for name, value in (
        ("critical_stripping_current_density_mA_cm2", factor),
        ("time_to_short_h", factor),
    ):
        assert np.array(band[name]) / best[name] == approx([1 / value, 1.0, value], rel=0.1), name
    # One draw: faster creep shorts sooner and strips more.
    one = certain(samples=1, creep_rate=2.0)
    (draw,) = draws(HARD, inputs, one)
    drawn = limits_band(HARD, inputs, one)
    assert abs(np.log(draw.rate)) > 0.1
    assert drawn["time_to_short_h"][1] == approx(best["time_to_short_h"] / draw.rate, rel=1e-9)
    name = "critical_stripping_current_density_mA_cm2"
    assert drawn[name][1] == approx(best[name] * draw.rate, rel=1e-9)
    # The named flaw, just held, runs where the drawn resistance is larger, and there alone.
    held = changed(CROSSED, creep=CREEP)
    for seed in range(6):
        scattered = certain(samples=1, anode_resistance=2.0, seed=seed)
        (draw,) = draws(HARD, held, scattered)
        runs = draw.overpotential[0, 0] > (INPUTS.toughness / edge(1.0) - 5e6) / 29.7e6
        assert math.isfinite(limits_band(HARD, held, scattered)["time_to_short_h"][1]) == runs, seed
    # A deeper flaw keeps less of its toughness for plating, as its static part grows with sqrt(a).
    deeper = certain(samples=1, flaw_depth=1.5)
    (draw,) = draws(HARD, inputs, deeper)
    left = (1 - np.sqrt(draw.size) * static) / np.sqrt(draw.size) / (1 - static)
    overpotential = limits_band(HARD, inputs, deeper)["critical_overpotential_mV"][1]
    assert (
        overpotential == approx(left * best["critical_overpotential_mV"], rel=1e-3)
        and abs(left - 1) > 0.05
    )
    scattered = certain(samples=4000, fracture_toughness=0.1)
    tough = limits_band(HARD, CROSSED, scattered)["critical_overpotential_mV"]
    margin = [share - static for share in (1 - 0.12816, 1.0, 1 + 0.12816)]
    assert np.array(tough) / best["critical_overpotential_mV"] == approx(
        np.divide(margin, margin[1]), rel=0.02
    )
    assert "critical_stripping_current_density_mA_cm2" not in limits_band(HARD, CROSSED, certain())


@settings(max_examples=30, deadline=None)
@given(pressure=st.floats(0, 3e7), overpotential=st.floats(0, 2e-2), more=st.floats(1.0, 3.0))
def test_more_stack_pressure_or_current_is_never_slower(pressure, overpotential, more):
    """Breaks when a state that is driven harder, on the same stress, shorts later."""

    def time(p, eta, current):
        at = sites(
            pressure=np.full((2, 2), p),
            overpotential=((eta, eta), (0.0, 0.0)),
            current=(current, 0.0),
        )
        return limits(at, CROSSED)["time_to_short_h"]

    base = time(pressure, overpotential, 10.0)
    assert time(more * pressure, overpotential, 10.0) <= base
    assert time(pressure, more * overpotential, more * 10.0) <= base


@pytest.mark.parametrize("key", ["width", "channel_width", "void_radius"])
def test_what_asks_for_creep_needs_it(tmp_path, key):
    """Breaks when lithium without creep is noticed only after meshing, or the message does not name
    who asks."""
    table = tomllib.loads(
        (Path(chemomech.__file__).parent / "materials/library/lithium.toml").read_text()
    )
    bare = {name: entry for name, entry in table.items() if not name.startswith("creep")}
    write_toml(tmp_path / "bare.toml", bare)
    changes = {f"flaw__{key}": "1 um"}
    assert check_case(parse_case(tiny_case(**changes)))
    # By itself backflow asks for nothing: without creep none flows back.
    instant = {"base": "lithium|Li6PS5Cl", "contact_law": "plastic"}
    without = {
        "materials__lithium": str(tmp_path / "bare.toml"),
        "interfaces__lithium|separator": instant,
    }
    plain = parse_case(tiny_case(**without))
    lithium = check_case(plain).bulk["lithium"]
    assert creep_of(plain, lithium) is None
    kept = parse_case(tiny_case(flaw__width="1 um", flaw__backflow=False))
    assert creep_of(kept, lithium) is None
    case = parse_case(tiny_case(**without, **changes))
    with pytest.raises(
        MaterialError, match=rf"with flaw.{key} it needs creep_rate, creep_stress, creep_exponent"
    ):
        check_case(case)


def test_flow_is_checked_before_meshing():
    """Breaks when a flow that cannot be, or that locks on linear displacements, is noticed only
    after meshing."""
    for flow, word in (("honey", "write one of"), ("creep", "displacement_degree = 2")):
        case = parse_case(tiny_case(materials__lithium={"base": "lithium", "flow": flow}))
        with pytest.raises(MaterialError, match=word):
            check_case(case)
