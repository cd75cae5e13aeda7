"""The secrets among all that is configured, for redaction, which must work whatever else is wrong."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.settings.catalogue import ADDRESS_FIELDS, SECRET_FIELDS, VENDORS_ADDRESSES, variable_name
from synthdeal_assets.settings.kinds import passwords_in
from synthdeal_assets.settings.sources import ENV_FILE, read_env_file


def configured_secrets(folder: Path | None = None) -> tuple[str, ...]:
    """The values of all secrets in the environment and in `.env`, the one that loses against the other included.

    A `.env` that cannot be read holds no secret that anybody could have used. It is read again when it changed.

    Args:
        folder: Where `.env` is looked for; the working folder when None.
    """
    path = ENV_FILE if folder is None else folder / ENV_FILE
    try:
        state = path.stat()
    except OSError:
        in_file: Mapping[str, str | None] = {}
    else:
        in_file = _env_file_as_of(path, state.st_ino, state.st_mtime_ns, state.st_size)
    sources = (os.environ, in_file)
    found = [source.get(variable_name(name)) for source in sources for name in SECRET_FIELDS]
    of_addresses = (*map(variable_name, ADDRESS_FIELDS), *VENDORS_ADDRESSES)
    addresses = [source.get(name) for source in sources for name in of_addresses]
    found += [password for address in addresses for password in passwords_in(address or "")]
    return tuple(dict.fromkeys(value for value in found if value))


@lru_cache(maxsize=4)
def _env_file_as_of(path: Path, _inode: int, _modified_ns: int, _size: int) -> Mapping[str, str | None]:
    try:
        return read_env_file(path)
    except SynthDealError:
        return {}
