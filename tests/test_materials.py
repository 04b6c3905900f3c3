"""The library: every value has a source, a provenance and a physical magnitude; wrong tables are
named."""

import doctest
import math
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
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
from chemomech.physics.bulk.swelling import volume_change
from chemomech.physics.electrochemistry.capacity import theoretical_capacity
from chemomech.physics.interfaces import contact
from chemomech.setup.interface_terms import rough_contact_of
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
    "NMC|NMC",
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
    "molar_mass": (5e-3, 0.5),
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
    assert material.has("thermal_expansion")
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


def test_nmc811_shrinks_as_measured() -> None:
    """Would fail if a measured volume stood at another stoichiometry, or the table were flat early
    in charge."""
    curve = load_material("NMC811").volume_change

    def change(x: float) -> float:
        return float(volume_change(x, curve.stoichiometry, curve.value))

    # Kondrakov et al. 2017 †: cell volume in cubic angstrom, at stoichiometries of the paper.
    for paper, volume in ((1.00, 101.38), (0.75, 100.64), (0.50, 99.73), (0.25, 94.26)):
        assert change(paper - 0.10) == approx(volume / 101.38 - 1.0, abs=1e-4)
    assert change(0.80) == approx(-0.0029, abs=3e-4)
    assert [chen_potential(x) for x in (0.2613, 0.3046)] == approx([4.3, 4.2], abs=5e-4)
    assert [change(x) for x in (0.2613, 0.3046)] == approx([-0.050, -0.027], abs=1e-12)
    assert np.all(np.diff([change(x) for x in np.linspace(0.15, 0.9, 300)]) > 0)


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
    assert (lithium.creep_rate, lithium.creep_stress, lithium.creep_exponent) == (1.9e-5, 4e5, 6.56)
    assert FARADAY * 1e-3 / lithium.molar_volume == approx(7.42e6, rel=1e-3)


@pytest.mark.parametrize("name", ["NMC811|Li6PS5Cl", "NMC811|LiNbO3|Li6PS5Cl"])
def test_bond_of_pressed_faces_ends_within_nanometres(name) -> None:
    """Would fail if a bond outlived 10 nm of opening, cost more than cracking the sulfide beside
    it, or stretched out of an ion's reach before it parts."""
    interface, sulfide = load_material(name), load_material("Li6PS5Cl")
    assert 2.0 * interface.fracture_energy / interface.strength == approx(10e-9)
    assert interface.strength / interface.stiffness == approx(0.5 * interface.conduction_opening)
    tough, young, poisson = sulfide.fracture_toughness, sulfide.young_modulus, sulfide.poisson_ratio
    assert interface.fracture_energy < tough**2 * (1.0 - poisson**2) / young
    # Stronger than that the sulfide flows first: nothing would ever part.
    assert interface.strength <= sulfide.yield_strength
    assert interface.initial_damage == 0.0


def test_published_traction_law_stays_by_name() -> None:
    """Would fail if strength, energy and stiffness of Bucci et al. 2017 did not make 5 and 100
    nm."""
    interface = load_material({"base": "NMC811|Li6PS5Cl", "alternatives": "Bucci 2017"})
    assert interface.strength / interface.stiffness == approx(5e-9)
    assert 2.0 * interface.fracture_energy / interface.strength == approx(100e-9)


def test_grain_boundaries_of_particles_are_as_strong_and_tough_as_measured() -> None:
    """Would fail if strength, toughness and fracture energy did not belong together, or a boundary
    could not soften."""
    boundary, oxide = load_material("NMC|NMC"), load_material("NMC111")
    tough, young, poisson = oxide.fracture_toughness, oxide.young_modulus, oxide.poisson_ratio
    assert boundary.fracture_energy == approx(tough**2 * (1 - poisson**2) / young, rel=0.02)
    assert boundary.strength**2 / (2 * boundary.fracture_energy) < 0.5 * boundary.stiffness
    charged = load_material({"base": "NMC|NMC", "alternatives": "charged"})
    assert charged.strength == 21.5e6 and charged.fracture_energy == boundary.fracture_energy


def test_lithium_interface_meets_the_numbers_it_was_fitted_to() -> None:
    """Would fail if resistance, roughness or strength of the fit were changed alone: an hour each
    at 5 to 25 MPa and back at 5 MPa within 15 % of Doux et al. 2020, with one pellet in series."""
    name = "lithium|Li6PS5Cl"
    interface, lithium = load_material(name), load_material("lithium")
    charge_transfer = GAS_CONSTANT * 298.15 / (FARADAY * interface.exchange_current_density)
    full_contact = charge_transfer + interface.film_resistance
    assert full_contact == approx(2e-4, rel=1e-3)
    sides = {"lithium": lithium, "separator": load_material("Li6PS5Cl")}
    law, rough = rough_contact_of("lithium|separator", interface, sides)
    assert law == "creep" and rough.conforming_pressure == approx(3 * 88.5 * 0.8e6)
    memory, found = contact.initial_memory(()), []
    for pressure in (1e6, 5e6, 10e6, 15e6, 20e6, 25e6, 5e6):
        fraction, memory = contact.advance(law, pressure, memory, 3600.0, rough)
        found.append(9.4 + 2.0 * full_contact / fraction / (math.pi * 5e-3**2))
    assert np.abs(np.array(found[1:]) / [110, 50, 40, 35, 32, 50] - 1.0).max() < 0.15
    assert found[0] > 0.85 * 500
    assert interface.initial_damage == 1.0
    assert interface.get("strength") is None
    plastic, instant = rough_contact_of(
        "lithium|separator", load_material({"base": name, "contact_law": "plastic"}), sides
    )
    assert plastic == "plastic" and instant.conforming_pressure == 43e6


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


