"""The command line: parse, call the Python front door, print, exit code.

Exit codes: chemomech.endings.
"""

import argparse
import json
import os
import shlex
import sys
import textwrap
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Literal, TypeAlias

from chemomech import api
from chemomech.completion import SHELLS, script
from chemomech.endings import (
    BAD_INPUT,
    EPILOG,
    FAILED,
    FINE,
    INTERRUPTED,
    PIPE_CLOSED,
    code_of,
    last_words,
)
from chemomech.progress import StudyProgress, run_progress, share_progress
from chemomech.version import __version__

DESCRIPTION = """\
Mechanical degradation of solid-state batteries: stress, debonding, contact, crack drive, lithium \
penetration.

  chemomech study studies/stack_pressure.toml --out results/stack_pressure
  chemomech new case.toml
  chemomech run case.toml --out results/one_case
  chemomech calibrate calibration.toml --out results/calibration
  chemomech mesh case.toml --out results/mesh
  chemomech report results/stack_pressure
  chemomech materials Li6PS5Cl
"""


def parser() -> argparse.ArgumentParser:
    """Return the argument parser of every command."""
    top = argparse.ArgumentParser(
        prog="chemomech",
        description=DESCRIPTION,
        epilog=textwrap.fill(EPILOG, 100),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"chemomech {__version__}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for add in (
        _add_new, _add_run, _add_study, _add_calibrate, _add_mesh, _add_report, _add_library,
        _add_tools,
    ):  # fmt: skip
        add(commands)
    return top


Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def _add_new(commands: Commands) -> None:
    """Add the command that writes a case to start from."""
    new = commands.add_parser("new", help="write a commented case to start from", epilog=EPILOG)
    new.add_argument(
        "file", type=Path, nargs="?", default=Path("case.toml"), help="new file (case.toml)"
    )
    new.add_argument(
        "--recipe",
        default="layered_cell",
        choices=api.RECIPES,
        help="what its geometry is (default: layered_cell)",
    )
    new.set_defaults(call=command_new)


def _add_run(commands: Commands) -> None:
    """Add the command that runs a case."""
    run = commands.add_parser("run", help="run one case file", epilog=EPILOG)
    run.add_argument("case", type=Path, help="case file (TOML); of a study file its base case runs")
    run.add_argument("--out", type=Path, help="results folder (default: results/<case name>)")
    run.add_argument(
        "--mesh", type=Path, help="use this mesh (.msh in metres) instead of building one"
    )
    run.add_argument(
        "--resume",
        nargs="?",
        const="last",
        metavar="CYCLE",
        help="go on from the last cycle saved in --out, or from this one",
    )
    run.add_argument(
        "--set-aside",
        action="store_true",
        help="with --resume: start anew where a checkpoint is damaged or of another case",
    )
    run.add_argument("--progress", choices=("bar", "lines"), default="bar", help=argparse.SUPPRESS)
    run.set_defaults(call=command_run)


def _add_study(commands: Commands) -> None:
    """Add the command that runs a study."""
    study = commands.add_parser("study", help="run a grid of cases and report on it", epilog=EPILOG)
    study.add_argument("study", type=Path, help="study file (TOML)")
    study.add_argument("--out", type=Path, help="results folder (default: results/<study name>)")
    study.add_argument("--no-report", action="store_true", help="skip report.html")
    study.set_defaults(call=command_study)


def _add_calibrate(commands: Commands) -> None:
    """Add the command that fits inputs to measured cells."""
    calibrate = commands.add_parser(
        "calibrate", help="fit inputs with priors to measured cells", epilog=EPILOG
    )
    calibrate.add_argument("calibration", type=Path, help="calibration file (TOML)")
    calibrate.add_argument(
        "--out", type=Path, help="results folder (default: results/<calibration name>)"
    )
    calibrate.add_argument("--no-report", action="store_true", help="skip report.html")
    calibrate.set_defaults(call=command_calibrate)


def _add_mesh(commands: Commands) -> None:
    """Add the command that meshes a geometry."""
    mesh = commands.add_parser("mesh", help="build, measure and draw a case's mesh", epilog=EPILOG)
    mesh.add_argument("case", type=Path, help="case file (TOML)")
    mesh.add_argument(
        "--out",
        type=Path,
        help="folder for mesh.msh, .json and .png (default: results/<case name>)",
    )
    mesh.set_defaults(call=command_mesh)


