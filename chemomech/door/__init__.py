"""What the front doors hand out: results, meshes, cases to start from, and what the stack is."""
