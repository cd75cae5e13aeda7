"""Phone numbers that follow the place of an account: one of its area that is kept for fiction, or none.

Which numbers are kept is in `foundation/drawing/fictional_phones.py`; which city lies in which area, in
`names/phone_areas.csv`.
"""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np
import polars as pl

from synthdeal_assets.foundation.drawing.fictional_phones import drawn_numbers, forms_of_area
from synthdeal_assets.foundation.drawing.randomness import IntArray, UInt64Array, choose
from synthdeal_assets.world.name_pools import name_pool

_ELSEWHERE: Final = ""
"""Stands for every city of a country that is not named."""


@cache
def phone_forms(country: str, city: str) -> tuple[str, ...]:
    """The forms of the numbers that are kept for fiction in the areas of a city; none where there are none."""
    places = name_pool("phone_areas").fill_null("").filter(country=country)
    of_city = places.filter(pl.col("city").is_in([city, _ELSEWHERE])).sort("city", descending=True)
    return tuple(
        form
        for code, areas in of_city.select("country_code", "areas").head(1).iter_rows()
        for area in areas.split() or [""]
        for form in forms_of_area(code, area)
    )


def phone_prefixes() -> dict[str, str]:
    """What every number of a country begins with, such as "+353 "; only of those with numbers kept for fiction."""
    places = name_pool("phone_areas").fill_null("")
    one_city = dict(places.select("country", "city").iter_rows())
    return {country: f"{phone_forms(country, city)[0].split(' ')[0]} " for country, city in one_city.items()}


def fictional_phones(countries: pl.Series, cities: pl.Series, place: IntArray, keys: UInt64Array) -> pl.Series:
    """A number such as "+44 20 7946 0123" for each key; NULL where no number of the country is kept for fiction.

    Args:
        countries: Country of each place.
        cities: City of each place.
        place: For each key the row of its place.
        keys: What each number is drawn with.
    """
    places = pl.DataFrame({"country": countries, "city": cities})
    different = places.unique(maintain_order=True)
    row = places.join(different.with_row_index("row"), on=["country", "city"], how="left", maintain_order="left")["row"]
    city_of_key = row.to_numpy()[place]
    forms = [phone_forms(country, city) for country, city in different.iter_rows()]
    counts = np.array([len(of_city) for of_city in forms], dtype=np.int64)
    starts = np.cumsum(counts) - counts
    every_form = pl.Series([form for of_city in forms for form in of_city], dtype=pl.String)
    there = np.flatnonzero(counts[city_of_key])
    city = city_of_key[there]
    of_key = starts[city] + choose(keys[there], "area", 2**20) % counts[city]
    numbers = drawn_numbers(every_form.gather(of_key), keys[there])
    return pl.Series([None], dtype=pl.String).new_from_index(0, place.size).scatter(there, numbers)
