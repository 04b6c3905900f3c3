"""The inputs on the page: values of the library, overrides, what was read in secondary sources."""

import json
import re

from chemomech.materials import load_material
from chemomech.report import write_report
from chemomech.report.inputs import study_inputs
from chemomech.report.pages.answer import answer_of
from chemomech.report.reading import read_results
from report_studies import INTERFACES, MATERIALS, READ, make_study


def test_inputs_are_those_of_the_library_and_only_taken_ones_are_counted(tmp_path):
    """Would fail if a value were lost, counted twice, or an unused one counted."""
    inputs = study_inputs(read_results(make_study(tmp_path / "study")))
    names = [*MATERIALS.values(), *INTERFACES.values()]
    assert len(inputs.rows) == sum(len(load_material(name).properties) for name in names)
    taken = {(row.owner.split(" (")[0], row.name) for row in inputs.rows if row.taken}
    assert ("Li6PS5Cl", "fracture toughness") in taken and (
        "NMC811",
        "fracture toughness",
    ) not in taken
    assert ("lithium", "molar volume") in taken and ("lithium", "creep rate") not in taken
    assert ("NMC811|Li6PS5Cl", "strength") in taken and ("lithium", "hardness") not in taken
    assert inputs.count() == sum(
        inputs.count(word) for word in ("primary source", "secondary source", "estimate", "user")
    )
    lists = [names for part in READ.values() for names in part.values()]
    assert inputs.count() == len(taken) == sum(len(names) for names in lists)
    assert inputs.unrecorded == 0
    toughness = next(row for row in inputs.rows if row.name == "fracture toughness" and row.taken)
    assert toughness.provenance == "estimate" and toughness.value.startswith("0.23 MPa √m ± 0.04")


def test_values_of_secondary_sources_carry_a_dagger_and_overrides_their_origin(tmp_path):
    """Would fail if a value of a secondary source looked like one seen in its paper."""
    folder = make_study(tmp_path / "study")
    for place in (folder / "cases").iterdir():
        (place / "case.toml").write_text(
            '[materials]\nlithium = "lithium"\nactive = "no such thing"\n'
            'separator = { base = "Li6PS5Cl", young_modulus = "30 GPa" }\n'
            '[interfaces]\n"lithium|separator" = "lithium|Li6PS5Cl"\n'
        )
    page = write_report(folder).read_text(encoding="utf-8")
    assert re.search(
        r">size strength</td><td[^>]*>105 N/m †</td><td[^>]*>secondary source †</td>", page
    )
    assert re.search(r">young modulus</td><td[^>]*>30 GPa</td><td[^>]*>case file</td>", page)
    assert "Could not be read again: active:" in page
    assert "1 are the case file" in page


def test_creep_counts_where_a_flaw_asks_for_it(tmp_path):
    """Would fail if the creep of lithium stood grey in a study whose flaws have a width."""
    folder = make_study(tmp_path / "study")
    for path in folder.glob("cases/*/result.json"):
        result = json.loads(path.read_text())
        result["case"]["flaw"]["width"] = 5e-7
        result["read"]["bulk"]["lithium"] += ["creep_activation_energy", "creep_rate"]
        path.write_text(json.dumps(result))
    inputs = study_inputs(read_results(folder))
    assert inputs.takes("creep rate") and inputs.takes("creep activation energy")
    assert "lithium's hardness, its creep rate and the flaws' depth" in answer_for_folder(folder)


def answer_for_folder(folder):
    """All text of the answer of a study that is there."""
    return " ".join(text for _, text in answer_of(read_results(folder)).points)
