"""The command line: parse, call, exit code. Heavy rooms are imported only by the commands that use them.

Exit codes: 0 fine, 1 a gate failed, 2 bad input, 3 no convergence, 4 meshing failed.
"""

import argparse
import json
import sys
import textwrap
import time
from pathlib import Path

from chemomech import __version__
from chemomech.progress import StudyProgress, run_progress

FINE, GATE_FAILED = 0, 1

DESCRIPTION = """\
Mechanical degradation of solid-state batteries: stress, debonding, contact, crack drive, lithium penetration.

  chemomech study studies/stack_pressure.toml --out results/stack_pressure
  chemomech run case.toml --out results/one_case
  chemomech mesh case.toml --out results/mesh
  chemomech report results/stack_pressure
  chemomech materials Li6PS5Cl
"""
EXIT_CODES = "exit codes: 0 fine, 1 a gate failed, 2 bad input, 3 no convergence, 4 meshing failed"


def parser():
    """The argument parser of every command."""
    top = argparse.ArgumentParser(
        prog="chemomech",
        description=DESCRIPTION,
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"chemomech {__version__}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    run = commands.add_parser("run", help="run one case file", epilog=EXIT_CODES)
    run.add_argument("case", type=Path, help="case file (TOML)")
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
    run.add_argument("--progress", choices=("bar", "lines"), default="bar", help=argparse.SUPPRESS)
    run.set_defaults(call=command_run)

    study = commands.add_parser(
        "study", help="run a grid of cases and report on it", epilog=EXIT_CODES
    )
    study.add_argument("study", type=Path, help="study file (TOML)")
    study.add_argument("--out", type=Path, help="results folder (default: results/<study name>)")
    study.add_argument("--no-report", action="store_true", help="skip report.html")
    study.set_defaults(call=command_study)

    mesh = commands.add_parser(
        "mesh", help="build, measure and draw a case's mesh", epilog=EXIT_CODES
    )
    mesh.add_argument("case", type=Path, help="case file (TOML)")
    mesh.add_argument(
        "--out",
        type=Path,
        help="folder for mesh.msh, .json and .png (default: results/<case name>)",
    )
    mesh.set_defaults(call=command_mesh)

    report = commands.add_parser(
        "report", help="write report.html of a finished study", epilog=EXIT_CODES
    )
    report.add_argument("folder", type=Path, help="results folder of a study")
    report.set_defaults(call=command_report)

    materials = commands.add_parser(
        "materials", help="list the material library, or one entry with its sources"
    )
    materials.add_argument("name", nargs="?", help="name of a material or interface")
    materials.set_defaults(call=command_materials)

    schema = commands.add_parser(
        "schema", help="list every key of a case file with unit, default and meaning"
    )
    schema.set_defaults(call=command_schema)
    return top


def main(arguments=None):
    """Run a command and return its exit code."""
    options = parser().parse_args(arguments)
    # Errors that are the user's to mend carry an exit code; anything else is a bug and shows itself.
    try:
        return options.call(options)
    except KeyboardInterrupt:
        return _fail(
            130, "interrupted; finished cases are kept, the same command goes on from there"
        )
    except Exception as error:
        code = getattr(error, "exit_code", None)
        if code is None:
            raise
        return _fail(code, error)


def _fail(code, message):
    print(f"chemomech: {message}", file=sys.stderr)
    return code


def _folder(option, file, name=None):
    return option if option is not None else Path("results") / (name or file.stem)


def command_run(options):
    """Check the case, run it, print what it says."""
    from chemomech.case import load_case

    case = load_case(options.case)
    notify, folder = run_progress(case.name, options.progress), _folder(options.out, options.case)
    from chemomech.runs.run import run

    result = run(case, folder, options.mesh, notify, _cycle(options.resume))
    if options.progress == "bar":
        for name, value in result["summary"].items():
            print(f"{name:52s} {'-' if value is None else format(value, '.5g')}")
    for warning in result.get("warnings", ()):
        print(f"chemomech: warning: {warning}", file=sys.stderr)
    if result["gates_failed"]:
        return _fail(GATE_FAILED, "a gate failed: " + "; ".join(result["gates_failed"]))
    return FINE


def _cycle(text):
    """What --resume names: None, "last" or the number of a cycle; raises CaseError."""
    if text is None or text == "last":
        return text
    if not text.isdecimal():
        from chemomech.case import CaseError

        raise CaseError(
            f'--resume: given "{text}"; write the number of a cycle, or nothing for the last one saved'
        )
    return int(text)


def command_study(options):
    """Check every case, run what is not yet done, write table and report."""
    from chemomech.study.plan import load_study

    study = load_study(options.study)
    from chemomech.study.engine import run_study
    from chemomech.study.table import write_study

    folder, began = _folder(options.out, options.study), time.perf_counter()
    with StudyProgress(study.file.name, [planned.label for planned in study.cases]) as progress:
        outcomes = run_study(study, folder, progress)
    write_study(study, outcomes, folder)
    print(
        f"chemomech: {len(outcomes)} cases in {time.perf_counter() - began:.0f} s; table in {folder / 'summary.csv'}"
    )
    for outcome in outcomes:
        if outcome.code:
            print(
                f"chemomech: {outcome.label} ended with exit code {outcome.code}: {outcome.message}",
                file=sys.stderr,
            )
    if not options.no_report:
        command_report(argparse.Namespace(folder=folder))
    return max(outcome.code for outcome in outcomes)


def command_mesh(options):
    """Build the mesh of a case, measure it and draw it."""
    from chemomech.case import load_drawing

    case = load_drawing(options.case)
    from chemomech.door import meshes

    folder = _folder(options.out, options.case)
    mesh = meshes.build(case, folder)
    written = mesh.save(folder)
    for line in mesh.lines():
        print(line)
    print(f"chemomech: wrote {', '.join(str(path) for path in written)}")
    return FINE


def command_report(options):
    """Write the report of a finished study."""
    from chemomech.report import write_report

    print(f"chemomech: wrote {write_report(options.folder)}")
    return FINE


def command_materials(options):
    """Print the library, or one entry with source and provenance of every value."""
    from chemomech.materials import describe_material, list_materials, load_material

    if options.name is None:
        for name in list_materials():
            material = load_material(name)
            print(f"{name:28s} {material.kind:10s} {material.description}")
        return FINE
    material = load_material(options.name)
    print(f"{material.name}: {material.description}\n")
    for row in describe_material(options.name):
        print(f"{row.property:28s} {row.value:24s} {row.provenance:16s} {row.source}")
        for text in (row.note, *(f"or {other}" for other in row.alternatives)):
            if text:
                print(textwrap.fill(text, 110, initial_indent=" " * 29, subsequent_indent=" " * 31))
    print("\nprimary source: seen there; secondary source: seen in a text about it; estimate: ours")
    return FINE


def command_schema(options):
    """Print every key of a case file."""
    from chemomech.case import describe_schema

    for row in describe_schema():
        print(f"{row.key:44s} {row.unit:10s} {row.default:24s} {row.meaning}")
    return FINE
