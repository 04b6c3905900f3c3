"""What does one material point do? Laws as pure functions on arrays, in numpy and scipy alone."""
