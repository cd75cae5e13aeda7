import datetime as dt

import polars as pl
import pytest

from synthdeal_assets.foundation import parallel
from synthdeal_assets.world import contact_tables, generate, market
from synthdeal_assets.world.generate import generate_world, generate_world_in_chunks
from synthdeal_assets.world.organisation import LOOK_BACK_DAYS
from synthdeal_assets.world.spec import WorldSpec

SPEC = WorldSpec(seed=11, size=100, as_of=dt.date(2026, 11, 20))


@pytest.mark.parametrize("cores", [1, 2])
def test_the_rows_do_not_depend_on_the_parts_that_they_are_made_in_or_on_the_cores(
    monkeypatch: pytest.MonkeyPatch, cores: int
) -> None:
    whole = generate_world(SPEC)
    monkeypatch.setattr(parallel, "usable_cores", lambda: cores)
    # Accounts settle in some 15 parts, contracts and people come in some 8 each, and the deals in a dozen.
    monkeypatch.setattr(market, "DEALS_AT_ONCE", 100)
    monkeypatch.setattr(generate, "CONTRACTS_AT_ONCE", 50)
    monkeypatch.setattr(contact_tables, "ACCOUNTS_AT_ONCE", 10)
    chunks = list(generate_world_in_chunks(SPEC, rows_per_chunk=25))
    assert len(chunks) > 20
    for table, frame in whole.items():
        assert pl.concat([chunk[table] for chunk in chunks if table in chunk]).equals(frame), table.qualified_name


def test_no_row_hangs_on_what_has_been_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    forgetful = generate_world(SPEC)
    assert market.REMEMBERED_DAYS < LOOK_BACK_DAYS / 2
    monkeypatch.setattr(market, "REMEMBERED_DAYS", LOOK_BACK_DAYS)
    for table, frame in generate_world(SPEC).items():
        assert frame.equals(forgetful[table]), table.qualified_name
