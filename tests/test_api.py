"""The Python front door: what it loads and when, what it hands out, and that its examples run."""

import copy
import doctest
import json
import pickle
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import chemomech as cm
from chemomech import api
from chemomech.api import calibrations, cases, library, runs, studies
from chemomech.case import schema
from chemomech.door import results
from compare import approx
from small import SHORT_CYCLE, small_case, tiny_case, write_toml

ROOT = Path(__file__).parents[1]
HEAVY = {"dolfinx", "petsc4py", "pandas", "matplotlib", "xarray", "gmsh", "meshio"}


def loaded_by(statements):
    """Names of the heavy packages that Python has loaded after some statements."""
    script = f"{statements}\nimport sys; print(*sorted({HEAVY!r} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


def test_the_import_is_light():
    """Breaks when `import chemomech` or reading a case loads packages that only a run needs."""
    assert not loaded_by("import chemomech as cm, sys; assert 'pydantic' not in sys.modules")
    file = ROOT / "meshes" / "bilayer.toml"
    use = f"import chemomech as cm; cm.load_case({str(file)!r}); cm.CaseError, cm.NoConvergence"
    assert not loaded_by(use)


def test_every_public_name_is_there_and_documented():
    """Breaks when a public name cannot be loaded, has no docstring, or is not listed by dir()."""
    assert set(cm.__all__) <= set(dir(cm))
    for name in cm.__all__:
        if name != "__version__":
            assert getattr(cm, name).__doc__, name
    try:
        cm.lode_case  # noqa: B018
    except AttributeError as error:
        assert "lode_case" in str(error)
    else:
        raise AssertionError("an unknown name was found")
    assert (ROOT / "chemomech" / "py.typed").is_file()


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """A folder with what the examples start from: a case, a study, a result."""
    folder = tmp_path_factory.mktemp("desk")
    table = tiny_case(cycle__protocol=SHORT_CYCLE, output__fields="worst", stack__pressure="5 MPa")
    file = write_toml(folder / "cell.toml", table)
    vary = {"stack.pressure": ["1 MPa", "40 MPa"]}
    study = {"name": "two pressures", "vary": vary, "base": "cell.toml"}
    write_toml(folder / "study.toml", study)
    face = {"prior": "lognormal", "median": "3 ohm*cm^2", "factor": 2.0, "reason": "a test"}
    data = {"name": "resistance", "kind": "resistance", "pressure": ["5 MPa"], "faces": 1,
            "value": ["30 ohm*cm^2"], "source": "a test", "provenance": "user"}  # fmt: skip
    calibration = {"name": "face", "contact_law": "plastic", "data": [data],
                   "parameters": {"face_resistance": face},
                   "inputs": {"contact_hardness": "43 MPa"},
                   "materials": {"lithium": "lithium", "electrolyte": "Li6PS5Cl"},
                   "sampler": {"walkers": 4, "maximum_steps": 200}}  # fmt: skip
    write_toml(folder / "calibration.toml", calibration)
    cm.run(file, folder / "results" / "one")
    return folder


@pytest.mark.parametrize(
    "module",
    [calibrations, cases, library, runs, results, schema, studies],
    ids=lambda each: each.__name__,
)
def test_examples_run(module, desk, monkeypatch):
    """Breaks when an example in the documentation gives something else, or there is none."""
    monkeypatch.chdir(desk)
    if module is studies:
        cm.run_study("study.toml", "results/study", report=False)
    found = doctest.testmod(module, optionflags=doctest.IGNORE_EXCEPTION_DETAIL)
    assert found.failed == 0 and found.attempted
    bare = [
        each.name
        for each in doctest.DocTestFinder().find(module)
        if each.name.removeprefix(f"{api.__name__}.").split(".", 1)[-1] in api.__all__
        and not each.examples
    ]
    assert not bare


def test_the_command_line_uses_this_door_alone():
    """Breaks when a command does what a user of Python cannot do."""
    source = (ROOT / "chemomech" / "cli.py").read_text()
    lines = [line for line in source.splitlines() if "import" in line and "chemomech" in line]
    assert [line.split()[1] for line in lines] == [
        "chemomech", "chemomech.completion", "chemomech.endings", "chemomech.progress",
        "chemomech.signals", "chemomech.units.words", "chemomech.version",
    ]  # fmt: skip
    assert set(api.__all__) - {"RECIPES"} <= set(cm.__all__)


