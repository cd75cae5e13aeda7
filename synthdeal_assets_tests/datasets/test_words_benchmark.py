"""What scores two parsers sees each breach of a request in the files, and nothing else."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Final

import polars as pl
import pytest

from synthdeal_assets_tests.benchmarks.dataset_words import CHECKS, Request, requests, score

SHOP: Final[Request] = {
    "tables": {
        "customers": {"named": "customer|kunde", "rows": 4, "fields": {"email": "mail", "plan": "plan|tarif"}},
        "orders": {"named": "order|bestell", "fields": {"customer": "customer", "ordered": "order", "sent": "sent"}},
    },
    "items": [
        ["unique", "customers.email"],
        ["matches", "customers.email", ".+@.+"],
        ["share", "customers.plan", "gold", 0.25],
        ["missing", "customers.plan", 0],
        ["children", "orders.customer", "customers", 0, 2],
        ["years", "orders.ordered", 2024, 2024],
        ["not_before", "orders.sent", "orders.ordered"],
    ],
}
KUNDEN: Final[dict[str, list[object]]] = {
    "id": [1, 2, 3, 4],
    "E-Mail": ["a@x", "b@x", "c@x", "d@x"],
    "Tarif": ["Gold", "none", "none", "none"],
}
ORDERS: Final[dict[str, list[object]]] = {
    "customer_order_id": [7, 8, 9],
    "customer_id": [1, 1, 4],
    "orderedOn": ["2024-01-05", "2024-01-05", "2024-02-01"],
    "sent": ["2024-01-05", None, "2024-02-01T08:00:00Z"],
}


def _score(folder: Path, kunden: dict[str, list[object]], orders: dict[str, list[object]]) -> set[str]:
    """The items that do not hold."""
    pl.DataFrame(kunden).write_csv(folder / "kunden.csv")
    pl.DataFrame(orders).write_csv(folder / "orders.csv")
    return {item for item, holds in score(SHOP, folder).items() if not holds}


def test_files_that_hold_a_request_hold_each_item_whatever_the_language_of_their_names(tmp_path: Path) -> None:
    assert _score(tmp_path, KUNDEN, ORDERS) == set()


@pytest.mark.parametrize(
    ("table", "column", "cells", "failed"),
    [
        ("kunden", "E-Mail", ["a@x", "a@x", "c@x", "d@x"], "unique customers.email"),
        ("kunden", "E-Mail", ["a@x", "b", "c@x", "d@x"], "matches customers.email .+@.+"),
        ("kunden", "Tarif", ["Gold", "Gold", "Gold", "none"], "share customers.plan gold 0.25"),
        ("kunden", "Tarif", ["Gold", None, "none", "none"], "missing customers.plan 0"),
        ("orders", "customer_id", [1, 1, 1], "children orders.customer customers 0 2"),
        ("orders", "customer_id", [1, 1, 5], "children orders.customer customers 0 2"),
        ("orders", "orderedOn", ["2023-01-05", "2024-01-05", "2024-02-01"], "years orders.ordered 2024 2024"),
        ("orders", "sent", ["2024-01-04", None, "2024-02-01"], "not_before orders.sent orders.ordered"),
        ("orders", "sent", ["soon", None, "2024-02-01"], "not_before orders.sent orders.ordered"),
    ],
)
def test_a_breach_fails_its_item_alone(
    tmp_path: Path, table: str, column: str, cells: list[object], failed: str
) -> None:
    tables = {"kunden": KUNDEN, "orders": ORDERS}
    tables[table] = {**tables[table], column: cells}
    assert _score(tmp_path, tables["kunden"], tables["orders"]) == {failed}


def test_a_folder_without_files_holds_nothing(tmp_path: Path) -> None:
    assert not any(score(SHOP, tmp_path).values())


@pytest.mark.parametrize(
    ("check", "cells", "holds"),
    [
        (("between", 1, 5), ["1", "5.0"], True),
        (("between", 1, 5), ["1", "5.1"], False),
        (("between", 1, 5), ["1", "five"], False),
        (("between", 1, 5), [None, None], False),
        (("missing", 0.2), [None] * 20 + ["a"] * 80, True),
        (("missing", 0.2), [None] * 30 + ["a"] * 70, False),
        (("share", "a", 0.2), ["A"] * 28 + ["ab"] * 72, True),
        (("share", "a", 0.2), ["A"] * 29 + ["ab"] * 71, False),
    ],
)
def test_bounds_are_exact_and_parts_are_within_two_standard_deviations(
    check: tuple[str, object], cells: list[str | None], holds: bool
) -> None:
    name, *expected = check
    assert CHECKS[name](pl.Series(cells, dtype=pl.String), *expected) is holds


def test_dates_are_compared_to_the_day_and_to_the_second() -> None:
    issued, due = pl.Series(["2024-01-31", "01.02.2024"]), pl.Series(["2024-03-01", "02.03.2024"])
    assert CHECKS["days_after"](due, issued, 30)
    assert not CHECKS["days_after"](due, issued, 31)
    same = pl.Series(["2024-01-31 10:00:00"])
    assert CHECKS["after"](pl.Series(["2024-01-31 10:00:01"]), same)
    assert not CHECKS["after"](same, same)


def test_the_ten_requests_name_checks_and_fields_that_there_are() -> None:
    for request in requests():
        fields = {f"{name}.{field}" for name, table in request["tables"].items() for field in table["fields"]}
        for check, *arguments in request["items"]:
            inspect.signature(CHECKS[check]).bind(*arguments)
            assert arguments[0] in fields
            if check in {"after", "not_before", "days_after"}:
                assert arguments[1] in fields
            if check == "children":
                assert arguments[1] in request["tables"]
    assert len(requests()) == 10
