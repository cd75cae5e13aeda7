from functools import partial
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Request, ViewportSize, expect

from synthdeal_assets_tests.browser.chromium import page_in
from synthdeal_assets_tests.browser.refreshed_ui import Refreshed

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

DESKTOP = ViewportSize(width=1280, height=900)
PHONE = ViewportSize(width=390, height=844)

WIDER_THAN_THE_WINDOW = """
() => [...document.querySelectorAll("body *")]
    .filter(element => element.getBoundingClientRect().right > window.innerWidth + 1)
    .filter(element => {
        for (let parent = element.parentElement; parent; parent = parent.parentElement) {
            if (["auto", "scroll", "hidden"].includes(getComputedStyle(parent).overflowX)) return false;
        }
        return true;
    })
    .map(element => element.outerHTML.slice(0, 200))
"""
"""Elements that stick out on the right, those excepted that scroll within a frame of their own."""


@pytest.mark.parametrize("viewport", [pytest.param(DESKTOP, id="desktop"), pytest.param(PHONE, id="phone")])
def test_the_report_opens_from_its_file_alone(
    refreshed: Refreshed, browser: Browser, tmp_path: Path, viewport: ViewportSize
) -> None:
    file = refreshed.home / "reports" / "latest.html"
    with page_in(browser, tmp_path, viewport) as page:
        requested, complaints = listen(page)
        page.goto(file.as_uri())
        page.wait_for_load_state("networkidle")

        expect(page.get_by_role("heading", level=1)).to_be_visible()
        assert page.locator("svg").count() >= 3
        assert requested == [file.as_uri()]
        assert complaints == []
        assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
        assert page.evaluate(WIDER_THAN_THE_WINDOW) == []


def listen(page: Page) -> tuple[list[str], list[str]]:
    """What the page asks for and what it complains about, from now on; data in the page itself is not asked for."""
    requested: list[str] = []
    complaints: list[str] = []

    def note_request(request: Request) -> None:
        if not request.url.startswith("data:"):
            requested.append(request.url)

    def note(kind: str, message: Any) -> None:
        complaints.append(f"{kind}: {message}")

    page.on("request", note_request)
    page.on("pageerror", partial(note, "error"))
    page.on("console", lambda message: note(message.type, message.text) if message.type != "log" else None)
    return requested, complaints
