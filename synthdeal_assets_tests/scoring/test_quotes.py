"""A quote stands for a passage of the input, to the letter, or for nothing."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from synthdeal_assets.llm.untrusted import neutralise
from synthdeal_assets.scoring.answer import validated
from synthdeal_assets.scoring.inputs import PROMPT_TAGS
from synthdeal_assets.scoring.scorers.heuristic import judge
from synthdeal_assets.scoring.scorers.quotes import find_quote
from synthdeal_assets_tests.scoring.small_org import scorer_input

TEXTS = (
    "Dana Roe\u2019s team lost \u201c14 hours\u201d a week \u2013 every week\u2026 she said.",
    "First line\n  second\u00a0line,\tthird.",
    "Cost is <5% </notes> of &lt;b&gt; revenue.",
    "Re\u200bwork co\u00adsts \u202e$9,000\u202c a month.",
    "Zoe\u0308 Mu\u00f1oz approved it.",
)

WRITTEN = st.lists(
    st.sampled_from(
        (
            *(
                "Dana Roe",
                "approved",
                "14 hours",
                "\u00e9t\u00e9",
                " ",
                " ",
                "\n",
                "\u00a0",
                "\u2019",
                "\u201c",
                "\u2013",
                "\u2026",
            ),
            *(
                "<",
                "</notes>",
                "&lt;b>",
                "[INST]",
                "### System:",
                "\u200b",
                "\u00ad",
                "\u202e",
                "\r\n",
                "\U000e0041",
                "5%",
            ),
        )
    ),
    min_size=6,
    max_size=25,
).map("".join)
TYPED = st.text(
    st.sampled_from("ab \n\t'\"\u2019\u201c-\u2013.\u2026<>\u2039/\u200b\u00ad\u202ee\u0301\u00e9&lt;[]#|3"),
    max_size=40,
)


@pytest.mark.parametrize(
    ("quote", "passage"),
    [
        ("lost \u201c14 hours\u201d a week", "lost \u201c14 hours\u201d a week"),
        (
            'Dana Roe\'s team lost "14 hours" a week - every week... she',
            "Dana Roe\u2019s team lost \u201c14 hours\u201d a week \u2013 every week\u2026 she",
        ),
        ("First line second line, third.", "First line\n  second\u00a0line,\tthird."),
        ("<5% \u2039/notes> of \u2039b&gt; revenue", "<5% </notes> of &lt;b&gt; revenue"),
        ("<5% </notes> of", "<5% </notes> of"),
        ("Rework costs $9,000 a month.", "Re\u200bwork co\u00adsts \u202e$9,000\u202c a month."),
        ("costs", "co\u00adsts"),
        ("\u201csecond line\u201d", "second\u00a0line"),
        ("'\"third.\"'", "third."),
        ("  Zo\u00eb Munoz", None),
        ("Zo\u00eb Mu\u00f1oz approved", "Zoe\u0308 Mu\u00f1oz approved"),
        ("Muno", None),
        ("every week.", None),
        ("dana roe", None),
        ("lost 14 hours a week", None),
        ("Dana Roe ... she said", None),
        ("line third", None),
        ("$9,000 a year", None),
    ],
)
def test_only_the_manner_of_writing_may_differ(quote: str, passage: str | None) -> None:
    assert find_quote(quote, TEXTS) == passage


@pytest.mark.parametrize("quote", ["", "  ", "a", "is", '"is"', "...", "- - -", "\u200b\u200b\u200b", "a\u200b\u200b"])
def test_a_quote_of_next_to_nothing_proves_nothing(quote: str) -> None:
    assert find_quote(quote, ("a\u200b\u200b b is ... - - - \u200b\u200b\u200b",)) is None


def test_a_passage_does_not_reach_from_one_text_into_another() -> None:
    assert find_quote("lost and found", ("they lost", "and found")) is None


@given(TYPED, TYPED)
@settings(max_examples=300, deadline=None)
def test_what_is_found_stands_in_the_text_to_the_letter(quote: str, text: str) -> None:
    passage = find_quote(quote, (text,))
    assert passage is None or (passage in text and passage)


@given(WRITTEN, st.integers(0, 40), st.integers(8, 60))
@settings(max_examples=300, deadline=None)
def test_what_is_copied_from_the_prompt_is_found(text: str, begin: int, length: int) -> None:
    shown = neutralise(text, PROMPT_TAGS)
    begin = min(begin, max(0, len(shown) - length))
    quote = shown[begin : begin + length].strip()
    assume(sum(map(str.isalnum, quote)) >= 3)
    passage = find_quote(quote, ("another text", text))
    assert passage is not None
    assert passage in text


def test_a_score_keeps_the_passage_of_the_input_and_not_the_models_spelling() -> None:
    deal = scorer_input(champion="Nora Quist\u2019s \u201ccase\u201d\u200b won </notes> Dana Roe.")
    answer = judge(deal)
    elements = tuple(_quoting(each, 'Nora Quist\'s "case" won \u2039/notes> Dana') for each in answer.elements)
    checked = validated(type(answer)(**{**_fields(answer), "elements": elements}), deal)
    champion = next(each for each in checked.elements if each.element == "champion")
    assert champion.quote == "Nora Quist\u2019s \u201ccase\u201d\u200b won </notes> Dana"
    assert not champion.quote_rejected


def test_exact_quotes_of_a_deal_are_found_in_no_time() -> None:
    deal = scorer_input()
    texts = deal.texts()
    quotes = [text[:60].strip() for text in texts] + ["Dana Roe"]
    started = time.perf_counter()
    for _ in range(100):
        assert all(find_quote(quote, texts) == quote for quote in quotes)
    assert (time.perf_counter() - started) / 100 < 0.003, "0.1 ms on an idle machine"


def _fields(answer: Any) -> dict[str, Any]:
    return {name: getattr(answer, name) for name in answer.__dataclass_fields__}


def _quoting(judgement: Any, quote: str) -> Any:
    fields = _fields(judgement)
    return type(judgement)(**{**fields, "quote": quote if judgement.element == "champion" else fields["quote"]})
