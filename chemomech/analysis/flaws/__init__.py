"""Flaws inside a cell, with and without meshing them: where they are, and what drives them."""
