"""The page of a dataset: what was asked for beside what is in the files, and nothing of it runs or is fetched."""

from __future__ import annotations

import re
from pathlib import Path

import polars as pl
import pytest

from synthdeal_assets.datasets.generation import Generated, generate_into
from synthdeal_assets.datasets.page.diagram import table_diagram
from synthdeal_assets.datasets.page.distributions import FieldDistribution, distributions_of
from synthdeal_assets.datasets.spec.spec_file import read_specification

TEXT = """\
dataset: shop
seed: 3
description: "<script>alert('&')</script>"
tables:
  customers:
    rows: 400
    fields:
      customer_id: {key: integer}
      city: {one_of: {"<b>Bern</b>": 75%, Basel: 25%}, missing: 5%}
      age: {uniform: 20 .. 29, decimals: 0}
      income: {lognormal: {median: 50_000, p90: 200_000}}
      favourite_id: {refers_to: orders, among: own}
  orders:
    rows: {per: customers, count: {1: 50%, 3: 50%}}
    fields:
      order_id: {key: integer}
      customer_id: {refers_to: customers}
      paid: {flag: 20%}
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Generated:
    return generate_into(read_specification(TEXT, "shop.yaml"), tmp_path_factory.mktemp("page") / "shop")


@pytest.fixture(scope="module")
def page(shop: Generated) -> str:
    return (shop.folder / "index.html").read_text(encoding="utf-8")


def distribution(shop: Generated, table: str, field: str) -> FieldDistribution:
    found = distributions_of(shop.dataset, shop.dataset.tables[table], shop.folder)
    return next(each for each in found if each.title.startswith(field))


def test_it_fetches_nothing_and_text_of_the_specification_is_only_text(page: str) -> None:
    assert not re.search(r"<script|<b>Bern|https?://(?!www\.w3\.org/2000/svg)|@import|url\(", page)
    assert "&lt;script&gt;" in page
    assert "&lt;b&gt;Bern&lt;/b&gt;" in page


def test_it_says_what_to_know_of_the_locale_for_the_types_used(tmp_path: Path) -> None:
    text = "dataset: d\nlocale: LOCALE\ntables: {t: {rows: 3, fields: {id: {key: integer}, name: person.last_name}}}\n"
    for locale, said in (("pl_PL", True), ("de_DE", False)):
        made = generate_into(read_specification(text.replace("LOCALE", locale), "d.yaml"), tmp_path / locale)
        page = (made.folder / "index.html").read_text(encoding="utf-8")
        assert ("Locale pl_PL: last names do not change with the gender." in page) == said


def test_it_shows_the_certificate_the_specification_and_the_first_rows(shop: Generated, page: str) -> None:
    certificate = shop.certificate

    assert f"{certificate.held} of {len(certificate.outcomes)} promises held" in page
    assert page.count("<tr><td>") == len(certificate.outcomes) + 40
    assert "paid: {flag: 20%}" in page
    rows = pl.read_parquet(shop.folder / "orders.parquet", n_rows=20)
    for order, customer, paid in rows.iter_rows():
        assert f"<tr><td>{order}</td><td>{customer}</td><td>{str(paid).lower()}</td></tr>" in page


def test_the_same_dataset_has_the_same_page(shop: Generated, page: str, tmp_path: Path) -> None:
    again = generate_into(read_specification(TEXT, "shop.yaml"), tmp_path / "again")

    assert (again.folder / "index.html").read_text(encoding="utf-8") == page


def test_shares_are_counted_in_the_files_beside_those_asked_for(shop: Generated) -> None:
    city = distribution(shop, "customers", "city")
    stored = pl.read_parquet(shop.folder / "customers.parquet")["city"]

    assert city.missing == pytest.approx(0.05)
    assert [(bar.label, bar.asked) for bar in city.bars] == [("<b>Bern</b>", 0.75), ("Basel", 0.25)]
    assert city.bars[1].share == pytest.approx((stored == "Basel").sum() / stored.count())
    children = distribution(shop, "orders", "rows for each of customers")
    assert [(bar.label, bar.share, bar.asked) for bar in children.bars] == [("1", 0.5, 0.5), ("3", 0.5, 0.5)]


def test_whole_numbers_of_few_values_have_a_bar_each(shop: Generated) -> None:
    age = distribution(shop, "customers", "age")

    assert (age.low, age.high, len(age.bars)) == ("20", "29", 10)
    assert [bar.asked for bar in age.bars] == pytest.approx([0.1] * 10)
    assert sum(bar.share for bar in age.bars) == pytest.approx(1)


def test_a_skewed_field_has_more_than_one_bar_and_says_how_much_lies_outside(shop: Generated) -> None:
    income = distribution(shop, "customers", "income")

    assert sum(bar.share > 0.02 for bar in income.bars) > 8
    assert 0 < income.others < 0.05
    assert sum(bar.share for bar in income.bars) + income.others == pytest.approx(1)
    assert all(abs(bar.share - (bar.asked or 0.0)) < 0.08 for bar in income.bars)


def test_the_diagram_shows_every_table_field_and_reference_of_a_circle(shop: Generated) -> None:
    drawn = table_diagram(shop.dataset, {"customers": 400, "orders": 800})

    for text in ("customers", "orders", "favourite_id", "paid", "400", "800"):
        assert f">{text}</text>" in drawn
    assert drawn.count("<path") == 2 + 2 * 2
    corners = dict(re.findall(r'<rect x="(\d+)" y="(\d+)"', drawn))
    assert len(corners) == 2
