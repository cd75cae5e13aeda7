"""Whom the UI and the simulated model answer."""

from __future__ import annotations

import re

from pydantic import Field, SecretStr, field_validator

from synthdeal_assets.settings.group import SettingsGroup
from synthdeal_assets.settings.kinds import names_in

_HOST_NAME = re.compile(r"[A-Za-z0-9._-]+|\[?[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*\]?")


class UiSettings(SettingsGroup):
    """Names and token of `synthdeal ui`."""

    hosts: str | None = Field(
        alias="ui_hosts",
        default=None,
        description="Host names under which `synthdeal ui` and `synthdeal demo-llm` may be asked, separated by ';', "
        "besides the one they listen on and those of this machine itself.",
    )
    token: SecretStr | None = Field(
        alias="ui_token",
        default=None,
        description="Token that `synthdeal ui` asks for; only from the environment or .env.",
    )

    @field_validator("hosts")
    @classmethod
    def _names_hosts(cls, value: str | None) -> str | None:
        if value is not None and not all(map(_HOST_NAME.fullmatch, names_in(value) or ("",))):
            raise ValueError(
                "must be host names without http:// and port, separated by ';', such as deals.example.com;192.0.2.7"
            )
        return value

    @field_validator("token")
    @classmethod
    def _is_hard_to_guess(cls, value: SecretStr | None) -> SecretStr | None:
        # Characters that stand in an address as they are: one that is copied into it is the same token there.
        if value is not None and not re.fullmatch(r"[A-Za-z0-9._~-]{12,}", value.get_secret_value()):
            raise ValueError(
                "must have at least 12 characters, all of them letters, digits, dots, hyphens, underscores or tildes, "
                "such as `openssl rand -hex 16` makes"
            )
        return value

    @property
    def served_names(self) -> tuple[str, ...]:
        """The names in `ui_hosts`."""
        return names_in(self.hosts or "")
