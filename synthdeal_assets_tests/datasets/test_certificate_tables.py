"""Calendars, totals, life cycles, types and blemishes are recounted from files, and one changed cell is found."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from synthdeal_assets.datasets.certificate.exact_shares import exact_counts
from synthdeal_assets.datasets.certificate.wording import text_of
from synthdeal_assets_tests.datasets.certificate_folder import Rows, broken, outcome, recounted

BERLIN = ZoneInfo("Europe/Berlin")
HOURS = """
dataset: sensors
tables:
  sensors: {rows: 2, fields: {sensor_id: {key: "S{:02d}"}}}
  readings:
    rows: {per: sensors, every: hour, from: 2025-03-30, to: 2025-03-30, time_zone: Europe/Berlin}
    key: [sensor_id, at]
    fields:
      sensor_id: {refers_to: sensors}
      at: {time_of: row}
      early: {formula: "case when extract(hour from at) < 6 then 1 else 0 end"}
"""


def readings() -> dict[str, Rows]:
    """The 23 hours of a day on which the clocks go forward, for two sensors."""
    midnight = datetime(2025, 3, 30, tzinfo=BERLIN).astimezone(ZoneInfo("UTC"))
    hours = [(midnight + timedelta(hours=hour)).astimezone(BERLIN) for hour in range(23)]
    return {
        "sensors": [{"sensor_id": "S01"}, {"sensor_id": "S02"}],
        "readings": [
            {"sensor_id": sensor, "at": hour, "early": int(hour.hour < 6)}
            for sensor in ("S01", "S02")
            for hour in hours
        ],
    }


@pytest.mark.parametrize("extension", ["parquet", "csv", "jsonl"])
def test_every_hour_of_a_day_with_a_clock_change_is_there(tmp_path: Path, extension: str) -> None:
    certificate = recounted(tmp_path, HOURS, readings(), extension)
    assert certificate.holds, text_of(certificate)


@pytest.mark.parametrize("extension", ["parquet", "csv"])
def test_an_hour_that_is_missing_and_one_too_many_are_named(tmp_path: Path, extension: str) -> None:
    tables = readings()
    del tables["readings"][24]
    certificate = recounted(tmp_path / "less", HOURS, tables, extension)
    assert broken(certificate) == [("readings", "at", "calendar")]
    assert certificate.against[0].keys == ("S02 2025-03-30 00:00:00+00",)
    tables = readings()
    tables["readings"][24]["at"] += timedelta(minutes=1)
    certificate = recounted(tmp_path / "moved", HOURS, tables, extension)
    assert [(each.promise.kind, each.against) for each in certificate.against] == [("calendar", 2)]


@pytest.mark.parametrize(
    ("every", "to", "zone", "points"),
    [
        ("day", "2025-04-02", "Europe/Berlin", [f"2025-{day}" for day in ("03-30", "03-31", "04-01", "04-02")]),
        ("2 weeks", "2025-04-13", "Europe/Berlin", ["2025-03-30", "2025-04-13"]),
        ("month", "2025-06-30", "Europe/Berlin", ["2025-03-30", "2025-04-30", "2025-05-30", "2025-06-30"]),
        ("quarter", "2025-12-31", "UTC", ["2025-03-30", "2025-06-30", "2025-09-30", "2025-12-30"]),
    ],
)
def test_days_weeks_months_and_quarters_begin_at_local_midnight(
    tmp_path: Path, every: str, to: str, zone: str, points: list[str]
) -> None:
    text = f"""
dataset: calendar
tables:
  t:
    rows: {{every: {every}, from: 2025-03-30, to: {to}, time_zone: {zone}}}
    fields: {{at: {{time_of: row}}}}
"""
    rows = [{"at": datetime.combine(date.fromisoformat(day), datetime.min.time(), ZoneInfo(zone))} for day in points]
    assert recounted(tmp_path / "all", text, {"t": rows}).holds
    assert broken(recounted(tmp_path / "less", text, {"t": rows[:-1]})) == [("t", "at", "calendar")]


TOTALS = """
dataset: totals
tables:
  t:
    rows: 6
    fields:
      id: {key: integer}
      day: {date: 2025-01-01 .. 2025-03-31}
      category: {one_of: {Books: 50%, Toys: 50%}}
      amount: {uniform: 1 .. 500, decimals: 2}
      pieces: {poisson: 3}
    totals:
      - {field: amount, by: month of day, from: 100.00, to: 300.01}
      - {field: amount, by: category, shares: {Books: 60%, Toys: 40%}}
      - {field: pieces, total: 21}
