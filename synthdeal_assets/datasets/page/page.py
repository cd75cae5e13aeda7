"""The page of a dataset: one HTML file that fetches nothing and has no script.

A pure function of the specification, the files and the certificate: no clock, so that the same dataset has the same
page. How it looks belongs in `templates/`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import jinja2
import polars as pl
import pyarrow.parquet as pq

from synthdeal_assets import __version__
from synthdeal_assets.datasets.certificate.recount import Certificate
from synthdeal_assets.datasets.certificate.wording import first_line
from synthdeal_assets.datasets.page.diagram import table_diagram
from synthdeal_assets.datasets.page.distributions import MOST_ROWS, FieldDistribution, ValueBar, distributions_of
from synthdeal_assets.datasets.spec.dataset import Dataset, ResolvedField, ResolvedTable
from synthdeal_assets.datasets.spec.scalars import percent
from synthdeal_assets.datasets.types.notices import dataset_notice

PAGE: Final = "index.html"
"""The page beside the files of its dataset."""

PREVIEW_ROWS: Final = 20
MOST_TABLES: Final = 40
"""Tables that are shown in full; those after them are in the diagram alone."""
MOST_PROMISES: Final = 1_000
"""Promises that are listed, those that do not hold first."""

CHART_WIDTH: Final = 288
CHART_HEIGHT: Final = 72


@dataclass(frozen=True, slots=True)
class TableOnPage:
    """A table as the page shows it.

    Attributes:
        table: What is declared.
        rows: Rows in its file.
        bytes: Size of the file.
        header: Names of its columns.
        preview: The first rows, as texts; None for NULL.
        distributions: Of its fields.
    """

    table: ResolvedTable
    rows: int
    bytes: int
    header: tuple[str, ...]
    preview: tuple[tuple[str | None, ...], ...]
    distributions: tuple[FieldDistribution, ...]


def compose_page(
    dataset: Dataset, text: str, folder: Path, certificate: Certificate, *, request: str | None = None
) -> str:
    """The page.

    Args:
        dataset: What is declared.
        text: The specification.
        folder: Where the Parquet files are.
        certificate: What was recounted.
        request: The words that the specification was made from.
    """
    sizes = {name: pq.read_metadata(folder / f"{name}.parquet").num_rows for name in dataset.tables}
    kinds = Counter(each.promise.kind for each in certificate.outcomes)
    outcomes = sorted(certificate.outcomes, key=lambda each: each.held)
    return (
        _templates()
        .get_template("dataset.html.j2")
        .render(
            dataset=dataset.specification,
            notice=dataset_notice(dataset),
            text=text,
            request=request,
            first_line=first_line(certificate),
            certificate=certificate,
            outcomes=outcomes[:MOST_PROMISES],
            outcomes_left=len(outcomes) - len(outcomes[:MOST_PROMISES]),
            kinds=kinds.most_common(),
            diagram=table_diagram(dataset, sizes),
            tables=[*_tables(dataset, folder, sizes)],
            tables_left=[*dataset.tables][MOST_TABLES:],
            total=sum(sizes.values()),
            most_rows=MOST_ROWS,
            version=__version__,
        )
    )


def _tables(dataset: Dataset, folder: Path, sizes: dict[str, int]) -> Iterator[TableOnPage]:
    for name, table in [*dataset.tables.items()][:MOST_TABLES]:
        path = folder / f"{name}.parquet"
        preview = pl.read_parquet(path, n_rows=PREVIEW_ROWS, glob=False)
        yield TableOnPage(
            table=table,
            rows=sizes[name],
            bytes=path.stat().st_size,
            header=tuple(preview.columns),
            preview=tuple(tuple(_cell(value) for value in row) for row in preview.iter_rows()),
            distributions=tuple(distributions_of(dataset, table, folder)),
        )


def _cell(value: object) -> str | None:
    if value is None:
        return None
    return str(value).lower() if isinstance(value, bool) else str(value)


def _asked(field: ResolvedField) -> str:
    """What a field is declared as, in a few words: its type, its generator and what modifies it."""
    said = [field.type.name if field.type is not None else field.spec.made_by.replace("_", " ")]
    if field.reference is not None:
        said = [f"refers to {field.reference.target}"]
    if field.spec.missing:
        said.append(f"{percent(field.spec.missing)} missing")
    if field.spec.unique:
        said.append("unique")
    return ", ".join(said)


def _histogram(distribution: FieldDistribution) -> str:
    """The steps as bars, and a line where what was asked for would be."""
    bars = distribution.bars
    tallest = max([bar.share for bar in bars] + [bar.asked or 0.0 for bar in bars]) or 1.0
    width = CHART_WIDTH / len(bars)
    parts = [
        f'<rect x="{place * width:.1f}" y="{_height(bar.share, tallest):.1f}" width="{max(width - 1, 0.5):.1f}" '
        f'height="{CHART_HEIGHT - _height(bar.share, tallest):.1f}"/>'
        for place, bar in enumerate(bars)
    ]
    if all(bar.asked is not None for bar in bars):
        parts.append(f'<path d="{_steps(bars, width, tallest)}"/>')
    return (
        f'<svg class="histogram" viewBox="0 -2 {CHART_WIDTH} {CHART_HEIGHT + 3}" role="img" '
        f'aria-label="How the values are distributed">{"".join(parts)}</svg>'
    )


def _steps(bars: tuple[ValueBar, ...], width: float, tallest: float) -> str:
    path = []
    for place, bar in enumerate(bars):
        high = _height(bar.asked or 0.0, tallest)
        path.append(f"{'L' if place else 'M'}{place * width:.1f} {high:.1f}H{(place + 1) * width:.1f}")
    return "".join(path)


def _height(share: float, tallest: float) -> float:
    return CHART_HEIGHT * (1 - share / tallest)


def _percent(share: float) -> str:
    of_hundred = 100 * share
    if of_hundred == round(of_hundred) or of_hundred >= 99.95:
        return f"{of_hundred:.0f}%"
    return f"{of_hundred:.2g}%" if of_hundred < 1 else f"{of_hundred:.1f}%"


@cache
def _templates() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("synthdeal_assets.datasets"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters: dict[str, Any] = {"percent": _percent, "histogram": _histogram, "asked": _asked}
    environment.filters.update(filters)
    return environment
