"""How each vendor's endpoint is spoken to, over HTTP.

When to ask, and when to ask again, belongs in `client.py`.
"""
