"""Case files: defaults, cross-checks, and for every wrong input a CaseError that names the key."""

import copy
import json
import re
import textwrap
import tomllib
from pathlib import Path
from typing import Any

import pytest
import tomli_w
from hypothesis import example, given, settings
from hypothesis import strategies as st

import chemomech.case.schema as case_module
from chemomech.case import (
    CaseError,
    FileGeometry,
    LayeredCell,
    case_hash,
    describe_schema,
    load_case,
    load_drawing,
    parse_case,
)
from chemomech.case.protocol import Current
from chemomech.materials.loader import library, read_material
from compare import approx
from small import tiny_case

DOCSTRING = case_module.__doc__ or ""
WRITTEN = DOCSTRING.split("their default.\n")[1]
EXAMPLE = textwrap.dedent(WRITTEN.split("Instead of charge_voltage")[0])
PROTOCOL = textwrap.dedent(
    WRITTEN.split("chemomech.case.protocol):\n")[1].split("The other geometry")[0]
)
OPTIONAL = ("cycle", "flaw", "uncertainty", "solver", "gates", "output")


def document() -> dict[str, Any]:
    """Return the complete case of the module's docstring as a table."""
    return tomllib.loads(EXAMPLE)


def changed(key: str, value: Any) -> dict[str, Any]:
    """Return the complete case with one key set (or removed, for the value None)."""
    table = document()
    *path, last = key.split(".")
    inner = table
    for name in path:
        inner = inner.setdefault(name, {})
    if value is None:
        del inner[last]
    else:
        inner[last] = value
    return table


def leaves(table: dict[str, Any], prefix: str = "") -> list[str]:
    """Return the paths of all keys that are not tables."""
    found = []
    for name, value in table.items():
        found += leaves(value, f"{prefix}{name}.") if isinstance(value, dict) else [prefix + name]
    return found


def error_of(table: Any, folder: Path = Path()) -> str:
    """Return the message of the CaseError that a table raises."""
    with pytest.raises(CaseError) as error:
        parse_case(table, folder)
    return str(error.value)


def test_the_complete_case_is_read_in_si() -> None:
    """Would fail if a unit were lost on the way into the models."""
    case = parse_case(document())
    assert isinstance(case.geometry, LayeredCell)
    assert case.geometry.width == 30e-6
    assert case.geometry.particles.radius_mean == 2.5e-6
    assert case.stack.pressure == 5e6
    assert case.stack.stiffness is None
    assert case.cycle.temperature == 298.15
    assert case.cycle.current_density == 2.0
    assert case.flaw.density == 1e7
    assert case.interfaces["active|electrolyte"] == "NMC811|Li6PS5Cl"


def test_the_docstring_shows_the_defaults() -> None:
    """Would fail if a default changed in the model and not in the text a user reads, or the
    reverse."""
    table = {name: section for name, section in document().items() if name not in OPTIONAL}
    assert parse_case(table).canonical() == parse_case(document()).canonical()
    for section in OPTIONAL:
        for key in document()[section]:
            assert parse_case({**table, section: {key: document()[section][key]}}) == parse_case(
                table
            )


def test_the_schema_table_is_complete() -> None:
    """Would fail if a key had no meaning or no row."""
    rows = {row.key: row for row in describe_schema()}
    written = {key for key in leaves(document()) if not key.startswith(("materials", "interfaces"))}
    assert written <= set(rows)
    assert {"materials", "interfaces", "geometry.path", "stack.stiffness"} <= set(rows)
    assert all(row.meaning and row.unit and row.default for row in rows.values())
    assert rows["cycle.current_density"][1:3] == ("A/m^2", '"0.2 mA/cm^2"')
    assert rows["stack.stiffness"][1:3] == ("Pa/m", "none")
    assert rows["solver.displacement_degree"][1:3] == ("1 or 2", "2")