def test_a_case_from_python_values():
    """Breaks when a case built in Python differs from its file, or errors do not name the key."""
    case = cm.Case(**small_case())
    assert case == cm.parse_case(small_case())
    with pytest.raises(cm.CaseError, match=r"stack.pressure: 5 has no unit"):
        cm.Case(**small_case(stack__pressure=5))


def test_nothing_changes_in_place():
    """Breaks when a case or a material can be changed behind the back of its checks, or a wrong
    change is told in pydantic's words."""
    case, material = cm.Case(**cm.new_case()), cm.load_material("NMC811")
    for change in (
        lambda: setattr(case.stack, "pressure", 3),
        lambda: setattr(case, "name", "x"),
        lambda: delattr(case.stack, "pressure"),
    ):
        with pytest.raises(cm.CaseError, match=r"never changes, and .*with_values"):
            change()
    with pytest.raises(TypeError):
        material.properties["young_modulus"] = 1.0
    assert pickle.loads(pickle.dumps(material)) == copy.deepcopy(material) == material


@pytest.mark.parametrize("values", [{5: "1 MPa"}, {"": 1}, 3, ["stack.pressure"]], ids=str)
def test_changes_that_are_none(values):
    """Breaks when what is no path of a key, or no table of changes, is a traceback."""
    with pytest.raises(cm.CaseError, match=re.compile("write (the path|a table)")):
        cm.Case(**cm.new_case()).with_values(values)


def test_what_is_no_case_is_not_run(tmp_path):
    """Breaks when a number in the place of a case is an AttributeError."""
    for given in (5, None, cm.new_case()):
        with pytest.raises(cm.CaseError, match="case: given "):
            cm.run(given, tmp_path / "out")
        with pytest.raises(cm.CaseError, match="case: given "):
            cm.build_mesh(given)
    assert not (tmp_path / "out").exists()


def test_changed_values(tmp_path):
    """Breaks when a change touches the case it came from, loses its folder or hides a wrong key."""
    (tmp_path / "mine.toml").write_text(
        (ROOT / "chemomech/materials/library/nmc811.toml").read_text()
    )
    file = write_toml(tmp_path / "case.toml", small_case(materials__active="mine.toml"))
    case = cm.load_case(file)
    values = {"stack.pressure": "20 MPa", "materials.electrolyte.young_modulus": "30 GPa"}
    changed = case.with_values(values)
    assert (case.stack.pressure, changed.stack.pressure) == (10e6, 20e6)
    assert changed.materials["electrolyte"] == {"base": "Li6PS5Cl", "young_modulus": "30 GPa"}
    assert changed.base_folder == tmp_path
    values["materials.electrolyte.young_modulus"] = "40 GPa"
    assert changed.with_values({}) == changed
    assert changed.with_values({"stack.pressure": "10000 kPa"}) != case
    for key, value, words in (
        ("stack.presure", "1 MPa", 'stack.presure: .*"pressure"'),
        ("stack.pressure", 5, "stack.pressure: 5 has no unit"),
        ("geometry.seed.x", 1, "geometry.seed.x: 'seed' is not a section"),
        ('interfaces."active', 1, "a quote is not closed"),
        ("", 1, "write the path of a key"),
    ):
        with pytest.raises(cm.CaseError, match=words):
            case.with_values({key: value})


HASHES = {
    "meshes/bilayer.toml": "d983ea756a58405e",
    "meshes/cell_periodic.toml": "df600c06734e3b23",
    "meshes/coated.toml": "ce6c14030924954b",
    "meshes/drawing.toml": "68042c10717b8bdf",
    "meshes/section.toml": "3ae30bebfce296cc",
    "meshes/spheres.toml": "c258580b7f8c64ee",
    "studies/bucci2017.toml": "ed7203ffe8c26ceb",
    "studies/first_charge.toml": "58ee89bee697571f",
    "studies/flaw_families.toml": "ed073aebaf67d416",
    "studies/stack_pressure.toml": "71ebb56bbe619ed3",
    "studies/voids.toml": "cdc333173c8932fa",
}


