r"""Current beside a void: it crowds at the rim of what still touches, as the exact field of a strip
says.

Strips of half-width a every 2b on a conductor, at one potential (w = sin(pi z/2b), as in
physics.contact.constriction):

    i(x)/mean = cos(pi x/2b)/sqrt(s^2 - sin^2(pi x/2b)), s = sin(pi a/2b), int_0^x = (2 b/pi)
      arcsin(sin(pi x/2b)/s).
"""

import numpy as np

from chemomech.analysis.contact import current_focusing
from chemomech.fem.domain import build_domain
from chemomech.models.chemical_parts import ELECTRONIC, IONIC, METAL, Drive
from chemomech.models.electrochemistry import Electrochemistry
from compare import approx
from currents import LI6PS5CL, OHM_CM2, around_of, conducts, graded, linear
from meshes import box, mapped

HALF_WIDTH, HALF_SPACING = 4e-6, 10e-6


def rim(interface, counts=(24, 16)):
    """(x of points, weights, current over its mean) of a face of which |x| < HALF_WIDTH touches;
    interface [ohm m2]."""
    height, n = 3.0 * HALF_SPACING, counts[-1]

    def place(x):
        y = x.copy()
        y[:, 0] = HALF_SPACING * graded(x[:, 0] / counts[0], HALF_WIDTH / HALF_SPACING)
        below, above = np.minimum(x[:, 1] - 1, 0.0), np.maximum(x[:, 1] - (n - 1), 0.0)
        y[:, 1] = height * (0.1 * (below + above) + np.clip((x[:, 1] - 1) / (n - 2), 0, 1) ** 2)
        return y

    def region(x):
        return "lithium" if x[1] < 1 else "active" if x[1] > n - 1 else "electrolyte"

    domain = build_domain(mapped(box(counts, np.array(counts, dtype=float), region), place))
    conductors = {
        "lithium": conducts(METAL),
        "electrolyte": conducts(IONIC, LI6PS5CL),
        "active": conducts(ELECTRONIC),
    }
    face, top = "lithium|electrolyte", 1e3 * LI6PS5CL / height
    laws = {face: ("lithium", linear(1 / interface)), "electrolyte|active": ("active", linear(top))}
    model = Electrochemistry(domain, conductors, {}, laws, "active", HALF_SPACING)
    operator = model.junctions[face].operator
    x = operator.points[..., 0]
    start, around = model.initial_state({}, 0.0), around_of(model, {face: x < HALF_WIDTH})
    mean = 1e-3 * LI6PS5CL / height
    end = model.solve(start, start.stoichiometry, 1.0, around, Drive(mean)).state
    return x, operator.weights, np.abs(model.interface_current(end, around, face)) / mean


def test_current_crowds_at_the_rim():
    """Breaks when current does not follow the field past a void, or enters where nothing touches:
    the share of the current that enters within a distance of the contact's middle, to 1.5 %."""
    x, weights, current = rim(1e-4 * HALF_WIDTH / LI6PS5CL)
    assert np.all(current[x > HALF_WIDTH] == 0.0)
    order = np.argsort(x.mean(axis=1))
    ends = np.cumsum(weights[order].sum(axis=1))
    share = np.cumsum((weights * current)[order].sum(axis=1)) / HALF_SPACING
    inside = ends < HALF_WIDTH * (1 + 1e-9)
    sine = np.sin(0.5 * np.pi * ends[inside] / HALF_SPACING) / np.sin(
        0.5 * np.pi * HALF_WIDTH / HALF_SPACING
    )
    exact = 2 / np.pi * np.arcsin(np.minimum(sine, 1.0))
    assert share[inside] == approx(exact, abs=0.015)
    # An even current would have 90 % of the contact carry 90 %: here a tenth of it at the rim
    # carries a third.
    tenth = np.interp(0.9 * HALF_WIDTH, ends, share)
    assert 1.0 - tenth == approx(
        1.0
        - 2
        / np.pi
        * np.arcsin(
            np.sin(0.45 * np.pi * HALF_WIDTH / HALF_SPACING)
            / np.sin(0.5 * np.pi * HALF_WIDTH / HALF_SPACING)
        ),
        abs=0.02,
    )


def test_slow_faces_do_not_crowd():
    """Breaks when the resistance of the face itself does not even the current out: lithium |
    Li6PS5Cl, 7.5 ohm cm2, has kappa R/a of 29, and the largest over the mean current is that of the
    lost area, to 4 %."""
    _x, weights, current = rim(7.5 * OHM_CM2)
    assert current_focusing(current, weights) == approx(HALF_SPACING / HALF_WIDTH, rel=0.04)
    crowded = rim(1e-4 * HALF_WIDTH / LI6PS5CL)[2]
    assert current_focusing(crowded, weights) > 3.0 * HALF_SPACING / HALF_WIDTH
