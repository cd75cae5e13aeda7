"""Signs of substance, of doubt and of age in a sentence."""

from __future__ import annotations

import datetime as dt

import pytest

from synthdeal_assets.scoring.scorers.evidence_signals import SentenceSigns, name_words, read_sentences

PEOPLE = name_words(["Dana Roe", "Nora O'Quist", "Will May"])


def signs(text: str) -> SentenceSigns:
    (sentence,) = read_sentences(text, PEOPLE)
    return sentence


@pytest.mark.parametrize(
    "text", ["It saves 14 hours.", "$9k a month", "12 % less", "USD 1,200,000", "3 tests passed", "40 sites"]
)
def test_a_number_with_a_unit_is_a_figure(text: str) -> None:
    assert signs(text).figure


@pytest.mark.parametrize("text", ["Many hours.", "Decided on 2026-05-02.", "On 2 May 2026 we met", "Score 100."])
def test_a_bare_number_or_a_date_is_no_figure(text: str) -> None:
    assert not signs(text).figure


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("Met on 2026-05-02.", dt.date(2026, 5, 2)),
        ("Met on 2 May 2026.", dt.date(2026, 5, 2)),
        ("Met on May 2nd, 2026.", dt.date(2026, 5, 2)),
        ("Met in May 2026.", dt.date(2026, 5, 1)),
        ("Met 2026-02-31.", None),
        ("Board in Q3 2026.", None),
        ("On 4 June they decide.", None),
    ],
)
def test_dates_are_found_in_the_usual_spellings(text: str, day: dt.date | None) -> None:
    assert signs(text).dated
    assert signs(text).newest == day


def test_the_month_of_may_is_not_a_doubt() -> None:
    assert not signs("Signed on 2 May 2026.").doubtful
    assert signs("They may sign.").doubtful


def test_a_person_is_named_only_by_a_capitalised_name_of_the_deal() -> None:
    assert signs("Roe agrees.").named
    assert signs("We met Nora O'Quist.").named
    assert not signs("They will agree.").named
    assert not signs("Somebody else, Tim Frost, agrees.").named


def test_sentences_are_kept_to_the_letter() -> None:
    text = "Dana Roe agreed.  She said “14 hours”!\nIt is open?"
    assert [sentence.text for sentence in read_sentences(text, PEOPLE)] == [
        "Dana Roe agreed.",
        "She said “14 hours”!",
        "It is open?",
    ]
    assert read_sentences(None, PEOPLE) == ()


@pytest.mark.parametrize("text", ["Roe has not confirmed it.", "It is yet to be signed.", "Nothing was ever agreed."])
def test_a_denied_confirmation_is_none(text: str) -> None:
    assert not signs(text).confirmed


@pytest.mark.parametrize(
    "text", ["Roe confirmed it.", "They signed without a question.", "No doubt: the board has agreed."]
)
def test_a_denial_elsewhere_leaves_a_confirmation_alone(text: str) -> None:
    assert signs(text).confirmed


def test_a_part_of_a_sentence_is_quoted_without_its_semicolon() -> None:
    signs = read_sentences("Bob sent the checklist on 1 Dec; nothing came back.", frozenset({"Bob"}))

    assert [sign.text for sign in signs] == ["Bob sent the checklist on 1 Dec", "nothing came back."]
