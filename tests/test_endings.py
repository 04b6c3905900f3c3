"""How commands end: exit codes, last words, whole files, and children that were ended."""

import ast
import json
import os
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from chemomech import api, cli
from chemomech.case import parse_case
from chemomech.endings import EPILOG, EXIT_CODES
from chemomech.files import only_one, replacing, try_folder, write_atomically, write_text
from chemomech.materials import fingerprint
from chemomech.materials.fingerprint import inputs_hash
from chemomech.runs import run as run_module
from chemomech.setup import mesh as mesh_module
from chemomech.study import engine
from chemomech.study.engine import finished_result, run_study
from chemomech.study.folder import read_result
from chemomech.study.plan import Run, load_study
from small import small_case, tiny_case, write_toml

PROJECT = Path(__file__).parents[1]


def call(capsys, *arguments):
    """Exit code and standard error of a command."""
    code = cli.main([str(argument) for argument in arguments])
    return code, capsys.readouterr().err


@pytest.mark.parametrize("command", ["run", "mesh", "study", "report"])
def test_a_folder_that_cannot_be_written_is_told_before_anything_is_made(
    tmp_path, capsys, monkeypatch, command
):
    """Breaks when a file in the place of the results folder is a traceback, or is found after the
    meshing."""
    # Modules that are imported at first use would keep what they find here.
    for place in (run_module, mesh_module):
        monkeypatch.setattr(place, "build_mesh", lambda *given: pytest.fail("meshed"))
    monkeypatch.setattr(engine.Children, "run", lambda *given: pytest.fail("run"))
    taken = tmp_path / "taken"
    taken.write_text("mine")
    table = small_case() if command != "study" else {
        "name": "s", "case": small_case(), "vary": {"geometry.seed": [1]},
    }  # fmt: skip
    file = write_toml(tmp_path / "file.toml", table)
    if command == "report":
        code, error = call(capsys, "report", taken)
        assert code == 2 and error.count("\n") == 1
        return
    for out in (taken, taken / "below"):
        code, error = call(capsys, command, file, "--out", out)
        assert code == 5
        (told,) = [line for line in error.splitlines() if not line.endswith(" 1 case")]
        assert told == f"chemomech: {taken}: cannot be read or written: Not a directory"
    assert taken.read_text() == "mine"


def test_a_new_case_below_a_file(tmp_path, capsys):
    """Breaks when a file that cannot be written is told as bad input."""
    (tmp_path / "taken").write_text("mine")
    code, error = call(capsys, "new", tmp_path / "taken" / "case.toml")
    assert code == 5 and "cannot be read or written" in error


def test_what_stood_there_stands_when_the_disk_is_full(tmp_path):
    """Breaks when half a file takes a name, is left beside it, or the error names no file."""
    path = tmp_path / "table.csv"
    write_text(path, "whole")

    def full(file):
        file.write(b"ha")
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left") as told:
        write_atomically(path, full)
    assert told.value.filename == str(path) and told.value.errno == 28
    with pytest.raises(KeyboardInterrupt), replacing(path) as beside:
        assert beside.suffix == ".csv"
        beside.write_text("half")
        raise KeyboardInterrupt
    assert path.read_text() == "whole" and [each.name for each in tmp_path.iterdir()] == [path.name]
    with pytest.raises(OSError, match="an error of HDF5") as told, replacing(path):
        raise OSError("an error of HDF5")
    assert told.value.filename == str(path)
    long = (
        "Unable to create file (file write failed\n, errno = 28, error message = 'No space', x = 1)"
    )
    with pytest.raises(OSError, match="No space:") as told, replacing(path):
        raise OSError(long)
    assert told.value.strerror == "No space"
    try_folder(tmp_path / "a" / "b")
    assert not (tmp_path / "a").exists()


