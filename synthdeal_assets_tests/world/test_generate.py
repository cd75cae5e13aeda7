"""The tables of the world as a whole: their shape, their day, and that they depend on nothing else."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from synthdeal_assets.world.generate import (
    INSTRUCTION_SHARE,
    WORLD_TABLES,
    generate_world,
    generate_world_in_chunks,
)
from synthdeal_assets.world.landmark_tables import LANDMARK_TEXTS
from synthdeal_assets.world.salesforce_picklists import RENEWAL
from synthdeal_assets.world.spec import WorldSpec
from synthdeal_assets.world.tables import (
    ACCOUNTS,
    CONTACTS,
    OPPORTUNITIES,
    OPPORTUNITY_CONTACT_ROLES,
    OPPORTUNITY_STAGES,
    USERS,
    WORLD,
)
from synthdeal_assets.world.truth_tables import TRUTH_OPPORTUNITIES
from synthdeal_assets_tests.world.worlds import AS_OF, world


@pytest.mark.parametrize("size", [1, 7, 1000])
@pytest.mark.parametrize("as_of", [dt.date(2022, 1, 1), AS_OF, dt.date(2028, 2, 29), dt.date(2100, 12, 31)])
def test_a_world_holds_exactly_its_size_in_each_of_three_periods_up_to_as_of(size: int, as_of: dt.date) -> None:
    opportunities = world(size, as_of)[OPPORTUNITIES]
    assert opportunities["opportunity_id"].is_unique().all()
    opportunities = opportunities.filter(pl.col("type") != RENEWAL)
    periods_ago = (pl.lit(as_of) - opportunities["created_date"]).dt.total_days() // 364
    assert opportunities.group_by(periods_ago=periods_ago).len().sort("periods_ago").rows() == [
        (ago, size) for ago in range(3)
    ]


def test_every_table_has_its_shape_and_its_order() -> None:
    tables = world(1000)
    assert tuple(tables) == WORLD_TABLES
    for table, frame in tables.items():
        assert_frame_equal(frame, table.conform(frame))
        assert_frame_equal(frame, frame.sort(table.primary_key), check_row_order=True)
        assert frame.select(table.primary_key).is_unique().all()


def test_the_world_says_what_it_was_made_from() -> None:
    row = world(1000)[WORLD].row(0, named=True)
    assert (row["seed"], row["size"], row["as_of"], row["account_names"]) == (42, 1000, AS_OF, "public")


def test_a_world_without_planted_instructions_is_the_same_but_for_their_words() -> None:
    planted = world(1000)
    honest = generate_world(WorldSpec(42, 1000, AS_OF, planted_instructions=False))
    truth, nothing = planted[TRUTH_OPPORTUNITIES], pl.lit(None, dtype=pl.String)
    assert truth["planted_instruction"].drop_nulls().len() > 10
    notes = truth["clean_notes"].fill_null(planted[OPPORTUNITIES]["notes"])
    carriers = truth.filter(pl.col("planted_instruction").is_not_null())["opportunity_id"]
    texts, clean = planted[LANDMARK_TEXTS], honest.pop(LANDMARK_TEXTS)
    is_carrier = texts["opportunity_id"].is_in(carriers.implode())
    assert ((texts["notes"] != clean["notes"]) == is_carrier).all()
    assert is_carrier.any()
    assert_frame_equal(texts.drop("notes"), clean.drop("notes"))
    expected = {
        **planted,
        WORLD: planted[WORLD].with_columns(planted_instructions=pl.lit(value=False)),
        OPPORTUNITIES: planted[OPPORTUNITIES].with_columns(notes=notes),
        TRUTH_OPPORTUNITIES: truth.with_columns(planted_instruction=nothing, clean_notes=nothing),
    }
    for table, frame in honest.items():
        assert_frame_equal(frame, expected[table])


def test_more_planted_instructions_change_nothing_but_the_notes_that_carry_one() -> None:
    spec = WorldSpec(seed=3, size=200, as_of=AS_OF)
    few, many = (
        [*generate_world_in_chunks(spec, periods=1, instruction_share=share)] for share in (INSTRUCTION_SHARE, 0.3)
    )
    words = ("notes", "planted_instruction", "clean_notes")

    carriers = []
    for before, after in zip(few, many, strict=True):
        for table, frame in before.items():
            assert_frame_equal(frame.drop(words, strict=False), after[table].drop(words, strict=False))
        if TRUTH_OPPORTUNITIES in before:
            carriers += [
                {*each[TRUTH_OPPORTUNITIES].drop_nulls("planted_instruction")["opportunity_id"]}
                for each in (before, after)
            ]
    assert len(carriers[0]) * 5 < len(carriers[1])
    assert carriers[0] < carriers[1]


def test_nothing_has_happened_after_as_of_but_what_is_expected() -> None:
    tables = world(1000)
    opportunities = tables[OPPORTUNITIES]
    assert (tables[OPPORTUNITY_STAGES]["entered_date"] <= AS_OF).all()
    assert (opportunities["last_modified_date"] <= AS_OF).all()
    assert (opportunities.filter("is_closed")["close_date"] <= AS_OF).all()


def test_another_seed_is_another_world() -> None:
    one, other = generate_world(WorldSpec(1, 200, AS_OF)), generate_world(WorldSpec(2, 200, AS_OF))
    for table in (ACCOUNTS, OPPORTUNITIES, OPPORTUNITY_STAGES, TRUTH_OPPORTUNITIES):
        assert not one[table].equals(other[table])


FINGERPRINT = """
import datetime as dt, hashlib
from synthdeal_assets.world.generate import generate_world
from synthdeal_assets.world.spec import WorldSpec
for table, frame in generate_world(WorldSpec(42, 300, dt.date(2026, 11, 20))).items():
    print(table.qualified_name, hashlib.sha256(frame.write_csv().encode()).hexdigest())
