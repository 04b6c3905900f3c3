"""What a point of a body does: elasticity, flow, swelling, phase-field damage."""
