"""What a run tells its user in the end: counts, what models cost, the best and the riskiest open deals, the report.

The deals are those of the report and in its order: the figures are read, never computed a second time.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import duckdb
import polars as pl

from synthdeal_assets.cli.console import results
from synthdeal_assets.cli.spending import asked_of, cost_in_words
from synthdeal_assets.foundation.redaction import redact
from synthdeal_assets.foundation.warehouse.statements import statement
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse, query_frame, table_exists
from synthdeal_assets.llm.ledger.spending import ModelSpending, spending
from synthdeal_assets.orchestration.published_copy import published_copy
from synthdeal_assets.sales.tables import LOG_FILES, SYNTHETIC
from synthdeal_assets.scoring.flags.candidates import CANDIDATES
from synthdeal_assets.settings import Settings

DEALS_SHOWN: Final = 3
REASONS: Final = {
    "overdue": "its close date has passed",
    "early": "due soon, and still in an early stage",
    "slipped": "its close date was moved out twice or more",
    "gap": "its stage promises more than what supports it",
    "large": "nothing stands against it on record",
}
"""What the report says first of a deal that needs its reader and has no flag (figure `need_you.*.reason`)."""
REPORT_OF_RUN: Final = "SELECT headline, html_path FROM report.executive_reports WHERE run_id = ?"
REAL_SOURCES: Final = "SELECT source_file FROM sales.log_files WHERE source_kind != ? ORDER BY source_file"


@dataclass(frozen=True, slots=True)
class ListedDeal:
    """An open deal as the report's list shows it; amount in USD, score 0 to 100 or None when it has none."""

    name: str
    account: str
    owner: str
    stage: str
    amount: float
    close_date: str
    score: float | None
    why: str


def print_summary(
    settings: Settings,
    run_id: str,
    scoring: Mapping[str, str | float | None],
    *,
    seconds: float,
    retried: bool = False,
) -> None:
    """Print what a finished run has done.

    Args:
        settings: Where the warehouse is.
        run_id: The run.
        scoring: What `scoring/opportunity_scores` reported of the run.
        seconds: How long it took.
        retried: Whether it only asked again for what had failed: then the deals are not listed.
    """
    with Warehouse.of(settings).connect() as connection:
        counts = query_frame(connection, statement(__package__, "run_summary.sql"), {"run_id": run_id}).to_dicts()[0]
        figures = query_frame(connection, statement(__package__, "listed_deals.sql"), {"most": DEALS_SHOWN})
        report = connection.execute(REPORT_OF_RUN, [run_id]).fetchone()
        spent = spending(connection, run_id)
        synthetic = what_is_synthetic(connection)
    if retried:
        what_was_done = (
            f"{_count(scoring, 'asked'):,} failed opportunities were retried: {_count(scoring, 'scored'):,} "
            f"scored now, {_count(scoring, 'failed'):,} failed again."
        )
    else:
        what_was_done = (
            f"{counts['opportunities']:,} opportunities as of {counts['as_of']}: {counts['scored_now']:,} scored now, "
            f"{counts['scored_before']:,} scored before, {counts['failed']:,} failed."
        )
    results.print(f"\n{what_was_done}")
    for line in [
        *money_lines(spent, scoring),
        *made_up_lines(counts["quotes"], counts["quotes_rejected"]),
        *left_lines(counts["failed"], scoring, command_again("retry", settings)),
    ]:
        results.print(line)
    if not retried:
        if report is not None:
            results.print(report[0])
        _print_deals("Open deals worth most", listed_deals(figures, "top_deals"))
        _print_deals("Open deals that need you", listed_deals(figures, "need_you"))
        if report is not None:
            results.print()
    if report is not None:
        results.print(f"Report: {settings.storage.home.absolute() / report[1]}")
    print_where_tables_are(settings)
    results.print(f"Took {seconds:.0f} s. {redact(synthetic)}")


def print_where_tables_are(settings: Settings) -> None:
    """Point those who read to the published copy, where there is one."""
    if (copy := published_copy(settings.storage.warehouse_path)).exists():
        results.print(f"Tables: {copy}")


def what_is_synthetic(connection: duckdb.DuckDBPyConnection) -> str:
    """Whether everything in the warehouse is synthetic, or what is not, in a sentence."""
    known = table_exists(connection, LOG_FILES)
    real = [name for (name,) in connection.execute(REAL_SOURCES, [SYNTHETIC]).fetchall()] if known else []
    if not real:
        return "Everything here is synthetic."
    more = f" and {len(real) - 1:,} more" if len(real) > 1 else ""
    return f"The CRM world is synthetic; the sales log is real, read from {real[0]}{more}."


