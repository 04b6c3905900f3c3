"""Numbers with units: text such as "22.1 GPa" becomes an SI float, and back for reports.

Inside the package every number is a float in SI units. A user always writes the unit; a bare number
where a dimension is expected is an error. pint does the unit algebra and is imported at first use.

Two readings differ from plain unit algebra:
- "25 degC" is a temperature (298.15 K), never a temperature difference;
- an activation energy in J/mol may be written in eV, meaning eV per particle (1 eV = 96485 J/mol).

Unit text is names with optional powers joined by `*`, `/` or a blank: "mA/cm^2", "ohm cm^2",
"cm^-2", "MPa*sqrt(m)". Signs that look alike are read alike: both Ω, both µ, ℃ and °C, every raised
dot, dash and superscript.
"""

import math
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from tokenize import TokenError
from typing import Annotated, Any, NamedTuple

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import core_schema

from chemomech.units.patterns import text_pattern
from chemomech.units.words import printable


class QuantityError(ValueError):
    """A text that is not a finite number with a unit of the expected dimension."""


class Dimension(NamedTuple):
    """What a unit measures.

    Attributes
    ----------
    name : str
        With its article.
    example : str
        How a user writes it.
    """

    name: str
    example: str


DIMENSIONS: dict[str, Dimension] = {
    "m": Dimension("a length", "10 um"),
    "m^2": Dimension("an area", "1 cm^2"),
    "1/m^2": Dimension("a number per area", "1e3 cm^-2"),
    "1/m^3": Dimension("a number per volume", "1e6 cm^-3"),
    "rad": Dimension("an angle", "30 deg"),
    "Pa": Dimension("a pressure", "5 MPa"),
    "Pa/m": Dimension("a stiffness per area", "100 MPa/um"),
    "Pa*m^0.5": Dimension("a fracture toughness", "0.23 MPa*m^0.5"),
    "J/m^2": Dimension("a fracture energy", "1 J/m^2"),
    "A/m^2": Dimension("a current density", "0.2 mA/cm^2"),
    "V": Dimension("a voltage", "4.3 V"),
    "K": Dimension("a temperature", "25 degC"),
    "1/K": Dimension("a thermal expansion coefficient", "20e-6 1/K"),
    "S/m": Dimension("a conductivity", "1.6 mS/cm"),
    "ohm*m^2": Dimension("an area resistance", "10 ohm*cm^2"),
    "J/mol": Dimension("a molar energy", "0.36 eV"),
    "m^3/mol": Dimension("a molar volume", "13 cm^3/mol"),
    "mol/m^3": Dimension("a concentration", "48830 mol/m^3"),
    "kg/mol": Dimension("a molar mass", "97.28 g/mol"),
    "m^2/s": Dimension("a diffusivity", "1e-14 m^2/s"),
    "kg/m^3": Dimension("a density", "1.86 g/cm^3"),
    "1/s": Dimension("a rate", "0.01 1/s"),
    "s": Dimension("a time", "2 h"),
}

NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,5})?"
FACTOR = r"[^\W\d]+(?:\s*(?:\^|\*\*)\s*-?\d{1,2}(?:\.\d{1,3})?)?"
QUANTITY_PATTERN = re.compile(rf"({NUMBER})\s*(\S.*)?")
UNIT_PATTERN = re.compile(rf"(?:1?\s*/\s*)?{FACTOR}(?:\s*[*/]\s*{FACTOR}|\s+{FACTOR})*")
COMMA_PATTERN = re.compile(r"[+-]?\d*,\d")
ROOT_PATTERN = re.compile(r"(?:\bsqrt\s*|√\s*)\(\s*([^\W\d]+)\s*\)|√\s*([^\W\d]+)")
SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
# Hyphens, dashes and the minus sign; raised dots and the cross; slashes; rings for the degree sign;
# what has no width.
LOOK_ALIKES = str.maketrans(
    dict.fromkeys("\u2010\u2011\u2012\u2013\u2212\ufe63\uff0d", "-")
    | dict.fromkeys("\u00b7\u22c5\u2219\u2022\u2027\u00d7", "*")
    | dict.fromkeys("\u2044\u2215", "/")
    | dict.fromkeys("\u00ba\u02da", "\u00b0")
    | dict.fromkeys("\u200b\u2060\ufeff", "")
)
LONGEST_TEXT = 100


@lru_cache(maxsize=1)
def _registry() -> Any:
    """Return the unit registry, built at first use because importing pint takes half a second."""
    import pint

    return pint.UnitRegistry()


