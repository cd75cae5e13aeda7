"""The model server: takes requests in two vendors' forms, answers them or acts out a fault, and counts.

One plain ASGI callable, without a framework, because it must keep up with hundreds of requests at once beside the
program that it is asked by. What an answer says belongs in `answers.py`, what it looks like in `wire.py`, which fault
happens in `faults.py`.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import socket
import struct
import threading
from collections.abc import Iterable
from types import TracebackType
from typing import Any, Final, Self

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from synthdeal_assets.demo_llm.answers import (
    Judge,
    JudgementNotReady,
    answer,
    as_text,
    evidence_fields,
    first_choices,
    judge_by_hash,
    obeyed,
    spoiled,
    unknown_form,
)
from synthdeal_assets.demo_llm.counts import KEPT_REQUESTS, Tally
from synthdeal_assets.demo_llm.faults import Behaviour, RequestOutcome
from synthdeal_assets.demo_llm.wire import (
    CACHE_BLOCK_TOKENS,
    CACHE_MINIMUM_TOKENS,
    CHARACTERS_PER_TOKEN,
    NO_CONTENT,
    REFUSAL,
    Anthropic,
    Dialect,
    OpenAi,
    ParsedRequest,
    Refusal,
    Reply,
    tokens,
)
from synthdeal_assets.foundation.request_guard import (
    GuardedApplication,
    GuardRules,
    Receive,
    Scope,
    Send,
    address_of,
    names_of,
)

DEMO_MODEL: Final = "demo-llm"
"""Model of `synthdeal demo-llm`; another name that begins so is another model, which errs elsewhere."""

BACKLOG: Final = 2048
KEEP_ALIVE_S: Final = 600
STARTS_WITHIN_S: Final = 30.0
HEADERS_TRAVEL_S: Final = 0.02
"""A reset discards what the other side has not read yet, the headers that it is to see first included."""

_ERROR_STATUS: Final = {
    RequestOutcome.SERVER_ERROR: 500,
    RequestOutcome.UNAVAILABLE: 503,
    RequestOutcome.OVERLOADED: 529,
}
_LABEL: Final = (
    b"synthdeal demo-llm: a simulated model server. No language model is here; answers are simulated.\n"
    b"POST /v1/chat/completions (OpenAI), POST /v1/messages (Anthropic), GET /v1/models.\n"
)


class ModelServer:
    """The ASGI application.

    Args:
        behaviour: How it behaves; may be replaced while it runs.
        judge: What an opportunity is judged by.
        kept_requests: Bodies of the last requests that are kept.
    """

    def __init__(
        self,
        behaviour: Behaviour | None = None,
        judge: Judge = judge_by_hash,
        *,
        kept_requests: int = KEPT_REQUESTS,
    ) -> None:
        self.behaviour = behaviour or Behaviour()
        self.judge = judge
        self.tally = Tally(kept_requests)
        self._numbers = itertools.count(1)
        self._cached: set[int] = set()
        self._dialects: dict[str, Dialect] = {"/v1/chat/completions": OpenAi(), "/v1/messages": Anthropic()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        body = await _whole_body(receive)
        path, method = scope["path"].rstrip("/"), scope["method"]
        dialect = self._dialects.get(path)
        if dialect is not None and method == "POST":
            await _Exchange(self, dialect, scope, receive, send).run(body)
        elif method == "GET" and path in {"", "/v1/models"} | {f"/v1/models/{DEMO_MODEL}"}:
            await self._tell(path, send)
        else:
            await _send_json(send, 404, {"error": {"message": f"Unknown request: {method} {scope['path']}"}})

    async def _tell(self, path: str, send: Send) -> None:
        model = {"id": DEMO_MODEL, "object": "model", "created": 0, "owned_by": "synthdeal", "shutdown_date": None}
        if not path:
            await _send(send, 200, [(b"content-type", b"text/plain")], _LABEL)
        else:
            await _send_json(send, 200, {"object": "list", "data": [model]} if path == "/v1/models" else model)

    def next_number(self) -> int:
        """A number for an answer's id."""
        return next(self._numbers)

    def cached_tokens(self, question: ParsedRequest) -> tuple[int, int]:
        """Tokens of a question's beginning that come from the cache, and that are written to it."""
        size = tokens(question.cacheable)
        if size < CACHE_MINIMUM_TOKENS:
            return 0, 0
        size -= size % CACHE_BLOCK_TOKENS
        beginning = hash((question.model, question.cacheable))
        if beginning in self._cached:
            return size, 0
        self._cached.add(beginning)
        return 0, size


