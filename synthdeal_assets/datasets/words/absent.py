"""In which part of the rows a field is missing, in whatever order it is said: what else is said there leaves it alone.

Bei 85 % ist das Datum leer; al 20 % le falta el correo; phone (nullable, 10%); which is empty for 10% of them.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Final

from synthdeal_assets.datasets.words.cursor import Cursor
from synthdeal_assets.datasets.words.doubtful import is_one_of
from synthdeal_assets.datasets.words.draft import FieldDraft, TableDraft
from synthdeal_assets.datasets.words.languages import sentence_words
from synthdeal_assets.datasets.words.nouns import Noun, noun_at
from synthdeal_assets.datasets.words.subjects import fields_with_part, of_all, subject_at
from synthdeal_assets.datasets.words.tokens import fold
from synthdeal_assets.datasets.words.walk import DONE, Walk, fields_alike, fields_called, plain

_LEADS: Final = ("as_format", "for", "of", "of_them", "is", "to", "with", "rows", "columns")


def stated(walk: Walk, at: int) -> int | None:
    """A sentence, or a clause after a field, that says in which part of the rows a field is missing."""
    cursor = walk.cursor
    first, but = at, cursor[at].word in _BUT
    at += but
    if not walk.draft.tables or not (
        but or cursor.ends(at - 1) or cursor.mark(at - 1, ",") or cursor.has(at - 1, "and")
    ):
        return None
    if (found := _consequence(walk, at)) is not None:
        return found
    if cursor.ends(at - 1) and (found := _in_all_of_it(walk, at)) is not None:
        return found
    end = cursor.item_end(at)
    if cursor.has(at - 1, "and") and _too(walk, at, end):
        return end
    known = cursor.has(at, "whereof")
    at += known
    goes_on = (cursor[at].kind == "fill" and not cursor.has(at - 1, "and")) or cursor.has(at, "is")
    one = walk.field if not cursor.ends(at - 1) and not known and goes_on else None
    last = _without_reason(walk, at, end)
    # Bei einem Drittel ist das Pflanzjahr unbekannt: whose part it is stands in the clause.
    whole = any(subject_at(walk, each) is not None for each in range(at, last))
    if (but or cursor.mark(at - 1, ",")) and not known and not whole and (one is None or at - 2 not in one.said):
        return None
    if one is None and not known and not whole and not cursor.ends(end):
        return None
    if not _read(walk, range(at, last), one):
        return None
    if (known or but) and walk.field is not None:
        walk.field.said |= {*range(first, at)}
    return _claim_reason(walk, last, end)


def _too(walk: Walk, at: int, end: int) -> bool:
    """The phone is missing in 10% of the rows, and the email in 5%."""
    cursor, before = walk.cursor, at - 1
    while cursor.separates(before):
        before -= 1
    first = next((one for one in (walk.table.fields if walk.table else []) if before in one.said), None)
    noun = noun_at(cursor, at)
    other = walk.known_field(noun.words) if noun is not None else None
    if first is None or noun is None or other is None or first.missing is None or other.missing is not None:
        return False
    rest = range(noun.last, end)
    shares = [each for each in rest if cursor.share(each) is not None]
    of = range(noun.last, shares[0] + 1) if len(shares) == 1 else range(0)
    led = [each for each in of if cursor.has(each, "as_format", "for")]
    if not led or any(cursor[each].kind not in ("fill", "share") and each not in led for each in of):
        return False
    if of_all(walk, shares[0] + 1) != end and shares[0] + 1 != end:
        return False
    other.missing = cursor.share(shares[0])
    other.said |= {*range(at, end)}
    walk.field, walk.owner_at = other, end
    return True


def _in_all_of_it(walk: Walk, at: int) -> int | None:
    """The author is unknown, that is empty, in 30% of the rows; the phone, it is missing sometimes, in about 5%."""
    cursor = walk.cursor
    end = cursor.sentence_end(at)
    last = _without_reason(walk, at, end)
    if not any(cursor.mark(each, ",") for each in range(at, last)):
        return None
    return _claim_reason(walk, last, end) if _read(walk, range(at, last), None, commas=True) else None


def _without_reason(walk: Walk, at: int, end: int) -> int:
    """Where what is said ends before why it is so: because the sensor was broken, weil er defekt war."""
    reasons = (each for each in range(at + 1, end) if is_one_of("reasons", (walk.cursor[each].text,), ""))
    return next(reasons, end)


def _claim_reason(walk: Walk, at: int, end: int) -> int:
    one = walk.field
    if one is not None and end > at:
        one.said |= {each for each in range(at, end) if walk.cursor.number(each) is None}
        walk.owner_at = end
    return end


def _consequence(walk: Walk, at: int) -> int | None:
    """12% have not been delivered, so delivered_on is empty there; 5% did not finish, and for those the time is empty.

    The share is of the rows in which the field is missing, and what is so in them is why.
    """
    cursor = walk.cursor
    end = cursor.sentence_end(at)
    joint = next(
        (each for each in range(at + 1, end) if _joins(walk, each) or _denied_before(walk, at, each, end)), None
    )
    if joint is None:
        return None
    shares = [each for each in range(at, joint) if cursor.share(each) is not None]
    counted = [each for each in range(at, end) if cursor[each].kind in ("number", "share", "date", "unread")]
    if len(shares) != 1 or counted != shares:
        return None
    why = range(at, joint)
    if any(cursor.separates(each) and not cursor.mark(each, ",") for each in range(at, joint - 1)):
        return None
    said = {cursor[each].word for each in why if cursor[each].kind in ("word", "quoted")}
    values = {fold(value) for table in walk.draft.tables for one in table.fields for value in one.values}
    first = joint + 1
    while cursor.has(first, *_LEADS) or cursor[first].kind == "fill" or cursor[first].word == "por":
        first += 1
    first = joint + 1 if first >= end else first
    first += cursor[first].word in sentence_words(walk.language)["of_those"]
    whose = next((noun for each in why if (noun := noun_at(cursor, each)) and walk.known_table(noun.words)), None)
    table = walk.known_table(whose.words) if whose is not None else None
    if said & values:
        # The rows of a value: a condition, and no part of all rows alone.
        if any(_says_absent(walk, each, range(joint, end)) for each in range(joint, end)):
            walk.draft.lose(each for each in range(at, end) if cursor[each].is_content)
            return end
        return None
    meant = _meant(walk, range(first, end), said, table or walk.table)
    if not _read(walk, range(first, end), meant, of=shares[0], table=table):
        return None
    if walk.field is not None:
        walk.field.said |= {*range(at, end)}
    return end


def _denied_before(walk: Walk, first: int, at: int, end: int) -> bool:
    """El 15 % nunca se entrega y la fecha queda en blanco: what never was is why there is no value."""
    cursor = walk.cursor
    denied = any(cursor.has(each, "not") for each in range(first, at))
    return (
        cursor.has(at, "and")
        and denied
        and not any(cursor[each].kind in ("share", "number") for each in range(at, end))
        and any(cursor.has(each, "missing") for each in range(at, end))
    )


def _meant(walk: Walk, clause: range, said: set[str], table: TableDraft | None) -> FieldDraft | None:
    """The field that "that's blank" is said of: the only one with a word of what the rows never were: picked up."""
    pronouns = sentence_words(walk.language)["pronouns"]
    words = [at for at in clause if walk.cursor[at].kind == "word" and walk.cursor[at].word not in pronouns]
    if any(walk.cursor[at].word not in sentence_words(walk.language)["states"] for at in words) or table is None:
        return None
    stems = {word[:_STEM] for word in said if len(word) > _STEM}
    found = [one for one in table.fields if stems & {fold(word)[:_STEM] for word in one.words}]
    return found[0] if len(found) == 1 else None


_STEM: Final = 5


def not_everyone(walk: Walk, at: int) -> int | None:
    """Phone, but not everyone has one, 1 in 10 doesn't; Telefon haben nicht alle, bei 10 % fehlt es."""
    cursor, one, words = walk.cursor, walk.field, sentence_words(walk.language)
    if one is None or not (cursor.mark(at, ",") or cursor[at].word in _BUT or walk.owner_at == at):
        return None
    end = at + 1
    said = False
    while not cursor.ends(end) and not (said and cursor.mark(end, ",")):
        said = said or cursor.share(end) is not None
        end += 1
    again = subject_at(walk, at + 1, [walk.table] if walk.table is not None else [])
    first = at + cursor.mark(at, ",")
    if again is not None and again.fields[0][1] is not one:
        return None
    clause = range(first if again is None else again.last, end)
    denied = [each for each in clause if cursor.has(each, "not")]
    whole = [each for each in clause if cursor[each].word in words["everybody"] | words["sometimes"]]
    shares = [each for each in clause if cursor.share(each) is not None]
    if not denied or not whole or len(shares) != 1 or whole[0] > shares[0] or one.missing is not None:
        return None
    # A veces no lo dejan, un 15 %.
    partly = any(cursor[each].word in words["sometimes"] for each in whole)
    fewer = partly or any(each > shares[0] and cursor.has(each, "not", "missing", "without") for each in clause)
    passing = frozenset[str]().union(*(words[kind] for kind in _PASSING))
    others = [each for each in clause if cursor[each].kind not in ("fill", "mark", "share")]
    known = all(cursor.has(each, "not", "missing", "without", "with", *_LEADS) or cursor[each].word in passing
                or is_one_of("gives", (cursor[each].text,), "") for each in others)  # fmt: skip
    if not fewer or not known:
        return None
    one.missing = cursor.share(shares[0])
    # Has one: one of it.
    ones = {each for each in clause if cursor.number(each) is not None}
    walk.draft.noted.append(("of each", "1", ones))
    one.said |= {*range(at, end)} - ones
    walk.owner_at = end
    return end


