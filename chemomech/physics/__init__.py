"""Constitutive laws as pure functions on arrays of material points (numpy and scipy only)."""
