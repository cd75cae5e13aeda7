"""The whole world as tables: a pure function of seed, size, day, kind of account names and planted instructions.

Here the parts are put together and given the names of the tables; what happens in them is decided in the other
modules of this room. No clock, no file and no connection is used.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from synthdeal_assets.foundation.drawing.randomness import BoolArray, IntArray, uniform
from synthdeal_assets.foundation.warehouse.tables import Table
from synthdeal_assets.world.calendar import PERIODS, WINDOW_DAYS, CreationCalendar, day_number, record_start
from synthdeal_assets.world.chances import Chances, chances_on, draw_cases
from synthdeal_assets.world.closings import lost_reasons
from synthdeal_assets.world.contact_roles import ContactRoles, deal_persons, view_contact_roles
from synthdeal_assets.world.customers import Customers, find_customers
from synthdeal_assets.world.deal_facts import DEAL_FACTS, PERSONS, TONES, WON
from synthdeal_assets.world.deals import Deals, draw_deals
from synthdeal_assets.world.effects import Effects
from synthdeal_assets.world.evidence_timeline import NOT_WRITTEN, Evidence, view_evidence
from synthdeal_assets.world.history_tables import FIELD_HISTORY, OWNER_HISTORY
from synthdeal_assets.world.landmarks import Landmarks, view_landmarks
from synthdeal_assets.world.language import write_deal_texts
from synthdeal_assets.world.made_with import INSTALLED
from synthdeal_assets.world.namesakes import Namesakes
from synthdeal_assets.world.offers import Offers, draw_offers
from synthdeal_assets.world.organisation import Organisation, build_organisation
from synthdeal_assets.world.owner_history import account_handovers, deal_handovers
from synthdeal_assets.world.plan_tables import QUOTAS
from synthdeal_assets.world.quotas import base_start, set_quotas
from synthdeal_assets.world.sales_book import SalesBook, open_sales_book
from synthdeal_assets.world.sales_team import build_price_book
from synthdeal_assets.world.salesforce_picklists import (
    CLOSED_LOST,
    CLOSED_WON,
    CONTACT_ROLES,
    FORECAST_CATEGORIES,
    LEAD_SOURCES,
    LOST_REASONS,
    OPEN_STAGES,
    OPPORTUNITY_TYPES,
    STAGE_PROBABILITIES,
)
from synthdeal_assets.world.spec import WorldSpec
from synthdeal_assets.world.stage_history import HistoryView, view_history
from synthdeal_assets.world.stages import Paths, draw_paths
from synthdeal_assets.world.tables import (
    ACCOUNTS,
    CONTACTS,
    CRM_TABLES,
    MEDDPICC_COLUMNS,
    OPPORTUNITIES,
    OPPORTUNITY_CONTACT_ROLE_HISTORY,
    OPPORTUNITY_CONTACT_ROLES,
    OPPORTUNITY_LINE_ITEMS,
    OPPORTUNITY_STAGES,
    PRICE_BOOK,
    PRODUCTS,
    USERS,
    WORLD,
)
from synthdeal_assets.world.truth import level_days, levels_on
from synthdeal_assets.world.truth_tables import TRUTH_EFFECTS, TRUTH_LANDMARKS, TRUTH_OPPORTUNITIES
from synthdeal_assets.world.turnover import HOLDERS

WORLD_TABLES: Final = (*CRM_TABLES, QUOTAS, TRUTH_EFFECTS, TRUTH_OPPORTUNITIES, TRUTH_LANDMARKS)
"""Every table that is made here."""

ROWS_PER_CHUNK: Final = 50_000
INSTRUCTION_SHARE: Final = 0.02
"""Deals whose notes carry an instruction to the scorer."""


def generate_world(spec: WorldSpec) -> dict[Table, pl.DataFrame]:
    """All tables of the world (see WORLD_TABLES), each in the order of its primary key.

    At 100,000 opportunities the frames take about a gigabyte; `generate_world_in_chunks` needs less.
    """
    parts: dict[Table, list[pl.DataFrame]] = {table: [] for table in WORLD_TABLES}
    for chunk in generate_world_in_chunks(spec):
        for table, frame in chunk.items():
            parts[table].append(frame)
    return {table: pl.concat(frames) for table, frames in parts.items()}


def generate_world_in_chunks(
    spec: WorldSpec, rows_per_chunk: int = ROWS_PER_CHUNK, *, periods: int = PERIODS
) -> Iterator[dict[Table, pl.DataFrame]]:
    """The tables of the world in pieces: first those that do not depend on deals, then deals in order of creation.

    Args:
        spec: The world.
        rows_per_chunk: Opportunities in a piece, at most; a day is not divided. The rows do not depend on it.
        periods: Periods whose deals are made, the last ones; a scorer is given those of one.
    """
    as_of = day_number(spec.as_of)
    calendar = CreationCalendar(spec.seed, spec.size)
    organisation = build_organisation(spec.seed, spec.size, spec.account_names)
    book = open_sales_book(spec.seed, organisation)
    customers = find_customers(calendar, book, as_of, rows_per_chunk, since=base_start(as_of))
    namesakes = Namesakes(calendar, book, record_start(as_of), as_of, rows_per_chunk)
    yield {
        WORLD: _world_row(spec),
        USERS: organisation.team.users_on(as_of),
        PRODUCTS: organisation.products,
        PRICE_BOOK: build_price_book(organisation.products),
        ACCOUNTS: _accounts_on_record(organisation, customers, as_of),
        CONTACTS: organisation.contacts,
        QUOTAS: set_quotas(calendar, book, customers, as_of, rows_per_chunk),
        OWNER_HISTORY: account_handovers(organisation, as_of),
        TRUTH_EFFECTS: _effects(book.effects),
    }
    for days in calendar.day_ranges(as_of - periods * WINDOW_DAYS + 1, as_of, rows_per_chunk):
        yield _deal_tables(
            _tell(
                calendar,
                book,
                customers,
                namesakes,
                days=days,
                as_of=as_of,
                instruction_share=INSTRUCTION_SHARE if spec.planted_instructions else 0.0,
            )
        )


@dataclass(frozen=True)
class _Stories:
    """Some deals as they stand on the world's day."""

    book: SalesBook
    deals: Deals
    owner: IntArray
    paths: Paths
    offers: Offers
    is_customer: BoolArray
    instruction_share: float
    is_repeat: BoolArray
    phase: IntArray
    is_closed: BoolArray
    until: IntArray
    chances: Chances
    landmarks: Landmarks
    levels: dict[str, IntArray]
    evidence: Evidence
    history: HistoryView
    persons: dict[str, IntArray]
    roles: ContactRoles

    @property
    def has_line_items(self) -> BoolArray:
        """Whether each deal has been quoted; nothing is won without a quote, wherever the seller had left the stage."""
        return self.history.is_quoted | (self.is_closed & self.deals.won)

    @property
    def amount(self) -> IntArray:
        """Cents: the sum of the line items where there are some, and the seller's guess where not."""
        exact = self.offers.amount[self.history.last_offer, np.arange(len(self.deals.key))]
        return np.where(self.has_line_items, exact, self.history.last_amount)


