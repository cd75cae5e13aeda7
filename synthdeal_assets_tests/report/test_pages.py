"""What the pages print: nothing that is not a figure, nothing that runs, and a sentence for every odd world."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest

from synthdeal_assets.foundation.publishing.markdown import escaped_markdown
from synthdeal_assets.foundation.publishing.run_facts import RunFacts
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets.report.audit import loose_numbers, misprinted_figures, outside_references, printed_figures
from synthdeal_assets.report.figures import compute_figures
from synthdeal_assets.report.pages import Pages, ReportFacts, compose
from synthdeal_assets.report.wording import Figure, FigureBook, printed
from synthdeal_assets_tests.report.small_warehouse import Deal, fill, open_warehouse

pytestmark = pytest.mark.slow

RUN = ReportFacts("2026-11-20-abcd1234", RunFacts("abcd1234", dt.datetime(2026, 11, 20, 2, 30), {"SynthDeal": "0.1.0"}))
MIXED = (
    Deal("D1", stage="Qualification"),
    Deal("D2", stage="Negotiation/Review", level=1, levels={"champion": 0, "economic_buyer": 0}),
    Deal("D3", stage="Closed Won"),
    Deal("D4", stage="Closed Lost", level=1),
    Deal("D5", stage="Proposal/Price Quote", scored=False, failed=True),
    Deal("D6", stage="Proposal/Price Quote", stale=True),
)
HOSTILE = "<script>alert('x')</script> | {{ 7 * 7 }} [click](https://evil.example) ![i](x) `a`\n# Heading & **bold**"


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return open_warehouse(tmp_path)


def written(warehouse: Warehouse, facts: ReportFacts = RUN) -> tuple[Pages, FigureBook]:
    with warehouse.connect() as connection:
        figures = compute_figures(connection, facts.report_id)
    return compose(figures, facts), FigureBook(figures)


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Pages, FigureBook]:
    """The report of the mixed world, made once: the tests only read it."""
    warehouse = open_warehouse(tmp_path_factory.mktemp("mixed"))
    fill(warehouse, MIXED)
    return written(warehouse)


WORLDS = {
    "a mixed world": MIXED,
    "one open deal": (Deal("D1"),),
    "one won deal and nothing open": (Deal("D1", stage="Closed Won"),),
    "nothing closed": (Deal("D1"), Deal("D2", stage="Negotiation/Review")),
    "no open deal scored": (Deal("D1", stage="Closed Lost"), Deal("D2", scored=False, failed=True)),
    "no measure of quality": MIXED[:2],
}


@pytest.mark.parametrize("deals", WORLDS.values(), ids=WORLDS.keys())
def test_every_number_on_the_page_is_a_figure_as_it_stands_in_the_table(
    warehouse: Warehouse, deals: tuple[Deal, ...]
) -> None:
    fill(warehouse, deals, quality=deals is not WORLDS["no measure of quality"])
    pages, book = written(warehouse)
    assert loose_numbers(pages.html) == []
    assert misprinted_figures(pages.html, book) == []
    assert len(printed_figures(pages.html)) > 20
    assert "None" not in pages.html
    assert "nan" not in pages.html.lower().replace("finance", "")


def test_a_page_opens_offline_and_runs_nothing(mixed: tuple[Pages, FigureBook]) -> None:
    pages, _ = mixed
    assert outside_references(pages.html) == []
    assert pages.html.count("<svg") == 7


def test_ids_on_the_page_are_unique_and_every_link_leads_to_one(mixed: tuple[Pages, FigureBook]) -> None:
    pages, _ = mixed
    ids = re.findall(r'\bid="([^"]+)"', pages.html)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]+)"', pages.html)) <= set(ids)


def test_hostile_text_from_the_crm_stays_text(warehouse: Warehouse) -> None:
    deals = [
        Deal("D1", name=HOSTILE, account=HOSTILE, question=HOSTILE, strength=HOSTILE),
        Deal("D2", name=HOSTILE, stage="Negotiation/Review", level=1, question=HOSTILE),
    ]
    fill(warehouse, deals)
    pages, book = written(warehouse)
    assert "<script" not in pages.html
    assert "&lt;script&gt;" in pages.html
    assert "{{ 7 * 7 }}" in pages.html
    assert outside_references(pages.html) == []
    assert loose_numbers(pages.html) == []
    assert misprinted_figures(pages.html, book) == []
    assert not re.search(r"(?<!\\)[<|`]|(?<!\\)\]\(|https://", escaped_markdown(HOSTILE))
    assert escaped_markdown(HOSTILE) in pages.markdown
    assert "<script" not in re.sub(r"\\<", "", pages.markdown)


def test_the_same_figures_give_the_same_bytes_but_for_the_declared_line_about_the_run(warehouse: Warehouse) -> None:
    fill(warehouse, MIXED)
    other = ReportFacts(
        "2026-11-20-ffff0000", RunFacts("ffff0000", dt.datetime(2026, 11, 21, 3, 0), {"SynthDeal": "0.2.0"})
    )
    (first, _), (second, _) = written(warehouse), written(warehouse, other)
    without_run = re.compile(r"<footer data-run-metadata>.*?</footer>", re.DOTALL)
    assert first.html != second.html
    assert without_run.sub("", first.html) == without_run.sub("", second.html)
    assert first.markdown.splitlines()[:-1] == second.markdown.splitlines()[:-1]


def test_the_page_says_that_it_is_synthetic_and_heuristic(mixed: tuple[Pages, FigureBook]) -> None:
    pages, _ = mixed
    for text in (pages.html, pages.markdown):
        assert "Synthetic data" in text
        assert "heuristic" in text


def test_a_world_with_nothing_open_is_told_in_words(warehouse: Warehouse) -> None:
    fill(warehouse, [Deal("D1", stage="Closed Won"), Deal("D2", stage="Closed Lost")])
    pages, _ = written(warehouse)
    assert pages.headline == "No deal is open on 20 November 2026; Q4 2026 stands at $0."
    assert "nothing to forecast" in pages.markdown


def test_the_first_page_counts_the_deals_without_a_present_score(mixed: tuple[Pages, FigureBook]) -> None:
    pages, _ = mixed
    assert (
        "2 open deals have no score of the present state ($200k); 1 still counts with an older score."
        in pages.first_page["certainty"]
    )


def test_a_recommendation_is_made_only_where_its_figures_call_for_it(warehouse: Warehouse) -> None:
    others = [Deal("D2", stage="Prospecting"), Deal("D3", stage="Prospecting")]
    fill(warehouse, [Deal("D1", stage="Prospecting"), *others])
    quiet, _ = written(warehouse)
    fill(warehouse, [Deal("D1", stage="Prospecting", closes=dt.date(2026, 11, 1), name="Late one"), *others])
    overdue, _ = written(warehouse)
    assert "close date has passed" not in quiet.markdown
    assert "**Close, move or drop 1 open deal whose close date has passed.**" in overdue.markdown
    assert "Concerned: Late one (U1; Prospecting; $100k; 1 November 2026)." in overdue.markdown


def test_what_is_said_of_a_deal_that_needs_you_is_not_said_again_on_the_first_page(warehouse: Warehouse) -> None:
    late = [Deal(f"L{n}", amount=100_000 + n, closes=dt.date(2026, 11, 1)) for n in range(6)]
    fill(warehouse, late[:3])
    told, _ = written(warehouse)
    fill(warehouse, late)
    more, _ = written(warehouse)
    first, _, appendix = told.markdown.partition("# Appendix")
    assert "close date has passed.**" not in first
    assert "**Close, move or drop 3 open deals whose close date has passed.**" in appendix
    assert "**Close, move or drop 6 open deals whose close date has passed.**" in more.markdown.partition("# App")[0]


def test_trust_is_told_in_pairs_and_not_in_statistics(mixed: tuple[Pages, FigureBook]) -> None:
    pages, _ = mixed
    assert "In 71 of 100 pairs of a won and a lost deal, the won one has the higher score" in pages.markdown
    for jargon in ("AUC", "Spearman", "Dagster", "partition", "p-value"):
        assert jargon not in pages.markdown.rpartition("---")[0]


def test_what_was_not_measured_is_not_stated(warehouse: Warehouse) -> None:
    fill(warehouse, MIXED, quality=False)
    pages, _ = written(warehouse)
    assert "of 100 pairs" not in pages.markdown
    assert "Not measured" in pages.markdown


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "$0"),
        (950, "$950"),
        (999.6, "$1k"),
        (512_300, "$512k"),
        (999_600, "$1.00M"),
        (3_367_919, "$3.37M"),
        (9_996_000, "$10.0M"),
        (14_165_946, "$14.2M"),
        (99_960_000, "$100M"),
        (141_659_460, "$142M"),
        (1_250_000_000, "$1.25B"),
        (-2_400_000, "-$2.40M"),
    ],
)
def test_an_amount_is_printed_as_it_is_read_aloud(value: float, text: str) -> None:
    assert printed(Figure("x", "x", "USD", value, None)) == text


@pytest.mark.parametrize("unit", ["percentage points", "signed percentage points"])
def test_what_is_below_nought_has_a_minus_sign(unit: str) -> None:
    assert printed(Figure("x", "x", unit, -34.24, None)) == "\N{MINUS SIGN}34.2"


def test_the_audit_finds_a_number_without_a_figure_and_anything_fetched() -> None:
    page = '<body><p>Up 12%</p><span data-figure="a">3</span><img src="https://x.example/p.png"><script>1</script>'
    assert "Up 12%" in loose_numbers(page)
    assert outside_references(page) == ["src=https://x.example/p.png", "<script>"]
    assert outside_references('<p style="background:url(//x.example/a)">') != []
    assert outside_references("<style>@import 'x.css';</style>") != []