_PASSING: Final = ("everybody", "sometimes", "pronouns", "states", "adverbs", "surely")
_BUT: Final = frozenset({"but", "aber", "pero"})


def _joins(walk: Walk, at: int) -> bool:
    """Whether what follows is so in the rows that were spoken of: so, then, and for those."""
    cursor, words = walk.cursor, sentence_words(walk.language)
    if cursor[at].word in words["so_then"]:
        return True
    if not cursor.has(at, "and", "whereof") and not cursor.mark(at, ",;"):
        return False
    whose = at + 1
    while cursor.has(whose, "for", "as_format", "of") or cursor[whose].word == "por":
        whose += 1
    return whose > at + 1 and cursor[whose].word in words["of_those"]


def in_bracket(walk: Walk, at: int) -> int | None:
    """Phone (nullable, 10%), fax (20 % leer), correo (nulo 10%)."""
    end = walk.cursor.bracket_end(at + 1)
    return end + 1 if _read(walk, range(at + 1, end), walk.field) else None


def _read(
    walk: Walk,
    clause: range,
    one: FieldDraft | None,
    *,
    commas: bool = False,
    of: int | None = None,
    table: TableDraft | None = None,
) -> bool:
    """Gives a field the share of a clause; `of` is that share where it stands elsewhere, of the rows of a table."""
    cursor = walk.cursor
    shares = [at for at in clause if cursor.share(at) is not None] if of is None else [of]
    absent = [at for at in clause if _says_absent(walk, at, clause)]
    if of is not None and not absent:
        # So there is no temperature.
        absent = [at for at in clause if cursor.has(at, "not")]
    there = [] if absent else [at for at in clause if _says_present(walk, at)]
    stated_once = commas or len([at for at in absent if cursor[at].kind == "concept"]) <= 1
    if len(shares) != 1 or not stated_once or not (absent or there):
        return False
    named: list[Noun] = []
    states = sentence_words(walk.language)["states"] | (sentence_words(walk.language)["pronouns"] if one else set())
    at = clause.start
    at += is_one_of("leaving", (cursor[at].text,), "")
    while at < clause.stop:
        said = cursor[at].word in states or at in absent or at in there
        noun = None if said else _noun(walk, at, table)
        if noun is None or is_one_of("asides", (cursor[at].text,), ""):
            passes = cursor[at].kind == "fill" or cursor.has(at, *_LEADS) or at in (*shares, *absent, *there)
            passes = passes or noun is not None or (commas and cursor.mark(at, ",")) or cursor[at].word in states
            if not passes and not (one is not None and cursor.mark(at, ",:=")):
                return False
            at += 1
            continue
        noun = _up_to(noun, clause.stop)
        at = noun.last
        noun = _without_end(noun)
        if noun is None or is_one_of("cases", noun.words[:1], ""):
            continue
        if len(noun.words) == 1 and is_one_of("value", noun.words, "") and walk.known_field(noun.words, table) is None:
            # Bei 5 % der Druckwerte fehlt die Angabe.
            continue
        if table is None and (table := walk.known_table(noun.words)) is not None:
            continue
        if named and _is_of(cursor, named[-1], noun):
            # Die E-Mail des Kunden.
            continue
        named.append(noun)
    if len(named) != (one is None):
        return False
    if one is None:
        one = _field(walk, named[0], table, implied=not there)
    if one is None or one.when is not None or (one.missing is not None and not one.assumed_missing):
        return False
    if one.assumed_missing:
        walk.draft.doubts = [each for each in walk.draft.doubts if f"is {one.name} missing?" not in each.text]
    part = cursor.share(shares[0]) or Fraction(0)
    if there and (one.missing is not None or (one.is_plain and walk.type_of(one.words) in (None, "flag"))):
        # A signature that is there in 95% of the rows is a flag.
        return False
    one.missing, one.assumed_missing = 1 - part if there else part, False
    one.said |= {each for each in clause if not cursor.mark(each, ",")}
    if there:
        one.said.discard(shares[0])
        walk.draft.noted.append(("filled in", f"{plain(part * 100)}%", {shares[0]}))
    walk.field, walk.owner_at = one, clause.stop + cursor.mark(clause.stop, ")")
    return True


