"""What the report says of the whitespace list: its figures recompute, and a real log is not called synthetic."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import polars as pl
import pytest

from synthdeal_assets.foundation.publishing.run_facts import RunFacts
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets.report.audit import loose_numbers, misprinted_figures, outside_references
from synthdeal_assets.report.figures import changed_figures, compute_figures
from synthdeal_assets.report.pages import Pages, ReportFacts, compose
from synthdeal_assets.report.wording import FigureBook
from synthdeal_assets.whitespace.vocabulary import EXISTING, SCIKIT_LEARN_TREES, WHITESPACE
from synthdeal_assets_tests.report.small_warehouse import Deal, fill, open_warehouse
from synthdeal_assets_tests.whitespace.finished import fill_finished

pytestmark = pytest.mark.slow

RUN = ReportFacts("2026-11-20-abcd1234", RunFacts("abcd1234", dt.datetime(2026, 11, 20, 2, 30), {"SynthDeal": "0.1.0"}))
CHART = "<figcaption>Purchases of customers who never bought there"
HOSTILE = "</script><b>Acme</b> | [x](https://evil.example)"


def a_world(folder: Path) -> Warehouse:
    """A warehouse with one deal and no whitespace run."""
    warehouse = open_warehouse(folder)
    fill(warehouse, [Deal("D1")])
    return warehouse


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """A finished run on somebody's own log, whose promise for whitespace is broken; only read."""
    warehouse = a_world(tmp_path_factory.mktemp("real"))
    fill_finished(warehouse, kind="csv", auc={EXISTING: 0.81, WHITESPACE: 0.62})
    return warehouse


@pytest.fixture(scope="module")
def of_real(real: Warehouse) -> tuple[Pages, str]:
    return written(real)


@pytest.fixture(scope="module")
def of_synthetic(tmp_path_factory: pytest.TempPathFactory) -> tuple[Pages, str]:
    """The report of a run on a synthetic log with hostile names, which nothing could judge."""
    warehouse = a_world(tmp_path_factory.mktemp("synthetic"))
    hostile = dict.fromkeys(("customer_name", "division", "rep", "reasons"), HOSTILE)
    fill_finished(warehouse, kind="synthetic", judged=False, changed=hostile)
    return written(warehouse)


def written(warehouse: Warehouse) -> tuple[Pages, str]:
    """The report, whose numbers are all figures, and the text of its section on whitespace."""
    with warehouse.connect() as connection:
        figures = compute_figures(connection, RUN.report_id)
    pages = compose(figures, RUN)
    assert loose_numbers(pages.html) == []
    assert misprinted_figures(pages.html, FigureBook(figures)) == []
    assert outside_references(pages.html) == []
    section = pages.markdown.partition("## Whitespace")[2].partition("\n## ")[0]
    assert not re.findall(r"\b(None|nan|NaN|null|NULL)\b", section)
    return pages, section


def test_without_a_whitespace_run_the_report_says_so_in_one_sentence(tmp_path: Path) -> None:
    _, section = written(a_world(tmp_path))

    assert section.partition("\n")[2].strip().startswith("No sales log has been looked at yet")
    assert len(section.strip().splitlines()) == 3


def test_the_best_pairs_the_promises_and_the_divisions_stand_in_the_report(of_real: tuple[Pages, str]) -> None:
    pages, section = of_real

    assert "12 pairs of a customer and a division" in section
    assert "| Customer 1 | Design | Bo | A | 37% | 923 |" in section
    assert "Customer 3 |" not in section, "not eligible"
    assert "**Customers who never bought from the division.** Of two pairs of which one bought, that" in section
    assert "put first in 62% of cases (61% to 63%; promised at least 70%: not kept)" in section
    assert "put first in 81% of cases (80% to 82%; promised at least 70%: kept)" in section
    assert "; by the best simple rule, popularity, in 60%." in section
    assert "Of its 75 best pairs then, as many as the reps had time for, 31% bought (22% to 40%); of all" in section
    assert "pairs 12%." in section
    assert "A chance is off by 2.0 percentage points on average" in section
    assert "For it: buys often elsewhere" in section
    assert CHART in pages.html


