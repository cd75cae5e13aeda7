"""Which requests a server of ours answers, and which it refuses because another site's page may be behind them.

Listening on loopback keeps other machines out, but not the pages in the browsers of this one: any page can send
requests to any address, and its owner can make a host name mean 127.0.0.1. What is told apart here is by whom and under
which name a server is asked, in which form, and with which token. What the servers answer does not belong here.
"""

from __future__ import annotations

import hashlib
import hmac
import html
import ipaddress
import re
import socket
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from dataclasses import dataclass
from typing import Any, Final, Literal
from urllib.parse import parse_qsl, quote, urlencode

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]
HeaderList = list[tuple[bytes, bytes]]

JSON_TYPE: Final = "application/json"
GRAPHQL_PATH: Final = "/graphql"
TOKEN_PARAMETER: Final = "token"  # noqa: S105 - what it is called, not what it is
DEFAULT_PORTS: Final = {"http": 80, "https": 443}
POLICY_VIOLATION: Final = 1008
MAX_QUOTE_LENGTH: Final = 100

_HOST: Final = re.compile(r"(?P<name>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::(?P<port>[0-9]{0,5}))?")
_ORIGIN: Final = re.compile(r"(?P<scheme>https?)://(?P<host>.+)")
_AGAINST_EMBEDDING: Final[HeaderList] = [
    (b"x-frame-options", b"SAMEORIGIN"),
    (b"cross-origin-resource-policy", b"same-origin"),
]


@dataclass(frozen=True, slots=True)
class GuardRules:
    """What a server answers to.

    Attributes:
        names: Names and addresses that it may be asked under besides loopback ones and the address on which a request
            arrives, as `plain_name` writes them.
        address: Where it is opened, for messages: `http://127.0.0.1:3000`.
        audience: A UI serves a browser: its own pages may ask, and a link elsewhere may open one. An endpoint for
            programs answers no page at all.
        token: What has to be shown; None asks for nothing.
        cookie: Name of the cookie that stands for the token.
    """

    names: frozenset[str]
    address: str
    audience: Literal["browser", "programs"] = "browser"
    token: str | None = None
    cookie: str = "synthdeal_ui"


class GuardedApplication:
    """An ASGI application behind the rules: what they refuse never reaches it.

    Args:
        application: What is guarded.
        rules: What it answers to.
    """

    def __init__(self, application: Application, rules: GuardRules) -> None:
        self._application = application
        self._rules = rules

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it with 403 and one sentence."""
        if scope["type"] == "lifespan":
            await self._application(scope, receive, send)
            return
        refusal = reason_to_refuse(scope, self._rules)
        if refusal is None and self._rules.token is not None and not _has_credentials(scope, self._rules):
            if _shows_token_in_address(scope, self._rules):
                await _open_anew(scope, send, [(b"set-cookie", _cookie(scope, self._rules))])
                return
            if _is_link_from_elsewhere(scope) and _token_in_address(scope) is None:
                # A browser keeps a strict cookie back when another site's link is followed, but not on what the page
                # that the link opens does by itself.
                await _open_anew(scope, send, [])
                return
            refusal = (
                f"A valid token is required: open {self._rules.address}/?token=... with the "
                "token that the server was started with, or send it as Authorization: Bearer."
            )
        if refusal is not None:
            await _refuse(scope, send, refusal)
        elif self._rules.audience == "browser":
            await self._application(scope, receive, _with_headers(send, _AGAINST_EMBEDDING))
        else:
            await self._application(scope, receive, send)


def reason_to_refuse(scope: Scope, rules: GuardRules) -> str | None:
    """Why a request is not answered, whatever token it shows; None when nothing speaks against it.

    Args:
        scope: The ASGI scope of an HTTP request or of a websocket's handshake.
        rules: What the server answers to.

    Returns:
        One sentence: what is refused, and what to do.
    """
    return (
        _foreign_name(scope, rules)
        or (_any_page(scope, rules) if rules.audience == "programs" else _foreign_page(scope, rules))
        or (None if scope["type"] == "websocket" else _wrong_form(scope))
    )


def plain_name(text: str) -> str | None:
    """A host name or address in the one way in which they are compared: lower case, no brackets, no dot at the end.

    Returns:
        None when it is neither a name nor an address.
    """
    host = _host_and_port(f"[{text}]" if ":" in text and not text.startswith("[") else text)
    return None if host is None or host[1] is not None else host[0]


def is_loopback_name(name: str) -> bool:
    """Whether a plain name always means this machine."""
    address = _address(name)
    return name == "localhost" if address is None else address.is_loopback


def reachable(host: str) -> str:
    """A name or address at which a server that listens on a host can be asked from this machine."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared with, not bound to


