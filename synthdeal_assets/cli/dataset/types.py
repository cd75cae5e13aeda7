"""`synthdeal dataset types`: the catalogue of semantic types."""

from __future__ import annotations

from synthdeal_assets.cli.console import messages, results
from synthdeal_assets.datasets.api import types
from synthdeal_assets.datasets.types.notices import notice_line
from synthdeal_assets.errors import SynthDealError


def list_types(search: str | None, locale: str | None) -> int:
    """Print the types, or those that a word occurs in, and what to know of them in a locale; returns the exit code.

    Raises:
        SynthDealError: The word occurs in none ("datasets.no-such-type"), or there is no such locale
            ("datasets.locale").
    """
    found = types(search)
    if not found:
        raise SynthDealError(
            f"No type has {search!r} in its name or meaning: try another word, or leave out --search.",
            code="datasets.no-such-type",
            usage=True,
        )
    notice = None if locale is None else notice_line(locale, found)
    width = max(map(len, found))
    for name, each in found.items():
        options = f" Options: {', '.join(each.options)}." if each.options else ""
        results.print(f"{name:<{width}}  {each.description.rstrip('.')}, such as {each.example}.{options}")
    if notice is not None:
        messages.print(notice, style="yellow", markup=False)
    return 0
