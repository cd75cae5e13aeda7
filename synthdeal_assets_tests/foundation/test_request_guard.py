"""The guard lets through what a server's own pages and programs ask, and nothing that another site's page can send."""

from __future__ import annotations

import asyncio
import json
from collections.abc import MutableMapping
from dataclasses import replace
from typing import Any

import pytest

from synthdeal_assets.foundation.request_guard import (
    GuardedApplication,
    GuardRules,
    Receive,
    Scope,
    Send,
    address_of,
    listens_on_loopback,
    names_of,
    reason_to_refuse,
)

UI = GuardRules(names=names_of("127.0.0.1", ["Deals.Example.com", "[2001:db8::7]"]), address="http://127.0.0.1:3000")
ENDPOINT = replace(UI, audience="programs")
EVERYWHERE = "0.0.0.0"  # noqa: S104 - asked about, not bound to
RIGHT = "long-enough-and-right"
WITH_TOKEN = replace(UI, token=RIGHT, cookie="synthdeal_ui_3000")
MUTATION = "query=mutation%7BlaunchRun%7B__typename%7D%7D"
NAVIGATION = {"sec-fetch-mode": "navigate", "sec-fetch-dest": "document", "accept": "text/html,*/*"}


def request(
    line: str = "GET /", *more: tuple[str, str], kind: str = "http", server: str = "127.0.0.1", **headers: str
) -> Scope:
    """A scope as uvicorn makes it: `POST /graphql?query=...` with headers, `_` for `-` in their names."""
    method, _, target = line.partition(" ")
    path, _, query = target.partition("?")
    named = {"host": "127.0.0.1:3000"} | {name.replace("_", "-"): value for name, value in headers.items()}
    pairs = [*((name, value) for name, value in named.items() if value), *more]
    return {
        "type": kind,
        "method": method,
        "path": path,
        "query_string": query.encode(),
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in pairs],
        "server": (server, 3000),
        "scheme": "http",
    }


def posted(**headers: str) -> Scope:
    return request("POST /graphql", **{"content_type": "application/json", **headers})


ALLOWED = {
    "a page that is typed in": request(sec_fetch_site="none", **NAVIGATION),
    "a file that the UI's own page loads": request("GET /_next/main.js", sec_fetch_site="same-origin"),
    "a query of the UI's own page": posted(origin="http://127.0.0.1:3000", sec_fetch_site="same-origin"),
    "a query of a script without a browser": posted(),
    "JSON with a character set": posted(content_type="Application/JSON; charset=utf-8"),
    "the page to write queries on": request("GET /graphql", accept="text/html,application/xhtml+xml"),
    "a link in an e-mail": request("GET /runs/1?tab=logs", sec_fetch_site="cross-site", **NAVIGATION),
    "a link on another port": request("GET /assets", sec_fetch_site="same-site", **NAVIGATION),
    "localhost": request(host="localhost:3000"),
    "LOCALHOST with a dot": request(host="LOCALHOST.:3000"),
    "another loopback address": request(host="127.8.8.8"),
    "the IPv6 loopback": request(host="[::1]:3000"),
    "IPv6 written in full": request(host="[0:0:0:0:0:0:0:1]"),
    "IPv4 within IPv6": request(host="[::ffff:127.0.0.1]:3000"),
    "a name of the settings on any port": request(host="deals.example.COM:8443"),
    "a name of the settings with a dot at its end": request(host="deals.example.com."),
    "an IPv6 address of the settings": request(host="[2001:DB8:0::7]:3000"),
    "the address where the request arrives": request(host="192.0.2.7:3000", server="192.0.2.7"),
    "a page behind a proxy with TLS": posted(host="deals.example.com", origin="https://deals.example.com"),
    "a page on the default port, written out": posted(host="localhost:80", origin="http://localhost"),
    "a websocket of the UI's own page": request("GET /graphql", kind="websocket", origin="http://127.0.0.1:3000"),
    "a websocket of a script": request("GET /graphql", kind="websocket"),
}

