"""What is so in a part of the rows: true in 85% of cases, a balcony in 40% of the flats, paid (30% yes), late (4%)."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from synthdeal_assets.datasets.words.doubtful import holds_text, is_one_of
from synthdeal_assets.datasets.words.draft import FieldDraft, TableDraft
from synthdeal_assets.datasets.words.languages import sentence_words
from synthdeal_assets.datasets.words.nouns import is_behind, noun_at
from synthdeal_assets.datasets.words.tokens import fold
from synthdeal_assets.datasets.words.walk import DONE, Walk, fields_alike, fields_called, plain

_LEADS: Final = ("as_format", "for", "of", "of_them", "is")


def in_bracket(walk: Walk, at: int) -> int | None:
    """Contaminated (4%), fault (2% true), paid (yes in 70% of cases)."""
    end = walk.cursor.bracket_end(at + 1)
    return end + 1 if _said_between(walk, at + 1, end) else None


def after_colon(walk: Walk, at: int) -> int | None:
    """Delayed: 22% true."""
    end = walk.cursor.item_end(at + 1)
    return end if _said_between(walk, at + 1, end) else None


def _said_between(walk: Walk, first: int, end: int) -> bool:
    """Gives the field spoken of a share that stands between two lexemes with nothing but "true" and "of them"."""
    cursor, one = walk.cursor, walk.field
    at = next((each for each in range(first, end) if cursor.share(each) is not None), None)
    if at is None or one is None:
        return False
    after = after_cases(walk, at + 1)
    inside = [each for each in range(first, end) if each != at and not at < each < after]
    true = [each for each in inside if is_true(walk, each)]
    if len(true) > 1 or any(not _leads(walk, each) for each in inside if each not in true):
        return False
    # Reps (half of them) get a bonus: who, and no flag.
    goes_on = not cursor.separates(cursor.skip(end + cursor.mark(end, ")")))
    if not true and (goes_on or any(cursor.has(each, "of_them") for each in range(first, end))):
        return False
    if not _may_be(walk, one, said=bool(true) or one.yes_no):
        return False
    one.flag = cursor.share(at)
    one.said |= set(range(first, end))
    walk.owner_at = end + walk.cursor.mark(end, ")")
    return True


def said_after(walk: Walk, at: int) -> int | None:
    """Hardy yes/no, say 60% yes; warranty yes/no with 12% yes; (la mitad sí): said of the flag before it."""
    cursor, one = walk.cursor, walk.field
    if one is None or not one.yes_no or one.flag is not None or at - 1 not in one.said:
        return None
    if not (cursor.mark(at, ",(") or cursor.has(at, "with")):
        return None
    end, bracket = at + 1, cursor.mark(at, "(")
    while not cursor.separates(end) or (bracket and cursor.mark(end, ",")):
        end += 1
    inside = range(at + 1, end)
    shares = [each for each in inside if cursor.share(each) is not None]
    true = [each for each in inside if is_true(walk, each)]
    others = [each for each in inside if each not in (*shares, *true)]
    guessed = all(_leads(walk, each) or cursor.mark(each, ",") or _guesses(walk, each) for each in others)
    if len(shares) == 1 and not true and not guessed:
        # Mascota sí/no, un 25% traen mascota.
        behind = [each for each in inside if each > shares[0] and cursor[each].kind == "word"]
        again = 0 < len(behind) <= _VERB_AND_NAME and walk.known_field([cursor[behind[-1]].text]) is one
        true = behind if again and all(each in behind or _leads(walk, each) for each in others) else []
        guessed = bool(true)
    if len(shares) != 1 or not guessed or walk.is_date(one):
        return None
    one.flag = cursor.share(shares[0])
    one.said |= {*inside, at}
    walk.owner_at = end + (bracket and cursor.mark(end, ")"))
    return walk.owner_at


def _guesses(walk: Walk, at: int) -> bool:
    """Whether a word only says that a share is about so: say 60%, mostly yes, 80%."""
    return any(is_one_of(kind, walk.cursor[at].word.split(), "") for kind in ("guesses", "mostly"))


_VERB_AND_NAME: Final = 2


def present(walk: Walk, at: int) -> int | None:
    """Bei 18 % ist eine Allergie eingetragen, Unterschrift liegt bei 95 % vor: it is there in so many rows.

    Where it is said that the field is empty in the others, it is no flag.
    """
    cursor = walk.cursor
    if walk.table is None or not (cursor.ends(at - 1) or cursor.mark(at - 1, ",") or cursor.has(at - 1, "and")):
        return None
    end = cursor.item_end(at)
    clause, states = range(at, end), sentence_words(walk.language)["states"]
    shares = [each for each in clause if cursor.share(each) is not None]
    there = [each for each in clause if is_one_of("entered", (cursor[each].text,), "")]
    if cursor[end - 1].text == "vor" and any(cursor[each].word.split(" ")[0] in _LIES for each in clause):
        there.append(end - 1)
    if len(shares) != 1 or len(there) != 1 or any(cursor.has(each, "not") for each in clause):
        return None
    named, first = None, at
    while first < end:
        noun = noun_at(cursor, first) if cursor[first].kind == "word" and first not in there else None
        if noun is not None and noun.last <= end:
            whose = walk.known_table(noun.words) is not None or is_one_of("cases", noun.words[:1], "")
            if named is not None and not whose:
                return None
            named, first = named if whose else noun, noun.last
            continue
        if first not in (*shares, *there) and not _leads(walk, first) and cursor[first].word not in states:
            return None
        first += 1
    if named is None:
        return None
    known = walk.known_field(named.words)
    if known is not None and not known.is_plain:
        return None
    one, part = walk.add_field(named.words, clause, end), cursor.share(shares[0]) or Fraction(0)
    if (tail := _else_empty(walk, end)) is None:
        one.flag, one.yes_no = part, True
        walk.owner_at = end
        return end
    one.missing = 1 - part
    one.said.discard(shares[0])
    one.said |= set(range(end, tail))
    walk.draft.noted.append(("filled in", f"{plain(part * 100)}%", {shares[0]}))
    walk.owner_at = tail
    return tail


_LIES: Final = frozenset({"liegt", "liegen"})


def _else_empty(walk: Walk, at: int) -> int | None:
    """The end of "otherwise it is empty", sonst bleibt das Feld leer."""
    cursor = walk.cursor
    end = cursor.item_end(at + 1)
    inside = range(at + 1, end)
    other = any(is_one_of("otherwise", (cursor[each].text,), "") for each in inside)
    empty = any(cursor.has(each, "missing") for each in inside)
    numbers = any(cursor[each].kind in ("number", "share") for each in inside)
    return end if cursor.mark(at, ",;") and other and empty and not numbers else None


def of_thing(walk: Walk, at: int) -> int | None:
    """In 75% of cases the flat is rented out, Haustiere sind in 35 % der Häuser erlaubt: a flag of the table's rows."""
    cursor, states = walk.cursor, sentence_words(walk.language)["states"]
    end = cursor.sentence_end(at)
    clause = range(at, end)
    shares = [each for each in clause if cursor.share(each) is not None]
    if not walk.draft.tables or not cursor.ends(at - 1) or len(shares) != 1:
        return None
    named, tables, of_rows, stated = list[int](), list[TableDraft](), list[TableDraft](), False
    for each in clause:
        if cursor[each].word in states or cursor.has(each, "is"):
            stated = True
        elif each in shares or _leads(walk, each):
            continue
        elif cursor[each].kind not in ("word", "quoted"):
            return None
        elif (table := walk.known_table((cursor[each].text,))) is not None:
            of = cursor.has(cursor.before(each), "of", "of_them", "for") or cursor[each - 1].word in ("der", "des")
            (of_rows if of else tables).append(table)
        elif not is_one_of("cases", (cursor[each].text,), ""):
            named.append(each)
    if not stated or not 0 < len(named) <= _MOST_NAMED:
        return None
    words = [cursor[each].text for each in named]
    one = next(iter(fields_called(walk, words)), None)
    if one is None:
        free = len(tables) == 1 and not of_rows and all(word.islower() for word in words)
        if not tables and len(of_rows) == 1 and (thing := _thing_done(walk, named, of_rows[0])):
            return _as_flag(walk, thing, clause, shares[0])
        if not free or not _says_state(walk, named) or any(walk.known_field([word], tables[0]) for word in words):
            return None
        walk.speak_of(tables[0], end)
        one = walk.add_field(words, named, end)
    elif len(words) == 1 or not _may_be(walk, one, said=True):
        return None
    return _as_flag(walk, one, clause, shares[0])


