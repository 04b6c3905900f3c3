"""Hold a change that should change nothing against every number that six quick cases gave.

    python3 tests/references/regression.py --check     compare with regression.json, 1e-9 relative
    python3 tests/references/regression.py --write     run the cases and store their numbers

Cases run through the command line, so the comparison outlives any move inside the package. Numbers
repeat to the last digits on one machine only: on another, write them with the old commit first.
Stored of every case: its summary, its band, energies and counts of result.json, and of every column
of timeseries.csv the sum of sizes. A number that carries another name since stands in RENAMED; one
that came later is named, and counts once it is stored.
"""

import argparse
import json
import math
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import tomli_w

TESTS = Path(__file__).parents[1]
sys.path.insert(0, str(TESTS))

from small import small_case, tiny_case  # noqa: E402

STORED = Path(__file__).with_suffix(".json")
# Name of a key or column in the stored numbers -> its name today. One entry serves both places:
# "a" renames summary/a, timeseries/a and a/0.
RENAMED = {}
SULFIDE = {
    "base": "Li6PS5Cl",
    "flow": "elastic",
    "young_modulus": "22.1 GPa",
    "poisson_ratio": 0.37,
}
SLIT = {
    "name": "slit",
    "region": "separator",
    "start": ["2 um", "6 um"],
    "end": ["4 um", "6.5 um"],
    "size": "0.15 um",
}
STRONG = {"base": "NMC811|Li6PS5Cl", "strength": "200 MPa", "fracture_energy": "10 J/m^2"}
SPHERE = {
    "radius_mean": "1.8 um", "radius_standard_deviation": "0.1 um", "radius_minimum": "1.5 um",
    "radius_maximum": "2.0 um", "volume_fraction": 0.18, "minimum_gap": "0.3 um",
}  # fmt: skip
SWELLING = {
    "name": "swelling",
    "geometry": {
        "recipe": "image",
        "path": "square.npy",
        "pixel_size": "0.25 um",
        "labels": {"0": "electrolyte", "1": "active"},
        "mesh": {"size_interface": "0.5 um", "size_bulk": "0.5 um"},
    },
    "materials": {
        "active": {"base": "NMC811", "young_modulus": "100 GPa", "poisson_ratio": 0.3},
        "electrolyte": {
            "base": "Li6PS5Cl",
            "young_modulus": "15 GPa",
            "poisson_ratio": 0.3,
            "flow": "elastic",
        },
    },
    "interfaces": {},
    "cracks": {
        "electrolyte": {"base": "crack", "strength": "80 MPa", "fracture_energy": "1 J/m^2"}
    },
    "swelling": {"region": "active", "volume_change": 0.15, "sides": "plane"},
    "stack": {"fixture": "constant_pressure", "pressure": "1 kPa"},
    "solver": {"displacement_degree": 1, "maximum_iterations": 40, "steps_per_half_cycle": 10},
}
CASES = {
    "cycling": small_case(),
    "swelling": SWELLING,
    "voids": tiny_case(
        plating="local",
        geometry__mesh={"size_interface": "0.4 um", "size_bulk": "4 um"},
        voids={
            "depth": "0.3 um",
            "width": "3 um",
            "vacancy_diffusivity": "1e-15 m^2/s",
            "vacancy_limit": 0.05,
            "vacancy_depth": "2 um",
        },
        cycle__protocol=["Discharge at 1C for 1 minutes", "Charge at 1C for 2 minutes"],
        cycle__initial_stoichiometry=0.5,
        solver__steps_per_half_cycle=20,
    ),
    "phase_field": tiny_case(
        materials__electrolyte={"base": "Li6PS5Cl", "flow": "elastic"},
        geometry__mesh={"size_interface": "0.32 um", "size_bulk": "0.32 um"},
        interfaces={"active|electrolyte": STRONG, "lithium|separator": "lithium|Li6PS5Cl"},
        phase_field={"regions": ["electrolyte"], "length": "0.8 um", "toughness": "0.3 J/m^2"},
        cycle__protocol=["Charge at 1C for 40 minutes", "Discharge at 1C for 2 minutes"],
    ),
    "meshed_flaw": tiny_case(
        materials__separator=SULFIDE,
        materials__electrolyte=SULFIDE,
        meshed_flaws=[SLIT],
        cycle__protocol=[
            {"repeat": 2, "steps": ["Charge at 1C for 12 minutes", "Discharge at 1C for 6 minutes"]}
        ],
    ),
    "space": small_case(
        geometry__recipe="layered_cell_3d",
        geometry__width="5 um",
        geometry__depth="6 um",
        geometry__lithium_thickness="2 um",
        geometry__separator_thickness="4 um",
        geometry__cathode_thickness="5 um",
        geometry__collector_thickness="1 um",
        geometry__particles=SPHERE,
        geometry__mesh={"size_interface": "1.4 um", "size_bulk": "3 um"},
        flaw__depth="1.5 um",
        solver__displacement_degree=1,
        solver__steps_per_half_cycle=4,
        uncertainty__samples=5,
        output__fields="none",
        cycle={"protocol": ["Charge at 1C for 12 minutes", "Discharge at 1C for 6 minutes"]},
    ),
}


