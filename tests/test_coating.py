"""A coating between active material and electrolyte: resistance in series, and where the crack
runs.

See `flat.py` for the cell of layers.
"""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chemomech.materials import MaterialError, load_material
from chemomech.materials.properties import PAIRS
from chemomech.setup.interface_terms import Bond, bond_of, cohesion_of, film_of
from chemomech.simulation.films import film_resistance
from compare import approx
from flat import activated, flat_cell, stepped

BARE, COATED = "NMC811|Li6PS5Cl", "NMC811|LiNbO3|Li6PS5Cl"
WARM = 333.15
WEAK = {"coating_strength": "12 MPa", "coating_fracture_energy": "0.3 J/m^2"}


def face(base=BARE, **given):
    return load_material({"base": base, **given})


def test_resistance_by_hand():
    """Breaks when thickness over conductivity is not what comes on top of the film, or does not
    follow its energy."""
    given = {
        "coating_thickness": "20 nm",
        "coating_conductivity": "4e-6 S/cm",
        "film_resistance": "3 ohm*cm^2",
    }
    plain = film_of(face(**given))
    # 20 nm of 4e-4 S/m: 0.5 ohm cm2.
    assert plain.resistance == approx(3.5e-4, rel=1e-12)
    assert film_resistance(plain, 0.0, WARM) == approx(3.5e-4, rel=1e-12)
    interphase = {"interphase_linear_rate": "1e-15 m/s", "interphase_conductivity": "1e-5 S/m"}
    grown = film_of(face(**given, **interphase, film_activation_energy="40 kJ/mol"))
    warm = (3.5e-4 + 2e-9 / 1e-5) / activated(40e3, WARM)
    assert film_resistance(grown, 2e-9, WARM) == approx(warm, rel=1e-12)


@pytest.mark.parametrize("current", [5.0, -5.0])
def test_a_coating_enters_the_voltage(current):
    """Breaks when the coating's resistance is lost between the case and the cell's voltage."""
    coating = {"coating_thickness": "50 nm", "coating_conductivity": "1e-7 S/cm"}
    coating["film_activation_energy"] = "45 kJ/mol"
    for temperature in (298.15, WARM):
        bare, coated = (
            stepped(*flat_cell(cathode=given)[1:], 1e-3, current, temperature).chemical
            for given in ({}, coating)
        )
        drop = current * 50e-9 / (1e-5 * activated(45e3, temperature))
        assert bare.voltage - coated.voltage == approx(drop, rel=1e-4)


def opened(law, mode, yields):
    """(largest traction [Pa], dissipated energy [J/m2]) of a face moved until it is apart; mode 0
    opens, 1 shears.

    yields: separation [m] at which it should begin to soften.
    """
    history, opening, peak, dissipated = law.initial_history(0.0), np.zeros(2), 0.0, 0.0
    for distance in (*np.linspace(0.0, 1.5 * yields, 31), *np.linspace(1e-8, 1e-6, 200)):
        opening[mode] = distance
        answer = law(opening, history, np.inf)
        history, peak = answer.history, max(peak, abs(float(answer.traction[mode])))
        dissipated += float(answer.fracture)
    return peak, dissipated


@pytest.mark.parametrize(
    ("given", "opening", "shear"),
    [
        ({}, (200e6, 1.0), (200e6, 1.0)),
        (WEAK, (12e6, 0.3), (12e6, 0.3)),
        # Tough but of low strength: the crack needs more energy there and stays at the face.
        (
            {"coating_strength": "12 MPa", "coating_fracture_energy": "3 J/m^2"},
            (200e6, 1.0),
            (200e6, 1.0),
        ),
        # Strong but brittle: the crack runs there, with the coating's strength.
        (
            {"coating_strength": "30 MPa", "coating_fracture_energy": "0.3 J/m^2"},
            (30e6, 0.3),
            (30e6, 0.3),
        ),
        (
            {"coating_strength": "12 MPa", "coating_fracture_energy": "1 J/m^2"},
            (200e6, 1.0),
            (200e6, 1.0),
        ),
        (
            {**WEAK, "shear_strength": "25 MPa", "fracture_energy_shear": "2 J/m^2"},
            (12e6, 0.3),
            (25e6, 2.0),
        ),
        ({**WEAK, "shear_strength": "25 MPa"}, (12e6, 0.3), (25e6, 0.3)),
        ({**WEAK, "fracture_energy_shear": "2 J/m^2"}, (12e6, 0.3), (12e6, 2.0)),
    ],
)
def test_the_crack_runs_where_it_is_weakest(given, opening, shear):
    """Breaks when energy and strength of opening are mixed, or shear does not follow where it is
    not given."""
    material = face(**given)
    assert bond_of(material) == Bond(*opening, *shear)
    law = cohesion_of(material)
    for mode, expected in ((0, opening), (1, shear)):
        assert opened(law, mode, expected[0] / material.stiffness) == approx(expected, rel=1e-6)


