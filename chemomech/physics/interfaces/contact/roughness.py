r"""What a measured roughness says of faces in contact: the strength of spots, adhesion's pressure.

Small bodies of lithium are strong: pillars of 1 um yield at 105 MPa, of 9.45 um at 15 MPa, bulk at
0.8 MPa (dagger: Xu et al., Proc. Natl. Acad. Sci. 114 (2017) 57, recalled), near enough an inverse
size. Asperities are as large as the faces are rough, so their flow stress is

    s sigma_y = sigma_y + k/Rq,   k about 105 N/m,

and their creep is the bulk's at s sigma_0: the exponent of nanoindentation is that of bulk.

Adhesion adds to the load of every spot 2 pi w R (Derjaguin, Muller, Toporov, J. Colloid Interface
Sci. 53 (1975) 314). With N asperities per area of curvature R, and N R Rq = 0.05 on surfaces of
many kinds (dagger: Greenwood, Williamson, Proc. R. Soc. A 295 (1966) 300),

    p_a = 2 pi 0.05 w/Rq.
"""

import numpy as np

from chemomech.physics.values import Values

ASPERITIES = 0.05  # number per area times curvature times roughness


def strengthening(size_strength: Values, roughness: Values, yield_strength: Values) -> Values:
    """Return s, strength of asperities over that of the bulk, >= 1.

    Parameters
    ----------
    size_strength : (...) array
        Strength times size k of small bodies [N/m], >= 0.
    roughness : (...) array
        Root mean square height Rq [m], > 0.
    yield_strength : (...) array
        Of the bulk [Pa], > 0.

    Examples
    --------
    >>> round(float(strengthening(105.0, 1.5e-6, 0.8e6)), 1)
    88.5
    """
    return 1.0 + size_strength / (roughness * yield_strength)


def adhesive_pressure(work_of_adhesion: Values, roughness: Values) -> Values:
    """Return the pressure p_a that adhesion adds between rough faces that touch [Pa].

    Parameters
    ----------
    work_of_adhesion : (...) array
        w [J/m2], >= 0.
    roughness : (...) array
        Root mean square height Rq [m], > 0.
    """
    return 2.0 * np.pi * ASPERITIES * work_of_adhesion / roughness
