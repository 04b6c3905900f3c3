"""A stopped run goes on from the end of a cycle as if nothing had been; what does not belong to it
is refused."""

import os
import shutil
import signal
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest

from chemomech import cli
from chemomech.case import parse_case
from chemomech.runs import checkpoint
from chemomech.runs.checkpoint import CheckpointError
from chemomech.runs.run import run
from compare import approx
from small import tiny_case, write_toml

FACE = {
    "base": "NMC811|Li6PS5Cl",
    "interphase_parabolic_rate": "2e-11 m/s^0.5",
    "interphase_conductivity": "1e-6 S/m",
    "fatigue_length": "2 um",
    "unloading_exponent": 0.5,
}
VOIDS = {
    "depth": "0.05 um",
    "width": "3 um",
    "positions": [0.0],
    "vacancy_diffusivity": "1e-15 m^2/s",
    "vacancy_limit": 0.05,
    "vacancy_depth": "2 um",
}
STEPS = ["Charge at 1C until 4.15 V", "Rest for 5 minutes", "Discharge at 1C for 15 minutes"]


def table_of(**changes):
    """A cell whose state has everything: voids, vacancies, damage, wear, films, contacts that
    remember, a spring, axial strains, fields."""
    table = tiny_case(
        cycle__protocol=[{"repeat": 3, "steps": STEPS}],
        stack__fixture="spring",
        stack__stiffness="5 MPa/um",
        stack__out_of_plane="particles",
        output__fields="cycles",
        output__checkpoints="all",
        voids=VOIDS,
        **changes,
    )
    table["interfaces"]["active|electrolyte"] = FACE
    return table


class Interrupted(Exception):
    """The run is stopped here."""


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """(result, folder) of three cycles in one go."""
    folder = tmp_path_factory.mktemp("whole")
    return run(parse_case(table_of()), folder), folder


@pytest.fixture(scope="module")
def stopped(tmp_path_factory):
    """Folder of the same run, stopped in its third cycle."""
    folder = tmp_path_factory.mktemp("stopped")

    def stop(run_state, share):
        assert 0.0 <= share < 1.0
        if run_state.cycle == 3:
            raise Interrupted

    with pytest.raises(Interrupted):
        run(parse_case(table_of()), folder, notify=stop)
    assert [path.name for path in sorted((folder / "checkpoints").iterdir())] == [
        "cycle_00001.npz",
        "cycle_00002.npz",
    ]
    assert not (folder / "result.json").exists()
    return folder


def assert_equal(folder, again, result, other, work=1e-12):
    """Hold everything that two runs have left against each other.

    work: by how much of it the numbers of iterations may differ.
    """
    for name in ("timeseries", "cycles", "particles"):
        one, two = (pd.read_csv(each / f"{name}.csv") for each in (folder, again))
        assert list(one) == list(two) and len(one) == len(two)
        for column in one:
            if one[column].dtype.kind == "f":
                size = one[column].abs().max()
                balance = column.endswith("_error")
                assert two[column].to_numpy() == approx(
                    one[column].to_numpy(),
                    rel=1e-9,
                    abs=1e-9 if balance else 1e-9 * size,
                    nan_ok=True,
                ), column
            else:
                assert one[column].equals(two[column]), column
    for name in (
        "energies_J_per_m",
        "utilisation_by_particle",
        "contact_fraction_by_particle_charged",
    ):
        assert other[name] == approx(result[name], rel=1e-9), name
    assert other["gates_failed"] == result["gates_failed"]
    counts = {key: value for key, value in result["solver"].items() if isinstance(value, int)}
    assert {key: other["solver"][key] for key in counts} == approx(counts, rel=work)
    for file in ("sites.npz", "voids.npz"):
        with np.load(folder / file) as one, np.load(again / file) as two:
            for name in one:
                assert two[name] == approx(
                    one[name], rel=1e-9, abs=1e-9 * np.abs(one[name]).max()
                ), name
    assert {p.name for p in (again / "fields").iterdir()} == {
        p.name for p in (folder / "fields").iterdir()
    }
    assert (again / "fields" / "cell.pvd").read_text().count("<DataSet") == 6
    assert (again / "result.json").exists()


def copied(folder, to):
    """A copy of a stopped run."""
    return shutil.copytree(folder, to / "run")


