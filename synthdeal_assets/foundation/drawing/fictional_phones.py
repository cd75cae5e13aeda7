"""Telephone numbers that nobody has, because a regulator keeps them for fiction: which, how they are drawn and told.

The ranges and who keeps them are in `names/fictional_phones.csv`. Where no regulator keeps any, there is no number
here; which city lies in which area, and what takes the place of a number, belongs in the room that draws.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final

import polars as pl

from synthdeal_assets.foundation.drawing.forms import filled
from synthdeal_assets.foundation.drawing.names.pools import csv_pool
from synthdeal_assets.foundation.drawing.randomness import UInt64Array, choose

NORTH_AMERICA: Final = ("US", "CA")
"""Countries whose ranges are the same ones in every area."""

_AREA: Final = r"(?:[2-79]\d{2}|8(?:[129]\d|0[1-9]|3[0-24-9]|4[0-35-9]|5[0-46-9]|6[0-57-9]|7[0-689]|8[0-79]))"
"""A North American area that lies somewhere: 800, 833 and so on to 888 are free of charge, and have no such range."""

_BETWEEN: Final = r"[ ./()-]*"
"""What people write between the digits of a number."""


def fictional_ranges() -> pl.DataFrame:
    """Every range as text: country_code, kind (fixed, mobile or "" for both), region, city, form and reserved_by.

    A form is a number with a # for any digit. An empty region or city stands for all of it.
    """
    return csv_pool(__package__, "names/fictional_phones.csv").fill_null("")


@cache
def forms_of_area(country_code: str, area: str) -> tuple[str, ...]:
    """The forms of an area of a country's numbering plan that are kept for fiction, none where there are none.

    Args:
        country_code: Such as "GB".
        area: Such as "20" for London; "" for the numbers that lie in no city or region.
    """
    if country_code in NORTH_AMERICA:
        return (f"+1 {area}-555-01##",) if re.fullmatch(_AREA, area) else ()
    ranges = fictional_ranges().filter(country_code=country_code)
    anywhere = (pl.col("region") == "") & (pl.col("city") == "") & (pl.col("kind") != "mobile")
    of_area = pl.col("form").str.contains(rf"^\+\d+ {area} ") & (pl.col("kind") == "fixed")
    return tuple(dict.fromkeys(ranges.filter(of_area if area else anywhere)["form"]))


def drawn_numbers(forms: pl.Series, keys: UInt64Array) -> pl.Series:
    """A number of each form; the same form and key give the same one."""
    return filled(forms, lambda place: choose(keys, str(place), 10))


def written_pattern() -> str:
    """What the numbers look like as they are drawn: a regular expression (RE2) to be matched in full."""
    others = (re.escape(form).replace(r"\#", r"\d") for form in _other_forms())
    return "|".join([rf"\+1 {_AREA}-555-01\d{{2}}", *others])


def pattern_in_texts() -> str:
    """A regular expression (RE2) that finds these numbers and no others in texts, however their digits are grouped.

    Abroad and at home: +44 20 7946 0123, 0044 (0)20 7946 0123, 020 79460123 and (212) 555-0137. A number as it is
    written at home is one only where no other country's code stands before it, so that the sign before it belongs to
    the match.
    """
    at_home = r"(?:^|[^\d+ (./-] ?)\(?"
    line = rf"{_AREA}{_BETWEEN}555{_BETWEEN}01\d{{2}}\b"
    patterns = [rf"(?:\+|\b00)1{_BETWEEN}{line}", rf"{at_home}(?:{line}|555-01\d{{2}}\b)"]
    of_code: dict[str, list[str]] = {}
    for form in _other_forms():
        code, _, number = form[1:].partition(" ")
        digits = _BETWEEN.join(re.sub("[^0-9#]", "", number)).replace("#", r"\d")
        of_code.setdefault(code, []).append(digits)
    for code, numbers in of_code.items():
        abroad = rf"(?:\+|\b00){code}{_BETWEEN}(?:\(0\){_BETWEEN})?"
        patterns.append(rf"(?:{abroad}|{at_home}0{_BETWEEN})(?:{'|'.join(numbers)})\b")
    return "|".join(patterns)


def _other_forms() -> list[str]:
    """The forms outside North America, each once."""
    return list(dict.fromkeys(form for form in fictional_ranges()["form"] if not form.startswith("+1 ")))
