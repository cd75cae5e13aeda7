"""Sales: a wide sales log of whatever origin becomes tidy transactions, with every cent and every rejected row kept.

What is learnt from the transactions belongs in the room `whitespace`.
"""
