"""`synthdeal judge`: what somebody's answers to a benchmark are worth, as a table, JSON or Markdown.

What is measured belongs in `evaluation/benchmark/`.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Final

from rich.table import Table as RichTable
from rich.text import Text

from synthdeal_assets.cli.console import results
from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.evaluation.benchmark.answers import ReadAnswers, read_answers
from synthdeal_assets.evaluation.benchmark.figures import BETTER, NOT_COMPUTED, WORSE, BenchmarkFigure
from synthdeal_assets.evaluation.benchmark.folder import read_key
from synthdeal_assets.evaluation.benchmark.measures import (
    BIAS,
    CALIBRATION,
    ERROR,
    KAPPA,
    ORDER,
    Coverage,
    coverage,
    measure,
    measure_splits,
)
from synthdeal_assets.evaluation.benchmark.steadiness import LATENCY, REPEATS, SHIFT, USD, by_case
from synthdeal_assets.evaluation.quality.figures import MIN_OPPORTUNITIES
from synthdeal_assets.foundation.publishing.plurals import counted
from synthdeal_assets.scoring.rubric import MEDDPICC_WEIGHTS

FORMATS: Final = ("table", "json", "markdown")
REASONS_SHOWN: Final = 5
HEADINGS: Final = ("Value", "Ahead by", "95 % interval", "Says")
ELEMENT_HEADINGS: Final = ("Element", "Error", "Constant", "Stage", "Kappa, 95 % interval", "Bias", "Gaps")
ARROWS: Final = {1: " ↑", -1: " ↓", None: ""}
BEST: Final = "the truth itself"
BEST_BY_LUCK: Final = "right chances, by luck"
FIRST_COLUMN: Final = 26
"""Characters of the names, so that all tables stand under each other."""

CHANCE_SHARE: Final = 0.05
"""Of 95 % intervals, so many exclude 0 though there is no difference."""

Rows = list[tuple[str, ...]]


def judge_answers(answers: Path, benchmark: Path, *, output_format: str) -> int:
    """Measure answers and print what they are worth.

    Args:
        answers: A file of JSON Lines.
        benchmark: The folder of the benchmark.
        output_format: One of `FORMATS`.

    Returns:
        The exit code.

    Raises:
        SynthDealError: The folder holds no benchmark, the answers cannot be read, or none of them is an answer to it.
    """
    if output_format not in FORMATS:
        raise SynthDealError(
            f"There is no format {output_format!r}: choose {', '.join(FORMATS)}.",
            code="judge.unknown-format",
            usage=True,
        )
    key = read_key(benchmark)
    read = read_answers(answers, key["case_id"])
    if not read.answers:
        why = next(iter(read.bad), "there is no line in it")
        raise SynthDealError(
            f"None of the {read.lines:,} lines of {answers} answers a case of {benchmark} (the most frequent reason: "
            f"{why}): each line must be JSON with a case_id of cases.jsonl and levels, as answers_schema.json says.",
            code="judge.no-answers",
        )
    judged = by_case(read.answers)
    covered, figures = coverage(key, judged), measure(key, judged)
    splits = measure_splits(key, judged)
    if output_format == "json":
        results.print(json.dumps(_as_json(read, covered, figures, splits), indent=2))
        return 0
    show = _print_markdown if output_format == "markdown" else _print_table
    for line in _coverage_in_words(read, covered):
        results.print(line)
    results.print()
    for heading, members in _sections(figures):
        show((heading, *HEADINGS), _rows(members))
        results.print()
    show(ELEMENT_HEADINGS, _rows_of_elements(figures, covered))
    results.print()
    if len(splits) > 1:
        show(("Split", ERROR, "95 % interval", KAPPA, "95 % interval"), _rows_of_splits(splits))
        results.print()
    for line in _remarks(figures):
        results.print(line)
    return 0


def _coverage_in_words(read: ReadAnswers, covered: Coverage) -> Iterator[str]:
    missing = covered.cases - covered.answered
    them = "it" if missing == 1 else "them"
    left_out = f"; {counted(missing, 'has', 'have')} no answer, and all figures leave {them} out" if missing else ""
    repeats = covered.answers - covered.answered
    again = f", {counted(repeats, 'more answer is a repeat', 'more answers are repeats')}" if repeats else ""
    are = "is" if covered.answered == 1 else "are"
    yield f"{covered.answered:,} of {counted(covered.cases, 'case', 'cases')} {are} answered{again}{left_out}."
    bad = sum(read.bad.values())
    if bad:
        reasons = [
            f"{count:,} ({reason}; the first is line {read.first_bad[reason]:,})"
            for reason, count in list(read.bad.items())[:REASONS_SHOWN]
        ]
        more = "; ..." if len(read.bad) > REASONS_SHOWN else ""
        yield f"{bad:,} of {counted(read.lines, 'line', 'lines')} could not be used: {'; '.join(reasons)}{more}."
    if covered.missing_chances:
        yield f"First answers to a case without a win_probability: {covered.missing_chances:,}."


def _sections(figures: Sequence[BenchmarkFigure]) -> Iterator[tuple[str, list[BenchmarkFigure]]]:
    """The figures that are not of one element, under what they are about and how many deals that is, if any."""
    of_all = [each for each in figures if each.of not in MEDDPICC_WEIGHTS]
    for (part, of), group in groupby(of_all, key=lambda each: (each.part, each.of)):
        members = list(group)
        deals = max(each.opportunities for each in members)
        if deals:
            plural = "deals" if of == "all" else of
            yield f"{part} of {counted(deals, plural.removesuffix('s'), plural)}", members


def _rows(figures: Sequence[BenchmarkFigure]) -> Rows:
    """A row for each measure, and below it one for each guess and for the most that can be known."""
    rows: Rows = []
    for measure_name, group in groupby(figures, key=lambda each: each.measure):
        members = list(group)
        first = members[0]
        name = f"{measure_name}{ARROWS[first.better]}"
        if first.value is None:
            rows.append((name, "", "", "", NOT_COMPUTED))
            continue
        rows.append((name, _number(first.value, measure_name), "", _interval(first.low, first.high, measure_name), ""))
        for each in members:
            if each.guess:
                ahead = "" if each.ahead is None else _number(each.ahead, measure_name, sign="+")
                ends = _interval(each.ahead_low, each.ahead_high, measure_name, sign="+")
                rows.append((f"  {each.guess}", _number(each.guess_value, measure_name), ahead, ends, each.says))
        if first.best is not None:
            best = BEST_BY_LUCK if measure_name == CALIBRATION else BEST
            rows.append((f"  {best}", _number(first.best, measure_name), "", "", ""))
    return rows


def _rows_of_elements(figures: Sequence[BenchmarkFigure], covered: Coverage) -> Rows:
    rows: Rows = []
    for element in MEDDPICC_WEIGHTS:
        of_element = [each for each in figures if each.of == element]
        error, by_stage = [each for each in of_element if each.measure == ERROR]
        kappa, bias = (next(each for each in of_element if each.measure == name) for name in (KAPPA, BIAS))
        rows.append(
            (
                element.replace("_", " "),
                *map(_number, (error.value, error.guess_value, by_stage.guess_value)),
                "" if kappa.value is None else f"{_number(kappa.value)}  {_interval(kappa.low, kappa.high)}",
                _number(bias.value, sign="+"),
                f"{covered.missing_levels[element]:,}",
            )
        )
    return rows


def _rows_of_splits(splits: Mapping[str, Sequence[BenchmarkFigure]]) -> Rows:
    rows: Rows = []
    for split, figures in splits.items():
        error, kappa = (next(each for each in figures if each.measure == name) for name in (ERROR, KAPPA))
        rows.append(
            (
                split,
                _number(error.value),
                _interval(error.low, error.high),
                _number(kappa.value),
                _interval(kappa.low, kappa.high),
            )
        )
    return rows


def _remarks(figures: Sequence[BenchmarkFigure]) -> Iterator[str]:
    """What the figures come to, and what a reader has to know besides."""
    always, stage = (each for each in figures if each.measure == ERROR and each.of == "all")
    if 0 < always.opportunities < MIN_OPPORTUNITIES:
        judged = counted(always.opportunities, "deal has", "deals have")
        yield f"Too few deals: a figure takes at least {MIN_OPPORTUNITIES}, and {judged} levels."
    if always.value is not None:
        level = always.guess.removeprefix("always ")
        yield f"Levels: {_against(always, f'saying {level} of everything')}, and {_against(stage, 'the stage alone')}."
    kappa = next((each for each in figures if each.measure == KAPPA and each.of == "all"), None)
    if kappa is not None and kappa.value is not None:
        yield _kappa_in_words(kappa, next((each for each in figures if each.measure == ORDER), None))
    shift = next((each for each in figures if each.measure == SHIFT), None)
    if shift is not None and shift.low is not None and shift.high is not None:
        beyond = "" if shift.low > 0 or shift.high < 0 else ", which is within chance"
        yield (
            f"Planted text: it shifts the levels by {shift.value:+.2f} on average ({shift.low:+.2f} to "
            f"{shift.high:+.2f}, {shift.opportunities:,} deals){beyond}."
        )
    if not any(each.part == REPEATS and each.value is not None for each in figures):
        yield "Repeats: ask at least ten cases twice, and you see how far the judge repeats itself."
    intervals = sum(each.ahead_low is not None for each in figures)
    if intervals:
        by_chance = counted(max(1, round(intervals * CHANCE_SHARE)), "excludes", "exclude")
        yield (
            "Ahead by: what the judge is better by than the guess, with the interval of that. Of "
            f"{counted(intervals, 'such interval', 'such intervals')}, some {by_chance} 0 by chance alone."
        )


def _against(each: BenchmarkFigure, guess: str) -> str:
    if each.value is None or each.ahead is None:
        return f"not compared with {guess}"
    words = {BETTER: "nearer to the truth than", WORSE: "farther from the truth than"}
    return f"{words.get(each.says, 'no nearer to the truth beyond chance than')} {guess}"


def _kappa_in_words(kappa: BenchmarkFigure, order: BenchmarkFigure | None) -> str:
    if kappa.low is not None and kappa.high is not None and kappa.low <= 0 <= kappa.high:
        same = order is not None and order.value is None
        return "Agreement: none beyond chance" + (
            ": the judge says the same of every deal." if same and kappa.low == kappa.high else "."
        )
    return f"Agreement: kappa {kappa.value:.2f}, where 0 is chance and 1 the truth."


def _as_json(
    read: ReadAnswers,
    covered: Coverage,
    figures: Sequence[BenchmarkFigure],
    splits: Mapping[str, Sequence[BenchmarkFigure]],
) -> dict[str, object]:
    return {
        "coverage": dataclasses.asdict(covered),
        "lines": read.lines,
        "bad_lines": [
            {"reason": reason, "lines": count, "first": read.first_bad[reason]} for reason, count in read.bad.items()
        ],
        "figures": [dataclasses.asdict(each) for each in figures],
        "splits": {split: [dataclasses.asdict(each) for each in of_split] for split, of_split in splits.items()},
        "in_words": list(_remarks(figures)),
    }


def _print_table(headings: Sequence[str], rows: Rows) -> None:
    table = RichTable(box=None, pad_edge=False)
    for place, heading in enumerate(headings):
        is_text = place == 0 or heading == "Says"
        widest = FIRST_COLUMN if place == 0 and "Says" in headings else None
        table.add_column(heading, justify="left" if is_text else "right", no_wrap=True, min_width=widest)
    for row in rows:
        table.add_row(*(Text(cell, "bold" if cell in (BETTER, WORSE) else "") for cell in row))
    results.print(table)


def _print_markdown(headings: Sequence[str], rows: Rows) -> None:
    for row in (headings, ["---"] * len(headings), *rows):
        results.print(f"| {' | '.join(row)} |")


def _interval(low: float | None, high: float | None, measure_name: str = "", *, sign: str = "") -> str:
    if low is None or high is None:
        return ""
    return f"{_number(low, measure_name, sign=sign)} to {_number(high, measure_name, sign=sign)}"


def _number(value: float | None, measure_name: str = "", *, sign: str = "") -> str:
    if value is None:
        return ""
    decimals = 0 if measure_name == LATENCY else 2 if measure_name == USD else 3
    return f"{value:{sign},.{decimals}f}"
