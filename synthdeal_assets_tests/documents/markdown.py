"""A Markdown page as the tests read it: code, links, headings.

Only the part of Markdown that the pages here use. What must hold of a page belongs in the tests.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final, Self

ROOT: Final = Path(__file__).parents[2]
README: Final = ROOT / "README.md"
REFERENCE: Final = ROOT / "docs" / "reference.md"

_FENCED: Final = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_INLINE_CODE: Final = re.compile(r"`([^`\n]+(?:\n[^`\n]+)?)`")
_LINK: Final = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_SHELL_OPERATORS: Final = frozenset({"&&", ";", "|", ">", ">>"})


@dataclass(frozen=True)
class Page:
    """One page of the documentation.

    Attributes:
        path: The file.
        text: What is in it.
    """

    path: Path
    text: str

    @classmethod
    def read(cls, path: Path) -> Self:
        """The page in a file."""
        return cls(path, path.read_text(encoding="utf-8"))

    @property
    def name(self) -> str:
        """Its path below the checkout, with slashes."""
        return self.path.relative_to(ROOT).as_posix()

    @cached_property
    def prose(self) -> str:
        """The page without its fenced blocks."""
        return _FENCED.sub("", self.text)

    @cached_property
    def code_spans(self) -> list[str]:
        """What stands in backticks in the prose; a line break in it counts as a blank."""
        return [span.replace("\n", " ") for span in _INLINE_CODE.findall(self.prose)]

    @cached_property
    def links(self) -> list[str]:
        """The targets of links and pictures."""
        return _LINK.findall(re.sub(_INLINE_CODE, "", self.prose)) + re.findall(r"\[`[^`]+`\]\(([^)\s]+)\)", self.prose)

    @cached_property
    def anchors(self) -> set[str]:
        """The names of its headings, as GitHub makes them."""
        headings = re.findall(r"^#+ (.+)$", self.prose, re.MULTILINE)
        return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}

    def blocks(self, language: str) -> list[str]:
        """The fenced blocks in a language."""
        return [body for of_block, body in _FENCED.findall(self.text) if of_block == language]

    def calls_in_blocks(self) -> Iterator[list[str]]:
        """The words after `synthdeal` of each call in the shell blocks."""
        for block in self.blocks("sh"):
            for line in block.splitlines():
                yield from _calls(shlex.split(line, comments=True))

    def calls_in_prose(self) -> Iterator[list[str]]:
        """The words after `synthdeal` of each call that stands in backticks."""
        for span in self.code_spans:
            if "synthdeal " in span:
                yield from _calls(shlex.split(span))


def pages() -> list[Page]:
    """README.md first, then every other page of the checkout and of docs/."""
    others = sorted({*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")} - {README})
    return [Page.read(path) for path in [README, *others]]


def _calls(words: list[str]) -> Iterator[list[str]]:
    call: list[str] | None = None
    for word in [*words, ";"]:
        if word in _SHELL_OPERATORS:
            if call is not None:
                yield call
            call = None
        elif call is not None:
            call.append(word)
        elif word == "synthdeal" or word.endswith("/synthdeal"):
            call = []
