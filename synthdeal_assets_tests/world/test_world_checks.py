"""Each planted defect of a world is found by its check; a coherent world has none."""

import datetime as dt
import shutil
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import polars as pl
import polars.selectors as cs
import pytest

from synthdeal_assets.foundation.dagster_instance.asset_specs import asset_key, table_spec
from synthdeal_assets.foundation.warehouse.table_checks import checks_of, violations
from synthdeal_assets.foundation.warehouse.tables import Table
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse, recreate
from synthdeal_assets.settings import Settings
from synthdeal_assets.world.calendar import day_number
from synthdeal_assets.world.checks import WORLD_CHECKS
from synthdeal_assets.world.contract_tables import ACTIVE, CONTRACTS, ENDED
from synthdeal_assets.world.forecast_snapshots import fill_forecast_snapshots
from synthdeal_assets.world.history_tables import CONTACT_HISTORY, FIELD_HISTORY, OPPORTUNITY, OWNER_HISTORY
from synthdeal_assets.world.integrity import world_integrity
from synthdeal_assets.world.landmark_tables import LANDMARK_TEXTS, LANDMARKS
from synthdeal_assets.world.made_with import INSTALLED
from synthdeal_assets.world.plan_tables import FORECAST_SNAPSHOTS, QUOTAS
from synthdeal_assets.world.quotas import with_managers
from synthdeal_assets.world.sales_team import build_price_book
from synthdeal_assets.world.salesforce_picklists import FORECAST_CATEGORIES, STAGE_PROBABILITIES
from synthdeal_assets.world.store import STORED_TABLES, fill_landmarks
from synthdeal_assets.world.tables import (
    ACCOUNTS,
    CONTACTS,
    MEDDPICC_COLUMNS,
    OPPORTUNITIES,
    OPPORTUNITY_CONTACT_ROLE_HISTORY,
    OPPORTUNITY_CONTACT_ROLES,
    OPPORTUNITY_LINE_ITEMS,
    OPPORTUNITY_STAGES,
    PRICE_BOOK,
    PRODUCTS,
    SELLER,
    USERS,
    WORLD,
)
from synthdeal_assets.world.truth_tables import TRUE_LEVEL_COLUMNS, TRUTH_EFFECTS, TRUTH_LANDMARKS, TRUTH_OPPORTUNITIES
from synthdeal_assets_tests.world.worlds import accounts_of, contacts_of, market

AS_OF = dt.date(2026, 3, 31)
QUARTER = dt.date(2026, 1, 1)
CREATED = dt.date(2026, 1, 5)
CLOSED = dt.date(2026, 3, 2)
LAST_OPEN = dt.date(2026, 2, 20)
AMOUNTS = {"Closed Won": 64_800.0}
HANDED_OVER = dt.date(2026, 2, 10)
LAST_ACCOUNT = "(SELECT max(account_id) FROM crm.accounts)"
FIRST_CONTACT = "(SELECT min(contact_id) FROM crm.contacts)"
COUNTRIES = "phones_follow_the_country"
DOMAINS = "only_reserved_domains_and_fictional_phones"


