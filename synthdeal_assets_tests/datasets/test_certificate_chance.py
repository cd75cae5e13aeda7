"""What is drawn is recounted within what chance leaves of it, and what is drawn from something else is found."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from synthdeal_assets.datasets.certificate.cumulated import cumulated_of, quantile
from synthdeal_assets.datasets.certificate.recount import Certificate
from synthdeal_assets.datasets.certificate.statements_of import not_recountable
from synthdeal_assets.datasets.certificate.wording import first_line, text_of
from synthdeal_assets.datasets.spec.grammar import FieldSpec
from synthdeal_assets_tests.datasets.certificate_folder import dataset_of, outcome, recounted

ROWS = 4_000


def random() -> np.random.Generator:
    return np.random.default_rng(12)


def with_values(tmp_path: Path, field: str, values: Any) -> Certificate:
    text = f"dataset: d\ntables:\n  t:\n    rows: {len(values)}\n    fields:\n      a: {{{field}}}\n"
    return recounted(tmp_path, text, {"t": [{"a": each} for each in values.tolist()]})


DRAWS: dict[str, Any] = {
    "uniform: 1 .. 6": lambda draw: draw.integers(1, 7, ROWS),
    "normal: {mean: 21, sd: 2}, decimals: 1": lambda draw: draw.normal(21, 2, ROWS).round(1),
    "lognormal: {median: 24_000, p90: 150_000}": lambda draw: np.exp(
        np.log(24_000) + draw.normal(size=ROWS) * np.log(150 / 24) / 1.2815515655446004
    ).round(2),
    "lognormal: {mean: 10, sd: 30}": lambda draw: np.exp(
        np.log(10) - np.log(10) / 2 + draw.normal(size=ROWS) * np.sqrt(np.log(10))
    ).round(2),
    "exponential: 12": lambda draw: draw.exponential(12, ROWS).round(2),
    "gamma: {mean: 12, sd: 6}": lambda draw: draw.gamma(4, 3, ROWS).round(2),
    "beta: {mean: 0.2, sd: 0.1}, decimals: 4": lambda draw: draw.beta(3, 12, ROWS).round(4),
    "poisson: 1.5": lambda draw: draw.poisson(1.5, ROWS),
    "geometric: 3": lambda draw: draw.geometric(1 / 4, ROWS) - 1,
    "empirical: [5, 20, 60, 500]": lambda draw: np.interp(
        draw.random(ROWS), [0, 1 / 3, 2 / 3, 1], [5, 20, 60, 500]
    ).round(2),
    "normal: {mean: 0, sd: 1}, min: 1": lambda draw: np.array(
        [each for each in draw.normal(size=8 * ROWS).round(2) if each >= 1]
    )[:ROWS],
    "poisson: 2, min: 1, max: 3": lambda draw: np.array([each for each in draw.poisson(2, 4 * ROWS) if 1 <= each <= 3])[
        :ROWS
    ],
    "zipf: {exponent: 1.1, most: 40}": lambda draw: draw.choice(
        np.arange(1, 41), ROWS, p=np.arange(1, 41.0) ** -1.1 / (np.arange(1, 41.0) ** -1.1).sum()
    ),
}


@pytest.mark.parametrize("field", DRAWS)
def test_draws_from_the_distribution_hold_and_others_do_not(tmp_path: Path, field: str) -> None:
    values = DRAWS[field](random())
    certificate = with_values(tmp_path / "good", field, values)
    assert certificate.holds, text_of(certificate)
    # Every second value stands where a fifth of all are: inside all bounds, and no draw of it.
    heaped = np.where(np.arange(len(values)) % 2 == 0, np.sort(values)[len(values) // 5], values)
    found = outcome(with_values(tmp_path / "bad", field, heaped), "t", "a", "distribution")
    assert not found.held
    assert found.against > 100


@pytest.mark.parametrize(
    ("written", "value", "share"),
    [
        # Abramowitz and Stegun, Handbook of Mathematical Functions: tables 26.1, 26.7, 26.8 and closed forms.
        ({"normal": {"mean": "0", "sd": "1"}}, 1.0, 0.841344746068543),
        ({"gamma": {"mean": "3", "sd": "1.7320508075688772"}}, 2.0, 0.323323583816937),
        ({"gamma": {"mean": "0.5", "sd": "0.7071067811865476"}}, 0.5, 0.682689492137086),
        ({"gamma": {"mean": "3", "sd": "1.7320508075688772"}}, 9.0, 0.993767804875935),
        ({"beta": {"mean": "0.5", "sd": "0.3535533905932738"}}, 0.25, 1 / 3),
        ({"beta": {"mean": "0.2", "sd": "0.1"}}, 0.3, 0.8392),
        ({"poisson": "5"}, 3, 0.265025915297362),
        ({"geometric": "1"}, 2, 0.875),
        ({"empirical": ["0", "0", "10"]}, 0.0, 0.5),
        ({"empirical": ["0", "0", "10"]}, 5.0, 0.75),
    ],
)
def test_shares_of_distributions_are_those_of_tables(written: dict[str, Any], value: float, share: float) -> None:
    cumulated = cumulated_of(FieldSpec.model_validate(written))
    assert cumulated is not None
    assert cumulated(value) == pytest.approx(share, abs=1e-9 if share != 0.8392 else 1e-4)


def test_a_quantile_is_found_by_halves() -> None:
    cumulated = cumulated_of(FieldSpec.model_validate({"exponential": "1"}))
    assert cumulated is not None
    assert quantile(cumulated, 0.5, 0, 100) == pytest.approx(np.log(2))


CORRELATED = """
dataset: d
tables:
  p:
    rows: 2_000
    fields:
      id: {key: integer}
      size: {normal: {mean: 0, sd: 1}}
  t:
    rows: {per: p, count: 2}
    fields:
      p_id: {refers_to: p}
      a: {uniform: 0 .. 1, decimals: 9}
      b: {uniform: 0 .. 1, decimals: 9}
    rank_correlation: {a ~ b: 0.6, b ~ p_id.size: 0}