REFUSED = {
    "a mutation by GET": (request(f"GET /graphql?{MUTATION}"), "GraphQL requests by GET are not accepted"),
    "a query by GET": (
        request("GET /graphql?query={version}", accept="*/*"),
        "GraphQL requests by GET are not accepted",
    ),
    "a mutation by GET with a slash": (
        request(f"GET /graphql/?{MUTATION}"),
        "GraphQL requests by GET are not accepted",
    ),
    "a mutation by HEAD": (request(f"HEAD /graphql?{MUTATION}"), "GraphQL requests by HEAD are not accepted"),
    "a GET whose first Accept is no page": (
        request(f"GET /graphql?{MUTATION}", ("accept", "text/html"), accept="*/*"),
        "GraphQL requests by GET are not accepted",
    ),
    "an image on another site's page": (
        request(f"GET /graphql?{MUTATION}", sec_fetch_site="cross-site", sec_fetch_mode="no-cors"),
        "a page of another site",
    ),
    "an image of another port": (request("GET /x.png", sec_fetch_site="same-site"), "a page of another site"),
    "a frame on another site's page": (
        request(sec_fetch_site="cross-site", **NAVIGATION | {"sec-fetch-dest": "iframe"}),
        "a page of another site",
    ),
    "a form on another site's page, opened as a page": (
        request("POST /graphql", sec_fetch_site="cross-site", content_type="application/json", **NAVIGATION),
        "a page of another site",
    ),
    "two kinds of site in one request": (
        request("GET /", ("sec-fetch-site", "cross-site"), sec_fetch_site="same-origin"),
        "a page of another site",
    ),
    "a POST from another site": (posted(origin="https://evil.example"), "another page ('https://evil.example')"),
    "a POST from another port": (posted(origin="http://127.0.0.1:8000"), "another page ('http://127.0.0.1:8000')"),
    "a POST from another loopback name": (posted(origin="http://localhost:3000"), "another page"),
    "a POST from a page without origin": (posted(origin="null"), "another page ('null')"),
    "a POST whose origin only begins like ours": (posted(origin="http://127.0.0.1:3000.evil.example"), "another page"),
    "a POST from a file": (posted(origin="file://"), "another page"),
    "an origin with a user in it": (posted(origin="http://127.0.0.1:3000@evil.example"), "another page"),
    "two origins of which one is ours": (
        request(
            "POST /graphql",
            ("origin", "https://evil.example"),
            origin="http://127.0.0.1:3000",
            content_type="application/json",
        ),
        "another page",
    ),
    "a page over TLS on the port of plain HTTP": (posted(host="localhost:80", origin="https://localhost"), "another"),
    "a form": (posted(content_type="application/x-www-form-urlencoded"), "application/x-www-form-urlencoded"),
    "a form with files": (posted(content_type="multipart/form-data; boundary=x"), "multipart/form-data"),
    "plain text": (posted(content_type="text/plain"), "text/plain"),
    "plain text that mentions JSON": (posted(content_type="text/plain; application/json"), "text/plain"),
    "GraphQL as such": (posted(content_type="application/graphql"), "application/graphql"),
    "a POST without a type": (posted(content_type=""), "without a Content-Type"),
    "a POST with two types": (
        request("POST /graphql", ("content-type", "text/plain"), content_type="application/json"),
        "application/json, text/plain",
    ),
    "an event that is reported without a type": (request("POST /report_asset_materialization/crm/world"), "without"),
    "a browser's question whether it may": (request("OPTIONS /graphql"), "The method 'OPTIONS'"),
    "a PUT": (request("PUT /graphql", content_type="application/json"), "The method 'PUT'"),
    "a name that was made to mean 127.0.0.1": (request(host="evil.example:3000"), "'evil.example' does not belong"),
    "a name that ends like ours": (request(host="evil-deals.example.com"), "'evil-deals.example.com'"),
    "a name that begins like ours": (request(host="localhost.evil.example"), "'localhost.evil.example'"),
    "a name below localhost": (request(host="evil.localhost:3000"), "'evil.localhost'"),
    "an address that is not the one of arrival": (request(host="192.0.2.8", server="192.0.2.7"), "'192.0.2.8'"),
    "a foreign name in a link": (request(host="evil.example", sec_fetch_site="none", **NAVIGATION), "'evil.example'"),
    "a foreign name that claims its own origin": (
        posted(host="evil.example:3000", origin="http://evil.example:3000"),
        "'evil.example'",
    ),
    "no host": (request(host=""), "0 Host headers"),
    "two hosts": (request("GET /", ("host", "evil.example")), "2 Host headers"),
    "a host with a user in it": (request(host="127.0.0.1@evil.example"), "is not a host name"),
    "a host that is no IPv6 address": (request(host="[::1].evil.example"), "is not a host name"),
    "two dots at the end": (request(host="localhost..:3000"), "does not belong to this server"),
    "a websocket of another site": (
        request("GET /graphql", kind="websocket", origin="https://evil.example"),
        "another page",
    ),
    "a websocket of another port": (
        request("GET /graphql", kind="websocket", origin="http://127.0.0.1:8000"),
        "another page",
    ),
    "a websocket under a foreign name": (
        request("GET /graphql", kind="websocket", host="evil.example", origin="http://evil.example"),
        "'evil.example'",
    ),
    "a websocket that passes for a link": (
        request("GET /graphql", kind="websocket", sec_fetch_site="cross-site", **NAVIGATION),
        "a page of another site",
    ),
}


