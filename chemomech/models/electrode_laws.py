r"""Laws of electrode | electrolyte, and what takes their voltage.

The jump of the potential is the sum of five drops, with i = chi i_l the current per area of the
interface:

    equilibrium   U(x)                                   at the surface
    stress        Omega sigma_h/F                        at the surface; of a metal V sigma_n/F
    transfer      eta(i)                                 what charge transfer takes in full contact
    film          R_film i                               in full contact
    contact       eta(i_l) - eta(i) + R_film (i_l - i)   what the lost area adds at the same current
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from numpy.typing import NDArray

from chemomech.models.chemical_parts import Surroundings
from chemomech.physics.bulk.swelling import StressOnLithium
from chemomech.physics.electrochemistry import butler_volmer
from chemomech.physics.electrochemistry.equilibrium import stress_shift


class Drops(NamedTuple):
    """Current out of the electrode and the drops that add up to the jump; 0/0 counts as 0.

    Attributes
    ----------
    current : (k, q) array
        Current density [A/m2].
    equilibrium, stress, transfer, film, contact : (k, q) arrays
        Drops [V], see the module.
    """

    current: NDArray
    equilibrium: NDArray
    stress: NDArray
    transfer: NDArray
    film: NDArray
    contact: NDArray

    @property
    def overpotential(self) -> NDArray:
        """What the current costs, (k, q) [V]: transfer, film and contact."""
        return self.transfer + self.film + self.contact


@dataclass(frozen=True)
class ElectrodeLaw:
    """Law of one electrode's interface.

    Attributes
    ----------
    kinetics : function (temperature) -> Intercalation or Metal
        Of `butler_volmer`; an Intercalation with a partial_molar_volume of 1.
    film : function (Surroundings) -> area resistance
        Of the film in full contact [ohm m2].
    stressed : StressOnLithium or None
        Of a host; None for a metal.
    traction : function (Surroundings) -> normal traction
        On a metal's surface [Pa], compression negative.
    """

    kinetics: Callable[[float], Any]
    film: Callable[[Surroundings], Any]
    stressed: StressOnLithium | None = None
    traction: Callable[[Surroundings], Any] = lambda around: 0.0

    def __call__(
        self,
        jump: NDArray,
        x: NDArray | None,
        stress_at_fixed_x: NDArray | None,
        conducting: NDArray,
        around: Surroundings,
    ) -> tuple[NDArray, NDArray, NDArray | None]:
        """Give the current density at the points and its derivatives.

        Parameters
        ----------
        jump : (k, q) array
            Potential of the electrode less that of the electrolyte [V].
        x, stress_at_fixed_x : (k, q) arrays or None
            Stoichiometry and stress at fixed composition [Pa] at the surface; None for a metal.
        conducting : (k, q) array
            Conducting share chi, 0 to 1.
        around : Surroundings
            Temperature and film.

        Returns
        -------
        (i, di/djump, di/dx)
            [A/m2, S/m2, A/m2]; di/dx is None for a metal.
        """
        law, film = self.kinetics(around.temperature), self.film(around)
        if self.stressed is None or x is None or stress_at_fixed_x is None:
            pressed = self.traction(around)
            here = butler_volmer.metal_current(law, jump, pressed, conducting, film)
            return here.current, here.by_jump, None
        stress, by_x = self.stressed.potential(x, stress_at_fixed_x)
        c_max = law.maximum_concentration
        here = butler_volmer.intercalation_current(law, jump, c_max * x, stress, conducting, film)
        return here.current, here.by_jump, c_max * here.by_concentration + here.by_stress * by_x

    def drops(
        self,
        jump: NDArray,
        x: NDArray | None,
        stress_at_fixed_x: NDArray | None,
        conducting: NDArray,
        around: Surroundings,
    ) -> Drops:
        """Split the jump at the points into its drops; arguments as of the law."""
        law, film = self.kinetics(around.temperature), self.film(around)
        equilibrium: Any
        shift: Any
        if self.stressed is None or x is None or stress_at_fixed_x is None:
            equilibrium = law.equilibrium + 0.0 * jump
            shift = stress_shift(self.traction(around), law.molar_volume) + 0.0 * jump
            exchange = butler_volmer.exchange_current(law, None)
        else:
            stress, _ = self.stressed.potential(x, stress_at_fixed_x)
            c_max = law.maximum_concentration
            equilibrium = law.equilibrium(x).value
            shift = stress_shift(stress, law.partial_molar_volume)
            exchange = butler_volmer.exchange_current(law, c_max * x)
        drive = jump - equilibrium - shift
        given = law.alpha, law.temperature, law.kinetics
        current = conducting * butler_volmer.local_current(drive, exchange, film, *given).current
        transfer = butler_volmer.overpotential(current, exchange, *given)
        contact = drive - transfer - film * current
        return Drops(current, equilibrium, shift, transfer, film * current, contact)
