"""Shorts as competing clocks: survival over flaws and pores, any life and area, Doux 2020."""

import json
from dataclasses import replace

import numpy as np
import pytest

from chemomech.analysis.limits import flaws_of
from chemomech.analysis.penetration import FlawInputs, Sites, penetration_summary
from chemomech.analysis.shorts import TIMES, drawn_shorts, representative, short_curve
from chemomech.case import parse_case
from chemomech.case.sections import Flaw, Pores
from chemomech.materials import load_material
from chemomech.physics.fracture.population import FlawPopulation
from chemomech.physics.lithium.clocks import CLOCKS
from chemomech.physics.lithium.extrusion import Creep, diffusional_creep
from chemomech.physics.lithium.first_short import (
    REFERENCE_AREA,
    PorePopulation,
    ShortCurve,
    crept_through,
)
from chemomech.physics.lithium.shorting import channel_time
from chemomech.runs.columns.shorts import short_columns
from chemomech.setup import flaws
from chemomech.setup.flaws import PELLET, PORE_WIDTH
from chemomech.study.shorts import CaseShorts, shorts_columns, sources
from chemomech.study.window import Limit
from compare import approx
from edge_flaws import certain, changed
from small import tiny_case

HOUR, MPA = 3600.0, 1e6
FIRST = dict(zip(CLOCKS, range(4), strict=True))


def library(thickness=0.14e-3, **changes):
    """What the library and the defaults of a case say of lithium on Li6PS5Cl."""
    lithium, electrolyte, flaw, pores = (
        load_material("lithium"), load_material("Li6PS5Cl"), Flaw(), Pores(),
    )  # fmt: skip
    population = FlawPopulation(
        flaw.density, flaw.depth_scale, flaw.depth_shape, flaw.width, flaw.width_factor,
        flaw.aspect, flaw.toughness_deviation,
    )  # fmt: skip
    inputs = FlawInputs(
        depth=flaw.depth, population=population, area=0.785e-4,
        toughness=electrolyte.fracture_toughness, young_modulus=electrolyte.young_modulus,
        poisson_ratio=electrolyte.poisson_ratio, molar_volume=lithium.molar_volume,
        creep=Creep(lithium.creep_rate, lithium.creep_stress, lithium.creep_exponent),
        diffusion=diffusional_creep(
            lithium.self_diffusivity, lithium.grain_size, lithium.molar_volume
        ),
        thickness=thickness, spot_distance=flaw.spot_distance,
        pores=PorePopulation(PORE_WIDTH, pores.shape, pores.tortuosity),
    )  # fmt: skip
    return changed(inputs, **changes)


def test_pores_of_another_separator_keep_their_ratio():
    """Breaks when a width that only its ratio to the way is known of is taken to be absolute: in a
    separator of 30 um nothing could be run for an hour."""
    case = parse_case(tiny_case())
    found = flaws._pores(case, 30e-6)
    assert found.width == approx(PORE_WIDTH * 30e-6 / PELLET, rel=1e-12)
    assert flaws._pores(case.with_values({"pores.width": "2 um"}), 30e-6).width == approx(2e-6)
    creeps = library().diffusion, library().creep
    thick, thin = (
        float(channel_time(5 * MPA, way, 0.5 * PORE_WIDTH * way / PELLET, creeps))
        for way in (PELLET, 30e-6)
    )
    assert thin == approx(thick, rel=1e-9)


def face(pressure, current=0.75, resistance=30e-4, conducting=1.0, sites=2):
    """An even face under a pressure [Pa], plating at a current [A/m2] and then stripping."""
    stack = np.array([pressure, pressure])[:, None] * np.ones(sites)
    electrolyte = load_material("Li6PS5Cl").poisson_ratio
    lateral = -electrolyte / (1.0 - electrolyte) * pressure
    plating = current * resistance * np.array([1.0, 0.0])[:, None] * np.ones(sites)
    return Sites(
        np.full(sites, 1.0 / sites), np.linspace(0.0, 60e-6, 5), stack,
        np.full((2, sites), conducting), plating, np.full((2, sites, 5), lateral),
        np.array([current, 0.0]), np.array([60.0, 120.0]),
    )  # fmt: skip


def test_times_to_short_of_doux_2020():
    """Breaks when the library's own values lose the published order, a factor of two, or what
    shorts first: creep through pores up to 25 MPa, everything at once at 75 MPa (75 uA/cm2; all
    but 5 MPa second-hand; the pores' width and lithium's grains were fitted to two of them).
    """
    published = {10: 474, 15: 272, 20: 190, 25: 48}
    inputs, hours, first = library(), {}, {}
    for pressure in (5, 10, 15, 20, 25, 75):
        found = short_columns(short_curve(face(pressure * MPA), inputs), 1e5 * HOUR, inputs.area)
        hours[pressure], first[pressure] = found["short_time_h"], found["first_clock"]
    assert hours[5] > 1000 and hours[75] < 0.5
    for pressure, value in published.items():
        assert 0.5 < hours[pressure] / value < 2.0, (pressure, hours[pressure])
        assert first[pressure] == "creep"
    assert np.all(np.diff(list(hours.values())) < 0)