def _tell(
    calendar: CreationCalendar,
    book: SalesBook,
    customers: Customers,
    namesakes: Namesakes,
    *,
    days: range,
    as_of: int,
    instruction_share: float,
) -> _Stories:
    deals = draw_deals(calendar, book, days)
    paths = draw_paths(deals, book)
    is_customer = customers.is_customer(deals.account, deals.created)
    offers = draw_offers(deals, book, is_customer)
    # A closed deal keeps what was known the day before it closed.
    until = np.minimum(as_of, paths.outcome_day - 1)
    days_of_levels = {element: level_days(deals, paths, element) for element in MEDDPICC_COLUMNS}
    evidence = view_evidence(deals, book, days_of_levels, until)
    history = view_history(deals, paths, offers, book, until)
    persons = deal_persons(deals, book.organisation)
    cases = draw_cases(deals, book)
    turnover = book.organisation.team.turnover
    return _Stories(
        book=book,
        deals=deals,
        owner=turnover.holder_on(deals.owner // HOLDERS, np.minimum(as_of, paths.outcome_day)),
        paths=paths,
        offers=offers,
        is_customer=is_customer,
        instruction_share=instruction_share,
        is_repeat=namesakes.is_repeat(deals),
        phase=namesakes.phase(deals),
        is_closed=paths.outcome_day <= as_of,
        until=until,
        chances=chances_on(cases, paths, until),
        landmarks=view_landmarks(deals, paths, cases, days_of_levels, as_of),
        levels={element: levels_on(days_of_levels[element], until) for element in MEDDPICC_COLUMNS},
        evidence=evidence,
        history=history,
        persons=persons,
        roles=view_contact_roles(deals, persons, evidence, history),
    )


def _deal_tables(stories: _Stories) -> dict[Table, pl.DataFrame]:
    facts = _facts(stories)
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
        TRUTH_LANDMARKS: _truth_of_landmarks(stories, facts["opportunity_id"]),
    }


