"""A pattern from one example: AB-1234 stands for two capitals, a dash and four digits."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Final

_EXPRESSION: Final = re.compile(r"[\[\]{}\\|+*?^$]|\(\?")
_PART: Final = re.compile(r"\d+|#+|[A-Z]+|[a-z]+|.")


def pattern_of(example: str) -> str:
    """The regular expression that an example stands for; an expression stays as it is.

    Digits stand for digits. Capitals that only show their place (AB, ABC, XX, XYZ) stand for capitals, others, such as
    INV, for themselves.
    """
    if _EXPRESSION.search(example):
        return example.strip("^$") if example.startswith("^") else example
    return "".join(_written(part) for part in _PART.findall(example))


def _written(part: str) -> str:
    if part.isdigit() or set(part) == {"#"}:
        return f"[0-9]{{{len(part)}}}"
    if part.isupper() and part.isascii() and _shows_place(part):
        return f"[A-Z]{{{len(part)}}}"
    return re.escape(part) if not part.isalnum() and part not in "-_/ #" else part


def _shows_place(part: str) -> bool:
    steps = {ord(after) - ord(before) for before, after in pairwise(part)}
    return len(part) > 1 and steps in ({0}, {1})