def _add_report(commands: Commands) -> None:
    """Add the command that writes the report of a study or a run."""
    report = commands.add_parser(
        "report", help="write report.html of a study or a run", epilog=EPILOG
    )
    report.add_argument("folder", type=Path, help="results folder of a study, or of a run")
    report.set_defaults(call=command_report)


def _add_library(commands: Commands) -> None:
    """Add the commands that say what there is: materials and keys."""
    materials = commands.add_parser(
        "materials", help="list the material library, or one entry with its sources"
    )
    materials.add_argument("name", nargs="?", help="name of a material or interface")
    materials.set_defaults(call=command_materials)
    schema = commands.add_parser(
        "schema", help="list every key of a case file with unit, default and meaning"
    )
    schema.add_argument(
        "--json",
        nargs="?",
        const="all",
        choices=("all", "case", "study"),
        help="a JSON Schema for editors instead, of every file or of one kind",
    )
    schema.set_defaults(call=command_schema)


def _add_tools(commands: Commands) -> None:
    """Add the commands that help to set up."""
    doctor = commands.add_parser("doctor", help="say which stack would run, and what is missing")
    doctor.set_defaults(call=command_doctor)
    completion = commands.add_parser(
        "completion", help="print a script that completes commands in a shell"
    )
    completion.add_argument("shell", choices=tuple(SHELLS), help="which shell")
    completion.set_defaults(call=command_completion)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code."""
    given = sys.argv[1:] if arguments is None else arguments
    try:
        try:
            return _command(given)
        finally:
            sys.stdout.flush()
    except BrokenPipeError:
        # Who read the output has gone and wants no more: nothing is left to say, or to flush.
        with suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return PIPE_CLOSED


def _command(arguments: Sequence[str]) -> int:
    """Run a command, say why it failed where it did, and return its exit code."""
    options = parser().parse_args(arguments)
    try:
        code: int = options.call(options)
        return code
    except KeyboardInterrupt:
        return _fail(INTERRUPTED, f"interrupted; {_goes_on(options)}")
    except BrokenPipeError:
        raise
    except Exception as error:
        return _fail(code_of(error), last_words(error, arguments))


def _goes_on(options: argparse.Namespace) -> str:
    """Return what is kept after an interrupt, and the command that goes on."""
    if options.command == "study":
        return (
            "finished cases are kept, the same command goes on from there; what there is so far: "
            + shlex.join(["chemomech", "report", str(_folder(options.out, options.study))])
        )
    if options.command != "run":
        return "nothing else is left to do"
    folder = _folder(options.out, options.case)
    if not any(folder.glob("checkpoints/*.npz")):
        return "no cycle had ended, so nothing is kept; the same command starts anew"
    mesh = [] if options.mesh is None else ["--mesh", str(options.mesh)]
    command = ["chemomech", "run", str(options.case), "--out", str(folder), *mesh, "--resume"]
    return f"go on from the last cycle saved with: {shlex.join(command)}"


def _fail(code: int, message: object) -> int:
    """Say why on standard error and return the exit code."""
    print(f"chemomech: {message}", file=sys.stderr)
    return code


def _folder(option: Path | None, file: Path) -> Path:
    """Return the results folder: as asked, else one of the file's name."""
    return option if option is not None else Path("results") / file.stem


def command_new(options: argparse.Namespace) -> int:
    """Write a case to start from."""
    api.new_case(options.file, options.recipe)
    print(f"chemomech: wrote {options.file}; run it with: chemomech run {options.file}")
    return FINE


def command_run(options: argparse.Namespace) -> int:
    """Check the case, run it, print what it says."""
    case = api.load_case(options.case)
    result = api.run(
        case,
        _folder(options.out, options.case),
        progress=run_progress(case.name, options.progress),
        mesh=options.mesh,
        resume=_cycle(options.resume),
        set_aside=options.set_aside,
    )
    if options.progress == "bar":
        for name, value in result.summary.items():
            text = isinstance(value, str)
            shown = "-" if value is None else value if text else format(value, ".5g")
            print(f"{name:52s} {shown}")
    for warning in result.warnings:
        print(f"chemomech: warning: {warning}", file=sys.stderr)
    if result.gates_failed:
        return _fail(FAILED, "a gate failed: " + "; ".join(result.gates_failed))
    return FINE


