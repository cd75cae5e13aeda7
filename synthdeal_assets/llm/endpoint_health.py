"""Whether an endpoint works: what its answers and failures, taken together, say about asking it any further.

`EndpointHealth` only counts: it has no clock and sends nothing. `HeadStart` is the wait of all others for the first
request. What becomes of a single question belongs in `client.py`.
"""

from __future__ import annotations

import asyncio
from typing import Final

from synthdeal_assets.foundation.redaction import redact
from synthdeal_assets.llm.failures import UNUSABLE_ANSWERS, FailureKind, LlmError, Treatment

HEAD_START_S: Final = 0.25
"""The first request goes alone for so long: a wrong key, a model that was shut down or a refused parameter is usually
learned from it, and a slow answer costs the others no more than this."""

LONG_WAITS: Final = 5
"""Requests to wait for longer than allowed after which the endpoint is left alone."""

FAILURES_IN_A_ROW: Final = 10
BAD_REQUESTS_IN_A_ROW: Final = 5

UNUSABLE_IN_A_ROW: Final = 20
"""Paid answers without a valid one among them, after which the model is taken not to be up to the task: quoting what is
wrong back to it for every question of a run would cost a multiple of the run."""

OUTAGE_S: Final = 10.0
"""An endpoint that has answered before is given so long to come back: all requests under way fail together when a
server is started anew."""

ENDPOINT_FAILURES: Final = frozenset(
    {FailureKind.CONNECTION, FailureKind.TIMEOUT, FailureKind.SERVER_ERROR, FailureKind.BAD_REQUEST}
)
"""Failures that, one after another, show that nothing works. Too many requests are no such sign."""


class HeadStart:
    """Lets the first request go alone, until it has ended or `HEAD_START_S` have passed."""

    def __init__(self) -> None:
        self._first_is_out = False
        self._over = asyncio.Event()

    async def wait(self) -> None:
        """Return at once for who comes first, and for all others when the head start is over."""
        if self._first_is_out:
            await self._over.wait()
        else:
            self._first_is_out = True
            asyncio.get_running_loop().call_later(HEAD_START_S, self._over.set)

    def end(self) -> None:
        """Let the others go."""
        self._over.set()


class EndpointHealth:
    """Counts what came of the requests to one endpoint, and says when it is to be left alone.

    A verdict is the error to stop everything with, or None. Whoever gets one decides; `stop` makes it the reason that
    every later question is told.

    Args:
        where: The model and the endpoint, as sentences name them.
        max_wait_s: Longest pause in seconds that an endpoint may ask for.
    """

    def __init__(self, where: str, *, max_wait_s: float) -> None:
        self._where: Final = where
        self._max_wait_s: Final = max_wait_s
        self._reason: LlmError | None = None
        self._ever_answered = False
        self._ever_valid = False
        self._failures = 0
        self._bad_requests = 0
        self._long_waits = 0
        self._unusable = 0
        self._failing_since_s = 0.0

    @property
    def stopped(self) -> bool:
        """Whether nothing is to be asked any more."""
        return self._reason is not None

    def stop(self, reason: LlmError) -> None:
        """Note why nothing is to be asked any more; the first reason stays."""
        self._reason = self._reason or reason

    def stop_error(self) -> LlmError:
        """The reason as a new error with treatment STOP: one that many tasks raise would collect their tracebacks.

        Raises:
            RuntimeError: Nothing was stopped.
        """
        if self._reason is None:
            raise RuntimeError("Nothing was stopped")
        reason = self._reason
        return LlmError(reason.kind, redact(str(reason)), retry_after_s=reason.retry_after_s, treatment=Treatment.STOP)

    def answered(self) -> None:
        """Take in that an answer came, whatever it is worth."""
        self._ever_answered = True
        self._failures = self._bad_requests = self._long_waits = 0

    def answered_validly(self) -> None:
        """Take in that an answer could be used."""
        self._ever_valid = True

    def failed(self, error: LlmError, *, now_s: float, at_once: int, as_json: bool) -> LlmError | None:
        """Take in a failure, and say whether it is one too many.

        Args:
            error: The failure.
            now_s: When, in seconds of a clock that is never set.
            at_once: Requests that may be under way at once: so many can fail together for one reason.
            as_json: Whether the answer had to be JSON.
        """
        if error.kind in UNUSABLE_ANSWERS:
            return self._unusable_answer(error, at_once=at_once, as_json=as_json)
        if error.kind in ENDPOINT_FAILURES:
            return self._endpoint_failure(error, now_s=now_s, at_once=at_once)
        return None

    def asked_to_wait_too_long(self, error: LlmError) -> LlmError | None:
        """Take in that the endpoint asked for a pause longer than allowed, and say whether it is one too many."""
        self._long_waits += 1
        if self._long_waits < LONG_WAITS:
            return None
        return LlmError(
            error.kind,
            f"{self._where} asks to wait {error.retry_after_s:g} s, and SYNTHDEAL_LLM_MAX_WAIT allows "
            f"{self._max_wait_s:g} s: run again later; the rest stays pending",
            retry_after_s=error.retry_after_s,
        )

    def _endpoint_failure(self, error: LlmError, *, now_s: float, at_once: int) -> LlmError | None:
        if self._failures == 0:
            self._failing_since_s = now_s
        self._failures += 1
        self._bad_requests = self._bad_requests + 1 if error.kind is FailureKind.BAD_REQUEST else 0
        patience_s = OUTAGE_S if self._ever_answered else 0.0
        if self._bad_requests >= BAD_REQUESTS_IN_A_ROW and not self._ever_answered:
            advice = "check the model and the parameters"
        elif self._failures >= max(FAILURES_IN_A_ROW, at_once) and now_s - self._failing_since_s >= patience_s:
            advice = "check its address and whether it is up, then run again"
        else:
            return None
        never = "" if self._ever_answered else " and never answered one"
        return LlmError(
            error.kind,
            f"{self._where} failed {self._failures} requests in a row{never} (the last: {error}): {advice}; "
            "the rest stays pending",
        )

    def _unusable_answer(self, error: LlmError, *, at_once: int, as_json: bool) -> LlmError | None:
        self._unusable += 1
        if self._ever_valid or self._unusable < max(UNUSABLE_IN_A_ROW, at_once):
            return None
        able = "a model that can follow the form asked for" if as_json else "another model"
        if error.kind is FailureKind.MALFORMED and as_json:
            able = "a model that can follow a JSON schema"
        return LlmError(
            error.kind,
            f"None of {self._unusable} answers of {self._where} could be used (the last: {error}): "
            f"choose {able}, then run again; the rest stays pending",
            treatment=Treatment.STOP,
        )
