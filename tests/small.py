"""Cells for tests that need a whole run: a small one of four particles, and a tiny one of one
particle."""

import copy

import tomli_w

# A bond that holds through a charge and stays within an ion's reach: what runs are tested for
# (files, balances, limits) then does not hang on how much contact the library's bond keeps.
HOLDS = {
    "base": "NMC811|Li6PS5Cl",
    "strength": "400 MPa",
    "fracture_energy": "10 J/m^2",
    "stiffness": "1e18 Pa/m",
}

CASE = {
    "name": "small cell",
    "geometry": {
        "recipe": "layered_cell",
        "width": "10 um",
        "lithium_thickness": "4 um",
        "separator_thickness": "20 um",
        "cathode_thickness": "10 um",
        "collector_thickness": "2 um",
        "seed": 1,
        "particles": {
            "radius_mean": "1.8 um",
            "radius_standard_deviation": "0.1 um",
            "radius_minimum": "1.5 um",
            "radius_maximum": "2.1 um",
            "area_fraction": 0.4,
            "minimum_gap": "0.3 um",
        },
        "mesh": {"size_interface": "0.8 um", "size_bulk": "3 um"},
    },
    "materials": {
        "lithium": "lithium",
        "separator": "Li6PS5Cl",
        "electrolyte": "Li6PS5Cl",
        "active": "NMC811",
        "collector": "aluminium",
    },
    "interfaces": {"active|electrolyte": HOLDS, "lithium|separator": "lithium|Li6PS5Cl"},
    "stack": {"fixture": "constant_pressure", "pressure": "10 MPa"},
    "solver": {"steps_per_half_cycle": 10},
    "uncertainty": {"samples": 20},
}


def small_case(**changes):
    """The case as a table; changes: dotted key with '__' for '.', for example stack__pressure="1
    MPa"."""
    table = copy.deepcopy(CASE)
    for key, value in changes.items():
        at, parts = table, key.split("__")
        for part in parts[:-1]:
            at = at.setdefault(part, {})
        at[parts[-1]] = value
    return table


TINY = {
    "geometry__width": "6 um",
    "geometry__lithium_thickness": "3 um",
    "geometry__separator_thickness": "6 um",
    "geometry__cathode_thickness": "6 um",
    "geometry__collector_thickness": "1 um",
    "geometry__particles__area_fraction": 0.28,
    "geometry__mesh": {"size_interface": "1.2 um", "size_bulk": "6 um"},
    "flaw__depth": "3 um",
    "solver__displacement_degree": 1,
    "solver__steps_per_half_cycle": 5,
    "uncertainty__samples": 5,
    "output__fields": "none",
}
SHORT_CYCLE = ["Charge at 1C for 12 minutes", "Discharge at 1C for 6 minutes"]


def tiny_case(**changes):
    """The case of one particle in a coarse mesh as a table: a cycle takes about a second; changes
    as in small_case."""
    return small_case(**{**TINY, **changes})


def write_toml(path, table):
    """Write a table as TOML and return the path."""
    path.write_text(tomli_w.dumps(table))
    return path


def film_case(**changes):
    """A thin cell of flat elastic layers in perfect contact, as a table; changes: whole sections.

    Lithium of 4 um, a separator of 8 um, active material of 5 um and a collector of 2 um.
    """
    layers = {"lithium": 4, "separator": 8, "active": 5, "collector": 2}
    return {
        "name": "thin film cell",
        "geometry": {
            "recipe": "layers",
            "width": "4 um",
            "seed": 1,
            "layers": [{"region": n, "thickness": f"{h} um"} for n, h in layers.items()],
            "mesh": {"size_interface": "1 um", "size_bulk": "1 um"},
        },
        "materials": {
            "lithium": {"base": "lithium", "flow": "elastic"},
            "separator": {"base": "Li6PS5Cl", "flow": "elastic"},
            "active": "NMC811",
            "collector": {"base": "aluminium", "flow": "elastic"},
        },
        "interfaces": {
            "active|separator": {
                "base": "NMC811|Li6PS5Cl",
                "strength": "500 MPa",
                "fracture_energy": "100 J/m^2",
            },
            "lithium|separator": "lithium|Li6PS5Cl",
        },
        "stack": {"fixture": "constant_pressure", "pressure": "5 MPa"},
    } | changes