"""


def test_a_rank_correlation_is_recounted_and_shuffled_columns_are_found(tmp_path: Path) -> None:
    draw = random()
    strength = 2 * np.sin(np.pi * 0.6 / 6)
    one = draw.normal(size=ROWS)
    other = strength * one + np.sqrt(1 - strength**2) * draw.normal(size=ROWS)
    ranks = [np.argsort(np.argsort(each)) / ROWS for each in (one, other)]
    parents = [{"id": row + 1, "size": float(size)} for row, size in enumerate(draw.normal(size=2_000).round(2))]

    def tables(b: Any) -> dict[str, list[dict[str, Any]]]:
        pairs = zip(ranks[0].tolist(), b.tolist(), strict=True)
        return {"p": parents, "t": [{"p_id": row // 2 + 1, "a": a, "b": b} for row, (a, b) in enumerate(pairs)]}

    certificate = recounted(tmp_path / "good", CORRELATED, tables(ranks[1]))
    assert certificate.holds, text_of(certificate)
    (found,) = (each for each in certificate.outcomes if each.promise.sentence.endswith("with p_id.size is 0"))
    least, _, most = found.expected.partition(" to ")
    # Two children have the same parent, so that only 2,000 rows count.
    assert (float(least), float(most)) == pytest.approx((-0.138, 0.138), abs=0.001)
    shuffled = recounted(tmp_path / "bad", CORRELATED, tables(draw.permutation(ranks[1])))
    assert [each.promise.kind for each in shuffled.against] == ["correlation"]


CHILDREN = """
dataset: d
tables:
  p: {{rows: 3_000, fields: {{id: {{key: integer}}}}}}
  t:
    rows: {{per: p, count: {count}}}
    fields: {{p_id: {{refers_to: p}}}}
