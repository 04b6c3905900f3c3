"""States that cannot be end the step with a reason of their own, and what was computed stands."""

import json
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from chemomech import cli
from chemomech.case import CaseError, parse_case
from chemomech.door.results import Result
from chemomech.report.reading import read_results
from chemomech.runs.cautions import Caution, of_ends, of_fixture, of_strains, tables
from chemomech.runs.observers.strain import elastic_strain
from chemomech.runs.run import run
from chemomech.simulation.energy import EnergyAccount
from chemomech.simulation.errors import (
    FACE_EMPTY,
    FACE_FULL,
    LEAST_SITES,
    LITHIUM_MELTS,
    Bounds,
    OutOfWork,
)
from chemomech.study.engine import finished_result
from chemomech.study.folder import cautions_of
from chemomech.units.constants import FARADAY
from compare import approx
from small import film_case, write_toml


def flat_case(protocol, **changes):
    """The thin film cell with less lithium, coarser; changes: whole sections."""
    table = film_case(
        cycle={"protocol": protocol},
        solver={"displacement_degree": 1, "steps_per_half_cycle": 5},
        flaw={"depth": "1 um"},
        uncertainty={"samples": 5},
        output={"fields": "none"},
    )
    table["geometry"] |= {"width": "2 um", "mesh": {"size_interface": "1 um", "size_bulk": "2 um"}}
    table["geometry"]["layers"][0]["thickness"] = "2 um"
    return table | changes


def run_of(protocol, folder):
    """Result and time series of a flat cell."""
    result = run(parse_case(flat_case(protocol)), folder)
    return result, pd.read_csv(folder / "timeseries.csv").fillna({"step_ended": ""})


@pytest.fixture(scope="module")
def ended(tmp_path_factory):
    """A run whose steps all end before their limit: (result, time series, folder)."""
    folder = tmp_path_factory.mktemp("ended")
    protocol = [
        "Discharge at C/2 for 20 h",
        "Charge at 1C for 20 h",
        "Rest for 1 minutes at 200 degC",
    ]
    return *run_of(protocol, folder), folder


def test_each_end_has_its_reason(ended):
    """Breaks when a step that cannot go on ends the run, goes on into what no material is known
    for, or ends without saying why."""
    result, table, _ = ended
    ends = table[table["step_ended"] != ""]
    assert ends["step_ended"].tolist() == ["face full", "material range", "lithium melts"]
    assert not result["gates_failed"] and "stopped" not in result
    codes = [each["code"] for each in result["cautions"]]
    for code in ("face_full", "material_range", "lithium_melts"):
        assert codes.count(code) == 1
    assert "stoichiometry_range" in codes


def test_a_limit_met_at_once_leaves_no_trace(tmp_path):
    """Breaks when a pulse that its overpotential ends at once leaves an emptied face behind: the
    rest after it stands at the potential before it."""
    result, table = run_of(["Charge at 500C until 4.3 V", "Rest for 10 s"], tmp_path)
    pulse, rest = (table[table["protocol_step"] == number] for number in (1, 2))
    assert pulse["step_ended"].tolist() == ["limit at once"] and pulse["time_h"].item() == 0.0
    assert pulse["current_density_mA_cm2"].item() == 0.0
    pressed = 1.3e-5 * 5e6 / FARADAY  # of lithium under the stack pressure
    assert rest["voltage_V"].to_numpy() == approx(3.5682 + pressed, abs=1e-4)
    codes = [each["code"] for each in result["cautions"]]
    assert codes == ["limit_at_once", "flaw_against_thickness"]


def test_the_face_fills_and_the_range_ends(ended):
    """Breaks when a discharge past full has no end but the solver's, or a charge runs on below the
    least stoichiometry that the material is known for."""
    _, table, _ = ended
    full, empty = (table[table["protocol_step"] == number].iloc[-1] for number in (1, 2))
    assert 0.9 < full["stoichiometry"] < 1.0 and full["voltage_V"] < 3.4
    assert empty["stoichiometry"] == approx(0.2613, abs=2e-5)


