"""Who of the synthetic customers buys from which division on which day: hidden traits, entries, renewals, departures.

Only times and divisions are decided here; what an order costs and what the log looks like belongs in
`log.py`, and the numbers that describe the divisions in `divisions.yaml`.

Every draw belongs to a customer, a division and a calendar month, and none to the day the log is seen on, so that a
later log tells the same story a little further. A place in the log is taken by one customer at a time: it begins with
a first order and leaves for good with a last one, and a new customer takes its place on the day on which that last
order is older than the four years of the log. So a log of any day holds as many customers, some new and some gone.

The constants were tuned until entries are hard to foresee but not past foreseeing, as in real logs. With 2,000
customers, 180 days and two seeds, a plain LightGBM on five earlier cutoffs had, averaged over the divisions, an AUC of
0.79 for entries (who bought last: 0.73) and of 0.80 for customers who have bought before (0.71), a lift@10 of 4.5 and
2.3, and base rates of 2 to 4 % and 22 to 33 %.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, fields
from functools import cache
from importlib import resources
from typing import Any, Final, Self

import numpy as np
import yaml

from synthdeal_assets.foundation.drawing.randomness import (
    BoolArray,
    FloatArray,
    IntArray,
    UInt64Array,
    choose,
    mix,
    normal,
    uniform,
)

LOG_DAYS: Final = 1_461
"""Days of the log: four years."""

FIRST_RELATIONSHIP: Final = (dt.date(1996, 1, 1) - dt.date(1970, 1, 1)).days
SPREAD_OF_FIRST_RELATIONSHIPS: Final = 4_000
"""Relationships start 24 years before the earliest log, so that by then the mix of old and new is the usual one."""

LIFE_QUANTILES_DAYS: Final = (200, 700, 1_400, 2_200, 3_200, 4_300, 5_400)
"""Days between first and last order at evenly spaced quantiles: somewhat below seven years on average, so that a
third of the customers of a log are gone and a third are new in it."""
MAX_CUSTOMERS_PER_PLACE: Final = 24
"""By 2100: none stays for less than 200 days, and its place is free four years later."""

SHARED_LIKING: Final = 0.7
"""Share of a liking's variance that comes from the traits; of the rest no other purchase tells anything."""
INDUSTRIES: Final = 16
INDUSTRY_TRAIT: Final = 0.5
"""How much of a trait's variance comes from the industry."""

ENTRY_BY_LIKING: Final = 0.90
AGAIN_BY_LIKING: Final = 0.55
"""Change of the log of a rate for a liking that is a standard deviation higher."""
ACTIVITY: Final = 0.60
"""Standard deviation of the log of what makes one customer buy more of everything than another."""
MOOD: Final = 0.4
"""Likewise for the quarters of one customer: budgets come and go."""

YOUNG_MONTHS: Final = 18
YOUNG_ENTERS_TIMES: Final = 1.6
"""A new customer tries more divisions in its first months than later."""

LEAVING_MONTHS: Final = 9
LEAVING_LEAST: Final = 0.35
"""In its last months a customer buys less and less, down to this share: departures can be seen coming, somewhat."""

SHORTEST_SILENCE_MONTHS: Final = 24
SILENCE_MONTHS: Final = 18
"""A customer that has not left orders something at least every 24 to 41 months, by its kind: so all are in the log."""

QUARTER_END: Final = (0.86, 0.92, 1.22)
"""Orders of the first, second and third month of a quarter, on average 1."""
SEASON: Final = 0.30
"""How far a division's best month stands above its average one."""

AGAIN_YEARLY: Final = (
    *(0.035,) * 9,
    *(0.07, 0.20, 0.45, 0.30, 0.12, 0.06, 0.04, 0.03),
    *(0.016,) * 8,
    *(0.010,) * 12,
    0.006,
)
AGAIN_AS_NEEDED: Final = (*(0.085,) * 3, *(0.07,) * 6, *(0.055,) * 6, *(0.035,) * 6, *(0.02,) * 12, 0.008)
"""Odds of another order in a month, by months since the last one (from 1 on; the last one holds for ever)."""


