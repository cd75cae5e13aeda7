"""Blemishes: exact counts, every dirty value another one, everything recorded, and nothing else touched."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from fractions import Fraction

import numpy as np
import polars as pl
import pytest

from synthdeal_assets.datasets.engine.blemishes import (
    CLEAN,
    DirtyField,
    DuplicateRows,
    becomes_text,
    require_fitting,
)
from synthdeal_assets.datasets.engine.dirty_values import WAYS, as_text
from synthdeal_assets.datasets.engine.streams import hashes, uniforms
from synthdeal_assets.foundation.drawing.randomness import IntArray, choose
from synthdeal_assets_tests.failure_codes import failing_with

COUNT = 70_001
ROWS = np.arange(COUNT)
NAMES = pl.Series(["Ada Lovelace", "Grace", "Jörg Straße", "B", "Åse 7", "李小龙"])


def u(rows: IntArray, what: str) -> IntArray:
    return choose(hashes(rows, f"7|{what}"), what, 1_000_000)


def names(rows: IntArray) -> pl.Series:
    return NAMES.gather(u(rows, "name") % len(NAMES))


def phones(rows: IntArray) -> pl.Series:
    digits = pl.Series(u(rows, "phone") % 10_000).cast(pl.String).str.zfill(4)
    missing = pl.Series(u(rows, "no phone") % 8 == 0)
    return pl.select(pl.when(~missing).then(pl.lit("+1 202-555-") + digits)).to_series()


def amounts(rows: IntArray) -> pl.Series:
    return pl.Series(np.round(uniforms(hashes(rows, "amount")) * 9_000 + 0.5, 2))


def temperatures(rows: IntArray) -> pl.Series:
    return pl.Series(np.round((uniforms(hashes(rows, "celsius")) - 0.5) * 40, 1))


def quantities(rows: IntArray) -> pl.Series:
    return pl.Series(u(rows, "quantity") % 5)


def days(rows: IntArray) -> pl.Series:
    return pl.Series(np.datetime64("2025-01-01") + (u(rows, "day") % 365).astype("timedelta64[D]"))


def times(rows: IntArray) -> pl.Series:
    passed = pl.Series(u(rows, "time") * 31_000_000).cast(pl.Duration("us"))
    return (pl.Series([datetime(2025, 1, 1)] * rows.size, dtype=pl.Datetime("us")) + passed).dt.replace_time_zone("UTC")


def berlin(rows: IntArray) -> pl.Series:
    return times(rows).dt.convert_time_zone("Europe/Berlin")


def flags(rows: IntArray) -> pl.Series:
    return pl.Series(u(rows, "flag") % 2 == 0)


Field = Callable[[IntArray], pl.Series]
PAIRS = [
    (names, "typo"), (names, "wrong_case"), (names, "stray_blanks"), (names, "missing"),
    (phones, "typo"), (phones, "format_drift"), (phones, "missing"), (phones, "stray_blanks"),
    (amounts, "outliers"), (amounts, "format_drift"), (amounts, "missing"),
    (temperatures, "outliers"), (quantities, "outliers"), (quantities, "format_drift"),
    (days, "swapped_day_and_month"), (days, "format_drift"), (days, "missing"),
    (times, "swapped_day_and_month"), (berlin, "swapped_day_and_month"), (berlin, "format_drift"),
    (flags, "missing"),
]  # fmt: skip


def dirty_field(of: Field, shares: Mapping[str, Fraction], rows: int = COUNT, **more: float) -> DirtyField:
    return DirtyField(of, rows, shares, field=f"t.{of.__name__}", salt=f"7|t|{of.__name__}", decimals=2, **more)


@pytest.mark.parametrize(("of", "kind"), PAIRS, ids=lambda one: getattr(one, "__name__", one))
def test_exactly_the_rows_that_are_recorded_have_another_value(of: Field, kind: str) -> None:
    field, clean = dirty_field(of, {kind: Fraction(1, 50)}), of(ROWS)
    dirty = field.dirty(ROWS, clean)
    recorded = field.recorded(ROWS, clean)
    before, after = as_text(clean), as_text(dirty)
    assert np.array_equal(np.flatnonzero(before.ne_missing(after)), recorded["row"])
    assert recorded.height == 1400
    assert recorded["kind"].unique().to_list() == [kind]
    assert recorded["clean_value"].to_list() == before.gather(recorded["row"]).to_list()
    assert recorded["clean_value"].null_count() == 0
    assert dirty.dtype == (pl.String if kind == "format_drift" else clean.dtype)
    assert clean.equals(of(ROWS))


@pytest.mark.parametrize("of", [names, phones, days, berlin])
def test_every_kind_of_a_field_has_its_exact_count_and_a_row_has_one(of: Field) -> None:
    kinds = [kind for kind, way in WAYS.items() if way.fits(of(ROWS[:1]).dtype) and (of, kind) in PAIRS]
    shares = {kind: Fraction(2 + at, 100) for at, kind in enumerate(kinds)}
    field = dirty_field(of, shares)
    found = np.bincount(field.which(ROWS, of(ROWS)) + 1, minlength=len(kinds) + 1)[1:]
    assert found.tolist() == [round(share * COUNT) for share in shares.values()]


def test_rows_asked_for_alone_are_as_dirty_as_with_all() -> None:
    field = dirty_field(phones, {"typo": Fraction(1, 4), "missing": Fraction(1, 4)})
    whole = field.dirty(ROWS, phones(ROWS))
    some = np.array([70_000, 3, 65_536, 3, 17])
    assert field.dirty(some, phones(some)).to_list() == whole.gather(some).to_list()
    assert field.dirty(some[:0], phones(some[:0])).len() == 0


def test_rows_keep_their_blemishes_when_the_table_grows() -> None:
    shares = {"typo": Fraction(1, 50), "missing": Fraction(1, 50)}
    rows = ROWS[:65_536]
    small, large = (dirty_field(phones, shares, count).which(rows, phones(rows)) for count in (COUNT, 140_000))
    assert np.array_equal(small, large)
    begun = np.arange(5_000)
    sooner, later = (dirty_field(phones, shares, count).which(begun, phones(begun)) for count in (5_000, 5_500))
    assert (sooner != later).sum() < 20


def test_what_a_block_lacks_is_made_up_in_the_next() -> None:
    def late(rows: IntArray) -> pl.Series:
        return pl.select(pl.when(pl.Series(rows >= 64_000)).then(names(rows))).to_series()

    field = DirtyField(late, COUNT, {"stray_blanks": Fraction(3, 100)}, field="t.late", salt="s")
    which = field.which(ROWS, late(ROWS))
    assert (which != CLEAN).sum() == 2100
    assert (which[:65_536] != CLEAN).sum() == 1536


@pytest.mark.parametrize("by", [3.0, 6.0])
@pytest.mark.parametrize("of", [amounts, temperatures, quantities])
def test_outliers_lie_as_far_out_as_asked_and_no_farther_than_a_quarter_more(of: Field, by: float) -> None:
    clean = of(ROWS)
    field = dirty_field(of, {"outliers": Fraction(1, 500)}, by=by)
    dirty = field.dirty(ROWS, clean).gather(field.recorded(ROWS, clean)["row"]).to_numpy()
    values = clean.to_numpy()
    far = np.abs(dirty - values.mean()) / values.std()
    assert far.min() >= by
    assert far.max() < by * 1.25 + 1.5 / values.std()
    # Only what can be negative has outliers below.
    assert ((dirty < values.mean()).mean() > 0.3) == (of is temperatures)
    assert of is temperatures or dirty.min() >= 0


def test_a_swapped_date_is_the_day_that_another_would_read() -> None:
    field, clean = dirty_field(days, {"swapped_day_and_month": Fraction(1, 5)}), days(ROWS)
    touched = field.recorded(ROWS, clean)["row"]
    for was, became in zip(clean.gather(touched), field.dirty(ROWS, clean).gather(touched), strict=True):
        assert became == date(was.year, was.day, was.month)


def test_a_swapped_time_keeps_its_hour_on_the_wall() -> None:
    field, clean = dirty_field(berlin, {"swapped_day_and_month": Fraction(1, 5)}), berlin(ROWS)
    touched = field.recorded(ROWS, clean)["row"]
    swapped = field.dirty(ROWS, clean)
    was, became = clean.gather(touched), swapped.gather(touched)
    assert (was.dt.hour() == became.dt.hour()).all()
    assert (was.dt.day().cast(pl.Int8) == became.dt.month()).all()


@pytest.mark.parametrize(
    ("of", "kind", "forms"),
    [
        (days, "format_drift", [r"\d\d/\d\d/2025", r"\d\d\.\d\d\.2025", r"[A-Z][a-z]{2} \d\d, 2025"]),
        (amounts, "format_drift", [r"\d{1,3},\d{2}", r"\d,\d{3}\.\d+", r"\d\.\d{3},\d+"]),
        (quantities, "format_drift", [r"\d\.0", r"\d,0"]),
        (phones, "format_drift", [r"\+1202555\d{4}", r"\+1\.202\.555\.\d{4}", r"\+1 202 555 \d{4}", r"\+1/.*"]),
        (names, "stray_blanks", [r" Grace", r"Grace ", r"Grace  ", r"Ada  Lovelace"]),
        (names, "wrong_case", [r"GRACE", r"grace", r"b"]),
        (names, "typo", [r"Grac", r"Grrace", r"rGace", r"Grsce", r"Graace", r"小李龙"]),
    ],
)
def test_dirty_values_look_like_what_people_do(of: Field, kind: str, forms: list[str]) -> None:
    field, clean = dirty_field(of, {kind: Fraction(1, 5)}), of(ROWS)
    dirty = field.dirty(ROWS, clean).gather(field.recorded(ROWS, clean)["row"])
    for form in forms:
        assert dirty.str.contains(f"^(?:{form})$").any(), form


def test_more_blemishes_than_values_that_can_have_them_are_refused() -> None:
    with failing_with(
        "datasets.blemishes",
        naming=r"95% of the 70,001 rows of t\.phones.*`missing`, which are 66,501.*only 61,\d{3} can",
    ):
        dirty_field(phones, {"missing": Fraction(95, 100)})
    with failing_with("datasets.blemishes", naming="swapped_day_and_month"):
        dirty_field(days, {"swapped_day_and_month": Fraction(1, 2)})
    with failing_with("datasets.blemishes", naming="alike"):
        dirty_field(lambda rows: pl.Series(np.ones(rows.size)), {"outliers": Fraction(1, 50)})


@pytest.mark.parametrize(
    ("of", "kind"), [(days, "typo"), (amounts, "wrong_case"), (names, "outliers"), (flags, "format_drift")]
)
def test_a_blemish_that_values_cannot_have_is_refused_before_the_first_row(of: Field, kind: str) -> None:
    with failing_with("datasets.blemishes", naming=rf"{of.__name__} cannot have `{kind}`"):
        require_fitting(of.__name__, of(ROWS[:0]).dtype, {kind: Fraction(1, 50)})


def test_a_field_becomes_text_only_by_another_format() -> None:
    assert becomes_text(pl.Date(), {"format_drift": Fraction(1), "missing": Fraction(0)})
    assert not becomes_text(pl.Date(), {"missing": Fraction(1)})
    assert not becomes_text(pl.String(), {"format_drift": Fraction(1)})


def test_times_are_written_with_their_zone_and_no_more_digits_than_they_have() -> None:
    at = datetime(2025, 1, 31, 8, 0, tzinfo=None)
    written = as_text(pl.Series([at, at + timedelta(microseconds=500_000)], dtype=pl.Datetime("us")))
    assert written.to_list() == ["2025-01-31 08:00:00", "2025-01-31 08:00:00.500"]
    zoned = pl.Series([at], dtype=pl.Datetime("us")).dt.replace_time_zone("Europe/Berlin")
    assert as_text(zoned).to_list() == ["2025-01-31 08:00:00+01:00"]


def test_duplicates_are_as_many_as_asked_and_no_row_has_two() -> None:
    twice = DuplicateRows(COUNT, Fraction(1, 100), "7|t")
    assert twice.copies == 700
    originals = twice.originals(np.arange(700))
    assert np.unique(originals).size == 700
    assert (np.diff(originals) > 0).all()
    assert 0 <= originals.min() <= originals.max() < COUNT
    some = np.array([699, 0, 350])
    assert np.array_equal(twice.originals(some), originals[some])
    grown = DuplicateRows(140_000, Fraction(1, 100), "7|t").originals(np.arange(1_400))
    assert set(originals[originals < 65_536]) <= set(grown)