class _Exchange:
    """One request and what becomes of it."""

    def __init__(self, server: ModelServer, dialect: Dialect, scope: Scope, receive: Receive, send: Send) -> None:
        self._server = server
        self._behaviour = server.behaviour
        self._dialect = dialect
        self._headers: dict[bytes, bytes] = dict(scope["headers"])
        self._transport: asyncio.Transport = scope["extensions"]["synthdeal.transport"]
        self._receive = receive
        self._send = send
        self._reply: Reply | None = None

    async def run(self, raw: bytes) -> None:
        """Answer it, or act out its fault, and count it."""
        try:
            body = json.loads(raw)
            question = self._dialect.question(body)
        except RecursionError:
            await self._refuse(self._dialect.bad_request("The request cannot be understood: it is nested too deeply."))
            return
        except (ValueError, TypeError, AttributeError) as error:
            await self._refuse(self._dialect.bad_request(f"The request cannot be understood: {error}"))
            return
        tally = self._server.tally
        asked_before, at_once = tally.arrived(question.opportunity_id, body)
        outcome = RequestOutcome.ABANDONED
        try:
            outcome = await self._outcome(question, body, asked_before, at_once)
        finally:
            reply = self._reply
            tally.ended(
                question.opportunity_id,
                outcome,
                reply.input_tokens if reply else 0,
                reply.output_tokens if reply else 0,
            )

    async def _outcome(
        self, question: ParsedRequest, body: dict[str, Any], asked_before: int, at_once: int
    ) -> RequestOutcome:
        turned_away = self._turned_away(question, body)
        if turned_away is not None:
            outcome, refusal = turned_away
            await self._refuse(refusal)
            return outcome
        planned = self._behaviour.outcome_of(question.opportunity_id, asked_before)
        limit = self._behaviour.max_at_once
        if planned is RequestOutcome.RATE_LIMITED or (limit is not None and at_once > limit):
            await self._refuse(self._dialect.rate_limited(question.model), self._behaviour.retry_after_s)
            return RequestOutcome.RATE_LIMITED
        if planned is RequestOutcome.QUOTA:
            await self._refuse(self._dialect.quota())
            return planned
        if planned is RequestOutcome.HANG:
            await self._until_disconnected()
            return planned
        return await self._after_latency(question, planned, asked_before)

    async def _after_latency(
        self, question: ParsedRequest, planned: RequestOutcome, asked_before: int
    ) -> RequestOutcome:
        clock = asyncio.get_running_loop().time
        due = clock() + self._behaviour.latency_of(question.opportunity_id, asked_before)
        try:
            reply, outcome = await self._made_reply(question, planned, asked_before)
        except JudgementNotReady as reason:
            await self._refuse(self._dialect.server_error(503, f"synthdeal demo-llm: {reason}"), 1.0)
            return RequestOutcome.NOT_READY
        if (left := due - clock()) > 0:
            await asyncio.sleep(left)
        if self._transport.is_closing():
            return RequestOutcome.ABANDONED
        if outcome in _ERROR_STATUS:
            await self._refuse(self._dialect.server_error(_ERROR_STATUS[outcome]))
            return outcome
        if outcome is RequestOutcome.RESET:
            await self._reset()
            return outcome
        self._reply = reply
        content = json.dumps(self._dialect.reply(question, reply, self._server.next_number())).encode()
        if outcome is RequestOutcome.RESET_AFTER_HEADERS:
            await self._begin(content, content[: len(content) // 2])
            await asyncio.sleep(HEADERS_TRAVEL_S)
            await self._reset()
        elif outcome is RequestOutcome.DRIP:
            return await self._drip(content)
        else:
            await _send(self._send, 200, _JSON, content)
        return outcome

    def _turned_away(self, question: ParsedRequest, body: dict[str, Any]) -> tuple[RequestOutcome, Refusal] | None:
        """Why a request is not even tried."""
        behaviour, dialect = self._behaviour, self._dialect
        key = dialect.key_of(self._headers)
        if behaviour.api_key is not None and key != behaviour.api_key:
            return RequestOutcome.WRONG_KEY, dialect.wrong_key(key)
        if not behaviour.serves(question.model):
            return RequestOutcome.MODEL_NOT_FOUND, dialect.model_not_found(question.model, behaviour.served_models)
        for name in sorted(behaviour.refused_parameters):
            if body.get(name) is not None:
                return RequestOutcome.PARAMETER_REFUSED, dialect.parameter_refused(name, body[name])
        field, form = dialect.format_of(body)
        if form and form in behaviour.refused_values:
            return RequestOutcome.PARAMETER_REFUSED, dialect.parameter_refused(field, form)
        if question.schema is not None and (reason := unknown_form(question.schema)) is not None:
            # Without naming a parameter: who leaves the schema out would get the score of a deal for an answer.
            message = (
                "synthdeal demo-llm can only answer in the form of a deal's "
                f"score{f' ({question.schema_name})' if question.schema_name else ''}: {reason}."
            )
            return RequestOutcome.BAD_REQUEST, dialect.bad_request(message)
        return None

    async def _made_reply(
        self, question: ParsedRequest, planned: RequestOutcome, asked_before: int
    ) -> tuple[Reply, RequestOutcome]:
        """The reply, spoiled as planned; truncated too when it is longer than the request allows."""
        fields = evidence_fields(question.prompt)
        judgement = await self._server.judge(question.opportunity_id, question.model)
        judgement = obeyed(judgement, question.opportunity_id, fields, self._behaviour.gullible, self._behaviour.seed)
        good = answer(judgement, fields)
        said = first_choices(question.schema) if question.schema else None
        text, finish, outcome = as_text(said or good), "complete", planned
        if planned is RequestOutcome.SCHEMA_VIOLATION:
            text = as_text(spoiled(good, asked_before))
        elif planned is RequestOutcome.MALFORMED:
            text = f"Here is my assessment of the deal: {text[: len(text) // 2]}"
        elif planned is RequestOutcome.TRUNCATED:
            text, finish = text[: len(text) // 2], "truncated"
        elif planned is RequestOutcome.REFUSED:
            text, finish = REFUSAL, "refused"
        elif planned is RequestOutcome.EMPTY:
            text = NO_CONTENT
        elif question.max_tokens is not None and tokens(text) > question.max_tokens:
            text, finish = text[: question.max_tokens * CHARACTERS_PER_TOKEN], "truncated"
            outcome = RequestOutcome.TRUNCATED if planned is RequestOutcome.ANSWERED else planned
        cached, written = self._server.cached_tokens(question)
        reply = Reply(
            text=text,
            finish=finish,
            input_tokens=question.input_tokens,
            cached_tokens=cached,
            cache_write_tokens=written,
            output_tokens=tokens(text),
            with_usage=planned is not RequestOutcome.NO_USAGE,
        )
        return reply, outcome

    async def _refuse(self, refusal: Refusal, retry_after_s: float | None = None) -> None:
        headers = [] if retry_after_s is None else [(b"retry-after", f"{retry_after_s:g}".encode())]
        await _send_json(self._send, refusal.status, self._dialect.error(refusal), headers)

    async def _begin(self, content: bytes, first: bytes) -> None:
        headers = [*_JSON, (b"content-length", str(len(content)).encode())]
        await self._send({"type": "http.response.start", "status": 200, "headers": headers})
        await self._send({"type": "http.response.body", "body": first, "more_body": True})

    async def _drip(self, content: bytes) -> RequestOutcome:
        await self._begin(content, b"")
        for position in range(len(content)):
            if self._transport.is_closing():
                return RequestOutcome.ABANDONED
            more = position + 1 < len(content)
            await self._send(
                {"type": "http.response.body", "body": content[position : position + 1], "more_body": more}
            )
            if more:
                await asyncio.sleep(self._behaviour.drip_pause_s)
        return RequestOutcome.DRIP

    async def _until_disconnected(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            continue

    async def _reset(self) -> None:
        """Close the connection with RST: that is what closing does when lingering is on with no time."""
        descriptor = self._transport.get_extra_info("socket").fileno()
        with socket.socket(fileno=socket.dup(descriptor)) as own:
            own.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._transport.abort()
        await self._until_disconnected()


class ServerThread:
    """The server on an address, in a thread of its own while the block lasts; it answers no page in a browser.

    Args:
        server: The application.
        host: Address to listen on.
        port: Port to listen on; 0 takes a free one.
        further_names: Names under which it may be asked, besides the host and those of this machine itself.

    Raises:
        OSError: The address cannot be listened on.
    """

    def __init__(
        self, server: ModelServer, *, host: str = "127.0.0.1", port: int = 0, further_names: Iterable[str] = ()
    ) -> None:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        self._socket = socket.socket(family, kind, protocol)
        try:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._socket.bind(address)
            self._socket.listen(BACKLOG)
        except OSError:
            self._socket.close()
            raise
        self.port: int = self._socket.getsockname()[1]
        rules = GuardRules(
            names=names_of(host, further_names), address=address_of(host, self.port), audience="programs"
        )
        self._uvicorn = uvicorn.Server(
            uvicorn.Config(
                GuardedApplication(server, rules),
                backlog=BACKLOG,
                http=_Connection,
                ws="none",
                lifespan="off",
                log_config=None,
                log_level="warning",
                access_log=False,
                server_header=False,
                # A connection that is closed here while a request is on its way would be a fault that nobody asked for.
                timeout_keep_alive=KEEP_ALIVE_S,
            )
        )
        self._thread = threading.Thread(target=self._serve, name="model-server", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        for _ in range(int(STARTS_WITHIN_S / 0.005)):
            if self._uvicorn.started or not self._thread.is_alive():
                break
            self._thread.join(0.005)
        if not self._uvicorn.started:
            raise OSError("The model server did not start.")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._uvicorn.should_exit = self._uvicorn.force_exit = True
        self._thread.join()

    def _serve(self) -> None:
        self._uvicorn.run(sockets=[self._socket])


class _Connection(HttpToolsProtocol):
    """uvicorn's connection, whose transport the application gets: only with it can a connection be reset."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["extensions"] = {"synthdeal.transport": self.transport}  # type: ignore[dict-item]


_JSON: Final = [(b"content-type", b"application/json")]


async def _whole_body(receive: Receive) -> bytes:
    parts: list[bytes] = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)


async def _send_json(
    send: Send, status: int, body: dict[str, Any], headers: list[tuple[bytes, bytes]] | None = None
) -> None:
    await _send(send, status, [*_JSON, *(headers or [])], json.dumps(body).encode())


async def _send(send: Send, status: int, headers: list[tuple[bytes, bytes]], content: bytes) -> None:
    length = (b"content-length", str(len(content)).encode())
    await send({"type": "http.response.start", "status": status, "headers": [*headers, length]})
    await send({"type": "http.response.body", "body": content})
