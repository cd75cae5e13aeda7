"""Whether Dagster's instance keeps secrets out of what it writes, and what is said where it does not.

Dagster starts with storage of its own wherever it finds no `dagster.yaml` of ours, for instance in an empty
DAGSTER_HOME, and says nothing about it. How secrets are kept out belongs in `redaction.py`.
"""

from __future__ import annotations

from typing import Final

import dagster as dg

from synthdeal_assets.foundation.redaction import Redacting

WHAT_TO_DO: Final = (
    "copy SynthDeal's dagster.yaml into DAGSTER_HOME, or leave DAGSTER_HOME unset and start Dagster with `synthdeal ui`"
)


def unredacted_parts(instance: dg.DagsterInstance) -> list[str]:
    """What the instance writes as it comes, secrets included; nothing for one that only lives in memory."""
    if not instance.is_persistent:
        return []
    parts = {
        "the history of runs": instance.run_storage,
        "events": instance.event_log_storage,
        "ticks of schedules and sensors": instance.schedule_storage,
        "what runs print": instance.compute_log_manager,
    }
    return [name for name, part in parts.items() if not isinstance(part, Redacting)]


def redaction_warning(instance: dg.DagsterInstance) -> str | None:
    """One sentence that says what is written with secrets in it and what to do; None when nothing is."""
    parts = unredacted_parts(instance)
    if not parts:
        return None
    return f"Dagster stores {', '.join(parts)} without removing secrets: {WHAT_TO_DO}."