@dataclass(frozen=True)
class Divisions:
    """`divisions.yaml` as arrays; a division is its position.

    Attributes:
        names: Names of the divisions.
        loadings: What comes from each trait, of length `SHARED_LIKING` ** 0.5 (divisions x traits).
        enters: Chance of an entry in a month, for an average customer.
        again: Odds of another order by months since the last one (divisions x months).
        season: Factor of each calendar month (12 x divisions).
        paths: From, to, times as likely, first and last month since the entry into the first one.
    """

    names: tuple[str, ...]
    loadings: FloatArray
    enters: FloatArray
    again: FloatArray
    season: FloatArray
    paths: tuple[tuple[int, int, float, int, int], ...]


@dataclass(frozen=True)
class SyntheticCustomers:
    """Who may buy.

    Attributes:
        key: Random key of each customer: every choice about it follows from the key.
        begins: Day of its first order, in days since 1970-01-01.
        ends: Day of its last order, likewise, which may be yet to come.
        industry: Its industry, from 0 to INDUSTRIES - 1.
        eagerness: Factor on its entries, by its size.
    """

    key: UInt64Array
    begins: IntArray
    ends: IntArray
    industry: IntArray
    eagerness: FloatArray


@dataclass(frozen=True)
class Orders:
    """What is bought from a division on a day, in no particular order.

    Attributes:
        customer: Position of the customer.
        division: Position of the division.
        day: Days since 1970-01-01.
        key: Random key of the order.
        years: Years since the customer entered the division, rounded.
    """

    customer: IntArray
    division: IntArray
    day: IntArray
    key: UInt64Array
    years: FloatArray

    def where(self, chosen: BoolArray) -> Self:
        """The orders for which a mask is true."""
        return type(self)(**{field.name: getattr(self, field.name)[chosen] for field in fields(self)})


@dataclass(frozen=True)
class Buying:
    """Orders, and the truth on the last day, by customer and division.

    Attributes:
        orders: The orders.
        liking: Standard normal over the customers (customers x divisions).
        monthly_rate: Orders expected in the 30 days after it (customers x divisions).
        gone: Whether the last order has been made, by customer.
    """

    orders: Orders
    liking: FloatArray
    monthly_rate: FloatArray
    gone: BoolArray


@cache
def description() -> dict[str, Any]:
    """The content of `divisions.yaml`."""
    text = resources.files("synthdeal_assets.sales.synthetic").joinpath("divisions.yaml").read_text("utf-8")
    content: dict[str, Any] = yaml.safe_load(text)
    return content


@cache
def divisions() -> Divisions:
    """The divisions of the synthetic log."""
    content = description()
    names = tuple(content["divisions"])
    entries = list(content["divisions"].values())
    loadings = np.array([[entry["likes"].get(trait, 0.0) for trait in content["traits"]] for entry in entries])
    loadings *= np.sqrt(SHARED_LIKING / np.sum(loadings**2, axis=1, keepdims=True))
    longest = max(len(AGAIN_YEARLY), len(AGAIN_AS_NEEDED))
    of_kind = {"yearly": AGAIN_YEARLY, "as needed": AGAIN_AS_NEEDED}
    again = [
        (*of_kind[entry["buys_again"]], *(of_kind[entry["buys_again"]][-1],) * longest)[:longest] for entry in entries
    ]
    peak = np.array([entry["season"] - 1 for entry in entries])
    months = np.arange(12)[:, None]
    return Divisions(
        names,
        np.round(loadings, 6),
        np.array([entry["enters"] / 100 for entry in entries]),
        np.array(again),
        np.round((1 + SEASON * np.cos((months - peak) * np.pi / 6)) * np.array(QUARTER_END)[months % 3], 6),
        tuple(
            (start, names.index(path["division"]), float(path["times"]), path["from_month"], path["to_month"])
            for start, entry in enumerate(entries)
            for path in entry.get("leads_to", ())
        ),
    )


