"""Run the numeric tests under every kernel of OpenBLAS that this processor has, on one thread and
on two.

A test that passes under one kernel only stands on rounding. What no kernel can change (words,
files, pages, the command line) is left out.

    environment/run python3 tests/references/kernels.py [PATTERN...]

runs all numeric tests, or those files of tests/ that match a pattern, as "test_con*.py".
"""

import itertools
import os
import subprocess
import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
KERNELS = ("Prescott", "Haswell", "Zen", "SkylakeX")
THREADS = ("1", "2")
WORDS = (
    "abaqus", "api", "architecture", "careless_*", "case", "cli", "columns", "docstrings",
    "doctests", "doctor", "documents", "endings", "environment", "health", "imported_mesh",
    "isolation", "materials", "material_record", "own_laws", "pictures", "plan", "protocol",
    "quantity", "received", "report_*", "run", "schema", "settings", "soundness", "study",
    "voxels",
)  # fmt: skip
ASK = """import ctypes
library = ctypes.CDLL("libopenblas.so.0")
library.openblas_get_corename.restype = ctypes.c_char_p
print(library.openblas_get_corename().decode())"""


def numeric(patterns: list[str]) -> list[str]:
    """Return the files of tests whose numbers pass through linear algebra."""
    words = {path for word in WORDS for path in TESTS.glob(f"test_{word}.py")}
    found = {path for each in patterns or ["test_*.py"] for path in TESTS.glob(each)}
    return [str(path) for path in sorted(found - words)]


def main(patterns: list[str]) -> int:
    """Run them under each kernel and number of threads, one after another; 1 when any fails."""
    files, failed = numeric(patterns), []
    for kernel, threads in itertools.product(KERNELS, THREADS):
        environment = {
            **os.environ,
            "OPENBLAS_CORETYPE": kernel,
            "OPENBLAS_NUM_THREADS": threads,
            "OMP_NUM_THREADS": threads,
        }
        asked = [sys.executable, "-c", ASK]
        told = subprocess.run(asked, env=environment, capture_output=True, text=True, check=True)
        name = f"{kernel} on {threads}"
        if told.stdout.strip().lower() != kernel.lower():
            print(f"{name}: this processor has it not, {told.stdout.strip()} instead", flush=True)
            continue
        print(f"{name}:", flush=True)
        command = [sys.executable, "-m", "pytest", "-q", "-n", "0", "-m", "not slow", *files]
        if subprocess.run(command, env=environment, check=False).returncode:
            failed.append(name)
    print(f"failed: {', '.join(failed) or 'none'}")
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
