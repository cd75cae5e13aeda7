"""The whitespace engine as a person meets it: launched in the UI, and its page sorted and filtered in a browser."""

import re
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from synthdeal_assets_tests.browser.chromium import page_in
from synthdeal_assets_tests.browser.refreshed_ui import OpenPage, Refreshed
from synthdeal_assets_tests.browser.steps import open_asset, open_check, open_markdown, row_of
from synthdeal_assets_tests.browser.test_report_page import DESKTOP, PHONE, WIDER_THAN_THE_WINDOW, listen

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

COLUMNS = ("Place", "Customer", "Division", "Rep", "Grade", "Score", "Chance", "Expected", "State", "Why")


def shown(page: Page, column: str) -> list[str]:
    """What stands in a column of the pairs that are shown, from top to bottom."""
    cells = page.locator(f"#pairs tbody tr:not([hidden]) > *:nth-child({COLUMNS.index(column) + 1})")
    return [" ".join(text.split()) for text in cells.all_inner_texts()]


def test_the_engine_launched_by_hand_succeeds_and_its_cutoffs_are_green(
    whitespace_refreshed: Refreshed, open_page: OpenPage
) -> None:
    assert whitespace_refreshed.outcome == "Success"
    with open_page() as page:
        open_asset(page, whitespace_refreshed.ui, "whitespace/features", "Partitions")
        expect(page.get_by_text(re.compile(r"^Materialized \([1-9]\d*\)$"))).to_be_visible()
        expect(page.get_by_text("Missing (0)")).to_be_visible()
        expect(page.get_by_text("Failed (0)")).to_be_visible()
        open_asset(page, whitespace_refreshed.ui, "whitespace/cutoffs")
        expect(row_of(page, "list made at")).to_contain_text(re.compile(r"20\d\d-\d\d-\d\d"))


def test_checks_say_that_models_know_no_future_and_which_promises_are_kept(
    whitespace_refreshed: Refreshed, open_page: OpenPage
) -> None:
    with open_page() as page:
        open_check(page, whitespace_refreshed.ui, "whitespace/models", "no_model_learnt_from_its_future")
        expect(page.get_by_text(re.compile("^0 models learnt .* from its own cutoff is refused"))).to_be_visible()
        expect(page.get_by_text("Passed", exact=True)).to_be_visible()
        open_check(page, whitespace_refreshed.ui, "whitespace/holdout_metrics", "whitespace_pairs_meet_the_gates")
        expect(page.get_by_text(re.compile("^Whitespace: ")).first).to_be_visible()


def test_the_models_show_a_chart_and_a_run_in_mlflow_for_each_division(
    whitespace_refreshed: Refreshed, open_page: OpenPage
) -> None:
    with open_page() as page:
        open_asset(page, whitespace_refreshed.ui, "whitespace/models")
        chart = open_markdown(page, "champion and best rule, existing")
        expect(chart.locator("img[src^='data:image/png']")).to_be_visible()
        chart.get_by_role("button", name="Close").click()
        runs = open_markdown(page, "runs in MLflow")
        expect(runs.get_by_text("synthdeal-whitespace-").first).to_be_visible()


def test_the_list_shows_its_numbers_in_the_ui(whitespace_refreshed: Refreshed, open_page: OpenPage) -> None:
    with open_page() as page:
        open_asset(page, whitespace_refreshed.ui, "whitespace/whitespace")
        expect(row_of(page, "within capacity")).to_contain_text(re.compile(r"\d"))
        open_asset(page, whitespace_refreshed.ui, "whitespace/pages")
        expect(row_of(page, "html_file")).to_contain_text("reports/whitespace.html")


def test_the_page_is_sorted_and_filtered_in_the_browser_and_fetches_nothing(
    whitespace_refreshed: Refreshed, browser: Browser, tmp_path: Path
) -> None:
    file = whitespace_refreshed.home / "reports" / "whitespace.html"
    with page_in(browser, tmp_path, DESKTOP) as page:
        requested, complaints = listen(page)
        page.goto(file.as_uri())
        page.wait_for_load_state("networkidle")
        cells = partial(shown, page)

        expect(page.get_by_text("SYNTHETIC DATA.")).to_be_visible()
        assert cells("Place") == sorted(cells("Place"), key=lambda place: int(place.replace(",", "")))
        everything = len(cells("Place"))

        page.get_by_role("button", name="Chance").press("Enter")
        chances = [float(chance.rstrip("%")) for chance in cells("Chance")]
        assert chances == sorted(chances, reverse=True)
        expect(page.locator("th[aria-sort=descending]")).to_have_text("Chance")

        rep = cells("Rep")[-1]
        page.get_by_label("Rep", exact=True).select_option(rep)
        assert set(cells("Rep")) == {rep}
        page.get_by_label("State").select_option("now")
        assert set(cells("State")) <= {"now"}
        page.get_by_label("Search").fill("no such customer anywhere")
        assert cells("Place") == []
        expect(page.get_by_role("status")).to_have_text(f"0 of {everything:,} pairs shown")
        page.get_by_role("button", name="Show all").click()
        expect(page.get_by_role("status")).to_have_text(f"{everything:,} of {everything:,} pairs shown")

        assert requested == [file.as_uri()]
        assert complaints == []


def test_the_page_is_a_plain_table_without_its_script_and_fits_a_phone(
    whitespace_refreshed: Refreshed, browser: Browser, tmp_path: Path
) -> None:
    file = whitespace_refreshed.home / "reports" / "whitespace.html"
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(file.as_uri())
        expect(page.locator("#controls")).to_be_hidden()
        expect(page.locator("#pairs tbody tr").first).to_be_visible()
    with page_in(browser, tmp_path, PHONE) as page:
        page.goto(file.as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        assert page.evaluate(WIDER_THAN_THE_WINDOW) == []
