"""The closed forms of `spheres.py` against independent integration, and PyBaMM's sphere against
both."""

import json
from pathlib import Path

import numpy as np
import pytest
from scipy.integrate import quad, solve_ivp
from scipy.interpolate import CubicSpline

from chemomech.units.constants import FARADAY, GAS_CONSTANT
from compare import approx
from spheres import (
    CYLINDER,
    SPHERE,
    Solid,
    Uptake,
    concentration,
    cylinder_displacement,
    cylinder_stress,
    inner_mean,
    mean_concentration,
    quasi_steady_excess,
    quasi_steady_hoop,
    roots,
    sphere_displacement,
    sphere_stress,
    stress_drift,
)

BODY = Uptake(radius=5e-6, diffusivity=7e-15, flux=1.0 / FARADAY, start=17038.0)
NMC = Solid(molar_volume=4.566e-6, young=140e9, poisson=0.3)
UNSTRAINED = 12000.0  # mol/m3
DIFFUSION_TIME = BODY.radius**2 / BODY.diffusivity
BOTH = pytest.mark.parametrize("dimension", [SPHERE, CYLINDER], ids=["sphere", "cylinder"])

REFERENCE = json.loads((Path(__file__).parent / "references/pybamm_sphere.json").read_text())


def shells_of(count, times, uptake, dimension, drift=0.0, above=0.0):
    """Middles of `count` equal shells and c in them at `times`, by finite volumes and scipy's
    implicit integrator.

    N = -D (1 + drift (c - above)) dc/dr between shells; what has gone in is exact to rounding and
    the integrator.
    """
    edge = np.linspace(0, uptake.radius, count + 1)
    step, middle = edge[1], (edge[1:] + edge[:-1]) / 2
    area, volume = edge ** (dimension - 1), np.diff(edge**dimension) / dimension

    def rate(_, c):
        speed = uptake.diffusivity * (1 + drift * ((c[1:] + c[:-1]) / 2 - above))
        inward = np.concatenate([[0.0], speed * np.diff(c) / step, [uptake.flux]])
        return np.diff(area * inward) / volume

    start = np.full(count, uptake.start)
    found = solve_ivp(
        rate,
        (0, times[-1]),
        start,
        "LSODA",
        times,
        rtol=1e-9,
        atol=1e-6,
        lband=1,
        uband=1,
        max_step=times[-1] / 10,
    )
    assert found.success
    return middle, found.y


def stress_and_displacement(r, time, dimension):
    """Closed stress and radial displacement at r."""
    local, inner = (function(r, time, BODY, dimension) for function in (concentration, inner_mean))
    mean = mean_concentration(time, BODY, dimension)
    if dimension == SPHERE:
        moved = sphere_displacement(r, inner, mean, NMC, UNSTRAINED)
        return sphere_stress(local, inner, mean, NMC), moved
    moved = cylinder_displacement(r, inner, mean, NMC, UNSTRAINED)
    return cylinder_stress(local, inner, mean, NMC, UNSTRAINED), moved


def test_roots_are_complete():
    """Breaks when a mode is wrong, skipped or counted twice: each interval of length pi holds
    exactly one root."""
    beta = roots(3000, SPHERE)
    assert np.abs(np.sin(beta) / beta - np.cos(beta)).max() < 1e-10
    k = np.arange(1, 3001)
    assert np.all((beta > k * np.pi) & (beta < (k + 0.5) * np.pi))
    assert beta[0] == approx(4.493409, abs=1e-6)
    beta = roots(3000, CYLINDER)
    assert np.all((beta > k * np.pi) & (beta < (k + 0.25) * np.pi))
    assert beta[:2] == approx([3.831706, 7.015587], abs=1e-6)


@BOTH
def test_concentration_against_finite_volumes(dimension):
    """Breaks when any term of the series is wrong: finite volumes come to it with second order,
    early and late."""
    times = DIFFUSION_TIME * np.array([0.003, 0.03, 0.1, 0.5])
    errors, counts = [], (40, 80, 160)
    for count in counts:
        r, c = shells_of(count, times, BODY, dimension)
        exact = concentration(r[:, None], times, BODY, dimension)
        spread = np.ptp(exact, axis=0)
        errors.append((np.abs(c - exact) / spread).max(axis=0))
    order = np.polyfit(np.log(counts), np.log(errors), 1)[0]
    assert order == approx(-2.0, abs=0.15)
    assert np.max(errors[-1]) < 5e-4 and np.max(errors[-1][1:]) < 1e-4


