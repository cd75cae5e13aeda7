"""What a blemish makes of a value, and which values can have it. Which rows have one is decided in `blemishes.py`.

Every way gives another value than the clean one, whatever the key.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final

import numpy as np
import polars as pl

from synthdeal_assets.datasets.engine.streams import uniforms
from synthdeal_assets.foundation.drawing.randomness import FloatArray, UInt64Array, choose, mix


@dataclass(frozen=True)
class Moments:
    """What outliers are outside of.

    Attributes:
        by: How far outside at least, in standard deviations.
        decimals: Decimals of an outlier.
        count: Values seen.
        mean: Their mean.
        squares: Sum of their squared distances from it.
        least: The least of them.
    """

    by: float
    decimals: int
    count: int = 0
    mean: float = 0.0
    squares: float = 0.0
    least: float = 0.0

    @property
    def sd(self) -> float:
        """The standard deviation of the values seen."""
        return float(np.sqrt(self.squares / self.count)) if self.count else 0.0

    def with_values(self, values: pl.Series) -> Moments:
        """With the values of one more block (Chan, Golub and LeVeque 1983, for pairs of samples)."""
        new = values.drop_nulls().cast(pl.Float64).to_numpy()
        if not new.size:
            return self
        mean = _sum(new) / new.size
        squares = _sum((new - mean) ** 2)
        count = self.count + new.size
        shift = mean - self.mean
        return replace(
            self,
            count=count,
            mean=self.mean + shift * new.size / count,
            squares=self.squares + squares + shift * shift * self.count * new.size / count,
            least=min(float(new.min()), self.least if self.count else np.inf),
        )


def _sum(values: FloatArray) -> float:
    # In the order of the rows: how `sum` splits its work is up to NumPy.
    return float(np.cumsum(values)[-1])


Can = Callable[[pl.Series], pl.Series]
Make = Callable[[pl.Series, UInt64Array, Moments], pl.Series]


@dataclass(frozen=True)
class Way:
    """A kind of blemish.

    Attributes:
        values: What values it is for, in words.
        fits: Whether a type of values is such.
        can_have: For clean values, which of them can have it; NULL for no.
        make: Of clean values that can have it, and a key each, the dirty ones.
        makes_text: Whether dirty values are texts whatever the clean ones are.
    """

    values: str
    fits: Callable[[pl.DataType], bool]
    can_have: Can
    make: Make
    makes_text: bool = False


def as_text(values: pl.Series) -> pl.Series:
    """Values as they are written: 2025-01-31, 2025-01-31 08:00:00, with +01:00 where there is a time zone, 21.5."""
    if isinstance(values.dtype, pl.Datetime):
        return values.dt.strftime("%Y-%m-%d %H:%M:%S%.f" + ("%:z" if values.dtype.time_zone else ""))
    return values.cast(pl.String)


def _is_text(dtype: pl.DataType) -> bool:
    return dtype == pl.String


def _is_number(dtype: pl.DataType) -> bool:
    return dtype.is_numeric()


def _is_date(dtype: pl.DataType) -> bool:
    return dtype == pl.Date or isinstance(dtype, pl.Datetime)


def _missing(clean: pl.Series, _keys: UInt64Array, _moments: Moments) -> pl.Series:
    return pl.Series([None] * len(clean), dtype=clean.dtype)


_KEYBOARD: Final = ("1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm")
_BESIDE: Final = {
    key: row[at + 1] if at + 1 < len(row) else row[at - 1] for row in _KEYBOARD for at, key in enumerate(row)
}
_BESIDE_ANY: Final = {**_BESIDE, **{key.upper(): other.upper() for key, other in _BESIDE.items()}}


def _can_have_typo(clean: pl.Series) -> pl.Series:
    return clean.str.count_matches(r"[\p{L}\p{N}]") >= 2


def _typo(clean: pl.Series, keys: UInt64Array, _moments: Moments) -> pl.Series:
    ways, draws = choose(keys, "way", 4).tolist(), mix(keys, "place").tolist()
    return pl.Series(map(_mistyped, clean, ways, draws), dtype=pl.String)


def _mistyped(text: str, way: int, draw: int) -> str:
    """A text with a letter or digit left out, hit twice, swapped with the next one, or the key beside it hit."""
    places = [at for at, letter in enumerate(text) if letter.isalnum()]
    at = places[draw % len(places)]
    before, letter, after = text[:at], text[at], text[at + 1 :]
    if way == 0:
        return before + after
    if way == 1 and after[:1].isalnum() and after[0] != letter:
        return before + after[0] + letter + after[1:]
    if way == 2 and letter in _BESIDE_ANY:
        return before + _BESIDE_ANY[letter] + after
    return before + letter + letter + after


def _outliers(clean: pl.Series, keys: UInt64Array, moments: Moments) -> pl.Series:
    step = float(Fraction(10) ** -(0 if clean.dtype.is_integer() else moments.decimals))
    # From the distance asked for to a quarter more, and a step, so that rounding does not bring it nearer.
    far = moments.sd * moments.by * (1 + uniforms(mix(keys, "distance")) / 4) + step
    # Ages, amounts and counts have no negative outliers.
    both_sides = moments.least < 0 or moments.mean - moments.sd * moments.by * 1.25 - step >= 0
    side = np.where(choose(keys, "side", 2) == 0, -1.0, 1.0) if both_sides else np.ones(keys.size)
    places = 0 if clean.dtype.is_integer() else moments.decimals
    return pl.Series(np.round(moments.mean + side * far, places)).cast(clean.dtype)


def _swapped(clean: pl.Series) -> pl.Series:
    """Dates with day and month swapped; others as they are, or NULL where the clocks leave such a time out."""
    column = pl.col("clean")
    possible = column.dt.day() <= 12
    month = pl.when(possible).then(column.dt.day()).otherwise(column.dt.month())
    day = pl.when(possible).then(column.dt.month()).otherwise(column.dt.day())
    frame = clean.alias("clean").to_frame()
    if clean.dtype == pl.Date:
        return frame.select(pl.date(column.dt.year(), month, day)).to_series()
    local = column.dt.replace_time_zone(None)
    passed = local - local.dt.truncate("1d")
    swapped = pl.date(column.dt.year(), month, day).cast(pl.Datetime("us")) + passed
    zone = clean.dtype.time_zone if isinstance(clean.dtype, pl.Datetime) else None
    zoned = swapped.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null") if zone else swapped
    return frame.select(zoned.cast(clean.dtype)).to_series()


def _can_be_swapped(clean: pl.Series) -> pl.Series:
    return (clean.dt.day() <= 12) & (clean.dt.day() != clean.dt.month()) & _swapped(clean).is_not_null()


def _with_day_and_month_swapped(clean: pl.Series, _keys: UInt64Array, _moments: Moments) -> pl.Series:
    return _swapped(clean)


def _styled(keys: UInt64Array, styles: list[pl.Series]) -> pl.Series:
    """For each key one of the styles, drawn by it."""
    chosen = choose(keys, "style", len(styles))
    frame = pl.DataFrame({f"{at}": style for at, style in enumerate(styles)}).with_columns(which=pl.Series(chosen))
    of_row = pl.coalesce(pl.when(pl.col("which") == at).then(pl.col(f"{at}")) for at in range(len(styles)))
    return frame.select(of_row).to_series()


def _stray_blanks(clean: pl.Series, keys: UInt64Array, _moments: Moments) -> pl.Series:
    doubled = clean.str.replace(" ", "  ", literal=True)
    inside = doubled.zip_with(doubled != clean, clean + "  ")
    return _styled(keys, [" " + clean, clean + " ", inside])


def _can_change_case(clean: pl.Series) -> pl.Series:
    return (clean.str.to_uppercase() != clean) | (clean.str.to_lowercase() != clean)


def _wrong_case(clean: pl.Series, keys: UInt64Array, _moments: Moments) -> pl.Series:
    upper, lower = clean.str.to_uppercase(), clean.str.to_lowercase()
    return _styled(keys, [upper.zip_with(upper != clean, lower), lower.zip_with(lower != clean, upper)])


_SEPARATORS: Final = r"[-/. ()]+"
_DATES: Final = ("%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%b %d, %Y")
_TIMES: Final = ("%d/%m/%Y %H:%M", "%m/%d/%Y %I:%M %p", "%d.%m.%Y %H:%M", "%b %d, %Y %H:%M")


def _can_drift(clean: pl.Series) -> pl.Series:
    if _is_date(clean.dtype):
        return clean.is_not_null()
    if clean.dtype == pl.String:
        # Telephone numbers, codes, dates as text; not an address of mail, which would be one no more.
        return clean.str.contains(r"\d") & clean.str.contains(_SEPARATORS) & ~clean.str.contains("@", literal=True)
    return clean.is_finite() & (clean.abs() < 1e15) if clean.dtype.is_float() else clean.is_not_null()


def _drifted(clean: pl.Series, keys: UInt64Array, _moments: Moments) -> pl.Series:
    if _is_date(clean.dtype):
        return _styled(keys, [clean.dt.strftime(style) for style in (_DATES if clean.dtype == pl.Date else _TIMES)])
    if clean.dtype == pl.String:
        joined = clean.str.replace_all(_SEPARATORS, "")
        changed = [clean.str.replace_all(_SEPARATORS, separator) for separator in (".", " ", "/")]
        return _styled(keys, [joined, *(one.zip_with(one != clean, joined) for one in changed)])
    styles = choose(keys, "style", 2).tolist()
    return pl.Series(map(_other_number, as_text(clean), styles), dtype=pl.String)


_DECIMAL: Final = re.compile(r"(?P<sign>-?)(?P<whole>\d+)(?:\.(?P<rest>\d+))?")


def _other_number(text: str, style: int) -> str:
    """1234.5 as 1,234.5 or 1.234,5; 21.5 as 21,5; 7 as 7.0 or 7,0."""
    found = _DECIMAL.fullmatch(text)
    if found is None:
        # Such as 1e-7.
        return text.upper() if text != text.upper() else f"{text},0"
    whole, rest = f"{int(found['whole']):,}", found["rest"]
    if len(found["whole"]) < 4 and rest is None:
        return f"{text}{'.,'[style]}0"
    if style == 0 and len(found["whole"]) > 3:
        return f"{found['sign']}{whole}" + (f".{rest}" if rest else "")
    return f"{found['sign']}{whole.replace(',', '.')}" + (f",{rest}" if rest else "")


WAYS: Final[Mapping[str, Way]] = {
    "missing": Way("all values", lambda _dtype: True, pl.Series.is_not_null, _missing),
    "typo": Way("texts", _is_text, _can_have_typo, _typo),
    "outliers": Way("numbers", _is_number, pl.Series.is_not_null, _outliers),
    "swapped_day_and_month": Way("dates", _is_date, _can_be_swapped, _with_day_and_month_swapped),
    "stray_blanks": Way("texts", _is_text, pl.Series.is_not_null, _stray_blanks),
    "wrong_case": Way("texts", _is_text, _can_change_case, _wrong_case),
    "format_drift": Way(
        "dates, numbers and texts of digits",
        lambda dtype: _is_date(dtype) or _is_number(dtype) or _is_text(dtype),
        _can_drift,
        _drifted,
        makes_text=True,
    ),
}
"""Kinds of blemish."""
