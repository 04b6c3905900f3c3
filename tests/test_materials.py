"""The library: every value has a source, a provenance and a physical magnitude; wrong tables are
named."""

import doctest
import math
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chemomech.materials import (
    Curve,
    Material,
    MaterialError,
    describe_material,
    list_materials,
    load_material,
    loader,
    records,
)
from chemomech.materials.loader import FOLDERS
from chemomech.materials.properties import BULK, INTERFACE, REFUSED
from chemomech.materials.records import PROVENANCE
from compare import approx

GAS_CONSTANT, FARADAY = 8.314462618, 96485.33212
ORIGIN = 'source = "s"\nprovenance = "primary source"'
NAMES = list_materials()
BULK_NAMES = [name for name in NAMES if load_material(name).kind == "bulk"]
ACTIVE = [name for name in BULK_NAMES if load_material(name).get("volume_change")]
PROMISED = {
    "Li6PS5Cl",
    "Li2S-P2S5",
    "beta-Li3PS4",
    "LGPS",
    "LLZO",
    "LLZTO",
    "LATP",
    "LiPON",
    "Li3YCl6",
    "PEO-LiTFSI",
    "LiNbO3",
    "NMC811",
    "NMC111",
    "NCA",
    "LCO",
    "LFP",
    "LTO",
    "graphite",
    "silicon",
    "Li-In",
    "lithium",
    "aluminium",
    "NMC811|Li6PS5Cl",
    "NMC811|LiNbO3|Li6PS5Cl",
    "lithium|Li6PS5Cl",
    "crack",
}

# Orders of magnitude that no solid of a battery leaves: a slipped prefix or power falls outside.
RANGES = {
    "young_modulus": (1e6, 5e11),
    "yield_strength": (1e5, 2e9),
    "hardness": (1e6, 2e10),
    "ionic_conductivity": (1e-5, 5.0),
    "ionic_activation_energy": (1e4, 1e5),
    "electronic_conductivity": (1e-12, 1e8),
    "density": (500.0, 10000.0),
    "fracture_toughness": (1e4, 1e7),
    "maximum_concentration": (1e4, 4e5),
    "diffusivity": (1e-20, 1e-11),
    "diffusion_activation_energy": (1e3, 1e5),
    "electronic_activation_energy": (1e3, 1e5),
    "thermal_expansion": (1e-6, 1e-3),
}


def test_the_library_has_what_is_promised() -> None:
    """Would fail if a file were lost or two files shared a name."""
    assert set(NAMES) == PROMISED
    assert len(NAMES) == sum(1 for folder in FOLDERS for _ in folder.glob("*.toml"))


@pytest.mark.parametrize("name", NAMES)
def test_every_value_has_source_and_provenance(name: str) -> None:
    """Would fail if a number stood in the library without saying where it comes from."""
    material = load_material(name)
    assert material.description
    assert material.properties
    for each in material.properties.values():
        assert each.source.strip()
        assert each.provenance in PROVENANCE
        assert each.provenance != "estimate" or len(each.note) > 10
        for other in each.alternatives:
            assert other.source.strip()
            assert other.provenance in PROVENANCE
            assert other.text != each.text
            assert isinstance(other.value, type(each.value))
    assert [row.property for row in describe_material(name)] == list(material.properties)


@pytest.mark.parametrize("name", BULK_NAMES)
def test_bulk_values_are_physical(name: str) -> None:
    """Would fail for a slipped unit prefix."""
    material = load_material(name)
    assert 0.0 < material.poisson_ratio < 0.5
    for key, (low, high) in RANGES.items():
        value = material.get(key)
        assert value is None or low < value < high, key
    if material.get("hardness") and material.get("yield_strength") and name != "lithium":
        assert material.hardness == approx(3.0 * material.yield_strength, rel=0.1)


@pytest.mark.parametrize("name", ACTIVE)
def test_active_materials_cover_their_range(name: str) -> None:
    """Would fail if a range in use left the table of volume change, or the discharged state had
    one."""
    material = load_material(name)
    curve = material.volume_change
    assert curve.stoichiometry[0] == material.stoichiometry_minimum
    assert curve.stoichiometry[-1] == material.stoichiometry_maximum
    assert 0.0 in (curve.value[0], curve.value[-1])


