"""Where a step's Newton iteration ends, on forces of two unknowns with known equilibria."""

from types import SimpleNamespace

import numpy as np
import pytest

from chemomech.fem.linear import DirectSolver, constraints
from chemomech.simulation import newton as module
from chemomech.simulation.energy import EnergyAccount
from chemomech.simulation.newton import NewtonOptions, step
from compare import approx


def ended(monkeypatch, force, slope, start, symmetric=False, patience=0):
    """Displacement (2,) and iterations of a step with force(q) (2,) and its derivative slope(q) (2,
    2)."""
    monkeypatch.setattr(module, "PATIENCE", patience)
    monkeypatch.setattr(module, "energy_of_step", lambda *_: EnergyAccount())
    mechanics = SimpleNamespace(
        constraint=constraints(2),
        solver=DirectSolver(constraints(2), [np.array([[0, 1]])], symmetric),
        fixed_values=lambda load: np.zeros(2),
        evaluate=lambda q, state, load: SimpleNamespace(
            displacement=q, residual=force(q), scale=1.0
        ),
        tangent=lambda trial: [slope(trial.displacement)[None]],
        state=lambda trial, load: trial,
    )
    result = step(
        mechanics, SimpleNamespace(displacement=np.array(start)), None, NewtonOptions(1e-12, 60)
    )
    assert result.converged, result.reason
    return result.state.displacement, result.iterations


@pytest.mark.parametrize(("patience", "most"), [(0, 1), (module.PATIENCE, module.PATIENCE + 4)])
def test_a_stable_equilibrium_is_kept_without_symmetry(monkeypatch, patience, most):
    """Breaks when R . d > 0 alone counts as a saddle, for longer than the patience lasts.

    Both eigenvalues are 1, the symmetric part has -4: from (1, -1) the Newton step ends at 0 at
    once.
    """
    matrix = np.array([[1.0, 10.0], [0.0, 1.0]])
    end, iterations = ended(
        monkeypatch, lambda q: matrix @ q, lambda q: matrix, [1.0, -1.0], patience=patience
    )
    assert end == approx([0.0, 0.0], abs=1e-12) and iterations <= most


@pytest.mark.parametrize("side", [-1.0, 1.0])
def test_a_saddle_is_left_without_symmetry(monkeypatch, side):
    """Breaks when a negative eigenvalue goes unnoticed because the tangent is not symmetric."""
    force = lambda q: np.array([q[0] ** 3 - q[0] + 10.0 * q[1], q[1]])
    slope = lambda q: np.array([[3.0 * q[0] ** 2 - 1.0, 10.0], [0.0, 1.0]])
    end, _ = ended(monkeypatch, force, slope, [0.01 * side, 0.0])
    assert end == approx([side, 0.0], abs=1e-9)


def test_a_maximum_is_left_with_symmetry(monkeypatch):
    """Breaks when two negative eigenvalues of a symmetric tangent hide behind a positive
    determinant."""
    end, _ = ended(
        monkeypatch, lambda q: q**3 - q, lambda q: np.diag(3.0 * q**2 - 1.0), [0.01, 0.02], True
    )
    assert np.abs(end) == approx([1.0, 1.0], abs=1e-9)


def test_a_way_that_only_seems_uphill_is_cut(monkeypatch):
    """Breaks when the way forward is not searched: from there Newton's full steps in arctan(x) go
    to infinity."""
    force = lambda q: np.array([np.arctan(q[0]) + 10.0 * q[1], q[1]])
    slope = lambda q: np.array([[1.0 / (1.0 + q[0] ** 2), 10.0], [0.0, 1.0]])
    start = np.array([8.0, -0.2])
    assert force(start) @ np.linalg.solve(slope(start), force(start)) < 0
    end, _ = ended(monkeypatch, force, slope, start)
    assert end == approx([0.0, 0.0], abs=1e-9)