@BOTH
@pytest.mark.parametrize("tau", [0.003, 0.1, 1.0])
def test_moments(dimension, tau):
    """Breaks when a mean inside a radius is not the mean of the concentration, or lithium is not
    conserved."""
    time = tau * DIFFUSION_TIME
    for x in (0.3, 1.0):
        r = x * BODY.radius
        integral = quad(
            lambda s: concentration(s, time, BODY, dimension) * s ** (dimension - 1),
            0,
            r,
            epsabs=0,
            epsrel=1e-11,
        )[0]
        assert inner_mean(r, time, BODY, dimension) == approx(
            integral * dimension / r**dimension, rel=1e-9
        )
    assert inner_mean(BODY.radius, time, BODY, dimension) == approx(
        mean_concentration(time, BODY, dimension), rel=1e-12
    )
    assert inner_mean(0.0, time, BODY, dimension) == approx(
        concentration(0.0, time, BODY, dimension)
    )


@BOTH
def test_early_surface_is_a_half_space(dimension):
    """Breaks when the series is cut too early: the surface starts as a half space does, 2 J
    sqrt(t/(pi D))."""
    tau = np.array([1e-6, 4e-6, 16e-6])
    time = tau * DIFFUSION_TIME
    rise = concentration(BODY.radius, time, BODY, dimension) - BODY.start
    excess = rise / (2 * BODY.flux * np.sqrt(time / (np.pi * BODY.diffusivity))) - 1
    # Curvature adds half the curvature times the depth: (n-1) J t/R/2 to first order.
    assert excess == approx((dimension - 1) * np.sqrt(np.pi * tau) / 4, rel=0.02)
    assert concentration(0.7 * BODY.radius, 0.0, BODY, dimension) == BODY.start
    with pytest.raises(ValueError, match="at least 1e-7"):
        concentration(BODY.radius, 1e-8 * DIFFUSION_TIME, BODY, dimension)


@BOTH
@pytest.mark.parametrize("tau", [0.01, 0.1, 1.0])
def test_stress_is_the_elastic_solution(dimension, tau):
    """Breaks when a coefficient of stress or displacement is wrong: Hooke's law, equilibrium and a
    free surface together have one solution. Derivatives are central differences."""
    time, h = tau * DIFFUSION_TIME, 1e-4 * BODY.radius
    r = np.linspace(0.05, 0.98, 25) * BODY.radius
    stress, moved = stress_and_displacement(r, time, dimension)
    ahead, behind = (stress_and_displacement(r + s, time, dimension) for s in (h, -h))
    chemical = NMC.molar_volume / 3 * (concentration(r, time, BODY, dimension) - UNSTRAINED)
    strain = np.array(
        [(ahead[1] - behind[1]) / (2 * h), moved / r, moved / r if dimension == SPHERE else 0 * r]
    )
    elastic = strain - chemical
    shear = NMC.young / (2 * (1 + NMC.poisson))
    lame = 2 * shear * NMC.poisson / (1 - 2 * NMC.poisson)
    size = np.abs(stress).max()
    assert np.array(stress) == approx(
        lame * elastic.sum(axis=0) + 2 * shear * elastic, abs=1e-6 * size
    )
    slope = (ahead[0].radial - behind[0].radial) / (2 * h)
    force = slope + (dimension - 1) * (stress.radial - stress.hoop) / r
    assert np.abs(force).max() < 1e-6 * size / BODY.radius
    surface, _ = stress_and_displacement(BODY.radius, time, dimension)
    assert abs(surface.radial) < 1e-9 * size


@BOTH
@pytest.mark.parametrize("tau", [0.01, 1.0])
def test_stress_balances_itself(dimension, tau):
    """Breaks when the stress carries a net force: the hoop stress over a half's cut sums to
    nothing."""
    time = tau * DIFFUSION_TIME

    def hoop(x):
        return stress_and_displacement(x * BODY.radius, time, dimension)[0].hoop * x ** (
            dimension - 2
        )

    whole = quad(lambda x: abs(hoop(x)), 0, 1, epsrel=1e-6, limit=200)[0]
    assert abs(quad(hoop, 0, 1, epsabs=1e-9 * whole, epsrel=0)[0]) < 1e-7 * whole
    centre, _ = stress_and_displacement(0.0, time, dimension)
    assert centre.radial == approx(centre.hoop, rel=1e-12)
    if dimension == SPHERE:
        x, weight = np.polynomial.legendre.leggauss(60)
        x = (x + 1) / 2
        stress, _ = stress_and_displacement(x * BODY.radius, time, dimension)
        assert abs(np.sum(weight * x**2 * stress.hydrostatic)) < 1e-9 * whole


def test_quasi_steady_sphere():
    """Breaks when the limit differs from the design's number: 450.7 MPa, compression outside,
    tension inside."""
    assert quasi_steady_hoop(BODY, NMC) == approx(-450.7e6, abs=0.05e6)
    centre, surface = (
        stress_and_displacement(r, 2 * DIFFUSION_TIME, SPHERE)[0] for r in (0.0, BODY.radius)
    )
    assert surface.hoop == approx(-450.7e6, abs=0.05e6)
    assert centre.radial == approx(-surface.hoop, rel=1e-12)
    assert centre.hydrostatic == approx(-surface.hoop, rel=1e-12)


