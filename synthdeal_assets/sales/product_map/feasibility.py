"""Whether a sales log holds what the settings ask of it: the cutoff, enough days before it, the divisions.

Asked before a log takes the place of another one, and again before anything is built from it. Which cutoffs there are
is decided in the room `whitespace`.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

import duckdb

from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.sales.column_names import in_words
from synthdeal_assets.settings import Settings

SHORTEST_HISTORY_DAYS: Final = 28
"""The least that must be known at a cutoff that is learnt from: customers of a few days all look the same."""

USUAL_WINDOWS_DAYS: Final = (180, 120, 90, 60, 30)
"""Label windows to choose among where none is told."""

MAX_DIVISIONS: Final = 50
"""So many are modelled in one run: each has several models at two cutoffs, which take some seconds."""

MAX_KNOWN_DIVISIONS: Final = 500
"""So many may be in the log, chosen or not: every customer has features for each, and each is a feature of the others.
A log in which each product became its own division has more."""


def require_answerable(connection: duckdb.DuckDBPyConnection, fact: str, settings: Settings) -> None:
    """Refuse transactions from which no list can be made with these settings.

    Args:
        connection: Where the transactions are.
        fact: Their table, qualified, with the columns of `FACT_TRANSACTIONS`.
        settings: What is asked for.

    Raises:
        SynthDealError: Cutoff, window or a division does not go with them.
    """
    first, last, data_end = connection.execute(
        "SELECT min(order_date) FILTER (NOT is_holdout AND NOT is_return), max(order_date) FILTER (NOT is_holdout), "
        f"max(order_date) FROM {fact}"
    ).fetchall()[0]
    if first is None:
        raise SynthDealError(
            "The sales log has no sale: look at sales.rejected_rows for the reasons.",
            code="whitespace.no-transactions",
        )
    cutoff = settings.whitespace.cutoff or last
    require_inside(cutoff, first, last)
    require_history(cutoff, first, window_days(settings, first_order_date=first, cutoff=cutoff, data_end=data_end))
    require_divisions(connection, fact, cutoff, settings)


def window_days(settings: Settings, *, first_order_date: dt.date, cutoff: dt.date, data_end: dt.date) -> int:
    """Days of the label window: those of the settings, else of the longest usual window that a log can be judged with.

    A list is judged where another window follows, and is learnt from windows before that, each with as many days known
    before it: three windows in all, or two when later sales are there already.

    Args:
        settings: What is asked for.
        first_order_date: First day of the log.
        cutoff: Where the list is made.
        data_end: Last day of the log and the holdout.
    """
    if settings.whitespace.window_days is not None:
        return settings.whitespace.window_days
    known, later = (cutoff - first_order_date).days + 1, (data_end - cutoff).days
    judged = [days for days in USUAL_WINDOWS_DAYS if known >= days * (2 if later >= days else 3)]
    learnt = [days for days in USUAL_WINDOWS_DAYS if known >= days + SHORTEST_HISTORY_DAYS]
    return (judged or learnt or USUAL_WINDOWS_DAYS[-1:])[0]


def require_inside(cutoff: dt.date, first_order_date: dt.date, last_order_date: dt.date) -> None:
    """Refuse a cutoff that is not a day of the log.

    Raises:
        SynthDealError: It is earlier or later.
    """
    if not first_order_date <= cutoff <= last_order_date:
        raise SynthDealError(
            f"The cutoff {cutoff} is outside the sales log, which goes from {first_order_date} to {last_order_date}: "
            "choose a day in between with --cutoff.",
            code="whitespace.cutoff-outside-log",
            usage=True,
        )


def require_history(cutoff: dt.date, first_order_date: dt.date, window_days: int) -> None:
    """Refuse a cutoff before which there is no window to learn from with some history before it.

    Raises:
        SynthDealError: The log has too few days by the cutoff.
    """
    days, needed = (cutoff - first_order_date).days + 1, window_days + SHORTEST_HISTORY_DAYS
    if days < needed:
        raise SynthDealError(
            f"There {'is 1 day' if days == 1 else f'are {days} days'} of sales by the cutoff {cutoff}, and a window of "
            f"{window_days} days needs at least {needed} to learn from: choose a shorter window with --window-days or "
            "a later cutoff with --cutoff.",
            code="whitespace.too-little-history",
            usage=True,
        )


def require_divisions(connection: duckdb.DuckDBPyConnection, fact: str, cutoff: dt.date, settings: Settings) -> None:
    """Refuse a chosen division that sold nothing by the cutoff, capitals not minded, and more of them than can be.

    Raises:
        SynthDealError: There is none of that name; or the log has more than `MAX_KNOWN_DIVISIONS`, or more than
            `MAX_DIVISIONS` are to be modelled.
    """
    known = [
        name
        for (name,) in connection.execute(
            f"SELECT DISTINCT division FROM {fact} WHERE NOT is_holdout AND order_date <= ? ORDER BY division", [cutoff]
        ).fetchall()
    ]
    chosen = known if settings.whitespace.chosen_divisions is None else settings.whitespace.chosen_divisions
    if len(known) > MAX_KNOWN_DIVISIONS or len(chosen) > MAX_DIVISIONS:
        by_hand = f", or choose up to {MAX_DIVISIONS} with --division" if len(known) <= MAX_KNOWN_DIVISIONS else ""
        raise SynthDealError(
            f"The sales log has {len(known):,} divisions with sales by {cutoff}, and at most {MAX_DIVISIONS} are "
            "modelled in a run: write fewer and larger divisions into the product map that `synthdeal whitespace init` "
            f"writes, and give it with --product-map{by_hand}.",
            code="whitespace.too-many-divisions",
            usage=True,
        )
    names = {name.casefold() for name in known}
    for name in chosen:
        if name.casefold() not in names:
            raise SynthDealError(
                f"There is no division {name} with sales by {cutoff}: choose among {in_words(known)} with --division.",
                code="whitespace.unknown-division",
                usage=True,
            )
