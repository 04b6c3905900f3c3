"""A body from plain numbers: regions, interfaces and supports, without a case or material files.

    mesh = box_mesh((40, 4), (40e-3, 2e-3), lambda x: "low" if x[1] < 1e-3 else "high")
    pulled = Held("left", 1, 0.5, region="high"), Held("left", 1, -0.5, region="low")
    body = make_body(
        mesh,
        {"low": Solid(70e9, 0.3), "high": Solid(70e9, 0.3)},
        {"low|high": bond(stiffness=5e14, strength=30e6, fracture_energy=250.0)},
        hold(Held("right"), *pulled),
    )
    result = step(body, body.initial_state(), Load(prescribed_displacement=1e-5))

A case goes the same way: `setup.cell` reads these numbers from its materials. Whole examples:
docs/examples.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from chemomech.fem.domain import Domain, build_domain
from chemomech.models.bulk import BulkParameters
from chemomech.models.mechanics import Mechanics
from chemomech.models.phase_field import CrackingMechanics, Fracture
from chemomech.models.supports import Supports, boundary_dofs
from chemomech.physics.bulk import elasticity
from chemomech.physics.bulk.viscoplasticity import Flow
from chemomech.physics.interfaces.cohesive import COHESIVE_LAWS
from chemomech.physics.interfaces.cohesive.debonded import DebondedParameters, debonded_law
from chemomech.physics.interfaces.fatigue import FatigueParameters
from chemomech.physics.interfaces.interface import InterfaceLaw


@dataclass(frozen=True)
class Solid:
    """Constants of one region.

    Attributes
    ----------
    young_modulus : float
        Young's modulus [Pa].
    poisson_ratio : float
        Poisson's ratio.
    yield_strength, hardening : float
        Yield strength, infinite where nothing yields, and linear hardening modulus [Pa].
    swells : bool
        Whether the region takes a Load's chemical strain that is given as one number.
    flow : viscoplasticity.Flow or None
        Creep: `viscoplasticity.power_law(...)` or `viscoplasticity.anand(...)`; needs displacements
        of degree 2.
    """

    young_modulus: float
    poisson_ratio: float
    yield_strength: float = np.inf
    hardening: float = 0.0
    swells: bool = False
    flow: Flow | None = None


def bond(
    stiffness: float | NDArray,
    strength: float | NDArray,
    fracture_energy: float | NDArray,
    *,
    law: str | Callable = "bilinear",
    shear_strength: float | NDArray | None = None,
    fracture_energy_shear: float | NDArray | None = None,
    mode_mixity: str | Callable = "benzeggagh_kenane",
    mode_mixity_exponent: float = 2.0,
    residual: float = 1e-6,
    friction: float = 0.0,
    contact_stiffness: float | NDArray | None = None,
    fatigue: FatigueParameters | None = None,
    **own: Any,
) -> InterfaceLaw:
    """Make the law of an interface that is bonded and may debond.

    Parameters
    ----------
    stiffness : float or array
        Initial stiffness of the bond [Pa/m]; arrays broadcast to the points of the interface (k,
        q).
    strength, fracture_energy : float or array
        Strength [Pa] and fracture energy [J/m2] in opening.
    law : str or function
        A name of cohesive.COHESIVE_LAWS, or a maker with the same arguments that returns a
        CohesiveLaw.
    shear_strength, fracture_energy_shear : float or array, optional
        The same in shear; default: as in opening.
    mode_mixity, mode_mixity_exponent
        Rule between both modes and its exponent.
    residual : float
        Share of the stiffness left when debonded, at least 0 and below 1.
    friction : float
        Coulomb's coefficient of the debonded share.
    contact_stiffness : float or array, optional
        Stiffness of closed faces under pressure [Pa/m]; default: that of the bond.
    fatigue : FatigueParameters, optional
        Weakening by repeated opening.
    **own
        Further arguments of the law's maker, such as `shape` of "ppr".

    Raises
    ------
    ValueError
        For numbers with which the law could not soften, and for unknown names.
    """
    if isinstance(law, str) and law not in COHESIVE_LAWS:
        raise ValueError(f"no cohesive law '{law}'; known: {', '.join(COHESIVE_LAWS)}")
    make = COHESIVE_LAWS[law] if isinstance(law, str) else law
    cohesion = make(
        stiffness,
        strength,
        strength if shear_strength is None else shear_strength,
        fracture_energy,
        fracture_energy if fracture_energy_shear is None else fracture_energy_shear,
        mode_mixity_exponent,
        mode_mixity,
        residual=residual,
        **own,
    )
    pressed = stiffness if contact_stiffness is None else contact_stiffness
    return InterfaceLaw(cohesion, pressed, friction, fatigue, strength)


def touch(
    stiffness: float | NDArray, friction: float = 0.0, residual: float = 1e-6
) -> InterfaceLaw:
    """Make the law of faces that only touch, never bonded.

    Parameters
    ----------
    stiffness : float or array
        Stiffness of closed faces under pressure [Pa/m].
    friction : float
        Coulomb's coefficient.
    residual : float
        Share of the stiffness that open faces keep, so that a loose body does not float.
    """
    return InterfaceLaw(debonded_law(stiffness, residual), stiffness, friction)


@dataclass(frozen=True)
class Held:
    """Prescribed displacements of one outer boundary.

    They are offset + factor times the prescribed displacement of a Load.

    Attributes
    ----------
    boundary : str
        Name of the outer boundary.
    component : int or None
        Direction, 0 to d - 1; None: all.
    factor : float
        Share of the Load's prescribed displacement.
    offset : float
        Displacement that is always there [m].
    region : str or None
        Only where the boundary belongs to this region.
    """

    boundary: str
    component: int | None = None
    factor: float = 0.0
    offset: float = 0.0
    region: str | None = None


def hold(*conditions: Held) -> Callable[..., Supports]:
    """Make the supports of a body from conditions on its boundaries; of two the later one counts.

    Returns
    -------
    function (domain, space) -> Supports
        The force of the control is sum factor * reaction [N/m; N in 3D].
    """

    def supports(domain: Domain, space: Any) -> Supports:
        held: dict[int, tuple[float, float]] = {}
        for each in conditions:
            every = range(domain.dimension) if each.component is None else (each.component,)
            for component in every:
                dofs = boundary_dofs(domain, space, each.boundary, component, each.region)
                held |= dict.fromkeys(dofs.tolist(), (each.offset, each.factor))
        offset, factor = np.array(list(held.values()), dtype=float).reshape(-1, 2).T
        return Supports(np.array(list(held), dtype=np.int64), offset=offset, factor=factor)

    return supports


def by_cell(domain: Domain, values: Mapping[str, float]) -> NDArray:
    """Spread numbers by region over the cells, (m, 1); 0 in regions without one."""
    column = np.zeros((len(domain.region), 1))
    for name, value in values.items():
        column[domain.region == domain.regions[name]] = value
    return column


def bulk_parameters(domain: Domain, solids: Mapping[str, Solid]) -> BulkParameters:
    """Spread the constants of every region over its cells; ValueError where a region has none."""
    missing = set(domain.regions) - set(solids)
    if missing:
        raise ValueError(f"no constants of {', '.join(sorted(missing))}")

    def column(value_of: Callable[[Solid], float]) -> NDArray:
        return by_cell(domain, {name: value_of(solids[name]) for name in domain.regions})

    flows = {name: solids[name].flow or Flow(0.0) for name in domain.regions}
    columns = zip(*flows.values(), strict=True)
    flow = Flow(*(by_cell(domain, dict(zip(flows, each, strict=True))) for each in columns))
    return BulkParameters(
        shear=column(lambda s: float(elasticity.shear_modulus(s.young_modulus, s.poisson_ratio))),
        bulk=column(lambda s: float(elasticity.bulk_modulus(s.young_modulus, s.poisson_ratio))),
        yield_strength=column(lambda s: s.yield_strength),
        hardening=column(lambda s: s.hardening),
        swells=column(lambda s: float(s.swells)),
        flow=flow if np.any(flow.rate) else None,
    )


def make_body(
    mesh: Any,
    solids: Mapping[str, Solid],
    interfaces: Mapping[str, InterfaceLaw] | None = None,
    supports: Callable[..., Supports] | None = None,
    *,
    debonded: tuple[str, ...] = (),
    degree: int = 2,
    axisymmetric: bool = False,
    out_of_plane: str = "plane_strain",
    fracture: Fracture | None = None,
) -> Mechanics:
    """Make a body that `simulation.newton.step` can load.

    Parameters
    ----------
    mesh : Microstructure or Domain
        The mesh with its names.
    solids : mapping of str to Solid
        Constants of every region.
    interfaces : mapping of str to InterfaceLaw, optional
        Laws of the interfaces that may open (`bond`, `touch`). Interfaces of a Microstructure
        without a law are bonded for good; those of a Domain need one each.
    supports : function (domain, space) -> Supports, optional
        See `hold`; default: a cell in its stack under constant pressure.
    debonded : names
        Interfaces whose bond is broken from the start; those that only touch are so anyway.
    degree : int
        Of the displacements, 1 or 2.
    axisymmetric : bool
        Whether the plane mesh is one of a body of revolution about x = 0.
    out_of_plane : str
        What strains along the axis of a section, see `axial_groups`.
    fracture : Fracture, optional
        Cracks in the bulk as a field of damage.

    Raises
    ------
    ValueError
        For a region without constants, an interface without a law or a law without an interface.
    """
    laws = dict(interfaces or {})
    unknown = set(laws) - set(mesh.interfaces)
    if unknown:
        raise ValueError(f"no interface {', '.join(sorted(unknown))} in the mesh")
    if isinstance(mesh, Domain):
        domain = mesh
    else:
        domain = build_domain(
            replace(mesh, interfaces={name: mesh.interfaces[name] for name in laws})
        )
    if set(domain.interfaces) - set(laws):
        raise ValueError("every interface of a Domain needs a law")
    # The order of the domain's interfaces is that of all arrays over their points.
    laws = {name: laws[name] for name in domain.interfaces}
    damage = initial_damage(domain, laws, debonded)
    bulk = bulk_parameters(domain, solids)
    axial = axial_groups(domain, out_of_plane, np.flatnonzero(bulk.swells[:, 0]))
    held = (degree, supports, axisymmetric, axial)
    if fracture is None:
        return Mechanics(domain, bulk, laws, damage, *held)
    return CrackingMechanics(domain, bulk, laws, damage, fracture, *held)


def axial_groups(domain: Domain, out_of_plane: str, swelling: NDArray) -> NDArray | None:
    """Group the cells of a section that share a free axial strain, as Mechanics takes them.

    Parameters
    ----------
    domain : Domain
        The mesh.
    out_of_plane : str
        "plane_strain": nothing strains along the axis, None; "free": the whole body by one number,
        its mean axial stress is zero; "particles": each connected piece of what swells by a number
        of its own, the mean axial stress of each is zero, and all else is in plane strain.
    swelling : (c,) array
        Numbers of the cells that swell.

    Raises
    ------
    ValueError
        For another name, and for particles of a body in which nothing swells.
    """
    if out_of_plane == "plane_strain":
        return None
    group = np.zeros(len(domain.region), dtype=np.int64)
    if out_of_plane == "free":
        return group
    if out_of_plane != "particles":
        raise ValueError(f'no "{out_of_plane}"; known: plane_strain, free, particles')
    if not len(swelling):
        raise ValueError("nothing swells in the mesh, so there are no particles")
    edges = np.sort(domain.vertices[swelling][:, [[0, 1], [1, 2], [2, 0]]], axis=2).reshape(-1, 2)
    edge = np.unique(edges, axis=0, return_inverse=True)[1].ravel()
    cell = np.repeat(np.arange(len(swelling)), 3)
    touches = coo_array((np.ones(len(edge)), (cell, edge)))
    group[:] = -1
    group[swelling] = connected_components(touches @ touches.T, directed=False)[1]
    return group


def initial_damage(
    domain: Domain, laws: Mapping[str, InterfaceLaw], debonded: tuple[str, ...] = ()
) -> NDArray:
    """Damage (k, 1) of all interfaces at the start: 1 where they touch or are named, else 0."""
    damage = np.zeros((len(domain.all_interfaces()), 1))
    for name, rows in domain.interface_slices().items():
        only_touch = isinstance(laws[name].cohesion.parameters, DebondedParameters)
        damage[rows] = float(only_touch or name in debonded)
    return damage
