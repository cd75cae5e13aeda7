"""What only a whole request tells: the parents of series, and what was a purpose and what a table."""

from __future__ import annotations

from synthdeal_assets.datasets.words import asides, asked, relations
from synthdeal_assets.datasets.words.draft import Draft, TableDraft
from synthdeal_assets.datasets.words.languages import kinds_of_rows
from synthdeal_assets.datasets.words.naming import name_of
from synthdeal_assets.datasets.words.nouns import Noun
from synthdeal_assets.datasets.words.rows import set_rows
from synthdeal_assets.datasets.words.tokens import fold
from synthdeal_assets.datasets.words.walk import Walk


def settle(walk: Walk) -> None:
    """Puts right what the end of a request tells of its beginning."""
    draft = walk.draft
    _name_the_only(walk)
    if walk.rows_next is not None and draft.tables:
        number, indices = walk.rows_next
        table = draft.tables[0]
        if table.rows is None and table.parent is None:
            set_rows(walk, table, number, indices, 0)
    for child in draft.tables:
        said_too = walk.known_field(child.words, child.parent) if child.parent is not None else None
        siblings = child.parent.fields if child.parent is not None else []
        needed = said_too is not None and (said_too.numeric or any(one.follows is said_too for one in siblings))
        if child.parent is not None and said_too is not None and said_too in siblings and not needed:
            # Customers with their orders, of which more is said later.
            child.parent.fields.remove(said_too)
            child.said |= said_too.said
    asked.of_percents(walk)
    _drop_purpose(walk)
    asides.drop_tables_of_speaker(walk)
    if draft.counts_rows():
        for table in [one for one in draft.tables if _says_nothing(walk, one)]:
            draft.tables.remove(table)
    _compare_counts(draft)
    for table in draft.tables:
        _drop_values(table)
        if table.every is not None and table.parent is None:
            others = [one for one in draft.tables if one is not table and one.every is None and one.rows is not None]
            if len(others) == 1 and not others[0].fields:
                table.parent = others[0]


def _drop_values(table: TableDraft) -> None:
    """Legendary ones, where legendary is a value of the rarity: what is said of some rows makes no field."""
    values = {fold(value) for one in table.fields if len(one.values) > 1 for value in one.values}
    table.fields = [one for one in table.fields if fold(" ".join(one.words)) not in values]


def _name_the_only(walk: Walk) -> None:
    draft = walk.draft
    if not draft.tables and "dataset" in draft.misc:
        name, indices = draft.misc.pop("dataset")
        words = tuple(name.split())
        walk.mention(Noun(words, tuple(sorted(indices)), max(indices) + 1, len(words)))


def _compare_counts(draft: Draft) -> None:
    """Lists the number of tables or columns where another one was found."""
    for what, said, indices in list(draft.noted):
        counts = {"tables": len(draft.tables), "columns": max((len(one.fields) for one in draft.tables), default=0)}
        if what in counts and str(counts[what]) != said:
            draft.noted.remove((what, said, indices))
            draft.lose(indices, f"{counts[what]} {what} were found")


def _targets(draft: Draft) -> list[TableDraft | None]:
    return [other for one in draft.tables for other in (one.parent, one.belongs_to, *one.refers_to)]


def _drop_purpose(walk: Walk) -> None:
    draft, purpose = walk.draft, walk.purpose
    others = [one for one in draft.tables if one is not purpose and not one.is_bare]
    if purpose in draft.tables and others and purpose.is_bare and purpose not in _targets(draft):
        draft.names_dataset(purpose)


def _says_nothing(walk: Walk, table: TableDraft) -> bool:
    """Whether a word was taken for a table, and nothing is said of it beside tables whose rows are counted."""
    if not table.is_bare or table.is_asked or table in _targets(walk.draft):
        return False
    others = [one for one in walk.draft.tables if one is not table]
    related = any(relations.is_named_after(walk, table, one) for one in others)
    return not related and name_of(table.words[-1:], walk.language) not in kinds_of_rows()
