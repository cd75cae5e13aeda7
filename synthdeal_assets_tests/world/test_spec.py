"""Which world a run makes, when a request, settings, the warehouse and the defaults disagree."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from synthdeal_assets.settings import Settings
from synthdeal_assets.world.made_with import GENERATOR_VERSION
from synthdeal_assets.world.spec import WorldRequest, WorldSpec, resolve_spec
from synthdeal_assets_tests.failure_codes import failing_with

TODAY = dt.date(2026, 11, 20)


def test_the_first_run_makes_the_default_world_of_today() -> None:
    assert resolve_spec(WorldRequest(), Settings(), None, TODAY) == WorldSpec(42, 500, TODAY, "public")


def test_a_wish_beats_a_setting_and_a_setting_beats_the_default() -> None:
    settings = Settings(seed=7, opportunities=80, as_of=dt.date(2026, 1, 5), account_names="fictional")
    assert resolve_spec(WorldRequest(), settings, None, TODAY) == WorldSpec(7, 80, dt.date(2026, 1, 5), "fictional")
    asked = WorldRequest(as_of="2026-02-06", opportunities=90, seed=8, account_names="public")
    assert resolve_spec(asked, settings, None, TODAY) == WorldSpec(8, 90, dt.date(2026, 2, 6), "public")


def test_the_world_in_the_warehouse_goes_on_when_nobody_asks_for_another() -> None:
    existing = WorldSpec(7, 80, dt.date(2026, 11, 19), "fictional")
    assert resolve_spec(WorldRequest(), Settings(), existing, TODAY) == WorldSpec(7, 80, TODAY, "fictional")


@pytest.mark.parametrize(
    "wish", [{"seed": 8}, {"opportunities": 81}, {"account_names": "public"}, {"planted_instructions": False}]
)
def test_another_world_is_refused_and_both_are_named(wish: dict[str, Any]) -> None:
    existing = WorldSpec(7, 80, dt.date(2026, 11, 19), "fictional")
    with failing_with("world.differs", naming="seed 7, 80 opportunities, fictional") as refused:
        resolve_spec(WorldRequest(**wish), Settings(), existing, TODAY)
    named = "no planted instructions" if "planted_instructions" in wish else str(next(iter(wish.values())))
    assert named in str(refused.value)


@pytest.mark.parametrize(
    ("asked", "settings"),
    [(WorldRequest(seed=8, replace_world=True), Settings()), (WorldRequest(seed=8), Settings(replace_world=True))],
)
def test_another_world_takes_the_place_when_that_is_allowed(asked: WorldRequest, settings: Settings) -> None:
    existing = WorldSpec(7, 80, dt.date(2026, 11, 19), "fictional")
    assert resolve_spec(asked, settings, existing, TODAY) == WorldSpec(8, 80, TODAY, "fictional")


def test_a_world_of_another_generator_is_refused_before_anything_else_and_may_be_replaced() -> None:
    existing = WorldSpec(7, 80, dt.date(2026, 11, 19), "fictional", generator_version="1")
    with failing_with("world.of-another-generator", naming="--replace-world"):
        resolve_spec(WorldRequest(), Settings(), existing, TODAY)
    made_anew = resolve_spec(WorldRequest(replace_world=True), Settings(), existing, TODAY)
    assert made_anew == WorldSpec(7, 80, TODAY, "fictional")
    assert made_anew.generator_version == GENERATOR_VERSION


def test_a_world_without_planted_instructions_is_another_one_and_goes_on_without_them() -> None:
    first = resolve_spec(WorldRequest(), Settings(planted_instructions=False), None, TODAY)
    assert first == WorldSpec(42, 500, TODAY, planted_instructions=False)
    assert not first.is_same_world(WorldSpec(42, 500, TODAY))
    assert resolve_spec(WorldRequest(), Settings(), first, TODAY) == first
    with failing_with("world.differs", naming="no planted instructions"):
        resolve_spec(WorldRequest(planted_instructions=True), Settings(planted_instructions=False), first, TODAY)
    assert resolve_spec(
        WorldRequest(replace_world=True), Settings(planted_instructions=True), first, TODAY
    ) == WorldSpec(42, 500, TODAY)


def test_the_same_world_may_be_seen_on_an_earlier_day() -> None:
    existing = WorldSpec(42, 500, TODAY)
    assert resolve_spec(WorldRequest(as_of="2026-11-01"), Settings(), existing, TODAY).as_of == dt.date(2026, 11, 1)


@pytest.mark.parametrize(
    ("wish", "code", "named"),
    [
        ({"opportunities": 0}, "world.bad-size", "0 opportunities"),
        ({"seed": -1}, "world.bad-seed", "-1"),
        ({"as_of": "2019-12-31"}, "world.bad-day", "2019-12-31"),
        ({"as_of": "2101-01-01"}, "world.bad-day", "2101-01-01"),
        ({"as_of": "20 November"}, "world.unreadable-day", "YYYY-MM-DD"),
        ({"account_names": "secret"}, "world.bad-account-names", "public or fictional"),
    ],
)
def test_a_value_out_of_its_limits_is_refused_in_one_sentence(wish: dict[str, Any], code: str, named: str) -> None:
    with failing_with(code, naming=named) as refused:
        resolve_spec(WorldRequest(**wish), Settings(), None, TODAY)
    assert refused.value.exit_code == 2


@pytest.mark.parametrize(
    ("size", "names", "advised"), [(1_250, "public", False), (1_300, "public", True), (1_300, "fictional", False)]
)
def test_above_a_thousand_accounts_on_record_fictional_names_are_proposed(size: int, names: str, advised: bool) -> None:
    advice = WorldSpec(42, size, dt.date(2026, 11, 20), names).advice
    assert (advice is not None) is advised
    if advice is not None:
        assert "455 accounts" in advice
        assert "--account-names fictional" in advice
