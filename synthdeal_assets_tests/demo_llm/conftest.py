"""A model server for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from synthdeal_assets_tests.fakes.llm_server import LlmServer


@pytest.fixture
def server() -> Iterator[LlmServer]:
    with LlmServer() as running:
        yield running
