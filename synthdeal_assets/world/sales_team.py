"""The sales team and what it sells: its seats and people, and the products of the invented vendor Northlight.

Who holds a seat when is decided in `turnover.py`, which seat works which deal by the deals.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from synthdeal_assets.foundation.drawing.randomness import IntArray, UInt64Array, choose, mix
from synthdeal_assets.world.external_ids import external_id
from synthdeal_assets.world.frames import dates, where
from synthdeal_assets.world.name_pools import name_pool
from synthdeal_assets.world.offices import OFFICES, draw_offices
from synthdeal_assets.world.person_names import person_names
from synthdeal_assets.world.tables import (
    HEAD_OF_SALES,
    MANAGER,
    PRICE_BOOK,
    PRODUCTS,
    REGIONS,
    SELLER,
    SENIOR_SELLER,
    USERS,
)
from synthdeal_assets.world.turnover import HOLDERS, Turnover, draw_turnover, people_record_start

OPPORTUNITIES_PER_EXECUTIVE: Final = 45
MIN_EXECUTIVES: Final = 6
MAX_EXECUTIVES: Final = 400
EXECUTIVES_PER_MANAGER: Final = 10

VENDOR_DOMAIN: Final = "northlight.example"
CADENCE_DAYS: Final = {HEAD_OF_SALES: 2_557, MANAGER: 1_826, SELLER: 1_096}
"""Days that somebody stays in a seat, on average, by role: seven, five and three years."""

PROMOTED_AFTER_DAYS: Final = (500, 1_100)
"""Days until an executive who is still there becomes a senior one, from and to."""

ALIAS_LENGTH: Final = 8
"""Characters that Salesforce allows in the alias of a user."""

HOME_LOCALES: Final = {
    "North America": ("en_US", "en_US", "en_US", "en_IN", "es_MX"),
    "EMEA": ("en_GB", "de_DE", "fr_FR", "sv_SE", "it_IT", "nl_NL"),
    "APAC": ("en_NZ", "en_IN", "ja_JP", "id_ID"),
    "LATAM": ("es_MX", "pt_BR", "es_CO", "es_AR"),
}


@dataclass(frozen=True)
class SalesTeam:
    """The seats of the team, which stay, and everybody who ever holds one.

    Attributes:
        seats: role, region, time_zone_sid_key, locale_sid_key and language_locale_key of each seat: head of sales, then
            each region's managers, then its executives.
        office: Position in OFFICES of each seat.
        manager_seat: Seat that each seat reports to; the head of sales reports to nobody, which is -1.
        people: What crm.users holds of each holder for ever, in the rows of `turnover`.
        turnover: Who holds a seat when.
        promoted: Day on which each holder is promoted if still there then (days since 1970-01-01).
    """

    seats: pl.DataFrame
    office: IntArray
    manager_seat: IntArray
    people: pl.DataFrame
    turnover: Turnover
    promoted: IntArray

    def users_on(self, as_of: int) -> pl.DataFrame:
        """crm.users on a day: who is there, and who left while a period was running whose people are on record."""
        ends = self.turnover.ends
        rows = np.flatnonzero((self.turnover.begins <= as_of) & (ends >= people_record_start(as_of)))
        seat, last_day = rows // HOLDERS, np.minimum(ends[rows], as_of)
        manager = self.turnover.holder_on(self.manager_seat[seat], last_day)
        is_senior = pl.Series(self.promoted[rows] <= last_day) & (pl.col("role") == SELLER)
        has_left = pl.Series(ends[rows] < as_of)
        return USERS.conform(
            self.people[rows]
            .with_columns(
                self.seats[seat],
                manager_id=where(self.manager_seat[seat] >= 0, self.people["user_id"][manager]),
                hired_date=dates(self.turnover.begins[rows]),
                left_date=pl.when(has_left).then(dates(last_day)),
                is_active=~has_left,
            )
            .with_columns(title=pl.when(is_senior).then(pl.lit(SENIOR_SELLER)).otherwise("role"))
        )

    def on(self, day: int) -> pl.DataFrame:
        """Who is in the team on a day (days since 1970-01-01); `sql/team_over_time.sql` says the same of all days.

        Returns:
            seat, user_id, role and manager_id, in the order of the seats.
        """
        on_day = np.full(self.seats.height, day)
        row = self.turnover.holder_on(np.arange(self.seats.height), on_day)
        manager = self.turnover.holder_on(self.manager_seat, on_day)
        return self.seats.with_row_index("seat").select(
            "seat",
            self.people["user_id"][row],
            "role",
            manager_id=where(self.manager_seat >= 0, self.people["user_id"][manager]),
        )


def build_team(seed: int, size: int, account_regions: pl.Series, code: str) -> SalesTeam:
    """The sales team: one head of sales, managers in each region, account executives where the accounts are.

    Args:
        seed: Seed of the world.
        size: Opportunities in the world.
        account_regions: Region of each account.
        code: Code of the world.
    """
    executives = _executives_by_region(size, account_regions)
    managers = {region: -(-count // EXECUTIVES_PER_MANAGER) for region, count in executives.items()}
    region = pl.Series(["North America", *_spread(managers), *_spread(executives)])
    role = pl.Series([HEAD_OF_SALES, *[MANAGER] * sum(managers.values()), *[SELLER] * sum(executives.values())])
    manager_seat = [-1, *[0] * sum(managers.values())]
    first_manager = 1
    for name, count in executives.items():
        manager_seat += [first_manager + number % managers[name] for number in range(count)]
        first_manager += managers[name]
    cadence = role.replace_strict(CADENCE_DAYS, return_dtype=pl.Int64).to_numpy()
    turnover = draw_turnover(seed, cadence)
    office = draw_offices(mix(np.arange(region.len(), dtype=np.uint64), f"{seed}|seat"), region)
    earliest, latest = PROMOTED_AFTER_DAYS
    return SalesTeam(
        seats=pl.DataFrame({"role": role, "region": region}).with_columns(_of_offices(office)),
        office=office,
        manager_seat=np.array(manager_seat),
        people=_people(seed, region.to_list(), turnover, code),
        turnover=turnover,
        promoted=turnover.begins + earliest + choose(turnover.key, "promoted", latest - earliest + 1),
    )


def build_products(code: str) -> pl.DataFrame:
    """What Northlight sells, in the world with this code: the columns of crm.products."""
    products = name_pool("products")
    return PRODUCTS.conform(
        products.with_columns(pl.col("list_price_usd").cast(pl.Float64), external_id(code, "product_id"))
    )


def build_price_book(products: pl.DataFrame) -> pl.DataFrame:
    """What each product costs, in the order of the products: the columns of crm.price_book."""
    return PRICE_BOOK.conform(
        products.select(
            pricebook_entry_id=pl.col("product_id").str.replace("PRD-", "PBE-", literal=True),
            product_id="product_id",
            unit_price="list_price_usd",
            is_active=pl.lit(value=True),
        )
    )


def account_seats(team: SalesTeam, account_regions: pl.Series, account_key: UInt64Array) -> IntArray:
    """The account executive's seat that looks after each account, one of its region."""
    seat = np.zeros(account_key.size, dtype=np.int64)
    regions = account_regions.to_numpy()
    of_seat = team.seats["region"].to_numpy()
    is_executive = (team.seats["role"] == SELLER).to_numpy()
    for region in REGIONS:
        candidates = np.flatnonzero(is_executive & (of_seat == region))
        chosen = np.flatnonzero(regions == region)
        seat[chosen] = candidates[choose(account_key[chosen], "owner", candidates.size)]
    return seat


