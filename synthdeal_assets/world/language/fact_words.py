"""Words for the facts of a deal: names, titles, quantities, amounts and dates as sellers write them.

Everything here follows from structured fields alone. What is made up about a deal (its pain, its numbers, its
competitor) belongs in `deal_story.py`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Container, Mapping
from functools import cache
from typing import Final

import numpy as np
import polars as pl

from synthdeal_assets.foundation.drawing.randomness import IntArray, UInt64Array, choose, uniform
from synthdeal_assets.world.calendar import day_number, working_day, working_day_before
from synthdeal_assets.world.contracts import TERM_DAYS
from synthdeal_assets.world.deal_facts import PERSONS
from synthdeal_assets.world.frames import day_numbers, scatter

PERSON_SLOTS: Final = {"economic_buyer": "eb", "champion": "ch", "technical": "te", "procurement": "pr", "user": "us"}
"""Slot prefix of each person: {eb} full name, {eb_first}, {eb_last}, {eb_title}."""

_DEPARTED: Final = "ex"
"""Slot prefix of the champion who has left, where that is what is told."""

_NAME_FORMS: Final = ("", "_first", "_last", "_title")
_BEFORE: Final = "before "
"""Begins the slots of whom a person has succeeded; no template has one."""

_CALENDAR_START: Final = day_number(dt.date(2015, 1, 1))
_CALENDAR_END: Final = day_number(dt.date(2105, 12, 31))

_TITLE_ABBREVIATIONS: Final = {
    "Chief Executive Officer": "CEO",
    "Chief Financial Officer": "CFO",
    "Chief Operating Officer": "COO",
    "Chief Revenue Officer": "CRO",
    "Chief Commercial Officer": "CCO",
    "Chief Information Officer": "CIO",
    "Chief Information Security Officer": "CISO",
    "Managing Director": "MD",
    "General Manager": "GM",
}
_ABBREVIATED_SHARE: Final = 0.6

_EARLY_DAYS: Final = 80
"""Days of a contract's term that are called old when it ends."""

_DATE_STYLES: Final = ("{day} {short}", "{day} {long}", "{day} {short} {year}", "{short} {day}")
_DATE_STYLE_LIMITS: Final = (0.45, 0.65, 0.85)


def fact_words(facts: pl.DataFrame) -> dict[str, pl.Series]:
    """The words that every text of a deal may use, by slot name.

    Args:
        facts: Columns of DEAL_FACTS.
    """
    keys = facts["text_key"].to_numpy()
    words = {
        "acct": facts["account_name"],
        "city": facts["billing_city"],
        "product": facts["product_name"],
        "line": facts["product_family"],
        "owner_first": facts["owner_name"].str.split_exact(" ", 1).struct.field("field_0"),
    }
    words |= facts.select(
        acct_s=pl.col("account_name")
        + pl.when(pl.col("account_name").str.ends_with("'s"))
        .then(pl.lit(""))
        .when(pl.col("account_name").str.ends_with("s"))
        .then(pl.lit("'"))
        .otherwise(pl.lit("'s")),
        prod=pl.col("product_name").str.extract(r"(\S+)$"),
        family=pl.col("product_family").str.to_lowercase(),
        qty=with_commas(pl.col("quantity")),
        units=pl.col("product_unit") + "s",
        qty_units=counted_units("quantity"),
        unit=pl.col("product_unit"),
        unit_price="$" + with_commas(pl.col("unit_price").round().cast(pl.Int64)),
        amt=short_dollars(pl.col("amount")),
        amt_full="$" + with_commas(pl.col("amount").round().cast(pl.Int64)),
        held=pl.concat_str(
            counted_units("quantity"),
            pl.lit(" of "),
            pl.col("product_name").str.extract(r"(\S+)$"),
            pl.when(pl.col("products") == 1)
            .then(pl.lit(""))
            .when(pl.col("products") == 2)
            .then(pl.lit(" and one more product"))
            .otherwise(pl.format(" and {} more products", pl.col("products") - 1)),
        ),
        employees=with_commas(pl.col("number_of_employees")),
    ).to_dict(as_series=True)
    for person, prefix in PERSON_SLOTS.items():
        words |= _person_words(facts, person, prefix)
        words |= _words_of_before(facts, person, prefix)
    words |= _departed_champion_words(facts)
    created, modified = day_numbers(facts["created_date"]), day_numbers(facts["last_modified_date"])
    close = day_numbers(facts["close_date"])
    term_end = np.where(facts["contract_end"].is_null(), close, day_numbers(facts["contract_end"]))
    before = np.maximum(working_day_before(modified - 1 - choose(keys, "before modified", 8)), created)
    before = np.maximum(before, _latest_change(facts, modified))
    style = date_styles(keys)
    words |= {
        "created": date_words(created, style),
        "created_month": month_words(created),
        "created_q": quarter_words(created),
        "mod": date_words(modified, style),
        "lately": date_words(before, style),
        "soon": date_words(working_day(modified + 2 + choose(keys, "soon", 9)), style),
        "later": date_words(working_day(modified + 9 + choose(keys, "later", 14)), style),
        "close": _full_dates().gather(close - _CALENDAR_START),
        "close_about": part_of_month_words(close),
        "close_q": quarter_words(close),
        "term_end": _full_dates().gather(term_end - _CALENDAR_START),
        "term_end_month": month_words(term_end, with_year=True),
        "term_end_q": quarter_words(term_end),
        "term_start": _full_dates().gather(term_end + 1 - _CALENDAR_START),
        "created_year": _years().gather(created - _CALENDAR_START),
    }
    return words


