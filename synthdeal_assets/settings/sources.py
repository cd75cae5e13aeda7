"""The settings that the environment, `.env` and `synthdeal.toml` give, by name and not yet parsed.

Which of them wins and what they must be belongs in `settings.py`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path

from dotenv import dotenv_values

from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.settings.catalogue import ENV_PREFIX, SECRET_FIELDS, every_setting, settings_by_name

ENV_FILE = Path(".env")
TOML_FILE = Path("synthdeal.toml")


def from_variables(variables: Mapping[str, str | None], where: str) -> dict[str, object]:
    """Settings among environment variables; an empty value counts as not set.

    Args:
        variables: The variables.
        where: What they are called in an error.

    Raises:
        SynthDealError: One has SynthDeal's prefix and is no setting.
    """
    by_variable = {setting.variable: setting.name for setting in every_setting()}
    for name in variables:
        if name.startswith(ENV_PREFIX) and name not in by_variable:
            raise SynthDealError(
                f"{name} in {where} is not a SynthDeal setting: remove it or correct its name "
                "(`synthdeal doctor` lists all settings).",
                code="settings.unknown",
                usage=True,
            )
    return {name: variables[variable] for variable, name in by_variable.items() if variables.get(variable)}


def read_env_file(path: Path) -> Mapping[str, str | None]:
    """The variables in a `.env`; none when there is no such file.

    Raises:
        SynthDealError: It cannot be read.
    """
    try:
        return dotenv_values(path, encoding="utf-8") if path.is_file() else {}
    except (OSError, UnicodeDecodeError) as error:
        raise SynthDealError(
            f"{path} cannot be read ({error}): make it a readable UTF-8 file or remove it.",
            code="settings.env-file-unreadable",
            usage=True,
        ) from error


def read_toml_file(path: Path) -> dict[str, object]:
    """The settings in a `synthdeal.toml`; none when there is no such file.

    Raises:
        SynthDealError: It cannot be read, or has a name that does not belong there.
    """
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SynthDealError(
            f"{path} cannot be read ({error}): correct the file or remove it.",
            code="settings.toml-unreadable",
            usage=True,
        ) from error
    for name in values:
        if name in SECRET_FIELDS:
            raise SynthDealError(
                f"{name} is in {path}: move it to the environment or to .env, the only places for secrets.",
                code="settings.secret-in-toml",
                usage=True,
            )
        if name not in settings_by_name():
            raise SynthDealError(
                f"{name} in {path} is not a SynthDeal setting: remove it or correct its name "
                "(`synthdeal doctor` lists all settings).",
                code="settings.unknown",
                usage=True,
            )
    return values