# What is written for a moment into a folder of one's own, streams, and what only a maker runs.
NOT_KEPT = {
    "files.py": "the writer",
    "endings.py": "a traceback of its own name",
    "geometry/mesh/size_grid.py": "sizes for gmsh",
    "geometry/drawing/planar.py": "drafts for gmsh",
    "geometry/mesh/msh.py": "a reason, out of a confined folder",
    "received/door.py": "copies in a private folder",
    "geometry/recipes/imported.py": "a draft for gmsh",
    "study/engine.py": "log.txt",
    "runs/columns/__main__.py": "docs/columns.md",
}


def test_every_file_is_written_whole():
    """Breaks when a module writes a file that it keeps in another way than files.py."""
    writes = {"write_text", "write_bytes", "copy", "copyfile", "copy2", "move", "savefig", "to_csv"}
    for path in sorted((PROJECT / "chemomech").rglob("*.py")):
        name = path.relative_to(PROJECT / "chemomech").as_posix()
        if name in NOT_KEPT:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call):
                continue
            called = getattr(node.func, "attr", getattr(node.func, "id", ""))
            owner = getattr(getattr(node.func, "value", None), "id", "")
            if called == "open" and any(
                isinstance(each, ast.Constant) and "w" in str(each.value) for each in node.args
            ):
                pytest.fail(f"{name}:{node.lineno} opens a file to write")
            method = called in writes and isinstance(node.func, ast.Attribute)
            if method and (owner == "shutil" or called not in ("copy", "move")):
                first = ast.unparse(node.args[0]) if node.args else ""
                assert (called, first) in {("savefig", "buffer"), ("to_csv", "")}, (
                    f"{name}:{node.lineno} writes with {called}"
                )