def _noun(walk: Walk, at: int, table: TableDraft | None) -> Noun | None:
    """The noun that begins here; also the fila that somebody sits in, which elsewhere is a row."""
    cursor = walk.cursor
    if cursor.has(at, "rows") and walk.known_field((cursor[at].text,), table) is not None:
        return Noun((cursor[at].text,), (at,), at + 1, 1)
    return noun_at(cursor, at) if cursor[at].kind in ("word", "quoted") else None


def _up_to(noun: Noun, end: int) -> Noun:
    """A noun up to where a clause ends."""
    if noun.last <= end or len(noun.at) != len(noun.words):
        return noun
    last = sum(at < end for at in noun.at)
    return Noun(noun.words[:last], noun.at[:last], end, min(noun.head, last))


def _without_end(noun: Noun) -> Noun | None:
    """A noun without what says that it is there or not: the labour cost of "labour cost entered yet"."""
    last = len(noun.words)
    while last and any(is_one_of(kind, noun.words[last - 1 : last], "") for kind in ("entered", "asides", "gives")):
        last -= 1
    if last == len(noun.words):
        return noun
    return Noun(noun.words[:last], noun.at[:last], noun.last, min(noun.head, last)) if last else None


def _is_of(cursor: Cursor, owned: Noun, noun: Noun) -> bool:
    """Whether a noun says whose the one before it is, and not of which rows a share is: 10% of new users."""
    at = noun.at[0] - 1
    while cursor[at].kind == "fill" or (cursor[at].kind == "concept" and cursor.has(at, "of")):
        at -= 1
    return at in owned.at and at < noun.at[0] - 1


