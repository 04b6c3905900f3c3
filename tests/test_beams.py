"""Double cantilever beam: a cohesive interface against corrected beam theory.

Arms of height h, plane strain E' = E/(1 - nu^2), crack length A = a + chi h with Williams'
correction chi for the rotation at the crack tip; see `specimens`.
"""

import numpy as np
import pytest

from bodies import body_of, bulk_of, face_nodes, laws_of, nodes_where, reaction
from chemomech.models.mechanics import Load
from chemomech.simulation.newton import NewtonOptions, step
from chemomech.simulation.run_state import RunState
from chemomech.simulation.step_control import StepControl
from chemomech.simulation.stepping import follow
from compare import approx
from rates import check_order
from specimens import (
    ARM,
    FACES,
    PLANE,
    POISSON,
    YOUNG,
    bent_arms,
    notched_beam,
    rotation_correction,
)

LENGTH, NOTCH = 50e-3, 20e-3
ENERGY, STRENGTH, STIFFNESS = 250.0, 30e6, 5e14


def double_cantilever(refinement, strength=STRENGTH, stiffness=STIFFNESS):
    """Two arms joined by a cohesive interface from x = NOTCH on; before it the faces only touch."""
    domain = notched_beam(LENGTH, NOTCH, refinement)
    return body_of(
        domain,
        bulk_of(domain, YOUNG, POISSON),
        # Slender arms feel even a millionth of the interface's stiffness over the open crack.
        laws_of(domain, stiffness, strength, ENERGY, residual=1e-11, debonded=(FACES,)),
        lambda space: opening_ends(domain, space),
        (FACES,),
    )


def opening_ends(domain, space):
    """Both arms' left ends are pulled apart by `drive`; the right end is held."""
    held = {}
    for node in face_nodes(domain, space, "right"):
        held[2 * node] = held[2 * node + 1] = 0.0
    for side, arm in ((-0.5, lambda x: x[:, 1] <= ARM), (0.5, lambda x: x[:, 1] >= ARM)):
        cells = domain.cells_of("lower" if side < 0 else "upper")
        mine = np.unique(space.dofmap.list[cells])
        ends = np.intersect1d(
            mine, nodes_where(domain, space, lambda x, arm=arm: (x[:, 0] < 1e-9) & arm(x))
        )
        for node in ends:
            held[2 * node + 1] = side
    return held


def opening_load(opening):
    """P of the unbroken specimen: opening = 8 P A^3/(E' h^3)."""
    return opening * PLANE * ARM**3 / (8 * (NOTCH + rotation_correction() * ARM) ** 3)


def propagation_load(opening):
    """P while the crack grows at G = 12 P^2 A^2/(E' h^3) = Gc, with A from the opening."""
    force = np.sqrt(ENERGY * PLANE * ARM**3 / 12)  # P A
    return force / np.sqrt(opening * PLANE * ARM**3 / (8 * force))


def pulled_to(body, opening):
    """Force [N/m] and state at a first opening; from closed faces Newton would open the notch point
    by point."""
    load = Load(prescribed_displacement=opening)
    result = step(
        body, body.initial_state(), load, NewtonOptions(1e-8, 30), bent_arms(body, NOTCH) * opening
    )
    assert result.converged, result.reason
    return reaction(body, result.state), result.state


def propagation(refinement, first=0.4e-3, last=3.2e-3):
    """Openings, forces and fracture energies while the crack starts and grows, and the last
    Progress."""
    body = double_cantilever(refinement)
    _, state = pulled_to(body, first)
    rows = []

    def load_at(time, dt):
        return Load(prescribed_displacement=time * last)

    options = StepControl(0.01, 0.01, 1e-5, energy_tolerance=1e-2)
    start = RunState(state, time=first / last)

    def record(progress):
        rows.append(
            (progress.time * last, reaction(body, progress.state), progress.energy.fracture)
        )

    end = follow(body, start, load_at, 1.0, options, record, NewtonOptions(1e-6, 30))
    return *np.array(rows).T, end


def test_compliance_before_growth():
    """Breaks when the notch carries load or the arms' bending is off; the compliance converges with
    the mesh."""
    force = {n: pulled_to(double_cantilever(n, strength=100e6), 1e-5)[0] for n in (1, 2, 4, 8)}
    assert force[8] == approx(opening_load(1e-5), rel=0.015)
    check_order(
        "double cantilever compliance",
        1.0 / np.array([1, 2, 4]),
        [force[n] / force[8] - 1.0 for n in (1, 2, 4)],
    )


@pytest.mark.parametrize("refinement", [2, pytest.param(4, marks=pytest.mark.slow)])
def test_load_while_the_crack_grows(refinement):
    """Breaks when the interface does not take Gc per area of crack, or a mesh cannot carry the
    process zone."""
    opening, force, dissipated, end = propagation(refinement)
    grows = opening > 2.4e-3
    assert force[grows] == approx(propagation_load(opening[grows]), rel=5e-3)
    corner = np.minimum(opening_load(opening), propagation_load(opening)).max()
    # A process zone of finite length rounds the corner off.
    assert 0.92 * corner < force.max() < corner
    # Fracture energy dissipated between two openings: Gc times the growth that the compliance
    # tells.
    effective = (opening[grows] * PLANE * ARM**3 / (8 * force[grows])) ** (1 / 3)
    assert dissipated[grows][-1] - dissipated[grows][0] == approx(
        ENERGY * (effective[-1] - effective[0]), rel=0.02
    )
    taken = end.energy.elastic + end.energy.interface + end.energy.fracture
    assert end.energy.external == approx(taken, rel=2e-3)
