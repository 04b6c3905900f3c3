"""Calibration against closed forms: conjugate posteriors, censored likelihoods, known inputs."""

import json
import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm, truncnorm

import chemomech as cm
from chemomech.analysis.scatter import FACTORS
from chemomech.calibration import posterior_of, sample, write_posterior
from chemomech.calibration.likelihood import Observations
from chemomech.calibration.models import clock_times
from chemomech.calibration.priors import make_prior
from chemomech.calibration.problem import load_problem, parse_problem
from chemomech.case.identity import canonical
from chemomech.cli import main
from chemomech.geometry import build_microstructure
from chemomech.materials import MaterialError
from chemomech.materials.fingerprint import inputs_hash
from chemomech.materials.posteriors import posterior_library, read_posterior
from chemomech.physics.lithium import clocks
from chemomech.physics.lithium.extrusion import Creep, plated_pressure
from chemomech.setup.cell import build_cell
from chemomech.setup.electrodes import check_case
from chemomech.setup.flaws import PORE_WIDTH, calibrated_factors
from compare import approx
from small import tiny_case, write_toml

PUBLISHED = Path(__file__).parents[1] / "studies" / "published"
LITHIUM = {"lithium": "lithium", "electrolyte": "Li6PS5Cl", "face": "lithium|Li6PS5Cl"}
SOURCE = {"source": "made up", "provenance": "user"}


def stripping(values, **more):
    """A calibration of the voids' radius, ln of which the model is linear in."""
    pressure = [f"{1 + k} MPa" for k in range(len(values))]
    data = {"name": "voids", "kind": "critical_stripping_current", "pressure": pressure,
            "value": values, "error": 0.3, **SOURCE}  # fmt: skip
    prior = {"prior": "lognormal", "median": "1 um", "factor": 2.0, "reason": "a test"}
    return {
        "name": "one", "materials": LITHIUM, "parameters": {"void_radius": prior},
        "data": [data], "sampler": {"walkers": 8, "maximum_steps": 4000, "seed": 1}, **more,
    }  # fmt: skip


def resistances(values, pressure=("5 MPa", "10 MPa", "25 MPa", "5 MPa"), **more):
    """A calibration of the face's resistance and roughness."""
    data = {"name": "resistance", "kind": "resistance", "pressure": list(pressure),
            "value": list(values), "dwell": "1 h", "error": 0.02, **SOURCE}  # fmt: skip
    parameters = {
        "face_resistance": {"prior": "lognormal", "median": "3 ohm*cm^2", "factor": 3.0,
                            "reason": "a test"},
        "series_resistance": {"prior": "uniform", "low": "0 ohm*cm^2", "high": "30 ohm*cm^2",
                              "reason": "a test"},
    }  # fmt: skip
    return {
        "name": "two", "materials": LITHIUM, "inputs": {"area": "1 cm^2"},
        "parameters": parameters, "data": [data],
        "sampler": {"walkers": 8, "maximum_steps": 6000, "seed": 2}, **more,
    }  # fmt: skip


def closed_form(problem):
    """(mean, deviation) of ln of the radius, by the formulas of a normal prior and likelihood."""
    prior, (each,) = problem.priors["void_radius"], problem.sets
    one = each.predict({**problem.fixed, "void_radius": 1.0})
    seen = np.log(each.observations.low / one).ravel()
    precision = 1.0 / prior.width**2 + len(seen) / 0.3**2
    return (prior.middle / prior.width**2 + seen.sum() / 0.3**2) / precision, precision**-0.5


def test_a_linear_model_with_normal_errors_has_the_closed_posterior():
    """Breaks when prior and likelihood are not weighed as Bayes has it."""
    problem = parse_problem(stripping(["0.01 mA/cm^2", "0.4 mA/cm^2", "9 mA/cm^2"]))
    chain = sample(problem)
    mean, deviation = closed_form(problem)
    count = 8 * 0.8 * chain.steps / chain.autocorrelation.max()
    assert chain.converged and count > 300
    assert abs(chain.z.mean() - mean) < 4.0 * deviation / np.sqrt(count)
    assert chain.z.std() == approx(deviation, rel=4.0 / np.sqrt(2.0 * count))


