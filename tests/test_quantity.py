"""Units at the door: right numbers, and nothing but QuantityError for anything else."""

import ast
import contextlib
import inspect
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from chemomech.units import quantity
from chemomech.units.quantity import (
    DIMENSIONS,
    LONGEST_TEXT,
    AreaDensity,
    PositivePressure,
    QuantityError,
    Temperature,
    from_si,
    in_base_units,
    shown,
    to_si,
)
from compare import approx


@pytest.mark.parametrize(
    ("text", "unit", "expected"),
    [
        ("22.1 GPa", "Pa", 22.1e9),
        ("5 um", "m", 5e-6),
        ("5 µm", "m", 5e-6),
        ("25 degC", "K", 298.15),
        ("-5 °C", "K", 268.15),
        ("0.36 eV", "J/mol", 0.36 * 96485.33212),
        ("35 kJ/mol", "J/mol", 35e3),
        ("0.23 MPa*m^0.5", "Pa*m^0.5", 0.23e6),
        ("0.2 mA/cm^2", "A/m^2", 2.0),
        ("0.2 mA/cm²", "A/m^2", 2.0),
        ("10 ohm cm^2", "ohm*m^2", 1e-3),
        ("10 Ω·cm²", "ohm*m^2", 1e-3),
        ("100 MPa/um", "Pa/m", 1e14),
        ("1e3 cm^-2", "1/m^2", 1e7),
        ("1e3 cm⁻²", "1/m^2", 1e7),
        ("1.6 mS/cm", "S/m", 0.16),
        ("2e-7/s", "1/s", 2e-7),
        ("2e-7 1/s", "1/s", 2e-7),
        ("13 cm^3/mol", "m^3/mol", 13e-6),
        ("−3 mV", "V", -3e-3),
        ("5 \u2126 cm^2", "ohm*m^2", 5e-4),
        ("5 \u03a9 cm^2", "ohm*m^2", 5e-4),
        ("0.2 mA\u22c5cm⁻²", "A/m^2", 2.0),
        ("0.2 mA\u2219cm⁻²", "A/m^2", 2.0),
        ("0.2 mA \u00d7 cm^\u22122", "A/m^2", 2.0),
        ("5 \u00b5m", "m", 5e-6),
        ("5 \u03bcm", "m", 5e-6),
        ("5\u00a0\u339b", "m", 5e-6),
        ("60 \u2103", "K", 333.15),
        ("60 \u00baC", "K", 333.15),
        ("300 \u212a", "K", 300.0),
        ("30\u00b0", "rad", math.pi / 6),
        ("\u20133 mV", "V", -3e-3),
        ("360 meV", "J/mol", 0.36 * 96485.33212),
        ("0.23 MPa*sqrt(m)", "Pa*m^0.5", 0.23e6),
        ("0.23 MPa sqrt(m)", "Pa*m^0.5", 0.23e6),
        ("0.23 MPa√m", "Pa*m^0.5", 0.23e6),
        ("0.23 MPa·√(m)", "Pa*m^0.5", 0.23e6),
    ],
)
def test_known_conversions(text: str, unit: str, expected: float) -> None:
    """Would fail for a wrong prefix, a lost power or a temperature difference read as a
    temperature."""
    assert to_si(text, unit) == approx(expected, rel=1e-9)


def test_short_decimals_stay_short() -> None:
    """Would fail if the conversion left binary dust, which would show in reports and hashes."""
    assert to_si("5 um", "m") == 5e-6
    assert to_si("5 MPa", "Pa") == to_si("5000 kPa", "Pa") == to_si("50 bar", "Pa")


@pytest.mark.parametrize("text", ["0,2 mA/cm^2", "1,000 mA/cm^2", "-,5 mA/cm^2"])
def test_a_comma_is_named(text: str) -> None:
    """Would fail if a decimal comma were told as a wrong unit, or read as anything at all."""
    with pytest.raises(QuantityError, match="has a comma in its number, where a decimal point"):
        to_si(text, "A/m^2")


@pytest.mark.parametrize("text", ["5 sqrt(m", "5 √", "5 sqrt()", "5 sqrt(sqrt(m))", "5 sqrt(1)"])
def test_a_root_of_no_unit_is_refused(text: str) -> None:
    """Would fail if half a root were read as a unit."""
    with pytest.raises(QuantityError):
        to_si(text, "Pa*m^0.5")


@pytest.mark.parametrize("unit", sorted(DIMENSIONS))
def test_every_example_is_accepted_and_every_other_dimension_refused(unit: str) -> None:
    """Would fail if an error message advised something that is itself refused."""
    assert math.isfinite(to_si(DIMENSIONS[unit].example, unit))
    for other, dimension in DIMENSIONS.items():
        if other != unit:
            with pytest.raises(QuantityError, match=dimension.name):
                to_si(DIMENSIONS[unit].example, other)


