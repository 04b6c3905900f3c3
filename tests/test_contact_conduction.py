"""What of an interface conducts: bonds within reach of an ion, and faces that are pressed."""

import numpy as np
import pytest

from chemomech.physics.interfaces.cohesive import COHESIVE_LAWS
from chemomech.physics.interfaces.contact import bonded_share, conducting_fraction, within_reach
from compare import approx

LIMIT = 1e-9
STIFFNESS, STRENGTH, ENERGY = 4e15, 20e6, 1.0  # a law 100 nm long, softening from 5 nm


def along(openings, sliding=0.0, stiffness=STIFFNESS, law="bilinear"):
    """Bonded shares of one point along normal openings [m], by its cohesive law."""
    cohesion = COHESIVE_LAWS[law](stiffness, STRENGTH, STRENGTH, ENERGY, ENERGY, residual=0.0)
    history, kept, found = cohesion.initial_history(np.zeros(())), np.ones(()), []
    for opening in openings:
        history = cohesion(np.array([opening, sliding]), history, np.inf).history
        share, kept = bonded_share(np.array(opening), history[..., 0], kept, LIMIT)
        found.append(float(share))
    return np.array(found)


@pytest.mark.parametrize("law", ["bilinear", "exponential"])
@pytest.mark.parametrize("stiffness", [4e15, 4e17, 4e19])
def test_no_ion_crosses_a_gap(law, stiffness):
    """Breaks when conduction follows a traction law that is a hundred times as long as a hop."""
    openings = np.array([0.0, 0.4, 1.0, 2.0, 10.0, 50.0, 90.0]) * 1e-9
    share = along(openings, stiffness=stiffness, law=law)
    assert share[0] == 1.0 and np.all(np.diff(share) <= 0.0)
    assert np.all(share[openings >= LIMIT] == 0.0)


def test_a_stiff_bond_stops_where_it_debonds():
    """Breaks when a bond that softens within reach of an ion conducts as if it were whole."""
    onset = STRENGTH / 4e19
    share = along([onset, 1.1 * onset, 2.0 * onset, 20.0 * onset], stiffness=4e19)
    assert share[0] == 1.0
    assert share[1:] == approx(1.0 / np.array([1.1, 2.0, 20.0]), rel=1e-3)


def test_a_bond_that_stretched_conducts_again_and_a_broken_one_does_not():
    """Breaks when an elastic opening cuts the ions' way for good, or debonded faces heal."""
    assert along([0.0, 2e-9, 0.0])[[0, 1, 2]] == approx([1.0, 0.0, 1.0])
    assert along([0.0, 8e-9, 0.0])[-1] == 0.0
    recontact = conducting_fraction(along([0.0, 8e-9, 0.0])[-1], 0.03)
    assert recontact == approx(0.03)


def test_faces_that_slid_closed_conduct_by_what_is_bonded():
    """Breaks when sliding counts as a gap."""
    assert along([0.0], sliding=4e-9)[-1] == 1.0
    damage = 1.0 - 5.0 / 8.0 * (100.0 - 8.0) / (100.0 - 5.0)
    assert along([0.0], sliding=8e-9)[-1] == approx(1.0 - damage, rel=1e-9)


def test_the_end_of_conduction_is_smooth():
    """Breaks when a jump of the share or of its slope stops the rounds of a step."""
    opening = np.linspace(-0.2e-9, 1.5e-9, 1701)
    share = within_reach(opening, LIMIT)
    slope = np.diff(share) / np.diff(opening)
    assert np.abs(slope).max() == approx(3.0 / LIMIT, rel=1e-3)
    assert np.abs(np.diff(slope)).max() < 2.5e-2 / LIMIT
    # The share goes on from step to step where damage sets in: nothing is lost but what is open.
    together = [
        bonded_share(np.array(0.75e-9), np.array(damage), np.ones(()), LIMIT)
        for damage in (0.0, 1e-9)
    ]
    assert float(together[0][0]) == approx(float(together[1][0]), rel=1e-8)
