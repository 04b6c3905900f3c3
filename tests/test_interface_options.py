"""Every term of an interface chosen in a case file, through a whole run of a tiny cell."""

import pytest

from chemomech.case import CaseError, parse_case
from chemomech.fem.domain import build_domain
from chemomech.materials import MaterialError
from chemomech.runs.run import run
from chemomech.setup.electrodes import check_case
from chemomech.setup.interface_laws import relative_stiffness
from compare import approx
from meshes import box
from small import tiny_case

FACE = "NMC811|Li6PS5Cl"


ONCE = ["Charge at 1C until 4.2 V", "Discharge at 1C for 6 minutes"]


def case_with(**face):
    """The tiny case with properties of the cathode's interface."""
    table = tiny_case(cycle__protocol=ONCE)
    table["interfaces"]["active|electrolyte"] = {"base": FACE, **face}
    return parse_case(table)


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    return run(case_with(), tmp_path_factory.mktemp("plain"))


@pytest.mark.parametrize(
    "face",
    [
        {"cohesive_law": "exponential"},
        {"cohesive_law": "ppr", "softening_shape": 2.5, "stiffness": "1e17 Pa/m"},
        {
            "shear_strength": "40 MPa",
            "fracture_energy_shear": "3 J/m^2",
            "mode_mixing": "power_law",
            "mixed_mode_exponent": 1.0,
        },
        {"weibull_modulus": 6.0, "correlation_length": "1 um", "scatter_seed": 3},
        {"anisotropy_ratio": 0.5, "anisotropy_angle": "30 deg"},
        {
            "interphase_parabolic_rate": "1e-12 m/s^0.5",
            "interphase_conductivity": "1e-6 S/m",
            "interphase_volume_change": 0.1,
        },
    ],
    ids=lambda face: next(iter(face)),
)
def test_a_chosen_term_changes_the_result_and_keeps_the_balances(face, plain, tmp_path):
    """Breaks when a key of the material does not reach the law, or its energy is not accounted
    for."""
    result = run(case_with(**face), tmp_path)
    assert result["gates_failed"] == []
    names = ("contact_fraction_cathode", "interfacial_resistance_cathode_ohm_cm2")
    assert any(
        result["summary"][name] != approx(plain["summary"][name], rel=1e-4) for name in names
    )
    assert result["artificial_over_physical"] < 0.5


def test_rubbing_faces_spend_energy(tmp_path):
    """Breaks when friction does not reach the law, or is not in a run's energies."""
    found = []
    for friction in (0.0, 0.4):
        table = tiny_case(cycle__protocol=ONCE, stack__pressure="100 MPa")
        weak = {"base": FACE, "strength": "20 MPa", "stiffness": "4e16 Pa/m"}
        table["interfaces"]["active|electrolyte"] = {**weak, "friction_coefficient": friction}
        result = run(parse_case(table), tmp_path / str(friction))
        assert result["gates_failed"] == []
        found.append(
            (result["energies_J_per_m"]["friction"], result["summary"]["contact_fraction_cathode"])
        )
    assert found[1][0] > found[0][0] == 0
    assert found[0][1] != approx(found[1][1], rel=1e-4)


@pytest.mark.parametrize(
    ("face", "message"),
    [
        ({"cohesive_law": "cubic"}, "cohesive_law.*bilinear"),
        ({"mode_mixing": "none"}, "mode_mixing.*power_law"),
        ({"softening_shape": 3.0}, "only for cohesive_law"),
        ({"weibull_modulus": 6.0}, "needs correlation_length"),
        ({"fatigue_endurance": 0.2}, "needs fatigue_length"),
        ({"cohesive_law": "ppr", "stiffness": "4e14 Pa/m"}, "interfaces"),
        ({"contact_law": "creep"}, "creep"),
    ],
)
def test_what_does_not_fit_together_is_refused_before_meshing(face, message):
    """Breaks when a wrong combination reaches the run, or its message does not name the key."""
    with pytest.raises((CaseError, MaterialError), match=message) as caught:
        check_case(case_with(**face))
    assert caught.value.exit_code == 2


def test_relative_stiffness_takes_the_softer_side_and_the_longest_facet():
    """Breaks when result.json names an interface harmless that makes tractions swing."""
    domain = build_domain(box((4, 2), (8.0, 2.0), lambda x: "low" if x[1] < 1 else "high"))
    (facets,) = domain.interfaces.values()
    assert relative_stiffness(domain, facets, 3.0, {"low": 2.0, "high": 8.0}) == approx(
        3.0 * 2.0 / 2.0
    )