@pytest.mark.parametrize("name", HASHES)
def test_the_hash_of_a_case_stays(name):
    """Breaks when finished studies would run again though nothing about their cases has changed."""
    from chemomech.case import case_hash, read_toml

    table = read_toml(ROOT / name)
    case = cm.parse_case(table.get("case", table), (ROOT / name).parent)
    assert case_hash(case) == HASHES[name]


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    """A run of the tiny case, its fields saved, and what it told of its progress."""
    table = tiny_case(cycle__protocol=SHORT_CYCLE, output__fields="worst")
    shares = []
    folder = tmp_path_factory.mktemp("run")
    case = cm.Case(**table)
    return cm.run(case, folder, progress=lambda state, share: shares.append(share)), shares


def test_a_run_hands_out_its_files(result):
    """Breaks when what a run returns is not what it wrote, or its progress is not told."""
    found, shares = result
    assert shares == sorted(shares) and shares[-1] == 1.0
    written = json.loads((found.folder / "result.json").read_text())
    assert found.data == written and found.summary == written["summary"]
    assert found.name == "small cell" and found.gates_failed == []
    for name in ("timeseries", "cycles", "particles"):
        table = pd.read_csv(found.folder / f"{name}.csv")
        pd.testing.assert_frame_equal(getattr(found, name), table)
    assert cm.load_result(found.folder).summary == found.summary


def test_laws_of_ones_own_reach_the_run(tmp_path):
    """Breaks when the door keeps the functions that a case names to itself."""
    with pytest.raises(cm.CaseError, match=r"laws.mine: given 3; write a function"):
        cm.run(cm.Case(**tiny_case()), tmp_path, laws={"mine": 3})
    with pytest.raises(cm.CaseError, match=r"laws.mine: no interface of the case names it"):
        cm.run(cm.Case(**tiny_case()), tmp_path, laws={"mine": lambda *values: values})


def test_fields_are_arrays(result):
    """Breaks when the fields of a state do not fit the mesh, or a wrong name is not told."""
    found, _ = result
    assert found.states == ["charged", "discharged"]
    bulk, faces = found.fields("charged"), found.fields("charged", "interfaces")
    assert bulk.cells.shape == (len(bulk.values["region"]), 3)
    assert bulk.values["displacement_m"].shape == bulk.points.shape
    assert faces.cells.shape == (len(faces.values["opening_m"]), 2)
    assert np.isfinite(bulk.values["stress_xx_Pa"]).all()
    with pytest.raises(cm.ResultError, match="charged, discharged"):
        found.fields("later")


def test_a_result_as_a_dataset(result):
    """Breaks when a variable has no unit or long name, or it is not said where it is from."""
    found, _ = result
    data = cm.open_result(found.folder)
    assert data["voltage_V"].attrs["units"] == "V"
    assert data["time_h"].dims == ("state",) and "time_h" in data.coords
    assert data["cycles_state_of_health"].dims == ("cycles",)
    np.testing.assert_array_equal(data["voltage_V"], found.timeseries["voltage_V"])
    for name, each in data.variables.items():
        assert {"units", "long_name"} <= each.attrs.keys(), name
    assert data.attrs["inputs_hash"] == found.data["inputs_hash"]
    assert {"chemomech", "dolfinx", "materials", "title"} <= data.attrs.keys()


def test_a_result_is_drawn(result, tmp_path):
    """Breaks when the figure lacks what the run recorded, or cannot be saved."""
    figure = result[0].plot()
    labels = " ".join(axis.get_ylabel() for axis in figure.axes)
    assert "[V]" in labels and "[MPa]" in labels
    figure.savefig(tmp_path / "run.png")
    assert (tmp_path / "run.png").stat().st_size > 10_000


def test_a_swelling_run_by_the_same_door(tmp_path):
    """Breaks when a run without cycles cannot be read, drawn or asked for what it does not have."""
    image = np.zeros((8, 8), dtype=np.uint8)
    image[2:6, 2:6] = 1
    np.save(tmp_path / "square.npy", image)
    table = {
        "name": "square",
        "geometry": {
            "recipe": "image",
            "path": "square.npy",
            "pixel_size": "0.5 um",
            "labels": {"0": "electrolyte", "1": "active"},
            "mesh": {"size_interface": "0.5 um", "size_bulk": "0.5 um"},
        },
        "materials": {"active": "NMC811", "electrolyte": "Li6PS5Cl"},
        "interfaces": {"active|electrolyte": "NMC811|Li6PS5Cl"},
        "stack": {"fixture": "constant_pressure", "pressure": "1 MPa"},
        "swelling": {"region": "active", "volume_change": -0.01},
    }
    found = cm.run(cm.parse_case(table, tmp_path), tmp_path / "out")
    assert found.summary["volume_change"] == -0.01 and found.states == ["end"]
    assert found.fields("end").values["displacement_m"].any()
    assert found.plot().axes
    data = cm.open_result(tmp_path / "out")
    assert data["volume_change"].dims == ("state",) and "cycles" not in data.sizes
    with pytest.raises(cm.ResultError, match=r"cycles.csv: was not written"):
        _ = found.cycles


