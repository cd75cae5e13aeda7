"""What each setting is called: as a field of its group, in the settings files, in the environment.

Where values come from belongs in `sources.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from synthdeal_assets.settings.groups import GROUPS

ENV_PREFIX: Final = "SYNTHDEAL_"

KEY_FIELDS: Final = ("openai_api_key", "anthropic_api_key")
"""Keys of models, which keep their vendors' names in the environment."""

SECRET_FIELDS: Final = (*KEY_FIELDS, "ui_token")

ADDRESS_FIELDS: Final = ("sales_log", "sales_holdout", "mlflow_tracking_uri", "openai_base_url", "anthropic_base_url")
"""Settings whose value may be an address with a secret in it."""

VENDORS_ADDRESSES: Final = ("OPENAI_BASE_URL", "ANTHROPIC_BASE_URL")
"""Environment variables of the vendors' SDKs that stand in for the last two of these."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What is known of a setting without its value.

    Attributes:
        name: Its name in `synthdeal.toml`, in `Settings(...)` and, with hyphens, as a flag.
        variable: Its environment variable.
        group: Name of its group.
        field: Its field in the group.
        default: Its default.
        description: What it means.
    """

    name: str
    variable: str
    group: str
    field: str
    default: Any
    description: str

    @property
    def is_secret(self) -> bool:
        """Whether its value is never shown."""
        return self.name in SECRET_FIELDS


def variable_name(name: str) -> str:
    """The environment variable of a setting: keys keep their vendors' names, all else is prefixed."""
    return name.upper() if name in KEY_FIELDS else ENV_PREFIX + name.upper()


def every_setting() -> tuple[Setting, ...]:
    """All settings, group by group."""
    return tuple(settings_by_name().values())


@cache
def settings_by_name() -> dict[str, Setting]:
    """All settings by name, group by group."""
    return {
        name: Setting(
            name,
            variable_name(name),
            group,
            field,
            kind.model_fields[field].default,
            kind.model_fields[field].description or "",
        )
        for group, kind in GROUPS.items()
        for name, field in kind.field_of().items()
    }
