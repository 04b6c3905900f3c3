r"""Energy that a crack releases as it grows and that a material asks for: Irwin's relation.

    G = (<K_I>^2 + K_II^2)/E',     G_c = K_Ic^2/E',     E' = E/(1 - nu^2)

in plane strain, for an extension straight ahead in a linear elastic isotropic material. Faces that
are pressed together (K_I < 0) release nothing by opening. Source: Irwin, J. Appl. Mech. 24 (1957)
361.
"""

import numpy as np

from chemomech.physics.values import Values


def energy_release_rate(
    mode_one: Values, mode_two: Values, young_modulus: Values, poisson_ratio: Values
) -> Values:
    """Return G = (<K_I>^2 + K_II^2)(1 - nu^2)/E of an extension straight ahead [J/m2].

    Parameters
    ----------
    mode_one, mode_two : (...) array
        Stress intensity factors K_I and K_II [Pa sqrt(m)]. A negative K_I counts as zero: closed
        faces release nothing.
    young_modulus : (...) array
        E [Pa], > 0.
    poisson_ratio : (...) array
        nu [-], below 0.5.

    Examples
    --------
    >>> round(float(energy_release_rate(1e6, 0.0, 150e9, 0.26)), 3)
    6.216
    """
    opening = np.maximum(mode_one, 0.0)
    return (opening**2 + np.square(mode_two)) * (1.0 - np.square(poisson_ratio)) / young_modulus


def fracture_energy(toughness: Values, young_modulus: Values, poisson_ratio: Values) -> Values:
    """Return G_c = K_Ic^2 (1 - nu^2)/E [J/m2], the energy that a crack takes per area.

    Parameters
    ----------
    toughness : (...) array
        Fracture toughness K_Ic [Pa sqrt(m)], >= 0.
    young_modulus : (...) array
        E [Pa], > 0.
    poisson_ratio : (...) array
        nu [-], below 0.5.
    """
    return energy_release_rate(toughness, 0.0, young_modulus, poisson_ratio)