@pytest.mark.slow
def test_bands_hold_the_truth_as_often_as_they_say():
    """Breaks when a posterior is too narrow or too wide: 60 made-up sets, drawn from the prior."""
    generator, inside = np.random.default_rng(3), 0
    table = stripping(["1 mA/cm^2", "1 mA/cm^2"], sampler={"walkers": 8, "maximum_steps": 500})
    problem = parse_problem(table)
    truth = problem.prior_samples(60, generator)
    for z in truth:
        exact = problem.sets[0].predict(problem.values(z[None]))[0]
        seen = exact * np.exp(0.3 * generator.standard_normal(2)) / 10.0
        own = parse_problem({**table, "data": [
            {**table["data"][0], "value": [f"{each:.8g} mA/cm^2" for each in seen]}]})  # fmt: skip
        low, high = np.quantile(sample(own).z, [0.1, 0.9])
        inside += low < z[0] < high
    assert 48 - 3.0 * np.sqrt(60 * 0.16) < inside < 48 + 3.0 * np.sqrt(60 * 0.16)


def test_known_inputs_come_back():
    """Breaks when the model that is fitted is not the one that made the data."""
    blank = parse_problem(resistances(["1 ohm"] * 4))
    truth = {**blank.fixed, "face_resistance": 2e-4, "series_resistance": 8e-4}
    made = [f"{each:.10g} ohm" for each in blank.sets[0].predict(truth)[0] * 1e4]
    found = posterior_of(*_sampled(resistances(made)))
    rows = {row.name: row for row in found.rows}
    for name in ("face_resistance", "series_resistance"):
        assert rows[name].quantiles[0] < truth[name] < rows[name].quantiles[4]
        assert rows[name].quantiles[2] == approx(truth[name], rel=0.05)
        assert rows[name].identified and rows[name].shrinkage > 0.8
    assert found.checks[0].inside.all()


def _sampled(table):
    """(problem, chain)."""
    problem = parse_problem(table)
    return problem, sample(problem)


def test_what_is_not_seen_exactly_counts_with_its_probability():
    """Breaks when a bound counts as a value, or a tail is lost to rounding."""
    s, mu = 0.25, 3.0
    low, high = np.array([2.0, 4.0, 0.0, 2.0, 1e9]), np.array([2.0, np.inf, 4.0, 4.0, np.inf])
    expected = [
        norm.logpdf(np.log(2.0), np.log(mu), s),
        norm.logsf(np.log(4.0), np.log(mu), s),
        norm.logcdf(np.log(4.0), np.log(mu), s),
        np.log(norm.cdf(np.log(4.0 / mu) / s) - norm.cdf(np.log(2.0 / mu) / s)),
        norm.logsf(np.log(1e9), np.log(mu), s),  # about -3080
    ]
    for k, each in enumerate(expected):
        seen = Observations(low[k : k + 1], high[k : k + 1])
        got = seen.log_likelihood(np.array([[mu]]), np.array([[s]]))
        assert got[0] == approx(each, rel=1e-12)
    never, values = np.array([[np.inf]]), np.array([[s]])
    one = lambda a, b: Observations(np.array([a]), np.array([b])).log_likelihood(never, values)[0]
    assert one(4.0, np.inf) == 0.0 and one(2.0, 2.0) == one(0.0, 4.0) == one(2.0, 4.0) == -np.inf


def test_without_data_the_prior_comes_back():
    """Breaks when a prior's density, its ends or its coordinate are wrong."""
    parameters = {
        "void_radius": {"prior": "lognormal", "median": "1 um", "factor": 2.0, "high": "2 um"},
        "grain_size": {"prior": "loguniform", "low": "0.1 um", "high": "10 um"},
        "creep_factor": {"prior": "normal", "mean": 1.0, "deviation": 0.8, "low": 0.5},
        "channel_width": {"prior": "uniform", "low": "1 um", "high": "5 um"},
    }
    parameters = {name: {**each, "reason": "a test"} for name, each in parameters.items()}
    sampler = {"walkers": 16, "maximum_steps": 6000, "seed": 4, "samples": 20_000}
    problem, chain = _sampled({"name": "none", "parameters": parameters, "sampler": sampler})
    count = 16 * 0.8 * chain.steps / chain.autocorrelation.max()
    for k, prior in enumerate(problem.priors.values()):
        below = np.mean(chain.z[:, k, None] < prior.quantile([0.1, 0.5, 0.9]), axis=0)
        assert np.abs(below - [0.1, 0.5, 0.9]).max() < 4.0 * 0.5 / np.sqrt(count)
    found = posterior_of(problem, chain)
    assert all(abs(row.shrinkage) < 0.15 and not row.identified for row in found.rows)
    assert any("say little" in line for line in found.words)