def _world_row(spec: WorldSpec) -> pl.DataFrame:
    return WORLD.conform(
        pl.DataFrame(
            {
                "seed": [spec.seed],
                "size": [spec.size],
                "as_of": [spec.as_of],
                "account_names": [spec.account_names],
                **INSTALLED,
                "planted_instructions": [spec.planted_instructions],
            }
        )
    )


def _effects(effects: Effects) -> pl.DataFrame:
    rows = [
        (attribute, value, log_odds, cycle)
        for attribute, values in effects.values.items()
        for value, log_odds, cycle in zip(
            values, effects.log_odds[attribute].tolist(), effects.cycle[attribute].tolist(), strict=True
        )
    ]
    return TRUTH_EFFECTS.conform(pl.DataFrame(sorted(rows), schema=TRUTH_EFFECTS.polars_schema, orient="row"))


def _accounts_on_record(organisation: Organisation, customers: Customers, as_of: int) -> pl.DataFrame:
    """The accounts with the type they have on the day: a prospect that has bought is a customer."""
    won_over = (pl.col("type") == "Prospect") & pl.Series(customers.on_record)
    return organisation.accounts_on(as_of).with_columns(
        type=pl.when(won_over).then(pl.lit("Customer - Direct")).otherwise("type")
    )


def _facts(stories: _Stories) -> pl.DataFrame:
    """The frame that the language is given: see DEAL_FACTS."""
    deals, history, organisation = stories.deals, stories.history, stories.book.organisation
    accounts = organisation.accounts[deals.account]
    products = organisation.products[deals.product]
    positions = np.arange(len(deals.key))
    persons = {}
    for person in PERSONS:
        contacts = organisation.contacts.select("first_name", "last_name", "title")[stories.persons[person]]
        persons[f"{person}_name"] = contacts.select(pl.concat_str("first_name", "last_name", separator=" ")).to_series()
        persons[f"{person}_title"] = contacts["title"]
    created = _dates(deals.created)
    index = pl.Series(deals.index).cast(pl.String).str.zfill(4)
    identifiers = pl.select(
        pl.concat_str(pl.lit("OPP-"), created.dt.strftime("%Y%m%d"), pl.lit("-"), index)
    ).to_series()
    written = {element: stories.evidence.witness[element] != NOT_WRITTEN for element in MEDDPICC_COLUMNS}
    return pl.DataFrame(
        {
            "opportunity_id": identifiers,
            "text_key": deals.key,
            "account_name": accounts["name"],
            "industry": accounts["industry"],
            "segment": accounts["segment"],
            "region": accounts["region"],
            "billing_city": accounts["billing_city"],
            "number_of_employees": accounts["number_of_employees"],
            "is_customer": stories.is_customer,
            "is_repeat": stories.is_repeat,
            "phase": stories.phase,
            "product_id": products["product_id"],
            "product_name": products["name"],
            "product_family": products["family"],
            "product_unit": products["unit"],
            "quantity": stories.offers.quantity[history.last_offer, positions],
            "unit_price": stories.offers.unit_price[history.last_offer, positions] / 100,
            "amount": history.last_amount / 100,
            "worth": stories.offers.amount[0] / 100,
            "type": _named(stories.offers.type, OPPORTUNITY_TYPES),
            "lead_source": _named(deals.lead_source, LEAD_SOURCES),
            "owner_name": organisation.team.people["name"][deals.owner],
            "stage_name": _named(history.last_stage, OPEN_STAGES),
            "created_date": created,
            "last_modified_date": _dates(np.maximum(history.last_day, stories.evidence.last_day)),
            "close_date": _dates(history.last_close_day),
            "closing": _where(stories.is_closed, _closings(stories)),
            "closed_date": _where(stories.is_closed, _dates(stories.paths.outcome_day)),
            "slips": history.slips,
            **persons,
            **{f"{e}_witness": _where(written[e], pl.Series(stories.evidence.witness[e])) for e in MEDDPICC_COLUMNS},
            **{f"{e}_tone": _where(written[e], _named(stories.evidence.tone[e], TONES)) for e in MEDDPICC_COLUMNS},
            **{f"{e}_date": _where(written[e], _dates(stories.evidence.day[e])) for e in MEDDPICC_COLUMNS},
            "carries_instruction": uniform(deals.key, "instruction") < stories.instruction_share,
        }
    ).cast(pl.Schema(DEAL_FACTS))


