"""The command line on good and bad input: exit codes, one clear message, nothing half-written."""

import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import xarray as xr

from chemomech import cli
from chemomech.materials import load_material
from compare import approx
from small import SHORT_CYCLE, small_case, tiny_case, write_toml

ROOT = Path(__file__).parents[1]


def call(capsys, *arguments):
    """Exit code, standard output and standard error of a command."""
    code = cli.main([str(argument) for argument in arguments])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"geometry__width": 30}, ["geometry.width", "30", "unit"]),
        ({"stack__pressure": "5 um"}, ["stack.pressure", "5 um", "pressure"]),
        ({"stack__presure": "5 MPa"}, ["stack.presure", "pressure"]),
        ({"geometry__separator_thickness": "-3 um"}, ["geometry.separator_thickness", "-3 um"]),
        ({"geometry__particles__area_fraction": 0.89}, ["geometry.particles.area_fraction"]),
        ({"materials__active": "NMC999"}, ["NMC999", "NMC811"]),
        ({"cycle__charge_voltage": "5 V"}, ["cycle.charge_voltage", "5 V", "4.3"]),
        ({"cycle__protocol": ["Charge at C/3 until 5 V"]}, ["cycle.protocol", "5 V", "4.3"]),
        (
            {"cycle__protocol": ["Rest for 1 h", "Charge at 1C to 4 V"]},
            ["cycle.protocol[1]", "Charge at 1C to 4 V"],
        ),
        ({"cycle__protocol": ["Rest for 1 h"], "cycle__count": 3}, ["cycle.count", "protocol"]),
        (
            {"cycle__discharge_voltage": "4.5 V"},
            ["cycle.discharge_voltage", "4.5", "charge_voltage"],
        ),
        ({"cycle__initial_stoichiometry": 0.95}, ["cycle.initial_stoichiometry", "0.95", "0.9"]),
        ({"flaw__depth": "12 um"}, ["flaw.depth", "12", "10 um"]),
        (
            {"interfaces__active|electrolyte": {"base": "NMC811|Li6PS5Cl", "strength": "2 GPa"}},
            ["active|electrolyte", "stiffness", "4e+17", "2e+18"],
        ),
        (
            {
                "interfaces__lithium|separator": {
                    "base": "lithium|Li6PS5Cl",
                    "contact_law": "velcro",
                }
            },
            ["contact_law", "velcro", "persson"],
        ),
        (
            {
                "interfaces__lithium|separator": {
                    "base": "lithium|Li6PS5Cl",
                    "contact_law": "persson",
                }
            },
            ["lithium|Li6PS5Cl", "rms_slope"],
        ),
        (
            {"materials__active": {"base": "NMC811", "equilibrium_potential": "unobtainium"}},
            ["equilibrium_potential", "unobtainium", "NMC811 Chen 2020"],
        ),
        (
            {
                "interfaces__active|electrolyte": {
                    "base": "NMC811|Li6PS5Cl",
                    "exchange_current_dependence": "none",
                }
            },
            ["exchange_current_dependence", "none", "sites, constant"],
        ),
        ({"stack__out_of_plane": "open"}, ["stack.out_of_plane", "open", "particles"]),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_bad_cases(tmp_path, capsys, change, words):
    """Breaks when wrong input is not told by key and remedy, or leaves a results folder.

    The code is 2; 4 for a packing that cannot be reached.
    """
    case = write_toml(tmp_path / "case.toml", small_case(**change))
    code, _, error = call(capsys, "run", case, "--out", tmp_path / "out")
    assert code == (4 if "geometry__particles__area_fraction" in change else 2)
    assert "Traceback" not in error
    for word in words:
        assert word in error, error
    assert not (tmp_path / "out" / "result.json").exists()
    leftovers = [p for p in tmp_path.rglob("*") if p.name != "case.toml" and p.is_file()]
    assert not leftovers


def test_missing_and_broken_files(tmp_path, capsys):
    """Breaks when a file that is not there or not TOML is not named with its line."""
    code, _, error = call(capsys, "run", tmp_path / "none.toml")
    assert (code, "none.toml" in error) == (2, True)
    broken = tmp_path / "broken.toml"
    broken.write_text('name = "x"\n[geometry\n')
    code, _, error = call(capsys, "run", broken)
    assert code == 2
    assert "line 2" in error