WRONG = [
    ("name", "", "text"),
    ("name", 5, "text"),
    ("geometry", 5, "table"),
    ("geometry.recipe", "layer", '"layered_cell" or "file"'),
    ("geometry.recipe", None, "required"),
    ("geometry.width", None, "required"),
    ("geometry.width", 30, '"10 um"'),
    ("geometry.width", "30 MPa", "length"),
    ("geometry.seed", -1, "at least 0"),
    ("geometry.seed", 1.5, "whole number"),
    ("geometry.widht", "30 um", 'did you mean "width"'),
    ("geometry.particles.radius_minimum", "2.6 um", "radius_mean"),
    ("geometry.particles.radius_maximum", "2.4 um", "radius_mean"),
    ("geometry.particles.radius_maximum", "14.9 um", "cathode_thickness"),
    ("geometry.particles.area_fraction", 0.9, "less than 0.9"),
    ("geometry.particles.area_fraction", 0, "greater than 0"),
    ("geometry.particles.area_fraction", "0.4", "number"),
    ("geometry.mesh.size_bulk", "0.4 um", "size_interface"),
    ("materials.active", None, "required"),
    ("materials.activ", "NMC811", 'did you mean "active"'),
    ("materials.active", 5, "name"),
    ("materials.active", "", "name"),
    ("materials.active", "absent.toml", "no such file"),
    ("interfaces.active|electrolite", "x", 'did you mean "electrolyte"'),
    ("interfaces.active", "x", "two regions"),
    ("interfaces.active|active", "x", "do not touch"),
    ("interfaces.active|lithium", "x", "do not touch"),
    ("interfaces.electrolyte|active", "x", "same two regions"),
    ("stack.fixture", "screw", '"constant_pressure", "fixed_gap" or "spring"'),
    ("stack.pressure", "-5 MPa", "greater than zero"),
    ("stack.pressure", None, "required"),
    ("stack.stiffness", "20 MPa/um", 'only for fixture = "spring"'),
    ("cycle.initial_stoichiometry", 1.1, "at most 1"),
    ("cycle.temperature", "-300 degC", "greater than zero"),
    ("cycle.discharge_voltage", "4.4 V", "less than charge_voltage, 4.3 V"),
    ("cycle.discharge_voltage", "3.5 A", "voltage"),
    ("cycle.count", 0, "at least 1"),
    ("cycle.jump", 0.6, "at most 0.5"),
    ("flaw.depth_shape", 0.4, "at least 0.5"),
    ("uncertainty.anode_resistance", 0.5, "at least 1"),
    ("uncertainty.samples", True, "whole number"),
    ("solver.displacement_degree", 3, "1 or 2"),
    ("solver.tolerance", float("nan"), "finite"),
    ("solver.viscosity", -0.1, "at least 0"),
    ("solver.maximum_iterations", 10**30, "at most"),
    ("gates.energy_balance", float("inf"), "finite"),
    ("gates.lithium_balance", 0, "greater than 0"),
    ("output.checkpoints", "first", '"last" or "all"'),
    ("output.fields", "some", '"none", "worst", "cycles" or "all"'),
    ("outputs", {}, 'did you mean "output"'),
]


@pytest.mark.parametrize(("key", "value", "words"), WRONG)
def test_wrong_values_are_named(key: str, value: Any, words: str) -> None:
    """Would fail if a wrong input were accepted, or its message lost the key or the remedy."""
    message = error_of(changed(key, value))
    assert message.startswith(f"{key}: ")
    assert words in message
    assert "\n" not in message


def test_a_table_of_properties_needs_a_base() -> None:
    """Would fail if an override without a base were accepted, or its wrong entry not named."""
    table = changed("materials.active", {"young_modulus": "5 GPa"})
    assert error_of(table).startswith("materials.active.base: is required")
    table["materials"]["active"] = {"base": "NMC811", "poisson_ratio": float("nan")}
    assert error_of(table).startswith("materials.active.poisson_ratio: given nan")


