"""An edge flaw of plain numbers and sites along an interface."""

from dataclasses import fields, replace

import numpy as np

from chemomech.analysis.penetration import FlawInputs, Sites
from chemomech.analysis.scatter import UncertaintyInputs
from chemomech.physics.fracture.population import FlawPopulation

INPUTS = FlawInputs(
    depth=10e-6,
    population=FlawPopulation(density=1e9, depth_scale=2e-6, depth_shape=2.0, aspect=0.0),
    area=1e-6,
    toughness=0.23e6,
    young_modulus=18.5e9,
    poisson_ratio=0.3,
    molar_volume=13e-6,
)


def changed(inputs, **changes):
    """The same inputs, some of them changed, those of the population by their own names."""
    ours = {each.name for each in fields(FlawPopulation)} & changes.keys()
    population = replace(inputs.population, **{name: changes.pop(name) for name in ours})
    return replace(inputs, population=population, **changes)


def sites(
    pressure=((5e6, 1e6), (2e6, 1e6)),
    overpotential=((2e-3, 1e-3), (0.0, 0.0)),
    lateral=0.0,
    current=(10.0, 0.0),
):
    """Two sites at two times: while lithium plates at 10 A/m2, and while it does not."""
    return Sites(
        weight=np.array([0.25, 0.75]),
        profile_depth=np.linspace(0, 60e-6, 5),
        contact_pressure=np.array(pressure),
        conducting_fraction=np.ones((2, 2)),
        overpotential=np.array(overpotential),
        lateral_stress=np.full((2, 2, 5), lateral),
        current_density=np.array(current),
        time=np.array([60.0, 120.0]),
    )


def edge(pressure, depth=10e-6):
    """Stress intensity factor of an edge flaw under pressure inside [Pa m^0.5]."""
    return 1.1215 * pressure * np.sqrt(np.pi * depth)


def certain(**changes):
    """Uncertainties of which none matters, changed as said."""
    values = dict(
        samples=40,
        fracture_toughness=0.0,
        anode_resistance=1.0,
        lithium_hardness=1.0,
        flaw_depth=1.0,
        seed=3,
        contact_law="plastic",
        conforming_pressure=20e6,
    )
    return UncertaintyInputs(**{**values, **changes})
