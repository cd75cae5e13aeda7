"""`synthdeal compare`: scorers, models, prompts or endpoints over the same deals, shown and kept as rows.

What is asked and measured belongs in `evaluation/comparison/`; how a side is named in `named_side.py`.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from synthdeal_assets.cli.comparison.as_json import as_json
from synthdeal_assets.cli.comparison.as_junit import as_junit
from synthdeal_assets.cli.comparison.as_markdown import as_markdown
from synthdeal_assets.cli.comparison.as_table import print_result
from synthdeal_assets.cli.comparison.named_side import named_side
from synthdeal_assets.cli.comparison.result import Result
from synthdeal_assets.cli.console import messages
from synthdeal_assets.cli.export import require_not_ours
from synthdeal_assets.cli.told_tables import tell_dagster
from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.evaluation.comparison.cases import cases_as_text, sample_of_cases
from synthdeal_assets.evaluation.comparison.comparison import (
    agreement_of,
    compare,
    judged_by_all,
    keep_comparison,
    read_usage,
)
from synthdeal_assets.evaluation.comparison.conditions import condition_of, findings_of, require_figures
from synthdeal_assets.evaluation.comparison.differing_deals import most_differing
from synthdeal_assets.evaluation.comparison.figures import guess_values
from synthdeal_assets.evaluation.comparison.sample import DrawnSample, draw_sample
from synthdeal_assets.evaluation.comparison.sides import Side, ask_sides, called, prepare_side, without_doubles
from synthdeal_assets.evaluation.tables import SCORE_COMPARISONS
from synthdeal_assets.foundation.publishing.atomic_write import write_atomically
from synthdeal_assets.foundation.publishing.plurals import counted
from synthdeal_assets.foundation.redaction import redact
from synthdeal_assets.foundation.timestamps import utc_now
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets.llm.ledger.context import LedgerContext, oldest_answer
from synthdeal_assets.llm.ledger.tables import LLM_CALLS
from synthdeal_assets.scoring.answer import Outcome
from synthdeal_assets.scoring.asking import scoring_ledger
from synthdeal_assets.scoring.landmarks.inputs import require_landmark
from synthdeal_assets.settings import Settings

DEFAULT_SIZE: Final = 100
DEFAULT_SEED: Final = 42

TABLE: Final = "table"
JUNIT: Final = "junit"
FORMATS: Final[Mapping[str, Callable[[Result], None]]] = {
    TABLE: print_result,
    "json": lambda result: _write(as_json(result)),
    JUNIT: lambda result: _write(as_junit(result)),
    "markdown": lambda result: _write(as_markdown(result)),
}
"""How a result is written to standard output, by the name of the form."""


@dataclass(frozen=True, slots=True)
class Request:
    """What a user asks for.

    Attributes:
        sides: The sides, as in `named_side`.
        size: Deals to compare on; None is 100 of the world, or all of a file of cases.
        seed: Seed of the draw; None is 42.
        landmark: A month end: the deals that were open on it are judged as they were, and measured by what has become
            of them. None compares on the present deals.
        cases: File of cases to compare on in place of the world's deals.
        save_cases: File to write the deals to as cases.
        repeats: How often each paid side is asked about each deal.
        conditions: What the comparison shall fail by, as in `condition_of`.
        form: One of `FORMATS`.
        deals: Deals to show on which the sides differ most.
        sizes: Differences for which it is said how many deals it takes to see them.
    """

    sides: Sequence[str]
    size: int | None = None
    seed: int | None = None
    landmark: dt.date | None = None
    cases: Path | None = None
    save_cases: Path | None = None
    repeats: int = 1
    conditions: Sequence[str] = ()
    form: str = TABLE
    deals: int = 3
    sizes: Sequence[float] = (0.05, 0.02)


def run_comparison(settings: Settings, request: Request) -> int:
    """Compare the sides, show the figures and store them.

    Returns:
        The exit code: 3 when a condition holds.

    Raises:
        SynthDealError: A side or a condition is not one, a side cannot be asked, there is no world and no file of
            cases, or no deal was judged by all sides.
        KeyboardInterrupt: The user ended it; what was paid for is in the ledger.
    """
    _refuse_what_does_not_go_together(request)
    names = [named_side(text) for text in request.sides]
    conditions = [condition_of(text) for text in request.conditions]
    if request.save_cases is not None:
        require_not_ours(settings, request.save_cases)
    warehouse = Warehouse.of(settings)
    sample = _sample(settings, warehouse, request)
    if request.save_cases is not None:
        _save_cases(request.save_cases, sample)
    sides = [prepare_side(name.text, name.maker(settings), sample.inputs[0], repeats=request.repeats) for name in names]
    without_doubles(sides)
    asked_again = any(len(side.repeats) > 1 for side in sides)
    require_figures(conditions, at_landmark=sample.landmark is not None, asked_again=asked_again)
    _announce(sides, sample, request)
    comparison_id, now = str(uuid.uuid4()), utc_now()
    ledger = scoring_ledger(warehouse, comparison_id, oldest_answer(settings.llm.answer_ttl_days, now))
    _ask(settings, sides, sample, ledger)
    with warehouse.connect() as connection:
        took = read_usage(connection, sides)
    figures = compare(sides, sample, took, comparison_id=comparison_id, now=now)
    findings = findings_of(conditions, figures)
    with warehouse.transaction() as connection:
        keep_comparison(connection, figures)
    asked = any(each.usage.calls for side in sides for each in side.asked)
    written = [SCORE_COMPARISONS, *([LLM_CALLS] if asked else [])]
    tell_dagster(settings, warehouse, written)
    judged = judged_by_all(sides, sample)
    guesses = guess_values(judged, at_landmark=sample.landmark is not None)
    agreements = [agreement_of(side, judged) for side in sides]
    deals = most_differing(sides, sample, request.deals)
    result = Result(sides, sample, figures, guesses, agreements, deals, findings, request.sizes)
    FORMATS[request.form](result)
    return result.exit_code


def _write(text: str) -> None:
    """Write what programs read to standard output, letter by letter: not as the console would show it."""
    typer.echo(redact(text))


def _refuse_what_does_not_go_together(request: Request) -> None:
    if len(request.sides) < 2:
        raise SynthDealError(
            "A comparison takes at least two sides: name another scorer, such as heuristic.",
            code="compare.one-side",
            usage=True,
        )
    if request.form not in FORMATS:
        raise SynthDealError(
            f"There is no format {request.form!r}: choose {', '.join(FORMATS)}.", code="compare.no-format", usage=True
        )
    if request.form == JUNIT and not request.conditions:
        raise SynthDealError(
            'The format junit has a test for each condition, and there is none: add --fail-if, such as "mae > 0.02 '
            'worse", or choose another format.',
            code="compare.nothing-to-test",
            usage=True,
        )
    if request.cases is not None and (request.landmark, request.seed) != (None, None):
        raise SynthDealError(
            "--cases names the deals, so nothing is drawn: leave out --landmark and --seed, or --cases.",
            code="compare.cases-or-draw",
            usage=True,
        )


def _sample(settings: Settings, warehouse: Warehouse, request: Request) -> DrawnSample:
    """The deals to compare on: those of a file of cases, of a month end, or of today."""
    if request.cases is not None:
        return sample_of_cases(_read(request.cases), name=str(request.cases), size=request.size)
    if not settings.storage.warehouse_path.exists():
        raise SynthDealError(
            f"There is no world in {settings.storage.home.absolute()} yet: run `synthdeal run` first, or name another "
            "folder with --home.",
            code="compare.no-world",
        )
    seed = DEFAULT_SEED if request.seed is None else request.seed
    with warehouse.connect() as connection:
        if request.landmark is not None:
            require_landmark(connection, request.landmark)
        return draw_sample(connection, request.size or DEFAULT_SIZE, seed, landmark=request.landmark)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text in UTF-8"
        raise SynthDealError(
            f"The file of cases {path} cannot be read ({reason}): name one that --save-cases wrote.",
            code="compare.no-cases-file",
            usage=True,
        ) from error


def _save_cases(path: Path, sample: DrawnSample) -> None:
    try:
        write_atomically(path, cases_as_text(sample))
    except OSError as error:
        raise SynthDealError(
            f"The cases cannot be written to {path} ({error.strerror}): name a file in a folder that is there.",
            code="compare.cases-not-written",
            usage=True,
        ) from error
    saved = counted(len(sample.inputs), "case", "cases")
    messages.print(f"Saved {saved} to {path}: --cases compares on them, with or without a world.")


def _announce(sides: Sequence[Side], sample: DrawnSample, request: Request) -> None:
    count = len(sample.inputs)
    wanted = request.size or (DEFAULT_SIZE if request.cases is None else count)
    if wanted > sample.available:
        available = counted(sample.available, "deal is", "deals are")
        messages.print(f"Only {available} available, fewer than {wanted:,}: all of them are used.")
    states = dict(sample.truth["state"].value_counts().iter_rows())
    planted = int(sample.truth["has_planted_instruction"].sum())
    kinds = ", ".join(f"{states.get(state, 0):,} {state}" for state in ("open", "won", "lost"))
    origin = f"(seed {sample.seed})" if request.cases is None else f"in {request.cases}"
    which = f"deals {origin}"
    if sample.landmark is not None:
        which = f"deals that were open on {sample.landmark} {origin}, as of today"
    messages.print(
        f"Sample: {count:,} of {sample.available:,} {which}: {kinds}; {planted:,} with a planted instruction."
    )
    _introduce(sides)
    questions = count * sum({id(side.repeats): len(side.repeats) for side in sides if side.key is not None}.values())
    if request.repeats > 1:
        messages.print(
            f"Each deal is asked about {request.repeats} times: {questions:,} questions, of which those that the "
            "ledger has answers to are free."
        )


def _introduce(sides: Sequence[Side]) -> None:
    titles = [f"{name.capitalize()}:" for name, _ in called(sides)]
    wide = max(map(len, titles))
    for title, side in zip(titles, sides, strict=True):
        at = f", at {side.endpoint}" if "=http" in side.name.lower() else ""
        judge = side.judge
        messages.print(f"{title:<{wide}}  {judge.scorer}, {judge.model}, prompt {judge.prompt_version}{at}")
    if len({id(side.repeats) for side in sides}) < len(sides):
        same = "Both sides are" if len(sides) == 2 else "Some sides are"
        messages.print(f"{same} the same scorer with the same questions, so it is asked only once.")


def _ask(settings: Settings, sides: Sequence[Side], sample: DrawnSample, ledger: LedgerContext) -> None:
    with _bars() as bars:
        tasks = {side: bars.add_task(side.name, total=len(sample.inputs) * len(side.repeats)) for side in sides}

        def on_stored(side: Side, outcomes: Sequence[Outcome]) -> None:
            bars.advance(tasks[side], len(outcomes))

        ask_sides(
            sides,
            sample,
            ledger,
            concurrency=settings.scoring.concurrency,
            capped=settings.llm.max_cost_usd is not None or settings.llm.max_calls is not None,
            on_stored=on_stored,
        )


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
