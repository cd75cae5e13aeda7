"""Reasons in words: true to the sign of what the model counted, and with the customer's own numbers."""

from __future__ import annotations

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from synthdeal_assets.whitespace.ranked_list.reasons import (
    DIVISION,
    FAINTEST,
    MAX_REASONS_AGAINST,
    MAX_REASONS_FOR,
    WORDINGS,
    chance_in_words,
    describe,
    in_words,
    lift_in_words,
    reasons_in_words,
    reasons_of,
    wording_of,
)
from synthdeal_assets.whitespace.tables import FEATURES_OF_A_PAIR


def test_every_feature_has_words_and_no_words_stand_for_nothing() -> None:
    assert set(WORDINGS) == set(FEATURES_OF_A_PAIR)
    for feature in FEATURES_OF_A_PAIR:
        assert "{" not in describe(feature, 2.0, "Design")
        assert describe(feature, 0.2, "Design") != describe(feature, 0.7, "Design")
        assert "nan" not in describe(feature, float("nan"), "Design")


def test_numbers_are_said_as_people_say_them() -> None:
    assert describe("customer_orders_12m", 5.0, "Design") == "bought 5 times in the last 12 months"
    assert describe("orders_3m", 1.0, "Design") == "bought Design once in the last 3 months"
    assert describe("customer_recency_days", 1.0, "Design") == "last bought 1 day ago"
    assert describe("recency_days", None, "Design") == "never bought Design"
    assert describe("customer_gap_ratio", float("nan"), "Design") == "bought less than twice"
    assert describe("customer_decayed_recency", float(np.exp(-12 / 90)), "Design") == "last bought 12 days ago"
    assert describe("customer_amount_delta_12m", -1234.0, "Design") == (
        "spent 1,234 less in the last 12 months than in the 12 months before"
    )
    assert describe("orders_delta_3m", 8.0, "Design") == (
        "placed 8 more orders of Design in the last 3 months than in the 3 months before"
    )
    assert in_words(-1.0, "orders more") == "1 fewer order"
    assert (in_words(0.0, "orders more"), in_words(0.0, "money more")) == ("no more orders", "no more")
    assert describe("customer_division_entropy", float(np.log(3)), "Design") == "kept to about 3.0 divisions"
    assert describe("customer_division_entropy", 0.0, "Design") == "kept to one division at most"
    assert describe("decayed orders of Backup", 1.26, "Design") == (
        "bought from Backup before (1.3 orders, older ones counting less)"
    )
    assert describe("decayed orders of Backup", 1.26, "Design", {"Backup": (3.0, 64.0)}) == (
        "bought from Backup 3 times, last 64 days ago"
    )
    assert describe("decayed orders of Backup", 0.0, "Design") == "never bought from Backup"
    assert in_words(0.034, "share") == "3.4 %"
    assert in_words(0.34, "share") == "34 %"


def value_of_its_own(feature: str, place: int) -> float:
    if "decayed_recency" in feature:
        return float(np.exp(-(place + 1) / 90))
    return 3.0 if "entropy" in feature else 1000.0 + place


# Whole parts of 64, so that sums are exact in whatever order they are made, and those that are equal are so.
contribution = st.integers(-192, 192).map(lambda parts: parts / 64)


@settings(max_examples=25, deadline=None)
@given(st.lists(contribution, min_size=len(FEATURES_OF_A_PAIR), max_size=len(FEATURES_OF_A_PAIR)))
def test_what_speaks_for_a_pair_raised_its_chance_and_what_speaks_against_lowered_it(log_odds: list[float]) -> None:
    # Every feature has a value of its own, so that the words tell which one is meant.
    values = {feature: value_of_its_own(feature, place) for place, feature in enumerate(FEATURES_OF_A_PAIR)}
    [sentence] = reasons_in_words(pl.DataFrame([values]), FEATURES_OF_A_PAIR, np.array([log_odds]), {}, "Design")
    raised, _, lowered = sentence.removeprefix("For: ").partition("Against: ")
    if sentence.startswith("Against: "):
        raised, lowered = "", sentence.removeprefix("Against: ")
    of_feature = dict(zip(FEATURES_OF_A_PAIR, log_odds, strict=True))
    words = {describe(feature, values[feature], "Design"): feature for feature in FEATURES_OF_A_PAIR}
    themes: dict[str, float] = {}
    for feature, value in of_feature.items():
        themes[wording_of(feature).theme] = themes.get(wording_of(feature).theme, 0) + value
    themes.pop(DIVISION)
    for told, sign, most in ((raised, 1, MAX_REASONS_FOR), (lowered, -1, MAX_REASONS_AGAINST)):
        features = [words[part] for part in told.strip().rstrip(".").split("; ")] if told.strip() else []
        speaking = sorted((sign * value for value in themes.values() if sign * value >= FAINTEST), reverse=True)
        assert len(features) == min(most, len(speaking))
        for feature, strongest in zip(features, speaking, strict=False):
            assert sign * of_feature[feature] > 0
            assert sign * themes[wording_of(feature).theme] == strongest


def test_a_reason_stands_beside_what_is_typical_and_what_all_share_is_left_out() -> None:
    features = ("customer_orders_12m", "customer_divisions_total", "division_owner_share", "customer_tenure_days")
    frame = pl.DataFrame(
        {
            "customer_orders_12m": [5.0, 2.0, 1.0],
            "customer_divisions_total": [3.0, 1.0, 1.0],
            "division_owner_share": [0.2, 0.2, 0.2],
            "customer_tenure_days": [400.0, 30.0, None],
        }
    )
    typical = {
        "customer_orders_12m": 2.0,
        "customer_divisions_total": 1.0,
        "division_owner_share": 0.2,
        "customer_tenure_days": 215.0,
    }
    counted = np.array([[0.5, 0.2, 2.0, -0.7], [0.0, 0.0, 2.0, 0.01], [-0.3, 0.0, 2.0, 0.0]])
    first, second, third = reasons_in_words(frame, features, counted, typical, "Design")
    assert first == (
        "For: bought 5 times in the last 12 months (typical 2 times); bought from 3 divisions so far (typical "
        "1 division). Against: first bought 400 days ago (typical 215 days ago)."
    )
    assert second == ""
    assert third == "Against: bought once in the last 12 months (typical 2 times)."
    usual = frame.with_columns(customer_orders_12m=2.0)[:1]
    beside = (*features, "customer_orders_6m")
    (instead,) = reasons_in_words(
        usual.with_columns(customer_orders_6m=9.0), beside, np.array([[0.5, 0.0, 0.0, 0.0, 0.2]]), typical, "Design"
    )
    assert instead == "For: bought 9 times in the last 6 months.", "what is as with most customers explains little"
    everything = reasons_of(features, frame.row(0, named=True), counted[0], typical, "Design")
    assert [reason.log_odds for reason in everything] == [2.0, -0.7, 0.5, 0.2]
    assert everything[0].words == "20 % of all customers have Design (as is typical)"


def test_chance_and_lift_are_said_beside_what_is_usual() -> None:
    frame = pl.DataFrame(
        {
            "division": ["Design"] * 3,
            "p_icp": [0.02, 0.031, 0.2],
            "lift": [2.34, 0.7, 0.0],
            "lift_from": ["Backup", "Edge", None],
        }
    )
    assert frame.select(chance_in_words()).to_series().to_list()[2] == "Chance 20.0 % (typical for Design 3.1 %)."
    assert frame.select(words=lift_in_words())["words"].to_list() == [
        "Owns Backup, whose owners have Design 2.3 times as often as all customers.",
        "No division it owns goes together with Design.",
        "Owns no division.",
    ]
