"""Conductors, hosts, reactions and bodies of plain numbers for the tests of currents."""

import numpy as np

from bodies import fill
from chemomech.fem.domain import build_domain
from chemomech.fem.operators import value_operator
from chemomech.models.chemical_parts import Conductor, Host, Surroundings
from chemomech.physics.bulk.swelling import FreeStrain, StressOnLithium
from chemomech.physics.electrochemistry import butler_volmer, diffusion
from chemomech.physics.electrochemistry.equilibrium import nmc811_chen2020
from chemomech.units.constants import FARADAY
from meshes import box, permuted
from rates import fitted_order

CAPACITY = 1.3  # C/m3
POINTS = 3  # of a facet


def conducts(kind, value=None):
    """Conductor of one conductivity; None: at the terminal's potential, or none."""
    return Conductor(kind, None if value is None else lambda temperature: value)


def linear(conductance, equilibrium=0.0):
    """i = chi g (jump - U)."""

    def law(jump, x, stress_at_fixed_x, conducting, around):
        return conducting * conductance * (jump - equilibrium), conducting * conductance, 0 * jump

    return law


def plain_flux(diffusivity):
    """F J = -D grad x."""

    def flux(x, slope, stress_at_fixed_x, stress_at_fixed_x_slope, temperature):
        unit = np.eye(slope.shape[-1]) * np.ones(x.shape)[..., None, None]
        return -diffusivity / FARADAY * slope, 0 * slope, -diffusivity / FARADAY * unit

    return flux


def host(flux):
    """A host of CAPACITY with a flux of its own."""
    return Host(CAPACITY / FARADAY, flux)


def around_of(model, conducting=1.0, stress_at_fixed_x=None):
    """Surroundings with the same conducting share everywhere, unless given by name of the
    interface."""
    shares = np.ones(
        (len(model.domain.all_interfaces()), POINTS if model.domain.dimension == 2 else 6)
    )
    for name, rows in model.domain.interface_slices().items():
        shares[rows] = conducting.get(name, 1.0) if isinstance(conducting, dict) else conducting
    return Surroundings(
        shares, np.zeros(model.size) if stress_at_fixed_x is None else stress_at_fixed_x
    )


def error_of(model, field, exact, region):
    """L2 norm of field - exact(x, y) over a region."""
    fine = value_operator(model.domain, model.space, model.domain.cells_of(region), 8)
    gap = fine(field)[..., 0] - exact(fine.points[..., 0], fine.points[..., 1])
    return np.sqrt(fine.integral(gap**2))


def check(name, sizes, errors, order, width, bound):
    """Assert a two-sided order and a bound on the last error."""
    found = fitted_order(sizes, errors)
    assert len(sizes) >= 3 and abs(found - order) <= width, (name, found, errors)
    assert errors[-1] < bound, (name, errors)


K = np.pi


def stacked(count, tops, jiggle=0.1, named=None):
    """Unit square of layers: region -> upper end. named: heights of interfaces by name."""

    def region(x):
        return next(name for name, top in tops.items() if x[1] < top)

    interfaces = {name: (lambda x, y=y: abs(x[1] - y) < 1e-9) for name, y in named.items()}
    return build_domain(
        permuted(box((count, count), region_of=region, interfaces=interfaces, jiggle=jiggle))
    )


def with_rest(points, current, exact_jump, strength=1.0):
    """i = g(X) sinh(2 jump) + what is left of the exact current: a law of the place, steep in the
    jump."""
    growing = strength * (1.0 + 0.5 * np.sin(3.0 * points[..., 0]))
    rest = current - growing * np.sinh(2.0 * exact_jump)

    def law(jump, x, stress_at_fixed_x, conducting, around):
        return growing * np.sinh(2.0 * jump) + rest, 2.0 * growing * np.cosh(2.0 * jump), 0 * jump

    return law


def diffusivity(x):
    """D(x), and its slope."""
    return 0.3 + 0.4 * x + 0.5 * x**2, 0.4 + 1.0 * x


