"""Signs in a piece of English text that a claim rests on something: figures, names, dates, confirmations, doubts.

General linguistics only: the words in `evidence_words.yaml` stand in any English text and were chosen without looking
at how the synthetic world writes.
Text is data here: it is counted, never obeyed. What the signs mean for a level belongs in `heuristic_levels.py`.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Final

import yaml


def _word_lists() -> dict[str, frozenset[str]]:
    text = resources.files(__package__).joinpath("evidence_words.yaml").read_text(encoding="utf-8")
    return {name: frozenset(words.split()) for name, words in yaml.safe_load(text).items()}


_WORDS: Final = _word_lists()
CONFIRMATION_WORDS: Final = _WORDS["confirmation"]
"""Words for something that was done or acknowledged, rather than wished for."""

ATTRIBUTION_WORDS: Final = _WORDS["attribution"]
"""Words that say that the claim came from the buyer."""

DOUBT_WORDS: Final = _WORDS["doubt"]
"""Words with which a writer keeps a way out."""

ABSENCE_WORDS: Final = _WORDS["absence"]
"""Words that deny, or say that something is still to come."""

PAST_WORDS: Final = _WORDS["past"]
"""Words for what was true at another time."""

MONEY_WORDS: Final = _WORDS["money"]
"""Words for money that is planned or set aside, as against money that is gained or lost."""

HEDGING_WORDS: Final = _WORDS["hedging"]
"""Words that make a statement approximate or second-hand (hedges, Lakoff 1973)."""

INTENTION_WORDS: Final = _WORDS["intention"]
"""Words for what is wanted or planned, rather than so."""

SELF_WORDS: Final = _WORDS["self"]
"""Words with which a writer speaks of nobody but themselves."""

BOASTING_WORDS: Final = _WORDS["boasting"]
"""Words of praise and of certainty beyond what anybody can know (boosters, Hyland 2005)."""

STALE_AFTER_DAYS: Final = 120
"""A statement whose newest date is this much older than the deal's newest one is taken for outdated: four months, more
than a quarter, after which a plan or a person has often changed."""

NEGATION_REACH: Final = 3
"""Words before a confirmation that can take it back: "has not yet been confirmed", "is to be confirmed"."""

_MONTHS: Final = {
    name: number
    for number, names in enumerate(
        (
            ("january", "jan"),
            ("february", "feb"),
            ("march", "mar"),
            ("april", "apr"),
            ("may",),
            ("june", "jun"),
            ("july", "jul"),
            ("august", "aug"),
            ("september", "sept", "sep"),
            ("october", "oct"),
            ("november", "nov"),
            ("december", "dec"),
        ),
        start=1,
    )
    for name in names
}
_MONTH: Final = "|".join(sorted(_MONTHS, key=len, reverse=True))

_SENTENCE_END: Final = re.compile(r"(?<=[.!?;])\s+|\n+")
_WORD: Final = re.compile(r"[a-z][a-z'\u2019]*")
_NAME: Final = re.compile(r"[^\W\d_a-z][\w'\u2019-]+")
_NUMBER: Final = re.compile(r"\d[\d.,]*")
_REGULAR_PAST: Final = re.compile(r"[a-z]{3,}ed")
_FIGURE: Final = re.compile(
    r"[$€£]\s?\d|\b(?:usd|eur|gbp)\s?\d"
    r"|\d[\d.,]*\s?(?:%|percent|per cent|pct|k\b|m\b|bn\b|million|thousand|billion|usd|eur"
    r"|hour|day|week|month|minute|year|point|people|staff|fte|user|seat|site|x\b|[a-z]+s\b)"
)
_DATE: Final = re.compile(
    rf"(?P<iso>\b\d{{4}}-\d{{2}}-\d{{2}}\b)"
    rf"|\b(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\s+(?P<month>{_MONTH})\b\.?,?(?:\s+(?P<year>\d{{4}}))?"
    rf"|\b(?P<month_first>{_MONTH})\b\.?\s+(?P<day_after>\d{{1,2}})(?:st|nd|rd|th)?\b(?:,?\s+(?P<year_after>\d{{4}}))?"
    rf"|\b(?P<month_alone>{_MONTH})\s+(?P<year_alone>\d{{4}})"
    r"|\bq[1-4]\b(?:\s+\d{4})?"
)


@dataclass(frozen=True, slots=True)
class SentenceSigns:
    """What stands in one sentence.

    Attributes:
        text: The sentence, to the letter.
        figure: A number with a unit or a currency.
        numbers: How many numbers there are, dates among them.
        money: Money that is planned or set aside is spoken of.
        names: The words that name a person of the deal.
        on_subject: What the deal is about is named, such as its company or product.
        other_name: Something else has a name of its own: another company, a place, a system.
        dated: A date, a month or a quarter is named.
        confirmed: Something is said to have been done or acknowledged.
        attributed: The claim is said to be the buyer's, or stands in quotation marks.
        doubtful: The writer keeps a way out.
        absent: Something is denied or still to come.
        hedged: It is approximate or second-hand.
        intended: It speaks of what is wanted or planned.
        personal: The writer speaks of themselves.
        past: It speaks of another time.
        boasts: How many words of praise and certainty and exclamation marks it has.
        newest: The newest full date in it; None when there is none.
    """

    text: str
    figure: bool
    numbers: int
    money: bool
    names: frozenset[str]
    on_subject: bool
    other_name: bool
    dated: bool
    confirmed: bool
    attributed: bool
    doubtful: bool
    absent: bool
    hedged: bool
    intended: bool
    personal: bool
    past: bool
    boasts: int
    newest: dt.date | None

    @property
    def named(self) -> bool:
        """Whether a person of the deal is named."""
        return bool(self.names)

    @property
    def support(self) -> int:
        """How many different things the sentence rests on, 0 to 5."""
        return self.figure + self.named + self.dated + self.confirmed + self.attributed

    @property
    def weakness(self) -> int:
        """How many different things speak against it, 0 to 4."""
        return self.doubtful + self.absent + self.past + (self.boasts > 0)


def read_sentences(
    text: str | None, people: frozenset[str], subject: frozenset[str] = frozenset()
) -> tuple[SentenceSigns, ...]:
    """The signs of each sentence of a text; none when there is no text.

    Args:
        text: What the seller wrote; None when nothing.
        people: Names by which a person of the deal may be called, as `name_words` gives them.
        subject: The same of what the deal is about.
    """
    if not text:
        return ()
    # A part that ends in a semicolon is quoted without it, which leaves it words of the text to the letter.
    return tuple(
        _read(sentence.rstrip(";"), people, subject) for sentence in _SENTENCE_END.split(text) if sentence.rstrip(";")
    )


def name_words(full_names: Iterable[str]) -> frozenset[str]:
    """The capitalised words of some names, first and last, which call a person in a sentence."""
    return frozenset(word for name in full_names for word in _NAME.findall(name))


def _read(sentence: str, people: frozenset[str], subject: frozenset[str]) -> SentenceSigns:
    lower = sentence.lower()
    has_digit = any(character in lower for character in "0123456789")
    dates = list(_DATE.finditer(lower)) if has_digit else []
    undated = _DATE.sub(" ", lower) if dates else lower  # or the month of May would read as a doubt
    in_order = _WORD.findall(undated)
    words = set(in_order)
    capitalised = _NAME.findall(sentence)
    names = people.intersection(capitalised)
    return SentenceSigns(
        text=sentence,
        figure=has_digit and _FIGURE.search(undated) is not None,
        numbers=len(_NUMBER.findall(lower)) if has_digit else 0,
        money=not words.isdisjoint(MONEY_WORDS),
        names=names,
        on_subject=not subject.isdisjoint(capitalised),
        other_name=any(
            word not in people and word not in subject and _is_a_name(word)
            for word in capitalised[sentence.startswith(tuple(capitalised[:1])) :]
        ),
        dated=bool(dates),
        confirmed=_confirms(in_order, by_a_person=bool(names)),
        attributed=not words.isdisjoint(ATTRIBUTION_WORDS) or "“" in sentence or '"' in sentence,
        doubtful=not words.isdisjoint(DOUBT_WORDS) or "?" in sentence,
        absent=not words.isdisjoint(ABSENCE_WORDS),
        hedged=not words.isdisjoint(HEDGING_WORDS),
        intended=not words.isdisjoint(INTENTION_WORDS),
        personal=not words.isdisjoint(SELF_WORDS),
        past=not words.isdisjoint(PAST_WORDS),
        boasts=len(words & BOASTING_WORDS) + sentence.count("!"),
        newest=max((day for day in map(_full_date, dates) if day is not None), default=None),
    )


def _is_a_name(capitalised: str) -> bool:
    """Whether a capitalised word within a sentence is a name: no month, no abbreviation, no "I'm"."""
    return not capitalised.isupper() and (lower := capitalised.lower()) not in _MONTHS and lower not in SELF_WORDS


def _confirms(words: Sequence[str], *, by_a_person: bool) -> bool:
    """Whether something was done or acknowledged, without a denial or a "to be" shortly before it.

    With a person of the deal in the sentence any regular past tense will do: somebody did something.
    """
    return any(
        (word in CONFIRMATION_WORDS or (by_a_person and _REGULAR_PAST.fullmatch(word) is not None))
        and not any(
            before in ABSENCE_WORDS or before == "be" for before in words[max(0, place - NEGATION_REACH) : place]
        )
        for place, word in enumerate(words)
    )


def _full_date(found: re.Match[str]) -> dt.date | None:
    """The date that was found; the first of the month when the day is not named, None when the year is not."""
    parts = found.groupdict()
    try:
        if parts["iso"]:
            return dt.date.fromisoformat(parts["iso"])
        year = parts["year"] or parts["year_after"] or parts["year_alone"]
        month = parts["month"] or parts["month_first"] or parts["month_alone"]
        if not year or not month:
            return None
        return dt.date(int(year), _MONTHS[month], int(parts["day"] or parts["day_after"] or 1))
    except ValueError:
        return None
