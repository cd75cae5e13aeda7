"""The YAML files of phrases beside this module, read once.

Only reading them belongs here; what the groups of phrases mean is told in the files and in the modules that use them.
"""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Any

import yaml

from synthdeal_assets.world.language.templates import Phrasebook, phrasebook


@cache
def phrases(name: str) -> dict[str, Any]:
    """The content of one file of phrases, not to be changed.

    Args:
        name: File name without its ending, such as "notes".
    """
    text = resources.files("synthdeal_assets.world.language").joinpath(f"{name}.yaml").read_text(encoding="utf-8")
    content: dict[str, Any] = yaml.safe_load(text)
    return content


@cache
def phrasebook_of(name: str, place: str) -> Phrasebook:
    """The templates for one place in the texts, written as groups in one file.

    Groups may be nested; "plain" with 2 below it is the group "plain/2".

    Raises:
        ValueError: A template is malformed.
    """
    return phrasebook(f"{name}/{place}", dict(_groups(phrases(name)[place], "")))


def _groups(content: Any, path: str) -> list[tuple[str, list[str]]]:
    if isinstance(content, list):
        return [(path.removesuffix("/"), content)]
    return [group for key, below in content.items() for group in _groups(below, f"{path}{key}/")]