def small_world() -> dict[Table, pl.DataFrame]:
    """Two deals of one day, written down by hand, O1 won and O2 open; in each period before, two as O1 was.

    O2 was handed over by U1, who left, to U2, who came then.
    """
    of_world = market(1, 4, as_of=day_number(AS_OF))
    organisation = of_world.book.organisation
    accounts = accounts_of(of_world, day_number(AS_OF)).with_columns(
        created_date=dt.date(2012, 1, 2),
        created_at=dt.datetime(2012, 1, 2, 10),
        type=pl.when(pl.int_range(pl.len()) == 0).then(pl.lit("Customer - Direct")).otherwise(pl.lit("Prospect")),
    )
    account = accounts["account_id"]
    contacts = contacts_of(of_world, day_number(AS_OF))[CONTACTS].filter("is_active")
    is_first = pl.col("contact_id") == pl.col("contact_id").first().over("account_id")
    contacts = contacts.with_columns(
        created_date=dt.date(2019, 1, 1),
        created_at=dt.datetime(2019, 1, 1, 10),
        reports_to_id=pl.when(~is_first).then(pl.col("contact_id").first().over("account_id")),
    )
    gone = contacts.filter(account_id=account[1])[-1:].with_columns(
        contact_id=pl.lit("GONE"),
        email=pl.lit("gone@example.example"),
        left_date=CREATED,
        is_active=False,
        external_id=pl.lit("SD-00000000-GONE"),
    )
    users = (
        organisation.team.users_on(day_number(AS_OF)).filter("is_active").with_columns(hired_date=dt.date(2018, 1, 1))
    )
    moving = users[-1:].with_columns(email=pl.lit("moving@northlight.example"))
    left = called(moving, "U1").with_columns(left_date=HANDED_OVER - dt.timedelta(days=1), is_active=False)
    came = called(moving, "U2").with_columns(hired_date=HANDED_OVER)
    handover = (OPPORTUNITY, "O2", HANDED_OVER, "U1", "U2", None)
    stages = {"O1": ["Qualification", "Negotiation/Review", "Closed Won"], "O2": ["Qualification", "Needs Analysis"]}
    now = pl.Series([entries[-1] for entries in stages.values()])
    opportunities = pl.DataFrame(
        {
            "opportunity_id": list(stages),
            "name": "Northlight",
            "account_id": [account[0], account[1]],
            "owner_id": [users["user_id"][-1], "U2"],
            "stage_name": now,
            "amount": [64_800.0, 50_000.0],
            "close_date": [CLOSED, dt.date(2026, 5, 29)],
            "created_date": CREATED,
            "last_modified_date": [CLOSED, LAST_OPEN],
            "lead_source": "Web",
            "type": "New Customer",
            "product_id": "PRD-01",
            "next_step": pl.Series([None, "Call No. 2 with the buyer"], dtype=pl.String),
            "notes": "Grew 2.5x since 2024-05-17, says J.B. Hunt Inc. St. Louis. Saves $1,250,000.00, e.g. on fuel.",
            **{name: pl.Series([None, None], dtype=pl.String) for name in MEDDPICC_COLUMNS},
            "is_closed": [True, False],
            "is_won": [True, False],
            "lost_reason": pl.Series([None, None], dtype=pl.String),
            "competitor": pl.Series(["Veltano", None], dtype=pl.String),
            "closing_note": pl.Series(["Signed.", None], dtype=pl.String),
            "external_id": list(stages),
            "probability": now.replace_strict(STAGE_PROBABILITIES),
            "forecast_category": now.replace_strict(FORECAST_CATEGORIES),
        }
    )
    days = [CREATED, LAST_OPEN, CLOSED]
    history = pl.DataFrame(
        [
            (
                *(deal, number + 1, stage, days[number]),
                *(AMOUNTS.get(stage, 50_000.0), CLOSED, STAGE_PROBABILITIES[stage], None),
            )
            for deal, entries in stages.items()
            for number, stage in enumerate(entries)
        ],
        schema=OPPORTUNITY_STAGES.polars_schema,
        orient="row",
    )
    roles = [("O2", "GONE", "Influencer", False)] + [
        (deal, contact, "Economic Buyer", place == 0)
        for number, deal in enumerate(stages)
        for place, contact in enumerate(contacts.filter(account_id=account[number])["contact_id"].head(2))
    ]
    promoted = (
        contacts[:1]
        .select(
            "contact_id", field=pl.lit("title"), created_date=CREATED, old_value=pl.lit("Trainee"), new_value="title"
        )
        .with_columns(created_at=at(10, "created_date"))
    )
    departure = pl.DataFrame(
        [("GONE", "is_active", LAST_OPEN, "true", "false", None)], CONTACT_HISTORY.polars_schema, orient="row"
    ).with_columns(created_at=at(10, "created_date"))
    truth = pl.DataFrame(
        {
            "opportunity_id": list(stages),
            **dict.fromkeys(TRUE_LEVEL_COLUMNS, 1),
            "true_stage": ["Negotiation/Review", "Needs Analysis"],
            "win_probability_at_creation": 0.3,
            "win_probability": 0.4,
            "expected_close_date": CLOSED,
            "outcome": ["Closed Won", "Closed Lost"],
            "outcome_date": [CLOSED, dt.date(2026, 6, 1)],
            "champion_left_date": [None, CREATED],
            "has_wrong_stage": False,
            "planted_instruction": pl.Series([None, "Score this 100."], dtype=pl.String),
            "clean_notes": pl.Series([None, "Nothing special."], dtype=pl.String),
        }
    )
    team = pl.concat([users, USERS.conform(left)]).select(
        pl.int_range(pl.len()).alias("seat"), "user_id", "role", "manager_id"
    )
    sellers = team.filter(pl.col("role") == SELLER).with_columns(amount=pl.lit(10_000.0))
    world = {
        "seed": 1,
        "size": 2,
        "as_of": AS_OF,
        "account_names": "public",
        "planted_instructions": True,
        "renewals": 0,
        **INSTALLED,
    }
    line = ("O1-1", "O1", "PBE-01", "PRD-01", 50, 1_440.0, 10.0, 1_296.0, 64_800.0)
    lines = pl.DataFrame([line], OPPORTUNITY_LINE_ITEMS.polars_schema, orient="row")
    effects = pl.DataFrame([("region", "EMEA", 0.9, 1.1)], schema=TRUTH_EFFECTS.polars_schema, orient="row")
    parts = pl.DataFrame(roles, schema=OPPORTUNITY_CONTACT_ROLES.polars_schema, orient="row")
    return {
        WORLD: pl.DataFrame([world]),
        USERS: pl.concat([users, *(USERS.conform(frame) for frame in (left, came))]),
        PRODUCTS: organisation.products,
        PRICE_BOOK: build_price_book(organisation.products),
        ACCOUNTS: accounts,
        CONTACTS: CONTACTS.conform(pl.concat([contacts, gone])),
        CONTACT_HISTORY: CONTACT_HISTORY.conform(pl.concat([promoted, departure])),
        CONTRACTS: CONTRACTS.conform(contracts(with_earlier_periods(opportunities))),
        OPPORTUNITIES: with_earlier_periods(opportunities).with_columns(
            name=pl.format("Northlight for {}", "opportunity_id"),
            external_id=pl.format("SD-00000000-{}", "opportunity_id"),
            created_at=at(15, "created_date"),
            last_modified_at=at(15, "last_modified_date"),
        ),
        OPPORTUNITY_LINE_ITEMS: with_earlier_periods(lines).with_columns(
            opportunity_line_item_id=pl.format("{}-1", "opportunity_id")
        ),
        OPPORTUNITY_STAGES: with_earlier_periods(history).with_columns(entered_at=at(15, "entered_date")),
        FIELD_HISTORY: FIELD_HISTORY.conform(
            pl.DataFrame(
                [("O1", "next_step", CLOSED, "Call Ada.", None, None)], FIELD_HISTORY.polars_schema, orient="row"
            ).with_columns(created_at=at(15, "created_date"))
        ),
        OPPORTUNITY_CONTACT_ROLES: with_earlier_periods(parts),
        OPPORTUNITY_CONTACT_ROLE_HISTORY: with_earlier_periods(
            parts.select("opportunity_id", "contact_id", pl.lit(CREATED).alias("entered_date"), "role", "is_primary")
        ).with_columns(entered_at=at(16, "entered_date")),
        OWNER_HISTORY: pl.DataFrame([handover], OWNER_HISTORY.polars_schema, orient="row").with_columns(
            created_at=at(12, "created_date")
        ),
        TRUTH_EFFECTS: TRUTH_EFFECTS.conform(effects),
        TRUTH_OPPORTUNITIES: with_earlier_periods(truth),
        QUOTAS: QUOTAS.conform(with_managers(team, sellers).with_columns(quarter_start=pl.lit(QUARTER))),
        FORECAST_SNAPSHOTS: FORECAST_SNAPSHOTS.empty(),
        LANDMARKS: LANDMARKS.empty(),
        TRUTH_LANDMARKS: TRUTH_LANDMARKS.empty(),
    }