@pytest.mark.parametrize(
    "wrong",
    [
        5,
        5.0,
        True,
        None,
        [],
        {},
        "5",
        "",
        "   ",
        "MPa",
        "nan Pa",
        "inf Pa",
        "-inf Pa",
        "1e999 Pa",
        "1e308 GPa",
        "5 mol",
        "5 parsnips",
        "5 Pa^9^9^9",
        "5 (Pa",
        "5 Pa)",
        "5 Pa*",
        "5 Pa/",
        "5 5 Pa",
        "5 Pa; 6 Pa",
        "5 degC*Pa",
        "5 import os",
        "5 __class__",
        "5 Pa()",
        "5 Pa**1000000",
        "1,5 MPa",
        "5 J",
        "5" * (LONGEST_TEXT + 1) + " Pa",
    ],
)
def test_wrong_text_says_what_to_write(wrong: object) -> None:
    """Would fail for a bare number taken as SI, or a message without key, dimension or example."""
    with pytest.raises(QuantityError) as error:
        to_si(wrong, "Pa", key="stack.pressure")
    message = str(error.value)
    assert message.startswith("stack.pressure: ")
    assert 'write a pressure with its unit, for example "5 MPa"' in message
    assert shown(wrong) in message


@given(
    st.one_of(st.text(max_size=40), st.from_regex(r"[0-9.eE+-]{1,8} ?[A-Za-zµ°*/^() 0-9.-]{0,20}"))
)
def test_any_text_gives_a_finite_number_or_a_quantity_error(text: str) -> None:
    """Would fail if an error of the unit parser came through."""
    with contextlib.suppress(QuantityError):
        assert math.isfinite(to_si(text, "Pa"))
    assert isinstance(in_base_units(text), str)


@given(st.floats(min_value=1e-12, max_value=1e12), st.sampled_from(["MPa", "GPa", "bar", "kPa"]))
def test_there_and_back(value: float, unit: str) -> None:
    """Would fail if the two directions used different factors."""
    assert from_si(to_si(f"{value!r} {unit}", "Pa"), unit) == approx(value, rel=1e-12)


def test_back_to_the_units_of_the_field() -> None:
    """Would fail for a scale error in a report's units."""
    assert from_si(7.5e-4, "ohm*cm^2") == approx(7.5)
    assert from_si(298.15, "degC") == approx(25.0)
    assert from_si(96485.33212, "eV") == approx(1.0)
    assert from_si(2.0, "mA/cm^2") == approx(0.2)
    with pytest.raises(QuantityError, match="parsnips"):
        from_si(1.0, "parsnips")


def test_equal_quantities_have_equal_base_text() -> None:
    """Would fail if a case's hash depended on the unit a user prefers."""
    assert in_base_units("5 MPa") == in_base_units("5000 kPa") != in_base_units("5.1 MPa")
    assert in_base_units("NMC811 Chen 2020") == "NMC811 Chen 2020"


class Fields(BaseModel):
    """One field of each sign."""

    pressure: PositivePressure = 1.0
    density: AreaDensity = 1.0
    temperature: Temperature = 300.0


@pytest.mark.parametrize(
    ("key", "text", "words"),
    [
        ("pressure", "0 MPa", "must be greater than zero"),
        ("pressure", "-5 MPa", "must be greater than zero"),
        ("density", "-1 cm^-2", "must not be negative"),
        ("temperature", "-300 degC", "must be greater than zero"),
        ("pressure", "5 mV", "is not a pressure"),
    ],
)
def test_fields_refuse_the_wrong_sign(key: str, text: str, words: str) -> None:
    """Would fail if a sign constraint were lost or told in the parser's words."""
    with pytest.raises(ValidationError, match=words):
        Fields.model_validate({key: text})


def test_fields_hold_si() -> None:
    """Would fail if a field kept the number as written, or refused a density of zero."""
    fields = Fields.model_validate(
        {"pressure": "5 MPa", "density": "0 cm^-2", "temperature": "25 degC"}
    )
    assert (fields.pressure, fields.density, fields.temperature) == (5e6, 0.0, 298.15)


def test_a_difference_of_temperatures_is_no_temperature() -> None:
    """Would fail when 10 degrees of warming became 10 K."""
    with pytest.raises(QuantityError, match="delta_degC"):
        to_si("10 delta_degC", "K")


def test_every_dimension_stands_once():
    """Breaks when a unit is written twice in the table, so that one of two examples is dead."""
    tree = ast.parse(inspect.getsource(quantity))
    (table,) = (
        node.value
        for node in tree.body
        if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == "DIMENSIONS"
    )
    keys = [key.value for key in table.keys]
    assert len(keys) == len(set(keys)) == len(quantity.DIMENSIONS)