def _thing_done(walk: Walk, named: list[int], table: TableDraft) -> FieldDraft | None:
    """A flag of what is done to a thing that is no field: in 40 % der Wohnungen sind Haustiere erlaubt."""
    cursor = walk.cursor
    if len(named) != _THING_AND_DEED:
        return None
    thing, deed = (cursor[each].text for each in named)
    done = is_behind(deed) if walk.language == "german" else fold(deed).endswith(DONE)
    values = {value.casefold() for one in table.fields for value in one.values}
    known = any(walk.known_field([word], table) is not None for word in (thing, deed))
    if not done or known or fields_alike(walk, [thing]) or values & {thing.casefold(), deed.casefold()}:
        return None
    walk.speak_of(table, named[-1] + 1)
    return walk.add_field([thing, deed], named, named[-1] + 1)


_THING_AND_DEED: Final = 2


def _as_flag(walk: Walk, one: FieldDraft, clause: range, share: int) -> int:
    one.flag = walk.cursor.share(share)
    one.said |= set(clause)
    walk.owner_at = clause.stop
    return clause.stop


_MOST_NAMED: Final = 3


def _says_state(walk: Walk, named: list[int]) -> bool:
    """Whether words are one behind the other, behind a verb of state where the language has it there, and no value."""
    cursor, states = walk.cursor, sentence_words(walk.language)["states"]
    before = (named[0] - 1, cursor.before(named[0]))
    follows = walk.language == "german" or any(cursor[at].word in states or cursor.has(at, "is") for at in before)
    values = {value.casefold() for table in walk.draft.tables for one in table.fields for value in one.values}
    beside = named[-1] - named[0] + 1 == len(named)
    return follows and beside and not values & {cursor[each].word for each in named}


