"""Numbers as people write them: 1,000 and 1.000, 1k, 1,5 Mio, half a million, zwölftausend, zwei Drittel, 5%.

Whether 1.000 is one or a thousand is told by the other numbers of the request, then by its language; what neither tells
keeps both readings, for the person to be asked.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final

from synthdeal_assets.datasets.words.languages import Language
from synthdeal_assets.datasets.words.tokens import Token, fold

PERCENT: Final = ("%", "percent", "pct", "prozent", "porciento")
_PERCENT_PHRASES: Final = (("per", "cent"), ("por", "ciento"), ("v", ".", "h", "."))
_SUFFIXES: Final = {
    "k": 1000,
    "tsd": 1000,
    "mio": 10**6,
    "mn": 10**6,
    "mln": 10**6,
    "mm": None,
    "bn": 10**9,
    "mrd": 10**9,
}
_ARTICLES: Final = {
    "english": ("a", "an", "one"),
    "german": ("ein", "eine", "einen", "einer", "einem"),
    "spanish": ("un", "una"),
}
_HALF: Final = {
    "english": ("half",),
    "german": ("halbe", "halbes", "halben", "halber"),
    "spanish": ("medio", "media"),
}
_AND_A_HALF: Final = {
    "english": (("and", "a", "half"),),
    "german": (("und", "ein", "halb"), ("einhalb",)),
    "spanish": (("y", "medio"), ("y", "media")),
}
_POINT: Final = {"english": "point", "german": "komma", "spanish": "coma"}
_GERMAN_HALVES: Final = {"anderthalb": Fraction(3, 2), "eineinhalb": Fraction(3, 2)}
_OF_HOW_MANY: Final = {
    "english": (("in",), ("in", "every"), ("out", "of"), ("out", "of", "every"), ("of", "every")),
    "german": (("von",), ("aus",), ("in",)),
    "spanish": (("de", "cada"), ("de",), ("por", "cada")),
}
_RANGE: Final = ("-", "–", "—", "to", "bis", "a")  # noqa: RUF001
_CASES: Final = ("case", "row", "fall", "caso", "fila")
MONEY: Final = frozenset({"€", "$", "£", "eur", "euro", "euros", "usd", "dollar", "dollars", "gbp", "pounds", "chf"})
_MOST_THINGS: Final = 1000
_THEY_ARE: Final = frozenset({"is", "are", "was", "were", "has", "have", "ist", "hat", "wird", "es", "esta", "tiene"})
"""What follows a share of counted things: one invoice in four is unpaid."""
_EVERY_NTH: Final = {
    "english": ("every", "each"),
    "german": ("jeder", "jede", "jedes", "jeden", "jedem"),
    "spanish": (),
}


@dataclass(frozen=True)
class NumberReading:
    """A number of a request.

    Attributes:
        first: The first token of it.
        last: The token after the last one.
        value: What it comes to; a share from 0 to 1.
        share: Whether it is a part of something: 5%, a third, one in four.
        other: What it may be as well, where the request does not tell.
        in_words: Whether it is written out.
    """

    first: int
    last: int
    value: Fraction
    share: bool = False
    other: Fraction | None = None
    in_words: bool = False


@dataclass(frozen=True)
class _Counted:
    value: Fraction
    last: int
    other: Fraction | None = None
    in_words: bool = True


def decimal_mark(tokens: Sequence[Token]) -> str | None:
    """The mark before decimals, where a number of the request can be read in one way only; else None."""
    marks = set()
    for token in tokens:
        if token.kind != "number":
            continue
        text = token.text
        if "," in text and "." in text:
            marks.add("," if text.rindex(",") > text.rindex(".") else ".")
        elif len(found := re.findall(r"[.,]", text)) == 1:
            whole, decimals = re.split(r"[.,]", text)
            if len(decimals) != 3 or whole == "0" or len(whole) > 3:
                marks.add(found[0])
        elif len(found) > 1:
            marks.add("." if found[0] == "," else ",")
    return marks.pop() if len(marks) == 1 else None


def read_digits(text: str, language: str, mark: str | None = None) -> tuple[Fraction, Fraction | None]:
    """What digits with marks come to, and what else they may mean.

    Args:
        text: One number as `tokens_of` cuts it.
        language: Of `languages.LANGUAGES`.
        mark: What stands before decimals in this request, where that is known.
    """
    plain = re.sub(r"['\u2019_\u00a0\u202f\u2009]", "", text)
    groups = plain.split(" ")
    joined = "".join(groups)
    # 12 500 may be two numbers; 10 000 is none that people list.
    other = Fraction(groups[0]) if len(groups) > 1 and groups[1:] != ["000"] * (len(groups) - 1) else None
    found = re.findall(r"[.,]", joined)
    if not found:
        return Fraction(joined), other
    last = joined.rfind(found[-1])
    if len(set(found)) == 2 or (len(found) == 1 and len(groups) > 1):
        return Fraction(re.sub(r"[.,]", "", joined[:last]) + "." + joined[last + 1 :]), other
    as_thousands = Fraction(re.sub(r"[.,]", "", joined))
    if len(found) > 1:
        return as_thousands, other
    as_decimals = Fraction(joined.replace(",", "."))
    own = found[0]
    if len(joined) - last - 1 != 3 or joined[:last] == "0" or last > 3:
        # In English 1,2 may be a list without blanks.
        listed = own == "," and language == "english" and mark != ","
        return as_decimals, Fraction(joined[:last]) if listed else None
    if mark is not None:
        return (as_decimals, None) if own == mark else (as_thousands, None)
    if own == ("," if language == "english" else "."):
        return as_thousands, None
    # Nobody gives one to three decimals, all of them 0.
    return (as_thousands, as_decimals) if joined.endswith("000") else (as_decimals, as_thousands)


def read_numbers(tokens: Sequence[Token], language: Language) -> list[NumberReading]:
    """All numbers of a request, in order; none shares a token with another one."""
    return _NumberReader(tokens, language).all()


class _NumberReader:
    """Reads numbers off tokens, from left to right."""

    def __init__(self, tokens: Sequence[Token], language: Language) -> None:
        self._tokens = tokens
        self._words = [token.folded if token.kind in ("word", "mark", "suffix") else "" for token in tokens]
        self._language = language
        self._mark = decimal_mark(tokens)

    def all(self) -> list[NumberReading]:
        """As `read_numbers`."""
        found: list[NumberReading] = []
        at = 0
        while at < len(self._tokens):
            reading = self._part(at) or self._number(at)
            if reading is None:
                at += 1
                continue
            found.append(reading)
            at = reading.last
        return [self._as_scaled(one, after) for one, after in zip(found, [*found[1:], None], strict=False)]

    def _as_scaled(self, one: NumberReading, after: NumberReading | None) -> NumberReading:
        """The 35 of 35-120k, which is 35,000 more likely than 35."""
        joined = after is not None and one.last + 1 == after.first and self._word(one.last) in _RANGE
        if after is None or not joined or one.share or after.share or one.last - one.first > 1 or one.value <= 0:
            return one
        if self._tokens[after.first].kind != "number" or self._tokens[one.first].kind != "number":
            return one
        written, _ = read_digits(self._tokens[after.first].text, self._language.name, self._mark)
        scale = after.value / written if written else Fraction(1)
        if scale < 1000 or one.value >= written:  # thousands
            return one
        return replace(one, value=one.value * scale, other=one.value)

    def _is(self, at: int, words: Sequence[str]) -> bool:
        return tuple(self._words[at : at + len(words)]) == tuple(words)

    def _word(self, at: int) -> str:
        return self._words[at] if at < len(self._words) else ""

    def _number(self, at: int) -> NumberReading | None:
        """A number, a share in per cent, or one in so many."""
        counted = self._counted(at)
        if counted is None:
            return None
        after = self._after_percent(counted.last)
        if after is not None:
            return NumberReading(at, after, counted.value / 100, share=True, in_words=counted.in_words)
        many = self._in_so_many(counted)
        if many is not None:
            return NumberReading(at, many.last, counted.value / many.value, share=True)
        return NumberReading(at, counted.last, counted.value, False, counted.other, counted.in_words)

    def _after_percent(self, at: int) -> int | None:
        if self._word(at) in PERCENT:
            return at + 1
        return next((at + len(words) for words in _PERCENT_PHRASES if self._is(at, words)), None)

    def _in_so_many(self, counted: _Counted) -> _Counted | None:
        """What stands after the 1 of "1 in 4", "einer von zehn" and "uno de cada tres"."""
        if counted.value == 1 and self._word(counted.last) in _CASES:
            # One case out of eight.
            counted = replace(counted, last=counted.last + 1)
        elif counted.value == 1 and (of := self._of_the_things(counted.last)) is not None:
            return of
        for words in sorted(_OF_HOW_MANY[self._language.name], key=len, reverse=True):
            if self._is(counted.last, words):
                of = self._counted(counted.last + len(words))
                # "2 of 3 fields" has a noun in mind, "5 in 2024" a year.
                small = of is not None and 0 < counted.value < of.value <= 1000 and counted.value <= 10
                if of is not None and self._after_percent(of.last) is not None:
                    # The value 3 in 20% of cases.
                    continue
                if of is not None and small and (len(words) > 1 or words == ("in",) or counted.value == 1):
                    return of
        return None

    def _of_the_things(self, at: int) -> _Counted | None:
        """The four of "one invoice in four is unpaid", behind what is counted."""
        if not self._word(at).isalpha() or self._word(at) in self._language.function:
            return None
        for words in _OF_HOW_MANY[self._language.name]:
            of = self._counted(at + 1 + len(words)) if self._is(at + 1, words) else None
            if of is not None and 1 < of.value <= _MOST_THINGS and self._word(of.last) in _THEY_ARE:
                return of
        return None

    def _part(self, at: int) -> NumberReading | None:
        """A part in words: half, ein Drittel, dos tercios, every tenth, one in four."""
        language, word = self._language, self._word(at)
        if word in _EVERY_NTH[language.name] and self._word(at + 1) in language.ordinals:
            return NumberReading(at, at + 2, Fraction(1, language.ordinals[self._word(at + 1)]), share=True)
        if word == "uno" or (word in ("einer", "one", "una", "eine", "ein", "un") and self._word(at + 1) != ""):
            many = self._in_so_many(_Counted(Fraction(1), at + 1))
            if many is not None:
                return NumberReading(at, many.last, 1 / many.value, share=True, in_words=True)
        if word in language.fractions and language.fractions[word] == "1/2":
            if self._half(at) is None:
                return NumberReading(at, at + 1, Fraction(1, 2), share=True, in_words=True)
            return None
        count = Fraction(1) if word in _ARTICLES[language.name] else None
        after = at + 1
        if count is None and (counted := self._counted(at)) is not None:
            count, after = counted.value, counted.last
        part = language.fractions.get(self._word(after))
        if count is None or part is None or count != int(count) or count * Fraction(part) > 1:
            return None
        if language.name == "spanish" and self._word(after + 1) in ("parte", "partes"):
            return NumberReading(at, after + 2, count * Fraction(part), share=True, in_words=True)
        return NumberReading(at, after + 1, count * Fraction(part), share=True, in_words=True)

    def _half(self, at: int) -> _Counted | None:
        """Half a million, eine halbe Million, media docena, half a percent."""
        if self._word(at) in _ARTICLES[self._language.name]:
            at += 1
        if self._word(at) not in _HALF[self._language.name]:
            return None
        after = at + 1
        if self._word(after) in _ARTICLES[self._language.name]:
            after += 1
        if (scale := self._language.scales.get(self._word(after))) is not None:
            return _Counted(Fraction(scale, 2), after + 1)
        return _Counted(Fraction(1, 2), after) if self._after_percent(after) is not None else None

    def _counted(self, at: int) -> _Counted | None:
        """A number in digits or words, with its scale."""
        if at >= len(self._tokens):
            return None
        half = self._half(at)
        if half is not None:
            return half
        if self._tokens[at].kind == "number":
            return self._in_digits(at)
        return self._in_words(at)

    def _in_digits(self, at: int) -> _Counted | None:
        value, other = read_digits(self._tokens[at].text, self._language.name, self._mark)
        after = at + 1
        if after < len(self._tokens) and self._tokens[after].kind == "suffix":
            text, suffix = self._tokens[after].text, fold(self._tokens[after].text)
            if text == "M" or (_SUFFIXES.get(suffix)):
                scale = 10**6 if text == "M" else _SUFFIXES[suffix]
                return self._scaled(value * Fraction(scale or 1), after + 1, None)
            if text == "m" and (self._word(after + 1) in MONEY or (at and self._tokens[at - 1].text in MONEY)):
                return _Counted(value * 10**6, after + 1, in_words=False)
            if text == "m":
                return _Counted(value * 10**6, after + 1, value, in_words=False)
            return _Counted(value, after, other, in_words=False)
        return self._scaled(value, after, other)

    def _scaled(self, value: Fraction, at: int, other: Fraction | None) -> _Counted:
        for words in _AND_A_HALF[self._language.name]:
            if self._is(at, words) and self._word(at + len(words)) in self._language.scales:
                value, other, at = value + Fraction(1, 2), None, at + len(words)
        while (scale := self._language.scales.get(self._word(at))) is not None:
            # 1.5 million has decimals, so that 1.500 million would too.
            value, other, at = value * scale, None, at + 1
            if self._word(at) == "." and self._words[at - 1] in ("mio", "mrd", "tsd", "mill"):
                at += 1
            for words in _AND_A_HALF[self._language.name]:
                if self._is(at, words):
                    value, at = value + Fraction(scale, 2), at + len(words)
        return _Counted(value, at, other, in_words=False)

    def _in_words(self, at: int) -> _Counted | None:
        """The sum of number words, each smaller than the place that the one before left open."""
        language, start = self._language, at
        total, group, room = Fraction(0), Fraction(0), Fraction(10**15)
        if self._word(at) in _ARTICLES[language.name] and self._word(at + 1) in language.scales:
            group, at = Fraction(1), at + 1
            room = Fraction(1)
        while at < len(self._words):
            skipped = at + 1 if at > start and self._joins(at) else at
            value = self._simple(skipped)
            scale = language.scales.get(self._word(at))
            if scale is not None:
                group = max(group, Fraction(1)) * scale
                if scale >= 1000 or scale == 12:
                    total, group = total + group, Fraction(0)
                room, at = Fraction(scale), at + 1
                for words in _AND_A_HALF[language.name]:
                    if self._is(at, words):
                        total, at = total + Fraction(scale, 2), at + len(words)
            elif value is not None and value < room:
                group, at = group + value, skipped + 1
                room = Fraction(10) if 20 <= value < 100 and value % 10 == 0 else _place(value)
            else:
                break
        if at == start or (at == start + 1 and self._word(start) in _ARTICLES[language.name] and total + group == 0):
            return None
        value = total + group
        if self._word(at) == _POINT[language.name] and (rest := self._simple(at + 1)) is not None and rest < 10:
            value, at = value + rest / 10, at + 2
            return self._scaled(value, at, None)
        halves = [words for words in _AND_A_HALF[language.name] if self._is(at, words)]
        if halves and self._word(at + len(halves[0])) in language.scales:
            return self._scaled(value, at, None)
        return _Counted(value, at)

    def _joins(self, at: int) -> bool:
        """Whether a word only joins two numbers: one hundred and fifty, treinta y cinco."""
        if self._language.name == "english":
            return self._word(at) == "and" and (self._words[at - 1] in ("hundred", "thousand"))
        tens = self._language.numbers.get(self._word(at - 1), 0)
        return self._language.name == "spanish" and self._word(at) == "y" and tens in range(30, 100, 10)

    def _simple(self, at: int) -> Fraction | None:
        word = self._word(at)
        numbers = self._language.numbers
        if word == "" or self._tokens[at].kind != "word":
            return None
        if word in numbers:
            return Fraction(numbers[word])
        if "-" in word:
            parts = [numbers.get(part) for part in word.split("-")]
            if len(parts) == 2 and None not in parts and (parts[0] or 0) % 10 == 0 and 0 < (parts[1] or 0) < 10:
                return Fraction((parts[0] or 0) + (parts[1] or 0))
        return _german_number(word, self._language) if self._language.name == "german" else None


def _place(value: Fraction) -> Fraction:
    """What a number may be followed by: after five hundred something below a hundred, after seven nothing."""
    return Fraction(100) if value >= 100 and value % 100 == 0 else Fraction(0)


def _german_number(word: str, language: Language) -> Fraction | None:
    """A number in one word: zwölftausend, hundertfünfzig, einundzwanzig, zweieinhalb, anderthalbtausend."""
    for name in ("tausend", "hundert"):
        before = word.removesuffix(name)
        if before != word and before.endswith("halb") and (half := _german_number(before, language)) is not None:
            return half * language.scales[name]
    if word in _GERMAN_HALVES:
        return _GERMAN_HALVES[word]
    if word.endswith("einhalb") and (whole := language.numbers.get(word.removesuffix("einhalb"))) is not None:
        return whole + Fraction(1, 2)
    value = _below_million(word, language.numbers)
    return None if value is None else Fraction(value)


def _below_million(word: str, numbers: object) -> int | None:
    assert isinstance(numbers, dict)  # noqa: S101  # of `Language`
    if word in numbers:
        return int(numbers[word])
    if word in ("ein", "eine"):
        return None
    for name, scale in (("tausend", 1000), ("hundert", 100)):
        if name in word:
            before, _, after = word.partition(name)
            times = 1 if before in ("", "ein") else _below_million(before, numbers)
            rest = 0 if after == "" else _below_million(after.removeprefix("und"), numbers)
            if after in ("ein", "undein", "eins", "undeins"):
                rest = 1
            return None if times is None or rest is None or rest >= scale else times * scale + rest
    units, joined, tens = word.partition("und")
    if joined and numbers.get(tens, 0) in range(20, 100, 10):
        unit = 1 if units == "ein" else numbers.get(units)
        return None if unit is None or not 0 < unit < 10 else int(numbers[tens]) + int(unit)
    return None