def test_quasi_steady_cylinder():
    """Breaks when the plane-strain limit is wrong: 5/4 of the sphere's at the surface, half of that
    at the centre."""
    centre, surface = (
        stress_and_displacement(r, 2 * DIFFUSION_TIME, CYLINDER)[0] for r in (0.0, BODY.radius)
    )
    assert surface.hoop == approx(-450.7e6 * 15 / 12, rel=2e-4)
    assert surface.hoop == approx(quasi_steady_hoop(BODY, NMC, CYLINDER), rel=1e-12)
    assert centre.radial == approx(-surface.hoop / 2, rel=1e-12)


@BOTH
def test_quasi_steady_profile(dimension):
    """Breaks when the steady profile is not what the series goes to, or lithium leaving is not its
    mirror image."""
    r = np.linspace(0, 1, 7) * BODY.radius
    late = concentration(r, 2 * DIFFUSION_TIME, BODY, dimension)
    excess = late - mean_concentration(2 * DIFFUSION_TIME, BODY, dimension)
    assert excess == approx(quasi_steady_excess(r, BODY, dimension), abs=1e-9 * BODY.start)
    leaving = Uptake(BODY.radius, BODY.diffusivity, -BODY.flux, BODY.start)
    time = 0.05 * DIFFUSION_TIME
    both = concentration(r, time, leaving, dimension) + concentration(r, time, BODY, dimension)
    assert both == approx(2 * BODY.start)


@BOTH
def test_drift_is_the_gradient_of_hydrostatic_stress(dimension):
    """Breaks when theta is not what -c Omega/(R T) grad sigma_h adds to Fick's law."""
    time, h, temperature = 0.05 * DIFFUSION_TIME, 1e-4 * BODY.radius, 298.15
    r = np.array([0.3, 0.6, 0.9]) * BODY.radius
    pressures = [stress_and_displacement(r + s, time, dimension)[0].hydrostatic for s in (h, -h)]
    contents = [concentration(r + s, time, BODY, dimension) for s in (h, -h)]
    ratio = (
        -NMC.molar_volume
        / (GAS_CONSTANT * temperature)
        * np.subtract(*pressures)
        / np.subtract(*contents)
    )
    assert ratio == approx(stress_drift(NMC, temperature), rel=1e-6)


def test_reference_is_this_case():
    """Breaks when the stored run is of another sphere than the closed forms are evaluated for."""
    case = REFERENCE["case"]
    stored = (
        case["radius"],
        case["diffusivity"],
        case["current density"] / FARADAY,
        case["initial concentration"],
    )
    assert stored == approx((BODY.radius, BODY.diffusivity, BODY.flux, BODY.start))
    solid = (case["partial molar volume"], case["Young's modulus"], case["Poisson's ratio"])
    assert solid == approx((NMC.molar_volume, NMC.young, NMC.poisson))
    changes = [
        v
        for run in REFERENCE["change under refinement"].values()
        for v in run["twice the shells"].values()
    ]
    assert max(changes) < 5e-4


def check_stored(run, exact, mean, limit):
    """Assert that a stored run has the concentrations [time, radius] and the stresses that follow
    from them."""
    spread = np.abs(exact - mean[:, None]).max(axis=1)
    difference = np.abs(np.array(run["concentration"]) - exact).max(axis=1) / spread
    assert difference.max() < limit
    surface = sphere_stress(exact[:, -1], mean, mean, NMC).hoop
    centre = sphere_stress(exact[:, 0], exact[:, 0], mean, NMC).radial
    assert np.array(run["surface tangential stress"]) == approx(surface, rel=limit)
    assert np.array(run["centre radial stress"]) == approx(centre, rel=limit)


def test_pybamm_without_drift():
    """Breaks when PyBaMM's sphere and the closed form part by more than 0.02 % of the spread or of
    a stress."""
    times, x = np.array(REFERENCE["times"]), np.array(REFERENCE["r over R"])
    run = REFERENCE["runs"]["no drift"]
    mean = mean_concentration(times, BODY)
    check_stored(run, concentration(x * BODY.radius, times[:, None], BODY), mean, 2e-4)
    assert run["surface tangential stress"][-1] == approx(-450.7e6, rel=2e-4)


@pytest.mark.parametrize("name", ["drift", "drift above start"])
def test_pybamm_with_drift(name):
    """Breaks when theta, or where the drift's concentration is counted from, is not PyBaMM's:
    finite volumes."""
    run, times = REFERENCE["runs"][name], np.array(REFERENCE["times"], dtype=float)
    theta = stress_drift(NMC, REFERENCE["case"]["temperature"])
    r, c = shells_of(800, times, BODY, SPHERE, theta, run["c_free"])
    # Mirrored at the centre; the spline's last piece reaches the surface.
    spline = CubicSpline(np.concatenate([-r[::-1], r]), np.concatenate([c[::-1], c]))
    exact = spline(np.array(REFERENCE["r over R"]) * BODY.radius).T
    check_stored(run, exact, mean_concentration(times, BODY), 2e-4)
