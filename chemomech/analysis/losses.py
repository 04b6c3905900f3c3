r"""Where the voltage of a cell goes, from its fields at one time.

With v = phi the weak form of the potential is a balance of power, I A V = -sum_j int i [phi] ds -
int sigma |grad phi|^2 dx. Every part divided by I A is a voltage; the parts of one electrode are
those of `electrode_laws.Drops`:

    V = U(x mean) + concentration + stress - sign(I) (ionic + electronic + transfer + film + contact
    + anode),

concentration: mean of U(x) over the current, less U at the mean stoichiometry: particles are filled
unevenly. stress: mean over the current of Omega sigma_h/F, less that of V sigma_n/F at the lithium.
Without current nothing flows and the parts are not defined (nan).
"""

from typing import NamedTuple

import numpy as np

from chemomech.models.chemical_parts import ELECTRONIC, IONIC, KINDS

NO_CURRENT = 1e-9  # A/m2: below this the cell rests


class Losses(NamedTuple):
    """Voltages that the parts of a cell take [V], >= 0 but for the two before the last.

    Attributes
    ----------
    ionic, electronic : float
        By conduction of ions and of electrons.
    transfer, film, contact : float
        Of the cathode: charge transfer, film, and lost contact.
    anode : float
        All of the lithium's interface.
    concentration, stress : float
        Shifts of the equilibrium potential.
    imbalance : float
        Of power, relative.
    """

    ionic: float
    electronic: float
    transfer: float
    film: float
    contact: float
    anode: float
    concentration: float
    stress: float
    imbalance: float

    def total(self):
        """Voltage lost [V], without concentration and stress."""
        return self.ionic + self.electronic + self.transfer + self.film + self.contact + self.anode


def drops_of(chemistry, state, around, name):
    """Return the Drops of an electrode's junction.

    Parameters
    ----------
    chemistry : Electrochemistry
        Lithium and potential in the cell.
    state : ChemicalState
        Its state.
    around : Surroundings
        What it sees of the rest.
    name : str
        Of the junction.
    """
    junction = chemistry.junctions[name]
    values = junction.operator(np.concatenate([state.potential, state.stoichiometry]))
    stress_at_fixed_x = (
        None if junction.trace is None else junction.trace(around.stress_at_fixed_x)[..., 0]
    )
    x = None if junction.trace is None else values[..., 1]
    return junction.law.drops(
        values[..., 0], x, stress_at_fixed_x, around.conducting[junction.rows], around
    )


def losses(coupling, state, drops, equilibrium):
    """Return the Losses of a CoupledState.

    Parameters
    ----------
    coupling : Coupling
        The cell.
    state : CoupledState
        Its state.
    drops : dict
        Name -> Drops of the anode's and the cathode's junction, in this order.
    equilibrium : float
        U at the mean stoichiometry [V].
    """
    chemistry, chemical = coupling.chemistry, state.chemical
    through = chemical.current_density * chemistry.area
    if abs(chemical.current_density) < NO_CURRENT:
        return Losses(*[np.nan] * 8, 0.0)
    sigma = chemistry.conductivity(state.around.temperature, state.around.intact)[:, 0, 0, 0]
    field = np.sum(chemistry.gradient(chemical.potential) ** 2, axis=-1)
    heat = sigma * np.sum(chemistry.gradient.weights * field, axis=1)
    regions = chemistry.domain.region[chemistry.conducting]
    kinds = {
        kind: np.isin(
            regions,
            [
                chemistry.domain.regions[n]
                for n, c in chemistry.conductors.items()
                if c.kind == kind
            ],
        )
        for kind in (IONIC, ELECTRONIC)
    }
    (anode, minus), (cathode, plus) = drops.items()

    def power(name, drop):
        return chemistry.junctions[name].operator.integral(drops[name].current * drop)

    parts = {
        **{name: heat[kinds[kind]].sum() + _contacts(chemistry, state, drops, kind)
           for name, kind in (("ionic", IONIC), ("electronic", ELECTRONIC))},
        **{name: power(cathode, getattr(plus, name)) for name in ("transfer", "film", "contact")},
        "anode": power(anode, minus.overpotential),
    }  # fmt: skip
    reversible, stress = (
        -sum(power(name, getattr(each, part)) for name, each in drops.items()) / through
        for part in ("equilibrium", "stress")
    )
    lost = sum(parts.values()) / through
    imbalance = abs(reversible + stress - lost - chemical.voltage) / abs(chemical.voltage)
    volts = {name: value / abs(through) for name, value in parts.items()}
    return Losses(
        **volts, concentration=reversible - equilibrium, stress=stress, imbalance=imbalance
    )


def _contacts(chemistry, state, electrodes, kind):
    """Return the power [W/m] that ions or electrons lose in contacts.

    It is summed over every junction between their conductors.
    """
    total = 0.0
    for name, junction in chemistry.junctions.items():
        beside = chemistry.kinds[chemistry.domain.interfaces[name].cells[0, 0]]
        if name not in electrodes and beside == KINDS.index(kind):
            jump = junction.operator(
                np.concatenate([state.chemical.potential, state.chemical.stoichiometry])
            )[..., 0]
            current = chemistry.interface_current(state.chemical, state.around, name)
            total += junction.operator.integral(current * jump)
    return total
