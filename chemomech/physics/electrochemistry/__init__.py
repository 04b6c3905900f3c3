"""What moves lithium at a point? Equilibrium potentials, kinetics at a surface, diffusion."""
