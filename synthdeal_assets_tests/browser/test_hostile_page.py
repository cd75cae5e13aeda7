"""No page of another site drives the UI, whatever it sends; the UI's own pages and links to it work."""

from __future__ import annotations

import json
import shutil
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, expect

from synthdeal_assets.foundation.request_guard import (
    GuardedApplication,
    GuardRules,
    Receive,
    Scope,
    Send,
    address_of,
    names_of,
)
from synthdeal_assets_tests.browser.chromium import ARGUMENTS, page_in
from synthdeal_assets_tests.browser.dagster_server import guarded_ui
from synthdeal_assets_tests.browser.hostile_page import ATTEMPTS, LAUNCH, hostile_site
from synthdeal_assets_tests.browser.refreshed_ui import OpenPage

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

RIGHT = "long-enough-and-right"
REBOUND = "kittens.example"
"""A name whose owner has made it mean 127.0.0.1."""

COUNT = "{runsOrError{...on Runs{count}}}"
ASK = """
async ([address, query]) => {
  const headers = {"Content-Type": "application/json"};
  const answer = await fetch(`${address}/graphql`, {method: "POST", headers, body: JSON.stringify({query})});
  return [answer.status, await answer.text()];
}
"""
OPEN_SOCKET = """
address => new Promise(done => {
  const socket = new WebSocket(`${address.replace("http", "ws")}/graphql`, "graphql-ws");
  socket.onopen = () => { socket.close(); done("open"); };
  socket.onerror = () => done("refused");
})
"""


@pytest.fixture(scope="module")
def ui(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with guarded_ui(tmp_path_factory.mktemp("home"), {"opportunities": 5}) as address:
        yield address


@pytest.fixture(scope="module")
def deceived(browser: Browser) -> Iterator[Browser]:
    """A browser to which a name of somebody else's means this machine."""
    arguments = [*ARGUMENTS, f"--host-resolver-rules=MAP {REBOUND} 127.0.0.1"]
    deceived = browser.browser_type.launch(executable_path=shutil.which("chromium"), args=arguments)
    yield deceived
    deceived.close()


def asked_by(page: Page, address: str, query: str) -> tuple[int, Any]:
    """What a page gets that asks as the UI's own pages do."""
    status, text = page.evaluate(ASK, [address, query])
    return status, json.loads(text) if text.startswith("{") else text


def runs_of(page: Page, ui: str) -> int:
    page.goto(ui)
    count: int = asked_by(page, ui, COUNT)[1]["data"]["runsOrError"]["count"]
    return count


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
@pytest.mark.parametrize("target", ["127.0.0.1", "localhost"])
def test_a_page_of_another_origin_launches_nothing_and_reads_nothing(
    ui: str, open_page: OpenPage, name: str, target: str
) -> None:
    with hostile_site(ui.replace("127.0.0.1", target)) as port, open_page() as page:
        asked: list[str] = []
        answers: list[int] = []
        page.on("request", lambda request: asked.append(request.url) if f":{port}" not in request.url else None)
        page.on("response", lambda answer: answers.append(answer.status) if f":{port}" not in answer.url else None)
        page.goto(f"http://{name}:{port}/")
        page.wait_for_function(f"window.ended.size === {len(ATTEMPTS)}")

        assert sorted(page.evaluate("[...window.ended]")) == sorted(ATTEMPTS)
        assert page.evaluate("window.got") == []
        assert len(asked) >= len(ATTEMPTS) - 1, "a websocket is no request, everything else is"
        assert set(answers) == {403}
        assert runs_of(page, ui) == 0


def test_a_name_that_was_made_to_mean_this_machine_is_refused(ui: str, deceived: Browser, tmp_path: Path) -> None:
    rebound = ui.replace("127.0.0.1", REBOUND)
    with page_in(deceived, tmp_path) as page:
        opened = page.goto(f"{rebound}/")

        assert opened is not None
        assert opened.status == 403
        assert f"'{REBOUND}' does not belong to this server" in page.inner_text("body")
        assert asked_by(page, rebound, LAUNCH)[0] == 403
        assert page.evaluate(OPEN_SOCKET, rebound) == "refused"
        assert runs_of(page, ui) == 0


def test_a_link_on_another_site_opens_the_ui_and_its_websocket(ui: str, open_page: OpenPage) -> None:
    with hostile_site(ui) as port, open_page() as page:
        page.goto(f"http://localhost:{port}/link")
        page.get_by_role("link", name="the runs").click()

        expect(page.get_by_role("link").filter(has_text="Lineage").first).to_be_visible()
        assert page.evaluate(OPEN_SOCKET, ui) == "open"


def test_the_same_launch_from_the_uis_own_page_goes_through(ui: str, open_page: OpenPage) -> None:
    """What the hostile page sent was no nonsense: it is refused for where it came from."""
    with open_page() as page:
        page.goto(ui)
        status, answer = asked_by(page, ui, LAUNCH)

        assert status == 200
        assert answer["data"]["launchRun"]["__typename"] == "LaunchRunSuccess"
        assert runs_of(page, ui) == 1


@contextmanager
def served_with(token: str) -> Iterator[str]:
    """A guarded application that says where it was asked."""

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(b"content-type", b"text/plain")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": f"served {scope['path']}".encode()})

    with socket.create_server(("127.0.0.1", 0)) as listening:
        address = address_of("127.0.0.1", listening.getsockname()[1])
        rules = GuardRules(names=names_of("127.0.0.1", ()), address=address, token=token)
        server = uvicorn.Server(
            uvicorn.Config(GuardedApplication(application, rules), lifespan="off", log_level="warning")
        )
        serving = threading.Thread(target=server.run, args=([listening],))
        serving.start()
        try:
            yield address
        finally:
            server.should_exit = True
            serving.join()


def test_a_token_opens_the_ui_once_and_then_stays_in_a_cookie(open_page: OpenPage) -> None:
    with served_with(RIGHT) as ui, hostile_site(ui) as port, open_page() as page:
        refused = page.goto(f"{ui}/runs")
        assert refused is not None
        assert refused.status == 403

        page.goto(f"{ui}/runs?token={RIGHT}")
        expect(page.get_by_text("served /runs")).to_be_visible()
        assert page.url == f"{ui}/runs"
        assert page.evaluate("document.cookie") == ""

        page.goto(f"{ui}/assets")
        expect(page.get_by_text("served /assets")).to_be_visible()

        page.goto(f"http://localhost:{port}/link")
        page.get_by_role("link", name="the runs").click()
        expect(page.get_by_text("served /runs")).to_be_visible()


def test_a_link_without_a_cookie_ends_at_a_sentence_and_not_in_a_circle(open_page: OpenPage) -> None:
    with served_with(RIGHT) as ui, hostile_site(ui) as port, open_page() as page:
        page.goto(f"http://localhost:{port}/link")
        page.get_by_role("link", name="the runs").click()

        expect(page.get_by_text("A valid token is required")).to_be_visible()
