"""Where a noun with a count stands: whether it names a table, or says something of a field or of a part of the rows."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from synthdeal_assets.datasets.words import values
from synthdeal_assets.datasets.words.cursor import Cursor
from synthdeal_assets.datasets.words.draft import Doubt, TableDraft
from synthdeal_assets.datasets.words.languages import kinds_of_rows, owned_and_owners
from synthdeal_assets.datasets.words.naming import name_of, without_dative
from synthdeal_assets.datasets.words.nouns import Noun, noun_at
from synthdeal_assets.datasets.words.quantities import quantity_at
from synthdeal_assets.datasets.words.tokens import fold
from synthdeal_assets.datasets.words.walk import Walk, ends_with, plain

OF_WHOM: Final = frozenset(
    {"for", "from", "of", "by", "across", "at", "on", "fur", "von", "aus", "bei", "an", "auf"}
    | {"para", "de", "por", "en"}
)


_CLOCK: Final = frozenset({"am", "pm", "a.m", "p.m", "o'clock", "oclock", "uhr", "horas", "hrs"})
_CARRIERS: Final = frozenset(
    {"file", "files", "datei", "dateien", "archivo", "archivos", "fichero", "ficheros", "version", "versions"}
    | {"versionen", "versiones", "screen", "screens", "bildschirm", "bildschirme", "bildschirmen", "pantallas"}
    | {"slide", "slides", "folien", "diapositivas", "copies", "kopien", "copias", "sheets", "blatter", "hojas"}
)
"""What data is in, shown on or made for again; rows only where more is said of them."""
_ON: Final = frozenset({"on", "in", "auf", "en", "for", "fur", "para"})
_MEETINGS: Final = frozenset(
    {"meeting", "meetings", "workshop", "training", "demo", "presentation", "seminar", "hackathon", "schulung"}
    | {"besprechung", "vorfuhrung", "prasentation", "reunion", "taller", "presentacion", "formacion", "webinar"}
)


@dataclass
class Count:
    """How many of a thing are said, and where.

    Attributes:
        at: Its lexemes.
        low: The fewest.
        high: The most; the same where one number is said.
    """

    at: set[int]
    low: Fraction
    high: Fraction


def one_of_values(walk: Walk, parent: tuple[TableDraft, set[int]], count: Count, noun: Noun) -> int | None:
    """Each with exactly one plan (Free 65%, Pro 30%, Team 5%): a field, and no rows of another table."""
    cursor = walk.cursor
    if not cursor.mark(noun.last, "("):
        return None
    walk.speak_of(parent[0], -1)
    walk.in_fields = True
    one = walk.add_field(noun.words, {*noun.at, *count.at, *parent[1]}, noun.last)
    end = values.bracket_of_field(walk, noun.last)
    if end is not None and one.values:
        return end
    parent[0].fields.remove(one)
    walk.parent_next = None
    return None


def ask_whether_rows(walk: Walk, table: TableDraft, parent: TableDraft, count: Count) -> None:
    """25 to 80 seats each may as well be a number of seats."""
    span = f"{plain(count.low)} to {plain(count.high)}"
    question = f"Are {table.name} rows of their own, {span} for each of {parent.name}?"
    walk.draft.doubts.append(Doubt(question, "yes", 80, ("tables", table.name)))


def pass_period(walk: Walk, table: TableDraft, parent: TableDraft, after: int) -> int:
    """The lexeme after the span of time in which children are counted: 3 to 8 classes per week; it is asked."""
    cursor, end = walk.cursor, after
    if cursor.has(after, *_EVERY):
        end = after + 1
    elif cursor.has(after, "per") or cursor[after].word in _A_SPAN:
        following = cursor.skip(after + 1)
        end = following + 1 if cursor.has(following, *_SPANS) else after
    if end == after or not cursor.separates(end):
        return after
    table.rows_at |= {*range(after, end)}
    said = cursor.text(range(after, end))
    question = f"Has each of {parent.name} as many {table.name} in all as are said {said!r}?"
    walk.draft.doubts.append(Doubt(question, "yes", 70, ("tables", table.name, "rows")))
    return end


_EVERY: Final = ("every_hour", "every_day", "every_week", "every_month")
_SPANS: Final = ("hour", "day", "week", "month", "quarter", "year")
_A_SPAN: Final = frozenset({"a", "al", "a la", "pro", "je", "por", "im"})


def joint_of(cursor: Cursor, at: int) -> int:
    """The word before a count that says of whom it is: of, for, in; -1 where there is none."""
    left = cursor.before(at)
    joint = next((each for each in range(left + 1, at) if cursor[each].word in OF_WHOM), -1)
    if joint < 0 and cursor.has(left, "for", "of", "from", "as_format") and cursor[left].kind == "concept":
        return left
    return joint


def note_whose(walk: Walk, before: TableDraft, table: TableDraft, count: Count) -> None:
    """60 reps in 5 regions: what follows is said of reps; of 20 teams of 11 players it is asked whether each has 11."""
    cursor, first = walk.cursor, min(count.at)
    if before is table or before.rows is None or not is_led(cursor, first):
        return
    walk.whose = (before, table)
    owned = before.name in owned_and_owners()[0]
    if count.low == count.high and not owned and cursor[joint_of(cursor, first)].word in ("of", "de", "von", "mit"):
        question = f"Are there {plain(count.low)} {table.name} in all, or for each of {before.name}?"
        walk.draft.doubts.append(Doubt(question, "in all", 93, ("tables", table.name, "rows")))


def amid_fields(walk: Walk, before: TableDraft, table: TableDraft, count: Count, after: int) -> bool:
    """Employees with salary, 4 departments, age: the list goes on with what employees have, and the 4 are asked."""
    cursor = walk.cursor
    if before is table or before.rows is None or not before.fields or not cursor.mark(after, ","):
        return False
    question = f"Are {table.name} rows of their own, {plain(count.low)} of them?"
    walk.draft.doubts.append(Doubt(question, "yes", 91, ("tables", table.name)))
    walk.speak_of(before, after)
    walk.in_fields = True
    return True


def is_led(cursor: Cursor, at: int) -> bool:
    """Whether a count says of whom or where something is: in 5 regions, for 300 cards."""
    return cursor.has(cursor.before(at), "for", "from", "as_format") or cursor[at - 1].word in OF_WHOM


def nominative(walk: Walk, noun: Noun) -> Noun:
    """What is counted, as it is named: the Verkäufe of "mit 10 bis 20 Verkäufen"."""
    cursor, at = walk.cursor, noun.at[0] - 1
    while cursor[at].kind in ("number", "fill") or cursor.has(at, "to", "between", "each", "and"):
        if cursor[at].word in _BEFORE_DATIVE:
            break
        at -= 1
    listed = walk.table is not None and any(cursor[each].word == "mit" for each in walk.table.with_at)
    if walk.language != "german" or not (listed or cursor[at].word.split(" ")[0] in _BEFORE_DATIVE):
        return noun
    return Noun((*noun.words[:-1], without_dative(noun.words[-1])), noun.at, noun.last, noun.head)


_BEFORE_DATIVE: Final = frozenset({"mit", "von", "zu", "bei", "aus", "an", "in", "nach"})


def is_number_of(walk: Walk, noun: Noun) -> bool:
    """Whether a count at the end of a list is a field: trips with price, date and 1 to 8 seats, but no items."""
    listed = walk.table is not None and len(walk.table.fields) > 1
    return listed and (noun.words[-1].casefold() in _PEOPLE or not is_known(walk, noun))


def is_known(walk: Walk, noun: Noun) -> bool:
    """Whether tables are often called so."""
    return name_of(noun.words[-1:], walk.language) in kinds_of_rows()


def without_field(walk: Walk, noun: Noun) -> Noun:
    """The customers of "300 customers name, email and phone": the list of their fields begins without a colon."""
    cursor, first = walk.cursor, noun.words[:1]
    plural = walk.language == "german" or first[0].endswith("s")
    named = len(noun.words) == len(noun.at) == _WITH_FIELD and noun.words[1].casefold() in ("name", "nombre")
    if (
        not named
        or not plural
        or not cursor.mark(noun.last, ",")
        or name_of(first, walk.language) not in kinds_of_rows()
    ):
        return noun
    return Noun(first, noun.at[:1], noun.at[0] + 1, 1)


_WITH_FIELD: Final = 2


def counts_anybody(walk: Walk, table: TableDraft, noun: Noun) -> bool:
    """Whether a number of people or things is of the table named before: employee records, 400 people."""
    kind = name_of(table.words[-1:], walk.language) in kinds_of_rows()
    return bool(table.fields or kind) and table.rows is None and table.parent is None and is_anybody(noun)


def is_title(walk: Walk, table: TableDraft, at: int, noun: Noun) -> bool:
    """Whether a name with a colon only says what the rows are that are counted here: Lagerbestand: 700 Artikel."""
    cursor, left = walk.cursor, walk.cursor.before(at)
    if not cursor.mark(left, ":") or cursor.has(cursor.skip(noun.last), "per", "each"):
        return False
    counted = [
        each.text for each in cursor.lexemes[at:] if each.kind == "word" and cursor.number(each.at - 1) is not None
    ]
    named = any(walk.known_table((word,)) is table for word in (*counted, noun.words[-1]))
    return table in walk.draft.tables[-1:] and not named and (not table.is_asked or walk.owner_at < left)


def name_rows_of_place(walk: Walk) -> None:
    """350 records of an optician, of which each is said to be a customer: the name that follows is theirs."""
    cursor, tables = walk.cursor, walk.draft.tables
    if len(tables) != 1 or tables[0].rows is None or tables[0].fields or not tables[0].said:
        return
    first = min(tables[0].said) - 1
    place = cursor[first].word.split(" ")[-1] in _A and any(cursor.has(at, "rows") for at in tables[0].rows_at)
    if place:
        walk.draft.misc.setdefault("dataset", (" ".join(tables[0].words), tables[0].said))
        tables[0].unnamed, tables[0].said = True, set()


_A: Final = frozenset({"a", "an", "our", "un", "una", "nuestra", "nuestro", "ein", "eine", "einer", "eines", "einem"})


def counts_rows(walk: Walk, at: int, noun: Noun, single: bool) -> bool:
    """Whether a noun with a count stands where a table is named, and not amid what is said of a field.

    A capacity of 40 tons, 3 colleagues whom it is for, and one case are no tables.
    """
    cursor, table = walk.cursor, walk.table
    known = is_known(walk, noun)
    begins = cursor.has(cursor.skip(noun.last), "with", "columns", "per", "each") or cursor.mark(noun.last, ":(")
    if single and not begins:
        return False
    left = cursor.before(at)
    if cursor.mark(left, "(") and table is not None and (table.rows is not None or table.parent is not None):
        # 12 employees (2 managers): a part of them.
        return False
    if cursor.has(left, "to") and cursor[left].kind == "concept":
        return False
    joint = joint_of(cursor, at)
    if joint >= 0:
        if fold(noun.words[-1]) in cursor.language.audience and (table is None or table.is_bare):
            return False
        if table is None or table.every is not None or walk.series_next is not None:
            return True
        beside = walk.field is None and 0 <= walk.owner_at <= joint and cursor.skip(walk.owner_at) >= joint
        of_whom = table.is_bare and cursor[joint].word in ("for", "fur", "para")
        return beside or of_whom or (known and walk.field is None)
    if walk.field is None or table is None:
        return True
    return known or begins


def is_no_row(walk: Walk, at: int, noun: Noun, *, waits: bool) -> bool:
    """Whether what is counted is never rows: 10 pm, 2 files, 3 colleagues, the 12 participants of a meeting."""
    cursor = walk.cursor
    word = fold(noun.words[-1])
    before = cursor.before(at)
    if fold(noun.words[0]) in _CLOCK:
        return True
    if not waits and cursor.has(before, "with") and cursor[cursor.before(before)].word in _MEETINGS:
        return walk.table is None or cursor.before(before) not in walk.table.said
    after = cursor.skip(noun.last)
    begins = cursor.has(after, "with", "columns", "per", "each") or cursor.mark(noun.last, ":(")
    if cursor[at - 1].word in _ON and cursor.has(after, "with") and quantity_at(cursor, after + 1) is None:
        # 120 events on 4 screens with title: of the events.
        begins = cursor.number(after + 1) is not None
    if begins or waits:
        return False
    of_whom = word in cursor.language.audience and cursor.has(before, "for", "to", "as_format")
    return of_whom or (word in _CARRIERS and walk.table is not None)


def is_for(walk: Walk, at: int) -> bool:
    """Whether what follows is what a series is of: for 20 sensors, from 5 stations."""
    at -= 1
    while walk.cursor[at].kind == "fill" and walk.cursor[at].word not in OF_WHOM:
        at -= 1
    return walk.cursor.has(at, "for", "of", "from", "as_format") or walk.cursor[at].word in OF_WHOM


def note_mean(walk: Walk, table: TableDraft, count: Count, first: int, after: int) -> int:
    """Notes that a count is a mean: on average 3 orders, 3 orders each on average.

    Args:
        walk: Where the reader stands.
        table: What is counted.
        count: How many.
        first: The lexeme of the number.
        after: The lexeme after what is counted and for whose rows.

    Returns:
        The lexeme after all of that.
    """
    cursor, before, behind = walk.cursor, walk.cursor.before(first), walk.cursor.skip(after)
    follows = cursor.has(behind, "mean") and (cursor.separates(behind + 1) or cursor.has(behind + 1, "with"))
    if count.low != count.high or not (cursor.has(before, "mean") or follows):
        return after
    table.is_mean = True
    count.at.add(behind if follows else before)
    return behind + 1 if follows else after


def counts_follow(walk: Walk, at: int) -> bool:
    """Whether another count follows."""
    after = walk.cursor.skip(at)
    if walk.cursor.has(after, "and"):
        after = walk.cursor.skip(after + 1)
    return walk.cursor[after].kind == "number" or walk.cursor.has(after, "each", "per")


def closes(walk: Walk, at: int) -> bool:
    """Whether "each" ends what is said: 3 orders each. Otherwise it begins what follows."""
    after = walk.cursor.skip(at + 1)
    if walk.cursor[after].kind == "number":
        return False
    return walk.cursor.separates(after) or (not walk.cursor.has(after, "with") and walk.cursor[after].kind != "word")


def mean_of_children(walk: Walk, at: int) -> int | None:
    """On average 3 orders, where they are counted for rows that are known: the number is read as any other one."""
    cursor = walk.cursor
    number = cursor.skip_of(at + 1)
    if not cursor.has(at, "mean") or cursor.number(number) is None or walk.owner_at == at:
        return None
    noun = noun_at(cursor, cursor.skip(number + 1))
    if noun is None or not (walk.parent_next is not None or cursor.has(noun.last, "per")):
        return None
    return number


def section(walk: Walk, at: int) -> int | None:
    """A line or sentence that begins with a table and its count: tasks: 5-15 per project; lager: 25 Zeilen.

    What was taken for a field of that name before, as of hotels and their rooms, is that table.
    """
    cursor, before = walk.cursor, walk.cursor.before(at)
    while cursor.mark(before, "*-•·–"):  # noqa: RUF001
        before = cursor.before(before)
    noun = noun_at(cursor, at) if cursor[at].kind == "word" and cursor.ends(before) else None
    if noun is None or not cursor.mark(noun.last, ":"):
        return None
    first = cursor.skip(noun.last + 1)
    found = quantity_at(cursor, first)
    if found is None and cursor.number(first) is None:
        return None
    end = cursor.skip(first + 1 if found is None else found.after)
    of = noun_at(cursor, cursor.skip_of(end + 1)) if cursor.has(end, "per") else None
    field_like = walk.type_of(noun.words) is not None or walk.measure_of(noun.words) is not None
    known = of is not None and (walk.known_table(of.words) is not None or not field_like)
    known = known or (cursor.has(end, "rows") and not cursor.has(end, "columns"))
    if not known and (found is not None or field_like or not _heads_list(walk, first, noun)):
        return None
    field = walk.known_field(noun.words)
    if field is not None and (not field.is_plain or walk.table is None):
        return None
    if field is not None and walk.table is not None:
        walk.table.fields.remove(field)
    walk.mention(noun).said |= field.said if field is not None else set()
    walk.in_fields = True
    return noun.last


def _heads_list(walk: Walk, at: int, noun: Noun) -> bool:
    """Whether a number is that of rows, with their fields behind it: hotels: 25, name, city."""
    cursor, table, number = walk.cursor, walk.table, walk.cursor.number(at)
    following = cursor.skip(at + 2)
    listed = cursor.mark(at + 1, ",") and (cursor[following].kind == "word" or cursor.has(following, "with"))
    if (
        number is None
        or number.denominator != 1
        or number < _FEWEST
        or not listed
        or noun.words[0] != cursor[at - 2].text
    ):
        return False
    title = table is not None and table.is_bare and not table.is_asked
    if table is not None and title and len(walk.draft.tables) == 1:
        # A title of what the data is for.
        walk.draft.names_dataset(table)
        walk.table = None
    return title or cursor.has(following, "with") or name_of(noun.words[-1:], walk.language) in kinds_of_rows()


_FEWEST: Final = 2


def without_verb(walk: Walk, noun: Noun) -> Noun:
    """The teacher of "each teacher gives 2 to 4 courses", where teachers are known and a count follows."""
    counts = quantity_at(walk.cursor, noun.last) is not None or walk.cursor.number(noun.last) is not None
    plain = len(noun.words) == len(noun.at) == _WITH_VERB and counts
    if not plain or walk.known_table(noun.words) is not None or walk.known_table(noun.words[:1]) is None:
        return noun
    return Noun(noun.words[:1], noun.at, noun.last, 1)


_WITH_VERB: Final = 2
"""Words of a noun and the verb after it."""


def table_meant(walk: Walk, noun: Noun) -> TableDraft | None:
    """The table that a noun names, also by the last part of what is written as one word: hive of beehives."""
    found = walk.known_table(noun.words)
    if found is not None or len(noun.words) > 1:
        return found
    ends = [one for one in walk.draft.tables if ends_with(one.words[-1], noun.words[0])]
    return ends[0] if len(ends) == 1 else None


def has_rows_of(walk: Walk, at: int) -> bool:
    """Whether a known table and how many rows of another one each of its rows has follow: guest makes 2 to 5 stays."""
    noun = noun_at(walk.cursor, at) if walk.cursor[at].kind == "word" else None
    if noun is None:
        return False
    noun = without_verb(walk, noun)
    after = walk.cursor.skip(noun.last)
    after = walk.cursor.skip(after + walk.cursor.has(after, "with"))
    counts = quantity_at(walk.cursor, after) is not None or walk.cursor.number(after) is not None
    return counts and table_meant(walk, noun) is not None


def verb_counts(walk: Walk, at: int) -> bool:
    """Whether a German verb stands before rows that are counted: zahlt 1 bis 4 Beiträge, but not wiegt 50 bis 90 kg."""
    cursor = walk.cursor
    if walk.language != "german" or cursor[at].kind != "word" or not cursor[at].text[:1].islower():
        return False
    first = cursor.skip(at + 1)
    found = quantity_at(cursor, first)
    after = found.after if found is not None else first + 1
    counts = found is not None or cursor.number(first) is not None
    return counts and cursor[after].kind == "word" and cursor[after].text[:1].isupper()


def is_anybody(noun: Noun) -> bool:
    """Whether a noun only says that rows are persons or things."""
    return len(noun.words) == 1 and noun.words[0].casefold() in _ANYBODY


_PEOPLE: Final = frozenset({"people", "persons", "personen", "leute", "personas"})
_ANYBODY: Final = _PEOPLE | {"items", "things", "cosas"}
