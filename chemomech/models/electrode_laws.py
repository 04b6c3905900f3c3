r"""Laws of electrode | electrolyte for `electrochemistry.Electrochemistry`, and what takes their voltage.

The jump of the potential is the sum of five drops, with i = chi i_l the current per area of the
interface:

    equilibrium   U(x)                     at the surface stress        Omega sigma_h/F          at
    the surface transfer      eta(i)                   what Butler-Volmer takes in full contact film
    R_film i                 in full contact contact       eta(i_l) - eta(i) + R_film (i_l - i)
    what the lost area adds at the same current
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from chemomech.physics.electrochemistry import butler_volmer
from chemomech.physics.electrochemistry.equilibrium import stress_shift


class Drops(NamedTuple):
    """current [A/m2] out of the electrode and the drops [V] that add up to the jump, each (k, q); 0/0 counts as 0."""

    current: np.ndarray
    equilibrium: np.ndarray
    stress: np.ndarray
    transfer: np.ndarray
    film: np.ndarray
    contact: np.ndarray

    @property
    def overpotential(self):
        """What the current costs (k, q) [V]: transfer, film and contact."""
        return self.transfer + self.film + self.contact


@dataclass(frozen=True)
class ElectrodeLaw:
    """Law of one electrode's interface.

    kinetics(temperature) -> butler_volmer.Intercalation with partial_molar_volume 1, or Metal.
    film(around) -> area resistance [ohm m2] of the film in full contact. stressed:
    `swelling.StressOnLithium` of a host, None for a metal.
    """

    kinetics: Callable
    film: Callable
    stressed: Any = None

    def __call__(self, jump, x, stress_at_fixed_x, conducting, around):
        """(i, di/djump, di/dx) [A/m2] at the points; di/dx is None for a metal."""
        law, film = self.kinetics(around.temperature), self.film(around)
        if self.stressed is None:
            here = butler_volmer.metal_current(law, jump, 0.0 * jump, conducting, film)
            return here.current, here.by_jump, None
        stress, by_x = self.stressed.potential(x, stress_at_fixed_x)
        c_max = law.maximum_concentration
        here = butler_volmer.intercalation_current(law, jump, c_max * x, stress, conducting, film)
        return here.current, here.by_jump, c_max * here.by_concentration + here.by_stress * by_x

    def drops(self, jump, x, stress_at_fixed_x, conducting, around):
        """Drops at the points; arguments as of the law."""
        law, film = self.kinetics(around.temperature), self.film(around)
        if self.stressed is None:
            equilibrium, shift = law.equilibrium + 0.0 * jump, 0.0 * jump
            exchange = butler_volmer.exchange_current(law, None)
        else:
            stress, _ = self.stressed.potential(x, stress_at_fixed_x)
            c_max = law.maximum_concentration
            equilibrium = law.equilibrium(x).value
            shift = stress_shift(stress, law.partial_molar_volume)
            exchange = butler_volmer.exchange_current(law, c_max * x)
        drive = jump - equilibrium - shift
        given = law.alpha, law.temperature, law.kinetics
        local = butler_volmer.local_current(drive, exchange, film, *given)
        current = conducting * local.current
        transfer = butler_volmer.overpotential(current, exchange, *given)
        return Drops(
            current, equilibrium, shift, transfer, film * current, drive - transfer - film * current
        )
