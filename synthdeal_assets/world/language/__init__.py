"""Words of the world: evidence, notes and next steps, composed from facts."""
