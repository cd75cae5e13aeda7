"""Numbers that nobody has: drawn from the ranges that regulators keep for fiction, and told from all others."""

import re

import numpy as np
import polars as pl
import pytest

from synthdeal_assets.foundation.drawing.fictional_phones import (
    NORTH_AMERICA,
    drawn_numbers,
    fictional_ranges,
    forms_of_area,
    pattern_in_texts,
    written_pattern,
)

WRITTEN, IN_TEXTS = re.compile(written_pattern()), re.compile(pattern_in_texts())
FORMS = fictional_ranges()["form"].unique(maintain_order=True)


def test_every_range_names_who_keeps_it_and_every_number_drawn_lies_in_one() -> None:
    assert not set(fictional_ranges()["reserved_by"]) & {"", None}
    forms = FORMS.gather(np.arange(20_000) % FORMS.len())
    numbers = drawn_numbers(forms, np.arange(20_000, dtype=np.uint64))
    assert all(WRITTEN.fullmatch(number) for number in numbers)
    assert numbers.n_unique() > 10_000
    some = pl.Series([19_999, 3])
    assert drawn_numbers(forms.gather(some), some.to_numpy().astype(np.uint64)).to_list() == numbers[some].to_list()


@pytest.mark.parametrize("form", FORMS)
def test_a_range_ends_where_its_regulator_ends_it(form: str) -> None:
    number = form.replace("#", "7")
    text = f"Call {number}, or {number.replace(' ', '').replace('-', '')}."
    assert len(IN_TEXTS.findall(text)) == 2
    assert not IN_TEXTS.search(f"Call {number}7")
    digits = [at for at, sign in enumerate(form) if sign.isdigit()]
    for at in digits[1:]:
        for digit in "0123456789":
            other = number[:at] + digit + number[at + 1 :]
            assert bool(IN_TEXTS.fullmatch(other)) is bool(WRITTEN.fullmatch(other)), other


@pytest.mark.parametrize(
    ("country", "area", "forms"),
    [
        ("US", "212", ("+1 212-555-01##",)),
        ("CA", "416", ("+1 416-555-01##",)),
        ("US", "800", ()),
        ("US", "888", ()),
        ("GB", "20", ("+44 20 7946 0###",)),
        ("GB", "1753", ()),
        ("GB", "", ("+44 1632 960###",)),
        ("FR", "4", ("+33 4 65 71 ## ##",)),
        ("AU", "", ()),
        ("JP", "3", ()),
    ],
)
def test_an_area_has_the_numbers_that_are_kept_in_it(country: str, area: str, forms: tuple[str, ...]) -> None:
    assert forms_of_area(country, area) == forms


def test_the_ranges_of_a_country_begin_with_its_code() -> None:
    codes = {
        "GB": "44",
        "DE": "49",
        "FR": "33",
        "AU": "61",
        "IE": "353",
        "SE": "46",
        **dict.fromkeys(NORTH_AMERICA, "1"),
    }
    for country, form in fictional_ranges().select("country_code", "form").iter_rows():
        assert form.startswith(f"+{codes[country]} ")