def test_every_problem_gets_its_line() -> None:
    """Would fail if only the first problem were told."""
    table = changed("geometry.width", 5)
    table["stack"]["pressure"] = "5 mV"
    table["solver"]["tolerance"] = "tight"
    keys = [line.split(":")[0] for line in error_of(table).splitlines()]
    assert keys == ["geometry.width", "stack.pressure", "solver.tolerance"]


def test_a_spring_needs_its_stiffness() -> None:
    """Would fail if a spring without stiffness ran as something else."""
    table = changed("stack.fixture", "spring")
    assert error_of(table).startswith("stack.stiffness: is required")
    table["stack"]["stiffness"] = "20 MPa/um"
    assert parse_case(table).stack.stiffness == 2e13


def test_interface_keys_do_not_depend_on_the_order() -> None:
    """Would fail if "a|b" and "b|a" became two interfaces."""
    table = document()
    table["interfaces"] = {"electrolyte | active": "NMC811|Li6PS5Cl"}
    assert list(parse_case(table).interfaces) == ["active|electrolyte"]


KEYS = leaves(document())
SECTIONS = ["", "geometry.", "geometry.particles.", "stack.", "solver.", "flaw."]
ANYTHING = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.binary(max_size=5),
    st.lists(st.integers(), max_size=3),
    st.dictionaries(st.text(max_size=5), st.integers(), max_size=3),
    st.just(10**400),
    st.dates(),
)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(KEYS), ANYTHING)
@example("geometry.width", "5 Pa^9^9")
def test_any_value_is_accepted_or_named(key: str, value: Any) -> None:
    """Would fail if any value raised something else than a CaseError with its key."""
    table = document()
    *path, last = key.split(".")
    inner = table
    for name in path:
        inner = inner[name]
    inner[last] = value
    try:
        json.dumps(parse_case(table).canonical(), allow_nan=False)
    except CaseError as error:
        assert all(line.startswith(key) for line in str(error).splitlines())


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(SECTIONS), st.text(min_size=1, max_size=60))
def test_any_unknown_key_is_named(section: str, name: str) -> None:
    """Would fail if a misspelt key were dropped in silence."""
    table = document()
    inner = table
    for part in section.split(".")[:-1]:
        inner = inner[part]
    if name not in inner and (section, name) != ("stack.", "stiffness"):
        inner[name] = 1
        message = error_of(table)
        assert message.startswith(section + name)
        assert "is not a known key" in message


@settings(max_examples=200, deadline=None)
@given(
    st.recursive(ANYTHING, lambda inner: st.dictionaries(st.text(max_size=9), inner, max_size=4))
)
def test_any_document_gives_a_case_error(table: Any) -> None:
    """Would fail if the shape of the document could raise another exception."""
    with pytest.raises(CaseError):
        parse_case(table)


def test_hash_sees_the_meaning_only(tmp_path: Path) -> None:
    """Would fail if units, key order or written-out defaults changed the hash, or a value did
    not."""
    reference = parse_case(document())
    assert len(case_hash(reference)) == 16
    same = dict(reversed(document().items()))
    same["stack"]["pressure"] = "5000 kPa"
    same["cycle"] = {"current_density": "2 A/m^2", "temperature": "298.15 K"}
    same["geometry"]["width"] = "0.03 mm"
    assert case_hash(parse_case(same, tmp_path)) == case_hash(reference)
    for key, value in [
        ("stack.pressure", "5.001 MPa"),
        ("geometry.seed", 2),
        ("materials.active", "NMC111"),
    ]:
        assert case_hash(parse_case(changed(key, value))) != case_hash(reference)


def with_protocol(protocol: Any, **more: Any) -> dict[str, Any]:
    """Return the complete case with a protocol instead of the short keys of its cycle."""
    return {**document(), "cycle": {"protocol": protocol, **more}}