def test_every_figure_of_the_section_recomputes_and_follows_its_table(real: Warehouse) -> None:
    with real.connect() as connection:
        figures = compute_figures(connection, RUN.report_id).filter(pl.col("section") == "whitespace")
        assert changed_figures(connection, figures) == []
        connection.begin()
        for tampering, figure in (
            ("UPDATE whitespace.whitespace SET p_icp = 0.9 WHERE place = 1", "whitespace.top.1.chance"),
            (
                "UPDATE whitespace.holdout_metrics SET value = 0.5 WHERE measure = 'auc'",
                "whitespace.existing.auc.value",
            ),
            (
                "UPDATE whitespace.holdout_metrics SET value = 0.4 WHERE measure = 'auc' AND ranker = 'popularity'",
                "whitespace.whitespace.rule.name",
            ),
            ("UPDATE whitespace.holdout_curves SET y = 0.1", "whitespace.gains.whitespace.champion.5.y"),
            ("UPDATE sales.log_files SET source_kind = 'synthetic'", "whitespace.synthetic"),
        ):
            connection.execute(tampering)
            assert figure in changed_figures(connection, figures), tampering
        connection.rollback()


def test_figures_read_back_in_the_order_of_their_ids_draw_the_same_curves(
    real: Warehouse, of_real: tuple[Pages, str]
) -> None:
    with real.connect() as connection:
        figures = compute_figures(connection, RUN.report_id)

    assert compose(figures.sort("figure_id"), RUN).html == of_real[0].html


def test_a_real_log_is_not_called_synthetic(of_real: tuple[Pages, str]) -> None:
    pages, section = of_real

    assert "From the sales log that was given, which is not part of the synthetic world" in section
    assert "**All but the sales log is synthetic.**" in pages.markdown
    assert "Everything here is synthetic" not in pages.markdown
    assert "is based on a real sales log" in pages.markdown.partition("## ")[0]


def test_a_synthetic_log_is_called_so(of_synthetic: tuple[Pages, str]) -> None:
    pages, section = of_synthetic

    assert "From a synthetic sales log" in section
    assert "log that was given" not in pages.markdown


def test_what_could_not_be_judged_is_said_and_not_made_up(of_synthetic: tuple[Pages, str]) -> None:
    pages, section = of_synthetic

    assert "Not measured: the sales log leaves no later days" in section
    assert "kept" not in section
    assert CHART not in pages.html


def test_hostile_names_stay_text(of_synthetic: tuple[Pages, str]) -> None:
    pages, _ = of_synthetic

    assert "<b>Acme" not in pages.html
    assert "&lt;b&gt;Acme" in pages.html
    assert "https://evil" not in pages.markdown


def test_a_list_without_a_pair_is_said_so_and_how_good_the_chances_are_is_still_told(tmp_path: Path) -> None:
    warehouse = a_world(tmp_path)
    fill_finished(warehouse, pairs=0)
    pages, section = written(warehouse)

    assert "in the sales log that was given, every customer buys from every division" in section
    assert "held against the 180 days that followed" in section
    assert "put first in 80% of cases" in section
    assert "is based on a real sales log" in pages.markdown.partition("## ")[0]


@pytest.mark.parametrize("pairs", [12, 0])
def test_a_list_that_was_learnt_without_lightgbm_says_so(tmp_path: Path, pairs: int) -> None:
    warehouse = a_world(tmp_path)
    fill_finished(warehouse, pairs=pairs, learner=SCIKIT_LEARN_TREES)
    _, section = written(warehouse)

    assert "LightGBM could not be loaded when 2 divisions were learnt: scikit-learn's histogram" in section


def test_a_list_that_was_learnt_with_lightgbm_does_not_name_it(of_real: tuple[Pages, str]) -> None:
    pages, section = of_real

    assert "LightGBM" not in section
    assert "stand_in" not in pages.html
