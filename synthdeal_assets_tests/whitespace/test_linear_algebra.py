"""What learns and judges keeps linear algebra to one thread, so that other work costs no waiting and cores no bits."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import duckdb
import polars as pl
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from synthdeal_assets.settings import Settings
from synthdeal_assets.whitespace.features.cutoffs import CutoffPlan
from synthdeal_assets.whitespace.holdout import measures
from synthdeal_assets.whitespace.holdout.judged_pairs import HoldoutPairs
from synthdeal_assets.whitespace.holdout.measures import judge
from synthdeal_assets.whitespace.leakage import permuted_labels
from synthdeal_assets.whitespace.models import training
from synthdeal_assets.whitespace.ranked_list import listing
from synthdeal_assets_tests.whitespace.finished import CUTOFF, WINDOW


class Reached(Exception):  # noqa: N818 - nothing went wrong
    pass


def blas_threads() -> set[int]:
    return {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}


PLAN = CutoffPlan(CUTOFF, None, WINDOW, CUTOFF, CUTOFF, CUTOFF, {})
NOTHING = HoldoutPairs(CUTOFF, pl.DataFrame(), pl.DataFrame(), pl.DataFrame())


@pytest.mark.parametrize(
    ("module", "first", "work"),
    [
        (
            training,
            "require_past_windows",
            lambda: training.train_division(duckdb.connect(), "Backup", CUTOFF, [], WINDOW),
        ),
        (permuted_labels, "table_exists", lambda: permuted_labels.learn_from_permuted(duckdb.connect())),
        (listing, "read_parts", lambda: listing.build_list(duckdb.connect(), PLAN, Settings(), CUTOFF, CUTOFF)),
        (measures, "holdout_metrics", lambda: judge(NOTHING, capacity_per_rep=25)),
    ],
)
def test_linear_algebra_has_one_thread_while_it_works_and_as_many_as_before_when_it_is_done(
    module: ModuleType, first: str, work: Callable[[], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[set[int]] = []

    def look(*_: object, **__: object) -> None:
        seen.append(blas_threads())
        raise Reached

    monkeypatch.setattr(module, first, look)
    with threadpool_limits(limits=2, user_api="blas"):
        with pytest.raises(Reached):
            work()
        assert blas_threads() == {2}
    assert seen == [{1}]
