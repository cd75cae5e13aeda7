"""From a wide sales log to transactions, with every row accounted for."""
