"""Points of a crack for the tests of cohesive laws: parameters, paths and what they return."""

import itertools

import numpy as np
import pytest

from chemomech.physics.interfaces.cohesive import COHESIVE_LAWS

STIFFNESS, STRENGTH, SHEAR_STRENGTH, ENERGY, SHEAR_ENERGY, EXPONENT = 1e3, 30.0, 45.0, 2.0, 5.0, 1.8
ONSET, SHEAR_ONSET = STRENGTH / STIFFNESS, SHEAR_STRENGTH / STIFFNESS


def unequal(name, mode_mixity="benzeggagh_kenane", residual=1e-6, **own):
    """A law whose modes differ in strength and energy."""
    return COHESIVE_LAWS[name](
        STIFFNESS,
        STRENGTH,
        SHEAR_STRENGTH,
        ENERGY,
        SHEAR_ENERGY,
        EXPONENT,
        mode_mixity,
        residual,
        **own,
    )


def equal(name, residual=1e-6, **own):
    """A law with the same strength and energy in both modes."""
    return COHESIVE_LAWS[name](
        STIFFNESS,
        STRENGTH,
        STRENGTH,
        ENERGY,
        ENERGY,
        EXPONENT,
        "benzeggagh_kenane",
        residual,
        **own,
    )


LAWS = {
    "bilinear": unequal("bilinear"),
    "bilinear, power law": unequal("bilinear", "power_law"),
    "bilinear, equal modes": equal("bilinear"),
    "exponential": unequal("exponential"),
    "exponential, equal modes": equal("exponential", 1e-3),
    "ppr": unequal("ppr"),
    "ppr, equal modes": equal("ppr", 1e-3, shape=2.5),
}
every_law = pytest.mark.parametrize("name", LAWS)


def walked(law, path, rate=np.inf, history=None):
    """Responses of a law along a path (n, ..., d), first point included; the point starts
    intact."""
    history = law.initial_history(np.zeros(path.shape[1:-1])) if history is None else history
    responses = []
    for opening in path:
        responses.append(law(opening, history, rate))
        history = responses[-1].history
    return responses


def smooth_path(steps, unload=True):
    """Openings (steps, 3) of a smooth way that opens while it turns, partly closes and opens to the
    end."""
    t = np.arange(1, steps + 1)[:, None] / steps
    size = 0.25 * t + 0.04 * np.sin(4 * np.pi * t) if unload else 0.25 * t
    share = 0.5 + 0.4 * np.sin(3.0 * t)
    return size * np.concatenate(
        [np.sqrt(1 - share), 0.8 * np.sqrt(share), 0.6 * np.sqrt(share)], axis=1
    )


BEFORE = [0.035, 0.035]


_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(16)


def segment_work(law, a, b, history, cuts, panels=3):
    """int traction . d(opening) (p,) of straight ways a -> b (p, d), smooth between the cuts (p, m)
    in 0..1."""
    ends = np.sort(
        np.clip(np.concatenate([cuts, np.zeros((len(a), 1)), np.ones((len(a), 1))], axis=1), 0, 1),
        axis=1,
    )
    grid = np.arange(panels + 1) / panels
    ends = (ends[:, :-1, None] + np.diff(ends, axis=1)[:, :, None] * grid[:-1]).reshape(len(a), -1)
    ends = np.concatenate([ends, np.ones((len(a), 1))], axis=1)
    width = np.diff(ends, axis=1)
    s = (ends[:, :-1, None] + 0.5 * width[..., None] * (1 + _NODES)).reshape(len(a), -1)
    weight = (0.5 * width[..., None] * _WEIGHTS).reshape(len(a), -1)
    openings = a[:, None] + s[..., None] * (b - a)[:, None]
    repeated = np.broadcast_to(history[:, None], (*s.shape, history.shape[-1]))
    traction = law(openings, repeated, np.inf).traction
    return np.einsum("ps,psd,pd->p", weight, traction, b - a)


def sphere_cuts(a, b, thresholds):
    """Where straight ways cross d_n = 0 and where the effective opening passes thresholds (p, m),
    in 0..1."""
    step = b - a
    with np.errstate(divide="ignore", invalid="ignore"):
        cuts = [-a[:, :1] / step[:, :1]]
        for start, way in ((a, step), (a[:, 1:], step[:, 1:])):
            square, cross = np.sum(way**2, axis=1)[:, None], np.sum(way * start, axis=1)[:, None]
            root = np.sqrt(cross**2 - square * (np.sum(start**2, axis=1)[:, None] - thresholds**2))
            cuts += [(-cross + root) / square, (-cross - root) / square]
        return np.nan_to_num(np.concatenate(cuts, axis=1), nan=0.0, posinf=0.0, neginf=0.0)


def effective_size(opening):
    """sqrt(<d_n>^2 + |d_t|^2)."""
    return np.sqrt(np.maximum(opening[..., 0], 0.0) ** 2 + np.sum(opening[..., 1:] ** 2, axis=-1))


def dissipated_along(law, corners, marks):
    """(work - stored, sum of fracture, last response), (p,), of straight ways through corners (n,
    p, d).

    marks (p, m): effective openings at which the law's curve has a kink, the largest so far is
    added.
    """
    history = law.initial_history(np.zeros(corners.shape[1]))
    reached, work, fracture = np.zeros(corners.shape[1]), 0.0, 0.0
    for a, b in itertools.pairwise(corners):
        cuts = sphere_cuts(a, b, np.concatenate([marks, reached[:, None]], axis=1))
        work = work + segment_work(law, a, b, history, cuts)
        response = law(b, history, np.inf)
        history, fracture = response.history, fracture + response.fracture
        reached = np.maximum(reached, np.maximum(effective_size(a), effective_size(b)))
    return work - response.stored, fracture, response


def mixed(rule, share, normal, shear):
    """Value of a property at a share of shear, written out."""
    if rule == "benzeggagh_kenane":
        return normal + (shear - normal) * share**EXPONENT
    return (((1 - share) / normal) ** EXPONENT + (share / shear) ** EXPONENT) ** (-1 / EXPONENT)


def directions(share, components, seed):
    """Unit openings (p, d) with shares of shear (p,) in random shear directions."""
    random = np.random.default_rng(seed)
    shear = random.standard_normal((len(share), components - 1))
    shear *= np.sqrt(share)[:, None] / np.linalg.norm(shear, axis=1)[:, None]
    return np.concatenate([np.sqrt(1 - share)[:, None], shear], axis=1)


def there_and_back(points, end, seed):
    """Sizes (n, points) that load and unload at random, from 0 to past the end (points,) of the
    curve."""
    sizes = np.random.default_rng(seed).uniform(0, 1, (8, points)) * np.linspace(0.2, 1, 8)[:, None]
    return np.concatenate([np.zeros((1, points)), sizes, np.full((1, points), 1.05)]) * end