def test_unpercolating_electrolyte(tmp_path, capsys):
    """Breaks when a mesh whose electrolyte does not reach the collector is a crash."""
    from chemomech.geometry.mesh.msh import gmsh_session

    path = tmp_path / "cut.msh"
    heights = {"lithium": (0, 2), "separator": (2, 6), "active": (8, 10), "collector": (12, 13)}
    with gmsh_session() as gmsh:
        boxes = {
            name: gmsh.model.occ.addRectangle(0, low, 0, 5, high - low)
            for name, (low, high) in heights.items()
        }
        below = gmsh.model.occ.addRectangle(0, 6, 0, 5, 2)
        above = gmsh.model.occ.addRectangle(0, 10, 0, 5, 2)
        gmsh.model.occ.fragment(
            [(2, boxes["lithium"])], [(2, t) for t in (*list(boxes.values())[1:], below, above)]
        )
        gmsh.model.occ.synchronize()
        for name, tag in boxes.items():
            gmsh.model.addPhysicalGroup(2, [tag], name=name)
        gmsh.model.addPhysicalGroup(2, [below, above], name="electrolyte")
        gmsh.model.mesh.generate(2)
        gmsh.write(str(path))
    table = small_case()
    table["geometry"] = {"recipe": "file", "path": "cut.msh"}
    code, _, error = call(
        capsys, "run", write_toml(tmp_path / "case.toml", table), "--out", tmp_path / "out"
    )
    assert code == 4
    assert "geometry.length_unit" in error
    table["geometry"]["length_unit"] = "1 um"
    code, _, error = call(
        capsys, "run", write_toml(tmp_path / "case.toml", table), "--out", tmp_path / "out"
    )
    assert code == 4
    assert "percolate" in error
    assert not (tmp_path / "out").exists()


def test_bad_study(tmp_path, capsys):
    """Breaks when a study with one wrong value begins to run, or does not name case and key."""
    study = {"name": "s", "vary": {"stack.pressure": ["1 MPa", "2 um"]}, "case": small_case()}
    code, _, error = call(
        capsys, "study", write_toml(tmp_path / "s.toml", study), "--out", tmp_path / "out"
    )
    assert code == 2
    assert "001_pressure=2um" in error
    assert "stack.pressure" in error
    assert not (tmp_path / "out").exists()


def test_gate_failed(tmp_path, capsys):
    """Breaks when a balance over its gate is silent, has another code or loses its results."""
    case = write_toml(
        tmp_path / "case.toml", tiny_case(gates__charge_balance=1e-30, cycle__protocol=SHORT_CYCLE)
    )
    code, output, error = call(
        capsys, "run", case, "--out", tmp_path / "out", "--progress", "lines"
    )
    assert code == 1
    assert "charge_balance" in error
    shares = [float(line.removeprefix("progress ")) for line in output.splitlines()]
    assert shares == sorted(shares) and shares[-1] == 1.0 and 0.0 <= shares[0] < 1.0
    assert json.loads((tmp_path / "out" / "result.json").read_text())["gates_failed"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            {
                "solver__maximum_iterations": 1,
                "solver__minimum_step": 0.05,
                "solver__tolerance": 1e-12,
            },
            "residual",
        ),
        (
            {
                "cycle__protocol": ["Rest for 60 s", "Discharge at C/5 for 1 hour"],
                "solver__maximum_steps": 3,
            },
            "cycle 1, step 2 of the protocol",
        ),
    ],
    ids=["preload", "protocol"],
)
def test_no_convergence(tmp_path, capsys, change, words):
    """Breaks when a run that cannot converge does not end with code 3 and say where."""
    case = write_toml(tmp_path / "case.toml", tiny_case(**change))
    code, _, error = call(capsys, "run", case, "--out", tmp_path / "out")
    assert code == 3
    assert words in error
    result = tmp_path / "out" / "result.json"
    assert not result.exists() or "step 2" in json.loads(result.read_text())["stopped"]["where"]


def test_mesh_command(tmp_path, capsys):
    """Breaks when the mesh command leaves out a file, or a measure beside what was asked for."""
    case = write_toml(tmp_path / "case.toml", small_case())
    code, output, _ = call(capsys, "mesh", case, "--out", tmp_path / "mesh")
    assert code == 0
    for words in (
        "asked: 40.00 %",
        "tortuosity factor",
        "active|electrolyte",
        "scaled Jacobian",
        "S/m",
    ):
        assert words in output, words
    assert {p.name for p in (tmp_path / "mesh").iterdir()} == {"mesh.msh", "mesh.png", "mesh.json"}
    summary = json.loads((tmp_path / "mesh" / "mesh.json").read_text())
    (layer,) = summary["layers"]
    assert layer["heights"] == approx([24e-6, 34e-6])
    assert layer["fractions"]["active"] == approx(0.4, abs=0.01)
    assert layer["bodies"]["electrolyte"]["through"] == approx(1.0)
    assert layer["bodies"]["active"] | {"largest_isolated": []} == {
        "count": 4,
        "through": 0.0,
        "at_bottom": 0.0,
        "at_top": 0.0,
        "isolated": 1.0,
        "isolated_count": 4,
        "largest_isolated": [],
    }
    (conduction,) = layer["conduction"]
    sigma = conduction["conductors"]["electrolyte"]
    assert conduction["conductors"] == {"electrolyte": load_material("Li6PS5Cl").ionic_conductivity}
    for found in conduction["axes"].values():
        product = found["tortuosity_factor"] * found["effective_conductivity"]
        assert product == approx(layer["fractions"]["electrolyte"] * sigma)
        assert 1.0 < found["geometric_tortuosity"] < found["tortuosity_factor"] ** 0.5 * 1.05
    assert summary["regions"]["active"]["coverage"] == {"electrolyte": approx(1.0)}
    assert sum(each["fraction"] for each in summary["regions"].values()) == approx(1.0)


