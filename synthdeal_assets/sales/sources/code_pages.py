"""Which code page the text of a file is written in that is no UTF-8, by the letters of the languages of Europe.

A byte above 127 is another letter in each of them. The one is believed in which the header has names that columns
commonly have, or else in which nearly all such letters are those of one language; where neither tells it is
Windows-1252. What else a look through a file tells is in `text_encoding.py`.
"""

# ruff: noqa: RUF001  # letters of other scripts that look like Latin ones are meant

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from itertools import pairwise
from typing import Final

from synthdeal_assets.sales.product_map.names_in_use import ACCENTED

USUAL: Final = "cp1252"

_WESTERN: Final = (
    "äöüß", "éèàâêîôûçùëïœæ", "áéíóúñüªº", "áâãàçéêíóôõúüªº", "àèéìòù", "åäöé", "æøåéü", "ëïéèöüóá", "àèéíòóúçïü",
)  # fmt: skip
_CENTRAL: Final = (
    "ąćęłńóśźż", "áčďéěíňóřšťúůýž", "áäčďéíĺľňóôŕšťúýž", "áéíóöőúüű", "ăâîşţșț", "čćđšž", "äöüß",
)  # fmt: skip
_CYRILLIC: Final = (
    "абвгдеёжзийклмнопрстуфхцчшщъыьэюя", "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя", "абвгдђежзијклљмнњопрстћуфхцчџш",
    "абвгдеёжзійклмнопрстуўфхцчшыьэюя",
)  # fmt: skip
_GREEK: Final = ("αβγδεζηθικλμνξοπρσςτυφχψωάέήίόύώϊϋΐΰ",)
_TURKISH: Final = ("çğıiöşüâîû",)
_BALTIC: Final = ("ąčęėįšųūž", "āčēģīķļņšūž", "äõöüšž")

CODE_PAGES: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "cp1252": ("Windows-1252", _WESTERN),
    "cp1250": ("Windows-1250", _CENTRAL),
    "cp1254": ("Windows-1254", _TURKISH),
    "cp1251": ("Windows-1251", _CYRILLIC),
    "cp1253": ("Windows-1253", _GREEK),
    "cp1257": ("Windows-1257", _BALTIC),
    "iso8859-15": ("ISO-8859-15", _WESTERN),
    "iso8859-2": ("ISO-8859-2", _CENTRAL),
    "iso8859-7": ("ISO-8859-7", _GREEK),
    "iso8859-5": ("ISO-8859-5", _CYRILLIC),
    "koi8-r": ("KOI8-R", _CYRILLIC[:1]),
    "koi8-u": ("KOI8-U", _CYRILLIC[1:2]),
    "mac-roman": ("Mac Roman", _WESTERN),
    "mac-latin2": ("Mac Latin 2", _CENTRAL),
    "mac-turkish": ("Mac Turkish", _TURKISH),
    "mac-cyrillic": ("Mac Cyrillic", _CYRILLIC),
    "cp850": ("DOS 850", _WESTERN),
    "cp852": ("DOS 852", _CENTRAL),
    "cp857": ("DOS 857", _TURKISH),
    "cp866": ("DOS 866", _CYRILLIC),
}
"""By its codec what a code page is called and the letters of the languages it is used for."""

WORD: Final = re.compile(rb"[A-Za-z\x80-\xff]*[\x80-\xff][A-Za-z\x80-\xff]*")
MAX_WORDS: Final = 5_000

_ONE_SCRIPT: Final = (_CYRILLIC, _GREEK)
_MIXED_SHARE: Final = 0.9
"""Letters of several western languages in one file count so much: names of customers are from everywhere."""

_ENOUGH_LETTERS: Final = 3
_CERTAIN: Final = 0.9
_SIGNS: Final = frozenset("£§°–—’‘“”„«»…·\xa0²³½¼¾®©™ºª¿¡´•‚†±×№µ")


def code_page_of(beginning: bytes, words: Collection[bytes], high: frozenset[int]) -> str:
    """The codec of a text in one byte for each letter.

    Args:
        beginning: Its first bytes, with the header.
        words: Some of its words that match `WORD`.
        high: All bytes above 127 in it.
    """
    every = bytes(sorted(high))
    usual = _judged(USUAL, beginning, words)
    best, found = usual, USUAL
    for codec in CODE_PAGES:
        try:
            letters = every.decode(codec)
        except UnicodeDecodeError:
            continue
        judged = _judged(codec, beginning, words)
        enough = sum(letter.isalpha() for letter in letters) >= _ENOUGH_LETTERS or usual[1] <= 0.5
        if judged > best and (judged[0] > usual[0] or (enough and judged[1] >= _CERTAIN)):
            best, found = judged, codec
    return found


def _judged(codec: str, beginning: bytes, words: Collection[bytes]) -> tuple[int, float]:
    """How many words of the beginning are in names of columns, and which share of the letters are of one language."""
    known = len(ACCENTED.intersection(re.findall(r"[^\W\d_]+", beginning.decode(codec, errors="replace").casefold())))
    alphabets = CODE_PAGES[codec][1]
    letters: list[str] = []
    signs = misses = 0
    for word in words:
        text = word.decode(codec, errors="replace")
        mixes_scripts = alphabets in _ONE_SCRIPT and re.search("[A-Za-z]", text) is not None
        for before, letter in pairwise(f" {text}"):
            if letter.isascii() or (letter in _SIGNS and not before.isalpha()):
                continue
            if letter == "€":
                signs += 1
            elif mixes_scripts or not letter.isalpha() or (before.islower() and letter.isupper()):
                misses += 1
            else:
                letters.append("i" if letter == "İ" else letter.lower())
    total = len(letters) + signs + misses
    if not total:
        return known, _MIXED_SHARE
    shares: list[float] = [sum(letter in alphabet for letter in letters) + signs for alphabet in alphabets]
    if alphabets is _WESTERN:
        shares.append(_MIXED_SHARE * (sum(letter in "".join(alphabets) for letter in letters) + signs))
    return known, round(max(shares) / total, 3)
