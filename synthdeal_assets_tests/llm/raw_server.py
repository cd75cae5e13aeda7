"""A loopback HTTP server that answers with exactly the bytes it is told to, and keeps what it was sent.

For what an endpoint may answer, word for word. A server that behaves like a model belongs in `fakes/`.
"""

from __future__ import annotations

import json
import socket
import ssl
import struct
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal

Ending = Literal["whole", "closed", "reset", "cut off", "never"]


@dataclass(frozen=True)
class Raw:
    """An answer.

    Attributes:
        status: HTTP status.
        body: Bytes or text as they are, anything else as JSON.
        headers: Beside Content-Length.
        ending: whole; closed or reset before any byte; cut off in the body; never: no byte comes.
    """

    status: int = 200
    body: Any = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    ending: Ending = "whole"

    @property
    def content(self) -> bytes:
        if isinstance(self.body, bytes):
            return self.body
        return (self.body if isinstance(self.body, str) else json.dumps(self.body)).encode()


@dataclass(frozen=True)
class Sent:
    """A request that came in."""

    path: str
    headers: Mapping[str, str]
    body: dict[str, Any]


class RawServer:
    """Answers POSTs with those in `script`, one each, and all others with `answer`; keeps requests in `requests`.

    GETs are answered with `listed`, which is a refusal at first.

    Where `answer_to` is set, it makes the answers in place of `answer`, several at a time.
    """

    def __init__(self) -> None:
        self.answer = Raw()
        self.listed = Raw(405)
        self.answer_to: Callable[[Sent], Raw] | None = None
        self.script: deque[Raw] = deque()
        self.requests: list[Sent] = []
        self.hung_up = threading.Event()
        """Set when a client gave up on an answer that never comes."""
        self.connections: set[tuple[str, int]] = set()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(self))
        self._http.daemon_threads = True

    def wrap(self, context: ssl.SSLContext) -> None:
        """Speak TLS."""
        self._http.socket = context.wrap_socket(self._http.socket, server_side=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_port}"

    @property
    def last(self) -> Sent:
        return self.requests[-1]

    @contextmanager
    def running(self) -> Iterator[RawServer]:
        thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield self
        finally:
            self._http.shutdown()
            thread.join()
            self._http.server_close()


def _handler_of(server: RawServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["Content-Length"]))
            sent = Sent(self.path, dict(self.headers), json.loads(content))
            server.requests.append(sent)
            server.connections.add(self.client_address)
            try:
                answer = server.script.popleft()
            except IndexError:
                answer = server.answer if server.answer_to is None else server.answer_to(sent)
            self._answer(answer)

        def do_GET(self) -> None:
            server.requests.append(Sent(self.path, dict(self.headers), {}))
            self._answer(server.listed)

        def _answer(self, answer: Raw) -> None:
            if answer.ending in {"closed", "reset", "never"}:
                self._leave(answer.ending)
                return
            self.send_response(answer.status)
            for name, value in ({"Content-Type": "application/json"} | dict(answer.headers)).items():
                self.send_header(name, value)
            missing = 100 if answer.ending == "cut off" else 0
            self.send_header("Content-Length", str(len(answer.content) + missing))
            self.end_headers()
            self.wfile.write(answer.content)
            self.close_connection = answer.ending == "cut off"

        def _leave(self, ending: Ending) -> None:
            if ending == "never" and self.connection.recv(1) == b"":
                server.hung_up.set()
            if ending == "reset":
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True

        def send_header(self, keyword: str, value: str) -> None:
            # The answer's own Date goes before the server's.
            if keyword != "Date" or value == server.answer.headers.get("Date", value):
                super().send_header(keyword, value)

        def log_request(self, code: object = "-", size: object = "-") -> None:
            pass

    return Handler
