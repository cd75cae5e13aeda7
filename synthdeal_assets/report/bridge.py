"""Whether the bridge from the open pipeline of the last report to that of now holds: a pure function over figures."""

from __future__ import annotations

from typing import Final

from synthdeal_assets.report.vocabulary import BRIDGE
from synthdeal_assets.report.wording import FigureBook

HALF_A_CENT: Final = 0.005
"""Sums come as floats: what differs by less is the same to the cent."""


def bridge_gaps(book: FigureBook) -> list[str]:
    """What does not add up, a sentence each; empty where there is no earlier report.

    The ends are figures of their own: the open amount of now, and, where that report had it, the one of then.
    """
    if not book.known("changes.since"):
        return []
    then, now = (book.number(f"bridge.{end}.amount") for end in ("then", "now"))
    steps = sum(step.sign * book.number(f"bridge.{step.key}.amount") for step in BRIDGE)
    ends = (
        ("The steps lead", then + steps, now, "while the open deals are worth"),
        ("The bridge ends at", now, book.number("pipeline.amount"), "while the open deals are worth"),
        ("The bridge begins at", then, book.number("changes.then.pipeline.amount"), "while the last report said"),
    )
    return [
        f"{said} {'to ' if said.endswith('lead') else ''}{found:,.2f} USD {beside} {expected:,.2f} USD."
        for said, found, expected, beside in ends
        if abs(found - expected) > HALF_A_CENT
        and (said != "The bridge begins at" or book.known("changes.then.pipeline.amount"))
    ]