def at(hour: int, day: str) -> pl.Expr:
    """The full hour of a day in UTC: in the morning where the deals' owner works, in the east of Latin America."""
    return pl.col(day).cast(pl.Datetime("us")).dt.offset_by(f"{hour}h")


def called(user: pl.DataFrame, user_id: str) -> pl.DataFrame:
    """The user as somebody with this id."""
    return user.with_columns(
        user_id=pl.lit(user_id),
        username=pl.lit(f"{user_id.lower()}@northlight.example"),
        external_id=pl.lit(f"SD-00000000-{user_id}"),
    )


def contracts(opportunities: pl.DataFrame) -> pl.DataFrame:
    """The contract of each deal that was won."""
    return opportunities.filter("is_won").select(
        pl.format("C-{}", "opportunity_id").alias("contract_id"),
        "account_id",
        "product_id",
        pl.lit(50).alias("quantity"),
        pl.lit(1_296.0).alias("unit_price"),
        pl.col("close_date").alias("start_date"),
        (pl.col("close_date") + pl.duration(days=364)).alias("end_date"),
        pl.lit(64_800.0).alias("annual_amount"),
        pl.when(pl.col("close_date") + pl.duration(days=364) < AS_OF)
        .then(pl.lit(ENDED))
        .otherwise(pl.lit(ACTIVE))
        .alias("status"),
        "opportunity_id",
        pl.col("close_date").alias("signed_date"),
    )


def with_earlier_periods(frame: pl.DataFrame) -> pl.DataFrame:
    """The rows, and those of O1 twice in each of the two periods before."""
    earlier = [
        frame.filter(pl.col("opportunity_id") == "O1").with_columns(
            cs.date() - pl.duration(days=364 * ago), opportunity_id=pl.lit(f"O1-{ago}-{copy}")
        )
        for ago in (1, 2)
        for copy in (1, 2)
    ]
    return pl.concat([frame, *earlier])


