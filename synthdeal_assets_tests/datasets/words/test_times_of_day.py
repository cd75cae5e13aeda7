"""Times of day between two ends, as the pattern of a field."""

from __future__ import annotations

import re
from datetime import date

import pytest

from synthdeal_assets.datasets.types.field_names import type_of_name
from synthdeal_assets.datasets.words.planning import plan_request


@pytest.mark.parametrize(
    ("request_", "field", "first", "last"),
    [
        ("80 kiosks with opening time between 7:05 and 9:30", "opening_time", "07:05", "09:30"),
        ("90 Läden mit Schließzeit zwischen 17:00 und 20:00 Uhr", "schliesszeit", "17:00", "20:00"),
        ("60 farmacias con hora de apertura entre las 8:10 y las 8:40", "hora_de_apertura", "08:10", "08:40"),
    ],
)
def test_every_minute_between_two_times_of_day_may_be_drawn_and_no_other(
    request_: str, field: str, first: str, last: str
) -> None:
    plan = plan_request(request_, as_of=date(2026, 11, 28), type_of_name=type_of_name)
    [pattern] = re.findall(rf'{field}: {{pattern: "(.+)"}}', plan.specification_text())
    every = [f"{minute // 60:02d}:{minute % 60:02d}" for minute in range(24 * 60)]
    assert [one for one in every if re.fullmatch(pattern, one)] == [one for one in every if first <= one <= last]
    assert not plan.not_understood
