"""Laws of the phase field at a point: splits of the energy, degradation, closed forms of a bar and
of a crack."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chemomech.physics.bulk import elasticity, phase_field
from compare import approx
from rates import check_order, taylor_order

SHEAR, BULK = 8.8e9, 15.1e9
SPLITS = pytest.mark.parametrize("split", phase_field.SPLITS)
COMPONENTS = pytest.mark.parametrize("components", [4, 6])
MODELS = pytest.mark.parametrize("model", phase_field.NORMALISATION)


def strains(components, seed=0, count=40):
    """Random strains, and those with equal principal values: none, dilatation, one axis, two axes,
    a turned axis."""
    random = np.random.default_rng(seed).standard_normal((count, components))
    special = np.zeros((8, components))
    special[1, :3], special[2, :3] = 1.0, -1.0
    special[3, 0], special[4, 1] = 1.0, -1.0
    special[5, :3], special[6, :3] = [1.0, 1.0, -1.0], [-1.0, -1.0, 1.0]
    special[7, :2], special[7, 3] = 0.5, 1.0
    return 1e-3 * np.concatenate([random, special])


def split_at(strain, split):
    return phase_field.split_energy(strain, SHEAR, BULK, split)


@SPLITS
@COMPONENTS
def test_both_parts_make_the_elastic_energy(split, components):
    """A part lost or counted twice would change the elasticity of the intact material."""
    strain = strains(components)
    both, stiffness = split_at(strain, split), elasticity.stiffness(SHEAR, BULK, components)
    stress = strain @ stiffness
    energy = 0.5 * np.einsum("ni,ni->n", stress, strain)
    np.testing.assert_allclose(both.active + both.passive, energy, rtol=1e-12, atol=1e-9)
    np.testing.assert_allclose(
        both.degraded + both.undegraded, stress, atol=1e-12 * np.abs(stress).max()
    )
    whole = both.degraded_tangent + both.undegraded_tangent
    np.testing.assert_allclose(
        whole, np.broadcast_to(stiffness, whole.shape), atol=1e-12 * stiffness.max()
    )
    assert both.active.min() >= 0.0 and both.passive.min() >= 0.0


@SPLITS
@COMPONENTS
def test_stresses_and_tangents_are_derivatives(split, components):
    """Second-order Taylor remainders of energy and stress; a wrong share between principal axes
    leaves first order."""
    random = np.random.default_rng(3)
    # Away from where a principal strain or the dilatation changes its sign: there is no derivative.
    strain = 1e-3 * random.standard_normal((30, components))
    direction = 1e-3 * random.standard_normal(strain.shape)
    here = split_at(strain, split)
    for energy, stress, tangent in (
        ("active", "degraded", "degraded_tangent"),
        ("passive", "undegraded", "undegraded_tangent"),
    ):
        slope = np.einsum("ni,ni->n", getattr(here, stress), direction)
        change = np.einsum("nij,nj->ni", getattr(here, tangent), direction)
        steps = np.geomspace(1e-3, 1e-5, 5)
        along = lambda h, name=energy: getattr(split_at(strain + h * direction, split), name)
        if np.any(slope):
            check_order("Taylor remainder", steps, _remainders(along, slope, steps))
        steps = np.geomspace(1e-2, 1e-4, 5)
        along = lambda h, name=stress: getattr(split_at(strain + h * direction, split), name)
        remainders = _remainders(along, change, steps)
        scale = np.linalg.norm(change)
        if split == "spectral":
            order = taylor_order(along, change, steps)
            assert abs(order - 2.0) < 0.15, order
        else:
            assert max(remainders) < 1e-10 * scale + 1e-6


def _remainders(function, derivative, steps):
    base = function(0.0)
    return [np.linalg.norm(function(h) - base - h * derivative) for h in steps]


@COMPONENTS
def test_spectral_tangent_at_equal_principal_strains(components):
    """Two principal strains that are equal, or nearly so, must give one tangent: every uniaxial
    test meets that 0/0.

    Both signs clear of zero, so that the derivative exists; central differences of the stress."""
    base = np.zeros(components)
    base[:3] = [2e-3, 2e-3, -1e-3]
    for gap in (0.0, 1e-18, 1e-12, 1e-8):
        strain = base.copy()
        strain[1] += gap
        tangent = split_at(strain, "spectral").degraded_tangent
        assert np.all(np.isfinite(tangent))
        size = 1e-7
        for column in range(components):
            move = size * np.eye(components)[column]
            ahead, behind = (
                split_at(strain + sign * move, "spectral").degraded for sign in (1, -1)
            )
            np.testing.assert_allclose(
                (ahead - behind) / (2 * size), tangent[:, column], atol=1e-5 * BULK
            )
        np.testing.assert_allclose(tangent, tangent.T, atol=1e-9 * BULK)


@COMPONENTS
def test_what_drives_cracks(components):
    """Pressure drives none; shear drives all of the volumetric-deviatoric split and half of the
    spectral one; pulling along one axis drives all of the spectral one but what Poisson's ratio
    presses."""
    pressed = np.zeros(components)
    pressed[:3] = -1e-3
    for split in ("volumetric_deviatoric", "spectral"):
        found = split_at(pressed, split)
        assert found.active == approx(0.0, abs=1e-9) and np.abs(found.degraded).max() < 1e-3
        assert split_at(-pressed, split).passive == approx(0.0, abs=1e-9)
    sheared = np.zeros(components)
    sheared[3] = 2e-3
    energy = 0.5 * SHEAR * sheared[3] ** 2
    assert split_at(sheared, "volumetric_deviatoric").active == approx(energy)
    assert split_at(sheared, "spectral").active == approx(0.5 * energy)
    squeezed = np.zeros(components)
    squeezed[0] = -1e-3
    assert split_at(squeezed, "spectral").active == approx(0.0, abs=1e-9)
    assert split_at(squeezed, "volumetric_deviatoric").active == approx(2 / 3 * SHEAR * 1e-6)
    assert split_at(squeezed, "none").passive == 0.0


@SPLITS
@given(angle=st.floats(0.0, 2 * np.pi))
def test_splits_know_no_direction(split, angle):
    """The energies of a strain do not change when the body is turned."""
    strain = strains(4)
    c, s = np.cos(angle), np.sin(angle)
    xx, yy, zz, xy = strain.T
    turned = np.stack(
        [c * c * xx + s * s * yy + s * c * xy, s * s * xx + c * c * yy - s * c * xy, zz,
         2 * s * c * (yy - xx) + (c * c - s * s) * xy], axis=1,
    )  # fmt: skip
    one, other = split_at(strain, split), split_at(turned, split)
    np.testing.assert_allclose(one.active, other.active, atol=1e-9 * one.active.max())
    np.testing.assert_allclose(one.passive, other.passive, atol=1e-9 * one.active.max())


@MODELS
def test_a_crack_costs_its_toughness(model):
    """int (G_c/c_w)(w(d)/l + l d'^2) dx over the profile is G_c: the constant c_w belongs to w."""
    length = 2e-6
    x, step = np.linspace(0.0, 40 * length, 400001, retstep=True)
    d = phase_field.profile(x, length, model)
    density = (
        phase_field.local_dissipation(d, model)[0] / length + length * np.gradient(d, step) ** 2
    )
    assert 2 * np.trapezoid(density, dx=step) / phase_field.normalisation(model) == approx(
        1.0, abs=1e-4
    )


@MODELS
def test_homogeneous_response_minimises_and_peaks(model):
    """The closed forms fit each other: d minimises the energy of a point, and its stress peaks at
    critical_stress."""
    young, toughness, length = 22e9, 2.5, 1e-6
    peak = phase_field.critical_stress(young, toughness, length, model)
    strain = np.linspace(0.01, 4.0, 8000) * peak / young
    d = phase_field.homogeneous_damage(strain, young, toughness, length, model)
    c_w = phase_field.normalisation(model)
    slope = (
        phase_field.local_dissipation(d, model)[1] * toughness / (c_w * length)
        - (1 - d) * young * strain**2
    )
    inside = d > 0
    assert (
        np.abs(slope[inside]).max() < 1e-9 * toughness / length
        and slope[~inside].min(initial=0.0) >= 0.0
    )
    stress = phase_field.degradation(d, 0.0) * young * strain
    assert stress.max() == approx(peak, rel=1e-3)
    assert phase_field.homogeneous_damage(0.0, young, toughness, length, model) == 0.0


@MODELS
def test_slopes_of_the_dissipation(model):
    """w, w' and w'' fit, and w runs from 0 to 1."""
    d = np.linspace(0.1, 0.9, 9)
    _value, slope, curvature = phase_field.local_dissipation(d, model)
    ahead, behind = (phase_field.local_dissipation(d + h, model) for h in (1e-5, -1e-5))
    np.testing.assert_allclose((ahead[0] - behind[0]) / 2e-5, slope, rtol=1e-8)
    np.testing.assert_allclose((ahead[1] - behind[1]) / 2e-5, curvature, atol=1e-6)
    assert (
        phase_field.local_dissipation(0.0, model)[0] == 0.0
        and phase_field.local_dissipation(1.0, model)[0] == 1.0
    )


@MODELS
def test_correction_undoes_the_mesh(model):
    """A crack on cells that were given the corrected toughness costs the toughness: 3h/(8l) of AT1,
    h/(2l) of AT2."""
    given_to_cells = phase_field.corrected_toughness(9.7, 0.5e-6, 1e-6, model)
    assert phase_field.numerical_toughness(given_to_cells, 0.5e-6, 1e-6, model) == approx(9.7)
    share = {"AT1": 3 / 16, "AT2": 1 / 4}[model]
    assert phase_field.numerical_toughness(1.0, 0.5e-6, 1e-6, model) == approx(1 + share)


@given(
    name=st.text(max_size=8).filter(lambda name: name not in ("AT1", "AT2", *phase_field.SPLITS))
)
def test_unknown_names_are_refused(name):
    """A misspelt model or split must say what there is, never fall back on another."""
    for call in (
        lambda: phase_field.normalisation(name),
        lambda: phase_field.critical_stress(1.0, 1.0, 1.0, name),
        lambda: phase_field.split_energy(np.zeros((1, 4)), 1.0, 1.0, name),
    ):
        with pytest.raises(ValueError, match="known: "):
            call()
