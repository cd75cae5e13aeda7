"""What may be filled into a template: facts of the deal as a seller writes them.

Only single values stand here (a name, a date, an amount); words that suit the industry and the product come from
`lexicon.py`, and sentences are in the YAML files.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from synthdeal_assets.world.deal_facts import PERSONS
from synthdeal_assets.world.language.amounts import dollars, thousands
from synthdeal_assets.world.language.templates import KEY
from synthdeal_assets.world.randomness import UInt64Array, choose, uniform

_SHORT_NAMES: Final = {"economic_buyer": "eb"}
"""Persons whose gaps are not called as in the facts."""

UNIT_SEPARATOR: Final = " \N{EN DASH} "
"""Between a company and its unit in the name of an account."""

_DAY: Final = "%-d %b"
_DAY_AND_YEAR: Final = "%-d %b %Y"


def fact_slots(facts: pl.DataFrame) -> pl.DataFrame:
    """The facts of each deal as words, in the order of the rows.

    Columns: text_key; account, company (without its unit), scope (the unit, or else the city), city; product, unit,
    units, size ("120 seats"), amount ("$1.2M"), amount_exact, unit_price; value (what the customer would gain in a
    year) and cost (what the problem costs in a year), both above the amount; employees, owner, slips; close,
    close_full, created, between (some day up to the last change), changed; and for each person the name, {}_first
    and {}_role.
    """
    keys = facts[KEY].to_numpy()
    drawn = facts.with_columns(
        value_factor=pl.Series(2.0 + 3.0 * uniform(keys, "value")),
        cost_factor=pl.Series(3.0 + 5.0 * uniform(keys, "cost")),
        between_factor=pl.Series(0.3 + 0.4 * uniform(keys, "between")),
    )
    amount, quantity = pl.col("amount"), pl.col("quantity")
    name_parts = pl.col("account_name").str.split(UNIT_SEPARATOR)
    created, changed = pl.col("created_date"), pl.col("last_modified_date")
    open_days = ((changed - created).dt.total_days() * pl.col("between_factor")).floor().cast(pl.Int64)
    return drawn.select(
        KEY,
        account=pl.col("account_name"),
        company=name_parts.list.first(),
        scope=name_parts.list.get(1, null_on_oob=True).fill_null(pl.col("billing_city")),
        city=pl.col("billing_city"),
        product=pl.col("product_name"),
        product_short=pl.col("product_name").str.strip_prefix("Northlight "),
        unit=pl.col("product_unit"),
        units=pl.col("product_unit") + "s",
        size=pl.concat_str(
            thousands(quantity),
            pl.lit(" "),
            pl.col("product_unit"),
            pl.when(quantity == 1).then(pl.lit("")).otherwise(pl.lit("s")),
        ),
        amount=dollars(amount),
        amount_exact=pl.concat_str(pl.lit("$"), thousands(amount.round(0))),
        unit_price=pl.concat_str(pl.lit("$"), thousands((amount / quantity).round(0))),
        value=dollars((amount * pl.col("value_factor")).round_sig_figs(2)),
        cost=dollars((amount * pl.col("cost_factor")).round_sig_figs(2)),
        employees=thousands(pl.col("number_of_employees")),
        owner=pl.col("owner_name"),
        slips=pl.col("slips").cast(pl.String),
        close=pl.col("close_date").dt.strftime(_DAY),
        close_full=pl.col("close_date").dt.strftime(_DAY_AND_YEAR),
        created=created.dt.strftime(_DAY),
        between=(created + pl.duration(days=open_days)).dt.strftime(_DAY),
        changed=changed.dt.strftime(_DAY),
        **_persons(),
    )


def _persons() -> dict[str, pl.Expr]:
    columns = {}
    for person in PERSONS:
        short = _SHORT_NAMES.get(person, person)
        columns[short] = pl.col(f"{person}_name")
        columns[f"{short}_first"] = pl.col(f"{person}_name").str.split(" ").list.first()
        columns[f"{short}_role"] = pl.col(f"{person}_title").str.replace_all(", ", " ", literal=True)
    return columns


def writing_slots(written: pl.Series, keys: UInt64Array, place: str) -> pl.DataFrame:
    """Days as seen from the day something was written; NULL where it was not.

    Columns: when ("14 Mar"), weekday ("Tue 14 Mar"); soon (6 to 18 days after), later (20 to 40 days after), before (2
    to 9 days before), all working days; long_ago and long_ago_month (250 to 480 days before); last_year.
    """

    def shifted(name: str, fewest: int, most: int) -> pl.Expr:
        return pl.col("written") + pl.duration(days=_drawn(keys, f"{place}/{name}", fewest, most))

    long_ago = shifted("long ago", -480, -250)
    return pl.DataFrame({"written": written}).select(
        when=pl.col("written").dt.strftime(_DAY),
        weekday=pl.col("written").dt.strftime("%a %-d %b"),
        soon=_working_day(shifted("soon", 6, 18)).dt.strftime(_DAY),
        later=_working_day(shifted("later", 20, 40)).dt.strftime(_DAY),
        before=_working_day(shifted("before", -9, -2)).dt.strftime(_DAY),
        long_ago=_working_day(long_ago).dt.strftime(_DAY_AND_YEAR),
        long_ago_month=long_ago.dt.strftime("%B %Y"),
        last_year=(pl.col("written").dt.year() - 1).cast(pl.String),
    )


def _drawn(keys: UInt64Array, salt: str, fewest: int, most: int) -> pl.Expr:
    return pl.lit(pl.Series(fewest + choose(keys, salt, most - fewest + 1)))


def _working_day(day: pl.Expr) -> pl.Expr:
    """The same day, or the Friday before a weekend."""
    return day - pl.duration(days=(day.dt.weekday() - 5).clip(lower_bound=0))
