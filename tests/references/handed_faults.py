"""Run every small input of a folder of faults and say whether it ends as it should.

environment/run python3 tests/references/handed_faults.py FOLDER [PART…] [--keep OUT]

FOLDER holds one folder per fault, with case files that once failed. Each is copied, run through
the command line in a process of its own, and compared with `EXPECTED`: exit codes that are right,
words that the message must hold, and numbers of its result. PART picks inputs whose path holds it.
The same kinds stand as tests of their own, which need no folder.
"""

import argparse
import csv
import json
import math
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LIMIT = 600  # seconds that an input may take


@dataclass(frozen=True)
class Expected:
    """How one input ends.

    Attributes
    ----------
    command : str
        run, mesh or study.
    codes : tuple of int
        Exit codes that are right.
    words : tuple of str
        Regular expressions that what is printed must hold.
    check : callable or None
        Of the folder of results: a text that says what is wrong, or nothing.
    """

    command: str
    codes: tuple[int, ...]
    words: tuple[str, ...] = ()
    check: Any = None


def result_of(folder):
    """Return result.json of a folder."""
    return json.loads((folder / "result.json").read_text())


def number(*path, value, relative):
    """Return a check: a number of result.json by its path, within a relative distance."""

    def check(folder):
        found = result_of(folder)
        for key in path:
            found = found[key]
        if found is None or not math.isclose(found, value, rel_tol=relative):
            return f"{'.'.join(map(str, path))} is {found}, not {value} (within {relative})"
        return ""

    return check


def shares(**wanted):
    """Return a check of area shares in mesh.json, percent within 0.6, and of its box."""

    def check(folder):
        mesh = json.loads((folder / "mesh.json").read_text())
        found = {name: 100.0 * each["fraction"] for name, each in mesh["regions"].items()}
        wrong = {n: found.get(n) for n, v in wanted.items() if abs(found.get(n, -1) - v) > 0.6}
        return f"shares {wrong}, wanted {wanted}" if wrong else ""

    return check


def cautions(*words):
    """Return a check: the list of cautions holds these words."""

    def check(folder):
        said = json.dumps(result_of(folder).get("cautions", []))
        missing = [word for word in words if not re.search(word, said)]
        return f"cautions lack {missing}: {said[:300]}" if missing else ""

    return check


def every(*checks):
    """Return one check of several."""

    def check(folder):
        return "; ".join(text for text in (each(folder) for each in checks) if text)

    return check


def differ(column):
    """Return a check: all rows of summary.csv differ in a column."""

    def check(folder):
        with (folder / "summary.csv").open(newline="") as file:
            rows = list(csv.DictReader(line for line in file if not line.startswith("#")))
        values = [row[column] for row in rows]
        return f"{column}: {values}" if len(set(values)) < len(values) else ""

    return check


