"""A provider that does what a test tells it, request by request, and remembers what it was sent."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from synthdeal_assets.llm.chat import AnswerSchema, Completion, Message, Parameters, TokenUsage
from synthdeal_assets.llm.failures import FailureKind, LlmError

USAGE = TokenUsage(100, 20, cached_input_tokens=40)


@dataclass(frozen=True, slots=True)
class Sent:
    """A request as the provider got it: which one it was, from 0, and when, by the loop's clock."""

    number: int
    messages: tuple[Message, ...]
    schema: AnswerSchema | None
    parameters: Parameters
    at: float

    @property
    def about(self) -> str:
        """What the last message of the question said."""
        return self.messages[1].content


End = Completion | Exception
Step = End | Callable[[Sent], End]


def answer(text: str = "{}", usage: TokenUsage | None = USAGE, model: str = "small-2026") -> Completion:
    return Completion(text, "complete", usage, model)


def truncated(usage: TokenUsage | None = USAGE) -> Completion:
    return Completion('{"half', "truncated", usage, "small-2026")


def refused(reason: str = "I cannot help with that") -> Completion:
    return Completion("", "refused", USAGE, "small-2026", refusal=reason)


def failure(
    kind: FailureKind,
    message: str = "it broke",
    *,
    retry_after_s: float | None = None,
    parameter: str | None = None,
    unsent: bool = False,
) -> LlmError:
    return LlmError(kind, message, retry_after_s=retry_after_s, refused_parameter=parameter, unsent=unsent)


@dataclass
class ScriptedProvider:
    """Ends each request as scripted; when the script is over, as `then` says.

    Attributes:
        script: How the first requests end.
        then: How all others end.
        latency_s: Seconds each takes.
        sent: The requests.
        most_at_once: The most that were under way at the same time.
        closed: How often it was closed.
    """

    script: Sequence[Step] = ()
    then: Step = field(default_factory=answer)
    latency_s: float = 0.0
    name: str = "openai"
    endpoint: str = "http://127.0.0.1:9/v1"
    sent: list[Sent] = field(default_factory=list)
    most_at_once: int = 0
    closed: int = 0
    _under_way: int = 0

    async def complete(
        self, messages: Sequence[Message], schema: AnswerSchema | None, parameters: Parameters
    ) -> Completion:
        sent = Sent(len(self.sent), tuple(messages), schema, parameters, asyncio.get_running_loop().time())
        self.sent.append(sent)
        self._under_way += 1
        self.most_at_once = max(self.most_at_once, self._under_way)
        try:
            await asyncio.sleep(self.latency_s)
            step = self.script[sent.number] if sent.number < len(self.script) else self.then
            end = step(sent) if callable(step) else step
        finally:
            self._under_way -= 1
        if isinstance(end, Exception):
            raise end
        return end

    async def aclose(self) -> None:
        self.closed += 1
