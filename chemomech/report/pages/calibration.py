"""The page of a calibration: what came out, the data against it, and what they do not tell."""

from pathlib import Path
from typing import Any

from chemomech.calibration import Posterior
from chemomech.calibration.inputs import INPUTS
from chemomech.calibration.writing import in_shown, shown_unit
from chemomech.files import write_bytes, write_text
from chemomech.report.figures.calibration import marginals_figure, predictive_figure
from chemomech.report.figures.style import data_address, png_bytes, styled
from chemomech.report.pages.page import environment
from chemomech.units.quantity import from_si


def write_calibration_report(found: Posterior, folder: str | Path) -> Path:
    """Write report.html and figures/*.png of a calibration into a folder, and return the page.

    Parameters
    ----------
    found : Posterior
        What came out.
    folder : path
        Where it is written.
    """
    folder, pictures = Path(folder), {}
    with styled():
        figures = {"marginals": marginals_figure(found)}
        if found.checks:
            figures["predictive"] = predictive_figure(found)
        for name, figure in figures.items():
            content = png_bytes(figure)
            write_bytes(folder / "figures" / f"{name}.png", content)
            pictures[name] = data_address(content, "png")
    template = environment().get_template("calibration.jinja")
    path = folder / "report.html"
    write_text(path, template.render(found=found, pictures=pictures, rows=_rows(found),
                                     fixed=_fixed(found), headline=_headline(found)))  # fmt: skip
    return path


def _headline(found: Posterior) -> str:
    """Say in a sentence how the data stand."""
    inside = sum(int(each.inside.sum()) for each in found.checks)
    count = sum(len(each.inside) for each in found.checks)
    return f"{inside} of {count} measured numbers lie inside the 80 % predictive band."


def _rows(found: Posterior) -> list[dict[str, Any]]:
    """Return the rows of the table of parameters."""
    rows = []
    for row in found.rows:
        given = found.problem.file.parameters.get(row.name)
        numbers = [f"{in_shown(value, row.unit):.3g}" for value in row.quantiles]
        rows.append(
            {
                "name": row.name.replace("_", " "),
                "unit": "–" if row.unit == "1" else shown_unit(row.unit),
                "meaning": INPUTS[row.name].meaning if row.name in INPUTS else "fitted scatter",
                "prior": row.prior,
                "reason": given.reason if given else "",
                "numbers": numbers,
                "shrinkage": f"{100.0 * row.shrinkage:.0f}",
                "identified": row.identified,
            }
        )
    return rows


def _fixed(found: Posterior) -> list[tuple[str, str, str]]:
    """Return (input, value, where it comes from) of what is not fitted."""
    problem = found.problem
    return [
        (
            name.replace("_", " "),
            f"{from_si(value, shown_unit(INPUTS[name].unit)):.4g} {shown_unit(INPUTS[name].unit)}"
            if INPUTS[name].unit != "1"
            else f"{value:.4g}",
            problem.origins[name],
        )
        for name, value in problem.fixed.items()
    ]
