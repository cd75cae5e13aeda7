"""The list: which customer to sell which division next, why, and who may act on it."""
