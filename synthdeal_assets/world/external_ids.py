"""Identifiers by which another system finds a row again: what an upsert into Salesforce is given as external id.

An identifier of a table is unique in its world alone; with the code of the world before it, it is unique among all. It
is the same on every day that the world is seen on.
"""

from __future__ import annotations

import hashlib
from typing import Final

import polars as pl

EXTERNAL_ID: Final = "external_id"


def world_code(seed: int, size: int, account_names: str) -> str:
    """Eight hexadecimal digits, the same for every day of one world."""
    return hashlib.blake2b(f"{seed}|{size}|{account_names}".encode(), digest_size=4).hexdigest()


def external_id(code: str, identifier: str) -> pl.Expr:
    """The external id of each row, such as SD-1f3a9c20-ACC-0000001.

    Args:
        code: Code of the world.
        identifier: Column that holds the identifier.
    """
    return pl.concat_str(pl.lit(f"SD-{code}-"), identifier).alias(EXTERNAL_ID)
