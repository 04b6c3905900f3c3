"""What drives a crack that is there? Domain integrals at tips in the plane and fronts in space."""
