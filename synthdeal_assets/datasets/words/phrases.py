"""A request as phrases: words, numbers, and what the phrases between them mean.

What follows from their order belongs in `parser.py`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

from rapidfuzz.distance import OSA

from synthdeal_assets.datasets.words.languages import Language, either_words, vocabulary, words_by_kind
from synthdeal_assets.datasets.words.naming import misspelt, same_thing
from synthdeal_assets.datasets.words.numbers import NumberReading, read_numbers
from synthdeal_assets.datasets.words.tokens import Token, tokens_of

STRUCTURE: Final = frozenset(
    {"with", "and", "of", "for", "is", "table", "rows", "columns", "called", "from", "to", "as_format"}
)
"""Meanings that a plan need not account for: they are in its form."""

MEANING: Final = frozenset(
    {
        "or", "not", "each", "per", "between", "under", "over", "at_least", "at_most", "unique", "missing", "without",
        "rest", "like", "after", "before", "within", "plus", "minus", "times", "divided", "sum_of", "product_of",
        "difference_of", "save", "seed", "decimals", "sorted", "every_hour", "every_day", "every_minute", "every_week",
        "every_month", "one_of", "vague", "yes_no", "of_them", "normally", "sd", "every", "every_step", "correction",
        "blemished",
    }
)  # fmt: skip
"""Meanings that change what is made: each is accounted for, and none can be the name of a thing."""

_ALWAYS_MEANS: Final = frozenset({"not", "each", "per", "without", "rest", "missing", "unique", "at_least", "at_most"})
_SOFT_WORDS: Final = frozenset({"every"})
_ABBREVIATED: Final = frozenset(
    ["max", "min", "ca", "approx", "zzgl", "inkl", "incl", "mind", "zw", "aprox", "mín", "máx", "dept"]
)
_SAYS_NOTHING: Final = frozenset({"polite", "data_word"})


@dataclass(frozen=True)
class Lexeme:
    """A word, a phrase with one meaning, or a number.

    Attributes:
        at: Its place among the others.
        kind: concept, word, fill, number, share, vague, unread for what is given up, or the kind of its token.
        text: As written.
        start: Its first character in the request.
        end: The character after its last one.
        word: The text folded.
        concepts: What it may mean.
        reading: What number it is.
        common: Whether it is a word that mostly joins others, whatever else it may mean.
    """

    at: int
    kind: str
    text: str
    start: int
    end: int
    word: str
    concepts: frozenset[str] = frozenset()
    reading: NumberReading | None = None
    common: bool = False

    @property
    def is_content(self) -> bool:
        """Whether a plan must account for it."""
        if self.kind in ("number", "share", "quoted", "file", "date", "time", "code", "word", "suffix", "unread"):
            return True
        if self.common and not self.concepts & _ALWAYS_MEANS:
            return False
        return self.kind == "concept" and bool(self.concepts & MEANING) and not self.concepts & STRUCTURE


_NAMES_WITH_DIGITS: Final = frozenset(
    {"ipv4", "ipv6", "sha256", "sha1", "md5", "co2", "no2", "o3", "pm10", "b2b", "b2c", "mp3", "mp4", "covid-19"}
    | {"isbn-13", "isbn-10", "isbn13", "isbn10", "ean-13", "ean13", "ean-8", "gtin-13"}
)


def _is_about(tokens: Sequence[Token], at: int, readings: Mapping[int, NumberReading]) -> bool:
    """Whether a word says about how many: like 20, wie 20, como 20."""
    return tokens[at].folded in _LIKE and at + 1 in readings and not readings[at + 1].share


def _spaced_codes(request: str, tokens: Sequence[Token]) -> list[Token]:
    """The tokens, capitals and digits with a blank between them as one code behind "like": GER 1234, 1234 BCD."""
    found: list[Token] = []
    for at, token in enumerate(tokens):
        if at > 1 and found[-1].end >= token.end:
            continue
        coded = at > 0 and tokens[at - 1].folded in _LIKE and _is_spaced_code(tokens, at)
        end = tokens[at + 1].end if coded else token.end
        found.append(Token("code", request[token.start : end], token.start, end) if coded else token)
    return found


def _is_spaced_code(tokens: Sequence[Token], at: int) -> bool:
    parts = [token.text for token in tokens[at : at + 2]]
    both = len(parts) == 2 and sorted(part.isdigit() for part in parts) == [False, True]
    capitals = [part for part in parts if len(part) > 1 and part.isupper() and part.isascii()]
    after = tokens[at + 2].text if at + 2 < len(tokens) else ""
    return both and len(capitals) == 1 and (after in ("", ",", ".", ")", ";", "\n") or after in _JOINING)


def _step(
    tokens: Sequence[Token], at: int, readings: Mapping[int, NumberReading], language: Language
) -> tuple[NumberReading, str, int] | None:
    """The number, unit and end of "every 15 minutes", "alle 10 Tage", "cada 2 horas"."""
    reading = readings.get(at)
    if reading is None or reading.share or reading.value.denominator != 1 or reading.last >= len(tokens):
        return None
    of = language.concepts.get((tokens[reading.last].folded,), frozenset())
    unit = next((unit for unit in ("minute", "hour", "day", "week", "month") if unit in of), None)
    return None if unit is None or reading.value < 1 else (reading, unit, reading.last + 1)


def given_up(lexeme: Lexeme) -> Lexeme:
    """A lexeme that nothing may be made of."""
    return replace(lexeme, kind="unread", concepts=frozenset(), reading=None)


def lexemes_of(request: str, language: Language) -> list[Lexeme]:
    """All lexemes of a request, in order."""
    tokens = _spaced_codes(request, tokens_of(request))
    if request.upper() == request:
        # All in capitals: none of them is a name.
        tokens = [replace(token, text=token.text.lower()) if token.kind == "word" else token for token in tokens]
    readings = {one.first: one for one in read_numbers(tokens, language) if not _is_capital(tokens, one)}
    longest, rows = max(len(phrase) for phrase in language.concepts), _named_rows(tokens, language)
    found: list[Lexeme] = []
    at = 0
    while at < len(tokens):
        phrase, concepts = _not_of_range(
            tokens, at, (0, frozenset[str]()) if at in rows else _concept(tokens, at, language, longest), readings
        )
        if concepts & {"every", "each"} and (step := _step(tokens, at + phrase, readings, language)) is not None:
            count, unit, after = step
            stepped = frozenset({"every_step"})
            lexeme = _lexeme(len(found), request, tokens[at:after], "concept", stepped, reading=count)
            found.append(replace(lexeme, word=f"{int(count.value)} {unit}s"))
            at = after
        elif phrase == 1 and _is_about(tokens, at, readings):
            found.append(_lexeme(len(found), request, [tokens[at]], "fill", frozenset()))
            at += 1
        elif "vague" in concepts:
            after = at + phrase
            while after < len(tokens) and tokens[after].folded in language.scales:
                after += 1
            found.append(_lexeme(len(found), request, tokens[at:after], "vague", concepts))
            at = after
        elif (reading := readings.get(at)) is not None and not (phrase > reading.last - at):
            kind = "share" if reading.share else "number"
            found.append(_lexeme(len(found), request, tokens[at : reading.last], kind, frozenset(), reading=reading))
            at = reading.last
        elif phrase:
            hard, concepts = _meant(concepts, adds=_adds(tokens, at, readings, language))
            if phrase == 1 and _is_only_a_name(tokens, at, concepts, readings):
                hard, concepts = frozenset(), frozenset()
            word = tokens[at].folded
            fill = (phrase == 1 and word in language.function) or bool(concepts and concepts <= _SAYS_NOTHING)
            fill = fill and not (phrase == 1 and (_is_listed(tokens, at) or _names_period(tokens, at, language)))
            kind = "concept" if hard else "fill" if fill else "word"
            lexeme = _lexeme(len(found), request, tokens[at : at + phrase], kind, concepts)
            found.append(replace(lexeme, common=phrase == 1 and word in language.function))
            at += phrase
            at += word in _ABBREVIATED and at < len(tokens) and tokens[at].text == "." == request[tokens[at - 1].end]
        else:
            token = tokens[at]
            if token.kind == "code" and token.folded in _NAMES_WITH_DIGITS:
                token = replace(token, kind="word")
            named = _abbreviation(token) or _is_letter(tokens, at) or _is_elided(tokens, at)
            fill = token.kind == "word" and token.folded in language.function and not named
            fill = fill and not (_is_listed(tokens, at) or _begins_name(tokens, at) or at in rows)
            found.append(_lexeme(len(found), request, [token], "fill" if fill else token.kind, frozenset()))
            at += 1
    return found


def _not_of_range(
    tokens: Sequence[Token], at: int, found: tuple[int, frozenset[str]], readings: Mapping[int, NumberReading]
) -> tuple[int, frozenset[str]]:
    """The phrase found, or none where a sum has two ends: the sum of 5 to 90 is called so, and is none of others."""
    low = readings.get(at + found[0]) if "sum_of" in found[1] else None
    ranged = low is not None and tokens[min(low.last, len(tokens) - 1)].folded in _TO and low.last + 1 in readings
    return (0, frozenset()) if ranged else found


def _is_capital(tokens: Sequence[Token], reading: NumberReading) -> bool:
    """Whether a number is a letter alone, which is no thousand: the letter K."""
    return (
        reading.last - reading.first == 1
        and len(tokens[reading.first].text) == 1
        and tokens[reading.first].text.isalpha()
    )


def _named_rows(tokens: Sequence[Token], language: Language) -> set[int]:
    """Words such as field and sample where rows are counted per one of them, or they per another one: 6 per field."""
    said = [token.folded for token in tokens]
    per = [at for at, word in enumerate(said) if "per" in language.concepts.get((word,), frozenset())]
    beside = {said[at] for each in per for at in (each + 1, each - 1) if 0 <= at < len(said)}
    counted = {word for word in beside & either_words() if any(_is_counted_at(tokens, at, word) for at in per)}
    counted |= _counted_first(tokens, language)
    return {at for at, word in enumerate(said) if any(same_thing((word,), (each,)) for each in counted)}


def _counted_first(tokens: Sequence[Token], language: Language) -> set[str]:
    """The word that the first number of a request counts, before what it has: 130 farm fields with, 60 Felder mit."""
    said = [token.folded for token in tokens]
    at = next((at for at, token in enumerate(tokens) if token.kind == "number"), len(tokens))
    meant = [language.concepts.get((word,), frozenset()) for word in said]
    if any(one & {"with", "table", "columns"} for one in meant[:at]) or any("rows" in one for one in meant):
        return set()
    with_ = next((each for each in range(at + 2, min(at + 4, len(said))) if said[each] in _WITH), at)
    words = [word for word in said[at + 1 : with_] if word in either_words() and tokens[at + 1].kind == "word"]
    return set(words[:1]) - {"tracking"}


def _is_counted_at(tokens: Sequence[Token], per: int, word: str) -> bool:
    """Whether what stands before or behind "per" is that word: 6 fields per farm, 3 probes per field."""
    before, after = tokens[per - 1] if per else None, tokens[per + 1] if per + 1 < len(tokens) else None
    counted = before is not None and before.folded == word and per > 1 and tokens[per - 2].kind == "number"
    return counted or (after is not None and after.folded == word)


def _is_only_a_name(
    tokens: Sequence[Token], at: int, concepts: frozenset[str], readings: dict[int, NumberReading]
) -> bool:
    """Whether a word such as tipo, format or minimum is a name here: nothing follows that it would be about."""
    beside = [token for token in tokens[at + 1 : at + 4] if token.text not in (":", "=", ".", "of", "von", "de", "is")]
    if concepts == {"called"}:
        counted = any(reading.last == at for reading in readings.values())
        return counted or (at > 0 and tokens[at - 1].folded in ("de", "of", "von", "la", "una", "cada"))
    if concepts == {"like"}:
        coded = beside and (beside[0].kind in ("code", "quoted") or _begins_code(beside))
        return tokens[at].folded not in _LIKE and not coded
    if concepts <= {"at_least", "at_most"} and tokens[at].folded in _BOUNDS:
        ends = {reading.last for reading in readings.values()}
        joined = at > 0 and tokens[at - 1].folded in (",", "and", "und", "y")
        named = len(beside) > 1 and beside[0].kind == "word" and beside[1].folded in _RANGES
        near = any(at + step in readings for step in range(1, 4)) and not named
        return not near and not ({at} if joined else {at, at - 1}) & ends
    if concepts == {"rows"} and at > 1 and tokens[at - 1].folded in ("de", "of") and tokens[at - 2].folded in _OF_A_ROW:
        # Fecha de registro, date of entry.
        return True
    if concepts == {"rows"} and tokens[at].folded in _ONE_ROW:
        # An entry fee is no row.
        return bool(beside) and beside[0].kind == "word" and tokens[at + 1] is beside[0] and beside[0].folded in _HEADS
    return False


def _meant(concepts: frozenset[str], *, adds: bool) -> tuple[frozenset[str], frozenset[str]]:
    """The meanings of a phrase that no name has, and all of them."""
    concepts = frozenset({"and"}) if adds else concepts
    return concepts & (MEANING | STRUCTURE) - _SOFT_WORDS, concepts


def _adds(tokens: Sequence[Token], at: int, readings: Mapping[int, NumberReading], language: Language) -> bool:
    """Whether plus behind a comma joins another thing, where nothing is calculated: , plus 3 to 8 tasks per project."""
    before, after = tokens[at - 1].text if at else "", tokens[at + 1] if at + 1 < len(tokens) else None
    meant = language.concepts.get((tokens[at].folded,), frozenset())
    if before != "," or after is None or meant != {"plus"} or tokens[at].text[:1].isupper():
        return False
    first = at
    while first and tokens[first - 1].text not in ".;!?\n":
        first -= 1
    sums = {"is", "times", "sum_of", "product_of", "divided", "minus"}
    calculates = any(
        token.text in "=*" or language.concepts.get((token.folded,), frozenset()) & sums for token in tokens[first:at]
    )
    number = readings.get(at + 1)
    joins = language.concepts.get((after.folded,), frozenset()) & {"and", "or"}
    named = after.kind == "word" and not joins and after.folded not in language.scales
    return not calculates and (named or (number is not None and not number.share))


def _begins_code(beside: Sequence[Token]) -> bool:
    """Whether capitals and what joins them with digits follow: DE gefolgt von 8 Ziffern, H- and 3 digits."""
    text, after = beside[0].text, beside[1].folded if len(beside) > 1 else ""
    joins = after in "-_/" or after in words_by_kind("doubtful")["then"]
    return text.isascii() and text.isupper() and text.isalpha() and joins


_RANGES: Final = frozenset({"between", "from", "zwischen", "von", "entre", "de", "desde"})
_ONE_ROW: Final = frozenset({"entry", "record", "row"})
_OF_A_ROW: Final = frozenset(
    {"fecha", "hora", "numero", "codigo", "tipo", "lugar", "ano", "dia", "nombre", "estado", "date", "time", "point"}
)
_HEADS: Final = frozenset(
    {"fee", "price", "date", "time", "name", "number", "type", "label", "code", "id", "point", "level", "status"}
    | {"title", "company", "no", "kind", "result", "score"}
)
"""What a name ends with that begins with a word of another meaning: entry fee, sample id, test name."""


def _begins_name(tokens: Sequence[Token], at: int) -> bool:
    """Whether a word that says nothing elsewhere begins the name of an item of a list: sample id, test name."""
    before = tokens[at - 1].folded if at else ""
    after = tokens[at + 1].folded if at + 1 < len(tokens) else ""
    begins = before in (",", ":", "(", "-", "\n", "and", "with", "a", "the")
    if tokens[at].folded == "kind" and after == "of":
        return begins and before not in ("a", "the")
    return tokens[at].folded in either_words() and begins and after in _HEADS


_LIKE: Final = frozenset({"like", "wie", "como"})
_BOUNDS: Final = frozenset(
    ["minimum", "maximum", "min", "max", "minimal", "maximal", "minimo", "maximo", "minima", "maxima"]
)
_PUT_RIGHT: Final = frozenset(
    {"with", "between", "unique", "missing", "each", "at_least", "at_most", "columns", "rows", "rest", "every_hour",
     "every_day", "without", "table"}
)  # fmt: skip
"""Meanings that are recognised in spite of a slip of the keyboard."""


def _misspelt(token: Token, language: Language) -> str | None:
    """The word of a phrase that a token was meant to be; None for one that is right, or the name of something."""
    word = token.folded
    if token.kind != "word" or len(word) < 4 or (word,) in language.concepts or word in language.function:
        return None
    if word in vocabulary(language.name) or word in language.numbers or word in language.months:
        return None
    known = [phrase[0] for phrase, of in language.concepts.items() if len(phrase) == 1 and of & _PUT_RIGHT]
    surely = (phrase[0] for phrase, of in language.concepts.items() if len(phrase) == 1 and of == {"polite"})
    return misspelt(word, known, shortest=7) or next((one for one in surely if _is_slip(word, one)), None)


def _is_slip(word: str, right: str) -> bool:
    """Whether a long word is another one with a letter wrong, and no longer form of it: nartürlich, but natürliche."""
    near = len(word) >= _LONG and word[0] == right[0] and not word.startswith(right)
    return near and OSA.distance(word, right) == 1


_LONG: Final = 8
"""Letters from which on one more or less is a slip."""


def _abbreviation(token: Token) -> bool:
    """Whether it is a name in capitals, such as IT, and not the word that is written alike."""
    return len(token.text) > 1 and token.text.isupper()


def _is_stressed(tokens: Sequence[Token], at: int, language: Language) -> bool:
    """Whether capitals only stress a word: NO nulls, UNIQUE email, OHNE Lücken."""
    after = tokens[at + 1] if at + 1 < len(tokens) else None
    follows = after is not None and after.kind == "word" and after.folded not in language.function
    concepts = language.concepts.get((tokens[at].folded,), frozenset())
    return follows and bool(concepts & {"not", "without", "unique", "missing"})


def _names_period(tokens: Sequence[Token], at: int, language: Language) -> bool:
    """Whether a word such as this stands before a span of time: this month, diesen Monat, este año."""
    after = tokens[at + 1].folded if at + 1 < len(tokens) else ""
    concepts = language.concepts.get((tokens[at].folded,), frozenset())
    return bool(concepts & {"this", "last", "next"} and language.concepts.get((after,), frozenset()) & _SPANS)


_SPANS: Final = {"year", "month", "week", "quarter", "day"}
_WITH: Final = frozenset({"with", "having", "mit", "con"})
_POLITE: Final = frozenset(
    {"please", "pls", "plz", "thanks", "bitte", "danke", "gracias", "ok", "okay", "also", "so", "and", "und", "y",
     "gut", "klar", "genau", "halt", "bueno", "bien", "pues", "claro", "uh", "hmm", "well", "oh"}
)  # fmt: skip


def _is_listed(tokens: Sequence[Token], at: int) -> bool:
    """Whether a word that says nothing elsewhere is an item of a list: make, model, year."""
    before = tokens[at - 1].text if at else ""
    after = tokens[at + 1].text if at + 1 < len(tokens) else ""
    begins = before in (",", ":", ";", "(", "\n") or (after == "," and tokens[at - 1 if at else 0].folded in _WITH)
    return begins and after in (",", ";", ")", "=", "\n") and tokens[at].folded not in _POLITE


def _is_letter(tokens: Sequence[Token], at: int) -> bool:
    """Whether a capital is an item of a list, such as the blood group O, and not the word that is written alike."""
    token = tokens[at]
    if token.kind != "word" or len(token.text) > 1 or not token.text.isupper():
        return False
    before = tokens[at - 1].text if at else ""
    after = tokens[at + 1].text if at + 1 < len(tokens) else ""
    signed = after in ("+", "-") and tokens[at + 1].start == token.end
    if signed and (at + 2 == len(tokens) or tokens[at + 2].start > tokens[at + 1].end or tokens[at + 2].text in ",);"):
        return True
    if after in _JOINING or (before in _JOINING and after in ("", ",", ";", ".", ")")):
        return True
    further = tokens[at + 2].text if at + 2 < len(tokens) else ""
    if (after == "," or after in _TO) and len(further) == 1 and further.isupper():
        return True
    earlier = tokens[at - 2].text if at > 1 else ""
    if before in _TO and len(earlier) == 1 and earlier.isupper():
        return True
    between = before != "" and (before in _BESIDE or before in "(:") and (after in _BESIDE or after == ")")
    return between or after in ("/", "|")


def _is_elided(tokens: Sequence[Token], at: int) -> bool:
    """Whether a word has only its first half: Vor- und Nachname."""
    words = [token.text for token in tokens[at + 1 : at + 3]]
    return (
        len(words) == 2 and words[0] == "-" and words[1] in ("und", "oder") and tokens[at].end == tokens[at + 1].start
    )


_JOINING: Final = ("und", "and", "y", "or", "oder", "o")
_TO: Final = ("to", "bis", "a", "hasta")
_BESIDE: Final = (",", "/", "|", "und", "and", "y", "o", "or", "oder")


def _concept(tokens: Sequence[Token], at: int, language: Language, longest: int) -> tuple[int, frozenset[str]]:
    """How many tokens from here are one phrase, the longest there is, and its meanings."""
    unit = language.concepts.get((tokens[at].folded,), frozenset()) == {"unit"}
    counted = at > 0 and (tokens[at - 1].kind in ("number", "suffix") or tokens[at - 1].folded in ("in", "en"))
    if at > 0 and tokens[at - 1].text == "(" and (width := _unit_in_bracket(tokens, at)) is not None:
        return width, frozenset({"unit"})
    spoken = any(tuple(token.folded for token in tokens[at : at + many]) in language.concepts for many in (2, 3))
    if counted and not spoken and (width := _compound_unit(tokens, at)) is not None:
        return width, frozenset({"unit"})
    if unit and counted and not spoken:
        return 1, frozenset({"unit"})
    named = _abbreviation(tokens[at]) and not _is_stressed(tokens, at, language)
    # Class 5a, and not 5 à 10 euros.
    in_name = tokens[at].kind == "suffix" and tokens[at].text in "aA" and language.name == "german"
    if in_name or _is_letter(tokens, at) or named or _is_elided(tokens, at) or tokens[at].text.casefold() in _NUMERO:
        return 0, frozenset()
    if (meant := _misspelt(tokens[at], language)) is not None:
        return 1, language.concepts[(meant,)]
    for length in range(min(longest, len(tokens) - at), 0, -1):
        words = tuple(token.folded for token in tokens[at : at + length])
        if any(token.kind == "quoted" for token in tokens[at : at + length]):
            continue
        if words == ("w", "/") and at > 0 and tokens[at - 1].text in ("(", "/"):
            # Of (m/w/d) it is a value.
            continue
        if (
            words in _LETTERS_FOR_ANSWERS
            and at > 0
            and tokens[at - 1].text == "("
            and tokens[at + 3 :][:1]
            and (tokens[at + 3].text == ")")
        ):
            # Of (y/n) they are, too.
            continue
        if (concepts := language.concepts.get(words)) is not None:
            return length, concepts
    return 0, frozenset()


def _compound_unit(tokens: Sequence[Token], at: int) -> int | None:
    """How many tokens are a unit of two: mg/dL, l/100km."""
    following = tokens[at + 1 : at + 4]
    short = tokens[at].kind != "number" and len(tokens[at].text) <= _LONGEST_UNIT
    if not short or len(following) < 2 or following[0].text != "/":
        return None
    joined = [before.end == after.start for before, after in pairwise([tokens[at], *following])]
    if not all(joined[:2]) or following[1].kind not in ("word", "number"):
        return None
    return 4 if len(joined) == 3 and joined[2] and following[2].kind in ("word", "suffix") else 3


_LETTERS_FOR_ANSWERS: Final = {("y", "/", "n"), ("t", "/", "f"), ("j", "/", "n"), ("s", "/", "n")}
_LONGEST_UNIT: Final = 3
_NUMERO: Final = frozenset({"nº", "n°", "n.º", "№"})
"""Signs for the word number, which fold to a "no"."""
_UNIT_PER: Final = re.compile(
    r"(?:(?!xl|xs)[a-zµμ]{2,4}|m[23²³])/(?:dl|ml|l|h|s|min|km|m[23²³]|kg|ha|kwh|d|day)"
    r"|m/(?:s|h|min)|g/(?:dl|l|kg|km|m[23²³])|l/(?:h|min|km|ha|100km)|w/m[2²]"
)


def _unit_in_bracket(tokens: Sequence[Token], at: int) -> int | None:
    """How many tokens are a unit alone in its brackets, and no two values: (mg/dl), but not (m/f)."""
    end = next((each for each in range(at, min(at + 5, len(tokens))) if tokens[each].text == ")"), at)
    text = "".join(token.text for token in tokens[at:end])
    return end - at if _UNIT_PER.fullmatch(text.casefold()) else None


def _lexeme(
    at: int,
    request: str,
    tokens: Sequence[Token],
    kind: str,
    concepts: frozenset[str],
    *,
    reading: NumberReading | None = None,
) -> Lexeme:
    start, end = tokens[0].start, tokens[-1].end
    word = " ".join(token.folded for token in tokens)
    return Lexeme(at, kind, request[start:end], start, end, word, concepts, reading)
