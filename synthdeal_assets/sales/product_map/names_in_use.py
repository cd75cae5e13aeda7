"""What the name of a column says: a role, a total, a tax, nothing at all, and how products are grouped by their names.

The names that columns commonly have are in `column_names_in_use.yaml`; what is concluded from names and values together
belongs in `proposal.py`.
"""

# ruff: noqa: RUF001  # letters of other scripts that look like Latin ones are meant

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Final

import yaml

from synthdeal_assets.sales.column_names import folded

_SPELT_OUT: Final = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "#": "no", "°": "o", "ø": "o", "ł": "l", "đ": "d", "ı": "i", "æ": "ae", "œ": "oe"}
)
_SPELT_SHORT: Final = str.maketrans("äöü", "aou")
_UNIT_OF_MONEY: Final = re.compile(r"[(\[](usd|eur|gbp|chf)[)\]]|[$€£]")
_SAYS_NO_MORE: Final = re.compile(r"[()\[\]/:'\u2019*]")
_POSTAL: Final = re.compile(r"zip|postal|postcode|plz|postleitzahl")
_IDENTITY: Final = re.compile(
    r"(^|[\s_\-.])(id|no|nr|num|number|code|key|ref|phone|fax|tel|year|month|week|day)$", re.I
)
_CAMEL_IDENTITY: Final = re.compile(r"[a-z](ID|Id|No|Nr|Num|Number|Code|Key|Ref)$")
_MONTH_NAME: Final = re.compile(
    r"^(\d{4}[-_/. ]?(0?[1-9]|1[0-2])|(0?[1-9]|1[0-2])[-_/.]\d{4}|"
    r"(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*([-_/. ']*(\d{4}|\d{2}))?)$",
    re.I,
)


def spelling_of(name: str) -> str:
    """A name without what people write differently: besides what `folded` takes away, without accents and signs."""
    text = _UNIT_OF_MONEY.sub("", folded(name).translate(_SPELT_OUT))
    letters = (letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))
    return _SAYS_NO_MORE.sub("", "".join(letters))


