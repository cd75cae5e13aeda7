"""Who is in the synthetic log: the accounts of the world first, and then companies that nobody has heard of.

A place in the log stays, whatever day it is seen on: the first ones belong to the slots of the world's accounts, which
are in the accounts' ids, and each of the others to one company after the other (`relationships` in `buying.py`).
"""

from __future__ import annotations

import datetime as dt
from string import ascii_uppercase
from typing import Final

import numpy as np
import polars as pl

from synthdeal_assets.foundation.drawing.names import companies
from synthdeal_assets.foundation.drawing.names.pools import csv_pool
from synthdeal_assets.foundation.drawing.randomness import IntArray, UInt64Array, choose, choose_by_share, mix
from synthdeal_assets.sales.synthetic.buying import INDUSTRIES, MAX_CUSTOMERS_PER_PLACE, relationships
from synthdeal_assets.sales.synthetic.reps import Reps
from synthdeal_assets.world.tables import REGIONS, SEGMENTS

SEGMENT_SHARES: Final = (0.40, 0.42, 0.18)
"""Share of the invented customers in each of `SEGMENTS`: an ERP knows more small ones than a CRM has accounts."""
REGION_SHARES: Final = (0.46, 0.33, 0.14, 0.07)

PLACES_OF_A_SLOT: Final = 1.2
"""Accounts that are customers within four years, for each of the world's slots, whose accounts come and go: 330 of 275
slots at the default size. So the log is about as large as it is to be, whatever its share of accounts."""

NEVER_LEAVES: Final = 10_000_000
"""The day of an account's last order: whether it is a customer is said by its contracts."""

_ID_OF_ACCOUNT: Final = r"^ACC-(\d+)([A-Z]?)$"


def find_customers(seed: int, as_of: dt.date, accounts: pl.DataFrame, reps: Reps, count: int) -> pl.DataFrame:
    """Who may be in the log.

    Args:
        seed: Seed of the world.
        as_of: Last day of the log.
        accounts: crm.accounts.
        reps: The seats of the sales team.
        count: Customers in the log, about.

    Returns:
        customer_id, name, key, begins and ends (days), industry, segment and region (positions), seat (who looks after
        the customer) and is_account; the accounts first.
    """
    slots = _slot_and_generation(accounts)["slot"].max()
    known = min(int(slots) if isinstance(slots, int) else 0, int(count / PLACES_OF_A_SLOT))
    return pl.concat(
        [
            _accounts(seed, accounts, reps, known),
            _strangers(seed, as_of, reps, range(round(known * PLACES_OF_A_SLOT), count)),
        ]
    )


def _accounts(seed: int, accounts: pl.DataFrame, reps: Reps, slots: int) -> pl.DataFrame:
    """The accounts of the first slots."""
    place = _slot_and_generation(accounts)
    accounts = accounts.filter(place["slot"] <= slots).sort("account_id")
    place = _slot_and_generation(accounts)
    slot, generation = (place[name].to_numpy().astype(np.uint64) for name in ("slot", "generation"))
    return pl.DataFrame(
        {
            "customer_id": accounts["account_id"],
            "name": accounts["name"],
            "key": mix(_place_keys(seed, slot - 1) + generation, "customer of the place"),
            "begins": accounts["created_date"].to_physical().cast(pl.Int64),
            "ends": np.full(accounts.height, NEVER_LEAVES),
            "industry": _positions(accounts["industry"], companies.INDUSTRIES),
            "segment": _positions(accounts["segment"], SEGMENTS),
            "region": _positions(accounts["region"], REGIONS),
            "seat": reps.seats_of(accounts["owner_id"]),
            "is_account": np.ones(accounts.height, dtype=bool),
        }
    )


def _strangers(seed: int, as_of: dt.date, reps: Reps, places: range) -> pl.DataFrame:
    """The invented companies that have these places of the log."""
    place = _place_keys(seed, np.array(places, dtype=np.uint64))
    earlier, begins, ends = relationships(place, as_of)
    number = np.array(places, dtype=np.int64) * MAX_CUSTOMERS_PER_PLACE + earlier
    key = mix(place + earlier.astype(np.uint64), "customer of the place")
    region = choose_by_share(key, "region", REGION_SHARES)
    return pl.DataFrame(
        {
            "customer_id": _debtor_numbers(number),
            "name": _company_names(seed, number, region, key),
            "key": key,
            "begins": begins,
            "ends": ends,
            "industry": choose(key, "industry", INDUSTRIES),
            "segment": choose_by_share(key, "segment", SEGMENT_SHARES),
            "region": region,
            "seat": reps.some_seat(region, key, "rep"),
            "is_account": np.zeros(key.size, dtype=bool),
        }
    )


def _place_keys(seed: int, places: UInt64Array) -> UInt64Array:
    return mix(places, f"{seed}|sales customer")


def _slot_and_generation(accounts: pl.DataFrame) -> pl.DataFrame:
    """The slot of each account, from 1, and which of those of the slot it is, 0 in a world where each has its own."""
    of_id = accounts["account_id"].str.extract_groups(_ID_OF_ACCOUNT).struct.unnest()
    return of_id.select(
        slot=pl.col("1").cast(pl.Int64),
        generation=pl.col("2").replace_strict(tuple(ascii_uppercase), range(1, 27), default=0, return_dtype=pl.Int64),
    )


def _positions(values: pl.Series, among: tuple[str, ...]) -> pl.Series:
    return values.replace_strict(among, range(len(among)), return_dtype=pl.Int64)


def _debtor_numbers(number: IntArray) -> pl.Series:
    """Customer ids such as "D43182071": eight digits that do not look counted, no two the same."""
    # 7,368,787 is prime, and so shares no factor with the ninety million numbers.
    digits = pl.Series(10_000_000 + number * 7_368_787 % 90_000_000, dtype=pl.Int64)
    return pl.select(pl.concat_str(pl.lit("D"), digits.cast(pl.String))).to_series()


def _company_names(seed: int, number: IntArray, region: IntArray, key: UInt64Array) -> pl.Series:
    """Invented companies such as "Crevanta Optics GmbH": a made-up word, a trade and a legal form; no two the same."""
    words = csv_pool("synthdeal_assets.sales.synthetic", "names/company_words.csv")
    of_kind = {str(kind): words.filter(kind=kind)["word"] for kind in words["kind"].unique(maintain_order=True)}
    beginning, middle, ending, trade, style = (
        of_kind[kind] for kind in ("beginning", "middle", "ending", "trade", "style")
    )
    stems = beginning.len() * middle.len() * ending.len()
    # A step without a common factor visits every made-up word before the first comes again, with another trade.
    stem = (choose(np.zeros(1, dtype=np.uint64), f"{seed}|company names", stems)[0] + number * 1_000_003) % stems
    rounds = number // stems
    trades = (rounds + choose(stem.astype(np.uint64), f"{seed}|trade", trade.len())) % trade.len()
    styles = rounds // trade.len()
    forms = [of_kind[name] for name in REGIONS]
    form_start = np.cumsum([0, *(form.len() for form in forms)])[:-1][region]
    form_count = np.array([form.len() for form in forms])[region]
    form = form_start + choose(key, "legal form", 2**20) % form_count
    return pl.select(
        pl.concat_str(
            beginning.gather(stem // (middle.len() * ending.len())),
            middle.gather(stem // ending.len() % middle.len()),
            ending.gather(stem % ending.len()),
            pl.lit(" "),
            trade.gather(trades),
            style.gather(styles),
            pl.lit(" "),
            pl.concat(forms).gather(form),
        )
    ).to_series()