def relationships(places: UInt64Array, as_of: dt.date) -> tuple[IntArray, IntArray, IntArray]:
    """Who has each place of a log.

    Args:
        places: Random key of each place.
        as_of: Last day of the log.

    Returns:
        How many customers had the place before (fewer than `MAX_CUSTOMERS_PER_PLACE`), and the days of the first and
        of the last order of the one that has it.
    """
    last_day = (as_of - dt.date(1970, 1, 1)).days
    begins = FIRST_RELATIONSHIP + choose(places, "first relationship", SPREAD_OF_FIRST_RELATIONSHIPS)
    number = np.zeros(places.size, dtype=np.int64)
    ends = begins + _life(places, number)
    while (forgotten := ends + LOG_DAYS <= last_day).any():
        number += forgotten
        begins = np.where(forgotten, ends + LOG_DAYS, begins)
        ends = np.where(forgotten, begins + _life(places, number), ends)
    return number, begins, ends


def buy(customers: SyntheticCustomers, as_of: dt.date, days: int) -> Buying:
    """The orders of the days up to a last one.

    Args:
        customers: Who may buy; the orders of one do not depend on the others.
        as_of: The last day, from 2020-01-01 on.
        days: How many days.
    """
    book = divisions()
    last_day = (as_of - dt.date(1970, 1, 1)).days
    liking = _liking(customers, book)
    activity = _exponential(ACTIVITY * normal(customers.key, "activity"))[:, None]
    enters = book.enters * _exponential(ENTRY_BY_LIKING * liking) * activity * customers.eagerness[:, None]
    again = _exponential(AGAIN_BY_LIKING * liking) * activity
    # Longest first, so that those who are still there after so many months are always the first ones.
    first_month, last_month = _month(customers.begins), _month(np.minimum(customers.ends, last_day))
    order = np.argsort(first_month - last_month, kind="stable")
    walk = _Walk(
        book,
        key=customers.key[order],
        begins=customers.begins[order],
        ends=customers.ends[order],
        first_day=last_day - days + 1,
        last_day=last_day,
        enters=enters[order],
        again=again[order],
    )
    rate = np.zeros(liking.shape)
    rate[order] = walk.to_the_end()
    return Buying(walk.orders(order), liking, np.round(rate, 6), customers.ends <= last_day)