def money_lines(spent: Sequence[ModelSpending], scoring: Mapping[str, str | float | None]) -> list[str]:
    """What a run took of models and of the ledger, a sentence a line; empty when no model plays a part in it."""
    lines = [
        f"{asked_of(each)}: {each.usage.calls:,} requests, {each.usage.input_tokens:,} tokens read "
        f"({each.usage.cached_input_tokens:,} from its cache), {each.usage.output_tokens:,} written, "
        f"{cost_in_words(each.usage)}."
        for each in spent
    ]
    lines += [str(each.in_flight) for each in spent if each.in_flight.calls]
    reused = _count(scoring, "answers_from_ledger")
    if reused:
        lines.append(f"{reused:,} answers were already paid for and came from the ledger.")
    substituted = _count(scoring, "judged_by_substitute")
    if substituted:
        lines.append(f"The heuristic scored {substituted:,} opportunities on which the model failed.")
    return lines


def made_up_lines(quotes: int, rejected: int) -> list[str]:
    """A sentence where most quotes of a run do not stand in what the scorer was shown; empty otherwise."""
    if 2 * rejected <= quotes:
        return []
    which = f"Most quotes ({rejected:,} of {quotes:,}) are not in the deals they were given for"
    return [f"{which}: do not trust these scores, and try another model."]


def left_lines(failed: int, scoring: Mapping[str, str | float | None], retry: str) -> list[str]:
    """What a run has left to be done and how, a sentence a line; empty when it has left nothing.

    Args:
        failed: Opportunities that are failed now.
        scoring: What `scoring/opportunity_scores` reported of the run.
        retry: The command that asks for them again.
    """
    lines = []
    if scoring.get("stopped"):
        lines.append(f"{_count(scoring, 'pending_left'):,} left pending. {str(scoring['stopped']).rstrip('.')}.")
    if failed:
        lines.append(f"{failed:,} failed: `{retry}` scores them again.")
    return lines


def command_again(command: str, settings: Settings) -> str:
    """`synthdeal run` or `retry`, with the flags that have it ask the scorer, model and endpoint of this command."""
    provider = settings.scoring.hybrid_provider if settings.scoring.scorer == "hybrid" else settings.scoring.scorer
    flags = {"scorer": "scorer", f"{provider}_model": "model", f"{provider}_base_url": "base-url", "home": "home"}
    given = [
        f" --{flag} {shlex.quote(str(settings.value_of(name)))}"
        for name, flag in flags.items()
        if settings.source_of(name) == "flag"
    ]
    return redact(f"synthdeal {command}{''.join(given)}")


def _count(scoring: Mapping[str, str | float | None], name: str) -> int:
    """A number that the scores reported; 0 when they did not, as where no model was asked."""
    value = scoring.get(name)
    return int(value) if value is not None else 0


def listed_deals(figures: pl.DataFrame, list_name: str) -> list[ListedDeal]:
    """The deals of one list of the report, in its order.

    Args:
        figures: Columns list_name, place, item, value, text_value.
        list_name: "top_deals" or "need_you".
    """
    deals = []
    for _, rows in sorted(figures.filter(pl.col("list_name") == list_name).partition_by("place", as_dict=True).items()):
        words = dict(rows.select("item", "text_value").iter_rows())
        numbers = dict(rows.select("item", "value").iter_rows())
        why = _what_it_is_worth(numbers, words) if list_name == "top_deals" else _why_it_needs_you(words)
        deals.append(
            ListedDeal(
                words["name"],
                words["account"],
                words["owner"],
                words["stage"],
                numbers["amount"],
                words["close_date"],
                numbers["score"],
                why,
            )
        )
    return deals


def _why_it_needs_you(words: Mapping[str, str]) -> str:
    if words["reason"] != "flag":
        return REASONS[words["reason"]]
    return next(f"at risk: {each.label}" for each in CANDIDATES if each.flag == words["flag"])


def _what_it_is_worth(numbers: dict[str, float], words: dict[str, str | None]) -> str:
    worth = f"worth ${numbers['counted']:,.0f} at a chance of {numbers['chance_percent']:.0f}%"
    return f"{worth}. {words['strength']}" if words.get("strength") else worth


def _print_deals(title: str, deals: list[ListedDeal]) -> None:
    """Three lines a deal: a table with six columns is unreadable on a terminal of usual width."""
    results.print(f"\n{title}" if deals else f"\n{title}: none")
    for place, deal in enumerate(deals, start=1):
        whose = "" if deal.account in deal.name else f" ({deal.account})"
        score = "no score" if deal.score is None else f"score {deal.score:.0f} of 100"
        results.print(f"  {place}. {deal.name}{whose}, {deal.stage}, ${deal.amount:,.0f}, {score}")
        results.print(f"     {deal.owner}, closes {deal.close_date}")
        if deal.why:
            results.print(f"     {deal.why}")
