"""Answers come from outside: what can be read is read, and what cannot costs its own line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.evaluation.benchmark.answers import MAX_LINE_BYTES, ReadAnswers, read_answers
from synthdeal_assets.scoring.rubric import ELEMENTS, MEDDPICC, MEDDPICC_WEIGHTS

CASE = "OPP-0123456789ab"
GOOD = {"case_id": CASE, "levels": {"metrics": 2, "champion": 0}, "win_probability": 0.25}


def read(path: Path, *lines: object) -> ReadAnswers:
    """What is read of lines that are bytes as they are, or anything else as JSON."""
    texts = [line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines]
    path.write_bytes(b"\n".join(texts))
    return read_answers(path, [CASE])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "answers.jsonl"


def whole_answer() -> dict[str, Any]:
    """What the instructions ask a model for."""
    judged = {
        element: {"quote": None, "level": 1 if framework == MEDDPICC else 4, "gap": "", "question": ""}
        for framework, element in ELEMENTS
    }
    lists: dict[str, list[str]] = {
        name: [] for name in ("key_strengths", "areas_for_improvement", "risks", "next_steps")
    }
    return {"elements": judged, "reasoning": "", **lists, "win_probability": 0.4, "confidence": 0.5}


def test_levels_stand_in_a_line_in_its_answer_or_in_the_text_of_it(file: Path) -> None:
    levels = {"metrics": 2, "champion": 0}
    for line in (
        GOOD,
        {**GOOD, "levels": {"metrics": {"level": 2}, "champion": {"level": 0.0}}},
        {"case_id": CASE, **levels, "win_probability": 0.25},
        {"case_id": CASE, "elements": levels, "win_probability": 0.25},
        {"case_id": CASE, "answer": {"levels": levels, "win_probability": 0.25}},
        {"case_id": CASE, "answer": f"```json\n{json.dumps({'levels': levels, 'win_probability': 0.25})}\n```"},
        {"vars": {"case_id": CASE}, "response": {"output": json.dumps({**levels, "win_probability": 0.25})}},
        {"vars": {"case_id": CASE}, "response": {"output": {**levels, "win_probability": 0.25}}, "cost": 0.5},
    ):
        answers = read(file, line).answers
        assert len(answers) == 1, line
        assert answers[0].levels == levels, line
        assert answers[0].win_probability == 0.25


def test_the_answer_that_the_instructions_ask_for_is_read_out_of_thoughts(file: Path) -> None:
    text = f"<think>{{}} or {{maybe}}?</think>\n{json.dumps(whole_answer())}"

    (answer,) = read(file, {"case_id": CASE, "answer": text, "cost_usd": 0.01, "latency_ms": 900}).answers

    assert answer.levels == dict.fromkeys(MEDDPICC_WEIGHTS, 1)
    assert (answer.win_probability, answer.cost_usd, answer.latency_ms) == (0.4, 0.01, 900)


BAD: dict[str, object] = {
    "it is not JSON": b"{'case_id': 1}",
    "it is not a JSON object": [GOOD],
    "has no case_id": {"levels": {"metrics": 1}},
    "its case_id is none of this benchmark": {**GOOD, "case_id": "OPP-other"},
    "has neither a level of MEDDPICC nor a win_probability": {"case_id": CASE, "levels": {"budget": 4}},
    "a level is none of 0 to 3": {"case_id": CASE, "levels": {"metrics": 4}},
    "its win_probability is out of range": {**GOOD, "win_probability": 30},
    "its win_probability is not a number": {**GOOD, "win_probability": "30%"},
    "its cost_usd is out of range": {**GOOD, "cost_usd": -1},
    "its latency_ms is not a number": {**GOOD, "latency_ms": True},
    "its answer is neither a text nor an object": {"case_id": CASE, "answer": 2},
    "there is no JSON object in the text of its answer": {"case_id": CASE, "answer": "I would say 2."},
    "the text of its answer is not JSON": {"case_id": CASE, "answer": "{metrics: 2}"},
    "promptfoo got no answer from its provider": {"vars": {"case_id": CASE}, "error": "401", "response": {}},
}


@pytest.mark.parametrize("reason", BAD)
def test_a_line_that_cannot_be_used_costs_itself_and_is_said(file: Path, reason: str) -> None:
    found = read(file, GOOD, BAD[reason], GOOD)

    assert len(found.answers) == 2
    assert (found.bad, found.first_bad, found.lines) == ({reason: 1}, {reason: 2}, 3)


@pytest.mark.parametrize(
    "line",
    [
        b"\xff\xfe\x00",
        b'{"case_id": "OPP-0123456789ab", "levels": {"metrics": NaN}}',
        b'{"case_id": "OPP-0123456789ab", "win_probability": Infinity}',
        b'{"case_id": "OPP-0123456789ab", "levels": {"metrics": true}}',
        b'{"case_id": "OPP-0123456789ab", "levels": {"metrics": "2"}}',
        b'{"case_id": "OPP-0123456789ab", "levels": {"metrics": ' + b"9" * 6000 + b"}}",
        b'{"case_id": "OPP-0123456789ab", "cost_usd": 1' + b"0" * 400 + b', "levels": {"metrics": 2}}',
        b"[" * 100_000,
        b'{"case_id": "OPP-0123456789ab", "answer": "' + b"{" * 100_000 + b'}"}',
        b'{"a": "' + b"x" * MAX_LINE_BYTES + b'"}',
        b'{"case_id": "\\ud800", "levels": {"metrics": 2}}',
    ],
    ids=range(11),
)
def test_hostile_lines_cost_themselves(file: Path, line: bytes) -> None:
    found = read(file, GOOD, line, GOOD)

    assert len(found.answers) == 2
    assert sum(found.bad.values()) == 1


def test_empty_lines_and_the_mark_of_windows_are_no_mistakes(file: Path) -> None:
    file.write_bytes(b"\xef\xbb\xbf" + json.dumps(GOOD).encode() + b"\r\n\r\n  \n" + json.dumps(GOOD).encode())

    found = read_answers(file, [CASE])

    assert (len(found.answers), found.lines, found.bad) == (2, 2, {})


def test_a_file_that_is_not_there_is_said_in_a_sentence(tmp_path: Path) -> None:
    for path in (tmp_path / "none.jsonl", tmp_path):
        with pytest.raises(SynthDealError) as failure:
            read_answers(path, [CASE])
        assert failure.value.code == "judge.answers-unreadable"


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["levels", "elements", "answer", "metrics", "level", "vars", "response", "win_probability", "x"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(anything)
def test_no_line_whatever_it_holds_ends_in_more_than_itself(
    tmp_path_factory: pytest.TempPathFactory, value: Any
) -> None:
    line = {**value, "case_id": CASE} if isinstance(value, dict) and "vars" not in value else value

    found = read(tmp_path_factory.mktemp("any") / "answers.jsonl", line, GOOD)

    assert len(found.answers) + sum(found.bad.values()) == 2
    for answer in found.answers:
        assert all(type(level) is int and 0 <= level <= 3 for level in answer.levels.values())
        assert answer.win_probability is None or 0 <= answer.win_probability <= 1
