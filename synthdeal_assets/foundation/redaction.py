"""Secrets never leave: what is a secret in a text, and what stands there instead.

A secret is the value of a configured secret (settings), in the spellings it takes on its way into a log, and whatever
has the shape of a key, a token or a password. Where redaction is applied belongs in the modules that write: run log,
Dagster storage, compute logs, command line. Nothing here knows Dagster.

The text that comes in is often JSON, or JSON inside JSON, so no pattern crosses a quotation mark or a backslash that
it does not understand: what goes out is valid wherever what came in was.
"""

from __future__ import annotations

import base64
import json
import re
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from urllib.parse import quote, quote_plus

from synthdeal_assets.settings import configured_secrets

REDACTED: Final = "[redacted]"


class Redacting:
    """Marks what writes nothing without having taken the secrets out."""


SHORTEST_SECRET: Final = 6
"""Configured values shorter than this are not keys but placeholders such as "none", and stand in ordinary text."""

SHORTEST_UNMISTAKABLE: Final = 16
"""From this length on a value is replaced wherever it occurs; a shorter one only where it stands as a whole word."""

SHORTEST_FRAGMENT: Final = 12
"""Fragments of a secret (its base64 inside a longer base64, one line of several) shorter than this prove nothing."""


@dataclass(frozen=True)
class Shape:
    """How one kind of secret looks.

    Attributes:
        hints: Lower-case substrings of which one must be in the lower-cased text; looking for them first makes a line
            without secrets cost microseconds.
        pattern: What to look for.
        replacement: What to put there, as `re.sub` takes it.
    """

    hints: tuple[str, ...]
    pattern: re.Pattern[str]
    replacement: str | Callable[[re.Match[str]], str] = REDACTED


# A key starts after anything but a letter or digit; after an escaped line end in JSON, a colour code or a %XX too,
# which end in a letter that does not belong to the key.
_START: Final = r"(?:(?<![A-Za-z0-9])|(?<=\\[nrtbf])|(?<=[0-9;\[]m)|(?<=%[0-9A-Fa-f]{2}))"

_SENSITIVE_NAME: Final = (
    r"(?:api[_-]?key|(?:secret|private|account|shared|access)[_-]?(?:access[_-]?)?key"
    r"|(?:access|auth|refresh|session|bearer|id|security)?[_-]?token|client[_-]?secret|authorization"
    r"|password|passwd|passphrase|pwd|secret|credentials?)"
)

_KEYED_VALUE: Final = re.compile(
    rf"(?P<name>{_SENSITIVE_NAME})"
    r"(?P<quote>\\*[\"'])?(?P<separator>\s*(?:=>|[=:]|%3[ad])\s*)"
    r"(?:"
    r"(?P<open>\")(?:\\.|[^\"\\])+\""  # "in double quotes", as in JSON
    r"|(?P<open_single>')(?:\\.|[^'\"\\])+'"  # 'in single quotes', as in a Python repr, also within JSON
    r"|(?P<open_escaped>\\+[\"'])[^\"'\\]+(?:\\+[^\"'\\]+)*?\\+[\"']"  # \"in escaped quotes\", as in JSON within JSON
    r"|(?P<bare>(?:(?:basic|bearer|digest|token)\s+)?[^\s\"'\\,;&(){}\[\]<>|]+)"
    r")",
    re.IGNORECASE,
)


def _hide_keyed_value(match: re.Match[str]) -> str:
    name, quoted, separator = match["name"], match["quote"] or "", match["separator"]
    bare = match["bare"]
    if bare is None:
        mark = match["open"] or match["open_single"] or match["open_escaped"]
    elif bare.lower() in {"null", "none", "true", "false"}:
        return match[0]
    else:
        # A number after a quoted name is JSON, where the replacement must be a string.
        mark = quoted
    return f"{name}{quoted}{separator}{mark}{REDACTED}{mark}"


SHAPES: Final = (
    Shape(("sk-",), re.compile(_START + r"sk-[A-Za-z0-9_-]{8,}")),
    Shape(("sk_", "rk_"), re.compile(_START + r"[sr]k_(?:live|test)_[A-Za-z0-9]{8,}")),
    Shape(("akia", "asia"), re.compile(_START + r"A(?:KI|SI)A[A-Z0-9]{16}(?![A-Za-z0-9])")),
    Shape(("ghp_", "gho_", "ghu_", "ghs_", "ghr_"), re.compile(_START + r"gh[pousr]_[A-Za-z0-9]{10,}")),
    Shape(("github_pat_",), re.compile(_START + r"github_pat_[A-Za-z0-9_]{10,}")),
    Shape(("glpat-",), re.compile(_START + r"glpat-[A-Za-z0-9_-]{10,}")),
    Shape(("xox", "xapp-"), re.compile(_START + r"(?:xox[abceoprs]|xapp)-[A-Za-z0-9-]{8,}")),
    Shape(("aiza",), re.compile(_START + r"AIza[A-Za-z0-9_-]{20,}")),
    Shape(("hf_", "gsk_", "xai-"), re.compile(_START + r"(?:hf_|gsk_|xai-)[A-Za-z0-9]{20,}")),
    Shape(("eyj",), re.compile(_START + r"eyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]{5,}(?:\.[A-Za-z0-9_-]*)?")),
    # A Salesforce session id: the organisation's id, an exclamation mark, the token.
    Shape(("00d",), re.compile(_START + r"00D[A-Za-z0-9]{12,15}(?:!|%21)[A-Za-z0-9._]{16,}")),
    Shape(
        ("-----begin",),
        re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----[^\"]*?-----END [A-Z ]*PRIVATE KEY-----"),
    ),
    Shape(
        ("bearer",),
        re.compile(r"(bearer(?:\s|%20)+)(?=[^\s\"'\\]*[0-9]|[^\s\"'\\]{16})[A-Za-z0-9._~+/=-]{8,}", re.IGNORECASE),
        rf"\1{REDACTED}",
    ),
    Shape(("://",), re.compile(r"(?<=://)([^\s/:@\"'\\()?\[\]<>]*):[^\s/\"'\\]+@"), rf"\1:{REDACTED}@"),
    Shape(
        # Not "key" alone: asset keys and step keys are in every event.
        (
            *(
                f"{kind}{joint}key"
                for kind in ("api", "private", "account", "shared", "access")
                for joint in ("", "_", "-")
            ),
            *("token", "secret", "passw", "passphrase", "pwd", "authorization", "credential"),
        ),
        _KEYED_VALUE,
        _hide_keyed_value,
    ),
)