def _closings(stories: _Stories) -> pl.Series:
    """How each deal ends: WON, or why it is lost."""
    reasons = _named(lost_reasons(stories.deals, stories.paths, stories.levels), LOST_REASONS)
    return pl.select(pl.when(pl.Series(stories.deals.won)).then(pl.lit(WON)).otherwise(reasons)).to_series()


def _opportunities(stories: _Stories, facts: pl.DataFrame, texts: pl.DataFrame) -> pl.DataFrame:
    deals, organisation, team = stories.deals, stories.book.organisation, stories.book.organisation.team
    # A seller's own first day is no change of a deal that this seller created.
    taken_over = _dates(np.where(stories.owner > deals.owner, team.turnover.begins[stories.owner], deals.created))
    is_closed, is_won = pl.Series(stories.is_closed), pl.Series(stories.is_closed & deals.won)
    closed_stage = pl.when(is_won).then(pl.lit(CLOSED_WON)).otherwise(pl.lit(CLOSED_LOST))
    frame = facts.select(
        "opportunity_id",
        texts["name"],
        organisation.accounts["account_id"][deals.account],
        team.people["user_id"][stories.owner].alias("owner_id"),
        pl.when(is_closed).then(closed_stage).otherwise("stage_name").alias("stage_name"),
        pl.Series("amount", stories.amount / 100),
        pl.coalesce("closed_date", "close_date").alias("close_date"),
        "created_date",
        pl.coalesce("closed_date", pl.max_horizontal("last_modified_date", taken_over)).alias("last_modified_date"),
        "lead_source",
        "type",
        "product_id",
        _where(~stories.is_closed, texts["next_step"]).alias("next_step"),
        texts["notes"],
        *(texts[element] for element in MEDDPICC_COLUMNS),
        is_closed.alias("is_closed"),
        is_won.alias("is_won"),
        pl.when(is_closed & ~is_won).then("closing").alias("lost_reason"),
        texts["competitor"],
        texts["closing_note"],
    )
    return OPPORTUNITIES.conform(
        frame.with_columns(
            probability=_of_stage(STAGE_PROBABILITIES, pl.Int32), forecast_category=_of_stage(FORECAST_CATEGORIES)
        )
    )


def _opportunity_line_items(stories: _Stories, identifiers: pl.Series) -> pl.DataFrame:
    """One line for each deal that has been quoted."""
    rows = np.flatnonzero(stories.has_line_items)
    offer = stories.history.last_offer[rows], rows
    offers, product = stories.offers, stories.deals.product[rows]
    entries = build_price_book(stories.book.organisation.products)[product]
    of_deal = identifiers.gather(rows)
    return OPPORTUNITY_LINE_ITEMS.conform(
        pl.DataFrame(
            {
                "opportunity_line_item_id": of_deal.str.replace("OPP-", "OLI-", literal=True) + "-1",
                "opportunity_id": of_deal,
                "pricebook_entry_id": entries["pricebook_entry_id"],
                "product_id": entries["product_id"],
                "quantity": offers.quantity[offer],
                "list_price": entries["unit_price"],
                "discount": offers.discount[offer].astype(np.float64),
                "unit_price": offers.unit_price[offer] / 100,
                "total_price": offers.amount[offer] / 100,
            }
        )
    )


def _opportunity_stages(stories: _Stories, identifiers: pl.Series) -> pl.DataFrame:
    """The seller's entries and, for closed deals, the closing as the last one."""
    history, outcome_day = stories.history, stories.paths.outcome_day
    entries = pl.DataFrame(
        {
            "deal": history.deal,
            "sequence": history.sequence,
            "stage_name": _named(history.stage, OPEN_STAGES),
            "entered_date": _dates(history.day),
            "amount": history.amount / 100,
            "close_date": _dates(history.close_day),
        }
    )
    closed = np.flatnonzero(stories.is_closed)
    closings = pl.DataFrame(
        {
            "deal": closed,
            "sequence": history.count[closed] + 1,
            "stage_name": _named(stories.deals.won[closed].astype(np.int64), (CLOSED_LOST, CLOSED_WON)),
            "entered_date": _dates(outcome_day[closed]),
            "amount": stories.amount[closed] / 100,
            "close_date": _dates(outcome_day[closed]),
        }
    )
    frame = pl.concat([entries, closings]).sort("deal", "sequence")
    return OPPORTUNITY_STAGES.conform(
        frame.with_columns(
            opportunity_id=identifiers[frame["deal"].to_numpy()], probability=_of_stage(STAGE_PROBABILITIES, pl.Int32)
        ).drop("deal")
    )


