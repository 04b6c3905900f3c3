"""Where the voltage of a cell goes: a flat cell by hand, and what must add up in any."""

from dataclasses import replace

import numpy as np
import pytest

from chemomech.analysis.losses import Losses, drops_of, losses
from chemomech.physics.electrochemistry import butler_volmer
from chemomech.physics.electrochemistry.equilibrium import nmc811_chen2020
from compare import approx
from flat import flat_cell, kinetic_loss, stepped, surface_filling

ANODE, CATHODE = "lithium|separator", "active|electrolyte"
FILM, METAL_FILM, METAL_EXCHANGE = 2e-3, 1e-4, 257.0  # ohm m2, A/m2; the metal's of the library


def mean_potential(coupling, state):
    """U [V] at the mean stoichiometry of the active material."""
    value, rows = coupling.chemistry.value, coupling.chemistry.host_rows["active"]
    mean = np.average(value(state.chemical.stoichiometry)[rows, :, 0], weights=value.weights[rows])
    return potential(mean)


def potential(x):
    """U [V] at a stoichiometry."""
    return float(nmc811_chen2020(np.array(x)).value)


def drops(coupling, state):
    """Drops of both electrodes."""
    return {
        name: drops_of(coupling.chemistry, state.chemical, state.around, name)
        for name in (ANODE, CATHODE)
    }


def found(current, seconds=1e-3, cathode=None):
    """(Losses, coupling, state) of the flat cell after one step."""
    _, coupling, first = flat_cell(cathode={"film_resistance": "20 ohm*cm^2", **(cathode or {})})
    end = stepped(coupling, first, seconds, current)
    return losses(coupling, end, drops(coupling, end), mean_potential(coupling, end)), coupling, end


@pytest.mark.parametrize("current", [5.0, -5.0])
@pytest.mark.parametrize("touching", [1.0, 10 / 600])
def test_a_flat_cell_by_hand(current, touching):
    """Breaks when a part counts another's voltage, has a wrong sign, or contact is not what lost
    area adds."""
    parts, coupling, end = found(current, cathode={"initial_damage": 1.0} if touching < 1 else {})
    x, size = surface_filling(coupling, end), abs(current)
    exchange = float(butler_volmer.site_dependence(np.array(x))[0])
    lithium = size * 43 / 10
    conductivity = coupling.chemistry.conductors["separator"].conductivity(298.15)
    assert parts.ionic == approx(size * 3e-6 / conductivity, rel=1e-6)
    assert parts.electronic == 0.0
    assert parts.transfer == approx(kinetic_loss(size, exchange, 298.15), rel=1e-6)
    assert parts.film == approx(size * FILM, rel=1e-6)
    here = size / touching
    more = (
        kinetic_loss(here, exchange, 298.15)
        - kinetic_loss(size, exchange, 298.15)
        + FILM * (here - size)
    )
    assert parts.contact == approx(more, rel=1e-6, abs=1e-12)
    assert parts.anode == approx(
        kinetic_loss(lithium, METAL_EXCHANGE, 298.15) + METAL_FILM * lithium, rel=1e-6
    )
    assert parts.imbalance < 1e-8


@pytest.mark.parametrize("current", [4.0, -4.0])
def test_parts_add_up_to_the_voltage(current):
    """Breaks when a drop is left out or counted twice: V = U + concentration + stress - sign(I)
    (sum of the rest)."""
    parts, coupling, end = found(current, seconds=60.0)
    mean = mean_potential(coupling, end)
    lost = np.sign(current) * parts.total()
    assert end.chemical.voltage == approx(
        mean + parts.concentration + parts.stress - lost, rel=1e-9
    )
    assert parts.total() == approx(sum(parts[:6]), rel=1e-12)
    # Lithium has piled up at the surface on discharge: the potential there is below that of the
    # mean.
    at_surface = potential(surface_filling(coupling, end))
    assert parts.concentration == approx(at_surface - mean, rel=1e-3)
    assert np.sign(parts.concentration) == -np.sign(current) and parts.imbalance < 1e-8


def test_a_wrong_voltage_shows_as_imbalance():
    """Breaks when the balance of power would pass with a terminal voltage that the fields do not
    have."""
    _, coupling, end = found(5.0)
    wrong = replace(end, chemical=replace(end.chemical, voltage=1.001 * end.chemical.voltage))
    assert losses(coupling, wrong, drops(coupling, wrong), 3.6).imbalance == approx(1e-3, rel=0.01)


def test_nothing_is_lost_at_rest():
    """Breaks when round-off over no current becomes a resistance."""
    parts, *_ = found(0.0)
    assert np.isnan(parts[:7]).all() and parts.imbalance == 0.0
    assert np.isnan(parts.total())
    assert Losses(*range(1, 10)).total() == 21
