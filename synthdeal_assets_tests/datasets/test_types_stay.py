"""The values of semantic types are those that they were, in every process.

A hash that changes means that datasets of users change: raise `GENERATOR_VERSION`, and write the file anew with
`python -m synthdeal_assets_tests.datasets.test_types_stay`.
"""

from __future__ import annotations

import csv
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from synthdeal_assets.datasets.types.catalogue import GENERATOR_VERSION, catalogue
from synthdeal_assets_tests.datasets.type_requests import TypedTable

REPOSITORY = Path(__file__).parents[2]
FILE = Path(__file__).parent / "type_hashes.csv"
GOLDEN = {(row["type"], row["how"]): row["hash"] for row in csv.DictReader(FILE.read_text().splitlines())}


def hashes() -> dict[str, str]:
    """Type and how it was asked for -> hash of 1,000 rows."""
    made = {}
    for name, type_ in catalogue().items():
        for how, unique in (("drawn", []), ("unique", [name])):
            if unique and type_.capacity is not None and type_.capacity < 1_000:
                continue
            column = TypedTable([name], rows=np.arange(1_000), unique=unique).column(name)
            content = "\n".join(map(str, column.to_list()))
            made[f"{name},{how}"] = hashlib.sha256(content.encode()).hexdigest()[:16]
    return made


def test_the_values_are_those_that_they_were() -> None:
    assert GOLDEN.pop(("version", "")) == str(GENERATOR_VERSION)
    assert {f"{name},{how}": value for (name, how), value in GOLDEN.items()} == hashes()


@pytest.mark.slow
def test_another_process_makes_the_same() -> None:
    program = f"import json; from {__name__} import hashes; print(json.dumps(hashes()))"
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY), "PYTHONHASHSEED": "77"}
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True, timeout=120
    )
    assert json.loads(done.stdout) == hashes()


if __name__ == "__main__":
    lines = ["type,how,hash", f"version,,{GENERATOR_VERSION}", *(f"{key},{value}" for key, value in hashes().items())]
    FILE.write_text("\n".join(lines) + "\n")