def _names_in_use(lists: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    return {
        role: tuple(dict.fromkeys(spelling for name in names for spelling in _spellings(name, lists)))
        for role, names in lists.items()
    }


def _spellings(name: str, lists: Mapping[str, Sequence[str]]) -> Iterator[str]:
    if name.startswith("<"):
        for word in lists[name.strip("<>")]:
            yield from _spellings(word, lists)
    elif name.startswith(COMPOSED):
        yield name
    else:
        yield spelling_of(name)
        yield spelling_of(name.translate(_SPELT_SHORT))


COMPOSED: Final = "*"
COMPOSED_GROSS: Final = "*gross"
_IN_FILE: Final[dict[str, list[str]]] = {
    role: names.split()
    for role, names in yaml.safe_load(
        resources.files(__package__).joinpath("column_names_in_use.yaml").read_text(encoding="utf-8")
    ).items()
}
RAW_WORDS: Final[Mapping[str, Sequence[str]]] = _IN_FILE
"""The words of each list as they are written."""

ACCENTED: Final = frozenset(name for names in _IN_FILE.values() for name in names if not name.isascii())
"""The names and words with letters beyond ASCII, which tell one code page from another."""

IN_USE: Final = _names_in_use(_IN_FILE)
"""Names that columns commonly have, by what they are; as `spelling_of` writes them, the surest first."""


def _either_order(*roles: str) -> re.Pattern[str]:
    """Names of a word of each of two roles, with or without a word such as `of` between them."""
    first, second, of = ("|".join(sorted(IN_USE[role], key=len, reverse=True)) for role in (*roles, "of_word"))
    return re.compile(rf"(?:{first})(?:{of})*(?:{second})|(?:{second})(?:{of})*(?:{first})")


def _beside_each_other(word: str, *besides: str) -> re.Pattern[str]:
    """Names of a word of one role with any number of words of others around it."""
    names = "|".join(sorted(IN_USE[word], key=len, reverse=True))
    beside = "|".join(sorted((name for role in besides for name in IN_USE[role]), key=len, reverse=True))
    return re.compile(rf"(?:{beside})*(?:{names})(?:{beside})*")


_COMPOSED: Final = {
    "customer_id": _either_order("customer_word", "identity_word"),
    "customer_name": _either_order("customer_word", "name_word"),
    "order_date": _either_order("document_word", "date_word"),
    "invoice": _either_order("document_word", "identity_word"),
    "product": re.compile(
        "|".join(_either_order("product_word", other).pattern for other in ("name_word", "identity_word"))
    ),
    "money": _beside_each_other("amount_word", "beside_amount", "of_word"),
}
_COMPOSED_GROSS: Final = {"money": _beside_each_other("amount_word", "beside_amount", "of_word", "gross")}


@cache
def sureness_of(name: str, role: str) -> int | None:
    """How sure it is that a column of a name plays a role of `IN_USE`, 0 being the surest; None if it does not."""
    spelling, names = spelling_of(name), IN_USE[role]
    if spelling in names:
        return names.index(spelling)
    for mark, composed in ((COMPOSED, _COMPOSED), (COMPOSED_GROSS, _COMPOSED_GROSS)):
        if role in composed and mark in names and composed[role].fullmatch(spelling):
            return names.index(mark)
    return None


def _words(name: str) -> list[str]:
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    return [word.casefold() for word in re.split(r"[^\w]+|_", parted) if word]


def is_total(name: str) -> bool:
    """Whether a name says a total of everything, and not a product that has the word in its name."""
    words = _words(name)
    return any(word in IN_USE["total"] for word in words) and all(
        word in IN_USE["total"] or word in IN_USE["beside_total"] for word in words
    )


def is_no_product(name: str) -> bool:
    """Whether a name says a tax, a discount or another figure that goes with a sale."""
    if spelling_of(name) in IN_USE["no_product"]:
        return True
    words = _words(name)
    return any(word in IN_USE["no_product"] for word in words) and all(
        word in IN_USE["no_product"] or word in IN_USE["beside_total"] or word in IN_USE["money_word"] for word in words
    )


def names_nothing(product: str) -> bool:
    """Whether the name of a pair, such as Sales or Line Item, names no product."""
    return all(
        any(word in IN_USE[role] for role in ("says_nothing", "beside_total", "money_word")) for word in _words(product)
    )


def is_identity(name: str) -> bool:
    """Whether a name says the code or the number of something."""
    return _IDENTITY.search(name) is not None or _CAMEL_IDENTITY.search(name) is not None


def without_money_word(name: str) -> str:
    """`X` for `X_Amount`, `Revenue X` and the like; any other name as it is."""
    words = re.split(r"[\s_\-.]+", name.strip())
    if len(words) > 1 and words[-1].casefold().strip("()") in IN_USE["money_word"]:
        return " ".join(words[:-1])
    if len(words) > 1 and words[0].casefold() in IN_USE["money_word"]:
        return " ".join(words[1:])
    return name


def readable(name: str) -> str:
    """A name with single blanks between its words."""
    return re.sub(r"[\s_]+", " ", name).strip()


def divisions_by_beginning(products: Sequence[str]) -> dict[str, str]:
    """Division of the products whose names begin like others, when that parts them at all."""
    beginning = {product: _beginning(product) for product in products}
    sharing = Counter(words.casefold() for words in beginning.values())
    if len(sharing) == 1:
        return {}
    spelling: dict[str, str] = {}
    for words in beginning.values():
        spelling.setdefault(words.casefold(), words)
    return {
        product: spelling[words.casefold()]
        for product, words in beginning.items()
        if sharing[words.casefold()] > 1
        and len(words) >= 3
        and not words.isdigit()
        and words.casefold() not in IN_USE["says_nothing"]
    }


def _beginning(product: str) -> str:
    """The first word of a name; of one that is too short to say anything alone, as in `3D Printer`, the first two."""
    words = re.split(r"[\s_\-]+", product)
    if len(words) > 1 and len(words[0]) < 3 and not words[0].isdigit() and len(words[1]) >= 3:
        return " ".join(words[:2])
    return words[0]


def is_postal_code(name: str) -> bool:
    """Whether a name says a postal code."""
    return _POSTAL.search(folded(name)) is not None


def is_month(name: str) -> bool:
    """Whether a name is a month, as those of columns are that hold a month each."""
    return _MONTH_NAME.search(name.strip()) is not None
