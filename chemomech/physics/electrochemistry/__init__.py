"""What a point does electrochemically: equilibrium, kinetics, diffusion, charge per mass."""