def chen_potential(x: float) -> float:
    """Equilibrium potential of NMC811 (Chen et al. 2020) in V."""
    return (
        -0.8090 * x + 4.4875 - 0.0428 * math.tanh(18.5138 * (x - 0.5542))
        - 17.7326 * math.tanh(15.7890 * (x - 0.3117)) + 17.5842 * math.tanh(15.9308 * (x - 0.3120))
    )  # fmt: skip


def test_nmc811_table_belongs_to_its_voltages() -> None:
    """Would fail if a volume change stood at a stoichiometry of another voltage."""
    abscissae = load_material("NMC811").volume_change.stoichiometry
    assert [chen_potential(x) for x in abscissae] == approx([4.3, 4.2, 3.568], abs=5e-4)
    assert load_material("NMC811").volume_change.value == (-0.050, -0.027, 0.0)


def test_demo_values() -> None:
    """Would fail if a number of the demo changed unnoticed."""
    sulfide, lithium = load_material("Li6PS5Cl"), load_material("lithium")
    assert (sulfide.young_modulus, sulfide.poisson_ratio, sulfide.ionic_conductivity) == (
        22.1e9,
        0.37,
        0.16,
    )
    assert sulfide.properties["fracture_toughness"].standard_deviation == 0.04e6
    assert (lithium.young_modulus, lithium.yield_strength, lithium.molar_volume) == (
        7.82e9,
        0.8e6,
        13.0e-6,
    )
    assert (lithium.creep_rate, lithium.creep_stress, lithium.creep_exponent) == (0.01, 1e6, 5.0)
    assert FARADAY * 1e-3 / lithium.molar_volume == approx(7.42e6, rel=1e-3)


def test_bonded_interface_is_the_published_traction_law() -> None:
    """Would fail if strength, energy and stiffness did not make delta_0 5 nm and delta_cr 100
    nm."""
    interface = load_material("NMC811|Li6PS5Cl")
    assert interface.strength / interface.stiffness == approx(5e-9)
    assert 2.0 * interface.fracture_energy / interface.strength == approx(100e-9)
    assert interface.initial_damage == 0.0


def test_lithium_interface_meets_the_number_it_was_fitted_to() -> None:
    """Would fail if the resistance, the hardness or the area of the fit were changed alone."""
    interface = load_material("lithium|Li6PS5Cl")
    charge_transfer = GAS_CONSTANT * 298.15 / (FARADAY * interface.exchange_current_density)
    full_contact = charge_transfer + interface.film_resistance
    assert full_contact == approx(7.5e-4, rel=1e-3)
    area = math.pi * 5e-3**2
    assert 2.0 * full_contact * interface.contact_hardness / 25e6 / area == approx(32.0, rel=0.05)
    assert interface.initial_damage == 1.0
    assert interface.get("strength") is None


def test_missing_and_unknown_properties_are_named() -> None:
    """Would fail if a missing parameter became a silent default."""
    graphite = load_material("graphite")
    with pytest.raises(
        MaterialError, match='"graphite" has no "yield_strength"; add it to its table'
    ):
        _ = graphite.yield_strength
    assert graphite.get("yield_strength", 5.0) == 5.0
    with pytest.raises(MaterialError, match='did you mean "young_modulus"'):
        _ = graphite.youngs_modulus
    with pytest.raises(MaterialError, match='did you mean "yield_strength"'):
        graphite.get("yield_strenght", 5.0)


def test_choice_by_name_table_and_path(tmp_path: Path) -> None:
    """Would fail if an override lost the base's other values, or a path its folder."""
    choice = {"base": "NMC811", "young_modulus": "150 GPa", "volume_change": {
        "stoichiometry": [0.2, 1.0], "value": [-0.06, 0.0], "source": "mine"}}  # fmt: skip
    material = load_material(choice)
    assert material.young_modulus == 150e9
    assert material.properties["young_modulus"].provenance == "user"
    assert material.volume_change == Curve((0.2, 1.0), (-0.06, 0.0))
    assert material.properties["volume_change"].source == "mine"
    assert material.poisson_ratio == load_material("NMC811").poisson_ratio
    write(tmp_path, '[young_modulus]\nvalue = "5 GPa"\nsource = "s"\nprovenance = "primary source"')
    assert load_material("mine.toml", tmp_path).young_modulus == 5e9
    assert load_material({"base": "mine.toml", "poisson_ratio": 0.2}, tmp_path).poisson_ratio == 0.2