def test_mesh_command_needs_the_geometry_only(tmp_path, capsys):
    """Breaks when a geometry alone is not measured, or a wrong key of it passes."""
    table = small_case()
    drawing = write_toml(tmp_path / "drawing.toml", {"geometry": table["geometry"]})
    code, output, _ = call(capsys, "mesh", drawing, "--out", tmp_path / "mesh")
    assert code == 0
    assert "through electrolyte along y" in output and "S/m" not in output
    assert output.count("layer from") == 1
    assert "through active along y: no way" in output
    table["materials"]["active"], table["interfaces"] = "unobtainium", {}
    code, output, _ = call(
        capsys, "mesh", write_toml(tmp_path / "odd.toml", table), "--out", tmp_path / "odd"
    )
    assert code == 0
    assert "unobtainium" in output
    wrong = {"geometry": table["geometry"] | {"widht": "3 um"}}
    code, _, error = call(
        capsys, "mesh", write_toml(tmp_path / "wrong.toml", wrong), "--out", tmp_path / "wrong"
    )
    assert code == 2
    assert "geometry.widht" in error and not (tmp_path / "wrong").exists()


@pytest.mark.parametrize(
    "path", sorted((ROOT / "meshes").glob("*.toml")), ids=lambda path: path.stem
)
def test_shipped_meshes_are_valid_cases(path):
    """Breaks when a case file in meshes/ no longer fits the schema."""
    from chemomech.case import load_drawing

    assert load_drawing(path).name


def test_materials_and_schema(capsys):
    """Breaks when the library or the schema leaves something out, or a wrong name has no hint."""
    code, output, _ = call(capsys, "materials")
    assert code == 0
    assert "Li6PS5Cl" in output
    code, output, _ = call(capsys, "materials", "Li6PS5Cl")
    assert "young_modulus" in output
    assert "GPa" in output
    code, _, error = call(capsys, "materials", "Li6PS5C")
    assert code == 2
    assert "Li6PS5Cl" in error
    code, output, _ = call(capsys, "schema")
    assert "geometry.particles.area_fraction" in output


