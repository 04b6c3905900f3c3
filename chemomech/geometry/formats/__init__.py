"""Mesh files of other programs that no library reads whole."""