"""


def amounts() -> dict[str, Rows]:
    """Months of 100.00, 200.01 and 300.01, each 60% books to the nearest cent."""
    parts = [("60.00", "40.00"), ("120.01", "80.00"), ("180.01", "120.00")]
    rows = [
        {
            "id": 2 * month + place + 1,
            "day": date(2025, month + 1, 10 + place),
            "category": category,
            "amount": Decimal(parts[month][place]),
            "pieces": 1 + 2 * month + place,
        }
        for month in range(3)
        for place, category in enumerate(("Books", "Toys"))
    ]
    return {"t": rows}


def test_totals_hold_to_the_cent_in_every_group(tmp_path: Path) -> None:
    certificate = recounted(tmp_path, TOTALS, amounts())
    assert certificate.holds, text_of(certificate)
    assert [each.measured for each in certificate.outcomes if each.promise.kind == "total"] == [
        "2025-01: 100.00, 2025-02: 200.01, 2025-03: 300.01",
        "2025-01 Books: 60.00, 2025-01 Toys: 40.00, 2025-02 Books: 120.01, 2025-02 Toys: 80.00, 2025-03 Books: 180.01",
        "21",
    ]


def test_a_cent_in_a_group_and_a_cent_between_groups_are_found(tmp_path: Path) -> None:
    more = amounts()
    more["t"][2]["amount"] += Decimal("0.01")
    certificate = recounted(tmp_path / "more", TOTALS, more)
    month, share = (each for each in certificate.against)
    assert (month.keys, month.measured, month.expected) == (("2025-02",), "2025-02: 200.02", "2025-02: 200.01")
    assert share.keys == ("2025-02 Books", "2025-02 Toys")
    moved = amounts()
    moved["t"][2]["amount"] += Decimal("0.01")
    moved["t"][3]["amount"] -= Decimal("0.01")
    certificate = recounted(tmp_path / "moved", TOTALS, moved)
    assert [each.keys for each in certificate.against] == [("2025-02 Books", "2025-02 Toys")]


def test_a_piece_more_breaks_a_total_of_the_whole_table(tmp_path: Path) -> None:
    tables = amounts()
    tables["t"][5]["pieces"] += 1
    (found,) = recounted(tmp_path, TOTALS, tables).against
    assert (found.promise.field, found.measured, found.expected) == ("pieces", "22", "21")


def test_totals_by_quarter_year_and_week_are_named_as_in_the_specification(tmp_path: Path) -> None:
    text = """
dataset: totals
tables:
  t:
    rows: 3
    fields:
      day: {date: 2024-12-01 .. 2025-03-31}
      a: {uniform: 1 .. 9, decimals: 1}
      b: {uniform: 1 .. 9, decimals: 1}
      c: {uniform: 1 .. 9, decimals: 1}
    totals:
      - {field: a, by: quarter of day, each: {2024-Q4: 5.5, 2025-Q1: 9}}
      - {field: b, by: year of day, each: {2024: 5.5, 2025: 9}}
      - {field: c, by: week of day, each: {2025-W01: 10, 2025-W13: 4.5}}
"""
    days = (date(2024, 12, 30), date(2025, 1, 1), date(2025, 3, 30))
    tenths = (Decimal("5.5"), Decimal("4.5"), Decimal("4.5"))
    rows: Rows = [{"day": day, **dict.fromkeys("abc", amount)} for day, amount in zip(days, tenths, strict=True)]
    certificate = recounted(tmp_path / "good", text, {"t": rows})
    assert certificate.holds, text_of(certificate)
    rows[0]["day"] = date(2024, 12, 29)
    certificate = recounted(tmp_path / "moved", text, {"t": rows})
    assert broken(certificate) == [("t", "c", "total")]
    assert certificate.against[0].keys == ("2025-W01", "2024-W52")


CYCLE = """
dataset: orders
tables:
  orders:
    rows: 5
    fields:
      id: {key: integer}
      placed_at: {date: 2025-01-01 .. 2025-12-31}
      shipped_at: {date: 2025-01-01 .. 2025-12-31}
      delivered_at: {date: 2025-01-01 .. 2025-12-31}
    lifecycle:
      field: status
      from: placed
      paths: {placed: [shipped, cancelled], shipped: [delivered]}
      times: {placed: placed_at, shipped: shipped_at, delivered: delivered_at}
      shares: {placed: 20%, shipped: 20%, delivered: 20%, cancelled: 40%}
