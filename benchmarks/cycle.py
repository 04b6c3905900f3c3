"""One C/10 charge and discharge of the demo's microstructure at 20 MPa: seconds, where they go,
growth with the mesh.

Shares: linear solver (filling in, factorising, solving), assembly (what turns material points into
residuals and matrices), laws (everything computed at the points in numpy), the rest is Python
between them. Each size is a process of its own. The limit of the project is 60 s on two cores at
40,000 mechanical unknowns; a case runs on one.
"""

import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

from sizes import exponent, rows_of

from chemomech.case import parse_case
from chemomech.case.keys import Changes
from chemomech.fem import linear, operators
from chemomech.models import electrochemistry, mechanics
from chemomech.runs.run import run
from chemomech.study.plan import load_study

STUDY = Path(__file__).parents[1] / "studies" / "stack_pressure.toml"
UNKNOWNS = (20_000, 40_000, 80_000, 160_000)
GIVES = 40_000  # mechanical unknowns with the study's own mesh sizes
PROTOCOL = ["Charge at C/10 until 4.3 V", "Discharge at C/10 until 3.5 V"]
WATCHED = {
    "linear": [(linear.DirectSolver, name) for name in ("factorise", "solve")],
    "assembly": [(operators.PointOperator, name) for name in ("__call__", "forces", "matrices")],
    "laws": [(mechanics.Mechanics, "evaluate"), (electrochemistry.Electrochemistry, "_assemble")],
}


@contextmanager
def watched():
    """Seconds spent in each group of WATCHED, without what is spent in another group called from
    there."""
    dissipated_fraction, inside, kept = dict.fromkeys(WATCHED, 0.0), [], []

    def timed(group, function):
        def call(*arguments, **named):
            began = time.perf_counter()
            inside.append(0.0)
            try:
                return function(*arguments, **named)
            finally:
                whole = time.perf_counter() - began
                dissipated_fraction[group] += whole - inside.pop()
                if inside:
                    inside[-1] += whole

        return call

    for group, places in WATCHED.items():
        for owner, name in places:
            kept.append((owner, name, getattr(owner, name)))
            setattr(owner, name, timed(group, getattr(owner, name)))
    try:
        yield dissipated_fraction
    finally:
        for owner, name, function in kept:
            setattr(owner, name, function)


def measure(wanted):
    """Dict of counts and seconds for about `wanted` mechanical unknowns."""
    table = next(c.table for c in load_study(STUDY).cases if c.values["stack.pressure"] == "20 MPa")
    factor = (GIVES / wanted) ** 0.5
    for key, size in (("size_interface", 0.5), ("size_bulk", 2.5)):
        table = Changes({f"geometry.mesh.{key}": f"{size * factor:.4g} um"}).apply(table)
    cycle = {
        name: each
        for name, each in table["cycle"].items()
        if name in ("initial_stoichiometry", "temperature")
    }
    case = parse_case(
        table | {"cycle": cycle | {"protocol": PROTOCOL}, "output": {"fields": "none"}}
    )
    began, first = time.perf_counter(), []

    def notify(run_state, share):
        first.extend([time.perf_counter()] if not first else [])

    with tempfile.TemporaryDirectory() as folder, watched() as dissipated_fraction:
        result = run(case, folder, notify=notify)
    whole = time.perf_counter() - began
    solver = result["solver"]
    return {
        "unknowns": solver["unknowns"],
        "chemical": solver["unknowns_electrochemistry"],
        "steps": solver["steps"],
        "rounds": solver["rounds"],
        "iterations": solver["newton_iterations"] + solver["newton_iterations_electrochemistry"],
        "seconds": whole,
        "preparing": first[0] - began,
        "cycling": whole - (first[0] - began),
        **{f"share_{group}": seconds / whole for group, seconds in dissipated_fraction.items()},
    }


HEAD = (
    "mechanical  chemical  steps  rounds  iterations  preparing s  cycling s  linear  assembly"
    "  laws  Python"
)


def main():
    rows = []
    for row in rows_of(__file__, __doc__, measure, UNKNOWNS):
        shares = [row[f"share_{group}"] for group in WATCHED]
        print(
            f"{'' if rows else HEAD + chr(10)}"
            f"{row['unknowns']:10d} {row['chemical']:9d} {row['steps']:6d} "
            f"{row['rounds']:7d} {row['iterations']:11d} "
            f"{row['preparing']:12.1f} {row['cycling']:10.1f} "
            + " ".join(f"{100 * share:6.0f} %" for share in (*shares, 1.0 - sum(shares))),
            flush=True,
        )
        rows.append(row)
    if len(rows) > 1:
        print(f"exponent of the cycling time: {exponent(rows, 'cycling'):.2f}")


if __name__ == "__main__":
    main()
