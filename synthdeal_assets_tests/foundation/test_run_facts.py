"""The last line of a page, which says what run wrote it."""

from __future__ import annotations

import datetime as dt

import pytest

from synthdeal_assets.foundation.publishing.run_facts import RunFacts

RUN = RunFacts("abcd1234", dt.datetime(2026, 11, 20, 2, 30, 59), {"SynthDeal": "0.1.0", "duckdb": "1.5.5"})


@pytest.mark.parametrize(("page", "start"), [(None, "Written"), ("Report 7", "Report 7, written")])
def test_the_line_names_the_minute_the_run_and_every_version(page: str | None, start: str) -> None:
    assert RUN.line(page) == f"{start} 2026-11-20 02:30 UTC by run abcd1234 with SynthDeal 0.1.0, duckdb 1.5.5."
