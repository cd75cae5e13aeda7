"""Where an account can be written to: a street that is everywhere and nowhere, state, postal code and country code.

Which city an account lies in is decided in `company_names.py`; how a country writes a street, in
`foundation/drawing/streets.py`.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from synthdeal_assets.foundation.drawing.forms import filled
from synthdeal_assets.foundation.drawing.randomness import UInt64Array, choose, mix
from synthdeal_assets.foundation.drawing.streets import street_lines
from synthdeal_assets.world.name_pools import name_pool

_BETWEEN_CODES = "|"


def billing_addresses(countries: pl.Series, cities: pl.Series, keys: UInt64Array) -> pl.DataFrame:
    """The address of each account, given its city.

    Args:
        countries: Country of each account.
        cities: Its city, one of `names/cities.csv`.
        keys: What its address is drawn with.

    Returns:
        billing_street; billing_state and billing_state_code, NULL where addresses of the country have none;
        billing_postal_code, NULL where there are none; billing_country_code. All text.
    """
    places = pl.DataFrame({"country": countries, "city": cities}).join(
        name_pool("cities"), on=["country", "city"], how="left", maintain_order="left"
    )
    known = name_pool("countries")
    codes = countries.replace_strict(known["country"], known["country_code"])
    return pl.DataFrame(
        {
            "billing_street": street_lines(codes, mix(keys, "street")),
            "billing_state": places["state"],
            "billing_state_code": places["state_code"],
            "billing_postal_code": _postal_codes(places["postal_codes"], keys),
            "billing_country_code": codes,
        }
    )


def _postal_codes(forms: pl.Series, keys: UInt64Array) -> pl.Series:
    """A postal code for each key, one of its forms with the open places filled; NULL for NULL."""
    of_place = forms.fill_null("").str.split(_BETWEEN_CODES)
    counts = of_place.list.len().to_numpy().astype(np.int64)
    form = of_place.list.get(pl.Series(choose(keys, "postal code", 2**20) % counts))
    drawn = filled(form, lambda place: choose(keys, f"postal code/{place}", 2**20))
    return pl.select(pl.when(forms.is_not_null()).then(drawn)).to_series()