def _field_history(stories: _Stories, texts: pl.DataFrame) -> pl.DataFrame:
    """The next step of each closed deal that had one, which its closing took away."""
    frame = texts.select("opportunity_id", old_value="next_step").with_columns(
        field=pl.lit("next_step"), new_value=pl.lit(None, pl.String), created_date=_dates(stories.paths.outcome_day)
    )
    return FIELD_HISTORY.conform(frame.filter(pl.Series(stories.is_closed) & pl.col("old_value").is_not_null()))


def _contact_roles(stories: _Stories, identifiers: pl.Series) -> dict[Table, pl.DataFrame]:
    """Every entry of a contact into a role, and the last one of each."""
    roles = stories.roles
    history = pl.DataFrame(
        {
            "opportunity_id": identifiers[roles.deal],
            "contact_id": stories.book.organisation.contacts["contact_id"][roles.contact],
            "entered_date": _dates(roles.day),
            "role": _named(roles.role, CONTACT_ROLES),
            "is_primary": roles.is_primary,
        }
    )
    present = history.filter(pl.Series(roles.is_present)).drop("entered_date")
    return {
        OPPORTUNITY_CONTACT_ROLES: OPPORTUNITY_CONTACT_ROLES.conform(present),
        OPPORTUNITY_CONTACT_ROLE_HISTORY: OPPORTUNITY_CONTACT_ROLE_HISTORY.conform(history),
    }


def _truth(stories: _Stories, identifiers: pl.Series, texts: pl.DataFrame) -> pl.DataFrame:
    true_stage = stories.paths.stage_on(stories.until)
    return TRUTH_OPPORTUNITIES.conform(
        pl.DataFrame(
            {
                "opportunity_id": identifiers,
                **{f"{element}_level": stories.levels[element] for element in MEDDPICC_COLUMNS},
                "true_stage": _named(true_stage, OPEN_STAGES),
                "win_probability_at_creation": stories.deals.win_probability,
                "win_probability": stories.chances.win_probability,
                "expected_close_date": _dates(stories.chances.expected_end),
                "outcome": _named(stories.deals.won.astype(np.int64), (CLOSED_LOST, CLOSED_WON)),
                "outcome_date": _dates(stories.paths.outcome_day),
                "has_wrong_stage": stories.history.last_stage != true_stage,
                "planted_instruction": texts["planted_instruction"],
                "clean_notes": texts["clean_notes"],
            }
        )
    )


def _truth_of_landmarks(stories: _Stories, identifiers: pl.Series) -> pl.DataFrame:
    landmarks = stories.landmarks
    return TRUTH_LANDMARKS.conform(
        pl.DataFrame(
            {
                "opportunity_id": identifiers[landmarks.deal],
                "landmark_date": _dates(landmarks.day),
                **{f"{element}_level": levels for element, levels in landmarks.levels.items()},
                "win_probability": landmarks.chances.win_probability,
                "expected_close_date": _dates(landmarks.chances.expected_end),
                "outcome": _named(stories.deals.won[landmarks.deal].astype(np.int64), (CLOSED_LOST, CLOSED_WON)),
                "outcome_date": _dates(stories.paths.outcome_day[landmarks.deal]),
            }
        )
    )


def _dates(days: IntArray) -> pl.Series:
    return pl.Series(days.astype(np.int32)).cast(pl.Date)


def _named(positions: IntArray, names: tuple[str, ...]) -> pl.Series:
    return pl.Series(names, dtype=pl.String).gather(positions)


def _where(condition: BoolArray, values: pl.Series) -> pl.Series:
    """The values where the condition holds, NULL elsewhere."""
    return pl.select(pl.when(pl.Series(condition)).then(values)).to_series()


def _of_stage(by_stage: dict[str, int] | dict[str, str], dtype: type[pl.DataType] = pl.String) -> pl.Expr:
    return pl.col("stage_name").replace_strict(list(by_stage), list(by_stage.values()), return_dtype=dtype)
