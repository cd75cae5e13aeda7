"""The application of `synthdeal demo-llm` behind something worse, which keeps what it really sent, request by request.

What a model server can be told to do is in `synthdeal_assets/demo_llm/`; here is what no honest one does.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from synthdeal_assets.demo_llm.faults import GOOD, PAID, Behaviour, RequestOutcome
from synthdeal_assets.demo_llm.server import ModelServer
from synthdeal_assets.demo_llm.wire import OpenAi
from synthdeal_assets.foundation.request_guard import Receive, Scope, Send

LATE_S: Final = 0.4
SHORT_WAIT: Final = "0.2"


class Oddity(StrEnum):
    """What is done to the answer of a model server that was asked well."""

    HALF_SURROGATE = "half a surrogate pair in the answer"
    HALF_SURROGATE_OUTSIDE = "half a surrogate pair in the model's name"
    GARBAGE = "200 and bytes that are no JSON"
    IGNORED_SCHEMA = "JSON of a form that nobody asked for"
    ABSURD_USAGE = "usage in words and without end"
    LATE_ERROR = "500 after long work"
    WAIT_IN_BODY = "429 that says in its body how long to wait"


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and what was sent for it.

    Attributes:
        night: The night that it came in.
        subject: The opportunity.
        question: Hash of model and messages.
        whole: Whether all of the answer left this machine's memory.
        good: A valid answer that was paid for; False too where it is not certain.
        tokens: Read and written, as a client is told; None when that is not to be understood, or nothing is charged.
    """

    night: int
    subject: str
    question: str
    whole: bool
    good: bool
    tokens: tuple[int, int] | None


class BadEndpoint(ModelServer):
    """The model server, with oddities.

    Attributes:
        exchanges: Every request so far that ended.
        night: Which night it is.
        oddity: What is done to answers, and to which share.
        on_answer: Told how many answers of status 200 have been sent whole in this night.
    """

    def __init__(self) -> None:
        super().__init__(Behaviour())
        self.exchanges: list[Exchange] = []
        self.night = 0
        self.oddity: tuple[Oddity, float] | None = None
        self.on_answer: Callable[[int], None] = lambda _: None
        self._asked: Counter[str] = Counter()
        self._answers: Counter[int] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, spoil it where that is wanted, and keep what was sent."""
        raw = b""
        while True:
            message = await receive()
            raw += message.get("body", b"")
            if not message.get("more_body", False):
                break
        pending = [{"type": "http.request", "body": raw, "more_body": False}]

        async def again() -> Any:
            return pending.pop() if pending else await receive()

        if scope["method"] != "POST":
            await super().__call__(scope, again, send)
            return
        await _Sending(self, scope, json.loads(raw), send).run(super().__call__, again)

    def spoils(self, question: str) -> Oddity | None:
        """What is done to this request: by what is asked and how often it was, in whatever order requests come."""
        self._asked[question] += 1
        if self.oddity is None:
            return None
        oddity, share = self.oddity
        drawn = random.Random(f"{oddity}|{question}|{self._asked[question]}|{self.behaviour.seed}").random()  # noqa: S311
        return oddity if drawn < share else None

    def keep(self, exchange: Exchange, status: int) -> None:
        """Keep what was sent for a request."""
        self.exchanges.append(exchange)
        if exchange.whole and status == 200:
            self._answers[exchange.night] += 1
            self.on_answer(self._answers[exchange.night])


class _Sending:
    """One answer on its way."""

    def __init__(self, server: BadEndpoint, scope: Scope, body: dict[str, Any], send: Send) -> None:
        self._server, self._scope, self._send = server, scope, send
        asked = json.dumps([body["model"], body["messages"]])
        self._question = hashlib.sha256(asked.encode()).hexdigest()
        self._subject = OpenAi().question(body).opportunity_id
        self._night = server.night
        self._oddity = server.spoils(self._question)
        self._start: dict[str, Any] = {"status": 0}
        self._content = b""
        self._whole = False

    async def run(self, serve: Callable[..., Any], receive: Receive) -> None:
        """Have it served, and keep what became of it."""
        before = dict(self._server.tally.counts().by_opportunity)
        try:
            await serve(self._scope, receive, self._take)
        finally:
            ended = self._server.tally.counts().by_opportunity[self._subject].outcomes
            had = before[self._subject].outcomes if self._subject in before else {}
            # One opportunity is asked about by one request at a time, but for a second run at once.
            outcomes = {outcome for outcome in ended if ended[outcome] > had.get(outcome, 0)}
            self._server.keep(self._exchange(outcomes), self._start["status"])

    def _exchange(self, outcomes: set[RequestOutcome]) -> Exchange:
        tokens, good = None, False
        if self._whole and self._start["status"] == 200 and self._oddity not in {Oddity.ABSURD_USAGE, Oddity.GARBAGE}:
            usage = json.loads(self._content).get("usage")
            if usage is not None:
                tokens = (usage["prompt_tokens"], usage["completion_tokens"])
            good = self._oddity is None and outcomes <= GOOD and outcomes <= PAID
        return Exchange(self._night, self._subject, self._question, self._whole, good, tokens)

    async def _take(self, message: dict[str, Any]) -> None:
        """Pass on what the server sends, whole and spoiled where this request is."""
        if message["type"] == "http.response.start":
            self._start = dict(message)
            if self._oddity is None:
                await self._send(message)
            return
        self._content += message.get("body", b"")
        last = not message.get("more_body", False)
        if self._oddity is None:
            await self._send(message)
        elif last:
            await self._spoiled(self._oddity)
        self._whole = last and not self._scope["extensions"]["synthdeal.transport"].is_closing()

    async def _spoiled(self, oddity: Oddity) -> None:
        headers = [(b"content-type", b"application/json")]
        if self._start["status"] == 200:
            self._content = _spoil(oddity, self._content)
            if oddity is Oddity.LATE_ERROR:
                await asyncio.sleep(LATE_S)
                self._start["status"] = 500
            elif oddity is Oddity.WAIT_IN_BODY:
                self._start["status"] = 429
        headers.append((b"content-length", str(len(self._content)).encode()))
        await self._send({"type": "http.response.start", "status": self._start["status"], "headers": headers})
        await self._send({"type": "http.response.body", "body": self._content})


def _spoil(oddity: Oddity, content: bytes) -> bytes:
    if oddity is Oddity.GARBAGE:
        return b"\x00\xff<html>" + content[:40]
    if oddity is Oddity.LATE_ERROR:
        return b'{"error": {"message": "invalid UTF-8 in the output format"}}'
    if oddity is Oddity.WAIT_IN_BODY:
        said = f"Quota exceeded for requests per minute. Please retry in {SHORT_WAIT}s."
        return json.dumps({"error": {"code": 429, "status": "RESOURCE_EXHAUSTED", "message": said}}).encode()
    body = json.loads(content)
    message = body["choices"][0]["message"]
    if oddity is Oddity.HALF_SURROGATE:
        message["content"] = (message["content"] or "").replace("Simulated", "Simulated \ud83d", 1)
    elif oddity is Oddity.HALF_SURROGATE_OUTSIDE:
        body["model"] += "\udc00"
    elif oddity is Oddity.IGNORED_SCHEMA:
        message["content"] = '{"score": 71, "verdict": "promising"}'
    else:
        body["usage"] = {"prompt_tokens": "12 tokens", "completion_tokens": 10**40, "total_tokens": -3.5}
    return json.dumps(body).encode()