"""


@pytest.mark.slow
def test_the_same_bytes_come_from_another_process_with_other_hashes_and_fewer_threads() -> None:
    runs = [
        subprocess.run(
            [sys.executable, "-c", FINGERPRINT],
            env={**os.environ, "PYTHONHASHSEED": hash_seed, "POLARS_MAX_THREADS": threads},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for hash_seed, threads in (("1", "2"), ("2", "1"))
    ]
    assert runs[0] == runs[1]
    assert len(runs[0].splitlines()) == len(WORLD_TABLES)


def test_contact_roles_name_two_to_five_people_of_the_account_and_successors_and_one_primary() -> None:
    tables = world(1000)
    roles = tables[OPPORTUNITY_CONTACT_ROLES].join(
        tables[OPPORTUNITIES].select("opportunity_id", "account_id"), on="opportunity_id"
    )
    by_deal = roles.group_by("opportunity_id").agg(pl.len(), pl.col("is_primary").sum())
    assert by_deal.height == tables[OPPORTUNITIES].height
    assert by_deal["len"].is_between(2, 10).all()
    assert by_deal.filter(pl.col("len") <= 5).height > 0.8 * by_deal.height
    assert (by_deal["is_primary"] == 1).all()
    at_account = roles.join(tables[CONTACTS].select("contact_id", home="account_id"), on="contact_id")
    assert (at_account["account_id"] == at_account["home"]).all()


def test_an_owner_works_in_the_region_of_the_account() -> None:
    tables = world(1000)
    deals = tables[OPPORTUNITIES].join(tables[ACCOUNTS], on="account_id", suffix="_of_account")
    deals = deals.join(tables[USERS], left_on="owner_id", right_on="user_id", suffix="_of_owner")
    assert (deals["region"] == deals["region_of_owner"]).all()
    # A closed deal stays with whoever closed it when the account goes to a successor.
    present = deals.filter(~pl.col("is_closed"))
    by_colleague = (present["owner_id"] != present["owner_id_of_account"]).mean()
    assert isinstance(by_colleague, float)
    assert 0.01 < by_colleague < 0.2