def test_lithium_melts_on_the_ramp(ended):
    """Breaks when a cell is heated beyond the melting point of its lithium without a word."""
    _, table, _ = ended
    last = table.iloc[-1]
    assert last["temperature_degC"] == approx(180.5, abs=2e-3)


def test_one_list_is_read_by_all(ended, capsys):
    """Breaks when the cautions of a result do not reach the Python door or the report, or an older
    result's warnings are lost."""
    result, _, folder = ended
    assert Result(folder).cautions == result["cautions"]
    assert len(Result(folder).warnings) == len(result["cautions"])
    assert read_results(folder).cases[0].cautions == Result(folder).warnings
    old = {"warnings": ["lithium crept"]}
    assert cautions_of(old) == [
        {"code": "warning", "text": "lithium crept", "where": "", "when": ""}
    ]


def test_balances_are_zero_where_nothing_passes(tmp_path):
    """Breaks when a run of rests alone, or one that starts charged, has balances that are not
    numbers."""
    case = flat_case(["Rest for 10 minutes"])
    case["cycle"]["initial_stoichiometry"] = 0.2613
    result = run(parse_case(case), tmp_path)
    summary = result["summary"]
    for name in ("lithium", "charge", "power", "energy"):
        assert summary[f"{name}_balance_error"] == approx(0.0, abs=1e-10)
    assert not result["gates_failed"] and result["cycle"]["capacity_mAh_cm2"] > 0.0


def test_a_run_that_stops_leaves_what_it_has(tmp_path, capsys):
    """Breaks when a run that runs out of work loses what it computed, is taken for finished, or
    does not go on from where it stopped to what an unbroken run gives."""
    protocol, budget = ["Charge at C/10 for 1 h"], {"maximum_steps": 5}
    table = flat_case(protocol)
    whole = run(parse_case(table), tmp_path / "whole")
    out, file = tmp_path / "out", tmp_path / "case.toml"
    table["solver"] |= budget
    write_toml(file, table)
    assert cli.main(["run", str(file), "--out", str(out), "--progress", "lines"]) == 3
    assert "--resume goes on there" in capsys.readouterr().err
    found = json.loads((out / "result.json").read_text())
    assert "cycle 1, step 1" in found["stopped"]["where"]
    assert "maximum_steps" in found["stopped"]["why"]
    assert {p.name for p in out.iterdir()} >= {"timeseries.csv", "particles.csv", "checkpoints"}
    assert len(pd.read_csv(out / "timeseries.csv")) > 1
    assert finished_result(out, found["inputs_hash"]) is None
    single = read_results(out)
    assert single.cases[0].exit_code == 3 and "stopped at" in single.description
    table["solver"].pop("maximum_steps")
    write_toml(file, table)
    again = ["run", str(file), "--out", str(out), "--resume", "--progress", "lines"]
    assert cli.main(again) == 0
    gone_on = json.loads((out / "result.json").read_text())
    assert "stopped" not in gone_on
    for name in ("discharge_capacity_mAh_cm2", "charge_capacity_mAh_cm2", "max_K_over_KIc"):
        assert gone_on["summary"][name] == approx(whole["summary"][name], rel=1e-9)


def test_what_stops_is_an_exit_code_of_its_own():
    """Breaks when a run out of work is told as anything but 3."""
    assert OutOfWork.exit_code == 3


def test_a_second_active_region_keeps_its_volume(tmp_path):
    """Breaks when active material that lithium cannot reach swells by the cathode's table, or is
    not named."""
    case = flat_case(["Rest for 1 minutes"])
    core = {"region": "core", "thickness": "2 um"}
    layers = case["geometry"]["layers"]
    case["geometry"]["layers"] = [*layers[:3], core, layers[3]]
    inert = {"base": "aluminium", "flow": "elastic", "young_modulus": "140 GPa"}
    inert |= {"poisson_ratio": 0.3, "thermal_expansion": "1e-6 1/K"}
    energies = []
    for name, material in (("active", "NMC811"), ("inert", inert)):
        case["materials"]["core"] = material
        result = run(parse_case(case), tmp_path / name)
        energies.append(result["energies_J_per_m"]["elastic"])
        named = [each["where"] for each in result["cautions"] if each["code"] == "no_lithium_path"]
        assert named == (["core"] if name == "active" else [])
        assert not result["gates_failed"]
    assert energies[0] == approx(energies[1], rel=1e-6)


