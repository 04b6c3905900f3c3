"""Weights that take the stress on the lines of a family of flaws to K at their ends."""

import numpy as np

from chemomech.physics.fracture import weight_functions


def flaw_weights(settings, lines, sizes, poisson_ratio):
    """Return the weights of open mouths and those of bonded ones, (k, a, e, 2, 2, z) or None.

    Parameters
    ----------
    settings : case.flaws.FlawFamily
        Place and shape of the flaws.
    lines : Lines
        Their lines: k angles, points (z,).
    sizes : (a,) array
        Of the flaws [m].
    poisson_ratio : float
        Of the region, for pennies.
    """
    place = lines.place
    if settings.place not in ("surface", "particle edge", "pore"):
        rule = (
            weight_functions.slit_rule()
            if settings.shape == "slit"
            else weight_functions.penny_rule(poisson_ratio)
        )
        one = np.stack([_on_profile(*rule, size, place) for size in sizes])
        return np.broadcast_to(one, (len(lines.angles), *one.shape)), None
    # The rule counts angles clockwise.
    rules = [weight_functions.edge_rule(-float(angle)) for angle in lines.angles]
    free = np.stack(
        [np.stack([_on_profile(*rule, size, place) for size in sizes]) for rule in rules]
    )
    if settings.place != "particle edge":
        return free, None
    at, weights = weight_functions.slit_rule()
    tip = np.stack([_on_profile(1.0 + at, weights[:1], 0.5 * size, place) for size in sizes])
    return free, np.broadcast_to(tip, free.shape)


def _on_profile(places, weights, size, profile):
    """Return weights (e, 2, 2, z) of stresses at a profile (z,) [m], linear between its points.

    They are those of a rule times sqrt(a).
    """
    at = np.clip(places * size, profile[0], profile[-1])
    first = np.clip(np.searchsorted(profile, at) - 1, 0, len(profile) - 2)
    share = (at - profile[first]) / (profile[first + 1] - profile[first])
    spread = np.zeros((len(at), len(profile)))
    rows = np.arange(len(at))
    spread[rows, first], spread[rows, first + 1] = 1.0 - share, share
    return np.sqrt(size) * weights @ spread
