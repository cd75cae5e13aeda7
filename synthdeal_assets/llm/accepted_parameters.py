"""The parameters that an endpoint takes: those that were wanted, without what it has refused so far.

Which failure is a refused parameter belongs in `providers/http_failures.py`, what stands in for a refused one in
`chat.py`.
"""

from __future__ import annotations

from typing import Final

from synthdeal_assets.llm.chat import Parameters
from synthdeal_assets.llm.failures import FailureKind, LlmError

ATTRIBUTES: Final = {
    "response_format": "schema_mode",
    "max_completion_tokens": "token_limit_field",
    "max_tokens": "token_limit_field",
}
"""Which of our parameters stands behind an endpoint's, where the names differ."""


class AcceptedParameters:
    """What is sent to one endpoint from here on.

    Args:
        wanted: The parameters to begin with.
        where: The model and the endpoint, as sentences name them.
    """

    def __init__(self, wanted: Parameters, where: str) -> None:
        self._current = wanted
        self._where: Final = where
        self._dropped: list[str] = []

    @property
    def current(self) -> Parameters:
        """The parameters without those that were refused."""
        return self._current

    @property
    def dropped(self) -> tuple[str, ...]:
        """The parameters that were refused, by the endpoint's names for them, in that order."""
        return tuple(self._dropped)

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
            raise LlmError(
                FailureKind.BAD_REQUEST,
                f"{self._where} refuses the parameter {refused or 'that it does not name'}, which requests cannot "
                f"leave out: choose another model or endpoint; the rest stays pending ({error})",
            )
        self._current = adapted
        self._dropped.append(refused)
        return refused
