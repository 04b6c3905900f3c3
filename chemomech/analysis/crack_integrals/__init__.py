"""Domain integrals at crack tips in the plane and along crack fronts in space."""
