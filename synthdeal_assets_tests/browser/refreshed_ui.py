"""One browser and one server for all browser tests, with a small world refreshed by hand in the UI."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser, Page

from synthdeal_assets.foundation.warehouse.tables import Table
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets_tests.browser.chromium import chromium, page_in
from synthdeal_assets_tests.browser.dagster_server import guarded_ui
from synthdeal_assets_tests.browser.steps import await_end_of_run, launch, launch_without_a_partition

OPPORTUNITIES: Final = 24
CUSTOMERS: Final = 120
"""Customers of the synthetic sales log."""

OpenPage = Callable[[], AbstractContextManager[Page]]


@dataclass(frozen=True, slots=True)
class Refreshed:
    """A home whose first world was made by a click on `refresh` in the UI.

    Attributes:
        ui: Address of the UI, without a slash at the end.
        home: SYNTHDEAL_HOME.
        run_id: The run that was launched.
        outcome: How the UI says it ended.
    """

    ui: str
    home: Path
    run_id: str
    outcome: str

    def rows(self, table: Table) -> int:
        """How many rows a table has."""
        return self.warehouse().read_table(table).height

    def warehouse(self) -> Warehouse:
        """The warehouse of the home."""
        return Warehouse(database=str(self.home / "warehouse.duckdb"))


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:

    with chromium() as browser:
        yield browser


@pytest.fixture
def open_page(browser: Browser, tmp_path: Path) -> OpenPage:

    return partial(page_in, browser, tmp_path)


@pytest.fixture(scope="package")
def refreshed(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Refreshed]:

    home = tmp_path_factory.mktemp("home")
    settings = {"opportunities": OPPORTUNITIES, "whitespace_customers": CUSTOMERS}
    with guarded_ui(home, settings) as ui:
        with page_in(browser, home) as page:
            run_id = launch(page, ui, "refresh")
            outcome = await_end_of_run(page)
        yield Refreshed(ui, home, run_id, outcome)


@pytest.fixture(scope="package")
def whitespace_refreshed(refreshed: Refreshed, browser: Browser) -> Refreshed:
    """The same home, in which `whitespace_refresh` was launched by hand in the UI too, without a partition."""
    with page_in(browser, refreshed.home) as page:
        run_id = launch_without_a_partition(page, refreshed.ui, "whitespace_refresh")
        outcome = await_end_of_run(page)
    return Refreshed(refreshed.ui, refreshed.home, run_id, outcome)
