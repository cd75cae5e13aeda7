"""The whitespace page and the files for the sales team: hostile text stays text, and nothing is said that is not so."""

from __future__ import annotations

import datetime as dt
import re
import zipfile
from pathlib import Path

import dagster as dg
import polars as pl
import pytest

from synthdeal_assets.foundation.publishing.run_facts import RunFacts
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse, create
from synthdeal_assets.settings import Settings
from synthdeal_assets.whitespace.page import page
from synthdeal_assets.whitespace.page.assets import PAGE_ASSETS
from synthdeal_assets.whitespace.page.page_files import publish_list
from synthdeal_assets.whitespace.tables import PAGES, PREDICTIONS
from synthdeal_assets.whitespace.vocabulary import EXISTING, WHITESPACE
from synthdeal_assets_tests.failure_codes import failing_with
from synthdeal_assets_tests.whitespace.finished import CUTOFF, JUDGED, fill_finished

RUN = RunFacts("run-1", dt.datetime(2026, 7, 1, 3, 0), {"SynthDeal": "0.1.0"})
NOTHING = dict.fromkeys(("account_id", "open_opportunities", "caveat"))
HOSTILE = "</script><script>alert('x')</script>\"><img src=x onerror=alert(1)> {{ 7 * 7 }} https://evil.example"
MISSING = re.compile(r"\b(None|nan|NaN|null|NULL|inf)\b")
CSV = f"exports/whitespace-{CUTOFF}.csv"
EXCEL = f"exports/whitespace-{CUTOFF}.xlsx"


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return Warehouse(database=str(tmp_path / "warehouse.duckdb"))


def written(warehouse: Warehouse) -> str:
    """The page of what is in the warehouse."""
    publish_list(warehouse, warehouse.path.parent, RUN)
    return (warehouse.path.parent / "reports" / "whitespace.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def given_out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with page and files of somebody's own log, whose promise for whitespace is broken; only read."""
    home = tmp_path_factory.mktemp("given_out")
    formula = {"customer_name": "=HYPERLINK(1)", "reasons": "-cmd|x"}
    warehouse = Warehouse(database=str(home / "warehouse.duckdb"))
    fill_finished(warehouse, auc={EXISTING: 0.81, WHITESPACE: 0.62}, changed=NOTHING | formula)
    written(warehouse)
    return home


@pytest.fixture(scope="module")
def html(given_out: Path) -> str:
    return (given_out / "reports" / "whitespace.html").read_text(encoding="utf-8")


def without_markup(html: str) -> str:
    return " ".join(re.sub(r"<(style|script)>.*?</\1>|<[^>]+>", " ", html, flags=re.DOTALL).split())


def test_hostile_text_of_the_log_stays_text(warehouse: Warehouse) -> None:
    fields = ("customer_name", "division", "rep", "reasons", "open_opportunities", "caveat")
    fill_finished(warehouse, changed=dict.fromkeys(fields, HOSTILE), caveats=HOSTILE)
    html = written(warehouse)

    assert html.count("<script>") == html.count("</script>") == 1
    assert "<img" not in html
    assert html.count("&lt;script&gt;") >= len(fields)
    assert "{{ 7 * 7 }}" in html
    assert not re.search(r"(?:src|href|action)=\"(?!#)", html)
    assert not re.search(r"\bon\w+=", re.sub(r"onerror=alert", "", html))


def test_every_pair_stands_in_the_plain_table_in_the_order_of_the_list(html: str) -> None:
    assert re.findall(r">C(\d+)</small>", html) == [f"{place:03d}" for place in range(1, 13)]
    assert "not eligible: bought something 3 days ago" in html
    assert '<form id="controls" hidden>' in html
    assert 'aria-sort="ascending"' in html


def test_a_real_log_is_not_called_synthetic(html: str) -> None:
    assert "synthetic" not in without_markup(html).lower()


def test_more_pairs_than_a_browser_likes_are_left_out_by_name_of_the_files_that_have_them(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page, "MAX_PAIRS", 5)
    fill_finished(warehouse, pairs=12, judged=False)
    html = written(warehouse)

    assert re.findall(r"Customer (\d+)<small>", html) == ["1", "2", "3", "4", "5"], "all to work on now, then the best"
    assert "The best 5 pairs, with all to work on now; 7 more are left out here. All of them are in the files" in html
    assert f"{CSV} (CSV) and {EXCEL} (Excel)" in html
    assert pl.read_csv(warehouse.path.parent / CSV).height == 12


def test_pairs_to_work_on_now_come_before_better_ones_and_those_without_room_are_counted(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page, "MAX_PAIRS", 3)
    fill_finished(warehouse, pairs=12, judged=False)
    html = written(warehouse)

    assert re.findall(r"Customer (\d+)<small>", html) == ["1", "2", "4"]
    assert "The best 3 pairs of those to work on now, 1 more of which do not fit here; 9 more are left out" in html


def test_a_model_is_shown_beside_the_best_rule_and_no_weaker_one(warehouse: Warehouse) -> None:
    fill_finished(warehouse)
    with warehouse.transaction() as connection:
        connection.execute("UPDATE whitespace.holdout_metrics SET value = 0.5 WHERE ranker = 'recency'")
    told = without_markup(written(warehouse))

    assert told.count("the best rule, popularity") == told.count("AUC of the rule popularity") == 2
    assert "rule, recency" not in told


def test_what_became_of_an_earlier_list_stands_at_the_top(html: str) -> None:
    top = without_markup(html.partition("<nav")[0])

    assert (
        f"Of the 75 pairs that the list of {JUDGED} put first, 31% bought in the 180 days after it (95 % interval 22% "
        "to 40%); of all pairs 12%." in top
    )


def test_promises_are_judged_for_each_population_and_a_broken_one_is_said(html: str) -> None:
    told = without_markup(html)

    assert f"as if it were {JUDGED}" in told
    assert re.search(r"Existing customers: AUC 0\.810 .*?: all gates met\.", told)
    assert re.search(r"Whitespace: AUC 0\.620 .*?: not met: AUC \(at least 0\.70\)\.", told)


def test_a_synthetic_list_that_nothing_could_judge_says_both(warehouse: Warehouse) -> None:
    fill_finished(warehouse, kind="synthetic", judged=False, changed=NOTHING)
    html = written(warehouse)

    assert "SYNTHETIC DATA" in html
    assert "how good this list is, is not known" in html
    assert "<svg" not in html
    assert not MISSING.findall(without_markup(html))


def test_no_missing_value_is_printed_as_one(html: str) -> None:
    assert not MISSING.findall(without_markup(html))


def test_ids_on_the_page_are_unique_and_every_link_leads_to_one(html: str) -> None:
    ids = re.findall(r'\bid="([^"]+)"', html)

    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]+)"', html)) <= set(ids)
    assert html.count("<svg") == 4