"""


def orders() -> dict[str, Rows]:
    """One order in each state, two cancelled."""
    states = ("placed", "shipped", "delivered", "cancelled", "cancelled")
    rows: Rows = [
        {
            "id": number,
            "status": state,
            "placed_at": date(2025, 1, number),
            "shipped_at": date(2025, 2, number) if state in ("shipped", "delivered") else None,
            "delivered_at": date(2025, 3, number) if state == "delivered" else None,
        }
        for number, state in enumerate(states, 1)
    ]
    return {"orders": rows}


def test_a_life_cycle_holds(tmp_path: Path) -> None:
    certificate = recounted(tmp_path, CYCLE, orders())
    assert certificate.holds, text_of(certificate)


@pytest.mark.parametrize(
    ("row", "field", "value", "kinds"),
    [
        (2, "delivered_at", date(2025, 1, 20), ["life cycle"]),
        (4, "shipped_at", date(2025, 2, 20), ["life cycle"]),
        (2, "shipped_at", None, ["life cycle"]),
        (0, "status", "shipped", ["share", "life cycle"]),
        (4, "status", "lost", ["values", "life cycle"]),
    ],
)
def test_a_row_off_its_life_cycle_is_named(
    tmp_path: Path, row: int, field: str, value: object, kinds: list[str]
) -> None:
    tables = orders()
    tables["orders"][row][field] = value
    certificate = recounted(tmp_path, CYCLE, tables)
    assert [each.promise.kind for each in certificate.against] == kinds
    assert certificate.against[-1].keys == (f"{row + 1}",)


def test_values_of_types_and_what_agrees_with_them_are_recounted(tmp_path: Path) -> None:
    text = """
dataset: people
tables:
  t:
    rows: 1
    fields:
      country: place.country
      region: place.region
      city: place.city
      email: person.email
"""
    row = {"country": "Germany", "region": "Bavaria", "city": "Munich", "email": "eva.weber@shop.example"}
    assert recounted(tmp_path / "good", text, {"t": [row]}).holds
    bad: dict[str, tuple[str, set[str]]] = {
        "email": ("eva weber", {"type"}),
        "city": ("Tokyo", {"agreement"}),
        "country": ("Nowhere", {"type", "agreement"}),
    }
    for field, (value, kinds) in bad.items():
        certificate = recounted(tmp_path / field, text, {"t": [row | {field: value}]})
        assert {each.promise.kind for each in certificate.against} == kinds, text_of(certificate)


def test_with_a_value_that_is_missing_nothing_has_to_agree(tmp_path: Path) -> None:
    text = """
dataset: people
tables:
  t:
    rows: 2
    fields:
      country: {type: place.country, missing: 50%}
      city: {type: place.city, missing: 50%}
      zone: place.time_zone
"""
    rows = [
        {"country": None, "city": "Munich", "zone": "Europe/Berlin"},
        {"country": "Germany", "city": None, "zone": "Europe/Berlin"},
    ]
    certificate = recounted(tmp_path / "good", text, {"t": rows})
    assert certificate.holds, text_of(certificate)
    rows[1]["zone"] = "Asia/Tokyo"
    certificate = recounted(tmp_path / "bad", text, {"t": rows})
    assert [each.promise.sentence for each in certificate.against] == ["`zone` of t agrees with `country`"]


def test_what_an_option_of_a_type_says_is_recounted(tmp_path: Path) -> None:
    text = """
dataset: people
tables:
  a: {rows: 1, fields: {id: {key: integer}, web: company.domain, land: {one_of: [Germany]}}}
  t:
    rows: 1
    fields:
      a_id: {refers_to: a}
      email: {type: person.email, domain: a_id.web}
      city: {type: place.city, country: a_id.land}
      country: place.country
