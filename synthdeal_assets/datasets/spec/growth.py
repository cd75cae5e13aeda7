"""What does not stay where a table gets more rows, though all else does."""

from __future__ import annotations

from synthdeal_assets.datasets.spec.dataset import Dataset, ResolvedField
from synthdeal_assets.datasets.spec.dependencies import depending_on
from synthdeal_assets.datasets.spec.grammar import ChildRows


def growth_note(dataset: Dataset) -> str | None:
    """One sentence about former rows that more rows change; None where no row changes but for exact shares."""
    parts = []
    for table in dataset.tables.values():
        for name in dict.fromkeys(total.field for total in table.totals):
            after = ", ".join(f"{at}.{field}" for at, field in depending_on(dataset, (table.name, name)))
            parts.append(f"{table.name}.{name}, scaled anew to its totals{f', and with it {after}' if after else ''}")
    for table in dataset.tables.values():
        rows = table.spec.rows
        if isinstance(rows, ChildRows) and rows.total is not None:
            parts.append(f"{table.name}, unless their total grows as {rows.per} do")
    drawn = [field for table in dataset.tables.values() for field in table.fields.values() if _from_all_rows(field)]
    if targets := dict.fromkeys(field.reference.target for field in drawn if field.reference is not None):
        parts.append(f"references to {', '.join(targets)}, which go to new rows there in their part")
    return f"When tables grow, former rows stay, except: {'; '.join(parts)}." if parts else None


def _from_all_rows(field: ResolvedField) -> bool:
    """Whether it refers to any row of a table, be it a new one."""
    reference = field.reference
    return reference is not None and not (reference.parent or reference.own or reference.same or reference.earlier)