RUN, MESH, STUDY = "run", "mesh", "study"
FINE = Expected(RUN, (0, 1))
FINE_OR_REFUSED = Expected(RUN, (0, 1, 2))
EXPECTED = {
    "01_duplicate_nodes/case.toml": Expected(
        RUN, (0, 4), check=number("energies_J_per_m", "elastic", value=5.54e-4, relative=0.01)
    ),
    "01_duplicate_nodes/case_ok.toml": Expected(
        RUN, (0,), check=number("energies_J_per_m", "elastic", value=5.54e-4, relative=0.01)
    ),
    "02_uncut_overlap/case.toml": Expected(MESH, (4,), ("electrolyte", "active", "overlap|over")),
    "04_white_is_zero_tif/case.toml": Expected(MESH, (0,), check=shares(active=29.0)),
    "04_white_is_zero_tif/black.toml": Expected(MESH, (0,), check=shares(active=29.0)),
    "04_white_is_zero_tif/white16.toml": Expected(MESH, (0,), check=shares(active=29.0)),
    "05_hyperstack/case.toml": Expected(MESH, (2, 4), ("frame",)),
    "06_study_parent_over_child/study.toml": Expected(STUDY, (0, 2)),
    "06_study_parent_over_child/reversed.toml": Expected(STUDY, (0, 2)),
    "08_flaw_deeper_than_separator/case.toml": Expected(RUN, (2, 4), ("flaw", "depth", "8")),
    "10_rest_only/case.toml": Expected(RUN, (0,)),
    "11_past_full/full.toml": Expected(RUN, (0,), ("stoichiometry|range|full",)),
    "11_past_full/until_2.8V.toml": Expected(RUN, (0,)),
    "12_own_potential_table/lco.toml": Expected(RUN, (0, 1, 2), ("equilibrium_potential|",)),
    "12_own_potential_table/table.toml": Expected(RUN, (0, 1, 2)),
    "13_toml_with_bom/case.toml": FINE,
    "14_abaqus_plane_strain/case.toml": Expected(MESH, (0,)),
    "14_abaqus_plane_strain/instances.toml": Expected(MESH, (4,), ("flat", "instance")),
    "15_tif_depths/bin32f.toml": Expected(MESH, (2,), ("float",)),
    "15_tif_depths/bin32i.toml": Expected(MESH, (0,), check=shares(active=29.0)),
    "15_tif_depths/bin16s.toml": Expected(MESH, (0,), check=shares(active=29.0)),
    "15_tif_depths/bit1.toml": Expected(MESH, (0,), check=shares(active=29.0)),
    "15_tif_depths/stack32.toml": Expected(MESH, (0,)),
    "16_phase_field_alone_with_swelling/case.toml": FINE,
    "17_geometry_and_materials_only/case.toml": Expected(MESH, (0,)),
    "18_second_active_region/case.toml": Expected(RUN, (0, 2)),
    "19_signs_in_units/case.toml": Expected(RUN, (0,)),
    "19_signs_in_units/omega.toml": Expected(RUN, (0,)),
    "20_swelling_of_300_percent/case.toml": Expected(RUN, (0, 1), ("strain",)),
    "21_drawn_surface_without_group/case.toml": Expected(MESH, (4,), ("group",)),
    "23_limit_met_at_once_then_rest/case.toml": Expected(RUN, (0,)),
    "24_resume_with_more_cycles/two.toml": Expected(RUN, (0,)),
    "24_resume_with_more_cycles/three.toml": Expected(RUN, (0,)),
    "25_creep_over_a_rest/rest_10s.toml": Expected(
        RUN,
        (0,),
        check=number("summary", "lithium_creep_strain_mean_maximum", value=5.915e-4, relative=0.02),
    ),
    "40_reliability/overcharge_75_minutes.toml": Expected(RUN, (0,), ("stoichiometry|range",)),
    "40_reliability/capacity_exhausted__charge_3_h_at_1C_.toml": Expected(
        RUN, (0,), ("stoichiometry|range",)
    ),
    "40_reliability/only_rests.toml": Expected(RUN, (0,)),
    "40_reliability/1000C.toml": Expected(RUN, (0,), ("ended|ends|at once",)),
    "40_reliability/500_degC.toml": Expected(RUN, (0, 2), ("melt",)),
    "40_reliability/rest_1e300_s.toml": Expected(RUN, (2, 3)),
    "40_reliability/strength_1e_9_Pa.toml": Expected(RUN, (0, 1, 2, 3)),
    "40_reliability/pressure_1e4_MPa.toml": Expected(RUN, (0, 1, 2, 3)),
    "40_reliability/flaw_shape_1e_3.toml": Expected(RUN, (2,), ("depth_shape",)),
    "40_reliability/mesh_size_1nm.toml": Expected(RUN, (4,), ("cells",)),
    "40_reliability/mesh_width_1mm.toml": Expected(RUN, (0, 2, 4)),
    "40_reliability/mesh_width_1e300.toml": Expected(RUN, (2, 4), ("cells|width",)),
    "40_reliability/same_key_two_spellings.toml": Expected(STUDY, (2,), ("twice|once more",)),
    "40_reliability/dotted_deep.toml": Expected(RUN, (2,)),
    "40_reliability/name_with_nul.toml": Expected(STUDY, (2,), ("name",)),
    "40_reliability/dollar_value.toml": Expected(STUDY, (0, 1, 2)),
    "40_reliability/label_too_long.toml": Expected(STUDY, (0, 1, 2)),
    "40_reliability/qtoml.toml": Expected(STUDY, (0, 1, 2)),
    "40_reliability/qfail4.toml": Expected(STUDY, (1, 4), ("area_fraction",)),
    "40_reliability/two_moduli.toml": Expected(STUDY, (0, 1)),
    "40_reliability/study6.toml": Expected(STUDY, (0, 1)),
    "40_reliability/tiny.toml": FINE,
    "40_reliability/cyc.toml": FINE,
    "50_first_users/tomo/stack.toml": Expected(MESH, (0, 4)),
    "50_first_users/tomo/float.toml": Expected(MESH, (0, 2), ("float|",)),
    "50_first_users/tomo/png_mech_empty.toml": Expected(MESH, (0, 2)),
}
NOT_RUN = ("p2000.toml",)  # a plan of 2000 cases: its time is looked at by hand


