"""Recipes: from a section [geometry] to a body."""
