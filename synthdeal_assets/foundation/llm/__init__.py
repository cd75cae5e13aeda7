"""Asking language models: providers, the loop of retries, limits, prices, the budget, the ledger, prompts.

What is asked and what is made of an answer belongs in the rooms; nothing here knows a deal or a score.
"""