def numbers(value, name=""):
    """Path -> number of everything in nested tables and lists that is a number or nothing."""
    if isinstance(value, dict):
        parts = value.items()
    elif isinstance(value, list):
        parts = enumerate(value)
    else:
        return {} if isinstance(value, (str, bool)) else {name: value}
    found = {}
    for key, part in parts:
        found |= numbers(part, f"{name}/{key}" if name else str(key))
    return found


def run(name, folder):
    """Path -> number of one case."""
    image = np.zeros((16, 16), dtype=np.uint8)
    image[4:12, 4:12] = 1
    np.save(folder / "square.npy", image)
    (folder / "case.toml").write_text(tomli_w.dumps(CASES[name]))
    command = [
        sys.executable,
        "-m",
        "chemomech",
        "run",
        str(folder / "case.toml"),
        "--out",
        str(folder / "out"),
    ]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    result = json.loads((folder / "out" / "result.json").read_text())
    kept = {
        key: part
        for key, part in result.items()
        if key not in ("case", "inputs_hash", "provenance", "read", "mass")
    }
    found = numbers(kept)
    found.pop("summary/wall_time_s")
    table = pd.read_csv(folder / "out" / "timeseries.csv").select_dtypes("number")
    return found | {f"timeseries/{column}": float(table[column].abs().sum()) for column in table}


def renamed(stored):
    """Stored numbers under their names of today."""
    parts = ((key.split("/"), value) for key, value in stored.items())
    return {"/".join(RENAMED.get(part, part) for part in key): value for key, value in parts}


def compare(stored, found, relative):
    """Lines (differences, news) of one case: what is another number or gone, and what came
    later."""
    wrong, news = [], []
    for key in sorted(stored.keys() | found.keys()):
        if key not in stored:
            news.append(f"{key} is new: {found[key]}")
        elif key not in found:
            wrong.append(f"{key}: {stored[key]} -> gone")
        elif differs(stored[key], found[key], relative):
            wrong.append(f"{key}: {stored[key]} -> {found[key]}")
    return wrong, news


def differs(old, new, relative):
    """Whether two numbers, or nothing, are not the same."""
    if old is None or new is None:
        return old is not new
    return not math.isclose(old, new, rel_tol=relative, abs_tol=1e-15)


def main():
    """Write or check; exit code 1 where a number differs."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--write", action="store_true", help="store the numbers")
    options.add_argument(
        "--check", action="store_true", help="compare with the stored numbers (the default)"
    )
    options.add_argument("--relative", type=float, default=1e-9, help="largest relative difference")
    options.add_argument(
        "cases", nargs="*", metavar="CASE", help=f"of {', '.join(CASES)} (default: all)"
    )
    given = options.parse_args()
    stored = json.loads(STORED.read_text()) if STORED.is_file() else {}
    wrong = 0
    for name in given.cases or CASES:
        with tempfile.TemporaryDirectory() as folder:
            found = run(name, Path(folder))
        if given.write:
            stored[name] = found
            continue
        differences, news = compare(renamed(stored[name]), found, given.relative)
        for line in differences + news:
            print(f"{name}: {line}")
        wrong += len(differences)
        print(f"{name}: {len(found)} numbers, {len(differences)} differ", flush=True)
    if given.write:
        STORED.write_text(json.dumps(stored, indent=0, sort_keys=True) + "\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
