"""Strain of grains along their axes: as measured along a and c, of the table's volume, isotropic in
the mean over all orientations, and in bodies and cells."""

import numpy as np
import pytest

from bodies import bulk_of, damage_of, face_nodes, fill, laws_of
from chemomech.case import CaseError, parse_case
from chemomech.fem.domain import build_domain
from chemomech.materials import load_material
from chemomech.models.mechanical_parts import Load
from chemomech.models.mechanics import Mechanics
from chemomech.models.supports import Supports
from chemomech.physics.bulk import elasticity
from chemomech.physics.bulk.crystal import AxisDifference, axis_tensor, random_axes
from chemomech.physics.bulk.swelling import FreeStrain
from chemomech.runs.run import run
from chemomech.setup.electrodes import check_case
from chemomech.simulation.energy import elastic_energy
from chemomech.simulation.newton import NewtonOptions, step
from compare import approx
from meshes import box
from small import tiny_case

# Kondrakov et al. 2017 †: a and c in angstrom at stoichiometries of the paper less 0.10; c from the
# volume, sqrt(3)/2 a^2 c, where it is not printed.
MEASURED = {
    0.65: (2.8421, 100.64 / (np.sqrt(0.75) * 2.8421**2)),
    0.40: (2.8211, 99.73 / (np.sqrt(0.75) * 2.8211**2)),
    0.15: (2.8153, 13.732),
}
A, C = 2.8661, 14.249


def test_nmc811_strains_along_its_axes_as_measured():
    """Breaks when table, sign or trace of the anisotropic part is wrong: strains along a and c."""
    nmc = load_material("NMC811")
    tables = (nmc.volume_change, nmc.axial_strain)
    volume, difference = (
        law(t.stoichiometry, t.value, 0.9)
        for law, t in zip((FreeStrain, AxisDifference), tables, strict=True)
    )
    along_c = axis_tensor(np.array([0.0, 0.0, 1.0]), 6)
    for x, (a, c) in MEASURED.items():
        strain = volume(np.array(x)) * np.array([1, 1, 1, 0, 0, 0]) + difference(x) * along_c
        # First order: products of two strains of some per cent are left out.
        assert strain[:3] == approx([a / A - 1, a / A - 1, c / C - 1], abs=8e-4)
    assert difference(np.array(0.9)) == 0.0
    assert difference(0.45) > 0.03 and difference(0.15) < -0.018  # c grows, then collapses


def test_grains_of_all_orientations_are_isotropic_together():
    """Breaks when axes have a preferred direction, or the anisotropic part changes the volume."""
    axes = random_axes(40_000, seed=3)
    assert np.linalg.norm(axes, axis=1) == approx(np.ones(len(axes)), rel=1e-12)
    tensors = axis_tensor(axes, 6)
    assert tensors[:, :3].sum(axis=1) == approx(np.zeros(len(axes)), abs=1e-14)
    assert np.abs(tensors.mean(axis=0)).max() < 0.01
    assert np.array_equal(axes[:5], random_axes(5, seed=3))
    assert axis_tensor(axes, 4) == approx(tensors[:, :4], rel=1e-15)


def test_the_tensor_turns_with_its_axis():
    """Breaks when shear is not engineering shear, or a component stands at another place."""
    axis = np.array([0.6, 0.0, 0.8])
    full = np.outer(axis, axis) - np.eye(3) / 3
    voigt = [full[0, 0], full[1, 1], full[2, 2], 0.0, 0.0, 2 * full[0, 2]]
    assert axis_tensor(axis, 6) == approx(voigt, abs=1e-15)


def test_a_table_goes_on_along_its_tangents():
    """Breaks when a step on its way beyond the table meets a jump."""
    law = AxisDifference([0.2, 0.5, 0.9], [-0.01, 0.03, 0.0], 0.9)
    inside, beyond = law(np.array([0.2, 0.2 + 1e-6])), law(np.array([0.2 - 1e-6]))
    assert inside[0] - beyond[0] == approx(inside[1] - inside[0], rel=1e-3)


YOUNG, POISSON = 140e9, 0.3
STRAIN = np.array([0.004, -0.007, 0.0, 0.005])  # of a section, Voigt