def address_of(host: str, port: int) -> str:
    """Where a server that listens on a host and a port is opened from this machine: `http://127.0.0.1:3000`."""
    name = reachable(host)
    return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"


def listens_on_loopback(host: str) -> bool:
    """Whether only this machine can reach a server that listens on a host.

    Raises:
        OSError: The host is not known.
    """
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return all(is_loopback_name(str(address[0]).partition("%")[0]) for *_, address in found)


def names_of(host: str, further: Iterable[str]) -> frozenset[str]:
    """The names of a server that listens on a host, with further ones, as `GuardRules` takes them."""
    return frozenset(name for text in (host, *further) if (name := plain_name(text)) is not None)


def _foreign_name(scope: Scope, rules: GuardRules) -> str | None:
    given = _header_values(scope, b"host")
    own = f"ask for {rules.address}, or add the name to SYNTHDEAL_UI_HOSTS and start the server again."
    if len(given) != 1:
        return f"The request has {len(given)} Host headers where there must be one: {own}"
    host = _host_and_port(given[0])
    if host is None:
        return f"The Host {_quoted(given[0])} is not a host name: {own}"
    name = host[0]
    if name in rules.names or is_loopback_name(name) or name == _arrived_at(scope):
        return None
    return f"The host name {_quoted(name)} does not belong to this server: {own}"


def _arrived_at(scope: Scope) -> str | None:
    # A server on all addresses has no name of its own. No page can make its own name into an address.
    server = scope.get("server")
    return plain_name(server[0]) if server and server[1] is not None else None


def _any_page(scope: Scope, rules: GuardRules) -> str | None:
    origins, sites = _header_values(scope, b"origin"), _fetch_sites(scope)
    if not origins and not sites - {"none", "same-origin"}:
        return None
    page = f"the page {_quoted(origins[0])}" if origins else "a page of another site"
    return f"This server answers programs, not {page}: ask {rules.address} from a program, without an Origin header."


def _foreign_page(scope: Scope, rules: GuardRules) -> str | None:
    origins = _header_values(scope, b"origin")
    if any(not _is_same_origin(origin, scope) for origin in origins):
        return f"The request comes from another page ({_quoted(origins[0])}): open {rules.address} and do it there."
    if _fetch_sites(scope) - {"none", "same-origin"} and not _is_link_from_elsewhere(scope):
        return f"The request comes from a page of another site: open {rules.address} and do it there."
    return None


def _is_same_origin(origin: str, scope: Scope) -> bool:
    matched = _ORIGIN.fullmatch(origin)
    theirs = _host_and_port(matched["host"]) if matched else None
    ours = _host_and_port(_header_values(scope, b"host")[0])
    if matched is None or theirs is None or ours is None:
        return False
    # Behind a proxy that speaks TLS, the browser's scheme is not the server's: a port left out is that of the page's.
    usual = DEFAULT_PORTS[matched["scheme"]]
    return (theirs[0], theirs[1] or usual) == (ours[0], ours[1] or usual)


def _fetch_sites(scope: Scope) -> set[str]:
    return set(_header_values(scope, b"sec-fetch-site"))


def _is_link_from_elsewhere(scope: Scope) -> bool:
    """Whether a page of another site only opened one of ours in a window of its own, as a link in an e-mail does."""
    return (
        scope["type"] == "http"
        and scope["method"] == "GET"
        and bool(_fetch_sites(scope) & {"cross-site", "same-site"})
        and _header_values(scope, b"sec-fetch-mode") == ["navigate"]
        and _header_values(scope, b"sec-fetch-dest") == ["document"]
    )


def _wrong_form(scope: Scope) -> str | None:
    method = scope["method"]
    if method in {"GET", "HEAD"}:
        accepted = _header_values(scope, b"accept")
        # As Dagster decides it: who asks for HTML gets a page to write queries on, everybody else an execution.
        wants_page = bool(accepted) and "text/html" in accepted[0]
        if scope["path"].rstrip("/").endswith(GRAPHQL_PATH) and not wants_page:
            return f"GraphQL requests by {method} are not accepted: POST the query with Content-Type {JSON_TYPE}."
        return None
    if method != "POST":
        return f"The method {_quoted(method)} is not accepted: use GET or POST."
    kinds = [kind.partition(";")[0].strip().lower() for kind in _header_values(scope, b"content-type")]
    if kinds != [JSON_TYPE]:
        # Every other form can be sent by any page without the browser asking first.
        named = _quoted(", ".join(kinds)) if kinds else "without a Content-Type"
        return f"A POST {named} is not accepted: send JSON with Content-Type {JSON_TYPE}."
    return None


