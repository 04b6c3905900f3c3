"""Closed faces resist overlap by a stiffness of their own that follows mesh and moduli."""

import copy
from dataclasses import replace

import numpy as np
import pytest

from bodies import bulk_of, damage_of, laws_of
from chemomech.analysis.contact import overlap_share
from chemomech.case import parse_case
from chemomech.fem.domain import build_domain
from chemomech.geometry import build_microstructure
from chemomech.materials import load_material
from chemomech.models.mechanics import Load, Mechanics
from chemomech.models.supports import Supports
from chemomech.physics.interfaces.interface import InterfaceLaw
from chemomech.setup.cell import build_cell
from chemomech.setup.conditions import conditions_of, fixture_of
from chemomech.setup.electrodes import check_case
from chemomech.setup.interface_laws import contact_stiffness
from chemomech.simulation.newton import NewtonOptions, step
from chemomech.simulation.stepping import preload
from compare import approx
from cylinders import rollers
from meshes import disc_in_disc, mapped, moved
from small import film_case, tiny_case

RADIUS, OUTER = 2.5e-6, 16.0  # of the core [m]; of the matrix, in radii
STRAIN = 1.05 ** (1 / 3) - 1
MISFIT = 0.484e9  # Pa: STRAIN/(1/(3 K_1) + 1/(4 G_2)) of the two materials below
BULK = {
    name: load_material({"base": base, "young_modulus": young, "poisson_ratio": poisson})
    for name, base, young, poisson in (
        ("inclusion", "NMC811", "140 GPa", 0.3),
        ("matrix", "Li6PS5Cl", "22.1 GPa", 0.37),
    )
}
FACE = load_material("NMC811|Li6PS5Cl")
ELASTIC = {
    "lithium": "lithium",
    "separator": "Li6PS5Cl",
    "electrolyte": "Li6PS5Cl",
    "collector": "aluminium",
}


def swollen_sphere(size, stiffness=None):
    """A core in its matrix after swelling by 5 %: body and state, axisymmetric.

    size: of the elements at the core over its radius. stiffness: of the contact [Pa/m]; else as
    in a case.
    """
    core = mapped(
        disc_in_disc(1.0, np.sqrt(OUTER), size),
        lambda x: x * np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1.0),
    )
    domain = build_domain(moved(core, RADIUS * np.eye(2)))
    (name,) = domain.interfaces
    if stiffness is None:
        stiffness = contact_stiffness(domain, domain.interfaces[name], FACE, BULK)
    law = laws_of(domain, FACE.stiffness, FACE.strength, FACE.fracture_energy)[name]
    young, poisson = (
        {region: getattr(each, key) for region, each in BULK.items()}
        for key in ("young_modulus", "poisson_ratio")
    )
    body = Mechanics(
        domain,
        bulk_of(domain, young, poisson, swelling=("inclusion",)),
        {name: InterfaceLaw(law.cohesion, stiffness)},
        damage_of(domain),
        supports=lambda domain, space: Supports(rollers(domain, space)),
        axisymmetric=True,
    )
    load = Load(chemical_strain=STRAIN)
    result = step(body, body.initial_state(), load, NewtonOptions(1e-8, 20))
    assert result.converged, result.reason
    return body, result.state


def pressure_of(body, state):
    """Mean pressure between the faces [Pa]."""
    return -body.jump.integral(state.traction[..., 0]) / body.jump.integral(1.0)


# A core of few facets is no circle: 4 % at half a radius, of second order in the size.
@pytest.mark.parametrize("size, bound", [(0.5, 0.05), (0.25, 0.01), (0.125, 0.005)])
def test_misfit_pressure_of_a_particle(size, bound):
    """Breaks when overlap swallows the swelling: 0.122 GPa with the bond's 4e15 Pa/m."""
    body, state = swollen_sphere(size)
    assert pressure_of(body, state) == approx(MISFIT, rel=bound)
    assert overlap_share(body, state) < 0.005


def test_what_overlap_takes_is_told():
    """Breaks when a contact that is too soft stands in a result without a word."""
    body, state = swollen_sphere(0.25, 4e15)
    assert pressure_of(body, state) == approx(0.122e9, rel=0.01)
    assert overlap_share(body, state) == approx(1.0 - 0.122e9 / MISFIT, abs=0.01)


# A thin film cell in a rigid frame: layers of 4, 8, 5 and 2 um.
FILM = film_case(stack={"fixture": "fixed_gap", "pressure": "5 MPa"})
THICKNESS = {"lithium": 4e-6, "separator": 8e-6, "active": 5e-6, "collector": 2e-6}  # m


def held(table, folder):
    """Cell of a case at its stack pressure, held at its height from there on: body and state."""
    case = parse_case(table)
    cell = build_cell(case, check_case(case), build_microstructure(case.geometry, folder))
    conditions, newton = conditions_of(case), NewtonOptions(1e-8, 30)
    body, start = preload(cell.mechanics, conditions, fixture_of(case), newton, 1, 1e-3)
    return cell, body, start.state, conditions


@pytest.mark.parametrize("bond", ["4e15 Pa/m", "4e18 Pa/m"])
def test_pressure_of_plating_at_a_fixed_gap(bond, tmp_path):
    """Breaks when the lithium's bond, an estimate, takes half of the pressure: 52 MPa of 98."""
    table = copy.deepcopy(FILM)
    table["interfaces"]["lithium|separator"] = {"base": "lithium|Li6PS5Cl", "stiffness": bond}
    cell, body, state, conditions = held(table, tmp_path)
    plated, grown = 48.48e-9, np.zeros((len(body.facets), 1))
    grown[cell.anode.rows] = plated
    result = step(body, state, conditions.load(imposed_opening=grown), NewtonOptions(1e-8, 30))
    young, poisson = (
        {name: getattr(material, key) for name, material in cell.materials.items()}
        for key in ("young_modulus", "poisson_ratio")
    )
    give = sum(
        length * (1 + poisson[name]) * (1 - 2 * poisson[name]) / (young[name] * (1 - poisson[name]))
        for name, length in THICKNESS.items()
    )
    assert result.state.pressure == approx(5e6 + plated / give, rel=3e-3)
    assert 5e6 + plated / give == approx(97.57e6, rel=1e-3)


def test_pressure_of_swelling_at_a_fixed_gap(tmp_path):
    """Breaks when the particles' faces and the lithium's give way to what the composite imposes."""
    found = []
    for factor in (1.0, 100.0):
        elastic = {name: {"base": base, "flow": "elastic"} for name, base in ELASTIC.items()}
        table = tiny_case(stack={"fixture": "fixed_gap", "pressure": "5 MPa"})
        table["materials"] |= elastic
        _, body, state, conditions = held(table, tmp_path)
        laws = {
            name: replace(law, contact_stiffness=factor * law.contact_stiffness)
            for name, law in body.laws.items()
        }
        body = body.with_laws(laws)
        load = conditions.load(chemical_strain=0.007)
        result = step(body, state, load, NewtonOptions(1e-8, 30))
        assert result.converged, result.reason
        found.append(result.state.pressure)
    assert found[0] > 30e6
    assert found[0] == approx(found[1], rel=0.01)
