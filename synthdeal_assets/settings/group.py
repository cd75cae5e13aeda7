"""What every group of settings is: fields that are parsed once and stay as they are.

Which settings there are belongs in the module of each group.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict


class SettingsGroup(BaseModel):
    """A group of settings. A field whose setting has another name than itself says so with `alias`."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)

    @classmethod
    def field_of(cls) -> dict[str, str]:
        """The field of each setting of the group, by the setting's name."""
        return {info.alias or field: field for field, info in cls.model_fields.items()}

    def values(self) -> dict[str, Any]:
        """The value of each setting of the group, by the setting's name."""
        return {name: getattr(self, field) for name, field in self.field_of().items()}
