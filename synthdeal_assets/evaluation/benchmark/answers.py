"""Anybody's answers to a benchmark, line by line: what can be read of each, and why a line cannot be used.

A line is JSON from outside and may be anything. A bad one costs its own row and nothing else. What the answers are
worth is measured in `measures.py`.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.llm.failures import AnswerError
from synthdeal_assets.scoring.rubric import MAX_LEVELS, MEDDPICC, MEDDPICC_WEIGHTS
from synthdeal_assets.scoring.scorers.llm_answer import read_answer

MAX_LINE_BYTES: Final = 4_000_000
"""A line beyond this is passed over without being read whole: an answer with its prompt takes a hundredth."""

CASE_ID: Final = "case_id"


@dataclass(frozen=True, slots=True)
class BenchmarkAnswer:
    """One answer to a case.

    Attributes:
        case_id: The case.
        levels: Levels, 0 to 3, of the MEDDPICC elements that were judged.
        win_probability: 0 to 1; None when none was given.
        cost_usd: What it cost; None when not given.
        latency_ms: How long it took; None when not given.
    """

    case_id: str
    levels: Mapping[str, int]
    win_probability: float | None = None
    cost_usd: float | None = None
    latency_ms: float | None = None


@dataclass(frozen=True, slots=True)
class ReadAnswers:
    """What a file of answers holds.

    Attributes:
        answers: Answers to cases of the benchmark, in the order of the file.
        lines: Lines that are not empty.
        bad: Why lines could not be used, with how many each, the most frequent first.
        first_bad: The first bad line of each kind, by the reason; from 1.
    """

    answers: tuple[BenchmarkAnswer, ...]
    lines: int
    bad: Mapping[str, int]
    first_bad: Mapping[str, int]


class BadLineError(ValueError):
    """A line that cannot be used; the message says why, without anything that stands in it."""


def read_answers(path: Path, cases: Iterable[str]) -> ReadAnswers:
    """The answers in a file of JSON Lines, of the forms that the page `judge-benchmark.md` shows.

    Args:
        path: The file.
        cases: Ids of the cases that can be answered.

    Raises:
        SynthDealError: The file cannot be read.
    """
    known = frozenset(cases)
    answers: list[BenchmarkAnswer] = []
    bad: Counter[str] = Counter()
    first_bad: dict[str, int] = {}
    lines = 0
    try:
        for number, line in _lines(path):
            lines += 1
            try:
                answers.append(_read_line(line, known))
            except BadLineError as error:
                bad[str(error)] += 1
                first_bad.setdefault(str(error), number)
    except OSError as error:
        raise SynthDealError(
            f"The answers in {path} cannot be read ({error.strerror or error}): name a file of JSON Lines.",
            code="judge.answers-unreadable",
            usage=True,
        ) from error
    return ReadAnswers(tuple(answers), lines, dict(bad.most_common()), first_bad)


def _lines(path: Path) -> Iterator[tuple[int, bytes | None]]:
    """The lines that are not empty, with their numbers; None for one that is too long."""
    with path.open("rb") as file:
        number = 0
        while piece := file.readline(MAX_LINE_BYTES):
            number += 1
            is_whole = piece.endswith(b"\n") or len(piece) < MAX_LINE_BYTES
            while not piece.endswith(b"\n") and (rest := file.readline(MAX_LINE_BYTES)):
                piece = rest
            if not is_whole:
                yield number, None
            elif number == 1 and piece.removeprefix(b"\xef\xbb\xbf").strip():
                yield number, piece.removeprefix(b"\xef\xbb\xbf")
            elif piece.strip() and number > 1:
                yield number, piece


def _read_line(line: bytes | None, known: frozenset[str]) -> BenchmarkAnswer:
    if line is None:
        raise BadLineError(f"longer than {MAX_LINE_BYTES:,} bytes")
    row = _object(line)
    given = _of_promptfoo(row) if CASE_ID not in row and isinstance(row.get("vars"), dict) else row
    case_id = given.get(CASE_ID)
    if not isinstance(case_id, str):
        raise BadLineError("has no case_id")
    if case_id not in known:
        raise BadLineError("its case_id is none of this benchmark")
    said = _said(given)
    levels, chance = _levels(said), _number(said, "win_probability", most=1)
    if not levels and chance is None:
        raise BadLineError("has neither a level of MEDDPICC nor a win_probability")
    return BenchmarkAnswer(case_id, levels, chance, _number(given, "cost_usd"), _number(given, "latency_ms"))


def _of_promptfoo(row: Mapping[str, Any]) -> dict[str, Any]:
    """A line of what `promptfoo eval -o answers.jsonl` writes, in our words."""
    response = row.get("response")
    output = response.get("output") if isinstance(response, dict) else None
    if output is None:
        raise BadLineError("promptfoo got no answer from its provider")
    return {
        CASE_ID: row["vars"].get(CASE_ID),
        "answer": output,
        "cost_usd": row.get("cost"),
        "latency_ms": row.get("latencyMs"),
    }


def _said(given: Mapping[str, Any]) -> Mapping[str, Any]:
    """Where levels and chance stand: in the line itself, in its answer, or in that answer's text."""
    answer = given.get("answer")
    if answer is None:
        return given
    if isinstance(answer, dict):
        return answer
    if not isinstance(answer, str):
        raise BadLineError("its answer is neither a text nor an object")
    try:
        whole = read_answer(answer)
    except AnswerError:
        begin, end = answer.find("{"), answer.rfind("}")
        if begin < 0 or end < begin:
            raise BadLineError("there is no JSON object in the text of its answer") from None
        return _object(answer[begin : end + 1].encode(errors="replace"), "the text of its answer")
    return {"levels": whole.levels(), "win_probability": whole.win_probability}


def _levels(said: Mapping[str, Any]) -> dict[str, int]:
    """The levels by element: as numbers or as objects with a level, at the top or in `levels` or `elements`."""
    place = next((said[name] for name in ("levels", "elements") if isinstance(said.get(name), dict)), said)
    found: dict[str, int] = {}
    for element in MEDDPICC_WEIGHTS:
        value = place.get(element)
        value = value.get("level") if isinstance(value, dict) else value
        if value is None:
            continue
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MAX_LEVELS[MEDDPICC]:
            raise BadLineError(f"a level is none of 0 to {MAX_LEVELS[MEDDPICC]}")
        found[element] = value
    return found


def _number(given: Mapping[str, Any], name: str, *, most: float = math.inf) -> float | None:
    value = given.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadLineError(f"its {name} is not a number")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not (0 <= number <= most and math.isfinite(number)):
        raise BadLineError(f"its {name} is out of range")
    return number


def _object(text: bytes, what: str = "it") -> dict[str, Any]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise BadLineError(f"{what} is not JSON") from None
    if not isinstance(value, dict):
        raise BadLineError(f"{what} is not a JSON object")
    return value
