"""Flaws and cracks: weight functions, crack tip fields, growth, weakest link."""
