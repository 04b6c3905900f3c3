"""The error of this room: a geometry that cannot be built, read or used, with what to change."""


class GeometryError(ValueError):
    """A geometry is impossible, inconsistent or unreadable; the message says what to change."""

    exit_code = 4


class PercolationError(GeometryError):
    """The electrolyte does not connect the two electrodes: the asked geometry is of no use."""
