"""A finished report given out: its files under the home folder and its row in the warehouse.

The dated files come first, then the row, then the names `latest`, so that a row never names files that are missing
and `latest` is never a report that the warehouse does not know. What stands in a report belongs in `pages.py`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

import polars as pl

from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.publishing.atomic_write import write_atomically
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets.report.pages import Pages, ReportFacts
from synthdeal_assets.report.tables import EXECUTIVE_REPORTS
from synthdeal_assets.report.wording import FigureBook

FOLDER: Final = "reports"
"""Folder of the reports under the home folder."""


def publish(warehouse: Warehouse, home: Path, figures: pl.DataFrame, pages: Pages, facts: ReportFacts) -> pl.DataFrame:
    """Write the report's files and its row.

    Args:
        warehouse: Where the row goes.
        home: The home folder; files go to its folder `reports`.
        figures: Rows of report.figures the report was made from.
        pages: The report.
        facts: The facts about the report and its run.

    Returns:
        The row of report.executive_reports.

    Raises:
        SynthDealError: A file cannot be written.
    """
    row = _row(figures, pages, facts)
    texts = {"html": pages.html, "md": pages.markdown}
    _write(home, {f"{facts.report_id}.{suffix}": text for suffix, text in texts.items()})
    warehouse.merge({EXECUTIVE_REPORTS: row})
    _write(home, {f"latest.{suffix}": text for suffix, text in texts.items()})
    return row


def _row(figures: pl.DataFrame, pages: Pages, facts: ReportFacts) -> pl.DataFrame:
    book = FigureBook(figures)
    values = {
        figure_id: value if word is None else word
        for figure_id, value, word in figures.select("figure_id", "value", "text_value").iter_rows()
    }
    return EXECUTIVE_REPORTS.conform(
        pl.DataFrame(
            {
                "report_id": [facts.report_id],
                "as_of": pl.Series([book.word("world.as_of")]).str.to_date(),
                "seed": [int(book.word("world.seed"))],
                "size": [int(book.number("world.size"))],
                "account_names": [book.word("world.account_names")],
                "generator_version": [book.word("world.generator_version")],
                "scorer": [book.word("scoring.scorer")],
                "run_id": [facts.run.run_id],
                "created_at": [facts.run.created_at],
                "headline": [pages.headline],
                "figures": [json.dumps(values, ensure_ascii=False)],
                "html": [pages.html],
                "markdown": [pages.markdown],
                "html_path": [f"{FOLDER}/{facts.report_id}.html"],
                "markdown_path": [f"{FOLDER}/{facts.report_id}.md"],
                "planted_instructions": [book.word("world.planted_instructions") == "true"],
            }
        )
    )


def _write(home: Path, texts: dict[str, str]) -> None:
    folder = home / FOLDER
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            write_atomically(folder / name, text)
    except OSError as error:
        raise SynthDealError(
            f"The report cannot be written to {folder} ({error.strerror or error}): make the folder writable or free "
            "some space, then materialise report/executive_reports again; the last report is unchanged.",
            code="report.cannot-write",
        ) from error
