"""Asking language models: providers, retries, limits, prices, the budget, the ledger, prompts, estimates.

A room asks through `ledger/ask_all.py`, many questions at once and each exactly once. What is asked and what is made of
an answer belongs in the rooms that ask; nothing here knows one of them.
"""