def whether(walk: Walk, at: int) -> int | None:
    """Whether the pet is vaccinated, ob die Wohnung vermietet ist, si el piso está alquilado: an item of a list."""
    cursor, states = walk.cursor, sentence_words(walk.language)["states"]
    if cursor[at].word not in _WHETHER or walk.table is None or not cursor.separates(at - 1):
        return None
    end = cursor.item_end(at + 1)
    inside = [each for each in range(at + 1, end) if cursor[each].kind != "fill" and cursor[each].word not in states]
    inside = [each for each in inside if not (cursor.has(each, "is", "of") and cursor[each].kind == "concept")]
    became = {each for each in range(at + 1, end) if cursor[each].word in sentence_words(walk.language)["became"]}
    stated = became or any(cursor[each].word in states or cursor.has(each, "is") for each in range(at + 1, end))
    inside = [each for each in inside if each not in became]
    whose = walk.known_table((cursor[inside[0]].text,)) if inside else None
    # Ob winterhart: of the table itself; but not "phone, if available".
    bare = len(inside) == 1 and whose is None and cursor[at].word in _WHETHER - _CONDITION
    if not bare and ((whose is not walk.table and not stated) or not 1 < len(inside) <= _MOST_NAMED + 1):
        return None
    if any(cursor[each].kind != "word" or cursor.share(each) is not None for each in inside):
        return None
    # Whether the queen was seen: of another thing than the table its name says which.
    words = [cursor[each].text for each in inside[whose is walk.table :]]
    one = walk.add_field(words, {*inside, *became}, end)
    one.yes_no, walk.in_fields = True, True
    return end


_WHETHER: Final = frozenset({"whether", "if", "ob", "si"})
_CONDITION: Final = frozenset({"if", "si"})
"""Of these, what may as well begin a condition."""


def is_true(walk: Walk, at: int) -> bool:
    """Whether a word says that something is so: true, ja, sí."""
    return is_one_of("truths", (walk.cursor[at].text,), "")


def _leads(walk: Walk, at: int) -> bool:
    return walk.cursor[at].kind == "fill" or walk.cursor.has(at, *_LEADS)


def _may_be(walk: Walk, one: FieldDraft, *, said: bool) -> bool:
    """Whether a field may be true in a part of the rows: nothing else is known of it, or it is said to be true."""
    if not one.is_plain or one.unique:
        return False
    kinds = {walk.type_of(one.words), walk.measure_of(one.words)}
    if said:
        return not walk.is_date(one)
    named = any(is_one_of(kind, one.words, walk.language) for kind in ("kinds", "codes", "rates", "effects"))
    return (
        kinds <= {None, "flag"}
        and {*map(walk.measure_of, zip(one.words))} <= {None, "flag"}
        and (not named and not holds_text(walk, one) and not one.whole and not one.is_date)
    )


