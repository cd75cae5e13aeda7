"""What is made up about a deal, once, so that notes, next step and evidence tell the same story.

Its pain, the number that shall move, what the pain costs, what comes up at the customer, the rival: drawn from banks by
industry and product family. How the seller words what is known about them belongs in `evidence.py` and `notes.py`.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl

from synthdeal_assets.world.language.fact_words import day_numbers, month_words, quarter_words, short_dollars
from synthdeal_assets.world.language.phrasebook import banks
from synthdeal_assets.world.language.rendering import Words, render
from synthdeal_assets.world.randomness import BoolArray, IntArray, UInt64Array, choose, uniform

INDUSTRIES_FILE: Final = "industries.yaml"
FAMILIES_FILE: Final = "families.yaml"
SURROUNDINGS_FILE: Final = "surroundings.yaml"

VENDOR: Final = "vendor"
INTERNAL: Final = "internal"
_VENDOR_SHARE: Final = 0.6

_EVENT_DAYS: Final = {"SMB": 100, "Mid-Market": 150, "Enterprise": 220}
"""Days from the deal's creation to what comes up at the customer, at least; usually after the first close date."""
_EVENT_SPREAD: Final = 60


def add_story(words: Words, facts: pl.DataFrame) -> Words:
    """The words with those of the deal's story.

    Adds the industry's `reps`, `deals`, `buyers`, `system`, `event`, `effect` and `standard`; the family's `pain` (a
    clause) and `issue` (the same as a noun), `measure` with `base` and `target`, `benefit`, `criterion` and
    `criterion_b`; the segment's `committee`, `legal` and `security`; `rival`, `referrer`, `show`; `cost` and `value`
    in dollars a year; `event_month` and `event_quarter`; `before_units`, what the customer has had so far.
    """
    keys = facts["text_key"].to_numpy()
    words = words.with_words(_drawn_numbers(facts, keys))
    words = _add_words(words, INDUSTRIES_FILE, facts["industry"], keys, {})
    words = _add_words(words, SURROUNDINGS_FILE, facts["segment"], keys, {})
    words = words.with_words({"rival": _rival(words, keys)})
    return _add_words(
        words,
        FAMILIES_FILE,
        facts["product_family"],
        keys,
        {"pain": ("pain", "issue"), "measure": ("measure", "base", "target")},
    )


def rival_kinds(keys: UInt64Array) -> BoolArray:
    """Whether each deal's rival is a vendor; else it is something the customer has or does already."""
    return uniform(keys, "rival/kind") < _VENDOR_SHARE


def event_days(facts: pl.DataFrame) -> IntArray:
    """The day, as days since 1970-01-01, on which `event` comes up; it does not move when the close date does."""
    keys = facts["text_key"].to_numpy()
    least = facts["segment"].replace_strict(_EVENT_DAYS, return_dtype=pl.Int64).to_numpy()
    return day_numbers(facts["created_date"]) + least + choose(keys, "event/day", _EVENT_SPREAD)


def _add_words(
    words: Words, file_name: str, sections: pl.Series, keys: UInt64Array, forms: dict[str, tuple[str, ...]]
) -> Words:
    for name, bank_forms in banks(file_name).items():
        codes = bank_forms[0].codes(sections)
        names = forms.get(name, (name,))
        words = words.with_words(
            {slot: render(bank, codes, words, keys) for slot, bank in zip(names, bank_forms, strict=True)}
        )
    return words


def _rival(words: Words, keys: UInt64Array) -> pl.Series:
    (bank,) = banks("rivals.yaml")["rival"]
    codes = np.where(rival_kinds(keys), bank.sections.index(VENDOR), bank.sections.index(INTERNAL))
    return render(bank, codes, words, keys)


def _drawn_numbers(facts: pl.DataFrame, keys: UInt64Array) -> dict[str, pl.Series]:
    events = event_days(facts)
    frame = facts.select(
        "amount",
        "quantity",
        cost_factor=pl.Series(0.7 + 1.3 * uniform(keys, "cost")),
        value_factor=pl.Series(1.3 + 2.4 * uniform(keys, "value")),
        before_factor=pl.Series(
            np.where(uniform(keys, "before") < 0.5, 0.35, 0.6) + 0.2 * uniform(keys, "before/size")
        ),
        shrinks=pl.col("type") == "Existing Customer - Downgrade",
    )
    before = (
        pl.when("shrinks")
        .then(pl.col("quantity") / pl.col("before_factor"))
        .otherwise(pl.col("quantity") * pl.col("before_factor"))
    )
    rounded = frame.select(
        cost=short_dollars(_two_digits(pl.col("amount") * pl.col("cost_factor"))),
        value=short_dollars(_two_digits(pl.col("amount") * pl.col("value_factor"))),
        before_units=pl.max_horizontal(before.round().cast(pl.Int64), 2).cast(pl.String)
        + pl.lit(" ")
        + facts["product_unit"]
        + pl.lit("s"),
    ).to_dict(as_series=True)
    return rounded | {"event_month": month_words(events), "event_quarter": quarter_words(events)}


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
