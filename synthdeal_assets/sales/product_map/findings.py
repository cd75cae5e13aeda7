"""What a step of a proposal gives back: what it would write into the map, the columns it took, and why.

What the steps look for belongs in the `proposed_*.py` modules, which of them are taken in `proposal.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from synthdeal_assets.sales.product_map.sampled_log import SampledLog


@dataclass(frozen=True, slots=True)
class MapFinding:
    """What a step found out of a log.

    Attributes:
        keys: Keys of the product map, as `ProductMap` takes them.
        taken: Columns that no later step is to look at.
        understood: What columns were taken for and why, in sentences without a full stop.
        not_understood: What is doubtful or was left, likewise.
    """

    keys: Mapping[str, object] = field(default_factory=dict)
    taken: tuple[str, ...] = ()
    understood: tuple[str, ...] = ()
    not_understood: tuple[str, ...] = ()


def together(*findings: MapFinding) -> MapFinding:
    """What several steps found, one after another."""
    return MapFinding(
        keys={key: value for finding in findings for key, value in finding.keys.items()},
        taken=tuple(name for finding in findings for name in finding.taken),
        understood=tuple(line for finding in findings for line in finding.understood),
        not_understood=tuple(line for finding in findings for line in finding.not_understood),
    )


def taken_for(log: SampledLog, names: Sequence[str], role: str, why: str) -> tuple[str, ...]:
    """Sentences that say what columns were taken for."""
    return tuple(f"{role} is column {name!r}, {why}{log.where(name)}" for name in names)
