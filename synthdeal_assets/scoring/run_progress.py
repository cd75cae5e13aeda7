"""How far a scoring run is, in words, and when a run with failures counts as failed itself.

Plain counting; where the words go is decided by the caller.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final

from synthdeal_assets.llm.engine import Answer, NoAnswer, Stop
from synthdeal_assets.llm.failures import FailureKind
from synthdeal_assets.scoring.answer import Failed, Outcome

SAY_EVERY_S: Final = 5.0
"""Seconds between two lines of progress."""

MIN_ASKED: Final = 20
"""With fewer opportunities asked about, a share of failures says nothing about the scorer."""

SAMPLE: Final = 5


class ScoringProgress:
    """Counts outcomes and says from time to time how far the run is.

    Attributes:
        asked: Opportunities that are asked about.
        scored: Those that have been scored so far.
        failures: Those that could not be scored so far, by the scorer that was asked.
        stop: Why asking ended early; None when it did not.
    """

    def __init__(self, asked: int, say: Callable[[str], None]) -> None:
        self.asked = asked
        self.scored = 0
        self.failures: list[Failed] = []
        self._substituted: list[str] = []
        self.stop: Stop | None = None
        self._say = say
        self._said_at = time.monotonic()

    @property
    def left(self) -> int:
        """Opportunities that were not asked about."""
        return self.asked - self.scored - len(self.failures)

    def count(self, outcomes: Sequence[Outcome]) -> None:
        """Take in a batch of outcomes; say how far the run is when it is time, or when it is done."""
        failed = [outcome for outcome in outcomes if isinstance(outcome, NoAnswer)]
        self.failures += failed
        self.scored += len(outcomes) - len(failed)
        self._substituted += [
            f"{each.question.opportunity_id} ({each.value.instead_of.kind})"
            for each in outcomes
            if isinstance(each, Answer) and each.value.instead_of is not None
        ]
        done = self.scored + len(self.failures) == self.asked
        if done or time.monotonic() - self._said_at >= SAY_EVERY_S:
            self._said_at = time.monotonic()
            self._say(f"Scored {self.scored} of {self.asked} ({len(self.failures)} failed)")

    @property
    def substituted(self) -> int:
        """Those of the scored ones that another scorer judged, because the one that was asked could not."""
        return len(self._substituted)

    def substituted_in_words(self) -> str:
        """Those that another scorer judged, with the kind of failure, a capped sample and an exact count."""
        return sample_of(sorted(self._substituted))

    def failures_in_words(self) -> str:
        """The failures with their kinds, a capped sample and an exact count; the end of a sentence."""
        return sample_of(
            [
                f"{failure.question.opportunity_id} ({failure.kind}: {failure.message.rstrip('.')})"
                for failure in sorted(self.failures, key=lambda failure: failure.question.opportunity_id)
            ]
        )

    def reason_to_fail(self, highest_score: float | None) -> str | None:
        """Why the whole run counts as failed, in a sentence; None when it does not.

        Asking ended early for another reason than the budget, more than half of at least 20 failed, or every score in
        the warehouse is zero: then something is wrong with the scorer rather than with some deals, and what follows
        must not be built on it.

        Args:
            highest_score: The highest present score in the warehouse; None when there is none.
        """
        if self.stop is not None and self.stop.kind != FailureKind.BUDGET:
            return (
                f"{self.stop.message.rstrip('.')}. {self.scored} opportunities were scored in this run; {self.left} "
                "are left pending."
            )
        if self.asked >= MIN_ASKED and 2 * len(self.failures) > self.asked:
            kinds = Counter(failure.kind for failure in self.failures)
            listed = ", ".join(f"{kind} {count} times" for kind, count in sorted(kinds.items()))
            return (
                f"{len(self.failures)} of {self.asked} opportunities could not be scored ({listed}), more than half: "
                f"check the scorer, then run again, which tries only these. First: {self.failures_in_words()}."
            )
        if self.scored and highest_score == 0:
            return "Every score is zero, so the scorer does not seem to work: check the scorer, then score again."
        return None


def sample_of(names: Sequence[str]) -> str:
    """The first few of some names, and how many more there are."""
    more = len(names) - SAMPLE
    return "; ".join(names[:SAMPLE]) + (f"; and {more} more" if more > 0 else "")