def _executives_by_region(size: int, account_regions: pl.Series) -> dict[str, int]:
    """Account executives of each region: one in each, the rest in proportion to the accounts (largest remainders)."""
    total = min(max(round(size / OPPORTUNITIES_PER_EXECUTIVE), MIN_EXECUTIVES), MAX_EXECUTIVES)
    accounts = np.array([(account_regions == region).sum() for region in REGIONS])
    ideal = accounts / accounts.sum() * (total - len(REGIONS))
    extra = np.floor(ideal).astype(np.int64)
    largest_first = np.argsort(extra - ideal, kind="stable")
    extra[largest_first[: total - len(REGIONS) - int(extra.sum())]] += 1
    return {region: 1 + int(count) for region, count in zip(REGIONS, extra, strict=True)}


def _of_offices(office: IntArray) -> pl.DataFrame:
    """What follows from the office that each seat is in."""
    return pl.DataFrame(
        [(each.time_zone, each.locale, each.language) for each in OFFICES],
        schema=["time_zone_sid_key", "locale_sid_key", "language_locale_key"],
        orient="row",
    )[office]


def _people(seed: int, region: list[str], turnover: Turnover, code: str) -> pl.DataFrame:
    """What crm.users holds of each holder for ever."""
    names = person_names(seed)
    key = turnover.key
    seat, number = np.divmod(np.arange(key.size), HOLDERS)
    locales = [[names.locales.index(name) for name in HOME_LOCALES[of_seat]] for of_seat in region]
    pick = choose(key, "locale", 2**20)
    locale = np.array([locales[place][each % len(locales[place])] for place, each in zip(seat, pick, strict=True)])
    nobody_else: IntArray = np.zeros(key.size, dtype=np.int64)
    drawn = names.draw(locale, key, mix(key, "family"), nobody_else)
    # An address is nobody else's for ever: whoever comes later with the same name gets a number.
    namesake = pl.int_range(1, pl.len() + 1).over("local_part", order_by=["begins", "row"])
    addressed = drawn.with_columns(begins=pl.Series(turnover.begins), row=pl.int_range(pl.len())).with_columns(
        user_id=pl.concat_str(pl.lit("USR-"), _digits(pl.Series(seat + 1), 4), _digits(pl.Series(number + 1), 2)),
        mailbox=pl.concat_str("local_part", pl.when(namesake > 1).then(namesake.cast(pl.String)).otherwise(pl.lit(""))),
    )
    return addressed.select(
        "user_id",
        name=pl.concat_str("first_name", "last_name", separator=" "),
        email=pl.concat_str("mailbox", pl.lit(f"@{VENDOR_DOMAIN}")),
        first_name="first_name",
        last_name="last_name",
        # Salesforce wants a user name that nobody has in any organisation, so it names the world.
        username=pl.concat_str("mailbox", pl.lit(f"@{code}.{VENDOR_DOMAIN}")),
        alias=pl.concat_str(
            pl.col("local_part").str.head(1), pl.col("local_part").str.extract(r"\.([^.]*)$").str.head(ALIAS_LENGTH - 1)
        ),
        external_id=external_id(code, "user_id"),
    )


def _digits(numbers: pl.Series, count: int) -> pl.Series:
    return numbers.cast(pl.String).str.zfill(count)


def _spread(counts: dict[str, int]) -> list[str]:
    return [region for region, count in counts.items() for _ in range(count)]
