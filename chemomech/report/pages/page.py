"""Composes report.html: one file with everything inside, and the figures as PNG beside it."""

import os
import re
from pathlib import Path

import jinja2
from markupsafe import Markup, escape

from chemomech.geometry import GeometryError, read_msh
from chemomech.report.figures import overview
from chemomech.report.figures.fields import fields_figure, read_field
from chemomech.report.figures.flaws import drive_table, flaw_rows, flaws_figure
from chemomech.report.figures.mesh import mesh_figure
from chemomech.report.figures.series import cycles_figure, has_many_cycles, timeseries_figure
from chemomech.report.figures.stoichiometry import stoichiometry_figure
from chemomech.report.figures.style import PAGE_WIDTH, data_address, png_bytes, styled, svg_bytes
from chemomech.report.figures.voltage import voltage_figure
from chemomech.report.figures.window import window_figure
from chemomech.report.inputs import PROVENANCE_WORDS, study_inputs
from chemomech.report.pages.answer import answer_of
from chemomech.report.pages.facts import facts_of
from chemomech.report.pages.swelling_page import is_swelling, write_crack_report
from chemomech.report.results import MAIN_COLUMNS, read_results
from chemomech.report.words import limit_name, number

PICTURES = (
    "window",
    "map",
    "voltage",
    "timeseries",
    "cycles",
    "fields",
    "stoichiometry",
    "particles",
    "flaws",
    "mesh",
)
PARTS_OF_PAGE = 9  # that report progress before the page itself
HEADINGS = {
    "stack_pressure_MPa": ("stack pressure", "MPa"),
    "contact_fraction_cathode": ("contact cathode", "–"),
    "contact_fraction_anode": ("contact lithium", "–"),
    "interfacial_resistance_cathode_ohm_cm2": ("resistance cathode", "Ω cm²"),
    "interfacial_resistance_anode_ohm_cm2": ("resistance lithium", "Ω cm²"),
    "voltage_loss_mV": ("voltage loss", "mV"),
    "discharge_capacity_mAh_cm2": ("discharged", "mAh cm⁻²"),
    "capacity_share": ("capacity share", "–"),
    "max_K_over_KIc": ("K/K_Ic", "–"),
    "critical_current_density_mA_cm2": ("critical current", "mA cm⁻²"),
    "penetration_risk": ("penetration risk", "–"),
    "energy_balance_error": ("energy error", "–"),
    "charge_balance_error": ("charge error", "–"),
    "lithium_balance_error": ("lithium error", "–"),
    "wall_time_s": ("wall time", "s"),
}


def write_report(folder, notify=lambda share, what: None):
    """Write report.html and figures/*.png into the results folder of a study; returns the page's path.

    notify(share, what): called before every part with the share done, 0 to 1, and what comes next.
    Raises ResultError when the folder holds no study.
    """
    folder = Path(folder)
    if is_swelling(folder):
        return write_crack_report(folder)
    results = read_results(folder)
    answer = answer_of(results)
    pictures = Pictures(folder / "figures", notify)
    with styled():
        add_pictures(results, answer, pictures)
    notify(0.9, "page")
    text = (
        environment()
        .get_template("page.html.jinja")
        .render(
            results=results,
            answer=answer,
            pictures=pictures.found,
            facts=facts_of(results),
            table=case_rows(results),
            headings=HEADINGS,
            flaws=flaw_rows(results.cases),
            inputs=study_inputs(results),
            provenance_words=PROVENANCE_WORDS,
        )
    )
    path, beside = folder / "report.html", folder / ".report.html.part"
    beside.write_text(text, encoding="utf-8")
    os.replace(beside, path)
    notify(1.0, "done")
    return path


class Pictures:
    """Saves figures as PNG and keeps them as data addresses; those of an earlier report are removed first."""

    def __init__(self, folder, notify):
        self.folder, self.notify, self.found, self.count = folder, notify, {}, 0
        folder.mkdir(parents=True, exist_ok=True)
        for name in PICTURES:
            (folder / f"{name}.png").unlink(missing_ok=True)

    def begin(self, what):
        """Report progress before a figure is drawn."""
        self.notify(0.9 * self.count / PARTS_OF_PAGE, what)
        self.count += 1

    def add(self, name, figure, vector=True, **words):
        """Save a figure and put it on the page as SVG (vector) or PNG; words: what its caption needs."""
        content = png_bytes(figure)
        (self.folder / f"{name}.png").write_bytes(content)
        address = (
            data_address(svg_bytes(figure), "svg+xml") if vector else data_address(content, "png")
        )
        self.found[name] = words | {"address": address}


