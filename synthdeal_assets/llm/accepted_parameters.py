"""The parameters that an endpoint takes: those that were wanted, without what it has refused or ignored so far.

Which failure is a refused parameter belongs in `providers/http_failures.py`, what stands in for a refused one in
`chat.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from synthdeal_assets.llm.chat import Parameters
from synthdeal_assets.llm.failures import FailureKind, LlmError

ATTRIBUTES: Final = {
    "response_format": "schema_mode",
    "max_completion_tokens": "token_limit_field",
    "max_tokens": "token_limit_field",
}
"""Which of our parameters stands behind an endpoint's, where the names differ."""


FIRST_ANSWERS: Final = 3
"""Answers to a schema without one in its form, after which the endpoint is taken to ignore schemas."""

WITHOUT_FORM: Final = frozenset({FailureKind.MALFORMED, FailureKind.SCHEMA_VIOLATION})


class AcceptedParameters:
    """What is sent to one endpoint from here on.

    Args:
        wanted: The parameters to begin with.
        where: The model and the endpoint, as sentences name them.
        warn: Told in a sentence of each change.
    """

    def __init__(self, wanted: Parameters, where: str, warn: Callable[[str], None]) -> None:
        self._current = wanted
        self._where: Final = where
        self._warn: Final = warn
        self._dropped: list[str] = []
        self._keeps_form = False
        self._without_form = 0

    @property
    def current(self) -> Parameters:
        """The parameters without those that were refused."""
        return self._current

    @property
    def dropped(self) -> tuple[str, ...]:
        """The parameters that were refused, by the endpoint's names for them, in that order."""
        return tuple(self._dropped)

    def answered(self, error: BaseException | None, sent: Parameters) -> None:
        """Take in an answer that was asked for in a form; when the first few have another one, ask for it in words.

        Args:
            error: Why it is not valid; None when it is.
            sent: The parameters of the request.
        """
        if sent.schema_mode != "json_schema" or self._keeps_form:
            return
        self._keeps_form = error is None
        self._without_form += isinstance(error, LlmError) and error.kind in WITHOUT_FORM
        weaker = self._current.without("response_format")
        if self._current.schema_mode == "json_schema" and weaker is not None and self._without_form >= FIRST_ANSWERS:
            self._current = weaker
            self._warn(
                f"{self._where} takes a schema and ignores it: the first {FIRST_ANSWERS} answers have another form, "
                "and it is asked for in words from here on"
            )

    def do_without(self, error: LlmError, sent: Parameters) -> str | None:
        """Leave a refused parameter out from here on.

        Args:
            error: The refusal.
            sent: The parameters of the request that was refused.

        Returns:
            The parameter; None when another request has seen to it already.

        Raises:
            LlmError: BAD_REQUEST: there is no way to ask without it.
        """
        refused = error.refused_parameter or ""
        attribute = ATTRIBUTES.get(refused, refused)
        if getattr(self._current, attribute, None) != getattr(sent, attribute, None):
            return None
        # The other name of the token limit is tried once; going back to the first would go round in circles.
        in_circles = attribute == "token_limit_field" and any(
            ATTRIBUTES.get(name) == attribute for name in self._dropped
        )
        adapted = None if in_circles else self._current.without(refused)
        if adapted is None:
            fixed = refused == "response_format" and sent.schema_mode_fixed
            advice = "set SYNTHDEAL_SCHEMA_MODE to auto, or choose" if fixed else "choose"
            raise LlmError(
                FailureKind.BAD_REQUEST,
                f"{self._where} refuses the parameter {refused or 'that it does not name'}, which requests cannot "
                f"leave out: {advice} another model or endpoint; the rest stays pending ({error})",
            )
        self._current = adapted
        self._dropped.append(refused)
        self._warn(f"{self._where} refuses the parameter {refused}; further requests leave it out")
        return refused