class _Walk:
    """The relationships of all customers, month by month of their age."""

    def __init__(
        self,
        book: Divisions,
        *,
        key: UInt64Array,
        begins: IntArray,
        ends: IntArray,
        first_day: int,
        last_day: int,
        enters: FloatArray,
        again: FloatArray,
    ) -> None:
        self.book, self.key, self.begins, self.ends = book, key, begins, ends
        self.first_day, self.last_day = first_day, last_day
        self.enters, self.again = enters, again
        self.silence = SHORTEST_SILENCE_MONTHS + choose(key, "silence", SILENCE_MONTHS)
        self.first_month = _month(begins)
        self.end_month = _month(ends)
        self.months = np.minimum(self.end_month, _month(np.array([last_day]))) - self.first_month + 1
        self.entered = np.full(enters.shape, -1, dtype=np.int32)
        self.latest = np.full(enters.shape, -1, dtype=np.int32)
        self.found: list[tuple[IntArray, IntArray, IntArray, UInt64Array, FloatArray]] = []

    def to_the_end(self) -> FloatArray:
        """Walk to the last day; the orders expected in the 30 days after it (customers x divisions)."""
        for age in range(int(self.months.max())):
            self._month_of_age(age, int(np.searchsorted(-self.months, -age, side="left")))
        return self._expected()

    def orders(self, position: IntArray) -> Orders:
        """What was bought in the days; `position` is the customer of each row of the walk."""
        row, division, day, key, years = (np.concatenate(parts) for parts in zip(*self.found, strict=True))
        return Orders(position[row], division, day, key, years)

    def _month_of_age(self, age: int, count: int) -> None:
        month = self.first_month[:count] + age
        key = _keys(self.key[:count], month)
        if age == 0:
            weight = np.cumsum(np.round(self.enters, 9), axis=1)
            first = (uniform(self.key, "first division")[:, None] * weight[:, -1:] >= weight).sum(axis=1)
            rows, bought, day = np.arange(count), np.minimum(first, weight.shape[1] - 1), self.begins
        else:
            odds = self._odds(count, month)
            happens = uniform(_pair_keys(key, odds.shape[1]), "order") < np.round(odds / (1 + odds), 9)
            latest = self.latest[:count]
            silent = np.flatnonzero(month - latest.max(axis=1) >= self.silence[:count])
            happens[silent, np.argmax(latest[silent], axis=1)] = True
            rows, bought = np.nonzero(happens)
            day = _order_day(key[rows], month[rows], bought)
            in_time = day < self.ends[rows]
            rows, bought, day = rows[in_time], bought[in_time], day[in_time]
            rows, bought, day = self._with_farewell(rows, bought, day, month)
        seen = day <= self.last_day
        rows, bought, day = rows[seen], bought[seen], day[seen]
        entered = self.entered[rows, bought]
        years = np.round(np.where(entered < 0, 0, month[rows] - entered) / 12, 3)
        self.entered[rows, bought] = np.where(entered < 0, month[rows], entered)
        self.latest[rows, bought] = month[rows]
        in_log = day >= self.first_day
        self.found.append(
            (
                rows[in_log],
                bought[in_log],
                day[in_log],
                mix(key[rows] + bought.astype(np.uint64), "order key")[in_log],
                years[in_log],
            )
        )

    def _with_farewell(
        self, rows: IntArray, bought: IntArray, day: IntArray, month: IntArray
    ) -> tuple[IntArray, IntArray, IntArray]:
        """The orders with the last one of those who leave in the month: from the division they bought from last."""
        leaving = np.flatnonzero(self.end_month[: month.size] == month)
        if leaving.size == 0:
            return rows, bought, day
        division = np.argmax(self.latest[leaving], axis=1)
        farewell = np.full(month.size, -1, dtype=np.int64)
        farewell[leaving] = division
        others = farewell[rows] != bought
        return (
            np.concatenate([rows[others], leaving]),
            np.concatenate([bought[others], division]),
            np.concatenate([day[others], self.ends[leaving]]),
        )

    def _odds(self, count: int, month: IntArray) -> FloatArray:
        """Odds of an order in a month, by customer and division, given what was bought before it."""
        entered, latest = self.entered[:count], self.latest[:count]
        owned = entered >= 0
        since = np.clip(month[:, None] - latest, 1, self.book.again.shape[1]) - 1
        age = month - self.first_month[:count]
        path = np.ones(entered.shape)
        for start, end, times, first, last in self.book.paths:
            months = month - entered[:, start]
            path[:, end] += (times - 1) * (owned[:, start] & (months >= first) & (months <= last))
        young = np.where(age <= YOUNG_MONTHS, YOUNG_ENTERS_TIMES, 1.0)[:, None]
        again = np.take_along_axis(self.book.again.T, since, axis=0) * self.again[:count]
        odds = np.where(owned, again, self.enters[:count] * path * young)
        left = np.clip(self.end_month[:count] - month, 0, LEAVING_MONTHS)
        staying = LEAVING_LEAST + (1 - LEAVING_LEAST) * left / LEAVING_MONTHS
        # Neighbouring quarters share one of their two draws, so that a mood passes slowly.
        quarter = month // 3
        mood = normal(_keys(self.key[:count], quarter), "mood") + normal(_keys(self.key[:count], quarter + 1), "mood")
        mood_factor = _exponential(MOOD * np.sqrt(0.5) * mood - MOOD**2 / 2)
        changed: FloatArray = odds * self.book.season[month % 12] * (staying * mood_factor)[:, None]
        return changed

    def _expected(self) -> FloatArray:
        """Orders expected in the 30 days after the last day: the rest of its month and the first days of the next."""
        rate = np.zeros(self.enters.shape)
        this_month = int(_month(np.array([self.last_day]))[0])
        there = np.flatnonzero(self.ends > self.last_day)
        count = self.key.size
        month_start, month_end = _month_start(np.array([this_month, this_month + 1]))
        after = _share_of_orders_after(self.last_day + 1 - month_start, month_end - month_start, this_month)
        odds = self._odds(count, np.full(count, this_month))
        chance = odds / (1 + odds)
        # Given that the month has brought nothing yet; who bought this month will not do so again in it.
        still = chance * after / (1 - chance * (1 - after))
        still[self.latest == this_month] = 0
        still[self.first_month == this_month] = 0
        odds = self._odds(count, np.full(count, this_month + 1))
        days = 30 - (month_end - 1 - self.last_day)
        length = int(_month_start(np.array([this_month + 2]))[0]) - month_end
        then = odds / (1 + odds) * (1 - _share_of_orders_after(max(days, 0), length, this_month + 1))
        rate[there] = (still + then)[there]
        return rate


