"""A comparison as Markdown, for a comment on a pull request or a page of a wiki."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from synthdeal_assets.cli.comparison.result import (
    GUESSES_IN_WORDS,
    MAP_IN_WORDS,
    NOISE_IN_WORDS,
    Result,
    interval,
    label,
    number,
)
from synthdeal_assets.evaluation.comparison.differing_deals import DifferingDeal, levels_in_words
from synthdeal_assets.foundation.publishing.markdown import escaped_markdown, markdown_list


def as_markdown(result: Result) -> str:
    """The whole comparison as Markdown."""
    return "\n".join(_blocks(result))


def _blocks(result: Result) -> Iterator[str]:
    names = [side.name for side in result.sides]
    yield f"# {escaped_markdown(' and '.join(names))}\n"
    if result.findings:
        yield "## Conditions\n"
        yield _table(
            ("", "Condition", "Side", "Is"),
            [
                ("failed" if each.holds else "passed", each.condition.text, each.name, each.says)
                for each in result.findings
            ],
        )
    headings = result.headings()
    for side in range(2, len(names) + 1):
        yield f"## {escaped_markdown(names[0])} and {escaped_markdown(names[side - 1])}\n"
        yield _table(
            ("Figure", headings[0], headings[side - 1], "Guess", "Difference", "95% interval", "Says"),
            [
                (
                    label(theirs),
                    number(ours["value"], ours),
                    number(theirs["value"], theirs),
                    number(result.guess(theirs), theirs),
                    number(theirs["difference"], theirs, signed=True),
                    interval(theirs),
                    result.says(theirs),
                )
                for ours, theirs in zip(result.rows(1), result.rows(side), strict=True)
            ],
        )
    yield f"{markdown_list([GUESSES_IN_WORDS, MAP_IN_WORDS, *result.remarks()])}\n"
    if result.is_repeated:
        yield f"## {NOISE_IN_WORDS}\n"
        yield _table(("Figure", *headings), result.noise())
    reach = result.reach()
    if reach:
        yield f"## What {result.common:,} deals can show\n"
        yield _table(
            ("Figure", "Seen from", *(f"Deals to see {size:g}" for size in result.sizes)),
            [
                (each.measure.short, f"{each.seen:.3f}", *(f"{deals:,}" for deals in each.needed.values()))
                for each in reach
            ],
        )
    if result.deals:
        yield "## Deals on which the sides differ most\n"
        for deal in result.deals:
            yield from _deal(deal, headings)


def _deal(deal: DifferingDeal, headings: Sequence[str]) -> Iterator[str]:
    planted = ", with a planted instruction" if deal.has_planted_instruction else ""
    title = f"{deal.opportunity_id} {deal.name} ({deal.stage_name}, {deal.state}{planted})"
    yield f"### {escaped_markdown(title)}\n"
    rows: list[tuple[str, ...]] = [
        ("chance", f"{deal.true_chance:.0%}", *(part for each in deal.estimates for part in (f"{each:.0%}", "")))
    ]
    for element, said in deal.said.items():
        if deal.apart(element) > 0:
            words = (
                part
                for each in said
                for part in (
                    levels_in_words(each.levels),
                    each.quote or ("(a quote that is not in the deal)" if each.made_up else ""),
                )
            )
            rows.append((element.replace("_", " "), str(deal.true_levels[element]), *words))
    yield _table(("", "Truth", *(part for each in headings for part in (each, f"{each} quotes"))), rows)


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [headings, ["---"] * len(headings), *(list(map(escaped_markdown, row)) for row in rows)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines) + "\n"