def test_a_flaw_must_fit(tmp_path):
    """Breaks when the formula of a half plane is used for a flaw through half of a layer or more,
    or a default flaw is taken for the user's."""
    case = flat_case(["Rest for 1 minutes"], flaw={"depth": "12 um"})
    with pytest.raises(CaseError, match=r"flaw.depth: given 12 um; .* is 8 um thick.* 4 um"):
        run(parse_case(case), tmp_path)
    assert not list(tmp_path.iterdir())
    case["flaw"] = {}
    result = run(parse_case(case), tmp_path)
    (caution,) = (each for each in result["cautions"] if each["code"] == "flaw_depth")
    assert "default" in caution["text"] and "8 um thick" in caution["text"]


def test_a_bond_that_reaches_across_the_cell_is_refused(tmp_path):
    """Breaks when a strength of next to nothing, whose law softens over a million kilometres, is
    run without end."""
    case = flat_case(["Rest for 1 minutes"])
    case["interfaces"]["active|separator"]["strength"] = "1e-9 Pa"
    with pytest.raises(CaseError, match=r"active.separator.*strength.* 2e.11 m apart"):
        run(parse_case(case), tmp_path)


def test_strains_that_are_not_small(tmp_path):
    """Breaks when small-strain kinematics are used far outside their meaning without a word: a held
    body that grows by 300 %, e = 4^(1/3) - 1 = 0.587."""
    case = flat_case(["Rest for 1 minutes"])
    del case["cycle"]
    case |= {
        "swelling": {"region": "active", "volume_change": 3.0},
        "cracks": {
            "separator": {"base": "crack", "strength": "300 GPa", "fracture_energy": "1e6 J/m^2"}
        },
    }
    case["interfaces"] = {}
    result = run(parse_case(case), tmp_path)
    assert result["strains"]["active"]["linear_strain_largest"] == approx(4 ** (1 / 3) - 1)
    assert result["summary"]["linear_strain_largest"] >= 4 ** (1 / 3) - 1
    assert any("linear_strain" in each for each in result["gates_failed"])
    assert "linear_strain" in [each["code"] for each in result["cautions"]]


def test_a_phase_field_alone_may_crack(tmp_path):
    """Breaks when a bonded body whose bulk may crack as a phase field is refused for a lack of
    interfaces."""
    case = flat_case(["Rest for 1 minutes"])
    del case["cycle"]
    case["interfaces"] = {}
    case |= {
        "swelling": {"region": "active", "volume_change": -0.01},
        "phase_field": {"regions": ["separator"], "length": "4 um", "toughness": "5 J/m^2"},
    }
    result = run(parse_case(case), tmp_path)
    assert result["summary"]["volume_change"] == -0.01 and not result["gates_failed"]
    del case["phase_field"]
    with pytest.raises(CaseError, match="phase_field"):
        run(parse_case(case), tmp_path / "none")


@pytest.mark.parametrize(
    ("stress", "expected"),
    [
        ([100.0, 0, 0, 0], 1e-3),
        ([100.0, 100.0, 100.0, 0], 4e-4),
        ([0, 0, 0, 100.0], 1.3e-3),
        ([0, 0, 0, 0, 100.0, 0], 1.3e-3),
    ],
)
def test_elastic_strain(stress, expected):
    """Breaks when uniaxial, hydrostatic or shear stress gives another strain than Hooke's law."""
    assert elastic_strain(np.array(stress), 1e5, 0.3) == approx(expected)


def face(x, conducting):
    """A coupling and a state whose only face has these stoichiometries and conducting shares."""
    x, conducting = np.atleast_2d(x), np.atleast_2d(conducting)
    values = np.stack([0.0 * x, x], axis=-1)

    class Operator:
        weights = np.ones_like(x)

        def __call__(self, both):
            return values

    junction = SimpleNamespace(operator=Operator(), rows=slice(None))
    coupling = SimpleNamespace(chemistry=SimpleNamespace(junctions={"a|b": junction}))
    chemical = SimpleNamespace(potential=np.zeros(1), stoichiometry=np.zeros(1))
    around = SimpleNamespace(conducting=conducting)
    return coupling, SimpleNamespace(chemical=chemical, around=around)


