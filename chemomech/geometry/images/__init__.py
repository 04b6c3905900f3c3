"""Pixels and voxels with labels, and the surfaces between them."""
