"""Shapes, packings and outlines from which a body is drawn."""
