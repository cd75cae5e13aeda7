"""`synthdeal whitespace explain`: everything that is known of one customer and one division, readably.

What is known is gathered in `whitespace/ranked_list/explanation.py`.
"""

from __future__ import annotations

from typing import Final

import polars as pl
from rich.table import Table
from rich.text import Text

from synthdeal_assets.cli.console import results, say
from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.redaction import redact
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets.settings import Settings
from synthdeal_assets.whitespace.ranked_list.explanation import Explanation, explain_pair
from synthdeal_assets.whitespace.ranked_list.reasons import FAINTEST
from synthdeal_assets.whitespace.ranked_list.score_components import share_beaten
from synthdeal_assets.whitespace.run_results import read_log_facts
from synthdeal_assets.whitespace.vocabulary import WHITESPACE

REASONS_SHOWN: Final = 8
"""Contributions of each sign, the strongest first."""


def explain_whitespace(settings: Settings, customer: str, division: str) -> int:
    """Print why a customer stands where it stands for a division; returns the exit code.

    Raises:
        SynthDealError: There is no list yet, or no such customer or division.
    """
    if not settings.storage.warehouse_path.exists():
        raise SynthDealError(
            f"There is no whitespace list in {settings.storage.home.absolute()} yet: run `synthdeal whitespace run` "
            "first, or name another folder with --home.",
            code="whitespace.no-list",
        )
    with Warehouse.of(settings).connect() as connection:
        found = explain_pair(connection, customer, division)
        log = read_log_facts(connection)
    if log is not None and log.is_synthetic:
        say("SYNTHETIC DATA. Every purchase in this sales log is invented.")
    _print_pair(found)
    _print_reasons(found)
    _print_frame("What the customer bought", found.history)
    _print_frame("Open in the CRM", found.opportunities)
    for caveat in found.caveats:
        say(f"Note: {caveat}")
    return 0


def _print_pair(found: Explanation) -> None:
    name = found.customer_name or found.customer_id
    say(f"{name} ({found.customer_id}) and {found.division}, known until {found.cutoff}")
    never = "never bought from it" if found.population == WHITESPACE else "bought from it before"
    say(
        f"The customer {never}. Chance of a purchase until {found.window_end}: {found.p_icp:.1%} by {found.learner} "
        f"(typical of such customers: {found.typical_chance:.1%}; by the challenger: {found.p_challenger:.1%})."
    )
    listed = found.listed
    if listed is None:
        return
    say(
        f"Rank {listed['place']:,} of {found.pairs:,}, grade {listed['grade']}, score {listed['score']:.2f}; expected "
        f"value {listed['expected_value']:,.0f} in the currency of the log; rep {listed['rep']}."
    )
    parts = ("p_icp", "chance"), ("lift", "basket lift"), ("affinity", "affinity"), ("expected_value", "expected value")
    beaten = ", ".join(f"{words} {share_beaten(listed[f'{part}_part'], found.pairs):.0%}" for part, words in parts)
    say(f"Share of the list that ranks below it: {beaten}.")
    if listed["within_capacity"]:
        say("Within the rep's capacity: work on it now.")
    elif listed["is_eligible"]:
        say("Eligible, but beyond the rep's capacity.")
    else:
        say(f"Not eligible: {listed['not_eligible_because']}.")


def _print_reasons(found: Explanation) -> None:
    shown = 0
    for heading, sign in (("For it:", 1), ("Against it:", -1)):
        reasons = [reason for reason in found.reasons if reason.log_odds * sign >= FAINTEST][:REASONS_SHOWN]
        shown += len(reasons)
        if reasons:
            say(f"\n{heading}")
        for reason in reasons:
            say(f"  {reason.log_odds:+.2f}  {reason.words}")
    if found.reasons:
        together = sum(reason.log_odds for reason in found.reasons)
        fainter = f", {len(found.reasons) - shown} weaker ones included" if len(found.reasons) > shown else ""
        say(f"\n  {together:+.2f}  all together{fainter}")
        say("  (in log-odds, as counted by the model; an association, not a cause)")


def _print_frame(title: str, frame: pl.DataFrame) -> None:
    if frame.is_empty():
        return
    results.print()
    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    for name, kind in frame.schema.items():
        table.add_column(name.replace("_", " "), justify="right" if kind.is_numeric() else "left")
    for row in frame.iter_rows():
        table.add_row(*(Text(redact(_shown(value))) for value in row))
    results.print(table)


def _shown(value: object) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if isinstance(value, float) else str(value)
