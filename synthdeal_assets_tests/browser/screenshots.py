"""The pictures in docs/: `python -m synthdeal_assets_tests.browser.screenshots` writes them anew.

It makes the default world in a temporary home by launching `refresh` in the UI, as a person would, and then
`whitespace_refresh`, and takes its pictures of that. It takes some minutes and needs Chromium and the extra `browser`.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, FloatRect, Page, ViewportSize

from synthdeal_assets_tests.browser.chromium import chromium, page_in
from synthdeal_assets_tests.browser.dagster_server import CHECKOUT, guarded_ui
from synthdeal_assets_tests.browser.steps import (
    await_end_of_run,
    launch,
    launch_without_a_partition,
    open_lineage,
    turn_lineage_downwards,
)

DOCS: Final = CHECKOUT / "docs"
LINEAGE: Final = ViewportSize(width=1920, height=820)
LINEAGE_OF_WHITESPACE: Final = ViewportSize(width=1440, height=1200)
REPORT: Final = ViewportSize(width=1120, height=900)
WHITESPACE: Final = ViewportSize(width=1280, height=1600)
WITHIN_MS: Final = 1_200_000
"""For one run: learning from the default sales log takes minutes."""
MARGIN: Final = 30
"""Pixels above the heading at which the picture of the report ends."""
COLOURED_AFTER_MS: Final = 5_000
"""When all is drawn: the UI asks for the state of each asset, and colours it, only after everything has come."""


def take_screenshots(folder: Path) -> None:
    """Write lineage.png, lineage_whitespace.png, report.png and whitespace.png into the folder.

    Raises:
        RuntimeError: The run did not succeed, so there is nothing to show.
    """
    folder.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch, chromium() as browser:
        home = Path(scratch)
        with guarded_ui(home, {}) as ui:
            _launch(browser, ui, home, "refresh", launch)
            _launch(browser, ui, home, "whitespace_refresh", launch_without_a_partition)
            with page_in(browser, home, LINEAGE) as page:
                open_lineage(page, ui)
                page.get_by_role("button", name="Hide navigation").click()
                page.wait_for_timeout(COLOURED_AFTER_MS)
                page.screenshot(path=folder / "lineage.png")
            with page_in(browser, home, LINEAGE_OF_WHITESPACE) as page:
                open_lineage(page, ui)
                page.get_by_role("button", name="Hide navigation").click()
                turn_lineage_downwards(page, ui, ("whitespace",))
                page.wait_for_timeout(COLOURED_AFTER_MS)
                page.screenshot(path=folder / "lineage_whitespace.png")
        with page_in(browser, home, REPORT) as page:
            page.goto((home / "reports" / "latest.html").as_uri())
            # The quarter, what changed, and the deals that need the reader.
            end = page.get_by_role("heading", level=2).nth(3).bounding_box()
            if end is None:
                raise RuntimeError("The report has no fourth section.")
            clip = FloatRect(x=0, y=0, width=REPORT["width"], height=end["y"] - MARGIN)
            page.screenshot(path=folder / "report.png", full_page=True, clip=clip)
        with page_in(browser, home, WHITESPACE) as page:
            page.goto((home / "reports" / "whitespace.html").as_uri())
            page.screenshot(path=folder / "whitespace.png")


def _launch(browser: Browser, ui: str, home: Path, job: str, way: Callable[[Page, str, str], str]) -> None:
    with page_in(browser, home) as page:
        way(page, ui, job)
        outcome = await_end_of_run(page, WITHIN_MS)
    if outcome != "Success":
        raise RuntimeError(f"The run of {job} ended with {outcome}: see its page with `dagster dev`.")


if __name__ == "__main__":
    take_screenshots(DOCS)
