"""The stories of deals as rows of tables: names, identifiers and dates in the place of positions and day numbers.

Nothing is drawn here; what happens in a deal is in `stories.py`.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from synthdeal_assets.foundation.drawing.randomness import IntArray
from synthdeal_assets.foundation.warehouse.tables import Table
from synthdeal_assets.world.external_ids import external_id
from synthdeal_assets.world.frames import dates, named, timestamps, where
from synthdeal_assets.world.history_tables import FIELD_HISTORY, OWNER_HISTORY
from synthdeal_assets.world.landmark_tables import LANDMARK_TEXTS
from synthdeal_assets.world.language import write_deal_texts
from synthdeal_assets.world.owner_history import deal_handovers
from synthdeal_assets.world.sales_team import build_price_book
from synthdeal_assets.world.salesforce_picklists import (
    CLOSED_LOST,
    CLOSED_WON,
    CONTACT_ROLES,
    FORECAST_CATEGORIES,
    OPEN_STAGES,
    STAGE_PROBABILITIES,
)
from synthdeal_assets.world.stories import Stories
from synthdeal_assets.world.tables import (
    MEDDPICC_COLUMNS,
    OPPORTUNITIES,
    OPPORTUNITY_CONTACT_ROLE_HISTORY,
    OPPORTUNITY_CONTACT_ROLES,
    OPPORTUNITY_LINE_ITEMS,
    OPPORTUNITY_STAGES,
)
from synthdeal_assets.world.told_facts import facts_of
from synthdeal_assets.world.truth_tables import TRUTH_LANDMARKS, TRUTH_OPPORTUNITIES


def deal_tables(stories: Stories) -> dict[Table, pl.DataFrame]:
    """The rows of every table that has rows of deals, each in the order of its primary key."""
    facts = facts_of(stories)
    texts = write_deal_texts(facts)
    return {
        OPPORTUNITIES: _opportunities(stories, facts, texts),
        OPPORTUNITY_LINE_ITEMS: _opportunity_line_items(stories, facts["opportunity_id"]),
        OPPORTUNITY_STAGES: _opportunity_stages(stories, facts["opportunity_id"]),
        FIELD_HISTORY: _field_history(stories, texts),
        **_contact_roles(stories, facts["opportunity_id"]),
        OWNER_HISTORY: deal_handovers(
            facts["opportunity_id"], stories.book.organisation.team, stories.deals.owner, stories.owner
        ),
        TRUTH_OPPORTUNITIES: _truth(stories, facts["opportunity_id"], texts),
        LANDMARK_TEXTS: _landmark_texts(stories),
        TRUTH_LANDMARKS: _truth_of_landmarks(stories, facts["opportunity_id"]),
    }


def _opportunities(stories: Stories, facts: pl.DataFrame, texts: pl.DataFrame) -> pl.DataFrame:
    deals, organisation, team = stories.deals, stories.book.organisation, stories.book.organisation.team
    # A seller's own first day is no change of a deal that this seller created.
    taken_over = dates(np.where(stories.owner > deals.owner, team.turnover.begins[stories.owner], deals.created))
    is_closed, is_won = pl.Series(stories.is_closed), pl.Series(stories.is_closed & deals.won)
    closed_stage = pl.when(is_won).then(pl.lit(CLOSED_WON)).otherwise(pl.lit(CLOSED_LOST))
    frame = facts.select(
        "opportunity_id",
        texts["name"],
        organisation.accounts.frame["account_id"][deals.account],
        team.people["user_id"][stories.owner].alias("owner_id"),
        pl.when(is_closed).then(closed_stage).otherwise("stage_name").alias("stage_name"),
        pl.Series("amount", stories.amount / 100),
        pl.coalesce("closed_date", "close_date").alias("close_date"),
        "created_date",
        pl.coalesce("closed_date", pl.max_horizontal("last_modified_date", taken_over)).alias("last_modified_date"),
        "lead_source",
        "type",
        "product_id",
        where(~stories.is_closed, texts["next_step"]).alias("next_step"),
        texts["notes"],
        *(texts[element] for element in MEDDPICC_COLUMNS),
        is_closed.alias("is_closed"),
        is_won.alias("is_won"),
        pl.when(is_closed & ~is_won).then("closing").alias("lost_reason"),
        texts["competitor"],
        texts["closing_note"],
        external_id(organisation.code, "opportunity_id"),
        timestamps(stories.moments.created).alias("created_at"),
        timestamps(stories.moments.modified).alias("last_modified_at"),
    )
    return OPPORTUNITIES.conform(
        frame.with_columns(
            probability=_of_stage(STAGE_PROBABILITIES, pl.Int32), forecast_category=_of_stage(FORECAST_CATEGORIES)
        )
    )


def _opportunity_line_items(stories: Stories, identifiers: pl.Series) -> pl.DataFrame:
    """A line for each product of each deal that has been quoted, in the order of the products."""
    has_line_items, standing = stories.has_line_items, stories.history.last_offer
    offers, further = stories.offers, stories.offers.further
    deals, lines = np.flatnonzero(has_line_items), np.flatnonzero(has_line_items[further.deal])
    offer, further_offer = (standing[deals], deals), (standing[further.deal[lines]], lines)
    of_deal = np.concatenate([deals, further.deal[lines]])
    product = np.concatenate([stories.deals.product[deals], further.product[lines]])
    order = np.lexsort((product, of_deal))
    of_deal, product = of_deal[order], product[order]
    number = np.arange(of_deal.size) - np.searchsorted(of_deal, of_deal) + 1

    def of_lines(main: IntArray, others: IntArray) -> IntArray:
        return np.concatenate([main, others])[order]

    entries = build_price_book(stories.book.organisation.products)[product]
    quantity = of_lines(offers.quantity[offer], further.quantity[lines])
    unit_price = of_lines(offers.unit_price[offer], further.unit_price[further_offer])
    identifier = identifiers.gather(of_deal)
    return OPPORTUNITY_LINE_ITEMS.conform(
        pl.DataFrame(
            {
                "opportunity_line_item_id": identifier.str.replace("OPP-", "OLI-", literal=True)
                + "-"
                + pl.Series(number).cast(pl.String),
                "opportunity_id": identifier,
                "pricebook_entry_id": entries["pricebook_entry_id"],
                "product_id": entries["product_id"],
                "quantity": quantity,
                "list_price": entries["unit_price"],
                "discount": of_lines(offers.discount[offer], further.discount[further_offer]).astype(np.float64),
                "unit_price": unit_price / 100,
                "total_price": quantity * unit_price / 100,
            }
        )
    )


def _opportunity_stages(stories: Stories, identifiers: pl.Series) -> pl.DataFrame:
    """The seller's entries and, for closed deals, the closing as the last one."""
    history, outcome_day = stories.history, stories.paths.outcome_day
    entries = pl.DataFrame(
        {
            "deal": history.deal,
            "sequence": history.sequence,
            "stage_name": named(history.stage, OPEN_STAGES),
            "entered_date": dates(history.day),
            "amount": history.amount / 100,
            "close_date": dates(history.close_day),
            "entered_at": timestamps(stories.moments.entries),
        }
    )
    closed = np.flatnonzero(stories.is_closed)
    closings = pl.DataFrame(
        {
            "deal": closed,
            "sequence": history.count[closed] + 1,
            "stage_name": named(stories.deals.won[closed].astype(np.int64), (CLOSED_LOST, CLOSED_WON)),
            "entered_date": dates(outcome_day[closed]),
            "amount": stories.amount[closed] / 100,
            "close_date": dates(outcome_day[closed]),
            "entered_at": timestamps(stories.moments.closed[closed]),
        }
    )
    frame = pl.concat([entries, closings]).sort("deal", "sequence")
    return OPPORTUNITY_STAGES.conform(
        frame.with_columns(
            opportunity_id=identifiers[frame["deal"].to_numpy()], probability=_of_stage(STAGE_PROBABILITIES, pl.Int32)
        ).drop("deal")
    )


