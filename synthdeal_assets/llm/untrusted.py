"""Text from outside made harmless as data in a prompt: what cannot be seen goes, what looks like a tag is broken.

This keeps a text inside its delimiters. That a model does not obey what the text says is the prompt's task, and is
measured on the instructions planted in the world. Where a text stands in a prompt belongs in the rooms.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

RULES_VERSION: Final = "untrusted-1"
"""Part of a prompt's version; a change of the rules below needs another value."""

MAX_CHARACTERS: Final = 20_000
"""A text is cut after so many characters: some 5,000 tokens, more than any seller writes."""

BROKEN_BRACKET: Final = "\u2039"
BROKEN_SQUARE_BRACKET: Final = "\u27e6"
BROKEN_HEADING: Final = "\uff03"
"""Look-alikes of <, [ and #."""

# Written out rather than asked of unicodedata, whose tables change with the version of Python: the same text must give
# the same prompt on every machine. These are Default_Ignorable_Code_Point of Unicode 16 (DerivedCoreProperties.txt)
# and the rest of category Cf without the few that can be seen (signs that stand before Arabic, Syriac and Kaithi
# numbers). The joiners U+200C and U+200D go too: they carry hidden text as well as any other, and what a word or an
# emoji loses with them can still be read.
_INVISIBLE: Final = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff"
)
_CONTROLS: Final = r"\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f"
_UNSEEN: Final = re.compile(
    rf"(?P<line_end>\r\n?|[\v\f\x85\u2028\u2029])|(?P<surrogate>[\ud800-\udfff])|[{_INVISIBLE}{_CONTROLS}]+"
)
_ORDINARY: Final = re.compile(r"[\x20-\x7e\n\t]*")
"""Most texts are made of these alone, which is found out much faster than what else is in them."""

_SUSPECT: Final = re.compile("[<\uff1c\ufe64\u2329\u27e8\u3008&%\\\\\\[#]")
# An opening bracket as itself, as one of its doubles, and as HTML, JSON and URLs write it.
_LESS: Final = r"(?:[<\uff1c\ufe64\u2329\u27e8\u3008]|&(?:amp;)*(?:lt|\#0*60\b|\#x0*3c\b);?|\\(?:u003c|x3c)|%(?:25)*3c)"
_ROLE: Final = r"(?:system|assistant|user|human|developer|tool|instructions?|response|input|output|inst|sys)"
_STROKE: Final = r"[/\\!?|\uff0f\uff5c\u2044\u2215]"
_SQUARE: Final = re.compile(rf"\[(?=\s*+/?\s*+{_ROLE}\s*+[:=]?\s*+\])", re.IGNORECASE)
_HEADING: Final = re.compile(rf"(?<!\#)\#{{1,6}}(?=\s*+{_ROLE}\s*+(?::|$))", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Traced:
    """A text that was made from another one, and where each of its characters came from.

    Attributes:
        text: The text.
        starts: For each character, where in the original what it stands for begins.
        ends: For each character, where in the original what it stands for ends.
    """

    text: str
    starts: Sequence[int]
    ends: Sequence[int]

    @classmethod
    def of(cls, text: str) -> Traced:
        """A text as it is."""
        return cls(text, range(len(text)), range(1, len(text) + 1))

    def replaced(self, pattern: re.Pattern[str], replacement: Callable[[re.Match[str]], str | None]) -> Traced:
        """The text with every match replaced; one whose replacement is None stays."""
        pieces: list[str] = []
        starts: list[int] = []
        ends: list[int] = []
        done = 0
        for match in pattern.finditer(self.text):
            new = replacement(match)
            first, last = match.span()
            if new is None or first == last:
                continue
            pieces += (self.text[done:first], new)
            starts += self.starts[done:first]
            starts += [self.starts[first]] * len(new)
            ends += self.ends[done:first]
            ends += [self.ends[last - 1]] * len(new)
            done = last
        if not done:
            return self
        pieces.append(self.text[done:])
        starts += self.starts[done:]
        ends += self.ends[done:]
        return Traced("".join(pieces), starts, ends)


def neutralise(text: str, tags: tuple[str, ...] = ()) -> str:
    """A text that can stand between our tags: it opens and closes none, and all of it can be seen.

    Invisible and direction-changing characters and controls are taken out (line feeds and tabs stay, other line ends
    become line feeds, half of a surrogate pair becomes U+FFFD). Where a bracket opens something that looks like a tag,
    also full-width, escaped or with white space, or a token of a chat template ("<|im_start|>", "[INST]",
    "### System:"), a look-alike takes its place. What is longer than MAX_CHARACTERS is cut, and says so.

    Args:
        text: Any text.
        tags: Names of the prompt's own tags; they open one after white space too, as the roles do.
    """
    seen = visible(text)
    missing = len(seen) - MAX_CHARACTERS
    if missing <= 0:
        return _broken(Traced.of(seen), tags).text if _SUSPECT.search(seen) else seen
    return (
        f"{_broken(Traced.of(seen[:MAX_CHARACTERS]), tags).text}\n[cut here: {missing:,} more characters are not shown]"
    )


def visible(text: str) -> str:
    """A text without what cannot be seen, as `neutralise` takes it out."""
    return text if _ORDINARY.fullmatch(text) else _UNSEEN.sub(_shown, text)


def in_one_line(text: str) -> str:
    """A text without what cannot be seen, its white space made single spaces."""
    return " ".join(visible(text).split())


def traced(text: str, tags: tuple[str, ...] = ()) -> Traced:
    """What `neutralise` makes of a text, not cut, with the way back to it; arguments as there."""
    seen = Traced.of(text)
    if not _ORDINARY.fullmatch(text):
        seen = seen.replaced(_UNSEEN, _shown)
    return _broken(seen, tags) if _SUSPECT.search(seen.text) else seen


def _shown(match: re.Match[str]) -> str:
    if match["line_end"]:
        return "\n"
    return "\ufffd" if match["surrogate"] else ""


@cache
def _opening(tags: tuple[str, ...]) -> re.Pattern[str]:
    """A bracket that may open a tag, and whether it does.

    It does where a letter or a stroke follows at once or, after white space, a stroke or a name that means something in
    a prompt. In "<5%" and "cost < budget" it opens nothing. At the end of a text our own tag would follow.
    """
    names = "|".join((*map(re.escape, tags), _ROLE))
    return re.compile(
        rf"{_LESS}++(?P<opens>(?=[^\W\d]|{_STROKE}|\s++(?:{_STROKE}|(?:{names}))|\s*+\Z))?", re.IGNORECASE
    )


def _broken(text: Traced, tags: tuple[str, ...]) -> Traced:
    return (
        text.replaced(_opening(tags), lambda match: None if match["opens"] is None else BROKEN_BRACKET)
        .replaced(_SQUARE, lambda _match: BROKEN_SQUARE_BRACKET)
        .replaced(_HEADING, lambda _match: BROKEN_HEADING)
    )
