"""Plated and stripped lithium: Faraday's law, evenly and where the current passes."""

import numpy as np
import pytest

from chemomech.case import parse_case
from chemomech.geometry import build_microstructure
from chemomech.runs.run import run
from chemomech.setup.cell import build_cell
from chemomech.setup.electrodes import check_case
from chemomech.units.constants import FARADAY
from compare import approx
from small import tiny_case

MOLAR_VOLUME = 13e-6
STEPS = ["Charge at 1C for 6 minutes", "Discharge at 1C for 3 minutes"]


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """plating -> (facet weights, walks) of a short charge and discharge."""
    found = {}
    for plating in ("even", "local"):
        run_states = []
        case = parse_case(tiny_case(plating=plating, cycle__protocol=STEPS))
        folder = tmp_path_factory.mktemp(plating)
        run(
            case,
            folder,
            notify=lambda run_state, share, run_states=run_states: run_states.append(run_state),
        )
        cell = build_cell(case, check_case(case), build_microstructure(case.geometry, folder))
        found[plating] = cell, run_states
    return found


@pytest.mark.parametrize("plating", ["even", "local"])
def test_volume_follows_faraday(runs, plating):
    """Breaks when lithium is lost or made: plated volume is V Q/F to 1e-9 at every step, 4.85 um
    per mAh/cm2."""
    cell, run_states = runs[plating]
    weights = cell.mechanics.jump.weights[cell.anode.rows].sum(axis=1)
    assert approx(4.85e-6, rel=1e-3) == MOLAR_VOLUME / FARADAY * 36000.0
    for run_state in run_states[1:]:
        volume = float(weights @ run_state.state.plated[cell.anode.rows][:, 0])
        charge = run_state.through[cell.anode.interface]
        assert volume == approx(-MOLAR_VOLUME * charge / FARADAY, rel=1e-9)
        assert np.all(np.delete(run_state.state.plated, np.r_[cell.anode.rows], axis=0) == 0.0)


def test_even_is_even_and_local_follows_the_current(runs):
    """Breaks when local plating spreads, or even plating does not."""
    cell, run_states = runs["even"]
    even = run_states[-1].state.plated[cell.anode.rows]
    assert np.ptp(even) == approx(0.0, abs=1e-9 * np.abs(even).max())
    cell, run_states = runs["local"]
    uneven = (
        np.ptp(run_states[5].state.plated[cell.anode.rows])
        / run_states[5].state.plated[cell.anode.rows].mean()
    )
    assert uneven > 1e-3