def _plain(text: str) -> str:
    """Return unit text with typographic signs (cm², Ω·cm, ℃, MPa√m) written as pint reads them."""
    powers = re.sub("[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+", lambda found: "^" + found[0].translate(SUPERSCRIPTS), text)
    # The compatible form has one Ω, one µ and °C for ℃.
    plain = unicodedata.normalize("NFKC", powers.translate(LOOK_ALIKES)).translate(LOOK_ALIKES)
    plain = ROOT_PATTERN.sub(lambda found: f" {found[1] or found[2]}^0.5", plain)
    return plain.replace("°", "deg").strip()


@lru_cache(maxsize=1024)
def _unit(text: str) -> Any:
    """Return pint's unit for a text; raise QuantityError when a part of it is unknown."""
    plain = _plain(text)
    # Brackets only group, so the grammar (which keeps powers small) is checked without them.
    if not UNIT_PATTERN.fullmatch(re.sub("[()]", "", plain)):
        raise QuantityError("has a unit that cannot be read")
    # pint would read a difference of temperatures as a temperature.
    if "delta_" in plain:
        raise QuantityError(f'has the unknown unit "{text}"')
    plain = "1" + plain if plain.startswith("/") else plain
    from pint import PintError

    # pint asserts when it meets "V()".
    unreadable = (
        PintError,
        TokenError,
        SyntaxError,
        ValueError,
        TypeError,
        ArithmeticError,
        LookupError,
        AssertionError,
    )
    try:
        return _registry().parse_units(plain)
    except unreadable:
        raise QuantityError(f'has the unknown unit "{text}"') from None


def _shorten(value: float) -> float:
    """Round to 15 significant digits, so that 5 um is 5e-06 and not 4.9999999999999996e-06."""
    return float(f"{value:.15g}")


def _advice(unit: str) -> str:
    """Return the hint of every error message: what to write, with an example."""
    dimension = DIMENSIONS.get(unit)
    if dimension is None:
        return f"write a number with a unit that converts to {unit}"
    return f'write {dimension.name} with its unit, for example "{dimension.example}"'


def split(text: str) -> tuple[float, str]:
    """Split a text "22.1 GPa" into its finite number and its unit text ("" when there is none).

    Raises
    ------
    QuantityError
        The text is too long, has no number in front or a comma in it, or the number is not finite.
    """
    plain = text.translate(LOOK_ALIKES).strip() if len(text) <= LONGEST_TEXT else ""
    if COMMA_PATTERN.match(plain):
        raise QuantityError("has a comma in its number, where a decimal point is read")
    found = QUANTITY_PATTERN.fullmatch(plain)
    if found is None:
        raise QuantityError("is not a number with a unit")
    number = float(found[1])
    if not math.isfinite(number):
        raise QuantityError("is not a finite number")
    return number, (found[2] or "").strip()


def to_si(text: Any, unit: str, key: str = "") -> float:
    """Convert text such as "22.1 GPa" to a float in the SI unit `unit`.

    Parameters
    ----------
    text : str
        A decimal number followed by a unit.
    unit : str
        SI unit of the result, a key of DIMENSIONS ("Pa", "J/mol", ...) or any unit text.
    key : str
        Where the text stands in the user's file; it is put in front of the error message.

    Raises
    ------
    QuantityError
        For anything that is not a finite number with a unit of that dimension.
    """
    where = f"{key}: " if key else ""
    if not isinstance(text, str):
        raise QuantityError(f"{where}{shown(text)} has no unit; {_advice(unit)}")
    try:
        number, unit_text = split(text)
        if not unit_text:
            raise QuantityError("has no unit")
        return _convert(number, unit_text, unit)
    except QuantityError as error:
        raise QuantityError(f"{where}{shown(text)} {error}; {_advice(unit)}") from None


@lru_cache(maxsize=16384)
def _convert(number: float, unit_text: str, unit: str) -> float:
    """Return a number in another unit; where J/mol is expected, an eV is one per particle.

    The cases of a study have most of their quantities in common: each is converted once.
    """
    source, target = _unit(unit_text), _unit(unit)
    registry = _registry()
    if unit == "J/mol" and str(source).endswith("electron_volt"):
        source = source / _unit("particle")
    if source.dimensionality != target.dimensionality:
        raise QuantityError(f"is not {_dimension_name(unit)}")
    try:
        value = float(registry.Quantity(number, source).to(target).magnitude)
    except ArithmeticError:
        value = math.inf
    if not math.isfinite(value):
        raise QuantityError("is not a finite number")
    return _shorten(value)


def _dimension_name(unit: str) -> str:
    """Return the dimension's name with its article, or the unit when it is not in the table."""
    return DIMENSIONS[unit].name if unit in DIMENSIONS else unit