@pytest.mark.parametrize("name", ALLOWED)
def test_the_ui_answers(name: str) -> None:
    assert reason_to_refuse(ALLOWED[name], UI) is None


@pytest.mark.parametrize("name", REFUSED)
def test_the_ui_refuses_in_one_sentence_that_says_what_to_do(name: str) -> None:
    scope, said = REFUSED[name]

    reason = reason_to_refuse(scope, UI)

    assert reason is not None
    assert said in reason
    assert reason.endswith(".")
    assert "\n" not in reason
    assert any(advice in reason for advice in ("http://127.0.0.1:3000", "application/json", "use GET or POST"))


@pytest.mark.parametrize(
    ("scope", "said"),
    [
        (posted(origin="http://127.0.0.1:3000"), "not the page 'http://127.0.0.1:3000'"),
        (posted(origin="https://evil.example"), "not the page 'https://evil.example'"),
        (posted(origin="null"), "not the page 'null'"),
        (request("GET /v1/models", sec_fetch_site="cross-site"), "not a page of another site"),
        (request("GET /", sec_fetch_site="cross-site", **NAVIGATION), "not a page of another site"),
        (posted(host="evil.example"), "'evil.example' does not belong to this server"),
        (posted(content_type="text/plain"), "send JSON"),
    ],
)
def test_an_endpoint_for_programs_answers_no_page(scope: Scope, said: str) -> None:
    reason = reason_to_refuse(scope, ENDPOINT)

    assert reason is not None
    assert said in reason


@pytest.mark.parametrize("scope", [posted(), request("GET /v1/models"), request("GET /", sec_fetch_site="none")])
def test_an_endpoint_for_programs_answers_programs_and_whoever_types_its_address(scope: Scope) -> None:
    assert reason_to_refuse(scope, ENDPOINT) is None


