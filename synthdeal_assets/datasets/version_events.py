"""What Dagster is told about a version of a dataset: its tables, its promises, what it was exported as.

What is stored belongs in `catalogue.py`. The warehouse is the authority; these events make the UI agree with it.
"""

from __future__ import annotations

import base64
from typing import Any, Final

import dagster as dg
import polars as pl
import vl_convert

from synthdeal_assets.datasets.catalogue import StoredSpecification, rows_of_version
from synthdeal_assets.datasets.certificate.wording import first_line
from synthdeal_assets.datasets.generation import Generated
from synthdeal_assets.datasets.keeping import Keeper
from synthdeal_assets.datasets.page.diagram import table_diagram
from synthdeal_assets.datasets.page.page import PAGE
from synthdeal_assets.datasets.partitions import PARTITIONS_NAME
from synthdeal_assets.datasets.tables import EXPORTS, PROMISES, SPECS, TABLES
from synthdeal_assets.foundation.dagster_instance.asset_specs import asset_key, markdown_table, table_metadata
from synthdeal_assets.foundation.publishing.markdown import markdown_list
from synthdeal_assets.foundation.publishing.plots import PIXELS_PER_POINT
from synthdeal_assets.foundation.warehouse.tables import Table

PREVIEW_ROWS: Final = 5
MOST_PREVIEWS: Final = 20
"""Tables whose first rows a materialisation shows."""


def version_metadata(keeper: Keeper, version: StoredSpecification, made: Generated) -> dict[Table, dict[str, Any]]:
    """What the UI shows of a version of a dataset, at each of its tables.

    Args:
        keeper: Where datasets are kept.
        version: The version.
        made: What was generated.
    """
    with keeper.warehouse.transaction() as connection:
        rows = {
            table: rows_of_version(connection, table, version.name, version.version)
            for table in (TABLES, PROMISES, EXPORTS)
        }
    previews = {
        f"first rows of {table.name}": dg.MetadataValue.md(
            markdown_table(pl.read_parquet(table.path, n_rows=PREVIEW_ROWS, glob=False))
        )
        for table in made.tables[:MOST_PREVIEWS]
    }
    shown = {"dataset": version.name, "version": version.version}
    certificate = made.certificate
    return {
        TABLES: {
            **shown,
            "rows": sum(table.rows for table in made.tables),
            "page": dg.MetadataValue.path(str(made.folder / PAGE)),
            "files": dg.MetadataValue.path(str(made.folder)),
            "diagram": dg.MetadataValue.md(_diagram(made)),
            **previews,
            **table_metadata(rows[TABLES], TABLES),
        },
        PROMISES: {
            **shown,
            "certificate": first_line(certificate),
            "promises": len(certificate.outcomes),
            "held": certificate.held,
            "what was promised": dg.MetadataValue.md(
                markdown_list(f"{each.promise.sentence}: {each.measured}" for each in certificate.outcomes)
            ),
            **table_metadata(rows[PROMISES], PROMISES),
        },
        EXPORTS: {
            **shown,
            **{f"as {row['format']}": dg.MetadataValue.path(row["folder"]) for row in rows[EXPORTS].to_dicts()},
            **table_metadata(rows[EXPORTS], EXPORTS),
        },
    }


def report_version(instance: dg.DagsterInstance, keeper: Keeper, version: StoredSpecification, made: Generated) -> None:
    """Have the UI show a version that no run has made: its partition turns green."""
    instance.add_dynamic_partitions(PARTITIONS_NAME, [version.name])
    with keeper.warehouse.connect() as connection:
        specifications = table_metadata(connection, SPECS)
    instance.report_runless_asset_event(dg.AssetMaterialization(asset_key(SPECS), metadata=specifications))
    for table, metadata in version_metadata(keeper, version, made).items():
        instance.report_runless_asset_event(
            dg.AssetMaterialization(asset_key(table), partition=version.name, metadata=metadata)
        )


def _diagram(made: Generated) -> str:
    """The tables and their references as an image in Markdown: the UI takes SVG out of it."""
    svg = table_diagram(made.dataset, {table.name: table.rows for table in made.tables})
    image = vl_convert.svg_to_png(svg, scale=PIXELS_PER_POINT)
    return f"![Tables and their references](data:image/png;base64,{base64.b64encode(image).decode('ascii')})"
