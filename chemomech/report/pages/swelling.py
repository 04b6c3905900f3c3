"""The page of cases that only swell: cracked length against volume change, and the cracks drawn."""

from typing import Any

from chemomech.report.figures.cracks import cracks_figure, has_cracks, lengths_figure
from chemomech.report.pages.facts import swelling_facts
from chemomech.report.pages.pictures import Pictures, add_flaws, add_mesh
from chemomech.report.results import CaseResult, Results

PARTS = 4
TEMPLATES = {"pictures_part": "swelling_pictures.jinja", "method_part": "swelling_method.jinja"}


def draw(results: Results, pictures: Pictures) -> dict[str, Any]:
    """Draw every figure that the saved results allow; returns what the templates need besides."""
    pictures.begin("main figure")
    pictures.add("lengths", lengths_figure(results))
    pictures.begin("cracks")
    shown = _shown([case for case in results.finished if has_cracks(case)])
    if shown:
        pictures.add("cracks", cracks_figure(results, shown), vector=False)
    cases = _shown(results.finished)
    add_flaws(cases, pictures)
    add_mesh(results, cases, pictures)
    return TEMPLATES | {"answer": None, "facts": swelling_facts(results)}


def _shown(cases: list[CaseResult]) -> list[CaseResult]:
    """Pick the first, the middle and the last of some cases."""
    if not cases:
        return []
    return [cases[i] for i in sorted({0, len(cases) // 2, len(cases) - 1})]