def test_an_unexpected_error_asks_for_a_report(tmp_path, capsys, monkeypatch):
    """Breaks when a bug is a traceback, passes for a failed gate, or leaves no trace."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    def broken(*given, **more):
        raise RuntimeError("a bug\nof two lines")

    monkeypatch.setattr(api, "load_case", broken)
    code, error = call(capsys, "run", "some case.toml")
    assert code == 70 and error.count("\n") == 1
    assert "RuntimeError: a bug of two lines" in error and "please report it" in error
    (trace,) = tmp_path.glob("chemomech-*.txt")
    assert str(trace) in error
    for word in ("chemomech run 'some case.toml'", "in broken", "Traceback"):
        assert word in trace.read_text()


def test_a_missing_stack_is_one_line(capsys, monkeypatch):
    """Breaks when an installation without dolfinx shows a traceback."""

    def lacking(*given, **more):
        raise ModuleNotFoundError("No module named 'dolfinx.fem'", name="dolfinx.fem")

    monkeypatch.setattr(api, "load_case", lacking)
    code, error = call(capsys, "run", "case.toml")
    assert code == 5 and "a library is missing" in error and error.count("\n") == 1


@pytest.mark.parametrize("arguments", ["materials", "schema", "--help"])
def test_a_reader_that_has_gone_is_no_fault(arguments):
    """Breaks when `chemomech schema | head` shows a traceback."""
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, "-m", "chemomech", arguments],
        cwd=PROJECT,
        stdout=write,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(write)
    assert done.returncode in (0, 141) and done.stderr == b""


def test_help_and_documents_agree():
    """Breaks when a code is missing where a user looks for it, or has two meanings."""
    shown = " ".join(cli.parser().format_help().split())
    assert EPILOG in shown
    text = " ".join((PROJECT / "README.md").read_text().split())
    for code, meaning in EXIT_CODES.items():
        assert f" {code} {meaning.split(' (')[0]}" in text


@pytest.mark.parametrize(
    ("saved", "words"),
    [
        (False, ["nothing is kept", "starts anew"]),
        (True, ["go on from there with: ", "--mesh m.msh --resume"]),
    ],
)
def test_an_interrupted_run_says_how_to_go_on(tmp_path, capsys, monkeypatch, saved, words):
    """Breaks when the command that goes on is not said, or is the one that starts anew."""

    def interrupted(*given, **more):
        raise KeyboardInterrupt

    monkeypatch.setattr(api, "run", interrupted)
    case = write_toml(tmp_path / "case.toml", small_case())
    if saved:
        write_text(tmp_path / "my out" / "checkpoints" / "cycle_00001.npz", "")
    code, error = call(capsys, "run", case, "--out", tmp_path / "my out", "--mesh", "m.msh")
    assert code == 130
    for word in words:
        assert word in error
    assert not saved or f"--out '{tmp_path / 'my out'}'" in error


@pytest.mark.parametrize(
    "text",
    ["[]", "null", "3", "", "{", '{"inputs_hash": "a"}', "[" * 100_000, "\0", '{"summary": []}'],
)
def test_what_is_no_result_is_not_there(tmp_path, text):
    """Breaks when a file of another shape stops a study before anything runs."""
    assert read_result(tmp_path) is None
    (tmp_path / "result.json").write_text(text)
    assert read_result(tmp_path) is None and finished_result(tmp_path, "a") is None
    (tmp_path / "result.json").write_bytes(b"\xff\xfe")
    assert read_result(tmp_path) is None
    (tmp_path / "result.json").unlink()
    (tmp_path / "result.json").mkdir()
    assert read_result(tmp_path) is None


def child(folder, script):
    """A program that a study takes for Python: a script that gets the command of the case."""
    path = folder / "child"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(path)


ENDS = {
    "killed": ("echo working >&2; kill -9 $$", 137, "ended by signal 9 (Killed): out of memory?"),
    "crashed": ("kill -SEGV $$", 128 + signal.SIGSEGV, "ended by signal 11 (Segmentation fault)"),
    "changed": ('printf "%s" "$RESULT" > "$6/result.json"', 2, "its inputs have changed while"),
    "gate": ('printf "%s" "$RESULT" > "$6/result.json"; exit 1', 2, "its inputs have changed"),
    "lost": ("exit 0", 5, "result.json: cannot be read"),
    "list": ("echo '[]' > \"$6/result.json\"", 5, "result.json: cannot be read"),
}


@pytest.mark.parametrize("how", ENDS)
def test_a_case_without_its_result_has_failed(tmp_path, monkeypatch, how):
    """Breaks when a child ended by a signal, or a result of other inputs, lets a study succeed."""
    script, code, words = ENDS[how]
    file = write_toml(
        tmp_path / "s.toml", {"name": "s", "case": tiny_case(), "vary": {"geometry.seed": [1]}}
    )
    other = {"inputs_hash": "of others", "summary": {}, "gates_failed": []}
    monkeypatch.setenv("RESULT", json.dumps(other))
    monkeypatch.setattr(engine.sys, "executable", child(tmp_path, script))
    (outcome,) = run_study(load_study(file), tmp_path / "out")
    assert (outcome.code, outcome.result) == (code, None)
    assert outcome.message.startswith(words) or words in outcome.message
    assert how != "killed" or outcome.message.endswith("working")


def test_one_impossible_geometry_is_the_outcome_of_its_case(tmp_path):
    """Breaks when a geometry that cannot be made ends the study, or keeps others from running."""
    vary = {"geometry.particles.area_fraction": [0.28, 0.89]}
    case = tiny_case(cycle__protocol=["Charge at 1C for 1 minute"])
    file = write_toml(tmp_path / "s.toml", {"name": "s", "case": case, "vary": vary})
    study = load_study(file)
    outcomes = run_study(study, tmp_path / "out")
    assert [each.code for each in outcomes] == [0, 4]
    assert outcomes[1].label == study.cases[1].label and "area_fraction" in outcomes[1].message


def test_a_study_goes_on_past_a_refused_checkpoint(tmp_path, monkeypatch):
    """Breaks when a checkpoint that is refused blocks a case of a study for ever."""
    file = write_toml(
        tmp_path / "s.toml", {"name": "s", "case": tiny_case(), "vary": {"geometry.seed": [1]}}
    )
    monkeypatch.setattr(engine.sys, "executable", child(tmp_path, 'echo "$@" >&2; exit 3'))
    study = load_study(file)
    (first,) = run_study(study, tmp_path / "out")
    assert "--resume" not in first.message
    write_text(tmp_path / "out" / "cases" / first.label / "checkpoints" / "cycle_00001.npz", "x")
    (second,) = run_study(study, tmp_path / "out")
    assert second.message.endswith("--resume --set-aside")


def test_the_table_stands_before_anything_runs_and_when_a_study_is_ended(tmp_path, monkeypatch):
    """Breaks when hours of solving end in a table that cannot be written, or an interrupted study
    has none."""
    vary = {"geometry.seed": [1, 2, 3]}
    file = write_toml(tmp_path / "s.toml", {"name": "s", "case": tiny_case(), "vary": vary})
    study, seen = load_study(file), []

    def interrupted(*given):
        seen.append(pd.read_csv(tmp_path / "out" / "summary.csv")["exit_code"].tolist())
        raise KeyboardInterrupt

    monkeypatch.setattr(engine, "Children", interrupted)
    with pytest.raises(KeyboardInterrupt):
        api.run_cases(study, tmp_path / "out")
    assert seen == [[-1, -1, -1]]
    monkeypatch.undo()
    monkeypatch.setattr(engine.sys, "executable", child(tmp_path, "exit 3"))
    done = []

    def stop(label, share):
        done.append(label)
        if len(done) == 2:
            raise KeyboardInterrupt

    one = replace(study, file=study.file.model_copy(update={"run": Run(workers=1)}))
    with pytest.raises(KeyboardInterrupt):
        api.run_cases(one, tmp_path / "out", stop)
    manifest = json.loads((tmp_path / "out" / "study.json").read_text())
    assert sorted(case["exit_code"] for case in manifest["cases"]) == [-1, 3, 3]
    assert "not run yet" in api.write_report(tmp_path / "out").read_text()


def result_by_child(folder):
    """A child that writes the result of its case's inputs and counts its runs in a file."""
    script = f'''echo "$4" >> {folder}/runs
exec {sys.executable} -c '
import json, sys
from chemomech.case import load_case
from chemomech.materials.fingerprint import inputs_hash
found = {{"inputs_hash": inputs_hash(load_case(sys.argv[1])), "summary": {{"x": 1.0}},
         "band_10_50_90": {{}}, "gates_failed": []}}
json.dump(found, open(sys.argv[2] + "/result.json", "w"))' "$4" "$6"'''
    return child(folder, script)


