"""`synthdeal info`: what SynthDeal is, where everything lives, and under which licence."""

from __future__ import annotations

from typing import Final

from synthdeal_assets import __version__
from synthdeal_assets.cli.console import results
from synthdeal_assets.definitions import build_definitions
from synthdeal_assets.orchestration.published_copy import published_copy
from synthdeal_assets.settings import Settings

WHAT_IT_IS: Final = (
    "SynthDeal builds a complete synthetic B2B sales organisation in one DuckDB file, scores every opportunity on "
    "MEDDPICC (what the seller knows about metrics, economic buyer, decision criteria, decision process, paper "
    "process, pain, champion and competition) and BANT (budget, authority, need, timeline), and writes an executive "
    "report. Company names may be those of real public companies; every "
    "person, figure and deal is invented."
)


def show_info(settings: Settings) -> int:
    """Print what SynthDeal is and where everything of this home lives; returns the exit code."""
    graph = build_definitions(settings=settings).resolve_asset_graph()
    keys = graph.get_all_asset_keys()
    lines = {
        "Version": __version__,
        "Licence": "MIT",
        "Assets": f"{len(keys)}, each a table of the same name, in {len({key.path[0] for key in keys})} schemas",
        "Checks": str(len(graph.asset_check_keys)),
        "Home": settings.storage.home.absolute(),
        "Warehouse": settings.storage.warehouse_path,
        "To read": published_copy(settings.storage.warehouse_path),
        "Reports": settings.storage.reports_path,
        "Run logs": settings.storage.runs_path,
        "Dagster": settings.storage.dagster_home,
    }
    results.print(f"{WHAT_IT_IS}\n")
    for name, value in lines.items():
        results.print(f"{name + ':':<11}{value}")
    return 0