def _life(key: UInt64Array, number: IntArray) -> IntArray:
    knots = np.linspace(0, 1, len(LIFE_QUANTILES_DAYS))
    return np.floor(np.interp(uniform(_keys(key, number), "life"), knots, LIFE_QUANTILES_DAYS)).astype(np.int64)


def _liking(customers: SyntheticCustomers, book: Divisions) -> FloatArray:
    """How much each customer likes each division: standard normal, correlated by the traits."""
    liking: FloatArray = np.sqrt(1 - SHARED_LIKING) * normal(_pair_keys(customers.key, len(book.names)), "own liking")
    industries = np.arange(INDUSTRIES, dtype=np.uint64)
    evenly = np.linspace(-1, 1, INDUSTRIES) / np.std(np.linspace(-1, 1, INDUSTRIES))
    for trait in range(book.loadings.shape[1]):
        own = np.sqrt(1 - INDUSTRY_TRAIT) * normal(customers.key, f"trait {trait}")
        of_industry = evenly[np.argsort(mix(industries, f"trait {trait} of industries"))]
        value = own + np.sqrt(INDUSTRY_TRAIT) * of_industry[customers.industry]
        liking += value[:, None] * book.loadings[:, trait]
    return np.round(liking, 6)


def _exponential(values: FloatArray) -> FloatArray:
    """exp, rounded: its last bit differs between processors."""
    exponential: FloatArray = np.exp(values)
    return np.round(exponential, 9)


def _keys(keys: UInt64Array, number: IntArray) -> UInt64Array:
    """A key for each key and number."""
    with np.errstate(over="ignore"):
        return keys + number.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)


def _pair_keys(keys: UInt64Array, count: int) -> UInt64Array:
    """A key for each key and each of so many divisions (keys x divisions)."""
    with np.errstate(over="ignore"):
        return keys[:, None] + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0xD1342543DE82EF95)


def _order_day(key: UInt64Array, month: IntArray, division: IntArray) -> IntArray:
    """The day of an order in its month: one of two working days on which the customer orders, later at quarter end."""
    start, end = _month_start(month), _month_start(month + 1)
    second = choose(_keys(key, division), "which day", 2)
    draw = uniform(_keys(key, second + 1), "day of month")
    draw = np.where(month % 3 == 2, np.sqrt(draw), draw)
    day = start + np.floor(draw * (end - start)).astype(np.int64)
    # 1970-01-01 was a Thursday. Saturday and Sunday move to the Friday before, or into the month again.
    weekday = (day + 3) % 7
    day -= np.maximum(weekday - 4, 0)
    return np.where(day < start, day + 3, day)


def _share_of_orders_after(days: int, length: int, month: int) -> float:
    """Share of a month's orders that come after so many days of it, weekends aside."""
    share = min(days / length, 1.0)
    return 1 - (share**2 if month % 3 == 2 else share)


def _month(day: IntArray) -> IntArray:
    """Months since January 1970 (so that month % 12 is 0 in January)."""
    return day.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)


def _month_start(month: IntArray) -> IntArray:
    """First day of a month, in days since 1970-01-01."""
    return month.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