@pytest.mark.parametrize(
    ("x", "conducting", "current", "reason"),
    [
        ([1.0, 1.0], [1.0, 1.0], 1.0, FACE_FULL),
        ([0.0, 1e-6], [1.0, 1.0], -1.0, FACE_EMPTY),
        ([1.0, 1.0], [1.0, 1.0], -1.0, ""),
        ([0.0, 0.0], [1.0, 1.0], 1.0, ""),
        ([1.0, 0.9], [1.0, 1.0], 1.0, ""),
        ([1.0, 0.9], [1.0, 0.0], 1.0, FACE_FULL),
        ([1.0, 1.0], [0.0, 0.0], 1.0, ""),
        ([1.0, 1.0], [1.0, 1.0], 0.0, ""),
    ],
)
def test_sites_of_a_face(x, conducting, current, reason):
    """Breaks when a full face is taken for one that can be emptied, or full places for a full face:
    the rest of it still passes current."""
    assert Bounds(host="a|b").exhausted(*face(x, conducting), current, LEAST_SITES) == reason


@pytest.mark.parametrize(("aim", "count"), [(298.0, 0), (453.0, 0), (460.0, 1)])
def test_melting_is_an_event_of_hot_steps_alone(aim, count):
    """Breaks when a step that cools a cell down, or stays cold, ends by the melting point."""
    entry = SimpleNamespace(until_voltage=4.3)
    found = Bounds(melting=453.65).events(None, entry, -1.0, aim)
    assert [each.reason for each in found] == [LITHIUM_MELTS] * count


def test_metal_is_stripped_once():
    """Breaks when a step goes on after all metal is stripped."""
    junction = SimpleNamespace(
        operator=SimpleNamespace(weights=np.array([[1.0], [3.0]])), rows=slice(1, 3)
    )
    coupling = SimpleNamespace(chemistry=SimpleNamespace(junctions={"m": junction}))
    bounds = Bounds(metal="m", thickness=2e-6)
    (event,) = bounds.events(coupling, SimpleNamespace(until_voltage=None), 1.0, 298.0)
    for plated, sign in ((-1.9e-6, -1), (-2.1e-6, 1)):
        state = SimpleNamespace(plated=np.array([[5.0], [plated], [plated]]))
        assert np.sign(event.value(state)) == sign
    assert event.reason == "no lithium"


def test_a_step_that_ends_where_it_began_is_said():
    """Breaks when a step in which no time passes is told as any other."""
    table = pd.DataFrame(
        {
            "time_h": [0.0, 0.5, 1.0, 1.0, 2.0],
            "cycle": [0, 1, 1, 1, 1],
            "protocol_step": [0, 1, 1, 2, 3],
            "step_ended": ["", "", "time", "limit", "no path"],
        }
    )
    empty, lost = of_ends(table)
    assert (empty.code, empty.when) == ("no_time_passed", "1 h")
    assert (lost.code, lost.where) == ("no_path", "step 3 of the protocol, cycle 1")


def test_penalties_that_take_the_compliance_are_said():
    """Breaks when a fixed gap's pressure hangs on the interfaces' stiffness without a word."""
    energy = EnergyAccount(elastic=1.0, interface=1.0)
    for fixture, count in (("constant_pressure", 0), ("fixed_gap", 1)):
        case = SimpleNamespace(stack=SimpleNamespace(fixture=fixture))
        found = of_fixture(case, energy)
        assert len(found) == count and of_fixture(case, EnergyAccount(elastic=1.0)) == []
    assert "50 %" in found[0].text


def test_small_strains_are_not_worth_a_word():
    """Breaks when strains of a few per cent are cautioned against, or a caution stands twice."""
    found = of_strains(
        {
            "a": {"linear_strain_largest": 0.04, "when": ""},
            "b": {"linear_strain_largest": 0.1, "when": "time 1"},
        }
    )
    assert [each.where for each in found] == ["b"] and "5 %" in found[0].text
    assert len(tables([Caution("x", "y"), Caution("x", "y")])) == 1
