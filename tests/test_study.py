"""Studies: key paths, the grid, what is kept, repeated and reported when cases fail."""

import json

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import chemomech as cm
from chemomech.case import CaseError
from chemomech.case.keys import Changes, split_key
from chemomech.study.axes import typed
from chemomech.study.engine import Outcome, _absolute, run_study
from chemomech.study.plan import load_study
from chemomech.study.table import study_dataset, study_window, write_series, write_study
from compare import approx
from small import SHORT_CYCLE, small_case, tiny_case, write_toml


def study_file(folder, vary, **more):
    """Write a study of the small case and return its path."""
    return write_toml(
        folder / "study.toml", {"name": "test", "vary": vary, "case": small_case(), **more}
    )


def test_key_paths():
    """Breaks when a key with bars or dots cannot be named, or an open quote is not told."""
    assert split_key("stack.pressure") == ["stack", "pressure"]
    assert split_key('interfaces."active|electrolyte".strength') == [
        "interfaces",
        "active|electrolyte",
        "strength",
    ]
    assert split_key('materials."my.stuff".x') == ["materials", "my.stuff", "x"]
    with pytest.raises(CaseError, match="quote"):
        split_key('interfaces."active')


def test_a_change_wraps_a_named_material_and_leaves_the_table():
    """Breaks when a property of a material given by its name cannot be varied."""
    table = small_case()
    changed = Changes({"materials.electrolyte.young_modulus": "30 GPa"}).apply(table)
    assert changed["materials"]["electrolyte"] == {"base": "Li6PS5Cl", "young_modulus": "30 GPa"}
    assert table == small_case()
    with pytest.raises(CaseError, match="not a section"):
        Changes({"geometry.seed.x": 1}).apply(table)


def test_grid_and_hash(tmp_path):
    """Breaks when two cases share a folder, or equal inputs in other units run twice."""
    vary = {
        "stack.pressure": ["1 MPa", "1000 kPa"],
        "materials.active.young_modulus": ["140 GPa", "150 GPa"],
    }
    cases = load_study(study_file(tmp_path, vary)).cases
    assert len({planned.label for planned in cases}) == 4
    assert cases[0].hash == cases[2].hash
    assert cases[0].hash != cases[1].hash
    assert cases[1].case.stack.pressure == approx(1e6)


def test_base_case_file(tmp_path):
    """Breaks when a base case's paths start elsewhere, or base and case stand side by side."""
    (tmp_path / "cases").mkdir()
    write_toml(tmp_path / "cases" / "base.toml", small_case(stack__pressure="2 MPa"))
    study = write_toml(
        tmp_path / "s.toml",
        {"name": "s", "base": "cases/base.toml", "vary": {"geometry.seed": [1, 2]}},
    )
    assert load_study(study).base_folder == tmp_path / "cases"
    both = {
        "name": "s",
        "base": "cases/base.toml",
        "case": small_case(),
        "vary": {"geometry.seed": [1]},
    }
    with pytest.raises(CaseError, match="not both"):
        load_study(write_toml(tmp_path / "both.toml", both))


@pytest.mark.parametrize(
    ("vary", "words"),
    [
        ({}, "vary"),
        ({"stack.pressure": []}, "empty"),
        ({"stack.presure": ["1 MPa"]}, "stack.presure"),
        ({"stack.pressure": [5]}, "stack.pressure"),
        ({"materials.active": ["NMC999"]}, "NMC999"),
    ],
)
def test_bad_grids(tmp_path, vary, words):
    """Breaks when what is wrong with a grid is told without its key."""
    with pytest.raises(CaseError, match=words):
        load_study(study_file(tmp_path, vary))


def test_failed_case_is_kept_apart_and_the_rest_resumes(tmp_path):
    """Breaks when one case that does not converge takes the others or its message with it."""
    vary = {"solver.tolerance": [1e-6, 1e-17]}
    base = tiny_case(cycle__protocol=SHORT_CYCLE)
    study = load_study(study_file(tmp_path, vary, case=base))
    outcomes = run_study(study, tmp_path / "out")
    assert [outcome.code for outcome in outcomes] == [0, 3]
    assert "residual" in outcomes[1].message
    table, window = write_study(study, outcomes, tmp_path / "out")
    assert window is None
    assert np.isfinite(table["max_K_over_KIc"][0])
    assert np.isnan(table["max_K_over_KIc"][1])
    data = xr.open_dataset(tmp_path / "out" / "study.nc", engine="h5netcdf")
    assert data["max_K_over_KIc"].dims == ("tolerance",)
    stamp = next((tmp_path / "out" / "cases").glob("000*/result.json")).stat().st_mtime_ns
    again = run_study(study, tmp_path / "out")
    assert [outcome.code for outcome in again] == [0, 3]
    assert next((tmp_path / "out" / "cases").glob("000*/result.json")).stat().st_mtime_ns == stamp
    manifest = json.loads((tmp_path / "out" / "study.json").read_text())
    assert [case["exit_code"] for case in manifest["cases"]] == [0, 3]
    assert pd.read_csv(tmp_path / "out" / "summary.csv")["exit_code"].tolist() == [0, 3]


