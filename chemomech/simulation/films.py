r"""Interphases as a state: how thick they get, how far they push the faces apart, what they take to
cross.

One thickness L [m] per interface facet, (k, 1), goes from step to step (`physics.growth`):

    k(T) = k exp(-E_a/R (1/T - 1/T_ref))              both rates, at the temperature of the step's
    end R(T) = (R_film + L_c/sigma_c + L/sigma) exp(E_f/R (1/T - 1/T_ref))

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
    """How the interphases of all facets grow, each (k, 1).

    parabolic_rate [m/s^0.5] and linear_rate [m/s] at 25 degC, both zero where none grows;
    activation_energy [J/mol] of both; volume_change e > -1, formed against consumed.
    """

    parabolic_rate: np.ndarray
    linear_rate: np.ndarray
    activation_energy: np.ndarray
    volume_change: np.ndarray

    def initial(self):
        """Thickness (k, 1) [m] of fresh interfaces: none."""
        return np.zeros_like(self.parabolic_rate)

    def grow(self, thickness, dt, temperature):
        """Thickness (k, 1) [m] after dt [s] at a temperature [K], from that at the start; None:
        from nothing.
        """
        thickness = self.initial() if thickness is None else thickness
        factor, _ = arrhenius_factor(self.activation_energy, temperature)
        return interphase.interphase_thickness(
            thickness, dt, self.parabolic_rate * factor, self.linear_rate * factor
        )

    def opening(self, thickness):
        """Opening (k, 1) [m] that a thickness imposes."""
        return interphase.imposed_opening(thickness, self.volume_change)


def films_of(faces, rows, count):
    """Films of named interfaces; faces: name -> material, rows: name -> slice of the facets,
    count: of all facets.
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
    """Area resistance R(T) [ohm m2] of an interface_terms.Film under an interphase of thickness
    (...) [m].
    """
    factor, _ = arrhenius_factor(film.activation_energy, temperature)
    return (film.resistance + interphase.series_resistance(thickness, film.conductivity)) / factor
