"""What does a body do? Weak forms join the laws of physics with finite elements."""