def after_cases(walk: Walk, at: int) -> int:
    """The lexeme after "of them", "of cases" or "of the flats"; `at` where nothing of that is said."""
    cursor, after = walk.cursor, walk.cursor.skip(at)
    while cursor[after].kind == "concept" and cursor.has(after, "of", "of_them", "for"):
        after = cursor.skip(after + 1)
    if cursor.has(after, "rows"):
        return after + 1
    noun = noun_at(cursor, after) if cursor[after].kind == "word" else None
    if noun is not None and is_one_of("cases", noun.words[:1], ""):
        return noun.last
    if noun is not None and after > at and walk.known_table(noun.words) is not None:
        return noun.last
    return after if any(cursor.has(each, "of_them") for each in range(at, after)) else at


def share_of_cases(walk: Walk, at: int, part: Fraction) -> int | None:
    """Returned in half of the cases, fraud true in 0.2%: true in so many rows; of anything else it is listed."""
    cursor = walk.cursor
    end = after_cases(walk, at + 1)
    of_cases = end > at + 1
    before = at
    while _leads(walk, before - 1) or is_true(walk, before - 1):
        before -= 1
    led = range(before, at)
    true = [each for each in led if is_true(walk, each)]
    one = walk.field
    related = cursor[before].word in sentence_words(walk.language)["relative"] and cursor.mark(before - 1, ",")
    if one is not None and related and before - 2 in one.said and is_true(walk, end) and of_cases:
        # Ein Feld bezahlt, das in 90 % der Fälle ja ist.
        one.yes_no, closes = True, cursor.has(end + 1, "is")
        true, led, before = [end], range(before - 1, at), before - 1
        end += 1 + closes
    placed = any(cursor.has(each, "as_format", "for") for each in led) or (one is not None and at - 1 in one.said)
    named = of_cases and is_one_of("cases", (cursor[end - 1].text,), "")
    if named and not placed:
        # Rain at zero 85% of the hours.
        walk.draft.lose(range(at, end))
        return end
    if not placed or not (of_cases or true or cursor.separates(cursor.skip(end))):
        return None
    if one is not None and cursor.mark(before - 1, ",") and true and one.yes_no and before - 2 in one.said:
        # Sent yes/no, yes for 60%.
        before -= 1
    said = {*range(at, end), *(led if true else ())}
    if one is None or before - 1 not in one.said:
        one, subject = _subject(walk, before, at)
        said |= subject
    single = [value for value, share in one.values.items() if share is None] if one is not None else []
    if one is not None and of_cases and len(one.values) == len(single) == 1:
        # Currency USD in one of 20 cases.
        one.values[single[0]] = part
        one.said |= said
        return end
    missing = any(cursor.has(each, "missing") for each in range(before - 1, at))
    if not of_cases and not true and one is not walk.field:
        return None
    if one is None or missing or not _may_be(walk, one, said=bool(true) or one.yes_no):
        if named or (of_cases and one is not None):
            walk.draft.lose(said)
            return end
        return None
    one.flag = part
    one.said |= said
    walk.owner_at = end
    return end


def _subject(walk: Walk, end: int, at: int) -> tuple[FieldDraft | None, set[int]]:
    """The flag that a sentence is about: passed is yes for 68%, a note exists in 75% of the records."""
    cursor = walk.cursor
    first = cursor.sentence_start(end)
    words = [each for each in range(first, end) if cursor[each].kind == "word"]
    if not words or any(cursor.separates(each) for each in range(first, end)):
        return None, set()
    exists = is_one_of("existence", (cursor[words[-1]].text,), "")
    named = [cursor[each].text for each in (words[:-1] if exists else words)]
    noun = noun_at(cursor, after_cases(walk, at + 1) - 1)
    of = walk.known_table(noun.words) if noun is not None else None
    tables = [of] if of is not None else [walk.table, *walk.draft.tables]
    found = next((one for table in tables if table and (one := walk.known_field(named, table)) is not None), None)
    called = {each for each in range(first, end) if cursor.has(each, "yes_no")}
    if found is None and (exists or called) and named and walk.table is not None:
        found = walk.add_field(named, words, end)
    if found is not None and (exists or called):
        found.yes_no = True
    return found, {*words, *called}