def test_folders_without_results(tmp_path):
    """Breaks when a folder that holds nothing gives a traceback of another kind."""
    for call in (cm.open_result, cm.load_result, cm.open_study, cm.write_report):
        with pytest.raises(cm.ResultError, match=str(tmp_path)) as error:
            call(tmp_path)
        assert error.value.exit_code == 2
    (tmp_path / "result.json").write_text("{")
    with pytest.raises(cm.ResultError, match="JSON"):
        cm.load_result(tmp_path)


def test_a_mesh_by_itself(tmp_path):
    """Breaks when a mesh cannot be measured, drawn and saved without a run."""
    mesh = cm.build_mesh(cm.Case(**tiny_case()))
    assert mesh.file is None and not list(tmp_path.iterdir())
    measures = mesh.measure()
    assert sum(each["fraction"] for each in measures["regions"].values()) == approx(1.0)
    measures["regions"].clear()
    assert mesh.measure()["regions"]
    assert mesh.plot().axes
    assert [path.name for path in mesh.save(tmp_path)] == ["mesh.msh", "mesh.png", "mesh.json"]
    assert json.loads((tmp_path / "mesh.json").read_text()) == mesh.measure()
    from chemomech.geometry import read_msh

    assert len(read_msh(tmp_path / "mesh.msh").cells) == len(mesh.microstructure.cells)


def test_a_study_from_python(tmp_path):
    """Breaks when a study gives no labelled table, or one without units, names and provenance."""
    table = {
        "name": "two",
        "description": "why",
        "vary": {"stack.pressure": ["1 MPa", "40 MPa"]},
        "case": tiny_case(cycle__protocol=SHORT_CYCLE),
    }
    data = cm.run_study(write_toml(tmp_path / "study.toml", table), tmp_path / "out", report=False)
    assert data.equals(cm.open_study(tmp_path / "out"))
    assert not (tmp_path / "out" / "report.html").exists()
    one = json.loads((tmp_path / "out/cases/001_pressure=40MPa/result.json").read_text())
    found = data.sel(stack_pressure_MPa=40.0)
    assert float(found["max_K_over_KIc"]) == approx(one["summary"]["max_K_over_KIc"])
    assert str(found["inputs_hash"].item()) == one["inputs_hash"]
    for name, each in data.variables.items():
        assert {"units", "long_name"} <= each.attrs.keys(), name
    assert data.attrs["title"] == "two" and data.attrs["chemomech"] == cm.__version__


@pytest.mark.parametrize("recipe", api.RECIPES)
def test_cases_to_start_from_load(tmp_path, recipe):
    """Breaks when a new case cannot be read, or is laid over a file of one's own."""
    file = tmp_path / "new" / "case.toml"
    table = cm.new_case(file, recipe)
    assert cm.load_case(file).geometry.recipe == recipe == table["geometry"]["recipe"]
    assert file.read_text().startswith("#")
    text = file.read_text()
    with pytest.raises(cm.CaseError, match="is there already"):
        cm.new_case(file, recipe)
    assert file.read_text() == text
    with pytest.raises(cm.CaseError, match="layers"):
        cm.new_case(tmp_path / "other.toml", "layer")


@pytest.mark.parametrize("recipe", ["layered_cell", "layers", "image"])
def test_cases_to_start_from_run(tmp_path, recipe):
    """Breaks when a case to start from does not run; coarse and short here."""
    quick = {
        "geometry.mesh.size_interface": "1.2 um",
        "geometry.mesh.size_bulk": "6 um",
        "cycle.protocol": ["Charge at 1C for 2 minutes"],
        "solver.displacement_degree": 1,
        "uncertainty.samples": 5,
        "output.fields": "none",
    }
    case = cm.parse_case(cm.new_case(recipe=recipe)).with_values(quick)
    assert cm.run(case, tmp_path).gates_failed == []