def write(folder: Path, body: str) -> Path:
    """Write a material file with a correct head."""
    file = folder / "mine.toml"
    file.write_text(f'name = "mine"\ndescription = "d"\nkind = "bulk"\n{body}\n')
    return file


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        ("NMC81", 'did you mean "NMC811'),
        ("nmc811", 'did you mean "NMC811"'),
        ("xyz", "known: "),
        (5, "write a name"),
        ({"young_modulus": "5 GPa"}, "write a name"),
        ({"base": "NMC811", "young_modulus": 150e9}, "NMC811: young_modulus: .* has no unit"),
        ({"base": "NMC811", "young_modulus": "-1 GPa"}, "NMC811: young_modulus: .* out of range"),
        ({"base": "NMC811", "poisson_ratio": 0.5}, "poisson_ratio: .* less than 0.5"),
        ({"base": "NMC811", "poisson_ratio": "0.3"}, "not a plain number"),
        ({"base": "NMC811", "young_modul": "1 GPa"}, 'did you mean "young_modulus"'),
        ({"base": "NMC811", "strength": "1 MPa"}, "not a property of a bulk material"),
        ({"base": "NMC811", "volume_change": [0.0, 1.0]}, "volume_change"),
        ({"base": "NMC811", "stoichiometry_minimum": 0.95}, "less than stoichiometry_maximum"),
        ({"base": "lithium|Li6PS5Cl", "initial_damage": 1.5}, "from 0 to 1"),
        ({"base": "lithium|Li6PS5Cl", "film_resistance": "-1 ohm*cm^2"}, "film_resistance"),
    ],
)
def test_wrong_choices_are_named(choice: Any, words: str) -> None:
    """Would fail if a wrong choice were accepted or its property not named."""
    with pytest.raises(MaterialError, match=words):
        load_material(choice)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (
            '[young_modulus]\nvalue = "5 GPa"\nprovenance = "primary source"',
            "young_modulus: source",
        ),
        ('[young_modulus]\nvalue = "5 GPa"\nsource = "s"', "young_modulus: provenance"),
        (
            '[young_modulus]\nvalue = "5 GPa"\nsource = "s"\nprovenance = "sure"',
            "primary source, secondary source, estimate",
        ),
        (
            '[young_modulus]\nvalue = "5 GPa"\nsource = "s"\nprovenance = "estimate"',
            "say in its note why",
        ),
        ('[young_modulus]\nsource = "s"\nprovenance = "primary source"', "has no value"),
        (f'[young_modulus]\nvalue = "5 GPa"\n{ORIGIN}\nunit = "GPa"', "not a known key"),
        (f'[young_modulus]\nvalue = "5 GPa"\n{ORIGIN}\nalternatives = [{{value = 5}}]', "unit"),
        ("young_modulus = 5", "write a table"),
        ("[youngs]\nvalue = 5", "not a property"),
        ("young_modulus = ", "not valid TOML"),
        (f"[volume_change]\nstoichiometry = [1.0, 0.0]\nvalue = [0, 0]\n{ORIGIN}", "increase"),
        (f"[volume_change]\nstoichiometry = [0.0]\nvalue = [0]\n{ORIGIN}", "at least two"),
    ],
)
def test_wrong_files_are_named(tmp_path: Path, body: str, words: str) -> None:
    """Would fail if a file with a fault were read, or the message lost the file."""
    file = write(tmp_path, body)
    with pytest.raises(MaterialError, match=words) as error:
        load_material(str(file))
    assert str(file) in str(error.value)


def test_kind_is_checked() -> None:
    """Would fail if an interface could be made of a bulk material."""
    assert load_material("NMC811", kind="bulk").kind == "bulk"
    with pytest.raises(MaterialError, match='a "interface" is needed here'):
        load_material("NMC811", kind="interface")
    with pytest.raises(MaterialError, match='a "bulk" is needed here'):
        load_material({"base": "NMC811|Li6PS5Cl", "strength": "1 MPa"}, kind="bulk")


VALUES = st.one_of(
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=12),
    st.lists(st.floats(), max_size=3),
    st.dictionaries(
        st.sampled_from(["value", "stoichiometry", "source", "note", "x"]), st.text(max_size=5)
    ),
    st.fixed_dictionaries({"stoichiometry": st.lists(st.floats()), "value": st.lists(st.floats())}),
)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from([*BULK, *INTERFACE, "unknown"]), VALUES)
def test_any_override_gives_a_material_or_a_material_error(key: str, value: Any) -> None:
    """Would fail if an override could raise another exception or bring in a value that is not
    finite."""
    base = "lithium|Li6PS5Cl" if key in INTERFACE else "NMC811"
    try:
        material = load_material({"base": base, key: value})
    except MaterialError as error:
        assert key in str(error)
        return
    assert isinstance(material, Material)
    read = material.get(key)
    numbers = (*read.stoichiometry, *read.value) if isinstance(read, Curve) else (read,)
    assert all(isinstance(number, str) or math.isfinite(number) for number in numbers)