class Asked:
    """What came of a request: the status, the headers, the text, and whether the application saw it."""

    def __init__(self, scope: Scope, rules: GuardRules) -> None:
        self.seen: list[str] = []
        self.messages: list[MutableMapping[str, Any]] = []
        asyncio.run(GuardedApplication(self._application, rules)(scope, self._receive, self._send))
        self.headers: dict[str, str] = {
            name.decode(): value.decode() for name, value in self.messages[0].get("headers", ())
        }
        self.status = self.messages[0].get("status")
        self.text = b"".join(message.get("body", b"") for message in self.messages).decode()

    async def _application(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.seen.append(scope["type"])
        await send({"type": "http.response.start", "status": 200, "headers": [(b"x-own", b"1")]})
        await send({"type": "http.response.body", "body": b"served"})

    async def _receive(self) -> MutableMapping[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def _send(self, message: MutableMapping[str, Any]) -> None:
        self.messages.append(message)


def test_what_is_refused_never_reaches_the_application_and_is_told_in_plain_text() -> None:
    asked = Asked(posted(origin="https://evil.example"), UI)

    assert asked.seen == []
    assert asked.status == 403
    assert asked.headers["content-type"].startswith("text/plain")
    assert asked.text.startswith("The request comes from another page ('https://evil.example')")
    assert not {"access-control-allow-origin", "set-cookie"} & set(asked.headers)


def test_a_websocket_is_refused_before_it_is_open() -> None:
    scope = request("GET /graphql", kind="websocket", origin="https://evil.example")

    assert Asked(scope, UI).messages[0]["type"] == "websocket.close"
    told = Asked({**scope, "extensions": {"websocket.http.response": {}}}, UI)
    assert (told.messages[0]["type"], told.status, told.seen) == ("websocket.http.response.start", 403, [])


def test_what_is_served_cannot_be_embedded_by_others() -> None:
    asked = Asked(request(), UI)

    assert asked.text == "served"
    assert asked.headers["x-own"] == "1"
    assert asked.headers["x-frame-options"] == "SAMEORIGIN"
    assert asked.headers["cross-origin-resource-policy"] == "same-origin"


def test_the_start_and_the_end_of_a_server_are_not_asked_for_anything() -> None:
    assert Asked({"type": "lifespan"}, WITH_TOKEN).seen == ["lifespan"]


def cookie_of(asked: Asked) -> str:
    return asked.headers["set-cookie"].partition(";")[0]


def test_a_token_in_the_address_becomes_a_cookie_and_leaves_the_address() -> None:
    opened = Asked(request(f"GET /runs/1?tab=logs&token={RIGHT}&x=a%26b"), WITH_TOKEN)

    assert opened.status == 200
    assert opened.seen == []
    assert 'content="0;url=/runs/1?tab=logs&amp;x=a%26b"' in opened.text
    assert opened.headers["set-cookie"].endswith("; Path=/; HttpOnly; SameSite=Strict")
    assert opened.headers["referrer-policy"] == "no-referrer"
    assert RIGHT not in json.dumps(opened.headers) + opened.text
    assert Asked(request(cookie=f"other=1; {cookie_of(opened)}"), WITH_TOKEN).text == "served"
    socket = request("GET /graphql", kind="websocket", cookie=cookie_of(opened))
    assert Asked(socket, WITH_TOKEN).seen == ["websocket"]


def test_a_token_in_the_address_leads_to_no_other_server() -> None:
    opened = Asked(request(f"GET //evil.example/\\x?token={RIGHT}"), WITH_TOKEN)

    assert 'content="0;url=/evil.example/%5Cx"' in opened.text


@pytest.mark.parametrize("scheme", ["Bearer", "bearer"])
def test_a_script_shows_the_token_as_a_bearer(scheme: str) -> None:
    assert Asked(posted(authorization=f"{scheme} {RIGHT}"), WITH_TOKEN).text == "served"


@pytest.mark.parametrize(
    "scope",
    [
        request(),
        request("GET /?token=wrong"),
        request("GET /?token="),
        request(f"HEAD /?token={RIGHT}"),
        request("GET /", authorization="Bearer wrong"),
        request("GET /", authorization=f"Basic {RIGHT}"),
        request("GET /", authorization="Bearer \xe4\xf6\xfc"),
        request("GET /", cookie=f"synthdeal_ui_3000={RIGHT}"),
        request("GET /", cookie="synthdeal_ui_3000="),
        request("GET /graphql", kind="websocket"),
        posted(),
        request("GET /?token=wrong", sec_fetch_site="cross-site", **NAVIGATION),
    ],
)
def test_without_the_right_token_nothing_is_served(scope: Scope) -> None:
    asked = Asked({**scope, "extensions": {"websocket.http.response": {}}}, WITH_TOKEN)

    assert asked.seen == []
    assert asked.status == 403
    assert "http://127.0.0.1:3000/?token=..." in asked.text
    assert RIGHT not in asked.text
    assert "set-cookie" not in asked.headers


def test_the_cookie_of_another_token_is_worth_nothing() -> None:
    another = "another-long-one"
    other = replace(WITH_TOKEN, token=another)
    cookie = cookie_of(Asked(request(f"GET /?token={another}"), other))

    assert Asked(request(cookie=cookie), WITH_TOKEN).status == 403


def test_a_link_elsewhere_opens_the_page_anew_so_that_the_strict_cookie_is_sent() -> None:
    asked = Asked(request("GET /runs/1", sec_fetch_site="cross-site", **NAVIGATION), WITH_TOKEN)

    assert asked.seen == []
    assert asked.status == 200
    assert 'content="0;url=/runs/1"' in asked.text
    assert "set-cookie" not in asked.headers


def test_a_token_opens_nothing_for_another_sites_page() -> None:
    asked = Asked(posted(authorization=f"Bearer {RIGHT}", origin="https://evil.example"), WITH_TOKEN)

    assert asked.status == 403
    assert asked.seen == []


@pytest.mark.parametrize(
    ("host", "alone"),
    [("127.0.0.1", True), ("::1", True), ("localhost", True), (EVERYWHERE, False), ("::", False), ("192.0.2.7", False)],
)
def test_only_loopback_keeps_other_machines_out(host: str, alone: bool) -> None:
    assert listens_on_loopback(host) is alone


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "http://127.0.0.1:3000"),
        (EVERYWHERE, "http://127.0.0.1:3000"),
        ("::", "http://[::1]:3000"),
        ("deals.example.com", "http://deals.example.com:3000"),
    ],
)
def test_the_address_is_one_that_can_be_opened(host: str, address: str) -> None:
    assert address_of(host, 3000) == address
