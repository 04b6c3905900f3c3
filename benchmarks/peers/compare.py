"""chemomech beside other programs on one double cantilever beam, in one run: `make bench-peers`.

Runs with any Python 3.9 to 3.12 of the machine, which the peers' packages need, and makes them an
environment of their own; chemomech runs in its own. Programs take turns, `--repeat` times; times
are medians, ratios are against chemomech. Accuracy: loads at four openings, the highest load and
the dissipated energy, against chemomech on a mesh twice as fine with steps a quarter as long.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
RUN = HERE.parents[1] / "environment" / "run"
PACKAGES = ("akantu==5.0.7.post1", "gmsh", "meshio", "numpy")
DIFFCOHESIVE = "diffcohesive==0.1.2"  # brings gigabytes of torch along: only when asked for
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "chemomech" / "peers"


def peers_python(folder, diffcohesive):
    """Python of the peers' environment, made when something is missing."""
    python = folder / "bin" / "python"
    wanted = "import akantu, diffcohesive" if diffcohesive else "import akantu"
    if (
        not python.exists()
        or subprocess.run([python, "-c", wanted], capture_output=True).returncode
    ):
        packages = [*PACKAGES, DIFFCOHESIVE] if diffcohesive else PACKAGES
        print(f"installing {', '.join(packages)} into {folder}", flush=True)
        venv.create(folder, clear=True, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "-q", *packages], check=True)
    return python


def solved(command, script, refinement, *settings):
    """Result of one run of a program."""
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "result.json"
        arguments = ["--refinement", str(refinement), "--output", str(output), *settings]
        environment = {**os.environ, "OMP_NUM_THREADS": "1"}
        done = subprocess.run(
            [*command, str(HERE / script), *arguments],
            env=environment,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise SystemExit(f"{script} failed:\n{done.stderr[-2000:]}")
        return json.loads(output.read_text())


def deviation(result, reference):
    """Largest relative deviation of the loads reached, of the peak and of the dissipated energy."""
    pairs = [
        (load, reference["loads"][name])
        for name, load in result["loads"].items()
        if load is not None
    ]
    loads = max(abs(load / exact - 1) for load, exact in pairs)
    return (loads, *(abs(result[name] / reference[name] - 1) for name in ("peak", "dissipated")))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument(
        "--refinements", type=int, nargs="+", default=[2, 4], help="boxes per millimetre"
    )
    parser.add_argument("--environment", type=Path, default=CACHE, help="of the peers")
    parser.add_argument(
        "--diffcohesive", action="store_true", help="too, at refinement 2 (minutes)"
    )
    options = parser.parse_args()
    peers, own = [peers_python(options.environment, options.diffcohesive)], [str(RUN), "python3"]
    programs = [("chemomech", own, "chemomech_dcb.py", ()), ("Akantu", peers, "akantu_dcb.py", ())]
    print(
        "refinement  program       steps  cuts  iterations  seconds   ratio   loads    peak  energy"
        "  reached mm"
    )
    for refinement in options.refinements:
        fine = solved(own, "chemomech_dcb.py", 2 * refinement, "--steps", "400")
        chosen = list(programs)
        if options.diffcohesive and refinement == 2:
            chosen.append(("diffcohesive", peers, "diffcohesive_dcb.py", ("--control", "arc")))
        runs = {name: [] for name, *_ in chosen}
        for repeat in range(options.repeat):
            for name, command, script, settings in chosen:
                if not repeat or name != "diffcohesive":
                    runs[name].append(solved(command, script, refinement, *settings))
        own_time = statistics.median(run["seconds"] for run in runs["chemomech"])
        for name, results in runs.items():
            first, seconds = results[0], statistics.median(run["seconds"] for run in results)
            off = "".join(f"{100 * share:7.2f}%" for share in deviation(first, fine))
            print(
                f"{refinement:10d}  {name:12s} {first['steps']:6d} {first.get('cuts', 0):5d} "
                f"{first['iterations']:11d} {seconds:8.2f} {seconds / own_time:7.1f} {off} "
                f"{1e3 * first['reached']:8.2f}",
                flush=True,
            )


if __name__ == "__main__":
    sys.exit(main())