def element_date_words(facts: pl.DataFrame, element: str, keys: UInt64Array) -> dict[str, pl.Series]:
    """Dates around the day on which an element's evidence was written; of no use where nothing was.

    `d` the day itself, `d0` a day up to nine days before it on which nobody else was there, `d1` and `d2` days that are
    planned after it, `old` a month long before it and `old_day` a day then, `old_year` the fiscal year of it. What is
    old in a renewal is from the first weeks of the term that ends.
    """
    created = day_numbers(facts["created_date"])
    written = np.where(facts[f"{element}_date"].is_null().to_numpy(), created, day_numbers(facts[f"{element}_date"]))
    earlier = np.maximum(working_day_before(written - 1 - choose(keys, f"{element}/earlier", 9)), created)
    earlier = np.maximum(earlier, _latest_change(facts, written))
    next_day = working_day(written + 4 + choose(keys, f"{element}/next", 8))
    ago = written - 240 - choose(keys, f"{element}/old", 260)
    term_start = day_numbers(facts["contract_end"]) - (TERM_DAYS - 1)
    early = term_start + 3 + choose(keys, f"{element}/old", _EARLY_DAYS)
    old = working_day_before(np.where(facts["contract_end"].is_null(), ago, early))
    style = date_styles(keys)
    return {
        "d": date_words(written, style),
        "d0": date_words(np.minimum(earlier, written), style),
        "d1": date_words(next_day, style),
        "d2": date_words(working_day(next_day + 5 + choose(keys, f"{element}/after next", 10)), style),
        "old": month_words(old, with_year=True),
        "old_day": _full_dates().gather(old - _CALENDAR_START),
        "old_year": "FY" + _years().gather(old - _CALENDAR_START),
    }


def date_words(days: IntArray, style: IntArray) -> pl.Series:
    """Days in the styles of `date_styles`."""
    return _styled_dates().gather(style * len(_dates()) + days - _CALENDAR_START)


def date_styles(keys: UInt64Array) -> IntArray:
    """How each deal's seller writes dates: 14 Mar, 14 March, 14 Mar 2026 or Mar 14."""
    return np.searchsorted(_DATE_STYLE_LIMITS, uniform(keys, "date style"), side="right").astype(np.int64)


def month_words(days: IntArray, *, with_year: bool = False) -> pl.Series:
    """The months of the days: March, or March 2026."""
    return _months(with_year=with_year).gather(days - _CALENDAR_START)


def quarter_words(days: IntArray) -> pl.Series:
    """The quarters of the days: Q1 2026."""
    return _quarters().gather(days - _CALENDAR_START)


def part_of_month_words(days: IntArray) -> pl.Series:
    """The part of the month: early March, mid-March or the end of March."""
    return _parts_of_months().gather(days - _CALENDAR_START)


def short_dollars(amount: pl.Expr) -> pl.Expr:
    """Dollars as sellers say them: $900, $84K, $1.2M."""
    thousands = (amount / 1000).round().cast(pl.Int64)
    tenths = (amount / 100_000).round().cast(pl.Int64)
    millions = pl.concat_str(
        pl.lit("$"),
        tenths // 10,
        pl.when(tenths % 10 == 0).then(pl.lit("")).otherwise(pl.concat_str(pl.lit("."), tenths % 10)),
        pl.lit("M"),
    )
    return (
        pl.when(amount < 1000)
        .then(pl.concat_str(pl.lit("$"), amount.round().cast(pl.Int64)))
        .when(thousands < 1000)
        .then(pl.concat_str(pl.lit("$"), thousands, pl.lit("K")))
        .otherwise(millions)
    )


def counted_units(column: str) -> pl.Expr:
    """A column of DEAL_FACTS that counts units of the product, with the unit behind it: "170 seats"."""
    plural = pl.when(pl.col(column) == 1).then(pl.lit("")).otherwise(pl.lit("s"))
    return pl.concat_str(with_commas(pl.col(column)), pl.lit(" "), pl.col("product_unit"), plural)


def with_commas(number: pl.Expr) -> pl.Expr:
    """Whole numbers as text, with commas between thousands."""
    millions, thousands, rest = number // 1_000_000, number // 1000 % 1000, number % 1000
    three = (thousands.cast(pl.String).str.zfill(3), rest.cast(pl.String).str.zfill(3))
    return (
        pl.when(number < 1000)
        .then(number.cast(pl.String))
        .when(number < 1_000_000)
        .then(pl.concat_str(thousands, pl.lit(","), three[1]))
        .otherwise(pl.concat_str(millions, pl.lit(","), three[0], pl.lit(","), three[1]))
    )