_SENSITIVE_KEY: Final = re.compile(rf"(?:.*[^a-z0-9])?{_SENSITIVE_NAME}", re.IGNORECASE)


class Redactor:
    """Replaces secrets by `[redacted]`.

    Args:
        secret_values: Values that are secret whatever they look like. Their JSON, URL, base64, hexadecimal and Python
            spellings are secret too, and so is each line of a value of several lines.
    """

    def __init__(self, secret_values: Iterable[str] = ()) -> None:
        self._literal: list[str] = []
        self._as_words: list[re.Pattern[str]] = []
        for spelling in sorted({s for value in secret_values for s in _spellings(value)}, key=len, reverse=True):
            if len(spelling) >= SHORTEST_UNMISTAKABLE:
                self._literal.append(spelling)
            else:
                self._as_words.append(re.compile(f"{_START}{re.escape(spelling)}(?![A-Za-z0-9])"))

    def text(self, text: str) -> str:
        """The text without secrets."""
        if len(text) < SHORTEST_SECRET:
            return text
        for spelling in self._literal:
            if spelling in text:
                text = text.replace(spelling, REDACTED)
        for word in self._as_words:
            text = word.sub(REDACTED, text)
        lowered = text.lower()
        for shape in SHAPES:
            if any(hint in lowered for hint in shape.hints):
                text = shape.pattern.sub(shape.replacement, text)
        return text

    def nested(self, value: object) -> object:
        """A value as JSON knows them, without secrets in its texts and keys.

        What stands under a key such as "password" or "api_key" is replaced, whatever it looks like.
        """
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {
                self.text(str(key)): REDACTED if _is_named_secret(str(key), item) else self.nested(item)
                for key, item in value.items()
            }
        if isinstance(value, list | tuple | set | frozenset):
            return [self.nested(item) for item in value]
        return value


_given: list[str] = []


def hide(secret_values: Iterable[str]) -> None:
    """Take values for secrets that neither the environment nor `.env` holds, such as those of flags."""
    _given.extend(value for value in secret_values if value not in _given)


@contextmanager
def hidden_for_a_while() -> Iterator[None]:
    """What `hide` is called with inside the block is secret until the block ends."""
    before = len(_given)
    try:
        yield
    finally:
        del _given[before:]


def redactor() -> Redactor:
    """The redactor for the secrets that are known at this moment: configured ones and hidden ones."""
    return _redactor((*configured_secrets(), *_given))


def redact(text: str) -> str:
    """The text without the configured secrets and without anything that has the shape of a secret."""
    return redactor().text(text)


def redact_json(value: object) -> object:
    """The same for a value made of dicts, lists and scalars; see `Redactor.nested`."""
    return redactor().nested(value)


def redacted_traceback(error: BaseException) -> str:
    """The traceback of an exception with its causes, as Python prints it, without secrets."""
    return redact("".join(traceback.format_exception(error)))


@lru_cache(maxsize=8)
def _redactor(secret_values: tuple[str, ...]) -> Redactor:
    return Redactor(secret_values)


def _is_named_secret(key: str, value: object) -> bool:
    return (
        isinstance(value, str | int | float)
        and not isinstance(value, bool)
        and _SENSITIVE_KEY.fullmatch(key) is not None
    )


def _spellings(value: str) -> set[str]:
    """Every way a secret may be written in a text that is logged."""
    value = value.strip()
    if len(value) < SHORTEST_SECRET:
        return set()
    in_json = json.dumps(value)[1:-1]
    whole = {
        value,
        in_json,
        json.dumps(in_json)[1:-1],
        json.dumps(value, ensure_ascii=False)[1:-1],
        repr(value)[1:-1],
        quote(value, safe=""),
        quote(value),
        quote_plus(value),
        value.encode().hex(),
    }
    lines = {line.strip() for line in value.splitlines() if len(value.splitlines()) > 1}
    fragments = {*lines, *_base64_cores(value.encode())}
    return whole | {fragment for fragment in fragments if len(fragment) >= SHORTEST_FRAGMENT}


def _base64_cores(value: bytes) -> set[str]:
    """The characters that a value yields in base64 at each of the three places it may start in a longer text."""
    cores = set()
    for lead in range(3):
        padded = bytes(lead) + value
        first = (0, 2, 3)[lead]
        last = len(padded) * 8 // 6
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            cores.add(encode(padded).decode()[first:last])
    return cores