def everything(folder):
    """Path -> content of all files of a folder."""
    return {path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.mark.parametrize("resume", ["last", 1])
def test_a_stopped_run_goes_on(whole, stopped, tmp_path, resume):
    """Breaks when a run remembers what its checkpoint does not hold, or walks a cycle twice or not
    at all."""
    result, folder = whole
    again = copied(stopped, tmp_path)
    seen = []
    other = run(
        parse_case(table_of()),
        again,
        notify=lambda run_state, share: seen.append(run_state.cycle),
        resume=resume,
    )
    assert set(seen) == ({3} if resume == "last" else {2, 3})
    assert_equal(folder, again, result, other)


def stop_at(step, how):
    """What a run calls after every step, and what ends it after one of them."""

    def notify(run_state, share):
        if run_state.steps == step:
            how()

    return notify


def asked(number):
    """Ask this process to stop, twice, as a terminal and a study do."""
    os.kill(os.getpid(), number)
    os.kill(os.getpid(), number)


def no_listener():
    """End as a line does that nobody reads."""
    raise BrokenPipeError


@pytest.mark.parametrize(
    ("step", "how", "raised"),
    [(8, lambda: asked(signal.SIGTERM), KeyboardInterrupt), (27, no_listener, BrokenPipeError)],
)
def test_a_run_goes_on_from_where_it_was_stopped(whole, tmp_path, step, how, raised):
    """Breaks when a run that is asked to stop amid a cycle loses what it had computed of it, or
    ends otherwise than in one go."""
    result, folder = whole
    with pytest.raises(raised) as told:
        run(parse_case(table_of()), tmp_path, notify=stop_at(step, how))
    assert getattr(told.value, "exit_code", 130) in (130, 143)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    *before, last = sorted((tmp_path / "checkpoints").iterdir())
    assert last.stem.endswith(f"-{step:08d}")
    assert not (tmp_path / "result.json").exists()
    seen = []
    other = run(
        parse_case(table_of()),
        tmp_path,
        notify=lambda run_state, share: seen.append(run_state.steps),
        resume="last",
    )
    assert seen[0] == step + 1 and len(seen) == len(set(seen))
    # A new factorisation rounds otherwise, and an iteration in a thousand more or less is needed.
    assert_equal(folder, tmp_path, result, other, work=5e-3)
    assert {path.name for path in before} < {
        each.name for each in (folder / "checkpoints").iterdir()
    }
    assert not list((tmp_path / "checkpoints").glob("*-*"))


def test_going_on_with_a_finished_run_changes_nothing(whole, tmp_path):
    """Breaks when a finished run that is resumed computes anything or loses its rows."""
    result, folder = whole
    again = copied(folder, tmp_path)
    seen = []
    other = run(
        parse_case(table_of()), again, notify=lambda *each: seen.append(each), resume="last"
    )
    assert not seen
    times = {"wall_time_s"}
    assert {k: v for k, v in other["summary"].items() if k not in times} == approx(
        {k: v for k, v in result["summary"].items() if k not in times}, rel=1e-9
    )


def test_another_case_is_refused_and_nothing_overwritten(whole, tmp_path, capsys):
    """Breaks when a run goes on in the state of another case, or a refusal costs the results that
    are there."""
    _, folder = whole
    again = copied(folder, tmp_path)
    before = everything(again)
    changes = (
        {"stack__pressure": "11 MPa"},
        {"flaw__depth": "2 um"},
        {"cycle__temperature": "30 degC"},
    )
    for change in changes:
        case = write_toml(tmp_path / "other.toml", table_of(**change))
        for how in (["--resume"], ["--resume", "2"]):
            code = cli.main(["run", str(case), "--out", str(again), *how])
            error = capsys.readouterr().err
            assert code == 2
            assert "another case" in error and "cycle_0000" in error and "--resume" in error
            assert everything(again) == before


@pytest.mark.parametrize(
    ("resume", "words"),
    [
        ("7", ["cycle 7", "1, 2, 3"]),
        ("first", ["--resume", "first", "number"]),
        ("-1", ["--resume"]),
    ],
)
def test_a_cycle_that_was_not_saved_is_refused(whole, tmp_path, capsys, resume, words):
    """Breaks when a wrong number starts the run anew, or the message does not say what there is."""
    again = copied(whole[1], tmp_path)
    before, case = everything(again), write_toml(tmp_path / "case.toml", table_of())
    code = cli.main(["run", str(case), "--out", str(again), f"--resume={resume}"])
    error = capsys.readouterr().err
    assert code == 2
    assert all(word in error for word in words), error
    assert everything(again) == before


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[: len(data) // 2], lambda data: b"", lambda data: b"no archive",
        lambda data: data[: len(data) // 3] + bytes(200) + data[len(data) // 3 + 200 :],
    ],
    ids=["half", "empty", "text", "hole"],
)  # fmt: skip
def test_a_damaged_file_is_refused(whole, tmp_path, capsys, damage):
    """Breaks when a file cut off by a full disk raises something else than a clear error, or is
    taken for whole."""
    again = copied(whole[1], tmp_path)
    path = again / "checkpoints" / "cycle_00003.npz"
    path.write_bytes(damage(path.read_bytes()))
    before, case = everything(again), write_toml(tmp_path / "case.toml", table_of())
    code = cli.main(["run", str(case), "--out", str(again), "--resume"])
    error = capsys.readouterr().err
    assert code == 2 and "cycle_00003.npz" in error and "cannot be read" in error
    assert everything(again) == before


def test_without_a_checkpoint_the_run_starts_anew(tmp_path):
    """Breaks when a run stopped in its first cycle cannot be taken up, or what was saved of it
    before stays."""
    table = tiny_case(cycle__protocol=[{"repeat": 2, "steps": ["Charge at 1C for 2 minutes"]}])
    result = run(parse_case(table), tmp_path, resume="last")
    assert pd.read_csv(tmp_path / "timeseries.csv")["cycle"].tolist()[0] == 0
    # By default the last cycle's alone is kept.
    assert [path.name for path in (tmp_path / "checkpoints").iterdir()] == ["cycle_00002.npz"]
    with pytest.raises(CheckpointError, match="no checkpoint of cycle 1; saved: 2"):
        run(parse_case(table), tmp_path, resume=1)
    assert (tmp_path / "result.json").exists() and result["cycle"]["cycles"] == 2


def test_without_a_checkpoint_the_mesh_is_built_anew(tmp_path):
    """Breaks when a run takes the mesh that another geometry has left in its folder."""
    steps = [{"repeat": 1, "steps": ["Charge at 1C for 1 minutes"]}]
    table = tiny_case(cycle__protocol=steps)
    run(parse_case(table), tmp_path)
    shutil.rmtree(tmp_path / "checkpoints", ignore_errors=True)
    before = (tmp_path / "mesh.msh").read_bytes()
    table["geometry"]["separator_thickness"] = "9 um"
    run(parse_case(table), tmp_path, resume="last")
    assert (tmp_path / "mesh.msh").read_bytes() != before


class Pair(NamedTuple):
    """A named tuple inside."""

    number: float
    array: np.ndarray


@dataclass(frozen=True)
class Thing:
    """A value made of everything that a RunState is made of."""

    pair: Pair
    counts: dict
    text: str
    whole: int
    film: np.ndarray | None


def test_values_come_back_as_they_were(tmp_path):
    """Breaks when a part of a value is not saved, comes back in another type, or as that of
    another."""
    value = Thing(Pair(0.1, np.arange(6.0).reshape(2, 3)), {"a": 3, "b": 0.2}, "limit", 7, None)
    blank = Thing(Pair(0.0, np.zeros((2, 3))), {}, "", 0, None)
    checkpoint.save(tmp_path / "x" / "one.npz", value, {"rows": np.arange(3)}, "me")
    assert [path.name for path in (tmp_path / "x").iterdir()] == ["one.npz"]
    found, recorded = checkpoint.load(tmp_path / "x" / "one.npz", blank, "me")
    assert np.array_equal(found.pair.array, value.pair.array) and found.pair.number == 0.1
    assert (found.counts, found.text, found.whole, found.film) == (value.counts, "limit", 7, None)
    assert type(found.whole) is int and type(found.counts["a"]) is int
    assert recorded["rows"].tolist() == [0, 1, 2]
    with pytest.raises(CheckpointError, match="of another case"):
        checkpoint.load(tmp_path / "x" / "one.npz", blank, "you")
    other = Thing(Pair(0.0, np.zeros((2, 4))), {}, "", 0, None)
    with pytest.raises(
        CheckpointError, match=r"pair.array has shape \(2, 3\), the cell's has \(2, 4\)"
    ):
        checkpoint.load(tmp_path / "x" / "one.npz", other, "me")


def cycles_of(count, **changes):
    """A case of so many short cycles."""
    steps = ["Charge at 1C for 3 minutes", "Discharge at 1C for 3 minutes"]
    return tiny_case(
        cycle__protocol=["Rest for 1 minute", {"repeat": count, "steps": steps}],
        output__fields="worst",
        **changes,
    )


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    """Folder of a finished run of two cycles."""
    folder = tmp_path_factory.mktemp("two")
    run(parse_case(cycles_of(2)), folder)
    return folder


def test_cycles_may_be_added(two, tmp_path):
    """Breaks when a run to which cycles are added computes the first ones again, is refused, or
    ends otherwise than in one go."""
    straight = run(parse_case(cycles_of(3)), tmp_path / "straight")
    again, seen = copied(two, tmp_path), []
    longer = run(
        parse_case(cycles_of(3)),
        again,
        notify=lambda run_state, share: seen.append(run_state.cycle),
        resume="last",
    )
    assert set(seen) == {3}
    for name in ("timeseries", "cycles", "particles"):
        one, other = (pd.read_csv(each / f"{name}.csv") for each in (tmp_path / "straight", again))
        assert len(one) == len(other), name
        for column in one.select_dtypes("number"):
            size = max(one[column].abs().max(), 1e-9 if column.endswith("_error") else 0.0)
            assert other[column].to_numpy() == approx(
                one[column].to_numpy(), rel=1e-9, abs=1e-9 * max(size, 1.0), nan_ok=True
            ), column
    for name, value in straight["summary"].items():
        if name != "wall_time_s" and not name.endswith("_error"):
            assert longer["summary"][name] == approx(value, rel=1e-9), name
    with np.load(tmp_path / "straight" / "sites.npz") as one, np.load(again / "sites.npz") as other:
        assert one["time"] == approx(other["time"], rel=1e-9)
    shown = [(each / "fields" / "cell.pvd").read_text() for each in (tmp_path / "straight", again)]
    assert shown[0] == shown[1]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        (cycles_of(1), "repeat"),
        (cycles_of(3, stack__pressure="11 MPa"), "stack.pressure (10000000.0 there, 11000000.0"),
        (cycles_of(2, flaw__depth="2 um"), "flaw.depth (3e-06 there, 2e-06 here)"),
    ],
)
def test_what_differs_is_named(two, tmp_path, capsys, changed, words):
    """Breaks when a reader has to find out which key keeps a run from going on."""
    again, case = copied(two, tmp_path), write_toml(tmp_path / "case.toml", changed)
    before = everything(again)
    assert cli.main(["run", str(case), "--out", str(again), "--resume"]) == 2
    error = capsys.readouterr().err
    assert "is of another case: " in error and words in error and "--set-aside" in error
    assert everything(again) == before