def _field_history(stories: Stories, texts: pl.DataFrame) -> pl.DataFrame:
    """The next step of each closed deal that had one, which its closing took away."""
    frame = texts.select("opportunity_id", old_value="next_step").with_columns(
        field=pl.lit("next_step"),
        new_value=pl.lit(None, pl.String),
        created_date=dates(stories.paths.outcome_day),
        created_at=timestamps(stories.moments.closed),
    )
    return FIELD_HISTORY.conform(frame.filter(pl.Series(stories.is_closed) & pl.col("old_value").is_not_null()))


def _contact_roles(stories: Stories, identifiers: pl.Series) -> dict[Table, pl.DataFrame]:
    """Every entry of a contact into a role, and the last one of each."""
    roles = stories.roles
    history = pl.DataFrame(
        {
            "opportunity_id": identifiers[roles.deal],
            "contact_id": stories.book.organisation.contacts.identifiers(
                stories.deals.account[roles.deal], roles.place, roles.number
            ),
            "entered_date": dates(roles.day),
            "role": named(roles.role, CONTACT_ROLES),
            "is_primary": roles.is_primary,
            "entered_at": timestamps(stories.moments.roles),
        }
    )
    present = history.filter(pl.Series(roles.is_present)).drop("entered_date", "entered_at")
    return {
        OPPORTUNITY_CONTACT_ROLES: OPPORTUNITY_CONTACT_ROLES.conform(present),
        OPPORTUNITY_CONTACT_ROLE_HISTORY: OPPORTUNITY_CONTACT_ROLE_HISTORY.conform(history),
    }