def body(held):
    """A block, rollers left and below, or all its faces held."""
    domain = build_domain(box((2, 4), (1e-6, 2e-6), lambda x: "one"))

    def supports(domain, space):
        faces = ("left", "right", "bottom", "top") if held else ()
        both = [2 * face_nodes(domain, space, name) + k for name in faces for k in (0, 1)]
        rollers = [
            2 * face_nodes(domain, space, "left"),
            2 * face_nodes(domain, space, "bottom") + 1,
        ]
        return Supports(np.unique(np.concatenate([*both, *rollers])))

    return Mechanics(
        domain,
        bulk_of(domain, {"one": YOUNG}, POISSON),
        laws_of(domain, 1e18, 1e9, 10.0),
        damage_of(domain),
        supports=supports,
    )


def loaded(mechanics, strain):
    """(Trial, state) of a block under a uniform free strain (c,)."""
    shape = (*mechanics.strain.weights.shape, len(strain))
    load = Load(chemical_strain=np.broadcast_to(strain, shape), pressure=0.0)
    result = step(mechanics, mechanics.initial_state(), load, NewtonOptions(tolerance=1e-10))
    assert result.converged
    return result


def test_a_free_grain_strains_along_its_axes_without_stress():
    """Breaks when a body takes the strain of one direction for another, or the forces of a tensor
    are not those of its stress."""
    mechanics, strain = body(held=False), STRAIN * [1, 1, 1, 0]
    state = loaded(mechanics, strain).state
    expected = fill(mechanics.domain, mechanics.space, {"one": lambda x: strain[:2] * x})
    assert state.displacement == approx(expected, rel=1e-8, abs=1e-14)
    assert np.abs(state.stress).max() < 1e-6 * YOUNG * 0.004


def test_a_held_grain_is_stressed_by_all_components():
    """Breaks when shear or the strain across the section is lost, or the work of swelling is that
    of the mean stress alone."""
    mechanics = body(held=True)
    result = loaded(mechanics, STRAIN)
    stiffness = elasticity.stiffness(
        elasticity.shear_modulus(YOUNG, POISSON), elasticity.bulk_modulus(YOUNG, POISSON), 4
    )
    stress = -np.reshape(stiffness, (4, 4)) @ STRAIN
    assert result.state.stress == approx(
        np.broadcast_to(stress, result.state.stress.shape),
        rel=1e-5,
        abs=1e-5 * np.abs(stress).max(),
    )
    stored = elastic_energy(mechanics, result.state)
    assert stored == approx(-0.5 * stress @ STRAIN * 2e-12, rel=1e-5)
    assert result.energy.chemical == approx(stored, rel=1e-5)


def test_a_cell_of_crystals_keeps_its_balances(tmp_path):
    """Breaks when a case does not hand its grains' axes on, or energy or lithium gets lost."""
    steps = {"cycle__protocol": ["Charge at 1C for 12 minutes"], "output__fields": "none"}
    plain = run(parse_case(tiny_case(**steps)), tmp_path / "plain")
    turned = run(parse_case(tiny_case(crystals={"seed": 4}, **steps)), tmp_path / "turned")
    assert "axial_strain" in turned["read"]["bulk"]["active"]
    assert turned["gates_failed"] == [] and plain["gates_failed"] == []
    energies = [result["energies_J_per_m"]["elastic"] for result in (plain, turned)]
    assert energies[1] > 1.5 * energies[0]


def test_what_has_no_axes_is_refused():
    """Breaks when a material without a table is taken as alike in all directions unsaid."""
    without = {"base": "LCO", "equilibrium_potential": "NMC811 Chen 2020"}
    with pytest.raises(CaseError, match=r"crystals: materials.active: LCO has no axial_strain"):
        check_case(
            parse_case(
                tiny_case(crystals={}, materials__active=without, cycle__charge_voltage="3.9 V")
            )
        )
    swelling = {"region": "active", "volume_change": -0.01}
    with pytest.raises(CaseError, match=r"crystals: .*leave them out with"):
        parse_case(tiny_case(crystals={}, swelling=swelling))