def test_quantiles_and_densities_of_priors_are_one_law():
    """Breaks when what starts the walkers is not what weighs them."""
    prior = make_prior("normal", 1.0, 0.5, low=0.4, high=1.2)
    z = np.linspace(0.4, 1.2, 20001)
    density = np.exp(prior.log_density(z))
    share = np.cumsum(density) / density.sum()
    assert np.abs(np.interp([0.2, 0.7], share, z) - prior.quantile([0.2, 0.7])).max() < 1e-4
    assert prior.deviation == approx(truncnorm.std(-1.2, 0.4, scale=0.5), rel=1e-12)
    assert np.isneginf(prior.log_density([0.39, 1.21])).all()


def test_units_do_not_matter():
    """Breaks when a posterior depends on how its numbers are written."""
    first = parse_problem(resistances(["110 ohm", "> 50 ohm", "20 to 40 ohm", "< 70 ohm"]))
    second = resistances(
        ["1.1e-2 ohm*m^2", "> 5e-3 ohm*m^2", "2e3 to 4e3 ohm*mm^2", "< 70 ohm*cm^2"],
        ["50 bar", "1e7 Pa", "2.5e4 kPa", "5 MPa"],
    )
    second["parameters"]["face_resistance"]["median"] = "3e-4 ohm*m^2"
    second["data"][0]["dwell"] = "60 min"
    second = parse_problem(second)
    z = first.prior_samples(50, np.random.default_rng(5))
    assert np.allclose(first.log_probability(z), second.log_probability(z), rtol=1e-12, atol=0.0)


def test_a_table_with_units_in_its_header_is_read(tmp_path):
    """Breaks when a file of measurements means something else than the same lists."""
    table = resistances(["110 ohm", "> 50 ohm", "20 to 40 ohm", "< 70 ohm"])
    (tmp_path / "cell.csv").write_text(
        "pressure [bar],value [ohm]\n50,110\n100,> 50\n250,20 to 40\n50,< 70\n"
    )
    own = {k: v for k, v in table["data"][0].items() if k not in ("pressure", "value")}
    first = parse_problem(table)
    second = parse_problem({**table, "data": [{**own, "file": "cell.csv"}]}, tmp_path)
    for one, other in zip(first.sets, second.sets, strict=True):
        assert np.allclose(one.observations.low, other.observations.low, rtol=1e-13)
        assert np.array_equal(one.observations.high, other.observations.high)
        assert np.allclose(one.conditions.pressure, other.conditions.pressure, rtol=1e-13)


