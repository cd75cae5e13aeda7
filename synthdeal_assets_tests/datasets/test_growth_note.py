"""What more rows change is said: fields under totals with what comes of them, totals of children, references."""

from __future__ import annotations

from pathlib import Path

import pytest

from synthdeal_assets.datasets.spec.growth import growth_note
from synthdeal_assets.datasets.spec.resolution import resolve
from synthdeal_assets.datasets.spec.spec_file import parse_specification

EXAMPLES = Path(__file__).parent / "examples"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("crm_demo", "When tables grow, former rows stay, except: deals, unless their total grows as accounts do."),
        (
            "shop",
            (
                "When tables grow, former rows stay, except: order_lines.amount, scaled anew to its totals, and with "
                "it orders.net, orders.tax, orders.total; references to products, which go to new rows there in their "
                "part."
            ),
        ),
        ("sensors", None),
    ],
)
def test_what_more_rows_change_is_said_in_one_sentence(name: str, said: str | None) -> None:
    assert growth_note(resolve(parse_specification((EXAMPLES / f"{name}.yaml").read_text("utf-8"), name))) == said
