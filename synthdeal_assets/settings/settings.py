"""The settings of one process: every group parsed once, and where each value came from."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal, Self

from pydantic import SecretStr, ValidationError

from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.settings.catalogue import (
    ADDRESS_FIELDS,
    SECRET_FIELDS,
    every_setting,
    settings_by_name,
    variable_name,
)
from synthdeal_assets.settings.groups import GROUPS, SettingsGroup, SettingsGroups
from synthdeal_assets.settings.kinds import passwords_in
from synthdeal_assets.settings.sources import ENV_FILE, TOML_FILE, from_variables, read_env_file, read_toml_file

SettingSource = Literal["flag", "environment", ".env", "synthdeal.toml", "default"]

FLAG: Final = "flag"


@dataclass(frozen=True, init=False)
class Settings(SettingsGroups):
    """What a user can set, in groups. Each setting is also the environment variable `SYNTHDEAL_<NAME>`.

    `Settings.load()` reads every source and is what the product uses; `Settings(...)` takes only what it is given,
    which is what tests want. Both take settings by name, whichever group they are in: `Settings(seed=7)`.
    """

    _sources: Mapping[str, SettingSource] = field(repr=False, compare=False)

    def __init__(self, **values: object) -> None:
        """Parse settings by name; what is not given has its default.

        Raises:
            TypeError: There is no such setting.
            pydantic.ValidationError: A value is not acceptable.
        """
        if unknown := sorted(values.keys() - settings_by_name().keys()):
            raise TypeError(f"There is no setting {unknown[0]!r}")
        for group, kind in GROUPS.items():
            given = {name: values[name] for name in kind.field_of() if name in values}
            object.__setattr__(self, group, kind.model_validate(given))
        object.__setattr__(self, "_sources", dict.fromkeys(values, FLAG))

    @classmethod
    def load(cls, flags: Mapping[str, object] | None = None, *, folder: Path | None = None) -> Self:
        """Settings from every source, the strongest first: flags, environment, `.env`, `synthdeal.toml`, defaults.

        Args:
            flags: Values given on the command line by name; None means "not given".
            folder: Where `.env` and `synthdeal.toml` are looked for; the working folder when None.

        Raises:
            SynthDealError: A value is not acceptable, a name is unknown, or a settings file cannot be read. The
                message names the setting, where it came from and what it must be.
        """
        folder = folder or Path()
        layers: list[tuple[SettingSource, dict[str, object]]] = [
            (FLAG, {name: value for name, value in (flags or {}).items() if value is not None}),
            ("environment", from_variables(os.environ, "the environment")),
            (".env", from_variables(read_env_file(folder / ENV_FILE), str(ENV_FILE))),
            ("synthdeal.toml", read_toml_file(folder / TOML_FILE)),
        ]
        values: dict[str, object] = {}
        sources: dict[str, SettingSource] = {}
        for source, layer in layers:
            for name, value in layer.items():
                if name not in values:
                    values[name] = value
                    sources[name] = source
        return cls._parsed(values, sources)

    def changed(self, changes: Mapping[str, object]) -> Self:
        """These settings with other values for some, by name.

        Raises:
            SynthDealError: A value is not acceptable.
        """
        given = {name: value for name, value in self.values().items() if name in self._sources}
        return self._parsed({**given, **changes}, {**self._sources, **dict.fromkeys(changes, FLAG)})

    def values(self) -> dict[str, Any]:
        """The value of each setting by name, group by group."""
        return {name: value for group in self._groups() for name, value in group.values().items()}

    def as_json(self) -> dict[str, Any]:
        """The value of each setting by name as JSON has it; secrets are hidden."""
        return {
            name: value
            for group in self._groups()
            for name, value in group.model_dump(mode="json", by_alias=True).items()
        }

    def value_of(self, name: str) -> Any:
        """The value of a setting."""
        setting = settings_by_name()[name]
        return getattr(getattr(self, setting.group), setting.field)

    def source_of(self, name: str) -> SettingSource:
        """Where the value of a setting came from."""
        return self._sources.get(name, "default")

    def chosen(self, name: str) -> Any:
        """The value of a setting when somebody set it, None when it is only the default."""
        return self.value_of(name) if name in self._sources else None

    def as_environment(self) -> dict[str, str]:
        """The environment variables that hand the flags of this process to a child that it starts.

        All else the child finds where this process found it: in its environment and in the settings files.
        """
        return {
            setting.variable: _as_text(self.value_of(setting.name))
            for setting in every_setting()
            if self.source_of(setting.name) == FLAG and self.value_of(setting.name) is not None
        }

    @property
    def mlflow_address(self) -> str:
        """Where MLflow keeps runs and models: the setting, else an SQLite file in the home folder."""
        return self.whitespace.mlflow_tracking_uri or f"sqlite:///{self.storage.home.absolute() / 'mlflow.db'}"

    def secret_values(self) -> tuple[str, ...]:
        """The values of the configured secrets, for redaction."""
        secrets = (self.value_of(name) for name in SECRET_FIELDS)
        addresses = (self.value_of(name) for name in ADDRESS_FIELDS)
        return (
            *(secret.get_secret_value() for secret in secrets if secret is not None),
            *(password for address in addresses for password in passwords_in(address or "")),
        )

    @classmethod
    def _parsed(cls, values: Mapping[str, object], sources: Mapping[str, SettingSource]) -> Self:
        try:
            settings = cls(**values)
        except ValidationError as error:
            first = error.errors()[0]
            name = str(first["loc"][0])
            raise SynthDealError(
                _describe(name, sources.get(name, "default"), values.get(name), first["msg"]),
                code="settings.invalid",
                usage=True,
            ) from None
        object.__setattr__(settings, "_sources", sources)
        return settings

    def _groups(self) -> tuple[SettingsGroup, ...]:
        return tuple(getattr(self, group) for group in GROUPS)


def _as_text(value: object) -> str:
    if isinstance(value, Path):
        return str(value.absolute())
    if isinstance(value, dt.date):
        return value.isoformat()
    return value.get_secret_value() if isinstance(value, SecretStr) else str(value)


def _describe(name: str, source: SettingSource, value: object, reason: str) -> str:
    named = f"--{name.replace('_', '-')}" if source == FLAG else variable_name(name)
    shown = (
        "(hidden)"
        if name in SECRET_FIELDS or (name in ADDRESS_FIELDS and passwords_in(str(value)))
        else repr(value if isinstance(value, (str, int, float)) else str(value))
    )
    reason = reason.removeprefix("Value error, ")
    return f"{named} is {shown} (from {source}), which is not accepted: {reason[:1].lower()}{reason[1:]}."