"""


@pytest.mark.parametrize(
    ("count", "numbers"),
    [
        ("{poisson: 2}", lambda draw: draw.poisson(2, 3_000)),
        ("{geometric: 1}", lambda draw: draw.geometric(0.5, 3_000) - 1),
        ("{uniform: 1 .. 3}", lambda draw: draw.integers(1, 4, 3_000)),
    ],
)
def test_numbers_of_children_are_recounted(tmp_path: Path, count: str, numbers: Any) -> None:
    text = CHILDREN.format(count=count)
    parents = [{"id": row + 1} for row in range(3_000)]

    def children(each: Any) -> list[dict[str, Any]]:
        return [{"p_id": row + 1} for row in np.repeat(np.arange(3_000), each).tolist()]

    drawn = numbers(random())
    certificate = recounted(tmp_path / "good", text, {"p": parents, "t": children(drawn)})
    assert certificate.holds, text_of(certificate)
    evened = recounted(tmp_path / "bad", text, {"p": parents, "t": children(np.full(3_000, 2))})
    assert [each.promise.kind for each in evened.against] == ["distribution"]


def test_the_most_popular_rows_are_recounted(tmp_path: Path) -> None:
    text = """
dataset: d
tables:
  p: {rows: 50, fields: {id: {key: integer}}}
  t: {rows: 4_000, fields: {p_id: {refers_to: p, popularity: {zipf: 1.1}}}}
"""
    draw, weights = random(), np.arange(1, 51.0) ** -1.1
    parents = [{"id": row + 1} for row in range(50)]
    popular = draw.permutation(50)[draw.choice(50, ROWS, p=weights / weights.sum())]
    certificate = recounted(tmp_path / "good", text, {"p": parents, "t": [{"p_id": int(at) + 1} for at in popular]})
    assert certificate.holds, text_of(certificate)
    even = [{"p_id": row % 50 + 1} for row in range(ROWS)]
    (found,) = recounted(tmp_path / "bad", text, {"p": parents, "t": even}).against
    assert (found.promise.kind, found.measured) == ("popularity", "the most popular in 80 of 4,000")


def test_what_files_do_not_show_is_named_in_the_first_line(tmp_path: Path) -> None:
    text = """
dataset: d
tables:
  p: {rows: 2, fields: {id: {key: integer}}}
  t:
    rows: {per: p, count: {poisson: 2}, total: 2}
    fields:
      p_id: {refers_to: p}
      q_id: {refers_to: p, distinct: p_id, popularity: {zipf: 1}}
      a: {uniform: 0 .. 9, decimals: 0}
      b: {formula: a + 1}
      c: {normal: {mean: 0, sd: 1}}
      d: {poisson: 3}
      e: {uniform: 0 .. 9, decimals: 0, when: c > 0}
    rules: [b <= 9]
    totals: [{field: d, total: 6}]
    correlation: {c ~ a: 0.5}
    rank_correlation: {e ~ c: 0.3}
"""
    assert not_recountable(dataset_of(text)) == [
        "the distribution of the numbers of t, which their total moves",
        "the rank correlation of t.e with c, as `when` chooses the rows in which both are there",
        "the correlation of t.c with a, which a few large values decide",
        "the popularity of t.q_id, which `distinct: p_id` evens out",
        "the distribution of t.a, which rule 1 of t bounds as well",
        "the distribution of t.d, which a total scales as well",
        "the distribution of t.e, as the rows of its `when` go with its values",
    ]
    rows = [{"p_id": row, "q_id": row, "a": row, "b": row + 1, "c": 0.5, "d": 3, "e": 4} for row in (1, 2)]
    certificate = recounted(tmp_path, text, {"p": [{"id": 1}, {"id": 2}], "t": rows})
    assert certificate.holds, text_of(certificate)
    assert first_line(certificate) == (
        f"{certificate.held} of {certificate.held} promises held; not checked: "
        f"{'; '.join(certificate.not_checked[:5])}; and 2 more."
    )


@pytest.mark.parametrize(("total", "said"), [(6, []), (7, ["the shares of the numbers of t, which their total moves"])])
def test_shares_of_numbers_of_children_stand_under_the_total_that_they_give(
    tmp_path: Path, total: int, said: list[str]
) -> None:
    text = f"""
