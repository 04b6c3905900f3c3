"""What a point of an interface does: cohesion, contact, friction, fatigue, interphase."""
