"""Who judges: the interface of a scorer, the heuristic, the language model, and both together."""
