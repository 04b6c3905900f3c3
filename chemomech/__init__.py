"""Mechanical degradation of solid-state batteries: stress, debonding, cracks, contact and risk."""

__version__ = "0.1.0"
