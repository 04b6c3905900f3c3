"""Expected orders of convergence of the verification tests, in one place, and how they are
fitted."""

import numpy as np

# name of a test's error -> (expected order, allowed distance to both sides)
EXPECTED = {
    "elasticity P1 displacement": (2.0, 0.15),
    "elasticity P1 strain": (1.0, 0.1),
    "elasticity P2 displacement": (3.0, 0.15),
    "elasticity P2 strain": (2.0, 0.15),
    # A polygon stands in for the circle: the geometry limits quadratic elements to second order.
    "thick cylinder P1 displacement": (2.0, 0.15),
    "thick cylinder P2 displacement": (2.0, 0.2),
    "misfit inclusion pressure": (2.0, 0.5),
    "shrink fit pressure": (2.0, 0.15),
    "conduction P1 potential": (2.0, 0.15),
    "conduction P2 potential": (3.0, 0.2),
    # Polygons stand in for circles.
    "lattice of discs": (2.0, 0.4),
    "creep step": (1.0, 0.15),
    "creep of a body": (2.0, 0.3),
    # The shape is that of the step's start.
    "creep of a body that moves": (1.0, 0.15),
    # By solver.rate_tolerance: the allowed error goes with the square of the step.
    "creep by tolerance": (1.0, 0.25),
    "thick cylinder in creep": (2.0, 0.15),
    "energy balance plastic": (2.0, 0.4),
    "energy balance debonding": (2.0, 0.4),
    "Taylor remainder": (2.0, 0.1),
    # Quadratic elements at a crack tip that a finite interface stiffness has blunted.
    "end-notched flexure compliance": (1.5, 0.3),
    "double cantilever compliance": (1.9, 0.3),
    # A penalty of a given number of E/h overlaps by a share of the mesh size.
    "Hertz half-width": (0.9, 0.25),
    "Hertz pressure": (1.2, 0.25),
    "sliding block energy": (2.0, 0.5),
    "Hertz domain size": (1.05, 0.1),
}


def fitted_order(sizes, errors):
    """Slope of log(error) over log(size) by least squares."""
    return np.polyfit(np.log(sizes), np.log(errors), 1)[0]


def check_order(name, sizes, errors):
    """Assert that errors on at least three sizes fall with the expected order, neither slower nor
    faster."""
    assert len(sizes) >= 3
    expected, distance = EXPECTED[name]
    order = fitted_order(sizes, errors)
    assert abs(order - expected) <= distance, (
        f"{name}: order {order:.3f}, expected {expected} ± {distance}; {errors}"
    )


def taylor_order(function, derivative, steps):
    """Order of |f(x + h d) - f(x) - h f'(x) d| in h; function(h) and derivative are arrays along
    one direction."""
    base = function(0.0)
    remainders = [np.linalg.norm(function(h) - base - h * derivative) for h in steps]
    return fitted_order(steps, remainders)
