"""What does lithium do where it is plated and stripped? Pressing, creeping, voids, shorts."""
