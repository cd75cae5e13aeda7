"""What is made up about a deal, once, so that notes, next step and evidence tell the same story.

Its pain, the number that shall move, what the pain costs, what comes up at the customer, the rival: drawn from banks by
industry and product family. How the seller words what is known about them belongs in `evidence.py` and `notes.py`.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl

from synthdeal_assets.foundation.drawing.randomness import BoolArray, IntArray, UInt64Array, choose, uniform
from synthdeal_assets.world.frames import day_numbers
from synthdeal_assets.world.language.fact_words import (
    counted_units,
    month_words,
    quarter_words,
    short_dollars,
)
from synthdeal_assets.world.language.phrasebook import banks
from synthdeal_assets.world.language.rendering import Words, render
from synthdeal_assets.world.language.sections import RENEWAL_SECTION, is_renewal
from synthdeal_assets.world.salesforce_picklists import COMPETITORS

VENDOR: Final = "vendor"
INTERNAL: Final = "internal"
_VENDOR_SHARE: Final = 0.6

_OWN_PAIN_SHARE: Final = 0.55
"""Deals whose pain is peculiar to the industry; the others have one that its product family cures anywhere."""
_OWN_MEASURE_SHARE: Final = 0.35
_SELLING_FAMILIES: Final = ("Revenue Intelligence", "Sales Enablement")
"""Families that can move what an industry's sales teams are measured on."""

_EVENT_DAYS: Final = {"SMB": 100, "Mid-Market": 150, "Enterprise": 220}
"""Days from the deal's creation to what comes up at the customer, at least; usually after the first close date."""
_EVENT_SPREAD: Final = 60

_SLIP_COUNTS: Final = (
    "once",
    "twice",
    "three times",
    "four times",
    "five times",
    "six times",
    "seven times",
    "eight times",
)

_ANYONE: Final = "anyone"


def add_story(words: Words, facts: pl.DataFrame) -> Words:
    """The words with those of the deal's story.

    Of the industry: `reps`, `deals`, `buyers`, `partners`, `system`, `standard`, `criterion`, `trade`, `trigger` (a
    clause) and `event` (the same as a noun), with `event_month` and `event_quarter`. Of the product family: `benefit`,
    `criterion_b`. Of both: `pain` (a clause) and `issue` (the same as a noun), `measure` with `base` and `target`. Of
    the segment: `committee`, `legal`, `security`. Of the deal: `vendor` (one of COMPETITORS), `rival` (the vendor, or
    an alternative inside), `referrer`, `show`, `slip_count`, `slip_ordinal`, `before_units` (what the customer had of
    the product when the deal was created), and in dollars `cost` and `value` (a year) and `rival_price`.
    """
    keys = facts["text_key"].to_numpy()
    industry, family = facts["industry"], facts["product_family"]
    words = words.with_words(_drawn_numbers(facts, keys))
    words = words.with_words({"trade": industry.str.to_lowercase().str.replace(" & ", " and ", literal=True)})
    vendors = pl.Series(COMPETITORS).gather(choose(keys, "rival/vendor", len(COMPETITORS)))
    words = words.with_words({"vendor": vendors})
    words = _add_words(words, "industries.yaml", industry, keys)
    words = _add_words(words, "criteria.yaml", industry, keys)
    words = _add_words(words, "triggers.yaml", industry, keys, "trigger", "event")
    words = _add_words(words, "surroundings.yaml", facts["segment"], keys)
    anyone = pl.Series([_ANYONE]).new_from_index(0, len(keys))
    words = _add_words(words, "outsiders.yaml", anyone, keys, only=("referrer", "show"))
    fallback = np.where(is_renewal(facts), f"{RENEWAL_SECTION} {INTERNAL}", INTERNAL)
    rival_kind = pl.Series(np.where(rival_kinds(keys), VENDOR, fallback))
    words = _add_words(words, "outsiders.yaml", rival_kind, keys, only=("rival",))
    has_own_pain = uniform(keys, "pain/own") < _OWN_PAIN_SHARE
    pain = pl.select(pl.when(pl.Series(has_own_pain)).then(industry + " / " + family).otherwise(family)).to_series()
    words = _add_words(words, "pains.yaml", pain, keys, "pain", "issue")
    has_own_measure = (uniform(keys, "measure/own") < _OWN_MEASURE_SHARE) & family.is_in(_SELLING_FAMILIES).to_numpy()
    measure = pl.select(pl.when(pl.Series(has_own_measure)).then(industry).otherwise(family)).to_series()
    words = _add_words(words, "measures.yaml", measure, keys, "measure", "base", "target")
    return _add_words(words, "families.yaml", family, keys)


def rival_kinds(keys: UInt64Array) -> BoolArray:
    """Whether each deal's rival is a vendor; else it is something the customer has or does already."""
    return uniform(keys, "rival/kind") < _VENDOR_SHARE


def event_days(facts: pl.DataFrame) -> IntArray:
    """The day, as days since 1970-01-01, on which `event` comes up; it does not move when the close date does."""
    keys = facts["text_key"].to_numpy()
    least: IntArray = facts["segment"].replace_strict(_EVENT_DAYS, return_dtype=pl.Int64).to_numpy()
    return day_numbers(facts["created_date"]) + least + choose(keys, "event/day", _EVENT_SPREAD)


def _add_words(
    words: Words,
    file_name: str,
    sections: pl.Series,
    keys: UInt64Array,
    *form_names: str,
    only: tuple[str, ...] | None = None,
) -> Words:
    """The words with one for each bank of a file, named as the bank, or with its forms, named as given.

    The banks in `only`, or all of them, have the same sections.
    """
    chosen = {name: forms for name, forms in banks(file_name).items() if only is None or name in only}
    codes = next(iter(chosen.values()))[0].codes(sections)
    for name, forms in chosen.items():
        texts = (render(form, codes, words, keys) for form in forms)
        words = words.with_words(dict(zip(form_names or (name,), texts, strict=True)))
    return words


def _drawn_numbers(facts: pl.DataFrame, keys: UInt64Array) -> dict[str, pl.Series]:
    events = event_days(facts)
    factor = {
        "cost": 0.7 + 1.3 * uniform(keys, "cost"),
        "value": 1.3 + 2.4 * uniform(keys, "value"),
        "rival_price": 0.7 + 0.35 * uniform(keys, "rival price"),
    }
    dollars = {
        name: facts.select(short_dollars(_two_digits(pl.col("worth") * pl.Series(of_worth)))).to_series()
        for name, of_worth in factor.items()
    }
    slips = facts["slips"].clip(1, len(_SLIP_COUNTS))
    return dollars | {
        "before_units": facts.select(counted_units("held_quantity")).to_series(),
        "event_month": month_words(events),
        "event_quarter": quarter_words(events),
        "slip_count": pl.Series(_SLIP_COUNTS).gather(slips - 1),
        "slip_ordinal": (slips + 1).cast(pl.String),
    }


def _two_digits(amount: pl.Expr) -> pl.Expr:
    """Rounded as people round: to two leading digits."""
    step = (
        pl.when(amount < 10_000)
        .then(500)
        .when(amount < 100_000)
        .then(5_000)
        .when(amount < 1_000_000)
        .then(20_000)
        .otherwise(100_000)
    )
    return pl.max_horizontal((amount / step).round() * step, pl.lit(500.0))