"""
    rows: dict[str, Rows] = {
        "a": [{"id": 1, "web": "shop.example", "land": "Germany"}],
        "t": [{"a_id": 1, "email": "eva@shop.example", "city": "Munich", "country": "Germany"}],
    }
    certificate = recounted(tmp_path / "good", text, rows)
    assert certificate.holds, text_of(certificate)
    assert "`email` of t agrees with `a_id.web`" in [each.promise.sentence for each in certificate.outcomes]
    rows["t"] = [{"a_id": 1, "email": "eva@other.example", "city": "Tokyo", "country": "Japan"}]
    certificate = recounted(tmp_path / "bad", text, rows)
    assert {each.promise.sentence for each in certificate.against} >= {
        "`email` of t agrees with `a_id.web`",
        "`city` of t agrees with `a_id.land`",
    }


def test_a_cell_that_a_condition_cannot_work_with_is_no_end_of_the_recount(tmp_path: Path) -> None:
    text = """
dataset: people
tables:
  t:
    rows: 1
    fields: {size: company.size_class, employees: company.employees, n: {uniform: 1 .. 9, decimals: 0}}
"""
    rows: Rows = [{"size": "11-50", "employees": 20, "n": 1}]
    assert recounted(tmp_path / "good", text, {"t": rows}).holds
    certificate = recounted(tmp_path / "bad", text, {"t": [rows[0] | {"size": "eleven", "n": 10}]})
    assert {each.promise.kind for each in certificate.against} == {"type", "agreement", "bounds"}
    found = outcome(certificate, "t", "size", "agreement")
    assert "Could not convert string 'eleven'" in found.measured


DIRTY = """
dataset: dirty
tables:
  t:
    rows: 10
    fields:
      id: {key: integer}
      amount: {uniform: 10 .. 20, decimals: 2}
      on: {date: 2025-01-01 .. 2025-12-31}
      name: {one_of: [Anna, Bert]}
    rules: [amount <= 20]
    blemishes:
      duplicates: 10%
      amount: {outliers: 10%, by: 6 sd, break: true}
      on: {format_drift: 10%}
      name: {typo: 10%, stray_blanks: 10%, missing: 10%}
