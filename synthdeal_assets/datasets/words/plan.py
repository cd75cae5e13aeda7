"""A plan: what a request comes to, item by item, with the words that each came from, and what was not understood.

Whoever made a plan, `problems` is code that reads the request anew: every number, quoted text, name and word of it must
be in an item or be listed as not understood, and a number must be in the specification as it was read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from typing import Any, Final

from synthdeal_assets.datasets.spec.grammar import Specification
from synthdeal_assets.datasets.spec.spec_file import parse_specification
from synthdeal_assets.datasets.words.languages import LANGUAGES, Language, language, language_of
from synthdeal_assets.datasets.words.phrases import Lexeme, lexemes_of
from synthdeal_assets.datasets.words.tokens import tokens_of
from synthdeal_assets.datasets.words.yaml_text import flow
from synthdeal_assets.foundation.plain_yaml import read_plain_yaml

MOST_QUESTIONS: Final = 5
_DEEPEST: Final = 10
_FIELD: Final = 4
"""Keys on the way to a field."""
_NUMBER: Final = re.compile(r"\d[\d_]*(?:\.\d+)?")


@dataclass(frozen=True)
class WordSpan:
    """Words of the request.

    Attributes:
        text: As they are written there.
        start: Their first character.
        end: The character after their last one.
    """

    text: str
    start: int
    end: int


@dataclass(frozen=True)
class PlanItem:
    """One thing that a request comes to.

    Attributes:
        what: What it is: dataset, table, rows, field, reference, key, rule, format, file name, locale, seed, tables.
        path: Where it is in the specification, such as ("tables", "orders", "fields", "total"); empty for what is not
            in it, such as a format.
        value: What it comes to, in one line.
        said: The words that it came from; none where all of it is assumed.
        assumed: What nobody said, and why it is so; empty where nothing is assumed.
    """

    what: str
    path: tuple[str, ...]
    value: str
    said: tuple[WordSpan, ...] = ()
    assumed: str = ""


@dataclass(frozen=True)
class PlanQuestion:
    """Something to be asked.

    Attributes:
        text: The question.
        default: What holds without an answer.
        path: Where the answer goes; empty where no single place takes it.
        correction: The correction in words that another answer is, with {answer} in it; empty where the person changes
            the request or the specification instead.
    """

    text: str
    default: str
    path: tuple[str, ...] = ()
    correction: str = ""


@dataclass(frozen=True)
class Plan:
    """What a request comes to.

    Attributes:
        request: The request as given.
        items: Its parts, in the order of the specification.
        not_understood: The words that no item came from.
        questions: At most five, those that change most first.
        to_check: Readings that may be wrong and are not asked, as sentences: what else would be asked, and numbers that
            made a table or a yes-or-no field of words that are no common name of one.
        specification: The YAML text.
        formats: What files are wanted: csv, xlsx, ...
        file_name: The name of a file, where one is said.
        language: Of `languages.LANGUAGES`; empty where whoever made the plan does not tell.
    """

    request: str
    items: tuple[PlanItem, ...]
    not_understood: tuple[WordSpan, ...]
    questions: tuple[PlanQuestion, ...]
    specification: str
    formats: tuple[str, ...] = ()
    file_name: str | None = None
    language: str = field(default="", compare=False)
    to_check: tuple[str, ...] = field(default=(), compare=False)

    def specification_text(self) -> str:
        """The specification as YAML."""
        return self.specification

    def parsed(self) -> Specification:
        """The specification.

        Raises:
            SynthDealError: It has mistakes.
        """
        return parse_specification(self.specification, "the plan")

    def problems(self) -> tuple[Unclaimed, ...]:
        """What of the request is lost or misread in silence; nothing of it in a plan that is whole."""
        return unclaimed(self)

    @property
    def is_complete(self) -> bool:
        """Whether everything was understood, and nothing is lost in silence."""
        return not self.not_understood and not self.problems()


@dataclass(frozen=True)
class Unclaimed:
    """Words of a request that a plan does not account for.

    Attributes:
        words: The words.
        why: What is the matter, as a sentence.
    """

    words: WordSpan
    why: str


def words_of(request: str) -> tuple[Language, list[Lexeme]]:
    """The language of a request, and its lexemes."""
    tokens = tokens_of(request)
    found = language_of([token.text for token in tokens if token.kind == "word"])
    return found, lexemes_of(request, found)


def unclaimed(plan: Plan) -> tuple[Unclaimed, ...]:
    """What a plan loses of its request, and which numbers it has changed."""
    known = language(plan.language) if plan.language in LANGUAGES else None
    found, lexemes = words_of(plan.request)
    if known is not None and known is not found:
        lexemes = lexemes_of(plan.request, known)
    try:
        data: Any = read_plain_yaml(plan.specification, deepest=_DEEPEST).data
    except Exception:  # noqa: BLE001  # what cannot be read holds no number; `parsed` says why
        data = None
    problems = []
    for lexeme in lexemes:
        if not lexeme.is_content or any(_covers(span, lexeme) for span in plan.not_understood):
            continue
        claiming = [item for item in plan.items if any(_covers(span, lexeme) for span in item.said)]
        words = WordSpan(lexeme.text, lexeme.start, lexeme.end)
        if not claiming:
            problems.append(Unclaimed(words, f"{lexeme.text!r} is in no part of the plan."))
        elif lexeme.reading is not None and not all(
            holds(lexeme, _numbers_at(data, item), strict=is_strict(lexemes, lexeme)) for item in claiming
        ):
            where = " or ".join(".".join(item.path) or item.what for item in claiming)
            problems.append(Unclaimed(words, f"{lexeme.text!r} is not in {where} as it was said."))
    return (*problems, *_invented(plan, data, lexemes))


def _invented(plan: Plan, data: Any, lexemes: Sequence[Lexeme]) -> list[Unclaimed]:
    """Ends of values that are in none of the words that their field came from, and that nothing assumes."""
    problems = []
    for item in plan.items:
        part = data
        for key in item.path if len(item.path) == _FIELD and item.said else ():
            part = part.get(key) if isinstance(part, Mapping) else None
        if not isinstance(part, Mapping) or len(item.path) != _FIELD or not item.said:
            continue
        said = [one for one in lexemes if any(_covers(span, one) for span in item.said)]
        places = {one.at - 1 for one in said if "decimals" in one.concepts}
        said = [one for one in said if one.at not in places]
        known = [(number, 0) for number in numbers_in([item.assumed])]
        known += [(value, int(is_strict(lexemes, one))) for one in said for value in _values_of(one)]
        ends = numbers_in(part[key] for key in ("uniform", "min", "max") if key in part)
        strange = [end for end in ends if not any(abs(end - one) <= room for one, room in known)]
        # Of 1 to 5 the 5 is not known by 5% that are missing.
        empty = numbers_in([str(part.get("missing", ""))])
        if any(end not in strange and end not in empty for end in ends):
            # Where none of them is known, they are as the name of the field has them.
            where = ".".join(item.path)
            problems += [
                Unclaimed(item.said[0], f"{where} has {end}, which none of its words says.") for end in strange
            ]
    return problems


def _values_of(lexeme: Lexeme) -> list[Fraction]:
    """What a number may come to, a share in hundredths too."""
    reading = lexeme.reading
    if reading is None:
        return []
    values = [reading.value, *([] if reading.other is None else [reading.other])]
    return [*values, reading.value * 100] if reading.share else values


def _covers(span: WordSpan, lexeme: Lexeme) -> bool:
    return span.start <= lexeme.start and lexeme.end <= span.end


def is_strict(lexemes: Sequence[Lexeme], number: Lexeme) -> bool:
    """Whether the number itself is out: under 500 may be written as up to 499.99."""
    before = number.at - 1
    while before >= 0 and (
        lexemes[before].kind == "fill" or lexemes[before].text in "$€£¥-" or "of" in lexemes[before].concepts
    ):
        before -= 1
    return before >= 0 and (
        bool(lexemes[before].concepts & {"under", "over", "before", "after"}) or lexemes[before].text in "<>"
    )


def holds(lexeme: Lexeme, numbers: Iterable[Fraction], *, strict: bool) -> bool:
    """Whether a number that was said is among those written."""
    reading = lexeme.reading
    assert reading is not None  # noqa: S101  # looked at by who calls
    wanted = [reading.value] if reading.other is None else [reading.value, reading.other]
    if reading.share:
        wanted = [reading.value * 100, reading.value]
    room = Fraction(1) if strict else Fraction(0)
    return any(abs(number - one) <= max(room, abs(one) / 10**6) for number in numbers for one in wanted)


def _numbers_at(data: Any, item: PlanItem) -> list[Fraction]:
    """All numbers in the part of a specification that an item is about."""
    texts = [item.value] if not item.path else []
    part = data
    for key in item.path:
        part = part.get(key) if isinstance(part, Mapping) else None
    if item.path and part is not None:
        texts.append(flow(part))
    if len(item.path) == 4 and isinstance(data, Mapping):
        rules = data["tables"][item.path[1]].get("rules", []) if item.path[1] in data.get("tables", {}) else []
        texts += [rule for rule in rules if item.path[3] in rule]
    return numbers_in(texts) + _derived(data, item, part)


def _derived(data: Any, item: PlanItem, part: Any) -> list[Fraction]:
    """Numbers that a part of a specification comes to: the days of a series, the rows of each share of a field."""
    if not isinstance(part, Mapping):
        return []
    ends = [part["from"], part["to"]] if {"every", "from", "to"} <= part.keys() else part.get("date", "").split(" .. ")
    try:
        first, last = (date.fromisoformat(str(end)) for end in ends)
    except ValueError:
        pass
    else:
        days = Fraction((last - first).days + 1)
        return [*([days, days * 24, days / 7, days / 30] if "every" in part else []), *_parts_of_year(first, last)]
    shares = part.get("one_of")
    rows = str(data["tables"][item.path[1]]["rows"]).replace("_", "") if len(item.path) == 4 else ""
    if not isinstance(shares, Mapping) or not rows.isdigit():
        return []
    said = [Fraction(str(share)[:-1]) / 100 for share in shares.values() if str(share).endswith("%")]
    return [share * int(rows) for share in [*said, 1 - sum(said, Fraction(0))]]


def _parts_of_year(first: date, last: date) -> list[Fraction]:
    """Which half or quarter of a year some days are, and the half of it: the 2 and the half of the second half."""
    months = last.month - first.month + 1
    begins, after = first.day == 1 and months > 0 and last.month % months == 0, last + timedelta(days=1)
    if first.year != last.year or months not in (3, 6) or not begins or after.day != 1:
        return []
    return [Fraction(last.month, months), Fraction(months, 12)]


def numbers_in(texts: Iterable[str]) -> list[Fraction]:
    """All numbers of some texts of a specification."""
    return [Fraction(number.replace("_", "")) for text in texts for number in _NUMBER.findall(str(text))]
