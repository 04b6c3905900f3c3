"""Cracks in the bulk of a case: its section, and a run in which a shrinking particle cracks the
electrolyte."""

import tomllib
from textwrap import dedent

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chemomech.case import CaseError, case_hash, parse_case, sections
from chemomech.geometry import build_microstructure
from chemomech.physics.fracture.energy import fracture_energy
from chemomech.runs import checkpoint
from chemomech.runs.run import run
from chemomech.setup.cell import build_cell
from chemomech.setup.electrodes import check_case
from compare import approx
from small import small_case, tiny_case

ELASTIC = {"base": "Li6PS5Cl", "flow": "elastic"}
SECTION = {"regions": ["electrolyte"], "length": "0.8 um"}


def cracking_case(**changes):
    """A particle bonded too strongly to let go, in an electrolyte that is more brittle than any
    real one."""
    bond = {"base": "NMC811|Li6PS5Cl", "strength": "200 MPa", "fracture_energy": "10 J/m^2"}
    given_ = {
        "materials__electrolyte": ELASTIC,
        "geometry__mesh": {"size_interface": "0.4 um", "size_bulk": "0.4 um"},
        "interfaces": {"active|electrolyte": bond, "lithium|separator": "lithium|Li6PS5Cl"},
        "phase_field": SECTION | {"toughness": "0.3 J/m^2"},
        "cycle__protocol": ["Charge at 1C for 40 minutes", "Discharge at 1C for 2 minutes"],
    }
    return tiny_case(**(given_ | changes))


def test_the_section_of_the_docstring_is_read():
    """What a user copies holds, and says the defaults; a case without the section is the one it
    was."""
    text = sections.__doc__.split("[phase_field]")[1]
    written = tomllib.loads(dedent("[phase_field]" + text))["phase_field"]
    case = parse_case(small_case(phase_field=written))
    assert case == parse_case(
        small_case(phase_field={name: written[name] for name in ("regions", "length")})
    )
    assert case.phase_field.length == 0.5e-6 and case.phase_field.toughness is None
    assert case_hash(case) != case_hash(parse_case(small_case()))
    assert "phase_field" not in parse_case(small_case()).canonical()


@settings(max_examples=25, deadline=None)
@given(
    st.sampled_from(
        [
            ("length", "5"),
            ("length", 3.0),
            ("length", "0 um"),
            ("length", "5 MPa"),
            ("length", None),
            ("regions", []),
            ("regions", "electrolyte"),
            ("regions", ["elektrolyte"]),
            ("regions", None),
            ("model", "AT3"),
            ("split", "no"),
            ("corrected", "yes"),
            ("toughness", "-1 J/m^2"),
            ("toughness", "1 J"),
            ("lenght", "1 um"),
        ]
    )
)
def test_a_wrong_key_is_named(wrong):
    """Every mistake in the section is answered with its key."""
    key, value = wrong
    section = {**SECTION, key: value}
    if value is None:
        del section[key]
    with pytest.raises(CaseError, match=rf"phase_field\.{key}: "):
        parse_case(small_case(phase_field=section))


def built(tmp_path, **changes):
    case = parse_case(cracking_case(**changes))
    return build_cell(case, check_case(case), build_microstructure(case.geometry, tmp_path))


def test_bodies_that_cannot_be_cracked_are_refused(tmp_path):
    """A material that flows, one without a toughness, and a mesh that is too coarse: each with what
    to do."""
    with pytest.raises(
        CaseError, match=r'phase_field.regions: electrolyte is of Li6PS5Cl, .*flow = "elastic"'
    ):
        built(tmp_path, materials__electrolyte="Li6PS5Cl")
    with pytest.raises(CaseError, match=r"phase_field.toughness: is required, aluminium"):
        metal = {"base": "aluminium", "flow": "elastic"}
        built(
            tmp_path,
            materials__collector=metal,
            phase_field={"regions": ["collector"], "length": "1 um"},
        )
    with pytest.raises(CaseError, match=r"phase_field.length: given .* a crack needs 2 cells"):
        built(tmp_path, phase_field=SECTION | {"length": "0.1 um"})


def test_the_toughness_of_the_material_is_the_default(tmp_path):
    """K_Ic of the library's material gives the energy of a crack; corrected, whatever the mesh."""
    cell = built(tmp_path, phase_field=SECTION)
    material = cell.materials["electrolyte"]
    expected = fracture_energy(
        material.fracture_toughness, material.young_modulus, material.poisson_ratio
    )
    np.testing.assert_allclose(cell.mechanics.damage.cost, expected)


def test_a_run_cracks_the_electrolyte_and_loses_conduction(tmp_path):
    """A particle that shrinks on charging tears the electrolyte it is bonded to: cracks only grow,
    the ionic resistance rises with them, the energy is balanced."""
    case = parse_case(
        cracking_case(output__fields="worst", cycle__protocol=["Charge at 1C for 38 minutes"])
    )
    result = run(case, tmp_path / "one")
    table = pd.read_csv(tmp_path / "one" / "timeseries.csv")
    length = table["crack_length_electrolyte_um"].to_numpy()
    assert np.all(np.diff(length) >= -1e-12) and length[0] == 0.0 and length[-1] > 0.5
    assert result["summary"]["crack_length_electrolyte_um"] == approx(length[-1])
    # A crack costs the toughness times its length: 0.3 J/m2.
    assert table["energy_fracture_J_per_m"].iloc[-1] == approx(0.3e-6 * length[-1], rel=0.02)
    resistance = table["ionic_resistance_ohm_cm2"].to_numpy()
    assert resistance[-1] > 2.0 * resistance[1]
    assert result["gates_failed"] == []
    written = sorted((tmp_path / "one" / "fields").glob("cell_*.vtu"))
    assert written and b"crack_damage" in written[-1].read_bytes()


@pytest.mark.slow
def test_without_feedback_the_cell_does_not_feel_its_cracks(tmp_path):
    """`feedback = "none"` must leave the conductivity alone, and nothing else must change it."""
    run(parse_case(cracking_case(solver__feedback="none")), tmp_path / "two")
    unmoved = pd.read_csv(tmp_path / "two" / "timeseries.csv")
    assert unmoved["crack_length_electrolyte_um"].iloc[-1] > 0.5
    resistance = unmoved["ionic_resistance_ohm_cm2"]
    assert resistance.max() < 1.05 * resistance.iloc[1]


def test_a_checkpoint_keeps_the_damage(tmp_path):
    """A run that goes on must not have healed: the damage is among the leaves of a state and comes
    back."""
    mechanics = built(tmp_path).mechanics
    state = mechanics.initial_state(lambda x: x[:, 1] > 0.0)
    assert state.phase.max() == 1.0
    again = checkpoint.restore(mechanics.initial_state(), checkpoint.leaves(state))
    np.testing.assert_array_equal(again.phase, state.phase)
