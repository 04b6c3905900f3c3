"""When lithium shorts a cell that was run: four clocks over its flaws, pores and voids.

The recorded states are taken to last: one charge's states are repeated over the life. Current
plates in a share of the time, the stack presses in all of it. The clocks are those of
`physics.lithium.clocks`, here for populations and a whole face:

    filled flaw   K of the stack and of plating at every site, the largest of all states; flaws fill
                  by the face's mean pressure and current and run once K >= K_Ic from their depth to
                  the other side
    creep         `physics.lithium.first_short.crept_through` under the largest mean pressure
    pressed flaw  the same as the first without current; creep alone fills it
    voids         one in a cell of `void_distance` squared leaves less of the face, chi, so that
                  current and overpotential are 1/chi times as large at a flaw, full by then
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from chemomech.analysis.penetration import FlawInputs, Flaws, Sites, population_flaws
from chemomech.analysis.scatter import Draw, UncertaintyInputs, draws
from chemomech.physics.bulk.elasticity import plane_strain_modulus
from chemomech.physics.fracture.weakest_link import running_shares, size_nodes
from chemomech.physics.lithium import shorting
from chemomech.physics.lithium.clocks import CLOCKS, Metal, void_time
from chemomech.physics.lithium.extrusion import Creep
from chemomech.physics.lithium.first_short import CERTAIN, ShortCurve, crept_through
from chemomech.units.constants import FARADAY
from chemomech.units.field import HOUR

TIMES = HOUR * np.geomspace(1e-2, 1e6, 81)  # [s]: ten a decade
VOID_RADIUS = 1e-6  # assumed where none is given [m]
GROUPS = 24  # of sites with like drive, of which the samples take one
LEFT = np.array([0.22, 0.3, 0.45, 0.7])  # contact beside voids; below they touch
NEVER = np.zeros(len(TIMES))


class FlawShorts:
    """Shorts by flaws of one set of inputs, at the states and sites that it was made for."""

    def __init__(self, sites: Sites, inputs: FlawInputs, static: NDArray | None = None):
        """Take what no current changes.

        Parameters
        ----------
        sites : Sites
            At times.
        inputs : FlawInputs
            With a finite thickness.
        static : (t, x, a) array or None
            K without current of the population's depths [Pa sqrt(m)], where it is known.
        """
        self.inputs, self.flaws = inputs, population_flaws(sites, inputs)
        self.static = self.flaws.static() if static is None else static
        p = inputs.population
        self.nodes, (_, self.share) = size_nodes(p.depth_scale, p.depth_shape), p.widths()
        self.depths = np.minimum(self.nodes, inputs.thickness)

    def expected(self, intensity: NDArray, time: NDArray) -> NDArray:
        """Return the shorts (n,) [1/m2] by TIMES.

        Parameters
        ----------
        intensity : (x, a, w) array
            K [Pa sqrt(m)].
        time : (a, w) array
            In which flaws that run cross [s].
        """
        p, weight = self.inputs.population, self.flaws.sites.weight
        through = np.minimum.accumulate(intensity[:, ::-1], axis=1)[:, ::-1]
        shares = running_shares(
            np.moveaxis(through, 1, -1), self.nodes, p.depth_scale, p.depth_shape,
            self.inputs.toughness, p.toughness_deviation, p.toughness_law,
        )  # fmt: skip
        number = p.density * np.tensordot(weight, shares, 1) * self.share[:, None]
        bins = np.searchsorted(TIMES, time.T)
        found = np.bincount(bins.ravel(), number.ravel(), len(TIMES) + 1)
        total: NDArray = np.cumsum(found)[:-1]
        return total

    def times(self, plates: bool) -> NDArray:
        """Return the least time (a, w) [s] over all states in which flaws fill and cross."""
        inputs, weight = self.inputs, self.flaws.sites.weight
        pressure = np.einsum("x,txa->ta", weight, self.flaws.pressure())
        current = np.einsum("x,txa->ta", weight, self.flaws.current()) * plates
        speed = inputs.plating_share * inputs.molar_volume / FARADAY * current
        modulus = plane_strain_modulus(inputs.young_modulus, inputs.poisson_ratio)
        depth, width = self.depths[:, None], self.flaws.widths
        found = np.full((len(self.depths), len(width)), np.inf)
        for v, p in zip(speed[..., None], pressure[..., None], strict=True):
            if plates and not v.any():
                continue
            time = np.zeros(found.shape)
            if inputs.flows_back:
                creeps, kelvin = inputs.creeps, inputs.temperature
                time = shorting.filling_time(depth, width, v, p, creeps, kelvin)
            if plates:
                time = time + shorting.running_time(
                    depth, inputs.thickness, v, inputs.toughness, modulus
                )
            found = np.minimum(found, time)
        return found

    def filled(self, factor: NDArray | float, more: float = 1.0) -> NDArray:
        """Return K (x, a, w) [Pa sqrt(m)] with plating, the largest of all states.

        Parameters
        ----------
        factor : (t, x) array or float
            On the overpotential.
        more : float
            Factor on current and overpotential.
        """
        drive = self.static[..., None] + self.flaws.plating(factor, more)
        largest: NDArray = drive.max(axis=0)
        return largest

    def pressed(self) -> NDArray:
        """Return K (x, a, w) [Pa sqrt(m)] without current, the largest of all states."""
        largest = self.static.max(axis=0)[..., None]
        return np.repeat(largest, len(self.share), axis=-1)


def _by_voids(shorts: FlawShorts, factor: NDArray | float) -> NDArray:
    """Return the shorts (n,) [1/m2] once voids leave little of the face."""
    inputs, sites = shorts.inputs, shorts.flaws.sites
    current = float(sites.current_density.max(initial=0.0))
    if inputs.creep is None or not current > 0.0:
        return NEVER
    pressure = np.array(float((sites.contact_pressure @ sites.weight).min()))
    metal = Metal(inputs.creep, inputs.molar_volume, inputs.temperature)
    radius = inputs.void_radius or VOID_RADIUS
    found = NEVER
    for left in LEFT:
        time = float(
            void_time(
                pressure, current, radius, inputs.void_distance, left, metal, inputs.creeps[1:]
            )
        )
        time /= 1.0 - inputs.plating_share
        if time < TIMES[-1]:
            crossed = np.zeros((len(shorts.depths), len(shorts.share)))
            number = shorts.expected(shorts.filled(factor, 1.0 / left), crossed)[-1]
            found = np.maximum(found, np.where(time <= TIMES, number, 0.0))
    return found


def _by_pores(sites: Sites, inputs: FlawInputs, taken: list[Draw] | None = None) -> NDArray:
    """Return the shorts (s, n) [1/m2] by creep through pores, of all draws at once."""
    if inputs.pores is None:
        return np.zeros((len(taken or [0]), len(TIMES)))
    pressure = float((sites.contact_pressure @ sites.weight).max())
    factors = np.array(
        [(each.rate, each.diffusion, each.pore_width) for each in taken or ()] or [(1.0, 1.0, 1.0)]
    )
    creeps: list[Creep] = [
        creep._replace(rate=creep.rate * factor[:, None])
        for creep, factor in zip(inputs.creeps, factors.T, strict=False)
    ]
    pores = inputs.pores._replace(width=inputs.pores.width * factors[:, 2:])
    return crept_through(TIMES, pressure, inputs.thickness, pores, creeps, inputs.temperature)


def _by_flaws(shorts: FlawShorts, factor: NDArray | float) -> tuple[NDArray, NDArray, NDArray]:
    """Return the shorts (n,) [1/m2] by filled flaws, pressed flaws and voids."""
    return (
        shorts.expected(shorts.filled(factor), shorts.times(plates=True)),
        shorts.expected(shorts.pressed(), shorts.times(plates=False)),
        _by_voids(shorts, factor),
    )


def short_curve(sites: Sites, inputs: FlawInputs) -> ShortCurve:
    """Return the shorts per area of the four CLOCKS over TIMES.

    Parameters
    ----------
    sites : Sites
        At the recorded times, or those of them that are `deciding`.
    inputs : FlawInputs
        Flaws, pores and properties.
    """
    filled, pressed, voids = _by_flaws(FlawShorts(sites, inputs), 1.0)
    creep = _by_pores(sites, inputs)[0]
    return ShortCurve(TIMES, np.minimum(np.stack([filled, creep, pressed, voids]), CERTAIN))


class DrawnShorts(NamedTuple):
    """Shorts per area of samples of the uncertain inputs.

    Attributes
    ----------
    curve : ShortCurve
        With `expected` (s, c, n).
    scores : dict of str to (s,) array
        By what is uncertain, the logarithm of its value over the best one.
    """

    curve: ShortCurve
    scores: dict[str, NDArray]


def drawn_shorts(sites: Sites, inputs: FlawInputs, uncertainty: UncertaintyInputs) -> DrawnShorts:
    """Return the same for `draws` of the uncertain inputs.

    Parameters
    ----------
    sites : Sites
        At the recorded times.
    inputs : FlawInputs
        Flaws, pores and properties.
    uncertainty : UncertaintyInputs
        What scatters, and how.
    """
    few = representative(sites, inputs)
    taken = list(draws(few, inputs, uncertainty))
    static = population_flaws(few, inputs).static()
    creep = _by_pores(sites, inputs, taken)
    found = np.zeros((len(taken), len(CLOCKS), len(TIMES)))
    for k, draw in enumerate(taken):
        own = draw.of(inputs)
        shorts = FlawShorts(few, own, np.sqrt(draw.size) * static)
        filled, pressed, voids = _by_flaws(shorts, draw.overpotential)
        found[k] = filled, creep[k], pressed, voids
    scores = {name: np.array([each.scores[name] for each in taken]) for name in taken[0].scores}
    return DrawnShorts(ShortCurve(TIMES, np.minimum(found, CERTAIN)), scores)


def deciding(sites: Sites, inputs: FlawInputs) -> Sites:
    """Return the sites at the times that have the largest drive of some flaw somewhere.

    Beside them those of the largest current and of the least and largest mean pressure.
    """
    static, drive = _of_some_sizes(sites, inputs)
    mean = sites.contact_pressure @ sites.weight
    rows = np.unique(np.concatenate([static.argmax(axis=0).ravel(), drive.argmax(axis=0).ravel()]))
    ends = np.argmax(sites.current_density), np.argmin(mean), np.argmax(mean)
    return sites.at(np.union1d(rows, ends))


def representative(sites: Sites, inputs: FlawInputs) -> Sites:
    """Return about GROUPS sites in place of all: neighbours in drive stand for each other.

    The worst sites of some flaw stand for themselves. Each group is the same share of what is left
    of the face; its member in the middle stands for it.
    """
    static, drive = (each.max(axis=0) for each in _of_some_sizes(sites, inputs))
    worst = np.union1d(static.argmax(axis=0), drive.argmax(axis=0))
    if len(sites.weight) <= GROUPS + len(worst):
        return sites
    order = np.argsort(drive.max(axis=(1, 2)))
    order = order[~np.isin(order, worst)]
    share = sites.weight[order]
    beyond = np.cumsum(share[::-1])[::-1]  # share of the face at least as driven
    edges = np.geomspace(beyond[0], beyond[-1], GROUPS)
    _, group = np.unique(np.searchsorted(-edges, -beyond, side="right"), return_inverse=True)
    weight = np.bincount(group, share)
    middle = np.cumsum(weight) - 0.5 * weight
    taken = np.searchsorted(np.cumsum(share), middle).clip(0, len(order) - 1)
    places = np.append(order[taken], worst)
    return sites.of(places, np.append(weight, sites.weight[worst]))


def _of_some_sizes(sites: Sites, inputs: FlawInputs) -> tuple[NDArray, NDArray]:
    """Return K (t, x, a, w) without and with current of a few flaws of the population."""
    p = inputs.population
    depths = p.depth_scale * np.array([2.0, 8.0, 30.0]) ** (1.0 / p.depth_shape)
    widths = np.append(p.widths()[0][[0, -1]], p.width)
    flaws = Flaws(sites, inputs, np.append(depths, inputs.depth), widths)
    static = flaws.static()[..., None]
    return static, static + flaws.plating()
