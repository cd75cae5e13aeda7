"""A candidate is shown as a flag when its record tells deals apart, and says why when it is not."""

from __future__ import annotations

import datetime as dt

import numpy as np
import polars as pl
import pytest

from synthdeal_assets.scoring.answer import Judge
from synthdeal_assets.scoring.flags.candidates import CRM
from synthdeal_assets.scoring.flags.flags import all_flags
from synthdeal_assets.scoring.flags.records import Record
from synthdeal_assets_tests.scoring.flags.deals import AS_OF, drawn, frame

JUDGE = Judge("heuristic", "rules", "1")
JANUARY = dt.date(2026, 1, 31)


def record(**values: float) -> Record:
    """A record that is good enough to be shown."""
    counts = {
        "base_deals": 311,
        "flagged_deals": 95,
        "flagged_lost": 60,
        "other_lost": 97,
        "covered_today": 3,
        "open_today": 27,
        "surplus": 12.0,
        "p_value": 0.0004,
    }
    return Record(**(counts | values))  # type: ignore[arg-type]


def rows(cells: dict[tuple[str, bool, bool], int]) -> pl.DataFrame:
    """Counted rows: so many for each stage, flagged or not, won or not."""
    return pl.DataFrame(
        [
            {"day": JANUARY, "stage_name": stage, "is_flagged": flagged, "is_won": won, "is_counted": True}
            for (stage, flagged, won), count in cells.items()
            for _ in range(count)
        ]
    )


def test_a_record_counts_what_a_hand_counts() -> None:
    counted = rows(
        {
            ("Proposal/Price Quote", True, False): 6,
            ("Proposal/Price Quote", True, True): 2,
            ("Proposal/Price Quote", False, False): 3,
            ("Proposal/Price Quote", False, True): 5,
            ("Negotiation/Review", False, True): 4,
        }
    )
    beside = pl.DataFrame(
        [
            {"day": AS_OF, "stage_name": "Negotiation/Review", "is_flagged": True, "is_won": None, "is_counted": False},
            {
                "day": AS_OF,
                "stage_name": "Negotiation/Review",
                "is_flagged": False,
                "is_won": None,
                "is_counted": False,
            },
            {
                "day": JANUARY,
                "stage_name": "Negotiation/Review",
                "is_flagged": True,
                "is_won": False,
                "is_counted": False,
            },
        ],
        schema=counted.schema,
    )

    found = Record.of(pl.concat([counted, beside]), AS_OF)

    assert (found.base_deals, found.flagged_deals, found.flagged_lost) == (20, 8, 6)
    assert (found.other_deals, found.other_lost) == (12, 3)
    assert (found.covered_today, found.open_today) == (1, 2)
    # Of the 16 in the first stage 9 were lost, 8 were flagged: 4.5 expected; the second stage has no flagged one.
    assert found.surplus == pytest.approx(1.5)


def test_a_good_record_is_shown_with_its_counts() -> None:
    assert record().is_shown
    assert record().explanation("late-stage deals") == (
        "Of 95 late-stage deals that it covered 60 were lost, of 216 others 97 (p = 0.0004 within their stages)."
    )


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"base_deals": 99, "flagged_deals": 30, "flagged_lost": 25}, "a record takes 100 late-stage deals"),
        ({"flagged_deals": 125, "flagged_lost": 100}, "it covered 125 of 311 late-stage deals, more than 40%"),
        ({"covered_today": 14}, "it covers 14 of today's 27 late-stage deals, more than half"),
        ({"p_value": 0.01}, "within their stages that may be chance (p = 0.01)"),
        ({"surplus": -12.0}, "within their stages not more often"),
        ({"flagged_lost": 40}, "within their stages not more often"),
    ],
)
def test_a_flag_that_does_not_tell_deals_apart_is_not_shown_and_says_why(values: dict[str, float], reason: str) -> None:
    assert not record(**values).is_shown
    explanation = record(**values).explanation("late-stage deals")
    assert explanation.startswith("Not shown: ")
    assert reason in explanation


def shown(deals: pl.DataFrame) -> set[str]:
    """The flags that are shown."""
    return set(all_flags({JUDGE: deals}, AS_OF).records.filter("is_shown")["flag"])


def test_evidence_that_was_planted_to_tell_deals_apart_is_found_and_nothing_else() -> None:
    assert shown(drawn(1, planted=0.03)) == {"little_evidence", "little_early_evidence"}


def test_outcomes_that_are_permuted_within_stages_show_nothing_but_by_chance() -> None:
    draws = np.random.default_rng(2)
    deals = drawn(1, planted=0.03)
    ended = deals.filter(pl.col("is_won").is_not_null()).unique("opportunity_id", keep="last", maintain_order=True)
    tries = [_permuted(deals, ended, draws) for _ in range(60)]

    # Eight candidates at 0.005 each show something in at most 4 of 100 tries: more than 8 of 60 come once in 1,000.
    assert sum(bool(shown(each)) for each in tries) <= 8
    assert any(each["is_won"].to_list() != deals["is_won"].to_list() for each in tries)


def _permuted(deals: pl.DataFrame, ended: pl.DataFrame, draws: np.random.Generator) -> pl.DataFrame:
    """The deals with the outcomes of those that were last seen in the same stage exchanged at random."""
    shuffled = ended.with_columns(lot=pl.Series(draws.random(ended.height)))
    fates = shuffled.select("opportunity_id", is_won=pl.col("is_won").sort_by("lot").over("stage_name"))
    return (
        deals.drop("is_won").join(fates, on="opportunity_id", how="left", maintain_order="left").select(deals.columns)
    )


def test_rows_and_records_name_the_judge_only_where_the_flag_rests_on_one() -> None:
    found = all_flags({JUDGE: drawn(1), Judge("openai", "a-model", "v1"): drawn(1)}, AS_OF)

    by_flag = dict(found.records.group_by("flag").agg(pl.col("scorer").sort()).iter_rows())
    assert by_flag["little_evidence"] == ["heuristic", "openai"]
    assert by_flag["long_in_stage"] == [CRM]
    assert set(found.flags.filter(pl.col("flag") == "overdue")["scorer"]) == {CRM}
    assert "low_chance" not in by_flag


def test_a_record_can_be_recounted_from_the_rows() -> None:
    deals = drawn(1, planted=0.03)
    found = all_flags({JUDGE: deals}, AS_OF)
    fates = deals.select("opportunity_id", "is_won").unique("opportunity_id")

    counted = found.flags.filter("is_counted", pl.col("flag") == "little_evidence").join(fates, on="opportunity_id")
    kept = found.records.row(by_predicate=pl.col("flag") == "little_evidence", named=True)

    assert counted.height == kept["base_deals"] > 100
    assert counted.filter("is_flagged", ~pl.col("is_won")).height == kept["flagged_lost"]
    assert counted.filter(~pl.col("is_flagged"), ~pl.col("is_won")).height == kept["other_lost"]
    assert found.flags.filter(pl.col("flag") == "little_evidence")["is_shown"].all()


def test_an_empty_world_has_records_of_nothing() -> None:
    found = all_flags({JUDGE: frame()}, AS_OF)

    assert found.flags.is_empty()
    assert not found.records["is_shown"].any()
    assert found.records["explanation"].str.contains("and there are 0 that could be looked at").all()
