"""`synthdeal dataset types`: the catalogue of semantic types."""

from __future__ import annotations

from synthdeal_assets.cli.console import results
from synthdeal_assets.datasets.api import types
from synthdeal_assets.errors import SynthDealError


def list_types(search: str | None) -> int:
    """Print the types, or those that a word occurs in; returns the exit code.

    Raises:
        SynthDealError: The word occurs in none ("datasets.no-such-type").
    """
    found = types(search)
    if not found:
        raise SynthDealError(
            f"No type has {search!r} in its name or meaning: try another word, or leave out --search.",
            code="datasets.no-such-type",
            usage=True,
        )
    width = max(map(len, found))
    for name, each in found.items():
        options = f" Options: {', '.join(each.options)}." if each.options else ""
        results.print(f"{name:<{width}}  {each.description.rstrip('.')}, such as {each.example}.{options}")
    return 0
