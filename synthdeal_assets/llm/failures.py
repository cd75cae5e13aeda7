"""The ways in which asking a model can fail, and what is done about each.

Which answer of which vendor is which kind belongs in the modules of the vendors, waiting and asking again in
`client.py`.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from synthdeal_assets.llm.chat import TokenUsage
from synthdeal_assets.llm.storable import MAX_MESSAGE_LENGTH, storable_text


class Treatment(StrEnum):
    """What is done about a failure."""

    RETRY = "retry"
    """Ask the same again after a pause."""
    QUOTE_BACK = "quote_back"
    """Ask again, with the answer and what is wrong with it."""
    ADAPT = "adapt"
    """Ask again at once without the parameter that was refused, and remember it."""
    ENLARGE = "enlarge"
    """Ask again with twice the tokens, once."""
    GIVE_UP = "give_up"
    """Leave this question; asking the same again would give the same."""
    STOP = "stop"
    """Ask nothing any more: no question would fare better."""


class FailureKind(StrEnum):
    """The kinds of failure, as they stand in the ledger's error_class."""

    RATE_LIMITED = "rate_limited"
    SERVER_ERROR = "server_error"
    CONNECTION = "connection"
    TIMEOUT = "timeout"
    MALFORMED = "malformed"
    SCHEMA_VIOLATION = "schema_violation"
    TRUNCATED = "truncated"
    REFUSED = "refused"
    PARAMETER_REFUSED = "parameter_refused"
    BAD_REQUEST = "bad_request"
    AUTHENTICATION = "authentication"
    QUOTA = "quota"
    MODEL_UNAVAILABLE = "model_unavailable"
    BUDGET = "budget"
    CANCELLED = "cancelled"


TREATMENTS: Final[dict[FailureKind, Treatment]] = {
    FailureKind.RATE_LIMITED: Treatment.RETRY,
    FailureKind.SERVER_ERROR: Treatment.RETRY,
    FailureKind.CONNECTION: Treatment.RETRY,
    FailureKind.TIMEOUT: Treatment.RETRY,
    FailureKind.MALFORMED: Treatment.QUOTE_BACK,
    FailureKind.SCHEMA_VIOLATION: Treatment.QUOTE_BACK,
    FailureKind.TRUNCATED: Treatment.ENLARGE,
    FailureKind.REFUSED: Treatment.GIVE_UP,
    FailureKind.PARAMETER_REFUSED: Treatment.ADAPT,
    FailureKind.BAD_REQUEST: Treatment.GIVE_UP,
    FailureKind.AUTHENTICATION: Treatment.STOP,
    FailureKind.QUOTA: Treatment.STOP,
    FailureKind.MODEL_UNAVAILABLE: Treatment.STOP,
    FailureKind.BUDGET: Treatment.STOP,
    FailureKind.CANCELLED: Treatment.GIVE_UP,
}

UNUSABLE_ANSWERS: Final = frozenset(
    {FailureKind.MALFORMED, FailureKind.SCHEMA_VIOLATION, FailureKind.TRUNCATED, FailureKind.REFUSED}
)
"""An answer came and was paid for, but cannot be used."""


class LlmError(Exception):
    """Asking a model failed.

    Args:
        kind: Which kind of failure.
        message: What went wrong, in a sentence; may quote the endpoint, and is made storable here. Secrets are removed
            where it is stored.
        retry_after_s: Seconds the endpoint asked to wait.
        refused_parameter: The parameter that a PARAMETER_REFUSED is about, as `Parameters.without` takes it.
        usage: Tokens, where an unusable answer was paid for.
        treatment: What to do, where the kind alone does not say.
        unsent: Whether a CONNECTION failed before anything was sent (refused, name not found), so that nothing can
            have been charged.
        after_work: Whether a SERVER_ERROR came after the model had worked, which may be charged for.
    """

    def __init__(
        self,
        kind: FailureKind,
        message: str,
        *,
        retry_after_s: float | None = None,
        refused_parameter: str | None = None,
        usage: TokenUsage | None = None,
        treatment: Treatment | None = None,
        unsent: bool = False,
        after_work: bool = False,
    ) -> None:
        super().__init__(storable_text(message, MAX_MESSAGE_LENGTH))
        self.kind = kind
        self.retry_after_s = retry_after_s
        self.refused_parameter = refused_parameter
        self.usage = usage
        self.treatment = treatment or TREATMENTS[kind]
        self.unsent = unsent
        self.after_work = after_work

    @property
    def paid_for_nothing(self) -> bool:
        """Whether it stands for something that was paid for, or may have been, and is of no use."""
        return self.kind in UNUSABLE_ANSWERS or self.after_work


class AnswerError(Exception):
    """An answer is not what was asked for; raised by the `read` of `LlmClient.ask`.

    Args:
        kind: MALFORMED or SCHEMA_VIOLATION.
        message: What is wrong, in a sentence that the model is shown.
    """

    def __init__(self, kind: FailureKind, message: str) -> None:
        super().__init__(message)
        self.kind = kind
