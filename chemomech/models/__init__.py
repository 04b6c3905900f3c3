"""What does a body do? Weak forms that join the laws of physics with finite elements; no case is known here."""
