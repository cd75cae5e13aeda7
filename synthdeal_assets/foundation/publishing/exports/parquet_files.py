"""Tables as Parquet: every value as it is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

import polars as pl
import pyarrow.parquet as pq

from synthdeal_assets.foundation.publishing.exports.export_tables import ExportTable
from synthdeal_assets.foundation.publishing.exports.exporter import Exporter


class Parquet(Exporter):
    """Parquet, compressed with Zstandard."""

    suffix: ClassVar[str] = "parquet"
    media_type: ClassVar[str] = "application/vnd.apache.parquet"

    def write(self, tables: Sequence[ExportTable], path: Path) -> list[str]:
        """Write the table, a row group for each chunk."""
        (table,) = tables
        schema = pl.DataFrame(schema=table.frame_schema).to_arrow().schema
        with pq.ParquetWriter(path, schema, compression="zstd") as writer:
            for _, chunk in table.numbered_chunks():
                writer.write_table(chunk.to_arrow().cast(schema))
        return []
