"""Text of strangers in Markdown. Tables of it belong in `foundation/dagster_instance/asset_specs.py`."""

import re
from collections.abc import Iterable
from typing import Final

_SIGNS: Final = re.compile(r"([\\`*_\[\]<>|~#&@])")


def escaped_markdown(text: str) -> str:
    """The text as one line of Markdown that shows exactly these letters: no HTML, link, table cell or emphasis."""
    return _SIGNS.sub(r"\\\1", " ".join(text.split())).replace("://", ":\\/\\/").replace("www.", "www\\.")


def markdown_list(lines: Iterable[str]) -> str:
    """The lines as a list in Markdown, each shown exactly as it is."""
    return "\n".join(f"- {escaped_markdown(line)}" for line in lines)