def wave(height, k, q, base=0.0):
    """base + height cos(k x) cos(q (1 - y)), flat at x = 0, x = 1, y = 1: its value, gradient (...,
    2), Laplacian."""

    def value(x, y):
        return base + height * np.cos(k * x) * np.cos(q * (1.0 - y))

    def gradient(x, y):
        there = q * (1.0 - y)
        return height * np.stack(
            [-k * np.sin(k * x) * np.cos(there), q * np.cos(k * x) * np.sin(there)], axis=-1
        )

    return value, gradient, lambda x, y: -(k**2 + q**2) * (value(x, y) - base)


X, X_SLOPE, X_BEND = wave(0.2, K, 1.3, 0.45)
S, S_SLOPE, S_BEND = wave(0.6, K, 0.9)
FOLLOWS = -0.7  # of the stress when x changes


def stress_at_fixed_x(x, y):
    """What is handed over of the stress."""
    return S(x, y) - FOLLOWS * X(x, y)


def field(model, function, region):
    """Values (n,) of function(x, y) at the nodes of a region, zero elsewhere."""
    return np.nan_to_num(
        fill(model.domain, model.space, {region: lambda x: function(x[:, 0], x[:, 1])})
    )


C_MAX = 63104.0
# Swells more and more, then less: the stress on lithium bends in x. 100 GPa.
STRESSED = StressOnLithium(
    FreeStrain([0.0, 0.4, 0.8, 1.0], [0.0, 0.01, 0.06, 0.07], 0.6), C_MAX, 1e11
)


def diffuses(x, slope, stress_at_fixed_x, stress_at_fixed_x_slope, temperature):
    """Flux of the module `diffusion` for x = c/c_max, with a diffusivity that varies."""
    varying = lambda x: (1e-14 * np.exp(-x), -1e-14 * np.exp(-x))
    law = diffusion.Diffusion(varying, C_MAX, partial_molar_volume=1.0, temperature=temperature)
    pull, by_x, by_slope = STRESSED.gradient(x, slope, stress_at_fixed_x, stress_at_fixed_x_slope)
    here, d_c, d_slope, d_pull = diffusion.flux(law, C_MAX * x, C_MAX * slope, pull)
    drift = np.einsum("...ij,...j->...i", d_pull, by_x)
    return here, C_MAX * d_c + drift, C_MAX * d_slope + by_slope[..., None, None] * d_pull


def intercalates(jump, x, stress_at_fixed_x, conducting, around):
    """Butler-Volmer at NMC811 that swells, of the stress on its lithium."""
    law = butler_volmer.Intercalation(
        2.0, nmc811_chen2020, C_MAX, partial_molar_volume=1.0, temperature=around.temperature
    )
    stress, by_x = STRESSED.potential(x, stress_at_fixed_x)
    here = butler_volmer.intercalation_current(law, jump, C_MAX * x, stress, conducting, 1e-3)
    return here.current, here.by_jump, C_MAX * here.by_concentration + here.by_stress * by_x


def plates(jump, x, stress_at_fixed_x, conducting, around):
    """Butler-Volmer at lithium metal."""
    law = butler_volmer.Metal(10.0, temperature=around.temperature)
    return butler_volmer.metal_current(law, jump, 0 * jump, conducting, 1e-3)[:3]


def totals(model, state, around):
    """Current through each junction out of its electrode [A/m]."""
    return {
        name: junction.operator.integral(model.interface_current(state, around, name))
        for name, junction in model.junctions.items()
    }


def stored(model, stoichiometry):
    """Charge of the lithium in each host [C/m]."""
    values = model.capacity * model.value(stoichiometry)[..., 0] * model.value.weights
    return {name: values[rows].sum() for name, rows in model.host_rows.items()}


LLZO, LI6PS5CL = 0.046, 0.156  # conductivity [S/m]: 0.46 and 1.56 mS/cm
OHM_CM2 = 1e-4


def graded(t, edge):
    """0 to 1, half the mesh on either side of the contact's edge and refined towards it."""
    return np.where(t < 0.5, edge * (1 - (1 - 2 * t) ** 2), edge + (1 - edge) * (2 * t - 1) ** 2)
