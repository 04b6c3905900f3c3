r"""How a property of an interface goes from its value a in mode I to its value b in mode II.

B = |d_t|^2/lambda^2, the share of shear, 0 to 1:

    Benzeggagh-Kenane   v = a + (b - a) B^eta
    power law           1/v = (((1 - B)/a)^alpha + (B/b)^alpha)^(1/alpha)

Both are used for the fracture energy and for the square of the onset opening, so that damage grows
for every change of the share that a rule for the energy alone would let heal. For the squared onset
opening the power law with alpha = 1 is the quadratic stress criterion (<t_n>/N)^2 + (t_t/S)^2 = 1.
With a = b the first rule is a constant; the second is one for alpha = 1 only.

A rule is a function (share, normal, shear, exponent) -> (value, slope by the share), arrays (...);
it must grow with both end values. exponent > 1/2: below, the tangent has no bound near a pure mode.

Sources: Benzeggagh, Kenane, Compos. Sci. Technol. 56 (1996) 439; for the onset Turon, Camanho,
Costa, Davila, Mech. Mater. 38 (2006) 1072; power law: Camanho, Davila (2002) NASA/TM-2002-211737.
"""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from chemomech.physics.values import Values

Rule: TypeAlias = Callable[..., tuple[NDArray, NDArray]]  # (share, normal, shear, exponent)


def _power(base, exponent):
    """Return base^exponent and its derivative.

    A zero base has no slope: its product with dB/d(opening) vanishes.
    """
    inner = base > 0
    slope = exponent * np.where(inner, base, 1.0) ** (exponent - 1.0) * inner
    return base**exponent, slope


def benzeggagh_kenane(
    share: NDArray, normal: Values, shear: Values, exponent: Values
) -> tuple[NDArray, NDArray]:
    """Return v = a + (b - a) B^eta and dv/dB, arrays (...).

    Parameters
    ----------
    share : (...) array
        Share of shear B, 0 to 1.
    normal, shear : (...) array
        Values a in mode I and b in mode II, > 0.
    exponent : (...) array
        Exponent eta, above 1/2.

    Examples
    --------
    >>> value, slope = benzeggagh_kenane(np.array([0.0, 0.5, 1.0]), 2.0, 6.0, 2.0)
    >>> value.tolist(), slope.tolist()
    ([2.0, 3.0, 6.0], [0.0, 4.0, 8.0])
    """
    power, slope = _power(share, exponent)
    return normal + (shear - normal) * power, (shear - normal) * slope


def power_law(
    share: NDArray, normal: Values, shear: Values, exponent: Values
) -> tuple[NDArray, NDArray]:
    """Return v with 1/v = (((1 - B)/a)^alpha + (B/b)^alpha)^(1/alpha) and dv/dB, arrays (...).

    Parameters
    ----------
    share : (...) array
        Share of shear B, 0 to 1.
    normal, shear : (...) array
        Values a in mode I and b in mode II, > 0.
    exponent : (...) array
        Exponent alpha, above 1/2.
    """
    opening, opening_slope = _power((1.0 - share) / normal, exponent)
    sliding, sliding_slope = _power(share / shear, exponent)
    total = opening + sliding
    value = total ** (-1.0 / exponent)
    slope = -value / (exponent * total) * (sliding_slope / shear - opening_slope / normal)
    return value, slope


MODE_MIXITY = {"benzeggagh_kenane": benzeggagh_kenane, "power_law": power_law}


def mode_mixity_rule(name_or_function: Rule | str) -> Rule:
    """Return the rule of a name, or a function of the user's as it is.

    Raises
    ------
    ValueError
        For an unknown name; the message lists the choices.
    """
    if callable(name_or_function):
        return name_or_function
    if name_or_function not in MODE_MIXITY:
        choices = ", ".join(sorted(MODE_MIXITY))
        raise ValueError(
            f"cohesive law: no rule of mode mixity {name_or_function!r}; choose one of {choices}"
        )
    return MODE_MIXITY[name_or_function]