def test_the_protocol_of_the_docstring_is_read() -> None:
    """Would fail if the text a user copies were no protocol of a case file."""
    cycle = parse_case({**document(), "cycle": tomllib.loads(PROTOCOL)}).cycle
    assert cycle.steps.cycles == 50 and len(cycle.steps) == 151


WRONG_PROTOCOLS = [
    ("Charge at 1C until 4.3 V", "cycle.protocol: ", "list"),
    ([], "cycle.protocol: ", "list of steps"),
    (["Charge at 1C until 4.3"], "cycle.protocol[0]: ", "4.3"),
    (["Rest for 1 h", "Chrage at 1C until 4.3 V"], "cycle.protocol[1]: ", "Charge"),
    (
        ["Rest for 1 h", {"repeat": 2, "steps": ["Hold at 4 V"]}],
        "cycle.protocol[1].steps[0]: ",
        "Hold at 4 V",
    ),
    ([{"repeat": 0, "steps": ["Rest for 1 h"]}], "cycle.protocol[0].repeat: ", "0"),
    ([{"repeat": 2}], "cycle.protocol[0]: ", "needs both keys"),
]


@pytest.mark.parametrize(("protocol", "start", "words"), WRONG_PROTOCOLS)
def test_wrong_protocols_are_named(protocol: Any, start: str, words: str) -> None:
    """Would fail if a wrong sentence were accepted, or its place in the case file not told."""
    message = error_of(with_protocol(protocol))
    assert message.startswith(start) and words in message
    assert "\n" not in message


@pytest.mark.parametrize("key", ["charge_voltage", "discharge_voltage", "current_density", "count"])
def test_a_protocol_stands_alone(key: str) -> None:
    """Would fail if a cycle had two meanings and one of them were dropped in silence."""
    table = with_protocol(["Rest for 1 hour"], **{key: document()["cycle"][key]})
    assert error_of(table).startswith(f"cycle.{key}: is only for a cycle without protocol")
    table = with_protocol(
        ["Rest for 1 hour"], temperature="60 degC", jump=0.1, initial_stoichiometry=0.8
    )
    assert parse_case(table).cycle.temperature == approx(333.15)


SHORT = {
    "charge_voltage": "4.2 V",
    "discharge_voltage": "3.6 V",
    "current_density": "0.5 mA/cm^2",
    "count": 3,
}
SAME = [
    {
        "repeat": 3,
        "steps": ["charge at 5 A/m^2 until 4200 mV", "Discharge at 0.5 mA/cm2 until 3.6 V"],
    }
]


def test_short_form_and_protocol_of_one_meaning_are_one_case() -> None:
    """Would fail if a case were run again only because its cycle was written in another way."""
    short, long = parse_case({**document(), "cycle": SHORT}), parse_case(with_protocol(SAME))
    assert long.cycle.steps == short.cycle.steps
    assert case_hash(short) == case_hash(long)
    others = [
        with_protocol([{**SAME[0], "repeat": 4}]),
        with_protocol([{"repeat": 3, "steps": SAME[0]["steps"][::-1]}]),
        with_protocol(
            [{"repeat": 3, "steps": [SAME[0]["steps"][0], "Discharge at 0.5 mA/cm2 until 3.5 V"]}]
        ),
        with_protocol(SAME, temperature="26 degC"),
    ]
    hashes = {case_hash(parse_case(table)) for table in [*others, with_protocol(SAME)]}
    assert len(hashes) == 5


def test_hash_of_overrides_and_files(tmp_path: Path) -> None:
    """Would fail if an override's unit mattered, or the content of a material file did not."""
    one = changed("materials.active", {"base": "NMC811", "young_modulus": "150 GPa"})
    two = changed("materials.active", {"young_modulus": "150000 MPa", "base": "NMC811"})
    assert case_hash(parse_case(one)) == case_hash(parse_case(two))
    file = tmp_path / "mine.toml"
    hashes = set()
    for content in ("a", "b"):
        file.write_text(content)
        hashes.add(case_hash(parse_case(changed("materials.active", "mine.toml"), tmp_path)))
    assert len(hashes) == 2


