"""Quantities with their units, constants, and the units of the field."""
