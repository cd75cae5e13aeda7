"""A plan on the terminal: each item with the words that it came from, what was assumed, and what was not understood."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from synthdeal_assets.cli.console import say
from synthdeal_assets.cli.dataset.kept import sessions_of
from synthdeal_assets.datasets.catalogue import StoredSpecification
from synthdeal_assets.datasets.engine.feasibility import BYTES_OF_A_VALUE
from synthdeal_assets.datasets.preparation import prepared
from synthdeal_assets.datasets.sessions import PlannedDataset
from synthdeal_assets.datasets.spec.growth import growth_note
from synthdeal_assets.datasets.types.notices import dataset_notice
from synthdeal_assets.datasets.words.plan import Plan, PlanItem
from synthdeal_assets.datasets.words.yaml_text import flow
from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.plain_yaml import read_plain_yaml
from synthdeal_assets.foundation.publishing.exports.exporter import exporter_of, formats
from synthdeal_assets.settings import Settings

DEEPEST: Final = 10
WIDTH: Final = 56
"""Characters of an item, before where it comes from."""

MEGABYTE: Final = 1e6

INSIDE_TABLES: Final = 2
"""Names on the path of what stands inside a table."""


def show_plan(settings: Settings, name: str) -> int:
    """Print the plan of a dataset as it is now.

    Returns:
        The exit code.

    Raises:
        SynthDealError: There is no such dataset, or nobody asked for it in words.
    """
    print_plan(sessions_of(settings).resume(name))
    return 0


def print_plan(planned: PlannedDataset) -> None:
    """Print a plan."""
    for line in plan_lines(planned):
        say(line)


def plan_lines(planned: PlannedDataset) -> Iterator[str]:
    """A plan as lines of text, with what has been corrected since."""
    plan, text = planned.plan, planned.stored.text
    before, now = _data(plan.specification), _data(text)
    yield f"Plan of {planned.stored.name}, version {planned.stored.version}:"
    for path, value in _parts(now):
        # The noun of a table is said with its rows.
        ways = (path, path[:2]) if path[-1] == "rows" else (path,)
        items = [item for way in ways for item in plan.items if item.path == way]
        source = "corrected by you" if _at(before, path) != _at(now, path) else _source(items)
        indent = "  " * (len(path) > INSIDE_TABLES and path[2] != "rows")
        label = path[-1] if path[-1] != "rows" else path[1]
        yield f"  {f'{indent}{label}: {value}':<{WIDTH}}  {source}".rstrip()
    for item in plan.items:
        if not item.path:
            yield f"  {f'{item.what}: {item.value}':<{WIDTH}}  {_source([item])}".rstrip()
    yield from _size(planned.stored)
    yield from _open(plan)


def _open(plan: Plan) -> Iterator[str]:
    """What was not understood, and what is asked."""
    if plan.not_understood:
        yield f"Not understood: {', '.join(repr(span.text) for span in plan.not_understood)}"
    if plan.file_name is not None and len(plan.parsed().tables) > 1 and not _in_one_file(plan.formats):
        yield f"Not done: the name {plan.file_name!r}, because files of several tables are named after these."
    if plan.to_check:
        yield f"To check: {'; '.join(plan.to_check)}"
    for problem in plan.problems():
        yield f"Not taken up: {problem.why}"


def _in_one_file(wanted: Sequence[str]) -> bool:
    """Whether any number of tables is in one file in each of these formats."""
    return bool(wanted) and all(each in formats() and exporter_of(each).takes_all_tables for each in wanted)


def _source(items: Sequence[PlanItem]) -> str:
    """Which words of the request a part of the plan comes from, and what was assumed."""
    spans = dict.fromkeys(span.text for item in items for span in item.said)
    said = f"said: {', '.join(map(repr, spans))}" if spans else ""
    assumed = "; ".join(item.assumed for item in items if item.assumed)
    return "; ".join(part for part in (said, f"assumed: {assumed}" if assumed else "") if part)


def _size(stored: StoredSpecification) -> Iterator[str]:
    """How large the dataset would be, what to know of its locale and of more rows, or what is in its way."""
    try:
        columns = prepared(stored.read())
    except SynthDealError as error:
        yield f"It cannot be generated so: {error}"
        return
    tables = columns.dataset.tables
    values = sum(columns.rows_of(name) * len(table.fields) for name, table in tables.items())
    rows = sum(map(columns.rows_of, tables))
    yield f"Size: {rows:,} rows, about {values * BYTES_OF_A_VALUE / MEGABYTE:,.1f} MB."
    notice = dataset_notice(columns.dataset)
    if notice is not None:
        yield notice
    if (note := growth_note(columns.dataset)) is not None:
        yield note


def _parts(data: Any) -> Iterator[tuple[tuple[str, ...], str]]:
    """What a specification says, one part after the other: rows of a table, its fields, what it has beside them."""
    for key, value in data.items():
        if key != "tables":
            yield (key,), flow(value)
    for name, table in data["tables"].items():
        for key, value in table.items():
            if key != "fields":
                yield ("tables", name, key), flow(value)
            else:
                yield from ((("tables", name, key, field), flow(one)) for field, one in value.items())


def _data(text: str) -> Any:
    return read_plain_yaml(text, deepest=DEEPEST).data


def _at(data: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        data = data.get(key) if isinstance(data, dict) else None
    return data