def prepare(folder, scratch):
    """Copy the inputs: drawings trusted, the base that studies name at hand."""
    shutil.copytree(folder, scratch, dirs_exist_ok=True)
    os.system(f"chmod -R u+w {scratch}")
    for path in scratch.rglob("*.toml"):
        text = path.read_bytes()
        if b'.geo"' in text and b"trusted" not in text:
            text = re.sub(rb'(?m)^(\s*path *= *"[^"]*\.geo")', rb"\1\ntrusted = true", text)
            path.write_bytes(text)
    small = scratch / "40_reliability"
    if small.is_dir():
        shutil.copy(small / "tiny.toml", small / "quick.toml")


def run_one(scratch, out, name, expected):
    """Run an input; return its line for people and whether it ended as it should."""
    target = out / name.replace("/", "_")
    before = out / "24_resume_with_more_cycles_two.toml"
    more = []
    if name.endswith("three.toml") and before.exists():
        shutil.copytree(before, target)
        more = ["--resume"]
    command = [sys.executable, "-m", "chemomech", expected.command, Path(name).name]
    start = time.monotonic()
    try:
        done = subprocess.run(
            [*command, "--out", str(target), *more],
            cwd=(scratch / name).parent,
            capture_output=True,
            text=True,
            timeout=LIMIT,
            check=False,
        )
        code, said = done.returncode, done.stdout + done.stderr
    except subprocess.TimeoutExpired:
        code, said = None, ""
    (out / (name.replace("/", "_") + ".txt")).write_text(said)
    wrong = [] if code in expected.codes else [f"exit {code}, not {expected.codes}"]
    wrong += [f"no word {w!r}" for w in expected.words if not re.search(w, said, re.I)]
    if "Traceback" in said:
        wrong.append("traceback")
    if expected.check is not None and code == 0:
        try:
            problem = expected.check(target)
        except (OSError, KeyError, ValueError) as error:
            problem = f"{type(error).__name__}: {error}"
        wrong += [problem] if problem else []
    last = said.strip().splitlines()[-1] if said.strip() else ""
    seconds = time.monotonic() - start
    line = f"{'FAIL' if wrong else 'ok  '} {name} ({seconds:.0f} s, exit {code})"
    return line + (
        "\n     " + "; ".join(wrong) + f"\n     {last[:200]}" if wrong else ""
    ), not wrong


def main():
    """Run what is asked for; the exit code is 1 when one ends otherwise than it should."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("parts", nargs="*")
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--workers", type=int, default=2)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        scratch = Path(place) / "in"
        out = given.keep or Path(place) / "out"
        out.mkdir(parents=True, exist_ok=True)
        prepare(given.folder.resolve(), scratch)
        names = sorted(str(p.relative_to(scratch)) for p in scratch.rglob("*.toml"))
        names = [n for n in names if Path(n).name not in (*NOT_RUN, "quick.toml")]
        names = [n for n in names if not given.parts or any(part in n for part in given.parts)]
        names.sort(key=lambda n: n.endswith("three.toml"))

        def one(name):
            line, fine = run_one(scratch, out, name, EXPECTED.get(name, FINE_OR_REFUSED))
            print(line, flush=True)
            return fine

        with ThreadPoolExecutor(given.workers) as pool:
            fine = list(pool.map(one, names))
    print(f"{sum(fine)} of {len(fine)} end as they should")
    return 0 if all(fine) else 1


if __name__ == "__main__":
    sys.exit(main())
