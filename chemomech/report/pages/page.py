"""Composes report.html: one file with everything inside, and the figures as PNG beside it."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup, escape

from chemomech.files import write_text
from chemomech.report.figures.style import styled
from chemomech.report.inputs import PROVENANCE_WORDS, study_inputs
from chemomech.report.pages import protocol, swelling
from chemomech.report.pages.cases import case_rows, caution_lines, headings
from chemomech.report.pages.flaws import flaw_rows
from chemomech.report.pages.pictures import Pictures
from chemomech.report.reading import read_results
from chemomech.report.words import sentence


def _quiet(share: float, what: str) -> None:
    """Tell nobody."""


def write_report(folder: str | Path, notify: Callable[[float, str], Any] = _quiet) -> Path:
    """Write report.html and figures/*.png into the results folder of a study.

    Parameters
    ----------
    folder : path
        The study's folder.
    notify : callable
        Called before every part with the share done, 0 to 1, and what comes next.

    Returns
    -------
    Path
        The page.

    Raises
    ------
    ResultError
        The folder holds no study.
    """
    folder = Path(folder)
    results = read_results(folder)
    kind = swelling if results.swells else protocol
    pictures = Pictures(folder / "figures", notify, kind.PARTS)
    with styled():
        words = kind.draw(results, pictures)
    notify(0.9, "page")
    text = (
        environment()
        .get_template("page.jinja")
        .render(
            results=results,
            pictures=pictures.found,
            table=case_rows(results),
            headings=headings(results),
            flaws=flaw_rows(results.cases),
            cautions=caution_lines(results),
            inputs=study_inputs(results),
            provenance_words=PROVENANCE_WORDS,
            **words,
        )
    )
    path = folder / "report.html"
    write_text(path, text)
    notify(1.0, "done")
    return path


def typeset_html(text: str) -> Markup:
    """Escape a text and write K_Ic, G_c and the like with HTML subscripts."""
    subscripts = re.sub(
        r"\b([A-Za-z])_([A-Za-z]{1,4})\b", r"<i>\1</i><sub>\2</sub>", str(escape(text))
    )
    return Markup(re.sub(r"\b([KG])/(?=<i>)", r"<i>\1</i>/", subscripts))


def environment() -> jinja2.Environment:
    """Make the templates' surroundings: everything is escaped, an unknown name is an error."""
    found = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters["typeset"] = typeset_html
    found.filters["capfirst"] = sentence
    return found