# Smallest secondary rates in tension, Masias et al. 2019, tables S1 and S2 †: Pa, 1/s.
CREEP_TESTS = [
    (0.200e6, 2.00e-7), (0.301e6, 4.95e-6), (0.396e6, 1.58e-5), (0.400e6, 1.34e-5),
    (0.400e6, 1.36e-5), (0.400e6, 1.72e-5), (0.600e6, 3.89e-4),
]  # fmt: skip


def test_lithium_creeps_as_measured_and_the_alternative_is_taken_by_its_name() -> None:
    """Would fail if the default left the measured rates, or the three numbers of one law were not
    taken together."""

    def over_tests(material: Material) -> list[float]:
        scale, unit, power = material.creep_rate, material.creep_stress, material.creep_exponent
        return [scale * (stress / unit) ** power / rate for stress, rate in CREEP_TESTS]

    default = over_tests(load_material("lithium"))
    assert min(default) > 0.59 and max(default) < 1.43
    assert math.prod(default) ** (1 / 7) == approx(1.0, rel=0.01)
    roy = load_material({"base": "lithium", "alternatives": "Roy 2021"})
    assert (roy.creep_rate, roy.creep_stress, roy.creep_exponent) == (0.01, 1e6, 5.0)
    assert roy.properties["creep_rate"].source.startswith("Roy et al. 2021")
    assert max(over_tests(roy)) == approx(16.0, rel=1e-9)
    own = {"base": "lithium", "alternatives": ["Roy 2021"], "creep_exponent": 5.5}
    assert load_material(own).creep_exponent == 5.5


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
        ({"base": "lithium", "alternatives": "Roy 2022"}, 'did you mean "Roy 2021"'),
        ({"base": "aluminium", "alternatives": ["x"]}, "has none with a name"),
        ({"base": "lithium", "alternatives": 3}, "alternatives = 3; write a name"),
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


# What the density is of, per lithium site [g/mol], from atomic weights.
WEIGHT = {
    "Li": 6.94, "Ni": 58.693, "Mn": 54.938, "Co": 58.933, "Al": 26.982, "O": 15.999, "Fe": 55.845,
    "P": 30.974, "Ti": 47.867, "C": 12.011, "Si": 28.085, "In": 114.818,
}  # fmt: skip
FORMULA = {
    "NMC811": ({"Li": 1, "Ni": 0.8, "Mn": 0.1, "Co": 0.1, "O": 2}, 1),
    "NMC111": ({"Li": 1, "Ni": 1 / 3, "Mn": 1 / 3, "Co": 1 / 3, "O": 2}, 1),
    "NCA": ({"Li": 1, "Ni": 0.8, "Co": 0.15, "Al": 0.05, "O": 2}, 1),
    "LCO": ({"Li": 1, "Co": 1, "O": 2}, 1),
    "LFP": ({"Li": 1, "Fe": 1, "P": 1, "O": 4}, 1),
    "LTO": ({"Li": 4, "Ti": 5, "O": 12}, 3),
    "graphite": ({"C": 6}, 1),
    "silicon": ({"Si": 1}, 3.75),
    "Li-In": ({"In": 1}, 1),
}


@pytest.mark.parametrize("name", ACTIVE)
def test_formula_density_lithium_and_capacity_of_an_active_material_agree(name: str) -> None:
    """Would fail if a density, a molar mass or a concentration were changed alone, or were of
    another formula."""
    material, (formula, lithium) = load_material(name), FORMULA[name]
    mass = sum(count * WEIGHT[element] for element, count in formula.items()) / lithium
    assert 1e3 * material.molar_mass == approx(mass, rel=2e-4)
    sites, density = material.maximum_concentration, material.density
    assert sites * material.molar_mass == approx(density, rel=2e-3)
    assert theoretical_capacity(sites, density) == approx(FARADAY / (1e-3 * mass), rel=3e-3)


def test_densities_are_of_crystals() -> None:
    """Would fail if a density were a pellet's, or not that of the measured cell."""
    avogadro = 6.02214076e23
    sulfide = (
        4 * 268.39 / (avogadro * 9.86e-8**3)
    )  # g/cm3, four Li6PS5Cl in a cube of 9.86 angstrom
    assert load_material("Li6PS5Cl").density == approx(1e3 * sulfide, rel=5e-3)
    # Three Li0.9Ni0.8Mn0.1Co0.1O2 in 101.38 cubic angstrom, Kondrakov et al. 2017.
    oxide = 3 * (97.28 - 0.1 * WEIGHT["Li"]) / (avogadro * 101.38e-24)
    assert load_material("NMC811").density == approx(1e3 * oxide, rel=2e-3)


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