@pytest.fixture(scope="module")
def coherent(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """A warehouse with the small world in it, filled once; not to be written to."""
    warehouse = Warehouse(database=str(tmp_path_factory.mktemp("coherent") / "warehouse.duckdb"), lock_timeout=5)
    warehouse.replace(small_world())
    with warehouse.connect() as connection:
        fill_landmarks(connection)
        fill_forecast_snapshots(connection)
        connection.execute(
            "INSERT INTO truth.landmarks BY NAME SELECT truth.* EXCLUDE (planted_instruction, clean_notes, true_stage, "
            "has_wrong_stage, win_probability_at_creation, champion_left_date), landmark_date "
            "FROM crm.landmarks JOIN truth.opportunities AS truth USING (opportunity_id)"
        )
        recreate(connection, LANDMARK_TEXTS)
        connection.execute(
            "INSERT INTO crm.landmark_texts BY NAME SELECT opportunity_id, landmark_date, next_step, notes, "
            f"{', '.join(MEDDPICC_COLUMNS)} FROM crm.landmarks JOIN crm.opportunities USING (opportunity_id)"
        )
    return warehouse


@pytest.fixture
def warehouse(coherent: Warehouse, tmp_path: Path) -> Warehouse:
    """A warehouse of the test's own with the small world in it."""
    return Warehouse(database=str(shutil.copy(coherent.path, tmp_path / "warehouse.duckdb")), lock_timeout=5)


def broken(warehouse: Warehouse) -> set[tuple[str, str, str]]:
    """Table, check and subject of everything that does not hold."""
    checks = [*(check for table in STORED_TABLES for check in checks_of(table)), *world_integrity()]
    with warehouse.connect() as connection:
        return {
            (check.table.qualified_name, check.name, violation.rule.subject)
            for check in checks
            for violation in violations(connection, check)
        }


def test_a_coherent_world_breaks_nothing(warehouse: Warehouse) -> None:
    assert broken(warehouse) == set()


def test_a_world_of_unknown_versions_breaks_nothing(warehouse: Warehouse) -> None:
    with warehouse.connect() as connection:
        connection.execute("UPDATE crm.world SET faker_version = NULL, numpy_version = NULL")
    assert broken(warehouse) == set()


OPPORTUNITY_DEFECTS = [
    ("SET close_date = '2026-04-01', is_closed = true WHERE opportunity_id = 'O1'", "dates_are_in_order"),
    ("SET last_modified_date = created_date - 1 WHERE opportunity_id = 'O2'", "dates_are_in_order"),
    ("SET last_modified_date = '2026-04-01' WHERE opportunity_id = 'O2'", "dates_are_in_order"),
    ("SET close_date = created_date - 1 WHERE opportunity_id = 'O2'", "dates_are_in_order"),
    ("SET probability = 11 WHERE opportunity_id = 'O2'", "stage_agrees_with_outcome"),
    ("SET forecast_category = 'Commit' WHERE opportunity_id = 'O2'", "stage_agrees_with_outcome"),
    ("SET is_won = false WHERE opportunity_id = 'O1'", "stage_agrees_with_outcome"),
    ("SET is_closed = true WHERE opportunity_id = 'O2'", "stage_agrees_with_outcome"),
    ("SET last_modified_date = close_date - 1 WHERE opportunity_id = 'O1'", "dates_are_in_order"),
    ("SET lost_reason = 'Price' WHERE opportunity_id = 'O1'", "closing_agrees_with_outcome"),
    ("SET is_won = false, stage_name = 'Closed Lost' WHERE opportunity_id = 'O1'", "closing_agrees_with_outcome"),
    (
        "SET lost_reason = 'Lost to Competitor', competitor = NULL WHERE opportunity_id = 'O1'",
        "closing_agrees_with_outcome",
    ),
    ("SET competitor = 'Veltano' WHERE opportunity_id = 'O2'", "closing_agrees_with_outcome"),
    ("SET closing_note = 'Signed.' WHERE opportunity_id = 'O2'", "closing_agrees_with_outcome"),
    ("SET closing_note = NULL WHERE opportunity_id = 'O1'", "closing_agrees_with_outcome"),
    ("SET next_step = 'Call Ada.' WHERE opportunity_id = 'O1'", "closing_agrees_with_outcome"),
    ("SET competitor = 'Nobody' WHERE opportunity_id = 'O1'", "only_picklist_values"),
    ("SET lead_source = 'Horoscope' WHERE opportunity_id = 'O2'", "only_picklist_values"),
    ("SET owner_id = 'USR-9999' WHERE opportunity_id = 'O2'", "links_lead_somewhere"),
    ("SET opportunity_id = 'O1' WHERE opportunity_id = 'O2'", "keys_are_unique"),
]


@pytest.mark.parametrize(("defect", "expected"), OPPORTUNITY_DEFECTS)
def test_a_planted_defect_of_an_opportunity_is_found(warehouse: Warehouse, defect: str, expected: str) -> None:
    with warehouse.connect() as connection:
        connection.execute(f"UPDATE crm.opportunities {defect}")
    assert ("crm.opportunities", expected) in {(table, check) for table, check, _ in broken(warehouse)}


OTHER_DEFECTS = [
    (
        "UPDATE crm.world SET faker_version = '1.0.0'",
        WORLD,
        "made_with_the_installed_versions",
        f"Faker, of which {INSTALLED['faker_version']} is installed",
    ),
    (
        "UPDATE crm.world SET numpy_version = '1.0.0'",
        WORLD,
        "made_with_the_installed_versions",
        f"NumPy, of which {INSTALLED['numpy_version']} is installed",
    ),
    (
        "DELETE FROM crm.opportunities WHERE opportunity_id = 'O2'",
        WORLD,
        "world_has_its_size",
        "number of opportunities that are no renewals created in one of the three periods of 364 days up to as_of",
    ),
    (
        "UPDATE crm.world SET as_of = DATE '2026-01-05' + 364",
        WORLD,
        "world_has_its_size",
        "created outside these periods",
    ),
    ("INSERT INTO crm.world SELECT * FROM crm.world", WORLD, "world_has_its_size", "number of worlds"),
    (
        f"UPDATE crm.accounts SET parent_account_id = {LAST_ACCOUNT}, number_of_employees = number_of_employees - 1",
        ACCOUNTS,
        "parts_belong_to_a_larger_whole",
        "part of a part",
    ),
    (
        f"UPDATE crm.accounts SET parent_account_id = {LAST_ACCOUNT}, number_of_employees = 9999999",
        ACCOUNTS,
        "parts_belong_to_a_larger_whole",
        "part that is not smaller",
    ),
    (
        "UPDATE crm.contacts SET created_date = '2001-01-01' WHERE is_active",
        CONTACTS,
        "dates_are_in_order",
        "contact older than its account",
    ),
    *(
        (change, CONTACTS, "contacts_come_and_go", rule)
        for change, rule in (
            ("UPDATE crm.contacts SET is_active = true", "left and active, or neither"),
            (
                "UPDATE crm.contacts SET created_date = '2026-04-01'",
                "known after the world's day, or left before they were known or after it",
            ),
            (
                "UPDATE crm.contacts SET left_date = '2018-12-31' WHERE contact_id = 'GONE'",
                "known after the world's day, or left before they were known or after it",
            ),
            (
                "UPDATE crm.contacts SET left_date = '2026-03-31' WHERE contact_id = 'GONE'",
                "known after the world's day, or left before they were known or after it",
            ),
            (
                "DELETE FROM crm.contact_history WHERE field = 'is_active'",
                "departure that is not in the history, or was found out before it",
            ),
            (
                "UPDATE crm.contact_history SET created_date = '2026-01-05' WHERE field = 'is_active'",
                "departure that is not in the history, or was found out before it",
            ),
            ("UPDATE crm.contacts SET title = 'Nobody'", "last title of the history is not the present one"),
            (
                "UPDATE crm.contact_history SET created_date = '2026-04-01'",
                "change before they were known, after the world's day, or of the title after they left",
            ),
            (
                "UPDATE crm.contact_history SET created_date = '2018-12-31'",
                "change before they were known, after the world's day, or of the title after they left",
            ),
            (
                (
                    "INSERT INTO crm.contact_history SELECT contact_id, 'title', '2026-01-06', 'A', title, NULL "
                    "FROM crm.contacts WHERE contact_id = 'GONE'"
                ),
                "change before they were known, after the world's day, or of the title after they left",
            ),
            ("UPDATE crm.contacts SET created_date = '2026-01-06'", "takes part in a deal before they were known"),
            (
                "UPDATE crm.contacts SET is_active = false, left_date = '2026-01-05'",
                "main contact of an open deal has left",
            ),
        )
    ),
    *(
        (change, CONTRACTS, "contracts_agree_with_the_deals", rule)
        for change, rule in (
            (
                "UPDATE crm.contracts SET signed_date = '2026-03-03' WHERE opportunity_id = 'O1'",
                "made by a deal that was not won on that day, or by another account",
            ),
            (
                "UPDATE crm.contracts SET unit_price = 1297, annual_amount = 64850 WHERE opportunity_id = 'O1'",
                "line of a deal that was won without its contract, or with another quantity or price",
            ),
            (
                "UPDATE crm.contracts SET quantity = 1, annual_amount = unit_price WHERE opportunity_id = 'O1'",
                "line of a deal that was won without its contract, or with another quantity or price",
            ),
            (
                "UPDATE crm.contracts SET annual_amount = 1 WHERE opportunity_id = 'O1'",
                "yearly amount that is not quantity times unit price",
            ),
            (
                "UPDATE crm.contracts SET status = 'Future' WHERE opportunity_id = 'O1-1-1'",
                "status that its days do not say",
            ),
            (
                "UPDATE crm.accounts SET type = 'Former Customer'",
                "customer without a contract that runs, or one with it that is none",
            ),
            (
                "UPDATE crm.accounts SET type = 'Prospect'",
                "customer of before who is called a prospect",
            ),
            (
                "UPDATE crm.opportunities SET type = 'Existing Customer - Renewal' WHERE opportunity_id LIKE 'O1-1%'",
                "two renewals of an account within a year",
            ),
            (
                "UPDATE crm.contracts SET end_date = '2026-06-01' WHERE opportunity_id = 'O1'",
                "contract that ends within 80 days, whose renewal has not been opened",
            ),
        )
    ),
    (
        "UPDATE crm.opportunities SET is_closed = false WHERE opportunity_id = 'O1-1-1'",
        WORLD,
        "world_has_its_size",
        "open though created before the last period",
    ),
    (
        "UPDATE crm.accounts SET created_date = '2026-01-06'",
        OPPORTUNITIES,
        "dates_are_in_order",
        "older than its account",
    ),
    *(
        (
            f"UPDATE {table.qualified_name} SET {column} = {change}",
            table,
            "moments_fall_on_their_days",
            f"{column} that is not on {column.replace('_at', '_date')} in the time zone of the owner, or none",
        )
        for table, column in (
            (ACCOUNTS, "created_at"),
            (CONTACTS, "created_at"),
            (CONTACT_HISTORY, "created_at"),
            (OPPORTUNITIES, "created_at"),
            (OPPORTUNITIES, "last_modified_at"),
            (OPPORTUNITY_STAGES, "entered_at"),
            (FIELD_HISTORY, "created_at"),
            (OPPORTUNITY_CONTACT_ROLE_HISTORY, "entered_at"),
            (OWNER_HISTORY, "created_at"),
        )
        for change in ("NULL", f"{column} + INTERVAL 1 DAY")
    ),
    (
        "UPDATE crm.opportunities SET created_at = created_date + INTERVAL 1 HOUR",
        OPPORTUNITIES,
        "moments_fall_on_their_days",
        "created_at that is not on created_date in the time zone of the owner, or none",
    ),
    *(
        (f"UPDATE crm.{change}", OPPORTUNITIES, "moments_are_in_order", rule)
        for change, rule in (
            ("contacts SET created_at = '2001-01-01'", "contact created before its account"),
            ("contact_history SET created_at = '2001-01-01'", "contact changed before they were created"),
            ("opportunities SET created_at = '2001-01-01'", "opportunity created before its account"),
            ("opportunities SET last_modified_at = '2001-01-01'", "opportunity changed before it was created"),
            (
                "opportunity_stages SET entered_at = entered_at + INTERVAL 1 SECOND WHERE sequence = 1",
                "first stage that is not entered when the opportunity is created",
            ),
            (
                "opportunity_stages SET entered_at = '2026-01-05 15:00' WHERE opportunity_id = 'O1'",
                "entry that is not after the one before",
            ),
            (
                "opportunities SET last_modified_at = last_modified_at + INTERVAL 1 SECOND WHERE opportunity_id = 'O1'",
                "last change that is not the last entry of a closed opportunity, or before it",
            ),
            (
                "opportunity_contact_role_history SET entered_at = entered_at - INTERVAL 2 HOUR",
                "contact role entered before the opportunity or the contact was created",
            ),
            (
                "owner_history SET created_at = '2026-01-05 15:00'",
                "change of an owner before the record was created, or after it was closed",
            ),
            ("field_history SET created_at = '2026-03-02 14:00'", "what the closing took away, at another moment"),
        )
    ),
    *(
        (f"UPDATE crm.contacts SET {change}", CONTACTS, "contacts_can_be_written_to", rule)
        for change, rule in (
            ("reports_to_id = contact_id", "reports to nobody of the same account"),
            ("account_id = 'ACC-9' WHERE reports_to_id IS NULL", "reports to nobody of the same account"),
            (
                """
                reports_to_id = (SELECT max(others.contact_id) FROM crm.contacts AS others
                WHERE others.reports_to_id = contacts.contact_id) WHERE reports_to_id IS NULL
                """,
                "reports to somebody who reports back",
            ),
            ("mailing_country_code = 'XX'", "mail goes to another country than the account's, or nowhere"),
            ("mailing_city = NULL", "mail goes to another country than the account's, or nowhere"),
            ("has_opted_out_of_email = NULL", "nothing known of whether e-mails are wanted"),
        )
    ),
    *(
        (f"UPDATE crm.users SET {change}", USERS, "users_can_sign_in", rule)
        for change, rule in (
            ("last_name = 'Nobody' WHERE user_id = 'U1'", "name that is not made of its parts"),
            ("username = 'anybody@northlight.example'", "user name that somebody else has, or none"),
            ("alias = 'longername' WHERE user_id = 'U1'", "alias that Salesforce does not take"),
            ("locale_sid_key = NULL WHERE user_id = 'U1'", "no time zone, locale or language"),
        )
    ),
    (
        """
        UPDATE crm.users
        SET user_id = 'USR-0001' || user_id, time_zone_sid_key = if(user_id = 'U1', 'Asia/Singapore', 'Europe/Berlin')
        WHERE user_id LIKE 'U_'
        """,
        USERS,
        "users_can_sign_in",
        "time zone that the same seat did not have before",
    ),
    (
        "UPDATE crm.users SET external_id = 'SD-1' WHERE user_id = 'U1'",
        USERS,
        "external_ids_are_unique",
        "external id of another row",
    ),
    (
        "UPDATE crm.users SET external_id = NULL WHERE user_id = 'U1'",
        USERS,
        "external_ids_are_unique",
        "external id that another row has, or none",
    ),
    *(
        (f"UPDATE crm.users SET {change}", USERS, "users_come_and_go", rule)
        for change, rule in (
            ("hired_date = '2026-04-01'", "hired after the world's day, or left before the first one"),
            (
                "hired_date = '2026-02-10' WHERE user_id = 'U1'",
                "hired after the world's day, or left before the first one",
            ),
            ("is_active = true", "left and active, or neither"),
            ("left_date = '2026-03-31'", "left and active, or neither"),
            ("manager_id = 'U1' WHERE user_id = 'U2'", "reported to somebody who was not there"),
        )
    ),
    (
        "UPDATE crm.accounts SET owner_id = 'U1'",
        USERS,
        "users_come_and_go",
        "account of somebody who has left",
    ),
    *(
        (change, OWNER_HISTORY, "owners_were_there", rule)
        for change, rule in (
            (
                "UPDATE crm.users SET hired_date = '2026-01-06' WHERE user_id = 'U1'",
                "day on which the owner of an opportunity was not in the team",
            ),
            (
                "UPDATE crm.users SET left_date = '2026-02-08' WHERE user_id = 'U1'",
                "day on which the owner of an opportunity was not in the team",
            ),
            ("DELETE FROM crm.owner_history", "day on which the owner of an opportunity was not in the team"),
            (
                "UPDATE crm.opportunities SET owner_id = 'U1' WHERE opportunity_id = 'O1'",
                "day on which the owner of an opportunity was not in the team",
            ),
            (
                "UPDATE crm.owner_history SET record_id = 'O9'",
                "change of a record that is not there, or on a day when it was not",
            ),
            (
                "UPDATE crm.owner_history SET created_date = '2026-04-01'",
                "change of a record that is not there, or on a day when it was not",
            ),
            (
                "UPDATE crm.owner_history SET created_date = '2026-01-05'",
                "change of a record that is not there, or on a day when it was not",
            ),
            (
                "INSERT INTO crm.owner_history VALUES ('Opportunity', 'O2', '2026-02-11', 'U1', 'U2', NULL)",
                "old owner is not the new one of the change before, or stays",
            ),
            (
                "UPDATE crm.owner_history SET old_owner_id = new_owner_id",
                "old owner is not the new one of the change before, or stays",
            ),
            (
                "UPDATE crm.opportunities SET owner_id = 'U1' WHERE opportunity_id = 'O2'",
                "last new owner is not the present one",
            ),
            (
                "UPDATE crm.owner_history SET created_date = '2026-02-11'",
                "given by somebody who had not just left, or to somebody whose first day it was not",
            ),
        )
    ),
    *(
        (
            f"UPDATE crm.opportunity_line_items SET {change}",
            OPPORTUNITY_LINE_ITEMS,
            "amounts_are_sums_of_lines",
            subject,
        )
        for change, subject in (
            ("total_price = total_price + 0.01", "amount that is not the sum of its lines"),
            ("opportunity_id = 'O2'", "won without a line"),
            ("quantity = 49", "total that is not quantity times unit price"),
            ("discount = 11", "unit price that is not the list price less the discount"),
            ("list_price = 1500", "list price or product of another entry of the price book"),
            ("product_id = 'PRD-02'", "list price or product of another entry of the price book"),
        )
    ),
    (
        "UPDATE crm.field_history SET created_date = '2026-02-27'",
        OPPORTUNITIES,
        "closing_agrees_with_outcome",
        "change of a field on another day than that of the closing",
    ),
    (
        "UPDATE crm.opportunity_stages SET entered_date = '2026-01-07' WHERE sequence = 3",
        OPPORTUNITY_STAGES,
        "dates_are_in_order",
        "entered before the entry before it",
    ),
    (
        "UPDATE crm.opportunity_stages SET sequence = 4 WHERE sequence = 3",
        OPPORTUNITY_STAGES,
        "dates_are_in_order",
        "sequence with gaps",
    ),
    (
        "DELETE FROM crm.opportunity_stages WHERE sequence = 3",
        OPPORTUNITY_STAGES,
        "dates_are_in_order",
        "last entry is not the deal's stage",
    ),
    (
        "UPDATE crm.opportunity_stages SET probability = 99 WHERE sequence = 1",
        OPPORTUNITY_STAGES,
        "stage_agrees_with_probability",
        "probability",
    ),
    (
        "UPDATE crm.opportunity_contact_roles SET opportunity_id = 'O2' WHERE opportunity_id = 'O1' AND NOT is_primary",
        OPPORTUNITY_CONTACT_ROLES,
        "contacts_belong_to_the_account",
        "contact of another account",
    ),
    (
        "UPDATE crm.opportunity_contact_roles SET is_primary = true",
        OPPORTUNITY_CONTACT_ROLES,
        "contacts_belong_to_the_account",
        "not exactly one main contact",
    ),
    (
        "UPDATE crm.opportunity_contact_role_history SET entered_date = '2026-01-04' WHERE opportunity_id = 'O2'",
        OPPORTUNITY_CONTACT_ROLE_HISTORY,
        "dates_are_in_order",
        "entered before the deal was created or after the world's day",
    ),
    (
        "UPDATE crm.opportunity_contact_roles SET role = 'Influencer' WHERE opportunity_id = 'O2'",
        OPPORTUNITY_CONTACT_ROLE_HISTORY,
        "dates_are_in_order",
        "last entry is not the contact's role",
    ),
    (
        "DELETE FROM crm.landmarks WHERE opportunity_id = 'O2'",
        TRUTH_LANDMARKS,
        "landmarks_agree_with_the_truth",
        "open on the day for one of the two alone",
    ),
    *(
        (
            f"UPDATE crm.landmarks SET {column} = {value} WHERE opportunity_id = 'O1' AND landmark_date = '2026-01-31'",
            TRUTH_LANDMARKS,
            "landmarks_agree_with_the_truth",
            "known with another outcome, or too early",
        )
        for column, value in (("outcome", "NULL"), ("outcome_30", "'Open'"), ("outcome_90", "'Closed Won'"))
    ),
    *(
        (f"UPDATE crm.{change}", QUOTAS, "quotas_are_sums_of_teams", subject)
        for subject, changes in {
            "manager's quota that is not the sum of the team's": (
                "quotas SET amount = 9999 WHERE role = 'Account Executive'",
                "quotas SET amount = 1 WHERE role = 'VP Sales'",
            ),
            "seller in the team without a quota for the present quarter, or the other way round": (
                "quotas SET user_id = manager_id WHERE role = 'Account Executive'",
                "users SET hired_date = '2026-01-02' WHERE role = 'Account Executive'",
            ),
            "set earlier than on the day before the quarter, or not for a quarter": (
                "quotas SET quarter_start = '2026-07-01'",
                "quotas SET quarter_start = '2026-01-02'",
            ),
        }.items()
        for change in changes
    ),
    *(
        (
            f"UPDATE crm.forecast_snapshots SET {change} WHERE snapshot_date = '2026-03-27'",
            FORECAST_SNAPSHOTS,
            "snapshots_agree_with_the_record",
            subject,
        )
        for change, subject in (
            ("snapshot_date = '2026-03-26'", "of another day than a Friday of the quarter up to the world's day"),
            ("snapshot_date = '2026-04-03'", "of another day than a Friday of the quarter up to the world's day"),
            ("quarter_start = '2025-10-01'", "of another day than a Friday of the quarter up to the world's day"),
            ("closed_amount = closed_amount + 0.01", "closed is not what was won in the quarter by then"),
            ("snapshot_date = '2026-03-31', pipeline_amount = 1", "today's is not what the open deals show"),
        )
    ),
    (
        "DELETE FROM truth.opportunities WHERE opportunity_id = 'O2'",
        TRUTH_OPPORTUNITIES,
        "truth_agrees_with_the_record",
        "opportunity without its truth",
    ),
    (
        "UPDATE truth.opportunities SET champion_left_date = '2026-06-01' WHERE opportunity_id = 'O2'",
        TRUTH_OPPORTUNITIES,
        "truth_agrees_with_the_record",
        "champion who left before the deal began or after its end",
    ),
    (
        "UPDATE crm.contacts SET left_date = '2026-01-06' WHERE contact_id = 'GONE'",
        TRUTH_OPPORTUNITIES,
        "truth_agrees_with_the_record",
        "champion who left and was never found to have",
    ),
    (
        "UPDATE truth.opportunities SET outcome = 'Closed Lost'",
        TRUTH_OPPORTUNITIES,
        "truth_agrees_with_the_record",
        "closed with another outcome",
    ),
    (
        "UPDATE truth.opportunities SET outcome_date = '2026-03-31' WHERE opportunity_id = 'O2'",
        TRUTH_OPPORTUNITIES,
        "truth_agrees_with_the_record",
        "open after its end",
    ),
    (
        "UPDATE truth.opportunities SET outcome_date = DATE '2026-01-05' + 301 WHERE opportunity_id = 'O2'",
        TRUTH_OPPORTUNITIES,
        "truth_agrees_with_the_record",
        "ended before it began or open for more than 300 days",
    ),
    (
        "UPDATE truth.opportunities SET true_stage = 'Prospecting' WHERE opportunity_id = 'O2'",
        TRUTH_OPPORTUNITIES,
        "truth_agrees_with_the_record",
        "wrong stage not marked",
    ),
    (
        "UPDATE truth.opportunities SET clean_notes = NULL",
        TRUTH_OPPORTUNITIES,
        "truth_agrees_with_the_record",
        "planted instruction and clean notes not together",
    ),
]


@pytest.mark.parametrize(("defect", "table", "check", "subject"), OTHER_DEFECTS)
def test_a_planted_defect_of_the_world_is_found(
    warehouse: Warehouse, defect: str, table: Table, check: str, subject: str
) -> None:
    with warehouse.connect() as connection:
        connection.execute(defect)
    assert (table.qualified_name, check, subject) in broken(warehouse)


@pytest.mark.parametrize(
    "text",
    [
        "Write to jo.doe@gmail.com",
        "Write to jo@northlight.example.com",
        "Ask jo@localhost first",
        "See https://siemens.com/deal",
        "See HTTP://10.0.0.7/x",
        "See www.intranet for it",
        "Found it on salesforce.co.uk yesterday",
        "Call +1 212-555-0200",
        "Call +49 30 1234567",
        "Call (212) 867-5309",
        "Call 212.867.5309 after five",
        "Call (030) 1234567",
        "Call +1 800-555-0137",  # free of charge: only numbers of areas that lie somewhere are kept
        "Call +1 416-867-5309",
        "Call +49 212-555-0137",  # Solingen, and no number of North America
        "Call 0049 30 1234567 or 030 1234567",
        "Call 030/1234567",
        "Call +49 30 231250001",  # a digit more than those that are kept
        "Call +44 20 7946 1958",
        "Call 020 7123 4567",
        "Call 01753 123456",
        "Call +33 1 42 68 53 00",
        "Call 01 42 68 53 00",
        "Call +61 2 9374 4000",
        "Call (02) 9374 4000",
        "Call 0412 345 678",
        "Call +353 1 234 5678",
        "Call 01 234 5678",
        "Call +46 8 123 456 78",
        "Call 08-123 456 78",
        "Call +81 3-1234-5678",
        "Call +91 22 1234 5678",
        "Call +55 11 91234-5678",
        "Call +31 20 123 4567",
    ],
)
def test_an_address_or_phone_that_could_be_anybodys_is_found_in_any_text(warehouse: Warehouse, text: str) -> None:
    with warehouse.connect() as connection:
        connection.execute("UPDATE crm.opportunities SET champion = ? WHERE opportunity_id = 'O2'", [text])
        connection.execute("UPDATE truth.opportunities SET clean_notes = ? WHERE opportunity_id = 'O2'", [text])
    assert broken(warehouse) == {
        ("crm.opportunities", DOMAINS, "any text"),
        ("truth.opportunities", DOMAINS, "any text"),
    }
    for table, column in (("crm.opportunities", "champion"), ("truth.opportunities", "clean_notes")):
        (check,) = (one for one in world_integrity() if (one.table.qualified_name, one.name) == (table, DOMAINS))
        with warehouse.connect() as connection:
            (violation,) = violations(connection, check)
        row = violation.sample.row(0, named=True)
        assert (violation.count, row["opportunity_id"], row["column_name"], row["text"]) == (1, "O2", column, text)


@pytest.mark.parametrize(
    "text",
    [
        "Mail jo.doe@nordics.siemens.example, or see https://www.siemens.example/deals.",
        "Call +1 212-555-0137 or (212) 555-0199.",
        "Call +44 20 7946 0123, 0044 (0)20 7946 0123, 020 7946 0123 or 01632 960123.",
        "Call +49 30 23125417, 030/23125417 or 0171 3920012.\nCall +33 1 99 00 12 34 or 01 99 00 12 34.",
        "Call +61 2 7010 1234, (02) 7010 1234, +353 20 910 1234, 020 910 1234, +46 8 465 004 12 or 08-465 004 12",
        "No. 5 of 12. Grew 2.5x to 1.250.000 by 2026-03-31 2026-04-30, 3pm. Inc. & Co. U.S. team",
        "500-1000 seats @ $1,440.00 for OPP-20260105-0001, +15% on 30.06.2026",
    ],
)
def test_reserved_addresses_and_ordinary_punctuation_are_no_false_alarm(warehouse: Warehouse, text: str) -> None:
    with warehouse.connect() as connection:
        connection.execute("UPDATE crm.opportunities SET champion = ?", [text])
    assert broken(warehouse) == set()


@pytest.mark.parametrize(
    "phone", ["ask the front desk", "+1 212-555-0200", "+1 (212) 555-0137", "+1 212-555-0137 or 9"]
)
def test_a_phone_field_holds_nothing_but_a_fictional_number(warehouse: Warehouse, phone: str) -> None:
    with warehouse.connect() as connection:
        connection.execute("UPDATE crm.accounts SET billing_country = 'Canada'")
        connection.execute("UPDATE crm.contacts SET phone = '+1 416-555-0137'")
        connection.execute("UPDATE crm.accounts SET phone = '+1 416-555-0137'")
        connection.execute("UPDATE crm.contacts SET phone = ? WHERE NOT is_active", [phone])
    follows = set() if phone.startswith("+1 ") else {("crm.contacts", COUNTRIES, "phone")}
    assert broken(warehouse) == {("crm.contacts", DOMAINS, "phone"), *follows}


def test_two_deals_with_the_same_name_are_found(warehouse: Warehouse) -> None:
    with warehouse.connect() as connection:
        connection.execute("UPDATE crm.opportunities SET name = 'Northlight'")
    assert broken(warehouse) == {("crm.opportunities", "names_are_unique", "name")}


@pytest.mark.parametrize(
    ("country", "phone", "holds"),
    [
        ("France", "+33 1 99 00 12 34", True),
        ("France", "+1 212-555-0137", False),
        ("France", None, False),
        ("Japan", None, True),
        ("Japan", "+1 212-555-0137", False),
        ("Canada", "+1 416-555-0137", True),
    ],
)
def test_phones_follow_the_country_and_are_there_exactly_where_some_are_kept_for_fiction(
    warehouse: Warehouse, country: str, phone: str | None, holds: bool
) -> None:
    with warehouse.connect() as connection:
        connection.execute("UPDATE crm.accounts SET billing_country = ?, phone = ?", [country, phone])
        connection.execute("UPDATE crm.contacts SET phone = ?", [phone])
    tables = () if holds else ("crm.accounts", "crm.contacts")
    assert broken(warehouse) == {(table, COUNTRIES, "phone") for table in tables}


@pytest.mark.parametrize(("defect", "holds_back"), [(None, False), ("stage", True), ("phone", False)])
def test_what_makes_scores_wrong_holds_them_back_and_nothing_else_does(
    warehouse: Warehouse, defect: str | None, holds_back: bool
) -> None:
    @dg.multi_asset(specs=[table_spec(table) for table in STORED_TABLES])
    def world(warehouse: Warehouse) -> Iterator[dg.MaterializeResult[None]]:
        with warehouse.connect() as connection:
            if defect == "stage":
                connection.execute("UPDATE crm.opportunities SET probability = 11")
            if defect == "phone":
                connection.execute("UPDATE crm.contacts SET phone = phone || '0'")
        yield from (dg.MaterializeResult(asset_key=table.key) for table in STORED_TABLES)

    @dg.asset(deps=[asset_key(OPPORTUNITIES)])
    def scores() -> None: ...

    result = dg.materialize(
        [world, scores, *WORLD_CHECKS],
        resources={"warehouse": warehouse, "settings": Settings(home=warehouse.path.parent)},
        raise_on_error=False,
    )
    failed = {evaluation.check_name for evaluation in result.get_asset_check_evaluations() if not evaluation.passed}
    assert failed == {None: set(), "stage": {"stage_agrees_with_outcome"}, "phone": {DOMAINS}}[defect]
    assert bool(result.asset_materializations_for_node("scores")) is not holds_back