@pytest.fixture
def protocols(tmp_path):
    """A study of two protocols and its outcomes."""
    slow, fast = (
        [f"Charge at {rate} for 3 minutes", "Rest for 1 minute"] for rate in ("C/2", "1C")
    )
    study = load_study(study_file(tmp_path, {"cycle.protocol": [slow, fast]}, case=tiny_case()))
    return study, run_study(study, tmp_path / "out")


def test_a_protocol_can_vary(tmp_path, protocols):
    """Breaks when a list of steps is no value of a grid: its cases get one name, one hash, or one
    result."""
    study, outcomes = protocols
    assert (
        len({planned.label for planned in study.cases})
        == len({planned.hash for planned in study.cases})
        == 2
    )
    assert [outcome.code for outcome in outcomes] == [0, 0]
    charged = [outcome.result["summary"]["charge_capacity_mAh_cm2"] for outcome in outcomes]
    assert charged[1] == approx(2 * charged[0], rel=1e-9)
    with pytest.raises(CaseError, match=r"cycle.protocol\[0\]"):
        load_study(study_file(tmp_path, {"cycle.protocol": [["Charge at C/2"]]}, case=tiny_case()))


def test_the_table_of_varied_protocols(tmp_path, protocols):
    """Breaks when steps as values cannot be written as a coordinate."""
    table, window = write_study(*protocols, tmp_path / "out")
    assert window is None and len(table) == 2
    data = xr.open_dataset(tmp_path / "out" / "study.nc", engine="h5netcdf")
    assert "Charge at C/2 for 3 minutes" in str(data["protocol"].values[0])


def test_a_window_of_capacity(tmp_path):
    """Breaks when the limit of the capacity share does not reach the window, or its direction
    turns."""
    vary, case = {"stack.pressure": ["1 MPa", "20 MPa"]}, tiny_case(cycle__protocol=SHORT_CYCLE)
    study = load_study(
        study_file(tmp_path, vary, case=case, window={"minimum_capacity_share": 0.05})
    )
    outcomes = run_study(study, tmp_path / "out")
    for bound, empty in ((0.05, False), (0.5, True)):
        study.file.window.__dict__["minimum_capacity_share"] = bound
        table, window = write_study(study, outcomes, tmp_path / "out")
        assert (table["capacity_share"] > 0.08).all()
        assert window["empty"] == empty and window["limits"][0]["column"] == "capacity_share"


RISKS = {  # at 0.2 mA/cm2: risk of the best inputs and its percentiles, along the stack pressure
    1: (0.5, 0.4, 0.5, 0.6),
    4: (0.01, 0.01, 0.01, 0.4),
    16: (0.01, 0.01, 0.01, 0.02),
    64: (0.8, 0.1, 0.8, 0.9),
}


def tabled(study):
    """A table of made-up risks; at 1 mA/cm2 nothing is safe."""
    rows = []
    for planned in study.cases:
        wanted = planned.case.cycle.current_density < 5.0
        risk = RISKS[round(planned.case.stack.pressure / 1e6)] if wanted else (0.9,) * 4
        names = ("penetration_risk", *(f"p{share}_penetration_risk" for share in (10, 50, 90)))
        place = {
            "case": planned.label,
            "stack_pressure_MPa": planned.case.stack.pressure / 1e6,
            "max_K_over_KIc": 0.5,
        }
        rows.append(place | dict(zip(names, risk, strict=True)))
    return pd.DataFrame(rows)


