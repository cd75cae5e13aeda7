"""A column of discounts beside price and quantity: whether it says parts of a hundred, parts of one, or money.

It is decided by the words in its name and by its values, and where both leave a choice it is asked for: 10 may be a
tenth off or ten euros off. How the money comes to be is in `etl/discounts.py`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from synthdeal_assets.sales.product_map.names_in_use import IN_USE, spelling_of

PERCENT: Final = "percent"
FRACTION: Final = "fraction"
AMOUNT: Final = "amount"
DISCOUNTS: Final = (PERCENT, FRACTION, AMOUNT)

MEANING: Final = {
    PERCENT: "parts of a hundred: 10 takes a tenth off",
    FRACTION: "parts of one: 0.1 takes a tenth off",
    AMOUNT: "the money that is off the line",
}

MIXED_SIGNS: Final = "some are above and some below nothing"


@dataclass(frozen=True, slots=True)
class SeenDiscounts:
    """What the values of a column of discounts are like.

    Attributes:
        nonzero: Rows in which it is not nothing.
        largest: The largest, whatever its sign; 0 where there is none.
        parts_of_one: Rows in which it is between 0 and 1, both left out.
        with_sign: Rows in which a percent sign stands beside it.
        above_line: Rows in which it is more than price times quantity.
        below_nothing: Rows in which it is negative.
        example: The first one that is not nothing; None where there is none.
        example_row: The row of it.
    """

    nonzero: int
    largest: float
    parts_of_one: int
    with_sign: int
    above_line: int
    below_nothing: int
    example: str | None
    example_row: int | None


def is_discount(name: str) -> bool:
    """Whether a name says a discount and nothing else, such as Discount %, Rabattsatz or Importe descuento."""
    return _NAME.fullmatch(spelling_of(name)) is not None


def kinds_by_name(name: str) -> frozenset[str]:
    """What a column of discounts may say by its name; nothing where it says the discount of one unit."""
    others = _DISCOUNT.sub("", spelling_of(name))
    if any(word in others for word in IN_USE["each_word"]):
        return frozenset()
    if any(word in others for word in (*IN_USE["percent_word"], *IN_USE["rate_word"])):
        return frozenset({PERCENT, FRACTION})
    if re.search(r"[$€£]|[(\[](?:usd|eur|gbp|chf)[)\]]", name, re.IGNORECASE) or any(
        word in others for word in IN_USE["discount_amount_word"]
    ):
        return frozenset({AMOUNT})
    return frozenset(DISCOUNTS)


def kind_of_discount(name: str, seen: SeenDiscounts) -> str | None:
    """Which of `DISCOUNTS` a column says; None where nothing decides.

    Args:
        name: What it is called.
        seen: What its values are like, of which one is not nothing.
    """
    kinds = set(kinds_by_name(name))
    if 0 < seen.below_nothing < seen.nonzero:
        return None
    if seen.with_sign:
        return PERCENT if seen.with_sign == seen.nonzero and PERCENT in kinds and seen.largest <= 100 else None
    if seen.largest > 100:
        kinds.discard(PERCENT)
    if seen.largest > 1:
        kinds.discard(FRACTION)
    if seen.above_line:
        kinds.discard(AMOUNT)
    says_percent = any(word in spelling_of(name) for word in IN_USE["percent_word"])
    if FRACTION in kinds and seen.parts_of_one and not says_percent:
        # Hundredths of a percent and single cents are no discounts.
        return FRACTION
    return kinds.pop() if len(kinds) == 1 else None


def _any_of(*roles: str) -> str:
    return "|".join(sorted((re.escape(word) for role in roles for word in IN_USE[role]), key=len, reverse=True))


_DISCOUNT: Final = re.compile(_any_of("discount_word"))
_BESIDE: Final = _any_of("percent_word", "rate_word", "discount_amount_word", "each_word", "beside_discount", "of_word")
_NAME: Final = re.compile(rf"(?:{_BESIDE})*(?:{_any_of('discount_word')})(?:{_BESIDE})*")
