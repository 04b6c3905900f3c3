"""The JSON Schemas of case and study files: editors are told what the program reads."""

from pathlib import Path

import pytest

import chemomech as cm
from chemomech.case import read_toml
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