@pytest.mark.parametrize("damaged", [True, False])
def test_a_refused_checkpoint_can_be_set_aside(two, tmp_path, capsys, damaged):
    """Breaks when a checkpoint that is refused blocks its case for ever, or is lost."""
    again, table = copied(two, tmp_path), cycles_of(2, flaw__depth="3 um" if damaged else "2 um")
    path = again / "checkpoints" / "cycle_00002.npz"
    if damaged:
        path.write_bytes(b"no archive")
    was, case = path.read_bytes(), write_toml(tmp_path / "case.toml", table)
    command = ["run", str(case), "--out", str(again), "--resume", "--set-aside"]
    assert cli.main(command) == 0
    told = capsys.readouterr().err
    assert "cycle_00002.npz" in told and "set aside as" in told and "starts anew" in told
    assert (again / "checkpoints_refused" / "cycle_00002.npz").read_bytes() == was
    assert cli.main(command) == 0 and "set aside" not in capsys.readouterr().err


def test_a_resumed_run_without_a_checkpoint_says_so(tmp_path, capsys):
    """Breaks when everything is computed anew without a word."""
    case = write_toml(tmp_path / "case.toml", cycles_of(1))
    assert cli.main(["run", str(case), "--out", str(tmp_path / "out"), "--resume"]) == 0
    assert f"{tmp_path / 'out'} holds no checkpoint to resume from" in capsys.readouterr().err


@pytest.mark.parametrize("same", [True, False])
def test_checkpoints_of_the_same_inputs_stay(two, tmp_path, same):
    """Breaks when the same command, given again, deletes what could be taken up."""
    again = copied(two, tmp_path)

    def stop(run_state, share):
        raise Interrupted

    with pytest.raises(Interrupted):
        run(parse_case(cycles_of(2, flaw__depth="3 um" if same else "2 um")), again, notify=stop)
    kept = [path.name for path in (again / "checkpoints").glob("*")]
    assert kept == (["cycle_00002.npz"] if same else [])
    if same:
        seen = []
        run(parse_case(cycles_of(2)), again, notify=lambda *each: seen.append(each), resume="last")
        assert not seen