@pytest.mark.slow
def test_doux_2020_by_the_command_that_makes_a_window(tmp_path):
    """Breaks when whole runs of studies/published/doux2020.toml lose order, times or regimes."""
    import chemomech as cm

    table = cm.run_study("studies/published/doux2020.toml", tmp_path / "out", report=False)
    hours = table["short_time_h"].values
    assert hours[0] > 1000 and hours[-1] < 1.0 and np.all(np.diff(hours) < 0)
    ratio = hours[1:5] / np.array([474, 272, 190, 48])
    assert ratio.min() > 0.5 and ratio.max() < 2.0
    assert list(table["first_clock"].values[:5]) == ["creep"] * 5


def test_the_widest_pore_of_an_area():
    """Breaks when the width's median is not that of 1 cm2 or its tail follows no power law: against
    the largest of as many drawn paths as the area holds."""
    pores = PorePopulation(5e-6, 6.0)
    assert pores.widest(REFERENCE_AREA) == approx(5e-6, rel=1e-12)
    assert pores.widest(64 * REFERENCE_AREA) == approx(10e-6, rel=1e-12)
    generator, least = np.random.default_rng(4), 2e-6
    mean = REFERENCE_AREA * pores.wider(least)
    counts = generator.poisson(mean, 4000)
    drawn = np.array([
        (least * generator.uniform(size=count) ** (-1.0 / 6.0)).max(initial=0.0) for count in counts
    ])  # fmt: skip
    for width in (4e-6, 5e-6, 8e-6):
        expected = -np.expm1(-REFERENCE_AREA * pores.wider(width))
        assert np.mean(drawn > width) == approx(expected, abs=0.025)


def test_lithium_creeps_through_the_widest_pore():
    """Breaks when the time of a path is not that of its width, its length not tortuous, or a
    sample's creep does not act."""
    creeps = [Creep(1.9e-5, 4e5, 6.56), Creep(1e-4, 1e6, 1.0)]
    pores, pressure, long = PorePopulation(7e-6, 8.0, 1.5), 8e6, 1.5 * 0.1e-3
    for width in (5e-6, 7.1e-6, 12e-6):
        time = channel_time(pressure, long, 0.5 * width, creeps)
        found = crept_through(np.array([time]), pressure, 0.1e-3, pores, creeps)
        assert found[0, 0] == approx(pores.wider(width), rel=2e-3)
    faster = [each._replace(rate=np.array([[1.0], [3.0]]) * each.rate) for each in creeps]
    time = np.array([1e5, 3e5])
    found = crept_through(time, pressure, 0.1e-3, pores, faster)
    assert found[1, 0] == approx(found[0, 1], rel=1e-9)
    assert not crept_through(time, 0.0, 0.1e-3, pores, creeps).any()


def test_survival_is_exact_for_any_area_and_its_times_are_inverse():
    """Breaks when small chances are rounded away, areas are not weakest links, or a quantile is not
    where the chance is met."""
    time = HOUR * np.geomspace(1e-2, 1e6, 81)
    curve = ShortCurve(time, np.stack([1e4 * (time / time[40]) ** 3, np.zeros(81)]))
    life = 1.7 * time[40]
    for area in (1e-14, 1e-4, 1.0):
        assert curve.risk(life, area) == approx(-np.expm1(-area * 1e4 * 1.7**3), rel=1e-9)
    for share in (0.1, 0.5, 0.9):
        assert curve.risk(curve.time_at(share, 1e-4), 1e-4) == approx(share, rel=1e-6)
    assert curve.first(1e-4, life) == 0
    never = ShortCurve(time, np.zeros((4, 81)))
    assert never.time_at(0.5, 1.0) == np.inf and never.first(1.0, life) == -1


def test_flaws_that_run_are_those_of_the_risk():
    """Breaks when the clocks of flaws count other flaws than the penetration risk: after a long
    time they are the same where drive grows with depth; before they have filled there are none."""
    at = face(10 * MPA, current=2.0, resistance=60e-4)
    inputs = library()
    assert max(flaws_of(inputs)) < inputs.thickness
    curve, risk = short_curve(at, inputs), penetration_summary(at, inputs)["penetration_risk"]
    assert 0.01 < risk < 1.0
    assert curve.risks(TIMES[-1], inputs.area)[0] == approx(risk, rel=0.05)
    assert curve.risks(60.0, inputs.area)[0] < 1e-3 * risk


