"""Page and files of the present list given out: under the home folder, and as a row of whitespace.pages.

The files come first, then the row, so that no row names a file that is missing. What stands in them belongs in
`page.py` and `list_files.py`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import polars as pl

from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.publishing.atomic_write import write_atomically
from synthdeal_assets.foundation.publishing.exports.spreadsheets import write_csv
from synthdeal_assets.foundation.publishing.run_facts import RunFacts
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets.whitespace.page.page import compose_page
from synthdeal_assets.whitespace.ranked_list.list_files import read_list, write_list_workbook
from synthdeal_assets.whitespace.run_results import read_outcome
from synthdeal_assets.whitespace.tables import PAGES

PAGE: Final = "reports/whitespace.html"
FILES: Final = "exports/whitespace-{cutoff}.{suffix}"
"""Under the home folder; the page is always that of the present list, the files keep the cutoff in their names."""


def publish_list(warehouse: Warehouse, home: Path, run: RunFacts) -> pl.DataFrame:
    """Write the page, the CSV and the workbook of the present list, and their row.

    Args:
        warehouse: Where the list is.
        home: The home folder.
        run: The facts about the run.

    Returns:
        The row of whitespace.pages.

    Raises:
        SynthDealError: There is no list yet, or a file cannot be written.
    """
    with warehouse.connect() as connection:
        outcome = read_outcome(connection)
        if outcome is None:
            raise SynthDealError(
                "There is no whitespace list yet: run `synthdeal whitespace run`, which makes one.",
                code="whitespace.no-list",
            )
        pairs = read_list(connection)
        cutoff = outcome.facts.cutoff
        csv, excel = (FILES.format(cutoff=cutoff, suffix=suffix) for suffix in ("csv", "xlsx"))
        page = compose_page(connection, outcome, {"CSV": csv, "Excel": excel}, run)
        try:
            for path in (PAGE, csv):
                (home / path).parent.mkdir(parents=True, exist_ok=True)
            write_csv(home / csv, pairs)
            write_list_workbook(home / excel, connection, pairs, made=cutoff)
            write_atomically(home / PAGE, page)
        except OSError as error:
            raise SynthDealError(
                f"The whitespace page and files cannot be written to {home} ({error.strerror or error}): make the "
                "folder writable or free some space, then materialise whitespace/pages again.",
                code="whitespace.cannot-write",
            ) from error
    row = PAGES.conform(
        pl.DataFrame(
            {
                "cutoff_date": [cutoff],
                "created_at": [run.created_at],
                "run_id": [run.run_id],
                "pairs": [pairs.height],
                "html_path": [PAGE],
                "csv_path": [csv],
                "excel_path": [excel],
            }
        )
    )
    warehouse.merge({PAGES: row})
    return row
