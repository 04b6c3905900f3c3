r"""Brittle fracture by a phase field: what a point stores and what cracks cost.

    E(u, d) = int g(d) psi_+(e) + psi_-(e) dx + int (G_c/c_w) (w(d)/l + l |grad d|^2) dx,
    d never decreases,
    g(d) = (1 - d)^2 + k,      AT1: w = d, c_w = 8/3;      AT2: w = d^2, c_w = 2.

d damage, 0 (intact) to 1 (crack); e elastic strain (total less eigenstrain), Voigt with engineering
shear; l length of regularisation [m]; G_c toughness [J/m2]; k residual stiffness. The split of
psi(e) = psi_+ + psi_- says what of the energy drives cracks and is lost in them:

    none                    psi_+ = psi: cracks open and close alike, and grow under pressure too
    volumetric_deviatoric   psi_+ = K <tr e>_+^2/2 + G |dev e|^2
    spectral                psi_+ = lambda <tr e>_+^2/2 + G |e_+|^2,
                            e_+ the positive part by principal strains

AT1 stays intact up to a stress sigma_c = sqrt(3 E G_c/(8 l)); AT2 damages from the first load and
its homogeneous stress peaks at sqrt(27 E G_c/(256 l)). l is thereby a material length, l = 3 E
G_c/(8 sigma_c^2). On a mesh of linear elements of size h a crack is a strip of cells with d = 1,
which costs

    G_c,num = G_c (1 + h/(c_w l)),     c_w = 8/3: 3 h/(8 l),   c_w = 2: h/(2 l).

Sources: Bourdin, Francfort, Marigo, J. Elast. 91 (2008) 5 (AT1, AT2, G_c,num); Pham, Amor, Marigo,
Maurini, Int. J. Damage Mech. 20 (2011) 618 (homogeneous response); Amor, Marigo, Maurini, J. Mech.
Phys. Solids 57 (2009) 1209 (volumetric-deviatoric); Miehe, Hofacker, Welschinger, Comput. Methods
Appl. Mech. Eng. 199 (2010) 2765 (spectral).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chemomech.physics.bulk import elasticity
from chemomech.physics.values import Values

NORMALISATION = {"AT1": 8.0 / 3.0, "AT2": 2.0}


class Split(NamedTuple):
    """Elastic energy, stress and tangent in two parts; the stress is g(d) degraded + undegraded.

    Attributes
    ----------
    active, passive : (...) array
        psi_+, which drives cracks and is lost in them, and psi_- [J/m3].
    degraded, undegraded : (..., c) array
        Their stresses [Pa]; damage takes the first and leaves the second.
    degraded_tangent, undegraded_tangent : (..., c, c) array
        Their tangents [Pa].
    """

    active: NDArray
    passive: NDArray
    degraded: NDArray
    undegraded: NDArray
    degraded_tangent: NDArray
    undegraded_tangent: NDArray


def normalisation(model: str) -> float:
    """Return c_w of a model, "AT1" or "AT2"; ValueError that lists them for another name."""
    return _known(NORMALISATION, model, "phase-field model")


def local_dissipation(damage: ArrayLike, model: str) -> tuple[NDArray, NDArray, NDArray]:
    """Return w(d), its slope and its curvature, each (...).

    Parameters
    ----------
    damage : (...) array
        d, 0 to 1.
    model : str
        "AT1" or "AT2".
    """
    damage, c_w = np.asarray(damage, dtype=float), normalisation(model)
    if c_w == NORMALISATION["AT1"]:
        return damage, np.ones_like(damage), np.zeros_like(damage)
    return damage**2, 2.0 * damage, np.full_like(damage, 2.0)


def degradation(damage: NDArray, residual: float) -> NDArray:
    """Return g(d) = (1 - d)^2 + k, (...).

    Parameters
    ----------
    damage : (...) array
        d, 0 to 1.
    residual : float
        k, > 0 and far below 1.
    """
    return (1.0 - damage) ** 2 + residual


def conducting_share(damage: NDArray, residual: float) -> NDArray:
    """Return what damage leaves of a conductivity, (1 - d)^2 + k, at most 1, (...).

    Across a crack nothing but k passes. It is a closure, not a measurement: along a crack some l on
    either side conduct less too, in proportion to l.

    Parameters
    ----------
    damage : (...) array
        d, 0 to 1.
    residual : float
        k, > 0 and far below 1.
    """
    return np.minimum(degradation(damage, residual), 1.0)


def numerical_toughness(toughness: Values, size: Values, length: Values, model: str) -> Values:
    """Return what a crack costs on linear cells, G_c (1 + h/(c_w l)) [J/m2].

    Parameters
    ----------
    toughness : (...) array
        Fracture energy G_c [J/m2], > 0.
    size : (...) array
        Size h of the cells [m].
    length : (...) array
        Length l of regularisation [m], > 0.
    model : str
        "AT1" or "AT2".
    """
    return toughness * (1.0 + size / (normalisation(model) * length))


def corrected_toughness(toughness: Values, size: Values, length: Values, model: str) -> Values:
    """Return G_c/(1 + h/(c_w l)) [J/m2]: given to the cells, a crack costs G_c.

    Parameters
    ----------
    toughness : (...) array
        Fracture energy G_c [J/m2], > 0.
    size : (...) array
        Size h of the cells [m].
    length : (...) array
        Length l of regularisation [m], > 0.
    model : str
        "AT1" or "AT2".
    """
    return toughness / (1.0 + size / (normalisation(model) * length))


def critical_stress(young_modulus: Values, toughness: Values, length: Values, model: str) -> Values:
    """Return the largest homogeneous stress of a bar in tension [Pa].

    It is sqrt(3 E G_c/(8 l)) for AT1 and sqrt(27 E G_c/(256 l)) for AT2.

    Parameters
    ----------
    young_modulus : (...) array
        E [Pa], > 0; under plane strain E/(1 - nu^2).
    toughness : (...) array
        Fracture energy G_c [J/m2], > 0.
    length : (...) array
        Length l of regularisation [m], > 0.
    model : str
        "AT1" or "AT2".
    """
    share = {"AT1": 3.0 / 8.0, "AT2": 27.0 / 256.0}
    return np.sqrt(_known(share, model, "phase-field model") * young_modulus * toughness / length)


def homogeneous_damage(
    strain: ArrayLike, young_modulus: Values, toughness: Values, length: Values, model: str
) -> NDArray:
    """Return d (...) of a bar whose damage is the same everywhere, under a growing strain.

    AT2: E e^2/(E e^2 + G_c/l); AT1: 1 - 3 G_c/(8 l E e^2) beyond the elastic limit, 0 before.

    Parameters
    ----------
    strain : (...) array
        e, >= 0.
    young_modulus : (...) array
        E [Pa], > 0.
    toughness : (...) array
        Fracture energy G_c [J/m2], > 0.
    length : (...) array
        Length l of regularisation [m], > 0.
    model : str
        "AT1" or "AT2".
    """
    drive = young_modulus * np.asarray(strain, dtype=float) ** 2
    if normalisation(model) == NORMALISATION["AT2"]:
        return drive / (drive + toughness / length)
    limit = 3.0 * toughness / (8.0 * length)
    return 1.0 - limit / np.maximum(drive, limit)


def profile(distance: NDArray, length: Values, model: str) -> NDArray:
    """Return d (...) beside a crack in an infinite body.

    AT1: (1 - |x|/(2 l))^2 up to |x| = 2 l; AT2: exp(-|x|/l).

    Parameters
    ----------
    distance : (...) array
        x [m].
    length : (...) array
        Length l of regularisation [m], > 0.
    model : str
        "AT1" or "AT2".
    """
    away = np.abs(distance) / length
    if normalisation(model) == NORMALISATION["AT2"]:
        return np.exp(-away)
    return np.maximum(1.0 - 0.5 * away, 0.0) ** 2


def split_energy(strain: NDArray, shear: Values, bulk: Values, split: str) -> Split:
    """Return the Split of elastic strains.

    Parameters
    ----------
    strain : (..., c) array
        Elastic strain, Voigt with engineering shear, c = 4 or 6.
    shear, bulk : (...) array
        Shear and bulk modulus [Pa], > 0.
    split : str
        A name of SPLITS.

    Raises
    ------
    ValueError
        For an unknown split.
    """
    law = _known(SPLITS, split, "split of the energy")
    shear, bulk = (np.broadcast_to(each, strain.shape[:-1]) for each in (shear, bulk))
    return law(strain, shear, bulk)


def _known(table, name, kind):
    if name not in table:
        raise ValueError(f"no {kind} '{name}'; known: {', '.join(table)}")
    return table[name]


def _none(strain, shear, bulk):
    """Return the split in which all of the energy is active."""
    tangent = elasticity.stiffness(shear, bulk, strain.shape[-1])
    stress = np.einsum("...ij,...j->...i", tangent, strain)
    active = 0.5 * np.einsum("...i,...i->...", stress, strain)
    return Split(
        active,
        np.zeros_like(active),
        stress,
        np.zeros_like(stress),
        tangent,
        np.zeros_like(tangent),
    )


def _volumetric(strain, modulus):
    """Return (psi_+, psi_-, stress_+, stress_-, tangent_+, tangent_-) of modulus/2 (tr e)^2."""
    one = elasticity.unit_tensor(strain.shape[-1])
    trace = strain[..., :3].sum(axis=-1)
    parts = []
    for part, on in ((np.maximum(trace, 0.0), trace > 0), (np.minimum(trace, 0.0), trace <= 0)):
        tangent = (modulus * on)[..., None, None] * np.outer(one, one)
        parts.append((0.5 * modulus * part**2, (modulus * part)[..., None] * one, tangent))
    return tuple(zip(*parts, strict=True))


def _volumetric_deviatoric(strain, shear, bulk):
    """Return the split in which shear and dilatation are active."""
    (active, passive), (degraded, undegraded), (degraded_tangent, undegraded_tangent) = _volumetric(
        strain, bulk
    )
    projector = 2.0 * shear[..., None, None] * elasticity.deviatoric_projector(strain.shape[-1])
    deviator = np.einsum("...ij,...j->...i", projector, strain)
    active = active + 0.5 * np.einsum("...i,...i->...", deviator, strain)
    return Split(
        active,
        passive,
        degraded + deviator,
        undegraded,
        degraded_tangent + projector,
        undegraded_tangent,
    )


PAIRS = ((0, 0), (1, 1), (2, 2), (0, 1), (1, 2), (0, 2))


def _basis(components):
    """Return symmetric matrices (c, 3, 3) of unit Voigt strains with engineering shear."""
    basis = np.zeros((components, 3, 3))
    for number, (i, j) in enumerate(PAIRS[:components]):
        basis[number, i, j] += 0.5
        basis[number, j, i] += 0.5
    return basis


def _spectral(strain, shear, bulk):
    """Return the split in which dilatation and principal stretches are active."""
    components, basis = strain.shape[-1], _basis(strain.shape[-1])
    values, vectors = np.linalg.eigh(np.einsum("...i,ijk->...jk", strain, basis))
    (active, passive), (degraded, undegraded), (degraded_tangent, undegraded_tangent) = _volumetric(
        strain, bulk - 2.0 * shear / 3.0
    )
    positive = np.maximum(values, 0.0)
    # Voigt basis in the principal axes; a stress component is its product with a matrix.
    turned = np.einsum("...ja,ijk,...kb->...iab", vectors, basis, vectors, optimize=True)
    twice = 2.0 * shear[..., None]
    stress = twice * np.einsum("...iaa,...a->...i", turned, positive)
    whole = twice * np.einsum("...iaa,...a->...i", turned, values)
    share = _divided_differences(values, positive)
    flat = turned.reshape(*turned.shape[:-2], 9)
    tangent = twice[..., None] * np.matmul(
        flat * share.reshape(*share.shape[:-2], 1, 9), np.swapaxes(flat, -1, -2)
    )
    projector = (
        2.0 * shear[..., None, None] * np.diag(np.where(np.arange(components) < 3, 1.0, 0.5))
    )
    return Split(
        active + shear * np.sum(positive**2, axis=-1),
        passive + shear * np.sum((values - positive) ** 2, axis=-1),
        degraded + stress,
        undegraded + whole - stress,
        degraded_tangent + tangent,
        undegraded_tangent + projector - tangent,
    )


def _divided_differences(values, positive):
    """Return (<a>_+ - <b>_+)/(a - b) of pairs of principal values (..., 3), (..., 3, 3).

    Where they are equal it is the slope.
    """
    gap = values[..., :, None] - values[..., None, :]
    rise = positive[..., :, None] - positive[..., None, :]
    slope = np.broadcast_to((values > 0).astype(float)[..., None], gap.shape)
    return np.divide(rise, gap, out=slope.copy(), where=gap != 0.0)


SPLITS = {"none": _none, "volumetric_deviatoric": _volumetric_deviatoric, "spectral": _spectral}