WRONG = {
    "parameters.roughnes: is not a known input": {"parameters__roughnes": {
        "prior": "uniform", "low": "1 um", "high": "2 um", "reason": "x"}},
    "parameters.void_radius.median: ": {"parameters__void_radius__median": "1 MPa"},
    "parameters.void_radius.factor": {"parameters__void_radius__factor": 0.5},
    "parameters.void_radius.mean: a lognormal": {"parameters__void_radius__mean": "1 um"},
    "parameters.void_radius.reason": {"parameters__void_radius__reason": " "},
    "parameters.temperature: cannot be fitted": {"parameters__temperature": {
        "prior": "uniform", "low": "280 K", "high": "300 K", "reason": "x"}},
    "inputs.void_radius: is a parameter too": {"inputs": {"void_radius": "1 um"}},
    "data.0.value: ": {"data__value": ["0.2 MPa", "1 mA/cm^2"]},
    "data.0.value: 1 values at 2 pressures": {"data__value": ["1 mA/cm^2"]},
    "must be greater than zero": {"data__value": ["0 mA/cm^2", "1 mA/cm^2"]},
    "smaller end first": {"data__value": ["2 to 1 mA/cm^2", "1 mA/cm^2"]},
    "data.0.pressure: every pressure": {"data__pressure": ["0 MPa", "1 MPa"]},
    "data.0.current_density: is required": {
        "data__kind": "time_to_short", "data__value": ["1 h", "2 h"], "inputs": {
            "area": "1 cm^2", "face_resistance": "1 ohm*cm^2", "separator_thickness": "0.1 mm"}},
    "data.0.kind": {"data__kind": "resistence"},
    "data.0.file: ": {"data__file": "nowhere.csv", "data__pressure": None, "data__value": None},
    "sampler.walkers": {"sampler__walkers": 7},
    "can have given these data": {
        "data__kind": "time_to_short", "data__value": ["1 h", "2 h"],
        "data__current_density": "1 nA/cm^2", "inputs": {
            "area": "1 cm^2", "face_resistance": "1 ohm*cm^2", "separator_thickness": "0.1 mm"}},
}  # fmt: skip


@pytest.mark.parametrize("words", WRONG)
def test_wrong_files_are_refused_by_name(words, tmp_path, capsys):
    """Breaks when a mistake is told without its key, or leaves something behind."""
    table = stripping(["0.2 mA/cm^2", "1 mA/cm^2"])
    for path, value in WRONG[words].items():
        *parts, last = path.split("__")
        at = table
        for part in parts:
            at = at[part][0] if part == "data" else at[part]
        if value is None:
            del at[last]
        else:
            at[last] = value
    file = write_toml(tmp_path / "wrong.toml", table)
    assert main(["calibrate", str(file), "--out", str(tmp_path / "out")]) == 2
    assert words in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@given(st.text(max_size=20))
@settings(max_examples=60, deadline=None)
def test_any_text_is_a_value_or_told(text):
    """Breaks when what somebody writes as a measurement ends in a traceback."""
    try:
        problem = parse_problem(stripping([text]))
    except cm.CaseError as error:
        assert str(error).startswith("data.0")
    else:
        assert (problem.sets[0].observations.high > 0.0).all()


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """(folder, code, posterior's summary) of the command line."""
    folder = tmp_path_factory.mktemp("calibration")
    table = resistances(["120 ohm", "60 ohm", "35 ohm", "60 ohm"])
    code = main(["calibrate", str(write_toml(folder / "two.toml", table)), "--out", str(folder)])
    return folder, code, json.loads((folder / "summary.json").read_text())


def test_the_command_leaves_samples_tables_page_and_card(written):
    """Breaks when a result cannot be read without this program."""
    folder, code, summary = written
    assert code == 0 and summary["converged"]
    import xarray as xr

    with xr.open_dataset(folder / "posterior.nc") as data:
        assert data["face_resistance"].attrs["units"] == "ohm*m^2"
        card = read_posterior(folder / "card.toml")
        assert np.allclose(card.samples["face_resistance"], data["face_resistance"], rtol=1e-4)
    page = (folder / "report.html").read_text()
    assert "80 % predictive band" in page and page.count("data:image/png") == 2


def test_draws_are_whole_rows(written):
    """Breaks when what the data know of combinations is lost in a study."""
    card = read_posterior(written[0] / "card.toml")
    rows = set(zip(*card.samples.values(), strict=True))
    drawn = card.draw(200, seed=1)
    assert set(zip(*drawn.values(), strict=True)) <= rows
    assert all(np.array_equal(drawn[k], card.draw(200, seed=1)[k]) for k in drawn)


@pytest.fixture(scope="module")
def shipped():
    """The library's card of Li | Li6PS5Cl, and what the models say of its most probable inputs."""
    card = cm.load_posterior("Li|Li6PS5Cl")
    problem = load_problem(PUBLISHED / "li_li6ps5cl_calibration.toml")
    best = {name: np.array([[value]]) for name, value in card.best().items()}
    values = {**problem.fixed, **best}
    return card, {each.data.name: (each, each.predict(values)[0]) for each in problem.sets}