def persons_on(
    facts: pl.DataFrame, days: pl.Series, words: Mapping[str, pl.Series], slots: Container[str] | None = None
) -> dict[str, pl.Series]:
    """The words for the persons as they were when something was written, where that is not who they are in the end.

    Args:
        facts: Columns of DEAL_FACTS.
        days: When it was written, NULL where nothing was.
        words: The words of the facts.
        slots: Those that are of use, of which the others are left out; all when None.
    """
    found: dict[str, pl.Series] = {}
    for person, prefix in PERSON_SLOTS.items():
        is_before = (days < facts[f"{person}_since"]).fill_null(value=False)
        if not is_before.any():
            continue
        for form in _NAME_FORMS:
            slot = f"{prefix}{form}"
            if slots is None or slot in slots or slot.capitalize() in slots:
                found[slot] = words[f"{_BEFORE}{slot}"].zip_with(is_before, words[slot])
    return found


def _latest_change(facts: pl.DataFrame, days: IntArray) -> IntArray:
    """The last day up to each day on which somebody was found to have left; 0 where there is none."""
    latest = np.zeros(facts.height, dtype=np.int64)
    for person in PERSONS:
        since = day_numbers(facts[f"{person}_since"])
        latest = np.maximum(latest, np.where(since <= days, since, 0))
    return latest


def _words_of_before(facts: pl.DataFrame, person: str, prefix: str) -> dict[str, pl.Series]:
    """Words for whom each person has succeeded, NULL where that is nobody."""
    rows = np.flatnonzero(facts[f"{person}_since"].is_not_null().to_numpy())
    names = facts.select("text_key", f"departed_{person}_name", f"departed_{person}_title")[rows]
    words = _person_words(names, f"departed_{person}", prefix)
    return {f"{_BEFORE}{slot}": scatter(of_rows, rows, facts.height) for slot, of_rows in words.items()}


def _departed_champion_words(facts: pl.DataFrame) -> dict[str, pl.Series]:
    """Words for the champion who has left; where nobody has, those for the champion, which no template then uses."""
    both = facts.select(
        "text_key",
        departed_name=pl.coalesce("departed_champion_name", "champion_name"),
        departed_title=pl.coalesce("departed_champion_title", "champion_title"),
    )
    return _person_words(both, "departed", _DEPARTED)


def _person_words(facts: pl.DataFrame, person: str, prefix: str) -> dict[str, pl.Series]:
    name, title = facts[f"{person}_name"], facts[f"{person}_title"]
    abbreviates = uniform(facts["text_key"].to_numpy(), "abbreviates titles") < _ABBREVIATED_SHARE
    parts = name.str.splitn(" ", 2)
    first = parts.struct.field("field_0")
    short = title.replace(_TITLE_ABBREVIATIONS)
    frame = pl.DataFrame({"title": title, "short": short, "abbreviates": abbreviates})
    titles = frame.select(
        pl.when("abbreviates").then("short").otherwise("title").str.replace_all(", ", " ", literal=True)
    ).to_series()
    return {
        prefix: name,
        f"{prefix}_first": first,
        f"{prefix}_last": parts.struct.field("field_1").fill_null(first),
        f"{prefix}_title": titles,
    }


@cache
def _dates() -> pl.Series:
    return pl.Series(np.arange(_CALENDAR_START, _CALENDAR_END + 1, dtype=np.int32)).cast(pl.Date)


@cache
def _full_dates() -> pl.Series:
    return _styled("{day} {short} {year}")


@cache
def _styled_dates() -> pl.Series:
    return pl.concat([_styled(style) for style in _DATE_STYLES], rechunk=True)


def _styled(style: str) -> pl.Series:
    dates = _dates()
    formatted = style.format(day="%-d", short="%b", long="%B", year="%Y")
    return dates.dt.strftime(formatted)


@cache
def _months(*, with_year: bool) -> pl.Series:
    return _styled("{long} {year}" if with_year else "{long}")


@cache
def _years() -> pl.Series:
    return _styled("{year}")


@cache
def _quarters() -> pl.Series:
    frame = pl.DataFrame({"date": _dates()})
    return frame.select(
        pl.concat_str(pl.lit("Q"), pl.col("date").dt.quarter(), pl.lit(" "), pl.col("date").dt.year())
    ).to_series()


@cache
def _parts_of_months() -> pl.Series:
    frame = pl.DataFrame({"date": _dates()})
    day, month = pl.col("date").dt.day(), pl.col("date").dt.strftime("%B")
    return frame.select(
        pl.when(day <= 10).then("early " + month).when(day <= 20).then("mid-" + month).otherwise("the end of " + month)
    ).to_series()