def test_factors_scale_a_coating_too():
    """Breaks when scatter or direction of an interface leaves its coating out."""
    strength, energy = np.array([0.5, 1.0]), np.array([2.0, 1.0])
    parameters = cohesion_of(face(**WEAK), strength, energy).parameters
    assert parameters.strength == approx(12e6 * strength)
    assert parameters.shear_strength == approx(12e6 * strength)
    assert parameters.fracture_energy == approx(0.3 * energy)
    assert parameters.fracture_energy_shear == approx(0.3 * energy)


def test_a_separated_face_carries_nothing_whatever_its_coating():
    """Breaks when a coating bonds what was only pressed together."""
    assert cohesion_of(face(initial_damage=1.0, **WEAK)) == cohesion_of(face(initial_damage=1.0))


def test_coated_interface_of_the_library():
    """Breaks when the library's coating is not 10 nm of its LiNbO3, or its face not that of the
    bare."""
    coated, bare, niobate = load_material(COATED), load_material(BARE), load_material("LiNbO3")
    assert film_of(coated).resistance == approx(1e-4, rel=1e-9)
    assert coated.coating_conductivity == niobate.ionic_conductivity
    assert coated.film_activation_energy == niobate.ionic_activation_energy
    assert bond_of(coated) == bond_of(bare) and coated.stiffness == bare.stiffness
    own = niobate.fracture_toughness**2 * (1 - niobate.poisson_ratio**2) / niobate.young_modulus
    assert own == approx(3.0, rel=0.05) and own > bare.fracture_energy


@pytest.mark.parametrize("pair", PAIRS)
def test_half_a_coating_is_refused(pair, tmp_path):
    """Breaks when one of two properties that belong together is taken alone, from a case or from a
    file."""
    values = {"coating_thickness": "10 nm", "coating_conductivity": "1e-6 S/cm", **WEAK}
    for name, missing in (pair, pair[::-1]):
        with pytest.raises(
            MaterialError, match=f"{name} needs {missing} .*give {missing} in .*, or leave out both"
        ):
            face(**{name: values[name]})
        file = tmp_path / "face.toml"
        file.write_text(
            f'name = "mine"\ndescription = "d"\nkind = "interface"\n'
            f'[{name}]\nvalue = "{values[name]}"\n'
            'source = "s"\nprovenance = "primary source"\n'
        )
        with pytest.raises(MaterialError, match=f"{name} needs {missing}"):
            load_material(str(file))


KEYS = [key for pair in PAIRS for key in pair]
UNITS = ["nm", "S/cm", "MPa", "J/m^2", "", "furlong"]
NUMBERS = st.one_of(st.floats(), st.integers(-5, 5))
VALUES = st.one_of(
    st.none(), st.booleans(), NUMBERS, st.text(max_size=8), st.lists(st.floats(), max_size=2),
    st.tuples(NUMBERS, st.sampled_from(UNITS)).map(lambda each: f"{each[0]} {each[1]}"),
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.sampled_from(KEYS), VALUES, min_size=1))
def test_any_coating_is_one_or_a_material_error(given):
    """Breaks when a coating could be zero, negative, without unit or half, or an error does not
    name its key."""
    try:
        material = face(**given)
    except MaterialError as error:
        assert any(key in str(error) for key in given)
        return
    for pair in PAIRS:
        assert len(set(pair) & set(given)) != 1
    for key in given:
        assert 0.0 < material.get(key) < math.inf
    assert film_of(material).resistance >= 0.0
    bond = bond_of(material)
    assert bond.fracture_energy == min(1.0, material.get("coating_fracture_energy", 1.0))