def test_one_set_meets_the_published_cells(shipped):
    """Breaks when card, data and laws do not belong together any more: Doux et al. 2020, times of
    the right order within a factor of two and resistances up and back; Kasemchainan et al. 2019;
    critical currents in use."""
    card, found = shipped
    assert card.converged and card.data[0]["source"].startswith("Doux et al. 2020")
    each, hours = found["time to short"]
    assert np.all(np.diff(hours) < 0.0) and hours[0] > 3.6e6 and hours[5] < 3600.0
    ratio = hours[1:5] / each.observations.low[1:5]
    assert ratio.min() > 0.5 and ratio.max() < 2.0
    each, area_resistance = found["resistance"]
    ratio = area_resistance / each.observations.low
    # 50 ohm at 10 MPa after 110 at 5 fall faster than 1/p, which no smooth law with a pellet does.
    assert np.abs(np.delete(ratio, [0, 2]) - 1.0).max() < 0.15 and ratio[2] < 1.2
    assert ratio[0] > 0.85
    each, current = found["critical stripping"]
    assert np.abs(np.log(current / each.observations.low)).max() < np.log(2.0)
    assert all(row["inside"] == row["count"] for row in card.data)


def test_every_card_of_the_library_is_of_its_calibration_file():
    """Breaks when a file is changed and its card is not made anew."""
    for name, path in posterior_library().items():
        table = tomllib.loads((PUBLISHED / f"{path.stem}_calibration.toml").read_text())
        card = cm.load_posterior(name)
        assert card.name == table["name"] == name and card.version == table["version"]
        assert set(card.inputs) == set(table["parameters"]) == set(card.samples)
        assert all(
            card.inputs[key]["reason"] == each["reason"]
            for key, each in table["parameters"].items()
        )
        assert [each["source"] for each in card.data] == [each["source"] for each in table["data"]]
        assert card.converged


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('unit = "ohm*cm^2"', 'unit = "ohms*cm^2x"', "cannot be read"),
        ("[samples]", "[sample]", "samples is required"),
        ("[samples]", "[samples]\ngrain_size = [1.0]", "grain_size stands in one"),
        ("face_resistance = [", "face_resistance = [1.0,", "differ in length"),
        ("face_resistance = [", 'face_resistance = ["x",', "finite numbers"),
    ],
)
def test_a_damaged_card_is_refused_by_name(old, new, words, written, tmp_path):
    """Breaks when a study would draw from half a card."""
    text = (written[0] / "card.toml").read_text()
    assert old in text
    (tmp_path / "card.toml").write_text(text.replace(old, new, 1))
    with pytest.raises(MaterialError, match=words):
        cm.load_posterior("card.toml", tmp_path)


def test_an_unknown_card_is_told_with_the_nearest():
    """Breaks when a slip in a name is not helped."""
    with pytest.raises(MaterialError, match=r'did you mean "Li\|Li6PS5Cl"'):
        cm.load_posterior("Li|Li6PS5C")


def test_the_same_seed_gives_the_same_chain():
    """Breaks when a calibration cannot be repeated."""
    table = stripping(["0.2 mA/cm^2"], sampler={"walkers": 4, "maximum_steps": 600, "seed": 9})
    first, second = (_sampled(table)[1].z for _ in range(2))
    assert np.array_equal(first, second)


def test_an_interrupt_keeps_what_there_is(tmp_path):
    """Breaks when Ctrl-C loses the chain."""

    def stop(share, words):
        raise KeyboardInterrupt

    table = stripping(["0.2 mA/cm^2"], sampler={"walkers": 4, "maximum_steps": 9000})
    problem = parse_problem(table)
    chain = sample(problem, stop)
    found = posterior_of(problem, chain)
    assert chain.interrupted and chain.steps == 500 and "interrupted" in found.words[0]
    assert all(path.exists() for path in write_posterior(found, tmp_path))


def test_a_short_chain_is_said_to_be_short():
    """Breaks when a posterior is shown as known that is not."""
    table = stripping(["0.2 mA/cm^2"], sampler={"walkers": 4, "maximum_steps": 100})
    assert any("too short" in line for line in posterior_of(*_sampled(table)).words)


