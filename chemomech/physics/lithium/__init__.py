"""What lithium does at its face and in flaws: voids, vacancies, penetration, shorts."""
