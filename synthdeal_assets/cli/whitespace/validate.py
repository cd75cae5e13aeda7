"""`synthdeal whitespace validate`: the models that are there, held against sales that came later; nothing is learnt.

What is measured is decided in `whitespace/holdout/measures.py`.
"""

from __future__ import annotations

import time
from typing import Final

from synthdeal_assets.cli.console import results, say
from synthdeal_assets.cli.home import only_run, opened_home
from synthdeal_assets.cli.whitespace.run import judgement_lines, run_whitespace_job
from synthdeal_assets.errors import SynthDealError
from synthdeal_assets.foundation.dagster_instance.asset_specs import asset_key
from synthdeal_assets.foundation.warehouse.warehouse import Warehouse, table_exists
from synthdeal_assets.sales.tables import SALES_TABLES
from synthdeal_assets.sales.truth_tables import SALES_AFFINITIES
from synthdeal_assets.settings import Settings
from synthdeal_assets.whitespace.run_results import RunResults, caveats_of, data_in_words, read_outcome
from synthdeal_assets.whitespace.tables import MODELS, PREDICTIONS, PROFILES, WHITESPACE_LIST, WHITESPACE_TABLES

LEFT_AS_THEY_ARE: Final = (MODELS, PREDICTIONS, WHITESPACE_LIST, PROFILES)
MEASURED_ANEW: Final = (
    *SALES_TABLES,
    SALES_AFFINITIES,
    *(table for table in WHITESPACE_TABLES if table not in LEFT_AS_THEY_ARE),
)
"""What is made again: the log with its holdout, what was known at the cutoffs and bought after them, how good the
models are, and the page that tells it."""


def validate_whitespace(settings: Settings, *, verbose: bool) -> int:
    """Read the holdout, measure the present models on it, and print what was measured.

    The cutoff and the window are those of the present list, whatever the settings say now.

    Returns:
        The exit code.

    Raises:
        SynthDealError: There is no model yet, or the holdout cannot be read or covers no window.
        KeyboardInterrupt: The user ended it.
    """
    started = time.monotonic()
    before = _present(settings)
    kept = settings.changed(
        {"whitespace_cutoff": before.facts.cutoff, "whitespace_window_days": before.facts.window_days}
    )
    with opened_home(kept) as instance, only_run(kept, instance):
        run_whitespace_job(kept, instance, assets=[asset_key(table) for table in MEASURED_ANEW], verbose=verbose)
    outcome = _present(kept)
    say(f"\n{data_in_words(outcome.log)}")
    lines = judgement_lines(outcome) or ["Nothing could be tested: the data cover no window after a cutoff."]
    for line in [*lines, *(f"Note: {caveat}" for caveat in caveats_of(outcome))]:
        say(line)
    results.print(f"Took {time.monotonic() - started:.0f} s. No model was changed.")
    return 0


def _present(settings: Settings) -> RunResults:
    if settings.storage.warehouse_path.exists():
        with Warehouse.of(settings).connect() as connection:
            outcome = read_outcome(connection)
            if outcome is not None and table_exists(connection, MODELS) and table_exists(connection, PREDICTIONS):
                return outcome
    raise SynthDealError(
        f"There is no model in {settings.storage.home.absolute()} to validate yet: run `synthdeal whitespace run` "
        "first, or name another folder with --home.",
        code="whitespace.no-model",
    )