class _BadOption(ValueError):
    """An option of the command line that cannot be what it is."""

    exit_code = BAD_INPUT


def _cycle(text: str | None) -> int | Literal["last"] | None:
    """Return what --resume names: None, "last" or the number of a cycle."""
    if text is None or text == "last":
        return None if text is None else "last"
    if not text.isdecimal():
        raise _BadOption(
            f'--resume: given "{text}"; write the number of a cycle, or nothing for the last one '
            "saved"
        )
    return int(text)


def command_study(options: argparse.Namespace) -> int:
    """Check every case, run what is not yet done, write table and report."""
    study = api.load_study(options.study)
    folder, began = _folder(options.out, options.study), time.perf_counter()
    with StudyProgress(study.file.name, [planned.label for planned in study.cases]) as progress:
        outcomes = api.run_cases(study, folder, progress)
    seconds = time.perf_counter() - began
    table = folder / "summary.csv"
    print(f"chemomech: {len(outcomes)} cases in {seconds:.0f} s; table in {table}")
    for outcome in outcomes:
        if outcome.code:
            _fail(
                outcome.code,
                f"{outcome.label} ended with exit code {outcome.code}: {outcome.message}",
            )
    if not options.no_report:
        command_report(argparse.Namespace(folder=folder))
    return max(outcome.code for outcome in outcomes)


def command_calibrate(options: argparse.Namespace) -> int:
    """Check the file, draw the posterior, print what came out."""
    folder = _folder(options.out, options.calibration)
    found = api.calibrate(
        options.calibration,
        folder,
        progress=share_progress(options.calibration.stem),
        report=not options.no_report,
    )
    for line in found.lines():
        print(line)
    print(f"chemomech: wrote {folder}")
    if found.chain.interrupted:
        return _fail(INTERRUPTED, "interrupted; what the chain had is kept")
    return FINE


def command_mesh(options: argparse.Namespace) -> int:
    """Build the mesh of a case, measure it and draw it."""
    folder = _folder(options.out, options.case)
    mesh = api.build_mesh(options.case, folder)
    written = mesh.save(folder)
    for line in mesh.lines():
        print(line)
    print(f"chemomech: wrote {', '.join(map(str, written))}")
    return FINE


def command_report(options: argparse.Namespace) -> int:
    """Write the report of a study or a run."""
    print(f"chemomech: wrote {api.write_report(options.folder)}")
    return FINE


def command_materials(options: argparse.Namespace) -> int:
    """Print the library, or one entry with source and provenance of every value."""
    if options.name is None:
        for name in api.list_materials():
            material = api.load_material(name)
            print(f"{name:28s} {material.kind:10s} {material.description}")
        return FINE
    material = api.load_material(options.name)
    print(f"{material.name}: {material.description}\n")
    for row in api.describe_material(options.name):
        print(f"{row.property:28s} {row.value:24s} {row.provenance:16s} {row.source}")
        for text in (row.note, *(f"or {other}" for other in row.alternatives)):
            if text:
                print(textwrap.fill(text, 110, initial_indent=" " * 29, subsequent_indent=" " * 31))
    print("\nprimary source: seen there; secondary source: seen in a text about it; estimate: ours")
    return FINE


def command_schema(options: argparse.Namespace) -> int:
    """Print every key of a case file, or a JSON Schema."""
    if options.json is not None:
        kinds = {"all": api.file_schema, "case": api.case_schema, "study": api.study_schema}
        print(json.dumps(kinds[options.json](), indent=1, ensure_ascii=False))
        return FINE
    for row in api.describe_schema():
        print(f"{row.key:44s} {row.unit:10s} {row.default:24s} {row.meaning}")
    return FINE


def command_doctor(options: argparse.Namespace) -> int:
    """Print which stack would run and what is missing."""
    found = api.doctor()
    for each in found:
        mark = {"fine": " ", "note": "-", "missing": "!"}[each.state]
        print(f"{mark} {each.name:12s} {each.version:16s} {each.place}")
        if each.advice:
            print(f"{'':31s} {each.advice}")
    missing = [each.name for each in found if each.state == "missing"]
    if missing:
        return _fail(FAILED, f"a run would not work; missing or broken: {', '.join(missing)}")
    print("chemomech: a run would work")
    return FINE


def command_completion(options: argparse.Namespace) -> int:
    """Print the completion script of a shell."""
    print(script(parser(), options.shell), end="")
    return FINE
