"""Requests that people make, and the plans that must come of them."""

from typing import Any

import pytest

from synthdeal_assets_tests.datasets.words.judged import faults, requests

FILES = (
    "requests_tuned.yaml",
    "requests_kept.yaml",
    "requests_fresh.yaml",
    "requests_last.yaml",
    "requests_third.yaml",
    "requests_plain.yaml",
)


@pytest.mark.parametrize("expected", [one for name in FILES for one in requests(name)], ids=lambda one: one["say"][:60])
def test_a_request_becomes_what_was_meant(expected: dict[str, Any]) -> None:
    assert faults(expected) == []
