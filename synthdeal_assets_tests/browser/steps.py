"""What a person does and sees in Dagster's UI, step by step: the one module that knows how its pages are built.

Written for dagster-webserver 1.13. What must be seen is decided in the tests.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final
from urllib.parse import quote

from playwright.sync_api import Locator, Page, expect

RUN_WITHIN_MS: Final = 240_000
PATIENCE_MS: Final = 60_000


def open_lineage(page: Page, ui: str) -> None:
    """From the first page to the lineage of all assets, which are collapsed into their groups."""
    page.goto(ui)
    # The address leads on to the first page in two steps, and a click before the second is lost to it.
    page.wait_for_url("**/overview/activity/timeline**", timeout=PATIENCE_MS)
    page.get_by_role("link").filter(has_text=_exactly("Lineage")).click()
    expect(page.get_by_text("Global asset lineage")).to_be_visible(timeout=PATIENCE_MS)
    expect(group_node(page, "crm")).to_be_visible(timeout=PATIENCE_MS)


def turn_lineage_downwards(page: Page, ui: str, groups: Iterable[str]) -> None:
    """From the lineage to one with these groups expanded, drawn from top to bottom, all of it in the window."""
    page.get_by_role("button").filter(has=page.locator("[aria-label=settings]")).last.click()
    page.get_by_role("menuitem", name="Change graph to vertical orientation").click()
    # Opened anew, so that it is fitted into the window.
    expanded = ",".join(f"global@global:{group}" for group in groups)
    page.goto(f"{ui}/asset-groups?expanded={quote(expanded, safe='')}")
    for group in groups:
        expect(group_node(page, group)).to_be_visible(timeout=PATIENCE_MS)


def group_node(page: Page, group: str) -> Locator:
    """A group of assets in the lineage; in a wide window with how many there are in each state."""
    return page.locator("foreignObject.group").filter(has_text=re.compile(rf"^\s*{re.escape(group)}[\s\d]*$"))


def launch(page: Page, ui: str, job: str) -> str:
    """Launch a job that asks nothing: one click, and the run is under way.

    Returns:
        The run's id.
    """
    _open_job(page, ui, job)
    page.get_by_role("button", name="Materialize all").click()
    started = page.get_by_text("Launched run")
    expect(started).to_be_visible(timeout=PATIENCE_MS)
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.get_by_text("View", exact=True).click()
    page.wait_for_url("**/runs/*")
    return page.url.rpartition("/")[2]


def launch_without_a_partition(page: Page, ui: str, job: str) -> str:
    """Launch a job of partitioned assets by its launchpad, the way that stays open as long as there are no partitions.

    Returns:
        The run's id.
    """
    _open_job(page, ui, job)
    materialize_all = page.get_by_role("button", name="Materialize all")
    caret = materialize_all.locator("xpath=following::button[1]")
    caret.click()
    page.get_by_role("menuitem", name="Open launchpad").click()
    launchpad = page.get_by_role("dialog").filter(has_text="Launchpad")
    launchpad.get_by_role("button").filter(has_text=_exactly("Materialize")).click()
    confirmation = page.get_by_role("dialog").filter(has_text="without a partition")
    confirmation.get_by_role("button", name="Confirm").click()
    page.wait_for_url("**/runs/*")
    return page.url.rpartition("/")[2]


def _open_job(page: Page, ui: str, job: str) -> None:
    page.goto(f"{ui}/jobs")
    page.get_by_role("link").filter(has_text=_exactly(job)).click()


def await_end_of_run(page: Page, within_ms: int = RUN_WITHIN_MS) -> str:
    """Watch the run's page until the run is over.

    Args:
        page: The run's page.
        within_ms: Milliseconds that the run may take.

    Returns:
        "Success", or how else the run ended.
    """
    ended = page.get_by_text(re.compile("^(Success|Failure|Canceled)$"))
    expect(ended.first).to_be_visible(timeout=within_ms)
    # While many events stream in, the page falls back to "Started" now and then; loaded anew, it does not.
    page.reload()
    expect(ended.first).to_be_visible(timeout=PATIENCE_MS)
    return ended.first.inner_text()


def open_asset(page: Page, ui: str, asset: str, tab: str = "Overview") -> None:
    """The page of an asset on one of its tabs."""
    page.goto(f"{ui}/assets/{asset}")
    opened = page.get_by_role("tab").filter(has_text=_exactly(tab))
    opened.click()
    expect(opened).to_have_attribute("aria-selected", "true", timeout=PATIENCE_MS)


def open_check(page: Page, ui: str, asset: str, check: str) -> None:
    """The page of an asset check, with what it said last."""
    page.goto(f"{ui}/assets/{asset}?view=checks&checkDetail={check}")
    expect(page.get_by_text("Latest execution")).to_be_visible(timeout=PATIENCE_MS)


def row_of(page: Page, key: str) -> Locator:
    """A row of a table whose first cell is this word: a metadata entry, a column."""
    return page.get_by_role("row").filter(has=page.get_by_role("cell").filter(has_text=_exactly(key)))


def open_markdown(page: Page, entry: str) -> Locator:
    """Open a metadata entry that is too long to be shown at once.

    Returns:
        The dialog.
    """
    row_of(page, entry).get_by_text("[Show Markdown]").click()
    # One that was closed just now may still be fading.
    dialog = page.get_by_role("dialog").filter(has_text=entry)
    expect(dialog).to_be_visible(timeout=PATIENCE_MS)
    return dialog


def _exactly(text: str) -> re.Pattern[str]:
    """The whole text of an element, without the names of the icons that belong to its accessible name."""
    return re.compile(rf"^\s*{re.escape(text)}\s*$")