"""


def dirty() -> dict[str, Rows]:
    """Ten rows with six blemishes, each recorded."""
    rows: Rows = [
        {
            "id": place + 1,
            "amount": Decimal("10.10") + place,
            "on": f"2025-05-{place + 1:02d}",
            "name": ("Anna", "Bert")[place % 2],
        }
        for place in range(10)
    ]
    recorded: Rows = []

    def record(place: int, field: str | None, kind: str, value: Any) -> None:
        clean = None if field is None else str(rows[place][field])
        recorded.append(
            {"table": "t", "row": len(rows) + 1 if field is None else place + 1, "key": str(place + 1)}
            | {"field": field, "kind": kind, "clean_value": clean}
        )
        if field is not None:
            rows[place][field] = value

    record(0, "amount", "outliers", Decimal("99.00"))
    record(1, "on", "format_drift", "02/05/2025")
    record(2, "name", "typo", "Ana")
    record(3, "name", "stray_blanks", "Bert ")
    record(4, "name", "missing", None)
    record(3, None, "duplicates", None)
    rows.append(dict(rows[3]))
    return {"t": rows, "_blemishes": recorded}


@pytest.mark.parametrize("extension", ["parquet", "csv", "jsonl"])
def test_what_is_dirty_on_purpose_breaks_no_promise(tmp_path: Path, extension: str) -> None:
    certificate = recounted(tmp_path, DIRTY, dirty(), extension)
    assert certificate.holds, text_of(certificate)


def test_what_is_dirty_but_not_recorded_breaks_its_promise(tmp_path: Path) -> None:
    tables = dirty()
    tables["t"][7]["name"] = "Brt"
    certificate = recounted(tmp_path, DIRTY, tables)
    assert [(each.promise.kind, each.keys) for each in certificate.against if each.keys] == [("values", ("8",))]


@pytest.mark.parametrize(
    ("row", "field", "value", "key"),
    [
        (0, "amount", Decimal("10.10"), "1"),
        (0, "amount", Decimal("20.50"), "1"),
        (1, "on", "2025-05-02", "2"),
        (2, "name", "Anna", "3"),
        (2, "name", "Zacharias", "3"),
        (4, "name", "Anna", "5"),
        (10, "amount", Decimal("11.00"), "4"),
    ],
)
def test_a_blemish_that_is_not_there_is_named(tmp_path: Path, row: int, field: str, value: object, key: str) -> None:
    tables = dirty()
    tables["t"][row][field] = value
    certificate = recounted(tmp_path, DIRTY, tables)
    assert [(each.promise.kind, each.keys) for each in certificate.against] == [("blemished", (key,))]


@pytest.mark.parametrize(
    ("changed", "kinds"),
    [
        ({"key": "9"}, ["blemished"]),
        ({"kind": "wrong_case"}, ["blemishes", "blemished"]),
        ({"clean_value": "Bertha"}, ["values", "blemished"]),
    ],
)
def test_records_of_blemishes_are_checked(tmp_path: Path, changed: dict[str, str], kinds: list[str]) -> None:
    tables = dirty()
    tables["_blemishes"][3] |= changed
    certificate = recounted(tmp_path, DIRTY, tables)
    found = [each.promise.kind for each in certificate.against if each.promise.kind != "share"]
    assert list(dict.fromkeys(found)) == kinds, text_of(certificate)


def test_a_file_of_blemishes_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    tables = dirty()
    del tables["_blemishes"]
    certificate = recounted(tmp_path, DIRTY, tables)
    assert certificate.problems == ("There is no file _blemishes.parquet.",)
    assert outcome(certificate, "t", None, "rows").measured == "11"


def test_shares_are_stated_as_the_engine_keeps_them() -> None:
    """The nearest whole number to what all shares so far have together, half a row counting as one."""
    thirds = [Fraction(1, 3)] * 3
    assert exact_counts(thirds, 10) == [3, 4, 3]
    assert exact_counts([Fraction(1, 2), Fraction(1, 2)], 1) == [1, 0]
    assert exact_counts([Fraction(1, 20), Fraction(19, 20)], 5_000) == [250, 4_750]


HOSTILE = """
dataset: files
tables:
  file:
    rows: 2
    fields:
      key: {key: integer}
      owner: {uniform: 1 .. 9, decimals: 0}
      called: {sum: points.more}
      found: {refers_to: points, among: own}
  points:
    rows: {per: file, count: 2}
    key: [parent, value]
    fields:
      row: {key: integer}
      parent: {refers_to: file}
      value: {refers_to: recorded, distinct: parent}
      times: {refers_to: recorded, popularity: {zipf: 1}}
      more: {uniform: 1 .. 9, decimals: 0, unique: true}
      label: {one_of: [a, b, c, d, e, f, g, h, i, j, k, l, m, n]}
      repeated: {normal: {mean: 0, sd: 1}, missing: 25%}
    totals: [{field: more, by: label, each: {a: 1, b: 2, c: 3, d: 4}}]
    rank_correlation: {repeated ~ parent.owner: 0}
    blemishes: {duplicates: 25%, label: {typo: 25%, break: true}}
  recorded: {rows: 2, fields: {number: {key: integer}, against: {flag: 50%}, dirty: {flag: 50%}}}
"""


def test_names_of_tables_and_fields_do_not_meet_those_of_queries(tmp_path: Path) -> None:
    rows = [
        {"row": place + 1, "parent": place // 2 + 1, "value": place % 2 + 1, "times": 1, "more": place + 1}
        | {"label": "abcd"[place], "repeated": (0.5, -0.5, 0.1, None)[place]}
        for place in range(4)
    ]
    tables: dict[str, Rows] = {
        "file": [{"key": 1, "owner": 1, "called": 3, "found": 1}, {"key": 2, "owner": 2, "called": 7, "found": 3}],
        "points": [*rows, dict(rows[3])],
        "recorded": [{"number": 1, "against": True, "dirty": True}, {"number": 2, "against": False, "dirty": False}],
        "_blemishes": [
            {"table": "points", "row": 5, "key": "2, 2", "field": None, "kind": "duplicates", "clean_value": None},
            {"table": "points", "row": 1, "key": "1, 1", "field": "label", "kind": "typo", "clean_value": "a"},
        ],
    }
    tables["points"][0]["label"] = "aa"
    certificate = recounted(tmp_path, HOSTILE, tables)
    # Fourteen values in equal shares cannot be in four rows.
    assert [each.promise.kind for each in certificate.against] == ["share"], text_of(certificate)
