import re

import pytest
from playwright.sync_api import expect

from synthdeal_assets.report.tables import EXECUTIVE_REPORTS
from synthdeal_assets.scoring.tables import SCORE_FAILURES, SCORER_INPUTS
from synthdeal_assets.world.tables import OPPORTUNITIES
from synthdeal_assets_tests.browser.refreshed_ui import OpenPage, Refreshed
from synthdeal_assets_tests.browser.steps import (
    await_end_of_run,
    group_node,
    launch,
    open_asset,
    open_check,
    open_lineage,
    open_markdown,
    row_of,
)

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


def test_the_lineage_reads_left_to_right_from_the_world_to_the_report(
    refreshed: Refreshed, open_page: OpenPage
) -> None:
    with open_page() as page:
        open_lineage(page, refreshed.ui)
        boxes = [group_node(page, group).bounding_box() for group in ("crm", "scoring", "report", "ops")]
        lefts = [box["x"] for box in boxes if box is not None]
        assert len(lefts) == len(boxes)
        assert lefts == sorted(set(lefts))


def test_refresh_starts_at_a_click_on_a_fresh_home_without_a_question_and_succeeds(refreshed: Refreshed) -> None:
    assert refreshed.outcome == "Success"


def test_the_failed_check_leads_to_the_job_that_scores_all_that_failed_at_a_click_and_reports_anew(
    refreshed: Refreshed, open_page: OpenPage
) -> None:
    warehouse = refreshed.warehouse()
    reports = refreshed.rows(EXECUTIVE_REPORTS)
    with warehouse.transaction() as connection:
        # Every third deal: no two are neighbours among the partitions. Given up, and due at no time.
        connection.execute(
            "INSERT INTO scoring.score_failures SELECT opportunity_id, 'heuristic', 'timeout', 'no answer', 9, now(), "
            "now(), NULL, input_hash, 'run', NULL FROM (SELECT *, row_number() OVER (ORDER BY opportunity_id) AS place "
            "FROM scoring.scorer_inputs) WHERE place % 3 = 0"
        )
    failed = refreshed.rows(SCORE_FAILURES)
    assert failed > 2
    with open_page() as page:
        open_check(page, refreshed.ui, "scoring/opportunity_scores", "no_opportunity_is_failed_right_now")
        page.get_by_role("link", name="retry_failed_scores").first.click()
        page.wait_for_url("**/jobs/retry_failed_scores**")
        run_id = launch(page, refreshed.ui, "retry_failed_scores")
        assert await_end_of_run(page) == "Success"
    assert refreshed.rows(SCORE_FAILURES) == 0
    asked = warehouse.read("SELECT count(*) FROM scoring.opportunity_scores WHERE run_id = ?", [run_id]).item()
    assert asked == failed
    assert warehouse.read("SELECT last(run_id ORDER BY created_at) FROM report.executive_reports").item() == run_id
    assert refreshed.rows(EXECUTIVE_REPORTS) == reports + 1


def test_every_opportunity_is_a_green_partition_with_its_score(refreshed: Refreshed, open_page: OpenPage) -> None:
    with open_page() as page:
        open_asset(page, refreshed.ui, "scoring/scores_by_opportunity", "Partitions")
        expect(page.get_by_text(f"Materialized ({refreshed.rows(SCORER_INPUTS)})")).to_be_visible()
        expect(page.get_by_text("Missing (0)")).to_be_visible()
        expect(page.get_by_text("Failed (0)")).to_be_visible()
        page.get_by_text(re.compile(r"^OPP-\d+-\d+$")).first.click()
        expect(row_of(page, "score").get_by_role("cell").nth(1)).to_have_text(re.compile(r"^\d+(\.\d+)?$"))
        expect(row_of(page, "scorer")).to_contain_text("heuristic")
        expect(row_of(page, "reasoning")).to_contain_text("Heuristic judgement by fixed rules")


def test_the_first_page_of_the_report_is_seen_without_a_click(refreshed: Refreshed, open_page: OpenPage) -> None:
    with open_page() as page:
        open_asset(page, refreshed.ui, "report/executive_reports")
        page.get_by_role("link", name="Read the latest one.").click()
        page.wait_for_url("**view=events**")
        expect(row_of(page, "quarter")).to_contain_text("Won so far")
        expect(row_of(page, "need_you")).to_contain_text("Why:")
        expect(row_of(page, "need_you")).not_to_contain_text("Show Markdown")


def test_the_report_is_readable_in_the_ui(refreshed: Refreshed, open_page: OpenPage) -> None:
    with open_page() as page:
        open_asset(page, refreshed.ui, "report/executive_reports", "Events")
        report = open_markdown(page, "report")
        expect(report.get_by_role("heading", level=1)).to_be_visible()
        assert report.get_by_role("heading", level=2).count() >= 8
        assert report.get_by_role("table").count() >= 3
        text = report.inner_text()
        assert "every deal, person and figure is invented" in text
        assert not [unrendered for unrendered in ("{{", "}}", "<div", "<svg", "**", "| ---") if unrendered in text]
        assert not {"None", "nan", "NaN", "null"} & set(re.findall(r"\w+", text))


def test_an_asset_page_says_what_the_table_is_and_what_is_in_it(refreshed: Refreshed, open_page: OpenPage) -> None:
    with open_page() as page:
        open_asset(page, refreshed.ui, "crm/opportunities")
        expect(page.get_by_text("A deal as the sales team sees it")).to_be_visible()
        expect(page.get_by_text("revenue-operations", exact=True)).to_be_visible()
        for kind in ("DuckDB", "Polars"):
            expect(page.get_by_text(kind, exact=True)).to_be_visible()
        expect(page.get_by_text(re.compile(f"^{refreshed.rows(OPPORTUNITIES)}$"))).to_be_visible()

        amount = row_of(page, "amount")
        expect(amount).to_contain_text("DOUBLE")
        expect(amount).to_contain_text("Amount in USD: the sum of the line items")
        described = page.get_by_role("table").first.locator("tbody tr")
        assert described.count() > 20
        assert all(row.get_by_role("cell").nth(2).inner_text().strip() for row in described.all())

        preview = open_markdown(page, "preview")
        expect(row_of(page, "stage_name").last).to_be_visible()
        assert preview.get_by_role("row").count() == described.count() + 1


def test_a_column_leads_to_the_column_it_comes_from(refreshed: Refreshed, open_page: OpenPage) -> None:
    with open_page() as page:
        open_asset(page, refreshed.ui, "scoring/scorer_inputs")
        row_of(page, "account_name").get_by_role("link", name="crm.accounts.name").click()
        page.wait_for_url("**/assets/crm/accounts")
        expect(row_of(page, "name")).to_contain_text("Company name")


def test_checks_have_plain_names_and_say_what_they_check(refreshed: Refreshed, open_page: OpenPage) -> None:
    with open_page() as page:
        open_asset(page, refreshed.ui, "scoring/opportunity_scores", "Checks")
        page.get_by_placeholder("Filter checks").fill("every_open_opportunity_is_scored")
        page.get_by_text("Succeeded", exact=True).first.click()
        expect(page.get_by_text("every_open_opportunity_is_scored").last).to_be_visible()
        expect(page.get_by_text("Every open opportunity has a score for its current state").first).to_be_visible()
        expect(page.get_by_text("Passed", exact=True)).to_be_visible()
