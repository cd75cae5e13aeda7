"""What the state or kind of a document says: that it was sold, came to nothing, or takes another document back.

Words are in `column_names_in_use.yaml`, codes of systems in `document_codes.yaml`. What becomes of the rows belongs in
`etl/no_sales.py`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Final

import yaml

from synthdeal_assets.sales.product_map.names_in_use import COMPOSED, IN_USE, spelling_of, sureness_of

_LISTS: Final[Sequence[Mapping[str, frozenset[str]]]] = [
    {key: frozenset(str(codes).split()) for key, codes in each.items() if key != "system"}
    for each in yaml.safe_load(resources.files(__package__).joinpath("document_codes.yaml").read_text(encoding="utf-8"))
]
TAKES_BACK: Final = "takes_back"
NO_SALE: Final = "no_sale"


@dataclass(frozen=True, slots=True)
class SaidOfDocuments:
    """What the values of a column say.

    Attributes:
        no_sale: Those that say that a document came to nothing.
        takes_back: Those that say that it takes another one back.
        by_codes: Whether they are codes of a system.
    """

    no_sale: tuple[str, ...]
    takes_back: tuple[str, ...]
    by_codes: bool = False

    def __bool__(self) -> bool:
        """Whether a value says that a document does not count."""
        return bool(self.no_sale or self.takes_back)


def said_of_documents(name: str, values: Collection[str]) -> SaidOfDocuments:
    """What the values of a column say of its documents.

    Args:
        name: What the column is called.
        values: All that stands in it, without blanks.
    """
    spelled = spelling_of(name)
    codes = {value.strip().upper() for value in values}
    for each in _LISTS:
        called = spelled in each["names"] or (
            COMPOSED in each["names"] and sureness_of(name, "status_column") is not None
        )
        every = each["sale"] | each[TAKES_BACK] | each[NO_SALE]
        if called and codes <= every and codes & each["known"]:
            said = {
                what: tuple(value for value in values if value.strip().upper() in each[what])
                for what in (NO_SALE, TAKES_BACK)
            }
            return SaidOfDocuments(said[NO_SALE], said[TAKES_BACK], by_codes=True)
    back = tuple(value for value in values if _says(value, TAKES_BACK))
    if {spelling_of(value) for value in values} & {*IN_USE["way_to_pay"]}:
        # Among cash and cards, credit is a way to pay.
        back = tuple(value for value in back if spelling_of(value) != "credit")
    away = [value for value in values if _says(value, NO_SALE)]
    of_documents = [value for value in values if spelling_of(value) not in IN_USE["payment"]]
    if any(not _words(value).isdisjoint(IN_USE["document_word"]) for value in of_documents):
        # Beside invoices a payment is no sale; alone it is one.
        away += [value for value in values if spelling_of(value) in IN_USE["payment"] and value not in away]
    return SaidOfDocuments(tuple(away), back)


def is_of_documents(name: str, values: Collection[str]) -> bool:
    """Whether a column whose name says little says the state of documents: by codes, or beside words for documents."""
    said = said_of_documents(name, values)
    return said.by_codes or (
        bool(said) and any(not _words(value).isdisjoint(IN_USE["document_word"]) for value in values)
    )


def _says(status: str, what: str) -> bool:
    """Whether a state is one of the words of a list, or has one in it and none that says that it was sold after all."""
    if spelling_of(status) in IN_USE[what]:
        return True
    words = _words(status)
    return not words.isdisjoint(IN_USE[what]) and words.isdisjoint(IN_USE["sold_after_all"])


def _words(text: str) -> set[str]:
    return {spelling_of(word) for word in re.split(r"[^\w]+|_|(?<=[a-z])(?=[A-Z])", text)}
