"""Three-dimensional cells with spheres, small enough for the tests."""

from small import small_case

SHORT = ["Charge at 1C for 12 minutes", "Discharge at 1C for 6 minutes"]


def spheres(**changes):
    """A tiny cell of one sphere in 3D as a table; changes as in small_case."""
    table = {
        "geometry__recipe": "layered_cell_3d",
        "geometry__width": "5 um",
        "geometry__depth": "6 um",
        "geometry__lithium_thickness": "2 um",
        "geometry__separator_thickness": "4 um",
        "geometry__cathode_thickness": "5 um",
        "geometry__collector_thickness": "1 um",
        "geometry__particles": {
            "radius_mean": "1.8 um",
            "radius_standard_deviation": "0.1 um",
            "radius_minimum": "1.5 um",
            "radius_maximum": "2.0 um",
            "volume_fraction": 0.18,
            "minimum_gap": "0.3 um",
        },
        "geometry__mesh": {"size_interface": "1.4 um", "size_bulk": "3 um"},
        "flaw__depth": "1.5 um",
        "solver__displacement_degree": 1,
        "solver__steps_per_half_cycle": 4,
        "uncertainty__samples": 5,
        "output__fields": "none",
        "cycle": {"protocol": SHORT},
    }
    return small_case(**{**table, **changes})
