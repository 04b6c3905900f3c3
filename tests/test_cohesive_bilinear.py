"""The bilinear cohesive law: energies in every mode, end of the curve, parameters."""

import numpy as np
import pytest

from chemomech.physics.interfaces.cohesive import COHESIVE_LAWS, EffectiveParameters
from chemomech.physics.interfaces.cohesive.softening import BILINEAR
from chemomech.physics.interfaces.cohesive.viscosity import moments, viscous_excess
from cohesive import (  # fmt: skip
    ENERGY,
    EXPONENT,
    ONSET,
    SHEAR_ENERGY,
    SHEAR_ONSET,
    SHEAR_STRENGTH,
    STIFFNESS,
    STRENGTH,
    directions,
    dissipated_along,
    equal,
    mixed,
    segment_work,
    there_and_back,
    unequal,
    walked,
)
from compare import approx

FINAL, FINAL_SHEAR = 2 * ENERGY / STRENGTH, 2 * SHEAR_ENERGY / SHEAR_STRENGTH


@pytest.mark.parametrize("residual", [0.0, 1e-3])
@pytest.mark.parametrize("components", [2, 3])
def test_separation_dissipates_the_fracture_energy_on_any_path_with_equal_modes(
    components, residual
):
    """Breaks when a mixed path, with closing, sliding back and unloading, spends anything but
    G_c."""
    law, points = equal("bilinear", residual), 300
    corners = np.random.default_rng(components).uniform(-0.12, 0.12, (9, points, components))
    corners[0], corners[-1, :, 0] = 0.0, 0.25
    final = FINAL / (1 - residual)
    marks = np.broadcast_to([ONSET, final], (points, 2))
    dissipated, fracture, last = dissipated_along(law, corners, marks)
    assert np.all(last.history[:, 0] == 1.0)
    assert dissipated == approx(ENERGY, rel=1e-10)
    assert fracture == approx(ENERGY, rel=1e-12)


@pytest.mark.parametrize("rule", ["benzeggagh_kenane", "power_law"])
def test_separation_dissipates_the_mixed_energy_at_any_fixed_share(rule):
    """Breaks when a fixed mode share, with unloading and reloading, spends anything but G_c(B)."""
    law, share = unequal("bilinear", rule, residual=0.0), np.linspace(0.0, 1.0, 41)
    energy = mixed(rule, share, ENERGY, SHEAR_ENERGY)
    onset = np.sqrt(mixed(rule, share, ONSET**2, SHEAR_ONSET**2))
    final = 2 * energy / (STIFFNESS * onset)
    sizes = there_and_back(41, final, 7)
    dissipated, fracture, last = dissipated_along(
        law, sizes[..., None] * directions(share, 3, 1), np.stack([onset, final], axis=1)
    )
    assert np.all(last.history[:, 0] == 1.0)
    assert dissipated == approx(energy, rel=1e-10)
    assert fracture == approx(energy, rel=1e-12)


def test_dissipation_until_partial_damage():
    """Breaks when the closed form of a partial dissipation is not work less stored energy."""
    law, opening = unequal("bilinear", residual=0.0), np.array([[0.05, 0.04]])
    start = law.initial_history(np.zeros(1))
    onset = np.sqrt(mixed("benzeggagh_kenane", 16 / 41, ONSET**2, SHEAR_ONSET**2))
    work = segment_work(
        law, 0 * opening, opening, start, np.array([[onset / np.linalg.norm(opening)]])
    )
    response = law(opening, start, np.inf)
    assert 0.3 < response.history[0, 0] < 0.9
    assert response.fracture == approx(work - response.stored, rel=1e-12)


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_the_curve(share):
    """Breaks when the softening branch is not the straight line from the strength to the final
    opening."""
    law = unequal("bilinear", residual=0.0)
    onset = np.sqrt(mixed("benzeggagh_kenane", share, ONSET**2, SHEAR_ONSET**2))
    final = 2 * mixed("benzeggagh_kenane", share, ENERGY, SHEAR_ENERGY) / (STIFFNESS * onset)
    sizes = np.linspace(0, 1.3 * final, 60)
    path = sizes[:, None] * np.array([np.sqrt(1 - share), np.sqrt(share)])
    traction = np.linalg.norm(law(path, law.initial_history(np.zeros(60)), np.inf).traction, axis=1)
    expected = STIFFNESS * onset * np.interp(sizes, [0, onset, final], [0, 1, 0])
    assert traction == approx(expected, abs=1e-12 * STRENGTH)