def mesh_case() -> dict[str, Any]:
    """Return a case on the user's own mesh."""
    return {
        "name": "mine",
        "geometry": {"recipe": "file", "path": "cell.msh"},
        "materials": {"left": "lithium", "right": {"base": "Li6PS5Cl", "poisson_ratio": 0.3}},
        "interfaces": {"right|left": "lithium|Li6PS5Cl"},
        "stack": {"fixture": "fixed_gap", "pressure": "5 MPa"},
    }


def test_imported_mesh(tmp_path: Path) -> None:
    """Would fail if the path were not taken from the case file's folder or regions were not
    free."""
    expected = 'geometry.path: given "cell.msh"; there is no such file'
    assert error_of(mesh_case(), tmp_path).startswith(expected)
    (tmp_path / "cell.msh").write_text("mesh")
    case = parse_case(mesh_case(), tmp_path)
    assert isinstance(case.geometry, FileGeometry)
    assert case.geometry.path == tmp_path / "cell.msh"
    assert case.base_folder == tmp_path
    assert list(case.interfaces) == ["left|right"]
    assert case.canonical()["geometry"]["path"]["file"] == "cell.msh"
    wrong = mesh_case()
    wrong["interfaces"] = {"left|middle": "x"}
    assert '"middle" is not a region' in error_of(wrong, tmp_path)
    assert error_of({**mesh_case(), "materials": {"a|b": "x"}}, tmp_path).startswith(
        "materials.a|b: "
    )


def test_files_are_read_and_their_faults_located(tmp_path: Path) -> None:
    """Would fail if a TOML error lost its file or line, or a missing file raised another
    exception."""
    file = tmp_path / "case.toml"
    file.write_text(EXAMPLE)
    assert load_case(file) == parse_case(document(), tmp_path)
    file.write_text(EXAMPLE.replace('width = "30 um"', "width = 30 um"))
    absent = tmp_path / "absent.toml"
    line = EXAMPLE[: EXAMPLE.index("width = ")].count("\n") + 1
    for path, words in [(file, f"line {line}"), (absent, "No such file"), (tmp_path, "no file")]:
        with pytest.raises(CaseError, match=words) as error:
            load_case(path)
        assert str(error.value).startswith(str(path))
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(CaseError, match="UTF-8"):
        load_case(file)
    file.write_text("a = " + "[" * 5000)
    with pytest.raises(CaseError, match="TOML"):
        load_case(file)


def test_a_byte_order_mark_is_no_part_of_a_file(tmp_path: Path) -> None:
    """Would fail if a file as Notepad writes it were refused: a case, or a material."""
    file = tmp_path / "case.toml"
    file.write_bytes(b"\xef\xbb\xbf" + EXAMPLE.encode())
    assert load_case(file) == parse_case(document(), tmp_path)
    own = tmp_path / "own.toml"
    own.write_bytes(b"\xef\xbb\xbf" + library()["Li6PS5Cl"].read_bytes())
    assert read_material(own).name == "Li6PS5Cl"


def test_files_beyond_reason_are_refused(tmp_path: Path) -> None:
    """Would fail if deep keys ended in a RecursionError, or any amount were read."""
    file = tmp_path / "case.toml"
    file.write_text(".".join(["a"] * 20_000) + " = 1")
    with pytest.raises(CaseError, match=r"a\.a.*: a key of more than 30 parts"):
        load_case(file)
    file.write_text('name = "' + "x" * 1_000_001 + '"')
    with pytest.raises(CaseError, match="larger than 1 MB"):
        load_case(file)


