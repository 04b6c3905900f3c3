r"""What a layer weighs and holds: areal mass, and charge per mass.

    m = rho V/A        areal mass of a region of volume V in a cell of area A
    q = Q/m            charge per mass; Q charge per area
    q_0 = F c_max/rho  of an active material whose every site takes up its lithium
    M = rho/c_max      mass of the material per mole of these sites

rho [kg/m3] density without pores of the material without strain; c_max [mol/m3] lithium per volume
of the same material where all sites are full. M tells whether the two belong together: it is the
molar mass of the formula that holds one lithium.
"""

from numpy.typing import ArrayLike, NDArray

from chemomech.units.constants import FARADAY


def areal_mass(density: float, volume: float, area: float) -> float:
    """Return the mass per area of a region.

    Parameters
    ----------
    density : float
        Density of its material [kg/m3].
    volume : float
        Its volume [m3]; in a section its area per depth [m2].
    area : float
        Area of the cell [m2]; in a section its width [m].

    Returns
    -------
    float
        Areal mass [kg/m2].
    """
    return density * volume / area


def theoretical_capacity(maximum_concentration: ArrayLike, density: ArrayLike) -> float | NDArray:
    """Return the charge per mass of an active material that is emptied of all its lithium.

    Parameters
    ----------
    maximum_concentration : float or array
        Lithium per volume at stoichiometry 1 [mol/m3].
    density : float or array
        Density [kg/m3].

    Returns
    -------
    float or array
        Charge per mass [C/kg].
    """
    return FARADAY * maximum_concentration / density
