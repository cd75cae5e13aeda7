"""An estimate as rows of plain words, each saying what it rests on; the same on the terminal and in the Dagster UI.

What is estimated and how belongs in `estimate.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from synthdeal_assets.llm.estimate import CHARACTERS_PER_TOKEN, QuestionsEstimate, Span
from synthdeal_assets.scoring.estimate import OUTPUT_TOKENS, Estimate

Basis = Literal["counted", "measured", "assumed", "computed", "set", "not known"]
"""counted: read from the warehouse; measured: mean of what the ledger holds; assumed: a rule of thumb; computed: from
the rows above; set: by the user."""


@dataclass(frozen=True, slots=True)
class EstimateRow:
    """One figure: what it is, the figure in words, what it rests on, and more on that where there is more to say."""

    what: str
    figure: str
    basis: Basis
    note: str = ""


def rows(estimate: Estimate) -> list[EstimateRow]:
    """The estimate, a figure a row, the most important last."""
    listed = [EstimateRow("Opportunities to be scored", f"{estimate.pending:,}", "counted")]
    if not estimate.pays:
        return listed
    if estimate.twins:
        again = EstimateRow(
            "Judged again without planted text", f"{estimate.twins:,}", "counted", "to measure its effect"
        )
        listed.append(again)
    asking = estimate.asking
    listed += [
        EstimateRow("Answers in the ledger already", f"{estimate.answered:,}", "counted", "these cost nothing"),
        EstimateRow("To be asked", f"{asking.to_ask:,}", "counted", f"{estimate.model} at {estimate.endpoint}"),
    ]
    if not asking.to_ask:
        return listed
    measured = estimate.measured
    basis: Basis = "assumed" if measured is None else "measured"
    over = "" if measured is None else f"over {measured.questions:,} answered questions"
    low, expected, high = CHARACTERS_PER_TOKEN
    if asking.input_tokens is not None:
        thumb = over or f"{expected:g} characters a token ({low:g} to {high:g}) of the prompts as they would be sent"
        listed.append(EstimateRow("Tokens read", _span(asking.input_tokens), basis, thumb))
    if asking.output_tokens is not None:
        thumb = over or f"{OUTPUT_TOKENS[1]:,} an answer ({OUTPUT_TOKENS[0]:,} up to the limit of an answer)"
        listed.append(EstimateRow("Tokens written", _span(asking.output_tokens), basis, thumb))
    listed.append(_cost(asking))
    listed += _caps(estimate)
    if asking.seconds is None:
        listed.append(EstimateRow("Time", "not known", "not known", "no latency has been measured yet"))
    else:
        note = f"{estimate.caps.concurrency:,} at the same time"
        listed.append(EstimateRow("Time", _time(asking.seconds), "measured", note))
    return listed


def _cost(asking: QuestionsEstimate) -> EstimateRow:
    if asking.cost_usd is None:
        note = "the price is not known: set SYNTHDEAL_INPUT_PRICE and SYNTHDEAL_OUTPUT_PRICE"
        return EstimateRow("Cost", "not known", "not known", note)
    cost = asking.cost_usd
    figure = f"{usd(cost.expected)} ({usd(cost.low)} to {usd(cost.high)})"
    return EstimateRow("Cost", figure, "computed", f"prices of {asking.price_version}")


def _caps(estimate: Estimate) -> list[EstimateRow]:
    caps, asking = estimate.caps, estimate.asking
    held = [
        *([] if caps.max_cost_usd is None else [usd(caps.max_cost_usd)]),
        *([] if caps.max_calls is None else [f"{caps.max_calls:,} requests"]),
    ]
    if not held:
        return [EstimateRow("Cap", "none", "set", "--max-cost-usd and --max-calls set one")]
    left = asking.to_ask - asking.fits
    reach = "all" if not left else f"about {asking.fits:,}, and {left:,} would not be asked"
    return [EstimateRow("Cap", " and ".join(held), "set"), EstimateRow("It is enough for", reach, "computed")]


def _span(span: Span) -> str:
    return f"{span.expected:,.0f} ({span.low:,.0f} to {span.high:,.0f})"


def usd(amount: float) -> str:
    """USD with cents, and with four digits after the point where cents would hide most of it."""
    if 0 < amount < 0.00005:
        return f"${amount:.1g}"
    return f"${amount:,.4f}" if 0 < amount < 1 else f"${amount:,.2f}"


def _time(seconds: float) -> str:
    if seconds < 120:
        return f"about {max(1, round(seconds)):,} s"
    return f"about {seconds / 60:,.0f} minutes" if seconds < 7200 else f"about {seconds / 3600:,.1f} hours"