def test_window_for_a_wanted_current_and_its_bands(tmp_path):
    """Breaks when cases at other currents count, when no current is named, or when the ends have no
    band.

    The chosen probability is 0.1; ends are interpolated in the logarithms of pressure and risk.
    """
    pressures = [f"{p} MPa" for p in RISKS]
    vary = {"cycle.current_density": ["0.2 mA/cm^2", "1 mA/cm^2"], "stack.pressure": pressures}
    window = {"maximum_penetration_risk": 0.1}
    study = load_study(study_file(tmp_path, vary, window=window))
    assert study_window(study, tabled(study)) is None
    study = load_study(
        study_file(tmp_path, vary, window=window | {"current_density": "0.02 A/dm^2"})
    )
    found = study_window(study, tabled(study))
    assert len(found["cases"]) == 4 and found["current_density_mA_cm2"] == approx(0.2)
    low, high = (4 ** (np.log(0.5 / 0.1) / np.log(50)), 16 * 4 ** (np.log(10) / np.log(80)))
    assert (found["low"]["value"], found["high"]["value"]) == (approx(low), approx(high))
    bands = found["bands"]
    assert bands["p10"]["low"]["value"] < low and bands["p10"]["high"]["value"] is None
    assert bands["p90"]["low"]["value"] == approx(4 * 4 ** (np.log(4) / np.log(20)))
    assert bands["p90"]["high"]["value"] < high
    alone = load_study(study_file(tmp_path, {"stack.pressure": pressures}, window=window))
    assert study_window(alone, tabled(alone))["bands"] == bands
    with pytest.raises(CaseError, match=r"window.current_density: given .* the cases have 2, 10"):
        load_study(study_file(tmp_path, vary, window=window | {"current_density": "3 mA/cm^2"}))
    with pytest.raises(CaseError, match=r"window.current_density"):
        load_study(study_file(tmp_path, vary, window=window | {"current_density": "3 mA"}))


def test_changed_inputs_are_run_again(tmp_path):
    """Breaks when a result of other inputs in the same folder is taken for this case's."""
    study = load_study(
        study_file(tmp_path, {"geometry.seed": [1]}, case=tiny_case(cycle__protocol=SHORT_CYCLE))
    )
    first = run_study(study, tmp_path / "out")[0].result["inputs_hash"]
    other = tiny_case(cycle__protocol=SHORT_CYCLE, flaw__depth="2 um")
    study = load_study(study_file(tmp_path, {"geometry.seed": [1]}, case=other))
    second = run_study(study, tmp_path / "out")[0].result["inputs_hash"]
    assert first != second


def test_a_wanted_current_is_no_key_of_a_protocol(tmp_path):
    """Breaks when window.current_density is held against a current that the cases do not use.

    With a protocol cycle.current_density stands at its default, 0.2 mA/cm2, and counts for nothing.
    """
    vary, case = {"stack.pressure": ["1 MPa", "4 MPa"]}, tiny_case(cycle__protocol=SHORT_CYCLE)
    for wanted in ("0.2 mA/cm^2", "1 mA/cm^2"):
        window = {"maximum_penetration_risk": 0.1, "current_density": wanted}
        with pytest.raises(CaseError, match=r"window.current_density: .*protocol"):
            load_study(study_file(tmp_path, vary, window=window, case=case))


def test_two_keys_of_one_name_have_an_axis_each(tmp_path):
    """Breaks when a study of two moduli ends, after all its runs, without a table."""
    vary = {
        "materials.active.young_modulus": ["140 GPa", "150 GPa"],
        'interfaces."active|electrolyte".strength': ["40 MPa"],
        "materials.electrolyte.young_modulus": ["20 GPa", "25 GPa", "30 GPa"],
    }
    study = load_study(study_file(tmp_path, vary))
    rows = [{"case": each.label, "wall_time_s": float(i)} for i, each in enumerate(study.cases)]
    data = study_dataset(study, pd.DataFrame(rows))
    moduli = "materials_active_young_modulus", "materials_electrolyte_young_modulus"
    assert data["wall_time_s"].dims == (moduli[0], "strength", moduli[1])
    assert data["wall_time_s"].shape == (2, 1, 3)
    assert data[moduli[1]].attrs["long_name"] == "materials.electrolyte.young_modulus"
    data.to_netcdf(tmp_path / "study.nc", engine="h5netcdf")


@pytest.mark.parametrize("turned", [False, True])
def test_a_key_and_what_holds_it_vary_together(tmp_path, turned):
    """Breaks when a material that varies puts back a modulus that varies, silently."""
    vary = {
        "materials.electrolyte.young_modulus": ["10 GPa", "20 GPa"],
        "materials.electrolyte": ["Li6PS5Cl"],
    }
    vary = dict(reversed(vary.items())) if turned else vary
    for planned, modulus in zip(
        load_study(study_file(tmp_path, vary)).cases, ["10 GPa", "20 GPa"], strict=True
    ):
        wanted = {"base": "Li6PS5Cl", "young_modulus": modulus}
        assert planned.table["materials"]["electrolyte"] == wanted


