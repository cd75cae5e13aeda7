"""What the columns of a sales log mean: the map, the proposal of one, and what it allows."""
