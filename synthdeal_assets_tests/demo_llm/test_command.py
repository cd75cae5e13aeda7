"""`synthdeal demo-llm` says where it listens and what it is, serves, and ends well when it is asked to."""

from __future__ import annotations

import http.client
import math
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import openai
import pytest

from synthdeal_assets.cli.demo_llm import serve_demo_llm
from synthdeal_assets.demo_llm.server import ModelServer, ServerThread
from synthdeal_assets.settings import Settings
from synthdeal_assets_tests.demo_llm.asking import ask_openai, deal_of
from synthdeal_assets_tests.failure_codes import failing_with
from synthdeal_assets_tests.fakes.llm_server import LlmServer

CALL = """
from pathlib import Path
from synthdeal_assets.cli.demo_llm import serve_demo_llm
from synthdeal_assets.settings import Settings
raise SystemExit(serve_demo_llm(
    Settings(home=Path("home")), host="127.0.0.1", port=0, latency=0.0, noise=0.1, seed=0, faults=["unavailable=1"]
))
"""


@contextmanager
def served(folder: Path) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """The command as a process of its own, and what it said at first."""
    environment = os.environ | {"PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(
        [sys.executable, "-c", CALL],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        lines = []
        for line in process.stdout:
            lines.append(line.rstrip())
            if "anthropic" in line:
                break
        yield process, lines
    finally:
        process.kill()
        process.communicate()


@pytest.mark.slow
@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_it_says_how_to_use_it_serves_with_faults_and_ends_with_0_and_its_counts(
    tmp_path: Path, ending: signal.Signals
) -> None:
    with served(tmp_path) as (process, lines):
        address = lines[0].split()[3]
        assert lines[0] == f"demo-llm listens at {address} (Ctrl-C stops it)."
        assert "simulated" in lines[1]
        assert "hidden truth" in lines[1]
        assert lines[2].startswith("It serves the model demo-llm and any model whose name starts with that")
        assert (
            f"SYNTHDEAL_SCORER=openai SYNTHDEAL_OPENAI_BASE_URL={address}/v1 SYNTHDEAL_OPENAI_MODEL=demo-llm "
            "synthdeal run"
        ) in lines
        client = openai.OpenAI(base_url=f"{address}/v1", api_key="any", max_retries=0, timeout=10)
        with pytest.raises(openai.NotFoundError, match="SYNTHDEAL_OPENAI_MODEL=demo-llm"):
            ask_openai(client, deal_of(1), model="gpt-6-luna")
        with pytest.raises(openai.InternalServerError):
            ask_openai(client, deal_of(1))
        process.send_signal(ending)
        out, err = process.communicate(timeout=10)
        assert process.returncode == 0
        assert "Requests: 2, on opportunities: 1" in out
        assert "unavailable 1" in out
        assert "until there is one, levels come from a hash" in err


def test_a_port_that_is_taken_is_one_clear_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with failing_with("cli.port-in-use", naming=rf"{port} of 127\.0\.0\.1") as refused:
            serve_demo_llm(Settings(home=tmp_path), host="127.0.0.1", port=port, latency=0.0, noise=0.0, seed=0)
    assert refused.value.exit_code == 1


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        ({"Origin": "https://evil.example"}, "answers programs, not the page 'https://evil.example'"),
        ({"Origin": "null"}, "answers programs, not the page 'null'"),
        ({"Sec-Fetch-Site": "cross-site"}, "answers programs, not a page of another site"),
        ({"Host": "evil.example"}, "'evil.example' does not belong to this server"),
        ({"Content-Type": "text/plain"}, "send JSON with Content-Type application/json"),
    ],
)
def test_a_page_of_another_site_is_refused_and_costs_nothing(
    server: LlmServer, headers: dict[str, str], said: str
) -> None:
    connection = http.client.HTTPConnection(server.anthropic_base_url.removeprefix("http://"), timeout=10)
    connection.request("POST", "/v1/messages", "{}", {"Content-Type": "application/json", **headers})
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()

    assert answer.status == 403
    assert said in text
    assert server.counts().requests == 0


def test_a_name_of_the_settings_is_answered_to() -> None:
    with ServerThread(ModelServer(), further_names=["models.example"]) as running:
        connection = http.client.HTTPConnection("127.0.0.1", running.port, timeout=10)
        connection.request("GET", "/v1/models", headers={"Host": "models.example"})
        assert connection.getresponse().status == 200
        connection.close()


def test_a_rate_that_is_none_is_refused_before_anything_is_served(tmp_path: Path) -> None:
    with failing_with("demo-llm.bad-fault", naming="reset=7"):
        serve_demo_llm(
            Settings(home=tmp_path), host="127.0.0.1", port=0, latency=0.0, noise=0.0, seed=0, faults=["reset=7"]
        )


@pytest.mark.parametrize(
    ("flag", "value"),
    [
        ("latency", -1.0),
        ("latency", 3601.0),
        ("latency", math.nan),
        ("noise", -0.1),
        ("noise", 1.5),
        ("gullible", -0.1),
        ("gullible", 2.0),
    ],
)
def test_a_value_out_of_its_range_is_one_clear_sentence(tmp_path: Path, flag: str, value: float) -> None:
    values: dict[str, Any] = {"latency": 0.0, "noise": 0.0, "gullible": 0.0, flag: value}
    with failing_with("demo-llm.number-out-of-range", naming=rf"--{flag} {value:g}") as refused:
        serve_demo_llm(Settings(home=tmp_path), host="127.0.0.1", port=0, seed=0, **values)
    assert refused.value.exit_code == 2
