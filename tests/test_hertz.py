r"""Hertz: a paraboloid pressed on a half-space, in plane strain (per length) and axisymmetric,
against closed form.

    line    a = sqrt(4 P R/(pi E*)),      p = 2 P/(pi a) sqrt(1 - x^2/a^2),
    point   a = (3 F R/(4 E*))^(1/3),     p = 3 F/(2 pi a^2) sqrt(1 - r^2/a^2),    approach a^2/R,

1/E* = 2 (1 - nu^2)/E for two equal bodies. Both have flat faces; the gap x^2/(2 R) between them is
a thickness that was stripped (negative growth, per point). The penalty is 3 E/h, so its overlap
falls with the mesh size h. Each body is a square of side S. Its finite size changes the half-width
at a given force by 0.22 (a/S)^2 for the line (measured at S = 5 a and 10 a), here 0.06 %; it
changes the approach by a share of the order of a/S.

Source: Johnson, Contact Mechanics (1985).
"""

import numpy as np
import pytest

from bodies import body_of, bulk_of, face_nodes, laws_of, reaction
from chemomech.fem.domain import build_domain
from chemomech.models.mechanics import Load
from chemomech.simulation.newton import NewtonOptions, step
from compare import approx
from meshes import box, mapped
from rates import check_order

YOUNG, POISSON, RADIUS, WIDTH = 22e9, 0.37, 1e-3, 1e-5  # WIDTH: a expected of the approach, roughly
CONTACT_MODULUS = YOUNG / (2 * (1 - POISSON**2))
FINE = 1.5 * WIDTH  # the mesh is even up to here


def graded(count, side, ratio=1.3):
    """Places of nodes from 0 to `side`: `count` even elements up to FINE, then ever larger ones."""
    size, far = FINE / count, [FINE]
    while far[-1] < side:
        size *= ratio
        far.append(far[-1] + size)
    far = FINE + (np.array(far) - FINE) * (side - FINE) / (far[-1] - FINE)
    return np.concatenate([np.linspace(0, FINE, count + 1), far[1:]])


def two_blocks(count, side, axisymmetric):
    """Two squares that touch along y = 0, half of the plane; the upper one's top is pushed down by
    the travel."""
    place = graded(count, side)
    m = len(place) - 1
    grid = box((m, 2 * m), (m, 2 * m), lambda x: "lower" if x[1] < m else "upper")

    def stretch(x):
        along = lambda s: np.sign(s) * np.interp(np.abs(s), np.arange(m + 1), place)
        return np.stack([along(x[:, 0]), along(x[:, 1] - m)], axis=1)

    domain = build_domain(mapped(grid, stretch))
    faces = tuple(domain.interfaces)

    def held(space):
        dofs = {2 * node: 0.0 for node in face_nodes(domain, space, "left")}
        dofs |= {2 * node + 1: 0.0 for node in face_nodes(domain, space, "bottom")}
        return dofs | {2 * node + 1: -1.0 for node in face_nodes(domain, space, "top")}

    laws = laws_of(domain, 3 * YOUNG * count / FINE, residual=0.0, debonded=faces)
    return body_of(
        domain, bulk_of(domain, YOUNG, POISSON), laws, held, faces, axisymmetric=axisymmetric
    )


def pressed(count, axisymmetric, side=20 * WIDTH):
    """Body and state under a travel that makes a half-width of about WIDTH; the radii of the
    interface points."""
    body = two_blocks(count, side, axisymmetric)
    radius = body.jump.points[..., 0]
    travel = WIDTH**2 / RADIUS * (1 if axisymmetric else 2)
    load = Load(prescribed_displacement=travel, imposed_opening=-(radius**2) / (2 * RADIUS))
    result = step(body, body.initial_state(), load, NewtonOptions(1e-9, 40))
    assert result.converged, result.reason
    return body, result.state, radius


def hertz(force, axisymmetric):
    """Half-width [m] and largest pressure [Pa] of a force per length [N/m] or a force [N]."""
    if axisymmetric:
        width = (3 * force * RADIUS / (4 * CONTACT_MODULUS)) ** (1 / 3)
        return width, 3 * force / (2 * np.pi * width**2)
    width = np.sqrt(4 * force * RADIUS / (np.pi * CONTACT_MODULUS))
    return width, 2 * force / (np.pi * width)


@pytest.mark.parametrize("axisymmetric", [False, True])
def test_pressure_and_width_of_the_contact(axisymmetric):
    """Breaks when the contact's edge, its pressure or the force balance is off, or a growth per
    point is."""
    counts, widths, pressures = (8, 16, 32), [], []
    for count in counts:
        body, state, radius = pressed(count, axisymmetric)
        pressure, weights = -state.traction[..., 0], body.jump.weights
        force = np.sum(weights * pressure) * (1 if axisymmetric else 2)
        assert force == approx(reaction(body, state) * (1 if axisymmetric else 2), rel=1e-7)
        width, peak = hertz(force, axisymmetric)
        assert width == approx(WIDTH, rel=0.03)
        profile = peak * np.sqrt(np.maximum(1 - (radius / width) ** 2, 0.0))
        # Of the profile the mean of x^2 is a^2/4, that of r^2 over the disc 2 a^2/5.
        moment = np.sum(weights * pressure * radius**2) / np.sum(weights * pressure)
        widths.append(np.sqrt(moment * (2.5 if axisymmetric else 4.0)) / width - 1)
        inner = radius < 0.7 * width
        pressures.append(np.abs(pressure - profile)[inner].max() / peak)
        assert (
            np.sqrt(np.sum(weights * (pressure - profile) ** 2) / np.sum(weights * profile**2))
            < 0.6 / count
        )
        # The edge lies between two points of the interface.
        assert radius[pressure > 0].max() == approx(width, abs=FINE / count)
        assert np.all(pressure >= 0) and np.all(
            state.opening[..., 0][radius > width + FINE / count] > 0
        )
    check_order("Hertz half-width", 1 / np.array(counts), widths)
    check_order("Hertz pressure", 1 / np.array(counts), pressures)
    assert 0.002 < widths[-1] < 0.005 and 0.001 < pressures[-1] < 0.007


def test_approach_of_a_sphere():
    """Breaks when an axisymmetric body is too stiff or too soft: F = 4/3 E* sqrt(R) d^(3/2).

    The penalty's share of the approach falls with the mesh size and is extrapolated; what is left
    falls with a/S.
    """
    exact = 4 / 3 * CONTACT_MODULUS * np.sqrt(RADIUS) * (WIDTH**2 / RADIUS) ** 1.5
    errors, sides = [], np.array([5, 10, 20])
    for side in sides:
        coarse, fine = (reaction(*pressed(count, True, side * WIDTH)[:2]) for count in (12, 24))
        assert 0.002 < fine / coarse - 1 < 0.012
        errors.append((2 * fine - coarse) / exact - 1)
    check_order("Hertz domain size", 1 / sides, errors)
    assert 0.02 < errors[-1] < 0.04