def test_each_clock_runs_where_it_should():
    """Breaks when voids outrun no creep at low pressure, or the stack alone drives no flaw at a
    high one."""
    low = short_curve(face(0.02 * MPA, current=10.0, resistance=80e-4), library())
    assert low.risks(1000 * HOUR, 1e-4)[FIRST["voids"]] > 0.5
    held = short_curve(face(5 * MPA), library()).risks(1000 * HOUR, 1e-4)
    assert held[FIRST["voids"]] == 0.0 and held[FIRST["pressed flaw"]] < 1e-4
    high = short_curve(face(200 * MPA), library()).risks(1000 * HOUR, 1e-4)
    assert high[FIRST["pressed flaw"]] > 0.9
    dense = short_curve(face(25 * MPA), changed(library(), pores=None))
    assert dense.risks(1e5 * HOUR, 1e-4)[FIRST["creep"]] == 0.0


def test_samples_without_uncertainty_are_the_best_values():
    """Breaks when the sampled clocks differ from those of the best values, or an uncertain input
    does not act."""
    at, inputs = face(15 * MPA, sites=60), library()
    best = short_curve(at, inputs).by(100 * HOUR)
    assert len(representative(at, inputs).weight) <= 36
    drawn = drawn_shorts(at, inputs, certain(samples=2)).curve.by(100 * HOUR)
    assert np.allclose(drawn, best, rtol=1e-9)
    wider = drawn_shorts(at, inputs, certain(samples=30, pore_width=1.3))
    creep = np.log(wider.curve.by(100 * HOUR)[:, FIRST["creep"]] / best[FIRST["creep"]])
    assert creep == approx(inputs.pores.shape * wider.scores["pore_width"], abs=0.01)


def uneven(sites=240):
    """A face whose pressure and overpotential vary along it by a half."""
    at, place = face(10 * MPA, current=2.0, resistance=60e-4, sites=sites), np.linspace(0, 1, sites)
    wave = 1.0 + 0.5 * np.sin(17.0 * place) * place
    return replace(
        at, contact_pressure=at.contact_pressure * wave, overpotential=at.overpotential / wave
    )


def test_few_sites_stand_for_all():
    """Breaks when the sites that the samples take lose the worst one or the face's share of it: by
    a seventh of the sites the largest drive is kept, the risk within two per cent."""
    at, inputs = uneven(), library()
    few = representative(at, inputs)
    assert len(few.weight) <= 36 and few.weight.sum() == approx(1.0, rel=1e-12)
    whole, thin = (penetration_summary(each, inputs) for each in (at, few))
    for name in ("max_K_over_KIc", "critical_current_density"):
        assert thin[name] == approx(whole[name], rel=2e-3), name
    assert thin["penetration_risk"] == approx(whole["penetration_risk"], rel=0.02)


def case_shorts():
    """Shorts of 200 samples of which one input decides."""
    time = HOUR * np.geomspace(1e-2, 1e6, 81)
    scores = np.random.default_rng(1).standard_normal((200, 2))
    best = np.concatenate([(1e4 * (time / (100 * HOUR)))[None], np.zeros((3, 81))])
    drawn = best * np.exp(scores[:, 0])[:, None, None]
    return CaseShorts(ShortCurve(time, best), ShortCurve(time, drawn), ("one", "other"), scores)


def test_a_study_states_the_chance_for_its_life_and_area():
    """Breaks when another life or area needs another run, a limit that fails leaves samples safe,
    or the input that decides is not named."""
    shorts, row = case_shorts(), {"life_h": 100.0, "area_cm2": 1.0, "voltage_loss_mV": 50.0}
    limit = Limit("short_risk", 0.1, True, "risk")
    own = shorts_columns(shorts, row, [limit], None, None)
    assert own["short_risk"] == approx(-np.expm1(-1.0), rel=1e-9)
    other = shorts_columns(shorts, row, [limit], 10 * HOUR, 1e-3)
    assert other["short_risk"] == approx(own["short_risk"], rel=1e-9)
    assert other["life_h"] == approx(10.0) and other["area_cm2"] == approx(10.0)
    small = shorts_columns(shorts, row, [limit], 100 * HOUR, 1e-5)
    assert 0.2 < small["safe_share"] < 0.8
    lost = Limit("voltage_loss_mV", 40.0, True, "loss")
    assert shorts_columns(shorts, row, [limit, lost], None, 1e-5)["safe_share"] == 0.0
    found = sources(shorts, 100 * HOUR, 1e-4)
    assert found["measurable"] + found["chance"] == approx(1.0, rel=1e-9)
    assert next(iter(found["ranks"])) == "one" and found["ranks"]["one"] > 0.99
    assert found["ranks"]["other"] < 0.1
    assert json.dumps(found)
