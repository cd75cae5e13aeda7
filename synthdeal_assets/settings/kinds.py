"""Kinds of values that several settings have, with what they accept and the words that refuse the rest.

What only one setting accepts belongs in the module of its group.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import unquote_plus

from pydantic import AfterValidator, BeforeValidator

ProviderName = Literal["openai", "anthropic"]

_PASSWORD_IN_ADDRESS = re.compile(
    r"://[^:/@\s;]*:(?P<password>[^/\s;]+)@|(?:PWD|PASSWORD)(?:=|%3D)(?P<keyed>[^;&%\s]+)", re.I
)

_WEB_ADDRESS = re.compile(r"https?://(?:(?P<user>[^/@\s]*)@)?", re.I)
_QUERY_VALUE = re.compile(r"[?&]([^=&#\s]+)=([^&#\s]*)")
_NO_SECRET = re.compile(r"api[-_]?version|version|region|location|model|deployment|timeout|beta", re.I)
_SECRET_NAME = re.compile(
    r"passw|pwd|passphrase|secret|token|credential|signature|(?:api|access|account)[-_]?key", re.I
)


def _with_the_users_home(value: Path) -> Path:
    # A shell expands ~ only where a word begins with it: neither in --home=~/demo nor in a settings file.
    try:
        return value.expanduser()
    except RuntimeError as error:
        raise ValueError("refers to the home of a user who does not exist") from error


def _as_day(value: object) -> object:
    # What pydantic takes for a day besides (seconds since 1970, midnights) is a slip, and its words are no help.
    if type(value) is dt.date:
        return value
    try:
        return dt.date.fromisoformat(str(value))
    except ValueError as error:
        raise ValueError("must be a date, written YYYY-MM-DD, such as 2026-11-20") from error


def _is_an_address(value: str) -> str:
    if not re.fullmatch(r"https?://[^\s/]+(/\S*)?", value):
        raise ValueError("must be an address that starts with http:// or https://")
    return value


def _has_five_fields(value: str) -> str:
    if len(value.split()) != 5:
        raise ValueError("must be a cron expression with five fields, such as '0 2 * * *'")
    return value


UserPath = Annotated[Path, AfterValidator(_with_the_users_home)]
Day = Annotated[dt.date, BeforeValidator(_as_day)]
EndpointUrl = Annotated[str, AfterValidator(_is_an_address)]
Cron = Annotated[str, AfterValidator(_has_five_fields)]


def names_in(text: str) -> tuple[str, ...]:
    """The names in a setting that holds several, separated by ';'; one that contains a ';' stands in double quotes."""
    fields = next(csv.reader([text], delimiter=";", skipinitialspace=True), [])
    return tuple(name for field in fields if (name := field.strip()))


def written_names(names: Sequence[str]) -> str:
    """Names as one setting, which `names_in` takes apart again."""
    written = io.StringIO()
    csv.writer(written, delimiter=";", lineterminator="").writerow(names)
    return written.getvalue()


def passwords_in(address: str) -> tuple[str, ...]:
    """The secrets in an address, as written and decoded.

    They are the password of `scheme://user:password@host` or `PWD=` of ODBC, whoever stands before the `@` of a web
    address, and the values of its query: all of a web address but those that are known to be none, such as Azure's
    api-version; of a database's address those whose name says so.
    """
    written = [match["password"] or match["keyed"] for match in _PASSWORD_IN_ADDRESS.finditer(address)]
    if web := _WEB_ADDRESS.match(address.strip()):
        written += [part for part in (web["user"],) if part and ":" not in part]
    for name, value in _QUERY_VALUE.findall(address):
        if value and (not _NO_SECRET.fullmatch(name) if web else _SECRET_NAME.search(name)):
            written.append(value)
    return tuple(dict.fromkeys(spelling for text in written for spelling in (text, unquote_plus(text))))


def without_passwords(address: str) -> str:
    """The address without its secrets, also those that are too short to be looked for in any text."""
    for secret in sorted(passwords_in(address), key=len, reverse=True):
        address = re.sub(rf"(?i)([:=/]|%3[ad]){re.escape(secret)}(?=[@&;#%\s]|$)", r"\1[redacted]", address)
    return address
