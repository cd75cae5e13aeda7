"""A small dataset that keeps its specification, as files in which one cell can be changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl

from synthdeal_assets.datasets.certificate.recount import Certificate, Outcome, recount
from synthdeal_assets.datasets.spec.dataset import Dataset
from synthdeal_assets.datasets.spec.resolution import resolve
from synthdeal_assets.datasets.spec.spec_file import parse_specification

Rows = list[dict[str, Any]]
Tables = dict[str, Rows]


def dataset_of(text: str) -> Dataset:
    """The resolved specification of a text."""
    return resolve(parse_specification(text, "the test"))


def write(folder: Path, tables: Mapping[str, Sequence[Mapping[str, Any]]], extension: str = "parquet") -> Path:
    """Write tables as files; money as decimals, as it is exported."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in tables.items():
        frame = pl.DataFrame([dict(row) for row in rows], infer_schema_length=None)
        path = folder / f"{name}.{extension}"
        if extension == "parquet":
            frame.write_parquet(path)
        elif extension == "csv":
            frame.write_csv(path)
        elif extension == "jsonl":
            frame.write_ndjson(path)
        else:
            frame.write_json(path)
    return folder


def broken(certificate: Certificate) -> list[tuple[str, str | None, str]]:
    """Kind, field and table of the promises that do not hold."""
    return [(each.promise.table, each.promise.field, each.promise.kind) for each in certificate.against]


def outcome(certificate: Certificate, table: str, field: str | None, kind: str) -> Outcome:
    """The outcome of one promise."""
    (found,) = (
        each
        for each in certificate.outcomes
        if (each.promise.table, each.promise.field, each.promise.kind) == (table, field, kind)
    )
    return found


SHOP = """
dataset: shop
seed: 3
as_of: 2026-11-28
tables:
  accounts:
    rows: 5
    fields:
      account_id: {key: "ACC-{:03d}"}
      country: {one_of: {US: 60%, DE: 40%}}
      founded: {date: 2019-01-01 .. 2020-12-31}
      revenue: {uniform: 1_000 .. 9_000, decimals: 0}
      won: {sum: deals.amount, where: "stage = 'Won'"}
      deals: {count: deals}
      largest: {max: deals.amount}
      usual: {mean: deals.amount, decimals: 2}
      first_deal: {min: deals.created_on}
      main_contact: {refers_to: contacts, among: own}
  contacts:
    rows: {per: accounts, count: {0: 20%, 1: 20%, 3: 60%}}
    fields:
      contact_id: {key: uuid}
      account_id: {refers_to: accounts}
      code: {pattern: "[A-Z]{2}-[0-9]{3}", unique: true}
      manager_id: {refers_to: contacts, among: same account_id, earlier: true}
  deals:
    rows: {per: accounts, count: {uniform: 1 .. 3}, total: 10}
    fields:
      deal_id: {key: integer}
      account_id: {refers_to: accounts}
      contact_id: {refers_to: contacts, among: same account_id, missing: 20%}
      created_on: {date: account_id.founded .. as_of}
      stage: {one_of: {Open: 30%, Won: 50%, Lost: 20%}}
      amount: {uniform: 10 .. 900, decimals: 2}
      fee: {formula: "amount * 0.19", decimals: 2}
      reason: {one_of: [Price, Timing], when: "stage = 'Lost'"}
      urgent: {flag: 30%}
    rules:
      - amount <= account_id.revenue * 0.1
      - created_on < 2026-01-01 if stage = 'Lost'
  visits:
    rows: {per: deals, count: {min: 1, max: 2, poisson: 1}}
    key: [deal_id, contact_id]
    fields:
      deal_id: {refers_to: deals}
      contact_id: {refers_to: contacts, distinct: deal_id}
"""


def shop() -> Tables:
    """Rows that keep every promise of `SHOP`."""
    contacts_of = {1: 3, 2: 0, 3: 1, 4: 3, 5: 3}
    contacts: Rows = []
    of: dict[int, list[str]] = {account: [] for account in contacts_of}
    for account, count in contacts_of.items():
        for place in range(count):
            number = len(contacts) + 1
            uuid = f"00000000-0000-4000-8000-{number:012d}"
            contacts.append(
                {
                    "contact_id": uuid,
                    "account_id": f"ACC-{account:03d}",
                    "code": f"AB-{number:03d}",
                    "manager_id": of[account][0] if place else None,
                }
            )
            of[account].append(uuid)
    stages = ["Open", "Won", "Lost", "Won", "Open", "Won", "Won", "Lost", "Won", "Open"]
    owners = [1, 1, 2, 3, 3, 3, 4, 4, 5, 5]
    deals: Rows = []
    for place, (stage, owner) in enumerate(zip(stages, owners, strict=True)):
        amount = Decimal(1000 + 1234 * place) / 100
        deals.append(
            {
                "deal_id": place + 1,
                "account_id": f"ACC-{owner:03d}",
                "contact_id": None if owner == 2 or place == 9 else of[owner][-1],
                "created_on": date(2025, 1, 1 + place),
                "stage": stage,
                "amount": amount.quantize(Decimal("0.01")),
                "fee": (amount * Decimal("0.19")).quantize(Decimal("0.01"), rounding="ROUND_HALF_UP"),
                "reason": {2: "Price", 7: "Timing"}.get(place),
                "urgent": place in (1, 5, 8),
            }
        )
    accounts: Rows = []
    for account in contacts_of:
        mine = [deal for deal in deals if deal["account_id"] == f"ACC-{account:03d}"]
        amounts = [deal["amount"] for deal in mine]
        accounts.append(
            {
                "account_id": f"ACC-{account:03d}",
                "country": "US" if account in (1, 2, 4) else "DE",
                "founded": date(2019, account, 1),
                "revenue": 1000 * account,
                "won": sum((deal["amount"] for deal in mine if deal["stage"] == "Won"), Decimal("0.00")),
                "deals": len(mine),
                "largest": max(amounts),
                "usual": (sum(amounts, Decimal(0)) / len(amounts)).quantize(Decimal("0.01"), rounding="ROUND_HALF_UP"),
                "first_deal": min(deal["created_on"] for deal in mine),
                "main_contact": of[account][0] if of[account] else None,
            }
        )
    everybody = [contact["contact_id"] for contact in contacts]
    visits: Rows = [
        {"deal_id": deal["deal_id"], "contact_id": everybody[(deal["deal_id"] + nth) % len(everybody)]}
        for deal in deals
        for nth in range(1 + deal["deal_id"] % 2)
    ]
    return {"accounts": accounts, "contacts": contacts, "deals": deals, "visits": visits}


def recounted(tmp_path: Path, text: str, tables: Tables, extension: str = "parquet") -> Certificate:
    """Write the tables and recount them."""
    return recount(dataset_of(text), write(tmp_path / extension, tables, extension))