def test_help_is_for_newcomers():
    """Breaks when --help does not list the commands, an example of each and the exit codes."""
    done = subprocess.run(
        [sys.executable, "-m", "chemomech", "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for word in (
        "study",
        "run",
        "mesh",
        "report",
        "materials",
        "exit codes",
        "studies/stack_pressure.toml",
    ):
        assert word in done.stdout


def test_study_runs_resumes_and_reports(tmp_path, capsys):
    """Breaks when a study has no table, units or report, or runs finished cases again."""
    study = {
        "name": "two pressures",
        "vary": {"stack.pressure": ["1 MPa", "40 MPa"]},
        "window": {"maximum_voltage_loss": "100 mV", "maximum_K_over_KIc": 1.0},
        "case": tiny_case(cycle__protocol=SHORT_CYCLE, output__fields="worst"),
    }
    file, out = write_toml(tmp_path / "study.toml", study), tmp_path / "out"
    code, _, _ = call(capsys, "study", file, "--out", out)
    assert code == 0
    table = pd.read_csv(out / "summary.csv")
    wanted = [
        "stack_pressure_MPa",
        "contact_fraction_cathode",
        "contact_fraction_anode",
        "interfacial_resistance_cathode_ohm_cm2",
        "interfacial_resistance_anode_ohm_cm2",
        "voltage_loss_mV",
        "discharge_capacity_mAh_cm2",
        "capacity_share",
        "max_G_over_Gc",
        "max_K_over_KIc",
        "critical_current_density_mA_cm2",
        "critical_overpotential_mV",
        "critical_stripping_current_density_mA_cm2",
        "short_risk",
        "safe_share",
        "life_h",
        "area_cm2",
        "plating_current_density_mA_cm2",
        "first_clock",
        "short_time_h",
        "penetration_risk",
        "time_to_short_h",
        "energy_balance_error",
        "charge_balance_error",
        "lithium_balance_error",
        "wall_time_s",
    ]
    assert list(table.columns[1 : 1 + len(wanted)]) == wanted
    assert table["stack_pressure_MPa"].tolist() == [1.0, 40.0]
    assert table["contact_fraction_anode"].is_monotonic_increasing
    data = xr.open_dataset(out / "study.nc", engine="h5netcdf")
    assert data["stack_pressure_MPa"].attrs["units"] == "MPa"
    units = {
        "interfacial_resistance_anode_ohm_cm2": "ohm cm2",
        "voltage_loss_mV": "mV",
        "discharge_capacity_mAh_cm2": "mAh cm-2",
        "capacity_share": "1",
    }
    assert {name: data[name].attrs["units"] for name in units} == units
    assert data["voltage_loss_mV"].attrs["long_name"].startswith("voltage that ions, electrons")
    assert float(data["max_K_over_KIc"].sel(stack_pressure_MPa=40.0)) == approx(
        table["max_K_over_KIc"][1], rel=1e-6
    )
    assert (out / "report.html").stat().st_size > 10_000
    stamps = {p: p.stat().st_mtime_ns for p in out.glob("cases/*/result.json")}
    assert len(stamps) == 2
    code, _, _ = call(capsys, "study", file, "--out", out, "--no-report")
    assert code == 0
    assert {p: p.stat().st_mtime_ns for p in out.glob("cases/*/result.json")} == stamps


def test_a_new_case_is_written_once(tmp_path, capsys, monkeypatch):
    """Breaks when `new` writes nothing to start from, or lays it over what stands there."""
    monkeypatch.chdir(tmp_path)
    code, output, _ = call(capsys, "new")
    assert code == 0 and "chemomech run case.toml" in output
    code, _, error = call(capsys, "new", "case.toml")
    assert code == 2 and "is there already" in error
    code, _, _ = call(capsys, "new", "image.toml", "--recipe", "image")
    assert code == 0 and (tmp_path / "microstructure.png").is_file()


@pytest.mark.parametrize("kind", [(), ("case",), ("study",)], ids=str)
def test_schema_for_editors(capsys, kind):
    """Breaks when the JSON Schema is not JSON, or not that of the kind of file asked for."""
    code, output, _ = call(capsys, "schema", "--json", *kind)
    schema = json.loads(output)
    assert code == 0 and schema["$schema"].startswith("https://json-schema.org")
    assert ("vary" in schema.get("properties", ())) == (kind == ("study",))
    assert ("if" in schema) == (kind == ())


def test_completion_knows_commands_and_options(capsys):
    """Breaks when a shell's script lacks a command, an option or a choice, or bash refuses it."""
    for shell in ("bash", "zsh", "fish"):
        code, output, _ = call(capsys, "completion", shell)
        assert code == 0
        for word in ("study", "doctor", "no-report", "layered_cell_3d", "resume", "LGPS"):
            assert word in output, (shell, word)
        assert "progress" not in output
    _, output, _ = call(capsys, "completion", "bash")
    for words, number, expected in (
        ("chemomech st", 1, "study"),
        ("chemomech new --r", 2, "--recipe"),
        ("chemomech schema st", 2, "study"),
        ("chemomech materials Li6", 2, "Li6PS5Cl"),
        ("chemomech materials 'lithium|'", 2, "lithium\\|Li6PS5Cl"),
    ):
        lines = f"{output}\nCOMP_WORDS=({words}); COMP_CWORD={number}\n"
        lines += '_chemomech; echo "${COMPREPLY[@]}"'
        done = subprocess.run(["bash", "-c", lines], capture_output=True, text=True, check=True)
        assert done.stdout.split() == [expected] and not done.stderr


def test_resume_takes_a_number(tmp_path, capsys):
    """Breaks when a wrong --resume is not told as bad input."""
    case = write_toml(tmp_path / "case.toml", small_case())
    code, _, error = call(capsys, "run", case, "--resume", "later", "--out", tmp_path / "out")
    assert code == 2 and '--resume: given "later"' in error


def test_a_single_run_has_a_report(tmp_path, capsys):
    """Breaks when the folder of one run is no folder to report on."""
    case = write_toml(tmp_path / "case.toml", tiny_case(cycle__protocol=SHORT_CYCLE))
    assert call(capsys, "run", case, "--out", tmp_path / "one")[0] == 0
    code, output, error = call(capsys, "report", tmp_path / "one")
    assert code == 0 and "report.html" in output, error
    page = (tmp_path / "one" / "report.html").read_text()
    assert "A single run." in page and "One case over stack pressure" in page
    assert page.count("<img") >= 3
    case = write_toml(
        tmp_path / "swells.toml", tiny_case(swelling={"region": "active", "volume_change": 0.01})
    )
    assert call(capsys, "run", case, "--out", tmp_path / "swells")[0] == 0
    assert call(capsys, "report", tmp_path / "swells")[0] == 0