def _says_present(walk: Walk, at: int) -> bool:
    """Whether a word says that there is a value: filled in, eingetragen, rellena."""
    cursor = walk.cursor
    if cursor[at].kind not in ("word", "concept", "fill"):
        return False
    entered = is_one_of("entered", (cursor[at].text,), "") and cursor[at + 1].kind != "word"
    return entered or is_one_of("filled", (cursor[at].text,), "")


def _says_absent(walk: Walk, at: int, clause: range) -> bool:
    """Whether a word says that something is missing: missing, without, optional, or the "no" of "no fax is entered"."""
    cursor = walk.cursor
    if is_one_of("filled", (cursor[clause.stop - 1].text,), "") and cursor.has(at, "not"):
        return True
    named = subject_at(walk, at + 1) if at == clause.start and cursor.has(at, "not") else None
    if named is not None and cursor.has(named.last, "as_format", "for"):
        # No temperature in 5% of rows.
        return True
    if cursor.has(at, "missing", "without") or is_one_of("optional", (cursor[at].text,), ""):
        return True
    last = cursor[clause.stop - 1]
    gives = last.kind in ("word", "fill") and is_one_of("gives", (last.text,), "")
    entered = any(is_one_of("entered", (cursor[each].text,), "") for each in clause
                  if cursor[each].kind in ("word", "concept"))  # fmt: skip
    return cursor.has(at, "not") and (gives or entered)


def _field(walk: Walk, noun: Noun, table: TableDraft | None, *, implied: bool) -> FieldDraft | None:
    """The field that a noun names, in the table that is spoken of or else in the only one that has it."""
    words = noun.words
    if len(words) > 1 and is_one_of("value", words[-1:], ""):
        words = words[:-1]
    elif len(words) > 1 and is_one_of("value", words[:1], ""):
        words = words[2:] or words
    if walk.language == "german" and len(words) == 1:
        # Ammoniumwerte are those of Ammonium.
        words = (_VALUES.sub("", words[0]),) if walk.known_field(words, table or walk.table) is None else words
    if len(words) > 1 and fold(words[-1]).endswith(DONE) and walk.known_field(words[:-1], table or walk.table):
        # No seat assigned.
        words = words[:-1]
    near = table or walk.table
    if near is not None and (found := walk.known_field(words, near)) is not None:
        return found
    if table is not None:
        return _implied(walk, noun, table) if implied else None
    others = fields_called(walk, words)
    if others:
        return others[0] if len(others) == 1 else None
    return _implied(walk, noun, walk.table) if implied else None


_VALUES: Final = re.compile("(?<=...)-?(werte|wert|angaben|angabe|daten)$")


def _implied(walk: Walk, noun: Noun, table: TableDraft | None) -> FieldDraft | None:
    """A field that no list names: the one that is meant, or a new one where its name says what it holds: e-mail."""
    if table is None:
        return None
    spoken_of, walk.table = walk.table, table
    alike = fields_alike(walk, noun.words) or fields_with_part(walk, noun.words)
    walk.table = spoken_of
    if alike or len(walk.draft.tables) > 1:
        return alike[0] if len(alike) == 1 else None
    kind = walk.type_of(noun.words)
    if kind is None or "." not in kind or any(walk.type_of(one.words) == kind for one in table.fields):
        return None
    return walk.add_field(noun.words, noun.at, noun.last)
