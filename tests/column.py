"""A column for tests whose electrons are resolved, with closed forms.

Lithium | separator | active | carbon | collector.
"""

from chemomech.case import parse_case
from chemomech.geometry.mesh.msh import gmsh_session
from small import small_case

TOPS = {"lithium": 1.0, "separator": 6.0, "active": 9.0, "carbon": 10.0, "collector": 11.0}  # um
ACTIVE, CARBON, CONTACT = 2e-2, 5.0, 3e-3  # S/m, S/m, ohm m2


def write_column(path):
    """Mesh of the column in um, with named layers and outer faces."""
    with gmsh_session() as gmsh:
        make, below, sides = gmsh.model.geo, 0.0, {"left": [], "right": []}
        corners = [[make.addPoint(x, y, 0) for x in (0, 1)] for y in (0.0, *TOPS.values())]
        across = [make.addLine(*pair) for pair in corners]
        surfaces = []
        for low, high, line, next_line in zip(
            corners, corners[1:], across, across[1:], strict=False
        ):
            right, left = make.addLine(low[1], high[1]), make.addLine(low[0], high[0])
            sides["right"].append(right)
            sides["left"].append(left)
            surfaces.append(
                make.addPlaneSurface([make.addCurveLoop([line, right, -next_line, -left])])
            )
        make.synchronize()
        for line in across:
            gmsh.model.mesh.setTransfiniteCurve(line, 2)
        for i, top in enumerate(TOPS.values()):
            for side in sides.values():
                gmsh.model.mesh.setTransfiniteCurve(side[i], 1 + int(2 * (top - below)))
            gmsh.model.mesh.setTransfiniteSurface(surfaces[i])
            below = top
        groups = {**sides, "bottom": across[:1], "top": across[-1:]}
        for name, lines in groups.items():
            gmsh.model.addPhysicalGroup(1, lines, name=name)
        for name, surface in zip(TOPS, surfaces, strict=True):
            gmsh.model.addPhysicalGroup(2, [surface], name=name)
        gmsh.model.mesh.generate(2)
        gmsh.write(str(path))


def column_case(folder, electrons="resolved", carbon=None, **changes):
    """The case of the column; carbon: properties of the interface active|carbon."""
    write_column(folder / "column.msh")
    table = small_case(electrons=electrons, output__fields="none", flaw__depth="2 um", **changes)
    table["geometry"] = {
        "recipe": "file",
        "path": str(folder / "column.msh"),
        "length_unit": "1 um",
    }
    table["materials"] = {
        "lithium": "lithium",
        "separator": "Li6PS5Cl",
        "collector": "aluminium",
        "active": {"base": "NMC811", "electronic_conductivity": f"{ACTIVE} S/m"},
        "carbon": {"base": "aluminium", "electronic_conductivity": f"{CARBON} S/m"},
    }
    face = {"base": "NMC811|Li6PS5Cl", "contact_resistance": f"{CONTACT} ohm*m^2", **(carbon or {})}
    table["interfaces"] = {
        "active|separator": {
            "base": "NMC811|Li6PS5Cl",
            "strength": "500 MPa",
            "fracture_energy": "100 J/m^2",
        },
        "active|carbon": face,
        "lithium|separator": "lithium|Li6PS5Cl",
    }
    return parse_case(table)