@pytest.mark.parametrize("z", [1e-6, 9.9e-4, 1.1e-3, 0.3, 5.0, 599.0, 601.0, 1e9])
def test_moments_of_decay(z):
    """Breaks when the means of s and s^2 under a decaying growth are wrong, or their limits do not
    join."""
    nodes, weights = np.polynomial.legendre.leggauss(60)
    reach = min(1.0, 50.0 / z)
    s = 0.5 * reach * (1 + nodes)
    density = weights * np.exp(-z * s)
    expected = np.sum(density * s) / density.sum(), np.sum(density * s**2) / density.sum()
    assert moments(np.array(z)) == approx(expected, rel=1e-7)


def excess_by_small_steps(size, damage, step_over_viscosity):
    """int <lambda^2 - lambda(D)^2>/2 dD while lambda goes evenly and dD/ds = z <D_eq - D>,
    growth as given."""
    n, value = 40000, damage[0]
    sizes = size[0] + (size[1] - size[0]) * (np.arange(n) + 0.5) / n
    targets = BILINEAR.equilibrium(sizes, ONSET, ENERGY / STIFFNESS).damage
    values = [
        value := value + step_over_viscosity / n * max(target - value, 0.0) for target in targets
    ]
    values = damage[0] + (np.array([damage[0], *values]) - damage[0]) * (damage[1] - damage[0]) / (
        value - damage[0]
    )
    middle = 0.5 * (values[1:] + values[:-1])
    needed = BILINEAR.opening(middle, ONSET, ENERGY / STIFFNESS)
    excess = np.maximum(sizes**2 - needed**2, 0.0) * np.diff(values)
    return 0.5 * excess.sum()


@pytest.mark.parametrize(
    ("size", "start", "step_over_viscosity", "tolerance"),
    [
        ((0.0, 0.2), 0.0, 1.0, 0.02),
        ((0.0, 0.2), 0.0, 10.0, 0.1),
        ((0.04, 0.1), 0.1, 1.0, 0.03),
        ((0.0, 0.3), 0.9, 1.0, 0.03),
        ((0.0, 0.12), 0.9, 2.0, 0.1),
        ((0.2, 0.1), 0.3, 1.0, 0.02),
        ((0.4, 2.0), 0.9, 30.0, 0.1),
    ],
)
def test_viscous_dissipation_within_one_step(size, start, step_over_viscosity, tolerance):
    """Breaks when a single large step misjudges what its damage, held back, costs on the way."""
    target = BILINEAR.equilibrium(np.array(size[1]), ONSET, ENERGY / STIFFNESS).damage
    damage = (
        np.array(start),
        np.array(start + step_over_viscosity / (1 + step_over_viscosity) * (target - start)),
    )
    found = viscous_excess(
        BILINEAR,
        ONSET,
        ENERGY / STIFFNESS,
        damage,
        (np.array(size[0]), np.array(size[1])),
        step_over_viscosity,
    )
    assert found == approx(excess_by_small_steps(size, damage, step_over_viscosity), rel=tolerance)


def test_equal_damage_at_one_share_only():
    """Breaks when damage is not kept as the mode share changes: a change of share alone heals
    nothing."""
    law = unequal("bilinear")
    first, second = walked(law, np.array([[0.06, 0.0], [0.0, 0.06]]))
    assert second.history[0] == first.history[0] > 0.5
    assert second.fracture == 0.0


@pytest.mark.parametrize(
    "bad", [{"strength": 64.0}, {"shear_strength": 101.0}, {"stiffness": 200.0}]
)
def test_parameters_without_softening_branch_are_refused(bad):
    """Breaks when a snap-back of the law itself goes unnoticed, in either mode."""
    good = dict(
        stiffness=STIFFNESS, strength=STRENGTH, shear_strength=SHEAR_STRENGTH,
        fracture_energy=ENERGY, fracture_energy_shear=SHEAR_ENERGY, mode_mixity_exponent=EXPONENT,
    )  # fmt: skip
    EffectiveParameters(**good)
    for maker in (EffectiveParameters, COHESIVE_LAWS["bilinear"], COHESIVE_LAWS["exponential"]):
        with pytest.raises(ValueError, match="softening branch"):
            maker(**{**good, **bad})
