"""A field as the specification has it, with what had to be assumed."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Final

from synthdeal_assets.datasets.words.doubtful import is_one_of, same_unit
from synthdeal_assets.datasets.words.draft import Doubt, FieldDraft
from synthdeal_assets.datasets.words.languages import measures
from synthdeal_assets.datasets.words.letters import WRITTEN_SO
from synthdeal_assets.datasets.words.nouns import BEYOND
from synthdeal_assets.datasets.words.numbers import MONEY
from synthdeal_assets.datasets.words.tokens import fold
from synthdeal_assets.datasets.words.walk import Walk

_AGE: Final = "person.age"
_OLDEST: Final = Fraction(90)
_WHOLE_UP_FROM: Final = 1000
"""From so large a least value on, money is whole where nobody says otherwise."""
_NUMBERED: Final = ("number", "_no", "_nr", "nummer", "numero")
_LATEST: Final = 30
"""Days after which what follows has happened, where nothing is said of it."""
_OTHER: Final = {"english": "other", "german": "andere", "spanish": "otro"}


@dataclass
class FieldText:
    """A field of a specification.

    Attributes:
        mapping: What is written for it, as data.
        assumed: Reasons for what nobody said.
        rules: Rules of its table that belong to it.
        type: Its semantic type; None where it has none.
    """

    mapping: dict[str, Any] = field(default_factory=dict)
    assumed: list[str] = field(default_factory=list)
    rules: list[str] = field(default_factory=list)
    doubts: list[Doubt] = field(default_factory=list)
    unclaimed: set[int] = field(default_factory=set)


def specify(walk: Walk, one: FieldDraft, path: tuple[str, ...], *, series: bool) -> FieldText:
    """The field of a specification that a drafted one comes to."""
    made = FieldText()
    _generator(walk, one, made, path, series=series)
    if one.lognormal and "lognormal" not in made.mapping:
        made.unclaimed |= {at for at in one.said if walk.cursor[at].word in BEYOND["distributions"]}
    if one.unique and _may_be_unique(made.mapping):
        made.mapping["unique"] = True
    elif one.unique:
        made.unclaimed |= {at for at in one.said if walk.cursor.has(at, "unique")}
    if one.when is not None:
        made.mapping["when"] = one.when
    if one.missing is not None:
        made.mapping["missing"] = percent(one.missing)
    if one.decimals is not None and str(made.mapping.get("decimals")) != str(one.decimals):
        if made.mapping.keys() & _HAS_DECIMALS:
            made.mapping["decimals"] = one.decimals
        else:
            made.unclaimed |= {at for at in one.said if walk.cursor.has(at, "decimals")}
    made.rules += one.rules
    made.assumed += one.assumed
    if one.spelling:
        made.assumed.append(one.spelling)
    if one.unnamed:
        made.assumed.append(f"called {one.name}: {one.unnamed}")
        made.doubts.append(
            Doubt(f"What shall {one.name} be called?", one.name, 70, path, f"rename {one.name} to {{answer}}")
        )
    return made


_HAS_DECIMALS: Final = {"uniform", "normal", "lognormal", "series", "type", "formula"}


def _may_be_unique(mapping: dict[str, Any]) -> bool:
    return bool(mapping.keys() & {"key", "type", "pattern", "uniform"}) or isinstance(mapping.get("one_of"), list)


def _generator(walk: Walk, one: FieldDraft, made: FieldText, path: tuple[str, ...], *, series: bool) -> None:
    if one.formula is not None:
        made.mapping["formula"] = one.formula
    elif one.values:
        _choice(walk, one, made, path)
    elif one.typed is not None:
        made.mapping["type"] = one.typed
    elif one.flag is not None:
        made.mapping["flag"] = percent(one.flag)
    elif one.pattern is not None:
        kind = walk.type_of(one.words) or ""
        made.mapping |= {"type": kind} if WRITTEN_SO.get(kind) == one.pattern else {"pattern": one.pattern}
    elif one.uuid:
        made.mapping["type"] = "id.uuid"
    elif one.period is not None or one.follows is not None:
        _days(walk, one, made)
    elif one.mean is not None or one.median is not None or one.sd is not None:
        _normal(walk, one, made)
    elif one.low is not None or one.high is not None:
        _numbers(walk, one, made, path)
    else:
        _by_name(walk, one, made, path, series=series)


def percent(part: Fraction) -> str:
    """A share as a specification has it.

    One that has no end in decimals is rounded up in the 17th digit, so that a third of 900 rows is 300.
    """
    hundredth = part * 100
    if (hundredth * 10**9).denominator == 1:
        return f"{float(hundredth):.12g}%"
    scaled = math.ceil(hundredth * 10**17)
    digits = f"{scaled:018d}"
    return f"{digits[:-17]}.{digits[-17:]}%"


def decimal(value: Fraction) -> str:
    """A number as a specification has it, with an underscore between thousands."""
    if value.denominator == 1:
        number = int(value)
        return f"{number:_}" if abs(number) >= 10_000 else str(number)
    return f"{float(value):.12g}"


def _choice(walk: Walk, one: FieldDraft, made: FieldText, path: tuple[str, ...]) -> None:
    shares = {value: share for value, share in one.values.items() if share is not None}
    total = sum((share for share in shares.values() if isinstance(share, Fraction)), Fraction(0))
    if total > 1 or (total == 1 and len(one.values) > len(shares)):
        # What cannot be is not made: the shares are left for the person.
        made.unclaimed |= {at for at in one.said if walk.cursor[at].kind == "share"}
        shares = {}
    if not shares:
        made.mapping["one_of"] = list(one.values)
        made.assumed.append("values are equally likely, since no shares are said")
        return
    rest = [value for value, share in one.values.items() if share is None or share == "rest"]
    said = sum((share for share in shares.values() if isinstance(share, Fraction)), Fraction(0))
    written = {value: percent(share) for value, share in shares.items() if isinstance(share, Fraction)}
    if len(rest) == 1:
        written[rest[0]] = "rest"
    elif rest:
        for value in rest[:-1]:
            written[value] = percent((1 - said) / len(rest))
        written[rest[-1]] = "rest"
        made.assumed.append(f"{', '.join(rest)} share what is left equally")
    elif said < 1:
        last = next(reversed(written))
        # Three thirds are everything, though none of them ends in decimals.
        if 1 - said < Fraction(1, 10**6):
            written[last] = "rest"
        else:
            other = _OTHER[walk.language]
            written[other] = "rest"
            made.assumed.append(f"the other {percent(1 - said)} are called {other}")
            made.doubts.append(
                Doubt(f"The shares of {one.name} come to {percent(said)}: what are the others?", other, 65, path)
            )
    elif said == 1 and any(share.denominator not in (1, 2, 4, 5, 10, 20, 25, 50, 100) for share in shares.values()
                           if isinstance(share, Fraction)):  # fmt: skip
        written[next(reversed(written))] = "rest"
    order = {value: written[value] for value in one.values if value in written}
    made.mapping["one_of"] = {**order, **{value: share for value, share in written.items() if value not in order}}


def _days(walk: Walk, one: FieldDraft, made: FieldText) -> None:
    moment = walk.is_moment(one)
    key = "datetime" if moment else "date"
    if one.follows is None and one.period is not None:
        made.mapping[key] = f"{one.period.first} .. {one.period.last}"
        if one.period.open:
            made.assumed.append("its other end")
        return
    assert one.follows is not None  # noqa: S101  # one of the two, by who calls
    before = one.follows.name
    moments = moment or walk.is_moment(one.follows)
    key = "datetime" if moments else "date"
    if one.period is not None:
        made.mapping[key] = f"{one.period.first} .. {one.period.last}"
        made.rules.append(f"{one.name} > {before}")
        return
    if one.days is not None:
        low, high, unit = one.days
        first = before if low == 0 else f"{before} + {low} {unit}s"
        made.mapping[key] = f"{first} .. {before} + {high} {unit}s"
        return
    made.mapping[key] = f"{before} + {'1 minutes' if moments else '1 days'} .. {before} + {_LATEST} days"
    made.assumed.append(f"at most {_LATEST} days after {before}")


def _normal(walk: Walk, one: FieldDraft, made: FieldText) -> None:
    center = one.mean if one.mean is not None else one.median
    if center is None:
        center = Fraction(100)
        made.assumed.append("a mean of 100")
    sd = one.sd
    if one.lognormal and sd is None and one.mean is None and center > 0:
        made.mapping["lognormal"] = {"median": decimal(center), "p90": decimal(4 * center)}
        made.assumed.append(f"one value in ten above {decimal(4 * center)}")
        _bound(walk, one, made)
        return
    if sd is None:
        usual = (measures().get(walk.measure_of(one.words) or "") or {}).get("normal")
        part = Fraction(str(usual["sd"])) / Fraction(str(usual["mean"])) if usual else Fraction(1, 5)
        sd = Fraction(f"{float(abs(center) * part):.3g}") or Fraction(1)
        made.assumed.append(f"a standard deviation of {decimal(sd)}")
    made.mapping["normal"] = {"mean": decimal(center), "sd": decimal(sd)}
    _bound(walk, one, made)


def _bound(walk: Walk, one: FieldDraft, made: FieldText) -> None:
    """The ends and decimals of a distribution."""
    places = _places(walk, one)
    if one.low is not None:
        made.mapping["min"] = decimal(_inside(one, one.low, low=True, places=places))
    if one.high is not None:
        made.mapping["max"] = decimal(_inside(one, one.high, low=False, places=places))
    made.mapping["decimals"] = places


def _places(walk: Walk, one: FieldDraft) -> int:
    """Decimals of a number: those said, those of its ends, two for money."""
    if one.decimals is not None:
        return one.decimals
    if one.whole:
        return 0
    ends = [end for end in (one.low, one.high, one.mean, one.sd) if end is not None]
    written = max((_decimals_of(end) for end in ends), default=0)
    written = max(written, one.places)
    kind = walk.measure_of(one.words)
    if kind == "money" and (one.low is None or one.low < _WHOLE_UP_FROM):
        return max(written, 2)
    if kind in ("temperature", "humidity", "average", "pressure", "speed"):
        return max(written, 1)
    return written


def _decimals_of(value: Fraction) -> int:
    return next((places for places in range(9) if (value * 10**places).denominator == 1), 9)


def _inside(one: FieldDraft, end: Fraction, *, low: bool, places: int) -> Fraction:
    """An end, or the next value inside it where the end itself is out."""
    step = Fraction(1, 10**places)
    if low:
        return end + step if one.strict_low else end
    return end - step if one.strict_high else end


def _is_year(one: FieldDraft) -> bool:
    """Whether a field holds years of the calendar, by its name."""
    name = fold(one.name)
    return name.startswith(_YEAR_BEGINNINGS) or name.endswith(_YEAR_ENDINGS)


_YEAR_BEGINNINGS: Final = ("year_", "jahr", "ano_", "anio_")
_YEAR_ENDINGS: Final = ("year", "jahr", "ano", "anio")


def _numbers(walk: Walk, one: FieldDraft, made: FieldText, path: tuple[str, ...]) -> None:
    places = _places(walk, one)
    low = None if one.low is None else _inside(one, one.low, low=True, places=places)
    high = None if one.high is None else _inside(one, one.high, low=False, places=places)
    kind = walk.type_of(one.words)
    if kind == _AGE:
        places = 0
        if low is None and high is not None:
            low = Fraction(18) if high > 18 else Fraction(0)
            made.assumed.append(f"at least {decimal(low)} years")
        if high is None and low is not None:
            high = max(_OLDEST, low)
            made.assumed.append(f"at most {decimal(high)} years")
    if kind == _AGE and _has_birth_date(walk):
        made.mapping["type"] = kind
        if low is not None:
            made.mapping["min"] = decimal(low)
        if high is not None:
            made.mapping["max"] = decimal(high)
        return
    if low is None and high is not None:
        low = Fraction(1) if high >= 10 else Fraction(0) if high > 0 else high - 100
        made.assumed.append(f"its least value, {decimal(low)}")
    if high is None and low is not None and _is_year(one) and 1000 < low <= walk.cursor.as_of.year:
        high = Fraction(walk.cursor.as_of.year)
        made.assumed.append(f"its greatest value, {high}, the year of the dataset")
    if high is None and low is not None:
        high = max(low * 10, low + 100)
        made.assumed.append(f"its greatest value, {decimal(high)}")
        made.doubts.append(
            Doubt(f"What is the greatest {one.name}?", decimal(high), 50, path, f"{one.name} at most {{answer}}")
        )
    assert low is not None  # noqa: S101  # one of the two is said
    assert high is not None  # noqa: S101
    made.mapping["uniform"] = f"{decimal(low)} .. {decimal(high)}"
    made.mapping["decimals"] = places
    if one.decimals is None:
        made.assumed.append("whole numbers" if places == 0 else f"{places} decimal{'s' if places > 1 else ''}")


def _has_birth_date(walk: Walk) -> bool:
    """Whether an age has a day of birth beside it that it must agree with."""
    return walk.table is not None and any(walk.type_of(one.words) == "person.birth_date" for one in walk.table.fields)


def _by_name(walk: Walk, one: FieldDraft, made: FieldText, path: tuple[str, ...], *, series: bool) -> None:
    guess = walk.guess(one.words)
    kind = walk.type_of(one.words)
    measure = walk.measure_of(one.words)
    if is_one_of("measured", one.words, "") and not any(walk.cursor.has(at, "unit") for at in one.said):
        # The Leistung of a hairdresser is what is done, that of a motor is in kW.
        kind = measure = guess = None
    defaults = measures().get(measure or "")
    if one.numeric and kind is None and measure is None:
        made.mapping.update(measures()["money"])
        made.assumed.append("an amount, since something is calculated from it")
        return
    if (said := _said_to_be(walk, one)) is not None:
        made.mapping.update(measures()[said[0]])
        made.assumed.append(said[1])
        return
    if series and defaults is not None and "normal" in defaults:
        made.mapping.update(_series(defaults))
        made.assumed.append("its level, the wave of a day, and noise")
        return
    if one.yes_no:
        made.mapping["flag"] = "50%"
        made.assumed.append("true in half of the rows")
        made.doubts.append(Doubt(f"In which part of the rows is {one.name} true?", "50%", 55, path))
    elif kind is not None and guess is not None:
        made.mapping.update(guess.form if guess.type is None and guess.form is not None else {"type": kind})
        made.assumed.append(f"{guess.type}, from its name" if guess.type else guess.reason)
    elif defaults is not None:
        made.mapping.update(defaults)
        made.assumed.append(f"values as of a {measure}, from its name")
    elif one.is_date:
        made.mapping.update(measures()["date"])
        made.assumed.append("the last 365 days")
    elif one.whole:
        made.mapping.update({"uniform": "1 .. 1_000", "decimals": 0})
        made.assumed.append("from 1 to 1000")
    elif series:
        made.mapping.update(_series({"normal": {"mean": 100, "sd": 15}, "decimals": 1}))
        made.assumed.append("a level of 100, the wave of a day, and noise")
    elif one.unique:
        made.mapping["pattern"] = "[A-Z0-9]{8}"
        made.assumed.append("codes of eight characters, since they are unique and the name says nothing else")
    elif one.name.endswith(_NUMBERED) or one.name.startswith("numero_"):
        made.mapping["pattern"] = "[0-9]{6}"
        made.assumed.append("six digits, from its name")
    elif guess is not None and "refers_to" in (guess.form or {}):
        made.mapping["type"] = "id.code"
        made.assumed.append("a code, since it is the id of what no table has")
    elif (unit := next((at for at in sorted(one.said) if walk.cursor.has(at, "unit")), None)) is not None:
        # Ammonium in mg/l.
        made.mapping.update(measures()["money" if walk.cursor[unit].word in MONEY else "measured"])
        made.assumed.append(f"a number of {walk.cursor[unit].text}, as is said of it")
    else:
        made.mapping["text"] = {"words": "1 .. 3"}
        made.assumed.append("text, since its name says nothing else")
        made.doubts.append(Doubt(f"What values has {one.name}?", "text", 40, path))


def _said_to_be(walk: Walk, one: FieldDraft) -> tuple[str, str] | None:
    """A quantity that goes before what the name says, and why it is taken."""
    if one.is_moment:
        return "moment", "a point in time, since something comes before or after it"
    if one.is_day:
        return "date", "the last 365 days"
    if any(walk.cursor.has(at, "unit") and walk.cursor[at].word in _OF_AREA for at in one.said):
        # Größe in m² is that of no body.
        return "area", "an area, as is said of it"
    unit = _unit_of_time(walk, one)
    return None if unit is None else (unit, f"a number of {unit}, as is said of it")


_OF_AREA: Final = frozenset(
    {"m²", "m2", "qm", "sqm", "quadratmeter", "quadratmetern", "km²", "km2", "ha", "hektar", "hectares", "hectareas"}
    | {"acres"}
)


def _unit_of_time(walk: Walk, one: FieldDraft) -> str | None:
    """The unit that is said behind a name, and goes before that of its type: duración en segundos, Dauer (Sekunden)."""
    cursor = walk.cursor
    behind = (at for at in sorted(one.said) if cursor.has(at - 1, "as_format") or cursor.mark(at - 1, "("))
    names = {name for at in behind for name in same_unit(cursor[at].word)}
    return next((unit for short, unit in _UNITS_OF_TIME.items() if short in names), None)


_UNITS_OF_TIME: Final = {"ms": "milliseconds", "sec": "seconds", "min": "minutes", "hrs": "hours"}


def _series(defaults: Any) -> dict[str, Any]:
    normal = defaults["normal"]
    shape = {
        "level": str(normal["mean"]),
        "daily": {"amplitude": str(normal["sd"]), "peak": "15:00"},
        "noise": {"sd": f"{normal['sd'] / 5:g}", "memory": "0.8"},
    }
    return {"series": shape, **{key: defaults[key] for key in ("min", "max", "decimals") if key in defaults}}