dataset: d
tables:
  p: {{rows: 2, fields: {{id: {{key: integer}}}}}}
  t: {{rows: {{per: p, count: {{1: 50%, 5: 50%}}, total: {total}}}, fields: {{p_id: {{refers_to: p}}}}}}
"""
    assert not_recountable(dataset_of(text)) == said
    rows = [{"p_id": 1 if place == 0 else 2} for place in range(total)]
    assert recounted(tmp_path / "good", text, {"p": [{"id": 1}, {"id": 2}], "t": rows}).holds
    rows[1]["p_id"] = 1
    certificate = recounted(tmp_path / "moved", text, {"p": [{"id": 1}, {"id": 2}], "t": rows})
    assert [each.promise.kind for each in certificate.against] == ([] if said else ["children"])


SERIES = """
dataset: d
tables:
  s: {rows: 2, fields: {id: {key: integer}, base: {uniform: 10 .. 20, decimals: 1}}}
  t:
    rows: {per: s, every: hour, from: 2025-03-01, to: 2025-04-30, time_zone: Europe/Berlin}
    key: [s_id, at]
    fields:
      s_id: {refers_to: s}
      at: {time_of: row}
      a:
        series:
          level: s_id.base
          trend: 3 per month
          daily: {amplitude: 4, peak: "15:00"}
          weekly: {Sat: -2, Sun: -2}
          noise: {sd: 0.6, memory: 0.8}
        decimals: 2
      b: {series: {level: 7, trend: 2.4 per day}, decimals: 1}
"""


def series(memory: float = 0.8) -> dict[str, list[dict[str, Any]]]:
    """Two series with the clock change of March, worked out from Python's calendar."""
    berlin, utc = ZoneInfo("Europe/Berlin"), ZoneInfo("UTC")
    start = datetime(2025, 3, 1, tzinfo=berlin).astimezone(utc)
    hours = int((datetime(2025, 5, 1, tzinfo=berlin).astimezone(utc) - start) / timedelta(hours=1))
    draw, rows = random(), []
    for sensor, base in ((1, 12.5), (2, 18.0)):
        noise = draw.normal() * 0.6
        for hour in range(hours):
            at = (start + timedelta(hours=hour)).astimezone(berlin)
            passed = (at.replace(tzinfo=None) - datetime(at.year, at.month, 1)) / timedelta(days=31 - (at.month == 4))
            turns = (at.hour + at.minute / 60 - 15) / 24
            course = base + 3 * (at.month - 3 + passed) + 4 * np.cos(2 * np.pi * turns) - 2 * (at.weekday() >= 5)
            rows.append(
                {"s_id": sensor, "at": at, "a": round(float(course + noise), 2), "b": round(7 + 2.4 * hour / 24, 1)}
            )
            noise = memory * noise + draw.normal() * 0.6 * np.sqrt(1 - memory**2)
    return {"s": [{"id": 1, "base": 12.5}, {"id": 2, "base": 18.0}], "t": rows}


def test_a_series_is_recounted_over_a_clock_change(tmp_path: Path) -> None:
    certificate = recounted(tmp_path, SERIES, series())
    assert certificate.holds, text_of(certificate)
    assert not certificate.not_checked


def test_a_value_off_its_course_is_named(tmp_path: Path) -> None:
    tables = series()
    tables["t"][100]["b"] += 0.1
    tables["t"][100]["a"] += 7
    certificate = recounted(tmp_path, SERIES, tables)
    assert [(each.promise.field, each.promise.kind, each.keys) for each in certificate.against] == [
        (field, "course", ("1, 2025-03-05 03:00:00+00",)) for field in ("a", "b")
    ]


def test_noise_without_memory_is_found(tmp_path: Path) -> None:
    (found,) = recounted(tmp_path, SERIES, series(memory=0.0)).against
    assert (found.promise.field, found.promise.kind) == ("a", "noise")


def test_the_course_of_a_series_that_is_cut_is_named() -> None:
    cut = SERIES.replace("decimals: 2", "decimals: 2\n        min: 0")
    assert not_recountable(dataset_of(cut)) == ["the course of t.a over time, which `min` and `max` cut"]
