"""One measurement after the other, each size in a process of its own, so that its peak memory is
its own."""

import argparse
import json
import subprocess
import sys

import numpy as np


def rows_of(script, description, measure, sizes):
    """Yield measure(size) as found by a process of its own for each size; with --one N: print that
    of N and yield nothing.

    script: the file that calls this; --up-to N leaves larger sizes out.
    """
    parser = argparse.ArgumentParser(description=description.splitlines()[0])
    parser.add_argument("--one", type=int, help="measure one size here and print it as JSON")
    parser.add_argument("--up-to", type=int, default=sizes[-1], help="leave larger sizes out")
    options = parser.parse_args()
    if options.one:
        print(json.dumps(measure(options.one)))
        return
    for size in (n for n in sizes if n <= options.up_to):
        command = [sys.executable, script, "--one", str(size)]
        yield json.loads(
            subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[
                -1
            ]
        )


def exponent(rows, name):
    """Slope of a column against the unknowns on logarithmic axes."""
    return np.polyfit(
        np.log([row["unknowns"] for row in rows]), np.log([row[name] for row in rows]), 1
    )[0]