def _truth(stories: Stories, identifiers: pl.Series, texts: pl.DataFrame) -> pl.DataFrame:
    true_stage = stories.paths.stage_on(stories.until)
    return TRUTH_OPPORTUNITIES.conform(
        pl.DataFrame(
            {
                "opportunity_id": identifiers,
                **{f"{element}_level": stories.levels[element] for element in MEDDPICC_COLUMNS},
                "true_stage": named(true_stage, OPEN_STAGES),
                "win_probability_at_creation": stories.deals.win_probability,
                "win_probability": stories.chances.win_probability,
                "expected_close_date": dates(stories.chances.expected_end),
                "outcome": named(stories.deals.won.astype(np.int64), (CLOSED_LOST, CLOSED_WON)),
                "outcome_date": dates(stories.paths.outcome_day),
                "champion_left_date": where(
                    stories.deals.champion_leaves < stories.paths.outcome_day, dates(stories.deals.champion_leaves)
                ),
                "has_wrong_stage": stories.history.last_stage != true_stage,
                "planted_instruction": texts["planted_instruction"],
                "clean_notes": texts["clean_notes"],
            }
        )
    )


def _landmark_texts(stories: Stories) -> pl.DataFrame:
    """The text fields of deals as they stood at month ends."""
    seen = stories.at_landmarks
    texts = write_deal_texts(facts_of(seen))
    return LANDMARK_TEXTS.conform(
        texts.select("opportunity_id", "next_step", "notes", *MEDDPICC_COLUMNS, landmark_date=dates(seen.until))
    )


def _truth_of_landmarks(stories: Stories, identifiers: pl.Series) -> pl.DataFrame:
    landmarks = stories.landmarks
    return TRUTH_LANDMARKS.conform(
        pl.DataFrame(
            {
                "opportunity_id": identifiers[landmarks.deal],
                "landmark_date": dates(landmarks.day),
                **{f"{element}_level": levels for element, levels in landmarks.levels.items()},
                "win_probability": landmarks.chances.win_probability,
                "expected_close_date": dates(landmarks.chances.expected_end),
                "outcome": named(stories.deals.won[landmarks.deal].astype(np.int64), (CLOSED_LOST, CLOSED_WON)),
                "outcome_date": dates(stories.paths.outcome_day[landmarks.deal]),
            }
        )
    )


def _of_stage(by_stage: dict[str, int] | dict[str, str], dtype: type[pl.DataType] = pl.String) -> pl.Expr:
    return pl.col("stage_name").replace_strict(list(by_stage), list(by_stage.values()), return_dtype=dtype)