def test_finished_cases_are_found_wherever_they_stand(tmp_path, monkeypatch):
    """Breaks when a value put in front of the list runs every case behind it anew."""
    monkeypatch.setattr(engine.sys, "executable", result_by_child(tmp_path))

    def ran(*pressures):
        (tmp_path / "runs").write_text("")
        file = write_toml(
            tmp_path / "s.toml",
            {
                "name": "s",
                "case": tiny_case(),
                "vary": {"stack.pressure": [f"{each} MPa" for each in pressures]},
            },
        )
        study = load_study(file)
        outcomes = run_study(study, tmp_path / "out")
        assert [each.result["inputs_hash"] for each in outcomes] == [
            planned.hash for planned in study.cases
        ]
        return (tmp_path / "runs").read_text().count("case.toml")

    assert ran(5, 10) == 2
    assert ran(1, 5, 10) == 1
    assert ran(10, 5, 1) == 0
    assert ran(5, 5) == 1  # twice the same: a folder each
    assert not list((tmp_path / "out" / "cases").glob(".moved*"))


def test_a_spoilt_shared_mesh_is_made_anew(tmp_path, monkeypatch):
    """Breaks when a mesh that a full disk cut off fails every case for ever."""
    geometry, mesh = parse_case(tiny_case()).geometry, tmp_path / "mesh.msh"
    assert mesh_module.shared_mesh(geometry, mesh) == mesh
    whole = mesh.read_bytes()
    for spoilt in (whole[: len(whole) // 2], b"", b"no mesh"):
        mesh.write_bytes(spoilt)
        mesh_module.shared_mesh(geometry, mesh)
        assert mesh.read_bytes() == whole
    monkeypatch.setattr(mesh_module, "build_microstructure", lambda *given: pytest.fail("built"))
    mesh_module.shared_mesh(geometry, mesh)


def test_one_at_a_time(tmp_path):
    """Breaks when two processes are let in together, or one that was killed locks others out."""
    lock, asked = tmp_path / "below" / ".lock", []
    with only_one(lock) as held:
        heir = subprocess.Popen(["sleep", "60"], pass_fds=[held])
    with only_one(lock, lambda: asked.append(1) or len(asked) == 2):
        assert len(asked) == 2
    heir.kill()
    heir.wait()
    with only_one(lock, lambda: pytest.fail("the lock is not free")):
        pass


def test_the_hash_of_the_inputs_holds_the_program(tmp_path, monkeypatch):
    """Breaks when results of other code count as done, or a word of the report costs them all."""
    case = parse_case(tiny_case())
    before = inputs_hash(case)
    copy = shutil.copytree(PROJECT / "chemomech", tmp_path / "chemomech")
    monkeypatch.setattr(fingerprint, "PACKAGE", copy)

    def now():
        fingerprint.code_version.cache_clear()
        return inputs_hash(case)

    try:
        assert now() == before
        for name in fingerprint.SHOWS_ONLY:
            place = copy / name if (copy / name).is_dir() else copy / f"{name}.py"
            assert place.exists(), name
        (copy / "report" / "words.py").write_text("other words")
        (copy / "cli.py").write_text("other commands")
        assert now() == before
        law = copy / "physics" / "thermal.py"
        law.write_text(law.read_text() + "\n# another")
        assert now() != before
    finally:
        fingerprint.code_version.cache_clear()


def test_a_run_ends_with_groups_a_verdict_and_its_folder(tmp_path):
    """Breaks when a run ends with a list that nobody reads, or does not say whether it is safe."""
    summary = {
        "contact_fraction_cathode": 0.91, "stack_pressure_MPa": 10.0, "voltage_loss_mV": 120.0,
        "crack_length_electrolyte_um": 3.0, "max_K_over_KIc": 0.4, "penetration_risk": None,
        "energy_balance_error": 1e-4, "charge_transfer_resistance_cathode_ohm_cm2": 5.0,
    }  # fmt: skip
    result = {"name": "n", "inputs_hash": "a", "summary": summary, "gates_failed": []}
    (tmp_path / "result.json").write_text(json.dumps(result))
    lines = api.summarise(api.load_result(tmp_path))
    heads = [line for line in lines if not line.startswith(" ")]
    assert heads[:-3] == [
        "pressure", "cracks", "penetration", "contact", "electrochemistry", "checks"
    ]  # fmt: skip
    assert heads[-2] == "verdict: keeps the limit K/K_Ic 1 of the named flaw (it is 0.4)"
    assert heads[-1] == f"results: {tmp_path}"
    assert "  voltage loss                                        120 mV" in lines
    assert "not known or never: penetration risk" in lines
    study = write_toml(
        tmp_path / "s.toml",
        {"window": {"maximum_voltage_loss": "100 mV", "maximum_penetration_risk": 0.5}},
    )
    said = api.summarise(api.load_result(tmp_path), study)[-2]
    assert "misses the limit voltage loss 100 mV (it is 120)" in said
    assert "penetration risk 0.5 (it is not known)" in said
