"""A model server for people without a key: it answers from the hidden truth plus noise, and says so.

No language model is here. Nothing but `synthdeal demo-llm` and the tests start it; no score is made by it unless
somebody points a scorer at its address.
"""
