"""Whitespace: what each customer is likely to buy next, from transactions up to a strict cutoff and nothing later.

How a sales log becomes transactions belongs in the room `sales`.
"""
