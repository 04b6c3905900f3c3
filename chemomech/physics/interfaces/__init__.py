"""What holds an interface, what passes it? Cohesion, fatigue, contact, friction, interphases."""
