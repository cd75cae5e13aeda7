"""Asking language models: providers, retries, limits, prices, the budget, the ledger, prompts.

What is asked and what is made of an answer belongs in the rooms that ask; nothing here knows one of them.
"""