@pytest.mark.parametrize("name", ["a\0b", "a\nb", "a\tb", "\x1b[31m", "a\u2028b"])
def test_names_show_all_their_signs(name: str) -> None:
    """Would fail if a name that no file, figure or line can hold were found after all solving."""
    assert error_of(changed("name", name)).startswith("name: given ")
    table = document()
    table["cracks"] = {name: "crack"}
    assert "cracks" in error_of(table)


@pytest.mark.parametrize(("text", "rate"), [("C/5", 0.2), ("2C", 2.0), ("c / 10", 0.1)])
def test_a_rate_is_a_current(text: str, rate: float) -> None:
    """Would fail if C/5 stood for another current than "Charge at C/5", or not at all."""
    case = parse_case(changed("cycle.current_density", text))
    charge, discharge = case.cycle.steps.entries[0].steps
    assert charge.current == Current(-rate, "1/h") and discharge.current == Current(rate, "1/h")
    table = document()
    table["cycle"] = {
        "protocol": [
            {
                "repeat": case.cycle.count,
                "steps": [f"Charge at {text} until 4.3 V", f"Discharge at {text} until 3.5 V"],
            }
        ]
    }
    written = parse_case(table)
    assert written.cycle.steps == case.cycle.steps
    for wrong in ("0C", "C/0", "-1C", "C"):
        assert "cycle.current_density" in error_of(changed("cycle.current_density", wrong))


def test_numbers_that_python_refuses_to_print() -> None:
    """Would fail if the message about a number of thousands of digits could not be written."""
    for key in ("geometry.seed", "solver.tolerance", "stack.pressure", "materials.active", "name"):
        assert error_of(changed(key, 10**5000)).startswith(f"{key}: ")


def test_a_case_does_not_change() -> None:
    """Would fail if a run could alter the case it reports."""
    case = parse_case(document())
    with pytest.raises(ValueError, match="a case never changes"):
        case.stack.pressure = 1.0  # type: ignore[misc]
    assert copy.deepcopy(case) == case


@pytest.mark.parametrize(
    ("key", "hint"),
    [
        ("materials.electrolyt.density", 'did you mean "electrolyte"?'),
        ("interfaces.electrolyte|active.strength", 'did you mean "active|electrolyte"?'),
    ],
)
def test_a_property_of_nothing_is_refused(key, hint):
    """Breaks when a changed property of a material that the case lacks asks for a base instead."""
    with pytest.raises(CaseError, match=re.escape(hint)):
        parse_case(tiny_case()).with_values({key: "1 GPa"})


@pytest.mark.parametrize("how", ["inline", "base", "alone", "lacking"])
def test_the_case_is_taken_out_of_a_study(tmp_path: Path, how: str) -> None:
    """Would fail if a study file, or a case under [case], could not be run as one case."""
    study: dict[str, Any] = {"name": "s", "vary": {"stack.pressure": ["1 MPa", "2 MPa"]}}
    pressure, table = 5e6, document()
    if how == "base":
        (tmp_path / "cases").mkdir()
        (tmp_path / "cases" / "base.toml").write_text(tomli_w.dumps(table))
        study["base"] = "cases/base.toml"
    else:
        study["case"] = table
    if how == "alone":
        study = {"case": table}
    if how == "lacking":
        del table["stack"]["pressure"]
        pressure = 1e6
    file = tmp_path / "study.toml"
    file.write_text(tomli_w.dumps(study))
    case = load_case(file)
    assert (case.name, case.stack.pressure) == (table["name"], pressure)
    assert case.base_folder == tmp_path / ("cases" if how == "base" else "")
    assert load_drawing(file).geometry == case.geometry


def test_a_study_without_a_case_is_told(tmp_path: Path) -> None:
    """Would fail if a study without its case were told as a case without its sections."""
    file = tmp_path / "study.toml"
    file.write_text('name = "s"\n[vary]\n"stack.pressure" = ["1 MPa"]\n')
    with pytest.raises(CaseError, match="is a study without a case"):
        load_case(file)
