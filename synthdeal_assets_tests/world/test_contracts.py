"""Contracts follow from wins and renewals: a plain account of the rules, told event by event, agrees row by row."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import fields
from typing import Final, NamedTuple

import numpy as np
import polars as pl
import pytest

from synthdeal_assets.foundation.drawing.randomness import BoolArray, IntArray, UInt64Array, choose, mix, uniform
from synthdeal_assets.world.calendar import NEVER, CreationCalendar, day_number
from synthdeal_assets.world.contracts import Contracts, Decide, Renewals, Wins, run_contracts
from synthdeal_assets.world.customers import Customers
from synthdeal_assets.world.market import REMEMBERED_DAYS
from synthdeal_assets.world.salesforce_picklists import ACCOUNT_TYPES

NEW, UPGRADE, REPLACEMENT, DOWNGRADE = range(4)
PRODUCTS: Final = 3
START: Final = day_number(dt.date(2018, 3, 5))
UNTIL: Final = START + 3_650
KEYS: Final[UInt64Array] = mix(np.arange(400, dtype=np.uint64), "accounts of the test")


class Win(NamedTuple):
    """A won deal, its day counted from START."""

    day: int
    product: int = 0
    quantity: int = 10
    kind: int = UPGRADE
    account: int = 0
    price: int = 1_000


def wins_of(won: Iterable[Win]) -> Wins:
    """The wins, the deal of each created 50 days before."""
    columns = np.array(list(won), dtype=np.int64).reshape(-1, 6).T
    closed = START + columns[0]
    return Wins(
        account=columns[4],
        created=closed - 50,
        index=np.arange(1, closed.size + 1),
        closed=closed,
        type=columns[3],
        product=columns[1],
        quantity=columns[2],
        unit_price=columns[5],
    )


def by_chance(renewals: Renewals) -> tuple[BoolArray, IntArray, IntArray]:
    """Seven of ten renewals are won; on any day that is allowed."""
    room = renewals.contract_end - renewals.created
    price = np.tile(np.arange(1, PRODUCTS + 1) * 100, (room.size, 1)) + renewals.number[:, None]
    won = uniform(renewals.key, "won") < 0.7
    return won, renewals.created + 1 + choose(renewals.key, "outcome", 2**20) * room // 2**20, price


def won_on_the_last_day(renewals: Renewals) -> tuple[BoolArray, IntArray, IntArray]:
    """Every renewal is won on the last day of what it is about."""
    size = renewals.created.size
    return np.ones(size, dtype=bool), renewals.contract_end, np.full((size, PRODUCTS), 900)


def lost(renewals: Renewals) -> tuple[BoolArray, IntArray, IntArray]:
    """Every renewal is lost."""
    _, day, price = won_on_the_last_day(renewals)
    return np.zeros(day.size, dtype=bool), day, price


def run(*won: Win, decide: Decide = won_on_the_last_day, until: int = 3_650) -> Contracts:
    return Contracts.joined([run_contracts(wins_of(won), KEYS, PRODUCTS, decide, START + until)])


def told(contracts: Contracts) -> list[tuple[int, ...]]:
    """product, quantity, first and last day from START and whether a renewal made it, of each contract."""
    last = np.minimum(contracts.end, contracts.cut_end)
    days = contracts.start - START, last - START
    rows = contracts.product, contracts.quantity, *days, (contracts.renewal >= 0).astype(np.int64)
    return list(zip(*(row.tolist() for row in rows), strict=True))


def opened(contracts: Contracts, number: int) -> int:
    """The day from START on which a renewal is opened, by its position."""
    return int(contracts.renewals.created[number]) - START


def test_the_first_win_starts_a_term_of_a_year_and_each_renewal_another() -> None:
    contracts = run(Win(5), until=800)
    assert told(contracts) == [(0, 10, 5, 369, 0), (0, 10, 370, 734, 1), (0, 10, 735, 1099, 1)]
    assert contracts.unit_price.tolist() == [1_000, 900, 900]
    assert contracts.renewals.number.tolist() == [1, 2]
    assert (contracts.signed - START).tolist() == [5, 369, 734]


def test_what_is_won_later_ends_with_what_is_there() -> None:
    contracts = run(Win(0), Win(100, product=1, kind=NEW), Win(120, quantity=3), until=400)
    assert told(contracts) == [
        (0, 10, 0, 364, 0),
        (1, 10, 100, 364, 0),
        (0, 3, 120, 364, 0),
        (0, 13, 365, 729, 1),
        (1, 10, 365, 729, 1),
    ]
    assert contracts.line.tolist() == [1, 1, 1, 1, 2]


@pytest.mark.parametrize("kind", [REPLACEMENT, DOWNGRADE])
def test_a_replacement_or_downgrade_takes_the_place_of_what_is_held_of_its_product(kind: int) -> None:
    contracts = run(Win(0), Win(10), Win(20, product=1), Win(100, quantity=6, kind=kind), until=200)
    assert told(contracts) == [(0, 10, 0, 99, 0), (0, 10, 10, 99, 0), (1, 10, 20, 364, 0), (0, 6, 100, 364, 0)]
    assert (contracts.cut_known[:2] - START).tolist() == [100, 100]
    assert (contracts.cut_known[2:] == NEVER).all()


def test_a_downgrade_leaves_what_was_signed_and_of_a_product_not_held_it_is_an_upgrade() -> None:
    contracts = run(
        Win(0, quantity=4), Win(50, quantity=9, kind=DOWNGRADE), Win(60, 1, quantity=9, kind=DOWNGRADE), until=200
    )
    assert told(contracts) == [(0, 4, 0, 49, 0), (0, 9, 50, 364, 0), (1, 9, 60, 364, 0)]


def test_what_is_won_from_the_day_of_the_renewal_on_belongs_to_the_next_term() -> None:
    day = opened(run(Win(0), until=300), 0)
    before = run(Win(0), Win(day - 1, product=1), until=400)
    assert before.renewals.quantity.tolist() == [[10, 10, 0]]
    assert told(before)[1] == (1, 10, day - 1, 364, 0)
    after = run(Win(0), Win(day, product=1), decide=lost, until=400)
    assert after.renewals.quantity.tolist() == [[10, 0, 0]]
    assert told(after) == [(0, 10, 0, 364, 0), (1, 10, day, 729, 0)]


def test_a_renewal_makes_no_contract_that_runs_of_what_was_replaced_in_the_meantime() -> None:
    replaced = Win(300, quantity=7, kind=REPLACEMENT)
    contracts = run(Win(0), Win(1, product=1), replaced, until=500)
    assert told(contracts) == [
        (0, 10, 0, 299, 0),
        (1, 10, 1, 364, 0),
        (0, 7, 300, 729, 0),
        (0, 10, 365, 364, 1),
        (1, 10, 365, 729, 1),
    ]
    assert run(Win(0), replaced, until=800).renewals.quantity[:, 0].tolist() == [10, 7]


def test_an_account_that_loses_its_renewal_is_a_former_customer_until_it_buys_again() -> None:
    contracts = run(Win(0), Win(700), decide=lost, until=900)
    customers = Customers(contracts.spans())
    days = np.array([-1, 0, 364, 365, 699, 700, 900]) + START
    nobody = np.zeros(days.size, dtype=np.int64)
    assert customers.is_customer(nobody, days).tolist() == [False, True, True, False, False, True, True]
    assert customers.was_customer(nobody, days).tolist() == [False] + [True] * 6
    assert not customers.was_customer(nobody + 1, days).any()
    types = [
        [
            ACCOUNT_TYPES[kind]
            for kind in customers.account_types(np.array([0, 0, 1]), day, np.array([False, True, True]))
        ]
        for day in days[[0, 1, 3]].tolist()
    ]
    assert types == [
        ["Prospect", "Prospect", "Prospect"],
        ["Customer - Direct", "Customer - Channel", "Prospect"],
        ["Former Customer", "Former Customer", "Prospect"],
    ]
    assert contracts.renewals.number.tolist() == [1]


def test_a_world_without_a_win_has_no_contract_and_no_customer() -> None:
    contracts = run()
    assert told(contracts) == []
    assert contracts.renewals.quantity.shape == (0, PRODUCTS)
    accounts, days = np.arange(3), np.full(3, START)
    customers = Customers(contracts.spans())
    assert not customers.is_customer(accounts, days).any()
    assert not customers.was_customer(accounts, days).any()


@pytest.fixture(scope="module")
def many_wins() -> Wins:
    """Those of 400 accounts: from one to thirty in ten years, some on one day."""
    random = np.random.default_rng(11)
    account = np.repeat(np.arange(KEYS.size), random.integers(1, 31, KEYS.size))
    account = random.permutation(account)
    wins = wins_of(
        Win(*row)
        for row in zip(
            random.integers(0, 3_650, account.size).tolist(),
            random.integers(0, PRODUCTS, account.size).tolist(),
            random.integers(1, 40, account.size).tolist(),
            random.integers(0, 4, account.size).tolist(),
            account.tolist(),
            random.integers(50, 5_000, account.size).tolist(),
            strict=True,
        )
    )
    closed = wins.closed.copy()
    same_day = random.random(account.size) < 0.2
    for one in np.flatnonzero(same_day):
        closed[one] = closed[random.choice(np.flatnonzero(account == account[one]))]
    return Wins(**{**{field.name: getattr(wins, field.name) for field in fields(wins)}, "closed": closed})


@pytest.fixture(scope="module")
def many(many_wins: Wins) -> Contracts:
    return Contracts.joined([run_contracts(many_wins, KEYS, PRODUCTS, by_chance, UNTIL)])


class PlainAccount:
    """One account, day by day, with a list of what it has: the rules as they are told, without an array."""

    def __init__(self, number: int, key: int, wins: list[dict[str, int]]) -> None:
        self.number, self.key = number, key
        self.wins = sorted(wins, key=lambda win: (win["closed"], win["created"], win["index"]))
        self.rows: list[dict[str, int]] = []
        self.renewals: list[Renewals] = []
        self.term_end: int | None = None
        self.opens: int | None = None

    def live(self, until: int) -> PlainAccount:
        by_day: dict[int, list[dict[str, int]]] = {}
        for win in self.wins:
            by_day.setdefault(win["closed"], []).append(win)
        for day in range(self.wins[0]["closed"], until + 1):
            if day == self.opens:
                self.open(day)
            for win in by_day.get(day, []):
                self.win(day, win)
            if day == self.term_end:
                goes_on = any(row["end"] > day and row["last"] >= row["start"] for row in self.rows)
                self.begin_term(day + 365 if goes_on else None)
        return self

    def renewal_key(self) -> UInt64Array:
        raw = (self.key + len(self.renewals) + 1) % 2**64
        return mix(np.array([raw], dtype=np.uint64), "renewal")

    def begin_term(self, end: int | None) -> None:
        self.term_end = self.opens = end
        if end is None:
            return
        ahead = 120 - int(choose(self.renewal_key(), "opened", 29)[0])
        day = dt.date(1970, 1, 1) + dt.timedelta(days=end - ahead)
        while day.weekday() > 4:
            day += dt.timedelta(days=1)
        self.opens = day_number(day)

    def is_open(self) -> bool:
        return bool(self.renewals) and int(self.renewals[-1].contract_end[0]) == self.term_end

    def running(self, product: int, day: int) -> list[dict[str, int]]:
        return [row for row in self.rows if row["product"] == product and row["start"] <= day <= row["last"]]

    def open(self, day: int) -> None:
        assert self.term_end is not None
        key = self.renewal_key()
        quantity = [sum(row["quantity"] for row in self.running(product, day)) for product in range(PRODUCTS)]
        renewal = Renewals(
            account=np.array([self.number]),
            number=np.array([len(self.renewals) + 1]),
            key=key,
            created=np.array([day]),
            contract_end=np.array([self.term_end]),
            quantity=np.array([quantity]),
        )
        self.renewals.append(renewal)
        won, outcome, price = by_chance(renewal)
        if not won[0]:
            return
        held = [product for product in range(PRODUCTS) if quantity[product]]
        for line, product in enumerate(held, 1):
            self.rows.append(
                {
                    "product": product,
                    "quantity": quantity[product],
                    "unit_price": int(price[0, product]),
                    "start": self.term_end + 1,
                    "end": self.term_end + 365,
                    "last": self.term_end + 365,
                    "cut_known": NEVER,
                    "signed": int(outcome[0]),
                    "created": day,
                    "index": -1,
                    "number": len(self.renewals),
                    "line": line,
                }
            )

    def win(self, day: int, win: dict[str, int]) -> None:
        product, quantity = win["product"], win["quantity"]
        if self.term_end is None:
            self.begin_term(day + 364)
        assert self.term_end is not None
        if win["type"] in (REPLACEMENT, DOWNGRADE):
            for row in self.rows:
                if row["product"] == product and row["last"] >= max(day, row["start"]):
                    row["last"] = max(day, row["start"]) - 1
                    row["cut_known"] = day
        end = self.term_end + 365 if self.is_open() else self.term_end
        of_deal = {name: win[name] for name in ("unit_price", "created", "index")}
        self.rows.append(
            {
                "product": product,
                "quantity": quantity,
                "start": day,
                "end": end,
                "last": end,
                "cut_known": NEVER,
                "signed": day,
                "number": 0,
                "line": 1,
                **of_deal,
            }
        )


def test_random_accounts_have_row_by_row_what_the_rules_say(many_wins: Wins, many: Contracts) -> None:
    columns = {field.name: getattr(many_wins, field.name).tolist() for field in fields(many_wins)}
    of_account: dict[int, list[dict[str, int]]] = {}
    for values in zip(*columns.values(), strict=True):
        win = dict(zip(columns, values, strict=True))
        of_account.setdefault(win["account"], []).append(win)
    plain = [PlainAccount(account, int(KEYS[account]), wins).live(UNTIL) for account, wins in of_account.items()]
    rows = pl.DataFrame([{"account": one.number, **row} for one in plain for row in one.rows])
    number = np.append(many.renewals.number, 0)[many.renewal]
    made = pl.DataFrame(
        {
            **{field.name: getattr(many, field.name) for field in fields(many) if field.name in rows.columns},
            "last": np.minimum(many.end, many.cut_end),
            "number": number,
        }
    ).select(rows.columns)
    assert made.height > 5_000
    assert (made["last"] < made["start"]).any()
    assert made.sort(rows.columns).equals(rows.sort(rows.columns))
    renewals = [renewal for one in plain for renewal in one.renewals]
    for field in fields(Renewals):
        expected = np.concatenate([getattr(renewal, field.name) for renewal in renewals])
        order = np.lexsort(
            (np.concatenate([r.account for r in renewals]), np.concatenate([r.created for r in renewals]))
        )
        assert np.array_equal(getattr(many.renewals, field.name), expected[order]), field.name


def test_an_account_is_a_customer_exactly_on_the_days_on_which_a_contract_runs(many: Contracts) -> None:
    days = np.arange(START - 10, UNTIL + 1)
    customers = Customers(many.spans())
    for account in range(0, KEYS.size, 20):
        mine = many.account == account
        last = np.minimum(many.end, many.cut_end)[mine]
        runs = ((many.start[mine][:, None] <= days) & (days <= last[:, None])).any(axis=0)
        assert np.array_equal(customers.is_customer(np.full(days.size, account), days), runs)
        assert np.array_equal(customers.was_customer(np.full(days.size, account), days), np.maximum.accumulate(runs))


@pytest.mark.parametrize("day", [UNTIL - 2_200, UNTIL - 400])
def test_what_is_remembered_since_a_day_says_the_same_of_it_and_every_later_one(many: Contracts, day: int) -> None:
    remembered = many.since(day)
    assert remembered.account.size < 0.8 * many.account.size
    assert remembered.renewals.account.size < 0.9 * many.renewals.account.size
    accounts = np.arange(KEYS.size)
    for later in (day, day + 1, day + 190, UNTIL):
        days = np.full(KEYS.size, later)
        told, whole = Customers(remembered.spans()), Customers(many.spans())
        assert np.array_equal(told.held_on(accounts, days), whole.held_on(accounts, days))
        assert np.array_equal(told.was_customer(accounts, days), whole.was_customer(accounts, days))


def test_what_is_remembered_for_six_periods_is_enough_for_the_table(many: Contracts) -> None:
    assert on(many.since(UNTIL - REMEMBERED_DAYS + 1), UNTIL).equals(on(many, UNTIL))


def test_all_running_contracts_of_a_customer_end_on_one_day_until_a_renewal_is_opened(many: Contracts) -> None:
    days = np.unique(np.concatenate([many.renewals.created - 1, many.renewals.contract_end + 1]))
    last = np.minimum(many.end, many.cut_end)
    for day in days[days <= UNTIL][::40].tolist():
        running = (many.start <= day) & (day <= last)
        waiting = many.renewals.account[(many.renewals.created <= day) & (day <= many.renewals.contract_end)]
        running &= ~np.isin(many.account, waiting)
        ends = pl.DataFrame({"account": many.account[running], "end": many.end[running]}).unique()
        assert ends["account"].is_unique().all()


def test_a_renewal_is_opened_on_a_working_day_90_to_120_days_before_the_end_and_once_a_term(many: Contracts) -> None:
    renewals = many.renewals
    ahead = renewals.contract_end - renewals.created
    assert (ahead.min(), ahead.max()) == (90, 120)
    assert ((renewals.created + 3) % 7 < 5).all()
    terms = pl.DataFrame({"account": renewals.account, "end": renewals.contract_end})
    assert terms.is_unique().all()
    assert renewals.account.size > 1_500


@pytest.mark.parametrize("earlier", [UNTIL - 1, UNTIL - 45, UNTIL - 400])
def test_a_later_day_shows_the_same_past_and_goes_on(many_wins: Wins, many: Contracts, earlier: int) -> None:
    before = Contracts.joined([run_contracts(many_wins, KEYS, PRODUCTS, by_chance, earlier)])
    seen, later = (on(made, earlier) for made in (before, many))
    assert seen.equals(later)
    after = on(many, UNTIL)
    both = seen.join(after, on="contract_id", suffix="_after")
    lasting = ("product_id", "quantity", "unit_price", "start_date", "signed_date", "annual_amount")
    assert both.filter(pl.any_horizontal(pl.col(name) != pl.col(f"{name}_after") for name in lasting)).is_empty()
    # An end changes only to a day that has not been seen yet, and a contract that is over stays as it was.
    changed = both.filter(pl.col("end_date") != pl.col("end_date_after"))
    assert changed.height > 0 or earlier == UNTIL - 1
    assert changed.filter(
        (pl.col("end_date_after") < dt.date(1970, 1, 1) + dt.timedelta(days=earlier)) & (pl.col("status") == "Active")
    ).is_empty()


def on(contracts: Contracts, as_of: int) -> pl.DataFrame:
    """crm.contracts on a day, of all accounts but every tenth."""
    return contracts.rows_on(
        as_of,
        renewal_index=contracts.renewals.index(CreationCalendar(3, 100)),
        rows=contracts.seen_on(as_of, np.arange(KEYS.size) % 10 > 0),
        account_id=pl.Series([f"ACC-{row}" for row in range(KEYS.size)]),
        product_id=pl.Series(["P0", "P1", "P2"]),
    )


def test_the_table_shows_a_contract_from_its_signing_on_and_its_end_as_it_is_known() -> None:
    def seen(contracts: Contracts, day: int) -> list[tuple[object, ...]]:
        frame = contracts.rows_on(
            START + day,
            renewal_index=contracts.renewals.index(CreationCalendar(3, 100)),
            rows=contracts.seen_on(START + day, np.array([True])),
            account_id=pl.Series(["ACC-1"]),
            product_id=pl.Series(["P0", "P1", "P2"]),
        ).sort("start_date", "quantity")
        ends = (pl.col("end_date") - dt.date(2018, 3, 5)).dt.total_days()
        return list(frame.select("quantity", ends, "status").iter_rows())

    contracts = run(Win(0), Win(300, quantity=7, kind=REPLACEMENT), until=800)
    assert seen(contracts, -1) == []
    assert seen(contracts, 299) == [(10, 364, "Active")]
    assert seen(contracts, 300) == [(10, 299, "Ended"), (7, 729, "Active")]
    assert seen(contracts, 364) == [(10, 299, "Ended"), (7, 729, "Active"), (10, 364, "Cancelled")]
    assert seen(run(Win(0), until=800), 364) == [(10, 364, "Active"), (10, 729, "Future")]


def test_a_contract_is_called_after_its_deal_and_its_line(many: Contracts) -> None:
    frame = on(many, UNTIL)
    assert frame["contract_id"].is_unique().all()
    assert frame["contract_id"].is_sorted()
    old = frame["opportunity_id"].is_null()
    assert 0 < old.sum() < frame.height
    of_deal = frame.filter(~old).select(
        pl.col("contract_id").str.replace("CTR", "OPP").str.strip_suffix("-1").alias("deal"), "opportunity_id"
    )
    of_first_lines = of_deal.filter(frame.filter(~old)["contract_id"].str.ends_with("-1"))
    assert (of_first_lines["deal"] == of_first_lines["opportunity_id"]).all()
    assert not frame["account_id"].str.ends_with("0").any()


def test_a_renewal_is_numbered_after_the_other_deals_of_its_day(many: Contracts) -> None:
    calendar = CreationCalendar(3, 100)
    numbers = pl.DataFrame(
        {"day": many.renewals.created, "account": many.renewals.account, "index": many.renewals.index(calendar)}
    )
    for (day,), of_day in numbers.group_by("day", maintain_order=True):
        first = calendar.count(int(str(day))) + 1
        assert of_day["index"].to_list() == list(range(first, first + of_day.height))
        assert of_day["account"].is_sorted()
    assert (numbers.group_by("day").len()["len"] > 1).any()


def test_what_runs_no_longer_than_five_periods_ago_is_on_record(many: Contracts) -> None:
    frame = on(many, UNTIL)
    first_day = dt.date(1970, 1, 1) + dt.timedelta(days=UNTIL - 1_819)
    assert frame.select((pl.col("end_date") >= first_day).all()).item()
    assert frame.select((pl.col("start_date") < first_day).any()).item()
