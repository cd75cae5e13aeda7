"""Why deals ended: the reason, the competitor and the note, and what a closed deal no longer has."""

from __future__ import annotations

import numpy as np
import polars as pl

from synthdeal_assets.world.history_tables import FIELD_HISTORY
from synthdeal_assets.world.salesforce_picklists import COMPETITORS, LOST_REASONS, RENEWAL
from synthdeal_assets.world.tables import OPPORTUNITIES, OPPORTUNITY_STAGES
from synthdeal_assets.world.truth_tables import TRUTH_OPPORTUNITIES
from synthdeal_assets_tests.world.worlds import world

SIZE, MANY = 2_000, 6_000
NO_DECISION, TO_COMPETITOR, PRICE, NO_BUDGET, _ = LOST_REASONS


def deals(size: int = SIZE) -> pl.DataFrame:
    """New business and expansions: a renewal is lost for other reasons, and late."""
    return world(size)[OPPORTUNITIES].filter(pl.col("type") != RENEWAL)


def lost(size: int = SIZE) -> pl.DataFrame:
    """The lost deals with the last open stage on record and the truth of the day before."""
    stages = world(size)[OPPORTUNITY_STAGES].filter(pl.col("stage_name") != "Closed Lost")
    last = stages.group_by("opportunity_id").agg(last_stage=pl.col("stage_name").sort_by("sequence").last())
    truth = world(size)[TRUTH_OPPORTUNITIES]
    return (
        deals(size)
        .filter(pl.col("lost_reason").is_not_null())
        .join(last, on="opportunity_id")
        .join(truth, on="opportunity_id")
    )


def share(frame: pl.DataFrame, reason: str) -> float:
    return float(np.mean((frame["lost_reason"] == reason).to_numpy()))


def test_every_lost_deal_has_a_reason_and_no_other_deal_has_one() -> None:
    assert deals().filter((pl.col("stage_name") == "Closed Lost") != pl.col("lost_reason").is_not_null()).is_empty()
    assert deals().filter(pl.col("is_closed") != pl.col("closing_note").is_not_null()).is_empty()


def test_reasons_are_as_frequent_as_in_studies_of_lost_business() -> None:
    shares = {reason: share(lost(), reason) for reason in LOST_REASONS}
    assert 0.40 <= shares[NO_DECISION] <= 0.60
    assert all(0.03 <= value <= 0.25 for reason, value in shares.items() if reason != NO_DECISION)


def test_a_reason_fits_how_far_the_deal_came_and_what_was_so() -> None:
    early = lost(MANY).filter(pl.col("last_stage").is_in(["Prospecting", "Qualification"]))
    late = lost(MANY).filter(pl.col("last_stage").is_in(["Proposal/Price Quote", "Negotiation/Review"]))
    assert share(early, PRICE) < 0.1 < share(late, PRICE)
    assert share(late, NO_DECISION) < share(early, NO_DECISION) - 0.2
    for reason, element in ((NO_DECISION, "identify_pain"), (NO_BUDGET, "economic_buyer")):
        unproven = pl.col(f"{element}_level") <= 1
        assert share(late.filter(unproven), reason) > share(late.filter(~unproven), reason) + 0.03


def test_a_competitor_is_named_where_one_won_or_was_known_of_and_never_before_the_end() -> None:
    assert (
        deals().filter(~pl.col("is_closed"))["competitor"].null_count() == deals().filter(~pl.col("is_closed")).height
    )
    assert lost().filter(pl.col("lost_reason") == TO_COMPETITOR)["competitor"].null_count() == 0
    assert lost().filter((pl.col("lost_reason") == TO_COMPETITOR) & (pl.col("competition_level") == 3)).is_empty()
    assert set(deals()["competitor"].drop_nulls()) == set(COMPETITORS)


def test_evidence_and_closing_name_the_same_competitor() -> None:
    any_vendor = rf"({'|'.join(COMPETITORS)})"
    known = (
        deals()
        .filter(pl.col("competitor").is_not_null())
        .with_columns(
            said=pl.col("competition").str.extract(any_vendor), noted=pl.col("closing_note").str.extract(any_vendor)
        )
    )
    assert known.filter(pl.col("said") != pl.col("competitor")).is_empty()
    assert known.filter(pl.col("noted") != pl.col("competitor")).is_empty()
    assert known["said"].drop_nulls().len() > 500
    named = deals().filter(pl.col("is_closed") & pl.col("competition").str.contains(any_vendor))
    assert named.filter(pl.col("competitor").is_null()).height < 0.25 * named.height


def test_a_closed_deal_has_no_next_step_and_was_changed_last_when_it_closed() -> None:
    closed = deals().filter("is_closed")
    assert closed["next_step"].null_count() == closed.height
    assert (closed["last_modified_date"] == closed["close_date"]).all()


def test_the_history_has_the_next_step_that_the_closing_took_away() -> None:
    history = world(SIZE)[FIELD_HISTORY]
    closed = world(SIZE)[OPPORTUNITIES].filter("is_closed").select("opportunity_id", "close_date")
    assert (
        history.join(closed, on="opportunity_id").select((pl.col("created_date") == pl.col("close_date")).all()).item()
    )
    assert 0.8 * closed.height < history.height < closed.height
    assert history["new_value"].null_count() == history.height
