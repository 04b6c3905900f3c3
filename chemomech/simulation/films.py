"""Interphases as a state: thickness, the opening that they impose, what they take to cross.

One thickness L [m] per interface facet, (k, 1), goes from step to step
(`physics.interfaces.interphase`):

    k(T) = k exp(-E_a/R (1/T - 1/T_ref)),    both rates, T of the end of the step
    R(T) = (R_film + L_c/sigma_c + L/sigma) exp(E_f/R (1/T - 1/T_ref)),

so the passivating k^2 rises with twice E_a. R_film, the coating's L_c/sigma_c and the interphase
share E_f, T_ref is 25 degC. Growth follows time and temperature alone: neither current nor lost
contact holds it up.
"""

from dataclasses import dataclass

import numpy as np

from chemomech.physics.interfaces import interphase
from chemomech.physics.thermal import arrhenius_factor


@dataclass(frozen=True)
class Films:
    """How the interphases of all facets grow; none grows where both rates are zero.

    Attributes
    ----------
    parabolic_rate : (k, 1) array
        At 25 degC [m/s^0.5].
    linear_rate : (k, 1) array
        At 25 degC [m/s].
    activation_energy : (k, 1) array
        Of both rates [J/mol].
    volume_change : (k, 1) array
        Volume formed against consumed, > -1.
    """

    parabolic_rate: np.ndarray
    linear_rate: np.ndarray
    activation_energy: np.ndarray
    volume_change: np.ndarray

    def initial(self):
        """Return the thickness (k, 1) [m] of fresh interfaces: none."""
        return np.zeros_like(self.parabolic_rate)

    def grow(self, thickness, dt, temperature):
        """Return the thickness (k, 1) [m] after a time.

        Parameters
        ----------
        thickness : (k, 1) array or None
            At the start [m]; None: nothing.
        dt : float
            Time [s].
        temperature : float
            [K].
        """
        thickness = self.initial() if thickness is None else thickness
        factor, _ = arrhenius_factor(self.activation_energy, temperature)
        return interphase.interphase_thickness(
            thickness, dt, self.parabolic_rate * factor, self.linear_rate * factor
        )

    def opening(self, thickness):
        """Return the opening (k, 1) [m] that a thickness (k, 1) [m] imposes."""
        return interphase.imposed_opening(thickness, self.volume_change)


def films_of(faces, rows, count):
    """Build the Films of named interfaces.

    Parameters
    ----------
    faces : dict
        Name -> material of an interface.
    rows : dict
        Name -> slice of all facets.
    count : int
        Number of all facets.
    """
    names = ("parabolic_rate", "linear_rate", "activation_energy", "volume_change")
    columns = {name: np.zeros((count, 1)) for name in names}
    for interface, face in faces.items():
        if not (face.has("interphase_parabolic_rate") or face.has("interphase_linear_rate")):
            continue
        for name, column in columns.items():
            column[rows[interface]] = face.get(f"interphase_{name}", 0.0)
    return Films(**columns)


def film_resistance(film, thickness, temperature):
    """Return the area resistance R(T) [ohm m2] of a film under an interphase.

    Parameters
    ----------
    film : interface_terms.Film
        Resistance of film and coating, conductivity of the interphase, activation energy.
    thickness : (...) array
        Of the interphase [m].
    temperature : float
        [K].
    """
    factor, _ = arrhenius_factor(film.activation_energy, temperature)
    return (film.resistance + interphase.series_resistance(thickness, film.conductivity)) / factor