def test_the_workbook_has_real_numbers_frozen_headers_and_text_that_is_no_formula(given_out: Path) -> None:
    path = given_out / EXCEL
    sheets = pl.read_excel(path, sheet_id=0, engine="calamine")

    assert list(sheets) == ["List", "Profiles", "Hold-out", "About"]
    assert sheets["List"]["customer_name"][0] == "=HYPERLINK(1)"
    assert sheets["List"].schema["p_icp"] == pl.Float64()
    assert sheets["List"]["cutoff_date"][0] == CUTOFF
    with zipfile.ZipFile(path) as parts:
        sheet = parts.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert 'state="frozen"' in sheet
    assert "<autoFilter" in sheet


@pytest.mark.parametrize(("kind", "synthetic"), [("csv", False), ("synthetic", True)])
def test_the_files_say_until_when_chances_hold_and_whether_the_log_is_synthetic(
    warehouse: Warehouse, kind: str, synthetic: bool
) -> None:
    fill_finished(warehouse, kind=kind)
    written(warehouse)
    rows = pl.read_csv(warehouse.path.parent / CSV, try_parse_dates=True)
    about = dict(pl.read_excel(warehouse.path.parent / EXCEL, sheet_name="About", engine="calamine").iter_rows())

    assert rows["is_synthetic"].unique().to_list() == [synthetic]
    assert rows["window_end"].unique().to_list() == [CUTOFF + dt.timedelta(days=180)]
    assert ("Synthetic data" in about) is synthetic
    assert about["Known until"] == str(CUTOFF)
    assert set(rows.columns) == {name.removeprefix("Column ") for name in about if name.startswith("Column ")}


def test_the_same_tables_give_the_same_files_but_for_the_line_about_the_run(warehouse: Warehouse) -> None:
    fill_finished(warehouse)
    home = warehouse.path.parent
    first = written(warehouse), (home / CSV).read_bytes(), (home / EXCEL).read_bytes()
    publish_list(warehouse, home, RunFacts("run-2", dt.datetime(2026, 7, 2), {}))

    again = (home / "reports" / "whitespace.html").read_text(encoding="utf-8")
    assert again != first[0]
    assert re.sub(r"<footer>.*", "", again) == re.sub(r"<footer>.*", "", first[0])
    assert ((home / CSV).read_bytes(), (home / EXCEL).read_bytes()) == first[1:]


def test_the_asset_records_what_it_wrote(warehouse: Warehouse) -> None:
    fill_finished(warehouse)
    home = warehouse.path.parent
    done = dg.materialize(PAGE_ASSETS, resources={"warehouse": warehouse, "settings": Settings(home=home)})
    (row,) = warehouse.read_table(PAGES).to_dicts()

    assert row["run_id"] == done.run_id
    assert (row["cutoff_date"], row["pairs"]) == (CUTOFF, 12)
    assert all((home / row[name]).is_file() for name in ("html_path", "csv_path", "excel_path"))


def test_a_folder_that_cannot_be_written_leaves_no_row_and_a_sentence(warehouse: Warehouse) -> None:
    fill_finished(warehouse)
    home = warehouse.path.parent
    (home / "exports").write_text("a file where the folder should be")
    done = dg.materialize(
        PAGE_ASSETS, resources={"warehouse": warehouse, "settings": Settings(home=home)}, raise_on_error=False
    )

    assert not done.success
    assert warehouse.read_table(PAGES).is_empty()
    (failure,) = [event for event in done.all_events if event.is_step_failure]
    assert "cannot be written to" in str(failure.step_failure_data.error)


def test_customers_who_all_have_everything_get_a_page_that_says_so(warehouse: Warehouse) -> None:
    fill_finished(warehouse)
    with warehouse.transaction() as connection:
        connection.execute("DELETE FROM whitespace.whitespace")
    with failing_with("whitespace.no-list"):
        written(warehouse)

    with warehouse.transaction() as connection:
        create(connection, PREDICTIONS)
        connection.execute(
            "INSERT INTO whitespace.predictions SELECT cutoff_date, cutoff_date, 'C1', 'Design', 'existing', 0.5, 0.4, "
            "-3, 2, 1 FROM (SELECT max(cutoff_date) AS cutoff_date FROM whitespace.cutoffs)"
        )
    text = written(warehouse)

    assert "Nothing new to offer: every customer has bought from every division." in text
    assert "Existing customers: AUC" in text
    assert "There is no pair to list." in text
    assert "<script>" not in text
    assert 'id="pairs"' not in text