def add_pictures(results, answer, pictures):
    """Draw every figure that the saved results allow."""
    rows = results.curve()
    pictures.begin("main figure")
    if len(results.axes) == 1 and len(rows):
        pictures.add("window", window_figure(results, rows, answer))
    elif len(results.axes) == 2 and len(rows):
        pictures.add("map", overview.map_figure(results))
    cases = results.shown_cases()
    timed = [case for case in cases if case.file("timeseries.csv")]
    pictures.begin("charge and discharge")
    if timed:
        pictures.add("voltage", voltage_figure(results, timed, rows))
    pictures.begin("time series")
    if timed:
        figure, cycle = timeseries_figure(timed)
        pictures.add("timeseries", figure, cycle=cycle)
    pictures.begin("cycles")
    cycled = [case for case in cases if case.file("cycles.csv")]
    if has_many_cycles(cycled):
        pictures.add("cycles", cycles_figure(cycled))
    add_fields(cases, pictures)
    pictures.begin("flaws")
    flawed = [case for case in cases if drive_table(case) is not None]
    if flawed:
        pictures.add("flaws", flaws_figure(flawed))
    pictures.begin("mesh")
    add_mesh(results, cases, pictures)


def add_fields(cases, pictures):
    """Draw the fields of the shown cases that have some, and what they tell of the particles."""
    pictures.begin("fields")
    fields = {case.label: read_field(case) for case in cases}
    drawn = [case for case in cases if fields[case.label] is not None]
    if drawn:
        figure, factor, particle = fields_figure([fields[case.label] for case in drawn], drawn)
        plated = max(fields[case.label].carried.max() for case in drawn)
        words = {
            "factor": factor,
            "particle": particle,
            "plated": number(plated) if plated > 0 else "",
        }
        pictures.add("fields", figure, vector=False, **words)
    pictures.begin("stoichiometry")
    if drawn:
        states = {"charged": [fields[case.label] for case in drawn]}
        discharged = [read_field(case, "discharged") for case in drawn]
        if None not in discharged:
            states["discharged"] = discharged
        pictures.add(
            "stoichiometry",
            stoichiometry_figure(states, [case.title for case in drawn]),
            vector=False,
        )
    pictures.begin("particles")
    parted = [case for case in cases if case.result.get("contact_fraction_by_particle_charged")]
    if parted:
        pictures.add(
            "particles", overview.particles_figure(parted, [fields[case.label] for case in parted])
        )


def add_mesh(results, cases, pictures):
    """Draw the mesh of the first shown case that has one; a mesh that cannot be read is left out."""
    paths = [path for path in map(results.mesh, cases) if path is not None]
    if paths:
        try:
            mesh = read_msh(paths[0])
        except GeometryError:
            return
        geometries = {path for path in map(results.mesh, results.finished) if path is not None}
        pictures.add(
            "mesh", mesh_figure(mesh, PAGE_WIDTH), vector=False, geometries=len(geometries)
        )


def verdict(results, row):
    """The limits that a case misses, "none", or "" for a study without limits."""
    if results.window is None:
        return ""
    missed = []
    for limit in results.window["limits"]:
        value = row[limit["column"]]
        if not (value <= limit["bound"] if limit["above"] else value >= limit["bound"]):
            missed.append(limit_name(limit).removesuffix(" loss"))
    return ", ".join(missed) or "none"


def case_rows(results):
    """The table of all cases: dictionaries with number, values as text, verdict, exit code and message."""
    rows, failed = [], {case.label for case in results.failed}
    for index, case in enumerate(results.cases):
        row = results.table.loc[case.label]
        rows.append(
            {
                "index": index,
                "label": case.label,
                "failed": case.label in failed,
                "message": case.message.strip(),
                "values": [
                    number(row[name], 1 if name.endswith("error") else 3) for name in MAIN_COLUMNS
                ],
                "varied": [
                    axis.text(case.values[axis.key])
                    for axis in results.axes
                    if axis.key != "stack.pressure"
                ],
                "verdict": verdict(results, row),
                "exit_code": case.exit_code,
                "hash": case.result.get("inputs_hash", "–") if case.result else "–",
            }
        )
    return rows


def typeset_html(text):
    """Text, escaped, with K_Ic, G_c and the like as HTML subscripts."""
    subscripts = re.sub(
        r"\b([A-Za-z])_([A-Za-z]{1,4})\b", r"<i>\1</i><sub>\2</sub>", str(escape(text))
    )
    return Markup(re.sub(r"\b([KG])/(?=<i>)", r"<i>\1</i>/", subscripts))


def environment():
    """The template's surroundings: everything is escaped, an unknown name is an error."""
    found = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters["typeset"] = typeset_html
    return found
