"""What can be wrong with a finished HTML page: a number without a figure, a figure misprinted, anything fetched.

Pure functions over the page; which of them hold a report back is decided in `checks.py`.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Final

from synthdeal_assets.report.wording import FigureBook

_ADDRESS_ATTRIBUTES: Final = frozenset(
    {"action", "background", "cite", "data", "formaction", "href", "manifest", "ping", "poster", "src", "srcset"}
)
_ACTIVE_ELEMENTS: Final = frozenset({"applet", "base", "embed", "form", "iframe", "link", "object", "script"})
_VOID_ELEMENTS: Final = frozenset({"br", "hr", "img", "input", "link", "meta", "wbr"})
_FETCHED_BY_STYLE: Final = re.compile(r"url\(\s*['\"]?(?!#)[^)]*\)|@import[^;]*")


class _Page(HTMLParser):
    """Walks a page and keeps what it says and what it asks for."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.loose_numbers: list[str] = []
        self.figures: dict[int, tuple[str, str]] = {}
        self.references: list[str] = []
        self._open: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        if tag in _ACTIVE_ELEMENTS:
            self.references.append(f"<{tag}>")
        for name, value in attrs:
            text = value or ""
            local_name = name.rpartition(":")[2]
            if local_name in _ADDRESS_ATTRIBUTES and not text.startswith("#"):
                self.references.append(f"{name}={text}")
            if name.startswith("on"):
                self.references.append(f"{name}={text}")
            if name != "xmlns" and not name.startswith("xmlns:"):
                self.references.extend(_FETCHED_BY_STYLE.findall(text))
        if tag in _VOID_ELEMENTS:
            return
        figure_id = attributes.get("data-figure")
        if figure_id is not None:
            kind = f"figure:{len(self.figures)}"
            self.figures[len(self.figures)] = (figure_id, "")
        elif "data-constant" in attributes or "data-run-metadata" in attributes or tag in {"head", "style"}:
            kind = "free"
        else:
            kind = ""
        self._open.append((tag, kind))

    def handle_endtag(self, tag: str) -> None:
        for place in range(len(self._open) - 1, -1, -1):
            if self._open[place][0] == tag:
                del self._open[place:]
                return

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1][0] == "style":
            self.references.extend(_FETCHED_BY_STYLE.findall(data))
        kinds = [kind for _, kind in self._open if kind]
        for kind in kinds:
            if kind.startswith("figure:"):
                number = int(kind.removeprefix("figure:"))
                figure_id, text = self.figures[number]
                self.figures[number] = (figure_id, text + data)
        if not kinds and any(letter.isdigit() for letter in data):
            self.loose_numbers.append(" ".join(data.split()))


def loose_numbers(page: str) -> list[str]:
    """The texts of the page that hold a digit and stand neither in a figure nor in a declared constant."""
    return _walked(page).loose_numbers


def misprinted_figures(page: str, book: FigureBook) -> list[str]:
    """What the page prints as a figure and is not so in the figures: "id: text" each."""
    return [
        f"{figure_id}: {text}"
        for figure_id, text in _walked(page).figures.values()
        if figure_id not in book or book.plain(figure_id) != text
    ]


def printed_figures(page: str) -> list[str]:
    """The ids of the figures that the page prints, each once, in order."""
    return list(dict.fromkeys(figure_id for figure_id, _ in _walked(page).figures.values()))


def outside_references(page: str) -> list[str]:
    """Everything in the page that a browser would fetch, send or run; empty when it opens offline as it is."""
    return _walked(page).references


def _walked(page: str) -> _Page:
    parser = _Page()
    parser.feed(page)
    parser.close()
    return parser
