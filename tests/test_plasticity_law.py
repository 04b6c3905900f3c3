"""Elasticity and the radial return of J2 plasticity at single points."""

import numpy as np
import pytest

from chemomech.physics.bulk import elasticity
from chemomech.physics.bulk.plasticity import radial_return
from compare import approx
from meshes import rotation
from rates import EXPECTED, taylor_order
from tensors import random_strain, tensor, voigt

YOUNG, POISSON, YIELD = 200.0, 0.3, 0.5
SHEAR, BULK = elasticity.shear_modulus(YOUNG, POISSON), elasticity.bulk_modulus(YOUNG, POISSON)
COMPONENTS = pytest.mark.parametrize("components", [4, 6])


def respond(strain, plastic=None, accumulated=0.0, hardening=20.0, yield_strength=YIELD):
    strain = np.asarray(strain, dtype=float)
    plastic = np.zeros_like(strain) if plastic is None else plastic
    numbers = (accumulated, SHEAR, BULK, yield_strength, hardening)
    return radial_return(strain, plastic, *(np.asarray(number, dtype=float) for number in numbers))


def test_elastic_constants():
    """Breaks when G, K or C is wrong: E and nu must come back from a uniaxial stress."""
    for components in (4, 6):
        compliance = np.linalg.inv(elasticity.stiffness(SHEAR, BULK, components))
        assert compliance[0, 0] == approx(1 / YOUNG)
        assert compliance[1:3, 0] == approx(-POISSON / YOUNG)
        assert compliance[3, 3] == approx(2 * (1 + POISSON) / YOUNG)


@COMPONENTS
def test_von_mises(components):
    """Breaks when shear counts once or three times: q is |s| in tension and sqrt(3) tau in
    shear."""
    stress = np.zeros((3, components))
    stress[0, 1], stress[1, 3], stress[2, :3] = -7.0, 2.0, 5.0
    assert elasticity.von_mises(stress) == approx([7.0, 2.0 * np.sqrt(3), 0.0], abs=1e-14)


@COMPONENTS
def test_elastic_below_yield(components):
    """Breaks when a point yields too early or its stress is not Hooke's."""
    strain = random_strain(components, 1, 1e-3)
    response = respond(strain)
    assert response.stress == approx(
        elasticity.stiffness(SHEAR, BULK, components) @ strain, rel=1e-13
    )
    assert response.tangent == approx(elasticity.stiffness(SHEAR, BULK, components), rel=1e-13)
    assert response.accumulated == response.work == 0.0
    assert elasticity.von_mises(respond(40 * strain, yield_strength=np.inf).stress) > 5 * YIELD


@pytest.mark.parametrize("hardening", [0.0, 20.0])
@pytest.mark.parametrize("plastic", [0.003, 0.05])
@COMPONENTS
def test_uniaxial_tension(components, plastic, hardening):
    """Breaks when the return misses sigma = sigma_y + H p at the strain sigma/E + p, -nu sigma/E -
    p/2."""
    stress = YIELD + hardening * plastic
    strain = np.zeros(components)
    strain[0], strain[1:3] = stress / YOUNG + plastic, -POISSON * stress / YOUNG - 0.5 * plastic
    response = respond(strain, hardening=hardening)
    assert response.stress == approx(stress * np.eye(components)[0], abs=1e-12)
    assert response.accumulated == approx(plastic, rel=1e-12)
    assert response.plastic_strain[:3] == approx([plastic, -plastic / 2, -plastic / 2], rel=1e-12)
    assert response.work == approx(YIELD * plastic + 0.5 * hardening * plastic**2, rel=1e-12)


@COMPONENTS
def test_stress_lies_on_the_yield_surface(components):
    """Breaks when the return stops off the surface, changes the volume or mismeasures the plastic
    strain."""
    for seed in range(5):
        response = respond(random_strain(components, seed, 0.02), accumulated=0.01)
        limit = YIELD + 20.0 * response.accumulated
        assert elasticity.von_mises(response.stress) == approx(limit, rel=1e-12)
        assert response.plastic_strain[:3].sum() == approx(0.0, abs=1e-15)
        grown = tensor(response.plastic_strain, engineering=True)
        assert response.accumulated - 0.01 == approx(np.sqrt(2 / 3 * np.sum(grown**2)), rel=1e-12)
        elastic = random_strain(components, seed, 0.02) - response.plastic_strain
        hooke = elasticity.stiffness(SHEAR, BULK, components) @ elastic
        assert response.stress == approx(hooke, rel=1e-11, abs=1e-13)


@COMPONENTS
def test_plastic_work_of_radial_loading(components):
    """Breaks when the reported work is not stress times plastic strain: exact along a ray, in any
    number of steps."""
    ray = random_strain(components, 2, 1.0)
    plastic, accumulated, reported, done = np.zeros(components), 0.0, 0.0, 0.0
    before = respond(0.0 * ray)
    for size in np.concatenate([[0.002], np.linspace(0.004, 0.05, 6)]):
        now = respond(size * ray, plastic, accumulated)
        onset = before.stress if accumulated > 0 else None
        if onset is not None:
            done += 0.5 * (onset + now.stress) @ (now.plastic_strain - plastic)
            reported += now.work
        plastic, accumulated, before = now.plastic_strain, now.accumulated, now
    assert accumulated > 0.01
    assert reported == approx(done, rel=1e-12)
    assert reported > 0


@COMPONENTS
@pytest.mark.parametrize("hardening", [0.0, 20.0])
def test_tangent_is_consistent(components, hardening):
    """Breaks when the tangent is not the derivative of the stress, with and without hardening and
    history."""
    plastic = respond(random_strain(components, 8, 0.01)).plastic_strain
    for seed in range(3):
        strain, along = (
            random_strain(components, seed, 0.02),
            random_strain(components, seed + 50, 0.01),
        )
        response = respond(strain, plastic, 0.004, hardening)
        assert response.accumulated > 0.004

        def stress(h, strain=strain, along=along):
            return respond(strain + h * along, plastic, 0.004, hardening).stress

        order = taylor_order(stress, response.tangent @ along, 0.2 / 2.0 ** np.arange(2, 8))
        expected, distance = EXPECTED["Taylor remainder"]
        assert abs(order - expected) <= distance
        assert response.tangent == approx(response.tangent.T, abs=1e-11)


def test_objectivity():
    """Breaks when a shear component is weighted wrongly: turning the axes must turn the stress."""
    turn = rotation(3, 1.1)
    strain = random_strain(6, 3, 0.02)
    plastic = respond(random_strain(6, 4, 0.01)).plastic_strain
    turned = [voigt(turn @ tensor(v, True) @ turn.T, True) for v in (strain, plastic)]
    plain, other = respond(strain, plastic, 0.003), respond(*turned, 0.003)
    expected = voigt(turn @ tensor(plain.stress, False) @ turn.T, False)
    assert other.stress == approx(expected, abs=1e-13)
    assert other.accumulated == approx(plain.accumulated, rel=1e-12)
    assert other.work == approx(plain.work, rel=1e-12)


def test_plane_strain_is_the_three_dimensional_law():
    """Breaks when four components and six disagree."""
    strain = random_strain(4, 5, 0.02)
    flat, full = respond(strain), respond(np.concatenate([strain, [0.0, 0.0]]))
    assert full.stress == approx(np.concatenate([flat.stress, [0.0, 0.0]]), abs=1e-14)
    assert full.tangent[:4, :4] == approx(flat.tangent, abs=1e-11)
