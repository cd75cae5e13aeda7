"""How good models, rules and list were on what was bought after the cutoff, and how far the features drifted."""
