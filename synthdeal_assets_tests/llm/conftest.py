"""What the tests of language models share: a server on loopback."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from synthdeal_assets_tests.llm.asking import Line
from synthdeal_assets_tests.llm.raw_server import RawServer


@pytest.fixture
def server() -> Iterator[RawServer]:
    with RawServer().running() as running:
        yield running


@pytest.fixture(scope="module")
def line() -> Iterator[Line]:
    with RawServer().running() as running:
        opened = Line(running)
        yield opened
        opened.close()