def _has_credentials(scope: Scope, rules: GuardRules) -> bool:
    for value in _header_values(scope, b"authorization"):
        scheme, _, given = value.partition(" ")
        if scheme.lower() == "bearer" and _is_token(given.strip(), rules):
            return True
    pairs = [pair.strip() for value in _header_values(scope, b"cookie") for pair in value.split(";")]
    prefix = f"{rules.cookie}="
    return any(
        hmac.compare_digest(pair.removeprefix(prefix).encode(), _cookie_value(rules).encode())
        for pair in pairs
        if pair.startswith(prefix)
    )


def _shows_token_in_address(scope: Scope, rules: GuardRules) -> bool:
    given = _token_in_address(scope)
    return scope["type"] == "http" and scope["method"] == "GET" and given is not None and _is_token(given, rules)


def _token_in_address(scope: Scope) -> str | None:
    return dict(_parameters(scope)).get(TOKEN_PARAMETER)


def _is_token(given: str, rules: GuardRules) -> bool:
    return hmac.compare_digest(given.encode(), (rules.token or "").encode())


def _cookie(scope: Scope, rules: GuardRules) -> bytes:
    secure = "; Secure" if scope.get("scheme") == "https" else ""
    return f"{rules.cookie}={_cookie_value(rules)}; Path=/; HttpOnly; SameSite=Strict{secure}".encode()


def _cookie_value(rules: GuardRules) -> str:
    # Not the token itself: what a browser keeps on disk does not say it.
    return hmac.new((rules.token or "").encode(), b"cookie of synthdeal ui", hashlib.sha256).hexdigest()


async def _open_anew(scope: Scope, send: Send, headers: HeaderList) -> None:
    """A page that opens the same address by itself, without the token in it.

    Not a redirect: a browser that follows a link of another site would send no strict cookie along.
    """
    # One slash at the beginning: with two, the address would be that of another server.
    path = quote("/" + scope["path"].lstrip("/"))
    parameters = urlencode([(name, value) for name, value in _parameters(scope) if name != TOKEN_PARAMETER])
    target = html.escape(f"{path}?{parameters}" if parameters else path)
    page = (
        f'<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0;url={target}">'
        f'<title>SynthDeal</title><p><a href="{target}">Open the UI</a></p>'
    )
    kind = [(b"content-type", b"text/html; charset=utf-8"), (b"referrer-policy", b"no-referrer")]
    await _answer(send, 200, [*kind, *headers], page)


async def _refuse(scope: Scope, send: Send, reason: str) -> None:
    kind = [(b"content-type", b"text/plain; charset=utf-8")]
    if scope["type"] == "http":
        await _answer(send, 403, kind, f"{reason}\n")
    elif "websocket.http.response" in (scope.get("extensions") or {}):
        await _answer(send, 403, kind, f"{reason}\n", event="websocket.http.response")
    else:
        await send({"type": "websocket.close", "code": POLICY_VIOLATION, "reason": reason})


async def _answer(send: Send, status: int, headers: HeaderList, text: str, *, event: str = "http.response") -> None:
    content = text.encode()
    common = [
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
        (b"content-length", str(len(content)).encode()),
        *_AGAINST_EMBEDDING,
    ]
    await send({"type": f"{event}.start", "status": status, "headers": [*headers, *common]})
    await send({"type": f"{event}.body", "body": content})


def _with_headers(send: Send, headers: HeaderList) -> Send:
    async def sending(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", ()), *headers]}
        await send(message)

    return sending


def _parameters(scope: Scope) -> list[tuple[str, str]]:
    return parse_qsl(scope.get("query_string", b"").decode("latin-1"), keep_blank_values=True)


def _header_values(scope: Scope, name: bytes) -> list[str]:
    return [value.decode("latin-1") for header, value in scope["headers"] if header.lower() == name]


def _host_and_port(text: str) -> tuple[str, int | None] | None:
    matched = _HOST.fullmatch(text)
    if matched is None:
        return None
    name = matched["name"].strip("[]").lower().removesuffix(".")
    address = _address(name)
    if not name or (matched["name"].startswith("[") and address is None):
        return None
    return str(address or name), int(matched["port"]) if matched["port"] else None


def _address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def _quoted(text: str) -> str:
    return repr(text[:MAX_QUOTE_LENGTH])
