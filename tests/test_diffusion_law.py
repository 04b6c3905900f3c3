"""Flux of lithium in active material: equilibrium under stress, derivatives, limits and
refusals."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chemomech.physics.electrochemistry import diffusion, equilibrium
from chemomech.units.constants import FARADAY, GAS_CONSTANT
from compare import approx
from rates import EXPECTED, taylor_order

T, C_MAX, OMEGA, D = 310.0, 63104.0, 4.566e-6, 7e-15
TABLE = diffusion.diffusivity_table([0.2, 0.5, 0.9], [1e-15, 2e-14, 3e-15])
NMC = equilibrium.nmc811_chen2020
# A fit that turns over beyond x = 0.5: the floor has to hold.
STEP = equilibrium.from_table([0.1, 0.45, 0.5, 0.95], [4.0, 3.95, 3.9499, 3.4])


def fick(**others):
    """Constant-diffusivity law."""
    return diffusion.Diffusion(D, C_MAX, partial_molar_volume=OMEGA, temperature=T, **others)


def thermodynamic(equilibrium_=NMC, diffusivity=D, floor=0.01, **others):
    """Law with the thermodynamic factor of a potential."""
    return diffusion.Diffusion(
        diffusivity,
        C_MAX,
        "thermodynamic",
        OMEGA,
        T,
        equilibrium=equilibrium_,
        floor=floor,
        **others,
    )


LAWS = {
    "fick": fick(activation_energy=30e3),
    "fick table": diffusion.Diffusion(TABLE, C_MAX, "fick", OMEGA, T, 30e3),
    "fick function": diffusion.Diffusion(
        lambda x: (D * (1.0 + x**2), 2.0 * D * x), C_MAX, "fick", OMEGA, T, 30e3
    ),
    "NMC811": thermodynamic(activation_energy=30e3),
    "NMC811 table": thermodynamic(diffusivity=TABLE),
    "plateau": thermodynamic(equilibrium.plateau(3.42)),
    "held by the floor": thermodynamic(STEP, floor=0.5),
    "floor half": thermodynamic(equilibrium.plateau(3.42), floor=0.07),
}


def gradients(dimension, count=1):
    """Gradients of a particle 5 um wide: concentration [mol/m4] and stress [Pa/m]."""
    rng = np.random.default_rng(5)
    return rng.uniform(-1, 1, (count, dimension)) * 2e9, rng.uniform(
        -1, 1, (count, dimension)
    ) * 5e13


def check_taylor(function, derivative, scale):
    """Second-order remainder of an array function of a change; none where it is a straight line."""
    steps = scale / 2.0 ** np.arange(1, 7)
    straight = [np.linalg.norm(function(h) - function(0.0) - h * derivative) for h in steps]
    if max(straight) <= 1e-13 * np.linalg.norm(function(scale)):
        assert np.linalg.norm(derivative) * scale > 1e-6 * np.linalg.norm(
            function(scale)
        ) or not np.any(derivative)
        return
    expected, distance = EXPECTED["Taylor remainder"]
    assert abs(taylor_order(function, derivative, steps) - expected) <= distance


@pytest.mark.parametrize("dimension", [2, 3])
@pytest.mark.parametrize("x", [-0.1, 0.28, 0.47, 0.7, 0.88, 1.05])
@pytest.mark.parametrize("name", sorted(LAWS))
def test_derivatives(name, x, dimension):
    """Breaks when a term of a derivative is missing, doubled or of the wrong sign, in any mobility
    or regime."""
    law, c = LAWS[name], np.array([x * C_MAX])
    slope, push = gradients(dimension)
    now = diffusion.flux(law, c, slope, push)
    check_taylor(
        lambda h: diffusion.flux(law, c + h, slope, push).flux, now.by_concentration, 0.01 * C_MAX
    )
    for along in np.eye(dimension):
        check_taylor(
            lambda h, e=along: diffusion.flux(law, c, slope + h * e, push).flux,
            now.by_gradient @ along,
            1e9,
        )
        check_taylor(
            lambda h, e=along: diffusion.flux(law, c, slope, push + h * e).flux,
            now.by_stress_gradient @ along,
            1e13,
        )


def test_no_flux_of_a_uniform_stress_free_solid():
    """Breaks when lithium flows without a gradient."""
    for law in LAWS.values():
        assert not np.any(
            diffusion.flux(law, np.array([0.4 * C_MAX]), np.zeros((1, 3)), np.zeros((1, 3))).flux
        )


def test_fick_without_stress():
    """Breaks when the flux is not -D grad c, downhill."""
    slope, _ = gradients(3, 4)
    now = diffusion.flux(
        diffusion.Diffusion(D, C_MAX), np.linspace(0.1, 0.9, 4) * C_MAX, slope, 0 * slope
    )
    assert now.flux == approx(-D * slope, rel=1e-14, abs=0)
    assert not np.any(now.by_concentration) and not np.any(now.by_stress_gradient)


@pytest.mark.parametrize("name", ["fick", "NMC811", "NMC811 table", "plateau"])
def test_lithium_moves_to_where_the_material_is_stretched(name):
    """Breaks when the stress drift points the wrong way or has another mobility than D/RT, times c
    (1 - x) Omega."""
    law, x = LAWS[name], 0.6
    _, push = gradients(3)
    now = diffusion.flux(law, np.array([x * C_MAX]), 0 * push, push).flux
    tracer = diffusion.diffusivity(law, x)[0]
    expected = tracer / (GAS_CONSTANT * T) * OMEGA * C_MAX * x * (1 - x) * push
    assert now == approx(expected, rel=1e-13, abs=0)
    assert np.sum(now * push) > 0.0


@pytest.mark.parametrize("x", [0.3, 0.6, 0.85])
def test_rest_where_the_potential_under_stress_is_uniform(x):
    """Breaks when flux and interface disagree about equilibrium: uniform U + Omega sigma_h/F must
    mean no flux."""
    push = np.array([[3e13, -1e13]])
    for law, potential in (
        (LAWS["NMC811"], NMC),
        (LAWS["NMC811 table"], NMC),
        (LAWS["plateau"], equilibrium.plateau(3.42)),
        (LAWS["fick"], equilibrium.plateau(3.0, 1.0, T)),
    ):
        # grad U = U' grad c / c_max = -Omega grad sigma_h / F
        slope = -OMEGA * push / FARADAY * C_MAX / potential(x).slope
        if law is LAWS["plateau"]:
            slope = (
                -OMEGA
                * push
                / FARADAY
                * C_MAX
                / equilibrium.plateau(3.42, 10.0, T)(x).slope
                * T
                / 298.15
            )
        drift = diffusion.flux(law, np.array([x * C_MAX]), 0 * slope, push).flux
        both = diffusion.flux(law, np.array([x * C_MAX]), slope, push).flux
        assert np.max(np.abs(both)) <= 1e-12 * np.max(np.abs(drift))


@given(st.floats(0.26, 0.95), st.integers(0, 2**31))
def test_second_law(x, seed):
    """Breaks when lithium flows up its chemical potential: -J . grad mu, the dissipation, must not
    be negative."""
    rng = np.random.default_rng(seed)
    slope, push = rng.normal(size=(2, 1, 3)) * np.array([2e9, 5e13])[:, None, None]
    j = diffusion.flux(LAWS["NMC811"], np.array([x * C_MAX]), slope, push).flux
    grad_mu = -FARADAY * NMC(x).slope * slope / C_MAX - OMEGA * push
    assert -np.sum(j * grad_mu) >= -1e-12 * np.linalg.norm(j) * np.linalg.norm(grad_mu)


def test_thermodynamic_factor_multiplies_the_tracer():
    """Breaks when the chemical diffusivity is not D Theta, far above D in NMC811, D itself in an
    ideal solution."""
    x = 0.5
    slope, _ = gradients(2)
    now = diffusion.flux(thermodynamic(), np.array([x * C_MAX]), slope, 0 * slope).flux
    theta = equilibrium.thermodynamic_factor(NMC(x), x, T)[0]
    assert theta > 10.0
    assert now == approx(-D * theta * slope, rel=1e-13, abs=0)
    ideal = thermodynamic(equilibrium.plateau(3.0, 1.0, T))
    now = diffusion.flux(ideal, np.array([x * C_MAX]), slope, 0 * slope).flux
    assert now == approx(-D * slope, rel=1e-12, abs=0)


def test_floor():
    """Breaks when the smooth maximum is not C1, not the factor above twice the floor, or below the
    floor."""
    theta = np.linspace(-1.0, 1.0, 2001)
    value, slope = diffusion._raise_to_floor((theta, np.ones_like(theta)), 0.25)
    assert np.all(value >= 0.25) and np.all(value[theta <= 0] == 0.25)
    assert value[theta > 0.5] == approx(theta[theta > 0.5])
    assert np.diff(value) == approx(0.5 * (slope[1:] + slope[:-1]) * 1e-3, abs=1e-6)
    assert np.max(np.abs(np.diff(slope))) < 3e-3


def test_temperature():
    """Breaks when the activation energy does not act on the diffusivity, or its sign is wrong."""
    hot = diffusion.Diffusion(D, C_MAX, temperature=340.0, activation_energy=30e3)
    expected = D * np.exp(-30e3 / GAS_CONSTANT * (1 / 340.0 - 1 / 298.15))
    assert diffusion.diffusivity(hot, np.array([0.5]))[0] == approx(expected, rel=1e-13, abs=0)
    assert expected > D


def test_diffusivity_table():
    """Breaks when points are missed, D turns negative between them, or its ends are not held."""
    value, slope = TABLE(np.array([0.2, 0.5, 0.9, 0.0, 1.0]))
    assert value == approx([1e-15, 2e-14, 3e-15, 1e-15, 3e-15], rel=1e-12, abs=0)
    assert not np.any(slope[3:])
    fine, fine_slope = TABLE(np.linspace(0.2, 0.9, 4001))
    assert fine.min() >= 0.999e-15 and fine.max() <= 2.001e-14
    assert np.diff(fine) == approx(0.5 * (fine_slope[1:] + fine_slope[:-1]) * 0.7 / 4000, abs=1e-20)
    steep = diffusion.diffusivity_table([0.0, 0.1, 1.0], [1e-18, 1e-10, 1e-18])
    assert np.all(steep(np.linspace(0, 1, 500))[0] > 0)


@given(st.floats(-0.5, 1.5), st.sampled_from(sorted(LAWS)))
def test_outside_the_range_nothing_breaks(x, name):
    """Breaks when a trial outside 0 to c_max gives no number, stops diffusing, or is still pushed
    by stress."""
    slope, push = gradients(3)
    now = diffusion.flux(LAWS[name], np.array([x * C_MAX]), slope, push)
    for each in now:
        assert np.all(np.isfinite(each))
    assert np.all(np.diagonal(now.by_gradient[0]) < 0.0)
    if not 0.0 < x < 1.0:
        assert not np.any(now.by_stress_gradient)


@pytest.mark.parametrize("name", sorted(LAWS))
@pytest.mark.parametrize("end", [0.0, 1.0])
def test_flux_is_continuous_at_empty_and_full(end, name):
    """Breaks when the flux jumps as lithium runs out or sites do."""
    slope, push = gradients(2)
    c = (end + np.array([-1e-9, 0.0, 1e-9])) * C_MAX
    values = diffusion.flux(
        LAWS[name], c, np.repeat(slope, 3, axis=0), np.repeat(push, 3, axis=0)
    ).flux
    for beside in (values[0], values[2]):
        assert beside == approx(values[1], rel=1e-2, abs=0)


def test_points_and_materials_do_not_see_each_other():
    """Breaks when parameters per cell are broadcast wrongly over the points of the cells."""
    rng, shape = np.random.default_rng(6), (5, 3)
    c, push = rng.uniform(0.1, 0.9, shape) * C_MAX, rng.uniform(-1, 1, (*shape, 2)) * 1e13
    slope = rng.uniform(-1, 1, (*shape, 2)) * 1e9
    c_max, d, warm = (
        C_MAX * rng.uniform(1, 2, (5, 1)),
        D * rng.uniform(1, 2, (5, 1)),
        rng.uniform(290, 340, (5, 1)),
    )
    law = diffusion.Diffusion(d, c_max, "thermodynamic", OMEGA, warm, 20e3, NMC, 0.01)
    together = diffusion.flux(law, c, slope, push)
    for k in np.ndindex(shape):
        row = k[0]
        one = diffusion.Diffusion(
            d[row, 0], c_max[row, 0], "thermodynamic", OMEGA, warm[row, 0], 20e3, NMC, 0.01
        )
        alone = diffusion.flux(one, c[k][None], slope[k][None], push[k][None])
        for each, single in zip(together, alone, strict=True):
            assert each[k] == approx(single[0], rel=1e-12, abs=0)


@pytest.mark.parametrize(
    "fields, message",
    [
        ({"mobility": "darken"}, "no mobility 'darken'; known: fick, thermodynamic"),
        ({"mobility": "thermodynamic", "floor": 0.1}, "equilibrium: missing"),
        ({"mobility": "thermodynamic", "equilibrium": NMC}, "floor: missing"),
        ({"mobility": "thermodynamic", "equilibrium": NMC, "floor": 0.0}, "floor: given 0.0"),
        ({"equilibrium": NMC}, "equilibrium: not used"),
        ({"floor": 0.1}, "floor: not used"),
        ({"diffusivity": 0.0}, "diffusivity: given 0.0"),
        ({"maximum_concentration": -1.0}, "maximum_concentration: given -1.0"),
        ({"temperature": np.nan}, "temperature: given nan"),
    ],
)
def test_missing_unused_and_impossible_parameters_are_refused(fields, message):
    """Breaks when a law is accepted without what it needs, with what it ignores, or out of
    range."""
    with pytest.raises(ValueError, match=message):
        diffusion.Diffusion(**{"diffusivity": D, "maximum_concentration": C_MAX, **fields})


@pytest.mark.parametrize(
    "x, values, message",
    [
        ([0.5, 0.2], [1e-15, 2e-15], "must rise"),
        ([0.2, 0.5], [1e-15, 0.0], "positive"),
        ([0.2], [1e-15], "two or more"),
    ],
)
def test_bad_diffusivity_tables_are_refused(x, values, message):
    """Breaks when a table that cannot be interpolated is accepted."""
    with pytest.raises(ValueError, match=message):
        diffusion.diffusivity_table(x, values)
