"""A block that is held at its sides, for balances of energy."""

from bodies import damage_of
from chemomech.models.mechanics import Mechanics
from chemomech.models.supports import stack_supports

WIDTH, HEIGHT = 8e-6, 4e-6


def held_in(fixture, domain, bulk, laws):
    """Mechanics of a cell that stands in a fixture from the start."""
    supports = lambda domain, space: stack_supports(domain, space, fixture)
    return Mechanics(domain, bulk, laws, damage_of(domain), supports=supports)
