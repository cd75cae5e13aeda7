"""`synthdeal dataset schema`: the grammar of specifications as JSON Schema."""

from __future__ import annotations

import json

from synthdeal_assets.cli.console import results
from synthdeal_assets.datasets.spec.grammar import json_schema


def print_schema() -> int:
    """Print it; returns the exit code."""
    results.print(json.dumps(json_schema(), indent=2, ensure_ascii=False))
    return 0