def from_si(value: float, unit: str) -> float:
    """Convert a float in SI units to `unit`, for reports: from_si(5e6, "MPa") is 5.0.

    Parameters
    ----------
    value : float
        In the SI unit of the same dimension (K for "degC", J/mol for "eV").
    unit : str
        Unit of the result.

    Raises
    ------
    QuantityError
        The unit is unknown.
    """
    target, registry = _unit(unit), _registry()
    if target == _unit("eV"):
        target = _unit("eV/particle")
    base = registry.get_base_units(target)[1]
    return _shorten(float(registry.Quantity(value, base).to(target).magnitude))


def in_base_units(text: str) -> str:
    """Write a quantity in SI base units, so that "5 MPa" and "5000 kPa" give the same text.

    A text that is not a number with a unit comes back unchanged.
    """
    try:
        number, unit_text = split(text)
        target = _registry().get_base_units(_unit(unit_text))[1]
        value = _registry().Quantity(number, _unit(unit_text)).to(target).magnitude
    except (QuantityError, ArithmeticError):
        return text
    return f"{value:.12g} {target}"


def shown(value: Any) -> str:
    """Return a value as the user wrote it, shortened to fit on one line of an error message."""
    if isinstance(value, bool):
        return "true" if value else "false"
    try:
        text = f'"{value}"' if isinstance(value, str) else repr(value)
    except ValueError:  # Python refuses to print an integer of more than 4300 digits
        return "a number with thousands of digits"
    text = printable(" ".join(text[:200].split()))
    return text if len(text) <= 60 else text[:56] + " ..."


@dataclass(frozen=True)
class Unit:
    """Pydantic metadata: the field is written as text with a unit and held as a float in SI units.

    Attributes
    ----------
    unit : str
        SI unit, a key of DIMENSIONS.
    sign : {"any", "positive", "non-negative"}
        What is accepted: any number, one > 0, or one >= 0.
    """

    unit: str
    sign: str = "any"

    def read(self, value: Any) -> float:
        """Return the SI float of the user's text; QuantityError says what to write instead."""
        number = to_si(value, self.unit)
        if self.sign == "positive" and not number > 0.0:
            raise QuantityError(f"{shown(value)} must be greater than zero; {_advice(self.unit)}")
        if self.sign == "non-negative" and not number >= 0.0:
            raise QuantityError(f"{shown(value)} must not be negative; {_advice(self.unit)}")
        return number

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> Any:
        """Tell pydantic to read the text before it checks for a float."""
        return core_schema.no_info_before_validator_function(self.read, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Tell an editor that the field is written as text with a unit, and how that looks."""
        found: dict[str, Any] = {
            "type": "string",
            "pattern": text_pattern(self.unit),
            "x-unit": self.unit,
        }
        if self.unit in DIMENSIONS:
            found["examples"] = [DIMENSIONS[self.unit].example]
        return found


Length = Annotated[float, Unit("m")]
PositiveLength = Annotated[float, Unit("m", "positive")]
NonNegativeLength = Annotated[float, Unit("m", "non-negative")]
Area = Annotated[float, Unit("m^2", "positive")]
AreaDensity = Annotated[float, Unit("1/m^2", "non-negative")]
VolumeDensity = Annotated[float, Unit("1/m^3", "non-negative")]
Pressure = Annotated[float, Unit("Pa")]
PositivePressure = Annotated[float, Unit("Pa", "positive")]
NonNegativePressure = Annotated[float, Unit("Pa", "non-negative")]
Stiffness = Annotated[float, Unit("Pa/m", "positive")]
FractureEnergy = Annotated[float, Unit("J/m^2", "positive")]
Toughness = Annotated[float, Unit("Pa*m^0.5", "positive")]
CurrentDensity = Annotated[float, Unit("A/m^2")]
PositiveCurrentDensity = Annotated[float, Unit("A/m^2", "positive")]
Voltage = Annotated[float, Unit("V")]
PositiveVoltage = Annotated[float, Unit("V", "positive")]
Temperature = Annotated[float, Unit("K", "positive")]
ThermalExpansion = Annotated[float, Unit("1/K")]
Conductivity = Annotated[float, Unit("S/m", "positive")]
AreaResistance = Annotated[float, Unit("ohm*m^2", "non-negative")]
Energy = Annotated[float, Unit("J/mol")]
PositiveEnergy = Annotated[float, Unit("J/mol", "positive")]
MolarVolume = Annotated[float, Unit("m^3/mol")]
PositiveMolarVolume = Annotated[float, Unit("m^3/mol", "positive")]
Concentration = Annotated[float, Unit("mol/m^3", "positive")]
Diffusivity = Annotated[float, Unit("m^2/s", "positive")]
Density = Annotated[float, Unit("kg/m^3", "positive")]
Rate = Annotated[float, Unit("1/s", "positive")]
Time = Annotated[float, Unit("s")]
PositiveTime = Annotated[float, Unit("s", "positive")]
Angle = Annotated[float, Unit("rad")]
