"""When does a crack run, from the stress around it? Intensities, energies, growth, chance."""
