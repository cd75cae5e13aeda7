"""What became of asking a scorer about an opportunity: a judgement, or a failure.

Asking belongs in `asking.py`, storing in `score_store.py`.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from synthdeal_assets.scoring.answer import ScorerAnswer
from synthdeal_assets.scoring.inputs import ScorerInput


@dataclass(frozen=True, slots=True)
class Scored:
    """An opportunity that was judged, when (UTC, without zone) and how long it took.

    Attributes:
        deal: The opportunity.
        answer: The judgement.
        at: When it landed.
        latency_ms: How long the judgement took; for an answer from the ledger, how long it took then.
        from_ledger: Whether the answer was paid for earlier and taken from the ledger.
    """

    deal: ScorerInput
    answer: ScorerAnswer
    at: dt.datetime
    latency_ms: float
    from_ledger: bool = False


@dataclass(frozen=True, slots=True)
class Failed:
    """An opportunity that could not be judged.

    Attributes:
        deal: The opportunity.
        kind: Short name of the kind of failure.
        message: What went wrong, in a sentence, secrets removed.
        at: When, UTC without zone.
        retryable: Whether the same question may succeed later.
        retry_after_s: Seconds before which it will not; None when nobody has said.
    """

    deal: ScorerInput
    kind: str
    message: str
    at: dt.datetime
    retryable: bool
    retry_after_s: float | None = None


Outcome = Scored | Failed
