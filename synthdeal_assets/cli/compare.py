"""`synthdeal compare`: two scorers, models or prompts over the same deals, as a table and as rows of the warehouse.

What is asked and measured belongs in `evaluation/comparison/`; here is how a side is named, and what a user sees.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table as RichTable
from rich.text import Text

from synthdeal_assets.cli.console import messages, results
from synthdeal_assets.cli.spending import cost_in_words
from synthdeal_assets.cli.told_tables import tell_dagster
from synthdeal_assets.demo_llm.server import DEMO_MODEL
from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.evaluation.comparison.comparison import (
    COULD_NOT_JUDGE,
    compare,
    guess_values,
    judged_by_both,
    keep_comparison,
    read_usage,
)
from synthdeal_assets.evaluation.comparison.sample import DrawnSample, draw_sample
from synthdeal_assets.evaluation.comparison.sides import Side, ask_sides, not_judged_in_words, prepare_side
from synthdeal_assets.evaluation.quality.simple_guesses import GUESSED_LEVEL
from synthdeal_assets.evaluation.tables import LEFT_BETTER, RIGHT_BETTER, SCORE_COMPARISONS
from synthdeal_assets.foundation.timestamps import utc_now
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets.llm.ledger.context import oldest_answer
from synthdeal_assets.llm.ledger.tables import LLM_CALLS
from synthdeal_assets.llm.usage import Usage
from synthdeal_assets.scoring.answer import Outcome
from synthdeal_assets.scoring.asking import scoring_ledger
from synthdeal_assets.scoring.landmark_inputs import require_landmark
from synthdeal_assets.scoring.scorers.make_scorer import scorer_for
from synthdeal_assets.scoring.scorers.scorer import Scorer
from synthdeal_assets.settings import Settings

SHORT_NAMES: Final = {
    "mean_absolute_error": "Level error",
    "exact_agreement": "Levels right",
    "rank_correlation": "Order by levels",
    "rank_correlation_with_true_win_probability": "Order by chance",
    "auc": "AUC of estimate",
    "auc_of_score": "AUC of score",
    "brier_score": "Brier score",
    "expected_calibration_error": "Calibration error",
    "quote_validity": "Valid quotes",
    "cost_per_opportunity": "USD per 1,000 deals",
    "tokens_per_opportunity": "Tokens per deal",
    "latency": "Milliseconds",
}
"""The measures, short enough for a terminal of 80 columns."""

SHOWN_TIMES: Final = {"cost_per_opportunity": 1000}
"""A deal costs so little that a row of zeros would hide the digits."""

GUESSES_IN_WORDS: Final = (
    "Guess is what needs no scorer, on the same deals: the last open stage alone for orders and AUC, level "
    f"{GUESSED_LEVEL} for every element, the win rate for the Brier score. A side that does not beat it adds nothing "
    "by that figure."
)
ARROWS: Final = {"more": "↑", "less": "↓"}
ONE_SIDE: Final = "SCORER[:MODEL][@PROMPTS_FOLDER]"
CHANCE_SHARE: Final = 0.05
"""Of 95 % intervals, so many exclude 0 though there is no difference."""


@dataclass(frozen=True, slots=True)
class NamedSide:
    """A side as the command line names it.

    Attributes:
        text: What was typed.
        scorer: The scorer.
        model: Its model; None for the settings'.
        prompts: Folder of its prompts; None for the settings'.
    """

    text: str
    scorer: str
    model: str | None
    prompts: Path | None

    def maker(self, settings: Settings) -> Callable[[Usage], Scorer]:
        """What makes its scorer."""
        return lambda spent: scorer_for(settings, self.scorer, model=self.model, prompts=self.prompts, spent=spent)


def named_side(text: str) -> NamedSide:
    """A side, from SCORER[:MODEL][@PROMPTS_FOLDER].

    The scorer ends at the first colon or @. A model may hold both (llama3.1:8b, @cf/meta/llama): what follows an @ is
    the folder only where there is such a folder, or where it is written as a path (it begins with . / or ~).

    Raises:
        SynthDealError: There is no scorer or no model in it, or no such folder.
    """
    ends = [place for place, letter in enumerate(text) if letter in ":@"]
    scorer, rest = (text[: ends[0]], text[ends[0] :]) if ends else (text, "")
    if not scorer.strip():
        raise SynthDealError(
            f"{text!r} does not name a scorer: write {ONE_SIDE}, such as heuristic or openai.",
            code="compare.unknown-scorer",
            usage=True,
        )
    if not rest.startswith(":"):
        return NamedSide(text, scorer, None, _folder(text, rest[1:]) if rest else None)
    model, folder = _split_model(text, rest[1:])
    if not model:
        raise SynthDealError(
            f"{text!r} names no model after the colon: write {ONE_SIDE}.", code="compare.no-model-named", usage=True
        )
    return NamedSide(text, scorer, model, folder)


def run_comparison(
    settings: Settings, left: str, right: str, *, size: int, seed: int, landmark: dt.date | None = None
) -> int:
    """Compare two sides, print the figures and store them.

    Args:
        settings: Where the warehouse is, and how models are asked.
        left: One side, as in `named_side`.
        right: The other.
        size: Deals to compare on.
        seed: Seed of the draw.
        landmark: A month end: the deals that were open on it are judged as they were, and measured by what has become
            of them. None compares on the present deals.

    Returns:
        The exit code.

    Raises:
        SynthDealError: A side is not one, or cannot be asked; there is no world; or both judged no deal.
        KeyboardInterrupt: The user ended it; what was paid for is in the ledger.
    """
    names = [named_side(text) for text in (left, right)]
    if not settings.storage.warehouse_path.exists():
        raise SynthDealError(
            f"There is no world in {settings.storage.home.absolute()} yet: run `synthdeal run` first, or name another "
            "folder with --home.",
            code="compare.no-world",
        )
    warehouse = Warehouse.of(settings)
    with warehouse.connect() as connection:
        if landmark is not None:
            require_landmark(connection, landmark)
        sample = draw_sample(connection, size, seed, landmark=landmark)
    ours, theirs = (prepare_side(name.maker(settings), sample.inputs[0]) for name in names)
    _announce(ours, theirs, sample, size)
    comparison_id, now = str(uuid.uuid4()), utc_now()
    ledger = scoring_ledger(warehouse, comparison_id, oldest_answer(settings.llm.answer_ttl_days, now))
    with _bars() as bars:
        tasks = {
            side: bars.add_task(name.text, total=len(sample.inputs))
            for side, name in zip((ours, theirs), names, strict=True)
        }

        def on_stored(side: Side, outcomes: Sequence[Outcome]) -> None:
            bars.advance(tasks[side], len(outcomes))

        ask_sides(
            ours,
            theirs,
            sample,
            ledger,
            concurrency=settings.scoring.concurrency,
            capped=settings.llm.max_cost_usd is not None or settings.llm.max_calls is not None,
            on_stored=on_stored,
        )
    with warehouse.connect() as connection:
        took = read_usage(connection, ours, theirs)
    figures = compare(ours, theirs, sample, took, comparison_id=comparison_id, now=now)
    with warehouse.transaction() as connection:
        keep_comparison(connection, figures)
    asked = any(each.usage.calls for side in (ours, theirs) for each in side.asked)
    written = [SCORE_COMPARISONS, *([LLM_CALLS] if asked else [])]
    tell_dagster(settings, warehouse, written)
    _print(figures, names, ours, theirs, sample)
    return 0


def _split_model(text: str, rest: str) -> tuple[str, Path | None]:
    """The model and the folder in MODEL[@PROMPTS_FOLDER]."""
    for place, letter in enumerate(rest):
        if letter == "@" and (rest[place + 1 :].startswith((".", "/", "~")) or _is_folder(rest[place + 1 :])):
            return rest[:place], _folder(text, rest[place + 1 :])
    return rest, None


def _is_folder(name: str) -> bool:
    return bool(name) and Path(name).is_dir()


def _folder(text: str, name: str) -> Path:
    try:
        folder = Path(name).expanduser()
    except RuntimeError:
        folder = Path(name)
    if not name or not folder.is_dir():
        raise SynthDealError(
            f"{text!r} names a prompts folder {name!r} that does not exist: write {ONE_SIDE} with an existing folder.",
            code="compare.no-prompts-folder",
            usage=True,
        )
    return folder


def _announce(left: Side, right: Side, sample: DrawnSample, size: int) -> None:
    count = len(sample.inputs)
    if size > sample.available:
        messages.print(f"Only {sample.available:,} deals are available, fewer than {size:,}: all of them are used.")
    states = dict(sample.truth["state"].value_counts().iter_rows())
    planted = int(sample.truth["has_planted_instruction"].sum())
    kinds = ", ".join(f"{states.get(state, 0):,} {state}" for state in ("open", "won", "lost"))
    which = f"deals (seed {sample.seed})"
    if sample.landmark is not None:
        which = f"deals that were open on {sample.landmark} (seed {sample.seed}), as of today"
    messages.print(
        f"Sample: {count:,} of {sample.available:,} {which}: {kinds}; {planted:,} with a planted instruction.",
    )
    for name, side in (("Left: ", left), ("Right:", right)):
        messages.print(f"{name}  {side.judge.scorer}, {side.judge.model}, prompt {side.judge.prompt_version}")
    if right.is_the_same_as(left):
        messages.print("Both sides are the same scorer with the same questions, so it is asked only once.")


def _bars() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:,.0f} of {task.total:,.0f}"),
        TimeElapsedColumn(),
        console=messages,
        disable=not messages.is_terminal,
        transient=True,
    )


def _print(figures: pl.DataFrame, names: Sequence[NamedSide], left: Side, right: Side, sample: DrawnSample) -> None:
    table = RichTable(title=f"{names[0].text} and {names[1].text}", title_justify="left", box=None, pad_edge=False)
    guesses = guess_values(judged_by_both(left, right, sample))
    for heading in ("Figure", "Left", "Right", "Guess", "Diff.", "95 % interval", "Says"):
        table.add_column(heading, justify="left" if heading in {"Figure", "Says"} else "right")
    shown = figures.filter(pl.col("measure") != COULD_NOT_JUDGE)
    for row in shown.iter_rows(named=True):
        measure, element, arrow = row["measure"], row["element"], ARROWS[row["better"]]
        left_value, right_value, apart, low, high = (
            row[name] if row[name] is None else row[name] * SHOWN_TIMES.get(measure, 1)
            for name in ("left_value", "right_value", "difference", "low", "high")
        )
        unit = row["unit"]
        table.add_row(
            Text(f"{SHORT_NAMES[measure]} {arrow}" if element == "all" else f"  {element.replace('_', ' ')}"),
            _number(left_value, unit),
            _number(right_value, unit),
            _number(guesses.get((measure, element), ("", None))[1], unit),
            _number(apart, unit, signed=True),
            "" if low is None else f"{_number(low, unit, signed=True)} to {_number(high, unit, signed=True)}",
            Text(row["verdict"], "bold" if row["verdict"] in (LEFT_BETTER, RIGHT_BETTER) else ""),
        )
    results.print(table)
    results.print("↑ more is better, ↓ less is better; Diff. is right minus left.")
    results.print(GUESSES_IN_WORDS)
    for line in _remarks(shown, left, right, sample):
        results.print(line)
    results.print(
        f"Stored as comparison {figures['comparison_id'][0]}; `synthdeal export scoring.score_comparisons -o FILE` "
        "writes every comparison with its explanations; scoring.llm_calls has every answer.",
    )


def _remarks(shown: pl.DataFrame, left: Side, right: Side, sample: DrawnSample) -> list[str]:
    """What a reader of the table has to know besides."""
    both = len(left.scored.keys() & right.scored.keys())
    lines = [f"Both sides scored {both:,} of the {len(sample.inputs):,} deals; the figures cover these."]
    for name, side in (("Left", left), ("Right", right)):
        if side.failed:
            lines.append(f"{name} could not score {len(side.failed):,}: {not_judged_in_words(side)}.")
        if side.substituted:
            lines.append(f"{name}: the heuristic scored {side.substituted:,} in place of the model.")
    lines += dict.fromkeys(f"{side.stop.message.rstrip('.')}." for side in (left, right) if side.stop is not None)
    intervals = shown.filter(pl.col("low").is_not_null()).height
    if intervals and not right.is_the_same_as(left):
        lines.append(
            f"Of {intervals} intervals, about {max(1, round(intervals * CHANCE_SHARE))} excludes 0 by chance alone: "
            "look for a pattern, not for one figure."
        )
    if sample.landmark is not None and any(side.judge.model.startswith(DEMO_MODEL) for side in (left, right)):
        lines.append(
            f"The demo model looks up what is so today, so of {sample.landmark} it knows more than anybody could."
        )
    asked = [each for side in (left, right) for each in side.asked]
    usage = sum((each.usage for each in asked), start=Usage())
    known = sum(each.from_ledger for each in asked)
    if usage.calls or known:
        sent = f"{usage.calls:,} request{'' if usage.calls == 1 else 's'} ({cost_in_words(usage)})"
        lines.append(f"This comparison sent {sent}; answers reused from the ledger: {known:,}.")
    else:
        lines.append("No request was sent: this comparison cost nothing.")
    return lines


def _number(value: float | None, unit: str, *, signed: bool = False) -> str:
    if value is None:
        return ""
    sign = "+" if signed else ""
    return f"{value:{sign},.0f}" if unit in {"tokens", "milliseconds"} else f"{value:{sign},.3f}"
