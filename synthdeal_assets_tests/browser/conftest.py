"""The fixtures of the browser tests, which are left out where Playwright (the extra `browser`) is not installed.

What the fixtures are belongs in `refreshed_ui.py`, which needs Playwright to be imported.
"""

from importlib.util import find_spec

if find_spec("playwright") is None:
    collect_ignore_glob = ["test_*.py"]
else:
    from synthdeal_assets_tests.browser.refreshed_ui import browser, open_page, refreshed, whitespace_refreshed

    __all__ = ["browser", "open_page", "refreshed", "whitespace_refreshed"]