def test_two_spellings_of_one_key_are_refused(tmp_path):
    """Breaks when one of two spellings overwrites the other."""
    vary = {"stack.pressure": ["1 MPa", "2 MPa"], '"stack".pressure': ["5 MPa", "7 MPa"]}
    with pytest.raises(CaseError, match=r"is the key .stack\.pressure. once more"):
        load_study(study_file(tmp_path, vary))
    with pytest.raises(CaseError, match="once more"):
        Changes({"geometry.seed": 1, "geometry.seed.": 2}).apply(small_case())


@pytest.mark.parametrize(
    ("change", "key", "values", "words"),
    [
        ({"stack__pressure": 5}, "stack.pressure", ["1 MPa"], r"case: stack\.pressure: 5 has no"),
        ({"stack__pressure": "5 um"}, "stack.pressure", ["1 MPa"], r"case: stack\.pressure: "),
        (
            {"materials__active": {"base": "NMC811", "young_modulus": 5}},
            "materials.active.young_modulus",
            ["150 GPa"],
            "young_modulus",
        ),
        ({"materials__active": 3}, "materials.active", ["NMC811"], r"case: materials\.active: "),
    ],
)
def test_the_value_of_the_base_is_checked_too(tmp_path, change, key, values, words):
    """Breaks when a wrong value in the base is accepted because its key varies."""
    with pytest.raises(CaseError, match=words):
        load_study(study_file(tmp_path, {key: values}, case=small_case(**change)))


def test_a_base_need_not_be_whole(tmp_path):
    """Breaks when a base is held against what only its cases have."""
    table = small_case(stack__fixture="constant_pressure")
    del table["stack"]["pressure"]
    vary = {
        "stack.pressure": ["1 MPa"],
        "stack.fixture": ["spring"],
        "stack.stiffness": ["5 MPa/um"],
    }
    assert len(load_study(study_file(tmp_path, vary, case=table)).cases) == 1


def test_labels_are_names_that_a_file_system_holds(tmp_path):
    """Breaks when signs of several bytes make a folder's name longer than 255 bytes."""
    vary = {"name": ["\U0001d4b3" * 80, "x" * 300, "$\\frac{1$", "../../up", "."]}
    for planned in load_study(study_file(tmp_path, vary)).cases:
        assert len(planned.label.encode()) <= 84 and "/" not in planned.label
        (tmp_path / planned.label).mkdir()


def test_only_keys_that_name_files_name_files(tmp_path):
    """Breaks when a name that ends in .toml becomes a path: another case than was planned."""
    (tmp_path / "own.toml").write_text("")
    table = small_case(name="foo.toml", materials__active={"base": "own.toml", "note": "b.toml"})
    table["materials"]["path"] = "NMC811"
    table["geometry"]["path"] = "image.png"
    found = _absolute(table, tmp_path)
    assert found["name"] == "foo.toml"
    assert found["materials"]["active"] == {"base": str(tmp_path / "own.toml"), "note": "b.toml"}
    assert found["materials"]["path"] == "NMC811"
    assert found["geometry"]["path"] == str(tmp_path / "image.png")


def test_quantities_that_vary_are_numbers_with_units(tmp_path):
    """Breaks when a varied quantity is a text in study.nc, which nobody can sort or draw."""
    vary = {
        "cycle.temperature": ["25 degC", "333.15 K"],
        "flaw.depth": ["3 um", "0.002 mm"],
        "cycle.current_density": ["C/5", "0.2 mA/cm^2"],
        "geometry.seed": [1, 2],
    }
    study = load_study(study_file(tmp_path, vary))
    rows = [{"case": each.label, "wall_time_s": float(i)} for i, each in enumerate(study.cases)]
    study_dataset(study, pd.DataFrame(rows)).to_netcdf(tmp_path / "study.nc", engine="h5netcdf")
    with xr.open_dataset(tmp_path / "study.nc", engine="h5netcdf") as data:
        assert data["temperature"].values == approx(np.array([25.0, 60.0]), rel=1e-12)
        assert data["temperature"].attrs["units"] == "degC"
        assert data["depth"].values == approx(np.array([3.0, 2.0]), rel=1e-12)
        assert data["depth"].attrs["units"] == "um"
        assert data["current_density"].values.tolist() == ["C/5", "0.2 mA/cm^2"]
        assert data["seed"].values.tolist() == [1, 2]
        assert float(data["wall_time_s"].sel(temperature=60.0, depth=2.0, seed=2)[1]) == 15.0