@pytest.mark.parametrize("name", REFUSED["bulk"])
def test_what_no_model_can_use_is_refused_with_what_can_be_used(name: str) -> None:
    """Would fail if a property that nothing reads were taken without a word."""
    with pytest.raises(MaterialError, match=f"LLZO: {name}: no model can use it; .*contact_resist"):
        load_material({"base": "LLZO", name: "1 uS/cm"})


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('sureness = "paper"', '"sureness" has another name now; write provenance'),
        ('provenance = "paper"', 'has another name now; write "primary source"'),
        ('provenance = "digest"', 'has another name now; write "secondary source"'),
    ],
)
def test_the_words_of_older_files_are_named(tmp_path: Path, line: str, words: str) -> None:
    """Would fail if a file with the older words were read, or its error did not help."""
    file = write(tmp_path, f'[young_modulus]\nvalue = "5 GPa"\nsource = "s"\n{line}')
    with pytest.raises(MaterialError, match=words):
        load_material(str(file))


def test_a_material_shows_what_it_has() -> None:
    """Would fail if the names or the text of a material left out its properties."""
    material = load_material("LLZTO")
    assert {"name", "kind", "description", "get", "has", *material.properties} <= set(dir(material))
    lines = repr(material).splitlines()
    assert lines[0].startswith('<bulk material "LLZTO": Tantalum-doped')
    assert "  ionic_conductivity: 0.454 mS/cm (secondary source)" in lines
    assert len(lines) == 1 + len(material.properties)
    assert material.reads == set()


@pytest.mark.parametrize("module", [loader, records])
def test_examples_in_docstrings_run(module: ModuleType) -> None:
    """Would fail if an example in a docstring of materials gave another number."""
    found = doctest.testmod(module)
    assert found.attempted > 0 and found.failed == 0


# Molar mass of the formula that holds one lithium, at stoichiometry 1 [g/mol].
PER_LITHIUM = {
    "NMC111": 96.46, "NCA": 96.08, "LCO": 97.87, "LFP": 157.76, "LTO": 459.1 / 3.0,
    "graphite": 72.06, "silicon": 28.085 / 3.75, "Li-In": 114.82,
}  # fmt: skip


@pytest.mark.parametrize("name", ACTIVE)
def test_density_and_lithium_of_an_active_material_belong_together(name: str) -> None:
    """Would fail if a density or a concentration were changed alone, or were of another formula."""
    material = load_material(name)
    mass = 1e3 * material.density / material.maximum_concentration
    if name == "NMC811":
        # Known not to: LiNi0.8Mn0.1Co0.1O2 of 97.3 g/mol holds 48.8 kmol/m3 at this density, and
        # Chen et al. 2020 give 63.1 for the electrode that their potential was measured on.
        assert mass == approx(75.27, rel=1e-3)
    else:
        assert mass == approx(PER_LITHIUM[name], rel=2e-3)


def test_a_file_is_taken_apart_once_for_each_content(tmp_path, monkeypatch):
    """Breaks when a study reads its materials anew for every case, when a changed file gives what
    it held before, or when two materials of one file share what was read of them."""
    text = loader.library()["Li6PS5Cl"].read_text()
    own, calls = tmp_path / "own.toml", []
    own.write_text(text)
    taken = loader.read_properties
    monkeypatch.setattr(
        loader, "read_properties", lambda *given, **more: calls.append(1) or taken(*given, **more)
    )
    first, second = (load_material("own.toml", tmp_path) for _ in range(2))
    assert len(calls) == 1
    assert first.properties == second.properties and first.properties is not second.properties
    assert first.ionic_conductivity == 0.16 and first.reads and not second.reads
    own.write_text(text.replace("1.6 mS/cm", "2.6 mS/cm"))
    assert load_material("own.toml", tmp_path).ionic_conductivity == 0.26
    own.unlink()
    with pytest.raises(MaterialError, match="cannot be read"):
        load_material("own.toml", tmp_path)
