"""The table of columns as a page of the documents."""

from chemomech.runs.columns.entries import COLUMNS
from chemomech.runs.columns.entry import FILES, WORST, Column

HEAD = """# Columns of the results

This page is made from the table in `chemomech/runs/columns` by `python3 -m chemomech.runs.columns`.

A name in angle brackets stands for a family: `cracked_um <interface>` for one column per interface.
"Summary" says how the summary takes the column of the same name from the time series. Sources are
modules below `chemomech`, or formulas. netCDF files have the meaning as `long_name` and the unit as
`units`; plain numbers have the unit 1, texts none.
"""


def document() -> str:
    """Write the page in Markdown."""
    parts = [HEAD]
    for name, what in FILES.items():
        title, _, rest = what.partition(":")
        parts.append(f"\n## {title}\n\n{rest.strip().capitalize()}.\n\n{_table(name)}")
    return "".join(parts)


def _table(name: str) -> str:
    """Write the table of one file."""
    found = [each for each in COLUMNS if name in each.files]
    with_worst = name == "timeseries"
    head = ["column", "unit", "meaning", *(["summary"] if with_worst else []), "runs", "source"]
    lines = [head, ["---"] * len(head)]
    for each in found:
        worst = [WORST[each.worst] or "–"] if with_worst else []
        cells = [f"`{each.name}`", each.unit or "text", each.meaning, *worst, _runs(each, name)]
        lines.append([*cells, each.source])
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _runs(each: Column, name: str) -> str:
    """Say in which kind of run a file holds a column."""
    kinds = (("protocol", each.cycling), ("swelling", each.swelling))
    return ", ".join(kind for kind, files in kinds if name in files)
