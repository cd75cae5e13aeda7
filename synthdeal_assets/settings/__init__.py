"""Every setting of SynthDeal: its type, its limits, its default and what it means.

A setting belongs here when a user may want to change it, in its group in `groups.py`; a constant that follows from the
domain (the weights of MEDDPICC, Salesforce's stages) belongs in the room that uses it. Nothing here opens a file except
the settings files themselves, nothing here knows Dagster, and nothing here writes the environment.

Values come, first match wins, from: command-line flags, the environment (`SYNTHDEAL_*`), `.env`, `synthdeal.toml`
(both in the working folder), the defaults in the groups.
"""

from synthdeal_assets.settings.catalogue import (
    ADDRESS_FIELDS,
    ENV_PREFIX,
    KEY_FIELDS,
    SECRET_FIELDS,
    Setting,
    every_setting,
    variable_name,
)
from synthdeal_assets.settings.groups import MAX_AS_OF, MIN_AS_OF, WHITESPACE_PARTS
from synthdeal_assets.settings.kinds import names_in, passwords_in, without_passwords, written_names
from synthdeal_assets.settings.secrets import configured_secrets
from synthdeal_assets.settings.settings import Settings, SettingSource

__all__ = [
    "ADDRESS_FIELDS",
    "ENV_PREFIX",
    "KEY_FIELDS",
    "MAX_AS_OF",
    "MIN_AS_OF",
    "SECRET_FIELDS",
    "WHITESPACE_PARTS",
    "Setting",
    "SettingSource",
    "Settings",
    "configured_secrets",
    "every_setting",
    "names_in",
    "passwords_in",
    "variable_name",
    "without_passwords",
    "written_names",
]