def outcomes_of(study, folder, steps=()):
    """Outcomes with made-up results; steps: number of states of each case's time series."""
    found = []
    for index, planned in enumerate(study.cases):
        summary = {"max_K_over_KIc": None, "wall_time_s": 2}
        result = {"summary": summary, "band_10_50_90": {}, "gates_failed": []}
        if index < len(steps):
            rows = {"time_h": range(steps[index]), "voltage_V": 4.0 + index, "step_ended": "time"}
            place = folder / "cases" / planned.label
            place.mkdir(parents=True)
            pd.DataFrame(rows).to_csv(place / "timeseries.csv", index=False)
        found.append(Outcome(planned.label, 0, 0.0, "", result))
    return found


def test_a_table_names_units_and_holds_no_formula(tmp_path):
    """Breaks when a varied quantity stands in summary.csv without its unit, a spreadsheet computes
    what a user wrote as a name, or a column's kind hangs on its values."""
    vary = {
        "name": ["=1+1", "@x", "-2", "plain"],
        "cycle.temperature": ["25 degC", "333.15 K"],
        "stack.pressure": ["1 MPa", "500 kPa"],
        "flaw.depth": ["3 um"],
        "flaw.depth_scale": ["1 um"],
        "materials.electrolyte.fracture_toughness": ["0.2 MPa*m^0.5"],
    }
    study = load_study(study_file(tmp_path, vary))
    write_study(study, outcomes_of(study, tmp_path), tmp_path)
    text = (tmp_path / "summary.csv").read_text()
    assert not any(
        word.startswith(("=", "@")) for line in text.splitlines() for word in line.split(",")
    )
    table = pd.read_csv(tmp_path / "summary.csv")
    assert table["name"].tolist()[::4] == ["'=1+1", "'@x", "'-2", "plain"]
    assert table["temperature_degC"].tolist()[:3] == [25.0, 25.0, 60.0]
    assert table["stack_pressure_MPa"].tolist()[:2] == [1.0, 0.5]
    assert table["depth_um"].unique() == [3.0]
    assert table["fracture_toughness_MPa_sqrt_m"].unique() == [0.2]
    with xr.open_dataset(tmp_path / "study.nc", engine="h5netcdf") as data:
        assert data["name"].values.tolist() == vary["name"]
        assert data["max_K_over_KIc"].dtype == data["wall_time_s"].dtype == float
        assert not set(data) & {"temperature_degC", "depth_um"}


def test_the_time_series_of_all_cases_stand_in_one_dataset(tmp_path):
    """Breaks when the series of a study have to be put together by hand, or one that is shorter
    gets states that it never had."""
    vary = {"stack.pressure": ["1 MPa", "2 MPa"], "flaw.depth": ["3 um", "2 um"]}
    study = load_study(study_file(tmp_path, vary))
    outcomes = outcomes_of(study, tmp_path, steps=(2, 4, 3))
    write_series(study, outcomes, tmp_path)
    data = cm.open_study(tmp_path, series=True)
    assert data["voltage_V"].dims == ("stack_pressure_MPa", "depth", "state")
    assert data["states"].values.tolist() == [[2, 4], [3, 0]]
    one = data.sel(stack_pressure_MPa=2.0, depth=3.0)
    assert one["time_h"].values.tolist()[:3] == [0.0, 1.0, 2.0] and np.isnan(one["time_h"][3])
    assert one["voltage_V"].values[:3].tolist() == [6.0] * 3
    assert one["step_ended"].values.tolist() == ["time"] * 3 + [""]
    assert data["voltage_V"].attrs["units"] == "V"


@pytest.mark.parametrize(
    ("name", "values", "kind"),
    [
        ("voltage_V", [1, 2], "f"),
        ("voltage_V", [None, None], "f"),
        ("step_ended", [np.nan, np.nan], "U"),
        ("step_ended", ["time", np.nan], "U"),
        ("cycle", [1, 2], "i"),
        ("cycle", [], "i"),
    ],
)
def test_a_column_has_one_kind_whatever_it_holds(name, values, kind):
    """Breaks when two results cannot be joined because one of them lacks a number."""
    assert typed(name, pd.Series(values, dtype=object)).dtype.kind == kind
