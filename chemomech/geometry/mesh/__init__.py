"""Meshes: what they hold, read, written, measured, refined and mended."""
