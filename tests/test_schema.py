"""The JSON Schemas of case and study files: editors are told what the program reads."""

import re
from pathlib import Path

import pytest

import chemomech as cm
from chemomech.case import read_toml
from chemomech.units.patterns import text_pattern
from chemomech.units.quantity import DIMENSIONS, to_si
from json_schema import problems
from small import small_case

ROOT = Path(__file__).parents[1]
CASES = [*sorted((ROOT / "meshes").glob("*.toml")), *sorted((ROOT / "studies").glob("*.toml"))]
BASES = {ROOT / "studies" / read_toml(path).get("base", "") for path in CASES}


def reasons(table, schema=None):
    """What a table has against the schema of a case, or another one."""
    schema = cm.case_schema() if schema is None else schema
    return problems(table, schema, schema)


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_shipped_files_fit(path):
    """Breaks when an editor marks a file that runs."""
    assert not reasons(read_toml(path), cm.file_schema())
    if path.parent.name == "studies" and "vary" in read_toml(path):
        assert not reasons(read_toml(path), cm.study_schema())


@pytest.mark.parametrize("recipe", ["layered_cell", "layered_cell_3d", "layers", "image"])
def test_cases_to_start_from_fit(recipe):
    """Breaks when what `chemomech new` writes is marked by an editor."""
    assert not reasons(cm.new_case(recipe=recipe))


@pytest.mark.parametrize(
    "changes",
    [
        {"stack__pressure": 5},
        {"stack__presure": "5 MPa"},
        {"stack__fixture": "glue"},
        {"cycle__protocol": ["Wait for 1 h"]},
        {"cycle__protocol": [{"repeat": 0, "steps": ["Rest for 1 h"]}]},
        {"solver__tolerance": 2.0},
        {"materials__active": 3},
        {"meshed_flaws": [{"name": "a", "region": "active", "start": [1.0, 2.0]}]},
    ],
    ids=str,
)
def test_wrong_values_do_not_fit(changes):
    """Breaks when the schema lets through what the program refuses, so that an editor is silent."""
    assert not reasons(small_case())
    assert reasons(small_case(**changes))
    with pytest.raises(cm.CaseError):
        cm.parse_case(small_case(**changes))


def test_verbs_may_be_in_capitals():
    """Breaks when an editor marks a protocol that the program reads."""
    table = small_case(cycle__protocol=["CHARGE at C/5 until 4.2 V", "rest for 1 h"])
    assert cm.parse_case(table) and not reasons(table)


def test_keys_carry_unit_default_and_meaning():
    """Breaks when an editor cannot say what a key is: no unit, default, example or meaning."""
    schema = cm.case_schema()
    pressure = schema["$defs"]["Stack"]["properties"]["pressure"]
    assert pressure["x-unit"] == "Pa" and pressure["examples"] == ["5 MPa"]
    assert pressure["description"] == "stack pressure, or preload, positive in compression [Pa]"
    cycle = schema["$defs"]["Cycle"]["properties"]
    assert cycle["current_density"]["default"] == "0.2 mA/cm^2"
    assert cycle["protocol"]["items"]["anyOf"][0]["examples"]
    assert "null" not in str(schema)
    varied = cm.study_schema()["properties"]["vary"]["properties"]
    assert {"stack.pressure", "geometry.particles.area_fraction"} <= varied.keys()
    for name, model in schema["$defs"].items():
        for key, entry in model.get("properties", {}).items():
            assert "description" in entry or "$ref" in entry, f"{name}.{key}"


EXAMPLES = {unit: dimension.example for unit, dimension in DIMENSIONS.items()}


@pytest.mark.parametrize("unit", DIMENSIONS)
def test_a_quantity_has_the_pattern_of_its_units(unit):
    """Breaks when an editor lets a length stand for a pressure, or marks the program's own
    example."""
    pattern = re.compile(text_pattern(unit))
    assert pattern.search(EXAMPLES[unit]) and pattern.search(f"  -1.5e3 {unit}")
    wrong = {other for other, text in EXAMPLES.items() if other != unit and pattern.search(text)}
    assert not wrong
    assert not pattern.search("5") and not pattern.search(EXAMPLES[unit] + " kg")


@pytest.mark.parametrize(
    ("unit", "texts"),
    [
        (
            "Pa",
            ["5MPa", "50 bar", "0.1 N/mm^2", "3 megapascal", "1 atm", "5 kN cm^-2", "2 J/cm**3"],
        ),
        ("m", ["5 \u00b5m", "5 \u03bcm", "1e-6 m", "10 micrometer", "3 angstrom", "2 \u00c5"]),
        ("m^2", ["1 cm\u00b2", "1 cm**2"]),
        ("K", ["60 \u00b0C", "60 \u2103", "298 K", "25 celsius"]),
        ("A/m^2", ["0.2 mA cm^-2", "0.2 mA\u22c5cm\u207b\u00b2", "1 A/m**2"]),
        ("ohm*m^2", ["5 \u03a9 cm^2", "5 \u2126\u00b7cm\u00b2", "1 kohm cm^2"]),
        ("Pa*m^0.5", ["0.23 MPa*sqrt(m)", "0.23 MPa\u221am", "0.23 MPa m^(1/2)"]),
        ("J/mol", ["360 meV", "0.36 eV", "35 kJ/mol", "35 kJ mol^-1"]),
        ("1/m^2", ["1e3 cm^-2", "1e3 /cm^2", "1e3 1/cm^2", "1e3 cm\u207b\u00b2"]),
        ("S/m", ["1.6 mS cm^-1", "0.16 1/(ohm*m)", "1 S/m"]),
        ("s", ["2 h", "30 min", "3 days", "1e3 s"]),
    ],
)
def test_what_is_read_fits(unit, texts):
    """Breaks when an editor marks a text that the program reads."""
    for text in texts:
        assert re.search(text_pattern(unit), text), text
        if "(1/2)" not in text:
            to_si(text, unit)


def test_of_several_tables_the_one_meant_is_told():
    """Breaks when an editor says that a file is none of three, or a geometry none of seven."""
    told = reasons(small_case(stack__pressure="5 m"), cm.file_schema())
    assert len(told) == 1 and "stack.pressure" in told[0]
    told = reasons(small_case(geometry__widht="5 um"), cm.file_schema())
    assert told == ["file.geometry: widht is not known"]
    told = reasons(small_case(geometry__recipe="layer"))
    assert len(told) == 1 and "recipe" in told[0]
    study = {"name": "s", "case": small_case(), "vary": {"stack.pressure": ["1 MPa"]}, "rum": {}}
    assert reasons(study, cm.file_schema()) == ["file: rum is not known"]
    mesh = {"geometry": small_case()["geometry"], "materials": {"active": "NMC811"}}
    assert not reasons(mesh, cm.file_schema())
