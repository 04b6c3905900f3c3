"""How does a point of a body deform? Elasticity, plastic flow, creep, swelling, damage."""
