"""A page of another site that tries every way a page has to make the UI do something, and says what it got.

What must not come of it belongs in `test_hostile_page.py`.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final
from urllib.parse import quote

LAUNCH: Final = (
    'mutation{launchRun(executionParams:{selector:{repositoryLocationName:"synthdeal_assets",'
    'repositoryName:"__repository__",jobName:"refresh"},runConfigData:{}})'
    "{__typename ...on PythonError{message} ...on LaunchRunSuccess{run{runId}}}}"
)
"""What replaces the world and spends money."""

ATTEMPTS: Final = (
    "image",
    "script",
    "frame",
    "form",
    "form as plain text",
    "form with files",
    "plain text",
    "plain text that mentions JSON",
    "no type",
    "beacon",
    "JSON",
    "event",
    "websocket",
)
"""Each ends in an entry of `window.ended`, whatever came of it; what the page could read is in `window.got`."""

_SCRIPT: Final = """
const ui = TARGET, launch = LAUNCH, get = `${ui}/graphql?query=${encodeURIComponent(launch)}`;
const body = JSON.stringify({query: launch});
window.ended = new Set(); window.got = [];
const end = name => window.ended.add(name);
function element(name, tag, of) {
  const made = Object.assign(document.createElement(tag), of);
  made.onload = made.onerror = () => end(name);
  document.body.append(made);
}
function form(name, enctype, field, value) {
  const frame = document.createElement("iframe");
  frame.name = name.replaceAll(" ", "_");
  document.body.append(frame);
  const made = document.createElement("form");
  Object.assign(made, {action: get, method: "POST", target: frame.name, enctype});
  made.append(Object.assign(document.createElement("input"), {name: field, value}));
  document.body.append(made);
  frame.onload = () => end(name);
  made.submit();
}
function post(name, how, address = get) {
  fetch(address, {method: "POST", ...how}).then(answer => answer.text()).then(
    text => { if (text) window.got.push([name, text]); }, () => {}).then(() => end(name));
}
element("image", "img", {src: get});
element("script", "script", {src: get});
element("frame", "iframe", {src: ui});
form("form", "application/x-www-form-urlencoded", "query", launch);
form("form as plain text", "text/plain", body.slice(0, -1) + ',"x":"', '"}');
form("form with files", "multipart/form-data", "query", launch);
post("plain text", {mode: "no-cors", body, headers: {"Content-Type": "text/plain"}});
post("plain text that mentions JSON",
  {mode: "no-cors", body, headers: {"Content-Type": "text/plain; application/json"}});
post("no type", {mode: "no-cors", body: new Blob([])});
navigator.sendBeacon(get, body); end("beacon");
post("JSON", {body, credentials: "include", headers: {"Content-Type": "application/json"}});
post("event", {mode: "no-cors"}, `${ui}/report_asset_materialization/crm/world`);
const socket = new WebSocket(`${ui.replace("http", "ws")}/graphql`, "graphql-ws");
socket.onopen = () => { window.got.push(["websocket", "open"]); end("websocket"); };
socket.onclose = () => end("websocket");
"""


@contextmanager
def hostile_site(ui: str) -> Iterator[int]:
    """A site on a free loopback port; `/` has the hostile page, `/link` a link to the UI.

    Args:
        ui: What it is after: `http://127.0.0.1:3000`.

    Yields:
        Its port.
    """
    script = _SCRIPT.replace("TARGET", json.dumps(ui)).replace("LAUNCH", json.dumps(LAUNCH), 1)
    pages = {
        "/": f"<!doctype html><title>Kittens</title><body><script>{script}</script>",
        "/link": f'<!doctype html><title>Mail</title><a href="{ui}/runs?q={quote("status:FAILURE")}">the runs</a>',
    }

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            page = pages.get(self.path, "").encode()
            self.send_response(200 if page else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(page)))
            self.end_headers()
            self.wfile.write(page)

        def log_message(self, *_: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as site:
        serving = threading.Thread(target=site.serve_forever)
        serving.start()
        try:
            yield site.server_port
        finally:
            site.shutdown()
            serving.join()