SULFIDE = clocks.Electrolyte(140e-6, 0.2e6, 25e9, 0.58)
METAL = clocks.Metal(Creep(1.9e-5, 0.4e6, 6.56))


def test_clocks_take_a_flaw_for_every_walker():
    """Breaks when many flaws at once are not the same as one after the other."""
    depth, width = np.array([[5e-6], [20e-6], [60e-6]]), np.array([[0.2e-6], [0.1e-6], [0.4e-6]])
    pressure, current, eta = np.array([3e6, 25e6]), np.array([1.0, 50.0]), np.array([0.01, 0.05])
    many = clocks.filled_flaw_time(
        pressure, current, eta, clocks.Flaw(depth, width, 0.83), SULFIDE, METAL
    )
    for k in range(3):
        flaw = clocks.Flaw(float(depth[k, 0]), float(width[k, 0]), 0.83)
        one = clocks.filled_flaw_time(pressure, current, eta, flaw, SULFIDE, METAL)
        assert np.array_equal(many[k], one)
    assert np.isinf(many).any() and np.isfinite(many).any()


def test_the_critical_current_is_where_the_filled_flaw_begins_to_run():
    """Breaks when the current that is fitted is not the one at which the clock starts."""
    problem = load_problem(PUBLISHED / "li_li6ps5cl_calibration.toml")
    each = next(one for one in problem.sets if one.data.kind == "critical_current")
    inputs = {**problem.fixed, **{name: np.array([[value]]) for name, value in
                                  cm.load_posterior("Li|Li6PS5Cl").best().items()}}  # fmt: skip
    critical = each.predict(inputs)
    for factor, runs in ((0.99, False), (1.01, True)):
        at = replace(each.conditions, current_density=factor * critical[0])
        assert (np.isfinite(clock_times(inputs, at)[0]) == runs).all()


def calibrated_case(**more):
    """A tiny case whose uncertainty is the library's card."""
    return tiny_case(uncertainty={"posterior": "Li|Li6PS5Cl", "samples": 50}, **more)


def test_a_study_draws_joint_samples_of_a_card(tmp_path):
    """Breaks when a run scatters by factors that were set by hand beside a card that knows them."""
    case = cm.parse_case(calibrated_case(flaw__depth_scale="3 um", flaw__width="0.4 um"))
    cell = build_cell(case, check_case(case), build_microstructure(case.geometry, tmp_path))
    factors = calibrated_factors(case, cell)
    card = cm.load_posterior("Li|Li6PS5Cl")
    drawn = card.draw(50, 0)
    assert set(factors) == set(FACTORS)
    assert factors["flaw_depth"] == approx(drawn["flaw_depth_scale"] / 3e-6, rel=1e-12)
    assert factors["creep_rate"] == approx(drawn["creep_factor"], rel=1e-12)
    assert factors["pore_width"] == approx(drawn["channel_width"] / PORE_WIDTH, rel=1e-12)
    # As strong in a flaw: the pressure at the tip is that of lithium that creeps less.
    slow = drawn["confined_creep_factor"]
    tips = [
        plated_pressure(1e-9, 40e-6, 0.5 * width, Creep(rate, 0.4e6, 6.56))
        for width, rate in ((drawn["flaw_width"], 1.9e-5 * slow),
                            (0.4e-6 * factors["flaw_width"], 1.9e-5))
    ]  # fmt: skip
    assert tips[0] == approx(tips[1], rel=0.06)


def test_a_case_without_a_card_keeps_its_hash_and_one_with_it_has_the_cards():
    """Breaks when older results are run again, or a new card leaves old results standing."""
    plain, with_card = cm.parse_case(tiny_case()), cm.parse_case(calibrated_case())
    assert "posterior" not in canonical(plain)["uncertainty"]
    assert inputs_hash(plain) != inputs_hash(with_card)


def test_an_unknown_card_is_refused_before_a_run(tmp_path):
    """Breaks when a slip in the name of a card is told after the run."""
    table = tiny_case(uncertainty={"posterior": "Li|LLZTO"})
    with pytest.raises(MaterialError, match="no card of calibrated inputs"):
        cm.run(cm.parse_case(table), tmp_path / "out")
    assert not (tmp_path / "out").exists()
