"""The tables of a dataset and how they refer to each other, as SVG: those that are referred to on the left.

Fixed sizes and fonts by name only, so that the same dataset gives the same bytes on any machine.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape
from typing import Final

from synthdeal_assets.datasets.spec.dataset import Dataset, ResolvedTable
from synthdeal_assets.foundation.publishing.palette import INK, PALE, SOFT, STRONG

MOST_FIELDS: Final = 14
"""Fields of a table that are shown; keys and references come first where there are more."""

WIDTH: Final = 190
LINE: Final = 17
HEADER: Final = 26
GAP_ACROSS: Final = 90
GAP_DOWN: Final = 24
MARGIN: Final = 12
LETTERS: Final = 24
"""Letters of a name that have room in a box."""

FONT: Final = "Helvetica Neue, Helvetica, Arial, sans-serif"


@dataclass(frozen=True, slots=True)
class _Box:
    """A table on the drawing: its corner, its fields and how many are left out."""

    table: ResolvedTable
    rows: int
    left: int
    top: int
    fields: tuple[str, ...]
    more: int

    @property
    def height(self) -> int:
        return HEADER + LINE * (len(self.fields) + bool(self.more)) + 6

    def middle_of(self, field: str) -> int:
        """Where the line of a field is, from the top."""
        place = self.fields.index(field) if field in self.fields else len(self.fields)
        return self.top + HEADER + LINE * place + LINE // 2 + 2


def table_diagram(dataset: Dataset, rows: Mapping[str, int]) -> str:
    """The drawing as an SVG element.

    Args:
        dataset: The tables.
        rows: How many rows each has.
    """
    boxes = _boxes(dataset, rows)
    width = max(box.left for box in boxes.values()) + WIDTH + MARGIN
    height = max(box.top + box.height for box in boxes.values()) + MARGIN
    # Whoever refers to its own table needs room for the bow beside it.
    width += GAP_ACROSS // 2
    parts = [*(_arrow(boxes, box, field) for box in boxes.values() for field in _references(box.table))]
    parts += [line for box in boxes.values() for line in _drawn(box)]
    names = escape(", ".join(dataset.tables), quote=True)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img" aria-label="The tables {names} and their references" font-family="{FONT}" font-size="12" '
        f'fill="{INK}">{"".join(parts)}</svg>'
    )


def _boxes(dataset: Dataset, rows: Mapping[str, int]) -> dict[str, _Box]:
    tops: dict[int, int] = {}
    boxes = {}
    for name, rank in _ranks(dataset).items():
        table = dataset.tables[name]
        fields = tuple(table.fields)
        if len(fields) > MOST_FIELDS:
            first = {*table.key, *_references(table)}
            fields = tuple(sorted(fields, key=lambda each: each not in first)[: MOST_FIELDS - 1])
        top = tops.get(rank, MARGIN)
        box = _Box(
            table, rows[name], MARGIN + rank * (WIDTH + GAP_ACROSS), top, fields, len(table.fields) - len(fields)
        )
        tops[rank] = top + box.height + GAP_DOWN
        boxes[name] = box
    return boxes


def _ranks(dataset: Dataset) -> dict[str, int]:
    """In which column each table stands: after those that it refers to, as far as these do not refer to it in turn."""
    ranks: dict[str, int] = {}
    waiting = list(dataset.tables)
    while waiting:
        before = {
            name: [
                field.reference.target
                for field in dataset.tables[name].fields.values()
                if field.reference is not None
                and field.reference.target in waiting
                and field.reference.target != name
                and not (field.reference.own or field.reference.earlier)
            ]
            for name in waiting
        }
        # In a circle the table that is declared first comes first.
        name = next((each for each in waiting if not before[each]), waiting[0])
        targets = [
            ranks[field.reference.target]
            for field in dataset.tables[name].fields.values()
            if field.reference is not None and field.reference.target in ranks
        ]
        ranks[name] = max(targets, default=-1) + 1
        waiting.remove(name)
    return ranks


def _references(table: ResolvedTable) -> list[str]:
    return [name for name, field in table.fields.items() if field.reference is not None]


def _drawn(box: _Box) -> Iterator[str]:
    yield (
        f'<rect x="{box.left}" y="{box.top}" width="{WIDTH}" height="{box.height}" rx="4" fill="#fff" '
        f'stroke="{SOFT}"/>'
        f'<path d="M{box.left} {box.top + HEADER}v-{HEADER - 4}q0-4 4-4h{WIDTH - 8}q4 0 4 4v{HEADER - 4}z" '
        f'fill="{PALE}"/>'
        f'<text x="{box.left + 8}" y="{box.top + 17}" font-weight="bold">{_short(box.table.name)}</text>'
        f'<text x="{box.left + WIDTH - 8}" y="{box.top + 17}" text-anchor="end">{box.rows:,}</text>'
    )
    for place, name in enumerate(box.fields):
        down = box.top + HEADER + LINE * place + LINE - 2
        weight = ' font-weight="bold"' if name in box.table.key else ""
        kind = box.table.fields[name].kind.value.removeprefix("a ").removeprefix("an ")
        yield (
            f'<text x="{box.left + 8}" y="{down}"{weight}>{_short(name)}</text>'
            f'<text x="{box.left + WIDTH - 8}" y="{down}" text-anchor="end" fill="{STRONG}" font-size="10">'
            f"{escape(kind)}</text>"
        )
    if box.more:
        down = box.top + HEADER + LINE * len(box.fields) + LINE - 2
        yield f'<text x="{box.left + 8}" y="{down}" fill="{STRONG}">and {box.more} more</text>'


def _arrow(boxes: Mapping[str, _Box], box: _Box, field: str) -> str:
    """The line from a reference to the key that it holds."""
    reference = box.table.fields[field].reference
    assert reference is not None  # noqa: S101  # of `_references`
    target = boxes[reference.target]
    start, end = box.middle_of(field), target.top + HEADER // 2
    side, bow = box.left + WIDTH, GAP_ACROSS // 2
    if target.left < box.left:
        edge = target.left + WIDTH
        path = f"M{box.left} {start}C{box.left - bow} {start} {edge + bow} {end} {edge} {end}"
    elif target.left > box.left:
        edge = target.left
        path = f"M{side} {start}C{side + bow} {start} {edge - bow} {end} {edge} {end}"
    else:  # The same table, or one above or below: a bow along the right side.
        edge = side
        path = f"M{side} {start}C{side + bow} {start} {side + bow} {end} {edge} {end}"
    back = edge + (7 if edge > target.left else -7)
    head = f"M{back} {end - 4}L{edge} {end}L{back} {end + 4}"
    return f'<path d="{path}" fill="none" stroke="{STRONG}"/><path d="{head}" fill="none" stroke="{STRONG}"/>'


def _short(name: str) -> str:
    return escape(name if len(name) <= LETTERS else f"{name[: LETTERS - 1]}…")
