"""A small cell for tests that need a whole run: four particles, about a thousand cells, seconds."""

import copy

import tomli_w

CASE = {
    "name": "small cell",
    "geometry": {
        "recipe": "layered_cell", "width": "10 um", "lithium_thickness": "4 um", "separator_thickness": "20 um",
        "cathode_thickness": "10 um", "collector_thickness": "2 um", "seed": 1,
        "particles": {
            "radius_mean": "1.8 um", "radius_standard_deviation": "0.1 um", "radius_minimum": "1.5 um",
            "radius_maximum": "2.1 um", "area_fraction": 0.4, "minimum_gap": "0.3 um",
        },
        "mesh": {"size_interface": "0.8 um", "size_bulk": "3 um"},
    },
    "materials": {
        "lithium": "lithium", "separator": "Li6PS5Cl", "electrolyte": "Li6PS5Cl", "active": "NMC811",
        "collector": "aluminium",
    },
    "interfaces": {"active|electrolyte": "NMC811|Li6PS5Cl", "lithium|separator": "lithium|Li6PS5Cl"},
    "stack": {"fixture": "constant_pressure", "pressure": "10 MPa"},
    "solver": {"steps_per_half_cycle": 10},
    "uncertainty": {"samples": 20},
}  # fmt: skip


def small_case(**changes):
    """The case as a table; changes: dotted key with '__' for '.', for example stack__pressure="1 MPa"."""
    table = copy.deepcopy(CASE)
    for key, value in changes.items():
        at, parts = table, key.split("__")
        for part in parts[:-1]:
            at = at.setdefault(part, {})
        at[parts[-1]] = value
    return table


def write_toml(path, table):
    """Write a table as TOML and return the path."""
    path.write_text(tomli_w.dumps(table))
    return path
