"""The page of cases that run a protocol: its figures and what its words are made from."""

from collections.abc import Sequence
from typing import Any

from chemomech.report.figures import overview
from chemomech.report.figures.fields import fields_figure
from chemomech.report.figures.saved_field import read_field
from chemomech.report.figures.series import cycles_figure, has_many_cycles, timeseries_figure
from chemomech.report.figures.stoichiometry import stoichiometry_figure
from chemomech.report.figures.voltage import voltage_figure
from chemomech.report.figures.window import window_figure
from chemomech.report.pages.answer import Answer, answer_of
from chemomech.report.pages.facts import facts_of
from chemomech.report.pages.pictures import Pictures, add_flaws, add_mesh
from chemomech.report.results import CaseResult, Results
from chemomech.report.words import number

PARTS = 9
TEMPLATES = {"pictures_part": "protocol_pictures.jinja", "method_part": "protocol_method.jinja"}


def draw(results: Results, pictures: Pictures) -> dict[str, Any]:
    """Draw every figure that the saved results allow; returns what the templates need besides."""
    answer = answer_of(results)
    cases = results.shown_cases()
    _main(results, answer, pictures)
    _series(results, cases, pictures)
    _fields(cases, pictures)
    add_flaws(cases, pictures)
    add_mesh(results, cases, pictures)
    return TEMPLATES | {"answer": answer, "facts": facts_of(results)}


def _main(results: Results, answer: Answer, pictures: Pictures) -> None:
    """Draw the main figure: panels over one varied quantity, or maps over two."""
    pictures.begin("main figure")
    rows = results.curve()
    if len(results.axes) == 1 and len(rows):
        pictures.add("window", window_figure(results, rows, answer))
    elif len(results.axes) == 2 and len(rows):
        pictures.add("map", overview.map_figure(results))


def _series(results: Results, cases: Sequence[CaseResult], pictures: Pictures) -> None:
    """Draw what happens in time and from cycle to cycle."""
    timed = [case for case in cases if case.file("timeseries.csv")]
    pictures.begin("charge and discharge")
    if timed:
        pictures.add("voltage", voltage_figure(results, timed, results.curve()))
    pictures.begin("time series")
    if timed:
        figure, cycle = timeseries_figure(timed)
        pictures.add("timeseries", figure, cycle=cycle)
    pictures.begin("cycles")
    cycled = [case for case in cases if case.file("cycles.csv")]
    if has_many_cycles(cycled):
        pictures.add("cycles", cycles_figure(cycled))


def _fields(cases: Sequence[CaseResult], pictures: Pictures) -> None:
    """Draw the fields of the shown cases that have some, and what they tell of the particles."""
    pictures.begin("fields")
    fields = {case.label: read_field(case) for case in cases}
    drawn = [case for case in cases if fields[case.label] is not None]
    charged = [field for field in fields.values() if field is not None]
    if drawn:
        figure, factor, particle = fields_figure(charged, drawn)
        plated = max(field.carried.max() for field in charged)
        words: dict[str, Any] = {"factor": factor, "particle": particle}
        words["plated"] = number(plated) if plated > 0 else ""
        pictures.add("fields", figure, vector=False, **words)
    pictures.begin("stoichiometry")
    if drawn:
        states = {"charged": charged}
        discharged = [read_field(case, "discharged") for case in drawn]
        known = [field for field in discharged if field is not None]
        if len(known) == len(drawn):
            states["discharged"] = known
        figure = stoichiometry_figure(states, [case.title for case in drawn])
        pictures.add("stoichiometry", figure, vector=False)
    pictures.begin("particles")
    told = [case for case in cases if case.result.get("contact_fraction_by_particle_charged")]
    if told:
        figure = overview.particles_figure(told, [fields[case.label] for case in told])
        pictures.add("particles", figure)
