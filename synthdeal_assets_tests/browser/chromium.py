"""A real Chromium for the tests: Debian's, headless, with a fresh profile and no traffic of its own.

What is looked at in it belongs in `steps.py` and in the tests.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

ARGUMENTS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
DESKTOP: Final = ViewportSize(width=1440, height=900)
PATIENCE_MS: Final = 60_000
"""For one thing to appear. Everything waits for what it needs, so that only a defect ever takes this long."""


@contextmanager
def chromium() -> Iterator[Browser]:
    """The browser, which has ended with its processes when the block ends.

    Raises:
        FileNotFoundError: There is no Chromium on this machine.
    """
    executable = shutil.which("chromium")
    if executable is None:
        raise FileNotFoundError("There is no chromium on the PATH: install Debian's package of that name.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=list(ARGUMENTS))
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def page_in(browser: Browser, folder: Path, viewport: ViewportSize = DESKTOP) -> Iterator[Page]:
    """A page that knows nothing of any other; when the block fails, what it showed is kept.

    Args:
        browser: Where it is opened.
        folder: Where the screenshot of a failure goes; the exception names the file.
        viewport: Its size in CSS pixels.
    """
    with browser.new_context(viewport=viewport) as context:
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        try:
            yield page
        except BaseException as error:
            screenshot = folder / "failure.png"
            page.screenshot(path=screenshot)
            error.add_note(f"The page was {page.url}; what it showed is in {screenshot}")
            raise
