"""Whether an endpoint works: what its answers and failures, taken together, say about asking it any further.

`EndpointHealth` only counts: it has no clock and sends nothing. `HeadStart` is the wait of all others for the first
request. What becomes of a single question belongs in `client.py`.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Final

from synthdeal_assets.foundation.redaction import redact
from synthdeal_assets.llm.budget import usd_text
from synthdeal_assets.llm.chat import TokenUsage
from synthdeal_assets.llm.failures import FailureKind, LlmError, Treatment
from synthdeal_assets.llm.limits import CHARACTERS_PER_TOKEN
from synthdeal_assets.llm.usage import NOTHING, Usage

HEAD_START_S: Final = 5.0
"""The first request goes alone for so long: a wrong key, a model that was shut down or a refused parameter is learned
from it even where the endpoint is under load, and a slow answer costs the others no more than this."""

LONG_WAITS: Final = 5
"""Requests to wait for longer than allowed after which the endpoint is left alone."""

FAILURES_IN_A_ROW: Final = 10
BAD_REQUESTS_IN_A_ROW: Final = 5
BAD_REQUESTS_AFTER_ANSWERS: Final = 20
"""Each gives its question up, so no more of them than this are taken to be about single questions."""

TURNED_AWAY_S: Final = 90.0
TURNED_AWAY: Final = 5
"""An endpoint that turns away everything for so long, and so many requests, is left alone: limits that are worth
waiting for begin anew each minute."""

WINDOW: Final = 50
MOST_UNUSABLE: Final = 25
"""More unusable ones than this among the last `WINDOW` paid answers, and what is paid for nothing is more than half."""

SHARE_READ: Final = 0.2
"""An endpoint that says that it read less of a prompt has not read it: no language comes near 20 characters a token."""

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
        warn: Told in a sentence when the endpoint does not read the prompts.
    """

    def __init__(self, where: str, *, max_wait_s: float, warn: Callable[[str], None] = lambda _message: None) -> None:
        self._where: Final = where
        self._max_wait_s: Final = max_wait_s
        self._warn: Final = warn
        self._reason: LlmError | None = None
        self._ever_answered = False
        self._ever_valid = False
        self._failures = 0
        self._bad_requests = 0
        self._long_waits = 0
        self._unusable = 0
        self._failing_since_s = 0.0
        self._turned_away = 0
        self._turned_away_since_s = 0.0
        self._recent: deque[bool] = deque(maxlen=WINDOW)
        self._for_nothing = NOTHING
        self._unread = ""

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

    def answered(self, usage: TokenUsage | None = None, *, prompt_characters: int = 0) -> None:
        """Take in that an answer came, whatever it is worth.

        Args:
            usage: Tokens that it took; None when that is not known.
            prompt_characters: Length of the prompt.
        """
        self._ever_answered = True
        self._failures = self._bad_requests = self._long_waits = self._turned_away = 0
        expected = prompt_characters / CHARACTERS_PER_TOKEN
        if usage is not None and usage.input_tokens <= SHARE_READ * expected and not self._unread:
            self._unread = (
                f"{self._where} says that it read {usage.input_tokens:,} tokens of a prompt of about {expected:,.0f}: "
                "check the prompt template and the size of the context that the model is served with"
            )
            self._warn(self._unread)

    def answered_validly(self) -> None:
        """Take in that an answer could be used."""
        self._ever_valid = True
        self._recent.append(True)

    def failed(
        self, error: LlmError, *, now_s: float, at_once: int, as_json: bool, usage: Usage = NOTHING
    ) -> LlmError | None:
        """Take in a failure, and say whether it is one too many.

        Args:
            error: The failure.
            now_s: When, in seconds of a clock that is never set.
            at_once: Requests that may be under way at once: so many can fail together for one reason.
            as_json: Whether the answer had to be JSON.
            usage: What the request took.
        """
        if error.paid_for_nothing:
            self._for_nothing += usage
            return self._unusable_answer(error, at_once=at_once, as_json=as_json)
        if error.kind in ENDPOINT_FAILURES:
            return self._endpoint_failure(error, now_s=now_s, at_once=at_once)
        return self._request_turned_away(error, now_s=now_s) if error.kind is FailureKind.RATE_LIMITED else None

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
        most_bad = max(BAD_REQUESTS_AFTER_ANSWERS, at_once) if self._ever_answered else BAD_REQUESTS_IN_A_ROW
        if self._bad_requests >= most_bad:
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

    def _request_turned_away(self, error: LlmError, *, now_s: float) -> LlmError | None:
        if self._turned_away == 0:
            self._turned_away_since_s = now_s
        self._turned_away += 1
        lasted_s = now_s - self._turned_away_since_s
        if self._turned_away < TURNED_AWAY or lasted_s < TURNED_AWAY_S:
            return None
        return LlmError(
            error.kind,
            f"{self._where} has turned away all {self._turned_away} requests of the last {lasted_s:.0f} s (the last: "
            f"{error}): run again later, or with fewer at once; the rest stays pending",
            retry_after_s=error.retry_after_s,
        )

    def _unusable_answer(self, error: LlmError, *, at_once: int, as_json: bool) -> LlmError | None:
        self._unusable += 1
        self._recent.append(False)
        unusable = self._recent.count(False)
        if not self._ever_valid and self._unusable >= max(UNUSABLE_IN_A_ROW, at_once):
            said = f"None of {self._unusable} answers"
        elif unusable > MOST_UNUSABLE:
            said = f"{len(self._recent) - unusable} of the last {len(self._recent)} paid answers"
        else:
            return None
        able = "a model that can follow the form asked for" if as_json else "another model"
        if error.after_work:
            able = "an endpoint that brings its answers to an end"
        elif error.kind is FailureKind.MALFORMED and as_json:
            able = "a model that can follow a JSON schema"
        unread = f"{self._unread}; " if self._unread else ""
        return LlmError(
            error.kind,
            f"{said} of {self._where} could be used (the last: {error}), and {self._paid_for_nothing()} paid for "
            f"nothing: {unread}choose {able}, then run again; the rest stays pending",
            treatment=Treatment.STOP,
        )

    def _paid_for_nothing(self) -> str:
        nothing = self._for_nothing
        tokens = f"{nothing.input_tokens + nothing.output_tokens:,} tokens"
        if nothing.calls_of_unknown_cost:
            return f"{tokens} ({usd_text(nothing.cost_usd)}, and {nothing.calls_of_unknown_cost} bills not known) were"
        return f"{tokens} ({usd_text(nothing.cost_usd)}) were"
