"""A comparison on the terminal: tables that fit into 80 columns, and sentences below them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from rich.table import Table
from rich.text import Text

from synthdeal_assets.cli.comparison.result import (
    GUESSES_IN_WORDS,
    MAP_IN_WORDS,
    NOISE_IN_WORDS,
    PAIRED,
    Result,
    interval,
    label,
    number,
)
from synthdeal_assets.cli.console import results
from synthdeal_assets.evaluation.comparison.differing_deals import DifferingDeal, Said, levels_in_words
from synthdeal_assets.evaluation.tables import BETTER, CANNOT_TELL, WORSE
from synthdeal_assets.foundation.redaction import redact

LONGEST_QUOTE: Final = 200
"""Characters of a quote on the terminal; the other forms have it whole."""


def print_result(result: Result) -> None:
    """Print the figures, what the deals can show, where the sides differ, and whether conditions hold."""
    if len(result.sides) > PAIRED:
        _print_overview(result)
    for side in range(2, len(result.sides) + 1):
        _print_figures(result, side)
        results.print()
    against = "right minus left" if len(result.sides) == PAIRED else "the side minus the first"
    results.print(f"↑ more is better, ↓ less is better; Diff. is {against}, with its 95% interval.")
    for line in (GUESSES_IN_WORDS, MAP_IN_WORDS, *result.remarks()):
        results.print(line)
    if result.is_repeated:
        _print_noise(result)
    _print_reach(result)
    _print_deals(result)
    if result.findings:
        results.print()
    for finding in result.findings:
        mark = "FAILED" if finding.holds else "passed"
        results.print(redact(f"{mark}  {finding.condition.text}: {finding.name} is {finding.says}."))
    results.print()
    results.print(
        f"Stored as comparison {result.comparison_id}; `synthdeal export scoring.score_comparisons -o FILE` writes "
        "every comparison with its explanations; scoring.llm_calls has every answer."
    )


def _table(title: str) -> Table:
    return Table(title=Text(redact(title)), title_justify="left", box=None, pad_edge=False)


def _print_overview(result: Result) -> None:
    table = _table("All sides")
    table.add_column("Figure")
    for heading in (*map(str, range(1, len(result.sides) + 1)), "Guess"):
        table.add_column(heading, justify="right")
    sides = [result.rows(side) for side in range(1, len(result.sides) + 1)]
    for row, *others in zip(*sides, strict=True):
        if row["element"] == "all":
            marked = [f"{number(other['value'], other)}{_mark(other)}" for other in others]
            values = [number(row["value"], row), *marked, number(result.guess(row), row)]
            table.add_row(label(row), *values)
    results.print(table)
    results.print("+ better and - worse than side 1 beyond chance, ++ and -- also after correction for all figures.")
    results.print()


def _mark(row: dict[str, Any]) -> str:
    if row["verdict"] not in (BETTER, WORSE):
        return "   "
    mark = "+" if row["verdict"] == BETTER else "-"
    return f" {mark if row['verdict_of_many'] == CANNOT_TELL else 2 * mark:<2}"


def _print_figures(result: Result, side: int) -> None:
    first, other = result.sides[0], result.sides[side - 1]
    headings = result.headings()
    table = _table(f"{first.name} and {other.name}")
    for heading in ("Figure", headings[0], headings[side - 1], "Guess", "Diff.", "95% interval", "Says"):
        table.add_column(heading, justify="left" if heading in {"Figure", "Says"} else "right", no_wrap=True)
    for ours, theirs in zip(result.rows(1), result.rows(side), strict=True):
        is_told = theirs["verdict"] in (BETTER, WORSE) and theirs["verdict_of_many"] != CANNOT_TELL
        table.add_row(
            Text(label(theirs)),
            number(ours["value"], ours),
            number(theirs["value"], theirs),
            number(result.guess(theirs), theirs),
            number(theirs["difference"], theirs, signed=True),
            interval(theirs),
            Text(result.says(theirs), "bold" if is_told else ""),
        )
    results.print(table)


def _print_noise(result: Result) -> None:
    table = _table(NOISE_IN_WORDS)
    table.add_column("Figure")
    for heading in result.headings():
        table.add_column(heading, justify="right")
    for row in result.noise():
        table.add_row(*row)
    results.print()
    results.print(table)


def _print_reach(result: Result) -> None:
    reach = result.reach()
    if not reach:
        return
    table = _table(f"What {result.common:,} deals can show, and how many it takes")
    for heading in ("Figure", "Seen from", *(f"to see {size:g}" for size in result.sizes)):
        table.add_column(heading, justify="left" if heading == "Figure" else "right")
    for each in reach:
        table.add_row(each.measure.short, f"{each.seen:.3f}", *(f"{deals:,}" for deals in each.needed.values()))
    results.print()
    results.print(table)
    results.print(
        "Seen from: the smallest true difference that so many deals show four times in five (80% power, 5% level)."
    )


def _print_deals(result: Result) -> None:
    if not result.deals:
        return
    results.print()
    results.print("Deals on which the sides differ most")
    headings = result.headings()
    for deal in result.deals:
        results.print()
        for line in deal_lines(deal, headings):
            results.print(redact(line))


def deal_lines(deal: DifferingDeal, headings: list[str]) -> list[str]:
    """A deal as lines: what is so, the levels side by side, and the words that they rest on."""
    planted = ", with a planted instruction" if deal.has_planted_instruction else ""
    wide = max(7, *map(len, headings))
    off = "".join(f"{deal.levels_off(side):>{wide + 2}.1f}" for side in range(len(headings)))
    lines = [
        f"{deal.opportunity_id} {deal.name} ({deal.stage_name}, {deal.state}{planted})",
        f"  {'':<18}{'Truth':>7}" + "".join(f"{heading:>{wide + 2}}" for heading in headings),
        f"  {'chance':<18}{deal.true_chance:>7.0%}" + "".join(f"{each:>{wide + 2}.0%}" for each in deal.estimates),
        f"  {'levels off':<18}{'':>7}{off}",
    ]
    for element, said in deal.said.items():
        if deal.apart(element) > 0:
            levels = "".join(f"{levels_in_words(each.levels):>{wide + 2}}" for each in said)
            lines.append(f"  {element.replace('_', ' '):<18}{deal.true_levels[element]:>7}{levels}")
            lines += [f"    {who}: {quote}" for quote, who in _who_quotes_what(said, headings).items()]
    return lines


def _who_quotes_what(said: Sequence[Said], headings: Sequence[str]) -> dict[str, str]:
    """The quotes, and of each whose it is; all of them where they are the same."""
    who: dict[str, list[str]] = {}
    for heading, each in zip(headings, said, strict=True):
        who.setdefault(_quote(each), []).append(heading)
    everybody = "Both" if len(headings) == PAIRED else "All"
    return {quote: everybody if len(names) == len(headings) else ", ".join(names) for quote, names in who.items()}


def _quote(said: Said) -> str:
    if said.quote is None:
        return "a quote that is not in the deal" if said.made_up else "no quote"
    quote = " ".join(said.quote.split())
    return f"“{quote if len(quote) <= LONGEST_QUOTE else quote[: LONGEST_QUOTE - 1] + '…'}”"
